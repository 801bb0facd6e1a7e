"""How far each pixel is from the ring around it: what local RX computes, by box sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .statistics import SceneStatistics

_TILE_VALUES = 2**22
"""How many values the box sums of one tile may hold."""

_SMALLEST = 1e-13
"""Variances below this share of the largest are rounding."""


class RingDistances:
    """Squared Mahalanobis distances of pixels to the mean and covariance of the rings around them.

    Sums over windows are box sums of the whitened bands and of their products, never a loop over pixels. The ring's
    covariance S from n valid pixels is drawn towards the scene's, which is 1 after whitening: (1 - α) S + α 1 with
    α = d / (d + n) in d dimensions. Windows are cut off at the edges of the image; a ring without valid pixels stands
    back for the scene's mean.

    Args:
        mean: of the scene's bands, (bands,) float64.
        projection: what whitens them, (d, bands) float64.
        inner: side of the square around a pixel that is left out of its ring, in pixels, odd.
        outer: side of the square that the ring fills, in pixels, odd.
        shrink: whether S is drawn towards the scene's covariance.
    """

    def __init__(self, mean: Tensor, projection: Tensor, inner: int, outer: int, shrink: bool = True) -> None:
        self.mean = mean
        self.projection = projection
        self.inner = inner
        self.outer = outer
        self.shrink = shrink

    @property
    def halo(self) -> int:
        """Pixels of surroundings that a distance needs on each side."""
        return self.outer // 2

    def to(self, device: str) -> RingDistances:
        """The same on another device."""
        return RingDistances(self.mean.to(device), self.projection.to(device), self.inner, self.outer, self.shrink)

    def of(
        self,
        pixels: NDArray[np.floating],
        valid: NDArray[np.bool_],
        inside: tuple[slice, slice],
        tick: Callable[[float], None] | None = None,
    ) -> NDArray[np.float32]:
        """Distances of a part of an image.

        Args:
            pixels: bands of the image, (bands, H, W); only what lies within :attr:`halo` of ``inside`` is looked at.
            valid: (H, W); other pixels are left out of all sums.
            inside: rows and columns of the part, with starts and stops.
            tick: called from time to time with the share that is done.

        Returns:
            (rows, columns) of the part, zero or more; values at pixels that are not valid have no meaning.
        """
        rows, columns = (part.stop - part.start for part in inside)
        scores = np.zeros((rows, columns), np.float32)
        for place in self._tiles(rows, columns):
            wanted = [slice(p.start + part.start, p.stop + part.start) for p, part in zip(place, inside, strict=True)]
            if tick is not None:
                tick(place[0].start / rows)
            if not valid[tuple(wanted)].any():
                continue
            # The tile with its halo, and where it lies in that.
            seen = [
                slice(max(0, w.start - self.halo), min(n, w.stop + self.halo))
                for w, n in zip(wanted, valid.shape, strict=True)
            ]
            within = [slice(w.start - s.start, w.stop - s.start) for w, s in zip(wanted, seen, strict=True)]
            part = pixels[(slice(None), *seen)]
            scores[place] = self._tile(part, valid[tuple(seen)], (within[0], within[1])).cpu().numpy()
        return scores

    def _tiles(self, rows: int, columns: int) -> Iterator[tuple[slice, slice]]:
        d = len(self.projection)
        side = max(64, int((_TILE_VALUES / (d * (d + 1) / 2 + d + 1)) ** 0.5) - 2 * self.halo)
        for row in range(0, rows, side):
            for column in range(0, columns, side):
                yield slice(row, min(row + side, rows)), slice(column, min(column + side, columns))

    def _tile(self, pixels: NDArray[np.floating], valid: NDArray[np.bool_], inside: tuple[slice, slice]) -> Tensor:
        """Distances of the pixels ``inside`` a tile with halo, shape of ``inside``."""
        bands, height, width = pixels.shape
        d = len(self.projection)
        x = torch.as_tensor(pixels.reshape(bands, -1), device=self.mean.device).to(torch.float64)
        z = self.projection @ (x - self.mean[:, None])
        z = z.reshape(d, height, width)
        weight = torch.as_tensor(valid, device=z.device).to(torch.float64)
        # Not a product: what is not valid may be no number.
        z = torch.where(weight > 0, z, 0.0)
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
        return distance.reshape(count.shape).to(torch.float32)

    def _ring(self, images: Tensor, inside: tuple[slice, slice]) -> Tensor:
        """Sums over the ring around each pixel ``inside``; shape (…, rows, columns)."""
        return box_sum(images, self.outer, inside) - box_sum(images, self.inner, inside)


def leading_whitening(statistics: SceneStatistics, most: int, share: float = 1.0) -> Tensor:
    """What whitens a scene's bands, of its leading principal components where there are more bands than wanted.

    Args:
        statistics: the scene's.
        most: how many components at most; not more bands than this are whitened as they are.
        share: of the variance that the components hold; fewer than ``most`` are taken where they hold it.

    Returns:
        (d, bands) float64.
    """
    if len(statistics.covariance) <= most:
        return statistics.whitening
    variances, vectors = torch.linalg.eigh(statistics.covariance)
    variances, vectors = variances.flip(0), vectors.flip(1)
    held = variances.cumsum(0) / variances.sum()
    count = min(int((held < share).sum()) + 1, most, int((variances > _SMALLEST * variances[0]).sum()))
    return (vectors[:, :count] / variances[:count].sqrt()).T


def box_sum(images: Tensor, side: int, inside: tuple[slice, slice]) -> Tensor:
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
