"""ASD end to end: teaching from polygons, scoring by the model, and what is said when something is wrong."""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch
from anomaly_lens.engine.cli import main
from anomaly_lens.engine.detectors import catalog
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.models.surroundings import scene_density
from anomaly_lens.engine.models.taught import Scaling, list_models, load_model
from anomaly_lens.engine.pipeline import detect, score_scene
from anomaly_lens.engine.region import Region
from anomaly_lens.engine.scene import open_scene
from anomaly_lens.engine.teaching import learner
from anomaly_lens.engine.teaching.ground import FEWEST_PIXELS, normal_polygons, read_ground
from anomaly_lens.engine.teaching.learner import PAPER, Diverged, Schedule
from anomaly_lens.engine.teaching.preview import Preview
from anomaly_lens.engine.teaching.teach import check_place, teach
from rasterio.errors import RasterioIOError
from rasterio.warp import transform_bounds
from rasterio.windows import Window

pytestmark = pytest.mark.usefixtures("one_thread")

SHORT = Schedule(steps=40)
LONG = 3600.0


def ground(seed, rows=150, columns=170, bands=3, patch=None):
    """Green speckle; ``patch`` is a (rows, columns) pair of slices that turns red."""
    rng = np.random.default_rng(seed)
    levels = np.linspace(60, 120, bands)[::-1]
    image = levels[:, None, None] + rng.normal(0, 6, (bands, rows, columns))
    if patch is not None:
        image[(slice(None), *patch)] = image[(slice(None, None, -1), *patch)]
    return image.clip(0, 255).astype(np.uint8)


def left_half(path):
    """A polygon on the left half of a raster."""
    with rasterio.open(path) as dataset:
        corners = [dataset.transform * c for c in ((0, 0), (80, 0), (80, dataset.height), (0, dataset.height))]
        return {"geojson": {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}, "crs": "EPSG:32633"}


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A model taught on the left half of a scene: the scene's path, the model's folder, the result."""
    folder = tmp_path_factory.mktemp("asd")
    path = folder / "first.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=170,
        height=150,
        count=3,
        dtype="uint8",
        crs="EPSG:32633",
        transform=rasterio.Affine(10, 0, 500_000, 0, -10, 5_600_000),
    ) as dataset:
        dataset.write(ground(0))
    seen = []
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    result = teach(
        [path],
        [left_half(path)],
        folder / "green",
        name="Green ground",
        schedule=SHORT,
        budget_s=LONG,
        progress=lambda p: seen.append((p, p.preview is None or (folder.joinpath(p.preview["path"]).exists()))),
    )
    torch.set_num_threads(before)
    return path, folder / "green", result, seen


PATCH = (slice(60, 90), slice(100, 140))


def test_finds_what_was_planted_in_another_scene(taught, make_raster, tmp_path):
    _, model, _, _ = taught
    scene = make_raster(ground(1, patch=PATCH), "second.tif")
    scores = score_scene(scene, "asd", model=str(model))
    planted = np.zeros(scores.shape, bool)
    planted[PATCH] = True
    assert np.median(scores[planted]) > np.quantile(scores[~planted], 0.97)
    result = detect(scene, tmp_path / "out", detector="asd", model=str(model), threshold_percent=5)
    with rasterio.open(result.heatmap) as heatmap:
        origin = json.loads(heatmap.tags()["ANOMALY_LENS_PROVENANCE"])
    assert origin["detector_parameters"]["model"] == "Green ground"
    assert origin["weights_sha256"] == load_model(model).card["sha256"]


def test_a_score_of_one_half_is_the_most_deviating_percent_of_normal_ground(taught):
    path, model, _, _ = taught
    scores = score_scene(path, "asd", model=str(model))
    assert np.mean(scores[:, :80] > 0.5) == pytest.approx(0.01, abs=0.01)


def test_what_is_not_normal_is_found_whole_unless_another_threshold_is_given(taught, make_raster, tmp_path):
    _, model, _, _ = taught
    large = (slice(20, 130), slice(60, 150))  # two fifths of the scene
    scene = make_raster(ground(1, patch=large), "second.tif")
    planted = np.zeros((150, 170), bool)
    planted[large] = True

    def share(**threshold):
        result = detect(scene, tmp_path / "out", detector="asd", model=str(model), **threshold)
        with rasterio.open(result.heatmap) as heatmap:
            return result.score_threshold, np.mean(heatmap.read(1)[planted] >= result.score_threshold)

    score, found = share()
    assert score == 0.5
    assert found > 0.8
    score, found = share(threshold_percent=1)
    assert score > 0.5
    assert found < 0.05


def test_who_looks_at_a_model_elsewhere_leaves_its_network_where_it_is_taught(taught):
    model = load_model(taught[1])
    # As seen from here, any other device is as far as a GPU.
    there = model.to("meta")
    assert (model.device.type, there.device.type) == ("cpu", "meta")
    # While it is taught, its densities are with the ground on the CPU.
    assert replace(model, network=there.network).device.type == "meta"


def test_scores_do_not_depend_on_strips_and_tiles(taught, monkeypatch):
    path, model, _, _ = taught
    whole = score_scene(path, "asd", model=str(model))
    monkeypatch.setattr("anomaly_lens.engine.region.STRIP_BYTES", 170 * 3 * 8 * 37)  # odd strips
    monkeypatch.setattr("anomaly_lens.engine.detectors.asd.TILE", 26)
    monkeypatch.setattr("anomaly_lens.engine.detectors.asd.WIDE", 50)
    np.testing.assert_allclose(score_scene(path, "asd", model=str(model)), whole, atol=2e-5)


def test_scores_are_those_of_the_model_that_knows_all_of_the_scene(taught, make_raster):
    _, folder, _, _ = taught
    image = ground(1, patch=PATCH)
    image[:, 40:70, 50:95] = 0
    path = make_raster(image, "holes.tif", nodata=0)
    model = load_model(folder)
    with open_scene(path) as scene:
        region = Region(scene)
        scaling = Scaling.of_region(region, "cpu", lambda _: None)
        model = replace(model, scaling=scaling, scene=scene_density(region, scaling, "cpu", lambda _: None))
        pixels, valid = (torch.from_numpy(read) for read in scene.read(Window(0, 0, 170, 150)))
    expected = model.score(model.maps(pixels.float(), valid, (0, 150), (0, 170)), valid).numpy()
    scores = score_scene(path, "asd", model=str(folder))
    assert np.isnan(scores[40:70, 50:95]).all()
    np.testing.assert_allclose(scores[valid.numpy()], expected[valid.numpy()], atol=2e-5)


def test_progress_has_the_loss_history_and_previews(taught):
    _, model, result, seen = taught
    assert all(exists for _, exists in seen)
    last = seen[-1][0]
    assert last.fraction == 1
    assert last.loss["step"] == SHORT.steps
    assert last.loss["separate"] > 0
    assert 0.5 < last.loss["separation"] <= 1
    assert last.preview["crs"] == "EPSG:32633"
    assert last.preview["extent"][0] >= 500_000
    assert sorted(p.name for p in model.parent.iterdir()) == ["first.tif", "green"]
    assert result.card["sources"][0]["normal"]["geojson"]["type"] == "Polygon"


def test_the_same_seed_teaches_the_same(taught, tmp_path):
    path, model, _, _ = taught
    again = teach([path], [left_half(path)], tmp_path / "again", schedule=SHORT, budget_s=LONG)
    for ours, theirs in zip(
        load_model(again.model).network.parameters(), load_model(model).network.parameters(), strict=True
    ):
        assert torch.equal(ours, theirs)


def test_values_far_from_zero_lose_no_digits(taught, make_raster, tmp_path):
    """In float32, whole numbers around 1e9 are multiples of 64."""
    _, model, _, _ = taught
    near = make_raster(ground(0, patch=PATCH), "near.tif")
    far = make_raster(ground(0, patch=PATCH).astype(np.int32) + 10**9, "far.tif")
    expected = score_scene(near, "asd", model=str(model))
    assert score_scene(far, "asd", model=str(model)) == pytest.approx(expected, abs=1e-3)
    again = teach([far], [left_half(far)], tmp_path / "far", schedule=SHORT, budget_s=LONG)
    found = score_scene(far, "asd", model=again.model)
    assert found.min() < 0.4
    assert np.median(found[PATCH]) > 2 * np.median(found)


@pytest.mark.parametrize("schedule", [PAPER, Schedule(length=4)])
def test_other_losses_and_numbers_of_bands(make_raster, tmp_path, schedule):
    schedule = Schedule(**{**vars(schedule), "steps": 25})
    path = make_raster(ground(0, bands=6))
    result = teach([path], [left_half(path)], tmp_path / "model", schedule=schedule, adapt=False, budget_s=LONG)
    points = [
        name for name in ("compact", "diverse", "separate") if result.card["training"]["loss"][-1][name] is not None
    ]
    assert points == [name for name in ("compact", "diverse", "separate") if getattr(schedule, name)]
    model = load_model(result.model)
    assert model.scaling is not None
    assert len(model.density.mean) == (3 * 4 if schedule.joined else 5)
    scores = score_scene(path, "asd", model=result.model)
    assert np.isfinite(scores).all()


def test_polygons_in_another_crs_are_transformed(taught, tmp_path):
    path, model, _, _ = taught
    import pyproj

    to_degrees = pyproj.Transformer.from_crs(32633, 4326, always_xy=True)
    ring = [to_degrees.transform(*corner) for corner in left_half(path)["geojson"]["coordinates"][0]]
    normal = {"geojson": {"type": "Polygon", "coordinates": [ring]}, "crs": "EPSG:4326"}
    result = teach([path], [normal], tmp_path / "model", schedule=Schedule(steps=12), budget_s=LONG)
    expected = load_model(model).card["normal_pixels"]
    assert result.card["normal_pixels"] == pytest.approx(expected, rel=0.02)


def test_invalid_pixels_are_no_normal_ground(make_raster, tmp_path):
    image = ground(0)
    image[:, :, :40] = 0
    path = make_raster(image, nodata=0)
    result = teach([path], [left_half(path)], tmp_path / "model", schedule=Schedule(steps=12), budget_s=LONG)
    assert result.card["normal_pixels"] == 40 * 150


@pytest.mark.parametrize(("name", "pixels"), [("night_sea.tif", 80), ("sea.tif", 40)])
def test_black_that_is_searched_as_data_is_taught_as_data(make_raster, tmp_path, name, pixels):
    """By night a black corner is ground, by day fill."""
    image = ground(0)
    image[:, :, :40] = 0
    result = teach(
        [make_raster(image, name)],
        [pixels_of((0, 0, 80, 150))],
        tmp_path / "model",
        schedule=Schedule(steps=2),
        budget_s=LONG,
    )
    assert result.card["normal_pixels"] == pixels * 150
    assert ("left out" in result.warnings[0]) == (pixels < 80)


def box(xmin, ymin, xmax, ymax):
    return {"bbox": [xmin, ymin, xmax, ymax], "crs": "EPSG:32633"}


@pytest.mark.parametrize(
    ("code", "normal"),
    [
        ("normal_outside", box(0, 0, 1000, 1000)),
        ("too_little_normal", box(500_000, 5_599_800, 500_200, 5_600_000)),
        ("bad_area", {"path": "absent.gpkg"}),
    ],
)
def test_polygons_that_teach_nothing_are_refused(make_raster, tmp_path, code, normal):
    path = make_raster(ground(0))
    with pytest.raises(EngineError) as error:
        teach([path], [normal], tmp_path / "models" / "model", schedule=SHORT)
    assert error.value.code == code
    assert error.value.hint
    assert not (tmp_path / "models").exists()


def pixels_of(*boxes):
    """Polygons of normal ground by their left, upper, right and lower edges in pixels."""
    corners = [((a, b), (c, b), (c, d), (a, d), (a, b)) for a, b, c, d in boxes]
    rings = [[(500_000 + 10 * x, 5_600_000 - 10 * y) for x, y in ring] for ring in corners]
    return {"geojson": {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}, "crs": "EPSG:32633"}


def test_ground_too_narrow_to_be_learned_from_is_told(make_raster, tmp_path):
    path = make_raster(ground(0, 600, 60))
    with pytest.raises(EngineError, match="only 0 of their pixels") as error:
        teach([path], [pixels_of((10.6, 0, 13.4, 600))], tmp_path / "model", schedule=SHORT)
    assert error.value.code == "too_little_normal"
    wide = teach([path], [pixels_of((10.6, 0, 14.6, 600))], tmp_path / "model", schedule=Schedule(2), budget_s=LONG)
    assert wide.card["normal_pixels"] == 4 * 600


@pytest.mark.parametrize("seed", range(2))
def test_ground_is_found_in_few_of_the_blocks_that_polygons_touch(make_raster, monkeypatch, seed):
    """Sixteen of 36 blocks are read of many bands; they are chosen by chance, and most hold no data."""
    monkeypatch.setattr("anomaly_lens.engine.teaching.ground.MOST_BYTES", 1)
    image = ground(0, 570, 570, 1)
    image[:, :, 40:] = 0
    whole = {"bbox": [500_000, 5_590_000, 506_000, 5_600_000], "crs": "EPSG:32633"}
    assert ground_of(make_raster(image, "strip.tif", nodata=0), whole, seed).pixels == 570 * 40


@pytest.mark.parametrize("seed", range(2))
def test_many_small_polygons_hold_enough_in_all(make_raster, monkeypatch, seed):
    monkeypatch.setattr("anomaly_lens.engine.teaching.ground.MOST_BYTES", 1)
    path = make_raster(ground(0, 570, 570, 1))
    small = pixels_of(*[(x, y, x + 6, y + 6) for x in range(0, 570, 96) for y in range(0, 570, 96)])
    found = ground_of(path, small, seed)
    assert FEWEST_PIXELS <= found.pixels < 36 * 36, "no more blocks than that takes"


def ground_of(path, normal, seed):
    """Normal ground as it is read of a scene."""
    with open_scene(path) as scene:
        polygons = normal_polygons([scene], [normal])
        return read_ground([scene], polygons, np.random.default_rng(seed), False, lambda _share: None)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "out_of_memory"),
        (RuntimeError("CUDA error: out of memory"), "out_of_memory"),
        (RuntimeError("bug"), None),
    ],
)
def test_a_lack_of_memory_is_told(make_raster, tmp_path, monkeypatch, error, code):
    def fail(*_arguments):
        raise error

    monkeypatch.setattr("anomaly_lens.engine.teaching.teach.read_ground", fail)
    path = make_raster(ground(0, 60, 60))
    with pytest.raises(EngineError if code else RuntimeError) as caught:
        teach([path], [pixels_of((0, 0, 40, 60))], tmp_path / "model")
    assert getattr(caught.value, "code", None) == code
    assert not (tmp_path / "model").exists()


def test_each_scene_is_read_as_it_is_said_to_be(make_raster, tmp_path, monkeypatch):
    usual = []

    class Seen(Preview):
        def __init__(self, scene, polygon, scaling, density, folder):
            usual.append((scaling.center.tolist(), density))
            super().__init__(scene, polygon, scaling, density, folder)

    monkeypatch.setattr("anomaly_lens.engine.teaching.teach.Preview", Seen)
    first, second = ground(0, 60, 60), ground(1, 60, 80)
    second[:, :, :10] = 7
    paths = [make_raster(first, "first.tif"), make_raster(second, "second.tif", descriptions=["a", "b", "c"])]
    result = teach(
        paths,
        [pixels_of((0, 0, 40, 60))],
        tmp_path / "model",
        bands=[3, 1],
        nodata=[None, 7],
        sources=["one", "/vsicurl/https://store/two.tif?v=1&sig=aB"],
        schedule=Schedule(steps=2),
        budget_s=LONG,
    )
    card = result.card
    assert (card["bands"], len(card["band_names"])) == ([3, 1], 2)
    told = [(source["path"], source["width"], source["also_nodata"]) for source in card["sources"]]
    assert told == [("one", 60, None), ("/vsicurl/https://store/two.tif?v=1", 80, 7)]
    assert card["normal_pixels"] == 60 * 40 + 60 * 30, "one polygon is for both"
    ((center, density),) = usual
    assert center == pytest.approx(first[[2, 0]].mean((1, 2)).tolist())
    assert density is not None


def test_values_that_mean_no_data_are_one_for_each_scene(taught, tmp_path):
    path = taught[0]
    with pytest.raises(EngineError, match="2 scenes were given, and values that mean no data for 1") as error:
        teach([path, path], [left_half(path)], tmp_path / "model", nodata=[0], schedule=SHORT)
    assert error.value.code == "bad_parameter"


def test_crss_are_one_for_each_scene(taught, tmp_path):
    path = taught[0]
    with pytest.raises(EngineError, match="2 scenes were given, and CRSs for 1") as error:
        teach([path, path], [left_half(path)], tmp_path / "model", crs=[None], schedule=SHORT)
    assert error.value.code == "bad_parameter"


def test_normal_ground_is_found_where_the_layer_lies(make_raster, tmp_path):
    path = make_raster(ground(0), crs=None)
    with rasterio.open(path) as scene:
        corners = transform_bounds("EPSG:32633", "EPSG:4326", *scene.bounds)
    normal = {"bbox": [*corners[:2], (corners[0] + corners[2]) / 2, corners[3]], "crs": "EPSG:4326"}
    result = teach([path], [normal], tmp_path / "model", crs=["EPSG:32633"], schedule=SHORT)
    assert result.card["normal_pixels"] > 0


def test_what_killed_teachings_left_is_removed_after_a_week(taught, tmp_path):
    path, *_ = taught
    for number, days in enumerate((6, 8)):
        left = tmp_path / f".anomaly_lens_{2**22 + number}_0123456789ab"
        left.mkdir()
        preview = left / "preview_0.png"
        preview.write_bytes(b"")
        then = time.time() - days * 86_400
        for path_ in (preview, left):
            os.utime(path_, (then, then))
    teach([path], [left_half(path)], tmp_path / "model", schedule=Schedule(steps=2), budget_s=LONG)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".anomaly_lens_4194304_0123456789ab", "model"]


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_that_chance_cannot_begin_with_is_refused(make_raster, tmp_path, seed):
    path = make_raster(ground(0))
    with pytest.raises(EngineError, match="The seed cannot be") as error:
        teach([path], [left_half(path)], tmp_path / "model", schedule=SHORT, seed=seed)
    assert error.value.code == "bad_parameter"


def test_scenes_with_different_bands_are_refused(taught, make_raster, tmp_path):
    path, model, _, _ = taught
    other = make_raster(ground(0, bands=5), "five.tif")
    with pytest.raises(EngineError, match="five has 5") as error:
        teach([path, other], [left_half(path)], tmp_path / "model", schedule=SHORT)
    assert error.value.code == "different_bands"
    with pytest.raises(EngineError, match="taught on 3 bands") as error:
        score_scene(other, "asd", model=str(model))
    assert error.value.code == "different_bands"


def test_an_existing_model_is_not_overwritten(taught):
    path, model, _, _ = taught
    with pytest.raises(EngineError) as error:
        teach([path], [left_half(path)], model)
    assert error.value.code == "already_there"


def test_a_name_that_no_folder_can_have_is_refused_before_teaching(tmp_path):
    for parent in (tmp_path, tmp_path / "new"):
        with pytest.raises(EngineError, match="A model cannot be called") as error:
            teach(["absent.tif"], [{}], parent / ("m" * 300))
        assert error.value.code == "bad_parameter"
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_taken_meanwhile_costs_nobody_a_model(taught, tmp_path):
    path, *_ = taught
    others = [tmp_path / "model", tmp_path / "model_2"]

    def take(_progress):
        for other in others:
            other.mkdir(exist_ok=True)
            (other / "card.json").write_text("another's")

    result = teach([path], [left_half(path)], others[0], schedule=Schedule(steps=2), budget_s=LONG, progress=take)
    assert result.model == str(tmp_path / "model_3")
    assert "the model is" in result.warnings[-1]
    load_model(result.model)
    assert [(other / "card.json").read_text() for other in others] == ["another's"] * 2
    assert len(list(tmp_path.iterdir())) == 3


def test_how_busy_the_machine_is_changes_nothing_while_there_is_time(make_raster, tmp_path, monkeypatch):
    path = make_raster(ground(0, 290, 300))
    normal = {"bbox": [500_000, 5_597_100, 503_000, 5_600_000], "crs": "EPSG:32633"}

    class Busy:
        """Its clock goes on by 50 s whenever it is read."""

        now = 0.0

        def monotonic(self):
            self.now += 50.0
            return self.now

    def lesson(name):
        result = teach([path], [normal], tmp_path / name, schedule=Schedule(steps=30), budget_s=86_400)
        card = load_model(result.model).card
        return card["sha256"], card["training"]["best_step"], card["training"]["separation"]

    idle = lesson("idle")
    monkeypatch.setattr("anomaly_lens.engine.teaching.teach.time", Busy())
    assert lesson("busy") == idle


def test_stopping_in_the_first_seconds_saves_nothing(taught, tmp_path):
    path, *_ = taught
    stop = threading.Event()
    stop.set()
    with pytest.raises(EngineError) as error:
        teach([path], [left_half(path)], tmp_path / "my" / "models" / "model", stop=stop)
    assert error.value.code == "stopped_early"
    assert list(tmp_path.iterdir()) == []


def test_stopping_before_anything_is_judged_saves_nothing(taught, tmp_path):
    path, *_ = taught
    stop, seen = threading.Event(), []

    def listen(progress):
        if progress.loss is not None:
            seen.append(progress.loss)
            stop.set()

    with pytest.raises(EngineError) as error:
        teach([path], [left_half(path)], tmp_path / "model", budget_s=LONG, progress=listen, stop=stop)
    assert error.value.code == "stopped_early"
    assert seen[0]["separate"] is None, "at the beginning, features alone are learned"
    assert list(tmp_path.iterdir()) == []


def test_when_the_time_is_over_the_best_so_far_is_kept(taught, tmp_path, monkeypatch):
    path, *_ = taught

    class Fast:
        """Its clock goes on by 10 s whenever it is read."""

        now = 0.0

        def monotonic(self):
            self.now += 10.0
            return self.now

    monkeypatch.setattr("anomaly_lens.engine.teaching.teach.time", Fast())
    result = teach([path], [left_half(path)], tmp_path / "model", schedule=Schedule(steps=50), budget_s=150)
    assert 1 < result.card["training"]["steps_done"] < 15
    assert not result.stopped
    load_model(result.model)


def test_stopping_later_keeps_the_best_so_far(taught, tmp_path):
    path, *_ = taught
    stop = threading.Event()

    def listen(progress):
        if progress.preview is not None:
            stop.set()

    result = teach([path], [left_half(path)], tmp_path / "model", budget_s=LONG, progress=listen, stop=stop)
    assert result.stopped
    assert result.card["training"]["steps_done"] < Schedule().steps
    load_model(result.model)


def test_what_was_learned_best_is_kept_and_told(taught, tmp_path, monkeypatch):
    path, *_ = taught
    judged = []

    def judge(self):
        # Worse and worse: the first is the best.
        self.separation = 0.9 - 0.1 * len(judged)
        judged.append((self.step, self.separation, self.state()))
        return self.separation

    monkeypatch.setattr(learner.Learner, "judge", judge)
    result = teach([path], [left_half(path)], tmp_path / "model", schedule=Schedule(steps=8), budget_s=LONG)
    (step, separation, best), *others = judged
    training = result.card["training"]
    assert others and training["steps_done"] == 8
    assert (training["best_step"], training["separation"]) == (step, separation)
    for name, tensor in load_model(result.model).network.state_dict().items():
        torch.testing.assert_close(tensor, best[name], rtol=0, atol=0)


def test_a_disk_that_is_full_at_the_end_is_told(taught, tmp_path, monkeypatch):
    path, *_ = taught

    def full(self, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(EngineError, match="no room left") as error:
        teach([path], [left_half(path)], tmp_path / "models" / "model", schedule=Schedule(steps=12), budget_s=LONG)
    assert error.value.code == "disk_full"
    assert error.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("rows", "columns"), [(1, 2400), (2401, 1)])
def test_a_scene_of_one_row_can_teach(make_raster, tmp_path, rows, columns):
    path, seen = make_raster(ground(3, rows, columns)), []
    with rasterio.open(path) as dataset:
        corners = [dataset.transform * c for c in ((0, 0), (columns, 0), (columns, rows), (0, rows))]
    normal = {"geojson": {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}, "crs": "EPSG:32633"}
    teach([path], [normal], tmp_path / "model", schedule=Schedule(steps=2), budget_s=LONG, progress=seen.append)
    assert any(getattr(moment, "preview", None) for moment in seen)


def test_a_preview_that_cannot_be_written_does_not_end_the_teaching(taught, tmp_path, monkeypatch):
    path, *_ = taught
    seen, real = [], rasterio.open

    def full(name, mode="r", **options):
        if mode == "w":
            raise RasterioIOError(os.strerror(errno.ENOSPC))
        return real(name, mode, **options)

    monkeypatch.setattr("anomaly_lens.engine.teaching.preview.rasterio.open", full)
    few = Schedule(steps=12)
    teach([path], [left_half(path)], tmp_path / "model", schedule=few, budget_s=LONG, progress=seen.append)
    assert [progress.preview for progress in seen] == [None] * len(seen)
    load_model(tmp_path / "model")


def test_cancelling_saves_nothing(taught, tmp_path):
    path, *_ = taught
    cancel = threading.Event()
    with pytest.raises(EngineError) as error:
        teach([path], [left_half(path)], tmp_path / "model", progress=lambda _: cancel.set(), cancel=cancel)
    assert error.value.code == "cancelled"
    assert list(tmp_path.iterdir()) == []


def test_a_diverging_loss_keeps_the_last_good_state(taught, tmp_path, monkeypatch):
    path, *_ = taught
    learn = learner.Learner.learn

    def failing(self, done):
        if self.step == 30:
            raise Diverged
        return learn(self, done)

    monkeypatch.setattr(learner.Learner, "learn", failing)
    result = teach([path], [left_half(path)], tmp_path / "model", schedule=Schedule(steps=100), budget_s=LONG)
    assert "went astray at step 30" in result.warnings[-1]
    assert result.card["training"]["best_step"] <= 30
    monkeypatch.setattr(learner.Learner, "learn", lambda *_: (_ for _ in ()).throw(Diverged))
    with pytest.raises(EngineError) as error:
        teach([path], [left_half(path)], tmp_path / "other", schedule=SHORT)
    assert error.value.code == "diverged"
    assert not (tmp_path / "other").exists()


def test_losses_that_are_not_finite_are_seen(taught, make_raster, monkeypatch, tmp_path):
    path = make_raster(ground(0))
    monkeypatch.setattr(learner, "rich", lambda *_: torch.tensor(torch.nan, requires_grad=True))
    with pytest.raises(EngineError) as error:
        teach([path], [left_half(path)], tmp_path / "model", schedule=SHORT)
    assert error.value.code == "diverged"


def test_bands_of_other_names_are_told(taught, make_raster, tmp_path):
    _, model, _, _ = taught
    other = make_raster(ground(1), "other.tif", descriptions=["swir", "nir", "red"])
    result = detect(other, tmp_path / "out", detector="asd", model=str(model))
    assert any("other has swir, nir, red" in warning for warning in result.warnings)
    same = detect(make_raster(ground(1), "same.tif"), tmp_path / "out", detector="asd", model=str(model))
    assert not any("was taught on the bands" in warning for warning in same.warnings)


def test_without_a_model_asd_says_what_to_do(make_raster):
    with pytest.raises(EngineError, match="needs a model") as error:
        score_scene(make_raster(ground(0)), "asd")
    assert error.value.code == "no_model"


def test_a_scene_without_valid_pixels_is_told(taught, make_raster, tmp_path):
    """A model that does not adapt to scenes scores without a look at the statistics."""
    path, *_ = taught
    model = teach([path], [left_half(path)], tmp_path / "fixed", adapt=False, schedule=Schedule(steps=4), budget_s=LONG)
    empty = make_raster(np.full((3, 40, 40), 7, np.uint8), nodata=7)
    with pytest.raises(EngineError) as error:
        detect(empty, tmp_path / "out", detector="asd", model=model.model)
    assert error.value.code == "no_valid_pixels"
    assert not (tmp_path / "out").exists()


def test_other_detectors_take_no_model(taught):
    path, model, _, _ = taught
    with pytest.raises(EngineError, match="takes no model"):
        score_scene(path, "rx", model=str(model))
    assert [entry["name"] for entry in catalog() if entry["takes_model"]] == ["asd"]


def test_a_folder_that_is_no_model_is_refused(taught, tmp_path):
    _, model, _, _ = taught
    with pytest.raises(EngineError) as error:
        load_model(tmp_path)
    assert error.value.code == "bad_model"
    altered = tmp_path / "altered"
    altered.mkdir()
    card = json.loads((model / "card.json").read_text())
    (altered / "card.json").write_text(json.dumps(card))
    (altered / "model.safetensors").write_bytes((model / "model.safetensors").read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(EngineError, match="not the one that its model card describes") as error:
        load_model(altered)
    assert error.value.code == "bad_model"
    (altered / "card.json").write_text(json.dumps({**card, "kind": "uniadrs"}))
    (altered / "model.safetensors").write_bytes((model / "model.safetensors").read_bytes())
    with pytest.raises(EngineError, match="of the kind uniadrs"):
        load_model(altered)


def test_a_model_whose_path_cannot_be_looked_at_is_told():
    with pytest.raises(EngineError) as error:
        load_model("m" * 300)
    assert error.value.code == "bad_model"


def test_models_are_listed_with_problems_told(taught, tmp_path):
    _, model, _, _ = taught
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "card.json").write_text("{")
    (tmp_path / "mine").symlink_to(model)
    listed = list_models(str(tmp_path))
    own = [entry for entry in listed["models"] if not entry["shipped"]]
    assert [(entry["name"], entry["bands"]) for entry in own] == [("Green ground", 3)]
    assert len(listed["warnings"]) == 1


def test_the_command_line_teaches_and_detects(taught, tmp_path, capsys):
    path, *_ = taught
    normal = tmp_path / "normal.geojson"
    area = left_half(path)
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    feature = {"type": "Feature", "properties": {}, "geometry": area["geojson"]}
    normal.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    words = ["teach", str(path), "--normal", str(normal), "--out", str(tmp_path / "model"), "--seconds", "3", "--json"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["card"]["name"] == "model"
    words = ["detect", str(path), "--detector", "asd", "--model", str(tmp_path / "model"), "--out", str(tmp_path / "o")]
    assert main(words) == 0
    assert main([*words[:4], "--model", str(tmp_path), *words[6:]]) == 2


@pytest.mark.parametrize("name", ["model", "in/model"])
def test_a_model_cannot_be_made_in_a_closed_folder(closed, name):
    with pytest.raises(EngineError, match="cannot be written") as caught:
        check_place(closed / name)
    assert caught.value.code == "not_writable"
