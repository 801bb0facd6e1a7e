"""What a person does in the review, and sees there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from anomaly_lens.plugin.review.model import RANK
from anomaly_lens.plugin.review.panel import ReviewPanel
from qgis.core import QgsVectorLayer
from qgis.PyQt.QtTest import QTest

COUNT = 6
"""Polygons of the run."""


def statuses(layer: QgsVectorLayer) -> list[str]:
    """By rank, as the file has them: read by another program."""
    with sqlite3.connect(Path(layer.source().split("|")[0])) as file:
        return [status for (status,) in file.execute("SELECT status FROM anomalies ORDER BY rank")]


def press(panel: ReviewPanel, keys: str) -> None:
    """Press keys in the list."""
    panel.form.list.setFocus()
    for key in keys:
        QTest.keyClick(panel.form.list, key)


def shown(panel: ReviewPanel, column: int = RANK) -> list[str]:
    """A column of the list."""
    return [panel.model.index(row, column).data() for row in range(panel.model.rowCount())]


def rank(panel: ReviewPanel) -> int | None:
    """Of the chosen polygon."""
    row = panel._row()
    return None if row is None else int(row.rank)


def marked(panel: ReviewPanel) -> int | None:
    """By its rank, what looks chosen in the list."""
    index = panel.form.list.currentIndex()
    return panel.model.shown()[index.row()].rank if index.isValid() else None
