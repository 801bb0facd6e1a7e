"""Writes the networks as ONNX files, each checked against PyTorch, and a file for the QGIS plugin Deepness.

The networks come with the height and width of what they see left open. Their inputs and outputs, and what else a
program has to do that runs them, are in docs/onnx.md and, in short, in each file's metadata.
"""

from __future__ import annotations

import argparse
import json
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.export import Dim

from ..engine.errors import EngineError
from ..engine.models.ada.network import AdaNetwork, load_ada
from ..engine.models.ada.trunk import CHANNELS
from ..engine.models.asd import MARGIN as ASD_MARGIN
from ..engine.models.density import GaussianDensity
from ..engine.models.deviation import MAPS
from ..engine.models.surroundings import length, surroundings
from ..engine.models.taught import TaughtModel, file_name, load_model
from ..engine.models.uniadrs import MULTIPLE, STEMS, FeatureStatistics, UniADRS, interpolation_matrix, load_network
from ..engine.provenance import package_version
from ..engine.weights import WEIGHTS_FOLDER
from .evaluate import make_folder
from .onnx_deepness import DEEPNESS_TILE, TileDetector, deepness_metadata
from .onnx_instances import InstanceOutputs, with_map
from .onnx_operators import OPERATORS

TOLERANCE = 1e-4
"""How far a file's outputs may be from PyTorch's; of outputs and values beyond 1, as a share of them."""

INSTANCES = ("mask_dino_ada", "mask2former_ada")
"""Detectors of instances, by the names of their weights."""

KINDS = ("uniadrs", "instances", "deepness", "asd")
"""What can be exported."""

DEFAULT_OUT = Path("out") / "onnx"

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


def export(network: Network, path: Path) -> float:
    """Write one file and check it.

    Args:
        network: what to write.
        path: of the file.

    Returns:
        The largest difference of any output from PyTorch's, at all sizes.

    Raises:
        EngineError: ``internal`` where it is larger than :data:`TOLERANCE`; ``engine_incomplete``.
    """
    try:
        import onnx
        import onnxruntime
        import onnxscript  # noqa: F401 - torch exports with it
    except ImportError as error:
        raise EngineError(
            "engine_incomplete",
            f"This Python has no {error.name}, which exporting to ONNX needs.",
            "Install the extra “onnx”; docs/onnx.md says how.",
        ) from error
    for name in ("torch.onnx", "onnxscript"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with _plain_attention(), warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of the exporter, about itself
        program = torch.onnx.export(
            network.module,
            network.example(*network.sizes[0]),
            dynamo=True,
            verbose=False,
            input_names=list(network.inputs),
            output_names=list(network.outputs),
            dynamic_shapes=network.shapes,
            custom_translation_table=OPERATORS,
        )
    assert program is not None  # noqa: S101 - only without dynamo  # nosec B101
    model = program.model_proto
    for key, value in {"anomaly_lens": package_version(), "network": network.name, **network.metadata}.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(model, full_check=True)
    partial = path.with_name(f"{path.name}.partial")
    try:
        onnx.save(model, partial)
        worst = _difference(network, onnxruntime.InferenceSession(partial, providers=["CPUExecutionProvider"]))
        if not worst <= TOLERANCE:
            raise EngineError(
                "internal",
                f"{path.name} differs from PyTorch by {worst:.1e}; at most {TOLERANCE:g} is right. It was not kept.",
                "Use the pinned versions of torch, onnx, onnxscript and onnxruntime.",
            )
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return worst


def _difference(network: Network, session: Any) -> float:  # noqa: ANN401 - ONNX Runtime's
    """The largest of any output at any size; NaN if any is."""
    apart = []
    for size in network.sizes:
        given = network.example(*size)
        found = session.run(None, {name: x.numpy() for name, x in zip(network.inputs, given, strict=True)})
        found = [torch.from_numpy(x) for x in found]
        with torch.no_grad():
            expected = network.module(*given) if network.expected is None else network.expected(given, found)
        expected = expected if isinstance(expected, tuple) else (expected,)
        for own, other in zip(expected, found, strict=True):
            # What cancels to little was rounded as what it is a sum of: logits of masks reach hundreds.
            usual = max(1.0, float(own.square().mean().sqrt()))
            apart.append(float(((own - other).abs() / own.abs().clamp(min=usual)).max()))
    return float(np.max(apart))


@contextmanager
def _plain_attention() -> Iterator[None]:
    """PyTorch's fused attention layer is one operator that ONNX does not have: let it be written out."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def networks(args: argparse.Namespace) -> Iterator[Network]:
    """Those that the command line asks for; taught models are opened first, for the others take minutes.

    Raises:
        EngineError: ``bad_model``; ``bad_parameter`` where two models have one name, or ASD is asked for without one.
    """
    wanted = args.only or KINDS
    if "asd" in args.only and not args.asd:
        raise EngineError(
            "bad_parameter", "No taught ASD model is given.", "Name folders or shipped models with --asd."
        )
    if args.asd and "asd" not in wanted:
        raise EngineError("bad_parameter", "--only leaves the models of --asd out.", "Add asd to --only.")
    taught = [asd(folder) for folder in args.asd]
    names = [network.name.casefold() for network in taught]
    for name, folder in zip(names, args.asd, strict=True):
        if names.count(name) > 1:
            raise EngineError(
                "bad_parameter",
                f"The file of {folder} would be {name}.onnx, like that of another model.",
                "Export them one by one, with another --out each.",
            )
    for stem in STEMS if "uniadrs" in wanted else ():
        yield uniadrs(stem)
    for name in INSTANCES if "instances" in wanted else ():
        for stride in load_ada(WEIGHTS_FOLDER / name)[0].trunk.strides:
            yield instances(name, stride)
    for bands in args.bands if "deepness" in wanted else ():
        yield deepness(bands)
    yield from taught


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--out", default=str(DEFAULT_OUT), metavar="DIR", help=f"default: {DEFAULT_OUT}")
    parser.add_argument(
        "--bands",
        type=int,
        nargs="*",
        choices=(1, 2, 3, 4),
        default=[1, 3],
        metavar="N",
        help="bands of the files for Deepness, 1 to 4; default: 1 3",
    )
    parser.add_argument(
        "--asd",
        nargs="*",
        default=[],
        metavar="MODEL",
        help="folders or names of taught ASD models, to be exported too",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=KINDS,
        default=[],
        metavar="KIND",
        help=f"one or more of {', '.join(KINDS)}; default: all",
    )


def run(args: argparse.Namespace) -> int:
    """Export, check, and say what was written."""
    out = make_folder(Path(args.out))
    for network in networks(args):
        path = out / f"{network.name}.onnx"
        worst = export(network, path)
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, differs from PyTorch by {worst:.1e}", flush=True)
    return 0
