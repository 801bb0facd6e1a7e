"""What an instance network is shown of a scene: the channels of Eq. 8, and the scene's deviation maps behind them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..deviation import HALO, DeviationStatistics, deviation_maps, scene_statistics
from .channels import Background, channels, learn_background

REACH = HALO
"""Pixels of surroundings on each side that the inputs need to be what they are in the whole scene."""


@dataclass
class SceneInputs:
    """Makes the inputs of any part of one scene.

    Attributes:
        background: what its channels are measured against.
        statistics: what its deviation maps are measured against.
    """

    background: Background
    statistics: DeviationStatistics

    @classmethod
    def learn(
        cls,
        sample: Tensor,
        generator: torch.Generator,
        mean: Tensor | None = None,
        covariance: Tensor | None = None,
        *,
        distances: bool | None = None,
    ) -> SceneInputs:
        """From pixels of the scene.

        Args:
            sample: valid pixels, evenly spread over the whole scene, (N, C); C bands that are not constant.
            generator: seeded, of the dictionary.
            mean: see :func:`~anomaly_lens.engine.models.deviation.scene_statistics`.
            covariance: likewise.
            distances: see :func:`~.channels.learn_background`.
        """
        background = learn_background(sample, generator, distances=distances)
        return cls(background, scene_statistics(sample, mean, covariance))

    def of(self, image: Tensor, valid: Tensor | None = None) -> Tensor:
        """X' and the deviation maps behind it, (17, H, W).

        Args:
            image: (C, H, W).
            valid: (H, W); what is not valid is zero in all channels. None: all is.
        """
        if valid is not None and bool(valid.all()):
            valid = None
        if valid is not None:
            image = torch.where(valid, image, self.statistics.mean[:, None, None])
        shown = torch.cat([channels(image, self.background), deviation_maps(image, self.statistics, valid)])
        return shown if valid is None else torch.where(valid, shown, 0.0)
