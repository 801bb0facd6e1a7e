"""The journey of a reviewer: detects, decides on every polygon, exports, draws what was missed, and loses QGIS."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import analyst
from qgis.core import QgsGeometry, QgsPointXY, QgsProject, QgsSettings, QgsVectorLayer
from qgis.gui import QgsGui
from qgis.PyQt.QtCore import QPoint, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAction, QApplication, QDialogButtonBox, QLineEdit, QPushButton, QWidget
from qgis.utils import iface
from window import click, take_picture, wait_for, widget, write

# One key a polygon, in turns.
KEYS = "ara"
_PICTURE_AFTER = 4
_SAVE, _SETTLE_MS = "mActionSaveLayerEdits", 400


class Hands:
    """Counts what a person does."""

    def __init__(self) -> None:
        self.clicks = 0
        self.keys = 0

    def click(self, button: QWidget) -> None:
        """Click a button."""
        click(button)
        self.clicks += 1

    def press(self, key: str) -> None:
        """Press a key where the keyboard is."""
        QTest.keyClick(QApplication.focusWidget(), key)
        self.keys += 1


def run() -> dict[str, Any]:
    """Play all steps.

    Returns:
        The facts of each step by its name.
    """
    out = Path(os.environ["REVIEW_OUT"])
    # No window manager gives the keyboard to a window on a virtual screen.
    QApplication.setActiveWindow(iface.mainWindow())
    analyst.dock()
    widget("Browser").close()
    widget("Layers").close()
    analyst.open_scene(Path(os.environ["REVIEW_SCENE"]))
    analyst.set_up(out, modality="visible", detector="rx")
    QgsSettings().setValue("anomaly_lens/export_folder", str(out))
    facts = {"task": from_layer_to_shapefile(out)}
    layer = widget("review_run_combo").currentData()
    layer = QgsProject.instance().mapLayer(layer)
    facts["size"] = alone(out)
    facts["keys"] = shortcuts(layer)
    facts["edits"] = edit_by_hand(layer, out)
    facts["looks"] = look_twice(layer, out)
    facts["crash"] = decide_before_the_crash(layer)
    return facts


def close() -> None:
    """QGIS dies in the middle of the review."""
    os.kill(os.getpid(), signal.SIGKILL)


def from_layer_to_shapefile(out: Path) -> dict[str, Any]:
    """The measured task: from a layer in QGIS to a shapefile of the accepted anomalies.

    Args:
        out: folder for the results.
    """
    hands = Hands()
    hands.click(widget("run_button"))
    analyst.wait_for_end(120)
    wait_for("the button Review", lambda: button_of("Review"))
    hands.click(button_of("Review"))
    wait_for("the review", lambda: widget("review_list").model().rowCount())
    QTest.qWait(_SETTLE_MS)
    count = widget("review_list").model().rowCount()
    for number in range(count):
        hands.press(KEYS[number % len(KEYS)])
        if number == _PICTURE_AFTER:
            iface.messageBar().clearWidgets()
            take_picture(iface.mainWindow(), out / "review.png")
    progress = widget("review_progress").text()
    hands.click(widget("review_export_button"))
    dialog = wait_for("the export dialog", QApplication.activeModalWidget)
    chosen = widget("export_which_combo", dialog).currentText()
    hands.click(widget("export_ok_button", dialog))
    wait_for("the end of the export", lambda: QApplication.activeModalWidget() is None)
    return {
        "clicks": hands.clicks,
        "keys": hands.keys,
        "count": count,
        "progress": progress,
        "chosen": chosen,
        "files": sorted(path.name for path in out.iterdir()),
        "window": [iface.mainWindow().width(), iface.mainWindow().height()],
    }


def alone(out: Path) -> list[int]:
    """The dock on the smallest room that it must do with.

    Args:
        out: for a picture.

    Returns:
        Its width and height then.
    """
    dock = widget("AnomalyLensReview")
    dock.setFloating(True)
    dock.resize(360, 700)
    QTest.qWait(_SETTLE_MS)
    take_picture(dock, out / "review-dock.png")
    size = [dock.width(), dock.height()]
    dock.setFloating(False)
    # It comes back behind the other dock's tab, where its keys rest.
    dock.setUserVisible(True)
    QApplication.setActiveWindow(iface.mainWindow())
    return size


def button_of(text: str) -> QPushButton | None:
    """The button of this text in the message bar."""
    buttons = iface.messageBar().findChildren(QPushButton)
    return next((button for button in buttons if button.text() == text and button.isVisible()), None)


def shortcuts(layer: QgsVectorLayer) -> dict[str, Any]:
    """A key is changed as QGIS's dialog of keyboard shortcuts does it.

    Args:
        layer: the polygons.
    """
    manager = QgsGui.shortcutsManager()
    action = next(action for action in manager.listActions() if action.text() == "Mark anomaly as unsure")
    listed = [a.text() for a in manager.listActions() if a.parent() and type(a.parent()).__name__ == "ReviewActions"]
    widget("review_list").setFocus()
    QTest.keyClick(widget("review_list"), Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    manager.setKeySequence(action, "7")
    QTest.keyClick(widget("review_list"), "7")
    told = widget("review_unsure_button").text()
    first = statuses(layer)[0]
    QTest.keyClick(widget("review_list"), "z")
    manager.setKeySequence(action, "U")
    return {"listed": listed, "told": told, "first": first, "after_undo": statuses(layer)[0]}


def edit_by_hand(layer: QgsVectorLayer, out: Path) -> dict[str, Any]:
    """Draw a polygon, split one, merge two, delete one, with QGIS's own tools.

    Args:
        layer: the polygons.
        out: for pictures.
    """
    QgsSettings().setValue("qgis/digitizing/disable_enter_attribute_values_dialog", True)
    iface.setActiveLayer(layer)
    before = rows(layer)
    iface.mapCanvas().setExtent(layer.extent())
    iface.mapCanvas().refresh()
    wait_for("the map", lambda: not iface.mapCanvas().isDrawing())
    iface.actionToggleEditing().trigger()
    iface.actionAddFeature().trigger()
    box = layer.extent()
    x, y, side = box.center().x(), box.center().y(), 20.0
    corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    draw([QgsPointXY(*corner) for corner in corners])
    wait_for("the drawn polygon", lambda: layer.featureCount() == len(before) + 1)
    shown_while_drawn = widget("review_list").model().rowCount()
    QTest.qWait(_SETTLE_MS)
    notice = widget("review_notice").text()
    largest = max(layer.getFeatures(), key=lambda feature: feature.geometry().area())
    cut = largest.geometry().boundingBox()
    iface.mapCanvas().setExtent(cut.buffered(cut.width()))
    iface.mapCanvas().refresh()
    wait_for("the map", lambda: not iface.mapCanvas().isDrawing())
    iface.actionSplitFeatures().trigger()
    middle = cut.center().x()
    draw([QgsPointXY(middle, cut.yMinimum() - 10), QgsPointXY(middle, cut.yMaximum() + 10)])
    wait_for("the two halves", lambda: layer.featureCount() > len(before) + 1)
    halves = layer.featureCount() - len(before)
    save(layer)
    after_split = rows(layer)
    two = sorted(layer.getFeatures(), key=lambda feature: feature["rank"])[:2]
    layer.selectByIds([feature.id() for feature in two])
    merged_area = sum(feature["area"] for feature in two)
    agree_to_dialog()
    iface.mainWindow().findChild(QAction, "mActionMergeFeatures").trigger()
    wait_for("the merged polygon", lambda: layer.featureCount() == len(after_split) - 1)
    save(layer)
    after_merge = rows(layer)
    weakest = max(layer.getFeatures(), key=lambda feature: feature["rank"])
    layer.selectByIds([weakest.id()])
    iface.mainWindow().findChild(QAction, "mActionDeleteSelected").trigger()
    save(layer)
    iface.actionToggleEditing().trigger()
    iface.actionPan().trigger()
    layer.removeSelection()
    wait_for("the list", lambda: widget("review_list").model().rowCount() == layer.featureCount())
    return {
        "before": before,
        "shown_while_drawn": shown_while_drawn,
        "notice": notice,
        "halves": halves,
        "after_split": after_split,
        "merged_area": merged_area,
        "after_merge": after_merge,
        "after_delete": rows(layer),
        "drawn_area": QgsGeometry.fromPolygonXY([[QgsPointXY(*c) for c in corners]]).area(),
    }


def draw(points: list[QgsPointXY]) -> None:
    """Click points on the map with the left button, and end with the right one.

    Args:
        points: in the map's CRS.
    """
    canvas = iface.mapCanvas()
    for point in points:
        spot = canvas.getCoordinateTransform().transform(point).toQPointF().toPoint()
        QTest.mouseMove(canvas.viewport(), spot)
        QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot, 50)
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, QPoint(5, 5), 50)
    QTest.qWait(_SETTLE_MS)


def save(layer: QgsVectorLayer) -> None:
    """Save the layer's edits with QGIS's own button.

    Args:
        layer: is being edited.
    """
    iface.mainWindow().findChild(QAction, _SAVE).trigger()
    wait_for("the edits to be saved", lambda: not layer.isModified())


def agree_to_dialog() -> None:
    """Press OK in the dialog that the next call opens."""

    def agree() -> None:
        box = QApplication.activeModalWidget()
        buttons = None if box is None else box.findChild(QDialogButtonBox)
        if buttons is None:
            QTimer.singleShot(100, agree)
        else:
            buttons.button(QDialogButtonBox.StandardButton.Ok).click()

    QTimer.singleShot(100, agree)


def look_twice(layer: QgsVectorLayer, out: Path) -> dict[str, Any]:
    """A second reviewer decides blind; then both are compared.

    Args:
        layer: the polygons.
        out: for pictures.
    """

    def name_the_reviewer() -> None:
        box = QApplication.activeModalWidget()
        if box is None:
            QTimer.singleShot(100, name_the_reviewer)
            return
        write(box.findChild(QLineEdit), "Ada")
        box.accept()

    QTimer.singleShot(100, name_the_reviewer)
    menu = widget("review_options_button").menu()
    next(action for action in menu.actions() if action.text().startswith("Begin a second look")).trigger()
    blind = widget("review_progress").text()
    QApplication.setActiveWindow(iface.mainWindow())
    widget("review_list").setFocus()
    for key in "aaarr":
        QTest.keyClick(widget("review_list"), key)
    QTest.qWait(_SETTLE_MS)
    combo = widget("review_look_combo")
    combo.setFocus()
    for _ in range(2):
        QTest.keyClick(combo, Qt.Key.Key_Down)
    QTest.qWait(_SETTLE_MS)
    take_picture(widget("AnomalyLensReview"), out / "review-compared.png")
    told = widget("review_agreement").text()
    for _ in range(2):
        QTest.keyClick(combo, Qt.Key.Key_Up)
    return {"blind": blind, "agreement": told, "fields": layer.fields().names()}


def decide_before_the_crash(layer: QgsVectorLayer) -> dict[str, Any]:
    """The last thing that happens.

    Args:
        layer: the polygons.
    """
    view = widget("review_list")
    # Keys are shortcuts where the keyboard is in the review, and letters to search for elsewhere.
    QApplication.setActiveWindow(iface.mainWindow())
    view.setFocus()
    wait_for("the keyboard to be in the list", view.hasFocus)
    QTest.keyClick(view, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    rank = view.model().index(view.currentIndex().row(), 0).data()
    QTest.keyClick(view, "l")
    QTest.keyClicks(widget("review_label_edit"), "the last one")
    QTest.keyClick(widget("review_label_edit"), Qt.Key.Key_Return)
    wait_for("the keyboard to be back in the list", view.hasFocus)
    QTest.keyClick(view, "u")
    # What meets a lock is tried again; as long as it waits, the review says so, and no crash spares it.
    wait_for("the decisions to be in the file", lambda: "wait to be written" not in widget("review_notice").text())
    return {"path": layer.source().split("|")[0], "rank": int(rank)}


def statuses(layer: QgsVectorLayer) -> list[str]:
    """By rank."""
    return [row["status"] for row in rows(layer)]


def rows(layer: QgsVectorLayer) -> list[dict[str, Any]]:
    """The attributes of all polygons, by rank, and their areas in the plane."""
    features = sorted(layer.getFeatures(), key=lambda feature: feature["rank"] or 0)
    names = layer.fields().names()
    return [
        {
            **{n: v if isinstance(v := feature[n], (int, float, str)) else None for n in names},
            "plane": feature.geometry().area(),
            "valid": feature.geometry().isGeosValid(),
        }
        for feature in features
    ]
