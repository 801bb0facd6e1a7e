"""Aircraft from above, drawn part by part: few cut-outs show any, and each shows one paint under one light.

What tells an aircraft from pavement is its outline and how its parts differ: a hull brighter along its ridge, wings in
another light, engines, a painted fin. All proportions are drawn at random within what airliners, light aircraft,
fighters and helicopters have.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

_SIDE = 160
"""Pixels of a drawing's sides; larger than most are pasted, so that shrinking softens its edges."""

_OVER = 2
_LENGTH = 0.92
"""Of an aircraft or its span, whichever is longer, beside the drawing's side."""

Colour = tuple[float, float, float]
Points = NDArray[np.float64]

_FLIP = np.array([1.0, -1.0])
_GLASS: Colour = (0.15, 0.17, 0.2)


def draw_aircraft(rng: np.random.Generator) -> NDArray[np.uint8]:
    """One aircraft, (h, w, 4) uint8 with alpha, nose to the right, as cut-outs are."""
    kinds, shares = zip(*_KINDS)
    draw = kinds[rng.choice(len(kinds), p=shares)]
    canvas = _Canvas(rng)
    draw(rng, canvas)
    return canvas.image()


class _Canvas:
    """Where parts are drawn, in units of the aircraft's length, its middle the origin and its nose at (0.5, 0)."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.paint: Colour = _paint(rng)
        side = _SIDE * _OVER
        self._alpha = Image.new("L", (side, side))
        self._looks = Image.new("RGB", (side, side))
        self._pen = ImageDraw.Draw(self._looks)
        self._mask = ImageDraw.Draw(self._alpha)
        self._size = side * _LENGTH

    def part(self, points: Points, light: float = 1.0, paint: Colour | None = None) -> None:
        """Draw a polygon.

        Args:
            points: its corners, (n, 2).
            light: what its paint is multiplied by.
            paint: red, green and blue from 0 to 1; None: the aircraft's.
        """
        colour = tuple(int(255 * np.clip(value * light, 0, 1)) for value in paint or self.paint)
        corners = [(float(x), float(y)) for x, y in points * self._size + _SIDE * _OVER / 2]
        self._pen.polygon(corners, fill=colour)
        self._mask.polygon(corners, fill=255)

    def both(self, points: Points, light: tuple[float, float]) -> None:
        """Draw a polygon and its mirror image on the other side, each in a light of its own."""
        self.part(points, light[0])
        self.part(points * _FLIP, light[1])

    def image(self) -> NDArray[np.uint8]:
        """What is drawn, (h, w, 4), cut to where something is."""
        alpha = np.asarray(self._alpha.resize((_SIDE, _SIDE), Image.Resampling.BOX))
        # Where nothing is drawn the looks are the paint's, so that edges do not turn dark when they are shrunk.
        ground = Image.new("RGB", self._looks.size, tuple(int(255 * min(1.0, value)) for value in self.paint))
        ground.paste(self._looks, mask=self._alpha)
        looks = np.asarray(ground.resize((_SIDE, _SIDE), Image.Resampling.BOX)).astype(np.float32)
        looks += self.rng.standard_normal(looks.shape[:2], np.float32)[..., None] * np.float32(self.rng.uniform(0, 8))
        whole = np.concatenate([np.clip(looks, 0, 255).astype(np.uint8), alpha[..., None]], 2)
        rows, columns = (np.flatnonzero(alpha.any(axis)) for axis in (1, 0))
        return np.ascontiguousarray(whole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _paint(rng: np.random.Generator) -> Colour:
    """White and light grey most often, then the greys and greens of armed forces, then any colour."""
    draw = rng.random()
    if draw < 0.6:
        level = rng.uniform(0.8, 1.05)
        return (level, level, level * rng.uniform(0.95, 1.03))
    if draw < 0.85:
        level = rng.uniform(0.25, 0.7)
        return (level, level * rng.uniform(0.95, 1.1), level * rng.uniform(0.8, 1.1))
    red, green, blue = rng.uniform(0.1, 1.0, 3)
    return (red, green, blue)


def _lights(rng: np.random.Generator) -> tuple[float, float]:
    """Of the two sides: the sun is on one of them."""
    level, tilt = rng.uniform(0.7, 1.05), rng.uniform(-0.12, 0.12)
    return level + tilt, level - tilt


def _ellipse(x: float, y: float, length: float, width: float) -> Points:
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return np.stack([x + 0.5 * length * np.cos(turn), y + 0.5 * width * np.sin(turn)], 1)


def _hull(rng: np.random.Generator, canvas: _Canvas, width: float, nose: float = 0.12) -> None:
    """A tube from a round nose to a thin tail, with its ridge in the light."""
    half = width / 2
    tail = rng.uniform(0.15, 0.35)
    turn = np.linspace(-np.pi / 2, np.pi / 2, 9)
    front = np.stack([0.5 - nose + nose * np.cos(turn), half * np.sin(turn)], 1)
    back = np.array([[-0.5 + tail, half], [-0.5, 0.15 * half], [-0.5, -0.15 * half], [-0.5 + tail, -half]])
    canvas.part(np.concatenate([front, back]), rng.uniform(0.8, 0.98))
    ridge = np.concatenate([front, back]) * (0.96, rng.uniform(0.3, 0.7))
    canvas.part(_moved(ridge, 0, rng.uniform(-0.3, 0.3) * half), rng.uniform(1.0, 1.15))
    if rng.random() < 0.7:
        canvas.part(_ellipse(0.5 - 0.6 * nose, 0, 0.02, 0.6 * width), paint=_GLASS)


def _moved(points: Points, along: float, across: float) -> Points:
    return points + np.array([along, across])


def _wing(at: float, root: float, tip: float, sweep: float, span: float) -> Points:
    """From the hull outwards: front and back of the root, then of the tip."""
    return np.array([[at, 0], [at - sweep, span], [at - sweep - tip, span], [at - root, 0]])


def _fin(rng: np.random.Generator, canvas: _Canvas) -> None:
    """The upright tail as it is seen from above: a thin stroke, often painted."""
    length, half = rng.uniform(0.08, 0.16), rng.uniform(0.004, 0.012)
    paint = tuple(rng.uniform(0, 1, 3)) if rng.random() < 0.6 else None
    front = -0.5 + length
    canvas.part(np.array([[front, 0], [-0.48, half], [-0.52, half], [-0.52, -half], [-0.48, -half]]), paint=paint)


def _airliner(rng: np.random.Generator, canvas: _Canvas) -> None:
    lights = _lights(rng)
    span = rng.uniform(0.4, 0.54)
    at, sweep = rng.uniform(0.08, 0.2), span * rng.uniform(0.35, 0.7)
    root, tip = rng.uniform(0.14, 0.24), rng.uniform(0.025, 0.06)
    wing = _wing(at, root, tip, sweep, span)
    # The back edge bends where the flaps end.
    bend = np.array([[at - root - rng.uniform(0.0, 0.04), 0.35 * span]])
    under = rng.random() < 0.75
    engines = int(rng.choice([1, 2], p=[0.75, 0.25])) if under else 0
    nearest = rng.uniform(0.28, 0.4)
    length, width = rng.uniform(0.07, 0.12), rng.uniform(0.03, 0.05)
    dark = _lights(rng)
    for number in range(engines):
        out = (nearest + 0.28 * number) * span
        canvas.both(_ellipse(at - sweep * out / span + 0.3 * length, out, length, width), dark)
    canvas.both(np.concatenate([wing[:3], bend, wing[3:]]), lights)
    if not under:
        canvas.both(_ellipse(rng.uniform(-0.34, -0.26), rng.uniform(0.045, 0.06), length, 0.8 * width), dark)
    tall = not under and rng.random() < 0.8
    ratio = rng.uniform(0.3, 0.42)
    tail = _moved(_wing(0, 0.55 * root, tip, sweep, span) * ratio, rng.uniform(0.06, 0.1) - 0.5, 0)
    if not tall:
        canvas.both(tail, lights)
    _hull(rng, canvas, rng.uniform(0.085, 0.13))
    if tall:
        canvas.both(_moved(tail, -0.03, 0), lights)
    _fin(rng, canvas)


def _light_aircraft(rng: np.random.Generator, canvas: _Canvas) -> None:
    lights = _lights(rng)
    span = rng.uniform(0.45, 0.54)
    at = rng.uniform(0.15, 0.28)
    root = rng.uniform(0.12, 0.2)
    wing = _wing(at, root, root * rng.uniform(0.5, 1.0), rng.uniform(0, 0.04), span)
    tail = _wing(-0.38, 0.11, 0.08, rng.uniform(0, 0.03), span * rng.uniform(0.3, 0.42))
    high = rng.random() < 0.5
    if rng.random() < 0.4:
        canvas.both(_ellipse(at + 0.02, span * rng.uniform(0.25, 0.4), rng.uniform(0.15, 0.22), 0.05), _lights(rng))
    canvas.both(tail, lights)
    if not high:
        canvas.both(wing, lights)
    _hull(rng, canvas, rng.uniform(0.08, 0.15), nose=0.07)
    if high:
        canvas.both(wing, lights)
    _fin(rng, canvas)


def _fighter(rng: np.random.Generator, canvas: _Canvas) -> None:
    lights = _lights(rng)
    span = rng.uniform(0.27, 0.38)
    at, root = rng.uniform(0.05, 0.2), rng.uniform(0.3, 0.5)
    canvas.both(_wing(at, root, rng.uniform(0.02, 0.08), root * rng.uniform(0.5, 0.8), span), lights)
    canvas.both(_wing(-0.33, 0.15, 0.05, 0.1, span * rng.uniform(0.5, 0.7)), lights)
    nose = rng.uniform(0.05, 0.07)
    hull = np.array([[0.5, 0], [0.3, nose / 2], [0, nose], [-0.45, nose], [-0.45, 0]])
    canvas.both(hull, _lights(rng))
    canvas.part(_ellipse(0.25, 0, 0.16, 0.05), paint=_GLASS)
    if rng.random() < 0.6:
        canvas.both(_moved(_wing(-0.25, 0.12, 0.06, 0.05, 0.012), 0, rng.uniform(0.03, 0.08)), _lights(rng))
    else:
        _fin(rng, canvas)


def _helicopter(rng: np.random.Generator, canvas: _Canvas) -> None:
    canvas.part(np.array([[0.1, 0.03], [-0.5, 0.012], [-0.5, -0.012], [0.1, -0.03]]), rng.uniform(0.8, 1.0))
    canvas.both(_wing(-0.42, 0.06, 0.05, 0.0, rng.uniform(0.06, 0.12)), _lights(rng))
    canvas.part(_ellipse(0.15, 0, rng.uniform(0.35, 0.5), rng.uniform(0.11, 0.17)), rng.uniform(0.9, 1.0))
    canvas.part(_ellipse(0.28, 0, 0.12, 0.1), paint=_GLASS)
    blades, first = int(rng.integers(2, 6)), rng.uniform(0, 2 * np.pi)
    for turn in first + np.arange(blades) * 2 * np.pi / blades:
        along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)]) * 0.008
        blade = np.array([across, 0.34 * along + across, 0.34 * along - across, -across])
        canvas.part(_moved(blade, 0.12, 0), paint=(0.2, 0.2, 0.2))


_KINDS: tuple[tuple[Callable[[np.random.Generator, _Canvas], None], float], ...] = (
    (_airliner, 0.55),
    (_light_aircraft, 0.2),
    (_fighter, 0.15),
    (_helicopter, 0.1),
)
"""What is drawn, and how often."""
