"""Local RX: the Mahalanobis distance to the ring around each pixel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from ..statistics import SceneStatistics
from .base import Detector, Step, register

if TYPE_CHECKING:
    from ..region import Region, Strip

_MOST_COMPONENTS = 32
"""A ring of some 400 pixels cannot tell the covariance of more dimensions than about this."""

_TILE_VALUES = 2**22
"""How many values the box sums of one tile may hold."""


@register
class LocalRX(Detector):
    """Dual-window Reed-Xiaoli detector.

    A pixel is compared with the mean and covariance of the pixels between an inner window, the guard, and an outer one
    (sides in the modality profile), so that an object does not spoil its own background. Sums over windows are box
    sums of the whitened bands and of their products, never a loop over pixels.

    Scenes of more than 32 bands are projected on the leading principal components that hold 99.95 % of the variance,
    at most 32. The ring's covariance S from n valid pixels is drawn towards the scene's, which is 1 after whitening:
    (1 - α) S + α 1 with α = d / (d + n) in d dimensions. Windows are cut off at the edges of the region; a ring
    without valid pixels stands back for the scene's mean.
    """

    name = "local_rx"
    label = "RX (local, dual window)"
    description = (
        "Finds pixels that differ from the ring around them. Use it where the background changes across the scene; "
        "objects larger than the inner window are hollowed out."
    )
    order = 51
    prepare_share = 0.05
    shrink = True

    def prepare(self, region: Region, step: Step) -> None:
        """Sum the scene's statistics; see :class:`SceneStatistics` for what is raised."""
        statistics = SceneStatistics(region, self.device, step)
        self._statistics = statistics
        self.warnings += statistics.warnings
        self._inner = self.profile.inner_window
        self._outer = self.profile.outer_window
        self.halo = self._outer // 2
        self._projection = self._project(statistics)
        self.parameters = {
            "inner_window": self._inner,
            "outer_window": self._outer,
            "components": len(self._projection),
            "pixels_used": statistics.pixels,
        }

    def _project(self, statistics: SceneStatistics) -> torch.Tensor:
        """The whitening, of few components where there are many bands; shape (d, bands)."""
        if len(statistics.covariance) <= _MOST_COMPONENTS:
            return statistics.whitening
        variances, vectors = torch.linalg.eigh(statistics.covariance)
        variances, vectors = variances.flip(0), vectors.flip(1)
        share = variances.cumsum(0) / variances.sum()
        components = min(int((share < 0.9995).sum()) + 1, _MOST_COMPONENTS)
        return (vectors[:, :components] / variances[:components].sqrt()).T

    def score(self, strip: Strip) -> NDArray[np.float32]:
        """The squared Mahalanobis distance of each pixel to its ring."""
        pixels = self._statistics.select(strip.pixels)
        valid = strip.valid
        scores = np.zeros((strip.rows, strip.columns), dtype=np.float32)
        for rows, columns in self._tiles(strip.rows, strip.columns):
            top, left = strip.top + rows.start, columns.start
            # The tile with its halo, in rows and columns of the strip's arrays.
            around = (
                slice(max(0, top - self.halo), min(len(valid), strip.top + rows.stop + self.halo)),
                slice(max(0, left - self.halo), min(strip.columns, columns.stop + self.halo)),
            )
            inside = (
                slice(top - around[0].start, strip.top + rows.stop - around[0].start),
                slice(left - around[1].start, columns.stop - around[1].start),
            )
            self.tick(rows.start / strip.rows)
            if valid[strip.core][rows, columns].any():
                scores[rows, columns] = self._score_tile(pixels[(slice(None), *around)], valid[around], inside)
        return scores

    def _tiles(self, rows: int, columns: int) -> Iterator[tuple[slice, slice]]:
        d = len(self._projection)
        side = int((_TILE_VALUES / (d * (d + 1) / 2 + d + 1)) ** 0.5)
        side = max(64, side - 2 * self.halo)
        for row in range(0, rows, side):
            for column in range(0, columns, side):
                yield slice(row, min(row + side, rows)), slice(column, min(column + side, columns))

    def _score_tile(
        self, pixels: NDArray[np.floating], valid: NDArray[np.bool_], inside: tuple[slice, slice]
    ) -> NDArray[np.float32]:
        """Scores of the pixels ``inside`` a tile with halo, shape of ``inside``."""
        bands, height, width = pixels.shape
        d = len(self._projection)
        x = torch.as_tensor(pixels.reshape(bands, -1), device=self.device).to(torch.float64)
        z = self._projection @ (x - self._statistics.mean[:, None])
        z = z.reshape(d, height, width)
        weight = torch.as_tensor(valid, device=self.device).to(torch.float64)
        z = z * weight
        count = self._ring(weight, inside)
        some = count.clamp_min(1)
        mean = self._ring(z, inside) / some
        a, b = torch.tril_indices(d, d, device=z.device)
        products = self._ring(z[a] * z[b], inside) / some - mean[a] * mean[b]
        products *= count / (count - 1).clamp_min(1)
        alpha = d / (d + count) if self.shrink else torch.zeros_like(count)
        products *= 1 - alpha
        covariance = torch.zeros(count.numel(), d, d, dtype=torch.float64, device=z.device)
        covariance[:, a, b] = products.reshape(len(a), -1).T
        diagonal = covariance.diagonal(dim1=1, dim2=2)
        diagonal += alpha.reshape(-1, 1)
        factor, _ = torch.linalg.cholesky_ex(covariance)
        offset = (z[(slice(None), *inside)] - mean).reshape(d, -1).T[..., None]
        distance = torch.linalg.solve_triangular(factor, offset, upper=False).square().sum(dim=(1, 2))
        return distance.reshape(count.shape).to(torch.float32).cpu().numpy()

    def _ring(self, images: torch.Tensor, inside: tuple[slice, slice]) -> torch.Tensor:
        """Sums over the ring around each pixel ``inside``; shape (…, rows, columns)."""
        return box_sum(images, self._outer, inside) - box_sum(images, self._inner, inside)


def box_sum(images: torch.Tensor, side: int, inside: tuple[slice, slice]) -> torch.Tensor:
    """Sums over a square window around each pixel, cut off at the image's edges.

    Args:
        images: shape (…, height, width).
        side: side of the window in pixels, odd.
        inside: the rows and columns to compute the sums for.

    Returns:
        Shape (…, rows, columns).
    """
    half = side // 2
    for dim, wanted in ((-2, inside[0]), (-1, inside[1])):
        size = images.shape[dim]
        sums = torch.nn.functional.pad(images.cumsum(dim), (1, 0) if dim == -1 else (0, 0, 1, 0))
        positions = torch.arange(wanted.start, wanted.stop, device=images.device)
        above = sums.index_select(dim, (positions + half + 1).clamp(max=size))
        images = above - sums.index_select(dim, (positions - half).clamp(min=0))
    return images
