"""What a simulation yields."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .draw import log_uniform

BACKGROUND, ANOMALY, IGNORED, LARGE_OBJECT = 0, 1, 2, 3
"""Values of a label: B1, A, pixels of mixed nature at edges, B0."""

_LARGEST = 64.0
"""Times as many pixels that a larger scene has, at most."""


@dataclass
class SimulatedScene:
    """A small scene and what is anomalous in it.

    Attributes:
        image: bands, (C, H, W) float32, in any unit.
        label: (H, W) uint8.
        objects: (H, W) int32: which anomaly a pixel belongs to, from 1; 0: none.
        kind: how it was made, in a word.
        wavelengths: of the bands, in nm, where the simulation knows them.
        doubt: share of the pixels of B1 that may belong to real objects of which nobody told: their label is not to be
            trusted where a network that has learned something finds them most foreign.
    """

    image: NDArray[np.float32]
    label: NDArray[np.uint8]
    objects: NDArray[np.int32]
    kind: str
    wavelengths: NDArray[np.float32] | None = None
    doubt: float = 0.0


def mark(
    label: NDArray[np.uint8],
    objects: NDArray[np.int32],
    cover: NDArray[np.float32],
    number: int,
    edge: float,
    inside: float,
) -> None:
    """Write an anomaly into the part of a scene's label and objects where it lies.

    Args:
        label: of that part, (h, w).
        objects: likewise.
        cover: how much of each pixel it covers, (h, w).
        number: of the anomaly, from 1.
        edge: pixels of more cover are left open, unless they are another anomaly's.
        inside: pixels of at least this cover belong to it.
    """
    label[(cover > edge) & (label != ANOMALY)] = IGNORED
    label[cover >= inside] = ANOMALY
    objects[cover >= inside] = number


def as_if_larger(scene: SimulatedScene, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which pixels to take a scene's statistics from, (H, W), for those of one that is up to 64 times as large.

    What is anomalous widens the spread of a small scene, by which all of it is measured, and hardly that of a large
    one: a network that has only seen scenes of a few tiles finds whole scenes glaring, and draws the outlines of their
    objects too wide.
    """
    foreign = (scene.label == ANOMALY) | (scene.label == IGNORED)
    times = log_uniform(rng, 1, _LARGEST)
    return ~foreign | (rng.random(foreign.shape) < 1 / times)
