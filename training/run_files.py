"""What a training run writes: settings, checkpoint, measures, and its losses as a table that can be plotted."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from ..engine.errors import EngineError
from ..engine.whole_file import whole_file
from .tables import json_text

_LOG = "log.csv"
_MEASURES = "held_out.json"


def save_settings(folder: Path, settings: Any) -> None:  # noqa: ANN401 - a dataclass
    """Write the settings of a run, whose folder is made where it is not there; those that are there already stay.

    Raises:
        EngineError: ``not_writable``.
    """
    path, text = folder / "settings.json", json_text(asdict(settings))
    with _writing(folder):
        if path.is_file() and path.read_bytes() == text.encode():
            # A finished run may lie where nothing can be written.
            return
        folder.mkdir(parents=True, exist_ok=True)
        _write(path, text)


def has_measures(folder: Path) -> bool:
    """Whether a run was measured after its last step."""
    return (folder / _MEASURES).is_file()


def drop_measures(folder: Path) -> None:
    """Remove what a run measured before it was given more steps.

    Raises:
        EngineError: ``not_writable``.
    """
    with _writing(folder):
        (folder / _MEASURES).unlink(missing_ok=True)


def save_measures(folder: Path, measures: Mapping[str, float]) -> None:
    """Write what a run reaches on simulated scenes that no step has seen.

    Raises:
        EngineError: ``not_writable``.
    """
    with _writing(folder):
        _write(folder / _MEASURES, json_text(measures))


def save_checkpoint(folder: Path, state: Mapping[str, Any]) -> None:
    """Write a checkpoint; the one before stays until it is whole.

    Raises:
        EngineError: ``not_writable``.
    """
    with _writing(folder), whole_file(folder / "checkpoint.pt") as partial:
        torch.save(state, partial)


def cut_log(folder: Path, step: int) -> None:
    """Drop the losses beyond the checkpoint that a run goes on from: it comes by there again.

    Args:
        folder: of the run.
        step: of the checkpoint; 0 where there is none, and what is there is of a run that never was continued.

    Raises:
        EngineError: ``not_writable``.
    """
    path = folder / _LOG
    if not path.is_file():
        return
    with _writing(folder):
        with path.open(newline="", encoding="utf-8", errors="replace") as stream:
            heading, *lines = list(csv.reader(stream)) or [[]]
        kept = [line for line in lines if len(line) == len(heading) and line[0].isdigit() and int(line[0]) <= step]
        if not kept:
            path.unlink()
        elif kept != lines:
            with path.open("w", newline="", encoding="utf-8") as stream:
                csv.writer(stream).writerows([heading, *kept])


def log_losses(folder: Path, step: int, seconds: float, losses: Mapping[str, float]) -> None:
    """Add a line to the table of losses.

    Args:
        folder: of the run.
        step: how many were taken.
        seconds: how long they took.
        losses: by name; those that the table has no column for are left out.

    Raises:
        EngineError: ``not_writable``.
    """
    path = folder / _LOG
    values = {"step": step, "seconds": round(seconds, 1), **{name: round(value, 5) for name, value in losses.items()}}
    with _writing(folder):
        columns = list(values)
        if path.is_file():
            with path.open(newline="", encoding="utf-8") as stream:
                columns = next(csv.reader(stream))
        with path.open("a", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, columns, extrasaction="ignore")
            if not stream.tell():
                writer.writeheader()
            writer.writerow(values)


def _write(path: Path, text: str) -> None:
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Say what to do where a run cannot be saved."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # the latter is what torch raises where a disk is full
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "the disk may be full"
        raise EngineError(
            "not_writable",
            f"The run in {folder} cannot be saved ({reason}).",
            "Make room, and start the command again: it goes on from the last checkpoint.",
        ) from error
