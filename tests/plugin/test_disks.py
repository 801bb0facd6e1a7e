"""A disk that is really full, or really read-only: a small one of its own for each test."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from anomaly_lens.plugin.adjust.threshold_panel import ThresholdPanel
from anomaly_lens.plugin.errors import PluginError
from anomaly_lens.plugin.export import ALL, FORMATS, prepare_export
from anomaly_lens.plugin.messages import Messages
from anomaly_lens.plugin.report.contents import gather
from anomaly_lens.plugin.report.writing import HTML, PDF, write_report
from anomaly_lens.plugin.results import add_result
from anomaly_lens.plugin.review.history import History
from anomaly_lens.plugin.runs import project_runs
from anomaly_lens.plugin.sources import snapshot
from osgeo import gdal
from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransformContext, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QFileDialog

UTM = QgsCoordinateReferenceSystem("EPSG:32633")
SIZE = "3m"
FILLER = "filler"
STARTS_WITHIN_S = 90


@pytest.fixture(autouse=True, params=[gdal.DontUseExceptions, gdal.UseExceptions], ids=lambda use: use.__name__)
def exceptions(request):
    """QGIS leaves GDAL's exceptions off; plugins share one GDAL, and any of them may switch them on."""
    request.param()
    yield
    gdal.UseExceptions()


@pytest.fixture
def disk(tmp_path):
    """A folder that is a disk of three megabytes."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux may mount a disk to fill")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    done = subprocess.run(mounting, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    yield folder
    QgsProject.instance().clear()
    # Lazily: an open file of a test that failed must not keep it.
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> None:
    """Leave not one byte free."""
    with (disk / FILLER).open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    assert shutil.disk_usage(disk).free == 0


def make_room(disk: Path) -> None:
    (disk / FILLER).unlink()


def protect(disk: Path) -> None:
    """Let nobody write there, root neither."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)


def names(disk: Path) -> set[str]:
    """What lies there, hidden and half-written files, too; SQLite's own belong to an open file."""
    return {path.name for path in disk.rglob("*") if not path.name.endswith(("-wal", "-shm"))} - {FILLER}


def stored(path: Path) -> list[tuple]:
    """What another program reads."""
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return file.execute("SELECT fid, status, label, rank FROM anomalies ORDER BY fid").fetchall()


@pytest.fixture
def read_only():
    """Whether the disk of a test cannot be written from the start."""
    return False


@pytest.fixture
def run(disk, read_only, write_result, scene_layer):
    result = write_result(disk, count=6)
    if read_only:
        protect(disk)
    add_result(QgsProject.instance(), "szene", "RX", result)
    (run,) = project_runs(QgsProject.instance())
    source = {"path": scene_layer.source(), "width": 64, "height": 64, "bands": [1, 2, 3], "crs": "EPSG:32633"}
    run.provenance.update(source=source, version="0.1.0", parameters={"score_threshold": 0.5, "min_pixels": 6})
    return run


@pytest.fixture
def panel(run, show_review):
    return show_review().tabs.widget(0)


def test_a_decision_waits_and_what_was_decided_before_stays(panel, run, iface, disk):
    path = Path(run.anomalies.source().split("|")[0])
    panel.form.list.setFocus()
    QTest.keyClick(panel.form.list, "r")
    before = stored(path)
    fill(disk)
    # More than fits into pages that SQLite has already.
    notes = "x" * 20_000
    QTest.keyClick(panel.form.list, "t")
    QTest.keyClick(panel.form.note, "?")
    panel.form.note.setText(notes)
    QTest.keyClick(panel.form.note, Qt.Key.Key_Return)
    QTest.keyClick(panel.form.list, "u")
    assert "cannot be written at the moment" in iface.messages()[-1]
    assert "wait" in panel.form.notice.text()
    assert stored(path) == before
    make_room(disk)
    panel.form.notice.linkActivated.emit("retry")
    assert "written now" in iface.messages()[-1]
    assert [now[1] for now, then in zip(stored(path), before) if now != then] == ["unsure"]
    assert [feature["note"] for feature in run.anomalies.getFeatures()].count(notes) == 1


@pytest.mark.parametrize("read_only", [True])
def test_a_read_only_disk_is_told_and_the_review_goes_on_in_a_copy(panel, run, iface, tmp_path, monkeypatch):
    before = [feature["status"] for feature in run.anomalies.getFeatures()]
    panel.form.list.setFocus()
    QTest.keyClick(panel.form.list, "u")
    assert "read-only" in iface.messages()[-1]
    assert "wait" in panel.form.notice.text()
    (tmp_path / "copy").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "copy"))
    panel.form.notice.linkActivated.emit("copy")
    assert str(tmp_path / "copy") in run.anomalies.source()
    now = [status for _, status, _, _ in stored(Path(run.anomalies.source().split("|")[0]))]
    assert [status for status, then in zip(now, before) if status != then] == ["unsure"]
    assert "wait" not in panel.form.notice.text()


@pytest.mark.parametrize("read_only", [True])
def test_nothing_is_exported_to_a_read_only_disk(run, disk):
    for file_format in FORMATS:
        with pytest.raises(PluginError) as caught:
            prepare_export(run.anomalies, disk / f"out{file_format.suffix}", file_format.driver, UTM, ALL).write()
        assert caught.value.code == "not_writable"
        assert str(disk) in caught.value.message
        assert caught.value.hint
    for form in (HTML, PDF):
        with pytest.raises(PluginError) as caught:
            write_report(gather(run, "all"), disk / "report", form, lambda _share: None)
        assert caught.value.code == "not_writable"


@pytest.mark.parametrize("driver", [form.driver for form in FORMATS])
def test_an_export_leaves_the_old_file_and_nothing_else(run, disk, driver):
    (file_format,) = [form for form in FORMATS if form.driver == driver]
    path = disk / f"out{file_format.suffix}"
    path.write_text("precious")
    before = names(disk)
    fill(disk)
    with pytest.raises(PluginError) as caught:
        prepare_export(run.anomalies, path, driver, UTM, ALL).write()
    assert caught.value.code in {"not_writable", "disk_full"}
    assert path.name in caught.value.message or str(disk) in caught.value.message
    assert caught.value.hint
    assert path.read_text() == "precious"
    assert names(disk) == before
    make_room(disk)
    assert prepare_export(run.anomalies, path, driver, UTM, ALL).write() == 6


@pytest.mark.parametrize("form", [HTML, PDF])
def test_a_report_leaves_the_old_file_and_nothing_else(run, disk, form):
    path = disk / "report"
    path.write_text("precious")
    before = names(disk)
    contents = gather(run, "all")
    fill(disk)
    with pytest.raises(PluginError) as caught:
        write_report(contents, path, form, lambda _share: None)
    assert caught.value.code in {"not_writable", "disk_full"}
    assert caught.value.hint
    assert path.read_text() == "precious"
    assert names(disk) == before


@pytest.mark.parametrize("read_only", [True])
def test_on_a_read_only_disk_the_threshold_changes_nothing(run, iface, link, wait_until):
    history = History()
    panel = ThresholdPanel(iface, link, Messages(iface.bar, iface.window), history)
    panel.set_run(run)
    wait_until(panel.form.slider.isEnabled, STARTS_WITHIN_S)
    panel.form.score.setValue(0.05)
    wait_until(iface.messages)
    assert "cannot be changed" in iface.messages()[0]
    assert history.count() == 0
    assert run.anomalies.featureCount() == 6
    panel.set_run(None)


def test_on_a_full_disk_the_threshold_changes_nothing(run, disk, iface, link, wait_until):
    path = Path(run.anomalies.source().split("|")[0])
    history = History()
    panel = ThresholdPanel(iface, link, Messages(iface.bar, iface.window), history)
    panel.set_run(run)
    wait_until(panel.form.slider.isEnabled, STARTS_WITHIN_S)
    before = stored(path)
    fill(disk)
    panel.form.score.setValue(0.05)
    wait_until(iface.messages)
    assert "cannot be changed" in iface.messages()[0]
    assert history.count() == 0
    assert stored(path) == before
    make_room(disk)
    panel.form.score.setValue(0.04)
    wait_until(lambda: history.count() == 1)
    panel.set_run(None)


def test_a_detection_is_told_and_leaves_nothing(disk, link, scene_file, wait_until):
    before = names(disk)
    fill(disk)
    told: list[PluginError] = []
    link.ask("detect", {"scene": str(scene_file), "out": str(disk), "detector": "rx"}, told.append, told.append)
    wait_until(lambda: told, STARTS_WITHIN_S)
    assert told[0].code in {"not_writable", "disk_full"}
    assert str(disk) in str(told[0])
    assert told[0].hint
    assert names(disk) == before


def test_a_layer_that_does_not_fit_into_the_temporary_folder_is_not_searched(disk, tmp_path):
    source = gdal.GetDriverByName("GTiff").Create(str(tmp_path / "noise.tif"), 1200, 1200, 3)
    for band in (1, 2, 3):
        # Nothing of it can be compressed.
        source.GetRasterBand(band).WriteRaster(0, 0, 1200, 1200, os.urandom(1200 * 1200))
    del source
    layer = QgsRasterLayer(f"{tmp_path / 'noise.tif'}|option:NUM_THREADS=1", "noise", "gdal")
    export = snapshot(layer, 1.0, QgsCoordinateTransformContext()).export
    with pytest.raises(PluginError) as caught:
        export.write(disk / "noise.tif", None, lambda _fraction: None)
    assert caught.value.code == "layer_not_exported"
    assert "Make room on the disk of the temporary folder" in caught.value.hint
