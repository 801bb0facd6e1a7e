"""Layers of a GeoPackage that other programs write to as well: what they wrote is seen, and nobody waits for locks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from osgeo import gdal
from qgis.core import QgsFeatureRequest, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QSignalBlocker

from .storage import layer_file, layer_table

JOURNALS = ("-wal", "-shm", "-journal")
"""Endings of what SQLite keeps beside a GeoPackage that is open, or that nobody closed."""

# Of a layer, for this session: what its file was like when the layer last read it.
_SEEN_PROPERTY = "anomaly_lens_seen"
PATIENCE_MS = "300"
"""How long a file is tried that somebody has locked."""
# GDAL's option.
_BUSY_TIMEOUT = "SQLITE_BUSY_TIMEOUT"


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


def log_of(path: Path) -> Path:
    """Where SQLite keeps the latest pages of a GeoPackage while several read and write it.

    Args:
        path: of the GeoPackage.
    """
    return path.with_name(f"{path.name}-wal")


def file_state(layer: QgsVectorLayer) -> tuple:
    """What differs after anybody has written to a layer's file, another program included.

    Args:
        layer: of a GeoPackage, which may keep its latest pages in a file beside it.
    """
    path = layer_file(layer)
    state: list[object] = [path]
    for name in (path, log_of(path)):
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


def catch_up(layer: QgsVectorLayer, *, written: bool = False) -> bool:
    """Let a layer see what was written to its file since it last did.

    QGIS reads a GeoPackage without locks and does not look whether others write to it: a layer shows what was there
    when it was opened, or nothing at all once another QGIS has begun to keep its changes in a file beside it.

    Args:
        layer: anomalies; one that is being edited sees by itself.
        written: it is known that something was: the clocks of some disks tell seconds.

    Returns:
        Whether anything was written, by this QGIS or by another.
    """
    if not written and layer.property(_SEEN_PROPERTY) == repr(file_state(layer)):
        return False
    with impatient():
        path = layer_file(layer)
        asked = f"SELECT EXISTS (SELECT 1 FROM {quoted_name(layer_table(layer))})"  # noqa: S608  # nosec B608
        has_rows = _answer(path, asked) if path.exists() else None
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
    """Let other layers of the project that show a layer's file, duplicates of it say, see what was just written to it.

    Args:
        layer: anomalies.
    """
    path = layer_file(layer)
    for other in QgsProject.instance().mapLayers().values():
        if isinstance(other, QgsVectorLayer) and other.id() != layer.id() and layer_file(other) == path:
            catch_up(other, written=True)


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
    tell(_BUSY_TIMEOUT, PATIENCE_MS)
    try:
        yield
    finally:
        tell(_BUSY_TIMEOUT, before)


def quoted_name(name: str) -> str:
    """The name of a table or a field as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def rows_in_file(layer: QgsVectorLayer, fids: list[int]) -> set[int] | None:
    """Which of these polygons the file has, in one row that a file which can be read always gives; None: it cannot.

    Args:
        layer: anomalies.
        fids: of the features.
    """
    asked = ", ".join(map(str, fids))
    table = quoted_name(layer_table(layer))
    sql = f"SELECT ifnull(group_concat(rowid), '') FROM {table} WHERE rowid IN ({asked})"  # noqa: S608 - of numbers # nosec B608
    found = _answer(layer_file(layer), sql)
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
