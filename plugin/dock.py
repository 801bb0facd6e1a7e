"""The dock: what to search, where and how; Run, and what came of it."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

from qgis.core import Qgis, QgsProject, QgsRasterLayer, QgsUnitTypes
from qgis.gui import QgisInterface, QgsDockWidget, QgsDoubleSpinBox, QgsFileWidget
from qgis.PyQt.QtCore import Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QColor, QKeyEvent
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from . import settings
from .errors import PluginError
from .extent_picker import ExtentPicker
from .layer_picker import LayerPicker
from .link import EngineLink
from .messages import Messages
from .resources import dot_icon, icon
from .results import add_result, is_anomalies, zoom_to_first
from .runner import Runner
from .sources import export_resolution, is_picture, scene_path, snapshot
from .storage import TemporaryResults
from .task import Job, Outcome, Progress
from .worker import Engine

MODALITY_PROPERTY = "anomaly_lens/modality"

PERCENT, SCORE = "percent", "score"

_STARTING, _READY_CPU, _READY_GPU, _BROKEN = (QColor(c) for c in ("#e0a020", "#5b8fd0", "#2fb060", "#d9534f"))
_DEGREE_M = 111_320.0
_STEPS = 1000
_SPIN_WIDTH = 90
# Marks the suggested modality in the list; the line below the list says what it stands for.
_STAR = "★"


class AnomalyLensDock(QgsDockWidget):
    """The plugin's panel.

    Args:
        iface: QGIS.
        engine: the engine that works.
        messages: message bar and log.
        temporary: the folder of temporary results.
    """

    export_requested = pyqtSignal()
    options_requested = pyqtSignal()

    def __init__(self, iface: QgisInterface, engine: Engine, messages: Messages, temporary: TemporaryResults) -> None:
        super().__init__(iface.mainWindow())
        self.setObjectName("AnomalyLensDock")
        self.setWindowTitle(self.tr("Anomaly Lens"))
        self._iface = iface
        self._messages = messages
        self._temporary = temporary
        self._link = EngineLink(engine, self)
        self.runner = Runner(engine, self)
        self._catalog: dict[str, Any] | None = None
        self._catalog_asked = False
        self._devices: dict[str, str] = {}
        self._infos: dict[str, dict[str, Any]] = {}
        self._filling = False
        # Empty: the modality's own.
        self._chosen_detector = ""
        self._began = 0.0
        self._remaining: tuple[float, float] | None = None
        # Ids of the anomaly layers that the run has added.
        self._shown: list[str] = []
        self._clock = QTimer(self)
        self._clock.setInterval(250)
        self._clock.timeout.connect(self._show_time)
        # How a run ended is told after QGIS's own "Task complete", which would cover it.
        self._end: tuple[list[Outcome], list[Outcome], str] = ([], [], "")
        self._tell = QTimer(self)
        self._tell.setSingleShot(True)
        self._tell.setInterval(0)
        self._tell.timeout.connect(self._tell_end)
        self._build()
        self._connect()
        self.load_settings()
        self._layers_changed()
        self._show_running(False)

    # --- what it looks like

    def _build(self) -> None:
        content = QWidget()
        content.setObjectName("AnomalyLensDockContent")
        outer = QVBoxLayout(content)
        outer.setContentsMargins(8, 8, 8, 8)
        outer.setSpacing(8)
        outer.addLayout(self._build_form())
        outer.addLayout(self._build_buttons())
        outer.addWidget(self._build_progress())
        outer.addLayout(self._build_result_buttons())
        outer.addStretch(1)
        outer.addWidget(self._build_device_badge())
        self.setWidget(content)
        for first, second in zip(self._tab_order(), self._tab_order()[1:]):
            QWidget.setTabOrder(first, second)

    def _build_form(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(6)
        self.layer_picker = LayerPicker()
        self.modality = self._combo("modality_combo", self.tr("The kind of imagery; it sets the defaults below"))
        self.reason = QLabel()
        self.reason.setObjectName("reason_label")
        self.reason.setToolTip(self.tr("Why this modality is suggested; choose another where you know better"))
        self.reason.setWordWrap(True)
        font = self.reason.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        self.reason.setFont(font)
        self.detector = self._combo("detector_combo", self.tr("The method that tells anomalies from what is normal"))
        self.extent_picker = ExtentPicker(self._iface.mapCanvas())
        self.output = QgsFileWidget()
        self.output.setObjectName("output_folder")
        self.output.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.output.setDialogTitle(self.tr("Folder for heat maps and anomalies"))
        self.output.lineEdit().setPlaceholderText(self.tr("Temporary folder"))
        self.output.lineEdit().setObjectName("output_edit")
        tip = self.tr("Where results are kept. Temporary ones can be moved when the project is saved")
        self.output.setToolTip(tip)
        self.output.lineEdit().setToolTip(tip)
        self.output.setFocusProxy(self.output.lineEdit())
        for text, widget in (
            (self.tr("&Layer"), _stack(self.layer_picker, self._build_resolution())),
            (self.tr("&Modality"), _stack(self.modality, self.reason)),
            (self.tr("&Detector"), self.detector),
            (self.tr("&Extent"), self.extent_picker),
            (self.tr("&Threshold"), self._build_threshold()),
            (self.tr("Min. &area"), self._build_min_area()),
            (self.tr("&Output"), self.output),
        ):
            form.addRow(text, widget)
        return form

    def _build_resolution(self) -> QWidget:
        self.resolution_row = QWidget()
        layout = QHBoxLayout(self.resolution_row)
        layout.setContentsMargins(0, 0, 0, 0)
        self.resolution = _spin(
            "resolution_spin",
            self.tr("This layer is no file on disk: it is exported first, with pixels of this size in its CRS"),
        )
        self.resolution.setDecimals(8)
        self.resolution.setRange(1e-8, 1e6)
        label = QLabel(self.tr("P&ixel size"))
        label.setBuddy(self.resolution)
        label.setToolTip(self.resolution.toolTip())
        layout.addWidget(label)
        layout.addWidget(self.resolution, 1)
        return self.resolution_row

    def _combo(self, name: str, tip: str) -> QComboBox:
        combo = QComboBox()
        combo.setObjectName(name)
        combo.setToolTip(tip)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(8)
        return combo

    def _build_threshold(self) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        self.threshold_mode = self._combo(
            "threshold_combo",
            self.tr("What counts as an anomaly: a share of the scene, or every pixel with at least a certain score"),
        )
        self.threshold_mode.addItem(self.tr("Top share"), PERCENT)
        self.threshold_mode.addItem(self.tr("Score from"), SCORE)
        self.percent = _spin(
            "percent_spin", self.tr("The share of valid pixels with the highest scores that become anomalies")
        )
        self.percent.setSuffix(" %")
        self.percent.setDecimals(2)
        self.percent.setRange(0.01, 50.0)
        self.percent.setSingleStep(0.1)
        self.score = _spin(
            "score_spin",
            self.tr("The lowest score of an anomaly: 0.5 is the scene's top 1 %, 0.9 deviates nine times as much"),
        )
        self.score.setDecimals(3)
        self.score.setRange(0.0, 1.0)
        self.score.setSingleStep(0.05)
        self.score.setClearValue(settings.THRESHOLD_SCORE.default)
        values = QStackedWidget()
        values.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        # In the order of the modes.
        values.addWidget(self.percent)
        values.addWidget(self.score)
        self.threshold_mode.currentIndexChanged.connect(values.setCurrentIndex)
        layout.addWidget(self.threshold_mode, 1)
        layout.addWidget(values, 1)
        row.setFocusProxy(self.threshold_mode)
        return row

    def _build_min_area(self) -> QgsDoubleSpinBox:
        self.min_area = _spin(
            "min_area_spin",
            self.tr("Smaller anomalies are left out. On the ellipsoid, or in pixels where the layer has no CRS"),
        )
        self.min_area.setRange(0.0, 1e12)
        return self.min_area

    def _build_buttons(self) -> QHBoxLayout:
        self.run_button = QPushButton(self.tr("&Run"))
        self.run_button.setObjectName("run_button")
        self.run_button.setToolTip(self.tr("Search the layer for anomalies (Enter)"))
        self.run_button.setIcon(icon("anomaly_lens"))
        self.cancel_button = QPushButton(self.tr("&Cancel"))
        self.cancel_button.setObjectName("cancel_button")
        self.cancel_button.setToolTip(self.tr("Stop the run; nothing half-finished stays behind (Escape)"))
        row = QHBoxLayout()
        row.addWidget(self.run_button, 2)
        row.addWidget(self.cancel_button, 1)
        return row

    def _build_progress(self) -> QWidget:
        box = QWidget()
        layout = QGridLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(4)
        self.progress = QProgressBar()
        self.progress.setObjectName("progress_bar")
        self.progress.setToolTip(self.tr("How much of the run is done"))
        self.progress.setRange(0, _STEPS)
        self.stage = QLabel()
        self.stage.setObjectName("stage_label")
        self.stage.setToolTip(self.tr("What is being done, or how the last run ended"))
        self.stage.setWordWrap(True)
        self.times = QLabel()
        self.times.setObjectName("time_label")
        self.times.setToolTip(self.tr("Time since Run was pressed, and an estimate of what is left"))
        self.times.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.progress, 0, 0, 1, 2)
        layout.addWidget(self.stage, 1, 0)
        layout.addWidget(self.times, 1, 1)
        layout.setColumnStretch(0, 1)
        return box

    def _build_result_buttons(self) -> QHBoxLayout:
        self.export_button = QPushButton(self.tr("E&xport…"))
        self.export_button.setObjectName("export_button")
        self.export_button.setToolTip(self.tr("Write anomalies to a Shapefile, GeoPackage, GeoJSON or KML file"))
        self.log_button = QPushButton(self.tr("Lo&g"))
        self.log_button.setObjectName("log_button")
        self.log_button.setToolTip(self.tr("Show what the engine wrote to its log"))
        row = QHBoxLayout()
        row.addWidget(self.export_button, 2)
        row.addWidget(self.log_button, 1)
        return row

    def _build_device_badge(self) -> QToolButton:
        self.device_badge = QToolButton()
        self.device_badge.setObjectName("device_badge")
        self.device_badge.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.device_badge.setAutoRaise(True)
        # A GPU's full name must not make the dock wide.
        self.device_badge.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._show_device(_STARTING, self.tr("Engine not started"), self.tr("The engine starts when this is shown"))
        return self.device_badge

    def _tab_order(self) -> list[QWidget]:
        picker, extent = self.layer_picker, self.extent_picker
        return [
            picker.combo,
            picker.list,
            picker.several,
            self.modality,
            self.detector,
            extent.mode,
            extent.draw,
            extent.polygons,
            extent.selected_only,
            self.resolution,
            self.threshold_mode,
            self.percent,
            self.score,
            self.min_area,
            self.output.lineEdit(),
            self.run_button,
            self.cancel_button,
            self.export_button,
            self.log_button,
            self.device_badge,
        ]

    def _connect(self) -> None:
        self.visibilityChanged.connect(self._visibility_changed)
        self.layer_picker.layers_changed.connect(self._layers_changed)
        self.modality.activated.connect(self._modality_chosen)
        self.modality.currentIndexChanged.connect(self._show_defaults)
        self.detector.activated.connect(self._detector_chosen)
        self.resolution.valueChanged.connect(self._show_defaults)
        self._iface.mapCanvas().extentsChanged.connect(self._canvas_moved)
        self.run_button.clicked.connect(self.run)
        self.cancel_button.clicked.connect(self.cancel)
        self.export_button.clicked.connect(self.export_requested)
        self.log_button.clicked.connect(self._open_log)
        self.device_badge.clicked.connect(self.options_requested)
        self.runner.progressed.connect(self._show_progress)
        self.runner.item_ended.connect(self._item_ended)
        self.runner.ended.connect(self._run_ended)
        project = QgsProject.instance()
        project.readProject.connect(self.load_settings)
        project.cleared.connect(self.extent_picker.forget_rectangle)
        project.layersAdded.connect(self._show_export_state)
        project.layersRemoved.connect(self._show_export_state)
        self._show_export_state()

    def release(self, wait_s: float) -> None:
        """Let go of the map, the project and a run under way; before the dock is deleted.

        Args:
            wait_s: how long a run may take to stop.
        """
        self._clock.stop()
        self._tell.stop()
        self._iface.mapCanvas().extentsChanged.disconnect(self._canvas_moved)
        self.runner.shutdown(wait_s)
        self.extent_picker.remove_from_canvas()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter runs and Escape cancels, wherever in the dock the keyboard is."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.run_button.isEnabled():
            self.run()
        elif event.key() == Qt.Key.Key_Escape and self.runner.running:
            self.cancel()
        else:
            super().keyPressEvent(event)

    # --- settings

    def load_settings(self) -> None:
        """Show what the project, or else the user, used last."""
        self.extent_picker.set_mode(settings.EXTENT_MODE.get())
        self.extent_picker.selected_only.setChecked(settings.SELECTED_ONLY.get())
        self.threshold_mode.setCurrentIndex(max(0, self.threshold_mode.findData(settings.THRESHOLD_MODE.get())))
        self.score.setValue(settings.THRESHOLD_SCORE.get())
        self.output.setFilePath(settings.OUTPUT_FOLDER.get())
        self._chosen_detector = settings.DETECTOR.get()
        self._show_defaults()
        for spin, setting in ((self.percent, settings.THRESHOLD_PERCENT), (self.min_area, settings.MIN_AREA)):
            if setting.get() >= 0:
                spin.setValue(setting.get())

    def store_settings(self) -> None:
        """Remember what is chosen; done with each run."""
        settings.EXTENT_MODE.set(self.extent_picker.mode.currentData())
        settings.SELECTED_ONLY.set(self.extent_picker.selected_only.isChecked())
        settings.THRESHOLD_MODE.set(self.threshold_mode.currentData())
        settings.THRESHOLD_SCORE.set(self.score.value())
        settings.OUTPUT_FOLDER.set(self.output.filePath())
        settings.DETECTOR.set(self._chosen_detector)
        settings.THRESHOLD_PERCENT.set(-1.0 if _is_default(self.percent) else self.percent.value())
        settings.MIN_AREA.set(-1.0 if _is_default(self.min_area) else self.min_area.value())

    def _open_log(self) -> None:
        self._messages.open_log()

    # --- engine

    def ask_engine(self) -> None:
        """Ask for detectors and devices, once; the dock does it when it is first seen, the plugin after new options."""
        self._catalog_asked = True
        self._show_device(_STARTING, self.tr("Starting the engine…"), self.tr("The first start can take a minute"))
        self._link.ask("catalog", {}, self._take_catalog, self._no_engine)
        self._link.ask("devices", {}, self._take_devices, lambda error: self._messages.log(str(error)))

    def _visibility_changed(self, visible: bool) -> None:
        if visible and not self._catalog_asked:
            self.ask_engine()

    def _take_catalog(self, catalog: dict[str, Any]) -> None:
        self._catalog = catalog
        self._infos.clear()
        self._layers_changed()

    def _take_devices(self, devices: dict[str, Any]) -> None:
        self._devices = {d["name"]: d["label"] for d in devices["devices"] if d.get("available")}
        wanted = settings.DEVICE.get()
        self._show_device_name(wanted if wanted in self._devices else devices["default"])

    def _no_engine(self, error: PluginError) -> None:
        self._catalog = None
        self._catalog_asked = False
        self._show_device(_BROKEN, self.tr("No engine: open options"), str(error))
        self.stage.setText(self.tr("The engine could not be started."))
        if error.code != "cancelled":
            self._messages.show_error(error, [(self.tr("Options…"), self.options_requested.emit)])
        self._show_running(self.runner.running)

    def _show_device_name(self, name: str) -> None:
        label = self._devices.get(name, name)
        tip = self.tr("The engine computes on this device. Press to open the options")
        self._show_device(_READY_CPU if name == "cpu" else _READY_GPU, label, tip)

    def _show_device(self, color: QColor, text: str, tip: str) -> None:
        self.device_badge.setIcon(dot_icon(color))
        self.device_badge.setText(text)
        self.device_badge.setToolTip(tip)

    # --- layers and what follows from them

    def _layers_changed(self) -> None:
        layers = self.layer_picker.layers()
        if self._catalog is not None:
            for layer in layers:
                self._ask_info(layer)
        self._fill_modalities(layers)
        self._show_resolution(layers)
        self._show_defaults()
        self._show_running(self.runner.running)
        if not layers and not self.runner.running:
            self.stage.setText(self.tr("Load a raster layer, or tick one, to begin."))
        elif not self.runner.running and not self.times.text():
            self.stage.setText(self.tr("Ready to run."))

    def _ask_info(self, layer: QgsRasterLayer) -> None:
        path = scene_path(layer)
        if path is None or path in self._infos:
            return
        # The empty answer stands for a question under way.
        self._infos[path] = {}

        def take(info: dict[str, Any]) -> None:
            self._infos[path] = info
            layers = self.layer_picker.layers()
            self._fill_modalities(layers)
            self._show_defaults()

        def fail(error: PluginError) -> None:
            # Only Run makes a fuss of it; a dead engine may answer the next time.
            self._infos.pop(path, None)
            self._messages.log(str(error))

        self._link.ask("info", {"scene": path}, take, fail)

    def _info(self, layer: QgsRasterLayer) -> dict[str, Any]:
        return self._infos.get(scene_path(layer) or "", {})

    def _suggestion(self, layers: list[QgsRasterLayer]) -> dict[str, str]:
        if len(layers) != 1:
            return {}
        if scene_path(layers[0]) is None and is_picture(layers[0]):
            return {"modality": "visible", "reason": self.tr("colour pictures")}
        return dict(self._info(layers[0]).get("suggestion") or {})

    def _fill_modalities(self, layers: list[QgsRasterLayer]) -> None:
        suggestion = self._suggestion(layers)
        chosen = layers[0].customProperty(MODALITY_PROPERTY) if len(layers) == 1 else None
        profiles = [] if self._catalog is None else self._catalog["profiles"]
        self._filling = True
        self.modality.clear()
        if profiles and not suggestion:
            self.modality.addItem(self.tr("Automatic"), None)
            tip = self.tr("Each layer's own suggestion, from its bands, type and wavelengths")
            self.modality.setItemData(0, tip, Qt.ItemDataRole.ToolTipRole)
        for profile in profiles:
            label = profile["label"]
            if profile["name"] == suggestion.get("modality"):
                label = f"{_STAR} {label}"
                reason = self.tr("{star} Suggested: {reason}")
                self.reason.setText(reason.format(star=_STAR, reason=suggestion.get("reason", "")))
            self.modality.addItem(label, profile["name"])
            last = self.modality.count() - 1
            self.modality.setItemData(last, profile["description"], Qt.ItemDataRole.ToolTipRole)
        self.modality.setCurrentIndex(max(0, self.modality.findData(chosen or suggestion.get("modality"))))
        self._filling = False
        self.reason.setVisible(bool(suggestion))

    def _modality_chosen(self) -> None:
        layers = self.layer_picker.layers()
        if len(layers) != 1:
            return
        name = self.modality.currentData()
        if name is None or name == self._suggestion(layers).get("modality"):
            layers[0].removeCustomProperty(MODALITY_PROPERTY)
        else:
            layers[0].setCustomProperty(MODALITY_PROPERTY, name)

    def _fill_detectors(self, profile: dict[str, Any]) -> None:
        detectors = [] if self._catalog is None else self._catalog["detectors"]
        self.detector.clear()
        for detector in detectors:
            if not profile or profile["name"] in detector["modalities"]:
                self.detector.addItem(detector["label"], detector["name"])
                row = self.detector.count() - 1
                self.detector.setItemData(row, detector["description"], Qt.ItemDataRole.ToolTipRole)
        chosen = self.detector.findData(self._chosen_detector)
        default = self.detector.findData(profile.get("default_detector"))
        self.detector.setCurrentIndex(chosen if chosen >= 0 else max(0, default))

    def _detector_chosen(self) -> None:
        name = self.detector.currentData()
        self._chosen_detector = "" if name == self._profile().get("default_detector") else name

    def _profile(self) -> dict[str, Any]:
        profiles = [] if self._catalog is None else self._catalog["profiles"]
        return next((p for p in profiles if p["name"] == self.modality.currentData()), {})

    def _show_resolution(self, layers: list[QgsRasterLayer]) -> None:
        exported = [layer for layer in layers if scene_path(layer) is None]
        self.resolution_row.setVisible(bool(exported))
        if not exported:
            return
        layer = exported[0]
        unit = QgsUnitTypes.toAbbreviatedString(layer.crs().mapUnits())
        self.resolution.setSuffix(f" {unit}" if layer.crs().isValid() else " px")
        default = export_resolution(layer, self._canvas_resolution(layer))
        self.resolution.setDecimals(8 if default < 0.01 else 3)
        follows = _is_default(self.resolution)
        self.resolution.setClearValue(default)
        if follows:
            self.resolution.setValue(default)

    def _canvas_moved(self) -> None:
        if not self.resolution_row.isHidden():
            self._show_resolution(self.layer_picker.layers())

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
        self._offer(self.percent, float(profile.get("threshold_percent", 1.0)))
        layers = self.layer_picker.layers()
        pixel = self._pixel_area(layers[0]) if layers else None
        unit = " px" if pixel is None else " m²"
        if unit != self.min_area.suffix():
            # A number in the other unit would mean something else.
            self.min_area.setSuffix(unit)
            self.min_area.setValue(self.min_area.clearValue())
        area = float(profile.get("min_pixels", 1)) * (1.0 if pixel is None else pixel)
        self.min_area.setDecimals(0 if pixel is None else 3 if area < 10 else 1)
        self._offer(self.min_area, round(area, self.min_area.decimals()))

    def _offer(self, spin: QgsDoubleSpinBox, default: float) -> None:
        follows = _is_default(spin)
        spin.setClearValue(default)
        if follows:
            spin.setValue(default)

    def _pixel_area(self, layer: QgsRasterLayer) -> float | None:
        """Area of a pixel in m², or None where areas are counted in pixels."""
        area = self._info(layer).get("pixel_area_m2")
        if area is not None or not layer.crs().isValid():
            return area
        # The engine was not asked or has not answered: near enough for a proposal.
        side = self.resolution.value() if scene_path(layer) is None else layer.rasterUnitsPerPixelX()
        unit = layer.crs().mapUnits()
        metres = QgsUnitTypes.fromUnitToUnitFactor(unit, QgsUnitTypes.DistanceMeters)
        return (side * (_DEGREE_M if layer.crs().isGeographic() else metres)) ** 2

    # --- the run

    def run(self) -> None:
        """Search the chosen layers; what is missing is said in the message bar."""
        try:
            jobs = self._jobs()
        except PluginError as error:
            self._messages.show_error(error)
            return
        self.store_settings()
        self._began = time.monotonic()
        self._remaining = None
        self._shown = []
        self.progress.setValue(0)
        self.stage.setText(self.tr("Starting the engine"))
        for job in jobs:
            if job.source.export is not None:
                text = self.tr("“{name}” is no file on disk: it is exported first.").format(name=job.source.name)
                self._messages.show(text, Qgis.MessageLevel.Info)
        self.runner.start(jobs)
        self._show_running(True)
        self._show_time()

    def cancel(self) -> None:
        """Stop the run."""
        self.stage.setText(self.tr("Cancelling…"))
        self.cancel_button.setEnabled(False)
        self.runner.cancel()

    def _jobs(self) -> list[Job]:
        layers = self.layer_picker.layers()
        if not layers:
            hint = self.tr("Load a raster layer, or tick one in the list.")
            raise PluginError("bad_parameter", self.tr("No raster layer is chosen."), hint)
        area = self.extent_picker.area()
        folder = self._output_folder()
        params: dict[str, Any] = {"out": str(folder), "detector": self.detector.currentData() or "rx"}
        params["device"] = settings.DEVICE.get()
        if self.modality.currentData() is not None:
            params["modality"] = self.modality.currentData()
        if self.threshold_mode.currentData() == SCORE:
            params["threshold"] = {"score": self.score.value()}
        elif not _is_default(self.percent):
            params["threshold"] = {"percent": self.percent.value()}
        if not _is_default(self.min_area):
            params["min_area"] = self.min_area.value()
        transforms = QgsProject.instance().transformContext()
        jobs = [Job(snapshot(layer, self.resolution.value(), transforms), params, area) for layer in layers]
        for job in jobs:
            if job.source.export is not None:
                # A size that is out of the question is told before anything starts.
                job.source.export.size(None if area is None else area.extent_in(job.source.crs))
        return jobs

    def _output_folder(self) -> Path:
        chosen = self.output.filePath().strip()
        if not chosen:
            return self._temporary.folder()
        # The engine makes the folder, and takes it away again where the run fails.
        return Path(QgsProject.instance().homePath() or Path.home()) / Path(chosen).expanduser()

    def _show_progress(self, progress: Progress) -> None:
        self.progress.setValue(round(progress.fraction * _STEPS))
        if self.cancel_button.isEnabled():
            self.stage.setText(progress.text)
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
        self.times.setText(text)

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
        zoom_to_first(self._iface.mapCanvas(), layers)
        self._show_device_name(str(result.get("device", "")))
        self._shown.append(layers.anomalies.id())

    def _detector_label(self, result: dict[str, Any]) -> str:
        detectors = [] if self._catalog is None else self._catalog["detectors"]
        name = str(result.get("detector"))
        return next((d["label"] for d in detectors if d["name"] == name), name)

    def _found(self, outcome: Outcome) -> str:
        name, result = outcome.job.source.name, outcome.result
        count, omitted = int(result["count"]), int(result.get("omitted") or 0)
        if count == 0:
            return self.tr("No anomaly found in “{name}”.").format(name=name)
        if count == 1:
            return self.tr("1 anomaly found in “{name}”.").format(name=name)
        text = self.tr("{count} anomalies found in “{name}”.").format(count=count, name=name)
        if omitted:
            text = f"{text} {self.tr('{count} weaker ones were left out.').format(count=omitted)}"
        return text

    def _run_ended(self, outcomes: list[Outcome]) -> None:
        self._clock.stop()
        done = [o for o in outcomes if o.result is not None]
        failed = [o for o in outcomes if o.error is not None and o.error.code != "cancelled"]
        cancelled = not outcomes or any(o.error is not None and o.error.code == "cancelled" for o in outcomes)
        self._show_running(False)
        self._remaining = None
        self._show_time()
        self.progress.setValue(_STEPS if done and not failed and not cancelled else 0)
        summary = self._summary(done, failed, cancelled)
        self.stage.setText(summary)
        self._end = (done, failed, summary if len(outcomes) > 1 else "")
        self._tell.start()

    def _summary(self, done: list[Outcome], failed: list[Outcome], cancelled: bool) -> str:
        if cancelled:
            return self.tr("Cancelled.")
        if len(done) + len(failed) == 1:
            return self._found(done[0]) if done else self.tr("Failed.")
        text = self.tr("{done} of {all} layers done, {failed} failed.")
        return text.format(done=len(done), all=len(done) + len(failed), failed=len(failed))

    def _tell_end(self) -> None:
        done, failed, summary = self._end
        for outcome in failed:
            actions = []
            if outcome.error.code in ("no_engine", "engine_incomplete"):
                actions.append((self.tr("Options…"), self.options_requested.emit))
            self._messages.show_error(outcome.error, actions)
        if not self._shown:
            return
        found = [self._found(outcome) for outcome in done]
        remarks = [str(remark) for outcome in done for remark in outcome.result.get("warnings") or []]
        text = " ".join([summary, *found] if summary else found)
        actions = [
            (self.tr("Export…"), self.export_requested.emit),
            (self.tr("Table"), partial(self._open_table, self._shown[-1])),
        ]
        level = Qgis.MessageLevel.Warning if failed else Qgis.MessageLevel.Success
        self._messages.show(text, level, actions, "\n".join(remarks))

    def _open_table(self, layer_id: str) -> None:
        layer = QgsProject.instance().mapLayer(layer_id)
        if layer is not None:
            self._iface.showAttributeTable(layer)

    def _show_running(self, running: bool) -> None:
        self.run_button.setEnabled(not running and bool(self.layer_picker.layers()))
        self.cancel_button.setEnabled(running)
        if running:
            self._clock.start()

    def _show_export_state(self) -> None:
        layers = QgsProject.instance().mapLayers().values()
        self.export_button.setEnabled(any(is_anomalies(layer) for layer in layers))


def _spin(name: str, tip: str) -> QgsDoubleSpinBox:
    """A number that a small button in it sets back to its default."""
    spin = QgsDoubleSpinBox()
    spin.setObjectName(name)
    spin.setToolTip(tip)
    spin.setShowClearButton(True)
    # Qt would make room for the largest number that the range allows.
    spin.setMinimumWidth(_SPIN_WIDTH)
    return spin


def _stack(main: QWidget, below: QWidget) -> QWidget:
    """One form field of two widgets; unlike a form's rows, a hidden one leaves no gap."""
    box = QWidget()
    layout = QVBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(3)
    layout.addWidget(main)
    layout.addWidget(below)
    box.setFocusProxy(main)
    return box


def _is_default(spin: QgsDoubleSpinBox) -> bool:
    return abs(spin.value() - spin.clearValue()) < 0.5 * 10.0 ** -spin.decimals()


def _clock_text(seconds: float) -> str:
    whole = int(seconds)
    minutes = f"{whole // 60 % 60}:{whole % 60:02}"
    return minutes if whole < 3600 else f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
