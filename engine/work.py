"""The hidden folder that a run works in, how its results leave it, and what a killed run left of it.

Raw scores are written row after row. A run whose process was killed leaves its folder behind; the next run that would
compute the same scores takes it over and goes on behind the last whole strip.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError

from .errors import EngineError
from .heatmap import BLOCK, PROVENANCE_KEY
from .paths import on_disk, without_secrets
from .provenance import versions

if TYPE_CHECKING:
    from .detectors.base import Detector
    from .region import Region

KEPT_DAYS = 7
"""What killed runs left is removed when it is older than this."""

_KEY = "key"
_PUBLISHED = "published"
_SIDECAR = ".aux.xml"
_BESIDE = ("-wal", "-journal", "-shm", _SIDECAR, ".ovr", ".msk")
_TELLING = re.compile(r"<(NoDataValue|Scale|Offset|ColorInterp|GeoTransform|SRS|GCPList)\b.*?</\1>", re.DOTALL)
"""Elements of a sidecar by which a file is read otherwise."""

_HIDDEN = ".anomaly_lens_*"
_LONGEST_NAME = 255
_NAME = re.compile(r"\.anomaly_lens_\d+_([0-9a-f]{12})")
_READ_VALUES = 2**22
_BYTES = np.dtype(np.float32).itemsize


def run_key(region: Region, detector: Detector, model: str | None) -> str:
    """A hash of all that raw scores depend on: the files as they are now, what is looked at, how, and by which code."""
    facts: dict[str, Any] = {
        "scene": without_secrets(region.scene.path),
        "files": file_states(region.scene.files),
        "bands": region.scene.bands,
        "nodata": region.scene.also_nodata,
        "window": [region.column, region.row, region.width, region.height],
        "area": None if region.area is None else region.area.wkb_hex,
        "detector": [detector.name, detector.profile.name, detector.device, model, detector.weights_sha256],
        "versions": versions(),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def file_states(paths: Iterable[str]) -> list[list[Any]]:
    """Path, size and time of files as they are now, and what is kept beside them of how to read them.

    Other ones later mean that a file has changed, or is gone.

    Args:
        paths: of a scene, as GDAL names them: of what lies in an archive, the archive counts; what is no file here (a
            URL) is left out.
    """
    found = [on_disk(path) for path in paths if not path.endswith(_SIDECAR)]
    files = dict.fromkeys(file.absolute() for file in found if file is not None)
    return [[str(f), f.stat().st_size, f.stat().st_mtime_ns, _beside(f)] for f in files]


def _beside(file: Path) -> str | None:
    """What is kept beside a file of its pixels and its place, or None.

    That is what GDAL's and QGIS's sidecar says, where QGIS writes statistics, too, when it shows a file: they change
    nothing. And which masks, world files and projections there are: what they say is in files of their own, which are
    among a scene's once they are there.
    """
    try:
        text = file.with_name(file.name + _SIDECAR).read_text(encoding="utf-8")
    except (OSError, ValueError):
        text = ""
    told = [match[0] for match in _TELLING.finditer(text)]
    return "\n".join(told + [name for name in _sidecars(file) if os.path.exists(name)]) or None  # noqa: PTH110


def _sidecars(file: Path) -> list[str]:
    """Paths, perhaps longer than can be, of a file's mask, world files and projection, if it has them."""
    kind = file.suffix[1:]
    endings = sorted({f"{kind[:1]}{kind[-1:]}w", f"{kind}w", "wld", "prj"})
    return [f"{file}.msk", *(f"{file.with_suffix('')}.{form}" for end in endings for form in (end, end.upper()))]


@contextmanager
def work_folder(out: Path, key: str, room: int) -> Iterator[Path]:
    """A hidden folder inside ``out`` that is gone at the end, unless the process is killed or its cluster is lost.

    Its name holds the process's number, so that the plugin can remove what a worker that it killed left behind, and the
    run's. It is that of an unfinished run with the same key where there is one, which is kept where there is no room to
    go on with it.

    Args:
        out: made where it is missing.
        key: of the run, see :func:`run_key`.
        room: how many bytes the run may need there, with what an unfinished one has written already.

    Raises:
        EngineError: ``not_writable``, ``disk_full``.
    """
    try:
        str(out).encode()  # GDAL takes no other names
        made = missing(out)
    except (OSError, ValueError) as error:  # no folder can have such a name
        raise _not_writable(out, str(error)) from error
    left = _taken_over(out, key)
    work = left or _named(out, uuid.uuid4().hex[:12])
    kept = left is not None
    try:
        with _begin(work, key):
            _check_room(out, room - sum(file.stat().st_size for file in work.iterdir()))
            kept = False
            yield work
    except EngineError as error:
        kept = kept or error.code == "cluster_lost"
        raise
    finally:
        if not kept:
            shutil.rmtree(work, ignore_errors=True)
        remove_empty(made)


def missing(folder: Path) -> list[Path]:
    """A folder and those around it that are not there yet, the innermost first."""
    return [each for each in (folder, *folder.parents) if not each.exists()]


def remove_empty(folders: Sequence[Path]) -> None:
    """Remove what :func:`missing` has told and was made since; what holds something, and what is around it, stays."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def _begin(work: Path, key: str) -> TextIO:
    """Make the folder and write the key; while the file is open, the folder is this process's."""
    try:
        work.mkdir(parents=True, exist_ok=True)
        file = (work / _KEY).open("a", encoding="utf-8")
        _lock(file.fileno())
        if not file.tell():  # a folder that was taken over has it; on a full disk, it could not be written again
            file.write(key)
            file.flush()
    except OSError as error:
        raise _not_writable(work.parent, str(error.strerror)) from error
    return file


def _not_writable(folder: Path, reason: str) -> EngineError:
    return EngineError(
        "not_writable", f"Nothing can be written in {folder} ({reason}).", "Choose another output folder."
    )


def _named(out: Path, run_id: str) -> Path:
    return out / f".anomaly_lens_{os.getpid()}_{run_id}"


def _taken_over(out: Path, key: str) -> Path | None:
    """The folder of an unfinished run with this key, which is this process's now; what is too old is removed."""
    remove_old(out)
    for work in sorted(out.glob(_HIDDEN)):
        name = _NAME.fullmatch(work.name)
        if name is None or not _abandoned(work):
            continue
        try:
            if (work / _KEY).read_text(encoding="utf-8") == key:
                return work.rename(_named(out, name[1]))
        except OSError:  # another run took it first; on Windows, it is in use
            continue
    return None


def remove_old(folder: Path) -> None:
    """Remove what killed runs and teachings left in a folder, unless it may still be of use.

    Args:
        folder: of results, or of models.
    """
    for work in folder.glob(_HIDDEN):
        with suppress(OSError):  # another run was faster
            # A folder has the date of its youngest file's beginning: a run may have written for weeks since.
            written = max(path.stat().st_mtime for path in (work, *work.iterdir()))
            old = time.time() - written > KEPT_DAYS * 86_400
            # A teaching writes no key, and takes no week.
            if old and _NAME.fullmatch(work.name) and (_abandoned(work) or not (work / _KEY).exists()):
                shutil.rmtree(work, ignore_errors=True)


def _abandoned(work: Path) -> bool:
    """Whether no process works in a folder."""
    try:
        with (work / _KEY).open(encoding="utf-8") as file:
            return _lock(file.fileno())
    except OSError:
        return False


def _lock(file: int) -> bool:
    """Take a file for this process until it is closed or the process ends, however that happens; False if it is taken.

    On Windows, that it is open is enough: a folder with an open file in it cannot be renamed.
    """
    if os.name == "nt":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Have a piece of work to oneself for as long as the block lasts, or the process if it is killed in it.

    Args:
        path: a file that stands for the work, on a disk that all see who may do it; it is made, and removed at the end.

    Yields:
        False if another process has it. Where the file system knows no locks, nobody can tell, and it is True.

    Raises:
        OSError: the file cannot be made.
    """
    with path.open("a", encoding="utf-8") as file:
        mine = not _is_taken(file.fileno()) and _is_still(path, file.fileno())
        try:
            yield mine
        finally:
            if mine:
                with suppress(OSError):  # on Windows, while it is open
                    path.unlink()


def _is_taken(file: int) -> bool:
    """Whether another process has locked a file, which this one locks otherwise."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:
        return False
    return False


def _is_still(path: Path, file: int) -> bool:
    """Whether an open file has its name: whoever had it locked before may have removed it in between."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except OSError:
        return False


def _check_room(out: Path, needed: int) -> None:
    free = shutil.disk_usage(out).free
    if free < needed:
        raise EngineError(
            "disk_full",
            f"{out} has {_size(free)} free; the run may need {_size(needed)}.",
            "Make room, or choose an output folder on another disk.",
        )


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def in_the_way(path: Path) -> Path | None:
    """What keeps a name from being free: its file, or one that programs keep beside it; None if it is free.

    A database's journal outlives a file that is deleted while QGIS shows it, and would be played into the next one of
    that name; a raster's sidecar tells statistics of the old one.

    Raises:
        OSError: no file can have such a name; likewise ``ValueError``.
    """
    if path.exists():
        return path
    beside = (path.with_name(path.name + ending) for ending in _BESIDE)
    return next((file for file in beside if os.path.exists(file)), None)  # noqa: PTH110 - longer names than can be


def publish(out: Path, stem: str, heatmap: Path, polygons: Path) -> tuple[Path, Path]:
    """Move finished files to names that nothing has yet: the stem with a number where that is taken.

    Args:
        out: the folder for the results.
        stem: of their names; what no file system takes of it is cut off.
        heatmap: the file in the run's folder.
        polygons: likewise.

    Returns:
        Where they are now, or have been since the process of this run was killed behind its end.
    """
    note = heatmap.with_name(_PUBLISHED)
    before = _published(out, note, heatmap)
    if before is not None:
        return before
    # File systems take names of 255 bytes: a scene's own may leave no room for what is added.
    stem = os.fsencode(stem)[: _LONGEST_NAME - len("_anomalies_9999.gpkg-journal")].decode(errors="ignore")
    number = 1
    while True:
        suffix = "" if number == 1 else f"_{number}"
        targets = (out / f"{stem}_heatmap{suffix}.tif", out / f"{stem}_anomalies{suffix}.gpkg")
        if not any(map(in_the_way, targets)):
            with suppress(OSError):  # a full disk takes moved files nevertheless
                note.write_text(json.dumps([target.name for target in targets]), encoding="utf-8")
            with suppress(FileExistsError):
                targets[0].touch(exist_ok=False)  # the name is taken: another run may end at this moment
                break
        number += 1
    # GDAL writes a CRS that GeoTIFF has no words for (a rotated pole) beside the file.
    sidecar, beside = (file.with_name(file.name + _SIDECAR) for file in (heatmap, targets[0]))
    try:
        if sidecar.exists():
            sidecar.replace(beside)
        heatmap.replace(targets[0])
        polygons.replace(targets[1])
    except OSError:
        targets[0].unlink(missing_ok=True)
        beside.unlink(missing_ok=True)
        raise
    return targets


def _published(out: Path, note: Path, heatmap: Path) -> tuple[Path, Path] | None:
    """What this run had published when its process was killed; None where that is not whole, or of another threshold.

    A half of it is removed. What is whole stays as it is: somebody may have worked on the polygons since.
    """
    try:
        there, polygons = (out / name for name in json.loads(note.read_text(encoding="utf-8")))
        told = _origin(there) if there.stat().st_size else None
    except (OSError, ValueError, RasterioError):
        return None
    now = _origin(heatmap)
    if told is not None and told.get("run_id") != now.get("run_id"):
        return None
    if told is None or not polygons.exists():
        for file in (there, there.with_name(there.name + _SIDECAR)):
            file.unlink(missing_ok=True)
        return None
    return (there, polygons) if json.dumps(told) == json.dumps(now) else None


def _origin(heatmap: Path) -> dict[str, Any]:
    """The provenance of a heat map, but when it was made."""
    with rasterio.open(heatmap) as dataset:
        found: dict[str, Any] = json.loads(dataset.tags().get(PROVENANCE_KEY, "{}"))
    return {name: value for name, value in found.items() if name != "time"}


class RawScores:
    """Raw scores of a region in a plain file, from top to bottom; NaN where a pixel is not valid.

    Args:
        work: the folder that the file is in, with what a killed run wrote of it.
        width: columns of the region.
    """

    def __init__(self, work: Path, width: int) -> None:
        self._path = work / "raw"
        self._width = width

    @property
    def rows(self) -> int:
        """How many whole rows there are."""
        return self._path.stat().st_size // (self._width * _BYTES) if self._path.exists() else 0

    def open(self, spans: Sequence[tuple[int, int]]) -> BinaryIO:
        """The file, to write on behind the last whole strip.

        Args:
            spans: first row and number of rows of each strip.
        """
        rows = max((row + count for row, count in spans if row + count <= self.rows), default=0)
        file = self._path.open("ab")
        file.truncate(rows * self._width * _BYTES)
        return file

    def read(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """All rows, some of the heat map's blocks at a time: the first of them, and their scores."""
        rows_at_once = max(BLOCK, _READ_VALUES // self._width // BLOCK * BLOCK)
        with self._path.open("rb") as file:
            for row in range(0, self.rows, rows_at_once):
                scores = np.fromfile(file, dtype=np.float32, count=rows_at_once * self._width)
                yield row, scores.reshape(-1, self._width)
