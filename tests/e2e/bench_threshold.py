"""How fast the threshold's slider is: ``make bench``, or this file with the side of another heat map.

The panel is shown with a map beside it and a real engine behind it; its slider is drawn up and down over a made-up heat
map. Times are what a person waits for: from a move to the outlines, and from letting go to the changed layer; at most
0.3 s are wanted.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from anomaly_lens.plugin.adjust.threshold_panel import ThresholdPanel
from anomaly_lens.plugin.engine import Engine
from anomaly_lens.plugin.engine_env import find_launch
from anomaly_lens.plugin.link import EngineLink
from anomaly_lens.plugin.messages import Messages
from anomaly_lens.plugin.results import add_result
from anomaly_lens.plugin.runs import project_runs
from bench_review import Window
from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QCoreApplication, QEventLoop, QObject, QSignalBlocker
from qgis.PyQt.QtWidgets import QUndoStack

SIDE = 4000
MOVES = (0.50, 0.51, 0.53, 0.56, 0.60, 0.65, 0.70, 0.80, 0.75, 0.68, 0.62, 0.57, 0.54, 0.52, 0.50)
_PATIENCE_S = 120.0
# In a process of its own: rasterio's GDAL and QGIS's do not bear each other.
_WRITE = "import sys; from pathlib import Path; from anomaly_lens.training import bench_polygonize as b; " + (
    "b.write_heatmap(Path(sys.argv[1]), int(sys.argv[2]))"
)


def wait(condition: Callable[[], object]) -> None:
    """Let Qt work until something is so."""
    end = time.perf_counter() + _PATIENCE_S
    while not condition():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 2)
        time.sleep(0.001)
        if time.perf_counter() > end:
            sys.exit("The panel did not get there in time.")


def measure(side: int, folder: Path) -> list[str]:
    """Time the slider's moves.

    Args:
        side: of the heat map.
        folder: for the files.

    Returns:
        Rows for people.
    """
    heatmap, polygons = folder / "heatmap.tif", folder / "anomalies.gpkg"
    subprocess.run([sys.executable, "-c", _WRITE, str(heatmap), str(side)], check=True)
    engine = Engine(lambda: find_launch(sys.executable), lambda _line: None)
    owner = QObject()
    link = EngineLink(engine, owner)
    answers: list[object] = []
    link.ask("polygonize", {"heatmap": str(heatmap), "out": str(polygons)}, answers.append, answers.append)
    wait(lambda: answers)
    result = {"heatmap": str(heatmap), "instances": str(polygons), "run_id": "bench", "area_unit": "m2"}
    add_result(QgsProject.instance(), "bench", "RX", result)
    (run,) = project_runs(QgsProject.instance())
    window = Window()
    window.resize(1400, 900)
    window.show()
    window.canvas.setDestinationCrs(run.heatmap.crs())
    window.canvas.setLayers([run.anomalies])
    window.canvas.setExtent(run.heatmap.extent())
    history = QUndoStack()
    panel = ThresholdPanel(window, link, Messages(window.bar, window), history)
    panel.show()
    rows = []
    start = time.perf_counter()
    panel.set_run(run)
    wait(panel.form.slider.isEnabled)
    rows.append(f"{'run opened':<36} {time.perf_counter() - start:>7.3f}")
    for title, times in time_moves(panel, history):
        rows.append(f"{title:<36} {statistics.median(times):>7.3f} {max(times):>7.3f}")
    engine.close(1.0)
    return rows


def time_moves(panel: ThresholdPanel, history: QUndoStack) -> Iterator[tuple[str, list[float]]]:
    """Move the slider up and down in each way that a person has.

    Args:
        panel: with a run.
        history: gets a step when the layer has changed.

    Yields:
        What was timed, and the seconds of each move.
    """
    shown: list[float] = []
    show = panel.preview.show
    panel.preview.show = lambda *what: (show(*what), shown.append(time.perf_counter()))

    def draw(score: float) -> float:
        """Draw the line somewhere: the seconds until its outlines are there."""
        seen, start = len(shown), time.perf_counter()
        panel.form.slider.set_value(score)
        panel.form.slider.moved.emit(score)
        wait(lambda: not panel._busy)
        # Where the line was there already, so were its outlines.
        return shown[-1] - start if len(shown) > seen else 0.0

    def let_go(score: float) -> float:
        """Let the line go somewhere: the seconds until the layer has changed."""
        before, start = history.index(), time.perf_counter()
        panel.form.slider.set_value(score)
        panel.form.slider.released.emit(score)
        wait(lambda: history.index() != before or not (panel._busy or panel._next))
        return time.perf_counter() - start

    yield "a move to its outlines", [draw(score) for score in MOVES]
    drawn, counts = [], []
    for score in MOVES:
        draw(score)
        drawn.append(let_go(score))
        counts.append(panel._run.anomalies.featureCount())
    yield f"letting go to the layer ({min(counts)}-{max(counts)})", drawn
    yield "a jump, by the keys, to the layer", [let_go(score) for score in MOVES]
    for spin, value in ((panel.form.merge, 4.0), (panel.form.fill_holes, 40.0), (panel.form.smooth, 2)):
        with QSignalBlocker(spin):
            spin.setValue(value)
    yield "merged, filled, smoothed: outlines", [draw(score) for score in MOVES]
    drawn = []
    for score in MOVES:
        draw(score)
        drawn.append(let_go(score))
    yield "merged, filled, smoothed: the layer", drawn


def main() -> None:
    """Measure on the heat map that was asked for."""
    QCoreApplication.setOrganizationName("AnomalyLensBench")
    application = QgsApplication([], True)
    application.initQgis()
    side = int(sys.argv[1]) if len(sys.argv) > 1 else SIDE
    print(f"Threshold of a heat map of {side} x {side} pixels, in seconds: median, worst", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for row in measure(side, Path(folder)):
            print(row, flush=True)
    # QGIS torn down inside Python takes objects along in the wrong order.
    os._exit(0)


if __name__ == "__main__":
    main()
