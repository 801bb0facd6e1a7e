"""Area, width and height of outlines that people draw, as the engine measures its own."""

from __future__ import annotations

from osgeo import osr
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsDistanceArea,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
)

# Straight edges of a map are curves on the globe.
_POINTS_PER_EDGE = 32


class Ground:
    """Measures on the ellipsoid of a CRS, or in pixels.

    Args:
        crs: of the outlines.
        pixel: width and height of a pixel, where it is pixels that count; None: metres.
    """

    def __init__(self, crs: QgsCoordinateReferenceSystem, pixel: tuple[float, float] | None) -> None:
        transforms = QgsProject.instance().transformContext()
        self._pixel = pixel or (1.0, 1.0)
        self._to_degrees: QgsCoordinateTransform | None = None
        if pixel is None and not crs.isGeographic() and crs.ellipsoidAcronym().startswith("PARAMETER"):
            # To measure on an ellipsoid without a name, QGIS goes by way of WGS 84, which another planet does not know.
            geographic = _geographic(crs)
            self._to_degrees, crs = QgsCoordinateTransform(crs, geographic, transforms), geographic
        self._measure = QgsDistanceArea()
        self._measure.setSourceCrs(crs, transforms)
        self._measure.setEllipsoid(crs.ellipsoidAcronym() if pixel is None else "NONE")

    def measures(self, geometry: QgsGeometry) -> dict[str, float]:
        """Area, width and height by the names of their fields; none where the CRS does not reach.

        Args:
            geometry: a polygon.
        """
        across, down = self._pixel
        box = geometry.boundingBox()
        middle = box.center()
        try:
            return {
                "area": self._measure.measureArea(self._moved(geometry)) / (across * down),
                # Through the middle of the box.
                "width": self._length(box.xMinimum(), middle.y(), box.xMaximum(), middle.y()) / across,
                "height": self._length(middle.x(), box.yMinimum(), middle.x(), box.yMaximum()) / down,
            }
        except QgsCsException:
            return {}

    def _length(self, x0: float, y0: float, x1: float, y1: float) -> float:
        return self._measure.measureLength(
            self._moved(QgsGeometry.fromPolylineXY([QgsPointXY(x0, y0), QgsPointXY(x1, y1)]))
        )

    def _moved(self, geometry: QgsGeometry) -> QgsGeometry:
        if self._to_degrees is None:
            return geometry
        moved = geometry.densifyByCount(_POINTS_PER_EDGE)
        moved.transform(self._to_degrees)
        return moved


def _geographic(crs: QgsCoordinateReferenceSystem) -> QgsCoordinateReferenceSystem:
    """Longitude and latitude on the same body and datum; QGIS can say so itself from 3.24 on."""
    reference = osr.SpatialReference(crs.toWkt(QgsCoordinateReferenceSystem.WKT_PREFERRED))
    return QgsCoordinateReferenceSystem.fromWkt(reference.CloneGeogCS().ExportToWkt(["FORMAT=WKT2"]))
