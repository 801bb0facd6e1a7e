"""A histogram of scores that is a slider, too."""

from __future__ import annotations

import math

from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from qgis.PyQt.QtWidgets import QLabel, QSizePolicy

from ..numbers import number_text

_STEP, _PAGE = 0.005, 0.05
_TICKS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_ABOVE = QColor(255, 154, 31)
_HANDLE = 5.0
_MARGIN = 14


class HistogramSlider(QLabel):
    """Bars of how many pixels have which score, and a line that is drawn over them.

    Bars grow with the logarithm of the counts: anomalies are a few pixels beside millions. A label, since it is labels
    that QGIS's themes give a legible colour.
    """

    moved = pyqtSignal(float)
    """The line is being drawn; the score under it."""
    released = pyqtSignal(float)
    """The line was let go, or moved by a key."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("threshold_slider")
        self.setToolTip(self.tr("How many pixels have which score (logarithmic). Drag the line, or use the arrow keys"))
        self.setAccessibleName(self.tr("Threshold"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self._counts: list[int] = []
        self._lowest = 0.0
        self._value = 0.5
        self._own: float | None = None

    def sizeHint(self) -> QSize:
        """As wide as it may be, and five lines of text high."""
        return QSize(200, 7 * self.fontMetrics().height())

    def set_histogram(self, counts: list[int], lowest: float, own: float | None) -> None:
        """Show other scores.

        Args:
            counts: pixels in bins of equal width over scores from 0 to 1.
            lowest: the score at the left end.
            own: the threshold of the run, which is marked; None where it is unknown.
        """
        self._counts, self._lowest, self._own = counts, min(lowest, 0.95), own
        self.update()

    def value(self) -> float:
        """The score under the line."""
        return self._value

    def set_value(self, value: float) -> None:
        """Put the line somewhere, without a signal; the left end makes room for it."""
        self._value = max(0.0, min(1.0, value))
        self._lowest = min(self._lowest, self._value)
        self.update()

    def share_above(self, score: float) -> float:
        """The share of all pixels, 0 to 1, with at least a score; within a bin they are taken to be spread evenly."""
        total = sum(self._counts)
        if not total:
            return 0.0
        place = score * len(self._counts)
        first = min(int(place), len(self._counts) - 1)
        return (sum(self._counts[first + 1 :]) + self._counts[first] * (1 - (place - first))) / total

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The line comes to where it is pressed."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._draw_to(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The line is drawn along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._draw_to(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The line stays."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.released.emit(self._value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the line by a little, page keys by more."""
        steps = {
            Qt.Key.Key_Left: -_STEP,
            Qt.Key.Key_Down: -_STEP,
            Qt.Key.Key_Right: _STEP,
            Qt.Key.Key_Up: _STEP,
            Qt.Key.Key_PageDown: -_PAGE,
            Qt.Key.Key_PageUp: _PAGE,
        }
        step = steps.get(event.key())
        if step is None:
            super().keyPressEvent(event)
            return
        self.set_value(max(self._lowest, self._value + step))
        self.released.emit(self._value)

    def _draw_to(self, event: QMouseEvent) -> None:
        chart = self._chart()
        share = max(0.0, (event.pos().x() - chart.left()) / chart.width())
        self.set_value(self._lowest + share * (1 - self._lowest))
        self.moved.emit(self._value)

    def _chart(self) -> QRectF:
        text = self.fontMetrics().height()
        return QRectF(_MARGIN, 2 * _HANDLE, self.width() - 2 * _MARGIN, self.height() - 2 * _HANDLE - text - 2)

    def _x(self, score: float) -> float:
        chart = self._chart()
        return chart.left() + (score - self._lowest) / (1 - self._lowest) * chart.width()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Bars, ticks, the run's own threshold, and the line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        group = QPalette.ColorGroup.Normal if self.isEnabled() else QPalette.ColorGroup.Disabled
        text = palette.color(group, QPalette.ColorRole.WindowText)
        chart = self._chart()
        painter.fillRect(chart, palette.color(group, QPalette.ColorRole.Base))
        self._paint_bars(painter, chart, palette.color(group, QPalette.ColorRole.Mid))
        faint = QColor(text)
        faint.setAlpha(150)
        painter.setPen(QPen(faint, 1))
        painter.drawLine(chart.bottomLeft(), chart.bottomRight())
        for tick in (t for t in _TICKS if t >= self._lowest):
            x = self._x(tick)
            painter.drawLine(QPointF(x, chart.bottom()), QPointF(x, chart.bottom() + 3))
            place = QRectF(x - 20, chart.bottom() + 2, 40, self.fontMetrics().height())
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, number_text(tick, 1))
        if self._own is not None and self._own >= self._lowest:
            painter.setPen(QPen(faint, 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(self._x(self._own), chart.top()), QPointF(self._x(self._own), chart.bottom()))
        if self.isEnabled():
            self._paint_line(painter, chart, text)
        painter.end()

    def _paint_bars(self, painter: QPainter, chart: QRectF, below: QColor) -> None:
        highest = math.log1p(max(self._counts, default=0))
        painter.setPen(Qt.PenStyle.NoPen)
        for place, count in enumerate(self._counts):
            score = place / len(self._counts)
            if count == 0 or score + 1 / len(self._counts) <= self._lowest:
                continue
            left, right = self._x(max(score, self._lowest)), self._x(score + 1 / len(self._counts))
            height = math.log1p(count) / highest * (chart.height() - 2)
            painter.setBrush(_ABOVE if self.isEnabled() and score >= self._value else below)
            painter.drawRect(QRectF(left, chart.bottom() - height, right - left + 0.5, height))

    def _paint_line(self, painter: QPainter, chart: QRectF, color: QColor) -> None:
        x = self._x(self._value)
        painter.setPen(QPen(color, 2))
        painter.drawLine(QPointF(x, chart.top() - _HANDLE), QPointF(x, chart.bottom()))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Highlight) if self.hasFocus() else color)
        painter.drawEllipse(QPointF(x, chart.top() - _HANDLE + 1), _HANDLE, _HANDLE)
