"""The dock: asks the engine what it has, runs the search and shows what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

from qgis.core import Qgis, QgsProject
from qgis.gui import QgisInterface, QgsDockWidget
from qgis.PyQt.QtCore import Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent
from qgis.PyQt.QtWidgets import QApplication

from . import settings
from .dock_choices import DockChoices
from .dock_form import BROKEN, PROGRESS_STEPS, READY_CPU, READY_GPU, STARTING, DockForm
from .engine import Engine
from .errors import PluginError
from .extent_picker import CANVAS
from .link import EngineLink
from .messages import Messages
from .outcomes import Ending
from .results import NEWS, add_result, insert_on_top, is_anomalies, zoom_to_first
from .runner import Runner
from .runs import run_of, show_alone
from .scene_infos import SceneInfos
from .scroll import Scroll
from .sources import snapshot
from .storage import TemporaryResults, typed_folder
from .task import Job, Outcome, Progress
from .timers import once

NO_ENGINE = ("no_engine", "engine_incomplete")
"""Codes of errors that setting up the engine mends."""


class AnomalyLensDock(QgsDockWidget):
    """The plugin's panel.

    Args:
        iface: QGIS.
        engine: the engine that works.
        messages: message bar and log.
        temporary: the folder of temporary results.

    Attributes:
        under_review: gives the ids of polygon layers that somebody is at work on.
        choices: what is chosen in the form.
    """

    export_requested = pyqtSignal()
    review_requested = pyqtSignal(str)
    """The id of the polygon layer to review; empty: any."""
    found = pyqtSignal(str)
    """A run has ended with results: the id of the polygon layer of the first."""
    options_requested = pyqtSignal()
    help_requested = pyqtSignal()
    engine_missing = pyqtSignal(object)
    """There is no engine to work with: the :class:`PluginError`."""
    engine_ready = pyqtSignal()

    def __init__(self, iface: QgisInterface, engine: Engine, messages: Messages, temporary: TemporaryResults) -> None:
        super().__init__(iface.mainWindow())
        self.setObjectName("AnomalyLensDock")
        self.setWindowTitle(self.tr("Anomaly Lens"))
        self._iface = iface
        self._messages = messages
        self._temporary = temporary
        self._link = EngineLink(engine, self)
        self.runner = Runner(engine, self)
        self.under_review: Callable[[], Collection[str]] = tuple
        self._catalog_asked = False
        # Whether Run was pressed before the engine has said what there is to choose from.
        self._runs_when_ready = False
        self._devices: dict[str, str] = {}
        self._began = 0.0
        self._remaining: tuple[float, float] | None = None
        # Ids of the anomaly layers that the run has added, and whether it has hidden earlier ones.
        self._shown: list[str] = []
        self._has_hidden = False
        # Whether the map's window is searched: it stays, for what is searched next is to be the same.
        self._of_window = False
        self._clock = QTimer(self)
        self._clock.setInterval(250)
        self._clock.timeout.connect(self._show_time)
        # How a run ended is told after QGIS's own "Task complete", which would cover it.
        self._end = Ending([])
        self._tell = once(self, 0, self._tell_end)
        self.form = DockForm(iface.mapCanvas())
        self.setWidget(Scroll(self.form))
        self.choices = DockChoices(self.form, iface.mapCanvas(), SceneInfos(self._link, messages.log, self), self)
        self._connect()
        self.choices.load_settings()
        self._layers_changed()
        self._show_running(False)

    def _connect(self) -> None:
        self.visibilityChanged.connect(self._visibility_changed)
        self.form.layer_picker.layers_changed.connect(self._layers_changed)
        self.form.run_button.clicked.connect(self.run)
        self.form.cancel_button.clicked.connect(self.cancel)
        self.form.review_button.clicked.connect(lambda: self.review_requested.emit(""))
        self.form.export_button.clicked.connect(self.export_requested)
        self.form.log_button.clicked.connect(lambda: self._messages.open_log())
        self.form.help_button.clicked.connect(self.help_requested)
        self.form.device_badge.clicked.connect(self.options_requested)
        self.runner.progressed.connect(self._show_progress)
        self.runner.item_ended.connect(self._item_ended)
        self.runner.ended.connect(self._run_ended)
        project = QgsProject.instance()
        project.cleared.connect(self._wait_no_longer)
        project.cleared.connect(self.form.extent_picker.forget_rectangle)
        project.layersAdded.connect(self._show_export_state)
        NEWS.dressed.connect(self._show_export_state)
        project.layersRemoved.connect(self._show_export_state)
        self._show_export_state()

    def release(self, wait_s: float) -> None:
        """Let go of the map, the project and a run under way; before the dock is deleted.

        Args:
            wait_s: how long a run may take to stop.
        """
        self._clock.stop()
        self._tell.stop()
        self._runs_when_ready = False
        self.choices.release()
        NEWS.dressed.disconnect(self._show_export_state)
        self.runner.shutdown(wait_s)
        self.form.extent_picker.remove_from_canvas()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter runs and Escape cancels, wherever in the dock the keyboard is."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.form.run_button.isEnabled():
            self.run()
        elif event.key() == Qt.Key.Key_Escape and (self.runner.running or self._runs_when_ready):
            self.cancel()
        else:
            super().keyPressEvent(event)

    # --- engine

    def ask_engine(self) -> None:
        """Ask for detectors and devices, once; the dock does it when it is first seen, the plugin after new options."""
        self._catalog_asked = True
        self.form.show_device(STARTING, self.tr("Starting the engine…"), self.tr("The first start can take a minute"))
        self._link.ask("catalog", {}, self._take_catalog, self._no_engine)
        self._link.ask("devices", {}, self._take_devices, lambda error: self._messages.log(str(error)))

    def ask_again(self) -> None:
        """Ask what an engine was asked that a set-up ended; that has failed, and nobody else asks."""
        if self.choices.catalog is None and self._catalog_asked:
            self.ask_engine()

    def _visibility_changed(self, visible: bool) -> None:
        if visible and not self._catalog_asked:
            self.ask_engine()

    def _take_catalog(self, catalog: dict[str, Any]) -> None:
        self.choices.take_catalog(catalog)
        runs = self._runs_when_ready
        self._wait_no_longer()
        self._layers_changed()
        self.engine_ready.emit()
        if runs:
            self.run()

    def _take_devices(self, devices: dict[str, Any]) -> None:
        self._devices = {d["name"]: d["label"] for d in devices["devices"] if d.get("available")}
        wanted = settings.DEVICE.get()
        self._show_device_name(wanted if wanted in self._devices else devices["default"])

    def _no_engine(self, error: PluginError) -> None:
        if error.code == "cancelled":
            # Options changed meanwhile: it was asked again, of another engine.
            return
        self.choices.catalog = None
        self._catalog_asked = False
        self._runs_when_ready = False
        self.form.show_device(BROKEN, self.tr("No engine: open options"), str(error))
        self.form.stage.setText(self.tr("The engine could not be started."))
        if error.code in NO_ENGINE:
            # The dock's welcome says it, with a button that helps.
            self._messages.log(f"{error} {error.details}".strip())
            self.engine_missing.emit(error)
        else:
            self._messages.show_error(error, [(self.tr("Options…"), self.options_requested.emit)])
        self._show_running(self.runner.running)

    def _show_device_name(self, name: str) -> None:
        label = self._devices.get(name, name)
        tip = self.tr("The engine computes on this device. Press to open the options")
        self.form.show_device(READY_CPU if name == "cpu" else READY_GPU, label, tip)

    # --- layers

    def _layers_changed(self) -> None:
        layers = self.form.layer_picker.layers()
        self.choices.follow_layers()
        self._show_running(self.runner.running)
        if not layers and not self.runner.running:
            self.form.stage.setText(self.tr("Load a raster layer, or tick one, to begin."))
            # Of the run that was told of here.
            self.form.times.clear()
            self.form.progress.reset()
        elif not (self.runner.running or self._runs_when_ready or self.form.times.text()):
            self.form.stage.setText(self.tr("Ready to run."))

    # --- the run

    def run(self) -> None:
        """Search the chosen layers, as soon as there is an engine; what is missing is said in the message bar."""
        if self.choices.catalog is None:
            # Without it neither the layer's modality nor its detector is in the form.
            self._runs_when_ready = True
            self.form.stage.setText(self.tr("Starting the engine"))
            self._show_running(False)
            if not self._catalog_asked:
                self.ask_engine()
            return
        try:
            jobs = self._jobs()
        except PluginError as error:
            self._messages.show_error(error)
            return
        self.choices.store_settings()
        self._began = time.monotonic()
        self._remaining = None
        self._shown = []
        self._has_hidden = False
        self._of_window = self.form.extent_picker.mode.currentData() == CANVAS
        self.form.progress.setValue(0)
        self.form.stage.setText(self.tr("Starting the engine"))
        for job in jobs:
            if job.source.export is not None:
                text = self.tr("“{name}” is no file on disk: it is exported first.").format(name=job.source.name)
                self._messages.show(text, Qgis.MessageLevel.Info)
        self.runner.start(jobs)
        self._show_running(True)
        self._show_time()

    def cancel(self) -> None:
        """Stop the run, or do not begin it."""
        if self._runs_when_ready:
            self._wait_no_longer()
            self.form.stage.setText(Ending([]).summary())
            return
        self.form.stage.setText(self.tr("Cancelling…"))
        if self.form.cancel_button.hasFocus():
            # It waits here for Run.
            self.setFocus()
        self.form.cancel_button.setEnabled(False)
        self.runner.cancel()

    def _wait_no_longer(self) -> None:
        self._runs_when_ready = False
        self._show_running(self.runner.running)

    def _jobs(self) -> list[Job]:
        layers = self.form.layer_picker.layers()
        if not layers:
            hint = self.tr("Load a raster layer, or tick one in the list.")
            raise PluginError("bad_parameter", self.tr("No raster layer is chosen."), hint)
        area = self.form.extent_picker.area()
        params = {**self.choices.params(), "out": str(self._output_folder())}
        transforms = QgsProject.instance().transformContext()
        jobs = [Job(snapshot(layer, self.choices.resolution(layer), transforms), params, area) for layer in layers]
        for job in jobs:
            if job.source.export is not None:
                # A size that is out of the question is told before anything starts.
                job.source.export.size(None if area is None else area.extent_in(job.source.crs))
        return jobs

    def _output_folder(self) -> Path:
        chosen = self.form.output.filePath().strip()
        if not chosen:
            return self._temporary.folder()
        # The engine makes the folder, and takes it away again where the run fails.
        return typed_folder(chosen)

    def _show_progress(self, progress: Progress) -> None:
        self.form.progress.setValue(round(progress.fraction * PROGRESS_STEPS))
        if self.form.cancel_button.isEnabled():
            self.form.stage.setText(progress.text)
        now = time.monotonic()
        self._remaining = None if progress.remaining is None else (now, progress.remaining)
        self._show_time()

    def _show_time(self) -> None:
        now = time.monotonic()
        text = _clock_text(now - self._began)
        if self._remaining is not None:
            at, remaining = self._remaining
            left = self.tr("{time} left").format(time=_clock_text(max(0.0, remaining - (now - at))))
            text = f"{text} · {left}"
        self.form.times.setText(text)

    def _item_ended(self, outcome: Outcome) -> None:
        if outcome.result is None:
            return
        source, result = outcome.job.source, outcome.result
        detector = self.choices.detector_label(str(result.get("detector")))
        try:
            layers = add_result(QgsProject.instance(), source.name, detector, result)
        except PluginError as error:
            self._messages.show_error(error)
            return
        self._iface.setActiveLayer(layers.anomalies)
        insert_on_top(QgsProject.instance())
        if not self._of_window:
            zoom_to_first(self._iface.mapCanvas(), layers)
        self._show_device_name(str(result.get("device", "")))
        self._shown.append(layers.anomalies.id())
        run = run_of(layers.anomalies, QgsProject.instance())
        if run is not None and show_alone(run, QgsProject.instance(), self.under_review()):
            self._has_hidden = True

    def _run_ended(self, outcomes: list[Outcome]) -> None:
        self._clock.stop()
        self._end = Ending(outcomes)
        self._show_running(False)
        self._remaining = None
        self._show_time()
        self.form.progress.setValue(PROGRESS_STEPS if self._end.complete else 0)
        self.form.stage.setText(self._end.summary())
        if self._shown:
            self.found.emit(self._shown[0])
        self._tell.start()

    def _tell_end(self) -> None:
        end = self._end
        for outcome in end.failed:
            actions = []
            if outcome.error.code in NO_ENGINE:
                self.engine_missing.emit(outcome.error)
                actions.append((self.tr("Options…"), self.options_requested.emit))
            self._messages.show_error(outcome.error, actions)
        if not self._shown:
            return
        actions = [
            (self.tr("Review"), partial(self.review_requested.emit, self._shown[0])),
            (self.tr("Export…"), self.export_requested.emit),
            (self.tr("Table"), partial(self._open_table, self._shown[-1])),
        ]
        level = Qgis.MessageLevel.Warning if end.failed else Qgis.MessageLevel.Success
        text = end.findings()
        if self._has_hidden:
            text += " " + self.tr("Earlier results are unticked in the layer tree.")
        self._messages.show(text, level, actions, end.remarks())

    def _open_table(self, layer_id: str) -> None:
        layer = QgsProject.instance().mapLayer(layer_id)
        if layer is not None:
            self._iface.showAttributeTable(layer)

    def _show_running(self, running: bool) -> None:
        busy = running or self._runs_when_ready
        run, cancel = self.form.run_button, self.form.cancel_button
        # From a button that nobody can press any more Qt would bring the keyboard to the next: Batch.
        has_keyboard = QApplication.focusWidget() in (run, cancel, self)
        run.setEnabled(not busy and bool(self.form.layer_picker.layers()))
        cancel.setEnabled(busy)
        if has_keyboard:
            (cancel if busy else run).setFocus()
        if running:
            self._clock.start()

    def _show_export_state(self) -> None:
        there = any(is_anomalies(layer) for layer in QgsProject.instance().mapLayers().values())
        self.form.review_button.setEnabled(there)
        self.form.export_button.setEnabled(there)


def _clock_text(seconds: float) -> str:
    whole = int(seconds)
    minutes = f"{whole // 60 % 60}:{whole % 60:02}"
    return minutes if whole < 3600 else f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
