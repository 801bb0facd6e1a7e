"""Finds rasters: in a folder, or in a text file that lists them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from osgeo import gdal
from qgis.PyQt.QtCore import QCoreApplication

from ..errors import PluginError
from ..results import read_provenance
from ..storage import typed_path

translate = QCoreApplication.translate

# GDAL opens these as rasters as well, but nobody means a picture of the earth by them.
_DOCUMENTS = {".pdf", ".gpkg", ".html", ".xml", ".txt", ".csv", ".json", ".qgz", ".qgs"}
# Pyramids, masks and statistics that lie beside a scene; GDAL opens them, too.
_COMPANIONS = {".ovr", ".rrd", ".msk", ".aux"}
# Of these, any file beside a header is opened as the pixels that it describes.
_BY_HEADER = {"ENVI", "EHdr"}
_NO_SCENES = _DOCUMENTS | _COMPANIONS


def rasters_in(folder: Path, go_on: Callable[[int], bool]) -> list[Path]:
    """All rasters in a folder and below that GDAL knows, except heat maps of this plugin.

    Args:
        folder: the folder; what is hidden in it is left out.
        go_on: asked before each file is looked at, with how many were; where it says no, nothing is found.

    Raises:
        PluginError: ``bad_parameter`` where there is none.
    """
    scenes: dict[Path, Path] = {}
    for number, path in enumerate(_files(folder)):
        if not go_on(number):
            return []
        driver = _driver_of(path)
        if driver is not None:
            described = _described_by_one(path, driver)
            scenes[described] = max(path, scenes.get(described, path), key=_size)
    found = sorted(scenes.values())
    if not found:
        message = translate("Batch", "There is no raster in {folder}.").format(folder=folder)
        raise PluginError("bad_parameter", message, translate("Batch", "Choose a folder with raster files."))
    return found


def _files(folder: Path) -> Iterator[Path]:
    # It goes past folders that are closed to the user.
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (Path(parent, name) for name in sorted(names) if not name.startswith(".")):
            # Nor does this fail where a folder can be listed and no more.
            if path.suffix.lower() not in _NO_SCENES and os.path.isfile(path):  # noqa: PTH113
                yield path


def _driver_of(path: Path) -> str | None:
    """GDAL's name of the format of a raster; None for what is none, and for heat maps of this plugin."""
    try:
        known = gdal.IdentifyDriverEx(str(path), gdal.OF_RASTER)
    except RuntimeError:
        return None
    return None if known is None or read_provenance(str(path)) else known.ShortName


def _described_by_one(path: Path, driver: str) -> Path:
    """What files have in common that GDAL opens by one header: the scene, and whatever else lies there by its name."""
    by_header = driver in _BY_HEADER and not path.with_name(f"{path.name}.hdr").exists()
    return path.with_suffix("") if by_header else path


def _size(path: Path) -> int:
    return path.stat().st_size


def listed(paths: Iterable[Path]) -> list[Path]:
    """Files as they were chosen, a text file standing for those that its lines name.

    Args:
        paths: of rasters and of text files; lines are relative to the text file's folder.

    Raises:
        PluginError: ``bad_parameter`` where a text file cannot be read or names nothing.
    """
    found: list[Path] = []
    for path in paths:
        if path.suffix.lower() != ".txt":
            found.append(path)
            continue
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            message = translate("Batch", "{path} cannot be read ({reason}).").format(path=path, reason=error)
            raise PluginError("bad_parameter", message, translate("Batch", "Save it as UTF-8 text.")) from error
        named = [path.parent / name for name in map(typed_path, lines) if name]
        if not named:
            message = translate("Batch", "{path} names no file.").format(path=path)
            raise PluginError("bad_parameter", message, translate("Batch", "Write one path on each line."))
        found.extend(named)
    return found
