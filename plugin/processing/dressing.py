"""Results of the toolbox look and behave like those of the dock: styled, described, known to the review."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
)
from qgis.PyQt import sip

from ..results import dress, read_provenance
from .algorithm import Values
from .choices import detector_label


class _Dresser(QgsProcessingLayerPostProcessorInterface):
    """Dresses a layer of a result when Processing has loaded it, in the main thread.

    Args:
        heatmap: path of the run's heat map, which says how it came about.
        result: the engine's.
    """

    # C++ deletes it with the context, but holds no reference that Python counts.
    alive: list[_Dresser] = []  # noqa: RUF012 - shared by all, on purpose

    def __init__(self, heatmap: str, result: Values) -> None:
        super().__init__()
        self.alive[:] = [other for other in self.alive if not sip.isdeleted(other)] + [self]
        self._heatmap = heatmap
        self._result = result

    def postProcessLayer(
        self, layer: QgsMapLayer, _context: QgsProcessingContext, _feedback: QgsProcessingFeedback
    ) -> None:
        """Dress the layer."""
        provenance = read_provenance(self._heatmap)
        if provenance:
            name = str(provenance.get("detector"))
            scene = Path(str((provenance.get("source") or {}).get("path"))).stem
            dress(layer, scene, detector_label(name), {**provenance, **self._result}, provenance)


def look_like_a_run(context: QgsProcessingContext, heatmap: str, layers: list[str], result: Values) -> None:
    """See that the layers of a result are dressed, those that will be loaded.

    Args:
        context: of the algorithm.
        heatmap: path of the heat map.
        layers: paths of the layers that were made.
        result: the engine's.
    """
    for path in layers:
        if context.willLoadLayerOnCompletion(path):
            # The context deletes it with each layer's details: two layers cannot share one.
            context.layerToLoadOnCompletionDetails(path).setPostProcessor(_Dresser(heatmap, result))
