"""Layers that are files, and layers that must be exported first."""

from __future__ import annotations

import threading
from array import array

import pytest
from anomaly_lens.engine import paths as engine_paths
from anomaly_lens.plugin import sources
from anomaly_lens.plugin.batch.queue import layer_item
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
        ("/data/scene.zip/y.tif", "/data/scene.zip/y.tif"),
        ("GPKG:/data/a.gpkg:table", "GPKG:/data/a.gpkg:table"),
        ("/vsicurl/http://127.0.0.1:9/y.tif", "/vsicurl/http://127.0.0.1:9/y.tif"),
        ("/vsicurl/http://127.0.0.1:9/y.tif authcfg='abc1234'", None),
        ("/data/a.tif|option:OVERVIEW_LEVEL=1", None),
        ("/vsimem/a.tif", None),
        ('<VRTDataset rasterXSize="4" rasterYSize="4"></VRTDataset>', None),
    ],
)
def test_what_the_engine_can_open(uri, path):
    assert sources.scene_path(QgsRasterLayer(uri, "a", "gdal")) == path


@pytest.mark.parametrize(
    ("secret", "public"),
    [
        ("url=https://a.example/%7Bx%7D.png&username=joe&password=geheim&zmin=0", "username=joe&zmin=0"),
        ("password=geheim&url=https://a.example/%7Bx%7D.png", "type=xyz&url=https://a.example/%7Bx%7D.png"),
        ("url=https://joe:ge@heim@a.example/%7Bx%7D.png", "url=https://a.example/%7Bx%7D.png"),
        ("http-header:Authorization=Bearer geheim&url=https://a.example/%7Bx%7D", "url=https://a.example/%7Bx%7D"),
        # As QGIS writes the addresses of tiles that want a key.
        ("url=https://a.example/%7Bx%7D.png?access_token%3Dgeheim&zmin=0", "url=https://a.example/%7Bx%7D.png?&zmin=0"),
        (
            "url=https://a.example/%7Bx%7D.png?v%3D1%26apiKey%3Dgeheim%26style%3Dday&zmin=0",
            "url=https://a.example/%7Bx%7D.png?v%3D1%26style%3Dday&zmin=0",
        ),
        (
            "url=https%3A%2F%2Fa.example%2F%7Bx%7D%3Fkey%3Dgeheim%26v%3D1",
            "url=https%3A%2F%2Fa.example%2F%7Bx%7D%3Fv%3D1",
        ),
    ],
)
def test_results_name_web_layers_without_their_passwords(secret, public):
    layer = QgsRasterLayer(f"type=xyz&{secret}", "a", "wms")
    origin = sources.snapshot(layer, 1.0, CONTEXT).origin
    assert "geheim" not in origin
    assert "heim@" not in origin
    assert public in origin
    assert layer_item(layer).path == origin


@pytest.mark.parametrize(
    "path",
    [
        "/vsicurl/https://store/a.tif?sv=1&id=7&sig=geheim",
        "https://me:geheim@store/a.tif?token=geheim&size=2",
        "https://store/a.tif?se=2&expires=3",
        "type=xyz&url=https://a.example/%7Bx%7D.png?key=geheim&zmin=0",
        "/data/key=1&token=2/a@b.tif",
        "/vsicurl?header.Authorization=Bearer geheim&max_retry=3&url=https://store/a.tif",
        "/vsicurl?cookie=s%3Dgeheim&url=https%3A%2F%2Fme%3Ageheim%40store%2Fa.tif%3Fsig%3Dgeheim%26v%3D1",
        'NETCDF:"/vsicurl/https://store/a.nc?sig=geheim":t2m',
        "<VRTDataset><A>/vsicurl/https://store/a.tif?v=1&amp;sig=geheim&amp;se=2</A><B>2</B></VRTDataset>",
        '<SRS>LOCAL_CS[&quot;mine&quot;]</SRS><MDI key="A">1</MDI><A>/vsicurl/https://store/a.tif</A>',
    ],
)
def test_layers_are_named_as_the_engine_names_them_in_results(path):
    assert sources.without_secrets(path) == engine_paths.without_secrets(path)
    assert "geheim" not in sources.without_secrets(path)


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

        busy = False

        def request(self, method, params, *_):
            asked.append((method, params))
            raise PluginError("cancelled", "enough")

    with pytest.raises(PluginError, match="enough"):
        search(Asked(), Job(source, {"out": "results"}), lambda *_: None, lambda: False)
    assert asked[0][1]["nodata"] == -9999


def scaled(path, scales, kind=gdal.GDT_Int16):
    """A file with a band for each scale and offset that holds 100 everywhere but -9999 in its first pixel."""
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), 4, 4, len(scales), kind)
    dataset.SetGeoTransform((400000.0, 2.0, 0.0, 5800000.0, 0.0, -2.0))
    for number, (scale, offset) in enumerate(scales, start=1):
        band = dataset.GetRasterBand(number)
        band.Fill(100)
        band.WriteRaster(0, 0, 1, 1, array("f", [-9999]).tobytes(), buf_type=gdal.GDT_Float32)
        if (scale, offset) != (1, 0):
            band.SetScale(scale)
            band.SetOffset(offset)
    del dataset
    return path


@pytest.mark.parametrize("kind", [gdal.GDT_Int16, gdal.GDT_Int32, gdal.GDT_Float32])
@pytest.mark.parametrize("scale", [(1, 0), (0.0001, 0), (0.0001, -0.1), (0.00341802, 149.0), (-0.01, 273.15)])
def test_the_engine_is_told_the_raw_number_of_what_qgis_scales(tmp_path, kind, scale):
    layer = QgsRasterLayer(str(scaled(tmp_path / "a.tif", [scale, scale], kind)), "a")
    provider = layer.dataProvider()
    shown = provider.block(1, layer.extent(), 4, 4).value(0, 0)
    for value in (shown, -9999 * scale[0] + scale[1]):
        provider.setUserNoDataValue(1, [QgsRasterRange(value, value)])
        assert sources.snapshot(layer, 1.0, CONTEXT).nodata == -9999


@pytest.mark.parametrize(
    ("scales", "value", "raw"),
    [
        # Half of a step, which no pixel holds, must not become one that is held.
        ([(0.1, 0)], 0.05, 0.5),
        ([(0.1, 0), (0.2, 0)], -9999, None),
        ([(0.1, 0), (0.1, 5)], 0, None),
        ([(0.1, 0), (1, 0)], 0, 0),
        ([(0, 5)], 5, 5),
        ([(float("nan"), 0)], 5, None),
    ],
)
def test_a_raw_number_is_only_told_where_there_is_one(tmp_path, scales, value, raw):
    layer = QgsRasterLayer(str(scaled(tmp_path / "a.tif", scales)), "a")
    layer.dataProvider().setUserNoDataValue(1, [QgsRasterRange(value, value)])
    found = sources.additional_nodata(layer)
    assert found is None if raw is None else found == pytest.approx(raw)


def test_an_export_is_scaled_and_so_is_its_no_data_value(tmp_path):
    path = scaled(tmp_path / "a.tif", [(0.0001, 0)])
    layer = QgsRasterLayer(f"{path}|option:NUM_THREADS=1", "a", "gdal")
    layer.dataProvider().setUserNoDataValue(1, [QgsRasterRange(-0.5, -0.5)])
    source = sources.snapshot(layer, 2.0, CONTEXT)
    source.export.write(tmp_path / "out.tif", None, lambda _fraction: None)
    assert source.nodata == -0.5
    assert gdal.Open(str(tmp_path / "out.tif")).ReadAsArray()[2, 2] == pytest.approx(0.01)


def test_a_file_with_open_options_is_exported_at_its_own_resolution(scene_file, tmp_path):
    layer = QgsRasterLayer(f"{scene_file}|option:NUM_THREADS=1", "szene", "gdal")
    resolution = sources.export_resolution(layer, 99.0)
    assert resolution == 2.0
    source = sources.snapshot(layer, resolution, CONTEXT)
    source.export.write(tmp_path / "out.tif", None, lambda _fraction: None)
    before, after = gdal.Open(str(scene_file)), gdal.Open(str(tmp_path / "out.tif"))
    assert after.GetGeoTransform() == pytest.approx(before.GetGeoTransform())
    assert after.ReadRaster() == before.ReadRaster()


# Of its own pixels, so many are a hair more than that number; of others, the last one may lie half on the layer.
@pytest.mark.parametrize(("resolution", "size"), [(0.3, 44), (0.302, 44), (0.305, 43), (20.0, 1)])
def test_an_export_has_no_pixels_beside_its_layer(tmp_path, resolution, size):
    scene = gdal.GetDriverByName("GTiff").Create(str(tmp_path / "a.tif"), 44, 44, 1, gdal.GDT_Float32)
    scene.SetGeoTransform((400000.0, 0.3, 0.0, 5800000.0, 0.0, -0.3))
    scene.GetRasterBand(1).Fill(90)
    scene = None
    layer = QgsRasterLayer(f"{tmp_path / 'a.tif'}|option:NUM_THREADS=1", "a", "gdal")
    own = sources.export_resolution(layer, 99.0)
    source = sources.snapshot(layer, own if resolution == 0.3 else resolution, CONTEXT)
    source.export.write(tmp_path / "out.tif", None, lambda _fraction: None)
    after = gdal.Open(str(tmp_path / "out.tif"))
    assert (after.RasterXSize, after.RasterYSize) == (size, size)
    assert after.GetGeoTransform() == pytest.approx((400000.0, resolution, 0.0, 5800000.0, 0.0, -resolution))
    assert after.GetRasterBand(1).ComputeRasterMinMax() == (90, 90)
    assert after.GetRasterBand(1).GetNoDataValue() is None


def test_a_virtual_raster_without_a_file_is_exported(scene_file, tmp_path):
    virtual = gdal.GetDriverByName("VRT").CreateCopy("", gdal.Open(str(scene_file)))
    layer = QgsRasterLayer(f"\n{virtual.GetMetadata('xml:VRT')[0]}", "virtual", "gdal")
    assert layer.isValid()
    source = sources.snapshot(layer, sources.export_resolution(layer, 99.0), CONTEXT)
    assert source.path is None
    source.export.write(tmp_path / "out.tif", None, lambda _fraction: None)
    before, after = gdal.Open(str(scene_file)), gdal.Open(str(tmp_path / "out.tif"))
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


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a/b: c?", "a_b_c"),
        ("Größe 1", "Größe_1"),
        ("///", "layer"),
        ("船" * 100, "船" * 40),
        ("x" * 119 + "ß", "x" * 119),
        ("Aux", "_Aux"),  # devices of Windows
        ("com1.2024", "_com1.2024"),
        ("auxiliary", "auxiliary"),
    ],
)
def test_names_become_file_names(name, stem):
    assert sources.file_stem(name) == stem
