"""From simulated scenes to the batches that the instance networks are trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..engine.models.ada.heads import Target
from ..engine.models.ada.inputs import SceneInputs
from .ada_settings import AdaSettings
from .simulation import ANOMALY, IGNORED, Bank, SimulatedScene, SpatialSimulator, SpectralSimulator
from .simulation.sample import as_if_larger
from .simulation.sea import SeaConfig, SeaSimulator
from .simulation.spatial import SpatialConfig
from .simulation.spectral import SpectralConfig
from .uniadrs_batches import EndlessStream, anomaly_weights

COARSE_KINDS = {"visible": 0.4, "sar": 0.35, "low_light": 0.25}
"""Kinds of scenes whose masks have half the resolution, here and in use, and how frequent each is."""

LENGTHS: dict[str, tuple[float, float]] = {
    "infrared": (2, 40),
    "visible": (8, 120),
    "sar": (8, 100),
    "low_light": (8, 120),
}
"""Smallest and largest instance in pixels, by modality: of less than four pixels of a mask, there is no outline."""

_CROPS = 2
"""Images cut out of one scene: tiles of a larger whole, as in use."""

_TRIES = 4
_SAMPLE = 8192
_DISTANCES = 0.15
"""Share of colour images that are shown by their distances, as scenes of more bands are."""

_FEWEST_PIXELS = 0.3
"""An instance keeps this much of a mask's pixel, or it would be nothing to find."""


@dataclass
class AdaImage:
    """A part of a scene as the network takes it; fields as of :class:`AdaBatch`, for one."""

    image: Tensor
    masks: Tensor
    anomaly: Tensor
    background: Tensor


@dataclass
class AdaBatch:
    """Images as the network takes them.

    Attributes:
        images: X' of Eq. 8 and the deviation maps, (B, 17, H, W).
        masks: instances of each image at the masks' resolution, (N, H / stride, W / stride), 0 to 1.
        anomaly: weight of each pixel as an anomaly at the masks' resolution, (B, H / stride, W / stride).
        background: weight as background, likewise.
        stride: pixels of the images for one of the masks.
    """

    images: Tensor
    masks: list[Tensor]
    anomaly: Tensor
    background: Tensor
    stride: int

    def targets(self) -> list[Target]:
        """The instances with the boxes around them."""
        return [Target(masks, boxes_of(masks)) for masks in self.masks]


def crops(
    scene: SimulatedScene, side: int, stride: int, count: int, rng: np.random.Generator, larger: float = 0.0
) -> list[AdaImage]:
    """Square parts of a scene, with instances in them where a few tries find some.

    Args:
        scene: at least ``side`` pixels in each direction.
        side: of a part, in pixels.
        stride: pixels for one of the masks.
        count: how many.
        rng: of their places, and of the scene's dictionary.
        larger: probability that the statistics are those of a larger scene, see
            :func:`~.simulation.sample.as_if_larger`.
    """
    image = torch.from_numpy(scene.image)
    pixels = image.flatten(1).T
    varying = pixels.std(0) > 0
    image, pixels = image[varying], pixels[:, varying]
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    order = torch.randperm(len(pixels), generator=generator)
    if rng.random() < larger:
        order = order[torch.from_numpy(as_if_larger(scene, rng)).flatten()[order]]
    some = order[:_SAMPLE]
    distances = True if len(image) == 3 and rng.random() < _DISTANCES else None
    shown = SceneInputs.learn(pixels[some], generator, distances=distances).of(image)
    weights = anomaly_weights(scene)
    label = torch.from_numpy(scene.label)
    background = ((label != ANOMALY) & (label != IGNORED)).float()
    found = []
    for _ in range(count):
        for _ in range(_TRIES):
            top, left = (int(rng.integers(0, length - side + 1)) for length in scene.label.shape)
            window = (slice(top, top + side), slice(left, left + side))
            numbers = np.unique(scene.objects[window][scene.label[window] == ANOMALY])
            if len(numbers):
                break
        masks = _reduced(torch.from_numpy(scene.objects[window] == numbers[:, None, None]).float(), stride)
        kept = masks.flatten(1).amax(1) >= _FEWEST_PIXELS if len(masks) else torch.zeros(0, dtype=torch.bool)
        clear = _reduced(background[window][None], stride)[0] > 0.99
        anomaly = _reduced(weights[window][None], stride)[0]
        found.append(AdaImage(shown[(slice(None), *window)], masks[kept], anomaly, clear.float()))
    return found


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


class _Simulators:
    """Of scenes half as wide again as the images, for both strides; hardly any large normal object in them."""

    def __init__(self, bank: Bank, size: int, crowded: bool) -> None:
        fine, coarse = 3 * size // 2, 3 * size
        shape: dict[str, Any] = {"large_probability": 0.1, "clutter_probability": 0.1, "single_group": 0.1}
        shape["scatterers"] = 0.7
        spectral = SpectralConfig(size=fine)
        if crowded:
            shape |= {"clutter_probability": 0.0, "most_groups": 18, "alone": 0.2}
            spectral = replace(spectral, large_probability=0.25, clutter_probability=0.0, alone=0.07)
        else:
            shape["most_groups"] = 12
        self.fine = SpatialSimulator(bank, SpatialConfig(size=fine, length=LENGTHS, **shape))
        self.coarse = SpatialSimulator(bank, SpatialConfig(size=coarse, length=LENGTHS, **shape))
        self.spectral = SpectralSimulator(bank, spectral)
        self.sea = SeaSimulator(bank, SeaConfig(size=coarse, alone=0.1 if crowded else 0.3))

    def draw(self, rng: np.random.Generator, stride: int, spectral: float, sea: float) -> SimulatedScene:
        """One scene of those whose masks have this stride.

        Args:
            rng: where all chance comes from.
            stride: pixels of a scene for one of the masks.
            spectral: share of hyperspectral scenes among the fine ones.
            sea: share of ships at sea among radar scenes.
        """
        if stride == 1:
            if rng.random() < spectral:
                return self.spectral.sample(rng)
            return self.fine.sample(rng, "infrared")
        kind = str(rng.choice(list(COARSE_KINDS), p=list(COARSE_KINDS.values())))
        if kind == "sar" and rng.random() < sea:
            return self.sea.sample(rng)
        return self.coarse.sample(rng, kind)


class AdaStream(EndlessStream[AdaBatch]):
    """The batches of the instance networks."""

    def __init__(self, bank: Bank, settings: AdaSettings, first: int) -> None:
        super().__init__(first)
        self.settings = settings
        self.fine_side, self.coarse_side = settings.size, 2 * settings.size
        self.few, self.many = (_Simulators(bank, settings.size, crowded) for crowded in (False, True))

    def draw(self, index: int) -> AdaBatch | None:
        """The batch of one step; None where that step reuses the one before."""
        settings = self.settings
        if index % settings.reuse:
            return None
        rng = np.random.default_rng([settings.seed, index])
        simulators = self.many if rng.random() < settings.crowded else self.few
        stride = 1 if rng.random() < settings.fine else 2
        side = self.fine_side if stride == 1 else self.coarse_side
        images: list[AdaImage] = []
        while len(images) < settings.batch:
            scene = simulators.draw(rng, stride, settings.spectral, settings.sea)
            if not scene.image.std():
                continue  # a scene that is saturated everywhere shows nothing
            images += crops(scene, side, stride, min(_CROPS, settings.batch - len(images)), rng, settings.larger)
        return collate(images, stride)


def collate(images: list[AdaImage], stride: int) -> AdaBatch:
    """A batch of images."""
    return AdaBatch(
        torch.stack([each.image for each in images]),
        [each.masks for each in images],
        torch.stack([each.anomaly for each in images]),
        torch.stack([each.background for each in images]),
        stride,
    )


def turned(batch: AdaBatch, turn: int) -> AdaBatch:
    """The batch mirrored (turn 4 to 7) and turned by quarters."""

    def each(x: Tensor) -> Tensor:
        x = x.flip(-1) if turn >= 4 else x
        return torch.rot90(x, turn % 4, (-2, -1)).contiguous()

    masks = [each(mask) for mask in batch.masks]
    return AdaBatch(each(batch.images), masks, each(batch.anomaly), each(batch.background), batch.stride)


def _reduced(x: Tensor, stride: int) -> Tensor:
    """Maps (N, H, W) at a lower resolution, by means."""
    return functional.avg_pool2d(x[None], stride)[0] if stride > 1 and len(x) else x[:, ::stride, ::stride]
