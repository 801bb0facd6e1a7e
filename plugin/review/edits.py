"""Keeps attributes right while people draw, split, merge and delete polygons with QGIS's own tools."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from qgis.core import (
    NULL,
    Qgis,
    QgsDefaultValue,
    QgsEditorWidgetSetup,
    QgsExpression,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsMapLayer,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QObject

from ..area import polygons_of
from ..messages import Messages
from ..results import NEWS, OBJECT_SCORE, RUN_PROPERTY, is_anomalies
from ..runs import run_of
from ..shared_file import whole
from .looks import ACCEPTED, number_of
from .measures import Ground
from .pixels import Raster, RasterError
from .why import score_inside

BY_HAND = "hand"
"""The value of the field ``detector`` for a polygon that somebody drew."""


class AttributeKeeper(QObject):
    """Watches the anomaly layers of a project.

    What a new polygon can be told at once, default values of the layer tell it: that it was drawn by hand and, since
    nobody draws what is no anomaly, that it is accepted. Measures, scores, numbers and ranks follow when the edits are
    saved: before that, any of them may be undone.

    Args:
        messages: message bar and log.
        parent: the owner.
    """

    def __init__(self, messages: Messages, parent: QObject) -> None:
        super().__init__(parent)
        self._messages = messages
        # By the ids of layers, which may go.
        self._slots: dict[str, Callable[[bool], None]] = {}
        project = QgsProject.instance()
        project.layersAdded.connect(self._layers_added)
        NEWS.dressed.connect(self._layers_added)
        self._layers_added(list(project.mapLayers().values()))

    def release(self) -> None:
        """Watch no layers any more; before the plugin goes."""
        QgsProject.instance().layersAdded.disconnect(self._layers_added)
        NEWS.dressed.disconnect(self._layers_added)
        for layer_id, slot in self._slots.items():
            layer = QgsProject.instance().mapLayer(layer_id)
            if layer is not None:
                layer.beforeCommitChanges.disconnect(slot)

    def _layers_added(self, layers: list[QgsMapLayer]) -> None:
        for layer in layers:
            if is_anomalies(layer):
                if layer.isValid():
                    _set_defaults(layer)
                # Also of a layer whose file is missing: somebody may say where it is now.
                self._slots[layer.id()] = partial(self._settle, layer)
                layer.beforeCommitChanges.connect(self._slots[layer.id()])

    def _settle(self, layer: QgsVectorLayer, _stop_editing: bool) -> None:
        buffer = layer.editBuffer()
        if buffer is None:
            return
        added, reshaped = set(buffer.addedFeatures()), set(buffer.changedGeometries())
        if not (added | reshaped or buffer.deletedFeatureIds()):
            return
        layer.beginEditCommand(self.tr("Measures of anomalies"))
        work = _Settling(layer, added)
        for fid in sorted(added | reshaped, reverse=True):
            work.settle(fid)
        work.rank()
        layer.endEditCommand()
        if work.repaired:
            text = self.tr("Polygons of “{name}” that crossed themselves and were repaired: {count}.")
            self._messages.show(text.format(count=work.repaired, name=layer.name()), Qgis.MessageLevel.Warning)
        if work.empty:
            text = self.tr("Polygons of “{name}” that have no area: {count}. Draw them anew or delete them.")
            self._messages.show(text.format(count=work.empty, name=layer.name()), Qgis.MessageLevel.Warning)


class _Settling:
    """One saving of edits: gives changed polygons their measures, scores, numbers and ranks."""

    def __init__(self, layer: QgsVectorLayer, added: set[int]) -> None:
        self.repaired = 0
        self.empty = 0
        self._layer = layer
        self._fields = layer.fields()
        self._added = added
        self._ids = self._read("id")
        self._ranks = self._read("rank")
        self._scores = self._read("score_max")
        self._objects = self._read(OBJECT_SCORE)
        self._heatmap = self._open_heatmap()
        # Where it is gone, a pixel is as large as a unit: so it is where the scene has no place on the ground.
        sides = (1.0, 1.0) if self._heatmap is None else self._heatmap.pixel_sides()
        self._ground = Ground(layer.crs(), None if area_unit(layer) == "m2" else sides)

    def settle(self, fid: int) -> None:
        """Give one polygon what it should have.

        Args:
            fid: of a feature that is new or has a new outline.
        """
        geometry = self._whole(fid)
        if geometry.isEmpty():
            self.empty += 1
            return
        values: dict[str, float | str] = dict(self._ground.measures(geometry))
        scores = None
        if self._heatmap is not None:
            try:
                scores = score_inside(self._heatmap, geometry)
            except RasterError:
                # Damaged since: the scores stay what they were.
                scores = None
        if scores is not None:
            values["score_max"], values["score_mean"] = scores
            self._scores[fid] = scores[0]
        if fid in self._added:
            values["run_id"] = str(self._layer.customProperty(RUN_PROPERTY) or "")
            others = {number for other, number in self._ids.items() if other != fid}
            # One half of a split polygon keeps the number, and so does nothing that was pasted.
            if self._ids.get(fid) is None or self._ids[fid] in others:
                values["id"] = self._ids[fid] = int(max((n for n in others if n is not None), default=0)) + 1
        for name, value in values.items():
            index = self._fields.indexOf(name)
            if index >= 0:
                self._layer.changeAttributeValue(fid, index, value)

    def rank(self) -> None:
        """Rank all polygons, objects by their own score and others by their highest one; of equal ones as before."""

        def order(fid: int) -> tuple[float, float]:
            score, rank = self._objects.get(fid), self._ranks[fid]
            score = self._scores[fid] if score is None else score
            return (-score if score is not None else 1.0, rank if rank is not None else float("inf"))

        index = self._fields.indexOf("rank")
        if index < 0:
            return
        for rank, fid in enumerate(sorted(self._scores, key=order), start=1):
            if self._ranks[fid] != rank:
                self._layer.changeAttributeValue(fid, index, rank)

    def _read(self, name: str) -> dict[int, float | None]:
        index = self._fields.indexOf(name)
        if index < 0:
            # Somebody has deleted it.
            return dict.fromkeys(self._layer.allFeatureIds())
        request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry).setSubsetOfAttributes([index])
        values = {feature.id(): number_of(feature[index]) for feature in self._layer.getFeatures(request)}
        if self._layer.subsetString():
            # Numbers and ranks are those of all polygons, not of the ones that a filter shows.
            everything, deleted = whole(self._layer), set(self._layer.editBuffer().deletedFeatureIds())
            for feature in everything.getFeatures(request):
                if feature.id() not in deleted:
                    values.setdefault(feature.id(), number_of(feature[index]))
        return values

    def _whole(self, fid: int) -> QgsGeometry:
        """The outline, mended where it crosses itself."""
        geometry = self._layer.getGeometry(fid)
        if geometry.isEmpty() or geometry.isGeosValid():
            return geometry
        parts = polygons_of(geometry)
        mended = QgsGeometry.unaryUnion(parts) if parts else QgsGeometry()
        if not mended.isEmpty():
            mended.convertToMultiType()
            self._layer.changeGeometry(fid, mended)
            self.repaired += 1
        return mended

    def _open_heatmap(self) -> Raster | None:
        run = run_of(self._layer, QgsProject.instance())
        if run is None or run.heatmap is None:
            return None
        try:
            return Raster(run.heatmap.source())
        except RasterError:
            return None


def area_unit(layer: QgsVectorLayer) -> str:
    """The unit of the areas of an anomaly layer, "m2" or "px".

    Args:
        layer: with the field names that people see, which say the unit.
    """
    alias = layer.attributeAlias(layer.fields().indexOf("area"))
    return "m2" if layer.crs().isValid() and "px" not in alias else "px"


def _set_defaults(layer: QgsVectorLayer) -> None:
    """Tell new polygons what they are; a layer that has defaults already keeps them."""
    first = next(layer.getFeatures(QgsFeatureRequest().setLimit(1)), QgsFeature())
    has_modality = first.fields().indexOf("modality") >= 0
    modality = first["modality"] if has_modality and first["modality"] != NULL else ""
    defaults = {
        "status": ACCEPTED,
        "detector": BY_HAND,
        "modality": modality,
        "run_id": str(layer.customProperty(RUN_PROPERTY) or ""),
    }
    for name, value in defaults.items():
        index = layer.fields().indexOf(name)
        if index >= 0 and not layer.defaultValueDefinition(index).isValid():
            layer.setDefaultValueDefinition(index, QgsDefaultValue(QgsExpression.quotedValue(value)))
    # Version 0.1.0 hid the row's number, and QGIS's tool that merges polygons loses both where it cannot name the row.
    row = layer.fields().indexOf("fid")
    if row >= 0 and layer.editorWidgetSetup(row).type() == "Hidden":
        layer.setEditorWidgetSetup(row, QgsEditorWidgetSetup())
