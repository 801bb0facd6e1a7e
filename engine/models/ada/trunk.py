"""The backbones: the pretrained one of UniADRS, and residual networks up to the paper's ResNet-50."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..deviation import MAPS
from ..uniadrs import MULTIPLE, UniADRS, UniADRSConfig, interpolation_matrix

CHANNELS = 3
"""Of X' in Eq. 8, what every backbone is shown."""


@dataclass(frozen=True)
class TrunkConfig:
    """The shape of a residual network.

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


class ResidualTrunk(nn.Module):
    """Four stages of residual blocks.

    Args:
        config: its shape.

    Attributes:
        inputs: channels of what it is shown.
        fine: channels of T_p.
        coarse: channels of the other levels, the finest first.
        strides: pixels of the image for one of T_p, in each direction; the first where none is asked for.
        multiple: height and width of an image are multiples of this.
    """

    def __init__(self, config: TrunkConfig) -> None:
        super().__init__()
        self.inputs = CHANNELS
        self.fine, *self.coarse = config.channels
        self.strides = (config.stem_stride,)
        self.multiple = 8 * config.stem_stride
        half = config.stem // 2
        second = 2 if config.stem_stride == 4 else 1
        layers = [*_conv(self.inputs, half, 3, second), nn.ReLU(inplace=True)]
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

    def forward(self, image: Tensor, _: int) -> list[Tensor]:
        """(B, 3, H, W) to the outputs of the four stages, the finest first; it has one stride only."""
        x = self.stem(image)
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return features


class PretrainedTrunk(nn.Module):
    """The network of UniADRS up to its features, with which an instance network begins.

    It is shown the scene's deviation maps beside X'. Its normalisations are folded into its convolutions, so that what
    it says of a pixel depends on neither the tile nor the batch. Targets of a few pixels want masks at the full
    resolution; larger ones are told apart at half of it, for a quarter of the cost: hence two strides, with levels of
    their own.

    Args:
        config: of UniADRS.
        width: channels of all that comes out.

    Attributes:
        inputs, fine, coarse, strides, multiple: as of :class:`ResidualTrunk`.
    """

    def __init__(self, config: UniADRSConfig, width: int) -> None:
        super().__init__()
        self.inputs = CHANNELS + len(MAPS)
        self.fine, self.coarse = width, [width] * 3
        self.strides = (1, 2)
        self.multiple = MULTIPLE
        self.network = _backbone(UniADRS("spatial", config)).requires_grad_(True)
        _, half, *_ = config.widths
        known = config.features + len(MAPS)
        self.finest = nn.ModuleDict({"1": nn.Conv2d(known, width, 1), "2": nn.Conv2d(known + half, width, 1)})
        self.levels = nn.ModuleList([nn.Conv2d(channels, width, 1) for channels in config.widths[1:]])

    def begin_with(self, network: UniADRS) -> None:
        """Take the weights of a trained network."""
        self.network.load_state_dict(_backbone(network).state_dict())

    def forward(self, image: Tensor, stride: int) -> list[Tensor]:
        """X' and deviation maps (B, 17, H, W) to T_p at one of the ``strides``, and three levels by halves from it."""
        bands, maps = image.split([CHANNELS, len(MAPS)], 1)
        full, *levels = self.network.pyramid(bands, maps, bands)
        fine = torch.cat([full, maps.to(full.dtype)], 1)
        first = 0
        if stride == 2:
            fine = torch.cat([functional.avg_pool2d(fine, 2), levels[0]], 1)
            first = 1
        chosen = range(first, first + len(self.coarse))
        return [self.finest[str(stride)](fine), *(self.levels[k](levels[k]) for k in chosen)]


def _backbone(network: UniADRS) -> UniADRS:
    """What leads to the features, for three bands, normalisations folded in."""
    folded = network.folded(interpolation_matrix(CHANNELS))
    for unused in ("embed", "head", "score", "prior"):
        delattr(folded, unused)
    return folded


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
