"""Trains both instance networks with and without each adaptation: Table IV of the paper in miniature.

All are trained for the same number of steps, and measured on simulated scenes that no training draws: no label of a
real scene has a say in what is better.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..engine.models.ada.instances import instances
from ..engine.models.ada.network import AdaNetwork
from .ada_batches import AdaBatch, AdaStream
from .ada_settings import AdaSettings
from .arguments import at_least
from .average_precision import AveragePrecision, average_precision, mask_ious, match
from .evaluate import make_folder
from .settings import settings_of
from .simulation import Bank, read_bank
from .tables import number, show_table
from .train import ADA
from .train_ada import train

COMBINATIONS = {
    "neither": (False, False),
    "rank embeddings": (True, False),
    "query selection": (False, True),
    "both": (True, True),
}
"""Rows of Table IV: whether pixel embeddings are refined by ranks, and whether queries are selected from the map."""

SMALL = {"decay_from": 0.3, "batch": 4, "size": 64, "crowded": 0.0, "learning_rate": 1e-3}
"""Settings that differ from those of a real run: small images with few instances, so that little training tells."""

HELD_OUT = 1_000_003
"""Seed of the scenes that are measured on."""

HEADINGS = ["network", "adaptation", "AP", "AP25", "AP50"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, help="folder of training imagery")
    parser.add_argument("--networks", nargs="+", choices=ADA, default=list(ADA), help="some; default: both")
    parser.add_argument("--steps", type=at_least(1), default=400, help="of each training; default: %(default)s")
    parser.add_argument("--batches", type=at_least(1), default=40, help="held-out batches; default: %(default)s")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting of all")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="default: %(default)s")
    parser.add_argument(
        "--out", type=Path, default=Path("out/ablation_ada"), metavar="DIR", help="default: %(default)s"
    )


def run(args: argparse.Namespace) -> int:
    """Train, measure, print and save; a run on this imagery that is done already is not trained again."""
    settings = settings_of(AdaSettings, {**SMALL, "steps": args.steps}, args.set)
    out = make_folder(args.out)
    bank = read_bank(args.data)
    imagery = bank.digest()
    held_out: list[AdaBatch] = []
    lines = []
    for network in args.networks:
        for name, (refine, select) in COMBINATIONS.items():
            folder = out / f"{network}-{name.replace(' ', '_')}-{settings.steps}-{imagery}"
            own = replace(settings, refine=refine, select=select)
            trainer = train(ADA[network], args.data, folder, own, args.device)
            held_out = held_out or list(_held_out(bank, settings, args.batches))
            measured = measure(trainer.average, held_out, str(trainer.device))
            values = (measured.ap, measured.ap25, measured.ap50)
            lines.append([network, name, *(number(value, 3) for value in values)])
            print("  ".join(lines[-1]), flush=True)
    show_table(out / "ablation", HEADINGS, lines, left=2)
    return 0


def measure(network: AdaNetwork, batches: list[AdaBatch], device: str) -> AveragePrecision:
    """Average precision of a network's masks on simulated images, at the masks' resolution."""
    scenes = []
    with torch.inference_mode():
        for batch in batches:
            images = batch.images[:, : network.trunk.inputs].to(device)
            output = network(images, stride=batch.stride)
            last = output.predictions[-1]
            for index, truth in enumerate(batch.masks):
                found, scores = instances(last.logits[index], last.masks[index], output.map_logit[index, 0])
                ious = mask_ious(_pixels(found.cpu()), _pixels(truth >= 0.5))
                scenes.append(match(scores.cpu().numpy(), ious))
    return average_precision(scenes)


def _pixels(masks: Tensor) -> list[np.ndarray]:
    """Flat indices of each mask's pixels, without the masks that have none."""
    return [np.flatnonzero(mask) for mask in masks.flatten(1).numpy() if mask.any()]


def _held_out(bank: Bank, settings: AdaSettings, count: int) -> Iterator[AdaBatch]:
    stream = AdaStream(bank, replace(settings, seed=HELD_OUT, reuse=1), 0)
    for index in range(count):
        batch = stream.draw(index)
        if batch is not None:
            yield batch
