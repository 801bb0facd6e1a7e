"""Finds the Python that runs the engine, and what its process starts with."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qgis.PyQt.QtCore import QCoreApplication

from .errors import PluginError
from .settings import ENGINE_PYTHON
from .setup.places import own_environment, python_of

translate = QCoreApplication.translate

PLUGIN_ROOT = Path(__file__).resolve().parent.parent
ENGINE_SCRIPT = PLUGIN_ROOT / "engine" / "__main__.py"
ENVIRONMENT_VARIABLE = "ANOMALY_LENS_PYTHON"

# QGIS sets these for its own libraries; a foreign Python that sees them loads the wrong PROJ, GDAL or standard library.
_LEAKING = {"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__", "LD_LIBRARY_PATH"}
_LEAKING_PREFIXES = ("PROJ_", "GDAL_", "DYLD_")


@dataclass(frozen=True)
class Launch:
    """How to start the engine.

    Attributes:
        command: program and arguments.
        env: the whole environment of the process.
    """

    command: tuple[str, ...]
    env: dict[str, str]


def clean_environment(env: Mapping[str, str]) -> dict[str, str]:
    """An environment without what QGIS set up for itself.

    Args:
        env: the environment to start from, such as ``os.environ``.

    Returns:
        A copy for the engine's process, whose pipes speak UTF-8 on every system.
    """
    clean = {k: v for k, v in env.items() if k.upper() not in _LEAKING and not k.upper().startswith(_LEAKING_PREFIXES)}
    clean["PYTHONUTF8"] = "1"
    return clean


def working_folder() -> Path | None:
    """Where a process of the engine begins; None: where QGIS did, so that relative paths are the same.

    QGIS lives on when the folder that it was started in is deleted; PyTorch's libraries and pip do not start there.
    """
    try:
        Path.cwd()
    except OSError:
        return PLUGIN_ROOT
    return None


def qgis_python(windows: bool = os.name == "nt") -> Path | None:
    """The Python that QGIS itself runs on, where it exists as a program of its own.

    ``sys.executable`` is no help: it names QGIS on Windows and in the macOS bundle.

    Args:
        windows: whether this is Windows.
    """
    if windows:
        candidates = [Path(sys.exec_prefix) / "python3.exe", Path(sys.exec_prefix) / "python.exe"]
    else:
        names = (f"python{sys.version_info.major}.{sys.version_info.minor}", "python3")
        folders = (Path(sys.exec_prefix) / "bin", Path(sys.executable or "/").parent / "bin")
        candidates = [folder / name for folder in folders for name in names]
    return next((path for path in candidates if path.is_file()), None)


def checkout_python(root: Path = PLUGIN_ROOT) -> Path | None:
    """The Python of ``.venv`` in a development checkout, or None.

    Args:
        root: the folder that holds ``engine/``.
    """
    candidates = (root / ".venv" / "bin" / "python", root / ".venv" / "Scripts" / "python.exe")
    return next((path for path in candidates if path.is_file()), None)


def chosen_python() -> str:
    """The Python that somebody chose in the options or by the environment variable; empty where nobody did."""
    return ENGINE_PYTHON.get() or os.environ.get(ENVIRONMENT_VARIABLE, "")


def find_python(setting: str | None = None) -> Path:
    """The Python for the engine.

    The one set in the options, else named by the environment variable, of a checkout, set up by the plugin, or QGIS's.

    Args:
        setting: a path to use in place of the one in the options; the options page tests one before it is stored.

    Returns:
        An existing program.

    Raises:
        PluginError: ``no_engine`` where a path was set that is no program, or where nothing was found.
    """
    configured = ENGINE_PYTHON.get() if setting is None else setting
    for path, origin in (
        (configured, translate("EngineEnvironment", "the options")),
        (os.environ.get(ENVIRONMENT_VARIABLE, ""), ENVIRONMENT_VARIABLE),
    ):
        if not path:
            continue
        if Path(path).is_file():
            return Path(path)
        message = translate("EngineEnvironment", "{path}, set in {origin} as the engine's Python, does not exist.")
        raise PluginError("no_engine", message.format(path=path, origin=origin), _hint())
    own = own_environment()
    found = checkout_python() or (python_of(own) if own is not None else qgis_python())
    if found is None:
        raise PluginError("no_engine", translate("EngineEnvironment", "No Python was found for the engine."), _hint())
    return found


def find_launch(setting: str | None = None) -> Launch:
    """How to start the engine's worker.

    Args:
        setting: as in :func:`find_python`.

    Raises:
        PluginError: ``no_engine``.
    """
    return Launch((str(find_python(setting)), str(ENGINE_SCRIPT), "worker"), clean_environment(os.environ))


def _hint() -> str:
    return translate(
        "EngineEnvironment",
        "Press Set up engine in the dock, or choose a Python under Settings > Options > Anomaly Lens.",
    )
