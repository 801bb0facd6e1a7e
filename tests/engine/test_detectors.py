"""RX and local RX against references written otherwise."""

from __future__ import annotations

import numpy as np
import pytest
import spectral
import torch
from anomaly_lens.engine import open_scene, region, rings, score_scene
from anomaly_lens.engine.detectors import catalog, create_detector, detector_names, local_rx
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.profiles import PROFILES
from anomaly_lens.engine.region import Region


def mahalanobis(pixels, background):
    """Squared distances of pixels (n, bands) to the mean and covariance of a background (m, bands)."""
    mean = background.mean(axis=0)
    inverse = np.linalg.inv(np.atleast_2d(np.cov(background.T)))
    return np.einsum("ni,ij,nj->n", pixels - mean, inverse, pixels - mean)


def test_rx_equals_spectral_python(make_raster):
    cube = np.random.default_rng(1).normal(50, 9, size=(40, 50, 30))
    scores = score_scene(make_raster(cube.transpose(2, 0, 1)), "rx")
    np.testing.assert_allclose(scores, spectral.rx(cube), rtol=1e-5)


@pytest.mark.parametrize("bands", [1, 2, 65, 130])
def test_rx_works_from_one_band_up(make_raster, noise, bands):
    values = noise(bands, 30, 40)
    scores = score_scene(make_raster(values), "rx")
    flat = values.reshape(bands, -1).T.astype(np.float64)
    # Of a few bands, a pixel may lie so near the mean that its distance is nothing but rounding.
    np.testing.assert_allclose(scores.ravel(), mahalanobis(flat, flat), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("similarity", [0.0, 0.99, 1 - 1e-4, 1 - 1e-7])
def test_rx_keeps_its_digits_where_bands_are_alike(make_raster, similarity):
    rng = np.random.default_rng(2)
    common = rng.normal(size=(1, 40, 50))
    values = similarity**0.5 * common + (1 - similarity) ** 0.5 * rng.normal(size=(20, 40, 50))
    values = (1000 + 30 * values).astype(np.float32)
    flat = values.reshape(20, -1).T.astype(np.float64)
    np.testing.assert_allclose(score_scene(make_raster(values), "rx").ravel(), mahalanobis(flat, flat), rtol=1e-5)


def test_rx_does_not_depend_on_the_strips(make_raster, noise, monkeypatch):
    path = make_raster(noise(4, 97, 31))
    whole = score_scene(path, "rx")
    monkeypatch.setattr(region, "STRIP_BYTES", 31 * 4 * 8 * 7)
    np.testing.assert_allclose(score_scene(path, "rx"), whole, rtol=1e-6)


def test_a_large_offset_costs_no_digits(make_raster, noise):
    values = noise(3).astype(np.float64)
    expected = score_scene(make_raster(values, "a.tif"), "rx")
    np.testing.assert_allclose(score_scene(make_raster(values + 1e7, "b.tif"), "rx"), expected, rtol=1e-5)


@pytest.mark.parametrize("detector", ["rx", "local_rx"])
def test_nodata_is_neither_counted_nor_scored(make_raster, noise, detector):
    values = noise(3)
    holes = np.zeros((60, 80), dtype=bool)
    holes[:10] = True
    holes[30:35, 40:50] = True
    values[:, holes] = -9999
    scores = score_scene(make_raster(values, nodata=-9999), detector)
    np.testing.assert_array_equal(np.isnan(scores), holes)
    if detector == "rx":
        flat = values[:, ~holes].T.astype(np.float64)
        np.testing.assert_allclose(scores[~holes], mahalanobis(flat, flat), rtol=1e-5)
    else:
        assert scores[~holes].max() < 100  # a single -9999 in a ring would dwarf everything


def test_outside_the_area_nothing_is_counted(make_raster, noise):
    values = noise(3)
    area = {"bbox": [500_000, 5_599_700, 500_400, 5_600_000]}  # 30 rows, 40 columns
    scores = score_scene(make_raster(values), "rx", area=area)
    flat = values[:, :30, :40].reshape(3, -1).T.astype(np.float64)
    np.testing.assert_allclose(scores.ravel(), mahalanobis(flat, flat), rtol=1e-5)


def test_repeated_bands_need_a_ridge_and_rank_as_one(make_raster, noise):
    band = noise(1)
    once = score_scene(make_raster(band, "once.tif"), "rx", modality="visible")
    path = make_raster(np.repeat(band, 3, axis=0), "thrice.tif")
    thrice = score_scene(path, "rx", modality="visible")
    np.testing.assert_allclose(thrice, once, rtol=1e-3)
    with open_scene(path) as scene:
        detector = create_detector("rx", PROFILES["visible"])
        detector.prepare(Region(scene), lambda _: None)
    assert "ridge" in detector.warnings[0]


def test_a_constant_band_is_left_out_and_said(make_raster, noise):
    values = noise(3)
    with_constant = np.concatenate([values, np.full((1, 60, 80), 0.1, dtype=np.float32)])
    path = make_raster(with_constant, "c.tif")
    np.testing.assert_allclose(score_scene(path, "rx"), score_scene(make_raster(values), "rx"), rtol=1e-6)
    with open_scene(path) as scene:
        detector = create_detector("rx", PROFILES["visible"])
        detector.prepare(Region(scene), lambda _: None)
    assert "1 bands" in detector.warnings[0]
    assert "left out" in detector.warnings[0]


@pytest.mark.parametrize("detector", ["rx", "local_rx", "crd"])
@pytest.mark.parametrize(
    ("values", "options", "code"),
    [
        (np.full((3, 8, 9), 5.0), {"nodata": 5.0}, "no_valid_pixels"),
        (np.full((3, 8, 9), np.nan), {}, "no_valid_pixels"),
        (np.random.default_rng(0).normal(size=(3, 8, 9)) * 1e300, {}, "no_valid_pixels"),
        (np.full((3, 8, 9), 0.1), {}, "constant_bands"),
        (np.random.default_rng(0).normal(size=(40, 6, 6)), {}, "too_few_pixels"),
    ],
)
def test_what_cannot_be_scored_is_told(make_raster, detector, values, options, code):
    path = make_raster(values, **options)
    with pytest.raises(EngineError) as caught:
        score_scene(path, detector, modality="visible")
    assert caught.value.code == code
    assert path in caught.value.message
    assert ("±1e36" in caught.value.message) == (code == "no_valid_pixels")
    assert caught.value.hint


def reference_local_rx(values, valid, inner, outer):
    """Local RX by its definition, one pixel after the other; values (bands, rows, columns)."""
    bands, height, width = values.shape
    flat = values[:, valid].T
    covariance = np.atleast_2d(np.cov(flat.T))
    whitening = np.linalg.inv(np.linalg.cholesky(covariance))
    z = np.einsum("ab,bij->aij", whitening, values - flat.mean(axis=0)[:, None, None])
    scores = np.zeros((height, width))
    for row, column in np.ndindex(height, width):
        ring = np.zeros((height, width), dtype=bool)
        half = outer // 2
        ring[max(0, row - half) : row + half + 1, max(0, column - half) : column + half + 1] = True
        half = inner // 2
        ring[max(0, row - half) : row + half + 1, max(0, column - half) : column + half + 1] = False
        background = z[:, ring & valid].T
        n = len(background)
        alpha = bands / (bands + n)
        local = (1 - alpha) * np.atleast_2d(np.cov(background.T)) + alpha * np.eye(bands)
        offset = z[:, row, column] - background.mean(axis=0)
        scores[row, column] = offset @ np.linalg.solve(local, offset)
    return scores


@pytest.mark.parametrize("bands", [1, 3])
def test_local_rx_equals_its_definition(make_raster, noise, bands):
    values = noise(bands, 30, 34).astype(np.float64)
    values[:, 12:14, 20:23] += 9
    valid = np.ones((30, 34), dtype=bool)
    valid[3:9, 4:12] = False
    values[:, ~valid] = -1
    scores = score_scene(make_raster(values, nodata=-1), "local_rx", modality="hyperspectral")
    profile = PROFILES["hyperspectral"]
    expected = reference_local_rx(values, valid, profile.inner_window, profile.outer_window)
    np.testing.assert_allclose(scores[valid], expected[valid], rtol=1e-5)


def test_local_rx_without_shrinkage_equals_spectral_python(make_raster, noise, monkeypatch):
    values = noise(5, 50, 55).astype(np.float64)
    monkeypatch.setattr(local_rx.LocalRX, "shrink", False)
    profile = PROFILES["hyperspectral"]
    scores = score_scene(make_raster(values), "local_rx", modality="hyperspectral")
    expected = spectral.rx(values.transpose(1, 2, 0), window=(profile.inner_window, profile.outer_window))
    edge = profile.outer_window // 2  # Spectral Python shifts windows inwards at the edges; ours are cut off
    inside = (slice(edge, -edge), slice(edge, -edge))
    np.testing.assert_allclose(scores[inside], expected[inside], rtol=1e-5)


def test_local_rx_does_not_depend_on_strips_and_tiles(make_raster, noise, monkeypatch):
    path = make_raster(noise(3, 190, 150))
    whole = score_scene(path, "local_rx", modality="hyperspectral")
    monkeypatch.setattr(region, "STRIP_BYTES", 150 * 3 * 8 * 50)
    monkeypatch.setattr(rings, "_TILE_VALUES", 1)
    np.testing.assert_allclose(score_scene(path, "local_rx", modality="hyperspectral"), whole, rtol=1e-5)


def test_local_rx_projects_cubes_of_many_bands(make_raster):
    rng = np.random.default_rng(3)
    spectra = rng.normal(size=(8, 100))
    abundances = rng.normal(size=(40, 60, 8))
    abundances[20, 30] += 5
    values = (abundances @ spectra + 0.01 * rng.normal(size=(40, 60, 100))).transpose(2, 0, 1)
    path = make_raster(values)
    scores = score_scene(path, "local_rx")
    assert np.unravel_index(scores.argmax(), scores.shape) == (20, 30)
    with open_scene(path) as scene:
        detector = create_detector("local_rx", PROFILES["hyperspectral"])
        detector.prepare(Region(scene), lambda _: None)
    assert detector.parameters["components"] <= 32


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU")
@pytest.mark.parametrize("detector", ["rx", "local_rx", "crd"])
def test_cuda_gives_what_the_cpu_gives(make_raster, noise, detector):
    path = make_raster(noise(40))
    on_cpu = score_scene(path, detector, modality="hyperspectral", device="cpu")
    np.testing.assert_allclose(score_scene(path, detector, modality="hyperspectral", device="cuda"), on_cpu, rtol=1e-5)


def test_unknown_names_are_told():
    with pytest.raises(EngineError, match="no detector called") as caught:
        create_detector("magic", PROFILES["visible"])
    assert caught.value.code == "unknown_detector"
    assert all(name in caught.value.hint for name in detector_names())


def test_the_catalog_describes_every_detector():
    entries = catalog()
    assert [e["name"] for e in entries] == detector_names()
    for entry in entries:
        assert entry["label"]
        assert entry["description"].endswith(".")
        assert set(entry["modalities"]) <= set(PROFILES)


@pytest.mark.parametrize(
    ("scene", "published"),
    [("abu-airport-1", 0.8221), ("abu-urban-5", 0.9692), ("hydice-urban", 0.9857), ("sandiego-b", 0.9403)],
)
def test_rx_reproduces_published_figures(shared_data, scene, published):
    from anomaly_lens.training.mat import open_mat
    from PIL import Image
    from sklearn.metrics import roc_auc_score

    folder = shared_data / "validation" / "hyperspectral" / "abu_plus"
    if not (folder / "images" / f"{scene}.mat").exists():
        pytest.skip(f"{scene} is not among the validation scenes")
    truth = np.asarray(Image.open(folder / "masks" / f"{scene}.png")) > 0
    with open_mat(folder / "images" / f"{scene}.mat", "data") as cube:
        scores = score_scene(cube, "rx", modality="hyperspectral")
    assert roc_auc_score(truth.ravel(), scores.ravel()) == pytest.approx(published, abs=5e-4)
