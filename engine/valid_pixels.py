"""Which pixels of a raster are data: by nodata values, mask and alpha bands, and what no sensor measures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.windows import Window

HUGE = 1e36
"""Floating-point values from this on are no measurements, whether nodata is declared or not: programs fill holes with
the largest float32 (3.4e38) or netCDF's 9.97e36, and resampling leaves something between at their edges. Sums of a few
of them are infinite in float32."""


class ValidPixels:
    """What tells the valid pixels of some bands from the others.

    Args:
        dataset: of the file, open.
        bands: the 1-based numbers of the bands in use.
        also_nodata: a value that means no data though the file does not say so, or None.

    Attributes:
        also_nodata: as given; another may be set later, and counts from then on.
        nodata: the nodata value of each band in use, or None.
        largest: the largest value of integer types; None where there are others.
        has_mask: whether anything but values tells in the file, or a nodata value does.
    """

    def __init__(self, dataset: rasterio.DatasetReader, bands: Sequence[int], also_nodata: float | None) -> None:
        self._dataset = dataset
        self.also_nodata = also_nodata
        self._alpha = next((i for i, c in enumerate(dataset.colorinterp, 1) if c == ColorInterp.alpha), None)
        # Asking GDAL for the flags walks over all bands: once will do.
        self._flags = dataset.mask_flag_enums
        self._masked = self._masked_bands(bands)
        self._types = [dataset.dtypes[band - 1] for band in bands]
        self.nodata = [self._declared_nodata(band) for band in bands]
        whole = all(each.startswith(("int", "uint")) for each in self._types)
        self.largest = max(float(np.iinfo(each).max) for each in self._types) if whole else None
        self.has_mask = self._alpha is not None or any(MaskFlags.all_valid not in f for f in self._flags)

    @property
    def declared(self) -> bool:
        """Whether anybody has said which pixels are no data: the file, or who opened it."""
        told = self._alpha is not None or bool(self._masked)
        return told or self.also_nodata is not None or any(n is not None for n in self.nodata)

    @property
    def limits(self) -> set[float]:
        """Values that saturated data takes, too: 0, and the largest of an integer type."""
        return {0.0} if self.largest is None else {0.0, self.largest}

    def read_mask(self, window: Window) -> NDArray[np.bool_] | None:
        """What masks and an alpha band say of a window, (rows, columns), or None where there is neither.

        Raises:
            RasterioError: the file ends too early or is damaged.
        """
        told = None
        if self._alpha is not None:
            told = np.asarray(self._dataset.read(self._alpha, window=window) > 0)
        if self._masked:
            masks = (self._dataset.read_masks(self._masked, window=window) > 0).all(axis=0)
            told = masks if told is None else told & masks
        return told

    def has_data(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Not nodata, shape (rows, columns), for values of shape (bands, rows, columns).

        A nodata value that real data also takes (0, and the largest value of an integer type) counts only where every
        band holds it, so that a black or saturated band does not make a hole; any other counts in any band.
        """
        declared = [n for n in self.nodata if n is not None]
        together = len(declared) == len(values) and set(declared) <= self.limits
        holes = _holes(values, self.nodata, together)
        if self.also_nodata is not None:
            named = [_as_held(self.also_nodata, kind) for kind in self._types]
            holes |= _holes(values, named, self.also_nodata in self.limits)
        return ~holes

    def leave_out_huge(self, pixels: NDArray[Any], valid: NDArray[np.bool_]) -> bool:
        """Take what is not finite or too large out of ``valid``; integers are neither.

        Returns:
            Whether any was too large, though finite.
        """
        if self.largest is not None:
            return False
        usual = np.ones_like(valid)
        for band in pixels:
            usual &= (band > -HUGE) & (band < HUGE)  # NaN is neither
        huge = valid & ~usual
        for band in pixels:
            if huge.any():  # behind the first band seldom: NaN mostly lies in all of them
                huge &= np.isfinite(band)
        valid &= usual
        return bool(huge.any())

    def _declared_nodata(self, band: int) -> float | None:
        """What the file says means no data in a band, or None."""
        value, kind = self._dataset.nodatavals[band - 1], self._dataset.dtypes[band - 1]
        if value is None and kind in {"int64", "uint64"} and MaskFlags.nodata in self._flags[band - 1]:
            # rasterio keeps quiet about values that, as a float, are beyond the type. So are its largest pixels.
            return float(np.iinfo(kind).max)
        return None if value is None else _as_held(float(value), kind)

    def _masked_bands(self, bands: Sequence[int]) -> list[int]:
        """Bands whose mask band says which pixels are valid; one of them where they share it."""
        by_others = {MaskFlags.all_valid, MaskFlags.nodata, MaskFlags.alpha}
        masked = [band for band in bands if by_others.isdisjoint(self._flags[band - 1])]
        shared = bool(masked) and MaskFlags.per_dataset in self._flags[masked[0] - 1]
        return masked[:1] if shared else masked


def _as_held(value: float, kind: str) -> float:
    """A value as a band of some type holds it: read in double precision, its pixels are not 0.1 but what is next to it.

    One that is beyond the type stays as it is: no pixel's.
    """
    if kind not in {"float32", "complex64"}:
        return value
    with np.errstate(over="ignore"):
        held = float(np.float32(value))
    return held if math.isfinite(held) else value


def _holes(values: NDArray[Any], nodata: Sequence[float | None], together: bool) -> NDArray[np.bool_]:
    """Where bands hold their nodata value, shape (rows, columns): all of them together, or any that has one."""
    holes = np.full(values.shape[1:], together)
    combine = np.logical_and if together else np.logical_or
    for band, n in zip(values, nodata):
        if n is not None and not np.isnan(n):
            with np.errstate(over="ignore"):  # what the type cannot hold is infinite: no pixel's value
                combine(holes, band == values.dtype.type(n), out=holes)
    return holes
