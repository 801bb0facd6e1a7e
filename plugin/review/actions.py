"""What a reviewer does by the keyboard, listed in QGIS's own dialog of keyboard shortcuts."""

from __future__ import annotations

from qgis.gui import QgsGui, QgsMapCanvas, QgsMapTool
from qgis.PyQt.QtCore import QEvent, QObject, Qt
from qgis.PyQt.QtGui import QIcon, QKeyEvent, QKeySequence
from qgis.PyQt.QtWidgets import QAction, QWidget

from .marks import status_icon


class ReviewActions(QObject):
    """The actions of a review and their keys.

    The keys work where the keyboard is in the review or in the map, never elsewhere in QGIS, and not while one types
    in a field, draws, or digitizes.

    Args:
        owner: the review; gets the actions.
        canvas: the map; has them too while its tool edits nothing.
    """

    def __init__(self, owner: QWidget, canvas: QgsMapCanvas) -> None:
        super().__init__(owner)
        self._canvas = canvas
        self._all: list[QAction] = []
        tr = self.tr
        self.accept = self._add("accept", tr("Accept anomaly"), tr("Accept"), "A", status_icon("accepted"))
        self.reject = self._add("reject", tr("Reject anomaly"), tr("Reject"), "R", status_icon("rejected"))
        self.unsure = self._add("unsure", tr("Mark anomaly as unsure"), tr("Unsure"), "U", status_icon("unsure"))
        self.reset = self._add(
            "reset", tr("Set anomaly back to unreviewed"), tr("Reset"), "C", status_icon("unreviewed")
        )
        self.previous = self._add("previous", tr("Previous anomaly"), "◀", "P")
        self.next = self._add("next", tr("Next anomaly"), "▶", "N")
        self.next_unreviewed = self._add(
            "next_unreviewed", tr("Next unreviewed anomaly"), "▶", "M", status_icon("unreviewed")
        )
        self.label = self._add("label", tr("Label of the anomaly"), tr("Label"), "L")
        self.note = self._add("note", tr("Note on the anomaly"), tr("Note"), "T")
        self.undo = self._add("undo", tr("Undo in the anomaly review"), "↶", "Z")
        self.redo = self._add("redo", tr("Redo in the anomaly review"), "↷", "Y")
        # What every program has.
        self._of_history = {"Ctrl+Z": self.undo, "Ctrl+Y": self.redo}
        self._owner = owner
        for widget in (owner, canvas):
            self.take_keys_of(widget)
        owner.addActions(self._all)
        canvas.mapToolSet.connect(self._tool_changed)
        self._tool_changed(canvas.mapTool())

    def _add(self, name: str, text: str, short: str, keys: str, icon: QIcon | None = None) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        if icon is not None:
            action.setIcon(icon)
        action.setToolTip(text)
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        QgsGui.shortcutsManager().registerAction(action, keys)
        action.changed.connect(lambda: _name(action, short))
        _name(action, short)
        self._all.append(action)
        return action

    def set_enabled(self, enabled: bool) -> None:
        """Whether there is anything to review."""
        for action in self._all:
            action.setEnabled(enabled)

    def take_keys_of(self, widget: QWidget) -> None:
        """Have the keys work in a widget though QGIS has some of them, too: of two shortcuts of a key, Qt takes none.

        Args:
            widget: has the actions, or its owner has.
        """
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Do what a key means before QGIS hears of it."""
        if event.type() not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return False
        keys = _keys_of(event)
        action = self._of_history.get(keys.toString())
        if action is None and watched is not self._owner:
            # Fields and lists of the owner's have a use for letters, and tell it of what is left.
            action = next((action for action in self._all if keys in action.shortcuts()), None)
        if action is None or not action.isEnabled() or (watched is self._canvas and self._is_qgis_s(action)):
            return False
        if event.type() == QEvent.Type.KeyPress:
            action.trigger()
        event.accept()
        return True

    def _is_qgis_s(self, action: QAction) -> bool:
        """Whether the map leaves a key to QGIS: its tool edits, or there are edits to undo or redo."""
        layer = self._canvas.currentLayer()
        stack = None if layer is None else layer.undoStack()
        can = {} if stack is None else {self.undo: stack.canUndo(), self.redo: stack.canRedo()}
        return can.get(action, False) or action not in self._canvas.actions()

    def release(self) -> None:
        """Take the actions out of the map and of the dialog of shortcuts."""
        self._canvas.removeEventFilter(self)
        self._canvas.mapToolSet.disconnect(self._tool_changed)
        for action in self._all:
            self._canvas.removeAction(action)
            QgsGui.shortcutsManager().unregisterAction(action)

    def _tool_changed(self, tool: QgsMapTool | None, _old: QgsMapTool | None = None) -> None:
        # Digitizing has keys of its own: "A" is an angle there.
        edits = tool is not None and bool(tool.flags() & QgsMapTool.Flag.EditTool)
        for action in self._all:
            if edits:
                self._canvas.removeAction(action)
            else:
                self._canvas.addAction(action)


def _keys_of(event: QKeyEvent) -> QKeySequence:
    # Qt 6 counts with no enums.
    has_both = hasattr(event, "keyCombination")
    return QKeySequence(event.keyCombination() if has_both else int(event.modifiers()) | event.key())


def _name(action: QAction, short: str) -> None:
    """Put the key on the buttons of an action."""
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    name = f"{short} {keys}" if len(short) == 1 else f"{short} ({keys})"
    name = name if keys else short
    if action.iconText() != name:
        action.setIconText(name)
