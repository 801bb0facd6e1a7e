"""A review of one run, open in a window."""

from __future__ import annotations

import pytest
from anomaly_lens.plugin.link import EngineLink
from anomaly_lens.plugin.results import add_result
from qgis.core import QgsProject
from reviewing import COUNT


@pytest.fixture
def layers(tmp_path, write_result):
    """Two layers of a run with six polygons: accepted, unreviewed, rejected, and so on."""
    return add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path, COUNT))


@pytest.fixture
def window(iface, make_engine, layers, show_review):
    """The dock in a window that is seen."""
    iface.window.setCentralWidget(iface.canvas)
    iface.window.resize(900, 700)
    return show_review(EngineLink(make_engine(), iface.window))


@pytest.fixture
def panel(window):
    """The page."""
    return window.tabs.widget(0)
