"""Simulated scenes with known anomalies, drawn from real backgrounds, real objects and real spectra."""

from __future__ import annotations

from .bank import Bank, Source, read_bank
from .sample import ANOMALY, BACKGROUND, IGNORED, LARGE_OBJECT, SimulatedScene
from .spatial import SpatialSimulator
from .spectral import SpectralSimulator

__all__ = [
    "ANOMALY",
    "BACKGROUND",
    "IGNORED",
    "LARGE_OBJECT",
    "Bank",
    "SimulatedScene",
    "Source",
    "SpatialSimulator",
    "SpectralSimulator",
    "read_bank",
]
