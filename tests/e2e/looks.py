"""The journey of somebody with a dark theme and a screen of high resolution, in a small dock."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import analyst
from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QPoint, QRect, QSize, Qt
from qgis.PyQt.QtGui import QColor, QPalette
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QLabel, QTabWidget, QWidget
from qgis.utils import iface
from window import click, take_picture, wait_for, widget

SIZE = (360, 700)
PAINTED = ("threshold_slider", "look_ramp_bar", "why_scores", "why_values")
"""Widgets that paint their texts themselves."""
_SETTLE_MS = 400


def run() -> dict[str, Any]:
    """Detect and review, with a look at each page.

    Returns:
        What a person's eyes would judge, in numbers.
    """
    out = Path(os.environ["LOOKS_OUT"])
    QgsApplication.setUITheme(os.environ["LOOKS_THEME"])
    QApplication.setActiveWindow(iface.mainWindow())
    analyst.dock()
    analyst.open_scene(Path(os.environ["LOOKS_SCENE"]))
    analyst.set_up(out, modality="visible", detector="rx")
    analyst.detect()
    click(widget("review_button"))
    view = widget("review_list")
    wait_for("the review", lambda: view.model().rowCount())
    for key in "aru":
        QTest.keyClick(view, key)
    dock = widget("AnomalyLensReview")
    dock.setFloating(True)
    dock.resize(*SIZE)
    tabs = widget("review_tabs", dock)
    facts: dict[str, Any] = {"pages": {}}
    for place in range(tabs.count()):
        tabs.setCurrentIndex(place)
        QTest.qWait(_SETTLE_MS)
        page = tabs.widget(place)
        take_picture(dock, out / f"{page.objectName()}.png")
        facts["pages"][page.objectName()] = {"contrast": contrasts(page), "cut": cut_off(tabs)}
    picture = view.model().index(0, 0).data(Qt.ItemDataRole.DecorationRole)
    facts["thumbnail"] = [picture.width(), picture.devicePixelRatio()]
    facts["ratio"] = dock.devicePixelRatioF()
    facts["size"] = [dock.width(), dock.height()]
    dock.setFloating(False)
    return facts


def contrasts(page: QWidget) -> dict[str, float]:
    """The contrast of each text with the window, 1 to 21, as the accessibility guidelines (WCAG) reckon it.

    Args:
        page: whose labels, and what the plugin paints itself.
    """
    # As painted: a theme's style sheet and its palette differ.
    ground = page.window().grab(QRect(page.mapTo(page.window(), QPoint(2, 2)), QSize(1, 1))).toImage().pixelColor(0, 0)
    found = {}
    for label in page.findChildren(QWidget):
        writes = isinstance(label, QLabel) or label.objectName() in PAINTED
        if writes and label.isVisible() and label.isEnabled():
            ink = label.palette().color(QPalette.ColorRole.WindowText)
            lighter, darker = sorted((luminance(ink), luminance(ground)), reverse=True)
            name = label.objectName() or label.text()
            found[name] = (lighter + 0.05) / (darker + 0.05)
    return found


def luminance(color: QColor) -> float:
    """Relative luminance, 0 to 1."""
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def cut_off(tabs: QTabWidget) -> list[str]:
    """What does not fit into the page.

    Args:
        tabs: its current page is looked at.
    """
    page = tabs.currentWidget()
    inside = page.rect().adjusted(-1, -1, 1, 1)
    children = [child for child in page.findChildren(QWidget) if child.parent() is page and child.isVisible()]
    return [child.objectName() or type(child).__name__ for child in children if not inside.contains(child.geometry())]
