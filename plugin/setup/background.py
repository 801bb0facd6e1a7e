"""Work of the set-up in a thread of QGIS's task manager."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import Any

from qgis.PyQt.QtCore import QCoreApplication, pyqtSignal

from ..errors import PluginError
from ..silent_task import SilentTask

translate = QCoreApplication.translate

Tell = Callable[[float, str], None]
"""Called with the fraction that is done and what is being done."""

Work = Callable[[Tell, threading.Event], Any]


class Background(SilentTask):
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
        super().__init__(title)
        self._work = work
        self._stop = threading.Event()
        self._result: Any = None
        # Stays where it is cancelled before a thread is free for it: then it is finished without having run.
        self._error: PluginError | None = PluginError(
            "cancelled", translate("EngineSetup", "The set-up was cancelled.")
        )

    def run(self) -> bool:
        """Work; called by the task manager in a thread of its own."""
        try:
            self._result = self._work(self._tell, self._stop)
            self._error = None
        except PluginError as error:
            self._error = error
        except Exception as error:  # noqa: BLE001 - it is reported in full
            message = translate("EngineSetup", "The set-up failed unexpectedly: {reason}.").format(reason=error)
            hint = translate("EngineSetup", "Please report this with the diagnostics.")
            self._error = PluginError("internal", message, hint, traceback.format_exc())
        finally:
            self.over.set()
        return self._error is None

    def cancel(self) -> None:
        """Stop as soon as possible; may be called from any thread."""
        self._stop.set()
        super().cancel()

    def finished(self, _fine: bool) -> None:
        """Tell the end; called by the task manager in the main thread."""
        self.over.set()
        if self._error is None:
            self.succeeded.emit(self._result)
        else:
            self.failed.emit(self._error)

    def _tell(self, fraction: float, text: str) -> None:
        self.setProgress(100 * fraction)
        self.progressed.emit(fraction, text)
