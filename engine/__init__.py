"""The engine: finds anomalies in a raster and writes a heat map and polygons.

It runs in a Python of its own, outside QGIS, and imports neither QGIS nor Qt. From a notebook or a script::

    from anomaly_lens.engine import detect

    result = detect("scene.tif", "results", detector="rx", modality="hyperspectral")
    print(result.count, result.heatmap, result.instances)

Everything is imported on first use, so that importing the package itself costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .pipeline import DetectResult, detect, score_scene
    from .scene import Scene, open_scene

__all__ = ["DetectResult", "Scene", "detect", "open_scene", "score_scene"]

_HOME = {
    "DetectResult": ".pipeline",
    "Scene": ".scene",
    "detect": ".pipeline",
    "open_scene": ".scene",
    "score_scene": ".pipeline",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    if name not in _HOME:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOME[name], __name__), name)
