"""The dialog "Export anomalies": which polygons, into which file or report, and how far it is."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsMapRendererParallelJob,
    QgsProject,
    QgsVectorLayer,
)
from qgis.gui import QgsFileWidget, QgsMapCanvas, QgsProjectionSelectionWidget
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QMessageBox,
    QWidget,
)

from . import settings
from .drafts import check_target, existing_files, layer_in_the_way
from .errors import PluginError
from .export import (
    ACCEPTED,
    ALL,
    FORMATS,
    SELECTED,
    Step,
    format_label,
    get_format,
    prepare_export,
)
from .export_task import WriteTask
from .messages import Messages
from .progress import ProgressBar
from .report.contents import Contents, gather
from .report.writing import HTML, PDF, map_job, write_report
from .results import RUN_PROPERTY, is_anomalies
from .run_combo import RunCombo
from .runs import Run, run_of
from .saving import with_ending
from .shared_file import catch_up
from .sources import file_stem
from .spoken import name_fields
from .storage import layer_file, project_folder, typed_path

# Reports are chosen where formats are.
_REPORTS = {PDF: ".pdf", HTML: ".html"}
_SUFFIXES = {*(file_format.suffix for file_format in FORMATS), *_REPORTS.values()}


class ExportDialog(QDialog):
    """Asks which polygons go into which file, and has it written in the background.

    Args:
        layer: the anomaly layer to begin with; None: any of the project.
        messages: message bar and log.
        parent: QGIS's window.
        canvas: the map that a report shows; None: reports have no map.
    """

    def __init__(
        self,
        layer: QgsVectorLayer | None,
        messages: Messages,
        parent: QWidget,
        canvas: QgsMapCanvas | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("AnomalyLensExport")
        self.setWindowTitle(self.tr("Export anomalies"))
        self.setMinimumWidth(540)
        self._messages = messages
        self._canvas = canvas
        self._proposed = ""
        # What the user chose for the layer, and what was there before.
        self._own_crs: QgsCoordinateReferenceSystem | None = None
        self._proposed_crs = QgsCoordinateReferenceSystem()
        self._job: QgsMapRendererParallelJob | None = None
        self._task: WriteTask | None = None
        self._cancelled = False
        self._build()
        for candidate in QgsProject.instance().mapLayers().values():
            # Of one whose file is missing, nobody knows what there is to export.
            if is_anomalies(candidate) and candidate.isValid():
                self.layers.addItem(_layer_title(candidate), candidate.id())
        if layer is not None:
            self.layers.setCurrentIndex(max(0, self.layers.findData(layer.id())))
        self.formats.setCurrentIndex(max(0, self.formats.findData(settings.EXPORT_FORMAT.get())))
        self.add.setChecked(settings.EXPORT_ADD.get())
        self.layers.currentIndexChanged.connect(self._layer_changed)
        self.formats.currentIndexChanged.connect(self._format_changed)
        self._layer_changed()

    def _build(self) -> None:
        form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.layers = RunCombo()
        self.layers.setObjectName("export_layer_combo")
        self.layers.setToolTip(self.tr("The anomalies to export"))
        self.which = QComboBox()
        self.which.setObjectName("export_which_combo")
        self.which.setToolTip(self.tr("Which of its polygons"))
        self.formats = QComboBox()
        self.formats.setObjectName("export_format_combo")
        self.formats.setToolTip(self.tr("The file format"))
        for file_format in FORMATS:
            self.formats.addItem(format_label(file_format), file_format.driver)
        self.formats.addItem(self.tr("Report for printing (PDF)"), PDF)
        self.formats.addItem(self.tr("Report for the browser (HTML)"), HTML)
        self.file = QgsFileWidget()
        self.file.setObjectName("export_file")
        self.file.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        # One question is enough, and only this dialog knows a shapefile's companions.
        self.file.setConfirmOverwrite(False)
        self.file.setDialogTitle(self.tr("Export anomalies to"))
        self.file.setToolTip(self.tr("The file to write"))
        self.file.setFocusProxy(self.file.lineEdit())
        self.crs = QgsProjectionSelectionWidget()
        self.crs.setObjectName("export_crs")
        self.crs.setToolTip(self.tr("The coordinate reference system of the file"))
        self.add = QCheckBox(self.tr("&Add the file to the project"))
        self.add.setObjectName("export_add_check")
        self.add.setToolTip(self.tr("Load the file as a layer when it is written"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export_button = buttons.addButton(self.tr("&Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.export_button.setObjectName("export_ok_button")
        self.export_button.setDefault(True)
        self.progress = ProgressBar()
        self.progress.setObjectName("export_progress_bar")
        self.progress.setToolTip(self.tr("How much of the file is written; Cancel leaves everything as it was"))
        self.progress.hide()
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(self.tr("&Layer"), self.layers)
        form.addRow(self.tr("&Polygons"), self.which)
        form.addRow(self.tr("F&ormat"), self.formats)
        form.addRow(self.tr("&File"), self.file)
        form.addRow(self.tr("&CRS"), self.crs)
        form.addRow("", self.add)
        form.addRow(self.progress)
        form.addRow(buttons)
        name_fields(self)
        self._fields = (self.layers, self.which, self.formats, self.file, self.crs, self.add, self.export_button)

    def layer(self) -> QgsVectorLayer | None:
        """The chosen layer, if it is still there."""
        return QgsProject.instance().mapLayer(self.layers.currentData() or "")

    def accept(self) -> None:
        """Begin to write the file; the dialog closes when it is there, and stays open where that fails."""
        layer = self.layer()
        path = self._path()
        if layer is None or path is None:
            return
        try:
            check_target(path)
        except PluginError as error:
            self._tell(error)
            return
        if not self._may_replace(path):
            return
        catch_up(layer)
        if self.formats.currentData() in _REPORTS:
            self._begin_report(layer, path)
            return
        try:
            export = prepare_export(
                layer, path, self.formats.currentData(), self.crs.crs(), self.which.currentData() or ALL
            )
        except PluginError as error:
            self._tell(error)
            return
        cut = export.texts_too_long()
        remark = self.tr(
            "Texts that were cut: {count}. A shapefile takes 254 bytes of each, a GeoPackage takes them whole."
        )
        # Its id: the layer may be gone by then.
        self._start(export.write, path, layer.id(), remark.format(count=cut) if cut else "")

    def reject(self) -> None:
        """Stop what is being written, or close."""
        if self._job is not None:
            self._cancelled = True
            self._job.cancelWithoutBlocking()
        elif self._task is not None:
            self._task.cancel()
        else:
            super().reject()

    def _begin_report(self, layer: QgsVectorLayer, path: Path) -> None:
        """Draw the map, which only the main thread may begin; then the rest can go to the background."""
        run = run_of(layer, QgsProject.instance()) or Run("", layer)
        # The layer may be gone when the map is drawn.
        contents = gather(run, self.which.currentData() or ALL)
        layer_id = layer.id()
        self._show_busy(True)
        self._cancelled = False
        if self._canvas is None:
            self._write_report(contents, path, layer_id)
            return
        self._job = map_job(self._canvas, run)
        self._job.finished.connect(lambda: self._map_drawn(contents, path, layer_id))
        self._job.start()

    def _map_drawn(self, contents: Contents, path: Path, layer_id: str) -> None:
        job, self._job = self._job, None
        if self._cancelled:
            self._show_busy(False)
            return
        self._write_report(replace(contents, map_picture=job.renderedImage()), path, layer_id)

    def _write_report(self, contents: Contents, path: Path, layer_id: str) -> None:
        form = self.formats.currentData()
        self._start(lambda step: write_report(contents, path, form, step), path, layer_id)

    def _start(self, work: Callable[[Step], int], path: Path, layer_id: str, remark: str = "") -> None:
        self._show_busy(True)
        self._task = WriteTask(self.tr("Anomaly Lens: {name}").format(name=path.name), work)
        self._task.progressChanged.connect(lambda percent: self.progress.setValue(round(percent)))
        self._task.ended.connect(lambda: self._ended(path, layer_id, remark))
        QgsApplication.taskManager().addTask(self._task)

    def _show_busy(self, busy: bool) -> None:
        for widget in self._fields:
            widget.setEnabled(not busy)
        self.progress.setRange(0, 100)
        self.progress.setValue(0)
        self.progress.setVisible(busy)
        if not busy:
            self._show_enabled()

    def _show_enabled(self) -> None:
        layer = self.layer()
        self.export_button.setEnabled(layer is not None)
        if layer is None:
            return
        is_report = self.formats.currentData() in _REPORTS
        one_crs = not layer.crs().isValid() or get_format(self.formats.currentData()).wgs84_only
        self.crs.setEnabled(not one_crs and not is_report)
        self.add.setEnabled(not is_report)

    def _ended(self, path: Path, layer_id: str, remark: str) -> None:
        task, self._task = self._task, None
        self._show_busy(False)
        if task.error is not None:
            if task.error.code != "cancelled":
                self._tell(task.error)
            return
        settings.EXPORT_FORMAT.set(self.formats.currentData())
        settings.EXPORT_FOLDER.set(str(path.parent))
        settings.EXPORT_ADD.set(self.add.isChecked())
        layer = QgsProject.instance().mapLayer(layer_id)
        actions = []
        if self.formats.currentData() in _REPORTS:
            actions = [(self.tr("Open"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))))]
        elif self.add.isChecked() and layer is not None:
            self._add_to_project(path, layer)
        text = (
            self.tr("{count} polygons were written to {path}.")
            if task.result != 1
            else self.tr("1 polygon was written to {path}.")
        )
        level = Qgis.MessageLevel.Warning if remark else Qgis.MessageLevel.Success
        self._messages.show(f"{text.format(count=task.result, path=path)} {remark}".strip(), level, actions)
        super().accept()

    def _tell(self, error: PluginError) -> None:
        self._messages.log(f"{error}\n{error.details}", Qgis.MessageLevel.Warning)
        QMessageBox.warning(self, self.windowTitle(), f"{error.message}\n\n{error.hint}")

    def _add_to_project(self, path: Path, layer: QgsVectorLayer) -> None:
        exported = QgsVectorLayer(str(path), path.stem, "ogr")
        # It becomes the active layer: who exports once more means the same run.
        exported.setCustomProperty(RUN_PROPERTY, layer.customProperty(RUN_PROPERTY))
        if not exported.isSpatial():
            QgsProject.instance().addMapLayer(exported)
            return
        # It looks like what it was exported from.
        exported.setRenderer(layer.renderer().clone())
        if layer.labeling() is not None:
            exported.setLabeling(layer.labeling().clone())
        exported.setLabelsEnabled(layer.labelsEnabled())
        QgsProject.instance().addMapLayer(exported)

    def _path(self) -> Path | None:
        path = Path(typed_path(self.file.filePath()))
        if not path.name:
            QMessageBox.warning(self, self.windowTitle(), self.tr("Choose a file to write."))
            return None
        # A bare name belongs where the proposal was, not where QGIS was started.
        return with_ending(_folder() / os.path.expanduser(path), self._suffix())  # noqa: PTH111 - of nobody, it is a name

    def _may_replace(self, path: Path) -> bool:
        if not existing_files(path):
            return True
        question = self.tr("{name} exists. Replace it?").format(name=path.name)
        buttons = QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No
        answer = QMessageBox.question(self, self.windowTitle(), question, buttons, QMessageBox.StandardButton.No)
        return answer == QMessageBox.StandardButton.Yes

    def _layer_changed(self) -> None:
        layer = self.layer()
        # A CRS is chosen for a layer, not for all.
        self._own_crs, self._proposed_crs = None, self.crs.crs()
        self._show_enabled()
        self.which.clear()
        if layer is None:
            return
        catch_up(layer)
        # Somebody may have deleted the field.
        has_status = layer.fields().indexOf("status") >= 0
        accepted = sum(1 for feature in layer.getFeatures() if has_status and feature["status"] == "accepted")
        for which, text, count in (
            (ALL, self.tr("All ({count})"), layer.featureCount()),
            (SELECTED, self.tr("Selected ({count})"), layer.selectedFeatureCount()),
            (ACCEPTED, self.tr("Accepted ({count})"), accepted),
        ):
            if count or which == ALL:
                self.which.addItem(text.format(count=count), which)
        # Who has accepted some wants those.
        self.which.setCurrentIndex(max(0, self.which.findData(ACCEPTED)))
        self._format_changed()

    def _suffix(self) -> str:
        chosen = self.formats.currentData()
        return _REPORTS.get(chosen) or get_format(chosen).suffix

    def _format_changed(self) -> None:
        chosen = self.formats.currentData()
        self.file.setFilter(f"{self.formats.currentText()} (*{self._suffix()})")
        if self.crs.isEnabled() and self.crs.crs() != self._proposed_crs:
            self._own_crs = self.crs.crs()
        self._show_enabled()
        layer = self.layer()
        if layer is None:
            return
        prefers_wgs84 = layer.crs().isValid() and get_format(chosen).prefers_wgs84 and chosen not in _REPORTS
        self._proposed_crs = QgsCoordinateReferenceSystem("EPSG:4326") if prefers_wgs84 else layer.crs()
        own = self._own_crs if self.crs.isEnabled() else None
        self.crs.setCrs(own or self._proposed_crs)
        self._propose(layer, self._suffix())

    def _propose(self, layer: QgsVectorLayer, suffix: str) -> None:
        """Propose a file beside the last export, no layer's own; a name that the user typed keeps its stem."""
        typed = typed_path(self.file.filePath())
        if typed and typed != self._proposed:
            path = Path(typed)
            # Of another format; else what stands behind a dot is part of the name.
            bare = path.with_suffix("") if path.suffix.lower() in _SUFFIXES else path
            self.file.setFilePath(str(with_ending(bare, suffix) if bare.name else bare))
            return
        folder = _folder()
        stem = file_stem(layer_file(layer).stem)
        endings = itertools.chain(("", "_export"), (f"_export_{number}" for number in itertools.count(2)))
        paths = (folder / f"{stem}{ending}{suffix}" for ending in endings)
        self._proposed = str(next(path for path in paths if layer_in_the_way(path) is None))
        self.file.setFilePath(self._proposed)


def _folder() -> Path:
    """Where files are proposed: beside the last export, or the project."""
    return Path(settings.EXPORT_FOLDER.get() or project_folder(QgsProject.instance()))


def _layer_title(layer: QgsVectorLayer) -> str:
    node = QgsProject.instance().layerTreeRoot().findLayer(layer.id())
    group = node.parent().name() if node is not None and node.parent() is not None else ""
    return f"{group} – {layer.name()}" if group else layer.name()
