"""Reading what a person outlined as normal: blocks of pixels around the polygons of one or several scenes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import torch
from affine import Affine
from rasterio.features import rasterize
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry
from torch import Tensor

from ..area import polygonal, read_area
from ..errors import EngineError
from ..models.asd import MARGIN
from ..models.density import GaussianDensity
from ..models.surroundings import scene_density
from ..models.taught import Scaling
from ..progress import Step
from ..region import Region
from ..scene import Scene
from ..tiles import reflect

BLOCK = 96
"""Side of a block without its margin, in pixels; even."""

MOST_BLOCKS = 600
MOST_BYTES = 320 * 2**20
FEWEST_PIXELS = 1000
"""Fewer valid pixels of normal ground than this teach nothing."""


@dataclass
class Ground:
    """Blocks of all scenes that hold normal ground.

    Attributes:
        images: standardised, with ``MARGIN`` pixels around each, (n, C, BLOCK + 32, BLOCK + 32).
        normal: which pixels are valid and normal, without the margin, (n, BLOCK, BLOCK).
        scalings: how the bands of each scene were standardised.
        adapted: whether each by its own mean and deviation, not all by those of normal ground.
        pixels: how many normal pixels there are in all polygons, counted in whole blocks that were read.
        origin: the number of the scene that each block is of.
        densities: what the bands around pixels are like in each scene as a whole; none where all have one scaling.
    """

    images: Tensor
    normal: Tensor
    scalings: list[Scaling]
    adapted: bool
    pixels: int
    origin: list[int]
    densities: list[GaussianDensity]

    @property
    def scaling(self) -> Scaling | None:
        """The one that all scenes share, or None where each has its own."""
        return None if self.adapted else self.scalings[0]


def normal_polygons(scenes: Sequence[Scene], areas: Sequence[dict[str, Any]]) -> list[BaseGeometry]:
    """The polygons of normal ground in pixel coordinates, as far as they lie in their scenes.

    Args:
        scenes: opened.
        areas: those of each, as :func:`~anomaly_lens.engine.area.read_area` takes them.

    Raises:
        EngineError: ``normal_outside``, ``bad_area``.
    """
    return [_inside(scene, area) for scene, area in zip(scenes, areas, strict=True)]


def read_ground(
    scenes: Sequence[Scene],
    polygons: Sequence[BaseGeometry],
    generator: np.random.Generator,
    adapt: bool,
    step: Step,
    scale: Callable[[Scene, Tensor], Scaling] | None = None,
    most: int = MOST_BLOCKS,
) -> Ground:
    """Read the normal ground of some scenes, or a fair sample where it is large.

    Args:
        scenes: opened, all with the same number of bands.
        polygons: of normal ground of each; see :func:`normal_polygons`.
        generator: chooses the blocks.
        adapt: whether each scene's bands are scaled by its own mean and deviation; else by those of normal ground.
        step: called with the share that is done.
        scale: tells another scaling, for all scenes, from the first of them and the pixels of all blocks.
        most: blocks to read, of all scenes together.

    Raises:
        EngineError: ``different_bands``, ``too_little_normal``, and what reading raises.
    """
    for scene in scenes[1:]:
        if scene.count != scenes[0].count:
            raise EngineError(
                "different_bands",
                f"{scenes[0].name} has {scenes[0].count} bands, {scene.name} has {scene.count}.",
                "Teach from layers with the same bands, or choose the bands to use.",
            )
    side = BLOCK + 2 * MARGIN
    # Until they are centred, wide values keep their digits.
    precision = np.result_type(np.float32, *(scene.working_dtype for scene in scenes))
    most = int(min(most, max(16, MOST_BYTES // (scenes[0].count * side * side * precision.itemsize))))
    places = [_blocks(polygon, scene) for polygon, scene in zip(polygons, scenes, strict=True)]
    wanted = _shares([len(p) for p in places], most)
    images, valids, normals, origin = [], [], [], []
    for number, (scene, polygon, own, count) in enumerate(zip(scenes, polygons, places, wanted, strict=True)):
        tree = shapely.STRtree(shapely.get_parts(polygon))
        blocks = held = 0
        for looked, index in enumerate(generator.permutation(len(own))):
            # Where blocks hold little, more of them may hold enough.
            if blocks >= count and (held >= FEWEST_PIXELS or blocks >= 2 * count):
                break
            step(0.5 * (number + looked / len(own)) / len(scenes))
            inside = _rasterized(tree, *own[index])
            if not inside.any():
                continue
            pixels, valid = _read(scene, precision, *own[index])
            normal = inside & valid[MARGIN:-MARGIN, MARGIN:-MARGIN].numpy()
            if normal.any():
                images.append(pixels)
                valids.append(valid)
                normals.append(torch.from_numpy(normal))
                origin.append(number)
                blocks, held = blocks + 1, held + int(normal.sum())
        step(0.5 * (number + 1) / len(scenes))
    total = sum(int(normal.sum()) for normal in normals)
    if total < FEWEST_PIXELS:
        raise EngineError(
            "too_little_normal",
            f"The polygons of normal ground hold {total} valid pixels; at least {FEWEST_PIXELS} are needed.",
            "Outline more or larger pieces of normal ground, where the layer has data.",
        )
    stacked, valid, normal = torch.stack(images), torch.stack(valids), torch.stack(normals)
    densities: list[GaussianDensity] = []
    if scale is not None:
        scalings = [scale(scenes[0], stacked)] * len(scenes)
    elif adapt:
        scalings = [
            Scaling.of_region(Region(scene), "cpu", _share(step, 0.5, number, len(scenes)))
            for number, scene in enumerate(scenes)
        ]
        densities = [
            scene_density(Region(scene), scaling, "cpu", _share(step, 0.75, number, len(scenes)))
            for number, (scene, scaling) in enumerate(zip(scenes, scalings, strict=True))
        ]
    else:
        scalings = [_scaling(stacked, normal)] * len(scenes)
    scaled = stacked if stacked.dtype == torch.float32 else torch.empty_like(stacked, dtype=torch.float32)
    for index, number in enumerate(origin):
        scaled[index] = scalings[number](stacked[index], valid[index])
    return Ground(scaled, normal, scalings, adapt and scale is None, total, origin, densities)


def _share(step: Step, begin: float, number: int, count: int) -> Step:
    """Reports a quarter of the whole, which begins at a share and is done for several scenes one after the other."""
    return lambda share: step(begin + 0.25 * (number + share) / count)


def _inside(scene: Scene, area: dict[str, Any]) -> BaseGeometry:
    polygon = read_area(scene, area)
    inside = shapely.box(0, 0, scene.width, scene.height)
    inside = inside if polygon is None else polygonal(polygon & inside)
    if inside.area == 0:
        raise EngineError(
            "normal_outside",
            f"The polygons of normal ground do not touch {scene.name}.",
            "Draw them on the layer, or check the CRS of both.",
        )
    return inside


def _blocks(polygon: BaseGeometry, scene: Scene) -> list[tuple[int, int]]:
    """Upper left corners (row, column) of the blocks that touch the polygon, on a grid of even numbers."""
    left, top, right, bottom = polygon.bounds
    rows = range(int(top) // 2 * 2, min(int(np.ceil(bottom)), scene.height), BLOCK)
    columns = range(int(left) // 2 * 2, min(int(np.ceil(right)), scene.width), BLOCK)
    shapely.prepare(polygon)
    return [
        (row, column)
        for row in rows
        for column in columns
        if shapely.intersects(polygon, shapely.box(column, row, column + BLOCK, row + BLOCK))
    ]


def _shares(counts: list[int], most: int) -> list[int]:
    """How many of each to take, so that all together are at most ``most``, and small ones are not drowned."""
    share = most
    while share > 1 and sum(min(count, share) for count in counts) > most:
        share -= max(1, share // 20)
    return [min(count, share) for count in counts]


def _read(scene: Scene, precision: np.dtype[Any], row: int, column: int) -> tuple[Tensor, Tensor]:
    """Pixels (C, side, side) and validity (side, side) of a block and its margin, mirrored at the scene's border."""
    top, left = max(0, row - MARGIN), max(0, column - MARGIN)
    bottom, right = min(scene.height, row + BLOCK + MARGIN), min(scene.width, column + BLOCK + MARGIN)
    pixels, valid = scene.read(Window(left, top, right - left, bottom - top))
    rows = (row - MARGIN - top, row + BLOCK + MARGIN - top)
    columns = (column - MARGIN - left, column + BLOCK + MARGIN - left)
    mirrored = reflect(torch.from_numpy(pixels.astype(precision)), rows, columns)
    return mirrored, reflect(torch.from_numpy(valid), rows, columns)


def _rasterized(polygons: shapely.STRtree, row: int, column: int) -> np.ndarray:
    """Which pixels of a block lie in polygons; only what lies there of them is looked at, for they may be thousands."""
    around = shapely.box(column - 1, row - 1, column + BLOCK + 1, row + BLOCK + 1)
    pieces = shapely.intersection(polygons.geometries[polygons.query(around)], around)
    shapes = [(polygonal(piece), 1) for piece in pieces if piece.area > 0]
    if not shapes:
        return np.zeros((BLOCK, BLOCK), bool)
    transform = Affine.translation(column, row)
    return rasterize(shapes, out_shape=(BLOCK, BLOCK), transform=transform, dtype=np.uint8).astype(bool)


def _scaling(images: Tensor, normal: Tensor) -> Scaling:
    """Mean and standard deviation of each band over normal ground."""
    inner = images[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN]
    values = inner.transpose(0, 1)[:, normal].double()
    spread = values.std(1)
    # A band that never changes on normal ground still tells where it does elsewhere.
    least = values.abs().mean(1).clamp(min=1e-6) * 1e-3
    return Scaling(values.mean(1).float(), torch.maximum(spread, least).float())
