"""Spectral anomalies: pixels of a foreign material in hyperspectral scenes.

Follows the paper (Fig. 6): regions A and large regions B0 take spectra from a shuffled scene. Beyond it: spectra of a
library and of other cubes, smooth random ones and the scene's own in foreign mixtures, at 25 to 100 percent abundance,
mixed at their edges, down to less than a pixel. A target takes the place of the ground's signal, not of the sensor's
noise: a detector must not learn that what is foreign is also smooth.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .bank import Bank
from .cubes import Grounds, random_spectrum, slow_curve
from .draw import SHAPES, Array, fractal_field, line, log_uniform, region, shape_mask
from .sample import ANOMALY, LARGE_OBJECT, SimulatedScene, mark


@dataclass(frozen=True)
class SpectralConfig:
    """How cubes are drawn.

    Attributes:
        size: side of a cube in pixels.
        bands: fewest and most bands of a made cube.
        kinds: probability of each kind of ground; those that the imagery does not allow are left out.
        length: smallest and largest anomaly in pixels, log-uniform. The paper's area ratios 0.0064 to 0.0225 of 100²
            are lengths of 8 to 15; the targets of public scenes are mostly smaller.
        large_probability: of each of up to two large normal regions; 0 leaves B0 out.
        clutter_probability: of a scene with many small things of one material, normal because they are many.
        alone: probability that a group of alike anomalies ends with each: they are 1 / alone on average.
        shuffle_only: draw anomalies by channel shuffling alone, as the paper does.
        doubt: share of a real cube's pixels that may be of foreign materials of which nobody told.
    """

    size: int = 96
    bands: tuple[int, int] = (60, 210)
    kinds: dict[str, float] = field(
        default_factory=lambda: {"made cube": 0.35, "real cube": 0.3, "cube laid out anew": 0.35}
    )
    length: tuple[float, float] = (1.0, 20.0)
    large_probability: float = 0.5
    clutter_probability: float = 0.25
    alone: float = 0.15
    shuffle_only: bool = False
    doubt: float = 0.0


class SpectralSimulator:
    """Draws hyperspectral scenes.

    Args:
        bank: the imagery and spectra to draw from.
        config: how.
    """

    def __init__(self, bank: Bank, config: SpectralConfig | None = None) -> None:
        self.bank = bank
        self.config = config or SpectralConfig()
        self.grounds = Grounds(bank, self.config.size, self.config.bands)
        self.kinds = self.grounds.kinds

    def sample(self, rng: np.random.Generator, kind: str | None = None) -> SimulatedScene:
        """One cube with at least one anomaly.

        Args:
            rng: where all chance comes from.
            kind: of ground; None: drawn.
        """
        size = self.config.size
        if kind is None:
            weights = np.array([self.config.kinds[each] for each in self.kinds])
            kind = str(rng.choice(self.kinds, p=weights / weights.sum()))
        ground = self.grounds.draw(rng, kind)
        cube, waves = ground.signal, ground.wavelengths
        label = np.zeros((size, size), np.uint8)
        objects = np.zeros((size, size), np.int32)
        for _ in range(2):
            if rng.random() < self.config.large_probability:
                self._paste_large(rng, cube, label, waves)
        if rng.random() < self.config.clutter_probability:
            self._scatter(rng, cube, label, objects, waves)
        number = 0
        for _ in range(1 if rng.random() < 0.6 else 2):
            target = self._foreign(rng, cube, waves)
            length = log_uniform(rng, *self.config.length)
            abundance = float(rng.uniform(0.25, 1.0)) if rng.random() < 0.6 else 1.0
            shape = str(rng.choice(SHAPES[1:]))
            for _ in range(int(min(3 if length > 9 else 30, rng.geometric(self.config.alone)))):
                number += self._paste(rng, cube, label, objects, target, length, shape, abundance, number + 1)
        if ground.noise is not None:
            cube = cube + ground.noise
        cube = self._sense(rng, cube, kind)
        doubt = self.config.doubt if kind == "real cube" else 0.0
        return SimulatedScene(np.ascontiguousarray(cube, np.float32), label, objects, kind, waves, doubt)

    # Anomalies

    def _foreign(self, rng: np.random.Generator, cube: Array, waves: NDArray[np.float32] | None) -> Array:
        """A spectrum that does not belong in a cube, (C,)."""
        bands = len(cube)
        flat = cube.reshape(bands, -1)
        own = flat[:, int(rng.integers(flat.shape[1]))]
        level = max(float(flat.mean()), 1e-6)
        draw = rng.random()
        if self.config.shuffle_only or draw < 0.1:
            return own[rng.permutation(bands)]
        if draw < 0.42 and waves is not None and self.bank.spectra is not None and self.bank.wavelengths is not None:
            spectrum = self.bank.spectra[int(rng.integers(len(self.bank.spectra)))]
            return np.interp(waves, self.bank.wavelengths, spectrum).astype(np.float32)
        if draw < 0.52:
            return random_spectrum(rng, bands) * np.float32(level * rng.uniform(0.5, 2.5))
        if draw < 0.67 and self.bank.cubes:
            return self.grounds.foreign(rng, bands) * np.float32(level * rng.uniform(0.4, 2.2))
        if draw < 0.82:
            # Paint, metal, shade: the scene's own spectrum with a slow factor over wavelength, brighter or darker.
            factor = np.exp(np.float32(rng.uniform(0.1, 0.7)) * slow_curve(rng, bands))
            gain = log_uniform(rng, 1.3, 3) ** rng.choice([-1, 1])
            return own * factor * np.float32(gain)
        other = flat[:, int(rng.integers(flat.shape[1]))]
        mean = flat.mean(1)
        return np.clip(mean + np.float32(rng.uniform(1.5, 4)) * (own - other), 0, None).astype(np.float32)

    def _paste(
        self,
        rng: np.random.Generator,
        cube: Array,
        label: NDArray[np.uint8],
        objects: NDArray[np.int32],
        target: Array,
        length: float,
        shape: str,
        abundance: float,
        number: int,
    ) -> bool:
        """Put one target somewhere free; ``number`` 0 makes it normal. False: there was no room."""
        size = self.config.size
        side = length * rng.uniform(0.8, 1.25)
        alpha = shape_mask(rng, shape, max(side, 0.8), rng.uniform(0.4, 1.0), rng.uniform(0, 6.3))
        alpha = np.asarray(ndimage.gaussian_filter(alpha, rng.uniform(0.0, 0.6)), np.float32)
        if alpha.max() < 0.6 and side < 2:
            # Less than a pixel: how much of the pixel it fills is the abundance's business.
            alpha = alpha / alpha.max() * np.float32(rng.uniform(0.6, 1.0))
        alpha *= np.float32(abundance)
        height, width = alpha.shape
        if height >= size:
            return False
        y, x = int(rng.integers(0, size - height)), int(rng.integers(0, size - width))
        window = (slice(y, y + height), slice(x, x + width))
        if ((label[window] == ANOMALY) & (alpha > 0.05)).any():
            return False
        # No roof is one colour: light and wear vary from pixel to pixel.
        shade = 1 + np.float32(rng.uniform(0, 0.25)) * rng.standard_normal(alpha.shape, np.float32)
        varied = target[:, None, None] * np.float32(rng.uniform(0.9, 1.1)) * np.clip(shade, 0.3, None)
        part = cube[:, window[0], window[1]]
        part += alpha * (varied - part)
        if number:
            peak = float(alpha.max())
            mark(label[window], objects[window], alpha, number, edge=0.15 * peak, inside=0.45 * peak)
        return True

    def _scatter(
        self,
        rng: np.random.Generator,
        cube: Array,
        label: NDArray[np.uint8],
        objects: NDArray[np.int32],
        waves: NDArray[np.float32] | None,
    ) -> None:
        """Many small things alike, such as the roofs of a town."""
        material, length = self._foreign(rng, cube, waves), log_uniform(rng, 1, 8)
        abundance = float(rng.uniform(0.3, 1.0))
        for _ in range(int(rng.integers(25, 90))):
            shape = str(rng.choice(SHAPES[1:4]))
            self._paste(rng, cube, label, objects, material, length, shape, abundance, 0)

    def _paste_large(
        self, rng: np.random.Generator, cube: Array, label: NDArray[np.uint8], waves: NDArray[np.float32] | None
    ) -> None:
        """A large region or a long line of foreign material, normal because it is large: B0."""
        size = self.config.size
        if rng.random() < 0.5:
            mask = line(rng, size, size, log_uniform(rng, 0.5, 4)) > 0.5
        else:
            mask = region(rng, size, size, rng.uniform(0.05, 0.35))
        target = self._foreign(rng, cube, waves)
        texture = 1 + 0.1 * fractal_field(rng, size, size, 0.6)
        amount = np.float32(rng.uniform(0.3, 1.0)) * np.asarray(ndimage.gaussian_filter(mask.astype(np.float32), 0.7))
        cube += amount * (target[:, None, None] * texture - cube)
        label[mask & (label == 0)] = LARGE_OBJECT

    def _sense(self, rng: np.random.Generator, cube: Array, kind: str) -> Array:
        """Noise that differs from band to band, some bad bands, some lines, and whole numbers as they are stored."""
        bands = len(cube)
        level = np.abs(cube).mean((1, 2), keepdims=True) + 1e-6
        # The other kinds bring noise of their own.
        strength = log_uniform(rng, 0.002, 0.03) if kind == "made cube" else log_uniform(rng, 0.0003, 0.004)
        profile = np.exp(0.6 * slow_curve(rng, bands))[:, None, None]
        if rng.random() < 0.4:
            bad = rng.random(bands) < 0.04
            profile[bad] *= np.float32(rng.uniform(3, 10))
        cube = cube + np.float32(strength) * level * profile * rng.standard_normal(cube.shape, np.float32)
        if rng.random() < 0.2:
            cube = cube * (1 + np.float32(0.3 * strength) * rng.standard_normal((bands, 1, cube.shape[2]), np.float32))
        if rng.random() < 0.5:
            scale = 4000 / max(float(cube.max()), 1e-6)
            cube = np.round(cube * np.float32(scale))
        return np.asarray(cube, np.float32)
