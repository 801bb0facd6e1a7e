"""Class models: which images count for and against them, held-out blocks, and what goes into their cards."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import numpy as np
import pytest
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.models.taught import SHIPPED, list_models, load_model, shipped_models
from anomaly_lens.engine.pipeline import score_scene
from anomaly_lens.engine.teaching.teach import TeachResult
from anomaly_lens.training import asd_class_measure
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.asd_class_measure import COUNTERPARTS, image_score, measure_labels
from anomaly_lens.training.asd_classes import OUTLINES, normal_classes, train

pytestmark = pytest.mark.usefixtures("one_thread")

COLOURS = {"forest": (40, 90, 50), "water": (20, 40, 90), "town": (150, 140, 130)}


@pytest.fixture
def classes(tmp_path, write_image):
    """A folder to teach from: two classes of three images each."""
    rng = np.random.default_rng(0)
    listed = {}
    for name in ("forest", "water"):
        listed[name] = {"title": name.title(), "scenes": {f"{name}{n}.png": "all" for n in range(3)}}
        for image in listed[name]["scenes"]:
            write_image(tmp_path / "taught" / image, picture(rng, name))
    (tmp_path / "taught" / "classes.json").write_text(json.dumps(listed))
    return tmp_path / "taught"


@pytest.fixture
def labels(tmp_path, write_image, write_rows):
    """A set of labelled images: forest, riverlake (our water) and resident."""
    rng = np.random.default_rng(1)
    rows = []
    for label, colour in (("forest", "forest"), ("riverlake", "water"), ("resident", "town")):
        for n in range(2):
            rows.append({"id": f"{label}{n}", "image": f"{label}{n}.png", "label": label})
            write_image(tmp_path / "labels" / rows[-1]["image"], picture(rng, colour))
    write_rows(tmp_path / "labels" / "manifest.csv", rows)
    return tmp_path / "labels"


def picture(rng, colour, rows=98, columns=99):
    """An image whose sides are no multiples of four."""
    image = np.array(COLOURS[colour])[:, None, None] + rng.normal(0, 6, (3, rows, columns))
    return image.clip(0, 255).astype(np.uint8)


@pytest.fixture
def models(classes, tmp_path):
    """The model of forest, in a folder of models."""
    train(classes, "forest", tmp_path / "models" / "forest", changes=["steps=12"], device="cpu")
    return tmp_path / "models"


def test_images_of_other_classes_score_above_those_of_the_own(models, labels, tmp_path):
    (row,) = measure_labels(models, labels)
    assert row == {"class": "forest", "auc": 1.0, "forest": None, "resident": 1.0, "riverlake": 1.0}
    words = ["asd-classes", "--data", str(labels), "--models", str(models), "--out", str(tmp_path / "out"), "--cards"]
    assert main(words) == 0
    measured = load_model(models / "forest").card["measured"]
    assert measured["labels"] == {"data": "labels", "auc": 1.0, "against": {"resident": 1.0, "riverlake": 1.0}}
    assert (tmp_path / "out" / "labels.csv").read_text().splitlines()[0] == "class,auc,forest,resident,riverlake"


def test_labels_that_are_neither_same_nor_foreign_do_not_count(models, labels, monkeypatch):
    monkeypatch.setitem(COUNTERPARTS, "forest", COUNTERPARTS["forest"].__class__("forest", ("resident",)))
    (row,) = measure_labels(models, labels)
    assert row["resident"] is None
    assert row["riverlake"] == 1.0


def test_an_image_without_valid_pixels_is_skipped(models, labels, write_image, capsys):
    """Its score had been taken for the highest of all."""
    (before,) = measure_labels(models, labels)
    write_image(labels / "empty.png", np.zeros((4, 60, 60), dtype=np.uint8))
    with (labels / "manifest.csv").open("a", encoding="utf-8") as file:
        file.write("empty,empty.png,forest\n")
    assert measure_labels(models, labels) == [before]
    assert "skipped" in capsys.readouterr().out


def test_a_set_of_one_label_has_nothing_to_measure_and_leaves_the_card(models, labels, write_rows, tmp_path):
    card = models / "forest" / "card.json"
    before = card.read_text(encoding="utf-8")
    write_rows(labels / "manifest.csv", [{"image": "forest0.png", "label": "forest"}])
    words = ["asd-classes", "--data", str(labels), "--models", str(models), "--cards", "--out", str(tmp_path / "out")]
    assert main(words) == 0
    assert card.read_text(encoding="utf-8") == before


def test_a_score_does_not_depend_on_where_an_image_is_cut(models, labels):
    """The median of speckle without structure is that of its model's normal ground, not of a mirrored border."""
    model = load_model(models / "forest")
    own, foreign = (image_score(model, labels / name) for name in ("forest0.png", "resident0.png"))
    assert 0 < own < model.reference < foreign


def test_held_out_blocks_are_of_images_that_were_not_taught(classes, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["asd-classes", "--held-out", "--data", str(classes), "--set", "steps=12", "--device", "cpu"]
    assert main([*words, "--out", str(out)]) == 0
    (forest,) = (out / "models").glob("forest_*")
    sources = load_model(forest).card["sources"]
    assert [source["path"] for source in sources] == ["forest0.png", "forest2.png"]
    lines = (out / "held_out.csv").read_text().splitlines()
    assert lines == ["class,auc,forest,water", "forest,1.0,,1.0", "water,1.0,1.0,"]


def test_held_out_models_are_used_again_only_where_they_are_taught_likewise(classes, tmp_path, monkeypatch):
    """The first run's models had been measured whatever --set said afterwards."""
    taught = []

    def teach(_, name, place, *, changes, **__):
        place.mkdir(parents=True)
        taught.append((name, *changes))

    monkeypatch.setattr(asd_class_measure, "train", teach)
    monkeypatch.setattr(asd_class_measure, "load_model", lambda _: None)
    monkeypatch.setattr(asd_class_measure, "block_scores", lambda *_: np.zeros(2))

    def measure(change):
        taught.clear()
        asd_class_measure.measure_held_out(classes, tmp_path / "models", [change], "cpu")
        return taught

    assert measure("steps=6") == [("forest", "steps=6"), ("water", "steps=6")]
    assert measure("steps=6") == []
    assert measure("steps=8") == [("forest", "steps=8"), ("water", "steps=8")]
    listed = json.loads((classes / "classes.json").read_text())
    listed["water"]["scenes"]["water0.png"] = [[0, 0, 60, 60]]
    (classes / "classes.json").write_text(json.dumps(listed))
    assert measure("steps=8") == [("forest", "steps=8"), ("water", "steps=8")]  # forest is set against water


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_class_that_was_not_set_against_the_others_leaves_no_model(classes, tmp_path, monkeypatch, error):
    there = []

    def fail(*_, **__):
        # What is killed by now could not even tidy up.
        there.append((tmp_path / "model").exists())
        raise error

    monkeypatch.setattr("anomaly_lens.training.asd_classes.set_against", fail)
    with pytest.raises(error):
        train(classes, "forest", tmp_path / "model", changes=["steps=2"], device="cpu")
    assert there == [False]
    assert not (tmp_path / "model").exists()
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_class_that_is_there_already_is_left_alone(classes, tmp_path, monkeypatch):
    monkeypatch.setattr("anomaly_lens.training.asd_classes.teach", None)
    (tmp_path / "model").mkdir()
    with pytest.raises(EngineError, match="is there already"):
        train(classes, "forest", tmp_path / "model", changes=["steps=2"], device="cpu")


def test_the_model_of_another_process_stays_as_it_is(classes, tmp_path, monkeypatch):
    """Where it came to be there while this one was taught."""
    other = tmp_path / "model"

    def teach(_images, _areas, out, **_options):
        out.mkdir()
        (out / "card.json").write_text("ours")
        other.mkdir()
        (other / "card.json").write_text("theirs")
        return TeachResult(str(out), {}, stopped=False, seconds=1.0, warnings=[])

    monkeypatch.setattr("anomaly_lens.training.asd_classes.teach", teach)
    monkeypatch.setattr("anomaly_lens.training.asd_classes.set_against", lambda *_, **__: None)
    result = train(classes, "forest", other, device="cpu")
    assert result.model == str(tmp_path / "model_2")
    assert (tmp_path / "model_2" / "card.json").read_text() == "ours"
    assert (other / "card.json").read_text() == "theirs"


def test_classes_of_different_bands_are_refused_before_teaching(classes, tmp_path, write_image):
    write_image(classes / "water1.png", np.full((1, 98, 99), 40, np.uint8))
    with pytest.raises(EngineError, match=r"forest0\.png has 3 bands, .*water1\.png has 1"):
        train(classes, "forest", tmp_path / "model", changes=["steps=2"], device="cpu")
    assert not (tmp_path / "model").exists()


def test_what_cannot_be_measured_is_refused(models, labels, tmp_path, write_rows, capsys):
    assert main(["asd-classes", "--data", str(tmp_path), "--models", str(models), "--out", str(tmp_path / "o")]) == 2
    assert "no set of images with class labels" in capsys.readouterr().err
    (models / "forest").rename(models / "mine")
    assert main(["asd-classes", "--data", str(labels), "--models", str(models), "--out", str(tmp_path / "o")]) == 2
    assert "No model in" in capsys.readouterr().err


def test_models_that_ship_are_whole_and_say_what_they_were_taught_and_how_well_they_do():
    classes = json.loads(OUTLINES.read_text())
    assert shipped_models() == sorted(classes)
    assert [model["shipped"] for model in list_models()["models"]] == [True] * len(classes)
    for name in shipped_models():
        model = load_model(name)
        assert model.name == classes[name]["title"]
        assert [source["path"] for source in model.card["sources"]] == list(classes[name]["scenes"])
        assert model.scaling is not None
        assert model.card["general_ground"]["classes"] == len(classes)
        assert 0.5 < model.card["measured"]["held_out"]["auc"] <= 1
        assert ("labels" in model.card["measured"]) == (name in COUNTERPARTS)
        assert (SHIPPED / name / "model.safetensors").stat().st_size < 300_000


def test_a_full_disk_leaves_the_card_of_a_model_as_it_was(tmp_path, monkeypatch):
    """Half a card, and the model is none any more."""
    card = tmp_path / "card.json"
    card.write_text('{"name": "Forest"}', encoding="utf-8")
    write = Path.write_text

    def full(path, text, **more):
        write(path, text[:9], **more)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        asd_class_measure._note(card, "labels", "set", {"class": "forest", "auc": 0.9, "water": 0.8})
    assert json.loads(card.read_text(encoding="utf-8")) == {"name": "Forest"}
    assert [path.name for path in tmp_path.iterdir()] == ["card.json"]


def test_a_model_that_ships_is_used_by_its_name(labels):
    """Whatever is no speckle of trees is far from forest, a scene of one colour included."""
    scores = score_scene(labels / "resident0.png", "asd", model="forest", modality="visible", device="cpu")
    assert scores.shape == (98, 99)
    assert np.median(scores) > 0.5


def test_no_model_that_ships_was_taught_on_imagery_of_unclear_licence(validation):
    import csv

    data = validation.parent / "train"
    with (data / "visible" / "manifest.csv").open() as file:
        licences = {f"visible/{row['file']}": row["licence_class"] for row in csv.DictReader(file)}
    for entry in normal_classes(data).values():
        assert {licences[image] for image in entry["scenes"]} <= {"permissive", "public-domain", "share-alike"}
