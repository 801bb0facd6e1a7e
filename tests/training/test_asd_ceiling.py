"""What a classifier with labels reaches: all where features tell, nothing where they do not."""

from __future__ import annotations

import numpy as np
import pytest
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.training import asd_ceiling, asd_ceiling_network
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.asd_ceiling import ceiling, describe
from anomaly_lens.training.asd_ceiling_network import network_ceiling
from anomaly_lens.training.datasets import find_sets

SIDE = 96


@pytest.fixture
def make_set(tmp_path, write_image):
    """Makes a set of six scenes with a rough square each, so much brighter than its ground."""

    def make(name, brighter, roughness):
        rng = np.random.default_rng(5)
        folder = tmp_path / "visible" / name
        lines = ["id,image,mask,boxes"]
        for number in range(6):
            row, column = rng.integers(8, SIDE - 48, 2)
            mask = np.zeros((SIDE, SIDE), bool)
            mask[row : row + 40, column : column + 40] = True
            image = 100 + rng.normal(0, np.where(mask, roughness, 6), (3, SIDE, SIDE)) + brighter * mask
            write_image(folder / f"{number}.png", image.clip(0, 255).astype(np.uint8))
            write_image(folder / f"{number}_mask.png", mask[None].astype(np.uint8) * 255)
            lines.append(f"{number},{number}.png,{number}_mask.png,")
        (folder / "manifest.csv").write_text("\n".join(lines))
        return tmp_path

    return make


def test_what_features_tell_is_learned_and_what_they_do_not_is_not(make_set):
    make_set("bright", 25, 6)
    make_set("rough", 0, 18)
    sets = {labelled.folder.name: labelled for labelled in find_sets(make_set("alike", 0, 6))[0]}
    for name in ("bright", "rough"):
        area, pooled, miou = ceiling(sets[name])
        assert area > 0.97
        assert pooled > 0.97
        assert miou > 0.75
    area, pooled, _ = ceiling(sets["alike"])
    assert 0.3 < area < 0.7
    assert 0.3 < pooled < 0.7


@pytest.mark.usefixtures("one_thread")
def test_a_network_tells_shapes_of_one_colour_apart(tmp_path, write_image):
    rng = np.random.default_rng(2)
    folder = tmp_path / "visible" / "shapes"
    lines = ["id,image,mask,boxes"]
    for number in range(4):
        image, mask = rng.normal(100, 6, (3, 150, 130)), np.zeros((150, 130), bool)
        image[:, :: int(rng.integers(20, 24)), :] += 50  # roads
        row, column = rng.integers(20, 70, 2)
        mask[row : row + 44, column : column + 44] = True
        image[:, mask] += 50
        write_image(folder / f"{number}.png", image.clip(0, 255).astype(np.uint8))
        write_image(folder / f"{number}_mask.png", mask[None].astype(np.uint8) * 255)
        lines.append(f"{number},{number}.png,{number}_mask.png,")
    (folder / "manifest.csv").write_text("\n".join(lines))
    (labelled,), _ = find_sets(tmp_path)
    assert network_ceiling(labelled, steps=25)[0] > 0.9
    assert network_ceiling(labelled, steps=2) == network_ceiling(labelled, steps=2)


def test_features_have_the_units_that_they_say():
    rng = np.random.default_rng(1)
    image = (50 + rng.normal(0, 5, (2, 80, 80))).astype(np.float32)
    found = describe(image)
    assert found.shape == (22, 80, 80)
    np.testing.assert_allclose(found[6:8].mean((1, 2)), image.mean((1, 2)), rtol=0.01)
    assert found[14:16].mean() == pytest.approx(5, rel=0.1)  # roughness in the largest window
    np.testing.assert_allclose(found[-2:].sum(0), 1, rtol=1e-5)


def test_sets_that_nothing_can_be_told_from_are_named(labelled, tmp_path, capsys):
    words = ["asd-ceiling", "--data", str(labelled / "infrared"), "--out", str(tmp_path / "out")]
    assert main(words) == 2
    assert "has nothing to measure on.\nChoose sets of two scenes or more" in capsys.readouterr().err


def test_the_table_is_printed_and_saved(make_set, tmp_path, capsys):
    make_set("bright", 25, 6)
    out = tmp_path / "out"
    assert main(["asd-ceiling", "--data", str(tmp_path), "--out", str(out)]) == 0
    assert "visible/bright" in capsys.readouterr().out
    assert "visible/bright" in (out / "ceiling.md").read_text()
    assert (out / "ceiling.csv").read_text().count("\n") == 2


@pytest.mark.parametrize("network", [False, True])
def test_a_scene_without_data_is_left_out(make_set, write_image, monkeypatch, network):
    folder = make_set("bright", 25, 6) / "visible" / "bright"
    for number in (0, 3):
        write_image(folder / f"{number}.png", np.zeros((3, SIDE, SIDE), np.uint8), 0)
    (labelled,), _ = find_sets(folder)
    measured = []
    monkeypatch.setattr(asd_ceiling_network if network else asd_ceiling, "measures", measured.append)
    _ = network_ceiling(labelled, steps=1) if network else ceiling(labelled)
    assert len(measured[0]) == 2
    for number in (1, 5):
        write_image(folder / f"{number}.png", np.zeros((3, SIDE, SIDE), np.uint8), 0)
    with pytest.raises(EngineError, match="in the half that is scored"):
        ceiling(labelled)


def test_sets_are_looked_at_before_the_first_is_measured(make_set, write_image, tmp_path, capsys):
    make_set("bright", 25, 6)
    write_image(make_set("mixed", 25, 6) / "visible" / "mixed" / "3.png", np.ones((1, SIDE, SIDE), np.uint8))
    assert main(["asd-ceiling", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    assert "have different bands" in told.err
    assert "bright" not in told.out
