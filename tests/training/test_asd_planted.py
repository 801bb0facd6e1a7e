"""Planted sets: what is foreign where, and what is said of folders that nothing can be planted from."""

from __future__ import annotations

import numpy as np
import pytest
from anomaly_lens.engine.scene import open_scene
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.asd_planted import SHARES, blob, planted
from anomaly_lens.training.datasets import find_sets
from rasterio.windows import Window

LEVELS = {"dark": 40, "bright": 200}


@pytest.fixture
def folders(tmp_path, write_image):
    """Two folders of images, one dark, one bright, and a third with a single image, which is no ground."""
    rng = np.random.default_rng(0)
    for folder, level in LEVELS.items():
        for number in range(3):
            image = level + rng.normal(0, 4, (3, 90, 100 + number))
            write_image(tmp_path / "data" / folder / f"{number}.png", image.clip(0, 255).astype(np.uint8))
    write_image(tmp_path / "data" / "lonely" / "0.png", np.zeros((3, 90, 90), np.uint8))
    return tmp_path / "data"


def read(path):
    with open_scene(path) as scene:
        return scene.read(Window(0, 0, scene.width, scene.height))[0]


def make(folders, out, *words):
    return main(["plant", "--data", str(folders), "--out", str(out), "--count", "4", "--side", "96", *words])


def test_foreign_ground_lies_where_the_mask_says_and_nowhere_else(folders, tmp_path):
    assert make(folders, tmp_path / "out") == 0
    sets, _ = find_sets(tmp_path / "out")
    assert [(s.name, s.modality, len(s.scenes)) for s in sets] == [
        ("visible/bright", "visible", 4),
        ("visible/dark", "visible", 4),
    ]
    dark = sets[1]
    drawn = []
    for scene in dark.scenes:
        pixels, mask = read(scene.image), scene.read_mask(96, 96)
        assert SHARES[0] - 0.01 < mask.mean() < SHARES[1] + 0.01
        inner = pixels[:, mask].mean() - LEVELS["dark"]
        assert abs(np.median(pixels[:, ~mask]) - LEVELS["dark"]) < 5
        # Foreign ground is 160 brighter, or 20 to 70 percent of that where it is drawn towards the scene.
        assert 0.1 * 160 < inner < 1.05 * 160
        drawn.append(inner < 0.75 * 160)
    assert len(dark.scenes) == 4
    assert any(drawn)


@pytest.mark.parametrize(("collared", "collar"), [(LEVELS, 20), (["bright"], 90)])
def test_what_is_no_data_is_neither_ground_nor_foreign(folders, tmp_path, write_image, collared, collar):
    """A collar of nodata had become black ground, or the foreign piece."""
    for folder in collared:
        for path in (folders / folder).iterdir():
            pixels = np.maximum(read(path), 1).astype(np.uint8)
            path.unlink()
            pixels[:, :, :collar] = 0
            write_image(path.with_suffix(".tif"), pixels, 0)
    assert make(folders, tmp_path / "out", "--grounds", "dark") == 0
    (dark,) = find_sets(tmp_path / "out")[0]
    for scene in dark.scenes:
        pixels, valid = scene.read()
        assert not valid.all()
        assert pixels[:, valid].min() > 10


def test_the_same_seed_plants_the_same(folders, tmp_path):
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        make(folders, tmp_path / name, "--seed", seed, "--grounds", "dark")
    first, again, other = (read(tmp_path / name / "visible" / "dark" / "images" / "000.png") for name in "abc")
    assert (first == again).all()
    assert (first != other).any()


def test_pieces_cover_their_share():
    mask = blob(np.random.default_rng(3), 128, 0.2)
    assert mask.mean() == pytest.approx(0.2, abs=0.01)


def test_edges_are_blended_over_two_pixels():
    mask = np.zeros((40, 40), bool)
    mask[:, 20:] = True
    own, foreign = np.full((3, 40, 40), 10, np.float32), np.full((3, 40, 40), 210, np.float32)
    # The first number of this seed is above a half: the colour stays as it is.
    scene = planted(np.random.default_rng(0), own, foreign, mask)
    assert (scene[:, :, :15] == 10).all()
    assert (scene[:, :, 25:] == 210).all()
    assert 10 < scene[0, 0, 19] < scene[0, 0, 20] < 210


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--grounds", "grey"], "There is no ground “grey”"),
        (["--count", "1"], "1 scenes of 96 pixels cannot be made"),
    ],
)
def test_what_cannot_be_planted_is_refused(folders, tmp_path, capsys, words, message):
    assert make(folders, tmp_path / "out", *words) == 2
    assert message in capsys.readouterr().err


def test_imagery_of_more_than_eight_bits_is_refused(folders, tmp_path, capsys, write_image):
    for number in range(3):
        write_image(folders / "dark" / f"{number}.png", np.full((3, 90, 100), 3000, np.uint16))
    assert make(folders, tmp_path / "out", "--grounds", "dark") == 2
    assert "0.png holds uint16 values" in capsys.readouterr().err


def test_one_folder_has_nothing_foreign(folders, tmp_path, capsys):
    assert main(["plant", "--data", str(folders / "dark"), "--out", str(tmp_path)]) == 2
    assert "holds 0 folders of images" in capsys.readouterr().err
