"""The head of Mask2Former: queries that attend to the pixels of the mask they predicted last.

After B. Cheng et al., "Masked-attention Mask Transformer for Universal Image Segmentation", CVPR 2022. With one class
its two-way softmax is a sigmoid of one logit.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .adaptation import Queries
from .heads import FeedForward, Prediction, SelfAttention, Target, dot_masks, mlp
from .pixel_decoder import Pyramid, encode_coordinates


class Mask2FormerHead(nn.Module):
    """Decoder and predictors; arguments as of :class:`~.mask_dino.MaskDINOHead`."""

    def __init__(self, hidden: int, heads: int, layers: int, feedforward: int, queries: int, levels: int = 3) -> None:
        super().__init__()
        self.levels = levels
        self.static = nn.Parameter(torch.randn(queries, hidden) * 0.02)
        self.positions = nn.Parameter(torch.randn(queries, hidden) * 0.02)
        self.position = mlp(hidden, hidden, hidden, 2)
        self.layers = nn.ModuleList([_Layer(hidden, heads, feedforward) for _ in range(layers)])
        self.norm = nn.LayerNorm(hidden)
        self.score = nn.Linear(hidden, 1)
        self.mask = mlp(hidden, hidden, hidden)
        nn.init.constant_(self.score.bias, -3.0)

    def forward(
        self,
        pyramid: Pyramid,
        embeddings: Tensor,
        selected: Queries | None,
        targets: list[Target] | None = None,
        generator: torch.Generator | None = None,
    ) -> tuple[list[Prediction], list[Prediction]]:
        """Find instances; arguments and result as of :meth:`~.mask_dino.MaskDINOHead.forward`, without denoising."""
        queries = self.static.expand(len(embeddings), -1, -1)
        places = self.positions.expand_as(queries)
        if selected is not None:
            queries = queries + selected.content  # Eq. 6
            size = torch.tensor(embeddings.shape[:1:-1], device=queries.device)
            places = places + self.position(encode_coordinates(selected.points * size, queries.shape[-1]))
        predictions = [self._predict(queries, places, embeddings)]
        positions = pyramid.positions.split([h * w for h, w in pyramid.shapes], 1)
        memory = pyramid.memory.split([h * w for h, w in pyramid.shapes], 1)
        for number, layer in enumerate(self.layers):
            level = self.levels - 1 - number % self.levels  # the coarsest first
            blocked = _outside(predictions[-1].masks, pyramid.shapes[level])
            queries = layer(queries, places, memory[level], positions[level], blocked)
            predictions.append(self._predict(queries, places, embeddings))
        return predictions, []

    def _predict(self, queries: Tensor, places: Tensor, embeddings: Tensor) -> Prediction:
        queries = self.norm(queries)
        return Prediction(self.score(queries)[..., 0].float(), dot_masks(self.mask(queries + places), embeddings))


class _Layer(nn.Module):
    """Masked cross-attention, self-attention, feed-forward."""

    def __init__(self, hidden: int, heads: int, feedforward: int) -> None:
        super().__init__()
        self.heads = heads
        self.cross_attention = nn.MultiheadAttention(hidden, heads, batch_first=True)
        self.norm = nn.LayerNorm(hidden)
        self.self_attention = SelfAttention(hidden, heads)
        self.feedforward = FeedForward(hidden, feedforward)

    def forward(self, queries: Tensor, positions: Tensor, memory: Tensor, places: Tensor, blocked: Tensor) -> Tensor:
        blocked = blocked.repeat_interleave(self.heads, 0)
        attended, _ = self.cross_attention(
            queries + positions, memory + places, memory, attn_mask=blocked, need_weights=False
        )
        queries = self.self_attention(self.norm(queries + attended), positions)
        after: Tensor = self.feedforward(queries)
        return after


def _outside(masks: Tensor, shape: tuple[int, int]) -> Tensor:
    """What each query may not attend to, (B, K, h w): the pixels outside its mask, or none where that is empty."""
    smaller = functional.interpolate(masks.detach(), shape, mode="bilinear", align_corners=False)
    outside = smaller.flatten(2) < 0
    return outside & ~outside.all(-1, keepdim=True)
