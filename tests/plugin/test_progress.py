"""The progress bar's percent is read beside the bar, in dark themes, too."""

from __future__ import annotations

import pytest
from anomaly_lens.plugin.progress import ProgressBar
from qgis.core import QgsApplication
from qgis.PyQt.QtWidgets import QApplication, QLabel, QMainWindow


@pytest.fixture(params=["default", "Night Mapping"])
def bar(request):
    if request.param not in QgsApplication.uiThemes():
        pytest.skip(f"this QGIS has no theme {request.param}")
    QgsApplication.setUITheme(request.param)
    window, bar = QMainWindow(), ProgressBar()
    window.setCentralWidget(bar)
    window.resize(300, 40)
    window.show()
    yield bar
    window.close()
    QgsApplication.setUITheme("default")


def contrast(bar: ProgressBar) -> int:
    """Between the darkest and the lightest pixel of the percent."""
    image, place = bar.window().grab().toImage(), bar.findChild(QLabel).geometry().translated(bar.pos())
    greys = [
        image.pixelColor(x, y).lightness()
        for x in range(place.left(), place.right())
        for y in range(place.top() + 2, place.bottom() - 2)
    ]
    return max(greys) - min(greys)


def test_the_percent_stands_out_beside_the_bar(bar):
    bar.setValue(42)
    bar.grab()
    QApplication.processEvents()
    assert bar.findChild(QLabel).text() == "42%"
    assert contrast(bar) > 100


def test_a_bar_that_does_not_know_says_nothing(bar):
    bar.setValue(42)
    bar.grab()
    bar.setRange(0, 0)
    bar.grab()
    assert not bar.findChild(QLabel).text()
