"""The look panel: what it shows of the layers' styles, what it changes, and that swiping leaves nothing behind."""

from __future__ import annotations

import pytest
from anomaly_lens.plugin.adjust.look_panel import LookPanel
from anomaly_lens.plugin.messages import Messages
from anomaly_lens.plugin.results import add_result
from anomaly_lens.plugin.runs import project_runs
from anomaly_lens.plugin.styles import outline_width
from qgis.core import QgsProject, QgsRenderContext, QgsVectorLayerSimpleLabeling
from qgis.PyQt.QtCore import QPoint, QSize, Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtTest import QTest


@pytest.fixture
def run(tmp_path, write_result):
    add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path))
    (run,) = project_runs(QgsProject.instance())
    return run


@pytest.fixture
def panel(iface, run):
    panel = LookPanel(iface, Messages(iface.bar, iface.window))
    panel.resize(340, 480)
    panel.show()
    panel.set_run(run)
    yield panel
    panel.release()
    panel.deleteLater()


def is_shown(layer):
    return QgsProject.instance().layerTreeRoot().findLayer(layer.id()).isVisible()


def choose(combo, data):
    row = combo.findData(data)
    combo.setFocus()
    while combo.currentIndex() != row:
        QTest.keyClick(combo, Qt.Key.Key_Down if row > combo.currentIndex() else Qt.Key.Key_Up)


def test_it_shows_how_the_layers_look(panel):
    assert panel.shown.isChecked()
    assert panel.ramp.currentData() == "inferno"
    assert panel.opacity.value() == 100
    assert panel.width.value() == 0.5
    assert panel.labels.currentData() == "rank"
    assert panel.meaning.text() == "0.5 = the scene's top 1 % · 0.9 = 9 times that"


def test_the_scores_below_the_ramp_are_read_whole_whatever_the_font(panel):
    panel.setStyleSheet("* { font: 18pt }")
    panel.bar.ensurePolished()
    shown = panel.bar.grab().toImage()
    below = range(shown.height() - panel.bar.fontMetrics().height(), shown.height())
    for column in (0, shown.width() - 1):
        assert len({shown.pixel(column, row) for row in below}) == 1, "no ink at the edge"


def test_ramp_and_opacity_go_to_the_heat_map_and_its_legend_stays(panel, run):
    panel.opacity.setFocus()
    QTest.keyClick(panel.opacity, Qt.Key.Key_PageDown)
    choose(panel.ramp, "cividis")
    assert run.heatmap.opacity() == pytest.approx(0.9)
    items = run.heatmap.renderer().shader().rasterShaderFunction().colorRampItemList()
    assert items[-1].color == QColor(254, 232, 56)
    assert items[2].label == "0.5 = the scene's top 1 %"
    panel.set_run(None)
    panel.set_run(run)
    assert (panel.ramp.currentData(), panel.opacity.value()) == ("cividis", 90)


def test_a_font_of_the_user_s_own_stays_whatever_the_labels_say(panel, run):
    settings = run.anomalies.labeling().settings()
    font = settings.format()
    font.setSize(21.0)
    settings.setFormat(font)
    run.anomalies.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    for name, text in (("score", 'format_number("score_max", 3)'), ("", ""), ("label", '"label"')):
        choose(panel.labels, name)
        shown = run.anomalies.labeling().settings()
        assert (shown.format().size(), text in shown.fieldName) == (21.0, True)


def test_width_and_labels_go_to_the_polygons(panel, run):
    panel.width.setValue(1.0)
    assert outline_width(run.anomalies) == pytest.approx(1.0)
    symbol = run.anomalies.renderer().symbols(QgsRenderContext())[0]
    assert symbol.symbolLayer(1).width() == pytest.approx(2.0), "the casing grows with it"
    choose(panel.labels, "score")
    assert "score_max" in run.anomalies.labeling().settings().fieldName
    choose(panel.labels, "")
    assert not run.anomalies.labelsEnabled()


def test_it_follows_the_layer_tree(panel, run):
    node = QgsProject.instance().layerTreeRoot().findLayer(run.heatmap.id())
    node.setItemVisibilityChecked(False)
    assert not panel.shown.isChecked()
    QTest.mouseClick(panel.shown, Qt.MouseButton.LeftButton, pos=QPoint(8, panel.shown.height() // 2))
    assert is_shown(run.heatmap)


@pytest.fixture
def canvas(iface, run, wait_until):
    canvas = iface.canvas
    iface.window.setCentralWidget(canvas)
    iface.window.resize(400, 300)
    iface.window.show()
    canvas.setLayers([run.anomalies, run.heatmap])
    canvas.setDestinationCrs(run.heatmap.crs())
    canvas.setExtent(run.heatmap.extent())
    drawn = []
    canvas.mapCanvasRefreshed.connect(lambda: drawn.append(canvas.viewport().width()))
    canvas.refresh()
    wait_until(lambda: drawn and drawn[-1] > 300 and not canvas.isDrawing())
    return canvas


def test_a_line_divides_the_map_and_can_be_drawn(panel, canvas, iface, wait_until):
    before = len(canvas.scene().items())
    tool, cursor = canvas.mapTool(), canvas.viewport().cursor().shape()
    QTest.mouseClick(panel.swipe, Qt.MouseButton.LeftButton)
    curtain = panel._swipe.curtain
    wait_until(lambda: curtain.image is not None)
    width, height = canvas.viewport().width(), canvas.viewport().height()
    picture = canvas.grab().toImage()
    # Left the white ground alone, right the heat map (0.4 everywhere) over it.
    assert picture.pixelColor(width // 4, height // 5) == QColor(255, 255, 255)
    assert picture.pixelColor(3 * width // 4, height // 5) != QColor(255, 255, 255)
    middle = QPoint(width // 2, height // 2)
    QTest.mouseMove(canvas.viewport(), middle)
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(canvas.viewport(), QPoint(width // 10, height // 2))
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(width // 10, height // 2))
    assert curtain.share == pytest.approx(0.1, abs=0.01)
    assert canvas.grab().toImage().pixelColor(width // 4, height // 5) != QColor(255, 255, 255)
    QTest.mouseClick(panel.swipe, Qt.MouseButton.LeftButton)
    assert panel._swipe is None
    assert len(canvas.scene().items()) == before
    assert (canvas.mapTool(), canvas.viewport().cursor().shape()) == (tool, cursor)


def test_swiping_shows_a_hidden_heat_map_and_hides_it_again(panel, canvas, run):
    QgsProject.instance().layerTreeRoot().findLayer(run.heatmap.id()).setItemVisibilityChecked(False)
    QTest.mouseClick(panel.swipe, Qt.MouseButton.LeftButton)
    assert is_shown(run.heatmap)
    QTest.mouseClick(panel.swipe, Qt.MouseButton.LeftButton)
    assert not is_shown(run.heatmap)


def test_layers_may_go_in_the_middle_of_a_swipe(panel, canvas, run):
    QTest.mouseClick(panel.swipe, Qt.MouseButton.LeftButton)
    QgsProject.instance().removeMapLayer(run.heatmap.id())
    assert panel._swipe is None
    assert not panel.heatmap_box.isEnabled()
    assert panel.polygons_box.isEnabled()
    QgsProject.instance().removeMapLayer(run.anomalies.id())
    assert not panel.polygons_box.isEnabled()
    assert panel.status.text()


def test_it_fits_the_dock(panel):
    assert panel.minimumSizeHint().width() <= 340
    assert panel.sizeHint().height() <= 560
    assert panel.ramp.iconSize() == QSize(36, 14)
