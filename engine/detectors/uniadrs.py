"""UniADRS: one pretrained network for five modalities, used without training on the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import EngineError
from ..models.deviation import HALO, SceneStatistics, deviation_maps, scene_statistics, standardise
from ..models.uniadrs import (
    MULTIPLE,
    FeatureStatistics,
    UniADRS,
    UniADRSConfig,
    interpolation_matrix,
    whitening_of,
)
from ..statistics import SceneStatistics as StreamedStatistics
from ..statistics import valid_pixels
from ..tiles import reflect, spans, tiles
from ..weights import WEIGHTS_FOLDER, load_weights
from .base import Detector, Step, register

if TYPE_CHECKING:
    from ..region import Region, Strip

TILE = 1024
"""Longest side of what the network sees at once, in pixels."""

OVERLAP = 192
"""Pixels that neighbouring tiles share. Beyond 72 pixels, surroundings no longer change a score by a hundredth."""

REACH = OVERLAP // 2
"""How far beyond a strip its tiles reach."""

_SAMPLE_PIXELS = 50_000
_FEATURE_TILES = 6
_FEATURE_TILE = 512
_CUDA_BATCH = 4

_FEWEST_SPECTRAL = 9
_MOST_SPATIAL = 64


@register
class UniADRSDetector(Detector):
    """The network of :mod:`~anomaly_lens.engine.models.uniadrs` over a scene, tile by tile.

    Its inputs are the bands in robust units and the classical deviation maps of the scene. Scores are the network's
    own, in [0, 1]. Hyperspectral scenes go through the spectral stem, all others through the spatial one.
    """

    name = "uniadrs"
    label = "UniADRS (pretrained network)"
    description = (
        "Finds objects and materials that do not belong, in any modality, without training: a network that weighs "
        "classical deviations with shape, size and surroundings."
    )
    order = 10
    calibrated = True
    prepare_share = 0.5

    def prepare(self, region: Region, step: Step) -> None:
        """Stream mean and covariance, then a sample of pixels, then the features of a few tiles.

        Raises:
            EngineError: ``bad_weights``, ``bad_bands``, and what the statistics raise.
        """
        self._network, self._projection = self._load(region)
        streamed = StreamedStatistics(region, self.device, lambda share: step(0.4 * share))
        self.warnings += streamed.warnings
        self._streamed = streamed
        sample = self._sample(region, streamed, lambda share: step(0.4 + 0.2 * share))
        self._scene: SceneStatistics = scene_statistics(sample, streamed.mean, streamed.covariance)
        self.halo = REACH + HALO
        self._kept: Tensor | None = None
        self._features: FeatureStatistics = self._learn_features(region, lambda share: step(0.6 + 0.4 * share))
        self.parameters |= {
            "stem": self._stem,
            "bands_used": len(streamed.kept),
            "pixels_used": streamed.pixels,
            "precision": str(self._dtype).removeprefix("torch."),
            "tile": TILE,
            "overlap": OVERLAP,
        }

    def _load(self, region: Region) -> tuple[UniADRS, Tensor]:
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
        tensors, card = load_weights(WEIGHTS_FOLDER / "uniadrs")
        self.weights_sha256 = card["sha256"]
        network = UniADRS(UniADRSConfig.from_dict(card["architecture"]))
        network.load_state_dict(tensors)
        self._dtype = best_dtype(self.device)
        return network, interpolation_matrix(scene.count)

    def _sample(self, region: Region, streamed: StreamedStatistics, step: Step) -> Tensor:
        """Valid pixels evenly spread over the region, (N, bands)."""
        stride = max(1, streamed.pixels // _SAMPLE_PIXELS)
        # A stride that divides the width would look at a few columns only.
        stride += stride > 1 and stride % 2 == 0
        picked, offset = [], 0
        for strip in region.strips():
            values = valid_pixels(streamed.select(strip.pixels), strip.valid)
            picked.append(np.asarray(values[:, offset::stride], np.float32))
            offset = (offset - values.shape[1]) % stride
            step((strip.row + strip.rows) / region.height)
        return torch.from_numpy(np.concatenate(picked, 1).T.copy()).to(self.device)

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

    def _learn_features(self, region: Region, step: Step) -> FeatureStatistics:
        """Fold the network for this scene's bands, and see how its features are distributed over some tiles."""
        order, waves = self._wavelength_order(region)
        projection = torch.empty(len(self._projection), len(order))
        projection[:, order] = interpolation_matrix(len(order), waves)
        self._projection = projection.to(self.device)
        self._network = self._network.to(self.device).folded(self._stem, self._projection, self._dtype)
        # A scene of one tile is not sampled: its features are computed once, and kept for the scores.
        whole = max(region.width, region.height) <= TILE and region.height <= region.strip_rows(self.halo)
        side = TILE if whole else _FEATURE_TILE
        every = max(1, -(-region.width // side) * -(-region.height // side) // _FEATURE_TILES)
        count, number = 0.0, 0
        size = self._network.config.embedding
        total = torch.zeros(size, dtype=torch.float64, device=self.device)
        products = torch.zeros(size, size, dtype=torch.float64, device=self.device)
        with torch.inference_mode():
            for strip in region.strips():
                for row in range(0, strip.rows, side):
                    for column in range(0, strip.columns, side):
                        number += 1
                        window = (slice(row, row + side), slice(column, column + side))
                        if (number - 1) % every or not strip.valid[window].any():
                            continue
                        bands, maps, mask = self._inputs(strip.pixels[(slice(None), *window)], strip.valid[window])
                        features = self._backbone(bands, maps)
                        embedded = self._network.embedded(features)[0, :, : len(mask), : mask.shape[1]]
                        embedded = embedded[:, mask].double()
                        total += embedded.sum(1)
                        products += embedded @ embedded.T
                        count += embedded.shape[1]
                        self._kept = features if whole else None
                step((strip.row + strip.rows) / region.height)
        mean = total / max(count, 1)
        covariance = products / max(count, 1) - torch.outer(mean, mean)
        return FeatureStatistics(mean.float()[None], whitening_of(covariance.float()[None]))

    def _backbone(self, bands: Tensor, maps: Tensor) -> Tensor:
        """Fused features of an image, which is mirrored up to the next multiple of the network's."""
        padded = [(0, -(-length // MULTIPLE) * MULTIPLE) for length in maps.shape[1:]]
        features: Tensor = self._network.backbone(
            reflect(bands, *padded)[None], reflect(maps, *padded)[None], self._projection, self._stem
        )
        return features

    def _inputs(self, pixels: NDArray[np.floating], valid: NDArray[np.bool_]) -> tuple[Tensor, Tensor, Tensor]:
        """Bands (C, H, W), maps (14, H, W) and validity (H, W); invalid pixels are the scene's mean."""
        image = torch.as_tensor(self._streamed.select(pixels), device=self.device).to(torch.float32)
        mask = torch.as_tensor(valid, device=self.device)
        if valid.all():
            return standardise(image, self._scene), deviation_maps(image, self._scene), mask
        image = torch.where(mask, image, self._scene.mean[:, None, None])
        maps = torch.where(mask, deviation_maps(image, self._scene, mask), 0.0)
        return torch.where(mask, standardise(image, self._scene), 0.0), maps, mask

    def score(self, strip: Strip) -> NDArray[np.float32]:
        """The network's scores, in [0, 1]."""
        scores = np.zeros((strip.rows, strip.columns), np.float32)
        if not strip.valid[strip.core].any():
            return scores
        with torch.inference_mode():
            bands, maps, mask = self._inputs(strip.pixels, strip.valid)
            if self._kept is None:
                logits = self._blend(bands, maps, mask, strip)
            else:
                padded = [(0, length) for length in self._kept.shape[2:]]
                output = self._network.finish(self._kept, reflect(maps, *padded)[None], self._stem, self._features)
                logits = output.logit[0, 0, : strip.rows, : strip.columns]
            return np.asarray(torch.sigmoid(logits).cpu().numpy(), np.float32)

    def _blend(self, bands: Tensor, maps: Tensor, mask: Tensor, strip: Strip) -> Tensor:
        """Logits of the strip proper, (rows, columns)."""
        # Tiles reach beyond the strip as far as scores depend on; what the maps alone needed lies farther out.
        above = min(strip.top, REACH)
        below = min(mask.shape[0] - strip.top - strip.rows, REACH)
        first = strip.top - above
        rows = spans(above + strip.rows + below, TILE, OVERLAP, MULTIPLE, strip.row - above)
        columns = spans(strip.columns, TILE, OVERLAP, MULTIPLE)
        total = torch.zeros(above + strip.rows + below, strip.columns, device=mask.device)
        weight = torch.zeros_like(total)
        part = slice(first, first + len(total))
        bands, maps, mask = bands[:, part], maps[:, part], mask[part]
        waiting: list[tuple[slice, slice, Tensor, Tensor, slice, slice]] = []
        for i, j, ramp in tiles(rows, columns):
            (top, bottom), (left, right) = rows[i], columns[j]
            inside = slice(max(0, top), min(len(total), bottom)), slice(max(0, left), min(total.shape[1], right))
            if not mask[inside].any():
                continue
            inputs = torch.cat([reflect(maps, rows[i], columns[j]), reflect(bands, rows[i], columns[j])])
            own = (
                slice(inside[0].start - top, inside[0].stop - top),
                slice(inside[1].start - left, inside[1].stop - left),
            )
            waiting.append((*inside, inputs, ramp.to(mask.device), *own))
            if len(waiting) >= (_CUDA_BATCH if mask.is_cuda else 1):
                self._flush(waiting, total, weight, len(maps))
        self._flush(waiting, total, weight, len(maps))
        core = slice(above, above + strip.rows)
        return torch.where(weight[core] > 0, total[core] / weight[core].clamp(min=1e-6), -20.0)

    def _flush(
        self,
        waiting: list[tuple[slice, slice, Tensor, Tensor, slice, slice]],
        total: Tensor,
        weight: Tensor,
        count: int,
    ) -> None:
        """Score the waiting tiles and add them up."""
        while waiting:
            shape = waiting[0][2].shape
            same = [entry for entry in waiting if entry[2].shape == shape]
            waiting[:] = [entry for entry in waiting if entry[2].shape != shape]
            logits = self._forward(torch.stack([entry[2] for entry in same]), count)
            for (vertical, horizontal, _, ramp, own_rows, own_columns), logit in zip(same, logits, strict=True):
                ramp = ramp[own_rows, own_columns]
                total[vertical, horizontal] += logit[own_rows, own_columns] * ramp
                weight[vertical, horizontal] += ramp

    def _forward(self, inputs: Tensor, count: int) -> Tensor:
        """Logits of a batch of tiles, (B, H, W); where a GPU's memory is short, in halves."""
        try:
            output = self._network(inputs[:, count:], inputs[:, :count], self._projection, self._stem, self._features)
        except torch.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            if len(inputs) > 1:
                half = len(inputs) // 2
                return torch.cat([self._forward(inputs[:half], count), self._forward(inputs[half:], count)])
            raise EngineError(
                "out_of_memory",
                "The GPU has no memory left for a single tile.",
                "Close other programs that use it, or run on the CPU.",
            ) from error
        logits: Tensor = output.logit[:, 0]
        return logits


def best_dtype(device: str) -> torch.dtype:
    """bfloat16 where the hardware multiplies it natively, else float32."""
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    return torch.bfloat16 if torch.ops.mkldnn._is_mkldnn_bf16_supported() else torch.float32
