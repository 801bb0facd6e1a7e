"""The part of a scene that a run looks at, and reading it strip by strip."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from .area import polygonal
from .errors import EngineError
from .progress import Step
from .scene import CACHE_MEGABYTES, Scene
from .streaming import prefetch

STRIP_BYTES = 96 * 2**20
"""About how much memory the pixels of one strip may take, in float64; sets the strip's height."""

SCORE_BYTES = 128 * 2**20
"""Likewise for its scores, in float32, which are in memory as a whole however it is read."""

KEEP_BYTES = 192 * 2**20
"""A region whose pixels take no more than this is read once and kept for the passes after the first."""

_MAX_STRIP_ROWS = 2048

_WIDE_HALO = 192
_WIDE_COLUMNS = 4096
"""Who asks for a halo this wide looks at some columns at a time: where the file is read by blocks, too, strips are no
lower for being wider than this, or the wider a scene is, the more of its pixels would be looked at twice."""

_WIDE_BYTES = 32 * 2**20
"""Strips with a halo that take more than this are not read ahead, but when and as far as they are looked at."""

_CACHE_BYTES = CACHE_MEGABYTES * 2**20
"""What GDAL keeps of unpacked blocks: where those side by side are more, each strip unpacks them anew."""

_OFTEN = 4
"""People are told of blocks that a pass unpacks so often."""

_CORNERS = 10_000
"""Of an area that is rasterized as it is; one with more is cut into bands of rows."""

T = TypeVar("T")
Read = Callable[[int, int], tuple[NDArray[Any], NDArray[np.bool_]]]


@dataclass
class Strip:
    """Some full rows of a region, with a halo of further rows above and below where there are any.

    Attributes:
        pixels: shape (bands, rows + halo, columns); zero where not valid.
        valid: shape (rows + halo, columns).
        row: the region's row at which the strip proper begins.
        top: how many rows of halo lie above the strip proper.
        rows: how many rows the strip proper has.
    """

    pixels: NDArray[Any]
    valid: NDArray[np.bool_]
    row: int
    top: int
    rows: int

    @property
    def columns(self) -> int:
        """How many columns, those of the region."""
        return int(self.valid.shape[1])

    @property
    def core(self) -> slice:
        """The rows of ``pixels`` and ``valid`` that are the strip proper."""
        return slice(self.top, self.top + self.rows)

    def part(self, left: int, right: int) -> Strip:
        """All rows of some columns: a view, or read for this call where the strip is not in memory."""
        return Strip(self.pixels[:, :, left:right], self.valid[:, left:right], self.row, self.top, self.rows)


class UnreadStrip(Strip):
    """A wide strip that is read when it is asked for: whole, by ``pixels`` or ``valid``, or column by column.

    Args:
        read: pixels and validity of all rows from one column to another.
        columns: how many there are.
        row: see :class:`Strip`.
        top: likewise.
        rows: likewise.
    """

    def __init__(self, read: Read, columns: int, row: int, top: int, rows: int) -> None:
        self._read, self._columns = read, columns
        self._whole: tuple[NDArray[Any], NDArray[np.bool_]] | None = None
        self.row, self.top, self.rows = row, top, rows

    @property
    def columns(self) -> int:
        """How many columns, those of the region."""
        return self._columns

    @property
    def pixels(self) -> NDArray[Any]:  # type: ignore[override]
        """As of :class:`Strip`."""
        return self._all()[0]

    @property
    def valid(self) -> NDArray[np.bool_]:  # type: ignore[override]
        """As of :class:`Strip`."""
        return self._all()[1]

    def part(self, left: int, right: int) -> Strip:
        """As of :class:`Strip`."""
        if self._whole is not None:
            return super().part(left, right)
        return Strip(*self._read(left, right), self.row, self.top, self.rows)

    def _all(self) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        if self._whole is None:
            self._whole = self._read(0, self._columns)
        return self._whole


class Region:
    """A window of a scene, and inside it the pixels whose centres an area of interest covers.

    Its strips may be kept between passes: do not change their pixels.

    Args:
        scene: the scene.
        area: the area of interest in the scene's pixel coordinates; the whole scene when None.

    Attributes:
        scene: the scene.
        window: the smallest window that holds the area.
        area: the area, where it is not the whole window.

    Raises:
        EngineError: ``area_outside`` where the area covers no pixel of the scene.
    """

    def __init__(self, scene: Scene, area: BaseGeometry | None = None) -> None:
        self.scene = scene
        self.area: BaseGeometry | None = None
        self._offset: NDArray[np.float64] | None = None
        self._kept: list[Strip] | None = None
        self.window = Window(0, 0, scene.width, scene.height)
        if area is not None:
            self._narrow(area)
        self._tell_of_large_blocks()

    def _narrow(self, area: BaseGeometry) -> None:
        """Look at an area alone."""
        scene = self.scene
        inside = polygonal(area & shapely.box(0, 0, scene.width, scene.height))
        # A pixel belongs to the area when its centre does.
        left, top, right, bottom = inside.bounds if not inside.is_empty else (0, 0, 0, 0)
        column, row = int(np.ceil(left - 0.5)), int(np.ceil(top - 0.5))
        columns, rows = int(np.ceil(right - 0.5)) - column, int(np.ceil(bottom - 0.5)) - row
        if inside.is_empty or columns < 1 or rows < 1:
            raise EngineError(
                "area_outside",
                f"The chosen extent or area covers no pixel of {scene.name}.",
                "Choose an extent that overlaps the raster; check the CRS of both.",
            )
        self.window = Window(column, row, columns, rows)
        if not inside.equals(shapely.box(left, top, right, bottom)):
            self.area = inside

    def _tell_of_large_blocks(self) -> None:
        scene = self.scene
        rows = min(scene.block_height, self.height)
        side_by_side = max(scene.block_width, self.width) * scene.block_height * scene.stored_bytes
        often = rows // self.strip_rows(0)
        if scene.is_compressed and side_by_side > _CACHE_BYTES and often >= _OFTEN:
            scene.tell(
                f"{scene.name} is stored in pieces so large that each is unpacked about {often} times, which takes "
                "long. For speed, save it in small tiles (gdal_translate -co TILED=YES -co COMPRESS=DEFLATE)."
            )

    @property
    def height(self) -> int:
        """Rows of the window."""
        return int(self.window.height)

    @property
    def width(self) -> int:
        """Columns of the window."""
        return int(self.window.width)

    @property
    def column(self) -> int:
        """The scene's column at which the region begins."""
        return int(self.window.col_off)

    @property
    def row(self) -> int:
        """The scene's row at which the region begins."""
        return int(self.window.row_off)

    def spans(self, halo: int = 0) -> list[tuple[int, int]]:
        """First row and number of rows of each strip, from top to bottom."""
        step, block = self.strip_rows(halo), self.scene.block_height
        spans: list[tuple[int, int]] = []
        row = 0
        while row < self.height:
            # Strips end where blocks of the file end, so that no block is decoded twice.
            end = self.row + row + step
            if block <= step:
                end -= end % block
            rows = min(end - self.row, self.height) - row
            spans.append((row, rows))
            row += rows
        return spans

    def strips(self, halo: int = 0, only: Collection[int] | None = None) -> Iterator[Strip]:
        """Read the region from top to bottom; a thread of its own reads ahead.

        Args:
            halo: how many rows above and below each strip the caller wants to see.
            only: the first rows of the strips that are wanted; all when None.

        Yields:
            Strips without gap or overlap, but for the halo.

        Raises:
            EngineError: where the file cannot be read to its end.
        """
        if self._kept is not None and halo == 0:
            return iter([strip for strip in self._kept if only is None or strip.row in only])
        strips = self._read_strips(halo, only)
        return strips if self._reads_by_columns(self.strip_rows(halo), halo) else prefetch(strips)

    def take_off(self, offset: NDArray[np.float64]) -> None:
        """Have strips hold less from here on.

        Args:
            offset: what is taken off each band, (bands,); pixels that are not valid stay zero.
        """
        self._offset = offset
        self.release()

    def release(self) -> None:
        """Let go of pixels that were kept between passes: whoever needs them again reads them again."""
        self._kept = None

    def visit(
        self, look: Callable[[Strip], T], step: Step, halo: int = 0, only: Collection[int] | None = None
    ) -> Iterator[T]:
        """What a function finds in each strip, in order.

        A pass that is written this way can be spread over many machines: there, strips are looked at side by side, and
        by copies of the function.

        Args:
            look: the function; it must not rely on strips that it saw before.
            step: called after each strip with the share of the region that is done.
            halo: see :meth:`strips`.
            only: see :meth:`strips`.
        """
        for strip in self.strips(halo, only):
            yield look(strip)
            step((strip.row + strip.rows) / self.height)

    def _read_strips(self, halo: int, only: Collection[int] | None) -> Iterator[Strip]:
        size = self.scene.count * self.height * self.width * self.scene.working_dtype.itemsize
        kept: list[Strip] | None = [] if halo == 0 and only is None and size <= KEEP_BYTES else None
        scene = self.scene.reopen()
        # A strip that is still to be read needs the file longer than this loop: it closes with the last of them.
        with nullcontext() if self._reads_by_columns(self.strip_rows(halo), halo) else scene:
            for row, rows in self.spans(halo):
                if only is not None and row not in only:
                    continue
                strip = self.read_strip(scene, row, rows, halo)
                if kept is not None:
                    kept.append(strip)
                yield strip
        self._kept = kept

    def read_strip(self, scene: Scene, row: int, rows: int, halo: int) -> Strip:
        """Read one strip through a file handle of the calling thread's own.

        Args:
            scene: the region's scene, opened again.
            row: the region's row at which the strip begins.
            rows: how many rows it has.
            halo: how many more to read above and below it.
        """
        top = min(halo, row)
        first = row - top
        last = min(row + rows + halo, self.height)

        def read(left: int, right: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
            window = Window(self.column + left, self.row + first, right - left, last - first)
            pixels, valid = scene.read(window)
            if self.area is not None:
                valid &= self._mask(first, last, left, right)
                pixels[:, ~valid] = 0
            if self._offset is not None:
                pixels = np.where(valid, pixels - self._offset[:, None, None], 0)
            return pixels, valid

        if self._reads_by_columns(rows, halo):
            return UnreadStrip(read, self.width, row, top, rows)
        return Strip(*read(0, self.width), row, top, rows)

    @property
    def _in_blocks(self) -> bool:
        """Whether some columns can be read alone: of blocks as wide as the file, all would be decoded each time."""
        return self.scene.block_width < self.scene.width

    def _reads_by_columns(self, rows: int, halo: int) -> bool:
        """Whether strips of so many rows are left to be read as they are looked at."""
        if not halo or not self._in_blocks:
            return False
        size = self.scene.count * (rows + 2 * halo) * self.width * self.scene.working_dtype.itemsize
        return size > _WIDE_BYTES

    def strip_rows(self, halo: int) -> int:
        """How many rows a strip has at most; a wide halo asks for taller ones, lest most reading be halo."""
        some_at_a_time = halo >= _WIDE_HALO and self._in_blocks
        columns = min(self.width, _WIDE_COLUMNS) if some_at_a_time else self.width
        fit = STRIP_BYTES // (columns * self.scene.count * 8)
        fit = min(fit, SCORE_BYTES // (self.width * 4))
        return int(max(1, 2 * halo, min(fit, _MAX_STRIP_ROWS)))

    def _mask(self, first: int, last: int, left: int, right: int) -> NDArray[np.bool_]:
        """Which pixels of some rows and columns have their centre in the area."""
        mask = np.zeros((last - first, right - left), bool)
        for top, bottom, piece in self._bands:
            begin, end = max(first, top - self.row), min(last, bottom - self.row)
            if begin < end and not piece.is_empty:
                transform = Affine.translation(self.column + left, self.row + begin)
                shape_ = (end - begin, right - left)
                found = rasterize([(piece, 1)], out_shape=shape_, transform=transform, dtype=np.uint8)
                mask[begin - first : end - first] = found
        return mask

    @cached_property
    def _bands(self) -> list[tuple[int, int, BaseGeometry]]:
        """Rows of the scene, from and to, and what of the area lies in them: each row looks at all its corners."""
        assert self.area is not None  # noqa: S101  # nosec B101
        return list(_bands(self.area, self.row, self.row + self.height))


def _bands(area: BaseGeometry, top: int, bottom: int) -> Iterator[tuple[int, int, BaseGeometry]]:
    if shapely.get_num_coordinates(area) <= _CORNERS or bottom - top < 2:
        yield top, bottom, area
        return
    left, _, right, _ = area.bounds
    middle = (top + bottom) // 2
    for rows in ((top, middle), (middle, bottom)):
        yield from _bands(polygonal(area & shapely.box(left - 1, rows[0], right + 1, rows[1])), *rows)
