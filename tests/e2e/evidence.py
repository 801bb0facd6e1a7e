"""What QGIS itself knows of a run's layers, as plain values that a test can judge outside."""

from __future__ import annotations

from typing import Any

import numpy as np
from analyst import Found
from qgis.core import (
    QgsMapLayer,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QImage
from qgis.utils import iface


def of_run(found: Found, scene: QgsRasterLayer) -> dict[str, Any]:
    """Everything about a run's layers.

    Args:
        found: the layers.
        scene: the layer that was searched.
    """
    root = QgsProject.instance().layerTreeRoot()
    return {
        "said": found.said,
        "top_group": root.children()[0].name(),
        "group": found.group,
        "group_layers": [node.layer().name() for node in root.findGroup(found.group).findLayers()],
        "active": iface.activeLayer() == found.anomalies,
        "scene": of_raster(scene),
        "heatmap": of_raster(found.heatmap),
        "anomalies": of_polygons(found.anomalies, found.heatmap, scene),
        "titles": [described(layer) for layer in (found.heatmap, found.anomalies)],
    }


def of_raster(layer: QgsRasterLayer) -> dict[str, Any]:
    """Where a raster lies.

    Args:
        layer: the raster.
    """
    return {
        "path": layer.source(),
        "size": [layer.width(), layer.height()],
        "extent": corners(layer.extent()),
        "crs": layer.crs().authid(),
    }


def of_heat(layer: QgsRasterLayer) -> dict[str, Any]:
    """How a heat map looks: its legend, and how opaque its lowest and its highest pixel are drawn.

    Args:
        layer: the heat map.
    """
    scores = pixels(layer)
    picture = draw(layer)
    # The picture has a pixel for each pixel of the raster.
    lowest, highest = (np.unravel_index(find(scores), scores.shape) for find in (np.nanargmin, np.nanargmax))
    function = layer.renderer().shader().rasterShaderFunction()
    return {
        "renderer": layer.renderer().type(),
        "legend": [item.label for item in function.colorRampItemList()],
        "range": [float(np.nanmin(scores)), float(np.nanmax(scores))],
        "alpha": [picture.pixelColor(int(column), int(row)).alpha() for row, column in (lowest, highest)],
    }


def pixels(layer: QgsRasterLayer) -> np.ndarray:
    """The values of a raster's first band as QGIS reads them, of shape (rows, columns), NaN where there is no data.

    Args:
        layer: a raster of float32.
    """
    provider = layer.dataProvider()
    block = provider.block(1, layer.extent(), layer.width(), layer.height())
    values = np.frombuffer(bytes(block.data()), np.float32).reshape(layer.height(), layer.width()).copy()
    if provider.sourceHasNoDataValue(1):
        values[values == np.float32(provider.sourceNoDataValue(1))] = np.nan
    return values


def draw(layer: QgsRasterLayer) -> QImage:
    """A layer alone on a transparent ground, one pixel of the picture for each of its own.

    Args:
        layer: the layer.
    """
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setBackgroundColor(Qt.GlobalColor.transparent)
    settings.setOutputSize(QSize(layer.width(), layer.height()))
    settings.setExtent(layer.extent())
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage()


def of_polygons(layer: QgsVectorLayer, heatmap: QgsRasterLayer, scene: QgsRasterLayer) -> dict[str, Any]:
    """What the polygons say and where they lie.

    Args:
        layer: the polygons.
        heatmap: what they were grown from.
        scene: the layer that was searched.
    """
    frame = QgsRectangle(scene.extent())
    # Floating-point dust on the scene's very edge.
    frame.grow(1e-6 * max(frame.width(), frame.height()))
    features = sorted(layer.getFeatures(), key=lambda feature: feature["rank"])
    names = [field.name() for field in layer.fields()]
    view = iface.mapCanvas().mapSettings()
    shown = view.mapToLayerCoordinates(layer, view.visibleExtent())
    provider = heatmap.dataProvider()
    inner = [feature.geometry().pointOnSurface().asPoint() for feature in features]
    renderer = layer.renderer()
    return {
        "path": layer.source().split("|")[0],
        "crs": layer.crs().authid(),
        "fields": names,
        "rows": [{name: plain(feature[name]) for name in names} for feature in features],
        "valid": all(feature.geometry().isGeosValid() for feature in features),
        "outside": [f["rank"] for f in features if not frame.contains(f.geometry().boundingBox())],
        "inner_scores": [provider.sample(point, 1)[0] for point in inner],
        "first_is_shown": bool(features) and shown.contains(features[0].geometry().boundingBox()),
        "renderer": renderer.type(),
        "classes": renderer.classAttribute(),
        "legend": [category.label() for category in renderer.categories()],
        "labels": layer.labeling().settings().fieldName if layer.labelsEnabled() else None,
    }


def described(layer: QgsMapLayer) -> dict[str, Any]:
    """A layer's metadata.

    Args:
        layer: the layer.
    """
    metadata = layer.metadata()
    return {"title": metadata.title(), "abstract": metadata.abstract(), "history": metadata.history()}


def corners(box: QgsRectangle) -> list[float]:
    """A rectangle as [xmin, ymin, xmax, ymax].

    Args:
        box: the rectangle.
    """
    return [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()]


def plain(value: object) -> object:
    """An attribute as JSON can hold it.

    Args:
        value: of any type that QGIS has.
    """
    return value if isinstance(value, (int, float, str)) else None
