"""The decisions of all runs on their way to the disk, and what is said where they do not get there."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from qgis.core import Qgis, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog, QWidget

from ..errors import PluginError
from ..messages import Messages
from .store import DecisionStore


class Stores(QObject):
    """A store for each layer that was reviewed: what could not be written yet outlives a change of the run.

    Args:
        messages: message bar and log.
        parent: the review.
    """

    changed = pyqtSignal()
    """Decisions wait that did not, or the other way round."""

    def __init__(self, messages: Messages, parent: QWidget) -> None:
        super().__init__(parent)
        self._messages = messages
        self._window = parent
        self._stores: dict[str, DecisionStore] = {}

    def of(self, layer: QgsVectorLayer) -> DecisionStore:
        """The store of a layer.

        Args:
            layer: anomalies.
        """
        if layer.id() not in self._stores:
            store = DecisionStore(layer, self)
            store.failed.connect(self._not_written)
            store.settled.connect(partial(self._settled, store))
            # After the decision that found it out is done with.
            store.gone.connect(partial(self._removed_elsewhere, layer.id()), Qt.ConnectionType.QueuedConnection)
            self._stores[layer.id()] = store
        return self._stores[layer.id()]

    def retry(self, layer: QgsVectorLayer) -> None:
        """Try to write what waits; where that fails, say why.

        Args:
            layer: whose decisions.
        """
        error = self.of(layer).retry()
        if error is not None:
            self._messages.show_error(error)

    def go_on_in_a_copy(self, layer: QgsVectorLayer) -> None:
        """Ask for a folder, and let the layer show a copy of its file there, with all that waits.

        Args:
            layer: anomalies whose file cannot be written.
        """
        title = self.tr("Folder for a copy of the anomalies")
        folder = QFileDialog.getExistingDirectory(self._window, title, str(Path.home()))
        if not folder:
            return
        try:
            path = self.of(layer).copy_to(Path(folder))
        except PluginError as error:
            self._messages.show_error(error)
            return
        text = self.tr("The review goes on in {path}. Save the project to keep it that way.").format(path=path)
        self._messages.show(text, Qgis.MessageLevel.Success)

    def let_go(self, layer_ids: list[str]) -> None:
        """The layers go: what still waits is written now, or told in full.

        Args:
            layer_ids: of layers that are still there.
        """
        for store in [self._stores.pop(layer_id) for layer_id in layer_ids if layer_id in self._stores]:
            error = store.retry()
            if error is not None:
                lines = [f"{fid}: {values}" for fid, values in store.pending.items()]
                text = self.tr("Decisions that could not be written to {name}: {count}.")
                text = text.format(count=len(lines), name=store.layer.name())
                details = "\n".join([str(error), *lines])
                self._messages.show_loss(text, details)
            store.deleteLater()

    def release(self) -> None:
        """Let all go."""
        self.let_go(list(self._stores))

    def _not_written(self, error: PluginError) -> None:
        self._messages.show_error(error)
        self.changed.emit()

    def _removed_elsewhere(self, layer_id: str, error: PluginError) -> None:
        self._messages.show_error(error)
        if layer_id in self._stores:
            self._stores[layer_id].layer.reload()

    def _settled(self, store: DecisionStore) -> None:
        if not store.layer.isEditable():
            # Else they are in its edits, as the review says, and go with them.
            self._messages.show(self.tr("All decisions are written now."), Qgis.MessageLevel.Success)
        self.changed.emit()
