"""Writes anomaly polygons to the formats that other programs read; no user interface.

An export is prepared in the main thread, where layers live, and may be written in another.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osgeo import gdal
from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsFeature,
    QgsFeatureRequest,
    QgsField,
    QgsFields,
    QgsGeometry,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QCoreApplication, QMetaType, QVariant

from .drafts import draft_folder, publish
from .errors import PluginError

translate = QCoreApplication.translate

ALL, SELECTED, ACCEPTED = "all", "selected", "accepted"

Step = Callable[[float], None]
"""Called now and then with what is done, 0 to 1; raises :class:`PluginError` to stop."""


@dataclass(frozen=True)
class ExportFormat:
    """A file format.

    Attributes:
        driver: OGR's name of it.
        label: the name for people.
        suffix: of the file, with the dot.
        wgs84_only: whether the format knows no other CRS.
        prefers_wgs84: whether programs expect WGS 84 in it.
        outlines: whether it holds outlines; if not, coordinates of a point inside each.
    """

    driver: str
    label: str
    suffix: str
    wgs84_only: bool = False
    prefers_wgs84: bool = False
    outlines: bool = True


FORMATS: tuple[ExportFormat, ...] = (
    ExportFormat("ESRI Shapefile", "Shapefile", ".shp"),
    ExportFormat("GPKG", "GeoPackage", ".gpkg"),
    ExportFormat("GeoJSON", "GeoJSON", ".geojson", prefers_wgs84=True),
    ExportFormat("KML", "KML", ".kml", wgs84_only=True, prefers_wgs84=True),
    ExportFormat("CSV", "CSV table", ".csv", outlines=False),
)


def format_label(file_format: ExportFormat) -> str:
    """What people read of a format; the others are names in any language."""
    return translate("Export", "CSV table") if file_format.driver == "CSV" else file_format.label


# What a shapefile holds of a text and of the name of a field, in bytes of UTF-8.
_SHAPEFILE_TEXT, _SHAPEFILE_NAME = 254, 10

# Google Earth shows the name beside a polygon and the description in its balloon: copies of the fields named here.
KML_FIELDS = {"Name": "rank", "Description": "note"}

# A point inside each polygon: in the CRS of the file, and on the globe where that is known.
_PLACE_FIELDS = ("x", "y")
_GLOBE_FIELDS = ("longitude", "latitude")

_WGS84 = "EPSG:4326"
# The row number of a GeoPackage is no attribute of an anomaly.
_DROPPED = {"fid"}
# What QGIS joins to a layer whose labels were moved by hand: where they stand.
_AUXILIARY = "auxiliary_storage_"
# Types of fields that somebody may have added: QGIS writes the first to no format as it is, a shapefile has none of the
# second.
_STRUCTURED, _BINARY = "JSON", "Binary"


def get_format(driver: str) -> ExportFormat:
    """The format of OGR's driver name ``driver``, the first one where it is unknown."""
    return next((f for f in FORMATS if f.driver == driver), FORMATS[0])


@dataclass
class Export:
    """Polygons and where they go; holds no layer, and may be written in any thread.

    Attributes:
        name: the layer's, for messages.
        features: copies, by rank.
        fields: the layer's.
        source_crs: of the features.
        crs: of the file.
        transforms: the project's choices of datum transformations.
        target: the file.
        file_format: its format.
    """

    name: str
    features: list[QgsFeature]
    fields: QgsFields
    source_crs: QgsCoordinateReferenceSystem
    crs: QgsCoordinateReferenceSystem
    transforms: QgsCoordinateTransformContext
    target: Path
    file_format: ExportFormat

    def texts_too_long(self) -> int:
        """How many texts the format has no room for; what fits of them is written."""
        if self.file_format.driver != "ESRI Shapefile":
            return 0
        values = (_plain(value) for feature in self.features for value in feature.attributes())
        texts = (value for value in values if isinstance(value, str))
        return sum(_cut(text, _SHAPEFILE_TEXT) != text for text in texts)

    def write(self, step: Step = lambda _share: None) -> int:
        """Write the file, which appears only when it is whole; an existing one is replaced.

        Args:
            step: is told what is done.

        Returns:
            How many polygons were written.

        Raises:
            PluginError: ``not_writable`` where the folder or the file cannot be written, ``bad_parameter`` where the
                CRS does not fit, or what ``step`` raises; an existing file is untouched then.
        """
        with draft_folder(self.target) as folder:
            _write(self, folder / self.target.name, step)
            publish(folder, self.target)
        return len(self.features)


def prepare_export(
    layer: QgsVectorLayer, path: str | Path, driver: str, crs: QgsCoordinateReferenceSystem, which: str = ALL
) -> Export:
    """Copy what is to be written.

    Args:
        layer: an anomaly layer; edits not yet saved are exported too.
        path: the file, with its format's suffix.
        driver: OGR's name of the format, one of :data:`FORMATS`.
        crs: CRS of the file; formats that know but one use that. Invalid: the layer's own.
        which: ``"all"``, ``"selected"`` or ``"accepted"`` polygons.

    Raises:
        PluginError: ``bad_parameter`` where there is nothing to export.
    """
    features = chosen_features(layer, which)
    if not features:
        raise PluginError(
            "bad_parameter",
            translate("Export", "There is no polygon to export in “{name}”.").format(name=layer.name()),
            translate("Export", "Choose all polygons, or select or accept some first."),
        )
    file_format = get_format(driver)
    target_crs = QgsCoordinateReferenceSystem(_WGS84) if file_format.wgs84_only else crs
    if not layer.crs().isValid() or not target_crs.isValid():
        target_crs = layer.crs()
    return Export(
        layer.name(),
        features,
        QgsFields(layer.fields()),
        layer.crs(),
        target_crs,
        QgsProject.instance().transformContext(),
        Path(path),
        file_format,
    )


def chosen_features(layer: QgsVectorLayer, which: str) -> list[QgsFeature]:
    """The features to export, by rank.

    Args:
        layer: anomalies.
        which: ``"all"``, ``"selected"`` or ``"accepted"``.
    """
    request = QgsFeatureRequest()
    if which == SELECTED:
        request.setFilterFids(layer.selectedFeatureIds())
    elif which == ACCEPTED:
        request.setFilterExpression("\"status\" = 'accepted'")
    if layer.fields().indexOf("rank") >= 0:
        request.addOrderBy('"rank"')
    return list(layer.getFeatures(request))


def arrives(transform: QgsCoordinateTransform) -> bool:
    """Whether coordinates come out in the other CRS; from a local one or another planet's they stay what they were.

    Args:
        transform: between two CRSs; where either is not known, nothing is said against it.
    """
    source, target = transform.sourceCrs(), transform.destinationCrs()
    return transform.isValid() or source == target or not (source.isValid() and target.isValid())


def _fields(export: Export) -> tuple[QgsFields, list[int]]:
    """The fields of the file, and for each one the field of the layer that it is copied from."""
    driver = export.file_format.driver
    fields = QgsFields()
    indexes = []
    for index, original in enumerate(export.fields):
        if original.name() in _DROPPED or original.name().startswith(_AUXILIARY):
            continue
        if driver == "ESRI Shapefile" and original.typeName() == _BINARY:
            continue
        field = QgsField(original)
        if original.typeName() == _STRUCTURED:
            text = QMetaType.Type.QString if Qgis.versionInt() >= 33800 else QVariant.String
            field = QgsField(original.name(), text, "String")
        if driver == "ESRI Shapefile":
            field.setName(_short_name(original.name(), {name.lower() for name in fields.names()}))
            if field.typeName().lower().startswith(("string", "text")):
                field.setLength(_SHAPEFILE_TEXT)
        fields.append(field)
        indexes.append(index)
    # KML's names are the same in capitals; a field of that name that somebody has added stays theirs.
    taken = {name.lower() for name in fields.names()}
    for name, source in KML_FIELDS.items() if driver == "KML" else ():
        index = export.fields.indexOf(source)
        if index < 0 or name.lower() in taken:
            continue
        field = QgsField(export.fields.at(index))
        field.setName(name)
        fields.append(field)
        indexes.append(index)
    return fields, indexes


def _short_name(name: str, taken: set[str]) -> str:
    """A shapefile's name for a field; one that somebody has added is cut off, and numbered where that is not enough."""
    short, number = _cut(name, _SHAPEFILE_NAME), 1
    # Its names are the same in capitals.
    while short.lower() in taken:
        number += 1
        short = f"{_cut(name, _SHAPEFILE_NAME - len(str(number)))}{number}"
    return short


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    """A value as it is written: objects and lists as the text that they are in the GeoPackage."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _cut(text: str, most: int) -> str:
    """As many whole characters as fit into some bytes of UTF-8."""
    return text.encode(errors="replace")[:most].decode(errors="ignore")


def _write(export: Export, draft: Path, step: Step) -> None:
    file_format, crs = export.file_format, export.crs
    fields, indexes = _fields(export)
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = file_format.driver
    options.fileEncoding = "UTF-8"
    options.layerName = draft.stem
    options.datasourceOptions = QgsVectorFileWriter.defaultDatasetOptions(file_format.driver)
    options.layerOptions = QgsVectorFileWriter.defaultLayerOptions(file_format.driver)
    if file_format.driver == "GeoJSON":
        # What programs of today expect of GeoJSON, and means WGS 84.
        options.layerOptions = ["RFC7946=YES"] if crs.authid() == _WGS84 else ["RFC7946=NO"]
    kind = QgsWkbTypes.MultiPolygon
    places = []
    if not file_format.outlines:
        # Spreadsheets take a file without the mark for one in the system's own encoding.
        options.layerOptions = ["WRITE_BOM=YES"]
        kind = QgsWkbTypes.NoGeometry
        places = [_Place(export, crs, _PLACE_FIELDS)]
        globe = QgsCoordinateReferenceSystem(_WGS84)
        if crs.isValid() and arrives(QgsCoordinateTransform(export.source_crs, globe, export.transforms)):
            places.append(_Place(export, globe, _GLOBE_FIELDS))
        # QGIS 3.38 takes types of fields by other names, and QGIS 4 by those alone.
        real = QMetaType.Type.Double if Qgis.versionInt() >= 33800 else QVariant.Double
        for name in (name for place in places for name in place.names):
            fields.append(QgsField(name, real))
    writer = QgsVectorFileWriter.create(str(draft), fields, kind, crs, export.transforms, options)
    try:
        _check(writer.hasError(), writer.errorMessage(), draft)
        transform = QgsCoordinateTransform(export.source_crs, crs, export.transforms)
        for number, original in enumerate(export.features):
            step(number / len(export.features))
            feature = QgsFeature(fields)
            values = [_plain(original.attribute(index)) for index in indexes]
            if file_format.driver == "ESRI Shapefile":
                # QGIS would write none of the file, and GDAL cut in the middle of a character.
                values = [_cut(value, _SHAPEFILE_TEXT) if isinstance(value, str) else value for value in values]
            if file_format.outlines:
                feature.setGeometry(_moved(original, transform))
            feature.setAttributes(values + [value for place in places for value in place.of(original)])
            if not writer.addFeature(feature):
                break
        writer.flushBuffer()
        _check(writer.hasError(), writer.errorMessage(), draft)
    finally:
        # The file is closed with the writer, which an error would keep; an open one cannot be renamed on Windows, nor
        # deleted.
        del writer
    _check_whole(draft, len(export.features))


class _Place:
    """Coordinates of a point inside each polygon."""

    def __init__(self, export: Export, crs: QgsCoordinateReferenceSystem, names: tuple[str, str]) -> None:
        taken = set(export.fields.names())
        self.names = [name if name not in taken else f"{name}_" for name in names]
        self._transform = QgsCoordinateTransform(export.source_crs, crs, export.transforms)

    def of(self, feature: QgsFeature) -> list[float | None]:
        if feature.geometry().isEmpty():
            return [None, None]
        point = _moved(feature, self._transform, feature.geometry().pointOnSurface()).asPoint()
        return [point.x(), point.y()]


def _moved(feature: QgsFeature, transform: QgsCoordinateTransform, what: QgsGeometry | None = None) -> QgsGeometry:
    """The outline of a feature, or ``what``, in the other CRS."""
    geometry = QgsGeometry(feature.geometry() if what is None else what)
    try:
        if not arrives(transform):
            raise QgsCsException(transform.sourceCrs().userFriendlyIdentifier())
        geometry.transform(transform)
    except QgsCsException as error:
        crs = transform.destinationCrs().userFriendlyIdentifier()
        message = translate("Export", "Polygon {rank} cannot be brought to {crs}.")
        # Somebody may have deleted the field.
        rank = feature["rank"] if feature.fieldNameIndex("rank") >= 0 else feature.id()
        raise PluginError(
            "bad_parameter",
            message.format(rank=rank, crs=crs),
            translate("Export", "Choose a CRS that covers the scene."),
            str(error),
        ) from error
    return geometry


def _check(error: QgsVectorFileWriter.WriterError, details: str, draft: Path) -> None:
    if error != QgsVectorFileWriter.WriterError.NoError:
        message = translate("Export", "{name} could not be written.").format(name=draft.name)
        hint = translate("Export", "Check that the disk is not full, or choose another folder.")
        raise PluginError("not_writable", message, hint, details)


def _check_whole(draft: Path, count: int) -> None:
    """Some formats tell of a full disk only when they are closed, and then to nobody: what was written is counted."""
    try:
        dataset = gdal.OpenEx(str(draft), gdal.OF_VECTOR)
        whole = dataset is not None and dataset.GetLayer(0).GetFeatureCount() == count
    except RuntimeError:
        whole = False
    if not whole:
        message = translate("Export", "{name} could not be written in full.").format(name=draft.name)
        hint = translate("Export", "Check that the disk is not full, or choose another folder.")
        raise PluginError("not_writable", message, hint)
