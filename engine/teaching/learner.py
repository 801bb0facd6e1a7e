"""Teaching a network what normal ground is like: the descriptors' three losses, step by step."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ..errors import EngineError
from ..models.asd import ASD, MARGIN
from ..models.density import GaussianDensity
from ..models.guided import REACH, guided_mean
from ..models.mixture import GENERAL, MixtureDensity
from ..models.surroundings import surroundings
from ..models.taught import TaughtModel
from .augment import transformed
from .ground import Ground
from .losses import compact, diverse, rich, separate, sphere

BATCH = 4

EVERY = 4
"""Every so-manieth pixel of a block is learned from: its neighbours would say nearly the same."""

FEWEST_SEEN = 30
"""Fewer pixels in these rows and columns teach nothing."""

CENTER_EVERY = 50
"""Steps between updates of C and R; the authors do so after each epoch."""

DESCRIPTORS_SHARE = 0.5
"""What the typical distance of descriptors counts, where that of the bands counts one."""

SCENE_SHARE = 0.5
"""What the typical distance from what is usual in the scene counts, where that from normal ground counts one."""

RICH_SHARE = 0.1
"""Share of the schedule at its beginning that learns by L_3 alone, as in the paper."""

FIRST_RADIUS = 3.0
_SAMPLE = 24
_HELD_OUT = 0.1
_MOST_DESCRIPTORS = 200_000
_MOST_BLOCKS = 120


@dataclass(frozen=True)
class Schedule:
    """How a network is taught.

    Attributes:
        steps: at most how many.
        learning_rate: of Adam at the beginning; it falls as a cosine to a hundredth.
        compact: weight of L_1.
        diverse: weight of L_2.
        rich: weight of L_3.
        separate: weight of the loss that stands for L_1 and L_2 together.
        length: L, numbers in a descriptor.
        joined: whether density is estimated of D_c instead of D.
        bands: whether the distances of the bands around a pixel are added, and distances averaged.
    """

    steps: int = 300
    learning_rate: float = 3e-3
    compact: float = 0.0
    diverse: float = 0.0
    rich: float = 0.3
    separate: float = 1.0
    length: int = 16
    joined: bool = True
    bands: bool = True


PAPER = Schedule(compact=1.0, diverse=1.0, rich=1.0, separate=0.0, length=5, joined=False, bands=False)
"""The paper's losses, descriptors and density."""


LOSSES = ("compact", "diverse", "rich", "separate")


@dataclass(frozen=True)
class Losses:
    """What a step cost; NaN for a loss that has no say yet."""

    total: float
    compact: float
    diverse: float
    rich: float
    separate: float


class Diverged(Exception):  # noqa: N818 - what happened, and it has a remedy
    """The loss left the finite numbers."""


class Learner:
    """Teaches a network on blocks of normal ground.

    Args:
        network: to be taught, on the device to compute on.
        ground: to be taught from.
        schedule: how.
        seed: of all chance.
        general: what the bands are like around pixels of ground in general, (n, 6 C), standardised as the ground, which
            normal ground is then set against; None where nothing else is known.

    Attributes:
        step: how many steps are done.
        separation: how well held-out normal ground and its transformed copies were told apart when :meth:`judge` was
            last called: the AUC of their distances, 0.5 to 1 in practice.
    """

    def __init__(
        self, network: ASD, ground: Ground, schedule: Schedule, seed: int, general: Tensor | None = None
    ) -> None:
        self.network = network
        self.schedule = schedule
        self.step = 0
        self.separation = math.nan
        self._device = next(network.parameters()).device
        self._generator = torch.Generator().manual_seed(seed)
        self._normal = ground.normal[:, ::EVERY, ::EVERY]
        count = self._normal.flatten(1).sum(1)
        if count.sum() < FEWEST_SEEN:
            raise EngineError(
                "too_little_normal",
                f"The polygons of normal ground are so narrow that only {int(count.sum())} of their pixels lie in "
                "every fourth row and column, which are learned from.",
                f"Outline pieces that are at least {EVERY} pixels wide.",
            )
        # A block at the edge of a polygon may hold no pixel that is learned from; a batch of such has no loss at all.
        self._seen = count.nonzero().flatten()
        order = self._seen[torch.randperm(len(self._seen), generator=self._generator)]
        held_out = max(1, round(_HELD_OUT * len(order))) if len(order) > 1 else 0
        # A single block is both taught from and judged by.
        self._judged, self._taught = (order[:held_out], order[held_out:]) if held_out else (order, order)
        if count[self._judged].sum() > 3 * count[self._taught].sum():  # of few blocks, the others may be mere slivers
            self._judged, self._taught = self._taught, self._judged
        self._ground = ground
        self._general = general
        self._images = ground.images
        self._optimizer = torch.optim.Adam(network.parameters(), schedule.learning_rate, weight_decay=1e-5)
        self._center = torch.zeros(network.config.length, device=self._device)
        self._radius = torch.tensor(FIRST_RADIUS, device=self._device)
        self._center_at = 0

    def learn(self, done: float) -> Losses:
        """Take one step.

        Args:
            done: the share of the schedule that is over, by steps or by time, 0 to 1; sets the learning rate.

        Raises:
            Diverged: the network's weights are of no use any more.
        """
        for group in self._optimizer.param_groups:
            group["lr"] = self.schedule.learning_rate * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * min(1, done))))
        only_rich = done < RICH_SHARE and self.schedule.rich > 0
        if self.schedule.compact and not only_rich and self.step >= self._center_at:
            self._center, self._radius = (t.to(self._device) for t in sphere(self._center_sample()))
            self._center_at = self.step + CENTER_EVERY
        images, normal = self._batch()
        inner = images[:, :, MARGIN:-MARGIN:EVERY, MARGIN:-MARGIN:EVERY]
        described, reconstructed = self.network(images, EVERY)
        parts = {"rich": rich(_at(inner, normal), _at(reconstructed, normal))}
        if not only_rich:
            other, _ = self.network(_laid_out(transformed(images, self._generator)), EVERY)
            own, foreign = _at(described, normal), _at(other, normal)
            parts["compact"] = compact(own, self._center, self._radius)
            parts["diverse"] = diverse(own, foreign)
            parts["separate"] = separate(own, foreign)
        # A loss without weight has no say, and no gradient either.
        weights = {name: getattr(self.schedule, name) for name in parts}
        parts = {name: value for name, value in parts.items() if weights[name]}
        total = torch.stack([weights[name] * value for name, value in parts.items()]).sum()
        if not torch.isfinite(total):
            raise Diverged
        self._optimizer.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        self._optimizer.step()
        self.step += 1
        values = {name: float(value.detach()) for name, value in parts.items()}
        return Losses(float(total.detach()), *(values.get(name, math.nan) for name in LOSSES))

    def model(self) -> TaughtModel:
        """The network with the densities of normal ground, of all blocks, held out or not."""
        blocks = torch.arange(len(self._images))
        described = self.describe(blocks)
        density = GaussianDensity.fit(described)
        distances = density.distance(described.T[None, :, None]).flatten()
        model = TaughtModel(self.network, self._ground.scaling, density, 0.0, {})
        if self.schedule.bands:
            around = [
                _at(surroundings(i[None], EVERY), n[None]) for i, n in zip(self._images, self._normal, strict=True)
            ]
            values = self._thinned(torch.cat(around))
            bands = MixtureDensity.fit(values, torch.Generator().manual_seed(0))
            general = None
            if self._general is None:
                apart = [bands.distance(values.T[None, :, None])]
            else:
                general = MixtureDensity.fit(self._general, torch.Generator().manual_seed(0), GENERAL)
                general = bands.against(general, values)
                apart = [bands.contrast(general, values.T[None, :, None])]
            if self._ground.densities:
                scenes = zip(around, self._ground.origin, strict=True)
                usual = [self._ground.densities[n].distance(v.T[None, :, None])[0, 0] for v, n in scenes]
                apart.append(torch.cat(usual) / SCENE_SHARE)
            units = [distances.median() / DESCRIPTORS_SHARE, *(distance.median() for distance in apart)]
            units += [torch.ones(())] * (3 - len(units))
            model = replace(model, bands=bands, units=torch.stack(units).clamp(min=1e-6), general=general)
        return replace(model, reference=self._reference(model))

    def _reference(self, model: TaughtModel) -> float:
        """The distance that one percent of normal ground exceeds, of some blocks."""
        found = []
        model = model.to(str(self._device))
        chosen = torch.linspace(0, len(self._seen) - 1, min(_MOST_BLOCKS, len(self._seen))).long()
        for index in self._seen[chosen].tolist():
            scored = model
            if self._ground.densities and self.schedule.bands:
                scored = replace(model, scene=self._ground.densities[self._ground.origin[index]].to(self._device))
            image = _laid_out(self._images[index][None].to(self._device))
            with torch.inference_mode():
                distance = scored.distance(image, EVERY)[0]
                if model.bands is not None:
                    # The axes are those of the model, whatever the scene, and found once.
                    guide = model.guide(image, EVERY)[0]
                    distance = guided_mean(distance, guide, torch.ones_like(distance), REACH // EVERY)
            found.append(distance.cpu()[self._normal[index]])
        return float(np.quantile(torch.cat(found).numpy(), 0.99))

    def judge(self) -> float:
        """See how well held-out ground and its transformed copies are told apart; see ``separation``."""
        # Of its own, always the same: looking must not change what is learned afterwards.
        chance = torch.Generator().manual_seed(0)
        density = GaussianDensity.fit(self.describe(_some(self._taught, chance)))
        near = density.distance(self.describe(self._judged).T[None, :, None])
        images = transformed(self._images[self._judged], chance)
        far = density.distance(self._described(images, self._normal[self._judged]).T[None, :, None])
        ranks = torch.cat([near.flatten(), far.flatten()]).argsort().argsort()[near.numel() :].double()
        n, m = near.numel(), far.numel()
        self.separation = float((ranks.sum() - m * (m - 1) / 2) / (n * m))
        return self.separation

    def state(self) -> dict[str, Tensor]:
        """A copy of the network's weights."""
        return copy.deepcopy(self.network.state_dict())

    def describe(self, blocks: Tensor) -> Tensor:
        """Descriptors of the normal pixels of some blocks, (n, L), at most 200,000 of them, on the CPU."""
        return self._described(self._images[blocks], self._normal[blocks])

    def _described(self, images: Tensor, normal: Tensor) -> Tensor:
        found = []
        with torch.inference_mode():
            for image, mask in zip(images, normal, strict=True):
                described = self.network.features(_laid_out(image[None].to(self._device)), EVERY)
                found.append(_at(described, mask[None].to(self._device)).cpu())
        return self._thinned(torch.cat(found)).clone()

    @staticmethod
    def _thinned(values: Tensor) -> Tensor:
        return values[:: max(1, len(values) // _MOST_DESCRIPTORS)]

    def _center_sample(self) -> Tensor:
        """Descriptors D of some normal ground."""
        blocks = _some(self._taught, self._generator)
        with torch.inference_mode():
            described, _ = self.network(_laid_out(self._images[blocks].to(self._device)), EVERY)
            return _at(described, self._normal[blocks].to(self._device)).clone()

    def _batch(self) -> tuple[Tensor, Tensor]:
        """Some blocks, each turned by chance: ground looks alike from all sides."""
        chosen = self._taught[torch.randint(len(self._taught), (BATCH,), generator=self._generator)]
        images, normals = [], []
        for index in chosen.tolist():
            turns = int(torch.randint(4, (), generator=self._generator))
            image, normal = (torch.rot90(t[index], turns, (-2, -1)) for t in (self._images, self._ground.normal))
            normal = normal[::EVERY, ::EVERY]
            if not normal.any():  # turned, other rows and columns are learned from
                image, normal = self._images[index], self._normal[index]
            images.append(image)
            normals.append(normal)
        return _laid_out(torch.stack(images).to(self._device)), torch.stack(normals).to(self._device)


def _some(blocks: Tensor, chance: torch.Generator) -> Tensor:
    return blocks[torch.randperm(len(blocks), generator=chance)[:_SAMPLE]]


def _laid_out(images: Tensor) -> Tensor:
    """With channels last, which convolutions of few channels are several times faster on."""
    return images.contiguous(memory_format=torch.channels_last)


def _at(values: Tensor, mask: Tensor) -> Tensor:
    """The pixels of (N, C, H, W) that a mask (N, H, W) chooses, (n, C)."""
    return values.movedim(1, -1)[mask]
