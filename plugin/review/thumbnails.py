"""The pictures in the list: made when they are first seen, in the background."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from qgis.core import QgsGeometry
from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QGuiApplication, QImage, QPainter, QPalette, QPen

from .background import Background
from .pictures import bands_to_show, picture
from .scenes import LazyRaster, SceneFile

SIDE = 40
"""Of a thumbnail, in the screen's logical pixels."""

_KEPT = 5000


class Thumbnails(QObject):
    """Pictures of polygons by their feature ids.

    Args:
        background: where they are made.
        geometry: the outline of a feature, which may be empty.
        parent: the owner.
    """

    ready = pyqtSignal(int)
    """The picture of this feature is there."""
    failed = pyqtSignal(str)
    """The scene cannot be read, and why."""

    def __init__(self, background: Background, geometry: Callable[[int], QgsGeometry], parent: QObject) -> None:
        super().__init__(parent)
        self._background = background
        self._geometry = geometry
        self._raster: LazyRaster | None = None
        self._bands: tuple[int, ...] = ()
        self._images: dict[int, QImage] = {}
        self._nothing: QImage | None = None

    def set_scene(self, scene: SceneFile) -> None:
        """Show the pixels of another scene.

        Args:
            scene: where they are, if anywhere.
        """
        self._raster = LazyRaster(scene) if scene.path else None
        self._bands = scene.bands
        self._images.clear()

    def forget(self, fid: int) -> None:
        """Make a picture anew: the outline has changed."""
        self._images.pop(fid, None)

    def picture(self, fid: int) -> QImage:
        """The picture of a feature, or an empty one, after which it is made.

        Args:
            fid: of the feature.
        """
        image = self._images.get(fid)
        if image is not None:
            return image
        if self._raster is not None and not self._background.waits(("thumbnail", fid)):
            job = partial(_draw, self._raster, self._geometry(fid), self._bands, _screen_side())
            self._background.ask(("thumbnail", fid), job, partial(self._take, self._raster, fid))
        return self._empty()

    def _take(self, raster: LazyRaster, fid: int, image: QImage | Exception | None) -> None:
        if raster is not self._raster:
            return
        while len(self._images) >= _KEPT:
            self._images.pop(next(iter(self._images)))
        if isinstance(image, Exception):
            self.failed.emit(str(image))
        elif image is not None:
            image.setDevicePixelRatio(_pixel_ratio())
        self._images[fid] = image if isinstance(image, QImage) else self._empty()
        self.ready.emit(fid)

    def _empty(self) -> QImage:
        if self._nothing is None:
            self._nothing = _empty_picture(_screen_side())
            self._nothing.setDevicePixelRatio(_pixel_ratio())
        return self._nothing


def _pixel_ratio() -> float:
    return QGuiApplication.instance().devicePixelRatio()


def _screen_side() -> int:
    return round(SIDE * _pixel_ratio())


def _draw(raster: LazyRaster, geometry: QgsGeometry, bands: tuple[int, ...], side: int) -> QImage | None:
    if geometry.isEmpty():
        return None
    source = raster.open()
    return picture(source, geometry, bands_to_show(source.count, bands), side)


def _empty_picture(side: int) -> QImage:
    """A box with a stroke through it, in the colours of the theme: there is nothing to see."""
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    color = QColor(QGuiApplication.palette().color(QPalette.ColorRole.Text))
    color.setAlpha(70)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, max(1.0, side / 40)))
    painter.drawRect(1, 1, side - 3, side - 3)
    painter.drawLine(1, side - 2, side - 2, 1)
    painter.end()
    return image
