"""UniADRS: one network that scores how far each pixel deviates, whatever the sensor.

After J. Li, X. Wang, H. Zhao, Y. Zhong, "Learning a Cross-Modality Anomaly Detector for Remote Sensing Imagery", IEEE
TIP 2024: two stems (Table I), multi-scale context, full-resolution fused features F, a convolutional score head.
Where it departs from the paper, the model card in ``resources/weights/uniadrs`` says where and why.
"""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..errors import EngineError
from ..weights import load_weights
from .deviation import MAPS
from .fused import conv_relu, halved

STEM_BANDS = 270
"""Bands that the stems are defined on; any other number is interpolated to it."""

STEMS = ("spatial", "spectral")
MULTIPLE = 16
"""Height and width of what the network is given are multiples of this."""


@dataclass(frozen=True)
class UniADRSConfig:
    """The shape of the network.

    Attributes:
        widths: channels at full, half, quarter, eighth and sixteenth resolution.
        features: channels of the fused full-resolution features F.
        embedding: channels of the projection of F whose deviation over the whole scene is measured.
        components: leading whitened components of the scene that the stem is given beside bands and deviation maps.
    """

    widths: tuple[int, ...] = (32, 32, 64, 96, 128)
    features: int = 32
    embedding: int = 12
    components: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a model card."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> UniADRSConfig:
        """From a model card."""
        return cls(**{**values, "widths": tuple(values["widths"])})


@dataclass
class FeatureStatistics:
    """How the embedded features of a scene are distributed.

    Attributes:
        mean: (B, E) or (1, E).
        whitening: (B, E, E) or (1, E, E), maps a centred embedding to unit covariance.
    """

    mean: Tensor
    whitening: Tensor

    def to(self, device: str) -> FeatureStatistics:
        """The same on another device."""
        return FeatureStatistics(self.mean.to(device), self.whitening.to(device))


@dataclass
class Output:
    """What the network says about a batch.

    Attributes:
        logit: (B, 1, H, W); its sigmoid is the score.
        features: F, (B, features, H, W).
    """

    logit: Tensor
    features: Tensor


def interpolation_matrix(bands: int, wavelengths: list[float] | None = None) -> Tensor:
    """P of ``W_eff = W P``: linear interpolation of C bands to 270.

    Args:
        bands: C.
        wavelengths: centre of each band, ascending, in any unit; None: evenly spaced.

    Returns:
        (270, C); each row sums to one.

    Raises:
        ValueError: wavelengths that are not as many as bands, or do not ascend.
    """
    position = torch.arange(bands, dtype=torch.float64)
    if wavelengths is not None:
        position = torch.tensor(wavelengths, dtype=torch.float64)
        if len(position) != bands or bool((position.diff() <= 0).any()):
            msg = f"{bands} bands need as many wavelengths, each larger than the one before"
            raise ValueError(msg)
    matrix = torch.zeros(STEM_BANDS, bands, dtype=torch.float64)
    if bands == 1:
        return torch.ones(STEM_BANDS, 1)
    target = torch.linspace(float(position[0]), float(position[-1]), STEM_BANDS, dtype=torch.float64)
    right = torch.searchsorted(position, target).clamp(1, bands - 1)
    share = ((target - position[right - 1]) / (position[right] - position[right - 1])).clamp(0, 1)
    rows = torch.arange(STEM_BANDS)
    matrix[rows, right - 1] = 1 - share
    matrix[rows, right] = share
    return matrix.float()


class Block(nn.Module):
    """Convolution, normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, dilation: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=dilation * (kernel // 2), dilation=dilation, bias=False)
        self.norm = nn.BatchNorm2d(outputs, momentum=0.03)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H, W)."""
        return functional.relu(self.norm(self.conv(x)), inplace=True)


class FoldedBlock(nn.Module):
    """A block in use: the normalisation, a fixed scale and shift then, is part of the convolution."""

    def __init__(self, weight: Tensor, bias: Tensor, dilation: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.detach().clone())
        self.bias = nn.Parameter(bias.detach().clone())
        self.dilation = dilation

    @classmethod
    def of(cls, block: Block) -> FoldedBlock:
        """Fold a trained block."""
        scale, shift = _scale_shift(block.norm)
        return cls(block.conv.weight * scale[:, None, None, None], shift, block.conv.dilation[0])

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H, W)."""
        return conv_relu(x, self.weight, self.bias, self.dilation)


def _scale_shift(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """The fixed scale and shift of each channel, both (channels,)."""
    mean, variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)
    scale = norm.weight / torch.sqrt(variance + norm.eps)
    return scale, norm.bias - mean * scale


class Stem(nn.Module):
    """The stem of Table I, defined on 270 bands, with maps of the scene as further inputs of its first convolution."""

    def __init__(self, width: int, kernel: int, maps: int) -> None:
        super().__init__()
        self.kernel = kernel
        self.bands = nn.Parameter(torch.empty(width, STEM_BANDS, kernel, kernel))
        self.maps = nn.Parameter(torch.empty(width, maps, kernel, kernel))
        nn.init.kaiming_normal_(self.bands, nonlinearity="relu")
        nn.init.kaiming_normal_(self.maps, nonlinearity="relu")
        self.norm = nn.BatchNorm2d(width, momentum=0.03)
        self.second = Block(width, width, kernel)

    def weight(self, projection: Tensor) -> Tensor:
        """``W_eff = W P`` beside the weights of the maps, (width, C + maps, k, k).

        Exact: nothing non-linear lies between the interpolation and the first convolution.
        """
        folded = torch.einsum("ojyx,jc->ocyx", self.bands, projection)
        return torch.cat([folded, self.maps], 1)

    def forward(self, bands: Tensor, maps: Tensor, projection: Tensor) -> Tensor:
        """(B, C, H, W) and (B, maps, H, W) to (B, width, H, W)."""
        x = functional.conv2d(torch.cat([bands, maps], 1), self.weight(projection), padding=self.kernel // 2)
        x = functional.relu(self.norm(x), inplace=True)
        second: Tensor = self.second(x)
        return second


class FoldedStem(nn.Module):
    """A stem in use: ``W_eff = W P`` for the bands of one scene, normalisations folded in."""

    def __init__(self, stem: Stem, projection: Tensor) -> None:
        super().__init__()
        scale, shift = _scale_shift(stem.norm)
        self.first = FoldedBlock(stem.weight(projection) * scale[:, None, None, None], shift)
        self.second = FoldedBlock.of(stem.second)

    def forward(self, bands: Tensor, maps: Tensor, _: Tensor) -> Tensor:
        """(B, C, H, W) and (B, maps, H, W) to (B, width, H, W); the third argument is folded in."""
        second: Tensor = self.second(self.first(torch.cat([bands, maps], 1)))
        return second


class UniADRS(nn.Module):
    """The trainable network behind one stem.

    Args:
        stem: "spatial" (3x3, for few bands) or "spectral" (1x1, for many).
        config: its shape.
    """

    def __init__(self, stem: str, config: UniADRSConfig | None = None) -> None:
        super().__init__()
        self.config = config or UniADRSConfig()
        full, half, quarter, eighth, sixteenth = self.config.widths
        self.stem: nn.Module = Stem(full, {"spatial": 3, "spectral": 1}[stem], len(MAPS) + self.config.components)
        self.encoder = nn.ModuleList(
            [
                nn.ModuleList([Block(full, half), Block(half, half)]),
                nn.ModuleList([Block(half, quarter), Block(quarter, quarter)]),
                nn.ModuleList([Block(quarter, eighth), Block(eighth, eighth, dilation=2)]),
                nn.ModuleList([Block(eighth, sixteenth), Block(sixteenth, sixteenth, dilation=2)]),
            ]
        )
        self.decoder = nn.ModuleList(
            [
                nn.ModuleList([Block(sixteenth + eighth, eighth, 1), Block(eighth, eighth)]),
                nn.ModuleList([Block(eighth + quarter, quarter, 1), Block(quarter, quarter)]),
                nn.ModuleList([Block(quarter + half, half, 1), Block(half, half)]),
            ]
        )
        self.fuse: nn.Module = Block(half + full, self.config.features, 1)
        self.embed = nn.Conv2d(self.config.features, self.config.embedding, 1)
        self.head: nn.Module = Block(self.config.features + 1, full, 1)
        self.score = nn.Conv2d(full, 1, 1)
        # The score begins as the classical maps' and learns what to correct.
        nn.init.zeros_(self.score.weight)
        nn.init.constant_(cast(Tensor, self.score.bias), -3.0)
        self.prior = nn.Parameter(torch.zeros(len(MAPS) + 1))
        with torch.no_grad():
            self.prior[MAPS.index("rx_rank" if stem == "spatial" else "ring_21")] = 0.5

    def folded(self, projection: Tensor, dtype: torch.dtype = torch.float32) -> UniADRS:
        """A copy for use on scenes with one set of bands: fewer operations, the same scores.

        Args:
            projection: P, (270, C).
            dtype: of the convolutions; statistics and the sum of the scores stay in float32.
        """
        other = copy.deepcopy(self).eval().requires_grad_(False)
        other.stem = FoldedStem(cast(Stem, other.stem), projection)
        for levels in (other.encoder, other.decoder):
            for level in levels:
                pair = cast(nn.ModuleList, level)
                for index in range(len(pair)):
                    pair[index] = FoldedBlock.of(cast(Block, pair[index]))
        other.fuse = FoldedBlock.of(cast(Block, other.fuse))
        other.head = FoldedBlock.of(cast(Block, other.head))
        for module in other.children():
            module.to(dtype=dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return other.requires_grad_(False)

    @property
    def dtype(self) -> torch.dtype:
        """Of the convolutions."""
        return next(self.fuse.parameters()).dtype

    def embedded(self, features: Tensor) -> Tensor:
        """The projection of F whose deviation over the scene is measured, (B, embedding, H, W) float32."""
        projected: Tensor = self.embed(features).float()
        return projected

    def backbone(self, bands: Tensor, maps: Tensor, projection: Tensor) -> Tensor:
        """Fused full-resolution features F, (B, features, H, W)."""
        return self.pyramid(bands, maps, projection)[0]

    def pyramid(self, bands: Tensor, maps: Tensor, projection: Tensor) -> list[Tensor]:
        """F, then what the decoder has at half, quarter, eighth and sixteenth resolution, (B, widths, h, w) each."""
        x = self.stem(bands.to(self.dtype), maps.to(self.dtype), projection)
        skips = [x]
        for level in self.encoder:
            x = twice(level, halved(x))
            skips.append(x)
        levels = [x]
        for level, skip in zip(self.decoder, skips[-2::-1], strict=False):
            x = twice(level, torch.cat([double(x), skip], 1))
            levels.insert(0, x)
        fused: Tensor = self.fuse(torch.cat([double(x), skips[0]], 1))
        return [fused, *levels]

    def forward(
        self, bands: Tensor, maps: Tensor, projection: Tensor, statistics: FeatureStatistics | None = None
    ) -> Output:
        """Score a batch.

        Args:
            bands: standardised bands, (B, C, H, W), H and W multiples of 16.
            maps: deviation maps, then components, (B, 14 + components, H, W).
            projection: P, (270, C).
            statistics: of the embedded features over the scene; None: each item of the batch is its own scene.
        """
        return self.finish(self.backbone(bands, maps, projection), maps, statistics)

    def finish(self, features: Tensor, maps: Tensor, statistics: FeatureStatistics | None = None) -> Output:
        """The score head on fused features F; arguments as in :meth:`forward`."""
        embedded = self.embedded(features)
        with torch.autocast(embedded.device.type, enabled=False):
            if statistics is None:
                statistics = feature_statistics(embedded.detach())
            rarity = feature_deviation(embedded, statistics)
        x = self.score(self.head(torch.cat([features, rarity.to(features.dtype)], 1)))
        prior = functional.conv2d(torch.cat([maps[:, : len(MAPS)].float(), rarity], 1), self.prior[None, :, None, None])
        return Output(x.float() + prior.float(), features)


def load_network(folder: Path, stem: str) -> tuple[UniADRS, dict[str, Any]]:
    """The trained network behind one stem, and the model card.

    Args:
        folder: of weights and card.
        stem: "spatial" or "spectral".

    Raises:
        EngineError: ``bad_weights``, also for those of another model.
    """
    tensors, card = load_weights(folder)
    try:
        config = UniADRSConfig.from_dict(card["architecture"][stem])
    except (KeyError, TypeError) as error:
        raise EngineError(
            "bad_weights",
            f"The weights in {folder} are not those of a {stem} network of UniADRS.",
            "Give a folder of such weights, as resources/weights/uniadrs.",
        ) from error
    network = UniADRS(stem, config)
    own = f"{stem}."
    network.load_state_dict({n.removeprefix(own): tensor for n, tensor in tensors.items() if n.startswith(own)})
    return network, card


def twice(level: nn.Module, x: Tensor) -> Tensor:
    """Both blocks of a level."""
    first, second = cast(nn.ModuleList, level)
    twice: Tensor = second(first(x))
    return twice


def double(x: Tensor) -> Tensor:
    """Twice the resolution, bilinear, in the type that ``x`` has: autocast would compute it in float32."""
    with torch.autocast(x.device.type, enabled=False):
        return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def feature_statistics(embedded: Tensor) -> FeatureStatistics:
    """Mean and whitening of each item of a batch of embeddings (B, E, H, W), with a little shrinkage."""
    flat = embedded.flatten(2).float()
    mean = flat.mean(2)
    centred = flat - mean[:, :, None]
    covariance = centred @ centred.mT / flat.shape[2]
    return FeatureStatistics(mean, whitening_of(covariance))


def feature_moments(embedded: Tensor) -> Tensor:
    """Products of embedded features (E, N) and of a row of ones, summed over pixels: count, sums and products in one.

    What was summed up in several places is added.

    Returns:
        (E + 1, E + 1) float64.
    """
    rows = torch.cat([embedded.double(), embedded.new_ones(1, embedded.shape[1], dtype=torch.float64)])
    return rows @ rows.T


def statistics_of_moments(moments: Tensor) -> FeatureStatistics:
    """Mean and whitening of what :func:`feature_moments` summed up, as the network takes them."""
    means = moments / moments[-1, -1].clamp(min=1)
    mean, covariance = means[-1, :-1], means[:-1, :-1]
    covariance = covariance - torch.outer(mean, mean)
    return FeatureStatistics(mean.float()[None], whitening_of(covariance.float()[None]))


def whitening_of(covariance: Tensor) -> Tensor:
    """Inverse Cholesky factor of covariances (B, E, E), shrunk by one percent of their mean variance."""
    size = covariance.shape[-1]
    variance = covariance.diagonal(dim1=-2, dim2=-1).mean(-1).clamp(min=1e-6)
    eye = torch.eye(size, device=covariance.device)
    factor = torch.linalg.cholesky(covariance + (0.01 * variance)[:, None, None] * eye)
    return torch.linalg.solve_triangular(factor, eye.expand_as(factor), upper=False)


def feature_deviation(embedded: Tensor, statistics: FeatureStatistics) -> Tensor:
    """How rare a pixel's features are in its scene: log(1 + squared Mahalanobis distance / E), (B, 1, H, W)."""
    size = embedded.shape[1]
    bias = -torch.einsum("bij,bj->bi", statistics.whitening, statistics.mean)
    whitened = torch.einsum("bij,bjhw->bihw", statistics.whitening.expand(len(embedded), -1, -1), embedded)
    return torch.log1p((whitened + bias[:, :, None, None]).square().sum(1, keepdim=True) / size)
