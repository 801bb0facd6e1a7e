"""The dock: what it shows, remembers and asks for."""

from __future__ import annotations

import gc
import json

import pytest
from anomaly_lens.plugin import settings
from anomaly_lens.plugin.dock import AnomalyLensDock
from anomaly_lens.plugin.dock_choices import MODALITY_PROPERTY
from anomaly_lens.plugin.dock_form import DockForm
from anomaly_lens.plugin.messages import Messages
from anomaly_lens.plugin.results import add_result, dress, is_result, read_provenance
from anomaly_lens.plugin.sources import assigned_crs, file_stamp, scene_path
from anomaly_lens.plugin.storage import TemporaryResults
from anomaly_lens.plugin.translation import install_translator
from osgeo import gdal
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsDataProvider,
    QgsLayerTreeRegistryBridge,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.gui import QgsMapToolPan
from qgis.PyQt.QtCore import QCoreApplication, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QToolButton,
    QWidget,
)


@pytest.fixture
def make_dock(iface, make_engine, wait_until):
    made = []

    def make(mode="normal", **kwargs):
        temporary = TemporaryResults()
        messages = Messages(iface.bar, iface.window)
        dock = AnomalyLensDock(iface, make_engine(mode, **kwargs), messages, temporary)
        made.append((dock, temporary))
        dock.ask_engine()
        if mode != "fatal":
            wait_until(lambda: dock.form.detector.count())
        return dock

    yield make
    for dock, temporary in made:
        dock.release(2.0)
        temporary.remove()


@pytest.fixture
def dock(make_dock, scene_layer, wait_until):
    dock = make_dock()
    wait_until(lambda: dock.form.modality.currentData() == "visible")
    return dock


def know(dock, layer, **info):
    """Let the engine have said something of a layer's scene."""
    told = {"suggestion": {"modality": "visible", "reason": "r"}, **info}
    dock.choices._infos._answers[scene_path(layer), assigned_crs(layer)] = file_stamp(layer.source()), told


def choose(combo, data):
    """Choose an entry as a user does."""
    combo.setCurrentIndex(combo.findData(data))
    combo.activated.emit(combo.currentIndex())


def tick_all(picker):
    """Tick all layers of the list."""
    for row in range(picker.list.count()):
        picker.list.item(row).setCheckState(Qt.CheckState.Checked)


def outcome_of(dock, wait_until):
    """Press Run and return the outcomes of the run."""
    ends = []
    dock.runner.ended.connect(ends.append)
    QTest.mouseClick(dock.form.run_button, Qt.MouseButton.LeftButton)
    wait_until(lambda: ends)
    return ends[0]


def test_every_control_has_a_tooltip_and_a_name(dock):
    kinds = (QComboBox, QAbstractSpinBox, QAbstractButton, QLineEdit)
    ours = [
        widget
        for widget in dock.widget().findChildren(QWidget)
        if isinstance(widget, kinds) and not isinstance(widget.parent(), (QComboBox, QAbstractSpinBox, QLineEdit))
    ]
    assert len(ours) > 15
    # The browse button of QGIS's file widget is QGIS's own.
    nameless = [w for w in ours if not w.objectName() and w.parent() is not dock.form.output]
    assert nameless == []
    assert [w.objectName() for w in ours if not w.toolTip() and w.parent() is not dock.form.output] == []
    names = [w.objectName() for w in ours if w.objectName()]
    assert len(names) == len(set(names))


def test_the_keyboard_goes_from_run_to_cancel_and_back(dock, iface, wait_until):
    iface.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    iface.window.show()
    QApplication.setActiveWindow(iface.window)
    wait_until(dock.form.run_button.isEnabled)
    dock.form.run_button.setFocus()
    ends = []
    dock.runner.ended.connect(ends.append)
    QTest.keyClick(dock.form.run_button, Qt.Key.Key_Space)
    assert dock.form.cancel_button.hasFocus()
    wait_until(lambda: ends)
    assert dock.form.run_button.hasFocus(), "not Batch, which Space would open"
    QTest.keyClick(dock.form.run_button, Qt.Key.Key_Space)
    QTest.keyClick(dock.form.cancel_button, Qt.Key.Key_Space)
    assert not dock.form.batch_button.hasFocus()
    wait_until(lambda: len(ends) == 2)
    assert dock.form.run_button.hasFocus()


def test_screen_readers_name_every_field(dock, without_spoken_name):
    assert without_spoken_name(dock.form) == []
    assert dock.form.modality.accessibleName() == "Modality"
    assert dock.form.percent.accessibleName() == "Threshold"


def test_it_fits_a_narrow_dock(dock):
    dock.form.extent_picker.set_mode("polygons")
    dock.form.layer_picker.several.setChecked(True)
    size = dock.form.minimumSizeHint()
    assert size.width() <= 360
    assert size.height() <= 700


def test_a_low_screen_gets_a_bar_beside_the_form_which_keeps_its_width(dock, wait_until):
    least = dock.form.minimumSizeHint()
    scroll = dock.form.parent().parent()
    assert dock.minimumSizeHint().height() < 300 < least.height()
    dock.setFloating(True)
    dock.show()
    dock.resize(dock.minimumSizeHint().width(), 300)
    wait_until(lambda: scroll.verticalScrollBar().isVisible())
    assert scroll.viewport().width() >= least.width()
    assert scroll.focusPolicy() == Qt.FocusPolicy.NoFocus, "a click beside the fields leaves the keyboard where it is"
    dock.form.extent_picker.set_mode("polygons")
    wait_until(lambda: dock.form.height() > least.height())


def test_the_bar_covers_nothing_where_texts_wrap(make_dock, large_font, scene_layer, wait_until):
    dock = make_dock()
    wait_until(lambda: dock.form.reason.text())
    # As long as a translation.
    dock.form.stage.setText("Cargue una capa ráster o marque una para empezar. " * 4)
    scroll = dock.form.parent().parent()
    dock.setFloating(True)
    dock.show()
    least = dock.form.minimumSizeHint()
    wrapped = dock.form.heightForWidth(least.width())
    assert wrapped > least.height() + 10
    for height in range(least.height(), wrapped + 60, 4):
        dock.resize(least.width(), height)
        QCoreApplication.processEvents()
        QCoreApplication.processEvents()
        assert scroll.viewport().width() >= dock.form.minimumSizeHint().width(), height


def test_the_suggestion_is_marked_and_explained(dock):
    assert dock.form.modality.currentText().startswith("★")
    assert "Visible" in dock.form.modality.currentText()
    assert "3 bands, uint8" in dock.form.reason.text()
    assert [dock.form.modality.itemData(i) for i in range(dock.form.modality.count())] == [
        "hyperspectral",
        "visible",
        "sar",
    ]


def test_a_file_that_was_replaced_is_asked_for_again(dock, scene_layer, scene_file, write_scene, monkeypatch):
    asked = []
    ask = dock._link.ask
    monkeypatch.setattr(dock._link, "ask", lambda *question: (asked.append(question), ask(*question)))
    dock._layers_changed()
    assert asked == []
    write_scene(scene_file, size=80)
    dock._layers_changed()
    dock._layers_changed()
    assert [question[:2] for question in asked] == [("info", {"scene": str(scene_file)})]
    write_scene(scene_file, size=96)
    dock._layers_changed()
    take_first, take_second = (question[2] for question in asked)
    take_second({"suggestion": {"modality": "sar", "reason": "new"}})
    take_first({"suggestion": {"modality": "visible", "reason": "old"}})
    assert dock.choices._infos.of(scene_layer)["suggestion"]["reason"] == "new"


def test_a_layer_that_gets_another_file_is_another_scene(dock, tmp_path, write_scene, scene_layer, wait_until):
    other = str(write_scene(tmp_path / "other.tif"))
    scene_layer.setDataSource(other, "szene", "gdal", QgsDataProvider.ProviderOptions())
    wait_until(lambda: dock.choices._infos.of(scene_layer).get("path") == other)


def test_what_is_no_file_is_asked_for_once(tmp_path):
    assert file_stamp(str(tmp_path)) is None
    assert file_stamp("/vsizip//a.zip/b.tif") is None
    assert file_stamp("GPKG:/a.gpkg:b") is None
    assert file_stamp("\0") is None


def test_an_override_belongs_to_its_layer(dock, tmp_path, write_scene, scene_layer, wait_until):
    choose(dock.form.modality, "sar")
    assert scene_layer.customProperty(MODALITY_PROPERTY) == "sar"
    other = QgsRasterLayer(str(write_scene(tmp_path / "other.tif")), "other")
    QgsProject.instance().addMapLayer(other)
    wait_until(lambda: dock.form.layer_picker.combo.count() == 2)
    dock.form.layer_picker.choose(other)
    wait_until(lambda: dock.form.modality.currentData() == "visible")
    dock.form.layer_picker.choose(scene_layer)
    assert dock.form.modality.currentData() == "sar"
    choose(dock.form.modality, "visible")
    assert scene_layer.customProperty(MODALITY_PROPERTY) is None


def test_a_modality_for_several_layers_stays_until_one_is_chosen(dock, tmp_path, write_scene, scene_layer, wait_until):
    other = QgsRasterLayer(str(write_scene(tmp_path / "other.tif")), "other")
    QgsProject.instance().addMapLayer(other)
    picker = dock.form.layer_picker
    wait_until(lambda: picker.combo.count() == 2 and not picker._update.isActive())
    picker.several.setChecked(True)
    tick_all(picker)
    choose(dock.form.modality, "sar")
    # As after each layer of a run, and whenever the engine answers.
    other.setName("renamed")
    wait_until(lambda: not picker._update.isActive())
    dock.choices._info_came()
    assert dock.choices.params()["modality"] == "sar"
    picker.choose(scene_layer)
    picker.several.setChecked(True)
    tick_all(picker)
    assert "modality" not in dock.choices.params()
    assert [layer.customProperty(MODALITY_PROPERTY) for layer in (scene_layer, other)] == [None, None]


def test_defaults_follow_the_modality_until_the_user_says_else(dock):
    assert dock.form.percent.value() == 0.5
    assert dock.form.min_area.value() == 24.0
    assert dock.form.min_area.suffix() == " m²"
    dock.form.modality.setCurrentIndex(dock.form.modality.findData("hyperspectral"))
    assert (dock.form.percent.value(), dock.form.min_area.value()) == (1.0, 4.0)
    dock.form.percent.setValue(3.0)
    dock.form.modality.setCurrentIndex(dock.form.modality.findData("visible"))
    assert (dock.form.percent.value(), dock.form.min_area.value()) == (3.0, 24.0)


def test_no_number_stands_for_what_is_each_layer_s_own(dock, tmp_path, write_scene, scene_layer, wait_until):
    other = QgsRasterLayer(str(write_scene(tmp_path / "other.tif")), "other")
    QgsProject.instance().addMapLayer(other)
    picker, percent, area = dock.form.layer_picker, dock.form.percent, dock.form.min_area
    wait_until(lambda: picker.combo.count() == 2 and not picker._update.isActive())
    picker.several.setChecked(True)
    tick_all(picker)
    assert (percent.text(), area.text()) == ("Automatic", "Automatic")
    assert not {"threshold", "min_area"} & set(dock.choices.params())
    # Numbers are what they are, those of a modality and none at all included.
    percent.setValue(0.5)
    area.setValue(0.0)
    assert (dock.choices.params()["threshold"], dock.choices.params()["min_area"]) == ({"percent": 0.5}, 0.0)
    percent.clear()
    area.clear()
    choose(dock.form.modality, "visible")
    assert (percent.text(), area.text()) == ("0.50 %", "24.0 m²")
    percent.stepBy(-100)
    assert percent.value() == 0.01
    # With as many decimals as pixels have, and then as small areas have.
    plain = QgsRasterLayer(str(write_scene(tmp_path / "plain.tif", epsg=None)), "plain")
    know(dock, plain, pixel_area_m2=None)
    QgsProject.instance().addMapLayer(plain)
    picker.choose(plain)
    assert area.text() == "6 px"
    picker.several.setChecked(True)
    assert (len(picker.layers()), area.text()) == (2, "Automatic")
    assert "min_area" not in dock.choices.params()


def test_detectors_follow_the_modality_until_the_user_says_else(dock):
    assert dock.form.detector.currentData() == "rx"
    choose(dock.form.modality, "hyperspectral")
    assert dock.form.detector.currentData() == "local_rx"
    choose(dock.form.detector, "rx")
    choose(dock.form.modality, "visible")
    choose(dock.form.modality, "hyperspectral")
    assert dock.form.detector.currentData() == "rx"
    choose(dock.form.modality, "sar")
    assert [dock.form.detector.itemData(i) for i in range(dock.form.detector.count())] == ["rx"]


def test_a_layer_without_crs_counts_in_pixels(dock, tmp_path, write_scene):
    plain = QgsRasterLayer(str(write_scene(tmp_path / "plain.tif", epsg=None)), "plain")
    know(dock, plain, pixel_area_m2=None)
    QgsProject.instance().addMapLayer(plain)
    dock.form.layer_picker.choose(plain)
    assert (dock.form.min_area.suffix(), dock.form.min_area.value()) == (" px", 6.0)


def test_what_the_engine_measures_in_pixels_is_offered_in_pixels(dock, tmp_path, write_scene):
    plain = QgsRasterLayer(str(write_scene(tmp_path / "plain.tif", epsg=None)), "plain")
    # As QGIS does by itself where its settings say so; but nobody knows where the photograph lies.
    plain.setCrs(QgsCoordinateReferenceSystem("EPSG:32633"))
    QgsProject.instance().addMapLayer(plain)
    dock.form.layer_picker.choose(plain)
    know(dock, plain, pixel_area_m2=None)
    dock._layers_changed()
    assert (dock.form.min_area.suffix(), dock.form.min_area.value()) == (" px", 6.0)


def test_a_smallest_area_that_nobody_chose_is_none_of_the_next_layer(dock, tmp_path, write_scene, scene_layer):
    know(dock, scene_layer, pixel_area_m2=0.25)
    dock._layers_changed()
    assert (dock.form.min_area.suffix(), dock.form.min_area.value()) == (" m²", 1.5)
    plain = QgsRasterLayer(str(write_scene(tmp_path / "plain.tif", epsg=None)), "plain")
    know(dock, plain, pixel_area_m2=None)
    QgsProject.instance().addMapLayer(plain)
    dock.form.layer_picker.choose(plain)
    assert (dock.form.min_area.suffix(), dock.form.min_area.value()) == (" px", 6.0)
    assert "min_area" not in dock.choices.params()


def test_a_smallest_area_is_none_of_the_next_project(dock, tmp_path, write_scene):
    file = write_scene(tmp_path / "plain.tif", epsg=None)
    for area in (500.0, 6.0):
        # As *New project* does.
        QgsProject.instance().clear()
        plain = QgsRasterLayer(str(file), "plain")
        know(dock, plain, pixel_area_m2=None)
        QgsProject.instance().addMapLayer(plain)
        dock.form.layer_picker.choose(plain)
        if area == 500.0:
            dock.form.min_area.setValue(area)
            dock.choices.store_settings()
        assert (dock.form.min_area.suffix(), dock.form.min_area.value()) == (" px", area)


def test_a_pixel_size_in_metres_is_none_in_degrees(dock, tmp_path, write_scene, scene_file, scene_layer):
    degrees = write_scene(tmp_path / "degrees.tif", epsg=4326)
    layers = [QgsRasterLayer(f"{file}|option:NUM_THREADS=1", "layer") for file in (scene_file, degrees)]
    QgsProject.instance().addMapLayers(layers)
    dock.form.layer_picker.choose(layers[0])
    dock.form.resolution.setValue(4.5)
    dock.form.layer_picker.choose(layers[1])
    assert dock.form.resolution.suffix() == " deg"
    assert dock.form.resolution.value() == dock.form.resolution.clearValue() != 4.5


def test_a_layer_that_is_no_file_is_asked_for_its_pixel_size(dock, iface, scene_file, scene_layer):
    assert dock.form.resolution_row.isHidden()
    layer = QgsRasterLayer(f"{scene_file}|option:NUM_THREADS=1", "with options")
    QgsProject.instance().addMapLayer(layer)
    dock.form.layer_picker.choose(layer)
    assert not dock.form.resolution_row.isHidden()
    assert (dock.form.resolution.value(), dock.form.resolution.suffix()) == (2.0, " m")
    dock.form.modality.setCurrentIndex(dock.form.modality.findData("visible"))
    assert dock.form.min_area.value() == 24.0
    dock.form.resolution.setValue(4.0)
    assert dock.form.min_area.value() == 96.0
    dock.form.layer_picker.choose(scene_layer)
    assert dock.form.resolution_row.isHidden()


def test_each_of_several_layers_has_pixels_of_its_own_size(dock, tmp_path, scene_file, scene_layer, wait_until):
    degrees = str(tmp_path / "degrees.tif")
    gdal.Translate(degrees, str(scene_file), outputSRS="EPSG:4326", outputBounds=(13.0, 52.0064, 13.0064, 52.0))
    for name, file in (("a", scene_file), ("b", degrees)):
        QgsProject.instance().addMapLayer(QgsRasterLayer(f"{file}|option:NUM_THREADS=1", name))
    picker = dock.form.layer_picker
    wait_until(lambda: picker.combo.count() == 3 and not picker._update.isActive())
    picker.several.setChecked(True)
    tick_all(picker)

    def sizes():
        exports = {job.source.name: job.source.export for job in dock._jobs()}
        return [exports[name].resolution for name in ("a", "b")]

    assert sizes() == pytest.approx([2.0, 0.0001])
    dock.form.resolution.setValue(4.0)
    metres, part = sizes()
    assert (metres, part) == (4.0, pytest.approx(4.0 / 111319.5, rel=1e-3))


def test_layers_are_followed(dock, scene_layer, wait_until):
    scene_layer.setName("renamed")
    assert dock.form.layer_picker.combo.currentText() == "renamed"
    dock.form.layer_picker.several.setChecked(True)
    assert dock.form.layer_picker.list.item(0).text() == "renamed"
    assert dock.form.layer_picker.layers() == [scene_layer]
    QgsProject.instance().removeMapLayer(scene_layer.id())
    wait_until(lambda: dock.form.layer_picker.list.count() == 0)
    assert dock.form.layer_picker.layers() == []
    assert not dock.form.run_button.isEnabled()


def test_what_a_run_said_does_not_outlive_its_project(dock, tmp_path, write_scene, scene_layer, wait_until):
    outcome_of(dock, wait_until)
    wait_until(lambda: dock.form.run_button.isEnabled())
    said = dock.form.stage.text()
    assert (dock.form.progress.text(), bool(dock.form.times.text())) == ("100%", True)
    QgsProject.instance().removeMapLayer(scene_layer.id())
    wait_until(lambda: dock.form.stage.text() != said)
    assert dock.form.stage.text().startswith("Load a raster layer")
    assert (dock.form.progress.text(), dock.form.times.text()) == ("", "")
    QgsProject.instance().addMapLayer(QgsRasterLayer(str(write_scene(tmp_path / "next.tif")), "next"))
    wait_until(lambda: dock.form.stage.text() == "Ready to run.")


def test_a_layer_whose_file_is_missing_is_not_offered_among_several(dock, tmp_path, write_scene, wait_until):
    missing = QgsRasterLayer(str(tmp_path / "late.tif"), "late")
    QgsProject.instance().addMapLayer(missing)
    rows = dock.form.layer_picker.list
    dock.form.layer_picker.several.setChecked(True)
    wait_until(lambda: not dock.form.layer_picker._update.isActive())
    assert [rows.item(row).text() for row in range(rows.count())] == ["szene"]
    path = write_scene(tmp_path / "late.tif")
    missing.setDataSource(str(path), "late", "gdal", QgsDataProvider.ProviderOptions())
    wait_until(lambda: [rows.item(row).text() for row in range(rows.count())] == ["late", "szene"])


def test_results_are_not_offered_for_search(dock, tmp_path, write_result, wait_until):
    add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path))
    assert dock.form.export_button.isEnabled()
    wait_until(lambda: dock.form.layer_picker.combo.count() == 1)
    assert dock.form.layer_picker.combo.currentText() == "szene"


def test_a_layer_that_becomes_a_result_is_offered_no_more(dock, tmp_path, write_result, wait_until):
    result = write_result(tmp_path)
    heatmap = QgsRasterLayer(result["heatmap"], "heat map", "gdal")
    picker = dock.form.layer_picker
    # As Processing does, which has events dealt with between the layers that it loads, and dresses them last.
    QgsProject.instance().addMapLayer(heatmap)
    wait_until(lambda: not picker._update.isActive())
    assert picker.combo.count() == 2
    dress(heatmap, "szene", "RX", result, read_provenance(result["heatmap"]))
    wait_until(lambda: picker.combo.count() == 1)
    assert picker.combo.currentText() == "szene"


def test_run_sends_what_is_shown_and_nothing_more(dock, scene_file, wait_until):
    echo = outcome_of(dock, wait_until)[0].result["echo"]
    folder = echo.pop("out")
    assert echo == {"scene": str(scene_file), "detector": "rx", "modality": "visible", "device": "auto"}
    assert "anomaly_lens_results" in folder


def test_run_waits_for_an_engine_that_starts_and_sends_what_is_chosen_then(make_dock, scene_layer, iface, wait_until):
    dock = AnomalyLensDock(iface, make_dock()._link._engine, Messages(iface.bar, iface.window), TemporaryResults())
    scene_layer.setCustomProperty(MODALITY_PROPERTY, "hyperspectral")
    ends = []
    dock.runner.ended.connect(ends.append)
    dock.run()
    assert (dock.form.run_button.isEnabled(), dock.form.cancel_button.isEnabled()) == (False, True)
    assert not dock.runner.running
    QTest.mouseClick(dock.form.cancel_button, Qt.MouseButton.LeftButton)
    assert (dock.form.stage.text(), dock.form.run_button.isEnabled()) == ("Cancelled.", True)
    dock.run()
    wait_until(lambda: ends)
    echo = ends[0][0].result["echo"]
    assert (echo["modality"], echo["detector"]) == ("hyperspectral", "local_rx")
    assert dock.form.run_button.isEnabled()
    dock.release(2.0)


def test_run_sends_what_the_user_chose(dock, iface, tmp_path, scene_layer, wait_until):
    iface.canvas.setDestinationCrs(scene_layer.crs())
    dock.form.extent_picker.set_mode("rectangle")
    dock.form.extent_picker.set_rectangle(QgsRectangle(400010, 5799910, 400050, 5799950))
    dock.form.threshold_mode.setCurrentIndex(1)
    dock.form.score.setValue(0.75)
    dock.form.min_area.setValue(100)
    choose(dock.form.detector, "local_rx")
    dock.form.output.setFilePath(str(tmp_path / "new" / "folder"))
    echo = outcome_of(dock, wait_until)[0].result["echo"]
    assert echo["area"] == {"bbox": [400010, 5799910, 400050, 5799950]}
    assert echo["threshold"] == {"score": 0.75}
    assert echo["min_area"] == 100
    assert echo["detector"] == "local_rx"
    assert echo["out"] == str(tmp_path / "new" / "folder")


def test_results_are_added_zoomed_to_and_told(make_dock, iface, scene_layer, tmp_path, write_result, wait_until):
    result = write_result(tmp_path)
    dock = make_dock(env={"FAKE_RESULT": json.dumps(result)})
    found = []
    dock.found.connect(found.append)
    outcome_of(dock, wait_until)
    assert sum(is_result(layer) for layer in QgsProject.instance().mapLayers().values()) == 2
    assert iface.active.name() == "Anomalies"
    assert found == [iface.active.id()]
    wait_until(iface.messages)
    assert iface.messages() == ["3 anomalies found in “szene”."]
    assert dock.form.stage.text() == "3 anomalies found in “szene”."
    assert dock.form.device_badge.text() == "CPU, 2 threads"
    assert dock.form.export_button.isEnabled()
    assert dock.form.run_button.isEnabled()
    assert not dock.form.cancel_button.isEnabled()


@pytest.mark.parametrize(("mode", "moves"), [("canvas", False), ("layer", True)])
def test_the_map_s_window_that_was_searched_stays(
    make_dock, iface, scene_layer, tmp_path, write_result, wait_until, mode, moves
):
    iface.canvas.setDestinationCrs(scene_layer.crs())
    iface.canvas.setExtent(scene_layer.extent())
    before = iface.canvas.extent()
    dock = make_dock(env={"FAKE_RESULT": json.dumps(write_result(tmp_path))})
    dock.form.extent_picker.set_mode(mode)
    outcome_of(dock, wait_until)
    assert (iface.canvas.extent() != before) == moves


def test_earlier_results_of_the_scene_are_hidden_and_that_is_told(
    make_dock, iface, scene_layer, tmp_path, write_result, wait_until
):
    def add(name, **other):
        made = write_result(tmp_path, name=name, run_id=name, **{"scene": "/scenes/szene.tif", **other})
        return add_result(QgsProject.instance(), name, "RX", made)

    earlier, other_scene, other_part = add("earlier"), add("other", scene="/scenes/b.tif"), add("part", left=400100.0)
    reviewed, edited = add("reviewed"), add("edited")
    edited.anomalies.startEditing()
    result = write_result(tmp_path, name="new", run_id="new", scene="/scenes/szene.tif")
    dock = make_dock(env={"FAKE_RESULT": json.dumps(result)})
    dock.under_review = lambda: [reviewed.anomalies.id()]
    outcome_of(dock, wait_until)
    edited.anomalies.rollBack()

    def is_seen(layers):
        root = QgsProject.instance().layerTreeRoot()
        return [root.findLayer(layer.id()).isVisible() for layer in (layers.anomalies, layers.heatmap)]

    assert is_seen(earlier) == [False, False]
    root = QgsProject.instance().layerTreeRoot()
    root.findLayer(earlier.anomalies.id()).parent().setItemVisibilityChecked(True)
    assert is_seen(earlier) == [True, True], "by one tick"
    for stays in (other_scene, other_part, reviewed, edited):
        assert is_seen(stays) == [True, True]
    wait_until(iface.messages)
    told = "Earlier results are unticked in the layer tree."
    assert iface.messages() == [f"3 anomalies found in “szene”. {told}"]


def test_a_scene_that_is_loaded_after_a_run_is_in_no_result_s_group(
    make_dock, iface, scene_layer, scene_file, tmp_path, write_result, wait_until, monkeypatch
):
    project = QgsProject.instance()

    def activate(layer):
        # As QGIS does: beside the active layer.
        node = project.layerTreeRoot().findLayer(layer.id())
        beside = QgsLayerTreeRegistryBridge.InsertionPoint(node.parent(), 0)
        project.layerTreeRegistryBridge().setLayerInsertionPoint(beside)

    monkeypatch.setattr(iface, "setActiveLayer", activate)
    dock = make_dock(env={"FAKE_RESULT": json.dumps(write_result(tmp_path))})
    outcome_of(dock, wait_until)
    project.addMapLayer(QgsRasterLayer(str(scene_file), "next"))
    top = project.layerTreeRoot().children()[0]
    assert top.name() == "next"


def test_a_failure_names_the_file_and_what_to_do(make_dock, iface, scene_layer, scene_file, wait_until):
    dock = make_dock("fails")
    outcome_of(dock, wait_until)
    wait_until(iface.messages)
    assert iface.messages() == [f"{scene_file} holds only nodata. Do this."]
    assert dock.form.stage.text() == "Failed."


def test_several_layers_end_with_a_summary(make_dock, iface, tmp_path, write_scene, write_result, wait_until):
    for name in ("one", "broken"):
        layer = QgsRasterLayer(str(write_scene(tmp_path / f"{name}.tif")), name)
        QgsProject.instance().addMapLayer(layer)
    dock = make_dock(env={"FAKE_RESULT": json.dumps(write_result(tmp_path))})
    dock.form.layer_picker.several.setChecked(True)
    for row in range(dock.form.layer_picker.list.count()):
        dock.form.layer_picker.list.item(row).setCheckState(Qt.CheckState.Checked)
    outcome_of(dock, wait_until)
    assert dock.form.stage.text() == "1 of 2 layers done, 1 failed."
    wait_until(lambda: len(iface.messages()) == 2)
    error, summary = iface.messages()
    assert "broken.tif holds only nodata" in error
    assert summary == "1 of 2 layers done, 1 failed. 3 anomalies found in “one”."


def test_an_engine_without_torch_is_the_welcomes_affair(make_dock, iface, scene_layer, wait_until):
    dock = make_dock("fatal")
    missing = []
    dock.engine_missing.connect(missing.append)
    wait_until(lambda: missing)
    assert [str(error) for error in missing] == ["This Python has no torch. Install it."]
    assert iface.messages() == []
    assert dock.form.device_badge.text() == "No engine: open options"
    asked = []
    dock.options_requested.connect(lambda: asked.append(True))
    QTest.mouseClick(dock.form.device_badge, Qt.MouseButton.LeftButton)
    assert asked == [True]


def test_nothing_drawn_is_told(dock, iface):
    dock.form.extent_picker.set_mode("rectangle")
    dock.run()
    assert "No rectangle was drawn yet. Drag one" in iface.messages()[-1]
    assert dock.form.extent_picker.draw.isChecked(), "it can be drawn at once"
    assert not dock.runner.running


def draw_rectangle(dock):
    """Draw a rectangle on the map; the tool that drew."""
    dock.form.extent_picker.draw.setChecked(True)
    tool = dock.form.extent_picker._canvas.mapTool()
    tool.extentChanged.emit(QgsRectangle(1, 1, 2, 2))
    return tool


def test_a_drawn_rectangle_follows_the_map_into_another_crs(dock, iface):
    utm, degrees = (QgsCoordinateReferenceSystem(f"EPSG:{number}") for number in (32633, 4326))
    iface.canvas.setDestinationCrs(utm)
    picker = dock.form.extent_picker
    picker.set_mode("rectangle")
    picker.set_rectangle(QgsRectangle(400000, 5799000, 401000, 5800000))
    iface.canvas.setDestinationCrs(degrees)
    transform = QgsCoordinateTransform(utm, degrees, QgsProject.instance().transformContext())
    middle = transform.transform(QgsPointXY(400500, 5799500))
    assert picker._band.asGeometry().boundingBox().center().distance(middle) < 1e-4


def test_the_tool_that_drew_a_rectangle_lives_on_for_qgis_which_returns_to_it(dock, iface):
    tool = draw_rectangle(dock)
    gone = []
    tool.destroyed.connect(lambda: gone.append(True))
    del tool
    gc.collect()
    assert gone == []


def test_the_map_s_tool_comes_back_when_a_rectangle_is_drawn(dock, iface):
    pan = QgsMapToolPan(iface.canvas)
    iface.canvas.setMapTool(pan)
    assert draw_rectangle(dock) is not pan
    assert iface.canvas.mapTool() is pan


def test_another_tool_that_is_chosen_ends_drawing_and_stays(dock, iface):
    before, other = QgsMapToolPan(iface.canvas), QgsMapToolPan(iface.canvas)
    iface.canvas.setMapTool(before)
    dock.form.extent_picker.draw.setChecked(True)
    iface.canvas.setMapTool(other)
    assert iface.canvas.mapTool() is other
    assert not dock.form.extent_picker.draw.isChecked()


@pytest.mark.parametrize("folder", ["found", "~nobody_of_this_name/found"])
def test_a_relative_output_folder_is_the_project_s(dock, tmp_path, wait_until, folder):
    QgsProject.instance().write(str(tmp_path / "p.qgs"))
    dock.form.output.setFilePath(folder)
    assert outcome_of(dock, wait_until)[0].result["echo"]["out"] == str(tmp_path / folder)


def test_enter_runs_and_escape_cancels(make_dock, scene_layer, wait_until):
    dock = make_dock("slow")
    QTest.keyClick(dock.form.percent, Qt.Key.Key_Return)
    assert dock.runner.running
    assert not dock.form.run_button.isEnabled()
    QTest.keyClick(dock.form.modality, Qt.Key.Key_Escape)
    wait_until(lambda: not dock.runner.running)
    assert dock.form.stage.text() == "Cancelled."


def test_a_run_that_is_cancelled_before_it_begins_ends_once_and_leaves_the_next_alone(
    make_dock, scene_layer, busy_threads, wait_until
):
    dock = make_dock("slow")
    ends = []
    dock.runner.ended.connect(ends.append)
    dock.run()
    dock.runner.cancel()
    assert ends == [[]]
    assert dock.form.stage.text() == "Cancelled."
    dock.run()
    busy_threads.set()
    wait_until(lambda: dock.form.stage.text() == "Scoring")
    QTest.qWait(1000)
    assert dock.runner.running
    assert ends == [[]]


def test_the_layer_and_the_project_may_go_in_mid_run(make_dock, scene_layer, wait_until):
    dock = make_dock("slow")
    dock.run()
    wait_until(lambda: dock.form.stage.text() == "Scoring")
    QgsProject.instance().removeMapLayer(scene_layer.id())
    wait_until(lambda: not dock.form.layer_picker.layers())
    assert dock.runner.running
    QgsProject.instance().clear()
    wait_until(lambda: not dock.runner.running)
    assert dock.form.stage.text() == "Cancelled."
    assert not dock.form.run_button.isEnabled()


def test_choices_come_back_with_the_project(make_dock, scene_layer, tmp_path, wait_until):
    dock = make_dock()
    wait_until(lambda: dock.form.modality.currentData() == "visible")
    dock.form.extent_picker.set_mode("canvas")
    dock.form.threshold_mode.setCurrentIndex(1)
    dock.form.score.setValue(0.8)
    dock.form.percent.setValue(2.5)
    dock.form.min_area.setValue(77.0)
    choose(dock.form.detector, "local_rx")
    dock.form.output.setFilePath(str(tmp_path))
    dock.choices.store_settings()
    QgsProject.instance().write(str(tmp_path / "p.qgs"))
    QgsProject.instance().clear()
    settings.THRESHOLD_SCORE.set(0.1)
    QgsProject.instance().clear()
    QgsProject.instance().read(str(tmp_path / "p.qgs"))
    again = make_dock()
    for shown in (dock, again):
        assert shown.form.extent_picker.mode.currentData() == "canvas"
        assert shown.form.threshold_mode.currentData() == "score"
        assert shown.form.score.value() == 0.8
        assert shown.form.detector.currentData() == "local_rx"
        assert shown.form.output.filePath() == str(tmp_path)
        wait_until(lambda shown=shown: shown.form.min_area.clearValue() == 24.0)
        assert (shown.form.percent.value(), shown.form.min_area.value()) == (2.5, 77.0)


def test_the_polygons_to_search_come_back_with_the_project(dock, write_result, tmp_path):
    project, picker = QgsProject.instance(), dock.form.extent_picker
    add_result(project, "szene", "RX", write_result(tmp_path))
    area = QgsVectorLayer("Polygon?crs=EPSG:32633", "Zone", "memory")
    project.addMapLayer(area)
    picker.set_mode("polygons")
    picker.polygons.setLayer(area)
    dock.choices.store_settings()
    project.write(str(tmp_path / "p.qgs"))
    project.clear()
    project.read(str(tmp_path / "p.qgs"))
    assert (picker.mode.currentData(), picker.polygons.currentLayer().name()) == ("polygons", "Zone")


def test_a_detector_brings_its_own_kind_of_threshold_until_the_user_chooses(dock, make_dock, wait_until):
    mode = dock.form.threshold_mode
    assert mode.currentData() == "percent"
    choose(dock.form.detector, "taught")
    assert mode.currentData() == "score"
    assert dock.choices.params()["threshold"] == {"score": 0.6}
    choose(dock.form.detector, "rx")
    assert mode.currentData() == "percent"
    assert "threshold" not in dock.choices.params()
    # What the user has chosen stays, with any detector, and when the dock comes back; it is sent, as it is not its own.
    choose(dock.form.detector, "taught")
    mode.setCurrentIndex(mode.findData("percent"))
    assert dock.choices.params()["threshold"] == {"percent": 0.5}
    choose(dock.form.detector, "rx")
    choose(dock.form.detector, "taught")
    assert mode.currentData() == "percent"
    dock.choices.store_settings()
    again = make_dock()
    wait_until(lambda: again.form.detector.currentData() == "taught")
    assert again.form.threshold_mode.currentData() == "percent"


def test_untouched_values_are_remembered_as_defaults(dock):
    dock.choices.store_settings()
    assert settings.THRESHOLD_PERCENT.get() == -1.0
    assert settings.MIN_AREA.get() == -1.0


def test_a_project_saved_with_defaults_brings_them_back(dock, tmp_path):
    dock.choices.store_settings()
    QgsProject.instance().write(str(tmp_path / "defaults.qgs"))
    dock.form.percent.setValue(7.0)
    dock.form.min_area.setValue(5000.0)
    dock.choices.store_settings()
    QgsProject.instance().write(str(tmp_path / "own.qgs"))
    QgsProject.instance().read(str(tmp_path / "own.qgs"))
    assert (dock.form.percent.value(), dock.form.min_area.value()) == (7.0, 5000.0)
    QgsProject.instance().read(str(tmp_path / "defaults.qgs"))
    assert (dock.form.percent.value(), dock.form.min_area.value()) == (0.5, 24.0)
    assert not {"threshold", "min_area"} & set(dock.choices.params())


def test_options_that_are_stored_while_the_engine_starts_leave_no_trace(iface, make_engine, wait_until, tmp_path):
    temporary = TemporaryResults()
    engine = make_engine(["silent", "normal"])
    dock = AnomalyLensDock(iface, engine, Messages(iface.bar, iface.window), temporary)
    try:
        dock.ask_engine()
        old = engine._worker
        engine.restart(dock.ask_engine)
        wait_until(lambda: dock.form.detector.count())
        wait_until(old.dead.is_set)
        wait_until(lambda: not old._calls)
        for _ in range(20):
            QTest.qWait(10)
        assert dock.choices.catalog is not None
        assert "No engine" not in dock.form.device_badge.text()
        assert iface.messages() == []
    finally:
        dock.release(2.0)
        temporary.remove()


def test_tab_goes_down_the_form(dock):
    chain = [dock.form.nextInFocusChain()]
    while chain[-1] is not dock.form:
        chain.append(chain[-1].nextInFocusChain())
    browse = dock.form.output.findChildren(QToolButton)
    form = dock.form
    wanted = [form.layer_picker.several, form.resolution, form.modality, form.output.lineEdit(), *browse]
    wanted += [form.run_button, form.device_badge]
    assert [chain.index(widget) for widget in wanted] == sorted(chain.index(widget) for widget in wanted)


def test_a_rectangle_is_drawn_by_who_chooses_it_not_by_a_project_that_is_opened(dock, iface):
    dock.setFloating(True)
    dock.show()
    settings.EXTENT_MODE.set("rectangle")
    dock.choices.load_settings()
    assert dock.form.extent_picker.mode.currentData() == "rectangle"
    assert not dock.form.extent_picker.draw.isChecked()
    choose(dock.form.extent_picker.mode, "layer")
    choose(dock.form.extent_picker.mode, "rectangle")
    assert dock.form.extent_picker.draw.isChecked()
    choose(dock.form.extent_picker.mode, "layer")
    assert not dock.form.extent_picker.draw.isChecked()


def test_the_kinds_of_threshold_are_read_whole_in_spanish(iface):
    translator = install_translator("es")
    try:
        form = DockForm(iface.canvas)
    finally:
        QCoreApplication.removeTranslator(translator)
    form.resize(form.minimumSizeHint())
    form.show()
    combo = form.threshold_mode
    assert combo.itemText(1) == "Puntuación desde"
    assert combo.width() >= combo.fontMetrics().horizontalAdvance("Puntuación desde") + 20
