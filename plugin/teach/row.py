"""The dock's row for detectors that are taught: which model, teach another, manage them all."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QGridLayout, QPushButton, QWidget


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
        self.teach = QPushButton(self.tr("&Teach normal…"))
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
            chosen: the folder of the one to choose, if it is there.
        """
        self.combo.clear()
        if not models:
            self.combo.addItem(self.tr("No model yet: teach one"), None)
        for model in models:
            self.combo.addItem(str(model["name"]), model["path"])
            about = self.tr("{bands} bands, taught {date}").format(
                bands=model["bands"], date=str(model.get("date") or "")[:10]
            )
            title = str(model.get("title") or "")
            self.combo.setItemData(self.combo.count() - 1, f"{title}\n{about}".strip(), Qt.ItemDataRole.ToolTipRole)
        self.choose(chosen)

    def choose(self, folder: str) -> None:
        """Choose a model; the first one where it is not there.

        Args:
            folder: of the model.
        """
        self.combo.setCurrentIndex(max(0, self.combo.findData(folder)))
