"""Result layers: how they look, what they are called, what they say of themselves."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from anomaly_lens.plugin import results, styles
from anomaly_lens.plugin.errors import PluginError
from qgis.core import QgsExpression, QgsExpressionContext, QgsGeometry, QgsProject, QgsRectangle
from qgis.PyQt.QtCore import QDateTime


@pytest.fixture
def result(tmp_path, write_result):
    return write_result(tmp_path)


@pytest.fixture
def layers(result):
    now = QDateTime.fromString("2026-01-02T13:05:00", "yyyy-MM-ddThh:mm:ss")
    return results.add_result(QgsProject.instance(), "szene", "RX", result, now=now)


def test_one_group_on_top_with_polygons_above_the_heat_map(scene_layer, layers):
    group = QgsProject.instance().layerTreeRoot().children()[0]
    assert group.name() == "szene · RX · 13:05"
    assert [node.layer() for node in group.children()] == [layers.anomalies, layers.heatmap]
    assert QgsProject.instance().layerTreeRoot().layerOrder()[-1] == scene_layer


def test_runs_of_one_minute_have_groups_of_their_own_names(layers, tmp_path, write_result):
    root = QgsProject.instance().layerTreeRoot()
    batch = root.insertGroup(0, "Batch 13:05")
    now = QDateTime.fromString("2026-01-02T13:05:00", "yyyy-MM-ddThh:mm:ss")
    for inside in (None, batch):
        (folder := tmp_path / f"{inside is batch}").mkdir()
        results.add_result(QgsProject.instance(), "szene", "RX", write_result(folder), now=now, inside=inside)
    assert [group.name() for group in root.children()] == [
        "szene · RX · 13:05 (2)",
        "Batch 13:05",
        "szene · RX · 13:05",
    ]
    assert [group.name() for group in batch.children()] == ["szene · RX · 13:05 (3)"]


def test_results_are_drawn_above_the_scene_in_an_order_of_the_user_s_own_too(scene_layer, tmp_path, write_result):
    root = QgsProject.instance().layerTreeRoot()
    root.setHasCustomLayerOrder(True)
    root.setCustomLayerOrder([scene_layer])
    layers = results.add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path))
    assert root.layerOrder() == [layers.anomalies, layers.heatmap, scene_layer]


def test_heat_map_is_transparent_below_and_opaque_above(layers):
    shader = layers.heatmap.renderer().shader().rasterShaderFunction()
    alphas = [item.color.alpha() for item in shader.colorRampItemList()]
    assert alphas[0] == 0
    assert alphas == sorted(alphas)
    assert alphas[-1] == 255
    _, *rgba = shader.shade(0.1)
    assert rgba[3] == 0


@pytest.mark.parametrize("ramp", styles.RAMPS)
def test_heat_map_gets_lighter_with_the_score(ramp):
    def luminance(red, green, blue):
        return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2

    lightness = [luminance(*color) for color in styles.RAMPS[ramp]]
    assert all(b > a for a, b in zip(lightness, lightness[1:]))


def test_legend_says_what_scores_mean(layers):
    shader = layers.heatmap.renderer().shader().rasterShaderFunction()
    labels = {item.value: item.label for item in shader.colorRampItemList()}
    assert labels[0.5] == "0.5 = the scene's top 1 %"
    assert labels[1.0] == "1.0"


def test_calibrated_scores_are_not_called_shares_of_the_scene(tmp_path, write_result):
    (tmp_path / "other").mkdir()
    result = write_result(tmp_path / "other", one_half=None)
    layers = results.add_result(QgsProject.instance(), "szene", "Network", result)
    shader = layers.heatmap.renderer().shader().rasterShaderFunction()
    assert "0.5" in [item.label for item in shader.colorRampItemList()]
    assert "top 1 %" not in layers.heatmap.metadata().abstract()


def test_outlines_by_status_with_no_fill(layers):
    renderer = layers.anomalies.renderer()
    assert renderer.classAttribute() == "status"
    categories = renderer.categories()
    assert [c.value() for c in categories] == ["unreviewed", "accepted", "unsure", "rejected"]
    assert len({c.symbol().symbolLayer(2).color().name() for c in categories}) == 4
    assert {c.symbol().symbolLayer(0).fillColor().alpha() for c in categories} == {0}


# Machado et al. 2009, full severity: what is left of linear red, green and blue.
BLINDNESS = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
}
TOLD_APART = 12.0
"""CIE 1976 difference between lines that are told apart at a glance; 2.3 is just noticeable."""


def lab(color: tuple[int, ...], kind: str = "none") -> np.ndarray:
    """CIE L*a*b* of an sRGB colour as somebody sees it."""
    part = np.array(color) / 255
    linear = np.array(BLINDNESS[kind]) @ np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    xyz = [(0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505)] @ np.clip(linear, 0, 1)
    x, y, z = np.cbrt(np.maximum(xyz / [0.9505, 1, 1.089], 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("kind", BLINDNESS)
def test_colour_blind_people_tell_the_status_apart(kind):
    seen = {name: lab(color, kind) for name, *color, _pen in styles.STATUS_STYLES}
    near = {
        (one, other): round(float(np.linalg.norm(seen[one] - seen[other])), 1)
        for one, other in itertools.combinations(seen, 2)
        if np.linalg.norm(seen[one] - seen[other]) < TOLD_APART
    }
    assert near == {}


@pytest.mark.parametrize("kind", BLINDNESS)
@pytest.mark.parametrize("ramp", styles.RAMPS)
def test_every_ramp_gets_lighter_for_everybody(ramp, kind):
    lightness = [lab(color, kind)[0] for color in styles.RAMPS[ramp]]
    assert lightness == sorted(lightness)


def test_labels_are_ranks_with_a_sign_for_the_status_and_a_buffer(layers):
    assert layers.anomalies.labelsEnabled()
    settings = layers.anomalies.labeling().settings()
    context = QgsExpressionContext()
    context.setFields(layers.anomalies.fields())
    shown = []
    for feature in layers.anomalies.getFeatures():
        context.setFeature(feature)
        shown.append(QgsExpression(settings.fieldName).evaluate(context))
    assert shown == ["✓ 1", "2", "✗ 3"]
    assert settings.format().buffer().enabled()


def test_fields_have_names_for_people_and_units(layers):
    fields = layers.anomalies.fields()
    assert fields.field("area").alias() == "Area (m²)"
    assert fields.field("score_max").alias() == "Highest score"
    assert all(field.alias() for field in fields)
    assert styles.field_aliases("px")["width"] == "Width (px)"


def test_status_is_chosen_from_a_list_and_measures_are_read_only(layers):
    fields = layers.anomalies.fields()
    setup = fields.field("status").editorWidgetSetup()
    assert setup.type() == "ValueMap"
    values = [value for entry in setup.config()["map"] for value in entry.values()]
    assert values == ["unreviewed", "accepted", "unsure", "rejected"]
    form = layers.anomalies.editFormConfig()
    assert not form.readOnly(fields.indexOf("status"))
    assert not form.readOnly(fields.indexOf("note"))
    assert form.readOnly(fields.indexOf("score_max"))


def test_the_table_shows_no_row_numbers(layers):
    columns = {column.name: column.hidden for column in layers.anomalies.attributeTableConfig().columns()}
    assert columns["fid"]
    assert not columns["rank"]


def test_layers_say_how_they_were_made(layers):
    for layer in (layers.heatmap, layers.anomalies):
        metadata = layer.metadata()
        assert "szene" in metadata.title()
        assert "RX" in metadata.abstract()
        assert "0.5" in metadata.abstract()
        assert metadata.history() == ["detector: rx", 'parameters: {"percent": 1}', "raw_score_of_one_half: 9.2"]
        assert results.is_result(layer)
    assert results.is_anomalies(layers.anomalies)
    assert not results.is_anomalies(layers.heatmap)


def test_zoom_shows_the_first_anomaly_with_its_surroundings(layers, iface):
    iface.canvas.setDestinationCrs(layers.heatmap.crs())
    results.zoom_to_first(iface.canvas, layers)
    first = QgsRectangle(400040, 5799932, 400048, 5799940)
    extent = iface.canvas.extent()
    assert extent.contains(first)
    assert extent.width() >= 60 * 2
    assert extent.center().distance(first.center()) < 1


def test_zoom_shows_little_beside_the_scene_however_large_the_first_anomaly(layers, iface):
    iface.canvas.setDestinationCrs(layers.heatmap.crs())
    first = next(feature for feature in layers.anomalies.getFeatures() if feature["rank"] == 1)
    whole = layers.heatmap.extent()
    half = QgsRectangle(whole.xMinimum(), whole.yMinimum(), whole.center().x(), whole.yMaximum())
    changes = {first.id(): QgsGeometry.fromRect(half)}
    assert layers.anomalies.dataProvider().changeGeometryValues(changes)
    results.zoom_to_first(iface.canvas, layers)
    extent = iface.canvas.extent()
    assert extent.contains(half)
    # As much as the canvas must add of one side.
    assert min(extent.width() / whole.width(), extent.height() / whole.height()) < 2


def test_zoom_shows_the_heat_map_where_nothing_was_found(tmp_path, write_result, iface):
    (tmp_path / "none").mkdir()
    empty = results.add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path / "none", count=0))
    iface.canvas.setDestinationCrs(empty.heatmap.crs())
    results.zoom_to_first(iface.canvas, empty)
    assert iface.canvas.extent().contains(empty.heatmap.extent())


def test_a_result_that_cannot_be_opened_adds_nothing(result, tmp_path):
    (tmp_path / "szene_rx_anomalies.gpkg").unlink()
    with pytest.raises(PluginError) as caught:
        results.add_result(QgsProject.instance(), "szene", "RX", result)
    assert result["instances"] in caught.value.message
    assert QgsProject.instance().count() == 0
    assert QgsProject.instance().layerTreeRoot().children() == []
