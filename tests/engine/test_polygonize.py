"""Polygons from a heat map: those of the detection at its own settings, and what the other settings do."""

from __future__ import annotations

import errno
import json

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from affine import Affine
from anomaly_lens.engine import detect
from anomaly_lens.engine import score_map as module
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.polygonize import polygonize, shape_features
from anomaly_lens.engine.score_map import ScoreMap, Shaping, load
from rasterio.control import GroundControlPoint

PLACES = {
    "north-up": {},
    "rotated": {
        "transform": Affine.translation(500_000, 5_600_000) * Affine.rotation(35) * Affine.scale(4, -3),
        "crs": "EPSG:32633",
    },
    "geographic": {"transform": Affine(1e-4, 0, 13, 0, -1e-4, 52), "crs": "EPSG:4326"},
    "nowhere": {"georeference": False},
    "control points": {
        "gcps": [GroundControlPoint(r, c, 13 + c * 1e-4, 52 - r * 1e-4) for r in (0, 70, 140) for c in (0, 80, 160)],
        "crs": "EPSG:4326",
    },
}


def read(path):
    _, _, geometry, columns = pyogrio.raw.read(path)
    return shapely.from_wkb(geometry), dict(zip(pyogrio.read_info(path)["fields"].tolist(), columns))


def assert_same(one, other):
    """The polygons of two files are the same, with the same attributes, in the same order but for ties."""
    (polygons, fields), (others, others_fields) = read(one), read(other)
    assert len(polygons) == len(others) > 0
    place = np.lexsort(shapely.bounds(polygons).T), np.lexsort(shapely.bounds(others).T)
    precise = 1e-9 * np.abs(shapely.bounds(polygons)).max()
    for a, b in zip(polygons[place[0]], others[place[1]]):
        assert shapely.normalize(a).equals_exact(shapely.normalize(b), precise)
    for name in ("score_max", "score_mean", "area", "width", "height"):
        np.testing.assert_allclose(fields[name][place[0]], others_fields[name][place[1]], rtol=1e-9)
    assert np.all(np.diff(others_fields["score_max"]) <= 0)
    for name in ("run_id", "detector", "modality", "status"):
        assert set(fields[name]) == set(others_fields[name])


@pytest.fixture
def clutter(noise):
    """A scene whose high scores lie together in blobs."""
    from scipy import ndimage

    return ndimage.gaussian_filter(noise(3, 140, 160), (0, 1.5, 1.5)) * 10


@pytest.fixture
def heat(make_raster):
    """Writes an array as a heat map without provenance, pixels of 10 m."""
    return lambda scores: make_raster(np.asarray(scores, np.float32), "heat.tif", nodata=float("nan"))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "how",
    [
        {"threshold_percent": 3.0},
        {"threshold_score": 0.4, "min_area": 500.0},
        {"threshold_percent": 3.0, "outline": "smooth"},
        {"threshold_percent": 3.0, "outline": "box"},
    ],
)
def test_at_its_own_settings_a_heat_map_gives_the_polygons_of_the_detection(make_raster, clutter, tmp_path, place, how):
    if "min_area" in how:
        how = {**how, "min_area": {"nowhere": 5.0, "rotated": 60.0}.get(place, 500.0)}
    scene = make_raster(clutter, **PLACES[place])
    found = detect(scene, tmp_path / "out", **how)
    done = polygonize(found.heatmap, Shaping(), tmp_path / "again.gpkg")
    assert done["count"] == found.count
    assert done["score_threshold"] == found.score_threshold
    assert_same(found.instances, done["instances"])


def test_other_settings_give_the_polygons_of_another_detection(make_raster, clutter, tmp_path):
    scene = make_raster(clutter)
    first = detect(scene, tmp_path / "first", threshold_percent=1.0)
    other = detect(scene, tmp_path / "other", threshold_score=0.3, min_area=700.0, name="other")
    polygonize(first.heatmap, Shaping(threshold_score=0.3, min_area=700.0), tmp_path / "moved.gpkg")
    (polygons, fields), (expected, _) = read(tmp_path / "moved.gpkg"), read(other.instances)
    assert len(polygons) == len(expected) > 5
    assert shapely.union_all(polygons).equals(shapely.union_all(expected))
    assert min(fields["area"]) >= 700


def test_an_area_of_interest_moves_nothing(make_raster, clutter, tmp_path):
    scene = make_raster(clutter)
    box = {"bbox": [500_130, 5_599_000, 501_111, 5_599_800]}
    found = detect(scene, tmp_path / "out", threshold_percent=3.0, area=box)
    polygonize(found.heatmap, Shaping(), tmp_path / "again.gpkg")
    assert_same(found.instances, tmp_path / "again.gpkg")


def test_a_percentage_is_a_share_of_the_valid_pixels(heat):
    scores = np.full((50, 40), np.nan)
    scores[:40] = np.linspace(0.1, 0.9, 1600).reshape(40, 40)
    for percent, lowest in ((1.0, scores[39, 24]), (50.0, scores[20, 0])):
        scores_of = load(heat(scores), Shaping(threshold_percent=percent))
        shaped = scores_of.shape(Shaping(threshold_percent=percent, min_area=0))
        assert shaped.threshold == pytest.approx(lowest, abs=1e-6)
        assert sum(i.pixels for i in shaped.instances) == 1600 * percent / 100


def test_a_percentage_of_tied_scores_takes_what_a_run_would(heat, make_raster, tmp_path):
    share = Shaping(threshold_percent=1.0, min_area=0)
    scene = np.full((1, 100, 100), 100, np.float32)
    scene[0, 40, 30:40] = np.arange(110, 120)
    found = detect(make_raster(scene, "flat.tif"), tmp_path / "out", threshold_percent=1.0, min_area=0)
    shaped = load(found.heatmap, share).shape(share)
    assert 5 <= sum(i.pixels for i in shaped.instances) <= 10
    marks = np.zeros((100, 100))
    marks[20:25, 20:30] = 1
    (one,) = load(heat(marks), share).shape(share).instances
    assert one.pixels == 50
    # Twice as many as were asked for are the limit.
    for tied, taken in ((140, 200), (141, 60)):
        marks[:] = 0
        marks.ravel()[:60], marks.ravel()[60 : 60 + tied] = 1, 0.5
        assert load(heat(marks), share).shape(share).instances[0].pixels == taken


@pytest.mark.parametrize(
    "told",
    [
        *({"parameters": other} for other in ([1], "abc", 4)),
        *({"parameters": {"min_pixels": other}} for other in ("x", [1], {}, float("inf"), float("nan"), -5)),
        *({"parameters": {"min_area": other}} for other in ("x", [1], float("inf"), float("nan"))),
        *({"parameters": {"peak_share": other}} for other in ("x", [1], float("nan"), -1, 9)),
        *({"parameters": {"peak_lowest": other}} for other in ("x", [1], float("nan"), 5)),
        *({"parameters": {"outline": other}} for other in ("circles", [1])),
        pytest.param('{"parameters":' * 100_000, id="without end"),
        "[]",
    ],
)
def test_parameters_that_no_run_has_are_none(heat, tmp_path, told):
    scores = np.zeros((20, 20))
    scores[5:9, 5:9] = 0.9
    path = heat(scores)
    with rasterio.open(path, "r+") as file:
        file.update_tags(ANOMALY_LENS_PROVENANCE=told if isinstance(told, str) else json.dumps(told))
    shaping = Shaping(threshold_score=0.5)
    polygonize(path, shaping, tmp_path / "out.gpkg")
    (polygon,), _ = read(tmp_path / "out.gpkg")
    assert polygon.area == 1600 and len(polygon.geoms[0].exterior.coords) == 5
    assert shape_features(load(path, shaping), shaping, [])["count"] == 1


@pytest.mark.parametrize("score", ["x", [1], float("nan"), -1, 7, pytest.param(10**400, id="huge")])
def test_a_threshold_that_no_run_has_is_none(heat, tmp_path, score):
    path = heat(np.full((20, 20), 0.9))
    with rasterio.open(path, "r+") as file:
        file.update_tags(ANOMALY_LENS_PROVENANCE=json.dumps({"parameters": {"score_threshold": score}}))
    with pytest.raises(EngineError, match="does not say its threshold"):
        polygonize(path, Shaping(), tmp_path / "out.gpkg")


def test_scores_below_what_is_in_memory_are_read_when_asked_for(heat):
    scores = np.linspace(0, 1, 10_000).reshape(100, 100)
    path = heat(scores)
    first = load(path, Shaping(threshold_score=0.95))
    assert 0.85 < first.lowest <= 0.95
    assert load(path, Shaping(threshold_score=0.99), first) is first
    more = load(path, Shaping(threshold_score=0.2), first)
    assert more.shape(Shaping(threshold_score=0.2)).instances[0].pixels == 8000


def test_a_percentage_beyond_what_is_in_memory_brings_no_more_than_its_bin(heat, monkeypatch):
    monkeypatch.setattr(module, "MOST_KEPT", 50)
    shaping = Shaping(threshold_percent=1.0)
    loaded = load(heat(np.linspace(0, 1, 40_000).reshape(200, 200)), shaping)
    assert 400 <= len(loaded._scores) < 400 + 40_000 / 256
    assert loaded.shape(shaping).instances[0].pixels == 400
    everything = Shaping(threshold_percent=100.0)
    assert load(loaded.scene.path, everything, loaded).shape(everything).instances[0].pixels == 39_999  # zero is none


def test_a_heat_map_that_was_written_again_is_read_again(heat):
    first = load(heat(np.full((9, 9), 0.2)), Shaping(threshold_score=0.5))
    path = heat(np.full((10, 10), 0.7))
    again = load(path, Shaping(threshold_score=0.5), first)
    assert again is not first
    assert [i.pixels for i in again.shape(Shaping(threshold_score=0.5)).instances] == [100]


def test_merging_comes_before_the_smallest_area(heat):
    scores = np.zeros((40, 60))
    scores[5:7, 5:7] = 0.9
    scores[5:7, 9:11] = 0.8  # two pixels of 10 m lie between
    scores[30:32, 30:32] = 0.7
    map_ = ScoreMap(heat(scores))
    near = Shaping(threshold_score=0.5, min_area=600.0, merge=20.5)
    (only,) = map_.shape(near).instances
    assert (only.pixels, len(only.polygon.geoms)) == (8, 2)
    assert (only.score_max, only.score_mean) == pytest.approx((0.9, 0.85))
    assert map_.shape(Shaping(threshold_score=0.5, min_area=600.0, merge=19.5)).instances == []


def test_a_merge_distance_beyond_all_makes_one_anomaly(heat):
    (only,) = ScoreMap(heat(ridge())).shape(Shaping(threshold_score=0.8, merge=1e9)).instances
    assert len(only.polygon.geoms) == 3


def test_holes_are_filled_up_to_an_area_with_what_lies_in_them(heat):
    scores = np.zeros((40, 40))
    scores[2:30, 2:30] = 0.6
    scores[5:15, 5:15] = 0.1  # a hole of 100 pixels
    scores[9:11, 9:11] = 0.9  # an island in it
    scores[20:23, 20:23] = 0.1  # a hole of 9 pixels
    map_ = ScoreMap(heat(scores), 0.5)
    assert len(map_.shape(Shaping(threshold_score=0.5)).instances) == 2
    small = map_.shape(Shaping(threshold_score=0.5, fill_holes=9 * map_.measure.pixel_area_m2)).instances
    assert sorted(i.polygon.area for i in small) == [4, 28 * 28 - 100]
    (whole,) = map_.shape(Shaping(threshold_score=0.5, fill_holes=10_100.0)).instances
    assert whole.polygon.area == 28 * 28
    assert whole.score_max == pytest.approx(0.9)
    assert whole.pixels == 28 * 28 - 100 - 9 + 4


def test_what_lies_in_holes_within_holes_counts_once(heat):
    scores = np.zeros((40, 40))
    for margin, score in ((2, 0.6), (6, 0.1), (8, 0.7), (12, 0.1), (16, 0.9)):
        scores[margin:-margin, margin:-margin] = score
    inside = scores[scores > 0.5]
    scores[0, 0] = 0.8  # less than the whole has then
    whole, other = ScoreMap(heat(scores), 0.5).shape(Shaping(threshold_score=0.5, fill_holes=1e6)).instances
    assert (whole.polygon.area, other.polygon.area) == (36**2, 1)
    assert (whole.pixels, whole.score_max) == (inside.size, pytest.approx(0.9))
    assert whole.score_mean == pytest.approx(inside.mean())


def test_filled_and_smoothed_polygons_are_valid(heat, clutter):
    scores = np.clip(np.abs(clutter[0] - clutter[0].mean()) / 20, 0, 1)
    map_ = ScoreMap(heat(scores), 0.3)
    shaped = map_.shape(Shaping(threshold_score=0.3, merge=15, fill_holes=400, smooth=4))
    polygons = np.array([i.polygon for i in shaped.instances], dtype=object)
    assert len(polygons) > 10
    assert shapely.is_valid(polygons).all()
    assert set(shapely.get_type_id(polygons)) == {6}


def hexes(map_, shaped, which):
    return [w.hex() for w in shapely.to_wkb(map_.measure.all_to_map([shaped.instances[k].polygon for k in which]))]


def ridge():
    """Two peaks on a ridge, and a third far away; outlines at 0.8, 0.6 and 0.4 nest."""
    scores = np.zeros((40, 60))
    scores[10:20, 10:50] = 0.45
    scores[12:18, 12:20] = 0.65
    scores[14:16, 14:18] = 0.9
    scores[12:18, 38:48] = 0.7
    scores[14:16, 40:46] = 0.85
    scores[30:34, 30:34] = 0.95
    return scores


@pytest.mark.parametrize("rows", [1, 8, 1000])
def test_what_was_decided_is_left_out_and_its_slopes_with_it(heat, monkeypatch, rows):
    monkeypatch.setattr(module, "_ROWS_VALUES", 60 * rows)  # at once
    map_ = ScoreMap(heat(ridge()), 0.4)
    high = map_.shape(Shaping(threshold_score=0.8))
    assert [i.score_max for i in high.instances] == pytest.approx([0.95, 0.9, 0.85])
    decided = hexes(map_, high, [1])
    # The slope of the decided peak alone.
    middle = map_.shape(Shaping(threshold_score=0.6), decided)
    assert [i.score_max for i in middle.instances] == pytest.approx([0.95, 0.85])
    # The other peak is not lost where both become one.
    low = map_.shape(Shaping(threshold_score=0.4), decided)
    assert [i.score_max for i in low.instances] == pytest.approx([0.95, 0.85])
    taken = shapely.from_wkb(bytes.fromhex(decided[0]))
    for outline in hexes(map_, low, [0, 1]):
        assert shapely.from_wkb(bytes.fromhex(outline)).intersection(taken).area == 0
    # What is decided in full is not found again.
    assert map_.shape(Shaping(threshold_score=0.8), hexes(map_, high, [0, 1, 2])).instances == []


def test_a_bump_that_does_not_reach_the_threshold_is_none_without_the_decided_top(heat):
    raw = np.full((20, 30), 0.1)
    raw[8:12, 5:20] = 6.5
    raw[8:12, 6:9], raw[9:11, 15:17] = 12, 8
    map_ = ScoreMap(heat(raw / (1 + raw)), 0.5)
    asked = {"peak_share": 0.5, "min_area": 0}
    decided = hexes(map_, map_.shape(Shaping(threshold_score=0.92, **{**asked, "peak_share": 0.9})), [0])
    assert len(map_.shape(Shaping(threshold_score=0.9, **asked)).instances) == 1
    assert map_.shape(Shaping(threshold_score=0.9, **asked), decided).instances == []
    (bump,) = map_.shape(Shaping(threshold_score=0.88, **asked), decided).instances
    assert bump.score_max == pytest.approx(8 / 9)


def test_slopes_of_what_was_decided_stay_out_of_maps_in_double_precision(make_raster):
    y, x = np.mgrid[0:60, 0:60]
    scores = 0.05 + 0.9 * np.exp(-((x - 30.3) ** 2 + (y - 29.6) ** 2) / 150)
    map_ = ScoreMap(make_raster(scores, "double.tif", nodata=float("nan")), 0.3)
    decided = hexes(map_, map_.shape(Shaping(threshold_score=0.9)), [0])
    assert map_.shape(Shaping(threshold_score=0.5), decided).instances == []


def test_names_that_no_file_can_have_are_refused(heat, tmp_path):
    path = heat(ridge())
    with pytest.raises(EngineError) as caught:
        polygonize(path, Shaping(threshold_score=0.8), tmp_path / ("a" * 300 + ".gpkg"))
    assert caught.value.code == "not_writable"
    longest = tmp_path / ("a" * 240 + ".gpkg")
    assert polygonize(path, Shaping(threshold_score=0.8), longest)["count"] > 0


def test_what_was_drawn_by_hand_need_not_follow_pixels_nor_lie_inside(heat):
    map_ = ScoreMap(heat(ridge()))
    drawn = shapely.MultiPolygon([shapely.Point(500_320, 5_599_680).buffer(33), shapely.box(0, 0, 1, 1)])
    shaped = map_.shape(Shaping(threshold_score=0.8), [drawn.wkb_hex])
    assert [i.score_max for i in shaped.instances] == pytest.approx([0.9, 0.85])


def test_the_plugin_gets_lists_of_one_length(heat):
    map_ = ScoreMap(heat(ridge()))
    told = json.loads(json.dumps(shape_features(map_, Shaping(threshold_score=0.8), [])))
    assert told["count"] == 3
    assert told["area_unit"] == "m2"
    assert told["min_area"] == 0
    for name in ("outlines", "score_max", "score_mean", "area", "width", "height"):
        assert len(told[name]) == 3
    outline = shapely.from_wkb(bytes.fromhex(told["outlines"][0]))
    assert outline.bounds == (500_300, 5_599_660, 500_340, 5_599_700)
    assert told["width"][0] == pytest.approx(40, rel=1e-3)
    empty = shape_features(map_, Shaping(threshold_score=0.99), [])
    assert (empty["count"], empty["outlines"]) == (0, [])


def test_only_the_highest_are_kept(heat, monkeypatch):
    monkeypatch.setattr(module, "MAX_INSTANCES", 2)
    told = shape_features(ScoreMap(heat(ridge())), Shaping(threshold_score=0.8), [])
    assert told["score_max"] == pytest.approx([0.95, 0.9])
    assert told["omitted"] == 1
    assert "1 more" in told["warnings"][0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold_score": 1.5},
        {"threshold_score": float("nan")},
        {"threshold_score": "high"},
        {"threshold_percent": -1},
        {"min_area": -1},
        {"merge": -0.1},
        {"merge": float("inf")},
        {"min_area": float("inf")},
        {"smooth": 21},
        {"threshold_score": 0.5, "threshold_percent": 1},
    ],
)
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(EngineError) as caught:
        Shaping(**wrong)
    assert caught.value.code == "bad_parameter"


def test_what_is_no_heat_map_is_refused(make_raster, heat, noise):
    for path, word in ((make_raster(noise()), "bands"), (heat(np.full((5, 5), 7.0)), "scores run from 0 to 1")):
        with pytest.raises(EngineError) as caught:
            ScoreMap(path)
        assert caught.value.code == "bad_parameter"
        assert word in caught.value.message
    with pytest.raises(EngineError) as caught:
        load(heat(np.full((5, 5), 0.7)), Shaping())
    assert "threshold" in caught.value.message


def test_a_heat_map_that_is_gone_is_told(heat, tmp_path):
    path = heat(ridge())
    known = load(path, Shaping(threshold_score=0.8))
    (tmp_path / "heat.tif").unlink()
    with pytest.raises(EngineError) as caught:
        load(path, Shaping(threshold_score=0.8), known)
    assert caught.value.code == "scene_not_found"


@pytest.mark.parametrize("name", ["x.shp", "x.geojson", "x"])
def test_a_name_of_another_format_is_refused(heat, tmp_path, name):
    """A GeoPackage had been written under it."""
    with pytest.raises(EngineError, match="no name of a GeoPackage"):
        polygonize(heat(ridge()), Shaping(threshold_score=0.8), tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == ["heat.tif"]


def test_nothing_is_overwritten_and_nothing_half_written(heat, tmp_path, monkeypatch):
    path = heat(ridge())
    there = tmp_path / "there.gpkg"
    there.write_text("precious")
    for out in (there, tmp_path / "absent" / "x.gpkg"):
        with pytest.raises(EngineError) as caught:
            polygonize(path, Shaping(threshold_score=0.8), out)
        assert caught.value.code == "not_writable"
    assert there.read_text() == "precious"

    def fill_the_disk(draft, *_arguments, **_options):
        draft.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("anomaly_lens.engine.polygonize.write_polygons", fill_the_disk)
    with pytest.raises(EngineError, match="No space left") as caught:
        polygonize(path, Shaping(threshold_score=0.8), tmp_path / "new.gpkg")
    assert caught.value.code == "not_writable"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["heat.tif", "there.gpkg"]


@pytest.mark.parametrize("where", ["__init__", "shape"])
def test_a_lack_of_memory_is_told(heat, tmp_path, monkeypatch, where):
    path = heat(ridge())
    scores, shaping = load(path, Shaping(threshold_score=0.8)), Shaping(threshold_score=0.0)
    monkeypatch.setattr(ScoreMap, where, lambda *_: np.empty(2**46))
    with pytest.raises(EngineError, match="not enough memory") as caught:
        polygonize(path, shaping, tmp_path / "new.gpkg")
    assert caught.value.code == "out_of_memory"
    if where == "shape":
        with pytest.raises(EngineError, match="not enough memory"):
            shape_features(scores, shaping, [])


def test_an_interrupt_leaves_nothing_half_written(heat, tmp_path, monkeypatch):
    def interrupt(draft, *_arguments, **_options):
        draft.write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr("anomaly_lens.engine.polygonize.write_polygons", interrupt)
    path = heat(ridge())
    with pytest.raises(KeyboardInterrupt):
        polygonize(path, Shaping(threshold_score=0.8), tmp_path / "new.gpkg")
    assert [p.name for p in tmp_path.iterdir()] == ["heat.tif"]
