"""The adaptation: a pixel-level anomaly map that guides the pixel embeddings and the queries of any query-based model.

It takes what every such model has, pixel embeddings E and content queries, and changes neither's shape (Sections
III-B to III-D of the paper).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

RANKS = 100
"""Ranks are counted in percent of the pixels, see :func:`rank_embeddings`."""

QUANTILE = 0.9
"""Pixels above this quantile of the anomaly map are candidates for queries."""

_PEAK = 3
"""Side of the window in which a local maximum is the highest."""


@dataclass
class Queries:
    """Content queries that were taken from pixels.

    Attributes:
        content: Q_d of Eq. 5, (B, K, C).
        points: x, y of their pixels in [0, 1], (B, K, 2).
    """

    content: Tensor
    points: Tensor


class AnomalyMap(nn.Module):
    """The pixel-level branch (Eq. 1): fine features of each pixel against coarse features of what is around it.

    Args:
        fine: channels of T_p.
        coarse: channels of T_b^1 and T_b^2.
        width: channels of the comparison.
    """

    def __init__(self, fine: int, coarse: int, width: int) -> None:
        super().__init__()
        self.fine = nn.Conv2d(fine, width, 1)
        self.coarse = nn.ModuleList([nn.Conv2d(coarse, width, 1) for _ in range(2)])
        # No normalisation: how strong a deviation is must not get lost.
        self.compare = nn.Sequential(nn.Conv2d(3 * width, width, 3, padding=1), nn.ReLU(inplace=True))
        self.head = nn.Conv2d(width, 1, 1)
        nn.init.constant_(self.head.bias, -3.0)  # type: ignore[arg-type]

    def forward(self, fine: Tensor, coarse: list[Tensor]) -> Tensor:
        """Logits of the anomaly map.

        Args:
            fine: T_p, (B, fine, H, W).
            coarse: T_b^1 and T_b^2, (B, coarse, h, w) each.

        Returns:
            (B, 1, H, W); their sigmoid is the map M.
        """
        size = fine.shape[2:]
        around = [layer(x) for layer, x in zip(self.coarse, coarse, strict=True)]
        around = [functional.interpolate(x.float(), size, mode="bilinear", align_corners=False) for x in around]
        compared = self.compare(torch.cat([self.fine(fine), *(x.to(fine.dtype) for x in around)], 1))
        logit: Tensor = self.head(compared)
        return logit.float()


def rank_embeddings(scores: Tensor, channels: int, ranks: int | None = RANKS) -> Tensor:
    r"""Anomaly rank embeddings (Eq. 2-3): the order of the scores as sines and cosines, without parameters.

    .. math:: RE(N)_{2i} = \sin(N / 10000^{4i/C}), \quad RE(N)_{2i+1} = \cos(N / 10000^{4i/C})

    Pixels with equal scores get their mean rank: N does not depend on the order in which pixels are stored. The paper
    counts N from 1 to H W, so that neighbours in rank differ by a radian in the first channels and a tile of another
    size has other embeddings; here N is the rank in percent.

    Args:
        scores: (B, H, W); no gradient goes through their order.
        channels: C, even.
        ranks: what the highest rank is; None: H W, as in the paper.

    Returns:
        (B, C, H, W).
    """
    flat = scores.detach().flatten(1)
    count = flat.shape[1]
    ordered = flat.sort(1).values
    first = torch.searchsorted(ordered, flat)
    last = torch.searchsorted(ordered, flat, right=True)
    number = (first + last + 1).float() / 2  # 1 … H W
    if ranks is not None:
        number = number * (ranks / count)
    index = torch.arange(channels // 2, device=scores.device)
    angle = number[:, None] / (10_000.0 ** (4 * index / channels))[None, :, None]
    embedded = torch.stack([angle.sin(), angle.cos()], 2).flatten(1, 2)
    return embedded.unflatten(2, scores.shape[1:])


def select_queries(embeddings: Tensor, scores: Tensor, count: int, generator: torch.Generator | None = None) -> Queries:
    """Q_d of Eq. 5: refined embeddings of pixels above the quantile of the anomaly map.

    The paper picks them at random. A target of four pixels is then missed nine times in ten; and a run would not give
    the same twice. So the local maxima above the quantile come first, the strongest before the others, and after them
    the other candidates by score; equal scores in reading order. With a generator, in training, half of the queries
    are drawn from all candidates at random, as in the paper.

    Args:
        embeddings: E', (B, C, H, W).
        scores: (B, H, W).
        count: K; where there are fewer candidates, they are taken again.
        generator: of the random half; None: deterministic.
    """
    height, width = scores.shape[1:]
    scores = scores.detach()
    flat = scores.flatten(1)
    highest = functional.max_pool2d(scores[:, None], _PEAK, 1, _PEAK // 2)[:, 0].flatten(1)
    bound = flat.quantile(QUANTILE, 1, keepdim=True)
    candidate = flat >= bound
    # Three tiers in one sort: maxima among the candidates, the other candidates, the rest.
    lowest, top = flat.amin(1, keepdim=True), flat.amax(1, keepdim=True)
    place = (flat - lowest) / (top - lowest).clamp(min=1e-12)
    tier = candidate.float() + (candidate & (flat >= highest)).float()
    order = (2 * tier + place).argsort(dim=1, descending=True, stable=True)
    # No loop over the images here: the network is exported as one graph.
    candidates = candidate.sum(1, keepdim=True).clamp(min=1)
    index = order.gather(1, torch.arange(count, device=order.device) % candidates)
    if generator is not None:
        half = count // 2
        for indices, own, available in zip(order, index, candidates[:, 0].tolist(), strict=True):
            drawn = torch.randint(available, (count - half,), generator=generator)
            own[half:] = indices[drawn.to(indices.device)]
    content = embeddings.flatten(2).gather(2, index[:, None].expand(-1, embeddings.shape[1], -1)).transpose(1, 2)
    row = torch.div(index, width, rounding_mode="floor")
    column = index - row * width  # not a remainder: ONNX's exporter wants its divisor fixed
    return Queries(content, torch.stack([(column + 0.5) / width, (row + 0.5) / height], -1))


class Adaptation(nn.Module):
    """All of it, for any model that has pixel embeddings and content queries.

    Args:
        fine: channels of T_p.
        hidden: channels of T_b, of the embeddings and of the queries.
        width: channels of the anomaly map's branch.
        refine: add the rank embeddings to E (Eq. 4).
        select: take the queries from the map (Eq. 5-6).
    """

    def __init__(self, fine: int, hidden: int, width: int, *, refine: bool = True, select: bool = True) -> None:
        super().__init__()
        self.map = AnomalyMap(fine, hidden, width)
        self.refine, self.select = refine, select

    def forward(
        self,
        fine: Tensor,
        coarse: list[Tensor],
        embeddings: Tensor,
        count: int,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, Tensor, Queries | None]:
        """Adapt one batch.

        Args:
            fine: T_p, (B, fine, H, W).
            coarse: T_b^1 and T_b^2.
            embeddings: E, (B, hidden, H, W).
            count: how many queries the model has.
            generator: see :func:`select_queries`.

        Returns:
            Logits of the anomaly map (B, 1, H, W); E' (or E); Q_d, to which the model adds its static queries Q_s
            (Eq. 6), or None where queries are not selected.
        """
        logit = self.map(fine, coarse)
        scores = logit[:, 0]
        if self.refine:
            embeddings = embeddings + rank_embeddings(scores, embeddings.shape[1]).to(embeddings.dtype)
        queries = select_queries(embeddings, scores, count, generator) if self.select else None
        return logit, embeddings, queries
