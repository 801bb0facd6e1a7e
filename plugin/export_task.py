"""Writes a file in the background, with progress and a cancel."""

from __future__ import annotations

import traceback
from collections.abc import Callable

from qgis.PyQt.QtCore import QCoreApplication, pyqtSignal

from .errors import PluginError
from .export import Step
from .silent_task import SilentTask

translate = QCoreApplication.translate


class WriteTask(SilentTask):
    """Does one piece of writing in a thread of QGIS's task manager.

    Args:
        title: for QGIS's list of tasks.
        work: does it, and returns how many polygons were written.

    Attributes:
        count: what ``work`` returned.
        error: why there is no file, or None; the code ``cancelled`` where the user wished it.
    """

    ended = pyqtSignal()
    """In the main thread: it is over, whichever way."""

    def __init__(self, title: str, work: Callable[[Step], int]) -> None:
        super().__init__(title)
        self.count = 0
        self.error: PluginError | None = None
        self._work = work

    def run(self) -> bool:
        """Work; called by the task manager."""
        try:
            self.count = self._work(self._step)
        except PluginError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - it is reported in full, and the dialog must not wait for ever
            message = translate("Export", "The file could not be written: {reason}.").format(reason=error)
            hint = translate("Export", "Please report this with the details.")
            self.error = PluginError("internal", message, hint, traceback.format_exc())
        self.over.set()
        return self.error is None

    def finished(self, _fine: bool) -> None:
        """Tell the end; called by the task manager in the main thread."""
        if self.error is None and not self.over.is_set():
            # It was cancelled before it began.
            self.error = _cancelled()
        self.ended.emit()

    def _step(self, share: float) -> None:
        if self.isCanceled():
            raise _cancelled()
        self.setProgress(100 * share)


def _cancelled() -> PluginError:
    return PluginError("cancelled", translate("Export", "The export was cancelled."))
