"""Turns the engine's files into layers of the project: grouped, styled, described, and on the screen."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from osgeo import gdal
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeatureRequest,
    QgsLayerMetadata,
    QgsLayerTree,
    QgsLayerTreeGroup,
    QgsLayerTreeRegistryBridge,
    QgsMapLayer,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QCoreApplication, QDateTime, QObject, pyqtSignal

from .errors import PluginError
from .numbers import number_text
from .styles import style_anomalies, style_heatmap

translate = QCoreApplication.translate

ANOMALIES_TABLE = "anomalies"
OBJECT_SCORE = "instance_score"
"""Field of how sure a detector of objects is of one, by which it ranks them; other detectors have no such field."""
PROVENANCE_KEY = "ANOMALY_LENS_PROVENANCE"

# Custom properties: they travel with the project, so that results are known as such in a later session.
ROLE_PROPERTY = "anomaly_lens/role"
RUN_PROPERTY = "anomaly_lens/run_id"
ROLE_HEATMAP = "heatmap"
ROLE_ANOMALIES = "anomalies"

# The first anomaly fills this part of the window, and at least this many pixels are shown around it.
_ZOOM_OUT = 8.0
_LEAST_PIXELS = 60


class News(QObject):
    """Tells what the project does not: the toolbox's layers are added to it before they are known as results."""

    dressed = pyqtSignal(list)
    """Layers of the project that have become results."""


NEWS = News()


@dataclass(frozen=True)
class ResultLayers:
    """The layers of one result; the project owns them.

    Attributes:
        heatmap: the scores.
        anomalies: the polygons.
    """

    heatmap: QgsRasterLayer
    anomalies: QgsVectorLayer


def add_result(
    project: QgsProject,
    scene_name: str,
    detector_label: str,
    result: dict[str, Any],
    *,
    now: QDateTime | None = None,
    inside: QgsLayerTreeGroup | None = None,
    roles: Collection[str] = (ROLE_ANOMALIES, ROLE_HEATMAP),
) -> ResultLayers:
    """Add the two layers of a result in a group of their own, above everything else.

    Args:
        project: to add to.
        scene_name: the searched layer's name.
        detector_label: the detector's name for people.
        result: the engine's ``detect`` result.
        now: the time that the group names; the present where None.
        inside: a group to add that group to, after what it holds; the top of the layer tree where None.
        roles: which of the two are added.

    Returns:
        The layers.

    Raises:
        PluginError: ``internal`` where a file of the result cannot be opened; nothing is added then.
    """
    heatmap = QgsRasterLayer(result["heatmap"], translate("Results", "Heat map"), "gdal")
    table = f"{result['instances']}|layername={ANOMALIES_TABLE}"
    anomalies = QgsVectorLayer(table, translate("Results", "Anomalies"), "ogr")
    for layer, path in ((heatmap, result["heatmap"]), (anomalies, result["instances"])):
        if not layer.isValid():
            message = translate("Results", "The result {path} cannot be opened.").format(path=path)
            hint = translate("Results", "Check that the disk is there and not full, and run it again.")
            raise PluginError("internal", message, hint, layer.error().message())
    provenance = read_provenance(result["heatmap"])
    for layer in (heatmap, anomalies):
        dress(layer, scene_name, detector_label, result, provenance)
    time = (now or QDateTime.currentDateTime()).toString("hh:mm")
    root = project.layerTreeRoot()
    title = numbered(f"{scene_name} · {detector_label} · {time}", lambda name: root.findGroup(name) is not None)
    group = root.insertGroup(0, title) if inside is None else inside.addGroup(title)
    for layer in (anomalies, heatmap):
        if layer.customProperty(ROLE_PROPERTY) in roles:
            project.addMapLayer(layer, False)
            group.addLayer(layer)
    _draw_on_top(root, [layer.layer() for layer in group.findLayers()])
    return ResultLayers(heatmap, anomalies)


def numbered(title: str, is_taken: Callable[[str], bool]) -> str:
    """A title, with a number behind it where it is taken.

    Args:
        title: as it would be.
        is_taken: whether something else is called so.
    """
    number, free = 1, title
    while is_taken(free):
        number += 1
        free = f"{title} ({number})"
    return free


def _draw_on_top(root: QgsLayerTree, added: list[QgsMapLayer]) -> None:
    """An order of drawing of the user's own takes new layers in at its end: below the scene, where nobody sees them."""
    if root.hasCustomLayerOrder():
        root.setCustomLayerOrder([*added, *(layer for layer in root.customLayerOrder() if layer not in added)])


def dress(
    layer: QgsMapLayer, scene_name: str, detector_label: str, result: dict[str, Any], provenance: dict[str, Any]
) -> None:
    """Style a layer of a result, describe it, and make it known as one.

    Args:
        layer: the heat map or the polygons.
        scene_name: the searched layer's name.
        detector_label: the detector's name for people.
        result: the engine's ``detect`` result.
        provenance: what the heat map says about how it was made.
    """
    is_raster = isinstance(layer, QgsRasterLayer)
    if is_raster:
        style_heatmap(layer, _has_scene_scores(provenance))
    else:
        style_anomalies(layer, str(result.get("area_unit", "px")))
    layer.setCustomProperty(ROLE_PROPERTY, ROLE_HEATMAP if is_raster else ROLE_ANOMALIES)
    layer.setCustomProperty(RUN_PROPERTY, str(result.get("run_id", "")))
    layer.setMetadata(_metadata(layer, scene_name, detector_label, result, provenance))
    if QgsProject.instance().mapLayer(layer.id()) is not None:
        NEWS.dressed.emit([layer])


def files_missing(project: QgsProject) -> PluginError | None:
    """What to say to somebody who wants results of a project that has their layers, but no file of them.

    Args:
        project: to look through.

    Returns:
        None where some polygons can be read, and where there are no results.
    """
    found = [layer for layer in project.mapLayers().values() if is_anomalies(layer)]
    if not found or any(layer.isValid() for layer in found):
        return None
    return PluginError(
        "bad_parameter",
        translate("Results", "The files of this project's results are missing."),
        translate("Results", "Press the triangle beside a layer in the layer tree, and say where its file is now."),
    )


def read_provenance(heatmap: str) -> dict[str, Any]:
    """What a heat map says about how it was made; empty where it says nothing.

    Args:
        heatmap: path of the GeoTIFF.
    """
    try:
        dataset = gdal.Open(heatmap)
    except RuntimeError:
        # Whoever shares QGIS's Python may have made GDAL raise; the file is gone in either case.
        dataset = None
    return _provenance("" if dataset is None else dataset.GetMetadataItem(PROVENANCE_KEY))


def read_table_provenance(path: str, name: str) -> dict[str, Any]:
    """What a table of anomalies says about how it was made; empty where it says nothing.

    Args:
        path: of the GeoPackage.
        name: of the table.
    """
    try:
        dataset = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_READONLY)
    except RuntimeError:
        dataset = None
    table = None if dataset is None else dataset.GetLayerByName(name)
    return _provenance("" if table is None else table.GetMetadataItem(PROVENANCE_KEY))


def _provenance(text: str | None) -> dict[str, Any]:
    try:
        provenance = json.loads(text or "{}")
    except ValueError:
        return {}
    return provenance if isinstance(provenance, dict) else {}


def _has_scene_scores(provenance: dict[str, Any]) -> bool:
    """Whether a score of 0.5 stands for the scene's own top percent."""
    return provenance.get("raw_score_of_one_half") is not None


def zoom_to_first(canvas: QgsMapCanvas, layers: ResultLayers) -> None:
    """Show the anomaly of rank 1 with what is around it, or the whole heat map where there is none.

    Args:
        canvas: the map.
        layers: the result.
    """
    heatmap = layers.heatmap
    feature = next(layers.anomalies.getFeatures(QgsFeatureRequest().setFilterExpression('"rank" = 1')), None)
    if feature is None:
        show_box(canvas, heatmap.crs(), heatmap.extent(), None, 1.0)
    else:
        show_box(canvas, heatmap.crs(), feature.geometry().boundingBox(), heatmap)


def show_box(
    canvas: QgsMapCanvas,
    crs: QgsCoordinateReferenceSystem,
    box: QgsRectangle,
    heatmap: QgsRasterLayer | None,
    zoom_out: float = _ZOOM_OUT,
) -> None:
    """Show a place on the map with what is around it.

    Args:
        canvas: the map.
        crs: of the box.
        box: the place.
        heatmap: in the same CRS; some of its pixels are shown however small the place, and not much beside it however
            large. None: the box alone tells how much.
        zoom_out: how many times the box's size is shown.
    """
    shown = QgsRectangle(box)
    shown.scale(zoom_out)
    if heatmap is not None and heatmap.isValid():
        # Around what takes up half the scene there is nothing to be seen: the scene would be a speck on the map.
        whole = heatmap.extent()
        width, height = min(shown.width(), whole.width()), min(shown.height(), whole.height())
        shown = QgsRectangle.fromCenterAndSize(box.center(), max(width, box.width()), max(height, box.height()))
        least = _LEAST_PIXELS * heatmap.rasterUnitsPerPixelX()
        shown.grow(max(0.0, least - max(shown.width(), shown.height())) / 2)
    settings = canvas.mapSettings()
    transform = QgsCoordinateTransform(crs, settings.destinationCrs(), settings.transformContext())
    try:
        canvas.setExtent(transform.transformBoundingBox(shown))
    except QgsCsException:
        # The map's CRS does not reach there: what is on the screen stays on the screen.
        return
    canvas.refresh()


def insert_on_top(project: QgsProject) -> None:
    """Let the layers that come next be on top of the tree, whichever layer is active, until another one is chosen.

    Beside a result, a scene would be in the result's group, to be hidden and removed with it.

    Args:
        project: whose layer tree.
    """
    top = QgsLayerTreeRegistryBridge.InsertionPoint(project.layerTreeRoot(), 0)
    project.layerTreeRegistryBridge().setLayerInsertionPoint(top)


def absent_roles(project: QgsProject, run_ids: Iterable[str]) -> dict[str, list[str]]:
    """Which layers of some runs a project does not show; runs that it shows whole are left out.

    Args:
        project: to look through.
        run_ids: of the runs.
    """
    layers = project.mapLayers().values()
    there = {(str(layer.customProperty(RUN_PROPERTY)), layer.customProperty(ROLE_PROPERTY)) for layer in layers}
    absent = {
        run_id: [role for role in (ROLE_ANOMALIES, ROLE_HEATMAP) if (run_id, role) not in there] for run_id in run_ids
    }
    return {run_id: roles for run_id, roles in absent.items() if roles}


def is_result(layer: QgsMapLayer) -> bool:
    """Whether a layer was made by this plugin."""
    return bool(layer.customProperty(ROLE_PROPERTY))


def scene_layers(project: QgsProject) -> list[QgsRasterLayer]:
    """The raster layers that can be searched, by name: those that are there, but for results."""
    layers = [layer for layer in project.mapLayers().values() if isinstance(layer, QgsRasterLayer) and layer.isValid()]
    return sorted((layer for layer in layers if not is_result(layer)), key=lambda layer: layer.name().lower())


def is_anomalies(layer: QgsMapLayer | None) -> bool:
    """Whether a layer holds anomaly polygons made by this plugin."""
    return isinstance(layer, QgsVectorLayer) and layer.customProperty(ROLE_PROPERTY) == ROLE_ANOMALIES


def _metadata(
    layer: QgsMapLayer, scene_name: str, detector_label: str, result: dict[str, Any], provenance: dict[str, Any]
) -> QgsLayerMetadata:
    what = layer.name()
    abstract = translate(
        "Results",
        "{what} of “{scene}”, found by {detector} ({modality}) with Anomaly Lens. {scores} Anomalies begin at "
        "{threshold}; there are {count}.",
    ).format(
        what=what,
        scene=scene_name,
        detector=detector_label,
        modality=result.get("modality", ""),
        scores=_scores_text(provenance),
        threshold=number_text(float(result.get("score_threshold") or 0), 3),
        count=int(result.get("count") or 0),
    )
    metadata = QgsLayerMetadata()
    metadata.setIdentifier(f"{result.get('run_id', '')}/{layer.customProperty(ROLE_PROPERTY)}")
    metadata.setTitle(f"{what} · {scene_name}")
    metadata.setType("dataset")
    metadata.setAbstract(abstract)
    metadata.setCrs(layer.crs())
    history = [f"{key}: {_text(value)}" for key, value in sorted(provenance.items())]
    metadata.setHistory(history)
    return metadata


def _scores_text(provenance: dict[str, Any]) -> str:
    if _has_scene_scores(provenance):
        text = translate(
            "Results",
            "A score of {half} means as deviating as the top 1 % of the scene; {high} means nine times that.",
        )
        return text.format(half=number_text(0.5, 1), high=number_text(0.9, 1))
    return translate("Results", "Scores run from 0 to 1, as the detector's training calibrated them.")


def _text(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
