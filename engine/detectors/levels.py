"""A scene at several resolutions: what UniADRS knows of it at each, and how far it looks around a part of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from ..models.deviation import HALO, DeviationStatistics
from ..models.scales import RootScale
from ..models.uniadrs import MULTIPLE, FeatureStatistics
from ..region import Strip
from . import tiled

REACH = tiled.OVERLAP // 2
"""How far beyond a strip its tiles reach."""

COLUMNS = 1408
"""Columns of a strip that are scored at a time, at most."""


@dataclass
class Level:
    """What is known of a scene at one resolution."""

    factor: int
    scene: DeviationStatistics
    root: RootScale | None = None
    features: FeatureStatistics | None = None
    kept: Tensor | None = None
    classical: Tensor | None = None
    evidence: Tensor | None = None

    def to(self, device: str) -> Level:
        """The same on another device."""
        features = None if self.features is None else self.features.to(device)
        root = None if self.root is None else self.root.to(device)
        others = (None if t is None else t.to(device) for t in (self.kept, self.classical, self.evidence))
        return Level(self.factor, self.scene.to(device), root, features, *others)


def reach(levels: Sequence[Level]) -> int:
    """How many pixels around a part of the scene its scores depend on."""
    return max(level.factor for level in levels) * (REACH + HALO + 1)


def on_grid(levels: Sequence[Level], pixels: int) -> int:
    """At least so many pixels: what begins at multiples of it begins where pooling cells do, at every scale."""
    grid = MULTIPLE * max(level.factor for level in levels)
    return -(-pixels // grid) * grid


def blocks(strip: Strip, levels: Sequence[Level], halo: int) -> Iterator[tuple[Strip, slice, slice]]:
    """Parts of a strip: some columns with a halo, which of these are its own, and which of the strip's those are."""
    halo = on_grid(levels, halo)
    # All of about one width: what lies beside a narrow one would be most of its work.
    width = on_grid(levels, -(-strip.columns // -(-strip.columns // COLUMNS)))
    for start in range(0, strip.columns, width):
        stop = min(start + width, strip.columns)
        left, right = max(0, start - halo), min(strip.columns, stop + halo)
        yield strip.part(left, right), slice(start - left, stop - left), slice(start, stop)


def near(strip: Strip, columns: slice, levels: Sequence[Level], level: Level) -> tuple[Strip, int]:
    """What a scale looks at of a strip that holds enough for all, and how many columns before it are left out.

    The lowest resolution looks farthest; without this, the highest would be given more than it needs.
    """
    around = on_grid(levels, reach([level]))
    before = max(0, columns.start - around)
    rows = slice(max(0, strip.top - around), strip.top + strip.rows + around)
    across = slice(before, columns.stop + around)
    return (
        Strip(strip.pixels[:, rows, across], strip.valid[rows, across], strip.row, strip.top - rows.start, strip.rows),
        before,
    )


def enlarged(logits: Tensor, factor: int) -> Tensor:
    """(h, w) interpolated to (h * factor, w * factor)."""
    found: Tensor = functional.interpolate(
        logits[None, None], scale_factor=factor, mode="bilinear", align_corners=False
    )
    return found[0, 0]
