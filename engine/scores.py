"""What raw scores mean: their distribution over the scene, and the mapping to [0, 1]."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HISTOGRAM_BINS = 256
"""Bins over [0, 1] of the histogram that is written to the heat map."""

_AT_ONCE = 2**20


def counted(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """How many of some scores in [0, 1], of shape (n,), lie in each of :data:`HISTOGRAM_BINS` bins."""
    bins = np.minimum((scores * HISTOGRAM_BINS).astype(np.int64), HISTOGRAM_BINS - 1)
    return np.bincount(bins, minlength=HISTOGRAM_BINS)


class RawHistogram:
    """Counts raw scores in fine bins whose width grows with the score, so that any range fits.

    The upper 20 bits of a positive float32 are its bin: 2048 bins for each power of two, so that quantiles are exact
    to within 0.05 percent of their value. Scores of large distances to what is normal crowd in less than one.
    """

    _SHIFT = 12
    _BINS = 2 ** (31 - _SHIFT)

    def __init__(self) -> None:
        self.counts = np.zeros(self._BINS, dtype=np.int64)

    @property
    def total(self) -> int:
        """How many scores were counted."""
        return int(self.counts.sum())

    def add(self, scores: NDArray[np.float32]) -> None:
        """Count finite scores >= 0, of any shape; NaN is none."""
        flat = np.ascontiguousarray(scores, dtype=np.float32).ravel()
        # Some at a time: counting takes five times the memory of what is counted, while the next strip is scored.
        for start in range(0, len(flat), _AT_ONCE):
            some = flat[start : start + _AT_ONCE]
            bits = some[~np.isnan(some)].view(np.uint32) >> self._SHIFT
            self.counts += np.bincount(bits, minlength=self._BINS)[: self._BINS]

    def quantile(self, share: float) -> float:
        """The score below which ``share`` (0 to 1) of the counted scores lie, interpolated within its bin."""
        cumulative = self.counts.cumsum()
        target = share * cumulative[-1]
        index = int(np.searchsorted(cumulative, target))
        if index == 0:  # scores of exactly zero
            return 0.0
        low, high = (self._value(i) for i in (index, index + 1))
        before = cumulative[index] - self.counts[index]
        return float(low + (high - low) * (target - before) / max(1, self.counts[index]))

    def reached(self, share: float) -> float:
        """A positive score that ``share`` (0 to 1) of the counted scores reach, or a few more where scores are tied.

        Where these would be more than twice as many, as where the background holds one value, only higher ones do.
        """
        above = self.counts[::-1].cumsum()[::-1]
        wanted = share * above[0]
        index = int(np.searchsorted(-above, -wanted, side="right")) - 1
        some = np.flatnonzero(self.counts[1:]) + 1  # zero is no anomaly, however many are asked for
        if not len(some):
            return float("inf")
        higher = some[some > index]
        if above[index] > 2 * wanted and len(higher):
            index = int(higher[0])
        return self._value(max(index, int(some[0])))

    def reaching(self, raw: float) -> int:
        """How many scores reach one, but for those of its bin."""
        return int(self.counts[int(np.float32(raw).view(np.uint32) >> self._SHIFT) :].sum())

    def lowest(self, pixels: int) -> float:
        """The lowest score that no more than so many scores reach, to within a bin; 0 where all are no more."""
        above = self.counts[::-1].cumsum()[::-1]
        return self._value(int(np.count_nonzero(above > pixels)))

    def _value(self, index: int) -> float:
        """The lower edge of a bin."""
        return float(np.array([index << self._SHIFT], dtype=np.uint32).view(np.float32)[0])


class Calibration:
    """The monotone mapping from raw scores r to heat-map scores s.

    s = r / (r + r99), where r99 is the scene's 99th percentile of r: 0.5 means "as deviating as the scene's top one
    percent", 0.9 means nine times that. A calibrated detector's scores are kept.

    Args:
        histogram: of all raw scores of the region.
        calibrated: whether the scores are in [0, 1] already.

    Attributes:
        reference: r99, or None where scores are kept.
    """

    def __init__(self, histogram: RawHistogram, calibrated: bool) -> None:
        self.reference: float | None = None
        self._histogram = histogram
        if not calibrated:
            # Where nearly all scores are zero, so is the percentile; any positive reference keeps the mapping monotone.
            self.reference = histogram.quantile(0.99) or histogram.quantile(1.0) / 2 or 1.0

    def __call__(self, raw: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map raw scores of any shape; NaN stays NaN."""
        if self.reference is None:
            return np.clip(raw, 0, 1)
        r = raw.astype(np.float64)
        return (r / (r + self.reference)).astype(np.float32)

    def reaching(self, score: float) -> int:
        """How many pixels reach a score of the heat map, but for those of one bin."""
        if self.reference is None:
            return self._histogram.reaching(score)
        return self._histogram.reaching(score / (1 - score) * self.reference) if score < 1 else 0

    def lowest(self, pixels: int) -> float:
        """The lowest score of the heat map that no more than so many pixels reach; 0 where all pixels are no more."""
        raw = self._histogram.lowest(pixels)
        return raw if self.reference is None else float(raw / (raw + self.reference))

    def threshold(self, threshold_percent: float | None = None, threshold_score: float | None = None) -> float:
        """The score from which on pixels of the heat map are anomalies: the one given, or what that share reaches."""
        if threshold_score is not None:
            return threshold_score
        assert threshold_percent is not None  # noqa: S101 - one of both is given  # nosec B101
        raw = self._histogram.reached(threshold_percent / 100)
        return float(self(np.array([raw], dtype=np.float32))[0]) if np.isfinite(raw) else 1.0
