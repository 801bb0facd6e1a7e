"""Layers that are files, and layers that must be exported first."""

from __future__ import annotations

import threading

import pytest
from anomaly_lens.plugin import sources
from anomaly_lens.plugin.errors import PluginError
from anomaly_lens.plugin.task import Job, search
from osgeo import gdal
from qgis.core import QgsCoordinateTransformContext, QgsRasterLayer, QgsRasterRange, QgsRectangle
from qgis.PyQt.QtGui import QColor, QImage

CONTEXT = QgsCoordinateTransformContext()
WORLD = 20037508.342789244


@pytest.fixture
def xyz_layer(tmp_path):
    """A web layer whose tiles lie on disk: one grey world tile with a red quarter."""
    image = QImage(256, 256, QImage.Format.Format_ARGB32)
    image.fill(QColor(90, 90, 90))
    for x in range(128):
        for y in range(128):
            image.setPixelColor(x, y, QColor(250, 20, 30))
    folder = tmp_path / "tiles" / "0" / "0"
    folder.mkdir(parents=True)
    image.save(str(folder / "0.png"))
    url = f"{(tmp_path / 'tiles').as_uri()}/%7Bz%7D/%7Bx%7D/%7By%7D.png"
    layer = QgsRasterLayer(f"type=xyz&url={url}&zmin=0&zmax=0", "web", "wms")
    assert layer.isValid()
    return layer


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("/data/a b.tif", "/data/a b.tif"),
        ("/vsizip//data/x.zip/y.tif", "/vsizip//data/x.zip/y.tif"),
        ("GPKG:/data/a.gpkg:table", "GPKG:/data/a.gpkg:table"),
        ("/data/a.tif|option:OVERVIEW_LEVEL=1", None),
        ("/vsimem/a.tif", None),
    ],
)
def test_what_the_engine_can_open(uri, path):
    assert sources.scene_path(QgsRasterLayer(uri, "a", "gdal")) == path


def test_a_file_is_not_exported(scene_layer, scene_file):
    source = sources.snapshot(scene_layer, 1.0, CONTEXT)
    assert (source.path, source.export) == (str(scene_file), None)
    assert source.name == "szene"


def test_the_additional_no_data_value_of_a_layer_goes_to_the_engine(scene_layer):
    assert sources.snapshot(scene_layer, 1.0, CONTEXT).nodata is None
    provider = scene_layer.dataProvider()
    provider.setUserNoDataValue(1, [QgsRasterRange(7, 9)])
    assert sources.snapshot(scene_layer, 1.0, CONTEXT).nodata is None  # QGIS's dialogs make no such range
    provider.setUserNoDataValue(1, [QgsRasterRange(-9999, -9999)])
    source = sources.snapshot(scene_layer, 1.0, CONTEXT)
    assert source.nodata == -9999
    asked = []

    class Asked:
        """Takes the first request."""

        def request(self, method, params, *_):
            asked.append((method, params))
            raise PluginError("cancelled", "enough")

    with pytest.raises(PluginError, match="enough"):
        search(Asked(), Job(source, {"out": "results"}), lambda *_: None, lambda: False)
    assert asked[0][1]["nodata"] == -9999


def test_a_file_with_open_options_is_exported_at_its_own_resolution(scene_file, tmp_path):
    layer = QgsRasterLayer(f"{scene_file}|option:NUM_THREADS=1", "szene", "gdal")
    resolution = sources.export_resolution(layer, 99.0)
    assert resolution == 2.0
    source = sources.snapshot(layer, resolution, CONTEXT)
    source.export.write(tmp_path / "out.tif", None, lambda _fraction: None)
    before, after = gdal.Open(str(scene_file)), gdal.Open(str(tmp_path / "out.tif"))
    assert after.GetGeoTransform() == pytest.approx(before.GetGeoTransform())
    assert after.ReadRaster() == before.ReadRaster()


def test_a_web_layer_is_exported_in_another_thread(xyz_layer, tmp_path):
    assert sources.scene_path(xyz_layer) is None
    assert sources.is_web_layer(xyz_layer)
    assert sources.is_picture(xyz_layer)
    assert sources.export_resolution(xyz_layer, 1234.0) == 1234.0
    source = sources.snapshot(xyz_layer, 2 * WORLD / 256, CONTEXT)
    assert "xyz" in source.origin
    del xyz_layer
    fractions, errors = [], []

    def work():
        try:
            source.export.write(tmp_path / "out.tif", QgsRectangle(-WORLD, 0, 0, WORLD), fractions.append)
        except PluginError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert errors == []
    dataset = gdal.Open(str(tmp_path / "out.tif"))
    assert (dataset.RasterXSize, dataset.RasterYSize, dataset.RasterCount) == (128, 128, 4)
    assert dataset.GetGeoTransform() == pytest.approx((-WORLD, WORLD / 128, 0, WORLD, 0, -WORLD / 128))
    assert dataset.GetRasterBand(1).Checksum() != dataset.GetRasterBand(2).Checksum()
    assert max(dataset.GetRasterBand(1).ReadRaster(10, 10, 20, 20)) == 250


def test_a_huge_export_is_refused_with_its_size(xyz_layer):
    export = sources.snapshot(xyz_layer, 100.0, CONTEXT).export
    with pytest.raises(PluginError) as caught:
        export.size(None)
    assert caught.value.code == "layer_not_exported"
    assert "160,601 megapixels" in caught.value.message
    assert "100" in caught.value.message


def test_an_extent_beside_the_layer_is_refused(xyz_layer):
    export = sources.snapshot(xyz_layer, 1000.0, CONTEXT).export
    with pytest.raises(PluginError) as caught:
        export.size(QgsRectangle(3 * WORLD, 0, 4 * WORLD, 1))
    assert caught.value.code == "layer_not_exported"
    assert "web" in caught.value.message


def test_a_cancelled_export_ends_as_cancelled(xyz_layer, tmp_path):
    export = sources.snapshot(xyz_layer, 2 * WORLD / 256, CONTEXT).export
    export.feedback.cancel()
    with pytest.raises(PluginError) as caught:
        export.write(tmp_path / "out.tif", None, lambda _fraction: None)
    assert caught.value.code == "cancelled"


@pytest.mark.parametrize(("name", "stem"), [("a/b: c?", "a_b_c"), ("Größe 1", "Größe_1"), ("///", "layer")])
def test_names_become_file_names(name, stem):
    assert sources.file_stem(name) == stem
