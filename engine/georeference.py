"""Where a raster lies: its CRS, and map coordinates of its pixels by a transform or ground control points."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.transform import GCPTransformer

from .errors import EngineError

# What an image without georeference gets: QGIS shows it with x to the right and y downwards in negative numbers.
_PIXEL_FRAME = Affine(1, 0, 0, 0, -1, 0)


class Georeference:
    """What a file says of the place of its pixels.

    Args:
        dataset: of the file, open.
        name: of the scene, for people.
        crs: what its coordinates are in where the file says nothing or another; no account where it has no place.

    Attributes:
        known: whether the file says where it lies, by an affine transform or by ground control points.
        crs: the coordinate reference system, or None.
        transform: pixel corner (column, row) to map coordinates; meaningless where ``gcps`` are used.
        gcps: ground control points, where they are all there is; else empty.
        warnings: what a person should know, in sentences.

    Raises:
        EngineError: ``bad_parameter`` for a CRS that is none.
    """

    def __init__(self, dataset: rasterio.DatasetReader, name: str, crs: str | None) -> None:
        self._name = name
        self.warnings: list[str] = []
        gcps, gcp_crs = dataset.gcps
        affine = dataset.transform != Affine.identity()
        self.gcps = [] if affine else list(gcps)
        self._transformer = self._placed_by_points()
        if affine and not (all(map(math.isfinite, dataset.transform)) and dataset.transform.determinant):
            affine = False
            self.warnings.append(
                f"The georeference of {name} gives its pixels no size: results are in pixel coordinates. "
                "Georeference it first."
            )
        self.known = bool(self.gcps) or affine
        self.crs = gcp_crs if self.gcps else dataset.crs
        if crs is not None:
            self.crs = _known_crs(crs)
        if not self.known:
            self.crs = None
            self._tell_of_other_means(dataset)
        self.transform = dataset.transform if self.known else _PIXEL_FRAME

    def _tell_of_other_means(self, dataset: rasterio.DatasetReader) -> None:
        if dataset.tags(ns="RPC"):  # rasterio's own property reads all of their numbers
            self.warnings.append(
                f"{self._name} is placed by RPCs alone, which are not used: results are in pixel coordinates. "
                "Orthorectify it first."
            )
        elif dataset.tags(ns="GEOLOCATION"):
            self.warnings.append(
                f"{self._name} is placed by the longitude and latitude of each pixel alone, which are not used: "
                "results are in pixel coordinates. Warp it first (gdalwarp -geoloc)."
            )

    def _placed_by_points(self) -> GCPTransformer | None:
        """What the ground control points say of places; where that is nothing, there are none from here on."""
        if not self.gcps:
            return None
        if all(math.isfinite(value) for point in self.gcps for value in (point.x, point.y, point.row, point.col)):
            with suppress(CPLE_BaseError):
                return GCPTransformer(self.gcps)
        self.warnings.append(
            f"The {len(self.gcps)} ground control points of {self._name} do not say where it lies: results are in "
            "pixel coordinates. Georeference it first."
        )
        self.gcps = []
        return None

    def to_map(
        self, columns: NDArray[np.float64], rows: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """As :meth:`Scene.to_map`."""
        if self._transformer is not None:
            x, y = self._transformer.xy(rows, columns, offset="ul")
            return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        t = self.transform
        return t.a * columns + t.b * rows + t.c, t.d * columns + t.e * rows + t.f

    def to_pixel(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """As :meth:`Scene.to_pixel`."""
        if self._transformer is not None:
            rows, columns = self._transformer.rowcol(x, y, op=_same)
            return np.asarray(columns, dtype=np.float64), np.asarray(rows, dtype=np.float64)
        t = ~self.transform
        return t.a * x + t.b * y + t.c, t.d * x + t.e * y + t.f


def _known_crs(text: str) -> CRS:
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise EngineError("bad_parameter", f"“{text}” is not a CRS.", "Give one like EPSG:4326.") from error


def _same(value: Any) -> Any:  # noqa: ANN401 - rasterio wants a rounding function; fractions are kept
    return value
