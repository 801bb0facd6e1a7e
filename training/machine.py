"""What a measurement ran on."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..engine.provenance import package_versions


def machine_facts() -> dict[str, Any]:
    """Processor, memory, threads, GPU, system, time and package versions, as plain JSON types."""
    import torch

    return {
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "memory_gb": _memory_gb(),
        "gpu": torch.cuda.get_device_name(0) if torch.cuda.is_available() else None,
        "system": platform.platform(terse=True),
        "packages": package_versions(),
    }


def training_facts() -> dict[str, Any]:
    """What a model card says of the machine that trained, and of its packages, as plain JSON types."""
    facts = machine_facts()
    return {"machine": {key: facts[key] for key in ("processor", "cores", "gpu")}, "packages": facts["packages"]}


def source_commit() -> str | None:
    """The commit that is checked out, "git:" and its hash; None where the code does not lie in a repository."""
    git = Path(__file__).resolve().parents[1] / ".git"
    try:
        # In a worktree, and in a submodule, a file names the folder; references lie in the repository's own.
        if git.is_file():
            git = git.parent / git.read_text(encoding="utf-8").strip().removeprefix("gitdir: ")
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return f"git:{head}"
        ref = head.removeprefix("ref: ")
        if (git / "commondir").is_file():
            git /= (git / "commondir").read_text(encoding="utf-8").strip()
        if (git / ref).is_file():
            return "git:" + (git / ref).read_text(encoding="utf-8").strip()
        packed = (git / "packed-refs").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    return next((f"git:{line.split()[0]}" for line in packed if line.endswith(f" {ref}")), None)


def describe(facts: dict[str, Any]) -> str:
    """The facts in two lines for people."""
    packages = facts["packages"]
    memory = "" if facts["memory_gb"] is None else f", {facts['memory_gb']} GB"
    return (
        f"{facts['processor']}, {facts['cores']} cores, {facts['torch_threads']} torch threads{memory}, "
        f"GPU: {facts['gpu'] or 'none'}\n"
        f"{facts['system']}, Python {packages['python']}, torch {packages['torch']}, numpy {packages['numpy']}, "
        f"GDAL {packages['gdal']}, {facts['time']}"
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory_gb() -> int | None:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9)
