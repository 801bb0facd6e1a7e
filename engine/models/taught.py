"""Taught models on disk: a folder with a ``safetensors`` file and a card that says what was normal."""

from __future__ import annotations

import copy
import json
import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..errors import EngineError
from ..statistics import SceneStatistics
from ..tiles import reflect
from ..weights import WEIGHTS_FOLDER, load_weights, save_weights
from .asd import ASD, MARGIN, ASDConfig
from .density import GaussianDensity
from .guided import GUIDES, SPAN, guided_mean
from .mixture import MixtureDensity
from .surroundings import length, square_mean, surroundings

if TYPE_CHECKING:
    from ..progress import Step
    from ..region import Region

SHIPPED = WEIGHTS_FOLDER / "asd"
"""Where the models lie that come with the plugin, each in a folder of its name."""

FILE = "model.safetensors"
KIND = "asd"

_REMEDY = "Choose another model, or teach it again."

CLIP = 10.0
"""Standardised values are cut here: a single dead pixel must not rule a loss."""


@dataclass
class Scaling:
    """How bands become what the network sees: (x - center) / spread.

    Attributes:
        center: mean of each band over normal ground, or over the scene, (C,); in double precision where pixels may be.
        spread: standard deviation of each band, (C,), positive; infinite for a band that shall not count.
    """

    center: Tensor
    spread: Tensor

    def __call__(self, pixels: Tensor, valid: Tensor) -> Tensor:
        """Standardise pixels (…, C, H, W); what is not valid, (…, H, W), becomes the mean.

        Those of double precision are centred in it: values around 1e9 would lose what they vary by.
        """
        precision = torch.float64 if pixels.dtype == torch.float64 else torch.float32
        centred = pixels.to(precision) - self.center[:, None, None].to(precision)
        scaled = centred.to(torch.float32) / self.spread[:, None, None]
        return torch.where(valid[..., None, :, :], scaled.clamp(-CLIP, CLIP), 0.0)

    @classmethod
    def of_region(cls, region: Region, device: str, step: Step) -> Scaling:
        """A scene's own, by mean and deviation of all its pixels; raises what its statistics raise."""
        statistics = SceneStatistics(region, device, step)
        center = torch.zeros(region.scene.count, dtype=torch.float64)
        spread = torch.full((region.scene.count,), torch.inf)
        center[statistics.kept] = statistics.mean.cpu()
        spread[statistics.kept] = statistics.covariance.diagonal().sqrt().float().cpu()
        return cls(center.to(device), spread.to(device))

    def to(self, device: torch.device | str) -> Scaling:
        """The same on another device."""
        return Scaling(self.center.to(device), self.spread.to(device))


@dataclass
class TaughtModel:
    """Everything that scoring needs.

    Attributes:
        network: gives descriptors.
        scaling: of the bands; None where each scene's own is to be used.
        density: of the descriptors of normal ground.
        reference: the distance that one percent of normal ground exceeds.
        card: what is known of it besides; see docs/asd.md.
        bands: of the bands themselves around each pixel, see :func:`~.surroundings.surroundings`, or None where
            descriptors alone tell the distance.
        units: what a distance of descriptors, of bands, and of bands in the scene is divided by before they are added,
            (3,).
        scene: what the bands are like around the pixels of the scene that is being scored; None where all scenes have
            one scaling, and one that is foreign as a whole shall stand out.
        general: what the bands are like around pixels of ground in general, which normal ground is then set against, or
            None where nothing but normal ground is known.
    """

    network: ASD
    scaling: Scaling | None
    density: GaussianDensity
    reference: float
    card: dict[str, Any]
    bands: MixtureDensity | None = None
    units: Tensor = field(default_factory=lambda: torch.ones(3))
    scene: GaussianDensity | None = None
    general: MixtureDensity | None = None

    def to(self, device: str) -> TaughtModel:
        """The same on another device; a network that is being taught stays where it is."""
        network = laid_out(copy.deepcopy(self.network).to(device))
        scaling = None if self.scaling is None else self.scaling.to(device)
        bands = None if self.bands is None else self.bands.to(device)
        scene = None if self.scene is None else self.scene.to(device)
        general = None if self.general is None else self.general.to(device)
        density, units = self.density.to(device), self.units.to(device)
        return TaughtModel(network, scaling, density, self.reference, self.card, bands, units, scene, general)

    def distance(self, image: Tensor, every: int = 1) -> Tensor:
        """How far pixels lie from normal ground.

        The Mahalanobis distance of their descriptors, and that of the bands around them: from normal ground, and from
        what is usual in their scene.

        Args:
            image: standardised, (N, C, H + 32, W + 32); see :meth:`~.asd.ASD.joined`.
            every: 1, or 4 for every fourth row and column.

        Returns:
            (N, H / every, W / every).
        """
        described = self.network.features(image, every)
        return self.distance_of(described, None if self.bands is None else surroundings(image, every))

    def distance_of(self, described: Tensor, around: Tensor | None) -> Tensor:
        """The same of what the network says of pixels, (N, L, …), and of the bands around them, where these count."""
        distance = self.density.distance(described) / self.units[0]
        if self.bands is None or around is None:
            return distance
        if self.general is None:
            distance = distance + self.bands.distance(around) / self.units[1]
        else:
            distance = distance + self.bands.contrast(self.general, around) / self.units[1]
        return distance if self.scene is None else distance + self.scene.distance(around) / self.units[2]

    def guide(self, image: Tensor, every: int = 1) -> Tensor:
        """What leads the averages of distances: the bands along the three axes that normal ground varies most on.

        Args:
            image: standardised, (N, C, H + 32, W + 32).
            every: as of :meth:`distance`.

        Returns:
            (N, 3, H / every, W / every), averaged over 3x3 pixels; zeros where there are fewer bands.
        """
        along = torch.einsum("gc,nchw->nghw", self._axes, image)
        return square_mean(along.contiguous(), 3, every)

    @cached_property
    def _axes(self) -> Tensor:
        """(3, C)."""
        assert self.bands is not None  # noqa: S101  # nosec B101
        count = self.network.config.bands
        leading = self.bands.axes(count)[:GUIDES]
        return torch.cat([leading, leading.new_zeros(GUIDES - len(leading), count)])

    @property
    def span(self) -> int:
        """How many pixels around a block of :meth:`maps` have a part in its scores."""
        return 0 if self.bands is None else SPAN

    def maps(self, pixels: Tensor, valid: Tensor, rows: tuple[int, int], columns: tuple[int, int]) -> Tensor:
        """Distances of a block of an image, and what leads their averages. The model must have a scaling.

        Args:
            pixels: the image, (C, H, W); mirrored where the block's margin reaches beyond it.
            valid: (H, W).
            rows: where the block begins and ends; an even number of them, beginning at an even row of the scene.
            columns: likewise.

        Returns:
            (4, rows, columns), or (1, rows, columns) where descriptors alone tell the distance.
        """
        assert self.scaling is not None  # noqa: S101  # nosec B101
        reach = (rows[0] - MARGIN, rows[1] + MARGIN), (columns[0] - MARGIN, columns[1] + MARGIN)
        image = self.scaling(reflect(pixels, *reach), reflect(valid, *reach))[None]
        with torch.inference_mode():
            distance = self.distance(image.contiguous(memory_format=torch.channels_last))
            return distance if self.bands is None else torch.cat([distance, self.guide(image)[0]])

    def score(self, maps: Tensor, valid: Tensor) -> Tensor:
        """Scores d / (d + reference), where d is the distance, averaged by :func:`~.guided.guided_mean`.

        It is not averaged where descriptors alone tell the distance, as in the paper.

        Args:
            maps: of :meth:`maps`, (1 or 4, H, W).
            valid: which pixels count, (H, W).

        Returns:
            (H, W), float32, 0 to 1; exact where :attr:`span` pixels around belong to the maps or lie beyond the scene.
        """
        with torch.inference_mode():
            distance = maps[0]
            if self.bands is not None:
                distance = guided_mean(distance, maps[1:], valid.to(distance.dtype)).clamp(min=0)
            return distance / (distance + self.reference)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return next(self.network.parameters()).device

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.card["name"])


def laid_out(network: ASD) -> ASD:
    """With channels last, which convolutions of few channels are several times faster on."""
    for parameter in network.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return network


def save_model(folder: Path, model: TaughtModel) -> None:
    """Write a model into a folder; the card gets the file's name, size and hash."""
    tensors = {f"network.{name}": value for name, value in model.network.state_dict().items()}
    tensors |= {f"density.{name}": value for name, value in vars(model.density).items()}
    tensors["units"] = model.units
    if model.bands is not None:
        tensors |= {f"bands.{name}": value for name, value in vars(model.bands).items()}
    if model.general is not None:
        tensors |= {f"general.{name}": value for name, value in vars(model.general).items()}
    if model.scaling is not None:
        tensors |= {f"scaling.{name}": value for name, value in vars(model.scaling).items()}
    card = {
        **model.card,
        "kind": KIND,
        "architecture": model.network.config.to_dict(),
        "reference": model.reference,
        "adapt": model.scaling is None,
    }
    save_weights(folder, FILE, tensors, card)


def load_model(model: str | Path) -> TaughtModel:
    """Read a model.

    Args:
        model: its folder, or the name of one that is shipped.

    Raises:
        EngineError: ``bad_model`` where it is not there, altered, or no ASD model.
    """
    folder = Path(model)
    shipped = shipped_models()
    if not is_folder(folder) and str(model) in shipped:
        folder = SHIPPED / str(model)
    if not os.path.isfile(folder / "card.json"):  # noqa: PTH113 - in a closed folder, there is none either
        raise EngineError(
            "bad_model",
            f"{model} is not the folder of a taught model.",
            f"Choose a folder with a card.json, or one of those that are shipped: {', '.join(shipped) or 'none'}.",
        )
    tensors, card = load_weights(folder, code="bad_model", remedy=_REMEDY)
    try:
        if card["kind"] != KIND:
            msg = f"it is of the kind {card['kind']}"
            raise ValueError(msg)
        network = ASD(ASDConfig.from_dict(card["architecture"]))
        network.load_state_dict(_part(tensors, "network."))
        scaling = None if card["adapt"] else Scaling(**_part(tensors, "scaling."))
        density = GaussianDensity(**_part(tensors, "density."))
        bands = MixtureDensity(**_part(tensors, "bands.")) if "bands.means" in tensors else None
        if bands is not None and bands.means.shape[1] != length(network.config.bands):
            msg = "it was taught by an earlier version"
            raise ValueError(msg)
        general = MixtureDensity(**_part(tensors, "general.")) if "general.means" in tensors else None
        reference, units = float(card["reference"]), tensors["units"]
        str(card["name"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise EngineError("bad_model", f"{folder} is not a model that ASD can use ({error}).", _REMEDY) from error
    return TaughtModel(network.eval(), scaling, density, reference, card, bands, units, general=general)


def is_folder(path: str | Path) -> bool:
    """Whether something is a folder; what lies in a closed one is none, nor is what no file can be called."""
    return os.path.isdir(path)  # noqa: PTH112 - the other raises where a folder is closed


def shipped_models() -> list[str]:
    """The names of the models that come with the plugin."""
    return sorted(card.parent.name for card in SHIPPED.glob("*/card.json"))


def list_models(folder: str | None = None) -> dict[str, Any]:
    """The models that ship and those in a folder, as they travel to the plugin.

    Args:
        folder: with a folder for each model; it may be absent.

    Returns:
        ``models``, and ``warnings`` on folders whose card cannot be read.
    """
    models: list[dict[str, Any]] = []
    problems = []
    own = sorted(Path(folder).glob("*/card.json")) if folder else []
    for path in [*sorted(SHIPPED.glob("*/card.json")), *own]:
        try:
            card = json.loads(path.read_text(encoding="utf-8"))
            if card["kind"] != KIND:
                continue
            models.append(
                {
                    "name": card["name"],
                    "path": str(path.parent),
                    "shipped": path.parent.parent == SHIPPED,
                    "bands": card["architecture"]["bands"],
                    **{key: card.get(key) for key in ("band_names", "date", "normal_pixels", "sha256")},
                }
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            problems.append(f"The model in {path.parent} cannot be read ({error}).")
    return {"models": models, "warnings": problems}


def file_name(name: str) -> str:
    """A name that every file system takes."""
    return re.sub(r"[^\w\-. ]+", "_", name).strip(". ") or "model"


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value.to(torch.float32) for name, value in tensors.items() if name.startswith(prefix)
    }
