"""A heat map in memory, of which polygons are made by another threshold, merging, filling and smoothing in a moment."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.windows import Window

from .components import Components, highest
from .errors import EngineError
from .geometry import LARGEST, PixelMeasure
from .heatmap import BLOCK, PROVENANCE_KEY
from .instances import MAX_INSTANCES, Instance
from .memory import told_if_short
from .outlines import OUTLINES, Ints, Runs, label, mended, smoothed, trace
from .parameters import check_ranges, check_threshold
from .profiles import PROFILES
from .scene import Scene, open_scene
from .scores import HISTOGRAM_BINS, counted
from .slopes import MOST_PIXELS, foot, on_peaks, reaching

KEPT_SHARE = 0.1
"""This share of the valid pixels, those with the highest scores, is kept in memory; more is read when asked for."""

MOST_KEPT = 20_000_000
"""At 12 bytes each, so many pixels are kept at most."""

MAX_SMOOTH = 20

_ROWS_VALUES = 2**24

_HIGHEST = {"score_threshold": 1.0, "peak_share": 1.0, "peak_lowest": 1.0, "min_area": LARGEST, "min_pixels": LARGEST}
"""Of the run's parameters that polygons are made by, numbers from 0."""

Strip = tuple[int, NDArray[np.float32], NDArray[np.bool_]]


@dataclass(frozen=True)
class Shaping:
    """How polygons are made of scores; None stands for what the run itself used.

    Attributes:
        threshold_score: the lowest score of an anomaly.
        threshold_percent: the share of valid pixels that become anomalies, instead of a score.
        peak_share: the share of an anomaly's own highest raw score that its pixels reach, see :mod:`.slopes`.
        min_area: the smallest anomaly kept, before filling and smoothing; in m², or pixels where there is no CRS.
        merge: anomalies whose edges are at most so far apart become one; in m, or pixels.
        fill_holes: holes up to this area are filled; in m², or pixels.
        smooth: rounds of rounding off the outlines, 0 to 20; None: outlines as the run drew them.

    Raises:
        EngineError: ``bad_parameter`` for a number out of its range.
    """

    threshold_score: float | None = None
    threshold_percent: float | None = None
    peak_share: float | None = None
    min_area: float | None = None
    merge: float = 0.0
    fill_holes: float = 0.0
    smooth: int | None = None

    def __post_init__(self) -> None:
        check_threshold(self.threshold_percent, self.threshold_score)
        check_ranges(
            (
                ("share of the peak", self.peak_share, 0, 1),
                ("minimum area", self.min_area, 0, LARGEST),
                ("merge distance", self.merge, 0, LARGEST),
                ("area of holes to fill", self.fill_holes, 0, LARGEST),
                ("smoothing", self.smooth, 0, MAX_SMOOTH),
            )
        )


@dataclass(frozen=True)
class Shaped:
    """Polygons made of a heat map, the highest score first.

    Attributes:
        threshold: the score from which on pixels count.
        instances: in pixel coordinates of the heat map.
        areas: of the polygons, in the unit of the map's measure.
        outline: how they are to be drawn, see :func:`~.outlines.drawn_as`.
        omitted: how many more there would be beyond the limit.
    """

    threshold: float
    instances: list[Instance]
    areas: NDArray[np.float64]
    outline: str
    omitted: int


class _Cut(NamedTuple):
    """Where anomalies end.

    Attributes:
        threshold: the score that they reach.
        share: see :func:`.slopes.on_peaks`; 0 where the threshold cuts outlines, too.
        lowest: the lowest score of a pixel that may be part of one.
    """

    threshold: float
    share: float
    lowest: float


class ScoreMap:
    """A heat map in memory: its highest scores, where they are, and what the file says of itself.

    Args:
        path: of the GeoTIFF.
        lowest: pixels from this score on are wanted, in any case.

    Attributes:
        scene: the file as the engine sees it, closed.
        provenance: how it was made; empty for a heat map of another program.
        histogram: 256 counts of the scores from 0 to 1.
        lowest: the score from which on pixels are in memory.

    Raises:
        EngineError: where the file is no heat map or cannot be read.
    """

    def __init__(self, path: str | Path, lowest: float = 1.0) -> None:
        self.stamp = file_stamp(path)
        with open_scene(path) as scene:
            self.scene = scene
            if scene.count != 1 or scene.is_complex:
                raise EngineError(
                    "bad_parameter", f"{path} has {scene.count} bands: it is no heat map.", "Choose a heat map."
                )
            self.provenance = _provenance(scene)
            # Two passes: the first shows how far down the scores fit into memory. A small map is read but once.
            strips = _strips(scene)
            held = list(strips) if scene.width * scene.height <= 2 * _ROWS_VALUES else None
            self.histogram = _histogram(scene, held or strips)
            self.lowest = min(lowest, _lowest(self.histogram))
            pixels, scores = [], []
            for row, values, valid in held or _strips(scene):
                kept = np.flatnonzero(valid & (values >= self.lowest))
                pixels.append(kept + row * scene.width)
                scores.append(values.ravel()[kept])
        self._pixels = np.concatenate(pixels)
        self._scores = np.concatenate(scores)
        self.measure = PixelMeasure(scene)
        self._taken: tuple[tuple[str, ...], Ints] = ((), np.zeros(0, dtype=np.int64))
        self._peaks: tuple[float, float, Ints, NDArray[np.float32]] = (0.0, 1.0, self._pixels[:0], self._scores[:0])

    def threshold(self, shaping: Shaping) -> float:
        """The score that a shaping begins at.

        Raises:
            EngineError: ``bad_parameter`` where neither the shaping nor the map says.
        """
        if shaping.threshold_score is not None:
            return float(shaping.threshold_score)
        if shaping.threshold_percent is not None:
            return self._reached(shaping.threshold_percent / 100)
        try:
            return float(self.provenance["parameters"]["score_threshold"])
        except (KeyError, TypeError, ValueError) as error:
            raise EngineError(
                "bad_parameter", f"{self.scene.path} does not say its threshold.", "Give a score or a percentage."
            ) from error

    def _reached(self, share: float) -> float:
        """The score that a share of the valid pixels reach; a little lower where not all of them are in memory."""
        wanted = math.ceil(share * int(self.histogram.sum()))
        if wanted > len(self._scores):
            # Zero is no anomaly, however many are asked for.
            least = float(np.flatnonzero(_reaching(self.histogram) >= wanted)[-1]) / HISTOGRAM_BINS
            return max(least, float(np.finfo(np.float32).tiny))
        if wanted == 0:
            return 1.0
        found = np.partition(self._scores, -wanted)[-wanted]
        # As in a run: where scores are tied, no more than twice as many are anomalies.
        higher = self._scores[self._scores > max(found, 0)]
        if len(higher) and (found <= 0 or int((self._scores >= found).sum()) > 2 * wanted):
            found = higher.min()
        return float(found) if found > 0 else 1.0

    def needed(self, shaping: Shaping) -> float:
        """The lowest score of a pixel that a shaping may make part of an anomaly.

        Raises:
            EngineError: as :meth:`threshold`.
        """
        return self._cut(shaping).lowest

    def _cut(self, shaping: Shaping) -> _Cut:
        threshold, share, few = self.threshold(shaping), self._peak_share(shaping), self._few()
        # Below it, too many pixels reach a score to look for hills; it is known to within a bin.
        floor = few - 1 / HISTOGRAM_BINS
        if not share or threshold < floor:
            return _Cut(threshold, 0.0, threshold)
        lowest = foot(threshold, share, self._peak_lowest())
        return _Cut(threshold, share, lowest if lowest >= floor else min(threshold, few))

    def _core(self, shaping: Shaping) -> int:
        """How many pixels of an anomaly reach the threshold at least where its outline is counted from its peak."""
        profile = PROFILES.get(str(self.provenance.get("modality")))
        at_least = self._smallest(shaping.min_area)[0]
        return at_least if profile is None else min(at_least, profile.min_pixels)

    def _smallest(self, min_area: float | None) -> tuple[int, float]:
        """The fewest pixels and the smallest area of an anomaly."""
        parameters = self._parameters()
        if min_area is None and parameters.get("min_pixels") is not None:
            return int(parameters["min_pixels"]), 0.0
        area = float((parameters.get("min_area") or 0.0) if min_area is None else min_area)
        return math.floor(area / self.measure.largest_pixel_area + 1e-9), area

    def smallest_area(self, shaping: Shaping) -> float:
        """The area that an anomaly needs, in m² or pixels."""
        pixels, area = self._smallest(shaping.min_area)
        return area or pixels * self._pixel_area()

    def shape(self, shaping: Shaping, taken: Sequence[str] = ()) -> Shaped:
        """Make polygons.

        Args:
            shaping: how; what it needs must not lie below ``lowest``.
            taken: polygons as WKB in hexadecimal digits, in map coordinates, whose pixels are left out: what lies
                around them becomes an anomaly only where its highest score does not touch one of them.

        Raises:
            ValueError: it does.
        """
        cut = self._cut(shaping)
        if cut.lowest < self.lowest:
            msg = f"scores from {cut.lowest} are wanted, those from {self.lowest} are in memory"
            raise ValueError(msg)
        excluded = self._taken_pixels(tuple(taken))
        runs, component, scores = self._components(cut, self._core(shaping), excluded)
        if shaping.merge > 0:
            component = label(runs, shaping.merge, self._pixel_size())
        at_least, min_area = self._smallest(shaping.min_area)
        found, component = Components.ranked(runs, component, scores, at_least, MAX_INSTANCES)
        rings = trace(runs[component >= 0], component[component >= 0])
        polygons = rings.polygons()
        if min_area > 0:
            large = self.measure.areas(polygons) >= min_area * (1 - 1e-9)
            rings, polygons = rings[large[rings.component]], polygons[large]
        if shaping.fill_holes > 0:
            rings = found.without_holes(rings, shaping.fill_holes / self._pixel_area())
            polygons = rings.polygons()
        if shaping.smooth:
            polygons = mended(smoothed(rings, shaping.smooth).polygons(), polygons)
        kept = np.unique(rings.component)
        # What a filled hole has swallowed may have had the higher score.
        again = np.argsort(-found.peaks[kept], kind="stable")
        kept, polygons = kept[again], polygons[again]
        instances = [
            Instance(polygon, peak, total / size, size)
            for polygon, peak, total, size in zip(
                polygons, found.peaks[kept].tolist(), found.sums[kept].tolist(), found.sizes[kept].tolist()
            )
        ]
        outline = "pixels"
        if shaping.smooth is None:
            outline = self._parameters().get("outline") or outline
        return Shaped(cut.threshold, instances, self.measure.areas(polygons), outline, found.omitted)

    def _components(self, cut: _Cut, core: int, excluded: Ints) -> tuple[Runs, Ints, NDArray[np.float32]]:
        """The pixels that count, as runs, with the component of each run and the score of each pixel.

        Args:
            cut: where anomalies and their outlines end.
            core: see :func:`.slopes.reaching`.
            excluded: flat numbers of pixels that are left out, ascending, and with them the slopes around them.
        """
        pixels, scores = self._on_peaks(cut) if cut.share else (self._pixels, self._scores)
        pixels, scores = pixels[scores >= cut.lowest], scores[scores >= cut.lowest]
        if len(excluded):
            free = ~_contains(excluded, pixels)
            pixels, scores = pixels[free], scores[free]
        if cut.share:
            # What is left around a decided one counts on its own: its top may have been what reached the threshold.
            kept = reaching(pixels, scores, self.scene.width, cut.threshold, core)
            pixels, scores = pixels[kept], scores[kept]
        runs = Runs.of(pixels, self.scene.width)
        component = label(runs)
        if len(excluded) and len(runs):
            rest = ~self._fringes(runs, component, pixels, scores, excluded)[component]
            scores, runs, component = scores[np.repeat(rest, runs.length)], runs[rest], component[rest]
        return runs, component, scores

    def _on_peaks(self, cut: _Cut) -> tuple[Ints, NDArray[np.float32]]:
        """The pixels from a score on that are on a peak, and their scores; remembered, with some more of lower scores.

        A threshold that is drawn up and down asks again and again.
        """
        # Passes that the run did not see join no hills here either, whatever was looked at before.
        least = min(cut.lowest, self._peak_lowest())
        if cut.share != self._peaks[0] or not least <= self._peaks[1] <= cut.lowest:
            lowest = max(self.lowest, foot(cut.lowest, 0.5), least)
            wanted = self._scores >= lowest
            pixels, scores = self._pixels[wanted], self._scores[wanted]
            on = on_peaks(pixels, scores, self.scene.width, cut.share)
            self._peaks = cut.share, lowest, pixels[on], scores[on]
        return self._peaks[2:]

    def _parameters(self) -> dict[str, Any]:
        """Of the run; empty for a heat map of another program."""
        return self.provenance.get("parameters") or {}

    def _peak_share(self, shaping: Shaping) -> float:
        if shaping.peak_share is not None:
            return shaping.peak_share
        return float(self._parameters().get("peak_share") or 0.0)

    def _few(self) -> float:
        """The score from which on hills can be looked for, to within a bin; see :data:`.slopes.MOST_PIXELS`."""
        return int(np.count_nonzero(_reaching(self.histogram) > MOST_PIXELS)) / HISTOGRAM_BINS

    def _peak_lowest(self) -> float:
        """Which scores outlines of the run end at, at the lowest."""
        return float(self._parameters().get("peak_lowest") or 0.0)

    def _pixel_size(self) -> tuple[float, float]:
        """Width and height of the pixel in the middle, in m or pixels."""
        column, row = self.scene.width // 2, self.scene.height // 2
        return self.measure.size(shapely.box(column, row, column + 1, row + 1))

    def _pixel_area(self) -> float:
        return self.measure.pixel_area_m2 or 1.0

    def _taken_pixels(self, taken: tuple[str, ...]) -> Ints:
        """Flat numbers of the pixels whose centres lie in some polygons, ascending; remembered until others come."""
        if taken != self._taken[0]:
            scene = self.scene
            shapes = shapely.from_wkb([bytes.fromhex(text) for text in taken])
            placed = shapely.transform(shapes, lambda xy: np.column_stack(scene.to_pixel(xy[:, 0], xy[:, 1])))
            bounds = shapely.bounds(placed)
            found = [np.zeros(0, dtype=np.int64)]
            rows = max(1, _ROWS_VALUES // scene.width)
            for row in range(0, scene.height, rows):
                here = placed[(bounds[:, 1] < row + rows) & (bounds[:, 3] > row)]
                if len(here):
                    height = min(rows, scene.height - row)
                    moved = shapely.transform(here, lambda xy, row=row: xy - [0, row])
                    mask = rasterize(moved, out_shape=(height, scene.width), dtype=np.uint8)
                    found.append(np.flatnonzero(mask) + row * scene.width)
            self._taken = (taken, np.concatenate(found))
        return self._taken[1]

    def _fringes(
        self, runs: Runs, component: Ints, pixels: Ints, scores: NDArray[np.float32], excluded: Ints
    ) -> NDArray[np.bool_]:
        """Which components are but the slopes of what was excluded: their highest pixels touch it."""
        count = int(component.max()) + 1
        at = np.repeat(component, runs.length)
        peaks = highest(at, scores, count)
        tops = np.flatnonzero(scores == peaks[at])
        row, column = np.divmod(pixels[tops], self.scene.width)
        fringe = np.zeros(count, dtype=bool)
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                inside = (column + right >= 0) & (column + right < self.scene.width)
                touching = inside & _contains(excluded, (row + down) * self.scene.width + column + right)
                fringe[at[tops[touching]]] = True
        return fringe


def load(heatmap: str | Path, shaping: Shaping, known: ScoreMap | None = None) -> ScoreMap:
    """The heat map with all scores that a shaping needs.

    Args:
        heatmap: path of the GeoTIFF.
        shaping: what it is for.
        known: what was loaded before; returned where it will do.

    Raises:
        EngineError: as :class:`ScoreMap`; also where the file of ``known`` is gone.
    """
    stamp = file_stamp(heatmap)
    with enough_memory(heatmap):
        if known is None or known.scene.path != str(heatmap) or known.stamp != stamp:
            known = ScoreMap(heatmap)
        needed = known.needed(shaping)
        return known if needed >= known.lowest else ScoreMap(heatmap, needed)


def enough_memory(heatmap: str | Path) -> AbstractContextManager[None]:
    """What makes polygons of a heat map says so where memory runs out: each pixel above the threshold takes some."""
    message = f"There is not enough memory to make polygons of {heatmap}."
    return told_if_short(message, "Raise the threshold, or close other programs.")


def file_stamp(path: str | Path) -> tuple[int, int]:
    """What changes when a file is written again.

    Raises:
        EngineError: ``scene_not_found`` where there is none.
    """
    try:
        facts = Path(path).stat()
    except OSError as error:
        raise EngineError(
            "scene_not_found",
            f"The heat map {path} is not there any more ({error.strerror}).",
            "Put the file back, or run the detection again.",
        ) from error
    return facts.st_mtime_ns, facts.st_size


def _strips(scene: Scene) -> Iterator[Strip]:
    """First row, scores of shape (rows, columns), and which are valid, from top to bottom."""
    rows = max(BLOCK, _ROWS_VALUES // scene.width // BLOCK * BLOCK)
    for row in range(0, scene.height, rows):
        values, valid = scene.read(Window(0, row, scene.width, min(rows, scene.height - row)))
        yield row, values[0], valid


def _provenance(scene: Scene) -> dict[str, Any]:
    """How a heat map was made, without parameters that no run has: another program may have written them."""
    try:
        found = json.loads(scene.tags.get(PROVENANCE_KEY, "{}"))
    except (ValueError, RecursionError):
        found = {}
    if not isinstance(found, dict):
        return {}
    told = found.pop("parameters", None)
    if isinstance(told, dict):
        found["parameters"] = {name: value for name, value in told.items() if _is_parameter(name, value)}
    return found


def _is_parameter(name: str, value: object) -> bool:
    """Whether a run's parameter of that name may be so; None stands for one that was not given."""
    if value is None:
        return True
    if name in _HIGHEST:
        return isinstance(value, (int, float)) and 0 <= value <= _HIGHEST[name]
    return name != "outline" or value in OUTLINES


def _histogram(scene: Scene, strips: Iterable[Strip]) -> Ints:
    """Counts of the valid scores in 256 bins over [0, 1]."""
    counts = np.zeros(HISTOGRAM_BINS, dtype=np.int64)
    for _, values, valid in strips:
        found = values[valid]
        if len(found) and not (found.min() >= 0 and found.max() <= 1):
            raise EngineError(
                "bad_parameter",
                f"{scene.path} holds values from {found.min():g} to {found.max():g}: scores run from 0 to 1.",
                "Choose a heat map.",
            )
        counts += counted(found)
    return counts


def _reaching(histogram: Ints) -> Ints:
    """How many scores lie in each bin of a histogram or above, of the same shape."""
    return histogram[::-1].cumsum()[::-1]


def _lowest(histogram: Ints) -> float:
    """The score from which on no more pixels lie than are kept in memory."""
    few = _reaching(histogram) <= min(KEPT_SHARE * int(histogram.sum()), MOST_KEPT)
    return float(np.argmax(few)) / HISTOGRAM_BINS if few.any() else 1.0


def _contains(ascending: Ints, numbers: Ints) -> NDArray[np.bool_]:
    at = np.minimum(np.searchsorted(ascending, numbers), len(ascending) - 1)
    return np.asarray(ascending[at] == numbers)
