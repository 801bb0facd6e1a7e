"""Speed of UniADRS' network alone, in tiles of 224x224 a second, on each device and in both precisions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import torch

from ..engine.device import best_dtype
from ..engine.models.deviation import MAPS
from ..engine.models.in_rows import UniADRSInRows
from ..engine.models.uniadrs import FeatureStatistics, interpolation_matrix, load_network
from ..engine.weights import WEIGHTS_FOLDER
from .bench_tools import Row, Sizes

_SIDE = 224
_BATCH = 4
_REPEATS = 5
_PUBLISHED = 15.0
"""Tiles a second of the published code on an RTX 4090, inferred from the paper's times."""


def bench_tiles(_: Sizes, __: Path) -> Iterator[Row]:
    """A row for each device and precision."""
    for device in ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]:
        exact = network_logit(device, torch.float32)[0]
        for dtype in dict.fromkeys((torch.float32, best_dtype(device))):
            logit, seconds = network_logit(device, dtype)
            speed = _BATCH / seconds
            name = str(dtype).removeprefix("torch.")
            gap = float((logit - exact).abs().mean() / exact.std())
            wanted = dtype == torch.bfloat16
            yield Row(
                f"uniadrs network, tiles of {_SIDE}² on {device} in {name}",
                f"{speed:.1f} tiles/s",
                f"{_PUBLISHED:.0f} tiles/s (published code, RTX 4090, inferred)",
                speed / _PUBLISHED,
                f"logits differ from float32 by {gap:.4f} of their spread on average",
                "15 tiles/s" if wanted else "",
                not wanted or speed >= _PUBLISHED,
                {"tiles_per_second": speed, "gap": gap},
            )


@torch.inference_mode()
def network_logit(device: str, dtype: torch.dtype) -> tuple[torch.Tensor, float]:
    """Logits of one batch of random tiles of three bands, and the shortest time of several runs, in seconds."""
    folded = load_network(WEIGHTS_FOLDER / "uniadrs", "spatial")[0].folded(interpolation_matrix(3), dtype)
    network = UniADRSInRows(folded).to(device)
    generator = torch.Generator().manual_seed(0)
    bands = torch.randn(_BATCH, 3, _SIDE, _SIDE, generator=generator)
    inputs = torch.cat([torch.rand(_BATCH, len(MAPS), _SIDE, _SIDE, generator=generator), bands], 1).to(device)
    size = network.config.embedding
    statistics = FeatureStatistics(torch.zeros(1, size), torch.eye(size)[None]).to(device)
    times = []
    for _ in range(_REPEATS + 1):
        began = time.perf_counter()
        logit = network(inputs, statistics).cpu()
        times.append(time.perf_counter() - began)
    return logit, min(times)
