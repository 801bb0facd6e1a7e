"""What all algorithms share: an engine to ask, progress, a cancel that works, and errors that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from qgis.core import (
    QgsFeatureRequest,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSource,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterNumber,
    QgsProcessingParameterVectorDestination,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtGui import QIcon

from ..area import Area, feature_area
from ..engine import Engine
from ..errors import PluginError
from ..exchange import Exchange
from ..resources import icon
from ..sources import scene_path

translate = QCoreApplication.translate

Values = dict[str, Any]


class EngineAlgorithm(QgsProcessingAlgorithm):
    """An algorithm whose work is done by the engine.

    Args:
        engine: the engine that works.
    """

    NAME: ClassVar[str]
    """The name that models and scripts store."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def createInstance(self) -> EngineAlgorithm:
        """A copy for one run."""
        return type(self)(self._engine)

    def name(self) -> str:
        """The name that models and scripts store."""
        return self.NAME

    def icon(self) -> QIcon:
        """The plugin's own."""
        return icon("anomaly_lens")

    def prepare(self, parameters: Values, context: QgsProcessingContext) -> None:
        """Take from the layers what the work needs, in their own thread.

        Raises:
            PluginError: what a person should know.
        """
        raise NotImplementedError

    def work(self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Values:
        """Do the work in a thread of Processing's own; the outputs by their names.

        Raises:
            PluginError: what a person should know.
        """
        raise NotImplementedError

    def checkParameterValues(self, parameters: Values, context: QgsProcessingContext) -> tuple[bool, str]:
        """Also see that outputs are of the kinds that the engine writes, which only QGIS's own forms do."""
        for output in self.destinationParameterDefinitions():
            value = parameters.get(output.name())
            if value:
                fine, reason = self.provider().isSupportedOutputValue(value, output, context)
                if not fine:
                    return False, reason
        return super().checkParameterValues(parameters, context)

    def prepareAlgorithm(
        self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Prepare the work; what goes wrong is told in Processing's own way."""
        with told(feedback):
            self.prepare(parameters, context)
        return True

    def processAlgorithm(
        self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Values:
        """Do the work; what goes wrong is told in Processing's own way."""
        with told(feedback):
            return self.work(parameters, context, feedback)

    def ask(self, method: str, params: Values, feedback: QgsProcessingFeedback) -> Values:
        """Ask the engine one thing.

        Args:
            method: one of those in ``docs/architecture.md``.
            params: its parameters.
            feedback: is told the progress and the result's warnings, and tells of a cancel.

        Raises:
            PluginError: the engine's error.
        """
        teller = Teller(feedback)
        exchange = Exchange(self._engine, method, params)
        result = exchange.result(
            lambda event: teller.tell(float(event.get("fraction") or 0), str(event.get("message") or "")),
            feedback.isCanceled,
        )
        warn(result, feedback)
        return result

    def add_advanced(self, parameter: QgsProcessingParameterDefinition) -> None:
        """Add a parameter that only who looks for it should see."""
        parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
        self.addParameter(parameter)

    def add_polygons(self, name: str, label: str, *, optional: bool = True) -> None:
        """Add a layer of polygons, which :meth:`polygons` reads."""
        kinds = [QgsProcessing.SourceType.TypeVectorPolygon]
        self.addParameter(QgsProcessingParameterFeatureSource(name, label, kinds, optional=optional))

    def add_anomalies(self, name: str) -> None:
        """Add the file of anomalies to write, how many they are, and from which score on."""
        label, kind = translate("Toolbox", "Anomalies"), QgsProcessing.SourceType.TypeVectorPolygon
        self.addParameter(QgsProcessingParameterVectorDestination(name, label, kind))
        self.addOutput(QgsProcessingOutputNumber("COUNT", translate("Toolbox", "Number of anomalies")))
        self.addOutput(QgsProcessingOutputNumber("SCORE_THRESHOLD", translate("Toolbox", "Score of the threshold")))

    def raster(self, parameters: Values, name: str, context: QgsProcessingContext) -> QgsRasterLayer:
        """A raster layer; for :meth:`prepare`.

        Raises:
            QgsProcessingException: it cannot be loaded. A model gives what its steps have made, seen by nobody before.
        """
        layer = self.parameterAsRasterLayer(parameters, name, context)
        if layer is None:
            raise QgsProcessingException(self.invalidRasterError(parameters, name))
        return layer

    def number(self, parameters: Values, name: str, context: QgsProcessingContext) -> float | None:
        """A number, or None where it was left empty, which QGIS takes for 0."""
        # An empty text comes from ``qgis_process … --NAME=``.
        empty = parameters.get(name) in (None, "")
        return None if empty else self.parameterAsDouble(parameters, name, context)

    def threshold(self, parameters: Values, context: QgsProcessingContext) -> Values:
        """The ``threshold`` of a request from the parameters PERCENT and SCORE; empty where both are.

        Raises:
            PluginError: both are given.
        """
        percent, score = (self.number(parameters, name, context) for name in ("PERCENT", "SCORE"))
        if percent is not None and score is not None:
            raise PluginError(
                "bad_parameter",
                translate("Toolbox", "The threshold is given twice."),
                translate("Toolbox", "Give a top share or a lowest score, not both."),
            )
        return {} if percent is score is None else {"percent": percent} if score is None else {"score": score}

    def peak_share(self, description: str) -> QgsProcessingParameterNumber:
        """The parameter PEAK_SHARE, in percent as on the threshold page."""
        real = QgsProcessingParameterNumber.Type.Double
        return QgsProcessingParameterNumber("PEAK_SHARE", description, real, None, True, 0.0, 100.0)

    def share_of_peak(self, parameters: Values, context: QgsProcessingContext) -> float | None:
        """The ``peak_share`` of a request from that parameter, or None where it was left empty."""
        percent = self.number(parameters, "PEAK_SHARE", context)
        return None if percent is None else percent / 100

    def polygons(self, parameters: Values, name: str, context: QgsProcessingContext) -> Area | None:
        """The polygons of a layer as they are now, or None where none was given; for :meth:`prepare`."""
        source = self.parameterAsSource(parameters, name, context)
        if source is None:
            return None
        # Read at once: the source knows but the layer's address, and the layer may be removed before the work begins.
        # Polygons that cross themselves are mended, as those of the dock: QGIS would refuse them, or leave them out.
        as_they_are = QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
        features = list(source.getFeatures(QgsFeatureRequest().setNoAttributes(), as_they_are))
        return feature_area(lambda: features, source.sourceName(), source.sourceCrs(), context.transformContext())


class Teller:
    """Passes progress on to Processing, each step's name once.

    Args:
        feedback: Processing's.
    """

    def __init__(self, feedback: QgsProcessingFeedback) -> None:
        self._feedback = feedback
        self._said = ""

    def tell(self, fraction: float, text: str, _remaining: float | None = None) -> None:
        """Tell a moment.

        Args:
            fraction: of the whole that is done, 0 to 1.
            text: what is being done.
        """
        self._feedback.setProgress(100 * fraction)
        if text and text != self._said:
            self._said = text
            self._feedback.setProgressText(text)


def warn(result: Values, feedback: QgsProcessingFeedback) -> None:
    """Pass on what the engine warns of."""
    for warning in result.get("warnings") or []:
        feedback.pushWarning(str(warning))


@contextmanager
def told(feedback: QgsProcessingFeedback) -> Iterator[None]:
    """Tell the plugin's errors as Processing's.

    Raises:
        QgsProcessingException: what is wrong and what to do about it.
    """
    try:
        yield
    except PluginError as error:
        if error.details:
            feedback.pushDebugInfo(error.details)
        raise QgsProcessingException(str(error)) from error


def file_of(layer: QgsRasterLayer) -> str:
    """The file behind a raster layer.

    Raises:
        PluginError: ``layer_not_exported`` where there is none.
    """
    path = scene_path(layer)
    if path is None:
        raise PluginError(
            "layer_not_exported",
            translate("Toolbox", "The layer “{name}” is no file on disk.").format(name=layer.name()),
            translate("Toolbox", "Save it as a GeoTIFF first."),
        )
    return path
