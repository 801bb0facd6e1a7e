"""How results look: every colour, stop, width and field name that people see, and what puts them on layers."""

from __future__ import annotations

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsColorRampShader,
    QgsEditorWidgetSetup,
    QgsFillSymbol,
    QgsPalLayerSettings,
    QgsRasterLayer,
    QgsRasterShader,
    QgsRendererCategory,
    QgsSimpleFillSymbolLayer,
    QgsSimpleLineSymbolLayer,
    QgsSingleBandPseudoColorRenderer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import QCoreApplication, Qt
from qgis.PyQt.QtGui import QColor

translate = QCoreApplication.translate

# Score, red, green, blue, alpha: even steps in lightness from violet to yellow, which survive grey printing and
# colour-blind eyes. Nothing is drawn below the first stop.
HEAT_STOPS: tuple[tuple[float, int, int, int, int], ...] = (
    (0.30, 66, 10, 104, 0),
    (0.40, 106, 23, 110, 45),
    (0.50, 147, 38, 103, 100),
    (0.60, 188, 55, 84, 155),
    (0.70, 221, 81, 58, 200),
    (0.80, 243, 120, 25, 235),
    (0.90, 252, 165, 10, 250),
    (1.00, 252, 255, 164, 255),
)

# Status, red, green, blue, pen: colours that colour-blind people tell apart, and line styles for who prints in grey.
STATUS_STYLES: tuple[tuple[str, int, int, int, Qt.PenStyle], ...] = (
    ("unreviewed", 86, 200, 255, Qt.PenStyle.SolidLine),
    ("accepted", 0, 200, 120, Qt.PenStyle.SolidLine),
    ("unsure", 240, 228, 66, Qt.PenStyle.DashLine),
    ("rejected", 230, 97, 0, Qt.PenStyle.DotLine),
)

_OUTLINE_MM = 0.5
_CASING_MM = 1.0
_CASING = QColor(0, 0, 0, 150)
_LABEL_POINTS = 9.0
_BUFFER_MM = 0.8


def status_labels() -> dict[str, str]:
    """The values of the field ``status`` and how people call them, in the order of the list."""
    return {
        "unreviewed": translate("Styles", "Unreviewed"),
        "accepted": translate("Styles", "Accepted"),
        "unsure": translate("Styles", "Unsure"),
        "rejected": translate("Styles", "Rejected"),
    }


def field_aliases(area_unit: str) -> dict[str, str]:
    """The fields of an anomaly layer and how people call them.

    Args:
        area_unit: "m2" or "px", as the engine's result says.
    """
    area, length = ("m²", "m") if area_unit == "m2" else ("px", "px")
    return {
        "fid": translate("Styles", "Feature id"),
        "id": translate("Styles", "Id"),
        "rank": translate("Styles", "Rank"),
        "status": translate("Styles", "Status"),
        "label": translate("Styles", "Label"),
        "note": translate("Styles", "Note"),
        "score_max": translate("Styles", "Highest score"),
        "score_mean": translate("Styles", "Mean score"),
        "area": translate("Styles", "Area ({unit})").format(unit=area),
        "width": translate("Styles", "Width ({unit})").format(unit=length),
        "height": translate("Styles", "Height ({unit})").format(unit=length),
        "detector": translate("Styles", "Detector"),
        "modality": translate("Styles", "Modality"),
        "run_id": translate("Styles", "Run"),
    }


# The GeoPackage's own; it means nothing to people.
_ROW_NUMBER = "fid"
_EDITABLE = {"status", "label", "note"}

# Decimals that people see; the file keeps them all.
_DECIMALS = {"score_max": 3, "score_mean": 3, "area": 2, "width": 2, "height": 2}


def style_heatmap(layer: QgsRasterLayer, scene_scores: bool) -> None:
    """Draw a heat map over its scene: transparent where nothing deviates, with a legend that says what scores mean.

    Args:
        layer: a raster of scores in [0, 1].
        scene_scores: whether they are relative to the scene; if not, they were calibrated in a detector's training.
    """
    meanings = {}
    if scene_scores:
# Beside the rank on the map: decisions are told apart without colours. In characters that every system can draw.
STATUS_SIGNS = {"accepted": "✓", "unsure": "?", "rejected": "✗"}

        meanings = {
            0.5: translate("Styles", "{score} = the scene's top 1 %"),
            0.9: translate("Styles", "{score} = 9 times that"),
        }
    items = []
    for score, red, green, blue, alpha in HEAT_STOPS:
        label = meanings.get(score, "{score}").format(score=f"{score:.1f}")
        items.append(QgsColorRampShader.ColorRampItem(score, QColor(red, green, blue, alpha), label))
    ramp = QgsColorRampShader(HEAT_STOPS[0][0], HEAT_STOPS[-1][0])
    ramp.setColorRampItemList(items)
    # Labelled steps say more than the two numbers at the ends of a continuous bar.
    legend = ramp.legendSettings()
    if legend is not None:
        legend.setUseContinuousLegend(False)
        ramp.setLegendSettings(legend)
    shader = QgsRasterShader(HEAT_STOPS[0][0], HEAT_STOPS[-1][0])
    shader.setRasterShaderFunction(ramp)
    renderer = QgsSingleBandPseudoColorRenderer(layer.dataProvider(), 1, shader)
    renderer.setClassificationMin(HEAT_STOPS[0][0])
    renderer.setClassificationMax(HEAT_STOPS[-1][0])
    layer.setRenderer(renderer)


def style_anomalies(layer: QgsVectorLayer, area_unit: str) -> None:
    """Outline anomalies by status, label them by rank, and give their fields names and widgets.

    Args:
        layer: a layer with the engine's fields.
        area_unit: "m2" or "px", as the engine's result says.
    """
    labels = status_labels()
    categories = [
        QgsRendererCategory(status, _outline(QColor(red, green, blue), pen), labels[status])
        for status, red, green, blue, pen in STATUS_STYLES
    ]
    layer.setRenderer(QgsCategorizedSymbolRenderer("status", categories))
    layer.setLabeling(QgsVectorLayerSimpleLabeling(_rank_labels()))
    layer.setLabelsEnabled(True)
    _name_fields(layer, area_unit)


def _outline(color: QColor, pen: Qt.PenStyle) -> QgsFillSymbol:
    symbol = QgsFillSymbol()
    # A fill that cannot be seen makes the inside clickable.
    symbol.changeSymbolLayer(
        0, QgsSimpleFillSymbolLayer(QColor(0, 0, 0, 0), Qt.BrushStyle.SolidPattern, color, Qt.PenStyle.NoPen)
    )
    # A dark casing keeps the colour apart from bright and dark ground alike.
    symbol.appendSymbolLayer(QgsSimpleLineSymbolLayer(_CASING, _CASING_MM))
    symbol.appendSymbolLayer(QgsSimpleLineSymbolLayer(color, _OUTLINE_MM, pen))
    return symbol


def _rank_labels() -> QgsPalLayerSettings:
    buffer = QgsTextBufferSettings()
    buffer.setEnabled(True)
    buffer.setSize(_BUFFER_MM)
    buffer.setColor(QColor(0, 0, 0, 190))
    text = QgsTextFormat()
    text.setSize(_LABEL_POINTS)
    text.setColor(QColor(255, 255, 255))
    text.setBuffer(buffer)
    settings = QgsPalLayerSettings()
    settings.setFormat(text)
    settings.isExpression = True
    settings.fieldName = _rank_expression("status")
    # Beside the polygon: an anomaly of a few pixels would vanish under its own number.
    settings.placement = QgsPalLayerSettings.Placement.OutsidePolygons
    settings.dist = 0.8
    return settings


def _name_fields(layer: QgsVectorLayer, area_unit: str) -> None:
    form = layer.editFormConfig()
    aliases = field_aliases(area_unit)
    for index, field in enumerate(layer.fields()):
        layer.setFieldAlias(index, aliases.get(field.name(), ""))
        form.setReadOnly(index, field.name() not in _EDITABLE)
    layer.setEditFormConfig(form)
    fields = layer.fields()
    choices = [{label: status} for status, label in status_labels().items()]
    layer.setEditorWidgetSetup(fields.indexOf("status"), QgsEditorWidgetSetup("ValueMap", {"map": choices}))
    layer.setEditorWidgetSetup(fields.indexOf("note"), QgsEditorWidgetSetup("TextEdit", {"IsMultiline": True}))
    for name, decimals in _DECIMALS.items():
        number = QgsEditorWidgetSetup("Range", {"Precision": decimals, "Style": "SpinBox", "AllowNull": True})
        layer.setEditorWidgetSetup(fields.indexOf(name), number)
    if _ROW_NUMBER in fields.names():
        layer.setEditorWidgetSetup(fields.indexOf(_ROW_NUMBER), QgsEditorWidgetSetup("Hidden", {}))
        table = layer.attributeTableConfig()
        table.update(fields)
        table.setColumnHidden(fields.indexOf(_ROW_NUMBER), True)
        layer.setAttributeTableConfig(table)
def show_status(layer: QgsVectorLayer, field: str) -> None:
    """Draw the outlines and the signs at the ranks by one field; a style that the user has made stays.

    Args:
        layer: anomalies.
        field: the first or the second reviewer's decisions.
    """
    expression = _status_expression(field)
    renderer = layer.renderer()
    if isinstance(renderer, QgsCategorizedSymbolRenderer) and "status" in renderer.classAttribute():
        if renderer.classAttribute() == expression:
            return
        renderer.setClassAttribute(expression)
        settings = layer.labeling().settings() if layer.labeling() is not None else None
        if settings is not None and "status" in settings.fieldName:
            settings.fieldName = _rank_expression(field)
            layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
        layer.triggerRepaint()


def _status_expression(field: str) -> str:
def show_status(layer: QgsVectorLayer, field: str) -> None:
    """Draw the outlines and the signs at the ranks by one field; a style that the user has made stays.

    Args:
        layer: anomalies.
        field: the first or the second reviewer's decisions.
    """
    expression = _status_expression(field)
    renderer = layer.renderer()
    if isinstance(renderer, QgsCategorizedSymbolRenderer) and "status" in renderer.classAttribute():
        if renderer.classAttribute() == expression:
            return
        renderer.setClassAttribute(expression)
        settings = layer.labeling().settings() if layer.labeling() is not None else None
        if settings is not None and "status" in settings.fieldName:
            settings.fieldName = _rank_expression(field)
            layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
        layer.triggerRepaint()


def _status_expression(field: str) -> str:
    # A second reviewer's field begins empty.
    return field if field == "status" else f"coalesce(\"{field}\", 'unreviewed')"


def _rank_expression(field: str) -> str:
    cases = " ".join(f"WHEN \"{field}\" = '{status}' THEN '{sign} '" for status, sign in STATUS_SIGNS.items())
    return f"CASE {cases} ELSE '' END || \"rank\""


    # A second reviewer's field begins empty.
    return field if field == "status" else f"coalesce(\"{field}\", 'unreviewed')"


def label_choices() -> dict[str, str]:
    """What polygons can be labelled by, and how people call it."""
    return {
        "": translate("Styles", "None"),
        "rank": translate("Styles", "Rank"),
        "score": translate("Styles", "Highest score"),
        "label": translate("Styles", "Label"),
    }


