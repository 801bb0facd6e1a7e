"""The algorithm "Evaluate against labels": how well scores tell anomalies from the rest."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterLayer,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QCoreApplication

from ..drafts import deliver, draft_folder, not_delivered
from ..errors import PluginError
from ..numbers import number_text
from ..sources import assigned_crs
from .algorithm import EngineAlgorithm, Values, file_of

translate = QCoreApplication.translate


def measures() -> dict[str, str]:
    """What is measured, by the engine's names, as people read it."""
    return {
        "auc_df": translate("Toolbox", "AUC(D,F): a random anomaly pixel scores above a random other one"),
        "object_auc": translate("Toolbox", "Object AUC: an object's peak stands above peaks elsewhere"),
        "miou": translate("Toolbox", "mIoU of anomaly and background at the best threshold"),
        "auc_dt": translate("Toolbox", "AUC(D,τ): mean scaled score of the anomalies"),
        "auc_ft": translate("Toolbox", "AUC(F,τ): mean scaled score of the rest; smaller is better"),
        "auc_td": translate("Toolbox", "AUC TD: target detectability"),
        "auc_bs": translate("Toolbox", "AUC BS: background suppressibility"),
        "auc_tdbs": translate("Toolbox", "AUC TDBS: both at once"),
        "auc_od": translate("Toolbox", "AUC OD: overall detection"),
        "auc_odp": translate("Toolbox", "AUC ODP: overall detection probability"),
        "auc_snpr": translate("Toolbox", "AUC SNPR: signal to noise"),
    }


def counts() -> dict[str, str]:
    """What is counted, by the engine's names, as people read it."""
    return {
        "threshold": translate("Toolbox", "Score of the best threshold (upper left point of the ROC)"),
        "objects": translate("Toolbox", "Objects in the labels"),
        "anomaly_pixels": translate("Toolbox", "Anomaly pixels"),
        "background_pixels": translate("Toolbox", "Other pixels"),
    }


class EvaluateAgainstLabels(EngineAlgorithm):
    """Measures a heat map, or any raster of scores, against labels."""

    NAME = "evaluate"

    def displayName(self) -> str:
        """What people read."""
        return translate("Toolbox", "Evaluate against labels")

    def shortHelpString(self) -> str:
        """What stands beside the form."""
        return translate(
            "Toolbox",
            "Measures how well a heat map, or any raster that is larger where more anomalous, agrees with labels: a "
            "polygon layer of the anomalies, or a raster in which they have a value other than 0, or one value that "
            "you name. Labels in another CRS or on another grid are brought to that of the scores. Pixels without a "
            "score, and those of a label raster's nodata (unless that is 0), do not count.\n\n"
            "The measures are those of the project's own evaluations: exact, ties counted half. One that is not "
            "defined is left out.",
        )

    def initAlgorithm(self, _configuration: Values | None = None) -> None:
        """Declare parameters and outputs."""
        self.addParameter(QgsProcessingParameterRasterLayer("INPUT", translate("Toolbox", "Heat map or other scores")))
        self.add_polygons("LABEL_POLYGONS", translate("Toolbox", "Labels: polygons of the anomalies"))
        self.addParameter(
            QgsProcessingParameterRasterLayer("LABEL_RASTER", translate("Toolbox", "… or a raster"), optional=True)
        )
        self.addParameter(
            QgsProcessingParameterNumber(
                "LABEL_VALUE",
                translate("Toolbox", "Value of the anomalies (empty: any but 0)"),
                QgsProcessingParameterNumber.Type.Double,
                None,
                True,
            )
        )
        self.addParameter(
            QgsProcessingParameterFileDestination(
                "REPORT",
                translate("Toolbox", "Report"),
                translate("Toolbox", "HTML files (*.html)"),
                optional=True,
            )
        )
        for name, label in {**measures(), **counts()}.items():
            self.addOutput(QgsProcessingOutputNumber(name.upper(), label))

    def prepare(self, parameters: Values, context: QgsProcessingContext) -> None:
        """Take from the layers what the work needs; called in their own thread."""
        scores = self.raster(parameters, "INPUT", context)
        raster = self.parameterAsRasterLayer(parameters, "LABEL_RASTER", context)
        self._polygons = self.polygons(parameters, "LABEL_POLYGONS", context)
        if (raster is None) == (self._polygons is None):
            raise PluginError(
                "bad_labels",
                translate("Toolbox", "The labels are missing, or given twice."),
                translate("Toolbox", "Give a polygon layer or a raster, one of them."),
            )
        self._params, self._crs, self._name = _named("scores", scores), scores.crs(), scores.name()
        self._labels = {}
        if raster is not None:
            value = self.number(parameters, "LABEL_VALUE", context)
            self._labels = {**_named("raster", raster), "value": value}

    def work(self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Values:
        """Ask the engine for the measures."""
        labels = self._labels if self._polygons is None else self._polygons.params(self._crs)
        result = self.ask("evaluate", {**self._params, "labels": labels}, feedback)
        values = {**result["measures"], **{name: result[name] for name in counts()}}
        known = {name: value for name, value in values.items() if value is not None}
        rows = [(label, known[name]) for name, label in {**measures(), **counts()}.items() if name in known]
        for label, value in rows:
            feedback.pushInfo(f"{label}: {_number(value)}")
        outputs: Values = {name.upper(): value for name, value in known.items()}
        report = self.parameterAsFileOutput(parameters, "REPORT", context)
        if report:
            with draft_folder(Path(report), make_parent=True) as folder:
                page = folder / "report.html"
                try:
                    page.write_text(_page(self._name, rows), encoding="utf-8")
                except OSError as error:
                    raise not_delivered(report, error) from error
                deliver(str(page), report)
            outputs["REPORT"] = report
        return outputs


def _named(name: str, layer: QgsRasterLayer) -> Values:
    """The file of a layer as a parameter, with the layer's CRS where that is not the file's own."""
    named = {name: file_of(layer)}
    crs = assigned_crs(layer)
    return named if crs is None else {**named, "crs": crs}


def _number(value: float) -> str:
    return number_text(value, 4 if isinstance(value, float) else 0)


def _page(name: str, rows: list[tuple[str, Any]]) -> str:
    title = html.escape(translate("Toolbox", "{name} against labels").format(name=Path(name).name))
    cells = "\n".join(
        f"<tr><td>{html.escape(label)}</td><td align='right'><b>{_number(value)}</b></td></tr>" for label, value in rows
    )
    body = f"<h2>{title}</h2><table cellpadding='4'>{cells}</table>"
    return f"<html><head><meta charset='utf-8'></head><body>{body}</body></html>"
