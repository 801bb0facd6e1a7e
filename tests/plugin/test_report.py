"""Reports: what they say, that they are whole, and what happens where something is missing."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone

import pytest
from anomaly_lens.plugin.errors import PluginError
from anomaly_lens.plugin.report import writing
from anomaly_lens.plugin.report.contents import gather
from anomaly_lens.plugin.report.page import MOST_ROWS
from anomaly_lens.plugin.report.writing import HTML, PDF, map_job, write_report
from anomaly_lens.plugin.results import PROVENANCE_KEY, add_result
from anomaly_lens.plugin.runs import project_runs
from osgeo import gdal
from qgis.core import QgsCoordinateReferenceSystem, QgsProject, edit
from qgis.PyQt.QtGui import QImage


@pytest.fixture
def run(tmp_path, write_result, scene_layer):
    """A run of the scene, whose provenance names it."""
    (tmp_path / "run").mkdir()
    add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path / "run", count=6))
    (run,) = project_runs(QgsProject.instance())
    source = {"path": scene_layer.source(), "width": 64, "height": 64, "bands": [1, 2, 3], "crs": "EPSG:32633"}
    run.provenance.update(source=source, version="0.1.0", parameters={"score_threshold": 0.5, "min_pixels": 6})
    return run


def write(contents, path, form):
    steps = []
    count = write_report(contents, path, form, steps.append)
    assert steps == sorted(steps)
    return count


def test_the_sum_of_weights_fits_on_a_line_of_the_sheet(run):
    assert "Weights (SHA-256)" not in dict(gather(run, "all").facts), "it has none"
    run.provenance["weights_sha256"] = f"sha256:{'0123456789abcdef' * 4}"
    assert dict(gather(run, "all").facts)["Weights (SHA-256)"] == "0123456789abcdef" * 4


def test_it_says_what_was_found_and_how(run):
    contents = gather(run, "all")
    assert contents.title.startswith("szene · RX")
    assert [(c.label, c.count) for c in contents.counts] == [
        ("Unreviewed", 2),
        ("Accepted", 2),
        ("Unsure", 0),
        ("Rejected", 2),
    ]
    facts = dict(contents.facts)
    assert facts["Size"] == "64 × 64 pixels, bands: 3"
    assert facts["Anomalies from score"] == "0.500"
    assert facts["Smallest area"] == "6 px"
    assert "Merged within" not in facts
    first = contents.entries[0]
    assert (first.rank, first.status, first.score, first.area, first.label) == (
        "1",
        "Accepted",
        "0.900",
        "64.0 m²",
        "Größe £",
    )
    assert first.place == "13.532786, 52.340608"


def test_words_of_another_program_are_counted_too(run):
    status = run.anomalies.fields().indexOf("status")
    words = {1: "ok", 2: "later", 3: "ok"}
    assert run.anomalies.dataProvider().changeAttributeValues({fid: {status: word} for fid, word in words.items()})
    counts = gather(run, "all").counts
    assert [(c.label, c.count) for c in counts[4:]] == [("Other", 3)]
    assert sum(c.count for c in counts) == 6


def test_a_crs_that_does_not_lead_to_the_globe_has_its_own_coordinates(run):
    local = 'LOCAL_CS["grid",UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]'
    run.anomalies.setCrs(QgsCoordinateReferenceSystem.fromWkt(local))
    contents = gather(run, "all")
    assert (contents.place_title, contents.entries[0].place) == ("x, y", "400044.0, 5799936.0")
    moon = 'GEOGCS["Moon",DATUM["Moon",SPHEROID["Moon",1737400,0]],PRIMEM["0",0],UNIT["degree",0.0174532925199433]]'
    run.anomalies.setCrs(QgsCoordinateReferenceSystem.fromWkt(moon))
    assert gather(run, "all").entries[0].place == "400044.000000, 5799936.000000", "in degrees, a tenth is kilometres"


def test_small_things_have_a_size_too(run):
    fields = run.anomalies.fields()
    sizes = {fields.indexOf("area"): 0.00384, fields.indexOf("width"): 0.08, fields.indexOf("height"): 0.048}
    run.anomalies.dataProvider().changeAttributeValues({1: sizes})
    first = gather(run, "all").entries[0]
    assert (first.area, first.size) == ("0.0038 m²", "0.08 × 0.048 m")


@pytest.mark.parametrize("gone", ["status", "rank", "label"])
def test_a_field_that_somebody_has_deleted_is_empty(run, gone):
    layer = run.anomalies
    layer.dataProvider().deleteAttributes([layer.fields().indexOf(gone)])
    layer.updateFields()
    contents = gather(run, "all")
    assert len(contents.entries) == 6
    assert sum(count.count for count in contents.counts) == 6
    first = contents.entries[0]
    assert (first.status, first.is_accepted) == (("Unreviewed", False) if gone == "status" else ("Accepted", True))
    assert first.rank == ("–" if gone == "rank" else "1")


def test_it_tells_the_threshold_of_the_toolbox_where_that_made_the_polygons(run):
    run.provenance["parameters"]["threshold_percent"] = 1
    assert dict(gather(run, "all").facts)["Top share"] == "1 %"
    told = {"threshold_percent": 3, "min_area": 20.0, "merge": 4.0, "smooth": 0, "score_threshold": 0.31}
    told["peak_share"] = 0.4
    dataset = gdal.OpenEx(run.anomalies.source().split("|")[0], gdal.OF_VECTOR | gdal.OF_UPDATE)
    provenance = json.dumps({**run.provenance, "polygonized": told})
    dataset.GetLayerByName("anomalies").SetMetadataItem(PROVENANCE_KEY, provenance)
    del dataset
    facts = dict(gather(run, "all").facts)
    assert facts["Anomalies from score"] == "0.310"
    assert facts["Smallest area"] == "20 m²"
    assert facts["Merged within"] == "4 m"
    assert facts["Outlines from"] == "40 % of the peak"
    assert "Top share" not in facts
    assert "Outlines smoothed" not in facts


def test_the_run_is_told_in_the_dock_s_words(run):
    time = datetime(2024, 5, 1, 10, 30, 59).astimezone()
    run.provenance.update(
        modality="low_light", detector="local_rx", device="cuda", time=time.astimezone(timezone.utc).isoformat()
    )
    facts = dict(gather(run, "all").facts)
    assert facts["Modality"] == "Low light"
    assert facts["Detector"] == "RX (local, dual window)"
    assert facts["Device"] == "CUDA"
    assert facts["Searched"] == "2024-05-01 10:30", "the time of day here, as the report's own"
    run.provenance.update(detector="newer", time="once")
    facts = dict(gather(run, "all").facts)
    assert (facts["Detector"], facts["Searched"]) == ("newer", "once")


def test_html_holds_everything_itself_and_escapes_words(run, tmp_path):
    layer = run.anomalies
    with edit(layer):
        for feature in layer.getFeatures():
            layer.changeAttributeValue(feature.id(), layer.fields().indexOf("note"), "<b>5 > 4 & so</b>")
    picture = QImage(64, 48, QImage.Format.Format_RGB32)
    picture.fill(0)
    path = tmp_path / "report.html"
    assert write(gather(run, "accepted", picture), path, HTML) == 2
    text = path.read_text(encoding="utf-8")
    assert "&lt;b&gt;5 &gt; 4 &amp; so&lt;/b&gt;" in text
    assert "<b>5" not in text
    images = re.findall(r'<img src="([^"]{0,30})', text)
    assert len(images) == 1 + 2, "the map, and a picture of each accepted anomaly"
    assert all(image.startswith("data:image/jpeg;base64,") for image in images)
    assert "http" not in text
    assert "船" not in text, "the second is not accepted"


def pages(path):
    return len(re.findall(rb"/Type\s*/Page\b", path.read_bytes()))


def test_pdf_grows_by_pages_with_hundreds_of_anomalies(run, tmp_path):
    contents = gather(run, "all")
    write(contents, tmp_path / "small.pdf", PDF)
    contents.entries.extend(contents.entries * 42)
    write(contents, tmp_path / "large.pdf", PDF)
    assert pages(tmp_path / "small.pdf") in (2, 3)
    accepted = sum(entry.is_accepted for entry in contents.entries)
    assert accepted == 2 * 43
    # Nine cards on a page, and the table before them.
    assert pages(tmp_path / "large.pdf") >= accepted / 9 + 5


def test_its_pictures_leave_out_what_the_run_did(run):
    def middle():
        image = writing._pictures(gather(run, "all"), lambda _share: None)["card0"]
        return image.pixelColor(image.width() // 2, image.height() // 2).lightness()

    assert middle() > 0
    # The bright spot holds 10 in two of its bands.
    run.provenance["source"]["also_nodata"] = 10
    assert middle() == 0


def test_very_long_tables_say_that_they_are_cut(run, tmp_path):
    contents = gather(run, "all")
    contents.entries[:] = [entry for entry in contents.entries if not entry.is_accepted] * 600
    write(contents, tmp_path / "a.html", HTML)
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert text.count("<tr><td bgcolor") == MOST_ROWS
    assert f"Left out here: {len(contents.entries) - MOST_ROWS};" in text


def test_an_empty_result_is_a_report_too(run, tmp_path):
    with edit(run.anomalies):
        run.anomalies.deleteFeatures([f.id() for f in run.anomalies.getFeatures()])
    write(gather(run, "accepted"), tmp_path / "a.html", HTML)
    assert "None is listed here." in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_without_scene_and_heat_map_the_rest_is_there(run, tmp_path):
    QgsProject.instance().removeMapLayer(run.heatmap.id())
    run.provenance["source"]["path"] = "/absent/scene.tif"
    QgsProject.instance().removeMapLayers(
        [layer.id() for layer in QgsProject.instance().mapLayers().values() if layer.name() == "szene"]
    )
    contents = gather(type(run)(run.run_id, run.anomalies, None, run.provenance), "accepted")
    write(contents, tmp_path / "a.html", HTML)
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "The scene scene.tif was not found" in text
    assert "<img" not in text
    assert "Größe £" in text


@pytest.mark.parametrize("form", [HTML, PDF])
def test_a_cancel_or_a_missing_folder_leaves_the_old_file(run, tmp_path, form):
    path = tmp_path / "old"
    path.write_text("precious")

    def stop(_share):
        raise PluginError("cancelled", "stop")

    contents = gather(run, "all")
    with pytest.raises(PluginError):
        write_report(contents, path, form, stop)
    assert path.read_text() == "precious"
    with pytest.raises(PluginError) as caught:
        write_report(contents, tmp_path / "absent" / "a", form, lambda _share: None)
    assert caught.value.code == "not_writable"
    assert not [p.name for p in tmp_path.iterdir() if p.name.startswith(".anomaly")]


def test_a_pdf_that_was_cut_short_is_not_published(run, tmp_path, monkeypatch):
    path = tmp_path / "a.pdf"
    path.write_text("precious")
    monkeypatch.setattr(writing.QTextDocument, "print", lambda _self, writer: None)
    monkeypatch.setattr(writing, "QPdfWriter", CutShort)
    with pytest.raises(PluginError) as caught:
        write_report(gather(run, "all"), path, PDF, lambda _share: None)
    assert "cut short" in caught.value.message
    assert path.read_text() == "precious"


class CutShort:
    """A writer that begins a file and gets no further."""

    def __init__(self, path):
        with open(path, "wb") as file:  # noqa: PTH123 - as Qt is given it
            file.write(b"%PDF-1.4\n")

    def __getattr__(self, _name):
        return lambda *_: None


def test_the_map_shows_the_whole_run_whatever_the_canvas_shows(run, iface, scene_layer):
    iface.canvas.setDestinationCrs(scene_layer.crs())
    iface.canvas.setLayers([run.anomalies, run.heatmap, scene_layer])
    iface.canvas.setExtent(run.anomalies.extent())
    job = map_job(iface.canvas, run)
    job.start()
    job.waitForFinished()
    assert job.mapSettings().visibleExtent().contains(run.heatmap.extent())
    assert job.renderedImage().width() == 2 * writing.MAP_WIDTH


def test_a_map_of_nothing_is_a_map(iface, tmp_path, write_result):
    layers = add_result(QgsProject.instance(), "szene", "RX", write_result(tmp_path, 0))
    QgsProject.instance().removeMapLayer(layers.heatmap.id())
    (run,) = project_runs(QgsProject.instance())
    job = map_job(iface.canvas, run)
    job.start()
    job.waitForFinished()
    assert not job.renderedImage().isNull()
