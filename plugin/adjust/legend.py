"""What the colours of a heat map stand for."""

from __future__ import annotations

from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QIcon, QLinearGradient, QPainter, QPaintEvent, QPalette, QPixmap
from qgis.PyQt.QtWidgets import QLabel, QSizePolicy

from ..numbers import number_text
from ..styles import heat_stops

_MARGIN = 12


class RampBar(QLabel):
    """A bar of colours with scores below it; a label, since it is labels that QGIS's themes give a legible colour."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("look_ramp_bar")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._ramp = "inferno"
        self._opacity = 1.0

    def sizeHint(self) -> QSize:
        """As wide as it may be, and two lines of text high."""
        return QSize(200, round(2.6 * self.fontMetrics().height()))

    def set_ramp(self, ramp: str, opacity: float) -> None:
        """Show other colours.

        Args:
            ramp: the name of a ramp.
            opacity: of the layer, 0 to 1.
        """
        self._ramp, self._opacity = ramp, opacity
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The bar over a grey ground, as over an image, and the scores."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text, half = self.fontMetrics().height(), self.fontMetrics().horizontalAdvance("0.0") / 2 + 1
        # Half of the first and of the last score lie outside of the bar.
        margin = max(_MARGIN, half)
        bar = QRectF(margin, 1, self.width() - 2 * margin, self.height() - text - 4)
        painter.fillRect(bar, QColor(128, 128, 128))
        painter.setOpacity(self._opacity)
        painter.fillRect(bar, ramp_gradient(self._ramp, bar))
        painter.setOpacity(1.0)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        for score, _color in heat_stops(self._ramp):
            x = bar.left() + _place(self._ramp, score) * bar.width()
            place = QRectF(x - half, bar.bottom() + 2, 2 * half, text)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, number_text(score, 1))
        painter.end()


def ramp_icon(ramp: str, size: QSize) -> QIcon:
    """A ramp as a picture for a list, without its transparency.

    Args:
        ramp: the name of a ramp.
        size: of the picture.
    """
    pixmap = QPixmap(size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    area = QRectF(0, 0, size.width(), size.height())
    painter.fillRect(area, ramp_gradient(ramp, area, opaque=True))
    painter.end()
    return QIcon(pixmap)


def ramp_gradient(ramp: str, area: QRectF, *, opaque: bool = False) -> QLinearGradient:
    """A ramp from left to right.

    Args:
        ramp: its name.
        area: where it is drawn.
        opaque: whether to leave its transparency out.
    """
    gradient = QLinearGradient(QPointF(area.left(), 0), QPointF(area.right(), 0))
    for score, color in heat_stops(ramp):
        gradient.setColorAt(_place(ramp, score), QColor(color.rgb()) if opaque else color)
    return gradient


def _place(ramp: str, score: float) -> float:
    stops = heat_stops(ramp)
    return (score - stops[0][0]) / (stops[-1][0] - stops[0][0])
