"""The window "Batch": what is searched, how, and what came of it. It may be closed while the batch goes on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from qgis.core import Qgis, QgsLayerTreeGroup, QgsProject, QgsProviderRegistry, QgsRasterLayer
from qgis.PyQt.QtCore import QCoreApplication, QDateTime, Qt
from qgis.PyQt.QtWidgets import QDialog, QFileDialog, QMessageBox, QProgressDialog, QVBoxLayout, QWidget

from .. import settings
from ..engine import Engine
from ..errors import PluginError
from ..messages import Messages
from ..processing.choices import detector_label, modalities
from ..results import absent_roles, add_result, numbered, scene_layers
from ..runs import known_ways
from ..saving import ask_where
from ..storage import typed_folder
from ..timers import once
from .files import listed, rasters_in
from .form import BatchForm
from .model import BatchModel, write_summary
from .parameters import Parameters
from .queue import BatchQueue, Item, State, file_item, layer_item

_PATIENCE_MS = 700
"""From when on a search for rasters is seen, and can be cancelled."""


class BatchDialog(QDialog):
    """Searches many scenes.

    Args:
        engine: the engine that works.
        panel: gives the parameters of a ``detect`` request as the panel is set.
        messages: message bar and log.
        parent: QGIS's window.
    """

    def __init__(
        self, engine: Engine, panel: Callable[[], dict[str, Any]], messages: Messages, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("AnomalyLensBatch")
        self.setWindowTitle(self.tr("Anomaly Lens batch"))
        self.resize(900, 640)
        self._panel = panel
        self._messages = messages
        self._title = self._new_title()
        # As of when the list was filled: who has chosen a run's settings keeps them though its layers go.
        self._ways: dict[str, tuple[str, dict[str, Any]]] = {}
        self.queue = BatchQueue(engine, self)
        self.model = BatchModel(self.queue, self)
        self.form = BatchForm(self.model)
        layout = QVBoxLayout(self)
        layout.addWidget(self.form)
        for name, label in modalities():
            self.form.modality.addItem(self.tr("Each scene's own") if name is None else label, name)
        self.form.add.setChecked(settings.BATCH_ADD.get())
        # Hundreds of scenes that change at once (a skip of all) mean one update.
        self._update = once(self, 0, self._show_state)
        self._connect()
        self._show_state()

    def _connect(self) -> None:
        form, queue = self.form, self.queue
        form.layers_menu.aboutToShow.connect(self._fill_layers)
        form.files_button.clicked.connect(self._choose_files)
        form.folder_button.clicked.connect(self._choose_folder)
        form.remove_button.clicked.connect(lambda: queue.remove(self._selected()))
        form.skip_button.clicked.connect(lambda: queue.skip(self._selected()))
        form.retry_button.clicked.connect(lambda: queue.retry(self._selected() or queue.items))
        form.show_button.clicked.connect(lambda: self._show_results(self._selected() or queue.items))
        form.save_button.clicked.connect(self._choose_table)
        form.origin.currentIndexChanged.connect(self._origin_chosen)
        form.start_button.clicked.connect(self.start)
        form.cancel_button.clicked.connect(self._cancel)
        form.close_button.clicked.connect(self.close)
        form.table.selectionModel().selectionChanged.connect(self._update.start)
        queue.reset.connect(self._update.start)
        # Not the timer's start itself, which would take the row for its interval.
        queue.changed.connect(lambda _row: self._update.start())
        queue.found.connect(self._found)
        queue.ended.connect(self._ended)
        QgsProject.instance().cleared.connect(self._project_cleared)
        QgsProject.instance().layersAdded.connect(self._layers_changed)
        QgsProject.instance().layersRemoved.connect(self._layers_changed)

    def release(self, wait_s: float) -> None:
        """End the run, before the dialog is deleted.

        Args:
            wait_s: how long the run may take to stop.
        """
        QgsProject.instance().cleared.disconnect(self._project_cleared)
        QgsProject.instance().layersAdded.disconnect(self._layers_changed)
        QgsProject.instance().layersRemoved.disconnect(self._layers_changed)
        self.queue.shutdown(wait_s)

    def open_with(self, run_id: str = "") -> None:
        """Show the window.

        Args:
            run_id: the run of the project whose settings are wanted; those of the panel where empty. While scenes are
                searched, the settings are theirs.
        """
        if not self.queue.running:
            self._fill_origins(run_id)
        if not self.form.output.filePath():
            self.form.output.setFilePath(settings.BATCH_FOLDER.get() or settings.OUTPUT_FOLDER.get())
        self.show()
        self.raise_()
        self.activateWindow()

    # --- what is searched

    def _fill_layers(self) -> None:
        layers = scene_layers(QgsProject.instance())
        self.form.layers_menu.clear()
        text = self.tr("All raster layers ({count})").format(count=len(layers))
        action = self.form.layers_menu.addAction(text, partial(self.add_layers, layers))
        action.setEnabled(bool(layers))
        self.form.layers_menu.addSeparator()
        for layer in layers:
            self.form.layers_menu.addAction(layer.name().replace("&", "&&"), partial(self.add_layers, [layer]))

    def add_layers(self, layers: list[QgsRasterLayer]) -> None:
        """Add layers of the project."""
        self.queue.add(layer_item(layer) for layer in layers)

    def _choose_files(self) -> None:
        filters = [
            self.tr("Lists of files (*.txt)"),
            *QgsProviderRegistry.instance().fileRasterFilters().split(";;"),
        ]
        chosen, _ = QFileDialog.getOpenFileNames(
            self, self.tr("Rasters to search"), settings.BATCH_SOURCE.get(), ";;".join(filters), filters[1]
        )
        if chosen:
            settings.BATCH_SOURCE.set(str(Path(chosen[0]).parent))
            self.add_files([Path(path) for path in chosen])

    def add_files(self, paths: list[Path]) -> None:
        """Add rasters, and those that text files among them list."""
        with _Told(self):
            self.queue.add(file_item(path) for path in listed(paths))

    def _choose_folder(self) -> None:
        title = self.tr("Folder with rasters")
        chosen = QFileDialog.getExistingDirectory(self, title, settings.BATCH_SOURCE.get())
        if chosen:
            settings.BATCH_SOURCE.set(chosen)
            self.add_folder(Path(chosen))

    def add_folder(self, folder: Path) -> None:
        """Add the rasters in a folder and below."""
        looking = QProgressDialog("", self.tr("Cancel"), 0, 0, self)
        looking.setWindowTitle(self.windowTitle())
        looking.setWindowModality(Qt.WindowModality.WindowModal)
        looking.setMinimumDuration(_PATIENCE_MS)

        def go_on(count: int) -> bool:
            # On a disk far away, each of thousands of files takes its time.
            looking.setLabelText(self.tr("Looking for rasters. Files looked at: {count}").format(count=count))
            QCoreApplication.processEvents()
            return not looking.wasCanceled()

        try:
            with _Told(self):
                self.queue.add(file_item(path) for path in rasters_in(folder, go_on))
        finally:
            looking.deleteLater()

    # --- how

    def _fill_origins(self, run_id: str) -> None:
        self.form.origin.clear()
        self.form.origin.addItem(self.tr("Anomaly Lens panel"), "")
        self._ways = known_ways(QgsProject.instance())
        for known_id, (title, _provenance) in self._ways.items():
            self.form.origin.addItem(title, known_id)
        self.form.origin.setCurrentIndex(max(0, self.form.origin.findData(run_id)))

    def parameters(self) -> Parameters:
        """How each scene is searched, but for the modality."""
        _title, provenance = self._ways.get(self.form.origin.currentData(), ("", None))
        return Parameters.of_request(self._panel()) if provenance is None else Parameters.of_run(provenance)

    def _origin_chosen(self) -> None:
        parameters = self.parameters()
        self.form.description.setText(parameters.describe(detector_label(parameters.detector)))
        # The panel's modality is that of the layer chosen there, a run's was meant for it.
        of_run = parameters.modality if self.form.origin.currentData() else None
        self.form.modality.setCurrentIndex(max(0, self.form.modality.findData(of_run)))

    def start(self) -> None:
        """Search all scenes that wait."""
        with _Told(self):
            folder = self.form.output.filePath().strip()
            if not folder:
                raise PluginError(
                    "not_writable",
                    self.tr("No folder is chosen for the results."),
                    self.tr("Choose one under “Results in”."),
                )
            settings.BATCH_FOLDER.set(folder)
            settings.BATCH_ADD.set(self.form.add.isChecked())
            out = str(typed_folder(folder))
            request = {**self.parameters().request(), "device": settings.DEVICE.get(), "out": out}
            request.pop("modality", None)
            if self.form.modality.currentData() is not None:
                request["modality"] = self.form.modality.currentData()
            self._title = self._new_title()
            self.queue.start(request)
            self._show_state()

    def _new_title(self) -> str:
        title = self.tr("Batch {time}").format(time=QDateTime.currentDateTime().toString("hh:mm"))
        root = QgsProject.instance().layerTreeRoot()
        return numbered(title, lambda name: root.findGroup(name) is not None)

    def _cancel(self) -> None:
        self.form.cancel_button.setEnabled(False)
        self.form.stage.setText(self.tr("Cancelling…"))
        self.queue.cancel()

    # --- what came of it

    def _found(self, item: Item) -> None:
        if self.form.add.isChecked():
            self._show_results([item])

    def _show_results(self, items: list[Item]) -> None:
        """Add results to the project, those that are not in it."""
        project, absent = QgsProject.instance(), self._absent(items)
        with _Told(self):
            for item in items:
                roles = absent.get(_run_id(item))
                if roles:
                    label = detector_label(str(item.result["detector"]))
                    add_result(project, item.name, label, item.result, inside=self._group(), roles=roles)
        self._update.start()

    def _absent(self, items: list[Item]) -> dict[str, list[str]]:
        """Which layers of results the project lacks, by run: some were removed, some came with the project."""
        return absent_roles(QgsProject.instance(), [_run_id(item) for item in items if item.result is not None])

    def _group(self) -> QgsLayerTreeGroup:
        """The group of this batch's results; a new one where somebody has removed it."""
        root = QgsProject.instance().layerTreeRoot()
        return root.findGroup(self._title) or root.insertGroup(0, self._title)

    def _layers_changed(self, _layers: list[object]) -> None:
        # The results may be among them: what was removed can be added again, what came with a project need not be.
        self._update.start()

    def _project_cleared(self) -> None:
        # The next project did not ask for these results.
        if self.queue.running:
            self.form.add.setChecked(False)
        self._fill_origins("")

    def _choose_table(self) -> None:
        folder = Path(self.form.output.filePath() or Path.home())
        title, kind = self.tr("Save the table"), self.tr("CSV files (*.csv)")
        path = ask_where(self, title, folder / "batch.csv", kind, ".csv")
        if path is not None:
            self.save_table(path)

    def save_table(self, path: Path) -> None:
        """Write the table to a CSV file."""
        with _Told(self):
            write_summary(self.queue.items, path)
            text = self.tr("The table was written to {path}.").format(path=path)
            self._messages.show(text, Qgis.MessageLevel.Success)

    def _ended(self) -> None:
        self._show_state()
        if not self.isVisible():
            level = Qgis.MessageLevel.Warning if self.queue.count(State.FAILED) else Qgis.MessageLevel.Success
            text = self.tr("Batch: {summary}").format(summary=self._summary())
            self._messages.show(text, level, [(self.tr("Open…"), self.open_with)])

    def _summary(self) -> str:
        queue = self.queue
        total = sum(int(item.result["count"]) for item in queue.items if item.result is not None)
        text = self.tr("{done} of {all} scenes done, {failed} failed, {skipped} skipped; anomalies: {total}.")
        return text.format(
            done=queue.count(State.DONE),
            all=len(queue.items),
            failed=queue.count(State.FAILED),
            skipped=queue.count(State.SKIPPED),
            total=total,
        )

    def _selected(self) -> list[Item]:
        return [self.model.item(index) for index in self.form.table.selectionModel().selectedRows()]

    def _show_state(self) -> None:
        form, queue = self.form, self.queue
        chosen = self._selected()
        states = {item.state for item in chosen} or {item.state for item in queue.items}
        form.remove_button.setEnabled(bool(chosen))
        form.skip_button.setEnabled(bool(chosen) and bool(states & {State.WAITING, State.RUNNING}))
        form.retry_button.setEnabled(bool(states & {State.FAILED, State.SKIPPED}))
        form.show_button.setEnabled(bool(self._absent(chosen or queue.items)))
        form.save_button.setEnabled(bool(queue.items))
        form.start_button.setEnabled(not queue.running and queue.count(State.WAITING) > 0)
        form.cancel_button.setEnabled(queue.running)
        for field in (form.origin, form.modality, form.output):
            field.setEnabled(not queue.running)
        form.progress.setMaximum(max(1, len(queue.items)))
        form.progress.setValue(len(queue.items) - queue.count(State.WAITING, State.RUNNING))
        form.stage.setText(self._summary() if queue.items else self.tr("Add layers, files or a folder to begin."))


def _run_id(item: Item) -> str:
    return str((item.result or {}).get("run_id", ""))


class _Told:
    """Shows the plugin's errors in a box over the dialog, which QGIS's message bar lies behind."""

    def __init__(self, dialog: BatchDialog) -> None:
        self._dialog = dialog

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if not isinstance(error, PluginError):
            return False
        QMessageBox.warning(self._dialog, self._dialog.windowTitle(), f"{error.message}\n\n{error.hint}")
        return True
