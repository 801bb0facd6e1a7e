"""Why a polygon is an anomaly, in numbers: its pixels against those around it and those of the scene."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from qgis.core import QgsGeometry
from qgis.PyQt.QtGui import QImage

from .pictures import bands_to_show, picture, surroundings
from .pixels import Raster, Window, inside

_MOST_PIXELS = 128
# Mixed pixels at the edge belong to neither side.
_GUARD = 1.5
_LEAST_RING = 5.0

# So many windows a side, of so many pixels a side, stand for the scene.
_SAMPLE_GRID = 5
_SAMPLE_SIDE = 16
_MIDDLE_PERCENT = (5.0, 95.0)


@dataclass(frozen=True)
class SceneSample:
    """What is usual in a scene, by band, from a few windows spread over it.

    Attributes:
        mean: shape (bands,).
        low: the 5th percentile, shape (bands,).
        high: the 95th percentile, shape (bands,).
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Explanation:
    """What sets a polygon apart.

    Attributes:
        polygon: the mean of its pixels by band, shape (bands,); NaN where there are none.
        around: the mean of a ring around it, shape (bands,).
        scene: what is usual.
        picture: its pixels at full contrast.
    """

    polygon: np.ndarray
    around: np.ndarray
    scene: SceneSample
    picture: QImage


def sample_scene(raster: Raster) -> SceneSample:
    """Look at a scene in a few places.

    Args:
        raster: the scene.

    Raises:
        RasterError: it cannot be read.
    """
    bands = list(range(1, raster.count + 1))
    columns, rows = min(_SAMPLE_SIDE, raster.columns), min(_SAMPLE_SIDE, raster.rows)
    values = []
    for down in np.linspace(0, raster.rows - rows, _SAMPLE_GRID).astype(int):
        for across in np.linspace(0, raster.columns - columns, _SAMPLE_GRID).astype(int):
            window = Window(int(across), int(down), columns, rows, columns, rows)
            values.append(raster.read(window, bands).reshape(raster.count, -1))
    pixels = np.concatenate(values, axis=1)
    # Band by band: a cube may have bands without any data.
    valid = [band[~np.isnan(band)] for band in pixels]
    ends = np.array([np.percentile(band, _MIDDLE_PERCENT) if band.size else (np.nan, np.nan) for band in valid])
    return SceneSample(_mean(pixels), ends[:, 0], ends[:, 1])


def explain(
    raster: Raster, sample: SceneSample, geometry: QgsGeometry, shown: tuple[int, ...], side: int
) -> Explanation | None:
    """Compare a polygon with what is around it.

    Args:
        raster: the scene.
        sample: of that scene.
        geometry: the polygon, in the scene's CRS.
        shown: the bands of the picture, 1-based; empty: any that suit.
        side: of the picture in pixels of the screen.

    Returns:
        What sets it apart, or None where it lies outside the scene.

    Raises:
        RasterError: the pixels cannot be read.
    """
    window = raster.window(surroundings(geometry, raster.pixel_size()), _MOST_PIXELS)
    if window is None:
        return None
    values = raster.read(window, list(range(1, raster.count + 1)))
    path = raster.outline(geometry, window)
    core = inside(path, window)
    if not core.any():
        # Narrower than a pixel: those that it touches.
        core = inside(path, window, 0.5)
    size = path.boundingRect()
    reach = _GUARD + max(_LEAST_RING, max(size.width(), size.height()) / 2)
    ring = inside(path, window, reach) & ~inside(path, window, _GUARD)
    image = picture(raster, geometry, bands_to_show(raster.count, shown), side)
    return Explanation(_mean(values[:, core]), _mean(values[:, ring]), sample, image)


def score_inside(heatmap: Raster, geometry: QgsGeometry) -> tuple[float, float] | None:
    """The highest and the mean score inside a polygon, or None where there is none.

    Args:
        heatmap: scores in its first band.
        geometry: the polygon, in the heat map's CRS.

    Raises:
        RasterError: the scores cannot be read.
    """
    window = heatmap.window(geometry.boundingBox(), max(heatmap.columns, heatmap.rows))
    if window is None:
        return None
    path = heatmap.outline(geometry, window)
    scores = heatmap.read(window, [1])[0]
    core = inside(path, window)
    scores = scores[core if core.any() else inside(path, window, 0.5)]
    scores = scores[~np.isnan(scores)]
    return (float(scores.max()), float(scores.mean(dtype=np.float64))) if scores.size else None


def score_histogram(heatmap: Raster) -> np.ndarray | None:
    """How often each score occurs in the scene, in equal steps from 0 to 1; None where the map does not say.

    Args:
        heatmap: a heat map of the engine.
    """
    try:
        counts = np.array(json.loads(heatmap.metadata("SCORE_HISTOGRAM") or "null"), dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return counts if counts.ndim == 1 and counts.size > 1 else None


def _mean(pixels: np.ndarray) -> np.ndarray:
    """Means by band of shape (bands, n), NaN where there is nothing to average."""
    valid = ~np.isnan(pixels)
    count = valid.sum(axis=1)
    total = np.where(valid, pixels, 0).sum(axis=1, dtype=np.float64)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
