"""The training of Mask DINO^Ada and Mask2Former^Ada on simulated instances.

The original criterion, unchanged, plus lambda L_AUC for the anomaly map (Eq. 9).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import torch

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
from .run_files import save_settings
from .simulation import Bank, read_bank
from .trainer import NetworkTrainer, walk

_EVERY = 25


class AdaTrainer(NetworkTrainer):
    """An instance network in training.

    Args:
        head: "mask_dino" or "mask2former".
        settings: of the run.
        device: torch device.
    """

    PIXEL_LOSS_KEY = "map_loss"

    settings: AdaSettings
    network: AdaNetwork
    average: AdaNetwork

    def __init__(self, head: str, settings: AdaSettings, device: str) -> None:
        super().__init__(settings, device)
        config = settings.network(head)
        self.network = AdaNetwork(config).to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = AdaNetwork(config).to(self.device).eval().requires_grad_(False)
        self.average.load_state_dict(self.network.state_dict())
        self.criterion = MASK_DINO if head == "mask_dino" else MASK2FORMER
        self.pixel_loss = PixelLoss().to(self.device)
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
                {"params": list(self.pixel_loss.parameters()), "rate": rate / 2, "weight_decay": 0.0},
            ],
            lr=rate,
        )

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {**super().state(), "head": self.network.config.head}

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
        super().restore(state)

    def begin_with(self, folder: Path) -> None:
        """Take weights: the trunk of UniADRS, or all that fits of another instance network.

        Raises:
            EngineError: ``bad_parameter``: nothing of them fits, or they are of a network of another shape;
                ``bad_weights``.
        """
        tensors, card = load_weights(folder)
        self.inherit(card)
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
            parts["map"] = settings.map_weight * self.pixel_loss(output.map_logit[:, 0], anomaly, background)
        loss = torch.stack(list(parts.values())).sum()
        self._descend(loss)
        return {name: float(value.detach()) for name, value in parts.items()}


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
    if not trainer.go_on(out, init):
        trainer.begin_with(init or WEIGHTS_FOLDER / "uniadrs")
    save_settings(out, settings)
    _loop(trainer, bank, out)
    return trainer


def _loop(trainer: AdaTrainer, bank: Bank, out: Path) -> None:
    settings = trainer.settings
    if trainer.step >= trainer.end:
        return
    trainer.see(bank.sources)
    # Reused scenes come from the draw before: a resumed run goes back to where one was drawn.
    stream = AdaStream(bank, settings, trainer.step // settings.reuse * settings.reuse)
    walk(trainer, stream, turned, out, name="step", every=_EVERY, digits=2)
