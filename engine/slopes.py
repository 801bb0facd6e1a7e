"""What lies on the slope around an anomaly's peak, and is left out of its outline.

A heat map that smears, as that of radar scenes does around what is bright, has objects with wide slopes. A threshold
cuts these wherever it lies: the more is asked for, the larger all objects become; and where little is, as in a small
scene that a ship fills, objects are cut off. Here the threshold tells which peaks are anomalies, and their outlines are
counted from the peaks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .instances import Instance, InstanceGrower
from .outlines import Ints, Runs, label

MOST_PIXELS = 10_000_000
"""Pixels, at most, of which slopes are left out: those that are connected are in memory together, at 12 bytes each."""

_AT_ONCE = 500_000
"""Pixels whose hills are told together, at some 300 bytes each; one group of connected pixels may have more."""

_ROUNDING = 1e-6
"""How far a score in float32 can be off, as a share of it."""

_ROUNDS = 20
"""So often hills are joined many at a time; rows of hills that wait for one another could need as many as there are."""

_ROWS_PIXELS = 2**22

_Places = NDArray[np.int32]
_Scored = tuple[Ints, NDArray[np.float32]]
"""Flat numbers of pixels, and their scores."""


def foot(threshold: float, share: float, lowest: float = 0.0) -> float:
    """The lowest score, 0 to 1, of a pixel that can belong to a peak which reaches a threshold.

    Args:
        threshold: a score, 0 to 1.
        share: see :func:`on_peaks`.
        lowest: no pixel with a lower score belongs to one, unless it reaches the threshold itself.
    """
    if threshold <= 0 or share <= 0:
        return 0.0
    share *= 1 - _ROUNDING
    return min(threshold, max(share * threshold / (1 - min(threshold, 1.0) + share * threshold), lowest))


def on_peaks(pixels: Ints, scores: NDArray[np.float32], width: int, share: float) -> NDArray[np.bool_]:
    """Which pixels reach a share of the raw score of the peak whose hill they are part of.

    A hill is all from where one goes up to the same peak. It is part of a higher one beside it where the pass between
    them reaches the share of its own peak; so a faint object stays one, though a low threshold connects it with all.
    What is on a peak that reaches a threshold does not depend on how much below the :func:`foot` is there, too.

    Args:
        pixels: flat numbers (row times width plus column), ascending.
        scores: of the heat map, 0 to 1, of each; s / (1 - s) is the raw score but for a factor.
        width: columns of the heat map.
        share: of the peak, 0 to 1.
    """
    share *= 1 - _ROUNDING
    # Some groups of connected pixels at a time: the others need no memory meanwhile.
    group = _groups(pixels, width)
    batch = (np.bincount(group).cumsum() // _AT_ONCE).astype(np.int32)[group]
    on = np.zeros(len(pixels), dtype=bool)
    for number in np.unique(batch).tolist():
        some = np.flatnonzero(batch == number)
        below_one = np.minimum(scores[some].astype(np.float64), 1 - np.finfo(np.float32).epsneg)
        raw = below_one / (1 - below_one)
        on[some] = raw >= share * raw[_hills(pixels[some], raw, width, share)]
    return on


def reaching(
    pixels: Ints, scores: NDArray[np.float32], width: int, threshold: float, core: int = 1
) -> NDArray[np.bool_]:
    """Which pixels are connected with some that reach a threshold.

    Args:
        pixels: as for :func:`on_peaks`.
        scores: likewise.
        width: likewise.
        threshold: a score.
        core: how many that reach it they must be connected with, at least; none is as one.
    """
    group = _groups(pixels, width)
    return (np.bincount(group[scores >= threshold], minlength=int(group.max(initial=-1)) + 1) >= max(1, core))[group]


def anomalous(
    pixels: Ints, scores: NDArray[np.float32], width: int, share: float, threshold: float, core: int = 1
) -> Ints:
    """Where in ``pixels`` those of anomalies are: on peaks, and connected with some that reach the threshold.

    Args:
        pixels: as for :func:`on_peaks`; all that reach the :func:`foot`.
        scores: likewise.
        width: likewise.
        share: likewise.
        threshold: as for :func:`reaching`.
        core: likewise.
    """
    some = np.flatnonzero(reaching(pixels, scores, width, threshold, core))  # the others need no hill
    some = some[on_peaks(pixels[some], scores[some], width, share)]
    # A bump may be part of a hill and not connected with its top.
    return some[reaching(pixels[some], scores[some], width, threshold, core)]


def _groups(pixels: Ints, width: int) -> _Places:
    """Which group of connected pixels, from 0, each belongs to."""
    runs = Runs.of(pixels, width)
    return np.repeat(label(runs).astype(np.int32), runs.length)


def _hills(pixels: Ints, raw: NDArray[np.float64], width: int, share: float) -> _Places:
    """For each pixel, where in ``pixels`` the peak of its hill is; see :func:`on_peaks`."""
    pairs = _neighbours(pixels, width)
    hill = np.arange(len(pixels), dtype=np.int32)
    for one, other in (*pairs, *(pair[::-1] for pair in pairs)):
        higher = raw[other] > raw[hill[one]]
        hill[one[higher]] = other[higher]
    hill = _top(hill)
    ones, others = (np.concatenate(ends) for ends in zip(*pairs))
    first, second = hill[ones], hill[others]
    passes = np.minimum(raw[ones], raw[others])
    for _ in range(_ROUNDS):
        apart = first != second
        first, second, passes = first[apart], second[apart], passes[apart]
        swap = (raw[first] > raw[second]) | ((raw[first] == raw[second]) & (first < second))
        low, high = np.where(swap, second, first), np.where(swap, first, second)
        joinable = passes >= share * raw[low]
        low, high, passes = low[joinable], high[joinable], passes[joinable]
        if not len(passes):
            return hill
        # As if passes were opened one by one from the highest down, so that what lies lower changes nothing above it: a
        # hill whose highest pass leads to a lower one waits, for what that one becomes part of may be higher.
        highest = np.zeros(len(pixels))
        np.maximum.at(highest, low, passes)
        np.maximum.at(highest, high, passes)
        certain = passes == highest[low]
        joined = np.arange(len(pixels), dtype=np.int32)
        joined[low[certain]] = high[certain]
        joined = _top(joined)
        hill, first, second = joined[hill], joined[low], joined[high]
    return _one_by_one(first, second, passes, raw, share, len(pixels))[hill]


def _one_by_one(
    ones: _Places, others: _Places, passes: NDArray[np.float64], raw: NDArray[np.float64], share: float, count: int
) -> _Places:
    """What each of ``count`` hills becomes part of: slow, but for hills that wait for one another in a long row."""
    above = list(range(count))

    def top(place: int) -> int:
        while above[place] != place:
            above[place] = place = above[above[place]]
        return place

    order = np.argsort(-passes, kind="stable")
    for part in np.array_split(order, len(order) // _AT_ONCE + 1):
        for one, other, height in zip(ones[part].tolist(), others[part].tolist(), passes[part].tolist()):
            high, low = sorted((top(one), top(other)), key=lambda place: (-raw[place], place))
            if high != low and height >= share * raw[low]:
                above[low] = high
    return _top(np.array(above, dtype=np.int32))


def _neighbours(pixels: Ints, width: int) -> list[tuple[_Places, _Places]]:
    """Places in ``pixels`` of all pairs that touch, at corners too; by direction, in which none has two neighbours."""
    column = pixels % width
    found = []
    for step, beside in ((1, 1), (width - 1, -1), (width, 0), (width + 1, 1)):
        place = np.minimum(np.searchsorted(pixels, pixels + step), max(0, len(pixels) - 1))
        there = (pixels[place] == pixels + step) & (column + beside >= 0) & (column + beside < width)
        found.append((np.flatnonzero(there).astype(np.int32), place[there].astype(np.int32)))
    return found


def _top(above: _Places) -> _Places:
    """Where each comes to by what is above it, what is above that, and so on."""
    while (above[above] != above).any():
        above = above[above]
    return above


class PeakGrower(InstanceGrower):
    """Finds anomalies by their peaks, and outlines them without slopes.

    Pixels that an outline may hold are kept in memory until all that they are connected with is known, those of
    anomalies until the whole map is.

    Args:
        threshold: the score that anomalies reach.
        share: see :func:`on_peaks`.
        core: see :func:`anomalous`.
        lowest: no outline holds a lower score: what keeps the pixels down to :data:`MOST_PIXELS`.
        **limits: see :class:`~.instances.InstanceGrower`.
    """

    def __init__(self, threshold: float, share: float, *, core: int = 1, lowest: float = 0.0, **limits: int) -> None:
        super().__init__(foot(threshold, share, lowest), **limits)
        self._asked = share, threshold, core
        self._width = 0
        self._waiting: list[_Scored] = []
        # How many wait, and from how many on it is looked which of them are known: seldom where most are not.
        self._count, self._most = 0, _AT_ONCE
        self._kept: list[_Scored] = []

    def add_strip(self, row: int, scores: NDArray[np.float32]) -> None:
        """Take the next rows of the map."""
        self._width = scores.shape[1]
        found = np.flatnonzero(scores >= self.threshold)  # false for NaN
        self._waiting.append((found + row * self._width, scores.ravel()[found]))
        self._count += len(found)
        if self._count >= self._most:
            self._sort_out((row + len(scores) - 1) * self._width)

    def _sort_out(self, last_row: int | None = None) -> None:
        """Keep what is of anomalies of the groups that are known as a whole, and let the rest of these go.

        Args:
            last_row: number of the first pixel of the last row so far, where groups may go on; None: nothing follows.
        """
        pixels, scores = _joined(self._waiting)
        known = np.ones(len(pixels), dtype=bool)
        if last_row is not None:
            group = _groups(pixels, self._width)
            goes_on = np.zeros(int(group.max(initial=-1)) + 1, dtype=bool)
            goes_on[group[np.searchsorted(pixels, last_row) :]] = True
            known = ~goes_on[group]
        self._waiting = [(pixels[~known], scores[~known])]
        self._count = len(self._waiting[0][0])
        self._most = max(_AT_ONCE, 2 * self._count)
        pixels, scores = pixels[known], scores[known]
        kept = anomalous(pixels, scores, self._width, *self._asked)
        self._kept.append((pixels[kept], scores[kept]))

    def finish(self) -> list[Instance]:
        """As of :class:`~.instances.InstanceGrower`."""
        self._sort_out()
        pixels, scores = _joined(self._kept)
        self._waiting, self._kept = [], []
        # A group that was known late began above others.
        order = np.argsort(pixels)
        pixels, scores = pixels[order], scores[order]
        rows = max(1, _ROWS_PIXELS // self._width)
        last = int(pixels[-1]) // self._width if len(pixels) else -1
        for row in range(0, last + 1, rows):
            strip = np.full((min(rows, last + 1 - row), self._width), np.nan, np.float32)
            begin, end = np.searchsorted(pixels, [row * self._width, (row + rows) * self._width])
            strip.ravel()[pixels[begin:end] - row * self._width] = scores[begin:end]
            super().add_strip(row, strip)
        return super().finish()


def _joined(parts: list[_Scored]) -> _Scored:
    return np.concatenate([pixels for pixels, _ in parts]), np.concatenate([scores for _, scores in parts])


def grower_of(threshold: float, share: float, *, core: int, lowest: float = 0.0, **limits: int) -> InstanceGrower:
    """What finds the anomalies of a heat map: all that reaches the threshold, or with a share, what is on a peak."""
    if not share:
        return InstanceGrower(threshold, **limits)
    return PeakGrower(threshold, share, core=core, lowest=lowest, **limits)
