"""UniADRS: one pretrained network for five modalities, used without training on the scene."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..device import best_dtype
from ..errors import EngineError
from ..memory import give_back, is_gpu_short
from ..models.deviation import MAPS
from ..models.evidence import DEVIATION_WEIGHT, Classical, evidence, odds
from ..models.in_rows import UniADRSInRows
from ..models.scales import DARK, OVERVIEW, SCALES
from ..models.uniadrs import UniADRS, interpolation_matrix, load_network
from ..pieces import Piece
from ..region import Region, Strip
from ..statistics import SceneStatistics, centred_statistics
from ..streaming import prefetch
from ..weights import WEIGHTS_FOLDER
from . import looks, tiled
from .base import Detector, Step, register
from .level_network import LevelNetwork
from .level_samples import sample_levels
from .levels import Level, blocks, reach
from .overview import Overview
from .overview_logits import OverviewLogits

_LARGEST_SCENE = 2**34
"""Pixels of a scene from which on the overview's logits, which stay in memory, would take more than half a gigabyte."""

_PEAK_SHARE = 0.5
"""Its map smears around objects: half of the peak is where one ends."""

_FEWEST_SPECTRAL = 9
_MOST_SPATIAL = 64


@register
class UniADRSDetector(Detector):
    """The network of :mod:`~anomaly_lens.engine.models.uniadrs` over a scene, tile by tile.

    Its inputs are the bands in robust units and the classical deviation maps of the scene. Hyperspectral scenes go
    through the spectral stem, all others through the spatial one. The raw score of these is -log(1 - p) of the
    network's probability p: zero where it is sure of the background, and growing with its logit where p would only
    crowd near one; how far the bands deviate is added to the logit of all but radar scenes. That of hyperspectral
    scenes tells how rare a pixel is in its scene by the network and by the classical detector that finds it rarest,
    which weigh the same; see :mod:`~anomaly_lens.engine.models.evidence`.
    """

    name = "uniadrs"
    label = "UniADRS (pretrained)"
    description = (
        "Finds objects and materials that do not belong, in any modality, without training: a network that weighs "
        "classical deviations with shape, size and surroundings."
    )
    order = 10
    prepare_share = 0.5
    _network: LevelNetwork
    _levels: Sequence[Level] = ()
    _overview: OverviewLogits | None = None

    def usual_peak_share(self) -> float:
        """Half, but for hyperspectral scenes: their pixels are scored by themselves, and nothing smears."""
        return 0.0 if self.profile.name == "hyperspectral" else _PEAK_SHARE

    def prepare(self, region: Region, step: Step) -> None:
        """Stream mean and covariance, then a sample of pixels, then the features of a few tiles; score the overview.

        Raises:
            EngineError: ``bad_weights``, ``bad_bands``, and what the statistics and the overview raise.
        """
        try:
            self._prepare(region, step)
            return
        except RuntimeError as error:
            if not is_gpu_short(error):
                raise
            self.warnings.clear()
        # Behind the block: the error holds on to all that had been made so far.
        self._leave_gpu()
        self._prepare(region, step)

    def _prepare(self, region: Region, step: Step) -> None:
        network = self._load(region)
        streamed = centred_statistics(region, self.device, lambda share: step(0.4 * share))
        self.warnings += streamed.warnings
        fine, coarse = self._scales(region)
        dark = self.profile.name in DARK
        deviation_weight = DEVIATION_WEIGHT.get(self.profile.name, 0.0)
        self._network = LevelNetwork(
            self._folded(network, region, streamed),
            streamed,
            Classical(streamed) if self._stem == "spectral" else None,
            deviation_weight,
            self.device,
        )
        with Overview(region) if coarse else nullcontext() as overview:
            levels = sample_levels(
                region,
                streamed,
                fine,
                streamed.pixels,
                lambda share: step(0.4 + 0.2 * share),
                device=self.device,
                dark=dark,
                exact=(streamed.mean, streamed.covariance),
                overview=overview,
            )
            region.release()  # all passes from here on read with a halo
            if overview is not None:
                overview.finish()
                self._overview = OverviewLogits.of(
                    self._network, overview, coarse, lambda share: step(0.6 + 0.2 * share), dark=dark
                )
        self._levels = levels
        self.halo = reach(levels)
        looks.learn_features(self._network, region, levels, lambda share: step(0.8 + 0.2 * share))
        self.parameters |= {
            "stem": self._stem,
            "scales": [*fine, *(OVERVIEW * factor for factor in coarse)],
            "overview_weight": round(self._overview.weight, 3) if self._overview is not None else 0.0,
            "root_scale": dark,
            "deviation_weight": deviation_weight,
            "bands_used": len(streamed.kept),
            "pixels_used": streamed.pixels,
            "precision": str(self._network.folded.dtype).removeprefix("torch."),
            "tile": tiled.TILE,
            "overlap": tiled.OVERLAP,
        }

    def _scales(self, region: Region) -> tuple[list[int], list[int]]:
        """At which parts of its resolution a scene is looked at, and at which of its overview's."""
        factors = SCALES.get(self.profile.name, (1,))
        fine = [factor for factor in factors if factor < OVERVIEW]
        coarse = [factor // OVERVIEW for factor in factors if factor >= OVERVIEW]
        if coarse and region.width * region.height > _LARGEST_SCENE:
            coarse = []
            self.warnings.append(
                f"{region.scene.name} is too large for an overview: what covers hundreds of pixels may be missed. "
                "Cut it into scenes of at most 131,072 by 131,072 pixels."
            )
        return fine, coarse

    def _load(self, region: Region) -> UniADRS:
        scene = region.scene
        self._stem = "spectral" if self.profile.name == "hyperspectral" else "spatial"
        if self._stem == "spectral" and scene.count < _FEWEST_SPECTRAL:
            raise EngineError(
                "bad_bands",
                f"{scene.name} has {scene.count} bands; the hyperspectral modality needs {_FEWEST_SPECTRAL} or more.",
                "Choose another modality, such as visible.",
            )
        if self._stem == "spatial" and scene.count > _MOST_SPATIAL:
            raise EngineError(
                "bad_bands",
                f"{scene.name} has {scene.count} bands; the modality {self.profile.name} takes up to {_MOST_SPATIAL}.",
                "Choose the hyperspectral modality, or fewer bands.",
            )
        network, card = load_network(WEIGHTS_FOLDER / "uniadrs", self._stem)
        self.weights_sha256 = card["sha256"]
        return network

    def _wavelength_order(self, region: Region, kept: Sequence[int]) -> tuple[list[int], list[float] | None]:
        """The kept bands in order of their wavelengths, and these; the file's own order where it has none."""
        waves = region.scene.wavelengths
        if waves is None or self._stem == "spatial":
            return list(range(len(kept))), None
        own = np.array([waves[band] for band in kept])
        order = np.argsort(own, kind="stable")
        if (np.diff(order) < 0).any():
            self.warnings.append(
                f"The bands of {region.scene.name} are not in order of their wavelengths; they were put in that order."
            )
        # Detectors that overlap may share a wavelength: interpolation wants each a little beyond the one before.
        ascending = np.maximum.accumulate(own[order]) + 1e-3 * np.arange(len(own))
        return [int(i) for i in order], [float(w) for w in ascending]

    def _folded(self, network: UniADRS, region: Region, statistics: SceneStatistics) -> UniADRSInRows:
        """The network for this scene's bands."""
        order, waves = self._wavelength_order(region, [int(band) for band in statistics.kept])
        ascending = interpolation_matrix(len(order), waves)
        projection = torch.empty_like(ascending)
        projection[:, order] = ascending
        folded = network.to(self.device).folded(projection.to(self.device), best_dtype(self.device))
        return UniADRSInRows(folded)

    def look(self, strip: Strip) -> tuple[NDArray[np.float32], list[Piece]]:
        """As of every detector, but some columns at a time: a wide strip is never in memory as a whole."""
        self._at = strip
        self.tick(0)
        found = self.find(strip)
        self._at = None
        return found

    def score(self, strip: Strip) -> NDArray[np.float32]:
        """What the class says, for a strip; NaN where a pixel is not valid."""
        try:
            return self._score(strip)
        except RuntimeError as error:
            if not is_gpu_short(error):
                raise
            self._network = self._network.to("cpu")
            self._levels = [level.to("cpu") for level in self._levels]
        self._leave_gpu()  # behind the block, as in prepare
        return self._score(strip)

    def _score(self, strip: Strip) -> NDArray[np.float32]:
        """A strip, some of its columns at a time: memory grows little with the width of the scene."""
        found = np.full((strip.rows, strip.columns), np.nan, np.float32)
        parts = blocks(strip, self._levels, self.halo)
        if self.device != "cpu":  # which would wait for the file; the processor is busy, and a block more is memory
            parts = prefetch(parts, ahead=1)
        for block, columns, own in parts:
            give_back()  # what the last one took, in pieces of other sizes
            valid = block.valid[block.core, columns]
            if valid.any():
                np.copyto(found[:, own], self._score_block(block, columns, own.start), where=valid)
            self.tick(own.stop / strip.columns)
        return found

    @torch.inference_mode()
    def _score_block(self, strip: Strip, columns: slice, first: int) -> NDArray[np.float32]:
        """The scores of some columns of a strip, ``first`` of the region; those beside them are there to be seen."""
        if self._network.classical is not None:
            raw = self._odds(strip, columns, self._network.classical)
        else:
            found = [self._network.logits(strip, columns, self._levels, level)[0] for level in self._levels]
            total, weight = torch.stack(found).sum(0), float(len(found))
            if self._overview is not None:
                rows, across = slice(strip.row, strip.row + strip.rows), slice(first, first + total.shape[1])
                total += self._overview.weight * self._overview.at(rows, across, self.device)
                weight += self._overview.weight
            raw = functional.softplus(total / weight)
        return np.asarray(raw.cpu().numpy(), np.float32)

    def _odds(self, strip: Strip, columns: slice, beside: Classical) -> Tensor:
        """The scores of some columns of a hyperspectral strip, (rows, columns), classical detectors beside."""
        (level,) = self._levels
        # A pixel more on each side, where there is one, to average over.
        above, below = min(1, strip.top), min(1, len(strip.valid) - strip.core.stop)
        before, behind = min(1, columns.start), min(1, strip.columns - columns.stop)
        rows, across = strip.rows + above + below, slice(columns.start - before, columns.stop + behind)
        wider = Strip(strip.pixels, strip.valid, strip.row - above, strip.top - above, rows)
        logit, maps = self._network.logits(wider, across, self._levels, level)
        classical = level.classical if level.kept is not None else None
        if classical is None:
            classical = beside.of(wider.pixels, wider.valid, (wider.core, across))
        valid = torch.from_numpy(wider.valid[wider.core, across]).to(logit.device)
        scores = evidence(logit, maps, classical.to(logit.device))
        found = odds(scores, cast(Tensor, level.evidence), maps[len(MAPS) :], valid)
        return found[above : above + strip.rows, before : before + columns.stop - columns.start]

    def _leave_gpu(self) -> None:
        """Go on with the CPU, whose memory a GPU's seldom matches; the user is told."""
        torch.cuda.empty_cache()
        self.device = "cpu"
        self.warnings.append(
            "The GPU has too little free memory for this scene: it was scored on the CPU, which takes longer. "
            "Close other programs that use the GPU and run again for its speed."
        )
