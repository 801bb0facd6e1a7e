"""The distribution of raw scores and their mapping."""

from __future__ import annotations

import numpy as np
import pytest
from anomaly_lens.engine import scores
from anomaly_lens.engine.scores import Calibration, RawHistogram


def filled(values):
    histogram = RawHistogram()
    for part in np.array_split(values.astype(np.float32), 7):
        histogram.add(part)
    return histogram


@pytest.mark.parametrize("scale", [1e-6, 1, 1e9])
def test_quantiles_are_close_at_any_scale(scale):
    scores = np.random.default_rng(0).chisquare(3, 50_000) * scale
    histogram = filled(scores)
    assert histogram.total == 50_000
    for share in (0.1, 0.5, 0.99, 0.999):
        assert histogram.quantile(share) == pytest.approx(np.quantile(scores, share), rel=0.001)


def test_scores_are_counted_some_at_a_time_and_without_what_is_none(monkeypatch):
    values = np.random.default_rng(0).chisquare(3, (30, 41)).astype(np.float32)
    values[3:9, 5:40] = np.nan
    whole = RawHistogram()
    whole.add(values[~np.isnan(values)])
    monkeypatch.setattr(scores, "_AT_ONCE", 100)
    histogram = RawHistogram()
    histogram.add(values)
    np.testing.assert_array_equal(histogram.counts, whole.counts)
    assert histogram.total == 30 * 41 - 6 * 35


def test_one_half_is_the_99th_percentile_and_order_is_kept():
    raw = np.sort(np.random.default_rng(0).chisquare(4, 10_000)).astype(np.float32)
    calibration = Calibration(filled(raw), calibrated=False)
    scores = calibration(raw)
    assert (np.diff(scores) >= 0).all()
    assert scores.min() >= 0
    assert scores.max() < 1
    assert scores[9900] == pytest.approx(0.5, abs=0.01)
    nine_times = np.array([9 * calibration.reference], dtype=np.float32)
    assert calibration(nine_times)[0] == pytest.approx(0.9, abs=1e-6)


def test_the_threshold_selects_the_share_asked_for():
    raw = np.random.default_rng(0).chisquare(4, 100_000).astype(np.float32)
    calibration = Calibration(filled(raw), calibrated=False)
    for percent in (0.1, 1, 5):
        share = 100 * (calibration(raw) >= calibration.threshold(percent)).mean()
        assert share == pytest.approx(percent, rel=0.05)


def test_the_threshold_selects_the_share_asked_for_where_scores_crowd():
    raw = (1000 + 3 * np.random.default_rng(0).normal(size=100_000)).astype(np.float32)
    calibration = Calibration(filled(raw), calibrated=False)
    for percent in (1, 5):
        share = 100 * (calibration(raw) >= calibration.threshold(percent)).mean()
        assert share == pytest.approx(percent, rel=0.25)


def test_tied_scores_are_reached_by_the_threshold():
    raw = np.zeros(480, dtype=np.float32)
    raw[:6] = 1
    for percent in (0.1, 1, 1.25, 2, 50):
        calibration = Calibration(filled(raw), calibrated=False)
        assert (calibration(raw) >= calibration.threshold(percent)).sum() == 6
    nothing = np.zeros(480, dtype=np.float32)
    calibration = Calibration(filled(nothing), calibrated=False)
    assert (calibration(nothing) >= calibration.threshold(1)).sum() == 0


def test_a_background_of_one_value_is_not_reached_where_anything_is_higher():
    raw = np.full(480, 0.3, dtype=np.float32)
    raw[:3] = [5, 5, 20]
    for percent, count in ((0.1, 1), (0.5, 3), (1, 3), (10, 3), (60, 480), (100, 480)):
        calibration = Calibration(filled(raw), calibrated=False)
        assert (calibration(raw) >= calibration.threshold(percent)).sum() == count


def test_nearly_empty_maps_still_rank():
    raw = np.zeros(10_000, dtype=np.float32)
    raw[:3] = [5, 10, 20]
    scores = Calibration(filled(raw), calibrated=False)(raw)
    assert 0 < scores[0] < scores[1] < scores[2] < 1
    assert (scores[3:] == 0).all()


def test_calibrated_scores_are_kept_and_holes_stay_holes():
    raw = np.array([0.2, np.nan, 0.7], dtype=np.float32)
    histogram = filled(raw[[0, 2]])
    np.testing.assert_array_equal(Calibration(histogram, calibrated=True)(raw), raw)
    assert np.isnan(Calibration(histogram, calibrated=False)(raw)[1])
