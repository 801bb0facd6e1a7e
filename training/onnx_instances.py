"""Mask DINO^Ada and Mask2Former^Ada as graphs: one image in, the last layer's prediction out."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..engine.models.ada.mask_dino import MaskDINOHead
from ..engine.models.ada.network import AdaNetwork


class InstanceOutputs(nn.Module):
    """What a program needs of an instance network to make polygons.

    Args:
        network: in use, not in training.
        stride: pixels of the image for one of the masks, one of the trunk's.

    Attributes:
        outputs: names of what ``forward`` gives; boxes where the head knows them.
    """

    def __init__(self, network: AdaNetwork, stride: int) -> None:
        super().__init__()
        self.network, self.stride = network, stride
        boxes = ("boxes",) if isinstance(network.head, MaskDINOHead) else ()
        self.outputs = ("map_logit", "logits", "masks", *boxes)

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Logits of the anomaly map (1, 1, h, w), of K queries (1, K), of their masks (1, K, h, w); boxes (1, K, 4).

        Args:
            image: X' and the deviation maps, (1, inputs, H, W); h = H / stride, w = W / stride.
        """
        output = self.network(image, stride=self.stride)
        last = output.predictions[-1]
        found = (output.map_logit, last.logits, last.masks)
        return found if last.boxes is None else (*found, last.boxes)


def with_map(module: InstanceOutputs, image: Tensor, map_logit: Tensor) -> tuple[Tensor, ...]:
    """What a network says with a given anomaly map in the place of its own.

    Ranks and the choice of queries hang on which of two pixels scores higher, were it by the last digit. Networks that
    run on different libraries are compared beyond the map with the same map.
    """

    def instead(*_: Any) -> Tensor:  # noqa: ANN401
        return map_logit

    hook = module.network.adaptation.map.register_forward_hook(instead)
    try:
        with torch.no_grad():
            found: tuple[Tensor, ...] = module(image)
    finally:
        hook.remove()
    return found
