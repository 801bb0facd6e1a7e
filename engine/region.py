"""The part of a scene that a run looks at, and reading it strip by strip."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pyogrio
import pyproj
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.windows import Window
from shapely.affinity import translate
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from .errors import EngineError
from .progress import Step
from .scene import Scene
from .streaming import prefetch

STRIP_BYTES = 96 * 2**20
"""About how much memory the pixels of one strip may take, in float64; sets the strip's height."""

KEEP_BYTES = 192 * 2**20
"""A region whose pixels take no more than this is read once and kept for the passes after the first."""

_MAX_STRIP_ROWS = 2048

_WIDE_HALO = 192
_WIDE_COLUMNS = 4096
"""Who asks for a halo this wide looks at some columns at a time: where the file is read by blocks, too, strips are no
lower for being wider than this, or the wider a scene is, the more of its pixels would be looked at twice."""

_LEAP = 1 / 16
"""Of a turn: edges that go farther along a parallel pass near a pole, and are looked at in shorter pieces."""

_HALVINGS = 20

_WIDE_BYTES = 32 * 2**20
"""Strips with a halo that take more than this are not read ahead, but when and as far as they are looked at."""

_UNREADABLE = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeEncodeError)
"""What opening a vector file raises; the last where bytes of its name are no letters."""

T = TypeVar("T")
Read = Callable[[int, int], tuple[NDArray[Any], NDArray[np.bool_]]]


@dataclass
class Strip:
    """Some full rows of a region, with a halo of further rows above and below where there are any.

    Attributes:
        pixels: shape (bands, rows + halo, columns); zero where not valid.
        valid: shape (rows + halo, columns).
        row: the region's row at which the strip proper begins.
        top: how many rows of halo lie above the strip proper.
        rows: how many rows the strip proper has.
    """

    pixels: NDArray[Any]
    valid: NDArray[np.bool_]
    row: int
    top: int
    rows: int

    @property
    def columns(self) -> int:
        """How many columns, those of the region."""
        return int(self.valid.shape[1])

    @property
    def core(self) -> slice:
        """The rows of ``pixels`` and ``valid`` that are the strip proper."""
        return slice(self.top, self.top + self.rows)

    def part(self, left: int, right: int) -> Strip:
        """All rows of some columns: a view, or read for this call where the strip is not in memory."""
        return Strip(self.pixels[:, :, left:right], self.valid[:, left:right], self.row, self.top, self.rows)


class UnreadStrip(Strip):
    """A wide strip that is read when it is asked for: whole, by ``pixels`` or ``valid``, or column by column.

    Args:
        read: pixels and validity of all rows from one column to another.
        columns: how many there are.
        row: see :class:`Strip`.
        top: likewise.
        rows: likewise.
    """

    def __init__(self, read: Read, columns: int, row: int, top: int, rows: int) -> None:
        self._read, self._columns = read, columns
        self._whole: tuple[NDArray[Any], NDArray[np.bool_]] | None = None
        self.row, self.top, self.rows = row, top, rows

    @property
    def columns(self) -> int:
        """How many columns, those of the region."""
        return self._columns

    @property
    def pixels(self) -> NDArray[Any]:  # type: ignore[override]
        """As of :class:`Strip`."""
        return self._all()[0]

    @property
    def valid(self) -> NDArray[np.bool_]:  # type: ignore[override]
        """As of :class:`Strip`."""
        return self._all()[1]

    def part(self, left: int, right: int) -> Strip:
        """As of :class:`Strip`."""
        if self._whole is not None:
            return super().part(left, right)
        return Strip(*self._read(left, right), self.row, self.top, self.rows)

    def _all(self) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        if self._whole is None:
            self._whole = self._read(0, self._columns)
        return self._whole


class Region:
    """A window of a scene, and inside it the pixels whose centres an area of interest covers.

    Its strips may be kept between passes: do not change their pixels.

    Args:
        scene: the scene.
        area: the area of interest in the scene's pixel coordinates; the whole scene when None.

    Attributes:
        scene: the scene.
        window: the smallest window that holds the area.
        area: the area, where it is not the whole window.

    Raises:
        EngineError: ``area_outside`` where the area covers no pixel of the scene.
    """

    def __init__(self, scene: Scene, area: BaseGeometry | None = None) -> None:
        self.scene = scene
        self.area: BaseGeometry | None = None
        self._offset: NDArray[np.float64] | None = None
        self._kept: list[Strip] | None = None
        self.window = Window(0, 0, scene.width, scene.height)
        if area is None:
            return
        inside = polygonal(area & shapely.box(0, 0, scene.width, scene.height))
        # A pixel belongs to the area when its centre does.
        left, top, right, bottom = inside.bounds if not inside.is_empty else (0, 0, 0, 0)
        column, row = int(np.ceil(left - 0.5)), int(np.ceil(top - 0.5))
        columns, rows = int(np.ceil(right - 0.5)) - column, int(np.ceil(bottom - 0.5)) - row
        if inside.is_empty or columns < 1 or rows < 1:
            raise EngineError(
                "area_outside",
                f"The chosen extent or area covers no pixel of {scene.name}.",
                "Choose an extent that overlaps the raster; check the CRS of both.",
            )
        self.window = Window(column, row, columns, rows)
        if not inside.equals(shapely.box(left, top, right, bottom)):
            self.area = inside

    @property
    def height(self) -> int:
        """Rows of the window."""
        return int(self.window.height)

    @property
    def width(self) -> int:
        """Columns of the window."""
        return int(self.window.width)

    @property
    def column(self) -> int:
        """The scene's column at which the region begins."""
        return int(self.window.col_off)

    @property
    def row(self) -> int:
        """The scene's row at which the region begins."""
        return int(self.window.row_off)

    def spans(self, halo: int = 0) -> list[tuple[int, int]]:
        """First row and number of rows of each strip, from top to bottom."""
        step, block = self.strip_rows(halo), self.scene.block_height
        spans: list[tuple[int, int]] = []
        row = 0
        while row < self.height:
            # Strips end where blocks of the file end, so that no block is decoded twice.
            end = self.row + row + step
            if block <= step:
                end -= end % block
            rows = min(end - self.row, self.height) - row
            spans.append((row, rows))
            row += rows
        return spans

    def strips(self, halo: int = 0, only: Collection[int] | None = None) -> Iterator[Strip]:
        """Read the region from top to bottom; a thread of its own reads ahead.

        Args:
            halo: how many rows above and below each strip the caller wants to see.
            only: the first rows of the strips that are wanted; all when None.

        Yields:
            Strips without gap or overlap, but for the halo.

        Raises:
            EngineError: where the file cannot be read to its end.
        """
        if self._kept is not None and halo == 0:
            return iter([strip for strip in self._kept if only is None or strip.row in only])
        strips = self._read_strips(halo, only)
        return strips if self._reads_by_columns(self.strip_rows(halo), halo) else prefetch(strips)

    def take_off(self, offset: NDArray[np.float64]) -> None:
        """Have strips hold less from here on.

        Args:
            offset: what is taken off each band, (bands,); pixels that are not valid stay zero.
        """
        self._offset = offset
        self.release()

    def release(self) -> None:
        """Let go of pixels that were kept between passes: whoever needs them again reads them again."""
        self._kept = None

    def visit(
        self, look: Callable[[Strip], T], step: Step, halo: int = 0, only: Collection[int] | None = None
    ) -> Iterator[T]:
        """What a function finds in each strip, in order.

        A pass that is written this way can be spread over many machines: there, strips are looked at side by side, and
        by copies of the function.

        Args:
            look: the function; it must not rely on strips that it saw before.
            step: called after each strip with the share of the region that is done.
            halo: see :meth:`strips`.
            only: see :meth:`strips`.
        """
        for strip in self.strips(halo, only):
            yield look(strip)
            step((strip.row + strip.rows) / self.height)

    def _read_strips(self, halo: int, only: Collection[int] | None) -> Iterator[Strip]:
        size = self.scene.count * self.height * self.width * self.scene.working_dtype.itemsize
        kept: list[Strip] | None = [] if halo == 0 and only is None and size <= KEEP_BYTES else None
        scene = self.scene.reopen()
        # A strip that is still to be read needs the file longer than this loop: it closes with the last of them.
        with nullcontext() if self._reads_by_columns(self.strip_rows(halo), halo) else scene:
            for row, rows in self.spans(halo):
                if only is not None and row not in only:
                    continue
                strip = self.read_strip(scene, row, rows, halo)
                if kept is not None:
                    kept.append(strip)
                yield strip
        self._kept = kept

    def read_strip(self, scene: Scene, row: int, rows: int, halo: int) -> Strip:
        """Read one strip through a file handle of the calling thread's own.

        Args:
            scene: the region's scene, opened again.
            row: the region's row at which the strip begins.
            rows: how many rows it has.
            halo: how many more to read above and below it.
        """
        top = min(halo, row)
        first = row - top
        last = min(row + rows + halo, self.height)

        def read(left: int, right: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
            window = Window(self.column + left, self.row + first, right - left, last - first)
            pixels, valid = scene.read(window)
            if self.area is not None:
                valid &= self._mask(first, last, left, right)
                pixels[:, ~valid] = 0
            if self._offset is not None:
                pixels = np.where(valid, pixels - self._offset[:, None, None], 0)
            return pixels, valid

        if self._reads_by_columns(rows, halo):
            return UnreadStrip(read, self.width, row, top, rows)
        return Strip(*read(0, self.width), row, top, rows)

    @property
    def _in_blocks(self) -> bool:
        """Whether some columns can be read alone: of blocks as wide as the file, all would be decoded each time."""
        return self.scene.block_width < self.scene.width

    def _reads_by_columns(self, rows: int, halo: int) -> bool:
        """Whether strips of so many rows are left to be read as they are looked at."""
        if not halo or not self._in_blocks:
            return False
        size = self.scene.count * (rows + 2 * halo) * self.width * self.scene.working_dtype.itemsize
        return size > _WIDE_BYTES

    def strip_rows(self, halo: int = 0) -> int:
        """How many rows a strip has at most; a wide halo asks for taller ones, lest most reading be halo."""
        some_at_a_time = halo >= _WIDE_HALO and self._in_blocks
        columns = min(self.width, _WIDE_COLUMNS) if some_at_a_time else self.width
        fit = STRIP_BYTES // (columns * self.scene.count * 8)
        # However it is read, what a strip is scored with, float32, is there as a whole.
        fit = min(fit, STRIP_BYTES // (self.width * 4))
        return int(max(1, 2 * halo, min(fit, _MAX_STRIP_ROWS)))

    def _mask(self, first: int, last: int, left: int, right: int) -> NDArray[np.bool_]:
        """Which pixels of some rows and columns have their centre in the area."""
        transform = Affine.translation(self.column + left, self.row + first)
        shape_ = (last - first, right - left)
        return rasterize([(self.area, 1)], out_shape=shape_, transform=transform, dtype=np.uint8).astype(bool)


def read_area(scene: Scene, area: dict[str, Any] | None) -> BaseGeometry | None:
    """An area of interest as it comes in a request, in the scene's pixel coordinates.

    Args:
        scene: the scene it is for.
        area: None, or a dict with ``bbox`` ([xmin, ymin, xmax, ymax]), ``geojson`` (a geometry) or ``path`` (a vector
            file), and optionally ``crs`` (anything that PROJ reads; for a file, its own).

    Returns:
        A polygon or multipolygon, or None for the whole scene.

    Raises:
        EngineError: ``bad_area``.
    """
    if area is None:
        return None
    geometry, crs = read_geometry(area)
    if "path" in area and len(layers := _layers(area["path"])) > 1:
        scene.tell(f"{area['path']} has {len(layers)} layers: the polygons are those of the first, “{layers[0]}”.")
    target = None if scene.crs is None else pyproj.CRS.from_wkt(scene.crs.to_wkt())
    if "bbox" in area and "path" not in area:
        geometry = _over_date_line(geometry, area["bbox"], _turn(crs or target))
    if not geometry.is_valid:  # the lobes of an eight may cancel each other out
        geometry = shapely.make_valid(geometry, method="structure")
    if geometry.is_empty or geometry.area == 0:
        raise EngineError("bad_area", "The area of interest is empty.", "Draw or choose a polygon that has an area.")
    transformer = None
    if crs is not None and target is not None and crs != target:
        transformer = _transformer(scene, crs, target)
    if transformer is not None or scene.gcps:
        # A straight edge bends in another CRS.
        left, bottom, right, top = geometry.bounds
        step = max(right - left, top - bottom) / 100
        geometry = _around(scene, shapely.segmentize(geometry, step), step, transformer)
    turn = _turn(target)
    if transformer is not None:
        geometry = _moved(geometry, transformer, turn)
        if not _is_finite(geometry):
            raise EngineError(
                "bad_area",
                f"The area of interest cannot be expressed in the CRS of {scene.name}.",
                "Check the CRS of the area: its coordinates do not fit it.",
            )
    if turn:
        geometry = _at_all_longitudes(scene, geometry, turn)
    geometry = shapely.transform(geometry, scene.to_pixel, interleaved=False)
    if not geometry.is_valid:
        # Edges may cross or meet where they have bent: at a pole.
        geometry = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    return polygonal(geometry)


def polygonal(geometry: BaseGeometry) -> BaseGeometry:
    """The polygons of a geometry: lines and points, which cutting and mending leave of it, cover no area."""
    if geometry.geom_type in {"Polygon", "MultiPolygon"}:
        return geometry
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type in {"Polygon", "MultiPolygon"}]
    return shapely.union_all(parts)


def _turn(crs: pyproj.CRS | None) -> float:
    """How much longitudes differ that are the same, in units of the CRS; 0 where it has none."""
    if crs is None or not crs.is_geographic:
        return 0.0
    return math.tau / float(crs.axis_info[0].unit_conversion_factor)


def _over_date_line(box: BaseGeometry, corners: Sequence[float], turn: float) -> BaseGeometry:
    """A box from the east to the west of the date line, as GeoJSON counts: from 179 to -179 degrees, say.

    Args:
        box: between the corners, whatever their order.
        corners: xmin, ymin, xmax, ymax, as they are given.
        turn: see :func:`_turn`.
    """
    left, bottom, right, top = box.bounds
    crosses = turn > 0 and float(corners[0]) > float(corners[2]) and right - left > turn / 2
    return shapely.box(right, bottom, left + turn, top) if crosses else box


def _at_all_longitudes(scene: Scene, area: BaseGeometry, turn: float) -> BaseGeometry:
    """An area in longitude and latitude at all places of a scene that it means.

    Scenes count from -180 to 180 degrees, from 0 to 360, or on beyond the date line; areas do otherwise.

    Args:
        scene: the scene, in the same CRS.
        area: polygons.
        turn: see :func:`_turn`.
    """
    x = _places(scene)[0]
    left, _, right, _ = area.bounds
    first, last = math.floor((x.min() - right) / turn), math.ceil((x.max() - left) / turn)
    turns = [n * turn for n in range(first, last + 1) if left + n * turn < x.max() and right + n * turn > x.min()]
    copies = [translate(area, by) if by else area for by in turns]
    return _united(copies) if len(copies) > 1 else next(iter(copies), area)


def _moved(area: BaseGeometry, transformer: pyproj.Transformer, turn: float) -> BaseGeometry:
    """An area of short edges in another CRS; longitudes count on where they jump at the date line.

    Args:
        area: polygons.
        transformer: to the other CRS.
        turn: of that CRS, see :func:`_turn`.
    """
    moved = shapely.transform(area, transformer.transform, interleaved=False)
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(moved))]
    if not turn or not _is_finite(moved) or all(np.abs(np.diff(r[:, 0])).max() <= turn * _LEAP for r in rings):
        return moved
    made = []
    for part in shapely.get_parts(shapely.orient_polygons(area)):
        outer, *holes = (shapely.get_coordinates(ring) for ring in shapely.get_rings(part))
        ground = _unrolled(outer, transformer, turn)
        middle = ground.centroid.x
        for hole in (_unrolled(hole[::-1], transformer, turn) for hole in holes):
            beside = turn * round((middle - hole.centroid.x) / turn)
            # Ground that goes around a pole is cut somewhere, through a hole perhaps.
            ground -= _united([translate(hole, beside + n * turn) for n in (-1, 0, 1)])
        made.append(ground)
    return _united(made)


def _unrolled(ring: NDArray[np.float64], transformer: pyproj.Transformer, turn: float) -> BaseGeometry:
    """What a counter-clockwise ring encloses in longitude and latitude; around a pole, that is to its left."""
    for _ in range(_HALVINGS):
        longitudes = np.asarray(transformer.transform(*ring.T)[0])
        leaps = np.flatnonzero(np.abs(np.diff(np.unwrap(longitudes, period=turn))) > turn * _LEAP)
        if not len(leaps):
            break
        ring = np.insert(ring, leaps + 1, (ring[leaps] + ring[leaps + 1]) / 2, axis=0)
    corners = np.column_stack(transformer.transform(*ring.T))
    corners[:, 0] = np.unwrap(corners[:, 0], period=turn)
    around = corners[-1, 0] - corners[0, 0]
    if abs(around) > turn / 2:
        pole = np.copysign(turn / 4, around)
        # From the corner nearest to it, nothing of the ring lies on the way.
        first = int(np.argmin(np.abs(pole - corners[:, 1])))
        corners = np.vstack([corners[first:-1], corners[: first + 1] + np.array([around, 0])])
        corners = np.vstack([corners, [[corners[-1, 0], pole], [corners[0, 0], pole]]])
    return shapely.make_valid(shapely.Polygon(corners), method="structure", keep_collapsed=False)


def _united(areas: Sequence[BaseGeometry]) -> BaseGeometry:
    """One area of several, whose edges may cross or meet where they have bent: at a pole."""
    return shapely.union_all(shapely.make_valid(areas, method="structure", keep_collapsed=False))


def _transformer(scene: Scene, crs: pyproj.CRS, target: pyproj.CRS) -> pyproj.Transformer:
    try:
        return pyproj.Transformer.from_crs(crs, target, always_xy=True)
    except pyproj.exceptions.ProjError as error:
        raise EngineError(
            "bad_area",
            f"Nothing is known of how {crs.name} and {target.name}, the CRS of {scene.name}, lie to each other.",
            f"Give the area of interest in the CRS of {scene.name}.",
        ) from error


def _around(scene: Scene, area: BaseGeometry, step: float, transformer: pyproj.Transformer | None) -> BaseGeometry:
    """What of an area lies on a scene or close to it; all of it where that cannot be told.

    Far away, the scene's CRS may not hold: edges would fold over it, or go to infinity.

    Args:
        scene: the scene.
        area: polygons with no edge longer than ``step``.
        step: in units of the area. An edge that touches the scene keeps both of its ends.
        transformer: from the area's CRS to that of the scene; None where it is the same.
    """
    places = _places(scene)
    turn = 0.0
    if transformer is not None:
        places = np.array(transformer.transform(places[0], places[1], direction="INVERSE"))
        turn = _turn(transformer.source_crs)
    if not np.isfinite(places).all():
        return area
    if turn:  # longitudes count on beyond the date line
        places[0] = np.unwrap(np.unwrap(places[0], axis=0, period=turn), axis=1, period=turn)
    left, bottom = places.min(axis=(1, 2))
    right, top = places.max(axis=(1, 2))
    extent = max(right - left, top - bottom)
    if max(np.abs(np.diff(places, axis=axis)).max() for axis in (1, 2)) > extent / 4:
        return area  # the scene holds a pole, or its ends are far apart in the area's CRS
    # A hundredth is more than the bounds can miss between two places.
    margin = step + extent / 100
    left, bottom, right, top = left - margin, bottom - margin, right + margin, top + margin
    window = shapely.union_all([shapely.box(left + t, bottom, right + t, top) for t in {-turn, 0.0, turn}])
    near = shapely.intersection(area, shapely.segmentize(window, margin))
    return near if near.area > 0 else area


def _places(scene: Scene) -> NDArray[np.float64]:
    """Map coordinates of places all over a scene, its edges included, (2, 25, 25)."""
    columns, rows = np.meshgrid(np.linspace(0, scene.width, 25), np.linspace(0, scene.height, 25))
    return np.reshape(scene.to_map(columns.ravel(), rows.ravel()), (2, *columns.shape))


def _is_finite(geometry: BaseGeometry | list[BaseGeometry]) -> bool:
    return bool(np.isfinite(shapely.get_coordinates(geometry)).all())


def read_geometry(area: dict[str, Any]) -> tuple[BaseGeometry, pyproj.CRS | None]:
    """The polygons of an area of interest as :func:`read_area` takes it, as they are given; and their CRS, if any.

    Raises:
        EngineError: ``bad_area``.
    """
    crs = None
    if area.get("crs"):
        try:
            crs = pyproj.CRS.from_user_input(area["crs"])
        except pyproj.exceptions.CRSError as error:
            raise EngineError("bad_area", f"“{area['crs']}” is not a CRS.", "Give one like EPSG:4326.") from error
    if "path" in area:
        return _read_file(str(area["path"]), crs)
    try:
        if "bbox" in area:
            xmin, ymin, xmax, ymax = (float(v) for v in area["bbox"])
            geometry = shapely.box(min(xmin, xmax), min(ymin, ymax), max(xmin, xmax), max(ymin, ymax))
        else:
            geometry = shape(area["geojson"])
        if geometry is None or not _is_finite(geometry):  # no box has a corner at NaN
            msg = "not all coordinates are finite"
            raise ValueError(msg)
        return geometry, crs
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        raise EngineError(
            "bad_area",
            "The area of interest cannot be understood.",
            "Give four numbers xmin ymin xmax ymax, or a polygon.",
        ) from error


def _layers(path: str) -> list[str]:
    """The layers of a vector file that have shapes; styles, say, have none."""
    return [str(name) for name, shapes in pyogrio.list_layers(path) if shapes is not None]


def _read_file(path: str, crs: pyproj.CRS | None) -> tuple[BaseGeometry, pyproj.CRS | None]:
    try:
        meta, _, wkb, _ = pyogrio.raw.read(path, layer=next(iter(_layers(path)), None), columns=[])
        geometries = shapely.from_wkb(wkb) if wkb is not None else []
    except (*_UNREADABLE, shapely.errors.ShapelyError) as error:
        raise EngineError(
            "bad_area", f"{path} is not a vector file that can be read.", "Give a GeoPackage, shapefile or GeoJSON."
        ) from error
    polygons = [g for g in shapely.get_parts(geometries) if g.geom_type in {"Polygon", "MultiPolygon"}]
    if not polygons:
        raise EngineError("bad_area", f"{path} holds no polygon.", "Give a layer of polygons.")
    if not _is_finite(polygons):
        raise EngineError(
            "bad_area", f"{path} has corners at infinity.", "Repair its polygons, or choose another layer."
        )
    if meta["crs"] and crs is None:
        crs = pyproj.CRS.from_user_input(meta["crs"])
    return shapely.union_all(shapely.make_valid(polygons)), crs
