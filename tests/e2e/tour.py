"""The journey of the tests: one session of an analyst who detects, exports, errs, cancels, and quits in the middle."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import analyst
import evidence
from qgis.core import QgsApplication, QgsProject
from qgis.utils import iface
from window import StuckError, choose, click, messages, wait_for, widget


def run() -> dict[str, Any]:
    """Play all steps.

    Returns:
        The facts of each step by its name.
    """
    out = Path(os.environ["TOUR_OUT"])
    facts = {"dock": {"visible": analyst.dock().isVisible()}}
    steps: tuple[tuple[str, Callable[[Path], dict[str, Any]]], ...] = (
        ("detect", detect_and_export),
        ("nodata", search_nothing),
        ("cancel", cancel_in_the_middle),
        ("quit", quit_in_the_middle),
    )
    for name, step in steps:
        folder = out / name
        folder.mkdir()
        iface.messageBar().clearWidgets()
        facts[name] = {**step(folder), "badge": widget("device_badge").text()}
    return facts


def detect_and_export(folder: Path) -> dict[str, Any]:
    """The main job.

    Args:
        folder: for the results.
    """
    scene = analyst.open_scene(Path(os.environ["TOUR_SCENE"]))
    analyst.set_up(folder, modality="visible", detector="rx")
    found = analyst.detect()
    said = wait_for("a message", messages)
    analyst.export(folder / "found.shp")
    analyst.export(folder / "found.geojson", "GeoJSON")
    facts = evidence.of_run(found, scene)
    return {**facts, "look": evidence.of_heat(found.heatmap), "messages": said, "files": files(folder)}


def search_nothing(folder: Path) -> dict[str, Any]:
    """A scene without a single valid pixel.

    Args:
        folder: for the results.
    """
    analyst.open_scene(Path(os.environ["TOUR_NODATA"]))
    analyst.set_up(folder, detector="rx")
    before = layer_ids()
    analyst.start()
    analyst.wait_for_end(60)
    return {"messages": messages(), "new_layers": sorted(layer_ids() - before), "files": files(folder)}


def cancel_in_the_middle(folder: Path) -> dict[str, Any]:
    """A long run, and a change of mind.

    Args:
        folder: for the results.
    """
    analyst.open_scene(Path(os.environ["TOUR_LARGE"]))
    before = layer_ids()
    begin_long_run(folder)
    during = files(folder)
    click(widget("cancel_button"))
    analyst.wait_for_end(10)
    said = widget("stage_label").text()
    with suppress(StuckError):
        wait_for("the half-written files to go", lambda: not files(folder), 5)
    return {"said": said, "during": during, "new_layers": sorted(layer_ids() - before), "files": files(folder)}


def quit_in_the_middle(folder: Path) -> dict[str, Any]:
    """A long run that is under way when QGIS closes.

    Args:
        folder: for the results.
    """
    begin_long_run(folder)
    return {"during": files(folder)}


def close() -> None:
    """End QGIS without a question, as the end of a desktop session does."""
    QgsApplication.exit(0)


def begin_long_run(folder: Path) -> None:
    """Start a run and wait until something half-written lies on the disk.

    Args:
        folder: for the results.
    """
    analyst.set_up(folder)
    choose(widget("detector_combo"), "local_rx")
    analyst.start()
    wait_for("a half-written file", lambda: files(folder) and widget("cancel_button").isEnabled())


def files(folder: Path) -> list[str]:
    """The names of all files in a folder and below, sorted.

    Args:
        folder: the folder.
    """
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def layer_ids() -> set[str]:
    """The ids of the project's layers."""
    return set(QgsProject.instance().mapLayers())
