"""Shipped weights: a ``safetensors`` file with a model card beside it that says what it is."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from .errors import EngineError
from .whole_file import whole_file

WEIGHTS_FOLDER = Path(__file__).resolve().parent.parent / "resources" / "weights"

_REINSTALL = "Reinstall the plugin, or choose the detector “rx”, which needs no weights."


def load_weights(
    folder: Path, *, code: str = "bad_weights", remedy: str = _REINSTALL
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and the card of a folder with ``card.json`` and the file that the card names.

    Args:
        folder: where they lie.
        code: of the errors.
        remedy: what to do where they are of no use.

    Returns:
        Tensors by name, and the card, whose ``sha256`` is that of the file.

    Raises:
        EngineError: with that code where a file is missing, altered or no weights at all.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    card_path = folder / "card.json"
    try:
        card = json.loads(card_path.read_text(encoding="utf-8"))
        path = folder / str(card["file"])
        content = path.read_bytes()
        expected = str(card["sha256"])
    except FileNotFoundError as error:
        raise EngineError(code, f"The weights file {error.filename} is missing.", remedy) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(code, f"The model card {card_path} cannot be read.", remedy) from error
    if checksum(content) != expected:
        raise EngineError(code, f"The weights file {path} is not the one that its model card describes.", remedy)
    try:
        return load(content), card
    except (SafetensorError, ValueError) as error:
        raise EngineError(code, f"{path} holds no weights.", remedy) from error


def checksum(content: bytes) -> str:
    """The hash of a file's content as a card holds it; bare digits would look like a secret to scanners."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def json_text(content: Any) -> str:  # noqa: ANN401 - anything that JSON can hold
    """A card, a report or settings as JSON; what is not defined becomes null, for NaN and infinity are no JSON."""
    return json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def save_weights(folder: Path, file: str, tensors: dict[str, Tensor], card: dict[str, Any]) -> None:
    """Write tensors and card; the card gets ``file``, ``bytes`` and ``sha256``.

    Weights that lie there stay whole until both can take their place.

    Args:
        folder: where to; made if it is not there.
        file: name of the ``safetensors`` file.
        tensors: by name.
        card: everything else that is known of them, plain JSON types.

    Raises:
        OSError: the folder cannot be written, or the disk is full.
    """
    from safetensors.torch import save

    folder.mkdir(parents=True, exist_ok=True)
    content = save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()})
    filled = {**card, "file": file, "bytes": len(content), "sha256": checksum(content)}
    with whole_file(folder / "card.json") as card_draft, whole_file(folder / file) as draft:
        draft.write_bytes(content)
        card_draft.write_bytes(json_text(filled).encode())
