"""UniADRS: one pretrained network for five modalities, used without training on the scene."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..errors import EngineError
from ..memory import give_back, is_gpu_short
from ..models.deviation import MAPS, scene_statistics
from ..models.evidence import DEVIATION_WEIGHT, Classical, evidence, evidence_tables, odds, with_deviation
from ..models.in_rows import UniADRSInRows
from ..models.inputs import NetworkInputs
from ..models.scales import DARK, OVERVIEW, SCALES, RootScale, shrink
from ..models.uniadrs import (
    MULTIPLE,
    FeatureStatistics,
    UniADRS,
    feature_moments,
    interpolation_matrix,
    load_network,
    statistics_of_moments,
)
from ..pieces import Piece
from ..region import Region, Strip
from ..scene import open_scene
from ..statistics import centred_statistics, sampling_stride, valid_pixels
from ..tiles import reflect
from ..weights import WEIGHTS_FOLDER
from . import tiled
from .base import Detector, Step, register
from .levels import COLUMNS, REACH, Level, blocks, enlarged, near, reach
from .looks import TILES, Look, add, few, tiles_of
from .overview import Overview, OverviewRows

_LARGEST_SCENE = 2**34
"""Pixels of a scene from which on the overview's logits, which stay in memory, would take more than half a gigabyte."""

_SAMPLE_PIXELS = 50_000
_PICK_ROWS = 64  # a multiple of every factor of SCALES
_FEATURE_TILE = 512
_MOST_KEPT = 1_500_000
"""Pixels of a scene whose features are kept, at most: those of more would be most of the memory."""

_EVIDENCE_PIXELS = 20_000

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
    _network: UniADRSInRows
    _classical: Classical  # of hyperspectral scenes
    _levels: Sequence[Level] = ()
    _overview: NDArray[np.float16] | None = None  # mean logit over the overview's scales
    _far = 0  # how many these are

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
        self._streamed = streamed
        if self._stem == "spectral":
            self._classical = Classical(streamed)
        factors = SCALES.get(self.profile.name, (1,))
        fine = [factor for factor in factors if factor < OVERVIEW]
        coarse = [factor // OVERVIEW for factor in factors if factor >= OVERVIEW]
        if coarse and region.width * region.height > _LARGEST_SCENE:
            coarse = []
            self.warnings.append(
                f"{region.scene.name} is too large for an overview: what covers hundreds of pixels may be missed. "
                "Cut it into scenes of at most 131,072 by 131,072 pixels."
            )
        self._dark = self.profile.name in DARK
        self._deviation_weight = DEVIATION_WEIGHT.get(self.profile.name, 0.0)
        self._fold(network, region)
        exact = streamed.mean, streamed.covariance
        with Overview(region) if coarse else nullcontext() as overview:
            levels = self._sample(region, fine, streamed.pixels, lambda share: step(0.4 + 0.2 * share), exact, overview)
            region.release()  # all passes from here on read with a halo
            if overview is not None:
                overview.finish()
                self._score_overview(overview, coarse, lambda share: step(0.6 + 0.2 * share))
        self._levels = levels
        self.halo = reach(levels)
        self._learn_features(region, levels, lambda share: step(0.8 + 0.2 * share))
        self.parameters |= {
            "stem": self._stem,
            "scales": [*fine, *(OVERVIEW * factor for factor in coarse)],
            "root_scale": self._dark,
            "deviation_weight": self._deviation_weight,
            "bands_used": len(streamed.kept),
            "pixels_used": streamed.pixels,
            "precision": str(self._dtype).removeprefix("torch."),
            "tile": tiled.TILE,
            "overlap": tiled.OVERLAP,
        }

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
        self._dtype = best_dtype(self.device)
        return network

    def _score_overview(self, overview: Overview, factors: Sequence[int], step: Step) -> None:
        """Score the overview as a scene of its own, at resolutions that are a part of its own."""
        with open_scene(overview.path) as scene:
            region = Region(scene)
            levels = self._sample(region, factors, overview.pixels, lambda share: step(0.2 * share))
            region.release()
            self._learn_features(region, levels, lambda share: step(0.2 + 0.4 * share))
            score = partial(self._overview_logits, levels)
            self._overview = np.concatenate(
                list(region.visit(score, lambda share: step(0.6 + 0.4 * share), reach(levels)))
            )
        self._far = len(levels)

    def _sample(
        self,
        region: Region,
        factors: Sequence[int],
        pixels: int,
        step: Step,
        exact: tuple[Tensor, Tensor] | tuple[None, None] = (None, None),
        overview: Overview | None = None,
    ) -> list[Level]:
        """What a scene is like at each scale, from valid pixels evenly spread over it.

        Args:
            region: all of it.
            factors: of the scales.
            pixels: how many valid ones it has.
            step: as of :meth:`prepare`.
            exact: mean and covariance at scale 1, where they are known better than by a sample.
            overview: to be filled, where one is wanted.
        """
        strides = {
            factor: sampling_stride(pixels // factor**2, _SAMPLE_PIXELS, -(-region.width // factor))
            for factor in factors
        }
        picked = []
        for values, rows in region.visit(partial(self._pick, strides, overview is not None), step):
            picked.append(values)
            if overview is not None:
                overview.add(cast(OverviewRows, rows))
        levels = []
        for factor in factors:
            sample = torch.from_numpy(np.concatenate([part[factor] for part in picked], 1).T.copy()).to(self.device)
            if self._dark:
                root = RootScale.of(sample)
                levels.append(Level(factor, scene_statistics(root(sample.T).T), root))
                continue
            levels.append(Level(factor, scene_statistics(sample, *(exact if factor == 1 else (None, None)))))
        return levels

    def _pick(
        self, strides: dict[int, int], overview: bool, strip: Strip
    ) -> tuple[dict[int, NDArray[np.float32]], OverviewRows | None]:
        """Every so many of the valid pixels of a strip, shape (bands, n), by the factor of a scale; its overview."""
        picked = {}
        for factor, stride in strides.items():
            # The golden ratio spreads the places to begin at: strips may be shorter than a stride.
            first = int(strip.row * 0.6180339887498949 % 1 * stride)
            skip = -strip.row % factor
            parts: list[NDArray[np.float32]] = []
            # Some rows at a time: at a lower resolution, all of a wide strip would be there several times over.
            for top in range(skip, max(strip.rows, skip + 1), _PICK_ROWS):
                rows = slice(top, top + _PICK_ROWS)
                pixels, valid, _ = shrink(strip.pixels[:, rows], strip.valid[rows], strip.row + top, factor)
                values = valid_pixels(self._streamed.select(pixels), valid)
                parts.append(np.asarray(values[:, first::stride], np.float32))
                first = (first - values.shape[1]) % stride if first < values.shape[1] else first - values.shape[1]
            picked[factor] = np.concatenate(parts, 1)
        return picked, OverviewRows.of(strip) if overview else None

    def _wavelength_order(self, region: Region) -> tuple[list[int], list[float] | None]:
        """The kept bands in order of their wavelengths, and these; the file's own order where it has none."""
        kept = [int(band) for band in self._streamed.kept]
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

    def _fold(self, network: UniADRS, region: Region) -> None:
        """Make the network one for this scene's bands."""
        order, waves = self._wavelength_order(region)
        ascending = interpolation_matrix(len(order), waves)
        projection = torch.empty_like(ascending)
        projection[:, order] = ascending
        self._network = UniADRSInRows(network.to(self.device).folded(projection.to(self.device), self._dtype))
        self._tiled = tiled.TiledNetwork(self._network)

    def _learn_features(self, region: Region, levels: Sequence[Level], step: Step) -> None:
        """See how the network's features are distributed over some tiles of a scene, at each scale."""
        halo = reach(levels)
        # A small scene of one tile, one block and one strip is not sampled: its features are computed once, and kept.
        one_tile = region.width <= min(COLUMNS, tiled.TILE) and region.height <= tiled.TILE
        small = region.width * region.height <= _MOST_KEPT
        whole = one_tile and small and len(region.spans(halo)) == 1
        side = tiled.TILE if whole else _FEATURE_TILE
        # The halo makes strips of wide scenes tall enough to be looked at as images.
        chosen, everywhere = tiles_of(region.spans(halo), -(-region.width // side), -(-region.height // side), side)
        looks = self._no_looks(levels)
        for found in self._looks(region, levels, chosen, side, step, keep=whole):
            add(looks, found)
        if not whole and few(looks):
            # Where most is nodata, those that were chosen may hold next to nothing: then all are gone through.
            looks = self._no_looks(levels)
            for found in self._looks(region, levels, everywhere, side, step):
                add(looks, found)
                if not few(looks):
                    break
        for level, seen in zip(levels, looks, strict=True):
            level.features = statistics_of_moments(seen.moments)
            level.kept, level.classical = seen.kept, seen.classical
            if self._stem == "spectral":
                config = self._network.config
                parts = [config.features, len(MAPS) + config.components, 2]
                features, maps, classical = torch.cat(seen.sample, 1)[None, :, :, None].split(parts, 1)
                logit = self._network.finish(features.to(self._dtype), maps, level.features)
                level.evidence = evidence_tables(evidence(logit[0, 0], maps[0], classical[0])[..., 0])

    def _looks(
        self,
        region: Region,
        levels: Sequence[Level],
        chosen: dict[int, range],
        side: int,
        step: Step,
        *,
        keep: bool = False,
    ) -> Iterator[list[Look]]:
        """What the chosen tiles of each strip show; strips without any are not read."""
        look = partial(self._look, levels, chosen, side, keep)
        return region.visit(look, step, reach(levels), {row for row, tiles_ in chosen.items() if tiles_})

    def _no_looks(self, levels: Sequence[Level]) -> list[Look]:
        size = self._network.config.embedding + 1
        return [Look(torch.zeros(size, size, dtype=torch.float64, device=self.device), []) for _ in levels]

    @torch.inference_mode()
    def _look(
        self, levels: Sequence[Level], chosen: dict[int, range], side: int, keep: bool, strip: Strip
    ) -> list[Look]:
        """What the chosen tiles of a strip show at each scale; if wanted, all of it is kept."""
        looks = self._no_looks(levels)
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
                inputs, mask = self._inputs(pixels, valid, level)
                features = self._backbone(inputs)
                own = (
                    slice(None),
                    slice(tiled.MARGIN, tiled.MARGIN + len(mask)),
                    slice(tiled.MARGIN, tiled.MARGIN + mask.shape[1]),
                )
                look.moments += feature_moments(self._network.embedded(features)[0][own][:, mask])
                look.kept = features if keep else None
                if self._stem == "spectral":
                    whole = slice(0, len(mask)), slice(0, mask.shape[1])
                    classical = self._classical.of(pixels, valid, whole).to(self.device)
                    look.classical = classical if keep else None
                    maps = inputs[: len(MAPS) + self._network.config.components, mask]
                    parts = [features[0][own][:, mask].float(), maps, classical[:, mask]]
                    pixels_ = torch.cat(parts)
                    look.sample.append(pixels_[:, :: -(-pixels_.shape[1] // _EVIDENCE_PIXELS)])
        return looks

    def _backbone(self, inputs: Tensor) -> Tensor:
        """Fused features of an image mirrored by ``MARGIN`` on each side, and up to a multiple of the network's."""
        padded = [(-tiled.MARGIN, -(-(length + tiled.MARGIN) // MULTIPLE) * MULTIPLE) for length in inputs.shape[1:]]
        features: Tensor = self._network.backbone(reflect(inputs, *padded)[None])
        return features

    def _inputs(self, pixels: NDArray[np.floating], valid: NDArray[np.bool_], level: Level) -> tuple[Tensor, Tensor]:
        """The network's inputs (M + C, H, W) and validity (H, W); invalid pixels are the scene's mean."""
        height, width = valid.shape
        whole = self._shown(pixels, valid, level, (slice(0, height), slice(0, width)))
        return whole.rows(0, height), whole.mask

    def _shown(
        self, pixels: NDArray[np.floating], valid: NDArray[np.bool_], level: Level, seen: tuple[slice, slice]
    ) -> NetworkInputs:
        """What the network is given of some rows and columns of an image."""
        scene = level.scene
        image = torch.as_tensor(self._streamed.select(pixels), device=self.device).to(torch.float32)
        if level.root is not None:
            image = level.root(image)
        mask = None
        if not valid.all():
            mask = torch.as_tensor(valid, device=self.device)
            image = torch.where(mask, image, scene.mean[:, None, None])
        return NetworkInputs(image, mask, scene, self._network.config.components, seen)

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
            self._network = self._network.cpu()
            self._levels = [level.to("cpu") for level in self._levels]
            if self._stem == "spectral":
                self._classical = self._classical.to("cpu")
        self._leave_gpu()  # behind the block, as in prepare
        return self._score(strip)

    def _score(self, strip: Strip) -> NDArray[np.float32]:
        """A strip, some of its columns at a time: memory grows little with the width of the scene."""
        found = np.full((strip.rows, strip.columns), np.nan, np.float32)
        for block, columns, own in blocks(strip, self._levels, self.halo):
            give_back()  # what the last one took, in pieces of other sizes
            valid = block.valid[block.core, columns]
            if valid.any():
                np.copyto(found[:, own], self._score_block(block, columns, own.start), where=valid)
            self.tick(own.stop / strip.columns)
        return found

    @torch.inference_mode()
    def _score_block(self, strip: Strip, columns: slice, first: int) -> NDArray[np.float32]:
        """The scores of some columns of a strip, ``first`` of the region; those beside them are there to be seen."""
        if self._stem == "spectral":
            raw = self._odds(strip, columns)
        else:
            found = [self._score_level(strip, columns, self._levels, level)[0] for level in self._levels]
            total, count = torch.stack(found).sum(0), len(found)
            if self._overview is not None:
                rows, across = slice(strip.row, strip.row + strip.rows), slice(first, first + total.shape[1])
                total += self._far * self._of_overview(rows, across)
                count += self._far
            raw = functional.softplus(total / count)
        return np.asarray(raw.cpu().numpy(), np.float32)

    def _odds(self, strip: Strip, columns: slice) -> Tensor:
        """The scores of some columns of a hyperspectral strip, (rows, columns)."""
        (level,) = self._levels
        # A pixel more on each side, where there is one, to average over.
        above, below = min(1, strip.top), min(1, len(strip.valid) - strip.core.stop)
        before, behind = min(1, columns.start), min(1, strip.columns - columns.stop)
        rows, across = strip.rows + above + below, slice(columns.start - before, columns.stop + behind)
        wider = Strip(strip.pixels, strip.valid, strip.row - above, strip.top - above, rows)
        logit, maps = self._score_level(wider, across, self._levels, level)
        classical = level.classical if level.kept is not None else None
        if classical is None:
            classical = self._classical.of(wider.pixels, wider.valid, (wider.core, across))
        valid = torch.from_numpy(wider.valid[wider.core, across]).to(logit.device)
        scores = evidence(logit, maps, classical.to(logit.device))
        found = odds(scores, cast(Tensor, level.evidence), maps[len(MAPS) :], valid)
        return found[above : above + strip.rows, before : before + columns.stop - columns.start]

    @torch.inference_mode()
    def _overview_logits(self, levels: Sequence[Level], strip: Strip) -> NDArray[np.float16]:
        """Mean logits over the scales of a strip of the overview."""
        found = np.full((strip.rows, strip.columns), tiled.LOWEST, np.float16)
        for block, columns, own in blocks(strip, levels, reach(levels)):
            if block.valid.any():  # beside valid pixels, others are interpolated from
                logits = [self._score_level(block, columns, levels, level)[0] for level in levels]
                found[:, own] = torch.stack(logits).mean(0).cpu().numpy()
        return found

    def _of_overview(self, rows: slice, columns: slice) -> Tensor:
        """Mean logits of the overview at some rows and columns of the region, (h, w)."""
        overview = cast("NDArray[np.float16]", self._overview)
        begin, left = (max(0, s.start // OVERVIEW - 1) for s in (rows, columns))
        part = overview[begin : -(-rows.stop // OVERVIEW) + 1, left : -(-columns.stop // OVERVIEW) + 1]
        logits = torch.from_numpy(part.astype(np.float32)).to(self.device)
        own = (
            slice(rows.start - begin * OVERVIEW, rows.stop - begin * OVERVIEW),
            slice(columns.start - left * OVERVIEW, columns.stop - left * OVERVIEW),
        )
        return enlarged(logits, OVERVIEW)[own]

    def _leave_gpu(self) -> None:
        """Go on with the CPU, whose memory a GPU's seldom matches; the user is told."""
        torch.cuda.empty_cache()
        self.device = "cpu"
        self.warnings.append(
            "The GPU has too little free memory for this scene: it was scored on the CPU, which takes longer. "
            "Close other programs that use the GPU and run again for its speed."
        )

    def _score_level(
        self, strip: Strip, columns: slice, levels: Sequence[Level], level: Level
    ) -> tuple[Tensor, Tensor]:
        """Logits of some columns of the strip proper at one scale, and the maps there, at that scale."""
        factor = level.factor
        before = 0
        if level.kept is None:
            strip, before = near(strip, columns, levels, level)
            columns = slice(columns.start - before, columns.stop - before)
        pixels, valid, first = shrink(strip.pixels, strip.valid, strip.row - strip.top, factor)
        height, width = valid.shape
        # At a lower resolution, one row more on each side is interpolated from.
        begin = max(0, strip.row // factor - (factor > 1) - first)
        end = min(height, -(-(strip.row + strip.rows) // factor) + (factor > 1) - first)
        left = max(0, columns.start // factor - (factor > 1))
        right = min(width, -(-columns.stop // factor) + (factor > 1))
        statistics = cast(FeatureStatistics, level.features)
        if level.kept is None:
            # Tiles reach beyond these as far as scores depend on; what the maps alone need lies farther out.
            seen = (
                slice(max(0, begin - REACH), min(height, end + REACH)),
                slice(max(0, left - REACH), min(width, right + REACH)),
            )
            shown = self._shown(pixels, valid, level, seen)
            part = slice(begin - seen[0].start, end - seen[0].start), slice(left - seen[1].start, right - seen[1].start)
            # The evidence wants all maps; made first, they are there for the tiles, too.
            every = shown.rows(0, len(shown.mask)) if self._stem == "spectral" else shown.mask[None]
            maps = every[(slice(None, len(MAPS) + self._network.config.components), *part)]
            corner = first + seen[0].start, before // factor + seen[1].start
            logits = self._tiled.logits(shown, statistics, corner)[part]
        else:
            shown = self._shown(pixels, valid, level, (slice(0, height), slice(0, width)))
            part = slice(begin, end), slice(left, right)
            inputs = shown.rows(0, height)
            maps = inputs[: len(MAPS) + self._network.config.components]
            padded = [(-tiled.MARGIN, length - tiled.MARGIN) for length in level.kept.shape[2:]]
            output = self._network.finish(level.kept, reflect(maps, *padded)[None], statistics)
            logits = output[0, 0, tiled.MARGIN :, tiled.MARGIN :][part]
            maps = maps[(slice(None), *part)]
        if self._deviation_weight:
            logits = with_deviation(logits, shown.deviation(*part), self._deviation_weight)
        if factor == 1:
            return logits, maps
        top, side = strip.row - (begin + first) * factor, columns.start - left * factor
        return enlarged(logits, factor)[top : top + strip.rows, side : side + columns.stop - columns.start], maps


def best_dtype(device: str) -> torch.dtype:
    """bfloat16 where the hardware multiplies it natively, else float32."""
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    return torch.bfloat16 if torch.ops.mkldnn._is_mkldnn_bf16_supported() else torch.float32
