"""How well a heat map, or any raster of scores, agrees with labels that somebody else made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.windows import Window
from scipy import ndimage

from .area import read_area
from .errors import EngineError
from .memory import told_if_short
from .metrics import EIGHT_CONNECTED, auc, mean_iou, object_maxima, pixel_measures, split, youden_threshold
from .scene import Scene, open_scene


@dataclass
class Evaluation:
    """What :func:`evaluate` measured.

    Attributes:
        measures: those of :mod:`.metrics` by name; None for one that is not defined.
        threshold: the score at the ROC's upper left point, at which ``miou`` is taken; None where there is none.
        objects: how many 8-connected objects the labels hold.
        anomaly_pixels: valid pixels that the labels call anomalous.
        background_pixels: the other valid pixels.
        warnings: what a person should know, in sentences.
    """

    measures: dict[str, float | None]
    threshold: float | None
    objects: int
    anomaly_pixels: int
    background_pixels: int
    warnings: list[str]

    def to_dict(self) -> dict[str, Any]:
        """The result as plain JSON types."""
        return asdict(self)


def evaluate(scores: str | Path, labels: dict[str, Any], crs: str | None = None) -> Evaluation:
    """Measure scores against labels.

    Args:
        scores: path of a raster, larger where more anomalous; its first band counts.
        labels: polygons, as :func:`~.area.read_area` takes an area; or ``{"raster": path, "value": v}``, whose pixels
            of that value, or other than 0 where it is None, are anomalies; its bands must agree, but for those that
            show none. Its nodata is neither anomaly nor background, unless that is 0. It is brought to the grid of the
            scores by the nearest pixel; ``"crs"`` is as ``crs``, of the labels.
        crs: that of the scores where their file says nothing or another, see :func:`.open_scene`.

    Raises:
        EngineError: where a file cannot be read, or the labels do not fit the scores or hold no anomaly.
    """
    short = f"There is not enough memory to measure {scores}.", "Close other programs, or clip the scores."
    with open_scene(scores, [1], crs=crs) as scene, told_if_short(*short):
        values, valid = _read(scene)
        mask, known = _raster_mask(scene, labels) if "raster" in labels else _polygon_mask(scene, labels)
        values = np.where(valid & known, values, np.nan)
        return _measure(scene, values, mask & valid & known)


def _measure(scene: Scene, values: NDArray[np.floating], mask: NDArray[np.bool_]) -> Evaluation:
    positives, negatives = split(values, mask)
    if not positives.size or not negatives.size:
        missing = "anomalous" if not positives.size else "normal"
        raise EngineError(
            "bad_labels",
            f"The labels leave no valid pixel of {scene.name} {missing}.",
            "Check that they lie on the scores, and which of their values means an anomaly.",
        )
    objects, count = ndimage.label(mask, structure=EIGHT_CONNECTED)
    boxes = np.array([[c.start, r.start, c.stop, r.stop] for r, c in ndimage.find_objects(objects)])
    measures = {
        **pixel_measures(values, mask).to_dict(),
        "object_auc": auc(*object_maxima(values, boxes)),
        "miou": mean_iou(positives, negatives),
    }
    return Evaluation(
        {name: _finite(value) for name, value in measures.items()},
        _finite(youden_threshold(positives, negatives)),
        count,
        positives.size,
        negatives.size,
        scene.warnings,
    )


def _finite(value: float) -> float | None:
    """JSON knows neither NaN nor infinity."""
    return float(value) if math.isfinite(value) else None


def _read(scene: Scene) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
    pixels, valid = scene.read(Window(0, 0, scene.width, scene.height))
    return pixels[0], valid


def _polygon_mask(scene: Scene, labels: dict[str, Any]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    shape = (scene.height, scene.width)
    polygons = read_area(scene, labels)
    mask = rasterize([(polygons, 1)], out_shape=shape, transform=Affine.identity(), dtype=np.uint8).astype(bool)
    return mask, np.ones(shape, dtype=bool)


def _raster_mask(scene: Scene, labels: dict[str, Any]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which pixels of the scores are anomalous by a label raster, and for which it says anything."""
    with open_scene(labels["raster"], crs=labels.get("crs")) as other:
        bands, valid = other.read(Window(0, 0, other.width, other.height))
        # Many programs write a mask's zeros as nodata; they mean background.
        known = valid | (other.nodata == 0)
        wanted = labels.get("value")
        anomalous = agreed([(band != 0) if wanted is None else (band == wanted) & valid for band in bands])
        if anomalous is None:
            raise EngineError(
                "bad_labels",
                f"The {len(bands)} bands of {other.path} say different things of where anomalies are.",
                "Give labels of one band, or of one colour.",
            )
        place = _nearest(scene, other)
    inside = place >= 0
    return inside & anomalous.ravel()[place], inside & known.ravel()[place]


def agreed(bands: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_] | None:
    """What the bands of a picture of labels say alike, but for those that show none; None where they do not agree.

    So a mask may be saved in grey or in a colour.
    """
    telling = [band for band in bands if band.any()] or bands[:1]
    return telling[0] if all(np.array_equal(band, telling[0]) for band in telling) else None


def _nearest(scene: Scene, other: Scene) -> NDArray[np.int64]:
    """For each pixel of a scene the flat number of another scene's pixel at the same place, -1 where there is none."""
    columns, rows = np.meshgrid(np.arange(scene.width) + 0.5, np.arange(scene.height) + 0.5)
    if scene.georeferenced and other.georeferenced:
        x, y = scene.to_map(columns.ravel(), rows.ravel())
        if scene.crs is not None and other.crs is not None and scene.crs != other.crs:
            x, y = _between(scene, other).transform(x, y)
        columns, rows = other.to_pixel(x, y)
    elif (scene.width, scene.height) != (other.width, other.height):
        raise EngineError(
            "bad_labels",
            f"{other.path} has {other.width} x {other.height} pixels, {scene.path} {scene.width} x {scene.height}, and "
            "they do not both say where they lie.",
            "Give labels of the same size, or georeference both.",
        )
    inside = (columns >= 0) & (columns < other.width) & (rows >= 0) & (rows < other.height)
    # What lies outside of a CRS is infinite, and no number.
    columns, rows = (np.where(inside, v, 0).astype(np.int64) for v in (columns, rows))
    return np.where(inside, rows * other.width + columns, -1).reshape(scene.height, scene.width)


def _between(scene: Scene, other: Scene) -> pyproj.Transformer:
    """From the CRS of one scene to that of another."""
    assert scene.crs is not None and other.crs is not None  # noqa: S101  # nosec B101
    try:
        return pyproj.Transformer.from_crs(scene.crs.to_wkt(), other.crs.to_wkt(), always_xy=True)
    except pyproj.exceptions.ProjError as error:
        raise EngineError(
            "bad_labels",
            f"Nothing is known of how the CRSs of {other.path} and {scene.path} lie to each other.",
            "Give labels in the CRS of the scores.",
        ) from error
