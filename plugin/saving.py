"""Asks for the name of a file to write."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import QFileDialog, QMessageBox, QWidget

translate = QCoreApplication.translate


def with_ending(path: Path, suffix: str) -> Path:
    """A path that ends as its format wants it; dots in a name are part of the name.

    Args:
        path: as somebody typed it.
        suffix: of the format, with its dot.
    """
    return path if path.suffix.lower() == suffix else path.with_name(path.name + suffix)


def ask_where(parent: QWidget, title: str, proposed: Path, kind: str, suffix: str) -> Path | None:
    """Ask for a file to write; None where there is none, or where one that is there is to stay.

    Args:
        parent: the window that asks.
        title: of the dialog.
        proposed: the name to begin with.
        kind: the dialog's filter.
        suffix: of the format, with its dot.
    """
    chosen, _ = QFileDialog.getSaveFileName(parent, title, str(proposed), kind)
    if not chosen:
        return None
    path = with_ending(Path(chosen), suffix)
    if path == Path(chosen) or not path.exists():
        return path
    # The dialog has asked about the name that was typed, not about this one.
    question = translate("Saving", "{name} exists. Replace it?").format(name=path.name)
    yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
    return path if QMessageBox.question(parent, title, question, yes | no, no) == yes else None
