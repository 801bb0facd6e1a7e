"""What an instance network costs: seconds a megapixel end to end on each device, and the share of its attention."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from ..engine.detectors import detector_names
from ..engine.detectors.ada import TILE
from ..engine.device import best_dtype
from ..engine.models.ada.network import AdaNetwork
from ..engine.pipeline import examine_scene, score_scene
from .bench_data import write_raster
from .bench_tools import Row, Sizes, race, spread
from .train import ADA

_MODALITIES = ("visible", "infrared")
"""One whose masks have half the resolution, and one whose masks have all of it."""

_SIDE = 1024


def bench_ada(sizes: Sizes, work: Path) -> Iterator[Row]:
    """A row for each network, modality and device, beside UniADRS on the same scene; and what attention costs."""
    side = min(_SIDE, sizes.deep[0])
    path = work / "instances.tif"
    write_raster(path, side)
    megapixels = side**2 / 1e6
    for device in ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]:
        for modality in _MODALITIES:
            runs: dict[str, Callable[[], Any]] = {
                name: partial(examine_scene, path, name, modality=modality, device=device)
                for name in ADA
                if name in detector_names()
            }
            runs["uniadrs"] = partial(score_scene, path, "uniadrs", modality=modality, device=device)
            times, found = race(runs, min(2, sizes.repeats))
            theirs = min(times.pop("uniadrs"))
            for name, seconds in times.items():
                yield Row(
                    f"{name} {side}², {modality} on {device}",
                    f"{min(seconds) / megapixels:.1f} s/MP [{spread(seconds)}]",
                    f"{theirs / megapixels:.1f} s/MP (ours, uniadrs)",
                    theirs / min(seconds),
                    f"{len(found[name][1])} pieces of instances; a scene of {side}², its statistics included",
                    figures={"seconds": seconds, "megapixels": megapixels, "uniadrs_seconds": theirs},
                )
    yield _attention()


def _attention() -> Row:
    """How much of a forward pass on the CPU is sampling of deformable attention."""
    network = AdaNetwork().eval()
    image = torch.zeros(1, network.trunk.inputs, TILE, TILE)
    dtype = best_dtype("cpu")
    with torch.inference_mode(), torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
        network(image)
        began = time.perf_counter()
        network(image)
        seconds = time.perf_counter() - began
        with profile(activities=[ProfilerActivity.CPU]) as profiled:
            network(image)
    events = profiled.key_averages()
    total = sum(event.self_cpu_time_total for event in events)
    sampling = sum(event.self_cpu_time_total for event in events if "grid_sampler" in event.key)
    return Row(
        f"deformable attention, share of a tile of {TILE}²",
        f"{sampling / total:.0%}",
        remark=f"grid_sample in float32, of {seconds:.3f} s a tile",
        figures={"share": sampling / total, "seconds": seconds},
    )
