"""A wait before something is done: many reasons for it that come at once are one then."""

from __future__ import annotations

from collections.abc import Callable

from qgis.PyQt.QtCore import QObject, QTimer


def once(parent: QObject, wait_ms: int, slot: Callable[[], object]) -> QTimer:
    """A timer that calls a function once for each start; a start while it runs begins the wait anew."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(wait_ms)
    timer.timeout.connect(slot)
    return timer
