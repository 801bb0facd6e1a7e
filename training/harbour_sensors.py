"""The harbour of the sample scene as radar, a thermal camera, a night camera and a spectrometer would see it.

Made from the same painting, so that the same nine things can be looked for; what each sensor shows of them differs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.interpolate import CubicSpline

from .harbour import HEIGHT, WIDTH, Canvas, Image

WAVELENGTHS = np.linspace(450, 900, 46)
"""Of the spectrometer's bands, in nm."""

SPECTROMETER = (slice(250, 400), slice(400, 600))
"""Rows and columns that the spectrometer saw: the metal roof, the containers and fields around them."""

_SEED = 7
_RED, _GREEN, _BLUE, _NIR = range(4)
_PAINTED_NM = np.array([490.0, 560.0, 665.0, 842.0])
_LOOKS = 4.0


@dataclass(frozen=True)
class Ground:
    """What the sensors need to know of the painting.

    Attributes:
        canvas: the painting, with its anomalies.
        water: share of water in each pixel, 0 to 1.
        green: how much grows there, 0 to 1.
    """

    canvas: Canvas
    water: Image
    green: Image

    @classmethod
    def of(cls, canvas: Canvas, shore: Image) -> Ground:
        """Of the painting and the distance to its coast."""
        red, nir = canvas.pixels[_RED], canvas.pixels[_NIR]
        index = (nir - red) / np.maximum(nir + red, 1e-6)
        return cls(canvas, np.clip(0.5 - shore, 0, 1), np.clip((index - 0.1) / 0.5, 0, 1))

    def cover(self, *words: str) -> Image:
        """Where anomalies are whose kind has one of these words."""
        found = [a.mask for a in self.canvas.anomalies if any(word in a.kind for word in words)]
        return np.any(found, axis=0).astype(float) if found else np.zeros((HEIGHT, WIDTH))


def radar(ground: Ground) -> NDArray[np.uint8]:
    """Amplitude of an image of four looks: smooth sea, rough land, hulls and metal that shine; (1, rows, columns)."""
    rng = np.random.default_rng(_SEED)
    light = ground.canvas.pixels.mean(0)
    texture = light / np.maximum(ndimage.gaussian_filter(light, 6), 1e-6)
    power = 0.10 * (0.6 + 0.6 * ground.green) * texture**2
    power = power * (1 - ground.water) + 0.010 * texture * ground.water
    power += 3.0 * ground.cover("ship", "ferry") + 1.2 * ground.cover("boat", "roof", "containers")
    power = ndimage.gaussian_filter(power, 0.7) * rng.gamma(_LOOKS, 1 / _LOOKS, power.shape)
    return np.clip(np.sqrt(power) * 150, 1, 255).astype(np.uint8)[None]


def thermal(ground: Ground) -> NDArray[np.uint16]:
    """Brightness temperature in hundredths of a kelvin, on a summer afternoon; (1, rows, columns)."""
    rng = np.random.default_rng(_SEED)
    light = ground.canvas.pixels[:3].mean(0)
    kelvin = 304 - 11 * ground.green + 6 * (light - 0.3)
    kelvin = kelvin * (1 - ground.water) + (290 + 1.5 * (light - 0.2)) * ground.water
    for words, value in (
        (("ship", "ferry"), 297.0),
        (("boat",), 299.0),
        (("metal",), 283.0),  # shows the cold sky
        (("containers", "tarpaulin"), 316.0),
        (("pool",), 295.0),
        (("burn",), 323.0),
    ):
        cover = ground.cover(*words)
        kelvin += (value - kelvin) * cover
    blurred = ndimage.gaussian_filter(kelvin, 1.1) + rng.normal(0, 0.12, kelvin.shape)
    return np.rint(blurred * 100).astype(np.uint16)[None]


def night(ground: Ground) -> NDArray[np.uint8]:
    """A night camera by the moon's light, some thirty photons a pixel: ships carry lamps; (1, rows, columns)."""
    rng = np.random.default_rng(_SEED)
    moonlit = 4 + 30 * ground.canvas.pixels[:3].mean(0)
    lamps = np.zeros((HEIGHT, WIDTH))
    for anomaly in ground.canvas.anomalies:
        if any(word in anomaly.kind for word in ("ship", "ferry", "boat")):
            row, column = (round(float(np.mean(place))) for place in np.nonzero(anomaly.mask))
            lamps[row, column] = 1
    # A bright core and a wide glow.
    glow = 900 * ndimage.gaussian_filter(lamps, 1.3) + 1500 * ndimage.gaussian_filter(lamps, 7)
    counted = rng.poisson(moonlit + glow) + rng.normal(0, 2, moonlit.shape)
    return np.clip(np.rint(counted * 3), 0, 255).astype(np.uint8)[None]


def hyperspectral(ground: Ground) -> NDArray[np.uint16]:
    """Reflectance times 10,000 in 46 narrow bands of a part of the scene, (46, rows, columns).

    The painting's four colours are joined by a smooth curve; plants get chlorophyll's step at 700 nm, soils a slow
    slope, and paint and metal narrow features that no four bands tell.
    """
    rng = np.random.default_rng(_SEED)
    window = SPECTROMETER
    painted = ground.canvas.pixels[[_BLUE, _GREEN, _RED, _NIR]][(slice(None), *window)]
    curve = CubicSpline(_PAINTED_NM, painted, bc_type="natural")(WAVELENGTHS)
    green = ground.green[window]
    step = 1 / (1 + np.exp(-(WAVELENGTHS - 715) / 12))
    smooth = 1 / (1 + np.exp(-(WAVELENGTHS - 750) / 60))
    rise = painted[3] - painted[2]
    curve += ((step - smooth)[:, None, None] * rise) * green
    for words, centre, width, depth in (
        (("containers",), 610, 22, 0.30),
        (("metal",), 800, 45, 0.12),
        (("tarpaulin",), 530, 18, 0.25),
    ):
        feature = np.exp(-0.5 * ((WAVELENGTHS - centre) / width) ** 2)[:, None, None]
        curve -= depth * feature * ground.cover(*words)[window] * curve
    light = 1 + 0.03 * rng.standard_normal(green.shape)
    curve = ndimage.gaussian_filter(curve * light, (0, 0.5, 0.5))
    noise = (0.002 + 0.004 * (WAVELENGTHS < 480))[:, None, None] * rng.standard_normal(curve.shape)
    return np.clip(np.rint((curve + noise) * 10_000), 1, 65_535).astype(np.uint16)
