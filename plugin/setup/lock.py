"""Reads the lock file: which packages the engine needs, in which versions, with the hashes of their files."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .places import LOCK_FILE

TORCH = "torch"

# What PyTorch's CUDA build brings along; other builds bring others, or none.
_CUDA = re.compile(r"(nvidia|cuda)-|triton")


@dataclass(frozen=True)
class Pin:
    """One package of the lock file, in one or more versions, of which each is for some systems and Pythons.

    Attributes:
        name: of the package.
        requirements: names, versions and what they are for.
        text: the same with the hashes of all their files, as it stands in the lock file.
    """

    name: str
    requirements: tuple[str, ...]
    text: str

    @property
    def is_cuda(self) -> bool:
        """Whether it is there for PyTorch's CUDA build alone."""
        return _CUDA.match(self.name) is not None


def read_pins() -> list[Pin]:
    """The packages of the lock file, in its order."""
    text = LOCK_FILE.read_text(encoding="utf-8")
    blocks: dict[str, list[str]] = {}
    for block in re.findall(r"^[a-z0-9].*(?:\n[ \t].*)*", text, re.MULTILINE):
        blocks.setdefault(re.split(r"[=;\s]", block)[0], []).append(block)
    return [Pin(name, tuple(map(_requirement, found)), "\n".join(found)) for name, found in blocks.items()]


def _requirement(block: str) -> str:
    return block.splitlines()[0].rstrip("\\").strip()
