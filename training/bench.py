"""Measures speed and memory, beside Spectral Python where it does the same, and prints one table.

Both sides of a ratio are timed in the same run, in turns. Times are medians, with the fastest and slowest in brackets;
losses are listed beside wins, and every time has its accuracy beside it. docs/measuring.md explains the rows.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..engine.detectors import create_detector
from ..engine.errors import EngineError
from ..engine.metrics import auc
from ..engine.pipeline import score_scene
from ..engine.profiles import PROFILES
from ..engine.region import Region
from ..engine.scene import open_scene
from .bench_data import make_cube, write_cube, write_raster
from .evaluate import make_folder
from .machine import describe, machine_facts
from .tables import NOTHING, aligned, markdown, save_json

DEFAULT_OUT = Path("out") / "bench"

_CHILD = Path(__file__).with_name("child.py")
_DETECT = (sys.executable, "-m", "anomaly_lens.engine", "detect")


@dataclass(frozen=True)
class Sizes:
    """How large the bench's scenes are.

    Attributes:
        cube: rows and columns of the hyperspectral cube.
        bands: its bands.
        small: rows, columns and bands of further scenes for global RX.
        block: rows and columns of the pixels that Spectral Python's local RX is run on.
        rasters: sides of the RGB rasters, ascending.
        repeats: how often short things are timed.
        aims: whether the sizes are those that the aims are for.
    """

    cube: int
    bands: int
    small: tuple[tuple[int, int, int], ...]
    block: int
    rasters: tuple[int, ...]
    repeats: int
    aims: bool


FULL = Sizes(
    cube=400,
    bands=270,
    small=((100, 100, 200), (1000, 1000, 4)),
    block=10,
    rasters=(2048, 4096, 8192, 16384),
    repeats=5,
    aims=True,
)
QUICK = Sizes(cube=100, bands=60, small=((300, 300, 4),), block=10, rasters=(512, 1024, 2048), repeats=3, aims=False)


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        what: what is measured.
        ours: our figure, in words.
        theirs: the other side's, in words.
        ratio: how many times better we are; below 1 is a loss; None where there is no other side.
        remark: accuracy, and what one must know.
        aim: what was aimed at, in words, or empty.
        met: whether the aim was met; without meaning where there is none.
        figures: the raw numbers.
    """

    what: str
    ours: str
    theirs: str = NOTHING
    ratio: float | None = None
    remark: str = ""
    aim: str = ""
    met: bool = True
    figures: dict[str, Any] | None = None


def race(contestants: dict[str, Callable[[], Any]], repeats: int) -> tuple[dict[str, list[float]], dict[str, Any]]:
    """Time several functions in turns, so that what else the machine does hits all of them.

    Args:
        contestants: functions without arguments, by name; each runs once unmeasured first.
        repeats: how often each is timed.

    Returns:
        Seconds of each run, and what the last run gave, by name.
    """
    results = {name: function() for name, function in contestants.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(repeats):
        for name, function in contestants.items():
            began = time.perf_counter()
            results[name] = function()
            seconds[name].append(time.perf_counter() - began)
    return seconds, results


def spread(values: Sequence[float], unit: str = "s") -> str:
    """The median, with the least and the greatest in brackets."""
    middle = statistics.median(values)
    digits = 3 if middle < 1 else 2 if middle < 10 else 1
    text = f"{middle:.{digits}f} {unit}"
    return text if len(values) == 1 else f"{text} [{min(values):.{digits}f}–{max(values):.{digits}f}]"


def difference(ours: NDArray[np.floating], theirs: NDArray[np.floating]) -> float:
    """The largest difference of two arrays of scores, relative to theirs."""
    reference = np.asarray(theirs, dtype=np.float64)
    return float(np.max(np.abs(ours - reference) / np.abs(reference)))


def agreement(apart: float) -> str:
    """A largest relative difference in words."""
    return f"differ by {apart:.1e}" if apart else "are the same in float32"


def duration(seconds: float) -> str:
    """Seconds, or hours where they are many."""
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds:.0f} s"


def bench_global(sizes: Sizes, work: Path) -> Iterator[Row]:
    """Global RX beside Spectral Python's, on a large cube and on small scenes."""
    import spectral

    shapes = ((sizes.cube, sizes.cube, sizes.bands), *sizes.small)
    for index, (rows, columns, bands) in enumerate(shapes):
        cube, foreign = make_cube(rows, columns, bands)
        path = work / f"cube{index}.img"
        write_cube(path, cube)
        doubles = cube.astype(np.float64)

        def ours(path: Path = path) -> NDArray[np.floating]:
            return score_scene(path, "rx", modality="hyperspectral", device="cpu")

        def theirs(doubles: NDArray[np.float64] = doubles) -> NDArray[np.floating]:
            return spectral.rx(doubles)

        def theirs_reading(path: Path = path) -> NDArray[np.floating]:
            return spectral.rx(np.asarray(spectral.open_image(path.with_suffix(".hdr")).load(dtype=np.float64)))

        contestants: dict[str, Callable[[], Any]] = {"ours": ours, "theirs": theirs, "theirs_reading": theirs_reading}
        seconds, scores = race(contestants, sizes.repeats)
        medians = {name: statistics.median(values) for name, values in seconds.items()}
        areas = {name: auc(map_[foreign], map_[~foreign]) for name, map_ in scores.items()}
        apart = difference(scores["ours"], scores["theirs"])
        accuracy = f"scores {agreement(apart)}; AUC {areas['ours']:.4f} / {areas['theirs']:.4f}"
        figures = {"seconds": seconds, "auc": areas, "largest_relative_difference": apart}
        size = f"{rows}x{columns}x{bands}"
        ratio = medians["theirs"] / medians["ours"]
        yield Row(
            f"rx {size}, we read the file, they have it in memory",
            spread(seconds["ours"]),
            spread(seconds["theirs"]),
            ratio,
            accuracy,
            aim="3x" if index == 0 and sizes.aims else "",
            met=ratio >= 3,
            figures=figures,
        )
        yield Row(
            f"rx {size}, both read the file",
            spread(seconds["ours"]),
            spread(seconds["theirs_reading"]),
            medians["theirs_reading"] / medians["ours"],
            accuracy,
            figures=figures,
        )


def bench_local(sizes: Sizes, work: Path) -> Iterator[Row]:
    """Local RX: the whole cube for us, a block in its middle for Spectral Python, extrapolated."""
    from spectral.algorithms.detectors import RX
    from spectral.algorithms.spatial import map_outer_window_stats

    profile = PROFILES["hyperspectral"]
    inner, outer = profile.inner_window, profile.outer_window
    cube, foreign = make_cube(sizes.cube, sizes.cube, sizes.bands)
    path = work / "local.img"
    write_cube(path, cube)
    # The block holds foreign pixels, and no window of it reaches the border, where the definitions differ.
    first = _busiest(foreign, sizes.block, outer)
    block = tuple(slice(start, start + sizes.block) for start in first)

    def theirs(image: NDArray[np.floating]) -> NDArray[np.float64]:
        rx = RX()

        def score(background: Any, pixel: NDArray[np.floating]) -> NDArray[np.floating]:  # noqa: ANN401
            rx.set_background(background)
            return rx(pixel)

        rows, columns = ((part.start, part.stop) for part in block)
        return map_outer_window_stats(score, image, inner, outer, dim_out=1, rslice=rows, cslice=columns)

    doubles = cube.astype(np.float64)
    began = time.perf_counter()
    mine = score_scene(path, "local_rx", modality="hyperspectral", device="cpu")
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    other = theirs(doubles)
    pixels = sizes.block**2
    per_pixel = (time.perf_counter() - began) / pixels
    extrapolated = per_pixel * cube.shape[0] * cube.shape[1]
    areas = [auc(map_[foreign[block]], map_[~foreign[block]]) for map_ in (mine[block], other)]
    yield Row(
        f"local_rx {sizes.cube}x{sizes.cube}x{sizes.bands}, windows {inner}/{outer}",
        f"{seconds:.1f} s",
        f"{duration(extrapolated)}, from {per_pixel * 1e3:.1f} ms/px",
        extrapolated / seconds,
        f"not the same: we keep up to 32 components and shrink; AUC in the block {areas[0]:.3f} / {areas[1]:.3f}, "
        f"ours in the whole {auc(mine[foreign], mine[~foreign]):.4f}",
        aim="60 s" if sizes.aims else "",
        met=seconds <= 60,
        figures={"seconds": seconds, "theirs_seconds_per_pixel": per_pixel, "pixels": pixels, "auc_block": areas},
    )
    few = 16
    small_path = work / "local16.img"
    write_cube(small_path, np.ascontiguousarray(cube[:, :, :few]))
    with open_scene(small_path) as scene:
        region = Region(scene)
        exact = create_detector("local_rx", profile)
        exact.shrink = False  # type: ignore[attr-defined]
        exact.prepare(region, lambda _: None)
        began = time.perf_counter()
        mine = np.concatenate([exact.score(strip) for strip in region.strips(exact.halo)])
        seconds = time.perf_counter() - began
    began = time.perf_counter()
    other = theirs(doubles[:, :, :few])
    per_pixel = (time.perf_counter() - began) / pixels
    extrapolated = per_pixel * cube.shape[0] * cube.shape[1]
    apart = difference(mine[block], other)
    yield Row(
        f"local_rx {sizes.cube}x{sizes.cube}x{few}, the same definition (no shrinkage)",
        f"{seconds:.1f} s",
        f"{duration(extrapolated)}, from {per_pixel * 1e3:.1f} ms/px",
        extrapolated / seconds,
        f"scores of {pixels} px away from borders {agreement(apart)}; at borders they shift the window, we cut it",
        figures={"seconds": seconds, "theirs_seconds_per_pixel": per_pixel, "largest_relative_difference": apart},
    )


def _busiest(foreign: NDArray[np.bool_], side: int, margin: int) -> tuple[int, int]:
    """Upper left corner of the square, away from the border, that holds the most foreign pixels."""
    windows = np.lib.stride_tricks.sliding_window_view(foreign, (side, side)).sum(axis=(2, 3))
    inside = windows[margin:-margin, margin:-margin]
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    return int(row) + margin, int(column) + margin


def bench_rasters(sizes: Sizes, work: Path) -> Iterator[Row]:
    """Time and peak memory of the command line's ``detect`` on RGB rasters of growing size, written on the fly."""
    measured: dict[int, dict[str, float]] = {}
    for side in sizes.rasters:
        path = work / f"rgb{side}.tif"
        write_raster(path, side)
        repeats = sizes.repeats if side <= 2048 else 3 if side <= 4096 else 1
        runs = [
            _child([*_DETECT, str(path), "--device", "cpu", "--out", str(work / f"out{side}"), "--json"])
            for _ in range(repeats)
        ]
        path.unlink()
        for file in (work / f"out{side}").iterdir():
            file.unlink()
        megapixels = side * side / 1e6
        peak = max(run["peak_bytes"] for run in runs)
        seconds = [run["seconds"] for run in runs]
        measured[side] = {"seconds": statistics.median(seconds), "megapixels": megapixels, "peak_bytes": peak}
        yield Row(
            f"detect rx {side}², 3 bands, command line",
            spread(seconds),
            remark=f"{statistics.median(seconds) / megapixels:.3f} s/MP, start included; peak {peak / 1e9:.2f} GB",
            aim="1.5 GB" if sizes.aims else "",
            met=peak < 1.5e9,
            figures={"seconds": seconds, "megapixels": megapixels, "peak_bytes": peak},
        )
    sides = list(measured)
    small, large = (sides[1], sides[-1])
    peaks = [measured[side]["peak_bytes"] for side in (small, large)]
    growth = max(peaks) / min(peaks) - 1
    yield Row(
        f"peak memory, {large}² beside {small}²",
        f"{peaks[1] / 1e9:.2f} GB",
        f"{peaks[0] / 1e9:.2f} GB (ours, {small}²)",
        remark=f"{growth:.0%} apart at {(large / small) ** 2:.0f} times the pixels",
        aim="20 %" if sizes.aims else "",
        met=growth <= 0.2,
        figures={"peak_bytes": peaks},
    )
    # A start-up that does not grow, and a slope: time is linear when the slopes agree.
    slopes = [
        (measured[b]["seconds"] - measured[a]["seconds"]) / (measured[b]["megapixels"] - measured[a]["megapixels"])
        for a, b in zip(sides, sides[1:])
    ]
    yield Row(
        "time for each further megapixel",
        ", ".join(f"{slope:.3f}" for slope in slopes) + " s/MP",
        remark=f"between {', '.join(f'{side}²' for side in sides)}; linear when they agree",
        figures={"slopes": slopes},
    )


def _child(command: Sequence[str]) -> dict[str, float]:
    """Run a command on its own and measure it."""
    run = subprocess.run(  # noqa: S603 - our own command line  # nosec B603
        [sys.executable, "-S", "-E", str(_CHILD), *command], capture_output=True, text=True, check=False
    )
    measured: dict[str, float] = json.loads(run.stdout) if run.returncode == 0 else {"status": run.returncode}
    if measured["status"]:
        raise EngineError("internal", f"{' '.join(command)} failed.", run.stderr.strip()[-2000:])
    return measured


def bench_worker(sizes: Sizes, work: Path) -> Iterator[Row]:
    """What a warm worker saves: the same detection by the command line, by a fresh worker, and by a warm one."""
    path = work / "small.tif"
    write_raster(path, 512)
    cold = [
        _child([*_DETECT, str(path), "--device", "cpu", "--out", str(work / "cold"), "--json"])["seconds"]
        for _ in range(sizes.repeats)
    ]
    ready: list[float] = []
    first: list[float] = []
    warm: list[float] = []
    for attempt in range(sizes.repeats):
        began = time.perf_counter()
        with subprocess.Popen(  # noqa: S603 - our own worker  # nosec B603
            [sys.executable, "-m", "anomaly_lens.engine", "worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as worker:
            assert worker.stdin is not None and worker.stdout is not None  # noqa: S101  # nosec B101
            _wait(worker.stdout, "ready")
            ready.append(time.perf_counter() - began)
            for number in range(1 + sizes.repeats):
                asked = time.perf_counter()
                params = {"scene": str(path), "out": str(work / f"warm{attempt}"), "device": "cpu"}
                worker.stdin.write(json.dumps({"id": str(number), "method": "detect", "params": params}) + "\n")
                worker.stdin.flush()
                _wait(worker.stdout, "result")
                (warm if number else first).append(time.perf_counter() - asked)
            worker.stdin.close()
    yield Row("worker: from start until it answers", spread(ready), remark="torch is imported behind it")
    yield Row("detect rx 512², fresh worker, first request", spread(first), remark="waits for torch")
    yield Row(
        "detect rx 512², warm worker beside command line",
        spread(warm),
        f"{spread(cold)} (ours, command line)",
        statistics.median(cold) / statistics.median(warm),
        "same result; a warm worker starts at once",
        figures={"warm": warm, "cold": cold, "first": first, "ready": ready},
    )


def _wait(lines: IO[str], event: str) -> None:
    """Read a worker's messages up to an event."""
    for line in lines:
        message = json.loads(line)
        if message["event"] == event:
            return
        if message["event"] in {"error", "fatal"}:
            raise EngineError(message["error"]["code"], message["error"]["message"], message["error"]["hint"])
    raise EngineError("internal", "The worker ended without an answer.", "Run the bench again.")


BENCHES: dict[str, Callable[[Sizes, Path], Iterator[Row]]] = {
    "global": bench_global,
    "local": bench_local,
    "rasters": bench_rasters,
    "worker": bench_worker,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--quick", action="store_true", help="small scenes, for a minute instead of many")
    parser.add_argument("--only", nargs="+", choices=list(BENCHES), default=list(BENCHES), help="default: all")
    parser.add_argument("--out", default=str(DEFAULT_OUT), metavar="DIR", help=f"default: {DEFAULT_OUT}")


def run(args: argparse.Namespace) -> int:
    """Measure, print as it goes, and save."""
    out = make_folder(Path(args.out))
    facts = {**machine_facts(), "load": os.getloadavg()[0]}
    print(f"{describe(facts)}\nload before the bench: {facts['load']:.2f}\n", flush=True)
    sizes = QUICK if args.quick else FULL
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=out, prefix="work") as work:
        for name in args.only:
            for row in BENCHES[name](sizes, Path(work)):
                print(f"  {row.what}: {row.ours}", file=sys.stderr, flush=True)
                rows.append(row)
    headings = ["what", "ours", "theirs", "times better", "aim", "accuracy and remarks"]
    cells = [_cells(row) for row in rows]
    print(aligned(headings, cells, left=len(headings)))
    page = [*(f"    {line}" for line in describe(facts).splitlines()), "", markdown(headings, cells, left=6), ""]
    (out / "bench.md").write_text("\n".join(page), encoding="utf-8")
    save_json(out / "bench.json", {"machine": facts, "quick": args.quick, "rows": [asdict(row) for row in rows]})
    missed = [row.what for row in rows if row.aim and not row.met]
    print(f"\nsaved in {out}: bench.md, bench.json" + (f"\naims missed: {'; '.join(missed)}" if missed else ""))
    return 0


def _cells(row: Row) -> list[str]:
    ratio = NOTHING if row.ratio is None else f"{row.ratio:.2f}x" if row.ratio < 100 else f"{row.ratio:.0f}x"
    aim = f"{row.aim} {'met' if row.met else 'MISSED'}" if row.aim else ""
    return [row.what, row.ours, row.theirs, ratio, aim, row.remark]
