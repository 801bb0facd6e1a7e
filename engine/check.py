"""Sees whether this Python can run the engine: loads every package and convolves on a device."""

from __future__ import annotations

import platform
import sys
import time
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from .device import choose_device, devices
from .errors import EngineError

_PACKAGES = ("torch", "numpy", "scipy", "rasterio", "pyogrio", "shapely", "pyproj", "safetensors")
_OLDEST = (3, 10)
_SIZE, _CHANNELS = 128, 8
_TOLERANCE = 1e-2
"""Relative: GPUs round the factors of a convolution to ten bits (TF32)."""


def check_packages() -> None:
    """See that this Python is new enough and has what the engine needs, without importing it.

    Raises:
        EngineError: ``engine_incomplete``.
    """
    hint = "Press Set up engine in the dock, or choose a Python that has what pyproject.toml lists."
    if sys.version_info < _OLDEST:
        raise EngineError(
            "engine_incomplete",
            f"The Python at {sys.executable} is {platform.python_version()}; the engine needs 3.10 or newer.",
            hint,
        )
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise EngineError("engine_incomplete", f"The Python at {sys.executable} lacks {', '.join(missing)}.", hint)


def cannot_load(error: Exception) -> EngineError:
    """What it means that a package cannot be loaded."""
    return EngineError(
        "engine_incomplete",
        f"The Python at {sys.executable} cannot load a package: {error}.",
        "Set up the engine again, or choose another Python for it.",
    )


def check(device: str = "auto") -> dict[str, Any]:
    """Load what the engine needs and compare a convolution on a device with the processor's in float64.

    Args:
        device: "auto", "cpu" or "cuda".

    Returns:
        Plain values: versions, the device, and how far the convolution was off.

    Raises:
        EngineError: ``engine_incomplete`` where a package cannot be loaded, ``unknown_device``, or ``device_failed``.
    """
    try:
        import torch

        from . import pipeline  # noqa: F401 - loads all the others
    except (ImportError, OSError) as error:
        raise cannot_load(error) from error
    name = choose_device(device)
    label = next(d["label"] for d in devices() if d["name"] == name)
    generator = torch.Generator().manual_seed(0)
    image = torch.rand((1, _CHANNELS, _SIZE, _SIZE), generator=generator)
    kernel = torch.rand((_CHANNELS, _CHANNELS, 3, 3), generator=generator) - 0.5
    expected = torch.nn.functional.conv2d(image.double(), kernel.double())
    began = time.perf_counter()
    try:
        found = torch.nn.functional.conv2d(image.to(name), kernel.to(name)).cpu().double()
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise EngineError(
            "device_failed",
            f"{label} cannot compute: {reason}",
            "Update its driver, or choose the CPU in the options.",
        ) from error
    deviation = float((found - expected).abs().max() / expected.abs().max())
    if deviation > _TOLERANCE:
        raise EngineError(
            "device_failed",
            f"{label} computes wrongly: a convolution is off by {deviation:.0%}.",
            "Update its driver, or choose the CPU in the options.",
        )
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        # torch's own word tells which CUDA it was built for, what its package is called does not always.
        "packages": {package: version(package) for package in _PACKAGES} | {"torch": str(torch.__version__)},
        "cuda": torch.version.cuda,
        "device": name,
        "label": label,
        "deviation": deviation,
        "seconds": round(time.perf_counter() - began, 3),
    }
