"""Writes the networks as ONNX files, each checked against PyTorch, and a file for the QGIS plugin Deepness.

The networks come with the height and width of what they see left open. Their inputs and outputs, and what else a
program has to do that runs them, are in docs/onnx.md and, in short, in each file's metadata.
"""

from __future__ import annotations

import argparse
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..engine.errors import EngineError
from ..engine.models.ada.network import load_ada
from ..engine.models.uniadrs import STEMS
from ..engine.provenance import package_version
from ..engine.weights import WEIGHTS_FOLDER
from ..engine.whole_file import whole_file
from .evaluate import make_folder
from .onnx_networks import Network, asd, deepness, instances, uniadrs
from .onnx_operators import OPERATORS

TOLERANCE = 1e-4
"""How far a file's outputs may be from PyTorch's; of outputs and values beyond 1, as a share of them."""

INSTANCES = ("mask_dino_ada", "mask2former_ada")
"""Detectors of instances, by the names of their weights."""

KINDS = ("uniadrs", "instances", "deepness", "asd")
"""What can be exported."""

DEFAULT_OUT = Path("out") / "onnx"


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
    with whole_file(path) as partial:
        onnx.save(model, partial)
        worst = _difference(network, onnxruntime.InferenceSession(partial, providers=["CPUExecutionProvider"]))
        if not worst <= TOLERANCE:
            raise EngineError(
                "internal",
                f"{path.name} differs from PyTorch by {worst:.1e}; at most {TOLERANCE:g} is right. It was not kept.",
                "Use the pinned versions of torch, onnx, onnxscript and onnxruntime.",
            )
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
