"""Spatial anomalies: objects where none are expected, on real and made grounds, in four modalities.

Follows the paper (Fig. 5): objects A and large normal objects B0 are pasted on backgrounds B1, so that
S(A) > S(B0) > S(B1). Beyond it: sizes from 2 pixels, grounds of sea and sky, one object among many alike is normal
(clutter), soft edges, shadows, and what each kind of sensor does to a scene.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from . import sensor
from .aircraft import draw_aircraft
from .bank import Bank
from .draw import SHAPES, Array, line, log_uniform, markings, region, shape_mask, smooth_field
from .grounds import Grounds, grey
from .natural import around, few_objects
from .sample import ANOMALY, IGNORED, LARGE_OBJECT, SimulatedScene, mark

_NATURAL_SHARE = 0.06
"""Of a scene, that known objects may cover and be anomalies: the largest of the paper's."""

_NATURAL_PIXELS = 12
_PAINTED = ("visible", "low_light")
_AS_IT_IS = 0.5
"""Share of the scenes with objects of their own on which nothing else is put."""


@dataclass(frozen=True)
class SpatialConfig:
    """How scenes are drawn.

    Attributes:
        size: side of a scene in pixels.
        kinds: probability of each modality.
        length: smallest and largest anomaly in pixels, by modality, log-uniform. The paper's area ratios 0.02 to 0.06
            of 224² are lengths of 32 to 55; real targets are smaller and larger.
        large: smallest and largest side of a large normal object; the paper's ratios 0.06 to 0.5.
        large_probability: of each of up to three large objects; 0 leaves B0 out.
        clutter_probability: of a scene with many normal objects alike.
        single_group: probability that all anomalies of a scene are alike.
        most_groups: of anomalies alike in a scene.
        alone: probability that a group ends with each of its anomalies: they are 1 / alone on average.
        scatterers: probability that the objects of a group in a radar scene are clusters of strong and weak scatterers,
            some of them smeared beyond the object, instead of even surfaces.
        natural: share of photographs cropped to show some of the objects that are known in them.
        markings: probability of a photograph with lines and signs painted on its ground, which are normal.
        aircraft: share of the cut-outs of photographs that are drawn aircraft.
        few: known objects of a scene up to which they are anomalies; more are left open.
        doubt: share of a photograph's pixels that may show objects of which nobody told.
    """

    size: int = 224
    kinds: dict[str, float] = field(
        default_factory=lambda: {"visible": 0.35, "sar": 0.17, "infrared": 0.26, "low_light": 0.22}
    )
    length: dict[str, tuple[float, float]] = field(
        default_factory=lambda: {
            "visible": (4, 100),
            "sar": (4, 90),
            "infrared": (2, 70),
            "low_light": (4, 100),
        }
    )
    large: tuple[float, float] = (55, 160)
    large_probability: float = 0.3
    clutter_probability: float = 0.2
    single_group: float = 0.65
    most_groups: int = 3
    alone: float = 0.4
    scatterers: float = 0.0
    natural: float = 0.0
    markings: float = 0.0
    aircraft: float = 0.0
    few: int = 8
    doubt: float = 0.0


@dataclass
class _Style:
    """How the objects of one group look; alike objects share it."""

    source: str
    shape: str
    length: float
    aspect: float
    contrast: float
    colour: NDArray[np.float32]
    texture: float
    cutouts: list[NDArray[np.uint8]]
    shadow: float
    soft: float
    patches: float
    scatter: float = 0.0
    smear: float = 0.0


class SpatialSimulator:
    """Draws scenes of 1 or 3 bands.

    Args:
        bank: the imagery to draw from.
        config: how.
    """

    def __init__(self, bank: Bank, config: SpatialConfig | None = None) -> None:
        self.bank = bank
        self.config = config or SpatialConfig()
        self.kinds = tuple(self.config.kinds)
        self.grounds = Grounds(bank, self.config.size, self.config.natural, self.config.few, self.config.doubt)

    def sample(self, rng: np.random.Generator, kind: str | None = None) -> SimulatedScene:
        """One scene with at least one anomaly.

        Args:
            rng: where all chance comes from.
            kind: modality; None: drawn.
        """
        kinds = self.config.kinds
        if kind is None:
            weights = np.array(list(kinds.values()))
            kind = str(rng.choice(list(kinds), p=weights / weights.sum()))
        size = self.config.size
        ground = self.grounds.draw(rng, kind)
        image = ground.image
        label = np.zeros((size, size), np.uint8)
        spread = max(float(image[::2, ::2].std()), 0.01)
        objects = few_objects(ground.known, self.config.few, _NATURAL_SHARE, _NATURAL_PIXELS)
        number = natural = int(objects.max())
        label[around(ground.known != 0, 2)] = IGNORED
        label[objects > 0] = ANOMALY

        for _ in range(0 if natural else 3):
            if rng.random() < self.config.large_probability:
                self._paste_large(rng, image, label, spread)
        if self.config.markings and kind in _PAINTED and rng.random() < self.config.markings:
            self._paint(rng, image, label, spread)
        clutter = None
        if not natural and rng.random() < self.config.clutter_probability:
            clutter = self._style(rng, kind, image, longest=24)
            for _ in range(int(rng.integers(18, 60))):
                self._paste(rng, image, label, objects, clutter, spread, number=0)
        groups = 1 if rng.random() < self.config.single_group else int(rng.integers(2, self.config.most_groups + 1))
        if natural and rng.random() < _AS_IT_IS:
            groups = 0
        for _ in range(groups):
            style = self._style(rng, kind, image)
            if clutter is not None and style.length < 1.6 * clutter.length:
                # Rare among many small objects is what is larger, or of another brightness.
                style.contrast = -np.sign(clutter.contrast) * max(abs(style.contrast), 1.5)
            most = 1 if style.length > 45 else (4 if style.length > 25 else 9)
            count = int(min(most, rng.geometric(self.config.alone)))
            for _ in range(count):
                if self._paste(rng, image, label, objects, style, spread, number + 1):
                    number += 1
        if number == 0:
            # Chance found no room: one small object in the middle always fits.
            style = self._style(rng, kind, image, longest=12)
            style.contrast = np.sign(style.contrast) * max(abs(style.contrast), 2.0)
            label[label == ANOMALY] = 0
            self._paste(rng, image, label, objects, style, spread, 1, anywhere=True)
        image = self._sense(rng, kind, image)
        return SimulatedScene(np.ascontiguousarray(image.transpose(2, 0, 1)), label, objects, kind, doubt=ground.doubt)

    # Objects

    def _style(self, rng: np.random.Generator, kind: str, image: Array, longest: float = np.inf) -> _Style:
        low, high = self.config.length[kind]
        high = min(high, longest)
        length = log_uniform(rng, low, max(high, low + 1))
        bands = image.shape[2]
        cutouts: list[NDArray[np.uint8]] = []
        name = _bank_class(rng, kind, length, "outlined" in self.bank.objects)
        if length >= 6 and name in self.bank.objects and rng.random() < (0.5 if kind != "infrared" else 0.35):
            every, count = self.bank.objects[name], int(rng.integers(1, 4))
            # Dozens alike, which are no longer than some pixels, are normal: aircraft are never shown as that.
            drawn = self.config.aircraft if longest == np.inf and kind != "sar" else 0.0
            if drawn and rng.random() < drawn:
                cutouts = [draw_aircraft(rng) for _ in range(count)]
            else:
                cutouts = [every[int(rng.integers(len(every)))] for _ in range(count)]
        if kind == "infrared" and length < 9:
            shape = "spot" if rng.random() < 0.7 else str(rng.choice(SHAPES[:5]))
        else:
            shape = str(rng.choice(SHAPES[1:], p=np.array([0.2, 0.2, 0.18, 0.14, 0.2, 0.08])))
        bright = {"visible": 0.62, "sar": 0.95, "infrared": 0.85, "low_light": 0.7}[kind]
        sign = 1.0 if rng.random() < bright else -1.0
        colour = rng.standard_normal(bands).astype(np.float32)
        # Grey objects are more frequent than coloured ones.
        colour = colour * np.float32(rng.choice([0.1, 0.5, 1.2], p=[0.5, 0.3, 0.2])) + np.float32(sign)
        scatter = smear = 0.0
        if kind == "sar" and length >= 6 and self.config.scatterers and rng.random() < self.config.scatterers:
            scatter = float(rng.uniform(0.3, 1.1))
            smear = float(rng.uniform(0.1, 0.6)) if rng.random() < 0.4 else 0.0
        return _Style(
            source="bank" if cutouts else "made",
            shape=shape,
            length=length,
            aspect=float(rng.uniform(0.25, 1.0)),
            contrast=sign * log_uniform(rng, *{"sar": (1.5, 12.0)}.get(kind, (0.6, 6.0))),
            colour=colour,
            texture=float(rng.choice([0.0, 0.2, 0.6])),
            cutouts=cutouts,
            shadow=float(rng.uniform(0.2, 0.7)) if kind in ("visible", "low_light") and rng.random() < 0.35 else 0.0,
            soft=float(rng.uniform(0.0, 0.8)),
            patches=float(rng.uniform(0.3, 1.2)) if length > 14 and rng.random() < 0.4 else 0.0,
            scatter=scatter,
            smear=smear,
        )

    def _paste(
        self,
        rng: np.random.Generator,
        image: Array,
        label: NDArray[np.uint8],
        objects: NDArray[np.int32],
        style: _Style,
        spread: float,
        number: int,
        anywhere: bool = False,
    ) -> bool:
        """Put one object of a group somewhere free; ``number`` 0 makes it normal. False: there was no room."""
        size = image.shape[0]
        length = style.length * float(rng.uniform(0.85, 1.15))
        angle = float(rng.uniform(0, 2 * np.pi))
        texture: Array | None = None
        if style.cutouts:
            alpha, texture = _cutout(rng, style.cutouts[int(rng.integers(len(style.cutouts)))], length, image.shape[2])
        else:
            alpha = shape_mask(rng, style.shape, length, style.aspect, angle)
        if style.soft > 0.3 and style.shape != "spot":
            alpha = np.asarray(ndimage.gaussian_filter(alpha, style.soft, truncate=2.5), np.float32)
        height, width = alpha.shape
        if height >= size - 2 or width >= size - 2:
            return False
        for _ in range(8):
            y, x = int(rng.integers(0, size - height)), int(rng.integers(0, size - width))
            window = (slice(y, y + height), slice(x, x + width))
            if anywhere or not ((label[window] == ANOMALY) & (alpha > 0.05)).any():
                break
        else:
            return False
        under = image[window]
        core = alpha > 0.5
        if not core.any():
            core = alpha >= alpha.max()
        around = under[alpha < 0.05]
        level = around.mean(0) if len(around) else under.mean((0, 1))
        local = max(float(around.std()) if len(around) > 8 else spread, 0.25 * spread)
        step = (
            style.contrast
            * (0.5 * local + 0.5 * spread)
            * abs(style.colour)
            * np.sign(style.colour * np.sign(style.contrast))
        )
        if texture is not None:
            fill = texture
            if image.shape[2] == 1 and style.contrast < 0:
                fill = 1 - fill
            # A cut-out keeps its own looks, but must be seen: its mean moves away from the ground's where too near.
            gap = fill[core].mean(0) - level
            if np.abs(gap).max() < 0.6 * spread:
                fill = fill + step
        else:
            fill = np.broadcast_to(level + step, under.shape).astype(np.float32)
            if style.texture and min(height, width) > 5:
                fill = (
                    fill + np.float32(style.texture * spread) * smooth_field(rng, height, width, length / 4)[..., None]
                )
            if style.patches:
                # Parts of its own: roofs, wings, cargo, of other brightness and with sharp borders.
                part = smooth_field(rng, height, width, rng.uniform(2, 7)) > rng.uniform(0, 1)
                fill = np.where(part[..., None], fill - np.float32(style.patches) * step, fill)
        if style.scatter:
            cluster = ndimage.gaussian_filter(rng.standard_normal((height, width), np.float32), rng.uniform(0.5, 1.5))
            cluster = np.exp(np.float32(style.scatter) * cluster / max(float(cluster.std()), 1e-6))
            fill = np.asarray(level + (fill - level) * np.clip(cluster, 0.15, 6)[..., None], np.float32)
        if style.smear:
            sensor.side_lobes(rng, image, (fill - under) * alpha[..., None], window, style.smear)
            under = image[window]
        if style.shadow and length > 8:
            self._cast_shadow(rng, image, label, alpha, y, x, style.shadow)
            under = image[window]
        image[window] = under * (1 - alpha[..., None]) + fill * alpha[..., None]
        if number:
            peak = float(alpha.max())
            mark(label[window], objects[window], alpha, number, edge=0.15 * peak, inside=0.5 * peak)
        return True

    def _cast_shadow(
        self,
        rng: np.random.Generator,
        image: Array,
        label: NDArray[np.uint8],
        alpha: Array,
        y: int,
        x: int,
        depth: float,
    ) -> None:
        """Darken the ground beside an object; whether a shadow is part of the anomaly is left open."""
        size = image.shape[0]
        height, width = alpha.shape
        reach = max(1, int(0.25 * max(height, width)))
        top = int(np.clip(y + rng.integers(-reach, reach + 1), 0, size - height))
        left = int(np.clip(x + rng.integers(-reach, reach + 1), 0, size - width))
        window = (slice(top, top + height), slice(left, left + width))
        image[window] *= 1 - np.float32(depth) * alpha[..., None]
        label[window][(alpha > 0.3) & (label[window] == 0)] = IGNORED

    def _paste_large(self, rng: np.random.Generator, image: Array, label: NDArray[np.uint8], spread: float) -> None:
        """A large normal object B0: a field, a roof, a lake, a cloud."""
        size = image.shape[0]
        length = log_uniform(rng, *self.config.large)
        draw = rng.random()
        if draw < 0.4:
            mask = np.zeros((size, size), np.float32)
            soft = shape_mask(
                rng,
                str(rng.choice(["ellipse", "rectangle", "polygon"])),
                length,
                rng.uniform(0.3, 1),
                rng.uniform(0, 6.3),
            )
            y, x = (int(rng.integers(-soft.shape[0] // 2, size - soft.shape[0] // 2)) for _ in range(2))
            top, left = max(0, y), max(0, x)
            bottom, right = min(size, y + soft.shape[0]), min(size, x + soft.shape[1])
            mask[top:bottom, left:right] = soft[top - y : bottom - y, left - x : right - x]
        elif draw < 0.6:
            # Long and narrow, and still normal.
            mask = line(rng, size, size, log_uniform(rng, 2, 14))
        else:
            mask = region(rng, size, size, rng.uniform(0.06, 0.5)).astype(np.float32)
        strength = np.float32(rng.choice([-1, 1]) * log_uniform(rng, 0.5, 4) * spread)
        if rng.random() < 0.5 or image.shape[2] == 1:
            colour = np.full(image.shape[2], strength, np.float32)
        else:
            colour = strength * rng.standard_normal(image.shape[2]).astype(np.float32)
        if rng.random() < 0.35:
            fill = self.grounds.photograph(rng).image
            fill = fill if image.shape[2] == 3 else grey(rng, fill)
        elif rng.random() < 0.5:
            fill = image + colour
        else:
            fill = image.mean((0, 1)) + colour + np.float32(0.2 * spread) * smooth_field(rng, size, size, 20)[..., None]
        image[:] = image * (1 - mask[..., None]) + fill * mask[..., None]
        label[(mask > 0.5) & (label == 0)] = LARGE_OBJECT

    def _paint(self, rng: np.random.Generator, image: Array, label: NDArray[np.uint8], spread: float) -> None:
        """Lines and signs on the ground, as of roads, car parks and aprons: bright, thin, and normal."""
        size = image.shape[0]
        mask = np.asarray(ndimage.gaussian_filter(markings(rng, size), rng.uniform(0.2, 0.7)), np.float32)
        mask *= np.float32(rng.uniform(0.5, 1.0)) * (label == 0)
        white, yellow = (1.0, 1.0, 1.0), (1.0, 0.8, 0.2)
        colour = np.array(white if rng.random() < 0.5 else yellow, np.float32)
        if image.shape[2] == 1:
            colour = colour.mean(keepdims=True)
        paint = np.median(image, (0, 1)) + np.float32(log_uniform(rng, 1, 5) * spread) * colour
        image[:] = image * (1 - mask[..., None]) + paint.astype(np.float32) * mask[..., None]
        label[mask > 0.4] = LARGE_OBJECT

    # Sensors

    def _sense(self, rng: np.random.Generator, kind: str, image: Array) -> Array:
        if kind == "sar":
            if rng.random() < 0.6:
                image = sensor.speckle(rng, np.clip(image, 0, None), log_uniform(rng, 3, 40))
            if rng.random() < 0.4:
                image = sensor.blur(image, rng.uniform(0.3, 0.9))
            peak = np.float32(rng.uniform(0.8, 2.0))
            return sensor.quantise(image / peak)
        if rng.random() < 0.4:
            image = sensor.blur(image, rng.uniform(0.3, 1.1))
        if rng.random() < 0.2:
            image = sensor.vignette(rng, image, rng.uniform(0.05, 0.2))
        if kind == "low_light":
            image = sensor.darken(rng, image)
        elif rng.random() < 0.6:
            image = sensor.add_noise(rng, image, log_uniform(rng, 0.002, 0.04))
        if kind == "infrared":
            if rng.random() < 0.2:
                image = sensor.stripes(rng, image, log_uniform(rng, 0.002, 0.015))
            low, high = float(image.min()), float(image.max())
            if rng.random() < 0.4:
                image = (image - low) / max(high - low, 1e-6)
            if rng.random() < 0.1:
                image = 1 - image
        image = sensor.quantise(image)
        if rng.random() < 0.35:
            image = sensor.compress(image, int(rng.integers(35, 96)))
        return np.asarray(image, np.float32)


def _bank_class(rng: np.random.Generator, kind: str, length: float, outlined: bool) -> str:
    if kind == "sar":
        return "sar"
    names = ["vehicle", "ship", "airplane", "building"]
    weights = [0.35, 0.25, 0.25, 0.15] if length > 14 else [0.6, 0.3, 0.1, 0.0]
    if outlined:
        # Outlines are fine: small copies show them no worse than other cut-outs.
        names, weights = [*names, "outlined"], [0.75 * weight for weight in weights] + [0.25]
    return str(rng.choice(names, p=weights))


def _cutout(rng: np.random.Generator, cutout: NDArray[np.uint8], length: float, bands: int) -> tuple[Array, Array]:
    """Alpha (h, w) and looks (h, w, bands) of a cut-out, turned and brought to a length."""
    image = Image.fromarray(cutout)
    scale = length / max(image.size)
    target = (max(2, round(image.width * scale)), max(2, round(image.height * scale)))
    image = image.resize(target, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR)
    image = image.rotate(float(rng.uniform(0, 360)), Image.Resampling.BILINEAR, expand=True)
    values = np.asarray(image, np.float32) / 255
    alpha = np.pad(values[..., 3], 2)
    looks = np.pad(values[..., :3], ((2, 2), (2, 2), (0, 0)), mode="edge")
    if bands == 1:
        looks = looks.mean(-1, keepdims=True)
    return np.ascontiguousarray(alpha), np.ascontiguousarray(looks)
