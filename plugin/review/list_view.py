"""The list of a review's polygons as a view: pictures as they are, and the chosen row always to be seen."""

from __future__ import annotations

from qgis.PyQt.QtCore import QModelIndex, Qt
from qgis.PyQt.QtGui import QIcon, QImage, QPainter, QResizeEvent
from qgis.PyQt.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView


class RowList(QTableView):
    """A table that keeps its chosen row in sight when it is made smaller."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scroll to the chosen row where there is one."""
        super().resizeEvent(event)
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())


class PictureDelegate(QStyledItemDelegate):
    """Paints pictures itself: styles tint those of a chosen row, and know nothing of screens of high resolution."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """As usual, with room for a picture, but without it."""
        super().initStyleOption(option, index)
        option.icon = QIcon()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """The cell, then the picture in the room that was left for it."""
        super().paint(painter, option, index)
        image = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(image, QImage):
            whole = QStyleOptionViewItem(option)
            self.initStyleOption(whole, index)
            place = QStyle.SubElement.SE_ItemViewItemDecoration
            painter.drawImage(self.parent().style().subElementRect(place, whole, self.parent()), image)
