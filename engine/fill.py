"""Fill that a file does not declare: black collars around rotated scenes, -9999 outside of a survey.

Taken for data it stretches every statistic of a scene. What is certain is left out and told; what may be data is only
told, with how to say that it is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window
from scipy import ndimage

if TYPE_CHECKING:
    from .scene import Scene

_SIDE = 24
"""Of the windows that are looked at, in pixels."""

_GRID = 6
"""Windows along each side of a scene; those in the corners decide whether there is anything to find."""

_SOLID = 0.9
"""Share of the pixels of one value, least, that are surrounded by it: fill has edges, dark ground has holes."""

_COLOURS = 3
"""Bands, at least, that by day are not all black over an area; all white they may well be, on a roof."""


@dataclass(frozen=True)
class Fill:
    """A value that fills parts of a scene.

    Attributes:
        value: in all bands.
        certain: whether no data can be meant.
    """

    value: float
    certain: bool


def leave_out_fill(scene: Scene) -> None:
    """Make fill that the file does not declare no data, where that is certain; tell of it in any case.

    Nothing is done where the file declares no-data values or a mask, or somebody has named one.

    Args:
        scene: of imagery; the values of labels and scores are all meant.
    """
    if scene.declares_nodata:
        return
    fill = find_fill(scene)
    if fill is None:
        return
    if fill.certain:
        scene.also_nodata = fill.value
        scene.tell(
            f"{scene.name} holds {fill.value:g} in all bands where it ends, and declares no nodata value: these pixels "
            "were left out. If they are data, set another “additional no data value” in the layer's properties, under "
            "transparency, and run again."
        )
    else:
        scene.tell(
            f"A corner of {scene.name} holds nothing but {fill.value:g}, which was taken for data. If it is none, set "
            "it as “additional no data value” in the layer's properties, under transparency, and run again."
        )


def find_fill(scene: Scene) -> Fill | None:
    """Look at small windows spread over a scene: a value that fills a corner, and what sets it apart.

    It is certain where all other values lie far away on one side, or where it is black in three bands or more and comes
    in solid areas only.

    Args:
        scene: its bands are read as the file has them.
    """
    if min(scene.width, scene.height) < 2 * _SIDE:
        return None
    rows, columns = (np.linspace(0, n - _SIDE, _GRID).astype(int).tolist() for n in (scene.height, scene.width))
    corners = [_look(scene, row, column) for row, column in product((rows[0], rows[-1]), (columns[0], columns[-1]))]
    filled = [pixels for pixels, valid in corners if valid.all() and (pixels == pixels[0, 0, 0]).all()]
    if not filled:
        return None
    value = filled[0][0, 0, 0]
    windows = [_look(scene, row, column) for row, column in product(rows, columns)]
    held = [valid & (pixels == value).all(0) for pixels, valid in windows]
    rest = np.concatenate([pixels[:, valid & ~own] for (pixels, valid), own in zip(windows, held)], 1)
    if rest.shape[1] < _SIDE**2 or (rest == rest[:, :1]).all():
        return None
    low, high = rest.min(1), rest.max(1)
    gap = np.maximum(low - value, value - high)
    if (gap > high - low).all():
        return Fill(float(value), True)
    if value not in scene.limits:
        return None
    inside = sum(int(ndimage.binary_erosion(own, np.ones((3, 3)), border_value=1).sum()) for own in held)
    solid = inside >= _SOLID * sum(int(own.sum()) for own in held)
    return Fill(float(value), solid and value == 0 and scene.count >= _COLOURS)


def _look(scene: Scene, row: int, column: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    return scene.read(Window(column, row, _SIDE, _SIDE))
