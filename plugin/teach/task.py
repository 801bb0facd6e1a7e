"""The background task of teaching."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import QgsRectangle
from qgis.PyQt.QtCore import QCoreApplication, pyqtSignal

from ..area import Area
from ..background_task import WorkTask
from ..engine import Engine
from ..errors import PluginError
from ..exchange import Exchange, awaited
from ..sources import Source, file_stem

translate = QCoreApplication.translate

_AROUND = 0.1


@dataclass(frozen=True)
class Lesson:
    """What is taught.

    Attributes:
        sources: the scenes.
        normal: normal ground, the same polygons for all of them.
        params: parameters of the ``teach`` request other than scenes and polygons.
    """

    sources: Sequence[Source]
    normal: Area
    params: dict[str, Any]


class TeachTask(WorkTask):
    """Teaches in a thread of QGIS's task manager; its ``result`` is that of the engine's ``teach``.

    Args:
        engine: the engine that works.
        lesson: what is taught; snapshots, nothing of the main thread.
    """

    progressed = pyqtSignal(object)
    """A ``progress`` event of the engine."""

    def __init__(self, engine: Engine, lesson: Lesson) -> None:
        super().__init__(
            translate("TeachTask", "Anomaly Lens: teaching"),
            translate("TeachTask", "Teaching was cancelled."),
            translate("TeachTask", "Teaching failed unexpectedly: {reason}."),
            translate("TeachTask", "Please report this with the details."),
        )
        self._engine = engine
        self._lesson = lesson
        self._exchange: Exchange | None = None
        self._stop = threading.Event()
        self._keep = threading.Event()
        self._remarks: list[str] = []

    def keep_best(self) -> None:
        """End early and keep the best so far; also wanted before the engine has been asked."""
        self._keep.set()
        if self._exchange is not None:
            self._engine.request("stop", {"id": self._exchange.request.identifier}, lambda _event: None)

    def cancel(self) -> None:
        """End it and keep nothing; may be called from any thread."""
        self._stop.set()
        for source in self._lesson.sources:
            if source.export is not None:
                source.export.feedback.cancel()
        super().cancel()

    def work(self) -> dict[str, Any]:
        """Teach."""
        lesson = self._lesson
        folder = tempfile.mkdtemp(prefix="anomaly_lens_")
        try:
            # A folder each: layers of one name would write each other over.
            places = [Path(folder) / str(number) for number in range(len(lesson.sources))]
            scenes = [self._file_of(source, place) for source, place in zip(lesson.sources, places)]
            params = {
                **lesson.params,
                "scenes": scenes,
                "sources": [source.origin for source in lesson.sources],
                "nodata": [source.nodata for source in lesson.sources],
                "crs": [source.assigned_crs for source in lesson.sources],
                "normal": [lesson.normal.params(source.crs) for source in lesson.sources],
            }
            self._tell({"fraction": 0.0, "message": awaited(self._engine)})
            self._exchange = Exchange(self._engine, "teach", params)
            if self._keep.is_set():
                self.keep_best()
            result = self._exchange.result(self._tell, self._stop.is_set)
            return {**result, "warnings": [*self._remarks, *(result.get("warnings") or [])]}
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _file_of(self, source: Source, folder: Path) -> str:
        if self._stop.is_set():
            raise self.cancelled()
        if source.export is None:
            return str(source.path)
        folder.mkdir()
        scene = folder / f"{file_stem(source.name)}.tif"
        text = translate("TeachTask", "Exporting “{name}”").format(name=source.name)
        extent = self._extent_of(source)
        source.export.write(scene, extent, lambda _part: self._tell({"fraction": 0.0, "message": text}))
        return str(scene)

    def _extent_of(self, source: Source) -> QgsRectangle | None:
        """What to export of a layer: all of it, for its bands are scaled by that when it is searched, too."""
        try:
            source.export.size(None)
        except PluginError:
            message = translate(
                "TeachTask",
                "“{name}” is too large to be exported: its bands were scaled by what lies around the polygons alone. "
                "Search places like that, or save the layer as a GeoTIFF and teach from it.",
            )
            self._remarks.append(message.format(name=source.name))
        else:
            return None
        # A little more than the polygons: descriptors look at what is around a pixel.
        extent = self._lesson.normal.extent_in(source.crs)
        extent.grow(_AROUND * max(extent.width(), extent.height()))
        return extent

    def _tell(self, event: dict[str, Any]) -> None:
        self.setProgress(100 * float(event.get("fraction") or 0))
        self.progressed.emit(event)
