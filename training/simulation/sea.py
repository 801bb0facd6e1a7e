"""Ships in radar scenes of the sea: few, elongated, speckled and smeared along rows and columns, on dark water.

What makes a ship one object for an analyst is its hull, whose scatterers differ by orders of magnitude: some saturate
and smear beyond it, the deck between hardly rises above the water. The label is the hull.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from . import sensor
from .bank import Bank
from .draw import Array, fractal_field, log_uniform, region, resize, shape_mask, smooth_field
from .sample import ANOMALY, IGNORED, SimulatedScene, mark

_EDGE = 0.15
"""Coverage of a pixel from which it is no longer plain water."""

_CLEAR = 1.5
"""What is brighter than the water by this factor beside a ship is left open: is it hull or smear?"""


@dataclass(frozen=True)
class SeaConfig:
    """How scenes are drawn.

    Attributes:
        size: side of a scene in pixels.
        length: shortest and longest ship in pixels, log-uniform.
        aspect: of ships, width over length.
        alone: probability that a scene ends with each of its ships: there are 1 / alone on average.
        most: of ships in a scene.
        coast: probability of land in the scene.
    """

    size: int = 288
    length: tuple[float, float] = (8, 110)
    aspect: tuple[float, float] = (0.12, 0.45)
    alone: float = 0.3
    most: int = 14
    coast: float = 0.35


class SeaSimulator:
    """Draws radar scenes of one band.

    Args:
        bank: photographs are what land is made of.
        config: how.
    """

    kinds = ("sar",)

    def __init__(self, bank: Bank, config: SeaConfig | None = None) -> None:
        self.bank = bank
        self.config = config or SeaConfig()

    def sample(self, rng: np.random.Generator) -> SimulatedScene:
        """One scene with at least one ship.

        Args:
            rng: where all chance comes from.
        """
        size = self.config.size
        label = np.zeros((size, size), np.uint8)
        objects = np.zeros((size, size), np.int32)
        number = 0
        while not number:
            water, land = self._ground(rng)
            level = float(np.median(water[~land])) if not land.all() else float(np.median(water))
            image = water.copy()
            ships = int(min(self.config.most, rng.geometric(self.config.alone)))
            length = log_uniform(rng, *self.config.length)
            alike = float(rng.choice([0.1, 0.8]))
            for _ in range(ships):
                own = float(np.clip(length * np.exp(alike * rng.standard_normal()), *self.config.length))
                number += self._ship(rng, image, level, land, label, objects, own, number + 1)
        self._specks(rng, image, level, label)
        bright = ndimage.maximum_filter(image, 3) > _CLEAR * np.maximum(water, level)
        label[bright & (label == 0) & (ndimage.distance_transform_edt(label != ANOMALY) < size / 12)] = IGNORED
        return SimulatedScene(self._sense(rng, image, level)[None], label, objects, "sar")

    def _ground(self, rng: np.random.Generator) -> tuple[Array, NDArray[np.bool_]]:
        """Mean amplitudes of water and land (size, size), and where land is."""
        size = self.config.size
        water = np.exp(np.float32(rng.uniform(0.0, 0.3)) * fractal_field(rng, size, size, rng.uniform(0.2, 0.7)))
        land = np.zeros((size, size), bool)
        if rng.random() < self.config.coast:
            land = region(rng, size, size, rng.uniform(0.1, 0.6))
            ground = np.float32(log_uniform(rng, 1.0, 8.0)) * (0.3 + self._photograph(rng))
            # Houses and piers: a few scatterers as strong as ships, all over the land.
            strong = rng.random((size, size)) < log_uniform(rng, 1e-4, 2e-2)
            ground = ground * np.where(strong, rng.uniform(3, 20), 1).astype(np.float32)
            water = np.where(land, ground, water)
        return np.asarray(water, np.float32), land

    def _photograph(self, rng: np.random.Generator) -> Array:
        """Brightness of some photograph, or clouds where there is none, (size, size)."""
        size = self.config.size
        if not self.bank.visible:
            return np.clip(0.5 + 0.2 * fractal_field(rng, size, size, 0.7), 0, 1).astype(np.float32)
        image = self.bank.visible[int(rng.integers(len(self.bank.visible)))].astype(np.float32).mean(-1) / 255
        side = int(rng.integers(min(size, *image.shape) // 2, min(image.shape) + 1))
        y, x = (int(rng.integers(0, length - side + 1)) for length in image.shape)
        return np.rot90(resize(image[y : y + side, x : x + side], size, size), int(rng.integers(4))).copy()

    def _ship(
        self,
        rng: np.random.Generator,
        image: Array,
        level: float,
        land: NDArray[np.bool_],
        label: NDArray[np.uint8],
        objects: NDArray[np.int32],
        length: float,
        number: int,
    ) -> bool:
        """Put a ship somewhere free on the water; False: there was no room."""
        size = len(image)
        shape = str(rng.choice(["ship", "ellipse", "rectangle"], p=[0.5, 0.3, 0.2]))
        angle = float(rng.uniform(0, 2 * np.pi))
        hull = shape_mask(rng, shape, length, float(rng.uniform(*self.config.aspect)), angle)
        height, width = hull.shape
        if max(height, width) >= size - 2:
            return False
        for _ in range(12):
            y, x = int(rng.integers(0, size - height)), int(rng.integers(0, size - width))
            window = (slice(y, y + height), slice(x, x + width))
            # Ships lie side by side in a harbour, but not in one another, and at a pier, but not on land.
            if not (((label[window] == ANOMALY) | land[window]) & (hull > _EDGE)).any():
                break
        else:
            return False
        excess = hull * self._scatterers(rng, hull, level)
        axis = int(rng.integers(2))
        if rng.random() < 0.5:
            excess = ndimage.gaussian_filter1d(excess, log_uniform(rng, 0.4, max(0.5, length / 20)), axis=axis)
        image[window] = np.hypot(image[window], excess)
        if rng.random() < 0.7:
            _smear(rng, image, excess, window, length)
        mark(label[window], objects[window], hull, number, edge=_EDGE, inside=0.5)
        return True

    def _scatterers(self, rng: np.random.Generator, hull: Array, level: float) -> Array:
        """Amplitudes of deck, bow and superstructure, of the hull's shape."""
        height, width = hull.shape
        deck = level * log_uniform(rng, 1.5, 15)
        grain = ndimage.gaussian_filter(rng.standard_normal(hull.shape, np.float32), rng.uniform(0.4, 1.5))
        grain /= max(float(grain.std()), 1e-6)
        amplitude = deck * np.exp(np.float32(rng.uniform(0.2, 1.0)) * grain)
        if rng.random() < 0.5:
            # One end or side returns more than the other.
            amplitude = amplitude * np.exp(np.float32(rng.uniform(0.2, 0.8)) * smooth_field(rng, height, width, 2))
        places = np.argwhere(hull > 0.5)
        for _ in range(int(rng.integers(0, 7)) if len(places) else 0):
            spot = np.zeros(hull.shape, np.float32)
            spot[tuple(places[int(rng.integers(len(places)))])] = 1
            sigma = float(rng.uniform(0.5, 1.2 + 0.02 * max(height, width)))
            spot = ndimage.gaussian_filter(spot, sigma)
            amplitude = amplitude + spot / spot.max() * np.float32(deck * log_uniform(rng, 1.5, 12))
        return np.asarray(amplitude, np.float32)

    def _specks(self, rng: np.random.Generator, image: Array, level: float, label: NDArray[np.uint8]) -> None:
        """Buoys, boats, ghosts of what lies outside: too small for an outline, whether anomalous or not left open."""
        if rng.random() < 0.5:
            return
        for _ in range(int(rng.geometric(0.12))):
            side = float(rng.uniform(1.0, 4.5))
            spot = shape_mask(rng, "spot", side, 1.0, 0.0)
            height, width = spot.shape
            y, x = (int(rng.integers(0, len(image) - n)) for n in spot.shape)
            window = (slice(y, y + height), slice(x, x + width))
            if (label[window] != 0).any():
                continue
            image[window] = np.hypot(image[window], np.float32(level * log_uniform(rng, 3, 40)) * spot)
            label[window][spot > _EDGE] = IGNORED

    def _sense(self, rng: np.random.Generator, image: Array, level: float) -> Array:
        """Speckle, the point spread, and whole numbers in which the brightest scatterers are cut off."""
        image = sensor.speckle(rng, image[..., None], log_uniform(rng, 1, 8))
        if rng.random() < 0.6:
            image = sensor.blur(image, rng.uniform(0.3, 0.9))
        image = image[..., 0] * np.float32(log_uniform(rng, 0.02, 0.2) / level)
        if rng.random() < 0.2:
            # Decibels, as they are often delivered.
            image = np.log10(np.maximum(image, 1e-3)) / 3 + 1
        return sensor.quantise(image)


def _smear(rng: np.random.Generator, image: Array, excess: Array, window: tuple[slice, slice], length: float) -> None:
    """Side lobes of the strongest scatterers: thin bright lines along rows and columns that fade away, in place."""
    strong = np.where(excess >= np.quantile(excess[excess > 0], rng.uniform(0.7, 0.98)), excess, 0)
    for axis in (0, 1):
        if rng.random() < 0.3:
            continue
        reach = int(max(4, log_uniform(rng, 0.2, 1.5) * length))
        away = np.abs(np.arange(-reach, reach + 1, dtype=np.float32))
        lobes = np.float32(log_uniform(rng, 0.02, 0.25)) * (1 - away / (reach + 1)) / (1 + away / 3)
        lobes[reach] = 0
        line = np.zeros_like(image)
        line[window] = strong
        image[:] = np.hypot(image, ndimage.convolve1d(line, lobes, axis=axis, mode="constant"))
