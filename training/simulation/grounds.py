"""Grounds that spatial scenes are drawn on: photographs, radar images, thermal skies, and what is made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from . import sensor
from .bank import Bank
from .draw import Array, fractal_field, log_uniform, region

_TRIES = 6
"""Crops that are looked at for one that shows a known object, but few."""

_SHOWN = (6, 100)
"""Pixels that a known object is long in such a crop: shortest and longest, as of what is pasted."""

_NEAREST = 0.2
"""Source pixels a pixel in the closest of these crops."""

_LEFT = 0.5
"""An object of which less than this share lies within a crop is cut off: whether it is foreign there is left open."""


@dataclass
class Ground:
    """A ground without anything put on it.

    Attributes:
        image: (size, size, 1 or 3) float32, about in [0, 1].
        known: what a photograph is known to show there, (size, size) int32, see :attr:`Bank.known`.
        doubt: share of its pixels that may show objects of which nobody told.
    """

    image: Array
    known: NDArray[np.int32]
    doubt: float = 0.0

    @classmethod
    def of(cls, image: Array, doubt: float = 0.0) -> Ground:
        """One of which nothing is known."""
        return cls(image, np.zeros(image.shape[:2], np.int32), doubt)

    def merged(self, rng: np.random.Generator, other: Ground) -> Ground:
        """This one and another in one scene, along a smooth or ragged border."""
        size = len(self.image)
        mask = region(rng, size, size, rng.uniform(0.15, 0.6)).astype(np.float32)
        if rng.random() < 0.5:
            mask = np.asarray(ndimage.gaussian_filter(mask, rng.uniform(0.5, 2)), np.float32)
        image = np.asarray(self.image * (1 - mask[..., None]) + other.image * mask[..., None], np.float32)
        # An object that the border cuts is no longer what it was.
        others = np.where(other.known > 0, other.known + max(0, int(self.known.max())), other.known)
        known = np.where(mask > 0.5, others, self.known)
        known[(mask > 0.01) & (mask < 0.99) & (known > 0)] = -1
        return Ground(image, known, max(self.doubt, other.doubt))


class Grounds:
    """Draws grounds.

    Args:
        bank: the imagery.
        size: side of a scene in pixels.
        natural: share of photographs that are cropped to show some of the objects known in them.
        few: as many known objects as such a crop is to show at most.
        doubt: share of a photograph's pixels that may show objects of which nobody told.
    """

    def __init__(self, bank: Bank, size: int, natural: float = 0.0, few: int = 8, doubt: float = 0.0) -> None:
        self.bank = bank
        self.size = size
        self.natural = natural
        self.few = few
        self.doubt = doubt
        objects = {number: ndimage.find_objects(np.maximum(known, 0)) for number, known in bank.known.items()}
        self._telling = [(number, [o for o in found if o is not None]) for number, found in objects.items() if found]

    def draw(self, rng: np.random.Generator, kind: str) -> Ground:
        """A ground of one band for radar and infrared, of three for photographs, unless they are grey."""
        size = self.size
        if kind == "sar":
            ground = self._sar(rng)
            return ground.merged(rng, self._sar(rng)) if rng.random() < 0.2 else ground
        if kind == "infrared":
            return self._infrared(rng)
        ground = self.photograph(rng)
        if rng.random() < 0.25:
            ground = ground.merged(rng, self.photograph(rng))
        elif rng.random() < 0.15:
            # Calm water or sand: nearly nothing but a colour and its noise.
            calm = rng.uniform(0.1, 0.8, 3).astype(np.float32) * np.ones((size, size, 1), np.float32)
            calm += (
                np.float32(rng.uniform(0.005, 0.05)) * fractal_field(rng, size, size, rng.uniform(0.4, 0.9))[..., None]
            )
            ground = Ground.of(calm).merged(rng, ground) if rng.random() < 0.5 else Ground.of(calm)
        image = ground.image
        if rng.random() < (0.25 if kind == "visible" else 0.5):
            image = grey(rng, image)
        if rng.random() < 0.3:
            image = np.clip(image, 0, 1) ** np.float32(rng.uniform(0.6, 1.6))
        if kind == "visible" and rng.random() < 0.1:
            image = 1 - image
        return Ground(np.ascontiguousarray(image, np.float32), ground.known, ground.doubt)

    def photograph(self, rng: np.random.Generator) -> Ground:
        """A crop of a photograph at a random scale, mirrored and turned."""
        if self.natural and self._telling and rng.random() < self.natural:
            number, objects = self._telling[int(rng.integers(len(self._telling)))]
            for _ in range(_TRIES):
                rows, columns = objects[int(rng.integers(len(objects)))]
                length = max(rows.stop - rows.start, columns.stop - columns.start)
                zoom = max(length / log_uniform(rng, *_SHOWN), _NEAREST)
                middle = (rows.start + rows.stop) // 2, (columns.start + columns.stop) // 2
                image, known = crop(
                    rng, self.bank.visible[number], self.size, zoom, zoom, self.bank.known[number], middle
                )
                if 0 < len(np.unique(known[known > 0])) <= self.few:
                    break
            return Ground(image, known, self.doubt)
        if self.bank.visible:
            number = int(rng.integers(len(self.bank.visible)))
            seen = crop(rng, self.bank.visible[number], self.size, 0.6, 3.0, self.bank.known.get(number))
            return Ground(*seen, self.doubt)
        single = self.bank.infrared or self.bank.sar
        if not single:
            return self._made(rng, 3)
        alike = np.repeat(single[int(rng.integers(len(single)))][..., None], 3, 2)
        return Ground.of(crop(rng, alike, self.size, 0.6, 3.0)[0], self.doubt)

    def _made(self, rng: np.random.Generator, bands: int) -> Ground:
        layers = [fractal_field(rng, self.size, self.size, rng.uniform(0.2, 0.9)) for _ in range(bands)]
        return Ground.of(np.clip(0.5 + 0.15 * np.stack(layers, -1), 0, 1).astype(np.float32))

    def _sar(self, rng: np.random.Generator) -> Ground:
        size = self.size
        if self.bank.sar and rng.random() < 0.5:
            source = self.bank.sar[int(rng.integers(len(self.bank.sar)))]
            return Ground.of(crop(rng, source[..., None], size, 0.4, 1.6)[0])
        mean = np.float32(rng.uniform(0.03, 0.35))
        ground = mean * np.exp(
            np.float32(rng.uniform(0.0, 0.5)) * fractal_field(rng, size, size, rng.uniform(0.2, 0.7))
        )
        if rng.random() < 0.35:
            land = self.photograph(rng).image.mean(-1) * np.float32(rng.uniform(0.5, 1.2))
            ground = np.where(region(rng, size, size, rng.uniform(0.1, 0.6)), land, ground)
        ground = sensor.speckle(rng, ground[..., None], log_uniform(rng, 1, 12))
        return Ground.of(sensor.blur(ground, rng.uniform(0.4, 1.0)) if rng.random() < 0.5 else ground)

    def _infrared(self, rng: np.random.Generator) -> Ground:
        size = self.size
        draw = rng.random()
        if draw < 0.35:
            # Sky and sea: clouds and a gradient, with hardly any detail.
            sky = fractal_field(rng, size, size, rng.uniform(0.1, 0.75))
            if rng.random() < 0.4:
                sky = np.maximum(sky, np.float32(rng.uniform(-1, 1)))
            ramp = np.linspace(-1, 1, size, dtype=np.float32)[:, None] * np.float32(rng.normal(0, 1.0))
            ground = Ground.of(
                (np.float32(rng.uniform(0.1, 0.6)) + np.float32(log_uniform(rng, 0.02, 0.2)) * (sky + ramp))[..., None]
            )
            if rng.random() < 0.3:
                land = self.photograph(rng)
                land.image = grey(rng, land.image) * np.float32(rng.uniform(0.2, 0.9))
                ground = ground.merged(rng, land)
        elif draw < 0.45 and self.bank.infrared:
            source = self.bank.infrared[int(rng.integers(len(self.bank.infrared)))]
            ground = Ground.of(crop(rng, source[..., None], size, 0.4, 1.2)[0], self.doubt)
        else:
            # Thermal scenes of the ground: a photograph's outlines with little texture and other brightnesses.
            ground = self.photograph(rng)
            image = sensor.blur(grey(rng, ground.image), log_uniform(rng, 0.5, 2.5))
            contrast = np.float32(rng.uniform(0.2, 0.9))
            ground.image = np.float32(rng.uniform(0.1, 0.5)) + contrast * (image - image.mean())
        ground.image = np.ascontiguousarray(ground.image, np.float32)
        return ground


def crop(
    rng: np.random.Generator,
    image: NDArray[np.uint8],
    size: int,
    zoom_in: float,
    zoom_out: float,
    known: NDArray[np.int32] | None = None,
    place: tuple[int, int] | None = None,
) -> tuple[Array, NDArray[np.int32]]:
    """A square of an image, between ``zoom_in`` and ``zoom_out`` source pixels a pixel, in a random orientation.

    Args:
        rng: where all chance comes from.
        image: (H, W, bands).
        size: side of the square, in its own pixels.
        zoom_in: fewest source pixels a pixel.
        zoom_out: most.
        known: what the image is known to show, (H, W), see :attr:`Bank.known`; None: nothing.
        place: row and column that the square shows; None: anywhere.

    Returns:
        The square, (size, size, bands) in [0, 1], and what it is known to show, (size, size).
    """
    height, width = image.shape[:2]
    side = int(min(log_uniform(rng, zoom_in, zoom_out) * size, height, width))
    first, last = (0, 0), (height - side, width - side)
    if place is not None:
        first = max(0, place[0] - side + 1), max(0, place[1] - side + 1)
        last = min(place[0], last[0]), min(place[1], last[1])
    y, x = (int(rng.integers(low, high + 1)) for low, high in zip(first, last, strict=True))
    part = image[y : y + side, x : x + side]
    if part.shape[2] == 1:
        part = part[..., 0]
    turned = Image.fromarray(part)
    if side != size:
        turned = turned.resize((size, size), Image.Resampling.BOX if side > 1.5 * size else Image.Resampling.BILINEAR)
    flipped, quarters = rng.random() < 0.5, int(rng.integers(4))
    if flipped:
        turned = turned.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if quarters:
        turned = turned.rotate(90 * quarters)
    values = np.asarray(turned, np.float32) / 255
    shown = np.zeros((size, size), np.int32)
    if known is not None and known[y : y + side, x : x + side].any():
        nearest = ((np.arange(size) + 0.5) * side / size).astype(int)
        shown = _whole(known, slice(y, y + side), slice(x, x + side))[np.ix_(nearest, nearest)]
        shown = np.rot90(shown[:, ::-1] if flipped else shown, quarters)
    return values.reshape(size, size, -1), np.ascontiguousarray(shown)


def _whole(known: NDArray[np.int32], rows: slice, columns: slice) -> NDArray[np.int32]:
    """What a part of a photograph shows; of objects that it cuts off, that something is there."""
    part = known[rows, columns].copy()
    areas = np.bincount(known[known > 0], minlength=1)
    within = np.bincount(part[part > 0], minlength=len(areas))
    cut = within < _LEFT * areas
    part[(part > 0) & cut[np.maximum(part, 0)]] = -1
    return part


def grey(rng: np.random.Generator, image: Array) -> Array:
    """One band out of three, by random weights, at times inverted."""
    if image.shape[2] == 1:
        return image
    weights = rng.dirichlet(np.ones(3)).astype(np.float32)
    mixed = (image @ weights)[..., None]
    return 1 - mixed if rng.random() < 0.4 else mixed
