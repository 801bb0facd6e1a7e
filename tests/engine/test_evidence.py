"""Network and classical detectors together: the rarest counts."""

from __future__ import annotations

import pytest
import torch
from anomaly_lens.engine.models.deviation import MAPS
from anomaly_lens.engine.models.evidence import evidence, evidence_tables, odds


def scores(count: int) -> torch.Tensor:
    torch.manual_seed(0)
    maps = torch.rand(len(MAPS), count)
    return evidence(torch.randn(count), maps, torch.rand(count))


def test_a_pixel_is_as_rare_as_the_detector_finds_it_that_finds_it_rarest():
    sample = scores(5000)
    tables = evidence_tables(sample)
    usual = sample.median(1).values
    for row in range(len(sample)):
        one = usual.clone()
        one[row] = sample[row].quantile(0.99)
        assert odds(one[:, None], tables).item() == pytest.approx(99, rel=0.15)
    assert odds(usual[:, None], tables).item() == pytest.approx(1, rel=0.05)


def test_beyond_all_that_was_sampled_the_score_grows_on():
    sample = scores(5000)
    largest = sample.max(1).values[:, None]
    found = odds(torch.cat([largest * 2, largest * 50, largest * 1000], 1), evidence_tables(sample))
    assert (found.diff() > 0).all()
    assert torch.isfinite(found).all()
