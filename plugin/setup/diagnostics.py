"""A report on the engine and what it runs on, for whoever helps; it names neither the user nor a password."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from qgis.core import Qgis
from qgis.PyQt.QtCore import PYQT_VERSION_STR, QT_VERSION_STR

from .. import settings
from ..engine_env import ENVIRONMENT_VARIABLE, PLUGIN_ROOT, find_python
from ..errors import PluginError
from .gpu import Gpu
from .places import engine_folder, lock_key, own_environment, read_facts

_LAST_LINES = 80
# To the last @: a password may hold one.
_IN_URL = re.compile(r"(?<=://)[^/\s]+@")


def diagnostics(gpus: Iterable[Gpu], log: Iterable[str]) -> str:
    """The report, in plain text.

    Args:
        gpus: the cards of this computer.
        log: what was logged, the latest last.
    """
    environment = own_environment()
    facts = {} if environment is None else read_facts(environment)
    try:
        python = str(find_python())
    except PluginError as error:
        python = str(error)
    lines = [
        f"Anomaly Lens {_version()}, lock {lock_key()}",
        f"QGIS {Qgis.QGIS_VERSION}, Qt {QT_VERSION_STR}, PyQt {PYQT_VERSION_STR}, Python {platform.python_version()}",
        f"System: {platform.platform()}, {os.cpu_count()} processors",
        f"QGIS's Python: {sys.exec_prefix}",
        f"Engine's Python: {python}",
        f"Own environment: {environment or 'none'} (folder: {engine_folder()})",
        *(f"  {name}: {value}" for name, value in facts.items()),
        *(f"Card: {gpu.name}, driver {gpu.driver}, compute capability {gpu.compute}" for gpu in gpus),
        f"Options: python {settings.ENGINE_PYTHON.get()!r}, device {settings.DEVICE.get()!r}, "
        f"index {settings.ENGINE_INDEX.get()!r}, wheels {settings.ENGINE_WHEELS.get()!r}",
        f"{ENVIRONMENT_VARIABLE}: {os.environ.get(ENVIRONMENT_VARIABLE, 'not set')}",
        "Log:",
        *list(log)[-_LAST_LINES:],
    ]
    return mask("\n".join(lines))


def mask(text: str, home: Path | None = None) -> str:
    """A text without the home folder, whose name is often the user's, and without what stands before @ in a URL.

    Args:
        text: to be shown to others.
        home: the folder; the user's where None.
    """
    folder = str(home or Path.home())
    forms = {folder, folder.replace("\\", "/"), folder.replace("\\", "\\\\")}
    for form in sorted(forms, key=len, reverse=True):
        text = re.sub(re.escape(form) + r"(?![\w.-])", "~", text, flags=re.IGNORECASE if "\\" in folder else 0)
    return _IN_URL.sub("…@", text)


def _version() -> str:
    text = (PLUGIN_ROOT / "metadata.txt").read_text(encoding="utf-8")
    found = re.search(r"^version=(.*)$", text, re.MULTILINE)
    return found[1] if found else "?"
