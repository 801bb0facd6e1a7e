"""A small U-Net taught by masks: what shape and surroundings tell beyond the colour and texture of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ..engine.device import best_dtype
from ..engine.metrics import split
from .asd_protocol import measures, shown_halves
from .datasets import LabelledScene, LabelledSet

STEPS = 800

_WIDTHS = (16, 32, 64, 96, 128)
_CELL = 2 ** (len(_WIDTHS) - 1)
_REDUCED = 2
"""Pixels of a scene, along each side, for one that the network sees."""

_SIDE, _BATCH = 160, 6
_RATE, _DECAY = 2e-3, 1e-3
_MOST_WEIGHT = 30.0
_SEED = 0


@dataclass
class _Example:
    """A scene as the network sees it.

    Attributes:
        bands: in units of the scene's own spread, then in units of all taught scenes, (2 C, h, w).
        mask: share of each pixel that is anomalous, (1, h, w).
        valid: whether all of a pixel is data, (h, w).
    """

    bands: Tensor
    mask: Tensor
    valid: Tensor


def network_ceiling(labelled: LabelledSet, steps: int = STEPS) -> tuple[float, float, float]:
    """As :func:`~.asd_ceiling.ceiling`, by a network; every pixel of half the resolution counts.

    Args:
        labelled: two scenes or more, with masks.
        steps: how many to teach.
    """
    torch.manual_seed(_SEED)
    rng = np.random.default_rng(_SEED)
    taught, scored = shown_halves(labelled)
    level, spread = _units(taught)
    seen = [_example(scene, level, spread) for scene in taught]
    network = _UNet(len(seen[0].bands)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    share = float(np.mean([example.mask.mean() for example in seen]))
    weight = torch.tensor(min(_MOST_WEIGHT, 0.5 * (1 - share) / max(share, 1e-6)))
    optimizer = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, steps)
    for _ in range(steps):
        bands, mask, valid = (
            torch.stack(part) for part in zip(*(_crop(rng, seen) for _ in range(_BATCH)), strict=True)
        )
        logit = _logit(network, bands)
        losses = functional.binary_cross_entropy_with_logits(logit, mask, pos_weight=weight, reduction="none")
        loss = (losses[:, 0] * valid).sum() / valid.sum().clamp(min=1)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    network.eval()
    return measures([_scores(network, _example(scene, level, spread)) for scene in scored])


def _units(scenes: list[LabelledScene]) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each band over scenes, (C, 1, 1)."""
    pixels = torch.cat([bands[:, valid][:, ::16] for bands, valid, _ in map(_open, scenes)], 1)
    return pixels.mean(1)[:, None, None], pixels.std(1).clamp(min=1e-6)[:, None, None]


def _open(scene: LabelledScene) -> tuple[Tensor, Tensor, NDArray[np.bool_]]:
    """Bands (C, H, W), of which pixels something is known (H, W), and mask (H, W) of a scene."""
    pixels, valid = scene.read()
    mask, known = scene.read_labels(*valid.shape)
    return torch.from_numpy(pixels.astype(np.float32)), torch.from_numpy(valid & known), mask


def _example(scene: LabelledScene, level: Tensor, spread: Tensor) -> _Example:
    bands, valid, mask = _open(scene)
    known = bands[:, valid]
    middle, own = known.median(1).values[:, None, None], known.std(1).clamp(min=1e-6)[:, None, None]
    bands = torch.where(valid, bands, middle)
    shown = torch.cat([(bands - middle) / own, (bands - level) / spread])
    planes = torch.cat([shown, torch.from_numpy(mask)[None].float(), valid[None].float()])
    # Up to a whole number of the network's coarsest cells.
    missing = [-length % (_REDUCED * _CELL) for length in planes.shape[1:]]
    padded = functional.pad(planes[None], (0, missing[1], 0, missing[0]), mode="replicate")[0]
    padded[-1, valid.shape[0] :] = 0
    padded[-1, :, valid.shape[1] :] = 0
    reduced = functional.avg_pool2d(padded, _REDUCED)
    return _Example(reduced[:-2], reduced[-2:-1], reduced[-1] == 1)


def _crop(rng: np.random.Generator, examples: list[_Example]) -> tuple[Tensor, Tensor, Tensor]:
    """Bands, mask and validity of a part of a scene, mirrored, turned, in other light."""
    example = examples[int(rng.integers(len(examples)))]
    bands, mask = example.bands, example.mask
    side = min(_SIDE, *(n // _CELL * _CELL for n in bands.shape[1:]))
    top, left = (int(rng.integers(n - side + 1)) for n in bands.shape[1:])
    planes = torch.cat([bands, mask, example.valid[None].float()])[:, top : top + side, left : left + side]
    if side < _SIDE:
        planes = functional.pad(planes, (0, _SIDE - side, 0, _SIDE - side))
    planes = torch.rot90(planes, int(rng.integers(4)), (1, 2))
    planes = planes.flip(2) if rng.random() < 0.5 else planes
    count = len(bands)
    light = torch.from_numpy(rng.normal(0, 0.2, (count, 1, 1)).astype(np.float32))
    return planes[:count] * float(rng.uniform(0.75, 1.35)) + light, planes[count : count + 1], planes[-1]


def _logit(network: _UNet, bands: Tensor) -> Tensor:
    dtype = best_dtype(bands.device.type)
    with torch.autocast(bands.device.type, dtype, enabled=dtype != torch.float32):
        found: Tensor = network(bands.contiguous(memory_format=torch.channels_last))
    return found.float()


@torch.inference_mode()
def _scores(network: _UNet, example: _Example) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Logits of the anomalous and of the other pixels of a scene, averaged over four orientations."""
    ways: tuple[list[int], ...] = ([], [2], [3], [2, 3])
    bands = example.bands[None]
    logit = torch.stack([_logit(network, bands.flip(way)).flip(way) for way in ways]).mean(0)[0, 0]
    return split(np.where(example.valid, logit, np.nan), (example.mask[0] > 0.5).numpy())


class _UNet(nn.Module):
    """Five resolutions down and up again; (B, bands, H, W) to (B, 1, H, W)."""

    def __init__(self, bands: int) -> None:
        super().__init__()
        self.down = nn.ModuleList(_block(before, own) for before, own in zip((bands, *_WIDTHS), _WIDTHS))
        pairs = list(zip(_WIDTHS[::-1], _WIDTHS[-2::-1]))
        self.up = nn.ModuleList(_block(coarse + own, own) for coarse, own in pairs)
        self.drop = nn.Dropout2d(0.2)
        self.last = nn.Conv2d(_WIDTHS[0], 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        kept: list[Tensor] = []
        for number, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if number else x)
            kept.append(x)
        x = self.drop(x)
        for block, own in zip(self.up, kept[-2::-1], strict=True):
            x = block(torch.cat([functional.interpolate(x, scale_factor=2.0, mode="bilinear"), own], 1))
        found: Tensor = self.last(x)
        return found


def _block(before: int, width: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for source in (before, width):
        layers += [nn.Conv2d(source, width, 3, padding=1), nn.GroupNorm(8, width), nn.ReLU()]
    return nn.Sequential(*layers)
