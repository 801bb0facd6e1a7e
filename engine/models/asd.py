"""The ASD network: a descriptor for every pixel from patches of 15x15 pixels at three scales.

Li et al., Anomaly Segmentation for High-Resolution Remote Sensing Images Based on Pixel Descriptors, AAAI 2023. An
encoder is defined on a patch; :meth:`ASD.dense` gives the same numbers for all pixels of an image at once, by dilating
what a stride would skip, and computes nothing twice.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

PATCH = 15
"""Side of a patch, in pixels of its scale: P in the paper."""

SCALES = (0.5, 1.0, 2.0)
"""S_s in the paper: how much an image is enlarged before patches are cut."""

MARGIN = 16
"""Pixels that :meth:`ASD.dense` wants to see around what it describes; even, as the scale 0.5 pairs pixels."""

_HALF = PATCH // 2


@dataclass(frozen=True)
class ASDConfig:
    """The shape of a network.

    Attributes:
        bands: C, how many bands a scene has.
        length: L, the length of a descriptor.
        widths: channels of an encoder's first three convolutions.
        joined: whether density is estimated of the joined descriptors D_c, 3 L long, instead of D.
    """

    bands: int
    length: int = 5
    widths: tuple[int, int, int] = (8, 16, 128)
    joined: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As it is written to a model card."""
        return {**asdict(self), "widths": list(self.widths)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ASDConfig:
        """The inverse of :meth:`to_dict`."""
        return cls(int(values["bands"]), int(values["length"]), tuple(values["widths"]), bool(values["joined"]))


class PatchEncoder(nn.Module):
    """Describes the patch around a pixel: (…, C, 15, 15) to (…, L).

    Three convolutions with two poolings between shrink a patch 15-13-6-4-2-1; the second pooling's field ends one pixel
    short of the patch's last row and column.
    """

    def __init__(self, config: ASDConfig) -> None:
        super().__init__()
        first, second, third = config.widths
        self.conv1 = nn.Conv2d(config.bands, first, 3)
        self.conv2 = nn.Conv2d(first, second, 3)
        self.conv3 = nn.Conv2d(second, third, 2)
        self.conv4 = nn.Conv2d(third, config.length, 1)

    def forward(self, patches: Tensor) -> Tensor:
        """Descriptors (N, L) of patches (N, C, 15, 15), as the paper defines them."""
        x = functional.max_pool2d(self.conv1(patches).relu(), 2)
        x = functional.max_pool2d(self.conv2(x).relu(), 2)
        described: Tensor = self.conv4(self.conv3(x).relu())[:, :, 0, 0]
        return described

    def dense(self, image: Tensor, every: int = 1) -> Tensor:
        """The same for the patches of an image that begin at every so-manieth row and column.

        What lies between is left out as early as poolings and the last convolution allow, the rest is dilated.

        Args:
            image: (N, C, H, W).
            every: 1, 2, 4 or 8.

        Returns:
            (N, L, (H - 14) // every + 1, (W - 14) // every + 1): a patch's last row and column count for nothing.
        """
        first, second, third = min(every, 2), min(max(every // 2, 1), 2), max(every // 4, 1)
        x = functional.max_pool2d(self.conv1(image).relu(), 2, stride=first)
        apart = 2 // first
        x = functional.conv2d(x, self.conv2.weight, self.conv2.bias, dilation=apart).relu()
        x = functional.max_pool2d(x, 2, stride=second, dilation=apart)
        apart = 4 // (first * second)
        x = functional.conv2d(x, self.conv3.weight, self.conv3.bias, dilation=apart, stride=third).relu()
        described: Tensor = self.conv4(x)
        return described


class ASD(nn.Module):
    """One encoder for each scale, and two heads on their joined descriptors D_c.

    Args:
        config: the network's shape.
    """

    def __init__(self, config: ASDConfig) -> None:
        super().__init__()
        self.config = config
        self.encoders = nn.ModuleList(PatchEncoder(config) for _ in SCALES)
        joined = len(SCALES) * config.length
        self.describe = nn.Conv2d(joined, config.length, 1)
        self.reconstruct = nn.Conv2d(joined, config.bands, 1)

    def joined(self, image: Tensor, every: int = 1) -> Tensor:
        """D_c (Eq. 9) of the pixels within the margin.

        Args:
            image: (N, C, H + 32, W + 32), whose row and column 0 are even ones of the scene; H and W are multiples of
                2, and of ``every``.
            every: 1 for all pixels, 4 for every fourth row and column, which is ten times cheaper to learn from.

        Returns:
            (N, 3 L, H / every, W / every).
        """
        height, width = (length - 2 * MARGIN for length in image.shape[2:])
        smaller, same, larger = (cast("PatchEncoder", encoder) for encoder in self.encoders)
        half = smaller.dense(functional.avg_pool2d(image, 2)[:, :, _at(0.5) :, _at(0.5) :], max(every // 2, 1))
        if every == 1:
            half = half.repeat_interleave(2, 2).repeat_interleave(2, 3)
        whole = same.dense(image[:, :, _at(1) :, _at(1) :], every)
        double = larger.dense(enlarged(image)[:, :, _at(2) :, _at(2) :], 2 * every)
        return torch.cat([d[:, :, : height // every, : width // every] for d in (half, whole, double)], 1)

    def forward(self, image: Tensor, every: int = 1) -> tuple[Tensor, Tensor]:
        """Descriptors D (N, L, …) and the reconstruction X' (N, C, …); see :meth:`joined`."""
        joined = self.joined(image, every)
        return self.describe(joined), self.reconstruct(joined)

    def features(self, image: Tensor, every: int = 1) -> Tensor:
        """What density is estimated of: D, or D_c where the configuration says so."""
        joined = self.joined(image, every)
        described: Tensor = joined if self.config.joined else self.describe(joined)
        return described

    def patchwise(self, image: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        """:meth:`features` of some pixels, patch by patch as the paper puts it: slow, and what it is measured against.

        Args:
            image: (1, C, H + 32, W + 32).
            rows: of the pixels, counted without the margin, (n,).
            columns: likewise.

        Returns:
            (n, L) or (n, 3 L).
        """
        found = []
        for encoder, scale in zip(self.encoders, SCALES, strict=True):
            scaled = {0.5: functional.avg_pool2d(image, 2), 1.0: image, 2.0: enlarged(image)}[scale][0]
            patches = scaled.unfold(1, PATCH, 1).unfold(2, PATCH, 1)
            top, left = (((place + MARGIN) * scale).long() - _HALF for place in (rows, columns))
            found.append(encoder(patches[:, top, left].transpose(0, 1)))
        joined = torch.cat(found, 1)
        return joined if self.config.joined else self.describe(joined[:, :, None, None])[:, :, 0, 0]


def enlarged(image: Tensor) -> Tensor:
    """Twice the rows and columns, interpolated."""
    return functional.interpolate(image, scale_factor=2, mode="bilinear", align_corners=False)


def _at(scale: float) -> int:
    """Where, in the image at a scale, the patch of the first pixel behind the margin begins."""
    return int(MARGIN * scale) - _HALF
