"""What an analyst does with the plugin: opens a scene, detects, exports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qgis.core import QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtWidgets import QApplication, QWidget
from qgis.utils import iface
from window import StuckError, choose, click, messages, screen_says, wait_for, widget, write

START_S = 120.0
"""A cold disk takes long over torch."""


@dataclass
class Found:
    """The layers of one run.

    Attributes:
        group: the name of their group.
        heatmap: the scores.
        anomalies: the polygons.
        said: what the dock said at the end.
    """

    group: str
    heatmap: QgsRasterLayer
    anomalies: QgsVectorLayer
    said: str


def dock() -> QWidget:
    """The plugin's dock, when the engine has answered it."""
    panel = wait_for("the dock", lambda: iface.mainWindow().findChild(QWidget, "AnomalyLensDock"))
    if not panel.isVisible():
        iface.mainWindow().findChild(QWidget, "AnomalyLensDock").show()
    wait_for("the engine's detectors", lambda: widget("detector_combo", panel).count(), START_S)
    return panel


def open_scene(path: Path) -> QgsRasterLayer:
    """Load a raster as the layer that the dock searches, and wait for the modality it suggests.

    Args:
        path: of the raster.

    Raises:
        StuckError: QGIS cannot open it.
    """
    layer = iface.addRasterLayer(str(path), path.stem)
    if layer is None or not layer.isValid():
        msg = f"QGIS cannot open {path}. {screen_says()}"
        raise StuckError(msg)
    layers = widget("layer_combo")
    wait_for("the layer in the dock", lambda: layers.findText(layer.name()) >= 0)
    layers.setLayer(layer)
    wait_for("the suggested modality", lambda: widget("modality_combo").currentData())
    return layer


def set_up(folder: Path, modality: str = "", detector: str = "") -> None:
    """Choose how to search, and where results go.

    Args:
        folder: for the results.
        modality: the name of one; the suggested one where empty.
        detector: the name of one; the chosen one where empty.
    """
    write(widget("output_edit"), str(folder))
    if modality:
        choose(widget("modality_combo"), modality)
    if detector:
        choose(widget("detector_combo"), detector)


def start() -> None:
    """Press Run.

    Raises:
        StuckError: no run began.
    """
    click(widget("run_button"))
    if widget("run_button").isEnabled():
        msg = f"No run began. {screen_says()}"
        raise StuckError(msg)


def wait_for_end(seconds: float) -> None:
    """Wait until the run is over, whichever way.

    Args:
        seconds: until patience ends.
    """
    wait_for("the end of the run", lambda: widget("run_button").isEnabled(), seconds)


def detect(seconds: float = 600.0) -> Found:
    """Press Run and wait for the layers.

    Args:
        seconds: until patience ends.

    Raises:
        StuckError: the run ended without layers.
    """
    tree = QgsProject.instance().layerTreeRoot()
    before = {group.name() for group in tree.findGroups()}
    start()
    wait_for_end(seconds)
    new = [group for group in tree.findGroups() if group.name() not in before]
    if len(new) != 1:
        msg = f"The run brought no results: {' '.join(messages()) or widget('stage_label').text()}"
        raise StuckError(msg)
    anomalies, heatmap = (node.layer() for node in new[0].findLayers())
    return Found(new[0].name(), heatmap, anomalies, widget("stage_label").text())


def export(path: Path, driver: str = "ESRI Shapefile", picture: Path | None = None) -> None:
    """Export the polygons through the plugin's own dialog.

    Args:
        path: the file to write.
        driver: OGR's name of the format.
        picture: where a picture of the dialog goes.

    Raises:
        StuckError: the dialog would not.
    """
    click(widget("export_button"))
    dialog = wait_for("the export dialog", QApplication.activeModalWidget)
    choose(widget("export_format_combo", dialog), driver)
    write(widget("export_file", dialog).lineEdit(), str(path))
    add = widget("export_add_check", dialog)
    if add.isChecked() and add.isEnabled():
        click(add)
    if picture is not None:
        dialog.grab().save(str(picture))
    click(widget("export_ok_button", dialog))
    wait_for("the end of the export", lambda: QApplication.activeModalWidget() is None)
    if not path.exists():
        msg = f"The export wrote no {path}. {screen_says()}"
        raise StuckError(msg)
