"""What UniADRS' network is given of an image, some rows at a time: never all of its maps are in memory."""

from __future__ import annotations

import torch
from torch import Tensor

from .deviation import HALO, DeviationStatistics, deviation_maps, rx_map, standardise

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
        return own

    def rx(self, rows: slice, columns: slice) -> Tensor:
        """The map "rx" of some of the wanted rows and columns, (h, w), without the others."""
        own = [slice(n.start + s.start, n.start + s.stop) for n, s in zip(self._inner, (rows, columns), strict=True)]
        return rx_map(self.image[(slice(None), *own)], self._scene)

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
        found = None if known is None else known.new_empty(len(known), stop - start, known.shape[2])
        for row in range(start + shared, stop, _ROWS_AT_ONCE):
            below = min(row + _ROWS_AT_ONCE, stop)
            made = self._make(row, below)
            if found is None:
                found = made.new_empty(len(made), stop - start, made.shape[2])
            found[:, row - start : below - start] = made
        if found is None:
            msg = f"no rows from {start} to {stop}"
            raise ValueError(msg)
        if known is not None:
            found[:, :shared] = known
        self._held, self._first = found, start
        return found

    def _make(self, start: int, stop: int) -> Tensor:
        rows, columns = self._inner
        part = slice(rows.start + start, rows.start + stop), columns
        maps = deviation_maps(self.image, self._scene, self._valid, self._components, part)
        shown = torch.cat([maps, standardise(self.image[(slice(None), *part)], self._scene)])
        return shown if self._valid is None else shown.masked_fill_(~self._valid[part], 0.0)
