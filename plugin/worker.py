"""One process of the engine: speaks to it by one JSON object a line, with any number of requests under way.

Nothing here waits for an event loop or blocks the caller: the process is started, read, written to and buried in
threads of its own. Listeners are called in those threads.
"""

from __future__ import annotations

import itertools
import json
import os
import queue
import shutil
import subprocess  # nosec B404
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from qgis.PyQt.QtCore import QCoreApplication

from .engine_env import Launch, working_folder
from .errors import PluginError

translate = QCoreApplication.translate

Event = dict[str, Any]
Listener = Callable[[Event], None]

READY_WITHIN_S = 60.0
"""A first import of torch from a cold disk takes long; longer than this is a hang."""

LAST = ("result", "error")
"""What the last event of a request is."""

_LOG_LINES = 200
_KILLED_WITHIN_S = 1.0
_BUFFER = 2**20
# What else is asked is a question that can be asked again.
_WORK = ("detect", "teach", "polygonize", "evaluate")
_OUT_OF_MEMORY_EXITS = (-9, 137)


@dataclass
class _Call:
    method: str
    listener: Listener
    out: str | None
    cancelled: bool = False
    begun: bool = False


class Worker:
    """One process of the engine, from start to death.

    Every request ends with exactly one ``result`` or ``error`` event, whatever happens to the process.

    Args:
        launch: how to start it.
        log: called with each line of its log, in another thread.
        ready_within: seconds until a process that has not said ``ready`` is killed.

    Attributes:
        given_up: whether it was killed for a request that did not heed its cancel; no other request belongs there.
    """

    def __init__(self, launch: Launch, log: Callable[[str], None], ready_within: float = READY_WITHIN_S) -> None:
        self.launch = launch
        self.ready: Event | None = None
        self.dead = threading.Event()
        self._told = threading.Event()
        self._log = log
        self._lines: deque[str] = deque(maxlen=_LOG_LINES)
        self._ids = itertools.count(1)
        self._calls: dict[str, _Call] = {}
        self._lock = threading.Lock()
        self._failure: PluginError | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False
        self._closing = False
        self.given_up = False
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._patience = threading.Timer(ready_within, self._too_late)
        self._patience.daemon = True
        threading.Thread(target=self._live, name="anomaly-lens-worker", daemon=True).start()

    def send(self, method: str, params: dict[str, Any], listener: Listener) -> str:
        """Send a request.

        Args:
            method: one of those in ``docs/architecture.md``.
            params: its parameters.
            listener: called with each event of this request, in another thread; with the error at once, in this one,
                where the worker is dead already.

        Returns:
            The request's id.
        """
        identifier = str(next(self._ids))
        with self._lock:
            failure = self._failure
            if failure is None:
                self._calls[identifier] = _Call(method, listener, _works_in(method, params))
        if failure is not None:
            listener({"id": identifier, "event": "error", "error": failure.to_dict()})
            return identifier
        self._post({"id": identifier, "method": method, "params": params})
        return identifier

    def cancel(self, identifier: str) -> None:
        """Ask the worker to stop a request; it ends with the error ``cancelled`` or, too late for that, its result."""
        with self._lock:
            call = self._calls.get(identifier)
            if call is None:
                return
            call.cancelled = True
        self.send("cancel", {"id": identifier}, lambda _event: None)

    @property
    def busy(self) -> bool:
        """Whether there is work under way whose loss would hurt; questions do not count."""
        with self._lock:
            return any(call.method in _WORK for call in self._calls.values())

    def kill(self) -> None:
        """End the process now; what is under way fails."""
        with self._lock:
            self._killed = True
            if self._process is not None:
                self._process.kill()
        # Where the Python is a script that starts another, that one ends with its input.
        self._outbox.put(None)

    def kill_for(self, identifier: str) -> bool:
        """End the process for a request that does not heed its cancel, but not where it works for somebody else.

        Args:
            identifier: the request's.

        Returns:
            Whether the request's last event comes now; where not, its turn has not come, and nobody need wait for it.
        """
        with self._lock:
            call = self._calls.get(identifier)
            if call is None:
                return True
            others = any(other.method in _WORK for other in self._calls.values() if other is not call)
            if others and not call.begun:
                return False
            self.given_up = True
        self.kill()
        return True

    def close(self, grace: float) -> None:
        """Let the worker finish by closing its stdin, and kill it where it does not.

        After that no listener is called: those who listen may be deleted.

        Args:
            grace: seconds to wait before it is killed.
        """
        self._closing = True
        self._outbox.put(None)
        if not self._told.wait(grace):
            self.kill()
            self._told.wait(_KILLED_WITHIN_S)

    def log_tail(self) -> str:
        """The last lines of the worker's log."""
        return "\n".join(self._lines)

    def _post(self, message: Event) -> None:
        self._outbox.put(json.dumps(message, ensure_ascii=False).encode() + b"\n")

    def _live(self) -> None:
        try:
            process = self._start()
        except OSError as error:
            message = translate("Worker", "{program} cannot be started: {reason}.")
            program = self.launch.command[0]
            self._bury(
                PluginError("no_engine", message.format(program=program, reason=error.strerror), _options_hint())
            )
            return
        log_reader = threading.Thread(target=self._read_log, args=(process,), daemon=True)
        log_reader.start()
        threading.Thread(target=self._write, args=(process.stdin,), daemon=True).start()
        self._patience.start()
        for line in process.stdout or ():
            self._receive(line)
        code = process.wait()
        # The last words come through the other pipe; a grandchild that holds it open must not hold us up.
        log_reader.join(timeout=1.0)
        self._bury(self._failure_after(code))

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603 - the Python that the user chose # nosec B603
            self.launch.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Answers with thousands of outlines are megabytes.
            bufsize=_BUFFER,
            env=self.launch.env,
            cwd=working_folder(),
            # Without it, Windows opens a console window.
            creationflags=subprocess.CREATE_NO_WINDOW if os.name == "nt" else 0,
        )
        with self._lock:
            self._process = process
            if self._killed:
                process.kill()
        return process

    def _write(self, pipe: IO[bytes]) -> None:
        try:
            with pipe:
                while (message := self._outbox.get()) is not None:
                    pipe.write(message)
                    pipe.flush()
        except (BrokenPipeError, OSError, ValueError):
            # The process is gone; the reading thread finds out how and tells.
            return

    def _read_log(self, process: subprocess.Popen[bytes]) -> None:
        for line in process.stderr or ():
            self._note(line.decode(errors="replace").rstrip())

    def _note(self, text: str) -> None:
        self._lines.append(text)
        self._log(text)

    def _receive(self, line: bytes) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            # A library that prints to stdout; it is worth a line in the log, no more.
            self._note(line.decode(errors="replace").rstrip())
            return
        kind = event.get("event")
        if kind == "ready":
            self._patience.cancel()
            self.ready = event
        elif kind == "fatal":
            with self._lock:
                self._failure = PluginError.from_dict(event.get("error") or {})
        else:
            self._deliver(event)

    def _deliver(self, event: Event) -> None:
        identifier = str(event.get("id"))
        with self._lock:
            call = self._calls.get(identifier)
            if call is not None and event.get("event") in LAST:
                del self._calls[identifier]
            elif call is not None:
                call.begun = True
        if call is not None:
            call.listener(event)

    def _too_late(self) -> None:
        message = translate("Worker", "{program} did not start the engine within {seconds} seconds.")
        with self._lock:
            self._failure = PluginError(
                "no_engine",
                message.format(program=self.launch.command[0], seconds=round(self._patience.interval)),
                _options_hint(),
            )
        self.kill()

    def _failure_after(self, code: int) -> PluginError:
        with self._lock:
            failure = self._failure
        if failure is not None:
            failure.hint = failure.hint or _options_hint()
            failure.details = self.log_tail()
            return failure
        if self._closing:
            return PluginError("cancelled", translate("Worker", "The run was cancelled."), details=self.log_tail())
        if self.ready is None and not self._killed:
            # As of an environment whose Python is gone: that of a QGIS that was updated, say.
            message = translate("EngineSetup", "The engine does not work with {python} (exit code {code}).")
            hint = translate("EngineSetup", "Press Repair, or copy the diagnostics for a report.")
            message = message.format(python=self.launch.command[0], code=code)
            return PluginError("engine_incomplete", message, hint, self.log_tail())
        hint = translate("Worker", "Run it again; a new engine is started. The details show its last words.")
        if code in _OUT_OF_MEMORY_EXITS and not self._killed:
            hint = translate("Worker", "The system ended it, most often for lack of memory: close other programs.")
        message = translate("Worker", "The engine stopped while it was working (exit code {code}).").format(code=code)
        return PluginError("worker_died", message, hint, self.log_tail())

    def _bury(self, failure: PluginError) -> None:
        self._patience.cancel()
        with self._lock:
            self._failure = failure
            calls, self._calls = self._calls, {}
            killed = self._killed
        # What a process that died by itself left, the next run of the same goes on from.
        for folder in {call.out for call in calls.values() if call.out and (killed or call.cancelled)}:
            self._remove_leftovers(Path(folder))
        self.dead.set()
        self._outbox.put(None)
        for identifier, call in calls.items():
            error = failure
            if call.cancelled:
                error = PluginError("cancelled", translate("Worker", "The run was cancelled."), details=failure.details)
            call.listener({"id": identifier, "event": "error", "error": error.to_dict()})
        self._told.set()

    def _remove_leftovers(self, folder: Path) -> None:
        """Remove what a worker that was stopped in mid-run left half-written; it names its work after its process."""
        # Its number by its own account: on Windows, the Python of a venv starts another one.
        if self.ready is not None:
            for work in folder.glob(f".anomaly_lens_{self.ready['pid']}_*"):
                shutil.rmtree(work, ignore_errors=True)


def _works_in(method: str, params: dict[str, Any]) -> str | None:
    """Where the engine keeps what is half-written; a model's folder is made when it is learned."""
    out = params.get("out")
    return str(Path(out).parent) if out and method == "teach" else out


def _options_hint() -> str:
    return translate(
        "Worker", "Choose a Python that has PyTorch under Settings > Options > Anomaly Lens, and press Test."
    )
