"""Trunk, pixel decoder, adaptation and one of two heads."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from .adaptation import Adaptation
from .heads import Prediction, Target
from .mask2former import Mask2FormerHead
from .mask_dino import MaskDINOHead
from .pixel_decoder import PixelDecoder
from .trunk import RESNET_50, Trunk, TrunkConfig

HEADS = {"mask_dino": MaskDINOHead, "mask2former": Mask2FormerHead}


@dataclass(frozen=True)
class AdaConfig:
    """The shape of the network.

    Attributes:
        head: "mask_dino" or "mask2former".
        trunk: the backbone.
        hidden: channels of embeddings and queries.
        heads: of attention.
        encoder_layers: of the pixel decoder.
        decoder_layers: of the head.
        encoder_points: samples of each head on each level, in the pixel decoder.
        encoder_feedforward: channels inside each layer of the pixel decoder.
        decoder_feedforward: channels inside each layer of the head.
        queries: instances that an image can have at most.
        map_width: channels of the anomaly map's branch.
        refine: whether rank embeddings are added to the pixel embeddings.
        select: whether queries are taken from the anomaly map.
    """

    head: str = "mask_dino"
    trunk: TrunkConfig = field(default_factory=TrunkConfig)
    hidden: int = 96
    heads: int = 6
    encoder_layers: int = 2
    decoder_layers: int = 3
    encoder_points: int = 2
    encoder_feedforward: int = 256
    decoder_feedforward: int = 384
    queries: int = 60
    map_width: int = 48
    refine: bool = True
    select: bool = True

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a model card."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> AdaConfig:
        """From a model card."""
        trunk = dict(values["trunk"])
        trunk |= {name: tuple(trunk[name]) for name in ("widths", "depths")}
        return replace(cls(**{**values, "trunk": TrunkConfig(**trunk)}))


PAPER = AdaConfig(
    trunk=RESNET_50,
    hidden=256,
    heads=8,
    encoder_layers=6,
    decoder_layers=9,
    encoder_points=4,
    encoder_feedforward=2048,
    decoder_feedforward=2048,
    queries=300,
    map_width=256,
)
"""The paper's Mask DINO^Ada. The compact default has the same parts at twice the resolution: T_p and E at stride 2
instead of 4, T_b at strides 8 and 16 instead of 16 and 32, since many anomalies are a few pixels in size."""


@dataclass
class Output:
    """What the network says about a batch.

    Attributes:
        map_logit: its sigmoid is the anomaly map M, (B, 1, H, W), at the resolution of the masks.
        predictions: of the proposals and of each layer of the head, the last the best.
        denoised: of Mask DINO's denoising queries, in training.
    """

    map_logit: Tensor
    predictions: list[Prediction]
    denoised: list[Prediction]


class AdaNetwork(nn.Module):
    """A query-based model, adapted to anomalies.

    Args:
        config: its shape.
    """

    def __init__(self, config: AdaConfig | None = None) -> None:
        super().__init__()
        self.config = c = config or AdaConfig()
        fine, *coarse = c.trunk.channels
        self.trunk = Trunk(c.trunk)
        self.pixel_decoder = PixelDecoder(
            fine, coarse, c.hidden, c.heads, c.encoder_layers, c.encoder_feedforward, c.encoder_points
        )
        self.adaptation = Adaptation(fine, c.hidden, c.map_width, refine=c.refine, select=c.select)
        self.head = HEADS[c.head](c.hidden, c.heads, c.decoder_layers, c.decoder_feedforward, c.queries, len(coarse))

    @property
    def stride(self) -> int:
        """Pixels of the image for one of the masks, in each direction."""
        return self.config.trunk.stem_stride

    @property
    def multiple(self) -> int:
        """Height and width of what the network is given are multiples of this."""
        return self.stride * 8

    def forward(
        self, image: Tensor, targets: list[Target] | None = None, generator: torch.Generator | None = None
    ) -> Output:
        """Find instances.

        Args:
            image: X' of Eq. 8, (B, 3, H, W), H and W multiples of ``multiple``.
            targets: in training, for denoising.
            generator: in training, of queries and noise.
        """
        fine, *coarse = self.trunk(image)
        pyramid = self.pixel_decoder(fine, coarse)
        logit, embeddings, selected = self.adaptation(
            fine, pyramid.levels[-2:], pyramid.embeddings, self.config.queries, generator
        )
        predictions, denoised = self.head(pyramid, embeddings, selected, targets, generator)
        return Output(logit, predictions, denoised)
