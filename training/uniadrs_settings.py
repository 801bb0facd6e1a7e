"""The settings of a training run of UniADRS, and reading them."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ..engine.errors import EngineError


@dataclass
class Settings:
    """Everything that decides a run, besides the data.

    Attributes:
        steps: how many.
        seed: of the network's beginning and of every scene.
        spatial_batch: spatial scenes a step.
        spectral_batch: spectral scenes a step.
        spatial_reuse: how often a simulated scene is used, each time mirrored and turned otherwise.
        spectral_reuse: likewise.
        learning_rate: of Adam, constant up to ``decay_from``, then falling as a cosine to a hundredth.
        weight_decay: as in the paper.
        decay_from: share of the steps.
        ema: decay of the exponential moving average that becomes the weights.
        pixel_loss: "large_margin" (L_p) or "cross_entropy".
        feature_weight: w of Eq. 15.
        pair_weight: weight of the pairwise loss.
        spatial: train on spatial anomalies.
        spectral: train on spectral anomalies.
        trunk: train what both stems share; without it only the stems, their normalisations and their weights of the
            maps learn, so that one kind of scene can be trained further while the other's scores stay as they are.
        large_objects: simulate B0.
        widths: of the network.
        features: of the network.
        embedding: of the network.
    """

    steps: int = 6000
    seed: int = 2024
    spatial_batch: int = 6
    spectral_batch: int = 4
    spatial_reuse: int = 2
    spectral_reuse: int = 4
    learning_rate: float = 2e-3
    weight_decay: float = 1e-5
    decay_from: float = 0.7
    ema: float = 0.998
    pixel_loss: str = "large_margin"
    feature_weight: float = 0.1
    pair_weight: float = 0.5
    spatial: bool = True
    spectral: bool = True
    trunk: bool = True
    large_objects: bool = True
    widths: tuple[int, ...] = (32, 32, 64, 96, 128)
    features: int = 32
    embedding: int = 12


def read_settings(path: Path | None, changes: list[str] | None = None) -> Settings:
    """Settings from a JSON file and ``name=value`` changes.

    Raises:
        EngineError: ``bad_parameter`` for a file or a setting that does not fit.
    """
    path = path or Path(__file__).parent / "configs" / "uniadrs.json"
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EngineError(
            "bad_parameter", f"{path} is no JSON file of settings: {error}.", "Check --config."
        ) from error
    for change in changes or []:
        name, _, text = change.partition("=")
        try:
            values[name] = json.loads(text)
        except ValueError:
            values[name] = text
    known = {field.name for field in fields(Settings)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise EngineError(
            "bad_parameter", f"There is no setting “{unknown[0]}”.", f"Settings are: {', '.join(sorted(known))}."
        )
    values["widths"] = tuple(values.get("widths", Settings.widths))
    return Settings(**values)
