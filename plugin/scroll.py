"""A dock's content on a screen that is too low for it."""

from __future__ import annotations

from qgis.gui import QgsScrollArea
from qgis.PyQt.QtCore import QEvent, QObject, QSize, Qt
from qgis.PyQt.QtGui import QResizeEvent
from qgis.PyQt.QtWidgets import QFrame, QWidget

_LEAST_HEIGHT = 200


class Scroll(QgsScrollArea):
    """Shows all of its content's width, and scrolls through its height where there is no room for it.

    Without it QGIS's window would become as high as its highest dock wants to be, beyond the screen.

    Args:
        content: the dock's content.
    """

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The keyboard stays with the content's own widgets, and Tab does not stop between them.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)

    def minimumSizeHint(self) -> QSize:
        """The content's width, with room for the bar while it is needed."""
        least = self._least()
        bar = self.verticalScrollBar().sizeHint().width() if self.height() < least.height() else 0
        return QSize(least.width() + bar, min(least.height(), _LEAST_HEIGHT))

    def sizeHint(self) -> QSize:
        """The content's own."""
        return self.widget().sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The bar comes or goes."""
        super().resizeEvent(event)
        self.updateGeometry()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What the content needs may have changed."""
        done = super().eventFilter(watched, event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return done

    def _least(self) -> QSize:
        content = self.widget()
        least = content.minimumSizeHint().expandedTo(content.minimumSize())
        # As Qt reckons whether the bar is needed: texts that wrap are higher than the content's own least height says.
        wrapped = content.heightForWidth(max(least.width(), self.width())) if content.hasHeightForWidth() else 0
        return QSize(least.width(), max(least.height(), wrapped))
