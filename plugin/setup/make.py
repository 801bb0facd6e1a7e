"""Makes the engine's environment, step by step, in a folder that gets its name when all is done and checked."""

from __future__ import annotations

import errno
import json
import os
import shlex
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QCoreApplication, QLockFile

from ..engine_env import ENGINE_SCRIPT, clean_environment
from ..errors import PluginError
from ..numbers import number_text
from ..translation import engine_texts
from .fetch import fetch
from .gpu import CPU, Choice, build_in
from .pip import Pip
from .places import BESIDE, engine_folder, environment_folder, other_environments, python_of, write_facts
from .processes import run
from .task import Tell

translate = QCoreApplication.translate

DISK_GB = {"small": 2.0, "cuda": 10.0}
"""Free space that a set-up needs, downloads included."""

CHECK_WITHIN_S = 300.0
"""A first import of torch from a cold disk takes long."""

# Shares of the time, as measured with the processor's build of PyTorch.
_MADE, _FETCHED, _INSTALLED = 0.03, 0.60, 0.90
_SMALL_BYTES = 5_000_000
_REMOVE_TRIES = 20
# Short: licenses in PyTorch's wheel lie 167 letters deep, and Windows takes paths of 259 unless somebody allowed more.
DRAFT = "new"


@dataclass(frozen=True)
class Plan:
    """What to make, and from what.

    Attributes:
        python: the Python to make the environment from.
        version: its major and minor version.
        choice: the build of PyTorch.
        index: URL of an index with PyTorch's builds; its last part may be a build's name. Empty: pip's own index.
        wheels: a folder of wheels to look in first, or None.
        env: environment variables for the network.
        log: called with each line of what is done.
        through: what starts that Python, and the environment's own; nothing where it starts by itself.
    """

    python: Path
    version: tuple[int, int]
    choice: Choice
    index: str = ""
    wheels: Path | None = None
    env: dict[str, str] = field(default_factory=dict)
    log: Callable[[str], None] = lambda _line: None
    through: tuple[str, ...] = ()

    def index_url(self) -> str:
        """The index of the build that was chosen."""
        base, _, last = self.index.rstrip("/").rpartition("/")
        known = last == CPU or (last.startswith("cu") and last[2:].isdigit())
        return f"{base if known else self.index.rstrip('/')}/{self.choice.build}"


def make_environment(plan: Plan, tell: Tell, stop: threading.Event) -> dict[str, Any]:
    """Make the engine's environment, or make it anew.

    Whatever happens, there is either a whole environment under its name or the one that was there before.

    Args:
        plan: what to make.
        tell: is told how far it is.
        stop: set to give up.

    Returns:
        What the engine's check found.

    Raises:
        PluginError: with what to do about it; ``cancelled`` where ``stop`` was set.
    """
    _check_wheels(plan.wheels)
    base = engine_folder()
    try:
        base.mkdir(parents=True, exist_ok=True)
        with _only_one(base):
            return _make(plan, base, tell, stop)
    except OSError as error:
        raise _disk_error(error) from error


def remove_environments() -> None:
    """Remove everything that was ever set up.

    Raises:
        PluginError: ``not_writable``, or ``setup_busy`` where another QGIS is setting up.
    """
    base = engine_folder()
    if not base.exists():
        return
    try:
        with _only_one(base):
            for path in base.iterdir():
                if path.is_dir():
                    _remove(path)
        # A link to a larger disk is the user's own.
        if not base.is_symlink():
            _rmtree(base)
    except OSError as error:
        raise _disk_error(error) from error


def check_engine(python: Path, device: str, stop: threading.Event) -> dict[str, Any]:
    """Have the engine convolve on a device, with all its packages loaded.

    Args:
        python: that runs the engine.
        device: "auto", "cpu" or "cuda".
        stop: set to give up.

    Returns:
        What it found: versions, device, time.

    Raises:
        PluginError: the engine's own error, or ``engine_incomplete``.
    """
    command = (python, ENGINE_SCRIPT, "check", "--device", device, "--json")
    code, said = run(command, clean_environment(os.environ), stop, patience_s=CHECK_WITHIN_S)
    for line in reversed(said.splitlines()):
        with suppress(ValueError):
            told = json.loads(line)
            if isinstance(told, dict) and "error" in told:
                raise PluginError.from_dict({**engine_texts().event(told)["error"], "details": said})
            if isinstance(told, dict) and code == 0:
                return told
    message = translate("EngineSetup", "The engine does not work with {python} (exit code {code}).")
    hint = translate("EngineSetup", "Press Repair, or copy the diagnostics for a report.")
    raise PluginError("engine_incomplete", message.format(python=python, code=code), hint, said)


def _make(plan: Plan, base: Path, tell: Tell, stop: threading.Event) -> dict[str, Any]:
    draft = base / DRAFT
    # PyTorch from another source has other files: they do not mix.
    source = "index" if plan.index else build_in(plan.wheels) or "standard"
    wheels = base / f"downloads-{environment_folder(plan.version).name}-{plan.choice.build}-{source}"
    _remove(draft)
    _check_space(base, plan)
    tell(0.0, translate("EngineSetup", "Making an environment"))
    env = {**clean_environment(os.environ), **plan.env}
    try:
        code, said = run((*plan.through, plan.python, "-I", "-m", "venv", "--without-pip", draft), env, stop, plan.log)
        if code != 0:
            message = translate("EngineSetup", "{python} cannot make an environment.").format(python=plan.python)
            hint = translate("EngineSetup", "Choose another Python in the options.")
            raise PluginError("setup_failed", message, hint, said)
        if plan.through:
            _start_through(plan.through, python_of(draft))
        # A wheel of a gigabyte must not need room on another disk, nor stay there when pip is killed.
        temporary = draft / "temporary"
        temporary.mkdir()
        pip = Pip(python_of(draft), {**env, "TMPDIR": str(temporary)}, stop, plan.log)
        pip.bring()
        index_url = plan.index_url() if plan.index else ""
        fetch(pip, wheels, index_url, plan.wheels, lambda part, text: tell(_MADE + (_FETCHED - _MADE) * part, text))
        _install(pip, wheels, tell)
        _rmtree(temporary, ignore_errors=True)
        tell(_INSTALLED, translate("EngineSetup", "Checking: a convolution on the device"))
        facts = _check(python_of(draft), stop)
        target = environment_folder(plan.version)
        write_facts(draft, {**facts, "executable": str(python_of(target))})
        _put_in_place(draft, target)
    except BaseException:
        _remove(draft)
        raise
    for folder in other_environments(target):
        _discard(folder)
    for folder in (*base.glob("downloads-*"), *base.glob("removed-*")):
        _rmtree(folder, ignore_errors=True)
    tell(1.0, translate("EngineSetup", "The engine is ready"))
    return facts


def _start_through(through: tuple[str, ...], python: Path) -> None:
    """Have the environment's Python start by a program, whoever starts it: pip, the check, and every run."""
    python.unlink()
    python.write_text(f'#!/bin/sh\nexec {shlex.join(through)} "$(dirname "$0")/{BESIDE}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)


def _check(python: Path, stop: threading.Event) -> dict[str, Any]:
    """Check the engine on its best device or, told in what is found, on the processor."""
    try:
        return check_engine(python, "auto", stop)
    except PluginError as error:
        if error.code != "device_failed":
            raise
        return {**check_engine(python, "cpu", stop), "warning": error.message}


def _install(pip: Pip, wheels: Path, tell: Tell) -> None:
    """Install all wheels: the small ones at once, the large ones one by one."""
    files = sorted(wheels.glob("*.whl"), key=lambda file: file.stat().st_size)
    small = [file for file in files if file.stat().st_size < _SMALL_BYTES]
    groups = [small, *([file] for file in files[len(small) :])]
    whole = sum(file.stat().st_size for file in files)
    done = 0
    for group in filter(None, groups):
        size = sum(file.stat().st_size for file in group)
        text = translate("EngineSetup", "Installing {package}: {size} MB")
        text = text.format(package=group[-1].name.split("-")[0], size=max(1, round(size / 1e6)))
        if len(group) > 1:
            text = translate("EngineSetup", "Installing {count} small packages").format(count=len(group))
        tell(_FETCHED + (_INSTALLED - _FETCHED) * done / whole, text)
        try:
            pip.install(group)
        except PluginError as error:
            if error.code not in ("cancelled", "disk_full", "not_writable"):
                # One may be damaged: the next try fetches them anew.
                for file in group:
                    file.unlink()
            raise
        done += size


@contextmanager
def _only_one(base: Path) -> Iterator[None]:
    """Keep other QGIS out while this one sets up; a lock whose owner is dead counts for nothing."""
    lock = QLockFile(str(base / "setup.lock"))
    # By its age alone, no lock is stale: a slow download takes hours.
    lock.setStaleLockTime(0)
    if not lock.tryLock(0) and lock.error() != QLockFile.LockError.LockFailedError:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(base))
    if not lock.isLocked():
        _, pid, _host, program = lock.getLockInfo()
        message = translate("EngineSetup", "Another QGIS is setting up the engine (process {pid}, {program}).")
        hint = translate("EngineSetup", "Wait until it is done; this QGIS finds the engine then.")
        raise PluginError("setup_busy", message.format(pid=pid, program=program), hint)
    try:
        yield
    finally:
        lock.unlock()


def _check_wheels(wheels: Path | None) -> None:
    """See that a folder of wheels that was given has some: who gave it does not expect gigabytes from the network."""
    if wheels is not None and not any(wheels.glob("*.whl")):
        message = translate("EngineSetup", "There are no wheels in {folder}, the folder of wheels in the options.")
        hint = translate("EngineSetup", "Choose the right folder, or leave it empty to download the packages.")
        raise PluginError("setup_failed", message.format(folder=wheels), hint)


def _check_space(base: Path, plan: Plan) -> None:
    needed = DISK_GB["cuda" if plan.choice.brings_cuda else "small"]
    free = shutil.disk_usage(base).free / 1e9
    if free < needed:
        message = translate("EngineSetup", "{folder} has {free} GB free; the engine needs {needed} GB.")
        hint = translate("EngineSetup", "Free some space, or set ANOMALY_LENS_HOME to a folder on another disk.")
        message = message.format(folder=base, free=number_text(free, 1), needed=number_text(needed))
        raise PluginError("disk_full", message, hint)


def _put_in_place(draft: Path, target: Path) -> None:
    old = target.with_name("removed")
    _remove(old)
    replaces = target.exists()
    if replaces:
        _try_often(lambda: target.rename(old))
    try:
        _try_often(lambda: draft.rename(target))
    except BaseException:
        if replaces:
            _try_often(lambda: old.rename(target))
        raise
    _rmtree(old, ignore_errors=True)


def _discard(environment: Path) -> None:
    """Remove an environment that is not needed; one that another QGIS uses stays for the next set-up to try again.

    Its name goes first: what Windows does not let go of would be taken for a whole one, made just now.
    """
    with suppress(OSError):
        _rmtree(environment.rename(environment.with_name(f"removed-{environment.name}")), ignore_errors=True)


def _remove(folder: Path) -> None:
    if folder.exists():
        _try_often(lambda: _rmtree(folder))


def _rmtree(folder: Path, *, ignore_errors: bool = False) -> None:
    shutil.rmtree(of_any_length(str(folder.absolute())), ignore_errors)


def of_any_length(path: str, windows: bool = os.name == "nt") -> str:
    """A path in the form in which Windows takes those of more than 259 letters, too.

    Args:
        path: absolute.
        windows: whether this is Windows.
    """
    if not windows:
        return path
    return f"\\\\?\\UNC{path[1:]}" if path.startswith("\\\\") else f"\\\\?\\{path}"


def _try_often(change: Callable[[], object]) -> None:
    """Windows lets go of a program's files a moment after its end."""
    for _ in range(_REMOVE_TRIES):
        with suppress(PermissionError):
            change()
            return
        time.sleep(0.1)
    change()


def _disk_error(error: OSError) -> PluginError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT) or getattr(error, "winerror", None) == 112
    if full:
        message = translate("EngineSetup", "The disk is full.")
        hint = translate("EngineSetup", "Free some space and press Set up engine again: finished downloads are kept.")
        return PluginError("disk_full", message, hint, str(error))
    message = translate("EngineSetup", "{path} cannot be written: {reason}.")
    hint = translate(
        "EngineSetup", "Close other QGIS windows and try again, or set ANOMALY_LENS_HOME to a folder of your own."
    )
    return PluginError("not_writable", message.format(path=error.filename, reason=error.strerror), hint, str(error))
