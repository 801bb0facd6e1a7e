"""The list of a review: what it shows, its filter, its order, and the map that follows."""

from __future__ import annotations

import itertools

import pytest
from anomaly_lens.plugin.review.model import AREA, LABEL, RANK, SCORE, SECOND, STATUS, ReviewModel
from anomaly_lens.plugin.review.rows import Row, row_filter
from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsField, QgsProject
from qgis.PyQt.QtCore import QCoreApplication, QLocale, QPoint, Qt, QVariant
from qgis.PyQt.QtTest import QTest
from reviewing import COUNT, marked, press, rank, shown, statuses


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


def test_the_chosen_row_stays_in_sight_when_the_list_gets_smaller(panel, wait_until):
    table = panel.form.list
    table.resize(300, 400)
    table.setCurrentIndex(panel.model.index(5, RANK))
    table.resize(300, 150)
    assert table.viewport().rect().contains(table.visualRect(table.currentIndex()).center())


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
