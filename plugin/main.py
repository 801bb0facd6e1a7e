"""The plugin as QGIS sees it: what it adds to the window, and takes away again."""

from __future__ import annotations

from pathlib import Path

from qgis.core import Qgis, QgsApplication, QgsMapLayer, QgsMessageLog, QgsProject, QgsSettings, QgsVectorLayer
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QCoreApplication, QObject, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QAction, QFileDialog, QMessageBox

from .adjust.look_panel import LookPanel
from .adjust.threshold_panel import ThresholdPanel
from .batch.entry import Batch
from .dock import AnomalyLensDock
from .engine import Engine
from .engine_env import find_launch
from .errors import PluginError
from .export import ACCEPTED
from .export_dialog import ExportDialog
from .help import open_help
from .link import EngineLink
from .messages import LOG_TAB, Messages
from .options import OptionsFactory
from .processing.provider import AnomalyLensProvider
from .resources import icon
from .results import files_missing, is_anomalies
from .review.dock import ReviewDock
from .review.edits import AttributeKeeper
from .review.history import History
from .review.panel import ReviewPanel
from .runs import anomalies_of
from .samples import sample_menu
from .setup.controller import EngineSetup
from .storage import TemporaryResults, move_layers, project_folder
from .teach.entry import Teaching
from .translation import install_translator
from .welcome import Welcome

_STOP_RUN_S = 1.2
_CLOSE_ENGINE_S = 1.0


class AnomalyLensPlugin(QObject):
    """Adds the dock, its button and menu entry, and the options page.

    Args:
        iface: QGIS.
    """

    _engine_renewed = pyqtSignal()

    def __init__(self, iface: QgisInterface) -> None:
        super().__init__()
        self._translator = install_translator()
        self._iface = iface
        self._temporary = TemporaryResults()
        self._asking = False

    def initGui(self) -> None:
        """Add everything to QGIS's window."""
        self.messages = Messages(self._iface.messageBar(), self._iface.mainWindow())
        self.engine = Engine(find_launch, self.messages.log)
        self.initProcessing()
        self.dock = AnomalyLensDock(self._iface, self.engine, self.messages, self._temporary)
        self.setup = EngineSetup(self.engine, self.messages.log, self)
        self.welcome = Welcome(self._iface, self.dock, self.setup, self.messages)
        self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        self.action = QAction(icon("anomaly_lens"), self.tr("Anomaly Lens"), self._iface.mainWindow())
        self.action.setObjectName("AnomalyLensAction")
        self.action.setToolTip(self.tr("Find what does not belong in a raster layer"))
        self.dock.setToggleVisibilityAction(self.action)
        self._iface.addToolBarIcon(self.action)
        self._iface.addPluginToRasterMenu(self.tr("Anomaly Lens"), self.action)
        self._add_review()
        self.samples = sample_menu(self._iface.mainWindow(), self._open_sample)
        self._iface.addPluginToRasterMenu(self.tr("Anomaly Lens"), self.samples.menuAction())
        self.batch = Batch(self._iface, self.engine, self.dock.choices.params, self.messages)
        self.dock.form.batch_button.clicked.connect(self.batch.action.trigger)
        self.teaching = Teaching(self._iface, self.engine, self.dock, self.messages)
        self.options = OptionsFactory(self.setup, self.messages.log, self._options_applied)
        self._iface.registerOptionsWidgetFactory(self.options)
        self.dock.export_requested.connect(self.open_export)
        self.dock.review_requested.connect(self.open_review)
        self.dock.options_requested.connect(self.open_options)
        self.dock.help_requested.connect(lambda: open_help("using-the-dock.md", self._iface.mainWindow()))
        self.welcome.options_requested.connect(self.open_options)
        self.setup.ended.connect(self._options_applied)
        self.setup.failed.connect(lambda _error: self.dock.ask_again())
        # From another thread, that of an engine whose work is done, it is queued.
        self._engine_renewed.connect(self.dock.ask_engine)
        # Before layers are written: at projectSaved, what goes into a .qgz already holds their old places.
        QgsProject.instance().writeProject.connect(self._project_is_written)
        QgsApplication.instance().aboutToQuit.connect(self._temporary.remove)

    def _add_review(self) -> None:
        """The dock in which a run's results are worked on, a page for each kind of work."""
        window = self._iface.mainWindow()
        self.keeper = AttributeKeeper(self.messages, self)
        history = History()
        link = EngineLink(self.engine, self)
        self.review_panel = ReviewPanel(self._iface, link, self.messages, history)
        self.review_panel.export_requested.connect(self.open_export_of_accepted)
        self.look_panel = LookPanel(self._iface, self.messages)
        threshold_panel = ThresholdPanel(self._iface, link, self.messages, history)
        self.dock.engine_ready.connect(threshold_panel.try_again)
        pages = [
            (self.tr("Review"), self.review_panel),
            (self.tr("Threshold"), threshold_panel),
            (self.tr("Look"), self.look_panel),
        ]
        self.review = ReviewDock(self._iface, pages)
        self.review.visibilityChanged.connect(self.review_panel.set_in_front)
        self.dock.found.connect(self.review.expect)
        self.dock.under_review = self.review.at_work
        # Where a dock was is known to a window that opens again, but not where it comes into one that is open.
        self._review_has_place = not window.isVisible() and _is_remembered(self.review.objectName())
        self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.review)
        self.review.hide()
        self.review_action = QAction(icon("review"), self.tr("Anomaly review"), window)
        self.review_action.setObjectName("AnomalyLensReviewAction")
        self.review_action.setToolTip(self.tr("Accept or reject anomalies, one after the other"))
        # Before it is seen: a dock under the other would make the window higher than many a screen.
        self.review_action.toggled.connect(lambda _on: self._place_review())
        self.review.setToggleVisibilityAction(self.review_action)
        # Of the user alone, not of a window that opens with the dock in its place.
        self.review_action.triggered.connect(lambda on: self.review.take_keyboard() if on else None)
        self._iface.addToolBarIcon(self.review_action)
        self._iface.addPluginToRasterMenu(self.tr("Anomaly Lens"), self.review_action)

    def initProcessing(self) -> None:
        """Add the toolbox's algorithms; all that a QGIS without a window (qgis_process) calls."""
        if self._iface is None:
            self.engine = Engine(find_launch, lambda line: QgsMessageLog.logMessage(line, LOG_TAB, notifyUser=False))
        self.provider = AnomalyLensProvider(self.engine)
        QgsApplication.processingRegistry().addProvider(self.provider)

    def _open_sample(self, path: Path, name: str) -> None:
        self.dock.setUserVisible(True)
        self.welcome.open_sample(path, name)

    def open_review(self, layer_id: str = "") -> None:
        """Open the review.

        Args:
            layer_id: of the polygons to review; empty: those that were reviewed last, else the topmost.
        """
        self._place_review()
        self.review.open_run(layer_id)

    def _place_review(self) -> None:
        """Put the review beside the dock where it has no place yet; later on it is where the user wants it."""
        if not self._review_has_place:
            self._review_has_place = True
            self._iface.mainWindow().tabifyDockWidget(self.dock, self.review)

    def unload(self) -> None:
        """Take everything away again, and end the engine; a run under way is stopped."""
        QgsProject.instance().writeProject.disconnect(self._project_is_written)
        QgsApplication.processingRegistry().removeProvider(self.provider.id())
        self.batch.release(_STOP_RUN_S)
        self.teaching.release(_STOP_RUN_S)
        self._iface.unregisterOptionsWidgetFactory(self.options)
        for action in (self.action, self.review_action):
            self._iface.removePluginRasterMenu(self.tr("Anomaly Lens"), action)
            self._iface.removeToolBarIcon(action)
        self._iface.removePluginRasterMenu(self.tr("Anomaly Lens"), self.samples.menuAction())
        self.samples.deleteLater()
        self.review.release()
        self.review_panel.release()
        self.look_panel.release()
        self.keeper.release()
        self.setup.shutdown(_STOP_RUN_S)
        self.dock.release(_STOP_RUN_S)
        self.engine.close(_CLOSE_ENGINE_S)
        for gone in (self.review, self.dock):
            self._iface.removeDockWidget(gone)
            gone.deleteLater()
        self.review_action.deleteLater()
        self.action.deleteLater()
        self.messages.release()
        self.messages.deleteLater()
        if self._translator is not None:
            QCoreApplication.removeTranslator(self._translator)

    def open_options(self) -> None:
        """Open QGIS's options on the plugin's page."""
        self._iface.showOptionsDialog(self._iface.mainWindow(), currentPage="AnomalyLensOptions")

    def open_export(self) -> None:
        """Open the export dialog on the anomalies of the active layer's run, or on the newest."""
        missing = files_missing(QgsProject.instance())
        if missing is not None:
            self.messages.show_error(missing)
            return
        of_active = anomalies_of(self._iface.activeLayer(), QgsProject.instance())
        self._open_export(of_active or self._newest_anomalies())

    def open_export_of_accepted(self, layer: QgsVectorLayer) -> None:
        """Open the export dialog on the accepted polygons of a layer, or on all where none is.

        Args:
            layer: anomalies.
        """
        dialog = self._open_export(layer)
        dialog.which.setCurrentIndex(max(0, dialog.which.findData(ACCEPTED)))

    def _open_export(self, layer: QgsMapLayer | None) -> ExportDialog:
        dialog = ExportDialog(layer, self.messages, self._iface.mainWindow(), self._iface.mapCanvas())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def _newest_anomalies(self) -> QgsMapLayer | None:
        # Each run's group is put on top.
        order = QgsProject.instance().layerTreeRoot().layerOrder()
        return next((layer for layer in order if is_anomalies(layer) and layer.isValid()), None)

    def _options_applied(self) -> None:
        self.engine.restart(self._engine_renewed.emit)

    def _project_is_written(self, _document: object) -> None:
        project = QgsProject.instance()
        layers, before = self._temporary.layers(project), set(project.mapLayers())
        # While the question is open, somebody may save again.
        if not layers or self._asking:
            return
        self._asking = True
        try:
            folder = self._ask_where_to_keep(len(layers), project_folder(project))
            if folder is not None:
                self.keep_results(layers, folder)
        except PluginError as error:
            self.messages.show_error(error)
        finally:
            self._asking = False
        if set(project.mapLayers()) != before:
            # A run has ended while the question was open: its layers are not in the tree that was written already.
            QTimer.singleShot(0, lambda: project.setDirty(True))

    def _ask_where_to_keep(self, count: int, home: Path) -> Path | None:
        """Ask for a folder for temporary results; None: let them go.

        Args:
            count: how many layers would go.
            home: the project's folder.
        """
        window = self._iface.mainWindow()
        proposed = home / "anomaly_lens"
        box = QMessageBox(window)
        box.setObjectName("AnomalyLensKeepResults")
        box.setWindowTitle(self.tr("Keep temporary results?"))
        box.setIcon(QMessageBox.Icon.Question)
        text = self.tr("The project shows result layers that are deleted when QGIS closes: {count}.")
        box.setText(text.format(count=count))
        box.setInformativeText(self.tr("Move their files to {folder}?").format(folder=proposed))
        move = box.addButton(self.tr("&Move"), QMessageBox.ButtonRole.AcceptRole)
        other = box.addButton(self.tr("&Other folder…"), QMessageBox.ButtonRole.ActionRole)
        box.addButton(self.tr("&Leave them"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(move)
        box.exec()
        if box.clickedButton() is move:
            return proposed
        if box.clickedButton() is other:
            chosen = QFileDialog.getExistingDirectory(window, self.tr("Folder for results"), str(home))
            return Path(chosen) if chosen else None
        return None

    def keep_results(self, layers: list[QgsMapLayer], folder: Path) -> None:
        """Move temporary results to a folder.

        Args:
            layers: the layers to move.
            folder: is made where it is missing.

        Raises:
            PluginError: as :func:`~.storage.move_layers`.
        """
        move_layers(layers, folder)
        text = self.tr("The results were moved to {folder}.").format(folder=folder)
        self.messages.show(text, Qgis.MessageLevel.Success)


def _is_remembered(dock: str) -> bool:
    """Whether QGIS knows where a dock was when it was closed, which it was not after a crash.

    Args:
        dock: its object name.
    """
    state = QgsSettings().value("UI/state")
    return state is not None and dock.encode("utf-16-be") in bytes(state)
