"""From what a head says of one image to its distinct instances."""

from __future__ import annotations

import torch
from torch import Tensor

FAINTEST = 0.02
"""Instances with a lower score are not worth a polygon."""

_REST = 0.5
"""An instance of which surer ones have taken more than this share is one of them, seen again."""


def instances(logits: Tensor, masks: Tensor, anomaly: Tensor) -> tuple[Tensor, Tensor]:
    """Distinct instances, the surest first; the same each time.

    An instance's score is that of its query, times the mean probability inside its mask, times the mean of the anomaly
    map there: a query alone cannot tell a ship from clutter that looks like one, the map knows the scene. No pixel
    belongs to two instances: the surer one takes it.

    Args:
        logits: that a query is an anomaly, (K,).
        masks: logits of the masks, (K, H, W).
        anomaly: logits of the anomaly map, (H, W).

    Returns:
        Masks (N, H, W), bool, none of them empty, and scores (N,), descending.
    """
    found = masks > 0
    area = found.flatten(1).sum(1)
    sure = masks.sigmoid() * anomaly.sigmoid() * found
    scores = logits.sigmoid() * sure.flatten(1).sum(1) / area.clamp(min=1)
    taken = torch.zeros_like(found[:1].any(0))
    distinct: list[Tensor] = []
    kept: list[int] = []
    for k in scores.argsort(descending=True, stable=True).tolist():
        free = found[k] & ~taken
        if scores[k] >= FAINTEST and area[k] > 0 and free.sum() >= _REST * area[k]:
            distinct.append(free)
            kept.append(k)
            taken |= free
    return torch.stack(distinct) if distinct else found[:0], scores[kept]
