"""What a reviewer decides: into the row at once, to the disk, and taken back when somebody wants it undone."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from qgis.core import Qgis, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..messages import Messages
from ..shared_file import whole
from .history import History
from .look_switch import LookSwitch
from .looks import SECOND, status_of, text_of
from .model import ReviewModel
from .rows import Row
from .stores import Stores


class Decisions(QObject):
    """The decisions on the polygons of one layer.

    Args:
        model: the list, whose rows show them.
        looks: whose they are.
        stores: bring them to the disk.
        history: what can be undone.
        messages: message bar and log.
        parent: the owner.

    Attributes:
        last: the polygon that was decided on last, undoing and redoing included; None: there is none.
    """

    changed = pyqtSignal(object)
    """A :class:`Row` shows another decision."""
    wait = pyqtSignal()
    """Some are not on the disk yet."""

    def __init__(
        self,
        model: ReviewModel,
        looks: LookSwitch,
        stores: Stores,
        history: History,
        messages: Messages,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._looks = looks
        self._stores = stores
        self._history = history
        self._messages = messages
        self._layer: QgsVectorLayer | None = None
        self.last: int | None = None

    def set_layer(self, layer: QgsVectorLayer | None) -> None:
        """Decide on other polygons.

        Args:
            layer: anomalies; None: nothing.
        """
        self._layer, self.last = layer, None

    def take(self, what: str, row: Row, values: dict[str, Any]) -> None:
        """Take a decision that can be undone.

        Args:
            what: it is, for people.
            row: of the polygon.
            values: by the fields of the present look.
        """
        attributes = {name: attribute for name, attribute in self._attributes().items() if name in values}
        old = {name: getattr(row, attribute) for name, attribute in attributes.items()}
        text = self.tr("{what}: anomaly {rank}").format(what=what, rank="–" if row.rank is None else int(row.rank))
        self._history.do(text, partial(self._apply, row.fid, values), partial(self._apply, row.fid, old))

    def show(self, row: Row, name: str, value: object) -> None:
        """Let a row show what a field holds; fields that no row shows are left alone.

        Args:
            row: of the polygon.
            name: of the field.
            value: as it is stored.
        """
        attribute = self._attributes().get(name)
        if attribute is not None:
            setattr(row, attribute, status_of(value) if attribute == "status" else text_of(value))
        elif name == SECOND.status:
            row.second = status_of(value)

    def _attributes(self) -> dict[str, str]:
        """The fields of the look and the row's attributes that show them."""
        return {self._looks.look.status: "status", self._looks.look.label: "label", self._looks.look.note: "note"}

    def _apply(self, fid: int, values: dict[str, Any]) -> None:
        row = self._model.row(fid)
        if row is None and not whole(self._layer).getFeature(fid).isValid():
            text = self.tr("That polygon is not there any more: nothing was changed.")
            self._messages.show(text, Qgis.MessageLevel.Info)
            return
        if row is not None:
            for name, value in values.items():
                self.show(row, name, value)
        self.last = fid
        written = dict(values)
        if self._looks.look.reviewer:
            written[self._looks.look.reviewer] = self._looks.reviewer()
            written[self._looks.look.time] = datetime.now().astimezone().isoformat(timespec="seconds")
        store = self._stores.of(self._layer)
        store.write(fid, written)
        # A filter of the layer hides it where there is none.
        if row is not None:
            self.changed.emit(row)
        if store.pending:
            self.wait.emit()
