"""Shows the documentation that comes with the plugin: the pages of ``docs/``, with their pictures and links."""

from __future__ import annotations

import re
from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, QUrl
from qgis.PyQt.QtGui import QImage, QTextDocument
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTextBrowser, QVBoxLayout, QWidget

from .engine_env import PLUGIN_ROOT

DOCS = PLUGIN_ROOT / "docs"

_SIZE = (820, 640)
_MARGIN = 48


class HelpDialog(QDialog):
    """A reader of the documentation.

    Args:
        page: the file to begin with, such as "index.md".
        parent: QGIS's window.
    """

    def __init__(self, page: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("AnomalyLensHelp")
        self.setWindowTitle(self.tr("Anomaly Lens help"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*_SIZE)
        self.pages = HelpPages()
        self.pages.setObjectName("help_pages")
        self.pages.setSource(QUrl.fromLocalFile(str(DOCS / page)))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        roles = QDialogButtonBox.ButtonRole
        contents = buttons.addButton(self.tr("&Contents"), roles.ActionRole)
        contents.setToolTip(self.tr("All pages"))
        contents.clicked.connect(lambda: self.pages.setSource(QUrl.fromLocalFile(str(DOCS / "index.md"))))
        back = buttons.addButton(self.tr("&Back"), roles.ActionRole)
        back.setToolTip(self.tr("The page before"))
        back.setEnabled(False)
        back.clicked.connect(self.pages.backward)
        self.pages.backwardAvailable.connect(back.setEnabled)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.pages)
        if not QgsApplication.locale().startswith("en"):
            remark = QLabel(self.tr("These pages are in English."))
            remark.setObjectName("help_language_label")
            layout.addWidget(remark)
        layout.addWidget(buttons)


class HelpPages(QTextBrowser):
    """Markdown files with pictures that fit the window; links to the web open in the browser."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenExternalLinks(True)
        self.sourceChanged.connect(self._show_heading)

    def _show_heading(self, url: QUrl) -> None:
        """Scroll to the heading that a link names: Qt gives those of Markdown no names of their own."""
        block = self.document().begin()
        while url.hasFragment() and block.isValid():
            if block.blockFormat().headingLevel() and _anchor(block.text()) == url.fragment():
                top = self.document().documentLayout().blockBoundingRect(block).top()
                self.verticalScrollBar().setValue(int(top))
                return
            block = block.next()

    def loadResource(self, kind: int, name: QUrl) -> object:
        """A page, or a picture no wider than the window."""
        if kind != QTextDocument.ResourceType.ImageResource:
            return super().loadResource(kind, name)
        image = QImage(Path(self.source().resolved(name).toLocalFile()).as_posix())
        room = max(self.viewport().width() - _MARGIN, _MARGIN)
        if image.width() <= room:
            return image
        # As many pixels as the screen has there.
        width = min(image.width(), round(room * self.devicePixelRatioF()))
        image = image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
        image.setDevicePixelRatio(width / room)
        return image


def _anchor(heading: str) -> str:
    """What links call a heading, as on the web."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def open_help(page: str, parent: QWidget) -> HelpDialog:
    """Show a page of the documentation.

    Args:
        page: the file's name in ``docs/``.
        parent: QGIS's window.
    """
    dialog = HelpDialog(page, parent)
    dialog.show()
    return dialog
