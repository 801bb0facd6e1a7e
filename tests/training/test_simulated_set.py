"""Sets of simulated scenes hold what was simulated, are the same for the same seed, and can be measured on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from anomaly_lens.training import simulated_set
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.datasets import find_sets
from anomaly_lens.training.simulation import ANOMALY, IGNORED
from PIL import Image

SIDE = 64


@pytest.fixture
def imagery(tmp_path, rng):
    """One photograph: all else is made up."""
    folder = tmp_path / "imagery" / "visible"
    folder.mkdir(parents=True)
    coarse = Image.fromarray(rng.uniform(40, 160, (60, 60, 3)).astype(np.uint8))
    coarse.resize((400, 400), Image.Resampling.BICUBIC).save(folder / "photograph.png")
    return folder.parent


@pytest.fixture
def rng():
    """Where all chance comes from."""
    return np.random.default_rng(3)


@pytest.fixture
def simulate(imagery, tmp_path):
    """Makes the sets."""

    def make(name, seed=0):
        out = tmp_path / name
        words = ["simulate", "--data", str(imagery), "--out", str(out), "--scenes", "2", "--side", str(SIDE)]
        assert main([*words, "--seed", str(seed)]) == 0
        return out

    return make


def files(folder: Path):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_each_modality_has_a_set(simulate):
    sets, skipped = find_sets(simulate("sets"))
    modality = {found.name: found.modality for found in sets}
    modalities = ("hyperspectral", "infrared", "low_light", "sar", "visible")
    assert modality == {f"{name}/simulated": name for name in modalities} | {"sar/simulated_ships": "sar"}
    assert not skipped
    for found in sets:
        side = SIDE // 2 if found.modality == "hyperspectral" else SIDE
        for scene in found.scenes:
            pixels, valid = scene.read()
            assert pixels.shape[1:] == (side, side)
            assert valid.all()
            anomalous, known = scene.read_labels(side, side)
            assert 0 < (anomalous & known).sum() < side * side / 2
            assert len(pixels) in (1, 3) if found.modality != "hyperspectral" else len(pixels) >= 60


def test_scenes_and_labels_are_those_that_were_simulated(simulate, monkeypatch):
    drawn = {}
    write = simulated_set.write_set

    def keep(folder, scenes):
        drawn[folder.parent.name, folder.name] = scenes = list(scenes)
        write(folder, iter(scenes))

    monkeypatch.setattr(simulated_set, "write_set", keep)
    sets, _ = find_sets(simulate("sets"))
    open_ones = told = 0
    for found in sets:
        for scene, simulated in zip(found.scenes, drawn[tuple(found.name.split("/"))], strict=True):
            np.testing.assert_array_equal(scene.read()[0], simulated.image)
            anomalous, known = scene.read_labels(*simulated.label.shape)
            np.testing.assert_array_equal(anomalous & known, simulated.label == ANOMALY)
            np.testing.assert_array_equal(~known, simulated.label == IGNORED)
            open_ones += (~known).sum()
            if simulated.wavelengths is not None:
                with scene.open() as opened:
                    np.testing.assert_allclose(opened.wavelengths, simulated.wavelengths, atol=0.06)
                told += 1
    assert open_ones
    assert told


def test_the_seed_decides(simulate):
    first = files(simulate("first"))
    assert first == files(simulate("again"))
    other = files(simulate("other", seed=1))
    assert all(first[name] != other[name] for name in first if "images" in name.parts)


def test_they_are_measured_on(simulate, tmp_path, capsys):
    sets, out = simulate("sets"), tmp_path / "measured"
    assert main(["evaluate", "--data", str(sets), "--detector", "rx", "--out", str(out)]) == 0
    assert "simulated_ships" in capsys.readouterr().out
    report = json.loads((out / "report.json").read_text())
    assert len(report["sets"]) == 6
