"""The five modalities: what is usual for each, and which one a file looks like. All of it is data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import EngineError

if TYPE_CHECKING:
    from .scene import Scene


@dataclass(frozen=True)
class ModalityProfile:
    """What is usual for one kind of imagery.

    Attributes:
        name: the identifier used in messages, files and the command line.
        label: the name shown to people.
        description: one sentence on what belongs here.
        default_detector: name of the detector to start with.
        threshold_percent: the share of valid pixels, in percent, that becomes anomalies unless the user says else.
        min_pixels: the smallest anomaly kept, in pixels, unless the user says else.
        inner_window: side of the square around a pixel left out of its local background, in pixels, odd.
        outer_window: side of the square that is the local background, in pixels, odd.
    """

    name: str
    label: str
    description: str
    default_detector: str
    threshold_percent: float
    min_pixels: int
    inner_window: int
    outer_window: int


PROFILES: dict[str, ModalityProfile] = {
    profile.name: profile
    for profile in (
        ModalityProfile(
            "hyperspectral",
            "Hyperspectral",
            "Many narrow bands: spectra that differ from the scene's.",
            default_detector="uniadrs",
            threshold_percent=1.0,
            min_pixels=1,
            inner_window=5,
            outer_window=21,
        ),
        ModalityProfile(
            "visible",
            "Visible and multispectral",
            "Colour or multispectral photographs: objects of unusual colour.",
            default_detector="uniadrs",
            threshold_percent=0.5,
            min_pixels=6,
            inner_window=15,
            outer_window=61,
        ),
        ModalityProfile(
            "sar",
            "SAR",
            "Radar amplitude, intensity or complex data: unusually strong or weak echoes.",
            default_detector="uniadrs",
            threshold_percent=0.5,
            min_pixels=6,
            inner_window=15,
            outer_window=61,
        ),
        ModalityProfile(
            "infrared",
            "Infrared",
            "One thermal or infrared band: spots warmer or colder than around them.",
            default_detector="uniadrs",
            threshold_percent=0.2,
            min_pixels=2,
            inner_window=9,
            outer_window=41,
        ),
        ModalityProfile(
            "low_light",
            "Low light",
            "Night-time imagery: lights where there are none around, or gaps in lights.",
            default_detector="uniadrs",
            threshold_percent=0.5,
            min_pixels=4,
            inner_window=15,
            outer_window=61,
        ),
    )
}

# Words in file names, band names and tags, as sensors and products write them. First match wins.
_HINTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("low_light", ("viirs", "dnb", "night", "lowlight", "low_light", "dmsp", "luojia")),
    (
        "sar",
        (
            "sar",
            "sentinel-1",
            "sentinel1",
            "s1a",
            "s1b",
            "s1c",
            "umbra",
            "capella",
            "iceye",
            "terrasar",
            "radarsat",
            "grd",
            "slc",
            "sigma0",
            "gamma0",
            "s1hand",
            "vv",
            "vh",
            "hh",
            "hv",
            "polarisation",
            "polarization",
        ),
    ),
    ("infrared", ("thermal", "infrared", "tirs", "lwir", "mwir", "brightness_temperature", "flir")),
)

HYPERSPECTRAL_FROM_BANDS = 30
"""A scene with at least this many bands is taken for hyperspectral; multispectral sensors have up to about 20."""

_THERMAL_FROM_NM = 3000.0


def get_profile(name: str) -> ModalityProfile:
    """The profile of that name.

    Raises:
        EngineError: ``unknown_modality``.
    """
    if name not in PROFILES:
        raise EngineError(
            "unknown_modality", f"There is no modality called “{name}”.", f"Choose one of: {', '.join(PROFILES)}."
        )
    return PROFILES[name]


def suggest(scene: Scene) -> tuple[str, str]:
    """Which modality a scene looks like, from its bands, type, wavelengths and tags.

    Args:
        scene: the opened scene; no pixel is read.

    Returns:
        The profile's name, and in a few words why.
    """
    bands = "1 band" if scene.count == 1 else f"{scene.count} bands"
    if scene.is_complex:
        return "sar", f"{bands}, complex values"
    if scene.count >= HYPERSPECTRAL_FROM_BANDS:
        return "hyperspectral", bands
    if scene.wavelengths is not None:
        if min(scene.wavelengths) >= _THERMAL_FROM_NM:
            return "infrared", f"{bands}, thermal wavelengths"
    elif scene.count <= 4:
        words = _words(scene)
        for modality, hints in _HINTS:
            found = next((hint for hint in hints if hint in words), None)
            if found:
                return modality, f"{bands}, “{found}” in name or tags"
    return "visible", f"{bands}, {scene.dtype} pixels"


def _words(scene: Scene) -> set[str]:
    """The words of a scene's file name and tags, and those that all its band names share.

    A band called "near infrared" beside three others does not make an infrared scene.
    """
    shared = set.intersection(*(_split(name) for name in scene.band_names))
    return shared.union(*(_split(text) for text in (scene.name, *scene.tags.values())))


def _split(text: str) -> set[str]:
    """The words of a text, and joined pairs such as ``sentinel-1``."""
    parts = re.split(r"[^a-z0-9]+", text.lower())
    return {*parts, *(f"{a}_{b}" for a, b in zip(parts, parts[1:])), *(f"{a}-{b}" for a, b in zip(parts, parts[1:]))}


def catalog() -> list[dict[str, Any]]:
    """The profiles as they travel to the plugin."""
    return [
        {
            "name": profile.name,
            "label": profile.label,
            "description": profile.description,
            "default_detector": profile.default_detector,
            "threshold_percent": profile.threshold_percent,
            "min_pixels": profile.min_pixels,
        }
        for profile in PROFILES.values()
    ]
