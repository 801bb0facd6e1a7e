"""The keyboard in a review: where its keys work, and where they are letters."""

from __future__ import annotations

import pytest
from qgis.core import QgsFeature, QgsProject, QgsVectorLayer
from qgis.gui import QgsMapToolEmitPoint, QgsMapToolPan
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAction, QToolButton
from reviewing import press, rank, shown, statuses


def test_keys_type_in_a_field_and_decide_nothing(panel, layers):
    before = statuses(layers.anomalies)
    press(panel, "l")
    assert panel.form.label.hasFocus()
    panel.form.label.clear()
    QTest.keyClicks(panel.form.label, "Car run")
    assert panel.form.label.text() == "Car run"
    QTest.keyClick(panel.form.label, Qt.Key.Key_Return)
    assert panel.form.list.hasFocus()
    assert statuses(layers.anomalies) == before
    assert layers.anomalies.getFeature(1)["label"] == "Car run"
    press(panel, "z")
    assert layers.anomalies.getFeature(1)["label"] == "Größe £"
    assert panel.form.label.text() == "Größe £"


def test_escape_takes_a_text_back(panel, layers):
    press(panel, "t")
    QTest.keyClicks(panel.form.note, "nonsense")
    QTest.keyClick(panel.form.note, Qt.Key.Key_Escape)
    assert panel.form.list.hasFocus()
    press(panel, "n")
    assert layers.anomalies.getFeature(1)["note"] == ""


def test_a_text_is_kept_when_a_button_is_pressed_instead_of_enter(panel, layers):
    press(panel, "t")
    QTest.keyClicks(panel.form.note, "seen twice")
    QTest.mouseClick(panel.findChild(QToolButton, "review_next_button"), Qt.MouseButton.LeftButton)
    assert layers.anomalies.getFeature(1)["note"] == "seen twice"
    assert rank(panel) == 2


def test_keys_work_in_the_map_but_not_while_it_is_edited_nor_when_the_dock_is_closed(panel, window, iface, layers):
    class Digitizer(QgsMapToolEmitPoint):
        def flags(self):
            return self.Flag.EditTool

    pan, digitizer = QgsMapToolPan(iface.canvas), Digitizer(iface.canvas)
    iface.canvas.setMapTool(pan)
    iface.canvas.setFocus()
    QTest.keyClick(iface.canvas, "u")
    assert statuses(layers.anomalies)[0] == "unsure"
    iface.canvas.setMapTool(digitizer)
    QTest.keyClick(iface.canvas, "r")
    iface.canvas.setMapTool(pan)
    window.hide()
    QTest.keyClick(iface.canvas, "r")
    assert statuses(layers.anomalies).count("rejected") == 2


def test_keys_that_qgis_has_too_are_the_review_s_where_it_has_the_keyboard(panel, iface, layers):
    # As QGIS has for tracing while it snaps, and for digitizing.
    pressed = []
    for key in "TR":
        other = QAction(key, iface.window)
        other.setShortcut(QKeySequence(key))
        other.triggered.connect(lambda _checked, key=key: pressed.append(key))
        iface.window.addAction(other)
    iface.canvas.setMapTool(pan := QgsMapToolPan(iface.canvas))
    press(panel, "nr")
    assert statuses(layers.anomalies)[1] == "rejected"
    press(panel, "p")
    assert (rank(panel), statuses(layers.anomalies)[3]) == (4, "accepted")
    iface.canvas.setFocus()
    QTest.keyClick(iface.canvas, "r")
    assert statuses(layers.anomalies)[3] == "rejected"
    press(panel, "t")
    assert panel.form.note.hasFocus()
    assert pressed == []
    iface.canvas.unsetMapTool(pan)


def test_ctrl_z_and_y_undo_and_redo_though_qgis_can_undo_something_too(panel, iface, layers):
    def press_with_ctrl(widget, key):
        widget.setFocus()
        QTest.keyClick(widget, key, Qt.KeyboardModifier.ControlModifier)
        return statuses(layers.anomalies)[1]

    # As QGIS has one, enabled by the edits of its active layer.
    undone, edited = [], QgsVectorLayer("Polygon?crs=EPSG:32633", "edited", "memory")
    QgsProject.instance().addMapLayer(edited)
    own = QAction("Undo", iface.window)
    own.setShortcut(QKeySequence("Ctrl+Z"))
    own.triggered.connect(undone.append)
    iface.window.addAction(own)
    iface.canvas.setMapTool(pan := QgsMapToolPan(iface.canvas))
    press(panel, "nr")
    assert press_with_ctrl(panel.form.list, "z") == "unreviewed"
    assert press_with_ctrl(panel.form.list, "y") == "rejected"
    assert press_with_ctrl(iface.canvas, "z") == "unreviewed"
    assert press_with_ctrl(iface.canvas, "y") == "rejected"
    assert undone == []
    edited.startEditing()
    edited.addFeature(QgsFeature(edited.fields()))
    iface.canvas.setCurrentLayer(edited)
    assert press_with_ctrl(iface.canvas, "z") == "rejected"
    assert len(undone) == 1, "in the map, edits come first"
    iface.canvas.unsetMapTool(pan)


@pytest.mark.parametrize(
    ("text", "ranks"),
    [
        ("rank<3", ["1", "2"]),
        ("rank >= 5", ["5", "6"]),
        ("4", ["4"]),
        ("船", ["2", "5"]),
        ("größe rank>1", ["4"]),
        ("score>0.95", []),
        ("area<100 area>10,5", ["1", "2", "3", "4", "5", "6"]),
    ],
)
def test_the_list_can_be_filtered(panel, wait_until, text, ranks):
    QTest.keyClicks(panel.form.filter, text) if text.isascii() else panel.form.filter.setText(text)
    wait_until(lambda: shown(panel) == ranks)
    assert (rank(panel) is None) == (not ranks)
