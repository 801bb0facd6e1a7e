"""Reading the checkpoints that the authors of ASD publish: encoders for three scales, and the two heads.

The files hold tensors alone and are read as such (``weights_only``): nothing in them can run. Their layout: three files
``checkpoint-model-scale-*.pth`` with ``conv1`` to ``conv4``; ``checkpoint-model-mseoad.pth`` with ``bn`` (over D_c),
``conv1`` (the descriptor head), ``conv2`` (the reconstruction head) and ``conv3``, which is not used.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NoReturn

import torch
from torch import Tensor

from ..errors import EngineError
from ..models.asd import ASD, SCALES, ASDConfig
from ..models.taught import Scaling
from ..scene import Scene

_HEADS = "checkpoint-model-mseoad.pth"
_ENCODERS = "checkpoint-model-scale-*.pth"
_NORM_EPSILON = 1e-5
_LARGEST = {"uint8": 255.0, "uint16": 65_535.0}


def read_checkpoints(folder: str | Path, bands: int) -> ASD:
    """A network with the authors' weights.

    Args:
        folder: with the four files.
        bands: how many bands the scenes have.

    Raises:
        EngineError: ``bad_checkpoint`` where files are missing, are no such checkpoints, or are for other bands.
    """
    place = Path(folder)
    files = sorted(place.glob(_ENCODERS), key=_scale)
    heads_there = os.path.isfile(place / _HEADS)  # noqa: PTH113 - the other raises where the folder is closed
    if len(files) != len(SCALES) or not heads_there:
        _refuse(f"{place} holds {len(files)} files {_ENCODERS} and {'one' if heads_there else 'no'} {_HEADS}")
    encoders = [_read(file) for file in files]
    heads = _read(place / _HEADS)
    try:
        first = encoders[0]["conv1.weight"]
        widths = tuple(len(encoders[0][f"conv{n}.weight"]) for n in (1, 2, 3))
        config = ASDConfig(first.shape[1], len(encoders[0]["conv4.weight"]), widths)  # type: ignore[arg-type]
        network = ASD(config)
        for encoder, tensors in zip(network.encoders, encoders, strict=True):
            encoder.load_state_dict(tensors)
        for name, head in (("conv1", network.describe), ("conv2", network.reconstruct)):
            head.load_state_dict(_without_norm(heads, name))
    except (KeyError, IndexError, RuntimeError, TypeError, ValueError) as error:
        _refuse(f"The checkpoints in {place} are not laid out as those of ASD ({str(error).splitlines()[0]})")
    if config.bands != bands:
        _refuse(f"The checkpoints in {place} are for {config.bands} bands, the scenes have {bands}")
    return network.eval()


def authors_scaling(scene: Scene, images: Tensor) -> Scaling:
    """Bands as the authors feed them: divided by the largest value of their type, or that there is in the images."""
    largest = _LARGEST.get(scene.dtype, float(images.abs().max()) or 1.0)
    return Scaling(torch.zeros(scene.count), torch.full((scene.count,), largest))


def _read(file: Path) -> dict[str, Tensor]:
    try:
        tensors = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001 - what is no pickle may fail at any of its steps
        _refuse(
            f"{file} holds no weights that can be read safely ({str(error).splitlines()[0] if str(error) else error!r})"
        )
    named = isinstance(tensors, dict) and all(isinstance(name, str) for name in tensors)
    if not named or not all(isinstance(tensor, Tensor) for tensor in tensors.values()):
        _refuse(f"{file} holds something else than tensors")
    return {name: tensor for name, tensor in tensors.items() if not name.endswith("num_batches_tracked")}


def _without_norm(heads: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """The weights of a 1x1 convolution that also does what the normalisation before it does."""
    scale = heads["bn.weight"] / (heads["bn.running_var"] + _NORM_EPSILON).sqrt()
    shift = heads["bn.bias"] - heads["bn.running_mean"] * scale
    weight = heads[f"{name}.weight"]
    return {
        "weight": weight * scale[:, None, None],
        "bias": heads[f"{name}.bias"] + weight[:, :, 0, 0] @ shift,
    }


def _scale(file: Path) -> float:
    found = re.search(r"scale-(\d+(?:\.\d+)?)", file.name)
    return float(found[1]) if found else 0.0


def _refuse(reason: str) -> NoReturn:
    raise EngineError("bad_checkpoint", f"{reason}.", f"Choose the folder with {_ENCODERS} (three files) and {_HEADS}.")
