"""What runs in the Dask workers."""

from __future__ import annotations

import hashlib
import pickle
import platform
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import shapely

from ..device import devices
from ..errors import EngineError
from ..provenance import package_version, package_versions
from ..region import Region, Strip
from ..scene import open_scene

_PACKAGE = Path(__file__).resolve().parent.parent.parent

# A worker with several threads would run several strips at once in one process, each with all cores and much memory.
_COMPUTING = threading.Lock()


@cache
def versions() -> dict[str, str]:
    """What must be the same everywhere for results to be: the package's files and what it computes with."""
    code = hashlib.sha256()
    for path in sorted(
        [*(_PACKAGE / "engine").rglob("*.py"), *(_PACKAGE / "resources" / "weights").rglob("card.json")]
    ):
        code.update(path.read_bytes())
    found = {name: text.partition("+")[0] for name, text in package_versions().items()}
    found["python"] = ".".join(platform.python_version_tuple()[:2])
    return {"anomaly_lens": f"{package_version()} ({code.hexdigest()[:8]})", **found}


def facts() -> dict[str, Any]:
    """This process's versions and devices."""
    return {"versions": versions(), "devices": [d["name"] for d in devices() if d["available"]]}


def see_files(scenes: list[str], out: str | None) -> str | None:
    """What keeps this process from reading these scenes or writing in this folder, in a sentence; None if nothing."""
    for scene in scenes:
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
        shape: bands, rows and columns of the scene, and its data type.
        area: the area of interest in the scene's pixel coordinates, as WKB; None for the whole scene.
        versions: of the process that asks.
    """

    run: str
    path: str
    bands: tuple[int, ...]
    shape: tuple[int, int, int, str]
    area: bytes | None
    versions: str


@lru_cache(maxsize=1)
def _region(source: Source) -> Region:
    """The region; kept open, since strips of one scene come one after the other."""
    if source.versions != str(versions()):
        raise EngineError(
            "cluster_mismatch",
            f"A worker on {platform.node()} that joined the run has another version of Anomaly Lens or its packages.",
            "Install the same versions on every worker; the run goes on when it is started again.",
        )
    scene = open_scene(source.path, source.bands)
    if (scene.count, scene.height, scene.width, scene.dtype) != source.shape:
        raise EngineError(
            "cluster_mismatch",
            f"{source.path} is another file on {platform.node()}.",
            "Put the scene where all machines see it under one path.",
        )
    return Region(scene, None if source.area is None else shapely.from_wkb(source.area))


def thaw(frozen: bytes) -> Any:  # noqa: ANN401 - whatever was frozen
    """An object that travelled as bytes; a task of its own, so that it can be had again when a worker is lost."""
    return pickle.loads(frozen)  # noqa: S301 - from the client of a cluster that runs its code anyway  # nosec B301


def look_at(look: Callable[[Strip], Any], source: Source, row: int, rows: int, halo: int) -> Any:  # noqa: ANN401
    """What a function finds in one strip, or the error that a person should see."""
    with _COMPUTING:
        try:
            region = _region(source)
            return look(region.read_strip(region.scene, row, rows, halo))
        except EngineError as error:
            return error


def forget() -> None:
    """Close what the last run left open, unless another run is at work."""
    if _COMPUTING.acquire(blocking=False):
        _region.cache_clear()
        _COMPUTING.release()
