"""The networks as they are exported to ONNX: tensors in, tensors out, and what a program that runs them has to know."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim

from ..engine.models.ada.network import AdaNetwork, load_ada
from ..engine.models.ada.trunk import CHANNELS
from ..engine.models.asd import MARGIN as ASD_MARGIN
from ..engine.models.density import GaussianDensity
from ..engine.models.deviation import MAPS
from ..engine.models.surroundings import length, surroundings
from ..engine.models.taught import TaughtModel, file_name, load_model
from ..engine.models.uniadrs import MULTIPLE, FeatureStatistics, UniADRS, interpolation_matrix, load_network
from ..engine.weights import WEIGHTS_FOLDER
from .onnx_deepness import DEEPNESS_TILE, TileDetector, deepness_metadata
from .onnx_instances import InstanceOutputs, with_map

_MOST = 4096


@dataclass
class Network:
    """A network as it is exported.

    Attributes:
        name: of the file.
        module: whose ``forward`` takes and gives tensors only.
        inputs: names.
        outputs: names.
        shapes: which dimensions of each input are open.
        example: makes inputs for a height and width; they are the same for the same numbers.
        sizes: heights and widths that the file is checked at; the first is what it is traced with.
        metadata: written to the file.
        expected: what PyTorch says of some inputs, beside which the file's outputs are laid; it is told these. None:
            what ``module`` says.
    """

    name: str
    module: nn.Module
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    shapes: tuple[Any, ...]
    example: Callable[[int, int], tuple[Tensor, ...]]
    sizes: tuple[tuple[int, int], ...]
    metadata: dict[str, str] = field(default_factory=dict)
    expected: Callable[[tuple[Tensor, ...], Sequence[Tensor]], tuple[Tensor, ...]] | None = None


class _UniADRS(nn.Module):
    """One pass of the network: the logit by the scene's statistics, and the embedding that these are made of."""

    def __init__(self, network: UniADRS) -> None:
        super().__init__()
        self.network = network

    def forward(self, bands: Tensor, maps: Tensor, projection: Tensor, mean: Tensor, whitening: Tensor) -> Any:  # noqa: ANN401
        """Arguments as in :meth:`UniADRS.forward`."""
        features = self.network.backbone(bands, maps, projection)
        output = self.network.finish(features, maps, FeatureStatistics(mean, whitening))
        return output.logit, self.network.embedded(features)


class _ASD(nn.Module):
    """Descriptors, reconstruction, and how far pixels lie from normal ground.

    Where descriptors alone tell, that is the score; else what the score is an average of, and what leads the average.
    """

    def __init__(self, model: TaughtModel) -> None:
        super().__init__()
        self.network, self.model = model.network, model
        self.by_scene = model.bands is not None and model.scaling is None
        self.outputs: tuple[str, ...] = ("descriptors", "reconstruction", "score")
        if model.bands is not None:
            # The model keeps its guides' axes, which ONNX has no operator to find.
            model.guide(torch.zeros(1, model.network.config.bands, 2 * ASD_MARGIN + 2, 2 * ASD_MARGIN + 2))
            self.outputs = ("descriptors", "reconstruction", "distance", "guide", *(["around"] * self.by_scene))

    def forward(self, image: Tensor, mean: Tensor | None = None, whitening: Tensor | None = None) -> Any:  # noqa: ANN401
        """Of scaled bands with their margin, (1, C, H + 32, W + 32), and the scene's density: (1, F) and (1, F, F)."""
        joined = self.network.joined(image)
        described, again = self.network.describe(joined), self.network.reconstruct(joined)
        model, features = self.model, joined if self.network.config.joined else described
        if model.bands is None:
            distance = model.distance_of(features, None)
            return described, again, (distance / (distance + model.reference))[:, None]
        around = surroundings(image)
        if mean is not None and whitening is not None:
            model = replace(model, scene=GaussianDensity(mean[0], whitening[0]))
        found = described, again, model.distance_of(features, around)[:, None], self.model.guide(image)
        return (*found, around) if self.by_scene else found


def uniadrs(stem: str) -> Network:
    """UniADRS behind one stem, for any number of bands."""
    network, card = load_network(WEIGHTS_FOLDER / "uniadrs", stem)
    network.eval().requires_grad_(False)
    size = network.config.embedding
    maps = len(MAPS) + network.config.components

    def example(height: int, width: int) -> tuple[Tensor, ...]:
        # Another number of bands for another size: they are open too.
        bands = 3 + (height + width) // MULTIPLE % 5
        chance = torch.Generator().manual_seed(height * _MOST + width)
        whitening = torch.eye(size) + 0.1 * torch.randn(size, size, generator=chance)
        return (
            torch.randn(1, bands, height, width, generator=chance),
            torch.rand(1, maps, height, width, generator=chance) * 3,
            interpolation_matrix(bands),
            torch.randn(1, size, generator=chance),
            whitening[None],
        )

    bands = Dim("bands", min=2, max=500)
    open_ = {2: MULTIPLE * Dim("rows", min=2, max=_MOST), 3: MULTIPLE * Dim("columns", min=2, max=_MOST)}
    return Network(
        name=f"uniadrs-{stem}",
        module=_UniADRS(network),
        inputs=("bands", "maps", "projection", "feature_mean", "feature_whitening"),
        outputs=("logit", "embedded"),
        shapes=({1: bands, **open_}, open_, {1: bands}, None, None),
        example=example,
        sizes=((64, 96), (48, 160), (272, 32)),
        metadata={"weights": str(card["sha256"]), "stem": stem, "maps": json.dumps(MAPS), "multiple": str(MULTIPLE)},
    )


def asd(folder: str) -> Network:
    """An ASD model that was taught what is normal."""
    model = load_model(folder)
    model.network.requires_grad_(False)
    module, bands = _ASD(model), model.network.config.bands
    size = length(bands)

    def example(height: int, width: int) -> tuple[Tensor, ...]:
        chance = torch.Generator().manual_seed(height * _MOST + width)
        image = torch.randn(1, bands, height + 2 * ASD_MARGIN, width + 2 * ASD_MARGIN, generator=chance)
        if not module.by_scene:
            return (image,)
        whitening = torch.eye(size) + 0.1 * torch.randn(size, size, generator=chance)
        return image, torch.randn(1, size, generator=chance), whitening[None]

    open_ = {2: 2 * Dim("rows", min=20, max=_MOST), 3: 2 * Dim("columns", min=20, max=_MOST)}
    scene = ("scene_mean", "scene_whitening") if module.by_scene else ()
    return Network(
        name=f"asd-{file_name(model.name)}",
        module=module,
        inputs=("image", *scene),
        outputs=module.outputs,
        shapes=(open_, *(None for _ in scene)),
        example=example,
        sizes=((48, 64), (30, 130), (200, 16)),
        metadata={
            "weights": str(model.card["sha256"]),
            "margin": str(ASD_MARGIN),
            "reference": repr(model.reference),
        },
    )


def instances(name: str, stride: int) -> Network:
    """Mask DINO^Ada or Mask2Former^Ada with its weights, its masks at one of its strides."""
    network, card = load_ada(WEIGHTS_FOLDER / name)
    return instance_network(name, network, stride, {"weights": str(card["sha256"])})


def instance_network(name: str, network: AdaNetwork, stride: int, metadata: dict[str, str]) -> Network:
    """Any instance network: what it says of an image, its masks at one of its strides.

    Args:
        name: of the file, before the stride.
        network: with its weights.
        stride: one of its trunk's.
        metadata: what the file shall say besides.
    """
    module = InstanceOutputs(network.eval().requires_grad_(False), stride)
    multiple, inputs = network.trunk.multiple, network.trunk.inputs

    def example(height: int, width: int) -> tuple[Tensor, ...]:
        chance = torch.Generator().manual_seed(height * _MOST + width)
        return (torch.randn(1, inputs, height, width, generator=chance),)

    def expected(given: tuple[Tensor, ...], found: Sequence[Tensor]) -> tuple[Tensor, ...]:
        # Which of two pixels has the higher score may hang on the last digit: ranks are taken from one map.
        (image,) = given
        return module(image)[0], *with_map(module, image, found[0])[1:]

    open_ = {2: multiple * Dim("rows", min=2, max=_MOST), 3: multiple * Dim("columns", min=2, max=_MOST)}
    return Network(
        name=f"{name}-stride-{stride}",
        module=module,
        inputs=("image",),
        outputs=module.outputs,
        shapes=(open_,),
        example=example,
        sizes=((64, 96), (112, 48)),
        metadata={
            **metadata,
            "inputs": json.dumps([*(f"channel_{k + 1}" for k in range(CHANNELS)), *MAPS][:inputs]),
            "multiple": str(multiple),
            "stride": str(stride),
        },
        expected=expected,
    )


def deepness(bands: int) -> Network:
    """UniADRS with all that goes before and behind it, for Deepness: raw bands in, a score for each pixel out."""
    network, card = load_network(WEIGHTS_FOLDER / "uniadrs", "spatial")

    def example(height: int, width: int) -> tuple[Tensor, ...]:
        return (_ground(bands, height, width),)

    return Network(
        name=f"uniadrs-deepness-{bands}-band{'s' if bands > 1 else ''}",
        module=TileDetector(network, bands).eval().requires_grad_(False),
        inputs=("image",),
        outputs=("score",),
        shapes=(None,),
        example=example,
        sizes=((DEEPNESS_TILE, DEEPNESS_TILE),),
        metadata={"weights": str(card["sha256"]), **deepness_metadata()},
    )


def _ground(bands: int, height: int, width: int) -> Tensor:
    """Something like ground, in 0..1, with an object on it and a border without data."""
    chance = torch.Generator().manual_seed(bands)
    coarse = torch.rand(1, bands, height // 32 + 2, width // 32 + 2, generator=chance)
    image = nn.functional.interpolate(coarse, (height, width), mode="bilinear") * 0.5 + 0.2
    image += 0.03 * torch.randn(1, bands, height, width, generator=chance)
    image[:, :, height // 2 : height // 2 + 9, width // 3 : width // 3 + 7] = 0.95
    image = image.clamp(1 / 255, 1)
    image[:, :, :, -width // 8 :] = 0
    return image
