"""CRD against its definition, solved pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest
from anomaly_lens.engine import region, score_scene
from anomaly_lens.engine.detectors import crd
from anomaly_lens.engine.profiles import PROFILES

PROFILE = PROFILES["hyperspectral"]
HALF, GUARD = PROFILE.outer_window // 2, PROFILE.inner_window // 2


def crd_scores(path):
    return score_scene(path, "crd", modality="hyperspectral")


def reference(values, valid):
    """|y - Xα| from the conditions of the constrained minimum: (ZᵀZ + λΓ²) α + μ 1 = 0, 1ᵀα = 1, Z = X - y."""
    pixels = values.transpose(1, 2, 0).astype(np.float64)
    pixels = (pixels - pixels[valid].mean(axis=0)) / np.sqrt(pixels[valid].var(axis=0, ddof=1).mean())
    scores = np.full(valid.shape, np.nan)
    for row, column in np.argwhere(valid):
        above, left = max(0, row - HALF), max(0, column - HALF)
        ring = valid[above : row + HALF + 1, left : column + HALF + 1].copy()
        ring[max(0, row - GUARD - above) : row + GUARD + 1 - above, max(0, column - GUARD - left) :][
            :, : column + GUARD + 1 - left - max(0, column - GUARD - left)
        ] = False
        x = pixels[above : row + HALF + 1, left : column + HALF + 1][ring].T
        y = pixels[row, column]
        if not x.size:
            scores[row, column] = np.linalg.norm(y)
            continue
        away = x - y[:, None]
        size = x.shape[1]
        system = np.ones((size + 1, size + 1))
        system[:size, :size] = away.T @ away + crd.REGULARISATION * np.diag(np.square(away).sum(axis=0))
        system[size, size] = 0
        # What remains is a millionth of what there was: the solution is refined to more digits than float64 has.
        exact, wanted = system.astype(np.longdouble), np.r_[np.zeros(size), 1.0].astype(np.longdouble)
        weights, inverse = np.zeros_like(wanted), np.linalg.inv(system)
        for _ in range(5):
            weights += inverse @ (wanted - exact @ weights).astype(np.float64)
        scores[row, column] = np.linalg.norm((away @ weights[:size]).astype(np.float64))
    return scores


@pytest.mark.parametrize("bands", [3, 12])
def test_crd_equals_its_definition_at_borders_and_holes_too(make_raster, noise, bands):
    values = noise(bands, 14, 16)
    valid = np.ones((14, 16), dtype=bool)
    valid[4:9, 11:] = False
    valid[12, 3] = False
    values[:, ~valid] = -1
    scores = crd_scores(make_raster(values, nodata=-1))
    np.testing.assert_array_equal(np.isnan(scores), ~valid)
    np.testing.assert_allclose(scores, reference(values, valid), rtol=1e-5)


def test_where_nothing_surrounds_a_pixel_the_mean_of_the_scene_does(make_raster, noise):
    values = noise(3, 4, 20)
    valid = np.zeros((4, 20), dtype=bool)
    valid[2, 2] = True
    valid[:, 15:] = True
    values[:, ~valid] = -1
    scores = crd_scores(make_raster(values, nodata=-1))
    np.testing.assert_allclose(scores[2, 2], reference(values, valid)[2, 2], rtol=1e-5)


def test_crd_does_not_depend_on_strips_and_batches(make_raster, noise, monkeypatch):
    path = make_raster(noise(4, 45, 8))
    whole = crd_scores(path)
    monkeypatch.setattr(region, "STRIP_BYTES", 1)
    monkeypatch.setattr(crd, "_BATCH_VALUES", {"cpu": 1})
    np.testing.assert_allclose(crd_scores(path), whole, rtol=1e-6)


def test_what_is_among_its_neighbours_is_no_anomaly(make_raster, noise):
    values = noise(5, 30, 30)
    values[:, 10, 10] = values[:, 14, 14]
    values[:, 20, 20] += 40
    scores = crd_scores(make_raster(values))
    assert scores[10, 10] < 1e-6 * np.median(scores)
    assert scores.argmax() == 20 * 30 + 20


def test_cubes_of_many_bands_are_rotated_to_fewer(make_raster):
    rng = np.random.default_rng(3)
    few = rng.normal(size=(6, 25, 30))
    spread = np.linalg.qr(rng.normal(size=(100, 6)))[0]
    values = 50 + np.einsum("ab,bij->aij", spread, few)
    # The scene's unit is the mean variance of its bands: six of a hundred here.
    expected = crd_scores(make_raster(50 + few, "few.tif")) * (100 / 6) ** 0.5
    np.testing.assert_allclose(crd_scores(make_raster(values)), expected, rtol=1e-5)
