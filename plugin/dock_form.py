"""What the dock looks like: its fields, buttons and labels, without what they do."""

from __future__ import annotations

from qgis.gui import QgsDoubleSpinBox, QgsFileWidget, QgsMapCanvas
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from . import settings
from .extent_picker import ExtentPicker
from .layer_picker import LayerPicker
from .numbers import number_text
from .progress import ProgressBar
from .resources import dot_icon, icon
from .spoken import name_fields
from .teach.row import ModelRow
from .wrapped import WrappedLabel

PERCENT, SCORE = "percent", "score"
"""The two ways to set a threshold."""

PROGRESS_STEPS = 1000
"""What the progress bar counts to."""

STARTING, READY_CPU, READY_GPU, BROKEN = (QColor(c) for c in ("#e0a020", "#5b8fd0", "#2fb060", "#d9534f"))

LEAST_PERCENT = 0.01

_SPIN_WIDTH = 110


class DockForm(QWidget):
    """The dock's content.

    Args:
        canvas: the map, for drawing an extent.
    """

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__()
        self.setObjectName("AnomalyLensDockContent")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 8, 8, 8)
        outer.setSpacing(8)
        outer.addLayout(self._build_fields(canvas))
        outer.addLayout(self._build_buttons())
        outer.addWidget(self._build_progress())
        outer.addLayout(self._build_result_buttons())
        outer.addStretch(1)
        outer.addWidget(self._build_device_badge())
        for first, second in zip(self._tab_order(), self._tab_order()[1:]):
            QWidget.setTabOrder(first, second)
        name_fields(self)

    def _build_fields(self, canvas: QgsMapCanvas) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(6)
        self.layer_picker = LayerPicker()
        self.modality = self._combo("modality_combo", self.tr("The kind of imagery; it sets the defaults below"))
        self.reason = QLabel()
        self.reason.setObjectName("reason_label")
        self.reason.setToolTip(self.tr("Why this modality is suggested; choose another where you know better"))
        self.reason.setWordWrap(True)
        font = self.reason.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        self.reason.setFont(font)
        self.detector = self._combo("detector_combo", self.tr("The method that tells anomalies from what is normal"))
        self.model_row = ModelRow()
        self.extent_picker = ExtentPicker(canvas)
        self.output = QgsFileWidget()
        self.output.setObjectName("output_folder")
        self.output.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.output.setDialogTitle(self.tr("Folder for heat maps and anomalies"))
        self.output.lineEdit().setPlaceholderText(self.tr("Temporary folder"))
        self.output.lineEdit().setObjectName("output_edit")
        tip = self.tr("Where results are kept. Temporary ones can be moved when the project is saved")
        self.output.setToolTip(tip)
        self.output.lineEdit().setToolTip(tip)
        self.output.setFocusProxy(self.output.lineEdit())
        for text, widget in (
            (self.tr("&Layer"), _stack(self.layer_picker, self._build_resolution())),
            (self.tr("&Modality"), _stack(self.modality, self.reason)),
            (self.tr("&Detector"), _stack(self.detector, self.model_row)),
            (self.tr("&Extent"), self.extent_picker),
            (self.tr("&Threshold"), self._build_threshold()),
            (self.tr("Min. &area"), self._build_min_area()),
            (self.tr("&Output"), self.output),
        ):
            form.addRow(text, widget)
        return form

    def _build_resolution(self) -> QWidget:
        self.resolution_row = QWidget()
        layout = QHBoxLayout(self.resolution_row)
        layout.setContentsMargins(0, 0, 0, 0)
        self.resolution = _spin(
            "resolution_spin",
            self.tr("This layer is no file on disk: it is exported first, with pixels of this size in its CRS"),
        )
        self.resolution.setDecimals(8)
        self.resolution.setRange(1e-8, 1e6)
        label = QLabel(self.tr("P&ixel size"))
        label.setBuddy(self.resolution)
        label.setToolTip(self.resolution.toolTip())
        layout.addWidget(label)
        layout.addWidget(self.resolution, 1)
        return self.resolution_row

    def _combo(self, name: str, tip: str) -> QComboBox:
        combo = QComboBox()
        combo.setObjectName(name)
        combo.setToolTip(tip)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(8)
        return combo

    def _build_threshold(self) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        self.threshold_mode = self._combo(
            "threshold_combo",
            self.tr("What counts as an anomaly: a share of the scene, or every pixel with at least a certain score"),
        )
        self.threshold_mode.addItem(self.tr("Top share"), PERCENT)
        self.threshold_mode.addItem(self.tr("Score from"), SCORE)
        # Two short texts, to be read whole in any language.
        self.threshold_mode.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.threshold_mode.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.percent = _spin(
            "percent_spin", self.tr("The share of valid pixels with the highest scores that become anomalies")
        )
        self.percent.setSuffix(" %")
        self.percent.setDecimals(2)
        self.percent.setRange(LEAST_PERCENT, 50.0)
        self.percent.setSingleStep(0.1)
        tip = self.tr(
            "The lowest score of an anomaly: {half} is the scene's top 1 %, {high} deviates nine times as much; of "
            "ASD, {half} is where the most deviating 1 % of the ground that was taught begins"
        )
        self.score = _spin("score_spin", tip.format(half=number_text(0.5, 1), high=number_text(0.9, 1)))
        self.score.setDecimals(3)
        self.score.setRange(0.0, 1.0)
        self.score.setSingleStep(0.05)
        self.score.setClearValue(settings.THRESHOLD_SCORE.default)
        values = QStackedWidget()
        values.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        # In the order of the modes.
        values.addWidget(self.percent)
        values.addWidget(self.score)
        self.threshold_mode.currentIndexChanged.connect(values.setCurrentIndex)
        layout.addWidget(self.threshold_mode, 1)
        layout.addWidget(values, 1)
        row.setFocusProxy(self.threshold_mode)
        return row

    def _build_min_area(self) -> QgsDoubleSpinBox:
        self.min_area = _spin(
            "min_area_spin",
            self.tr("Smaller anomalies are left out. On the ellipsoid, or in pixels where the layer has no CRS"),
        )
        self.min_area.setRange(0.0, 1e12)
        return self.min_area

    def _build_buttons(self) -> QHBoxLayout:
        self.run_button = QPushButton(self.tr("&Run"))
        self.run_button.setObjectName("run_button")
        self.run_button.setToolTip(self.tr("Search the layer for anomalies (Enter)"))
        self.run_button.setIcon(icon("anomaly_lens"))
        self.cancel_button = QPushButton(self.tr("&Cancel"))
        self.cancel_button.setObjectName("cancel_button")
        self.cancel_button.setToolTip(self.tr("Stop the run; nothing half-finished stays behind (Escape)"))
        self.batch_button = QPushButton(self.tr("&Batch…"))
        self.batch_button.setObjectName("batch_button")
        self.batch_button.setToolTip(self.tr("Search many layers or files with these settings, one after the other"))
        row = QHBoxLayout()
        row.addWidget(self.run_button, 2)
        row.addWidget(self.cancel_button, 1)
        row.addWidget(self.batch_button, 1)
        return row

    def _build_progress(self) -> QWidget:
        box = QWidget()
        layout = QGridLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(4)
        self.progress = ProgressBar()
        self.progress.setObjectName("progress_bar")
        self.progress.setToolTip(self.tr("How much of the run is done"))
        self.progress.setRange(0, PROGRESS_STEPS)
        self.stage = WrappedLabel()
        self.stage.setObjectName("stage_label")
        self.stage.setToolTip(self.tr("What is being done, or how the last run ended"))
        self.times = QLabel()
        self.times.setObjectName("time_label")
        self.times.setToolTip(self.tr("Time since Run was pressed, and an estimate of what is left"))
        self.times.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.progress, 0, 0, 1, 2)
        layout.addWidget(self.stage, 1, 0)
        layout.addWidget(self.times, 1, 1)
        layout.setColumnStretch(0, 1)
        return box

    def _build_result_buttons(self) -> QGridLayout:
        self.review_button = QPushButton(self.tr("Re&view"))
        self.review_button.setObjectName("review_button")
        self.review_button.setToolTip(self.tr("Accept or reject the anomalies, one after the other"))
        self.export_button = QPushButton(self.tr("E&xport…"))
        self.export_button.setObjectName("export_button")
        self.export_button.setToolTip(
            self.tr("Write anomalies to a file or a report: Shapefile, GeoPackage, GeoJSON, KML, CSV, PDF, HTML")
        )
        self.log_button = QPushButton(self.tr("Lo&g"))
        self.log_button.setObjectName("log_button")
        self.log_button.setToolTip(self.tr("Show what the engine wrote to its log"))
        self.help_button = QPushButton(self.tr("&Help"))
        self.help_button.setObjectName("help_button")
        self.help_button.setToolTip(self.tr("Show how to use the dock"))
        rows = QGridLayout()
        rows.addWidget(self.review_button, 0, 0)
        rows.addWidget(self.export_button, 0, 1)
        rows.addWidget(self.log_button, 1, 0)
        rows.addWidget(self.help_button, 1, 1)
        return rows

    def _build_device_badge(self) -> QToolButton:
        self.device_badge = QToolButton()
        self.device_badge.setObjectName("device_badge")
        self.device_badge.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.device_badge.setAutoRaise(True)
        # A GPU's full name must not make the dock wide.
        self.device_badge.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.show_device(STARTING, self.tr("Engine not started"), self.tr("The engine starts when this is shown"))
        return self.device_badge

    def _tab_order(self) -> list[QWidget]:
        picker, extent = self.layer_picker, self.extent_picker
        return [
            picker.combo,
            picker.list,
            picker.several,
            self.resolution,
            self.modality,
            self.detector,
            self.model_row.combo,
            self.model_row.teach,
            self.model_row.manage,
            extent.mode,
            extent.draw,
            extent.polygons,
            extent.selected_only,
            self.threshold_mode,
            self.percent,
            self.score,
            self.min_area,
            self.output.lineEdit(),
            *self.output.findChildren(QToolButton),
            self.run_button,
            self.cancel_button,
            self.batch_button,
            self.review_button,
            self.export_button,
            self.log_button,
            self.help_button,
            self.device_badge,
        ]

    def show_device(self, color: QColor, text: str, tip: str) -> None:
        """Show which device computes, or what is wrong with the engine.

        Args:
            color: one of ``STARTING``, ``READY_CPU``, ``READY_GPU`` and ``BROKEN``.
            text: the badge's label.
            tip: its tooltip.
        """
        self.device_badge.setIcon(dot_icon(color))
        self.device_badge.setText(text)
        self.device_badge.setToolTip(tip)


def is_default(spin: QgsDoubleSpinBox) -> bool:
    """Whether a number is the default that its clear button sets."""
    return abs(spin.value() - spin.clearValue()) < 0.5 * 10.0 ** -spin.decimals()


def offer(spin: QgsDoubleSpinBox, default: float, decimals: int | None = None) -> None:
    """Give a number another default, which it follows where the user has not set another number.

    Args:
        spin: the number.
        default: what its clear button sets from now on.
        decimals: how many are shown from now on; None: as many as before.
    """
    follows = is_default(spin)
    if decimals is not None:
        # What is shown is rounded by this: asked later, the old default would look like the user's own.
        spin.setDecimals(decimals)
        default = round(default, decimals)
    spin.setClearValue(default)
    if follows:
        spin.setValue(default)


def offer_own(
    spin: QgsDoubleSpinBox, default: float | None, least: float, text: str, decimals: int | None = None
) -> None:
    """Give a number another default, as :func:`offer` does, or a text in its place while nobody knows it.

    Args:
        spin: the number.
        default: as of :func:`offer`; None: nobody knows it.
        least: the lowest number that can be chosen.
        text: what stands for a default that nobody knows.
        decimals: as of :func:`offer`.
    """
    if default is not None:
        offer(spin, default, decimals)
        spin.setSpecialValueText("")
        spin.setMinimum(least)
        return
    # Qt shows the text instead of the lowest number: one that nobody can choose.
    below = least - 10.0 ** -(spin.decimals() if decimals is None else decimals)
    # Room for it, whatever decimals there are now.
    spin.setMinimum(least - 1.0)
    offer(spin, below, decimals)
    spin.setMinimum(below)
    spin.setSpecialValueText(text)


def show_unit(spin: QgsDoubleSpinBox, unit: str) -> None:
    """Show a number in a unit; one that was set in another unit would mean something else, and goes."""
    if unit != spin.suffix():
        spin.setSuffix(unit)
        spin.setValue(spin.clearValue())


def _spin(name: str, tip: str) -> QgsDoubleSpinBox:
    """A number that a small button in it sets back to its default."""
    spin = QgsDoubleSpinBox()
    spin.setObjectName(name)
    spin.setToolTip(tip)
    spin.setShowClearButton(True)
    # Qt would make room for the largest number that the range allows.
    spin.setMinimumWidth(_SPIN_WIDTH)
    return spin


def _stack(main: QWidget, below: QWidget) -> QWidget:
    """One form field of two widgets; unlike a form's rows, a hidden one leaves no gap."""
    box = QWidget()
    layout = QVBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(3)
    layout.addWidget(main)
    layout.addWidget(below)
    box.setFocusProxy(main)
    return box
