"""The area of interest of a request: its polygons, and where in a scene they lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.affinity import translate
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from .errors import EngineError
from .paths import for_reading, without_secrets
from .scene import Scene

_LEAP = 1 / 16
"""Of a turn: edges that go farther along a parallel pass near a pole, and are looked at in shorter pieces."""

_HALVINGS = 20

_UNREADABLE = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeEncodeError)
"""What opening a vector file raises; the last where bytes of its name are no letters."""


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


def as_told(area: dict[str, Any] | None) -> dict[str, Any] | None:
    """An area of interest as results and models may tell it: see :func:`.paths.without_secrets`."""
    return {**area, "path": without_secrets(str(area["path"]))} if area and "path" in area else area


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
    with for_reading(path) as readable:
        return [str(name) for name, shapes in pyogrio.list_layers(readable) if shapes is not None]


def _read_file(path: str, crs: pyproj.CRS | None) -> tuple[BaseGeometry, pyproj.CRS | None]:
    try:
        with for_reading(path) as readable:
            meta, _, wkb, _ = pyogrio.raw.read(readable, layer=next(iter(_layers(readable)), None), columns=[])
        geometries = shapely.from_wkb(wkb) if wkb is not None else []
    except (*_UNREADABLE, OSError, shapely.errors.ShapelyError) as error:
        raise EngineError(
            "bad_area", f"{path} is not a vector file that can be read.", "Give a GeoPackage, shapefile or GeoJSON."
        ) from error
    except (UnicodeDecodeError, UnboundLocalError) as error:  # the latter is what pyogrio makes of a CRS's name
        raise EngineError(
            "bad_area",
            f"{path} cannot be read: names of its CRS, layers or fields are not in UTF-8.",
            "Save it from QGIS as a GeoPackage, with a CRS of its list.",
        ) from error
    polygons = [g for g in shapely.get_parts(geometries) if g.geom_type in {"Polygon", "MultiPolygon"}]
    if not polygons:
        raise EngineError("bad_area", f"{path} holds no polygon.", "Give a layer of polygons.")
    if not _is_finite(polygons):
        raise EngineError(
            "bad_area", f"{path} has corners at infinity.", "Repair its polygons, or choose another layer."
        )
    if meta["crs"] and crs is None:
        try:
            crs = pyproj.CRS.from_user_input(meta["crs"])
        except pyproj.exceptions.CRSError as error:
            raise EngineError(
                "bad_area",
                f"{path} is in {meta['crs']}, a CRS that is not known here.",
                "Save it in another CRS, or assign the right one to it first.",
            ) from error
    return shapely.union_all(shapely.make_valid(polygons)), crs
