"""The head of Mask DINO: proposals, boxes that each layer refines, denoising in training, masks by dot product.

After F. Li et al., "Mask DINO: Towards a Unified Transformer-based Framework for Object Detection and Segmentation",
CVPR 2023. One class, "anomaly", so that label noise has nothing to flip.

The paper of the adaptation replaces the content queries and leaves the anchors to the proposals of the encoder. A query
that holds the content of one place with the anchor of another finds neither, above all among small objects; here the
anchors of selected queries are where their pixels are.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from .adaptation import Queries
from .deformable import DeformableAttention
from .heads import FeedForward, Prediction, SelfAttention, Target, dot_masks, inverse_sigmoid, mlp
from .pixel_decoder import Pyramid, centres, encode_coordinates

_FIRST_SIZE = 0.06
"""Width and height of a proposal before its size is predicted, as a share of the image."""

NOISE = 0.4
"""How far denoising queries are from the truth: centres by half of this share of the size, sizes by this share."""

DENOISING = 30
"""Denoising queries an image, in groups that each hold all of its instances."""


class MaskDINOHead(nn.Module):
    """Decoder and predictors.

    Args:
        hidden: channels.
        heads: of attention.
        layers: of the decoder.
        feedforward: channels inside each layer.
        queries: K.
        levels: of the pixel decoder.
    """

    def __init__(self, hidden: int, heads: int, layers: int, feedforward: int, queries: int, levels: int = 3) -> None:
        super().__init__()
        self.static = nn.Parameter(torch.randn(queries, hidden) * 0.02)
        self.proposal = nn.Sequential(nn.Linear(hidden, hidden), nn.LayerNorm(hidden))
        self.noised = nn.Parameter(torch.randn(hidden) * 0.02)
        self.layers = nn.ModuleList([_Layer(hidden, heads, feedforward, levels) for _ in range(layers)])
        self.position = mlp(2 * hidden, hidden, hidden, 2)
        self.norm = nn.LayerNorm(hidden)
        self.score = nn.Linear(hidden, 1)
        self.mask = mlp(hidden, hidden, hidden)
        self.box = mlp(hidden, hidden, 4)
        nn.init.constant_(self.score.bias, -3.0)
        last = cast(nn.Linear, self.box[-1])
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(
        self,
        pyramid: Pyramid,
        embeddings: Tensor,
        selected: Queries | None,
        targets: list[Target] | None = None,
        generator: torch.Generator | None = None,
    ) -> tuple[list[Prediction], list[Prediction]]:
        """Find instances.

        Args:
            pyramid: of the pixel decoder.
            embeddings: E or E', (B, hidden, H, W).
            selected: Q_d, or None: the K best tokens of the pyramid are the proposals.
            targets: in training, to make denoising queries of.
            generator: of their noise.

        Returns:
            Predictions of the proposals and of each layer, the last the best, in use that one alone; and, with targets,
            those of the denoising queries: (groups x N) in the order of the targets, padded to the image with most.
        """
        queries, anchors = self._proposals(pyramid, selected)
        predictions: list[Prediction] = []
        if self.training:
            predictions.append(self._predict(queries, self._placed(anchors, embeddings), anchors, embeddings))
        queries, anchors = queries + self.static, anchors.detach()
        blocked = None
        extra = 0
        if targets is not None:
            noised, groups = noised_boxes(targets, generator)
            extra = noised.shape[1]
            queries = torch.cat([self.noised.expand(len(noised), extra, -1).to(queries.dtype), queries], 1)
            anchors = torch.cat([noised, anchors], 1)
            blocked = denoising_mask(extra, groups, queries.shape[1], queries.device)
        denoised: list[Prediction] = []
        for number, layer in enumerate(self.layers, 1):
            positions = self._placed(anchors, embeddings)
            queries = layer(queries, positions, anchors, pyramid, blocked)
            if not self.training and number < len(self.layers):
                # In use the next layer wants the boxes alone; masks cost as much as all else of a layer.
                anchors = self._boxes(self.norm(queries), anchors)
                continue
            said = self._predict(queries, positions, anchors, embeddings)
            boxes = cast(Tensor, said.boxes)
            anchors = boxes.detach()
            sizes = [extra, boxes.shape[1] - extra]
            noise, found = (
                Prediction(*parts)
                for parts in zip(*(x.split(sizes, 1) for x in (said.logits, said.masks, boxes)), strict=True)
            )
            predictions.append(found)
            if extra:
                denoised.append(noise)
        return predictions, denoised

    def _proposals(self, pyramid: Pyramid, selected: Queries | None) -> tuple[Tensor, Tensor]:
        """Content and anchors to begin with, (B, K, hidden) and (B, K, 4)."""
        if selected is not None:
            content = self.proposal(selected.content)
            points = selected.points
        else:
            tokens = self.proposal(pyramid.memory)
            best = self.score(self.norm(tokens))[..., 0].topk(len(self.static), 1).indices
            content = tokens.gather(1, best[..., None].expand(-1, -1, tokens.shape[-1]))
            points = torch.cat([centres(shape, tokens.device) for shape in pyramid.shapes])[best]
        return content, torch.cat([points, torch.full_like(points, _FIRST_SIZE)], -1)

    def _placed(self, anchors: Tensor, embeddings: Tensor) -> Tensor:
        """Positional encodings of anchors, whose coordinates are counted in pixels of the embeddings."""
        height, width = embeddings.shape[2:]
        pixels = anchors * torch.tensor([width, height, width, height], device=anchors.device)
        placed: Tensor = self.position(encode_coordinates(pixels, 2 * embeddings.shape[1]))
        return placed

    def _predict(self, queries: Tensor, positions: Tensor, anchors: Tensor, embeddings: Tensor) -> Prediction:
        queries = self.norm(queries)
        masks = dot_masks(self.mask(queries + positions), embeddings)
        return Prediction(self.score(queries)[..., 0].float(), masks, self._boxes(queries, anchors))

    def _boxes(self, queries: Tensor, anchors: Tensor) -> Tensor:
        """Boxes relative to the anchors, (B, K, 4)."""
        boxes: Tensor = (self.box(queries).float() + inverse_sigmoid(anchors)).sigmoid()
        return boxes


class _Layer(nn.Module):
    """Self-attention, deformable attention to the pyramid around each anchor, feed-forward."""

    def __init__(self, hidden: int, heads: int, feedforward: int, levels: int) -> None:
        super().__init__()
        self.self_attention = SelfAttention(hidden, heads)
        self.cross_attention = DeformableAttention(hidden, heads, levels)
        self.norm = nn.LayerNorm(hidden)
        self.feedforward = FeedForward(hidden, feedforward)

    def forward(
        self, queries: Tensor, positions: Tensor, anchors: Tensor, pyramid: Pyramid, blocked: Tensor | None
    ) -> Tensor:
        queries = self.self_attention(queries, positions, blocked)
        attended = self.cross_attention(queries + positions, anchors, pyramid.memory, pyramid.shapes)
        after: Tensor = self.feedforward(self.norm(queries + attended))
        return after


def noised_boxes(targets: list[Target], generator: torch.Generator | None) -> tuple[Tensor, int]:
    """Boxes near the true ones, for the denoising queries.

    Args:
        targets: of each image.
        generator: of the noise.

    Returns:
        (B, groups x most, 4), where ``most`` is the largest number of instances of an image and places beyond an
        image's own hold the whole image; and the number of groups.
    """
    most = max(len(target.boxes) for target in targets)
    if most == 0:
        return torch.zeros(len(targets), 0, 4, device=targets[0].boxes.device), 0
    groups = max(1, DENOISING // most)
    boxes = torch.stack([_padded(target.boxes, most) for target in targets]).repeat(1, groups, 1)
    noise = (torch.rand(boxes.shape, generator=generator).to(boxes.device) * 2 - 1) * NOISE
    centres = boxes[..., :2] + noise[..., :2] * boxes[..., 2:] / 2
    return torch.cat([centres, boxes[..., 2:] * (1 + noise[..., 2:])], -1).clamp(1e-4, 1), groups


def denoising_mask(extra: int, groups: int, total: int, device: torch.device) -> Tensor:
    """Who may not see whom, (total, total): no query sees a denoising query of another group than its own."""
    blocked = torch.zeros(total, total, dtype=torch.bool, device=device)
    blocked[:, :extra] = True
    size = extra // max(1, groups)
    for group in range(groups):
        own = slice(group * size, (group + 1) * size)
        blocked[own, own] = False
    return blocked


def _padded(boxes: Tensor, count: int) -> Tensor:
    filler = boxes.new_tensor([0.5, 0.5, 1.0, 1.0]).expand(count - len(boxes), 4)
    return torch.cat([boxes, filler])
