"""Picks where a run looks: the whole layer, the map's window, a drawn rectangle, or polygons."""

from __future__ import annotations

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsMapLayerProxyModel,
    QgsProject,
    QgsRectangle,
    QgsWkbTypes,
)
from qgis.gui import QgsMapCanvas, QgsMapLayerComboBox, QgsMapTool, QgsMapToolExtent, QgsRubberBand
from qgis.PyQt import sip
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from .area import Area, canvas_area, polygon_area, rectangle_area
from .errors import PluginError
from .resources import icon

LAYER, CANVAS, RECTANGLE, POLYGONS = "layer", "canvas", "rectangle", "polygons"

_BAND_COLOR = QColor(255, 154, 31)


class ExtentPicker(QWidget):
    """A combo of the four ways, and below it what the chosen way needs.

    Args:
        canvas: the map to draw on.
    """

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__()
        self._canvas = canvas
        self._rectangle = QgsRectangle()
        self._rectangle_crs = QgsCoordinateReferenceSystem()
        self._tool: QgsMapToolExtent | None = None
        # What the map's mouse did before a rectangle was drawn, while it is.
        self._tool_before: QgsMapTool | None = None
        self._band: QgsRubberBand | None = None
        self._build()

    def _build(self) -> None:
        self.mode = QComboBox()
        self.mode.setObjectName("extent_combo")
        self.mode.setToolTip(self.tr("Where to search; pixels elsewhere are neither scored nor counted as normal"))
        for label, mode in (
            (self.tr("Whole layer"), LAYER),
            (self.tr("Map canvas"), CANVAS),
            (self.tr("Drawn rectangle"), RECTANGLE),
            (self.tr("Polygon layer"), POLYGONS),
        ):
            self.mode.addItem(label, mode)
        self.draw = QToolButton()
        self.draw.setObjectName("draw_button")
        self.draw.setIcon(icon("draw_extent"))
        self.draw.setText(self.tr("Draw a rectangle"))
        self.draw.setToolTip(self.tr("Draw the rectangle on the map; drag from corner to corner"))
        self.draw.setCheckable(True)
        self.draw.setAutoRaise(True)
        self.polygons = QgsMapLayerComboBox()
        self.polygons.setObjectName("polygon_combo")
        self.polygons.setToolTip(self.tr("The layer whose polygons are searched"))
        self.polygons.setFilters(QgsMapLayerProxyModel.Filter.PolygonLayer)
        self.polygons.setSizeAdjustPolicy(self.polygons.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.polygons.setMinimumContentsLength(8)
        self.selected_only = QCheckBox(self.tr("Selected features only"))
        self.selected_only.setObjectName("selected_only_check")
        self.selected_only.setToolTip(self.tr("Search only inside the polygons that are selected in that layer"))
        row = QHBoxLayout()
        row.addWidget(self.mode, 1)
        row.addWidget(self.draw)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.polygons)
        layout.addWidget(self.selected_only)
        self.setFocusProxy(self.mode)
        self.mode.currentIndexChanged.connect(self._mode_changed)
        self.mode.activated.connect(self._mode_chosen)
        self.draw.toggled.connect(self._toggle_drawing)
        # What is drawn over the map stays where it is when the map gets another CRS.
        self._canvas.destinationCrsChanged.connect(self._show_band)
        self._show_needed()

    def set_mode(self, mode: str) -> None:
        """Choose a way; an unknown one means the whole layer."""
        self.mode.setCurrentIndex(max(0, self.mode.findData(mode)))

    def set_polygons(self, layer_id: str) -> None:
        """Choose the layer of polygons; one that is not there leaves the choice as it is."""
        layer = QgsProject.instance().mapLayer(layer_id)
        if layer is not None:
            self.polygons.setLayer(layer)

    def polygons_id(self) -> str:
        """The id of the layer of polygons where those are searched; empty elsewhere."""
        layer = self.polygons.currentLayer()
        return layer.id() if layer is not None and self.mode.currentData() == POLYGONS else ""

    def area(self) -> Area | None:
        """The area as it is now, or None for the whole layer.

        Raises:
            PluginError: ``bad_area`` where a rectangle or a polygon layer is missing, or nothing is selected.
        """
        mode = self.mode.currentData()
        transforms = QgsProject.instance().transformContext()
        if mode == CANVAS:
            return canvas_area(self._canvas.mapSettings())
        if mode == RECTANGLE:
            if self._rectangle.isEmpty():
                # A press on the button would end what is on already.
                self.draw.setChecked(True)
                hint = self.tr("Drag one on the map, from corner to corner.")
                raise PluginError("bad_area", self.tr("No rectangle was drawn yet."), hint)
            return rectangle_area(self._rectangle, self._rectangle_crs, transforms)
        if mode == POLYGONS:
            layer = self.polygons.currentLayer()
            if layer is None:
                hint = self.tr("Load one, or choose another extent.")
                raise PluginError("bad_area", self.tr("The project has no polygon layer."), hint)
            return polygon_area(layer, self.selected_only.isChecked(), transforms)
        return None

    def set_rectangle(self, rectangle: QgsRectangle) -> None:
        """Take a rectangle in the map's CRS, as the map tool delivers it."""
        self._rectangle = QgsRectangle(rectangle)
        self._rectangle_crs = self._canvas.mapSettings().destinationCrs()
        self._show_band()
        self.draw.setChecked(False)

    def forget_rectangle(self) -> None:
        """Drop the drawn rectangle; another project has another map."""
        self._rectangle = QgsRectangle()
        self._show_band()

    def remove_from_canvas(self) -> None:
        """Take the map tool and the rectangle off the map."""
        self._canvas.destinationCrsChanged.disconnect(self._show_band)
        self.draw.setChecked(False)
        self.forget_rectangle()

    def _mode_changed(self) -> None:
        self._show_needed()
        self._show_band()
        if self.mode.currentData() != RECTANGLE:
            self.draw.setChecked(False)

    def _mode_chosen(self) -> None:
        # Somebody who wants a rectangle and has none wants to draw it; a project that is opened does not.
        if self.mode.currentData() == RECTANGLE and self._rectangle.isEmpty():
            self.draw.setChecked(True)

    def _show_needed(self) -> None:
        mode = self.mode.currentData()
        self.draw.setVisible(mode == RECTANGLE)
        self.polygons.setVisible(mode == POLYGONS)
        self.selected_only.setVisible(mode == POLYGONS)

    def _toggle_drawing(self, on: bool) -> None:
        if on:
            if self._tool is None:
                self._tool = self._make_tool()
            self._tool_before = self._canvas.mapTool()
            self._canvas.setMapTool(self._tool)
        elif self._tool is not None:
            before, self._tool_before = self._tool_before, None
            self._tool.clearRubberBand()
            if before is None:
                self._canvas.unsetMapTool(self._tool)
            else:
                self._canvas.setMapTool(before)

    def _make_tool(self) -> QgsMapToolExtent:
        tool = QgsMapToolExtent(self._canvas)
        # QGIS goes back to the last tool that does not edit when an edit session ends, however long ago that was.
        sip.transferto(tool, self._canvas)
        tool.extentChanged.connect(self.set_rectangle)
        tool.deactivated.connect(self._stop_drawing)
        return tool

    def _stop_drawing(self) -> None:
        # Somebody has chosen another tool.
        self._tool_before = None
        self.draw.setChecked(False)

    def _show_band(self) -> None:
        if self._band is not None:
            self._canvas.scene().removeItem(self._band)
            self._band = None
        if self.mode.currentData() != RECTANGLE or self._rectangle.isEmpty():
            return
        self._band = QgsRubberBand(self._canvas, QgsWkbTypes.PolygonGeometry)
        self._band.setStrokeColor(_BAND_COLOR)
        self._band.setFillColor(QColor(0, 0, 0, 0))
        self._band.setWidth(2)
        self._band.setLineStyle(Qt.PenStyle.DashLine)
        self._band.setToGeometry(QgsGeometry.fromRect(self._rectangle), self._rectangle_crs)
