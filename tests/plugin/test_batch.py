"""Batches: a queue that nothing stops but its user, a table, and the window."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from anomaly_lens.plugin.batch import dialog
from anomaly_lens.plugin.batch.dialog import BatchDialog
from anomaly_lens.plugin.batch.entry import Batch
from anomaly_lens.plugin.batch.files import listed, rasters_in
from anomaly_lens.plugin.batch.model import COUNT, MESSAGE, SCENE, STATE, state_labels, write_summary
from anomaly_lens.plugin.batch.parameters import Parameters
from anomaly_lens.plugin.batch.queue import BatchQueue, State, file_item, layer_item
from anomaly_lens.plugin.errors import PluginError
from anomaly_lens.plugin.messages import Messages
from anomaly_lens.plugin.results import add_result, is_anomalies
from anomaly_lens.plugin.runs import project_runs
from anomaly_lens.plugin.setup.places import RESOURCES
from anomaly_lens.plugin.task import DetectTask, Progress
from osgeo import gdal
from qgis.core import QgsApplication, QgsCoordinateReferenceSystem, QgsProject, QgsRasterLayer, QgsRasterRange
from qgis.PyQt.QtCore import QDateTime, QModelIndex, QObject, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QMessageBox, QProgressDialog, QStyleOptionViewItem

PARAMS = {"detector": "rx", "out": "results"}


class Owner(QObject):
    """A queue and what it told."""

    def __init__(self, engine) -> None:
        super().__init__()
        self.queue = BatchQueue(engine, self)
        self.ends, self.found = [], []
        self.queue.ended.connect(lambda: self.ends.append(True))
        self.queue.found.connect(self.found.append)

    def add(self, *names):  # noqa: D102
        self.queue.add(file_item(Path(f"/scenes/{name}.tif")) for name in names)
        return self.queue.items

    @property
    def states(self):  # noqa: D102
        return [item.state.value for item in self.queue.items]


@pytest.fixture
def make_owner(make_engine):
    owners = []

    def make(mode="normal", **env):
        owners.append(Owner(make_engine(mode, env=env)))
        return owners[-1]

    yield make
    for owner in owners:
        owner.queue.shutdown(2.0)


def test_a_broken_scene_does_not_stop_the_queue(make_owner, wait_until):
    owner = make_owner()
    items = owner.add("one", "broken", "three")
    owner.queue.start(PARAMS)
    wait_until(lambda: owner.ends)
    assert owner.states == ["done", "failed", "done"]
    assert "holds only nodata. Do this." in items[1].message
    assert [item.name for item in owner.found] == ["one", "three"]
    assert all(item.seconds >= 0 for item in items)
    assert not owner.queue.running


def test_a_signature_is_in_no_row_of_the_table(make_owner, wait_until):
    owner = make_owner()
    layer = QgsRasterLayer("/vsicurl/http://127.0.0.1:9/broken.tif?sig=geheim", "broken", "gdal")
    owner.queue.add([layer_item(layer)])
    owner.queue.start(PARAMS)
    wait_until(lambda: owner.ends)
    (item,) = owner.queue.items
    assert item.path == "/vsicurl/http://127.0.0.1:9/broken.tif"
    assert item.message == f"{item.path} holds only nodata. Do this."


@pytest.mark.parametrize(("told", "shown"), [("2/3 · Exporting “a · b”", "Exporting “a · b”"), ("c · d", "c · d")])
def test_the_name_of_a_layer_is_shown_whole_while_it_is_exported(make_owner, told, shown):
    owner = make_owner()
    (item,) = owner.add("one")
    item.state, owner.queue._current = State.RUNNING, item
    owner.queue._on_progress(Progress(0.5, told))
    assert item.message == shown


def test_what_failed_can_be_tried_again(make_owner, wait_until):
    owner = make_owner(["dying", "normal"])
    items = owner.add("one", "two")
    owner.queue.start(PARAMS)
    wait_until(lambda: owner.ends)
    assert owner.states == ["failed", "done"]
    owner.queue.retry(items)
    assert owner.states == ["waiting", "done"]
    owner.queue.start(PARAMS)
    wait_until(lambda: len(owner.ends) == 2)
    assert owner.states == ["done", "done"]


def test_scenes_are_skipped_before_and_while_they_are_searched(make_owner, wait_until):
    owner = make_owner(["slow", "slow"])
    items = owner.add("one", "two", "three")
    owner.queue.start(PARAMS)
    wait_until(lambda: items[0].fraction > 0)
    owner.queue.skip([items[1]])
    assert owner.states == ["running", "skipped", "waiting"]
    owner.queue.skip([items[0]])
    wait_until(lambda: items[2].fraction > 0)
    assert owner.states == ["skipped", "skipped", "running"]
    owner.queue.cancel()
    wait_until(lambda: owner.ends)


def test_cancel_lets_the_scene_under_way_wait_again(make_owner, wait_until):
    owner = make_owner("slow")
    items = owner.add("one", "two")
    owner.queue.start(PARAMS)
    wait_until(lambda: items[0].fraction > 0)
    owner.queue.cancel()
    wait_until(lambda: owner.ends)
    assert owner.states == ["waiting", "waiting"]
    assert items[0].seconds is None


def cancel_in_qgis():
    """Cancel the run in QGIS's own list of tasks."""
    tasks = QgsApplication.taskManager().activeTasks()
    (task,) = (task for task in tasks if isinstance(task, DetectTask))
    task.cancel()


def test_a_batch_that_is_cancelled_in_qgis_s_list_of_tasks_stays_cancelled(make_owner, wait_until):
    owner = make_owner("slow")
    items = owner.add("one", "two")
    owner.queue.start(PARAMS)
    wait_until(lambda: items[0].fraction > 0)
    cancel_in_qgis()
    wait_until(lambda: owner.ends)
    assert owner.states == ["waiting", "waiting"]
    assert not owner.queue.running


def test_a_batch_that_is_cancelled_before_it_begins_stays_cancelled(make_owner, busy_threads):
    owner = make_owner()
    owner.add("one")
    owner.queue.start(PARAMS)
    cancel_in_qgis()
    assert owner.ends
    assert owner.states == ["waiting"]
    assert not owner.queue.running


def test_scenes_that_are_added_meanwhile_are_searched_too(make_owner, wait_until):
    owner = make_owner()
    owner.add("one")
    owner.queue.start(PARAMS)
    owner.add("two", "one")
    wait_until(lambda: owner.ends)
    assert owner.states == ["done", "done"]


def test_a_scene_that_is_named_twice_is_searched_once(make_owner):
    owner = make_owner()
    assert owner.queue.add([file_item(Path(f"/scenes/{name}.tif")) for name in ("a", "b", "a")]) == 2
    assert owner.queue.add([file_item(Path("/scenes/b.tif"))]) == 0


def test_a_batch_outlives_its_project(make_owner, wait_until, scene_file):
    layer = QgsRasterLayer(str(scene_file), "szene")
    QgsProject.instance().addMapLayer(layer)
    owner = make_owner()
    owner.queue.add([layer_item(layer)])
    QgsProject.instance().clear()
    owner.queue.start(PARAMS)
    wait_until(lambda: owner.ends)
    assert owner.states == ["done"]
    assert owner.queue.items[0].result["echo"]["scene"] == str(scene_file)


def test_what_is_no_data_of_a_layer_is_asked_when_the_batch_starts(make_owner, wait_until, scene_file):
    layer = QgsRasterLayer(str(scene_file), "szene")
    QgsProject.instance().addMapLayer(layer)
    owner = make_owner()
    owner.queue.add([layer_item(layer)])
    layer.dataProvider().setUserNoDataValue(1, [QgsRasterRange(7, 7)])
    owner.queue.start(PARAMS)
    wait_until(lambda: owner.ends)
    assert owner.queue.items[0].result["echo"]["nodata"] == 7


@pytest.mark.parametrize("by_file", [False, True], ids=["layer", "file"])
def test_the_crs_of_a_layer_is_asked_when_the_batch_starts(make_owner, wait_until, scene_file, by_file):
    layer = QgsRasterLayer(str(scene_file), "szene")
    QgsProject.instance().addMapLayer(layer)
    owner = make_owner()
    owner.queue.add([file_item(scene_file) if by_file else layer_item(layer)])
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:32632"))
    owner.queue.start(PARAMS)
    wait_until(lambda: owner.ends)
    assert "UTM zone 32N" in owner.queue.items[0].result["echo"]["crs"]


def test_what_a_layer_calls_no_data_counts_for_its_file_too(make_owner, wait_until, scene_file, write_scene, tmp_path):
    (tmp_path / "lists").mkdir()
    other = write_scene(tmp_path / "other.tif")
    owner = make_owner()
    owner.queue.add(file_item(path) for path in (tmp_path / "lists" / ".." / scene_file.name, other))
    # Two of one file, of which the first has no such value; one of another file, and one of none.
    names = [str(scene_file), str(scene_file), str(other), f"{scene_file}.gone"]
    layers = [QgsRasterLayer(name, "szene", "gdal") for name in names]
    QgsProject.instance().addMapLayers(layers)
    layers[1].dataProvider().setUserNoDataValue(1, [QgsRasterRange(7, 7)])
    owner.queue.start(PARAMS)
    wait_until(lambda: owner.ends)
    echoes = [item.result["echo"] for item in owner.queue.items]
    assert echoes[0]["nodata"] == 7
    assert "nodata" not in echoes[1]


def test_a_layer_that_is_no_file_and_is_gone_is_told(make_owner, wait_until, scene_file):
    layer = QgsRasterLayer(f"{scene_file}|option:NUM_THREADS=1", "with options")
    QgsProject.instance().addMapLayer(layer)
    owner = make_owner()
    owner.queue.add([layer_item(layer)])
    QgsProject.instance().removeMapLayer(layer.id())
    owner.queue.start(PARAMS)
    wait_until(lambda: owner.ends)
    assert owner.states == ["failed"]
    assert "“with options” is no longer in the project" in owner.queue.items[0].message


def test_five_hundred_scenes(make_owner, wait_until):
    owner = make_owner()
    owner.add(*(f"scene {number}" for number in range(500)))
    owner.queue.start(PARAMS)
    wait_until(lambda: owner.ends, 120)
    assert owner.queue.count(State.DONE) == 500
    assert not QgsProject.instance().mapLayers()


# --- files


def always(_count):
    return True


def test_a_folder_gives_rasters_and_no_results_of_ours(tmp_path, write_scene, write_result):
    (tmp_path / "sub").mkdir()
    (tmp_path / ".hidden").mkdir()
    scenes = [write_scene(tmp_path / "b.tif"), write_scene(tmp_path / "sub" / "a.tif")]
    write_scene(tmp_path / ".hidden" / "c.tif")
    write_result(tmp_path)
    # Read-only, the scene gets its pyramids in a file of their own.
    gdal.Open(str(scenes[0])).BuildOverviews("NEAREST", [2])
    assert (tmp_path / "b.tif.ovr").is_file()
    (tmp_path / "notes.txt").write_text("no raster")
    assert rasters_in(tmp_path, always) == scenes
    with pytest.raises(PluginError) as caught:
        rasters_in(tmp_path / ".hidden" / "nothing", always)
    assert "nothing" in caught.value.message


def test_a_search_of_a_folder_that_is_cancelled_adds_nothing(make_window, tmp_path, write_scene, monkeypatch):
    for name in "abc":
        write_scene(tmp_path / f"{name}.tif")
    window = make_window()
    asked = []

    def canceled(shown):
        asked.append(shown.labelText())
        return len(asked) == 3

    monkeypatch.setattr(QProgressDialog, "wasCanceled", canceled)
    window.add_folder(tmp_path)
    assert [text.split()[-1] for text in asked] == ["0", "1", "2"]
    assert not window.queue.items
    window.add_folder(tmp_path)
    assert [item.name for item in window.queue.items] == ["a", "b", "c"]


def test_a_folder_that_is_closed_to_the_user_is_left_out(tmp_path, write_scene, monkeypatch):
    (tmp_path / "shut").mkdir()
    scenes = [write_scene(tmp_path / "a.tif"), write_scene(tmp_path / "shut" / "b.tif")]
    stat = os.stat

    def closed(path, *args, **kwargs):
        # Its files can be listed and no more; root would get at them all the same.
        if str(path) == str(scenes[1]):
            raise PermissionError(13, "Permission denied")
        return stat(path, *args, **kwargs)

    monkeypatch.setattr(os, "stat", closed)
    assert rasters_in(tmp_path, always) == scenes[:1]


@pytest.mark.parametrize("driver", ["ENVI", "EHdr"])
@pytest.mark.parametrize("name", ["scene.img", "scene", "scene.v1"])
def test_what_lies_beside_a_header_is_no_scene(tmp_path, scene_file, driver, name):
    (tmp_path / "raw").mkdir()
    gdal.GetDriverByName(driver).CreateCopy(str(tmp_path / "raw" / name), gdal.Open(str(scene_file)))
    stem = (tmp_path / "raw" / name).with_suffix("").name
    for companion in (f"{stem}.prj", f"{stem}.stx", f"{name}.log"):
        (tmp_path / "raw" / companion).write_text("some words")
    assert rasters_in(tmp_path / "raw", always) == [tmp_path / "raw" / name]


def test_a_table_of_a_name_that_no_file_can_have_is_told(tmp_path):
    with pytest.raises(PluginError, match="cannot be written"):
        write_summary([], tmp_path / f"{'x' * 260}.csv")


def test_a_text_file_lists_rasters(tmp_path):
    # The last one as Windows copies paths.
    lines = ("one.tif", "", " sub/größe.tif ", str(tmp_path / "abs.tif"), f'"{tmp_path / "copied.tif"}"')
    (tmp_path / "list.txt").write_text("\n".join(lines), encoding="utf-8-sig")
    found = listed([tmp_path / "zero.tif", tmp_path / "list.txt"])
    assert found == [tmp_path / name for name in ("zero.tif", "one.tif", "sub/größe.tif", "abs.tif", "copied.tif")]
    for name, content in (("empty.txt", b"\n"), ("binary.txt", b"\xff\xfe\x00\x81")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(PluginError) as caught:
            listed([tmp_path / name])
        assert name in caught.value.message


# --- parameters


def test_a_run_is_repeated_with_its_own_parameters():
    provenance = {
        "detector": "local_rx",
        "modality": "sar",
        "parameters": {"threshold_percent": 0.7, "min_area": 30.0, "min_pixels": None, "score_threshold": 0.61},
    }
    request = Parameters.of_run(provenance).request()
    assert request == {"detector": "local_rx", "modality": "sar", "threshold": {"percent": 0.7}, "min_area": 30.0}
    provenance["parameters"] = {"threshold_score": 0.61, "min_area": None, "score_threshold": 0.61, "peak_share": 0.25}
    parameters = Parameters.of_run(provenance)
    assert parameters.request()["threshold"] == {"score": 0.61}
    assert parameters.request()["peak_share"] == 0.25
    assert parameters.describe("RX").endswith("outlines from 25 % of the peak")


# --- the window


class Asked(list):
    """The texts of boxes that would have waited for a person."""


@pytest.fixture
def boxes(monkeypatch):
    said = Asked()
    monkeypatch.setattr(QMessageBox, "warning", lambda *args: said.append(args[2]))
    return said


@pytest.fixture
def make_window(make_engine, iface, tmp_path):
    windows = []

    def make(mode="normal", **env) -> BatchDialog:
        engine = make_engine(mode, env=env)
        messages = Messages(iface.bar, iface.window)
        panel = {"detector": "rx", "device": "cpu", "modality": "visible", "threshold": {"percent": 2.0}}
        window = BatchDialog(engine, lambda: dict(panel), messages, iface.window)
        windows.append(window)
        window.open_with()
        window.form.output.setFilePath(str(tmp_path / "results"))
        return window

    yield make
    for window in windows:
        window.release(2.0)


def press(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def cells(window, column):
    return [window.model.data(window.model.index(row, column)) for row in range(window.model.rowCount())]


def test_screen_readers_name_every_field(make_window, without_spoken_name):
    assert without_spoken_name(make_window().form) == []


def test_the_title_of_a_run_makes_no_window_wide(make_window):
    window = make_window()
    before = window.minimumSizeHint().width()
    window.form.origin.addItem(f"{'a_long_name_of_a_scene_' * 9} · RX · 12:34", "")
    assert window.minimumSizeHint().width() == before


def test_a_batch_says_what_model_it_takes(tmp_path):
    shipped = RESOURCES / "weights" / "asd" / "forest"
    assert "ASD · model “Forest (10 cm)” · " in Parameters("asd", model=str(shipped)).describe("ASD")
    (tmp_path / "heath").mkdir()
    assert "ASD · model “heath” · " in Parameters("asd", model=str(tmp_path / "heath")).describe("ASD")


def test_a_batch_from_the_panels_settings(make_window, wait_until):
    window = make_window()
    assert "RX (global) · top 2 %" in window.form.description.text()
    assert not window.form.start_button.isEnabled()
    window.add_files([Path("/scenes/one.tif"), Path("/scenes/broken.tif")])
    wait_until(window.form.start_button.isEnabled)
    press(window.form.start_button)
    wait_until(lambda: not window.queue.running)
    assert cells(window, SCENE) == ["one", "broken"]
    assert cells(window, STATE) == ["Done", "Failed"]
    assert cells(window, COUNT) == ["0", ""]
    assert "holds only nodata" in cells(window, MESSAGE)[1]
    asked = window.queue.items[0].result["echo"]
    assert asked["threshold"] == {"percent": 2.0}
    assert "modality" not in asked, "each scene's own"
    assert window.form.stage.text() == "1 of 2 scenes done, 1 failed, 0 skipped; anomalies: 0."
    assert window.form.progress.value() == window.form.progress.maximum() == 2


def test_the_window_follows_scenes_far_down_at_once(make_window, wait_until):
    window = make_window()
    window.queue.add(file_item(Path(f"/scenes/{number}.tif")) for number in range(1500))
    wait_until(lambda: not window._update.isActive())
    window.queue.skip(window.queue.items[-1:])
    wait_until(lambda: "1 skipped" in window.form.stage.text(), 1.0)


def test_a_batch_without_a_folder_is_told_to_choose_one(make_window, boxes):
    window = make_window()
    window.form.output.setFilePath("")
    window.add_files([Path("/scenes/one.tif")])
    window.start()
    assert "No folder is chosen" in boxes[0]
    assert not window.queue.running


def test_a_window_that_is_opened_again_meanwhile_shows_how_it_searches(make_window, wait_until, tmp_path, write_result):
    add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path))
    (run,) = project_runs(QgsProject.instance())
    window = make_window()
    window.open_with(run.run_id)
    window.add_files([Path(f"/scenes/{number}.tif") for number in range(20)])
    window.start()
    window.close()
    window.open_with()
    assert window.queue.running
    assert window.form.origin.currentData() == run.run_id
    wait_until(lambda: not window.queue.running)
    window.open_with()
    assert window.form.origin.currentData() == ""


def test_the_window_may_be_closed_meanwhile(make_window, iface, wait_until):
    window = make_window()
    window.add_files([Path(f"/scenes/{number}.tif") for number in range(20)])
    window.start()
    window.close()
    wait_until(lambda: not window.queue.running)
    assert window.queue.count(State.DONE) == 20
    wait_until(iface.messages)
    assert "Batch: 20 of 20 scenes done" in iface.messages()[0]


def test_results_come_into_the_project_in_one_group_when_asked_for(make_window, wait_until, tmp_path, write_result):
    window = make_window(FAKE_RESULT=json.dumps(write_result(tmp_path)))
    window.add_files([Path("/scenes/one.tif"), Path("/scenes/two.tif")])
    window.start()
    wait_until(lambda: not window.queue.running)
    assert not QgsProject.instance().mapLayers()
    wait_until(window.form.show_button.isEnabled)
    press(window.form.show_button)
    (group,) = QgsProject.instance().layerTreeRoot().children()
    assert group.name().startswith("Batch ")
    assert [run.name().split(" · ")[0] for run in group.children()] == ["one", "two"]
    wait_until(lambda: not window.form.show_button.isEnabled())


def test_batches_of_one_minute_have_groups_of_their_own(make_window, wait_until, tmp_path, write_result, monkeypatch):
    class Noon(QDateTime):
        @staticmethod
        def currentDateTime():
            return QDateTime.fromString("2026-11-30 12:00", "yyyy-MM-dd hh:mm")

    monkeypatch.setattr(dialog, "QDateTime", Noon)
    window = make_window(FAKE_RESULT=json.dumps(write_result(tmp_path)))
    window.form.add.setChecked(True)
    for name in ("one", "two"):
        window.queue.remove(window.queue.items)
        window.add_files([Path(f"/scenes/{name}.tif")])
        QgsProject.instance().removeAllMapLayers()
        window.start()
        wait_until(lambda: not window.queue.running)
    assert [group.name() for group in QgsProject.instance().layerTreeRoot().children()] == [
        "Batch 12:00 (2)",
        "Batch 12:00",
    ]


@pytest.mark.parametrize("gone", [[0], [1], [0, 1]], ids=["polygons", "heat map", "both"])
def test_results_that_were_removed_can_be_added_again(make_window, wait_until, tmp_path, write_result, gone):
    window = make_window(FAKE_RESULT=json.dumps(write_result(tmp_path)))
    window.queue.add([file_item(Path("/scenes/a.tif")), file_item(Path("/scenes/b.tif"))])
    window.start()
    wait_until(lambda: not window.queue.running)
    wait_until(window.form.show_button.isEnabled)
    press(window.form.show_button)
    wait_until(lambda: not window.form.show_button.isEnabled())
    project = QgsProject.instance()
    runs = project.layerTreeRoot().children()[0].children()
    layers = [node.layerId() for node in runs[0].children()]
    project.removeMapLayers([layers[place] for place in gone])
    wait_until(window.form.show_button.isEnabled)
    press(window.form.show_button)
    wait_until(lambda: not window.form.show_button.isEnabled())
    polygons = [layer for layer in project.mapLayers().values() if is_anomalies(layer)]
    assert (len(polygons), len(project.mapLayers())) == (2, 4), "nothing is there twice"
    assert len(project.layerTreeRoot().children()) == 1


def test_results_that_came_back_with_their_project_are_not_added_twice(make_window, wait_until, tmp_path, write_result):
    window = make_window(FAKE_RESULT=json.dumps(write_result(tmp_path)))
    window.queue.add([file_item(Path("/scenes/a.tif"))])
    window.start()
    wait_until(lambda: not window.queue.running)
    wait_until(window.form.show_button.isEnabled)
    press(window.form.show_button)
    assert QgsProject.instance().write(str(tmp_path / "project.qgz"))
    QgsProject.instance().clear()
    wait_until(window.form.show_button.isEnabled)
    assert QgsProject.instance().read(str(tmp_path / "project.qgz"))
    wait_until(lambda: not window.form.show_button.isEnabled())


def test_results_are_added_as_they_come(make_window, wait_until, tmp_path, write_result):
    window = make_window(FAKE_RESULT=json.dumps(write_result(tmp_path)))
    window.form.add.setChecked(True)
    window.add_files([Path("/scenes/one.tif")])
    window.start()
    wait_until(lambda: not window.queue.running)
    assert len(QgsProject.instance().mapLayers()) == 2


def test_the_table_as_a_file(make_window, wait_until, tmp_path, boxes):
    window = make_window()
    window.add_files([Path("/scenes/größe, £.tif"), Path("/scenes/broken.tif")])
    window.start()
    wait_until(lambda: not window.queue.running)
    window.save_table(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["scene"], row["state"], row["count"]) for row in rows] == [
        ("größe, £", "done", "0"),
        ("broken", "failed", ""),
    ]
    assert rows[0]["path"] == "/scenes/größe, £.tif"
    window.save_table(tmp_path / "no folder" / "table.csv")
    assert "cannot be written" in boxes[0]
    with pytest.raises(PluginError):
        write_summary([], tmp_path / "no folder" / "table.csv")


def test_repeat_on_other_layers_takes_the_runs_settings(make_engine, iface, tmp_path, write_result, monkeypatch):
    offered = []
    for name in ("addPluginToRasterMenu", "removePluginRasterMenu", "removeCustomActionForLayerType"):
        monkeypatch.setattr(iface, name, lambda *_: None, raising=False)
    monkeypatch.setattr(iface, "addCustomActionForLayerType", lambda *_: None, raising=False)
    monkeypatch.setattr(
        iface, "addCustomActionForLayer", lambda _action, layer: offered.append(layer.name()), raising=False
    )
    batch = Batch(iface, make_engine(), lambda: {"detector": "uniadrs"}, Messages(iface.bar, iface.window))
    layers = add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path))
    assert sorted(offered) == ["Anomalies", "Heat map"]
    iface.setActiveLayer(layers.heatmap)
    batch.repeat.trigger()
    form = batch.dialog.form
    assert form.origin.currentText().startswith("szene · RX")
    assert "RX (global)" in form.description.text()
    form.origin.setCurrentIndex(0)
    assert "UniADRS" in form.description.text()
    QgsProject.instance().removeMapLayer(layers.anomalies.id())
    batch.repeat.trigger()
    assert form.origin.currentText().startswith("szene · RX"), "the heat map knows, too"
    QgsProject.instance().removeMapLayer(layers.heatmap.id())
    assert batch.dialog.parameters().detector == "rx", "as the dialog says"
    QgsProject.instance().clear()
    assert batch.dialog.parameters().detector == "uniadrs"
    batch.release(1.0)


def test_no_heading_or_state_is_cut_off_with_large_fonts(large_font, make_window):
    table = make_window().form.table
    header = table.horizontalHeader()
    narrow = [header.sectionSize(column) - header.sectionSizeHint(column) for column in range(MESSAGE)]
    assert min(narrow) >= 0
    advance = table.fontMetrics().horizontalAdvance
    assert table.columnWidth(STATE) > max(map(advance, state_labels().values()))


def test_names_of_scenes_that_differ_at_the_end_are_told_apart(make_window):
    table = make_window().form.table
    option = QStyleOptionViewItem()
    table.itemDelegateForColumn(SCENE).initStyleOption(option, QModelIndex())
    assert option.textElideMode == Qt.TextElideMode.ElideMiddle
