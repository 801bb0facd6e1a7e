"""A small plot, painted with what every QGIS has: lines, a shaded range, marks, axes with units, a legend."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import (
    QColor,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
    QResizeEvent,
    QTextOption,
)
from qgis.PyQt.QtWidgets import QLabel, QSizePolicy

from ..numbers import digits_text

# Okabe and Ito's colours, which colour-blind people tell apart; line styles for everybody else.
ORANGE, BLUE, GREY = QColor(230, 120, 0), QColor(0, 130, 200), QColor(140, 140, 140)

_CENTRE = Qt.AlignmentFlag.AlignCenter
_MARGIN = 4.0
_TICK = 3.0
_FONT_SHARE = 0.85
_LEAST_WIDTH = 140
# Of the lines and dots themselves; the texts' height comes to it.
_LEAST_AREA = 54
_MOST_Y_TICKS = 4
# So much of a band's name is shown where it is longer than its share of the axis.
_NAME_LETTERS = 12
# The width of a line or shade in the legend, with the gap before its name.
_KEY = 18


@dataclass(frozen=True)
class Line:
    """A line of a plot.

    Attributes:
        name: in the legend.
        x: shape (n,), rising.
        y: shape (n,); NaN leaves a gap.
        color: of the line.
        pen: its style.
        dots: whether each value has a dot.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    color: QColor
    pen: Qt.PenStyle = Qt.PenStyle.SolidLine
    dots: bool = False


@dataclass(frozen=True)
class Range:
    """A shaded range between two lines, or between one and the axis.

    Attributes:
        name: in the legend; empty: none.
        x: shape (n,), rising.
        low: shape (n,).
        high: shape (n,).
        color: of the shade.
    """

    name: str
    x: np.ndarray
    low: np.ndarray
    high: np.ndarray
    color: QColor


@dataclass(frozen=True)
class Mark:
    """A vertical line at one x.

    Attributes:
        name: in the legend.
        x: where.
        color: of the line.
        pen: its style.
    """

    name: str
    x: float
    color: QColor
    pen: Qt.PenStyle = Qt.PenStyle.SolidLine


@dataclass(frozen=True)
class Picture:
    """What a plot shows.

    Attributes:
        x_title: what the x axis is, with its unit.
        y_title: what the y axis is, with its unit.
        lines: drawn in this order.
        ranges: drawn under the lines.
        marks: drawn over the lines.
        x_range: of the x axis; None: that of the data.
        y_log: whether the y axis counts in powers of ten; its values are logarithms then.
        x_names: names of the whole numbers on the x axis, from 1; empty: numbers.
    """

    x_title: str = ""
    y_title: str = ""
    lines: tuple[Line, ...] = ()
    ranges: tuple[Range, ...] = ()
    marks: tuple[Mark, ...] = ()
    x_range: tuple[float, float] | None = None
    y_log: bool = False
    x_names: tuple[str, ...] = field(default=())


_Entry = tuple[str, QColor, "Qt.PenStyle | None"]
"""Of the legend: a name, and a color with the style of its line, None where it is a shade."""


class Plot(QLabel):
    """Shows a :class:`Picture`, or a sentence where there is none.

    A label, since it is labels that QGIS's themes give a legible colour.
    """

    def __init__(self) -> None:
        super().__init__()
        self._picture = Picture()
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * _FONT_SHARE)
        self.setFont(font)

    def minimumSizeHint(self) -> QSize:
        """Room enough to read it."""
        # Before it is laid out, its width says nothing.
        width = self.width() if self.isVisible() else math.inf
        rows = len(_legend_rows(self._picture, QFontMetricsF(self.font()), width))
        return QSize(_LEAST_WIDTH, _LEAST_AREA + (rows + 3) * self.fontMetrics().height())

    def sizeHint(self) -> QSize:
        """As little as is readable; it takes what there is."""
        return self.minimumSizeHint()

    def show_picture(self, picture: Picture) -> None:
        """Show data.

        Args:
            picture: with at least one finite value.
        """
        self._picture, self._text = picture, ""
        self.updateGeometry()
        self.update()

    def show_text(self, text: str) -> None:
        """Say why there is nothing to show."""
        self._picture, self._text = Picture(), text
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The legend may need more rows, or fewer."""
        super().resizeEvent(event)
        self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint all of it, in the colours of QGIS's theme."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        limits = _limits(self._picture)
        if self._text or limits is None:
            painter.setPen(ink)
            painter.drawText(QRectF(self.rect()), self._text, QTextOption(_CENTRE))
            return
        canvas = _Canvas(painter, self._picture, limits, QRectF(self.rect()), QFontMetricsF(self.font()), ink)
        canvas.paint()


class _Canvas:
    """One painting of a plot."""

    def __init__(
        self,
        painter: QPainter,
        picture: Picture,
        limits: tuple[float, float, float, float],
        outer: QRectF,
        metrics: QFontMetricsF,
        ink: QColor,
    ) -> None:
        self._painter = painter
        self._picture = picture
        self._metrics = metrics
        self._ink = ink
        self._left, self._right, self._low, self._high = limits
        self._legend = _legend_rows(picture, metrics, outer.width())
        line = metrics.height()
        # The legend and the y axis' title above, the x axis' numbers and title below.
        above, below = (len(self._legend) + 1) * line + _MARGIN, 2 * line + _TICK + _MARGIN
        room = int((outer.height() - above - below) / (1.2 * line))
        ticks = _powers if picture.y_log else _ticks
        self._y_ticks: list[float] = []
        for most in range(max(1, min(_MOST_Y_TICKS, room)), _MOST_Y_TICKS + 1):
            # One number alone would be no scale.
            if len(self._y_ticks) < 2:
                self._y_ticks = ticks(self._low, self._high, most)
        labels = [self._y_label(tick) for tick in self._y_ticks]
        wide = max((metrics.horizontalAdvance(label) for label in labels), default=0.0)
        self._area = outer.adjusted(_MARGIN + wide + _TICK + 2, above, -_MARGIN - 4, -below)

    def paint(self) -> None:
        self._paint_axes()
        self._paint_legend()
        self._painter.setClipRect(self._area)
        for shade in self._picture.ranges:
            self._paint_range(shade)
        for line in self._picture.lines:
            self._paint_line(line)
        for mark in self._picture.marks:
            x = self._point(mark.x, self._low).x()
            self._painter.setPen(QPen(mark.color, 1.8, mark.pen))
            self._painter.drawLine(QPointF(x, self._area.top()), QPointF(x, self._area.bottom()))

    def _point(self, x: float, y: float) -> QPointF:
        area = self._area
        return QPointF(
            area.left() + (x - self._left) / (self._right - self._left) * area.width(),
            area.bottom() - (y - self._low) / (self._high - self._low) * area.height(),
        )

    def _paint_axes(self) -> None:
        painter, area, line = self._painter, self._area, self._metrics.height()
        faint = QColor(self._ink)
        faint.setAlpha(45)
        for tick in self._y_ticks:
            at = self._point(self._left, tick)
            painter.setPen(QPen(faint, 1))
            painter.drawLine(at, QPointF(area.right(), at.y()))
            painter.setPen(self._ink)
            box = QRectF(0, at.y() - line / 2, area.left() - _TICK - 1, line)
            painter.drawText(box, self._y_label(tick), _line_option(Qt.AlignmentFlag.AlignRight))
        painter.setPen(self._ink)
        end = -1.0
        for tick, label in self._x_labels():
            at = self._point(tick, self._low)
            width = self._metrics.horizontalAdvance(label) + 2
            left = min(max(at.x() - width / 2, 0), area.right() + _MARGIN + 4 - width)
            if left <= end:
                # Names of bands may be long: one that would run into the last is left out.
                continue
            end = left + width
            painter.drawLine(at, QPointF(at.x(), at.y() + _TICK))
            painter.drawText(QRectF(left, at.y() + _TICK, width, line), label, _line_option(_CENTRE))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.drawLine(area.bottomLeft(), area.topLeft())
        below = QRectF(area.left(), area.bottom() + _TICK + line, area.width(), line)
        painter.drawText(below, self._picture.x_title, _line_option(_CENTRE))
        above = QRectF(_MARGIN, area.top() - line - 2, area.right(), line)
        painter.drawText(above, self._picture.y_title, _line_option(Qt.AlignmentFlag.AlignLeft))

    def _x_labels(self) -> list[tuple[float, str]]:
        names = self._picture.x_names
        if names:
            most = max(self._area.width() / len(names), _NAME_LETTERS * self._metrics.averageCharWidth())
            short = [self._metrics.elidedText(name, Qt.TextElideMode.ElideRight, most) for name in names]
            return [(float(number), name) for number, name in enumerate(short, start=1)]
        room = max(2, int(self._area.width() / (self._metrics.horizontalAdvance("00000") * 1.3)))
        return [(tick, digits_text(tick)) for tick in _ticks(self._left, self._right, room)]

    def _y_label(self, tick: float) -> str:
        if not self._picture.y_log:
            return digits_text(tick)
        value = 10**tick
        if value < 1000:
            return digits_text(value)
        return f"{digits_text(value / 1000)}k" if value < 1e6 else f"{digits_text(value / 1e6)}M"

    def _paint_legend(self) -> None:
        painter, metrics = self._painter, self._metrics
        for number, row in enumerate(self._legend):
            y = (number + 0.5) * metrics.height() + 1
            for x, (name, color, pen) in row:
                if pen is None:
                    painter.fillRect(QRectF(x, y - 4, 14, 8), color)
                else:
                    painter.setPen(QPen(color, 2, pen))
                    painter.drawLine(QPointF(x, y), QPointF(x + 14, y))
                painter.setPen(self._ink)
                painter.drawText(QPointF(x + _KEY, y + metrics.ascent() / 2 - 1), name)

    def _paint_range(self, shade: Range) -> None:
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(shade.color)
        there = np.isfinite(shade.low) & np.isfinite(shade.high)
        upper = [self._point(x, y) for x, y in zip(shade.x[there], shade.high[there])]
        lower = [self._point(x, y) for x, y in zip(shade.x[there], shade.low[there])]
        self._painter.drawPolygon(QPolygonF(upper + lower[::-1]))

    def _paint_line(self, line: Line) -> None:
        there = np.isfinite(line.y)
        points = [self._point(x, y) for x, y in zip(line.x[there], line.y[there])]
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.setPen(QPen(line.color, 1.8, line.pen))
        self._painter.drawPolyline(QPolygonF(points))
        if line.dots:
            self._painter.setPen(Qt.PenStyle.NoPen)
            self._painter.setBrush(line.color)
            for point in points:
                self._painter.drawEllipse(point, 3.0, 3.0)


def _legend_rows(picture: Picture, metrics: QFontMetricsF, width: float) -> list[list[tuple[float, _Entry]]]:
    """The legend's entries, each with its left end, in as many rows as their names need."""
    entries: list[_Entry] = [(line.name, line.color, line.pen) for line in picture.lines]
    entries += [(mark.name, mark.color, mark.pen) for mark in picture.marks]
    entries += [(shade.name, shade.color, None) for shade in picture.ranges]
    rows: list[list[tuple[float, _Entry]]] = [[]]
    x = _MARGIN
    for entry in entries:
        if not entry[0]:
            continue
        needed = _KEY + metrics.horizontalAdvance(entry[0])
        if rows[-1] and x + needed > width:
            rows.append([])
            x = _MARGIN
        rows[-1].append((x, entry))
        x += needed + 10
    return rows


def _line_option(alignment: Qt.AlignmentFlag) -> QTextOption:
    option = QTextOption(alignment)
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    return option


def _limits(picture: Picture) -> tuple[float, float, float, float] | None:
    """Left, right, low and high end of the axes; None where there is nothing to draw."""
    xs = [line.x for line in picture.lines] + [shade.x for shade in picture.ranges]
    ys = [line.y for line in picture.lines] + [end for shade in picture.ranges for end in (shade.low, shade.high)]
    if not xs:
        return None
    y = np.concatenate(ys)
    y = y[np.isfinite(y)]
    if not y.size:
        return None
    x = np.concatenate(xs)
    left, right = picture.x_range or (float(x.min()), float(x.max()))
    low, high = float(y.min()), float(y.max())
    if left == right:
        left, right = left - 0.5, right + 0.5
    room = 0.05 * (high - low) or max(abs(high) * 0.05, 0.5)
    return left, right, low if picture.y_log else low - room, high + room


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers in a range, in steps of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [round(number * step, 12) + 0.0 for number in range(first, math.floor(high / step + 1e-9) + 1)]


def _powers(low: float, high: float, most: int = _MOST_Y_TICKS) -> list[float]:
    """Whole logarithms in a range, in steps that make it in so many."""
    every = max(1, math.ceil((high - low) / most))
    return [float(power) for power in range(math.ceil(low), math.floor(high) + 1, every)]
