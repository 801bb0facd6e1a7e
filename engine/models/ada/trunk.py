"""The backbones: residual networks, the paper's ResNet-50 and a compact one of basic blocks."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class TrunkConfig:
    """The shape of a backbone.

    Attributes:
        stem: channels before the first stage.
        stem_stride: reduction before the first stage: 4 as in ResNet, 2 to keep small objects.
        widths: channels of the four stages' inner convolutions; each after the first halves the resolution.
        depths: blocks of each stage.
        bottleneck: blocks of 1x1, 3x3, 1x1 with four times the width coming out, instead of two 3x3.
    """

    stem: int = 24
    stem_stride: int = 2
    widths: tuple[int, ...] = (32, 64, 128, 192)
    depths: tuple[int, ...] = (2, 2, 2, 2)
    bottleneck: bool = False

    @property
    def channels(self) -> list[int]:
        """Channels that come out of each stage."""
        return [width * (4 if self.bottleneck else 1) for width in self.widths]


RESNET_50 = TrunkConfig(64, 4, (64, 128, 256, 512), (3, 4, 6, 3), bottleneck=True)
"""The paper's backbone."""


class Trunk(nn.Module):
    """Four stages of residual blocks.

    Args:
        config: its shape.
        inputs: channels of the image.
    """

    def __init__(self, config: TrunkConfig, inputs: int = 3) -> None:
        super().__init__()
        half = config.stem // 2
        second = 2 if config.stem_stride == 4 else 1
        layers = [*_conv(inputs, half, 3, second), nn.ReLU(inplace=True)]
        self.stem = nn.Sequential(*layers, *_conv(half, config.stem, 3, 2), nn.ReLU(inplace=True))
        stages = []
        before = config.stem
        for number, (width, depth, after) in enumerate(zip(config.widths, config.depths, config.channels, strict=True)):
            blocks: list[nn.Module] = []
            for index in range(depth):
                stride = 2 if number and index == 0 else 1
                blocks.append(_Block(before, width, after, stride, config.bottleneck))
                before = after
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, 3, H, W) to the outputs of the four stages, the finest first."""
        x = self.stem(image)
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return features


class _Block(nn.Module):
    """A residual block; its shortcut averages where it reduces (ResNet-D)."""

    def __init__(self, inputs: int, width: int, outputs: int, stride: int, bottleneck: bool) -> None:
        super().__init__()
        if bottleneck:
            layers = [*_conv(inputs, width, 1), nn.ReLU(inplace=True), *_conv(width, width, 3, stride)]
            layers += [nn.ReLU(inplace=True), *_conv(width, outputs, 1)]
        else:
            layers = [*_conv(inputs, width, 3, stride), nn.ReLU(inplace=True), *_conv(width, outputs, 3)]
        self.residual = nn.Sequential(*layers)
        shortcut: list[nn.Module] = [nn.AvgPool2d(2)] if stride == 2 else []
        if inputs != outputs:
            shortcut += _conv(inputs, outputs, 1)
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.residual(x) + self.shortcut(x))


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> list[nn.Module]:
    """A convolution and its normalisation, whose statistics are fixed in use: scores do not depend on the tile."""
    return [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs, momentum=0.03),
    ]
