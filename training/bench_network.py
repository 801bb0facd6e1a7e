"""How busy the pretrained network is kept, and its tiles beside those of MONAI and of a plain loop."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import rasterio
import torch
from torch import Tensor

from ..engine.detectors import create_detector, uniadrs
from ..engine.metrics import auc
from ..engine.models.deviation import MAPS
from ..engine.models.inputs import NetworkInputs
from ..engine.models.uniadrs import interpolation_matrix, load_network
from ..engine.pipeline import score_scene
from ..engine.profiles import PROFILES
from ..engine.region import Region
from ..engine.scene import open_scene
from ..engine.weights import WEIGHTS_FOLDER
from .bench_data import write_raster
from .bench_tools import Row, Sizes, race, spread

_PROFILE = PROFILES["visible"]
_SAMPLE = Path(__file__).parent.parent / "resources" / "sample"
_PRECISE = mock.patch.object(uniadrs, "best_dtype", lambda _: torch.float32)
_TILE, _CORE = 256, 128


def bench_network(sizes: Sizes, work: Path) -> Iterator[Row]:
    """The network's share of the time, its precision, and other ways to run it over a scene."""
    path = work / "network.tif"
    write_raster(path, sizes.deep[1])
    yield _busy(path, sizes)
    yield _precision()
    write_raster(path, sizes.deep[0])
    yield from _tilings(path, sizes)


class _Stopwatch:
    """Seconds during which something is under way, in one thread or in several."""

    def __init__(self) -> None:
        self.total = 0.0
        self._began = 0.0
        self._running = 0
        self._lock = threading.Lock()

    def start(self, *_: Any) -> None:  # noqa: ANN401
        with self._lock:
            if not self._running:
                self._began = time.perf_counter()
            self._running += 1

    def stop(self, *_: Any) -> None:  # noqa: ANN401
        with self._lock:
            self._running -= 1
            if not self._running:
                self.total += time.perf_counter() - self._began


def _busy(path: Path, sizes: Sizes) -> Row:
    """How much of the time that scoring takes is the network's own."""
    with open_scene(path) as scene:
        region = Region(scene)
        detector = create_detector("uniadrs", _PROFILE)
        detector.prepare(region, lambda _: None)
        network, maps = _Stopwatch(), _Stopwatch()
        detector._network.folded.register_forward_pre_hook(network.start)  # type: ignore[attr-defined]
        detector._network.folded.register_forward_hook(network.stop)  # type: ignore[attr-defined]
        made = NetworkInputs.rows

        def timed(*arguments: Any) -> Any:  # noqa: ANN401
            maps.start()
            found = made(*arguments)
            maps.stop()
            return found

        began = time.perf_counter()
        with mock.patch.object(NetworkInputs, "rows", timed):
            for _ in region.visit(detector.look, lambda _: None, detector.halo):
                pass
        seconds = time.perf_counter() - began
    share, both = network.total / seconds, (network.total + maps.total) / seconds
    megapixels = scene.width * scene.height / 1e6
    return Row(
        f"uniadrs {scene.width}²: share of scoring in the network",
        f"{share:.0%}",
        remark=f"{both:.0%} with its inputs, the deviation maps; scoring alone {megapixels / seconds:.2f} MP/s",
        aim="90 %" if sizes.aims else "",
        met=share >= 0.9,
        figures={"seconds": seconds, "network": network.total, "maps": maps.total},
    )


def _precision() -> Row:
    """What the faster precision costs, on the sample scene with its truth."""
    with rasterio.open(_SAMPLE / "harbour_truth.png") as truth:
        mask = truth.read(1) > 0
    areas = []
    for precise in (False, True):
        if precise:
            with _PRECISE:
                scores = score_scene(_SAMPLE / "harbour.tif", "uniadrs", modality="visible", device="cpu")
        else:
            scores = score_scene(_SAMPLE / "harbour.tif", "uniadrs", modality="visible", device="cpu")
        areas.append(auc(scores[mask], scores[~mask & ~np.isnan(scores)]))
    name = str(uniadrs.best_dtype("cpu")).removeprefix("torch.")
    return Row(
        f"uniadrs on the sample scene, AUC in {name} beside float32",
        f"{areas[0]:.4f}",
        f"{areas[1]:.4f} (ours, float32)",
        remark=f"{abs(areas[0] - areas[1]):.4f} apart",
        aim="0.002",
        met=abs(areas[0] - areas[1]) < 0.002,
        figures={"auc": areas},
    )


@torch.inference_mode()
def _tilings(path: Path, sizes: Sizes) -> Iterator[Row]:
    """Ours beside MONAI's sliding window and a plain loop: the same weights on the same inputs at one scale."""
    from monai.inferers import sliding_window_inference

    with open_scene(path) as scene:
        region = Region(scene)
        detector: Any = create_detector("uniadrs", _PROFILE)
        detector.prepare(region, lambda _: None)
        strip = next(iter(region.strips(detector.halo)))
    level = detector._levels[0]
    inputs, valid = detector._network.inputs(strip.pixels, strip.valid, level)
    image = inputs[None]
    # As it was trained: what somebody has who writes a loop, or takes MONAI.
    plain, projection = load_network(WEIGHTS_FOLDER / "uniadrs", "spatial")[0].eval(), interpolation_matrix(scene.count)

    def as_trained(tiles: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
        maps, bands = tiles.split([len(MAPS), scene.count], 1)
        with torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
            return plain(bands, maps, projection, level.features).logit.float()

    def in_use(tiles: Tensor) -> Tensor:
        return detector._network.tiled.batch(tiles, level.features)[:, None]

    def windows(network: Callable[[Tensor], Tensor], overlap: float) -> Tensor:
        found: Any = sliding_window_inference(image, (_TILE, _TILE), 4, network, overlap=overlap, mode="gaussian")
        return found[0, 0]

    rivals = {
        "ours": lambda: detector._network.tiled.logits(NetworkInputs.made(image[0], valid), level.features, (0, 0)),
        "half": lambda: windows(in_use, 0.5),
        "quarter": lambda: windows(in_use, 0.25),
        "trained": lambda: windows(partial(as_trained, dtype=detector._network.folded.dtype), 0.5),
        "loop": lambda: _loop(image, as_trained),
    }
    whole = in_use(image)[0, 0]
    seconds, logits = race(rivals, 1, warm_up=False)
    inside = (slice(_CORE, -_CORE),) * 2
    ours = statistics.median(seconds["ours"])

    def seams(name: str) -> str:
        return f"{float((logits[name] - whole)[inside].abs().mean()):.5f}"

    monai = f"MONAI sliding_window_inference, {_TILE}² windows"
    for name, words, least in (
        ("half", f"{monai}, half of them shared, our layers", 1.5),
        ("quarter", f"{monai}, a quarter shared (its default), our layers", 0.0),
        ("trained", f"{monai}, half of them shared, the layers as trained, same precision", 0.0),
        ("loop", f"a plain loop of {_TILE}² tiles, the inner {_CORE}² kept, the layers as trained, in float32", 4.0),
    ):
        theirs = statistics.median(seconds[name])
        yield Row(
            f"the network over {scene.width}², one scale; {words}",
            spread(seconds["ours"]),
            spread(seconds[name]),
            theirs / ours,
            f"seams: mean difference from the network on the whole image {seams('ours')} / {seams(name)} in logits",
            aim=f"{least:g}x" if least and sizes.aims else "",
            met=theirs >= least * ours,
            figures={"seconds": seconds},
        )


def _loop(image: Tensor, network: Callable[[Tensor], Tensor]) -> Tensor:
    """Tiles one by one, each with a margin all around that is thrown away."""
    height, width = image.shape[-2:]
    margin = (_TILE - _CORE) // 2
    logits = torch.zeros(height, width)
    for row in range(0, height, _CORE):
        for column in range(0, width, _CORE):
            top, left = (min(max(0, first - margin), size - _TILE) for first, size in ((row, height), (column, width)))
            tile = network(image[..., top : top + _TILE, left : left + _TILE])[0, 0]
            inner = tile.narrow(0, row - top, _CORE).narrow(1, column - left, _CORE)
            logits[row : row + _CORE, column : column + _CORE] = inner
    return logits
