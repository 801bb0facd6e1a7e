"""The queue as a table, on the screen and in a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QObject, Qt
from qgis.PyQt.QtGui import QIcon

from ..drafts import whole_file
from ..errors import PluginError
from ..numbers import number_text
from ..processing.choices import modalities
from .queue import BatchQueue, Item, State

translate = QCoreApplication.translate

COLUMNS = ("scene", "modality", "state", "count", "seconds", "message")
SCENE, MODALITY, STATE, COUNT, SECONDS, MESSAGE = range(len(COLUMNS))

_ICONS = {
    State.DONE: "mIconSuccess.svg",
    State.FAILED: "mIconWarning.svg",
    State.RUNNING: "mActionPlay.svg",
    State.SKIPPED: "mActionRemove.svg",
}


class BatchModel(QAbstractTableModel):
    """A row for each scene.

    Args:
        queue: what is shown.
        parent: the owner.
    """

    def __init__(self, queue: BatchQueue, parent: QObject) -> None:
        super().__init__(parent)
        self._queue = queue
        self._headings = {
            SCENE: self.tr("Scene"),
            MODALITY: self.tr("Modality"),
            STATE: self.tr("State"),
            COUNT: self.tr("Anomalies"),
            SECONDS: self.tr("Time"),
            MESSAGE: self.tr("Message"),
        }
        self._rows = 0
        queue.reset.connect(self._reset)
        queue.changed.connect(self._changed)

    def item(self, index: QModelIndex) -> Item:
        """The scene in a row."""
        return self._queue.items[index.row()]

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """As Qt asks; scenes have nothing below them."""
        return 0 if parent is not None and parent.isValid() else self._rows

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """As Qt asks."""
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """The columns' names."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """What a cell shows."""
        item, column = self.item(index), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(item, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return item.path if column == SCENE else item.message
        if role == Qt.ItemDataRole.DecorationRole and column == STATE and item.state in _ICONS:
            return QIcon(QgsApplication.iconPath(_ICONS[item.state]))
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (COUNT, SECONDS):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _reset(self) -> None:
        self.beginResetModel()
        self._rows = len(self._queue.items)
        self.endResetModel()

    def _changed(self, row: int) -> None:
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))


def _text(item: Item, column: int) -> str:
    result = item.result or {}
    if column == STATE:
        return f"{item.fraction:.0%}" if item.state is State.RUNNING else state_labels()[item.state]
    return {
        SCENE: item.name,
        MODALITY: dict(modalities()).get(result.get("modality"), "") if result else "",
        COUNT: "" if item.result is None else str(result["count"]),
        SECONDS: "" if item.seconds is None else _seconds_text(item.seconds),
        # The path stands in the scene's tooltip, and would leave no room for what is wrong.
        MESSAGE: item.message.replace(item.path, Path(item.path).name),
    }[column]


def _seconds_text(seconds: float) -> str:
    return translate("Batch", "{seconds} s").format(seconds=number_text(seconds, 1))


def state_labels() -> dict[State, str]:
    """What the states are called; a running scene has a percentage instead."""
    return {
        State.WAITING: translate("Batch", "Waiting"),
        State.DONE: translate("Batch", "Done"),
        State.FAILED: translate("Batch", "Failed"),
        State.SKIPPED: translate("Batch", "Skipped"),
    }


def write_summary(items: list[Item], path: Path) -> None:
    """Write the table as a CSV file; one that is there is replaced when the new one is whole.

    Args:
        items: the scenes.
        path: the file.

    Raises:
        PluginError: ``not_writable``.
    """
    try:
        # With the mark by which spreadsheets know UTF-8.
        with whole_file(path) as draft, draft.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*COLUMNS, "path", "detector", "score_threshold", "heatmap", "anomalies"])
            for item in items:
                result = item.result or {}
                seconds = "" if item.seconds is None else round(item.seconds, 2)
                row = [item.name, result.get("modality"), item.state.value, result.get("count"), seconds, item.message]
                rest = (result.get(key) for key in ("detector", "score_threshold", "heatmap", "instances"))
                writer.writerow([*row, item.path, *rest])
    except OSError as error:
        message = translate("Batch", "{path} cannot be written ({reason}).")
        raise PluginError(
            "not_writable",
            message.format(path=path, reason=error.strerror),
            translate("Batch", "Close other programs that use it, or choose another name."),
        ) from error
