"""The journey behind ``bench_start.py``: from a QGIS just started to results on the sample, and then again."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import analyst
from qgis.core import QgsProject
from window import StuckError, screen_says

PATIENCE_S = 600.0
WARM = 3
"""How often the search is repeated with the engine that is there."""

_NOT_YET = "Starting"


def run() -> dict[str, Any]:
    """Detect in SCENE by DETECTOR, results in BENCH_OUT, once and ``WARM`` times more.

    Returns:
        Seconds since QGIS was started until its window stood (``window``), until the engine had answered (``engine``),
        and until the first run was started (``asked``) and its layers were there (``result``). Of each run, the seconds
        from pressing Run until the engine told of its computing (``computing``) and until its layers came (``layers``).
    """
    window = age()
    dock = analyst.dock()
    engine = age()
    analyst.open_scene(Path(os.environ["SCENE"]))
    analyst.set_up(Path(os.environ["BENCH_OUT"]), "", os.environ["DETECTOR"])
    told: list[tuple[float, str]] = []
    dock.runner.progressed.connect(lambda progress: told.append((time.perf_counter(), progress.text)))
    facts: dict[str, Any] = {"window": window, "engine": engine, "asked": age(), "computing": [], "layers": []}
    for number in range(1 + WARM):
        told.clear()
        began = time.perf_counter()
        detect()
        facts["layers"].append(time.perf_counter() - began)
        facts["computing"].append(next(at for at, text in told if _NOT_YET not in text) - began)
        if not number:
            facts["result"] = age()
    return facts


def detect() -> None:
    """Press Run and wait for one group of layers more; a repeated run's is called like the first one's.

    Raises:
        StuckError: there is none.
    """
    tree = QgsProject.instance().layerTreeRoot()
    before = len(tree.findGroups())
    analyst.start()
    analyst.wait_for_end(PATIENCE_S)
    if len(tree.findGroups()) != before + 1:
        msg = f"The run brought no results. {screen_says()}"
        raise StuckError(msg)


def age() -> float:
    """Seconds since this process was started; on Linux."""
    started = int(Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[19])
    uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    return uptime - started / os.sysconf("SC_CLK_TCK")
