"""Sums of neighbours by doubling, beside sums of each."""

from __future__ import annotations

import pytest
import torch
from anomaly_lens.engine.models.squares import run_sums


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 6, 9, 31, 33, 40])
def test_sums_are_those_of_each_run(width: int, dim: int) -> None:
    values = torch.randn(40, 41, 42, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(run_sums(values, width, dim), values.unfold(dim, width, 1).sum(-1))
