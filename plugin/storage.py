"""Where results lie: a folder of the user's, or a temporary one from which a saved project moves them."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from qgis.core import (
    QgsDataProvider,
    QgsMapLayer,
    QgsProject,
    QgsProviderRegistry,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication

from .errors import PluginError
from .results import ANOMALIES_TABLE, is_result

translate = QCoreApplication.translate

_FOLDER_PROPERTY = "anomaly_lens_results"


class TemporaryResults:
    """The session's folder of temporary results, made when first needed.

    QGIS's application knows it, so that a plugin that was reloaded or upgraded goes on with the one of its predecessor.
    """

    def folder(self) -> Path:
        """The folder; exists.

        Raises:
            PluginError: ``not_writable`` where the system's temporary folder takes nothing.
        """
        folder = self._known()
        if folder is None or not folder.is_dir():
            try:
                folder = Path(tempfile.mkdtemp(prefix="anomaly_lens_results_"))
            except OSError as error:
                message = translate("Storage", "The temporary folder cannot be written to ({reason}).")
                hint = translate("Storage", "Choose an output folder.")
                raise PluginError("not_writable", message.format(reason=error.strerror), hint) from error
            QCoreApplication.instance().setProperty(_FOLDER_PROPERTY, str(folder))
        return folder

    def layers(self, project: QgsProject) -> list[QgsMapLayer]:
        """The project's layers of results that lie in the folder, whoever has added them."""
        folder = self._known()
        kinds = (QgsRasterLayer, QgsVectorLayer)
        layers = [layer for layer in project.mapLayers().values() if isinstance(layer, kinds)]
        files = {layer_file(layer) for layer in layers if is_result(layer)}
        # Somebody may look at a result in a layer of their own; where the file goes, that goes along.
        return [layer for layer in layers if layer_file(layer) in files and folder in layer_file(layer).parents]

    def remove(self) -> None:
        """Delete the folder with all results in it."""
        folder = self._known()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _known(self) -> Path | None:
        folder = QCoreApplication.instance().property(_FOLDER_PROPERTY)
        return Path(folder) if folder else None


def project_folder(project: QgsProject) -> Path:
    """Where a project's files lie: beside it, or beside the GeoPackage that holds it; else the user's folder.

    Args:
        project: may be unsaved, or stored in a database.
    """
    home = Path(project.homePath())
    storage = project.projectStorage()
    if storage is not None and not home.is_absolute():
        # QGIS takes what stands before the path in "geopackage:/data/projects.gpkg" for a part of it.
        file = storage.filePath(project.fileName())
        home = Path(file).parent if file else home
    return home if home.is_absolute() else Path.home()


def typed_path(text: str) -> str:
    """A path as somebody typed or pasted it; Windows copies paths with quotes around them."""
    return text.strip().strip('"')


def typed_folder(text: str) -> Path:
    """A folder as somebody typed it: a relative one is the project's.

    Args:
        text: a ``~`` before the name of nobody, which pathlib takes for an error, is part of a name.
    """
    return project_folder(QgsProject.instance()) / os.path.expanduser(typed_path(text))  # noqa: PTH111


def exists(path: str | Path) -> bool:
    """Whether something is there.

    To pathlib, a share that nobody is logged in to any more is an error, and a name that is longer than any file's, as
    the address of a web layer may end in.
    """
    return os.path.exists(path)  # noqa: PTH110


def layer_file(layer: QgsMapLayer) -> Path:
    """The file of a result layer."""
    return Path(layer.source().split("|")[0])


def layer_table(layer: QgsVectorLayer) -> str:
    """The table of a layer of polygons; not the engine's where somebody has packed several runs into one file."""
    parts = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
    return parts.get("layerName") or ANOMALIES_TABLE


def is_geopackage(layer: QgsVectorLayer) -> bool:
    """Whether polygons are in a file as the engine makes it; somebody may have given the layer a shapefile, say."""
    return layer.dataProvider().storageType() == "GPKG"


def copy_file(old: Path, new: Path) -> None:
    """Copy the file of a result; of a GeoPackage also what was written to the log that an open one has beside it.

    Args:
        old: may be open in QGIS and in other programs.
        new: is not there yet.

    Raises:
        OSError: nothing is left of the copy then.
    """
    try:
        # In a read-only folder SQLite makes no log, without which it may not read; nothing can have been written there.
        if old.suffix.lower() == ".gpkg" and os.access(old.parent, os.W_OK):
            _back_up(old, new)
        else:
            shutil.copyfile(old, new)
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise


def repoint(layer: QgsMapLayer, path: Path) -> None:
    """Let a result layer show a file, another or its own opened anew; the analyst's filter stays.

    Args:
        layer: the heat map or the polygons.
        path: of the file.
    """
    options = QgsDataProvider.ProviderOptions()
    if isinstance(layer, QgsRasterLayer):
        layer.setDataSource(str(path), layer.name(), "gdal", options)
    else:
        shown = layer.subsetString()
        layer.setDataSource(f"{path}|layername={layer_table(layer)}", layer.name(), "ogr", options)
        layer.setSubsetString(shown)
    layer.triggerRepaint()


def move_layers(layers: list[QgsMapLayer], folder: Path) -> list[Path]:
    """Copy the layers' files to a folder and point the layers there; the old files are deleted last.

    Args:
        layers: result layers, none of them being edited; several may show one file.
        folder: is made where it is missing.

    Returns:
        The new files.

    Raises:
        PluginError: ``not_writable``, where a layer has unsaved edits, and nothing is moved, or where a file cannot be
            copied; layers that were moved before stay moved, the others stay where they are.
    """
    by_file: dict[Path, list[QgsMapLayer]] = {}
    for layer in layers:
        if isinstance(layer, QgsVectorLayer) and layer.isEditable():
            message = translate("Storage", "“{name}” is being edited.").format(name=layer.name())
            hint = translate("Storage", "Save or discard its edits, and save the project again.")
            raise PluginError("not_writable", message, hint)
        by_file.setdefault(layer_file(layer), []).append(layer)
    moved = []
    for old, showing in by_file.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            new = _free_name(folder / old.name)
            copy_file(old, new)
        except OSError as error:
            message = translate("Storage", "{name} cannot be copied to {folder} ({reason}).")
            raise PluginError(
                "not_writable",
                message.format(name=old.name, folder=folder, reason=error.strerror),
                translate("Storage", "Choose a folder that can be written to and has room."),
            ) from error
        for layer in showing:
            repoint(layer, new)
        # What else lies there under that name (statistics, a write-ahead log) belonged to the old file.
        for leftover in old.parent.glob(f"{old.name}*"):
            # Windows deletes nothing that is still open; it goes with the folder.
            with suppress(OSError):
                leftover.unlink()
        moved.append(new)
    return moved


def _back_up(old: Path, new: Path) -> None:
    # Asked first: SQLite makes a file that is gone, and does not say why it cannot make another.
    old.stat()
    new.touch()
    try:
        with closing(sqlite3.connect(old)) as source, closing(sqlite3.connect(new)) as target:
            # Fails where another program has locked the file; the backup itself waits without end.
            source.execute("BEGIN")
            source.execute("SELECT name FROM sqlite_master").fetchone()
            source.backup(target)
    except sqlite3.Error as error:
        raise OSError(errno.EIO, str(error)) from error


def _free_name(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}_{number}{path.suffix}")
    return free
