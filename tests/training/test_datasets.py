"""Finding and reading labelled sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.training.datasets import find_sets, modality_of
from PIL import Image


def test_sets_are_found_at_any_depth_with_their_modality(labelled):
    sets, skipped = find_sets(labelled)
    assert {s.name: (s.modality, len(s.scenes), s.has_boxes) for s in sets} == {
        "sar/ships": ("sar", 2, False),
        "infrared/cars": ("infrared", 1, True),
        "hyperspectral/cubes": ("hyperspectral", 1, False),
    }
    assert [(s.name, "neither masks nor boxes" in s.reason) for s in skipped] == [("classes/kinds", True)]


def test_sets_are_chosen_by_the_end_of_their_names(labelled):
    assert [s.name for s in find_sets(labelled, ["cars"])[0]] == ["infrared/cars"]
    assert [s.name for s in find_sets(labelled, ["sar/ships"])[0]] == ["sar/ships"]
    assert [s.name for s in find_sets(labelled / "sar")[0]] == ["ships"]
    assert [s.name for s in find_sets(labelled / "sar" / "ships")[0]] == ["ships"]
    with pytest.raises(EngineError, match="no set called “hips”") as caught:
        find_sets(labelled, ["hips"])
    assert "sar/ships" in caught.value.hint


def test_scenes_open_with_their_labels(labelled):
    sets = {s.name: s for s in find_sets(labelled)[0]}
    scene = sets["hyperspectral/cubes"].scenes[0]
    with scene.open() as opened:
        assert (opened.height, opened.width, opened.count) == (20, 24, 6)
        mask = scene.read_mask(opened.height, opened.width)
    assert np.argwhere(mask).tolist() == [[r, c] for r in (3, 4) for c in (4, 5, 6)]
    car = sets["infrared/cars"].scenes[0]
    assert car.boxes.tolist() == [[30, 20, 34, 24]]
    assert car.read_mask(40, 50).sum() == 16


@pytest.mark.parametrize("levels", [(0, 255), (0, 1)])
def test_masks_of_either_range_are_read(labelled, levels, write_image):
    scene = find_sets(labelled, ["ships"])[0][0].scenes[0]
    pixels = np.full((1, 40, 50), levels[0], dtype=np.uint8)
    pixels[0, 2, 3] = levels[1]
    write_image(scene.mask, pixels)
    assert np.argwhere(scene.read_mask(40, 50)).tolist() == [[2, 3]]
    write_image(scene.mask, np.zeros((1, 40, 50), dtype=np.uint8))
    assert not scene.read_mask(40, 50).any()


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 200, 0), (0, 90, 90)])
def test_a_mask_of_one_colour_is_read_in_whatever_bands_it_shows(labelled, colour, write_image):
    """The first band alone had counted: green objects were none."""
    scene = find_sets(labelled, ["ships"])[0][0].scenes[0]
    pixels = np.zeros((3, 40, 50), dtype=np.uint8)
    pixels[:, 2, 3] = colour
    write_image(scene.mask, pixels)
    assert np.argwhere(scene.read_mask(40, 50)).tolist() == [[2, 3]]


PALETTES = {
    "white first": (1, 0, [255, 255, 255, 0, 0, 0]),
    "black first": (0, 1, [0, 0, 0, 255, 255, 255]),
    "red first": (1, 0, [255, 0, 0, 0, 0, 0]),
    "red on black": (0, 1, [0, 0, 0, 128, 0, 0]),
    "red on green, whose numbers tell": (0, 1, [0, 255, 0, 255, 0, 0]),
    "no colours, whose numbers tell": (0, 1, [0, 0, 0, 0, 0, 0]),
}


@pytest.mark.parametrize(("normal", "anomalous", "palette"), PALETTES.values(), ids=PALETTES)
def test_a_mask_of_a_colour_table_is_what_it_shows(labelled, normal, anomalous, palette):
    """Programs number the colours of a picture as they like: masks whose white came first were read the other way."""
    scene = find_sets(labelled, ["ships"])[0][0].scenes[0]
    numbers = np.full((40, 50), normal, dtype=np.uint8)
    numbers[2, 3] = anomalous
    image = Image.fromarray(numbers)
    image.putpalette(palette)
    image.save(scene.mask)
    assert np.argwhere(scene.read_mask(40, 50)).tolist() == [[2, 3]]


@pytest.mark.parametrize("ground", [(0, 0, 0), (255, 255, 255)])
def test_a_mask_of_several_colours_is_refused(labelled, ground, write_image):
    scene = find_sets(labelled, ["ships"])[0][0].scenes[0]
    pixels = np.full((40, 50, 3), ground, dtype=np.uint8)
    pixels[2, 3], pixels[4, 5] = (255, 0, 0), (0, 255, 0)
    write_image(scene.mask, pixels.transpose(2, 0, 1))
    with pytest.raises(EngineError, match=r"one\.png holds several colours"):
        scene.read_mask(40, 50)


@pytest.mark.parametrize("nodata", [255, 0])
def test_what_a_mask_does_not_know_is_neither(labelled, nodata, write_image):
    """But zeros that are called nodata are background, as many programs write it."""
    scene = find_sets(labelled, ["ships"])[0][0].scenes[0]
    pixels = np.zeros((1, 40, 50), dtype=np.uint8)
    pixels[0, 2, 3] = 1
    pixels[0, 30:] = nodata
    write_image(scene.mask, pixels, nodata)
    anomalous, known = scene.read_labels(40, 50)
    assert np.argwhere(anomalous).tolist() == [[2, 3]]
    assert (~known).sum() == (500 if nodata else 0)
    assert not known[30:].any() or not nodata


@pytest.mark.parametrize("numbers", [(0, 1, 2, 3), (0, 40, 90), (0, 3, 900), tuple(range(201)), (0, 1, 255)])
def test_numbers_of_objects_are_no_mask(labelled, numbers, write_image):
    """Half of them would be left out."""
    scene = find_sets(labelled, ["ships"])[0][0].scenes[0]
    pixels = np.zeros((1, 40, 50), dtype=np.uint16)
    pixels.flat[: len(numbers)] = numbers
    write_image(scene.mask, pixels)
    with pytest.raises(EngineError, match=rf"one\.png holds numbers up to {numbers[-1]}, of objects or classes"):
        scene.read_mask(40, 50)


@pytest.mark.parametrize("levels", [(0, 90, 200, 255), (0, 3, 240), tuple(range(256)), (0, 30_000, 65_535)])
def test_grey_levels_at_edges_are_split_at_half(labelled, levels, write_image):
    scene = find_sets(labelled, ["ships"])[0][0].scenes[0]
    pixels = np.zeros((1, 40, 50), dtype=np.uint16)
    pixels.flat[: len(levels)] = levels
    write_image(scene.mask, pixels)
    assert scene.read_mask(40, 50).sum() == sum(level > levels[-1] / 2 for level in levels)


@pytest.mark.parametrize(
    ("path", "modality"),
    [
        ("data/hyperspectral/abu", "hyperspectral"),
        ("data/asd/landslide", "visible"),
        ("sar/lowlight/x", "low_light"),
        ("data/thermal", "infrared"),
        ("data/things", None),
    ],
)
def test_the_innermost_telling_folder_decides(path, modality):
    assert modality_of(Path("/nowhere") / path) == modality


def test_a_missing_image_is_named_with_its_line(labelled):
    (labelled / "sar" / "ships" / "images" / "two.png").unlink()
    with pytest.raises(EngineError, match=r"two\.png.*line 3 of .*manifest\.csv") as caught:
        find_sets(labelled)
    assert caught.value.hint


def test_a_mask_of_another_size_is_refused(labelled):
    scene = find_sets(labelled, ["ships"])[0][0].scenes[0]
    with pytest.raises(EngineError, match=r"one\.png is 50x40 pixels, its scene 60x40"):
        scene.read_mask(40, 60)


@pytest.mark.parametrize(
    "box",
    [
        {"id": "day", "xmin": 5, "ymin": 5, "xmax": 5, "ymax": 9},
        {"id": "day", "xmin": "wide", "ymin": 5, "xmax": 5, "ymax": 9},
        {"id": "day", "xmin": 5, "ymin": 5, "xmax": 9, "ymax": ""},
        {"id": "day", "xmin": 5, "ymin": 5, "xmax": "inf", "ymax": 9},
    ],
)
def test_a_bad_box_is_named_with_its_line(labelled, box, write_rows):
    write_rows(labelled / "infrared" / "cars" / "boxes.csv", [box])
    with pytest.raises(EngineError, match=r"Line 2 of .*boxes\.csv is no box"):
        find_sets(labelled)


@pytest.mark.parametrize(
    ("content", "column"),
    [
        ("day,Car,30,20,34,24\n", "id"),
        ('{"images": [{"id": 1}], "annotations": [{"image_id": 1, "bbox": [30, 20, 4, 4]}]}', "id"),
        ("id,xmin,ymin,xmax\nday,5,5,9\n", "ymax"),
    ],
)
def test_boxes_without_their_headings_are_refused(labelled, content, column):
    """Such as COCO's, on one line: it was taken for headings with nothing below, and the set for one without a box."""
    (labelled / "infrared" / "cars" / "boxes.csv").write_text(content, encoding="utf-8")
    with pytest.raises(EngineError, match=rf"Line 1 of .*boxes\.csv names no column “{column}”"):
        find_sets(labelled)


@pytest.mark.parametrize("content", ["", "id,class,xmin,ymin,xmax,ymax\n"])
def test_a_set_may_have_no_box(labelled, content):
    (labelled / "infrared" / "cars" / "boxes.csv").write_text(content, encoding="utf-8")
    assert [len(scene.boxes) for scene in find_sets(labelled, ["cars"])[0][0].scenes] == [0]


def test_boxes_end_at_the_edges_of_their_scene(labelled, write_rows):
    sides = ("xmin", "ymin", "xmax", "ymax")
    boxes = ([45, 30, 70, 60], [-5, 2, 4, 9], [50, 3, 60, 9], [3, 40, 9, 44])
    write_rows(
        labelled / "infrared" / "cars" / "boxes.csv",
        [{"id": "day", "class": "Car", **dict(zip(sides, values, strict=True))} for values in boxes],
    )
    scene = find_sets(labelled, ["cars"])[0][0].scenes[0].within(40, 50)
    assert scene.boxes.tolist() == [[45, 30, 50, 40], [0, 2, 4, 9]]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("column", ["id", ""])
def test_boxes_find_their_scene_with_a_byte_order_mark_and_without_ids(labelled, mark, column):
    """Without a column of ids, a scene has the name of its image."""
    cars = labelled / "infrared" / "cars"
    lines = ["id,image,boxes", "day,images/day.png,boxes.csv"]
    lines = lines if column else [line.partition(",")[2] for line in lines]
    (cars / "manifest.csv").write_text(mark + "\n".join(lines), encoding="utf-8")
    (cars / "boxes.csv").write_text(f"{mark}id,xmin,ymin,xmax,ymax\nday,30,20,34,24\n", encoding="utf-8")
    scene = find_sets(labelled, ["cars"])[0][0].scenes[0]
    assert (scene.id, scene.boxes.tolist()) == ("day", [[30, 20, 34, 24]])


def test_boxes_of_ids_that_the_manifest_writes_otherwise_are_named(labelled, write_rows):
    cars = labelled / "infrared" / "cars"
    rows = [{"id": "001", "image": "images/day.png", "boxes": "boxes.csv"}]
    write_rows(cars / "manifest.csv", rows)
    boxes = [{"id": name, "xmin": 30, "ymin": 20, "xmax": 34, "ymax": 24} for name in ("1", "001")]
    write_rows(cars / "boxes.csv", boxes[:1])
    with pytest.raises(EngineError, match=r"boxes of “1”, which the manifest lacks, but none of “001”"):
        find_sets(labelled, ["cars"])
    # Boxes of a scene that was removed from the manifest, and a scene without a box, are no mistake.
    write_rows(cars / "boxes.csv", boxes)
    assert len(find_sets(labelled, ["cars"])[0][0].scenes[0].boxes) == 1
    write_rows(cars / "boxes.csv", boxes[1:])
    write_rows(cars / "manifest.csv", [*rows, {**rows[0], "id": "empty"}])
    assert [len(scene.boxes) for scene in find_sets(labelled, ["cars"])[0][0].scenes] == [1, 0]


def test_boxes_that_could_be_of_either_of_two_scenes_are_refused(labelled, write_image, write_rows):
    """Images of one name in two folders and no ids: each scene had the boxes of both."""
    cars = labelled / "infrared" / "cars"
    write_image(cars / "night" / "day.png", np.zeros((1, 40, 50), np.uint8))
    rows = [{"image": image, "boxes": "boxes.csv"} for image in ("images/day.png", "night/day.png")]
    write_rows(cars / "manifest.csv", rows)
    with pytest.raises(EngineError, match=r"Line 3 of .*manifest\.csv is another scene called “day”"):
        find_sets(labelled, ["cars"])
    # Each folder may have boxes of its own.
    (cars / "night" / "boxes.csv").write_text("id,xmin,ymin,xmax,ymax\nday,1,2,3,4\n", encoding="utf-8")
    write_rows(cars / "manifest.csv", [rows[0], {**rows[1], "boxes": "night/boxes.csv"}])
    boxes = [scene.boxes.tolist() for scene in find_sets(labelled, ["cars"])[0][0].scenes]
    assert boxes == [[[30, 20, 34, 24]], [[1, 2, 3, 4]]]


def test_missing_boxes_labels_and_folders_are_named(labelled, tmp_path, write_rows):
    (labelled / "infrared" / "cars" / "boxes.csv").unlink()
    with pytest.raises(EngineError, match=r"boxes\.csv does not exist"):
        find_sets(labelled, ["cars"])
    write_rows(labelled / "sar" / "ships" / "manifest.csv", [{"id": "x", "image": "images/one.png", "mask": ""}])
    with pytest.raises(EngineError, match=r"Line 2 of .*names no mask and no boxes"):
        find_sets(labelled, ["ships"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(EngineError, match=r"no manifest\.csv"):
        find_sets(tmp_path / "empty")
    with pytest.raises(EngineError, match="is not a folder"):
        find_sets(tmp_path / "absent")


def test_a_manifest_that_is_no_text_is_named(labelled):
    (labelled / "sar" / "ships" / "manifest.csv").write_bytes(b"\xff\xfe\x00\x81id,image")
    with pytest.raises(EngineError, match=r"manifest\.csv cannot be read"):
        find_sets(labelled)


def test_the_shared_sets_are_all_read(validation):
    sets, skipped = find_sets(validation)
    counts = {s.name: len(s.scenes) for s in sets}
    assert counts["hyperspectral/abu_plus"] == 6
    assert counts["visible/airbus_aircraft"] == 30
    assert [s.name for s in skipped] == ["classes/rsscn7"]
    for labelled_set in sets:
        scene = labelled_set.scenes[0]
        with scene.open() as opened:
            assert scene.read_mask(opened.height, opened.width).any()
