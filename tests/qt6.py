"""Imports the plugin under PyQt6, with a stand-in for QGIS; a script, since one process bears but one Qt.

``qgis.PyQt`` is PyQt6 itself with the few names that QGIS's own wrapper adds; of ``qgis.core``, ``qgis.gui`` and the
rest, every name is a class that accepts everything. So this proves: whatever is imported from Qt is there in Qt 6;
classes, signals and default values come about; every ``Class.Enum.Value`` of Qt that stands in the code is there.
Windows that need nothing of QGIS are opened. It proves nothing about QGIS's own API.

Prints what is missing, a line each.
"""

from __future__ import annotations

import ast
import importlib
import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PyQt6 import QtCore, QtGui, QtNetwork, QtTest, QtWidgets, sip

ROOT = Path(__file__).resolve().parent.parent
QT = {"QtCore": QtCore, "QtGui": QtGui, "QtNetwork": QtNetwork, "QtTest": QtTest, "QtWidgets": QtWidgets, "sip": sip}
ADDED_BY_QGIS = ("QAction", "QActionGroup", "QShortcut")
"""In Qt 6 they belong to QtGui; QGIS offers them in QtWidgets, too."""
VARIANT_TYPES = {"Invalid": "UnknownType", "Bool": "Bool", "Int": "Int", "Double": "Double", "String": "QString"}
"""What QGIS puts back into QVariant."""


class Anything:
    """A value of which nothing is known."""

    def __getattr__(self, name: str) -> Anything:
        """Another one."""
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *_: object, **__: object) -> Anything:
        """Another one."""
        return Anything()

    def __or__(self, _: object) -> Anything:
        """A combination of flags."""
        return self

    __ror__ = __and__ = __or__

    def __iter__(self) -> Iterator[Anything]:
        """Nothing in it."""
        return iter(())


class _Object(QtCore.QObject):
    """An object that is made of anything."""

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__()


class _Widget(QtWidgets.QWidget):
    """A widget that is made of anything."""

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__()


class _AnyClass(type(QtCore.QObject)):
    def __getattr__(cls, name: str) -> Anything:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()


class QgisModule(types.ModuleType):
    """A module of QGIS in which every name is a class.

    Args:
        name: of the module.
        base: of its classes.
    """

    def __init__(self, name: str, base: type) -> None:
        super().__init__(name)
        self.__path__ = []
        self._base = base

    def __getattr__(self, name: str) -> type:
        """The class of this name, the same one each time."""
        if name.startswith("__"):
            raise AttributeError(name)
        made = _AnyClass(name, (self._base,), {})
        setattr(self, name, made)
        return made


def stand_in_for_qgis() -> None:
    """Put the stand-ins where ``import`` looks."""
    for name in ADDED_BY_QGIS:
        setattr(QtWidgets, name, getattr(QtGui, name))
    for name, kind in VARIANT_TYPES.items():
        setattr(QtCore.QVariant, name, getattr(QtCore.QMetaType.Type, kind))
    sys.modules["qgis"] = QgisModule("qgis", _Object)
    sys.modules["qgis.PyQt"] = types.ModuleType("qgis.PyQt")
    for name, module in QT.items():
        sys.modules[f"qgis.PyQt.{name}"] = module
        setattr(sys.modules["qgis.PyQt"], name, module)
    for name, base in {"core": _Object, "gui": _Widget, "utils": _Object}.items():
        sys.modules[f"qgis.{name}"] = QgisModule(f"qgis.{name}", base)
    for name in ("processing", "osgeo", "osgeo.gdal", "osgeo.ogr", "osgeo.osr"):
        sys.modules[name] = QgisModule(name, _Object)


def missing_in_qt6(tree: ast.AST) -> Iterator[str]:
    """Names of Qt in the code that Qt 6 does not have.

    Args:
        tree: a module's.
    """
    known: dict[str, object] = {}
    tried = {
        line for node in ast.walk(tree) if isinstance(node, ast.Try) for line in range(node.lineno, node.end_lineno + 1)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qgis.PyQt."):
            for alias in node.names:
                found = getattr(QT[node.module.rsplit(".", 1)[-1]], alias.name, None)
                if found is None and node.lineno not in tried:
                    yield f"line {node.lineno}: {node.module}.{alias.name}"
                known[alias.asname or alias.name] = found
    for node in ast.walk(tree):
        names = []
        while isinstance(node, ast.Attribute):
            names.insert(0, node.attr)
            node = node.value
        if not (names and isinstance(node, ast.Name) and known.get(node.id)):
            continue
        found = known[node.id]
        for depth, name in enumerate(names):
            if not isinstance(found, type):
                break
            if not hasattr(found, name):
                yield f"line {node.lineno}: {'.'.join((node.id, *names[: depth + 1]))}"
                break
            found = getattr(found, name)


def import_all() -> Iterator[str]:
    """Import every module of the plugin; what fails is yielded."""
    package = types.ModuleType("anomaly_lens")
    package.__path__ = [str(ROOT)]
    sys.modules["anomaly_lens"] = package
    for path in sorted((ROOT / "plugin").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        try:
            importlib.import_module(f"anomaly_lens.{name}")
        except Exception as error:  # noqa: BLE001 - whatever a module does at its import
            yield f"{name}: {type(error).__name__}: {error}"


def open_windows() -> Iterator[str]:
    """Open the windows that are made of Qt alone; what fails is yielded."""
    from anomaly_lens.plugin.help import HelpDialog
    from anomaly_lens.plugin.messages import LogDialog

    parent = QtWidgets.QWidget()
    help_dialog = HelpDialog("index.md", parent)
    help_dialog.show()
    LogDialog("text", "details", "log", parent).show()
    QtWidgets.QApplication.processEvents()
    if "Anomaly Lens" not in help_dialog.pages.toPlainText():
        yield "the help shows nothing"


def main() -> int:
    """Print all that is missing.

    Returns:
        The exit status: 1 where something is.
    """
    stand_in_for_qgis()
    application = QtWidgets.QApplication([])
    found = []
    for path in sorted((ROOT / "plugin").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [f"{path.relative_to(ROOT)} {missing}" for missing in missing_in_qt6(tree)]
    found += import_all()
    if not found:
        found += open_windows()
    print("\n".join(found))
    application.quit()
    return 1 if found else 0


if __name__ == "__main__":
    sys.stdout.flush()
    code = main()
    sys.stdout.flush()
    # Qt's objects and Python's go in no order that both bear.
    os._exit(code)
