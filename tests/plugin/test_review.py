"""The review: the list, decisions by the keyboard and on the disk, undo, second looks, and what goes wrong."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from anomaly_lens.plugin import settings
from anomaly_lens.plugin.adjust.polygons import Shaping, Stored, rewrite
from anomaly_lens.plugin.errors import PluginError
from anomaly_lens.plugin.link import EngineLink
from anomaly_lens.plugin.results import add_result
from anomaly_lens.plugin.review.model import AREA, LABEL, RANK, SCORE, SECOND, STATUS, ReviewModel
from anomaly_lens.plugin.review.panel import ReviewPanel
from anomaly_lens.plugin.review.panel_form import COMPARED, FIRST_LOOK, SECOND_LOOK
from anomaly_lens.plugin.review.pixels import Raster
from anomaly_lens.plugin.review.rows import Row, row_filter
from anomaly_lens.plugin.review.scenes import find_scene
from anomaly_lens.plugin.runs import project_runs
from anomaly_lens.plugin.sources import address
from anomaly_lens.plugin.styles import set_label, shown_label
from osgeo import gdal
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsDataProvider,
    QgsFeature,
    QgsField,
    QgsFillSymbol,
    QgsProject,
    QgsRasterLayer,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.gui import QgsMapToolEmitPoint, QgsMapToolPan
from qgis.PyQt.QtCore import QCoreApplication, QLocale, QPoint, QRegularExpression, Qt, QVariant
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAbstractSpinBox,
    QAction,
    QComboBox,
    QLineEdit,
    QStyleOptionViewItem,
    QTabBar,
    QToolButton,
    QWidget,
)

COUNT = 6


@pytest.fixture
def layers(tmp_path, write_result):
    """Two layers of a run with six polygons: accepted, unreviewed, rejected, and so on."""
    return add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path, COUNT))


@pytest.fixture
def window(iface, make_engine, layers, show_review):
    """The dock in a window that is seen."""
    iface.window.setCentralWidget(iface.canvas)
    iface.window.resize(900, 700)
    return show_review(EngineLink(make_engine(), iface.window))


@pytest.fixture
def panel(window):
    """The page."""
    return window.tabs.widget(0)


def statuses(layer: QgsVectorLayer) -> list[str]:
    """By rank, as the file has them: read by another program."""
    with sqlite3.connect(Path(layer.source().split("|")[0])) as file:
        return [status for (status,) in file.execute("SELECT status FROM anomalies ORDER BY rank")]


def press(panel: ReviewPanel, keys: str) -> None:
    """Press keys in the list."""
    panel.form.list.setFocus()
    for key in keys:
        QTest.keyClick(panel.form.list, key)


def shown(panel: ReviewPanel, column: int = RANK) -> list[str]:
    """A column of the list."""
    return [panel.model.index(row, column).data() for row in range(panel.model.rowCount())]


def rank(panel: ReviewPanel) -> int | None:
    """Of the chosen polygon."""
    row = panel._row()
    return None if row is None else int(row.rank)


def test_objects_show_the_score_that_ranks_them(panel, layers):
    layer = layers.anomalies
    assert layer.dataProvider().addAttributes([QgsField("instance_score", QVariant.Double)])
    layer.updateFields()
    index = layer.fields().indexOf("instance_score")
    fids = [feature.id() for feature in sorted(layer.getFeatures(), key=lambda feature: feature["rank"])]
    assert layer.dataProvider().changeAttributeValues(
        {fid: {index: 0.8 - place / 10} for place, fid in enumerate(fids[:5])}
    )
    panel.reload()
    assert shown(panel, SCORE) == ["0.800", "0.700", "0.600", "0.500", "0.400", "0.900"]
    assert "Highest score of a pixel: 0.900" in panel.model.index(0, SCORE).data(Qt.ItemDataRole.ToolTipRole)
    assert panel.model.index(5, SCORE).data(Qt.ItemDataRole.ToolTipRole) == "0.900"
    panel.model.set_filter(row_filter("score<0.65", ""))
    assert shown(panel, SCORE) == ["0.600", "0.500", "0.400"]


def test_the_list_shows_what_the_layer_holds(panel):
    assert shown(panel) == ["1", "2", "3", "4", "5", "6"]
    assert shown(panel, SCORE) == ["0.900"] * COUNT
    assert shown(panel, AREA) == ["64.0"] * COUNT
    assert shown(panel, STATUS)[:3] == ["Accepted", "Unreviewed", "Rejected"]
    assert shown(panel, LABEL)[1] == "船"
    assert panel.form.list.isColumnHidden(SECOND)
    assert panel.form.progress.text() == "4 of 6, 2 accepted"
    assert rank(panel) == 1


def test_labels_have_the_room_that_is_left_in_a_dock_of_any_width(panel, window):
    columns = panel.form.list.horizontalHeader()
    for width in (470, 600, 470):
        window.resize(width, window.height())
        window.window().resizeDocks([window], [width], Qt.Orientation.Horizontal)
        QCoreApplication.processEvents()
        assert columns.length() == columns.viewport().width()


def test_the_area_of_small_things_is_shown(panel, layers):
    area = layers.anomalies.fields().indexOf("area")
    sizes = {1: 0.00384, 2: 0.5, 3: 0.0, 4: 1.25, 5: 99.96, 6: 12345.6}
    layers.anomalies.dataProvider().changeAttributeValues({fid: {area: size} for fid, size in sizes.items()})
    panel.reload()
    assert shown(panel, AREA) == ["0.0038", "0.5", "0.0", "1.2", "100.0", "12,346"]


def test_a_decision_is_in_the_file_at_once_and_the_next_one_is_shown(panel, layers):
    told = []
    layers.anomalies.attributeValueChanged.connect(lambda *change: told.append(change))  # as an open attribute table
    press(panel, "na")
    assert statuses(layers.anomalies)[1] == "accepted"
    assert told == [(2, layers.anomalies.fields().indexOf("status"), "accepted")]
    assert rank(panel) == 5
    assert panel.form.progress.text() == "5 of 6, 3 accepted"
    assert not layers.anomalies.isEditable()
    press(panel, "r")
    assert statuses(layers.anomalies) == ["accepted", "accepted", "rejected", "accepted", "rejected", "rejected"]
    assert rank(panel) == 5


def test_without_auto_advance_the_polygon_stays(panel, layers):
    panel.form.advance.setChecked(False)
    press(panel, "nu")
    assert statuses(layers.anomalies)[1] == "unsure"
    assert rank(panel) == 2
    assert not settings.REVIEW_ADVANCE.get()


def test_when_all_are_reviewed_a_second_round_goes_row_by_row(panel, layers):
    press(panel, "naa")
    assert panel.form.progress.text().startswith("6 of 6")
    panel.choose(1)
    press(panel, "ru")
    assert statuses(layers.anomalies)[:2] == ["rejected", "unsure"]
    assert rank(panel) == 3


def test_a_field_that_was_deleted_loses_no_decision(panel, layers, iface):
    layers.anomalies.dataProvider().deleteAttributes([layers.anomalies.fields().indexOf("status")])
    layers.anomalies.updateFields()
    press(panel, "a")
    assert "has no field status" in iface.messages()[-1]
    assert "Decisions that wait to be written: 1." in panel.form.notice.text()


def test_a_text_is_kept_when_the_list_is_read_again_meanwhile(panel, layers):
    press(panel, "t")
    QTest.keyClicks(panel.form.note, "half a tho")
    panel.reload()
    assert layers.anomalies.getFeature(1)["note"] == "half a tho"
    assert panel.form.note.text() == "half a tho"


def test_undo_and_redo_write_too(panel, layers):
    press(panel, "nrz")
    assert statuses(layers.anomalies)[1] == "unreviewed"
    assert rank(panel) == 2
    press(panel, "y")
    assert statuses(layers.anomalies)[1] == "rejected"
    QTest.keyClick(panel.form.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert statuses(layers.anomalies)[1] == "unreviewed"


def test_keys_type_in_a_field_and_decide_nothing(panel, layers):
    before = statuses(layers.anomalies)
    press(panel, "l")
    assert panel.form.label.hasFocus()
    panel.form.label.clear()
    QTest.keyClicks(panel.form.label, "Car run")
    assert panel.form.label.text() == "Car run"
    QTest.keyClick(panel.form.label, Qt.Key.Key_Return)
    assert panel.form.list.hasFocus()
    assert statuses(layers.anomalies) == before
    assert layers.anomalies.getFeature(1)["label"] == "Car run"
    press(panel, "z")
    assert layers.anomalies.getFeature(1)["label"] == "Größe £"
    assert panel.form.label.text() == "Größe £"


def test_escape_takes_a_text_back(panel, layers):
    press(panel, "t")
    QTest.keyClicks(panel.form.note, "nonsense")
    QTest.keyClick(panel.form.note, Qt.Key.Key_Escape)
    assert panel.form.list.hasFocus()
    press(panel, "n")
    assert layers.anomalies.getFeature(1)["note"] == ""


def test_a_text_is_kept_when_a_button_is_pressed_instead_of_enter(panel, layers):
    press(panel, "t")
    QTest.keyClicks(panel.form.note, "seen twice")
    QTest.mouseClick(panel.findChild(QToolButton, "review_next_button"), Qt.MouseButton.LeftButton)
    assert layers.anomalies.getFeature(1)["note"] == "seen twice"
    assert rank(panel) == 2


def test_keys_work_in_the_map_but_not_while_it_is_edited_nor_when_the_dock_is_closed(panel, window, iface, layers):
    class Digitizer(QgsMapToolEmitPoint):
        def flags(self):
            return self.Flag.EditTool

    pan, digitizer = QgsMapToolPan(iface.canvas), Digitizer(iface.canvas)
    iface.canvas.setMapTool(pan)
    iface.canvas.setFocus()
    QTest.keyClick(iface.canvas, "u")
    assert statuses(layers.anomalies)[0] == "unsure"
    iface.canvas.setMapTool(digitizer)
    QTest.keyClick(iface.canvas, "r")
    iface.canvas.setMapTool(pan)
    window.hide()
    QTest.keyClick(iface.canvas, "r")
    assert statuses(layers.anomalies).count("rejected") == 2


def test_keys_that_qgis_has_too_are_the_review_s_where_it_has_the_keyboard(panel, iface, layers):
    # As QGIS has for tracing while it snaps, and for digitizing.
    pressed = []
    for key in "TR":
        other = QAction(key, iface.window)
        other.setShortcut(QKeySequence(key))
        other.triggered.connect(lambda _checked, key=key: pressed.append(key))
        iface.window.addAction(other)
    iface.canvas.setMapTool(pan := QgsMapToolPan(iface.canvas))
    press(panel, "nr")
    assert statuses(layers.anomalies)[1] == "rejected"
    press(panel, "p")
    assert (rank(panel), statuses(layers.anomalies)[3]) == (4, "accepted")
    iface.canvas.setFocus()
    QTest.keyClick(iface.canvas, "r")
    assert statuses(layers.anomalies)[3] == "rejected"
    press(panel, "t")
    assert panel.form.note.hasFocus()
    assert pressed == []
    iface.canvas.unsetMapTool(pan)


def test_ctrl_z_and_y_undo_and_redo_though_qgis_can_undo_something_too(panel, iface, layers):
    def press_with_ctrl(widget, key):
        widget.setFocus()
        QTest.keyClick(widget, key, Qt.KeyboardModifier.ControlModifier)
        return statuses(layers.anomalies)[1]

    # As QGIS has one, enabled by the edits of its active layer.
    undone, edited = [], QgsVectorLayer("Polygon?crs=EPSG:32633", "edited", "memory")
    QgsProject.instance().addMapLayer(edited)
    own = QAction("Undo", iface.window)
    own.setShortcut(QKeySequence("Ctrl+Z"))
    own.triggered.connect(undone.append)
    iface.window.addAction(own)
    iface.canvas.setMapTool(pan := QgsMapToolPan(iface.canvas))
    press(panel, "nr")
    assert press_with_ctrl(panel.form.list, "z") == "unreviewed"
    assert press_with_ctrl(panel.form.list, "y") == "rejected"
    assert press_with_ctrl(iface.canvas, "z") == "unreviewed"
    assert press_with_ctrl(iface.canvas, "y") == "rejected"
    assert undone == []
    edited.startEditing()
    edited.addFeature(QgsFeature(edited.fields()))
    iface.canvas.setCurrentLayer(edited)
    assert press_with_ctrl(iface.canvas, "z") == "rejected"
    assert len(undone) == 1, "in the map, edits come first"
    iface.canvas.unsetMapTool(pan)


@pytest.mark.parametrize(
    ("text", "ranks"),
    [
        ("rank<3", ["1", "2"]),
        ("rank >= 5", ["5", "6"]),
        ("4", ["4"]),
        ("船", ["2", "5"]),
        ("größe rank>1", ["4"]),
        ("score>0.95", []),
        ("area<100 area>10,5", ["1", "2", "3", "4", "5", "6"]),
    ],
)
def test_the_list_can_be_filtered(panel, wait_until, text, ranks):
    QTest.keyClicks(panel.form.filter, text) if text.isascii() else panel.form.filter.setText(text)
    wait_until(lambda: shown(panel) == ranks)
    assert (rank(panel) is None) == (not ranks)


@pytest.mark.parametrize(
    ("language", "shown_area", "more_than"),
    [
        ("en", "31,512", {"1,233": 1233, "1,233,456.5": 1233456.5, "10,5": 10.5, "0,823": 0.823, "1233": 1233}),
        ("es", "31\u00a0512", {"1,233": 1.233, "1,233,456": 1233456, "10,5": 10.5, "0.823": 0.823}),
    ],
)
def test_a_comma_means_in_the_filter_what_it_means_in_the_list(language, shown_area, more_than):
    before = QLocale()
    QLocale.setDefault(QLocale(language))
    try:
        model = ReviewModel(lambda _fid: None, None)
        model.set_rows([Row(1, 1, 0.9, 31512.3, "unreviewed", "", "")])
        assert model.data(model.index(0, AREA)) == shown_area
        for typed, limit in more_than.items():
            accepts = row_filter(f"area>{typed}", "")
            seen = [accepts(Row(1, 1, 0.9, limit + more, "", "", "")) for more in (-0.001, 0.001)]
            assert seen == [False, True], typed
    finally:
        QLocale.setDefault(before)


def test_a_digit_that_is_no_number_is_a_word_in_the_filter():
    # A key of French keyboards.
    accepts = row_filter("²", "")
    assert accepts(Row(1, 1, 0.9, 5.0, "unreviewed", "20 m²", ""))
    assert not accepts(Row(2, 2, 0.9, 5.0, "unreviewed", "20 m2", ""))


def test_under_a_filter_decided_polygons_leave_and_the_next_one_is_shown(panel, layers):
    panel.form.status.setCurrentIndex(panel.form.status.findData("unreviewed"))
    assert shown(panel) == ["2", "5"]
    press(panel, "a")
    assert shown(panel) == ["5"]
    assert rank(panel) == 5
    press(panel, "a")
    assert shown(panel) == []
    assert rank(panel) is None
    press(panel, "azz")
    assert shown(panel) == ["2", "5"]
    assert rank(panel) == 2


def marked(panel: ReviewPanel) -> int | None:
    """By its rank, what looks chosen in the list."""
    index = panel.form.list.currentIndex()
    return panel.model.shown()[index.row()].rank if index.isValid() else None


def test_under_a_filter_what_looks_chosen_is_what_is_decided_on(panel, layers):
    panel.form.status.setCurrentIndex(panel.form.status.findData("unreviewed"))
    press(panel, "azy")
    assert shown(panel) == ["5"]
    assert (rank(panel), marked(panel)) == (5, 5)
    press(panel, "r")
    assert statuses(layers.anomalies)[1:5] == ["accepted", "rejected", "accepted", "rejected"]
    # Another one changes the chosen polygon, which stays where the map is.
    panel.form.status.setCurrentIndex(panel.form.status.findData("accepted"))
    assert (rank(panel), marked(panel)) == (1, 1)
    field = layers.anomalies.fields().indexOf("status")
    layers.anomalies.startEditing()
    layers.anomalies.changeAttributeValue(1, field, "unsure")
    assert shown(panel) == ["2", "4"]
    assert (rank(panel), marked(panel)) == (1, None)
    press(panel, "n")
    assert (rank(panel), marked(panel)) == (2, 2)
    layers.anomalies.rollBack()


def test_the_list_can_be_sorted_and_keeps_the_chosen_one(panel):
    panel.step(1)
    panel.form.list.sortByColumn(RANK, Qt.SortOrder.DescendingOrder)
    assert shown(panel) == ["6", "5", "4", "3", "2", "1"]
    assert panel.form.list.currentIndex().row() == 4
    panel.form.list.sortByColumn(STATUS, Qt.SortOrder.AscendingOrder)
    assert [text[0] for text in shown(panel, STATUS)] == ["A", "A", "R", "R", "U", "U"]


def test_the_map_follows_with_some_context(panel, iface, layers):
    iface.canvas.setDestinationCrs(layers.anomalies.crs())
    press(panel, "n")
    box = layers.anomalies.getFeature(2).geometry().boundingBox()
    extent = iface.canvas.extent()
    assert extent.contains(box)
    assert extent.width() > 5 * box.width()
    panel.form.follow.setChecked(False)
    press(panel, "nnn")
    assert iface.canvas.extent() == extent


def test_the_frame_follows_the_map_into_another_crs(panel, iface, layers):
    iface.canvas.setDestinationCrs(layers.anomalies.crs())
    press(panel, "n")
    before = panel._follower._frame.asGeometry().boundingBox()
    iface.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    degrees = iface.canvas.mapSettings().destinationCrs()
    there = QgsCoordinateTransform(layers.anomalies.crs(), degrees, QgsProject.instance())
    after = panel._follower._frame.asGeometry().boundingBox()
    assert after.center().distance(there.transform(before.center())) < 1e-6


def test_choosing_on_the_map_chooses_in_the_list(panel, layers):
    layers.anomalies.selectByIds([4])
    assert rank(panel) == 4


def know_scene(layers, scene_layer, **more):
    """Let the heat map say that it came from the scene."""
    heatmap = gdal.Open(layers.heatmap.source(), gdal.GA_Update)
    source = {"path": scene_layer.source(), "width": 64, "height": 64, **more}
    provenance = {"source": source, "parameters": {"score_threshold": 0.5}}
    heatmap.SetMetadataItem("ANOMALY_LENS_PROVENANCE", json.dumps(provenance))
    heatmap.GetRasterBand(1).SetMetadataItem("SCORE_HISTOGRAM", json.dumps([5000, *[0] * 254, 3]))
    del heatmap


@pytest.fixture
def scene_known(layers, scene_layer):
    """The heat map says that it came from the scene."""
    know_scene(layers, scene_layer)


@pytest.fixture
def scene_and_nodata_known(layers, scene_layer):
    """The heat map says that the bright spot of the scene was left out: it holds 10 in two of the bands."""
    know_scene(layers, scene_layer, bands=[1, 2, 3], also_nodata=10)


def test_thumbnails_show_pixels_of_the_scene(scene_known, panel, wait_until):
    wait_until(lambda: 1 in panel._thumbnails._images)
    picture = panel._thumbnails.picture(1)
    colors = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert len(colors) > 10


def test_the_picture_of_the_chosen_row_has_its_own_colours(scene_known, panel, wait_until):
    wait_until(lambda: 1 in panel._thumbnails._images)
    picture = panel._thumbnails.picture(1)
    index = panel.model.index(0, RANK)
    panel.form.list.setCurrentIndex(index)
    cell = panel.form.list.visualRect(index)
    shown = panel.form.list.viewport().grab(cell).toImage()
    middle = shown.height() // 2
    colors = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    row = [shown.pixelColor(x, middle).name() for x in range(shown.width())]
    # Neither tinted nor scaled.
    assert sum(color in colors for color in row) >= picture.width() - 1


def test_the_chosen_row_stays_in_sight_when_the_list_gets_smaller(panel, wait_until):
    table = panel.form.list
    table.resize(300, 400)
    table.setCurrentIndex(panel.model.index(5, RANK))
    table.resize(300, 150)
    assert table.viewport().rect().contains(table.visualRect(table.currentIndex()).center())


def test_why_compares_the_polygon_with_what_is_around_it(scene_known, panel, wait_until):
    # The bright spot: all of it inside, nothing of it around.
    wait_until(lambda: panel.why._last is not None)
    found = panel.why._last
    assert found.polygon == pytest.approx([255, 10, 10])
    assert all(80 <= value <= 140 for value in [*found.around, *found.scene.mean])
    assert (found.scene.low < found.scene.mean).all()
    assert (found.scene.mean < found.scene.high).all()
    assert panel.why._counts[0] == 5000


def test_why_shows_the_bands_that_the_run_looked_at(layers, scene_layer, scene_file, window, panel, wait_until):
    window._show_run(None)
    know_scene(layers, scene_layer, bands=[1, 3])
    window.open_run()
    why = panel.why
    wait_until(lambda: why._last is not None)
    line = why.values._picture.lines[2]
    assert line.y.tolist() == why._last.polygon[[0, 2]].tolist()
    assert why.values._picture.x_names == ("1", "3")
    # As the engine tells them: of the bands in use.
    why._take_info(str(scene_file), {"wavelengths": [850.0, 450.0], "band_names": ["", ""]})
    line = why.values._picture.lines[2]
    assert (line.x.tolist(), line.y.tolist()) == ([450.0, 850.0], why._last.polygon[[2, 0]].tolist())
    assert why.values._picture.x_title == "Wavelength (nm)"


def test_why_shows_where_the_threshold_has_been_moved_to(scene_known, panel, layers, wait_until):
    def marks():
        return [mark.x for mark in panel.why.scores._picture.marks]

    wait_until(lambda: panel.why._counts is not None)
    (run,) = project_runs(QgsProject.instance())
    own = run.provenance["parameters"]["score_threshold"]
    assert marks()[0] == own
    rewrite(layers.anomalies, [6], [], Stored(Shaping(score=0.25), set()), 6)
    wait_until(lambda: len(shown(panel)) == 5)
    assert marks() == [0.25, 0.9]
    rewrite(layers.anomalies, [5], [], Stored(), 5)
    wait_until(lambda: len(shown(panel)) == 4)
    assert marks()[0] == own


def test_what_the_run_left_out_is_shown_nowhere(scene_and_nodata_known, panel, wait_until):
    wait_until(lambda: panel.why._last is not None)
    found = panel.why._last
    assert all(value != value for value in found.polygon)  # NaN
    assert all(80 <= value <= 140 for value in [*found.around, *found.scene.mean])
    wait_until(lambda: 1 in panel._thumbnails._images)
    for image in (found.picture, panel._thumbnails.picture(1)):
        assert image.pixelColor(image.width() // 2, image.height() // 2).lightness() == 0


def test_a_scene_that_is_a_virtual_raster_without_a_file_is_read(layers, write_scene, tmp_path):
    virtual = gdal.GetDriverByName("VRT").CreateCopy("", gdal.Open(str(write_scene(tmp_path / "a.tif", epsg=None))))
    # Longer than a file's name may be, before its first slash.
    virtual.SetMetadataItem("a", "b" * 300)
    (run,) = project_runs(QgsProject.instance())
    run.provenance["source"] = {"path": virtual.GetMetadata("xml:VRT")[0], "width": 64, "height": 64}
    scene = find_scene(run, QgsProject.instance())
    assert Raster(scene.path).count == 3


def test_a_scene_that_was_opened_with_options_is_read(layers, scene_file):
    layer = QgsRasterLayer(f"{scene_file}|option:NUM_THREADS=1|option:OVERVIEW_LEVEL=NONE", "szene", "gdal")
    (run,) = project_runs(QgsProject.instance())
    run.provenance["source"] = {"path": address(layer), "width": 64, "height": 64}
    for project_layers, bands in (([], ()), ([layer], (1, 2, 3))):
        QgsProject.instance().addMapLayers(project_layers)
        scene = find_scene(run, QgsProject.instance())
        assert (scene.problem, scene.bands) == ("", bands)
        assert Raster(scene.path).count == 3


@pytest.mark.parametrize("options", ["", "|option:NUM_THREADS=1"])
@pytest.mark.parametrize("told", ["", "?sv=1&sig=old"])
def test_a_scene_behind_a_signed_url_is_read_by_the_layer_s_signature(layers, told, options):
    url = "/vsicurl/http://127.0.0.1:9/a.tif"
    layer = QgsRasterLayer(f"{url}?sv=1&sig=new{options}", "szene", "gdal")
    QgsProject.instance().addMapLayer(layer)
    (run,) = project_runs(QgsProject.instance())
    # As the engine writes it now, and as it did.
    run.provenance["source"] = {"path": f"{url}{told}", "width": 64, "height": 64}
    assert find_scene(run, QgsProject.instance()).path == layer.source()


def test_a_scene_that_was_no_file_is_not_to_be_loaded_again(layers, tmp_path):
    tiles = f"type=xyz&url=file://{tmp_path}/%7Bz%7D/%7Bx%7D/%7By%7D.png&password=geheim&zmin=0&zmax=3"
    web = QgsRasterLayer(tiles, "Sentinel <2>", "wms")
    QgsProject.instance().addMapLayer(web)
    (run,) = project_runs(QgsProject.instance())
    run.provenance["source"] = {"path": address(web), "width": 64, "height": 64}
    scene = find_scene(run, QgsProject.instance())
    assert (scene.path, scene.problem) == (
        "",
        "The layer “Sentinel <2>” is no file on disk, so its pixels are not shown.",
    )


def test_a_web_layer_that_is_gone_may_have_an_address_of_any_length(layers):
    (run,) = project_runs(QgsProject.instance())
    address_ = f"type=xyz&url=https://a.example/%7Bx%7D.png?session%3D{300 * 'x'}&zmin=0"
    run.provenance["source"] = {"path": address_, "width": 64, "height": 64}
    assert find_scene(run, QgsProject.instance()).path == address_


def test_a_scene_beside_the_results_is_found_though_its_layer_points_to_where_it_was(layers, write_scene, tmp_path):
    gone = str(tmp_path / "disk that was taken out" / "szene.tif")
    QgsProject.instance().addMapLayer(QgsRasterLayer(gone, "szene", "gdal"))
    (run,) = project_runs(QgsProject.instance())
    run.provenance["source"] = {"path": gone, "width": 64, "height": 64}
    assert find_scene(run, QgsProject.instance()).problem.startswith("The scene szene.tif was not found.")
    beside = write_scene(Path(layers.heatmap.source()).parent / "szene.tif")
    assert find_scene(run, QgsProject.instance()).path == str(beside)


def test_a_scene_that_cannot_be_read_is_told(scene_known, window, panel, scene_file, wait_until):
    window._show_run(None)
    scene_file.write_bytes(b"no raster")
    window.open_run()
    wait_until(lambda: "cannot be read" in panel.form.notice.text())
    press(panel, "n")
    assert rank(panel) == 2


def test_a_scene_that_is_gone_is_told_and_the_review_goes_on(panel, layers):
    assert "which scene" in panel.form.notice.text()
    assert panel.form.notice.isVisible()
    press(panel, "na")
    assert statuses(layers.anomalies)[1] == "accepted"


def test_several_runs_are_in_one_list(window, panel, tmp_path, write_result):
    (tmp_path / "other").mkdir()
    result = {**write_result(tmp_path / "other", 2, "zwei_rx"), "run_id": "r2"}
    other = add_result(QgsProject.instance(), "zwei", "RX", result)
    window.refresh()
    assert [window.runs.itemText(row).split(" · ")[0] for row in range(window.runs.count())] == ["zwei", "szene"]
    assert len(shown(panel)) == COUNT, "the one that was chosen stays"
    window.open_run(other.anomalies.id())
    assert len(shown(panel)) == 2
    press(panel, "n")
    press(panel, "a")
    assert statuses(other.anomalies) == ["accepted", "accepted"]


def test_runs_that_are_called_alike_can_be_told_apart(window, layers, write_result, tmp_path):
    project = QgsProject.instance()
    group = project.layerTreeRoot().findLayer(layers.anomalies).parent()
    copy = layers.anomalies.clone()
    copy.setName("Anomalies copy")
    project.addMapLayer(copy, False)
    group.addLayer(copy)
    for _place in range(2):  # as the toolbox adds them: in no group
        alone = layers.anomalies.clone()
        alone.setName("alone")
        project.addMapLayer(alone, False)
        project.layerTreeRoot().addLayer(alone)
    window.refresh()
    title = group.name()
    assert [window.runs.itemText(row) for row in range(window.runs.count())] == [
        f"{title} · Anomalies",
        f"{title} · Anomalies copy",
        "alone",
        "alone (2)",
    ]


def test_a_duplicated_layer_shows_what_is_decided(window, panel, layers):
    copy = layers.anomalies.clone()
    QgsProject.instance().addMapLayer(copy)
    drawn = []
    copy.repaintRequested.connect(lambda: drawn.append(sorted(f["status"] for f in copy.getFeatures())))
    press(panel, "nu")
    assert drawn[-1].count("unsure") == 1
    panel._looks.begin_second("Eve")
    assert copy.fields().indexOf("status_2") >= 0


@pytest.mark.parametrize("hidden", [True, False])
def test_the_results_of_a_new_run_are_shown_to_who_comes_and_disturb_nobody(
    window, panel, tmp_path, write_result, wait_until, hidden
):
    if hidden:
        window.hide()
    (tmp_path / "other").mkdir()
    result = {**write_result(tmp_path / "other", 2, "zwei_rx"), "run_id": "r2"}
    other = add_result(QgsProject.instance(), "zwei", "RX", result)
    window.expect(other.anomalies.id())
    if hidden:
        # By the button of the toolbar.
        window.setUserVisible(True)
        wait_until(lambda: len(shown(panel)) == 2)
    else:
        window.refresh()
        assert len(shown(panel)) == COUNT
        # By the button of the other dock.
        window.open_run()
        assert len(shown(panel)) == 2
    window._run_chosen(1)
    window.open_run()
    assert len(shown(panel)) == COUNT, "once"


def test_renamed_groups_are_renamed_in_the_list(window, layers, wait_until):
    QgsProject.instance().layerTreeRoot().children()[0].setName("Harbour")
    wait_until(lambda: window.runs.currentText() == "Harbour")


def test_a_run_whose_file_is_found_again_is_listed(window, layers, tmp_path, wait_until):
    project, file = QgsProject.instance(), Path(layers.anomalies.source().split("|")[0])
    project.write(str(tmp_path / "project.qgs"))
    project.clear()
    moved = file.rename(tmp_path / "moved.gpkg")
    project.read(str(tmp_path / "project.qgs"))
    wait_until(lambda: window.nothing.isVisible())
    (layer,) = project.mapLayersByName("Anomalies")
    layer.setDataSource(f"{moved}|layername=anomalies", layer.name(), "ogr", QgsDataProvider.ProviderOptions())
    wait_until(lambda: window.runs.count() == 1)
    assert not window.nothing.isVisible()


def test_a_layer_may_go_in_mid_review(window, panel, layers, wait_until):
    QgsProject.instance().removeMapLayer(layers.anomalies.id())
    wait_until(lambda: window.nothing.isVisible())
    assert not panel.actions_.accept.isEnabled()
    assert shown(panel) == []


def test_the_heat_map_may_go_in_mid_review(window, panel, layers, wait_until):
    QgsProject.instance().removeMapLayer(layers.heatmap.id())
    wait_until(lambda: window._run is not None and window._run.heatmap is None)
    press(panel, "na")
    assert statuses(layers.anomalies)[1] == "accepted"


def test_a_locked_file_is_told_and_the_decision_is_written_later(panel, layers, iface, locked):
    with locked(layers.anomalies):
        press(panel, "na")
        assert "cannot be written at the moment" in iface.messages()[-1]
        assert "Decisions that wait to be written: 1." in panel.form.notice.text()
        assert shown(panel, STATUS)[1] == "Accepted"
        press(panel, "r")
        assert len(iface.messages()) == 1, "told once"
    panel.form.notice.linkActivated.emit("retry")
    assert statuses(layers.anomalies) == ["accepted", "accepted", "rejected", "accepted", "rejected", "rejected"]
    assert "written now" in iface.messages()[-1]
    assert "wait" not in panel.form.notice.text()


def test_trying_again_by_the_keyboard_brings_it_back_to_the_list(panel, layers, locked):
    with locked(layers.anomalies):
        press(panel, "na")
    panel.form.notice.setFocus()
    panel.form.notice.linkActivated.emit("retry")
    assert panel.form.list.hasFocus()


def test_a_file_that_is_locked_for_good_does_not_freeze_the_review(panel, layers, locked):
    with locked(layers.anomalies, "EXCLUSIVE"):
        began = time.monotonic()
        press(panel, "rrr")
        assert time.monotonic() - began < 3, "SQLite waits for five seconds each time"
        assert len(panel._store().pending) == 3
    assert gdal.GetConfigOption("SQLITE_BUSY_TIMEOUT") is None, "all else is as patient as before"
    panel._store().retry()
    assert statuses(layers.anomalies)[:2] == ["rejected", "rejected"]


def test_what_waits_is_tried_again_by_itself(panel, layers, wait_until, locked):
    panel._store()._timer.setInterval(20)
    with locked(layers.anomalies):
        press(panel, "na")
    wait_until(lambda: statuses(layers.anomalies)[1] == "accepted")


def test_a_file_that_was_moved_away_loses_no_decision(panel, layers, iface, tmp_path):
    path = Path(layers.anomalies.source().split("|")[0])
    shutil.move(path, tmp_path / "elsewhere.gpkg")
    press(panel, "na")
    assert "is gone" in iface.messages()[-1]
    assert not path.exists()
    shutil.move(tmp_path / "elsewhere.gpkg", path)
    panel.form.notice.linkActivated.emit("retry")
    assert statuses(layers.anomalies)[1] == "accepted"


def test_a_file_that_is_opened_anew_keeps_the_filter_of_its_layer(panel, layers, tmp_path, wait_until):
    layer = layers.anomalies
    layer.setSubsetString("\"status\" = 'unreviewed'")
    wait_until(lambda: shown(panel) == ["2", "5"])
    path = Path(layer.source().split("|")[0])
    shutil.move(path, tmp_path / "elsewhere.gpkg")
    press(panel, "a")
    shutil.move(tmp_path / "elsewhere.gpkg", path)
    panel.form.notice.linkActivated.emit("retry")
    assert statuses(layer)[1] == "accepted"
    assert layer.subsetString() == "\"status\" = 'unreviewed'"
    wait_until(lambda: shown(panel) == ["5"])


def test_a_decision_that_leaves_the_filter_of_the_layer_can_be_changed(panel, layers, iface, wait_until):
    layer = layers.anomalies
    layer.setSubsetString("\"status\" = 'unreviewed'")
    wait_until(lambda: shown(panel) == ["2", "5"])
    press(panel, "az")
    assert statuses(layer)[1] == "unreviewed"
    panel.choose(2)
    press(panel, "r")
    assert statuses(layer)[1] == "rejected"
    assert layer.subsetString() == "\"status\" = 'unreviewed'"
    assert not panel._store().pending
    assert iface.messages() == []


def test_a_decision_on_a_polygon_that_a_filter_hides_is_undone_too(panel, layers, iface, wait_until):
    layer = layers.anomalies
    layer.setSubsetString("\"status\" = 'unreviewed'")
    wait_until(lambda: shown(panel) == ["2", "5"])
    press(panel, "a")
    panel.reload()
    assert shown(panel) == ["5"]
    press(panel, "z")
    assert statuses(layer)[1] == "unreviewed"
    assert iface.messages() == []


def test_a_read_only_file_is_told(window, panel, layers, iface, monkeypatch):
    if os.geteuid() == 0:
        # Who may write to everything: as others see it.
        monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    path = Path(layers.anomalies.source().split("|")[0])
    path.chmod(0o444)
    layers.anomalies.setDataSource(layers.anomalies.source(), "Anomalies", "ogr", QgsDataProvider.ProviderOptions())
    press(panel, "na")
    assert "is read-only" in iface.messages()[-1]
    assert "wait" in panel.form.notice.text()


def test_a_layer_that_is_read_only_in_the_project_keeps_its_file_as_it_is(panel, layers, iface):
    layers.anomalies.setReadOnly(True)
    before = statuses(layers.anomalies)
    press(panel, "na")
    panel._looks.begin_second("Eve")
    assert statuses(layers.anomalies) == before
    assert layers.anomalies.fields().indexOf("status_2") < 0
    assert ["read-only in this project" in text for text in iface.messages()] == [True, True]
    assert "Decisions that wait to be written: 1." in panel.form.notice.text()
    layers.anomalies.setReadOnly(False)
    panel.form.notice.linkActivated.emit("retry")
    assert statuses(layers.anomalies)[1] == "accepted"


def test_a_copy_of_a_layer_that_is_read_only_in_the_project_takes_decisions(panel, layers, tmp_path):
    original = QgsVectorLayer(layers.anomalies.source(), "original", "ogr")
    layers.anomalies.setReadOnly(True)
    press(panel, "na")
    (tmp_path / "copy").mkdir()
    panel._store().copy_to(tmp_path / "copy")
    assert statuses(layers.anomalies)[1] == "accepted"
    assert statuses(original)[1] == "unreviewed"


def test_a_layer_that_shows_a_shapefile_takes_decisions_while_it_is_edited(panel, layers, iface, tmp_path, wait_until):
    path = tmp_path / "saved_as.shp"
    gdal.VectorTranslate(str(path), layers.anomalies.source().split("|")[0], format="ESRI Shapefile")
    layers.anomalies.setDataSource(str(path), "Anomalies", "ogr", QgsDataProvider.ProviderOptions())
    # Its rows have other numbers.
    wait_until(lambda: not panel._reload_soon.isActive())
    panel.choose(4)
    chosen = rank(panel)
    press(panel, "a")
    assert "is not a GeoPackage" in iface.messages()[-1]
    assert "editing on" in iface.messages()[-1]
    (tmp_path / "copy").mkdir()
    with pytest.raises(PluginError, match="is not a GeoPackage"):
        # One of the files of a shapefile would be copied.
        panel._store().copy_to(tmp_path / "copy")
    assert layers.anomalies.isValid()
    layers.anomalies.startEditing()
    panel.form.notice.linkActivated.emit("retry")
    assert layers.anomalies.commitChanges()
    saved = QgsVectorLayer(str(path), "saved", "ogr")
    assert {feature["rank"]: feature["status"] for feature in saved.getFeatures()}[chosen] == "accepted"


def test_a_full_disk_loses_no_decision(panel, layers, iface):
    resource = pytest.importorskip("resource", reason="only Unix can pretend that a disk is full")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        press(panel, "na")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "cannot be written at the moment" in iface.messages()[-1]
    assert shown(panel, STATUS)[1] == "Accepted"
    panel.form.notice.linkActivated.emit("retry")
    assert statuses(layers.anomalies)[1] == "accepted"


def test_decisions_that_wait_when_their_layer_goes_are_told_in_full(panel, layers, iface, locked):
    with locked(layers.anomalies):
        press(panel, "na")
        QgsProject.instance().removeMapLayer(layers.anomalies.id())
        assert "Decisions that could not be written to Anomalies: 1." in iface.messages()[-1]


def test_decisions_that_wait_are_written_when_their_layer_goes_and_the_file_is_free(panel, layers, tmp_path, locked):
    path = layers.anomalies.source().split("|")[0]
    with locked(layers.anomalies):
        press(panel, "na")
    QgsProject.instance().clear()
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT status FROM anomalies WHERE rank = 2").fetchall() == [("accepted",)]


def test_two_windows_on_one_file_see_the_last_decision(panel, layers):
    # A second QGIS has the file open and decides, too.
    other = QgsVectorLayer(layers.anomalies.source(), "other", "ogr")
    press(panel, "na")
    index = other.fields().indexOf("status")
    assert other.dataProvider().changeAttributeValues({2: {index: "unsure"}, 5: {index: "rejected"}})
    assert statuses(layers.anomalies)[1] == "unsure"
    press(panel, "a")
    assert statuses(layers.anomalies)[4] == "accepted"


def test_a_review_can_go_on_in_a_copy(panel, layers, tmp_path, monkeypatch, locked):
    with locked(layers.anomalies):
        press(panel, "na")
        (tmp_path / "copy").mkdir()
        monkeypatch.setattr(
            "anomaly_lens.plugin.review.stores.QFileDialog.getExistingDirectory", lambda *_: str(tmp_path / "copy")
        )
        panel.form.notice.linkActivated.emit("copy")
    assert str(tmp_path / "copy") in layers.anomalies.source()
    assert statuses(layers.anomalies)[1] == "accepted"
    assert "wait" not in panel.form.notice.text()


def test_a_copy_has_the_earlier_decisions_too(panel, layers, tmp_path, locked):
    press(panel, "na")
    with locked(layers.anomalies):
        press(panel, "r")
        theirs = tmp_path / "copy" / Path(layers.anomalies.source().split("|")[0]).name
        theirs.parent.mkdir()
        theirs.write_text("somebody else's")
        with pytest.raises(PluginError, match="there is a file of that name"):
            panel._store().copy_to(theirs.parent)
        assert theirs.read_text() == "somebody else's"
        theirs.unlink()
        panel._store().copy_to(theirs.parent)
    assert statuses(layers.anomalies) == ["accepted", "accepted", "rejected", "accepted", "rejected", "rejected"]


def test_a_copy_that_cannot_be_written_either_is_told(panel, layers, tmp_path, monkeypatch):
    store = panel._store()
    monkeypatch.setattr(store, "retry", lambda: PluginError("not_writable", "The disk is full.", "Make room."))
    (tmp_path / "copy").mkdir()
    with pytest.raises(PluginError, match="disk is full"):
        store.copy_to(tmp_path / "copy")


def test_a_layer_being_edited_takes_decisions_among_its_edits(panel, layers):
    layers.anomalies.startEditing()
    press(panel, "na")
    assert "being edited" in panel.form.notice.text()
    assert statuses(layers.anomalies)[1] == "unreviewed"
    assert shown(panel, STATUS)[1] == "Accepted"
    assert layers.anomalies.commitChanges()
    assert statuses(layers.anomalies)[1] == "accepted"


def test_discarded_edits_are_discarded_in_the_list_too(panel, layers, wait_until):
    layers.anomalies.startEditing()
    press(panel, "na")
    layers.anomalies.rollBack()
    wait_until(lambda: shown(panel, STATUS)[1] == "Unreviewed")


def test_a_change_in_the_attribute_table_is_seen(panel, layers, wait_until):
    layers.anomalies.startEditing()
    layers.anomalies.changeAttributeValue(2, layers.anomalies.fields().indexOf("status"), "unsure")
    assert shown(panel, STATUS)[1] == "Unsure"
    layers.anomalies.deleteFeature(3)
    wait_until(lambda: shown(panel) == ["1", "2", "4", "5", "6"])


def test_a_moved_project_finds_its_results_and_its_scene(panel, window, layers, scene_layer, tmp_path):
    home = tmp_path / "a"
    home.mkdir()
    QgsProject.instance().clear()
    for name in ("szene.tif", "szene_rx_heatmap.tif", "szene_rx_anomalies.gpkg"):
        shutil.move(tmp_path / name, home / name)
    heatmap, table = home / "szene_rx_heatmap.tif", home / "szene_rx_anomalies.gpkg"
    result = {"heatmap": str(heatmap), "instances": str(table), "run_id": "r1", "area_unit": "m2"}
    add_result(QgsProject.instance(), "szene", "RX", result)
    QgsProject.instance().addMapLayer(QgsRasterLayer(str(home / "szene.tif"), "szene"))
    QgsProject.instance().write(str(home / "p.qgs"))
    QgsProject.instance().clear()
    home.rename(tmp_path / "b")
    QgsProject.instance().read(str(tmp_path / "b" / "p.qgs"))
    window.open_run()
    press(panel, "na")
    (run,) = project_runs(QgsProject.instance())
    assert str(tmp_path / "b") in run.anomalies.source()
    assert statuses(run.anomalies)[1] == "accepted"


def test_a_second_look_is_blind_and_then_compared(panel, window, layers):
    panel._looks.begin_second("Ada")
    assert panel.form.look.currentData() == SECOND_LOOK
    assert set(shown(panel, STATUS)) == {"Unreviewed"}
    assert set(shown(panel, LABEL)) == {""}
    assert panel.form.progress.text() == "0 of 6, 0 accepted"
    assert "status_2" in layers.anomalies.renderer().classAttribute()
    press(panel, "aarr")
    assert statuses(layers.anomalies)[:3] == ["accepted", "unreviewed", "rejected"], "the first look stays"
    feature = layers.anomalies.getFeature(1)
    assert (feature["status_2"], feature["reviewer_2"]) == ("accepted", "Ada")
    assert feature["time_2"].startswith("20")
    panel.form.look.setCurrentIndex(panel.form.look.findData(COMPARED))
    panel.form.look.activated.emit(panel.form.look.currentIndex())
    assert layers.anomalies.renderer().classAttribute() == "status"
    table = panel.form.list
    assert not table.isColumnHidden(SECOND)
    assert table.isColumnHidden(LABEL), "in favour of both looks"
    option = QStyleOptionViewItem()
    for width, words in ((350, ""), (500, "Unreviewed")):
        window.window().resizeDocks([window], [width], Qt.Orientation.Horizontal)
        QCoreApplication.processEvents()
        table.itemDelegateForColumn(SECOND).initStyleOption(option, table.model().index(5, SECOND))
        assert option.text == words
    # 1: accepted twice, 3: rejected twice, 4: accepted and rejected; 2 has one decision only.
    assert panel.form.agreement.text() == "2 of 3 decided alike (67 %), Cohen's kappa 0.40."
    panel.form.status.setCurrentIndex(panel.form.status.findData("different"))
    assert shown(panel) == ["4"]


@pytest.mark.parametrize("name", ["Ada", ""])
def test_a_second_look_stays_whose_it_is_when_another_one_is_begun(panel, layers, name):
    panel._looks.begin_second(name)
    # For another run.
    settings.REVIEWER.set("Eve")
    press(panel, "a")
    assert layers.anomalies.getFeature(1)["reviewer_2"] == name


def test_the_run_that_is_chosen_shows_on_the_map_without_those_that_it_covers(window, tmp_path, write_result):
    project = QgsProject.instance()
    made = {}
    for name in ("old", "new"):
        result = write_result(tmp_path, name=name, run_id=name, scene="/scenes/szene.tif")
        made[name] = add_result(project, name, "RX", result).anomalies.id()

    def seen():
        root = project.layerTreeRoot()
        return [name for name in made if root.findLayer(made[name]).isVisible()]

    window.open_run(made["new"])
    assert window.at_work() == [made["new"]]
    assert seen() == ["new"]
    window.runs.activated.emit(window.runs.findData(made["old"]))
    assert seen() == ["old"]
    window.open_run()
    assert seen() == ["old"]
    project.layerTreeRoot().findLayer(made["new"]).setItemVisibilityCheckedParentRecursive(True)
    # As a message offers it whose layer was removed since.
    window.open_run("gone")
    assert seen() == ["old", "new"]
    window.hide()
    assert window.at_work() == []


def test_a_text_belongs_to_who_typed_it(panel, layers):
    press(panel, "n")
    panel.form.label.selectAll()
    QTest.keyClicks(panel.form.label, "buoy")
    panel._looks.begin_second("Second Person")
    panel.form.note.selectAll()
    QTest.keyClicks(panel.form.note, "wake")
    panel.form.look.setCurrentIndex(panel.form.look.findData(FIRST_LOOK))
    panel.form.look.activated.emit(panel.form.look.currentIndex())
    with sqlite3.connect(layers.anomalies.source().split("|")[0]) as file:
        found = file.execute("SELECT label, note, label_2, note_2, reviewer_2 FROM anomalies WHERE rank = 2").fetchone()
    assert found == ("buoy", "", None, "wake", "Second Person")


def test_labels_on_the_map_are_those_of_who_looks(panel, layers):
    layer = layers.anomalies

    def on_the_map():
        return layer.labeling().settings().fieldName

    set_label(layer, "label")
    panel._looks.begin_second("Ada")
    assert on_the_map() == '"label_2"'
    assert shown_label(layer) == "label"
    set_label(layer, "score")
    set_label(layer, "label")
    assert on_the_map() == '"label_2"'
    set_label(layer, "rank")
    assert "status_2" in on_the_map()
    set_label(layer, "label")
    panel._looks._switch(FIRST_LOOK)
    assert on_the_map() == '"label"'
    # As QGIS itself writes a field.
    settings = layer.labeling().settings()
    settings.isExpression, settings.fieldName = False, "label"
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    panel._looks._switch(SECOND_LOOK)
    assert on_the_map() == "label_2"
    panel._looks._switch(COMPARED)
    assert on_the_map() == "label"


@pytest.mark.parametrize(
    ("own", "in_the_second"),
    [
        ("\"area\" || ' m²'", "\"area\" || ' m²'"),
        ("'label: ' || \"label\"", "'label: ' || \"label_2\""),
        ('upper(status) || "my note"', 'upper(status_2) || "my note"'),
        ('"label" || "label_2"', '"label" || "label_2"'),
    ],
)
def test_labels_of_the_users_own_stay_and_are_blind_too(panel, layers, own, in_the_second):
    layer = layers.anomalies
    settings = layer.labeling().settings()
    settings.isExpression, settings.fieldName = True, own
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    # Whatever the outlines are drawn by.
    layer.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol()))
    panel._looks._switch(FIRST_LOOK)
    assert layer.labeling().settings().fieldName == own
    panel._looks.begin_second("Ada")
    assert layer.labeling().settings().fieldName == in_the_second
    panel._looks._switch(COMPARED)
    assert layer.labeling().settings().fieldName == own


def test_outlines_of_the_users_own_classes_stay(panel, layers):
    layers.anomalies.setRenderer(QgsCategorizedSymbolRenderer('upper("status")'))
    panel._looks.begin_second("Ada")
    assert layers.anomalies.renderer().classAttribute() == 'upper("status")'


def test_a_second_look_stays_blind_in_the_next_session(panel, window, layers):
    panel._looks.begin_second("Ada")
    press(panel, "a")
    window._show_run(None)
    window.open_run()
    assert panel.form.look.currentData() == SECOND_LOOK
    assert shown(panel, STATUS)[0] == "Accepted"
    assert shown(panel, STATUS)[3] == "Unreviewed"
    panel.form.look.setCurrentIndex(panel.form.look.findData(FIRST_LOOK))
    panel.form.look.activated.emit(0)
    assert shown(panel, STATUS)[3] == "Accepted"


@pytest.mark.parametrize("width", [350, 900])
def test_headings_and_statuses_of_the_list_are_read_whole_or_left_out(large_font, window, width):
    window.window().resize(width + 600, window.window().height())
    window.window().resizeDocks([window], [width], Qt.Orientation.Horizontal)
    QCoreApplication.processEvents()
    headings_and_statuses_are_whole(window.tabs.widget(0).form, words=width == 900)


@pytest.mark.parametrize("width", [350, 500])
def test_labels_have_room_in_a_narrow_dock(panel, window, width):
    window.window().resize(width + 600, window.window().height())
    window.window().resizeDocks([window], [width], Qt.Orientation.Horizontal)
    QCoreApplication.processEvents()
    headings_and_statuses_are_whole(panel.form, words=width == 500)


def headings_and_statuses_are_whole(form, words):
    table = form.list
    header = table.horizontalHeader()
    assert table.viewport().width() == header.length()
    for column in (RANK, SCORE, AREA, STATUS, LABEL):
        title = table.model().headerData(column, Qt.Orientation.Horizontal)
        assert header.sectionSize(column) > header.fontMetrics().horizontalAdvance(title)
    option = QStyleOptionViewItem()
    table.itemDelegateForColumn(STATUS).initStyleOption(option, table.model().index(1, STATUS))
    assert option.text == ("Unreviewed" if words else "")
    if words:
        assert table.columnWidth(STATUS) > table.fontMetrics().horizontalAdvance("Unreviewed") + 16


def test_the_heading_that_the_list_is_sorted_by_is_read_whole(panel):
    header = panel.form.list.horizontalHeader()

    def painted(sorted_by, top):
        panel.form.list.sortByColumn(sorted_by, Qt.SortOrder.AscendingOrder)
        return header.grab(header.rect().adjusted(0, top, 0, 0)).toImage()

    below_the_arrow = header.height() // 3
    assert painted(SCORE, below_the_arrow) == painted(AREA, below_the_arrow) == painted(LABEL, below_the_arrow)
    assert painted(SCORE, 0) != painted(AREA, 0)


def test_a_press_on_a_heading_sorts_and_another_one_turns_round(panel, layers):
    header = panel.form.list.horizontalHeader()
    middle = QPoint(header.sectionPosition(STATUS) + header.sectionSize(STATUS) // 2, header.height() // 2)
    for expected in ("Accepted", "Unreviewed"):
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=middle)
        assert shown(panel, STATUS)[0] == expected


def test_what_keys_do_is_read_whole_whatever_the_font(large_font, window):
    window.window().resizeDocks([window], [350], Qt.Orientation.Horizontal)
    QCoreApplication.processEvents()
    buttons = window.widget().findChildren(QToolButton, QRegularExpression("review_(?!export|options).*_button"))
    assert len(buttons) == 8
    assert [button.text() for button in buttons if button.width() < button.sizeHint().width()] == []


def test_an_empty_list_says_why(panel, wait_until):
    def inked(widget):
        picture = widget.viewport().grab().toImage()
        points = itertools.product(range(0, picture.width(), 2), range(0, picture.height(), 2))
        return len({picture.pixel(*point) for point in points}) > 1

    panel.form.filter.setText("rank>999")
    wait_until(lambda: panel.form.list.model().rowCount() == 0)
    assert panel.form.list.why_empty() == "No polygon meets the filter."
    assert inked(panel.form.list)
    panel.form.filter.clear()
    panel.model.set_rows([])
    assert "Threshold" in panel.form.list.why_empty()


def test_runs_of_one_scene_are_told_apart_however_long_its_name(window):
    before = window.minimumSizeHint().width()
    window.runs.setItemText(window.runs.currentIndex(), f"{'a_long_name_of_a_scene_' * 9} · RX (global) · 12:34")
    assert window.runs.elided().startswith("a_long_name")
    assert window.runs.elided().endswith("· 12:34")
    assert window.minimumSizeHint().width() == before


def test_screen_readers_name_every_field(window, without_spoken_name):
    assert without_spoken_name(window.widget()) == []


def test_every_control_has_a_tooltip_and_a_name_and_fits(window):
    kinds = (QComboBox, QAbstractSpinBox, QToolButton, QLineEdit)
    ours = [
        widget
        for widget in window.widget().findChildren(QWidget)
        if isinstance(widget, kinds) and not isinstance(widget.parent(), (QComboBox, QLineEdit))
    ]
    # Qt's own: the arrows of the tabs.
    ours = [widget for widget in ours if not isinstance(widget.parent(), QTabBar)]
    assert [widget for widget in ours if not widget.objectName()] == []
    assert [widget.objectName() for widget in ours if not widget.toolTip()] == []
    content = window.widget().widget()
    assert content.minimumSizeHint().height() <= 660, "QGIS's own frame and tabs take the rest of 700"
    assert window.minimumSizeHint().height() < 300, "QGIS's window must not outgrow a low screen"


def test_the_dock_is_narrow_in_the_font_that_qgis_begins_with(usual_font, window):
    assert window.widget().widget().minimumSizeHint().width() <= 360
