"""The settings of a training run of UniADRS, and reading them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..engine.errors import EngineError
from ..engine.models.uniadrs import STEMS, UniADRSConfig
from .settings import check_limits, check_ranges, read_change, settings_of

_WIDTHS = 5
"""Resolutions of the network."""

PIXEL_LOSSES = ("large_margin", "cross_entropy")


@dataclass
class Settings:
    """Everything that decides how the network behind one stem is trained, besides the data.

    Attributes:
        seed: of the network's beginning and of every scene.
        steps: how many; the learning rate falls to its end with the last.
        stop: after how many of these to stop nevertheless; 0: after all.
        batch: scenes a step.
        reuse: how often a simulated scene is used, each time mirrored and turned otherwise.
        learning_rate: of Adam, constant up to ``decay_from``, then falling as a cosine to a hundredth.
        weight_decay: as in the paper.
        decay_from: share of the steps.
        ema: decay of the exponential moving average that becomes the weights.
        pixel_loss: "large_margin" (L_p) or "cross_entropy".
        feature_weight: w of Eq. 15.
        pair_weight: weight of the pairwise loss.
        large_objects: simulate B0.
        natural: share of photographs cropped to show objects that they are known to show; 0: none is looked for. It is
            the spatial stem's.
        markings: share of photographs on whose ground lines and signs are painted. It is the spatial stem's.
        aircraft: share of the cut-outs pasted on photographs that are drawn aircraft. It is the spatial stem's.
        doubt: share of the pixels of a photograph or a real cube that may be foreign without anybody having told: so
            many of the background's pixels, those that the network finds most foreign, do not count.
        larger: share of scenes shown by the statistics of one that is up to 64 times as large.
        widths: of the network.
        features: of the network.
        embedding: of the network.
        components: of the network.
        damping: of the whitening that the maps of training scenes rest on, as a share of each band's variance, see
            :func:`~anomaly_lens.engine.models.deviation.scene_statistics`.
    """

    seed: int = 2024
    steps: int = 5000
    stop: int = 0
    batch: int = 4
    reuse: int = 2
    learning_rate: float = 2e-3
    weight_decay: float = 1e-5
    decay_from: float = 0.4
    ema: float = 0.998
    pixel_loss: str = "large_margin"
    feature_weight: float = 0.1
    pair_weight: float = 0.5
    large_objects: bool = True
    natural: float = 0.0
    markings: float = 0.0
    aircraft: float = 0.0
    doubt: float = 0.0
    larger: float = 0.0
    widths: tuple[int, ...] = (32, 32, 64, 96, 128)
    features: int = 32
    embedding: int = 12
    components: int = 0
    damping: float = 0.0

    def network(self) -> UniADRSConfig:
        """The shape of the network."""
        return UniADRSConfig(self.widths, self.features, self.embedding, self.components)

    def __post_init__(self) -> None:
        """JSON knows lists only, and any word for the loss."""
        check_limits(self.seed, self.steps, self.batch, self.reuse, self.decay_from)
        check_ranges(
            self,
            above=("learning_rate",),
            least=("stop", "weight_decay", "feature_weight", "pair_weight", "damping"),
            shares=("ema", "natural", "markings", "aircraft", "doubt", "larger"),
        )
        given = self.widths if isinstance(self.widths, (list, tuple)) else ()
        if len(given) != _WIDTHS or not all(isinstance(width, int) and width > 0 for width in given):
            msg = f"The setting “widths” cannot be “{self.widths}”."
            raise EngineError("bad_parameter", msg, "Give it five whole numbers, such as [32, 32, 64, 96, 128].")
        self.widths = tuple(given)
        for name, least in (("features", 1), ("embedding", 1), ("components", 0)):
            if getattr(self, name) < least:
                msg = f"The setting “{name}” cannot be “{getattr(self, name)}”."
                raise EngineError("bad_parameter", msg, f"Give it a whole number, {least} or more.")
        if self.pixel_loss not in PIXEL_LOSSES:
            msg = f"The setting “pixel_loss” cannot be “{self.pixel_loss}”."
            raise EngineError("bad_parameter", msg, f"Give it one of: {', '.join(PIXEL_LOSSES)}.")


def read_settings(
    path: Path | None, changes: list[str] | None = None, begun: Mapping[str, Settings] | None = None
) -> dict[str, Settings]:
    """Settings of each stem's network, from a JSON file and ``name=value`` changes.

    The file holds an object for each stem. A change applies to both, or to one as in ``spectral.steps=2000``.

    Args:
        path: of the file; None: a run that was begun keeps its own, and all else has the shipped ones.
        changes: come after these.
        begun: settings of the runs that are continued, by stem.

    Raises:
        EngineError: ``bad_parameter`` for a file or a setting that does not fit.
    """
    kept = {} if path is not None else {stem: asdict(own) for stem, own in (begun or {}).items()}
    path = path or Path(__file__).parent / "configs" / "uniadrs.json"
    try:
        file = json.loads(path.read_text(encoding="utf-8")) | kept
        values: dict[str, dict[str, Any]] = {stem: dict(own) for stem, own in file.items()}
        values = {stem: {} for stem in STEMS} | values
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise EngineError(
            "bad_parameter", f"{path} is no JSON file of settings: {error}.", "Check --config."
        ) from error
    for name, value in map(read_change, changes or []):
        stem, _, own = name.rpartition(".")
        for each in STEMS if not stem else (stem,):
            values.setdefault(each, {})[own] = value
    if unknown := sorted({*values} - {*STEMS}):
        raise EngineError("bad_parameter", f"There is no stem “{unknown[0]}”.", f"Stems are: {', '.join(STEMS)}.")
    return {stem: settings_of(Settings, own) for stem, own in values.items()}
