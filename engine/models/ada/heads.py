"""What both heads share: the shape of a prediction, and the layers that make one."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class Prediction:
    """What one decoder layer says, K instances for each image.

    Attributes:
        logits: that a query is an anomaly, (B, K).
        masks: logits of the masks at the resolution of the pixel embeddings, (B, K, H, W).
        boxes: centre and size in [0, 1], (B, K, 4); None where the head knows no boxes.
    """

    logits: Tensor
    masks: Tensor
    boxes: Tensor | None = None


@dataclass
class Target:
    """The instances of one image.

    Attributes:
        masks: (N, H, W), 0 to 1, at the resolution of the pixel embeddings.
        boxes: centre and size in [0, 1], (N, 4).
    """

    masks: Tensor
    boxes: Tensor


class SelfAttention(nn.Module):
    """Attention of the queries to each other, residual and normalised."""

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(hidden, heads, batch_first=True)
        self.norm = nn.LayerNorm(hidden)

    def forward(self, queries: Tensor, positions: Tensor, blocked: Tensor | None = None) -> Tensor:
        """(B, K, hidden); ``blocked`` (K, K) is true where one may not see the other."""
        placed = queries + positions
        attended, _ = self.attention(placed, placed, queries, attn_mask=blocked, need_weights=False)
        after: Tensor = self.norm(queries + attended)
        return after


class FeedForward(nn.Module):
    """Two linear layers, residual and normalised."""

    def __init__(self, hidden: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(hidden, width), nn.ReLU(), nn.Linear(width, hidden))
        self.norm = nn.LayerNorm(hidden)

    def forward(self, queries: Tensor) -> Tensor:
        """(B, K, hidden)."""
        after: Tensor = self.norm(queries + self.layers(queries))
        return after


def mlp(inputs: int, hidden: int, outputs: int, layers: int = 3) -> nn.Sequential:
    """Linear layers with ReLU between them."""
    widths = [inputs, *[hidden] * (layers - 1), outputs]
    parts: list[nn.Module] = []
    for first, second in zip(widths, widths[1:], strict=False):
        parts += [nn.Linear(first, second), nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def dot_masks(queries: Tensor, embeddings: Tensor) -> Tensor:
    """Each query against each pixel embedding: (B, K, C) and (B, C, H, W) to (B, K, H, W) float32."""
    with torch.autocast(embeddings.device.type, enabled=False):
        return torch.einsum("bkc,bchw->bkhw", queries.float(), embeddings.float())


def inverse_sigmoid(x: Tensor) -> Tensor:
    """The logit, finite at 0 and 1."""
    return torch.logit(x, eps=1e-4)
