"""The search in a table of quantiles: the same places as a search by halves."""

from __future__ import annotations

import pytest
import torch
from anomaly_lens.engine.models import search
from anomaly_lens.engine.models.search import place

COUNT = search._WORTH_IT + 5


def quantiles(values: torch.Tensor) -> torch.Tensor:
    return torch.quantile(values[:50_000], torch.linspace(0, 1, 257))


def tables() -> dict[str, torch.Tensor]:
    chance = torch.Generator().manual_seed(0)
    normal = torch.randn(COUNT, generator=chance)
    return {
        "squares": quantiles(normal.square()),
        "heavy": quantiles((4 * normal).exp()),
        "crowded": quantiles(1e4 + 1e-2 * normal),
        "ties": quantiles((3 * normal.square()).round()),
        "negative": quantiles(normal * 1e-7),
        "none positive": torch.linspace(-2, 0, 257),
        "one value": torch.full((257,), 3.0),
        "zeros": torch.zeros(257),
        "subnormal": torch.linspace(0, 1e-40, 257),
    }


@pytest.mark.parametrize("name", list(tables()))
def test_places_are_those_of_a_search_by_halves(name: str) -> None:
    table = tables()[name]
    chance = torch.Generator().manual_seed(1)
    between = table[torch.randint(0, 257, (COUNT,), generator=chance)]
    near = between * (1 + 1e-3 * torch.randn(COUNT, generator=chance))
    # Entries themselves, their neighbours among the floats, and values beyond both ends.
    up, down = (torch.nextafter(table, torch.tensor(end)) for end in (torch.inf, -torch.inf))
    far = torch.tensor([-1e30, -1.0, -0.0, 0.0, 1e-45, 1.0, 1e30])
    values = torch.cat([near, table, up, down, far])
    torch.testing.assert_close(place(table, values), torch.searchsorted(table, values), rtol=0, atol=0)


def test_usual_tables_are_searched_by_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not, unnoticed, by halves."""

    def halves(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(torch, "searchsorted", halves)
    for name in ("squares", "heavy", "ties"):
        assert len(place(tables()[name], torch.rand(COUNT))) == COUNT


def test_a_part_of_a_larger_image_is_searched() -> None:
    table = tables()["squares"]
    values = torch.randn(400, 100, generator=torch.Generator().manual_seed(2)).square().T.reshape(-1)
    strided = torch.stack([values, values], 1)[:, 0]
    assert torch.equal(place(table, strided), torch.searchsorted(table, values))
