"""From pixels to the ground: polygons in map coordinates, areas and lengths on the ellipsoid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

if TYPE_CHECKING:
    from .scene import Scene

LARGEST = 1e15
"""Area and distance: more than the Earth has, in m² and m; infinity is no number that a file could keep."""

_FARTHEST = 720.0
"""Degrees of longitude: scenes may begin at any place, counted from 0 or -180, and go around the Earth from there."""

_EDGE_DEGREES = 0.5
"""Edges are measured in pieces no longer than about this."""

_LOOKS = 33
"""Pixels along each side of a scene, of which the largest is sought."""

_BETWEEN = 1.01
"""Between these, pixels may be so much larger."""


class PixelMeasure:
    """Measures a scene's pixels and polygons on the ground.

    Areas are in square metres on the ellipsoid of the scene's CRS, lengths in metres along geodesics; both are in
    pixels where the scene has no usable CRS.

    Args:
        scene: the scene whose pixel frame the polygons are in.

    Attributes:
        unit: "m2" or "px", the unit of areas.
        warning: why areas are in pixels although the scene names a CRS, or None.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        # Of the rings that were measured last: a threshold that moves leaves most outlines as they are.
        self._ring_areas: dict[bytes, float] = {}
        self.unit = "px"
        self.warning: str | None = None
        self._to_degrees: pyproj.Transformer | None = None
        if scene.crs is None:
            return
        try:
            crs = pyproj.CRS.from_wkt(scene.crs.to_wkt())
        except pyproj.exceptions.CRSError:
            crs = None
        geod = None if crs is None else crs.get_geod()
        if crs is None or crs.geodetic_crs is None or geod is None:
            self.warning = f"The CRS of {scene.name} is not tied to the Earth: areas are in pixels."
            return
        self._geod = geod
        try:
            self._to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
        except pyproj.exceptions.ProjError:
            self.warning = f"The projection of {scene.name} is not known here: areas are in pixels."
            return
        # Some count in grads (NTF (Paris)). A file gives the unit with 15 digits: rounded, a degree is exactly one.
        self._unit = round(math.degrees(crs.geodetic_crs.axis_info[0].unit_conversion_factor), 12)
        columns, rows = self._grid()
        longitudes, latitudes = self._degrees(self._to_degrees, columns, rows)
        # Half a pixel of a grid of the whole Earth may lie beyond a pole.
        centres = self._degrees(self._to_degrees, columns + 0.5, rows + 0.5)[1]
        fits = np.isfinite(longitudes) & np.isfinite(latitudes) & (abs(centres) <= 90) & (abs(longitudes) <= _FARTHEST)
        if not fits.all():
            self._to_degrees = None
            self.warning = f"The coordinates of {scene.name} do not fit its CRS, {crs.name}: areas are in pixels."
            return
        self.unit = "m2"
        self._edge = self._longest_edge(self._to_degrees)

    def _grid(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Upper left corners of nine pixels spread over the scene."""
        columns = np.linspace(0, self._scene.width - 1, 3)
        rows = np.linspace(0, self._scene.height - 1, 3)
        grid = np.meshgrid(columns, rows)
        return grid[0].ravel(), grid[1].ravel()

    def _degrees(
        self, transformer: pyproj.Transformer, columns: NDArray[np.float64], rows: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitudes and latitudes of pixel corners, each of shape (n,)."""
        x, y = self._scene.to_map(columns, rows)
        longitudes, latitudes = transformer.transform(x, y)
        return np.asarray(longitudes) * self._unit, np.clip(np.asarray(latitudes) * self._unit, -90, 90)

    def _lengths(
        self,
        transformer: pyproj.Transformer,
        begin: tuple[NDArray[np.float64], NDArray[np.float64]],
        end: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> NDArray[np.float64]:
        """Lengths of straight lines of the scene in metres, (n,).

        A geodesic between distant ends leaves the line; between ends at one place, it is nothing.

        Args:
            transformer: to longitude and latitude.
            begin: columns and rows where the lines begin.
            end: where they end.
        """
        across, down = end[0] - begin[0], end[1] - begin[1]
        pieces = np.maximum(1, np.ceil(np.maximum(abs(across), abs(down)) / self._edge)).astype(int)
        line = np.repeat(np.arange(len(pieces)), pieces)
        number = np.arange(len(line)) - np.repeat(pieces.cumsum() - pieces, pieces)
        one, other = (
            self._degrees(transformer, begin[0][line] + share * across[line], begin[1][line] + share * down[line])
            for share in (number / pieces[line], (number + 1) / pieces[line])
        )
        lengths = self._geod.inv(*one, *other)[2]
        return np.bincount(line, weights=lengths, minlength=len(pieces)).astype(np.float64)

    @cached_property
    def _pixel_areas(self) -> NDArray[np.float64]:
        columns, rows = self._grid()
        return np.array([self.area(shapely.box(c, r, c + 1, r + 1)) for c, r in zip(columns, rows)])

    def _longest_edge(self, transformer: pyproj.Transformer) -> float:
        """How many pixels an edge may span to be measured along a geodesic: half a degree, one at least."""
        columns, rows = self._grid()
        corner = self._degrees(transformer, columns, rows)
        turn = [1e-12]
        for across, down in ((1, 0), (0, 1)):
            other = self._degrees(transformer, columns + across, rows + down)
            turn += [float(np.nanmax(abs((a - b + 180) % 360 - 180))) for a, b in zip(corner, other, strict=True)]
        return max(1.0, _EDGE_DEGREES / max(turn))

    @property
    def pixel_area_m2(self) -> float | None:
        """Area of the pixel at the scene's centre in square metres; None where areas are in pixels."""
        return float(self._pixel_areas[4]) if self._to_degrees is not None else None

    @property
    def largest_pixel_area(self) -> float:
        """Area of the largest pixel of the scene, in ``unit``, or a little more; projections stretch them."""
        if self._to_degrees is None:
            return 1.0
        size = self._scene.width, self._scene.height
        columns, rows = (a.ravel() for a in np.meshgrid(*(np.linspace(0, n - 1, _LOOKS) for n in size)))
        areas = self.areas(shapely.box(columns, rows, columns + 1, rows + 1))
        # Projections with gaps have places that are nowhere on the Earth.
        return float(areas[np.isfinite(areas)].max()) * _BETWEEN

    def area(self, polygon: BaseGeometry) -> float:
        """Area of a polygon or multipolygon in pixel coordinates, holes taken off, in ``unit``."""
        return float(self.areas([polygon])[0])

    def areas(self, polygons: Sequence[BaseGeometry] | NDArray[np.object_]) -> NDArray[np.float64]:
        """Areas of polygons as :meth:`area` gives them, shape (n,)."""
        shapes = np.array(polygons, dtype=object)
        if self._to_degrees is None or not len(shapes):
            return np.asarray(shapely.area(shapes), dtype=np.float64)
        # A geodesic between distant corners leaves the straight edge of a map.
        if self._edge < max(self._scene.width, self._scene.height):
            shapes = shapely.segmentize(shapes, self._edge)
        parts, owner = shapely.get_parts(shapes, return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        # Outer rings come before the holes of their part.
        sign = np.where(np.diff(part, prepend=-1) > 0, 1, -1)
        vertices, ring = shapely.get_coordinates(rings, return_index=True)
        longitudes, latitudes = self._degrees(self._to_degrees, *vertices.T)
        ends = np.bincount(ring, minlength=len(rings)).cumsum().tolist()
        known, self._ring_areas = self._ring_areas, {}
        inside = []
        for begin, end in zip([0, *ends], ends):
            key = vertices[begin:end].tobytes()
            area = known.get(key)
            if area is None:
                area = abs(self._geod.polygon_area_perimeter(longitudes[begin:end], latitudes[begin:end])[0])
            self._ring_areas[key] = area
            inside.append(area)
        return np.bincount(owner[part], weights=sign * inside, minlength=len(shapes)).astype(np.float64)

    def size(self, polygon: BaseGeometry) -> tuple[float, float]:
        """Width and height of the bounding box along the scene's rows and columns, in metres or pixels."""
        width, height = self.sizes([polygon])[0]
        return float(width), float(height)

    def sizes(self, polygons: Sequence[BaseGeometry] | NDArray[np.object_]) -> NDArray[np.float64]:
        """Sizes of polygons as :meth:`size` gives them, shape (n, 2)."""
        left, top, right, bottom = shapely.bounds(np.array(polygons, dtype=object)).reshape(-1, 4).T
        if self._to_degrees is None:
            return np.column_stack((right - left, bottom - top))
        middle_column, middle_row = (left + right) / 2, (top + bottom) / 2
        widths = self._lengths(self._to_degrees, (left, middle_row), (right, middle_row))
        heights = self._lengths(self._to_degrees, (middle_column, top), (middle_column, bottom))
        return np.column_stack((widths, heights))

    def to_map(self, polygon: MultiPolygon) -> MultiPolygon:
        """The polygon in the scene's map coordinates, outer rings counter-clockwise."""
        return self.all_to_map([polygon])[0]

    def all_to_map(self, polygons: Sequence[MultiPolygon] | NDArray[np.object_]) -> NDArray[np.object_]:
        """Polygons in the scene's map coordinates, outer rings counter-clockwise."""

        def convert(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack(self._scene.to_map(coordinates[:, 0], coordinates[:, 1]))

        moved = shapely.transform(np.array(polygons, dtype=object), convert)
        return np.asarray(shapely.orient_polygons(moved))
