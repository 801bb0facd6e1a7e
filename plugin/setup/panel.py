"""The button that sets the engine up, with its progress: in the dock's welcome and on the options page."""

from __future__ import annotations

import time

from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ..errors import PluginError
from ..numbers import number_text
from ..progress import ProgressBar
from .controller import EngineSetup, Survey
from .diagnostics import mask
from .places import engine_folder, own_environment

_STEPS = 1000


class SetupPanel(QWidget):
    """Says what there is and what would be done, and does it.

    Args:
        setup: that does it.
    """

    details_requested = pyqtSignal(object)
    """The :class:`PluginError` whose details somebody wants to see."""

    def __init__(self, setup: EngineSetup) -> None:
        super().__init__()
        self.setObjectName("AnomalyLensSetup")
        self._setup = setup
        self._began = 0.0
        self._clock = QTimer(self)
        self._clock.setInterval(500)
        self._clock.timeout.connect(self._show_time)
        self._error: PluginError | None = None
        self._build()
        setup.began.connect(self._show_begun)
        setup.progressed.connect(self._show_progress)
        setup.surveyed.connect(self._show_survey)
        setup.ended.connect(self._show_end)
        setup.failed.connect(self._show_failure)
        self._show_idle()
        if setup.busy:
            self._show_begun()

    def _build(self) -> None:
        self.plan = _text("setup_plan_label", self.tr("What will be done"))
        self.start = QPushButton()
        self.start.setObjectName("setup_button")
        self.start.setToolTip(self.tr("Download the engine's packages and make an environment of its own for them"))
        self.start.setMinimumHeight(2 * self.start.fontMetrics().height() + 8)
        font = self.start.font()
        font.setBold(True)
        self.start.setFont(font)
        self.start.clicked.connect(self._setup.set_up)
        self.progress = ProgressBar()
        self.progress.setObjectName("setup_progress")
        self.progress.setToolTip(self.tr("How much of the set-up is done"))
        self.progress.setRange(0, _STEPS)
        self.stage = _text("setup_stage_label", self.tr("What is being done, or how the set-up ended"))
        self.times = QLabel()
        self.times.setObjectName("setup_time_label")
        self.times.setToolTip(self.tr("Time since the set-up began"))
        self.cancel = QPushButton(self.tr("&Cancel"))
        self.cancel.setObjectName("setup_cancel_button")
        self.cancel.setToolTip(self.tr("Stop; finished downloads are kept for the next try"))
        self.cancel.clicked.connect(self._cancel)
        self.details = QPushButton(self.tr("&Details"))
        self.details.setObjectName("setup_details_button")
        self.details.setToolTip(self.tr("Show what went wrong, word by word"))
        self.details.clicked.connect(lambda: self.details_requested.emit(self._error))
        below = QHBoxLayout()
        below.addWidget(self.times, 1)
        below.addWidget(self.details)
        below.addWidget(self.cancel)
        self.found = QWidget()
        self.found_list = QComboBox()
        self.found_list.setObjectName("setup_found_combo")
        self.found_list.setToolTip(self.tr("Pythons of this computer that have what the engine needs"))
        self.found_list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.found_list.setMinimumContentsLength(8)
        self.use = QPushButton(self.tr("&Use it"))
        self.use.setObjectName("setup_use_button")
        self.use.setToolTip(self.tr("Check this Python and run the engine with it; nothing is downloaded"))
        self.use.clicked.connect(self._use)
        row = QHBoxLayout()
        row.addWidget(self.found_list, 1)
        row.addWidget(self.use)
        column = QVBoxLayout(self.found)
        column.setContentsMargins(0, 0, 0, 0)
        title = QLabel(self.tr("Or use a Python that is there:"))
        title.setBuddy(self.found_list)
        column.addWidget(title)
        column.addLayout(row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.plan, self.start, self.progress, self.stage):
            layout.addWidget(widget)
        layout.addLayout(below)
        layout.addWidget(self.found)

    def _show_idle(self) -> None:
        self._clock.stop()
        here = own_environment() is not None
        self.start.setText(self.tr("&Repair the engine") if here else self.tr("&Set up engine"))
        self.start.setVisible(True)
        for widget in (self.progress, self.times, self.cancel):
            widget.setVisible(False)
        self.stage.setVisible(bool(self.stage.text()))
        self.details.setVisible(self._error is not None and bool(self._error.details))
        if self._setup.survey is None:
            self.plan.setText(self.tr("Looking at what this computer has…"))
            self.found.setVisible(False)
            self._setup.look()
        else:
            self._show_survey(self._setup.survey)

    def _show_survey(self, survey: Survey) -> None:
        choice = self._setup.choice()
        if choice is None:
            return
        text = self.tr("Downloads about {size} GB to {folder}. QGIS and other programs are not touched. {reason}")
        size = number_text(choice.download_gb, 1)
        self.plan.setText(text.format(size=size, folder=mask(str(engine_folder())), reason=choice.reason))
        self.found_list.clear()
        for python in survey.ready():
            self.found_list.addItem(python.label(), python.path)
        self.found.setVisible(bool(survey.ready()) and not self._setup.busy)

    def _show_begun(self) -> None:
        self._error = None
        self._began = time.monotonic()
        self._clock.start()
        self._show_time()
        self.stage.clear()
        self.cancel.setEnabled(True)
        self.cancel.setText(self.tr("&Cancel"))
        for widget in (self.progress, self.stage, self.times, self.cancel):
            widget.setVisible(True)
        for widget in (self.start, self.found, self.details):
            widget.setVisible(False)

    def _show_progress(self, fraction: float, text: str) -> None:
        self.progress.setValue(round(_STEPS * fraction))
        if self.cancel.isEnabled():
            self.stage.setText(text)

    def _show_time(self) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        self.times.setText(f"{minutes}:{seconds:02}")

    def _show_end(self) -> None:
        self.stage.setText(self._setup.warning or self.tr("Done."))
        self._show_idle()

    def _show_failure(self, error: PluginError) -> None:
        self._error = error
        self.stage.setText(str(error))
        self._show_idle()

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.stage.setText(self.tr("Cancelling…"))
        self._setup.cancel()

    def _use(self) -> None:
        self._setup.use(self.found_list.currentData())


def _text(name: str, tip: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setToolTip(tip)
    label.setWordWrap(True)
    # A long path must not make the dock wide.
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label
