"""Icons of the plugin."""

from __future__ import annotations

from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QColor, QIcon, QPainter, QPixmap

from .engine_env import PLUGIN_ROOT

_DOT = 32


def icon(name: str) -> QIcon:
    """An icon of ``resources/icons``.

    Args:
        name: the file's stem.
    """
    return QIcon(str(PLUGIN_ROOT / "resources" / "icons" / f"{name}.svg"))


def dot_icon(color: QColor) -> QIcon:
    """A filled dot, sharp on high-resolution screens too.

    Args:
        color: of the dot.
    """
    pixmap = QPixmap(QSize(_DOT, _DOT))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(_DOT // 4, _DOT // 4, _DOT // 2, _DOT // 2)
    painter.end()
    return QIcon(pixmap)
