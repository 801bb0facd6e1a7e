"""Fill that a file does not declare is found, left out where it is certain, and told of."""

from __future__ import annotations

import json

import numpy as np
import pytest
import rasterio
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


def found(path):
    with open_scene(path) as scene:
        return find_fill(scene)


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
