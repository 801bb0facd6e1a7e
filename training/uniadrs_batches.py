"""From simulated scenes to the batches that UniADRS is trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from ..engine.models.deviation import MAPS, deviation_maps, scene_statistics, standardise
from ..engine.models.uniadrs import interpolation_matrix
from .simulation import ANOMALY, BACKGROUND, IGNORED, Bank, SimulatedScene, SpatialSimulator, SpectralSimulator
from .simulation.sample import as_if_larger
from .simulation.spatial import SpatialConfig
from .simulation.spectral import SpectralConfig
from .uniadrs_settings import Settings

SPATIAL_BANDS = 3
"""Bands of a spatial batch: one band alone is repeated."""
_SAMPLE = 8192

B = TypeVar("B")


@dataclass
class Batch:
    """Scenes as the network takes them.

    Attributes:
        bands: standardised, (B, C, H, W); spectral scenes on 270 bands.
        maps: deviation maps, then components, (B, 14 + components, H, W).
        anomaly: weight of each pixel as an anomaly, (B, H, W); small objects weigh as much a pixel as makes each object
            count with the square root of its area.
        background: weight as background, (B, H, W).
        doubt: share of the pixels like this one that may be unlabelled objects, (B, H, W); 0: its label is right.
    """

    bands: Tensor
    maps: Tensor
    anomaly: Tensor
    background: Tensor
    doubt: Tensor


def prepare_scene(
    scene: SimulatedScene,
    spectral: bool,
    components: int,
    rng: np.random.Generator,
    larger: float = 0.0,
    damping: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """Standardised bands, brought to the number that a batch has, and deviation maps and components of one scene."""
    image = torch.from_numpy(scene.image)
    pixels = image.reshape(len(image), -1).T
    if larger and rng.random() < larger:
        pixels = pixels[torch.from_numpy(as_if_larger(scene, rng)).flatten()]
    sample = pixels[torch.from_numpy(rng.choice(len(pixels), min(_SAMPLE, len(pixels)), replace=False))]
    exact = pixels.double()
    mean = exact.mean(0)
    centred = exact - mean
    statistics = scene_statistics(sample, mean, centred.T @ centred / (len(pixels) - 1), damping)
    bands = standardise(image, statistics)
    if spectral:
        waves = None if scene.wavelengths is None else [float(w) for w in scene.wavelengths]
        bands = torch.einsum("jc,chw->jhw", interpolation_matrix(len(bands), waves), bands)
    elif len(bands) == 1:
        # One band is the same on any number of bands, once interpolated.
        bands = bands.expand(SPATIAL_BANDS, -1, -1)
    maps = deviation_maps(image, statistics, components=components)
    # A component may as well point the other way.
    signs = torch.from_numpy(rng.choice([-1.0, 1.0], (components, 1, 1)).astype(np.float32))
    maps[len(MAPS) :] *= signs
    return bands, maps


def collate(
    scenes: list[SimulatedScene],
    spectral: bool,
    rng: np.random.Generator,
    components: int = 0,
    larger: float = 0.0,
    damping: float = 0.0,
) -> Batch:
    """A batch of simulated scenes.

    Args:
        scenes: all of one number of bands, once they are brought to the stem's.
        spectral: for the spectral stem.
        rng: of what is chance in it.
        components: see :func:`~anomaly_lens.engine.models.deviation.deviation_maps`.
        larger: probability that a scene has the statistics of a larger one, see
            :func:`~.simulation.sample.as_if_larger`.
        damping: see :func:`~anomaly_lens.engine.models.deviation.scene_statistics`.
    """
    inputs = [prepare_scene(scene, spectral, components, rng, larger, damping) for scene in scenes]
    anomaly = torch.stack([anomaly_weights(scene) for scene in scenes])
    labels = torch.from_numpy(np.stack([scene.label for scene in scenes]))
    background = ((labels != ANOMALY) & (labels != IGNORED)).float()
    doubt = torch.tensor([scene.doubt for scene in scenes])[:, None, None] * (labels == BACKGROUND)
    return Batch(
        torch.stack([bands for bands, _ in inputs]),
        torch.stack([maps for _, maps in inputs]),
        anomaly,
        background,
        doubt,
    )


def anomaly_weights(scene: SimulatedScene) -> Tensor:
    """Small objects weigh as much a pixel as makes each count with the square root of its area, (H, W)."""
    objects = np.where(scene.label == ANOMALY, scene.objects, 0)
    areas = np.bincount(objects.ravel())
    weights = 1 / np.sqrt(np.maximum(areas, 1))
    weights[0] = 0
    return torch.from_numpy(weights[objects].astype(np.float32))


class EndlessStream(IterableDataset[B | None]):
    """Endless batches; the n-th is the same whatever the number of workers and wherever a run was resumed.

    Args:
        first: the step whose batch comes first.
    """

    def __init__(self, first: int) -> None:
        self.first = first

    def __iter__(self) -> Iterator[B | None]:
        info = get_worker_info()
        number, step = (info.id, info.num_workers) if info else (0, 1)
        torch.set_num_threads(1)
        index = self.first + number
        while True:
            yield self.draw(index)
            index += step

    def draw(self, index: int) -> B | None:
        """The batch of one step; None where that step reuses the one before."""
        raise NotImplementedError


class BatchStream(EndlessStream[Batch]):
    """The batches of one stem."""

    def __init__(self, stem: str, bank: Bank, settings: Settings, first: int) -> None:
        super().__init__(first)
        self.simulator: SpatialSimulator | SpectralSimulator
        if stem == "spatial":
            spatial = SpatialConfig(
                natural=settings.natural, markings=settings.markings, aircraft=settings.aircraft, doubt=settings.doubt
            )
            self.simulator = SpatialSimulator(
                bank, spatial if settings.large_objects else replace(spatial, large_probability=0.0)
            )
        else:
            spectral = SpectralConfig(doubt=settings.doubt)
            self.simulator = SpectralSimulator(
                bank, spectral if settings.large_objects else replace(spectral, large_probability=0.0)
            )
        self.stem = stem
        self.settings = settings

    def draw(self, index: int) -> Batch | None:
        """The batch of one step; None where that step reuses the one before."""
        if index % self.settings.reuse:
            return None
        rng = np.random.default_rng([self.settings.seed, index])
        scenes = [self.simulator.sample(rng) for _ in range(self.settings.batch)]
        own = self.settings
        return collate(scenes, self.stem == "spectral", rng, own.components, own.larger, own.damping)


def turned(batch: Batch, turn: int) -> Batch:
    """The batch mirrored (turn 4 to 7) and turned by quarters."""

    def each(x: Tensor) -> Tensor:
        x = x.flip(-1) if turn >= 4 else x
        return torch.rot90(x, turn % 4, (-2, -1))

    return Batch(each(batch.bands), each(batch.maps), each(batch.anomaly), each(batch.background), each(batch.doubt))
