"""Training: batches, resuming, exporting, and the commands around it."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.models.uniadrs import STEM_BANDS, STEMS, load_network
from anomaly_lens.engine.weights import WEIGHTS_FOLDER, load_weights
from anomaly_lens.training import train_uniadrs
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.losses.pixel import LARGEST_MULTIPLIER
from anomaly_lens.training.machine import machine_facts
from anomaly_lens.training.run_files import cut_log, log_losses, save_checkpoint, save_settings
from anomaly_lens.training.simulation import Bank, SimulatedScene
from anomaly_lens.training.simulation.outlines import own_photographs
from anomaly_lens.training.train_uniadrs import Trainer
from anomaly_lens.training.trainer import walk
from anomaly_lens.training.uniadrs_batches import Batch, BatchStream, EndlessStream, collate, turned
from anomaly_lens.training.uniadrs_settings import read_settings
from anomaly_lens.training.uniadrs_weights import export_weights
from anomaly_lens.training.weights import LABELS_UNKNOWN, accounts, training_of
from PIL import Image

SMALL = ["widths=[8,8,8,8,8]", "features=8", "embedding=4", "batch=1", "steps=3"]


def scene(bands=1, side=48, seed=0) -> SimulatedScene:
    rng = np.random.default_rng(seed)
    image = rng.normal(0, 1, (bands, side, side)).astype(np.float32)
    label, objects = np.zeros((side, side), np.uint8), np.zeros((side, side), np.int32)
    for number, (row, size) in enumerate(((4, 2), (20, 6)), 1):
        image[:, row : row + size, 10 : 10 + size] += 6
        label[row : row + size, 10 : 10 + size] = 1
        objects[row : row + size, 10 : 10 + size] = number
    label[30, 30] = 2
    label[40:, 40:] = 3
    return SimulatedScene(image, label, objects, "visible")


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def imagery(tmp_path):
    folder = tmp_path / "imagery"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for index in range(2):
        coarse = rng.integers(30, 220, (24, 30, 3), np.uint8)
        Image.fromarray(coarse).resize((300, 240), Image.Resampling.BICUBIC).save(folder / f"{index}.png")
    return folder


def test_a_batch_weighs_each_object_by_the_root_of_its_area():
    batch = collate([scene()], False, np.random.default_rng(0))
    assert batch.anomaly[0, 4:6, 10:12].sum().item() == pytest.approx(2)
    assert batch.anomaly[0, 20:26, 10:16].sum().item() == pytest.approx(6)
    assert batch.background[0, 30, 30] == 0
    assert batch.background[0, 45, 45] == 1
    assert not ((batch.anomaly > 0) & (batch.background > 0)).any()


def test_only_ground_of_which_nobody_told_is_doubtful():
    one = replace(scene(), doubt=0.1)
    batch = collate([one, scene()], False, np.random.default_rng(0))
    assert torch.equal(batch.doubt[0] > 0, torch.from_numpy(one.label == 0))
    assert batch.doubt[0].max().item() == pytest.approx(0.1)
    assert not batch.doubt[1].any()


def test_batches_have_the_stems_bands():
    rng = np.random.default_rng(0)
    assert collate([scene(1), scene(3)], False, rng).bands.shape == (2, 3, 48, 48)
    assert collate([scene(9), scene(20)], True, rng).bands.shape == (2, STEM_BANDS, 48, 48)


def test_the_statistics_of_a_larger_scene_show_an_anomaly_as_rarer():
    shown, larger = (collate([scene()], False, np.random.default_rng(0), larger=share) for share in (0.0, 1.0))
    anomaly = shown.anomaly > 0
    assert torch.equal(shown.anomaly, larger.anomaly)
    rx, rarer = (batch.maps[:, 0][anomaly].mean() for batch in (shown, larger))
    assert rarer > rx + 0.2


@pytest.mark.parametrize("turn", range(8))
def test_turning_moves_all_of_a_batch_alike(turn):
    place = torch.arange(36.0).reshape(1, 6, 6)
    batch = turned(Batch(place[:, None], place[:, None] + 100, place + 200, place + 300, place + 400), turn)
    assert torch.equal(batch.bands[:, 0] + 100, batch.maps[:, 0])
    assert torch.equal(batch.anomaly + 100, batch.background)
    assert torch.equal(batch.bands[:, 0] + 200, batch.anomaly)
    assert torch.equal(batch.bands[:, 0] + 400, batch.doubt)
    assert sorted(batch.bands.flatten().tolist()) == list(range(36))


def test_learning_ranks_simulated_anomalies_higher():
    settings = read_settings(None, [*SMALL, "steps=60", "learning_rate=0.01"])["spatial"]
    trainer = Trainer("spatial", settings, "cpu")
    batch = collate([scene(3, seed=s) for s in range(2)], False, np.random.default_rng(0))
    values = [trainer.learn(batch) for _ in range(15)]
    assert values[-1]["pixel"] < 0.9 * values[0]["pixel"]
    assert values[-1]["pair"] < values[0]["pair"]


def test_damping_changes_what_maps_of_several_bands_show(monkeypatch):
    settings = read_settings(None, SMALL)["spatial"]
    seen = []
    for damping in (0.0, 0.1):
        stream = BatchStream("spatial", Bank(visible=[]), replace(settings, damping=damping), 0)
        monkeypatch.setattr(stream.simulator, "sample", lambda _rng: scene(3))
        seen.append(stream.draw(0))
    assert torch.equal(seen[0].bands, seen[1].bands)
    assert not torch.allclose(seen[0].maps, seen[1].maps)


def test_scenes_of_a_run_may_have_the_statistics_of_larger_ones(monkeypatch):
    settings = read_settings(None, SMALL)["spatial"]
    seen = []
    for share in (0.0, 1.0):
        stream = BatchStream("spatial", Bank(), replace(settings, larger=share), 0)
        monkeypatch.setattr(stream.simulator, "sample", lambda _rng: scene(3))
        seen.append(stream.draw(0))
    rx, rarer = (batch.maps[:, 0][batch.anomaly > 0].mean() for batch in seen)
    assert rarer > rx + 0.2


@pytest.mark.parametrize("name", ["natural", "markings", "aircraft", "doubt"])
def test_what_is_set_of_photographs_reaches_their_simulation(name):
    settings = replace(read_settings(None, SMALL)["spatial"], **{name: 0.3})
    assert getattr(BatchStream("spatial", Bank(), settings, 0).simulator.config, name) == 0.3


@pytest.mark.parametrize("stem", STEMS)
def test_doubt_and_large_objects_are_set_for_either_stem(stem):
    settings = replace(read_settings(None, SMALL)[stem], doubt=0.3)
    usual, without = (
        BatchStream(stem, Bank(), replace(settings, large_objects=large), 0).simulator.config for large in (True, False)
    )
    assert usual.doubt == without.doubt == 0.3
    assert usual.large_probability > 0
    assert without.large_probability == 0


def test_losses_weigh_what_the_settings_say():
    settings = replace(read_settings(None, SMALL)["spatial"], feature_weight=0.5, pair_weight=0.25)
    batch = collate([scene(3)], False, np.random.default_rng(0))
    total, parts = Trainer("spatial", settings, "cpu")._loss(batch)
    assert total.item() == pytest.approx(parts["pixel"] + 0.5 * parts["feature"] + 0.25 * parts["pair"], rel=1e-5)


def test_doubtful_ground_that_looks_foreign_costs_nothing():
    settings = read_settings(None, SMALL)["spatial"]
    costs = []
    for share in (0.0, 0.5):
        batch = collate([replace(scene(3), doubt=share)], False, np.random.default_rng(0))
        costs.append(Trainer("spatial", settings, "cpu").learn(batch)["pixel"])
    assert costs[1] < costs[0]


def test_a_gradient_that_is_not_finite_changes_no_weight():
    trainer = Trainer("spatial", read_settings(None, SMALL)["spatial"], "cpu")
    before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
    trainer._descend(sum(value.sum() for value in trainer.network.parameters()) * torch.nan)
    assert trainer.step == 1
    for name, value in trainer.network.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_a_steep_gradient_is_cut_and_one_that_is_not_stays():
    trainer = Trainer("spatial", read_settings(None, SMALL)["spatial"], "cpu")
    for slope, norm in ((1e4, 5), (1e-4, None)):
        trainer._descend(slope * sum(value.sum() for value in trainer.network.parameters()))
        gradients = torch.cat([value.grad.flatten() for value in trainer.network.parameters()])
        assert gradients.norm().item() == pytest.approx(norm or slope * len(gradients) ** 0.5, rel=1e-3)


def test_a_step_draws_the_average_along_and_keeps_multipliers_within_limits():
    trainer = Trainer("spatial", read_settings(None, SMALL)["spatial"], "cpu")
    trainer.pixel_loss.multipliers.data.fill_(1)
    before = {name: value.clone() for name, value in trainer.average.named_parameters()}
    trainer._descend(sum(value.sum() for value in trainer.network.parameters()))
    new = dict(trainer.network.named_parameters())
    for name, value in trainer.average.named_parameters():
        # At the first steps it follows fast, lest it be of what the run began with.
        torch.testing.assert_close(value, before[name] * 2 / 11 + new[name] * 9 / 11)
    assert trainer.pixel_loss.multipliers.max() <= LARGEST_MULTIPLIER


def test_the_rate_rises_to_its_height_and_falls_to_a_hundredth():
    settings = read_settings(None, [*SMALL, "steps=1000", "decay_from=0.5"])["spatial"]
    trainer = Trainer("spatial", settings, "cpu")
    for step, share in ((0, 0.01), (49, 0.5), (500, 1), (750, 0.505), (999, 0.01)):
        trainer.step = step
        trainer._descend(sum(value.sum() for value in trainer.network.parameters()))
        for group in trainer.optimizer.param_groups:
            assert group["lr"] == pytest.approx(group["rate"] * share, rel=0.01)


def test_cross_entropy_can_stand_in_for_the_large_margin():
    settings = read_settings(None, [*SMALL, "pixel_loss=cross_entropy", "feature_weight=0", "pair_weight=0"])
    batch = collate([scene(12)], True, np.random.default_rng(0), settings["spectral"].components)
    assert set(Trainer("spectral", settings["spectral"], "cpu").learn(batch)) == {"pixel"}


@pytest.mark.parametrize("written", ['{"seed": 1, "unheard": 2}', '{"seed": ', "[]"])
def test_a_run_whose_settings_cannot_be_read_is_not_continued(imagery, tmp_path, capsys, written):
    folder = tmp_path / "run" / "spatial"
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text(written)
    assert main(["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run")]) == 2
    assert "cannot be continued" in capsys.readouterr().err
    (folder / "checkpoint.pt").write_bytes(b"")
    assert main(["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run")]) == 2
    assert "cannot be continued" in capsys.readouterr().err


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_checkpoint_that_ends_too_early_is_told(imagery, tmp_path, capsys, share):
    settings = read_settings(None, SMALL)["spatial"]
    folder = tmp_path / "run" / "spatial"
    folder.mkdir(parents=True)
    save_checkpoint(folder, Trainer("spatial", settings, "cpu").state())
    whole = (folder / "checkpoint.pt").read_bytes()
    (folder / "checkpoint.pt").write_bytes(whole[: int(share * len(whole))])
    assert main(["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run")]) == 2
    assert "cannot be continued" in capsys.readouterr().err


@pytest.mark.parametrize("lacks", ["network", "losses", "seconds"])
def test_a_checkpoint_that_lacks_something_is_told(imagery, tmp_path, capsys, lacks):
    settings = read_settings(None, SMALL)["spatial"]
    folder = tmp_path / "run" / "spatial"
    folder.mkdir(parents=True)
    state = Trainer("spatial", settings, "cpu").state()
    del state[lacks]
    save_checkpoint(folder, state)
    assert main(["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run")]) == 2
    assert f"cannot be continued: it is damaged or of another version (it has no '{lacks}')" in capsys.readouterr().err


def test_a_checkpoint_of_another_network_is_told_when_it_is_exported(tmp_path):
    settings = read_settings(None, SMALL)["spatial"]
    state = Trainer("spatial", settings, "cpu").state()
    state["average"].popitem()
    (tmp_path / "spatial").mkdir()
    save_checkpoint(tmp_path / "spatial", state)
    with pytest.raises(EngineError, match="cannot be continued"):
        export_weights(tmp_path, tmp_path, tmp_path / "weights")


def test_a_checkpoint_continues_exactly():
    settings = read_settings(None, SMALL)["spatial"]
    batch = collate([scene(3)], False, np.random.default_rng(0))

    def learn(trainer, count):
        for _ in range(count):
            trainer.learn(batch)

    straight = Trainer("spatial", settings, "cpu")
    learn(straight, 3)
    broken = Trainer("spatial", settings, "cpu")
    learn(broken, 2)
    torch.rand(3)
    continued = Trainer("spatial", settings, "cpu")
    continued.restore(broken.state())
    learn(continued, 1)
    assert continued.step == straight.step == 3
    for name, value in straight.average.state_dict().items():
        assert torch.equal(value, continued.average.state_dict()[name]), name


def test_what_a_card_has_to_say_of_a_run_outlives_a_stop(tmp_path):
    settings = read_settings(None, SMALL)["spatial"]
    broken = Trainer("spatial", settings, "cpu")
    broken.inherit({"data": [{"kind": "visible"}], "use_of_labels": "None.", "metrics": []})
    broken.see([("visible/a.png", "open", "somewhere")])
    broken.begun_with, broken.commit, broken.facts, broken.seconds = {"sha256": "12"}, "34", {"gpu": "some"}, 5.0
    save_checkpoint(tmp_path, broken.state())
    continued = Trainer("spatial", settings, "cpu")
    assert continued.go_on(tmp_path, None)
    told = ("seconds", "begun_with", "inherited", "sources", "commit", "facts")
    assert [continued.state()[name] for name in told] == [broken.state()[name] for name in told]
    assert continued.inherited == {"data": [{"kind": "visible"}], "use_of_labels": "None."}


def test_a_run_stopped_between_two_uses_of_a_scene_goes_on_exactly(imagery, tmp_path, monkeypatch):
    monkeypatch.setattr(train_uniadrs, "held_out_auc", lambda *_: {})
    settings = read_settings(None, [*SMALL, "steps=4", "reuse=2"])["spatial"]

    def trained(folder, stop):
        return train_uniadrs.train(imagery, folder, {"spatial": replace(settings, stop=stop)}, "cpu")["spatial"]

    assert trained(tmp_path / "run", 3).step == 3
    resumed, straight = trained(tmp_path / "run", 0), trained(tmp_path / "whole", 0)
    assert resumed.step == straight.step == 4
    for name, value in straight.average.state_dict().items():
        assert torch.equal(value, resumed.average.state_dict()[name]), name


@pytest.mark.parametrize("stem", ["spatial", "spectral"])
def test_what_is_measured_on_scenes_held_out_is_how_well_they_are_ranked(imagery, monkeypatch, stem):
    """A network that says what RX says has RX's measure, one that says the contrary what is left of one."""
    monkeypatch.setattr(train_uniadrs, "_HELD_OUT_SCENES", 2)
    trainer, bank = Trainer(stem, read_settings(None, SMALL)[stem], "cpu"), Bank.load(imagery)
    for sign in (1, -1):
        trainer.average = lambda _bands, maps, _projection, sign=sign: SimpleNamespace(logit=sign * maps[:, :1])
        found = train_uniadrs.held_out_auc(trainer, bank)
        kinds = [kind for kind in found if not kind.endswith("_rx")]
        assert set(kinds) == set(BatchStream(stem, bank, trainer.settings, 0).simulator.kinds)
        rx = [found[f"{kind}_rx"] for kind in kinds]
        assert [found[kind] for kind in kinds] == pytest.approx([area if sign > 0 else 1 - area for area in rx])
        assert 0.6 < np.mean(rx) < 1


def test_a_run_that_goes_on_with_other_imagery_says_so_and_lists_all(capsys):
    trainer = Trainer("spatial", read_settings(None, SMALL)["spatial"], "cpu")
    files = [(f"visible/{letter}.png", "open", "") for letter in "abc"]
    trainer.see(files[:2])
    trainer.see(files[1::-1])
    assert not capsys.readouterr().err
    again = Trainer("spatial", trainer.settings, "cpu")
    again.restore(trainer.state())
    again.see(files[1:])
    assert "1 new files, 1 gone" in capsys.readouterr().err
    assert again.sources == files


def test_the_command_trains_resumes_and_exports(imagery, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(train_uniadrs, "held_out_auc", lambda *_: {"visible": 0.5})
    out, weights = tmp_path / "run", tmp_path / "weights"
    changes = [word for change in SMALL for word in ("--set", change)]
    command = ["train", "uniadrs", "--data", str(imagery), "--out", str(out), *changes, "--device", "cpu"]
    assert main(command) == 0
    assert torch.load(out / "spatial" / "checkpoint.pt", weights_only=True)["step"] == 3
    report = tmp_path / "report.json"
    row = {"set": "a", "detector": "uniadrs", "modality": "sar", "scenes": 2, "label": "pixels", "auc_df": 0.98765}
    report.write_text(json.dumps({"sets": [{**row, "object_auc": None}]}), encoding="utf-8")
    assert main([*command, "--set", "steps=5", "--export", str(weights), "--report", str(report)]) == 0
    assert "continuing" in capsys.readouterr().err
    network, card = load_network(weights, "spectral")
    trained = torch.load(out / "spectral" / "checkpoint.pt", weights_only=True)["average"]
    assert torch.equal(network.score.weight, trained["score.weight"])
    assert card["training"]["spatial"]["steps_done"] == 5
    assert card["command"].endswith("train uniadrs --data DIR --out RUN --export WEIGHTS")
    assert card["metrics"][0]["auc_df"] == 0.9877
    assert card["data"] == [{"kind": "images", "source": "not stated", "licence_class": "the user's own", "files": 2}]
    assert "known to whoever trained" in card["use_of_labels"]
    # What a finished run was trained on does not hang on the folder that an export names.
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(imagery / "0.png", other / "elsewhere.png")
    words = ["train", "uniadrs", "--data", str(other), "--out", str(out), "--export", str(weights)]
    assert main([*words, "--device", "cpu"]) == 0
    assert load_network(weights, "spectral")[1]["data"] == card["data"]
    # Each stem may have been trained on others.
    state = torch.load(out / "spatial" / "checkpoint.pt", weights_only=True)
    torch.save({**state, "sources": [("sar/a.tif", "permissive", "own/radar")]}, out / "spatial" / "checkpoint.pt")
    assert main([*words, "--device", "cpu"]) == 0
    radar = {"kind": "sar", "source": "repository own/radar", "licence_class": "permissive", "files": 1}
    assert load_network(weights, "spectral")[1]["data"] == [*card["data"], radar]


def test_a_run_ends_with_its_steps_and_logs_the_last(imagery, tmp_path, monkeypatch):
    monkeypatch.setattr(train_uniadrs, "held_out_auc", lambda *_: {})
    command = ["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path), "--device", "cpu"]
    command += [word for change in (*SMALL, "stop=5") for word in ("--set", change)]
    assert main([*command, "--stem", "spatial"]) == 0
    assert torch.load(tmp_path / "spatial" / "checkpoint.pt", weights_only=True)["step"] == 3
    assert [row["step"] for row in logged(tmp_path / "spatial")] == ["3"]


class Once(EndlessStream[str]):
    """One batch that all steps use."""

    def draw(self, index):
        """It comes first."""
        return None if index else "batch"


def test_a_batch_that_is_used_again_is_turned_every_way_and_lines_are_means_of_their_own_steps(tmp_path):
    steps = []

    def learn(batch):
        steps.append(batch)
        trainer.step += 1
        return {"pixel": float(trainer.step)}

    trainer = SimpleNamespace(
        step=0, end=40, seconds=0.0, settings=SimpleNamespace(seed=0), learn=learn, state=lambda: {"step": trainer.step}
    )
    walk(trainer, Once(0), lambda batch, turn: (batch, turn), tmp_path, name="some", every=20, digits=2)
    assert {batch for batch, _ in steps} == {"batch"}
    assert {turn for _, turn in steps} == set(range(8))
    assert [(row["step"], float(row["pixel"])) for row in logged(tmp_path)] == [("20", 10.5), ("40", 30.5)]
    # A run that goes on turns as it would have without a stop.
    turns = [turn for _, turn in steps]
    steps.clear()
    trainer.step = 30
    walk(trainer, Once(0), lambda batch, turn: (batch, turn), tmp_path, name="some", every=20, digits=2)
    assert [turn for _, turn in steps] == turns[30:]


def test_a_stem_trained_again_leaves_the_other_as_it_was(imagery, tmp_path, monkeypatch):
    monkeypatch.setattr(train_uniadrs, "held_out_auc", lambda *_: {})
    weights = tmp_path / "weights"
    common = ["train", "uniadrs", "--data", str(imagery), "--device", "cpu", "--export", str(weights)]
    common += [word for change in SMALL for word in ("--set", change)]
    assert main([*common, "--out", str(tmp_path / "both")]) == 0
    before = {stem: load_network(weights, stem)[0].score.weight for stem in ("spatial", "spectral")}
    first = json.loads((weights / "card.json").read_text(encoding="utf-8"))
    networks = [load_network(weights, stem)[0] for stem in STEMS]
    assert first["parameters"] == sum(value.numel() for network in networks for value in network.parameters())
    # What a run began with is what its card tells, whatever was committed before it was exported.
    monkeypatch.setattr("anomaly_lens.training.trainer.source_commit", lambda: "git:later")
    assert main([*common, "--out", str(tmp_path / "both"), "--stem", "spatial"]) == 0
    exported = json.loads((weights / "card.json").read_text(encoding="utf-8"))
    assert exported["training"]["spatial"]["commit"] == first["training"]["spatial"]["commit"] != "git:later"
    again = ["--out", str(tmp_path / "one"), "--stem", "spatial", "--init", str(weights)]
    assert main([*common, *again]) == 0
    after = {stem: load_network(weights, stem)[0].score.weight for stem in ("spatial", "spectral")}
    assert torch.equal(before["spectral"], after["spectral"])
    assert not torch.equal(before["spatial"], after["spatial"])
    # The card tells how to come to these weights: the first training is inside the second.
    second = json.loads((weights / "card.json").read_text(encoding="utf-8"))
    assert second["training"]["spatial"]["begun_with"] == {
        "sha256": first["sha256"],
        "training": first["training"]["spatial"],
    }
    assert second["training"]["spectral"] == first["training"]["spectral"]
    assert main([*common, *again[2:], "--out", str(tmp_path / "other"), "--set", "features=6"]) == 2


def test_the_mean_of_a_stem_and_the_one_before_is_exported(imagery, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(train_uniadrs, "held_out_auc", lambda *_: {})
    first, second = tmp_path / "first", tmp_path / "second"
    words = ["train", "uniadrs", "--data", str(imagery), "--device", "cpu"]
    words += [word for change in SMALL for word in ("--set", change)]
    assert main([*words, "--out", str(tmp_path / "a"), "--export", str(first)]) == 0
    shutil.copytree(first, second)
    stage = [*words, "--set", "seed=7", "--stem", "spatial", "--out", str(tmp_path / "b"), "--init", str(first)]
    assert main([*stage, "--export", str(second), "--mean"]) == 0
    trained = torch.load(tmp_path / "b" / "spatial" / "checkpoint.pt", weights_only=True)["average"]
    (before, _), (mean, card) = load_weights(first), load_weights(second)
    name = "fuse.conv.weight"
    assert not torch.equal(trained[name], before[f"spatial.{name}"])
    torch.testing.assert_close(mean[f"spatial.{name}"], (trained[name] + before[f"spatial.{name}"]) / 2)
    assert torch.equal(mean[f"spectral.{name}"], before[f"spectral.{name}"])
    assert card["training"]["spatial"]["mean_with_begun"]
    assert card["command"].endswith("--data DIR --stem spatial --init STAGE --out RUN --mean --export WEIGHTS")
    # A stage is meant with what it began with, which the mean is not.
    assert main([*stage[:-1], str(second), "--export", str(first), "--mean"]) == 2
    assert "did not begin with" in capsys.readouterr().err
    assert main([*words, "--out", str(tmp_path / "a"), "--export", str(second), "--mean"]) == 2
    assert "Give --init" in capsys.readouterr().err


def test_a_stem_that_was_stopped_on_the_way_is_not_exported_with_the_other(imagery, tmp_path, monkeypatch, capsys):
    """Good weights were written over by such, of whatever step."""
    monkeypatch.setattr(train_uniadrs, "train", lambda *_, **__: pytest.fail("trained"))
    before = tmp_path / "run" / "spectral"
    before.mkdir(parents=True)
    trainer = Trainer("spectral", read_settings(None, SMALL)["spectral"], "cpu")
    trainer.step = 2
    save_checkpoint(before, trainer.state())
    words = ["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run"), "--stem", "spatial"]
    assert main([*words, "--export", str(tmp_path / "weights")]) == 2
    assert f"{before} was stopped at step 2 of 3" in capsys.readouterr().err


def test_a_mean_is_not_exported_over_what_it_is_taken_with(imagery, tmp_path, monkeypatch, capsys):
    """To export again, as with a report of what the mean reaches, was refused: its other half was gone."""
    monkeypatch.setattr(train_uniadrs, "train", lambda *_, **__: pytest.fail("trained"))
    weights = tmp_path / "weights"
    shutil.copytree(WEIGHTS_FOLDER / "uniadrs", weights)
    words = ["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run"), "--mean"]
    assert main([*words, "--init", str(weights), "--export", str(tmp_path / "run" / ".." / "weights")]) == 2
    assert "Export to another folder" in capsys.readouterr().err


def test_who_begins_with_a_folder_that_holds_no_weights_is_not_told_to_reinstall(imagery, tmp_path, capsys):
    words = ["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run")]
    assert main([*words, "--init", str(imagery)]) == 2
    told = capsys.readouterr().err
    assert "card.json is missing" in told
    assert "Give --init a folder that --export wrote" in told
    assert "Reinstall" not in told


def test_a_mean_that_one_stem_has_not_is_told_before_the_other_is_trained(imagery, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(train_uniadrs, "train", lambda *_, **__: pytest.fail("trained"))
    before = tmp_path / "run" / "spectral"
    before.mkdir(parents=True)
    trainer = Trainer("spectral", read_settings(None, SMALL)["spectral"], "cpu")
    trainer.step = trainer.end
    save_checkpoint(before, trainer.state())
    words = ["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run"), "--stem", "spatial"]
    words += ["--init", str(WEIGHTS_FOLDER / "uniadrs"), "--export", str(tmp_path / "weights"), "--mean"]
    assert main(words) == 2
    assert f"{before}, of which the mean would be exported, too, did not begin with" in capsys.readouterr().err


def check_both_are_told(card, first, of_these):
    """A card lists the images of the test and all that another card does, and what both know of labels."""
    own = [{"kind": "images", "source": "not stated", "licence_class": "the user's own", "files": 2}]
    assert [entry for entry in card["data"] if entry not in first["data"]] == own
    assert [entry for entry in first["data"] if entry not in card["data"]] == []
    assert card["use_of_labels"] == f"{LABELS_UNKNOWN} {of_these}: {first['use_of_labels']}"


def test_the_projects_account_of_labels_is_of_its_own_imagery_alone():
    """A manifest that tells a repository made the imagery the project's."""
    sources = [("visible/a.png", "permissive", "somebody/imagery")]
    assert accounts(sources, "ours", [])["use_of_labels"] == LABELS_UNKNOWN
    sources.append((min(own_photographs()), "permissive", "somebody/imagery"))
    assert accounts(sources, "ours", [])["use_of_labels"] == "ours"


def test_the_card_tells_what_a_kept_stem_was_trained_on(imagery, tmp_path, monkeypatch):
    """It had told the new run's images as those of both stems, and the kept one's account of labels was gone."""
    monkeypatch.setattr(train_uniadrs, "held_out_auc", lambda *_: {})
    weights = tmp_path / "weights"
    shutil.copytree(WEIGHTS_FOLDER / "uniadrs", weights)
    first = json.loads((weights / "card.json").read_text(encoding="utf-8"))
    common = ["train", "uniadrs", "--data", str(imagery), "--device", "cpu", "--export", str(weights)]
    common += [word for change in SMALL for word in ("--set", change)]
    for _ in range(2):  # exported again, as with a report, the card says the same
        assert main([*common, "--out", str(tmp_path / "run"), "--stem", "spatial"]) == 0
        second = json.loads((weights / "card.json").read_text(encoding="utf-8"))
        check_both_are_told(second, first, "Of the network that was there already")


@pytest.mark.parametrize("model", ["uniadrs", "mask_dino_ada"])
def test_the_card_tells_what_the_weights_that_training_began_with_were_trained_on(
    imagery, tmp_path, monkeypatch, model
):
    """It had told of the new images alone, also where the trunk of instance networks is that of UniADRS."""
    monkeypatch.setattr(train_uniadrs, "held_out_auc", lambda *_: {})
    monkeypatch.setattr(Trainer, "learn", _no_step)
    shipped = WEIGHTS_FOLDER / "uniadrs"
    first = json.loads((shipped / "card.json").read_text(encoding="utf-8"))
    small = ["batch=1", "steps=1"] if model == "uniadrs" else ["batch=1", "size=32", "steps=1"]
    weights = tmp_path / "weights"
    words = ["train", model, "--data", str(imagery), "--out", str(tmp_path / "run"), "--device", "cpu"]
    words += [*(word for change in small for word in ("--set", change)), "--export", str(weights)]
    for _ in range(2):  # exported again, it says the same
        assert main([*words, *(["--init", str(shipped)] if model == "uniadrs" else [])]) == 0
        card = json.loads((weights / "card.json").read_text(encoding="utf-8"))
        check_both_are_told(card, first, "Of the weights that training began with")


def _no_step(trainer, _):
    trainer.step += 1
    return {"pixel": 0.0}


def test_the_card_tells_how_far_a_run_came_and_how_long_it_took():
    state = {"step": 467, "seconds": 5400.0, "begun_with": None, "commit": "git:a", "facts": {"machine": {}}}
    told = training_of(state, read_settings(None, ["steps=1900"])["spatial"], mean=False)
    assert (told["steps_done"], told["settings"]["steps"], told["hours"]) == (467, 1900, 1.5)


@pytest.mark.parametrize("model", ["uniadrs", "mask_dino_ada"])
def test_the_card_tells_the_machine_that_trained(imagery, tmp_path, monkeypatch, model):
    """A run may be exported on another one, with other packages."""
    monkeypatch.setattr(train_uniadrs, "held_out_auc", lambda *_: {})
    small = SMALL if model == "uniadrs" else ["batch=1", "size=32", "steps=1"]
    trained_on = machine_facts()["processor"]
    words = ["train", model, "--data", str(imagery), "--out", str(tmp_path / "run"), "--device", "cpu"]
    words += [word for change in small for word in ("--set", change)]
    assert main(words) == 0
    monkeypatch.setattr("anomaly_lens.training.machine._processor", lambda: "that of a laptop")
    assert main([*words, "--export", str(tmp_path / "weights")]) == 0
    card = json.loads((tmp_path / "weights" / "card.json").read_text(encoding="utf-8"))
    told = list(card["training"].values()) if model == "uniadrs" else [card["training"]]
    for training in told:
        assert training["machine"]["processor"] == trained_on


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root on Linux may mount a disk")
@pytest.mark.parametrize("model", ["uniadrs", "mask_dino_ada"])
def test_a_finished_run_on_a_read_only_disk_is_exported_elsewhere(imagery, tmp_path, monkeypatch, capsys, model):
    monkeypatch.setattr(train_uniadrs, "held_out_auc", lambda *_: {})
    out, weights = tmp_path / "disk", tmp_path / "weights"
    out.mkdir()
    words = ["train", model, "--data", str(imagery), "--out", str(out), "--device", "cpu"]
    small = SMALL if model == "uniadrs" else ["batch=2", "size=32", "steps=1"]
    words += [word for change in small for word in ("--set", change)]
    assert main(words) == 0
    mounting = ["mount", "--bind", "-o", "ro", str(out), str(out)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        with pytest.raises(OSError, match="Read-only"):
            (out / "anything").touch()
        assert main([*words, "--export", str(weights)]) == 0
        assert (weights / "card.json").is_file()
        capsys.readouterr()
        assert main([*words, "--set", "steps=99"]) == 2
        assert "cannot be saved (Read-only file system)" in capsys.readouterr().err
        assert main([*words, "--out", str(out / "new")]) == 2
        assert "cannot be written" in capsys.readouterr().err
    finally:
        subprocess.run(["umount", str(out)], check=True)


def test_exporting_a_finished_run_trains_neither_steps_nor_stems_that_it_was_not_given(
    imagery, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(train_uniadrs, "held_out_auc", lambda *_: {})
    shipped, weights = tmp_path / "shipped", tmp_path / "weights"
    shutil.copytree(WEIGHTS_FOLDER / "uniadrs", weights)
    words = ["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run"), "--device", "cpu"]
    changes = [word for change in SMALL for word in ("--set", change)]
    assert main([*words, *changes, "--stem", "spatial", "--export", str(shipped)]) == 2
    assert "no weights of the spectral network" in capsys.readouterr().err
    assert not (tmp_path / "run").exists(), "refused before any training"
    assert main([*words, *changes, "--stem", "spatial"]) == 0
    monkeypatch.setattr(Trainer, "learn", None)
    assert main([*words, "--export", str(weights)]) == 0
    assert "a run of the spatial network alone" in capsys.readouterr().err
    assert not (tmp_path / "run" / "spectral").exists()
    card = json.loads((weights / "card.json").read_text(encoding="utf-8"))
    assert card["training"]["spatial"]["steps_done"] == card["training"]["spatial"]["settings"]["steps"] == 3
    assert card["training"]["spatial"]["settings"]["features"] == 8
    monkeypatch.setattr(Path, "replace", _no_room)
    assert main([*words, "--export", str(weights)]) == 2
    assert "No weights can be written in" in capsys.readouterr().err
    assert json.loads((weights / "card.json").read_text(encoding="utf-8")) == card


def test_a_run_stopped_at_its_first_stem_goes_on_with_both(imagery, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(train_uniadrs, "_loop", stop)
    words = ["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run"), "--device", "cpu"]
    words += [word for change in SMALL for word in ("--set", change)]
    assert main(words) == 130
    trained = []
    monkeypatch.setattr(
        train_uniadrs, "_loop", lambda trainer, *_: trained.append((trainer.stem, trainer.settings.steps))
    )
    assert main(words[:8]) == 0
    assert trained == [("spatial", 3), ("spectral", 3)]


def test_the_second_stem_of_a_run_begins_with_the_weights_of_the_first(imagery, tmp_path, monkeypatch, capsys):
    """Stopped while the first was trained and continued without --init, it had begun from nothing, without a word."""
    words = ["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run"), "--device", "cpu"]
    settings = read_settings(None, SMALL)
    for stem, own in settings.items():
        save_settings(tmp_path / "run" / stem, own)
    trainer = Trainer("spatial", settings["spatial"], "cpu")
    trainer.begun_with = {"sha256": "of others"}
    save_checkpoint(tmp_path / "run" / "spatial", trainer.state())
    trained = []
    monkeypatch.setattr(train_uniadrs, "_loop", lambda trainer, *_: trained.append(trainer.stem))
    assert main(words) == 2
    assert "Give --init as when the run was started, or --stem spectral" in capsys.readouterr().err
    assert main([*words, "--stem", "spectral"]) == 0
    assert main([*words, "--stem", "spatial"]) == 0
    assert trained == ["spectral", "spatial"]


def test_a_run_stopped_while_it_was_measured_is_measured_when_it_is_started_again(imagery, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    words = ["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run"), "--device", "cpu"]
    words += ["--stem", "spatial", *(word for change in SMALL for word in ("--set", change))]
    written = tmp_path / "run" / "spatial" / "held_out.json"
    for steps in ("3", "4"):
        monkeypatch.setattr(train_uniadrs, "held_out_auc", stop)
        assert main([*words, "--set", f"steps={steps}"]) == 130
        assert not written.exists(), "what was measured before these steps is not what they reach"
        monkeypatch.setattr(train_uniadrs, "held_out_auc", lambda trainer, _: {"step": trainer.step})
        assert main([*words, "--set", f"steps={steps}"]) == 0
        assert json.loads(written.read_text(encoding="utf-8")) == {"step": int(steps)}
    monkeypatch.setattr(train_uniadrs, "held_out_auc", stop)
    assert main([*words, "--set", "steps=4"]) == 0, "measured once"


def test_a_stop_beyond_the_last_step_trains_no_further(imagery, tmp_path):
    """The learning rate is at its end by then: such steps had been taken, and counted, at a hundredth of it."""
    settings = read_settings(None, [*SMALL, "stop=5"])
    trained = train_uniadrs.train(imagery, tmp_path / "run", {"spatial": settings["spatial"]}, "cpu")
    assert trained["spatial"].step == 3


def _no_room(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--set", "batch=2"], "“1” for the setting “batch”, not “2”"),
        (["--set", "spatial.pixel_loss=cross_entropy"], "“large_margin” for the setting “pixel_loss”"),
        (["--config", "other.json"], "for the setting “batch”, not “4”"),
        (["--init", str(WEIGHTS_FOLDER / "uniadrs")], "did not begin with the weights"),
    ],
)
def test_a_run_goes_on_only_as_it_began(imagery, tmp_path, monkeypatch, capsys, arguments, what):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.json").write_text('{"spatial": {"features": 8}}', encoding="utf-8")
    folder = tmp_path / "run" / "spatial"
    folder.mkdir(parents=True)
    trainer = Trainer("spatial", read_settings(None, SMALL)["spatial"], "cpu")
    trainer.step = 3
    # A run of before some settings were there: they have their defaults.
    state = trainer.state()
    for newer in ("larger", "doubt", "stop"):
        del state["settings"][newer]
    torch.save(state, folder / "checkpoint.pt")
    words = ["train", "uniadrs", "--data", str(imagery), "--out", "run", "--stem", "spatial", "--device", "cpu"]
    assert main(words) == 0
    kept = (folder / "settings.json").read_text(encoding="utf-8")
    assert main([*words, *arguments]) == 2
    told = capsys.readouterr().err
    assert what in told and "another --out" in told
    assert (folder / "settings.json").read_text(encoding="utf-8") == kept
    monkeypatch.setattr(train_uniadrs, "_loop", lambda trainer, *_: print(trainer.settings.steps, trainer.step))
    assert main([*words, "--set", "steps=9"]) == 0
    assert capsys.readouterr().out == "9 3\n"


def logged(folder):
    with (folder / "log.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_log_can_be_plotted(tmp_path):
    log_losses(tmp_path, 50, 1.0, {"pixel": 1.5, "pair": 0.5})
    # A batch without any instance has fewer losses, and another order.
    log_losses(tmp_path, 100, 2.0, {"pair": 0.25, "more": 9.0})
    assert logged(tmp_path) == [
        {"step": "50", "seconds": "1.0", "pixel": "1.5", "pair": "0.5"},
        {"step": "100", "seconds": "2.0", "pixel": "", "pair": "0.25"},
    ]


def test_a_run_that_goes_on_drops_the_losses_beyond_its_checkpoint(tmp_path):
    cut_log(tmp_path, 0)
    for step in (50, 100, 150):
        log_losses(tmp_path, step, 1.0, {"pixel": float(step)})
    with (tmp_path / "log.csv").open("a", encoding="utf-8") as stream:
        stream.write("2")  # where the process was killed
    cut_log(tmp_path, 120)
    log_losses(tmp_path, 150, 1.0, {"pixel": 7.0})
    assert [(row["step"], row["pixel"]) for row in logged(tmp_path)] == [
        ("50", "50.0"),
        ("100", "100.0"),
        ("150", "7.0"),
    ]
    # No checkpoint: a run begins, with other losses perhaps.
    cut_log(tmp_path, 0)
    log_losses(tmp_path, 50, 1.0, {"pair": 2.0})
    assert logged(tmp_path) == [{"step": "50", "seconds": "1.0", "pair": "2.0"}]


def test_a_run_begun_anew_keeps_no_losses_of_the_one_before(imagery, tmp_path, monkeypatch):
    monkeypatch.setattr(train_uniadrs, "held_out_auc", lambda *_: {})
    run = tmp_path / "run" / "spatial"
    run.mkdir(parents=True)
    log_losses(run, 50, 1.0, {"pixel": 1.0})
    words = ["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run"), "--device", "cpu"]
    assert main([*words, "--stem", "spatial", *(word for change in SMALL for word in ("--set", change))]) == 0
    assert [row["step"] for row in logged(run)] == ["3"]


def test_a_full_disk_is_told_and_keeps_the_checkpoint_before(tmp_path, monkeypatch):
    save_checkpoint(tmp_path, {"step": 1})

    def full(_, path):
        path.write_bytes(b"half")
        raise RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 0")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(EngineError, match=r"cannot be saved .*start the command again"):
        save_checkpoint(tmp_path, {"step": 2})
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True) == {"step": 1}


def test_a_disk_that_is_full_at_the_start_leaves_no_half_settings(imagery, tmp_path, monkeypatch, capsys):
    """What was cut off was taken for a damaged run, although the message had said that the command may be repeated."""
    whole = Path.write_text

    def full(path, text, **more):
        whole(path, text[:9], **more)
        raise OSError(errno.ENOSPC, "No space left on device")

    words = ["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run"), "--device", "cpu"]
    words += ["--stem", "spatial", *(word for change in SMALL for word in ("--set", change))]
    monkeypatch.setattr(train_uniadrs, "held_out_auc", lambda *_: {})
    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_text", full)
        assert main(words) == 2
    assert "Make room, and start the command again" in capsys.readouterr().err
    assert main(words) == 0


def test_the_same_step_draws_the_same_scenes(imagery):
    bank = train_uniadrs.Bank.load(imagery)
    stream = BatchStream("spatial", bank, read_settings(None, SMALL)["spatial"], 0)
    assert torch.equal(stream.draw(4).bands, stream.draw(4).bands)
    assert stream.draw(5) is None


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--set", "stepz=3"], "stepz"),
        (["--set", "thermal.steps=3"], "thermal"),
        (["--init", "absent"], "absent"),
        (["--init", str(WEIGHTS_FOLDER / "mask_dino_ada")], "not those of a spatial network of UniADRS"),
        (["--config", "absent.json"], "absent.json"),
        (["--data", "absent"], "absent"),
        (["--export", "w", "--report", "absent.json"], "absent.json"),
        (["--report", "report.json"], "Give --export, too"),
    ],
)
def test_wrong_arguments_are_explained(imagery, tmp_path, monkeypatch, capsys, arguments, what):
    monkeypatch.chdir(tmp_path)
    Path("report.json").write_text('{"sets": []}', encoding="utf-8")
    monkeypatch.setattr(train_uniadrs, "_loop", lambda *_: None)
    command = ["train", "uniadrs", "--data", str(imagery), "--device", "cpu", *(w for s in SMALL for w in ("--set", s))]
    assert main([*command, *arguments]) == 2
    assert what in capsys.readouterr().err


def test_a_report_that_is_none_is_told_before_the_first_step(imagery, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(train_uniadrs, "train", lambda *_, **__: pytest.fail("trained"))
    report = tmp_path / "report.json"
    report.write_text("[]", encoding="utf-8")
    words = ["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run"), "--report", str(report)]
    assert main(words) == 2
    assert "no report of “evaluate”" in capsys.readouterr().err


def test_a_gpu_that_is_not_there_is_named(imagery, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    words = ["train", "uniadrs", "--data", str(imagery), "--out", str(tmp_path / "run"), "--device", "cuda"]
    assert main(words) == 2
    assert "The device “cuda” is not available here." in capsys.readouterr().err


def test_an_image_can_be_previewed(imagery, tmp_path, capsys):
    assert main(["preview", "--data", str(imagery), "--out", str(tmp_path / "sheet.png"), "--columns", "1"]) == 0
    assert Image.open(tmp_path / "sheet.png").size == (448, 1120)
    assert "scenes/s" in capsys.readouterr().out
