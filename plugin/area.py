"""The area of interest: where a run looks, in whatever way the user said it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsMapSettings,
    QgsPointXY,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorLayerFeatureSource,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QCoreApplication

from .errors import PluginError

translate = QCoreApplication.translate

# A straight edge of the canvas is a curve in another CRS; this many points an edge follow it well within a pixel.
_POINTS_PER_EDGE = 32
_GEOJSON_DECIMALS = 12


@dataclass(frozen=True)
class Area:
    """An area, snapshot in the main thread and read in a task's thread.

    Attributes:
        read: gives the area's geometry in ``crs``; may read a layer's features, so it is left to the task's thread.
        crs: of the geometry; invalid means the scene's own coordinates.
        transforms: the project's choices of datum transformations.
        is_extent: whether the geometry is a rectangle along the axes.
    """

    read: Callable[[], QgsGeometry]
    crs: QgsCoordinateReferenceSystem
    transforms: QgsCoordinateTransformContext
    is_extent: bool = True

    def params(self, scene_crs: QgsCoordinateReferenceSystem) -> dict[str, Any]:
        """The area as the ``area`` parameter of a ``detect`` request.

        Args:
            scene_crs: the CRS of the layer that is searched.

        Raises:
            PluginError: ``bad_area``.
        """
        geometry = self.read()
        if self.is_extent and not self._differs_from(scene_crs):
            box = geometry.boundingBox()
            return {"bbox": [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()]}
        crs = self.crs
        if self.is_extent:
            geometry, crs = self._in(scene_crs, geometry), scene_crs
        params: dict[str, Any] = {"geojson": json.loads(geometry.asJson(_GEOJSON_DECIMALS))}
        if crs.isValid() and scene_crs.isValid():
            params["crs"] = crs.toWkt(QgsCoordinateReferenceSystem.WKT_PREFERRED)
        return params

    def extent_in(self, scene_crs: QgsCoordinateReferenceSystem) -> QgsRectangle:
        """The bounding box in the CRS of the layer that is searched.

        Raises:
            PluginError: ``bad_area``.
        """
        return self._in(scene_crs, self.read()).boundingBox()

    def _differs_from(self, scene_crs: QgsCoordinateReferenceSystem) -> bool:
        return self.crs.isValid() and scene_crs.isValid() and self.crs != scene_crs

    def _in(self, scene_crs: QgsCoordinateReferenceSystem, geometry: QgsGeometry) -> QgsGeometry:
        if not self._differs_from(scene_crs):
            return geometry
        moved = QgsGeometry(geometry).densifyByCount(_POINTS_PER_EDGE)
        try:
            moved.transform(QgsCoordinateTransform(self.crs, scene_crs, self.transforms))
        except QgsCsException as error:
            message = translate("Area", "The extent cannot be brought to the layer's CRS {crs}.")
            raise PluginError(
                "bad_area",
                message.format(crs=scene_crs.userFriendlyIdentifier()),
                translate("Area", "Zoom in on the layer, or choose its whole extent."),
                str(error),
            ) from error
        return moved


def canvas_area(settings: QgsMapSettings) -> Area:
    """What a map canvas shows, a rotated one too.

    Args:
        settings: the canvas's ``mapSettings()``.
    """
    shown = QgsGeometry.fromPolygonXY([[QgsPointXY(corner) for corner in settings.visiblePolygon()]])
    return Area(lambda: shown, settings.destinationCrs(), settings.transformContext(), settings.rotation() == 0)


def rectangle_area(
    rectangle: QgsRectangle, crs: QgsCoordinateReferenceSystem, transforms: QgsCoordinateTransformContext
) -> Area:
    """A rectangle drawn on the map.

    Args:
        rectangle: in ``crs``.
        crs: that of the map when it was drawn.
        transforms: the project's choices of datum transformations.
    """
    drawn = QgsGeometry.fromRect(rectangle)
    return Area(lambda: drawn, crs, transforms)


def polygon_area(layer: QgsVectorLayer, selected_only: bool, transforms: QgsCoordinateTransformContext) -> Area:
    """The polygons of a layer.

    Args:
        layer: a polygon layer.
        selected_only: whether only its selected features count.
        transforms: the project's choices of datum transformations.

    Raises:
        PluginError: ``bad_area`` where nothing is selected, or the layer is empty.
    """
    name = layer.name()
    request = QgsFeatureRequest().setNoAttributes()
    if selected_only:
        if layer.selectedFeatureCount() == 0:
            message = translate("Area", "No polygon is selected in the layer “{name}”.").format(name=name)
            hint = translate("Area", "Select some, or untick “Selected features only”.")
            raise PluginError("bad_area", message, hint)
        request.setFilterFids(layer.selectedFeatureIds())
    source = QgsVectorLayerFeatureSource(layer)
    return feature_area(lambda: source.getFeatures(request), name, layer.crs(), transforms)


def feature_area(
    features: Callable[[], Iterable[QgsFeature]],
    name: str,
    crs: QgsCoordinateReferenceSystem,
    transforms: QgsCoordinateTransformContext,
) -> Area:
    """The polygons of some features.

    Args:
        features: reads them, in a task's thread.
        name: what people call where they come from.
        crs: of the features.
        transforms: the project's choices of datum transformations.
    """

    def read() -> QgsGeometry:
        parts = []
        for feature in features():
            parts.extend(polygons_of(feature.geometry()))
        whole = QgsGeometry.unaryUnion(parts)
        whole.convertToMultiType()
        if whole.isEmpty() or whole.type() != QgsWkbTypes.PolygonGeometry:
            message = translate("Area", "The layer “{name}” holds no usable polygon.").format(name=name)
            raise PluginError("bad_area", message, translate("Area", "Choose a polygon layer with features."))
        return whole

    return Area(read, crs, transforms, is_extent=False)


def polygons_of(geometry: QgsGeometry) -> list[QgsGeometry]:
    """The polygons that a geometry consists of, mended where they cross themselves; no lines and points of it.

    Args:
        geometry: of any kind; may be empty.
    """
    found = []
    for part in _parts(geometry):
        # By itself: a polygon inside another one is no hole.
        found += [part] if part.isGeosValid() else _parts(part.makeValid())
    return [part for part in found if part.type() == QgsWkbTypes.PolygonGeometry]


def _parts(geometry: QgsGeometry) -> list[QgsGeometry]:
    whole = QgsGeometry(geometry)
    if not whole.isNull():
        # Heights that nobody gave are no numbers, and an area of interest with them no place.
        whole.get().dropZValue()
        whole.get().dropMValue()
    whole.convertToMultiType()
    return whole.asGeometryCollection()
