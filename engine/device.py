"""Which devices there are, which one a run takes, and in what precision it computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import EngineError

if TYPE_CHECKING:
    import torch


def devices() -> list[dict[str, Any]]:
    """The devices a person can choose, the best first.

    Returns:
        For each its torch ``name``, a ``label`` for people, and whether it is ``available``.
    """
    import torch

    threads = torch.get_num_threads()
    label = "CPU, 1 thread" if threads == 1 else f"CPU, {threads} threads"
    cpu = {"name": "cpu", "label": label, "available": True}
    if not torch.cuda.is_available():
        return [cpu, {"name": "cuda", "label": "No CUDA GPU found", "available": False}]
    return [{"name": "cuda", "label": torch.cuda.get_device_name(0), "available": True}, cpu]


def choose_device(name: str) -> str:
    """The torch device for a request.

    Args:
        name: "auto" (CUDA where there is one, else the CPU), "cpu" or "cuda".

    Raises:
        EngineError: ``unknown_device``, also for a GPU that is not there: nothing falls back in silence.
    """
    available = [d["name"] for d in devices() if d["available"]]
    if name == "auto":
        return str(available[0])
    if name not in available:
        raise EngineError(
            "unknown_device",
            f"The device “{name}” is not available here.",
            f"Choose one of: auto, {', '.join(available)}.",
        )
    return name


def best_dtype(device: str) -> torch.dtype:
    """bfloat16 where the hardware multiplies it natively, else float32."""
    import torch

    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    return torch.bfloat16 if torch.ops.mkldnn._is_mkldnn_bf16_supported() else torch.float32
