"""The page "Anomaly Lens" of QGIS's options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.gui import QgsFileWidget, QgsOptionsPageWidget, QgsOptionsWidgetFactory
from qgis.PyQt.QtGui import QGuiApplication, QIcon
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from .engine import Engine
from .engine_env import find_launch, find_python
from .errors import PluginError
from .help import open_help
from .link import EngineLink
from .resources import icon
from .settings import CARD_FAILED, DEVICE, ENGINE_INDEX, ENGINE_PYTHON, ENGINE_WHEELS
from .setup.controller import EngineSetup
from .setup.panel import SetupPanel
from .setup.places import engine_folder
from .spoken import name_fields
from .storage import typed_path


class OptionsFactory(QgsOptionsWidgetFactory):
    """Makes the page each time the options are opened.

    Args:
        setup: that sets the engine up.
        log: called with each line of a tested engine's log.
        applied: called when the engine has to be started anew, since its options changed.
    """

    def __init__(self, setup: EngineSetup, log: Callable[[str], None], applied: Callable[[], None]) -> None:
        super().__init__("Anomaly Lens", icon("anomaly_lens"))
        self._setup = setup
        self._log = log
        self._applied = applied

    def icon(self) -> QIcon:
        """The page's icon."""
        return icon("anomaly_lens")

    def createWidget(self, parent: QWidget) -> QgsOptionsPageWidget:
        """Make the page."""
        return OptionsPage(self._setup, self._log, self._applied, parent)


class OptionsPage(QgsOptionsPageWidget):
    """Which Python and which device the engine uses, and its set-up.

    Args:
        setup: that sets the engine up.
        log: called with each line of a tested engine's log.
        applied: called when the engine has to be started anew, since its options changed.
        parent: the options dialog.
    """

    def __init__(
        self, setup: EngineSetup, log: Callable[[str], None], applied: Callable[[], None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("AnomalyLensOptions")
        self._setup = setup
        self._applied = applied
        self._tested = False
        # The engine under test is not the one that works: options that are not stored yet must not disturb a run.
        self._engine = engine = Engine(lambda: find_launch(typed_path(self.python.filePath())), log)
        self._link = EngineLink(self._engine, self)
        self._build()
        # It makes nothing that it would have to tidy up.
        self.destroyed.connect(lambda: engine.close(0.0))

    def _build(self) -> None:
        self.python = QgsFileWidget()
        self.python.setObjectName("engine_python")
        self.python.setStorageMode(QgsFileWidget.StorageMode.GetFile)
        self.python.setDialogTitle(self.tr("Python that runs the engine"))
        self.python.setToolTip(self.tr("A Python 3.10 or newer with PyTorch and the engine's other packages"))
        self.python.setFocusProxy(self.python.lineEdit())
        self.test = QPushButton(self.tr("&Test"))
        self.test.setObjectName("engine_test_button")
        self.test.setToolTip(self.tr("Start the engine with this Python and show its version and devices"))
        self.test.clicked.connect(self._run_test)
        self.outcome = QLabel()
        self.outcome.setObjectName("engine_test_result")
        self.outcome.setToolTip(self.tr("What the test found"))
        self.outcome.setWordWrap(True)
        self.outcome.setVisible(False)
        self.device = QComboBox()
        self.device.setObjectName("device_combo")
        self.device.setToolTip(self.tr("The device that runs use"))
        for label, name in (
            (self.tr("Automatic: the GPU where there is one"), "auto"),
            (self.tr("CPU"), "cpu"),
            (self.tr("GPU (CUDA)"), "cuda"),
        ):
            self.device.addItem(label, name)
        self._show_chosen()
        # A set-up chooses Python and device, too: what stood here before must not come back with OK.
        self._setup.ended.connect(self._show_chosen)
        row = QHBoxLayout()
        row.addWidget(self.python, 1)
        row.addWidget(self.test)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("Engine &Python"), row)
        form.addRow("", self.outcome)
        form.addRow(self.tr("De&vice"), self.device)
        form.labelForField(row).setBuddy(self.python)
        about = QLabel(
            self.tr(
                "Detection runs outside QGIS, in an engine with a Python of its own. Left empty, the engine uses the "
                "one that was set up below or, where it has what is needed, that of QGIS."
            )
        )
        about.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.addWidget(about)
        layout.addLayout(form)
        layout.addWidget(self._build_setup())
        layout.addStretch(1)
        name_fields(self)

    def _build_setup(self) -> QGroupBox:
        self.panel = SetupPanel(self._setup)
        self.panel.details_requested.connect(lambda error: self._tell(error.details))
        # What is not stored yet counts all the same for what is pressed here.
        self.panel.start.pressed.connect(self._store_sources)
        self.remove = QPushButton(self.tr("R&emove…"))
        self.remove.setObjectName("engine_remove_button")
        self.remove.setToolTip(self.tr("Delete the environment that was set up, and unfinished downloads"))
        self.remove.clicked.connect(self._ask_to_remove)
        for signal in (self._setup.ended, self._setup.failed):
            signal.connect(self._show_removable)
        self._show_removable()
        self.copy = QPushButton(self.tr("Copy dia&gnostics"))
        self.copy.setObjectName("engine_diagnostics_button")
        self.copy.setToolTip(self.tr("Copy versions, devices, places and the set-up's log, for a report"))
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._setup.report()))
        help_ = QPushButton(self.tr("&Help"))
        help_.setObjectName("engine_help_button")
        help_.setToolTip(self.tr("Proxies, certificates, computers without a network, graphics cards"))
        help_.clicked.connect(lambda: open_help("installing.md", self.window()))
        buttons = QHBoxLayout()
        for button in (self.remove, self.copy, help_):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.index = QLineEdit(ENGINE_INDEX.get())
        self.index.setObjectName("engine_index_edit")
        self.index.setPlaceholderText(self.tr("Automatic: PyTorch's standard build"))
        self.index.setToolTip(
            self.tr(
                "Address of an index with PyTorch's builds, such as its site shows after --index-url. The build for "
                "this computer's card and driver is chosen by itself"
            )
        )
        self.wheels = QgsFileWidget()
        self.wheels.setObjectName("engine_wheels")
        self.wheels.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.wheels.setDialogTitle(self.tr("Folder of wheels"))
        self.wheels.setToolTip(self.tr("A folder with downloaded packages, for computers without a network"))
        self.wheels.lineEdit().setPlaceholderText(self.tr("None: packages are downloaded"))
        self.wheels.setFilePath(ENGINE_WHEELS.get())
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("&Index of PyTorch's builds"), self.index)
        form.addRow(self.tr("&Wheels"), self.wheels)
        box = QGroupBox(self.tr("The plugin's own engine"))
        layout = QVBoxLayout(box)
        layout.addWidget(self.panel)
        layout.addLayout(form)
        layout.addLayout(buttons)
        return box

    def apply(self) -> None:
        """Store what is chosen; QGIS calls this on OK, whatever page was changed."""
        chosen = {ENGINE_PYTHON: typed_path(self.python.filePath()), DEVICE: self.device.currentData()}
        changed = any(setting.get() != value for setting, value in chosen.items())
        if DEVICE.get() != chosen[DEVICE]:
            CARD_FAILED.set(False)
        for setting, value in chosen.items():
            setting.set(value)
        self._store_sources()
        # One that passed the test may have been put in order just now, with no option for it.
        if changed or self._tested:
            self._applied()

    def _store_sources(self) -> None:
        ENGINE_INDEX.set(self.index.text().strip())
        ENGINE_WHEELS.set(typed_path(self.wheels.filePath()))

    def _ask_to_remove(self) -> None:
        question = self.tr("Delete the engine in {folder}? Detection does not work until it is set up again.")
        buttons = QMessageBox.StandardButton
        title, text = self.tr("Remove the engine?"), question.format(folder=engine_folder())
        if QMessageBox.question(self, title, text, buttons.Yes | buttons.No) == buttons.Yes:
            self._setup.remove()

    def _show_removable(self) -> None:
        self.remove.setEnabled(engine_folder().exists())

    def _show_chosen(self) -> None:
        self.python.setFilePath(ENGINE_PYTHON.get())
        self.python.lineEdit().setPlaceholderText(self._found_python())
        self.device.setCurrentIndex(max(0, self.device.findData(DEVICE.get())))

    def _found_python(self) -> str:
        try:
            return self.tr("Automatic: {python}").format(python=find_python(""))
        except PluginError:
            return self.tr("None was found; choose one")

    def _run_test(self) -> None:
        self.test.setEnabled(False)
        self._tell(self.tr("Starting the engine…"))
        self._engine.restart()
        self._link.ask("ping", {}, self._take_ping, self._fail)

    def _take_ping(self, ping: dict[str, Any]) -> None:
        version = str(ping.get("version", ""))
        self._link.ask("devices", {}, lambda devices: self._take_devices(version, devices), self._fail)

    def _take_devices(self, version: str, devices: dict[str, Any]) -> None:
        labels = ", ".join(str(d["label"]) for d in devices["devices"] if d.get("available"))
        self._tested = True
        text = self.tr("The engine works: version {version}. Devices: {devices}.")
        self._tell(text.format(version=version, devices=labels))
        self._end_test()

    def _fail(self, error: PluginError) -> None:
        self._tell(str(error))
        self._end_test()

    def _tell(self, text: str) -> None:
        self.outcome.setText(text)
        self.outcome.setVisible(True)

    def _end_test(self) -> None:
        self.test.setEnabled(True)
        self._engine.restart()
