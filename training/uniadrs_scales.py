"""Learns how UniADRS weighs what it sees at several resolutions of a scene, once its network is trained.

The network stays as it is. It scores larger simulated scenes at each resolution, and a small one learns, pixel by
pixel, which of these scores to believe: from scenes whose objects are as small and as large as each modality's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..engine.detectors.uniadrs import best_dtype, shrink
from ..engine.models.uniadrs import ScaleMix, UniADRS, interpolation_matrix
from .losses import PixelLoss, pairwise_loss
from .simulation import Bank, SimulatedScene, SpatialSimulator
from .simulation.spatial import SpatialConfig
from .uniadrs_batches import SPATIAL_BANDS, collate
from .uniadrs_settings import Settings

SCENES = 48
_SIZE = 448
_RATE = 1e-2
_AT_ONCE = 4


@dataclass
class ScoredScene:
    """A simulated scene after the network.

    Attributes:
        kind: its modality.
        logits: at each scale, on the scene's own pixels, (S, H, W).
        anomaly: weights, (H, W); see :class:`~anomaly_lens.training.uniadrs_batches.Batch`.
        background: likewise.
    """

    kind: str
    logits: Tensor
    anomaly: Tensor
    background: Tensor


def large_scenes() -> SpatialConfig:
    """Scenes of twice the side, whose objects are as small as in training and up to twice as large."""
    usual = SpatialConfig()
    twice = {kind: (low, 2 * high) for kind, (low, high) in usual.length.items()}
    return replace(usual, size=_SIZE, length=twice, large=(usual.large[0] * 2, usual.large[1] * 2))


@torch.inference_mode()
def score_at_scales(network: UniADRS, scene: SimulatedScene, scales: tuple[int, ...], device: str) -> ScoredScene:
    """Logits of a folded network at each scale, statistics taken anew at each.

    Args:
        network: folded for :data:`~anomaly_lens.training.uniadrs_batches.SPATIAL_BANDS` bands.
        scene: whose side is a multiple of 16 at each scale.
        scales: resolutions.
        device: torch device.
    """
    projection = interpolation_matrix(SPATIAL_BANDS).to(device)
    found = []
    for scale in scales:
        image = np.asarray(shrink(scene.image, np.ones(scene.label.shape, bool), 0, scale)[0], np.float32)
        labels = scene.label[::scale, ::scale], scene.objects[::scale, ::scale]
        batch = collate([SimulatedScene(image, *labels, scene.kind)], False, np.random.default_rng(0))
        logit = network(batch.bands.to(device), batch.maps.to(device), projection).logit
        if scale > 1:
            logit = functional.interpolate(logit, scale_factor=scale, mode="bilinear", align_corners=False)
        found.append(logit[0, 0].cpu())
        if scale == 1:
            weights = batch.anomaly[0], batch.background[0]
    return ScoredScene(scene.kind, torch.stack(found), *weights)


def scored_scenes(
    network: UniADRS, bank: Bank, settings: Settings, device: str, count: int, first: int
) -> list[ScoredScene]:
    """``count`` simulated scenes after the network; others for another ``first``."""
    simulator = SpatialSimulator(bank, large_scenes())
    folded = network.folded(interpolation_matrix(SPATIAL_BANDS), best_dtype(device)).to(device)
    drawn = (np.random.default_rng([settings.seed, 2, index]) for index in range(first, first + count))
    return [score_at_scales(folded, simulator.sample(rng), settings.scales, device) for rng in drawn]


def learn_mix(mix: ScaleMix, scenes: list[ScoredScene], settings: Settings) -> None:
    """Teach ``mix`` on scored scenes, by L_p and the pairwise loss."""
    torch.manual_seed(settings.seed)
    rng = np.random.default_rng([settings.seed, 3])
    loss_of = PixelLoss()
    optimizer = torch.optim.Adam(mix.parameters(), lr=_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.mix_steps)
    for _ in range(settings.mix_steps):
        losses = []
        for index in rng.integers(len(scenes), size=_AT_ONCE):
            scene = scenes[index]
            background = scene.background * (torch.rand_like(scene.background) < 0.1)
            chosen = (scene.anomaly > 0) | (background > 0)
            logit = mix(scene.logits[None, :, chosen][..., None])[0, 0, :, 0]
            weights = scene.anomaly[chosen], background[chosen]
            losses.append(loss_of(logit, *weights) + settings.pair_weight * pairwise_loss(logit, *weights))
        optimizer.zero_grad()
        torch.stack(losses).mean().backward()
        optimizer.step()
        schedule.step()


@torch.no_grad()
def mix_aucs(mix: ScaleMix, scenes: list[ScoredScene]) -> dict[str, float]:
    """Mean AUC(D,F) by modality: of each scale, of their mean, and of the mix."""
    from sklearn.metrics import roc_auc_score

    found: dict[str, list[float]] = {}
    for scene in scenes:
        counted = (scene.anomaly > 0) | (scene.background > 0)
        truth = (scene.anomaly > 0)[counted].numpy()
        scores = {f"scale {index}": logit for index, logit in enumerate(scene.logits)}
        scores |= {"mean": scene.logits.mean(0), "mix": mix(scene.logits[None])[0, 0]}
        for name, score in scores.items():
            found.setdefault(f"{scene.kind}, {name}", []).append(float(roc_auc_score(truth, score[counted].numpy())))
    return {name: float(np.mean(values)) for name, values in sorted(found.items())}
