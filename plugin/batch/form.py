"""What the batch dialog looks like, without what it does."""

from __future__ import annotations

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import QModelIndex, Qt
from qgis.PyQt.QtGui import QShowEvent
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..processing.choices import modalities
from ..progress import ProgressBar
from ..run_combo import RunCombo
from ..spoken import name_fields
from .model import MESSAGE, MODALITY, SCENE, SECONDS, STATE, BatchModel, state_labels

_SCENE_WIDTH = 150
# With large fonts messages need some room, too.
_MOST_MODALITY_WIDTH = 180
# Around a text in a cell; and a state's icon.
_PADDING, _ICON_WIDTH = 12, 24


class BatchForm(QWidget):
    """The dialog's content.

    Args:
        model: the table.
    """

    def __init__(self, model: BatchModel) -> None:
        super().__init__()
        self._measured = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._build_sources())
        layout.addWidget(self._build_table(model), 1)
        layout.addLayout(self._build_item_buttons())
        layout.addLayout(self._build_fields())
        name_fields(self)
        layout.addWidget(self._build_progress())
        layout.addLayout(self._build_buttons())

    def _build_sources(self) -> QHBoxLayout:
        self.layers_button = QToolButton()
        self.layers_button.setObjectName("batch_layers_button")
        self.layers_button.setText(self.tr("Add &layers"))
        self.layers_button.setToolTip(self.tr("Add raster layers of the project"))
        self.layers_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.layers_menu = QMenu(self.layers_button)
        self.layers_button.setMenu(self.layers_menu)
        self.files_button = _button(
            "batch_files_button",
            self.tr("Add &files…"),
            self.tr("Add raster files, or text files with a path on each line"),
        )
        self.folder_button = _button(
            "batch_folder_button", self.tr("Add f&older…"), self.tr("Add all rasters in a folder and below")
        )
        row = QHBoxLayout()
        for button in (self.layers_button, self.files_button, self.folder_button):
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _build_table(self, model: BatchModel) -> QTableView:
        self.table = QTableView()
        self.table.setObjectName("batch_table")
        self.table.setModel(model)
        self.table.setAccessibleName(self.tr("Scenes"))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setAlternatingRowColors(True)
        self.table.setWordWrap(False)
        self.table.setItemDelegateForColumn(SCENE, _MiddleElided(self.table))
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(MESSAGE, QHeaderView.ResizeMode.Stretch)
        return self.table

    def showEvent(self, event: QShowEvent) -> None:
        """The first time, fit the columns to QGIS's font, which comes with its window's style."""
        super().showEvent(event)
        if not self._measured:
            self._measured = True
            self._set_widths()

    def _set_widths(self) -> None:
        header = self.table.horizontalHeader()
        advance = self.table.fontMetrics().horizontalAdvance
        needed = {
            SCENE: _SCENE_WIDTH,
            MODALITY: min(max(advance(label) for _, label in modalities()) + _PADDING, _MOST_MODALITY_WIDTH),
            STATE: max(map(advance, state_labels().values())) + _ICON_WIDTH + _PADDING,
            SECONDS: advance("0000.0 s") + _PADDING,
        }
        for column in range(MESSAGE):
            self.table.setColumnWidth(column, max(needed.get(column, 0), header.sectionSizeHint(column)))

    def _build_item_buttons(self) -> QHBoxLayout:
        self.remove_button = _button(
            "batch_remove_button", self.tr("&Remove"), self.tr("Take the selected scenes out of the list")
        )
        self.skip_button = _button(
            "batch_skip_button", self.tr("S&kip"), self.tr("Leave out the selected scenes, also while being searched")
        )
        self.retry_button = _button(
            "batch_retry_button",
            self.tr("Re&try"),
            self.tr("Let the selected scenes that failed or were skipped wait again; all where none is selected"),
        )
        self.show_button = _button(
            "batch_show_button",
            self.tr("Add to &project"),
            self.tr("Add the results of the selected scenes to the project; all where none is selected"),
        )
        self.save_button = _button(
            "batch_save_button", self.tr("Sa&ve table…"), self.tr("Write the table to a CSV file, with all paths")
        )
        row = QHBoxLayout()
        for button in (self.remove_button, self.skip_button, self.retry_button):
            row.addWidget(button)
        row.addStretch(1)
        for button in (self.show_button, self.save_button):
            row.addWidget(button)
        return row

    def _build_fields(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.origin = RunCombo()
        self.origin.setObjectName("batch_origin_combo")
        self.origin.setToolTip(self.tr("Search as the panel is set now, or as a run of this project was made"))
        self.description = QLabel()
        self.description.setObjectName("batch_description")
        self.description.setToolTip(self.tr("How each scene is searched; each is searched whole"))
        self.description.setWordWrap(True)
        self.modality = QComboBox()
        self.modality.setObjectName("batch_modality_combo")
        self.modality.setToolTip(self.tr("The kind of imagery, of each scene by itself or of all"))
        self.output = QgsFileWidget()
        self.output.setObjectName("batch_output")
        self.output.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.output.setDialogTitle(self.tr("Folder for heat maps and anomalies"))
        self.output.setToolTip(self.tr("Where all results are written; nothing there is overwritten"))
        self.output.setFocusProxy(self.output.lineEdit())
        self.add = QCheckBox(self.tr("&Add results to the project as they come"))
        self.add.setObjectName("batch_add_check")
        self.add.setToolTip(self.tr("In one group; with hundreds of scenes the project becomes slow"))
        origin = QVBoxLayout()
        origin.setSpacing(3)
        origin.addWidget(self.origin)
        origin.addWidget(self.description)
        form.addRow(self.tr("Settin&gs from"), origin)
        form.labelForField(origin).setBuddy(self.origin)
        form.addRow(self.tr("&Modality"), self.modality)
        form.addRow(self.tr("Res&ults in"), self.output)
        form.addRow("", self.add)
        return form

    def _build_progress(self) -> QWidget:
        box = QWidget()
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        self.progress = ProgressBar()
        self.progress.setObjectName("batch_progress")
        self.progress.setToolTip(self.tr("How many of the scenes are done"))
        self.stage = QLabel()
        self.stage.setObjectName("batch_stage")
        self.stage.setToolTip(self.tr("How the batch stands"))
        self.stage.setWordWrap(True)
        layout.addWidget(self.progress)
        layout.addWidget(self.stage)
        return box

    def _build_buttons(self) -> QHBoxLayout:
        self.start_button = _button(
            "batch_start_button", self.tr("&Start"), self.tr("Search all scenes that wait, one after the other")
        )
        self.cancel_button = _button(
            "batch_cancel_button",
            self.tr("&Cancel"),
            self.tr("Stop; the scene under way leaves nothing half-written and waits again"),
        )
        self.close_button = _button(
            "batch_close_button", self.tr("Clos&e"), self.tr("Close the window; a batch under way goes on")
        )
        row = QHBoxLayout()
        row.addWidget(self.start_button, 2)
        row.addWidget(self.cancel_button, 1)
        row.addWidget(self.close_button, 1)
        return row


class _MiddleElided(QStyledItemDelegate):
    """Names of scenes differ at their end as often as at their beginning."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """As usual, with the dots in the middle of a name that is too long."""
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle


def _button(name: str, text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button
