"""Which build of PyTorch this computer's graphics card and driver can use."""

from __future__ import annotations

import os
import platform
import re
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from qgis.PyQt.QtCore import QCoreApplication

from ..errors import PluginError
from ..numbers import number_text
from .processes import run

translate = QCoreApplication.translate

_ASK = ("--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader")
_PATIENCE_S = 10

_LOCAL_BUILD = re.compile(r"torch-[^-+]+\+(\w+)-")

CPU = "cpu"


@dataclass(frozen=True)
class Build:
    """A CUDA build of PyTorch.

    Attributes:
        name: the last part of its index's URL.
        driver: the oldest driver that runs it (NVIDIA, "Minor Version Compatibility").
        compute: the oldest architecture that it has code for (PyTorch, "CUDA support matrix" of 2.13).
    """

    name: str
    driver: int
    compute: float


BUILDS = (Build("cu130", 580, 7.5), Build("cu126", 525, 5.0))
"""Those of PyTorch 2.13, the newest first."""

STANDARD_CUDA = BUILDS[0]
"""What PyTorch's standard wheel for Linux on x86-64 is built with; those for other systems have no CUDA."""


@dataclass(frozen=True)
class Gpu:
    """An NVIDIA graphics card.

    Attributes:
        name: of the card.
        driver: its driver's version, such as "535.183.01".
        compute: its architecture, such as 8.6; 0 where the driver does not tell.
    """

    name: str
    driver: str
    compute: float = 0.0

    def runs(self, build: Build) -> bool:
        """Whether card and driver can use a build.

        Args:
            build: of PyTorch.
        """
        branch = self.driver.split(".")[0]
        return branch.isdigit() and int(branch) >= build.driver and (not self.compute or self.compute >= build.compute)


@dataclass(frozen=True)
class Choice:
    """What to install.

    Attributes:
        build: "cpu" or a CUDA build's name; the last part of the URL of PyTorch's index, where one is given.
        reason: one sentence that says why, for people.
        brings_cuda: whether gigabytes of CUDA come along, used or not.
    """

    build: str
    reason: str
    brings_cuda: bool = False

    @property
    def download_gb(self) -> float:
        """What is downloaded, roughly, as measured on Linux."""
        return 2.9 if self.brings_cuda else 0.4


def parse_gpus(answer: str) -> list[Gpu]:
    """The cards in what ``nvidia-smi`` answers.

    Args:
        answer: lines such as "NVIDIA GeForce RTX 3060, 535.183.01, 8.6".
    """
    gpus = []
    for line in answer.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) == 3 and fields[1][:1].isdigit():
            compute = float(fields[2]) if fields[2].replace(".", "", 1).isdigit() else 0.0
            gpus.append(Gpu(fields[0], fields[1], compute))
    return gpus


def find_gpus(stop: threading.Event) -> list[Gpu]:
    """The NVIDIA cards of this computer, by its driver's own tool; none where that is missing or fails.

    Args:
        stop: set to give up.

    Raises:
        PluginError: ``cancelled``.
    """
    try:
        code, said = run(("nvidia-smi", *_ASK), os.environ, stop, patience_s=_PATIENCE_S)
    except PluginError as error:
        if error.code == "cancelled":
            raise
        return []
    return parse_gpus(said) if code == 0 else []


def build_in(wheels: Path | None) -> str:
    """The build of PyTorch that a folder of wheels has, such as "cpu"; empty where it has none or the standard one.

    Args:
        wheels: the folder, if any.
    """
    names = [] if wheels is None else sorted(path.name for path in wheels.glob("torch-*+*.whl"))
    found = _LOCAL_BUILD.match(names[-1]) if names else None
    return found[1] if found else ""


def choose_build(
    gpus: list[Gpu], has_index: bool, folder_build: str = "", system: str = sys.platform, machine: str = ""
) -> Choice:
    """The build of PyTorch for this computer.

    Args:
        gpus: the cards of this computer.
        has_index: whether an index with all builds of PyTorch is given, instead of its standard wheels alone.
        folder_build: as of :func:`build_in`.
        system: as ``sys.platform``.
        machine: as ``platform.machine()``; this computer's where empty.
    """
    if folder_build and not has_index:
        text = translate("EngineSetup", "The folder of wheels has PyTorch for “{build}”.")
        return Choice(folder_build, text.format(build=folder_build), folder_build != CPU)
    standard_cuda = system == "linux" and (machine or platform.machine()) == "x86_64"
    offered = BUILDS if has_index else (STANDARD_CUDA,) if standard_cuda else ()
    for gpu in gpus:
        for build in offered:
            if gpu.runs(build):
                text = translate("EngineSetup", "{name}, driver {driver}: the engine will use it, with CUDA ({build}).")
                return Choice(build.name, text.format(name=gpu.name, driver=gpu.driver, build=build.name), True)
    reason = _why_cpu(gpus, offered, system)
    if standard_cuda and not has_index:
        small = Choice(CPU, reason)
        more = translate("EngineSetup", "With an index of PyTorch's builds in the options, {size} GB are downloaded.")
        return Choice(CPU, f"{reason} {more.format(size=number_text(small.download_gb, 1))}", True)
    return Choice(CPU, reason)


def _why_cpu(gpus: list[Gpu], offered: tuple[Build, ...], system: str) -> str:
    if system == "darwin":
        return translate("EngineSetup", "The engine will use the processor.")
    if not gpus:
        return translate("EngineSetup", "No NVIDIA card was found: the engine will use the processor.")
    gpu = gpus[0]
    if not offered:
        text = translate(
            "EngineSetup",
            "{name} was found, but PyTorch's standard build for this system has no CUDA: the engine will use the "
            "processor. To use the card, give the index of PyTorch's builds in the options.",
        )
    elif gpu.compute and gpu.compute < min(build.compute for build in offered):
        text = translate(
            "EngineSetup", "{name} is too old for PyTorch's CUDA build: the engine will use the processor."
        )
    else:
        text = translate(
            "EngineSetup",
            "{name} has driver {driver}, which is too old for PyTorch's CUDA build ({needed} or newer): the engine "
            "will use the processor. Update the driver and press Repair to use the card.",
        )
    needed = min((build.driver for build in offered), default=0)
    return text.format(name=gpu.name, driver=gpu.driver, needed=needed)
