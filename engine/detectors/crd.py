"""CRD: how badly a pixel is represented by the ring around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from ..statistics import SceneStatistics
from .base import Detector, Step, register

if TYPE_CHECKING:
    from ..region import Region, Strip

REGULARISATION = 1e-6
"""λ of the paper. It has no unit: distances weigh against distances."""

_MOST_COMPONENTS = 64
"""A ring of some 400 pixels represents anything in many more dimensions than this, and time grows with the square."""

_BATCH_VALUES = {"cpu": 2**19, "cuda": 2**24}
"""How many values (pixels times neighbours times components) are computed with at a time: on a CPU, what its cache
holds; a GPU wants more."""

_SAME = 1e-24
"""Squared distance, in variances of the scene, below which two pixels are the same."""


@register
class CollaborativeRepresentation(Detector):
    """Collaborative-representation detector with dual window.

    A pixel y is written as the mixture Xα of the s pixels between an inner window, the guard, and an outer one that
    minimises |y - Xα|² + λ Σ |y - xᵢ|² αᵢ² under Σ αᵢ = 1, and scored by what remains, |y - Xα|. Li and Du, IEEE
    Transactions on Geoscience and Remote Sensing 53 (2015), with the weighted penalty and the sum to one, which is
    kept exactly here, so that scores do not depend on the scene's offset or scale.

    With zᵢ = xᵢ - y and wᵢ = 1 / |zᵢ|² the solution needs no matrix of s by s: y - Xα = -λ M⁻¹ m / (τ - mᵀ M⁻¹ m) with
    M = λ 1 + Σ wᵢ zᵢ zᵢᵀ, m = Σ wᵢ zᵢ and τ = Σ wᵢ: one Cholesky factor for each pixel, in as many dimensions as there
    are bands. Scenes of more than 64 bands are rotated to their 64 leading principal components. Values are in standard
    deviations of the scene, the mean over its bands. Windows are cut off at the edges of the region and at pixels that
    are not valid; where nothing is left of a ring, the scene's mean stands for it.
    """

    name = "crd"
    label = "CRD (collaborative representation)"
    description = (
        "Finds pixels that cannot be mixed from the ring around them. Slow and thorough, for hyperspectral scenes of "
        "moderate size; objects larger than the inner window are hollowed out."
    )
    modalities = ("hyperspectral",)
    order = 52
    prepare_share = 0.01

    def prepare(self, region: Region, step: Step) -> None:
        """Sum the scene's statistics; see :class:`SceneStatistics` for what is raised."""
        statistics = SceneStatistics(region, self.device, step)
        self._statistics = statistics
        self.warnings += statistics.warnings
        inner, outer = self.profile.inner_window, self.profile.outer_window
        self.halo = outer // 2
        away = torch.arange(-self.halo, self.halo + 1, device=self.device)
        ring = torch.maximum(away.abs()[:, None], away.abs()) > inner // 2
        self._down, self._across = (away[axis] for axis in torch.nonzero(ring, as_tuple=True))
        scale = statistics.covariance.diagonal().mean().sqrt()
        _, vectors = torch.linalg.eigh(statistics.covariance)  # in ascending order
        self._projection = vectors[:, -_MOST_COMPONENTS:].T / scale
        self.parameters = {
            "inner_window": inner,
            "outer_window": outer,
            "regularisation": REGULARISATION,
            "components": len(self._projection),
            "pixels_used": statistics.pixels,
        }

    def score(self, strip: Strip) -> NDArray[np.float32]:
        """The length of what the ring cannot represent of each pixel."""
        pixels, valid = self._padded(strip)
        width = strip.columns + 2 * self.halo
        ring = self._down * width + self._across
        batch = max(1, _BATCH_VALUES[pixels.device.type] // (len(ring) * pixels.shape[1]))
        scores = np.zeros((strip.rows, strip.columns), dtype=np.float32)
        for row in range(strip.rows):
            self.tick(row / strip.rows)
            wanted = np.flatnonzero(strip.valid[strip.top + row])
            first = (strip.top + row + self.halo) * width + self.halo
            for start in range(0, len(wanted), batch):
                columns = wanted[start : start + batch]
                centres = first + torch.as_tensor(columns, device=self.device)
                scores[row, columns] = self._remainder(pixels, valid, centres, ring).cpu().numpy()
        return scores

    def _padded(self, strip: Strip) -> tuple[torch.Tensor, torch.Tensor]:
        """Projected pixels (n, d) and validity (n,) of a strip with a margin of nothing as wide as the halo."""
        margin = [(self.halo, self.halo)] * 2
        chosen = self._statistics.select(strip.pixels)
        x = torch.as_tensor(chosen.reshape(len(chosen), -1), device=self.device).to(torch.float64)
        z = (self._projection @ (x - self._statistics.mean[:, None])).reshape(-1, *strip.valid.shape)
        padded = torch.nn.functional.pad(z, [self.halo] * 4).flatten(1).T.contiguous()
        return padded, torch.as_tensor(np.pad(strip.valid, margin).ravel(), device=self.device).to(torch.float64)

    def _remainder(
        self, pixels: torch.Tensor, valid: torch.Tensor, centres: torch.Tensor, ring: torch.Tensor
    ) -> torch.Tensor:
        """|y - Xα| of the pixels at ``centres``, shape (b,)."""
        around = centres[:, None] + ring
        y = pixels[centres]
        z = pixels.index_select(0, around.ravel()).view(*around.shape, -1).sub_(y[:, None])
        weight = valid[around] / torch.linalg.vecdot(z, z).clamp_min_(_SAME)
        root = weight.sqrt()
        z.mul_(root[..., None])
        matrix = z.mT @ z
        matrix.diagonal(dim1=1, dim2=2).add_(REGULARISATION)
        factor = torch.linalg.cholesky(matrix)
        half = torch.linalg.solve_triangular(factor, z.mT @ root[..., None], upper=False)
        mixed = torch.linalg.solve_triangular(factor.mT, half, upper=True)[..., 0]
        remainder = REGULARISATION * mixed.norm(dim=1) / (weight.sum(dim=1) - half.square().sum(dim=(1, 2)))
        return torch.where(weight.any(dim=1), remainder, y.norm(dim=1))
