"""Writing the heat map: a tiled, compressed GeoTIFF with statistics, histogram, overviews and provenance."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.windows import Window

from .region import Region
from .scores import HISTOGRAM_BINS, counted

BLOCK = 256
"""Side of the heat map's internal tiles, in pixels; rows are written in multiples of it."""

PROVENANCE_KEY = "ANOMALY_LENS_PROVENANCE"

_NAME = re.compile(r"_heatmap(_\d+)?\.tif$")
"""What the name of one ends with: of thousands of scenes, only few need to be opened to know."""


def is_heat_map(path: str | Path) -> bool:
    """Whether a file is the heat map of a run, by its name and by what is written in it."""
    if not _NAME.search(str(path)):
        return False
    try:
        with rasterio.open(path) as dataset:
            return PROVENANCE_KEY in dataset.tags()
    except RasterioError:
        return False


class HeatMapWriter:
    """Writes scores from top to bottom; use it in a ``with`` statement, then :meth:`finish`.

    Args:
        path: the file to make.
        region: where the scores lie.
    """

    def __init__(self, path: Path, region: Region) -> None:
        self.path = path
        self.histogram = np.zeros(HISTOGRAM_BINS, dtype=np.int64)
        self._sum = self._sum_of_squares = 0.0
        self._low, self._high = np.inf, -np.inf
        scene = region.scene
        place: dict[str, Any] = {"crs": scene.crs or CRS()}  # rasterio places points by no CRS, but not by None
        if scene.gcps:
            place["gcps"] = [
                GroundControlPoint(g.row - region.row, g.col - region.column, g.x, g.y, g.z) for g in scene.gcps
            ]
        else:
            place["transform"] = scene.transform * Affine.translation(region.column, region.row)
        self._dataset = rasterio.open(
            path,
            "w",
            driver="GTiff",
            width=region.width,
            height=region.height,
            count=1,
            dtype="float32",
            nodata=float("nan"),
            tiled=True,
            blockxsize=BLOCK,
            blockysize=BLOCK,
            compress="DEFLATE",
            zlevel=4,
            predictor=3,
            num_threads="ALL_CPUS",
            bigtiff="IF_SAFER",
            **place,
        )
        self._dataset.set_band_description(1, "Anomaly score")

    def __enter__(self) -> HeatMapWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._dataset.close()

    def write(self, row: int, scores: NDArray[np.float32]) -> None:
        """Write some rows.

        Args:
            row: the first of them, in the region.
            scores: in [0, 1], NaN where there is none; shape (rows, columns).
        """
        self._dataset.write(scores, 1, window=Window(0, row, scores.shape[1], len(scores)))
        found = scores[~np.isnan(scores)]
        if not found.size:
            return
        self.histogram += counted(found)
        self._low = min(self._low, float(found.min()))
        self._high = max(self._high, float(found.max()))
        self._sum += float(found.sum(dtype=np.float64))
        self._sum_of_squares += float(np.square(found, dtype=np.float64).sum())

    def finish(self, provenance: dict[str, Any]) -> None:
        """Write metadata and overviews, and close the file.

        Args:
            provenance: how the map came about, as plain JSON types.

        Raises:
            OSError: ``ENOSPC`` where a part of the file did not reach the disk.
        """
        dataset = self._dataset
        total = int(self.histogram.sum())
        mean = self._sum / total
        deviation = max(0.0, self._sum_of_squares / total - mean**2) ** 0.5
        dataset.update_tags(**{PROVENANCE_KEY: json.dumps(provenance, ensure_ascii=False)})
        dataset.update_tags(
            1,
            STATISTICS_MINIMUM=repr(self._low),
            STATISTICS_MAXIMUM=repr(self._high),
            STATISTICS_MEAN=repr(mean),
            STATISTICS_STDDEV=repr(deviation),
            STATISTICS_VALID_PERCENT=f"{100 * total / (dataset.width * dataset.height):.4g}",
            SCORE_HISTOGRAM=json.dumps(self.histogram.tolist()),
        )
        factors: list[int] = []
        while max(dataset.width, dataset.height) >> len(factors) > BLOCK:
            factors.append(2 ** (len(factors) + 1))
        dataset.close()
        try:
            whole = self._is_whole()
            if whole and factors:
                with rasterio.Env(GDAL_NUM_THREADS="ALL_CPUS"), rasterio.open(self.path, "r+") as written:
                    written.build_overviews(factors, Resampling.average)
                whole = all(self._is_whole(overview_level=level) for level in range(len(factors)))
        except RasterioError:  # the list of tiles did not reach the disk either
            whole = False
        if not whole:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))

    def _is_whole(self, **level: int) -> bool:
        """Whether the file holds all tiles of the map, or of one ``overview_level``.

        GDAL does not tell of tiles that a full disk refused: they lie beyond the file's end or are not in its list of
        tiles; the latter would be read as if there were no scores.
        """
        size = self.path.stat().st_size
        with rasterio.open(self.path, **level) as written:
            for (row, column), _ in written.block_windows(1):
                offset, length = (
                    written.get_tag_item(f"BLOCK_{what}_{column}_{row}", "TIFF", bidx=1) for what in ("OFFSET", "SIZE")
                )
                if offset is None or length is None or int(offset) + int(length) > size:
                    return False
        return True
