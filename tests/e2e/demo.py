"""The journey behind ``make demo``: a detection as an analyst does it, with everything kept in one folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import analyst
from qgis.core import QgsFeatureRequest, QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.utils import iface
from window import StuckError, take_picture, widget

FIRST = 5
LAYERS_WIDTH = 300


def run() -> dict[str, Any]:
    """Detect in SCENE, export, save, and look.

    Returns:
        What was found, and the files.
    """
    scene, folder = Path(os.environ["SCENE"]), Path(os.environ["DEMO_OUT"])
    dock = analyst.dock()
    make_room()
    analyst.open_scene(scene)
    analyst.set_up(folder, os.environ["MODALITY"], os.environ["DETECTOR"])
    found = analyst.detect()
    device = widget("device_badge").text()
    if found.anomalies.featureCount():
        analyst.export(folder / f"{scene.stem}_anomalies.shp", picture=folder / "export.png")
    take_picture(iface.mainWindow(), folder / "first.png")
    iface.setActiveLayer(found.heatmap)
    iface.zoomToActiveLayer()
    iface.setActiveLayer(found.anomalies)
    take_picture(iface.mainWindow(), folder / "window.png")
    take_picture(dock, folder / "dock.png")
    save_project(folder / "demo.qgz")
    return {
        "said": found.said,
        "modality": widget("modality_combo").currentData(),
        "detector": widget("detector_combo").currentData(),
        "device": device,
        "count": found.anomalies.featureCount(),
        "crs": found.anomalies.crs().authid() or "pixels",
        "unit": "m²" if found.anomalies.crs().isValid() else "px",
        "geographic": found.anomalies.crs().isGeographic(),
        "first": first_rows(found),
        "files": sorted(str(path) for path in folder.iterdir()),
    }


def make_room() -> None:
    """Close the browser panel and widen that of the layers, so that their legends fit on a picture."""
    widget("Browser").close()
    iface.mainWindow().resizeDocks([widget("Layers")], [LAYERS_WIDTH], Qt.Orientation.Horizontal)


def first_rows(found: analyst.Found) -> list[dict[str, Any]]:
    """The anomalies of the highest ranks.

    Args:
        found: the layers.
    """
    request = QgsFeatureRequest().setFilterExpression(f'"rank" <= {FIRST}')
    request.addOrderBy('"rank"')
    rows = []
    for feature in found.anomalies.getFeatures(request):
        centre = feature.geometry().centroid().asPoint()
        row = {"rank": feature["rank"], "score": feature["score_max"], "area": feature["area"]}
        rows.append({**row, "x": centre.x(), "y": centre.y()})
    return rows


def save_project(path: Path) -> None:
    """Save the project with QGIS's own Save.

    Args:
        path: of the project file.

    Raises:
        StuckError: it was not saved.
    """
    QgsProject.instance().setFileName(str(path))
    iface.actionSaveProject().trigger()
    QTest.qWait(0)
    if not path.exists():
        msg = f"The project {path} was not saved."
        raise StuckError(msg)
