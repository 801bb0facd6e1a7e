"""What descriptors of normal ground are like, as a Gaussian."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

WORST_CONDITION = 1e6
"""A covariance whose eigenvalues lie farther apart is drawn towards a multiple of the identity."""

SHRINKAGE = 1e-3
"""How far, as a share."""


@dataclass
class GaussianDensity:
    """Mean and whitening of descriptors.

    Attributes:
        mean: μ, (L,).
        whitening: W with W Σ Wᵀ = 1, lower triangular, (L, L).
    """

    mean: Tensor
    whitening: Tensor

    @classmethod
    def fit(cls, described: Tensor) -> GaussianDensity:
        """Of descriptors (n, L), n > 1; summed in float64."""
        values = described.double()
        mean = values.mean(0)
        return cls.of(mean, (values - mean).T @ (values - mean) / (len(values) - 1))

    @classmethod
    def of(cls, mean: Tensor, covariance: Tensor) -> GaussianDensity:
        """Of a mean, (L,), and a covariance, (L, L), both float64; one close to singular is shrunk."""
        eigenvalues = torch.linalg.eigvalsh(covariance)
        identity = torch.eye(len(mean), dtype=torch.float64)
        if eigenvalues[0] * WORST_CONDITION < eigenvalues[-1] or eigenvalues[-1] <= 0:
            average = covariance.diagonal().mean().clamp(min=torch.finfo(torch.float32).eps)
            covariance = (1 - SHRINKAGE) * covariance + SHRINKAGE * average * identity
        whitening = torch.linalg.solve_triangular(torch.linalg.cholesky(covariance), identity, upper=False)
        return cls(mean.float(), whitening.float())

    def distance(self, described: Tensor) -> Tensor:
        """Mahalanobis distances (Eq. 14) of descriptors (N, L, H, W), as (N, H, W)."""
        whitened = torch.einsum("kl,nlhw->nkhw", self.whitening, described - self.mean[:, None, None])
        return torch.linalg.vector_norm(whitened, dim=1)

    def to(self, device: torch.device | str) -> GaussianDensity:
        """The same on another device."""
        return GaussianDensity(self.mean.to(device), self.whitening.to(device))
