"""From simulated scenes to the batches that the instance networks are trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import IterableDataset, get_worker_info

from ..engine.models.ada.channels import channels, learn_background
from ..engine.models.ada.heads import Target
from .ada_settings import AdaSettings
from .simulation import ANOMALY, IGNORED, Bank, SimulatedScene, SpatialSimulator, SpectralSimulator
from .simulation.spatial import SpatialConfig
from .simulation.spectral import SpectralConfig

STRIDE = 2
"""Of the compact trunk: pixels of an image for one of a mask."""

ZOOMED = ("infrared", "spectral")
"""Kinds of scenes whose targets are small: they are shown at twice their size, here and in use."""

_SAMPLE = 8192
_FEWEST_PIXELS = 0.3
"""An instance keeps this much of a mask's pixel, or it would be nothing to find."""

_BORDER = 32
"""Pixels of the network around an image that are simulated and cut off: objects lie across its edges, as in a tile."""


@dataclass
class AdaBatch:
    """Scenes as the network takes them.

    Attributes:
        images: X' of Eq. 8, (B, 3, H, W).
        masks: instances of each scene at the masks' resolution, (N, H / 2, W / 2), 0 to 1.
        anomaly: weight of each pixel as an anomaly at the masks' resolution, (B, H / 2, W / 2).
        background: weight as background, likewise.
    """

    images: Tensor
    masks: list[Tensor]
    anomaly: Tensor
    background: Tensor

    def targets(self) -> list[Target]:
        """The instances with the boxes around them."""
        return [Target(masks, boxes_of(masks)) for masks in self.masks]


def prepare(scene: SimulatedScene, zoom: int, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Channels, instance masks, and weights as anomaly and background of one scene."""
    image = torch.from_numpy(scene.image)
    pixels = image.flatten(1).T
    varying = pixels.std(0) > 0
    image, pixels = image[varying], pixels[:, varying]
    generator = torch.Generator().manual_seed(seed)
    some = torch.randperm(len(pixels), generator=generator)[:_SAMPLE]
    inner = (slice(_BORDER // zoom, -_BORDER // zoom),) * 2
    x = channels(image, learn_background(pixels[some], generator))[(slice(None), *inner)]
    numbers = np.unique(scene.objects[inner][scene.label[inner] == ANOMALY])
    masks = torch.from_numpy(scene.objects[inner] == numbers[:, None, None]).float()
    weights = _anomaly_weights(scene)[inner]
    label = torch.from_numpy(scene.label[inner])
    background = ((label != ANOMALY) & (label != IGNORED)).float()
    if zoom > 1:
        x = functional.interpolate(x[None], scale_factor=zoom, mode="bilinear", align_corners=False)[0]
    shape = x.shape[1] // STRIDE, x.shape[2] // STRIDE
    masks = _at(masks, shape)
    kept = masks.flatten(1).amax(1) >= _FEWEST_PIXELS if len(masks) else torch.zeros(0, dtype=torch.bool)
    return x, masks[kept], _at(weights[None], shape)[0], (_at(background[None], shape)[0] > 0.99).float()


def boxes_of(masks: Tensor) -> Tensor:
    """Centre and size, in [0, 1], of the boxes around masks (N, H, W); (N, 4)."""
    height, width = masks.shape[1:]
    boxes = []
    for mask in masks:
        rows, columns = (mask >= 0.5 * mask.max()).nonzero(as_tuple=True)
        top, bottom = float(rows.min()) / height, float(rows.max() + 1) / height
        left, right = float(columns.min()) / width, float(columns.max() + 1) / width
        boxes.append([(left + right) / 2, (top + bottom) / 2, right - left, bottom - top])
    return torch.tensor(boxes).reshape(-1, 4)


class AdaStream(IterableDataset[AdaBatch | None]):
    """Endless batches; the n-th is the same whatever the number of workers and wherever a run was resumed."""

    def __init__(self, bank: Bank, settings: AdaSettings, first: int) -> None:
        self.settings = settings
        self.first = first
        size = settings.size + 2 * _BORDER
        # Dozens of instances, as the paper has, in scenes of 80 to 160 pixels; hardly any large normal object.
        many = {"large_probability": 0.1, "clutter_probability": 0.1, "single_group": 0.2, "most_groups": 7}
        self.near = SpatialSimulator(bank, SpatialConfig(size=size // 2, **many))  # type: ignore[arg-type]
        self.far = SpatialSimulator(bank, SpatialConfig(size=size, **many))  # type: ignore[arg-type]
        self.spectral = SpectralSimulator(bank, SpectralConfig(size=size // 2))

    def __iter__(self) -> Iterator[AdaBatch | None]:
        info = get_worker_info()
        number, step = (info.id, info.num_workers) if info else (0, 1)
        torch.set_num_threads(1)
        index = self.first + number
        while True:
            yield self.draw(index)
            index += step

    def draw(self, index: int) -> AdaBatch | None:
        """The batch of one step; None where that step reuses the one before."""
        if index % self.settings.reuse:
            return None
        rng = np.random.default_rng([self.settings.seed, index])
        return collate([self.scene(rng) for _ in range(self.settings.batch)])

    def scene(self, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """One scene, prepared."""
        seed = int(rng.integers(2**31))
        if rng.random() < self.settings.spectral:
            return prepare(self.spectral.sample(rng), 2, seed)
        kinds = self.far.config.kinds
        weights = np.array(list(kinds.values()))
        kind = str(rng.choice(list(kinds), p=weights / weights.sum()))
        if kind in ZOOMED:
            return prepare(self.near.sample(rng, kind), 2, seed)
        return prepare(self.far.sample(rng, kind), 1, seed)


def collate(scenes: list[tuple[Tensor, Tensor, Tensor, Tensor]]) -> AdaBatch:
    """A batch of prepared scenes."""
    images, masks, anomaly, background = zip(*scenes, strict=True)
    return AdaBatch(torch.stack(images), list(masks), torch.stack(anomaly), torch.stack(background))


def turned(batch: AdaBatch, turn: int) -> AdaBatch:
    """The batch mirrored (turn 4 to 7) and turned by quarters."""

    def each(x: Tensor) -> Tensor:
        x = x.flip(-1) if turn >= 4 else x
        return torch.rot90(x, turn % 4, (-2, -1)).contiguous()

    return AdaBatch(each(batch.images), [each(m) for m in batch.masks], each(batch.anomaly), each(batch.background))


def _anomaly_weights(scene: SimulatedScene) -> Tensor:
    """Small objects weigh as much a pixel as makes each count with the square root of its area."""
    objects = np.where(scene.label == ANOMALY, scene.objects, 0)
    areas = np.bincount(objects.ravel())
    weights = 1 / np.sqrt(np.maximum(areas, 1))
    weights[0] = 0
    return torch.from_numpy(weights[objects].astype(np.float32))


def _at(x: Tensor, shape: tuple[int, int]) -> Tensor:
    """Maps at another resolution: means where it is lower, the same values where it is not."""
    if tuple(x.shape[1:]) == shape or not len(x):
        return x.reshape(len(x), *shape) if not len(x) else x
    return functional.adaptive_avg_pool2d(x[None], shape)[0]
