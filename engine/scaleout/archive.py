"""The scenes of an archive: a whole run for each, on Dask workers or one after the other in this process."""

from __future__ import annotations

import hashlib
import json
import threading
import time
import uuid
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter, deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..area import read_geometry
from ..errors import Cancelled, EngineError
from ..models.taught import is_folder, load_model
from ..paths import absolute, stem, without_secrets
from ..pipeline import check_parameters
from ..progress import Progress, time_left
from ..provenance import versions
from . import remote
from .cluster import AHEAD, ask_all, check_files, crew, drop, outcome, wait_for_any
from .remote import Outcome

if TYPE_CHECKING:
    from distributed import Client, Future

RECORDS = ".anomaly_lens_archive"
"""Folder in the output folder with a file for each scene that is finished."""

_OF_ALL = "detector", "modality", "threshold_percent", "threshold_score", "min_area", "outline", "peak_share"
"""Parameters that are wrong whatever the scene."""

_CLEAN_UP_SECONDS = 15
_LOOK_SECONDS = 1.0


def read_list(path: str) -> list[str]:
    """The scenes that a text file names, one a line; what begins with # is a comment.

    Raises:
        EngineError: ``scene_not_found`` where the file cannot be read.
    """
    try:
        text = Path(path).read_bytes()
        # Windows' editors put a byte-order mark before the first name; its shell writes UTF-16 behind one. One scene
        # whose name is not in UTF-8 does not keep the others from being found.
        encoding = "utf-16" if text.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
        lines = text.decode(encoding, errors="surrogateescape").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EngineError(
            "scene_not_found", f"The list of scenes {path} cannot be read.", "Give a text file with one path a line."
        ) from error
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def detect_scenes(
    scenes: Sequence[str],
    out: str | Path,
    *,
    client: Client | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    **parameters: Any,  # noqa: ANN401 - those of detect
) -> list[Outcome]:
    """Detect anomalies in many scenes; those that an earlier call has finished are not looked at again.

    Calls that overlap share the work. A scene that cannot be used does not keep the others from being done; a worker
    that dies gives its scene to another.

    Args:
        scenes: paths, the same for all workers.
        out: folder for the results of all.
        client: connected to workers (:func:`~.cluster.connect`); None: in this process.
        progress: called in this thread.
        cancel: set it in another thread to stop.
        **parameters: of :func:`~anomaly_lens.engine.pipeline.detect`, the same for all scenes.

    Returns:
        What became of each, in the order given.

    Raises:
        EngineError: ``cancelled``, ``bad_area``, ``bad_model``, what :func:`..pipeline.check_parameters` and
            :mod:`.cluster` raise; finished scenes stay finished.
    """
    if parameters.get("name"):
        raise EngineError("bad_parameter", "One name cannot be for many scenes.", "Leave out --name.")
    # Once, and not for each scene.
    check_parameters(**{name: parameters[name] for name in _OF_ALL if name in parameters})
    area = parameters.get("area")
    if area and "path" in area:
        parameters["area"] = {**area, "path": absolute(area["path"])}
    model = parameters.get("model")
    if model and is_folder(model):  # not the name of one that is shipped
        parameters["model"] = absolute(model)
    asked = [absolute(scene) for scene in scenes]
    # A URL that is signed anew is the same scene; of several, the last was signed last.
    paths = {without_secrets(path): path for path in asked}
    key = _key(parameters)
    folder = Path(out).absolute()
    records = folder / RECORDS
    try:
        records.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(
            "not_writable", f"Nothing can be written in {out} ({error.strerror}).", "Choose another output folder."
        ) from error
    same = Counter(map(stem, paths))
    jobs: deque[remote.Job] = deque()
    found: dict[str, Outcome] = {}
    for scene, path in paths.items():
        # Two scenes of one name in different folders: what is written tells them apart, whoever is first.
        tail = "" if same[stem(scene)] == 1 else f"_{_digest(scene)[:6]}"
        name = f"{stem(scene)}_{parameters.get('detector', 'rx')}{tail}"
        record = records / f"{_digest(f'{key} {scene}')[:24]}.json"
        job = remote.Job(path, str(folder), str(record), {**parameters, "name": name})
        result = remote.finished(job)
        if result is not None:
            found[path] = Outcome(path, result, before=True)
        else:
            jobs.append(job)
    clock = _Clock(len(paths), len(found), progress, cancel)
    if client is None:
        _run_here(jobs, clock, found)
    else:
        _run_there(client, jobs, clock, found)
    return [found[path] for path in paths.values()]


def _digest(text: str) -> str:
    """A hash of a text with a path, whose bytes may be no letters."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _key(parameters: dict[str, Any]) -> str:
    """A hash of all that results depend on besides their scenes: parameters, what area and model hold now, the code."""
    facts: list[Any] = [versions(), parameters]
    if parameters.get("area"):
        # Looking at a GeoPackage in QGIS gives it a new date: its polygons count.
        geometry, crs = read_geometry(parameters["area"])
        facts += [geometry.wkb_hex, None if crs is None else crs.to_wkt()]
    if parameters.get("model"):
        facts.append(load_model(parameters["model"]).card["sha256"])
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


class _Clock:
    """The progress of an archive, and its cancel.

    Attributes:
        cancel: set by the user.
        done: how many scenes are done.
        elsewhere: scenes that another call was at when they were last asked for.
    """

    def __init__(
        self, count: int, before: int, listener: Callable[[Progress], None] | None, cancel: threading.Event | None
    ) -> None:
        self.cancel = cancel or threading.Event()
        self.done = before
        self.elsewhere: set[str] = set()
        self._count, self._before = count, before
        self._listener = listener
        self._began = time.monotonic()

    def tell(self, under_way: float = 0.0) -> None:
        """Tell how many scenes are done, and how much of those under way; raises where the user cancelled."""
        if self.cancel.is_set():
            raise Cancelled
        if self._listener is None:
            return
        done = self.done + under_way
        elapsed = time.monotonic() - self._began
        remaining = time_left(elapsed, done - self._before, self._count - done)
        message = f"{self.done} of {self._count} scenes"
        if self.elsewhere and len(self.elsewhere) == self._count - self.done:
            message = f"{message}, another run is at the rest"
        self._listener(Progress("scenes", message, min(1.0, done / self._count), elapsed, remaining))


def _run_here(jobs: deque[remote.Job], clock: _Clock, found: dict[str, Outcome]) -> None:
    """One scene after the other; those that another process is at come last."""
    while jobs:
        clock.tell()
        job = jobs.popleft()
        try:
            ended = remote.detect_scene(job, lambda moment: clock.tell(moment.fraction), clock.cancel)
        except Cancelled:
            raise
        except EngineError as error:
            ended = Outcome(job.scene, None, error)
        _note(ended, job, jobs, clock, found)
    clock.tell()


def _note(
    ended: Outcome | None, job: remote.Job, jobs: deque[remote.Job], clock: _Clock, found: dict[str, Outcome]
) -> None:
    """Keep what became of a scene; one that another process is at is asked for again."""
    if ended is None:
        clock.elsewhere.add(job.scene)
        jobs.append(job)
        return
    clock.elsewhere.discard(job.scene)
    found[job.scene] = ended
    clock.done += 1


def _run_there(client: Client, jobs: deque[remote.Job], clock: _Clock, found: dict[str, Outcome]) -> None:
    """As many scenes at once as there are workers."""
    if jobs:
        check_files(client, [job.scene for job in jobs], jobs[0].out)
    run = uuid.uuid4().hex
    running: dict[Future, remote.Job] = {}
    looked = 0.0
    under_way = 0.0

    def tell() -> None:
        nonlocal looked, under_way
        if time.monotonic() - looked > _LOOK_SECONDS:
            shares = ask_all(client, remote.shares, run)
            under_way = sum(shares.values())
            looked = time.monotonic()
        clock.tell(under_way)

    try:
        while jobs or running:
            while jobs and len(running) < AHEAD * max(1, crew(client)):
                job = jobs.popleft()
                running[client.submit(remote.detect_there, run, job, pure=False)] = job
            for future in wait_for_any(client, running, tell):
                job = running.pop(future)
                try:
                    ended = outcome(future)
                except EngineError as error:
                    ended = Outcome(job.scene, None, error)
                _note(ended, job, jobs, clock, found)
            clock.tell()
    finally:
        if running:
            _stop(client, run, list(running))


def _stop(client: Client, run: str, futures: list[Future]) -> None:
    """Have the workers stop what they are at and clean up after themselves."""
    if client.status != "running":
        return
    try:
        ask_all(client, remote.stop, run)
    except EngineError:  # nobody is there to be stopped; why this run ends is told already
        return
    deadline = time.monotonic() + _CLEAN_UP_SECONDS
    while time.monotonic() < deadline and any(not future.done() for future in futures):
        time.sleep(0.1)
    drop(client, futures)
