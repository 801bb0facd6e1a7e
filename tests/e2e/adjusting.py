"""The journey of somebody who moves the threshold, looks, and exports."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import analyst
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QTabWidget, QWidget
from qgis.utils import iface
from window import choose, click, take_picture, wait_for, widget

DOCK_WIDTH = 360
FORMATS = {
    "PDF report": "report.pdf",
    "HTML report": "report.html",
    "CSV": "found.csv",
    "KML": "found.kml",
    "GPKG": "found.gpkg",
}


def run() -> dict[str, Any]:
    """Detect, decide on one polygon, move the threshold both ways, go back, swipe, and export in every format.

    Returns:
        What there was after each step.
    """
    out = Path(os.environ["ADJUST_OUT"])
    analyst.dock()
    widget("Browser").close()
    analyst.open_scene(Path(os.environ["ADJUST_SCENE"]))
    analyst.set_up(out, modality="visible", detector="rx")
    found = analyst.detect()
    layer = found.anomalies
    facts: dict[str, Any] = {"detected": layer.featureCount()}
    review = iface.mainWindow().findChild(QWidget, "AnomalyLensReview")
    iface.mainWindow().resize(1400, 860)
    review.setUserVisible(True)
    # While its content wants to be higher, it is wider by a scroll bar.
    wait_for("room for all of the dock", lambda: review.minimumSizeHint().width() <= DOCK_WIDTH)
    iface.mainWindow().resizeDocks([review], [DOCK_WIDTH], Qt.Orientation.Horizontal)
    tabs = widget("review_tabs", review)
    decided = decide(layer)
    open_page(tabs, "threshold_panel")
    slider = widget("threshold_slider", review)
    wait_for("the heat map to be read", slider.isEnabled)
    press(slider, 0.42)
    wait_for("the preview", lambda: "Let go" in widget("adjust_status_label", review).text())
    facts["while drawn"] = widget("adjust_status_label", review).text()
    take_picture(iface.mainWindow(), out / "threshold.png")
    release(slider, 0.42)
    wait_for("more polygons", lambda: layer.featureCount() > facts["detected"])
    facts["lower"] = layer.featureCount()
    facts["said"] = widget("adjust_status_label", review).text()
    facts["decided stays"] = still_there(layer, decided)
    press(slider, 0.97)
    release(slider, 0.97)
    wait_for("fewer polygons", lambda: layer.featureCount() < facts["detected"])
    facts["higher"] = layer.featureCount()
    facts["decided stays at the top"] = still_there(layer, decided)
    click(widget("adjust_reset_button", review))
    wait_for("the detector's own", lambda: layer.featureCount() == facts["detected"])
    corners = vertices(layer)
    widget("adjust_smooth_spin", review).setValue(3)
    wait_for("round outlines", lambda: vertices(layer) > 1.3 * corners)
    take_picture(review, out / "threshold_dock.png")
    facts["width"] = review.width()
    open_page(tabs, "look_panel")
    choose(widget("look_ramp_combo", review), "viridis")
    click(widget("look_swipe_button", review))
    iface.setActiveLayer(found.heatmap)
    iface.zoomToActiveLayer()
    QTest.qWait(1500)
    take_picture(iface.mainWindow(), out / "look.png")
    take_picture(review, out / "look_dock.png")
    click(widget("look_swipe_button", review))
    facts["page height"] = max(tabs.widget(i).minimumSizeHint().height() for i in range(tabs.count()))
    iface.setActiveLayer(layer)
    for driver, name in FORMATS.items():
        analyst.export(out / name, driver, picture=out / f"dialog_{driver.split()[0]}.png")
    return facts


def decide(layer: Any) -> int:
    """Accept the polygon of rank 2 as another plugin may, through the layer: QGIS keeps a log beside the file then.

    Returns:
        Its number.
    """
    feature = next(f for f in layer.getFeatures() if f["rank"] == 2)
    index = layer.fields().indexOf("status")
    layer.dataProvider().changeAttributeValues({feature.id(): {index: "accepted"}})
    return feature.id()


def still_there(layer: Any, fid: int) -> bool:
    """Whether a polygon is there and accepted."""
    feature = layer.getFeature(fid)
    return feature.isValid() and feature["status"] == "accepted"


def vertices(layer: Any) -> int:
    """How many vertices all polygons have."""
    return sum(f.geometry().constGet().nCoordinates() for f in layer.getFeatures())


def open_page(tabs: QTabWidget, name: str) -> None:
    """Click a tab."""
    page = next(place for place in range(tabs.count()) if tabs.widget(place).objectName() == name)
    QTest.mouseClick(tabs.tabBar(), Qt.MouseButton.LeftButton, pos=tabs.tabBar().tabRect(page).center())


def press(slider: QWidget, score: float) -> None:
    """Take the line at a score."""
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(round(slider._x(score)), slider.height() // 2))


def release(slider: QWidget, score: float) -> None:
    """Let it go there."""
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(round(slider._x(score)), slider.height() // 2))
