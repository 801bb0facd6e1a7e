"""The network of UniADRS over parts of a scene: what it is shown at a resolution, and its logits there."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..models.deviation import MAPS
from ..models.evidence import Classical, with_deviation
from ..models.in_rows import UniADRSInRows
from ..models.inputs import NetworkInputs
from ..models.scales import shrink
from ..models.uniadrs import MULTIPLE, FeatureStatistics
from ..region import Strip
from ..statistics import SceneStatistics
from ..tiles import reflect
from . import tiled
from .levels import REACH, Level, enlarged, near


class LevelNetwork:
    """The network for one scene, at any of its resolutions.

    Args:
        folded: the network for the scene's bands.
        statistics: of the scene; they say which bands are used.
        classical: RX and local RX of a hyperspectral scene; None: it is no such scene.
        deviation_weight: how much of the bands' deviation is added to a logit.
        device: the torch device to compute on.

    Attributes:
        classical: as given.
        statistics: as given.
        device: as given.
        folded: as given, on the device.
        tiled: the same, tile by tile.
        maps: how many of its inputs are maps that tell how a pixel deviates, and components; bands follow.
    """

    def __init__(
        self,
        folded: UniADRSInRows,
        statistics: SceneStatistics,
        classical: Classical | None,
        deviation_weight: float,
        device: str,
    ) -> None:
        self.folded, self.tiled = folded, tiled.TiledNetwork(folded)
        self.statistics, self.classical = statistics, classical
        self.device = device
        self.maps = len(MAPS) + folded.config.components
        self._deviation_weight = deviation_weight

    def to(self, device: str) -> LevelNetwork:
        """The same on another device; this one is no longer to be used."""
        moved = copy(self)
        moved.folded = self.folded.to(device)
        moved.tiled = tiled.TiledNetwork(moved.folded)
        moved.classical = None if self.classical is None else self.classical.to(device)
        moved.device = device
        return moved

    def features(self, inputs: Tensor) -> Tensor:
        """Fused features of an image mirrored by ``MARGIN`` on each side, and up to a multiple of the network's."""
        padded = [(-tiled.MARGIN, -(-(length + tiled.MARGIN) // MULTIPLE) * MULTIPLE) for length in inputs.shape[1:]]
        features: Tensor = self.folded.backbone(reflect(inputs, *padded)[None])
        return features

    def inputs(self, pixels: NDArray[np.floating], valid: NDArray[np.bool_], level: Level) -> tuple[Tensor, Tensor]:
        """The network's inputs (M + C, H, W) and validity (H, W); invalid pixels are the scene's mean."""
        height, width = valid.shape
        whole = self._shown(pixels, valid, level, (slice(0, height), slice(0, width)))
        return whole.rows(0, height), whole.mask

    def _shown(
        self, pixels: NDArray[np.floating], valid: NDArray[np.bool_], level: Level, seen: tuple[slice, slice]
    ) -> NetworkInputs:
        """What the network is given of some rows and columns of an image."""
        scene = level.scene
        image = torch.as_tensor(self.statistics.select(pixels), device=self.device).to(torch.float32)
        if level.root is not None:
            image = level.root(image)
        mask = None
        if not valid.all():
            mask = torch.as_tensor(valid, device=self.device)
            image = torch.where(mask, image, scene.mean[:, None, None])
        return NetworkInputs(image, mask, scene, self.folded.config.components, seen)

    def logits(self, strip: Strip, columns: slice, levels: Sequence[Level], level: Level) -> tuple[Tensor, Tensor]:
        """Logits of some columns of the strip proper at one scale, and the maps there, at that scale."""
        factor = level.factor
        before = 0
        if level.kept is None:
            strip, before = near(strip, columns, levels, level)
            columns = slice(columns.start - before, columns.stop - before)
        pixels, valid, first = shrink(strip.pixels, strip.valid, strip.row - strip.top, factor)
        height, width = valid.shape
        # At a lower resolution, one row more on each side is interpolated from.
        begin = max(0, strip.row // factor - (factor > 1) - first)
        end = min(height, -(-(strip.row + strip.rows) // factor) + (factor > 1) - first)
        left = max(0, columns.start // factor - (factor > 1))
        right = min(width, -(-columns.stop // factor) + (factor > 1))
        statistics = cast(FeatureStatistics, level.features)
        if level.kept is None:
            # Tiles reach beyond these as far as scores depend on; what the maps alone need lies farther out.
            seen = (
                slice(max(0, begin - REACH), min(height, end + REACH)),
                slice(max(0, left - REACH), min(width, right + REACH)),
            )
            shown = self._shown(pixels, valid, level, seen)
            part = slice(begin - seen[0].start, end - seen[0].start), slice(left - seen[1].start, right - seen[1].start)
            # The evidence wants all maps; made first, they are there for the tiles, too.
            every = shown.rows(0, len(shown.mask)) if self.classical is not None else shown.mask[None]
            maps = every[(slice(None, self.maps), *part)]
            corner = first + seen[0].start, before // factor + seen[1].start
            logits = self.tiled.logits(shown, statistics, corner)[part]
        else:
            shown = self._shown(pixels, valid, level, (slice(0, height), slice(0, width)))
            part = slice(begin, end), slice(left, right)
            maps = shown.rows(0, height)[: self.maps]
            padded = [(-tiled.MARGIN, length - tiled.MARGIN) for length in level.kept.shape[2:]]
            output = self.folded.finish(level.kept, reflect(maps, *padded)[None], statistics)
            logits = output[0, 0, tiled.MARGIN :, tiled.MARGIN :][part]
            maps = maps[(slice(None), *part)]
        if self._deviation_weight:
            logits = with_deviation(logits, shown.deviation(*part), self._deviation_weight)
        if factor == 1:
            return logits, maps
        top, side = strip.row - (begin + first) * factor, columns.start - left * factor
        return enlarged(logits, factor)[top : top + strip.rows, side : side + columns.stop - columns.start], maps
