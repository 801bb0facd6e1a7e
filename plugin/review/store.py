"""Decisions on the disk: each one is written at once, and what cannot be written is kept and offered again."""

from __future__ import annotations

import os
from pathlib import Path

from qgis.core import QgsFeatureRequest, QgsVectorDataProvider, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..anomalies_table import changed_table
from ..errors import PluginError
from ..shared_file import impatient, is_read_only, own_writing, rows_in_file, update_copies
from ..storage import copy_file, is_geopackage, layer_file, repoint

Values = dict[str, str]

_RETRY_MS = 5000


class DecisionStore(QObject):
    """Writes the decisions on one layer.

    Of a layer that is not being edited the file is written: the decision is there when :meth:`write` returns. One that
    is being edited takes it among its unsaved edits. Where writing fails (another program has locked the file, the disk
    is full or read-only, the file is gone) the decision waits in ``pending`` and is tried again every few seconds.

    Args:
        layer: anomalies.
        parent: the owner.

    Attributes:
        pending: feature id to the values that are not on the disk yet.
    """

    failed = pyqtSignal(object)
    """A :class:`~..errors.PluginError`: decisions wait. Told once, until all are written."""
    gone = pyqtSignal(object)
    """A :class:`~..errors.PluginError`: polygons that were decided on are not in the file any more."""
    settled = pyqtSignal()
    """Nothing waits any more."""

    def __init__(self, layer: QgsVectorLayer, parent: QObject) -> None:
        super().__init__(parent)
        self.layer = layer
        self.pending: dict[int, Values] = {}
        self._lost = False
        self._timer = QTimer(self)
        self._timer.setInterval(_RETRY_MS)
        self._timer.timeout.connect(self.retry)

    def write(self, fid: int, values: Values) -> None:
        """Write values of one polygon, or keep them until they can be written.

        Args:
            fid: of the feature.
            values: by the names of their fields.
        """
        if self.pending:
            # Order matters: what came first is written first.
            self.pending.setdefault(fid, {}).update(values)
            self.retry()
            return
        with impatient():
            error = self._try({fid: values})
        if error is not None:
            self.pending[fid] = dict(values)
            self._timer.start()
            self.failed.emit(error)

    def retry(self) -> PluginError | None:
        """Try to write what waits.

        Returns:
            Why that failed, or None.
        """
        with impatient():
            error = self._try(self.pending) if self.pending else None
        if error is None:
            self._timer.stop()
            if self.pending:
                self.pending = {}
                self.settled.emit()
        return error

    def copy_to(self, folder: Path) -> Path:
        """Go on in a copy of the file, with all that waits in it; for files that cannot be written any more.

        Args:
            folder: where the copy is made; an existing file is not replaced.

        Returns:
            The copy, which the layer shows from now on.

        Raises:
            PluginError: ``not_writable`` where the copy cannot be made or written, or the layer shows another format.
        """
        if not is_geopackage(self.layer):
            # A shapefile, of which one file of several would be copied.
            raise self._not_a_geopackage()
        old = layer_file(self.layer)
        new = folder / old.name
        try:
            if new.exists():
                raise FileExistsError(17, self.tr("there is a file of that name"))
            copy_file(old, new)
        except OSError as error:
            message = self.tr("{name} cannot be copied to {folder} ({reason}).")
            raise PluginError(
                "not_writable",
                message.format(name=old.name, folder=folder, reason=error.strerror),
                self.tr("Choose another folder that can be written to and has room."),
            ) from error
        repoint(self.layer, new)
        self.layer.setReadOnly(False)  # what the project protects is the file that was copied
        error = self.retry()
        if error is not None:
            raise error
        return new

    def _try(self, changes: dict[int, Values]) -> PluginError | None:
        fields = self.layer.fields()
        missing = {name for values in changes.values() for name in values if fields.indexOf(name) < 0}
        if missing:
            message = self.tr("“{name}” has no field {field} any more.")
            message = message.format(name=self.layer.name(), field=", ".join(sorted(missing)))
            return PluginError("not_writable", message, self.tr("Add it again, as a text; your decisions are kept."))
        if self.layer.isEditable():
            return self._edit(changes)
        if self.layer.isValid() and not is_geopackage(self.layer):
            return self._not_a_geopackage()
        path = layer_file(self.layer)
        if not path.exists():
            # An open file that was deleted would take the decision into nowhere.
            self._lost = True
            message = self.tr("The file {path} is gone.").format(path=path)
            hint = self.tr("Put it back: your decisions are kept and will be written then.")
            return PluginError("not_writable", message, hint)
        if self._lost or not self.layer.dataProvider().isValid():
            repoint(self.layer, path)
            self._lost = False
        there = self._still_there(path, changes)
        if there is None:
            # What the layer has open does not come back by itself.
            self._lost = True
            message = self.tr("{name} cannot be read at the moment.").format(name=path.name)
            hint = self.tr(
                "Another program may be writing it, or it is damaged. Your decisions are kept and tried again."
            )
            return PluginError("not_writable", message, hint)
        protected = self._protected(path)
        if protected is not None:
            return protected
        try:
            if there:
                self._write(there)
        except RuntimeError as error:
            message = self.tr("{name} cannot be written at the moment.").format(name=path.name)
            hint = self.tr(
                "Another program may have it open, or the disk is full. Your decisions are kept and tried again."
            )
            return PluginError("not_writable", message, hint, str(error))
        for fid, values in there.items():
            for name, value in values.items():
                # Open attribute tables and forms follow.
                self.layer.attributeValueChanged.emit(fid, fields.indexOf(name), value)
        self.layer.triggerRepaint()
        update_copies(self.layer)
        return None

    def _write(self, changes: dict[int, Values]) -> None:
        with own_writing(self.layer), changed_table(self.layer) as file:
            for fid, values in changes.items():
                file.update(fid, values)

    def _not_a_geopackage(self) -> PluginError:
        message = self.tr("The file of “{name}” is not a GeoPackage.").format(name=self.layer.name())
        hint = self.tr("Switch the layer's editing on: decisions are saved with its edits. They are kept until then.")
        return PluginError("not_writable", message, hint)

    def _protected(self, path: Path) -> PluginError | None:
        """Why nobody may write to the file, as the disk or the project has it; None where somebody may."""
        writable = self.layer.dataProvider().capabilities() & QgsVectorDataProvider.Capability.ChangeAttributeValues
        if not (writable and os.access(path, os.W_OK)):
            message = self.tr("{name} is read-only.").format(name=path.name)
            hint = self.tr("Make it writable, or go on in a copy. Your decisions are kept until then.")
            return PluginError("not_writable", message, hint)
        if is_read_only(self.layer):
            message = self.tr("“{name}” is read-only in this project.").format(name=self.layer.name())
            hint = self.tr(
                "Untick Read-only in Project > Properties > Data Sources, or go on in a copy. "
                "Your decisions are kept until then."
            )
            return PluginError("not_writable", message, hint)
        return None

    def _still_there(self, path: Path, changes: dict[int, Values]) -> dict[int, Values] | None:
        """The changes of polygons that another QGIS has not removed meanwhile; writing would not say a word.

        None: the file cannot be read, which a layer tells no otherwise than by being empty.
        """
        request = QgsFeatureRequest(list(changes)).setFlags(QgsFeatureRequest.Flag.NoGeometry)
        there = {feature.id() for feature in self.layer.getFeatures(request.setNoAttributes())}
        if not there.issuperset(changes):
            in_file = rows_in_file(self.layer, list(changes))
            if in_file is None:
                return None
            if in_file != there:
                # Another QGIS has written to it, after which a layer that was open before looks empty.
                repoint(self.layer, path)
                there = in_file
        lost = {fid: values for fid, values in changes.items() if fid not in there}
        if lost:
            details = [f"{fid}: {values}" for fid, values in lost.items()]
            message = self.tr(
                "Polygons were removed from {name} in another window. Decisions that had no place: {count}."
            )
            message = message.format(name=self.layer.name(), count=len(lost))
            hint = self.tr("The list was read again. Look at what is there now, and decide again.")
            self.gone.emit(PluginError("polygons_gone", message, hint, "\n".join(details)))
        return {fid: values for fid, values in changes.items() if fid in there}

    def _edit(self, changes: dict[int, Values]) -> PluginError | None:
        fields = self.layer.fields()
        self.layer.beginEditCommand(self.tr("Review"))
        done = all(
            self.layer.changeAttributeValues(fid, {fields.indexOf(name): value for name, value in values.items()})
            for fid, values in changes.items()
        )
        if not done:
            self.layer.destroyEditCommand()
            message = self.tr("“{name}” did not take the decision.").format(name=self.layer.name())
            return PluginError("not_writable", message, self.tr("Save or discard its edits, and try again."))
        self.layer.endEditCommand()
        self.layer.triggerRepaint()
        return None
