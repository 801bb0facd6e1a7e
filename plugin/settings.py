"""Every setting of the plugin: its key, type and default, and where it is remembered."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Generic, TypeVar

from qgis.core import QgsProject, QgsSettings

_SECTION = "anomaly_lens"

T = TypeVar("T", str, float, bool)


class Scope(enum.Enum):
    """Where a setting is remembered."""

    USER = "for the user"
    PROJECT = "in the project"
    BOTH = "in the project, and for the user's next project"


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One remembered value.

    Attributes:
        key: its name under ``anomaly_lens/``.
        default: the value until somebody sets another; its type is the setting's.
        scope: where it is remembered; the project's value wins.
    """

    key: str
    default: T
    scope: Scope = Scope.USER

    def get(self) -> T:
        """The project's value, else the user's, else the default."""
        if self.scope is not Scope.USER:
            text, found = QgsProject.instance().readEntry(_SECTION, self.key)
            if found:
                return self._parse(text)
        if self.scope is Scope.PROJECT:
            return self.default
        return self._parse(str(QgsSettings().value(f"{_SECTION}/{self.key}", self._text(self.default))))

    def set(self, value: T) -> None:
        """Remember ``value`` in the places that ``scope`` names."""
        if self.scope is not Scope.PROJECT:
            QgsSettings().setValue(f"{_SECTION}/{self.key}", self._text(value))
        if self.scope is not Scope.USER:
            QgsProject.instance().writeEntry(_SECTION, self.key, self._text(value))

    def _text(self, value: T) -> str:
        return repr(value) if isinstance(self.default, float) else str(value)

    def _parse(self, text: str) -> T:
        if isinstance(self.default, bool):
            return text.lower() == "true"
        if isinstance(self.default, float):
            try:
                return float(text)
            except ValueError:
                # Somebody edited the project file or the settings by hand.
                return self.default
        return text


ENGINE_PYTHON = Setting("engine_python", "")
DEVICE = Setting("device", "auto")
# Whether it is the processor because the card failed the check of a set-up; else somebody wants it so.
CARD_FAILED = Setting("card_failed", False)
# Where the engine's packages come from; empty: where pip takes them from.
ENGINE_INDEX = Setting("engine_index", "")
ENGINE_WHEELS = Setting("engine_wheels", "")
WELCOMED = Setting("welcomed", False)

DETECTOR = Setting("detector", "", Scope.BOTH)
# The folder of the model, for a detector that takes one.
MODEL = Setting("model", "", Scope.BOTH)
EXTENT_MODE = Setting("extent_mode", "layer", Scope.BOTH)
# The id of the layer of polygons to search.
EXTENT_LAYER = Setting("extent_layer", "", Scope.PROJECT)
SELECTED_ONLY = Setting("selected_only", False, Scope.BOTH)
THRESHOLD_MODE = Setting("threshold_mode", "", Scope.BOTH)
# Negative: the modality's own default.
THRESHOLD_PERCENT = Setting("threshold_percent", -1.0, Scope.BOTH)
THRESHOLD_SCORE = Setting("threshold_score", 0.5, Scope.BOTH)
# What is a small area at one resolution is most of a scene at another: never carried to the next project.
MIN_AREA = Setting("min_area", -1.0, Scope.PROJECT)
# Empty: a temporary folder.
OUTPUT_FOLDER = Setting("output_folder", "", Scope.BOTH)

EXPORT_FORMAT = Setting("export_format", "ESRI Shapefile")
EXPORT_FOLDER = Setting("export_folder", "")
EXPORT_ADD = Setting("export_add_to_project", True)

BATCH_FOLDER = Setting("batch_folder", "")
BATCH_SOURCE = Setting("batch_source", "")
BATCH_ADD = Setting("batch_add_to_project", False)

REVIEW_ADVANCE = Setting("review_advance", True)
REVIEW_FOLLOW = Setting("review_follow", True)
# How many times a polygon's size the map shows.
REVIEW_CONTEXT = Setting("review_context", 8.0)
REVIEWER = Setting("reviewer", "")
