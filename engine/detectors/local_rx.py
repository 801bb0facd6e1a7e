"""Local RX: the Mahalanobis distance to the ring around each pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..rings import RingDistances, leading_whitening
from ..statistics import SceneStatistics
from .base import Detector, Step, register

if TYPE_CHECKING:
    from ..region import Region, Strip

_MOST_COMPONENTS = 32
"""A ring of some 400 pixels cannot tell the covariance of more dimensions than about this."""

_VARIANCE = 0.9995


@register
class LocalRX(Detector):
    """Dual-window Reed-Xiaoli detector.

    A pixel is compared with the mean and covariance of the pixels between an inner window, the guard, and an outer one
    (sides in the modality profile), so that an object does not spoil its own background; see
    :class:`~anomaly_lens.engine.rings.RingDistances`. Scenes of more than 32 bands are projected on the leading
    principal components that hold 99.95 % of the variance, at most 32.
    """

    name = "local_rx"
    label = "RX (local, dual window)"
    description = (
        "Finds pixels that differ from the ring around them. Use it where the background changes across the scene; "
        "objects larger than the inner window are hollowed out."
    )
    order = 51
    prepare_share = 0.05
    shrink = True

    def prepare(self, region: Region, step: Step) -> None:
        """Sum the scene's statistics; see :class:`SceneStatistics` for what is raised."""
        statistics = SceneStatistics(region, self.device, step)
        self._statistics = statistics
        self.warnings += statistics.warnings
        whitening = leading_whitening(statistics, _MOST_COMPONENTS, _VARIANCE)
        self._rings = RingDistances(
            statistics.mean, whitening, self.profile.inner_window, self.profile.outer_window, self.shrink
        )
        self.halo = self._rings.halo
        self.parameters = {
            "inner_window": self.profile.inner_window,
            "outer_window": self.profile.outer_window,
            "components": len(whitening),
            "pixels_used": statistics.pixels,
        }

    def score(self, strip: Strip) -> NDArray[np.float32]:
        """The squared Mahalanobis distance of each pixel to its ring."""
        inside = slice(strip.top, strip.top + strip.rows), slice(0, strip.columns)
        return self._rings.of(self._statistics.select(strip.pixels), strip.valid, inside, self.tick)
