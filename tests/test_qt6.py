"""Holds the plugin to what works with Qt 5 and Qt 6 alike: QGIS 3 and QGIS 4."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "plugin").rglob("*.py"))

# Calls that Qt 5 knows and Qt 6 does not, with what both know.
REMOVED = {
    "exec_": "exec",
    "print_": "print",
    "globalPos": "a QCursor's pos",
    "delta": "angleDelta",
    "setMargin": "setContentsMargins",
    "setTabStopWidth": "setTabStopDistance",
    "toTime_t": "toSecsSinceEpoch",
    "setTime_t": "setSecsSinceEpoch",
    "fromTime_t": "fromSecsSinceEpoch",
    "desktop": "primaryScreen",
    "setCodec": "setEncoding",
    "MidButton": "MouseButton.MiddleButton",
    "AA_EnableHighDpiScaling": "nothing: always on",
    "AA_UseHighDpiPixmaps": "nothing: always on",
}
CLASSES = {"QRegExp", "QDesktopWidget", "QTextCodec", "QSignalMapper", "QMatrix", "QDirModel"}


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def removed(tree):
    """Yield what Qt 6 does not have any more."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in REMOVED:
            yield f"line {node.lineno}: {node.attr}; use {REMOVED[node.attr]}"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qgis.PyQt"):
            yield from (f"line {node.lineno}: {alias.name}" for alias in node.names if alias.name in CLASSES)
            yield from (f"line {node.lineno}: import *" for alias in node.names if alias.name == "*")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_called_that_qt6_removed(path):
    assert list(removed(parse(path))) == []


def test_a_removed_call_would_be_found():
    code = "from qgis.PyQt.QtCore import QRegExp\nbox.exec_()\nevent.globalPos()"
    assert len(list(removed(ast.parse(code)))) == 3


def test_all_qt_goes_through_qgis():
    direct = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in [*SOURCES, *(ROOT / "tests").rglob("*.py")]
        if path.name != "qt6.py"
        for match in re.finditer(r"^\s*(?:from|import) (?:PyQt[56]|PySide[26]|sip)\b.*", path.read_text("utf-8"), re.M)
    ]
    assert direct == []


@pytest.fixture(scope="module")
def said():
    """What a process with PyQt6 said of the plugin; see ``qt6.py``."""
    if importlib.util.find_spec("PyQt6") is None:
        pytest.skip("PyQt6 is not installed: pip install '.[test]'")
    done = subprocess.run([sys.executable, ROOT / "tests" / "qt6.py"], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def test_every_module_is_imported_under_pyqt6_and_finds_all_that_it_wants_of_qt(said):
    assert said[0] == 0, said[1]
