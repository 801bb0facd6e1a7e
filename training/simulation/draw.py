"""Shapes, smooth fields and resampling: what both simulators draw with. All of it on small numpy arrays."""

from __future__ import annotations

import string

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Array = NDArray[np.float32]

SHAPES = ("spot", "ellipse", "rectangle", "polygon", "ship", "airplane", "bar")


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number whose logarithm is uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def resize(array: Array, height: int, width: int, resample: Image.Resampling = Image.Resampling.BILINEAR) -> Array:
    """Resample (H, W) or (H, W, C) float32."""
    if array.ndim == 3:
        return np.stack([resize(array[..., i], height, width, resample) for i in range(array.shape[2])], -1)
    return np.asarray(Image.fromarray(array).resize((width, height), resample), np.float32)


def smooth_field(rng: np.random.Generator, height: int, width: int, cells: float) -> Array:
    """Random field with about ``cells`` bumps along a side, mean about 0, spread about 1."""
    n = max(2, int(cells))
    grid = rng.standard_normal((n + 2, n + 2)).astype(np.float32)
    return resize(grid, height, width, Image.Resampling.BICUBIC)


def fractal_field(rng: np.random.Generator, height: int, width: int, roughness: float) -> Array:
    """Clouds: bumps of all sizes, each size weaker than the one before by ``roughness`` (0 to 1)."""
    field = np.zeros((height, width), np.float32)
    weight, cells = 1.0, 2.0
    while cells < max(height, width) / 2:
        field += np.float32(weight) * smooth_field(rng, height, width, cells)
        weight *= roughness
        cells *= 2
    return field / max(float(field.std()), 1e-6)


def region(rng: np.random.Generator, height: int, width: int, share: float) -> NDArray[np.bool_]:
    """Connected-looking ground that covers about ``share`` of a scene, with smooth or ragged borders."""
    field = fractal_field(rng, height, width, float(rng.uniform(0.15, 0.6)))
    if rng.random() < 0.5:
        angle = rng.uniform(0, 2 * np.pi)
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        field = field + np.float32(rng.uniform(2, 6)) * (np.cos(angle) * x / width + np.sin(angle) * y / height)
    return field > np.quantile(field[::4, ::4], 1 - share)


def line(rng: np.random.Generator, height: int, width: int, half: float) -> Array:
    """Coverage (0 to 1) of a road or a river: a bent line across the scene, ``half`` its half width in pixels."""
    angle, place = rng.uniform(0, np.pi), rng.uniform(0.2, 0.8)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    bend = np.float32(rng.uniform(0, 8)) * smooth_field(rng, height, width, 3)
    distance = np.abs(np.cos(angle) * (x - place * width) + np.sin(angle) * (y - place * height) + bend)
    return np.clip(np.float32(half + 0.5) - distance, 0, 1)


def markings(rng: np.random.Generator, size: int) -> Array:
    """Coverage (0 to 1) of what is painted on pavement: lines, whole or broken, side by side or across, and signs."""
    over = 2
    image = Image.new("L", (size * over, size * over))
    draw = ImageDraw.Draw(image)
    angle = rng.uniform(0, np.pi)
    width = log_uniform(rng, 0.7, 4) * over
    for _ in range(int(rng.integers(1, 4))):
        along = np.array([np.cos(angle), np.sin(angle)])
        start = rng.uniform(0, size, 2)
        gap = rng.uniform(6, 40)
        dash = log_uniform(rng, 4, 30) if rng.random() < 0.4 else 3.0 * size
        for beside in range(int(rng.integers(1, 6))):
            first = start + beside * gap * along[::-1] * (1, -1)
            for at in np.arange(-1.5 * size, 1.5 * size, 2 * dash):
                ends = np.stack([first + at * along, first + (at + dash) * along]) * over
                draw.line([(float(x), float(y)) for x, y in ends], fill=255, width=max(1, round(width)))
        angle += np.pi / 2 if rng.random() < 0.6 else rng.uniform(0, np.pi)
    for _ in range(int(rng.integers(0, 7))):
        height = log_uniform(rng, 5, 24) * over
        text = "".join(rng.choice(list(string.digits + string.ascii_uppercase)) for _ in range(int(rng.integers(1, 4))))
        sign = Image.new("L", (int(height * len(text)) + 4, int(1.5 * height) + 4))
        ImageDraw.Draw(sign).text((2, 2), text, fill=255, font=ImageFont.load_default(height))
        if rng.random() < 0.3:
            ImageDraw.Draw(sign).rectangle(sign.getbbox() or (0, 0, 1, 1), outline=255, width=over)
        sign = sign.rotate(float(rng.uniform(0, 360)), Image.Resampling.BILINEAR, expand=True)
        left, top = (int(x) for x in rng.integers(-8, size * over, 2))
        image.paste(255, (left, top), sign)
    return np.asarray(image.resize((size, size), Image.Resampling.BOX), np.float32) / 255


def shape_mask(rng: np.random.Generator, shape: str, length: float, aspect: float, angle: float) -> Array:
    """Coverage (0 to 1) of one shape, on the smallest array that holds it.

    Args:
        rng: of polygons' corners.
        shape: one of :data:`SHAPES`.
        length: long side in pixels.
        aspect: short side over long side.
        angle: in radians.
    """
    over = 4 if length < 40 else 2
    size = int(np.ceil(length * 1.1)) + 3
    if shape == "spot":
        # A point seen through optics: a small bell, not a disc.
        y, x = np.mgrid[0:size, 0:size].astype(np.float32) - (size - 1) / 2 + rng.uniform(-0.3, 0.3)
        sigma = max(0.5, length / 3.5)
        u = np.cos(angle) * x + np.sin(angle) * y
        v = (-np.sin(angle) * x + np.cos(angle) * y) / max(aspect, 0.4)
        bell: Array = np.exp(-0.5 * (u * u + v * v) / sigma**2).astype(np.float32)
        return bell
    image = Image.new("L", (size * over, size * over))
    draw = ImageDraw.Draw(image)
    for polygon in _outlines(rng, shape, aspect):
        turned = polygon @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        points = (turned * length + size / 2) * over
        draw.polygon([(float(a), float(b)) for a, b in points], fill=255)
    covered = np.asarray(image.resize((size, size), Image.Resampling.BOX), np.float32) / 255
    return covered


def _outlines(rng: np.random.Generator, shape: str, aspect: float) -> list[NDArray[np.float64]]:
    """Polygons of a shape of unit length around the origin."""
    a = aspect / 2
    if shape == "ellipse":
        t = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        return [np.stack([0.5 * np.cos(t), a * np.sin(t)], 1)]
    if shape == "polygon":
        t = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(4, 10))))
        r = rng.uniform(0.5, 1.0, len(t))
        return [np.stack([0.5 * r * np.cos(t), max(a, 0.2) * r * np.sin(t)], 1)]
    if shape == "ship":
        a = min(a, 0.2)
        return [np.array([[-0.5, -0.7 * a], [0.25, -a], [0.5, 0], [0.25, a], [-0.5, 0.7 * a]])]
    if shape == "airplane":
        body = rng.uniform(0.04, 0.08)
        sweep, span = rng.uniform(0.0, 0.25), rng.uniform(0.38, 0.5)
        root, tip = rng.uniform(0.1, 0.2), rng.uniform(0.03, 0.1)
        front = rng.uniform(0.0, 0.15)
        wing = np.array([[front, 0], [front - sweep, span], [front - sweep - tip, span], [front - root, 0]])
        tail = wing * 0.35 + np.array([-0.42, 0])
        flip = np.array([1, -1])
        t = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        fuselage = np.stack([0.5 * np.cos(t), body * np.sin(t)], 1)
        return [fuselage, wing, wing * flip, tail, tail * flip]
    if shape == "bar":
        a = min(a, 0.1)
    return [np.array([[-0.5, -a], [0.5, -a], [0.5, a], [-0.5, a]])]
