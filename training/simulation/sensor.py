"""What sensors do to a scene: blur, noise, speckle, darkness, stripes, compression."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from .draw import Array, log_uniform, smooth_field


def blur(image: Array, sigma: float) -> Array:
    """Gaussian blur of (H, W, C)."""
    return np.asarray(ndimage.gaussian_filter(image, (sigma, sigma, 0), truncate=3.0), np.float32)


def add_noise(rng: np.random.Generator, image: Array, sigma: float) -> Array:
    """White noise."""
    return image + np.float32(sigma) * rng.standard_normal(image.shape, np.float32)


def speckle(rng: np.random.Generator, image: Array, looks: float) -> Array:
    """Multiplicative noise of a coherent sensor, on amplitudes: the root of a gamma variate of mean 1."""
    intensity = rng.standard_gamma(looks, image.shape, np.float32) / np.float32(looks)
    return image * np.sqrt(intensity)


def side_lobes(
    rng: np.random.Generator, image: Array, excess: Array, window: tuple[slice, slice], strength: float
) -> None:
    """Smear some of a strong scatterer's brightness along its rows or columns, beyond it too, in place.

    Args:
        rng: decides on rows or columns.
        image: (H, W, C).
        excess: brightness above the ground in the window, (h, w, C).
        window: where it lies in the image.
        strength: share of the brightness that is smeared.
    """
    axis = int(rng.integers(2))
    band = (slice(None), window[1]) if axis == 0 else (window[0], slice(None))
    own = (window[0], slice(None)) if axis == 0 else (slice(None), window[1])
    lobes = np.zeros_like(image[band])
    lobes[own] = np.maximum(excess, 0)
    spread = 0.6 * max(excess.shape[:2])
    image[band] += np.float32(strength) * ndimage.gaussian_filter1d(lobes, spread, axis=axis)


def darken(rng: np.random.Generator, image: Array) -> Array:
    """Night: little light, counted photon by photon, read with noise, sometimes amplified again."""
    photons = log_uniform(rng, 3, 500)
    light = rng.poisson(np.clip(image, 0, None) ** np.float32(rng.uniform(1.6, 2.6)) * photons).astype(np.float32)
    light = light + np.float32(log_uniform(rng, 0.3, 4.0)) * rng.standard_normal(image.shape, np.float32)
    if rng.random() < 0.25:
        # A camera that smooths its own noise away.
        light = blur(light, rng.uniform(0.4, 1.0))
    gain = rng.uniform(0.3, 1.0) / photons
    black = rng.uniform(0.0, 0.1) if rng.random() < 0.3 else 0.0
    dark = np.clip(light * np.float32(gain) + np.float32(black), 0, 1)
    return np.sqrt(dark) if rng.random() < 0.4 else dark


def stripes(rng: np.random.Generator, image: Array, sigma: float) -> Array:
    """Rows or columns with an offset of their own, as in line scanners and microbolometers."""
    shape = (image.shape[0], 1, 1) if rng.random() < 0.5 else (1, image.shape[1], 1)
    return image + np.float32(sigma) * rng.standard_normal(shape, np.float32)


def vignette(rng: np.random.Generator, image: Array, strength: float) -> Array:
    """Brightness that varies slowly over the scene."""
    field = smooth_field(rng, image.shape[0], image.shape[1], 2)
    return image * (1 + np.float32(strength) * field[..., None])


def quantise(image: Array) -> Array:
    """To 256 levels, clipped to [0, 1]."""
    return np.round(np.clip(image, 0, 1) * 255) / np.float32(255)


def compress(image: Array, quality: int) -> Array:
    """JPEG and back, of (H, W, 1) or (H, W, 3) in [0, 1]."""
    values: NDArray[np.uint8] = (np.clip(image, 0, 1) * 255).astype(np.uint8)
    stream = BytesIO()
    Image.fromarray(values[..., 0] if values.shape[2] == 1 else values).save(stream, "JPEG", quality=quality)
    decoded = np.asarray(Image.open(stream), np.float32) / 255
    return decoded.reshape(image.shape)
