"""Teaches ASD with each of its losses and measures what they are worth: Table 4 of the paper in miniature.

By the analyst's protocol of ``evaluate --detector asd``: taught on one half of a set's scenes, measured on the other.
``--only default full`` sets the default schedule beside the paper's hundred epochs.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..engine.errors import EngineError
from ..engine.metrics import split
from ..engine.pipeline import score_scene
from ..engine.teaching.ground import BLOCK
from ..engine.teaching.learner import BATCH, PAPER, Schedule
from .arguments import at_least
from .asd_protocol import half_model, halves, measures, shown_halves, teachable
from .datasets import LabelledSet, find_sets
from .evaluate import make_folder
from .tables import number, show_table

COMBINATIONS = ("L1", "L2", "L3", "L1+L2", "L2+L3", "L1+L3", "L1+L2+L3")
"""The rows of the paper's Table 4."""

DEFAULT = "default"
FULL = "full"

EPOCHS = 100
"""Of the full schedule, as in the paper: how often each block of normal ground is learned from."""


def full_steps(labelled: LabelledSet) -> int:
    """Steps of the full schedule on the half of a set that teaches."""
    blocks = 0
    for scene in halves(labelled)[0]:
        with scene.open() as opened:
            blocks += math.ceil(opened.height / BLOCK) * math.ceil(opened.width / BLOCK)
    return math.ceil(EPOCHS * blocks / BATCH)


def schedules(steps: int) -> dict[str, Schedule]:
    """What is compared: the paper's combinations of losses, and the project's own, with so many steps or all."""
    paper = replace(PAPER, steps=steps)
    rows = {
        row: replace(
            paper,
            compact=float("L1" in row),
            diverse=float("L2" in row),
            rich=float("L3" in row),
        )
        for row in COMBINATIONS
    }
    return {**rows, DEFAULT: Schedule(steps=steps), FULL: Schedule()}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--data", required=True, metavar="DIR", help="folder with labelled sets, at any depth")
    parser.add_argument(
        "--sets", default="", metavar="A,B", help="names of the sets, or the ends of them; default: all"
    )
    parser.add_argument("--steps", type=at_least(1), default=150, help="of each teaching; default: %(default)s")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=[*COMBINATIONS, DEFAULT, FULL],
        default=[*COMBINATIONS, DEFAULT],
        help="which rows; default: all but full",
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda; default: auto")
    parser.add_argument("--out", type=Path, default=Path("out/ablation"), metavar="DIR", help="default: %(default)s")


def run(args: argparse.Namespace) -> int:
    """Teach, measure, print and save; a model of the same ground and schedule is not taught again."""
    sets, _ = find_sets(args.data, [name for name in args.sets.split(",") if name])
    sets = [labelled for labelled in sets if teachable(labelled)]
    if not sets:
        raise EngineError(
            "bad_parameter",
            f"{args.data} has nothing to measure on.",
            "Choose sets of two rasters or more, with masks; MATLAB files are not taught from.",
        )
    out = make_folder(args.out)
    chosen = {row: schedule for row, schedule in schedules(args.steps).items() if row in args.only}
    headings = ["losses", *(f"{labelled.name} {measure}" for labelled in sets for measure in ("AUC", "mIoU"))]
    cells = []
    for row, schedule in chosen.items():
        values = [value for labelled in sets for value in _measure(labelled, row, schedule, out, args.device)]
        cells.append([row, *(number(value, 3) for value in values)])
        print("  ".join(cells[-1]), flush=True)
    show_table(out / "ablation", headings, cells)
    return 0


def _measure(labelled: LabelledSet, row: str, schedule: Schedule, out: Path, device: str) -> tuple[float, float]:
    """Mean AUC over the scored scenes, and mIoU over all their pixels."""
    if row == FULL:
        schedule = replace(schedule, steps=full_steps(labelled))
    model = half_model(labelled, out, f"{labelled.name}_{row}_{schedule.steps}", schedule=schedule, device=device)
    parts = []
    for scene in shown_halves(labelled)[1]:
        with scene.open() as opened:
            scores = score_scene(opened, "asd", model=str(model), modality=labelled.modality, device=device)
        mask, known = scene.read_labels(*scores.shape)
        parts.append(split(np.where(known, scores, np.nan), mask))
    area, _, miou = measures(parts)
    return area, miou
