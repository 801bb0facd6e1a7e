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
    length = values.shape[dim] - width + 1
    runs, run, taken = values, 1, 0
    total: Tensor | None = None
    while taken < width:
        # Runs of 1, 2, 4, … neighbours, put one behind the other as the width's binary digits say.
        if width & run:
            part = runs.narrow(dim, taken, length)
            total = part if total is None else total + part
            taken += run
        if taken < width:
            count = runs.shape[dim] - run
            runs = runs.narrow(dim, 0, count) + runs.narrow(dim, run, count)
            run *= 2
    assert total is not None  # noqa: S101 - a width has a digit  # nosec B101
    return total
