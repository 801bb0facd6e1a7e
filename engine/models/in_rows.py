"""UniADRS in use: the scores of the folded network, some rows at a time, so that what lies between stays in the cache.

At full resolution a tile's activations are tens of megabytes, and reading and writing them takes longer than computing
them. All layers but the coarser ones of the encoder therefore run over bands of rows. Where an
enlarged map meets its skip connection, a 1x1 convolution of both together is the sum of one of each; of the enlarged
map, it is made before enlarging it, which is the same and a quarter of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from .deviation import MAPS
from .fused import halved
from .uniadrs import FeatureStatistics, FoldedBlock, FoldedStem, UniADRS, double, twice

_ROWS = 64
"""Rows of a band on the processor; even, as pairs of rows are pooled. A GPU takes all at once."""


class UniADRSInRows(nn.Module):
    """The network behind one stem, for scenes with one set of bands.

    Args:
        folded: of :meth:`~.uniadrs.UniADRS.folded`; its layers are shared.
    """

    def __init__(self, folded: UniADRS) -> None:
        super().__init__()
        self.config = folded.config
        stem = cast(FoldedStem, folded.stem)
        bands = stem.first.weight.shape[1] - len(MAPS) - self.config.components
        # Maps first, as they are given.
        self.first: nn.Module = FoldedBlock(stem.first.weight.roll(-bands, 1), stem.first.bias)
        self.second: nn.Module = stem.second
        self.reach = 2 * (stem.first.weight.shape[-1] // 2)
        self.encoder = folded.encoder
        levels = [cast(nn.ModuleList, level) for level in folded.decoder]
        _, half, *others = self.config.widths
        self.joints = nn.ModuleList(
            [_Joint(cast(FoldedBlock, level[0]), below) for level, below in zip(levels, others[::-1], strict=True)]
        )
        self.behind = nn.ModuleList([level[1] for level in levels])
        self.fuse = _Joint(cast(FoldedBlock, folded.fuse), half)
        self.embed, self.score, self.prior = folded.embed, folded.score, folded.prior
        self.head = cast(FoldedBlock, folded.head)
        self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @property
    def dtype(self) -> torch.dtype:
        """Of the convolutions."""
        return self.embed.weight.dtype

    def forward(self, inputs: Tensor, statistics: FeatureStatistics) -> Tensor:
        """Score a batch.

        Args:
            inputs: deviation maps, then components, then standardised bands, (B, M + C, H, W), H and W multiples of 16.
            statistics: of the embedded features over the scene, (1, E) and (1, E, E).

        Returns:
            Logits, (B, 1, H, W) float32.
        """
        logits, start = inputs.new_empty(len(inputs), 1, *inputs.shape[2:], dtype=torch.float32), 0
        for features in self._features(inputs):
            rows = slice(start, start + features.shape[2])
            logits[:, :, rows] = self._finish(features, inputs[:, :, rows], statistics)
            start = rows.stop
        return logits

    def backbone(self, inputs: Tensor) -> Tensor:
        """Fused full-resolution features F, (B, features, H, W)."""
        return torch.cat(list(self._features(inputs)), 2)

    def embedded(self, features: Tensor) -> Tensor:
        """As of :meth:`.uniadrs.UniADRS.embedded`."""
        projected: Tensor = self.embed(features).float()
        return projected

    def finish(self, features: Tensor, maps: Tensor, statistics: FeatureStatistics) -> Tensor:
        """Logits of F, (B, 1, H, W) float32; ``maps`` may have components and bands behind them."""
        rows = [slice(*span) for span in self._spans(features)]
        parts = [self._finish(features[:, :, own], maps[:, :, own], statistics) for own in rows]
        return torch.cat(parts, 2)

    def _spans(self, x: Tensor) -> list[tuple[int, int]]:
        height = x.shape[2]
        step = height if x.is_cuda else _ROWS
        return [(start, min(start + step, height)) for start in range(0, height, step)]

    def _features(self, inputs: Tensor) -> Iterator[Tensor]:
        """F, band by band."""
        skips = [self._stem(inputs, *span) for span in self._spans(inputs)]
        x = torch.cat([halved(skip) for skip in skips], 2)
        first, *others = self.encoder
        x = self._in_bands(partial(_twice, first, x), x, 2)
        coarse = [x]
        for level in others:
            x = twice(level, halved(x))
            coarse.append(x)
        for level, behind, skip in zip(self.joints, self.behind, coarse[-2::-1], strict=True):
            joint = cast(_Joint, level)
            x = self._in_bands(partial(_joined, joint, cast(FoldedBlock, behind), joint.low(x), skip), skip, 1)
        low = self.fuse.low(x)
        for span, skip in zip(self._spans(inputs), skips, strict=True):
            yield self.fuse.join(_doubled(low, *span), skip)

    def _in_bands(self, made: Callable[[int, int], Tensor], like: Tensor, reach: int) -> Tensor:
        """All rows of what layers give, as many as ``like`` has; see :func:`_rows`."""
        return torch.cat([_rows(made, like.shape[2], *span, reach) for span in self._spans(like)], 2)

    def _stem(self, inputs: Tensor, start: int, stop: int) -> Tensor:
        """Both convolutions at full resolution, of some rows."""

        def made(top: int, bottom: int) -> Tensor:
            x = inputs[:, :, top:bottom].to(self.dtype, memory_format=torch.channels_last)
            return cast(Tensor, self.second(self.first(x)))

        return _rows(made, inputs.shape[2], start, stop, self.reach)

    def _finish(self, features: Tensor, maps: Tensor, statistics: FeatureStatistics) -> Tensor:
        # All of it is pixel by pixel: products of matrices, pixels by channels as they lie in memory.
        pixels = features.movedim(1, -1).reshape(-1, features.shape[1])
        # Embedding and whitening are one product; its channels come one after the other, to be summed up fast.
        whitening = statistics.whitening[0]
        embed = self.embed.weight[:, :, 0, 0].float()
        offset = whitening @ (cast(Tensor, self.embed.bias).float() - statistics.mean[0])
        whitened = torch.addmm(offset[:, None], whitening @ embed, pixels.float().T)
        rarity = torch.log1p(whitened.square_().sum(0) / len(whitened))
        of_features, of_rarity = self.head.weight[:, :, 0, 0].split([pixels.shape[1], 1], 1)
        hidden = functional.linear(pixels, of_features, self.head.bias)
        hidden = hidden.addmm_(rarity[:, None].to(pixels.dtype), of_rarity.T)
        hidden = functional.relu(hidden, inplace=True)
        own = functional.linear(hidden, self.score.weight[:, :, 0, 0], self.score.bias).float()
        logits = own.view(len(features), 1, *features.shape[2:])
        logits += self.prior[len(MAPS)] * rarity.view_as(logits)
        # Map by map: a convolution would have them copied side by side first.
        for number, weight in enumerate(self.prior[: len(MAPS)].tolist()):
            logits[:, 0].add_(maps[:, number], alpha=weight)
        return logits


def _rows(made: Callable[[int, int], Tensor], height: int, start: int, stop: int, reach: int) -> Tensor:
    """Some rows of what layers give that see ``reach`` rows more on each side; ``made`` runs them from row to row."""
    top, bottom = max(0, start - reach), min(height, stop + reach)
    return made(top, bottom)[:, :, start - top : stop - top]


def _twice(level: nn.Module, x: Tensor, top: int, bottom: int) -> Tensor:
    """Both blocks of a level of the encoder, from row to row."""
    return twice(level, x[:, :, top:bottom])


def _joined(joint: _Joint, block: FoldedBlock, low: Tensor, skip: Tensor, top: int, bottom: int) -> Tensor:
    """A level of the decoder, from row to row."""
    x: Tensor = block(joint.join(_doubled(low, top, bottom), skip[:, :, top:bottom]))
    return x


def _doubled(low: Tensor, start: int, stop: int) -> Tensor:
    """Some rows of a map at twice its resolution; one row more on each side is interpolated from."""
    top, bottom = max(0, start // 2 - 1), min(low.shape[2], -(-stop // 2) + 1)
    return double(low[:, :, top:bottom])[:, :, start - 2 * top : stop - 2 * top]


class _Joint(nn.Module):
    """A 1x1 block over an enlarged map and, behind it, its skip connection, as one convolution of each."""

    def __init__(self, block: FoldedBlock, channels: int) -> None:
        super().__init__()
        self.of_map = nn.Parameter(block.weight[:, :channels].clone())
        self.of_skip = nn.Parameter(block.weight[:, channels:].clone())
        self.bias = block.bias

    def low(self, x: Tensor) -> Tensor:
        """What the map gives, before it is enlarged."""
        return functional.conv2d(x, self.of_map, self.bias)

    def join(self, enlarged: Tensor, skip: Tensor) -> Tensor:
        """The block's output, of what :meth:`low` gave."""
        return functional.relu(functional.conv2d(skip, self.of_skip).add_(enlarged), inplace=True)
