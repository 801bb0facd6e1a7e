"""Says things to the user: a message bar with a "Details" button, and the log behind it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime
from html import escape

from qgis.core import Qgis, QgsMessageLog
from qgis.gui import QgsMessageBar, QgsMessageBarItem
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QFontDatabase, QGuiApplication
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from .errors import PluginError

LOG_TAB = "Anomaly Lens"
_KEPT_LINES = 1000
_SUCCESS_S = 15
_MOST_BUTTONS, _MOST_IN_NARROW_WINDOW = 3, 2
"""Of a message."""
_NARROW_LETTERS = 160
"""With fewer letters to a line, QGIS's window would outgrow its screen for three buttons beside the docks."""

Action = tuple[str, Callable[[], None]]


class Messages(QObject):
    """Message bar and log of the plugin.

    Args:
        bar: QGIS's message bar.
        parent: owner, and parent of the log's window.
    """

    _logged = pyqtSignal(str, object)

    def __init__(self, bar: QgsMessageBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._bar = bar
        self._window = parent
        # What may still be in the bar; C++ deletes those that were closed.
        self._items: list[QgsMessageBarItem] = []
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        # Queued when it comes from the worker's threads: the log panel lives in the main thread.
        self._logged.connect(self._write)

    def log(self, text: str, level: Qgis.MessageLevel = Qgis.MessageLevel.Info) -> None:
        """Write to the log only; may be called in any thread."""
        try:
            self._logged.emit(text, level)
        except RuntimeError:
            # The plugin was unloaded while the engine said its last words.
            return

    def show(self, text: str, level: Qgis.MessageLevel, actions: list[Action] | None = None, details: str = "") -> None:
        """Show a message in the bar and log it.

        Args:
            text: one or two sentences.
            level: info, success, warning or critical; the latter two stay until they are closed.
            actions: buttons, each a text and what it does.
            details: shown with the log behind the button "Details", which is there when this or a warning is.
        """
        self._write(f"{text}\n{details}".strip(), level)
        serious = level in (Qgis.MessageLevel.Warning, Qgis.MessageLevel.Critical)
        # Trouble needs a name to it; what was found has the dock beside it and needs the room.
        html = _in_html(text)
        item = self._bar.createMessage("Anomaly Lens", html) if serious else self._bar.createMessage(html)
        more = [(self.tr("Details"), lambda: self.open_log(text, details))] if serious or details else []
        self._add_buttons(item, actions or [], self._most_buttons() - len(more))
        self._add_buttons(item, more, 1)
        shown = [other for other in self._items if not sip.isdeleted(other)]
        for same in [other for other in shown if other.text() == html]:
            # Who tries again reads it once, and closes it once.
            shown.remove(same)
            self._bar.popWidget(same)
        self._items = [*shown, item]
        self._bar.pushWidget(item, level, 0 if serious else _SUCCESS_S)

    def show_loss(self, text: str, details: str) -> None:
        """Show what is lost: until somebody closes it, also where the plugin goes, since no button calls the plugin.

        Args:
            text: one or two sentences.
            details: shown behind QGIS's own button.
        """
        self._write(f"{text}\n{details}", Qgis.MessageLevel.Critical)
        self._bar.pushMessage("Anomaly Lens", _in_html(text), details, Qgis.MessageLevel.Critical, 0)

    def release(self) -> None:
        """Take down what is still shown; its buttons would call what goes with the plugin, and QGIS would crash."""
        for item in self._items:
            if not sip.isdeleted(item):
                self._bar.popWidget(item)
        self._items = []

    def show_error(self, error: PluginError, actions: list[Action] | None = None) -> None:
        """Show an error: what is wrong and what to do about it."""
        level = Qgis.MessageLevel.Critical if error.code in ("internal", "worker_died") else Qgis.MessageLevel.Warning
        self.show(str(error), level, actions, error.details)

    def open_log(self, text: str = "", details: str = "") -> None:
        """Open the log, with one message in front where ``text`` is given."""
        dialog = LogDialog(text, details, "\n".join(self._lines), self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def _write(self, text: str, level: Qgis.MessageLevel) -> None:
        time = datetime.now().astimezone().strftime("%H:%M:%S")
        self._lines.extend(f"{time}  {line}" for line in text.splitlines())
        # Its own notification would be a second message bar for what is in the bar already.
        QgsMessageLog.logMessage(text, LOG_TAB, level, False)

    def _most_buttons(self) -> int:
        letters = self._window.width() / self._window.fontMetrics().averageCharWidth()
        return _MOST_BUTTONS if letters >= _NARROW_LETTERS else _MOST_IN_NARROW_WINDOW

    def _add_buttons(self, item: QWidget, actions: list[Action], most: int) -> None:
        """Buttons, the last of them in a menu where there are too many: QGIS would be wider than a small screen."""
        beside = len(actions) if len(actions) <= most else most - 1
        for label, slot in actions[:beside]:
            button = QPushButton(label)
            button.clicked.connect(lambda _checked, slot=slot: slot())
            item.layout().addWidget(button)
        if actions[beside:]:
            button = QPushButton(self.tr("More"))
            menu = QMenu(button)
            for label, slot in actions[beside:]:
                menu.addAction(label).triggered.connect(lambda _checked, slot=slot: slot())
            button.setMenu(menu)
            item.layout().addWidget(button)


def _in_html(text: str) -> str:
    """A text for QGIS's message bar, which reads HTML: behind a layer called “NDVI<0.3” nothing would be left of it."""
    escaped = escape(text, quote=False)
    # By a tag the bar knows for certain that it is HTML.
    return text if escaped == text else f"<span>{escaped}</span>"


class LogDialog(QDialog):
    """Shows one message with its details, and the log.

    Args:
        text: the message, or nothing.
        details: what more is known of it.
        log: the lines of the log.
        parent: QGIS's window.
    """

    def __init__(self, text: str, details: str, log: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("AnomalyLensLog")
        self.setWindowTitle(self.tr("Anomaly Lens log"))
        self.resize(720, 420)
        layout = QVBoxLayout(self)
        if text:
            label = QLabel(text)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            layout.addWidget(label)
        body = f"{details}\n\n{self.tr('Log')}\n{log}" if details else log
        view = QPlainTextEdit(body)
        view.setObjectName("log_text")
        view.setToolTip(self.tr("What the engine and the plugin wrote, the latest at the end"))
        view.setPlaceholderText(self.tr("Nothing was written yet."))
        view.setReadOnly(True)
        view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        if not details:
            view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
        layout.addWidget(view)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(self.tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.setToolTip(self.tr("Copy everything to the clipboard, for a report"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(f"{text}\n{body}"))
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
