"""What a run that is continued must agree with: its settings, and the weights that it began with."""

from __future__ import annotations

import json
import pickle  # nosec B403 - for its error alone
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import torch

from ..engine.errors import EngineError
from ..engine.weights import load_weights

T = TypeVar("T")

EXTENT = ("steps", "stop")
"""Settings that say how long to train, which may be set anew under way."""


def end_of(steps: int, stop: int) -> int:
    """The step after a run's last: it may stop before its learning rate has fallen to the end, but not go beyond."""
    return min(stop or steps, steps)


# The last is what torch raises of some files that end too early, by where they do.
_DAMAGED = (OSError, TypeError, ValueError, KeyError, EOFError, RuntimeError, pickle.UnpicklingError)


@contextmanager
def reading_run(folder: Path) -> Iterator[None]:
    """Tell that what lies in a run's folder cannot be read, whatever is wrong with it.

    Raises:
        EngineError: ``bad_parameter`` where it is damaged, lacks something, or is of another version.
    """
    try:
        yield
    except _DAMAGED as error:
        reason = str(error).partition("\n")[0]  # torch adds a line for each weight
        if isinstance(error, KeyError):
            reason = f"it has no {reason}"
        raise EngineError(
            "bad_parameter",
            f"The run in {folder} cannot be continued: it is damaged or of another version ({reason}).",
            "Begin another run with another --out.",
        ) from error


def begun_settings(cls: type[T], folder: Path) -> T | None:
    """The settings of the run that lies in a folder; None where none does.

    Those that were not there yet when the run began have their defaults.

    Raises:
        EngineError: ``bad_parameter`` where what lies there is damaged, or of another version.
    """
    checkpoint, written = folder / "checkpoint.pt", folder / "settings.json"
    with reading_run(folder):
        if checkpoint.is_file():
            return cls(**torch.load(checkpoint, map_location="cpu", weights_only=True)["settings"])
        return cls(**json.loads(written.read_text(encoding="utf-8"))) if written.is_file() else None


def check_settings(given: object, begun: Mapping[str, Any]) -> None:
    """Make sure that a run goes on as it began.

    Args:
        given: a dataclass of settings.
        begun: those of the checkpoint, by name.

    Raises:
        EngineError: ``bad_parameter``, naming the first that is another; :data:`EXTENT` may be.
    """
    before = type(given)(**begun)
    for field in fields(given):  # type: ignore[arg-type]
        old, new = (getattr(settings, field.name) for settings in (before, given))
        if old != new and field.name not in EXTENT:
            raise EngineError(
                "bad_parameter",
                f"The run to continue has “{old}” for the setting “{field.name}”, not “{new}”.",
                "Leave it as it was, or begin another run with another --out.",
            )


def began_with(folder: Path, begun_with: Mapping[str, Any] | None) -> bool:
    """Whether a run began with the weights in a folder.

    Args:
        folder: of the weights.
        begun_with: what the run's checkpoint tells of those that it began with; None: it began with none.

    Raises:
        EngineError: ``bad_weights``.
    """
    return bool(load_weights(folder)[1]["sha256"] == (begun_with or {}).get("sha256"))


def check_exported(folder: Path, mean_with: Path | None) -> None:
    """Make sure that the run in a folder, if one lies there, can be exported as it is, beside one that is trained now.

    Args:
        folder: of the run.
        mean_with: folder of weights of which the mean is to be exported; None: no mean is.

    Raises:
        EngineError: ``bad_parameter``; ``bad_weights``.
    """
    checkpoint = folder / "checkpoint.pt"
    if not checkpoint.is_file():
        return
    with reading_run(folder):
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        step, end = state["step"], end_of(state["settings"]["steps"], state["settings"].get("stop", 0))
        begun_with = state["begun_with"]
    if step < end:
        raise EngineError(
            "bad_parameter",
            f"The run in {folder} was stopped at step {step} of {end}, and would be exported, too.",
            "Train it to its end, without --stem, or move its folder away.",
        )
    if mean_with is not None and not began_with(mean_with, begun_with):
        raise EngineError(
            "bad_parameter",
            f"The run in {folder}, of which the mean would be exported, too, did not begin with the weights in "
            f"{mean_with}.",
            "Leave --mean out, or train in another --out.",
        )


def check_beginning(init: Path | None, begun_with: Mapping[str, Any] | None) -> None:
    """Make sure that a run began with the weights that are given for it, if any are.

    Args:
        init: folder of weights.
        begun_with: what the checkpoint tells of those that the run began with.

    Raises:
        EngineError: ``bad_parameter``; ``bad_weights``.
    """
    if init is not None and not began_with(init, begun_with):
        raise EngineError(
            "bad_parameter",
            f"The run to continue did not begin with the weights that lie in {init}.",
            "Leave --init out to continue it, or begin another run with another --out.",
        )
