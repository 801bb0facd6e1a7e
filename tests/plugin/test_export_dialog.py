"""The export dialog: what it proposes, asks and writes."""

from __future__ import annotations

import threading

import pytest
from anomaly_lens.plugin import settings
from anomaly_lens.plugin.export import Export
from anomaly_lens.plugin.export_dialog import ExportDialog
from anomaly_lens.plugin.messages import Messages
from anomaly_lens.plugin.results import add_result
from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsVectorLayer, edit
from qgis.PyQt.QtWidgets import QMessageBox


@pytest.fixture
def anomalies(tmp_path, write_result):
    (tmp_path / "run").mkdir()
    return add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path / "run")).anomalies


@pytest.fixture
def dialog(iface, anomalies, tmp_path):
    settings.EXPORT_FOLDER.set(str(tmp_path))
    return ExportDialog(anomalies, Messages(iface.bar, iface.window), iface.window)


@pytest.fixture
def export(dialog, wait_until):
    """Presses Export and waits until it is over, whichever way."""

    def export():
        dialog.accept()
        wait_until(lambda: dialog._task is None and dialog._job is None)

    return export


def choose_format(dialog, driver):
    dialog.formats.setCurrentIndex(dialog.formats.findData(driver))


def test_screen_readers_name_every_field(dialog, without_spoken_name):
    assert without_spoken_name(dialog) == []


def test_it_counts_what_there_is_to_export(dialog):
    texts = [dialog.which.itemText(i) for i in range(dialog.which.count())]
    assert texts == ["All (3)", "Accepted (1)"]
    assert "szene · RX" in dialog.layers.currentText()


def test_polygons_whose_file_is_missing_are_not_offered(iface, anomalies, tmp_path):
    missing = QgsVectorLayer(f"{tmp_path / 'gone.gpkg'}|layername=anomalies", "gone", "ogr")
    for name in anomalies.customPropertyKeys():
        missing.setCustomProperty(name, anomalies.customProperty(name))
    QgsProject.instance().addMapLayer(missing)
    dialog = ExportDialog(missing, Messages(iface.bar, iface.window), iface.window)
    assert [dialog.layers.itemData(row) for row in range(dialog.layers.count())] == [anomalies.id()]
    QgsProject.instance().removeMapLayer(anomalies.id())
    dialog = ExportDialog(missing, Messages(iface.bar, iface.window), iface.window)
    assert (dialog.layers.count(), dialog.export_button.isEnabled()) == (0, False)


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


def test_a_crs_that_was_chosen_stays_where_a_format_knows_it(dialog):
    chosen = QgsCoordinateReferenceSystem("EPSG:3035")
    dialog.crs.setCrs(chosen)
    shown = []
    for name in ("GeoJSON", "KML", "GPKG", "PDF report", "ESRI Shapefile"):
        choose_format(dialog, name)
        shown.append(dialog.crs.crs().authid())
    assert shown == ["EPSG:3035", "EPSG:4326", "EPSG:3035", "EPSG:32633", "EPSG:3035"]
    dialog._layer_changed()  # to another layer
    assert dialog.crs.crs().authid() == "EPSG:32633"


def test_a_name_may_be_pasted_as_windows_copies_it(dialog, export, tmp_path):
    dialog.file.setFilePath(f'"{tmp_path / "mine.shp"}"')
    choose_format(dialog, "GPKG")
    assert dialog.file.filePath() == str(tmp_path / "mine.gpkg")
    dialog.file.setFilePath(f'"{tmp_path / "mine.gpkg"}"')
    export()
    assert (tmp_path / "mine.gpkg").exists()


def test_dots_belong_to_a_name(dialog, tmp_path):
    dialog.file.setFilePath(str(tmp_path / "ships 0.5 m"))
    choose_format(dialog, "GPKG")
    assert dialog.file.filePath() == str(tmp_path / "ships 0.5 m.gpkg")
    choose_format(dialog, "ESRI Shapefile")
    assert dialog.file.filePath() == str(tmp_path / "ships 0.5 m.shp")


@pytest.mark.parametrize("name", ["ships", "~ships"])
def test_a_bare_name_is_written_where_the_proposal_was(dialog, export, tmp_path, monkeypatch, name):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    dialog.file.setFilePath(name)
    export()
    assert (tmp_path / f"{name}.shp").exists()


@pytest.mark.parametrize("text", ["", "/"])
def test_without_a_name_nothing_is_written(dialog, monkeypatch, text):
    told = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *told_: told.append(told_[2]))
    dialog.file.setFilePath(text)
    choose_format(dialog, "GPKG")
    dialog.file.setFilePath(text)
    dialog.accept()
    assert told == ["Choose a file to write."]


def test_accepted_polygons_are_what_one_exports_unless_one_says_otherwise(dialog, anomalies):
    assert dialog.which.currentText() == "Accepted (1)"
    with edit(anomalies):
        for feature in anomalies.getFeatures():
            anomalies.changeAttributeValue(feature.id(), anomalies.fields().indexOf("status"), "unreviewed")
    dialog._layer_changed()
    assert dialog.which.currentText() == "All (3)"


def test_a_layer_without_status_is_exported_as_a_whole(iface, anomalies, tmp_path, wait_until):
    settings.EXPORT_FOLDER.set(str(tmp_path))
    anomalies.dataProvider().deleteAttributes([anomalies.fields().indexOf("status")])
    anomalies.updateFields()
    dialog = ExportDialog(anomalies, Messages(iface.bar, iface.window), iface.window)
    assert [dialog.which.itemText(i) for i in range(dialog.which.count())] == ["All (3)"]
    choose_format(dialog, "HTML report")
    dialog.accept()
    wait_until(lambda: dialog._task is None)
    assert iface.messages() == [f"3 polygons were written to {tmp_path / 'szene_rx_anomalies.html'}."]


def test_the_file_is_written_added_and_told(dialog, export, iface, tmp_path):
    dialog.file.setFilePath(str(tmp_path / "mine"))
    dialog.which.setCurrentIndex(0)
    export()
    assert (tmp_path / "mine.shp").exists()
    (added,) = QgsProject.instance().mapLayersByName("mine")
    assert added.isValid()
    assert added.renderer().classAttribute() == "status"
    assert iface.messages() == [f"3 polygons were written to {tmp_path / 'mine.shp'}."]
    assert settings.EXPORT_FOLDER.get() == str(tmp_path)


@pytest.mark.parametrize(("driver", "told"), [("ESRI Shapefile", True), ("GPKG", False)])
def test_texts_that_are_cut_are_told(dialog, export, anomalies, iface, monkeypatch, driver, told):
    monkeypatch.setattr(QMessageBox, "warning", lambda *_: None)
    with edit(anomalies):
        anomalies.changeAttributeValue(1, anomalies.fields().indexOf("note"), "x" * 300)
    choose_format(dialog, driver)
    export()
    (message,) = iface.messages()
    assert ("Texts that were cut: 1." in message) == told


@pytest.mark.parametrize(("button", "replaced"), [("Yes", True), ("No", False)])
def test_an_existing_file_is_asked_for(dialog, export, tmp_path, monkeypatch, button, replaced):
    choose_format(dialog, "GPKG")
    path = tmp_path / "old.gpkg"
    path.write_text("precious")
    dialog.file.setFilePath(str(path))
    asked = []

    def answer(_parent, _title, question, *_buttons):
        asked.append(question)
        return getattr(QMessageBox.StandardButton, button)

    monkeypatch.setattr(QMessageBox, "question", answer)
    export()
    assert asked == ["old.gpkg exists. Replace it?"]
    assert (path.read_bytes() != b"precious") is replaced


def test_a_failure_keeps_the_dialog_open_and_says_what_to_do(dialog, export, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(QMessageBox, "warning", lambda _parent, _title, text: told.append(text))
    dialog.file.setFilePath(str(tmp_path / "nope" / "a.shp"))
    export()
    assert dialog.result() == 0
    assert dialog.export_button.isEnabled()
    assert str(tmp_path / "nope") in told[0]
    assert "Choose another folder." in told[0]


def test_a_name_that_no_file_can_have_is_told(dialog, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(QMessageBox, "warning", lambda _parent, _title, text: told.append(text))
    dialog.file.setFilePath(str(tmp_path / ("x" * 260)))
    dialog.accept()
    assert "xxx.shp cannot be written (File name too long)." in told[0]
    assert "Choose another name or folder." in told[0]
    assert dialog.export_button.isEnabled()


def test_the_dialog_opens_where_the_folder_of_the_last_export_cannot_be_reached(iface, anomalies, tmp_path):
    # As a share to which nobody is logged in any more, this is an error that is none of a missing file.
    settings.EXPORT_FOLDER.set(str(tmp_path / ("x" * 260)))
    dialog = ExportDialog(anomalies, Messages(iface.bar, iface.window), iface.window)
    assert dialog.file.filePath().endswith("szene_rx_anomalies.shp")


def test_the_dialog_opens_where_the_folder_that_qgis_was_started_in_is_gone(iface, anomalies, tmp_path, monkeypatch):
    QgsProject.instance().addMapLayer(QgsVectorLayer("Polygon", "drawn", "memory"))
    settings.EXPORT_FOLDER.set(str(tmp_path))
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    (tmp_path / "szene_rx_anomalies.shp").touch()
    dialog = ExportDialog(anomalies, Messages(iface.bar, iface.window), iface.window)
    assert dialog.file.filePath() == str(tmp_path / "szene_rx_anomalies.shp")


def test_the_layers_own_file_is_neither_proposed_nor_replaced(dialog, export, tmp_path, anomalies, monkeypatch):
    source = tmp_path / "run" / "szene_rx_anomalies.gpkg"
    settings.EXPORT_FOLDER.set(str(source.parent))
    choose_format(dialog, "GPKG")
    assert dialog.file.filePath() == str(source.with_name("szene_rx_anomalies_export.gpkg"))
    asked, told = [], []
    monkeypatch.setattr(QMessageBox, "question", lambda *_: asked.append(True) or QMessageBox.StandardButton.Yes)
    monkeypatch.setattr(QMessageBox, "warning", lambda _parent, _title, text: told.append(text))
    dialog.file.setFilePath(str(source))
    export()
    assert asked == []
    assert str(source) in told[0]
    assert "“Anomalies”" in told[0]
    assert "Choose another name" in told[0]
    anomalies.reload()
    assert anomalies.featureCount() == 3
    # Neither is what was exported and added before.
    settings.EXPORT_FOLDER.set(str(source.parent))
    dialog.file.setFilePath(str(source.with_name("szene_rx_anomalies_export.gpkg")))
    export()
    again = ExportDialog(anomalies, dialog._messages, dialog.parent())
    assert again.file.filePath() == str(source.with_name("szene_rx_anomalies_export_2.gpkg"))


def test_what_was_chosen_stays_when_nothing_came_of_it(dialog, export, tmp_path, monkeypatch):
    monkeypatch.setattr(QMessageBox, "warning", lambda *_: None)
    dialog.crs.setCrs(QgsCoordinateReferenceSystem("EPSG:3035"))
    dialog.file.setFilePath(str(tmp_path / "nope" / "a.shp"))
    export()
    assert dialog.crs.crs().authid() == "EPSG:3035"
    assert dialog.crs.isEnabled()
    choose_format(dialog, "KML")
    export()
    assert not dialog.crs.isEnabled()
    choose_format(dialog, "PDF report")
    export()
    assert not dialog.add.isEnabled()


def test_a_cancel_leaves_everything_as_it_was(dialog, iface, tmp_path, monkeypatch, wait_until):
    began, go_on = threading.Event(), threading.Event()

    def slow(_self, step):
        began.set()
        go_on.wait()
        step(0.5)

    monkeypatch.setattr(Export, "write", slow)
    dialog.file.setFilePath(str(tmp_path / "mine.shp"))
    dialog.crs.setCrs(QgsCoordinateReferenceSystem("EPSG:3035"))
    dialog.show()
    dialog.accept()
    wait_until(began.is_set)
    assert dialog.progress.isVisible()
    assert not dialog.export_button.isEnabled()
    dialog.reject()
    assert dialog.isVisible()
    go_on.set()
    wait_until(lambda: dialog._task is None)
    assert iface.messages() == []
    assert dialog.export_button.isEnabled()
    assert dialog.crs.crs().authid() == "EPSG:3035"
    dialog.reject()
    assert not dialog.isVisible()


def test_the_layer_may_go_while_it_is_written(dialog, anomalies, tmp_path, wait_until):
    dialog.file.setFilePath(str(tmp_path / "mine.shp"))
    dialog.accept()
    QgsProject.instance().removeMapLayer(anomalies.id())
    wait_until(lambda: dialog._task is None)
    assert (tmp_path / "mine.shp").exists()


@pytest.mark.parametrize(("form", "suffix"), [("PDF report", ".pdf"), ("HTML report", ".html")])
def test_a_report_is_a_format_like_others(dialog, export, iface, tmp_path, form, suffix):
    choose_format(dialog, form)
    assert not dialog.crs.isEnabled()
    assert not dialog.add.isEnabled()
    assert dialog.file.filePath().endswith(suffix)
    dialog.file.setFilePath(str(tmp_path / "report"))
    export()
    assert (tmp_path / f"report{suffix}").stat().st_size > 1000
    assert iface.messages() == [f"1 polygon was written to {tmp_path / f'report{suffix}'}."]


def test_the_layer_may_go_while_the_map_of_a_report_is_drawn(iface, anomalies, scene_layer, tmp_path, wait_until):
    settings.EXPORT_FOLDER.set(str(tmp_path))
    iface.canvas.setDestinationCrs(scene_layer.crs())
    iface.canvas.setLayers([scene_layer])
    dialog = ExportDialog(anomalies, Messages(iface.bar, iface.window), iface.window, iface.canvas)
    choose_format(dialog, "HTML report")
    dialog.file.setFilePath(str(tmp_path / "report.html"))
    dialog.accept()
    assert dialog._job is not None
    QgsProject.instance().clear()
    wait_until(lambda: dialog._job is None and dialog._task is None)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Größe £" in text
    assert "<img" in text, "the map"
    assert iface.messages() == [f"1 polygon was written to {tmp_path / 'report.html'}."]
