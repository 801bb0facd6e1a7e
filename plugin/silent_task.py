"""Work in a thread of QGIS's task manager whose end is the plugin's to tell."""

from __future__ import annotations

import threading

from qgis.core import QgsTask


class SilentTask(QgsTask):
    """A task that can be cancelled, and of whose end QGIS says nothing from 3.26 on.

    Args:
        title: for QGIS's list of tasks.

    Attributes:
        over: for subclasses to set when their work ends, so that others can wait for it.
    """

    def __init__(self, title: str) -> None:
        flags = QgsTask.Flag.CanCancel
        if hasattr(QgsTask.Flag, "Silent"):
            flags |= QgsTask.Flag.Silent
        super().__init__(title, flags)
        self.over = threading.Event()
