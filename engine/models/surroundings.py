"""What the bands themselves are like around a pixel: level and roughness of each in squares of three sizes.

Beside the learned descriptors it is the simplest thing to say about ground, and it takes a light that is brighter or
flatter as the bands' scaling does.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..tiles import reflect
from .asd import MARGIN
from .density import GaussianDensity
from .squares import run_sums

if TYPE_CHECKING:
    from ..progress import Step
    from ..region import Region, Strip
    from .taught import Scaling

SIDES = (3, 9, 31)
"""Of the squares around a pixel, in pixels; odd, and at most 2 MARGIN - 1."""

MOST_BANDS = 16
"""Of more bands only the level in the square of 9x9 is looked at: covariances grow with the square of the length."""

EVERY = 4
"""Every so-manieth row and column of a scene goes into its statistics: what lies between says nearly the same."""

_FLAT = 0.05
"""Added to a deviation before its logarithm, in deviations of the band: less than this is no roughness."""


def surroundings(image: Tensor, every: int = 1) -> Tensor:
    """Means and logarithms of standard deviations of the bands around each pixel.

    Args:
        image: standardised, (N, C, H + 32, W + 32).
        every: every so-manieth row and column, beginning with the first.

    Returns:
        (N, 6 C, ceil(H / every), ceil(W / every)): for each side the means, then for each side the roughness; the means
        over 9x9 alone, (N, C, …), where C > 16.
    """
    image = image.contiguous()  # pooling of few bands takes half the time so than with channels last
    if image.shape[1] > MOST_BANDS:
        return square_mean(image, 9, every)
    levels = [square_mean(image, side, every) for side in SIDES]
    squares = [square_mean(image.square(), side, every) for side in SIDES]
    # Rounding may leave a variance just below nothing.
    roughness = [
        ((square - level.square()).clamp(min=0).sqrt() + _FLAT).log()
        for square, level in zip(squares, levels, strict=True)
    ]
    return torch.cat([*levels, *roughness], 1)


def length(bands: int) -> int:
    """How many numbers :func:`surroundings` gives for a pixel."""
    return bands if bands > MOST_BANDS else 2 * len(SIDES) * bands


def scene_density(region: Region, scaling: Scaling, device: str, step: Step) -> GaussianDensity:
    """What surroundings are like in a scene as a whole, anomalies included, in one pass over it.

    Args:
        region: of the scene.
        scaling: of its bands.
        device: the torch device to compute on.
        step: called after each strip with the share that is done.
    """
    total = torch.zeros(())
    for part in region.visit(partial(_moments, scaling=scaling, device=device), step, halo=MARGIN):
        total = total + part
    # Row and column 0 of the products are those of a constant 1.
    count = total[0, 0].clamp(min=1)
    mean = total[0, 1:] / count
    covariance = total[1:, 1:] / count - torch.outer(mean, mean)
    return GaussianDensity.of(mean, covariance)


def square_mean(image: Tensor, side: int, every: int) -> Tensor:
    """Means over squares of an odd side, at every so-manieth pixel, without the image's margin of 16 pixels."""
    # Of rows first, then of columns, which is as good and cheaper.
    reach = MARGIN - side // 2
    inner = image[:, :, reach:-reach, reach:-reach]
    inner = run_sums(inner, side, 2)[:, :, ::every]
    return run_sums(inner, side, 3)[:, :, :, ::every] / side**2


def _moments(strip: Strip, scaling: Scaling, device: str) -> Tensor:
    """Sums of products of 1 and the surroundings of valid pixels of a strip, in float64, on the CPU."""
    # The same rows of the scene however it is cut into strips.
    begin = -strip.row % EVERY
    rows, columns = max(0, strip.rows - begin), strip.valid.shape[1]
    if not rows:
        return torch.zeros(1 + length(len(strip.pixels)), 1 + length(len(strip.pixels)), dtype=torch.float64)
    begin += strip.top
    reach = (begin - MARGIN, begin + rows + MARGIN), (-MARGIN, columns + MARGIN)
    pixels, valid = (reflect(torch.as_tensor(part, device=device), *reach) for part in (strip.pixels, strip.valid))
    found = surroundings(scaling(pixels, valid)[None], EVERY)[0]
    seen = valid[MARGIN : MARGIN + rows : EVERY, MARGIN : MARGIN + columns : EVERY]
    values = found[:, seen].double()
    values = torch.cat([torch.ones_like(values[:1]), values])
    return (values @ values.T).cpu()
