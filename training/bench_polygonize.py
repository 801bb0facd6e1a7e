"""How fast other polygons of a heat map come: a slider's moves, answered as the worker answers them."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from scipy import ndimage

from ..engine.heatmap import PROVENANCE_KEY
from ..engine.polygonize import shape_features
from ..engine.score_map import Shaping, load
from .bench_tools import Row, Sizes, spread

MOVES = (0.50, 0.51, 0.53, 0.56, 0.60, 0.65, 0.70, 0.80, 0.75, 0.68, 0.62, 0.57, 0.54, 0.52, 0.50)
"""Thresholds of a slider that is drawn up and down; 0.5 is the top one percent."""

_PIXEL = 2.0
_SMALLEST = 6


def clutter(side: int) -> NDArray[np.float32]:
    """Scores of a made-up scene: correlated clutter with heavy tails as of RX, and compact objects; top 1 % at 0.5.

    Args:
        side: rows and columns.
    """
    rng = np.random.default_rng(11)
    raw = np.zeros((side, side), dtype=np.float32)
    for _ in range(3):
        band = ndimage.gaussian_filter(rng.standard_normal((side, side), dtype=np.float32), 1.2)
        raw += np.square(band / band.std())
    for row, column in rng.integers(0, side - 12, size=(side * side // 40_000, 2)):
        height, width = rng.integers(2, 12, size=2)
        raw[row : row + height, column : column + width] += rng.uniform(10, 60)
    return raw / (raw + np.quantile(raw[::7, ::7], 0.99))


def write_heatmap(path: Path, side: int) -> NDArray[np.float32]:
    """Write clutter as the heat map of a run, and return it.

    Args:
        path: of the GeoTIFF.
        side: rows and columns.
    """
    scores = clutter(side)
    place = {"crs": "EPSG:32633", "transform": Affine(_PIXEL, 0, 4e5, 0, -_PIXEL, 5.8e6)}
    kind = {"dtype": "float32", "nodata": float("nan"), "tiled": True, "compress": "DEFLATE", "predictor": 3}
    found = {"run_id": "bench", "detector": "rx", "modality": "visible"}
    chosen = {"score_threshold": MOVES[0], "min_pixels": _SMALLEST}
    with rasterio.open(path, "w", driver="GTiff", width=side, height=side, count=1, **kind, **place) as dataset:
        dataset.write(scores, 1)
        dataset.update_tags(**{PROVENANCE_KEY: json.dumps({**found, "parameters": chosen})})
        dataset.update_tags(1, SCORE_HISTOGRAM=json.dumps(np.histogram(scores, 256, (0, 1))[0].tolist()))
    return scores


def measure(path: Path, side: int) -> tuple[float, dict[str, list[float]], str]:
    """Write a heat map, load it, and move the slider over it.

    Args:
        path: of the heat map.
        side: rows and columns.

    Returns:
        Seconds until it is loaded, seconds of each move by what is asked for, and how much there was to do, in words.
    """
    scores = write_heatmap(path, side)
    smallest = {"min_area": _SMALLEST * _PIXEL**2}
    began = time.perf_counter()
    map_ = load(path, Shaping(threshold_score=min(MOVES)))
    loading = time.perf_counter() - began
    ways: dict[str, dict[str, float]] = {
        "threshold": {},
        "with merging, filling and smoothing": {"merge": 2 * _PIXEL, "fill_holes": 40.0, "smooth": 2},
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    counts = []
    for name, settings in ways.items():
        for move in MOVES:
            began = time.perf_counter()
            shaping = Shaping(threshold_score=move, **smallest, **settings)  # type: ignore[arg-type]
            told = shape_features(load(path, shaping, map_), shaping, [])
            json.dumps(told)
            seconds[name].append(time.perf_counter() - began)
            counts.append(told["count"])
    share = float((scores >= min(MOVES)).mean())
    return loading, seconds, f"{share:.1%} of the pixels above the lowest, {min(counts)} to {max(counts)} polygons"


def bench_polygonize(sizes: Sizes, work: Path) -> Iterator[Row]:
    """A slider over a heat map: what each of its moves takes the engine, from the request to the answer as text."""
    side = 4000 if sizes.aims else 1000
    loading, seconds, what = measure(work / "heat.tif", side)
    yield Row(f"polygonize: read a heat map of {side}²", f"{loading:.2f} s", remark="once, before the first move")
    for name, moves in seconds.items():
        yield Row(
            f"polygonize {side}², {name}",
            spread(moves),
            remark=what,
            aim="0.3 s" if sizes.aims else "",
            met=statistics.median(moves) <= 0.3,
            figures={"seconds": moves, "moves": MOVES},
        )
