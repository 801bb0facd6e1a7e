"""Mask DINO^Ada and Mask2Former^Ada over a scene: a heat map, and instances that are more than its connected pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..device import best_dtype
from ..models.ada.heads import Prediction
from ..models.ada.inputs import REACH, SceneInputs
from ..models.ada.instances import FAINTEST, instances
from ..models.ada.network import Output, load_ada
from ..pieces import Piece
from ..progress import Step
from ..region import Region, Strip
from ..side_by_side import side_by_side
from ..statistics import centred_statistics, sampling_stride
from ..tiles import reflect, spans, tiles
from ..weights import WEIGHTS_FOLDER
from .base import InstanceDetector, register

TILE = 96
"""Side of a tile in pixels of the masks, as in training."""

OVERLAP = 32
"""Pixels of the masks that neighbouring tiles share at least."""

FINE = ("infrared", "hyperspectral")
"""Modalities whose targets are a few pixels in size have masks at the full resolution; others at half of it."""

_SAMPLE_PIXELS = 16_384
_BATCH = 2
_CUDA_BATCH = 16
_SEED = 2024


@dataclass
class _Tile:
    """Where a tile lies in a strip with its halo, and what it sees."""

    rows: tuple[int, int]
    columns: tuple[int, int]
    ramp: Tensor
    image: Tensor


class AdaDetector(InstanceDetector):
    """What both have in common; the head is in the weights."""

    prepare_share = 0.2

    @classmethod
    def available(cls) -> bool:
        """Whether its weights are there."""
        return (WEIGHTS_FOLDER / cls.name / "card.json").is_file()

    def prepare(self, region: Region, step: Step) -> None:
        """Stream mean and covariance, then draw the background dictionary from pixels of the whole region.

        Raises:
            EngineError: ``bad_weights``, and what the statistics raise.
        """
        network, card = load_ada(WEIGHTS_FOLDER / self.name)
        self.weights_sha256 = card["sha256"]
        self._dtype = best_dtype(self.device)
        self._network = network.to(self.device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        self._statistics = centred_statistics(region, self.device, lambda share: step(0.6 * share))
        self.warnings += self._statistics.warnings
        stride = sampling_stride(self._statistics.pixels, _SAMPLE_PIXELS, region.width)
        sample = [part for part in region.visit(partial(_some_pixels, stride=stride), lambda s: step(0.6 + 0.4 * s))]
        pixels = torch.from_numpy(self._statistics.select(np.concatenate(sample, 1)).T.astype(np.float32))
        self._inputs = SceneInputs.learn(
            pixels.to(self.device),
            torch.Generator().manual_seed(_SEED),
            self._statistics.mean,
            self._statistics.covariance,
        )
        strides = network.trunk.strides
        self._stride = strides[0] if self.profile.name in FINE else strides[-1]
        self.halo = OVERLAP * self._stride + REACH
        self.parameters |= {
            "bands_used": len(self._statistics.kept),
            "stride": self._stride,
            "tile": TILE,
            "overlap": OVERLAP,
            "seed": _SEED,
            "precision": str(self._dtype).removeprefix("torch."),
        }

    def find(self, strip: Strip) -> tuple[NDArray[np.float32], list[Piece]]:
        """-log(1 - p) of the anomaly map's probability p, and the instances of each tile."""
        if not strip.valid[strip.core].any():
            return np.zeros((strip.rows, strip.columns), np.float32), []
        with torch.inference_mode():
            return self._find(strip)

    def _find(self, strip: Strip) -> tuple[NDArray[np.float32], list[Piece]]:
        mask = torch.as_tensor(strip.valid, device=self.device)
        image = torch.as_tensor(self._statistics.select(strip.pixels), device=self.device).float()
        x = self._inputs.of(image, mask)[: self._network.trunk.inputs]
        height, width = mask.shape
        cell = self._network.trunk.multiple
        side, shared = TILE * self._stride, OVERLAP * self._stride
        rows = spans(height, side, shared, cell, strip.row - strip.top)
        columns = spans(width, side, shared, cell)
        total = torch.zeros(height, width, device=self.device)
        weight = torch.zeros_like(total)
        pieces: list[Piece] = []
        waiting: list[_Tile] = []
        grid = list(tiles(rows, columns))
        for number, (i, j, ramp) in enumerate(grid, 1):
            inside = slice(max(0, rows[i][0]), rows[i][1]), slice(max(0, columns[j][0]), columns[j][1])
            if mask[inside].any():
                waiting.append(_Tile(rows[i], columns[j], ramp.to(self.device), reflect(x, rows[i], columns[j])))
            if waiting and (len(waiting) >= (_CUDA_BATCH if mask.is_cuda else _BATCH) or number == len(grid)):
                self._look_at(waiting, strip, mask, total, weight, pieces)
                waiting = []
                self.tick(number / len(grid))
        logits = torch.where(weight > 0, total / weight.clamp(min=1e-6), -30.0)[strip.core]
        return np.asarray(functional.softplus(logits).cpu().numpy(), np.float32), pieces

    def _look_at(
        self, waiting: list[_Tile], strip: Strip, mask: Tensor, total: Tensor, weight: Tensor, pieces: list[Piece]
    ) -> None:
        """Show tiles to the network; add up their maps, collect their instances."""
        images = torch.stack([tile.image for tile in waiting])
        outputs = side_by_side(self._output, images.split(len(images) if images.is_cuda else 1))
        seen_by = [(output, index) for output in outputs for index in range(len(output.map_logit))]
        for tile, (output, index) in zip(waiting, seen_by, strict=True):
            logit = self._resized(output.map_logit[index : index + 1])[0, 0]
            top, left = max(0, tile.rows[0]), max(0, tile.columns[0])
            bottom, right = min(len(mask), tile.rows[1]), min(mask.shape[1], tile.columns[1])
            own = (
                slice(top - tile.rows[0], bottom - tile.rows[0]),
                slice(left - tile.columns[0], right - tile.columns[0]),
            )
            total[top:bottom, left:right] += logit[own] * tile.ramp[own]
            weight[top:bottom, left:right] += tile.ramp[own]
            # What the ramp gives no weight, the neighbour sees better.
            seen = tile.ramp[own] > 0
            near, far = (torch.nonzero(seen.any(1 - axis))[[0, -1], 0].tolist() for axis in (0, 1))
            window = (top + near[0], top + near[1] + 1, left + far[0], left + far[1] + 1)
            inner = (
                slice(own[0].start + near[0], own[0].start + near[1] + 1),
                slice(own[1].start + far[0], own[1].start + far[1] + 1),
            )
            pieces += self._pieces(output.predictions[-1], index, logit[inner], inner, window, strip, mask)

    def _output(self, images: Tensor) -> Output:
        """What the network says of some tiles, (B, inputs, H, W)."""
        with torch.autocast(images.device.type, self._dtype, enabled=self._dtype != torch.float32):
            output: Output = self._network(images.contiguous(memory_format=torch.channels_last), stride=self._stride)
        return output

    def _resized(self, masks: Tensor) -> Tensor:
        """Maps of the network at the resolution of the scene."""
        if self._stride == 1:
            return masks
        return functional.interpolate(masks, scale_factor=self._stride, mode="bilinear", align_corners=False)

    def _pieces(
        self,
        prediction: Prediction,
        index: int,
        anomaly: Tensor,
        inner: tuple[slice, ...],
        window: tuple[int, int, int, int],
        strip: Strip,
        mask: Tensor,
    ) -> list[Piece]:
        """The instances of one tile: distinct, cut to what the tile sees for sure and to the rows around the strip."""
        keep = (prediction.logits[index].sigmoid() >= FAINTEST).nonzero()[:, 0]
        if not len(keep):
            return []
        logits = self._resized(prediction.masks[index, keep][None])[0][:, inner[0], inner[1]]
        logits = torch.where(mask[window[0] : window[1], window[2] : window[3]], logits, -30.0)
        seen = (strip.row - strip.top + window[0], strip.row - strip.top + window[1], window[2], window[3])
        pieces: list[Piece] = []
        for found, score in zip(*instances(prediction.logits[index, keep], logits, anomaly), strict=True):
            piece = Piece.cut(found.cpu().numpy(), float(score), seen)
            # What lies in the halo alone, another strip sees with more around it.
            if piece is not None and piece.bounds[0] < strip.row + strip.rows and piece.bounds[1] > strip.row:
                pieces.append(piece)
        return pieces


def _some_pixels(strip: Strip, stride: int) -> NDArray[np.floating]:
    """Every n-th valid pixel of a strip, (C, N)."""
    valid = strip.valid[strip.core]
    return strip.pixels[:, strip.core][:, valid][:, (strip.row * 7) % stride :: stride]


@register
class MaskDINOAdaDetector(AdaDetector):
    """The adapted Mask DINO of :mod:`~anomaly_lens.engine.models.ada`."""

    name = "mask_dino_ada"
    label = "Mask DINO^Ada (objects)"
    description = (
        "Finds anomalies as objects, each with an outline and a score of its own: for counting. Use it for ships, "
        "vehicles, hot spots and other things that stand apart."
    )
    order = 20


@register
class Mask2FormerAdaDetector(AdaDetector):
    """The adapted Mask2Former of :mod:`~anomaly_lens.engine.models.ada`."""

    name = "mask2former_ada"
    label = "Mask2Former^Ada (objects)"
    description = (
        "Finds anomalies as objects like Mask DINO^Ada, with another way of telling them apart: compare the two where "
        "objects stand close together."
    )
    order = 25
