"""How fast the review is with many polygons: ``make bench``, or this file with their numbers.

It opens the review's own page on a layer of that many polygons, with a map beside it, and takes decisions by its own
means, each of which is written to a GeoPackage. Times are of the main thread: what a person waits for.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from anomaly_lens.plugin.messages import Messages
from anomaly_lens.plugin.results import ANOMALIES_TABLE, ROLE_ANOMALIES, ROLE_PROPERTY, RUN_PROPERTY
from anomaly_lens.plugin.review.dock import ReviewDock
from anomaly_lens.plugin.review.history import History
from anomaly_lens.plugin.review.panel import ReviewPanel
from anomaly_lens.plugin.styles import style_anomalies
from osgeo import gdal, ogr, osr
from qgis.core import QgsApplication, QgsProject, QgsVectorLayer
from qgis.gui import QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import QCoreApplication, Qt
from qgis.PyQt.QtWidgets import QMainWindow

DECISIONS = 40
_SPACING, _SIDE = 20, 8


class Window(QMainWindow):
    """As much of QGIS's window as the review needs."""

    def __init__(self) -> None:
        super().__init__()
        self.canvas = QgsMapCanvas(self)
        self.bar = QgsMessageBar(self)
        self.setCentralWidget(self.canvas)

    def mainWindow(self) -> QMainWindow:
        """As in QGIS."""
        return self

    def mapCanvas(self) -> QgsMapCanvas:
        """As in QGIS."""
        return self.canvas


class NoEngine:
    """Stands in for the engine, which the review asks for wavelengths only."""

    def ask(self, *_question: object) -> None:
        """Answers nothing."""


def write_polygons(path: Path, count: int) -> None:
    """Write a layer as the engine does.

    Args:
        path: of the GeoPackage.
        count: of polygons.
    """
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32633)
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    table = dataset.CreateLayer(ANOMALIES_TABLE, reference, ogr.wkbMultiPolygon)
    kinds = {"id": 0, "score_max": 2, "score_mean": 2, "area": 2, "width": 2, "height": 2, "rank": 0}
    kinds |= dict.fromkeys(("status", "label", "note", "detector", "modality", "run_id"), 4)
    for name, kind in kinds.items():
        table.CreateField(ogr.FieldDefn(name, kind))
    columns = int(count**0.5)
    table.StartTransaction()
    for number in range(count):
        x, y = 400_000 + _SPACING * (number % columns), 5_800_000 - _SPACING * (number // columns)
        ring = f"{x} {y}, {x + _SIDE} {y}, {x + _SIDE} {y - _SIDE}, {x} {y - _SIDE}, {x} {y}"
        feature = ogr.Feature(table.GetLayerDefn())
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"MULTIPOLYGON((({ring})))"))
        numbers = (number + 1, 1 - number / count, 0.5, 64.0, 8.0, 8.0, number + 1)
        for name, value in zip(kinds, (*numbers, "unreviewed", "", "", "rx", "visible", "bench")):
            feature.SetField(name, value)
        table.CreateFeature(feature)
    table.CommitTransaction()


def timed(what: Callable[[], object]) -> float:
    """Seconds until something is done and shown."""
    start = time.perf_counter()
    what()
    QCoreApplication.processEvents()
    return time.perf_counter() - start


def measure(count: int, folder: Path) -> str:
    """Time the steps of a review.

    Args:
        count: of polygons.
        folder: for the file.

    Returns:
        A row for people.
    """
    path = folder / f"{count}.gpkg"
    write_polygons(path, count)
    layer = QgsVectorLayer(f"{path}|layername={ANOMALIES_TABLE}", "Anomalies", "ogr")
    style_anomalies(layer, "m2")
    layer.setCustomProperty(ROLE_PROPERTY, ROLE_ANOMALIES)
    layer.setCustomProperty(RUN_PROPERTY, "bench")
    window = Window()
    page = ReviewPanel(window, NoEngine(), Messages(window.bar, window), History())
    dock = ReviewDock(window, [("Review", page)])
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    window.resize(1400, 900)
    window.show()
    QgsProject.instance().addMapLayer(layer)
    window.canvas.setDestinationCrs(layer.crs())
    window.canvas.setLayers([layer])
    window.canvas.setExtent(layer.extent())
    opening = timed(dock.open_run)
    decisions = [timed(lambda: page.decide("accepted")) for _ in range(DECISIONS)]
    undo = timed(page.actions_.undo.trigger)
    filtering = timed(lambda: page.form.status.setCurrentIndex(1))
    filtered = [timed(lambda: page.decide("rejected")) for _ in range(DECISIONS)]
    sorting = timed(lambda: page.form.list.sortByColumn(1, Qt.SortOrder.AscendingOrder))
    scrolling = timed(page.form.list.scrollToBottom)
    dock.release()
    page.release()
    QgsProject.instance().clear()
    window.close()
    numbers = (opening, statistics.median(decisions), max(decisions), statistics.median(filtered), max(filtered))
    times = [1000 * number for number in (*numbers, undo, filtering, sorting, scrolling)]
    return f"{count:>9,} " + " ".join(f"{number:>9.1f}" for number in times)


def main() -> None:
    """Measure with the numbers of polygons that were named."""
    gdal.UseExceptions()
    QCoreApplication.setOrganizationName("AnomalyLensBench")
    application = QgsApplication([], True)
    application.initQgis()
    print("Review, in milliseconds of the main thread")
    titles = ("open", "decide", "(worst)", "filtered", "(worst)", "undo", "filter", "sort", "scroll")
    print(f"{'polygons':>9} " + " ".join(f"{title:>9}" for title in titles), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for count in [int(word) for word in sys.argv[1:]] or [10_000, 100_000]:
            print(measure(count, Path(folder)), flush=True)
    sys.stdout.flush()
    # QGIS torn down inside Python takes objects along in the wrong order.
    os._exit(0)


if __name__ == "__main__":
    main()
