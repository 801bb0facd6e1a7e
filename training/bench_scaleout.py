"""What Dask workers cost and gain, and the pretrained network in ONNX Runtime beside PyTorch."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import rasterio
import torch

from ..engine import device, region
from ..engine.models.in_rows import UniADRSInRows
from ..engine.models.uniadrs import FeatureStatistics, interpolation_matrix, load_network
from ..engine.pipeline import detect
from ..engine.scaleout.cluster import connect
from ..engine.scaleout.strips import ScatteredRegion
from ..engine.weights import WEIGHTS_FOLDER
from . import export_onnx, onnx_networks
from .bench_data import write_raster
from .bench_tools import Row, Sizes, race, spread

_TILE = 512
_STRIP_ROWS = 512


def bench_scaleout(sizes: Sizes, work: Path) -> Iterator[Row]:
    """Strong scaling of one scene on local workers, and what a strip costs beside its computing."""
    side = max(1024, sizes.deep[0])
    path = work / "scattered.tif"
    write_raster(path, side)
    yield from _scaling(path, side, work)
    yield from _overhead(path, work)


def _scaling(path: Path, side: int, work: Path) -> Iterator[Row]:
    """The same scene on one and on two workers of one thread each."""
    # Low strips, so that a scene of the bench's size has several, as a giant one has many.
    with mock.patch.object(region, "STRIP_BYTES", _STRIP_ROWS * side * 3 * 8):
        seconds: dict[int, float] = {}
        pixels: dict[int, Any] = {}
        for count in (1, 2):
            with connect(f"local:{count}", "cpu") as client:
                client.run(torch.set_num_threads, 1)
                run = partial(detect, path, work / f"workers{count}", detector="uniadrs", modality="infrared")
                result = run(device="cpu", make_region=partial(ScatteredRegion, client))
                seconds[count] = result.seconds
                with rasterio.open(result.heatmap) as heatmap:
                    pixels[count] = heatmap.read(1)
    same = np.array_equal(pixels[1], pixels[2], equal_nan=True)
    yield Row(
        f"uniadrs {side}² on 2 Dask workers beside 1, one thread each",
        f"{seconds[2]:.1f} s",
        f"{seconds[1]:.1f} s (ours, 1 worker)",
        seconds[1] / seconds[2],
        f"pixels {'are the same' if same else 'DIFFER'}; statistics, scores and what one process does at the end",
        figures={"seconds": seconds, "same": same},
    )


def _overhead(path: Path, work: Path) -> Iterator[Row]:
    """RX, which computes next to nothing, in many strips: one process beside one worker."""
    with rasterio.open(path) as dataset:
        width, height = dataset.width, dataset.height
    with mock.patch.object(region, "STRIP_BYTES", 32 * width * 3 * 8), mock.patch.object(region, "KEEP_BYTES", 0):
        strips = -(-height // 32)
        run = partial(detect, path, work / "strips", detector="rx", modality="visible", device="cpu")
        with connect("local:1", "cpu") as client:
            scattered = partial(run, make_region=partial(ScatteredRegion, client))
            seconds, _ = race({"here": run, "there": scattered}, 3)
    here, there = (statistics.median(seconds[name]) for name in ("here", "there"))
    each = (there - here) / (2 * strips)
    yield Row(
        f"a strip of 32x{width} on a Dask worker, beyond its computing",
        f"{each * 1e3:.1f} ms",
        remark=f"rx in {strips} strips, two passes: {there:.2f} s on a worker, {here:.2f} s in one process",
        figures={"seconds": seconds, "strips": strips},
    )


def bench_onnx(sizes: Sizes, _: Path) -> Iterator[Row]:
    """One tile through the network behind the spatial stem, three bands."""
    import onnxruntime

    exported = onnx_networks.uniadrs("spatial")
    chance = torch.Generator().manual_seed(0)
    given = exported.example(_TILE, _TILE)
    bands, maps = torch.randn(1, 3, _TILE, _TILE, generator=chance), given[1]
    projection, statistics_ = interpolation_matrix(3), FeatureStatistics(given[3], given[4])
    network, _card = load_network(WEIGHTS_FOLDER / "uniadrs", "spatial")
    best = device.best_dtype("cpu")
    in_use = {dtype: UniADRSInRows(network.folded(projection, dtype)) for dtype in {torch.float32, best}}
    inputs = torch.cat([maps, bands], 1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        worst = export_onnx.export(exported, path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        feed = {n: x.numpy() for n, x in zip(exported.inputs, (bands, maps, projection, *given[3:]), strict=True)}

        @torch.inference_mode()
        def ours(dtype: torch.dtype) -> Any:  # noqa: ANN401
            return in_use[dtype](inputs, statistics_).numpy()

        contestants: dict[str, Callable[[], Any]] = {str(d).removeprefix("torch."): partial(ours, d) for d in in_use}
        contestants["onnx"] = lambda: session.run(["logit"], feed)[0]
        time.sleep(0.2)
        seconds, logits = race(contestants, 2 * sizes.repeats)
    for name in contestants:
        if name != "onnx":
            apart = float(np.abs(logits[name] - logits["onnx"]).max())
            yield Row(
                f"uniadrs, a tile of {_TILE}², PyTorch {name} beside ONNX Runtime float32",
                spread(seconds[name]),
                spread(seconds["onnx"]),
                statistics.median(seconds["onnx"]) / statistics.median(seconds[name]),
                f"logits up to {apart:.1e} apart; the file differs from PyTorch by {worst:.1e}",
                figures={"seconds": seconds, "apart": apart},
            )
