"""The large-margin feature loss L_f of UniADRS (Eq. 11-14)."""

from __future__ import annotations

import torch
from torch import Tensor


def hypersphere(features: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    """Centre of a set of features (Eq. 11) and how loosely they lie around it, L_h (Eq. 12 and 13).

    Args:
        features: (N, L).
        beta: weight of what lies outside the mean squared radius.

    Returns:
        The centre (L,), and L_h.
    """
    center = features.mean(0)
    squared = (features - center).square().sum(1)
    radius = squared.mean()
    return center, radius + beta * (squared - radius).clamp(min=0).mean()


def feature_loss(features: Tensor, anomaly: Tensor, background: Tensor, beta: float = 1.0) -> Tensor:
    """L_f = -||c_b - c_a||² + L_h^a + L_h^b, Eq. 14: both sets compact, their centres apart.

    Args:
        features: F of one image, (L, H, W) or (L, N); squashed to [0, 1] here: unbounded centres part for ever.
        anomaly: (H, W) or (N,) bool.
        background: likewise; large normal objects are background.
        beta: of Eq. 13; the paper gives no value.
    """
    if not anomaly.any() or not background.any():
        return features.sum() * 0
    squashed = torch.sigmoid(features.float()).flatten(1).T
    center_a, loose_a = hypersphere(squashed[anomaly.flatten()], beta)
    center_b, loose_b = hypersphere(squashed[background.flatten()], beta)
    return -(center_b - center_a).square().sum() + loose_a + loose_b
