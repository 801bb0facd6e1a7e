"""Making normal ground unlike itself: the set S_a of augmentations, which stands in for anomalies (Eq. 5)."""

from __future__ import annotations

import torch
from torch import Tensor

NOISE = (0.02, 0.3)
"""Standard deviations of the noise, in those of the bands."""

BRIGHTNESS = 1.5
CONTRAST = 0.6
SOLARIZE = 0.2


def transformed(image: Tensor, generator: torch.Generator) -> Tensor:
    """X^T = A_n(…A_1(X)): noise, bands exchanged, brightness, contrast, and sometimes solarised.

    Written for bands in units of their standard deviation, so that it suits any number and kind of them.

    Args:
        image: (N, C, H, W), standardised.
        generator: of all chance; on the CPU.

    Returns:
        Of the same shape; each image is transformed on its own.
    """
    return torch.stack([_one(picture, generator) for picture in image])


def _one(image: Tensor, generator: torch.Generator) -> Tensor:
    bands = len(image)

    def uniform(low: float, high: float, count: int = 1) -> Tensor:
        return (low + (high - low) * torch.rand(count, 1, 1, generator=generator)).to(image.device)

    if bands > 1:
        image = image[torch.randperm(bands, generator=generator).to(image.device)]
    # One band has no other to change places with: its brightness must tell.
    least = 0.0 if bands > 1 else 0.5
    sign = torch.sign(torch.rand(1, 1, 1, generator=generator) - 0.5).to(image.device)
    image = image * (1 + uniform(-CONTRAST, CONTRAST)) + sign * uniform(least, BRIGHTNESS)
    if float(torch.rand((), generator=generator)) < SOLARIZE:
        image = torch.where(image > uniform(0, 1), -image, image)
    noise = torch.randn(image.shape, generator=generator).to(image.device)
    return image + noise * uniform(*NOISE)
