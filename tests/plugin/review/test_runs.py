"""Several runs in a review, new ones, and those that go."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from anomaly_lens.plugin.results import add_result
from anomaly_lens.plugin.runs import project_runs
from qgis.core import QgsDataProvider, QgsProject, QgsRasterLayer
from reviewing import COUNT, press, shown, statuses


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
    assert "are missing. Press the triangle" in window.nothing.text()
    (layer,) = project.mapLayersByName("Anomalies")
    layer.setDataSource(f"{moved}|layername=anomalies", layer.name(), "ogr", QgsDataProvider.ProviderOptions())
    wait_until(lambda: window.runs.count() == 1)
    assert not window.nothing.isVisible()


def test_a_layer_may_go_in_mid_review(window, panel, layers, wait_until):
    QgsProject.instance().removeMapLayer(layers.anomalies.id())
    wait_until(lambda: window.nothing.isVisible())
    assert "no results" in window.nothing.text()
    assert not panel.actions_.accept.isEnabled()
    assert shown(panel) == []


def test_the_heat_map_may_go_in_mid_review(window, panel, layers, wait_until):
    QgsProject.instance().removeMapLayer(layers.heatmap.id())
    wait_until(lambda: window._run is not None and window._run.heatmap is None)
    press(panel, "na")
    assert statuses(layers.anomalies)[1] == "accepted"


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


def test_runs_of_one_scene_are_told_apart_however_long_its_name(window):
    before = window.minimumSizeHint().width()
    window.runs.setItemText(window.runs.currentIndex(), f"{'a_long_name_of_a_scene_' * 9} · RX (global) · 12:34")
    assert window.runs.elided().startswith("a_long_name")
    assert window.runs.elided().endswith("· 12:34")
    assert window.minimumSizeHint().width() == before
