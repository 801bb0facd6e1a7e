"""Trunk, pixel decoder, adaptation and one of two heads."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...weights import load_weights
from ..uniadrs import UniADRSConfig
from .adaptation import Adaptation
from .heads import Prediction, Target
from .mask2former import Mask2FormerHead
from .mask_dino import MaskDINOHead
from .pixel_decoder import PixelDecoder
from .trunk import RESNET_50, PretrainedTrunk, ResidualTrunk, TrunkConfig

HEADS = {"mask_dino": MaskDINOHead, "mask2former": Mask2FormerHead}


@dataclass(frozen=True)
class AdaConfig:
    """The shape of the network.

    Attributes:
        head: "mask_dino" or "mask2former".
        trunk: the backbone: that of UniADRS, or a residual network.
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
    trunk: UniADRSConfig | TrunkConfig = field(default_factory=UniADRSConfig)
    hidden: int = 96
    heads: int = 6
    encoder_layers: int = 1
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
        trunk: dict[str, Any] = {name: tuple(x) if isinstance(x, list) else x for name, x in values["trunk"].items()}
        shape = TrunkConfig(**trunk) if "depths" in trunk else UniADRSConfig(**trunk)
        return cls(**{**values, "trunk": shape})


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
"""The paper's Mask DINO^Ada. The compact default has the same parts behind UniADRS' backbone, at a higher resolution:
T_p and E at stride 1 or 2 instead of 4, since many anomalies are a few pixels in size."""


@dataclass
class Output:
    """What the network says about a batch.

    Attributes:
        map_logit: its sigmoid is the anomaly map M, (B, 1, H, W), at the resolution of the masks.
        predictions: of the proposals and of each layer of the head, the last the best; in use of some alone.
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
        self.trunk: PretrainedTrunk | ResidualTrunk
        if isinstance(c.trunk, UniADRSConfig):
            self.trunk = PretrainedTrunk(c.trunk, c.hidden)
        else:
            self.trunk = ResidualTrunk(c.trunk)
        fine, coarse = self.trunk.fine, self.trunk.coarse
        self.pixel_decoder = PixelDecoder(
            fine, coarse, c.hidden, c.heads, c.encoder_layers, c.encoder_feedforward, c.encoder_points
        )
        self.adaptation = Adaptation(fine, c.hidden, c.map_width, refine=c.refine, select=c.select)
        self.head = HEADS[c.head](c.hidden, c.heads, c.decoder_layers, c.decoder_feedforward, c.queries, len(coarse))

    def forward(
        self,
        image: Tensor,
        targets: list[Target] | None = None,
        generator: torch.Generator | None = None,
        stride: int | None = None,
    ) -> Output:
        """Find instances.

        Args:
            image: X' of Eq. 8, and behind it what else the trunk wants, (B, trunk.inputs, H, W), H and W multiples of
                ``trunk.multiple``.
            targets: in training, for denoising.
            generator: in training, of queries and noise.
            stride: pixels of the image for one of the masks, one of ``trunk.strides``; None: the first of them.
        """
        fine, *coarse = self.trunk(image, stride or self.trunk.strides[0])
        pyramid = self.pixel_decoder(fine, coarse)
        logit, embeddings, selected = self.adaptation(
            fine, pyramid.levels[-2:], pyramid.embeddings, self.config.queries, generator
        )
        predictions, denoised = self.head(pyramid, embeddings, selected, targets, generator)
        return Output(logit, predictions, denoised)


def load_ada(folder: Path) -> tuple[AdaNetwork, dict[str, Any]]:
    """A trained network in float32, and its model card.

    Args:
        folder: of weights and card.

    Raises:
        EngineError: ``bad_weights``.
    """
    tensors, card = load_weights(folder)
    network = AdaNetwork(AdaConfig.from_dict(card["architecture"]))
    network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, strict=False)
    return network, card
