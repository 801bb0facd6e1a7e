"""Night scenes of labelled photographs: what is made dark, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from anomaly_lens.engine.scene import open_scene
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.darken import darken
from anomaly_lens.training.datasets import find_sets
from PIL import Image
from rasterio.windows import Window


def test_darkening_is_fixed_by_the_scenes_name(tmp_path):
    image = np.full((64, 64, 3), 128, np.uint8)
    first = darken(image, "a")
    assert np.array_equal(first, darken(image, "a"))
    assert not np.array_equal(first, darken(image, "b"))
    expected = (128 / 255) ** 2.2 * 128
    assert abs(first.mean() - expected) < 3


def test_a_labelled_set_is_darkened_with_its_labels(tmp_path):
    source = tmp_path / "day"
    source.mkdir()
    Image.fromarray(np.full((20, 30, 3), 200, np.uint8)).save(source / "a.png")
    (source / "boxes.csv").write_text("id,class,xmin,ymin,xmax,ymax\na,x,1,2,5,6\n", encoding="utf-8")
    (source / "manifest.csv").write_text("id,image,mask,boxes\na,a.png,,boxes.csv\n", encoding="utf-8")
    assert main(["darken", "--data", str(source), "--out", str(tmp_path / "low_light")]) == 0
    assert (tmp_path / "low_light" / "boxes.csv").is_file()
    assert Image.open(tmp_path / "low_light" / "images" / "a.png").size == (30, 20)
    assert main(["darken", "--data", str(tmp_path / "absent"), "--out", str(tmp_path / "x")]) == 2


@pytest.mark.parametrize(
    ("pixels", "says"),
    [
        (np.full((1, 20, 30), 3000, np.uint16), "a.png holds no levels of 0 to 255"),
        (np.full((3, 20, 30), 3000, np.uint16), "a.png holds no levels of 0 to 255"),
        (np.zeros((4, 20, 30), np.float32), "a.tif cannot be read as a photograph"),
    ],
)
def test_imagery_that_is_no_photograph_is_not_darkened(tmp_path, capsys, write_image, write_rows, pixels, says):
    name = says.split()[0]
    write_image(tmp_path / "day" / name, pixels)
    write_rows(tmp_path / "day" / "manifest.csv", [{"id": "a", "image": name}])
    assert main(["darken", "--data", str(tmp_path / "day"), "--out", str(tmp_path / "dark")]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "dark").exists()


def test_what_would_lose_something_is_refused(tmp_path, capsys, write_image, write_rows):
    day, dark = tmp_path / "day", tmp_path / "dark"
    for folder in "ab":
        write_image(day / folder / "1.png", np.full((1, 4, 4), 200, np.uint8))
    photograph = (day / "a" / "1.png").read_bytes()

    def refused(rows, out=dark):
        write_rows(day / "manifest.csv", rows)
        assert main(["darken", "--data", str(day), "--out", str(out)]) == 2
        return capsys.readouterr().err

    one = {"id": "a", "image": "a/1.png", "mask": "", "boxes": ""}
    assert "Give another --out" in refused([one], day)
    assert "Give each line an id" in refused([one | {"id": ""}, one | {"id": "", "image": "b/1.png"}])
    assert "There is no" in refused([one | {"mask": "a/mask.png"}])
    assert (day / "a" / "1.png").read_bytes() == photograph
    assert not dark.exists()


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_stays_so(tmp_path, write_rows, mode):
    """Half of it had become a night's noise."""
    photograph = Image.new("RGBA", (40, 30), (200, 190, 180, 255))
    photograph.paste((0, 0, 0, 0), (0, 0, 20, 30))
    (tmp_path / "day").mkdir()
    photograph.convert(mode).save(tmp_path / "day" / "a.png")
    write_rows(tmp_path / "day" / "manifest.csv", [{"id": "a", "image": "a.png"}])
    assert main(["darken", "--data", str(tmp_path / "day"), "--out", str(tmp_path / "dark")]) == 0
    with Image.open(tmp_path / "dark" / "images" / "a.png") as dark:
        assert dark.mode == mode
        pixels = np.asarray(dark)
    assert not pixels[:, :20, -1].any()
    assert (pixels[:, 20:, -1] == 255).all()
    assert np.ptp(pixels[:, 20:, 0]) > 30


def test_what_was_saved_for_print_is_darkened_as_it_looks(tmp_path, write_rows):
    """Its inks had become light, and the black one what is transparent."""
    (tmp_path / "day").mkdir()
    Image.new("RGB", (40, 30), (250, 60, 20)).convert("CMYK").save(tmp_path / "day" / "a.jpg", quality=95)
    write_rows(tmp_path / "day" / "manifest.csv", [{"id": "a", "image": "a.jpg"}])
    assert main(["darken", "--data", str(tmp_path / "day"), "--out", str(tmp_path / "dark")]) == 0
    with Image.open(tmp_path / "dark" / "images" / "a.png") as dark:
        assert dark.mode == "RGB"
        red, green, blue = np.asarray(dark).reshape(-1, 3).mean(0)
    assert red > 100 > 20 > max(green, blue)


def test_a_set_without_ids_and_with_a_byte_order_mark_is_darkened_too(tmp_path, write_image):
    write_image(tmp_path / "day" / "a.png", np.full((3, 20, 30), 200, np.uint8))
    (tmp_path / "day" / "manifest.csv").write_text("\ufeffimage,mask\na.png,\n", encoding="utf-8")
    assert main(["darken", "--data", str(tmp_path / "day"), "--out", str(tmp_path / "dark")]) == 0
    pixels = np.asarray(Image.open(tmp_path / "dark" / "images" / "a.png"))
    assert np.array_equal(pixels, darken(np.full((20, 30, 3), 200, np.uint8), "a"))


def test_labels_outside_of_the_set_are_copied_into_it(tmp_path, write_image, write_rows):
    """The copy was the original."""
    mask = tmp_path / "masks" / "1.png"
    write_image(mask, np.full((1, 20, 30), 255, np.uint8))
    for name in "ab":
        write_image(tmp_path / "day" / f"{name}.png", np.full((3, 20, 30), 200, np.uint8))
    rows = [{"id": "a", "image": "a.png", "mask": "../masks/1.png"}, {"id": "b", "image": "b.png", "mask": str(mask)}]
    write_rows(tmp_path / "day" / "manifest.csv", rows)
    assert main(["darken", "--data", str(tmp_path / "day"), "--out", str(tmp_path / "low_light")]) == 0
    (dark,), _ = find_sets(tmp_path / "low_light")
    assert all(scene.read_mask(20, 30).all() for scene in dark.scenes)
    assert all((tmp_path / "low_light" / "labels") in scene.mask.parents for scene in dark.scenes)


def test_a_mask_that_is_called_like_the_dark_photograph_does_not_replace_it(tmp_path, write_image, write_rows):
    mask = np.zeros((1, 20, 30), np.uint8)
    mask[0, 3:6, 4:9] = 255
    write_image(tmp_path / "day" / "images" / "1.png", mask)
    Image.new("RGB", (30, 20), (200, 200, 200)).save(tmp_path / "day" / "images" / "1.jpg")
    write_rows(tmp_path / "day" / "manifest.csv", [{"id": "1", "image": "images/1.jpg", "mask": "images/1.png"}])
    assert main(["darken", "--data", str(tmp_path / "day"), "--out", str(tmp_path / "low_light")]) == 0
    ((scene,),) = (dark.scenes for dark in find_sets(tmp_path / "low_light")[0])
    assert np.array_equal(scene.read_mask(20, 30), mask[0] > 0)
    assert np.array_equal(np.asarray(Image.open(scene.image)), darken(np.full((20, 30, 3), 200, np.uint8), "1"))


@pytest.mark.parametrize("bands", [1, 3])
def test_what_is_called_no_data_is_none_in_the_dark_either(tmp_path, write_image, write_rows, bands):
    photograph = np.full((bands, 30, 40), 200, np.uint8)
    photograph[:, :, :20] = 0
    write_image(tmp_path / "day" / "a.tif", photograph, 0)
    write_rows(tmp_path / "day" / "manifest.csv", [{"id": "a", "image": "a.tif"}])
    assert main(["darken", "--data", str(tmp_path / "day"), "--out", str(tmp_path / "dark")]) == 0
    with open_scene(tmp_path / "dark" / "images" / "a.png") as scene:
        pixels, valid = scene.read(Window(0, 0, 40, 30))
    assert len(pixels) == bands
    assert not valid[:, :20].any() and valid[:, 20:].all()
