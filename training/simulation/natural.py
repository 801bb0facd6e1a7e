"""Objects that photographs show by themselves: cut-outs are found again in the photographs they were taken from.

A car in a photograph is as foreign there as one that is pasted into it, but nobody labelled it: training would teach
that it is normal, and that only what is pasted is not. Where cut-outs came from is known to the pixel, so these objects
are anomalies of their own accord where they are few, without any trace of having been pasted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fft, ndimage

from .draw import Array, resize

_NEAR = 0.05
"""Root of the mean squared difference, of values in [0, 1], up to which a place is that of the cut-out."""

_CLEARER = 1.5
"""The next best place is this many times as different, or the cut-out could lie in either."""

_AROUND = 3
"""Pixels around the place that is told of a cut-out in which it is looked for."""


@dataclass(frozen=True)
class Cutout:
    """An object that was cut out of a photograph.

    Attributes:
        image: (h, w, 4) with alpha.
        size: how large it is beside what the photograph shows; 1: as large.
        foreign: whether it is of a kind that is foreign where it is rare; others are something to be left open.
        place: the photograph's row and column of its upper left corner, where these are known.
    """

    image: NDArray[np.uint8]
    size: float = 1.0
    foreign: bool = True
    place: tuple[float, float] | None = None


def mark_objects(photograph: NDArray[np.uint8], cutouts: Iterable[Cutout]) -> NDArray[np.int32]:
    """Which pixels of a photograph are those of cut-outs that were taken from it.

    Args:
        photograph: (H, W, 3).
        cutouts: what to look for.

    Returns:
        (H, W): n > 0 the n-th object found, -1 something else, 0 nothing known.
    """
    height, width = photograph.shape[:2]
    marks = np.zeros((height, width), np.int32)
    image = photograph.astype(np.float32) / 255 - 0.5
    # Where a cut-out lies within the photograph, nothing comes around from the other side.
    size = [fft.next_fast_len(length, real=True) for length in (height, width)]
    bands = [fft.rfft2(image[..., band], size) for band in range(3)]
    squares = fft.rfft2((image**2).sum(-1), size)
    found = 0
    for cutout in cutouts:
        alpha, looks = _as_shown(cutout)
        if alpha.shape[0] > height or alpha.shape[1] > width or not alpha.any():
            continue
        # Squared differences to the cut-out at each place, by the binomial theorem: two correlations.
        cross = sum(band * np.conj(fft.rfft2(looks[..., i] * alpha, size)) for i, band in enumerate(bands))
        both = fft.irfft2(squares * np.conj(fft.rfft2(alpha, size)) - 2 * cross, size)
        both = both[: height - alpha.shape[0] + 1, : width - alpha.shape[1] + 1] + (looks**2 * alpha[..., None]).sum()
        place = _only_place(np.sqrt(np.maximum(both, 0) / (3 * alpha.sum())), cutout.place)
        if place is None:
            continue
        found += cutout.foreign
        window = marks[place[0] : place[0] + alpha.shape[0], place[1] : place[1] + alpha.shape[1]]
        window[alpha > 0] = found if cutout.foreign else -1
    return marks


def _as_shown(cutout: Cutout) -> tuple[Array, Array]:
    """Alpha (h, w), 0 or 1, and looks (h, w, 3), from -0.5, of a cut-out as large as the photograph shows it."""
    values = cutout.image.astype(np.float32)
    if cutout.size != 1:
        height, width = (max(1, round(length / cutout.size)) for length in values.shape[:2])
        values = resize(values, height, width, Image.Resampling.BOX if cutout.size > 1 else Image.Resampling.BILINEAR)
    return (values[..., 3] > 127).astype(np.float32), values[..., :3] / 255 - 0.5


def _only_place(difference: Array, told: tuple[float, float] | None) -> tuple[int, int] | None:
    """Where the difference is least: near the place told, or if it is small there and nowhere else nearly as small."""
    top = left = 0
    if told is not None:
        top, left = (max(0, round(at) - _AROUND) for at in told)
        difference = difference[top : round(told[0]) + _AROUND + 1, left : round(told[1]) + _AROUND + 1]
        if not difference.size:
            return None
    row, column = (int(i) for i in np.unravel_index(difference.argmin(), difference.shape))
    if told is None:
        least = float(difference[row, column])
        elsewhere = difference.copy()
        elsewhere[max(0, row - 5) : row + 6, max(0, column - 5) : column + 6] = np.inf
        if least > _NEAR or elsewhere.min() < _CLEARER * least:
            return None
    return row + top, column + left


def few_objects(known: NDArray[np.int32], most: int, largest_share: float, smallest: int) -> NDArray[np.int32]:
    """The known objects of a scene, if they are rare in it.

    Args:
        known: as of :func:`mark_objects`.
        most: of how many they may be.
        largest_share: of the scene, that they may cover.
        smallest: pixels of one, or it is left open.

    Returns:
        (H, W): 0 none, n > 0 the n-th, from 1; all 0 where there are too many.
    """
    numbers, areas = np.unique(known[known > 0], return_counts=True)
    if len(numbers) > most or areas.sum() > largest_share * known.size:
        return np.zeros_like(known)
    found = np.zeros_like(known)
    for number in numbers[areas >= smallest]:
        found[known == number] = found.max() + 1
    return found


def around(mask: NDArray[np.bool_], pixels: int) -> NDArray[np.bool_]:
    """A mask and what lies within some pixels of it."""
    return np.asarray(ndimage.binary_dilation(mask, iterations=pixels)) if mask.any() else mask
