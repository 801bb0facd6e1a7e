"""Finds the Pythons of this computer: which can run the engine as they are, and which can make an environment for it.

Nothing is changed in any of them; each is asked what it has, without importing it.
"""

from __future__ import annotations

import json
import locale
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QCoreApplication

from ..engine_env import clean_environment, qgis_python
from ..errors import PluginError
from .processes import run

translate = QCoreApplication.translate

OLDEST, NEWEST = (3, 10), (3, 14)
"""The versions for which the lock file has packages."""

# Those without which nothing can be computed; the engine's own check says more.
_NEEDED = ("torch", "numpy", "scipy", "rasterio", "pyogrio", "shapely", "pyproj", "safetensors")
_QUESTION = f"""
import importlib.util, json, platform, struct, sys
found = importlib.util.find_spec
print(json.dumps({{
    "version": list(sys.version_info[:2]), "bits": 8 * struct.calcsize("P"), "venv": found("venv") is not None,
    "missing": [name for name in {_NEEDED!r} if found(name) is None],
    "intel_mac": sys.platform == "darwin" and platform.machine() == "x86_64",
}}))
"""
# Asked without site-packages, which an environment does not share: QGIS's Python for Windows has its libraries, OpenSSL
# for one, in another folder, and may know of that by a file there.
_NEEDED_TO_MAKE = "import ctypes, ssl, zlib"
_PATIENCE_S = 20
# A Python for both kinds of Macs runs by it for Apple's processor, though QGIS runs for Intel's.
_ON_APPLES = ("/usr/bin/arch", "-arm64")

_CONDA_ROOTS = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", "AppData/Local/miniconda3")


@dataclass(frozen=True)
class FoundPython:
    """A Python that answered.

    Attributes:
        path: the program.
        origin: where it comes from, for people.
        version: major and minor.
        missing: what it lacks of what the engine needs.
        can_make: whether an environment for the engine can be made from it.
        downloads: whether such an environment can download its packages.
        intel_mac: whether it runs as a program for Intel's Macs alone, for which PyTorch is not made any more.
        through: what starts it, program and arguments, where it would run as such a program by itself.
    """

    path: Path
    origin: str
    version: tuple[int, int]
    missing: tuple[str, ...]
    can_make: bool
    downloads: bool = True
    intel_mac: bool = False
    through: tuple[str, ...] = ()

    @property
    def can_run(self) -> bool:
        """Whether it can run the engine as it is."""
        return not self.missing and self.version >= OLDEST

    def label(self) -> str:
        """One line for a list."""
        return f"{self.origin}: Python {self.version[0]}.{self.version[1]} · {self.path}"


def ask(path: Path, origin: str, stop: threading.Event) -> FoundPython | None:
    """What a Python has; None where it does not answer.

    Args:
        path: the program.
        origin: where it comes from, for people.
        stop: set to give up.

    Raises:
        PluginError: ``cancelled``.
    """
    through: tuple[str, ...] = ()
    told = _answer((path,), stop)
    if told is not None and told["intel_mac"] and told["missing"]:
        native = _answer((*_ON_APPLES, path), stop)
        if native is not None and not native["intel_mac"]:
            told, through = native, _ON_APPLES
    if told is None:
        return None
    version = (int(told["version"][0]), int(told["version"][1]))
    intel_mac = bool(told["intel_mac"])
    can_make = OLDEST <= version <= NEWEST and told["bits"] == 64 and bool(told["venv"]) and not intel_mac
    downloads = can_make and _downloads((*through, path), stop)
    return FoundPython(path, origin, version, tuple(told["missing"]), can_make, downloads, intel_mac, through)


def _answer(python: Sequence[str | Path], stop: threading.Event) -> dict[str, Any] | None:
    """What a Python, started by this command, says to the question; None where it does not answer.

    Raises:
        PluginError: ``cancelled``.
    """
    try:
        command = (*python, "-I", "-c", _QUESTION)
        code, said = run(command, clean_environment(os.environ), stop, patience_s=_PATIENCE_S)
        told = json.loads(said.splitlines()[-1]) if code == 0 and said else None
    except PluginError as error:
        if error.code == "cancelled":
            raise
        return None
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _downloads(python: Sequence[str | Path], stop: threading.Event) -> bool:
    command = (*python, "-I", "-S", "-c", _NEEDED_TO_MAKE)
    return run(command, clean_environment(os.environ), stop, patience_s=_PATIENCE_S)[0] == 0


def find_pythons(stop: threading.Event, candidates: Iterable[tuple[Path, str]] | None = None) -> list[FoundPython]:
    """The Pythons of this computer that answer: QGIS's own first, each once.

    Args:
        stop: set to give up.
        candidates: what to ask; all that is known where None.

    Raises:
        PluginError: ``cancelled``.
    """
    found, seen = [], set()
    for path, origin in _candidates() if candidates is None else candidates:
        # Two names of one program are one Python, two environments of one program are two.
        key = (path.parent.resolve(), path.resolve())
        if key in seen:
            continue
        seen.add(key)
        python = ask(path, origin, stop)
        if python is not None:
            found.append(python)
    return found


def _candidates() -> Iterator[tuple[Path, str]]:
    own = qgis_python()
    if own is not None:
        yield own, "QGIS"
    yield from conda_pythons(Path.home())
    yield from system_pythons(sys.platform, os.environ)


def conda_pythons(home: Path, windows: bool = os.name == "nt") -> Iterator[tuple[Path, str]]:
    """The Pythons of conda and mamba, with their environments' names.

    Args:
        home: of the user.
        windows: whether this is Windows.
    """
    roots = [home / name for name in _CONDA_ROOTS]
    environments = [folder for root in roots for folder in (root, *sorted((root / "envs").glob("*")))]
    environments += [Path(line.strip()) for line in _conda_list(home) if line.strip()]
    for folder in environments:
        path = folder / "python.exe" if windows else folder / "bin" / "python"
        if _is_program(path):
            yield path, f"conda “{folder.name}”"


def _conda_list(home: Path) -> list[str]:
    """The folders of every environment that conda has ever made, wherever they lie."""
    try:
        listed = (home / ".conda" / "environments.txt").read_bytes()
    except OSError:
        return []
    try:
        return listed.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        # Old versions of conda wrote in the system's encoding; the file outlives them.
        return listed.decode(locale.getpreferredencoding(False), errors="replace").splitlines()


def system_pythons(system: str, env: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """The Pythons that the system, or python.org's installer, has installed; the newest first.

    Args:
        system: as ``sys.platform``.
        env: the environment variables.
    """
    versions = [f"{OLDEST[0]}.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    if system == "win32":
        bases = [env.get("LOCALAPPDATA", "") and Path(env["LOCALAPPDATA"]) / "Programs" / "Python"]
        bases += [Path(env[name]) for name in ("ProgramFiles",) if env.get(name)]
        paths = [Path(base) / f"Python{v.replace('.', '')}" / "python.exe" for v in versions for base in bases if base]
    else:
        folders = [Path(folder) for folder in env.get("PATH", "").split(os.pathsep) if folder]
        if system == "darwin":
            # A program that was opened by a click has a short PATH.
            folders += [Path("/opt/homebrew/bin"), Path("/usr/local/bin")]
            frameworks = Path("/Library/Frameworks/Python.framework/Versions")
            folders += [frameworks / version / "bin" for version in versions]
        paths = [folder / f"python{version}" for version in versions for folder in folders]
    origin = translate("EngineSetup", "This computer")
    yield from ((path, origin) for path in paths if _is_program(path))


def _is_program(path: Path) -> bool:
    """Whether there is such a file; none in a folder that is closed to this user."""
    try:
        return path.is_file()
    except OSError:
        return False


def best_base(pythons: Iterable[FoundPython]) -> FoundPython:
    """The Python to make an environment from.

    Args:
        pythons: those of this computer, the preferred first.

    Raises:
        PluginError: ``no_engine`` where none will do.
    """
    pythons = list(pythons)
    makers = [python for python in pythons if python.can_make]
    if makers:
        # One that cannot download may do with a folder of wheels.
        return next((python for python in makers if python.downloads), makers[0])
    if any(python.intel_mac for python in pythons):
        message = translate("EngineSetup", "PyTorch is not made for Intel's Macs any more, and QGIS runs as on one.")
        hint = translate(
            "EngineSetup",
            "On a Mac with Apple's own processor, install a Python from python.org, which runs for it, too, and press "
            "Set up engine again; or use a QGIS that is made for it.",
        )
        raise PluginError("no_engine", message, hint)
    message = translate("EngineSetup", "No Python from {oldest} to {newest} was found to make the engine from.")
    hint = translate(
        "EngineSetup",
        "Install one from python.org, which takes a few clicks, then press Set up engine again. It changes nothing in "
        "QGIS.",
    )
    oldest, newest = (".".join(map(str, version)) for version in (OLDEST, NEWEST))
    raise PluginError("no_engine", message.format(oldest=oldest, newest=newest), hint)
