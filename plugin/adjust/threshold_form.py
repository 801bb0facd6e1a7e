"""What the threshold page looks like: the slider and the fields beside it, and the shaping that they say."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.gui import QgsDoubleSpinBox, QgsSpinBox
from qgis.PyQt.QtCore import QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..numbers import digits_text
from ..review.history import History
from ..wrapped import WrappedLabel
from .histogram import HistogramSlider
from .polygons import Shaping


class ThresholdForm(QWidget):
    """The page's content.

    Args:
        history: what the buttons undo.
    """

    moved = pyqtSignal()
    """The slider is being drawn."""
    released = pyqtSignal()
    """It was let go."""
    typed = pyqtSignal()
    """A number is being typed."""

    def __init__(self, history: History) -> None:
        super().__init__()
        self._own_score: float | None = None
        self.slider = HistogramSlider()
        self.slider.moved.connect(self._slider_moved)
        self.slider.released.connect(self._slider_released)
        self.status = WrappedLabel()
        self.status.setObjectName("adjust_status_label")
        layout = QVBoxLayout(self)
        layout.addWidget(self.slider)
        layout.addLayout(self._build_fields())
        layout.addWidget(self.status)
        layout.addLayout(self._build_buttons(history))
        layout.addStretch(1)

    def _build_fields(self) -> QFormLayout:
        self.score = QgsDoubleSpinBox()
        self.score.setObjectName("adjust_score_spin")
        self.score.setDecimals(3)
        self.score.setRange(0.0, 1.0)
        self.score.setSingleStep(0.01)
        self.score.setToolTip(self.tr("The lowest score of an anomaly; the small button brings the detector's back"))
        self.share = QLabel()
        self.share.setObjectName("adjust_share_label")
        self.share.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.share.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.share.setToolTip(self.tr("How many of the pixels have at least this score"))
        self.peak_share = QgsSpinBox()
        self.peak_share.setObjectName("adjust_peak_share_spin")
        self.peak_share.setRange(0, 100)
        self.peak_share.setSuffix(self.tr(" % of its peak"))
        self.peak_share.setSpecialValueText(self.tr("The score alone"))
        self.peak_share.setToolTip(
            self.tr(
                "An anomaly holds what reaches this share of its own highest raw score: more for closer outlines. "
                "UniADRS takes half, whose map smears around objects, but for hyperspectral scenes"
            )
        )
        self.min_area = _spin(
            "adjust_min_area_spin",
            self.tr("Smaller anomalies are left out; pieces are merged before they are measured"),
        )
        self.merge = _spin("adjust_merge_spin", self.tr("Anomalies at most so far apart become one"))
        self.fill_holes = _spin("adjust_fill_spin", self.tr("Holes up to this area are filled"))
        self.smooth = QgsSpinBox()
        self.smooth.setObjectName("adjust_smooth_spin")
        self.smooth.setRange(0, 20)
        self.smooth.setClearValue(0, self.tr("Off"))
        self.smooth.setToolTip(self.tr("How much outlines are rounded off; their areas stay the same"))
        self.score.valueChanged.connect(self._score_typed)
        for spin in (self.peak_share, self.min_area, self.merge, self.fill_holes, self.smooth):
            spin.valueChanged.connect(self.typed)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("&Score from"), self.score)
        form.addRow(self.share)
        form.addRow(self.tr("Outline &from"), self.peak_share)
        form.addRow(self.tr("Min. &area"), self.min_area)
        form.addRow(self.tr("&Merge within"), self.merge)
        form.addRow(self.tr("Fill &holes up to"), self.fill_holes)
        form.addRow(self.tr("Smooth &outlines"), self.smooth)
        return form

    def _build_buttons(self, history: History) -> QHBoxLayout:
        self.reset = QPushButton(self.tr("&Back to the detector's"))
        self.reset.setObjectName("adjust_reset_button")
        self.reset.setToolTip(
            self.tr(
                "The detector's threshold, outlines and smallest area, nothing merged, filled or smoothed; "
                "decisions stay"
            )
        )
        row = QHBoxLayout()
        row.addWidget(self.reset, 1)
        for action, icon_name in (
            (history.createUndoAction(self, self.tr("Undo")), "mActionUndo.svg"),
            (history.createRedoAction(self, self.tr("Redo")), "mActionRedo.svg"),
        ):
            action.setIcon(QgsApplication.getThemeIcon(icon_name))
            button = QToolButton()
            button.setDefaultAction(action)
            button.setAutoRaise(True)
            row.addWidget(button)
        return row

    def set_own(self, score: float | None, peak_share: float) -> None:
        """Take what the small buttons in the fields bring back.

        Args:
            score: the threshold of the run; None where it is unknown.
            peak_share: the share of their peaks that the run's outlines reach, 0 to 1.
        """
        self._own_score = score
        # As many decimals as it has: the button that brings it back would stay for the others.
        self.score.setClearValue(round(0.5 if score is None else float(score), self.score.decimals()))
        self.peak_share.setClearValue(round(100 * peak_share))

    def set_own_min_area(self, area: float) -> None:
        """Take the smallest area of the run, in its unit."""
        with QSignalBlocker(self.min_area):
            self.min_area.setClearValue(round(area, 2))

    def show_units(self, unit: str) -> None:
        """Show areas and lengths in a unit: "m2" or "px"."""
        area, length = (" m²", " m") if unit == "m2" else (" px", " px")
        for spin, suffix in ((self.min_area, area), (self.merge, length), (self.fill_holes, area)):
            spin.setSuffix(suffix)

    def enable(self, enabled: bool) -> None:
        """Let something be chosen, or not; what can be undone stays."""
        spins = (self.score, self.peak_share, self.min_area, self.merge, self.fill_holes, self.smooth)
        for widget in (self.slider, *spins, self.reset):
            widget.setEnabled(enabled)

    def shaping(self) -> Shaping:
        """What the fields say."""
        own = self._own_score
        score: float | None = self.slider.value()
        if own is not None and abs(score - own) < 5e-4:
            # Exactly: three decimals are not the run's threshold.
            score = own
        min_area: float | None = self.min_area.value()
        if abs(min_area - self.min_area.clearValue()) < 5e-3:
            min_area = None
        share = self.peak_share.value()
        return Shaping(
            score,
            min_area,
            self.merge.value(),
            self.fill_holes.value(),
            self.smooth.value() or None,
            None if share == self.peak_share.clearValue() else share / 100,
        )

    def show_shaping(self, shaping: Shaping) -> None:
        """Let the fields say something, without a signal."""
        own = self._own_score
        score = shaping.score if shaping.score is not None else self.score.clearValue() if own is None else own
        share = shaping.peak_share
        values = (
            (self.score, score),
            (self.peak_share, self.peak_share.clearValue() if share is None else round(100 * share)),
            (self.min_area, self.min_area.clearValue() if shaping.min_area is None else shaping.min_area),
            (self.merge, shaping.merge),
            (self.fill_holes, shaping.fill_holes),
            (self.smooth, shaping.smooth or 0),
        )
        for spin, value in values:
            with QSignalBlocker(spin):
                spin.setValue(value)
        self.slider.set_value(score)
        self._show_share(score)

    def _show_share(self, score: float) -> None:
        text = self.tr("top {percent} % of pixels")
        self.share.setText(text.format(percent=digits_text(100 * self.slider.share_above(score), 3)))

    def _slider_moved(self, score: float) -> None:
        self._show_score(score)
        self.moved.emit()

    def _slider_released(self, score: float) -> None:
        self._show_score(score)
        self.released.emit()

    def _show_score(self, score: float) -> None:
        with QSignalBlocker(self.score):
            self.score.setValue(score)
        self._show_share(score)

    def _score_typed(self, score: float) -> None:
        self.slider.set_value(score)
        self._show_share(score)
        self.typed.emit()


def _spin(name: str, tip: str) -> QgsDoubleSpinBox:
    spin = QgsDoubleSpinBox()
    spin.setObjectName(name)
    spin.setToolTip(tip)
    spin.setDecimals(2)
    spin.setRange(0.0, 1e12)
    spin.setClearValue(0.0)
    # Qt would make room for the largest number that the range allows.
    spin.setMinimumWidth(90)
    return spin
