"""Areas as the engine gets them."""

from __future__ import annotations

import pytest
from anomaly_lens.plugin.area import canvas_area, polygon_area, rectangle_area
from anomaly_lens.plugin.errors import PluginError
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsFeature,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)

UTM = QgsCoordinateReferenceSystem("EPSG:32633")
WGS84 = QgsCoordinateReferenceSystem("EPSG:4326")
NONE = QgsCoordinateReferenceSystem()
CONTEXT = QgsCoordinateTransformContext()


@pytest.fixture
def polygons():
    layer = QgsVectorLayer("PolygonZ?crs=EPSG:4326", "areas", "memory")
    features = []
    for x in (0, 10):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(x, 0, x + 5, 5)))
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    return layer


def test_a_rectangle_in_the_scene_s_crs_is_a_bbox():
    area = rectangle_area(QgsRectangle(1, 2, 3, 4), UTM, CONTEXT)
    assert area.params(UTM) == {"bbox": [1, 2, 3, 4]}


def test_a_scene_without_crs_takes_coordinates_as_they_are():
    area = rectangle_area(QgsRectangle(1, -4, 3, -2), WGS84, CONTEXT)
    assert area.params(NONE) == {"bbox": [1, -4, 3, -2]}


def test_a_rectangle_in_another_crs_becomes_a_densified_polygon():
    area = rectangle_area(QgsRectangle(14, 52, 15, 53), WGS84, CONTEXT)
    params = area.params(UTM)
    assert set(params) == {"geojson", "crs"}
    assert "UTM zone 33N" in params["crs"]
    ring = params["geojson"]["coordinates"][0]
    assert len(ring) > 100
    # The parallel at 53° is bent in UTM: its middle lies off the straight line between its ends.
    assert area.extent_in(UTM).yMaximum() > max(y for x, y in ring if x in (min(ring)[0], max(ring)[0]))


def test_the_canvas_is_seen_through_its_crs(iface):
    iface.canvas.setDestinationCrs(UTM)
    iface.canvas.setExtent(QgsRectangle(400000, 5799800, 400100, 5799900))
    shown = iface.canvas.mapSettings().visibleExtent()
    box = canvas_area(iface.canvas.mapSettings()).params(UTM)["bbox"]
    assert box == pytest.approx([shown.xMinimum(), shown.yMinimum(), shown.xMaximum(), shown.yMaximum()])
    assert "geojson" in canvas_area(iface.canvas.mapSettings()).params(WGS84)


def test_a_rotated_canvas_is_a_polygon(iface):
    iface.canvas.setDestinationCrs(UTM)
    iface.canvas.setExtent(QgsRectangle(400000, 5799800, 400100, 5799900))
    iface.canvas.setRotation(30)
    params = canvas_area(iface.canvas.mapSettings()).params(UTM)
    assert params["geojson"]["type"] == "Polygon"


def test_polygons_keep_their_crs_and_lose_their_height(polygons):
    params = polygon_area(polygons, False, CONTEXT).params(UTM)
    assert params["geojson"]["type"] == "MultiPolygon"
    assert len(params["geojson"]["coordinates"]) == 2
    assert len(params["geojson"]["coordinates"][0][0][0]) == 2
    assert "WGS 84" in params["crs"]


@pytest.mark.parametrize("height", [3.0, float("nan")])
def test_heights_that_nobody_gave_do_not_reach_the_engine(polygons, height):
    feature = next(polygons.getFeatures())
    raised = feature.geometry()
    raised.get().dropZValue()
    raised.get().addZValue(height)
    polygons.dataProvider().changeGeometryValues({feature.id(): raised})
    polygons.selectByIds([feature.id()])
    corners = polygon_area(polygons, True, CONTEXT).params(UTM)["geojson"]["coordinates"][0][0]
    assert [len(corner) for corner in corners] == [2] * 5


@pytest.mark.parametrize(
    ("wkt", "area"),
    [
        ("POLYGON((20 0, 30 10, 30 0, 20 10, 20 0))", 100),
        ("POLYGON((3 3, 4 3, 3 3))", 50),
        ("POLYGON((20 0, 30 0, 25 0, 20 0))", 50),
        ("POLYGON((20 0, 30 0, 30 nan, 20 10, 20 0))", 50),
        ("MULTIPOLYGON(((20 0, 30 0, 30 10, 20 10, 20 0)), ((22 2, 28 2, 28 8, 22 8, 22 2)))", 150),
    ],
    ids=["crosses itself", "has two corners", "has no area", "has a corner nowhere", "lies inside another"],
)
def test_one_bad_polygon_does_not_spoil_the_others(polygons, wkt, area):
    bad = QgsFeature(polygons.fields())
    bad.setGeometry(QgsGeometry.fromWkt(wkt))
    polygons.dataProvider().addFeatures([bad])
    assert polygon_area(polygons, False, CONTEXT).read().area() == pytest.approx(area)


def test_selected_polygons_only(polygons):
    polygons.selectByIds([1])
    params = polygon_area(polygons, True, CONTEXT).params(UTM)
    assert len(params["geojson"]["coordinates"]) == 1


def test_the_area_outlives_its_layer(polygons):
    QgsProject.instance().addMapLayer(polygons)
    area = polygon_area(polygons, False, CONTEXT)
    QgsProject.instance().removeMapLayer(polygons.id())
    del polygons
    assert len(area.params(UTM)["geojson"]["coordinates"]) == 2


def test_no_selection_and_no_polygons_are_told(polygons):
    with pytest.raises(PluginError, match="areas") as caught:
        polygon_area(polygons, True, CONTEXT)
    assert caught.value.code == "bad_area"
    polygons.dataProvider().truncate()
    with pytest.raises(PluginError, match="areas") as caught:
        polygon_area(polygons, False, CONTEXT).params(UTM)
    assert caught.value.code == "bad_area"
