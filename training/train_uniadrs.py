"""The training of UniADRS: batches, losses, checkpoints.

Each step sees a batch of spatial and one of spectral anomalies, as in the paper's Algorithm 1, through the stem of
each, and descends on L = L_p + w L_f (Eq. 15) and a pairwise term.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from ..engine.errors import EngineError
from ..engine.models.deviation import deviation_maps, scene_statistics, standardise
from ..engine.models.uniadrs import STEM_BANDS, UniADRS, UniADRSConfig, interpolation_matrix
from .losses import PixelLoss, cross_entropy, feature_loss, pairwise_loss
from .simulation import ANOMALY, IGNORED, Bank, SimulatedScene, SpatialSimulator, SpectralSimulator
from .simulation.spatial import SpatialConfig
from .simulation.spectral import SpectralConfig

CHECKPOINT_SECONDS = 240
_SPATIAL_BANDS = 3
_SAMPLE = 8192


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


@dataclass
class Batch:
    """Scenes as the network takes them.

    Attributes:
        bands: standardised, (B, C, H, W); spectral scenes on 270 bands.
        maps: deviation maps, (B, 14, H, W).
        anomaly: weight of each pixel as an anomaly, (B, H, W); small objects weigh as much a pixel as makes each object
            count with the square root of its area.
        background: weight as background, (B, H, W).
    """

    bands: Tensor
    maps: Tensor
    anomaly: Tensor
    background: Tensor


def prepare_scene(scene: SimulatedScene, spectral: bool, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Standardised bands, brought to the number that a batch has, and deviation maps of one scene."""
    image = torch.from_numpy(scene.image)
    pixels = image.reshape(len(image), -1).T
    sample = pixels[torch.from_numpy(rng.choice(len(pixels), min(_SAMPLE, len(pixels)), replace=False))]
    exact = pixels.double()
    mean = exact.mean(0)
    centred = exact - mean
    statistics = scene_statistics(sample, mean, centred.T @ centred / (len(pixels) - 1))
    bands = standardise(image, statistics)
    if spectral:
        waves = None if scene.wavelengths is None else [float(w) for w in scene.wavelengths]
        bands = torch.einsum("jc,chw->jhw", interpolation_matrix(len(bands), waves), bands)
    elif len(bands) == 1:
        # One band is the same on any number of bands, once interpolated.
        bands = bands.expand(_SPATIAL_BANDS, -1, -1)
    return bands, deviation_maps(image, statistics)


def collate(scenes: list[SimulatedScene], spectral: bool, rng: np.random.Generator) -> Batch:
    """A batch of simulated scenes."""
    inputs = [prepare_scene(scene, spectral, rng) for scene in scenes]
    anomaly = torch.stack([_anomaly_weights(scene) for scene in scenes])
    labels = torch.from_numpy(np.stack([scene.label for scene in scenes]))
    background = ((labels != ANOMALY) & (labels != IGNORED)).float()
    return Batch(
        torch.stack([bands for bands, _ in inputs]), torch.stack([maps for _, maps in inputs]), anomaly, background
    )


def _anomaly_weights(scene: SimulatedScene) -> Tensor:
    objects = np.where(scene.label == ANOMALY, scene.objects, 0)
    areas = np.bincount(objects.ravel())
    weights = 1 / np.sqrt(np.maximum(areas, 1))
    weights[0] = 0
    return torch.from_numpy(weights[objects].astype(np.float32))


class _Stream(IterableDataset[tuple[Batch | None, Batch | None]]):
    """Endless batches; the n-th is the same whatever the number of workers and wherever a run was resumed."""

    def __init__(self, bank: Bank, settings: Settings, first: int) -> None:
        large = 0.0 if not settings.large_objects else None
        self.spatial = SpatialSimulator(
            bank, SpatialConfig() if large is None else SpatialConfig(large_probability=large)
        )
        self.spectral = SpectralSimulator(
            bank, SpectralConfig() if large is None else SpectralConfig(large_probability=large)
        )
        self.settings = settings
        self.first = first

    def __iter__(self) -> Iterator[tuple[Batch | None, Batch | None]]:
        info = get_worker_info()
        number, step = (info.id, info.num_workers) if info else (0, 1)
        torch.set_num_threads(1)
        index = self.first + number
        while True:
            yield self.draw(index)
            index += step

    def draw(self, index: int) -> tuple[Batch | None, Batch | None]:
        """The batches of spatial and spectral scenes of one step; None where that step reuses earlier ones."""
        s = self.settings
        rng = np.random.default_rng([s.seed, index])
        spatial = spectral = None
        if s.spatial and index % s.spatial_reuse == 0:
            spatial = collate([self.spatial.sample(rng) for _ in range(s.spatial_batch)], False, rng)
        if s.spectral and index % s.spectral_reuse == 0:
            spectral = collate([self.spectral.sample(rng) for _ in range(s.spectral_batch)], True, rng)
        return spatial, spectral


def turned(batch: Batch, turn: int) -> Batch:
    """The batch mirrored (turn 4 to 7) and turned by quarters."""

    def each(x: Tensor) -> Tensor:
        x = x.flip(-1) if turn >= 4 else x
        return torch.rot90(x, turn % 4, (-2, -1))

    return Batch(each(batch.bands), each(batch.maps), each(batch.anomaly), each(batch.background))


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
    stream = _Stream(bank, replace(settings, seed=settings.seed + 1, spatial_reuse=1, spectral_reuse=1), 0)
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
        _Stream(bank, settings, first), batch_size=None, num_workers=1, prefetch_factor=8, persistent_workers=True
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
