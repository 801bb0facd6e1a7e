"""What a scene is made into before a network sees it: a lower resolution, and of dark scenes another scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

SCALES: dict[str, tuple[int, ...]] = {"visible": (1, 2, 8), "low_light": (1, 2, 8), "sar": (1, 2)}
"""At which resolutions a modality is looked at: 1 is its own, 2 half of it. Where objects are mostly of many pixels, or
noise wants binning, a lower one adds what the whole misses: an eighth of it in photographs, which show things of all
sizes. The targets of infrared may be too small for any."""

OVERVIEW = 8
"""Scales from this on are those of an overview of the scene: a strip and its surroundings show too little of them."""

DARK = ("low_light",)
"""Modalities whose noise is that of few photons: it is made alike in shadow and light before anything looks at them."""

_ROWS_AT_ONCE = 64
_BLACK = 0.01
_FLOOR = 0.1


def shrink(
    pixels: NDArray[np.floating], valid: NDArray[np.bool_], row: int, factor: int
) -> tuple[NDArray[np.floating], NDArray[np.bool_], int]:
    """An image at a lower resolution: means over the valid pixels of blocks that lie on the scene's own grid.

    Args:
        pixels: (C, H, W).
        valid: (H, W).
        row: the scene's row of row 0; what lies before the first whole block is left out.
        factor: side of a block.

    Returns:
        Pixels and validity at the lower resolution, and the row of blocks that row 0 is.
    """
    if factor == 1:
        return pixels, valid, row
    skip = -row % factor
    sums, count = block_sums(pixels[:, skip:], valid[skip:], 0, factor)
    sums /= np.maximum(count, 1)
    return sums, count > 0, (row + skip) // factor


def block_sums(
    pixels: NDArray[np.floating], valid: NDArray[np.bool_], above: int, factor: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Sums over the valid pixels of blocks, and how many each has.

    Args:
        pixels: (C, H, W).
        valid: (H, W).
        above: how many rows of the first blocks lie above row 0.
        factor: side of a block.

    Returns:
        (C, h, w) and (h, w).
    """
    height, width = -(-(above + len(valid)) // factor), -(-valid.shape[1] // factor)
    sums, counts = np.empty((len(pixels), height, width), np.float32), np.empty((height, width), np.float32)
    # Some rows at a time: all would be there several times over, as float32.
    for top in range(0, height, _ROWS_AT_ONCE):
        bottom = min(top + _ROWS_AT_ONCE, height)
        rows = slice(max(0, top * factor - above), bottom * factor - above)
        weight = valid[rows].astype(np.float32)
        before = 0 if top else above
        missing = [(before, (bottom - top) * factor - before - len(weight)), (0, -weight.shape[1] % factor)]
        filled = np.pad(np.where(valid[rows], pixels[:, rows], 0).astype(np.float32), [(0, 0), *missing])
        counts[top:bottom] = _blocks_of(np.pad(weight, missing), factor)
        sums[:, top:bottom] = _blocks_of(filled, factor)
    return sums, counts


def _blocks_of(values: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Sums over blocks of the last two axes, whole rows at a time: numpy adds up short runs several times slower."""
    *others, height, width = values.shape
    tall = values.reshape(*others, height // factor, factor, width).sum(-2)
    summed = tall[..., ::factor].copy()
    for column in range(1, factor):
        summed += tall[..., column::factor]
    return summed


@dataclass
class RootScale:
    """A scale on which photons scatter alike in shadow and light: the root of the signal (after Anscombe, 1948).

    ``x -> sqrt(max(x - black, 0) + floor)``: the variance of counted photons grows with their number, that of the root
    hardly does. Other than Anscombe's, the constants follow from the scene, whose gain and offset nobody knows.

    Attributes:
        black: of each band, what no light gives, (C,).
        floor: of each band, a tenth of how much brighter the median is, (C,), positive.
    """

    black: Tensor
    floor: Tensor

    @classmethod
    def of(cls, sample: Tensor) -> RootScale:
        """For a scene, by a sample of its pixels (N, C): black is what one in a hundred falls below."""
        low, middle = torch.quantile(
            sample.T.contiguous().float(), torch.tensor([_BLACK, 0.5], device=sample.device), dim=1
        )
        # A band that is black nearly everywhere: a thousandth of its range keeps the root from a cliff.
        span = (sample.amax(0) - low).float().clamp(min=1e-12)
        return cls(low, torch.maximum(_FLOOR * (middle - low), 1e-3 * span))

    def __call__(self, values: Tensor) -> Tensor:
        """Of values whose first axis is bands, (C, …)."""
        shape = (-1, *[1] * (values.ndim - 1))
        return ((values - self.black.reshape(shape)).clamp(min=0) + self.floor.reshape(shape)).sqrt()

    def to(self, device: str) -> RootScale:
        """The same on another device."""
        return RootScale(self.black.to(device), self.floor.to(device))
