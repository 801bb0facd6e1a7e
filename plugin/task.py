"""The background task of a run: one layer after the other through the engine."""

from __future__ import annotations

import shutil
import tempfile
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from qgis.PyQt.QtCore import QCoreApplication, pyqtSignal

from .area import Area
from .background_task import SilentTask
from .engine import Engine
from .errors import PluginError
from .exchange import Exchange, awaited
from .sources import Source, file_stem
from .worker import Event

translate = QCoreApplication.translate

# Downloading a web layer takes longer than searching it.
_EXPORT_SHARE = 0.6

Tell = Callable[[float, str, Optional[float]], None]
"""Takes the fraction of a job that is done, what is being done, and the seconds to go, None while that is a guess."""


@dataclass(frozen=True, eq=False)
class Job:
    """One layer of a run; the same only as itself.

    Attributes:
        source: what is searched.
        params: parameters of the ``detect`` request other than the scene and the area.
        area: where it is searched; everywhere where None.
    """

    source: Source
    params: dict[str, Any]
    area: Area | None = None

    def stop_export(self) -> None:
        """Stop the export of a layer that is no file; may be called from any thread."""
        if self.source.export is not None:
            self.source.export.feedback.cancel()


@dataclass(frozen=True)
class Progress:
    """A moment of a run, for the dock.

    Attributes:
        fraction: of the whole run, 0 to 1.
        text: what is being done.
        remaining: seconds to go, or None while that is a guess.
        item: of the present layer, 0 to 1.
    """

    fraction: float
    text: str
    remaining: float | None = None
    item: float = 0.0


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


def search(engine: Engine, job: Job, tell: Tell, stopped: Callable[[], bool]) -> dict[str, Any]:
    """Do one job in a thread that may wait; dock, batch and toolbox all come here.

    Args:
        engine: the engine that works.
        job: what to do.
        tell: called with progress.
        stopped: whether the user wants the end.

    Returns:
        The engine's ``detect`` result.

    Raises:
        PluginError: what is wrong with the layer, the area or the engine; ``cancelled`` where the user wanted the end.
    """
    if stopped():
        raise PluginError("cancelled", translate("DetectTask", "The run was cancelled."))
    source = job.source
    params = dict(job.params)
    if job.area is not None:
        params["area"] = job.area.params(source.crs)
    if source.nodata is not None:
        params["nodata"] = source.nodata
    if source.assigned_crs is not None:
        params["crs"] = source.assigned_crs
    if source.export is None:
        return _ask(engine, {**params, "scene": source.path}, 0.0, tell, stopped)
    folder = tempfile.mkdtemp(prefix="anomaly_lens_")
    try:
        # Its name becomes that of the results.
        scene = Path(folder) / f"{file_stem(source.name)}.tif"
        text = translate("DetectTask", "Exporting “{name}”").format(name=source.name)
        extent = None if job.area is None else job.area.extent_in(source.crs)
        tell(0.0, text, None)
        source.export.write(scene, extent, lambda fraction: tell(fraction * _EXPORT_SHARE, text, None))
        return _ask(engine, {**params, "scene": str(scene), "source": source.origin}, _EXPORT_SHARE, tell, stopped)
    finally:
        # A killed worker may hold the file for another moment; the system's temporary folder can bear it.
        shutil.rmtree(folder, ignore_errors=True)


def _ask(
    engine: Engine, params: dict[str, Any], already: float, tell: Tell, stopped: Callable[[], bool]
) -> dict[str, Any]:
    """Send the ``detect`` request of a job of which a fraction was done before."""

    def progressed(event: Event) -> None:
        fraction = already + (1 - already) * float(event.get("fraction") or 0)
        tell(min(1.0, fraction), str(event.get("message") or ""), event.get("remaining"))

    tell(already, awaited(engine), None)
    return Exchange(engine, "detect", params).result(progressed, stopped)


class DetectTask(SilentTask):
    """Runs jobs in a thread of QGIS's task manager.

    It holds no object of the main thread, so that layers, projects and docks may go while it runs.

    Args:
        engine: the engine that works.
        jobs: snapshots, one a layer.
    """

    progressed = pyqtSignal(object)
    """A :class:`Progress`."""
    item_began = pyqtSignal(object)
    """A :class:`Job`."""
    item_ended = pyqtSignal(object)
    """An :class:`Outcome`, as soon as each layer ends."""

    def __init__(self, engine: Engine, jobs: Sequence[Job]) -> None:
        super().__init__(translate("DetectTask", "Anomaly Lens"))
        self._engine = engine
        self._jobs = list(jobs)
        self._index = 0
        self._stop = threading.Event()
        self._skipped: set[Job] = set()

    def run(self) -> bool:
        """Work through the jobs; called by the task manager in a thread of its own.

        Returns:
            Whether every job brought a result.
        """
        fine = True
        try:
            # Jobs that are added meanwhile are done as well.
            for index, job in enumerate(self._jobs):
                self._index = index
                self.item_began.emit(job)
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
            job.stop_export()
        super().cancel()

    def add(self, jobs: Sequence[Job]) -> None:
        """Do more jobs, after those that wait."""
        self._jobs.extend(jobs)

    def skip(self, job: Job) -> None:
        """Leave out a job, or stop it where it is under way; it ends with ``cancelled``."""
        self._skipped.add(job)
        job.stop_export()

    def _run_job(self, job: Job) -> Outcome:
        try:
            result = search(self._engine, job, self._tell, lambda: self._stop.is_set() or job in self._skipped)
            return Outcome(job, result)
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

    def _tell(self, fraction: float, text: str, remaining: float | None) -> None:
        count = len(self._jobs)
        if count > 1:
            text = f"{self._index + 1}/{count} · {text}"
            # Nothing is known of the layers that wait.
            remaining = remaining if self._index == count - 1 else None
        overall = (self._index + fraction) / count
        self.setProgress(100 * overall)
        self.progressed.emit(Progress(overall, text, remaining, fraction))
