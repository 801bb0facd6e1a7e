"""The list of a review as Qt's views see it.

It sorts and filters itself: a proxy model would ask Python for both sides of each comparison, which takes seconds for a
hundred thousand polygons, while sorting a Python list of them takes a tenth of one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from qgis.PyQt.QtGui import QImage

from ..numbers import measure_text, number_text
from ..styles import status_labels
from .marks import status_icon
from .rows import Row

RANK, SCORE, AREA, STATUS, SECOND, LABEL = range(6)

_KEYS: tuple[Callable[[Row], Any], ...] = (
    lambda row: (row.rank is None, row.rank),
    lambda row: (row.ranked_by is None, row.ranked_by),
    lambda row: (row.area is None, row.area),
    lambda row: row.status,
    lambda row: row.second,
    lambda row: row.label.lower(),
)
_MILLION = 1e6
# So many rows leave the list or come into it one by one.
_FEW = 20
_ICON_SIDE = 16
# AlignRight and AlignVCenter as one enum: flags are not a number to Qt under PyQt5.
_RIGHT = Qt.AlignmentFlag(0x0002 | 0x0080)


class ReviewModel(QAbstractTableModel):
    """Rows of polygons with thumbnails.

    Args:
        thumbnail: the picture of a feature, or None while it is made.
        parent: the owner.
    """

    def __init__(self, thumbnail: Callable[[int], QImage | None], parent: QObject) -> None:
        super().__init__(parent)
        self._thumbnail = thumbnail
        self._rows: list[Row] = []
        self._shown: list[Row] = []
        self._by_fid: dict[int, Row] = {}
        self._accepts: Callable[[Row], bool] = lambda _row: True
        self._sorting = (RANK, Qt.SortOrder.AscendingOrder)
        self._labels = status_labels()
        self.area_unit = ""

    @property
    def rows(self) -> list[Row]:
        """All rows, those that the filter hides included."""
        return self._rows

    def set_rows(self, rows: list[Row]) -> None:
        """Show other rows.

        Args:
            rows: in any order.
        """
        self.beginResetModel()
        self._rows = rows
        self._by_fid = {row.fid: row for row in rows}
        self._arrange()
        self.endResetModel()

    def take_decisions(self, rows: list[Row]) -> list[Row] | None:
        """Bring the rows up to date, the list as it stands: nobody's place in it is lost.

        Args:
            rows: read anew.

        Returns:
            Those whose decisions have changed, yet to be shown by :meth:`changed`; None, and nothing is done, where
            polygons are others or so many decisions that the list had better be built anew.
        """
        pairs = [(self._by_fid.get(row.fid), row) for row in rows]
        if len(rows) != len(self._rows) or not all(old is not None and old.is_as(row) for old, row in pairs):
            return None
        changed = [(old, row) for old, row in pairs if old != row]
        if len(changed) > _FEW:
            return None
        for old, row in changed:
            vars(old).update(vars(row))
        return [old for old, _row in changed]

    def set_filter(self, accepts: Callable[[Row], bool]) -> None:
        """Show only some rows.

        Args:
            accepts: tells which.
        """
        self.beginResetModel()
        self._accepts = accepts
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        self.beginResetModel()
        self._sorting = (column, order)
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        column, order = self._sorting
        self._rows.sort(key=_KEYS[column], reverse=order == Qt.SortOrder.DescendingOrder)
        self._shown = [row for row in self._rows if self._accepts(row)]

    def row(self, fid: int) -> Row | None:
        """The row of a feature, shown or not."""
        return self._by_fid.get(fid)

    def shown(self) -> list[Row]:
        """The rows that are shown, in order."""
        return self._shown

    def position(self, fid: int) -> int:
        """Where a feature is shown; -1 where it is not."""
        row = self._by_fid.get(fid)
        return next((place for place, shown in enumerate(self._shown) if shown is row), -1)

    def changed(self, row: Row) -> None:
        """Show a row as it is now: it may leave the list, or come into it at its place.

        Args:
            row: one of :attr:`rows`, changed in place.
        """
        place, accepted = self.position(row.fid), self._accepts(row)
        if place >= 0 and accepted:
            self.dataChanged.emit(self.index(place, 0), self.index(place, LABEL))
        elif place >= 0:
            self.beginRemoveRows(QModelIndex(), place, place)
            del self._shown[place]
            self.endRemoveRows()
        elif accepted:
            self._insert(row)

    def _insert(self, row: Row) -> None:
        column, order = self._sorting
        key = _KEYS[column]
        descending = order == Qt.SortOrder.DescendingOrder
        place = sum(1 for other in self._shown if (key(other) >= key(row) if descending else key(other) <= key(row)))
        self.beginInsertRows(QModelIndex(), place, place)
        self._shown.insert(place, row)
        self.endInsertRows()

    def show_thumbnail(self, fid: int) -> None:
        """Show the picture of a feature, which is there now."""
        place = self.position(fid)
        if place >= 0:
            index = self.index(place, RANK)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many rows are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many columns there are, hidden ones included."""
        return 0 if parent.isValid() else len(_KEYS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - as Qt has it
        """The columns' names and what they mean."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            area = self.tr("Area {unit}").format(unit=self.area_unit)
            titles = (self.tr("Rank"), self.tr("Score"), area, self.tr("Status"), self.tr("Second"), self.tr("Label"))
            return titles[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tr("Press to sort by this column")
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - as Qt has it
        """What a cell shows."""
        row, column = self._shown[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.DecorationRole:
            if column == RANK:
                return self._thumbnail(row.fid)
            if column in (STATUS, SECOND):
                # Smaller than the pictures, whose size the list's icons have.
                return status_icon(row.status if column == STATUS else row.second).pixmap(_ICON_SIDE, _ICON_SIDE)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (SCORE, AREA):
            return _RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tooltip(row, column)
        return None

    def _text(self, row: Row, column: int) -> str:
        if column == RANK:
            return "–" if row.rank is None else str(int(row.rank))
        if column == SCORE:
            return _score_text(row.ranked_by)
        if column == AREA:
            return self._area(row.area)
        if column == LABEL:
            return row.label
        status = row.status if column == STATUS else row.second
        return self._labels.get(status, status)

    def _area(self, area: float | None) -> str:
        if area is None:
            return "–"
        if area >= _MILLION:
            # Large pixels make large polygons: six digits are enough for a list.
            return f"{number_text(area / _MILLION, 2)} {'km²' if self.area_unit == 'm²' else 'M'}"
        return number_text(area) if area >= 100 else measure_text(area)

    def _tooltip(self, row: Row, column: int) -> str:
        if column == LABEL:
            return "\n".join(text for text in (row.label, row.note) if text)
        if column == SCORE and row.object_score is not None:
            text = self.tr("How sure the detector is of the object, which ranks it. Highest score of a pixel: {score}")
            return text.format(score=_score_text(row.score))
        return self._text(row, column)


def _score_text(score: float | None) -> str:
    return "–" if score is None else number_text(score, 3)
