"""The table of anomalies in its file, changed through GDAL: all at once or not at all.

Not through the provider of a layer, for which QGIS keeps a log beside the file from then on (SQLite's WAL): a map that
is being drawn when that begins, and the layer itself, may show no polygon until the layer is read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from osgeo import gdal, ogr
from qgis.core import QgsApplication, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, QSignalBlocker

from .gdal_failures import failures_told
from .shared_file import PATIENCE_MS, impatient, log_of, quoted_name
from .storage import layer_file, layer_table

translate = QCoreApplication.translate

# Changes nothing, and takes the lock for writing, for which SQLite waits in the first statement of a transaction alone,
# and not even there where the statement is about a table with an index of places: that one has read something by then.
_LOCK = "UPDATE gpkg_contents SET identifier = identifier WHERE 0"
# SQLite of any age takes a statement of so many numbers.
_AT_ONCE = 500


@dataclass
class AnomaliesTable:
    """The table while it is changed; not to be kept.

    Attributes:
        dataset: its file.
        table: the table.
    """

    dataset: gdal.Dataset
    table: ogr.Layer

    @property
    def name(self) -> str:
        """The table's name, as SQL has it; rows have their numbers under the name of ``rowid`` in any."""
        return quoted_name(self.table.GetName())

    def count(self) -> int:
        """How many rows there are."""
        # Not of the table: GDAL would tell a number that it has kept.
        answer = self.dataset.ExecuteSQL(f"SELECT count(rowid) FROM {self.name}")  # noqa: S608  # nosec B608
        try:
            return answer.GetNextFeature().GetField(0)
        finally:
            self.dataset.ReleaseResultSet(answer)

    def delete(self, fids: list[int]) -> None:
        """Delete rows.

        Args:
            fids: their numbers.
        """
        for place in range(0, len(fids), _AT_ONCE):
            # Half the time of telling the table each one; they are whole numbers.
            numbers = ", ".join(str(int(fid)) for fid in fids[place : place + _AT_ONCE])
            self.dataset.ExecuteSQL(f"DELETE FROM {self.name} WHERE rowid IN ({numbers})")  # noqa: S608  # nosec B608

    def update(self, fid: int, texts: dict[str, str]) -> None:
        """Give a row other texts, and touch nothing else of it; a number that no row has is passed over.

        Args:
            fid: its number.
            texts: by the names of their fields.
        """
        told = ", ".join(f"{quoted_name(name)} = {_quoted(text)}" for name, text in texts.items())
        self.dataset.ExecuteSQL(f"UPDATE {self.name} SET {told} WHERE rowid = {int(fid)}")  # noqa: S608  # nosec B608


@contextmanager
def changed_table(layer: QgsVectorLayer) -> Iterator[AnomaliesTable]:
    """What is done with the table is one transaction: after an error the file is as it was.

    Args:
        layer: anomalies, not being edited; has to be read again afterwards where rows have come or gone.

    Raises:
        RuntimeError: GDAL's or SQLite's reason.
    """
    path = layer_file(layer)
    if not path.exists():
        raise RuntimeError(translate("Adjust", "the file is gone"))
    _leave_log(layer, path)
    with impatient():
        dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_UPDATE)
        table = None if dataset is None else dataset.GetLayerByName(layer_table(layer))
        if table is None:
            raise RuntimeError(gdal.GetLastErrorMsg())
        # Of a file that is open, GDAL 3.6 has forgotten the option.
        _set(dataset, f"PRAGMA busy_timeout = {PATIENCE_MS}")
        check(dataset.StartTransaction())
        opened = AnomaliesTable(dataset, table)
        try:
            with failures_told() as failures:
                dataset.ExecuteSQL(_LOCK)
                if not failures:
                    yield opened
            if failures:
                raise RuntimeError(failures[0])
            check(dataset.CommitTransaction())
        except BaseException:
            # Where writing it out has failed, there is nothing left to take back, which is not the reason to tell.
            with suppress(RuntimeError):
                dataset.RollbackTransaction()
            raise
        else:
            if log_of(path).exists():
                # Another layer, or program, keeps it open: who copies the file takes along what is in the file itself.
                with suppress(RuntimeError), failures_told():
                    dataset.FlushCache()
                    _set(dataset, "PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            # Closed before QGIS reads it again, whoever still has its name.
            opened.table = opened.dataset = None
            del table, dataset


def _set(dataset: gdal.Dataset, pragma: str) -> None:
    answer = dataset.ExecuteSQL(pragma)
    if answer is not None:
        # GDAL 3.10 cannot close a file with a question open.
        dataset.ReleaseResultSet(answer)


def check(code: int) -> None:
    """GDAL's functions return a number where Python's exceptions are not switched on.

    Args:
        code: the number.

    Raises:
        RuntimeError: GDAL's reason, where it stands for a failure.
    """
    if code != ogr.OGRERR_NONE:
        raise RuntimeError(gdal.GetLastErrorMsg())


def _leave_log(layer: QgsVectorLayer, path: Path) -> None:
    """Have QGIS end a log that this layer's provider has begun, for another plugin say."""
    if not log_of(path).exists():
        return
    provider = layer.dataProvider()
    # QGIS writes a warning where the log is another program's.
    with QSignalBlocker(QgsApplication.messageLog()), QSignalBlocker(layer):
        # What QGIS has kept open for the next reading would hold the log.
        provider.reloadData()
        provider.leaveUpdateMode()


def _quoted(text: str) -> str:
    # Half a character, which Qt may hold, is in no UTF-8; and SQL ends where a text has a zero.
    text = text.encode("utf-8", "replace").decode().replace("\0", "")
    return "'" + text.replace("'", "''") + "'"
