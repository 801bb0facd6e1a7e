"""How well scores tell anomalies from the rest: exact measures, in numpy.

Notation: D is the set of anomalous pixels, F (false alarms) the set of the others, s a score, larger where more
anomalous. Pixels that are not valid (score NaN) belong to neither. A measure that is not defined, for want of
anomalies or of background, is NaN, and means over scenes leave it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

EIGHT_CONNECTED = np.ones((3, 3), dtype=bool)


def auc(positives: ArrayLike, negatives: ArrayLike) -> float:
    """Area under the ROC curve, AUC(D,F), exactly, with ties counted half.

    ``AUC = P(p > n) + P(p = n) / 2`` for a random positive p and a random negative n: the Mann-Whitney rank statistic,
    equal to the trapezoid area under the full ROC curve.

    Args:
        positives: scores of the anomalies, any shape, finite.
        negatives: scores of the background, any shape, finite.

    Returns:
        The area, in [0, 1]; NaN where either is empty.
    """
    p = np.sort(np.ravel(positives))
    n = np.sort(np.ravel(negatives))
    if not p.size or not n.size:
        return float("nan")
    # Integers until the division: exact for any number of pixels. Sorted needles keep the search in the cache.
    below = int(np.searchsorted(n, p, side="left").sum(dtype=np.int64))
    not_above = int(np.searchsorted(n, p, side="right").sum(dtype=np.int64))
    return (below + not_above) / (2 * p.size * n.size)


@dataclass(frozen=True)
class PixelMeasures:
    """The measures of one scene's scores against its mask, after min-max scaling of the scores to [0, 1].

    The 3-D ROC curve (P_D, P_F, τ) has three plane areas; the others combine them.

    Attributes:
        auc_df: AUC(D,F), how well D and F are told apart, [0, 1].
        auc_dt: AUC(D,τ) = ∫ P_D dτ = mean of s over D, [0, 1]: how bright the anomalies are.
        auc_ft: AUC(F,τ) = ∫ P_F dτ = mean of s over F, [0, 1], smaller is better: how bright the background is.
    """

    auc_df: float
    auc_dt: float
    auc_ft: float

    KEYS: ClassVar = ("auc_df", "auc_dt", "auc_ft", "auc_td", "auc_bs", "auc_tdbs", "auc_od", "auc_odp", "auc_snpr")

    def to_dict(self) -> dict[str, float]:
        """All of them by name."""
        return {key: getattr(self, key) for key in self.KEYS}

    @property
    def auc_td(self) -> float:
        """Target detectability, AUC(D,F) + AUC(D,τ), [0, 2]."""
        return self.auc_df + self.auc_dt

    @property
    def auc_bs(self) -> float:
        """Background suppressibility, AUC(D,F) - AUC(F,τ), [-1, 1]."""
        return self.auc_df - self.auc_ft

    @property
    def auc_tdbs(self) -> float:
        """Both at once, AUC(D,τ) - AUC(F,τ), [-1, 1]."""
        return self.auc_dt - self.auc_ft

    @property
    def auc_od(self) -> float:
        """Overall detection, AUC(D,F) + AUC(D,τ) - AUC(F,τ), [-1, 2]. Some papers print it as ODP."""
        return self.auc_df + self.auc_dt - self.auc_ft

    @property
    def auc_odp(self) -> float:
        """Overall detection probability, AUC(D,τ) + 1 - AUC(F,τ), [0, 2]."""
        return self.auc_dt + 1 - self.auc_ft

    @property
    def auc_snpr(self) -> float:
        """Signal to noise probability ratio, AUC(D,τ) / AUC(F,τ), 0 to infinity; NaN for 0 / 0."""
        if self.auc_ft > 0:
            return self.auc_dt / self.auc_ft
        return float("inf") if self.auc_dt > 0 else float("nan")


def split(scores: NDArray[np.floating], mask: NDArray[np.bool_]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """The valid scores of the anomalies and of the background.

    Args:
        scores: shape (rows, columns), NaN where not valid.
        mask: shape (rows, columns), true on anomalies.

    Returns:
        Two vectors.
    """
    if scores.shape != mask.shape:
        msg = f"scores of shape {scores.shape} do not fit a mask of shape {mask.shape}"
        raise ValueError(msg)
    valid = np.isfinite(scores)
    return scores[valid & mask], scores[valid & ~mask]


def pixel_measures(scores: NDArray[np.floating], mask: NDArray[np.bool_]) -> PixelMeasures:
    """Measure one scene, pixel by pixel.

    A map that is the same everywhere scales to zero everywhere.

    Args:
        scores: shape (rows, columns), any finite range, NaN where not valid.
        mask: shape (rows, columns), true on anomalies.

    Returns:
        The three areas; the others are their properties.
    """
    positives, negatives = split(scores, mask)
    area = auc(positives, negatives)
    everything = np.concatenate([positives, negatives]).astype(np.float64)
    if not everything.size:
        return PixelMeasures(area, float("nan"), float("nan"))
    low, high = everything.min(), everything.max()
    span = (high - low) or 1.0
    means = [float((v.mean(dtype=np.float64) - low) / span) if v.size else float("nan") for v in (positives, negatives)]
    return PixelMeasures(area, means[0], means[1])


def object_maxima(
    scores: NDArray[np.floating], boxes: NDArray[np.integer]
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """The highest score in each box, and in each box-sized window that touches no box.

    A box drawn loosely around an object cannot be filled by a precise map, so its pixel AUC has a ceiling near .7;
    :func:`auc` of these maxima asks instead whether objects stand out from places of the same size. The windows have
    the scene's median box height and width and lie side by side from the upper left corner.

    Args:
        scores: shape (rows, columns), NaN where not valid.
        boxes: shape (n, 4): left, top, right, bottom in pixels, right and bottom exclusive.

    Returns:
        Maxima of the boxes, and of the windows; those without a valid pixel are left out. Both are empty when there
        is no box.
    """
    filled = np.where(np.isfinite(scores), scores, -np.inf)
    inside = np.array([filled[t:b, x:r].max(initial=-np.inf) for x, t, r, b in boxes], dtype=filled.dtype)
    if not len(boxes):
        return inside, inside
    width = max(1, round(float(np.median(boxes[:, 2] - boxes[:, 0]))))
    height = max(1, round(float(np.median(boxes[:, 3] - boxes[:, 1]))))
    covered = np.zeros(scores.shape, dtype=bool)
    for x, t, r, b in boxes:
        covered[t:b, x:r] = True
    empty = ~_windows(covered, height, width).any(axis=(1, 3))
    outside = _windows(filled, height, width).max(axis=(1, 3))[empty]
    return inside[np.isfinite(inside)], outside[np.isfinite(outside)]


def _windows(image: NDArray, height: int, width: int) -> NDArray:
    """The whole windows side by side in an image, shape (rows, height, columns, width)."""
    rows, columns = image.shape[0] // height, image.shape[1] // width
    return image[: rows * height, : columns * width].reshape(rows, height, columns, width)


def youden_threshold(positives: ArrayLike, negatives: ArrayLike) -> float:
    """The threshold at the ROC's upper left point: the τ that maximises P(s >= τ | D) - P(s >= τ | F).

    Args:
        positives: scores of the anomalies.
        negatives: scores of the background.

    Returns:
        One of the scores, the highest of those that do equally well; NaN where either is empty.
    """
    p = np.sort(np.ravel(positives))
    n = np.sort(np.ravel(negatives))
    if not p.size or not n.size:
        return float("nan")
    # The best threshold is always a positive's score: going down to a negative's only adds false alarms.
    hits = (p.size - np.searchsorted(p, p, side="left")) / p.size
    alarms = (n.size - np.searchsorted(n, p, side="left")) / n.size
    gain = hits - alarms
    return float(p[np.flatnonzero(gain == gain.max())[-1]])


def mean_iou(positives: ArrayLike, negatives: ArrayLike) -> float:
    """Mean intersection over union of the classes anomaly and background at the ROC's upper left point.

    ``mIoU = (TP / (TP + FP + FN) + TN / (TN + FP + FN)) / 2`` with pixels ``s >= τ`` taken for anomalies and one τ,
    that of :func:`youden_threshold`, for all that is given: pass the pixels of a whole set to measure the set.

    Returns:
        The mean, in [0, 1]; NaN where either is empty.
    """
    threshold = youden_threshold(positives, negatives)
    if np.isnan(threshold):
        return float("nan")
    p, n = np.ravel(positives), np.ravel(negatives)
    hits, alarms = int((p >= threshold).sum()), int((n >= threshold).sum())
    misses, rest = p.size - hits, n.size - alarms
    return (hits / (hits + alarms + misses) + rest / (rest + alarms + misses)) / 2


def mask_components(mask: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """The ground-truth instances of a pixel mask: its 8-connected components.

    The papers name no convention; touching corners make one object here, as they do in the engine's own instances.

    Args:
        mask: shape (rows, columns).

    Returns:
        For each instance the flat indices of its pixels, ascending, in the order of their first pixels.
    """
    labels, count = ndimage.label(mask, structure=EIGHT_CONNECTED)
    flat = np.flatnonzero(labels)
    owner = labels.ravel()[flat]
    order = np.argsort(owner, kind="stable")
    return np.split(flat[order], np.cumsum(np.bincount(owner, minlength=count + 1)[1:-1])) if count else []
