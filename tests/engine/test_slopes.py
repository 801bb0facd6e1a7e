"""Outlines that end where an anomaly's own slope begins."""

from __future__ import annotations

import json

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from anomaly_lens.engine import cli, detect, pipeline, slopes
from anomaly_lens.engine.detectors import create_detector
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.instances import InstanceGrower
from anomaly_lens.engine.polygonize import polygonize
from anomaly_lens.engine.profiles import PROFILES
from anomaly_lens.engine.score_map import ScoreMap, Shaping
from anomaly_lens.engine.slopes import PeakGrower, anomalous, foot, on_peaks, reaching


def scores_of(raw):
    raw = np.asarray(raw, dtype=np.float64)
    return (raw / (1 + raw)).astype(np.float32)


def kept(raw, share, threshold=0.0, core=1):
    scores = scores_of(raw)
    pixels = np.flatnonzero(scores >= foot(threshold, share))
    found = np.zeros(scores.shape, dtype=bool)
    found.ravel()[pixels[anomalous(pixels, scores.ravel()[pixels], scores.shape[1], share, threshold, core)]] = True
    return found.astype(int).tolist()


def test_a_pixel_counts_from_a_share_of_its_own_peak():
    assert kept([[1, 3, 5, 12, 6, 2]], 0.5) == [[0, 0, 0, 1, 1, 0]]
    assert kept([[1, 3, 5, 12, 6, 2]], 0.25) == [[0, 1, 1, 1, 1, 0]]
    assert kept([[1, 3, 5, 12, 6, 2]], 0.0) == [[1] * 6]
    assert kept([[1, 3, 5, 12, 6, 2]], 1.0) == [[0, 0, 0, 1, 0, 0]]


def test_a_faint_peak_beside_a_bright_one_is_its_own():
    assert kept([[12, 9, 4, 1, 3, 2, 1]], 0.5) == [[1, 1, 0, 0, 1, 1, 0]]
    # Down the rows and across corners, too; the last column is no neighbour of the first.
    assert kept([[12, 0.1, 5], [0.1, 7, 0.1], [0.1, 0.1, 4]], 0.5) == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert kept([[0.1, 0.1, 12], [3, 0.1, 0.1]], 0.5) == [[0, 0, 1], [1, 0, 0]]
    assert kept([[12, 0.1, 4]], 0.5) == [[1, 0, 1]]
    # Either way down across a corner, it is a slope.
    assert kept([[0.1, 12, 0.1, 0.1], [0.1, 0.1, 5, 0.1]], 0.5) == [[0, 1, 0, 0], [0] * 4]
    assert kept([[0.1, 0.1, 12, 0.1], [0.1, 5, 0.1, 0.1]], 0.5) == [[0, 0, 1, 0], [0] * 4]


def test_a_bump_on_a_slope_is_no_object_of_its_own():
    # From 5 it is 3 down to the pass, more than half of it; from the other 5 it is 1.
    assert kept([[12, 9, 3, 5, 2]], 0.5) == [[1, 1, 0, 0, 0]]
    assert kept([[12, 9, 1, 5, 2]], 0.5) == [[1, 1, 0, 1, 0]]
    # Bumps go up to it one after the other.
    assert kept([[12, 8, 9, 5, 6, 4, 5]], 0.5) == [[1, 1, 1, 0, 1, 0, 0]]
    # A ridge between equal peaks is one.
    assert kept([[6, 4, 6, 4, 6]], 0.5) == [[1] * 5]
    # Two of them that meet here in the one order and there in the other.
    assert kept([[6, 4, 5, 6], [4, 4, 5, 5]], 0.5) == [[1] * 4] * 2
    # Between a bright peak and a faint one, it belongs to the one with the higher pass, whichever lies first.
    assert kept([[20, 3, 5, 4, 8]], 0.5) == [[1, 0, 1, 1, 1]]
    assert kept([[8, 4, 5, 3, 20]], 0.5) == [[1, 1, 1, 0, 1]]


def test_the_threshold_tells_which_peaks_count_and_cuts_no_outline():
    raw = [[1, 3, 5, 12, 7, 2, 1, 3, 6, 4, 1]]
    assert kept(raw, 0.5, 0.9) == [[0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]]
    assert kept(raw, 0.5, 0.7) == [[0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0]]
    assert kept(raw, 0.5, 0.95) == [[0] * 11]


def test_enough_pixels_of_an_anomaly_reach_the_threshold():
    raw = [[1, 7, 12, 11, 1, 7, 12, 7, 1]]
    assert kept(raw, 0.5, 0.9, core=2) == [[0, 1, 1, 1, 0, 0, 0, 0, 0]]
    assert kept(raw, 0.5, 0.9, core=3) == [[0] * 9]


@pytest.mark.parametrize("min_area", [0, 5])
def test_what_does_not_reach_the_threshold_is_no_anomaly_however_small_they_may_be(make_raster, tmp_path, min_area):
    values = np.random.default_rng(0).normal(100, 1, (1, 60, 70))
    values[0, 20, 20], values[0, 40, 50] = 150, 143
    asked = {"detector": "rx", "modality": "sar", "peak_share": 0.5, "min_area": min_area}  # m², a pixel has 100
    found = detect(make_raster(values.astype(np.float32)), tmp_path, threshold_percent=0.2, **asked)
    shaping = Shaping(min_area=min_area)
    made = polygonize(found.heatmap, shaping, tmp_path / "again.gpkg")
    for path in (found.instances, made["instances"]):
        scores = pyogrio.raw.read(path, columns=["score_max"], read_geometry=False)[3][0]
        assert len(scores)
        assert scores.min() >= np.float32(found.score_threshold)


def test_a_bump_below_the_threshold_is_no_anomaly_though_its_hill_is():
    # 6 belongs to 12, from which 4 parts it.
    assert kept([[12, 4, 6]], 0.5) == [[1, 0, 1]]
    assert kept([[12, 4, 6]], 0.5, 0.9) == [[1, 0, 0]]


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
@pytest.mark.parametrize("rounds", [2, 20])
@pytest.mark.parametrize("decimals", [0, 9])
def test_what_lies_below_the_foot_changes_nothing(share, rounds, decimals, monkeypatch):
    from scipy import ndimage

    monkeypatch.setattr(slopes, "_ROUNDS", rounds)
    for seed in range(20):
        raw = ndimage.gaussian_filter(np.random.default_rng(seed).gamma(0.1, 80, (60, 50)), seed % 3 / 2 + 0.4)
        scores = scores_of((raw + 1).round(decimals))
        everything = np.arange(scores.size)
        on = everything[on_peaks(everything, scores.ravel(), 50, share)]
        on = on[scores.ravel()[on] >= foot(0.9, share)]
        found = np.zeros(scores.shape, dtype=int)
        found.ravel()[on[reaching(on, scores.ravel()[on], 50, 0.9, core=2)]] = 1
        assert found.any()
        assert kept((raw + 1).round(decimals), share, 0.9, core=2) == found.tolist()


def test_a_hill_waits_for_a_lower_one_with_a_higher_pass():
    # From 12 by .6 to 8 and on by .65 to 14, whether .45 leads the other way to what is higher or not.
    raw = [[60, 0.45, 0.8, 0.6, 0.7, 0.65, 1.2]]
    assert kept(raw, 0.5) == kept([[60, 0.1, *raw[0][2:]]], 0.5) == [[1, 0, 1, 1, 1, 1, 1]]


@pytest.mark.parametrize("rounds", [1, 20])
def test_hills_in_a_long_row_are_joined_from_the_highest_pass_down(rounds, monkeypatch):
    monkeypatch.setattr(slopes, "_ROUNDS", rounds)
    ridge = np.empty((1, 201))
    ridge[0, ::2], ridge[0, 1::2] = np.linspace(2, 1.6, 101), np.linspace(1, 1.4, 100)
    assert np.all(kept(ridge, 0.5))
    ridge[0, 0] = 4  # from 1, a quarter of it, on all is its slope
    assert np.sum(kept(ridge, 0.5)) == 1
    assert np.all(kept(np.ones((50, 60)), 0.5))


def test_the_foot_is_the_share_of_the_raw_threshold():
    assert foot(0.75, 0.5) == pytest.approx(0.6)  # 3 and 1.5
    assert foot(0.75, 1.0) == pytest.approx(0.75)
    assert foot(1.0, 0.5) == 1
    assert foot(0.75, 0.0) == foot(0.0, 0.5) == 0


def test_groups_of_pixels_are_looked_at_in_any_number(monkeypatch):
    from scipy import ndimage

    raw = ndimage.gaussian_filter(np.random.default_rng(4).gamma(0.1, 80, (60, 50)), 1.2)
    together = kept(raw, 0.5, 0.9, core=2)
    monkeypatch.setattr(slopes, "_AT_ONCE", 20)
    assert np.sum(together) > 100
    assert kept(raw, 0.5, 0.9, core=2) == together


def test_a_low_threshold_leaves_what_stands_out():
    raw = np.random.default_rng(3).uniform(0.1, 1, (40, 50))
    raw[5, 5:8], raw[20, 30:34] = 100, 6
    for threshold in (0.8, 0.3, 0.1):
        found = np.array(kept(raw, 0.5, threshold))
        assert found[5, 5:8].all()
        assert found[20, 30:34].all()
        assert found[4:7, 4:9].sum() == 3


def test_scores_of_one_and_none_at_all():
    scores = np.array([1.0, 1.0, 0.5], dtype=np.float32)
    assert on_peaks(np.arange(3), scores, 3, 0.5).tolist() == [True, True, False]
    assert on_peaks(np.zeros(0, dtype=np.int64), scores[:0], 3, 0.5).tolist() == []


@pytest.mark.parametrize(("rows", "at_once"), [(1, 20), (1, 10**6), (3, 20), (3, 10**6), (40, 20)])
def test_strips_of_any_height_give_the_same(rows, at_once, monkeypatch):
    from scipy import ndimage

    monkeypatch.setattr(slopes, "_ROWS_PIXELS", 7 * 30)  # what is found is drawn strip by strip, too
    monkeypatch.setattr(slopes, "_AT_ONCE", at_once)
    scores = scores_of(ndimage.gaussian_filter(np.random.default_rng(1).gamma(0.2, 40, (40, 30)), 1.5))
    scores[4, 5] = np.nan
    peaks, whole = PeakGrower(0.7, 0.5, min_pixels=2), InstanceGrower(0.7, min_pixels=2)
    for row in range(0, 40, rows):
        peaks.add_strip(row, scores[row : row + rows])
    found = np.array(kept(np.nan_to_num(scores / (1 - scores)), 0.5, 0.7), dtype=bool)
    whole.threshold = 0
    whole.add_strip(0, np.where(found, scores, np.nan))
    one, other = peaks.finish(), whole.finish()
    assert len(one) > 3
    assert [(i.score_max, i.score_mean, i.pixels) for i in one] == [
        (i.score_max, i.score_mean, i.pixels) for i in other
    ]
    assert all(shapely.equals(a.polygon, b.polygon) for a, b in zip(one, other, strict=True))


def test_what_is_known_as_a_whole_waits_for_nothing(monkeypatch):
    """Pixels of a large map are more than memory should hold."""
    monkeypatch.setattr(slopes, "_AT_ONCE", 40)
    grower = PeakGrower(0.9, 0.5)
    rows = scores_of([[12, 9, 0.1, 5, 0.1], [9, 9, 0.1, 5, 0.1], [0.1] * 5])
    for row in range(0, 3000, 3):
        grower.add_strip(row, rows)
        assert sum(len(pixels) for pixels, _ in grower._waiting) < 50
    assert sum(len(pixels) for pixels, _ in grower._kept) > 3800
    found = grower.finish()
    assert len(found) == 1000
    assert {instance.pixels for instance in found} == {4}


def test_without_any_anomaly_there_are_none():
    grower = PeakGrower(0.9, 0.5)
    grower.add_strip(0, np.zeros((3, 4), np.float32))
    assert grower.finish() == []


@pytest.fixture
def hill(make_raster, noise):
    """A scene with one wide hill."""
    row, column = np.mgrid[:60, :70]
    values = noise(1, 60, 70)
    values[0] += 60 * np.exp(-((row - 30) ** 2 + (column - 40) ** 2) / 60)
    return make_raster(values)


def areas(path):
    return pyogrio.raw.read(path, columns=["area"], read_geometry=False)[3][0]


def parameters(path):
    with rasterio.open(path) as heatmap:
        return json.loads(heatmap.tags()["ANOMALY_LENS_PROVENANCE"])["parameters"]


def test_a_run_and_its_heat_map_give_the_same_polygons(hill, tmp_path):
    asked = {"detector": "rx", "modality": "sar", "threshold_percent": 5}
    whole = detect(hill, tmp_path / "whole", **asked)
    close = detect(hill, tmp_path / "close", **asked, peak_share=0.5)
    assert 0 < areas(close.instances).max() < 0.7 * areas(whole.instances).max()
    assert parameters(whole.heatmap)["peak_share"] == 0
    assert parameters(close.heatmap)["peak_share"] == 0.5
    # None: as the run. Another share is another; none is what the threshold cuts.
    for shaping, expected in ((Shaping(), close), (Shaping(peak_share=0), whole)):
        made = polygonize(close.heatmap, shaping, tmp_path / f"{shaping.peak_share}.gpkg")
        np.testing.assert_allclose(areas(made["instances"]), areas(expected.instances))
    made = polygonize(whole.heatmap, Shaping(peak_share=0.5), tmp_path / "again.gpkg")
    np.testing.assert_allclose(areas(made["instances"]), areas(close.instances))


def test_outlines_do_not_grow_as_more_is_asked_for(hill, tmp_path):
    found = [
        areas(
            detect(hill, tmp_path / str(p), detector="rx", modality="sar", threshold_percent=p, **kind).instances
        ).max()
        for kind in ({}, {"peak_share": 0.5})
        for p in (0.5, 3, 8)
    ]
    assert found[0] * 3 < found[1] * 1.5 < found[2]
    # Nor are they cut where less is asked for than they hold.
    assert found[3] == found[4] == found[5] > 1.5 * found[0]


def test_where_too_much_reaches_the_threshold_it_cuts_and_that_is_told(hill, tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "MOST_PIXELS", 20)
    found = detect(hill, tmp_path, detector="rx", modality="sar", threshold_percent=5, peak_share=0.5)
    assert any("slopes included" in warning for warning in found.warnings)
    assert parameters(found.heatmap)["peak_share"] == 0
    monkeypatch.setattr(pipeline, "MOST_PIXELS", 10_000)
    found = detect(hill, tmp_path, detector="rx", modality="sar", threshold_percent=5, peak_share=0.5)
    assert not any("slopes included" in warning for warning in found.warnings)


def test_where_too_much_reaches_the_foot_outlines_end_higher_and_the_heat_map_remembers(hill, tmp_path, monkeypatch):
    asked = {"detector": "rx", "modality": "sar", "threshold_percent": 0.5, "peak_share": 0.5}
    whole = detect(hill, tmp_path / "whole", **asked)
    assert parameters(whole.heatmap)["peak_lowest"] == 0
    monkeypatch.setattr(pipeline, "MOST_PIXELS", 40)
    found = detect(hill, tmp_path / "limited", **asked)
    assert not any("slopes included" in warning for warning in found.warnings)
    pixel = 100.2  # m²
    assert 21 * pixel < areas(found.instances).sum() <= 40 * pixel < areas(whole.instances).sum()
    made = polygonize(found.heatmap, Shaping(), tmp_path / "again.gpkg")
    np.testing.assert_allclose(areas(made["instances"]), areas(found.instances))


def test_hills_are_joined_over_the_passes_that_a_limited_run_has_seen(make_raster, tmp_path, monkeypatch):
    from scipy import ndimage

    monkeypatch.setattr(pipeline, "MOST_PIXELS", 720)
    values = ndimage.gaussian_filter(np.random.default_rng(6).gamma(0.1, 80, (150, 150)), 1.2).astype(np.float32)
    asked = {"detector": "rx", "modality": "sar", "threshold_percent": 3, "peak_share": 0.3}
    found = detect(make_raster(values[None]), tmp_path, **asked)
    assert 0 < parameters(found.heatmap)["peak_lowest"] < found.score_threshold
    map_ = ScoreMap(found.heatmap)
    before = map_.shape(Shaping())
    map_.shape(Shaping(threshold_score=0.28))  # below what the run was limited to
    for shaped in (before, map_.shape(Shaping())):
        np.testing.assert_allclose(np.sort(shaped.areas), np.sort(areas(found.instances)))


def test_a_threshold_that_leaves_too_many_pixels_for_hills_cuts(hill, tmp_path, monkeypatch):
    asked = {"detector": "rx", "modality": "sar", "threshold_percent": 0.5, "peak_share": 0.5}
    found = detect(hill, tmp_path, **asked)

    def total(name, **shaping):
        made = polygonize(found.heatmap, Shaping(**shaping), tmp_path / f"{name}.gpkg")
        return areas(made["instances"]).sum()

    cut, whole = total("cut", threshold_percent=8, peak_share=0), total("whole", threshold_percent=8)
    assert cut > 1.2 * whole
    monkeypatch.setattr("anomaly_lens.engine.score_map.MOST_PIXELS", 100)
    assert total("many", threshold_percent=8) == cut
    assert total("own") == areas(found.instances).sum()
    monkeypatch.setattr("anomaly_lens.engine.score_map.MOST_PIXELS", 30)
    assert total("higher") < areas(found.instances).sum()


def test_uniadrs_ends_at_half_of_the_peak_in_all_but_cubes():
    shares = {name: create_detector("uniadrs", profile, "cpu").usual_peak_share() for name, profile in PROFILES.items()}
    assert shares == {name: 0.0 if name == "hyperspectral" else 0.5 for name in PROFILES}
    assert create_detector("rx", PROFILES["sar"], "cpu").usual_peak_share() == 0


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_out_of_range_is_refused(hill, tmp_path, share):
    with pytest.raises(EngineError, match="share of the peak"):
        detect(hill, tmp_path, peak_share=share)
    with pytest.raises(EngineError, match="share of the peak"):
        Shaping(peak_share=share)


def test_the_command_line_takes_a_share(hill, tmp_path, capsys):
    asked = ["detect", str(hill), "--modality", "sar", "--threshold-percent", "5", "--peak-share", "0.5", "--json"]
    assert cli.main([*asked, "--out", str(tmp_path / "out")]) == 0
    found = json.loads(capsys.readouterr().out)
    asked = ["polygonize", found["heatmap"], "--peak-share", "0", "--out", str(tmp_path / "whole.gpkg")]
    assert cli.main(asked) == 0
    assert areas(tmp_path / "whole.gpkg").max() > 1.4 * areas(found["instances"]).max()
