"""All of a scene at a low resolution, for what is too large for a strip and its surroundings to show."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.windows import Window

from ..errors import EngineError
from ..models.scales import OVERVIEW, block_sums

if TYPE_CHECKING:
    from ..region import Region, Strip

_BLOCK = 256


@dataclass
class OverviewRows:
    """What a strip adds to the overview.

    Attributes:
        first: row of the overview at which it begins; the strip before may have added to it, too.
        sums: over the valid pixels of each block, (C, h, w).
        counts: how many there are, (h, w).
    """

    first: int
    sums: NDArray[np.float32]
    counts: NDArray[np.float32]

    @classmethod
    def of(cls, strip: Strip) -> OverviewRows:
        """Of a strip without halo."""
        return cls(strip.row // OVERVIEW, *block_sums(strip.pixels, strip.valid, strip.row % OVERVIEW, OVERVIEW))


class Overview:
    """Means over the valid pixels of blocks of OVERVIEW by OVERVIEW, in a temporary raster; NaN where there is none.

    A raster, because it may be too large for memory, and because what scores a scene can then score its overview. Use
    it in a ``with`` statement: behind it, the file is gone.

    Args:
        region: of the scene.

    Attributes:
        path: of the raster; whole after :meth:`finish`.
        pixels: how many of its pixels are valid, after :meth:`finish`.

    Raises:
        EngineError: ``disk_full`` where the folder of temporary files does not take it; so do :meth:`add` and
            :meth:`finish`.
    """

    def __init__(self, region: Region) -> None:
        # On Windows, a reader that is not collected yet keeps the file from being removed.
        self._folder = tempfile.TemporaryDirectory(prefix="anomaly_lens_", ignore_cleanup_errors=True)
        self.path = Path(self._folder.name) / "overview.tif"
        self.pixels = 0
        self._last: OverviewRows | None = None
        height, width = -(-region.height // OVERVIEW), -(-region.width // OVERVIEW)
        try:
            self._file = rasterio.open(
                self.path,
                "w",
                driver="GTiff",
                dtype="float32",
                count=region.scene.count,
                height=height,
                width=width,
                tiled=True,
                blockxsize=_BLOCK,
                blockysize=_BLOCK,
                bigtiff="if_safer",
                photometric="minisblack",
                alpha="no",
                transform=Affine.scale(OVERVIEW),
            )
        except RasterioError as error:
            raise self._full() from error

    def add(self, rows: OverviewRows) -> None:
        """Take what the next strip adds, from top to bottom."""
        last = self._last
        if last is not None:
            if rows.first < last.first + len(last.counts):
                # Blocks that lie in both strips.
                rows.sums[:, 0] += last.sums[:, -1]
                rows.counts[0] += last.counts[-1]
                last = OverviewRows(last.first, last.sums[:, :-1], last.counts[:-1])
            self._write(last)
        self._last = rows

    def finish(self) -> None:
        """Write what is left."""
        if self._last is not None:
            self._write(self._last)
        self._last = None
        try:
            self._file.close()
        except RasterioError as error:
            raise self._full() from error

    def _write(self, rows: OverviewRows) -> None:
        if not len(rows.counts):
            return
        means = np.where(rows.counts, rows.sums / np.maximum(rows.counts, 1), np.float32(np.nan))
        self.pixels += int((rows.counts > 0).sum())
        height, width = rows.counts.shape
        try:
            self._file.write(means, window=Window(0, rows.first, width, height))
        except RasterioError as error:
            raise self._full() from error

    def _full(self) -> EngineError:
        return EngineError(
            "disk_full",
            f"An overview of the scene cannot be written in {self._folder.name}.",
            "Make room on the disk that holds the folder of temporary files.",
        )

    def __enter__(self) -> Overview:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._file.close()
        self._folder.cleanup()
