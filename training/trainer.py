"""What UniADRS and the instance networks have in common in training: checkpoints, averaged weights, the steps."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from .losses import PixelLoss
from .machine import source_commit, training_facts
from .resuming import check_beginning, check_settings, end_of, reading_run
from .run_files import cut_log, log_losses, save_checkpoint
from .uniadrs_batches import EndlessStream

if TYPE_CHECKING:
    from .ada_settings import AdaSettings
    from .simulation import Source
    from .uniadrs_settings import Settings

CHECKPOINT_SECONDS = 240

B = TypeVar("B")


class NetworkTrainer:
    """A network in training, with everything that a checkpoint holds.

    Subclasses make the network, its average, the loss and the optimizer, each of whose groups has a ``rate``.

    Args:
        settings: of the run.
        device: torch device.

    Attributes:
        average: the exponential moving average of the network's weights, which becomes the weights.
        pixel_loss: has parameters of its own, which learn with the network.
        begun_with: what is known of the weights that the run began with.
        inherited: what their card says of data and of labels, which holds for what is trained on from them, too.
        sources: of the imagery that it saw.
    """

    PIXEL_LOSS_KEY: ClassVar[str]
    """What checkpoints call the state of ``pixel_loss``."""

    settings: Settings | AdaSettings
    network: nn.Module
    average: nn.Module
    pixel_loss: PixelLoss
    optimizer: torch.optim.Optimizer

    def __init__(self, settings: Settings | AdaSettings, device: str) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.device = torch.device(device)
        self.step = 0
        self.seconds = 0.0
        self.begun_with: dict[str, Any] | None = None
        self.inherited: dict[str, Any] = {}
        self.sources: list[Source] = []
        self.commit = source_commit()
        self.facts: dict[str, Any] | None = training_facts()

    @property
    def end(self) -> int:
        """The step after the last."""
        return end_of(self.settings.steps, self.settings.stop)

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            self.PIXEL_LOSS_KEY: self.pixel_loss.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "settings": asdict(self.settings),
            "begun_with": self.begun_with,
            "inherited": self.inherited,
            "sources": self.sources,
            "commit": self.commit,
            "facts": self.facts,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a checkpoint.

        Raises:
            EngineError: ``bad_parameter``: it is of a run with other settings.
        """
        check_settings(self.settings, state["settings"])
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.pixel_loss.load_state_dict(state[self.PIXEL_LOSS_KEY])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.begun_with = state["step"], state["seconds"], state["begun_with"]
        self.inherited = state.get("inherited", {})
        self.sources = state.get("sources", [])
        self.commit = state.get("commit")
        self.facts = state.get("facts")

    def see(self, sources: Iterable[Source]) -> None:
        """Note the imagery that the run goes on with; where it is not what it saw before, say so."""
        before, now = set(self.sources), set(sources)
        if before and before != now:
            print(
                f"going on with other imagery than before ({len(now - before)} new files, {len(before - now)} gone); "
                "the card will list all",
                file=sys.stderr,
            )
        self.sources = sorted(before | now)

    def inherit(self, card: Mapping[str, Any]) -> None:
        """Keep what the card of the weights that the run begins with says, and what that of the new ones has to say."""
        self.inherited = {name: card[name] for name in ("data", "use_of_labels") if name in card}

    def go_on(self, out: Path, init: Path | None) -> bool:
        """Continue the run that lies in a folder; whether one does.

        Args:
            out: the folder.
            init: folder of the weights that it must have begun with, if any are given.

        Raises:
            EngineError: ``bad_parameter``: it began otherwise; ``bad_weights``.
        """
        checkpoint = out / "checkpoint.pt"
        if not checkpoint.is_file():
            return False
        with reading_run(out):
            self.restore(torch.load(checkpoint, map_location=self.device, weights_only=True))
        check_beginning(init, self.begun_with)
        print(f"continuing {out} at step {self.step}", file=sys.stderr)
        return True

    def learn(self, batch: Any) -> dict[str, float]:  # noqa: ANN401 - each network has batches of its own
        """One step; returns the losses by name."""
        raise NotImplementedError

    def _descend(self, loss: Tensor) -> None:
        """One step down the gradient of a loss, and of the average after it."""
        factor = self._rate_factor()
        for group in self.optimizer.param_groups:
            group["lr"] = group["rate"] * factor
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        if torch.isfinite(norm):
            self.optimizer.step()
            self.pixel_loss.keep_within_limits()
        self.step += 1
        decay = min(self.settings.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for old, new in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
                if old.dtype.is_floating_point:
                    old.lerp_(new, 1 - decay)

    def _rate_factor(self) -> float:
        warm = min(1.0, (self.step + 1) / 100)
        done = self.step / max(1, self.settings.steps)
        share = max(0.0, (done - self.settings.decay_from) / (1 - self.settings.decay_from))
        return warm * (0.01 + 0.99 * 0.5 * (1 + float(np.cos(np.pi * min(1.0, share)))))


def walk(
    trainer: NetworkTrainer,
    stream: EndlessStream[B],
    turned: Callable[[B, int], B],
    out: Path,
    *,
    name: str,
    every: int,
    digits: int,
) -> None:
    """Take all steps that are left; losses are logged and told, and a checkpoint is saved now and then, and at the end.

    Args:
        trainer: the network.
        stream: begins with the batch of the next step, or with the one that is reused for it.
        turned: the batch mirrored and turned as a number from 0 to 7 says.
        out: folder of the run.
        name: what the steps are called where they are told.
        every: so many steps lie between two lines of the log.
        digits: of losses where they are told.
    """
    cut_log(out, trainer.step)
    end = trainer.end
    loader = DataLoader(stream, batch_size=None, num_workers=1, prefetch_factor=8, persistent_workers=True)
    kept: B | None = None
    recent: dict[str, list[float]] = {}
    saved = said = time.monotonic()
    for index, drawn in enumerate(loader, stream.first):
        kept = drawn or kept
        if index < trainer.step or kept is None:
            continue
        began = time.monotonic()
        turn = int(np.random.default_rng([trainer.settings.seed, 1, index]).integers(8))
        for loss, value in trainer.learn(turned(kept, turn)).items():
            recent.setdefault(loss, []).append(value)
        trainer.seconds += time.monotonic() - began
        if trainer.step % every == 0 or trainer.step >= end:
            means = {loss: float(np.mean(values)) for loss, values in recent.items()}
            log_losses(out, trainer.step, trainer.seconds, means)
            each = (time.monotonic() - said) / len(next(iter(recent.values())))
            said = time.monotonic()
            losses = "  ".join(f"{loss} {value:.{digits}f}" for loss, value in means.items())
            speed = f"{each:.2f} s/step  {each * (end - trainer.step) / 60:.0f} min to go"
            print(f"{name} {trainer.step}/{end}  {speed}  {losses}", file=sys.stderr, flush=True)
            recent.clear()
        if trainer.step >= end:
            break
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            save_checkpoint(out, trainer.state())
            saved = time.monotonic()
    save_checkpoint(out, trainer.state())
