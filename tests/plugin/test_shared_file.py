"""Two QGIS with one GeoPackage: another process decides, draws and deletes in the same file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from anomaly_lens.plugin import shared_file
from anomaly_lens.plugin.export_dialog import ExportDialog
from anomaly_lens.plugin.messages import Messages
from anomaly_lens.plugin.results import add_result
from anomaly_lens.plugin.review.looks import begin_second_look
from anomaly_lens.plugin.review.model import LABEL
from anomaly_lens.plugin.review.panel_form import FIRST_LOOK
from anomaly_lens.plugin.review.store import DecisionStore
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QCoreApplication, QObject, Qt
from qgis.PyQt.QtTest import QTest

TURNS = 40
OTHER = """
import sys
from qgis.core import QgsApplication, QgsVectorLayer
from qgis.PyQt.QtCore import QObject
from anomaly_lens.plugin.review.store import DecisionStore

application = QgsApplication([], False)
application.initQgis()
path, turns = sys.argv[1], int(sys.argv[2])
layer = QgsVectorLayer(path + "|layername=anomalies", "other", "ogr")
assert layer.isValid()
owner = QObject()
store = DecisionStore(layer, owner)
print("ready", flush=True)
sys.stdin.readline()
for turn in range(turns):
    for fid in (4, 5, 6):
        store.write(fid, {"status": "accepted" if turn % 2 else "rejected", "note": f"other {turn}"})
while store.pending:
    store.retry()
print("done", flush=True)
import os
os._exit(0)
"""


@pytest.fixture
def layer(tmp_path, write_result):
    return add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path, 6)).anomalies


def rows(path: Path) -> dict[int, tuple[str, str]]:
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {fid: (status, note) for fid, status, note in file.execute("SELECT fid, status, note FROM anomalies")}


def test_two_who_decide_at_the_same_time_lose_nothing(layer, tmp_path):
    path = Path(layer.source().split("|")[0])
    command = [sys.executable, "-c", OTHER, str(path), str(TURNS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "ready\n"
        owner = QObject()
        store = DecisionStore(layer, owner)
        other.stdin.write("go\n")
        other.stdin.flush()
        for turn in range(TURNS):
            for fid in (1, 2, 3):
                store.write(fid, {"status": "unsure", "note": f"ours {turn}"})
        while store.pending:
            store.retry()
        assert other.stdout.readline() == "done\n"
    expected = {fid: ("unsure", f"ours {TURNS - 1}") for fid in (1, 2, 3)}
    expected |= {fid: ("accepted", f"other {TURNS - 1}") for fid in (4, 5, 6)}
    assert rows(path) == expected


@pytest.mark.parametrize("contents", [b"", b"no database" * 100])
def test_a_file_that_cannot_be_read_for_a_moment_loses_no_decision(layer, contents):
    # To a layer, a file that another program is just opening looks as if there were no polygons in it.
    path = Path(layer.source().split("|")[0])
    good, before = path.read_bytes(), rows(path)
    owner, told = QObject(), []
    store = DecisionStore(layer, owner)
    store.failed.connect(lambda error: told.append(error.message))
    store.gone.connect(lambda error: told.append(error.message))
    path.write_bytes(contents)
    store.write(1, {"status": "unsure"})
    store.write(1, {"note": "kept"})
    store.write(2, {"status": "unsure", "note": "kept too"})
    assert set(store.pending) == {1, 2}
    assert told == [f"{path.name} cannot be read at the moment."]
    path.write_bytes(good)
    assert store.retry() is None
    assert not store.pending
    assert rows(path) == before | {1: ("unsure", "kept"), 2: ("unsure", "kept too")}
    assert layer.getFeature(1)["status"] == "unsure"


@pytest.fixture
def panel(layer, show_review):
    return show_review().tabs.widget(0)


def test_a_polygon_that_the_other_has_removed_is_told_and_leaves_the_list(layer, panel, iface, wait_until):
    path = Path(layer.source().split("|")[0])
    before = rows(path)
    # As when the other has moved the threshold.
    assert layer.clone().dataProvider().deleteFeatures([1])
    panel.form.list.setFocus()
    QTest.keyClick(panel.form.list, "r")
    wait_until(iface.messages)
    assert "removed from Anomalies in another window" in iface.messages()[0]
    wait_until(lambda: panel.model.rowCount() == 5)
    assert "wait" not in panel.form.notice.text()
    del before[1]
    assert rows(path) == before
    QTest.keyClick(panel.form.list, "u")
    assert "unsure" in {status for status, _ in rows(path).values()}


def test_a_decision_that_waits_for_a_polygon_that_goes_is_told(layer, panel, iface, wait_until, locked):
    with locked(layer):
        panel.form.list.setFocus()
        QTest.keyClick(panel.form.list, "r")
        assert "Decisions that wait to be written: 1." in panel.form.notice.text()
    assert layer.clone().dataProvider().deleteFeatures([1])
    layer.reload()
    wait_until(lambda: panel.model.rowCount() == 5)
    panel.form.notice.linkActivated.emit("retry")
    wait_until(lambda: any("removed from Anomalies" in text for text in iface.messages()))
    assert "wait" not in panel.form.notice.text()


def test_two_who_decide_in_turn_are_told_of_nothing(layer, panel, iface, open_elsewhere):
    path = Path(layer.source().split("|")[0])
    elsewhere = open_elsewhere(path)
    for fid, key in ((1, "r"), (2, "u"), (3, "a")):
        elsewhere(decide={fid + 3: {"status": "unsure", "note": "theirs"}})
        panel.choose(fid)
        panel.form.list.setFocus()
        QTest.keyClick(panel.form.list, key)
        assert not iface.messages()
        assert "wait" not in panel.form.notice.text()
    ours = {1: "rejected", 2: "unsure", 3: "accepted"}
    assert {fid: status for fid, (status, _) in rows(path).items()} == ours | dict.fromkeys((4, 5, 6), "unsure")


def test_what_the_other_decides_is_seen_where_one_is(layer, panel, wait_until, open_elsewhere):
    elsewhere = open_elsewhere(Path(layer.source().split("|")[0]))
    panel.choose(3)
    resets = []
    panel.model.modelReset.connect(lambda: resets.append(True))
    elsewhere(decide={2: {"status": "rejected", "label": "crane"}, 3: {"note": "theirs"}})
    wait_until(lambda: panel.model.row(2).status == "rejected")
    assert panel.model.index(1, LABEL).data() == "crane"
    assert panel.form.note.text() == "theirs"
    assert panel.form.progress.text().startswith("5 of 6")
    assert (panel._current, resets) == (3, [])
    assert layer.getFeature(2)["label"] == "crane"
    reads = []
    layer.dataChanged.connect(lambda: reads.append(True))
    panel._see_others()
    assert not reads


def test_what_the_other_decides_waits_until_a_text_is_typed(layer, panel, wait_until, open_elsewhere):
    path = Path(layer.source().split("|")[0])
    elsewhere = open_elsewhere(path)
    panel.form.note.setFocus()
    QTest.keyClicks(panel.form.note, "half a sen")
    elsewhere(decide={2: {"status": "rejected"}})
    panel._see_others()
    QTest.keyClicks(panel.form.note, "tence")
    assert rows(path)[1][1] == ""
    QTest.keyClick(panel.form.note, Qt.Key.Key_Return)
    wait_until(lambda: panel.model.row(2).status == "rejected")
    assert rows(path)[1][1] == "half a sentence"


def test_what_the_other_decides_is_seen_among_unsaved_edits(layer, panel, wait_until, open_elsewhere):
    elsewhere = open_elsewhere(Path(layer.source().split("|")[0]))
    layer.startEditing()
    panel.form.list.setFocus()
    QTest.keyClick(panel.form.list, "u")
    elsewhere(decide={1: {"status": "rejected"}, 2: {"status": "rejected"}})
    wait_until(lambda: panel.model.row(2).status == "rejected")
    assert panel.model.row(1).status == "unsure"
    layer.rollBack()
    wait_until(lambda: panel.model.row(1).status == "rejected")


def test_polygons_that_the_other_removes_leave_the_list(layer, panel, wait_until, open_elsewhere):
    elsewhere = open_elsewhere(Path(layer.source().split("|")[0]))
    panel.choose(5)
    elsewhere(delete=[1, 2])
    wait_until(lambda: panel.model.rowCount() == 4)
    assert panel._current == 5
    assert layer.featureCount() == 4


def test_what_is_selected_stays_so_and_the_list_stays_where_it_is(layer, panel, wait_until, open_elsewhere):
    elsewhere = open_elsewhere(Path(layer.source().split("|")[0]))
    layer.selectByIds([5])
    panel.choose(3)
    elsewhere(decide={2: {"status": "rejected"}})
    wait_until(lambda: panel.model.row(2).status == "rejected")
    assert (layer.selectedFeatureIds(), panel._current) == ([5], 3)
    layer.selectByIds([2, 5])
    elsewhere(delete=[2])
    wait_until(lambda: panel.model.rowCount() == 5)
    assert layer.selectedFeatureIds() == [5]


def test_a_second_look_that_the_other_begins_can_be_compared(layer, panel, wait_until):
    assert not panel.form.look_row.isVisible()
    begin_second_look(layer.clone())
    wait_until(panel.form.look_row.isVisible)
    assert not panel.form.begin_second.isEnabled()
    assert panel.form.look.currentData() == FIRST_LOOK


def test_ones_own_decisions_are_not_read_again(layer, panel, wait_until):
    reads = []
    layer.dataChanged.connect(lambda: reads.append(True))
    panel.form.list.setFocus()
    QTest.keyClick(panel.form.list, "r")
    panel._see_others()
    assert not reads
    # What somebody else has written just before is.
    assert layer.clone().dataProvider().changeAttributeValues({2: {layer.fields().indexOf("note"): "theirs"}})
    QTest.keyClick(panel.form.list, "a")
    panel._see_others()
    assert len(reads) == 1


def test_what_another_program_keeps_in_a_log_beside_the_file_is_seen(layer):
    path = Path(layer.source().split("|")[0])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        for function in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            other.create_function(function, 1, lambda _outline: 0)  # the file's triggers name them
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("UPDATE anomalies SET note = 'theirs' WHERE fid = 1")
        assert shared_file.catch_up(layer)
        before = path.stat().st_mtime_ns
        other.execute("UPDATE anomalies SET note = 'theirs' WHERE fid = 2")
        assert path.stat().st_mtime_ns == before
        assert shared_file.catch_up(layer)
        assert layer.getFeature(2)["note"] == "theirs"


def test_what_was_written_is_read_again_once_though_reading_touches_the_file(layer, panel):
    assert layer.dataProvider().changeAttributeValues({2: {layer.fields().indexOf("note"): "seen"}})
    reads = []
    layer.dataChanged.connect(lambda: reads.append(True))
    for _ in range(4):
        panel._see_others()
    assert len(reads) == 1


def test_a_layer_that_is_empty_right_after_it_was_read_is_read_once_more(layer, panel, monkeypatch, wait_until):
    # Another QGIS has written in that very moment.
    seen = iter((False, True))
    monkeypatch.setattr(shared_file, "_shows_rows", lambda _layer: next(seen, True))
    other = layer.clone()
    other.dataProvider().changeAttributeValues({2: {layer.fields().indexOf("status"): "rejected"}})
    assert [shared_file.catch_up(layer) for _ in range(3)] == [True, True, False]
    wait_until(lambda: panel.model.row(2).status == "rejected")


def test_a_file_that_is_away_for_a_moment_empties_no_list(layer, panel):
    path = Path(layer.source().split("|")[0])
    path.rename(path.with_suffix(".away"))
    panel._see_others()
    path.write_bytes(b"")
    panel._see_others()
    QCoreApplication.processEvents()
    assert panel.model.rowCount() == 6


def test_an_export_has_what_the_other_decided_until_then(layer, iface, tmp_path, open_elsewhere, wait_until):
    elsewhere = open_elsewhere(Path(layer.source().split("|")[0]))
    # As the map does.
    assert len(list(layer.getFeatures())) == 6
    elsewhere(decide={2: {"status": "accepted"}})
    dialog = ExportDialog(layer, Messages(iface.bar, iface.window), iface.window)
    assert dialog.which.currentText() == "Accepted (3)"
    elsewhere(decide={3: {"status": "accepted"}})
    dialog.file.setFilePath(str(tmp_path / "accepted.csv"))
    dialog.formats.setCurrentIndex(dialog.formats.findData("CSV"))
    dialog.accept()
    wait_until(lambda: not dialog.isVisible() and dialog._task is None)
    assert len((tmp_path / "accepted.csv").read_text().splitlines()) == 1 + 4
