"""The plugin with the engine itself: what is found lies where it is."""

from __future__ import annotations

import numpy as np
import pytest
from anomaly_lens.plugin.dock import AnomalyLensDock
from anomaly_lens.plugin.export import ALL, prepare_export
from anomaly_lens.plugin.messages import Messages
from anomaly_lens.plugin.results import is_anomalies
from anomaly_lens.plugin.storage import TemporaryResults
from osgeo import gdal, osr
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsProject,
    QgsRasterLayer,
    QgsRasterRange,
    QgsRectangle,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest

# The spot of the scene: columns 20 to 24, rows 30 to 34 at 2 m from 400000, 5800000.
SPOT = QgsRectangle(400040, 5799932, 400048, 5799940)
STARTS_WITHIN_S = 90


@pytest.fixture
def dock(iface, real_engine, wait_until):
    temporary = TemporaryResults()
    dock = AnomalyLensDock(iface, real_engine, Messages(iface.bar, iface.window), temporary)
    dock.ask_engine()
    wait_until(lambda: dock.form.detector.count(), STARTS_WITHIN_S)
    # The one whose scores can be foretold.
    dock.choices._chosen_detector = "rx"
    yield dock
    dock.release(2.0)
    temporary.remove()


def run(dock, wait_until):
    ends = []
    dock.runner.ended.connect(ends.append)
    QTest.mouseClick(dock.form.run_button, Qt.MouseButton.LeftButton)
    wait_until(lambda: ends, STARTS_WITHIN_S)
    (outcome,) = ends[0]
    return outcome


def anomalies():
    (layer,) = (layer for layer in QgsProject.instance().mapLayers().values() if is_anomalies(layer))
    return layer


def first_box():
    feature = min(anomalies().getFeatures(), key=lambda f: f["rank"])
    return feature.geometry().boundingBox()


@pytest.mark.parametrize("mode", ["layer", "rectangle"])
def test_the_spot_is_found_where_it_is(dock, iface, scene_layer, wait_until, mode):
    wait_until(lambda: dock.form.modality.currentData() == "visible")
    iface.canvas.setDestinationCrs(scene_layer.crs())
    dock.form.extent_picker.set_mode(mode)
    if mode == "rectangle":
        dock.form.extent_picker.set_rectangle(QgsRectangle(400020, 5799900, 400080, 5799960))
    outcome = run(dock, wait_until)
    assert outcome.error is None
    assert first_box() == SPOT
    assert anomalies().crs().authid() == "EPSG:32633"
    assert outcome.result["area_unit"] == "m2"


def test_a_scene_without_georeference_is_searched_in_the_frame_that_qgis_shows(dock, tmp_path, write_scene, wait_until):
    layer = QgsRasterLayer(str(write_scene(tmp_path / "plain.tif", epsg=None)), "plain")
    QgsProject.instance().addMapLayer(layer)
    wait_until(lambda: dock.form.modality.currentData() == "visible")
    assert dock.form.min_area.suffix() == " px"
    assert layer.extent() == QgsRectangle(0, -64, 64, 0)
    dock.form.extent_picker.set_mode("rectangle")
    dock.form.extent_picker.set_rectangle(QgsRectangle(5, -55, 60, -5))
    outcome = run(dock, wait_until)
    assert outcome.error is None
    assert first_box() == QgsRectangle(20, -34, 24, -30)
    # QGIS's GDAL is older than the engine's, which has a name for no CRS.
    assert not anomalies().crs().isValid()
    kml = prepare_export(anomalies(), tmp_path / "found.kml", "KML", QgsCoordinateReferenceSystem(), ALL)
    assert kml.write(lambda _fraction: True) == anomalies().featureCount()


@pytest.mark.parametrize("own", [None, 4326], ids=["the file says nothing", "the file says another"])
def test_results_lie_where_the_layer_s_crs_puts_them(dock, iface, tmp_path, write_scene, wait_until, own):
    path = write_scene(tmp_path / "named.tif")
    file, reference = gdal.Open(str(path), gdal.GA_Update), osr.SpatialReference()
    if own is not None:
        reference.ImportFromEPSG(own)
    file.SetProjection(reference.ExportToWkt())
    file = None
    layer = QgsRasterLayer(str(path), "named")
    QgsProject.instance().addMapLayer(layer)
    wait_until(lambda: dock.form.modality.currentData() == "visible")
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:32633"))
    wait_until(lambda: dock.form.min_area.clearValue() == 24.0)
    assert dock.form.min_area.suffix() == " m²"
    # 16 pixels of 4 m².
    dock.form.min_area.setValue(40.0)
    iface.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    dock.form.extent_picker.set_mode("rectangle")
    to_map = QgsCoordinateTransform(layer.crs(), iface.canvas.mapSettings().destinationCrs(), QgsProject.instance())
    dock.form.extent_picker.set_rectangle(to_map.transformBoundingBox(QgsRectangle(400020, 5799900, 400080, 5799960)))
    outcome = run(dock, wait_until)
    assert outcome.error is None
    assert first_box() == SPOT
    assert outcome.result["area_unit"] == "m2"
    assert {layer.crs().authid() for layer in QgsProject.instance().mapLayers().values()} == {"EPSG:32633"}


def test_what_the_layer_calls_no_data_besides_is_not_scored(dock, scene_layer, scene_file, wait_until):
    wait_until(lambda: dock.form.modality.currentData() == "visible")
    bands = gdal.Open(str(scene_file)).ReadAsArray()
    value = float(np.median(bands))
    scene_layer.dataProvider().setUserNoDataValue(1, [QgsRasterRange(value, value)])
    outcome = run(dock, wait_until)
    assert outcome.error is None
    scores = gdal.Open(outcome.result["heatmap"]).ReadAsArray()
    none = (bands == value).any(0)
    assert 0 < none.sum() < none.size / 2
    np.testing.assert_array_equal(np.isnan(scores), none)


def test_a_layer_that_is_no_file_is_exported_and_keeps_its_name(dock, scene_file, wait_until):
    layer = QgsRasterLayer(f"{scene_file}|option:NUM_THREADS=1", "with options")
    QgsProject.instance().addMapLayer(layer)
    wait_until(lambda: dock.form.run_button.isEnabled())
    assert dock.form.resolution.value() == 2.0
    outcome = run(dock, wait_until)
    assert outcome.error is None
    assert first_box() == SPOT
    assert "with_options" in outcome.result["instances"]
    history = "\n".join(anomalies().metadata().history())
    assert str(scene_file) in history


def test_a_folder_that_cannot_be_made_is_named(dock, iface, scene_layer, tmp_path, wait_until):
    wait_until(lambda: dock.form.modality.currentData() == "visible")
    (tmp_path / "file").touch()
    dock.form.output.setFilePath(str(tmp_path / "file" / "sub"))
    outcome = run(dock, wait_until)
    assert outcome.error.code == "not_writable"
    assert str(tmp_path / "file" / "sub") in outcome.error.message


def test_an_extent_beside_the_scene_is_told(dock, iface, scene_layer, wait_until):
    wait_until(lambda: dock.form.modality.currentData() == "visible")
    iface.canvas.setDestinationCrs(scene_layer.crs())
    dock.form.extent_picker.set_mode("rectangle")
    dock.form.extent_picker.set_rectangle(QgsRectangle(0, 0, 10, 10))
    outcome = run(dock, wait_until)
    assert outcome.error.code == "area_outside"
    wait_until(iface.messages)
    assert iface.messages() == [str(outcome.error)]
    assert not any(is_anomalies(layer) for layer in QgsProject.instance().mapLayers().values())
