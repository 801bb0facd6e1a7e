"""Work in a thread of QGIS's task manager whose end is the plugin's to tell."""

from __future__ import annotations

import threading
import traceback
from typing import Any

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from .errors import PluginError


class SilentTask(QgsTask):
    """A task that can be cancelled, and of whose end QGIS says nothing from 3.26 on.

    Args:
        title: for QGIS's list of tasks.

    Attributes:
        over: set when the work has ended, so that others can wait for it.
    """

    ended = pyqtSignal()
    """It is over, whichever way; emitted in the main thread."""

    def __init__(self, title: str) -> None:
        flags = QgsTask.Flag.CanCancel
        if hasattr(QgsTask.Flag, "Silent"):
            flags |= QgsTask.Flag.Silent
        super().__init__(title, flags)
        self.over = threading.Event()

    def finished(self, _fine: bool) -> None:
        """Tell the end; called by the task manager in the main thread."""
        # It has not run where it was cancelled before a thread was free for it.
        self.over.set()
        self.ended.emit()


class WorkTask(SilentTask):
    """Does one thing, and ends with its result or its error.

    Args:
        title: for QGIS's list of tasks.
        cancelled: what is told where it was.
        failed: what is told of an error that nobody foresaw, with a place for its ``reason``.
        report: what to do about that.

    Attributes:
        result: what the work returned.
        error: why there is no result, or None; the code ``cancelled`` where the user wished it.
    """

    def __init__(self, title: str, cancelled: str, failed: str, report: str) -> None:
        super().__init__(title)
        self._cancelled, self._failed, self._report = cancelled, failed, report
        self.result: Any = None
        # Stays where it is cancelled before a thread is free for it.
        self.error: PluginError | None = self.cancelled()

    def cancelled(self) -> PluginError:
        """What to raise in the work where it was cancelled."""
        return PluginError("cancelled", self._cancelled)

    def work(self) -> Any:  # noqa: ANN401 - whatever it is that is done
        """Do it, in a thread of its own; what is raised is told."""
        raise NotImplementedError

    def run(self) -> bool:
        """Work; called by the task manager."""
        try:
            self.result, self.error = self.work(), None
        except PluginError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - it is reported in full, and nobody must wait for ever
            message = self._failed.format(reason=error)
            self.error = PluginError("internal", message, self._report, traceback.format_exc())
        finally:
            self.over.set()
        return self.error is None
