"""Settings of a run: what people mistype is told with what to type instead."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.teaching.learner import Schedule
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.ada_settings import AdaSettings, read_ada_settings
from anomaly_lens.training.settings import settings_of
from anomaly_lens.training.uniadrs_settings import Settings, read_settings


def test_changes_come_after_the_file(tmp_path):
    file = tmp_path / "ada.json"
    file.write_text(json.dumps({"steps": 7, "sea": 1}))
    settings = read_ada_settings(file, ["steps=9", "refine=false"])
    assert (settings.steps, settings.sea, settings.refine, settings.batch) == (9, 1, False, AdaSettings().batch)
    assert settings_of(Schedule, {}, ["steps=5", "compact=1"]) == Schedule(steps=5, compact=1)


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ("step=5", "There is no setting “step”.", "batch, crowded, decay_from"),
        ("sea=.6", "The setting “sea” cannot be “.6”.", "a number, such as 0.5"),
        ("steps=1.5", "The setting “steps” cannot be “1.5”.", "a whole number"),
        ("steps=true", "The setting “steps” cannot be “True”.", "a whole number"),
        ("refine=1", "The setting “refine” cannot be “1”.", "true or false"),
        ("steps", "The setting “steps” cannot be “”.", "a whole number"),
    ],
)
def test_a_setting_that_does_not_fit_is_named_with_what_would(change, message, hint):
    with pytest.raises(EngineError, match=f"{re.escape(message)}.*{re.escape(hint)}"):
        settings_of(AdaSettings, {}, [change])


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ("steps=0", "a whole number, 1 or more"),
        ("batch=0", "a whole number, 1 or more"),
        ("reuse=0", "a whole number, 1 or more"),
        ("decay_from=1", "a share of the steps below 1"),
        ("decay_from=-Infinity", "a share of the steps below 1"),
        ("seed=-1", "0 or more"),
        ("learning_rate=0", "a number above 0"),
        ("learning_rate=NaN", "a number above 0"),
        ("weight_decay=-1", "0 or more"),
        ("larger=1.5", "a share from 0 to 1"),
        ("ema=-0.5", "a share from 0 to 1"),
    ],
)
@pytest.mark.parametrize("settings", [Settings, AdaSettings])
def test_a_setting_that_trains_nothing_is_refused(settings, change, hint):
    name, _, value = change.partition("=")
    told = value.lower().removesuffix("inity")  # as Python writes it
    with pytest.raises(EngineError, match=f"{re.escape(f'“{name}” cannot be “{told}”.')}.*{re.escape(hint)}"):
        settings_of(settings, {}, [change])


@pytest.mark.parametrize(
    ("settings", "change"),
    [(Settings, "stop=-3"), (Settings, "doubt=2"), (AdaSettings, "size=0"), (AdaSettings, "size=50")],
)
def test_a_setting_that_one_kind_of_network_has_is_in_its_range(settings, change):
    with pytest.raises(EngineError, match="cannot be"):
        settings_of(settings, {}, [change])


@pytest.mark.parametrize("changes", [["steps=0"], ["length=0"], ["learning_rate=-1"], ["separate=0", "rich=0"]])
def test_a_schedule_that_teaches_nothing_is_refused(tmp_path, write_image, capsys, changes):
    write_image(tmp_path / "a.tif", np.random.default_rng(0).integers(0, 255, (3, 60, 60)).astype(np.uint8))
    (tmp_path / "classes.json").write_text(json.dumps({"own": {"scenes": {"a.tif": "all"}}}), encoding="utf-8")
    words = ["train", "asd", "--data", str(tmp_path), "--normal-class", "own", "--out", str(tmp_path / "model")]
    assert main([*words, *(word for change in changes for word in ("--set", change))]) == 2
    assert "Give " in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("what", [[0, 0, 60, 60], [[0, 0, 60]], 5, [["a", 0, 1, 2]]])
def test_normal_ground_that_is_none_is_told_with_its_image(tmp_path, write_image, capsys, what):
    write_image(tmp_path / "a.tif", np.random.default_rng(0).integers(0, 255, (3, 60, 60)).astype(np.uint8))
    (tmp_path / "classes.json").write_text(json.dumps({"own": {"scenes": {"a.tif": what}}}), encoding="utf-8")
    words = ["train", "asd", "--data", str(tmp_path), "--normal-class", "own", "--out", str(tmp_path / "model")]
    assert main(words) == 2
    error = capsys.readouterr().err
    assert "a.tif cannot be" in error
    assert "a list of boxes" in error


@pytest.mark.parametrize(
    ("model", "option"), [("asd", "--config"), ("asd", "--init"), ("asd", "--export"), ("mask_dino_ada", "--stem")]
)
def test_an_option_that_says_nothing_of_a_model_is_refused(tmp_path, capsys, model, option):
    """A file of settings for ASD had been left unread."""
    value = "spatial" if option == "--stem" else str(tmp_path)
    assert main(["train", model, "--data", str(tmp_path), option, value]) == 2
    assert f"{model} has no {option}." in capsys.readouterr().err


def test_an_ablation_of_nothing_is_refused(labelled, tmp_path, capsys):
    words = ["ablate-asd", "--data", str(labelled), "--sets", "cars", "--out", str(tmp_path / "out")]
    assert main(words) == 2
    assert "nothing to measure on" in capsys.readouterr().err


def test_a_loss_that_does_not_exist_is_refused():
    with pytest.raises(EngineError, match=r"“pixel_loss” cannot be “cross”.*large_margin, cross_entropy"):
        read_settings(None, ["pixel_loss=cross"])


@pytest.mark.parametrize(
    "change",
    ["widths=3", "widths=abc", "widths=[8,8]", "widths=[8,8,8,8,0]", "features=0", "embedding=0", "components=-1"],
)
def test_a_shape_that_no_network_has_is_refused(change):
    with pytest.raises(EngineError, match=f"“{change.split('=')[0]}” cannot be"):
        read_settings(None, [change])


def test_a_stem_that_does_not_exist_is_refused_in_a_file_too(tmp_path):
    (tmp_path / "mine.json").write_text('{"spectrall": {"steps": 5}}')
    with pytest.raises(EngineError, match=r"no stem “spectrall”.*spatial, spectral"):
        read_settings(tmp_path / "mine.json")


def test_a_change_is_of_one_stem_or_both():
    both = read_settings(None, ["steps=5", "spatial.doubt=0.1", "spectral.pixel_loss=cross_entropy"])
    assert {stem: own.steps for stem, own in both.items()} == {"spatial": 5, "spectral": 5}
    assert (both["spatial"].doubt, both["spectral"].doubt) == (0.1, 0.0)
    assert (both["spatial"].pixel_loss, both["spectral"].pixel_loss) == ("large_margin", "cross_entropy")
    with pytest.raises(EngineError, match=r"no stem “special”.*spatial, spectral"):
        read_settings(None, ["special.steps=5"])


def test_a_wrong_setting_ends_the_command_without_a_traceback_and_without_a_run(tmp_path, capsys):
    words = ["train", "uniadrs", "--data", str(tmp_path), "--out", str(tmp_path / "run"), "--set", "learning_rate=.1"]
    assert main(words) == 2
    told = capsys.readouterr().err
    assert "“learning_rate” cannot be “.1”" in told
    assert "Traceback" not in told
    assert not (tmp_path / "run").exists()
