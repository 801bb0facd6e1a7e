"""The algorithm "Teach normal (ASD)": from polygons of normal ground to a model."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputFolder,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QCoreApplication

from .. import settings
from ..errors import PluginError
from ..sources import snapshot
from ..teach.models import free_folder
from .algorithm import EngineAlgorithm, Values, file_of

translate = QCoreApplication.translate


class TeachNormal(EngineAlgorithm):
    """Teaches the detector ASD what is normal."""

    NAME = "teachnormal"

    def displayName(self) -> str:
        """What people read."""
        return translate("Toolbox", "Teach normal (ASD)")

    def shortHelpString(self) -> str:
        """What stands beside the form."""
        return translate(
            "Toolbox",
            "Teaches the detector ASD what normal ground looks like, from polygons on one or several rasters with the "
            "same bands. Outline all kinds of normal ground, some thousand pixels at least. Every polygon counts for "
            "each raster that it lies on; each raster needs some.\n\n"
            "The model is a folder, made in the folder that you name, or among the models that the Anomaly Lens panel "
            "lists. Give it to “Detect anomalies” with the detector ASD.",
        )

    def initAlgorithm(self, _configuration: Values | None = None) -> None:
        """Declare parameters and outputs."""
        self.addParameter(
            QgsProcessingParameterMultipleLayers(
                "INPUT", translate("Toolbox", "Layers with normal ground"), QgsProcessing.SourceType.TypeRaster
            )
        )
        self.add_polygons("NORMAL", translate("Toolbox", "Polygons of normal ground"), optional=False)
        self.addParameter(
            QgsProcessingParameterString(
                "NAME", translate("Toolbox", "Name of the model"), translate("Toolbox", "Normal ground")
            )
        )
        seconds = QgsProcessingParameterNumber(
            "SECONDS",
            translate("Toolbox", "Seconds of learning"),
            QgsProcessingParameterNumber.Type.Double,
            150.0,
            False,
            1.0,
            86_400.0,
        )
        # QGIS would show six decimals.
        seconds.setMetadata({"widget_wrapper": {"decimals": 0}})
        self.addParameter(seconds)
        self.add_advanced(
            QgsProcessingParameterNumber(
                "SEED",
                translate("Toolbox", "Seed of all chance"),
                QgsProcessingParameterNumber.Type.Integer,
                0,
                False,
                0,
            )
        )
        self.addParameter(
            QgsProcessingParameterFile(
                "FOLDER",
                translate("Toolbox", "Folder (empty: the panel's models)"),
                behavior=QgsProcessingParameterFile.Behavior.Folder,
                optional=True,
            )
        )
        self.addOutput(QgsProcessingOutputFolder("MODEL", translate("Toolbox", "Model")))

    def prepare(self, parameters: Values, context: QgsProcessingContext) -> None:
        """Take from the layers what the work needs; called in their own thread."""
        # QGIS leaves out of the list what a step of a model has not made.
        for given in parameters["INPUT"] if isinstance(parameters["INPUT"], list) else ():
            self.raster({"INPUT": given}, "INPUT", context)
        layers = self.parameterAsLayerList(parameters, "INPUT", context)
        for layer in layers:
            file_of(layer)
        self._sources = [snapshot(layer, 1.0, context.transformContext()) for layer in layers]
        self._normal = self.polygons(parameters, "NORMAL", context)
        if self._normal is None:
            raise PluginError(
                "bad_area",
                translate("Toolbox", "No normal ground is outlined."),
                translate("Toolbox", "Give a layer of polygons."),
            )

    def work(self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Values:
        """Ask the engine to teach."""
        name = self.parameterAsString(parameters, "NAME", context).strip()
        chosen = self.parameterAsString(parameters, "FOLDER", context)
        params = {
            "scenes": [source.path for source in self._sources],
            "normal": [self._normal.params(source.crs) for source in self._sources],
            "nodata": [source.nodata for source in self._sources],
            "crs": [source.assigned_crs for source in self._sources],
            "out": str(free_folder(name, Path(chosen) if chosen else None)),
            "name": name,
            "budget_s": self.parameterAsDouble(parameters, "SECONDS", context),
            "seed": self.parameterAsInt(parameters, "SEED", context),
            "device": settings.DEVICE.get(),
        }
        result = self.ask("teach", params, feedback)
        return {"MODEL": result["model"]}
