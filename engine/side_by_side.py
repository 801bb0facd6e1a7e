"""Pieces of work side by side, each on a share of the processor's cores.

torch spreads every single operation over all cores. Those on a tile last a few milliseconds, and cores that wait for
each other after each of them do nothing for a quarter of the time, and for most of it where other programs run; some
operations use one core only. Tiles, or bands of a tile's rows, know nothing of each other: with one for each core,
nobody waits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

T = TypeVar("T")
R = TypeVar("R")

MOST = 4
"""Pieces that are in memory at a time; where there are more cores, each piece has several."""


def parts(start: int, stop: int, longest: int, multiple: int = 1) -> list[tuple[int, int]]:
    """From and to of an even number of parts of about one size: two cores have the same to do.

    Args:
        start: where the first begins.
        stop: where the last ends.
        longest: of a part; rounding may add one multiple.
        multiple: of which all parts but the last have a whole number.
    """
    count = 2 * -(-(stop - start) // (2 * longest))
    bounds = [start + (stop - start) * number // count // multiple * multiple for number in range(count)]
    return [(top, bottom) for top, bottom in zip(bounds, [*bounds[1:], stop]) if top < bottom]


def side_by_side(work: Callable[[T], R], items: Sequence[T], most: int = MOST) -> list[R]:
    """Results of a function for each item, in order; several are under way at a time.

    An exception of the function is raised here when those under way have ended. For the processor only: a GPU is kept
    busy by one thread.

    Args:
        work: the function; it is called in other threads, in inference mode where the caller is.
        items: what it is called with.
        most: how many may be under way at a time.
    """
    cores = torch.get_num_threads()
    count = min(cores, most, len(items))
    if count < 2:
        return [work(item) for item in items]
    inference = torch.is_inference_mode_enabled()

    def begin() -> None:
        torch.set_num_threads(cores // count)

    def run(item: T) -> R:
        with torch.inference_mode(inference):
            return work(item)

    try:
        with ThreadPoolExecutor(count, "anomaly-lens-compute", begin) as pool:
            return list(pool.map(run, items))
    finally:
        # The number is each thread's own, but a thread that begins later takes what was set last by any.
        torch.set_num_threads(cores)
