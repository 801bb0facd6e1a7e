"""The UniADRS detector on small scenes, with the weights that ship."""

from __future__ import annotations

import errno
import json
import shutil
import weakref
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
import torch
from anomaly_lens.engine import detect, pipeline, region, score_scene
from anomaly_lens.engine import weights as weights_module
from anomaly_lens.engine.detectors import (
    catalog,
    create_detector,
    level_network,
    level_samples,
    levels,
    looks,
    tiled,
    uniadrs,
)
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.models.deviation import MAPS
from anomaly_lens.engine.models.evidence import evidence, odds
from anomaly_lens.engine.profiles import PROFILES
from anomaly_lens.engine.scene import open_scene
from anomaly_lens.engine.statistics import centred_statistics, sampling_stride
from anomaly_lens.engine.weights import WEIGHTS_FOLDER, load_weights, save_weights
from scipy import ndimage, stats


def textured(bands, rows, columns, seed=0):
    """Smooth random ground with a little noise, in bytes."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(bands, rows, columns))
    ground = ndimage.gaussian_filter(noise, (0, 2, 2), mode="wrap")
    values = 110 + 25 * ground / ground.std() + 3 * rng.normal(size=ground.shape)
    return values.clip(0, 255).astype(np.uint8)


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def single_precision(monkeypatch):
    monkeypatch.setattr(uniadrs, "best_dtype", lambda _: torch.float32)


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize(
    ("modality", "bands"), [("visible", 3), ("sar", 1), ("infrared", 1), ("low_light", 3), ("visible", 7)]
)
def test_a_bright_object_scores_highest(make_raster, modality, bands, seed):
    values = textured(bands, 150, 170, seed=seed)
    values[:, 70:78, 90:99] = 250
    scores = score_scene(make_raster(values), "uniadrs", modality=modality)
    assert scores.shape == (150, 170)
    assert scores.dtype == np.float32
    assert 0 <= scores.min() < scores.max() < np.inf
    row, column = np.unravel_index(scores.argmax(), scores.shape)
    assert 66 <= row <= 81
    assert 86 <= column <= 102
    assert scores[72:76, 93:96].mean() > np.percentile(scores, 99)


def test_a_foreign_spectrum_scores_highest(make_raster):
    rng = np.random.default_rng(1)
    materials = np.abs(np.cumsum(rng.normal(size=(4, 50)), 1)) + 2
    shares = np.stack([ndimage.gaussian_filter(rng.normal(size=(80, 90)), 4) for _ in range(4)])
    shares = np.exp(60 * shares) / np.exp(60 * shares).sum(0)
    cube = np.einsum("kc,kij->cij", materials, shares) + 0.02 * rng.normal(size=(50, 80, 90))
    cube[:, 40:43, 50:53] = materials.mean(0)[:, None, None] + 2 * np.sin(np.arange(50))[:, None, None]
    scores = score_scene(make_raster(cube.astype(np.float32)), "uniadrs", modality="hyperspectral")
    row, column = np.unravel_index(scores.argmax(), scores.shape)
    assert 39 <= row <= 43
    assert 49 <= column <= 53


def test_it_is_offered_for_every_modality():
    entry = next(entry for entry in catalog() if entry["name"] == "uniadrs")
    assert set(entry["modalities"]) == {"hyperspectral", "visible", "sar", "infrared", "low_light"}


@pytest.fixture
def small_tiles(monkeypatch):
    """Tiles and strips so small that a test's scene has several of them."""
    monkeypatch.setattr(tiled, "TILE", 416)
    monkeypatch.setattr(region, "STRIP_BYTES", 0)


@pytest.mark.parametrize("modality", ["visible", "sar"])
def test_a_scene_a_little_wider_than_a_block_is_scored_as_in_one(make_raster, monkeypatch, modality):
    values = textured(3, 48, levels.COLUMNS + 18, seed=6)
    values[:, 20:26, 900:912] = 245
    path = make_raster(values)
    found = score_scene(path, "uniadrs", modality=modality)
    monkeypatch.setattr(levels, "COLUMNS", 1536)
    monkeypatch.setattr(looks, "COLUMNS", 1536)
    whole = score_scene(path, "uniadrs", modality=modality)
    assert np.corrcoef(found.ravel(), whole.ravel())[0, 1] > 0.99
    assert np.unravel_index(found.argmax(), found.shape)[1] in range(898, 914)


@pytest.mark.parametrize(("rows", "columns"), [(24, levels.COLUMNS + 18), (270, 40)])
def test_cubes_of_two_blocks_or_strips_are_scored(make_raster, monkeypatch, rows, columns):
    monkeypatch.setattr(region, "STRIP_BYTES", columns * 12 * 8 * 284)  # 270 rows, if blocks did not end at 256
    values = textured(12, rows, columns, seed=7)
    values[::2, 10:14, -12:-8] = 250
    path = make_raster(values, tiled=True, blockxsize=16, blockysize=256)
    scores = score_scene(path, "uniadrs", modality="hyperspectral")
    row, column = np.unravel_index(scores.argmax(), scores.shape)
    assert row in range(9, 15)
    assert column in range(columns - 13, columns - 7)


@pytest.mark.parametrize(("rows", "across"), [(2, 6), (6, 6), (12, 12), (4, 6), (3, 12), (1, 3), (7, 5), (40, 64)])
def test_tiles_that_are_looked_at_lie_in_many_columns(rows, across):
    tiles_ = range(0, rows * across, looks.stride_of(rows * across, across))
    assert len({number % across for number in tiles_}) >= min(across, len(tiles_)) * 0.6
    assert len(tiles_) >= min(3, rows * across)


@pytest.mark.parametrize(("modality", "bands"), [("infrared", 1), ("hyperspectral", 12)])
def test_what_features_are_like_is_seen_wherever_there_are_pixels(make_raster, monkeypatch, modality, bands):
    values = np.zeros((bands, 320, 384), np.uint8)
    values[:, 70:150, 200:280] = textured(bands, 80, 80, seed=9).clip(1)
    values[:, 100:105, 240:245] = 250
    path = make_raster(values, nodata=0)
    expected = score_scene(path, "uniadrs", modality=modality)
    monkeypatch.setattr(looks, "COLUMNS", 0)  # too wide to be kept
    monkeypatch.setattr(looks, "_SIDE", 64)
    scores = score_scene(path, "uniadrs", modality=modality)
    valid = ~np.isnan(expected)
    assert np.corrcoef(scores[valid], expected[valid])[0, 1] > 0.97
    assert np.nanmedian(scores) < 2 * np.nanmedian(expected) + 0.5


@pytest.mark.parametrize("error", [torch.OutOfMemoryError(), RuntimeError("CUDA error: out of memory\nAsk elsewhere")])
def test_gpu_memory_that_is_short_at_the_beginning_is_no_error(make_raster, monkeypatch, error):
    learn, calls = uniadrs.centred_statistics, []

    def short(*arguments):
        calls.append(arguments)
        if len(calls) == 1:
            raise error
        return learn(*arguments)

    monkeypatch.setattr(uniadrs, "centred_statistics", short)
    assert np.isfinite(score_scene(make_raster(textured(3, 60, 70)), "uniadrs", modality="visible")).all()
    assert len(calls) == 2


def test_no_seam_on_homogeneous_ground(make_raster, small_tiles, single_precision):
    # Ground that repeats itself looks alike to every tile: only borders of tiles could tell places apart.
    values = np.tile(textured(3, 16, 16), (1, 11, 120))
    scores = score_scene(make_raster(values), "uniadrs", modality="visible")
    # The scene's own edges are seen from far away at an eighth of the resolution.
    inner = scores[80:-80, 720:-720]
    blocks = inner.reshape(16, inner.shape[1] // 16, 16)
    assert np.abs(blocks - blocks.mean(1, keepdims=True)).max() < 0.01


@pytest.mark.parametrize(
    ("modality", "columns", "shift", "edge"),
    [  # shifts by a multiple of a pooling cell's side at every scale; edges that the scene's own are seen from
        ("sar", 992, 224, 176),
        ("infrared", 992, 224, 176),
        ("low_light", 4096, 256, 960),
    ],
)
def test_moving_the_scene_by_half_a_tile_moves_the_scores(
    make_raster, small_tiles, single_precision, monkeypatch, modality, columns, shift, edge
):
    values = textured(1, 96, columns, seed=4)
    values[:, 50:58, edge + 24 : edge + 36] = 240
    values[:, 30:34, edge + 154 : edge + 158] = 20
    monkeypatch.setattr(tiled, "TILE", 448)
    # All pixels of both scenes teach what their features are like.
    monkeypatch.setattr(looks, "_SIDE", columns)
    first = score_scene(make_raster(values), "uniadrs", modality=modality)
    moved = np.roll(values, shift, 2)
    second = np.roll(score_scene(make_raster(moved, "moved.tif"), "uniadrs", modality=modality), -shift, 1)
    keep = np.zeros(first.shape, bool)
    keep[:, edge:-edge] = True
    # Where the moved scene had its own edges, it saw other surroundings.
    keep[:, -shift - edge : -shift + edge] = False
    assert keep.sum() > 20_000
    assert np.abs(first - second)[keep].max() < 0.02 * np.ptp(first)


def learn_as_in_one_strip(monkeypatch, *what):
    """Have something patched that makes strips lower, when the features have been learned."""
    original = looks.learn_features

    def learn(network, region_, levels, step):
        original(network, region_, levels, step)
        for level in levels:
            level.kept = None
        monkeypatch.setattr(*what)

    monkeypatch.setattr(looks, "learn_features", learn)


def test_strips_do_not_show(make_raster, monkeypatch, single_precision):
    values = textured(1, 1700, 100, seed=2)
    values[:, 345:355, 50:62] = 245
    path = make_raster(values)
    monkeypatch.setattr(looks, "_SIDE", 2048)
    whole = score_scene(path, "uniadrs", modality="sar")
    learn_as_in_one_strip(monkeypatch, region, "STRIP_BYTES", 0)
    striped = score_scene(path, "uniadrs", modality="sar")
    assert not np.array_equal(whole, striped)
    assert np.abs(whole - striped).max() < 0.02 * np.ptp(whole)


def test_nodata_and_nan_are_left_out_and_never_spread(make_raster, single_precision):
    values = textured(2, 120, 130).astype(np.float32)
    values[:, 60:66, 60:66] = 200
    holes = np.zeros((120, 130), bool)
    holes[:30, :40] = True
    values[:, holes] = np.nan
    first = score_scene(make_raster(values), "uniadrs", modality="visible")
    np.testing.assert_array_equal(np.isnan(first), holes)
    values[:, holes] = 1e9
    second = score_scene(make_raster(values, "b.tif", nodata=1e9), "uniadrs", modality="visible")
    np.testing.assert_array_equal(first, second)
    values[0, 100, 100] = np.inf
    third = score_scene(make_raster(values, "c.tif", nodata=1e9), "uniadrs", modality="visible")
    assert np.isnan(third[100, 100])
    assert np.isfinite(third[99:102, 99:102]).sum() == 8


@pytest.mark.parametrize(
    ("modality", "bands"), [("visible", 3), ("sar", 1), ("low_light", 1), ("infrared", 1), ("hyperspectral", 12)]
)
def test_remains_of_fill_values_spoil_nothing(make_raster, modality, bands):
    values = textured(bands, 64, 64).astype(np.float32)
    values[:, :, :10] = np.finfo(np.float32).min
    values[:, 5:9, 10] = -2e38  # as resampling leaves them beside nodata
    path = make_raster(values, nodata=float(np.finfo(np.float32).min))
    np.testing.assert_array_equal(np.isnan(score_scene(path, "uniadrs", modality=modality)), values[0] < -1e38)


@pytest.mark.parametrize(("modality", "bands"), [("sar", 1), ("low_light", 1), ("hyperspectral", 10)])
def test_blocks_of_columns_do_not_show(make_raster, monkeypatch, single_precision, modality, bands):
    values = textured(bands, 120, 1500, seed=2)
    values[:, 50:62, 505:530] = 245  # across the border of two blocks
    path = make_raster(values)
    monkeypatch.setattr(looks, "_SIDE", 2048)
    whole = score_scene(path, "uniadrs", modality=modality)
    monkeypatch.setattr(levels, "COLUMNS", 512)
    blocks = score_scene(path, "uniadrs", modality=modality)
    assert not np.array_equal(whole, blocks)
    assert np.abs(whole - blocks).max() < 0.02 * np.ptp(whole)


def test_a_scale_is_given_what_it_needs_and_no_more(make_raster, monkeypatch, single_precision):
    path = make_raster(textured(1, 200, 1600, seed=2))
    monkeypatch.setattr(levels, "COLUMNS", 512)
    widths = {1: set(), 2: set()}
    original = level_network.shrink

    def seen(pixels, valid, row, factor):
        widths[factor].add(valid.shape[1])
        return original(pixels, valid, row, factor)

    detector = create_detector("uniadrs", PROFILES["visible"])
    with open_scene(path) as scene:
        region_ = region.Region(scene)
        detector.prepare(region_, lambda _: None)
        monkeypatch.setattr(level_network, "shrink", seen)
        ((found, _),) = region_.visit(detector.look, lambda _: None, detector.halo)
        # Four parts of 400 columns, up to the grid.
        assert {factor: max(width) for factor, width in widths.items()} == {1: 416 + 2 * 160, 2: 416 + 2 * 288}
        monkeypatch.setattr(level_network, "near", lambda strip, *_: (strip, 0))
        ((expected, _),) = region_.visit(detector.look, lambda _: None, detector.halo)
    np.testing.assert_array_equal(found, expected)


def test_a_wide_scene_is_never_read_in_full_rows(make_raster, monkeypatch, single_precision):
    """But for its statistics, whose strips have no halo and are as short as the scene is wide."""
    values = textured(3, 700, 1500, seed=2)[:, :120]
    path = make_raster(values, tiled=True, blockxsize=64, blockysize=64, nodata=int(values[0, 60, 700]))
    expected = score_scene(path, "uniadrs", modality="infrared")
    monkeypatch.setattr(levels, "COLUMNS", 512)
    blocks = score_scene(path, "uniadrs", modality="infrared")
    monkeypatch.setattr(region, "_WIDE_BYTES", 0)
    windows = []
    original = region.Scene.read
    monkeypatch.setattr(
        region.Scene, "read", lambda self, window: windows.append(window.width) or original(self, window)
    )
    found = score_scene(path, "uniadrs", modality="infrared")
    np.testing.assert_array_equal(found, blocks)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    assert np.isnan(found).any()
    assert windows.count(1500) == 1
    assert sorted(set(windows))[-2] <= 512 + 2 * 144


@pytest.mark.parametrize("rows", [211, 300])
def test_all_scales_come_out_alike_from_strips_of_odd_height(make_raster, monkeypatch, single_precision, rows):
    values = textured(1, 800, 48, seed=2)
    values[:, 395:405, 20:32] = 245
    path = make_raster(values)
    monkeypatch.setattr(looks, "_SIDE", 1024)
    whole = score_scene(path, "uniadrs", modality="low_light")
    learn_as_in_one_strip(monkeypatch, region.Region, "strip_rows", lambda *_: rows)
    striped = score_scene(path, "uniadrs", modality="low_light")
    assert not np.array_equal(whole, striped)
    assert np.abs(whole - striped).max() < 0.02 * np.ptp(whole)


def test_a_scene_too_large_for_an_overview_is_scored_without_it_and_says_so(make_raster, monkeypatch):
    monkeypatch.setattr(uniadrs, "_LARGEST_SCENE", 120 * 100)
    for rows, scales in ((120, [1, 2, 8]), (121, [1, 2])):
        path = make_raster(textured(3, rows, 100, seed=1), f"{rows}.tif")
        detector = create_detector("uniadrs", PROFILES["visible"])
        with open_scene(path) as scene:
            whole = region.Region(scene)
            detector.prepare(whole, lambda _: None)
            ((scores, _),) = whole.visit(detector.look, lambda _: None, detector.halo)
        assert np.isfinite(scores).all()
        assert detector.parameters["scales"] == scales
        assert any("too large for an overview" in warning for warning in detector.warnings) == (scales == [1, 2])


@pytest.mark.parametrize(("rows", "weight"), [(320, 1 / 3), (1200, 1.0)])
def test_the_overview_weighs_the_less_the_fewer_pixels_it_has(make_raster, rows, weight):
    path = make_raster(textured(1, rows, 960 if rows > 320 else 320, seed=1))
    detector = create_detector("uniadrs", PROFILES["visible"])
    with open_scene(path) as scene:
        whole = region.Region(scene)
        detector.prepare(whole, lambda _: None)
        overview = detector._overview
        assert overview.weight == pytest.approx(weight)
        assert detector.parameters["overview_weight"] == round(weight, 3)
        overview.mean[:] = 2.0
        (seen,) = whole.visit(detector.score, lambda _: None, detector.halo)
        detector._overview = None
        (unseen,) = whole.visit(detector.score, lambda _: None, detector.halo)
    logits = np.log(np.expm1(unseen.astype(np.float64)))
    np.testing.assert_allclose(seen, np.log1p(np.exp((2 * logits + 2 * weight) / (2 + weight))), rtol=1e-2, atol=1e-3)


def test_hyperspectral_strips_do_not_show(make_raster, monkeypatch, single_precision):
    cube = textured(12, 700, 40, seed=2)
    cube[::2, 345:348, 20:23] = 245
    path = make_raster(cube)
    monkeypatch.setattr(looks, "_SIDE", 1024)
    monkeypatch.setattr(looks, "_EVIDENCE_PIXELS", 100_000)
    whole = score_scene(path, "uniadrs", modality="hyperspectral")
    learn_as_in_one_strip(monkeypatch, region.Region, "strip_rows", lambda *_: 170)
    striped = score_scene(path, "uniadrs", modality="hyperspectral")
    assert not np.array_equal(whole, striped)
    rare = [np.log(scores + 1) for scores in (whole, striped)]
    assert np.abs(rare[0] - rare[1]).max() < 0.02 * np.ptp(rare[0])


def test_hyperspectral_scores_are_of_the_networks_logits_and_of_how_alike_spectra_are(make_raster, single_precision):
    cube = textured(12, 90, 100, seed=2)
    cube[::2, 40:43, 20:23] = 245
    detector = create_detector("uniadrs", PROFILES["hyperspectral"])
    with open_scene(make_raster(cube)) as scene:
        whole = region.Region(scene)
        detector.prepare(whole, lambda _: None)
        (strip,) = whole.strips()
    found = detector.score(strip)
    network, (level,) = detector._network, detector._levels
    inside = slice(0, 90), slice(0, 100)
    with torch.inference_mode():
        logit, maps = network.logits(strip, inside[1], [level], level)
        scores = evidence(logit, maps, network.classical.of(strip.pixels, strip.valid, inside))
        expected = odds(scores, level.evidence, maps[len(MAPS) :])
    np.testing.assert_allclose(np.log1p(found), np.log1p(expected.numpy()), rtol=1e-3, atol=1e-3)


def test_what_is_usual_at_a_lower_resolution_is_learnt_there(make_raster):
    """Noise is half as large in means of two by two pixels: in its units, the same thing deviates twice as much."""
    values = np.random.default_rng(0).normal(100, 4, (2, 200, 200)).astype(np.float32)
    with open_scene(make_raster(values)) as scene:
        whole = region.Region(scene)
        streamed = centred_statistics(whole, "cpu", lambda _: None)
        full, half = level_samples.sample_levels(
            whole,
            streamed,
            [1, 2],
            streamed.pixels,
            lambda _: None,
            device="cpu",
            dark=False,
            exact=(streamed.mean, streamed.covariance),
        )
    assert (half.scene.whitening.norm() / full.scene.whitening.norm()).item() == pytest.approx(2, rel=0.05)
    assert (full.scene.spread / half.scene.spread).numpy() == pytest.approx(2, rel=0.05)


def test_a_dim_object_is_found_in_the_noise_of_few_photons(make_raster):
    rng = np.random.default_rng(3)
    light = np.full((3, 160, 180), 2.0)
    light[:, 70:84, 90:104] = 4.0
    photons = rng.poisson(light) + rng.normal(0, 1, light.shape)
    scores = score_scene(make_raster((10 * photons).clip(0, 255).astype(np.uint8)), "uniadrs", modality="low_light")
    row, column = np.unravel_index(scores.argmax(), scores.shape)
    assert 68 <= row <= 85
    assert 88 <= column <= 105


def test_a_card_is_json_whatever_was_measured(tmp_path):
    """Programs other than Python's own refuse NaN."""
    save_weights(tmp_path, "w.safetensors", {"w": torch.ones(1)}, {"metrics": [{"auc": float("nan")}], "r": torch.inf})

    def refuse(word):
        raise AssertionError(word)

    card = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"), parse_constant=refuse)
    assert card["metrics"] == [{"auc": None}]
    assert card["r"] is None
    assert load_weights(tmp_path)[0]["w"] == 1


@pytest.mark.parametrize(("height", "width"), [(1100, 1215), (900, 1155), (2000, 3333)])
def test_samples_are_of_columns_all_over_a_scene(height, width):
    stride = sampling_stride(height * width, 50_000, width)
    columns = np.unique(np.arange(0, height * width, stride) % width)
    assert np.diff(columns).max() <= 8
    assert height * width / stride > 40_000


@pytest.mark.parametrize("row", [0, 37])
def test_pixels_are_picked_alike_however_many_rows_are_looked_at_together(monkeypatch, row):
    rng = np.random.default_rng(row)
    valid = rng.random((151, 23)) < 0.7
    pixels = np.where(valid, rng.random((3, 151, 23)), 0).astype(np.float32)
    strip = region.Strip(pixels, valid, row, 0, len(valid))
    every_band = SimpleNamespace(select=lambda bands: bands)
    strides = {1: 57, 2: 301}
    few = level_samples.pick(every_band, strides, False, strip)[0]
    monkeypatch.setattr(level_samples, "_ROWS", 1000)
    many = level_samples.pick(every_band, strides, False, strip)[0]
    for factor in strides:
        assert few[factor].shape[1] > 1
        assert np.array_equal(few[factor], many[factor])


@pytest.mark.parametrize("detector", ["uniadrs", "mask_dino_ada"])
def test_values_far_from_zero_lose_no_digits(make_raster, detector):
    """In float32, whole numbers around 1e9 are multiples of 64: ranks had agreed by a half with those near zero."""
    values = textured(1, 120, 150).astype(np.float64)
    values[:, 50:56, 70:78] += 60
    near, far = values, values + 1e9
    near[:, :9, :7] = far[:, :9, :7] = -9999
    paths = make_raster(near, "near.tif", nodata=-9999), make_raster(far.astype(np.int32), "far.tif", nodata=-9999)
    expected, found = (score_scene(path, detector, modality="infrared", device="cpu") for path in paths)
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    data = ~np.isnan(expected)
    assert stats.spearmanr(found[data], expected[data])[0] > 0.999
    assert found[50:56, 70:78].mean() > np.nanquantile(found, 0.99)


def test_empty_tiles_are_skipped(make_raster, monkeypatch):
    values = textured(1, 3200, 200).astype(np.float32)
    values[:, 300:] = -1
    calls = []
    batch = tiled.TiledNetwork.batch
    monkeypatch.setattr(
        tiled.TiledNetwork, "batch", lambda self, x, *given: calls.append(len(x)) or batch(self, x, *given)
    )
    score_scene(make_raster(values, nodata=-1), "uniadrs", modality="sar")
    assert sum(calls) == 2  # one at each scale


@pytest.mark.parametrize("shape", [(1, 40), (9, 9), (17, 300)])
def test_scenes_smaller_than_a_tile_are_scored(make_raster, shape):
    scores = score_scene(make_raster(textured(3, *shape)), "uniadrs", modality="visible")
    assert scores.shape == shape
    assert np.isfinite(scores).all()


def test_gain_and_offset_of_the_sensor_do_not_matter(make_raster, single_precision):
    values = textured(1, 100, 110).astype(np.float32)
    first = score_scene(make_raster(values), "uniadrs", modality="infrared")
    second = score_scene(make_raster(values * 8 + 4000, "b.tif"), "uniadrs", modality="infrared")
    assert np.abs(first - second).max() < 0.01


def test_bfloat16_ranks_as_float32_does(make_raster, monkeypatch):
    path = make_raster(textured(3, 200, 200))
    scores = []
    for dtype in (torch.float32, torch.bfloat16):
        monkeypatch.setattr(uniadrs, "best_dtype", lambda _, dtype=dtype: dtype)
        scores.append(score_scene(path, "uniadrs", modality="visible").ravel())
    ranks = [s.argsort().argsort() for s in scores]
    assert np.corrcoef(*ranks)[0, 1] > 0.98


def test_bands_are_put_in_order_of_wavelength(make_raster, tmp_path, single_precision):
    cube = textured(12, 60, 60).astype(np.float32) * np.linspace(1, 3, 12)[:, None, None]
    waves = np.linspace(450, 2300, 12)
    order = np.random.default_rng(0).permutation(12)

    def write(name, bands):
        tags = {i + 1: {"wavelength": str(waves[b]), "wavelength_units": "Nanometers"} for i, b in enumerate(bands)}
        return make_raster(cube[bands], name, band_tags=tags)

    ordered = score_scene(write("ordered.tif", np.arange(12)), "uniadrs", modality="hyperspectral")
    shuffled = write("shuffled.tif", order)
    np.testing.assert_allclose(score_scene(shuffled, "uniadrs", modality="hyperspectral"), ordered, atol=2e-3)
    result = detect(shuffled, tmp_path / "out", detector="uniadrs", modality="hyperspectral")
    assert any("order of their wavelengths" in warning for warning in result.warnings)


def test_bands_of_two_detectors_may_share_a_wavelength(make_raster):
    cube = textured(12, 40, 40, seed=2)
    cube[::2, 20:23, 10:13] = 250
    waves = [450, 600, 750, 900, 1000, 1000, 1000, 1200, 1500, 1700, 2000, 2300]
    tags = {i + 1: {"wavelength": str(wave), "wavelength_units": "Nanometers"} for i, wave in enumerate(waves)}
    scores = score_scene(make_raster(cube, band_tags=tags), "uniadrs", modality="hyperspectral")
    row, column = np.unravel_index(scores.argmax(), scores.shape)
    assert row in range(19, 24) and column in range(9, 14)


@pytest.mark.parametrize(("modality", "bands"), [("hyperspectral", 4), ("visible", 80)])
def test_band_counts_that_do_not_fit_are_refused(make_raster, modality, bands):
    with pytest.raises(EngineError) as error:
        score_scene(make_raster(textured(bands, 40, 40)), "uniadrs", modality=modality)
    assert error.value.code == "bad_bands"
    assert error.value.hint


def test_heat_map_follows_the_scores_and_names_the_weights(make_raster, tmp_path):
    import rasterio

    values = textured(3, 120, 130)
    values[:, 50:58, 60:70] = 250
    path = make_raster(values)
    result = detect(path, tmp_path / "out", detector="uniadrs", modality="visible")
    with rasterio.open(result.heatmap) as heatmap:
        origin = json.loads(heatmap.tags()["ANOMALY_LENS_PROVENANCE"])
        raw, half = score_scene(path, "uniadrs", modality="visible"), origin["raw_score_of_one_half"]
        np.testing.assert_allclose(heatmap.read(1), raw / (raw + half), atol=1e-6)
    assert load_weights(WEIGHTS_FOLDER / "uniadrs")[1]["sha256"] in json.dumps(origin)
    assert result.count >= 1


def test_the_border_of_a_scene_is_no_darker_than_its_inside(make_raster):
    scores = score_scene(make_raster(textured(3, 260, 300)), "uniadrs", modality="visible")
    inside = np.median(scores[60:-60, 60:-60])
    spread = np.percentile(scores, 95) - np.percentile(scores, 5)
    for border in (scores[:12], scores[-12:], scores[:, :12], scores[:, -12:]):
        assert abs(np.median(border) - inside) < 0.5 * spread


def test_shipped_weights_are_small_and_described():
    tensors, card = load_weights(WEIGHTS_FOLDER / "uniadrs")
    assert card["bytes"] <= 9_000_000
    assert sum(t.numel() for t in tensors.values()) < 2_000_000
    for key in ("architecture", "data", "training", "metrics", "licence", "departures_from_the_paper"):
        assert card[key], key
    assert "unclear" not in {source["licence_class"] for source in card["data"]}


@pytest.fixture
def copied_weights(tmp_path, monkeypatch):
    shutil.copytree(WEIGHTS_FOLDER / "uniadrs", tmp_path / "weights" / "uniadrs")
    monkeypatch.setattr(uniadrs, "WEIGHTS_FOLDER", tmp_path / "weights")
    return tmp_path / "weights" / "uniadrs"


def spoil(folder, how):
    file = folder / "uniadrs.safetensors"
    if how == "missing":
        file.unlink()
    elif how == "altered":
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
    elif how == "no card":
        (folder / "card.json").unlink()
    else:
        (folder / "card.json").write_text("{", encoding="utf-8")


@pytest.mark.parametrize("how", ["missing", "altered", "no card", "broken card"])
def test_spoilt_weights_are_refused_and_nothing_is_written(make_raster, tmp_path, copied_weights, how):
    spoil(copied_weights, how)
    out = tmp_path / "out"
    with pytest.raises(EngineError) as error:
        detect(make_raster(textured(3, 60, 60)), out, detector="uniadrs", modality="visible")
    assert error.value.code == "bad_weights"
    assert str(copied_weights) in error.value.message
    assert not out.exists() or not list(out.iterdir())


def test_weights_are_written_with_their_hash(tmp_path):
    tensors = {"a": torch.arange(6.0).reshape(2, 3)}
    save_weights(tmp_path, "a.safetensors", tensors, {"name": "a"})
    loaded, card = load_weights(tmp_path)
    assert torch.equal(loaded["a"], tensors["a"])
    assert card["name"] == "a"
    assert card["bytes"] == (tmp_path / "a.safetensors").stat().st_size


@pytest.mark.parametrize("last", ["a.safetensors", "card.json"])
def test_weights_stay_whole_where_new_ones_find_no_room(tmp_path, monkeypatch, last):
    save_weights(tmp_path, "a.safetensors", {"a": torch.zeros(1)}, {"name": "before"})

    def full(path, content):
        with path.open("wb") as file:
            if not path.name.startswith(last):
                return file.write(content)
            file.write(content[:2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        save_weights(tmp_path, "a.safetensors", {"a": torch.ones(1)}, {"name": "after"})
    loaded, card = load_weights(tmp_path)
    assert (loaded["a"].item(), card["name"]) == (0, "before")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.safetensors", "card.json"]


def test_a_file_that_is_no_safetensors_is_refused(tmp_path):
    save_weights(tmp_path, "a.safetensors", {"a": torch.zeros(1)}, {})
    (tmp_path / "a.safetensors").write_bytes(b"nothing")
    card = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))
    card["sha256"] = weights_module.checksum(b"nothing")
    (tmp_path / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(EngineError) as error:
        load_weights(tmp_path)
    assert error.value.code == "bad_weights"


def test_a_gpu_short_of_memory_scores_in_halves(monkeypatch):
    sizes, made = [], []

    def network(inputs, *_):
        assert all(earlier() is None for earlier in made)  # it would take the room that the halves need
        sizes.append(len(inputs))
        if len(inputs) > 2:
            activations = torch.zeros(1)
            made.append(weakref.ref(activations))
            raise torch.OutOfMemoryError
        return inputs[:, len(MAPS) :].sum(1, keepdim=True)

    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    inputs = torch.randn(5, len(MAPS) + 3, 8, 8)
    assert torch.allclose(tiled.TiledNetwork(network).batch(inputs, None), inputs[:, len(MAPS) :].sum(1))
    assert sizes == [5, 2, 3, 1, 2]


def no_room_for_cublas():
    return RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")


def short_of_memory_once(monkeypatch, owner, where, error=torch.OutOfMemoryError):
    """Have a method or function run out of memory, unless the list that comes back holds its first argument then."""
    whole, failed = getattr(owner, where), []
    made = []

    def short_once(first, *arguments):
        if not failed:
            failed.append(first)
            activations = torch.zeros(1)
            made.append(weakref.ref(activations))
            raise error()
        assert all(earlier() is None for earlier in made)
        return whole(first, *arguments)

    monkeypatch.setattr(owner, where, short_once)
    return failed


def test_nothing_stays_on_a_gpu_that_is_left(make_raster, monkeypatch):
    # Else the classical detectors would ask the same GPU for memory again, and the run would end.
    scene = make_raster(textured(12, 60, 70))
    expected = score_scene(scene, "uniadrs", modality="hyperspectral")
    failed, moved = short_of_memory_once(monkeypatch, uniadrs.UniADRSDetector, "_score"), []

    class Noted(uniadrs.Classical):
        def to(self, device):
            moved.append(device)
            return super().to(device)

    monkeypatch.setattr(uniadrs, "Classical", Noted)
    np.testing.assert_allclose(score_scene(scene, "uniadrs", modality="hyperspectral"), expected, rtol=1e-4)
    assert moved == ["cpu"]
    # As seen from here, any other device is as far as a GPU.
    there = failed[0]._network.classical.to("meta")
    tensors = [*vars(there._statistics).values(), *vars(there._rings).values()]
    assert {tensor.device.type for tensor in tensors if isinstance(tensor, torch.Tensor)} == {"meta"}


@pytest.mark.parametrize(
    ("owner", "where", "error"),
    [
        (looks, "learn_features", torch.OutOfMemoryError),
        (uniadrs.UniADRSDetector, "_score", torch.OutOfMemoryError),
        (uniadrs.UniADRSDetector, "_score", no_room_for_cublas),
    ],
)
def test_a_gpu_too_small_for_a_tile_hands_over_to_the_cpu(make_raster, tmp_path, monkeypatch, owner, where, error):
    scene = make_raster(textured(3, 60, 70))
    expected = score_scene(scene, "uniadrs", modality="visible")
    failed = short_of_memory_once(monkeypatch, owner, where, error)
    np.testing.assert_allclose(score_scene(scene, "uniadrs", modality="visible"), expected, atol=1e-5)
    assert failed.pop().device == "cpu"
    monkeypatch.setattr(pipeline, "choose_device", lambda _: "cpu:0")
    result = detect(scene, tmp_path / "out", detector="uniadrs", modality="visible")
    assert sum("scored on the CPU" in warning for warning in result.warnings) == 1
    with rasterio.open(result.heatmap) as heat:
        assert result.device == json.loads(heat.tags()["ANOMALY_LENS_PROVENANCE"])["device"] == "cpu"
