"""The pixel decoder: deformable attention within and between three levels, then up to the pixel embeddings E."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .deformable import DeformableAttention, Shapes


@dataclass
class Pyramid:
    """What the pixel decoder gives.

    Attributes:
        memory: all levels one after the other, the finest first, (B, S, hidden).
        positions: their positional encodings, (1, S, hidden).
        shapes: of the levels.
        levels: the same features as maps, (B, hidden, h, w) each.
        embeddings: pixel embeddings E at the resolution of T_p, (B, hidden, H, W).
    """

    memory: Tensor
    positions: Tensor
    shapes: Shapes
    levels: list[Tensor]
    embeddings: Tensor


class PixelDecoder(nn.Module):
    """Exchanges information between levels and fuses them with the finest features.

    Args:
        fine: channels of T_p.
        coarse: channels of the levels, the finest first.
        hidden: channels that come out.
        heads: of attention.
        layers: of the encoder.
        feedforward: channels inside each layer.
        points: that each head looks at, on each level.
    """

    def __init__(
        self, fine: int, coarse: list[int], hidden: int, heads: int, layers: int, feedforward: int, points: int = 4
    ) -> None:
        super().__init__()
        self.inputs = nn.ModuleList([nn.Sequential(nn.Conv2d(c, hidden, 1), ChannelNorm(hidden)) for c in coarse])
        self.level_embedding = nn.Parameter(torch.randn(len(coarse), hidden) * 0.02)
        self.layers = nn.ModuleList([_Layer(hidden, heads, len(coarse), feedforward, points) for _ in range(layers)])
        self.lateral = nn.Conv2d(fine, hidden, 3, padding=1)
        self.embeddings = nn.Conv2d(hidden, hidden, 1)
        self.place = nn.Linear(hidden, hidden, bias=False)

    def forward(self, fine: Tensor, coarse: list[Tensor]) -> Pyramid:
        """T_p (B, fine, H, W) and the levels, to the pyramid."""
        maps = [layer(x) for layer, x in zip(self.inputs, coarse, strict=True)]
        shapes = [(x.shape[2], x.shape[3]) for x in maps]
        hidden, size = maps[0].shape[1], (fine.shape[2], fine.shape[3])
        positions = torch.cat(
            [
                sine_positions(shape, size, hidden, maps[0].device) + embedding
                for shape, embedding in zip(shapes, self.level_embedding, strict=True)
            ]
        )[None]
        reference = torch.cat([centres(shape, maps[0].device) for shape in shapes])[None]
        memory = torch.cat([x.flatten(2).transpose(1, 2) for x in maps], 1)
        reference = reference.expand(len(memory), -1, -1)
        for layer in self.layers:
            memory = layer(memory, positions, reference, shapes)
        parts = memory.split([h * w for h, w in shapes], 1)
        levels = [part.transpose(1, 2).unflatten(2, shape) for part, shape in zip(parts, shapes, strict=True)]
        up = functional.interpolate(levels[0].float(), fine.shape[2:], mode="bilinear", align_corners=False)
        fused = torch.relu(self.lateral(fine) + up.to(fine.dtype))
        placed = self.place(sine_positions(size, size, hidden, fine.device)).T.unflatten(1, size)
        return Pyramid(memory, positions, shapes, levels, self.embeddings(fused) + placed)


class _Layer(nn.Module):
    """Deformable self-attention and a feed-forward network, each with a residual and a normalisation after it."""

    def __init__(self, hidden: int, heads: int, levels: int, feedforward: int, points: int) -> None:
        super().__init__()
        self.attention = DeformableAttention(hidden, heads, levels, points)
        self.norm = nn.LayerNorm(hidden)
        self.feedforward = nn.Sequential(nn.Linear(hidden, feedforward), nn.ReLU(), nn.Linear(feedforward, hidden))
        self.last_norm = nn.LayerNorm(hidden)

    def forward(self, memory: Tensor, positions: Tensor, reference: Tensor, shapes: Shapes) -> Tensor:
        memory = self.norm(memory + self.attention(memory + positions, reference, memory, shapes))
        after: Tensor = self.last_norm(memory + self.feedforward(memory))
        return after


class ChannelNorm(nn.LayerNorm):
    """Normalises the channels of each pixel by themselves: neither the tile nor the batch has a say."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W)."""
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def sine_positions(shape: tuple[int, int], size: tuple[int, int], hidden: int, device: torch.device) -> Tensor:
    """Positions of a map's pixels as sines and cosines of y and x, (H W, hidden).

    Args:
        shape: of the map.
        size: of T_p, in whose pixels positions are counted.
        hidden: channels.
        device: torch device.
    """
    return encode_coordinates(centres(shape, device).flip(-1) * torch.tensor(size, device=device), hidden)


def encode_coordinates(coordinates: Tensor, hidden: int) -> Tensor:
    """Pixels as sines and cosines, (…, n) to (…, hidden), ``hidden / n`` for each, a multiple of 2.

    Periods of 4 to 256 pixels: a sum of such waves can be a window around one place as narrow as a small target, so
    that a query tells its pixels from those of a target that looks alike.
    """
    count = coordinates.shape[-1]
    half = hidden // count // 2
    periods = 4.0 * 64.0 ** (torch.arange(half, device=coordinates.device) / max(1, half - 1))
    angles = coordinates[..., None] * (2 * math.pi / periods)
    encoded = torch.cat([angles.sin(), angles.cos()], -1).flatten(-2)
    return functional.pad(encoded, (0, hidden - encoded.shape[-1]))


def centres(shape: tuple[int, int], device: torch.device) -> Tensor:
    """The x and y of each pixel's centre in [0, 1], (H W, 2)."""
    y = (torch.arange(shape[0], device=device) + 0.5) / shape[0]
    x = (torch.arange(shape[1], device=device) + 0.5) / shape[1]
    return torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], -1).flatten(0, 1)
