"""Writes ``resources/engine-lock.txt`` (``make lock``, after each change of pyproject.toml), and fetches pip's wheel.

The lock pins every package that the engine needs, for all systems and Pythons at once, with the hashes of its files.
The plugin installs from it (``plugin/setup``) and brings pip along, which a QGIS on Debian does not have; the wheel is
fetched when the plugin is packaged or tested, for the repository holds nothing that others wrote.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "resources" / "engine-lock.txt"
PIP_FOLDER = ROOT / "resources" / "pip"
PIP = "pip==26.3"
OLDEST_PYTHON = "3.10"
HEAD = "# Made by `make lock` from pyproject.toml. Every package of the engine, for every system, with its hashes.\n"


def run(*command: object, text: str | None = None) -> str:
    """Run a command in the repository's root.

    Args:
        command: program and arguments.
        text: goes to its standard input.

    Returns:
        What it wrote to its standard output.
    """
    done = subprocess.run(  # noqa: S603 - the commands below
        [str(word) for word in command], cwd=ROOT, input=text, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def fetch_pip() -> None:
    """Fetch the wheel that the lock names, and no other."""
    pin = re.search(r"(?m)^pip==.*(?:\n +--hash.*)*", LOCK.read_text(encoding="utf-8"))
    if pin is None:
        sys.exit(f"{LOCK.relative_to(ROOT)} does not pin pip: run `make lock`.")
    shutil.rmtree(PIP_FOLDER, ignore_errors=True)
    PIP_FOLDER.mkdir()
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(pin[0] + "\n")
        file.flush()
        options = ("--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement", file.name)
        run(sys.executable, "-m", "pip", "download", *options, "--dest", PIP_FOLDER)


def lock() -> None:
    """Write the lock."""
    options = ("--universal", "--generate-hashes", "--python-version", OLDEST_PYTHON)
    quiet = ("--no-annotate", "--no-header", "--no-config", "--quiet")
    locked = run(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "-", *options, *quiet, text=PIP)
    LOCK.write_text(HEAD + locked, encoding="utf-8")
    print(f"{LOCK.relative_to(ROOT)}: {len(re.findall('(?m)^[a-z]', locked))} pins")


if __name__ == "__main__":
    try:
        fetch_pip() if sys.argv[1:] == ["pip"] else lock()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
