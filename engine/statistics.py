"""Mean and covariance of a region, streamed, and the whitening that follows from them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from .errors import EngineError

if TYPE_CHECKING:
    from .progress import Step
    from .region import Region, Strip
    from .scene import Scene

CHUNK_VALUES = 4_000_000
"""How many values (pixels times bands) are computed with at a time: in float64, just less than what the C library takes
from the system anew each time."""

_BLOCK_BANDS = 90

_SINGLE_PRECISION_ERROR = 1e-5

_COLUMNS_APART = 8
"""Of a sample of a scene, at most, where nothing is nodata."""

_FAR = 2**14
"""Deviations from zero from which on float32 rounds values by a thousandth of a deviation."""

_RIDGE = 1e-6
_SINGULAR = 1e-10


class SceneStatistics:
    """Mean, covariance and whitening of the valid pixels of a region.

    Everything is summed in float64 about a valid pixel, so that large offsets cost no digits. Bands that hold one
    value only are left out. The covariance is inverted in its correlation form; where that is singular (a grey image
    saved as RGB, a repeated band) a ridge of 1e-6 is added to its unit diagonal.

    Args:
        region: what to describe.
        device: the torch device to compute on.
        step: called after each strip with the share that is done.

    Attributes:
        kept: indices of the bands that vary, shape (d,).
        pixels: number of valid pixels n.
        mean: shape (d,), float64.
        covariance: shape (d, d), float64, divided by n - 1.
        whitening: lower triangular W, shape (d, d), with W Σ Wᵀ = 1.
        warnings: which bands were left out and whether a ridge was needed, in sentences.

    Raises:
        EngineError: ``no_valid_pixels``, ``constant_bands`` or ``too_few_pixels``.
    """

    def __init__(self, region: Region, device: str, step: Step) -> None:
        self.warnings: list[str] = []
        scene = region.scene
        bands = scene.count
        found: _Moments | None = None
        for part in region.visit(partial(_moments, device=device), step):
            if part is not None:
                found = part if found is None else found.joined(part)
        if found is None:
            raise no_valid_pixels(scene)
        self.pixels = found.pixels
        # About its own first value, a band that never changes has sums of exactly zero.
        self.kept = np.flatnonzero((found.products.diagonal() > 0).cpu().numpy())
        if not len(self.kept):
            raise EngineError(
                "constant_bands",
                f"{scene.path} holds one single value in the chosen area: nothing can deviate.",
                "Choose a raster or an area with some variation; check the nodata value.",
            )
        if len(self.kept) < bands:
            self.warnings.append(
                f"{bands - len(self.kept)} bands of {scene.name} hold one value only and were left out."
            )
        if self.pixels <= len(self.kept):
            raise EngineError(
                "too_few_pixels",
                f"{scene.path} has {self.pixels} valid pixels in the chosen area, fewer than are needed for "
                f"{len(self.kept)} bands.",
                "Choose a larger area, or fewer bands.",
            )
        mean = found.total / self.pixels
        products = found.products.tril() + found.products.tril(-1).T
        covariance = (products - self.pixels * torch.outer(mean, mean)) / (self.pixels - 1)
        kept = torch.as_tensor(self.kept, device=device)
        self._shift = found.shift[kept]
        self.mean = mean[kept] + self._shift
        self.covariance = covariance[kept][:, kept]
        self.whitening = self._whiten(scene.name)
        # Rounding a band to float32 moves a whitened component by about 2⁻²⁴ times the length of its row of W in
        # standard deviations; a distance sums d of them, and the worst of many is some four times the usual.
        longest = float((self.whitening * self.covariance.diagonal().sqrt()).norm(dim=1).max())
        error = 8 * 2**-24 * longest / len(self.kept) ** 0.5
        exact = scene.working_dtype == np.float64 or error > _SINGLE_PRECISION_ERROR
        self._score_dtype = torch.float64 if exact else torch.float32

    def take_off(self, offset: np.ndarray) -> None:
        """Be those of a region that the same was taken off from; see :meth:`.Region.take_off`."""
        less = torch.as_tensor(offset[self.kept], device=self.mean.device)
        self._shift, self.mean = self._shift - less, self.mean - less

    def to(self, device: str) -> SceneStatistics:
        """The same on another device."""
        moved = copy(self)
        moved._shift, moved.mean = self._shift.to(device), self.mean.to(device)
        moved.covariance, moved.whitening = self.covariance.to(device), self.whitening.to(device)
        return moved

    def _whiten(self, name: str) -> torch.Tensor:
        """W = L⁻¹ D^(-1/2), where L Lᵀ is the correlation matrix and D the variances."""
        scale = self.covariance.diagonal().clamp_min(torch.finfo(torch.float64).tiny).rsqrt()
        correlation = self.covariance * scale[:, None] * scale
        if torch.linalg.eigvalsh(correlation)[0] < _SINGULAR:
            correlation.diagonal().add_(_RIDGE)
            self.warnings.append(f"Some bands of {name} are combinations of others: a small ridge was added.")
        identity = torch.eye(len(scale), dtype=torch.float64, device=scale.device)
        return torch.linalg.solve_triangular(torch.linalg.cholesky(correlation), identity, upper=False) * scale

    def distances(self, values: np.ndarray) -> np.ndarray:
        """Squared Mahalanobis distances |W (x - μ)|² to the mean.

        Computed in float32, twice as fast, where that changes no distance by more than 1e-5 of itself, or 1e-6 next
        to the mean; else, and for scenes of wider types, in float64.

        Args:
            values: shape (d, n), the bands that vary.

        Returns:
            Shape (n,), float32.
        """
        whitening = self.whitening.to(self._score_dtype)
        shift = self._shift[:, None].to(self._score_dtype)
        offset = (self.whitening @ (self._shift - self.mean))[:, None].to(self._score_dtype)
        found = []
        for x in _centred(values, shift):
            squares = x.new_zeros(x.shape[1])
            for rows in _blocks(len(x)):  # W is lower triangular
                y = torch.addmm(offset[rows], whitening[rows, : rows.stop], x[: rows.stop])
                squares += y.square_().sum(dim=0)
            found.append(squares.float())
        return np.asarray(torch.cat(found).cpu().numpy())

    def select(self, pixels: np.ndarray) -> np.ndarray:
        """The bands that vary, of an array whose first axis is bands."""
        return pixels if len(self.kept) == len(pixels) else pixels[self.kept]


def centred_statistics(region: Region, device: str, step: Step) -> SceneStatistics:
    """Statistics for what computes in float32.

    Bands whose values lie so far from zero that float32 would lose what they vary by have their mean taken off, here
    and in all strips of the region from here on.

    Args:
        region: see :class:`SceneStatistics`.
        device: likewise.
        step: likewise.

    Raises:
        EngineError: likewise.
    """
    statistics = SceneStatistics(region, device, step)
    if region.scene.working_dtype == np.float64:  # others have no digits to lose
        mean = statistics.mean.cpu().numpy()
        far = np.abs(mean) > _FAR * statistics.covariance.diagonal().sqrt().cpu().numpy()
        if far.any():
            offset = np.zeros(region.scene.count)
            offset[statistics.kept[far]] = mean[far]
            region.take_off(offset)
            statistics.take_off(offset)
    return statistics


def no_valid_pixels(scene: Scene) -> EngineError:
    """The error for a region of a scene that holds nothing to score."""
    return EngineError(
        "no_valid_pixels",
        f"{scene.path} has no valid pixel in the chosen area: all are nodata, masked, outside, not a number or "
        "beyond ±1e36.",
        "Check its nodata value and its mask, and choose an area with data.",
    )


@dataclass
class _Moments:
    """Sums over the valid pixels of a strip, or of several.

    Attributes:
        pixels: how many there are.
        shift: the pixel that all others are counted from, (bands,) float64.
        total: their sum, (bands,).
        products: the lower triangle of the sum of their products, (bands, bands).
    """

    pixels: int
    shift: torch.Tensor
    total: torch.Tensor
    products: torch.Tensor

    def joined(self, other: _Moments) -> _Moments:
        """Of the pixels of both, about this one's shift."""
        apart = other.shift - self.shift
        total = other.total + other.pixels * apart
        mixed = torch.outer(total, apart)
        products = other.products + (torch.outer(apart, other.total) + mixed).tril()
        return _Moments(self.pixels + other.pixels, self.shift, self.total + total, self.products + products)


def _moments(strip: Strip, device: str) -> _Moments | None:
    """Those of a strip about its first valid pixel; None where it has no valid pixel."""
    values = valid_pixels(strip.pixels, strip.valid)
    bands, pixels = values.shape
    if not pixels:
        return None
    shift = torch.as_tensor(values[:, :1], device=device).to(torch.float64)
    total = torch.zeros(bands, dtype=torch.float64, device=device)
    products = torch.zeros(bands, bands, dtype=torch.float64, device=device)
    blocks = _blocks(bands)
    for x in _centred(values, shift):
        total += x.sum(dim=1)
        for rows in blocks:  # the lower triangle will do
            products[rows, : rows.stop].addmm_(x[rows], x[: rows.stop].T)
    return _Moments(pixels, shift[:, 0], total, products)


def _centred(values: np.ndarray, shift: torch.Tensor) -> Iterator[torch.Tensor]:
    """Columns of a (bands, n) array minus ``shift``, some at a time; each overwrites the one before."""
    memory = shift.new_empty(min(values.size, CHUNK_VALUES))
    columns = CHUNK_VALUES // len(values)
    for start in range(0, values.shape[1], columns):
        chunk = values[:, start : start + columns]
        yield memory[: chunk.size].view(chunk.shape).copy_(torch.as_tensor(chunk)).sub_(shift)


def _blocks(bands: int) -> list[slice]:
    """Rows of a triangular matrix in blocks; the more of them, the less is multiplied by zero."""
    return [slice(i, min(i + _BLOCK_BANDS, bands)) for i in range(0, bands, _BLOCK_BANDS)]


def sampling_stride(pixels: int, wanted: int, columns: int) -> int:
    """Of the valid pixels of a scene, row by row, every how many-th to take as a sample.

    A stride that shares a large factor with the width would look at the same few columns in all rows.

    Args:
        pixels: how many there are.
        wanted: how many to take, about.
        columns: the scene's width.
    """
    stride = max(1, pixels // wanted)
    stride += stride > 1 and stride % 2 == 0
    while math.gcd(stride, columns) > _COLUMNS_APART:
        stride += 2
    return stride


def valid_pixels(pixels: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """The valid pixels of an image, shape (bands, n); no copy where all are valid."""
    flat = pixels.reshape(len(pixels), -1)
    return flat if valid.all() else flat[:, valid.ravel()]
