"""One request to the engine, seen through by a thread that may wait: its events as they come, and a cancel obeyed."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import Any

from qgis.PyQt.QtCore import QCoreApplication

from .engine import Engine
from .errors import PluginError
from .worker import Event

translate = QCoreApplication.translate

KILL_AFTER_S = 0.7
"""From cancelling to killing: the user sees the end within a second."""

_POLL_S = 0.1


def awaited(engine: Engine) -> str:
    """What a request waits for until it begins, for people: it may take as long as a run that was asked for before.

    Args:
        engine: the engine that is about to be asked.
    """
    if engine.busy:
        return translate("Exchange", "Waiting for the engine, which is at work")
    return translate("Exchange", "Starting the engine")


class Exchange:
    """Sends a request at once; :meth:`result` waits for what comes of it.

    Args:
        engine: the engine that works.
        method: one of those in ``docs/architecture.md``.
        params: its parameters.

    Attributes:
        request: the request under way.
    """

    def __init__(self, engine: Engine, method: str, params: dict[str, Any]) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.request = engine.request(method, params, self._events.put)
        self._cancelled_at: float | None = None
        self._killed = False

    def result(self, tell: Callable[[Event], None], stopped: Callable[[], bool]) -> dict[str, Any]:
        """Wait for the result.

        Args:
            tell: called with each ``progress`` event.
            stopped: whether the user wants the end; asked several times a second.

        Raises:
            PluginError: the engine's error; ``cancelled`` where the user wanted the end.
        """
        while True:
            if stopped():
                self._cancel()
            try:
                event = self._events.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            kind = event.get("event")
            if kind == "result":
                # The result lies on disk, whole; a cancel that came too late does not take it away.
                return dict(event["result"])
            if kind == "error":
                raise PluginError.from_dict(event.get("error") or {})
            if kind == "progress":
                tell(event)

    def _cancel(self) -> None:
        """Pass a cancel on to the engine, once, and kill it where it stays deaf and works for nobody else."""
        if self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
            self.request.cancel()
        elif not self._killed and time.monotonic() - self._cancelled_at > KILL_AFTER_S:
            self._killed = True
            if not self.request.kill():
                # The engine works for somebody else; what comes of this one, nobody hears.
                raise PluginError("cancelled", translate("Worker", "The run was cancelled."))
