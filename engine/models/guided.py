"""Averages that stop where the image changes: the guided filter of He, Sun and Tang, Guided Image Filtering, 2013.

A distance is noisy from pixel to pixel, and what ASD is for is larger than that. A plain average over a square smears
the outline of a landslide over the square's width; this one follows the outlines that the image itself shows.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .squares import run_sums

GUIDES = 3
"""Maps of the image that lead an average."""

REACH = 16
"""How far the squares of 33x33 reach from their middle, in pixels."""

SPAN = 2 * REACH
"""How far away a pixel may lie that has a part in an average: squares are averaged over squares."""

_EVEN = 0.05
"""Variance of a guide below which a square counts as even, in units of its variance on normal ground."""


def guided_mean(values: Tensor, guide: Tensor, weight: Tensor, reach: int = REACH) -> Tensor:
    """Average a map within what its guides show to be alike.

    In each square the map is explained by a linear function of the guides, and each pixel takes the mean of what the
    squares around it say of its guides. Where the guides are even, that is a plain average.

    Args:
        values: (H, W).
        guide: (3, H, W), each of a variance of about one; a guide of nothing but zeros has no say.
        weight: what each pixel counts, (H, W), 0 or above: what lies beyond the map's border, or is no data, nothing.
        reach: of the squares, in pixels.

    Returns:
        (H, W). Exact where ``2 reach`` pixels around belong to the map or lie beyond the scene.
    """
    share = _square_mean(weight[None], reach).clamp(min=1e-9)

    def mean(maps: Tensor) -> Tensor:
        return _square_mean(maps * weight, reach) / share

    pairs = [(i, j) for i in range(GUIDES) for j in range(i, GUIDES)]
    means = mean(torch.cat([guide, values[None], guide * values, torch.stack([guide[i] * guide[j] for i, j in pairs])]))
    middle, level, products, squares = means.split([GUIDES, 1, GUIDES, len(pairs)])
    together = products - middle * level
    xx, xy, xz, yy, yz, zz = (
        square - middle[i] * middle[j] + (_EVEN if i == j else 0.0)
        for (i, j), square in zip(pairs, squares, strict=True)
    )
    # The inverse of a symmetric matrix of 3x3 at every pixel, written out: solving each by itself takes much longer.
    a, b, c = yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy
    d, e, f = xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy
    x, y, z = together
    slope = torch.stack([a * x + b * y + c * z, b * x + d * y + e * z, c * x + e * y + f * z])
    slope = slope / (xx * a + xy * b + xz * c)
    offset = level - (slope * middle).sum(0, keepdim=True)
    lines = mean(torch.cat([slope, offset]))
    return (lines[:GUIDES] * guide).sum(0) + lines[GUIDES]


def _square_mean(maps: Tensor, reach: int) -> Tensor:
    """Means over squares, of (N, H, W); what lies beyond the border counts as zeros."""
    side = 2 * reach + 1
    # Map by map, so that each stays in the processor's cache.
    padded = (functional.pad(one, (reach,) * 4) for one in maps)
    return torch.stack([run_sums(run_sums(one, side, 0), side, 1) for one in padded]).mul_(1 / side**2)
