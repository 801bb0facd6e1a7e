"""Small windows of a raster, read through GDAL, and which of their pixels lie inside a polygon."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from osgeo import gdal
from qgis.core import QgsGeometry, QgsRectangle
from qgis.PyQt.QtCore import QPointF, Qt
from qgis.PyQt.QtGui import QImage, QPainter, QPainterPath, QPen, QPolygonF

# x right, y down as negative numbers: where QGIS and the engine put a raster without georeference.
_PIXEL_FRAME = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
_IDENTITY = (0.0, 1.0, 0.0, 0.0, 0.0, 1.0)

OPEN_OPTION = "|option:"
"""What stands before each of GDAL's options for opening in the address of a layer of QGIS."""

# Data types whose values float32 holds exactly, by GDAL's names.
_EXACT_IN_FLOAT32 = {"Byte", "Int8", "UInt16", "Int16", "Float32", "CInt16", "CFloat32"}


class RasterError(Exception):
    """A raster cannot be read; the text says why."""


@dataclass(frozen=True)
class Window:
    """A part of a raster, at most as many pixels as asked for.

    Attributes:
        column: the leftmost column.
        row: the uppermost row.
        columns: how many columns of the raster.
        rows: how many rows of the raster.
        width: how many columns are read.
        height: how many rows are read.
    """

    column: int
    row: int
    columns: int
    rows: int
    width: int
    height: int


class Raster:
    """A raster file, to be used in one thread.

    Args:
        path: what GDAL opens, with options as in the address of a layer.
        also_nodata: a value that means no data though the file does not say so, or None: 0, and the largest of an
            integer type, where all bands hold it, any other in any band, as for the engine.
        searched: the bands that count for that, 1-based; all where empty.

    Attributes:
        count: how many bands.
        columns: its width.
        rows: its height.

    Raises:
        RasterError: GDAL does not open it.
    """

    def __init__(self, path: str, also_nodata: float | None = None, searched: Sequence[int] = ()) -> None:
        dataset = _open(path)
        frame = dataset.GetGeoTransform()
        if (
            (dataset.GetGCPCount() and frame == _IDENTITY)
            or frame[2]
            or frame[4]
            or (frame[5] > 0 and frame != _IDENTITY)
        ):
            # Rotated, upside down, or tied by points: seen as QGIS shows it, north up.
            self._straight = dataset
            dataset = gdal.AutoCreateWarpedVRT(dataset)
            if dataset is None:
                raise RasterError(gdal.GetLastErrorMsg())
            frame = dataset.GetGeoTransform()
        self._dataset = dataset
        self._frame = _PIXEL_FRAME if frame == _IDENTITY else frame
        self.count = dataset.RasterCount
        self.columns, self.rows = dataset.RasterXSize, dataset.RasterYSize
        bands = [dataset.GetRasterBand(number + 1) for number in range(self.count)]
        self._complex = any(gdal.DataTypeIsComplex(band.DataType) for band in bands)
        self._masked = any(band.GetMaskFlags() != gdal.GMF_ALL_VALID for band in bands)
        self._also_nodata = also_nodata
        self._searched = [band for band in searched if 1 <= band <= self.count] or list(range(1, self.count + 1))
        self.of_bytes = all(band.DataType == gdal.GDT_Byte for band in bands)

    def metadata(self, name: str) -> str:
        """An item of the first band's metadata; empty where it has none of that name."""
        return self._dataset.GetRasterBand(1).GetMetadataItem(name) or ""

    def pixel_sides(self) -> tuple[float, float]:
        """Width and height of a pixel in map units."""
        return abs(self._frame[1]), abs(self._frame[5])

    def pixel_size(self) -> float:
        """The longer side of a pixel in map units."""
        return max(self.pixel_sides())

    def window(self, box: QgsRectangle, most: int) -> Window | None:
        """The pixels that a rectangle touches, or None where it lies outside.

        Args:
            box: in the raster's CRS.
            most: how many columns and rows to read at most; a larger window is read coarser.
        """
        x0, dx, _, y0, _, dy = self._frame
        # A hair inwards: edges of polygons lie exactly on edges of pixels.
        left = max(0, math.floor((box.xMinimum() - x0) / dx + 1e-6))
        right = min(self.columns, math.ceil((box.xMaximum() - x0) / dx - 1e-6))
        upper = max(0, math.floor((box.yMaximum() - y0) / dy + 1e-6))
        lower = min(self.rows, math.ceil((box.yMinimum() - y0) / dy - 1e-6))
        columns, rows = right - left, lower - upper
        if columns <= 0 or rows <= 0:
            return None
        coarse = max(1.0, columns / most, rows / most)
        return Window(left, upper, columns, rows, max(1, round(columns / coarse)), max(1, round(rows / coarse)))

    def read(self, window: Window, bands: list[int]) -> np.ndarray:
        """Pixel values; the amplitude of complex ones.

        Args:
            window: where.
            bands: 1-based numbers.

        Returns:
            float32 of shape (bands, height, width), NaN where there is no data.

        Raises:
            RasterError: the file cannot be read there.
        """
        kind, element = (gdal.GDT_CFloat32, np.complex64) if self._complex else (gdal.GDT_Float32, np.float32)
        pixels = self._read(self._dataset, window, kind, element, band_list=bands)
        pixels = pixels.reshape(len(bands), window.height, window.width)
        values = np.abs(pixels) if self._complex else pixels.copy()
        if self._masked:
            for number, band in enumerate(bands):
                mask = self._dataset.GetRasterBand(band).GetMaskBand()
                valid = self._read(mask, window, gdal.GDT_Byte, np.uint8).reshape(window.height, window.width)
                values[number][valid == 0] = np.nan
        if self._also_nodata is not None:
            values[:, self._left_out(window, self._also_nodata)] = np.nan
        values[~np.isfinite(values)] = np.nan
        return values

    def _left_out(self, window: Window, nodata: float) -> np.ndarray:
        """Which pixels of a window hold what is no data besides, bool of shape (height, width)."""
        types = [self._dataset.GetRasterBand(band).DataType for band in self._searched]
        # As the engine reads them: in float32 a large integer would equal its neighbours.
        exact = all(gdal.GetDataTypeName(kind) in _EXACT_IN_FLOAT32 for kind in types)
        if self._complex:
            kind, element = (gdal.GDT_CFloat32, np.complex64) if exact else (gdal.GDT_CFloat64, np.complex128)
        else:
            kind, element = (gdal.GDT_Float32, np.float32) if exact else (gdal.GDT_Float64, np.float64)
        pixels = self._read(self._dataset, window, kind, element, band_list=self._searched)
        with np.errstate(over="ignore"):
            held = pixels.reshape(-1, window.height, window.width) == element(nodata)
        # Real data takes these, too: a black or saturated band makes no hole.
        return held.all(axis=0) if nodata in (0, _largest(types[0])) else held.any(axis=0)

    @staticmethod
    def _read(
        source: gdal.Dataset | gdal.Band, window: Window, kind: int, element: type, **options: list[int]
    ) -> np.ndarray:
        place = (window.column, window.row, window.columns, window.rows)
        try:
            data = source.ReadRaster(*place, buf_xsize=window.width, buf_ysize=window.height, buf_type=kind, **options)
        except RuntimeError as error:
            raise RasterError(str(error)) from error
        if data is None:
            raise RasterError(gdal.GetLastErrorMsg())
        return np.frombuffer(data, element)

    def outline(self, geometry: QgsGeometry, window: Window) -> QPainterPath:
        """A polygon in the pixels of a window; (0, 0) is its upper left corner.

        Args:
            geometry: polygon or multipolygon in the raster's CRS.
            window: whose pixels.
        """
        x0, dx, _, y0, _, dy = self._frame
        across, down = window.width / window.columns, window.height / window.rows
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.OddEvenFill)
        polygons = geometry.asMultiPolygon() if geometry.isMultipart() else [geometry.asPolygon()]
        for polygon in polygons:
            for ring in polygon:
                corners = [
                    QPointF(
                        ((point.x() - x0) / dx - window.column) * across, ((point.y() - y0) / dy - window.row) * down
                    )
                    for point in ring
                ]
                path.addPolygon(QPolygonF(corners))
        return path


def inside(path: QPainterPath, window: Window, reach: float = 0.0) -> np.ndarray:
    """Which pixels of a window a path covers with their centre.

    Args:
        path: of :meth:`Raster.outline`.
        window: whose pixels.
        reach: how many pixels around it count too.

    Returns:
        bool of shape (height, width).
    """
    image = QImage(window.width, window.height, QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    white = Qt.GlobalColor.white
    painter.setPen(QPen(white, 2 * reach) if reach else QPen(Qt.PenStyle.NoPen))
    painter.setBrush(white)
    painter.drawPath(path)
    painter.end()
    stride = image.bytesPerLine()
    data = image.constBits().asstring(stride * window.height)
    return np.frombuffer(data, np.uint8).reshape(window.height, stride)[:, : window.width] > 127


def _largest(kind: int) -> int | None:
    """The largest value of GDAL's data type, or None where that is of no integers."""
    name = gdal.GetDataTypeName(kind).lower().replace("byte", "uint8")
    return int(np.iinfo(name).max) if name.startswith(("int", "uint")) else None


def _open(path: str) -> gdal.Dataset:
    # GDAL raises or returns nothing, as whoever shares this process has chosen.
    file, *options = path.split(OPEN_OPTION)
    try:
        dataset = gdal.OpenEx(file, gdal.OF_RASTER | gdal.OF_VERBOSE_ERROR, open_options=options)
    except RuntimeError as error:
        raise RasterError(str(error)) from error
    if dataset is None:
        raise RasterError(gdal.GetLastErrorMsg() or path)
    return dataset
