"""What the engine says of the scenes behind layers: asked once each, and again where a file was replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import QgsRasterLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from .errors import PluginError
from .link import EngineLink
from .sources import assigned_crs, file_stamp, scene_path


class SceneInfos(QObject):
    """Answers of the engine to ``info``.

    Args:
        link: asks it.
        log: is told why there is no answer; only a run makes a fuss of it.
        parent: the owner.
    """

    came = pyqtSignal()
    """There is another answer."""

    def __init__(self, link: EngineLink, log: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._link = link
        self._log = log
        # Each with what the file was like when it was asked about; empty while the engine thinks.
        self._answers: dict[tuple[str | None, str | None], tuple[tuple[int, int] | None, dict[str, Any]]] = {}

    def of(self, layer: QgsRasterLayer) -> dict[str, Any]:
        """What is known of a layer's scene; empty where it was not asked about, or not answered."""
        return self._answers.get(_question(layer), (None, {}))[1]

    def forget(self) -> None:
        """Ask anew: the engine may be another one."""
        self._answers.clear()

    def ask(self, layer: QgsRasterLayer) -> None:
        """Ask about a layer's scene where the file is another than when it was last asked about.

        Args:
            layer: one that is no file on disk is not asked about.
        """
        path, crs = question = _question(layer)
        if path is None:
            return
        stamp = file_stamp(path)
        if question in self._answers and self._answers[question][0] == stamp:
            return
        under_way = self._answers[question] = (stamp, {})

        def take(info: dict[str, Any]) -> None:
            # The file may have been replaced since, and asked about again.
            if self._answers.get(question) is under_way:
                self._answers[question] = (stamp, info)
                self.came.emit()

        def fail(error: PluginError) -> None:
            # A dead engine may answer the next time.
            if self._answers.get(question) is under_way:
                del self._answers[question]
            self._log(str(error))

        self._link.ask("info", {"scene": path} if crs is None else {"scene": path, "crs": crs}, take, fail)


def _question(layer: QgsRasterLayer) -> tuple[str | None, str | None]:
    """What is asked about: the path of a layer's scene, and its CRS where that is not the file's own."""
    return scene_path(layer), assigned_crs(layer)
