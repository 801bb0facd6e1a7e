"""Where results lie: a folder of the user's, or a temporary one from which a saved project moves them."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from osgeo import gdal
from qgis.core import QgsDataProvider, QgsFeatureRequest, QgsMapLayer, QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, QSignalBlocker

from .errors import PluginError
from .results import ANOMALIES_TABLE, is_result

translate = QCoreApplication.translate

JOURNALS = ("-wal", "-shm", "-journal")
"""Endings of what SQLite keeps beside a GeoPackage that is open, or that nobody closed."""

_FOLDER_PROPERTY = "anomaly_lens_results"
# Of a layer, for this session: what its file was like when the layer last read it.
_SEEN_PROPERTY = "anomaly_lens_seen"
# GDAL's option, and what is set meanwhile.
_BUSY_TIMEOUT, _PATIENCE_MS = "SQLITE_BUSY_TIMEOUT", "300"


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


def layer_file(layer: QgsMapLayer) -> Path:
    """The file of a result layer."""
    return Path(layer.source().split("|")[0])


def is_read_only(layer: QgsVectorLayer) -> bool:
    """Whether a layer is flagged as read-only in the project, of which its provider, which writes, knows nothing.

    Args:
        layer: anomalies.
    """
    return bool(layer.property("readOnly"))  # the method has another name in Python than in C++


def whole(layer: QgsVectorLayer) -> QgsVectorLayer:
    """All that the file of a layer holds: the layer, or a copy of it without the analyst's filter.

    Args:
        layer: unsaved edits are in no copy of it.
    """
    if not layer.subsetString():
        return layer
    unfiltered = layer.clone()
    unfiltered.setSubsetString("")
    return unfiltered


def file_state(layer: QgsVectorLayer) -> tuple:
    """What differs after anybody has written to a layer's file, another program included.

    Args:
        layer: of a GeoPackage, which may keep its latest pages in a file beside it.
    """
    path = layer_file(layer)
    state: list[object] = [path]
    for name in (path, path.with_name(path.name + "-wal")):
        try:
            facts = name.stat()
            # An empty one says nothing, and has a new time whenever anybody opens the file.
            state.append((facts.st_mtime_ns, facts.st_size) if facts.st_size else None)
        except OSError:
            state.append(None)
    return tuple(state)


def last_read(layer: QgsVectorLayer) -> str:
    """What a layer's file was like when the layer last caught up with it; empty where it never has.

    Args:
        layer: anomalies.
    """
    return layer.property(_SEEN_PROPERTY) or ""


def catch_up(layer: QgsVectorLayer) -> bool:
    """Let a layer see what was written to its file since it last did.

    QGIS reads a GeoPackage without locks and does not look whether others write to it: a layer shows what was there
    when it was opened, or nothing at all once another QGIS has begun to keep its changes in a file beside it.

    Args:
        layer: anomalies; one that is being edited sees by itself.

    Returns:
        Whether anything was written, by this QGIS or by another.
    """
    if layer.property(_SEEN_PROPERTY) == repr(file_state(layer)):
        return False
    with impatient():
        path = layer_file(layer)
        has_rows = _answer(path, "SELECT EXISTS (SELECT 1 FROM anomalies)") if path.exists() else None
        if has_rows is None:
            # To the layer it would be empty; it is looked at again later.
            return False
        if not layer.isEditable():
            _read_again(layer)
        # QGIS touches a file that it opens. What is written from now on is for the next time, unless it was written
        # just before: then the layer is empty again.
        state = repr(file_state(layer))
        if not has_rows or layer.subsetString() or _shows_rows(layer):
            layer.setProperty(_SEEN_PROPERTY, state)
    return True


def update_copies(layer: QgsVectorLayer) -> None:
    """Let other layers of the project that show a layer's file, duplicates of it say, see what was written to it.

    Args:
        layer: anomalies.
    """
    path = layer_file(layer)
    for other in QgsProject.instance().mapLayers().values():
        if isinstance(other, QgsVectorLayer) and other.id() != layer.id() and layer_file(other) == path:
            catch_up(other)


def _read_again(layer: QgsVectorLayer) -> None:
    """As the layer's own ``reload``, after which nothing would be selected any more."""
    selected, fields = layer.selectedFeatureIds(), layer.fields().names()
    with QSignalBlocker(layer):
        layer.reload()
        layer.selectByIds(selected)
    if layer.fields().names() != fields:
        layer.updatedFields.emit()
    if selected:
        request = QgsFeatureRequest(selected).setFlags(QgsFeatureRequest.Flag.NoGeometry).setNoAttributes()
        gone = set(selected) - {feature.id() for feature in layer.getFeatures(request)}
        if gone:
            layer.deselect(list(gone))
    layer.dataChanged.emit()
    layer.triggerRepaint()


def _shows_rows(layer: QgsVectorLayer) -> bool:
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry).setNoAttributes().setLimit(1)
    return any(True for _feature in layer.getFeatures(request))


@contextmanager
def own_writing(layer: QgsVectorLayer) -> Iterator[None]:
    """What is written meanwhile is the layer's own: it need not be read again."""
    seen = layer.property(_SEEN_PROPERTY) == repr(file_state(layer))
    yield
    if seen:
        layer.setProperty(_SEEN_PROPERTY, repr(file_state(layer)))


@contextmanager
def impatient() -> Iterator[None]:
    """A locked file is tried for a moment only: SQLite's own five seconds would freeze QGIS."""
    # An older GDAL knows options for all threads alone.
    told = getattr(gdal, "GetThreadLocalConfigOption", gdal.GetConfigOption)
    tell = getattr(gdal, "SetThreadLocalConfigOption", gdal.SetConfigOption)
    before = told(_BUSY_TIMEOUT)
    tell(_BUSY_TIMEOUT, _PATIENCE_MS)
    try:
        yield
    finally:
        tell(_BUSY_TIMEOUT, before)


def rows_in_file(path: Path, fids: list[int]) -> set[int] | None:
    """Which of these polygons a file has, in one row that a file which can be read always gives; None: it cannot.

    Args:
        path: of the GeoPackage.
        fids: of the features.
    """
    asked = ", ".join(map(str, fids))
    sql = f"SELECT ifnull(group_concat(fid), '') FROM \"{ANOMALIES_TABLE}\" WHERE fid IN ({asked})"  # noqa: S608 - of numbers # nosec B608
    found = _answer(path, sql)
    return None if found is None else {int(fid) for fid in found.split(",") if fid}


def _answer(path: Path, sql: str) -> str | int | None:
    """The one value that a GeoPackage answers with; None where it cannot be read."""
    found = None
    # It may be asked every other second.
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        file = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_READONLY, allowed_drivers=["GPKG"])
        answer = None if file is None else file.ExecuteSQL(sql)
        row = None if answer is None else answer.GetNextFeature()
        found = None if row is None else row.GetField(0)
        row = None
        if answer is not None:
            file.ReleaseResultSet(answer)  # GDAL 3.10 cannot close a file with a question open
    except RuntimeError:  # nosec B110 - another plugin has asked GDAL for exceptions: as good as none found
        pass
    finally:
        gdal.PopErrorHandler()
    return found


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
            _repoint(layer, new)
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


def _repoint(layer: QgsMapLayer, path: Path) -> None:
    options = QgsDataProvider.ProviderOptions()
    if isinstance(layer, QgsRasterLayer):
        layer.setDataSource(str(path), layer.name(), "gdal", options)
    else:
        shown = layer.subsetString()  # the analyst's filter
        layer.setDataSource(f"{path}|layername={ANOMALIES_TABLE}", layer.name(), "ogr", options)
        layer.setSubsetString(shown)
    layer.triggerRepaint()


def _free_name(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}_{number}{path.suffix}")
    return free
