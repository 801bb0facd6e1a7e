"""The map beside the list: it goes to each polygon and frames it."""

from __future__ import annotations

from qgis.core import QgsGeometry, QgsRasterLayer, QgsVectorLayer, QgsWkbTypes
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

from ..results import show_box

_FRAME_GROWS = 0.25
_LEAST_FRAME_PIXELS = 3.0


class MapFollower:
    """Shows one polygon at a time on the map.

    Args:
        canvas: the map.
    """

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        # A frame beside the outline: it hides neither the pixels nor the status.
        self._frame = QgsRubberBand(canvas, QgsWkbTypes.PolygonGeometry)
        self._frame.setFillColor(QColor(0, 0, 0, 0))
        self._frame.setStrokeColor(QColor(255, 255, 255))
        self._frame.setSecondaryStrokeColor(QColor(0, 0, 0))
        self._frame.setWidth(2)
        self._frame.setLineStyle(Qt.PenStyle.SolidLine)

    def show(
        self, layer: QgsVectorLayer, heatmap: QgsRasterLayer | None, geometry: QgsGeometry, zoom_out: float
    ) -> None:
        """Go to a polygon and frame it.

        Args:
            layer: of the polygon.
            heatmap: tells how large a pixel and the scene are; None where it is gone.
            geometry: the polygon, in the layer's CRS.
            zoom_out: how many times the polygon's size is shown; 0 leaves the map where it is.
        """
        if geometry.isEmpty():
            self.clear()
            return
        box = geometry.boundingBox()
        pixel = 0.0 if heatmap is None else heatmap.rasterUnitsPerPixelX()
        frame = geometry.boundingBox()
        frame.grow(max(_FRAME_GROWS * max(box.width(), box.height()), _LEAST_FRAME_PIXELS * pixel))
        self._frame.setToGeometry(QgsGeometry.fromRect(frame), layer)
        if zoom_out:
            show_box(self._canvas, layer.crs(), box, heatmap, zoom_out)

    def clear(self) -> None:
        """Take the frame away."""
        self._frame.reset(QgsWkbTypes.PolygonGeometry)

    def remove(self) -> None:
        """Take the frame out of the map for good."""
        self._canvas.scene().removeItem(self._frame)
