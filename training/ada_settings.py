"""The settings of a training run of Mask DINO^Ada or Mask2Former^Ada, and reading them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..engine.errors import EngineError
from ..engine.models.ada.network import AdaConfig
from ..engine.models.uniadrs import MULTIPLE
from .settings import check_limits, check_ranges, settings_of


@dataclass
class AdaSettings:
    """Everything that decides a run, besides the data and the head.

    Attributes:
        seed: of the network's beginning, of every scene and of the queries.
        steps: how many; the learning rate falls to its end with the last.
        stop: after how many of these to stop nevertheless; 0: after all.
        batch: scenes a step.
        reuse: how often a simulated scene is used, each time mirrored and turned otherwise.
        size: side of an image in pixels of the masks.
        fine: share of steps on scenes whose masks have the full resolution: infrared and hyperspectral ones.
        spectral: share of hyperspectral scenes among these.
        sea: share of ships at sea among radar scenes.
        crowded: share of steps whose scenes hold dozens of instances, as the paper's do, and no normal clutter; in the
            others there are few, as in most scenes.
        larger: share of scenes shown by the statistics of one that is up to 64 times as large.
        trunk_rate: how much slower the pretrained trunk learns than all else.
        learning_rate: of AdamW, constant up to ``decay_from``, then falling as a cosine to a hundredth.
        weight_decay: of AdamW.
        decay_from: share of the steps.
        ema: decay of the exponential moving average that becomes the weights.
        map_weight: lambda of Eq. 9, the weight of L_AUC.
        refine: add rank embeddings to the pixel embeddings (an adaptation of Table IV).
        select: take queries from the anomaly map (the other adaptation).
        trunk: train trunk, pixel decoder and anomaly map too; without it only the head learns, on those of ``--init``.
    """

    seed: int = 2024
    steps: int = 3000
    stop: int = 0
    batch: int = 6
    reuse: int = 1
    size: int = 96
    fine: float = 0.5
    spectral: float = 0.5
    sea: float = 0.5
    crowded: float = 0.35
    larger: float = 0.5
    trunk_rate: float = 0.2
    learning_rate: float = 5e-4
    weight_decay: float = 1e-4
    decay_from: float = 0.5
    ema: float = 0.998
    map_weight: float = 1.0
    refine: bool = True
    select: bool = True
    trunk: bool = True

    def __post_init__(self) -> None:
        """Some numbers train nothing."""
        check_limits(self.seed, self.steps, self.batch, self.reuse, self.decay_from)
        check_ranges(
            self,
            above=("learning_rate",),
            least=("stop", "trunk_rate", "weight_decay", "map_weight"),
            shares=("ema", "fine", "spectral", "sea", "crowded", "larger"),
        )
        if self.size < MULTIPLE or self.size % MULTIPLE:
            msg = f"The setting “size” cannot be “{self.size}”."
            raise EngineError("bad_parameter", msg, f"Give it a multiple of {MULTIPLE}.")

    def network(self, head: str) -> AdaConfig:
        """The shape of the network with a head."""
        return AdaConfig(head=head, refine=self.refine, select=self.select)


def read_ada_settings(path: Path, changes: list[str] | None = None) -> AdaSettings:
    """Settings from a JSON file and ``name=value`` changes.

    Raises:
        EngineError: ``bad_parameter`` for a file or a setting that does not fit.
    """
    try:
        values: dict[str, Any] = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        msg = f"{path} is no JSON file of settings: {error}."
        raise EngineError("bad_parameter", msg, "Check --config.") from error
    return settings_of(AdaSettings, values, changes or [])
