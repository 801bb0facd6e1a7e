"""Opening rasters of all kinds."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import rasterio.crs
import rasterio.shutil
import rasterio.vrt
from affine import Affine
from anomaly_lens.engine import detect, open_scene
from anomaly_lens.engine.errors import EngineError
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp
from rasterio.rpc import RPC
from rasterio.windows import Window
from scipy.io import netcdf_file


def read_all(path, bands=None):
    with open_scene(path, bands) as scene:
        return scene.read(Window(0, 0, scene.width, scene.height))


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"])
def test_every_type_is_read_without_loss(make_raster, dtype):
    values = np.random.default_rng(0).integers(0, 120, (2, 20, 30)).astype(dtype)
    if dtype == "float64":
        values += 1e9 + 1e-4
    pixels, valid = read_all(make_raster(values))
    assert valid.all()
    np.testing.assert_array_equal(pixels.astype(dtype), values)


def test_complex_values_become_magnitudes(make_raster):
    values = np.array([[3 + 4j, 0 + 2j]], dtype=np.complex64)
    path = make_raster(values)
    pixels, _ = read_all(path)
    np.testing.assert_allclose(pixels[0], [[5, 2]])
    with open_scene(path) as scene:
        assert scene.is_complex
        assert scene.info()["suggestion"]["modality"] == "sar"


@pytest.mark.parametrize(
    ("driver", "name"),
    [("PNG", "a.png"), ("JP2OpenJPEG", "a.jp2"), ("ENVI", "a.img"), ("GTiff", "a.tif"), ("JPEG", "a.jpg")],
)
def test_formats(make_raster, driver, name):
    values = np.tile(np.arange(0, 240, 2, dtype=np.uint8), (3, 64, 1))
    if driver in {"PNG", "JPEG"}:
        path = make_raster(values, name, driver=driver, georeference=False)
    else:
        path = make_raster(
            values, name, driver=driver, **({"REVERSIBLE": "YES", "QUALITY": "100"} if "JP2" in driver else {})
        )
    pixels, valid = read_all(path)
    assert valid.all()
    np.testing.assert_allclose(pixels, values, atol=6 if driver == "JPEG" else 0)


def test_virtual_rasters_are_read(make_raster, tmp_path, noise):
    values = noise()
    source = make_raster(values)
    vrt = tmp_path / "scene.vrt"
    with rasterio.open(source) as opened, rasterio.vrt.WarpedVRT(opened) as warped:
        rasterio.shutil.copy(warped, vrt, driver="VRT")
    pixels, _ = read_all(str(vrt))
    np.testing.assert_allclose(pixels, values, rtol=1e-6)


def test_a_virtual_raster_whose_source_is_gone_names_it(make_raster, tmp_path, noise):
    source, vrt = Path(make_raster(noise())), tmp_path / "mosaic.vrt"
    rasterio.shutil.copy(source, vrt, driver="VRT")
    source.unlink()
    with open_scene(vrt) as scene, pytest.raises(EngineError, match=re.escape(f"{source}, which it is made of")):
        scene.read(Window(0, 0, 2, 2))


def test_a_folder_that_holds_a_raster_is_read(make_raster, tmp_path, noise):
    values = noise(1)
    store = tmp_path / "scene.zarr"
    rasterio.shutil.copy(make_raster(values), store, driver="Zarr")
    assert not (store / ".zarray").exists()  # of a group, the array is a folder in it
    pixels, _ = read_all(store)
    np.testing.assert_allclose(pixels, values, rtol=1e-6)


@pytest.mark.parametrize(("version", "at_once"), [("3.6.2", "None"), ("3.6.4", "YES"), ("3.10.3", "YES")])
def test_bare_numbers_are_read_at_once_where_gdal_does_so_rightly(version, at_once):
    code = (
        f"import os, rasterio; rasterio.__gdal_version__ = {version!r}; import anomaly_lens.engine.scene; "
        "print(os.environ.get('GDAL_ONE_BIG_READ'))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "GDAL_ONE_BIG_READ"}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == at_once


@pytest.mark.parametrize("marks", ["1, 1, 0, 1", "1.0, 1.0, 0.0, 1.0", "1.000000, 1.000000, 0.000000, 1.000000"])
def test_envi_cubes_tell_wavelengths_and_bad_bands(tmp_path, noise, marks):
    values = noise(bands=4, rows=5, columns=6)
    (tmp_path / "cube.img").write_bytes(values.tobytes())
    (tmp_path / "cube.hdr").write_text(
        "ENVI\nsamples = 6\nlines = 5\nbands = 4\nheader offset = 0\nfile type = ENVI Standard\ndata type = 4\n"
        "interleave = bsq\nbyte order = 0\nwavelength units = Micrometers\n"
        f"wavelength = {{0.4, 0.5, 0.6, 0.7}}\nbbl = {{{marks}}}\n"
    )
    (tmp_path / "all.img").write_bytes(values.tobytes())
    (tmp_path / "all.hdr").write_text((tmp_path / "cube.hdr").read_text().replace(marks, "0, 0, 0, 0"))
    with open_scene(tmp_path / "cube.img") as scene:
        assert scene.bands == [1, 2, 4]
        np.testing.assert_allclose(scene.wavelengths, [400, 500, 700])
        assert scene.warnings == ["1 bands that cube marks as bad were left out."]
    with open_scene(tmp_path / "all.img") as scene:  # who marks all of them means something else
        assert (scene.bands, scene.warnings) == ([1, 2, 3, 4], [])


@pytest.mark.parametrize("interleave", ["bsq", "bil", "bip"])
def test_envi_cubes_of_any_interleave_are_read(make_raster, noise, interleave):
    values = noise(rows=5, columns=6)
    path = make_raster(values, "cube.img", driver="ENVI", interleave=interleave)
    with open_scene(path) as scene:
        pixels, valid = scene.read(Window(1, 2, 4, 3))
    assert valid.all()
    np.testing.assert_array_equal(pixels, values[:, 2:, 1:5])


def test_what_is_named_nodata_later_counts_from_then_on(make_raster, noise):
    values = noise(2, 4, 4)
    values[:, 1, 2] = 0
    with open_scene(make_raster(values)) as scene:
        assert scene.read(Window(0, 0, 4, 4))[1].all()
        assert not scene.declares_nodata
        scene.also_nodata = 0
        assert scene.declares_nodata
        assert np.argwhere(~scene.read(Window(0, 0, 4, 4))[1]).tolist() == [[1, 2]]


def test_wavelengths_from_band_tags_and_names(make_raster, noise):
    tagged = make_raster(
        noise(2, 4, 4),
        "t.tif",
        band_tags={b: {"wavelength": str(400 + b), "wavelength_units": "Nanometers"} for b in (1, 2)},
    )
    named = make_raster(noise(2, 4, 4), "n.tif", descriptions=["Red (0.66 µm)", "B2 482nm"])
    partly = make_raster(noise(2, 4, 4), "p.tif", descriptions=["B2 482nm", "alpha"])
    commas = make_raster(noise(3, 4, 4), "c.tif", descriptions=["450,5 nm", "1,120.25 nm", "2,205 µm"])
    for path, expected in (
        (tagged, [401, 402]),
        (named, [660, 482]),
        (partly, None),
        (commas, [450.5, 1120.25, 2205]),
    ):
        with open_scene(path) as scene:
            assert scene.wavelengths == expected


def test_names_of_bands_that_are_not_in_utf_8_keep_nobody_from_reading_it(make_raster, noise):
    path = Path(make_raster(noise(2), "scene.bin", driver="ENVI"))
    header = path.with_suffix(".hdr")
    header.write_bytes(
        header.read_bytes().partition(b"band names")[0] + "band names = {grün, 0.6 µm}\n".encode("latin-1")
    )
    with open_scene(path) as scene:
        assert scene.band_names == ["Band 1", "Band 2"]
        assert scene.wavelengths is None


def test_a_crs_whose_name_is_not_in_utf_8_is_told(make_raster, noise):
    wkt = (
        'PROJCS["Gau?-Kr?ger",GEOGCS["x",DATUM["x",SPHEROID["x",6377397,299]],PRIMEM["Greenwich",0],'
        'UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["central_meridian",12],'
        'PARAMETER["scale_factor",1],UNIT["metre",1]]'
    )
    path = Path(make_raster(noise(2), crs=wkt))
    path.write_bytes(path.read_bytes().replace(b"Gau?-Kr?ger", "Gauß-Krüger".encode("latin-1")))
    with pytest.raises(EngineError, match="name of its CRS") as caught:
        open_scene(path)
    assert caught.value.code == "scene_unreadable"
    assert caught.value.hint


def test_a_band_that_is_called_paletted_and_has_no_colour_table_holds_values(make_raster):
    path = make_raster(np.arange(12, dtype=np.uint8).reshape(1, 3, 4))
    Path(f"{path}.aux.xml").write_text(
        '<PAMDataset><PAMRasterBand band="1"><ColorInterp>Palette</ColorInterp></PAMRasterBand></PAMDataset>'
    )
    with open_scene(path) as scene:
        assert scene.colour_table() is None
        assert scene.warnings == []


def test_a_colour_table_is_told(make_raster, tmp_path):
    path = make_raster(np.random.default_rng(0).integers(0, 9, (1, 60, 80), dtype=np.uint8))
    with rasterio.open(path, "r+") as dataset:
        dataset.write_colormap(1, {number: (9 * number, 200 - number, 90) for number in range(256)})
    result = detect(path, tmp_path / "out", detector="rx")
    (told,) = result.warnings
    assert told.startswith("scene holds numbers of a colour table, not colours")


@pytest.mark.parametrize(
    ("unit", "told", "expected"),
    [
        ("Angstroms", (4500, 5500), [450, 550]),
        ("Unknown", (8.5, 12.0), [8500, 12000]),
        ("GHz", (5.4, 9.6), None),  # radar
        ("Wavenumber", (1100, 900), None),
        ("Index", (1, 2), None),
        ("Nanometers", ("450,5", "1,050"), [450.5, 1050]),
        ("Nanometers", ("nan", 550), None),
        ("Nanometers", ("inf", 5500), None),
    ],
)
def test_wavelengths_in_other_units_are_not_taken_for_nanometres(make_raster, noise, unit, told, expected):
    band_tags = {b: {"wavelength": str(value), "wavelength_units": unit} for b, value in enumerate(told, 1)}
    with open_scene(make_raster(noise(2, 4, 4), band_tags=band_tags, nodata=np.inf)) as scene:
        assert scene.wavelengths == expected
        info = scene.info()
    assert info["suggestion"]["modality"] == ("infrared" if unit == "Unknown" else "visible")
    json.dumps(info, allow_nan=False)


@pytest.mark.parametrize("own", [None, "EPSG:4326"])
def test_who_opens_a_file_may_know_its_crs_better(make_raster, noise, tmp_path, own):
    path = make_raster(noise(1, 8, 8), crs=own)
    wkt = rasterio.crs.CRS.from_epsg(32633).to_wkt()
    for named in ("EPSG:32633", wkt):
        with open_scene(path, crs=named) as scene, scene.reopen() as again:
            assert scene.crs.to_epsg() == again.crs.to_epsg() == 32633
            assert scene.info()["pixel_area_m2"] == pytest.approx(100, rel=1e-2)
    result = detect(path, tmp_path / "out", crs=wkt)
    assert result.area_unit == "m2"
    with rasterio.open(result.heatmap) as heatmap:
        assert heatmap.crs.to_epsg() == 32633
    assert pyogrio.read_info(result.instances)["crs"] == "EPSG:32633"


def test_a_crs_places_nothing_where_the_file_does_not_say_where_it_lies(make_raster, noise):
    with open_scene(make_raster(noise(1, 8, 8), georeference=False), crs="EPSG:32633") as scene:
        assert scene.crs is None


def test_what_is_no_crs_is_told(make_raster, noise):
    with pytest.raises(EngineError, match="“UTM” is not a CRS") as error:
        open_scene(make_raster(noise(1, 8, 8)), crs="UTM")
    assert error.value.code == "bad_parameter"


def test_nodata_nan_and_infinity_are_not_valid(make_raster):
    values = np.ones((2, 3, 4), dtype=np.float32)
    values[0, 0, 0] = -9999
    values[1, 0, 1] = np.nan
    values[1, 2, 3] = np.inf
    pixels, valid = read_all(make_raster(values, nodata=-9999))
    assert np.argwhere(~valid).tolist() == [[0, 0], [0, 1], [2, 3]]
    assert (pixels[:, ~valid] == 0).all()


def strange(make_raster, dtype, value):
    """A scene that does not declare a value that two of its pixels hold in one band."""
    values = np.ones((2, 3, 4), dtype=dtype)
    values[0, 0, 0] = values[1, 2, 3] = value
    return make_raster(values)


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("float32", -3.4028235e38),
        ("float32", 9.96921e36),
        ("float32", -2e38),
        ("float64", -1.7976931348623157e308),
        ("complex64", 2e38j),
    ],
)
def test_values_too_large_to_be_measured_are_not_valid_and_told_once(make_raster, dtype, value):
    with open_scene(strange(make_raster, dtype, value)) as scene:
        with scene.reopen() as again:
            again.read(Window(0, 0, 4, 3))
        assert len(scene.warnings) == 1  # what another thread's handle finds, this one tells
        pixels, valid = scene.read(Window(0, 0, 4, 3))
        assert np.argwhere(~valid).tolist() == [[0, 0], [2, 3]]
        assert (pixels[:, ~valid] == 0).all()
        (warning,) = scene.warnings
    assert "scene holds values beyond" in warning


@pytest.mark.parametrize(("dtype", "value"), [("float32", -1e30), ("float64", 1e35), ("int32", -(2**31))])
def test_large_values_are_kept(make_raster, dtype, value):
    with open_scene(strange(make_raster, dtype, value)) as scene:
        pixels, valid = scene.read(Window(0, 0, 4, 3))
        assert valid.all()
        assert pixels[0, 0, 0] == np.array(value, dtype)
        assert not scene.warnings


def test_nodata_that_is_declared_or_masked_is_not_warned_of(make_raster):
    lowest = float(np.finfo(np.float32).min)
    values = np.ones((2, 3, 4), dtype=np.float32)
    values[:, 0] = lowest
    values[0, 1, 1], values[1, 2, 2] = np.nan, np.inf
    declared = make_raster(values, "declared.tif", nodata=lowest)
    masked = make_raster(values, "masked.tif", mask=values[0] != lowest)
    for path in (declared, masked):
        with open_scene(path) as scene:
            _, valid = scene.read(Window(0, 0, 4, 3))
            assert np.argwhere(~valid[1:]).tolist() == [[0, 1], [1, 2]]
            assert not valid[0].any()
            assert not scene.warnings


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_the_largest_value_of_wide_integers_can_be_nodata(make_raster, tmp_path, dtype):
    values = np.ones((2, 3, 4), dtype=dtype)
    values[:, 0, 0] = largest = np.iinfo(dtype).max  # as a float, it is beyond the type
    values[0, 2, 3] = largest
    path = make_raster(values)
    bands = "".join(
        f'<VRTRasterBand dataType="{dtype.title().replace("i", "I")}" band="{band}">'
        f"<NoDataValue>{largest}</NoDataValue><SimpleSource><SourceFilename>{path}</SourceFilename><SourceBand>{band}</SourceBand></SimpleSource>"
        "</VRTRasterBand>"
        for band in (1, 2)
    )
    declared = tmp_path / "declared.vrt"
    declared.write_text(f'<VRTDataset rasterXSize="4" rasterYSize="3">{bands}</VRTDataset>')
    with open_scene(declared) as scene:
        assert scene.declares_nodata
        _, valid = scene.read(Window(0, 0, 4, 3))
    assert np.argwhere(~valid).tolist() == [[0, 0]]


def test_zero_as_nodata_counts_only_where_every_band_is_zero(make_raster):
    values = np.full((3, 2, 2), 7, dtype=np.uint8)
    values[0, 0, 0] = 0  # a colour without red
    values[:, 1, 1] = 0
    for kind in (np.uint8, np.float32):
        _, valid = read_all(make_raster(values.astype(kind), nodata=0))
        assert valid.tolist() == [[True, True], [True, False]]


def test_bands_of_different_types_are_read_as_one_scene(make_raster, tmp_path):
    counts = np.arange(1, 13, dtype=np.uint8).reshape(1, 3, 4)
    heights = np.linspace(-4, 900, 12, dtype=np.float32).reshape(1, 3, 4)
    heights[0, 0] = (np.nan, 3.4e38, 255, 0)
    parts = [("Byte", make_raster(counts, "counts.tif")), ("Float32", make_raster(heights, "heights.tif"))]
    bands = "".join(
        f'<VRTRasterBand dataType="{kind}" band="{n}"><SimpleSource><SourceFilename>{path}</SourceFilename>'
        "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
        for n, (kind, path) in enumerate(parts, 1)
    )
    for order in ([1, 2], [2, 1]):
        path = tmp_path / "stack.vrt"
        path.write_text(f'<VRTDataset rasterXSize="4" rasterYSize="3">{bands}</VRTDataset>')
        pixels, valid = read_all(path, order)
        assert valid.tolist() == [[False, False, True, True], [True] * 4, [True] * 4]
        np.testing.assert_array_equal(pixels[order.index(1)][valid], counts[0][valid])
        np.testing.assert_array_equal(pixels[order.index(2)][valid], heights[0][valid])


@pytest.mark.parametrize("declared", [True, False])
def test_nodata_with_a_fraction_is_found_beside_bands_of_wider_types(make_raster, tmp_path, declared):
    heights, counts = np.ones((1, 2, 3), np.float32), np.arange(6, dtype=np.int32).reshape(1, 2, 3)
    heights[0, 0, 1] = -9999.9
    parts = [("Float32", make_raster(heights, "heights.tif")), ("Int32", make_raster(counts, "counts.tif"))]
    value = "<NoDataValue>-9999.9</NoDataValue>" if declared else ""
    bands = "".join(
        f'<VRTRasterBand dataType="{kind}" band="{n}">{value if n == 1 else ""}<SimpleSource><SourceFilename>{path}'
        "</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
        for n, (kind, path) in enumerate(parts, 1)
    )
    path = tmp_path / "stack.vrt"
    path.write_text(f'<VRTDataset rasterXSize="3" rasterYSize="2">{bands}</VRTDataset>')
    with open_scene(path, nodata=None if declared else -9999.9) as scene:
        _, valid = scene.read(Window(0, 0, 3, 2))
    assert valid.tolist() == [[True, False, True], [True] * 3]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_cannot_be_named_as_no_data(make_raster, value):
    with pytest.raises(EngineError, match="cannot be named as no data") as caught:
        open_scene(make_raster(np.ones((1, 2, 2), np.float32)), nodata=value)
    assert caught.value.code == "bad_parameter"


def test_a_named_value_beyond_the_type_is_no_pixels(make_raster, recwarn):
    with open_scene(make_raster(np.ones((1, 2, 2), np.float32)), nodata=-1e300) as scene:
        assert scene.read(Window(0, 0, 2, 2))[1].all()
    assert not [warning for warning in recwarn if "overflow" in str(warning.message)]


def test_a_name_that_no_file_can_have_is_told():
    with pytest.raises(EngineError) as caught:
        open_scene("a" * 5000)
    assert caught.value.code == "scene_not_found"


def test_mask_band_and_alpha_band(make_raster, tmp_path):
    values = np.full((3, 4, 4), 9, dtype=np.uint8)
    mask = np.ones((4, 4), dtype=bool)
    mask[1] = False
    _, valid = read_all(make_raster(values, mask=mask))
    np.testing.assert_array_equal(valid, mask)

    path = tmp_path / "rgba.tif"
    with rasterio.open(path, "w", driver="GTiff", width=4, height=4, count=4, dtype="uint8") as dataset:
        dataset.colorinterp = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]
        dataset.write(np.concatenate([values, mask[None] * np.uint8(255)]))
    with open_scene(path) as scene:
        assert scene.bands == [1, 2, 3]
        _, valid = scene.read(Window(0, 0, 4, 4))
    np.testing.assert_array_equal(valid, mask)


def test_a_mask_counts_beside_an_alpha_band(make_raster):
    values = np.full((4, 4, 4), 9, dtype=np.uint8)
    values[3, 1] = 0
    mask = np.ones((4, 4), dtype=bool)
    mask[:, 2] = False
    path = make_raster(values, mask=mask, photometric="RGB", alpha="YES")
    with open_scene(path) as scene:
        assert scene.bands == [1, 2, 3]
        np.testing.assert_array_equal(scene.read(Window(0, 0, 4, 4))[1], mask & (values[3] > 0))


def test_a_pixel_that_the_mask_of_any_band_leaves_out_is_not_valid(make_raster, tmp_path):
    values = np.full((2, 3, 4), 9, dtype=np.uint8)
    masks = np.full((2, 3, 4), 255, dtype=np.uint8)
    masks[0, 0, 1] = masks[1, 2, 3] = 0
    make_raster(np.concatenate([values, masks]), "parts.tif", photometric="MINISBLACK")
    source = '<SimpleSource><SourceFilename relativeToVRT="1">parts.tif</SourceFilename><SourceBand>{}</SourceBand>'
    bands = "".join(
        f'<VRTRasterBand dataType="Byte" band="{n}">{source.format(n)}</SimpleSource><MaskBand><VRTRasterBand '
        f'dataType="Byte">{source.format(n + 2)}</SimpleSource></VRTRasterBand></MaskBand></VRTRasterBand>'
        for n in (1, 2)
    )
    (tmp_path / "masked.vrt").write_text(f'<VRTDataset rasterXSize="4" rasterYSize="3">{bands}</VRTDataset>')
    _, valid = read_all(tmp_path / "masked.vrt")
    np.testing.assert_array_equal(valid, (masks > 0).all(axis=0))


def test_a_file_of_nothing_but_alpha_is_told(make_raster):
    path = make_raster(np.full((4, 4), 255, dtype=np.uint8))
    with rasterio.open(path, "r+") as dataset:
        dataset.colorinterp = [ColorInterp.alpha]
    with pytest.raises(EngineError, match="nothing but an alpha band") as caught:
        open_scene(path)
    assert caught.value.code == "bad_bands"


def test_a_file_of_several_variables_names_one_of_them(tmp_path):
    path = tmp_path / "day.nc"
    with netcdf_file(path, "w") as dataset:
        for name, length in (("y", 4), ("x", 5)):
            dataset.createDimension(name, length)
        for name in ("t2m", "wind"):
            dataset.createVariable(name, "f4", ("y", "x"))[:] = 1
    with pytest.raises(EngineError, match="has no band of its own") as caught:
        open_scene(path)
    assert caught.value.code == "scene_unreadable"
    named = caught.value.hint.removeprefix("Choose one of its parts, such as ")
    with open_scene(named) as scene:
        assert (scene.width, scene.height) == (5, 4)


def test_chosen_bands(make_raster, noise):
    values = noise(4)
    path = make_raster(values)
    pixels, _ = read_all(path, [4, 2])
    np.testing.assert_array_equal(pixels, values[[3, 1]])
    with pytest.raises(EngineError, match="bands 1 to 4") as caught:
        open_scene(path, [5])
    assert caught.value.code == "bad_bands"


def test_a_swath_that_its_pixels_longitudes_place_is_told(tmp_path, noise):
    path = tmp_path / "swath.nc"
    with netcdf_file(path, "w") as file:
        file.createDimension("line", 30)
        file.createDimension("sample", 40)
        lines, samples = np.mgrid[:30, :40]
        for name, unit, values in (
            ("latitude", "degrees_north", 52 - 0.01 * lines + 0.001 * samples),
            ("longitude", "degrees_east", 13 + 0.01 * samples + 0.002 * lines),
        ):
            place = file.createVariable(name, "f8", ("line", "sample"))
            place[:] = values
            place.units, place.standard_name = unit, name
        radiance = file.createVariable("radiance", "f4", ("line", "sample"))
        radiance[:] = noise(1, 30, 40)[0]
        radiance.coordinates = "latitude longitude"
    with open_scene(f'NETCDF:"{path}":radiance') as scene:
        assert not scene.georeferenced
        assert ["gdalwarp -geoloc" in warning for warning in scene.warnings] == [True]


def test_pixels_without_georeference_lie_where_qgis_shows_them(make_raster, noise):
    path = make_raster((noise(1) * 2).astype(np.uint8), "photo.png", driver="PNG")
    with open_scene(path) as scene:
        assert not scene.georeferenced
        x, y = scene.to_map(np.array([3.0]), np.array([5.0]))
        assert (x[0], y[0]) == (3, -5)


TRANSFORMS = [
    Affine(10, 0, 500_000, 0, -10, 5_600_000),
    Affine(10, 0, 500_000, 0, 10, 5_600_000),
    Affine.translation(500_000, 5_600_000) * Affine.rotation(37) * Affine.scale(3, -2),
]


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_map_and_pixel_coordinates_are_inverse(make_raster, noise, transform):
    with open_scene(make_raster(noise(), transform=transform)) as scene:
        columns, rows = np.array([0, 7.5, 80]), np.array([0, 3.25, 60])
        back = scene.to_pixel(*scene.to_map(columns, rows))
    np.testing.assert_allclose(back, [columns, rows], atol=1e-6)


@pytest.mark.parametrize("told", ['<MDI key="LINE_OFF">1</MDI>', '<MDI key="ERR_BIAS">n/a</MDI>'])
def test_rpcs_that_lack_something_keep_nobody_from_reading_a_scene(make_raster, tmp_path, told):
    path = tmp_path / "told.vrt"
    rasterio.shutil.copy(make_raster(np.ones((1, 9, 9), np.uint8), "a.png", driver="PNG"), path, driver="VRT")
    path.write_text(
        path.read_text().replace("<VRTRasterBand", f'<Metadata domain="RPC">{told}</Metadata><VRTRasterBand', 1)
    )
    with open_scene(path) as scene:
        assert ["RPCs alone" in warning for warning in scene.warnings] == [True]


def test_a_scene_that_rpcs_alone_place_is_told(make_raster, noise):
    path = make_raster(noise(), georeference=False)
    line, sample, constant = ([0.0] * n + [1.0] + [0.0] * (19 - n) for n in (2, 1, 0))
    rpcs = RPC(0, 1, 50, 1, constant, line, 30, 30, 10, 1, constant, sample, 40, 40)
    with rasterio.open(path, "r+") as dataset:
        dataset.rpcs = rpcs
    with open_scene(path) as scene:
        assert not scene.georeferenced
        assert ["placed by RPCs alone" in warning for warning in scene.warnings] == [True]
    with rasterio.open(path, "r+") as dataset:
        dataset.transform = TRANSFORMS[0]
    with open_scene(path) as scene:
        assert scene.georeferenced
        assert not scene.warnings


@pytest.mark.parametrize("place", ["500000,0,0,5600000,0,0", "500000,10,0,5600000,0,nan"])
def test_a_georeference_that_gives_pixels_no_size_is_told(make_raster, noise, tmp_path, place):
    path = tmp_path / "placed.vrt"
    rasterio.shutil.copy(make_raster(noise()), path, driver="VRT")
    before, _, after = path.read_text().partition("<GeoTransform>")
    path.write_text(f"{before}<GeoTransform>{place}{after[after.index('</GeoTransform>') :]}")
    result = detect(path, tmp_path / "out", min_area=2, threshold_percent=1)
    assert ["gives its pixels no size" in warning for warning in result.warnings].count(True) == 1
    assert result.area_unit == "px"
    assert pyogrio.read_info(result.instances)["crs"] is None


def test_ground_control_points_place_a_scene(make_raster, noise):
    gcps = [GroundControlPoint(r, c, 10 + c * 0.01, 50 - r * 0.01) for r in (0, 30, 60) for c in (0, 40, 80)]
    with open_scene(make_raster(noise(), gcps=gcps, crs="EPSG:4326")) as scene:
        assert scene.georeferenced
        x, y = scene.to_map(np.array([20.0]), np.array([10.0]))
        np.testing.assert_allclose([x[0], y[0]], [10.2, 49.9], atol=1e-6)
        np.testing.assert_allclose(scene.to_pixel(x, y), [[20], [10]], atol=1e-4)


@pytest.mark.parametrize(
    "places", [[(0, 0)], [(0, 0), (0, 80)], [(5, 5)] * 4, [(0, 0), (0, 80), (60, 0), (60, 80), (np.nan, 9)]]
)
def test_ground_control_points_that_place_nothing_are_told(make_raster, noise, tmp_path, places):
    gcps = [GroundControlPoint(r, c, 10 + c * 0.01, 50 - r * 0.01) for r, c in places]
    path = make_raster(noise(), gcps=gcps, crs="EPSG:4326")
    result = detect(path, tmp_path / "out", detector="rx")
    assert result.area_unit == "px"
    assert f"The {len(places)} ground control points of scene do not say where it lies" in result.warnings[0]
    with open_scene(path) as scene:
        assert (scene.gcps, scene.crs, scene.georeferenced) == ([], None, False)


def test_what_cannot_be_opened_is_told(tmp_path, make_raster, noise):
    (tmp_path / "notes.txt").write_text("not a raster")
    for path, code in (
        (tmp_path / "absent.tif", "scene_not_found"),
        (tmp_path / "notes.txt", "scene_unreadable"),
        (tmp_path, "scene_unreadable"),
    ):
        with pytest.raises(EngineError) as caught:
            open_scene(path)
        assert caught.value.code == code
        assert str(path) in caught.value.message
        assert caught.value.hint


def test_a_truncated_file_is_told(make_raster, noise, tmp_path):
    path = tmp_path / "scene.tif"
    make_raster(noise(3, 400, 400), tiled=True, compress="deflate")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(EngineError) as caught:
        read_all(str(path))
    assert caught.value.code in {"scene_truncated", "scene_unreadable"}
    assert str(path) in caught.value.message


def test_too_many_bands_are_refused(make_raster):
    with pytest.raises(EngineError, match="501 bands"):
        open_scene(make_raster(np.zeros((501, 2, 2), dtype=np.uint8)))


@pytest.mark.parametrize(
    ("name", "bands", "dtype", "expected"),
    [
        ("photo.tif", 3, "uint8", "visible"),
        ("naip.tif", 4, "uint8", "visible"),
        ("cube.tif", 120, "uint16", "hyperspectral"),
        ("S1A_IW_GRDH_vv.tif", 1, "uint16", "sar"),
        ("city_thermal.tif", 1, "uint8", "infrared"),
        ("VIIRS_DNB_2020.tif", 1, "float32", "low_light"),
        ("pan.tif", 1, "uint16", "visible"),
    ],
)
def test_the_suggested_modality(make_raster, name, bands, dtype, expected):
    # Without the keyword GDAL takes the fourth band of bytes for alpha.
    with open_scene(make_raster(np.zeros((bands, 3, 3), dtype=dtype), name, photometric="MINISBLACK")) as scene:
        suggestion = scene.info()["suggestion"]
    assert suggestion["modality"] == expected
    assert f"{bands} band" in suggestion["reason"]


def test_one_near_infrared_band_does_not_make_an_infrared_scene(make_raster, noise):
    names = ["Red", "Green", "Blue", "Near infrared"]
    with_wavelengths = [f"{name} ({nm} nm)" for name, nm in zip(names, (650, 560, 480, 842))]
    for number, descriptions in enumerate((names, with_wavelengths)):
        with open_scene(make_raster(noise(4), f"{number}.tif", descriptions=descriptions)) as scene:
            assert scene.info()["suggestion"]["modality"] == "visible"
    # Both bands of a radar scene say what they are.
    with open_scene(make_raster(noise(2), "a.tif", descriptions=["Sigma0 VV", "Sigma0 VH"])) as scene:
        assert scene.info()["suggestion"]["modality"] == "sar"


def test_a_scene_in_a_closed_folder_is_not_called_missing(tmp_path, monkeypatch):
    def closed(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "stat", closed)
    with pytest.raises(EngineError) as found:
        open_scene(tmp_path / "scene.tif")
    assert found.value.code == "scene_unreadable"


def test_a_tiff_of_several_pages_is_told(make_raster, noise):
    path = make_raster(noise(1))
    assert not open_scene(path).warnings
    rasterio.shutil.copy(make_raster(noise(1), "other.tif"), path, driver="GTiff", APPEND_SUBDATASET=True)
    (warning,) = open_scene(path).warnings
    assert "scene holds 2 images, and only the first was looked at" in warning
    assert f"GTIFF_DIR:2:{path}" in warning
    assert not open_scene(f"GTIFF_DIR:2:{path}").warnings


def test_a_closed_folder_is_no_raster(closed):
    with pytest.raises(EngineError, match="is a folder, not a raster"):
        open_scene(closed)
