"""COCO's average precision of instances, with masks or boxes, in numpy and scipy.

The rules are those of the COCO evaluation for one category: detections sorted by score, at most 100 a scene, each
matched greedily to the free ground truth it overlaps most; precision made monotone and read at 101 recall points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

THRESHOLDS = np.concatenate([[0.25], np.linspace(0.5, 0.95, 10)])
"""Overlaps asked for: .25 for AP25, and .50 to .95 whose mean is AP."""

RECALLS = np.linspace(0, 1, 101)
MAX_DETECTIONS = 100


@dataclass(frozen=True)
class AveragePrecision:
    """Average precision over a set of scenes, in [0, 1]; NaN where there is nothing to find.

    Attributes:
        ap: mean over the overlaps .50, .55, … .95.
        ap25: at overlap .25.
        ap50: at overlap .50.
    """

    ap: float
    ap25: float
    ap50: float


@dataclass(frozen=True)
class Matches:
    """How one scene's detections met its ground truth.

    Attributes:
        scores: shape (d,), descending.
        hits: shape (thresholds, d), whether each detection found an object of its own.
        objects: how many there were to find.
    """

    scores: NDArray[np.float64]
    hits: NDArray[np.bool_]
    objects: int


def mask_ious(detections: Sequence[NDArray[np.intp]], objects: Sequence[NDArray[np.intp]]) -> NDArray[np.float64]:
    """Intersection over union of masks.

    Args:
        detections: flat pixel indices of each detection.
        objects: flat pixel indices of each object, of the same scene.

    Returns:
        Shape (detections, objects).
    """
    if not len(detections) or not len(objects):
        return np.zeros((len(detections), len(objects)))
    pixels = 1 + max(int(m.max(initial=0)) for m in (*detections, *objects))
    a, b = _incidence(detections, pixels), _incidence(objects, pixels)
    common = (a @ b.T).toarray().astype(np.float64)
    sizes_a = np.array([m.size for m in detections], dtype=np.float64)
    sizes_b = np.array([m.size for m in objects], dtype=np.float64)
    return common / (sizes_a[:, None] + sizes_b[None, :] - common)


def _incidence(masks: Sequence[NDArray[np.intp]], pixels: int) -> sparse.csr_array:
    starts = np.concatenate([[0], np.cumsum([m.size for m in masks])])
    columns = np.concatenate(masks)
    return sparse.csr_array((np.ones(columns.size, dtype=np.int64), columns, starts), shape=(len(masks), pixels))


def box_ious(detections: ArrayLike, objects: ArrayLike) -> NDArray[np.float64]:
    """Intersection over union of boxes.

    Args:
        detections: shape (d, 4): left, top, right, bottom, right and bottom exclusive.
        objects: shape (o, 4), the same.

    Returns:
        Shape (d, o).
    """
    a = np.asarray(detections, dtype=np.float64).reshape(-1, 1, 4)
    b = np.asarray(objects, dtype=np.float64).reshape(1, -1, 4)
    sides = np.clip(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0, None)
    common = sides.prod(axis=-1)
    areas_a, areas_b = (x[..., 2:] - x[..., :2] for x in (a, b))
    return common / (areas_a.prod(axis=-1) + areas_b.prod(axis=-1) - common)


def match(scores: ArrayLike, ious: NDArray[np.float64]) -> Matches:
    """Match one scene's detections to its objects.

    Args:
        scores: shape (d,).
        ious: shape (d, o), of :func:`mask_ious` or :func:`box_ious`.

    Returns:
        The matches of the 100 detections that score highest, at each of :data:`THRESHOLDS`.
    """
    values = np.asarray(scores, dtype=np.float64)
    order = np.argsort(-values, kind="stable")[:MAX_DETECTIONS]
    values, ious = values[order], ious[order]
    hits = np.zeros((len(THRESHOLDS), len(order)), dtype=bool)
    for row, threshold in enumerate(THRESHOLDS):
        free = np.ones(ious.shape[1], dtype=bool)
        for detection, overlaps in enumerate(ious):
            usable = free & (overlaps >= threshold - 1e-10)
            if usable.any():
                best = np.where(usable, overlaps, -1.0)
                # Of equal overlaps COCO takes the last.
                free[best.size - 1 - int(np.argmax(best[::-1]))] = False
                hits[row, detection] = True
    return Matches(values, hits, ious.shape[1])


def average_precision(scenes: Sequence[Matches]) -> AveragePrecision:
    """Average precision over scenes, their detections ranked together.

    With tp and fp counted down the ranking, ``precision = tp / (tp + fp)`` is replaced by the best precision at this
    or any higher recall, and read at the recalls 0, .01, … 1; recalls that are not reached count zero.

    Args:
        scenes: the matches of each scene; scenes without objects matter, for their detections are all false.

    Returns:
        The measures; NaN when no scene has an object.
    """
    objects = sum(m.objects for m in scenes)
    if not objects:
        return AveragePrecision(float("nan"), float("nan"), float("nan"))
    scores = np.concatenate([m.scores for m in scenes])
    order = np.argsort(-scores, kind="stable")
    hits = np.concatenate([m.hits for m in scenes], axis=1)[:, order]
    found = np.cumsum(hits, axis=1)
    precision = found / np.arange(1, order.size + 1)
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    levels = np.zeros(len(THRESHOLDS))
    for row, (recall, best) in enumerate(zip(found / objects, precision, strict=True)):
        at = np.searchsorted(recall, RECALLS, side="left")
        levels[row] = best[at[at < order.size]].sum() / RECALLS.size
    return AveragePrecision(float(levels[1:].mean()), float(levels[0]), float(levels[1]))
