"""Distances to the ring around a pixel."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from anomaly_lens.engine.rings import RingDistances, leading_whitening


class Known:
    """What the whitening asks of a scene's statistics."""

    def __init__(self, covariance):
        self.covariance = covariance
        self.whitening = torch.linalg.inv(torch.linalg.cholesky(covariance))


def test_of_few_bands_all_are_whitened():
    known = Known(torch.diag(torch.tensor([4.0, 1.0, 0.25], dtype=torch.float64)))
    assert leading_whitening(known, 3) is known.whitening


def test_of_many_bands_the_leading_components_are_whitened():
    known = Known(torch.diag(torch.tensor([1.0, 16.0, 0.25, 4.0], dtype=torch.float64)))
    found = leading_whitening(known, 2)
    expected = np.array([[0, 1 / 4, 0, 0], [0, 0, 0, 1 / 2]])
    np.testing.assert_allclose(found.abs(), expected, atol=1e-12)
    # 16 of 21.25 is three quarters of the variance: one component will do.
    assert leading_whitening(known, 3, share=0.75).shape == (1, 4)


def test_components_that_are_rounding_alone_are_left_out():
    vectors = torch.linalg.qr(torch.randn(5, 5, dtype=torch.float64))[0]
    values = torch.tensor([3.0, 2.0, 0.0, 0.0, 0.0], dtype=torch.float64)
    known = Known(torch.eye(5, dtype=torch.float64))
    known.covariance = vectors @ torch.diag(values) @ vectors.T
    found = leading_whitening(known, 4)
    assert found.shape == (2, 5)
    np.testing.assert_allclose(found @ known.covariance @ found.T, np.eye(2), atol=1e-9)


def test_one_band_by_hand():
    # Around the middle of a 5x5 image lies a ring of 16 pixels, half of them 1, half of them 3.
    image = np.zeros((1, 5, 5))
    ring = np.ones((5, 5), bool)
    ring[1:4, 1:4] = False
    image[0][ring] = np.tile([1.0, 3.0], 8)
    image[0, 2, 2] = 8
    rings = RingDistances(torch.zeros(1, dtype=torch.float64), torch.eye(1, dtype=torch.float64), 3, 5, shrink=False)
    found = rings.of(image, np.ones((5, 5), bool), (slice(2, 3), slice(2, 3)))
    assert found.shape == (1, 1)
    assert found[0, 0] == pytest.approx(6**2 / (16 / 15))
    rings.shrink = True
    share = 1 / 17
    assert rings.of(image, np.ones((5, 5), bool), (slice(2, 3), slice(2, 3)))[0, 0] == pytest.approx(
        36 / ((1 - share) * 16 / 15 + share)
    )


def test_a_part_is_what_it_is_in_the_whole():
    rng = np.random.default_rng(0)
    image, valid = rng.normal(size=(3, 40, 45)), rng.random((40, 45)) > 0.1
    rings = RingDistances(torch.zeros(3, dtype=torch.float64), torch.eye(3, dtype=torch.float64), 3, 9)
    told = []
    whole = rings.of(image, valid, (slice(0, 40), slice(0, 45)), told.append)
    part = rings.of(image, valid, (slice(11, 30), slice(5, 40)))
    np.testing.assert_allclose(part, whole[11:30, 5:40], rtol=1e-5)
    assert told == [0]
