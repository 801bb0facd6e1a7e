"""The detectors, found by name.

A detector is one file in this folder with one class under ``@register``; nothing else has to be touched to add one.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import Any

from ..errors import EngineError
from ..profiles import PROFILES, ModalityProfile
from .base import DETECTORS, Detector


@cache
def _load_all() -> None:
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")


def detector_names() -> list[str]:
    """The names of all detectors that can be used, in the order in which they are offered."""
    _load_all()
    usable = [name for name, detector in DETECTORS.items() if detector.available()]
    return sorted(usable, key=lambda name: (DETECTORS[name].order, name))


def create_detector(name: str, profile: ModalityProfile, device: str = "cpu") -> Detector:
    """Make a detector.

    Args:
        name: its registered name.
        profile: the modality it will look at.
        device: a torch device name.

    Raises:
        EngineError: ``unknown_detector``.
    """
    check_name(name)
    return DETECTORS[name](profile, device)


def check_name(name: str) -> None:
    """See whether a detector can be used.

    Raises:
        EngineError: ``unknown_detector``.
    """
    names = detector_names()
    if name not in names:
        raise EngineError(
            "unknown_detector", f"There is no detector called “{name}”.", f"Choose one of: {', '.join(names)}."
        )


def catalog() -> list[dict[str, Any]]:
    """The detectors as they travel to the plugin."""
    return [
        {
            "name": name,
            "label": DETECTORS[name].label,
            "description": DETECTORS[name].description,
            "modalities": list(DETECTORS[name].modalities or PROFILES),
            "threshold_score": DETECTORS[name].threshold_score,
            "takes_model": DETECTORS[name].takes_model,
        }
        for name in detector_names()
    ]
