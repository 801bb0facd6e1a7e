"""Picks one raster layer with a click, or several with two."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from qgis.core import QgsMapLayer, QgsMapLayerProxyModel, QgsProject, QgsRasterLayer
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QGridLayout, QListWidget, QListWidgetItem, QToolButton, QWidget

from .resources import icon
from .results import NEWS, is_result, scene_layers
from .timers import once

_LIST_HEIGHT = 92


class LayerPicker(QWidget):
    """A combo of the project's rasters; a button turns it into a list with check boxes.

    Results of earlier runs are not offered. Layers that are added, renamed or removed are followed.
    """

    layers_changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.combo = QgsMapLayerComboBox()
        self.combo.setObjectName("layer_combo")
        self.combo.setToolTip(self.tr("The raster layer to search"))
        self.combo.setFilters(QgsMapLayerProxyModel.Filter.RasterLayer)
        # A long layer name must not make the dock wide.
        self.combo.setSizeAdjustPolicy(self.combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMinimumContentsLength(8)
        self.list = QListWidget()
        self.list.setObjectName("layer_list")
        self.list.setToolTip(self.tr("Tick the raster layers to search, one after the other"))
        self.list.setFixedHeight(_LIST_HEIGHT)
        self.list.hide()
        self.several = QToolButton()
        self.several.setObjectName("several_button")
        self.several.setIcon(icon("several"))
        self.several.setText(self.tr("Several layers"))
        self.several.setToolTip(self.tr("Search several layers in one run"))
        self.several.setCheckable(True)
        self.several.setAutoRaise(True)

        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setColumnStretch(0, 1)
        layout.addWidget(self.combo, 0, 0)
        layout.addWidget(self.list, 0, 0)
        layout.addWidget(self.several, 0, 1, Qt.AlignmentFlag.AlignTop)
        self.setFocusProxy(self.combo)

        self.combo.layerChanged.connect(self._combo_changed)
        self.list.itemChanged.connect(self._item_changed)
        self.several.toggled.connect(self._toggle_several)
        # Many layers at once (a project that opens) mean one update, after the last.
        self._update = once(self, 0, self._refresh)
        project = QgsProject.instance()
        project.layersAdded.connect(self._layers_added)
        project.layersRemoved.connect(self._refresh_soon)
        NEWS.dressed.connect(self._refresh_soon)
        self._follow(project.mapLayers().values())
        self._refresh()

    def layers(self) -> list[QgsRasterLayer]:
        """The chosen layers that are still there and valid, in the order of the list."""
        if self.several.isChecked():
            found = [QgsProject.instance().mapLayer(layer_id) for layer_id in self._checked_ids()]
        else:
            found = [self.combo.currentLayer()]
        return [layer for layer in found if isinstance(layer, QgsRasterLayer) and layer.isValid()]

    def choose(self, layer: QgsRasterLayer) -> None:
        """Choose one layer."""
        self.several.setChecked(False)
        self.combo.setLayer(layer)

    def _combo_changed(self) -> None:
        if not self.several.isChecked():
            self.layers_changed.emit()

    def _item_changed(self) -> None:
        self.layers_changed.emit()

    def _toggle_several(self, on: bool) -> None:
        if on and not self._checked_ids():
            current = self.combo.currentLayer()
            self._fill_list([] if current is None else [current.id()])
        self.combo.setVisible(not on)
        self.list.setVisible(on)
        self.setFocusProxy(self.list if on else self.combo)
        self.layers_changed.emit()

    def _layers_added(self, layers: list) -> None:
        self._follow(layers)
        self._refresh_soon()

    def _follow(self, layers: Iterable[QgsMapLayer]) -> None:
        for layer in layers:
            layer.nameChanged.connect(self._refresh_soon)
            # In another CRS its pixels have another size; another file is another scene, and one that was missing none.
            layer.crsChanged.connect(self._refresh_soon)
            layer.dataSourceChanged.connect(self._refresh_soon)

    def _refresh_soon(self) -> None:
        self._update.start()

    def _refresh(self) -> None:
        results = [layer for layer in QgsProject.instance().mapLayers().values() if is_result(layer)]
        self.combo.setExceptedLayerList(results)
        self._fill_list(self._checked_ids())
        self.layers_changed.emit()

    def _checked_ids(self) -> list[str]:
        items = (self.list.item(row) for row in range(self.list.count()))
        return [i.data(Qt.ItemDataRole.UserRole) for i in items if i.checkState() == Qt.CheckState.Checked]

    def _fill_list(self, checked: Collection[str]) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for layer in scene_layers(QgsProject.instance()):
            item = QListWidgetItem(layer.name(), self.list)
            item.setData(Qt.ItemDataRole.UserRole, layer.id())
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Checked if layer.id() in checked else Qt.CheckState.Unchecked)
        self.list.blockSignals(False)
