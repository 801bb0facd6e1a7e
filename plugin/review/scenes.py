"""Finds the scene that a run searched, wherever it lies now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qgis.core import QgsMultiBandColorRenderer, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QCoreApplication

from ..runs import Run
from ..sources import address, scene_path, without_secrets
from ..storage import exists, layer_file
from .pixels import OPEN_OPTION, Raster

translate = QCoreApplication.translate


@dataclass(frozen=True)
class SceneFile:
    """Where the pixels of a run are.

    Attributes:
        path: what :class:`.Raster` opens; empty where the scene was not found.
        bands: those that a layer of the project shows as red, green and blue; empty where none does.
        problem: a sentence for people where the scene was not found.
        also_nodata: the value that the run left out besides what the file calls no data, or None.
        searched: the bands that the run looked at, 1-based; empty where it does not say.
    """

    path: str = ""
    bands: tuple[int, ...] = ()
    problem: str = ""
    also_nodata: float | None = None
    searched: tuple[int, ...] = ()

    def open(self) -> Raster:
        """The pixels, to be used in this thread.

        Raises:
            RasterError: GDAL does not open them.
        """
        return Raster(self.path, self.also_nodata, self.searched)


class LazyRaster:
    """A raster that the background thread opens when it first needs it, and only that thread uses.

    Args:
        scene: where its pixels are.
    """

    def __init__(self, scene: SceneFile) -> None:
        self._scene = scene
        self._raster: Raster | None = None

    def open(self) -> Raster:
        """The raster.

        Raises:
            RasterError: GDAL does not open it.
        """
        if self._raster is None:
            self._raster = self._scene.open()
        return self._raster


def find_scene(run: Run, project: QgsProject) -> SceneFile:
    """The file that was searched: where it was, else as a layer of the project, else beside the results.

    Args:
        run: whose scene.
        project: whose layers.
    """
    source = run.provenance.get("source") or {}
    path = str(source.get("path") or "")
    # As of today: results of earlier versions hold signatures.
    told = without_secrets(path)
    name = Path(path).name
    size = (source.get("width"), source.get("height"))
    rasters = [layer for layer in project.mapLayers().values() if isinstance(layer, QgsRasterLayer)]
    exported = next((layer for layer in rasters if layer.providerType() != "gdal" and address(layer) == told), None)
    if exported is not None:
        # What was searched of it is gone, and GDAL cannot read it.
        text = translate("Scenes", "The layer “{name}” is no file on disk, so its pixels are not shown.")
        return SceneFile(problem=text.format(name=exported.name()))
    layers = {scene_path(layer) or _with_options(layer): layer for layer in rasters}
    # By its signature, which results do not tell, a layer can still be read; one of a file that is gone cannot.
    candidates = [there for there in layers if there and without_secrets(there) == told and _is_there(there)]
    if not candidates and _is_there(path):
        candidates.append(path)
    for candidate, layer in layers.items():
        if candidate and Path(candidate).name == name and (layer.width(), layer.height()) == size:
            candidates.append(candidate)
    beside = layer_file(run.anomalies).parent / name
    if name and exists(beside):
        candidates.append(str(beside))
    if not candidates:
        if not name:
            return SceneFile(problem=translate("Scenes", "The results do not say which scene was searched."))
        text = translate("Scenes", "The scene {name} was not found. Load it into the project to see its pixels.")
        return SceneFile(problem=text.format(name=name))
    return SceneFile(
        candidates[0],
        _colors(layers.get(candidates[0])),
        also_nodata=source.get("also_nodata"),
        searched=tuple(source.get("bands") or ()),
    )


def _is_there(path: str) -> bool:
    # A part of a container, a file inside an archive, or XML, which is too long to be asked for as a file, is for GDAL
    # to judge.
    file = path.split(OPEN_OPTION)[0]
    return bool(file) and (file.lstrip().startswith(("/vsi", "<")) or ":" in file[2:] or exists(file))


def _with_options(layer: QgsRasterLayer) -> str | None:
    """The address of a layer that was exported since GDAL opens it with options, or None of any other."""
    return layer.source() if layer.providerType() == "gdal" and OPEN_OPTION in layer.source() else None


def _colors(layer: QgsRasterLayer | None) -> tuple[int, ...]:
    renderer = None if layer is None else layer.renderer()
    if not isinstance(renderer, QgsMultiBandColorRenderer):
        return ()
    bands = (renderer.redBand(), renderer.greenBand(), renderer.blueBand())
    return bands if all(band > 0 for band in bands) else ()
