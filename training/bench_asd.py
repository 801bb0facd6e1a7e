"""How fast ASD describes pixels: a scene at once beside patch by patch, and through the engine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from ..engine.detectors.asd import TILE
from ..engine.models import surroundings
from ..engine.models.asd import ASD, MARGIN, ASDConfig
from ..engine.models.density import GaussianDensity
from ..engine.models.mixture import MixtureDensity
from ..engine.models.taught import TaughtModel, laid_out, save_model
from ..engine.pipeline import score_scene
from ..engine.teaching.learner import Schedule
from .bench_data import write_raster
from .bench_tools import Row, Sizes, race, spread

PATCHES = 4096
"""Pixels that are described patch by patch, in one batch: more at once is no faster."""


def bench_asd(sizes: Sizes, work: Path) -> Iterator[Row]:
    """The same descriptors densely and patch by patch, in turns; then megapixels per second of the whole way."""
    torch.manual_seed(0)
    schedule = Schedule()
    network = laid_out(ASD(ASDConfig(3, schedule.length, joined=schedule.joined)).eval())
    side = TILE + 2 * MARGIN
    image = torch.randn(1, 3, side, side).contiguous(memory_format=torch.channels_last)
    chance = np.random.default_rng(0)
    rows, columns = (torch.from_numpy(chance.integers(0, TILE, PATCHES)) for _ in range(2))
    with torch.inference_mode():
        seconds, results = race(
            {
                "dense": lambda: network.features(image)[0],
                "patches": lambda: network.patchwise(image, rows, columns),
            },
            sizes.repeats,
        )
    apart = float((results["dense"][:, rows, columns].T - results["patches"]).abs().max())
    dense = [s / TILE**2 * 1e6 for s in seconds["dense"]]
    patches = [s / PATCHES * 1e6 for s in seconds["patches"]]
    ratio = statistics.median(patches) / statistics.median(dense)
    yield Row(
        "asd: descriptors of a megapixel, dense beside patch by patch",
        spread(dense),
        spread(patches) + " (ours, by patches)",
        ratio,
        f"differ by {apart:.0e} at most; {PATCHES} patches in one batch, extrapolated",
        aim="20x",
        met=ratio >= 20,
        figures={"dense_seconds": seconds["dense"], "patches_seconds": seconds["patches"], "largest_difference": apart},
    )
    path = work / "asd.tif"
    write_raster(path, sizes.rasters[0])
    length = 3 * schedule.length if schedule.joined else schedule.length
    density = GaussianDensity(torch.zeros(length), torch.eye(length))
    bands = MixtureDensity.fit(torch.randn(10_000, surroundings.length(3)), torch.Generator().manual_seed(0))
    # As teaching makes them by default: scaled by each scene, with the distances of the bands.
    save_model(work / "asd", TaughtModel(network, None, density, 1.0, {"name": "bench"}, bands))
    runs = []
    for _ in range(2):
        began = time.perf_counter()
        score_scene(path, "asd", model=str(work / "asd"), modality="visible", device="cpu")
        runs.append(time.perf_counter() - began)
    megapixels = sizes.rasters[0] ** 2 / 1e6
    yield Row(
        f"asd {sizes.rasters[0]}², 3 bands, score",
        spread(runs),
        remark=f"{megapixels / min(runs):.2f} MP/s, {torch.get_num_threads()} threads",
        figures={"seconds": runs, "megapixels": megapixels},
    )
