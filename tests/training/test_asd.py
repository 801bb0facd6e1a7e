"""ASD on labelled sets and on classes: which half teaches, which is scored, and what a class is."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.io
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.models.taught import load_model
from anomaly_lens.engine.teaching.learner import Schedule
from anomaly_lens.training import asd_ablation, asd_protocol
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.asd_classes import OUTLINES, normal_classes
from anomaly_lens.training.asd_protocol import halves, normal_ground
from anomaly_lens.training.bench_asd import bench_asd
from anomaly_lens.training.datasets import find_sets

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def slides(tmp_path, write_image, write_rows):
    """A set of four scenes, each green with a red square that its mask marks; ids out of order."""
    folder = tmp_path / "sets" / "asd" / "slides"
    rng = np.random.default_rng(0)
    rows = []
    for name in ("d", "a", "c", "b"):
        image = np.array([60, 110, 70])[:, None, None] + rng.normal(0, 5, (3, 80, 90))
        mask = np.zeros((1, 80, 90), np.uint8)
        mask[0, 20:50, 30:60] = 255
        image[:, mask[0] > 0] = image[:, mask[0] > 0][[1, 0, 2]]
        write_image(folder / "images" / f"{name}.png", image.clip(0, 255).astype(np.uint8))
        write_image(folder / "masks" / f"{name}.png", mask)
        rows.append({"id": name, "image": f"images/{name}.png", "mask": f"masks/{name}.png", "boxes": ""})
    write_rows(folder / "manifest.csv", rows)
    return tmp_path / "sets"


def test_every_other_scene_by_id_teaches(slides):
    (labelled,), _ = find_sets(slides)
    taught, scored = halves(labelled)
    assert [scene.id for scene in taught] == ["a", "c"]
    assert [scene.id for scene in scored] == ["b", "d"]


def test_normal_ground_is_what_the_mask_leaves_out(slides):
    (labelled,), _ = find_sets(slides)
    from shapely.geometry import shape

    area = shape(normal_ground(labelled.scenes[0])["geojson"])
    assert area.area == 80 * 90 - 30 * 30
    assert area.bounds == (0, -80, 90, 0)


def test_what_a_mask_does_not_know_is_no_normal_ground(slides, write_image):
    (labelled,), _ = find_sets(slides)
    mask = np.zeros((1, 80, 90), np.uint8)
    mask[0, 20:50, 30:60] = 1
    mask[0, 60:] = 255
    write_image(labelled.scenes[0].mask, mask, 255)
    from shapely.geometry import shape

    assert shape(normal_ground(labelled.scenes[0])["geojson"]).area == 60 * 90 - 30 * 30


def test_a_scene_that_is_anomalous_as_a_whole_teaches_nothing(slides, tmp_path, write_image):
    (labelled,), _ = find_sets(slides)
    first, second = halves(labelled)[0]
    write_image(first.mask, np.full((1, 80, 90), 255, np.uint8))
    model = asd_protocol.teach_half(labelled, tmp_path / "model", schedule=Schedule(steps=2), device="cpu")
    assert [source["path"] for source in load_model(model).card["sources"]] == [str(second.image)]
    write_image(second.mask, np.full((1, 80, 90), 255, np.uint8))
    with pytest.raises(EngineError, match="slides leave no normal ground"):
        asd_protocol.teach_half(labelled, tmp_path / "other", device="cpu")


def test_a_scene_without_data_teaches_nothing_and_ends_nothing(slides, tmp_path, write_image, capsys):
    (labelled,), _ = find_sets(slides)
    first, second = halves(labelled)[0]
    write_image(first.image, np.zeros((3, 80, 90), np.uint8), 0)
    model = asd_protocol.teach_half(labelled, tmp_path / "model", schedule=Schedule(steps=2), device="cpu")
    assert [source["path"] for source in load_model(model).card["sources"]] == [str(second.image)]
    write_image(halves(labelled)[1][0].image, np.zeros((3, 80, 90), np.uint8), 0)
    ablate = ["ablate-asd", "--data", str(slides), "--only", "L1", "--steps", "2", "--out", str(tmp_path / "out")]
    assert main([*ablate, "--device", "cpu"]) == 0
    capsys.readouterr()
    write_image(second.image, np.zeros((3, 80, 90), np.uint8), 0)
    with pytest.raises(EngineError, match="slides leave no normal ground"):
        asd_protocol.teach_half(labelled, tmp_path / "other", device="cpu")


def test_sets_of_matlab_files_teach_nothing_and_end_nothing(slides, tmp_path, capsys):
    """A manifest may leave out which variable the cube is."""
    folder = slides / "hyperspectral" / "cubes"
    folder.mkdir(parents=True)
    for name in ("a", "b"):
        scipy.io.savemat(folder / f"{name}.mat", {"cube": np.random.default_rng(0).random((80, 90, 4))})
        shutil.copy(slides / "asd" / "slides" / "masks" / "a.png", folder / f"{name}.png")
    (folder / "manifest.csv").write_text("id,image,mask\na,a.mat,a.png\nb,b.mat,b.png\n")
    ablate = ["ablate-asd", "--data", str(slides), "--only", "L1", "--steps", "2", "--out", str(tmp_path / "out")]
    assert main([*ablate, "--device", "cpu"]) == 0
    assert "cubes" not in capsys.readouterr().out
    assert main([*ablate, "--sets", "cubes"]) == 2
    assert "MATLAB files are not taught from" in capsys.readouterr().err
    scorer = asd_protocol.TaughtScorer(find_sets(slides, ["cubes"])[0], None, tmp_path, "cpu")
    assert [skipped.name for skipped in scorer.skipped] == ["hyperspectral/cubes"]


def test_evaluate_teaches_on_one_half_and_measures_the_other(slides, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(asd_protocol, "teach_half", _short(asd_protocol.teach_half))
    out = tmp_path / "out"
    words = ["evaluate", "--data", str(slides), "--detector", "rx", "asd", "--device", "cpu", "--out", str(out)]
    assert main(words) == 0
    report = json.loads((out / "report.json").read_text())
    assert {(row["scene"], row["detector"]) for row in report["scenes"]} == {
        (scene, detector) for scene in "bd" for detector in ("rx", "asd")
    }
    reached = {row["detector"]: row["auc_df"] for row in report["sets"]}
    assert reached["asd"] > 0.95
    (place,) = (out / "models").glob("asd_slides_*")
    model = load_model(place)
    assert [source["path"][-5:] for source in model.card["sources"]] == ["a.png", "c.png"]
    capsys.readouterr()
    # A second time the models are there already; with --model all scenes are scored.
    assert main([*words, "--model", str(place)]) == 0
    assert "teaching" not in capsys.readouterr().out
    assert len(json.loads((out / "report.json").read_text())["scenes"]) == 8


def test_the_ablation_teaches_each_row_once_and_the_full_schedule_goes_through_all_ground(
    slides, tmp_path, monkeypatch, capsys
):
    (labelled,), _ = find_sets(slides)
    assert asd_ablation.full_steps(labelled) == 100 * 2 / 4  # two scenes of one block each, four blocks a step
    monkeypatch.setattr(asd_ablation, "EPOCHS", 20)
    out = tmp_path / "out"
    words = ["ablate-asd", "--data", str(slides), "--steps", "12", "--device", "cpu", "--out", str(out)]
    assert main([*words, "--only", "L1+L2+L3", "default", "full"]) == 0
    lines = (out / "ablation.csv").read_text().splitlines()
    assert lines[0] == "losses,asd/slides AUC,asd/slides mIoU"
    assert [line.split(",")[0] for line in lines[1:]] == ["L1+L2+L3", "default", "full"]
    assert all(0.5 < float(line.split(",")[1]) <= 1 for line in lines[1:])
    places = {row: list(out.glob(f"asd_slides_{row}_*")) for row in ("L1_L2_L3_12", "default_12", "full_10")}
    assert [len(found) for found in places.values()] == [1, 1, 1]
    taught = {row: load_model(found[0]).card["training"] for row, found in places.items() if row != "full_10"}
    assert [taught[row]["schedule"]["separate"] for row in taught] == [0, 1]
    assert load_model(places["full_10"][0]).card["training"]["steps_done"] == 10
    monkeypatch.setattr(asd_protocol, "teach_half", None)  # what is there is not taught again
    assert main([*words, "--only", "default"]) == 0


def _short(teach_half):
    return lambda *args, **options: teach_half(*args, **options | {"schedule": Schedule(steps=30)})


def test_a_model_is_used_again_for_the_half_that_taught_it_only(slides, tmp_path, monkeypatch, capsys):
    """A scene more, another mask, other images of the same name, another schedule: each has a model of its own."""
    taught = []

    def teach_half(labelled, place, **_):
        taught.append([scene.id for scene in halves(labelled)[0]])
        place.mkdir(parents=True)

    def scored(folder):
        return [scene.id for scene in asd_protocol.TaughtScorer(find_sets(folder)[0], None, out, "cpu").sets[0].scenes]

    monkeypatch.setattr(asd_protocol, "teach_half", teach_half)
    folder, out = slides / "asd" / "slides", tmp_path / "out"
    manifest = folder / "manifest.csv"
    whole = manifest.read_text()
    manifest.write_text("".join(line for line in whole.splitlines(keepends=True) if line[:2] != "a,"))
    assert scored(slides) == ["c"]
    assert scored(slides) == ["c"]
    assert "was taught already" in capsys.readouterr().out
    assert taught == [["b", "d"]]
    manifest.write_text(whole)
    assert scored(slides) == ["b", "d"]
    other = tmp_path / "other" / "asd" / "slides"
    other.parent.mkdir(parents=True)
    shutil.copytree(folder, other)
    assert scored(tmp_path / "other") == ["b", "d"]
    (folder / "masks" / "a.png").write_bytes((folder / "masks" / "a.png").read_bytes() + b"\0")
    assert scored(slides) == ["b", "d"]
    assert taught[1:] == [["a", "c"]] * 3
    (labelled,), _ = find_sets(slides)
    names = {asd_protocol.half_model(labelled, out, "x", schedule=Schedule(steps=n), seed=n % 2) for n in (1, 2, 3)}
    assert len(names) == len(taught) - 4 == 3


def test_sets_with_boxes_are_skipped(labelled, tmp_path, capsys):
    words = [
        "evaluate",
        "--data",
        str(labelled),
        "--sets",
        "infrared/cars",
        "--detector",
        "asd",
        "--out",
        str(tmp_path),
    ]
    assert main(words) == 2
    assert "taught from rasters with masks" in capsys.readouterr().out


def test_train_teaches_a_class_of_a_masked_data_set(slides, tmp_path, capsys):
    data = slides / "asd" / "slides"
    classes = {
        "green": {
            "title": "Green",
            "scenes": {"images/a.png": [[0, 0, 90, 20], [0, 50, 90, 80]], "images/b.png": "n.png"},
        },
    }
    (data / "classes.json").write_text(json.dumps(classes))
    (data / "n.png").write_bytes((data / "masks" / "b.png").read_bytes())
    words = [
        "train",
        "asd",
        "--data",
        str(data),
        "--out",
        str(tmp_path / "model"),
        "--set",
        "steps=12",
        "--device",
        "cpu",
    ]
    assert main([*words, "--normal-class", "green"]) == 0
    model = load_model(tmp_path / "model")
    assert model.card["normal_pixels"] == 90 * 50 + 30 * 30
    assert model.card["sources"][0]["path"] == "images/a.png"
    assert model.scaling is not None
    assert main([*words, "--normal-class", "blue"]) == 2
    assert main(words) == 2
    assert "Classes are: green" in capsys.readouterr().err
    # A class is set against all classes: an image that one of them lacks is missed by each.
    (data / "classes.json").write_text(json.dumps({**classes, "none": {"scenes": {"images/absent.png": "all"}}}))
    for name in ("none", "green"):
        assert main([*words, "--out", str(tmp_path / name), "--normal-class", name]) == 2
        assert "absent.png does not exist" in capsys.readouterr().err
        assert not (tmp_path / name).exists()


def test_the_bench_scores_as_a_taught_model_does(tmp_path):
    dense, whole = bench_asd(SimpleNamespace(repeats=1, rasters=(512,)), tmp_path)
    assert dense.figures["largest_difference"] < 1e-4
    assert dense.ratio > 1
    assert whole.figures["megapixels"] == pytest.approx(0.262, abs=0.001)
    model = load_model(tmp_path / "asd")
    assert model.scaling is None
    assert model.bands is not None


def test_the_outlined_classes_name_images_that_are_there(validation):
    data = validation.parent / "train"
    classes = normal_classes(data)
    assert set(classes) == {"forest", "grass", "agriculture", "water", "urban", "bare"}
    assert all((data / image).is_file() for entry in classes.values() for image in entry["scenes"]), OUTLINES
