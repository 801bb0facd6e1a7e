"""Pictures whose pixels are numbers of a colour table, in which programs put the colours in any order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def coloured(numbers: NDArray[np.integer], table: Mapping[int, tuple[int, ...]]) -> NDArray[np.uint8]:
    """The levels that such a picture shows: (1, H, W) where all of them are grey, else (3, H, W).

    Args:
        numbers: (H, W).
        table: red, green, blue and alpha of each number; what is transparent, and what has no colour, is black.
    """
    lookup = np.zeros((max(int(numbers.max()), *table) + 1, 3), np.uint8)
    for number, (*colour, alpha) in table.items():
        lookup[number] = colour if alpha else 0
    levels = lookup[numbers].transpose(2, 0, 1)
    return levels[:1] if (levels == levels[:1]).all() else levels
