"""What is chosen in the dock: its defaults follow the layers and what the engine says, until the user says else."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProject, QgsRasterLayer, QgsUnitTypes
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, Qt

from . import settings
from .dock_form import LEAST_PERCENT, PERCENT, SCORE, DockForm, is_default, offer, offer_own, show_unit
from .processing.choices import detectors
from .scene_infos import SceneInfos
from .sources import export_resolution, is_picture, scene_path

MODALITY_PROPERTY = "anomaly_lens/modality"
TAKES_MODEL = Qt.ItemDataRole.UserRole + 1
"""The role under which the list of detectors keeps whether one takes a taught model."""
OWN_SCORE = Qt.ItemDataRole.UserRole + 2
"""The role under which it keeps the score that is a detector's own threshold, None where that is a share."""

_DEGREE_M = 111_320.0
# Marks the suggested modality in the list; the line below the list says what it stands for.
_STAR = "★"


class DockChoices(QObject):
    """Fills the fields of the dock's form, and reads them.

    Args:
        form: the fields.
        canvas: the map, by whose scale layers are exported that have no pixels of their own.
        infos: what the engine says of the scenes behind layers.
        parent: the owner.

    Attributes:
        catalog: the modalities and detectors that the engine has; None until it has told.
    """

    def __init__(self, form: DockForm, canvas: QgsMapCanvas, infos: SceneInfos, parent: QObject) -> None:
        super().__init__(parent)
        self._form = form
        self._canvas = canvas
        self._infos = infos
        self.catalog: dict[str, Any] | None = None
        self._filling = False
        # Empty: the modality's own.
        self._chosen_detector = ""
        # Empty: the detector's own.
        self._chosen_mode = ""
        # None: each layer's own.
        self._modality_of_several: str | None = None
        infos.came.connect(self._info_came)
        form.modality.activated.connect(self._modality_chosen)
        form.modality.currentIndexChanged.connect(self._show_defaults)
        form.detector.activated.connect(self._detector_chosen)
        form.threshold_mode.currentIndexChanged.connect(self._threshold_mode_changed)
        form.resolution.valueChanged.connect(self._show_defaults)
        canvas.extentsChanged.connect(self._canvas_moved)
        QgsProject.instance().readProject.connect(self.load_settings)
        QgsProject.instance().cleared.connect(self.load_settings)

    def release(self) -> None:
        """Let go of the map; before the dock is deleted."""
        self._canvas.extentsChanged.disconnect(self._canvas_moved)

    def take_catalog(self, catalog: dict[str, Any]) -> None:
        """Offer what an engine has, from the next :meth:`follow_layers` on.

        Args:
            catalog: the engine's answer to ``catalog``.
        """
        self.catalog = catalog
        self._infos.forget()

    def detector_label(self, name: str) -> str:
        """What a detector is called in lists; its name where the engine has not told."""
        known = [] if self.catalog is None else self.catalog["detectors"]
        return next((detector["label"] for detector in known if detector["name"] == name), name)

    def load_settings(self) -> None:
        """Show what the project, or else the user, used last."""
        self._form.extent_picker.set_mode(settings.EXTENT_MODE.get())
        self._form.extent_picker.set_polygons(settings.EXTENT_LAYER.get())
        self._form.extent_picker.selected_only.setChecked(settings.SELECTED_ONLY.get())
        self._chosen_mode = settings.THRESHOLD_MODE.get()
        self._form.score.setValue(settings.THRESHOLD_SCORE.get())
        self._form.output.setFilePath(settings.OUTPUT_FOLDER.get())
        self._chosen_detector = settings.DETECTOR.get()
        self._show_defaults()
        for spin, setting in (
            (self._form.percent, settings.THRESHOLD_PERCENT),
            (self._form.min_area, settings.MIN_AREA),
        ):
            spin.setValue(setting.get() if setting.get() >= 0 else spin.clearValue())

    def store_settings(self) -> None:
        """Remember what is chosen; done with each run."""
        settings.EXTENT_MODE.set(self._form.extent_picker.mode.currentData())
        settings.EXTENT_LAYER.set(self._form.extent_picker.polygons_id())
        settings.SELECTED_ONLY.set(self._form.extent_picker.selected_only.isChecked())
        settings.THRESHOLD_MODE.set(self._chosen_mode)
        settings.THRESHOLD_SCORE.set(self._form.score.value())
        settings.OUTPUT_FOLDER.set(self._form.output.filePath())
        settings.DETECTOR.set(self._chosen_detector)
        if self._form.detector.currentData(TAKES_MODEL) and self._form.model_row.path() is not None:
            settings.MODEL.set(self._form.model_row.path())
        settings.THRESHOLD_PERCENT.set(-1.0 if is_default(self._form.percent) else self._form.percent.value())
        settings.MIN_AREA.set(-1.0 if is_default(self._form.min_area) else self._form.min_area.value())

    # --- what follows from the layers

    def follow_layers(self) -> None:
        """Offer what fits the layers that are chosen now, about which the engine is asked."""
        layers = self._form.layer_picker.layers()
        if self.catalog is not None:
            for layer in layers:
                self._infos.ask(layer)
        self._fill_modalities(layers)
        self._show_resolution(layers)
        self._show_defaults()

    def _info_came(self) -> None:
        self._fill_modalities(self._form.layer_picker.layers())
        self._show_defaults()

    def _suggestion(self, layers: list[QgsRasterLayer]) -> dict[str, str]:
        if len(layers) != 1:
            return {}
        if scene_path(layers[0]) is None and is_picture(layers[0]):
            return {"modality": "visible", "reason": self.tr("colour pictures")}
        return dict(self._infos.of(layers[0]).get("suggestion") or {})

    def _fill_modalities(self, layers: list[QgsRasterLayer]) -> None:
        suggestion = self._suggestion(layers)
        if len(layers) == 1:
            # Several are others the next time.
            self._modality_of_several = None
        chosen = layers[0].customProperty(MODALITY_PROPERTY) if len(layers) == 1 else self._modality_of_several
        profiles = [] if self.catalog is None else self.catalog["profiles"]
        self._filling = True
        self._form.modality.clear()
        if profiles and not suggestion:
            self._form.modality.addItem(self.tr("Automatic"), None)
            tip = self.tr("Each layer's own suggestion, from its bands, type and wavelengths")
            self._form.modality.setItemData(0, tip, Qt.ItemDataRole.ToolTipRole)
        for profile in profiles:
            label = profile["label"]
            if profile["name"] == suggestion.get("modality"):
                label = f"{_STAR} {label}"
                reason = self.tr("{star} Suggested: {reason}")
                self._form.reason.setText(reason.format(star=_STAR, reason=suggestion.get("reason", "")))
            self._form.modality.addItem(label, profile["name"])
            last = self._form.modality.count() - 1
            self._form.modality.setItemData(last, profile["description"], Qt.ItemDataRole.ToolTipRole)
        self._form.modality.setCurrentIndex(max(0, self._form.modality.findData(chosen or suggestion.get("modality"))))
        self._filling = False
        self._form.reason.setVisible(bool(suggestion))

    def _modality_chosen(self) -> None:
        layers = self._form.layer_picker.layers()
        name = self._form.modality.currentData()
        if len(layers) != 1:
            self._modality_of_several = name
            return
        if name is None or name == self._suggestion(layers).get("modality"):
            layers[0].removeCustomProperty(MODALITY_PROPERTY)
        else:
            layers[0].setCustomProperty(MODALITY_PROPERTY, name)

    def _fill_detectors(self, profile: dict[str, Any]) -> None:
        detectors = [] if self.catalog is None else self.catalog["detectors"]
        self._form.detector.clear()
        for detector in detectors:
            if not profile or profile["name"] in detector["modalities"]:
                self._form.detector.addItem(detector["label"], detector["name"])
                row = self._form.detector.count() - 1
                self._form.detector.setItemData(row, detector["description"], Qt.ItemDataRole.ToolTipRole)
                self._form.detector.setItemData(row, detector.get("takes_model", False), TAKES_MODEL)
                self._form.detector.setItemData(row, detector.get("threshold_score"), OWN_SCORE)
        chosen = self._form.detector.findData(self._chosen_detector)
        default = self._form.detector.findData(profile.get("default_detector"))
        self._form.detector.setCurrentIndex(chosen if chosen >= 0 else max(0, default))
        self._show_threshold_mode()

    def choose_detector(self, name: str) -> None:
        """Choose a detector, as the user does.

        Args:
            name: the engine's name of it.
        """
        self._chosen_detector = name
        self._fill_detectors(self._profile())

    def _detector_chosen(self) -> None:
        name = self._form.detector.currentData()
        self._chosen_detector = "" if name == self._profile().get("default_detector") else name
        self._show_threshold_mode()

    def _show_threshold_mode(self) -> None:
        """The detector's own kind of threshold and its own score, where the user has not chosen others."""
        mode = self._chosen_mode or self._own_mode()
        self._form.threshold_mode.setCurrentIndex(max(0, self._form.threshold_mode.findData(mode)))
        offer(self._form.score, self._form.detector.currentData(OWN_SCORE) or settings.THRESHOLD_SCORE.default)
        profile = self._profile()
        # Each modality has its own share; of a detector that begins with a score, a share is what stands here.
        unknown = not profile and self._own_mode() == PERCENT
        share = None if unknown else float(profile.get("threshold_percent", 1.0))
        offer_own(self._form.percent, share, LEAST_PERCENT, self.tr("Automatic"))

    def _threshold_mode_changed(self) -> None:
        mode = self._form.threshold_mode.currentData()
        self._chosen_mode = "" if mode == self._own_mode() else mode

    def _own_mode(self) -> str:
        return PERCENT if self._form.detector.currentData(OWN_SCORE) is None else SCORE

    def _profile(self) -> dict[str, Any]:
        profiles = [] if self.catalog is None else self.catalog["profiles"]
        return next((p for p in profiles if p["name"] == self._form.modality.currentData()), {})

    def _show_resolution(self, layers: list[QgsRasterLayer]) -> None:
        exported = [layer for layer in layers if scene_path(layer) is None]
        self._form.resolution_row.setVisible(bool(exported))
        if not exported:
            return
        layer = exported[0]
        unit = QgsUnitTypes.toAbbreviatedString(layer.crs().mapUnits())
        show_unit(self._form.resolution, f" {unit}" if layer.crs().isValid() else " px")
        default = export_resolution(layer, self._canvas_resolution(layer))
        offer(self._form.resolution, default, 8 if default < 0.01 else 3)

    def _canvas_moved(self) -> None:
        if not self._form.resolution_row.isHidden():
            self._show_resolution(self._form.layer_picker.layers())

    def _canvas_resolution(self, layer: QgsRasterLayer) -> float:
        settings_ = self._canvas.mapSettings()
        shown = settings_.mapToLayerCoordinates(layer, settings_.visibleExtent())
        return max(shown.width() / max(1, settings_.outputSize().width()), 1e-8)

    def _show_defaults(self) -> None:
        """Put the modality's own threshold and minimum area where the user has not set others."""
        if self._filling:
            return
        profile = self._profile()
        self._fill_detectors(profile)
        layers = self._form.layer_picker.layers()
        pixel = self._pixel_area(layers[0]) if layers else None
        show_unit(self._form.min_area, " px" if pixel is None else " m²")
        area = float(profile["min_pixels"]) * (1.0 if pixel is None else pixel) if profile else None
        decimals = 0 if pixel is None else 3 if area is None or area < 10 else 1
        offer_own(self._form.min_area, area, 0.0, self.tr("Automatic"), decimals)

    def _pixel_area(self, layer: QgsRasterLayer) -> float | None:
        """Area of a pixel in m², or None where areas are counted in pixels."""
        info = self._infos.of(layer)
        if info or not layer.crs().isValid():
            return info.get("pixel_area_m2")
        # The engine was not asked or has not answered: near enough for a proposal.
        side = self._form.resolution.value() if scene_path(layer) is None else layer.rasterUnitsPerPixelX()
        unit = layer.crs().mapUnits()
        metres = QgsUnitTypes.fromUnitToUnitFactor(unit, QgsUnitTypes.DistanceMeters)
        return (side * (_DEGREE_M if layer.crs().isGeographic() else metres)) ** 2

    # --- what is asked of the engine

    def resolution(self, layer: QgsRasterLayer) -> float:
        """The pixel size of a layer's export: its own unless another was set, which stands in the first one's unit."""
        if is_default(self._form.resolution):
            return export_resolution(layer, self._canvas_resolution(layer))
        layers = self._form.layer_picker.layers()
        shown = next((other for other in layers if scene_path(other) is None), layer)
        factor = QgsUnitTypes.fromUnitToUnitFactor(shown.crs().mapUnits(), layer.crs().mapUnits())
        return self._form.resolution.value() * factor

    def params(self) -> dict[str, Any]:
        """What is chosen, as parameters of a ``detect`` request other than scene, area and folder."""
        # Before the engine has told which there are: the one that was chosen last, or every modality's own.
        detector = self._form.detector.currentData() or self._chosen_detector or detectors()[0][0]
        params: dict[str, Any] = {"detector": detector, "device": settings.DEVICE.get()}
        # The engine tells of models a moment later.
        model = self._form.model_row.path() or settings.MODEL.get()
        if self._form.detector.currentData(TAKES_MODEL) and model:
            params["model"] = model
        if self._form.modality.currentData() is not None:
            params["modality"] = self._form.modality.currentData()
        if self._form.threshold_mode.currentData() == SCORE:
            params["threshold"] = {"score": self._form.score.value()}
        elif self._own_mode() == SCORE or not is_default(self._form.percent):
            params["threshold"] = {"percent": self._form.percent.value()}
        if not is_default(self._form.min_area):
            params["min_area"] = self._form.min_area.value()
        return params
