"""The export dialog: what it proposes, asks and writes."""

from __future__ import annotations

import pytest
from anomaly_lens.plugin import settings
from anomaly_lens.plugin.export_dialog import ExportDialog
from anomaly_lens.plugin.messages import Messages
from anomaly_lens.plugin.results import add_result
from qgis.core import QgsProject
from qgis.PyQt.QtWidgets import QMessageBox


@pytest.fixture
def anomalies(tmp_path, write_result):
    (tmp_path / "run").mkdir()
    return add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path / "run")).anomalies


@pytest.fixture
def dialog(iface, anomalies, tmp_path):
    settings.EXPORT_FOLDER.set(str(tmp_path))
    return ExportDialog(anomalies, Messages(iface.bar, iface.window), iface.window)


def choose_format(dialog, driver):
    dialog.formats.setCurrentIndex(dialog.formats.findData(driver))


def test_it_counts_what_there_is_to_export(dialog):
    texts = [dialog.which.itemText(i) for i in range(dialog.which.count())]
    assert texts == ["All (3)", "Accepted (1)"]
    assert "szene · RX" in dialog.layers.currentText()


def test_crs_and_file_follow_the_format(dialog, tmp_path):
    assert dialog.file.filePath() == str(tmp_path / "szene_rx_anomalies.shp")
    assert dialog.crs.crs().authid() == "EPSG:32633"
    choose_format(dialog, "KML")
    assert dialog.file.filePath() == str(tmp_path / "szene_rx_anomalies.kml")
    assert dialog.crs.crs().authid() == "EPSG:4326"
    assert not dialog.crs.isEnabled()
    dialog.file.setFilePath(str(tmp_path / "mine.kml"))
    choose_format(dialog, "GeoJSON")
    assert dialog.file.filePath() == str(tmp_path / "mine.geojson")
    assert dialog.crs.isEnabled()


def test_the_file_is_written_added_and_told(dialog, iface, tmp_path):
    dialog.file.setFilePath(str(tmp_path / "mine"))
    dialog.accept()
    assert (tmp_path / "mine.shp").exists()
    (added,) = QgsProject.instance().mapLayersByName("mine")
    assert added.isValid()
    assert added.renderer().classAttribute() == "status"
    assert iface.messages() == [f"3 polygons were written to {tmp_path / 'mine.shp'}."]
    assert settings.EXPORT_FOLDER.get() == str(tmp_path)


@pytest.mark.parametrize(("button", "replaced"), [("Yes", True), ("No", False)])
def test_an_existing_file_is_asked_for(dialog, tmp_path, monkeypatch, button, replaced):
    choose_format(dialog, "GPKG")
    path = tmp_path / "old.gpkg"
    path.write_text("precious")
    dialog.file.setFilePath(str(path))
    asked = []

    def answer(_parent, _title, question, *_buttons):
        asked.append(question)
        return getattr(QMessageBox.StandardButton, button)

    monkeypatch.setattr(QMessageBox, "question", answer)
    dialog.accept()
    assert asked == ["old.gpkg exists. Replace it?"]
    assert (path.read_bytes() != b"precious") is replaced


def test_a_failure_keeps_the_dialog_open_and_says_what_to_do(dialog, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(QMessageBox, "warning", lambda _parent, _title, text: told.append(text))
    dialog.file.setFilePath(str(tmp_path / "nope" / "a.shp"))
    dialog.accept()
    assert dialog.result() == 0
    assert str(tmp_path / "nope") in told[0]
    assert "Choose another folder." in told[0]
