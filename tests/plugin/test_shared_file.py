"""Two QGIS with one GeoPackage: another process decides, draws and deletes in the same file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from anomaly_lens.plugin.messages import Messages
from anomaly_lens.plugin.results import add_result
from anomaly_lens.plugin.review.dock import ReviewDock
from anomaly_lens.plugin.review.history import History
from anomaly_lens.plugin.review.panel import ReviewPanel
from anomaly_lens.plugin.review.store import DecisionStore
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QObject, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication

TURNS = 40
OTHER = """
import sys
from qgis.core import QgsApplication, QgsVectorLayer
from qgis.PyQt.QtCore import QObject
from anomaly_lens.plugin.review.store import DecisionStore

application = QgsApplication([], False)
application.initQgis()
path, turns = sys.argv[1], int(sys.argv[2])
layer = QgsVectorLayer(path + "|layername=anomalies", "other", "ogr")
assert layer.isValid()
owner = QObject()
store = DecisionStore(layer, owner)
print("ready", flush=True)
sys.stdin.readline()
for turn in range(turns):
    for fid in (4, 5, 6):
        store.write(fid, {"status": "accepted" if turn % 2 else "rejected", "note": f"other {turn}"})
while store.pending:
    store.retry()
print("done", flush=True)
import os
os._exit(0)
"""


@pytest.fixture
def layer(tmp_path, write_result):
    return add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path, 6)).anomalies


def rows(path: Path) -> dict[int, tuple[str, str]]:
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {fid: (status, note) for fid, status, note in file.execute("SELECT fid, status, note FROM anomalies")}


def test_two_who_decide_at_the_same_time_lose_nothing(layer, tmp_path):
    path = Path(layer.source().split("|")[0])
    command = [sys.executable, "-c", OTHER, str(path), str(TURNS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "ready\n"
        owner = QObject()
        store = DecisionStore(layer, owner)
        other.stdin.write("go\n")
        other.stdin.flush()
        for turn in range(TURNS):
            for fid in (1, 2, 3):
                store.write(fid, {"status": "unsure", "note": f"ours {turn}"})
        while store.pending:
            store.retry()
        assert other.stdout.readline() == "done\n"
    expected = {fid: ("unsure", f"ours {TURNS - 1}") for fid in (1, 2, 3)}
    expected |= {fid: ("accepted", f"other {TURNS - 1}") for fid in (4, 5, 6)}
    assert rows(path) == expected


@pytest.mark.parametrize("contents", [b"", b"no database" * 100])
def test_a_file_that_cannot_be_read_for_a_moment_loses_no_decision(layer, contents):
    # To a layer, a file that another program is just opening looks as if there were no polygons in it.
    path = Path(layer.source().split("|")[0])
    good, before = path.read_bytes(), rows(path)
    owner, told = QObject(), []
    store = DecisionStore(layer, owner)
    store.failed.connect(lambda error: told.append(error.message))
    store.gone.connect(lambda error: told.append(error.message))
    path.write_bytes(contents)
    store.write(1, {"status": "unsure", "note": "kept"})
    store.write(2, {"status": "unsure", "note": "kept too"})
    assert set(store.pending) == {1, 2}
    assert told == [f"{path.name} cannot be read at the moment."]
    path.write_bytes(good)
    assert store.retry() is None
    assert not store.pending
    assert rows(path) == before | {1: ("unsure", "kept"), 2: ("unsure", "kept too")}
    assert layer.getFeature(1)["status"] == "unsure"


@pytest.fixture
def panel(layer, iface):
    panel = ReviewPanel(iface, NoEngine(), Messages(iface.bar, iface.window), History())
    dock = ReviewDock(iface, [("Review", panel)])
    iface.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    iface.window.show()
    dock.open_run()
    QApplication.setActiveWindow(iface.window)
    yield panel
    dock.release()
    panel.release()
    dock.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_a_polygon_that_the_other_has_removed_is_told_and_leaves_the_list(layer, panel, iface, wait_until):
    path = Path(layer.source().split("|")[0])
    before = rows(path)
    # As when the other has moved the threshold.
    assert layer.clone().dataProvider().deleteFeatures([1])
    panel.form.list.setFocus()
    QTest.keyClick(panel.form.list, "r")
    wait_until(iface.messages)
    assert "removed from Anomalies in another window" in iface.messages()[0]
    wait_until(lambda: panel.model.rowCount() == 5)
    assert "wait" not in panel.form.notice.text()
    del before[1]
    assert rows(path) == before
    QTest.keyClick(panel.form.list, "u")
    assert "unsure" in {status for status, _ in rows(path).values()}


def test_a_decision_that_waits_for_a_polygon_that_goes_is_told(layer, panel, iface, wait_until):
    other = sqlite3.connect(layer.source().split("|")[0], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    panel.form.list.setFocus()
    QTest.keyClick(panel.form.list, "r")
    assert "1 decisions wait" in panel.form.notice.text()
    other.execute("ROLLBACK")
    other.close()
    assert layer.clone().dataProvider().deleteFeatures([1])
    layer.reload()
    wait_until(lambda: panel.model.rowCount() == 5)
    panel.form.notice.linkActivated.emit("retry")
    wait_until(lambda: any("removed from Anomalies" in text for text in iface.messages()))
    assert "wait" not in panel.form.notice.text()


class NoEngine:
    """Is asked for wavelengths only."""

    def ask(self, *_question):
        """Answers nothing."""
