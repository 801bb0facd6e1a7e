"""Writes ``resources/engine-lock.txt`` and fetches pip's wheel: ``make lock``, after each change of pyproject.toml.

The lock pins every package that the engine needs, for all systems and Pythons at once, with the hashes of its files.
The plugin installs from it (``plugin/setup``) and brings pip along, which a QGIS on Debian does not have.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
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


def main() -> None:
    """Write the lock and fetch the wheel."""
    options = ("--universal", "--generate-hashes", "--python-version", OLDEST_PYTHON)
    quiet = ("--no-annotate", "--no-header", "--no-config", "--quiet")
    locked = run(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "-", *options, *quiet, text=PIP)
    LOCK.write_text(HEAD + locked, encoding="utf-8")
    shutil.rmtree(PIP_FOLDER, ignore_errors=True)
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", PIP_FOLDER, PIP)
    print(f"{LOCK.relative_to(ROOT)}: {len(re.findall('(?m)^[a-z]', locked))} pins")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
