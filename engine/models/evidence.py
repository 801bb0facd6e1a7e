"""What the network says of a hyperspectral scene beside what classical detectors say: the rarest counts.

A pixel is as anomalous as the detector finds it that finds it rarest in its scene: the network, RX, RX by the
covariance of the scene without its outliers, or the deviation from the ring around it in units of how much that ring
varies. So a material that a network of few training cubes has never seen the like of is not lost, and neither is what
one of the classical detectors takes for background.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .deviation import MAPS, QUANTILES, rarity

EVIDENCE = ("rx", "ring_ratio_21")
"""Names of the deviation maps that count beside the network."""

_RAREST = 12.0


def evidence(logit: Tensor, maps: Tensor, rx: Tensor) -> Tensor:
    """The network's and the classical scores of pixels, each zero or more, in no common unit.

    Args:
        logit: of the network, any shape.
        maps: deviation maps, (maps, *shape).
        rx: squared Mahalanobis distances by the covariance of the whole scene, of the logit's shape.

    Returns:
        (4, *shape).
    """
    chosen = maps[[MAPS.index(name) for name in EVIDENCE]]
    return torch.cat([functional.softplus(logit)[None], rx[None], torch.expm1(chosen)])


def evidence_tables(sample: Tensor) -> Tensor:
    """How each score is distributed over a scene, from a sample (4, N) of its pixels: quantiles, (4, 257)."""
    return torch.quantile(sample.float(), torch.linspace(0, 1, QUANTILES, device=sample.device), dim=1).T.contiguous()


def odds(scores: Tensor, tables: Tensor) -> Tensor:
    """How rare pixels are by the score that finds them rarest, as odds: q / (1 - q) for quantile q of the scene.

    Args:
        scores: as :func:`evidence` gives them, (4, *shape).
        tables: of the scene.

    Returns:
        Zero or more, of the given shape: 1 for the median, 99 where one pixel in a hundred is as rare.
    """
    rarest = torch.stack([rarity(row, table, _RAREST) for row, table in zip(scores, tables, strict=True)]).amax(0)
    return 10**rarest - 1
