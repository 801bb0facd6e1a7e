"""The training of UniADRS: batches, losses, checkpoints.

Each step sees a batch of spatial and one of spectral anomalies, as in the paper's Algorithm 1, through the stem of
each, and descends on L = L_p + w L_f (Eq. 15) and a pairwise term.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from ..engine.errors import EngineError
from ..engine.models.uniadrs import STEM_BANDS, UniADRS, UniADRSConfig, interpolation_matrix
from .losses import PixelLoss, cross_entropy, feature_loss, pairwise_loss
from .simulation import Bank, SpatialSimulator, SpectralSimulator
from .uniadrs_batches import Batch, BatchStream, collate, turned
from .uniadrs_settings import Settings

CHECKPOINT_SECONDS = 240
_SPATIAL_BANDS = 3
_SAMPLE = 8192


class Trainer:
    """The network in training, with everything that a checkpoint holds.

    Args:
        settings: of the run.
        device: torch device.
    """

    def __init__(self, settings: Settings, device: str) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.device = torch.device(device)
        config = UniADRSConfig(tuple(settings.widths), settings.features, settings.embedding)
        self.network = UniADRS(config).to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = UniADRS(config).to(self.device)
        self.average.load_state_dict(self.network.state_dict())
        self.average.eval()
        self.pixel_losses = torch.nn.ModuleDict({stem: PixelLoss() for stem in ("spatial", "spectral")}).to(self.device)
        if not settings.trunk:
            for name, parameter in self.network.named_parameters():
                parameter.requires_grad_(any(f".{stem}" in name for stem in ("spatial", "spectral")))
        # Interpolation gives one band's weight to 270 copies: their sum would move 270 times as fast.
        slow = [stem.bands for stem in self.network.stems.values()]  # type: ignore[union-attr]
        rest = [p for p in self.network.parameters() if not any(p is q for q in slow)]
        rate = settings.learning_rate
        self.optimizer = torch.optim.AdamW(
            [
                {"params": rest, "rate": rate, "weight_decay": settings.weight_decay},
                {"params": slow, "rate": rate / 16, "weight_decay": 0.0},
                {"params": list(self.pixel_losses.parameters()), "rate": rate / 2, "weight_decay": 0.0},
            ],
            lr=rate,
        )
        self.step = 0
        self.seconds = 0.0
        self.averaged: list[int] = []

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "losses": self.pixel_losses.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "settings": asdict(self.settings),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a checkpoint."""
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.pixel_losses.load_state_dict(state["losses"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        self.seconds = state["seconds"]

    def learn(self, batches: dict[str, Batch]) -> dict[str, float]:
        """One step; returns the losses by name."""
        self.network.train()
        factor = self._rate_factor()
        for group in self.optimizer.param_groups:
            group["lr"] = group["rate"] * factor
        self.optimizer.zero_grad(set_to_none=True)
        seen: dict[str, float] = {}
        for stem, batch in batches.items():
            # Backward for each stem by itself, so that only one's activations are in memory.
            loss, parts = self._loss(stem, batch)
            loss.backward()
            seen.update({f"{stem}_{name}": value for name, value in parts.items()})
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        if torch.isfinite(norm):
            self.optimizer.step()
            for pixel_loss in self.pixel_losses.values():
                cast(PixelLoss, pixel_loss).keep_within_limits()
        self.step += 1
        decay = min(self.settings.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for old, new in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
                if old.dtype.is_floating_point:
                    old.lerp_(new, 1 - decay)
        return seen

    def _rate_factor(self) -> float:
        warm = min(1.0, (self.step + 1) / 100)
        done = self.step / max(1, self.settings.steps)
        share = max(0.0, (done - self.settings.decay_from) / (1 - self.settings.decay_from))
        return warm * (0.01 + 0.99 * 0.5 * (1 + float(np.cos(np.pi * min(1.0, share)))))

    def _loss(self, stem: str, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        device = self.device
        bands = batch.bands.to(device).contiguous(memory_format=torch.channels_last)
        maps = batch.maps.to(device).contiguous(memory_format=torch.channels_last)
        anomaly, background = batch.anomaly.to(device), batch.background.to(device)
        count = bands.shape[1]
        projection = torch.eye(STEM_BANDS) if count == STEM_BANDS else interpolation_matrix(count)
        with torch.autocast(device.type, torch.bfloat16):
            output = self.network(bands, maps, projection.to(device), stem)
        logit = output.logit[:, 0].float()
        # All anomalous pixels and one in four of the others: as good an estimate of the means, and a third faster.
        anomaly, background = anomaly.flatten(1), background.flatten(1)
        background = background * (torch.rand_like(background) < 0.25)
        chosen = ((anomaly > 0) | (background > 0)).flatten().nonzero()[:, 0]
        flat = logit.flatten()[chosen], anomaly.flatten()[chosen], background.flatten()[chosen]
        plain = self.settings.pixel_loss == "cross_entropy"
        parts = {"pixel": cross_entropy(*flat) if plain else self.pixel_losses[stem](*flat)}
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


def _some(pixels: Tensor, most: int = 2048) -> Tensor:
    """Indices of at most ``most`` of the chosen pixels, at random."""
    indices = pixels.nonzero()[:, 0]
    return indices[torch.randperm(len(indices), device=indices.device)[:most]]


@torch.no_grad()
def held_out_auc(network: UniADRS, bank: Bank, device: torch.device, scenes: int = 12) -> dict[str, float]:
    """Mean AUC(D,F) on simulated scenes that no step has seen: of the network and, beside it, of RX."""
    from sklearn.metrics import roc_auc_score

    network.eval()
    found: dict[str, list[float]] = {}
    kinds = ["visible", "sar", "infrared", "low_light", "spectral"]
    simulators = SpatialSimulator(bank), SpectralSimulator(bank)
    for kind in kinds:
        for index in range(scenes):
            rng = np.random.default_rng([987_654_321, kinds.index(kind), index])
            spectral = kind == "spectral"
            scene = simulators[1].sample(rng) if spectral else simulators[0].sample(rng, kind)
            batch = collate([scene], spectral, rng)
            if not bool((batch.anomaly > 0).any()):
                continue
            bands = batch.bands.to(device).contiguous(memory_format=torch.channels_last)
            count = bands.shape[1]
            projection = (torch.eye(STEM_BANDS) if count == STEM_BANDS else interpolation_matrix(count)).to(device)
            with torch.autocast(device.type, torch.bfloat16):
                output = network(bands, batch.maps.to(device), projection, "spectral" if spectral else "spatial")
            counted = (batch.anomaly[0] > 0) | (batch.background[0] > 0)
            truth = (batch.anomaly[0] > 0)[counted].numpy()
            logit = output.logit[0, 0].float().cpu()
            found.setdefault(kind, []).append(float(roc_auc_score(truth, logit[counted].numpy())))
            found.setdefault(f"{kind}_rx", []).append(float(roc_auc_score(truth, batch.maps[0, 0][counted].numpy())))
    return {kind: float(np.mean(values)) for kind, values in found.items()}


def train(
    data: Path,
    out: Path,
    settings: Settings,
    device: str = "auto",
    export: Path | None = None,
    report: Path | None = None,
    init: Path | None = None,
    average: Sequence[Path] = (),
    note: str = "",
) -> Trainer:
    """Train, or continue the run that lies in ``out``.

    Args:
        data: folder of training imagery.
        out: folder of the run.
        settings: of the run.
        device: "auto", "cpu" or "cuda".
        export: where weights and card go at the end.
        report: what ``evaluate`` saved, for the card.
        init: checkpoint of another run whose averaged weights to begin with.
        average: earlier checkpoints of this run; with them the weights are averaged at the end.
        note: a sentence on the run, for the card.

    Raises:
        EngineError: ``bad_parameter``: there is nothing to train on.
    """
    try:
        bank = Bank.load(data)
    except FileNotFoundError as error:
        raise EngineError("bad_parameter", str(error), "Choose another --data folder.") from error
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(settings, device)
    checkpoint = out / "checkpoint.pt"
    if checkpoint.is_file():
        trainer.restore(torch.load(checkpoint, map_location=device, weights_only=True))
        print(f"continuing {out} at step {trainer.step}", file=sys.stderr)
    elif init is not None:
        state = torch.load(init, map_location=device, weights_only=True)
        trainer.network.load_state_dict(state["average"])
        trainer.average.load_state_dict(state["average"])
    (out / "settings.json").write_text(json.dumps(asdict(settings), indent=2) + "\n", encoding="utf-8")
    _loop(trainer, bank, out)
    if average:
        states = [torch.load(path, map_location=device, weights_only=True) for path in average]
        average_weights(trainer, bank, states)
    if export is not None:
        from .weights import export_weights

        export_weights(trainer, bank, export, report, note)
    return trainer


@torch.no_grad()
def average_weights(trainer: Trainer, bank: Bank, states: Sequence[dict[str, Any]], batches: int = 24) -> None:
    """Make the trainer's averaged weights the mean of themselves and those of other checkpoints of its run.

    A mean over a run lies in a wider valley than its end, and keeps what late steps trade for simulated scenes. The
    statistics of the normalisations, which no mean fits, are taken anew on simulated scenes.

    Args:
        trainer: after the run.
        bank: to draw scenes from.
        states: as :meth:`Trainer.state` gives them.
        batches: how many to take the statistics from.
    """
    network = trainer.average
    mean = dict(network.state_dict())
    for name, value in mean.items():
        if value.dtype.is_floating_point:
            mean[name] = torch.stack([value, *(state["average"][name] for state in states)]).mean(0)
    network.load_state_dict(mean)
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    network.train()
    settings = trainer.settings
    stream = BatchStream(bank, replace(settings, seed=settings.seed + 1, spatial_reuse=1, spectral_reuse=1), 0)
    device = trainer.device
    for index in range(batches):
        for stem, batch in zip(("spatial", "spectral"), stream.draw(index), strict=True):
            if batch is None:
                continue
            count = batch.bands.shape[1]
            projection = torch.eye(STEM_BANDS) if count == STEM_BANDS else interpolation_matrix(count)
            with torch.autocast(device.type, torch.bfloat16):
                network(batch.bands.to(device), batch.maps.to(device), projection.to(device), stem)
    network.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    trainer.averaged = sorted({*(int(state["step"]) for state in states), trainer.step})


def _loop(trainer: Trainer, bank: Bank, out: Path) -> None:
    settings = trainer.settings
    # Reused scenes come from the draw before: a resumed run goes back to where one was drawn.
    period = int(np.lcm(settings.spatial_reuse, settings.spectral_reuse))
    first = trainer.step // period * period
    loader = DataLoader(
        BatchStream(bank, settings, first), batch_size=None, num_workers=1, prefetch_factor=8, persistent_workers=True
    )
    kept: dict[str, Batch] = {}
    recent: dict[str, list[float]] = {}
    saved = said = time.monotonic()
    index = first
    for spatial, spectral in loader:
        if spatial is not None:
            kept["spatial"] = spatial
        if spectral is not None:
            kept["spectral"] = spectral
        if index < trainer.step:
            index += 1
            continue
        if trainer.step >= settings.steps:
            break
        began = time.monotonic()
        rng = np.random.default_rng([settings.seed, 1, index])
        for name, value in trainer.learn({k: turned(b, int(rng.integers(8))) for k, b in kept.items()}).items():
            recent.setdefault(name, []).append(value)
        index += 1
        trainer.seconds += time.monotonic() - began
        if trainer.step % 50 == 0:
            _log(out / "log.csv", trainer, {name: float(np.mean(values)) for name, values in recent.items()})
            elapsed = time.monotonic() - said
            said = time.monotonic()
            remaining = elapsed / 50 * (settings.steps - trainer.step)
            losses = "  ".join(f"{name} {np.mean(values):.3f}" for name, values in recent.items())
            speed = f"{elapsed / 50:.2f} s/step  {remaining / 60:.0f} min to go"
            print(f"step {trainer.step}/{settings.steps}  {speed}  {losses}", file=sys.stderr, flush=True)
            recent.clear()
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            _save(trainer, out)
            saved = time.monotonic()
    _save(trainer, out)
    if index == first:
        return
    scores = held_out_auc(trainer.average, bank, trainer.device)
    (out / "held_out.json").write_text(json.dumps(scores, indent=2) + "\n", encoding="utf-8")
    print("held-out simulated scenes, AUC(D,F):", {k: round(v, 4) for k, v in scores.items()}, file=sys.stderr)


def _save(trainer: Trainer, out: Path) -> None:
    partial = out / "checkpoint.partial"
    torch.save(trainer.state(), partial)
    partial.replace(out / "checkpoint.pt")


def _log(path: Path, trainer: Trainer, values: dict[str, float]) -> None:
    fresh = not path.is_file()
    with path.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        if fresh:
            writer.writerow(["step", "seconds", *values])
        writer.writerow([trainer.step, round(trainer.seconds, 1), *(round(v, 5) for v in values.values())])
