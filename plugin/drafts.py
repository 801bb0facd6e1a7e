"""Files that appear when they are whole: made under a hidden name beside their place, then moved there at once."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qgis.core import QgsMapLayer, QgsProject, QgsProviderRegistry
from qgis.PyQt.QtCore import QCoreApplication

from .errors import PluginError
from .shared_file import JOURNALS
from .storage import exists

translate = QCoreApplication.translate

# What GDAL and QGIS keep beside a file under its name.
_COMPANIONS = (".aux.xml", ".ovr", ".msk", *JOURNALS)


def existing_files(path: Path) -> list[Path]:
    """The files that a new one at ``path`` would replace: itself and, for a shapefile, its companions."""
    if path.suffix.lower() != ".shp":
        return [path] if exists(path) else []
    suffixes = {".shp", ".shx", ".dbf", ".prj", ".cpg", ".qpj", ".qix", ".sbn", ".sbx", ".shp.xml"}
    return [p for p in (path.with_name(path.stem + suffix) for suffix in sorted(suffixes)) if exists(p)]


def _logs(path: Path) -> list[Path]:
    """What SQLite left beside a GeoPackage that was not closed: with it, old pages would come back into a new file."""
    if path.suffix.lower() != ".gpkg":
        return []
    return [p for p in (path.with_name(path.name + ending) for ending in JOURNALS) if p.exists()]


def layer_in_the_way(path: Path) -> QgsMapLayer | None:
    """The project's layer, if there is one, whose own file a new one at ``path`` would replace."""
    replaced = {p.resolve() for p in existing_files(path)}
    for layer in QgsProject.instance().mapLayers().values() if replaced else ():
        parts = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
        file = parts.get("path")
        # Of none, pathlib would make the folder that QGIS was started in, which may be gone.
        if file and Path(file).resolve() in replaced:
            return layer
    return None


def check_target(path: Path) -> None:
    """Refuse to replace the file of a layer: QGIS has it open, and it may be the one that is being written out.

    Raises:
        PluginError: ``not_writable``, also where nothing can be of that name, or the folder cannot be reached.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        # What becomes of its folder is seen when it is written.
        pass
    except OSError as error:
        message = translate("Toolbox", "{path} cannot be written ({reason}).")
        hint = translate("Export", "Choose another name or folder.")
        raise PluginError("not_writable", message.format(path=path, reason=error.strerror), hint) from error
    layer = layer_in_the_way(path)
    if layer is not None:
        message = translate("Export", "{path} is the file of the layer “{name}” in this project.")
        hint = translate("Export", "Choose another name, or remove that layer first.")
        raise PluginError("not_writable", message.format(path=path, name=layer.name()), hint)


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Where to write a file of which nothing else is made; what is at its path stays until it is whole.

    Args:
        target: the file; its folder is there.

    Raises:
        OSError: it cannot be written, or put in its place.
    """
    draft = target.with_name(f".{target.name}.part")
    try:
        yield draft
        os.replace(draft, target)  # noqa: PTH105 - says that it replaces
    finally:
        # Nor can one be deleted whose name is too long.
        with suppress(OSError):
            draft.unlink()


@contextmanager
def draft_folder(target: Path, *, make_parent: bool = False) -> Iterator[Path]:
    """A hidden folder beside a file that is to be made, for it and its companions; gone at the end, whatever happens.

    Args:
        target: the file.
        make_parent: whether the folder that it goes to is made where it is missing.

    Raises:
        PluginError: ``not_writable``.
    """
    parent = target.parent
    try:
        if make_parent:
            parent.mkdir(parents=True, exist_ok=True)
        elif not parent.is_dir():
            message = translate("Export", "The folder {folder} does not exist.").format(folder=parent)
            raise PluginError("not_writable", message, translate("Export", "Choose another folder."))
        # In the same folder: only there is a rename all or nothing.
        folder = Path(tempfile.mkdtemp(prefix=".anomaly_lens_", dir=parent))
    except OSError as error:
        message = translate("Export", "The folder {folder} cannot be written to ({reason}).")
        raise PluginError(
            "not_writable",
            message.format(folder=parent, reason=error.strerror),
            translate("Export", "Choose another folder."),
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(folder: Path, target: Path) -> None:
    """Move finished files to their names; an older file goes only when every new one is there.

    Args:
        folder: of :func:`draft_folder`, with the files.
        target: the main one's name.

    Raises:
        PluginError: ``not_writable``.
    """
    written = {p.name for p in folder.iterdir()}
    try:
        for name in sorted(written):
            os.replace(folder / name, target.parent / name)  # noqa: PTH105 - says that it replaces
        for stale in (*existing_files(target), *_logs(target)):
            if stale.name not in written:
                stale.unlink()
    except OSError as error:
        message = translate("Export", "{path} cannot be replaced ({reason}).")
        raise PluginError(
            "not_writable",
            message.format(path=target, reason=error.strerror),
            translate(
                "Export", "Close other programs that use it, remove its layer from QGIS, or choose another name."
            ),
        ) from error


def deliver(made: str, target: str) -> None:
    """Put a finished file in its place; one that is there is replaced, as Processing does.

    Raises:
        PluginError: ``not_writable``.
    """
    # By way of a folder beside it: what was made may lie on another disk, from which nothing can be renamed to here.
    with draft_folder(Path(target)) as folder:
        try:
            draft = shutil.move(made, folder / "made")
            os.replace(draft, target)  # noqa: PTH105 - says that it replaces
            for companion in (Path(target + ending) for ending in _COMPANIONS):
                if exists(companion):
                    companion.unlink()
        except OSError as error:
            raise not_delivered(target, error) from error


def not_delivered(target: str, error: OSError) -> PluginError:
    """What is told of a file that could not be made, or put in its place."""
    message = translate("Toolbox", "{path} cannot be written ({reason}).")
    hint = translate("Toolbox", "Remove its layer from QGIS, make room, or choose another name.")
    return PluginError("not_writable", message.format(path=target, reason=error.strerror), hint)
