"""A QGIS application without a window, a clean project, and an engine that is only played."""

from __future__ import annotations

import importlib.util
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

pytest.importorskip("qgis.core", reason="the plugin's tests need PyQGIS")

from anomaly_lens.plugin.engine import Engine
from anomaly_lens.plugin.engine_env import Launch, clean_environment, find_launch
from anomaly_lens.plugin.link import EngineLink
from anomaly_lens.plugin.messages import Messages
from anomaly_lens.plugin.review.dock import ReviewDock
from anomaly_lens.plugin.review.history import History
from anomaly_lens.plugin.review.panel import ReviewPanel
from osgeo import gdal, ogr, osr
from qgis.core import QgsApplication, QgsCoordinateTransform, QgsProject, QgsRasterLayer, QgsTask, QgsVectorLayer
from qgis.gui import QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QSettings, Qt, QThreadPool
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMainWindow,
    QWidget,
)

gdal.UseExceptions()

FAKE_WORKER = Path(__file__).parent / "fake_worker.py"
OTHER_QGIS = Path(__file__).parent / "other_qgis.py"
UTM = 32633


@pytest.fixture(scope="session", autouse=True)
def qgis_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QgsApplication]:
    """QGIS's application with a profile of its own."""
    profile = tmp_path_factory.mktemp("profile")
    QCoreApplication.setOrganizationName("AnomalyLensTests")
    QCoreApplication.setApplicationName("AnomalyLensTests")
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(profile))
    app = QgsApplication.instance()
    if app is None:
        app = QgsApplication([], True, str(profile))
        app.initQgis()
    # Not ended: a QGIS that is torn down inside pytest takes Python objects along in the wrong order.
    yield app
    # What ending it does besides: QGIS 3.40 frees these when the process ends, by a PROJ that is gone by then.
    QgsCoordinateTransform.invalidateCache()


@pytest.fixture(autouse=True)
def clean_state(qgis_app: QgsApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """An empty project, no settings and no engine of this computer's user, before and after."""
    monkeypatch.delenv("ANOMALY_LENS_PYTHON", raising=False)
    monkeypatch.setenv("ANOMALY_LENS_HOME", str(tmp_path / "anomaly lens home"))
    QSettings().remove("anomaly_lens")
    QgsProject.instance().clear()
    yield
    QgsProject.instance().clear()
    QSettings().remove("anomaly_lens")


@pytest.fixture(autouse=True)
def no_lost_exceptions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test in which a slot raised; Qt has nobody to raise it to."""
    lost: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda *error: lost.append("".join(traceback.format_exception(*error))))
    yield
    assert not lost, "\n".join(lost)


def _wait_until(condition: Callable[[], Any], seconds: float = 15.0) -> None:
    """Run the event loop until a condition holds.

    Raises:
        TimeoutError: where it does not come about.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            msg = "the condition did not come about"
            raise TimeoutError(msg)
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.005)


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """A function that runs the event loop until a condition holds, or fails."""
    return _wait_until


@pytest.fixture
def is_running() -> Callable[[int], bool]:
    """A function that tells whether there is a process of a number."""

    def found(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    return found


@pytest.fixture
def busy_threads(qgis_app: QgsApplication) -> Iterator[threading.Event]:
    """Takes all threads of QGIS's task manager: what is added now does not begin before this event is set."""
    over, ended = threading.Event(), []
    count = QThreadPool.globalInstance().maxThreadCount()

    def wait(_task: QgsTask) -> None:
        over.wait(60)

    tasks = [QgsTask.fromFunction("busy", wait, on_finished=ended.append) for _ in range(count)]
    for task in tasks:
        qgis_app.taskManager().addTask(task)
    _wait_until(lambda: all(task.status() == QgsTask.TaskStatus.Running for task in tasks))
    yield over
    over.set()
    _wait_until(lambda: len(ended) == count)


@pytest.fixture
def make_engine(tmp_path: Path) -> Iterator[Callable[..., Engine]]:
    """Makes an engine whose worker plays one of the modes of ``fake_worker.py``."""
    engines = []

    def make(mode: str = "normal", ready_within: float = 20.0, env: dict[str, str] | None = None) -> Engine:
        modes = [mode] if isinstance(mode, str) else list(mode)

        def launch() -> Launch:
            current = modes.pop(0) if len(modes) > 1 else modes[0]
            environment = clean_environment(os.environ) | {"FAKE_STARTED": str(tmp_path / "started")} | (env or {})
            return Launch((sys.executable, str(FAKE_WORKER), current), environment)

        engine = Engine(launch, lambda _line: None, ready_within)
        engines.append(engine)
        return engine

    yield make
    for engine in engines:
        engine.close(0.5)


@pytest.fixture(scope="module")
def real_engine(qgis_app: QgsApplication) -> Iterator[Engine]:
    """The engine itself, in the Python of the tests."""
    if any(importlib.util.find_spec(package) is None for package in ("torch", "rasterio")):
        pytest.skip("this Python lacks the engine's packages")
    engine = Engine(lambda: find_launch(sys.executable), lambda _line: None)
    yield engine
    engine.close(2.0)


@pytest.fixture
def link(real_engine: Engine) -> Iterator[EngineLink]:
    """What asks that engine."""
    owner = QObject()
    yield EngineLink(real_engine, owner)
    owner.deleteLater()


@pytest.fixture
def scene_file(tmp_path: Path) -> Path:
    """A small 3-band GeoTIFF in UTM with a bright spot, 2 m pixels."""
    return _write_scene(tmp_path / "szene.tif")


@pytest.fixture
def write_scene() -> Callable[..., Path]:
    """A function that writes scenes."""
    return _write_scene


def _write_scene(path: Path, epsg: int | None = UTM, size: int = 64) -> Path:
    """Write a 3-band uint8 scene with a spot of 4x4 pixels at column 20, row 30."""
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), size, size, 3, gdal.GDT_Byte)
    if epsg is not None:
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(epsg)
        dataset.SetProjection(reference.ExportToWkt())
        dataset.SetGeoTransform((400000.0, 2.0, 0.0, 5800000.0, 0.0, -2.0))
    for number in (1, 2, 3):
        rows = [bytes((37 * (x + number) + 91 * y * number) % 60 + 80 for x in range(size)) for y in range(size)]
        for y in range(30, 34):
            rows[y] = rows[y][:20] + bytes([255 if number == 1 else 10] * 4) + rows[y][24:]
        dataset.GetRasterBand(number).WriteRaster(0, 0, size, size, b"".join(rows))
    dataset.FlushCache()
    return path


@pytest.fixture
def scene_layer(scene_file: Path) -> QgsRasterLayer:
    """The scene as a layer of the project."""
    layer = QgsRasterLayer(str(scene_file), "szene")
    QgsProject.instance().addMapLayer(layer)
    return layer


@pytest.fixture
def open_elsewhere() -> Iterator[Callable[[Path], Callable[..., None]]]:
    """Opens a GeoPackage of anomalies in another QGIS; what it gives changes polygons there, and has been done then."""
    opened = []

    def open_(path: Path) -> Callable[..., None]:
        command = [sys.executable, str(OTHER_QGIS), str(path)]
        other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        opened.append(other)
        assert other.stdout.readline() == "ready\n"

        def change(**what: Any) -> None:
            other.stdin.write(json.dumps(what) + "\n")
            other.stdin.flush()
            assert other.stdout.readline() == "done\n"

        return change

    yield open_
    for other in opened:
        other.stdin.close()
        other.wait(20)
        other.stdout.close()


FIELDS = (
    ("id", ogr.OFTInteger),
    ("score_max", ogr.OFTReal),
    ("score_mean", ogr.OFTReal),
    ("area", ogr.OFTReal),
    ("width", ogr.OFTReal),
    ("height", ogr.OFTReal),
    ("rank", ogr.OFTInteger),
    ("status", ogr.OFTString),
    ("label", ogr.OFTString),
    ("note", ogr.OFTString),
    ("detector", ogr.OFTString),
    ("modality", ogr.OFTString),
    ("run_id", ogr.OFTString),
)
LABELS = ("Größe £", "船", "дом")
STATUSES = ("accepted", "unreviewed", "rejected")


@pytest.fixture
def write_result() -> Callable[..., dict[str, Any]]:
    """A function that writes results as the engine does."""
    return _write_result


def _write_result(
    folder: Path,
    count: int = 3,
    name: str = "szene_rx",
    one_half: float | None = 9.2,
    scene: str = "",
    run_id: str = "r1",
    left: float = 400000.0,
) -> dict[str, Any]:
    """Write a heat map and anomalies as the engine does, and return its ``detect`` result."""
    heatmap = folder / f"{name}_heatmap.tif"
    instances = folder / f"{name}_anomalies.gpkg"
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(UTM)
    raster = gdal.GetDriverByName("GTiff").Create(str(heatmap), 64, 64, 1, gdal.GDT_Float32)
    raster.SetProjection(reference.ExportToWkt())
    raster.SetGeoTransform((left, 2.0, 0.0, 5800000.0, 0.0, -2.0))
    provenance = {"detector": "rx", "parameters": {"percent": 1}, "raw_score_of_one_half": one_half}
    if scene:
        provenance["source"] = {"path": scene}
    raster.SetMetadataItem("ANOMALY_LENS_PROVENANCE", json.dumps(provenance))
    raster.GetRasterBand(1).Fill(0.4)
    raster = None
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(instances))
    table = dataset.CreateLayer("anomalies", reference, ogr.wkbMultiPolygon)
    for field, kind in FIELDS:
        table.CreateField(ogr.FieldDefn(field, kind))
    for index in range(count):
        x, y = 400040.0 + 20 * index, 5799940.0
        feature = ogr.Feature(table.GetLayerDefn())
        ring = f"{x} {y}, {x + 8} {y}, {x + 8} {y - 8}, {x} {y - 8}, {x} {y}"
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"MULTIPOLYGON((({ring})))"))
        values = (
            index + 1,
            0.9,
            0.8,
            64.0,
            8.0,
            8.0,
            index + 1,
            STATUSES[index % 3],
            LABELS[index % 3],
            "",
            "rx",
            "visible",
            "r1",
        )
        for (field, _kind), value in zip(FIELDS, values):
            feature.SetField(field, value)
        table.CreateFeature(feature)
    dataset = None
    return {
        "run_id": run_id,
        "heatmap": str(heatmap),
        "instances": str(instances),
        "count": count,
        "omitted": 0,
        "score_threshold": 0.5,
        "device": "cpu",
        "detector": "rx",
        "modality": "visible",
        "area_unit": "m2",
        "seconds": 0.1,
        "megapixels": 0.004,
        "warnings": [],
        "first": [400044.0, 5799936.0] if count else None,
        "histogram": [0] * 256,
    }


class FakeInterface:
    """As much of ``QgisInterface`` as the dock uses."""

    def __init__(self) -> None:
        self.window = QMainWindow()
        self.bar = QgsMessageBar(self.window)
        self.canvas = QgsMapCanvas(self.window)
        self.canvas.resize(400, 300)
        self.active: Any = None
        self.tables: list[Any] = []

    def mainWindow(self) -> QMainWindow:
        """As in QGIS."""
        return self.window

    def messageBar(self) -> QgsMessageBar:
        """As in QGIS."""
        return self.bar

    def mapCanvas(self) -> QgsMapCanvas:
        """As in QGIS."""
        return self.canvas

    def activeLayer(self) -> Any:
        """As in QGIS."""
        return self.active

    def setActiveLayer(self, layer: Any) -> None:
        """As in QGIS."""
        self.active = layer

    def showAttributeTable(self, layer: Any) -> None:
        """As in QGIS."""
        self.tables.append(layer)

    def messages(self) -> list[str]:
        """The texts in the message bar, the oldest first."""
        return [item.text() for item in reversed(self.bar.items())]


@pytest.fixture
def iface() -> Iterator[FakeInterface]:
    """A stand-in for QGIS's window; deleted with all it holds while Qt still runs."""
    interface = FakeInterface()
    yield interface
    interface.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class NoEngine:
    """For a review, which asks for wavelengths only."""

    def ask(self, *_question: Any) -> None:
        """Answers nothing."""


@pytest.fixture
def show_review(iface: FakeInterface) -> Iterator[Callable[..., ReviewDock]]:
    """Shows the review of the project's first run in a window that has the keyboard; gives the dock."""
    shown = []

    def show(link: Any = None) -> ReviewDock:
        panel = ReviewPanel(iface, link or NoEngine(), Messages(iface.bar, iface.window), History())
        dock = ReviewDock(iface, [("Review", panel)])
        shown.append((dock, panel))
        iface.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        iface.window.show()
        dock.open_run()
        iface.window.activateWindow()
        QApplication.setActiveWindow(iface.window)
        return dock

    yield show
    for dock, panel in shown:
        dock.release()
        panel.release()
        dock.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def locked() -> Callable[..., AbstractContextManager[None]]:
    """Keeps the file of a layer locked for a while, as another program that writes to it does."""

    @contextmanager
    def hold(layer: QgsVectorLayer, how: str = "IMMEDIATE") -> Iterator[None]:
        other = sqlite3.connect(layer.source().split("|")[0], isolation_level=None)
        other.execute(f"BEGIN {how}")
        yield
        other.execute("ROLLBACK")
        other.close()

    return hold


@pytest.fixture
def usual_font(iface):
    """Without a screen, Qt's own is larger."""
    iface.window.setStyleSheet("* { font: 9pt }")


@pytest.fixture
def large_font(iface):
    """QGIS sets the font that people choose by its window's style sheet."""
    iface.window.setStyleSheet("* { font: 18pt }")


@pytest.fixture
def without_spoken_name() -> Callable[[QWidget], list[str]]:
    """Tells the fields of a form that a screen reader cannot name, by Qt's own rule: siblings alone name each other."""
    kinds = (QComboBox, QAbstractSpinBox, QLineEdit, QAbstractItemView)

    def named(field: QWidget) -> bool:
        labels = field.parentWidget().findChildren(QLabel, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return bool(field.accessibleName()) or any(label.buddy() is field and label.text() for label in labels)

    def nameless(form: QWidget) -> list[str]:
        # What a list or a spin box is made of is spoken with it.
        fields = [
            field
            for field in form.findChildren(QWidget)
            if isinstance(field, kinds)
            and field.focusPolicy() != Qt.FocusPolicy.NoFocus
            and not isinstance(field.parentWidget(), (QComboBox, QAbstractSpinBox))
            and field.window() is form.window()
        ]
        assert fields
        return [field.objectName() or type(field).__name__ for field in fields if not named(field)]

    return nameless
