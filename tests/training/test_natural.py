"""Objects that photographs show by themselves are found, kept as anomalies where rare, and never taught as normal."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.datasets import find_sets
from anomaly_lens.training.natural_set import enlarged
from anomaly_lens.training.simulation import ANOMALY, IGNORED, Bank, SpatialSimulator
from anomaly_lens.training.simulation.grounds import Ground, Grounds, crop
from anomaly_lens.training.simulation.natural import Cutout, around, few_objects, mark_objects
from anomaly_lens.training.simulation.outlines import Outlines, mark_outlined
from anomaly_lens.training.simulation.spatial import SpatialConfig
from anomaly_lens.training.train_uniadrs import trusted
from PIL import Image

SIZE = 96


def photograph(rng: np.random.Generator) -> np.ndarray:
    """A ground with structure of some pixels, (400, 420, 3)."""
    coarse = Image.fromarray(rng.uniform(40, 160, (60, 60, 3)).astype(np.uint8))
    return np.asarray(coarse.resize((420, 400), Image.Resampling.BICUBIC)).copy()


def put(image: np.ndarray, row: int, column: int, rng: np.random.Generator) -> np.ndarray:
    """Put a car of two parts there; its cut-out, a little away from what a file with losses shows."""
    cutout = np.zeros((10, 18, 4), np.uint8)
    cutout[1:9, 1:17] = (*rng.integers(180, 250, 3), 255)
    cutout[3:7, 6:11, :3] = 30
    inside = cutout[..., 3] > 0
    image[row : row + 10, column : column + 18][inside] = cutout[..., :3][inside]
    noisy = cutout[..., :3].astype(int) + rng.integers(-4, 5, (10, 18, 3))
    cutout[..., :3] = noisy.clip(0, 255)
    return cutout


@pytest.fixture
def scene(rng):
    """A photograph with two cars, their cut-outs, and where they are."""
    image = photograph(rng)
    places = [(40, 60), (300, 350)]
    return image, [put(image, *place, rng) for place in places], places


@pytest.fixture
def rng():
    """Where all chance comes from."""
    return np.random.default_rng(3)


def test_cutouts_are_found_where_they_were_taken_from(scene):
    image, cutouts, places = scene
    marks = mark_objects(image, [Cutout(cutouts[0]), Cutout(cutouts[1], foreign=False)])
    for (row, column), value in zip(places, (1, -1), strict=True):
        assert (marks[row + 1 : row + 9, column + 1 : column + 17] == value).all()
        marks[row + 1 : row + 9, column + 1 : column + 17] = 0
    assert not marks.any()


def test_what_is_not_there_or_there_twice_is_not_marked(scene, rng):
    image, cutouts, _ = scene
    other = put(photograph(rng), 0, 0, np.random.default_rng(99))
    other[..., :3] = 255 - other[..., :3]
    image[100:110, 200:218][cutouts[0][..., 3] > 0] = image[40:50, 60:78][cutouts[0][..., 3] > 0]
    assert not mark_objects(image, [Cutout(other), Cutout(cutouts[0])]).any()


def test_reduced_cutouts_are_found_at_their_own_size(scene):
    image, _, _ = scene
    part = Image.fromarray(np.dstack([image[200:240, 100:170], np.full((40, 70), 255, np.uint8)]))
    smaller = np.asarray(part.resize((35, 20), Image.Resampling.BOX))
    rows, columns = (mark_objects(image, [Cutout(smaller, 0.5)]) == 1).nonzero()
    assert rows.size == 40 * 70
    assert abs(rows.min() - 200) <= 1
    assert abs(columns.min() - 100) <= 1


def test_what_is_there_twice_is_found_where_it_is_told_to_be(rng):
    image = photograph(rng)
    cutout = put(image, 40, 60, np.random.default_rng(8))
    put(image, 200, 300, np.random.default_rng(8))
    assert not mark_objects(image, [Cutout(cutout)]).any()
    rows, columns = mark_objects(image, [Cutout(cutout, place=(201.4, 298.0))]).nonzero()
    assert (rows.min(), columns.min()) == (201, 301)
    assert not mark_objects(image, [Cutout(cutout, place=(500.0, 0.0))]).any(), "told to be beyond the photograph"


def test_objects_are_rare_or_left_open():
    known = np.zeros((SIZE, SIZE), np.int32)
    for number in range(6):
        known[10 * number : 10 * number + 4, 20:25] = number + 1
    known[90:92, 0] = 9  # two pixels of one
    known[50:60, 60:70] = -1
    assert set(np.unique(few_objects(known, 8, 0.1, 12))) == set(range(7))
    assert not few_objects(known, 6, 0.1, 12).any()
    assert not few_objects(known, 8, 0.01, 12).any()


def test_a_crop_turns_what_is_known_with_the_image(rng):
    image = np.zeros((200, 220, 1), np.uint8)
    known = np.zeros((200, 220), np.int32)
    for number, (row, column) in enumerate([(20, 30), (90, 150), (150, 60)], 1):
        image[row : row + 20, column : column + 12] = 255
        known[row : row + 20, column : column + 12] = number
    for _ in range(20):
        shown, marks = crop(rng, image, 80, 0.8, 2.0, known)
        agree = (shown[..., 0] > 0.5) == (marks != 0)
        assert agree.mean() > 0.97


def test_objects_cut_off_by_a_crop_are_left_open(rng):
    known = np.zeros((100, 100), np.int32)
    known[:, 45:55] = 1
    marks = np.stack([crop(rng, np.zeros((100, 100, 3), np.uint8), 40, 0.9, 1.0, known)[1] for _ in range(10)])
    assert set(np.unique(marks)) == {-1, 0}


def known_bank(rng: np.random.Generator) -> Bank:
    """One photograph that shows two known cars, and one that shows nothing."""
    image = photograph(rng)
    for place in ((150, 160), (230, 240)):
        put(image, *place, rng)
    known = np.zeros(image.shape[:2], np.int32)
    known[151:159, 161:177], known[231:239, 241:257] = 1, 2
    return Bank(visible=[photograph(rng), image], known={1: known})


@pytest.mark.parametrize("kind", ["visible", "infrared", "low_light"])
def test_scenes_show_known_objects_as_anomalies_that_nothing_was_pasted_for(rng, kind):
    simulator = SpatialSimulator(known_bank(rng), SpatialConfig(size=224, natural=1.0, doubt=0.01))
    as_it_is = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        scene = simulator.sample(rng, kind)
        assert (scene.label == ANOMALY).any()
        assert scene.doubt in (0.0, 0.01)
        # What the scene's ground alone shows, drawn once more from the same chance.
        ground = simulator.grounds.draw(np.random.default_rng(seed), kind)
        shown = few_objects(ground.known, 8, 0.06, 12)
        assert (scene.label[shown > 0] == ANOMALY).all()
        as_it_is += bool(shown.any()) and np.array_equal(scene.label == ANOMALY, shown > 0)
    assert as_it_is > 0


def test_known_objects_that_are_too_many_are_left_open_with_what_is_around_them(rng):
    """Taught as ground, they would be the contrary of what the same objects are where they are few."""
    simulator = SpatialSimulator(known_bank(rng), SpatialConfig(size=224, natural=1.0, few=0))
    seen = 0
    for seed in range(12):
        scene = simulator.sample(np.random.default_rng(seed), "visible")
        known = simulator.grounds.draw(np.random.default_rng(seed), "visible").known != 0
        assert np.isin(scene.label[around(known, 2)], (ANOMALY, IGNORED)).all()
        seen += known.any()
    assert seen > 6


def test_objects_of_two_photographs_in_one_scene_are_not_one(rng):
    """Both begin to count at one: two cars had the weight of one, and were one of those that may be few."""
    known = np.zeros((64, 64), np.int32)
    known[::16, ::16] = 1
    one, other = (Ground(np.zeros((64, 64, 3), np.float32), known.copy()) for _ in range(2))
    other.known[8, 8] = -1
    merged = one.merged(np.random.default_rng(0), other)
    assert {1, 2} <= set(np.unique(merged.known)) <= {-1, 0, 1, 2}


def test_grounds_are_cropped_to_show_known_objects_as_often_as_asked(rng):
    bank = known_bank(rng)
    shown = {}
    for share in (0.0, 1.0):
        grounds = Grounds(bank, 200, natural=share)
        shown[share] = sum((grounds.photograph(np.random.default_rng(s)).known > 0).any() for s in range(20))
    assert shown[1.0] >= 15
    assert shown[0.0] < shown[1.0]


def test_the_most_foreign_pixels_of_doubtful_ground_do_not_count():
    logit = torch.arange(100.0).repeat(2, 1)
    background = torch.ones(2, 100)
    background[:, 50] = 0
    doubt = torch.full((2, 100), 0.1)
    doubt[:, 90:] = 0  # what was pasted there is known to be normal
    doubt[1] = 0
    kept = trusted(logit, background, doubt)
    assert torch.equal(kept[1], background[1])
    assert kept[0, 90:].all()
    assert not kept[0, 82:90].any()
    assert kept[0, :50].all()
    assert torch.equal(background[0] > 0, torch.arange(100) != 50), "the weights given are not changed"


@pytest.fixture
def imagery(tmp_path, rng):
    """A folder of five photographs, four of which show a car that a manifest tells the origin of."""
    rows: dict[str, list[dict[str, str]]] = {"visible": [], "objects": []}
    folder = tmp_path / "imagery"
    (folder / "visible").mkdir(parents=True)
    (folder / "objects" / "car").mkdir(parents=True)
    for number in range(5):
        image = photograph(rng)
        cutout = put(image, 100, 40 * number + 10, rng) if number else None
        Image.fromarray(image).save(folder / "visible" / f"image_{number}.png")
        rows["visible"].append({"file": f"image_{number}.png", "provenance": ""})
        if cutout is not None:
            Image.fromarray(cutout).save(folder / "objects" / "car" / f"car_{number}.png")
            rows["objects"].append({"file": f"car/car_{number}.png", "provenance": f"image_{number}.png ann 7 (20 cm)"})
    for name, listed in rows.items():
        with (folder / name / "manifest.csv").open("w", newline="") as stream:
            writer = csv.DictWriter(stream, ["file", "provenance", "licence_class", "source_repository"])
            writer.writeheader()
            writer.writerows({**row, "licence_class": "permissive", "source_repository": "made"} for row in listed)
    return folder


def test_a_bank_finds_objects_and_holds_some_photographs_back(imagery):
    bank = Bank.load(imagery)
    assert not bank.known
    whole, bank = bank, bank.with_known_objects(hold=4)
    assert (len(whole.visible), whole.known, whole.held) == (5, {}, []), "who draws from it draws what he would have"
    assert len(bank.held) == 1
    assert len(bank.visible) == 4
    assert len(bank.known) == 3
    _, known = bank.held[0]
    assert (known == 1).sum() == 8 * 16
    for number, marks in bank.known.items():
        assert (marks == 1).sum() == 8 * 16
        assert bank.visible[number][marks == 1].max() > 170


@pytest.mark.parametrize("name", ["DJI-0042", "2024.05.01 (2)", "Größe"])
def test_photographs_of_any_name_are_told_by_the_manifest(imagery, name):
    """Of names with a hyphen, a dot or a space nothing was found, and nobody was told."""
    for folder in ("visible", "objects"):
        manifest = imagery / folder / "manifest.csv"
        manifest.write_text(manifest.read_text().replace("image_1.png", f"{name}.png"), encoding="utf-8")
    (imagery / "visible" / "image_1.png").rename(imagery / "visible" / f"{name}.png")
    assert len(Bank.load(imagery).with_known_objects(hold=0).known) == 4


def test_a_building_is_left_open_not_foreign(imagery):
    manifest = imagery / "objects" / "manifest.csv"
    manifest.write_text(manifest.read_text().replace("car/car_2.png", "building/building_2.png"), encoding="utf-8")
    (imagery / "objects" / "building").mkdir()
    (imagery / "objects" / "car" / "car_2.png").rename(imagery / "objects" / "building" / "building_2.png")
    known = Bank.load(imagery).with_known_objects(hold=0).known
    assert [set(np.unique(marks)) for marks in known.values()] == [{0, 1}, {-1, 0}, {0, 1}, {0, 1}]


def test_what_was_cut_out_of_held_back_photographs_is_not_pasted(imagery):
    """The objects that are to tell how well a network finds what it has not seen had been seen."""
    whole = Bank.load(imagery)
    bank = whole.with_known_objects(hold=4)
    ((image, known),) = bank.held
    rows, columns = (known == 1).nonzero()
    shown = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].astype(int)

    def nearest(cutouts):
        return min(abs(cutout[1:9, 1:17, :3] - shown).mean() for cutout in cutouts)

    assert nearest(whole.objects["vehicle"]) < 5 < nearest(bank.objects["vehicle"])
    assert [len(each.objects["vehicle"]) for each in (whole, bank)] == [4, 3]
    assert len(whole.with_known_objects(hold=0).objects["vehicle"]) == 4


def test_copies_of_a_photograph_are_held_back_together(imagery):
    """As an orthophoto in two resolutions: what was to be measured on was trained on from the other."""
    shutil.copytree(imagery / "visible", imagery / "visible" / "copies")
    manifest = imagery / "visible" / "manifest.csv"
    _, *rows = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    with manifest.open("a", encoding="utf-8") as stream:
        stream.writelines(f"copies/{row}" for row in rows)
    whole = Bank.load(imagery)
    bank = whole.with_known_objects(hold=3)
    assert len(whole.visible) == 10
    assert len(bank.held) == 2
    assert not [1 for image in bank.visible for held, _ in bank.held if np.array_equal(image, held)]


def test_held_back_photographs_become_sets_that_can_be_evaluated(imagery, tmp_path, capsys):
    words = ["natural", "--data", str(imagery), "--out", str(tmp_path / "out"), "--side", "200", "--scenes", "3"]
    assert main(words) == 0
    assert "3 scenes of 3 objects" in capsys.readouterr().out
    found, skipped = find_sets(tmp_path / "out")
    assert not skipped
    sets = {labelled.modality: labelled for labelled in found}
    assert set(sets) == {"visible", "low_light", "infrared"}
    for modality, labelled in sets.items():
        assert len(labelled.scenes) == 3
        scene = labelled.scenes[0]
        image = np.asarray(Image.open(scene.image))
        assert image.shape == ((200, 200) if modality == "infrared" else (200, 200, 3))
        (left, top, right, bottom) = np.asarray(scene.boxes)[0]
        assert (bottom - top, right - left) == (8 + 4, 16 + 4)
    assert main(words) == 0


@pytest.fixture
def show_larger(imagery, tmp_path):
    """Makes the sets with objects so many times as large; the first photograph (H, W, 3) and its first box."""

    def make(side, times):
        words = [
            "natural",
            "--data",
            str(imagery),
            "--out",
            str(tmp_path / "out"),
            "--side",
            str(side),
            "--scenes",
            "3",
        ]
        assert main([*words, "--enlarge", str(times)]) == 0
        (visible,) = (s for s in find_sets(tmp_path / "out")[0] if s.modality == "visible")
        return np.asarray(Image.open(visible.scenes[0].image)), np.asarray(visible.scenes[0].boxes)[0]

    return make


def test_held_back_photographs_are_enlarged_with_their_objects(show_larger, imagery, tmp_path, capsys):
    image, (left, top, right, bottom) = show_larger(200, 2)
    assert image.shape == (200, 200, 3)
    assert (bottom - top, right - left) == (2 * (8 + 4), 2 * (16 + 4))
    bright = image.max(-1) > 170
    assert bright[top:bottom, left:right].sum() > 2 * 2 * 0.6 * 8 * 16, "the box lies where the object does"
    words = ["natural", "--data", str(imagery), "--out", str(tmp_path / "out"), "--side", "200", "--scenes", "3"]
    for times in ("0", "7"):
        assert main([*words, "--enlarge", times]) == 2
        assert "Give 0.1 to 6" in capsys.readouterr().err


def test_large_objects_are_shown_smaller(show_larger):
    image, (left, top, right, bottom) = show_larger(120, 0.5)
    assert image.shape == (120, 120, 3)
    assert (bottom - top, right - left) in {(6, 10), (7, 10), (6, 11), (7, 11)}
    assert (image[top:bottom, left:right].max(-1) > 150).sum() >= 4 * 8 * 0.6, "the box lies where the object does"


def test_a_box_at_the_edge_ends_with_its_scene():
    image, boxes = enlarged(np.zeros((142, 142, 3), np.uint8), np.array([[130, 131, 142, 142]]), 0.7)
    assert image.shape[:2] == (100, 100)
    assert boxes.tolist() == [[91, 91, 100, 100]]


def test_a_smaller_copy_of_a_photograph_shows_its_cutouts_smaller(tmp_path, rng):
    image = photograph(rng)
    cutout = np.zeros((40, 60, 4), np.uint8)
    cutout[2:38, 2:58] = (230, 60, 40, 255)
    image[100:140, 200:260][cutout[..., 3] > 0] = cutout[..., :3][cutout[..., 3] > 0]
    for folder in ("visible", "objects"):
        (tmp_path / folder).mkdir()
    Image.fromarray(image).resize((210, 200), Image.Resampling.BOX).save(tmp_path / "visible" / "image_1.png")
    Image.fromarray(cutout).save(tmp_path / "objects" / "car.png")
    head = "file,provenance,licence_class,source_repository\n"
    (tmp_path / "visible" / "manifest.csv").write_text(
        head + "image_1.png,data/image_1.png reduced 2x,permissive,made\n"
    )
    for told in ("image_1.png ann 7", '"scenes/image_1.png, 3 m at (200,100)"'):
        (tmp_path / "objects" / "manifest.csv").write_text(head + f"car.png,{told},permissive,made\n")
        rows, columns = Bank.load(tmp_path).with_known_objects(hold=0).known[0].nonzero()
        assert (rows.min(), rows.max(), columns.min(), columns.max()) == (51, 68, 101, 128)


def outline(imagery, content):
    (imagery / "outlines.json").write_text(content if isinstance(content, str) else json.dumps(content))


def test_outlined_objects_are_known_and_some_are_held_back(imagery):
    corners = [[30, 20], [90, 20], [90, 50], [30, 50]]
    another = [[8, 98], [70, 98], [70, 120], [8, 120]]
    outline(imagery, {"photographs": {"visible/image_0.png": [corners, another]}, "held": {}})
    known = Bank.load(imagery).with_known_objects(hold=0).known[0]
    assert known[25:45, 35:85].tolist() == np.full((20, 50), 1).tolist()
    assert set(np.unique(known)) == {0, 1, 2}
    assert (known == 1).sum() == pytest.approx(61 * 31, abs=100)
    # Photograph 1 shows a car at row 100, column 50, that its cut-out tells of: an outline over it stands for both.
    outline(imagery, {"photographs": {"visible/image_1.png": [[[40, 90], [80, 90], [80, 120], [40, 120]]]}})
    known = Bank.load(imagery).with_known_objects(hold=0).known[1]
    assert len(np.unique(known)) == 2
    assert (known > 0).sum() == pytest.approx(41 * 31, abs=100)
    outline(imagery, {"held": {"visible/image_0.png": [corners]}})
    bank = Bank.load(imagery).with_known_objects(hold=4)
    assert len(bank.held) == 1, "those named, instead of every fourth"
    assert len(bank.visible) == 4
    assert (bank.held[0][1] == 1).sum() == pytest.approx(61 * 31, abs=100)
    outline(imagery, {"held": {"visible/image_2.png": [], "visible/image_3.png": []}})
    held = Bank.load(imagery).with_known_objects(hold=4).held
    assert [(known == 1).sum() for _, known in held] == [8 * 16, 8 * 16], "without outlines, what is found there"
    assert not Bank.load(imagery).with_known_objects(hold=0).held
    outline(imagery, {"held": {"visible/image_0.png": []}})
    ((image, known),) = Bank.load(imagery).with_known_objects(hold=4).held
    assert known.shape == image.shape[:2]
    assert not known.any(), "a photograph that shows nothing may be held back, too"


def test_a_manifest_need_not_state_licences_and_may_begin_with_a_mark(imagery, capsys):
    manifest = imagery / "visible" / "manifest.csv"
    manifest.write_text("file,date\nimage_0.png,2020\n", encoding="utf-8-sig")
    bank = Bank.load(imagery)
    assert len(bank.visible) == 1
    assert bank.sources[0] == ("visible/image_0.png", "not stated", "")
    for content in ("name\nimage_0.png\n", "file,date\nimage_0.png,2020\n,2021\n"):
        manifest.write_text(content)
        assert main(["natural", "--data", str(imagery), "--out", str(imagery / "out")]) == 2
        error = capsys.readouterr().err
        assert str(manifest) in error
        assert "column “file”" in error


def test_outlines_that_touch_are_both_known():
    """The first had been taken for ground."""
    marks = np.zeros((60, 60), np.int32)
    marks[5:12, 5:12] = 1
    squares = [np.array([[x, 10], [x + 20, 10], [x + 20, 30], [x, 30]], float) for x in (10, 30)]
    mark_outlined(marks, squares, 1.0)
    found = np.unique(marks[marks > 0])
    assert len(found) == 2
    assert [(marks == number).sum() for number in found] == [20 * 21, 21 * 21]
    assert not marks[5:9, 5:9].any(), "a cut-out found there is one of them"


def test_outlined_objects_are_pasted_elsewhere_unless_held_back(imagery):
    corners = [[30, 20], [90, 20], [90, 50], [30, 50]]
    outline(imagery, {"photographs": {"visible/image_0.png": [corners, [[-9, -9], [-5, -9], [-5, -5]]]}})
    bank = Bank.load(imagery).with_known_objects(hold=0)
    (cutout,) = bank.objects["outlined"]
    assert cutout.shape == (31, 61, 4)
    assert (cutout[..., :3] == bank.visible[0][20:51, 30:91]).all()
    assert (cutout[..., 3] == 255).all()
    others = {name: cutouts for name, cutouts in bank.objects.items() if name != "outlined"}
    assert others.keys() == Bank.load(imagery).objects.keys()
    simulator = SpatialSimulator(bank, SpatialConfig(size=128))
    styles = [simulator._style(np.random.default_rng(n), "visible", np.zeros((128, 128, 3))) for n in range(80)]
    assert any(style.cutouts and style.cutouts[0] is cutout for style in styles)
    outline(imagery, {"held": {"visible/image_0.png": [corners]}})
    assert "outlined" not in Bank.load(imagery).with_known_objects(hold=4).objects
    assert len(Bank.load(imagery).with_known_objects(hold=0).objects["outlined"]) == 1, "to train on, too"


def test_outlines_are_in_pixels_of_the_file(tmp_path, rng):
    image = Image.fromarray(photograph(rng)).resize((2000, 2000))
    image.save(tmp_path / "large.png")
    outline(tmp_path, {"photographs": {"large.png": [[[500, 1000], [1000, 1000], [1000, 1500], [500, 1500]]]}})
    bank = Bank.load(tmp_path).with_known_objects(hold=0)
    rows, columns = bank.known[0].nonzero()
    assert bank.visible[0].shape == (1600, 1600, 3)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (800, 1200, 400, 800)
    (cutout,) = bank.objects["outlined"]
    assert (cutout[..., :3] == bank.visible[0][800:1201, 400:801]).all()


@pytest.mark.parametrize("content", ["{", "[1]", '{"photographs": {"a.png": [[[1, 2], [3]]]}}', '{"held": [1]}'])
def test_what_lists_no_outlines_is_refused(imagery, capsys, content):
    outline(imagery, content)
    assert main(["natural", "--data", str(imagery), "--out", str(imagery / "out")]) == 2
    error = capsys.readouterr().err
    assert "outlines.json" in error
    assert "retraining.md" in error


@pytest.mark.parametrize("part", ["photographs", "held"])
def test_outlines_of_a_photograph_that_is_not_there_are_refused(imagery, capsys, part):
    """One that is to be held back, and mistyped, would be trained on."""
    outline(imagery, {part: {"visible/image_0.png": [], "image_1.png": []}})
    assert main(["natural", "--data", str(imagery), "--out", str(imagery / "out")]) == 2
    assert "lists image_1.png, which does not exist" in capsys.readouterr().err


def test_the_outlines_that_come_along_are_sound():
    outlines = Outlines.of(Path(__file__).parent)
    assert outlines.photographs
    assert outlines.held
    assert not {*outlines.photographs} & {*outlines.held}
    for polygons in [*outlines.photographs.values(), *outlines.held.values()]:
        for polygon in polygons:
            assert polygon.min() >= 0
            assert polygon.max() <= 2000


@pytest.mark.parametrize(("length", "shortest"), [(300, 70), (16, 6)])
def test_known_objects_are_shown_as_long_as_what_is_pasted(length, shortest):
    """Of a photograph no larger than this one, all of it is shown, and its large object as small as that makes it."""
    known = np.zeros((900, 900), np.int32)
    known[300:310, 300 : 300 + length] = 1
    grounds = Grounds(Bank(visible=[np.zeros((900, 900, 3), np.uint8)], known={0: known}), 224, natural=1.0)
    lengths = []
    for seed in range(40):
        shown = grounds.photograph(np.random.default_rng(seed)).known > 0
        if shown.any():
            lengths.append(max(np.ptp(places) + 1 for places in shown.nonzero()))
    assert len(lengths) > 30
    assert shortest <= min(lengths) < 80
    assert 80 < max(lengths) <= 102
