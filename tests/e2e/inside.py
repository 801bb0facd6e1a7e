"""What QGIS runs at its start: the journey that the environment names, once the window stands."""

from qgis.PyQt.QtCore import QTimer
from window import play_journey

QTimer.singleShot(0, play_journey)
