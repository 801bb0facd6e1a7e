"""Outlines over the map that show what would be there, until the map itself shows it."""

from __future__ import annotations

from qgis.core import QgsGeometry, QgsVectorLayer, QgsWkbTypes
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtGui import QColor

from ..timers import once

_LINE, _CASING, _WIDTH = QColor(255, 255, 255), QColor(0, 0, 0, 160), 2
# A map that does not show the layer is not drawn again for its sake.
_LONGEST_MS = 1500


class Preview(QObject):
    """Outlines over a map.

    Args:
        canvas: the map.
        parent: the owner.
    """

    def __init__(self, canvas: QgsMapCanvas, parent: QObject) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._band: QgsRubberBand | None = None
        self._patience = once(self, _LONGEST_MS, self._wait_no_longer)
        canvas.mapCanvasRefreshed.connect(self._map_drawn)

    @property
    def is_shown(self) -> bool:
        """Whether there are outlines over the map."""
        return self._band is not None

    def show(self, outlines: list[str], layer: QgsVectorLayer) -> None:
        """Show outlines instead of those that were shown.

        Args:
            outlines: as WKB in hexadecimal digits.
            layer: has their CRS.
        """
        self._patience.stop()
        if self._band is None:
            self._band = QgsRubberBand(self._canvas, QgsWkbTypes.PolygonGeometry)
            self._band.setColor(_LINE)
            self._band.setSecondaryStrokeColor(_CASING)
            self._band.setFillColor(QColor(0, 0, 0, 0))
            self._band.setWidth(_WIDTH)
        shapes = [_geometry(outline) for outline in outlines]
        self._band.setToGeometry(QgsGeometry.collectGeometry(shapes) if shapes else QgsGeometry(), layer)

    def clear_when_drawn(self) -> None:
        """The layer has these outlines now: they go as soon as the map shows it, so that nothing flickers."""
        if self._band is not None:
            self._patience.start()

    def clear(self) -> None:
        """Take the outlines away."""
        self._patience.stop()
        if self._band is not None:
            self._canvas.scene().removeItem(self._band)
            self._band = None

    def _wait_no_longer(self) -> None:
        if self._canvas.isDrawing():
            self._patience.start()
        else:
            self.clear()

    def _map_drawn(self) -> None:
        if self._patience.isActive():
            self.clear()


def _geometry(outline: str) -> QgsGeometry:
    geometry = QgsGeometry()
    geometry.fromWkb(bytes.fromhex(outline))
    return geometry
