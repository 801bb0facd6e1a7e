"""Builds ``dist/anomaly_lens.zip``, the plugin as QGIS installs it, with nothing but the standard library.

The same tree gives the same bytes: files are sorted and carry a fixed time.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
NAME = "anomaly_lens"
MAX_BYTES = 25_000_000
"""plugins.qgis.org takes no larger zip."""

FILES = ("__init__.py", "metadata.txt", "LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml")
FOLDERS = ("plugin", "engine", "training", "resources", "docs")

_LEFT_OUT = {"__pycache__", "__MACOSX", ".git"}
_LEFT_OUT_SUFFIXES = {".pyc", ".pyo"}
_TIME = (1980, 1, 1, 0, 0, 0)


def contents(root: Path = ROOT) -> list[PurePosixPath]:
    """The files of the plugin, sorted, relative to the repository's root.

    What git ignores is left out, but for pip's wheel, which is fetched. An exported tree without git holds nothing
    that should be.

    Args:
        root: of the repository.

    Raises:
        FileNotFoundError: a file is missing that every plugin must have.
    """
    paths = [root / name for name in FILES]
    for folder in FOLDERS:
        paths += [path for path in (root / folder).rglob("*") if path.is_file()]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        msg = f"The package cannot be built without {', '.join(missing)}."
        raise FileNotFoundError(msg)
    names = {PurePosixPath(path.relative_to(root).as_posix()) for path in paths}
    names = {name for name in names if not _LEFT_OUT & set(name.parts) and name.suffix not in _LEFT_OUT_SUFFIXES}
    known = _known_to_git(root)
    fetched = {name for name in names if name.match("resources/pip/*.whl")}
    return sorted(names if known is None else names & known | fetched)


def build(target: Path, root: Path = ROOT) -> int:
    """Write the zip; it appears under its name only when it is whole.

    Args:
        target: the zip file.
        root: of the repository.

    Returns:
        Its size in bytes.

    Raises:
        FileNotFoundError: as :func:`contents`.
        ValueError: the zip is larger than plugins.qgis.org takes.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".part")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in contents(root):
            entry = zipfile.ZipInfo(f"{NAME}/{name}", _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, (root / name).read_bytes())
    size = draft.stat().st_size
    if size > MAX_BYTES:
        draft.unlink()
        msg = f"The package would have {size:,} bytes; {MAX_BYTES:,} are the limit."
        raise ValueError(msg)
    draft.replace(target)
    return size


def _known_to_git(root: Path) -> set[PurePosixPath] | None:
    """The files that git tracks or would track; None where the tree is no checkout."""
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603 - a fixed command
    except (OSError, subprocess.CalledProcessError):
        # No git on this machine, or a checkout of another user.
        return None
    return {PurePosixPath(name) for name in listing.decode().split("\0") if name}


if __name__ == "__main__":
    zip_file = ROOT / "dist" / f"{NAME}.zip"
    try:
        zip_bytes = build(zip_file)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(f"{zip_file.relative_to(ROOT)}: {zip_bytes:,} bytes")
