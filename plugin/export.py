"""Writes anomaly polygons to the formats that other programs read; no user interface."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeature,
    QgsFeatureRequest,
    QgsField,
    QgsFields,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QCoreApplication

from .errors import PluginError

translate = QCoreApplication.translate

ALL, SELECTED, ACCEPTED = "all", "selected", "accepted"


@dataclass(frozen=True)
class ExportFormat:
    """A file format.

    Attributes:
        driver: OGR's name of it.
        label: the name for people.
        suffix: of the file, with the dot.
        wgs84_only: whether the format knows no other CRS.
        prefers_wgs84: whether programs expect WGS 84 in it.
    """

    driver: str
    label: str
    suffix: str
    wgs84_only: bool = False
    prefers_wgs84: bool = False


FORMATS: tuple[ExportFormat, ...] = (
    ExportFormat("ESRI Shapefile", "Shapefile", ".shp"),
    ExportFormat("GPKG", "GeoPackage", ".gpkg"),
    ExportFormat("GeoJSON", "GeoJSON", ".geojson", prefers_wgs84=True),
    ExportFormat("KML", "KML", ".kml", wgs84_only=True, prefers_wgs84=True),
)

# A shapefile's field names have at most 10 characters; a longer one is named here, never cut off blindly.
SHAPEFILE_NAMES = {
    "id": "id",
    "score_max": "score_max",
    "score_mean": "score_mean",
    "area": "area",
    "width": "width",
    "height": "height",
    "rank": "rank",
    "status": "status",
    "label": "label",
    "note": "note",
    "detector": "detector",
    "modality": "modality",
    "run_id": "run_id",
}
_SHAPEFILE_TEXT_LENGTH = 254

# Google Earth shows the name beside a polygon and the description in its balloon: copies of the fields named here.
KML_FIELDS = {"Name": "rank", "Description": "note"}

_WGS84 = "EPSG:4326"
# The row number of a GeoPackage is no attribute of an anomaly.
_DROPPED = {"fid"}


def get_format(driver: str) -> ExportFormat:
    """The format of OGR's driver name ``driver``, the first one where it is unknown."""
    return next((f for f in FORMATS if f.driver == driver), FORMATS[0])


def existing_files(path: Path) -> list[Path]:
    """The files that an export to ``path`` would replace: itself and, for a shapefile, its companions."""
    if path.suffix.lower() != ".shp":
        return [path] if path.exists() else []
    suffixes = {".shp", ".shx", ".dbf", ".prj", ".cpg", ".qpj", ".qix", ".sbn", ".sbx", ".shp.xml"}
    return [p for p in (path.with_name(path.stem + suffix) for suffix in sorted(suffixes)) if p.exists()]


def export_polygons(
    layer: QgsVectorLayer, path: str | Path, driver: str, crs: QgsCoordinateReferenceSystem, which: str = ALL
) -> int:
    """Write polygons to a new file, which appears only when it is whole; an existing one is replaced.

    Args:
        layer: an anomaly layer; edits not yet saved are exported too.
        path: the file, with its format's suffix.
        driver: OGR's name of the format, one of :data:`FORMATS`.
        crs: CRS of the file; formats that know but one use that. Invalid: the layer's own.
        which: ``"all"``, ``"selected"`` or ``"accepted"`` polygons.

    Returns:
        How many polygons were written.

    Raises:
        PluginError: ``not_writable`` where the folder or the file cannot be written, ``bad_parameter`` where there is
            nothing to export or the CRS does not fit; an existing file is untouched then.
    """
    target = Path(path)
    file_format = get_format(driver)
    target_crs = QgsCoordinateReferenceSystem(_WGS84) if file_format.wgs84_only else crs
    if not layer.crs().isValid() or not target_crs.isValid():
        target_crs = layer.crs()
    features = _features(layer, which)
    folder = _work_folder(target)
    try:
        draft = folder / target.name
        _write(layer, features, draft, file_format, target_crs)
        _publish(folder, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return len(features)


def _features(layer: QgsVectorLayer, which: str) -> list[QgsFeature]:
    request = QgsFeatureRequest()
    if which == SELECTED:
        request.setFilterFids(layer.selectedFeatureIds())
    elif which == ACCEPTED:
        request.setFilterExpression("\"status\" = 'accepted'")
    request.addOrderBy('"rank"')
    features = list(layer.getFeatures(request))
    if not features:
        raise PluginError(
            "bad_parameter",
            translate("Export", "There is no polygon to export in “{name}”.").format(name=layer.name()),
            translate("Export", "Choose all polygons, or select or accept some first."),
        )
    return features


def _work_folder(target: Path) -> Path:
    if not target.parent.is_dir():
        message = translate("Export", "The folder {folder} does not exist.").format(folder=target.parent)
        raise PluginError("not_writable", message, translate("Export", "Choose another folder."))
    try:
        # In the same folder: only there is a rename all or nothing.
        return Path(tempfile.mkdtemp(prefix=".anomaly_lens_", dir=target.parent))
    except OSError as error:
        message = translate("Export", "The folder {folder} cannot be written to ({reason}).")
        raise PluginError(
            "not_writable",
            message.format(folder=target.parent, reason=error.strerror),
            translate("Export", "Choose another folder."),
        ) from error


def _fields(layer: QgsVectorLayer, file_format: ExportFormat) -> tuple[QgsFields, list[int]]:
    fields = QgsFields()
    indexes = []
    for index, original in enumerate(layer.fields()):
        if original.name() in _DROPPED:
            continue
        field = QgsField(original)
        if file_format.driver == "ESRI Shapefile":
            field.setName(SHAPEFILE_NAMES.get(original.name(), original.name()[:10]))
            if field.typeName().lower().startswith(("string", "text")):
                field.setLength(_SHAPEFILE_TEXT_LENGTH)
        fields.append(field)
        indexes.append(index)
    if file_format.driver == "KML":
        for name, source in KML_FIELDS.items():
            index = layer.fields().indexOf(source)
            field = QgsField(layer.fields().at(index))
            field.setName(name)
            fields.append(field)
            indexes.append(index)
    return fields, indexes


def _write(
    layer: QgsVectorLayer,
    features: list[QgsFeature],
    draft: Path,
    file_format: ExportFormat,
    crs: QgsCoordinateReferenceSystem,
) -> None:
    fields, indexes = _fields(layer, file_format)
    project = QgsProject.instance()
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = file_format.driver
    options.fileEncoding = "UTF-8"
    options.layerName = draft.stem
    options.datasourceOptions = QgsVectorFileWriter.defaultDatasetOptions(file_format.driver)
    options.layerOptions = QgsVectorFileWriter.defaultLayerOptions(file_format.driver)
    if file_format.driver == "GeoJSON":
        # What programs of today expect of GeoJSON, and means WGS 84.
        options.layerOptions = ["RFC7946=YES"] if crs.authid() == _WGS84 else ["RFC7946=NO"]
    writer = QgsVectorFileWriter.create(
        str(draft), fields, QgsWkbTypes.MultiPolygon, crs, project.transformContext(), options
    )
    _check(writer, draft)
    transform = QgsCoordinateTransform(layer.crs(), crs, project.transformContext())
    for original in features:
        geometry = original.geometry()
        try:
            geometry.transform(transform)
        except QgsCsException as error:
            message = translate("Export", "Polygon {rank} cannot be brought to {crs}.")
            raise PluginError(
                "bad_parameter",
                message.format(rank=original["rank"], crs=crs.userFriendlyIdentifier()),
                translate("Export", "Choose a CRS that covers the scene."),
                str(error),
            ) from error
        feature = QgsFeature(fields)
        feature.setGeometry(geometry)
        feature.setAttributes([original.attribute(index) for index in indexes])
        writer.addFeature(feature)
    writer.flushBuffer()
    _check(writer, draft)
    # The file is closed with the writer; until then its name cannot be changed on Windows.
    del writer


def _check(writer: QgsVectorFileWriter, draft: Path) -> None:
    if writer.hasError() != QgsVectorFileWriter.WriterError.NoError:
        message = translate("Export", "{name} could not be written.").format(name=draft.name)
        hint = translate("Export", "Check that the disk is not full, or choose another folder.")
        raise PluginError("not_writable", message, hint, writer.errorMessage())


def _publish(folder: Path, target: Path) -> None:
    """Move the finished files to their names; an older file goes only when every new one is there."""
    written = {p.name for p in folder.iterdir()}
    try:
        for name in sorted(written):
            os.replace(folder / name, target.parent / name)  # noqa: PTH105 - says that it replaces
        for stale in existing_files(target):
            if stale.name not in written:
                stale.unlink()
    except OSError as error:
        message = translate("Export", "{path} cannot be replaced ({reason}).")
        raise PluginError(
            "not_writable",
            message.format(path=target, reason=error.strerror),
            translate(
                "Export", "Close other programs that use it, remove its layer from QGIS, or choose another name."
            ),
        ) from error
