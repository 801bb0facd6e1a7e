"""UniADRS as one graph for the QGIS plugin Deepness, which gives a model raw tiles and wants a map from 0 to 1.

What the detector learns of the whole scene, this learns of each tile, inside the graph: median, spread, covariance and
ranks of the bands, and how the network's features are distributed. ONNX has neither eigenvectors nor Cholesky factors;
for the few rows that are needed here they are written out.
"""

from __future__ import annotations

import json
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..engine.models.deviation import (
    QUANTILES,
    DeviationStatistics,
    band_deviation,
    deviation_maps,
    ranked_deviations,
    standardise,
)
from ..engine.models.evidence import DEVIATION_WEIGHT, with_deviation
from ..engine.models.scales import SCALES
from ..engine.models.uniadrs import MULTIPLE, FeatureStatistics, UniADRS, interpolation_matrix

DEEPNESS_TILE = 512
"""Side of a tile in pixels. Deepness wants it fixed."""

OVERLAP_PERCENT = 25
"""How much neighbouring tiles share. Deepness uses the inner half of that of each."""

RESOLUTION_CM = 30
"""What Deepness resamples the map to unless told otherwise: the network has no scale of its own."""

THRESHOLD = 0.6
"""Scores are the heat map's, by the tile's own 99th percentile: one percent of every tile reaches 0.5."""

_MARGIN = 48
_SAMPLE_EVERY = 2
_RIDGE = 1e-6
_SWEEPS = 5


def deepness_metadata() -> dict[str, str]:
    """What Deepness reads from a model's metadata; each value is JSON."""
    values: dict[str, Any] = {
        "model_type": "Segmentor",
        "class_names": {0: "anomaly"},
        "resolution": RESOLUTION_CM,
        "tile_size": DEEPNESS_TILE,
        "tiles_overlap": OVERLAP_PERCENT,
        "standardization_mean": [0.0],
        "standardization_std": [1.0],
        "seg_thresh": THRESHOLD,
        "seg_small_segment": 3,
    }
    return {key: json.dumps(value) for key, value in values.items()}


class TileDetector(nn.Module):
    """The detector for one tile.

    Args:
        network: behind the spatial stem.
        bands: of the image.
    """

    projection: Tensor

    def __init__(self, network: UniADRS, bands: int) -> None:
        super().__init__()
        self.network = network.eval().folded(interpolation_matrix(bands))
        self.register_buffer("projection", interpolation_matrix(bands))

    def forward(self, image: Tensor) -> Tensor:
        """Scores as in a heat map, (1, 1, H, W), of a tile (1, C, H, W) in 0..1; zero where all bands are zero.

        The network's probability itself would not do: it is trained to rank, and what is usual differs with the scene.
        """
        valid = image[0].amax(0) > 0
        logits = [self._logit(image, valid, factor) for factor in SCALES["visible"]]
        raw = functional.softplus(torch.cat(logits, 1).mean(1, keepdim=True))
        sample, counted = (x[..., ::_SAMPLE_EVERY, ::_SAMPLE_EVERY] for x in (raw, valid))
        reference = quantiles(sample.reshape(1, -1), counted.flatten(), torch.tensor([0.99])).clamp(min=1e-6)
        return torch.where(valid, raw / (raw + reference), torch.zeros_like(raw))

    def _logit(self, image: Tensor, valid: Tensor, factor: int) -> Tensor:
        """At one scale, (1, 1, H, W)."""
        height, width = image.shape[2:]
        if factor > 1:
            weight = functional.avg_pool2d(valid[None, None].float(), factor)
            image = functional.avg_pool2d(image * valid, factor) / weight.clamp(min=1e-6)
            valid = weight[0, 0] > 0
        statistics = tile_statistics(image[0], valid)
        filled = torch.where(valid, image[0], statistics.mean[:, None, None])
        maps = deviation_maps(filled, statistics, valid, self.network.config.components) * valid
        bands = standardise(filled, statistics) * valid
        rows, columns = maps.shape[1:]
        padding = (_MARGIN, -(columns + _MARGIN) % MULTIPLE + _MARGIN, _MARGIN, -(rows + _MARGIN) % MULTIPLE + _MARGIN)
        maps, bands = (functional.pad(x[None], padding, mode="reflect") for x in (maps, bands))
        inner = slice(_MARGIN, _MARGIN + rows), slice(_MARGIN, _MARGIN + columns)
        features = self.network.backbone(bands, maps, self.projection)
        embedded = self.network.embedded(features)[0][(slice(None), *inner)]
        found = feature_statistics(embedded, valid)
        logit = self.network.finish(features, maps, found).logit[(slice(None), slice(None), *inner)]
        logit = with_deviation(logit, band_deviation(filled, statistics) * valid, DEVIATION_WEIGHT["visible"])
        if factor > 1:
            logit = functional.interpolate(logit, (height, width), mode="bilinear", align_corners=False)
        return logit


def tile_statistics(image: Tensor, valid: Tensor) -> DeviationStatistics:
    """Those of a tile (C, H, W) as of a scene; a small ridge stands for what the scene's leave out."""
    weight = valid.flatten().double()
    count = weight.sum().clamp(min=2)
    flat = image.flatten(1).double()
    mean = (flat * weight).sum(1) / count
    centred = (flat - mean[:, None]) * weight
    covariance = centred @ centred.T / (count - 1)
    values, vectors = eigen(covariance + _RIDGE * covariance.diagonal().amax(0).clamp(min=1e-12) * torch.eye(len(flat)))
    whitening = (vectors / values.sqrt()).T.float()
    sample = image[:, ::_SAMPLE_EVERY, ::_SAMPLE_EVERY].flatten(1)
    counted = valid[::_SAMPLE_EVERY, ::_SAMPLE_EVERY].flatten()
    quartiles = quantiles(sample, counted, torch.tensor([0.25, 0.5, 0.75]))
    spread = covariance.diagonal().sqrt().float()
    scale = torch.maximum(0.7413 * (quartiles[:, 2] - quartiles[:, 0]), 0.2 * spread)
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    statistics = DeviationStatistics(quartiles[:, 1], scale, spread, mean.float(), whitening, len(flat), torch.empty(0))
    deviations = ranked_deviations(sample, statistics)[0]
    statistics.tables = quantiles(deviations, counted, torch.linspace(0, 1, QUANTILES))
    return statistics


def quantiles(values: Tensor, counted: Tensor, shares: Tensor) -> Tensor:
    """Of the counted values of each row, interpolated; (rows, shares)."""
    ordered = torch.where(counted, values, torch.full_like(values, torch.inf)).sort(1).values
    place = shares * (counted.float().sum() - 1).clamp(min=0)
    low, high = ordered[:, place.floor().long()], ordered[:, place.ceil().long()]
    return low + (high - low) * (place - place.floor())


def eigen(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues of a small symmetric matrix, the largest first, and eigenvectors in columns: Jacobi rotations."""
    size = len(matrix)
    eye = torch.eye(size, dtype=matrix.dtype)
    vectors = eye
    for _ in range(_SWEEPS):
        for p in range(size):
            for q in range(p + 1, size):
                mixed = matrix[p, q]
                safe = torch.where(mixed == 0, torch.ones_like(mixed), mixed)
                slope = (matrix[q, q] - matrix[p, p]) / (2 * safe)
                tangent = torch.where(slope < 0, -1.0, 1.0) / (slope.abs() + (slope.square() + 1).sqrt())
                tangent = torch.where(mixed == 0, torch.zeros_like(tangent), tangent)
                cosine = 1 / (tangent.square() + 1).sqrt()
                sine = tangent * cosine
                at_p, at_q = eye[:, p : p + 1], eye[:, q : q + 1]
                turn = eye + (cosine - 1) * (at_p @ at_p.T + at_q @ at_q.T) + sine * (at_p @ at_q.T - at_q @ at_p.T)
                matrix = turn.T @ matrix @ turn
                vectors = vectors @ turn
    values = matrix.diagonal()
    order = values.float().sort(descending=True).indices
    return values[order], vectors[:, order]


def feature_statistics(embedded: Tensor, valid: Tensor) -> FeatureStatistics:
    """Mean and whitening of the embedded features (E, H, W) of valid pixels, as the detector has them of a scene."""
    weight = valid.flatten().float()
    count = weight.sum().clamp(min=1)
    flat = embedded.flatten(1)
    mean = (flat * weight).sum(1) / count
    centred = (flat - mean[:, None]) * weight
    covariance = centred @ centred.T / count
    size = len(covariance)
    variance = covariance.diagonal().mean().clamp(min=1e-6)
    return FeatureStatistics(mean[None], inverse_factor(covariance + 0.01 * variance * torch.eye(size))[None])


def inverse_factor(matrix: Tensor) -> Tensor:
    """L⁻¹ of the Cholesky factor L of a small positive definite matrix."""
    size = len(matrix)
    places = torch.arange(size)
    columns: list[Tensor] = []
    for column in range(size):
        left = matrix[:, column]
        if columns:  # ONNX Runtime gives anything for a product over nothing
            so_far = torch.stack(columns, 1)
            left = left - so_far @ so_far[column]
        columns.append(left * (places >= column).to(matrix.dtype) / left[column].sqrt())
    factor = torch.stack(columns, 1)
    rows: list[Tensor] = []
    for row in range(size):
        unit = (places == row).to(matrix.dtype)
        if rows:
            unit = unit - factor[row, :row] @ torch.stack(rows)
        rows.append(unit / factor[row, row])
    return torch.stack(rows)
