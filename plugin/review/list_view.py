"""The list of a review's polygons as a view: in little width, with pictures as they are and the chosen row in sight."""

from __future__ import annotations

from collections.abc import Callable

from qgis.PyQt.QtCore import QModelIndex, QPointF, QRect, QRectF, Qt, pyqtSignal
from qgis.PyQt.QtGui import (
    QIcon,
    QImage,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QTextOption,
)
from qgis.PyQt.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

# The arrow of the sorted column, as a part of its title's height.
_ARROW = 0.2
_MARGIN = 12


class RowList(QTableView):
    """A table that keeps its chosen row in sight when it is made smaller, and says why it is empty.

    Attributes:
        why_empty: gives the text that stands where there is no row.
    """

    resized = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.why_empty: Callable[[], str] = str

    def paintEvent(self, event: QPaintEvent) -> None:
        """As usual, or the text."""
        super().paintEvent(event)
        if self.model().rowCount():
            return
        painter = QPainter(self.viewport())
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        room = self.viewport().rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        option = QTextOption(Qt.AlignmentFlag.AlignCenter)
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        painter.drawText(QRectF(room), self.why_empty(), option)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scroll to the chosen row where there is one."""
        super().resizeEvent(event)
        self.resized.emit()
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())


class SortHeader(QHeaderView):
    """Headings with the arrow of the sorted column above its title: many styles have room for one of the two only.

    Args:
        parent: the table.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(True)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """A heading, and the arrow if the table is sorted by it."""
        # Styles leave a painter behind that paints nowhere.
        painter.save()
        super().paintSection(painter, rect, section)
        painter.restore()
        if section != self.sortIndicatorSection():
            return
        side = self.fontMetrics().height() * _ARROW
        middle, top = rect.left() + rect.width() / 2, float(rect.top())
        base, tip = top, top + side
        if self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder:
            base, tip = tip, base
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.ButtonText))
        corners = [QPointF(middle - side, base), QPointF(middle + side, base), QPointF(middle, tip)]
        painter.drawPolygon(QPolygonF(corners))


class PictureDelegate(QStyledItemDelegate):
    """Paints pictures itself: styles tint those of a chosen row, and know nothing of screens of high resolution."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """As usual, with room for a picture, but without it."""
        super().initStyleOption(option, index)
        option.icon = QIcon()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """The cell, then the picture in the room that was left for it."""
        super().paint(painter, option, index)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(picture, (QImage, QPixmap)):
            whole = QStyleOptionViewItem(option)
            self.initStyleOption(whole, index)
            place = QStyle.SubElement.SE_ItemViewItemDecoration
            where = self.parent().style().subElementRect(place, whole, self.parent())
            (painter.drawImage if isinstance(picture, QImage) else painter.drawPixmap)(where, picture)


class SignDelegate(PictureDelegate):
    """Paints signs, beside which words can be left out.

    Attributes:
        words: whether they are there.
    """

    words = True

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """As usual, or without the word."""
        super().initStyleOption(option, index)
        if not self.words:
            option.text = ""
