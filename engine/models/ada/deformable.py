"""Multi-scale deformable attention (Deformable DETR, Eq. 3), without a compiled operator."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

Shapes = list[tuple[int, int]]
"""Height and width of each level."""


def deformable_attention(values: Tensor, shapes: Shapes, locations: Tensor, weights: Tensor) -> Tensor:
    """Weighted bilinear samples of several feature maps.

    Args:
        values: all levels one after the other, (B, S, heads, D).
        shapes: of the levels; their areas sum to S.
        locations: x, y in [0, 1], (B, Q, heads, levels, points, 2); beyond the maps there are zeros.
        weights: (B, Q, heads, levels, points).

    Returns:
        (B, Q, heads * D).
    """
    batch, _, heads, width = values.shape
    queries = locations.shape[1]
    grid = (2 * locations - 1).transpose(1, 2).flatten(0, 1)  # (B heads, Q, levels, points, 2)
    share = weights.transpose(1, 2).flatten(0, 1)[:, None]  # (B heads, 1, Q, levels, points)
    mixed = values.new_zeros(())
    # Level by level: all samples at once would be the largest tensor of the network.
    for level, part in enumerate(values.split([h * w for h, w in shapes], dim=1)):
        image = part.permute(0, 2, 3, 1).reshape(batch * heads, width, *shapes[level])
        sampled = functional.grid_sample(image, grid[:, :, level], align_corners=False)  # (B heads, D, Q, points)
        mixed = mixed + (sampled * share[:, :, :, level]).sum(-1)
    return mixed.view(batch, heads * width, queries).transpose(1, 2)


class DeformableAttention(nn.Module):
    """Attention of queries to a few points of each level, at offsets that each query predicts.

    Args:
        hidden: channels.
        heads: of attention.
        levels: how many.
        points: a head and level.
    """

    def __init__(self, hidden: int, heads: int, levels: int, points: int = 4) -> None:
        super().__init__()
        self.heads, self.levels, self.points = heads, levels, points
        self.offsets = nn.Linear(hidden, heads * levels * points * 2)
        self.weights = nn.Linear(hidden, heads * levels * points)
        self.value = nn.Linear(hidden, hidden)
        self.output = nn.Linear(hidden, hidden)
        nn.init.zeros_(self.offsets.weight)
        nn.init.zeros_(self.weights.weight)
        nn.init.zeros_(self.weights.bias)
        # Each head begins by looking in a direction of its own, the k-th point k pixels away.
        angles = torch.arange(heads) * (2 * math.pi / heads)
        direction = torch.stack([angles.cos(), angles.sin()], -1)
        direction = direction / direction.abs().max(-1, keepdim=True).values
        start = direction[:, None, None] * torch.arange(1, points + 1)[None, None, :, None]
        with torch.no_grad():
            self.offsets.bias.copy_(start.expand(-1, levels, -1, -1).flatten())

    def forward(self, queries: Tensor, reference: Tensor, memory: Tensor, shapes: Shapes) -> Tensor:
        """Attend.

        Args:
            queries: (B, Q, hidden).
            reference: where each query looks: points (B, Q, 2), or boxes (B, Q, 4) as centre and size, which scale
                the offsets; all in [0, 1].
            memory: (B, S, hidden).
            shapes: of the levels.
        """
        batch, count, _ = queries.shape
        value = self.value(memory).unflatten(-1, (self.heads, -1)).float()
        grid = (batch, count, self.heads, self.levels, self.points)
        offsets = self.offsets(queries).view(*grid, 2).float()
        weights = self.weights(queries).view(*grid[:3], -1).float().softmax(-1).view(grid)
        centre = reference[:, :, None, None, None, :2].float()
        if reference.shape[-1] == 4:
            step = reference[:, :, None, None, None, 2:].float() * (0.5 / self.points)
        else:
            sizes = torch.tensor([[w, h] for h, w in shapes], device=queries.device)
            step = 1 / sizes[None, None, None, :, None].float()
        mixed = deformable_attention(value, shapes, centre + offsets * step, weights)
        attended: Tensor = self.output(mixed.to(queries.dtype))
        return attended
