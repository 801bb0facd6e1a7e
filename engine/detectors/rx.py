"""Global RX: the Mahalanobis distance to the whole scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..statistics import SceneStatistics, valid_pixels
from .base import Detector, Step, register

if TYPE_CHECKING:
    from ..region import Region, Strip


@register
class GlobalRX(Detector):
    """The Reed-Xiaoli detector with the scene's own mean μ and covariance Σ.

    The score is the squared Mahalanobis distance (x - μ)ᵀ Σ⁻¹ (x - μ), computed as |W (x - μ)|² with W = L⁻¹ from the
    Cholesky factor L of Σ. It works from one band up. Reed and Yu, IEEE Transactions on Acoustics, Speech, and Signal
    Processing 38 (1990); Mahalanobis form as in UniADRS, section II-B.
    """

    name = "rx"
    label = "RX (global)"
    description = (
        "Finds pixels whose values are rare in the whole scene. Quick and classical; best for hyperspectral and "
        "multispectral scenes. It does not look at shape or neighbourhood."
    )
    order = 50

    def prepare(self, region: Region, step: Step) -> None:
        """Sum mean and covariance in one pass; see :class:`SceneStatistics` for what is raised."""
        self._statistics = SceneStatistics(region, self.device, step)
        self.warnings += self._statistics.warnings
        self.parameters = {"bands_used": len(self._statistics.kept), "pixels_used": self._statistics.pixels}

    def score(self, strip: Strip) -> NDArray[np.float32]:
        """The squared Mahalanobis distance of each pixel."""
        statistics = self._statistics
        pixels = statistics.select(strip.pixels[:, strip.core])
        valid = strip.valid[strip.core]
        distances = statistics.distances(valid_pixels(pixels, valid))
        if distances.size == valid.size:
            return distances.reshape(valid.shape)
        scores = np.zeros(valid.shape, dtype=np.float32)
        scores[valid] = distances
        return scores
