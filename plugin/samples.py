"""The sample scenes: an invented harbour, as each kind of sensor sees it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import QMenu, QWidget

from .engine_env import PLUGIN_ROOT

translate = QCoreApplication.translate

FOLDER = PLUGIN_ROOT / "resources" / "sample"


def samples() -> list[tuple[Path, str]]:
    """Each scene's file and what to call it; the first is the one to begin with."""
    return [
        (FOLDER / "harbour.tif", translate("Samples", "Sample: harbour")),
        (FOLDER / "harbour_sar.tif", translate("Samples", "Sample: harbour, radar")),
        (FOLDER / "harbour_thermal.tif", translate("Samples", "Sample: harbour, thermal camera")),
        (FOLDER / "harbour_night.tif", translate("Samples", "Sample: harbour at night")),
        (FOLDER / "harbour_spectra.tif", translate("Samples", "Sample: harbour, spectrometer")),
    ]


def sample_menu(parent: QWidget, open_scene: Callable[[Path, str], None]) -> QMenu:
    """A menu of all sample scenes.

    Args:
        parent: of the menu.
        open_scene: called with the file and the name of the one that was chosen.
    """
    menu = QMenu(translate("Samples", "Sample scenes"), parent)
    menu.setObjectName("AnomalyLensSamples")
    for path, name in samples():
        action = menu.addAction(name)
        action.setObjectName(f"sample_{path.stem}")
        action.triggered.connect(partial(_open, open_scene, path, name))
    return menu


def _open(open_scene: Callable[[Path, str], None], path: Path, name: str, _checked: bool = False) -> None:
    open_scene(path, name)
