"""Where results lie: a folder of the user's, or a temporary one from which a saved project moves them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from qgis.core import QgsDataProvider, QgsMapLayer, QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication

from .errors import PluginError
from .results import ANOMALIES_TABLE, is_result

translate = QCoreApplication.translate


class TemporaryResults:
    """The session's folder of temporary results, made when first needed."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def folder(self) -> Path:
        """The folder; exists.

        Raises:
            PluginError: ``not_writable`` where the system's temporary folder takes nothing.
        """
        if self._folder is None or not self._folder.is_dir():
            try:
                self._folder = Path(tempfile.mkdtemp(prefix="anomaly_lens_results_"))
            except OSError as error:
                message = translate("Storage", "The temporary folder cannot be written to ({reason}).")
                hint = translate("Storage", "Choose an output folder.")
                raise PluginError("not_writable", message.format(reason=error.strerror), hint) from error
        return self._folder

    def layers(self, project: QgsProject) -> list[QgsMapLayer]:
        """The project's layers whose files lie in the folder."""
        if self._folder is None:
            return []
        return [
            layer
            for layer in project.mapLayers().values()
            if is_result(layer) and self._folder in layer_file(layer).parents
        ]

    def remove(self) -> None:
        """Delete the folder with all results in it."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def layer_file(layer: QgsMapLayer) -> Path:
    """The file of a result layer."""
    return Path(layer.source().split("|")[0])


def move_layers(layers: list[QgsMapLayer], folder: Path) -> list[Path]:
    """Copy the layers' files to a folder and point the layers there; the old files are deleted last.

    Args:
        layers: result layers, none of them being edited.
        folder: is made where it is missing.

    Returns:
        The new files.

    Raises:
        PluginError: ``not_writable``, where a layer has unsaved edits or a file cannot be copied; layers that were
            moved before stay moved, the others stay where they are.
    """
    moved = []
    for layer in layers:
        if isinstance(layer, QgsVectorLayer) and layer.isEditable():
            message = translate("Storage", "“{name}” is being edited.").format(name=layer.name())
            hint = translate("Storage", "Save or discard its edits, and save the project again.")
            raise PluginError("not_writable", message, hint)
        old = layer_file(layer)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            new = _free_name(folder / old.name)
            shutil.copy2(old, new)
        except OSError as error:
            message = translate("Storage", "{name} cannot be copied to {folder} ({reason}).")
            raise PluginError(
                "not_writable",
                message.format(name=old.name, folder=folder, reason=error.strerror),
                translate("Storage", "Choose a folder that can be written to and has room."),
            ) from error
        _repoint(layer, new)
        # What else lies there under that name (statistics, a write-ahead log) belonged to the old file.
        for leftover in old.parent.glob(f"{old.name}*"):
            leftover.unlink(missing_ok=True)
        moved.append(new)
    return moved


def _repoint(layer: QgsMapLayer, path: Path) -> None:
    options = QgsDataProvider.ProviderOptions()
    if isinstance(layer, QgsRasterLayer):
        layer.setDataSource(str(path), layer.name(), "gdal", options)
    else:
        layer.setDataSource(f"{path}|layername={ANOMALIES_TABLE}", layer.name(), "ogr", options)
    layer.triggerRepaint()


def _free_name(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}_{number}{path.suffix}")
    return free
