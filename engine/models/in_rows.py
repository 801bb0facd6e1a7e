"""UniADRS in use: the scores of the folded network, some rows at a time, so that what lies between stays in the cache.

At full resolution a tile's activations are tens of megabytes, and reading and writing them takes longer than computing
them. All layers therefore run over bands of rows, side by side: a tile that all cores share may be larger than one for
each, and has less around it that is computed in vain. Where an enlarged map meets its skip connection, a 1x1
convolution of both together is the sum of one of each; of the enlarged map, it is made before enlarging it, which is
the same and a quarter of the work.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..side_by_side import parts, side_by_side
from ..tiles import reflect
from .deviation import MAPS
from .fused import halved
from .uniadrs import FeatureStatistics, FoldedBlock, FoldedStem, UniADRS, double, twice

T = TypeVar("T")
Spans = tuple[tuple[int, int], tuple[int, int]]

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

    def forward(self, inputs: Tensor, statistics: FeatureStatistics, spans: Spans | None = None) -> Tensor:
        """Score a batch.

        Args:
            inputs: deviation maps, then components, then standardised bands, (B, M + C, H, W).
            statistics: of the embedded features over the scene, (1, E) and (1, E, E).
            spans: the rows and the columns that are wanted, from and to, mirrored where they reach beyond the inputs;
                multiples of 16 many. None: all.

        Returns:
            Logits, (B, 1, H, W) float32.
        """
        rows, columns = spans or ((0, inputs.shape[2]), (0, inputs.shape[3]))
        logits = inputs.new_empty(len(inputs), 1, rows[1] - rows[0], columns[1] - columns[0], dtype=torch.float32)

        def shown(start: int, stop: int) -> Tensor:
            # Band by band: mirrored as a whole, a large tile would be there twice.
            return reflect(inputs, (rows[0] + start, rows[0] + stop), columns)

        def finish(features: Tensor, start: int, stop: int) -> None:
            logits[:, :, start:stop] = self._finish(features, shown(start, stop), statistics)

        self._features(shown, logits, finish)
        return logits

    def backbone(self, inputs: Tensor) -> Tensor:
        """Fused full-resolution features F, (B, features, H, W)."""

        def shown(start: int, stop: int) -> Tensor:
            return inputs[:, :, start:stop]

        return torch.cat(self._features(shown, inputs, lambda features, *_: features), 2)

    def embedded(self, features: Tensor) -> Tensor:
        """As of :meth:`.uniadrs.UniADRS.embedded`."""
        projected: Tensor = self.embed(features).float()
        return projected

    def finish(self, features: Tensor, maps: Tensor, statistics: FeatureStatistics) -> Tensor:
        """Logits of F, (B, 1, H, W) float32; ``maps`` may have components and bands behind them."""

        def finish(start: int, stop: int) -> Tensor:
            return self._finish(features[:, :, start:stop], maps[:, :, start:stop], statistics)

        return torch.cat(_in_bands(finish, features), 2)

    def _features(
        self, shown: Callable[[int, int], Tensor], like: Tensor, use: Callable[[Tensor, int, int], T]
    ) -> list[T]:
        """What is made of F, band by band; ``use`` is called with a band, its first row and the one behind its last.

        ``shown`` gives the inputs from row to row, as many and as wide as ``like``.
        """
        stem, *_ = self.config.widths
        skips = [self._whole(partial(self._stem, shown), like, stem, self.reach)]
        for level in self.encoder:
            first, second = cast("list[FoldedBlock]", level)
            above = skips[-1]
            made, channels = partial(_twice, level, above), len(second.weight)
            skips.append(self._whole(made, above[:, :, ::2, ::2], channels, first.dilation + second.dilation))
        x = skips.pop()
        for level, behind in zip(self.joints, cast("list[FoldedBlock]", self.behind), strict=True):
            skip = skips.pop()
            x = self._whole(partial(_joined, cast(_Joint, level), behind, x, skip), skip, len(behind.weight), 1)
        (full,) = skips

        def fuse(start: int, stop: int) -> T:
            return use(self.fuse(x, full, start, stop), start, stop)

        return _in_bands(fuse, like)

    def _whole(self, made: Callable[[int, int], Tensor], like: Tensor, channels: int, reach: int) -> Tensor:
        """All of what layers give that see ``reach`` rows more on each side, as high and wide as ``like``.

        ``made`` runs them from row to row. Each band is put where it belongs while it is in the cache: joining all of
        them afterwards takes a twentieth of the network's time.
        """
        batch, _, height, width = like.shape
        found = torch.empty(
            (batch, channels, height, width),
            dtype=self.dtype,
            device=like.device,
            memory_format=torch.channels_last,
        )

        def rows(start: int, stop: int) -> None:
            top, bottom = max(0, start - reach), min(height, stop + reach)
            found[:, :, start:stop] = made(top, bottom)[:, :, start - top : stop - top]

        _in_bands(rows, like)
        return found

    def _stem(self, shown: Callable[[int, int], Tensor], start: int, stop: int) -> Tensor:
        """Both convolutions at full resolution, from row to row."""
        x = shown(start, stop).to(self.dtype, memory_format=torch.channels_last)
        return cast(Tensor, self.second(self.first(x)))

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


def _spans(x: Tensor) -> list[tuple[int, int]]:
    """First row and the one behind the last of the bands of (B, C, H, W): an even number of them, of even rows."""
    height = x.shape[2]
    if x.is_cuda:
        return [(0, height)]
    return parts(0, height, _ROWS, 2)


def _in_bands(made: Callable[[int, int], T], like: Tensor) -> list[T]:
    """What is made of each band of rows that ``like`` has."""
    return side_by_side(lambda span: made(*span), _spans(like))


def _twice(level: nn.Module, above: Tensor, top: int, bottom: int) -> Tensor:
    """Both blocks of a level of the encoder over half of the resolution of what is above it, from row to row."""
    return twice(level, halved(above[:, :, 2 * top : 2 * bottom]))


def _joined(joint: _Joint, block: FoldedBlock, x: Tensor, skip: Tensor, top: int, bottom: int) -> Tensor:
    """A level of the decoder, from row to row."""
    found: Tensor = block(joint(x, skip, top, bottom))
    return found


class _Joint(nn.Module):
    """A 1x1 block over an enlarged map and, behind it, its skip connection, as one convolution of each."""

    def __init__(self, block: FoldedBlock, channels: int) -> None:
        super().__init__()
        self.of_map = nn.Parameter(block.weight[:, :channels].clone())
        self.of_skip = nn.Parameter(block.weight[:, channels:].clone())
        self.bias = block.bias

    def forward(self, x: Tensor, skip: Tensor, start: int, stop: int) -> Tensor:
        """Some rows of the block's output: those of ``skip``, (B, C, H, W), and of ``x``, (B, D, H / 2, W / 2)."""
        # One row more on each side is interpolated from.
        top, bottom = max(0, start // 2 - 1), min(x.shape[2], -(-stop // 2) + 1)
        low = functional.conv2d(x[:, :, top:bottom], self.of_map, self.bias)
        enlarged = double(low)[:, :, start - 2 * top : stop - 2 * top]
        return functional.relu(functional.conv2d(skip[:, :, start:stop], self.of_skip).add_(enlarged), inplace=True)
