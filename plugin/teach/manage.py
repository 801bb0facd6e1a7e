"""The window "Models": rename, delete, export and import what was taught."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from .. import settings
from ..errors import PluginError
from ..saving import ask_where
from ..sources import file_stem
from .models import delete, export, import_model, name_for_people, rename


class ManageDialog(QDialog):
    """Shows all models.

    Args:
        parent: QGIS's window.
    """

    changed = pyqtSignal()
    """Models came, went, or are called differently."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("AnomalyLensModels")
        self.setWindowTitle(self.tr("Taught models"))
        self.resize(520, 320)
        self.list = QTreeWidget()
        self.list.setObjectName("models_list")
        self.list.setAccessibleName(self.tr("Models"))
        self.list.setToolTip(self.tr("The models that you have taught, and those that ship with the plugin"))
        self.list.setRootIsDecorated(False)
        self.list.setHeaderLabels([self.tr("Name"), self.tr("Bands"), self.tr("Taught")])
        self.list.itemSelectionChanged.connect(self._show_state)
        self.rename_button = self._button("rename", self.tr("&Rename…"), self.tr("Call the model otherwise"))
        self.delete_button = self._button("delete", self.tr("&Delete…"), self.tr("Delete the model for good"))
        self.export_button = self._button("export", self.tr("&Export…"), self.tr("Write the model to a zip file"))
        self.import_button = self._button("import", self.tr("&Import…"), self.tr("Take a model from a zip file"))
        self.rename_button.clicked.connect(self._rename)
        self.delete_button.clicked.connect(self._delete)
        self.export_button.clicked.connect(self._export)
        self.import_button.clicked.connect(self._import)
        row = QHBoxLayout()
        for button in (self.rename_button, self.delete_button, self.export_button, self.import_button):
            row.addWidget(button)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.list)
        layout.addLayout(row)
        layout.addWidget(close)
        self._show_state()

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"models_{name}_button")
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return button

    def show_models(self, models: list[dict[str, Any]]) -> None:
        """Fill the list; what was selected stays so.

        Args:
            models: as the engine lists them.
        """
        selected = (self.chosen() or {}).get("path")
        self.list.clear()
        for model in models:
            date = self.tr("ships with the plugin") if model.get("shipped") else str(model.get("date") or "")[:10]
            item = QTreeWidgetItem(self.list, [name_for_people(model), str(model["bands"]), date])
            item.setData(0, Qt.ItemDataRole.UserRole, model)
            if model["path"] == selected:
                self.list.setCurrentItem(item)
        for column in range(self.list.columnCount() - 1):
            self.list.resizeColumnToContents(column)
        self._show_state()

    def chosen(self) -> dict[str, Any] | None:
        """The selected model."""
        items = self.list.selectedItems()
        return items[0].data(0, Qt.ItemDataRole.UserRole) if items else None

    def _show_state(self) -> None:
        model = self.chosen()
        own = model is not None and not model.get("shipped")
        self.rename_button.setEnabled(own)
        self.delete_button.setEnabled(own)
        self.export_button.setEnabled(model is not None)

    def _rename(self) -> None:
        model = self.chosen()
        title = self.tr("Rename the model")
        name, fine = QInputDialog.getText(self, title, self.tr("Name"), QLineEdit.EchoMode.Normal, model["name"])
        if fine:
            self._do(lambda: rename(Path(model["path"]), name))

    def _delete(self) -> None:
        model = self.chosen()
        question = self.tr("Delete the model “{name}”? This cannot be undone.").format(name=model["name"])
        yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
        if QMessageBox.question(self, self.windowTitle(), question, yes | no, no) == yes:
            self._do(lambda: delete(Path(model["path"])))

    def _export(self) -> None:
        model = self.chosen()
        proposed = Path(settings.EXPORT_FOLDER.get() or Path.home()) / f"{file_stem(model['name'])}.zip"
        kind = self.tr("Zip files (*.zip)")
        target = ask_where(self, self.tr("Export the model"), proposed, kind, ".zip")
        if target is not None:
            self._do(lambda: export(Path(model["path"]), target))

    def _import(self) -> None:
        kind = self.tr("Models (*.zip card.json)")
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Import a model"), settings.EXPORT_FOLDER.get(), kind)
        if path:
            self._do(lambda: import_model(Path(path)))

    def _do(self, work: Callable[[], Any]) -> None:
        try:
            work()
        except PluginError as error:
            QMessageBox.warning(self, self.windowTitle(), f"{error.message}\n\n{error.hint}")
        self.changed.emit()
