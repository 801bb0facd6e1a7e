"""What is known of a scene without any network: how far each pixel deviates from all of it and from its surroundings.

These classical maps are further inputs of the network (the paper feeds bands only), and its score is a correction of
their weighted sum. So it never knows less than RX does, and sees what no tile can show: the whole scene's statistics.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .search import place

WINDOWS = ((3, 11), (7, 21), (15, 45), (31, 91))
"""Dual windows, (inner, outer) side in pixels: the pixel against the mean of the ring between them."""

MAPS = (
    "rx",
    "rx_rank",
    "leading_rx",
    "cosine_rank",
    "euclid_rank",
    "manhattan_rank",
    *(f"ring_{outer}" for _, outer in WINDOWS),
    *(f"ring_ratio_{outer}" for _, outer in WINDOWS),
)
"""Names of the deviation maps, in the order of their channels."""

_RINGS = MAPS.index(f"ring_{WINDOWS[0][1]}")
"""Of these, the first of a ring."""

HALO = WINDOWS[-1][1] // 2
"""Pixels of surroundings that a map needs on each side to be what it is in the whole scene."""

LEADING_VARIANCE = 0.9995
MAX_COMPONENTS = 30
QUANTILES = 257
"""Points of a table of quantiles."""
_ROWS_AT_ONCE = 256
_RING_ROWS, _RING_VALUES = 32, 2**15
"""Rows whose rings are computed at a time, and sums, as whole planes: what lies between then stays in the cache."""

_TRIMMED, _TRIMS = 0.1, 3
_TAIL = 4.0


@dataclass
class DeviationStatistics:
    """What a scene's pixels are like as a whole; all the deviation maps need to know beyond the neighbourhood.

    Attributes:
        center: median of each band, (C,).
        scale: robust spread of each band, (C,), positive.
        spread: standard deviation of each band, (C,); zero where it does not vary.
        mean: mean of each band, (C,).
        whitening: rows that map a centred spectrum to uncorrelated components of unit variance, (C', C); C' < C where
            bands are constant or copies of each other. The leading rows belong to the largest variances; of many
            bands, their unit is the variance of the scene without its outliers.
        leading: how many rows of ``whitening`` hold nearly all of the variance, 1 to 30.
        tables: quantiles of the four ranked deviations over the scene, (4, 257).
    """

    center: Tensor
    scale: Tensor
    spread: Tensor
    mean: Tensor
    whitening: Tensor
    leading: int
    tables: Tensor

    @property
    def bands(self) -> int:
        """Number of bands, C."""
        return len(self.mean)

    def to(self, device: torch.device | str) -> DeviationStatistics:
        """The same on another device."""
        return DeviationStatistics(
            self.center.to(device),
            self.scale.to(device),
            self.spread.to(device),
            self.mean.to(device),
            self.whitening.to(device),
            self.leading,
            self.tables.to(device),
        )


def scene_statistics(
    sample: Tensor, mean: Tensor | None = None, covariance: Tensor | None = None, damping: float = 0.0
) -> DeviationStatistics:
    """Statistics of a scene from a sample of its pixels.

    Args:
        sample: valid pixels spread over the scene, (N, C), N >= 2.
        mean: the mean over all valid pixels, (C,), where it is known better than from the sample.
        covariance: likewise, (C, C).
        damping: share of each band's variance that is added to it before whitening, 0 or more. Bands of a photograph
            are nearly alike, and what they differ by is mostly the camera's noise: without damping, it weighs as much
            as brightness. Distances keep their mean.
    """
    sample = sample.float()
    exact = sample.double()
    if mean is None:
        mean = exact.mean(0)
    if covariance is None:
        centred = exact - mean.double()
        covariance = centred.T @ centred / max(1, len(sample) - 1)
    mean, covariance = mean.double(), covariance.double()
    spread = covariance.diagonal().clamp(min=0).sqrt()
    varies = spread > 1e-12 * spread.max().clamp(min=1e-300)
    values, vectors = torch.linalg.eigh(covariance + damping * covariance.diagonal().diag())
    order = values.argsort(descending=True)
    values, vectors = values[order].clamp(min=0), vectors[:, order]
    kept = values > 1e-13 * values[0].clamp(min=1e-300)
    kept[0] = True
    values, vectors = values[kept], vectors[:, kept]
    whitening = (vectors / values.clamp(min=1e-300).sqrt()).T if values[0] > 0 else torch.zeros_like(vectors.T)
    if damping:
        distance = torch.einsum("ij,jk,ik->", whitening, covariance, whitening)
        whitening = whitening * (len(whitening) / distance.clamp(min=1e-300)).sqrt()
    share = values.cumsum(0) / values.sum().clamp(min=1e-300)
    leading = len(values)
    if leading > 16:
        leading = min(MAX_COMPONENTS, int((share < LEADING_VARIANCE).sum()) + 1)
        usual = _whitening_of_usual(whitening[:leading] @ (exact - mean).T)
        whitening = torch.cat([usual @ whitening[:leading], whitening[leading:]])
    # Which way a component points is chance: the longer tail is made the positive one.
    skew = (whitening[:leading] @ (exact - mean).T).pow(3).sum(1)
    whitening[:leading] *= torch.where(skew < 0, -1.0, 1.0)[:, None]
    # Band by band: many times faster than along the other axis.
    quartiles = torch.quantile(sample.T.contiguous(), torch.tensor([0.25, 0.5, 0.75], device=sample.device), dim=1)
    # A band that is one value nearly everywhere has no quartile range: a part of its deviation keeps it finite.
    robust = 0.7413 * (quartiles[2] - quartiles[0])
    scale = torch.maximum(robust, 0.2 * spread.float())
    scale = torch.where(varies & (scale > 0), scale, torch.ones_like(scale))
    spread = torch.where(varies, spread, 0.0).float()
    statistics = DeviationStatistics(
        quartiles[1], scale, spread, mean.float(), whitening.float(), leading, torch.empty(0)
    )
    deviations = ranked_deviations(sample.T, statistics)[0]
    statistics.tables = torch.quantile(
        deviations, torch.linspace(0, 1, QUANTILES, dtype=torch.float32, device=sample.device), dim=1
    ).T.contiguous()
    return statistics


def _whitening_of_usual(components: Tensor) -> Tensor:
    """What whitens components (K, N) by the pixels that are no outliers, (K, K).

    Rare targets of many pixels stretch the covariance along their own direction and hide in it: the most deviating
    tenth is left out, three times over.
    """
    whitening = torch.eye(len(components), dtype=components.dtype, device=components.device)
    center = components.new_zeros(len(components), 1)
    for _ in range(_TRIMS):
        distance = (whitening @ (components - center)).square().sum(0)
        usual = components[:, distance <= distance.quantile(1 - _TRIMMED)]
        center = usual.mean(1, keepdim=True)
        covariance = (usual - center) @ (usual - center).T / max(1, usual.shape[1] - 1)
        # Sixteen pixels of a scene of few may not span all components.
        covariance.diagonal().add_(1e-6)
        factor = torch.linalg.cholesky(covariance)
        eye = torch.eye(len(factor), dtype=factor.dtype, device=factor.device)
        whitening = torch.linalg.solve_triangular(factor, eye, upper=False)
    return whitening


def standardise(image: Tensor, statistics: DeviationStatistics) -> Tensor:
    """Bands in robust units of their scene, outliers drawn in: asinh((x - median) / spread).

    Args:
        image: (C, H, W); invalid pixels hold any finite value.
        statistics: those of the scene.
    """
    return arsinh((image - statistics.center[:, None, None]) / statistics.scale[:, None, None])


def arsinh(x: Tensor) -> Tensor:
    """:func:`torch.asinh` within 1e-6, in a quarter of the time: x near zero, its logarithm's growth beyond."""
    if torch.compiler.is_exporting():
        return torch.asinh(x)
    size = x.abs().clamp_(max=1e18)  # its square is finite
    return (size * size).add_(1).sqrt_().add_(1).reciprocal_().mul_(size).mul_(size).add_(size).log1p_().copysign_(x)


def band_deviation(image: Tensor, statistics: DeviationStatistics) -> Tensor:
    """How far pixels deviate, band by band: log(1 + mean over the bands of (x - mean)² / variance).

    That of one band is the map "rx". Of a photograph, whose bands are nearly alike, RX weighs the little by which they
    differ as much as brightness, and so finds painted lines and the camera's noise; this does not.

    Args:
        image: bands, (C, H, W); those that do not vary over the scene do not count.
        statistics: those of the scene.

    Returns:
        (H, W), zero or more; log 2 where a pixel deviates as the mean one.
    """
    varies = statistics.spread > 0
    unit = torch.where(varies, statistics.spread, torch.inf)
    scaled = (image - statistics.mean[:, None, None]) / unit[:, None, None]
    return torch.log1p(_sum_of_squares(scaled) / varies.sum().clamp(min=1))


def deviation_maps(
    image: Tensor,
    statistics: DeviationStatistics,
    valid: Tensor | None = None,
    components: int = 0,
    part: tuple[slice, slice] | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The maps named in :data:`MAPS`, each about 0 where a pixel is usual and a few units where it is not.

    Args:
        image: bands, (C, H, W), finite; invalid pixels hold any finite value.
        statistics: those of the scene.
        valid: (H, W) bool; invalid pixels are left out of the windows. None: all are valid.
        components: how many of the scene's leading whitened components follow the maps, outliers drawn in by asinh;
            zeros where it has fewer.
        part: the rows and columns that are wanted, with start and stop; the others are there for the windows to see.
            None: all.
        out: what is filled and returned, (14 + components, H, W) or as large as the part; None: memory of its own.

    Returns:
        (14 + components, H, W) float32, or the wanted part of it.
    """
    height, width = image.shape[1:]
    rows, columns = part or (slice(0, height), slice(0, width))
    left, right = max(0, columns.start - HALO), min(width, columns.stop + HALO)
    inside = slice(columns.start - left, columns.stop - left)
    maps = out
    if maps is None:
        maps = image.new_empty(len(MAPS) + components, rows.stop - rows.start, columns.stop - columns.start)
    # Some rows at a time, with what their windows reach: half the time and memory, since sums stay in the cache.
    # A graph for export holds each part once more.
    at_once = rows.stop - rows.start if torch.compiler.is_exporting() else _ROWS_AT_ONCE
    for start in range(rows.start, rows.stop, at_once):
        stop = min(start + at_once, rows.stop)
        first, last = max(0, start - HALO), min(height, stop + HALO)
        mask = None if valid is None else valid[first:last, left:right]
        wanted = slice(start - first, stop - first), inside
        own = maps[:, start - rows.start : stop - rows.start]
        _fill_maps(own, image[:, first:last, left:right], statistics, mask, wanted)
    return maps


def _fill_maps(
    maps: Tensor,
    image: Tensor,
    statistics: DeviationStatistics,
    valid: Tensor | None,
    part: tuple[slice, slice],
) -> None:
    """Those of :func:`deviation_maps`, of a part of an image of few rows."""
    height, width = image.shape[1:]
    # What lies around the part is whitened for the windows alone; all else is computed where it is wanted.
    around = statistics.whitening[: statistics.leading] @ (image.reshape(len(image), -1) - statistics.mean[:, None])
    planes = around.reshape(-1, height, width)
    planes = torch.cat([planes, _sum_of_squares(planes)[None]])
    if valid is not None:
        mask = valid.to(planes.dtype)
        planes = torch.cat([planes.mul_(mask), mask[None]])
    sums = _integral(planes)
    rows, columns = part
    at_once = rows.stop - rows.start if sums.is_cuda or torch.compiler.is_exporting() else _RING_ROWS
    for top in range(rows.start, rows.stop, at_once):
        some = slice(top, min(top + at_once, rows.stop)), columns
        filled = maps[:, some[0].start - rows.start : some[0].stop - rows.start]
        leading = _fill_ranks(filled, image[(slice(None), *some)], statistics)
        _fill_rings(filled[_RINGS : len(MAPS)], sums, leading, some, (height, width))


def _fill_ranks(maps: Tensor, image: Tensor, statistics: DeviationStatistics) -> Tensor:
    """Those maps that depend on a pixel alone, and the components; returns all leading ones, (K, h, w)."""
    shape = image.shape[1:]
    ranked, rx, whitened = ranked_deviations(image.reshape(len(image), -1), statistics)
    leading = whitened[: statistics.leading]
    if len(image) == 1:
        # One band has one deviation: what ranks by it is computed once.
        tail = rarity(ranked[0], statistics.tables[0])
        tails = [tail, torch.zeros_like(tail), tail, tail]
    else:
        tails = [rarity(row, table) for row, table in zip(ranked, statistics.tables, strict=True)]
    deviations = [torch.log1p(rx / len(whitened)), tails[0], torch.log1p(_sum_of_squares(leading) / len(leading))]
    for filled, found in zip(maps, deviations + tails[1:]):
        filled.copy_(found.view(shape))
    if len(maps) > len(MAPS):
        shown = arsinh(leading[: len(maps) - len(MAPS)]).reshape(-1, *shape)
        maps[len(MAPS) : len(MAPS) + len(shown)] = shown
        maps[len(MAPS) + len(shown) :] = 0
    return leading.reshape(-1, *shape)


def _fill_rings(maps: Tensor, sums: Tensor, field: Tensor, part: tuple[slice, slice], size: tuple[int, int]) -> None:
    """The maps of the rings of some rows: the distances, then these in units of how much the ring varies.

    Args:
        maps: what is filled, (8, h, w).
        sums: as :func:`_integral` gives them, of leading components, their squares' sum and, with nodata, validity.
        field: the components of the part, (K, h, w).
        part: its rows and columns.
        size: height and width of what ``sums`` are of.
    """
    planes = len(field) + 1
    masked = len(sums) > planes
    means = field.new_empty(planes, *field.shape[1:])
    at_once = planes if sums.is_cuda or torch.compiler.is_exporting() else max(1, _RING_VALUES // field[0].numel())
    for number, (inner, outer) in enumerate(WINDOWS):
        if masked:
            count = _ring(sums[-1:], inner, outer, part).clamp_(min=1)
        else:
            area = _area(*size, outer // 2, part) - _area(*size, inner // 2, part)
            share = area.clamp(min=1).to(sums).reciprocal_()
        for first in range(0, planes, at_once):
            some = slice(first, min(first + at_once, planes))
            ring = _ring(sums[some], inner, outer, part)
            means[some] = ring.div_(count) if masked else ring.mul_(share)
        variance = means[-1] - _sum_of_squares(means[:-1])
        distance = _sum_of_squares(means[:-1].sub_(field))
        maps[number] = torch.log1p(distance / len(field))
        # The floor is a thousandth of the scene's variance: on a flat sky, noise must not look like a target.
        maps[number + len(WINDOWS)] = distance.div_(variance.clamp_(min=0).add_(1e-3 * len(field))).log1p_()


def _sum_of_squares(planes: Tensor) -> Tensor:
    """Over the first dimension, of (K, h, w)."""
    if planes.is_cuda or torch.compiler.is_exporting():
        return planes.square().sum(0)
    # Plane by plane: otherwise, all squares are written and read again first.
    total = planes[0].square()
    for plane in planes[1:]:
        total.addcmul_(plane, plane)
    return total


def ranked_deviations(flat: Tensor, statistics: DeviationStatistics) -> tuple[Tensor, Tensor, Tensor]:
    """RX, cosine, Euclidean and Manhattan distance of pixels (C, N) to the scene's mean: (4, N), then RX, whitened."""
    mean = statistics.mean[:, None]
    centred = flat - mean
    whitened = statistics.whitening @ centred
    rx = whitened.square().sum(0)
    if len(flat) == 1:
        return torch.stack([rx, torch.zeros_like(rx), rx, rx]), rx, whitened
    if len(flat) < 3:
        # Below three bands an angle says nothing that brightness does not.
        cosine = torch.zeros_like(rx)
    else:
        norms = flat.square().sum(0).sqrt() * mean.norm() + 1e-12
        cosine = 1 - (flat * mean).sum(0) / norms
    scaled = centred / statistics.scale[:, None]
    return torch.stack([rx, cosine, scaled.square().sum(0), scaled.abs().sum(0)]), rx, whitened


def rarity(values: Tensor, table: Tensor, largest: float = _TAIL) -> Tensor:
    """How rare a value is in the scene: minus the decimal logarithm of the share that exceeds it, 0 to about 2.4.

    Beyond the largest quantiles it goes on with the value itself, up to ``largest``.
    """
    last = len(table) - 1
    flat = values.flatten()
    below = place(table, flat).clamp_(1, last).sub_(1)
    gaps = table.diff().clamp_(min=1e-30)
    rank = ((flat - table.index_select(0, below)) / gaps.index_select(0, below)).clamp_(0, 1).add_(below).div_(last)
    tail = rank.neg_().add_(1).clamp_(min=1 / (last + 1)).log10_().neg_().clamp_(max=2.4)
    # Within the top quantile only the value tells pixels apart.
    beyond = (flat / table[-2].clamp(min=1e-30)).sub_(1).clamp_(min=0).log1p_()
    # Where all deviate alike, nobody does.
    return tail.add_(beyond).clamp_(max=largest).mul_(table[-1] > table[0]).view(values.shape)


def _integral(planes: Tensor) -> Tensor:
    """Sums of everything above and left of each pixel, continued beyond the border by the largest window's reach.

    In float64: windows are differences of large sums.
    """
    count, height, width = planes.shape
    beyond = HALO + 1
    sums = planes.new_empty(count, height + HALO + beyond, width + HALO + beyond, dtype=torch.float64)
    sums[:, :beyond] = 0
    sums[:, :, :beyond] = 0
    inside = sums[:, beyond : beyond + height, beyond : beyond + width]
    torch.cumsum(planes, -1, dtype=torch.float64, out=inside)
    torch.cumsum(inside, -2, out=inside)
    sums[:, beyond : beyond + height, beyond + width :] = inside[..., -1:]
    sums[:, beyond + height :] = sums[:, beyond + height - 1, None]
    return sums


def _ring(sums: Tensor, inner: int, outer: int, part: tuple[slice, slice]) -> Tensor:
    """Sums over the square of one side around each pixel of a part, less those over the smaller one."""
    return _box(sums, outer // 2, part).sub_(_box(sums, inner // 2, part))


def _box(sums: Tensor, radius: int, part: tuple[slice, slice]) -> Tensor:
    """Sums over the square of side ``2 radius + 1`` around each pixel of a part, cut off at the image's border."""
    rows, columns = part
    first, last = HALO - radius, HALO + radius + 1
    sums = sums[:, :, first + columns.start : last + columns.stop]
    tall = sums[:, last + rows.start : last + rows.stop] - sums[:, first + rows.start : first + rows.stop]
    return tall[:, :, last - first :] - tall[:, :, : first - last]


def _area(height: int, width: int, radius: int, part: tuple[slice, slice]) -> Tensor:
    """How many pixels such a square has, (h, w); (1, w), (h, 1) or (1, 1) where these are all alike."""
    sides = []
    for length, wanted in ((height, part[0]), (width, part[1])):
        if wanted.start >= radius and wanted.stop + radius <= length:
            sides.append(torch.tensor([2 * radius + 1]))
            continue
        at = torch.arange(wanted.start, wanted.stop)
        sides.append((at + radius + 1).clamp(max=length) - (at - radius).clamp(min=0))
    return sides[0][:, None] * sides[1][None]
