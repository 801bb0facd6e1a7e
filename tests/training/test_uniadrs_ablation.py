"""The ablation of UniADRS: what differs between rows, and that the command runs."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import torch
from anomaly_lens.engine.models.deviation import MAPS
from anomaly_lens.engine.models.uniadrs import UniADRS
from anomaly_lens.training import uniadrs_ablation
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.simulation import LARGE_OBJECT, Bank
from anomaly_lens.training.uniadrs_ablation import (
    NETWORKS,
    TABLES,
    Labelled,
    score_alone,
    settings_of,
    simulator_of,
)
from PIL import Image

pytestmark = pytest.mark.usefixtures("one_thread")


def ground(count=2):
    rng = np.random.default_rng(0)
    images = [Image.fromarray(rng.integers(30, 220, (24, 30, 3), np.uint8)) for _ in range(count)]
    return [np.asarray(image.resize((300, 240), Image.Resampling.BICUBIC)) for image in images]


def test_every_row_has_its_networks():
    rows = [row for table in TABLES.values() for row in table]
    assert {name for row in rows for name in (row.spectral, row.spatial)} == set(NETWORKS)
    both = next(row for row in TABLES["simulation"] if row.name == "both")
    assert (both.spectral, both.spatial) == ("spectral, L_p + L_f", "spatial, L_p + L_f")
    alone = next(row for row in TABLES["simulation"] if row.name == "spatial anomalies, no B0")
    assert alone.spectral == alone.spatial == "spatial, L_p + L_f, no B0"


def test_rows_differ_in_what_they_name_alone():
    plain, paper = settings_of("spatial, L_p", 10, 1), settings_of("spatial, L_p + L_f", 10, 1)
    assert (plain.feature_weight, paper.feature_weight) == (0, 0.1)
    plain.feature_weight = paper.feature_weight
    assert plain == paper
    assert paper.pair_weight == 0
    assert settings_of("spatial, L_p + L_f + pairs", 10, 1).pair_weight > 0
    assert settings_of("spatial, cross-entropy", 10, 1).pixel_loss == "cross_entropy"
    assert not settings_of("spectral, L_p + L_f, no B0", 10, 1).large_objects
    assert settings_of("spectral, L_p", 10, 1).components == 8


@pytest.mark.parametrize("stem", ["spatial", "spectral"])
def test_without_b0_no_scene_has_a_large_normal_object(stem):
    bank = Bank(visible=ground())
    for large in (True, False):
        simulator = simulator_of(stem, bank, large)
        labels = [simulator.sample(np.random.default_rng(seed)).label for seed in range(6)]
        assert any((label == LARGE_OBJECT).any() for label in labels) == large


def test_a_network_alone_scores_any_number_of_bands_at_any_size():
    rng = np.random.default_rng(0)
    networks = {
        name: UniADRS(NETWORKS[name][0], settings_of(name, 1, 1).network()).eval()
        for name in ("spatial, L_p", "spectral, L_p")
    }
    for network in networks.values():
        torch.nn.init.normal_(network.score.weight)
    for bands in (1, 3, 20):
        image = rng.normal(size=(bands, 37, 50)).astype(np.float32)
        image[:, 10:14, 20:24] += 9
        mask = np.zeros((37, 50), bool)
        mask[10:14, 20:24] = True
        scene = Labelled("visible", image, mask, ~mask)
        maps, scores = score_alone(networks, scene)
        assert scene.auc(maps[0].numpy()) > 0.99
        for values in scores.values():
            assert values.shape == (37, 50)
            assert np.isfinite(values).all()


def test_what_is_no_data_counts_nowhere(tmp_path, write_image, write_rows):
    """It was background, of a value that no other pixel has."""
    rng = np.random.default_rng(0)
    image = rng.normal(100, 5, (3, 60, 70)).astype(np.float32)
    image[:, 30:34, 30:34] += 60
    mask = np.zeros((1, 60, 70), np.uint8)
    mask[0, 30:34, 30:34] = 255
    folder = tmp_path / "infrared"
    write_image(folder / "mask.png", mask)
    found = []
    for fill in (np.nan, -9999):
        image[:, :10] = fill
        write_image(folder / "image.tif", image, None if np.isnan(fill) else fill)
        write_rows(folder / "manifest.csv", [{"id": "a", "image": "image.tif", "mask": "mask.png"}])
        (scene,) = uniadrs_ablation._labelled(str(tmp_path), 1)
        assert not (scene.anomalous | scene.normal)[:10].any()
        found.append(score_alone({"network": UniADRS("spatial").eval()}, scene))
        assert scene.auc(found[-1][0][MAPS.index("rx")].numpy()) == 1
    assert torch.equal(found[0][0], found[1][0])


def test_boxes_are_measured_by_their_maxima():
    mask = np.zeros((20, 20), bool)
    mask[4:8, 4:8] = True
    scores = np.zeros((20, 20), np.float32)
    scores[5, 5] = 1
    scene = Labelled("visible", np.zeros((1, 20, 20), np.float32), mask, ~mask, np.array([[4, 4, 8, 8]]))
    assert scene.auc(scores) == 1
    scene.boxes = None
    assert scene.auc(scores) == pytest.approx(0.5 + 0.5 / 16)


def test_the_command_trains_once_and_writes_both_tables(tmp_path, monkeypatch, capsys):
    imagery = tmp_path / "imagery"
    imagery.mkdir()
    for index, values in enumerate(ground()):
        Image.fromarray(values).save(imagery / f"{index}.png")
    monkeypatch.setattr(uniadrs_ablation, "_TILE", {"spatial": 64, "spectral": 48})
    monkeypatch.setattr(uniadrs_ablation, "_BATCH", 1)
    monkeypatch.setattr(uniadrs_ablation, "_HELD_OUT", 1)
    words = ["ablate-uniadrs", "--data", str(imagery), "--steps", "1", "--out", str(tmp_path / "out")]
    assert main(words) == 0
    networks = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.pt")}
    assert len(networks) == len(NETWORKS)
    with (tmp_path / "out" / "simulation.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row[""] for row in rows] == [*(row.name for row in TABLES["simulation"]), "rx"]
    assert 0 <= float(rows[0]["simulated mean"]) <= 1
    assert "losses" in capsys.readouterr().out
    assert main(words) == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.pt")} == networks
    # Networks that were trained on other imagery had been taken for those of this.
    Image.fromarray(ground(3)[2]).save(imagery / "2.png")
    assert main(words) == 0
    assert len(list((tmp_path / "out").glob("*.pt"))) == 2 * len(NETWORKS)


def test_a_folder_without_images_is_told(tmp_path, capsys):
    assert main(["ablate-uniadrs", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert str(tmp_path) in capsys.readouterr().err
