"""The table of anomalies is changed in its file, as a whole, and without a log that QGIS would keep beside it."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from anomaly_lens.plugin.adjust.polygons import Shaping, Stored, read_stored, rewrite
from anomaly_lens.plugin.anomalies_table import changed_table
from anomaly_lens.plugin.errors import PluginError
from anomaly_lens.plugin.results import add_result
from anomaly_lens.plugin.review.looks import SECOND, begin_second_look
from anomaly_lens.plugin.review.store import DecisionStore
from anomaly_lens.plugin.shared_file import rows_in_file
from anomaly_lens.plugin.storage import repoint
from qgis.core import QgsApplication, QgsCoordinateTransformContext, QgsProject, QgsVectorFileWriter, edit
from qgis.PyQt.QtCore import QObject

LOGS = {"szene_rx_anomalies.gpkg-wal", "szene_rx_anomalies.gpkg-shm"}


@pytest.fixture
def layer(tmp_path, write_result):
    return add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path, 6)).anomalies


@pytest.fixture
def path(layer):
    return Path(layer.source().split("|")[0])


def logs(path):
    return {file.name for file in path.parent.iterdir()} & LOGS


def notes(path):
    with closing(sqlite3.connect(path)) as file:
        return dict(file.execute("SELECT fid, note FROM anomalies"))


def decide(layer):
    owner = QObject()
    DecisionStore(layer, owner).write(1, {"note": "a decision"})


def move_the_threshold(layer):
    rewrite(layer, [6], [], Stored(Shaping(score=0.5), set()), 6)


@pytest.mark.parametrize("change", [decide, move_the_threshold, begin_second_look])
def test_no_log_is_left_beside_the_file(layer, path, change):
    # A map that is drawn when QGIS begins one shows no polygon, nor does the layer; and who copies the file lacks it.
    change(layer)
    assert not logs(path)
    assert path.read_bytes()[18:20] == b"\x01\x01", "SQLite's mark of a file without a log"


@pytest.mark.parametrize("change", [decide, move_the_threshold, begin_second_look])
def test_a_log_that_another_plugin_has_begun_with_the_layer_is_ended(layer, path, change):
    assert layer.dataProvider().changeAttributeValues({2: {layer.fields().indexOf("note"): "theirs"}})
    assert logs(path) == LOGS
    change(layer)
    assert not logs(path)
    assert notes(path)[2] == "theirs"
    assert layer.getFeature(2)["note"] == "theirs"


@pytest.mark.parametrize("change", [decide, move_the_threshold, begin_second_look])
def test_who_copies_the_file_has_it_all_though_another_layer_of_it_keeps_a_log(layer, path, change, tmp_path):
    duplicate = layer.clone()
    QgsProject.instance().addMapLayer(duplicate)
    with edit(duplicate):
        duplicate.changeAttributeValue(2, duplicate.fields().indexOf("note"), "edited")
    change(layer)
    assert logs(path) == LOGS
    sent = tmp_path / "sent.gpkg"
    shutil.copyfile(path, sent)
    assert notes(sent) == notes(path)
    with closing(sqlite3.connect(sent)) as file:
        names = [column[1] for column in file.execute("PRAGMA table_info(anomalies)")]
        assert file.execute("SELECT feature_count FROM gpkg_ogr_contents").fetchone() == (len(notes(path)),)
    assert (SECOND.status in names) == (change is begin_second_look)


def test_a_log_of_another_program_stays_and_is_no_warning(layer, path):
    told = []
    QgsApplication.messageLog().messageReceived.connect(lambda *message: told.append(message))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("SELECT * FROM anomalies").fetchall()
        assert logs(path) == LOGS
        decide(layer)
        assert logs(path) == LOGS
        assert other.execute("SELECT note FROM anomalies WHERE fid = 1").fetchone() == ("a decision",)
    assert not told


@pytest.mark.parametrize("text", ["O'Hara's “roof”", 'a "quoted" one; DROP TABLE anomalies', "50 % -- of it", "烟囱 🛢"])
def test_texts_come_back_as_they_were_typed(layer, path, text):
    owner = QObject()
    DecisionStore(layer, owner).write(3, {"note": text})
    assert layer.getFeature(3)["note"] == notes(path)[3] == text
    assert [note for fid, note in notes(path).items() if fid != 3] == 5 * [""]


@pytest.mark.parametrize(("text", "kept"), [("a\ud83db", "a?b"), ("a\0b", "ab")])
def test_what_is_no_character_loses_no_decision(layer, path, text, kept):
    owner = QObject()
    store = DecisionStore(layer, owner)
    store.write(3, {"status": "accepted", "note": text})
    assert not store.pending
    assert notes(path)[3] == kept


@pytest.mark.parametrize("change", [decide, move_the_threshold, begin_second_look])
@pytest.mark.parametrize("log", ["DELETE", "WAL"])
def test_who_writes_for_a_moment_is_waited_for(layer, path, change, log):
    # As another QGIS does that decides, too.
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute(f"PRAGMA journal_mode = {log}")
        other.execute("BEGIN IMMEDIATE")
        ending = threading.Timer(0.1, other.execute, ["ROLLBACK"])
        ending.start()
        change(layer)
        ending.join()
    assert notes(path)[1] == ("a decision" if change is decide else "")


def test_after_an_error_nothing_has_changed(layer, path):
    before = notes(path)
    with pytest.raises(RuntimeError, match="no such column"), changed_table(layer) as file:
        file.update(1, {"note": "half"})
        file.update(2, {"nothing": "of that name"})
    with pytest.raises(ZeroDivisionError), changed_table(layer) as file:
        file.update(1, {"note": "half"})
        raise ZeroDivisionError
    assert notes(path) == before
    assert not logs(path)


def test_a_second_look_that_the_file_does_not_take_is_told(layer, path):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(PluginError) as caught:
            begin_second_look(layer)
        other.execute("ROLLBACK")
    assert caught.value.code == "not_writable"
    assert "locked" in caught.value.details
    assert layer.fields().indexOf(SECOND.status) < 0
    begin_second_look(layer)
    assert layer.fields().indexOf(SECOND.status) > 0
    assert layer.featureCount() == len(list(layer.getFeatures())) == 6


def test_of_two_runs_in_one_file_the_one_that_is_meant_is_changed(write_result, tmp_path):
    # As who packs a project for the field has them: QGIS calls the second table otherwise.
    runs, packed = [], tmp_path / "packed.gpkg"
    for table in ("anomalies", "Anomalies of “B”"):
        folder = tmp_path / str(len(runs))
        folder.mkdir()
        run = add_result(QgsProject.instance(), "szene", "RX", write_result(folder, 6)).anomalies
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName, options.layerName = "GPKG", table
        if runs:
            options.actionOnExistingFile = QgsVectorFileWriter.ActionOnExistingFile.CreateOrOverwriteLayer
        QgsVectorFileWriter.writeAsVectorFormatV3(run, str(packed), QgsCoordinateTransformContext(), options)
        runs.append(run)
        run.setDataSource(f"{packed}|layername={table}", run.name(), "ogr")
    first, second = runs
    decide(second)
    begin_second_look(second)
    move_the_threshold(second)
    repoint(second, packed)
    assert [run.getFeature(1)["note"] for run in runs] == ["", "a decision"]
    assert [run.fields().indexOf(SECOND.status) >= 0 for run in runs] == [False, True]
    assert [len(list(run.getFeatures())) for run in runs] == [6, 5]
    assert sorted(feature["rank"] for feature in second.getFeatures()) == [1, 2, 3, 4, 5]
    assert [read_stored(run).shaping.score for run in runs] == [None, 0.5]
    assert rows_in_file(first, [6]) == {6}
    assert rows_in_file(second, [5, 6]) == {5}


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "SELECT * FROM anomalies"])
def test_who_writes_or_reads_for_longer_does_not_freeze_the_window(layer, path, statement):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        # Open until it is closed: it has read one row.
        held = other.execute(statement)
        held.fetchone()
        begun = time.monotonic()
        with pytest.raises(RuntimeError, match="database is locked"), changed_table(layer) as file:
            file.update(1, {"note": "never"})
        assert time.monotonic() - begun < 2
        held.close()
    assert set(notes(path).values()) == {""}
    decide(layer)
    assert notes(path)[1] == "a decision"
