"""What runs in the Dask workers."""

from __future__ import annotations

import json
import pickle  # nosec B403
import platform
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from ..device import devices
from ..errors import EngineError
from ..pipeline import DetectResult, detect
from ..progress import Progress
from ..provenance import versions
from ..region import Region, Strip
from ..scene import open_scene
from ..work import claimed, file_states

# A worker with several threads would run several strips at once in one process, each with all cores and much memory.
_COMPUTING = threading.Lock()


def facts() -> dict[str, Any]:
    """This process's versions and devices."""
    return {"versions": versions(), "devices": [d["name"] for d in devices() if d["available"]]}


def see_files(scene: str | None, out: str | None = None) -> str | None:
    """What keeps this process from reading a scene or writing in a folder, in a sentence; None if nothing."""
    if scene is not None:
        try:
            open_scene(scene).close()
        except EngineError as error:
            return error.message
    if out is not None:
        probe = Path(out) / f".anomaly_lens_{uuid.uuid4().hex}"
        try:
            probe.touch()
            probe.unlink()
        except OSError as error:
            return f"{out} cannot be written ({error.strerror})."
    return None


@dataclass(frozen=True)
class Source:
    """A region of a scene, as it is told to another process.

    Attributes:
        run: unique name of the run.
        path: of the scene.
        bands: in use, from 1.
        nodata: what means no data besides what the scene says, or None.
        shape: bands, rows and columns of the scene, and its data type.
        area: the area of interest in the scene's pixel coordinates, as WKB; None for the whole scene.
        versions: of the process that asks.
        offset: what is taken off each band, see :meth:`.Region.take_off`; nothing when None.
    """

    run: str
    path: str
    bands: tuple[int, ...]
    nodata: float | None
    shape: tuple[int, int, int, str]
    area: bytes | None
    versions: str
    offset: tuple[float, ...] | None = None


@lru_cache(maxsize=1)
def _region(source: Source) -> Region:
    """The region; kept open, since strips of one scene come one after the other."""
    if source.versions != str(versions()):
        raise EngineError(
            "cluster_mismatch",
            f"A worker on {platform.node()} that joined the run has another version of Anomaly Lens or its packages.",
            "Install the same versions on every worker; the run goes on when it is started again.",
        )
    scene = open_scene(source.path, source.bands, source.nodata)
    if (scene.count, scene.height, scene.width, scene.dtype) != source.shape:
        raise EngineError(
            "cluster_mismatch",
            f"{source.path} is another file on {platform.node()}.",
            "Put the scene where all machines see it under one path.",
        )
    region = Region(scene, None if source.area is None else shapely.from_wkb(source.area))
    if source.offset is not None:
        region.take_off(np.array(source.offset))
    return region


def thaw(frozen: bytes) -> Any:  # noqa: ANN401 - whatever was frozen
    """An object that travelled as bytes; a task of its own, so that it can be had again when a worker is lost."""
    return pickle.loads(frozen)  # noqa: S301 - from the client of a cluster that runs its code anyway  # nosec B301


def look_at(look: Callable[[Strip], Any], source: Source, row: int, rows: int, halo: int) -> Any:  # noqa: ANN401
    """What a function finds in one strip, and what the scene warns of; or the error that a person should see.

    A detector that scores warns, too: of a GPU that has too little memory, say, which its own process does not notice.
    """
    with _COMPUTING:
        try:
            region = _region(source)
            found = look(region.read_strip(region.scene, row, rows, halo))
            return found, [*region.scene.warnings, *getattr(getattr(look, "__self__", None), "warnings", ())]
        except EngineError as error:
            return error


@dataclass(frozen=True)
class Job:
    """A run over one scene of an archive.

    Attributes:
        scene: its path.
        out: folder of the results.
        record: file that is written when it is finished.
        parameters: of :func:`~anomaly_lens.engine.pipeline.detect`.
    """

    scene: str
    out: str
    record: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What became of a scene.

    Attributes:
        scene: its path.
        result: of the run, as plain JSON types; None where there is none.
        error: why there is none.
        before: whether another call had finished it.
    """

    scene: str
    result: dict[str, Any] | None
    error: EngineError | None = None
    before: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        error = None if self.error is None else self.error.to_dict()
        return {"scene": self.scene, "result": self.result, "error": error, "before": self.before}


_SHARES: dict[str, float] = {}
"""By run, how much of the scene is done that this process is at."""

_TAKEN_SECONDS = 0.2
"""How long after a scene that another process is at the next one is asked for."""

_STOPS: defaultdict[str, threading.Event] = defaultdict(threading.Event)


def detect_scene(job: Job, progress: Callable[[Progress], None], cancel: threading.Event) -> Outcome | None:
    """Detect anomalies in one scene of an archive, unless another call has done so by now.

    Returns:
        What became of it; None, after a moment, while another process is at it.

    Raises:
        EngineError: ``internal`` also for what nobody thought of: the other scenes can be done nevertheless.
    """
    with ExitStack() as stack:
        try:
            mine = stack.enter_context(claimed(Path(job.record).with_suffix(".lock")))
        except OSError as error:
            raise _not_writable(job, error) from error
        if not mine:
            cancel.wait(_TAKEN_SECONDS)
            return None
        before = finished(job)
        if before is not None:
            return Outcome(job.scene, before, before=True)
        return Outcome(job.scene, _detect_and_note(job, progress, cancel))


def finished(job: Job) -> dict[str, Any] | None:
    """The result of another call, if it is still there and the scene's files are what they were.

    The record names them: to open thousands of scenes would take long. Those on servers have no date that is cheap to
    ask for.
    """
    try:
        record = json.loads(Path(job.record).read_text(encoding="utf-8"))
        result: dict[str, Any] = record["result"]
        for file in ("heatmap", "instances"):  # the folder may have been moved or copied, with its records
            result[file] = str(Path(job.out) / Path(result[file]).name)
        there = Path(result["heatmap"]).exists() and Path(result["instances"]).exists()
        unchanged = file_states([path for path, *_ in record["files"]]) == record["files"]
        return result if there and unchanged else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _detect_and_note(job: Job, progress: Callable[[Progress], None], cancel: threading.Event) -> dict[str, Any]:
    """Detect anomalies in a scene, and note that it is done, and of which files."""

    def note(result: DetectResult) -> None:
        record = Path(job.record)
        half = record.with_suffix(f".{uuid.uuid4().hex}")
        told = {"files": files, "result": result.to_dict()}
        try:
            half.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
            half.replace(record)
        except OSError as error:  # the other scenes may have room
            half.unlink(missing_ok=True)
            raise _not_writable(job, error) from error

    try:
        with open_scene(job.scene, job.parameters.get("bands")) as scene:
            files = file_states(scene.files)  # a change while the run is on counts as one after it
        return detect(job.scene, job.out, progress=progress, cancel=cancel, note=note, **job.parameters).to_dict()
    except EngineError:
        raise
    except Exception as error:
        message = f"The engine failed unexpectedly at {job.scene} ({type(error).__name__}: {error})."
        raise EngineError("internal", message, "Please report it as a bug.") from error


def _not_writable(job: Job, error: OSError) -> EngineError:
    return EngineError(
        "not_writable", f"The results cannot be written in {job.out} ({error}).", "Choose another output folder."
    )


def detect_there(run: str, job: Job) -> Outcome | EngineError | None:
    """:func:`detect_scene` in a worker."""
    with _COMPUTING:
        try:
            return detect_scene(job, lambda moment: _SHARES.__setitem__(run, moment.fraction), _STOPS[run])
        except EngineError as error:
            return error
        finally:
            _SHARES.pop(run, None)


def shares(run: str) -> float:
    """How much of a scene this process has done that is not finished."""
    return _SHARES.get(run, 0.0)


def stop(run: str) -> None:
    """Have this process stop what it does for a run."""
    _STOPS[run].set()


def forget() -> None:
    """Close what the last run left open, unless another run is at work."""
    if _COMPUTING.acquire(blocking=False):
        _region.cache_clear()
        _COMPUTING.release()
