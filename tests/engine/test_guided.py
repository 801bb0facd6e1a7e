"""Averages that are led by the image."""

import numpy as np
import pytest
import torch
from anomaly_lens.engine.models.guided import SPAN, guided_mean


def _naive(values, guide, weight, reach, even):
    """The filter of He, Sun and Tang, 2013, pixel by pixel: Eq. 14 to 16."""
    height, width = values.shape
    slope, offset = np.zeros((3, height, width)), np.zeros((height, width))
    windows = {}
    for row in range(height):
        for column in range(width):
            window = (
                slice(max(0, row - reach), row + reach + 1),
                slice(max(0, column - reach), column + reach + 1),
            )
            windows[row, column] = window
            w = weight[window].ravel()
            if not w.sum():
                continue
            g, v = guide[(slice(None), *window)].reshape(3, -1), values[window].ravel()
            w = w / w.sum()
            mean = g @ w
            covariance = (g * w) @ g.T - np.outer(mean, mean)
            a = np.linalg.solve(covariance + even * np.eye(3), (g * w) @ v - mean * (v @ w))
            slope[:, row, column], offset[row, column] = a, v @ w - a @ mean
    found = np.zeros((height, width))
    for (row, column), window in windows.items():
        w = weight[window]
        if w.sum():
            a = (slope[(slice(None), *window)] * w).sum((1, 2)) / w.sum()
            found[row, column] = a @ guide[:, row, column] + (offset[window] * w).sum() / w.sum()
    return found


def test_it_is_the_filter_of_the_paper_pixel_by_pixel():
    chance = np.random.default_rng(0)
    values, guide = chance.normal(size=(20, 24)), chance.normal(size=(3, 20, 24))
    weight = (chance.random((20, 24)) < 0.7).astype(float)
    found = guided_mean(*(torch.from_numpy(x).float() for x in (values, guide, weight)), 3)
    seen = weight > 0
    np.testing.assert_allclose(found.numpy()[seen], _naive(values, guide, weight, 3, 0.05)[seen], rtol=2e-3, atol=2e-4)


def test_it_keeps_an_outline_that_the_image_shows_and_averages_elsewhere():
    torch.manual_seed(0)
    step = (torch.arange(120) >= 60).float().expand(120, 120)
    values = step + 0.5 * torch.randn(120, 120)
    guide = torch.zeros(3, 120, 120)
    plain = guided_mean(values, guide, torch.ones(120, 120))
    guide[1] = 2 * step + 0.05 * torch.randn(120, 120)
    led = guided_mean(values, guide, torch.ones(120, 120))
    across = led[:, 61:64].mean() - led[:, 56:59].mean()
    assert float(across) == pytest.approx(1, abs=0.1)
    assert float(plain[:, 61:64].mean() - plain[:, 56:59].mean()) < 0.3
    assert float(led[:, :40].std()) < 0.1


@pytest.mark.parametrize("hole", [1e6, 0.0])
def test_what_is_no_data_has_no_part_in_it(hole):
    torch.manual_seed(0)
    values, guide, weight = torch.rand(80, 80), torch.randn(3, 80, 80), torch.ones(80, 80)
    weight[30:50, 30:50] = 0
    before = guided_mean(values, guide, weight)
    values[30:50, 30:50] = hole
    after = guided_mean(values, guide, weight)
    torch.testing.assert_close(after[weight > 0], before[weight > 0])


def test_it_reaches_no_farther_than_it_says():
    torch.manual_seed(0)
    values, guide, weight = torch.rand(150, 150), torch.randn(3, 150, 150), torch.ones(150, 150)
    whole, part = guided_mean(values, guide, weight), guided_mean(values[:100], guide[:, :100], weight[:100])
    torch.testing.assert_close(part[: 100 - SPAN], whole[: 100 - SPAN], rtol=1e-4, atol=1e-5)


def test_ground_without_any_pixel_gives_finite_numbers():
    assert guided_mean(torch.rand(50, 50), torch.randn(3, 50, 50), torch.zeros(50, 50)).isfinite().all()
