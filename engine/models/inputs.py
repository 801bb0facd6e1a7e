"""What UniADRS' network is given of an image, some rows at a time: never all of its maps are in memory."""

from __future__ import annotations

import torch
from torch import Tensor

from ..side_by_side import MOST, parts, side_by_side
from .deviation import HALO, MAPS, DeviationStatistics, band_deviation, deviation_maps, standardise

_ROWS_AT_ONCE = 256


class NetworkInputs:
    """Deviation maps and, behind them, standardised bands of a part of an image, made when they are asked for.

    Args:
        image: bands, (C, H, W); the scene's mean where not valid.
        valid: (H, W) bool, or None: all is.
        scene: statistics of the scene.
        components: see :func:`~.deviation.deviation_maps`.
        seen: rows and columns of the image that are wanted; what lies around them, the windows of the maps see.

    Attributes:
        mask: which of the wanted pixels are valid, (h, w).
        ends: of rows and of columns, whether they begin and whether they end where the image does.
        image: bands of the wanted part and of what the windows see around it.
    """

    def __init__(
        self,
        image: Tensor,
        valid: Tensor | None,
        scene: DeviationStatistics,
        components: int,
        seen: tuple[slice, slice],
    ) -> None:
        self._seen, self._scene, self._components = seen, scene, components
        # Farther away than their largest window, nothing has a say.
        near = [
            slice(max(0, s.start - HALO), min(n, s.stop + HALO)) for s, n in zip(seen, image.shape[1:], strict=True)
        ]
        self.ends = [(s.start == 0, s.stop == n) for s, n in zip(seen, image.shape[1:], strict=True)]
        self._inner = [slice(s.start - n.start, s.stop - n.start) for s, n in zip(seen, near, strict=True)]
        self.image = image[(slice(None), *near)]
        self._valid = None if valid is None else valid[tuple(near)]
        if valid is None:
            self.mask = torch.ones([s.stop - s.start for s in seen], dtype=torch.bool, device=image.device)
        else:
            self.mask = valid[seen]
        self._held: Tensor | None = None
        self._first = 0

    @classmethod
    def made(cls, inputs: Tensor, mask: Tensor) -> NetworkInputs:
        """Of inputs (M + C, h, w) that are there already."""
        own = cls.__new__(cls)
        own.mask, own._held, own._first = mask, inputs, 0
        own.ends = [(True, True)] * 2
        return own

    def deviation(self, rows: slice, columns: slice) -> Tensor:
        """:func:`~.deviation.band_deviation` of some of the wanted rows and columns, (h, w)."""
        own = [slice(n.start + s.start, n.start + s.stop) for n, s in zip(self._inner, (rows, columns), strict=True)]
        return band_deviation(self.image[(slice(None), *own)], self._scene)

    def rows(self, start: int, stop: int) -> Tensor:
        """Some rows of the part, (M + C, rows, w); zero where not valid.

        What the rows share with those asked for before is not computed again; ask from top to bottom.
        """
        held, first = self._held, self._first
        if held is not None and first <= start and stop <= first + held.shape[1]:
            return held[:, start - first : stop - first]
        shared = 0 if held is None or start < first else max(0, first + held.shape[1] - start)
        known = None if held is None or not shared else held[:, -shared:].clone()
        self._held = held = None  # before more is made
        channels = len(MAPS) + self._components + len(self.image)
        found = self.image.new_empty(channels, stop - start, self.mask.shape[1])

        def make(span: tuple[int, int]) -> None:
            self._fill(found[:, span[0] - start : span[1] - start], *span)

        side_by_side(make, parts(start + shared, stop, _ROWS_AT_ONCE), 1 if self.image.is_cuda else MOST)
        if known is not None:
            found[:, :shared] = known
        self._held, self._first = found, start
        return found

    def _fill(self, out: Tensor, start: int, stop: int) -> None:
        rows, columns = self._inner
        part = slice(rows.start + start, rows.start + stop), columns
        maps, bands = out.split([len(out) - len(self.image), len(self.image)])
        deviation_maps(self.image, self._scene, self._valid, self._components, part, maps)
        bands.copy_(standardise(self.image[(slice(None), *part)], self._scene))
        if self._valid is not None:
            out.masked_fill_(~self._valid[part], 0.0)
