"""What lies on the slope around an anomaly's peak, and is left out of its outline.

A heat map that smears, as that of radar scenes does around what is bright, has objects with wide slopes. A threshold
cuts these wherever the threshold lies: the more is asked for, the larger all objects become. Counted from their own
peaks, outlines stay the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .instances import Instance, InstanceGrower
from .outlines import Ints

MOST_PIXELS = 20_000_000
"""Pixels above the threshold, at most, of which slopes are left out: they are in memory, at 12 bytes each."""

_ROWS_PIXELS = 2**22


def on_peaks(pixels: Ints, scores: NDArray[np.float32], width: int, share: float) -> NDArray[np.bool_]:
    """Which pixels reach a share of the raw score of the peak whose hill they are part of.

    A hill is all from where one goes up to the same peak. It is part of a higher one beside it where the pass between
    them reaches the share of its own peak; so a faint object stays one, though a low threshold connects it with all.

    Args:
        pixels: flat numbers (row times width plus column) of all that reach the threshold, ascending.
        scores: of the heat map, 0 to 1, of each; s / (1 - s) is the raw score but for a factor.
        width: columns of the heat map.
        share: of the peak, 0 to 1.
    """
    below_one = np.minimum(scores.astype(np.float64), 1 - np.finfo(np.float32).epsneg)
    raw = below_one / (1 - below_one)
    share *= 1 - 1e-6  # as far as a score in float32 can be off
    pairs = _neighbours(pixels, width)
    hill = np.arange(len(pixels))
    for one, other in (*pairs, *(pair[::-1] for pair in pairs)):
        higher = raw[other] > raw[hill[one]]
        hill[one[higher]] = other[higher]
    hill = _top(hill)
    ones, others = (np.concatenate(ends) for ends in zip(*pairs))
    first, second = hill[ones], hill[others]
    passes = np.minimum(raw[ones], raw[others])
    while True:
        apart = first != second
        first, second, passes = first[apart], second[apart], passes[apart]
        swap = (raw[first] > raw[second]) | ((raw[first] == raw[second]) & (first < second))
        low, high = np.where(swap, second, first), np.where(swap, first, second)
        order = np.flatnonzero(passes >= share * raw[low])
        if not len(order):
            return np.asarray(raw >= share * raw[hill])
        order = order[np.argsort(passes[order], kind="stable")]
        joined = np.arange(len(pixels))
        joined[low[order]] = high[order]
        joined = _top(joined)
        hill, first, second = joined[hill], joined[low], joined[high]


def _neighbours(pixels: Ints, width: int) -> list[tuple[Ints, Ints]]:
    """Places in ``pixels`` of all pairs that touch, at corners too; by direction, in which none has two neighbours."""
    column = pixels % width
    found = []
    for step, beside in ((1, 1), (width - 1, -1), (width, 0), (width + 1, 1)):
        place = np.minimum(np.searchsorted(pixels, pixels + step), max(0, len(pixels) - 1))
        there = (pixels[place] == pixels + step) & (column + beside >= 0) & (column + beside < width)
        found.append((np.flatnonzero(there), place[there]))
    return found


def _top(above: Ints) -> Ints:
    """Where each comes to by what is above it, what is above that, and so on."""
    while (above[above] != above).any():
        above = above[above]
    return above


class PeakGrower(InstanceGrower):
    """Finds what :class:`~.instances.InstanceGrower` finds, without slopes.

    Pixels that reach the threshold are kept in memory until the whole map is known.

    Args:
        threshold: see :class:`~.instances.InstanceGrower`.
        share: see :func:`on_peaks`.
        **limits: see :class:`~.instances.InstanceGrower`.
    """

    def __init__(self, threshold: float, share: float, **limits: int) -> None:
        super().__init__(threshold, **limits)
        self.share = share
        self._width = 0
        self._pixels: list[Ints] = []
        self._scores: list[NDArray[np.float32]] = []

    def add_strip(self, row: int, scores: NDArray[np.float32]) -> None:
        """Take the next rows of the map."""
        self._width = scores.shape[1]
        found = np.flatnonzero(scores >= self.threshold)  # false for NaN
        self._pixels.append(found + row * self._width)
        self._scores.append(scores.ravel()[found])

    def finish(self) -> list[Instance]:
        """The instances, the highest score first; ties by mean score, then by size."""
        pixels, scores = np.concatenate(self._pixels), np.concatenate(self._scores)
        kept = on_peaks(pixels, scores, self._width, self.share)
        pixels, scores = pixels[kept], scores[kept]
        rows = max(1, _ROWS_PIXELS // self._width)
        last = int(pixels[-1]) // self._width if len(pixels) else -1
        for row in range(0, last + 1, rows):
            strip = np.full((min(rows, last + 1 - row), self._width), np.nan, np.float32)
            begin, end = np.searchsorted(pixels, [row * self._width, (row + rows) * self._width])
            strip.ravel()[pixels[begin:end] - row * self._width] = scores[begin:end]
            super().add_strip(row, strip)
        return super().finish()


def grower_of(threshold: float, share: float, **limits: int) -> InstanceGrower:
    """What finds the anomalies of a heat map: all that reaches the threshold, or with a share, what is on a peak."""
    return PeakGrower(threshold, share, **limits) if share else InstanceGrower(threshold, **limits)
