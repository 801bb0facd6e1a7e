"""Writes a file in the background, with progress and a cancel."""

from __future__ import annotations

from collections.abc import Callable

from qgis.PyQt.QtCore import QCoreApplication

from .background_task import WorkTask
from .export import Step

translate = QCoreApplication.translate


class WriteTask(WorkTask):
    """Does one piece of writing; its ``result`` is how many polygons were written.

    Args:
        title: for QGIS's list of tasks.
        write: does it, and returns that.
    """

    def __init__(self, title: str, write: Callable[[Step], int]) -> None:
        super().__init__(
            title,
            translate("Export", "The export was cancelled."),
            translate("Export", "The file could not be written: {reason}."),
            translate("Export", "Please report this with the details."),
        )
        self._write = write

    def work(self) -> int:
        """Write the file."""
        return self._write(self._step)

    def _step(self, share: float) -> None:
        if self.isCanceled():
            raise self.cancelled()
        self.setProgress(100 * share)
