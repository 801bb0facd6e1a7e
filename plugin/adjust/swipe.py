"""A curtain over the map: left of a line it shows the map without the heat map; the line can be drawn."""

from __future__ import annotations

from qgis.core import QgsMapRendererParallelJob, QgsMapSettings, QgsRasterLayer
from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QColor, QCursor, QImage, QPainter, QPen, QPolygonF

_GRIP = 8
_KNOB = 13.0
_LINE, _CASING = QColor(255, 255, 255), QColor(0, 0, 0, 150)


class Swipe(QObject):
    """Compares a map with itself less one layer, until it is closed; tools of the map work as ever beside the line.

    Args:
        canvas: the map.
        layer: what is drawn right of the line only.
    """

    def __init__(self, canvas: QgsMapCanvas, layer: QgsRasterLayer) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._layer_id = layer.id()
        self._job: QgsMapRendererParallelJob | None = None
        self._dragging = False
        self._cursor: QCursor | None = None
        self.curtain = _Curtain(canvas)
        canvas.renderStarting.connect(self._render)
        canvas.viewport().setMouseTracking(True)
        canvas.viewport().installEventFilter(self)
        self._render()

    def close(self) -> None:
        """Take everything off the map."""
        self._canvas.renderStarting.disconnect(self._render)
        self._canvas.viewport().removeEventFilter(self)
        self._show_cursor(False)
        self._drop_job()
        self._canvas.scene().removeItem(self.curtain)
        self.deleteLater()

    def set_share(self, share: float) -> None:
        """Put the line somewhere.

        Args:
            share: 0 is the left edge of the map, 1 the right one.
        """
        self.curtain.share = min(1.0, max(0.0, share))
        self.curtain.update()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take mouse events at the line, and leave all others to the map."""
        kind = event.type()
        if kind == QEvent.Type.Resize:
            self.curtain.refit()
        if kind not in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease):
            return False
        width = max(1, self._canvas.viewport().width())
        if self._dragging:
            self.set_share(event.pos().x() / width)
            self._dragging = kind != QEvent.Type.MouseButtonRelease
            return True
        near = abs(event.pos().x() - self.curtain.share * width) <= _GRIP
        if kind == QEvent.Type.MouseMove and event.buttons() == Qt.MouseButton.NoButton:
            self._show_cursor(near)
        elif kind == QEvent.Type.MouseButtonPress and near and event.button() == Qt.MouseButton.LeftButton:
            self._dragging = True
        return self._dragging

    def _show_cursor(self, near: bool) -> None:
        viewport = self._canvas.viewport()
        if near and self._cursor is None:
            self._cursor = viewport.cursor()
            viewport.setCursor(Qt.CursorShape.SplitHCursor)
        elif not near and self._cursor is not None:
            viewport.setCursor(self._cursor)
            self._cursor = None

    def _render(self) -> None:
        self._drop_job()
        settings = QgsMapSettings(self._canvas.mapSettings())
        settings.setLayers([layer for layer in self._canvas.layers() if layer.id() != self._layer_id])
        self._job = QgsMapRendererParallelJob(settings)
        self._job.finished.connect(self._show)
        self._job.start()

    def _show(self) -> None:
        if self._job is not None:
            self.curtain.image = self._job.renderedImage()
            self.curtain.refit()
            self._job = None

    def _drop_job(self) -> None:
        self.curtain.image = None
        if self._job is not None:
            self._job.finished.disconnect(self._show)
            self._job.cancelWithoutBlocking()
            self._job = None


class _Curtain(QgsMapCanvasItem):
    """Draws the picture left of the line, and the line with a knob.

    Args:
        canvas: the map.
    """

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self.share = 0.5
        self.image: QImage | None = None
        self._canvas = canvas
        self.setZValue(50)

    def refit(self) -> None:
        """Cover the map, whose size or content has changed."""
        self.prepareGeometryChange()
        self.update()

    def updatePosition(self) -> None:
        """It covers the window, wherever the map is moved."""
        self.setPos(0, 0)

    def boundingRect(self) -> QRectF:
        """All of the map's window."""
        return QRectF(0, 0, self._canvas.width(), self._canvas.height())

    def paint(self, painter: QPainter, *_others: object) -> None:
        """Draw."""
        width, height = self._canvas.viewport().width(), self._canvas.viewport().height()
        x = self.share * width
        if self.image is not None and not self.image.isNull() and x > 0:
            source = QRectF(0, 0, self.image.width() * self.share, self.image.height())
            painter.fillRect(QRectF(0, 0, x, height), self._canvas.canvasColor())
            painter.drawImage(QRectF(0, 0, x, height), self.image, source)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for color, wide in ((_CASING, 5.0), (_LINE, 2.0)):
            painter.setPen(QPen(color, wide))
            painter.drawLine(QPointF(x, 0), QPointF(x, height))
        painter.setPen(QPen(_CASING, 2))
        painter.setBrush(_LINE)
        middle = QPointF(x, height / 2)
        painter.drawEllipse(middle, _KNOB, _KNOB)
        painter.setBrush(QColor(60, 60, 60))
        painter.setPen(Qt.PenStyle.NoPen)
        for side in (-1, 1):
            tip = middle + QPointF(side * 9.0, 0)
            painter.drawPolygon(QPolygonF([tip, tip + QPointF(-side * 5, -5), tip + QPointF(-side * 5, 5)]))
