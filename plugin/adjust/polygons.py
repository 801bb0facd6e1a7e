"""Which polygons of a run are the threshold's to change, and changing them in their file, all at once or not at all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from osgeo import gdal, ogr
from qgis.core import QgsFeature, QgsGeometry, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QByteArray, QCoreApplication, QDate, QDateTime, Qt, QTime

from ..anomalies_table import changed_table, check
from ..errors import PluginError
from ..results import OBJECT_SCORE, PROVENANCE_KEY
from ..review.looks import SECOND
from ..shared_file import catch_up, update_copies, whole
from ..storage import layer_file, layer_table

translate = QCoreApplication.translate

SHAPING_KEY = "ANOMALY_LENS_SHAPING"
"""Metadata item of the table: how its polygons were made last, and which those are."""

# What the engine fills in, and who took a decision when, which stays where it is undone; words in any other field are
# a person's.
_ENGINE_FIELDS = {
    "fid",
    "id",
    "score_max",
    "score_mean",
    "area",
    "width",
    "height",
    "rank",
    "detector",
    "modality",
    "run_id",
    SECOND.reviewer,
    SECOND.time,
}
_UNDECIDED = ("", "unreviewed")
# What people say lies in texts and in fields of JSON; a photograph says something, too.
_WORDS = (str, dict, list, QByteArray)
# Two outlines are the same where they agree to this part of a pixel.
_PRECISION = 64

# In steps that SQLite of any age knows.
_RANKS = (
    "CREATE TEMP TABLE anomaly_lens_ranks (place INTEGER PRIMARY KEY, row INTEGER UNIQUE)",
    "INSERT INTO anomaly_lens_ranks (row) SELECT rowid FROM {table} WHERE {score} IS NOT NULL "
    "ORDER BY {score} DESC, score_mean DESC, area DESC, rowid",
    "UPDATE {table} SET rank = (SELECT place FROM anomaly_lens_ranks WHERE row = {table}.rowid) "
    "WHERE {score} IS NOT NULL",
    "DROP TABLE anomaly_lens_ranks",
)


@dataclass(frozen=True)
class Shaping:
    """How polygons are made of scores; the fields are parameters of the ``polygonize`` request.

    Attributes:
        score: the lowest score of an anomaly; None: the run's own.
        min_area: of an anomaly; None: the run's own.
        merge: distance up to which anomalies become one.
        fill_holes: area up to which holes are filled.
        smooth: rounds of smoothing; None: as the run drew its outlines.
        peak_share: of an anomaly's own highest raw score that its pixels reach, 0 to 1; None: the run's own.
    """

    score: float | None = None
    min_area: float | None = None
    merge: float = 0.0
    fill_holes: float = 0.0
    smooth: int | None = None
    peak_share: float | None = None

    def params(self) -> dict[str, Any]:
        """The request's parameters."""
        params = {k: v for k, v in vars(self).items() if k != "score" and v is not None}
        return params if self.score is None else {**params, "threshold": {"score": self.score}}


@dataclass
class Stored:
    """What the file says of its polygons.

    Attributes:
        shaping: how they were made last.
        made: keys of those that were made so; None where nothing but the run, or the toolbox, has made any.
    """

    shaping: Shaping = field(default_factory=Shaping)
    made: set[str] | None = None

    def text(self) -> str:
        """As it is stored."""
        made = None if self.made is None else sorted(self.made)
        return json.dumps({"shaping": vars(self.shaping), "made": made})


@dataclass
class Outline:
    """A polygon of the threshold: what a row of the file holds.

    Attributes:
        wkb: its outline.
        values: by field.
        fid: its number in the file; None for the file to choose.
    """

    wkb: bytes
    values: dict[str, Any]
    fid: int | None = None


class Keys:
    """Names outlines so that the same ones, computed twice, have the same name, and others another.

    Args:
        heatmap: gives the size of a pixel and the corner to count from.
    """

    def __init__(self, heatmap: QgsRasterLayer) -> None:
        extent = heatmap.extent()
        self._x, self._y = extent.xMinimum(), extent.yMinimum()
        self._width = extent.width() / max(1, heatmap.width()) / _PRECISION
        self._height = extent.height() / max(1, heatmap.height()) / _PRECISION
        self._known: dict[bytes, str] = {}

    def of(self, wkb: bytes) -> str:
        """The key of an outline: from its box, area and number of vertices."""
        if wkb not in self._known:
            self._known[wkb] = self._compute(wkb)
        return self._known[wkb]

    def _compute(self, wkb: bytes) -> str:
        geometry = QgsGeometry()
        geometry.fromWkb(wkb)
        box = geometry.boundingBox()
        numbers = (
            round((box.xMinimum() - self._x) / self._width),
            round((box.yMinimum() - self._y) / self._height),
            round((box.xMaximum() - self._x) / self._width),
            round((box.yMaximum() - self._y) / self._height),
            round(geometry.area() / self._width / self._height / _PRECISION),
            geometry.constGet().nCoordinates(),
        )
        return hashlib.blake2b(repr(numbers).encode(), digest_size=6).hexdigest()


@dataclass
class Survey:
    """The polygons of a layer at one moment.

    Attributes:
        kept: those that a person decided on, drew or changed: outlines as WKB by number.
        free: the others, which are the threshold's: numbers by key.
        count: how many there are, those without an outline included.
        rows: of those that are the threshold's, by number.
    """

    kept: dict[int, bytes]
    free: dict[str, int]
    count: int
    rows: dict[int, QgsFeature] = field(default_factory=dict)


def survey(layer: QgsVectorLayer, keys: Keys, made: set[str]) -> Survey:
    """Sort the polygons of a layer into a person's and the threshold's.

    A polygon is the threshold's where nobody has said anything about it (a status, a label, a note, or words in another
    field) and its outline is one that the engine has made.

    Args:
        layer: anomalies; those that a filter hides count, too.
        keys: names outlines.
        made: the keys of what the engine has made.
    """
    words = [
        (index, _UNDECIDED if name.startswith("status") else ("",))
        # The file's own, which come first: what is computed or joined nobody has said.
        for index, name in enumerate(layer.dataProvider().fields().names())
        if name not in _ENGINE_FIELDS
    ]
    kept, free, rows, count = {}, {}, {}, 0
    # What a filter hides would be made a second time.
    everything = whole(layer)
    for feature in everything.getFeatures():
        count += 1
        if not feature.hasGeometry():
            continue
        wkb = bytes(feature.geometry().asWkb())
        key = keys.of(wkb)
        values = feature.attributes()
        said = any(isinstance(values[index], _WORDS) and values[index] not in silence for index, silence in words)
        if said or key not in made or key in free:
            kept[feature.id()] = wkb
        else:
            free[key] = feature.id()
            rows[feature.id()] = feature
    return Survey(kept, free, count, rows)


def read_stored(layer: QgsVectorLayer) -> Stored:
    """What the file of a layer says of its polygons; the run's own where it says nothing.

    Args:
        layer: anomalies.
    """
    try:
        dataset = gdal.OpenEx(str(layer_file(layer)), gdal.OF_VECTOR)
        table = dataset.GetLayerByName(layer_table(layer))
        told = json.loads(table.GetMetadataItem(SHAPING_KEY) or "{}")
        if not told:
            return Stored(_of_toolbox(json.loads(table.GetMetadataItem(PROVENANCE_KEY) or "{}").get("polygonized")))
        made = told.get("made")
        return Stored(Shaping(**told.get("shaping", {})), None if made is None else set(made))
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError):
        # Nothing is stored, or nothing that can be understood.
        return Stored()


def _of_toolbox(told: dict[str, Any] | None) -> Shaping:
    """How the toolbox or the command line has made the polygons of a file; the run's own where a run has."""
    if told is None:
        return Shaping()
    # A top share has become a score; what is not told is as it is by default.
    names = ("min_area", "merge", "fill_holes", "smooth", "peak_share")
    return Shaping(score=told["score_threshold"], **{name: told[name] for name in names if name in told})


def rewrite(layer: QgsVectorLayer, remove: list[int], add: list[Outline], stored: Stored, count: int) -> list[int]:
    """Replace polygons in a layer's file, in one transaction: after an error the file is as it was.

    Args:
        layer: anomalies, not being edited; it shows the new polygons then.
        remove: numbers of features.
        add: new ones.
        stored: what the file says of its polygons from now on.
        count: how many the file holds so far; it is left alone where somebody else has added or removed some.

    Returns:
        The numbers of the new features.

    Raises:
        PluginError: ``not_writable``.
    """
    try:
        with changed_table(layer) as file:
            if file.count() != count:
                raise RuntimeError(translate("Adjust", "another program has changed them"))
            file.delete(remove)
            fids = _insert(file.table, add)
            # Before the next statement, with which GDAL writes it; it would commit the rest where that fails.
            file.table.SetMetadataItem(SHAPING_KEY, stored.text())
            has_objects = file.table.GetLayerDefn().GetFieldIndex(OBJECT_SCORE) >= 0
            score = f"ifnull({OBJECT_SCORE}, score_max)" if has_objects else "score_max"
            for statement in _RANKS:
                file.dataset.ExecuteSQL(statement.format(table=file.name, score=score))
    except RuntimeError as error:
        message = translate("Adjust", "The polygons in {path} cannot be changed ({reason}).")
        hint = translate(
            "Adjust",
            "Nothing was changed. Check that the file can be written, that the disk is not full, and try again.",
        )
        raise PluginError("not_writable", message.format(path=layer_file(layer), reason=error), hint) from error
    layer.deselect(remove)
    catch_up(layer, written=True)
    update_copies(layer)
    return fids


def _insert(table: ogr.Layer, add: list[Outline]) -> list[int]:
    definition = table.GetLayerDefn()
    index = {definition.GetFieldDefn(i).GetName(): i for i in range(definition.GetFieldCount())}
    fids = []
    # One feature for all: setting a field takes longer than writing the row, and most are as in the one before.
    row, told = ogr.Feature(definition), {}
    for outline in add:
        row.SetGeometryDirectly(ogr.CreateGeometryFromWkb(outline.wkb))
        values = {name: value for name, value in outline.values.items() if value is not None and name in index}
        for name in told.keys() - values.keys():
            row.UnsetField(index[name])
        for name, value in values.items():
            if told.get(name) != value:
                row.SetField(index[name], value)
        told = values
        row.SetFID(ogr.NullFID if outline.fid is None else outline.fid)
        check(table.CreateFeature(row))
        fids.append(row.GetFID())
    return fids


def read_outline(feature: QgsFeature) -> Outline:
    """A feature as it would be written again.

    Args:
        feature: with its attributes.
    """
    values = {}
    for name, value in zip(feature.fields().names(), feature.attributes()):
        if isinstance(value, (QDate, QTime, QDateTime)):
            values[name] = value.toString(Qt.DateFormat.ISODateWithMs)
        elif name != "fid" and isinstance(value, (str, int, float)):
            values[name] = value
    return Outline(bytes(feature.geometry().asWkb()), values, feature.id())
