"""Where the engine's own environment lies, and which of those on the disk is the one to use.

It lies outside the plugin and the profile, in the user's data folder, under the version of its Python and a hash of the
lock file: a plugin with another lock file has another environment. It gets its name when it is whole, by one rename.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QStandardPaths

RESOURCES = Path(__file__).resolve().parent.parent.parent / "resources"
LOCK_FILE = RESOURCES / "engine-lock.txt"
HOME_VARIABLE = "ANOMALY_LENS_HOME"
"""Names another data folder than the system's."""

BESIDE = "python3"
"""Another name of the Python of an environment, but on Windows."""

_FACTS = "anomaly-lens.json"
_WINDOWS = os.name == "nt"


def engine_folder() -> Path:
    """The folder of all that belongs to the engine's environments; it may not exist yet."""
    chosen = os.environ.get(HOME_VARIABLE)
    if chosen:
        return Path(chosen) / "engine"
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    return Path(data) / "anomaly-lens" / "engine"


def lock_key() -> str:
    """What the names of environments have of the lock file."""
    return hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()[:10]


def environment_folder(version: tuple[int, int]) -> Path:
    """Where the environment for a version of Python belongs.

    Args:
        version: major and minor.
    """
    return engine_folder() / f"py{version[0]}{version[1]}-{lock_key()}"


def python_of(environment: Path, windows: bool = _WINDOWS) -> Path:
    """The Python of an environment.

    Args:
        environment: its folder.
        windows: whether it lies on Windows.
    """
    return environment / "Scripts" / "python.exe" if windows else environment / "bin" / "python"


def own_environment() -> Path | None:
    """The environment that was set up for this version of the plugin, the newest where there are several."""
    whole = [folder for folder in engine_folder().glob(f"py*-{lock_key()}") if _starts(python_of(folder))]
    return max(whole, key=lambda folder: folder.stat().st_mtime, default=None)


def _starts(python: Path) -> bool:
    """Whether the Python is there that the environment was made from; the first name may be a script's."""
    return python.exists() and (_WINDOWS or python.with_name(BESIDE).exists())


def other_environments(environment: Path) -> list[Path]:
    """All environments but one: those of earlier versions of the plugin, or of a Python that is gone.

    Args:
        environment: that is left out.
    """
    return [folder for folder in engine_folder().glob("py*-*") if folder != environment]


def write_facts(environment: Path, facts: dict[str, Any]) -> None:
    """Keep what the check of an environment found.

    Args:
        environment: its folder.
        facts: plain values.
    """
    (environment / _FACTS).write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")


def read_facts(environment: Path) -> dict[str, Any]:
    """What the check of an environment found; empty where that is not known.

    Args:
        environment: its folder.
    """
    try:
        return dict(json.loads((environment / _FACTS).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
