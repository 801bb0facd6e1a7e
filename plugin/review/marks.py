"""A sign for each status: a shape and a colour, so that nobody needs to tell colours apart."""

from __future__ import annotations

from functools import cache

from qgis.PyQt.QtCore import QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from ..styles import STATUS_STYLES

# Drawn large: screens of any resolution scale it down.
_SIZE = 96
_INK = QColor(20, 20, 20)


@cache
def status_icon(status: str) -> QIcon:
    """A ring for unreviewed, a disc with a tick, a square with a cross, and a triangle with a stroke.

    Args:
        status: a value of the field; an unknown one looks unreviewed.
    """
    colors = {name: QColor(red, green, blue) for name, red, green, blue, _pen in STATUS_STYLES}
    pixmap = QPixmap(_SIZE, _SIZE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(_SIZE / 16, _SIZE / 16)
    {"accepted": _tick, "rejected": _cross, "unsure": _doubt}.get(status, _ring)(painter, colors)
    painter.end()
    return QIcon(pixmap)


def _ring(painter: QPainter, colors: dict[str, QColor]) -> None:
    painter.setPen(QPen(colors["unreviewed"].darker(150), 1.8))
    # Seen on a selected row, too.
    painter.setBrush(QColor(255, 255, 255, 110))
    painter.drawEllipse(QRectF(3, 3, 10, 10))


def _tick(painter: QPainter, colors: dict[str, QColor]) -> None:
    _fill(painter, colors["accepted"])
    painter.drawEllipse(QRectF(1.5, 1.5, 13, 13))
    _draw(painter)
    painter.drawPolyline(QPolygonF([QPointF(4.6, 8.4), QPointF(7.2, 11), QPointF(11.6, 5.4)]))


def _cross(painter: QPainter, colors: dict[str, QColor]) -> None:
    _fill(painter, colors["rejected"])
    painter.drawRoundedRect(QRectF(2, 2, 12, 12), 1.5, 1.5)
    _draw(painter)
    painter.drawLine(QPointF(5.2, 5.2), QPointF(10.8, 10.8))
    painter.drawLine(QPointF(5.2, 10.8), QPointF(10.8, 5.2))


def _doubt(painter: QPainter, colors: dict[str, QColor]) -> None:
    _fill(painter, colors["unsure"])
    painter.drawPolygon(QPolygonF([QPointF(8, 1.2), QPointF(15.2, 14.4), QPointF(0.8, 14.4)]))
    _draw(painter)
    painter.drawLine(QPointF(8, 6), QPointF(8, 9.6))
    painter.drawPoint(QPointF(8, 12.2))


def _fill(painter: QPainter, color: QColor) -> None:
    painter.setPen(QPen(color.darker(160), 0.8))
    painter.setBrush(color)


def _draw(painter: QPainter) -> None:
    painter.setPen(QPen(_INK, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
