"""What the bands themselves are like on normal ground, as a mixture of Gaussians: ground is of several kinds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

COMPONENTS = 8
GENERAL = 16
"""Components of ground in general, which is of more kinds."""

RIDGE = 1e-3
"""Added to the variances, which are about one: a kind of ground that is all of one colour must not rule."""

_FAINT = 0.1
"""A deviation that is little, where bands have one of about one."""

_ROUNDS = 30
_SAMPLE = 10_000


@dataclass
class MixtureDensity:
    """Weights, means and whitenings of the components.

    Attributes:
        offset: log of each component's weight and normalisation, (K,).
        means: (K, C).
        whitenings: lower triangular, (K, C, C).
        floor: the least energy -log p that normal ground has, a scalar.
    """

    offset: Tensor
    means: Tensor
    whitenings: Tensor
    floor: Tensor

    @classmethod
    def fit(cls, values: Tensor, generator: torch.Generator, components: int = COMPONENTS) -> MixtureDensity:
        """Of values (n, C), by expectation and maximisation on 10,000 of them; fewer components where these are few."""
        chosen = values[torch.randperm(len(values), generator=generator)[:_SAMPLE]].double()
        count = max(1, min(components, len(chosen) // (10 * chosen.shape[1])))
        means = _spread_out(chosen, count, generator)
        nearest = torch.cdist(chosen, means).argmin(1)
        shares = torch.nn.functional.one_hot(nearest, count).double()
        identity = torch.eye(chosen.shape[1], dtype=torch.float64)
        for _ in range(_ROUNDS):
            weight = shares.sum(0).clamp(min=1e-6)
            means = (shares.T @ chosen) / weight[:, None]
            apart = chosen[None] - means[:, None]
            covariances = torch.einsum("nk,kni,knj->kij", shares, apart, apart) / weight[:, None, None]
            lower = torch.linalg.cholesky(covariances + RIDGE * identity)
            whitenings = torch.linalg.solve_triangular(lower, identity.expand_as(lower), upper=False)
            offset = (weight / weight.sum()).log() + whitenings.diagonal(dim1=1, dim2=2).log().sum(1)
            offset -= 0.5 * len(identity) * math.log(2 * math.pi)
            fitted = cls(offset, means, whitenings, torch.zeros((), dtype=torch.float64))
            shares = fitted._joint(chosen).softmax(1)
        floor = fitted._energy(chosen).min()
        return cls(offset.float(), means.float(), whitenings.float(), floor.float())

    def distance(self, values: Tensor) -> Tensor:
        """The root of how much less likely values (N, C, H, W) are than the likeliest normal ground, as (N, H, W)."""
        flat = values.movedim(1, -1).reshape(-1, values.shape[1])
        return (self._energy(flat) - self.floor).clamp(min=0).sqrt().reshape(len(values), *values.shape[2:])

    def contrast(self, general: MixtureDensity, values: Tensor) -> Tensor:
        """The root of a log-likelihood ratio: how much more than normal ground values are like ground in general.

        Ren et al., Likelihood Ratios for Out-of-Distribution Detection, 2019: what is simple is likely on any ground,
        and a density of varied ground alone would take it for the most normal of all.

        Args:
            general: of ground in general; its floor is that of the ratio, see :meth:`against`.
            values: (N, C, H, W).

        Returns:
            (N, H, W), 0 and above.
        """
        flat = values.movedim(1, -1).reshape(-1, values.shape[1])
        ratio = (self._ratio(general, flat) - general.floor).clamp(min=0).sqrt()
        return ratio.reshape(len(values), *values.shape[2:])

    def against(self, general: MixtureDensity, values: Tensor) -> MixtureDensity:
        """Ground in general with the ratio's floor: what all but a twentieth of normal ground, (n, C), exceeds."""
        ratio = self._ratio(general, values[:: max(1, len(values) // _SAMPLE)])
        return replace(general, floor=torch.quantile(ratio, 0.05))

    def axes(self, first: int) -> Tensor:
        """The principal axes of the first of all numbers, over all components together.

        Args:
            first: how many numbers to look at.

        Returns:
            (first, first), the axis of the greatest variance first; values times an axis have a variance of about one.
        """
        lower = torch.linalg.inv(self.whitenings.double())
        logs = self.offset.double() - self.whitenings.double().diagonal(dim1=1, dim2=2).log().sum(1)
        weight, means = logs.softmax(0), self.means.double()
        apart = means - weight @ means
        covariance = torch.einsum("k,kij->ij", weight, lower @ lower.mT + apart[:, :, None] * apart[:, None])
        values, vectors = torch.linalg.eigh(covariance[:first, :first])
        # What hardly varies on normal ground must not lead by its noise.
        scaled = vectors / (values.clamp(min=0).sqrt() + _FAINT)
        return scaled.T.flip(0).to(self.means)

    def to(self, device: torch.device | str) -> MixtureDensity:
        """The same on another device."""
        return MixtureDensity(*(tensor.to(device) for tensor in vars(self).values()))

    def _joint(self, values: Tensor) -> Tensor:
        """Log of weight times density of each component, (n, K)."""
        squares = [
            ((values - mean) @ whitening.T).square().sum(1)
            for mean, whitening in zip(self.means, self.whitenings, strict=True)
        ]
        return self.offset - 0.5 * torch.stack(squares, 1)

    def _ratio(self, general: MixtureDensity, values: Tensor) -> Tensor:
        return self._energy(values) - general._energy(values)

    def _energy(self, values: Tensor) -> Tensor:
        return -self._joint(values).logsumexp(1)


def _spread_out(values: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Some of the values, each far from those chosen before."""
    chosen = values[torch.randint(len(values), (1,), generator=generator)]
    while len(chosen) < count:
        far = torch.cdist(values, chosen).min(1).values.square()
        chosen = torch.cat([chosen, values[torch.multinomial(far + 1e-12, 1, generator=generator)]])
    return chosen
