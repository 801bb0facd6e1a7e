"""Beside the list: why the chosen polygon is an anomaly, in a picture and two plots."""

from __future__ import annotations

from functools import partial

import numpy as np
from qgis.core import QgsGeometry
from qgis.PyQt.QtCore import QRect, QSize, Qt
from qgis.PyQt.QtGui import QColor, QGuiApplication, QImage, QPainter, QPaintEvent
from qgis.PyQt.QtWidgets import QGridLayout, QWidget

from ..adjust.polygons import read_stored
from ..link import EngineLink
from ..runs import Run
from .background import Background
from .pixels import OPEN_OPTION
from .plots import BLUE, GREY, ORANGE, Line, Mark, Picture, Plot, Range
from .rows import Row
from .scenes import LazyRaster, SceneFile
from .why import Explanation, SceneSample, explain, sample_scene, score_histogram

_PICTURE_SIDE = 132
_SHADE_ALPHA = 70
# Dots on a line of so many bands would touch.
_MOST_DOTS = 12


class WhyView(QWidget):
    """Shows the pixels of a polygon, its score among all scores, and its values against those around it.

    Args:
        background: where pixels are read.
        link: asks the engine for a scene's wavelengths.
    """

    def __init__(self, background: Background, link: EngineLink) -> None:
        super().__init__()
        self._background = background
        self._link = link
        self._scene: _SceneReader | None = None
        self._counts: np.ndarray | None = None
        self._threshold: float | None = None
        self._wavelengths: dict[str, tuple[list[float] | None, list[str]]] = {}
        self._row: Row | None = None
        self._last: Explanation | None = None
        self.picture = _PictureView()
        self.picture.setObjectName("why_picture")
        self.picture.setToolTip(self.tr("The pixels of the scene at full contrast, and the outline"))
        self.scores = Plot()
        self.scores.setObjectName("why_scores")
        self.scores.setToolTip(self.tr("How often each score occurs in the scene, and where this anomaly stands"))
        self.values = Plot()
        self.values.setObjectName("why_values")
        self.values.setToolTip(
            self.tr("Mean values inside the outline, in a ring around it, and in the scene (a sample of it)")
        )
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.picture, 0, 0)
        layout.addWidget(self.scores, 0, 1)
        layout.addWidget(self.values, 1, 0, 1, 2)
        layout.setColumnStretch(1, 1)
        layout.setRowStretch(1, 1)

    def set_run(self, run: Run | None, scene: SceneFile) -> None:
        """Explain the polygons of a run.

        Args:
            run: the run, or None.
            scene: its pixels, if they are anywhere.
        """
        self._scene = _SceneReader(scene) if scene.path else None
        self._counts = self._threshold = self._last = None
        self.values.show_text(scene.problem)
        self.picture.show_image(None)
        self.scores.show_text("")
        if run is None:
            return
        self.read_threshold(run)
        if run.heatmap is None:
            self.scores.show_text(self.tr("The heat map is not in the project."))
        else:
            heatmap = LazyRaster(SceneFile(run.heatmap.source()))
            self._background.ask("histogram", lambda: score_histogram(heatmap.open()), self._take_histogram)
        if self._scene is not None and scene.path not in self._wavelengths:
            self._wavelengths[scene.path] = (None, [])
            # Without an engine the bands have numbers, and the review goes on.
            file = scene.path.split(OPEN_OPTION)[0]
            self._link.ask("info", {"scene": file}, partial(self._take_info, scene.path), lambda _error: None)

    def read_threshold(self, run: Run) -> None:
        """See from which score on the polygons of a run begin by now; seen with the next polygon that is shown.

        Args:
            run: whose polygons are in the list.
        """
        moved = read_stored(run.anomalies).shaping.score
        self._threshold = run.threshold if moved is None else moved

    def show_polygon(self, row: Row | None, geometry: QgsGeometry) -> None:
        """Explain a polygon.

        Args:
            row: of the list; None: nothing.
            geometry: its outline, in the CRS of the scene.
        """
        self._row = row
        self._show_scores()
        if row is None or geometry.isEmpty() or self._scene is None:
            self.picture.show_image(None)
            if self._scene is not None:
                self.values.show_text("")
            return
        side = round(_PICTURE_SIDE * QGuiApplication.instance().devicePixelRatio())
        job = partial(self._scene.explain, geometry, side)
        self._background.ask("why", job, partial(self._take, row.fid, self._scene))

    def _take(self, fid: int, scene: _SceneReader, found: Explanation | Exception | None) -> None:
        if self._row is None or self._row.fid != fid or scene is not self._scene:
            return
        self._last = found if isinstance(found, Explanation) else None
        self.picture.show_image(None if self._last is None else self._last.picture)
        if isinstance(found, Exception):
            self.values.show_text(self.tr("The scene cannot be read: {reason}").format(reason=found))
        elif found is None:
            self.values.show_text(self.tr("This polygon lies outside the scene."))
        else:
            self._show_values(found)

    def _take_info(self, path: str, info: dict[str, object]) -> None:
        names = [str(name or "") for name in info.get("band_names") or []]
        self._wavelengths[path] = (info.get("wavelengths"), names)
        if self._last is not None:
            self._show_values(self._last)

    def _take_histogram(self, counts: np.ndarray | Exception | None) -> None:
        self._counts = counts if isinstance(counts, np.ndarray) else None
        if self._counts is None:
            self.scores.show_text(self.tr("The heat map has no histogram."))
        self._show_scores()

    def _show_scores(self) -> None:
        counts, row = self._counts, self._row
        if counts is None:
            return
        edges = np.linspace(0, 1, len(counts) + 1)
        x = np.repeat(edges, 2)[1:-1]
        # A step for each bin; nothing is one pixel high on a scale of powers of ten, not minus infinity.
        y = np.repeat(np.log10(np.maximum(counts, 0.8)), 2)
        shade = _shade(BLUE)
        marks = []
        if self._threshold is not None:
            marks.append(Mark(self.tr("threshold"), float(self._threshold), GREY, Qt.PenStyle.DashLine))
        if row is not None and row.score is not None:
            marks.append(Mark(self.tr("this one"), row.score, ORANGE))
        self.scores.show_picture(
            Picture(
                self.tr("Score"),
                self.tr("Pixels"),
                ranges=(Range("", x, np.full_like(y, y.min()), y, shade),),
                marks=tuple(marks),
                x_range=(0.0, 1.0),
                y_log=True,
            )
        )

    def _show_values(self, found: Explanation) -> None:
        wavelengths, names = self._wavelengths.get(self._scene.file.path, (None, []))
        # Transparency, and bands that a cube calls bad, are in the file; the run did not look at them.
        count = len(found.polygon)
        bands = np.array([band for band in self._scene.file.searched if band <= count] or range(1, count + 1))
        count = len(bands)
        known = wavelengths is not None and len(wavelengths) == count
        dots = count <= _MOST_DOTS
        x = np.array(wavelengths) if known else np.arange(1.0, count + 1) if dots else bands.astype(float)
        shown = np.argsort(x)
        order = bands[shown] - 1
        x, polygon, around = x[shown], found.polygon[order], found.around[order]
        scene = SceneSample(found.scene.mean[order], found.scene.low[order], found.scene.high[order])
        numbers = tuple(map(str, bands)) if dots and not known else ()
        title = self.tr("Wavelength (nm)") if known else self.tr("Band")
        if len(names) == count and not known and dots and all(names):
            numbers = tuple(names)
        self.values.show_picture(
            Picture(
                title,
                self.tr("Mean value"),
                lines=(
                    Line(self.tr("scene"), x, scene.mean, GREY, Qt.PenStyle.DotLine, dots),
                    Line(self.tr("around"), x, around, BLUE, Qt.PenStyle.DashLine, dots),
                    Line(self.tr("anomaly"), x, polygon, ORANGE, Qt.PenStyle.SolidLine, dots),
                ),
                ranges=(Range(self.tr("90 % of scene"), x, scene.low, scene.high, _shade(GREY)),),
                x_range=(0.5, count + 0.5) if dots and not known else None,
                x_names=numbers,
            )
        )


class _SceneReader:
    """The scene as the background thread reads it."""

    def __init__(self, scene: SceneFile) -> None:
        self.file = scene
        self._raster = LazyRaster(scene)
        self._sample: SceneSample | None = None

    def explain(self, geometry: QgsGeometry, side: int) -> Explanation | None:
        raster = self._raster.open()
        if self._sample is None:
            self._sample = sample_scene(raster)
        return explain(raster, self._sample, geometry, self.file.bands, side)


class _PictureView(QWidget):
    """A square picture, sharp on screens of any resolution."""

    def __init__(self) -> None:
        super().__init__()
        self._image: QImage | None = None
        self.setFixedSize(QSize(_PICTURE_SIDE, _PICTURE_SIDE))

    def show_image(self, image: QImage | None) -> None:
        self._image = image
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._image is None:
            painter.setOpacity(0.3)
            painter.drawRect(QRect(0, 0, _PICTURE_SIDE - 1, _PICTURE_SIDE - 1))
        else:
            painter.drawImage(self.rect(), self._image)


def _shade(color: QColor) -> QColor:
    shade = QColor(color)
    shade.setAlpha(_SHADE_ALPHA)
    return shade
