"""Anomalies as objects: connected pixels above a threshold, grown strip by strip into polygons on pixel edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import shapes
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry import MultiPolygon, shape
from shapely.geometry.base import BaseGeometry

from .metrics import EIGHT_CONNECTED

MAX_INSTANCES = 10_000
"""More polygons than this nobody looks through; the rest is left out, and the result says so."""


@dataclass
class Instance:
    """One anomaly.

    Attributes:
        polygon: its outline in pixel coordinates (x = column, y = row downwards), edges on pixel edges, holes kept.
        score_max: its highest score.
        score_mean: the mean score of its pixels.
        pixels: how many pixels it has.
        instance_score: how sure a detector of instances is of it, 0 to 1; None where pixels alone were scored.
    """

    polygon: MultiPolygon
    score_max: float
    score_mean: float
    pixels: int
    instance_score: float | None = None


@dataclass
class _Growing:
    """A component that may go on in the next strip; ``first`` is its first pixel in the map, row by row."""

    pieces: list[BaseGeometry]
    score_max: float
    score_sum: float
    pixels: int
    first: int

    def absorb(self, other: _Growing) -> None:
        self.first = min(self.first, other.first)
        self.pieces += other.pieces
        self.score_max = max(self.score_max, other.score_max)
        self.score_sum += other.score_sum
        self.pixels += other.pixels


class InstanceGrower:
    """Finds the connected components (8 neighbours) of the pixels that reach a threshold.

    Feed it the heat map from top to bottom; a component that crosses from one strip to the next comes out as one.
    Memory grows with the strip and with what is kept, not with the map.

    Args:
        threshold: the lowest score that counts.
        min_pixels: components with fewer pixels are dropped.
        max_instances: only so many are kept, those with the highest scores.

    Attributes:
        omitted: how many components were large enough but beyond ``max_instances``.
    """

    def __init__(self, threshold: float, *, min_pixels: int = 1, max_instances: int = MAX_INSTANCES) -> None:
        self.threshold = threshold
        self.min_pixels = max(1, min_pixels)
        self.max_instances = max_instances
        self.omitted = 0
        self._done: list[_Growing] = []
        self._open: dict[int, _Growing] = {}  # by label of the last row seen
        self._last_labels: NDArray[np.int32] | None = None  # the last row's labels, keys of _open

    def add_strip(self, row: int, scores: NDArray[np.float32]) -> None:
        """Take the next rows of the map.

        Args:
            row: the first of them.
            scores: shape (rows, columns), NaN where there is none.
        """
        above = scores >= self.threshold  # false for NaN
        labels, count = ndimage.label(above, structure=EIGHT_CONNECTED, output=np.int32)
        components = self._measure(row, scores, labels, count)
        last_row = labels[-1].copy()
        components = self._join(labels[0], last_row, components)
        self._last_labels = last_row
        going_on = set(np.unique(self._last_labels).tolist()) - {0}
        self._open = {}
        for label, component in components.items():
            if label in going_on:
                self._open[label] = component
            else:
                self._finish_one(component)
        self._prune()

    def _measure(
        self, row: int, scores: NDArray[np.float32], labels: NDArray[np.int32], count: int
    ) -> dict[int, _Growing]:
        """Sizes, scores and outlines of the components of one strip, without the small ones that end in it."""
        flat = np.flatnonzero(labels)
        at = labels.ravel()[flat]
        values = scores.ravel()[flat].astype(np.float64)
        pixels = np.bincount(at, minlength=count + 1)
        sums = np.bincount(at, weights=values, minlength=count + 1)
        order = np.argsort(at, kind="stable")
        peaks, first = np.zeros(count + 1), np.zeros(count + 1, dtype=np.int64)
        if count:  # labels 1..count all occur, so each has a run in the sorted scores
            begin = pixels[1:].cumsum() - pixels[1:]
            peaks[1:] = np.maximum.reduceat(values[order], begin)
            first[1:] = flat[order[begin]] + row * scores.shape[1]
        kept = pixels >= self.min_pixels
        kept[labels[0]] = True
        kept[labels[-1]] = True
        kept[0] = False
        components = {
            int(label): _Growing([], peaks[label], sums[label], int(pixels[label]), int(first[label]))
            for label in np.flatnonzero(kept)
        }
        if components:
            wanted = np.where(kept[labels], labels, 0)
            # Rows of pixels that touch only at a corner are parts of one multipolygon: 4-connected outlines are valid.
            for geometry, label in shapes(
                wanted, mask=wanted > 0, connectivity=4, transform=Affine.translation(0, row)
            ):
                components[int(label)].pieces.append(shape(geometry))
        return components

    def _join(
        self, first_row: NDArray[np.int32], last_row: NDArray[np.int32], components: dict[int, _Growing]
    ) -> dict[int, _Growing]:
        """Merge what was open with what continues it.

        The key of a merged component is one of its new labels, and ``last_row`` is changed to that label.
        """
        if not self._open or self._last_labels is None:
            return components
        old, new = self._last_labels, first_row
        pairs: set[tuple[int, int]] = set()
        for shift in (-1, 0, 1):
            a = old[max(0, -shift) : len(old) - max(0, shift)]
            b = new[max(0, shift) : len(new) - max(0, -shift)]
            touching = (a > 0) & (b > 0)
            pairs.update(zip(a[touching].tolist(), b[touching].tolist()))
        old_ids = list(self._open)
        new_ids = list(components)
        nodes = {("old", i): n for n, i in enumerate(old_ids)} | {
            ("new", i): n for n, i in enumerate(new_ids, len(old_ids))
        }
        edges = np.array([(nodes["old", a], nodes["new", b]) for a, b in pairs]).reshape(-1, 2)
        graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(nodes), len(nodes)))
        _, group = connected_components(graph, directed=False)
        merged: dict[int, _Growing] = {}
        groups: dict[int, list[_Growing]] = {}
        new_labels: dict[int, list[int]] = {}
        for (kind, i), node in nodes.items():
            part = self._open[i] if kind == "old" else components[i]
            groups.setdefault(int(group[node]), []).append(part)
            if kind == "new":
                new_labels.setdefault(int(group[node]), []).append(i)
        for number, parts in groups.items():
            whole = parts[0]
            for part in parts[1:]:
                whole.absorb(part)
            ids = new_labels.get(number)
            if ids is None:
                self._finish_one(whole)
                continue
            if len(ids) > 1:
                last_row[np.isin(last_row, ids[1:])] = ids[0]
            merged[ids[0]] = whole
        return merged

    def _finish_one(self, component: _Growing) -> None:
        if component.pixels >= self.min_pixels:
            self._done.append(component)

    def _prune(self, slack: int = 2) -> None:
        """Keep memory bounded: drop the lowest once there are ``slack`` times too many."""
        if len(self._done) > self.max_instances * slack:
            self._done.sort(key=_rank_key)
            self.omitted += len(self._done) - self.max_instances
            del self._done[self.max_instances :]

    def finish(self) -> list[Instance]:
        """The instances, the highest score first; ties by mean score, then by size, then from top to bottom."""
        for component in self._open.values():
            self._finish_one(component)
        self._open = {}
        self._prune(slack=1)
        self._done.sort(key=_rank_key)
        return [Instance(outline(c.pieces), c.score_max, c.score_sum / c.pixels, c.pixels) for c in self._done]


def _rank_key(component: _Growing) -> tuple[float, float, int, int]:
    """As of :meth:`.components.Components.ranked`: where strips end, changes no order."""
    return -component.score_max, -component.score_sum / component.pixels, -component.pixels, component.first


def outline(pieces: list[BaseGeometry]) -> MultiPolygon:
    """One valid multipolygon of the pieces, without the vertices left over where strips met."""
    merged = pieces[0] if len(pieces) == 1 else shapely.union_all(pieces)
    if not merged.is_valid:  # holes that touch at a corner
        merged = shapely.make_valid(merged, method="structure")
    merged = merged.simplify(0) if len(pieces) > 1 else merged
    parts = getattr(merged, "geoms", [merged])
    return MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
