"""Decisions of a review, on the disk at once: undo, and files that cannot be written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from anomaly_lens.plugin import settings
from anomaly_lens.plugin.errors import PluginError
from anomaly_lens.plugin.review.model import STATUS
from osgeo import gdal
from qgis.core import QgsDataProvider, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from reviewing import press, rank, shown, statuses


def test_a_decision_is_in_the_file_at_once_and_the_next_one_is_shown(panel, layers):
    told = []
    layers.anomalies.attributeValueChanged.connect(lambda *change: told.append(change))  # as an open attribute table
    press(panel, "na")
    assert statuses(layers.anomalies)[1] == "accepted"
    assert told == [(2, layers.anomalies.fields().indexOf("status"), "accepted")]
    assert rank(panel) == 5
    assert panel.form.progress.text() == "5 of 6, 3 accepted"
    assert not layers.anomalies.isEditable()
    press(panel, "r")
    assert statuses(layers.anomalies) == ["accepted", "accepted", "rejected", "accepted", "rejected", "rejected"]
    assert rank(panel) == 5


def test_without_auto_advance_the_polygon_stays(panel, layers):
    panel.form.advance.setChecked(False)
    press(panel, "nu")
    assert statuses(layers.anomalies)[1] == "unsure"
    assert rank(panel) == 2
    assert not settings.REVIEW_ADVANCE.get()


def test_when_all_are_reviewed_a_second_round_goes_row_by_row(panel, layers):
    press(panel, "naa")
    assert panel.form.progress.text().startswith("6 of 6")
    panel.choose(1)
    press(panel, "ru")
    assert statuses(layers.anomalies)[:2] == ["rejected", "unsure"]
    assert rank(panel) == 3


def test_a_field_that_was_deleted_loses_no_decision(panel, layers, iface):
    layers.anomalies.dataProvider().deleteAttributes([layers.anomalies.fields().indexOf("status")])
    layers.anomalies.updateFields()
    press(panel, "a")
    assert "has no field status" in iface.messages()[-1]
    assert "Decisions that wait to be written: 1." in panel.form.notice.text()


def test_a_text_is_kept_when_the_list_is_read_again_meanwhile(panel, layers):
    press(panel, "t")
    QTest.keyClicks(panel.form.note, "half a tho")
    panel.reload()
    assert layers.anomalies.getFeature(1)["note"] == "half a tho"
    assert panel.form.note.text() == "half a tho"


def test_undo_and_redo_write_too(panel, layers):
    press(panel, "nrz")
    assert statuses(layers.anomalies)[1] == "unreviewed"
    assert rank(panel) == 2
    press(panel, "y")
    assert statuses(layers.anomalies)[1] == "rejected"
    QTest.keyClick(panel.form.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert statuses(layers.anomalies)[1] == "unreviewed"


def test_a_locked_file_is_told_and_the_decision_is_written_later(panel, layers, iface, locked):
    with locked(layers.anomalies):
        press(panel, "na")
        assert "cannot be written at the moment" in iface.messages()[-1]
        assert "Decisions that wait to be written: 1." in panel.form.notice.text()
        assert shown(panel, STATUS)[1] == "Accepted"
        press(panel, "r")
        assert len(iface.messages()) == 1, "told once"
    panel.form.notice.linkActivated.emit("retry")
    assert statuses(layers.anomalies) == ["accepted", "accepted", "rejected", "accepted", "rejected", "rejected"]
    assert "written now" in iface.messages()[-1]
    assert "wait" not in panel.form.notice.text()


def test_trying_again_by_the_keyboard_brings_it_back_to_the_list(panel, layers, locked):
    with locked(layers.anomalies):
        press(panel, "na")
    panel.form.notice.setFocus()
    panel.form.notice.linkActivated.emit("retry")
    assert panel.form.list.hasFocus()


def test_a_file_that_is_locked_for_good_does_not_freeze_the_review(panel, layers, locked):
    with locked(layers.anomalies, "EXCLUSIVE"):
        began = time.monotonic()
        press(panel, "rrr")
        assert time.monotonic() - began < 3, "SQLite waits for five seconds each time"
        assert len(panel._store().pending) == 3
    assert gdal.GetConfigOption("SQLITE_BUSY_TIMEOUT") is None, "all else is as patient as before"
    panel._store().retry()
    assert statuses(layers.anomalies)[:2] == ["rejected", "rejected"]


def test_what_waits_is_tried_again_by_itself(panel, layers, wait_until, locked):
    panel._store()._timer.setInterval(20)
    with locked(layers.anomalies):
        press(panel, "na")
    wait_until(lambda: statuses(layers.anomalies)[1] == "accepted")


def test_a_file_that_was_moved_away_loses_no_decision(panel, layers, iface, tmp_path):
    path = Path(layers.anomalies.source().split("|")[0])
    shutil.move(path, tmp_path / "elsewhere.gpkg")
    press(panel, "na")
    assert "is gone" in iface.messages()[-1]
    assert not path.exists()
    shutil.move(tmp_path / "elsewhere.gpkg", path)
    panel.form.notice.linkActivated.emit("retry")
    assert statuses(layers.anomalies)[1] == "accepted"


def test_a_file_that_is_opened_anew_keeps_the_filter_of_its_layer(panel, layers, tmp_path, wait_until):
    layer = layers.anomalies
    layer.setSubsetString("\"status\" = 'unreviewed'")
    wait_until(lambda: shown(panel) == ["2", "5"])
    path = Path(layer.source().split("|")[0])
    shutil.move(path, tmp_path / "elsewhere.gpkg")
    press(panel, "a")
    shutil.move(tmp_path / "elsewhere.gpkg", path)
    panel.form.notice.linkActivated.emit("retry")
    assert statuses(layer)[1] == "accepted"
    assert layer.subsetString() == "\"status\" = 'unreviewed'"
    wait_until(lambda: shown(panel) == ["5"])


def test_a_decision_that_leaves_the_filter_of_the_layer_can_be_changed(panel, layers, iface, wait_until):
    layer = layers.anomalies
    layer.setSubsetString("\"status\" = 'unreviewed'")
    wait_until(lambda: shown(panel) == ["2", "5"])
    press(panel, "az")
    assert statuses(layer)[1] == "unreviewed"
    panel.choose(2)
    press(panel, "r")
    assert statuses(layer)[1] == "rejected"
    assert layer.subsetString() == "\"status\" = 'unreviewed'"
    assert not panel._store().pending
    assert iface.messages() == []


def test_a_decision_on_a_polygon_that_a_filter_hides_is_undone_too(panel, layers, iface, wait_until):
    layer = layers.anomalies
    layer.setSubsetString("\"status\" = 'unreviewed'")
    wait_until(lambda: shown(panel) == ["2", "5"])
    press(panel, "a")
    panel.reload()
    assert shown(panel) == ["5"]
    press(panel, "z")
    assert statuses(layer)[1] == "unreviewed"
    assert iface.messages() == []


def test_a_read_only_file_is_told(window, panel, layers, iface, monkeypatch):
    if os.geteuid() == 0:
        # Who may write to everything: as others see it.
        monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    path = Path(layers.anomalies.source().split("|")[0])
    path.chmod(0o444)
    layers.anomalies.setDataSource(layers.anomalies.source(), "Anomalies", "ogr", QgsDataProvider.ProviderOptions())
    press(panel, "na")
    assert "is read-only" in iface.messages()[-1]
    assert "wait" in panel.form.notice.text()


def test_a_layer_that_is_read_only_in_the_project_keeps_its_file_as_it_is(panel, layers, iface):
    layers.anomalies.setReadOnly(True)
    before = statuses(layers.anomalies)
    press(panel, "na")
    panel._looks.begin_second("Eve")
    assert statuses(layers.anomalies) == before
    assert layers.anomalies.fields().indexOf("status_2") < 0
    assert ["read-only in this project" in text for text in iface.messages()] == [True, True]
    assert "Decisions that wait to be written: 1." in panel.form.notice.text()
    layers.anomalies.setReadOnly(False)
    panel.form.notice.linkActivated.emit("retry")
    assert statuses(layers.anomalies)[1] == "accepted"


def test_a_copy_of_a_layer_that_is_read_only_in_the_project_takes_decisions(panel, layers, tmp_path):
    original = QgsVectorLayer(layers.anomalies.source(), "original", "ogr")
    layers.anomalies.setReadOnly(True)
    press(panel, "na")
    (tmp_path / "copy").mkdir()
    panel._store().copy_to(tmp_path / "copy")
    assert statuses(layers.anomalies)[1] == "accepted"
    assert statuses(original)[1] == "unreviewed"


def test_a_layer_that_shows_a_shapefile_takes_decisions_while_it_is_edited(panel, layers, iface, tmp_path, wait_until):
    path = tmp_path / "saved_as.shp"
    gdal.VectorTranslate(str(path), layers.anomalies.source().split("|")[0], format="ESRI Shapefile")
    layers.anomalies.setDataSource(str(path), "Anomalies", "ogr", QgsDataProvider.ProviderOptions())
    # Its rows have other numbers.
    wait_until(lambda: not panel._reload_soon.isActive())
    panel.choose(4)
    chosen = rank(panel)
    press(panel, "a")
    assert "is not a GeoPackage" in iface.messages()[-1]
    assert "editing on" in iface.messages()[-1]
    assert "retry" in panel.form.notice.text()
    assert "copy" not in panel.form.notice.text()
    (tmp_path / "copy").mkdir()
    with pytest.raises(PluginError, match="is not a GeoPackage"):
        # One of the files of a shapefile would be copied.
        panel._store().copy_to(tmp_path / "copy")
    assert layers.anomalies.isValid()
    layers.anomalies.startEditing()
    assert "being edited" in panel.form.notice.text()
    assert "written now" not in iface.messages()[-1]
    assert layers.anomalies.commitChanges()
    saved = QgsVectorLayer(str(path), "saved", "ogr")
    assert {feature["rank"]: feature["status"] for feature in saved.getFeatures()}[chosen] == "accepted"


def test_a_full_disk_loses_no_decision(panel, layers, iface):
    resource = pytest.importorskip("resource", reason="only Unix can pretend that a disk is full")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        press(panel, "na")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "cannot be written at the moment" in iface.messages()[-1]
    assert shown(panel, STATUS)[1] == "Accepted"
    panel.form.notice.linkActivated.emit("retry")
    assert statuses(layers.anomalies)[1] == "accepted"


def test_decisions_that_wait_when_their_layer_goes_are_told_in_full(panel, layers, iface, locked):
    with locked(layers.anomalies):
        press(panel, "na")
        QgsProject.instance().removeMapLayer(layers.anomalies.id())
        assert "Decisions that could not be written to Anomalies: 1." in iface.messages()[-1]


def test_decisions_that_wait_are_written_when_their_layer_goes_and_the_file_is_free(panel, layers, tmp_path, locked):
    path = layers.anomalies.source().split("|")[0]
    with locked(layers.anomalies):
        press(panel, "na")
    QgsProject.instance().clear()
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT status FROM anomalies WHERE rank = 2").fetchall() == [("accepted",)]


def test_two_windows_on_one_file_see_the_last_decision(panel, layers):
    # A second QGIS has the file open and decides, too.
    other = QgsVectorLayer(layers.anomalies.source(), "other", "ogr")
    press(panel, "na")
    index = other.fields().indexOf("status")
    assert other.dataProvider().changeAttributeValues({2: {index: "unsure"}, 5: {index: "rejected"}})
    assert statuses(layers.anomalies)[1] == "unsure"
    press(panel, "a")
    assert statuses(layers.anomalies)[4] == "accepted"


def test_a_review_can_go_on_in_a_copy(panel, layers, tmp_path, monkeypatch, locked):
    with locked(layers.anomalies):
        press(panel, "na")
        (tmp_path / "copy").mkdir()
        monkeypatch.setattr(
            "anomaly_lens.plugin.review.stores.QFileDialog.getExistingDirectory", lambda *_: str(tmp_path / "copy")
        )
        panel.form.notice.linkActivated.emit("copy")
    assert str(tmp_path / "copy") in layers.anomalies.source()
    assert statuses(layers.anomalies)[1] == "accepted"
    assert "wait" not in panel.form.notice.text()


def test_a_copy_has_the_earlier_decisions_too(panel, layers, tmp_path, locked):
    press(panel, "na")
    with locked(layers.anomalies):
        press(panel, "r")
        theirs = tmp_path / "copy" / Path(layers.anomalies.source().split("|")[0]).name
        theirs.parent.mkdir()
        theirs.write_text("somebody else's")
        with pytest.raises(PluginError, match="there is a file of that name"):
            panel._store().copy_to(theirs.parent)
        assert theirs.read_text() == "somebody else's"
        theirs.unlink()
        panel._store().copy_to(theirs.parent)
    assert statuses(layers.anomalies) == ["accepted", "accepted", "rejected", "accepted", "rejected", "rejected"]


def test_a_copy_that_cannot_be_written_either_is_told(panel, layers, tmp_path, monkeypatch):
    store = panel._store()
    monkeypatch.setattr(store, "retry", lambda: PluginError("not_writable", "The disk is full.", "Make room."))
    (tmp_path / "copy").mkdir()
    with pytest.raises(PluginError, match="disk is full"):
        store.copy_to(tmp_path / "copy")


def test_a_layer_being_edited_takes_decisions_among_its_edits(panel, layers):
    layers.anomalies.startEditing()
    press(panel, "na")
    assert "being edited" in panel.form.notice.text()
    assert statuses(layers.anomalies)[1] == "unreviewed"
    assert shown(panel, STATUS)[1] == "Accepted"
    assert layers.anomalies.commitChanges()
    assert statuses(layers.anomalies)[1] == "accepted"


def test_discarded_edits_are_discarded_in_the_list_too(panel, layers, wait_until):
    layers.anomalies.startEditing()
    press(panel, "na")
    layers.anomalies.rollBack()
    wait_until(lambda: shown(panel, STATUS)[1] == "Unreviewed")


def test_a_change_in_the_attribute_table_is_seen(panel, layers, wait_until):
    layers.anomalies.startEditing()
    layers.anomalies.changeAttributeValue(2, layers.anomalies.fields().indexOf("status"), "unsure")
    assert shown(panel, STATUS)[1] == "Unsure"
    layers.anomalies.deleteFeature(3)
    wait_until(lambda: shown(panel) == ["1", "2", "4", "5", "6"])
