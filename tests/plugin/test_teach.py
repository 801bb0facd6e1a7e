"""Teaching: what is asked of the engine, what people see of it, and the models that are kept."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from anomaly_lens.plugin import settings
from anomaly_lens.plugin.area import rectangle_area
from anomaly_lens.plugin.dock import AnomalyLensDock
from anomaly_lens.plugin.dock_choices import TAKES_MODEL
from anomaly_lens.plugin.errors import PluginError
from anomaly_lens.plugin.messages import Messages
from anomaly_lens.plugin.results import is_anomalies
from anomaly_lens.plugin.sources import snapshot
from anomaly_lens.plugin.storage import TemporaryResults
from anomaly_lens.plugin.teach import models
from anomaly_lens.plugin.teach.entry import Teaching
from anomaly_lens.plugin.teach.task import Lesson, TeachTask
from anomaly_lens.plugin.teach.view import TeachView, colored
from osgeo import gdal, osr
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsTask,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QImage
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAction, QInputDialog, QMessageBox

SIZE = 160
STARTS_WITHIN_S = 120
TEACHES_WITHIN_S = 400


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A data folder of the test's own."""
    monkeypatch.setenv("ANOMALY_LENS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def make_model(home):
    """Writes the files of a model."""

    def make(name, parent=None):
        folder = (parent or models.models_folder()) / name
        folder.mkdir(parents=True)
        weights = name.encode() * 10
        (folder / models.WEIGHTS).write_bytes(weights)
        checksum = f"sha256:{hashlib.sha256(weights).hexdigest()}"
        card = {"kind": "asd", "name": name, "file": models.WEIGHTS, "sha256": checksum, "architecture": {"bands": 3}}
        (folder / models.CARD).write_text(json.dumps(card), "utf-8")
        return folder

    return make


# --- models


def test_a_model_goes_to_another_computer_and_comes_back(make_model, tmp_path):
    folder = make_model("Wald größe")
    content = {path.name: path.read_bytes() for path in folder.iterdir()}
    models.export(folder, tmp_path / "wald.zip")
    models.delete(folder)
    assert not folder.exists()
    assert models.import_model(tmp_path / "wald.zip") == "Wald größe"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == content
    models.import_model(tmp_path / "wald.zip")
    assert sorted(path.name for path in folder.parent.iterdir()) == ["Wald größe", "Wald größe_2"]


def test_a_renamed_model_keeps_its_place_and_its_weights(make_model):
    folder = make_model("Forest")
    checksum = json.loads((folder / models.CARD).read_text("utf-8"))["sha256"]
    models.rename(folder, " Old forest ")
    card = json.loads((folder / models.CARD).read_text("utf-8"))
    assert (card["name"], card["sha256"]) == ("Old forest", checksum)
    assert models.folder_with(checksum) == folder
    assert models.folder_with("sha256:0") is None


@pytest.mark.parametrize("name", ["", "  ", "../"])
def test_a_name_that_no_folder_can_have_is_told(name):
    with pytest.raises(PluginError) as caught:
        models.free_folder(name)
    assert caught.value.code == "bad_parameter"


def test_a_long_name_has_a_folder(make_model, tmp_path):
    models.models_folder().mkdir(parents=True)
    folder = models.free_folder("森" * 300)
    folder.mkdir()
    assert models.free_folder("森" * 300) == folder.with_name(f"{folder.name}_2")
    models.rename(make_model("Forest"), "y" * 300)
    models.export(models.models_folder() / "Forest", tmp_path / "long.zip")
    assert models.import_model(tmp_path / "long.zip") == "y" * 300


@pytest.mark.parametrize("name", ["🌲", "forest.zip", "Wald/größe"])
def test_whatever_a_model_is_called_it_comes_back(make_model, tmp_path, name):
    folder = make_model("forest.zip")
    models.rename(folder, name)
    models.export(folder, tmp_path / "model.zip")
    models.delete(folder)
    assert models.import_model(tmp_path / "model.zip") == name
    (back,) = models.models_folder().iterdir()
    assert models.name_in(back) == name


def test_a_model_that_another_qgis_has_deleted_is_gone(make_model, tmp_path):
    folder = make_model("Forest")
    models.delete(folder)
    models.delete(folder)
    for change in (lambda: models.rename(folder, "Old"), lambda: models.export(folder, tmp_path / "forest.zip")):
        with pytest.raises(PluginError, match="Forest is no taught model"):
            change()
    assert not (tmp_path / "forest.zip").exists()


def test_a_model_of_any_date_is_exported(make_model, tmp_path):
    folder = make_model("Forest")
    os.utime(folder / models.WEIGHTS, (0, 0))
    models.export(folder, tmp_path / "forest.zip")
    models.import_model(tmp_path / "forest.zip")


def test_wherever_a_zip_file_is_damaged_it_is_told(make_model, tmp_path):
    folder = make_model("Forest", tmp_path / "other")
    card = {**json.loads((folder / models.CARD).read_text("utf-8")), "note": hashlib.sha512(b"").hexdigest()}
    (folder / models.CARD).write_text(json.dumps(card), "utf-8")
    models.export(folder, tmp_path / "whole.zip")
    whole, told = (tmp_path / "whole.zip").read_bytes(), 0
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        (tmp_path / "damaged.zip").write_bytes(damaged)
        try:  # what nobody reads, a date say, does no harm
            models.import_model(tmp_path / "damaged.zip")
        except PluginError as error:
            assert error.code == "bad_model"
            told += 1
    assert told > len(whole) // 2


def test_what_is_no_model_is_not_imported(make_model, tmp_path):
    damaged = make_model("Damaged", tmp_path / "other")
    (damaged / models.WEIGHTS).write_bytes(b"other weights")
    foreign = make_model("Foreign", tmp_path / "other")
    (foreign / models.CARD).write_text('{"kind": "uniadrs", "name": "x"}', "utf-8")
    (tmp_path / "text.zip").write_text("no zip")
    for path, word in (
        (damaged, "damaged"),
        (foreign, "no taught model"),
        (tmp_path / "text.zip", "no taught model"),
        (tmp_path / "missing.zip", "no taught model"),
    ):
        with pytest.raises(PluginError) as caught:
            models.import_model(path)
        assert word in caught.value.message
    assert not models.models_folder().exists()


# --- what is seen of it


def test_the_view_follows_the_loss_and_the_preview(qgis_app, tmp_path):
    view = TeachView()
    grey = QImage(20, 10, QImage.Format.Format_Grayscale8)
    grey.fill(0)
    grey.setPixel(3, 4, 0xFFFFFFFF)
    path = str(tmp_path / "preview.png")
    grey.save(path)
    for step, total in ((1, None), (2, 0.9), (3, 0.5), (3, 0.4)):
        loss = {"step": step, "total": total, "separation": 0.93 if step == 3 else None}
        view.show_moment({"loss": loss, "preview": {"path": path, "number": 1}})
    assert view._losses == [0.9, 0.5]
    view.show_moment({"loss": {"step": 4, "total": 2.5, "separation": None, "compact": 2.0}})
    assert view._losses == [2.5], "a loss of other terms begins anew"
    assert "93%" in view.caption.text()
    assert not view.picture.pixmap().isNull()
    image = colored(QImage(path))
    assert image.pixelColor(0, 0).lightness() == 0
    assert image.pixelColor(3, 4).lightness() > 150


def test_the_preview_has_the_pixels_of_a_fine_screen(qgis_app, tmp_path, monkeypatch):
    monkeypatch.setattr(TeachView, "devicePixelRatioF", lambda _view: 2.0)
    view = TeachView()
    QImage(20, 10, QImage.Format.Format_Grayscale8).save(str(tmp_path / "preview.png"))
    view.picture.resize(300, 150)
    view.show_moment({"preview": {"path": str(tmp_path / "preview.png"), "number": 1}})
    assert (view.picture.pixmap().width(), view.picture.pixmap().devicePixelRatio()) == (600, 2.0)


# --- with an engine that is only played


@pytest.fixture
def write_ground(tmp_path):
    """Writes a scene of noisy stripes with, if wanted, a patch that is not like them."""

    def write(name, seed, patch=None):
        rng = np.random.default_rng(seed)
        stripes = 90 + 25 * np.sin(np.arange(SIZE) / 3)
        pixels = np.stack([stripes[None] + 6 * rng.normal(size=(SIZE, SIZE)) + 10 * band for band in range(3)])
        if patch is not None:
            rows, columns = patch
            pixels[:, rows, columns] = np.array([60, 140, 40])[:, None, None] + 6 * rng.normal(
                size=pixels[:, rows, columns].shape
            )
        dataset = gdal.GetDriverByName("GTiff").Create(str(tmp_path / name), SIZE, SIZE, 3, gdal.GDT_Byte)
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(32633)
        dataset.SetProjection(reference.ExportToWkt())
        dataset.SetGeoTransform((400000.0, 2.0, 0.0, 5800000.0, 0.0, -2.0))
        dataset.WriteArray(pixels.clip(0, 255).astype(np.uint8))
        dataset = None
        layer = QgsRasterLayer(str(tmp_path / name), Path(name).stem)
        QgsProject.instance().addMapLayer(layer)
        return layer

    return write


@pytest.fixture
def make_teaching(iface, wait_until, monkeypatch):
    made = []
    for name in ("addPluginToRasterMenu", "removePluginRasterMenu"):
        monkeypatch.setattr(iface, name, lambda *_: None, raising=False)
    monkeypatch.setattr(iface, "actionAddFeature", lambda: QAction(iface.window), raising=False)

    def make(engine):
        messages = Messages(iface.bar, iface.window)
        temporary = TemporaryResults()
        dock = AnomalyLensDock(iface, engine, messages, temporary)
        teaching = Teaching(iface, engine, dock, messages)
        made.append((dock, teaching, temporary))
        dock.ask_engine()
        wait_until(lambda: dock.form.detector.count(), STARTS_WITHIN_S)
        return dock, teaching

    yield make
    for dock, teaching, temporary in made:
        teaching.release(2.0)
        dock.release(2.0)
        temporary.remove()


def test_a_project_remembers_its_model(make_teaching, make_engine, tmp_path):
    dock, teaching = make_teaching(make_engine())
    teaching._take({"models": [{"name": name, "path": f"/models/{name}", "bands": 3} for name in ("ash", "oak")]})
    row, project = dock.form.model_row, QgsProject.instance()
    row.choose("/models/oak")
    dock.choices.store_settings()
    assert settings.MODEL.get() == "", "the detector takes none"
    dock.form.detector.setItemData(dock.form.detector.currentIndex(), True, TAKES_MODEL)
    dock.choices.store_settings()
    project.write(str(tmp_path / "oak.qgs"))
    project.clear()
    row.choose("/models/ash")
    dock.form.detector.setItemData(dock.form.detector.currentIndex(), True, TAKES_MODEL)
    dock.choices.store_settings()
    project.write(str(tmp_path / "ash.qgs"))
    project.read(str(tmp_path / "oak.qgs"))
    assert row.path() == "/models/oak"
    project.read(str(tmp_path / "ash.qgs"))
    assert row.path() == "/models/ash"
    project.read(str(tmp_path / "oak.qgs"))
    # As *New project* does; the user has chosen this one last.
    project.clear()
    assert row.path() == "/models/ash"


@pytest.mark.parametrize(
    ("wanted", "found", "shown"),
    [
        ("/gone/oak", "/gone/oak", "oak (not there any more)"),
        ("C:\\models\\oak", "C:\\models\\oak", "oak (not there any more)"),
        ("C:\\plugins\\weights\\asd\\forest", "/plugins/weights/asd/forest", "forest"),
        ("", "/models/ash", "ash"),
    ],
)
def test_a_model_that_is_gone_is_no_other(make_teaching, make_engine, wanted, found, shown):
    dock, teaching = make_teaching(make_engine())
    settings.MODEL.set(wanted)
    own = {"name": "ash", "path": "/models/ash", "bands": 3}
    shipped = {"name": "forest", "path": "/plugins/weights/asd/forest", "bands": 3, "shipped": True}
    teaching._take({"models": [own, shipped]})
    dock.form.detector.setItemData(dock.form.detector.currentIndex(), True, TAKES_MODEL)
    assert (dock.form.model_row.path(), dock.form.model_row.combo.currentText()) == (found, shown)
    assert dock.choices.params()["model"] == found
    dock.form.model_row.choose("/models/ash")
    assert dock.choices.params()["model"] == "/models/ash"


def press(button):
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def draw(layer, rectangle):
    feature = QgsFeature(layer.fields())
    feature.setGeometry(QgsGeometry.fromRect(rectangle))
    assert layer.addFeature(feature)


def stripes_drawn(teaching, write_ground, iface):
    """The window, ready to be taught."""
    window = teaching.dialog
    window.open_on([write_ground("first.tif", 1)])
    window.draw()
    draw(iface.active, QgsRectangle(400010, 5799700, 400300, 5799990))
    window.name.setText("Stripes")
    return window


def test_screen_readers_name_every_field(make_teaching, make_engine, without_spoken_name):
    window = make_teaching(make_engine())[1].dialog
    assert without_spoken_name(window) == []


def test_drawing_goes_on_in_the_layer_that_was_drawn_in(make_teaching, make_engine, write_ground, iface):
    window = stripes_drawn(make_teaching(make_engine())[1], write_ground, iface)
    ground = iface.active
    root = QgsProject.instance().layerTreeRoot()
    assert root.children()[0].layer() == ground, "on top, and in nobody's group"
    # The map's tool was changed to pan, say; or the edits were saved.
    ground.commitChanges()
    iface.active = None
    window.draw()
    assert iface.active == ground
    assert ground.isEditable()
    draw(iface.active, QgsRectangle(400310, 5799700, 400400, 5799990))
    assert window.polygons.currentLayer().featureCount() == 2
    own = QgsVectorLayer("Polygon?crs=EPSG:32633", "mine", "memory")
    QgsProject.instance().addMapLayer(own)
    for chosen in (own, None):
        window.polygons.setLayer(chosen)
        window.draw()
        assert window.polygons.currentLayer() not in (own, ground)


def test_teaching_that_is_cancelled_before_it_begins_is_over(
    make_teaching, make_engine, write_ground, iface, busy_threads
):
    window = stripes_drawn(make_teaching(make_engine())[1], write_ground, iface)
    press(window.teach_button)
    press(window.cancel_button)
    assert window.stage.text() == "Cancelled; nothing was kept."
    assert window.teach_button.isEnabled()


@pytest.fixture
def lesson_of(write_ground):
    """Prepares teaching from layers that must be exported, each of a file of stripes, all called alike."""
    made = []

    def prepare(*names):
        layers = []
        for number, name in enumerate(names):
            path = f"/vsimem/{number}/{name}"
            gdal.Translate(path, write_ground(name, number).source())
            made.append(path)
            layers.append(QgsRasterLayer(path, "stripes"))
        transforms = QgsProject.instance().transformContext()
        sources = [snapshot(layer, layer.rasterUnitsPerPixelX(), transforms) for layer in layers]
        ground = QgsRectangle(400010, 5799900, 400100, 5799990)
        return Lesson(sources, rectangle_area(ground, layers[0].crs(), transforms), {"out": "models/stripes"})

    yield prepare
    for path in made:
        gdal.Unlink(path)


def taught_from(lesson, monkeypatch, told=None, busy=False):
    """What a lesson's task gives, and the pixels of the scenes that the engine was asked to teach from."""
    seen = []

    class Heard:
        def __init__(self, _engine, _method, params):
            seen.extend(gdal.Open(scene).ReadAsArray() for scene in params["scenes"])

        def result(self, _tell, _stopped):
            return {"warnings": []}

    monkeypatch.setattr("anomaly_lens.plugin.teach.task.Exchange", Heard)
    task = TeachTask(SimpleNamespace(busy=busy), lesson)
    task.progressed.connect(lambda event: [] if told is None else told.append(event["message"]))
    return task.work(), seen


@pytest.mark.parametrize(
    ("busy", "text"), [(False, "Starting the engine"), (True, "Waiting for the engine, which is at work")]
)
def test_teaching_that_waits_for_a_run_says_so(lesson_of, monkeypatch, busy, text):
    told = []
    taught_from(lesson_of("a.tif"), monkeypatch, told, busy)
    assert told[-1] == text


def test_layers_of_one_name_are_exported_to_files_of_their_own(lesson_of, monkeypatch):
    _result, (first, second) = taught_from(lesson_of("a.tif", "b.tif"), monkeypatch)
    assert not np.array_equal(first, second)


def test_layers_are_exported_whole_since_their_bands_are_scaled_by_all_of_them(lesson_of, monkeypatch, tmp_path):
    result, (pixels,) = taught_from(lesson_of("a.tif"), monkeypatch)
    assert np.array_equal(pixels, gdal.Open(str(tmp_path / "a.tif")).ReadAsArray())
    assert result["warnings"] == []
    monkeypatch.setattr("anomaly_lens.plugin.sources.MAX_EXPORT_MEGAPIXELS", 0.02)
    result, (pixels,) = taught_from(lesson_of("b.tif"), monkeypatch)
    assert pixels.shape == (3, 54, 54), "the polygons and a tenth of them around"
    (remark,) = result["warnings"]
    assert "“stripes” is too large to be exported" in remark


# --- with the engine


def test_taught_from_drawn_polygons_it_finds_what_is_planted_in_another_scene(
    make_teaching, real_engine, write_ground, iface, wait_until, home
):
    first = write_ground("first.tif", 1)
    second = write_ground("second.tif", 2, (slice(100, 112), slice(30, 44)))
    dock, teaching = make_teaching(real_engine)
    teaching.action.trigger()
    window = teaching.dialog
    window.layers.choose(first)
    press(window.draw_button)
    assert iface.active.isEditable()
    draw(iface.active, QgsRectangle(400010, 5799700, 400300, 5799990))
    window.name.setText("Stripes")
    # Time for the whole schedule on a busy machine, too: what is found must not depend on the clock.
    window.seconds.setValue(TEACHES_WITHIN_S)
    moments = []
    press(window.teach_button)
    window._task.progressed.connect(moments.append)
    wait_until(lambda: window._task is None, TEACHES_WITHIN_S + STARTS_WITHIN_S)
    assert "“Stripes” was taught" in window.stage.text()
    assert any(moment.get("loss") for moment in moments)
    assert any(moment.get("preview") for moment in moments)
    assert not window.view.picture.pixmap().isNull()
    assert [path.name for path in (home / "models").iterdir()] == ["Stripes"]

    wait_until(lambda: dock.form.model_row.combo.currentText() == "Stripes")
    assert dock.form.detector.currentData() == "asd"
    assert not dock.form.model_row.isHidden()
    dock.form.layer_picker.choose(second)
    wait_until(lambda: dock.form.modality.currentData() == "visible")
    ends = []
    dock.runner.ended.connect(ends.append)
    press(dock.form.run_button)
    wait_until(lambda: ends, STARTS_WITHIN_S)
    ((outcome,),) = ends
    assert outcome.error is None, outcome.error
    (found,) = (layer for layer in QgsProject.instance().mapLayers().values() if is_anomalies(layer))
    best = min(found.getFeatures(), key=lambda feature: feature["rank"]).geometry()
    planted = QgsGeometry.fromRect(QgsRectangle(400060, 5799776, 400088, 5799800))
    assert best.intersection(planted).area() > 0.5 * planted.area()
    assert dock.choices.params()["model"] == str(home / "models" / "Stripes")


def test_stopped_and_cancelled_teaching_keeps_what_it_says(
    make_teaching, real_engine, write_ground, iface, wait_until, home
):
    window = stripes_drawn(make_teaching(real_engine)[1], write_ground, iface)
    window.seconds.setValue(600)
    press(window.teach_button)
    wait_until(lambda: window.view._losses, STARTS_WITHIN_S)
    press(window.cancel_button)
    wait_until(lambda: window._task is None)
    assert window.stage.text() == "Cancelled; nothing was kept."
    assert not (home / "models").exists() or not list((home / "models").iterdir())
    press(window.teach_button)
    wait_until(lambda: window.view._losses, STARTS_WITHIN_S)
    press(window.stop_button)
    wait_until(lambda: window._task is None)
    # In the first seconds nothing is learned yet, and that is told; later the best is kept.
    kept = [path.name for path in (home / "models").glob("*")]
    assert "taught" in window.stage.text() if kept else "nothing was saved" in window.stage.text()


def test_teaching_that_is_stopped_before_it_begins_ends_when_it_does(
    make_teaching, real_engine, write_ground, iface, wait_until, home, busy_threads
):
    window = stripes_drawn(make_teaching(real_engine)[1], write_ground, iface)
    window.seconds.setValue(600)
    press(window.teach_button)
    press(window.stop_button)
    busy_threads.set()
    wait_until(lambda: window._task is None, STARTS_WITHIN_S)
    assert "nothing was saved" in window.stage.text()
    assert not list((home / "models").glob("*"))


def test_bad_ground_is_told(make_teaching, real_engine, write_ground, iface, wait_until, monkeypatch):
    boxes = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *args: boxes.append(args[2]))
    layer = write_ground("first.tif", 1)
    _dock, teaching = make_teaching(real_engine)
    window = teaching.dialog
    anomalies = QgsVectorLayer("Polygon?crs=EPSG:32633", "Anomalies", "memory")
    QgsProject.instance().addMapLayer(anomalies)
    window.open_on([layer])
    press(window.teach_button)
    assert "press Draw" in boxes[-1], "what was found before is not normal ground"
    window.draw()
    press(window.teach_button)
    assert "has no polygons yet" in boxes[-1]
    draw(iface.active, QgsRectangle(0, 0, 100, 100))
    press(window.teach_button)
    assert "The model has no name" in boxes[-1]
    window.name.setText("Elsewhere")
    press(window.teach_button)
    wait_until(lambda: window._task is None, STARTS_WITHIN_S)
    assert "first" in window.stage.text()
    assert len(boxes) == 3
    iface.active.selectAll()
    iface.active.deleteSelectedFeatures()
    draw(iface.active, QgsRectangle(400010, 5799970, 400040, 5799990))
    press(window.teach_button)
    wait_until(lambda: window._task is None, STARTS_WITHIN_S)
    assert "pixels" in window.stage.text()


def test_what_came_of_teaching_lies_over_what_qgis_says_of_its_task(
    make_teaching, real_engine, write_ground, iface, wait_until
):
    window = stripes_drawn(make_teaching(real_engine)[1], write_ground, iface)
    iface.active.selectAll()
    iface.active.deleteSelectedFeatures()
    draw(iface.active, QgsRectangle(0, 0, 100, 100))

    def say(_task, status):
        if status in (QgsTask.TaskStatus.Complete, QgsTask.TaskStatus.Terminated):
            iface.bar.pushMessage("Task over")

    QgsApplication.taskManager().statusChanged.connect(say)
    press(window.teach_button)
    wait_until(lambda: len(iface.messages()) == 2, STARTS_WITHIN_S)
    QgsApplication.taskManager().statusChanged.disconnect(say)
    assert iface.messages()[0] == "Task over"


def test_models_that_others_make_and_delete_are_followed(
    make_teaching, real_engine, make_model, wait_until, home, tmp_path
):
    home.mkdir()
    dock, teaching = make_teaching(real_engine)
    row = dock.form.model_row
    wait_until(row.path, STARTS_WITHIN_S)
    shipped = row.combo.itemData(2)
    row.choose(shipped)
    # As the toolbox, or another QGIS: whole at once.
    ready = [make_model(name, tmp_path / "drafts") for name in ("Oak", "Ash")]
    models.models_folder().mkdir()
    for draft in ready:
        folder = draft.rename(models.models_folder() / draft.name)
        wait_until(lambda name=draft.name: row.combo.findText(name) >= 0)
        assert teaching.models.list.findItems(draft.name, Qt.MatchFlag.MatchExactly)
        assert row.path() == shipped, "it stays chosen"
    row.choose(str(folder))
    models.delete(folder)
    wait_until(lambda: row.combo.currentText() == "Ash (not there any more)")
    (folder.parent / "Oak" / models.CARD).unlink()
    row.manage_requested.emit()
    wait_until(lambda: row.combo.findText("Oak") < 0)
    teaching.models.close()


def test_models_are_managed_in_a_window(make_teaching, real_engine, make_model, wait_until, monkeypatch):
    make_model("Forest")
    dock, teaching = make_teaching(real_engine)
    teaching.refresh()
    wait_until(lambda: dock.form.model_row.combo.findText("Forest") >= 0)
    window = teaching.models
    list_ = window.list
    needed = [max(list_.sizeHintForColumn(i), list_.header().sectionSizeHint(i)) for i in (0, 1)]
    assert [list_.columnWidth(i) for i in (0, 1)] == needed, "the rest is for what says that a model ships"
    (item,) = window.list.findItems("Forest", Qt.MatchFlag.MatchExactly)
    item.setSelected(True)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Old forest", True))
    press(window.rename_button)
    wait_until(lambda: dock.form.model_row.combo.findText("Old forest") >= 0)
    (item,) = window.list.findItems("Old forest", Qt.MatchFlag.MatchExactly)
    assert item.isSelected(), "who renames a model goes on with it"
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    press(window.delete_button)
    wait_until(lambda: dock.form.model_row.combo.findText("Old forest") < 0)
    assert not list(models.models_folder().iterdir())
