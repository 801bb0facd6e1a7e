"""What UniADRS says of a scene's overview, and of the scene by it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..models.scales import OVERVIEW
from ..progress import Step
from ..region import Region, Strip
from ..scene import open_scene
from . import looks, tiled
from .level_network import LevelNetwork
from .level_samples import sample_levels
from .levels import Level, blocks, enlarged, reach
from .overview import Overview

_FULL_PIXELS = 120 * 120
"""Pixels of an overview that weighs as much as each other scale: those of a scene of 960 by 960 pixels."""


@dataclass
class OverviewLogits:
    """The network's logits over the overview.

    Attributes:
        mean: over its scales, (h, w).
        weight: of the mean, where each of the scene's other scales weighs one.
    """

    mean: NDArray[np.float16]
    weight: float

    @classmethod
    def of(
        cls, network: LevelNetwork, overview: Overview, factors: Sequence[int], step: Step, *, dark: bool
    ) -> OverviewLogits:
        """Score an overview as a scene of its own.

        Args:
            network: for the scene.
            overview: of the scene, finished.
            factors: of the scales, in resolutions of the overview.
            step: called with the share that is done.
            dark: whether the network is shown the scene on a root scale.
        """
        with open_scene(overview.path) as scene:
            region = Region(scene)
            levels = sample_levels(
                region,
                network.statistics,
                factors,
                overview.pixels,
                lambda share: step(0.2 * share),
                device=network.device,
                dark=dark,
            )
            region.release()
            looks.learn_features(network, region, levels, lambda share: step(0.2 + 0.4 * share))
            score = partial(_mean_logits, network, levels)
            strips = list(region.visit(score, lambda share: step(0.6 + 0.4 * share), reach(levels)))
        # What is usual is learnt from fewer pixels in a smaller overview: it errs more, and says less.
        sure = min(1.0, math.sqrt(overview.pixels / _FULL_PIXELS))
        return cls(np.concatenate(strips), sure * len(levels))

    def at(self, rows: slice, columns: slice, device: str) -> Tensor:
        """Mean logits at some rows and columns of the scene, (h, w), on a device."""
        begin, left = (max(0, s.start // OVERVIEW - 1) for s in (rows, columns))
        part = self.mean[begin : -(-rows.stop // OVERVIEW) + 1, left : -(-columns.stop // OVERVIEW) + 1]
        own = (
            slice(rows.start - begin * OVERVIEW, rows.stop - begin * OVERVIEW),
            slice(columns.start - left * OVERVIEW, columns.stop - left * OVERVIEW),
        )
        return enlarged(torch.from_numpy(part.astype(np.float32)).to(device), OVERVIEW)[own]


@torch.inference_mode()
def _mean_logits(network: LevelNetwork, levels: Sequence[Level], strip: Strip) -> NDArray[np.float16]:
    """Mean logits over the scales of a strip of the overview."""
    found = np.full((strip.rows, strip.columns), tiled.LOWEST, np.float16)
    for block, columns, own in blocks(strip, levels, reach(levels)):
        if block.valid.any():  # beside valid pixels, others are interpolated from
            logits = [network.logits(block, columns, levels, level)[0] for level in levels]
            found[:, own] = torch.stack(logits).mean(0).cpu().numpy()
    return found
