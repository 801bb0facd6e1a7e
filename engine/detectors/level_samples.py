"""What a scene is like at each of UniADRS' resolutions, from some of its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..models.deviation import scene_statistics
from ..models.scales import RootScale, shrink
from ..progress import Step
from ..region import Region, Strip
from ..statistics import SceneStatistics, sampling_stride, valid_pixels
from .levels import Level
from .overview import Overview, OverviewRows

_PIXELS = 50_000
_ROWS = 64  # a multiple of every factor of SCALES


def sample_levels(
    region: Region,
    statistics: SceneStatistics,
    factors: Sequence[int],
    pixels: int,
    step: Step,
    *,
    device: str,
    dark: bool,
    exact: tuple[Tensor, Tensor] | tuple[None, None] = (None, None),
    overview: Overview | None = None,
) -> list[Level]:
    """A level for each resolution, from valid pixels evenly spread over the scene.

    Args:
        region: all of it.
        statistics: which of its bands are used.
        factors: of the scales.
        pixels: how many valid ones it has.
        step: called with the share that is done.
        device: where the levels are to be.
        dark: whether the network is shown the scene on a root scale.
        exact: mean and covariance at scale 1, where they are known better than by a sample.
        overview: to be filled, where one is wanted.
    """
    strides = {factor: sampling_stride(pixels // factor**2, _PIXELS, -(-region.width // factor)) for factor in factors}
    picked = []
    for values, rows in region.visit(partial(pick, statistics, strides, overview is not None), step):
        picked.append(values)
        if overview is not None:
            overview.add(cast(OverviewRows, rows))
    levels = []
    for factor in factors:
        sample = torch.from_numpy(np.concatenate([part[factor] for part in picked], 1).T.copy()).to(device)
        if dark:
            root = RootScale.of(sample)
            levels.append(Level(factor, scene_statistics(root(sample.T).T), root))
            continue
        levels.append(Level(factor, scene_statistics(sample, *(exact if factor == 1 else (None, None)))))
    return levels


def pick(
    statistics: SceneStatistics, strides: dict[int, int], overview: bool, strip: Strip
) -> tuple[dict[int, NDArray[np.float32]], OverviewRows | None]:
    """Every so many of the valid pixels of a strip, shape (bands, n), by the factor of a scale; its overview."""
    picked = {}
    for factor, stride in strides.items():
        # The golden ratio spreads the places to begin at: strips may be shorter than a stride.
        first = int(strip.row * 0.6180339887498949 % 1 * stride)
        skip = -strip.row % factor
        parts: list[NDArray[np.float32]] = []
        # Some rows at a time: at a lower resolution, all of a wide strip would be there several times over.
        for top in range(skip, max(strip.rows, skip + 1), _ROWS):
            rows = slice(top, top + _ROWS)
            pixels, valid, _ = shrink(strip.pixels[:, rows], strip.valid[rows], strip.row + top, factor)
            values = valid_pixels(statistics.select(pixels), valid)
            parts.append(np.asarray(values[:, first::stride], np.float32))
            first = (first - values.shape[1]) % stride if first < values.shape[1] else first - values.shape[1]
        picked[factor] = np.concatenate(parts, 1)
    return picked, OverviewRows.of(strip) if overview else None
