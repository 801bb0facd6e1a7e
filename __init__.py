"""Anomaly Lens finds what does not belong in remote-sensing imagery.

This folder is both the QGIS plugin folder and the Python package ``anomaly_lens``. Nothing heavy is imported here:
QGIS reads this file at every start, and the engine process imports it too.
"""

from __future__ import annotations

from typing import Any


def classFactory(iface: Any) -> Any:  # noqa: ANN401 - QGIS' own interface object, absent outside QGIS
    """Create the plugin; QGIS calls this once when it loads the plugin folder.

    Args:
        iface: the running ``QgisInterface``.

    Returns:
        The plugin object with ``initGui`` and ``unload``.
    """
    from .plugin.main import AnomalyLensPlugin

    return AnomalyLensPlugin(iface)
