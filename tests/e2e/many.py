"""The journey of a day with many scenes: a batch, its repetition, the toolbox, and teaching from drawn polygons."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import analyst
from anomaly_lens.plugin.processing import choices
from qgis.core import QgsApplication, QgsPointXY, QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QWidget
from qgis.utils import iface
from window import choose, click, take_picture, wait_for, widget, write

TEACH_S = 20


def run() -> dict[str, Any]:
    """Play all steps.

    Returns:
        The facts of each step by its name.
    """
    out = Path(os.environ["MANY_OUT"])
    pictures = out / "pictures"
    pictures.mkdir(exist_ok=True)
    analyst.dock()
    first = analyst.open_scene(Path(os.environ["MANY_FIRST"]))
    analyst.set_up(out / "single", detector="rx")
    found = analyst.detect()
    facts = {"batch": batch(out, pictures), "repeat": repeat(found, pictures), "toolbox": toolbox(pictures)}
    return {**facts, "teach": teach(out, pictures, first)}


def batch(out: Path, pictures: Path) -> dict[str, Any]:
    """A folder of scenes, one of them broken, with the window closed in between.

    Args:
        out: the folder of the journey.
        pictures: where pictures go.
    """
    click(widget("batch_button"))
    dialog = wait_for("the batch window", lambda: iface.mainWindow().findChild(QWidget, "AnomalyLensBatch"))
    dialog.add_folder(Path(os.environ["MANY_FOLDER"]))
    write(widget("batch_output", dialog).lineEdit(), str(out / "batch"))
    start = widget("batch_start_button", dialog)
    wait_for("the scenes", start.isEnabled)
    click(start)
    click(widget("batch_close_button", dialog))
    hidden = not dialog.isVisible()
    wait_for("the end of the batch", lambda: not dialog.queue.running, 120)
    click(widget("batch_button"))
    model = dialog.form.table.model()
    rows = [[model.index(row, column).data() for column in range(4)] for row in range(model.rowCount())]
    before = len(QgsProject.instance().mapLayers())
    wait_for("results to show", widget("batch_show_button", dialog).isEnabled)
    click(widget("batch_show_button", dialog))
    dialog.save_table(out / "batch.csv")
    take_picture(dialog, pictures / "batch.png")
    group = next(g for g in QgsProject.instance().layerTreeRoot().findGroups() if g.name().startswith("Batch"))
    return {
        "hidden": hidden,
        "rows": rows,
        "said": widget("batch_stage", dialog).text(),
        "added": len(QgsProject.instance().mapLayers()) - before,
        "runs": [child.name() for child in group.children()],
        "files": sorted(path.name for path in (out / "batch").iterdir()),
    }


def repeat(found: analyst.Found, pictures: Path) -> dict[str, Any]:
    """The settings of a run, from its layer.

    Args:
        found: the run's layers.
        pictures: where pictures go.
    """
    iface.setActiveLayer(found.anomalies)
    widget("AnomalyLensBatch").close()
    action = iface.mainWindow().findChild(object, "AnomalyLensRepeatAction")
    action.trigger()
    dialog = widget("AnomalyLensBatch")
    facts = {
        "origin": widget("batch_origin_combo", dialog).currentText(),
        "description": widget("batch_description", dialog).text(),
        "modality": widget("batch_modality_combo", dialog).currentData(),
    }
    take_picture(dialog, pictures / "repeat.png")
    click(widget("batch_close_button", dialog))
    return facts


def toolbox(pictures: Path) -> dict[str, Any]:
    """The form of "Detect anomalies".

    Args:
        pictures: where pictures go.
    """
    import processing
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog

    dialog = processing.createAlgorithmDialog("anomaly_lens:detect", {})
    dialog.show()
    take_picture(dialog, pictures / "toolbox.png")
    dialog.close()
    dialog.deleteLater()
    provider = QgsApplication.processingRegistry().providerById("anomaly_lens")
    columns = {}
    for algorithm in provider.algorithms():
        batch = BatchAlgorithmDialog(algorithm.create())
        batch.show()
        columns[algorithm.name()] = batch.mainWidget().tblParameters.columnCount()
        batch.close()
        batch.deleteLater()
    return {
        "batch columns": columns,
        "algorithms": [algorithm.displayName() for algorithm in provider.algorithms()],
        "detectors": [label for _, label in choices.detectors()],
    }


def teach(out: Path, pictures: Path, first: QgsRasterLayer) -> dict[str, Any]:
    """Normal ground drawn on one scene; what is not normal found in another.

    Args:
        out: the folder of the journey.
        pictures: where pictures go.
        first: the scene that was opened first.
    """
    normal, second = (QgsRasterLayer(os.environ[name], name.lower()) for name in ("MANY_NORMAL", "MANY_SECOND"))
    QgsProject.instance().addMapLayers([normal, second])
    iface.setActiveLayer(normal)
    iface.zoomToActiveLayer()
    layers = widget("layer_combo")
    wait_for("the layer in the dock", lambda: layers.findText(normal.name()) >= 0)
    layers.setLayer(normal)
    wait_for("the suggested modality", lambda: widget("modality_combo").currentData())
    choose(widget("detector_combo"), "asd")
    take_picture(widget("AnomalyLensDock"), pictures / "dock-asd.png")
    click(widget("teach_button"))
    dialog = wait_for("the window", lambda: iface.mainWindow().findChild(QWidget, "AnomalyLensTeach"))
    click(widget("teach_draw_button", dialog))
    draw_polygon([(0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99)], normal)
    drawn = iface.activeLayer()
    wait_for("the polygon", lambda: drawn.featureCount() == 1)
    write(widget("teach_name_edit", dialog), "Stripes")
    widget("teach_seconds_spin", dialog).setValue(TEACH_S)
    click(widget("teach_start_button", dialog))
    preview = widget("teach_preview", dialog)
    wait_for("the preview", lambda: preview.pixmap() is not None and not preview.pixmap().isNull(), 120)
    wait_for("a judgement", lambda: widget("teach_caption", dialog).text(), 60)
    take_picture(dialog, pictures / "teach.png")
    wait_for("the end of teaching", lambda: widget("teach_start_button", dialog).isEnabled(), 120)
    said = widget("teach_stage", dialog).text()
    size = [dialog.width(), dialog.height()]
    dialog.close()
    stop_editing(drawn)
    wait_for("the model in the dock", lambda: widget("model_combo").currentText() == "Stripes")
    layers.setLayer(second)
    analyst.set_up(out / "taught")
    found = analyst.detect()
    box = min(found.anomalies.getFeatures(), key=lambda f: f["rank"]).geometry().boundingBox()
    take_picture(iface.mainWindow(), pictures / "taught.png")
    click(widget("models_button"))
    take_picture(widget("AnomalyLensModels"), pictures / "models.png")
    widget("AnomalyLensModels").close()
    return {
        "said": said,
        "size": size,
        "best": [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()],
        "detector": found.group,
        "first": first.name(),
    }


def draw_polygon(corners: list[tuple[float, float]], layer: QgsRasterLayer) -> None:
    """Draw a polygon with the mouse.

    Args:
        corners: in shares of the layer's width and height, from its upper left corner.
        layer: on which to draw.
    """
    canvas, extent, settings = iface.mapCanvas(), layer.extent(), iface.mapCanvas().mapSettings()
    points = [
        QgsPointXY(extent.xMinimum() + x * extent.width(), extent.yMaximum() - y * extent.height()) for x, y in corners
    ]
    on_map = [settings.layerToMapCoordinates(layer, point) for point in points]
    spots = [canvas.getCoordinateTransform().transform(point) for point in on_map]
    for spot in spots:
        QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(round(spot.x()), round(spot.y())))
    end = QPoint(round(spots[-1].x()), round(spots[-1].y()))
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.RightButton, pos=end)


def stop_editing(layer: QgsVectorLayer) -> None:
    """Save what was drawn, which QGIS would ask about when it closes."""
    layer.commitChanges()


def close() -> None:
    """End QGIS without a question about the layers in memory."""
    QgsApplication.exit(0)
