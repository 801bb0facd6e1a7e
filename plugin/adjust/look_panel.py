"""The page "Look": colours and opacity of the heat map, swiping, and outlines and labels of the polygons."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsLayerTreeLayer, QgsProject
from qgis.gui import QgisInterface, QgsDoubleSpinBox
from qgis.PyQt.QtCore import QSignalBlocker, QSize, Qt
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from ..messages import Messages
from ..numbers import number_text
from ..runs import Run
from ..styles import (
    RAMP_PROPERTY,
    label_choices,
    outline_width,
    ramp_labels,
    score_meanings,
    set_label,
    set_outline_width,
    shown_label,
    style_heatmap,
)
from .legend import RampBar, ramp_icon
from .swipe import Swipe

_ICON = QSize(36, 14)


class LookPanel(QWidget):
    """How a run's layers are drawn; what is chosen is in the layers' own styles, and so in the project.

    Args:
        iface: QGIS.
        messages: message bar and log.
    """

    def __init__(self, iface: QgisInterface, messages: Messages) -> None:
        super().__init__()
        self.setObjectName("look_panel")
        self._iface = iface
        self._messages = messages
        self._run: Run | None = None
        self._swipe: Swipe | None = None
        # Whether the heat map was hidden before the swipe showed it.
        self._was_hidden = False
        self._build()
        QgsProject.instance().layersWillBeRemoved.connect(self._layers_go)
        self.set_run(None)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.addWidget(self._build_heatmap())
        layout.addWidget(self._build_polygons())
        self.status = QLabel()
        self.status.setObjectName("look_status_label")
        self.status.setWordWrap(True)
        layout.addWidget(self.status)
        layout.addStretch(1)

    def _build_heatmap(self) -> QWidget:
        self.heatmap_box = QGroupBox(self.tr("Heat map"))
        self.shown = QCheckBox(self.tr("&Show on the map"))
        self.shown.setObjectName("look_show_check")
        self.shown.setToolTip(self.tr("Show or hide the heat map, as the layer tree does"))
        self.swipe = QPushButton(self.tr("S&wipe"))
        self.swipe.setObjectName("look_swipe_button")
        self.swipe.setCheckable(True)
        self.swipe.setToolTip(
            self.tr("Left of a line on the map, the image without the heat map; drag the line. Press again to end it")
        )
        self.ramp = QComboBox()
        self.ramp.setObjectName("look_ramp_combo")
        self.ramp.setToolTip(self.tr("Colours that get lighter with the score, and that colour-blind people can read"))
        self.ramp.setIconSize(_ICON)
        self.ramp.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.ramp.setMinimumContentsLength(8)
        for name, label in ramp_labels().items():
            self.ramp.addItem(ramp_icon(name, _ICON), label, name)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setObjectName("look_opacity_slider")
        self.opacity.setRange(0, 100)
        self.opacity.setPageStep(10)
        self.opacity.setToolTip(self.tr("How much of the image the heat map covers"))
        self.percent = QLabel()
        self.percent.setMinimumWidth(self.fontMetrics().horizontalAdvance("100 %"))
        self.percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        opacity = QHBoxLayout()
        opacity.addWidget(self.opacity)
        opacity.addWidget(self.percent)
        first = QHBoxLayout()
        first.addWidget(self.shown, 1)
        first.addWidget(self.swipe, 1)
        self.bar = RampBar()
        self.meaning = QLabel()
        self.meaning.setObjectName("look_meaning_label")
        self.meaning.setWordWrap(True)
        form = QFormLayout(self.heatmap_box)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(first)
        form.addRow(self.tr("&Colours"), self.ramp)
        form.addRow(self.tr("&Opacity"), opacity)
        form.labelForField(opacity).setBuddy(self.opacity)
        form.addRow(self.bar)
        form.addRow(self.meaning)
        self.shown.toggled.connect(self._show_heatmap)
        self.swipe.toggled.connect(self._toggle_swipe)
        self.ramp.currentIndexChanged.connect(self._ramp_chosen)
        self.opacity.valueChanged.connect(self._opacity_chosen)
        return self.heatmap_box

    def _build_polygons(self) -> QWidget:
        self.polygons_box = QGroupBox(self.tr("Polygons"))
        self.width = QgsDoubleSpinBox()
        self.width.setObjectName("look_width_spin")
        self.width.setRange(0.1, 5.0)
        self.width.setDecimals(1)
        self.width.setSingleStep(0.1)
        self.width.setSuffix(self.tr(" mm"))
        self.width.setShowClearButton(False)
        self.width.setToolTip(self.tr("How wide the outlines are drawn"))
        self.labels = QComboBox()
        self.labels.setObjectName("look_label_combo")
        self.labels.setToolTip(self.tr("What stands beside each polygon"))
        for name, label in label_choices().items():
            self.labels.addItem(label, name)
        form = QFormLayout(self.polygons_box)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("Outline wi&dth"), self.width)
        form.addRow(self.tr("La&bels"), self.labels)
        self.width.valueChanged.connect(self._width_chosen)
        self.labels.activated.connect(self._label_chosen)
        return self.polygons_box

    def set_run(self, run: Run | None) -> None:
        """Show another run, or none; a swipe ends.

        Args:
            run: whose layers are styled.
        """
        self.swipe.setChecked(False)
        self._watch(False)
        self._run = run
        self._watch(True)
        self._show()

    def _show(self) -> None:
        run = self._run
        self.heatmap_box.setEnabled(run is not None and run.heatmap is not None)
        self.polygons_box.setEnabled(run is not None)
        self.status.setText("")
        if run is None:
            self.status.setText(self.tr("Choose a run to change how it looks."))
            return
        if run.heatmap is None:
            self.status.setText(self.tr("The heat map of this run is not in the project."))
        else:
            self._show_heatmap_state()
        width = outline_width(run.anomalies)
        with QSignalBlocker(self.width):
            self.width.setValue(width or 0.5)
        self.width.setEnabled(width > 0)
        self.labels.setCurrentIndex(self.labels.findData(shown_label(run.anomalies)))

    def _show_heatmap_state(self) -> None:
        layer = self._run.heatmap
        node = self._node()
        for widget in (self.shown, self.ramp, self.opacity):
            widget.blockSignals(True)
        self.shown.setChecked(node is not None and node.isVisible())
        self.ramp.setCurrentIndex(max(0, self.ramp.findData(layer.customProperty(RAMP_PROPERTY, "inferno"))))
        self.opacity.setValue(round(100 * layer.opacity()))
        for widget in (self.shown, self.ramp, self.opacity):
            widget.blockSignals(False)
        self._show_ramp()
        meanings = score_meanings(self._scene_scores())
        sentences = [text.format(score=number_text(score, 1)) for score, text in meanings.items()]
        if not sentences:
            sentences = [self.tr("Scores from 0 to 1, as the detector's training calibrated them.")]
        self.meaning.setText(" · ".join(sentences))

    def _show_ramp(self) -> None:
        self.percent.setText(f"{self.opacity.value()} %")
        self.bar.set_ramp(self.ramp.currentData(), self.opacity.value() / 100)

    def _scene_scores(self) -> bool:
        return self._run.provenance.get("raw_score_of_one_half") is not None

    def _node(self) -> QgsLayerTreeLayer | None:
        return QgsProject.instance().layerTreeRoot().findLayer(self._run.heatmap.id())

    def _ramp_chosen(self) -> None:
        style_heatmap(self._run.heatmap, self._scene_scores(), self.ramp.currentData())
        # The renderer is another one, and the opacity is the renderer's.
        self._run.heatmap.setOpacity(self.opacity.value() / 100)
        self._redraw(self._run.heatmap)
        self._show_ramp()

    def _opacity_chosen(self, percent: int) -> None:
        self._run.heatmap.setOpacity(percent / 100)
        self._redraw(self._run.heatmap)
        self._show_ramp()

    def _width_chosen(self, width: float) -> None:
        set_outline_width(self._run.anomalies, width)
        self._redraw(self._run.anomalies)

    def _label_chosen(self) -> None:
        set_label(self._run.anomalies, self.labels.currentData())
        self._redraw(self._run.anomalies)

    @staticmethod
    def _redraw(layer: Any) -> None:  # noqa: ANN401 - a layer of either kind
        layer.triggerRepaint()
        layer.emitStyleChanged()
        QgsProject.instance().setDirty()

    def _show_heatmap(self, shown: bool) -> None:
        node = self._node()
        if node is not None and shown:
            # In a group that is hidden, it would stay so.
            node.setItemVisibilityCheckedParentRecursive(True)
        elif node is not None:
            self.swipe.setChecked(False)
            node.setItemVisibilityChecked(False)

    # --- swiping

    def _toggle_swipe(self, on: bool) -> None:
        if on:
            self._was_hidden = not self.shown.isChecked()
            self.shown.setChecked(True)
            self._swipe = Swipe(self._iface.mapCanvas(), self._run.heatmap)
        elif self._swipe is not None:
            self._swipe.close()
            self._swipe = None
            if self._was_hidden and self._node() is not None:
                self.shown.setChecked(False)

    # --- what others do to the layers

    def _watch(self, on: bool) -> None:
        """Follow what the layer tree and QGIS's styling do to the layers."""
        if self._run is None:
            return
        root = QgsProject.instance().layerTreeRoot()
        if on:
            root.visibilityChanged.connect(self._follow)
            self._run.anomalies.styleChanged.connect(self._follow)
        else:
            root.visibilityChanged.disconnect(self._follow)
            self._run.anomalies.styleChanged.disconnect(self._follow)

    def _follow(self, *_what: object) -> None:
        if self._run is not None:
            self._show()
            if self._run.heatmap is not None and not self.shown.isChecked():
                self.swipe.setChecked(False)

    def _layers_go(self, ids: list[str]) -> None:
        run = self._run
        if run is None:
            return
        if run.anomalies.id() in ids:
            self.set_run(None)
        elif run.heatmap is not None and run.heatmap.id() in ids:
            self.set_run(Run(run.run_id, run.anomalies, None, run.provenance))

    def release(self) -> None:
        """Let go of the map and the project; before the panel is deleted."""
        QgsProject.instance().layersWillBeRemoved.disconnect(self._layers_go)
        self.set_run(None)
