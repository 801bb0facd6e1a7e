"""What a person sees and presses: the panel, the welcome, the options, the help."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest
from anomaly_lens.plugin import options, settings
from anomaly_lens.plugin.dock import AnomalyLensDock
from anomaly_lens.plugin.engine_env import PLUGIN_ROOT
from anomaly_lens.plugin.errors import PluginError
from anomaly_lens.plugin.help import DOCS, HelpPages, open_help
from anomaly_lens.plugin.messages import Messages
from anomaly_lens.plugin.samples import samples
from anomaly_lens.plugin.setup import controller, make, places
from anomaly_lens.plugin.setup.controller import EngineSetup
from anomaly_lens.plugin.setup.gpu import Gpu
from anomaly_lens.plugin.setup.make import make_environment
from anomaly_lens.plugin.setup.panel import SetupPanel
from anomaly_lens.plugin.setup.pythons import FoundPython
from anomaly_lens.plugin.storage import TemporaryResults
from anomaly_lens.plugin.welcome import Welcome
from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QPoint, QUrl
from qgis.PyQt.QtGui import QGuiApplication
from qgis.PyQt.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QMessageBox, QPushButton, QWidget

OURS = FoundPython(Path(sys.executable), "conda “geo”", (3, 11), (), True)


class FakeEngine:
    """Counts how often it had to let go."""

    def __init__(self) -> None:
        self.busy = False
        self.restarts = 0

    def restart(self) -> None:
        """As the engine's."""
        self.restarts += 1


@pytest.fixture
def found(monkeypatch):
    """What a search of this computer finds; a test may change it before it looks."""
    what = {"pythons": [OURS], "gpus": []}
    monkeypatch.setattr(controller, "find_pythons", lambda _stop: what["pythons"])
    monkeypatch.setattr(controller, "find_gpus", lambda _stop: what["gpus"])
    return what


@pytest.fixture
def engine_setup(found, iface):
    setup = EngineSetup(FakeEngine(), lambda _line: None, iface.window)
    yield setup
    setup.shutdown(5.0)


@pytest.fixture
def panel(engine_setup, wait_until, iface):
    panel = SetupPanel(engine_setup)
    panel.setParent(iface.window)
    wait_until(lambda: engine_setup.survey is not None)
    return panel


def ends(setup):
    told = []
    setup.ended.connect(lambda: told.append(None))
    setup.failed.connect(told.append)
    return told


def test_it_says_beforehand_what_it_will_do(panel):
    text = panel.plan.text()
    assert "GB" in text
    assert str(places.engine_folder()) in text
    assert "No NVIDIA card" in text
    assert not panel.start.isHidden()
    assert panel.cancel.isHidden()


def test_one_press_sets_up_and_a_hand_made_choice_gives_way(panel, engine_setup, make_plan, wait_until):
    make_plan()
    settings.ENGINE_PYTHON.set("/gone/python")
    told = ends(engine_setup)
    panel.start.click()
    assert panel.start.isHidden()
    assert not panel.cancel.isHidden()
    wait_until(lambda: told, 120)
    assert told == [None]
    assert engine_setup._engine.restarts, "the engine that runs lets go of its files"
    assert places.own_environment() is not None
    assert settings.ENGINE_PYTHON.get() == ""
    assert panel.stage.text() == "Done."
    assert "Repair" in panel.start.text()


def test_an_engine_at_work_is_not_disturbed(panel, engine_setup):
    engine_setup._engine.busy = True
    panel.start.click()
    assert "at work" in panel.stage.text()
    assert engine_setup._engine.restarts == 0
    assert not panel.start.isHidden()


def test_cancel(panel, engine_setup, make_plan, index, wait_until):
    make_plan()
    index.holds = "torch"
    told = ends(engine_setup)
    panel.start.click()
    wait_until(lambda: "torch" in panel.stage.text(), 60)
    panel.cancel.click()
    wait_until(lambda: told, 10)
    assert told[0].code == "cancelled"
    assert "cancelled" in panel.stage.text()
    assert not panel.start.isHidden()
    assert make.DRAFT not in [path.name for path in places.engine_folder().iterdir()]


def test_the_engine_that_another_qgis_sets_up_is_found(panel, engine_setup, make_plan, wait_until):
    plan = make_plan()
    places.engine_folder().mkdir(parents=True)
    told = ends(engine_setup)
    with make._only_one(places.engine_folder()):
        panel.start.click()
        wait_until(lambda: told, 60)
        assert told[0].code == "setup_busy"
        assert "finds the engine then" in panel.stage.text()
    make_environment(plan, lambda *_: None, threading.Event())
    wait_until(lambda: len(told) == 2)
    assert told[1] is None
    assert "Repair" in panel.start.text()


def test_what_is_cancelled_before_it_begins_leaves_the_engine_as_it_was(panel, engine_setup, busy_threads):
    settings.ENGINE_PYTHON.set("/mine/python")
    told = ends(engine_setup)
    for begin in (panel.start, panel.use):
        begin.click()
        panel.cancel.click()
        assert [error.code for error in told] == ["cancelled"]
        assert "cancelled" in panel.stage.text()
        assert not panel.start.isHidden()
        told.clear()
    assert settings.ENGINE_PYTHON.get() == "/mine/python"


def test_unloading_does_not_wait_for_what_has_not_begun(panel, engine_setup, busy_threads):
    panel.start.click()
    begin = time.monotonic()
    engine_setup.shutdown(5.0)
    assert time.monotonic() - begin < 2.0


def test_a_failure_says_what_to_do_and_has_details(panel, engine_setup, make_plan, index, wait_until):
    make_plan()
    index.status = 503
    told = ends(engine_setup)
    wanted = []
    panel.details_requested.connect(wanted.append)
    panel.start.click()
    wait_until(lambda: told, 60)
    assert "cannot be reached" in panel.stage.text(), told[0].details
    assert "again" in panel.stage.text()
    panel.details.click()
    assert wanted == told
    assert "503" in engine_setup.report() or "HTTP" in engine_setup.report()


def test_a_bug_is_told_not_thrown(panel, engine_setup, monkeypatch, wait_until):
    monkeypatch.setattr(controller, "best_base", lambda _pythons: 1 / 0)
    told = ends(engine_setup)
    panel.start.click()
    wait_until(lambda: told)
    assert told[0].code == "internal"
    assert "ZeroDivisionError" in told[0].details


def test_a_python_that_is_there_is_checked_and_used(panel, engine_setup, make_plan, monkeypatch, wait_until):
    assert "conda “geo”" in panel.found_list.currentText()
    monkeypatch.setattr(controller, "check_engine", lambda *_: {"device": "cpu"})
    told = ends(engine_setup)
    panel.use.click()
    wait_until(lambda: told)
    assert settings.ENGINE_PYTHON.get() == sys.executable


def test_a_python_that_does_not_work_is_not_used(panel, engine_setup, monkeypatch, wait_until):
    def check(*_):
        raise PluginError("engine_incomplete", "It lacks torch.")

    monkeypatch.setattr(controller, "check_engine", check)
    told = ends(engine_setup)
    panel.use.click()
    wait_until(lambda: told)
    assert settings.ENGINE_PYTHON.get() == ""
    assert panel.stage.text() == "It lacks torch."


def test_a_card_that_fails_the_check_is_told_and_the_processor_chosen(panel, engine_setup, monkeypatch, wait_until):
    facts = {"device": "cpu", "warning": "NVIDIA K80 cannot compute: no kernel image."}
    monkeypatch.setattr(controller, "make_environment", lambda *_: facts)
    told = ends(engine_setup)
    panel.start.click()
    wait_until(lambda: told)
    assert settings.DEVICE.get() == "cpu"
    assert "no kernel image" in panel.stage.text()
    assert "processor" in panel.stage.text()


@pytest.mark.parametrize("wanted", ["auto", "cpu"])
def test_a_card_that_passes_after_a_repair_is_used_unless_somebody_wants_the_processor(
    panel, engine_setup, option_page, monkeypatch, wait_until, wanted
):
    answers = [{"device": "cpu", "warning": "NVIDIA K80 cannot compute."}, {"device": "cuda"}]
    monkeypatch.setattr(controller, "make_environment", lambda *_: answers.pop(0))
    told = ends(engine_setup)
    panel.start.click()
    wait_until(lambda: told)
    assert settings.DEVICE.get() == "cpu"
    if wanted == "cpu":
        for device in ("auto", "cpu"):
            option_page.device.setCurrentIndex(option_page.device.findData(device))
            option_page.apply()
    panel.start.click()
    wait_until(lambda: len(told) == 2)
    assert settings.DEVICE.get() == wanted


def test_unloading_in_mid_set_up_ends_it(panel, engine_setup, make_plan, index, wait_until):
    make_plan()
    index.holds = "torch"
    panel.start.click()
    wait_until(lambda: "torch" in panel.stage.text(), 60)
    engine_setup.shutdown(10.0)
    assert [path.name for path in places.engine_folder().iterdir() if path.name == make.DRAFT] == []
    with make._only_one(places.engine_folder()):
        pass


# --- the welcome


@pytest.fixture
def welcome(iface, engine_setup, make_engine, wait_until):
    """The welcome before a dock, for a first start; the mode of the fake engine comes with the call."""
    kept = []

    def make_welcome(mode="normal"):
        temporary = TemporaryResults()
        messages = Messages(iface.bar, iface.window)
        dock = AnomalyLensDock(iface, make_engine(mode), messages, temporary)
        welcome = Welcome(iface, dock, engine_setup, messages)
        kept.append((dock, temporary))
        dock.ask_engine()
        return welcome, dock

    iface.zoomToActiveLayer = lambda: None
    yield make_welcome
    for dock, temporary in kept:
        dock.release(2.0)
        temporary.remove()


def shows_form(welcome, dock):
    return welcome.currentWidget().widget() is dock.form


def test_a_first_start_with_an_engine_leads_to_the_sample_in_one_click(welcome, wait_until, iface):
    page, dock = welcome()
    assert not shows_form(page, dock)
    wait_until(lambda: "ready" in page.page.engine.text())
    assert page.page.panel.isHidden()
    page.page.sample.click()
    assert shows_form(page, dock)
    (layer,) = QgsProject.instance().mapLayers().values()
    assert layer.source() == str(samples()[0][0])
    assert iface.active is layer
    assert dock.form.layer_picker.layers() == [layer]
    wait_until(lambda: dock.form.modality.currentData() == "visible")
    assert dock.form.run_button.isEnabled()
    assert settings.WELCOMED.get()


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_each_modality_has_a_sample(welcome, wait_until, number):
    page, dock = welcome()
    wait_until(lambda: "ready" in page.page.engine.text())
    action = page.page.others.menu().actions()[number]
    action.trigger()
    (layer,) = QgsProject.instance().mapLayers().values()
    assert layer.isValid()
    assert layer.name() == action.text()
    assert shows_form(page, dock)


def test_the_second_start_shows_the_form(welcome, wait_until):
    settings.WELCOMED.set(True)
    page, dock = welcome()
    assert shows_form(page, dock)


def test_without_an_engine_the_form_gives_way_to_the_set_up(welcome, wait_until):
    settings.WELCOMED.set(True)
    page, dock = welcome("fatal")
    wait_until(lambda: not shows_form(page, dock))
    assert "not set up yet" in page.page.engine.text()
    assert "torch" in page.page.engine.toolTip()
    assert not page.page.panel.isHidden()
    assert not page.page.sample.isEnabled()
    dock.engine_ready.emit()
    assert shows_form(page, dock)


def test_a_chosen_python_that_is_gone_is_named(welcome, wait_until):
    settings.ENGINE_PYTHON.set("/gone/python")
    page, dock = welcome()
    dock.engine_missing.emit(PluginError("no_engine", "/gone/python, set in the options, does not exist."))
    assert "/gone/python" in page.page.engine.text()


def test_it_fits_a_narrow_dock(welcome, wait_until):
    page, _dock = welcome("fatal")
    wait_until(lambda: not page.page.panel.isHidden())
    assert page.page.minimumSizeHint().width() <= 360
    assert page.minimumSizeHint().height() <= 700


def test_links_lead_to_pages_that_are_there(welcome, monkeypatch, iface):
    page, _dock = welcome()
    wanted = []
    page.options_requested.connect(lambda: wanted.append("options"))
    page.page._follow("options")
    assert wanted == ["options"]
    page.page._follow("troubleshooting.md")
    assert iface.window.findChild(QWidget, "AnomalyLensHelp") is not None
    for name in ("using-the-dock.md", "troubleshooting.md", "installing.md", "index.md"):
        assert (DOCS / name).is_file()


# --- the options


@pytest.fixture
def applied():
    """An entry for each time that the options page asked for a new engine."""
    return []


@pytest.fixture
def option_page(engine_setup, applied, iface, wait_until):
    page = options.OptionsPage(engine_setup, lambda _line: None, lambda: applied.append(True), iface.window)
    wait_until(lambda: engine_setup.survey is not None)
    return page


@pytest.fixture
def play(option_page, make_engine, monkeypatch):
    """A function that lets the fake worker be what the options page tests."""

    def in_mode(mode):
        monkeypatch.setattr(options, "find_launch", lambda _python: make_engine(mode).find_launch())
        return option_page

    return in_mode


@pytest.mark.parametrize("name", ["python", "device"])
def test_ok_asks_for_a_new_engine_where_its_options_changed(option_page, applied, name):
    option_page.index.setText("https://index.example.org/whl/cpu")
    option_page.apply()
    assert not applied, "the engine that runs has nothing to do with where packages come from"
    if name == "python":
        option_page.python.setFilePath("/mine/python")
    else:
        option_page.device.setCurrentIndex(option_page.device.findData("cpu"))
    option_page.apply()
    assert applied == [True]
    option_page.apply()
    assert applied == [True]


@pytest.mark.parametrize(("mode", "count"), [("normal", 1), ("fatal", 0)])
def test_ok_asks_for_a_new_engine_where_one_passed_the_test(play, applied, wait_until, mode, count):
    page = play(mode)
    page.test.click()
    wait_until(page.test.isEnabled)
    page.apply()
    assert len(applied) == count


def test_options_that_are_closed_during_a_test_leave_no_engine_behind(play, wait_until):
    page = play("silent")
    page.test.click()
    worker = page._engine._worker
    wait_until(worker.log_tail)
    page.deleteLater()
    QCoreApplication.sendPostedEvents(page, QEvent.Type.DeferredDelete)
    assert worker.dead.is_set()


def test_ok_keeps_what_a_set_up_chose(option_page, engine_setup, monkeypatch, wait_until):
    settings.ENGINE_PYTHON.set("/opt/mine/bin/python")
    settings.DEVICE.set("auto")
    option_page._show_chosen()
    monkeypatch.setattr(controller, "check_engine", lambda *_: {"warning": "The driver is too old."})
    engine_setup.use(Path("/opt/other/bin/python"))
    wait_until(lambda: settings.ENGINE_PYTHON.get() == "/opt/other/bin/python")
    option_page.apply()
    assert settings.ENGINE_PYTHON.get() == "/opt/other/bin/python"
    assert settings.DEVICE.get() == "cpu"


def test_sources_are_stored_with_ok_and_with_set_up(option_page, engine_setup, monkeypatch):
    option_page.index.setText(" https://index.example.org/whl/cpu ")
    option_page.apply()
    assert settings.ENGINE_INDEX.get() == "https://index.example.org/whl/cpu"
    option_page.wheels.setFilePath("/wheels")
    option_page.panel.start.pressed.emit()
    assert settings.ENGINE_WHEELS.get() == "/wheels"


def test_paths_that_windows_copied_lose_their_quotes(option_page):
    option_page.python.lineEdit().setText('"C:\\Program Files\\Python312\\python.exe"')
    option_page.wheels.lineEdit().setText(' "D:\\wheels" ')
    option_page.apply()
    assert settings.ENGINE_PYTHON.get() == "C:\\Program Files\\Python312\\python.exe"
    assert settings.ENGINE_WHEELS.get() == "D:\\wheels"


def test_diagnostics_reach_the_clipboard(option_page, found):
    found["gpus"] = [Gpu("NVIDIA H200", "580.95.05", 9.0)]
    option_page.copy.click()
    assert "QGIS 3" in QGuiApplication.clipboard().text()


@pytest.mark.parametrize("answer", ["Yes", "No"])
def test_remove_asks_first(request, engine_setup, monkeypatch, answer, wait_until):
    folder = places.engine_folder() / "py311-old"
    folder.mkdir(parents=True)
    option_page = request.getfixturevalue("option_page")
    buttons = QMessageBox.StandardButton
    monkeypatch.setattr(QMessageBox, "question", lambda *_args: getattr(buttons, answer))
    told = ends(engine_setup)
    option_page.remove.click()
    if answer == "Yes":
        wait_until(lambda: told)
    assert folder.exists() == (answer == "No")
    assert option_page.remove.isEnabled() == folder.exists()


def test_nothing_is_offered_to_be_removed_where_nothing_was_set_up(option_page):
    assert not option_page.remove.isEnabled()


def test_every_control_has_a_name_and_a_tooltip(option_page, welcome):
    page, _dock = welcome()
    kinds = (QPushButton, QComboBox, QLineEdit)
    for parent in (option_page, page.page):
        for control in parent.findChildren(QWidget):
            if isinstance(control, kinds) and type(control.parent()).__name__ not in ("QgsFileWidget", "QComboBox"):
                assert control.objectName(), control
                assert control.toolTip(), control.objectName()


def test_screen_readers_name_every_option(option_page, without_spoken_name):
    assert without_spoken_name(option_page) == []


# --- the help


def test_the_help_shows_pages_pictures_and_follows_links(iface):
    dialog = open_help("installing.md", iface.window)
    assert "Graphics cards" in dialog.pages.toPlainText()
    picture = dialog.pages.loadResource(2, QUrl("images/window.png"))
    assert 0 < picture.width() <= dialog.pages.width()
    dialog.pages.setSource(QUrl("troubleshooting.md"))
    assert "virus scanner" in dialog.pages.toPlainText()
    back = next(b for b in dialog.findChildren(QAbstractButton) if "Back" in b.text())
    assert back.isEnabled()
    back.click()
    assert "Graphics cards" in dialog.pages.toPlainText()


@pytest.mark.parametrize(
    ("link", "heading"),
    [
        ("threshold.md#where-outlines-end", "Where outlines end"),
        ("asd.md#models-that-ship", "Models that ship"),
        ("experiments.md#speed-and-precision", "Speed and precision"),
    ],
)
def test_a_link_to_a_heading_of_the_help_shows_that_heading(iface, link, heading):
    pages = open_help("index.md", iface.window).pages
    pages.setSource(QUrl(link))
    seen = [pages.cursorForPosition(QPoint(0, y)).block().text() for y in range(pages.viewport().height())]
    assert heading in seen


def test_pictures_of_the_help_have_the_pixels_of_a_fine_screen(iface, monkeypatch):
    monkeypatch.setattr(HelpPages, "devicePixelRatioF", lambda _pages: 1.5)
    pages = open_help("installing.md", iface.window).pages
    pages.setSource(QUrl.fromLocalFile(str(DOCS / "review.md")))
    picture = pages.loadResource(2, QUrl("images/review.png"))
    room = picture.width() / picture.devicePixelRatio()
    assert room <= pages.viewport().width()
    assert picture.width() == min(1400, round(1.5 * room))


@pytest.mark.parametrize(("locale", "told"), [("en_GB", False), ("es", True), ("zh-Hans", True)])
def test_who_reads_no_english_is_told_that_the_help_is(iface, monkeypatch, locale, told):
    monkeypatch.setattr(QgsApplication, "locale", lambda: locale)
    dialog = open_help("installing.md", iface.window)
    assert (dialog.findChild(QLabel, "help_language_label") is not None) is told


def test_the_engine_that_is_checked_is_the_plugins(monkeypatch):
    seen = []
    monkeypatch.setattr(
        make, "run", lambda command, *_args, **_more: (seen.append(command), (0, '{"device": "cpu"}'))[1]
    )
    assert make.check_engine(Path("python"), "auto", threading.Event()) == {"device": "cpu"}
    assert Path(seen[0][1]) == PLUGIN_ROOT / "engine" / "__main__.py"
