"""What a scene is made into before the network sees it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from anomaly_lens.engine.models.scales import RootScale, shrink


def test_shrinking_takes_means_of_valid_pixels_on_the_scenes_grid():
    pixels = np.arange(30, dtype=np.float32).reshape(1, 5, 6)
    valid = np.ones((5, 6), bool)
    valid[1, 0] = False
    valid[3:, 4:] = False
    shrunk, some, row = shrink(pixels, valid, 3, 2)
    assert row == 2
    assert shrunk.shape == (1, 2, 3)
    assert shrunk[0, 0, 0] == pytest.approx(np.mean([7, 12, 13]))
    assert shrunk[0, 0, 1] == np.mean([8, 9, 14, 15])
    assert some.tolist() == [[True, True, True], [True, True, False]]
    same = shrink(pixels, valid, 3, 1)
    assert same[0] is pixels
    assert same[2] == 3


def test_shrinking_many_rows_is_shrinking_a_few_at_a_time():
    rng = np.random.default_rng(0)
    pixels, valid = rng.random((2, 1100, 50)), rng.random((1100, 50)) > 0.3
    whole, some, row = shrink(pixels, valid, 5, 4)
    assert (whole.shape, row) == ((2, 275, 13), 2)
    for top in range(0, 275, 11):
        rows = slice(3 + 4 * top, 3 + 4 * (top + 11))
        part, few, _ = shrink(pixels[:, rows], valid[rows], 0, 4)
        np.testing.assert_array_equal(whole[:, top : top + len(few)][:, : len(few)], part)
        np.testing.assert_array_equal(some[top : top + len(few)], few)


def test_the_root_scale_by_hand():
    # Of 0 to 100, one in a hundred lies below 1; the median is 50: a tenth of 49 is added.
    root = RootScale.of(torch.arange(101.0)[:, None])
    assert root.black.item() == pytest.approx(1)
    assert root.floor.item() == pytest.approx(4.9)
    found = root(torch.tensor([[0.0, 1.0, 12.1, 60.0]]))
    np.testing.assert_allclose(found[0], np.sqrt([4.9, 4.9, 16.0, 63.9]), rtol=1e-5)


def test_the_root_scale_follows_gain_and_offset():
    sample = torch.rand(500, 3) ** 3
    first = RootScale.of(sample)(sample.T)
    second = RootScale.of(sample * 8 + 40)((sample * 8 + 40).T)
    np.testing.assert_allclose(second / 8**0.5, first, atol=1e-4)


def test_photons_scatter_alike_in_shadow_and_light():
    rng = np.random.default_rng(0)
    means = np.array([5.0, 20.0, 80.0])
    photons = torch.from_numpy(rng.poisson(means[:, None, None], (3, 200, 200)).astype(np.float32))
    root = RootScale(torch.zeros(3), torch.full((3,), 0.375))
    spreads = root(photons).flatten(1).std(1)
    assert spreads.max() / spreads.min() < 1.1


def test_a_band_that_is_black_nearly_everywhere_stays_finite():
    sample = torch.zeros(1000, 1)
    sample[:3] = 200
    root = RootScale.of(sample)
    assert root.floor.item() > 0
    assert torch.isfinite(root(sample.T)).all()
