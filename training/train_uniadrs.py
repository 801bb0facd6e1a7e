"""The training of UniADRS: batches, losses, checkpoints.

The network behind the spatial stem learns from spatial anomalies, the one behind the spectral stem from spectral ones;
both descend on L = L_p + w L_f (Eq. 15) and a pairwise term.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor

from ..engine.device import choose_device
from ..engine.errors import EngineError
from ..engine.models.uniadrs import Stem, UniADRS, interpolation_matrix, load_network
from .losses import PixelLoss, cross_entropy, feature_loss, pairwise_loss
from .run_files import drop_measures, has_measures, save_measures, save_settings
from .simulation import Bank, read_bank
from .trainer import NetworkTrainer, walk
from .uniadrs_batches import Batch, BatchStream, collate, turned
from .uniadrs_settings import Settings

_EVERY = 50
_HELD_OUT_SCENES = 24


class Trainer(NetworkTrainer):
    """The network behind one stem in training.

    Args:
        stem: which.
        settings: of the run.
        device: torch device.
    """

    PIXEL_LOSS_KEY = "losses"

    settings: Settings
    network: UniADRS
    average: UniADRS

    def __init__(self, stem: str, settings: Settings, device: str) -> None:
        super().__init__(settings, device)
        self.stem = stem
        config = settings.network()
        self.network = UniADRS(stem, config).to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = UniADRS(stem, config).to(self.device)
        self.average.load_state_dict(self.network.state_dict())
        self.average.eval()
        self.pixel_loss = PixelLoss().to(self.device)
        # Interpolation gives one band's weight to 270 copies: their sum would move 270 times as fast.
        slow = [cast(Stem, self.network.stem).bands]
        rest = [p for p in self.network.parameters() if p is not slow[0]]
        rate = settings.learning_rate
        self.optimizer = torch.optim.AdamW(
            [
                {"params": rest, "rate": rate, "weight_decay": settings.weight_decay},
                {"params": slow, "rate": rate / 16, "weight_decay": 0.0},
                {"params": list(self.pixel_loss.parameters()), "rate": rate / 2, "weight_decay": 0.0},
            ],
            lr=rate,
        )

    def begin_with(self, weights: Path) -> None:
        """Begin with the weights of a trained network of the same shape; their card's account is kept for ours.

        Args:
            weights: their folder.

        Raises:
            EngineError: ``bad_parameter``: it has another shape; ``bad_weights``.
        """
        network, card = load_network(weights, self.stem)
        if network.config != self.network.config:
            raise EngineError(
                "bad_parameter",
                "The weights to begin with are of a network of another shape.",
                "Give the run the widths, features and embedding of their card, or begin without them.",
            )
        self.network.load_state_dict(network.state_dict())
        self.average.load_state_dict(network.state_dict())
        self.begun_with = {"sha256": card["sha256"], "training": card["training"][self.stem]}
        self.inherit(card)

    def learn(self, batch: Batch) -> dict[str, float]:
        """One step; returns the losses by name."""
        # What chance decides in a step does not depend on where a run was resumed.
        torch.manual_seed(self.settings.seed + 7919 * self.step)
        self.network.train()
        loss, parts = self._loss(batch)
        self._descend(loss)
        return parts

    def _loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        device = self.device
        bands = batch.bands.to(device).contiguous(memory_format=torch.channels_last)
        maps = batch.maps.to(device).contiguous(memory_format=torch.channels_last)
        anomaly, background = batch.anomaly.to(device), batch.background.to(device)
        with torch.autocast(device.type, torch.bfloat16):
            output = self.network(bands, maps, interpolation_matrix(bands.shape[1]).to(device))
        logit = output.logit[:, 0].float()
        # All anomalous pixels and one in four of the others: as good an estimate of the means, and a third faster.
        anomaly, background = anomaly.flatten(1), background.flatten(1)
        background = background * (torch.rand_like(background) < 0.25)
        background = trusted(logit.detach().flatten(1), background, batch.doubt.to(device).flatten(1))
        chosen = ((anomaly > 0) | (background > 0)).flatten().nonzero()[:, 0]
        flat = logit.flatten()[chosen], anomaly.flatten()[chosen], background.flatten()[chosen]
        plain = self.settings.pixel_loss == "cross_entropy"
        parts = {"pixel": cross_entropy(*flat) if plain else self.pixel_loss(*flat)}
        if self.settings.feature_weight:
            terms = []
            for features, a, b in zip(output.features.flatten(2), anomaly, background, strict=True):
                some = [_some(pixels > 0) for pixels in (a, b)]
                picked = features[:, torch.cat(some)]
                first = torch.arange(len(some[0]) + len(some[1]), device=device) < len(some[0])
                terms.append(feature_loss(picked, first, ~first))
            parts["feature"] = torch.stack(terms).mean()
        if self.settings.pair_weight:
            pairs = [pairwise_loss(s, a, b) for s, a, b in zip(logit.flatten(1), anomaly, background, strict=True)]
            parts["pair"] = torch.stack(pairs).mean()
        weights = {"pixel": 1.0, "feature": self.settings.feature_weight, "pair": self.settings.pair_weight}
        total = torch.stack([weights[name] * value for name, value in parts.items()]).sum()
        return total, {name: float(value.detach()) for name, value in parts.items()}


def trusted(logit: Tensor, background: Tensor, doubt: Tensor) -> Tensor:
    """The background without the pixels that look most foreign, where a scene may show objects of which nobody told.

    Args:
        logit: (B, N).
        background: weights, (B, N).
        doubt: share of a scene's doubtful pixels that are taken out, (B, N); of the others it is 0.

    Returns:
        Weights, (B, N).
    """
    kept = background.clone()
    for scores, weights, share in zip(logit, kept, doubt, strict=True):
        doubtful = (share > 0) & (weights > 0)
        if doubtful.any():
            limit = torch.quantile(scores[doubtful], 1 - share.max())
            weights[doubtful & (scores > limit)] = 0
    return kept


def _some(pixels: Tensor, most: int = 2048) -> Tensor:
    """Indices of at most ``most`` of the chosen pixels, at random."""
    indices = pixels.nonzero()[:, 0]
    return indices[torch.randperm(len(indices), device=indices.device)[:most]]


@torch.no_grad()
def held_out_auc(trainer: Trainer, bank: Bank) -> dict[str, float]:
    """Mean AUC(D,F) on simulated scenes that no step has seen: of the averaged network and, beside it, of RX."""
    from sklearn.metrics import roc_auc_score

    network, device, spectral = trainer.average, trainer.device, trainer.stem == "spectral"
    simulator = BatchStream(trainer.stem, bank, trainer.settings, 0).simulator
    found: dict[str, list[float]] = {}
    for kind in simulator.kinds:
        for index in range(_HELD_OUT_SCENES):
            rng = np.random.default_rng([987_654_321, *kind.encode(), index])
            batch = collate([simulator.sample(rng, kind)], spectral, rng, trainer.settings.components)
            if not bool((batch.anomaly > 0).any()):
                continue
            bands = batch.bands.to(device).contiguous(memory_format=torch.channels_last)
            with torch.autocast(device.type, torch.bfloat16):
                output = network(bands, batch.maps.to(device), interpolation_matrix(bands.shape[1]).to(device))
            counted = (batch.anomaly[0] > 0) | (batch.background[0] > 0)
            truth = (batch.anomaly[0] > 0)[counted].numpy()
            logit = output.logit[0, 0].float().cpu()
            found.setdefault(kind, []).append(float(roc_auc_score(truth, logit[counted].numpy())))
            found.setdefault(f"{kind}_rx", []).append(float(roc_auc_score(truth, batch.maps[0, 0][counted].numpy())))
    return {kind: float(np.mean(values)) for kind, values in found.items()}


def train(
    data: Path, out: Path, settings: dict[str, Settings], device: str = "auto", init: Path | None = None
) -> dict[str, Trainer]:
    """Train the network behind each stem, one after the other, or continue the runs that lie in ``out``.

    Args:
        data: folder of training imagery.
        out: folder of the run; each stem has a folder of its own there.
        settings: by stem.
        device: "auto", "cpu" or "cuda".
        init: folder of weights to begin with.

    Returns:
        The finished trainers by stem.

    Raises:
        EngineError: ``bad_parameter``: there is nothing to train on, or what lies in ``out`` began otherwise;
            ``bad_weights``; ``unknown_device``.
    """
    device = choose_device(device)
    bank = read_bank(data)
    trainers = {}
    fresh: list[str] = []
    for stem, own in settings.items():
        trainer = trainers[stem] = Trainer(stem, own, device)
        if not trainer.go_on(out / stem, init):
            fresh.append(stem)
            if init is not None:
                trainer.begin_with(init)
    begun = [stem for stem, trainer in trainers.items() if trainer.begun_with is not None]
    if begun and fresh and init is None:
        raise EngineError(
            "bad_parameter",
            f"The {begun[0]} network of the run in {out} began with others' weights, the {fresh[0]} one would not.",
            f"Give --init as when the run was started, or --stem {fresh[0]} to train that one from the beginning.",
        )
    # All at once, before the first trains for hours: they tell of which stems a run is that was stopped meanwhile.
    for stem, own in settings.items():
        save_settings(out / stem, own)
    for stem, trainer in trainers.items():
        _loop(trainer, bank, out / stem)
    return trainers


def _loop(trainer: Trainer, bank: Bank, out: Path) -> None:
    settings = trainer.settings
    finished = trainer.step >= trainer.end
    # A run may have been stopped while it measured; one that lies where nothing can be written is exported as it is.
    if finished and (has_measures(out) or not os.access(out, os.W_OK)):
        return
    if not finished:
        trainer.see(bank.sources)
    if settings.natural and trainer.stem == "spatial":
        print("finding the cut-outs in the photographs they are from: some minutes", file=sys.stderr)
        bank = bank.with_known_objects()
    if not finished:
        drop_measures(out)
        # Reused scenes come from the draw before: a resumed run goes back to where one was drawn.
        stream = BatchStream(trainer.stem, bank, settings, trainer.step // settings.reuse * settings.reuse)
        walk(trainer, stream, turned, out, name=trainer.stem, every=_EVERY, digits=3)
    scores = held_out_auc(trainer, bank)
    save_measures(out, scores)
    print("held-out simulated scenes, AUC(D,F):", {k: round(v, 4) for k, v in scores.items()}, file=sys.stderr)
