"""QGIS's window in a person's hands: finds widgets by name, clicks, chooses, types, waits and looks."""

from __future__ import annotations

import importlib
import json
import os
import traceback
from collections.abc import Callable
from pathlib import Path

from qgis.gui import QgsMessageBarItem
from qgis.PyQt.QtCore import QPoint, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QMessageBox, QWidget
from qgis.utils import iface

SIZE = (1400, 900)
_STEP_MS = 50
_SETTLE_MS = 500


class StuckError(Exception):
    """A journey cannot go on; the text says what a person would see."""


def play_journey() -> None:
    """Play the journey that the environment names, report, and close QGIS, in the journey's own way if it has one."""
    report = Path(os.environ["JOURNEY_REPORT"])
    journey = None
    try:
        journey = importlib.import_module(os.environ["JOURNEY"])
        iface.mainWindow().showNormal()
        iface.mainWindow().resize(*SIZE)
        told = {"facts": journey.run()}
    except Exception as error:  # noqa: BLE001 - whatever it is, QGIS must close, and the launcher tells it
        told = {"error": str(error) if isinstance(error, StuckError) else traceback.format_exc()}
        iface.mainWindow().grab().save(str(report.with_suffix(".png")))
        journey = None
    draft = report.with_suffix(".part")
    draft.write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
    draft.replace(report)
    getattr(journey, "close", close_qgis)()


def close_qgis() -> None:
    """Close QGIS as a person does, who agrees to whatever it asks, as often as it takes."""
    # A timer of its own each time: a question blocks the call that led to it, and a timer that waits for a call.
    QTimer.singleShot(_STEP_MS, close_qgis)
    box = QApplication.activeModalWidget()
    if isinstance(box, QMessageBox):
        answer = QMessageBox.StandardButton
        buttons = [box.button(agreed) for agreed in (answer.Yes, answer.Ok, answer.Discard)]
        click(next(button for button in buttons if button is not None))
    elif box is None:
        iface.actionExit().trigger()


def wait_for(what: str, condition: Callable[[], object], seconds: float = 30.0) -> object:
    """Let QGIS work until something is so.

    Args:
        what: is waited for, in words.
        condition: is truthy then.
        seconds: until patience ends.

    Returns:
        What ``condition`` returned.

    Raises:
        StuckError: it did not come.
    """
    for _ in range(int(seconds * 1000 / _STEP_MS)):
        found = condition()
        if found:
            return found
        QTest.qWait(_STEP_MS)
    msg = f"Waited {seconds:.0f} s for {what}. {screen_says()}"
    raise StuckError(msg)


def screen_says() -> str:
    """What stands in the message bar and in a dialog that blocks the window."""
    said = [f"The message bar says: {text}" for text in messages()]
    modal = QApplication.activeModalWidget()
    if isinstance(modal, QMessageBox):
        said.append(f"A message box says: {modal.text()} {modal.informativeText()}")
    elif modal is not None:
        said.append(f"The dialog “{modal.windowTitle()}” is open.")
    return " ".join(said)


def messages() -> list[str]:
    """The texts in the message bar."""
    return [item.text() for item in iface.messageBar().findChildren(QgsMessageBarItem)]


def widget(name: str, parent: QWidget | None = None) -> QWidget:
    """The widget of this object name.

    Args:
        name: its object name.
        parent: where to look; in QGIS's window where None.

    Raises:
        StuckError: there is none.
    """
    found = (parent or iface.mainWindow()).findChild(QWidget, name)
    if found is None:
        msg = f"There is no widget “{name}”."
        raise StuckError(msg)
    return found


def click(button: QAbstractButton) -> None:
    """Click a button with the mouse.

    Raises:
        StuckError: a person could not.
    """
    if not (button.isVisible() and button.isEnabled()):
        msg = f"The button “{button.text()}” cannot be clicked. {screen_says()}"
        raise StuckError(msg)
    # The middle of a check box may be empty space, where a click does nothing; near its left end is the box.
    spot = QPoint(min(10, button.width() // 2), button.height() // 2)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)


def choose(combo: QComboBox, wanted: str) -> None:
    """Choose an entry by the keyboard.

    Args:
        combo: the list.
        wanted: the entry's data, or its text.

    Raises:
        StuckError: there is no such entry.
    """
    row = max(combo.findData(wanted), combo.findText(wanted))
    if row < 0:
        known = ", ".join(str(combo.itemData(i) or combo.itemText(i)) for i in range(combo.count()))
        msg = f"“{wanted}” cannot be chosen; there are: {known}."
        raise StuckError(msg)
    combo.setFocus()
    key = Qt.Key.Key_Down if row > combo.currentIndex() else Qt.Key.Key_Up
    for _ in range(abs(row - combo.currentIndex())):
        QTest.keyClick(combo, key)
    if combo.currentIndex() != row:
        msg = f"“{wanted}” could not be reached with the arrow keys; “{combo.currentText()}” is chosen."
        raise StuckError(msg)


def write(edit: QLineEdit, text: str) -> None:
    """Replace a line's text by pasting another.

    Args:
        edit: the line.
        text: what it says then.
    """
    edit.setFocus()
    # Test keys know ASCII only, and folders have other letters.
    QApplication.clipboard().setText(text)
    edit.selectAll()
    edit.paste()
    QTest.keyClick(edit, Qt.Key.Key_Tab)


def take_picture(target: QWidget, path: Path) -> None:
    """Save what a widget shows, when the map is drawn.

    Args:
        target: a widget.
        path: a PNG file.

    Raises:
        StuckError: the file cannot be written.
    """
    iface.mapCanvas().refresh()
    # Drawing begins a moment after it is asked for, and the bar shows a message a moment after it is pushed.
    QTest.qWait(_SETTLE_MS)
    wait_for("the map to be drawn", lambda: not iface.mapCanvas().isDrawing())
    if not target.grab().save(str(path)):
        msg = f"The picture {path} cannot be written."
        raise StuckError(msg)
