"""The ways into a batch: a menu entry, the panel's button, and "Repeat on other layers…" of a result layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import QgsMapLayer, QgsProject
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtWidgets import QAction

from ..engine import Engine
from ..messages import Messages
from ..resources import icon
from ..results import NEWS, RUN_PROPERTY, is_result
from .dialog import BatchDialog


class Batch(QObject):
    """Opens the one batch window.

    Args:
        iface: QGIS.
        engine: the engine that works.
        panel: gives the parameters of a ``detect`` request as the panel is set.
        messages: message bar and log.

    Attributes:
        dialog: the window.
        action: opens it with the panel's settings.
        repeat: opens it with the settings of the run of the layer that is active in the layer tree.
    """

    def __init__(
        self, iface: QgisInterface, engine: Engine, panel: Callable[[], dict[str, Any]], messages: Messages
    ) -> None:
        window = iface.mainWindow()
        super().__init__(window)
        self._iface = iface
        self.dialog = BatchDialog(engine, panel, messages, window)
        self.action = QAction(icon("several"), self.tr("Batch…"), window)
        self.action.setObjectName("AnomalyLensBatchAction")
        self.action.triggered.connect(lambda: self.dialog.open_with())
        self.repeat = QAction(icon("anomaly_lens"), self.tr("Repeat on other layers…"), window)
        self.repeat.setObjectName("AnomalyLensRepeatAction")
        self.repeat.triggered.connect(self._repeat)
        iface.addPluginToRasterMenu(self.tr("Anomaly Lens"), self.action)
        project = QgsProject.instance()
        project.layersAdded.connect(self._offer)
        NEWS.dressed.connect(self._offer)
        self._known_types: set[Any] = set()
        self._offer(list(project.mapLayers().values()))

    def release(self, wait_s: float) -> None:
        """Take everything away again; a run under way is stopped.

        Args:
            wait_s: how long the run may take to stop.
        """
        QgsProject.instance().layersAdded.disconnect(self._offer)
        NEWS.dressed.disconnect(self._offer)
        self._iface.removePluginRasterMenu(self.tr("Anomaly Lens"), self.action)
        self._iface.removeCustomActionForLayerType(self.repeat)
        self.dialog.release(wait_s)
        for gone in (self.dialog, self.action, self.repeat, self):
            gone.deleteLater()

    def _offer(self, layers: list[QgsMapLayer]) -> None:
        """Put "Repeat…" into the context menus of results."""
        for layer in layers:
            if not is_result(layer):
                continue
            if layer.type() not in self._known_types:
                self._known_types.add(layer.type())
                self._iface.addCustomActionForLayerType(self.repeat, "", layer.type(), False)
            self._iface.addCustomActionForLayer(self.repeat, layer)

    def _repeat(self) -> None:
        layer = self._iface.activeLayer()
        self.dialog.open_with("" if layer is None else str(layer.customProperty(RUN_PROPERTY) or ""))
