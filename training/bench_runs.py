"""Speed and memory of whole runs: rasters of growing size, and what a warm worker saves."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from ..engine.errors import EngineError
from .bench_data import write_raster
from .bench_tools import Row, Sizes, child, spread

_ENGINE = (sys.executable, "-m", "anomaly_lens.engine")
_SAMPLE = Path(__file__).parent.parent / "resources" / "sample" / "harbour.tif"


def bench_rasters(sizes: Sizes, work: Path) -> Iterator[Row]:
    """Time and peak memory of the command line's ``detect`` by RX."""
    return _growing("rx", sizes.rasters, sizes, work, growth=0.2)


def bench_deep(sizes: Sizes, work: Path) -> Iterator[Row]:
    """The same by the pretrained network; if asked for, a wide scene of as many pixels as the largest, too."""
    yield from _growing("uniadrs", sizes.deep, sizes, work, slopes=0.05)
    if sizes.strip is None:
        return
    side = sizes.deep[-1]
    shapes = {f"{side}²": (side, side), f"{sizes.strip[0]}x{sizes.strip[1]}": sizes.strip}
    found = {name: _detect("uniadrs", *shape, work, 1)[0] for name, shape in shapes.items()}
    square, strip = (run["seconds"] / (w * h) for run, (w, h) in zip(found.values(), shapes.values(), strict=True))
    cpu = [run["cpu_seconds"] for run in found.values()]
    yield Row(
        f"detect uniadrs {' beside '.join(reversed(shapes))}",
        spread([found[f"{sizes.strip[0]}x{sizes.strip[1]}"]["seconds"]]),
        f"{spread([found[f'{side}²']['seconds']])} (ours, {side}²)",
        square / strip,
        f"ratio of seconds a megapixel; {cpu[1]:.0f} and {cpu[0]:.0f} s of the processors",
        "5%" if sizes.aims else "",
        strip <= 1.05 * square,
        found,
    )


def bench_wide(sizes: Sizes, work: Path) -> Iterator[Row]:
    """Peak memory of the pretrained network by the width of the scene, each in a fresh process."""
    found = [(shape, _detect("uniadrs", *shape, work, 1)[0]) for shape in sizes.wide]
    peaks = [run["peak_bytes"] for _, run in found]
    grown = max(peaks) / peaks[0] - 1
    yield Row(
        f"detect uniadrs, peak memory, {' / '.join(f'{w}x{h}' for (w, h), _ in found)}",
        f"{' / '.join(f'{peak / 1e9:.2f}' for peak in peaks)} GB",
        remark=f"at most {grown:.0%} more than at the first width",
        aim="1.5 GB, 10%" if sizes.aims else "",
        met=max(peaks) < 1.5e9 and grown <= 0.1,
        figures={"peak_bytes": peaks, "cpu_seconds": [run["cpu_seconds"] for _, run in found]},
    )


def _detect(detector: str, width: int, height: int, work: Path, repeats: int) -> list[dict[str, float]]:
    """What ``detect`` on an RGB raster, written for it, took in each of several runs."""
    path, out = work / f"rgb{width}x{height}.tif", work / f"out_{detector}"
    write_raster(path, width, height=height)
    command = [*_ENGINE, "detect", str(path), "--detector", detector, "--modality", "visible", "--device", "cpu"]
    runs = [child([*command, "--out", str(out), "--json"]) for _ in range(repeats)]
    path.unlink()
    for file in out.iterdir():
        file.unlink()
    return runs


def _growing(
    detector: str, sides: Sequence[int], sizes: Sizes, work: Path, growth: float = 0.0, slopes: float = 0.0
) -> Iterator[Row]:
    """``detect`` on RGB rasters of growing size, written on the fly.

    Args:
        detector: its name.
        sides: of the rasters, ascending.
        sizes: of the bench.
        work: a folder.
        growth: aimed at: by how much the peaks of the second and the last raster differ at most; 0: no aim.
        slopes: aimed at: by how much times for a further megapixel differ at most; 0: no aim.
    """
    measured: dict[int, dict[str, float]] = {}
    for side in sides:
        repeats = sizes.repeats if side <= 2048 else 3 if side <= 4096 and detector == "rx" else 1
        runs = _detect(detector, side, side, work, repeats)
        megapixels = side * side / 1e6
        peak = max(run["peak_bytes"] for run in runs)
        seconds = [run["seconds"] for run in runs]
        median = statistics.median(seconds)
        cpu = statistics.median(run["cpu_seconds"] for run in runs)
        measured[side] = {"seconds": median, "megapixels": megapixels, "peak_bytes": peak, "cpu_seconds": cpu}
        yield Row(
            f"detect {detector} {side}², 3 bands, command line",
            spread(seconds),
            remark=f"{megapixels / median:.2f} MP/s, start included; peak {peak / 1e9:.2f} GB",
            aim="1.5 GB" if sizes.aims else "",
            met=peak < 1.5e9,
            figures={"seconds": seconds, "cpu_seconds": cpu, "megapixels": megapixels, "peak_bytes": peak},
        )
    small, large = sides[min(1, len(sides) - 2)], sides[-1]
    peaks = [measured[side]["peak_bytes"] for side in (small, large)]
    apart = max(peaks) / min(peaks) - 1
    yield Row(
        f"peak memory of {detector}, {large}² beside {small}²",
        f"{peaks[1] / 1e9:.2f} GB",
        f"{peaks[0] / 1e9:.2f} GB (ours, {small}²)",
        remark=f"{apart:.0%} apart at {(large / small) ** 2:.0f} times the pixels",
        aim=f"{growth:.0%}" if growth and sizes.aims else "",
        met=apart <= growth,
        figures={"peak_bytes": peaks},
    )
    # A start-up that does not grow, and a slope: time is linear when the slopes agree.
    found, by_cpu = (
        [
            (measured[b][kind] - measured[a][kind]) / (measured[b]["megapixels"] - measured[a]["megapixels"])
            for a, b in zip(sides, sides[1:])
        ]
        for kind in ("seconds", "cpu_seconds")
    )
    spread_, cpu_spread = (max(x) / min(x) - 1 if min(x) > 0 else float("inf") for x in (found, by_cpu))
    yield Row(
        f"{detector}: time for each further megapixel",
        ", ".join(f"{slope:.3f}" for slope in found) + " s/MP",
        remark=f"between {', '.join(f'{side}²' for side in sides)}; linear when they agree: {spread_:.0%} apart; "
        f"{', '.join(f'{slope:.3f}' for slope in by_cpu)} s/MP of the processors, {cpu_spread:.0%} apart",
        aim=f"{slopes:.0%}" if slopes and sizes.aims else "",
        met=spread_ <= slopes,
        figures={"slopes": found, "cpu_slopes": by_cpu},
    )


def bench_worker(sizes: Sizes, work: Path) -> Iterator[Row]:
    """What a warm worker saves: the same detections by the command line, by a fresh worker, and by a warm one."""
    path = work / "small.tif"
    write_raster(path, 512)
    for detector, scene, words in (("rx", path, "512²"), ("uniadrs", _SAMPLE, "on the sample scene")):
        command = [*_ENGINE, "detect", str(scene), "--detector", detector, "--modality", "visible", "--device", "cpu"]
        cold = [
            child([*command, "--out", str(work / f"cold_{detector}"), "--json"])["seconds"]
            for _ in range(sizes.repeats)
        ]
        ready: list[float] = []
        first: list[float] = []
        warm: list[float] = []
        begun: list[float] = []
        params = {"scene": str(scene), "detector": detector, "modality": "visible", "device": "cpu"}
        for attempt in range(sizes.repeats):
            began = time.perf_counter()
            with subprocess.Popen(  # noqa: S603 - our own worker  # nosec B603
                [*_ENGINE, "worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as worker:
                assert worker.stdin is not None and worker.stdout is not None  # noqa: S101  # nosec B101
                _wait(worker.stdout, {"ready"})
                ready.append(time.perf_counter() - began)
                for number in range(1 + sizes.repeats):
                    asked = time.perf_counter()
                    request = {**params, "out": str(work / f"warm_{detector}{attempt}")}
                    worker.stdin.write(json.dumps({"id": str(number), "method": "detect", "params": request}) + "\n")
                    worker.stdin.flush()
                    last = _wait(worker.stdout, {"progress", "result"})
                    begun += [time.perf_counter() - asked] if number else []
                    if last != "result":
                        _wait(worker.stdout, {"result"})
                    if number:
                        warm.append(time.perf_counter() - asked)
                    else:
                        first.append(time.perf_counter() - began)
                worker.stdin.close()
        if detector == "rx":
            yield Row("worker: from start until it answers", spread(ready), remark="torch is imported behind it")
        yield Row(f"{detector} {words}: from starting a worker to the first result", spread(first), remark="cold start")
        latest = max(begun)
        yield Row(
            f"{detector} {words}, warm worker: from the request until it computes",
            spread(begun),
            aim="0.2 s" if sizes.aims else "",
            met=latest <= 0.2,
            remark="from asking to the first report of scoring or learning",
        )
        yield Row(
            f"{detector} {words}, warm worker beside command line",
            spread(warm),
            f"{spread(cold)} (ours, command line)",
            statistics.median(cold) / statistics.median(warm),
            "same result; a warm worker starts at once",
            figures={"warm": warm, "cold": cold, "first": first, "ready": ready, "begun": begun},
        )


def _wait(lines: IO[str], events: set[str]) -> str:
    """Read a worker's messages up to one of some events, and tell which; that a run starts is not yet progress."""
    for line in lines:
        message = json.loads(line)
        if message["event"] in events and message.get("message") != "Starting":
            return str(message["event"])
        if message["event"] in {"error", "fatal"}:
            raise EngineError(message["error"]["code"], message["error"]["message"], message["error"]["hint"])
    raise EngineError("internal", "The worker ended without an answer.", "Run the bench again.")
