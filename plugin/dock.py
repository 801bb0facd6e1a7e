"""The dock: follows the layers, runs the search and shows what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

from qgis.core import Qgis, QgsProject, QgsRasterLayer, QgsUnitTypes
from qgis.gui import QgisInterface, QgsDockWidget
from qgis.PyQt.QtCore import Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent
from qgis.PyQt.QtWidgets import QApplication

from . import settings
from .dock_form import (
    BROKEN,
    LEAST_PERCENT,
    PERCENT,
    PROGRESS_STEPS,
    READY_CPU,
    READY_GPU,
    SCORE,
    STARTING,
    DockForm,
    is_default,
    offer,
    offer_own,
    show_unit,
)
from .engine import Engine
from .errors import PluginError
from .extent_picker import CANVAS
from .link import EngineLink
from .messages import Messages
from .outcomes import Ending
from .processing.choices import detectors
from .results import NEWS, add_result, insert_on_top, is_anomalies, zoom_to_first
from .runner import Runner
from .runs import run_of, show_alone
from .scene_infos import SceneInfos
from .scroll import Scroll
from .sources import export_resolution, is_picture, scene_path, snapshot
from .storage import TemporaryResults, typed_folder
from .task import Job, Outcome, Progress
from .timers import once

NO_ENGINE = ("no_engine", "engine_incomplete")
"""Codes of errors that setting up the engine mends."""
MODALITY_PROPERTY = "anomaly_lens/modality"
TAKES_MODEL = Qt.ItemDataRole.UserRole + 1
"""The role under which the list of detectors keeps whether one takes a taught model."""
OWN_SCORE = Qt.ItemDataRole.UserRole + 2
"""The role under which it keeps the score that is a detector's own threshold, None where that is a share."""

_DEGREE_M = 111_320.0
# Marks the suggested modality in the list; the line below the list says what it stands for.
_STAR = "★"


class AnomalyLensDock(QgsDockWidget):
    """The plugin's panel.

    Args:
        iface: QGIS.
        engine: the engine that works.
        messages: message bar and log.
        temporary: the folder of temporary results.

    Attributes:
        under_review: gives the ids of polygon layers that somebody is at work on.
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
        self._catalog: dict[str, Any] | None = None
        self._catalog_asked = False
        # Whether Run was pressed before the engine has said what there is to choose from.
        self._runs_when_ready = False
        self._devices: dict[str, str] = {}
        self._infos = SceneInfos(self._link, messages.log, self)
        self._infos.came.connect(self._info_came)
        self._filling = False
        # Empty: the modality's own.
        self._chosen_detector = ""
        # Empty: the detector's own.
        self._chosen_mode = ""
        # None: each layer's own.
        self._modality_of_several: str | None = None
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
        self._connect()
        self.load_settings()
        self._layers_changed()
        self._show_running(False)

    def _connect(self) -> None:
        self.visibilityChanged.connect(self._visibility_changed)
        self.form.layer_picker.layers_changed.connect(self._layers_changed)
        self.form.modality.activated.connect(self._modality_chosen)
        self.form.modality.currentIndexChanged.connect(self._show_defaults)
        self.form.detector.activated.connect(self._detector_chosen)
        self.form.threshold_mode.currentIndexChanged.connect(self._threshold_mode_changed)
        self.form.resolution.valueChanged.connect(self._show_defaults)
        self._iface.mapCanvas().extentsChanged.connect(self._canvas_moved)
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
        project.readProject.connect(self.load_settings)
        project.cleared.connect(self.load_settings)
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
        self._iface.mapCanvas().extentsChanged.disconnect(self._canvas_moved)
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

    # --- settings

    def load_settings(self) -> None:
        """Show what the project, or else the user, used last."""
        self.form.extent_picker.set_mode(settings.EXTENT_MODE.get())
        self.form.extent_picker.set_polygons(settings.EXTENT_LAYER.get())
        self.form.extent_picker.selected_only.setChecked(settings.SELECTED_ONLY.get())
        self._chosen_mode = settings.THRESHOLD_MODE.get()
        self.form.score.setValue(settings.THRESHOLD_SCORE.get())
        self.form.output.setFilePath(settings.OUTPUT_FOLDER.get())
        self._chosen_detector = settings.DETECTOR.get()
        self._show_defaults()
        for spin, setting in ((self.form.percent, settings.THRESHOLD_PERCENT), (self.form.min_area, settings.MIN_AREA)):
            spin.setValue(setting.get() if setting.get() >= 0 else spin.clearValue())

    def store_settings(self) -> None:
        """Remember what is chosen; done with each run."""
        settings.EXTENT_MODE.set(self.form.extent_picker.mode.currentData())
        settings.EXTENT_LAYER.set(self.form.extent_picker.polygons_id())
        settings.SELECTED_ONLY.set(self.form.extent_picker.selected_only.isChecked())
        settings.THRESHOLD_MODE.set(self._chosen_mode)
        settings.THRESHOLD_SCORE.set(self.form.score.value())
        settings.OUTPUT_FOLDER.set(self.form.output.filePath())
        settings.DETECTOR.set(self._chosen_detector)
        if self.form.detector.currentData(TAKES_MODEL) and self.form.model_row.path() is not None:
            settings.MODEL.set(self.form.model_row.path())
        settings.THRESHOLD_PERCENT.set(-1.0 if is_default(self.form.percent) else self.form.percent.value())
        settings.MIN_AREA.set(-1.0 if is_default(self.form.min_area) else self.form.min_area.value())

    # --- engine

    def ask_engine(self) -> None:
        """Ask for detectors and devices, once; the dock does it when it is first seen, the plugin after new options."""
        self._catalog_asked = True
        self.form.show_device(STARTING, self.tr("Starting the engine…"), self.tr("The first start can take a minute"))
        self._link.ask("catalog", {}, self._take_catalog, self._no_engine)
        self._link.ask("devices", {}, self._take_devices, lambda error: self._messages.log(str(error)))

    def ask_again(self) -> None:
        """Ask what an engine was asked that a set-up ended; that has failed, and nobody else asks."""
        if self._catalog is None and self._catalog_asked:
            self.ask_engine()

    def _visibility_changed(self, visible: bool) -> None:
        if visible and not self._catalog_asked:
            self.ask_engine()

    def _take_catalog(self, catalog: dict[str, Any]) -> None:
        self._catalog = catalog
        self._infos.forget()
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
        self._catalog = None
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

    # --- layers and what follows from them

    def _layers_changed(self) -> None:
        layers = self.form.layer_picker.layers()
        if self._catalog is not None:
            for layer in layers:
                self._infos.ask(layer)
        self._fill_modalities(layers)
        self._show_resolution(layers)
        self._show_defaults()
        self._show_running(self.runner.running)
        if not layers and not self.runner.running:
            self.form.stage.setText(self.tr("Load a raster layer, or tick one, to begin."))
            # Of the run that was told of here.
            self.form.times.clear()
            self.form.progress.reset()
        elif not (self.runner.running or self._runs_when_ready or self.form.times.text()):
            self.form.stage.setText(self.tr("Ready to run."))

    def _info_came(self) -> None:
        self._fill_modalities(self.form.layer_picker.layers())
        self._show_defaults()

    def _suggestion(self, layers: list[QgsRasterLayer]) -> dict[str, str]:
        if len(layers) != 1:
            return {}
        if scene_path(layers[0]) is None and is_picture(layers[0]):
            return {"modality": "visible", "reason": self.tr("colour pictures")}
        return dict(self._infos.of(layers[0]).get("suggestion") or {})

    def _fill_modalities(self, layers: list[QgsRasterLayer]) -> None:
        suggestion = self._suggestion(layers)
        if len(layers) == 1:
            # Several are others the next time.
            self._modality_of_several = None
        chosen = layers[0].customProperty(MODALITY_PROPERTY) if len(layers) == 1 else self._modality_of_several
        profiles = [] if self._catalog is None else self._catalog["profiles"]
        self._filling = True
        self.form.modality.clear()
        if profiles and not suggestion:
            self.form.modality.addItem(self.tr("Automatic"), None)
            tip = self.tr("Each layer's own suggestion, from its bands, type and wavelengths")
            self.form.modality.setItemData(0, tip, Qt.ItemDataRole.ToolTipRole)
        for profile in profiles:
            label = profile["label"]
            if profile["name"] == suggestion.get("modality"):
                label = f"{_STAR} {label}"
                reason = self.tr("{star} Suggested: {reason}")
                self.form.reason.setText(reason.format(star=_STAR, reason=suggestion.get("reason", "")))
            self.form.modality.addItem(label, profile["name"])
            last = self.form.modality.count() - 1
            self.form.modality.setItemData(last, profile["description"], Qt.ItemDataRole.ToolTipRole)
        self.form.modality.setCurrentIndex(max(0, self.form.modality.findData(chosen or suggestion.get("modality"))))
        self._filling = False
        self.form.reason.setVisible(bool(suggestion))

    def _modality_chosen(self) -> None:
        layers = self.form.layer_picker.layers()
        name = self.form.modality.currentData()
        if len(layers) != 1:
            self._modality_of_several = name
            return
        if name is None or name == self._suggestion(layers).get("modality"):
            layers[0].removeCustomProperty(MODALITY_PROPERTY)
        else:
            layers[0].setCustomProperty(MODALITY_PROPERTY, name)

    def _fill_detectors(self, profile: dict[str, Any]) -> None:
        detectors = [] if self._catalog is None else self._catalog["detectors"]
        self.form.detector.clear()
        for detector in detectors:
            if not profile or profile["name"] in detector["modalities"]:
                self.form.detector.addItem(detector["label"], detector["name"])
                row = self.form.detector.count() - 1
                self.form.detector.setItemData(row, detector["description"], Qt.ItemDataRole.ToolTipRole)
                self.form.detector.setItemData(row, detector.get("takes_model", False), TAKES_MODEL)
                self.form.detector.setItemData(row, detector.get("threshold_score"), OWN_SCORE)
        chosen = self.form.detector.findData(self._chosen_detector)
        default = self.form.detector.findData(profile.get("default_detector"))
        self.form.detector.setCurrentIndex(chosen if chosen >= 0 else max(0, default))
        self._show_threshold_mode()

    def choose_detector(self, name: str) -> None:
        """Choose a detector, as the user does.

        Args:
            name: the engine's name of it.
        """
        self._chosen_detector = name
        self._fill_detectors(self._profile())

    def _detector_chosen(self) -> None:
        name = self.form.detector.currentData()
        self._chosen_detector = "" if name == self._profile().get("default_detector") else name
        self._show_threshold_mode()

    def _show_threshold_mode(self) -> None:
        """The detector's own kind of threshold and its own score, where the user has not chosen others."""
        mode = self._chosen_mode or self._own_mode()
        self.form.threshold_mode.setCurrentIndex(max(0, self.form.threshold_mode.findData(mode)))
        offer(self.form.score, self.form.detector.currentData(OWN_SCORE) or settings.THRESHOLD_SCORE.default)
        profile = self._profile()
        # Each modality has its own share; of a detector that begins with a score, a share is what stands here.
        unknown = not profile and self._own_mode() == PERCENT
        share = None if unknown else float(profile.get("threshold_percent", 1.0))
        offer_own(self.form.percent, share, LEAST_PERCENT, self.tr("Automatic"))

    def _threshold_mode_changed(self) -> None:
        mode = self.form.threshold_mode.currentData()
        self._chosen_mode = "" if mode == self._own_mode() else mode

    def _own_mode(self) -> str:
        return PERCENT if self.form.detector.currentData(OWN_SCORE) is None else SCORE

    def _profile(self) -> dict[str, Any]:
        profiles = [] if self._catalog is None else self._catalog["profiles"]
        return next((p for p in profiles if p["name"] == self.form.modality.currentData()), {})

    def _show_resolution(self, layers: list[QgsRasterLayer]) -> None:
        exported = [layer for layer in layers if scene_path(layer) is None]
        self.form.resolution_row.setVisible(bool(exported))
        if not exported:
            return
        layer = exported[0]
        unit = QgsUnitTypes.toAbbreviatedString(layer.crs().mapUnits())
        show_unit(self.form.resolution, f" {unit}" if layer.crs().isValid() else " px")
        default = export_resolution(layer, self._canvas_resolution(layer))
        offer(self.form.resolution, default, 8 if default < 0.01 else 3)

    def _canvas_moved(self) -> None:
        if not self.form.resolution_row.isHidden():
            self._show_resolution(self.form.layer_picker.layers())

    def _canvas_resolution(self, layer: QgsRasterLayer) -> float:
        settings_ = self._iface.mapCanvas().mapSettings()
        shown = settings_.mapToLayerCoordinates(layer, settings_.visibleExtent())
        return max(shown.width() / max(1, settings_.outputSize().width()), 1e-8)

    def _show_defaults(self) -> None:
        """Put the modality's own threshold and minimum area where the user has not set others."""
        if self._filling:
            return
        profile = self._profile()
        self._fill_detectors(profile)
        layers = self.form.layer_picker.layers()
        pixel = self._pixel_area(layers[0]) if layers else None
        show_unit(self.form.min_area, " px" if pixel is None else " m²")
        area = float(profile["min_pixels"]) * (1.0 if pixel is None else pixel) if profile else None
        decimals = 0 if pixel is None else 3 if area is None or area < 10 else 1
        offer_own(self.form.min_area, area, 0.0, self.tr("Automatic"), decimals)

    def _pixel_area(self, layer: QgsRasterLayer) -> float | None:
        """Area of a pixel in m², or None where areas are counted in pixels."""
        info = self._infos.of(layer)
        if info or not layer.crs().isValid():
            return info.get("pixel_area_m2")
        # The engine was not asked or has not answered: near enough for a proposal.
        side = self.form.resolution.value() if scene_path(layer) is None else layer.rasterUnitsPerPixelX()
        unit = layer.crs().mapUnits()
        metres = QgsUnitTypes.fromUnitToUnitFactor(unit, QgsUnitTypes.DistanceMeters)
        return (side * (_DEGREE_M if layer.crs().isGeographic() else metres)) ** 2

    # --- the run

    def run(self) -> None:
        """Search the chosen layers, as soon as there is an engine; what is missing is said in the message bar."""
        if self._catalog is None:
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
        self.store_settings()
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
        params = {**self.params(), "out": str(self._output_folder())}
        transforms = QgsProject.instance().transformContext()
        jobs = [Job(snapshot(layer, self._resolution(layer, layers), transforms), params, area) for layer in layers]
        for job in jobs:
            if job.source.export is not None:
                # A size that is out of the question is told before anything starts.
                job.source.export.size(None if area is None else area.extent_in(job.source.crs))
        return jobs

    def _resolution(self, layer: QgsRasterLayer, layers: list[QgsRasterLayer]) -> float:
        """The pixel size of a layer's export: its own unless another was set, which stands in the first one's unit."""
        if is_default(self.form.resolution):
            return export_resolution(layer, self._canvas_resolution(layer))
        shown = next((other for other in layers if scene_path(other) is None), layer)
        factor = QgsUnitTypes.fromUnitToUnitFactor(shown.crs().mapUnits(), layer.crs().mapUnits())
        return self.form.resolution.value() * factor

    def params(self) -> dict[str, Any]:
        """What is chosen, as parameters of a ``detect`` request other than scene, area and folder."""
        # Before the engine has told which there are: the one that was chosen last, or every modality's own.
        detector = self.form.detector.currentData() or self._chosen_detector or detectors()[0][0]
        params: dict[str, Any] = {"detector": detector, "device": settings.DEVICE.get()}
        # The engine tells of models a moment later.
        model = self.form.model_row.path() or settings.MODEL.get()
        if self.form.detector.currentData(TAKES_MODEL) and model:
            params["model"] = model
        if self.form.modality.currentData() is not None:
            params["modality"] = self.form.modality.currentData()
        if self.form.threshold_mode.currentData() == SCORE:
            params["threshold"] = {"score": self.form.score.value()}
        elif self._own_mode() == SCORE or not is_default(self.form.percent):
            params["threshold"] = {"percent": self.form.percent.value()}
        if not is_default(self.form.min_area):
            params["min_area"] = self.form.min_area.value()
        return params

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
        try:
            layers = add_result(QgsProject.instance(), source.name, self._detector_label(result), result)
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

    def _detector_label(self, result: dict[str, Any]) -> str:
        detectors = [] if self._catalog is None else self._catalog["detectors"]
        name = str(result.get("detector"))
        return next((d["label"] for d in detectors if d["name"] == name), name)

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
