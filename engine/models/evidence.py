"""What the network says of a scene and what classical detectors say, in one score.

In hyperspectral scenes each is brought to how rare a pixel is in its scene by it. Of the classical detectors, the one
counts that finds a pixel rarest: RX, local RX, RX by the covariance of the scene without its outliers, or the deviation
from the ring around it in units of how much that ring varies. Network and classical detectors then weigh the same. So a
material that a network of few training cubes has never seen the like of is not lost, and what one classical detector
alone takes for an anomaly, noise at the rim of a shadow, say, does not outweigh what both find.

In thermal, visible and low-light scenes the deviation of their bands counts beside the network, less than it does; in
radar scenes the network alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..rings import RingDistances, leading_whitening
from ..statistics import SceneStatistics
from .deviation import MAPS, QUANTILES, rarity

EVIDENCE = ("rx", "ring_ratio_21")
"""Names of the deviation maps that count beside the network."""

RING = (5, 21)
"""Inner and outer window of local RX, in pixels."""

COMPONENTS = 12
"""Leading principal components that local RX looks at. Time grows with their square; sixteen find no more."""

DEVIATION_WEIGHT = {"infrared": 0.5, "visible": 0.5, "low_light": 0.25}
"""How much of the bands' deviation is added to the network's logit: what is foreign in thermal scenes is mostly warm,
which the network, made to find any contrast, weighs too little; and what is large in a photograph deviates more than
the network says."""

_RAREST = 12.0

_ALIKE = 0.5
"""Mean square difference of components, in variances of the scene, at which a neighbour weighs 1/e."""


def with_deviation(logit: Tensor, deviation: Tensor, weight: float) -> Tensor:
    """A logit with the logarithm of a deviation beside it; a pixel that deviates as the mean one keeps its own.

    Args:
        logit: (H, W).
        deviation: as of :func:`~.deviation.band_deviation`, (H, W).
        weight: of the logarithm.
    """
    return logit + weight * (deviation - math.log(2))


class Classical:
    """RX and local RX of a scene.

    Args:
        statistics: the scene's, by which all of its valid pixels are known.
    """

    def __init__(self, statistics: SceneStatistics) -> None:
        self._statistics = statistics
        self._rings = RingDistances(statistics.mean, leading_whitening(statistics, COMPONENTS), *RING)

    def to(self, device: str) -> Classical:
        """The same on another device."""
        moved = copy(self)
        moved._statistics, moved._rings = self._statistics.to(device), self._rings.to(device)
        return moved

    def of(
        self,
        pixels: NDArray[np.floating],
        valid: NDArray[np.bool_],
        inside: tuple[slice, slice],
        tick: Callable[[float], None] | None = None,
    ) -> Tensor:
        """Squared Mahalanobis distances of a part of an image: by the whole scene, and by the ring around each pixel.

        Args:
            pixels: all bands of the image, (bands, H, W); around ``inside`` ten pixels matter.
            valid: (H, W).
            inside: rows and columns of the part, with starts and stops.
            tick: called from time to time with the share that is done.

        Returns:
            (2, rows, columns) float32 on the CPU, zero or more; zero where it cannot be told.
        """
        chosen = self._statistics.select(pixels)
        own = chosen[(slice(None), *inside)]
        rx = self._statistics.distances(own.reshape(len(own), -1)).reshape(own.shape[1:])
        found = np.stack([rx, self._rings.of(chosen, valid, inside, tick)])
        return torch.from_numpy(np.nan_to_num(found))


def evidence(logit: Tensor, maps: Tensor, classical: Tensor) -> Tensor:
    """The network's and the classical scores of pixels, each zero or more, in no common unit.

    Args:
        logit: of the network, any shape.
        maps: deviation maps, (maps, *shape).
        classical: further scores, zero or more, (n, *shape): those of :class:`Classical`.

    Returns:
        (3 + n, *shape).
    """
    chosen = maps[[MAPS.index(name) for name in EVIDENCE]]
    return torch.cat([functional.softplus(logit)[None], classical, torch.expm1(chosen)])


def evidence_tables(sample: Tensor) -> Tensor:
    """How each score is distributed over a scene, from a sample (k, N) of its pixels: quantiles, (k, 257)."""
    return torch.quantile(sample.float(), torch.linspace(0, 1, QUANTILES, device=sample.device), dim=1).T.contiguous()


def odds(scores: Tensor, tables: Tensor, components: Tensor, valid: Tensor | None = None) -> Tensor:
    """How rare pixels are, as odds: q / (1 - q) for quantile q of the scene.

    1 - q is the geometric mean of the share of the scene that is as rare by the network and of the smallest such share
    by a classical detector. The network looks at spectra one by one and says of each what the sensor's noise makes of
    it: its odds are averaged over the 3x3 pixels around each, those counting most whose spectra are like its own.

    Args:
        scores: as :func:`evidence` gives them, the network's first, (k, H, W).
        tables: of the scene.
        components: what tells whether spectra are alike, of unit variance in the scene, (n, H, W).
        valid: (H, W) bool; others have no part in an average. None: all have.

    Returns:
        (H, W), zero or more: 1 where all around is at the median, 99 where it is as rare as one pixel in a hundred.
    """
    rare = torch.stack([rarity(row, table, _RAREST) for row, table in zip(scores, tables, strict=True)])
    network = torch.log10(_mean_of_alike(10 ** rare[0], components, valid).clamp(min=1))
    return 10 ** ((network + rare[1:].amax(0)) / 2) - 1


def _mean_of_alike(values: Tensor, components: Tensor, valid: Tensor | None) -> Tensor:
    """Means (H, W) of values over 3x3 pixels, a neighbour weighing exp(-d / ``_ALIKE``).

    Its spectrum is d away: the mean square of the components' differences. A plain mean would spread what is very rare
    over the ground around it, and drown what is a pixel in size.
    """
    counted = torch.ones_like(values) if valid is None else valid.to(values.dtype)
    height, width = values.shape
    padded = functional.pad(torch.cat([values[None], counted[None], components]), (1, 1, 1, 1))
    sums, weights = torch.zeros_like(values), torch.zeros_like(values)
    for row in range(3):
        for column in range(3):
            around = padded[:, row : row + height, column : column + width]
            distance = (around[2:] - components).square().mean(0)
            weight = around[1] * torch.exp(-distance / _ALIKE)
            sums += weight * around[0]
            weights += weight
    return sums / weights.clamp(min=torch.finfo(weights.dtype).tiny)
