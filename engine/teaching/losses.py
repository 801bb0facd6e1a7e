"""The losses of ASD: what makes descriptors compact, diverse and rich in features."""

from __future__ import annotations

import torch
from torch import Tensor

OUTSIDE_WEIGHT = 10.0
"""λ of Eq. 4: what a descriptor outside of the sphere costs."""

_LEAST_DISTANCE = 1e-3


def compact(described: Tensor, center: Tensor, radius: Tensor) -> Tensor:
    """L_1 (Eq. 4): R² + λ mean(max(|F - C|² - R², 0)).

    Args:
        described: F, descriptors of normal pixels, (n, L).
        center: C, (L,).
        radius: R, a scalar.
    """
    squared = (described - center).square().sum(1)
    return radius.square() + OUTSIDE_WEIGHT * (squared - radius.square()).clamp(min=0).mean()


def diverse(described: Tensor, transformed: Tensor) -> Tensor:
    """L_2 (Eq. 7): the inverse of the mean squared distance between D and D^T, both (n, L).

    The distance is bounded from below, so that the loss of a network that cannot tell them apart is large but finite.
    """
    return 1 / (described - transformed).square().sum(1).mean().clamp(min=_LEAST_DISTANCE)


def separate(described: Tensor, transformed: Tensor) -> Tensor:
    """Compact and diverse at once: normal descriptors near the origin, transformed ones anywhere else; both (n, L).

    The hypersphere classification of Ruff et al., Rethinking Assumptions in Deep Anomaly Detection, 2021: the
    cross-entropy of exp(-h) with h = sqrt(|F|² + 1) - 1. Unlike L_1 + L_2 it is bounded where it is satisfied.
    """
    near, far = ((d.square().sum(1) + 1).sqrt() - 1 for d in (described, transformed))
    return near.mean() - torch.log1p(-torch.exp(-far.clamp(min=1e-4))).mean()


def rich(image: Tensor, reconstructed: Tensor) -> Tensor:
    """L_3 (Eq. 12): the mean squared length of X - X', both (n, C), over the bands as the authors' code does."""
    return (image - reconstructed).square().mean()


def sphere(described: Tensor) -> tuple[Tensor, Tensor]:
    """Centre C, (L,), and radius R, a scalar, of descriptors (n, L): their mean, and the greatest distance from it."""
    center = described.mean(0)
    return center, torch.linalg.vector_norm(described - center, dim=1).max()
