"""The training of Mask DINO^Ada and Mask2Former^Ada on simulated instances.

The original criterion, unchanged, plus lambda L_AUC for the anomaly map (Eq. 9).
"""

from __future__ import annotations

import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch.utils.data import DataLoader

from ..engine.device import choose_device
from ..engine.errors import EngineError
from ..engine.models.ada.network import AdaNetwork
from ..engine.models.ada.trunk import PretrainedTrunk
from ..engine.models.uniadrs import UniADRSConfig, load_network
from ..engine.weights import WEIGHTS_FOLDER, load_weights
from .ada_batches import AdaBatch, AdaStream, turned
from .ada_settings import AdaSettings
from .losses import PixelLoss
from .losses.instances import MASK2FORMER, MASK_DINO
from .machine import source_commit
from .resuming import check_beginning, check_settings, reading_run
from .run_files import cut_log, log_losses, save_checkpoint, save_settings
from .simulation import Bank, Source, read_bank

CHECKPOINT_SECONDS = 240
_EVERY = 25


class AdaTrainer:
    """The network in training, with everything that a checkpoint holds.

    Args:
        head: "mask_dino" or "mask2former".
        settings: of the run.
        device: torch device.
    """

    def __init__(self, head: str, settings: AdaSettings, device: str) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.device = torch.device(device)
        config = settings.network(head)
        self.network = AdaNetwork(config).to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = AdaNetwork(config).to(self.device).eval().requires_grad_(False)
        self.average.load_state_dict(self.network.state_dict())
        self.criterion = MASK_DINO if head == "mask_dino" else MASK2FORMER
        self.map_loss = PixelLoss().to(self.device)
        if not settings.trunk:
            for module in (self.network.trunk, self.network.pixel_decoder, self.network.adaptation):
                module.requires_grad_(False)
        trunk = self.network.trunk
        begun = {id(p) for p in trunk.network.parameters()} if isinstance(trunk, PretrainedTrunk) else set()
        learning = [p for p in self.network.parameters() if p.requires_grad and id(p) not in begun]
        known = [p for p in self.network.parameters() if p.requires_grad and id(p) in begun]
        rate = settings.learning_rate
        self.optimizer = torch.optim.AdamW(
            [
                {"params": learning, "rate": rate, "weight_decay": settings.weight_decay},
                {"params": known, "rate": settings.trunk_rate * rate, "weight_decay": settings.weight_decay},
                {"params": list(self.map_loss.parameters()), "rate": rate / 2, "weight_decay": 0.0},
            ],
            lr=rate,
        )
        self.step = 0
        self.seconds = 0.0
        self.begun_with: dict[str, Any] | None = None
        self.sources: list[Source] = []
        self.commit = source_commit()

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "map_loss": self.map_loss.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "settings": asdict(self.settings),
            "head": self.network.config.head,
            "begun_with": self.begun_with,
            "sources": self.sources,
            "commit": self.commit,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a checkpoint.

        Raises:
            EngineError: ``bad_parameter``: it is of a run with another head or other settings.
        """
        if state["head"] != self.network.config.head:
            raise EngineError(
                "bad_parameter",
                f"The run to continue is of {state['head']}_ada.",
                f"Train {state['head']}_ada, or begin another run with another --out.",
            )
        check_settings(self.settings, state["settings"])
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.map_loss.load_state_dict(state["map_loss"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.begun_with = state["step"], state["seconds"], state["begun_with"]
        self.sources = state.get("sources", [])
        self.commit = state.get("commit")

    def begin_with(self, folder: Path) -> None:
        """Take weights: the trunk of UniADRS, or all that fits of another instance network.

        Raises:
            EngineError: ``bad_parameter``: nothing of them fits, or they are of a network of another shape;
                ``bad_weights``.
        """
        tensors, card = load_weights(folder)
        if card.get("name") == "uniadrs":
            if not self.settings.trunk:
                raise EngineError(
                    "bad_parameter",
                    "Only the head is to learn (trunk=false), but weights of UniADRS have neither pixel decoder nor "
                    "anomaly map for it to learn on.",
                    "Give those of an instance network, --init resources/weights/mask_dino_ada, or --set trunk=true.",
                )
            begun = load_network(folder, "spatial")[0]
            trunk = cast(UniADRSConfig, self.network.config.trunk)
            if replace(begun.config, embedding=trunk.embedding) != trunk:
                raise EngineError(
                    "bad_parameter",
                    f"The weights of UniADRS in {folder} are of a network of another shape than the trunk.",
                    "Train UniADRS with the widths and features that ship, or give other weights with --init.",
                )
            self.begun_with = {"name": card["name"], "sha256": card["sha256"]}
            for network in (self.network, self.average):
                cast(PretrainedTrunk, network.trunk).begin_with(begun)
            return
        own = self.network.state_dict()
        fitting = {k: v.to(own[k].dtype) for k, v in tensors.items() if k in own and own[k].shape == v.shape}
        if not fitting:
            raise EngineError(
                "bad_parameter",
                f"{folder} holds no weights that an instance network could begin with.",
                "Give those of UniADRS or of an instance network.",
            )
        self.begun_with = {name: card[name] for name in ("name", "sha256", "training")}
        for network in (self.network, self.average):
            network.load_state_dict(fitting, strict=False)

    def learn(self, batch: AdaBatch) -> dict[str, float]:
        """One step; returns the losses by name."""
        settings = self.settings
        self.network.train()
        if not settings.trunk:
            for module in (self.network.trunk, self.network.pixel_decoder, self.network.adaptation):
                module.eval()
        factor = self._rate_factor()
        for group in self.optimizer.param_groups:
            group["lr"] = group["rate"] * factor
        generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + self.step)
        images = (
            batch.images[:, : self.network.trunk.inputs].to(self.device).contiguous(memory_format=torch.channels_last)
        )
        targets = batch.targets()
        for target in targets:
            target.masks, target.boxes = target.masks.to(self.device), target.boxes.to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16):
            output = self.network(images, targets, generator, batch.stride)
        parts = self.criterion(output.predictions, targets, output.denoised, generator)
        if settings.trunk:
            anomaly, background = batch.anomaly.to(self.device), batch.background.to(self.device)
            parts["map"] = settings.map_weight * self.map_loss(output.map_logit[:, 0], anomaly, background)
        loss = torch.stack(list(parts.values())).sum()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        if torch.isfinite(norm):
            self.optimizer.step()
            self.map_loss.keep_within_limits()
        self.step += 1
        decay = min(settings.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for old, new in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
                if old.dtype.is_floating_point:
                    old.lerp_(new, 1 - decay)
        return {name: float(value.detach()) for name, value in parts.items()}

    def _rate_factor(self) -> float:
        warm = min(1.0, (self.step + 1) / 100)
        done = self.step / max(1, self.settings.steps)
        share = max(0.0, (done - self.settings.decay_from) / (1 - self.settings.decay_from))
        return warm * (0.01 + 0.99 * 0.5 * (1 + float(np.cos(np.pi * min(1.0, share)))))


def train(
    head: str, data: Path, out: Path, settings: AdaSettings, device: str = "auto", init: Path | None = None
) -> AdaTrainer:
    """Train, or continue the run that lies in ``out``.

    Args:
        head: "mask_dino" or "mask2former".
        data: folder of training imagery.
        out: folder of the run.
        settings: of the run.
        device: "auto", "cpu" or "cuda".
        init: folder of weights to begin with; None: the shipped ones of UniADRS, for the trunk alone.

    Raises:
        EngineError: ``bad_parameter``: there is nothing to train on, or what lies in ``out`` began otherwise;
            ``bad_weights``; ``unknown_device``.
    """
    device = choose_device(device)
    bank = read_bank(data)
    trainer = AdaTrainer(head, settings, device)
    checkpoint = out / "checkpoint.pt"
    if checkpoint.is_file():
        with reading_run(out):
            trainer.restore(torch.load(checkpoint, map_location=device, weights_only=True))
        check_beginning(init, trainer.begun_with)
        print(f"continuing {out} at step {trainer.step}", file=sys.stderr)
    else:
        trainer.begin_with(init or WEIGHTS_FOLDER / "uniadrs")
    save_settings(out, settings)
    _loop(trainer, bank, out)
    return trainer


def _loop(trainer: AdaTrainer, bank: Bank, out: Path) -> None:
    settings = trainer.settings
    if trainer.step >= settings.steps:
        return
    cut_log(out, trainer.step)
    trainer.sources = sorted({*trainer.sources, *bank.sources})
    # Reused scenes come from the draw before: a resumed run goes back to where one was drawn.
    first = trainer.step // settings.reuse * settings.reuse
    stream = AdaStream(bank, settings, first)
    workers = {"num_workers": 1, "prefetch_factor": 6, "persistent_workers": True}
    loader = DataLoader(stream, batch_size=None, **workers)  # type: ignore[arg-type]
    recent: dict[str, list[float]] = {}
    saved = said = time.monotonic()
    kept: AdaBatch | None = None
    for index, drawn in enumerate(loader, first):
        kept = drawn or kept
        if trainer.step >= settings.steps:
            break
        if index < trainer.step or kept is None:
            continue
        began = time.monotonic()
        turn = int(np.random.default_rng([settings.seed, 1, index]).integers(8))
        for name, value in trainer.learn(turned(kept, turn)).items():
            recent.setdefault(name, []).append(value)
        trainer.seconds += time.monotonic() - began
        if trainer.step % _EVERY == 0 or trainer.step >= settings.steps:
            values = {name: float(np.mean(v)) for name, v in recent.items()}
            log_losses(out, trainer.step, trainer.seconds, values)
            speed = (time.monotonic() - said) / len(next(iter(recent.values())))
            said = time.monotonic()
            left = speed * (settings.steps - trainer.step) / 60
            losses = "  ".join(f"{name} {value:.2f}" for name, value in values.items())
            print(
                f"step {trainer.step}/{settings.steps}  {speed:.2f} s/step  {left:.0f} min to go  {losses}",
                file=sys.stderr,
                flush=True,
            )
            recent.clear()
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            save_checkpoint(out, trainer.state())
            saved = time.monotonic()
    save_checkpoint(out, trainer.state())
