"""Cutting an image into overlapping tiles, and putting what was computed on them together again without a seam."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor


def spans(length: int, largest: int, overlap: int, multiple: int, first: int = 0) -> list[tuple[int, int]]:
    """Starts and ends of tiles of one size that cover ``length`` pixels with at least ``overlap`` between neighbours.

    Args:
        length: how many pixels there are.
        largest: longest tile allowed; the tiles are as long as their number needs, a multiple of ``multiple``.
        overlap: less than half of ``largest``.
        multiple: tiles begin where ``first + start`` is a multiple of this, so that pooling cells lie alike in all; the
            first tile may begin at a negative place, the last end beyond ``length``.
        first: coordinate of pixel 0.

    Raises:
        ValueError: tile or overlap that do not fit each other.
    """
    if largest % multiple or not 0 <= 2 * overlap < largest or overlap % multiple:
        msg = f"tiles of {largest} with an overlap of {overlap} do not lie on a grid of {multiple}"
        raise ValueError(msg)
    start = -(first % multiple)
    cells = -(-(length - start) // multiple)
    shared, most = overlap // multiple, largest // multiple
    count = max(1, -(-(cells - shared) // (most - shared)))
    tile = -(-(cells + (count - 1) * shared) // count)
    # Equal steps, rounded down to the grid: neighbours share at least the overlap.
    starts = [(cells - tile) * index // max(1, count - 1) for index in range(count)]
    return [(start + at * multiple, start + (at + tile) * multiple) for at in starts]


def ramp(span: tuple[int, int], previous_end: int | None, next_start: int | None) -> Tensor:
    """Weights along one side of a tile: 1, but rising over the overlap before it and falling over the one behind.

    Rising and falling weights of two neighbours sum to one. The outer three eighths of an overlap count for nothing:
    what a network says near a tile's edge it says without having seen what lies beyond.

    Args:
        span: start and end of the tile.
        previous_end: end of the tile before, or None.
        next_start: start of the tile behind, or None.
    """
    start, end = span
    weights = torch.ones(end - start)
    if previous_end is not None:
        weights[: previous_end - start] = _rise(previous_end - start)
    if next_start is not None:
        weights[next_start - start :] = _rise(end - next_start).flip(0)
    return weights


def _rise(count: int) -> Tensor:
    place = (torch.arange(count) + 0.5) / count
    return (0.5 - 0.5 * torch.cos(torch.pi * ((place - 0.375) / 0.25).clamp(0, 1))).float()


def reflect(image: Tensor, rows: tuple[int, int], columns: tuple[int, int]) -> Tensor:
    """A part (…, rows, columns) of an image (…, H, W), mirrored where it reaches beyond the border; else a view.

    Args:
        image: the image.
        rows: from and to.
        columns: from and to.
    """
    spans_ = (rows, columns)
    inner = [(max(0, start), min(n, end)) for (start, end), n in zip(spans_, image.shape[-2:], strict=True)]
    if any(start >= end for start, end in inner):  # it does not touch the image
        for dim, (start, end) in zip((-2, -1), spans_, strict=True):
            image = image.index_select(dim, _mirrored(start, end, image.shape[dim], image.device))
        return image
    (top, bottom), (left, right) = inner
    if inner == [rows, columns]:
        return image[..., top:bottom, left:right]
    out = image.new_empty(*image.shape[:-2], rows[1] - rows[0], columns[1] - columns[0])
    # Whole rows are copied, and what is mirrored is little: gathering all of it takes several times longer.
    own = slice(top - rows[0], bottom - rows[0])
    out[..., own, left - columns[0] : right - columns[0]] = image[..., top:bottom, left:right]
    for start, end in ((columns[0], left), (right, columns[1])):
        if start < end:
            index = _mirrored(start, end, image.shape[-1], image.device)
            out[..., own, start - columns[0] : end - columns[0]] = image[..., top:bottom, :].index_select(-1, index)
    for start, end in ((rows[0], top), (bottom, rows[1])):
        if start < end:
            index = _mirrored(start, end, image.shape[-2], image.device)
            across = _mirrored(*columns, image.shape[-1], image.device)
            out[..., start - rows[0] : end - rows[0], :] = image.index_select(-2, index).index_select(-1, across)
    return out


def _mirrored(start: int, end: int, length: int, device: torch.device) -> Tensor:
    index = torch.arange(start, end, device=device)
    if length == 1:
        return torch.zeros_like(index)
    period = 2 * (length - 1)
    index = index.remainder(period)
    return torch.where(index < length, index, period - index)


def tiles(rows: list[tuple[int, int]], columns: list[tuple[int, int]]) -> Iterator[tuple[int, int, Tensor]]:
    """All tiles of a grid: index in ``rows``, index in ``columns``, blending weights (h, w)."""
    sides = []
    for spans_ in (rows, columns):
        ends = [None, *(end for _, end in spans_[:-1])]
        starts = [*(start for start, _ in spans_[1:]), None]
        sides.append([ramp(span, end, start) for span, end, start in zip(spans_, ends, starts, strict=True)])
    for i, vertical in enumerate(sides[0]):
        for j, horizontal in enumerate(sides[1]):
            yield i, j, vertical[:, None] * horizontal[None, :]
