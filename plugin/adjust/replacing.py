"""One move of the threshold as a step of the review's history, which can be undone and done again."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import QgsFeature
from qgis.PyQt.QtCore import QTimer

from ..review.history import Command, History
from .polygons import Outline, Stored, read_outline


class Replacing(Command):
    """Polygons that have come for others.

    Args:
        text: what it is, for the tooltips of *undo* and *redo*.
        exchange: takes polygons out of the file by their numbers and puts others in, see
            :meth:`.ThresholdPanel.exchange`; false where that was not possible.
        history: that this becomes a step of.
        removed: polygons as they were.
        added: those in their place; get their numbers in the file.
        before: what the file said of its polygons.
        after: what it says then.
    """

    def __init__(
        self,
        text: str,
        exchange: Callable[..., bool],
        history: History,
        removed: list[QgsFeature],
        added: list[Outline],
        before: Stored,
        after: Stored,
    ) -> None:
        super().__init__(text)
        self._exchange, self._history = exchange, history
        self._removed, self._added = removed, added
        self._before, self._after = before, after
        self._is_new, self._was_refused = True, False

    def redo(self) -> None:
        """Let the new polygons come; called by the history, the first time, too."""
        if self._is_back():
            return
        numbers = [feature.id() for feature in self._removed]
        if not self._exchange(numbers, self._added, self._after, just_seen=self._is_new):
            if self._is_new:
                self.setObsolete(True)
            else:
                self._go_back(self._history.undo)
        self._is_new = False

    def undo(self) -> None:
        """Let the old ones come back; called by the history."""
        if self._is_back():
            return
        numbers = [outline.fid for outline in self._added]
        if not self._exchange(numbers, [read_outline(f) for f in self._removed], self._before):
            self._go_back(self._history.redo)

    def _go_back(self, go: Callable[[], None]) -> None:
        """It could not be done, or undone: once the stack has finished, the step is where it was; others rely on it."""
        self._was_refused = True
        QTimer.singleShot(0, go)

    def _is_back(self) -> bool:
        was_refused, self._was_refused = self._was_refused, False
        return was_refused
