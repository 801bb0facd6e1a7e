"""What UniADRS sees of its features before it scores a scene: which tiles it looks at, and what they show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

TILES = 6
"""Of a large scene, about so many are looked at."""

FEWEST = 4096
"""Valid pixels, at least, that tell how features are distributed, where there are so many."""


@dataclass
class Look:
    """What some tiles show at one scale.

    Attributes:
        moments: of the embedded features, see :func:`~anomaly_lens.engine.models.uniadrs.feature_moments`.
        sample: of hyperspectral scenes, features, maps and classical scores of some pixels, one below the other.
        kept: all features of a scene of one tile.
        classical: likewise, all classical scores.
    """

    moments: Tensor
    sample: list[Tensor]
    kept: Tensor | None = None
    classical: Tensor | None = None

    def add(self, more: Look) -> None:
        """Take what further tiles show; of what is kept, there is one."""
        self.moments += more.moments
        self.sample += more.sample
        self.kept, self.classical = more.kept, more.classical


def tiles_of(
    spans: Sequence[tuple[int, int]], across: int, down: int, side: int
) -> tuple[dict[int, range], dict[int, range]]:
    """Tiles to look at, from left to right and down, by the first row of a strip: some all over a scene, and all.

    Args:
        spans: first row and number of rows of each strip.
        across: tiles to a row.
        down: rows of tiles, were all of the scene one strip.
        side: of a tile.
    """
    every = stride_of(across * down, across)
    chosen, everywhere = {}, {}
    number = 0
    for row, rows in spans:
        count = across * -(-rows // side)
        chosen[row] = range(-number % every, count, every)
        everywhere[row] = range(count)
        number += count
    return chosen, everywhere


def add(looks: Sequence[Look], found: Sequence[Look]) -> None:
    """Take what further tiles show, at each scale."""
    for so_far, more in zip(looks, found, strict=True):
        so_far.add(more)


def few(looks: Sequence[Look]) -> bool:
    """Whether they tell too little of how features are distributed."""
    return bool(looks[0].moments[-1, -1] < FEWEST)


def stride_of(count: int, across: int) -> int:
    """Of so many tiles, so many to a row, every how many-th to look at: never the same columns in each row."""
    every = max(1, count // TILES)
    while math.gcd(every, across) > 1:
        every += 1
    return every
