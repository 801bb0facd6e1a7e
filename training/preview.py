"""Writes a contact sheet of simulated scenes, to look at what a network would learn from."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .arguments import at_least
from .evaluate import make_folder
from .simulation import Bank, SimulatedScene, SpatialSimulator, SpectralSimulator, read_bank

_KINDS = ("visible", "sar", "infrared", "low_light", "hyperspectral")
_COLOURS = np.array([[40, 40, 60], [255, 210, 60], [120, 120, 120], [60, 110, 160]], np.uint8)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, help="folder of training imagery")
    parser.add_argument("--out", type=Path, default=Path("out/preview.png"), help="the sheet, a PNG [%(default)s]")
    parser.add_argument("--columns", type=at_least(1), default=6, help="scenes of each kind [%(default)s]")
    parser.add_argument("--seed", type=at_least(0), default=0, help="another seed, other scenes [%(default)s]")


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    make_folder(arguments.out.parent)
    bank = read_bank(arguments.data)
    sheet, rates = contact_sheet(bank, arguments.columns, arguments.seed)
    from PIL import Image

    Image.fromarray(sheet).save(arguments.out, "PNG")
    for kind, rate in rates.items():
        print(f"{kind:14} {rate:6.1f} scenes/s")
    print(f"{arguments.out}: yellow anomaly, blue large normal object, grey left open at edges")
    return 0


def contact_sheet(bank: Bank, columns: int, seed: int) -> tuple[NDArray[np.uint8], dict[str, float]]:
    """Simulated scenes beside their labels.

    Args:
        bank: to draw from.
        columns: scenes of each kind.
        seed: of all chance.

    Returns:
        The sheet, (H, W, 3) uint8, a row for each kind; and scenes per second by kind.
    """
    spatial, spectral = SpatialSimulator(bank), SpectralSimulator(bank)
    side = spatial.config.size
    rows, rates = [], {}
    for number, kind in enumerate(_KINDS):
        rng = np.random.default_rng([seed, number])
        began = time.perf_counter()
        scenes = [
            spectral.sample(rng) if kind == "hyperspectral" else spatial.sample(rng, kind) for _ in range(columns)
        ]
        rates[kind] = columns / (time.perf_counter() - began)
        cells = [cell for scene in scenes for cell in (picture(scene), _COLOURS[scene.label])]
        rows.append(np.concatenate([_fit(cell, side) for cell in cells], 1))
    return np.concatenate(rows), rates


def picture(scene: SimulatedScene) -> NDArray[np.uint8]:
    """Three bands of a scene for the eye, (H, W, 3)."""
    count = len(scene.image)
    bands = scene.image[[count * 3 // 4, count // 2, count // 8] if count > 3 else [0, count // 2, count - 1]]
    low, high = np.percentile(bands, (1, 99), axis=(1, 2), keepdims=True)
    stretched = np.clip((bands - low) / np.maximum(high - low, 1e-9), 0, 1)
    return np.ascontiguousarray((stretched * 255).astype(np.uint8).transpose(1, 2, 0))


def _fit(cell: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Enlarge by repetition and cut to a square, with a thin frame."""
    times = -(-side // len(cell))
    enlarged = cell.repeat(times, 0).repeat(times, 1)[:side, :side].copy()
    enlarged[-2:] = 255
    enlarged[:, -2:] = 255
    return enlarged
