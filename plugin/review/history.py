"""What can be undone in the review dock: one stack, shared by its pages."""

from __future__ import annotations

from collections.abc import Callable

from qgis.PyQt import QtGui, QtWidgets

# Qt 6 has moved it.
_undo = QtGui if hasattr(QtGui, "QUndoStack") else QtWidgets

_KEPT_STEPS = 1000

Command = _undo.QUndoCommand
"""A step of a history; may be pushed to one."""


class History(_undo.QUndoStack):
    """The steps of a review, the latest undone first; it is emptied when another run is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.setUndoLimit(_KEPT_STEPS)

    def do(self, text: str, redo: Callable[[], None], undo: Callable[[], None]) -> None:
        """Do something that can be undone.

        Args:
            text: what it is, for the tooltips of *undo* and *redo*.
            redo: does it; is called now, and after each undo that is taken back.
            undo: takes it back.
        """
        self.push(_Step(text, redo, undo))


class _Step(Command):
    def __init__(self, text: str, redo: Callable[[], None], undo: Callable[[], None]) -> None:
        super().__init__(text)
        self._redo = redo
        self._undo = undo

    def redo(self) -> None:
        self._redo()

    def undo(self) -> None:
        self._undo()
