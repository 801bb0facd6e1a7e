"""The journey over real imagery: each scene in a project of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import analyst
import evidence
from qgis.core import QgsProject


def run() -> dict[str, Any]:
    """Search each scene of REAL_SCENES with ``rx``.

    Returns:
        The facts of each by its file's name.
    """
    out = Path(os.environ["REAL_OUT"])
    analyst.dock()
    facts = {}
    for path in map(Path, os.environ["REAL_SCENES"].split(os.pathsep)):
        QgsProject.instance().clear()
        scene = analyst.open_scene(path)
        analyst.set_up(out, detector="rx")
        facts[path.name] = evidence.of_run(analyst.detect(), scene)
    return facts
