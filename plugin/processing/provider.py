"""The provider, which the toolbox shows as a folder of algorithms."""

from __future__ import annotations

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from ..engine import Engine
from ..resources import icon
from .detect import DetectAnomalies
from .evaluate import EvaluateAgainstLabels
from .polygons import HeatMapToPolygons
from .teach import TeachNormal


class AnomalyLensProvider(QgsProcessingProvider):
    """All algorithms share one engine, in QGIS that of the dock.

    Args:
        engine: the engine that works.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def id(self) -> str:
        """What stands before the colon in an algorithm's full name."""
        return "anomaly_lens"

    def name(self) -> str:
        """What people read."""
        return "Anomaly Lens"

    def icon(self) -> QIcon:
        """The plugin's own."""
        return icon("anomaly_lens")

    def loadAlgorithms(self) -> None:
        """Fill the provider."""
        for algorithm in (DetectAnomalies, TeachNormal, HeatMapToPolygons, EvaluateAgainstLabels):
            self.addAlgorithm(algorithm(self._engine))

    def supportedOutputVectorLayerExtensions(self) -> list[str]:
        """What the engine writes; it carries provenance, which few other formats hold."""
        return ["gpkg"]

    def supportedOutputRasterLayerExtensions(self) -> list[str]:
        """What the engine writes."""
        return ["tif"]

    def supportsNonFileBasedOutput(self) -> bool:
        """The engine is another process: it writes files."""
        return False
