"""How results look: every colour, stop, width and field name that people see, and what puts them on layers."""

from __future__ import annotations

import re

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsColorRampShader,
    QgsEditorWidgetSetup,
    QgsFillSymbol,
    QgsPalLayerSettings,
    QgsRasterLayer,
    QgsRasterShader,
    QgsRenderContext,
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

from .numbers import number_text

translate = QCoreApplication.translate

# Score and alpha of each stop of a ramp. Nothing is drawn below the first.
_STOPS = ((0.3, 0), (0.4, 45), (0.5, 100), (0.6, 155), (0.7, 200), (0.8, 235), (0.9, 250), (1.0, 255))

# Red, green and blue at each stop: even steps in lightness, which survive grey printing and colour-blind eyes.
RAMPS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "inferno": (
        (66, 10, 104),
        (106, 23, 110),
        (147, 38, 103),
        (188, 55, 84),
        (221, 81, 58),
        (243, 120, 25),
        (252, 165, 10),
        (252, 255, 164),
    ),
    "plasma": (
        (13, 8, 135),
        (83, 2, 163),
        (139, 10, 165),
        (184, 50, 137),
        (219, 92, 104),
        (244, 136, 73),
        (254, 189, 42),
        (240, 249, 33),
    ),
    "viridis": (
        (71, 19, 101),
        (66, 63, 133),
        (50, 101, 142),
        (36, 134, 142),
        (33, 166, 133),
        (82, 197, 105),
        (165, 219, 54),
        (253, 231, 37),
    ),
    "cividis": (
        (0, 34, 78),
        (33, 59, 110),
        (76, 85, 108),
        (108, 110, 114),
        (142, 137, 120),
        (177, 165, 112),
        (217, 197, 92),
        (254, 232, 56),
    ),
}

# Which ramp a heat map has: a custom property, since colours alone do not say.
RAMP_PROPERTY = "anomaly_lens/ramp"

LOOK_PROPERTY = "anomaly_lens/look"
"""Custom property of an anomaly layer: who looks at it. A blind look stays blind when QGIS is opened again."""
SECOND_LOOK = "second"
"""Its value while the second reviewer looks."""


def ramp_labels() -> dict[str, str]:
    """The ramps and how people call them, in the order of the list."""
    return {
        "inferno": translate("Styles", "Inferno: violet to yellow"),
        "plasma": translate("Styles", "Plasma: blue to yellow"),
        "viridis": translate("Styles", "Viridis: violet to green"),
        "cividis": translate("Styles", "Cividis: blue to ochre"),
    }


def heat_stops(ramp: str) -> list[tuple[float, QColor]]:
    """Scores and the colours that they are drawn in.

    Args:
        ramp: one of :data:`RAMPS`; the first where it is unknown.
    """
    colors = RAMPS.get(ramp, RAMPS["inferno"])
    return [(score, QColor(*color, alpha)) for (score, alpha), color in zip(_STOPS, colors)]


# Status, red, green, blue, pen: colours that colour-blind people tell apart, and line styles for who prints in grey.
STATUS_STYLES: tuple[tuple[str, int, int, int, Qt.PenStyle], ...] = (
    ("unreviewed", 86, 200, 255, Qt.PenStyle.SolidLine),
    ("accepted", 0, 200, 120, Qt.PenStyle.SolidLine),
    ("unsure", 240, 228, 66, Qt.PenStyle.DashLine),
    ("rejected", 230, 97, 0, Qt.PenStyle.DotLine),
)

# Beside the rank on the map: decisions are told apart without colours. In characters that every system can draw.
STATUS_SIGNS = {"accepted": "✓", "unsure": "?", "rejected": "✗"}

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
        "instance_score": translate("Styles", "Object score"),
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
_DECIMALS = {"score_max": 3, "score_mean": 3, "instance_score": 3, "area": 2, "width": 2, "height": 2}


def score_meanings(scene_scores: bool) -> dict[float, str]:
    """What some scores mean, by the score.

    Args:
        scene_scores: whether they are relative to the scene; if not, they were calibrated in a detector's training.
    """
    if not scene_scores:
        return {}
    return {
        0.5: translate("Styles", "{score} = the scene's top 1 %"),
        0.9: translate("Styles", "{score} = 9 times that"),
    }


def style_heatmap(layer: QgsRasterLayer, scene_scores: bool, ramp_name: str = "inferno") -> None:
    """Draw a heat map over its scene: transparent where nothing deviates, with a legend that says what scores mean.

    Args:
        layer: a raster of scores in [0, 1].
        scene_scores: as for :func:`score_meanings`.
        ramp_name: one of :data:`RAMPS`.
    """
    meanings = score_meanings(scene_scores)
    stops = heat_stops(ramp_name)
    lowest, highest = stops[0][0], stops[-1][0]
    items = []
    for score, color in stops:
        label = meanings.get(score, "{score}").format(score=number_text(score, 1))
        items.append(QgsColorRampShader.ColorRampItem(score, color, label))
    ramp = QgsColorRampShader(lowest, highest)
    ramp.setColorRampItemList(items)
    # Labelled steps say more than the two numbers at the ends of a continuous bar.
    legend = ramp.legendSettings()
    if legend is not None:
        legend.setUseContinuousLegend(False)
        ramp.setLegendSettings(legend)
    shader = QgsRasterShader(lowest, highest)
    shader.setRasterShaderFunction(ramp)
    renderer = QgsSingleBandPseudoColorRenderer(layer.dataProvider(), 1, shader)
    renderer.setClassificationMin(lowest)
    renderer.setClassificationMax(highest)
    layer.setRenderer(renderer)
    layer.setCustomProperty(RAMP_PROPERTY, ramp_name)


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


def show_status(layer: QgsVectorLayer, field: str) -> None:
    """Draw outlines by one reviewer's status, and label them by one reviewer's words; a style of the user's own stays.

    Args:
        layer: anomalies.
        field: the first or the second reviewer's decisions.
    """
    renderer, labeling = layer.renderer(), layer.labeling()
    changed = False
    if isinstance(renderer, QgsCategorizedSymbolRenderer) and renderer.classAttribute().strip('"') in _STATUS_CLASSES:
        changed = renderer.classAttribute() != _status_expression(field)
        renderer.setClassAttribute(_status_expression(field))
    if labeling is not None and labeling.type() == "simple":
        settings = labeling.settings()
        text = _of_look(settings.fieldName, settings.isExpression, field)
        if text != settings.fieldName:
            settings.fieldName = text
            layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
            changed = True
    if changed:
        layer.triggerRepaint()


def _of_look(text: str, is_expression: bool, field: str) -> str:
    """What stands beside polygons, of one reviewer's fields: nobody sees the other's words in a blind look.

    Args:
        text: an expression, or the name of a field.
        is_expression: which of the two.
        field: the first or the second reviewer's decisions.
    """
    tokens = _TOKEN if is_expression else _NAME
    names = [token.strip('"') for token in tokens.findall(text)]
    looks = {name.endswith("_2") for name in names if name in _OF_A_LOOK}
    if len(looks) != 1:
        # Somebody compares both, or shows neither.
        return text
    ending = field.removeprefix("status")

    def renamed(found: re.Match[str]) -> str:
        name = found[0].strip('"')
        return found[0].replace(name, name.removesuffix("_2") + ending) if name in _OF_A_LOOK else found[0]

    return tokens.sub(renamed, text)


def _label_field(field: str) -> str:
    return field.replace("status", "label")


def _status_expression(field: str) -> str:
    # A second reviewer's field begins empty.
    return field if field == "status" else f"coalesce(\"{field}\", 'unreviewed')"


_STATUS_CLASSES = {_status_expression("status"), _status_expression("status_2")}
# The parts of an expression: texts, names of fields in quotes and without.
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+""")
_NAME = re.compile(".+")
_OF_A_LOOK = {name + ending for name in ("status", "label", "note") for ending in ("", "_2")}


def _rank_expression(field: str) -> str:
    cases = " ".join(f"WHEN \"{field}\" = '{status}' THEN '{sign} '" for status, sign in STATUS_SIGNS.items())
    return f"CASE {cases} ELSE '' END || \"rank\""


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
        # Shown in the form all the same: QGIS's tool that merges polygons loses both where it cannot name the row.
        table = layer.attributeTableConfig()
        table.update(fields)
        table.setColumnHidden(fields.indexOf(_ROW_NUMBER), True)
        layer.setAttributeTableConfig(table)


def outline_width(layer: QgsVectorLayer) -> float:
    """The width of the outlines in mm; 0 where the user has given the layer a style without lines."""
    lines = _lines(layer)
    return min((line.width() for line in lines), default=0.0)


def set_outline_width(layer: QgsVectorLayer, width: float) -> None:
    """Draw outlines thinner or thicker, their dark casings with them.

    Args:
        layer: anomalies.
        width: of the outline, in mm.
    """
    before = outline_width(layer)
    if not before:
        return
    for line in _lines(layer):
        line.setWidth(line.width() * width / before)
    layer.triggerRepaint()


def _lines(layer: QgsVectorLayer) -> list[QgsSimpleLineSymbolLayer]:
    symbols = layer.renderer().symbols(QgsRenderContext()) if layer.renderer() is not None else []
    parts = [symbol.symbolLayer(place) for symbol in symbols for place in range(symbol.symbolLayerCount())]
    return [part for part in parts if isinstance(part, QgsSimpleLineSymbolLayer)]


def label_choices() -> dict[str, str]:
    """What polygons can be labelled by, and how people call it."""
    return {
        "": translate("Styles", "None"),
        "rank": translate("Styles", "Rank"),
        "score": translate("Styles", "Highest score"),
        "label": translate("Styles", "Label"),
    }


def shown_label(layer: QgsVectorLayer) -> str | None:
    """Which of :func:`label_choices` a layer is labelled by; None for a style of the user's own."""
    if not layer.labelsEnabled() or layer.labeling() is None:
        return ""
    if layer.labeling().type() != "simple":
        return None
    expression = layer.labeling().settings().fieldName
    return next((name for name, text in _label_expressions(layer).items() if text == expression), None)


def set_label(layer: QgsVectorLayer, name: str) -> None:
    """Label polygons by something else, or not at all; a font, or places, of the user's own stay.

    Args:
        layer: anomalies.
        name: one of :func:`label_choices`.
    """
    layer.setLabelsEnabled(bool(name))
    if name:
        is_simple = layer.labeling() is not None and layer.labeling().type() == "simple"
        settings = layer.labeling().settings() if is_simple else _rank_labels()
        settings.isExpression = True
        settings.fieldName = _label_expressions(layer)[name]
        layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.triggerRepaint()


def _label_expressions(layer: QgsVectorLayer) -> dict[str, str]:
    field = "status_2" if layer.customProperty(LOOK_PROPERTY) == SECOND_LOOK else "status"
    return {
        "rank": _rank_expression(field),
        "score": 'format_number("score_max", 3)',
        "label": f'"{_label_field(field)}"',
    }
