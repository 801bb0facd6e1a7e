"""The background task of a run: one layer after the other through the engine."""

from __future__ import annotations

import queue
import shutil
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import QgsTask
from qgis.PyQt.QtCore import QCoreApplication, pyqtSignal

from .area import Area
from .errors import PluginError
from .sources import Source, file_stem
from .worker import Engine, Event, Request

translate = QCoreApplication.translate

KILL_AFTER_S = 0.7
"""From cancelling to killing: the user sees the end within a second."""

_POLL_S = 0.1

# Downloading a web layer takes longer than searching it.
_EXPORT_SHARE = 0.6


@dataclass(frozen=True)
class Job:
    """One layer of a run.

    Attributes:
        source: what is searched.
        params: parameters of the ``detect`` request other than the scene and the area.
        area: where it is searched; everywhere where None.
    """

    source: Source
    params: dict[str, Any]
    area: Area | None = None


@dataclass(frozen=True)
class Progress:
    """A moment of a run, for the dock.

    Attributes:
        fraction: of the whole run, 0 to 1.
        text: what is being done.
        remaining: seconds to go, or None while that is a guess.
    """

    fraction: float
    text: str
    remaining: float | None = None


@dataclass(frozen=True)
class Outcome:
    """How one layer ended.

    Attributes:
        job: what was asked for.
        result: the engine's ``detect`` result, or None.
        error: what went wrong where there is no result.
    """

    job: Job
    result: dict[str, Any] | None = None
    error: PluginError | None = None


class DetectTask(QgsTask):
    """Runs jobs in a thread of QGIS's task manager.

    It holds no object of the main thread, so that layers, projects and docks may go while it runs.

    Args:
        engine: the engine that works.
        jobs: snapshots, one a layer.
    """

    progressed = pyqtSignal(object)
    """A :class:`Progress`."""
    item_ended = pyqtSignal(object)
    """An :class:`Outcome`, as soon as each layer ends."""
    ended = pyqtSignal()
    """The run is over, whichever way; emitted in the main thread."""

    def __init__(self, engine: Engine, jobs: Sequence[Job]) -> None:
        flags = QgsTask.Flag.CanCancel
        if hasattr(QgsTask.Flag, "Silent"):
            # From QGIS 3.26 on: the plugin says itself what came of a run.
            flags |= QgsTask.Flag.Silent
        super().__init__(translate("DetectTask", "Anomaly Lens"), flags)
        self.over = threading.Event()
        self._engine = engine
        self._jobs = list(jobs)
        self._index = 0
        self._stop = threading.Event()

    def run(self) -> bool:
        """Work through the jobs; called by the task manager in a thread of its own.

        Returns:
            Whether every job brought a result.
        """
        fine = True
        try:
            for index, job in enumerate(self._jobs):
                self._index = index
                outcome = self._run_job(job)
                fine = fine and outcome.error is None
                self.item_ended.emit(outcome)
                if self._stop.is_set():
                    break
        finally:
            self.over.set()
        return fine and not self._stop.is_set()

    def cancel(self) -> None:
        """Stop as soon as possible; may be called from any thread."""
        self._stop.set()
        for job in self._jobs:
            if job.source.export is not None:
                job.source.export.feedback.cancel()
        super().cancel()

    def finished(self, _fine: bool) -> None:
        """Tell the end; called by the task manager in the main thread."""
        self.ended.emit()

    def _run_job(self, job: Job) -> Outcome:
        try:
            return Outcome(job, result=self._detect(job))
        except PluginError as error:
            return Outcome(job, error=error)
        except Exception as error:  # noqa: BLE001 - one layer must not take down the others; it is reported in full
            message = translate("DetectTask", "“{name}” failed unexpectedly: {reason}.")
            hint = translate("DetectTask", "Please report this with the details.")
            return Outcome(
                job,
                error=PluginError(
                    "internal", message.format(name=job.source.name, reason=error), hint, traceback.format_exc()
                ),
            )

    def _detect(self, job: Job) -> dict[str, Any]:
        self._check()
        source = job.source
        params = dict(job.params)
        if job.area is not None:
            params["area"] = job.area.params(source.crs)
        if source.export is None:
            return self._ask({**params, "scene": source.path}, 0.0)
        folder = tempfile.mkdtemp(prefix="anomaly_lens_")
        try:
            # Its name becomes that of the results.
            scene = Path(folder) / f"{file_stem(source.name)}.tif"
            text = translate("DetectTask", "Exporting “{name}”").format(name=source.name)
            extent = None if job.area is None else job.area.extent_in(source.crs)
            self._tell(0.0, text)
            source.export.write(scene, extent, lambda fraction: self._tell(fraction * _EXPORT_SHARE, text))
            return self._ask({**params, "scene": str(scene), "source": source.origin}, _EXPORT_SHARE)
        finally:
            # A killed worker may hold the file for another moment; the system's temporary folder can bear it.
            shutil.rmtree(folder, ignore_errors=True)

    def _ask(self, params: dict[str, Any], already: float) -> dict[str, Any]:
        """Send one ``detect`` request and see it through.

        Args:
            params: of the request.
            already: the fraction of the job that was done before.

        Returns:
            The engine's result.

        Raises:
            PluginError: the engine's error, or ``cancelled``.
        """
        events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._tell(already, translate("DetectTask", "Starting the engine"))
        request = self._engine.request("detect", params, events.put)
        watch = _CancelWatch(request, self._stop)
        while True:
            watch.look()
            try:
                event = events.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            kind = event.get("event")
            if kind == "result":
                # The result lies on disk, whole; a cancel that came too late does not take it away.
                return dict(event["result"])
            if kind == "error":
                raise PluginError.from_dict(event.get("error") or {})
            if kind == "progress":
                fraction = already + (1 - already) * float(event.get("fraction") or 0)
                self._tell(fraction, str(event.get("message") or ""), event.get("remaining"))

    def _tell(self, fraction: float, text: str, remaining: float | None = None) -> None:
        count = len(self._jobs)
        if count > 1:
            text = f"{self._index + 1}/{count} · {text}"
            # Nothing is known of the layers that wait.
            remaining = remaining if self._index == count - 1 else None
        overall = (self._index + min(1.0, fraction)) / count
        self.setProgress(100 * overall)
        self.progressed.emit(Progress(overall, text, remaining))

    def _check(self) -> None:
        if self._stop.is_set():
            raise PluginError("cancelled", translate("DetectTask", "The run was cancelled."))


class _CancelWatch:
    """Passes a cancel on to the engine, once, and kills it where it stays deaf."""

    def __init__(self, request: Request, stop: threading.Event, clock: Callable[[], float] = time.monotonic) -> None:
        self._request = request
        self._stop = stop
        self._clock = clock
        self._asked: float | None = None
        self._killed = False

    def look(self) -> None:
        if not self._stop.is_set() or self._killed:
            return
        if self._asked is None:
            self._asked = self._clock()
            self._request.cancel()
        elif self._clock() - self._asked > KILL_AFTER_S:
            self._killed = True
            self._request.kill()
