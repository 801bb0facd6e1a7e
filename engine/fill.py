"""Fill that a file does not declare: black collars around rotated scenes, -9999 outside of a survey.

Taken for data it stretches every statistic of a scene. What is certain is left out and told; what may be data is only
told, with how to say that it is none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.windows import Window
from scipy import ndimage

from .errors import EngineError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from .scene import Scene

_SIDE = 24
"""Of the windows that are looked at, in pixels."""

_GRID = 6
"""Windows along each side of a scene; those in the corners decide whether there is anything to find."""

_SOLID = 0.9
"""Share of the pixels of one value, least, that are surrounded by it: fill has edges, dark ground has holes."""

_COLOURS = 3
"""Bands, at least, that by day are not all black over an area; all white they may well be, on a roof."""

_APART = 0.25
"""How far from all other values, in units of their range, something must lie that is no value among others."""

_MOST_BLACK = 0.5
"""Share of a scene that may be certain to hold nothing for being 0: beyond it, 0 may be the ground itself."""


@dataclass(frozen=True)
class Fill:
    """A value that fills parts of a scene.

    Attributes:
        value: in all bands.
        certain: whether no data can be meant.
        windows: where it was seen, in pixels: left, top, right, bottom.
    """

    value: float
    certain: bool
    windows: tuple[tuple[int, int, int, int], ...] = field(default=(), compare=False)

    def touches(self, area: BaseGeometry | None) -> bool:
        """Whether it was seen in an area, in pixels; None is all of the scene."""
        return area is None or any(area.intersects(shapely.box(*window)) for window in self.windows)


def leave_out_fill(scene: Scene, dark: bool = False, area: BaseGeometry | None = None) -> None:
    """Make fill that the file does not declare no data, where that is certain; tell of it in any case.

    Nothing is done where the file declares no-data values or a mask, or somebody has named one.

    Args:
        scene: of imagery; the values of labels and scores are all meant.
        dark: it is of the night: black may be ground.
        area: all that is looked at, in pixels; what may be fill elsewhere is not told.
    """
    if scene.declares_nodata:
        return
    try:
        fills = find_fill(scene, dark)
    except EngineError:  # a damaged file: who reads it there will say so, and an area may lie elsewhere
        return
    # A scene has one value that means no data besides what its file declares.
    certain = next((fill for fill in fills if fill.certain), None)
    if certain is not None:
        scene.also_nodata = certain.value
        scene.tell(
            f"{scene.name} holds {_told(scene, certain)} in all bands where it ends, and declares no nodata value: "
            "these pixels were left out. If they are data, set another “additional no data value” in the layer's "
            "properties, under transparency, and run again."
        )
    for fill in fills:
        if fill is not certain and fill.touches(area):
            scene.tell(
                f"A corner of {scene.name} holds nothing but {_told(scene, fill)}, which was taken for data. If it is "
                "none, set it as “additional no data value” in the layer's properties, under transparency, and run "
                "again."
            )


def find_fill(scene: Scene, dark: bool) -> list[Fill]:
    """Look at small windows spread over a scene: values that fill a corner, and what sets them apart.

    One is certain where all other values lie far away on one side; where it alone is negative, away from the others
    and in solid areas only; or where by day it is black in three bands or more, in solid areas only. The largest value
    of an integer type never is, since what is too bright saturates.

    Args:
        scene: its bands are read as the file has them.
        dark: it is of the night.

    Returns:
        At most one for each corner, and none for what is no more than a value among others.

    Raises:
        EngineError: ``scene_truncated``.
    """
    if min(scene.width, scene.height) < 2 * _SIDE:
        return []
    rows, columns = (np.linspace(0, n - _SIDE, _GRID).astype(int).tolist() for n in (scene.height, scene.width))
    corners = [_look(scene, row, column) for row, column in product((rows[0], rows[-1]), (columns[0], columns[-1]))]
    filled = [pixels for pixels, valid in corners if valid.all() and (pixels == pixels[0, 0, 0]).all()]
    values = list(dict.fromkeys(pixels[0, 0, 0] for pixels in filled))
    if scene.is_complex:
        values = [value for value in values if value == 0]  # other magnitudes are of many complex values
    if not values:
        return []
    places = list(product(rows, columns))
    windows = [_look(scene, row, column) for row, column in places]
    held = {value: [valid & (pixels == value).all(0) for pixels, valid in windows] for value in values}
    others = [valid & ~np.any([own[n] for own in held.values()], 0) for n, (_, valid) in enumerate(windows)]
    rest = np.concatenate([pixels[:, other] for (pixels, _), other in zip(windows, others)], 1)
    if rest.shape[1] < _SIDE**2 or (rest == rest[:, :1]).all():
        return []
    found = []
    for value, own in held.items():
        certain = _is_certain(scene, value, own, rest, dark)
        if certain is not None:
            seen = [(c, r, c + _SIDE, r + _SIDE) for (r, c), here in zip(places, own) if here.any()]
            found.append(Fill(float(value), certain, tuple(seen)))
    return found


def _is_certain(
    scene: Scene, value: np.floating, own: list[NDArray[np.bool_]], rest: NDArray[Any], dark: bool
) -> bool | None:
    """Whether a value that fills a corner can only mean no data; None where it is a value among others.

    Args:
        scene: it is of.
        value: in all bands.
        own: where it is held, for each window.
        rest: all other pixels, (bands, n).
        dark: the scene is of the night.
    """
    low, high = rest.min(1), rest.max(1)
    gap = np.maximum(low - value, value - high)
    held = sum(int(here.sum()) for here in own)
    inside = sum(int(ndimage.binary_erosion(here, np.ones((3, 3)), border_value=1).sum()) for here in own)
    solid = inside >= _SOLID * held
    if value in scene.limits and value != 0:
        return False
    far = bool((gap > high - low).all())
    if value == 0:
        if far:
            return held < _MOST_BLACK * sum(here.size for here in own)
        return solid and scene.count >= _COLOURS and not dark
    if far:
        return True
    if (gap > _APART * (high - low)).all():
        return bool(solid and value < 0 <= low.min())
    return None


def _told(scene: Scene, fill: Fill) -> str:
    """The value as QGIS shows it, and where that differs, as the file holds it."""
    shown, stored = _digits(scene.scaled(fill.value)), _digits(fill.value)
    return shown if shown == stored else f"{shown} ({stored} in the file)"


def _digits(value: float) -> str:
    """All of a number's digits that matter, to be typed in again."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < 2**63 else f"{value:.9g}"


def _look(scene: Scene, row: int, column: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    return scene.read(Window(column, row, _SIDE, _SIDE))
