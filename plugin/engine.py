"""The engine as the rest of the plugin sees it: one warm process, and a new one where that is dead."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from qgis.PyQt.QtCore import QCoreApplication

from .engine_env import Launch
from .errors import PluginError
from .translation import EngineTexts, engine_texts
from .worker import LAST, READY_WITHIN_S, Event, Listener, Worker

translate = QCoreApplication.translate


@dataclass
class Request:
    """A request under way, for who wants to stop it.

    Attributes:
        worker: the process that works on it; None where none could be started.
        identifier: the request's id there.
    """

    worker: Worker | None = None
    identifier: str = ""

    def cancel(self) -> None:
        """Ask for its end."""
        if self.worker is not None:
            self.worker.cancel(self.identifier)

    def kill(self) -> bool:
        """End the process that works on it, as :meth:`Worker.kill_for` does."""
        return self.worker is None or self.worker.kill_for(self.identifier)


@dataclass
class Engine:
    """Keeps one worker warm and starts a new one when that is dead.

    Attributes:
        find_launch: how to start it, asked at each start since options change; raises :class:`PluginError`.
        log: called with each line of the worker's log, in another thread.
        ready_within: as for :class:`Worker`.
        texts: what the engine says, in the user's language.
    """

    find_launch: Callable[[], Launch]
    log: Callable[[str], None]
    ready_within: float = READY_WITHIN_S
    texts: EngineTexts = field(default_factory=engine_texts)
    _worker: Worker | None = None
    _renewed: Callable[[], None] | None = None
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def request(self, method: str, params: dict[str, Any], listener: Listener) -> Request:
        """Send a request to the warm worker, or to a new one.

        Args:
            method: one of those in ``docs/architecture.md``.
            params: its parameters.
            listener: called with each event of this request, mostly in another thread.

        Returns:
            The request, to cancel it by.
        """
        request = Request()
        self._send(request, method, params, listener)
        return request

    def _send(self, request: Request, method: str, params: dict[str, Any], listener: Listener) -> None:
        try:
            worker = self._warm_worker()
        except PluginError as error:
            listener({"event": "error", "error": error.to_dict()})
            return
        begun = False

        def tell(event: Event) -> None:
            nonlocal begun
            if event.get("event") in LAST:
                # Before the listener, who may have the next work ready.
                self._renew()
                died = (event.get("error") or {}).get("code") == "worker_died"
                if died and worker.given_up and not begun:
                    # It waited for another request, for which the process was killed.
                    self._send(request, method, params, listener)
                    return
            begun = True
            listener(self.texts.event(event))

        before = request.worker
        identifier = worker.send(method, params, tell)
        if request.worker is before:
            # Else it was sent again meanwhile. In this order, since a cancel means nothing to a process that is gone.
            request.identifier = identifier
            request.worker = worker

    @property
    def busy(self) -> bool:
        """Whether the warm worker is at work."""
        worker = self._worker
        return worker is not None and worker.busy

    def restart(self, renewed: Callable[[], None] = lambda: None) -> None:
        """Forget the warm worker, since options changed, at once or when its work is done.

        Questions under way there are given up.

        Args:
            renewed: called when it is forgotten, perhaps in another thread.
        """
        with self._lock:
            self._renewed = renewed
        self._renew()

    def close(self, grace: float = 1.0) -> None:
        """End the worker for good; later requests fail.

        Args:
            grace: seconds to wait for it to tidy up before it is killed.
        """
        with self._lock:
            worker, self._worker = self._worker, None
            self._renewed = None
            self._closed = True
        if worker is not None:
            worker.close(grace)

    def _renew(self) -> None:
        with self._lock:
            if self._renewed is None or self.busy:
                return
            worker, self._worker = self._worker, None
            renewed, self._renewed = self._renewed, None
        if worker is not None:
            threading.Thread(target=worker.close, args=(1.0,), daemon=True).start()
        renewed()

    def _warm_worker(self) -> Worker:
        with self._lock:
            if self._closed:
                raise PluginError("cancelled", translate("Worker", "The plugin was unloaded."))
            if self._worker is None or self._worker.dead.is_set() or self._worker.given_up:
                self._worker = Worker(self.find_launch(), self.log, self.ready_within)
            return self._worker
