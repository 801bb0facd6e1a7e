"""Measures against values worked out by hand and against independent definitions."""

from __future__ import annotations

import numpy as np
import pytest
from anomaly_lens.engine.metrics import (
    PixelMeasures,
    auc,
    mask_components,
    mean_iou,
    object_maxima,
    pixel_measures,
    split,
    youden_threshold,
)
from sklearn.metrics import roc_auc_score


def test_auc_by_hand():
    # Pairs (p, n): .9 beats both, .4 beats .1 and loses to .5: 3 of 4.
    assert auc([0.9, 0.4], [0.1, 0.5]) == 0.75


def test_auc_counts_ties_half():
    # .5 beats .2 and ties .5; .5 again: (1 + .5) / 2.
    assert auc([0.5, 0.5], [0.2, 0.5]) == 0.75
    assert auc(np.ones(7), np.ones(3)) == 0.5


def test_auc_perfect_and_inverted():
    assert auc([2, 3], [0, 1]) == 1
    assert auc([0, 1], [2, 3]) == 0


@pytest.mark.parametrize("levels", [3, 10**6])
def test_auc_equals_sklearn(levels):
    rng = np.random.default_rng(levels)
    positives, negatives = rng.integers(1, levels, 300) + 1, rng.integers(0, levels, 5000)
    truth = np.r_[np.ones(300), np.zeros(5000)]
    assert auc(positives, negatives) == pytest.approx(roc_auc_score(truth, np.r_[positives, negatives]), abs=1e-12)


def test_auc_is_exact_where_pairs_exceed_float32():
    negatives = np.arange(100_000, dtype=np.float32)
    assert auc(negatives + np.float32(0.5), negatives) == pytest.approx(0.5 + 0.5 / 100_000, abs=1e-15)


def test_auc_without_anomalies_or_background_is_undefined():
    assert np.isnan(auc([], [1.0]))
    assert np.isnan(auc([1.0], []))


def test_pixel_measures_by_hand():
    scores = np.array([[10.0, 20.0], [30.0, 50.0]])
    mask = np.array([[False, True], [False, True]])
    measures = pixel_measures(scores, mask)
    # Min-max: 0, .25, .5, 1. D = {.25, 1}, F = {0, .5}.
    assert measures.auc_df == 0.75
    assert measures.auc_dt == 0.625
    assert measures.auc_ft == 0.25
    assert measures.auc_td == 1.375
    assert measures.auc_bs == 0.5
    assert measures.auc_tdbs == 0.375
    assert measures.auc_od == 1.125
    assert measures.auc_odp == 1.375
    assert measures.auc_snpr == 2.5


def test_plane_areas_equal_the_integrals_over_the_threshold():
    rng = np.random.default_rng(5)
    scores = rng.gamma(2.0, size=(40, 50))
    mask = rng.random((40, 50)) < 0.1
    measures = pixel_measures(scores, mask)
    scaled = (scores - scores.min()) / np.ptp(scores)
    thresholds = np.linspace(0, 1, 20_001)
    for value, selected in ((measures.auc_dt, scaled[mask]), (measures.auc_ft, scaled[~mask])):
        share_above = 1 - np.searchsorted(np.sort(selected), thresholds) / selected.size
        integral = float(((share_above[1:] + share_above[:-1]) / 2 * np.diff(thresholds)).sum())
        assert value == pytest.approx(integral, abs=1e-4)


def test_invalid_pixels_are_neither():
    scores = np.array([[np.nan, 1.0, 0.0, np.nan]])
    mask = np.array([[True, True, False, False]])
    positives, negatives = split(scores, mask)
    assert positives.tolist() == [1.0]
    assert negatives.tolist() == [0.0]
    assert pixel_measures(scores, mask) == PixelMeasures(1.0, 1.0, 0.0)


def test_constant_and_empty_maps():
    mask = np.array([[True, False]])
    flat = pixel_measures(np.full((1, 2), 3.0), mask)
    assert flat == PixelMeasures(0.5, 0.0, 0.0)
    assert np.isnan(flat.auc_snpr)
    assert PixelMeasures(1.0, 1.0, 0.0).auc_snpr == float("inf")
    nothing = pixel_measures(np.full((1, 2), np.nan), mask)
    assert np.isnan([nothing.auc_df, nothing.auc_dt, nothing.auc_ft]).all()


def test_no_anomalies_leaves_only_the_background_measure():
    measures = pixel_measures(np.array([[0.0, 1.0]]), np.zeros((1, 2), dtype=bool))
    assert np.isnan(measures.auc_df)
    assert np.isnan(measures.auc_dt)
    assert measures.auc_ft == 0.5


def test_scores_that_do_not_fit_the_mask_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        split(np.zeros((2, 2)), np.zeros((1, 2), dtype=bool))


def test_object_maxima_by_hand():
    scores = np.zeros((6, 8))
    scores[1, 1] = 5  # in the box
    scores[0, 6] = 7  # in the window of columns 6-7, rows 0-1
    scores[5, 3] = 2  # in the window of columns 2-3, rows 4-5
    scores[2, 2] = 9  # in the box
    boxes = np.array([[1, 1, 3, 3]])
    inside, outside = object_maxima(scores, boxes)
    assert inside.tolist() == [9]
    # 2x2 windows on a 4x3 grid, without the four that the box touches.
    assert outside.tolist() == [0, 7, 0, 0, 0, 2, 0, 0]
    assert auc(inside, outside) == 1


def test_object_maxima_leave_out_what_is_not_valid():
    scores = np.full((4, 6), np.nan)
    scores[0, 0] = 1
    scores[3, 5] = 2
    inside, outside = object_maxima(scores, np.array([[0, 0, 2, 2], [2, 0, 4, 2]]))
    assert inside.tolist() == [1]
    assert outside.tolist() == [2]


def test_object_maxima_use_the_median_box_and_whole_windows():
    scores = np.arange(35.0).reshape(5, 7)
    boxes = np.array([[0, 0, 1, 1], [0, 0, 3, 2], [0, 0, 7, 1]])  # medians: 3 wide, 1 high
    _, outside = object_maxima(scores, boxes)
    # Windows of 3x1 at columns 0 and 3; rows 0 and 1 are touched but for row 1, column 3. Column 6 fits no window.
    assert outside.tolist() == [12, 16, 19, 23, 26, 30, 33]


def test_object_maxima_without_boxes_are_empty():
    inside, outside = object_maxima(np.ones((3, 3)), np.zeros((0, 4), dtype=int))
    assert inside.size == outside.size == 0


def test_youden_threshold_by_hand():
    # At .6: hits 2/3, alarms 0; at .3: hits 1, alarms 1/2.
    assert youden_threshold([0.9, 0.6, 0.3], [0.4, 0.1]) == 0.6
    # .2 and .8 do equally well (gain .5): the higher is taken.
    assert youden_threshold([0.8, 0.2], [0.5, 0.1]) == 0.8


def test_youden_threshold_is_the_best_of_all():
    rng = np.random.default_rng(3)
    positives, negatives = rng.integers(5, 30, 50), rng.integers(0, 20, 400)
    best = youden_threshold(positives, negatives)
    gains = {t: (positives >= t).mean() - (negatives >= t).mean() for t in range(31)}
    assert gains[int(best)] == pytest.approx(max(gains.values()), abs=1e-12)


def test_mean_iou_by_hand():
    # τ = .6: TP 2, FN 1, FP 0, TN 2: (2/3 + 2/3) / 2.
    assert mean_iou([0.9, 0.6, 0.3], [0.4, 0.1]) == pytest.approx(2 / 3)
    assert mean_iou([1.0, 2.0], [0.0]) == 1
    assert np.isnan(mean_iou([], [1.0]))


def test_components_are_eight_connected():
    mask = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]], dtype=bool)
    assert [c.tolist() for c in mask_components(mask)] == [[0, 5], [3, 7], [12]]
    assert mask_components(np.zeros((3, 3), dtype=bool)) == []
    assert [c.tolist() for c in mask_components(np.ones((2, 2), dtype=bool))] == [[0, 1, 2, 3]]
