"""Fill that a file does not declare is found, left out where it is certain, and told of."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from anomaly_lens.engine import detect, open_scene
from anomaly_lens.engine.fill import Fill, find_fill, leave_out_fill
from anomaly_lens.engine.pipeline import score_scene
from rasterio.windows import Window

SIDE = 160


def collar(side=SIDE):
    """Where the corners of a turned scene hold nothing."""
    y, x = np.mgrid[0:side, 0:side]
    return (x + y < 0.45 * side) | (x - y > 0.6 * side)


def photograph(seed=0):
    """Three bands of 8 bits with dark ground, some of it black."""
    rng = np.random.default_rng(seed)
    image = np.clip(rng.normal(60, 25, (3, SIDE, SIDE)), 0, 255)
    image[:, 70:74, 70:74] = 250
    return image.astype(np.uint8)


def found(path, dark=False):
    """The only value that fills a corner, or None."""
    with open_scene(path) as scene:
        fills = find_fill(scene, dark)
    assert len(fills) < 2
    return fills[0] if fills else None


def told(path, **options):
    """What is left out of a scene, and what is said of it."""
    with open_scene(path) as scene:
        leave_out_fill(scene, **options)
        return scene.also_nodata, " ".join(scene.warnings)


def test_black_collars_of_a_photograph_are_certain(make_raster):
    image = photograph()
    assert found(make_raster(image)) is None
    image[:, collar()] = 0
    assert found(make_raster(image)) == Fill(0.0, True)


def test_scores_are_those_of_declared_nodata(make_raster):
    image = photograph()
    image[:, collar()] = 0
    declared = score_scene(make_raster(image, "declared.tif", nodata=0), "rx")
    np.testing.assert_array_equal(score_scene(make_raster(image), "rx"), declared)
    assert np.isnan(declared[collar()]).all()


@pytest.mark.parametrize("value", [-9999.0, -32768.0, 0.0, 1e30, -1e30])
def test_values_far_from_all_others_are_certain_in_any_number_of_bands(make_raster, noise, value):
    kelvin = noise(1, SIDE, SIDE) + 180
    kelvin[:, collar()] = value
    assert found(make_raster(kelvin)) == Fill(pytest.approx(value), True)


def test_what_may_be_data_is_only_told(make_raster, tmp_path):
    radar = np.random.default_rng(1).exponential(40, (1, SIDE, SIDE)).astype(np.uint16)
    radar[:, collar()] = 0
    white = photograph()
    white[:, :50, :50] = 255  # a roof as well as a margin
    water = photograph()
    water[:, collar()] = 12
    for image, expected in ((radar, Fill(0.0, False)), (white, Fill(255.0, False)), (water, None)):
        assert found(make_raster(image)) == expected
    with open_scene(make_raster(radar)) as scene:
        leave_out_fill(scene)
        leave_out_fill(scene)
        assert scene.read(Window(0, 0, SIDE, SIDE))[1].all()
        (warning,) = scene.warnings
        assert "additional no data value" in warning and "nothing but 0" in warning


def test_what_is_too_bright_in_a_corner_is_told_alone(make_raster, tmp_path):
    thermal = np.random.default_rng(4).normal(100, 6, (3, 400, 400)).clip(0, 255).astype(np.uint8)
    thermal[:, :26, :26] = 255
    path = make_raster(thermal)
    assert found(path) == Fill(255.0, False)
    assert detect(path, tmp_path / "out", detector="rx", modality="infrared").count == 1
    assert found(make_raster(thermal.astype(np.uint16) * 257)) == Fill(65535.0, False)


def test_ground_of_nothing_but_zero_is_no_fill(make_raster):
    roofs = np.zeros((1, SIDE, SIDE), np.uint8)
    roofs[0, 60:120, 60:120] = np.random.default_rng(3).integers(180, 240, (60, 60))
    assert found(make_raster(roofs)) == Fill(0.0, False)


@pytest.mark.parametrize("bands", [1, 6])
def test_a_negative_value_beside_wide_data_that_never_is(make_raster, bands):
    reflectance = np.random.default_rng(5).integers(10, 16000, (bands, SIDE, SIDE)).astype(np.int16)
    reflectance[:, collar()] = -9999
    assert found(make_raster(reflectance)) == Fill(-9999.0, True)
    degrees = reflectance - 3000  # beside other negative ones it may be a value, though a strange one
    degrees[:, collar()] = -12000
    assert found(make_raster(degrees)) == Fill(-12000.0, False)
    sea = reflectance.copy()
    sea[:, collar()] = -1
    assert found(make_raster(sea)) is None


def test_by_night_black_areas_are_ground(make_raster, tmp_path):
    night = np.zeros((3, 240, 240), np.uint8)
    night[:, 60:140, 60:140] = np.random.default_rng(6).integers(1, 250, (3, 80, 80))
    path = make_raster(night)
    assert (found(path), found(path, dark=True)) == (Fill(0.0, True), Fill(0.0, False))
    result = detect(path, tmp_path / "out", detector="rx", modality="low_light")
    with rasterio.open(result.heatmap) as heatmap:
        assert not np.isnan(heatmap.read(1)).any()


def test_every_corner_is_looked_at(make_raster):
    image = photograph()
    image[:, collar()] = 0
    image[:, -40:, -40:] = 255
    left_out, words = told(make_raster(image))
    assert left_out == 0
    assert "holds 0 in all bands" in words and "nothing but 255" in words


def test_the_number_to_type_has_all_of_its_digits(make_raster):
    counts = np.random.default_rng(7).integers(0, 4_000_000_000, (1, SIDE, SIDE)).astype(np.uint32)
    counts[:, collar()] = 4_294_967_295
    assert "nothing but 4294967295, which" in told(make_raster(counts))[1]
    heights = np.random.default_rng(7).normal(50, 9, (1, SIDE, SIDE))
    heights[:, collar()] = -1234567.25
    assert "holds -1234567.25 in all" in told(make_raster(heights))[1]


def test_where_bands_are_scaled_the_value_is_told_as_qgis_shows_it(make_raster):
    image = photograph()
    image[:, collar()] = 0
    path = make_raster(image)
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.5,) * 3, (-1000.0,) * 3
    left_out, words = told(path)
    assert left_out == 0
    assert "holds -1000 (0 in the file) in all bands" in words
    with open_scene(path) as scene:
        assert scene.scaled(250) == -875


def test_magnitudes_other_than_zero_are_no_fill(make_raster, noise):
    slc = (noise(1, SIDE, SIDE) + 1j * noise(1, SIDE, SIDE)).astype(np.complex64)
    slc[:, collar()] = -9999
    assert told(make_raster(slc)) == (None, "")
    slc[:, collar()] = 0
    assert told(make_raster(slc))[0] == 0


def test_what_lies_outside_of_the_area_is_not_told(make_raster):
    white = photograph()
    white[:, :50, :50] = 255
    path = make_raster(white)
    assert "nothing but 255" in told(path, area=shapely.box(30, 30, 90, 90))[1]
    assert told(path, area=shapely.box(100, 100, 150, 150)) == (None, "")


def test_an_area_in_the_whole_part_of_a_damaged_file_is_scored(make_raster, noise, tmp_path):
    path = Path(make_raster(noise(3, 600, 600), tiled=True, blockxsize=256, blockysize=256))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 7 // 10])
    with open_scene(path) as scene:
        left, top, right, bottom = (*scene.transform * (20, 20), *scene.transform * (200, 200))
    area = {"bbox": [left, min(top, bottom), right, max(top, bottom)]}
    assert detect(path, tmp_path / "out", detector="rx", area=area).megapixels == pytest.approx(0.0324)


def test_a_night_with_black_ground_keeps_it(make_raster):
    rng = np.random.default_rng(2)
    night = rng.poisson(0.15, (3, SIDE, SIDE)).astype(np.uint8) * 20
    night[:, :40, :40] = 0
    night[:, 100:104, 100:104] = 200
    assert found(make_raster(night)) == Fill(0.0, False)


def test_nothing_is_found_where_nodata_is_declared_or_all_is_one_value(make_raster):
    image = photograph()
    image[:, collar()] = 0
    for options in ({"nodata": 7}, {"mask": ~collar()}):
        with open_scene(make_raster(image, **options)) as scene:
            leave_out_fill(scene)
            assert scene.also_nodata is None and not scene.warnings
    assert found(make_raster(np.zeros((3, SIDE, SIDE), np.uint8))) is None
    assert found(make_raster(image[:, :40, :40])) is None  # too small to tell
    holes = photograph().astype(np.float32)
    holes[:, collar()] = np.nan
    assert found(make_raster(holes)) is None


def test_a_run_tells_of_it_and_notes_it(make_raster, tmp_path):
    image = photograph()
    image[:, collar()] = 0
    result = detect(make_raster(image), tmp_path / "out", detector="rx", modality="visible")
    assert any("declares no nodata value" in warning for warning in result.warnings)
    with rasterio.open(result.heatmap) as heatmap:
        origin = json.loads(heatmap.tags()["ANOMALY_LENS_PROVENANCE"])
        assert np.isnan(heatmap.read(1)[collar()]).all()
    assert origin["source"]["also_nodata"] == 0


def test_a_value_that_somebody_names_is_no_data(make_raster, tmp_path):
    radar = np.random.default_rng(1).exponential(40, (1, SIDE, SIDE)).astype(np.uint16) + 1
    radar[:, collar()] = 0
    result = detect(make_raster(radar), tmp_path / "out", detector="rx", modality="sar", nodata=0)
    assert not [warning for warning in result.warnings if "nothing but" in warning]
    with open_scene(make_raster(photograph()), nodata=60) as scene:
        pixels, valid = scene.read(Window(0, 0, SIDE, SIDE))
        reopened = scene.reopen()
        np.testing.assert_array_equal(reopened.read(Window(0, 0, SIDE, SIDE))[1], valid)
        reopened.close()
    np.testing.assert_array_equal(valid, (photograph() != 60).all(0))  # in any band, unlike 0
    assert not pixels[:, ~valid].any()
