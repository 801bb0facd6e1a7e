"""The plugin in QGIS's window: everything it adds goes away again, and saved projects keep their results."""

from __future__ import annotations

import errno
import os
import sys
from functools import partial
from pathlib import Path

import pytest
from anomaly_lens.plugin.batch.queue import State, file_item
from anomaly_lens.plugin.errors import PluginError
from anomaly_lens.plugin.export_dialog import ExportDialog
from anomaly_lens.plugin.main import AnomalyLensPlugin
from anomaly_lens.plugin.messages import LogDialog, Messages
from anomaly_lens.plugin.results import add_result, dress, is_result, read_provenance
from anomaly_lens.plugin.runs import run_of
from anomaly_lens.plugin.setup import controller
from anomaly_lens.plugin.storage import copy_file, layer_file
from qgis.core import Qgis, QgsProject, QgsSettings, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, QEvent, Qt
from qgis.PyQt.QtWidgets import (
    QApplication,
    QDockWidget,
    QMainWindow,
    QPlainTextEdit,
    QPushButton,
    QTextBrowser,
    QWidget,
)
from qgis.PyQt.QtXml import QDomDocument

FAKE_WORKER = Path(__file__).parent / "fake_worker.py"


class Window:
    """Adds to the stand-in for QGIS's window what a plugin registers with; counts what is there."""

    def __init__(self, iface) -> None:
        self.there = []
        for add, remove in (
            ("addDockWidget", "removeDockWidget"),
            ("addToolBarIcon", "removeToolBarIcon"),
            ("addPluginToRasterMenu", "removePluginRasterMenu"),
            ("registerOptionsWidgetFactory", "unregisterOptionsWidgetFactory"),
        ):
            setattr(iface, add, lambda *args: self.there.append(args[-1]))
            setattr(iface, remove, lambda *args: self.there.remove(args[-1]))
        iface.removeCustomActionForLayerType = lambda _action: True
        iface.addCustomActionForLayerType = iface.addCustomActionForLayer = lambda *_: None


@pytest.fixture
def window(iface):
    return Window(iface)


@pytest.fixture
def plugin(window, iface, monkeypatch, tmp_path):
    """The plugin, with the fake worker for its engine."""
    monkeypatch.setenv("ANOMALY_LENS_PYTHON", sys.executable)
    monkeypatch.setenv("FAKE_STARTED", str(tmp_path / "started"))
    plugin = AnomalyLensPlugin(iface)
    plugin.initGui()
    find_launch = plugin.engine.find_launch

    def launch():
        found = find_launch()
        return type(found)((sys.executable, str(FAKE_WORKER), "slow"), {**found.env, **os.environ})

    plugin.engine.find_launch = launch
    yield plugin
    plugin._temporary.remove()


def test_unloading_in_mid_run_leaves_nothing(plugin, window, scene_layer, tmp_path, wait_until, is_running):
    assert len(window.there) == 10
    plugin.dock.run()
    wait_until(lambda: plugin.dock.form.stage.text() == "Scoring")
    (pid,) = map(int, (tmp_path / "started").read_text().split())
    plugin.unload()
    assert window.there == []
    wait_until(lambda: not is_running(pid))


@pytest.mark.parametrize("level", [Qgis.MessageLevel.Success, Qgis.MessageLevel.Warning])
@pytest.mark.parametrize("name", ["NDVI<0.3", "<b>R&D</b>", "plain", "a &lt; b"])
def test_messages_name_layers_as_they_are_called(iface, name, level):
    Messages(iface.bar, iface.window).show(f"Nothing found in “{name}”. Try again.", level)
    shown = iface.bar.currentItem().findChild(QTextBrowser).toPlainText()
    assert shown.endswith(f"Nothing found in “{name}”. Try again.")


@pytest.mark.parametrize(
    ("details", "buttons", "menu"),
    [("", ["a", "b", "c"], []), ("one remark", ["a", "More", "Details"], ["b", "c"])],
)
def test_a_message_has_three_buttons_and_the_rest_in_a_menu(iface, details, buttons, menu):
    pressed = []
    iface.window.resize(2400, 1400)
    actions = [(name, partial(pressed.append, name)) for name in "abc"]
    Messages(iface.bar, iface.window).show("Found.", Qgis.MessageLevel.Success, actions, details)
    shown = {button.text(): button for button in iface.bar.currentItem().findChildren(QPushButton)}
    assert list(shown) == buttons
    in_menu = [action for button in shown.values() if button.menu() for action in button.menu().actions()]
    assert [action.text() for action in in_menu] == menu
    shown["a"].click()
    for action in in_menu:
        action.trigger()
    assert pressed == ["a", *menu]


@pytest.mark.parametrize(
    ("details", "buttons"), [("", ["a", "More"]), ("one remark", ["More", "Details"])], ids=["plain", "details"]
)
def test_a_message_makes_no_narrow_window_wider(iface, details, buttons):
    iface.window.resize(1024, 700)
    actions = [(name, print) for name in "abc"]
    Messages(iface.bar, iface.window).show("Found.", Qgis.MessageLevel.Success, actions, details)
    assert [button.text() for button in iface.bar.currentItem().findChildren(QPushButton)] == buttons


def test_an_empty_log_says_so(iface):
    Messages(iface.bar, iface.window).open_log()
    (dialog,) = iface.window.findChildren(LogDialog)
    assert "Nothing was written" in dialog.findChild(QPlainTextEdit).placeholderText()
    dialog.close()


def test_unloading_takes_messages_down_whose_buttons_would_call_what_is_gone(plugin, iface):
    iface.bar.pushMessage("another plugin's")
    plugin.messages.show("closed", Qgis.MessageLevel.Info)
    iface.bar.popWidget()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    plugin.messages.show("found", Qgis.MessageLevel.Success, [("Export…", plugin.dock.export_requested.emit)])
    plugin.dock._no_engine(PluginError("worker_died", "It died.", "Try again."))
    assert len(iface.messages()) == 3
    plugin.unload()
    assert iface.messages() == ["another plugin's"]


def test_decisions_that_are_lost_with_the_plugin_are_told_after_it(plugin, iface, tmp_path, write_result, locked):
    layer = add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path)).anomalies
    plugin.review_panel.set_run(run_of(layer, QgsProject.instance()))
    with locked(layer):
        plugin.review_panel.decide("rejected")
        plugin.unload()
    assert iface.messages() == ["Decisions that could not be written to Anomalies: 1."]


def test_the_same_trouble_is_shown_once_however_often_somebody_tries(plugin, iface):
    for text in ("No layer.", "No area.", "No layer."):
        plugin.messages.show(text, Qgis.MessageLevel.Warning)
    assert iface.messages() == ["No area.", "No layer."]
    for _ in range(2):
        plugin.messages.show("No “NDVI<0.3”.", Qgis.MessageLevel.Warning)
    assert len(iface.messages()) == 3
    plugin.unload()


def test_new_options_wait_for_a_batch_and_reach_the_dock(plugin, tmp_path, wait_until):
    (tmp_path / "results").mkdir()
    ready = []
    plugin.dock.engine_ready.connect(lambda: ready.append(True))
    queue = plugin.batch.dialog.queue
    queue.add([file_item(tmp_path / "one.tif")])
    queue.start({"detector": "rx", "out": str(tmp_path / "results")})
    wait_until(lambda: queue.items[0].fraction > 0)
    plugin._options_applied()
    assert plugin.engine.busy
    assert not ready
    queue.cancel()
    wait_until(lambda: ready)
    assert queue.items[0].state is State.WAITING, "cancelled, not given up"
    assert len(set((tmp_path / "started").read_text().split())) == 2
    plugin.unload()


def test_a_set_up_that_fails_while_the_engine_starts_leaves_the_dock_an_engine(plugin, monkeypatch, wait_until):
    find_launch, modes = plugin.engine.find_launch, ["silent", "normal"]

    def launch():
        found = find_launch()
        return type(found)((sys.executable, str(FAKE_WORKER), modes.pop(0)), found.env)

    plugin.engine.find_launch = launch
    plugin.dock.ask_engine()
    monkeypatch.setattr(controller, "find_pythons", lambda _stop: [])
    failed = []
    plugin.setup.failed.connect(failed.append)
    plugin.setup.set_up()
    wait_until(lambda: failed)
    wait_until(lambda: plugin.dock.choices.catalog is not None)
    plugin.unload()


def test_an_engine_that_is_ready_again_wakes_the_threshold_page(plugin):
    page = plugin.review.findChild(QWidget, "threshold_panel")
    tried = []
    page.set_run = tried.append
    page._run = run = object()
    # What others ask then needs no answer.
    plugin.engine.close()
    plugin.dock.engine_ready.emit()
    page._run = None
    plugin.unload()
    assert tried[:1] == [run]


@pytest.mark.parametrize(
    ("is_open", "remembered", "places"),
    [
        pytest.param(False, ["AnomalyLensReview"], 0, id="a start of QGIS after it was closed"),
        pytest.param(False, ["Browser"], 1, id="a start after a crash, or the first"),
        pytest.param(True, ["AnomalyLensReview"], 1, id="an upgrade while QGIS is open"),
    ],
)
def test_the_review_comes_beside_the_dock_where_qgis_knows_no_place_for_it(
    iface, window, monkeypatch, tmp_path, is_open, remembered, places
):
    monkeypatch.setenv("ANOMALY_LENS_PYTHON", str(tmp_path / "none"))
    kept = QMainWindow()
    for name in remembered:
        dock = QDockWidget(kept)
        dock.setObjectName(name)
        kept.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    QgsSettings().setValue("UI/state", kept.saveState())
    placed = []
    iface.window.tabifyDockWidget = lambda *docks: placed.append(docks)
    iface.window.setVisible(is_open)
    plugin = AnomalyLensPlugin(iface)
    plugin.initGui()
    plugin.open_review()
    plugin.open_review()
    assert placed == [(plugin.dock, plugin.review)] * places
    plugin.unload()


def show_tabbed(plugin, iface):
    """A window with the map, and both docks one behind the other."""
    window = iface.window
    for dock in (plugin.dock, plugin.review):
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    window.tabifyDockWidget(plugin.dock, plugin.review)
    window.setCentralWidget(iface.canvas)
    window.resize(900, 700)
    window.show()


def test_the_toolbars_button_brings_the_keyboard_to_the_review(plugin, iface, tmp_path, write_result):
    show_tabbed(plugin, iface)
    QApplication.setActiveWindow(iface.window)
    add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path, 2))
    plugin.review.hide()
    plugin.dock.form.batch_button.setFocus()
    plugin.review_action.trigger()
    assert plugin.review.isVisible()
    assert plugin.review_panel.form.list.hasFocus(), "the first key decides"
    plugin.unload()


def test_behind_the_docks_tab_the_review_has_neither_keys_nor_a_frame_on_the_map(plugin, iface, tmp_path, write_result):
    show_tabbed(plugin, iface)
    add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path, 2))
    plugin.open_review()
    frame, accept = plugin.review_panel._follower._frame, plugin.review_panel.actions_.accept
    assert (accept.isEnabled(), frame.numberOfVertices() > 0) == (True, True)
    plugin.dock.raise_()
    assert plugin.review_panel.isVisible(), "for Qt"
    assert (accept.isEnabled(), frame.numberOfVertices() > 0) == (False, False)
    plugin.review.raise_()
    assert (accept.isEnabled(), frame.numberOfVertices() > 0) == (True, True)
    plugin.unload()


def test_what_the_toolbox_has_loaded_is_offered_for_all_work(plugin, iface, tmp_path, write_result):
    offered = []
    iface.addCustomActionForLayer = lambda _action, layer: offered.append(layer)
    result = write_result(tmp_path)
    layer = QgsVectorLayer(f"{result['instances']}|layername=anomalies", "Anomalies", "ogr")
    QgsProject.instance().addMapLayer(layer)
    form = plugin.dock.form
    assert not form.review_button.isEnabled()
    dress(layer, "szene", "RX", result, read_provenance(result["heatmap"]))
    assert form.review_button.isEnabled()
    assert form.export_button.isEnabled()
    assert offered == [layer]
    plugin.unload()
    dress(layer, "szene", "RX", result, read_provenance(result["heatmap"]))
    assert offered == [layer]


def test_who_exports_results_whose_files_are_missing_is_told_what_to_do(plugin, iface, tmp_path, write_result):
    project = QgsProject.instance()
    result = write_result(tmp_path)
    add_result(project, "szene", "RX", result)
    project.write(str(tmp_path / "project.qgs"))
    project.clear()
    Path(result["instances"]).unlink()
    project.read(str(tmp_path / "project.qgs"))
    plugin.open_export()
    assert not iface.window.findChildren(ExportDialog)
    assert "are missing. Press the triangle" in iface.messages()[-1]
    # The message's button would keep it alive, to answer the next test's project.
    plugin.unload()


def test_what_is_exported_once_more_is_of_the_same_run(plugin, iface, tmp_path, write_result, wait_until):
    project = QgsProject.instance()
    older, newer = tmp_path / "older", tmp_path / "newer"
    for folder in (older, newer):
        folder.mkdir()
    first = add_result(project, "szene", "RX", write_result(older))
    second = add_result(project, "szene", "RX", {**write_result(newer), "run_id": "r2"})

    def dialog_with(active):
        iface.active = active
        plugin.open_export()
        return iface.window.findChildren(ExportDialog)[-1]

    assert dialog_with(None).layer() == second.anomalies
    assert dialog_with(first.heatmap).layer() == first.anomalies
    dialog = dialog_with(first.anomalies)
    dialog.file.setFilePath(str(tmp_path / "found.csv"))
    exported = []
    project.layersAdded.connect(exported.extend)
    dialog.formats.setCurrentIndex(dialog.formats.findData("CSV"))
    dialog.accept()
    wait_until(lambda: exported)
    # QGIS makes a layer that is added the active one.
    assert dialog_with(exported[0]).layer() == first.anomalies
    plugin.unload()


@pytest.mark.parametrize("name", ["p.qgs", "p.qgz"])
def test_saving_offers_to_keep_temporary_results(plugin, tmp_path, write_result, monkeypatch, name):
    add_result(QgsProject.instance(), "szene", "RX", write_result(plugin._temporary.folder()))
    asked = []

    def answer(count, home):
        asked.append((count, home))
        return home / "kept"

    monkeypatch.setattr(plugin, "_ask_where_to_keep", answer)
    QgsProject.instance().write(str(tmp_path / name))
    assert asked == [(2, tmp_path)]
    files = sorted(layer_file(layer) for layer in QgsProject.instance().mapLayers().values())
    assert files == [tmp_path / "kept" / "szene_rx_anomalies.gpkg", tmp_path / "kept" / "szene_rx_heatmap.tif"]
    assert not QgsProject.instance().isDirty()
    plugin.unload()
    QgsProject.instance().read(str(tmp_path / name))
    assert [layer.isValid() for layer in QgsProject.instance().mapLayers().values() if is_result(layer)] == [True] * 2


def test_results_of_a_project_in_a_database_are_not_moved_to_wherever_qgis_was_started(
    plugin, tmp_path, write_result, monkeypatch
):
    add_result(QgsProject.instance(), "szene", "RX", write_result(plugin._temporary.folder()))
    asked = []
    monkeypatch.setattr(plugin, "_ask_where_to_keep", lambda _count, home: asked.append(home))
    # As when QGIS writes it there: the project has no file, and so no folder.
    QgsProject.instance().writeProject.emit(QDomDocument())
    assert asked == [Path.home()]
    plugin.unload()


def test_a_run_that_ends_while_saving_asks_leaves_something_to_save(
    plugin, tmp_path, write_result, monkeypatch, wait_until
):
    project = QgsProject.instance()
    add_result(project, "szene", "RX", write_result(plugin._temporary.folder()))
    monkeypatch.setattr(
        plugin,
        "_ask_where_to_keep",
        lambda _count, _home: project.addMapLayer(QgsVectorLayer("Polygon", "new", "memory")) and None,
    )
    project.write(str(tmp_path / "p.qgz"))
    wait_until(project.isDirty)
    plugin.unload()


def test_saving_again_after_a_no_asks_again_and_changes_nothing(plugin, tmp_path, write_result, monkeypatch):
    add_result(QgsProject.instance(), "szene", "RX", write_result(plugin._temporary.folder()))
    monkeypatch.setattr(plugin, "_ask_where_to_keep", lambda _count, _home: None)
    QgsProject.instance().write(str(tmp_path / "p.qgs"))
    folders = {layer_file(layer).parent for layer in QgsProject.instance().mapLayers().values()}
    assert folders == {plugin._temporary.folder()}
    plugin.unload()


@pytest.mark.parametrize("name", ["p.qgs", "p.qgz"])
def test_a_move_that_stops_half_way_leaves_a_project_that_opens(
    plugin, iface, tmp_path, write_result, monkeypatch, name
):
    add_result(QgsProject.instance(), "szene", "RX", write_result(plugin._temporary.folder()))
    copied = []

    def copy_one(old, new):
        if copied:
            raise OSError(errno.ENOSPC, "No space left on device")
        copied.append(new)
        copy_file(old, new)

    monkeypatch.setattr("anomaly_lens.plugin.storage.copy_file", copy_one)
    monkeypatch.setattr(plugin, "_ask_where_to_keep", lambda _count, home: home / "kept")
    QgsProject.instance().write(str(tmp_path / name))
    assert "No space left" in iface.messages()[-1]
    QgsProject.instance().read(str(tmp_path / name))
    reopened = [layer for layer in QgsProject.instance().mapLayers().values() if is_result(layer)]
    assert [layer.isValid() for layer in reopened] == [True] * 2
    assert [layer_file(layer) for layer in reopened if layer_file(layer).parent == tmp_path / "kept"] == copied
    plugin.unload()


def test_results_that_cannot_be_moved_are_told(plugin, iface, tmp_path, write_result, monkeypatch):
    add_result(QgsProject.instance(), "szene", "RX", write_result(plugin._temporary.folder()))
    (tmp_path / "file").touch()
    monkeypatch.setattr(plugin, "_ask_where_to_keep", lambda _count, home: home / "file" / "sub")
    QgsProject.instance().write(str(tmp_path / "p.qgs"))
    assert str(tmp_path / "file" / "sub") in iface.messages()[-1]
    assert all(layer.isValid() for layer in QgsProject.instance().mapLayers().values())
    plugin.unload()
