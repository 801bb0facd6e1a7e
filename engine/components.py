"""Connected pixels as anomalies: their sizes and scores, their ranks, and what they swallow when holes are filled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from .outlines import Ints, Rings, Runs


@dataclass
class Components:
    """Connected pixels, numbered by rank: highest score, mean score, size, and among equals from top to bottom.

    Attributes:
        sizes: how many pixels each has, shape (n,).
        peaks: highest scores, shape (n,).
        sums: sums of scores, shape (n,).
        omitted: how many more there would be beyond the limit.
    """

    sizes: Ints
    peaks: NDArray[np.float64]
    sums: NDArray[np.float64]
    omitted: int

    @classmethod
    def ranked(
        cls, runs: Runs, component: Ints, scores: NDArray[np.float32], at_least: int, most: int
    ) -> tuple[Components, Ints]:
        """Measure and rank what belongs together.

        Args:
            runs: the pixels.
            component: of each run, numbers from 0 in the order of their first runs.
            scores: of each pixel.
            at_least: components of fewer pixels are left out.
            most: only so many are kept, those with the highest scores.

        Returns:
            What is kept, and which of it each run belongs to; -1 where to none.
        """
        count = int(component.max()) + 1 if len(component) else 0
        sizes = np.bincount(component, weights=runs.length, minlength=count).astype(np.int64)
        peaks, sums = np.zeros(count), np.zeros(count)
        if len(runs):
            begin = runs.length.cumsum() - runs.length
            peaks = highest(component, np.maximum.reduceat(scores, begin), count).astype(np.float64)
            sums = np.bincount(component, np.add.reduceat(scores.astype(np.float64), begin), count).astype(np.float64)
        order = np.lexsort((-sizes, -sums / np.maximum(sizes, 1), -peaks))
        order = order[sizes[order] >= max(1, at_least)]
        omitted = max(0, len(order) - most)
        order = order[:most]
        rank = np.full(count, -1)
        rank[order] = np.arange(len(order))
        return cls(sizes[order], peaks[order], sums[order], omitted), rank[component]

    def without_holes(self, rings: Rings, largest: float) -> Rings:
        """Fill holes; what lies in them counts for what is around.

        Args:
            rings: of all components.
            largest: hole that is filled, in pixels.

        Returns:
            The rings that are left.
        """
        filled = np.flatnonzero(rings.hole & (rings.areas() <= largest * (1 + 1e-9)))
        if not len(filled):
            return rings
        holes = rings[filled]
        vertices = np.repeat(np.arange(len(filled)), holes.count)
        shapes = shapely.polygons(shapely.linearrings(holes.vertices, indices=vertices))
        outer = np.flatnonzero(~rings.hole)
        points = shapely.points(rings.inner_points()[outer])
        found, owner = shapely.STRtree(shapes).query(points, predicate="within")
        swallowed = np.zeros(int(rings.part.max()) + 1, dtype=bool)
        gone = set()
        # The innermost holes first: what they hold goes up with what holds them.
        for place, hole in sorted(zip(found.tolist(), owner.tolist()), key=lambda pair: shapes[pair[1]].area):
            inner, around = int(rings.component[outer[place]]), int(holes.component[hole])
            swallowed[rings.part[outer[place]]] = True
            if inner != around and inner not in gone:
                gone.add(inner)
                self.sizes[around] += self.sizes[inner]
                self.sums[around] += self.sums[inner]
                self.peaks[around] = max(self.peaks[around], self.peaks[inner])
        keep = ~swallowed[rings.part]
        keep[filled] = False
        return rings[keep]


def highest(component: Ints, scores: NDArray[np.floating], count: int) -> NDArray[np.floating]:
    """The highest of some scores in each of ``count`` components; 0 where a component has none.

    Args:
        component: of each score, from 0, shape (n,).
        scores: shape (n,).
        count: of the components.
    """
    order = np.argsort(component, kind="stable")
    first = np.flatnonzero(np.diff(component[order], prepend=-1))
    found = np.zeros(count, dtype=scores.dtype)
    found[component[order][first]] = np.maximum.reduceat(scores[order], first)
    return found
