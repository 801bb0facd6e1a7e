"""Reads every source file and holds the lines between the parts, without running any of it."""

from __future__ import annotations

import ast
import enum
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(path for part in ("plugin", "engine", "training") for path in (ROOT / part).rglob("*.py"))

QT_BINDINGS = {"PyQt5", "PyQt6", "PySide2", "PySide6", "sip"}
FORBIDDEN = QT_BINDINGS | {"qgis", "osgeo"}
"""To engine and training."""

OF_QGIS = {"qgis", "osgeo", "numpy"} | sys.stdlib_module_names
"""All that the plugin may count on: the Python of a QGIS has whatever else by chance."""
NEIGHBOURS = {"plugin": {"engine", "training"}, "engine": {"plugin", "training"}, "training": {"plugin"}}

# QGIS moved enumerations of these classes to Qgis under new names; the old flat name alone works before and after.
# QVariant's types, which Qt 6 has no more, QGIS puts back.
RENAMED_BY_QGIS = {"QgsWkbTypes", "QgsUnitTypes", "QgsRasterFileWriter", "QgsCoordinateReferenceSystem", "QVariant"}


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def part_of(path):
    return path.relative_to(ROOT).parts[0]


def where(path, node):
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def imported(path, tree):
    """Yield (node, modules) for every import, relative ones as "./plugin/export" from the package's root."""
    folder = path.relative_to(ROOT).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield node, [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = folder[: len(folder) - node.level + 1]
            yield node, ["/".join([".", *base, *(node.module or alias.name).split(".")]) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            yield node, [node.module]


def crossing(path, tree):
    """Yield every import that crosses the line between the parts."""
    part = part_of(path)
    for node, modules in imported(path, tree):
        for module in modules:
            top = module.split(".")[0]
            if module.startswith("./"):
                wrong = module.split("/")[1] in NEIGHBOURS[part]
            else:
                wrong = top not in OF_QGIS if part == "plugin" else top in FORBIDDEN
            if wrong:
                yield f"{where(path, node)} imports {module}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_import_crosses_the_line_between_the_parts(path):
    assert not list(crossing(path, parse(path)))


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("plugin/dock.py", "import torch.nn"),
        ("plugin/dock.py", "def f():\n    from PIL import Image"),
        ("plugin/setup/make.py", "from ...engine.errors import EngineError"),
        ("plugin/dock.py", "from .. import engine"),
        ("engine/scene.py", "from osgeo import gdal"),
        ("engine/models/asd.py", "from ...training import bench"),
        ("training/train.py", "import qgis.core as core"),
    ],
)
def test_an_import_across_the_line_would_be_found(file, code):
    assert len(list(crossing(ROOT / file, ast.parse(code)))) == 1


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_inside_the_package_are_relative(path):
    if path == ROOT / "engine" / "__main__.py":
        pytest.skip("run by its path, it has no package to be relative to until it has made one")
    inside = {"anomaly_lens", "plugin", "engine", "training"}
    absolute = [
        f"{where(path, node)} imports {module}"
        for node, modules in imported(path, parse(path))
        for module in modules
        if not module.startswith("./") and module.split(".")[0] in inside
    ]
    assert not absolute


def flat_enum_values(path):
    """Where a value is taken from its class instead of its enumeration, such as ``Qt.AlignLeft``: PyQt6 has none."""
    tree = parse(path)
    classes = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qgis."):
            module = importlib.import_module(node.module)
            classes.update({alias.asname or alias.name: getattr(module, alias.name, None) for alias in node.names})
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
            continue
        owner = node.value.id
        if (
            owner in classes
            and owner not in RENAMED_BY_QGIS
            and is_enum_value(getattr(classes[owner], node.attr, None))
        ):
            yield f"{where(path, node)} has {owner}.{node.attr}"


def is_enum_value(value):
    return isinstance(value, enum.Enum) or (isinstance(value, int) and type(value) not in (int, bool))


@pytest.mark.parametrize("path", sorted((ROOT / "plugin").rglob("*.py")), ids=lambda path: path.name)
def test_enums_are_scoped_as_pyqt6_wants_them(path):
    assert not list(flat_enum_values(path))


def test_a_flat_enum_would_be_found(monkeypatch):
    monkeypatch.setitem(globals(), "parse", lambda _: ast.parse("from qgis.PyQt.QtCore import Qt as Q\nQ.AlignLeft"))
    assert list(flat_enum_values(ROOT / "plugin" / "dock.py")) == ["plugin/dock.py:2 has Q.AlignLeft"]


def tracked_texts():
    """Yield (path, text) of every file that a commit would hold."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True
    )
    if listing.returncode:
        pytest.skip("no git checkout: what a commit would hold is not known")
    for name in filter(None, listing.stdout.decode().split("\0")):
        path = ROOT / name
        if path.is_file() and b"\0" not in (data := path.read_bytes())[:8192]:
            yield name, data.decode(errors="replace")


def test_no_file_names_a_machine_path_or_a_registry():
    # Put together here, so that this file does not name them either.
    machine = rf"(?<![\w.<]){re.escape('/')}(?:work|root|home/\w+){re.escape('/')}"
    registry = r"\b(?:files\.pythonhosted|pypi|registry\.npmjs|deb\.debian|download\.pytorch|snapshot\.debian)\.org\b"
    pattern = re.compile(f"{machine}|{registry}")
    found = [f"{name}: {match.group()}" for name, text in tracked_texts() for match in pattern.finditer(text)]
    assert not found
