"""A progress bar that can be read in every theme."""

from __future__ import annotations

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QPaintEvent
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QStyle, QStyleOptionProgressBar, QStylePainter

_GAP = 4


class ProgressBar(QProgressBar):
    """A bar with its percent beside it: QGIS's dark themes write dark on dark inside, and light on dark on labels."""

    def __init__(self) -> None:
        super().__init__()
        self._percent = QLabel("100%")
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(1)
        layout.addWidget(self._percent)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bar as the theme does, in the room that is left of the percent."""
        option = QStyleOptionProgressBar()
        self.initStyleOption(option)
        option.textVisible = False
        bar = self.rect().adjusted(0, 0, -self._room(), 0)
        option.rect = QStyle.visualRect(self.layoutDirection(), self.rect(), bar)
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_ProgressBar, option)
        # All that changes the text has the bar drawn again.
        if self._percent.text() != self.text():
            self._percent.setText(self.text())

    def _room(self) -> int:
        """For the widest text, whatever the theme leaves around one."""
        metrics, text = self._percent.fontMetrics(), self._percent.text()
        margins = self._percent.sizeHint().width() - metrics.horizontalAdvance(text)
        return metrics.horizontalAdvance("100%") + margins + _GAP
