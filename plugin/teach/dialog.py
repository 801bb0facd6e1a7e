"""The window "Teach normal": from polygons of normal ground to a model. It may be closed while teaching goes on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsFillSymbol,
    QgsMapLayerProxyModel,
    QgsProject,
    QgsRasterLayer,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)
from qgis.gui import QgisInterface, QgsMapLayerComboBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from .. import settings
from ..area import polygon_area
from ..engine import Engine
from ..errors import PluginError
from ..layer_picker import LayerPicker
from ..messages import Messages
from ..progress import ProgressBar
from ..sources import export_resolution, is_web_layer, snapshot
from ..spoken import name_fields
from ..timers import once
from ..wrapped import WrappedLabel
from .models import free_folder
from .task import Lesson, TeachTask
from .view import TeachView

_STEPS = 1000
_DEFAULT_S, _LEAST_S, _MOST_S = 150, 10, 3600
_DRAWN_PROPERTY = "anomaly_lens/drawn_ground"


class TeachDialog(QDialog):
    """Teaches one model at a time.

    Args:
        iface: QGIS.
        engine: the engine that works.
        messages: message bar and log.
    """

    taught = pyqtSignal(str)
    """The folder of a new model."""

    def __init__(self, iface: QgisInterface, engine: Engine, messages: Messages) -> None:
        super().__init__(iface.mainWindow())
        self.setObjectName("AnomalyLensTeach")
        self.setWindowTitle(self.tr("Teach what is normal"))
        self.resize(360, 690)
        self._iface = iface
        self._engine = engine
        self._messages = messages
        self._task: TeachTask | None = None
        self._say: Callable[[], None] = lambda: None
        self._tell = once(self, 0, lambda: self._say())
        layout = QVBoxLayout(self)
        layout.addLayout(self._build_fields())
        name_fields(self)
        layout.addLayout(self._build_buttons())
        self.progress = ProgressBar()
        self.progress.setObjectName("teach_progress")
        self.progress.setToolTip(self.tr("How much of the time is over"))
        self.progress.setRange(0, _STEPS)
        self.stage = WrappedLabel(self.tr("Outline ground that is normal, all kinds of it, and press Teach."))
        self.stage.setObjectName("teach_stage")
        self.stage.setToolTip(self.tr("What is being done, or how it ended"))
        self.view = TeachView()
        layout.addWidget(self.progress)
        layout.addWidget(self.stage)
        layout.addWidget(self.view, 1)
        self._show_running()

    def _build_fields(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.layers = LayerPicker()
        self.layers.combo.setObjectName("teach_layer_combo")
        self.layers.combo.setToolTip(self.tr("The raster layer that shows the normal ground"))
        self.layers.list.setObjectName("teach_layer_list")
        self.layers.several.setObjectName("teach_several_button")
        self.layers.several.setToolTip(self.tr("Teach from several layers with the same bands"))
        self.polygons = QgsMapLayerComboBox()
        self.polygons.setObjectName("teach_polygons_combo")
        self.polygons.setToolTip(self.tr("Polygons of normal ground, in any CRS"))
        self.polygons.setFilters(QgsMapLayerProxyModel.Filter.PolygonLayer)
        self.polygons.setSizeAdjustPolicy(self.polygons.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.polygons.setMinimumContentsLength(8)
        # The first layer there is would often be the anomalies of the last run.
        self.polygons.setAllowEmptyLayer(True, self.tr("None yet"))
        self.polygons.setCurrentIndex(0)
        self.draw_button = QPushButton(self.tr("&Draw"))
        self.draw_button.setObjectName("teach_draw_button")
        self.draw_button.setToolTip(
            self.tr(
                "Draw polygons on the map, in the temporary layer that is chosen or a new one; "
                "end each with a right click"
            )
        )
        self.selected_only = QCheckBox(self.tr("Selected features only"))
        self.selected_only.setObjectName("teach_selected_check")
        self.selected_only.setToolTip(self.tr("Teach from the selected polygons alone"))
        self.name = QLineEdit()
        self.name.setObjectName("teach_name_edit")
        self.name.setToolTip(self.tr("What the model is called in the list"))
        self.name.setPlaceholderText(self.tr("Forest, calm water, …"))
        self.seconds = QSpinBox()
        self.seconds.setObjectName("teach_seconds_spin")
        self.seconds.setToolTip(
            self.tr("How long it learns at most; more helps little. Stop earlier where the preview is good")
        )
        self.seconds.setRange(_LEAST_S, _MOST_S)
        self.seconds.setValue(_DEFAULT_S)
        self.seconds.setSuffix(" s")
        row = QHBoxLayout()
        row.addWidget(self.polygons, 1)
        row.addWidget(self.draw_button)
        form.addRow(self.tr("&Layer"), self.layers)
        form.addRow(self.tr("Nor&mal ground"), row)
        form.labelForField(row).setBuddy(self.polygons)
        form.addRow("", self.selected_only)
        form.addRow(self.tr("&Name"), self.name)
        form.addRow(self.tr("T&ime"), self.seconds)
        self.draw_button.clicked.connect(self.draw)
        return form

    def _build_buttons(self) -> QHBoxLayout:
        self.teach_button = QPushButton(self.tr("&Teach"))
        self.teach_button.setObjectName("teach_start_button")
        self.teach_button.setToolTip(self.tr("Learn what is normal from the polygons"))
        self.stop_button = QPushButton(self.tr("&Stop, keep best"))
        self.stop_button.setObjectName("teach_stop_button")
        self.stop_button.setToolTip(self.tr("End early and keep the best so far"))
        self.cancel_button = QPushButton(self.tr("&Cancel"))
        self.cancel_button.setObjectName("teach_cancel_button")
        self.cancel_button.setToolTip(self.tr("End and keep nothing"))
        row = QHBoxLayout()
        for button in (self.teach_button, self.stop_button, self.cancel_button):
            button.setAutoDefault(False)
            row.addWidget(button)
        self.teach_button.clicked.connect(self.teach)
        self.stop_button.clicked.connect(self._keep_best)
        self.cancel_button.clicked.connect(self._cancel)
        return row

    def release(self, wait_s: float) -> None:
        """End teaching, before the dialog is deleted.

        Args:
            wait_s: how long it may take to stop.
        """
        self._tell.stop()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            task.over.wait(wait_s)

    def open_on(self, layers: list[QgsRasterLayer]) -> None:
        """Show the window, with a layer chosen where there is one."""
        if layers and self._task is None:
            self.layers.choose(layers[0])
        self.show()
        self.raise_()
        self.activateWindow()

    def draw(self) -> None:
        """Let the user draw: in the temporary layer that is chosen, or else in a new one."""
        layer = self.polygons.currentLayer()
        if layer is None or not layer.customProperty(_DRAWN_PROPERTY):
            layer = self._new_ground()
            self.polygons.setLayer(layer)
            self.selected_only.setChecked(False)
        self._iface.setActiveLayer(layer)
        if not layer.isEditable():
            layer.startEditing()
        self._iface.actionAddFeature().trigger()
        self.stage.setText(self.tr("Click around normal ground on the map, end each polygon with a right click."))

    def _new_ground(self) -> QgsVectorLayer:
        rasters = self.layers.layers()
        layer = QgsVectorLayer("Polygon", self.tr("Normal ground"), "memory")
        layer.setCustomProperty(_DRAWN_PROPERTY, True)
        layer.setCrs(rasters[0].crs() if rasters else QgsProject.instance().crs())
        symbol = QgsFillSymbol.createSimple(
            {"color": "0,200,120,60", "outline_color": "0,200,120", "outline_width": "0.6"}
        )
        layer.setRenderer(QgsSingleSymbolRenderer(symbol))
        project = QgsProject.instance()
        project.addMapLayer(layer, False)
        # Beside the active layer it would be in some run's group, to be hidden and removed with it.
        project.layerTreeRoot().insertLayer(0, layer)
        return layer

    def teach(self) -> None:
        """Begin; what is missing is told."""
        try:
            lesson = self._lesson()
        except PluginError as error:
            QMessageBox.warning(self, self.windowTitle(), f"{error.message}\n\n{error.hint}")
            return
        self.view.clear()
        self.progress.setValue(0)
        self.stage.setText(self.tr("Starting the engine"))
        self._task = TeachTask(self._engine, lesson)
        self._task.progressed.connect(self._progressed)
        self._task.ended.connect(self._ended)
        QgsApplication.taskManager().addTask(self._task)
        self._show_running()

    def _lesson(self) -> Lesson:
        rasters = self.layers.layers()
        if not rasters:
            hint = self.tr("Load a raster layer, or tick one in the list.")
            raise PluginError("bad_parameter", self.tr("No raster layer is chosen."), hint)
        polygons = self.polygons.currentLayer()
        if polygons is None:
            hint = self.tr("Choose a polygon layer, or press Draw.")
            raise PluginError("bad_area", self.tr("No normal ground is outlined."), hint)
        if polygons.featureCount() == 0:
            message = self.tr("The layer “{name}” has no polygons yet.").format(name=polygons.name())
            raise PluginError("bad_area", message, self.tr("Draw some, and end each with a right click."))
        for raster in rasters:
            if is_web_layer(raster):
                message = self.tr("The layer “{name}” has no pixels of its own.").format(name=raster.name())
                raise PluginError("bad_parameter", message, self.tr("Save a part of it as a GeoTIFF first."))
        transforms = QgsProject.instance().transformContext()
        normal = polygon_area(polygons, self.selected_only.isChecked(), transforms)
        name = self.name.text().strip()
        folder = free_folder(name)
        params: dict[str, Any] = {
            "out": str(folder),
            "name": name,
            "budget_s": self.seconds.value(),
            "device": settings.DEVICE.get(),
        }
        sources = [snapshot(raster, export_resolution(raster, 0.0), transforms) for raster in rasters]
        return Lesson(sources, normal, params)

    def _keep_best(self) -> None:
        self.stop_button.setEnabled(False)
        self.stage.setText(self.tr("Stopping…"))
        self._task.keep_best()

    def _cancel(self) -> None:
        self.stop_button.setEnabled(False)
        self.cancel_button.setEnabled(False)
        self.stage.setText(self.tr("Cancelling…"))
        self._task.cancel()

    def _progressed(self, event: dict[str, Any]) -> None:
        if self.sender() is not self._task:
            return
        self.progress.setValue(round(_STEPS * float(event.get("fraction") or 0)))
        if self.stop_button.isEnabled():
            remaining = event.get("remaining")
            text = str(event.get("message") or "")
            left = "" if remaining is None else self.tr(" · {seconds:.0f} s left").format(seconds=remaining)
            self.stage.setText(text + left)
        self.view.show_moment(event)

    def _ended(self) -> None:
        task = self._task
        if task is None or self.sender() is not task:
            return
        self._task = None
        self._show_running()
        if task.error is not None:
            cancelled = task.error.code == "cancelled"
            self.progress.setValue(0)
            self.stage.setText(self.tr("Cancelled; nothing was kept.") if cancelled else str(task.error))
            if not cancelled:
                self._tell_after(partial(self._messages.show_error, task.error))
            return
        outcome = task.result
        self.progress.setValue(_STEPS)
        name = str(outcome["card"]["name"])
        text = self.tr("“{name}” was taught in {seconds:.0f} s. Press Run to search with it.")
        text = text.format(name=name, seconds=outcome["seconds"])
        self.stage.setText(text)
        remarks = "\n".join(str(remark) for remark in outcome.get("warnings") or [])
        self._tell_after(partial(self._messages.show, text, Qgis.MessageLevel.Success, details=remarks))
        self.taught.emit(str(outcome["model"]))

    def _tell_after(self, say: Callable[[], None]) -> None:
        """Say something after QGIS's own "Task complete", which would cover it."""
        self._say = say
        self._tell.start()

    def _show_running(self) -> None:
        running = self._task is not None
        self.teach_button.setEnabled(not running)
        self.stop_button.setEnabled(running)
        self.cancel_button.setEnabled(running)
        fields: tuple[QWidget, ...] = (self.layers, self.polygons, self.draw_button, self.selected_only, self.name)
        for field in (*fields, self.seconds):
            field.setEnabled(not running)
