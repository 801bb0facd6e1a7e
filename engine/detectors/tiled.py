"""A network over an image of any size: tile by tile, blended where tiles overlap, in batches that the memory bears."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..memory import is_gpu_short
from ..models.in_rows import Spans, UniADRSInRows
from ..models.inputs import NetworkInputs
from ..models.uniadrs import MULTIPLE, FeatureStatistics
from ..tiles import reflect, spans, tiles

TILE = 1664
"""Longest side of what the network sees at once, in pixels."""

OVERLAP = 192
"""Pixels that neighbouring tiles share. Beyond 72 pixels, surroundings no longer change a score by a hundredth."""

MARGIN = 48
"""How far the scene is mirrored beyond its own border, in pixels: what the convolutions' zeros outside of it darken."""

_CUDA_BATCH = 4
"""Tiles at a time on a GPU; on the processor it is one, whose bands of rows all cores share."""

LOWEST = -20.0
"""Logit of what no tile shows."""


@dataclass
class _Tile:
    """A tile to be scored: inputs and which rows and columns of them, where it lies, with which part, its weight."""

    inputs: Tensor
    spans: Spans
    place: tuple[slice, slice]
    own: tuple[slice, slice]
    ramp: Tensor


class TiledNetwork:
    """The network, and how much it is shown at a time.

    Args:
        network: for the bands of one scene.
    """

    def __init__(self, network: UniADRSInRows) -> None:
        self.network = network

    def logits(self, shown: NetworkInputs, statistics: FeatureStatistics, first: tuple[int, int]) -> Tensor:
        """Logits of all that is shown, (h, w).

        Args:
            shown: inputs of some rows and columns.
            statistics: of the embedded features over the scene.
            first: row and column of the scene at which they begin: tiles lie alike however a scene is cut.

        Raises:
            RuntimeError: as :meth:`batch`.
        """
        mask = shown.mask
        rows, columns = (_with_margin(*side) for side in zip(mask.shape, first, shown.ends, strict=True))
        total = torch.zeros(mask.shape, device=mask.device)
        weight = torch.zeros_like(total)
        waiting: list[_Tile] = []
        at_once = _CUDA_BATCH if mask.is_cuda else 1
        for i, j, ramp in tiles(rows, columns):
            (top, bottom), (left, right) = rows[i], columns[j]
            place = slice(max(0, top), min(len(total), bottom)), slice(max(0, left), min(total.shape[1], right))
            if not mask[place].any():
                continue
            made = shown.rows(place[0].start, place[0].stop)
            seen = (top - place[0].start, bottom - place[0].start), columns[j]
            own = slice(place[0].start - top, place[0].stop - top), slice(place[1].start - left, place[1].stop - left)
            waiting.append(_Tile(made, seen, place, own, ramp.to(mask.device)[own]))
            if len(waiting) == at_once:
                self._flush(waiting, statistics, total, weight)
        self._flush(waiting, statistics, total, weight)
        return torch.where(weight > 0, total / weight.clamp(min=1e-6), LOWEST)

    def _flush(self, waiting: list[_Tile], statistics: FeatureStatistics, total: Tensor, weight: Tensor) -> None:
        """Score the waiting tiles and add them up."""
        if not waiting:
            return
        if len(waiting) > 1:
            logits = self.batch(torch.stack([reflect(t.inputs, *t.spans) for t in waiting]), statistics)
        else:  # a single tile, which may be large, is not copied
            logits = self.batch(waiting[0].inputs[None], statistics, waiting[0].spans)
        for tile, logit in zip(waiting, logits, strict=True):
            total[tile.place] += logit[tile.own] * tile.ramp
            weight[tile.place] += tile.ramp
        waiting.clear()

    def batch(self, inputs: Tensor, statistics: FeatureStatistics, spans: Spans | None = None) -> Tensor:
        """Logits of a batch of tiles, (B, H, W); where a GPU's memory is short, in halves.

        Args:
            inputs: as of :meth:`.in_rows.UniADRSInRows.forward`.
            statistics: likewise.
            spans: likewise.

        Raises:
            RuntimeError: it is too short for a single tile, see :func:`.memory.is_gpu_short`.
        """
        try:
            logits: Tensor = self.network(inputs, statistics, spans)
            return logits[:, 0]
        except RuntimeError as error:
            if len(inputs) == 1 or not is_gpu_short(error):
                raise
        # Behind the block: the error holds on to all that the network had made so far.
        torch.cuda.empty_cache()
        half = len(inputs) // 2
        return torch.cat([self.batch(part, statistics, spans) for part in (inputs[:half], inputs[half:])])


def _with_margin(length: int, first: int, ends: tuple[bool, bool]) -> list[tuple[int, int]]:
    """Tiles over ``length`` pixels, and the margin where the scene begins or ends; pixel 0 is the scene's ``first``."""
    before, behind = (MARGIN * end for end in ends)
    placed = spans(before + length + behind, TILE, OVERLAP, MULTIPLE, first - before)
    return [(start - before, end - before) for start, end in placed]
