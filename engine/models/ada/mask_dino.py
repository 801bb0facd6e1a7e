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

DENOISING = 60
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
            Predictions of the proposals and of each layer, the last the best; and, with targets, those of the
            denoising queries: (groups x N) in the order of the targets, padded to the image with most.
        """
        queries, anchors = self._proposals(pyramid, selected)
        predictions = [self._predict(queries, anchors, embeddings)]
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
        for layer in self.layers:
            positions = self.position(encode_coordinates(anchors, 2 * queries.shape[-1]))
            queries = layer(queries, positions, anchors, pyramid, blocked)
            said = self._predict(queries, anchors, embeddings)
            boxes = cast(Tensor, said.boxes)
            anchors = boxes.detach()
            predictions.append(Prediction(said.logits[:, extra:], said.masks[:, extra:], boxes[:, extra:]))
            if extra:
                denoised.append(Prediction(said.logits[:, :extra], said.masks[:, :extra], boxes[:, :extra]))
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

    def _predict(self, queries: Tensor, anchors: Tensor, embeddings: Tensor) -> Prediction:
        queries = self.norm(queries)
        boxes = (self.box(queries).float() + inverse_sigmoid(anchors)).sigmoid()
        return Prediction(self.score(queries)[..., 0].float(), dot_masks(self.mask(queries), embeddings), boxes)


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
