"""Work of the set-up in a thread of QGIS's task manager."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from qgis.PyQt.QtCore import QCoreApplication, pyqtSignal

from ..background_task import WorkTask

translate = QCoreApplication.translate

Tell = Callable[[float, str], None]
"""Called with the fraction that is done and what is being done."""

Work = Callable[[Tell, threading.Event], Any]


class SetupTask(WorkTask):
    """Does one thing, and ends with its result or its error.

    Args:
        title: for QGIS's list of tasks.
        work: called in a thread of its own with a function that tells progress and an event that asks for its end.
    """

    progressed = pyqtSignal(float, str)
    """The fraction that is done, and what is being done."""
    succeeded = pyqtSignal(object)
    """What the work returned; emitted in the main thread, as is the next."""
    failed = pyqtSignal(object)
    """A :class:`PluginError`."""

    def __init__(self, title: str, work: Work) -> None:
        super().__init__(
            title,
            translate("EngineSetup", "The set-up was cancelled."),
            translate("EngineSetup", "The set-up failed unexpectedly: {reason}."),
            translate("EngineSetup", "Please report this with the diagnostics."),
        )
        self._work = work
        self._stop = threading.Event()

    def work(self) -> Any:  # noqa: ANN401 - as in the base class
        """Do it."""
        return self._work(self._tell, self._stop)

    def cancel(self) -> None:
        """Stop as soon as possible; may be called from any thread."""
        self._stop.set()
        super().cancel()

    def finished(self, fine: bool) -> None:
        """Tell the end."""
        super().finished(fine)
        if self.error is None:
            self.succeeded.emit(self.result)
        else:
            self.failed.emit(self.error)

    def _tell(self, fraction: float, text: str) -> None:
        self.setProgress(100 * fraction)
        self.progressed.emit(fraction, text)
