"""Outlines of sparse pixels: labelling and tracing cost what the pixels cost, however large the raster is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry import MultiPolygon

Ints = NDArray[np.int64]

OUTLINES = ("pixels", "smooth", "box")
"""How polygons can be drawn, see :func:`drawn_as`."""

_ROUNDS = 3


@dataclass(frozen=True)
class Runs:
    """Pixels of a raster as runs of neighbours in a row, sorted by row, then by column; none touches the next.

    Attributes:
        width: columns of the raster.
        row: of each run.
        start: its first column.
        end: the column after its last.
    """

    width: int
    row: Ints
    start: Ints
    end: Ints

    @classmethod
    def of(cls, pixels: Ints, width: int) -> Runs:
        """The runs of pixels.

        Args:
            pixels: flat numbers (row times width plus column), ascending.
            width: columns of the raster.
        """
        begins = np.ones(len(pixels), dtype=bool)
        begins[1:] = (np.diff(pixels) > 1) | (pixels[1:] % width == 0)
        first = np.flatnonzero(begins)
        length = np.diff(first, append=len(pixels))
        row, start = np.divmod(pixels[first], width)
        return cls(width, row, start, start + length)

    @property
    def length(self) -> Ints:
        """How many pixels each run has."""
        return self.end - self.start

    def __len__(self) -> int:
        return len(self.row)

    def __getitem__(self, which: NDArray) -> Runs:
        return Runs(self.width, self.row[which], self.start[which], self.end[which])


def label(runs: Runs, gap: float = 0.0, pixel: tuple[float, float] = (1.0, 1.0), *, corners: bool = True) -> Ints:
    """Number the connected components of some runs.

    Args:
        runs: the pixels.
        gap: pixels whose edges are at most so far apart belong together, too.
        pixel: width and height of a pixel in the unit of ``gap``.
        corners: whether pixels that touch only at a corner are neighbours.

    Returns:
        The component of each run, from 0, shape (n,).
    """
    width, height = pixel
    furthest = int(np.ptp(runs.row)) if len(runs) else 0
    gap = min(gap, width * runs.width + height * furthest)  # which joins everything
    # Rows can be skipped as far as the gap spans, and fewer columns the more rows are.
    rows_apart = range(min(int(gap // height) + 1, furthest) + 1)
    reach = [max(0.0, gap**2 - (height * max(0, rows - 1)) ** 2) for rows in rows_apart]
    near = [int(square**0.5 / width + 1e-9) + (1 if corners else 0) for square in reach]
    # Runs of a row that are near each other are a chain. A run has but a few chains near its ends in another row, so
    # that pairs stay about as many as runs; those of two runs would grow with the square of the gap.
    apart = np.ones(len(runs), dtype=bool)
    apart[1:] = (np.diff(runs.row) > 0) | (runs.start[1:] - runs.end[:-1] >= near[0])
    chain = apart.cumsum() - 1
    component = np.arange(int(apart.sum()))
    pairs = np.zeros((2, 0), dtype=np.int64)
    for rows in rows_apart[1:]:
        found = component[_neighbours(runs, chain, rows, near[rows])]
        pairs = np.concatenate((pairs, found[:, found[0] != found[1]]), axis=1)
        if pairs.shape[1] >= component.max():  # enough to make all one
            component, pairs = _joined(component, pairs), pairs[:, :0]
            if not component.any():
                break
    return _joined(component, pairs)[chain]


def _neighbours(runs: Runs, chain: Ints, rows: int, near: int) -> Ints:
    """Pairs of chains, shape (2, n), in which a run of the second lies ``rows`` below and near one of the first.

    Args:
        runs: the pixels.
        chain: of each run, ascending.
        rows: at least 1.
        near: less than so many columns lie between the runs.
    """
    stride = runs.width + 2 * near + 2  # so that no column of one row comes near one of the next
    firsts = runs.row * stride + runs.start
    lasts = runs.row * stride + runs.end - 1
    low = np.searchsorted(lasts, firsts + rows * stride - near)
    high = np.searchsorted(firsts, lasts + rows * stride + near, side="right")
    some = np.flatnonzero(low < high)
    first = chain[low[some]]
    count = chain[high[some] - 1] - first + 1
    return np.stack((np.repeat(chain[some], count), _ranges(first, count)))


def _joined(component: Ints, pairs: Ints) -> Ints:
    """Number components anew, from 0, once those of pairs, shape (2, n), are one."""
    count = int(component.max(initial=-1)) + 1
    graph = coo_array((np.ones(pairs.shape[1], dtype=bool), (pairs[0], pairs[1])), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)[component]


@dataclass(frozen=True)
class Rings:
    """Closed lines around pixels, without the repeated last vertex.

    Attributes:
        vertices: columns and rows of all rings in turn, shape (n, 2).
        count: how many of them each ring has.
        component: of each ring.
        part: of each ring: pixels that touch at sides are a part; it has one outer ring.
        hole: whether a ring bounds a hole.
    """

    vertices: NDArray[np.float64]
    count: Ints
    component: Ints
    part: Ints
    hole: NDArray[np.bool_]

    @classmethod
    def of(cls, polygons: Sequence[MultiPolygon]) -> Rings:
        """The rings of multipolygons along pixel edges; the n-th polygon is component n."""
        _, vertices, (ring_ends, part_ends, polygon_ends) = shapely.to_ragged_array(list(polygons))
        closing = np.zeros(len(vertices), dtype=bool)
        closing[ring_ends[1:] - 1] = True
        number = np.arange(len(ring_ends) - 1)
        part = np.searchsorted(part_ends, number, side="right") - 1
        component = np.searchsorted(polygon_ends, part, side="right") - 1
        return cls(vertices[~closing], np.diff(ring_ends) - 1, component, part, number != part_ends[part])

    def areas(self) -> NDArray[np.float64]:
        """Area inside each ring, in pixels."""
        return np.abs(_signed_areas(self.vertices, self.count))

    def inner_points(self) -> NDArray[np.float64]:
        """The centre of each outer ring's upper left pixel, shape (n, 2); for holes, that of their upper left pixel."""
        if not len(self.count):
            return np.zeros((0, 2))
        x, y = self.vertices.astype(np.int64).T
        stride = int(x.max()) + 1
        y, x = np.divmod(np.minimum.reduceat(y * stride + x, self.count.cumsum() - self.count), stride)
        return np.column_stack((x, y)) + 0.5

    def __getitem__(self, which: NDArray) -> Rings:
        """Some rings, given by their numbers or by a mask, in that order."""
        which = np.arange(len(self.count))[which]
        at = _ranges((self.count.cumsum() - self.count)[which], self.count[which])
        return Rings(self.vertices[at], self.count[which], self.component[which], self.part[which], self.hole[which])

    def polygons(self) -> NDArray[np.object_]:
        """A multipolygon for each component that occurs, in ascending order of their numbers."""
        rings = self[np.lexsort((self.hole, self.part, self.component))]
        first = rings.count.cumsum() - rings.count
        closed = np.insert(rings.vertices, first + rings.count, rings.vertices[first], axis=0)
        ring_ends = (rings.count + 1).cumsum()
        outer = np.flatnonzero(~rings.hole)
        new = np.flatnonzero(np.diff(rings.component[outer], prepend=-1))
        offsets = (np.append(0, ring_ends), np.append(outer, len(rings.count)), np.append(new, len(outer)))
        polygons: NDArray[np.object_] = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, closed, offsets)
        return polygons


def trace(runs: Runs, component: Ints) -> Rings:
    """Outline pixels along their edges.

    On each line between two rows, what begins and ends in only one of them is a corner of an outline. Corners follow
    each other in pairs, along the lines as well as along the columns; going by turns from one's partner in its line to
    that one's partner in its column leads around a ring.

    Args:
        runs: the pixels.
        component: of each run.

    Returns:
        Rings with a vertex at each corner and none between; those of a part touch themselves and each other in points
        at most, so that the part is a valid polygon.
    """
    stride = runs.width + 1
    number = np.arange(len(runs))
    upper = runs.row * stride
    lower = upper + stride
    # Where two pixels touch at a corner, it occurs twice: the outlines stay apart, each with the pixel on its side.
    key, run, begins, below = _corners(upper + runs.start, lower + runs.start, number, True)
    other = _corners(upper + runs.end, lower + runs.end, number, False)
    key, run, begins, below = (np.concatenate(pair) for pair in zip((key, run, begins, below), other))
    order = np.lexsort((begins, key))  # ends first: they lie left of the corner
    key, run, begins, below = key[order], run[order], begins[order], below[order]
    y, x = np.divmod(key, stride)
    down = np.lexsort((below, y, x))  # those above first
    partner = np.empty_like(down)
    partner[down[::2]], partner[down[1::2]] = down[1::2], down[::2]
    at, count = _follow(partner.tolist())
    first = at[count.cumsum() - count]
    # The first corner of a ring is its upper left one: below and right of it lies either a pixel or a hole.
    turns = np.where(begins[first], 1, -1)
    part = label(runs, corners=False)[run[first]]
    component = component[run[first]]
    vertices = np.column_stack((x, y))[at].astype(np.float64)
    crossings = _crossings(key[at], count)
    if len(crossings):
        vertices, count, source = _split(vertices, count, crossings)
        turns, part, component = turns[source], part[source], component[source]
    return Rings(vertices, count, component, part, _signed_areas(vertices, count) * turns < 0)


def _corners(upper: Ints, lower: Ints, number: Ints, begins: bool) -> tuple[Ints, Ints, NDArray, NDArray]:
    """What begins or ends on a line in only one of the rows beside it: key, run, whether it begins, whether below."""
    below, above = ~np.isin(upper, lower, assume_unique=True), ~np.isin(lower, upper, assume_unique=True)
    key = np.concatenate((upper[below], lower[above]))
    is_below = np.arange(len(key)) < below.sum()
    return key, np.concatenate((number[below], number[above])), np.full(len(key), begins), is_below


def _follow(partner: list[int]) -> tuple[Ints, Ints]:
    """Walk around all rings: the corners in turn, and how many each ring has."""
    seen = bytearray(len(partner))
    path: list[int] = []
    count = []
    for begin in range(0, len(partner), 2):
        corner, already = begin, len(path)
        while not seen[corner]:
            # Partners along a line are neighbours: 2k and 2k + 1.
            across = corner ^ 1
            seen[corner] = seen[across] = 1
            path += (corner, across)
            corner = partner[across]
        if len(path) > already:
            count.append(len(path) - already)
    return np.array(path, dtype=np.int64), np.array(count, dtype=np.int64)


def _crossings(key: Ints, count: Ints) -> Ints:
    """The rings that meet a corner twice."""
    ring = np.repeat(np.arange(len(count)), count)
    order = np.lexsort((key, ring))
    twice = (np.diff(key[order]) == 0) & (np.diff(ring[order]) == 0)
    return np.unique(ring[order][1:][twice])


def _split(vertices: NDArray, count: Ints, crossings: Ints) -> tuple[NDArray, Ints, Ints]:
    """Cut rings that touch themselves into rings that do not.

    Returns:
        Vertices and counts as they were given, and from which ring each came.
    """
    ends = count.cumsum()
    whole = np.setdiff1d(np.arange(len(count)), crossings)
    pieces = [vertices[_ranges((ends - count)[whole], count[whole])]]
    counts, sources = count[whole].tolist(), whole.tolist()
    for ring in crossings.tolist():
        path: list[tuple[float, float]] = []
        at: dict[tuple[float, float], int] = {}  # where in the path each vertex is
        for vertex in map(tuple, vertices[ends[ring] - count[ring] : ends[ring]].tolist()):
            begin = at.get(vertex)
            if begin is not None:
                loop = path[begin:]
                pieces.append(np.array(loop))
                counts.append(len(loop))
                sources.append(ring)
                del path[begin:]
                for left in loop:
                    del at[left]
            at[vertex] = len(path)
            path.append(vertex)
        pieces.append(np.array(path))
        counts.append(len(path))
        sources.append(ring)
    return np.concatenate(pieces), np.array(counts), np.array(sources)


def smoothed(rings: Rings, rounds: int) -> Rings:
    """Round off rings, each keeping its area.

    Pixel edges are cut in unit steps, and each round puts every vertex in the middle between itself and the next: one
    round makes a stair a slope, more make corners round.

    Args:
        rings: along pixel edges.
        rounds: how often; 0 changes nothing.
    """
    if rounds == 0 or not len(rings.count):
        return rings
    following = _following(rings.count)
    steps = np.abs(rings.vertices[following] - rings.vertices).sum(axis=1).astype(np.int64)
    along = _ranges(np.zeros_like(steps), steps)
    direction = (rings.vertices[following] - rings.vertices) / steps[:, None]
    vertices = np.repeat(rings.vertices, steps, axis=0) + along[:, None] * np.repeat(direction, steps, axis=0)
    first = rings.count.cumsum() - rings.count
    count = np.add.reduceat(steps, first)
    following = _following(count)
    for _ in range(rounds):
        vertices = (vertices + vertices[following]) / 2
    begin = count.cumsum() - count
    centre = np.repeat(np.add.reduceat(vertices, begin) / count[:, None], count, axis=0)
    areas = np.abs(_signed_areas(vertices, count))
    vertices = centre + (vertices - centre) * np.repeat(np.sqrt(rings.areas() / areas), count)[:, None]
    return Rings(vertices, count, rings.component, rings.part, rings.hole)


def mended(polygons: NDArray, before: NDArray) -> NDArray[np.object_]:
    """Smoothed polygons made valid; as they were before where nothing is left of them."""
    broken = ~shapely.is_valid(polygons)
    polygons[broken] = shapely.make_valid(polygons[broken], method="structure")
    for place in np.flatnonzero(broken):
        parts = [part for part in shapely.get_parts(polygons[place]) if part.geom_type == "Polygon" and part.area > 0]
        polygons[place] = MultiPolygon(parts) if parts else before[place]
    return polygons


def drawn_as(polygons: Sequence[MultiPolygon], outline: str) -> list[MultiPolygon]:
    """Polygons along pixel edges as people want to see them.

    Args:
        polygons: in pixel coordinates, edges on pixel edges.
        outline: one of ``OUTLINES``: "pixels" as they are, "smooth" rounded off with the same areas, "box" the boxes
            around them.
    """
    if outline == "pixels" or not len(polygons):
        return list(polygons)
    if outline == "box":
        return [MultiPolygon([shapely.box(*polygon.bounds)]) for polygon in polygons]
    before = np.empty(len(polygons), dtype=object)
    before[:] = polygons
    return list(mended(smoothed(Rings.of(polygons), _ROUNDS).polygons(), before))


def _following(count: Ints) -> Ints:
    """The number of the vertex that follows each one around its ring."""
    following = np.arange(1, count.sum() + 1)
    following[count.cumsum() - 1] = count.cumsum() - count
    return following


def _signed_areas(vertices: NDArray, count: Ints) -> NDArray[np.float64]:
    """Shoelace formula: positive for rings that run clockwise on the screen, where rows go down."""
    if not len(count):
        return np.zeros(0)
    x, y = vertices.T
    following = _following(count)
    return np.asarray(np.add.reduceat(x * y[following] - x[following] * y, count.cumsum() - count) / 2)


def _ranges(first: Ints, count: Ints) -> Ints:
    """Ascending numbers from each of ``first``, ``count`` of them, one range after the other."""
    return np.arange(count.sum()) + np.repeat(first - (count.cumsum() - count), count)
