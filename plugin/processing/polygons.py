"""The algorithm "Heat map to polygons": other polygons of scores that are there already."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterLayer,
)
from qgis.PyQt.QtCore import QCoreApplication

from ..drafts import deliver, draft_folder
from .algorithm import EngineAlgorithm, Values, file_of
from .dressing import look_like_a_run

translate = QCoreApplication.translate


class HeatMapToPolygons(EngineAlgorithm):
    """Outlines the anomalies of a heat map at another threshold, merged, filled and smoothed."""

    NAME = "heatmaptopolygons"

    def displayName(self) -> str:
        """What people read."""
        return translate("Toolbox", "Heat map to polygons")

    def shortHelpString(self) -> str:
        """What stands beside the form."""
        return translate(
            "Toolbox",
            "Makes anomaly polygons of a heat map without detecting again. What is left empty is taken from the run "
            "that made the heat map; with nothing given, the polygons are those of that run; but those of a detector "
            "of objects, which a heat map does not tell apart, are connected pixels.\n\n"
            "Merge distance, areas and hole sizes are in m and m², in pixels where the heat map has no CRS. The "
            "smallest anomaly is judged before holes are filled and outlines smoothed. Of a share of the peak, an "
            "anomaly holds what reaches it of its own highest raw score; 0 takes all that reach the lowest score.",
        )

    def initAlgorithm(self, _configuration: Values | None = None) -> None:
        """Declare parameters and outputs."""
        real, whole = QgsProcessingParameterNumber.Type.Double, QgsProcessingParameterNumber.Type.Integer
        number = QgsProcessingParameterNumber
        self.addParameter(QgsProcessingParameterRasterLayer("INPUT", translate("Toolbox", "Heat map")))
        score = translate("Toolbox", "Lowest score (empty: the run's)")
        self.addParameter(number("SCORE", score, real, None, True, 0.0, 1.0))
        percent = translate("Toolbox", "Top share in percent, instead of a score")
        self.addParameter(number("PERCENT", percent, real, None, True, 0.0, 100.0))
        smallest = translate("Toolbox", "Smallest anomaly (empty: the run's)")
        self.addParameter(number("MIN_AREA", smallest, real, None, True, 0.0))
        peak = translate("Toolbox", "Outlines from % of peak (empty: the run's)")
        self.addParameter(self.peak_share(peak))
        merge = translate("Toolbox", "Merge anomalies that are at most so far apart")
        self.addParameter(number("MERGE", merge, real, 0.0, False, 0.0))
        fill = translate("Toolbox", "Fill holes up to this area")
        self.addParameter(number("FILL_HOLES", fill, real, 0.0, False, 0.0))
        smooth = translate("Toolbox", "Rounds of smoothing the outlines")
        self.addParameter(number("SMOOTH", smooth, whole, 0, False, 0, 20))
        self.add_anomalies("OUTPUT")

    def prepare(self, parameters: Values, context: QgsProcessingContext) -> None:
        """Take from the layer what the work needs; called in its own thread."""
        self._params = {
            "heatmap": file_of(self.raster(parameters, "INPUT", context)),
            "threshold": self.threshold(parameters, context),
            "min_area": self.number(parameters, "MIN_AREA", context),
            "peak_share": self.share_of_peak(parameters, context),
            "merge": self.parameterAsDouble(parameters, "MERGE", context),
            "fill_holes": self.parameterAsDouble(parameters, "FILL_HOLES", context),
            "smooth": self.parameterAsInt(parameters, "SMOOTH", context),
        }

    def work(self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Values:
        """Ask the engine for the polygons."""
        target = self.parameterAsOutputLayer(parameters, "OUTPUT", context)
        with draft_folder(Path(target), make_parent=True) as folder:
            result = self.ask("polygonize", {**self._params, "out": str(folder / "anomalies.gpkg")}, feedback)
            deliver(result["instances"], target)
        look_like_a_run(context, self._params["heatmap"], [target], result)
        return {"OUTPUT": target, "COUNT": result["count"], "SCORE_THRESHOLD": result["score_threshold"]}
