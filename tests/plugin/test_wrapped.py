"""Texts that are no wider than their place."""

from __future__ import annotations

import pytest
from anomaly_lens.plugin.adjust.threshold_form import ThresholdForm
from anomaly_lens.plugin.dock_form import DockForm
from anomaly_lens.plugin.review.history import History
from anomaly_lens.plugin.wrapped import WrappedLabel
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget

SCENE = "S2A_MSIL2A_20230101T101411_N0509_R022_T33UUP_20230101T140000_B04_B03_B02"


# The letters at which the last one would be parted are one sign in many fonts.
_LIGATURE = "2 anomalies found in “Orthophoto_2023-07-14_flight_line_0042_north_{}”."


@pytest.mark.parametrize(
    "text", ["3 anomalies found in “{}”.", f"/media/{SCENE}/{{}}.gpkg cannot be changed.", _LIGATURE]
)
def test_a_long_name_makes_no_dock_wide(iface, text):
    dock, threshold = DockForm(iface.canvas), ThresholdForm(History())
    for form, label in ((dock, dock.stage), (threshold, threshold.status)):
        before = form.minimumSizeHint().width()
        label.setText(text.format(SCENE))
        assert form.minimumSizeHint().width() <= 1.1 * before
        assert label.text() == text.format(SCENE)
    dock.stage.clear()
    assert dock.stage.text() == QLabel.text(dock.stage) == ""


@pytest.mark.parametrize(
    "text", ["short words, of any number, and 5 < 6", '<a href="an-address-of-many-letters">a</a>', "&#8212;" * 9]
)
def test_what_is_short_or_html_stays_as_it_is(qgis_app, text):
    label = WrappedLabel(text)
    assert QLabel.text(label) == text
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setText(f"{text} {SCENE}")
    assert QLabel.text(label).replace("\u200b", "") == label.text() == f"{text} {SCENE}"
    assert QLabel.text(label).count("\u200b") == 2


def test_links_are_reached_without_a_mouse(iface):
    first, label = QLineEdit(), WrappedLabel('2 decisions wait. <a href="retry">Try again</a> <a href="copy">Copy…</a>')
    box = QWidget()
    layout = QVBoxLayout(box)
    layout.addWidget(first)
    layout.addWidget(label)
    iface.window.setCentralWidget(box)
    iface.window.show()
    QApplication.setActiveWindow(iface.window)
    followed = []
    label.linkActivated.connect(followed.append)
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Tab)
    assert label.hasFocus()
    for _ in range(2):
        QTest.keyClick(label, Qt.Key.Key_Tab)
        QTest.keyClick(label, Qt.Key.Key_Return)
    assert followed == ["retry", "copy"]
    # A click would take the keyboard from where it decides.
    assert not label.focusPolicy() & Qt.FocusPolicy.ClickFocus
    label.setText("No links.")
    assert label.focusPolicy() == Qt.FocusPolicy.NoFocus
