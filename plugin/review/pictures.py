"""Pictures of polygons: their pixels at full contrast, with the outline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qgis.core import QgsGeometry, QgsRectangle
from qgis.PyQt.QtCore import QRectF, Qt
from qgis.PyQt.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QTransform

from .pixels import Raster, Window

# As much again as the polygon on each side, and at least this many pixels.
_CONTEXT = 1.0
_LEAST_PIXELS = 10
_MOST_PIXELS = 256
_CUT = (1.0, 99.0)
_CASING, _LINE = QColor(0, 0, 0, 170), QColor(255, 255, 255)


def bands_to_show(count: int, chosen: Sequence[int]) -> list[int]:
    """The bands, 1-based, that stand for red, green and blue; or one.

    Args:
        count: how many bands there are.
        chosen: those that somebody has chosen; empty where nobody has. Of no account where there are fewer bands.
    """
    if chosen and max(chosen) <= count:
        return list(chosen)
    if count < 3:
        return [1]
    if count <= 4:
        return [1, 2, 3]
    # A cube: from the long end of the spectrum to the short one.
    return [max(1, round(count * share)) for share in (0.75, 0.5, 0.25)]


def surroundings(geometry: QgsGeometry, pixel_size: float) -> QgsRectangle:
    """A square around a polygon with what is near it.

    Args:
        geometry: the polygon.
        pixel_size: in its CRS.
    """
    box = geometry.boundingBox()
    side = max(box.width(), box.height())
    half = side / 2 + max(_CONTEXT * side, _LEAST_PIXELS * pixel_size)
    centre = box.center()
    return QgsRectangle(centre.x() - half, centre.y() - half, centre.x() + half, centre.y() + half)


def picture(raster: Raster, geometry: QgsGeometry, bands: list[int], side: int) -> QImage | None:
    """A square picture of a polygon, or None where it lies outside the raster.

    Args:
        raster: whose pixels.
        geometry: the polygon, in the raster's CRS.
        bands: one, or three for red, green and blue; 1-based.
        side: of the picture in pixels of the screen.

    Raises:
        RasterError: the pixels cannot be read.
    """
    window = raster.window(surroundings(geometry, raster.pixel_size()), _MOST_PIXELS)
    if window is None:
        return None
    together = raster.of_bytes or raster.count <= 4
    return _framed(stretched(raster.read(window, bands), together), raster.outline(geometry, window), window, side)


def stretched(values: np.ndarray, together: bool) -> np.ndarray:
    """Values at full contrast.

    Args:
        values: of shape (1 or 3, height, width), NaN where there is no data.
        together: whether bands share one range, which keeps their colours.

    Returns:
        uint8 of shape (height, width, 3); black where there is no data.
    """
    if np.isnan(values).all():
        return np.zeros((*values.shape[1:], 3), np.uint8)
    axes = (0, 1, 2) if together else (1, 2)
    with np.errstate(invalid="ignore"):
        low, high = np.nanpercentile(values, _CUT, axis=axes, keepdims=True)
        scaled = (values - low) / np.maximum(high - low, 1e-12) * 255
    grey = np.nan_to_num(np.clip(scaled, 0, 255)).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(np.moveaxis(grey, 0, 2), (*values.shape[1:], 3)))


def _framed(pixels: np.ndarray, path: QPainterPath, window: Window, side: int) -> QImage:
    raw = QImage(pixels.tobytes(), window.width, window.height, 3 * window.width, QImage.Format.Format_RGB888)
    short, long = sorted((window.width, window.height))
    # A row more or less is the grid's doing and is cut off; what is missing beyond the scene's edge is black.
    scale = side / (short if long - short <= 1 else long)
    picture = QImage(side, side, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.black)
    painter = QPainter(picture)
    # Pixels stay pixels: who looks closely wants to see them.
    painter.drawImage(QRectF(0, 0, window.width * scale, window.height * scale), raw)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    outline = QTransform.fromScale(scale, scale).map(path)
    for color, width in ((_CASING, 3.0), (_LINE, 1.2)):
        painter.strokePath(outline, QPen(color, max(width, width * side / 120)))
    painter.end()
    return picture
