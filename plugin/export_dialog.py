"""The dialog "Export anomalies"."""

from __future__ import annotations

from pathlib import Path

from qgis.core import Qgis, QgsApplication, QgsCoordinateReferenceSystem, QgsProject, QgsVectorLayer
from qgis.gui import QgsFileWidget, QgsProjectionSelectionWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QCursor
from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QFormLayout, QMessageBox, QWidget

from . import settings
from .errors import PluginError
from .export import ACCEPTED, ALL, FORMATS, SELECTED, existing_files, export_polygons, get_format
from .messages import Messages
from .results import is_anomalies
from .sources import file_stem


class ExportDialog(QDialog):
    """Asks which polygons go into which file, and writes it.

    Args:
        layer: the anomaly layer to begin with; None: any of the project.
        messages: message bar and log.
        parent: QGIS's window.
    """

    def __init__(self, layer: QgsVectorLayer | None, messages: Messages, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("AnomalyLensExport")
        self.setWindowTitle(self.tr("Export anomalies"))
        self.setMinimumWidth(480)
        self._messages = messages
        self._proposed = ""
        self._build()
        for candidate in QgsProject.instance().mapLayers().values():
            if is_anomalies(candidate):
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
        self.layers = QComboBox()
        self.layers.setObjectName("export_layer_combo")
        self.layers.setToolTip(self.tr("The anomalies to export"))
        self.which = QComboBox()
        self.which.setObjectName("export_which_combo")
        self.which.setToolTip(self.tr("Which of its polygons"))
        self.formats = QComboBox()
        self.formats.setObjectName("export_format_combo")
        self.formats.setToolTip(self.tr("The file format"))
        for file_format in FORMATS:
            self.formats.addItem(file_format.label, file_format.driver)
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
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(self.tr("&Layer"), self.layers)
        form.addRow(self.tr("&Polygons"), self.which)
        form.addRow(self.tr("F&ormat"), self.formats)
        form.addRow(self.tr("&File"), self.file)
        form.addRow(self.tr("&CRS"), self.crs)
        form.addRow("", self.add)
        form.addRow(buttons)

    def layer(self) -> QgsVectorLayer | None:
        """The chosen layer, if it is still there."""
        return QgsProject.instance().mapLayer(self.layers.currentData() or "")

    def accept(self) -> None:
        """Write the file; the dialog stays open where that fails."""
        layer = self.layer()
        path = self._path()
        if layer is None or path is None or not self._may_replace(path):
            return
        QgsApplication.setOverrideCursor(QCursor(Qt.CursorShape.WaitCursor))
        try:
            count = export_polygons(
                layer, path, self.formats.currentData(), self.crs.crs(), self.which.currentData() or ALL
            )
        except PluginError as error:
            QgsApplication.restoreOverrideCursor()
            self._messages.log(f"{error}\n{error.details}", Qgis.MessageLevel.Warning)
            QMessageBox.warning(self, self.windowTitle(), f"{error.message}\n\n{error.hint}")
            return
        QgsApplication.restoreOverrideCursor()
        settings.EXPORT_FORMAT.set(self.formats.currentData())
        settings.EXPORT_FOLDER.set(str(path.parent))
        settings.EXPORT_ADD.set(self.add.isChecked())
        if self.add.isChecked():
            self._add_to_project(path, layer)
        text = (
            self.tr("{count} polygons were written to {path}.")
            if count != 1
            else self.tr("1 polygon was written to {path}.")
        )
        self._messages.show(text.format(count=count, path=path), Qgis.MessageLevel.Success)
        super().accept()

    def _add_to_project(self, path: Path, layer: QgsVectorLayer) -> None:
        exported = QgsVectorLayer(str(path), path.stem, "ogr")
        # It looks like what it was exported from.
        exported.setRenderer(layer.renderer().clone())
        if layer.labeling() is not None:
            exported.setLabeling(layer.labeling().clone())
        exported.setLabelsEnabled(layer.labelsEnabled())
        QgsProject.instance().addMapLayer(exported)

    def _path(self) -> Path | None:
        text = self.file.filePath().strip()
        if not text:
            QMessageBox.warning(self, self.windowTitle(), self.tr("Choose a file to write."))
            return None
        path = Path(text).expanduser()
        suffix = get_format(self.formats.currentData()).suffix
        return path if path.suffix.lower() == suffix else path.with_name(path.name + suffix)

    def _may_replace(self, path: Path) -> bool:
        if not existing_files(path):
            return True
        question = self.tr("{name} exists. Replace it?").format(name=path.name)
        buttons = QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No
        answer = QMessageBox.question(self, self.windowTitle(), question, buttons, QMessageBox.StandardButton.No)
        return answer == QMessageBox.StandardButton.Yes

    def _layer_changed(self) -> None:
        layer = self.layer()
        self.export_button.setEnabled(layer is not None)
        self.which.clear()
        if layer is None:
            return
        accepted = sum(1 for feature in layer.getFeatures() if feature["status"] == "accepted")
        for which, text, count in (
            (ALL, self.tr("All ({count})"), layer.featureCount()),
            (SELECTED, self.tr("Selected ({count})"), layer.selectedFeatureCount()),
            (ACCEPTED, self.tr("Accepted ({count})"), accepted),
        ):
            if count or which == ALL:
                self.which.addItem(text.format(count=count), which)
        self._format_changed()

    def _format_changed(self) -> None:
        file_format = get_format(self.formats.currentData())
        self.file.setFilter(f"{file_format.label} (*{file_format.suffix})")
        layer = self.layer()
        if layer is None:
            return
        known = layer.crs().isValid()
        wgs84 = QgsCoordinateReferenceSystem("EPSG:4326")
        self.crs.setCrs(wgs84 if known and file_format.prefers_wgs84 else layer.crs())
        self.crs.setEnabled(known and not file_format.wgs84_only)
        self._propose(layer, file_format.suffix)

    def _propose(self, layer: QgsVectorLayer, suffix: str) -> None:
        """Propose a file beside the last export; a name that the user typed keeps its stem."""
        typed = self.file.filePath()
        if typed and typed != self._proposed:
            self.file.setFilePath(str(Path(typed).with_suffix(suffix)))
            return
        home = QgsProject.instance().homePath() or str(Path.home())
        folder = Path(settings.EXPORT_FOLDER.get() or home)
        stem = file_stem(Path(layer.source().split("|")[0]).stem)
        self._proposed = str(folder / f"{stem}{suffix}")
        self.file.setFilePath(self._proposed)


def _layer_title(layer: QgsVectorLayer) -> str:
    node = QgsProject.instance().layerTreeRoot().findLayer(layer.id())
    group = node.parent().name() if node is not None and node.parent() is not None else ""
    return f"{group} – {layer.name()}" if group else layer.name()
