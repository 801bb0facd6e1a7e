"""From pixels to the ground: polygons in map coordinates, areas and lengths on the ellipsoid."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

if TYPE_CHECKING:
    from .scene import Scene


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
        self._to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
        columns, rows = self._grid()
        longitudes, latitudes = self._degrees(self._to_degrees, columns, rows)
        fits = np.isfinite(longitudes) & np.isfinite(latitudes) & (abs(latitudes) <= 90) & (abs(longitudes) <= 360)
        if not fits.all():
            self._to_degrees = None
            self.warning = f"The coordinates of {scene.name} do not fit its CRS, {scene.crs}: areas are in pixels."
            return
        self.unit = "m2"

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
        return np.asarray(longitudes), np.asarray(latitudes)

    @cached_property
    def _pixel_areas(self) -> NDArray[np.float64]:
        columns, rows = self._grid()
        return np.array([self.area(shapely.box(c, r, c + 1, r + 1)) for c, r in zip(columns, rows)])

    @property
    def pixel_area_m2(self) -> float | None:
        """Area of the pixel at the scene's centre in square metres; None where areas are in pixels."""
        return float(self._pixel_areas[4]) if self._to_degrees is not None else None

    @property
    def largest_pixel_area(self) -> float:
        """Area of the largest pixel of the scene, in ``unit``; projections stretch them."""
        return float(self._pixel_areas.max())

    def area(self, polygon: BaseGeometry) -> float:
        """Area of a polygon or multipolygon in pixel coordinates, holes taken off, in ``unit``."""
        if self._to_degrees is None:
            return float(polygon.area)
        total = 0.0
        for part in getattr(polygon, "geoms", [polygon]):
            for ring, sign in ((part.exterior, 1), *((hole, -1) for hole in part.interiors)):
                columns, rows = np.asarray(ring.coords).T
                total += sign * abs(
                    self._geod.polygon_area_perimeter(*self._degrees(self._to_degrees, columns, rows))[0]
                )
        return total

    def size(self, polygon: BaseGeometry) -> tuple[float, float]:
        """Width and height of the bounding box along the scene's rows and columns, in metres or pixels."""
        left, top, right, bottom = polygon.bounds
        if self._to_degrees is None:
            return right - left, bottom - top
        middle_column, middle_row = (left + right) / 2, (top + bottom) / 2
        columns = np.array([left, right, middle_column, middle_column])
        rows = np.array([middle_row, middle_row, top, bottom])
        longitudes, latitudes = self._degrees(self._to_degrees, columns, rows)
        _, _, lengths = self._geod.inv(longitudes[::2], latitudes[::2], longitudes[1::2], latitudes[1::2])
        return float(lengths[0]), float(lengths[1])

    def to_map(self, polygon: MultiPolygon) -> MultiPolygon:
        """The polygon in the scene's map coordinates, outer rings counter-clockwise."""

        def convert(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack(self._scene.to_map(coordinates[:, 0], coordinates[:, 1]))

        moved = shapely.transform(polygon, convert)
        return MultiPolygon([_counter_clockwise(part) for part in moved.geoms])


def _counter_clockwise(polygon: Polygon) -> Polygon:
    return shapely.geometry.polygon.orient(polygon)
