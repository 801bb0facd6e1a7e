"""Sums over many neighbours by doubling: sums of two of one make those of two, these of four, and so on.

Six additions give a sum of 33 neighbours, where pooling adds all of them, and takes four times as long in all.
"""

from __future__ import annotations

from torch import Tensor


def run_sums(values: Tensor, width: int, dim: int) -> Tensor:
    """Sums of neighbours along one dimension.

    Args:
        values: of any shape, at least ``width`` along the dimension.
        width: how many neighbours, 1 or more.
        dim: along which.

    Returns:
        The sums of ``width`` values beginning with each, as far as there are so many: shorter by ``width - 1``.
    """
    if width == 1:
        return values
    half = width // 2
    runs = run_sums(values, half, dim)
    count = runs.shape[dim] - half
    runs = runs.narrow(dim, 0, count) + runs.narrow(dim, half, count)
    if width % 2:
        count = values.shape[dim] - width + 1
        runs = runs.narrow(dim, 0, count) + values.narrow(dim, width - 1, count)
    return runs
