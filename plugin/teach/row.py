"""The dock's row for detectors that are taught: which model, teach another, manage them all."""

from __future__ import annotations

from pathlib import PureWindowsPath
from typing import Any

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QGridLayout, QPushButton, QWidget

from .models import name_for_people

# A model that ships lies in weights/asd/NAME, wherever the plugin is.
_SHIPPED_PARTS = 3


class ModelRow(QWidget):
    """A list of models with two buttons."""

    teach_requested = pyqtSignal()
    manage_requested = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.combo = QComboBox()
        self.combo.setObjectName("model_combo")
        self.combo.setToolTip(self.tr("What is normal: a model that you have taught, or one that ships"))
        # A long name must not make the dock wide.
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMinimumContentsLength(8)
        self.teach = QPushButton(self.tr("Teach &normal…"))
        self.teach.setObjectName("teach_button")
        self.teach.setToolTip(self.tr("Teach a model from polygons of normal ground"))
        self.manage = QPushButton(self.tr("Models…"))
        self.manage.setObjectName("models_button")
        self.manage.setToolTip(self.tr("Rename, delete, export and import models"))
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.combo, 0, 0, 1, 2)
        layout.addWidget(self.teach, 1, 0)
        layout.addWidget(self.manage, 1, 1)
        self.teach.clicked.connect(self.teach_requested)
        self.manage.clicked.connect(self.manage_requested)
        self.show_models([], "")

    def path(self) -> str | None:
        """The folder of the chosen model; None where there is none."""
        return self.combo.currentData()

    def show_models(self, models: list[dict[str, Any]], chosen: str) -> None:
        """Fill the list.

        Args:
            models: as the engine lists them.
            chosen: the folder of the one to choose.
        """
        self._models = models
        self.combo.clear()
        if not models:
            self.combo.addItem(self.tr("No model yet: teach one"), None)
        for model in models:
            self.combo.addItem(name_for_people(model), model["path"])
            about = self.tr("Bands: {bands}; taught {date}").format(
                bands=model["bands"], date=str(model.get("date") or "")[:10]
            )
            self.combo.setItemData(self.combo.count() - 1, about, Qt.ItemDataRole.ToolTipRole)
        self.choose(chosen)

    def choose(self, folder: str) -> None:
        """Choose a model; one that is gone stays chosen and says so, since another one would find other things.

        Args:
            folder: of the model; empty: the first one.
        """
        place = self.combo.findData(folder)
        if place < 0 and folder and self._models:
            place = self._elsewhere(folder)
        if place < 0 and folder and self._models:
            name = PureWindowsPath(folder).name
            self.combo.addItem(self.tr("{name} (not there any more)").format(name=name), folder)
            place = self.combo.count() - 1
            self.combo.setItemData(place, folder, Qt.ItemDataRole.ToolTipRole)
        self.combo.setCurrentIndex(max(0, place))

    def _elsewhere(self, folder: str) -> int:
        """Where the list has a model that ships, though the plugin lies in another place than when it was chosen."""
        # Takes either kind of slash: projects go from one system to another.
        wanted = PureWindowsPath(folder).parts[-_SHIPPED_PARTS:]
        shipped = [str(model["path"]) for model in self._models if model.get("shipped")]
        there = next((path for path in shipped if PureWindowsPath(path).parts[-_SHIPPED_PARTS:] == wanted), None)
        return -1 if there is None else self.combo.findData(there)
