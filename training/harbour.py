"""Paints the sample scene: an invented harbour seen by an invented satellite, with anomalies whose place is known.

Everything comes out of noise and a few shapes, so the picture belongs to the project. Reflectances are in [0, 1] in the
four bands red, green, blue and near infrared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.interpolate import CubicSpline

from ..engine.metrics import EIGHT_CONNECTED

BANDS = ("Red (665 nm)", "Green (560 nm)", "Blue (490 nm)", "NIR (842 nm)")
WIDTH, HEIGHT = 640, 480
SEED = 20

Image = NDArray[np.float64]
"""Shape (rows, columns)."""

Colour = tuple[float, float, float, float]

# Reflectances in red, green, blue, near infrared.
DEEP_WATER: Colour = (0.13, 0.24, 0.25, 0.06)
SHALLOW_WATER: Colour = (0.27, 0.43, 0.40, 0.09)
FOAM: Colour = (0.61, 0.63, 0.62, 0.52)
SURF: Colour = (0.46, 0.54, 0.52, 0.36)
SAND: Colour = (0.54, 0.48, 0.37, 0.58)
FOREST: Colour = (0.14, 0.22, 0.13, 0.52)
CONCRETE: Colour = (0.42, 0.39, 0.32, 0.47)
ROAD: Colour = (0.42, 0.39, 0.33, 0.46)
HEDGE: Colour = (0.15, 0.23, 0.14, 0.50)
CROPS: tuple[Colour, ...] = (
    (0.20, 0.34, 0.17, 0.68),  # young grain
    (0.22, 0.31, 0.19, 0.62),  # meadow
    (0.48, 0.42, 0.29, 0.58),  # stubble
    (0.38, 0.33, 0.25, 0.46),  # ploughed soil
    (0.30, 0.36, 0.22, 0.63),  # ripening
)
WHITE_PAINT: Colour = (0.92, 0.92, 0.90, 0.88)
RED_DECK: Colour = (0.62, 0.15, 0.16, 0.52)
METAL: Colour = (0.97, 0.99, 0.98, 0.93)
CHAR: Colour = (0.07, 0.04, 0.04, 0.03)
SCORCHED: Colour = (0.26, 0.19, 0.14, 0.30)
BLOOM: Colour = (0.18, 0.50, 0.16, 0.88)
TARPAULIN: Colour = (0.13, 0.45, 0.82, 0.30)
ORANGE: Colour = (0.90, 0.38, 0.10, 0.80)
POOL: Colour = (0.36, 0.76, 0.78, 0.07)


@dataclass(frozen=True)
class Anomaly:
    """One thing that does not belong.

    Attributes:
        kind: what it is, in a few words.
        mask: the pixels it covers, shape (rows, columns).
    """

    kind: str
    mask: NDArray[np.bool_]


class Canvas:
    """The scene while it is painted.

    Attributes:
        pixels: reflectances, shape (4, rows, columns).
        anomalies: those painted so far.
        rng: the only source of chance.
    """

    def __init__(self, seed: int = SEED) -> None:
        self.rng = np.random.default_rng(seed)
        self.pixels = np.zeros((len(BANDS), HEIGHT, WIDTH))
        self.rows, self.columns = np.mgrid[:HEIGHT, :WIDTH] + 0.5
        self.anomalies: list[Anomaly] = []
        fy = np.fft.fftfreq(HEIGHT, 1.0)[:, None]
        fx = np.fft.rfftfreq(WIDTH, 1.0)[None, :]
        self._frequency = np.hypot(fy, fx)
        self._direction = np.arctan2(fy, fx)

    def noise(self, spectrum: Image) -> Image:
        """Gaussian noise with the amplitude spectrum given, mean 0 and standard deviation 1."""
        white = np.fft.rfft2(self.rng.standard_normal((HEIGHT, WIDTH)))
        shaped = np.fft.irfft2(white * spectrum, s=(HEIGHT, WIDTH))
        return (shaped - shaped.mean()) / shaped.std()

    def fractal(self, slope: float) -> Image:
        """Noise whose amplitude falls with frequency to the power of ``slope``: clouds, coasts, soils."""
        return self.noise(np.where(self._frequency > 0, np.maximum(self._frequency, 1e-9) ** -slope, 0))

    def waves(self, wavelength: float, degrees: float | None = None, spread: float = 0.35) -> Image:
        """Noise of about one wavelength in pixels, of all directions or of those near ``degrees``."""
        octaves = np.log2(np.maximum(self._frequency, 1e-9) * wavelength)
        spectrum = np.exp(-0.5 * (octaves / 0.45) ** 2)
        if degrees is not None:
            apart = np.angle(np.exp(2j * (self._direction - np.radians(degrees)))) / 2
            spectrum = spectrum * np.exp(-0.5 * (apart / spread) ** 2)
        return self.noise(spectrum)

    def paint(self, colour: Colour | NDArray[np.float64], cover: Image | NDArray[np.bool_] | float = 1.0) -> None:
        """Lay a colour, or colours of shape (4, rows, columns), over the picture where ``cover`` (0 to 1) says."""
        paint = np.asarray(colour, dtype=np.float64)
        if paint.ndim == 1:
            paint = paint[:, None, None]
        self.pixels += (paint - self.pixels) * np.asarray(cover, dtype=np.float64)

    def shade(self, factor: Image, cover: Image | NDArray[np.bool_] | float = 1.0) -> None:
        """Multiply the picture by 1 + factor where ``cover`` says."""
        self.pixels *= 1 + factor * np.asarray(cover, dtype=np.float64)

    def frame(self, x: float, y: float, degrees: float) -> tuple[Image, Image]:
        """Coordinates along and across a heading about a point, in pixels; 0° looks right, 90° down."""
        angle = np.radians(degrees)
        dx, dy = self.columns - x, self.rows - y
        return dx * np.cos(angle) + dy * np.sin(angle), dy * np.cos(angle) - dx * np.sin(angle)

    def rectangle(self, x: float, y: float, length: float, width: float, degrees: float) -> Image:
        """Cover of a turned rectangle about a point, with soft edges."""
        along, across = self.frame(x, y, degrees)
        return np.clip(np.minimum(length / 2 - abs(along), width / 2 - abs(across)) + 0.5, 0, 1)

    def line(self, points: Sequence[Sequence[float]] | NDArray[np.float64], width: float) -> Image:
        """Cover of a line through points (x, y), with soft edges."""
        nearest = np.full((HEIGHT, WIDTH), np.inf)
        for (x0, y0), (x1, y1) in zip(points, points[1:]):
            dx, dy = x1 - x0, y1 - y0
            t = np.clip(((self.columns - x0) * dx + (self.rows - y0) * dy) / (dx * dx + dy * dy), 0, 1)
            nearest = np.minimum(nearest, np.hypot(self.columns - x0 - t * dx, self.rows - y0 - t * dy))
        return np.clip(width / 2 - nearest + 0.5, 0, 1)

    def mark(self, kind: str, cover: Image) -> None:
        """Note an anomaly where ``cover`` is at least a half."""
        self.anomalies.append(Anomaly(kind, cover >= 0.5))


def paint_harbour(seed: int = SEED) -> tuple[NDArray[np.uint8], list[Anomaly]]:
    """Paint the whole scene.

    Args:
        seed: another seed gives another coast, with the anomalies in the same places.

    Returns:
        Pixels of shape (4, rows, columns), 0 to 255, and the anomalies.
    """
    canvas, _ = compose_harbour(seed)
    blurred = ndimage.gaussian_filter(canvas.pixels, (0, 0.55, 0.55), mode="nearest")
    noisy = blurred + canvas.rng.standard_normal(blurred.shape) * (0.003 + 0.006 * blurred)
    return np.clip(np.rint(noisy * 1.1 * 255), 1, 255).astype(np.uint8), canvas.anomalies


def compose_harbour(seed: int = SEED) -> tuple[Canvas, Image]:
    """The painting before any sensor looks at it, and the distance to its coast in pixels, positive on land."""
    canvas = Canvas(seed)
    shore = _shore(canvas)
    _paint_water(canvas, shore)
    _paint_land(canvas, shore)
    _paint_harbour_works(canvas, shore)
    _paint_anomalies(canvas)
    return canvas, shore


def _shore(canvas: Canvas) -> Image:
    """Distance to the coast in pixels: positive on land, negative on water. One coast, no islands, no lakes."""
    level = canvas.columns - 255 - 0.32 * canvas.rows + 34 * canvas.fractal(1.9)
    labels, _ = ndimage.label(level > 0)
    land = ndimage.binary_fill_holes(labels == labels[HEIGHT // 2, -1])
    return ndimage.distance_transform_edt(land) - ndimage.distance_transform_edt(~land)


def _paint_water(canvas: Canvas, shore: Image) -> None:
    """Deep water, shallows, swell that bends nowhere, wind streaks, glint and surf."""
    canvas.paint(DEEP_WATER)
    turbid = np.exp(np.minimum(shore, 0) / (30 * np.exp(0.35 * canvas.fractal(1.4))))
    canvas.paint(SHALLOW_WATER, np.clip(0.9 * turbid, 0, 1))
    swell = canvas.waves(22, degrees=18, spread=0.18)
    chop = canvas.waves(4.5, degrees=35)
    calm = 1 / (1 + np.exp(-1.5 * canvas.fractal(1.2)))
    canvas.shade(0.030 * swell + 0.045 * chop * (0.4 + calm) + 0.05 * canvas.fractal(1.3))
    crest = np.clip(swell + 1.4 * chop + 0.6 * canvas.waves(2.5) - 3.1, 0, 1)
    canvas.paint((0.38, 0.43, 0.42, 0.22), 0.35 * crest * calm)
    surf = np.exp(-0.5 * ((shore + 1.5) / 1.4) ** 2) * np.clip(0.35 + 0.35 * canvas.waves(7), 0, 0.8)
    canvas.paint(SURF, surf)


def _paint_land(canvas: Canvas, shore: Image) -> None:
    """Fields in strips, forest with crowns, a beach, and slopes lit from the north-west."""
    land = np.clip(shore + 0.5, 0, 1)
    fields = _fields(canvas)
    canvas.paint(fields, land)
    thickness = canvas.fractal(1.7) + 0.8 * np.clip((150 - canvas.rows) / 150, -0.6, 1)
    wooded = np.clip((thickness - 0.25 + 0.25 * canvas.waves(9)) * 5, 0, 1) * np.clip((shore - 12) / 6, 0, 1)
    canvas.paint(_forest(canvas), wooded)
    beach = np.clip((8 + 3.5 * canvas.waves(60) - shore) / 3, 0, 1) * land
    canvas.paint(SAND, beach)
    canvas.shade(-0.22 * np.clip(1 - shore / 3, 0, 1), land * (shore > 0))  # wet sand
    relief = canvas.fractal(1.8)
    canvas.shade(0.9 * np.clip(_lit(relief), -0.12, 0.12), land)
    canvas.shade(0.035 * canvas.fractal(0.7), land)


def _lit(relief: Image) -> Image:
    """How much brighter a relief is where it falls away to the upper left, the sun's side."""
    return relief - np.roll(relief, (-1, -1), axis=(0, 1))


def _fields(canvas: Canvas) -> NDArray[np.float64]:
    """Fields: a turned rectangle, split again and again, each part with a crop of its own; shape (4, rows, columns)."""
    along, across = canvas.frame(WIDTH / 2, HEIGHT / 2, 24)
    flat_along, flat_across = along.ravel(), across.ravel()
    colours = np.empty((len(BANDS), along.size))
    drills = [canvas.waves(3.4, degrees=d, spread=0.06).ravel() for d in (24, 114)]
    patchy = canvas.fractal(1.1).ravel()
    edge = np.zeros(along.size)

    def split(pixels: NDArray[np.intp], left: float, right: float, top: float, bottom: float) -> None:
        wide, high = right - left, bottom - top
        if max(wide, high) > 62:
            at = canvas.rng.uniform(0.36, 0.64)
            if wide > high * 0.8:
                middle = left + at * wide
                first = flat_along[pixels] < middle
                split(pixels[first], left, middle, top, bottom)
                split(pixels[~first], middle, right, top, bottom)
            else:
                middle = top + at * high
                first = flat_across[pixels] < middle
                split(pixels[first], left, right, top, middle)
                split(pixels[~first], left, right, middle, bottom)
            return
        crop = np.array(CROPS[canvas.rng.integers(len(CROPS))]) * canvas.rng.uniform(0.9, 1.1)
        drill = drills[canvas.rng.integers(2)][pixels]
        strength = canvas.rng.uniform(0.01, 0.05)
        hedged = canvas.rng.random() < 0.6
        x, y = flat_along[pixels], flat_across[pixels]
        colours[:, pixels] = crop[:, None] * (1 + strength * drill + 0.055 * patchy[pixels])
        border = np.minimum.reduce([x - left, right - x, y - top, bottom - y])
        edge[pixels] = np.clip(1.8 - border, 0, 1) * hedged

    split(np.arange(along.size), -420, 420, -420, 420)
    bushes = np.clip(0.7 + 0.5 * canvas.waves(5), 0, 1)
    hedges = np.array(HEDGE)[:, None, None]
    fields = colours.reshape(canvas.pixels.shape)
    return fields + (hedges - fields) * edge.reshape(along.shape) * bushes


def _forest(canvas: Canvas) -> NDArray[np.float64]:
    """A canopy of crowns of a few metres, with light and shadow; shape (4, rows, columns)."""
    crowns = canvas.waves(5.5) + 0.6 * canvas.waves(3.2)
    stands = canvas.fractal(1.3)
    light = 1 + 0.16 * np.clip(_lit(crowns), -2, 2) + 0.10 * np.clip(crowns, -2, 2) + 0.06 * stands
    colour = np.array(FOREST)[:, None, None] * light
    colour[0] *= 1 + 0.05 * stands  # some stands are browner
    return colour


def _paint_harbour_works(canvas: Canvas, shore: Image) -> None:
    """A road, a quay with sheds, and a jetty with a bend: rare, but they belong to a harbour."""
    row = 215
    coast = float(np.argmax(shore[row] > 0))
    through = np.array(
        [(coast + 26, row + 6), (coast + 70, row + 24), (coast + 150, row + 24), (560, 310), (WIDTH + 20, 322)]
    )
    course = CubicSpline(np.arange(len(through)), through)(np.linspace(0, len(through) - 1, 40))
    canvas.paint(ROAD, 0.85 * canvas.line(course, 2.6))
    canvas.paint(CONCRETE, canvas.rectangle(coast + 10, row + 2, 40, 34, 0))
    canvas.shade(0.04 * canvas.fractal(0.8), canvas.rectangle(coast + 10, row + 2, 40, 34, 0))
    for x, y, length, shade in ((coast + 14, row - 6, 18, 0.93), (coast + 16, row + 11, 14, 1.07)):
        canvas.shade(np.full_like(shore, -0.45), canvas.rectangle(x + 1.5, y + 1.5, length, 8, 0))
        roof = np.array(CONCRETE) * shade
        canvas.paint(tuple(roof), canvas.rectangle(x, y, length, 8, 0))
    jetty = [(coast + 2, row - 12), (coast - 62, row - 22), (coast - 92, row + 6)]
    rubble = 1 + 0.10 * canvas.waves(3)
    stone = np.array((0.34, 0.35, 0.32, 0.34))[:, None, None] * rubble
    canvas.paint(stone, canvas.line(jetty, 5.0))
    canvas.paint(CONCRETE, 0.8 * canvas.line(jetty, 2.0))


def _paint_anomalies(canvas: Canvas) -> None:
    """Nine things that do not belong, of several kinds."""
    _ship(canvas, "cargo ship under way", 96, 128, 32, 6.5, -38, deck=RED_DECK, wake=90)
    _ship(canvas, "white ferry under way", 150, 372, 22, 5.5, 12, deck=WHITE_PAINT, wake=70)
    _ship(canvas, "motor boat at speed", 60, 262, 6, 2.6, 70, deck=WHITE_PAINT, wake=46)
    _roof(canvas, "bright metal roof in the forest", 446, 346, 17, 11, 31, METAL)
    _roof(canvas, "blue tarpaulin on a field", 500, 210, 12, 9, 24, TARPAULIN)
    _roof(canvas, "row of orange containers", 520, 300, 15, 4, 24, ORANGE)
    _roof(canvas, "swimming pool", 442, 150, 8, 5, 24, POOL)
    bloom = _blob(canvas, 205, 60, 32, 6.5, 58)
    canvas.paint(BLOOM, bloom * np.clip(0.6 + 0.12 * canvas.waves(6), 0, 0.85))
    canvas.mark("algal bloom", bloom)
    scar = _blob(canvas, 592, 434, 22, 13, -25)
    canvas.paint(SCORCHED, 0.6 * ndimage.gaussian_filter(scar, 3))
    canvas.paint(np.array(CHAR)[:, None, None] * (1 + 0.15 * canvas.waves(4)), 0.95 * scar)
    canvas.mark("burn scar", scar)


def _ship(
    canvas: Canvas, kind: str, x: float, y: float, length: float, beam: float, heading: float, deck: Colour, wake: float
) -> None:
    """A hull with a pointed bow and a superstructure, and a wake that widens and fades astern."""
    along, across = canvas.frame(x, y, heading)
    astern = -along - length / 2
    spread = 0.45 * beam + 0.055 * np.maximum(astern, 0)
    foam = np.exp(-0.5 * (across / spread) ** 2) * np.exp(-np.maximum(astern, 0) / (wake * 0.55))
    arms = np.exp(-0.5 * ((abs(across) - 0.4 * beam - 0.16 * np.maximum(astern, 0)) / 1.2) ** 2)
    arms *= np.exp(-np.maximum(astern, 0) / (wake * 0.35)) * 0.45
    trail = np.where((astern > -1) & (astern < wake), np.maximum(foam, arms), 0)
    canvas.paint(FOAM, 0.85 * trail * np.clip(0.8 + 0.25 * canvas.waves(4), 0, 1))
    bow = np.clip((length / 2 - along) / (0.3 * length), 0, 1) ** 0.6
    hull = np.clip(np.minimum(length / 2 - abs(along), bow * beam / 2 - abs(across)) + 0.5, 0, 1)
    canvas.paint(deck, hull)
    if length > 10:
        bridge = np.clip(np.minimum(2.5 - abs(along + 0.34 * length), 0.38 * beam - abs(across)) + 0.5, 0, 1)
        canvas.paint(WHITE_PAINT, bridge)
        for hatch in (-0.12, 0.06, 0.24):
            cover = np.clip(
                np.minimum(0.06 * length - abs(along - hatch * length), 0.28 * beam - abs(across)) + 0.5, 0, 1
            )
            canvas.shade(np.full_like(cover, -0.25), cover)
    canvas.mark(kind, hull)


def _roof(
    canvas: Canvas, kind: str, x: float, y: float, length: float, width: float, degrees: float, colour: Colour
) -> None:
    """Something flat and rectangular, with a ridge and a shadow to the lower right."""
    canvas.shade(np.full((HEIGHT, WIDTH), -0.5), canvas.rectangle(x + 1.5, y + 1.5, length, width, degrees))
    cover = canvas.rectangle(x, y, length, width, degrees)
    canvas.paint(colour, cover)
    _, across = canvas.frame(x, y, degrees)
    canvas.shade(np.where(across > 0, -0.07, 0.0), cover)
    canvas.mark(kind, cover)


def _blob(canvas: Canvas, x: float, y: float, length: float, width: float, degrees: float) -> Image:
    """Cover of an ellipse with a frayed edge, in one piece; length and width are half axes."""
    along, across = canvas.frame(x, y, degrees)
    radius = np.hypot(along / length, across / width)
    cover = np.clip((1 - radius + 0.20 * canvas.waves(9) + 0.12 * canvas.waves(18)) * 3, 0, 1)
    labels, _ = ndimage.label(cover >= 0.5, structure=EIGHT_CONNECTED)
    largest = labels == np.bincount(labels.ravel())[1:].argmax() + 1
    return cover * ndimage.binary_dilation(largest, iterations=2)
