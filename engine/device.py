"""Which devices there are, and which one a run takes."""

from __future__ import annotations

from typing import Any

from .errors import EngineError


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
