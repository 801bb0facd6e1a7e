"""Instances that a detector finds tile by tile, joined over the scene.

An instance cut by the border of a tile comes out as one, and one that two tiles see comes out once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import shapes
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry import shape

from .instances import MAX_INSTANCES, Instance, outline

SAME = 0.5
"""Pieces of two tiles are one instance when they share this much of what the smaller has where both tiles see."""


@dataclass
class Piece:
    """What one tile shows of an instance.

    Attributes:
        row: the region's row of the mask's first row.
        column: its first column.
        mask: (h, w), cropped to the instance.
        score: of the instance, 0 to 1.
        seen: what the tile could say for sure: first and last row and column of the region, the last exclusive.
    """

    row: int
    column: int
    mask: NDArray[np.bool_]
    score: float
    seen: tuple[int, int, int, int]

    @classmethod
    def cut(cls, mask: NDArray[np.bool_], score: float, seen: tuple[int, int, int, int]) -> Piece | None:
        """A piece of a mask over what its tile sees; None where that is empty."""
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if not len(rows):
            return None
        crop = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return cls(seen[0] + int(rows[0]), seen[2] + int(columns[0]), crop.copy(), score, seen)

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """First and last row and column, the last exclusive."""
        height, width = self.mask.shape
        return self.row, self.row + height, self.column, self.column + width

    def within(self, bounds: tuple[int, int, int, int]) -> NDArray[np.bool_]:
        """The mask over a window of the region, which may reach beyond the piece."""
        top, bottom, left, right = bounds
        window = np.zeros((max(0, bottom - top), max(0, right - left)), dtype=bool)
        r0, r1, c0, c1 = _common(bounds, self.bounds)
        if r1 > r0 and c1 > c0:
            part = self.mask[r0 - self.row : r1 - self.row, c0 - self.column : c1 - self.column]
            window[r0 - top : r1 - top, c0 - left : c1 - left] = part
        return window


def join(pieces: list[Piece]) -> list[Piece]:
    """Make one piece of all that belong to one instance; its score is the highest of theirs."""
    if not pieces:
        return []
    boxes = shapely.box(*np.array([(p.bounds[2], p.bounds[0], p.bounds[3], p.bounds[1]) for p in pieces]).T)
    first, second = shapely.STRtree(boxes).query(boxes, predicate="intersects")
    edges = [
        (a, b) for a, b in zip(first.tolist(), second.tolist(), strict=True) if a < b and _same(pieces[a], pieces[b])
    ]
    rows, columns = (np.array([e[k] for e in edges], dtype=int) for k in (0, 1))
    graph = coo_array((np.ones(len(edges)), (rows, columns)), shape=(len(pieces), len(pieces)))
    count, group = connected_components(graph, directed=False)
    members: list[list[Piece]] = [[] for _ in range(count)]
    for piece, number in zip(pieces, group.tolist(), strict=True):
        members[number].append(piece)
    return [_union(parts) for parts in members]


def _same(a: Piece, b: Piece) -> bool:
    if a.seen == b.seen:
        # One tile tells its own instances apart.
        return False
    both = _common(a.seen, b.seen)
    one, other = a.within(both), b.within(both)
    smaller = min(one.sum(), other.sum())
    return bool(smaller and (one & other).sum() >= SAME * smaller)


def _union(parts: list[Piece]) -> Piece:
    if len(parts) == 1:
        return parts[0]
    bounds = np.array([part.bounds for part in parts])
    whole = (int(bounds[:, 0].min()), int(bounds[:, 1].max()), int(bounds[:, 2].min()), int(bounds[:, 3].max()))
    mask = np.zeros((whole[1] - whole[0], whole[3] - whole[2]), dtype=bool)
    for part in parts:
        r, c = part.row - whole[0], part.column - whole[2]
        mask[r : r + part.mask.shape[0], c : c + part.mask.shape[1]] |= part.mask
    return Piece(whole[0], whole[2], mask, max(part.score for part in parts), whole)


def _common(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    return max(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), min(a[3], b[3])


class PieceCollector:
    """Takes the heat map strip by strip, as :class:`~.instances.InstanceGrower` does, and measures joined pieces on it.

    Args:
        pieces: joined.
        threshold: an instance is kept where the heat map reaches this somewhere inside it.
        min_pixels: smaller ones are dropped.
        max_instances: only so many are kept, those with the highest instance scores.

    Attributes:
        omitted: how many more there were.
    """

    def __init__(
        self, pieces: list[Piece], threshold: float, *, min_pixels: int = 1, max_instances: int = MAX_INSTANCES
    ) -> None:
        self.threshold = threshold
        self.min_pixels = max(1, min_pixels)
        self.max_instances = max_instances
        self.omitted = 0
        self._pieces = sorted(pieces, key=lambda piece: piece.row)
        self._peaks = np.zeros(len(pieces))
        self._sums = np.zeros(len(pieces))
        self._pixels = np.zeros(len(pieces), dtype=int)

    def add_strip(self, row: int, scores: NDArray[np.float32]) -> None:
        """Take the next rows of the map; see :meth:`.instances.InstanceGrower.add_strip`."""
        end = row + len(scores)
        for number, piece in enumerate(self._pieces):
            if piece.row >= end:
                break
            if piece.bounds[1] <= row:
                continue
            top, bottom, left, right = piece.bounds
            first, last = max(top, row), min(bottom, end)
            values = scores[first - row : last - row, left:right][piece.mask[first - top : last - top]]
            values = values[~np.isnan(values)]
            if len(values):
                self._peaks[number] = max(self._peaks[number], float(values.max()))
                self._sums[number] += float(values.sum(dtype=np.float64))
                self._pixels[number] += len(values)

    def finish(self) -> list[Instance]:
        """The instances, the highest instance score first; ties by the heat map's."""
        kept = np.flatnonzero((self._peaks >= self.threshold) & (self._pixels >= self.min_pixels))
        order = sorted(kept.tolist(), key=lambda k: (-self._pieces[k].score, -self._peaks[k], k))
        self.omitted = max(0, len(order) - self.max_instances)
        found = []
        for k in order[: self.max_instances]:
            piece = self._pieces[k]
            parts = shapes(
                piece.mask.astype(np.uint8),
                mask=piece.mask,
                connectivity=4,
                transform=Affine.translation(piece.column, piece.row),
            )
            polygon = outline([shape(part) for part, _ in parts])
            mean = float(self._sums[k] / self._pixels[k])
            found.append(Instance(polygon, float(self._peaks[k]), mean, int(self._pixels[k]), piece.score))
        return found
