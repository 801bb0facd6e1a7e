"""Polygons that people draw, split, reshape and paste have the attributes that they should have."""

from __future__ import annotations

from pathlib import Path

import pytest
from anomaly_lens.plugin.messages import Messages
from anomaly_lens.plugin.results import add_result, dress, read_provenance
from anomaly_lens.plugin.review.edits import AttributeKeeper
from osgeo import gdal
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsDataProvider,
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsVectorLayer,
    QgsVectorLayerUtils,
)
from qgis.PyQt.QtCore import QVariant


@pytest.fixture
def layers(tmp_path, write_result):
    """Three polygons of 8 m by 8 m, over scores that are 0.4 but for one pixel."""
    result = write_result(tmp_path)
    heatmap = gdal.Open(result["heatmap"], gdal.GA_Update)
    heatmap.GetRasterBand(1).WriteRaster(5, 5, 1, 1, b"\x66\x66\x66\x3f", buf_type=gdal.GDT_Float32)
    del heatmap
    return add_result(QgsProject.instance(), "szene", "RX", result)


@pytest.fixture
def layer(layers, iface):
    """The polygons, watched and being edited."""
    keeper = AttributeKeeper(Messages(iface.bar, iface.window), iface.window)
    layers.anomalies.startEditing()
    yield layers.anomalies
    keeper.release()


def square(x: float, y: float, side: float) -> QgsGeometry:
    corners = [(x, y), (x + side, y), (x + side, y - side), (x, y - side), (x, y)]
    return QgsGeometry.fromMultiPolygonXY([[[QgsPointXY(*corner) for corner in corners]]])


def draw(layer, geometry: QgsGeometry) -> None:
    """As QGIS's tools do it: with the layer's default values."""
    layer.addFeature(QgsVectorLayerUtils.createFeature(layer, geometry))


def rows(layer):
    return {feature["id"]: feature for feature in layer.getFeatures()}


def test_a_drawn_polygon_has_everything(layer):
    # Over the pixel of 0.9 at column 5, row 5: 2 m pixels from 400000, 5800000 on.
    draw(layer, square(400010, 5799990, 4))
    (new,) = [feature for feature in layer.getFeatures() if feature.id() < 0]
    assert (new["status"], new["detector"], new["run_id"], new["modality"]) == ("accepted", "hand", "r1", "visible")
    assert layer.commitChanges()
    new = rows(layer)[4]
    assert new["area"] == pytest.approx(16, rel=0.002)
    assert (new["width"], new["height"]) == pytest.approx((4, 4), rel=0.002)
    assert new["score_max"] == pytest.approx(0.9)
    assert new["score_mean"] == pytest.approx((0.9 + 3 * 0.4) / 4)


def test_ranks_follow_the_scores(layer):
    draw(layer, square(400060, 5799980, 4))
    assert layer.commitChanges()
    assert {number: feature["rank"] for number, feature in rows(layer).items()} == {1: 1, 2: 2, 3: 3, 4: 4}
    layer.startEditing()
    layer.changeAttributeValue(rows(layer)[4].id(), layer.fields().indexOf("score_max"), 0.99)
    draw(layer, square(400080, 5799980, 4))
    layer.commitChanges()
    assert {number: feature["rank"] for number, feature in rows(layer).items()} == {4: 1, 1: 2, 2: 3, 3: 4, 5: 5}


def test_objects_are_ranked_by_their_own_score(layer):
    provider = layer.dataProvider()
    assert provider.addAttributes([QgsField("instance_score", QVariant.Double)])
    layer.rollBack()
    layer.updateFields()
    index = layer.fields().indexOf("instance_score")
    own = {1: 0.2, 2: 0.95, 3: 0.5}
    assert provider.changeAttributeValues({rows(layer)[n].id(): {index: score} for n, score in own.items()})
    layer.startEditing()
    draw(layer, square(400060, 5799980, 4))
    assert layer.commitChanges()
    # What is drawn has the score of its pixels, 0.4.
    assert {number: feature["rank"] for number, feature in rows(layer).items()} == {2: 1, 3: 2, 4: 3, 1: 4}


def test_a_split_gives_both_halves_measures_and_one_a_new_number(layer):
    line = [QgsPointXY(400042, 5799950), QgsPointXY(400042, 5799920)]
    layer.splitFeatures(line, False)
    assert layer.commitChanges()
    found = rows(layer)
    assert sorted(found) == [1, 2, 3, 4]
    assert sorted([found[1]["area"], found[4]["area"]]) == pytest.approx([16, 48], rel=0.002)
    assert sorted([found[1]["width"], found[4]["width"]]) == pytest.approx([2, 6], rel=0.002)
    assert found[4]["status"] == found[1]["status"] == "accepted"
    assert found[4]["detector"] == "rx"
    assert sorted(feature["rank"] for feature in found.values()) == [1, 2, 3, 4]


def test_a_reshaped_polygon_keeps_its_number_and_its_decision(layer):
    fid = rows(layer)[3].id()
    layer.changeGeometry(fid, square(400080, 5799940, 2))
    assert layer.commitChanges()
    found = rows(layer)[3]
    assert found["area"] == pytest.approx(4, rel=0.002)
    assert found["score_max"] == pytest.approx(0.4)
    assert found["status"] == "rejected"


def test_a_pasted_polygon_belongs_to_this_run(layer):
    feature = QgsFeature(layer.fields())
    feature.setGeometry(square(400100, 5799900, 4))
    feature["id"], feature["run_id"], feature["status"], feature["detector"] = 2, "another", "unsure", "uniadrs"
    layer.addFeature(feature)
    assert layer.commitChanges()
    found = rows(layer)
    assert sorted(found) == [1, 2, 3, 4]
    assert (found[4]["run_id"], found[4]["status"], found[4]["detector"]) == ("r1", "unsure", "uniadrs")


def test_a_polygon_that_crosses_itself_is_repaired_and_that_is_told(layer, iface):
    fid = rows(layer)[1].id()
    corners = [(400040, 5799940), (400048, 5799932), (400048, 5799940), (400040, 5799932), (400040, 5799940)]
    bow = QgsGeometry.fromMultiPolygonXY([[[QgsPointXY(*corner) for corner in corners]]])
    assert not bow.isGeosValid()
    layer.changeGeometry(fid, bow)
    assert layer.commitChanges()
    found = rows(layer)[1]
    assert found.geometry().isGeosValid()
    assert found["area"] == pytest.approx(32, rel=0.002)
    assert "crossed themselves and were repaired" in iface.messages()[-1]


def test_a_polygon_without_area_is_told(layer, iface):
    fid = rows(layer)[1].id()
    layer.changeGeometry(fid, QgsGeometry())
    assert layer.commitChanges()
    assert "have no area" in iface.messages()[-1]
    assert rows(layer)[1]["status"] == "accepted"


def test_without_a_heat_map_scores_stay_and_new_ones_come_last(layer, layers):
    QgsProject.instance().removeMapLayer(layers.heatmap.id())
    draw(layer, square(400010, 5799990, 4))
    assert layer.commitChanges()
    found = rows(layer)
    assert found[4]["rank"] == 4
    assert found[4]["area"] == pytest.approx(16, rel=0.002)
    assert found[1]["score_max"] == pytest.approx(0.9)


def test_without_a_crs_pixels_are_counted_however_large_they_are(layer):
    layer.setCrs(QgsCoordinateReferenceSystem())
    draw(layer, square(400010, 5799990, 8))
    assert layer.commitChanges()
    new = rows(layer)[4]
    assert (new["area"], new["width"], new["height"]) == (16, 4, 4)


def test_on_an_ellipsoid_without_a_name_polygons_are_measured_too(layer):
    globe = 'GEOGCS["Moon",DATUM["Moon",SPHEROID["Moon",1737400,0]],PRIMEM["0",0],UNIT["degree",0.0174532925199433]]'
    wkt = f'PROJCS["Moon",{globe},PROJECTION["Transverse_Mercator"],UNIT["metre",1]]'
    layer.setCrs(QgsCoordinateReferenceSystem.fromWkt(wkt))
    draw(layer, square(40000, 20000, 8))
    assert layer.commitChanges()
    new = rows(layer)[4]
    assert (new["area"], new["width"], new["height"]) == pytest.approx((64, 8, 8), rel=1e-3)


def test_what_a_filter_hides_keeps_its_number_and_is_ranked(layer):
    layer.rollBack()
    hidden = rows(layer)[3].id()
    assert layer.setSubsetString("\"status\" <> 'rejected'")
    layer.startEditing()
    layer.deleteFeature(rows(layer)[1].id())
    # Over the pixel of 0.9 and three of 0.4.
    draw(layer, square(400010, 5799990, 4))
    layer.changeAttributeValue(rows(layer)[2].id(), layer.fields().indexOf("score_max"), 0.95)
    assert layer.commitChanges()
    layer.setSubsetString("")
    found = rows(layer)
    assert {number: feature["rank"] for number, feature in found.items()} == {2: 1, 3: 2, 4: 3}
    assert (found[3].id(), found[3]["status"]) == (hidden, "rejected")


def test_those_behind_a_deleted_polygon_move_up(layer):
    layer.deleteFeature(rows(layer)[1].id())
    assert layer.commitChanges()
    assert {number: feature["rank"] for number, feature in rows(layer).items()} == {2: 1, 3: 2}


@pytest.mark.parametrize("field", ["id", "rank", "score_max"])
def test_a_field_that_somebody_has_deleted_is_missed_by_nothing(layer, field):
    layer.rollBack()
    assert layer.dataProvider().deleteAttributes([layer.fields().indexOf(field)])
    layer.updateFields()
    layer.startEditing()
    layer.deleteFeature(1)
    draw(layer, square(400010, 5799990, 4))
    assert layer.commitChanges()
    assert [feature["area"] for feature in layer.getFeatures()] == pytest.approx([64, 64, 16], rel=0.002)


def test_a_layer_that_the_toolbox_has_loaded_is_watched_too(tmp_path, write_result, iface):
    keeper = AttributeKeeper(Messages(iface.bar, iface.window), iface.window)
    result = write_result(tmp_path)
    layer = QgsVectorLayer(f"{result['instances']}|layername=anomalies", "Anomalies", "ogr")
    QgsProject.instance().addMapLayer(layer)
    dress(layer, "szene", "RX", result, read_provenance(result["heatmap"]))
    layer.startEditing()
    draw(layer, square(400010, 5799990, 4))
    assert layer.commitChanges()
    keeper.release()
    found = rows(layer)[4]
    assert (found["rank"], found["status"], found["detector"], found["run_id"]) == (4, "accepted", "hand", "r1")


def test_a_change_of_words_alone_changes_no_measure(layer):
    fid = rows(layer)[2].id()
    index = layer.fields().indexOf("area")
    layer.changeAttributeValue(fid, index, 1234.0)
    assert layer.commitChanges()
    assert rows(layer)[2]["area"] == 1234


def test_discarded_edits_leave_nothing(layer):
    draw(layer, square(400010, 5799990, 4))
    layer.rollBack()
    assert sorted(rows(layer)) == [1, 2, 3]


def test_a_layer_without_the_kind_of_image_is_watched_too(tmp_path, write_result, iface):
    result = write_result(tmp_path)
    file = gdal.OpenEx(result["instances"], gdal.OF_VECTOR | gdal.OF_UPDATE)
    table = file.GetLayerByName("anomalies")
    table.DeleteField(table.GetLayerDefn().GetFieldIndex("modality"))
    del table, file
    keeper = AttributeKeeper(Messages(iface.bar, iface.window), iface.window)
    anomalies = add_result(QgsProject.instance(), "szene", "RX", result).anomalies
    anomalies.startEditing()
    draw(anomalies, square(400010, 5799990, 4))
    assert anomalies.commitChanges()
    assert rows(anomalies)[4]["status"] == "accepted"
    keeper.release()


def test_a_layer_that_finds_its_file_again_is_watched(layers, iface, tmp_path):
    project, file = QgsProject.instance(), Path(layers.anomalies.source().split("|")[0])
    keeper = AttributeKeeper(Messages(iface.bar, iface.window), iface.window)
    project.write(str(tmp_path / "project.qgs"))
    project.clear()
    moved = file.rename(tmp_path / "moved.gpkg")
    project.read(str(tmp_path / "project.qgs"))
    (layer,) = project.mapLayersByName("Anomalies")
    assert not layer.isValid()
    layer.setDataSource(f"{moved}|layername=anomalies", layer.name(), "ogr", QgsDataProvider.ProviderOptions())
    layer.startEditing()
    draw(layer, square(400010, 5799990, 4))
    assert layer.commitChanges()
    assert rows(layer)[4]["score_max"] == pytest.approx(0.9)
    keeper.release()


def test_released_it_leaves_layers_alone(layers, iface):
    keeper = AttributeKeeper(Messages(iface.bar, iface.window), iface.window)
    heard = []
    layers.anomalies.beforeCommitChanges.connect(heard.append)
    keeper.release()
    layers.anomalies.startEditing()
    draw(layers.anomalies, square(400010, 5799990, 4))
    assert layers.anomalies.commitChanges()
    assert heard == [True], "who else listens still does"
    assert [feature["id"] for feature in layers.anomalies.getFeatures()].count(4) == 0
