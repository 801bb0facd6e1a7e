"""The algorithm "Detect anomalies": what the dock's Run does."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBand,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFile,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
)
from qgis.PyQt.QtCore import QCoreApplication, Qt

from .. import settings
from ..area import Area, rectangle_area
from ..drafts import deliver, draft_folder
from ..errors import PluginError
from ..numbers import number_text
from ..sources import export_resolution, is_web_layer, snapshot
from ..task import Job, search
from .algorithm import EngineAlgorithm, Teller, Values, warn
from .choices import choice, detectors, modalities
from .dressing import look_like_a_run

translate = QCoreApplication.translate


class DetectAnomalies(EngineAlgorithm):
    """Scores a raster and outlines what is anomalous in it."""

    NAME = "detect"

    def displayName(self) -> str:
        """What people read."""
        return translate("Toolbox", "Detect anomalies")

    def shortHelpString(self) -> str:
        """What stands beside the form."""
        return translate(
            "Toolbox",
            "Finds what does not belong in a raster: a heat map of scores from 0 to 1, and a polygon for each anomaly, "
            "the same as the Anomaly Lens panel makes.\n\n"
            "Modality is the kind of imagery; it sets the threshold and the smallest anomaly where these are left "
            "empty. The top share is the part of the valid pixels, those with the highest scores, that become "
            "anomalies; a lowest score can be given instead (advanced). The smallest anomaly is counted in m² on the "
            "ellipsoid, in pixels where the layer has no CRS. Outside of the extent or the polygons nothing is scored, "
            "nor counted as normal.\n\n"
            "Outlines can end at a share of each anomaly's own peak (advanced): an anomaly then holds what reaches "
            "that share of its own highest raw score; 0 takes all that reach the threshold. Left empty, UniADRS takes "
            "50 % in all but hyperspectral scenes, other detectors 0.\n\n"
            "ASD needs a model: the folder of a taught one, or the name of one that ships with the plugin. Its "
            "anomalies are pixels with a score of {half} or more where no threshold is given.",
        ).format(half=number_text(0.5, 1))

    def initAlgorithm(self, _configuration: Values | None = None) -> None:
        """Declare parameters and outputs."""
        real = QgsProcessingParameterNumber.Type.Double
        self.addParameter(QgsProcessingParameterRasterLayer("INPUT", translate("Toolbox", "Layer to search")))
        self.addParameter(choice("MODALITY", translate("Toolbox", "Modality"), modalities()))
        self.addParameter(choice("DETECTOR", translate("Toolbox", "Detector"), detectors()))
        self.addParameter(
            QgsProcessingParameterFile(
                "MODEL",
                translate("Toolbox", "Taught model (for ASD)"),
                behavior=QgsProcessingParameterFile.Behavior.Folder,
                optional=True,
            )
        )
        self.addParameter(QgsProcessingParameterExtent("EXTENT", translate("Toolbox", "Extent"), optional=True))
        self.add_polygons("POLYGONS", translate("Toolbox", "Search inside these polygons"))
        self.addParameter(
            QgsProcessingParameterNumber(
                "PERCENT", translate("Toolbox", "Top share in percent"), real, None, True, 0.01, 50.0
            )
        )
        self.addParameter(
            QgsProcessingParameterNumber(
                "MIN_AREA", translate("Toolbox", "Smallest anomaly (m², or pixels without CRS)"), real, None, True, 0.0
            )
        )
        self.add_advanced(
            QgsProcessingParameterNumber(
                "SCORE", translate("Toolbox", "Lowest score, instead of a top share"), real, None, True, 0.0, 1.0
            )
        )
        self.add_advanced(self.peak_share(translate("Toolbox", "Outlines from this share of the peak in percent")))
        self.add_advanced(
            QgsProcessingParameterBand(
                "BANDS", translate("Toolbox", "Bands (all where empty)"), None, "INPUT", True, True
            )
        )
        self.add_advanced(
            QgsProcessingParameterNumber(
                "RESOLUTION",
                translate("Toolbox", "Pixel size, for layers that are no file on disk"),
                real,
                None,
                True,
                1e-8,
            )
        )
        self.addParameter(QgsProcessingParameterRasterDestination("HEATMAP", translate("Toolbox", "Heat map")))
        self.add_anomalies("ANOMALIES")

    def prepare(self, parameters: Values, context: QgsProcessingContext) -> None:
        """Take from the layers what the work needs; called in their own thread."""
        layer = self.raster(parameters, "INPUT", context)
        resolution = self.number(parameters, "RESOLUTION", context)
        if resolution is None and is_web_layer(layer):
            message = translate("Toolbox", "The layer “{name}” has no pixels of its own.")
            raise PluginError(
                "bad_parameter",
                message.format(name=layer.name()),
                translate("Toolbox", "Give a pixel size, under the advanced parameters."),
            )
        source = snapshot(layer, resolution or export_resolution(layer, 0.0), context.transformContext())
        self._job = Job(source, self._params(parameters, context), self._area(parameters, context))

    def _params(self, parameters: Values, context: QgsProcessingContext) -> Values:
        detector, _ = detectors()[self.parameterAsEnum(parameters, "DETECTOR", context)]
        modality, _ = modalities()[self.parameterAsEnum(parameters, "MODALITY", context)]
        params = {
            "detector": detector,
            "modality": modality,
            "device": settings.DEVICE.get(),
            "model": self.parameterAsString(parameters, "MODEL", context) or None,
            "threshold": self.threshold(parameters, context) or None,
            "min_area": self.number(parameters, "MIN_AREA", context),
            "peak_share": self.share_of_peak(parameters, context),
            "bands": self.parameterAsInts(parameters, "BANDS", context) or None,
        }
        return {name: value for name, value in params.items() if value is not None}

    def _area(self, parameters: Values, context: QgsProcessingContext) -> Area | None:
        polygons = self.polygons(parameters, "POLYGONS", context)
        rectangle = self.parameterAsExtent(parameters, "EXTENT", context)
        if rectangle.isNull():
            return polygons
        if polygons is not None:
            raise PluginError(
                "bad_area",
                translate("Toolbox", "The area is given twice."),
                translate("Toolbox", "Give an extent or polygons, not both."),
            )
        crs = self.parameterAsExtentCrs(parameters, "EXTENT", context)
        return rectangle_area(rectangle, crs, context.transformContext())

    def work(self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Values:
        """Search as the dock does."""
        heatmap = self.parameterAsOutputLayer(parameters, "HEATMAP", context)
        anomalies = self.parameterAsOutputLayer(parameters, "ANOMALIES", context)
        source = self._job.source
        if source.path is not None and Path(source.path).resolve() == Path(heatmap).resolve():
            message = translate("Toolbox", "The heat map would replace the layer “{name}”, which is searched.")
            hint = translate("Toolbox", "Choose another file for it.")
            raise PluginError("bad_parameter", message.format(name=source.name), hint)
        if source.export is not None:
            feedback.canceled.connect(self._job.stop_export, Qt.ConnectionType.DirectConnection)
        # The other's folder, too: after the search it would be late to find that it cannot be written to.
        with draft_folder(Path(anomalies), make_parent=True), draft_folder(Path(heatmap), make_parent=True) as folder:
            job = Job(source, {**self._job.params, "out": str(folder)}, self._job.area)
            result = search(self._engine, job, Teller(feedback).tell, feedback.isCanceled)
            deliver(result["heatmap"], heatmap)
            deliver(result["instances"], anomalies)
        warn(result, feedback)
        look_like_a_run(context, heatmap, [heatmap, anomalies], result)
        return {
            "HEATMAP": heatmap,
            "ANOMALIES": anomalies,
            "COUNT": result["count"],
            "SCORE_THRESHOLD": result["score_threshold"],
        }
