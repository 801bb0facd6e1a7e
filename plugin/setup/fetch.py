"""Downloads the engine's packages, each with the hash that the lock file has for it."""

from __future__ import annotations

import re
from pathlib import Path

from qgis.PyQt.QtCore import QCoreApplication

from .gpu import build_in
from .lock import TORCH, Pin, read_pins
from .pip import Pip
from .task import Tell

translate = QCoreApplication.translate

# Megabytes, roughly; all others are small.
_MEGABYTES = {TORCH: 200, "scipy": 36, "rasterio": 36, "pyogrio": 30, "numpy": 17, "pyproj": 10, "sympy": 6}
_CUDA_MEGABYTES = 130


def fetch(pip: Pip, target: Path, index_url: str, wheels: Path | None, tell: Tell) -> None:
    """Download wheels into a folder; what came in an earlier try is not fetched again.

    Args:
        pip: of the environment that they are for.
        target: the folder, which is made.
        index_url: of an index with the chosen build of PyTorch; empty for its standard build.
        wheels: a folder to look in first, or None.
        tell: is told the fraction that has come.

    Raises:
        PluginError: as :meth:`Pip.download`.
    """
    target.mkdir(exist_ok=True)
    # pip itself is there already.
    pins = [pin for pin in read_pins() if pin.name != "pip"]
    downloads = _Downloads(pip, target, sum(map(_megabytes, pins)), tell)
    folder: tuple[str | Path, ...] = () if wheels is None else ("--find-links", wheels)
    build = index_url.rpartition("/")[2] or build_in(wheels)
    if build:
        # Such a build has another hash than the standard one; pip checks that of the index. What it needs besides is
        # no older or newer than the lock says.
        torch = next(pin for pin in pins if pin.name == TORCH)
        others = [line for pin in pins if not pin.is_cuda for line in pin.requirements]
        constraints = target / "constraints.txt"
        constraints.write_text("\n".join(others), encoding="utf-8")
        # Such an index has PyTorch in all versions, but not all that PyTorch needs.
        index = ("--extra-index-url", index_url) if index_url else ()
        # By its full name: no other build is taken instead.
        exact = f"{torch.requirements[0]}+{build}"
        downloads.get(_megabytes(torch), (*index, *folder, "--constraint", constraints, exact))
        pins = [pin for pin in pins if pin.name != TORCH and not pin.is_cuda]
    in_folder = set() if wheels is None else {_normal(path.name.split("-")[0]) for path in wheels.glob("*.whl")}
    small = [pin for pin in pins if _megabytes(pin) == 1 and pin.name not in in_folder]
    groups = [small] if small else []
    for group in (*groups, *([pin] for pin in pins if pin not in small)):
        source = ("--no-index", *folder) if group[0].name in in_folder else ()
        file = target / "requirements.txt"
        file.write_text("\n".join(pin.text for pin in group), encoding="utf-8")
        arguments = (*source, "--no-deps", "--require-hashes", "--requirement", file)
        downloads.get(sum(map(_megabytes, group)), arguments)


class _Downloads:
    """Tells how much of everything has come."""

    def __init__(self, pip: Pip, target: Path, megabytes: int, tell: Tell) -> None:
        self._pip = pip
        self._target = target
        self._whole = megabytes
        self._tell = tell
        self._done = 0.0

    def get(self, megabytes: int, arguments: tuple[str | Path, ...]) -> None:
        """Download with one call of pip.

        Args:
            megabytes: that are expected.
            arguments: of ``pip download``.
        """
        # Bytes by package: one call may bring several.
        come: dict[str, int] = {}

        def on_bytes(package: str, bytes_come: int, of: int) -> None:
            come[package] = bytes_come
            part = min(megabytes, sum(come.values()) / 1e6)
            text = translate("EngineSetup", "Downloading {package}")
            if of >= 1e6:
                text = translate("EngineSetup", "Downloading {package}: {come} of {size} MB")
            text = text.format(package=package, come=round(bytes_come / 1e6), size=round(of / 1e6))
            self._tell((self._done + part) / self._whole, text)

        self._pip.download(self._target, arguments, on_bytes)
        self._done += megabytes


def _megabytes(pin: Pin) -> int:
    return _CUDA_MEGABYTES if pin.is_cuda else _MEGABYTES.get(pin.name, 1)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
