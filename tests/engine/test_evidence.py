"""Network and classical detectors together: the rarest of these counts, and as much as the network."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from anomaly_lens.engine import open_scene, score_scene
from anomaly_lens.engine.detectors import uniadrs
from anomaly_lens.engine.models.deviation import MAPS
from anomaly_lens.engine.models.evidence import Classical, evidence, evidence_tables, odds, with_deviation
from anomaly_lens.engine.region import Region
from anomaly_lens.engine.statistics import SceneStatistics


def scores(count: int) -> torch.Tensor:
    torch.manual_seed(0)
    maps = torch.rand(len(MAPS), count)
    return evidence(torch.randn(count), maps, torch.rand(2, count))


def test_the_network_weighs_as_much_as_the_classical_detector_that_finds_a_pixel_rarest():
    sample = scores(5000)
    assert len(sample) == 5
    tables = evidence_tables(sample)
    like = torch.zeros(1, 1, 1)
    usual, rare, rarer = (sample.quantile(q, 1) for q in (0.5, 0.99, 0.999))
    for row in range(1, len(sample)):
        one = usual.clone()
        one[row] = rare[row]
        # One in two by the network, one in a hundred by this detector: one in the root of two hundred.
        assert odds(one[:, None, None], tables, like).item() == pytest.approx(200**0.5 - 1, rel=0.1)
        one[0] = rare[0]
        assert odds(one[:, None, None], tables, like).item() == pytest.approx(99, rel=0.15)
        # What the others say changes nothing, unless one of them finds it rarer.
        other = row % 4 + 1
        one[other] = rare[other] * 0.99
        assert odds(one[:, None, None], tables, like).item() == pytest.approx(99, rel=0.15)
        one[other] = rarer[other]
        assert odds(one[:, None, None], tables, like).item() > 150
    assert odds(usual[:, None, None], tables, like).item() == pytest.approx(1, rel=0.05)
    # What is more usual than the median is told apart, too.
    assert odds(sample.quantile(0.1, 1)[:, None, None], tables, like).item() == pytest.approx(1 / 9, rel=0.05)


def test_the_maps_that_count_beside_the_network_are_those_of_outliers_and_of_the_ring():
    logit, maps, classical = torch.randn(50), torch.rand(len(MAPS), 50), torch.rand(2, 50)
    network, *others, outlying, ring = evidence(logit, maps, classical)
    torch.testing.assert_close(network, (1 + logit.exp()).log())
    torch.testing.assert_close(torch.stack(others), classical)
    # Maps are the logarithm of one more than a distance.
    torch.testing.assert_close(outlying, maps[MAPS.index("rx")].exp() - 1)
    torch.testing.assert_close(ring, maps[MAPS.index("ring_ratio_21")].exp() - 1)


def test_beyond_all_that_was_sampled_the_score_grows_on():
    sample = scores(5000)
    tables, largest = evidence_tables(sample), sample.max(1).values[:, None, None]
    found = torch.cat([odds(largest * times, tables, torch.zeros(1, 1, 1))[0] for times in (2, 50, 1000)])
    assert (found.diff() > 0).all()
    assert torch.isfinite(found).all()


@pytest.fixture
def one_rare():
    """Of 5x7 pixels that are at the median, one that is one in a hundred by the network; tables of the scene."""
    sample = scores(5000)
    image = sample.quantile(0.5, 1)[:, None, None].repeat(1, 5, 7)
    image[0, 2, 3] = sample.quantile(0.99, 1)[0]
    return image, evidence_tables(sample)


def by_network(image, tables, components, valid=None):
    # Half of the pixels are as rare by the classical ones.
    return (odds(image, tables, components, valid) + 1) ** 2 / 2


def test_what_the_network_says_is_averaged_over_valid_pixels_around(one_rare):
    alike = torch.zeros(3, 5, 7)
    expected = torch.full((5, 7), 2.0)
    expected[1:4, 2:5] = (100 + 8 * 2) / 9
    torch.testing.assert_close(by_network(*one_rare, alike), expected, rtol=0.1, atol=0)
    valid = torch.ones(5, 7, dtype=torch.bool)
    valid[1, 2:5] = valid[2, 2] = False
    assert by_network(*one_rare, alike, valid)[2, 3].item() == pytest.approx((100 + 4 * 2) / 5, rel=0.1)
    valid[2, 3] = False
    found = by_network(*one_rare, alike, valid)
    torch.testing.assert_close(found[valid], torch.full((int(valid.sum()),), 2.0), rtol=0.1, atol=0)
    # Where all around is not valid, there is still a number.
    assert torch.isfinite(by_network(*one_rare, alike, torch.zeros_like(valid))).all()


def test_neighbours_count_as_far_as_their_spectra_are_alike(one_rare):
    components = torch.zeros(2, 5, 7)
    components[:, 2, 3] = 30
    # Nothing around is like it: what it has stays its own, and nothing of it goes to others.
    expected = torch.full((5, 7), 2.0)
    expected[2, 3] = 100
    torch.testing.assert_close(by_network(*one_rare, components), expected, rtol=0.1, atol=0)
    # A variance away, twice as far as 1/e: exp(-2) times.
    components[:, 2, 3] = 1
    weight = math.exp(-2)
    found = by_network(*one_rare, components)
    assert found[2, 3].item() == pytest.approx((100 + 8 * weight * 2) / (1 + 8 * weight), rel=0.1)
    assert found[1, 3].item() == pytest.approx((100 * weight + 8 * 2) / (weight + 8), rel=0.1)


@pytest.fixture
def cube():
    rng = np.random.default_rng(5)
    mixing = rng.normal(size=(10, 10))
    return np.einsum("kc,cij->kij", mixing, rng.normal(size=(10, 40, 50))).astype(np.float32)


def test_classical_scores_are_those_of_the_classical_detectors(make_raster, cube):
    path = make_raster(cube)
    with open_scene(path) as scene:
        statistics = SceneStatistics(Region(scene), "cpu", lambda _: None)
    inside = slice(3, 33), slice(5, 50)
    found = Classical(statistics).of(cube, np.ones((40, 50), bool), inside)
    for row, detector in zip(found, ("rx", "local_rx"), strict=True):
        # With at most twelve bands, all of them are looked at, as local RX does.
        expected = score_scene(path, detector, modality="hyperspectral")[inside]
        np.testing.assert_allclose(row, expected, rtol=1e-4)


def test_classical_scores_are_finite_where_pixels_are_not(make_raster, cube):
    with open_scene(make_raster(cube)) as scene:
        statistics = SceneStatistics(Region(scene), "cpu", lambda _: None)
    valid = np.ones((40, 50), bool)
    valid[10:20, 10:20] = False
    holed = np.where(valid, cube, np.float32(np.nan))
    found = Classical(statistics).of(holed, valid, (slice(0, 40), slice(0, 50)))
    assert torch.isfinite(found).all()
    # Only valid pixels count: what lies in the hole does not matter.
    other = Classical(statistics).of(np.where(valid, cube, np.float32(9e9)), valid, (slice(0, 40), slice(0, 50)))
    np.testing.assert_array_equal(found[:, valid], other[:, valid])


def test_a_deviation_beside_a_logit_changes_nothing_where_a_pixel_deviates_as_the_mean_one():
    rx = torch.tensor([[1.0, 2.0, 5.0]]).log1p()  # distances in units of their mean
    logit = torch.tensor([[-1.0, 0.5, 0.5]])
    found = with_deviation(logit, rx, 0.5)
    assert torch.allclose(found[0], torch.tensor([-1.0, 0.5 + 0.5 * math.log(1.5), 0.5 + 0.5 * math.log(3.0)]))


def test_thermal_scenes_are_scored_by_network_and_deviation(make_raster, monkeypatch):
    rng = np.random.default_rng(6)
    values = rng.normal(100, 4, (1, 80, 90)).astype(np.float32)
    values[:, 30:36, 40:48] += 60
    path = make_raster(values)
    both = score_scene(path, "uniadrs", modality="infrared", device="cpu")
    monkeypatch.setattr(uniadrs, "DEVIATION_WEIGHT", {})
    alone = score_scene(path, "uniadrs", modality="infrared", device="cpu")
    distance = (values[0] - values.mean()) ** 2 / values.var(ddof=1)

    def logits(scores: np.ndarray) -> np.ndarray:
        return np.log(np.expm1(scores.astype(np.float64)))

    difference = logits(both) - logits(alone)
    assert np.corrcoef(difference.ravel(), np.log1p(distance).ravel())[0, 1] > 0.99
    # Of half its weight, as the card says.
    assert np.polyfit(np.log1p(distance).ravel(), difference.ravel(), 1)[0] == pytest.approx(0.5, rel=0.05)
    assert difference[30:36, 40:48].min() > 0.5
    assert np.median(difference) < 0
