"""The journey behind ``make pictures``: each sample scene searched and reviewed, as the tutorials tell."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import analyst
from demo import make_room
from qgis.core import QgsProject
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAction, QMenu
from qgis.utils import iface
from window import take_picture, wait_for, widget

SCENES = ("harbour", "harbour_sar", "harbour_thermal", "harbour_night", "harbour_spectra")
_SETTLE_MS = 1500


def run() -> dict[str, Any]:
    """Play all scenes.

    Returns:
        What the dock said of each.
    """
    out = Path(os.environ["PICTURES_OUT"])
    analyst.dock()
    make_room()
    return {scene: play(scene, out) for scene in SCENES}


def play(scene: str, out: Path) -> dict[str, Any]:
    """Open a sample by its menu entry, press Run, review.

    Args:
        scene: the sample's file, without its ending.
        out: for the pictures.
    """
    review = iface.mainWindow().findChild(QAction, "AnomalyLensReviewAction")
    if review.isChecked():
        # Its map follows the chosen polygon; the first picture is of the whole scene.
        review.trigger()
    QgsProject.instance().clear()
    menu = iface.mainWindow().findChild(QMenu, "AnomalyLensSamples")
    next(action for action in menu.actions() if action.objectName() == f"sample_{scene}").trigger()
    wait_for("the suggested modality", lambda: widget("modality_combo").currentData())
    analyst.dock().raise_()
    found = analyst.detect()
    modality = widget("modality_combo").currentData()
    iface.setActiveLayer(found.heatmap)
    iface.zoomToActiveLayer()
    iface.setActiveLayer(found.anomalies)
    QTest.qWait(_SETTLE_MS)
    take_picture(iface.mainWindow(), out / f"tutorial-{modality}.png")
    iface.messageBar().clearWidgets()
    review.trigger()
    QTest.qWait(_SETTLE_MS)
    take_picture(iface.mainWindow(), out / f"tutorial-{modality}-review.png")
    return {"said": found.said, "modality": modality, "count": found.anomalies.featureCount()}
