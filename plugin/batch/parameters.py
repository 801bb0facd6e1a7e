"""How a batch searches: as the panel is set, or as a run of the project was made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QCoreApplication

from ..numbers import digits_text
from ..teach.models import folder_with, name_in

translate = QCoreApplication.translate


@dataclass(frozen=True)
class Parameters:
    """How each scene is searched.

    Attributes:
        detector: the engine's name of it.
        modality: the engine's name of it; None: each scene's own.
        threshold: ``{"percent": p}`` or ``{"score": s}``; None: the modality's own.
        min_area: the smallest anomaly; None: the modality's own.
        model: of a detector that takes one; None where there is none.
        peak_share: of an anomaly's own highest raw score that its pixels reach, 0 to 1; None: the detector's own.
    """

    detector: str
    modality: str | None = None
    threshold: dict[str, float] | None = None
    min_area: float | None = None
    model: str | None = None
    peak_share: float | None = None

    @classmethod
    def of_request(cls, params: dict[str, Any]) -> Parameters:
        """Those of a ``detect`` request, such as the dock makes."""
        return cls(**{name: params.get(name) for name in cls.__dataclass_fields__})

    @classmethod
    def of_run(cls, provenance: dict[str, Any]) -> Parameters:
        """Those that a run was made with, from the provenance of its heat map."""
        used = provenance.get("parameters") or {}
        chosen = {key: used.get(f"threshold_{key}") for key in ("percent", "score")}
        threshold = {key: value for key, value in chosen.items() if value is not None}
        takes_model = "model" in (provenance.get("detector_parameters") or {})
        model = folder_with(str(provenance.get("weights_sha256"))) if takes_model else None
        return cls(
            str(provenance["detector"]),
            provenance.get("modality"),
            threshold or None,
            used.get("min_area"),
            None if model is None else str(model),
            used.get("peak_share"),
        )

    def request(self) -> dict[str, Any]:
        """The parameters of a ``detect`` request."""
        return {name: value for name, value in vars(self).items() if value is not None}

    def describe(self, detector_label: str) -> str:
        """In words, without the modality.

        Args:
            detector_label: the detector's name for people.
        """
        if self.threshold is None:
            threshold = translate("Batch", "each modality's own threshold")
        elif "percent" in self.threshold:
            threshold = translate("Batch", "top {percent} %").format(percent=digits_text(self.threshold["percent"]))
        else:
            threshold = translate("Batch", "score from {score}").format(score=digits_text(self.threshold["score"]))
        if self.min_area is None:
            smallest = translate("Batch", "each modality's own smallest area")
        else:
            smallest = translate("Batch", "smallest area {area} (m², or pixels without CRS)").format(
                area=digits_text(self.min_area)
            )
        parts = [detector_label, threshold, smallest]
        if self.model is not None:
            parts.insert(1, translate("Batch", "model “{name}”").format(name=name_in(Path(self.model))))
        if self.peak_share:
            outlines = translate("Batch", "outlines from {share} % of the peak")
            parts.append(outlines.format(share=digits_text(100 * self.peak_share)))
        return " · ".join(parts)
