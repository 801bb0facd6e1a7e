"""The ways into teaching: the dock's row of models, and a menu entry."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProject
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QFileSystemWatcher, QObject
from qgis.PyQt.QtWidgets import QAction

from .. import settings
from ..dock import AnomalyLensDock
from ..dock_choices import TAKES_MODEL
from ..engine import Engine
from ..errors import PluginError
from ..link import EngineLink
from ..messages import Messages
from ..resources import icon
from ..timers import once
from .dialog import TeachDialog
from .manage import ManageDialog
from .models import models_folder

_DETECTOR = "asd"
_SETTLES_MS = 500


class Teaching(QObject):
    """Keeps the dock's list of models true, and opens the two windows.

    Args:
        iface: QGIS.
        engine: the engine that works.
        dock: whose detector may take a model.
        messages: message bar and log.

    Attributes:
        dialog: the window that teaches.
        models: the window that manages.
        action: opens the former.
    """

    def __init__(self, iface: QgisInterface, engine: Engine, dock: AnomalyLensDock, messages: Messages) -> None:
        window = iface.mainWindow()
        super().__init__(window)
        self._iface = iface
        self._dock = dock
        self._messages = messages
        self._link = EngineLink(engine, self)
        self._row = dock.form.model_row
        self._listed: list[dict[str, Any]] = []
        # The toolbox teaches models, too, and other QGISs do.
        self._watcher = QFileSystemWatcher(self)
        self._soon = once(self, _SETTLES_MS, self._look_again)
        self._watcher.directoryChanged.connect(lambda _folder: self._soon.start())
        self.dialog = TeachDialog(iface, engine, messages)
        self.models = ManageDialog(window)
        self.action = QAction(icon("anomaly_lens"), self.tr("Teach what is normal…"), window)
        self.action.setObjectName("AnomalyLensTeachAction")
        iface.addPluginToRasterMenu(self.tr("Anomaly Lens"), self.action)
        self.action.triggered.connect(self.open)
        self._row.teach_requested.connect(self.open)
        self._row.manage_requested.connect(self._manage)
        self._row.combo.activated.connect(lambda _row: settings.MODEL.set(self._row.path() or ""))
        self.models.changed.connect(self.refresh)
        self.dialog.taught.connect(self._taught)
        dock.engine_ready.connect(self.refresh)
        # After "cleared" comes a new project, or one that is read.
        for signal in (QgsProject.instance().cleared, QgsProject.instance().readProject):
            signal.connect(self._project_changed)
        dock.form.detector.currentIndexChanged.connect(self._show_row)
        self._show_row()

    def release(self, wait_s: float) -> None:
        """Take everything away again; teaching under way is cancelled.

        Args:
            wait_s: how long it may take to stop.
        """
        for signal in (QgsProject.instance().cleared, QgsProject.instance().readProject):
            signal.disconnect(self._project_changed)
        self._iface.removePluginRasterMenu(self.tr("Anomaly Lens"), self.action)
        self.dialog.release(wait_s)
        for gone in (self.dialog, self.models, self.action, self):
            gone.deleteLater()

    def open(self) -> None:
        """Open the window that teaches, on the dock's layer."""
        self.dialog.open_on(self._dock.form.layer_picker.layers())

    def refresh(self) -> None:
        """Ask the engine which models there are."""
        self._link.ask("models", {"folder": str(models_folder())}, self._take, self._fail)

    def _manage(self) -> None:
        self.models.show()
        self._look_again()

    def _look_again(self) -> None:
        """See whether others have changed something; who has chosen a model keeps it."""
        self._link.ask("models", {"folder": str(models_folder())}, self._take_others, self._fail)

    def _take_others(self, answer: dict[str, Any]) -> None:
        if answer["models"] != self._listed:
            self._show(answer, self._row.path() or "")

    def _take(self, answer: dict[str, Any]) -> None:
        self._show(answer, settings.MODEL.get())

    def _show(self, answer: dict[str, Any], chosen: str) -> None:
        for warning in answer.get("warnings") or []:
            self._messages.log(str(warning))
        self._listed = answer["models"]
        self._row.show_models(self._listed, chosen)
        self.models.show_models(self._listed)
        folder = models_folder()
        # The one above tells when the first model is made.
        for path in (folder, folder.parent):
            if path.is_dir():
                self._watcher.addPath(str(path))

    def _project_changed(self) -> None:
        self._row.choose(settings.MODEL.get())

    def _fail(self, error: PluginError) -> None:
        self._messages.log(str(error))

    def _taught(self, folder: str) -> None:
        settings.MODEL.set(folder)
        self._dock.choices.choose_detector(_DETECTOR)
        self.refresh()

    def _show_row(self) -> None:
        self._row.setVisible(bool(self._dock.form.detector.currentData(TAKES_MODEL)))
