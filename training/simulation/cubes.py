"""Hyperspectral grounds: crops of real cubes, made ones from a spectral library, and real ones laid out anew.

Real cubes are few. The layout of a photograph tells where one material ends and another begins; what its materials
look like comes from a library of spectra, or from the classes of a real cube, with how they vary and how they mix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.cluster.vq import kmeans2

from .bank import Bank
from .draw import Array, fractal_field, log_uniform
from .grounds import crop

_SIGNAL = 15
_CLASSES = 10
_FEWEST_CLASSES = 2
_FEWEST_PIXELS = 400


@dataclass
class Ground:
    """A cube before anything foreign is in it.

    Attributes:
        signal: (C, H, W).
        noise: (C, H, W) or None, the sensor's own; a target replaces the signal, never the noise.
        wavelengths: of the bands in nm, where known.
    """

    signal: Array
    noise: Array | None
    wavelengths: Array | None


@dataclass
class _Classes:
    """What the materials of a real cube are like, in its leading components.

    Attributes:
        mean: of the cube, (C,).
        basis: (C, K), maps components to bands.
        centers: of the classes, (n, K).
        factors: of their covariances, (n, K, K).
        noise: spread of what the components leave of each band, (C,).
    """

    mean: Array
    basis: Array
    centers: Array
    factors: Array
    noise: Array


class Grounds:
    """Draws cubes.

    Args:
        bank: the imagery and spectra to draw from.
        size: side of a cube in pixels.
        bands: fewest and most bands of a cube made of library spectra.
    """

    def __init__(self, bank: Bank, size: int, bands: tuple[int, int]) -> None:
        self.bank = bank
        self.size = size
        self.bands = bands
        self._signals = [leading_part(cube) for cube in bank.cubes]
        large = [i for i, cube in enumerate(bank.cubes) if cube[0].size >= _FEWEST_PIXELS]
        classes = [_classes_of(bank.cubes[i], self._signals[i]) for i in large]
        # Of a cube that is nodata but for a corner, too few hold the pixels that a covariance takes.
        self._classes = [each for each in classes if each is not None]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of ground that the bank allows."""
        kinds = {"made cube": True, "real cube": bool(self._signals), "cube laid out anew": bool(self._classes)}
        return tuple(kind for kind, possible in kinds.items() if possible)

    def draw(self, rng: np.random.Generator, kind: str) -> Ground:
        """One cube of a kind."""
        if kind == "real cube":
            return self._real(rng)
        return self._made(rng) if kind == "made cube" else self._laid_out(rng)

    def foreign(self, rng: np.random.Generator, bands: int) -> Array:
        """The spectrum of a pixel of some real cube, on another sensor's bands, (bands,), mean 1."""
        cube = self._signals[int(rng.integers(len(self._signals)))]
        flat = cube.reshape(len(cube), -1)
        spectrum = flat[:, int(rng.integers(flat.shape[1]))]
        moved = np.interp(np.linspace(0, 1, bands), np.linspace(0, 1, len(spectrum)), spectrum)
        return np.asarray(moved / max(float(np.abs(moved).mean()), 1e-9), np.float32)

    def _real(self, rng: np.random.Generator) -> Ground:
        """A square of a real cube, continued by reflection where it is smaller, with a random part of its bands."""
        size = self.size
        areas = np.array([cube[0].size for cube in self.bank.cubes], np.float64)
        index = int(rng.choice(len(areas), p=areas / areas.sum()))
        bands = _some_bands(rng, len(self.bank.cubes[index]))
        height, width = self.bank.cubes[index].shape[1:]
        y, x = int(rng.integers(max(1, height - size + 1))), int(rng.integers(max(1, width - size + 1)))
        flipped, transposed = rng.random(2) < 0.5

        def square(cube: Array) -> Array:
            part = cube[bands][:, y : y + size, x : x + size]
            part = part[:, ::-1] if flipped else part
            part = part.transpose(0, 2, 1) if transposed else part
            missing = [(0, 0)] + [(0, size - n) for n in part.shape[1:]]
            return np.pad(part, missing, mode="symmetric").astype(np.float32)

        signal = square(self._signals[index])
        return Ground(signal, square(self.bank.cubes[index]) - signal, None)

    def _made(self, rng: np.random.Generator) -> Ground:
        """Library spectra over the colours of a photograph."""
        size = self.size
        if self.bank.spectra is None or self.bank.wavelengths is None:
            waves = np.linspace(400, 2400, int(rng.integers(*self.bands)), dtype=np.float32)
            library = np.stack([random_spectrum(rng, len(waves)) for _ in range(40)])
        else:
            waves, library = _resampled_library(rng, self.bank.spectra, self.bank.wavelengths, self.bands)
        layout = self._layout(rng)
        shares = _shares(rng, layout, int(rng.integers(4, 19)))
        materials = library[rng.integers(len(library), size=shares.shape[1])]
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
        return Ground(_blurred(rng, spectra.T.reshape(-1, size, size)), None, waves)

    def _laid_out(self, rng: np.random.Generator) -> Ground:
        """The classes of a real cube, with their covariances, over the colours of a photograph."""
        size = self.size
        classes = self._classes[int(rng.integers(len(self._classes)))]
        bands = _some_bands(rng, len(classes.mean))
        layout = self._layout(rng)
        shares = _shares(rng, layout, int(rng.integers(2, len(classes.centers) + 1)))
        order = rng.permutation(len(classes.centers))[: shares.shape[1]]
        fine = layout - ndimage.gaussian_filter(layout, (2, 2, 0))
        fine = np.concatenate([fine / (fine.std() + 1e-6), fractal_field(rng, size, size, 0.8)[..., None]], -1)
        fine = fine.reshape(-1, fine.shape[-1])
        count = classes.centers.shape[1]
        # How pixels of one class differ follows the photograph's detail in part.
        mixing = rng.standard_normal((fine.shape[1], count)).astype(np.float32) / 2
        texture = np.float32(rng.uniform(0.4, 0.95))
        sigma = rng.uniform(0.1, 1.2)
        rest = ndimage.gaussian_filter(rng.standard_normal((size, size, count), np.float32), (sigma, sigma, 0))
        within = texture * fine @ mixing + np.sqrt(1 - texture**2) * (rest / rest.std()).reshape(-1, count)
        scores = shares @ classes.centers[order] * np.float32(rng.uniform(0.7, 1.2))
        member = shares.argmax(1)
        for index, which in enumerate(order):
            scores[member == index] += within[member == index] @ classes.factors[which].T
        spectra = classes.mean + scores @ classes.basis.T
        brightness = layout.mean(-1).reshape(-1, 1)
        spectra *= np.clip(1 + np.float32(rng.uniform(0, 0.4)) * (brightness - brightness.mean()), 0.1, None)
        signal = spectra.T.reshape(-1, size, size)[bands]
        noise = classes.noise[bands, None, None] * rng.standard_normal(signal.shape, np.float32)
        return Ground(_blurred(rng, signal), noise, None)

    def _layout(self, rng: np.random.Generator) -> Array:
        """Colours that tell materials apart, (size, size, 3)."""
        if self.bank.visible:
            photograph = self.bank.visible[int(rng.integers(len(self.bank.visible)))]
            return crop(rng, photograph, self.size, 0.8, 4.0)[0]
        return np.stack([fractal_field(rng, self.size, self.size, 0.6) for _ in range(3)], -1)


def leading_part(cube: Array) -> Array:
    """A cube without what lies beyond its leading components, most of which is noise."""
    flat = cube.reshape(len(cube), -1).astype(np.float64)
    mean = flat.mean(1, keepdims=True)
    spread = flat.std(1, keepdims=True) + 1e-9
    centred = (flat - mean) / spread
    vectors = np.linalg.eigh(centred @ centred.T)[1][:, -_SIGNAL:]
    part: Array = (vectors @ (vectors.T @ centred) * spread + mean).reshape(cube.shape).astype(np.float32)
    return part


def _classes_of(cube: Array, signal: Array) -> _Classes | None:
    """The classes of a cube; None where it has too few of enough pixels."""
    flat = signal.reshape(len(signal), -1).T.astype(np.float64)
    mean = flat.mean(0)
    vectors = np.linalg.eigh(np.cov(flat.T))[1][:, -_SIGNAL:]
    scores = (flat - mean) @ vectors
    scale = scores.std(0)
    _, member = kmeans2(scores / scale, _CLASSES, minit="++", seed=0)
    centers, factors = [], []
    for index in range(_CLASSES):
        own = scores[member == index]
        if len(own) < 2 * _SIGNAL:
            continue
        centers.append(own.mean(0))
        factors.append(np.linalg.cholesky(np.cov(own.T) + np.diag(1e-4 * scale**2)))
    if len(centers) < _FEWEST_CLASSES:
        return None
    noise = (cube - signal).reshape(len(cube), -1).std(1)
    arrays = (mean, vectors, np.stack(centers), np.stack(factors), noise)
    return _Classes(*(np.asarray(array, np.float32) for array in arrays))


def _some_bands(rng: np.random.Generator, count: int) -> NDArray[np.intp]:
    bands = np.sort(rng.choice(count, int(rng.integers(max(2, count // 2), count + 1)), replace=False))
    return bands[:: len(bands) // 120] if len(bands) > 240 else bands


def _shares(rng: np.random.Generator, layout: Array, count: int) -> Array:
    """How much of each of ``count`` materials is in each pixel, (H W, count), by its colours."""
    # The texture of a photograph tells materials apart better than its brightness alone.
    smooth = np.asarray(ndimage.gaussian_filter(layout, (1, 1, 0)), np.float32)
    clouds = 0.1 * fractal_field(rng, layout.shape[0], layout.shape[1], 0.5)[..., None]
    space = np.concatenate([smooth, clouds], -1).reshape(-1, layout.shape[2] + 1)
    anchors = space[rng.integers(len(space), size=count)]
    squared = ((space[:, None] - anchors[None]) ** 2).sum(-1)
    sharpness = log_uniform(rng, 3, 60) / max(float(np.median(squared)), 1e-9)
    shares: Array = np.exp(-sharpness * (squared - squared.min(1, keepdims=True))).astype(np.float32)
    return shares / shares.sum(1, keepdims=True)


def _blurred(rng: np.random.Generator, cube: Array) -> Array:
    if rng.random() < 0.5:
        sigma = rng.uniform(0.3, 0.9)
        cube = ndimage.gaussian_filter(cube, (0, sigma, sigma), truncate=2.5)
    return np.ascontiguousarray(cube, np.float32)


def slow_curve(rng: np.random.Generator, bands: int) -> Array:
    """A smooth random curve over wavelength, mean about 0, spread about 1."""
    knots = rng.standard_normal(int(rng.integers(4, 12)))
    curve: Array = np.interp(np.linspace(0, len(knots) - 1, bands), np.arange(len(knots)), knots).astype(np.float32)
    return curve


def random_spectrum(rng: np.random.Generator, bands: int) -> Array:
    """A smooth positive spectrum of mean 1."""
    curve = np.exp(np.float32(rng.uniform(0.2, 0.9)) * slow_curve(rng, bands))
    smoothed = np.asarray(ndimage.gaussian_filter1d(curve, bands / 60), np.float32)
    return smoothed / smoothed.mean()


def _resampled_library(
    rng: np.random.Generator, spectra: Array, wavelengths: Array, bands: tuple[int, int]
) -> tuple[Array, Array]:
    """Wavelengths of a random sensor, and forty spectra of the library as it sees them."""
    first = rng.uniform(390, 450)
    last = rng.uniform(850, 1050) if rng.random() < 0.4 else rng.uniform(1700, 2480)
    waves = np.linspace(first, last, int(rng.integers(bands[0], bands[1] + 1))).astype(np.float32)
    picked = spectra[rng.integers(len(spectra), size=40)]
    return waves, np.stack([np.interp(waves, wavelengths, row) for row in picked]).astype(np.float32)
