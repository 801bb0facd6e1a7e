"""What the parts of the bench share: sizes, rows of the table, timing in turns, figures in words."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.errors import EngineError
from .tables import NOTHING

# OpenBLAS' threads spin for a while after their work: whoever is next is not to pay for it.
_REST_SECONDS = 0.2
_CHILD = Path(__file__).with_name("bench_child.py")


@dataclass(frozen=True)
class Sizes:
    """How large the bench's scenes are.

    Attributes:
        cube: rows and columns of the hyperspectral cube.
        bands: its bands.
        small: rows, columns and bands of further scenes for global RX.
        block: rows and columns of the pixels that Spectral Python's local RX is run on.
        rasters: sides of the RGB rasters for RX, ascending.
        deep: sides of those for the pretrained network, ascending.
        wide: width and height of the scenes whose memory is measured, the narrowest first.
        strip: width and height of a wide scene that is timed beside the largest of ``deep``, with as many pixels; or
            none.
        repeats: how often short things are timed.
        aims: whether the sizes are those that the aims are for.
    """

    cube: int
    bands: int
    small: tuple[tuple[int, int, int], ...]
    block: int
    rasters: tuple[int, ...]
    deep: tuple[int, ...]
    wide: tuple[tuple[int, int], ...]
    strip: tuple[int, int] | None
    repeats: int
    aims: bool


FULL = Sizes(
    cube=400,
    bands=270,
    small=((100, 100, 200), (1000, 1000, 4)),
    block=10,
    rasters=(2048, 4096, 8192, 16384),
    deep=(2048, 4096, 8192),
    wide=((2048, 2048), (8192, 1136), (16384, 1136)),
    strip=None,
    repeats=5,
    aims=True,
)
LARGE = replace(FULL, deep=(2048, 4096, 8192, 16384))
HUGE = replace(FULL, deep=(2048, 8192, 32768))
LINEAR = replace(FULL, strip=(32768, 2048))
QUICK = Sizes(
    cube=100,
    bands=60,
    small=((300, 300, 4),),
    block=10,
    rasters=(512, 1024, 2048),
    deep=(512, 1024),
    wide=((512, 512), (2048, 256)),
    strip=None,
    repeats=3,
    aims=False,
)


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


def race(
    contestants: dict[str, Callable[[], Any]], repeats: int, warm_up: bool = True
) -> tuple[dict[str, list[float]], dict[str, Any]]:
    """Time several functions in turns, so that what else the machine does hits all of them.

    Args:
        contestants: functions without arguments, by name.
        repeats: how often each is timed.
        warm_up: whether each runs once unmeasured first.

    Returns:
        Seconds of each run, and what the last run gave, by name.
    """
    results = {name: function() for name, function in contestants.items() if warm_up}
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(repeats):
        for name, function in contestants.items():
            time.sleep(_REST_SECONDS)
            began = time.perf_counter()
            results[name] = function()
            seconds[name].append(time.perf_counter() - began)
    return seconds, results


def spread(values: Sequence[float]) -> str:
    """The median of seconds, with the least and the greatest in brackets."""
    middle = statistics.median(values)
    digits = 3 if middle < 1 else 2 if middle < 10 else 1
    text = f"{middle:.{digits}f} s"
    return text if len(values) == 1 else f"{text} [{min(values):.{digits}f}–{max(values):.{digits}f}]"


def difference(ours: NDArray[np.floating], theirs: NDArray[np.floating]) -> float:
    """The largest difference of two arrays of distances, relative to theirs, but to 1 where these are smaller.

    The mean distance is the number of bands; that of a pixel next to the mean is nothing but rounding.
    """
    reference = np.asarray(theirs, dtype=np.float64)
    return float(np.max(np.abs(ours - reference) / np.maximum(np.abs(reference), 1.0)))


def agreement(apart: float) -> str:
    """A largest relative difference in words."""
    return f"differ by {apart:.1e}" if apart else "are the same in float32"


def duration(seconds: float) -> str:
    """Seconds, or hours where they are many."""
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds:.0f} s"


def child(command: Sequence[str]) -> dict[str, float]:
    """Run a command on its own and measure it."""
    run = subprocess.run(  # noqa: S603 - our own command line  # nosec B603
        [sys.executable, "-S", "-E", str(_CHILD), *command], capture_output=True, text=True, check=False
    )
    measured: dict[str, float] = json.loads(run.stdout) if run.returncode == 0 else {"status": run.returncode}
    if measured["status"]:
        raise EngineError("internal", f"{' '.join(command)} failed.", run.stderr.strip()[-2000:])
    return measured
