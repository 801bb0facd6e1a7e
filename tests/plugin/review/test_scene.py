"""The scene behind a review: pictures, and why a polygon is an anomaly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from anomaly_lens.plugin.adjust.polygons import Shaping, Stored, rewrite
from anomaly_lens.plugin.review.model import RANK
from anomaly_lens.plugin.review.pixels import Raster
from anomaly_lens.plugin.review.scenes import find_scene
from anomaly_lens.plugin.runs import project_runs
from anomaly_lens.plugin.sources import address
from osgeo import gdal
from qgis.core import QgsProject, QgsRasterLayer
from reviewing import press, rank, shown, statuses


def know_scene(layers, scene_layer, **more):
    """Let the heat map say that it came from the scene."""
    heatmap = gdal.Open(layers.heatmap.source(), gdal.GA_Update)
    source = {"path": scene_layer.source(), "width": 64, "height": 64, **more}
    provenance = {"source": source, "parameters": {"score_threshold": 0.5}}
    heatmap.SetMetadataItem("ANOMALY_LENS_PROVENANCE", json.dumps(provenance))
    heatmap.GetRasterBand(1).SetMetadataItem("SCORE_HISTOGRAM", json.dumps([5000, *[0] * 254, 3]))
    del heatmap


@pytest.fixture
def scene_known(layers, scene_layer):
    """The heat map says that it came from the scene."""
    know_scene(layers, scene_layer)


@pytest.fixture
def scene_and_nodata_known(layers, scene_layer):
    """The heat map says that the bright spot of the scene was left out: it holds 10 in two of the bands."""
    know_scene(layers, scene_layer, bands=[1, 2, 3], also_nodata=10)


def test_thumbnails_show_pixels_of_the_scene(scene_known, panel, wait_until):
    wait_until(lambda: 1 in panel._thumbnails._images)
    picture = panel._thumbnails.picture(1)
    colors = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert len(colors) > 10


def test_the_picture_of_the_chosen_row_has_its_own_colours(scene_known, panel, wait_until):
    wait_until(lambda: 1 in panel._thumbnails._images)
    picture = panel._thumbnails.picture(1)
    index = panel.model.index(0, RANK)
    panel.form.list.setCurrentIndex(index)
    cell = panel.form.list.visualRect(index)
    shown = panel.form.list.viewport().grab(cell).toImage()
    middle = shown.height() // 2
    colors = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    row = [shown.pixelColor(x, middle).name() for x in range(shown.width())]
    # Neither tinted nor scaled.
    assert sum(color in colors for color in row) >= picture.width() - 1


def test_why_compares_the_polygon_with_what_is_around_it(scene_known, panel, wait_until):
    # The bright spot: all of it inside, nothing of it around.
    wait_until(lambda: panel.why._last is not None)
    found = panel.why._last
    assert found.polygon == pytest.approx([255, 10, 10])
    assert all(80 <= value <= 140 for value in [*found.around, *found.scene.mean])
    assert (found.scene.low < found.scene.mean).all()
    assert (found.scene.mean < found.scene.high).all()
    assert panel.why._counts[0] == 5000


def test_why_shows_the_bands_that_the_run_looked_at(layers, scene_layer, scene_file, window, panel, wait_until):
    window._show_run(None)
    know_scene(layers, scene_layer, bands=[1, 3])
    window.open_run()
    why = panel.why
    wait_until(lambda: why._last is not None)
    line = why.values._picture.lines[2]
    assert line.y.tolist() == why._last.polygon[[0, 2]].tolist()
    assert why.values._picture.x_names == ("1", "3")
    # As the engine tells them: of the bands in use.
    why._take_info(str(scene_file), {"wavelengths": [850.0, 450.0], "band_names": ["", ""]})
    line = why.values._picture.lines[2]
    assert (line.x.tolist(), line.y.tolist()) == ([450.0, 850.0], why._last.polygon[[2, 0]].tolist())
    assert why.values._picture.x_title == "Wavelength (nm)"


def test_why_shows_where_the_threshold_has_been_moved_to(scene_known, panel, layers, wait_until):
    def marks():
        return [mark.x for mark in panel.why.scores._picture.marks]

    wait_until(lambda: panel.why._counts is not None)
    (run,) = project_runs(QgsProject.instance())
    own = run.provenance["parameters"]["score_threshold"]
    assert marks()[0] == own
    rewrite(layers.anomalies, [6], [], Stored(Shaping(score=0.25), set()), 6)
    wait_until(lambda: len(shown(panel)) == 5)
    assert marks() == [0.25, 0.9]
    rewrite(layers.anomalies, [5], [], Stored(), 5)
    wait_until(lambda: len(shown(panel)) == 4)
    assert marks()[0] == own


def test_what_the_run_left_out_is_shown_nowhere(scene_and_nodata_known, panel, wait_until):
    wait_until(lambda: panel.why._last is not None)
    found = panel.why._last
    assert all(value != value for value in found.polygon)  # NaN
    assert all(80 <= value <= 140 for value in [*found.around, *found.scene.mean])
    wait_until(lambda: 1 in panel._thumbnails._images)
    for image in (found.picture, panel._thumbnails.picture(1)):
        assert image.pixelColor(image.width() // 2, image.height() // 2).lightness() == 0


def test_a_scene_that_is_a_virtual_raster_without_a_file_is_read(layers, write_scene, tmp_path):
    virtual = gdal.GetDriverByName("VRT").CreateCopy("", gdal.Open(str(write_scene(tmp_path / "a.tif", epsg=None))))
    # Longer than a file's name may be, before its first slash.
    virtual.SetMetadataItem("a", "b" * 300)
    (run,) = project_runs(QgsProject.instance())
    run.provenance["source"] = {"path": virtual.GetMetadata("xml:VRT")[0], "width": 64, "height": 64}
    scene = find_scene(run, QgsProject.instance())
    assert Raster(scene.path).count == 3


def test_a_scene_that_was_opened_with_options_is_read(layers, scene_file):
    layer = QgsRasterLayer(f"{scene_file}|option:NUM_THREADS=1|option:OVERVIEW_LEVEL=NONE", "szene", "gdal")
    (run,) = project_runs(QgsProject.instance())
    run.provenance["source"] = {"path": address(layer), "width": 64, "height": 64}
    for project_layers, bands in (([], ()), ([layer], (1, 2, 3))):
        QgsProject.instance().addMapLayers(project_layers)
        scene = find_scene(run, QgsProject.instance())
        assert (scene.problem, scene.bands) == ("", bands)
        assert Raster(scene.path).count == 3


@pytest.mark.parametrize("options", ["", "|option:NUM_THREADS=1"])
@pytest.mark.parametrize("told", ["", "?sv=1&sig=old"])
def test_a_scene_behind_a_signed_url_is_read_by_the_layer_s_signature(layers, told, options):
    url = "/vsicurl/http://127.0.0.1:9/a.tif"
    layer = QgsRasterLayer(f"{url}?sv=1&sig=new{options}", "szene", "gdal")
    QgsProject.instance().addMapLayer(layer)
    (run,) = project_runs(QgsProject.instance())
    # As the engine writes it now, and as it did.
    run.provenance["source"] = {"path": f"{url}{told}", "width": 64, "height": 64}
    assert find_scene(run, QgsProject.instance()).path == layer.source()


def test_a_scene_that_was_no_file_is_not_to_be_loaded_again(layers, tmp_path):
    tiles = f"type=xyz&url=file://{tmp_path}/%7Bz%7D/%7Bx%7D/%7By%7D.png&password=geheim&zmin=0&zmax=3"
    web = QgsRasterLayer(tiles, "Sentinel <2>", "wms")
    QgsProject.instance().addMapLayer(web)
    (run,) = project_runs(QgsProject.instance())
    run.provenance["source"] = {"path": address(web), "width": 64, "height": 64}
    scene = find_scene(run, QgsProject.instance())
    assert (scene.path, scene.problem) == (
        "",
        "The layer “Sentinel <2>” is no file on disk, so its pixels are not shown.",
    )


def test_a_web_layer_that_is_gone_may_have_an_address_of_any_length(layers):
    (run,) = project_runs(QgsProject.instance())
    address_ = f"type=xyz&url=https://a.example/%7Bx%7D.png?session%3D{300 * 'x'}&zmin=0"
    run.provenance["source"] = {"path": address_, "width": 64, "height": 64}
    assert find_scene(run, QgsProject.instance()).path == address_


def test_a_scene_beside_the_results_is_found_though_its_layer_points_to_where_it_was(layers, write_scene, tmp_path):
    gone = str(tmp_path / "disk that was taken out" / "szene.tif")
    QgsProject.instance().addMapLayer(QgsRasterLayer(gone, "szene", "gdal"))
    (run,) = project_runs(QgsProject.instance())
    run.provenance["source"] = {"path": gone, "width": 64, "height": 64}
    assert find_scene(run, QgsProject.instance()).problem.startswith("The scene szene.tif was not found.")
    beside = write_scene(Path(layers.heatmap.source()).parent / "szene.tif")
    assert find_scene(run, QgsProject.instance()).path == str(beside)


def test_a_scene_that_cannot_be_read_is_told(scene_known, window, panel, scene_file, wait_until):
    window._show_run(None)
    scene_file.write_bytes(b"no raster")
    window.open_run()
    wait_until(lambda: "cannot be read" in panel.form.notice.text())
    press(panel, "n")
    assert rank(panel) == 2


def test_a_scene_that_is_gone_is_told_and_the_review_goes_on(panel, layers):
    assert "which scene" in panel.form.notice.text()
    assert panel.form.notice.isVisible()
    press(panel, "na")
    assert statuses(layers.anomalies)[1] == "accepted"
