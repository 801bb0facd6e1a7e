"""Second looks, and the labels and outlines on the map."""

from __future__ import annotations

import sqlite3

import pytest
from anomaly_lens.plugin import settings
from anomaly_lens.plugin.review.model import LABEL, SECOND, STATUS
from anomaly_lens.plugin.review.panel_form import COMPARED, FIRST_LOOK, SECOND_LOOK
from anomaly_lens.plugin.styles import set_label, shown_label
from qgis.core import QgsCategorizedSymbolRenderer, QgsFillSymbol, QgsSingleSymbolRenderer, QgsVectorLayerSimpleLabeling
from qgis.PyQt.QtCore import QCoreApplication, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QStyleOptionViewItem
from reviewing import press, shown, statuses


def test_a_second_look_is_blind_and_then_compared(panel, window, layers):
    panel._looks.begin_second("Ada")
    assert panel.form.look.currentData() == SECOND_LOOK
    assert set(shown(panel, STATUS)) == {"Unreviewed"}
    assert set(shown(panel, LABEL)) == {""}
    assert panel.form.progress.text() == "0 of 6, 0 accepted"
    assert "status_2" in layers.anomalies.renderer().classAttribute()
    press(panel, "aarr")
    assert statuses(layers.anomalies)[:3] == ["accepted", "unreviewed", "rejected"], "the first look stays"
    feature = layers.anomalies.getFeature(1)
    assert (feature["status_2"], feature["reviewer_2"]) == ("accepted", "Ada")
    assert feature["time_2"].startswith("20")
    panel.form.look.setCurrentIndex(panel.form.look.findData(COMPARED))
    panel.form.look.activated.emit(panel.form.look.currentIndex())
    assert layers.anomalies.renderer().classAttribute() == "status"
    table = panel.form.list
    assert not table.isColumnHidden(SECOND)
    assert table.isColumnHidden(LABEL), "in favour of both looks"
    option = QStyleOptionViewItem()
    for width, words in ((350, ""), (500, "Unreviewed")):
        window.window().resizeDocks([window], [width], Qt.Orientation.Horizontal)
        QCoreApplication.processEvents()
        table.itemDelegateForColumn(SECOND).initStyleOption(option, table.model().index(5, SECOND))
        assert option.text == words
    # 1: accepted twice, 3: rejected twice, 4: accepted and rejected; 2 has one decision only.
    assert panel.form.agreement.text() == "2 of 3 decided alike (67 %), Cohen's kappa 0.40."
    panel.form.status.setCurrentIndex(panel.form.status.findData("different"))
    assert shown(panel) == ["4"]


@pytest.mark.parametrize("name", ["Ada", ""])
def test_a_second_look_stays_whose_it_is_when_another_one_is_begun(panel, layers, name):
    panel._looks.begin_second(name)
    # For another run.
    settings.REVIEWER.set("Eve")
    press(panel, "a")
    assert layers.anomalies.getFeature(1)["reviewer_2"] == name


def test_a_text_belongs_to_who_typed_it(panel, layers):
    press(panel, "n")
    panel.form.label.selectAll()
    QTest.keyClicks(panel.form.label, "buoy")
    panel._looks.begin_second("Second Person")
    panel.form.note.selectAll()
    QTest.keyClicks(panel.form.note, "wake")
    panel.form.look.setCurrentIndex(panel.form.look.findData(FIRST_LOOK))
    panel.form.look.activated.emit(panel.form.look.currentIndex())
    with sqlite3.connect(layers.anomalies.source().split("|")[0]) as file:
        found = file.execute("SELECT label, note, label_2, note_2, reviewer_2 FROM anomalies WHERE rank = 2").fetchone()
    assert found == ("buoy", "", None, "wake", "Second Person")


def test_labels_on_the_map_are_those_of_who_looks(panel, layers):
    layer = layers.anomalies

    def on_the_map():
        return layer.labeling().settings().fieldName

    set_label(layer, "label")
    panel._looks.begin_second("Ada")
    assert on_the_map() == '"label_2"'
    assert shown_label(layer) == "label"
    set_label(layer, "score")
    set_label(layer, "label")
    assert on_the_map() == '"label_2"'
    set_label(layer, "rank")
    assert "status_2" in on_the_map()
    set_label(layer, "label")
    panel._looks._switch(FIRST_LOOK)
    assert on_the_map() == '"label"'
    # As QGIS itself writes a field.
    settings = layer.labeling().settings()
    settings.isExpression, settings.fieldName = False, "label"
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    panel._looks._switch(SECOND_LOOK)
    assert on_the_map() == "label_2"
    panel._looks._switch(COMPARED)
    assert on_the_map() == "label"


@pytest.mark.parametrize(
    ("own", "in_the_second"),
    [
        ("\"area\" || ' m²'", "\"area\" || ' m²'"),
        ("'label: ' || \"label\"", "'label: ' || \"label_2\""),
        ('upper(status) || "my note"', 'upper(status_2) || "my note"'),
        ('"label" || "label_2"', '"label" || "label_2"'),
    ],
)
def test_labels_of_the_users_own_stay_and_are_blind_too(panel, layers, own, in_the_second):
    layer = layers.anomalies
    settings = layer.labeling().settings()
    settings.isExpression, settings.fieldName = True, own
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    # Whatever the outlines are drawn by.
    layer.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol()))
    panel._looks._switch(FIRST_LOOK)
    assert layer.labeling().settings().fieldName == own
    panel._looks.begin_second("Ada")
    assert layer.labeling().settings().fieldName == in_the_second
    panel._looks._switch(COMPARED)
    assert layer.labeling().settings().fieldName == own


def test_outlines_of_the_users_own_classes_stay(panel, layers):
    layers.anomalies.setRenderer(QgsCategorizedSymbolRenderer('upper("status")'))
    panel._looks.begin_second("Ada")
    assert layers.anomalies.renderer().classAttribute() == 'upper("status")'


def test_a_second_look_stays_blind_in_the_next_session(panel, window, layers):
    panel._looks.begin_second("Ada")
    press(panel, "a")
    window._show_run(None)
    window.open_run()
    assert panel.form.look.currentData() == SECOND_LOOK
    assert shown(panel, STATUS)[0] == "Accepted"
    assert shown(panel, STATUS)[3] == "Unreviewed"
    panel.form.look.setCurrentIndex(panel.form.look.findData(FIRST_LOOK))
    panel.form.look.activated.emit(0)
    assert shown(panel, STATUS)[3] == "Accepted"
