"""The worker: the engine as a process that speaks JSON lines; the messages are in ``docs/architecture.md``.

Four threads share the work: the main thread reads requests and answers the short ones, one computes ``detect``,
``teach`` and ``evaluate`` requests in order, one repeats the latest progress, so that it comes at least twice a second
even during a long step, and one makes polygons of the heat map that somebody looks at, also while a scene is searched.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

from .errors import Cancelled, EngineError
from .parameters import check_parameters

if TYPE_CHECKING:
    from .score_map import ScoreMap

PROTOCOL = 1

_HEARTBEAT_SECONDS = 0.4


class Worker:
    """Answers requests.

    Args:
        output: where the answers go, one JSON object a line.
    """

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._output_lock = threading.Lock()
        self._jobs: queue.Queue[tuple[str, str, dict[str, Any]] | None] = queue.Queue()
        self._shapings: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self._scores: ScoreMap | None = None  # of the heat map that was asked for last
        self._cancels: dict[str, threading.Event] = {}
        self._stops: dict[str, threading.Event] = {}
        self._cancels_lock = threading.Lock()
        self._running: str | None = None
        self._progress: dict[str, Any] = {}
        self._progress_at = 0.0
        self._methods: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "ping": self._ping,
            "devices": _devices,
            "catalog": _catalog,
            "info": _info,
            "models": _models,
            "cancel": self._cancel,
            "stop": self._stop,
        }

    def serve(self, lines: TextIO) -> None:
        """Answer requests until the input ends or one asks to shut down."""
        computing = threading.Thread(target=self._compute, name="anomaly-lens-compute", daemon=True)
        computing.start()
        threading.Thread(target=self._beat, name="anomaly-lens-heartbeat", daemon=True).start()
        threading.Thread(target=self._shape, name="anomaly-lens-polygonize", daemon=True).start()
        self.send({"event": "ready", "protocol": PROTOCOL, "version": _version(), "pid": os.getpid()})
        for line in lines:
            if line.strip() and not self._answer(line):
                break
        with self._cancels_lock:
            for cancel in self._cancels.values():
                cancel.set()
        self._jobs.put(None)
        # Long enough to remove what is half-written; the process ends anyway.
        computing.join(timeout=5)

    def send(self, message: dict[str, Any]) -> None:
        """Write one message; a reader that has gone away is no error."""
        with self._output_lock:
            try:
                line = json.dumps(message, ensure_ascii=False) + "\n"
                self._output.write(line.encode(errors="replace").decode())  # half a surrogate cannot be written
                self._output.flush()
            except (BrokenPipeError, ValueError):
                pass

    def _answer(self, line: str) -> bool:
        """Deal with one request; False when it asks to shut down."""
        identity = None
        try:
            request = json.loads(line)
            identity = str(request["id"])
            method = request["method"]
            params = request.get("params") or {}
            if not isinstance(method, str) or not isinstance(params, dict):
                raise TypeError
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.send(
                _failure(
                    identity,
                    EngineError("bad_request", "A request could not be understood.", "This is a bug: report it."),
                )
            )
            return True
        try:
            check_parameters(method, params)
        except EngineError as error:
            self.send(_failure(identity, error))
            return True
        if method == "shutdown":
            self.send({"id": identity, "event": "result", "result": {}})
            return False
        if method in {"detect", "teach", "evaluate"}:
            with self._cancels_lock:
                self._cancels[identity] = threading.Event()
                self._stops[identity] = threading.Event()
            self._jobs.put((identity, method, params))
        elif method == "polygonize":
            self._shapings.put((identity, params))
        elif method in self._methods:
            self.send(self._outcome(identity, lambda: self._methods[method](params)))
        else:
            self.send(
                _failure(identity, EngineError("bad_request", f"There is no method “{method}”.", "Update the plugin."))
            )
        return True

    def _outcome(self, identity: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The message that ends a request: the result of some work, or its error."""
        try:
            return {"id": identity, "event": "result", "result": work()}
        except EngineError as error:
            return _failure(identity, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the request must end, and the log tells the rest
            traceback.print_exc()
            return _failure(identity, _unexpected(error))

    def _compute(self) -> None:
        # Importing torch takes seconds; by the time the user presses Run it is there. What is wrong shows up then.
        # Packages that do not fit each other raise whatever they like.
        with suppress(Exception):
            from . import pipeline  # noqa: F401
        while (job := self._jobs.get()) is not None:
            identity, method, params = job
            begin = {"stage": "statistics", "message": "Starting", "fraction": 0.0, "elapsed": 0.0, "remaining": None}
            # As soon as a request counts as running, the heartbeat repeats what it finds.
            self._progress, self._progress_at = begin, time.monotonic()
            with self._cancels_lock:
                if identity not in self._cancels:
                    continue  # cancelled while it waited
                self._running = identity
            self._report(begin)
            compute = {"detect": self._detect, "teach": self._teach, "evaluate": _evaluate}[method]
            answer = self._outcome(identity, lambda c=compute, i=identity, p=params: c(i, p))  # type: ignore[misc]
            with self._cancels_lock:
                self._cancels.pop(identity, None)
                self._stops.pop(identity, None)
            self._running = None
            self.send(answer)

    def _detect(self, identity: str, params: dict[str, Any]) -> dict[str, Any]:
        from .pipeline import detect

        with self._cancels_lock:
            cancel = self._cancels[identity]
        if cancel.is_set():
            raise Cancelled
        threshold = params.get("threshold") or {}
        chosen = ("detector", "model", "modality", "device", "min_area", "outline", "peak_share", "area")
        told = ("bands", "nodata", "crs", "name", "source")
        try:
            scene, out = params["scene"], params["out"]
        except KeyError as error:
            raise EngineError("bad_request", f"A detect request lacks {error}.", "Update the plugin.") from error
        result = detect(
            scene,
            out,
            threshold_percent=threshold.get("percent"),
            threshold_score=threshold.get("score"),
            progress=lambda progress: self._report(vars(progress)),
            cancel=cancel,
            **{name: params[name] for name in chosen + told if params.get(name) is not None},
        )
        return result.to_dict()

    def _teach(self, identity: str, params: dict[str, Any]) -> dict[str, Any]:
        from .teaching.teach import teach

        with self._cancels_lock:
            cancel, stop = self._cancels[identity], self._stops[identity]
        if cancel.is_set():
            raise Cancelled
        names = ("name", "bands", "nodata", "crs", "sources", "adapt", "seed", "budget_s", "checkpoints", "device")
        try:
            scenes, normal, out = params["scenes"], params["normal"], params["out"]
        except KeyError as error:
            raise EngineError("bad_request", f"A teach request lacks {error}.", "Update the plugin.") from error
        result = teach(
            scenes,
            normal,
            out,
            progress=lambda progress: self._report(vars(progress)),
            cancel=cancel,
            stop=stop,
            **{name: params[name] for name in names if params.get(name) is not None},
        )
        return result.to_dict()

    def _shape(self) -> None:
        while True:
            identity, params = self._shapings.get()
            self.send(self._outcome(identity, lambda p=params: self._polygonize(p)))  # type: ignore[misc]

    def _polygonize(self, params: dict[str, Any]) -> dict[str, Any]:
        from .polygonize import polygonize, shape_features
        from .score_map import Shaping, load

        threshold = params.get("threshold") or {}
        if not params.get("heatmap"):
            raise EngineError("bad_request", "A polygonize request could not be understood.", "Update the plugin.")
        names = ("peak_share", "min_area", "merge", "fill_holes", "smooth")
        shaping = Shaping(
            threshold_score=threshold.get("score"),
            threshold_percent=threshold.get("percent"),
            **{name: params[name] for name in names if params.get(name) is not None},
        )
        if params.get("out"):
            return polygonize(params["heatmap"], shaping, params["out"])
        before = self._scores
        try:
            self._scores = load(params["heatmap"], shaping, before)
        except EngineError:
            self._scores = None
            raise
        if self._scores is not before:
            # PyTorch's hundred thousands of objects stay: looking through them for garbage would make the slider stick.
            gc.collect()
            gc.freeze()
        return shape_features(self._scores, shaping, params.get("taken") or [])

    def _report(self, progress: dict[str, Any]) -> None:
        """Send progress, but not more often than a person can see."""
        self._progress = progress
        now = time.monotonic()
        if now - self._progress_at >= _HEARTBEAT_SECONDS / 4 or progress["fraction"] in {0.0, 1.0}:
            self._progress_at = now
            self.send({"id": self._running, "event": "progress", **progress})

    def _beat(self) -> None:
        while True:
            time.sleep(_HEARTBEAT_SECONDS / 4)
            running = self._running
            silent = time.monotonic() - self._progress_at
            if running is not None and silent >= _HEARTBEAT_SECONDS:
                progress = self._progress
                self._progress = {**progress, "elapsed": progress["elapsed"] + silent}
                self._progress_at = time.monotonic()
                self.send({"id": running, "event": "progress", **self._progress})

    def _ping(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"version": _version(), "pid": os.getpid(), "busy": self._running is not None}

    def _cancel(self, params: dict[str, Any]) -> dict[str, Any]:
        identity = str(params.get("id"))
        with self._cancels_lock:
            cancel = self._cancels.get(identity)
            waits = cancel is not None and identity != self._running
            if waits:
                del self._cancels[identity], self._stops[identity]
        if cancel is not None:
            cancel.set()
        if waits:
            # What runs may take an hour; nobody who cancels should wait for that.
            self.send(_failure(identity, Cancelled()))
        return {"cancelled": cancel is not None}

    def _stop(self, params: dict[str, Any]) -> dict[str, Any]:
        with self._cancels_lock:
            stop = self._stops.get(str(params.get("id")))
        if stop is not None:
            stop.set()
        return {"stopped": stop is not None}


def _failure(identity: str | None, error: EngineError) -> dict[str, Any]:
    return {"id": identity, "event": "error", "error": error.to_dict()}


def _unexpected(error: Exception) -> EngineError:
    """An error that nobody foresaw, in words: a package that is damaged or missing, or a bug."""
    loading = any(frame.f_code.co_name == "<module>" for frame, _ in traceback.walk_tb(error.__traceback__))
    if loading or isinstance(error, ImportError):
        from .check import cannot_load

        return cannot_load(error)
    message = f"The engine failed unexpectedly ({type(error).__name__}: {error})."
    return EngineError("internal", message, "See the log; please report it as a bug.")


def _version() -> str:
    from .provenance import package_version

    return package_version()


def _devices(_: dict[str, Any]) -> dict[str, Any]:
    from .device import choose_device, devices

    return {"devices": devices(), "default": choose_device("auto")}


def _catalog(_: dict[str, Any]) -> dict[str, Any]:
    from . import detectors, profiles

    return {"detectors": detectors.catalog(), "profiles": profiles.catalog()}


def _info(params: dict[str, Any]) -> dict[str, Any]:
    from .scene import open_scene

    with open_scene(str(params.get("scene", "")), crs=params.get("crs")) as scene:
        return scene.info()


def _evaluate(_: str, params: dict[str, Any]) -> dict[str, Any]:
    from .evaluation import evaluate

    labels = params.get("labels")
    if not params.get("scores") or not isinstance(labels, dict):
        raise EngineError("bad_request", "An evaluate request could not be understood.", "Update the plugin.")
    return evaluate(params["scores"], labels, params.get("crs")).to_dict()


def _models(params: dict[str, Any]) -> dict[str, Any]:
    from .models.taught import list_models

    return list_models(params.get("folder"))


def run_worker() -> int:
    """Serve stdin and stdout until the input ends.

    Returns:
        The exit status; 3 when this Python lacks what the engine needs.
    """
    # Messages alone may go to the real stdout: what libraries print there would break the protocol.
    output = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    from .check import check_packages

    try:
        check_packages()
    except EngineError as error:
        output.write(json.dumps({"event": "fatal", "error": error.to_dict()}, ensure_ascii=False) + "\n")
        output.flush()
        return 3
    Worker(output).serve(sys.stdin)
    return 0
