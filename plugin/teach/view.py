"""How teaching goes, to look at: the loss so far, and what the model makes of a piece of the scene."""

from __future__ import annotations

from typing import Any

import numpy as np
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QColor, QImage, QPixmap, QResizeEvent
from qgis.PyQt.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from ..review.plots import BLUE, Line, Picture, Plot
from ..styles import heat_stops

_PREVIEW_HEIGHT = 150

# What a point of the loss history holds besides the terms that add up to the total.
_NO_TERMS = {"step", "total", "separation"}


class TeachView(QWidget):
    """The loss curve over the preview."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: list[float] = []
        self._losses: list[float] = []
        self._terms: set[str] = set()
        self._shown = -1
        self._pixmap = QPixmap()
        self.plot = Plot()
        self.plot.setObjectName("teach_plot")
        self.plot.setToolTip(
            self.tr("The loss, step by step: it falls while something is learned, and begins anew when a term joins it")
        )
        self.picture = QLabel()
        self.picture.setObjectName("teach_preview")
        self.picture.setToolTip(self.tr("What the model makes of a piece of the first layer: bright is not normal"))
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setWordWrap(True)
        # A picture as large as it is would hold the window open.
        self.picture.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.picture.setMinimumSize(QSize(0, _PREVIEW_HEIGHT))
        self.caption = QLabel()
        self.caption.setObjectName("teach_caption")
        self.caption.setToolTip(self.tr("How well unseen normal ground is told from altered copies of it"))
        self.caption.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.picture, 1)
        layout.addWidget(self.caption)
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._steps, self._losses, self._shown = [], [], -1
        self._pixmap = QPixmap()
        self.plot.show_text(self.tr("The loss curve appears here."))
        self.picture.setText(self.tr("A heat map of a piece of the layer appears here after about half a minute."))
        self.caption.clear()

    def show_moment(self, event: dict[str, Any]) -> None:
        """Show what a ``progress`` event of ``teach`` says."""
        loss, preview = event.get("loss"), event.get("preview")
        if loss and loss.get("total") is not None and (not self._steps or loss["step"] > self._steps[-1]):
            terms = {name for name, value in loss.items() if value is not None and name not in _NO_TERMS}
            if terms != self._terms:
                # A loss with other terms cannot be compared with what it was before.
                self._terms, self._steps, self._losses = terms, [], []
            self._steps.append(float(loss["step"]))
            self._losses.append(float(loss["total"]))
            line = Line(self.tr("loss"), np.array(self._steps), np.array(self._losses), BLUE)
            self.plot.show_picture(Picture(x_title=self.tr("step"), lines=(line,)))
        if loss and loss.get("separation") is not None:
            text = self.tr("Told apart from altered ground: {share:.0%}").format(share=loss["separation"])
            self.caption.setText(text)
        if preview and preview["number"] != self._shown:
            grey = QImage(preview["path"])
            if not grey.isNull():
                self._shown = preview["number"]
                self._pixmap = QPixmap.fromImage(colored(grey))
                self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The picture fills what room there is."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if not self._pixmap.isNull():
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            ratio = self.devicePixelRatioF()
            shown = self._pixmap.scaled(self.picture.size() * ratio, keep, smooth)
            shown.setDevicePixelRatio(ratio)
            self.picture.setPixmap(shown)


def colored(grey: QImage) -> QImage:
    """A grey heat map in the colours of the heat maps on the map, over black."""
    stops = [(0.0, QColor(0, 0, 0)), *((score, _over_black(color)) for score, color in heat_stops("inferno"))]
    scores = [score for score, _ in stops]
    levels = np.linspace(0, 1, 256)
    red, green, blue = (
        np.interp(levels, scores, [getattr(color, part)() for _, color in stops]) for part in ("red", "green", "blue")
    )
    image = grey.convertToFormat(QImage.Format.Format_Grayscale8)
    indexed = QImage(
        image.constBits(), image.width(), image.height(), image.bytesPerLine(), QImage.Format.Format_Indexed8
    )
    indexed.setColorTable([QColor(int(r), int(g), int(b)).rgb() for r, g, b in zip(red, green, blue)])
    # It owns its pixels; those above belong to an image that goes.
    return indexed.convertToFormat(QImage.Format.Format_RGB32)


def _over_black(color: QColor) -> QColor:
    share = color.alphaF()
    return QColor(*(round(part * share) for part in (color.red(), color.green(), color.blue())))
