"""The journey of a first start without an engine: welcome, Set up engine, the sample scene, Run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import analyst
import evidence
from qgis.core import QgsSettings
from qgis.PyQt.QtWidgets import QWidget
from qgis.utils import iface
from window import click, take_picture, wait_for, widget

SURVEY_S = 60.0
SETUP_S = 1500.0


def run() -> dict[str, Any]:
    """Play it; pictures go to SETUP_OUT.

    Returns:
        What the pages said.
    """
    out = Path(os.environ["SETUP_OUT"])
    QgsSettings().setValue("anomaly_lens/engine_wheels", os.environ.get("SETUP_WHEELS", ""))
    dock = wait_for("the dock", lambda: iface.mainWindow().findChild(QWidget, "AnomalyLensDock"))
    button = widget("setup_button", dock)
    wait_for(
        "the offer to set up", lambda: button.isVisible() and "GB" in widget("setup_plan_label", dock).text(), SURVEY_S
    )
    facts = {
        "missing": widget("welcome_engine_label", dock).text(),
        "plan": widget("setup_plan_label", dock).text(),
        "sample_enabled": widget("welcome_sample_button", dock).isEnabled(),
    }
    take_picture(dock, out / "welcome.png")
    take_picture(iface.mainWindow(), out / "first-start.png")
    if "SETUP_STOPS" in os.environ:
        return facts
    click(button)
    stage = widget("setup_stage_label", dock)
    wait_for("packages to be installed", lambda: "Installing" in stage.text() or button.isVisible(), SETUP_S)
    take_picture(dock, out / "setup.png")
    wait_for("the end of the set-up", button.isVisible, SETUP_S)
    facts["said"] = stage.text()
    wait_for("the engine", widget("welcome_sample_button", dock).isEnabled, analyst.START_S)
    facts["ready"] = widget("welcome_engine_label", dock).text()
    take_picture(dock, out / "ready.png")
    click(widget("welcome_sample_button", dock))
    wait_for("the suggested modality", lambda: widget("modality_combo").currentData(), 60)
    facts["modality"] = widget("modality_combo").currentData()
    found = analyst.detect()
    scene = widget("layer_combo").currentLayer()
    return {**facts, "run": evidence.of_run(found, scene), "device": widget("device_badge").text()}
