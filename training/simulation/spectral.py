"""Spectral anomalies: pixels of a foreign material in hyperspectral scenes.

Follows the paper (Fig. 6): regions A and large regions B0 take spectra from a shuffled scene. Beyond it: spectra of a
library, smooth random ones and the scene's own in foreign mixtures, at 25 to 100 percent abundance, mixed at their
edges, down to less than a pixel; and scenes without end, laid out by the colours of real photographs over library
spectra, with illumination, variation within a material and noise. Real cubes are few.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .bank import Bank
from .draw import SHAPES, Array, fractal_field, line, log_uniform, region, shape_mask
from .sample import ANOMALY, IGNORED, LARGE_OBJECT, SimulatedScene
from .spatial import _crop


@dataclass(frozen=True)
class SpectralConfig:
    """How cubes are drawn.

    Attributes:
        size: side of a cube in pixels.
        bands: fewest and most bands of a made cube.
        real: probability of a real cube as the ground.
        length: smallest and largest anomaly in pixels, log-uniform. The paper's area ratios 0.0064 to 0.0225 of 100²
            are lengths of 8 to 15; the targets of public scenes are mostly smaller.
        large_probability: of each of up to two large normal regions; 0 leaves B0 out.
        shuffle_only: draw anomalies by channel shuffling alone, as the paper does.
    """

    size: int = 96
    bands: tuple[int, int] = (60, 210)
    real: float = 0.4
    length: tuple[float, float] = (1.0, 16.0)
    large_probability: float = 0.5
    shuffle_only: bool = False


class SpectralSimulator:
    """Draws hyperspectral scenes.

    Args:
        bank: the imagery and spectra to draw from.
        config: how.
    """

    def __init__(self, bank: Bank, config: SpectralConfig | None = None) -> None:
        self.bank = bank
        self.config = config or SpectralConfig()
        self.kinds = ("made cube", "real cube") if bank.cubes else ("made cube",)

    def sample(self, rng: np.random.Generator, kind: str | None = None) -> SimulatedScene:
        """One cube with at least one anomaly.

        Args:
            rng: where all chance comes from.
            kind: "real cube" or "made cube", its ground; None: drawn.
        """
        size = self.config.size
        waves: NDArray[np.float32] | None = None
        if kind is None:
            kind = "real cube" if "real cube" in self.kinds and rng.random() < self.config.real else "made cube"
        if kind == "real cube":
            cube = self._real_cube(rng)
        else:
            cube, waves = self._made_cube(rng)
        label = np.zeros((size, size), np.uint8)
        objects = np.zeros((size, size), np.int32)
        for _ in range(2):
            if rng.random() < self.config.large_probability:
                self._paste_large(rng, cube, label, waves)
        number = 0
        for _ in range(1 if rng.random() < 0.6 else 2):
            target = self._foreign(rng, cube, waves)
            length = log_uniform(rng, *self.config.length)
            abundance = float(rng.uniform(0.25, 1.0)) if rng.random() < 0.6 else 1.0
            shape = str(rng.choice(SHAPES[1:]))
            for _ in range(int(min(3 if length > 9 else 30, rng.geometric(0.15)))):
                number += self._paste(rng, cube, label, objects, target, length, shape, abundance, number + 1)
        cube = self._sense(rng, cube, kind)
        return SimulatedScene(np.ascontiguousarray(cube, np.float32), label, objects, kind, waves)

    # Grounds

    def _real_cube(self, rng: np.random.Generator) -> Array:
        """A square of a real cube, continued by reflection where it is smaller, with a random part of its bands."""
        size = self.config.size
        areas = np.array([c.shape[1] * c.shape[2] for c in self.bank.cubes], np.float64)
        cube = self.bank.cubes[int(rng.choice(len(areas), p=areas / areas.sum()))]
        bands = np.sort(rng.choice(len(cube), int(rng.integers(max(2, len(cube) // 2), len(cube) + 1)), replace=False))
        if len(bands) > 240:
            bands = bands[:: len(bands) // 120]
        height, width = cube.shape[1:]
        y, x = int(rng.integers(max(1, height - size + 1))), int(rng.integers(max(1, width - size + 1)))
        part = cube[bands][:, y : y + size, x : x + size]
        if rng.random() < 0.5:
            part = part[:, ::-1]
        if rng.random() < 0.5:
            part = part.transpose(0, 2, 1)
        missing = [(0, 0)] + [(0, size - n) for n in part.shape[1:]]
        return np.pad(part, missing, mode="symmetric").astype(np.float32)

    def _made_cube(self, rng: np.random.Generator) -> tuple[Array, NDArray[np.float32]]:
        """Library spectra over the colour clusters of a photograph."""
        if self.bank.spectra is None or self.bank.wavelengths is None:
            waves = np.linspace(400, 2400, int(rng.integers(*self.config.bands)), dtype=np.float32)
            library = np.stack([_random_spectrum(rng, len(waves)) for _ in range(40)])
        else:
            waves, library = _resampled_library(rng, self.bank.spectra, self.bank.wavelengths, self.config.bands)
        size = self.config.size
        if self.bank.visible:
            photograph = self.bank.visible[int(rng.integers(len(self.bank.visible)))]
            layout = _crop(rng, photograph, size, 0.8, 4.0)
        else:
            layout = np.stack([fractal_field(rng, size, size, 0.6) for _ in range(3)], -1)
        # The texture of a photograph tells materials apart better than its brightness alone.
        smooth = np.asarray(ndimage.gaussian_filter(layout, (1, 1, 0)), np.float32)
        space = np.concatenate([smooth, 0.1 * fractal_field(rng, size, size, 0.5)[..., None]], -1)
        space = space.reshape(-1, space.shape[-1])
        count = int(rng.integers(4, 19))
        anchors = space[rng.integers(len(space), size=count)]
        squared = ((space[:, None] - anchors[None]) ** 2).sum(-1)
        sharpness = log_uniform(rng, 3, 60) / max(float(np.median(squared)), 1e-9)
        shares = np.exp(-sharpness * (squared - squared.min(1, keepdims=True))).astype(np.float32)
        shares /= shares.sum(1, keepdims=True)
        materials = library[rng.integers(len(library), size=count)]
        if rng.random() < 0.5:
            # Grounds are mostly alike: all materials share one spectrum in part.
            common = library[int(rng.integers(len(library)))]
            materials = common + np.float32(rng.uniform(0.3, 0.9)) * (materials - common)
        spectra = shares @ materials
        for _ in range(int(rng.integers(3, 11))):
            # Variation within materials: a little of another spectrum, here and there.
            other = library[int(rng.integers(len(library)))]
            amount = np.float32(log_uniform(rng, 0.008, 0.12)) * fractal_field(rng, size, size, rng.uniform(0.4, 1.0))
            spectra += amount.reshape(-1, 1) * (other - spectra.mean(0))
        brightness = layout.mean(-1).reshape(-1, 1)
        light = 1 + np.float32(rng.uniform(0.1, 0.9)) * (brightness - brightness.mean())
        spectra *= np.clip(light, 0.1, None)
        cube = spectra.T.reshape(-1, size, size)
        if rng.random() < 0.5:
            sigma = rng.uniform(0.3, 0.9)
            cube = ndimage.gaussian_filter(cube, (0, sigma, sigma), truncate=2.5)
        return np.ascontiguousarray(cube, np.float32), waves

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
        if draw < 0.57:
            return _random_spectrum(rng, bands) * np.float32(level * rng.uniform(0.5, 2.5))
        if draw < 0.77:
            # Paint, metal, shade: the scene's own spectrum with a slow factor over wavelength, brighter or darker.
            factor = np.exp(np.float32(rng.uniform(0.1, 0.7)) * _slow_curve(rng, bands))
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
        varied = target * np.float32(rng.uniform(0.9, 1.1))
        part = cube[:, window[0], window[1]]
        part += alpha * (varied[:, None, None] - part)
        peak = float(alpha.max())
        label[window][(alpha > 0.15 * peak) & (label[window] != ANOMALY)] = IGNORED
        inside = alpha >= 0.45 * peak
        label[window][inside] = ANOMALY
        objects[window][inside] = number
        return True

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
        strength = log_uniform(rng, 0.002, 0.03) if kind == "made cube" else log_uniform(rng, 0.0003, 0.004)
        profile = np.exp(0.6 * _slow_curve(rng, bands))[:, None, None]
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


def _slow_curve(rng: np.random.Generator, bands: int) -> Array:
    """A smooth random curve over wavelength, mean about 0, spread about 1."""
    knots = rng.standard_normal(int(rng.integers(4, 12)))
    curve: Array = np.interp(np.linspace(0, len(knots) - 1, bands), np.arange(len(knots)), knots).astype(np.float32)
    return curve


def _random_spectrum(rng: np.random.Generator, bands: int) -> Array:
    """A smooth positive spectrum of mean 1."""
    curve = np.exp(np.float32(rng.uniform(0.2, 0.9)) * _slow_curve(rng, bands))
    smoothed = np.asarray(ndimage.gaussian_filter1d(curve, bands / 60), np.float32)
    return smoothed / smoothed.mean()


def _resampled_library(
    rng: np.random.Generator, spectra: Array, wavelengths: Array, bands: tuple[int, int]
) -> tuple[NDArray[np.float32], Array]:
    """Wavelengths of a random sensor, and forty spectra of the library as it sees them."""
    first = rng.uniform(390, 450)
    last = rng.uniform(850, 1050) if rng.random() < 0.4 else rng.uniform(1700, 2480)
    waves = np.linspace(first, last, int(rng.integers(bands[0], bands[1] + 1))).astype(np.float32)
    picked = spectra[rng.integers(len(spectra), size=40)]
    return waves, np.stack([np.interp(waves, wavelengths, row) for row in picked]).astype(np.float32)
