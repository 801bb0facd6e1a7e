"""Asks the engine from the main thread, and answers there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.PyQt.QtCore import QObject, pyqtSignal

from .engine import Engine
from .errors import PluginError
from .worker import LAST, Event

OnResult = Callable[[dict[str, Any]], None]
OnError = Callable[[PluginError], None]


class EngineLink(QObject):
    """Short questions (catalog, devices, info) whose answers arrive as calls in the main thread.

    Args:
        engine: whom to ask.
        parent: the owner; with it go the questions that are still open.
    """

    _answered = pyqtSignal(object)

    def __init__(self, engine: Engine, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        # From another thread the signal is queued: the slot runs in the main thread.
        self._answered.connect(self._dispatch)

    def ask(self, method: str, params: dict[str, Any], on_result: OnResult, on_error: OnError) -> None:
        """Ask one question.

        Args:
            method: one of those in ``docs/architecture.md``.
            params: its parameters.
            on_result: called with the result.
            on_error: called where there is none.
        """

        def listen(event: Event) -> None:
            if event.get("event") in LAST:
                self._emit((event, on_result, on_error))

        self._engine.request(method, params, listen)

    def _emit(self, answer: tuple[Event, OnResult, OnError]) -> None:
        try:
            self._answered.emit(answer)
        except RuntimeError:
            # The dock was deleted while the engine was thinking; nobody waits for the answer.
            return

    def _dispatch(self, answer: tuple[Event, OnResult, OnError]) -> None:
        event, on_result, on_error = answer
        if event["event"] == "result":
            on_result(dict(event.get("result") or {}))
        else:
            on_error(PluginError.from_dict(event.get("error") or {}))
