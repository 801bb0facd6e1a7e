"""What a report says: gathered in the main thread, where layers live; pictures of polygons are made later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeature,
    QgsGeometry,
    QgsProject,
    QgsUnitTypes,
)
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtGui import QImage

from ..adjust.polygons import read_stored
from ..export import ACCEPTED, arrives, chosen_features
from ..numbers import digits_text, measure_text, number_text
from ..processing.choices import detectors, modalities
from ..results import OBJECT_SCORE
from ..review.edits import area_unit
from ..review.looks import number_of, status_of, text_of
from ..review.scenes import SceneFile, find_scene
from ..runs import Run
from ..storage import layer_file
from ..styles import STATUS_STYLES, status_labels

translate = QCoreApplication.translate

_TIME = "%Y-%m-%d %H:%M"
_OTHERS_COLOR = "#9e9e9e"
_DEGREES = QgsCoordinateReferenceSystem("EPSG:4326")


@dataclass(frozen=True)
class Entry:
    """One polygon.

    Attributes:
        rank: 1 is the highest score; empty where it has none.
        status: for people.
        is_accepted: whether somebody has accepted it.
        score: that which the rank follows: the highest inside, or the object's own.
        mean: the mean inside.
        area: with its unit.
        size: width and height, with their unit.
        place: longitude and latitude, or x and y where the globe is unknown.
        label: as somebody wrote it.
        note: as somebody wrote it.
        geometry: the outline.
    """

    rank: str
    status: str
    is_accepted: bool
    score: str
    mean: str
    area: str
    size: str
    place: str
    label: str
    note: str
    geometry: QgsGeometry


@dataclass(frozen=True)
class Count:
    """How many polygons have a status.

    Attributes:
        label: the status, for people.
        count: how many.
        color: of the status, as in #rrggbb.
    """

    label: str
    count: int
    color: str


@dataclass(frozen=True)
class Contents:
    """Everything that a report says.

    Attributes:
        title: the run's.
        made: when the report was made.
        counts: of all polygons of the run, by status.
        facts: how the run came about: names and values.
        entries: the polygons that are listed, by rank.
        place_title: what the places of entries are.
        scene: where the pixels are.
        map_picture: the map with the run, or None.
    """

    title: str
    made: str
    counts: list[Count]
    facts: list[tuple[str, str]]
    entries: list[Entry]
    place_title: str
    scene: SceneFile
    map_picture: QImage | None = field(default=None, compare=False)


def gather(run: Run, which: str, map_picture: QImage | None = None) -> Contents:
    """Gather what a report says.

    Args:
        run: its layers; the heat map may be gone.
        which: of the polygons are listed: ``"all"``, ``"selected"`` or ``"accepted"``.
        map_picture: as it is shown.
    """
    layer = run.anomalies
    unit = ("m²", "m") if area_unit(layer) == "m2" else ("px", "px")
    transform = None
    if layer.crs().isValid():
        there = QgsCoordinateTransform(layer.crs(), _DEGREES, QgsProject.instance().transformContext())
        transform = there if arrives(there) else None
    # Degrees, of another planet, too, are long.
    decimals = 6 if layer.crs().mapUnits() == QgsUnitTypes.DistanceDegrees else 1
    entries = [_entry(feature, unit, transform, decimals) for feature in chosen_features(layer, which)]
    place = translate("Report", "Longitude, latitude") if transform is not None else translate("Report", "x, y")
    now = datetime.now().astimezone().strftime(_TIME)
    scene = find_scene(run, QgsProject.instance())
    return Contents(run.title(), now, _counts(run), _facts(run, unit), entries, place, scene, map_picture)


def _counts(run: Run) -> list[Count]:
    # Somebody may have deleted the field.
    has_status = run.anomalies.fields().indexOf("status") >= 0
    counts = Counter(status_of(feature["status"] if has_status else None) for feature in run.anomalies.getFeatures())
    labels = status_labels()
    known = [
        Count(labels[status], counts.pop(status, 0), f"#{red:02x}{green:02x}{blue:02x}")
        for status, red, green, blue, _pen in STATUS_STYLES
    ]
    # Words of another program, or of somebody who typed them into the table.
    others = Count(translate("Report", "Other"), sum(counts.values()), _OTHERS_COLOR)
    return [*known, others] if others.count else known


def _entry(
    feature: QgsFeature, unit: tuple[str, str], transform: QgsCoordinateTransform | None, decimals: int
) -> Entry:
    names = set(feature.fields().names())

    def number(name: str, text: Callable[[float], str]) -> str:
        value = number_of(feature[name]) if name in names else None
        return "–" if value is None else text(value)

    def measured(name: str, of_unit: str = "") -> str:
        return number(name, lambda value: f"{measure_text(value)} {of_unit}".strip())

    def words(name: str) -> str:
        return text_of(feature[name]) if name in names else ""

    status = status_of(words("status"))
    return Entry(
        rank=number("rank", "{:.0f}".format),
        status=status_labels().get(status, ""),
        is_accepted=status == ACCEPTED,
        score=number("score_max" if number(OBJECT_SCORE, str) == "–" else OBJECT_SCORE, _score_text),
        mean=number("score_mean", _score_text),
        area=measured("area", unit[0]),
        size=measured("width") + " × " + measured("height", unit[1]),
        place=_place(feature.geometry(), transform, decimals),
        label=words("label"),
        note=words("note"),
        geometry=QgsGeometry(feature.geometry()),
    )


def _score_text(score: float) -> str:
    return number_text(score, 3)


def _place(geometry: QgsGeometry, transform: QgsCoordinateTransform | None, decimals: int) -> str:
    if geometry.isEmpty():
        return ""
    point = geometry.pointOnSurface().asPoint()
    if transform is None:
        return f"{point.x():.{decimals}f}, {point.y():.{decimals}f}"
    try:
        place = transform.transform(point)
    except QgsCsException:
        return f"{point.x():.{decimals}f}, {point.y():.{decimals}f}"
    return f"{place.x():.6f}, {place.y():.6f}"


def _facts(run: Run, unit: tuple[str, str]) -> list[tuple[str, str]]:
    """How the run came about; what is not known is left out."""
    told = run.provenance
    source = told.get("source") or {}
    parameters = run.parameters
    stored = read_stored(run.anomalies)
    shaping = stored.shaping
    own = run.threshold
    score = own if shaping.score is None else shaping.score
    share = (parameters.get("peak_share") or 0) if shaping.peak_share is None else shaping.peak_share
    of_peak = translate("Report", "% of the peak")
    is_own = stored.made is None and score == own
    size = translate("Report", "{width} × {height} pixels, bands: {bands}")
    pixels = {"width": source.get("width"), "height": source.get("height"), "bands": len(source.get("bands") or [])}
    rows: list[tuple[str, Any]] = [
        (translate("Report", "Scene"), source.get("path")),
        (translate("Report", "Size"), size.format(**pixels) if source.get("width") else None),
        (translate("Report", "Coordinate system"), source.get("crs")),
        (translate("Report", "Modality"), _label(modalities(), told.get("modality"))),
        (translate("Report", "Detector"), _label(detectors(), told.get("detector"))),
        (translate("Report", "Weights (SHA-256)"), str(told.get("weights_sha256") or "").split(":")[-1]),
        (translate("Report", "Searched"), _local_time(told.get("time"))),
        (translate("Report", "Device"), str(told.get("device") or "").upper()),
        (translate("Report", "Anomalies from score"), None if score is None else _score_text(float(score))),
        (translate("Report", "Top share"), _with_unit(parameters.get("threshold_percent"), "%", is_own)),
        (translate("Report", "Outlines from"), _with_unit(100 * share, of_peak, share > 0)),
        (translate("Report", "Smallest area"), _smallest(shaping.min_area, parameters, unit[0])),
        (translate("Report", "Merged within"), _with_unit(shaping.merge, unit[1], shaping.merge > 0)),
        (translate("Report", "Holes filled up to"), _with_unit(shaping.fill_holes, unit[0], shaping.fill_holes > 0)),
        (translate("Report", "Outlines smoothed"), _with_unit(shaping.smooth, "×", bool(shaping.smooth))),
        (translate("Report", "Polygons"), str(layer_file(run.anomalies))),
        (translate("Report", "Heat map"), "" if run.heatmap is None else str(Path(run.heatmap.source()))),
        (translate("Report", "Run"), told.get("run_id") or run.run_id),
        (translate("Report", "Anomaly Lens"), told.get("version")),
    ]
    return [(name, str(value)) for name, value in rows if value not in (None, "")]


def _label(labels: list[tuple[str | None, str]], name: str | None) -> str | None:
    """As the dock calls it; a name that this plugin does not know stays."""
    return dict(labels).get(name, name) if name else None


def _local_time(told: str | None) -> str | None:
    """As the report tells its own time."""
    try:
        return datetime.fromisoformat(told).astimezone().strftime(_TIME) if told else None
    except ValueError:
        return told


def _with_unit(value: float | None, unit: str, wanted: bool) -> str | None:
    return None if value is None or not wanted else f"{digits_text(value)} {unit}"


def _smallest(adjusted: float | None, parameters: dict[str, Any], unit: str) -> str | None:
    area = parameters.get("min_area") if adjusted is None else adjusted
    if area is not None:
        return f"{digits_text(area)} {unit}"
    return _with_unit(parameters.get("min_pixels"), "px", True)
