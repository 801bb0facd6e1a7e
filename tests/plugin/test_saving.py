"""Names of files to write."""

from __future__ import annotations

from pathlib import Path

import pytest
from anomaly_lens.plugin.saving import ask_where
from qgis.PyQt.QtWidgets import QFileDialog, QMessageBox


@pytest.mark.parametrize(
    ("typed", "there", "answer", "path"),
    [
        ("table.csv", "table.csv", None, "table.csv"),
        ("table.CSV", "", None, "table.CSV"),
        ("batch 2026.11", "batch 2026.csv", None, "batch 2026.11.csv"),
        ("table", "table.csv", "Yes", "table.csv"),
        ("table", "table.csv", "No", None),
        ("", "", None, None),
    ],
)
def test_a_name_keeps_its_dots_and_replaces_nothing_unasked(iface, tmp_path, monkeypatch, typed, there, answer, path):
    if there:
        (tmp_path / there).write_text("old")
    chosen = str(tmp_path / typed) if typed else ""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (chosen, ""))
    asked = []

    def question(*_asked):
        asked.append(answer)
        return getattr(QMessageBox.StandardButton, answer)

    monkeypatch.setattr(QMessageBox, "question", question)
    found = ask_where(iface.window, "Save the table", Path("batch.csv"), "CSV files (*.csv)", ".csv")
    assert found == (None if path is None else tmp_path / path)
    assert len(asked) == (answer is not None)
