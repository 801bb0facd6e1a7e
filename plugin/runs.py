"""The runs that a project shows: each one's heat map, its anomalies and how they came about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from qgis.core import QgsLayerTreeNode, QgsMapLayer, QgsProject, QgsRasterLayer, QgsVectorLayer

from .results import (
    ROLE_HEATMAP,
    ROLE_PROPERTY,
    RUN_PROPERTY,
    is_anomalies,
    numbered,
    read_provenance,
    read_table_provenance,
)
from .storage import layer_file, layer_table


@dataclass(frozen=True)
class Run:
    """One run's layers; the project owns them and may take them away at any time.

    Attributes:
        run_id: of the run; the same in both layers.
        anomalies: the polygons.
        heatmap: the scores, or None where the layer is gone.
        provenance: what the heat map, or else the polygons' file, says about how it was made.
    """

    run_id: str
    anomalies: QgsVectorLayer
    heatmap: QgsRasterLayer | None = None
    provenance: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def layers(self) -> list[QgsMapLayer]:
        """The polygons, and the heat map where it is there."""
        return [self.anomalies] if self.heatmap is None else [self.anomalies, self.heatmap]

    @property
    def scene(self) -> str:
        """The path of what was searched; empty where nothing says so."""
        return str((self.provenance.get("source") or {}).get("path") or "")

    def title(self) -> str:
        """The name of the run's group in the layer tree, or else of the polygon layer."""
        return _group_title(self.anomalies)

    @property
    def parameters(self) -> dict[str, Any]:
        """The settings that it was made with; empty where they are not known."""
        return self.provenance.get("parameters") or {}

    @property
    def threshold(self) -> float | None:
        """The score from which on its own anomalies began; None where that is not known."""
        return self.parameters.get("score_threshold")


def project_runs(project: QgsProject) -> list[Run]:
    """The project's runs, the topmost in the layer tree first.

    Args:
        project: to look through.
    """
    order = {layer.id(): place for place, layer in enumerate(project.layerTreeRoot().layerOrder())}
    layers = sorted(project.mapLayers().values(), key=lambda layer: order.get(layer.id(), len(order)))
    heatmaps: dict[str, QgsRasterLayer] = {}
    for layer in layers:
        if _is_heatmap(layer) and layer.isValid():
            heatmaps.setdefault(str(layer.customProperty(RUN_PROPERTY)), layer)
    runs = []
    for layer in layers:
        if is_anomalies(layer) and layer.isValid():
            run_id = str(layer.customProperty(RUN_PROPERTY))
            heatmap = heatmaps.get(run_id)
            provenance = {} if heatmap is None else read_provenance(heatmap.source())
            provenance = provenance or read_table_provenance(str(layer_file(layer)), layer_table(layer))
            runs.append(Run(run_id, layer, heatmap, provenance))
    return runs


def known_ways(project: QgsProject) -> dict[str, tuple[str, dict[str, Any]]]:
    """How the project's runs came about, those included of which the heat map alone is left.

    Args:
        project: to look through.

    Returns:
        Of each run, by its id, what tells it apart, and its provenance.
    """
    runs = project_runs(project)
    ways: dict[str, tuple[str, dict[str, Any]]] = {}
    for run, title in zip(runs, titles(runs)):
        if run.provenance:
            ways.setdefault(run.run_id, (title, run.provenance))
    for layer in project.mapLayers().values():
        run_id = str(layer.customProperty(RUN_PROPERTY))
        if not _is_heatmap(layer) or not layer.isValid() or run_id in ways:
            continue
        provenance = read_provenance(layer.source())
        if provenance:
            taken = {title for title, _provenance in ways.values()}
            ways[run_id] = (numbered(_group_title(layer), taken.__contains__), provenance)
    return ways


def run_of(anomalies: QgsVectorLayer, project: QgsProject) -> Run | None:
    """The run of a polygon layer; None where it is none of the project's.

    Args:
        anomalies: the layer.
        project: to look through.
    """
    return next((run for run in project_runs(project) if run.anomalies == anomalies), None)


def titles(runs: Sequence[Run]) -> list[str]:
    """What tells runs apart: titles, with the name of the polygon layer, or a number, where some are called alike.

    Args:
        runs: a copy of a layer is in the group of the first one.
    """
    groups = [run.title() for run in runs]
    told: list[str] = []
    for title, run in zip(groups, runs):
        name = run.anomalies.name()
        shared = groups.count(title) > 1 and name != title
        told.append(numbered(f"{title} · {name}" if shared else title, told.__contains__))
    return told


def anomalies_of(layer: QgsMapLayer | None, project: QgsProject) -> QgsVectorLayer | None:
    """The polygons of the run that a layer belongs to: the layer itself, or those of a heat map or an export; or None.

    Args:
        layer: of the project.
        project: to look through.
    """
    run_id = None if layer is None else layer.customProperty(RUN_PROPERTY)
    if is_anomalies(layer) or not run_id:
        return layer if is_anomalies(layer) else None
    same = (other for other in project.mapLayers().values() if other.customProperty(RUN_PROPERTY) == run_id)
    return next((other for other in same if is_anomalies(other)), None)


def _group_title(layer: QgsMapLayer) -> str:
    node = QgsProject.instance().layerTreeRoot().findLayer(layer.id())
    group = None if node is None else node.parent()
    return group.name() if group is not None and group.name() else layer.name()


def _is_heatmap(layer: QgsMapLayer) -> bool:
    return isinstance(layer, QgsRasterLayer) and layer.customProperty(ROLE_PROPERTY) == ROLE_HEATMAP


def show_alone(run: Run, project: QgsProject, keep: Collection[str] = ()) -> bool:
    """Show a run on the map without those of the same scene that it covers: of two, nobody can tell the polygons apart.

    Args:
        run: one of the project's.
        project: to look through.
        keep: ids of polygon layers that somebody is at work on; their runs stay as they are.

    Returns:
        Whether any was hidden.
    """
    root = project.layerTreeRoot()
    for layer in run.layers:
        node = root.findLayer(layer.id())
        if node is not None:
            node.setItemVisibilityCheckedParentRecursive(True)
    covered = [other for other in project_runs(project) if _covers(run, other)]
    busy = [other for other in covered if other.anomalies.id() in keep or other.anomalies.isEditable()]
    hidden = [node for other in covered if other not in busy for node in _shown_nodes(other, project)]
    for node in hidden:
        node.setItemVisibilityChecked(False)
    return bool(hidden)


def _covers(run: Run, other: Run) -> bool:
    """Whether another run of the same scene lies inside of what a run searched."""
    if other.run_id == run.run_id or not run.scene or other.scene != run.scene:
        return False
    inner, outer = (found.heatmap or found.anomalies for found in (other, run))
    # Areas that were searched end at pixels: to the last digit they need not be the same.
    digits = 1e-9 * max(outer.extent().width(), outer.extent().height())
    return inner.crs() == outer.crs() and outer.extent().buffered(digits).contains(inner.extent())


def _shown_nodes(run: Run, project: QgsProject) -> list[QgsLayerTreeNode]:
    """What is to be unticked in the layer tree so that a run is hidden: its group, where it has one for itself."""
    nodes = [project.layerTreeRoot().findLayer(layer.id()) for layer in run.layers]
    return [_group_of(node, run) for node in nodes if node is not None and node.isVisible()]


def _group_of(node: QgsLayerTreeNode, run: Run) -> QgsLayerTreeNode:
    group = node.parent()
    ours = {layer.id() for layer in run.layers}
    return group if group.parent() is not None and set(group.findLayerIds()) <= ours else node
