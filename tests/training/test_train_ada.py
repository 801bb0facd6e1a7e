"""Training of the instance networks on simulated scenes: batches, one step, a run that is resumed, weights."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.models.ada.heads import Prediction
from anomaly_lens.engine.models.ada.network import AdaConfig, AdaNetwork, Output
from anomaly_lens.engine.models.ada.trunk import CHANNELS
from anomaly_lens.engine.models.deviation import MAPS
from anomaly_lens.engine.models.uniadrs import UniADRS, UniADRSConfig
from anomaly_lens.engine.weights import WEIGHTS_FOLDER, load_weights, save_weights
from anomaly_lens.training import ada_batches, machine, train_ada
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.ada_ablation import COMBINATIONS, measure
from anomaly_lens.training.ada_batches import AdaBatch, AdaStream, boxes_of, crops, turned
from anomaly_lens.training.ada_settings import AdaSettings, read_ada_settings
from anomaly_lens.training.simulation import Bank, SimulatedScene, read_bank
from anomaly_lens.training.train_ada import AdaTrainer
from filelock import FileLock

QUICK = {"batch": 2, "size": 32}


@pytest.fixture(scope="module")
def bank() -> Bank:
    rng = np.random.default_rng(0)
    photographs = [rng.integers(0, 255, (90, 100, 3), dtype=np.uint8) for _ in range(2)]
    return Bank(visible=photographs, cubes=[rng.random((12, 40, 40), dtype=np.float32)])


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    from PIL import Image

    folder = tmp_path / "photographs"
    folder.mkdir()
    values = np.random.default_rng(0).integers(0, 255, (90, 100, 3), dtype=np.uint8)
    Image.fromarray(values).save(folder / "one.png")
    return folder


def drawn(bank: Bank, index: int = 0, **changes: float) -> AdaBatch:
    batch = AdaStream(bank, AdaSettings(**{**QUICK, **changes}), 0).draw(index)
    assert batch is not None
    return batch


@pytest.mark.parametrize(("fine", "stride"), [(1, 1), (0, 2)])
def test_batches_hold_images_and_a_mask_for_each_instance(bank: Bank, fine: float, stride: int) -> None:
    batch = drawn(bank, batch=6, fine=fine)
    assert batch.stride == stride
    assert batch.images.shape == (6, 17, 32 * stride, 32 * stride)
    assert torch.isfinite(batch.images).all()
    assert sum(len(masks) for masks in batch.masks) >= 6
    for masks, anomaly, background in zip(batch.masks, batch.anomaly, batch.background, strict=True):
        assert masks.shape[1:] == anomaly.shape == (32, 32)
        assert not ((masks.amax(0) > 0.99) & (background > 0)).any() if len(masks) else True
        assert (anomaly >= 0).all()


def test_a_mask_s_pixel_that_is_partly_anomalous_is_no_background() -> None:
    label, objects = np.zeros((40, 40), np.uint8), np.zeros((40, 40), np.int32)
    label[11:20, 11:20] = objects[11:20, 11:20] = 1
    image = np.random.default_rng(0).random((3, 40, 40), np.float32)
    (found,) = crops(SimulatedScene(image, label, objects, "visible"), 40, 2, 1, np.random.default_rng(0))
    assert (found.anomaly > 0).sum() == 25
    assert torch.equal(found.background > 0, found.anomaly == 0)


def test_images_may_have_the_statistics_of_larger_scenes(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    label, objects = np.zeros((40, 40), np.uint8), np.zeros((40, 40), np.int32)
    label[11:20, 11:20] = objects[11:20, 11:20] = 1
    image = np.random.default_rng(0).random((3, 40, 40), np.float32) + 2 * (label > 0)
    scene = SimulatedScene(image.astype(np.float32), label, objects, "visible")
    rx = CHANNELS + MAPS.index("rx")
    shown = []
    for share in (0.0, 1.0):
        (found,) = crops(scene, 40, 1, 1, np.random.default_rng(0), share)
        shown.append(found.image[rx][found.anomaly > 0].mean())
    assert shown[1] > shown[0] + 0.1
    asked = []
    monkeypatch.setattr(ada_batches, "crops", lambda *words: asked.append(words[-1]) or crops(*words))
    drawn(bank, larger=0.25)
    assert set(asked) == {0.25}


@pytest.mark.parametrize(("crowded", "whose"), [(0.0, "few"), (1.0, "many")])
def test_what_is_set_of_scenes_reaches_their_simulation(bank: Bank, crowded: float, whose: str) -> None:
    stream = AdaStream(bank, AdaSettings(**QUICK, crowded=crowded, spectral=0.25, sea=0.75), 0)
    asked = []
    for name in ("few", "many"):
        simulators = getattr(stream, name)
        simulators.draw = lambda *words, name=name, draw=simulators.draw: asked.append((name, *words[2:])) or draw(
            *words
        )
    stream.draw(0)
    assert set(asked) == {(whose, 0.25, 0.75)}


def test_the_same_step_draws_the_same_batch(bank: Bank) -> None:
    assert torch.equal(drawn(bank, 4).images, drawn(bank, 4).images)
    assert not torch.equal(drawn(bank, 4, fine=1).images, drawn(bank, 2, fine=1).images)


def test_a_step_that_reuses_draws_nothing(bank: Bank) -> None:
    assert AdaStream(bank, AdaSettings(**QUICK, reuse=2), 0).draw(1) is None


def test_boxes_lie_around_masks() -> None:
    masks = torch.zeros(1, 10, 20)
    masks[0, 2:4, 5:15] = 1
    torch.testing.assert_close(boxes_of(masks), torch.tensor([[0.5, 0.3, 0.5, 0.2]]))


def test_masks_turn_with_the_image(bank: Bank) -> None:
    batch = drawn(bank)
    for turn in range(8):
        other = turned(batch, turn)
        for box, masks in zip((t.boxes for t in other.targets()), other.masks, strict=True):
            torch.testing.assert_close(box, boxes_of(masks))
        assert torch.equal(other.anomaly > 0, turned(batch, turn).anomaly > 0)
    assert torch.equal(turned(turned(batch, 4), 4).images, batch.images)


@pytest.mark.parametrize("head", ["mask_dino", "mask2former"])
def test_a_few_steps_on_one_batch_bring_the_loss_down(bank: Bank, head: str) -> None:
    trainer = AdaTrainer(head, AdaSettings(**QUICK, steps=1000, learning_rate=3e-3), "cpu")
    batch = drawn(bank)
    losses = [sum(trainer.learn(batch).values()) for _ in range(25)]
    assert np.mean(losses[-3:]) < 0.85 * np.mean(losses[:3])


def test_the_anomaly_map_weighs_what_the_settings_say(bank: Bank) -> None:
    batch = drawn(bank)
    once, twice = (
        AdaTrainer("mask2former", AdaSettings(**QUICK, map_weight=weight), "cpu").learn(batch)["map"]
        for weight in (1.0, 2.0)
    )
    assert twice == pytest.approx(2 * once)


def test_with_the_trunk_fixed_only_the_head_learns(bank: Bank) -> None:
    trainer = AdaTrainer("mask2former", AdaSettings(**QUICK, trunk=False), "cpu")
    before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
    for _ in range(2):
        trainer.learn(drawn(bank))
    changed = {
        name.split(".")[0] for name, value in trainer.network.state_dict().items() if not value.equal(before[name])
    }
    assert changed == {"head"}


def test_a_run_is_resumed_and_gives_weights_that_load(
    photographs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, weights = tmp_path / "run", tmp_path / "weights"
    words = ["train", "mask_dino_ada", "--data", str(photographs), "--out", str(run), "--device", "cpu"]
    words += [word for name, value in {**QUICK, "decay_from": 0.99}.items() for word in ("--set", f"{name}={value}")]
    assert main([*words, "--set", "steps=2"]) == 0
    first = torch.load(run / "checkpoint.pt", weights_only=True)
    assert main([*words, "--set", "steps=4", "--export", str(weights)]) == 0
    assert "at step 2" in capsys.readouterr().err
    whole = tmp_path / "whole"
    words[words.index(str(run))] = str(whole)
    assert main([*words, "--set", "steps=4"]) == 0
    resumed, straight = (torch.load(r / "checkpoint.pt", weights_only=True) for r in (run, whole))
    assert first["step"] == 2 and resumed["step"] == straight["step"] == 4
    for name, value in straight["average"].items():
        assert torch.equal(resumed["average"][name], value), name
    tensors, card = load_weights(weights)
    network = AdaNetwork(AdaConfig.from_dict(card["architecture"]))
    missing = network.load_state_dict({k: v.float() for k, v in tensors.items()}, strict=False).missing_keys
    assert [name for name in missing if not name.endswith("num_batches_tracked")] == []
    for name, value in tensors.items():
        assert torch.equal(value, resumed["average"][name].half()), name
    assert card["training"]["steps_done"] == 4
    with (run / "log.csv").open(newline="") as log:
        assert [row["step"] for row in csv.DictReader(log)] == ["2", "4"]
    begun = tmp_path / "begun"
    words = ["train", "mask2former_ada", "--data", str(photographs), "--out", str(begun), "--device", "cpu"]
    words += ["--set", "batch=2", "--set", "size=32", "--set", "steps=1", "--init", str(weights)]
    assert main(words) == 0
    state = torch.load(begun / "checkpoint.pt", weights_only=True)
    assert straight["begun_with"]["name"] == "uniadrs"
    assert state["begun_with"]["name"] == "mask_dino_ada"
    name = "trunk.network.fuse.weight"
    torch.testing.assert_close(state["average"][name], tensors[name].float())


def test_a_run_stops_before_its_last_step_where_it_is_told_to(photographs: Path, tmp_path: Path) -> None:
    """The rate falls over all its steps nevertheless: as a stage of the shipped weights was stopped, it comes again."""
    small = {**QUICK, "steps": 3, "decay_from": 0.0, "reuse": 2}
    # Between two uses of a scene.
    stopped, whole = (AdaSettings(**small, stop=stop) for stop in (1, 0))
    assert train_ada.train("mask_dino", photographs, tmp_path / "run", stopped, "cpu").step == 1
    resumed = train_ada.train("mask_dino", photographs, tmp_path / "run", whole, "cpu")
    straight = train_ada.train("mask_dino", photographs, tmp_path / "whole", whole, "cpu")
    assert resumed.step == straight.step == 3
    for name, value in straight.average.state_dict().items():
        assert torch.equal(resumed.average.state_dict()[name], value), name
    with pytest.raises(EngineError, match="“stop” cannot be “-1”"):
        AdaSettings(stop=-1)


def test_a_run_goes_on_only_as_it_began(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    begun = AdaTrainer("mask_dino", AdaSettings(**QUICK, steps=5), "cpu")
    begun.step = 5
    # A run of before some settings were there: they have their defaults.
    state = begun.state()
    del state["settings"]["larger"]
    torch.save(state, run / "checkpoint.pt")
    seen = []
    monkeypatch.setattr(train_ada, "_loop", lambda trainer, *_: seen.append(trainer.settings))
    words = ["--data", str(photographs), "--out", str(run), "--device", "cpu"]
    assert main(["train", "mask_dino_ada", *words]) == 0
    assert main(["train", "mask_dino_ada", *words, "--set", "steps=9"]) == 0
    assert [settings.steps for settings in seen] == [5, 9]
    assert seen[0] == begun.settings
    for model, more, what in (
        ("mask_dino_ada", ["--set", "sea=0.6"], "“0.5” for the setting “sea”, not “0.6”"),
        ("mask_dino_ada", ["--init", str(WEIGHTS_FOLDER / "mask_dino_ada")], "did not begin with the weights"),
        ("mask2former_ada", [], "The run to continue is of mask_dino_ada."),
    ):
        assert main(["train", model, *words, *more]) == 2
        assert what in capsys.readouterr().err
    assert len(seen) == 2


def test_weights_of_which_nothing_fits_are_no_beginning(tmp_path: Path) -> None:
    save_weights(tmp_path, "other.safetensors", {"other": torch.zeros(2)}, {"name": "other"})
    with pytest.raises(EngineError, match="no weights that an instance network could begin with"):
        AdaTrainer("mask_dino", AdaSettings(**QUICK), "cpu").begin_with(tmp_path)


def test_a_head_alone_does_not_learn_on_what_nobody_trained(
    photographs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "mask2former_ada", "--data", str(photographs), "--out", str(tmp_path / "run"), "--device", "cpu"]
    assert main(words) == 2
    assert "--init resources/weights/mask_dino_ada" in capsys.readouterr().err


@pytest.mark.parametrize(("model", "there"), [("uniadrs", "mask_dino_ada"), ("mask_dino_ada", "uniadrs")])
def test_weights_of_another_model_keep_their_card(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], model: str, there: str
) -> None:
    save_weights(tmp_path, f"{there}.safetensors", {"some": torch.zeros(2)}, {"name": there})
    before = (tmp_path / "card.json").read_bytes()
    words = ["train", model, "--data", str(tmp_path), "--out", str(tmp_path / "run"), "--export", str(tmp_path)]
    assert main(words) == 2
    assert f"holds weights of {there}" in capsys.readouterr().err
    assert (tmp_path / "card.json").read_bytes() == before


def test_a_trunk_of_another_shape_is_no_beginning(tmp_path: Path) -> None:
    config = UniADRSConfig((8, 8, 8, 8, 8), 8, 4)
    tensors = {f"spatial.{name}": value for name, value in UniADRS("spatial", config).state_dict().items()}
    save_weights(tmp_path, "u.safetensors", tensors, {"name": "uniadrs", "architecture": {"spatial": config.to_dict()}})
    with pytest.raises(EngineError, match="of a network of another shape than the trunk"):
        AdaTrainer("mask_dino", AdaSettings(**QUICK), "cpu").begin_with(tmp_path)


def test_a_folder_in_which_another_process_trains_is_left_alone(
    photographs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    words = ["train", "mask_dino_ada", "--data", str(photographs), "--out", str(run), "--device", "cpu"]
    words += [word for name, value in QUICK.items() for word in ("--set", f"{name}={value}")]
    run.mkdir()
    with FileLock(run / ".lock"):
        assert main([*words, "--set", "steps=1"]) == 2
    assert "Another process trains in" in capsys.readouterr().err
    assert [path.name for path in run.iterdir()] == [".lock"]
    assert main([*words, "--set", "steps=1"]) == 0
    assert (run / "checkpoint.pt").is_file()


def test_the_mean_of_a_stage_and_the_one_before_is_exported(
    photographs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    words = ["train", "mask_dino_ada", "--data", str(photographs), "--device", "cpu", "--set", "steps=1"]
    words += ["--set", "batch=2", "--set", "size=32"]
    assert main([*words, "--out", str(tmp_path / "a"), "--export", str(first)]) == 0
    stage = [*words, "--set", "seed=7", "--out", str(tmp_path / "b"), "--init", str(first), "--export", str(second)]
    assert main([*stage, "--mean"]) == 0
    trained = torch.load(tmp_path / "b" / "checkpoint.pt", weights_only=True)["average"]
    (before, _), (mean, card) = load_weights(first), load_weights(second)
    name = "trunk.network.fuse.weight"
    assert not torch.equal(trained[name], before[name].float())
    torch.testing.assert_close(mean[name].float(), (trained[name] + before[name].float()) / 2, atol=1e-3, rtol=1e-3)
    assert card["training"]["mean_with_begun"]
    assert card["command"].endswith("--init STAGE --mean --export WEIGHTS")
    assert main([*words, "--out", str(tmp_path / "a"), "--init", str(first), "--mean", "--export", str(second)]) == 2
    assert "did not begin with" in capsys.readouterr().err
    assert main([*words, "--out", str(tmp_path / "a"), "--mean", "--export", str(second)]) == 2
    assert "Give --init" in capsys.readouterr().err
    for model, weights in (("mask2former_ada", first), ("mask_dino_ada", WEIGHTS_FOLDER / "uniadrs")):
        never = ["--out", str(tmp_path / "never"), "--init", str(weights), "--mean", "--export", str(second)]
        assert main(["train", model, *words[2:], *never]) == 2
        assert "holds weights of" in capsys.readouterr().err
    assert not (tmp_path / "never").exists(), "refused before any training"


def test_settings_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"steps": 5}))
    assert read_ada_settings(config, ["map_weight=2"]).map_weight == 2
    with pytest.raises(EngineError, match="no setting “stepz”"):
        read_ada_settings(config, ["stepz=3"])
    config.write_text("[")
    with pytest.raises(EngineError, match="no JSON file"):
        read_ada_settings(config)


def test_the_ablation_trains_each_adaptation_once_and_writes_a_table(
    photographs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["ablate-ada", "--data", str(photographs), "--networks", "mask2former_ada", "--steps", "1"]
    words += [
        "--batches",
        "1",
        "--out",
        str(tmp_path / "out"),
        "--device",
        "cpu",
        "--set",
        "batch=2",
        "--set",
        "size=32",
    ]
    assert main(words) == 0
    with (tmp_path / "out" / "ablation.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["adaptation"] for row in rows] == list(COMBINATIONS)
    for row, (refine, select) in zip(rows, COMBINATIONS.values(), strict=True):
        kind = f"mask2former_ada-{row['adaptation'].replace(' ', '_')}-1"
        run = tmp_path / "out" / f"{kind}-{read_bank(photographs).digest()}"
        settings = json.loads((run / "settings.json").read_text())
        assert (settings["refine"], settings["select"], settings["steps"]) == (refine, select, 1)
        assert 0 <= float(row["AP25"]) <= 1
    assert (tmp_path / "out" / "ablation.md").read_text().count("mask2former_ada") == len(COMBINATIONS)


def test_measuring_gives_full_marks_to_a_network_that_knows_the_truth(bank: Bank) -> None:
    batch = drawn(bank, batch=4, fine=1)

    class Oracle(torch.nn.Module):
        trunk = AdaNetwork().trunk

        def forward(self, images: torch.Tensor, stride: int) -> Output:
            most = max(len(masks) for masks in batch.masks)
            masks = torch.full((len(images), most, *images.shape[2:]), -9.0)
            logits = torch.full((len(images), most), -9.0)
            for index, truth in enumerate(batch.masks):
                masks[index, : len(truth)] = truth * 18 - 9
                logits[index, : len(truth)] = 9
            return Output(torch.full_like(masks[:, :1], 9.0), [Prediction(logits, masks)], [])

    assert measure(Oracle(), [batch], "cpu").ap == 1  # type: ignore[arg-type]


def test_the_commit_is_read_from_gits_own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "__file__", str(tmp_path / "training" / "machine.py"))
    assert machine.source_commit() is None
    git = tmp_path / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "packed-refs").write_text("# pack-refs\n0123abc refs/heads/main\n4567def refs/heads/other\n")
    assert machine.source_commit() == "git:0123abc"
    (git / "refs" / "heads" / "main").write_text("89abcde\n")
    assert machine.source_commit() == "git:89abcde"
    (git / "HEAD").write_text("fedcba9\n")
    assert machine.source_commit() == "git:fedcba9"


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_the_commit_is_read_in_a_worktree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*words: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
        return subprocess.run(["git", *who, *words], cwd=main_tree, capture_output=True, check=True, text=True).stdout

    main_tree, worktree = tmp_path / "münchen", tmp_path / "worktree"
    main_tree.mkdir()
    git("init")
    git("commit", "--allow-empty", "-m", "first")
    git("worktree", "add", "-b", "größe", str(worktree))
    git("commit", "--allow-empty", "-m", "second")
    monkeypatch.setattr(machine, "__file__", str(worktree / "training" / "machine.py"))
    first = f"git:{git('rev-parse', 'HEAD~').strip()}"
    assert machine.source_commit() == first
    git("pack-refs", "--all")
    assert machine.source_commit() == first
    git("-C", str(worktree), "checkout", "--detach", "main")
    assert machine.source_commit() == f"git:{git('rev-parse', 'HEAD').strip()}" != first
