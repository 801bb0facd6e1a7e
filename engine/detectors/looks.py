"""What UniADRS sees of its features before it scores a scene: which tiles it looks at, and what they show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ..models.evidence import evidence, evidence_tables
from ..models.scales import shrink
from ..models.uniadrs import feature_moments, statistics_of_moments
from ..progress import Step
from ..region import Region, Strip
from . import tiled
from .level_network import LevelNetwork
from .levels import COLUMNS, Level, reach

TILES = 6
"""Of a large scene, about so many are looked at."""

FEWEST = 4096
"""Valid pixels, at least, that tell how features are distributed, where there are so many."""

_SIDE = 512
"""Of a tile that is looked at, in pixels."""

_MOST_KEPT = 1_500_000
"""Pixels of a scene whose features are kept, at most: those of more would be most of the memory."""

_EVIDENCE_PIXELS = 20_000
"""Of a tile, about so many tell how rare a score is."""


@dataclass
class Look:
    """What some tiles show at one scale.

    Attributes:
        moments: of the embedded features, see :func:`~anomaly_lens.engine.models.uniadrs.feature_moments`.
        sample: of hyperspectral scenes, features, maps and classical scores of some pixels, one below the other.
        kept: all features of a scene of one tile.
        classical: likewise, all classical scores.
    """

    moments: Tensor
    sample: list[Tensor]
    kept: Tensor | None = None
    classical: Tensor | None = None

    def add(self, more: Look) -> None:
        """Take what further tiles show; of what is kept, there is one."""
        self.moments += more.moments
        self.sample += more.sample
        self.kept, self.classical = more.kept, more.classical


def learn_features(network: LevelNetwork, region: Region, levels: Sequence[Level], step: Step) -> None:
    """See how the network's features are distributed over some tiles of a scene, and tell each of its levels.

    Of hyperspectral scenes, likewise how the scores are that count as evidence. Of a scene of one tile, all that was
    computed is kept.

    Args:
        network: for the scene.
        region: all of it.
        levels: its resolutions.
        step: called with the share that is done.
    """
    halo = reach(levels)
    # A small scene of one tile, one block and one strip is not sampled: its features are computed once, and kept.
    one_tile = region.width <= min(COLUMNS, tiled.TILE) and region.height <= tiled.TILE
    small = region.width * region.height <= _MOST_KEPT
    whole = one_tile and small and len(region.spans(halo)) == 1
    side = tiled.TILE if whole else _SIDE
    # The halo makes strips of wide scenes tall enough to be looked at as images.
    chosen, everywhere = _tiles_of(region.spans(halo), -(-region.width // side), -(-region.height // side), side)
    looks = _none(network, levels)
    for found in _looks(network, region, levels, chosen, side, step, keep=whole):
        _add(looks, found)
    if not whole and _few(looks):
        # Where most is nodata, those that were chosen may hold next to nothing: then all are gone through.
        looks = _none(network, levels)
        for found in _looks(network, region, levels, everywhere, side, step):
            _add(looks, found)
            if not _few(looks):
                break
    for level, seen in zip(levels, looks, strict=True):
        level.features = statistics_of_moments(seen.moments)
        level.kept, level.classical = seen.kept, seen.classical
        if network.classical is not None:
            parts = [network.folded.config.features, network.maps, 2]
            features, maps, classical = torch.cat(seen.sample, 1)[None, :, :, None].split(parts, 1)
            logit = network.folded.finish(features.to(network.folded.dtype), maps, level.features)
            level.evidence = evidence_tables(evidence(logit[0, 0], maps[0], classical[0])[..., 0])


def _looks(
    network: LevelNetwork,
    region: Region,
    levels: Sequence[Level],
    chosen: dict[int, range],
    side: int,
    step: Step,
    *,
    keep: bool = False,
) -> Iterator[list[Look]]:
    """What the chosen tiles of each strip show; strips without any are not read."""
    look = partial(_look, network, levels, chosen, side, keep)
    return region.visit(look, step, reach(levels), {row for row, tiles_ in chosen.items() if tiles_})


@torch.inference_mode()
def _look(
    network: LevelNetwork, levels: Sequence[Level], chosen: dict[int, range], side: int, keep: bool, strip: Strip
) -> list[Look]:
    """What the chosen tiles of a strip show at each scale; if wanted, all of it is kept."""
    looks = _none(network, levels)
    across = -(-strip.columns // side)
    for number in chosen[strip.row]:
        if looks[0].moments[-1, -1] >= TILES * side**2:
            break  # as much as is ever looked at
        row, column = (side * place for place in divmod(number, across))
        bottom = strip.top + min(row + side, strip.rows)
        part = strip.part(column, min(column + side, strip.columns))
        rows = slice(strip.top + row, bottom)
        if not part.valid[rows].any():
            continue
        for look, level in zip(looks, levels, strict=True):
            pixels, valid, _ = shrink(part.pixels[:, rows], part.valid[rows], 0, level.factor)
            inputs, mask = network.inputs(pixels, valid, level)
            features = network.features(inputs)
            own = (
                slice(None),
                slice(tiled.MARGIN, tiled.MARGIN + len(mask)),
                slice(tiled.MARGIN, tiled.MARGIN + mask.shape[1]),
            )
            look.moments += feature_moments(network.folded.embedded(features)[0][own][:, mask])
            look.kept = features if keep else None
            if network.classical is not None:
                whole = slice(0, len(mask)), slice(0, mask.shape[1])
                classical = network.classical.of(pixels, valid, whole).to(network.device)
                look.classical = classical if keep else None
                maps = inputs[: network.maps, mask]
                pixels_ = torch.cat([features[0][own][:, mask].float(), maps, classical[:, mask]])
                look.sample.append(pixels_[:, :: -(-pixels_.shape[1] // _EVIDENCE_PIXELS)])
    return looks


def _none(network: LevelNetwork, levels: Sequence[Level]) -> list[Look]:
    """Looks at no tile yet, one for each scale."""
    size = network.folded.config.embedding + 1
    return [Look(torch.zeros(size, size, dtype=torch.float64, device=network.device), []) for _ in levels]


def _tiles_of(
    spans: Sequence[tuple[int, int]], across: int, down: int, side: int
) -> tuple[dict[int, range], dict[int, range]]:
    """Tiles to look at, from left to right and down, by the first row of a strip: some all over a scene, and all.

    Args:
        spans: first row and number of rows of each strip.
        across: tiles to a row.
        down: rows of tiles, were all of the scene one strip.
        side: of a tile.
    """
    every = stride_of(across * down, across)
    chosen, everywhere = {}, {}
    number = 0
    for row, rows in spans:
        count = across * -(-rows // side)
        chosen[row] = range(-number % every, count, every)
        everywhere[row] = range(count)
        number += count
    return chosen, everywhere


def _add(looks: Sequence[Look], found: Sequence[Look]) -> None:
    """Take what further tiles show, at each scale."""
    for so_far, more in zip(looks, found, strict=True):
        so_far.add(more)


def _few(looks: Sequence[Look]) -> bool:
    """Whether they tell too little of how features are distributed."""
    return bool(looks[0].moments[-1, -1] < FEWEST)


def stride_of(count: int, across: int) -> int:
    """Of so many tiles, so many to a row, every how many-th to look at: never the same columns in each row."""
    every = max(1, count // TILES)
    while math.gcd(every, across) > 1:
        every += 1
    return every
