"""Exported files, read back with OGR."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from anomaly_lens.plugin import drafts
from anomaly_lens.plugin.errors import PluginError
from anomaly_lens.plugin.export import ACCEPTED, ALL, FORMATS, SELECTED, prepare_export
from osgeo import ogr
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsField,
    QgsProject,
    QgsPropertyDefinition,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QByteArray, QVariant

WGS84 = QgsCoordinateReferenceSystem("EPSG:4326")
UTM = QgsCoordinateReferenceSystem("EPSG:32633")
# Nothing leads from these to WGS 84.
LOCAL = 'LOCAL_CS["grid",UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]'
MOON = (
    'PROJCS["Moon",GEOGCS["Moon",DATUM["Moon",SPHEROID["Moon",1737400,0]],PRIMEM["Reference_Meridian",0],'
    'UNIT["degree",0.0174532925199433]],PROJECTION["Equirectangular"],UNIT["metre",1]]'
)


@pytest.fixture
def layer(tmp_path, write_result):
    (tmp_path / "run").mkdir()
    result = write_result(tmp_path / "run")
    return QgsVectorLayer(f"{result['instances']}|layername=anomalies", "Anomalies", "ogr")


def export_polygons(*arguments) -> int:
    return prepare_export(*arguments).write()


def read(path: Path) -> list[dict]:
    dataset = ogr.Open(str(path))
    table = dataset.GetLayer(0)
    rows = []
    for feature in table:
        row = dict(feature.items())
        row["geometry"] = feature.GetGeometryRef() and feature.GetGeometryRef().Clone()
        rows.append(row)
    if path.suffix == ".kml" and ogr.GetDriverByName("LIBKML") is None:
        # GDAL's other driver writes the fields and does not read them.
        places = ElementTree.parse(path).iterfind(".//{*}Placemark")  # noqa: S314 - the test has just written it
        for row, place in zip(rows, places, strict=True):
            row |= {data.get("name"): data.text for data in place.iterfind(".//{*}SimpleData")}
    return rows


@pytest.mark.parametrize("file_format", [f for f in FORMATS if f.outlines], ids=lambda f: f.driver)
def test_every_format_keeps_fields_text_and_place(layer, tmp_path, file_format):
    if file_format.driver == "KML" and ogr.GetDriverByName("LIBKML") is None:
        pytest.skip("this GDAL reads no attributes of KML")
    path = tmp_path / f"out ü{file_format.suffix}"
    assert export_polygons(layer, path, file_format.driver, WGS84) == 3
    rows = read(path)
    assert [row["label"] for row in rows] == ["Größe £", "船", "дом"]
    assert [row["rank"] for row in rows] == [1, 2, 3]
    assert [row["score_max"] for row in rows] == pytest.approx([0.9] * 3)
    assert [row["score_mean"] for row in rows] == pytest.approx([0.8] * 3)
    centre = rows[0]["geometry"].Centroid()
    assert (centre.GetX(), centre.GetY()) == pytest.approx((13.5328, 52.3406), abs=1e-4)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".anomaly")] == []


def test_a_shapefile_has_legible_names_utf8_and_its_crs(layer, tmp_path):
    path = tmp_path / "out.shp"
    export_polygons(layer, path, "ESRI Shapefile", UTM)
    # The dataset must outlive what is asked of it.
    dataset = ogr.Open(str(path))
    definition = dataset.GetLayer(0).GetLayerDefn()
    names = [definition.GetFieldDefn(i).GetName() for i in range(definition.GetFieldCount())]
    assert names == [field.name() for field in layer.fields() if field.name() != "fid"], "none is too long for it"
    assert path.with_suffix(".cpg").read_text().strip() == "UTF-8"
    assert "UTM_zone_33N" in path.with_suffix(".prj").read_text().replace("UTM_Zone", "UTM_zone")
    centre = read(path)[0]["geometry"].Centroid()
    assert (centre.GetX(), centre.GetY()) == pytest.approx((400044.0, 5799936.0))


def test_kml_is_wgs84_whatever_is_asked(layer, tmp_path):
    export_polygons(layer, tmp_path / "a.kml", "KML", UTM)
    centre = read(tmp_path / "a.kml")[0]["geometry"].Centroid()
    assert centre.GetX() == pytest.approx(13.5328, abs=1e-4)


def test_kml_shows_the_rank_beside_the_polygon(layer, tmp_path):
    export_polygons(layer, tmp_path / "a.kml", "KML", WGS84)
    assert [str(row["Name"]) for row in read(tmp_path / "a.kml")] == ["1", "2", "3"]


@pytest.mark.parametrize(("name", "shown"), [("Name", "boat"), ("name", "boat"), ("description", "1")])
def test_kml_keeps_the_note_beside_a_field_that_somebody_has_added(layer, tmp_path, name, shown):
    layer.dataProvider().addAttributes([QgsField(name, QVariant.String)])
    layer.updateFields()
    fields = layer.fields()
    values = {fields.indexOf(name): "boat", fields.indexOf("note"): "by the pier"}
    layer.dataProvider().changeAttributeValues({1: values})
    export_polygons(layer, tmp_path / "a.kml", "KML", WGS84)
    row = read(tmp_path / "a.kml")[0]
    assert row["note"] == "by the pier"
    assert str(row["Name"]) == shown
    assert next(v for k, v in row.items() if k.lower() == "description") == ("boat" if shown == "1" else "by the pier")


@pytest.mark.parametrize("gone", ["note", "rank", "status", "label", "score_max"])
@pytest.mark.parametrize("file_format", FORMATS, ids=lambda f: f.driver)
def test_a_field_that_somebody_has_deleted_is_missing_and_nothing_else(layer, tmp_path, file_format, gone):
    layer.dataProvider().deleteAttributes([layer.fields().indexOf(gone)])
    layer.updateFields()
    path = tmp_path / f"a{file_format.suffix}"
    assert export_polygons(layer, path, file_format.driver, WGS84) == 3
    names = set(read(path)[0])
    assert gone not in names
    assert names >= {"note", "rank", "status", "label", "score_max"} - {gone}


def test_geojson_in_another_crs_says_so(layer, tmp_path):
    export_polygons(layer, tmp_path / "a.geojson", "GeoJSON", UTM)
    dataset = ogr.Open(str(tmp_path / "a.geojson"))
    assert dataset.GetLayer(0).GetSpatialRef().GetAuthorityCode(None) == "32633"
    # Programs of today expect WGS 84, and of it not a word.
    export_polygons(layer, tmp_path / "b.geojson", "GeoJSON", WGS84)
    assert "crs" not in json.loads((tmp_path / "b.geojson").read_text(encoding="utf-8"))


def test_only_accepted_or_selected(layer, tmp_path):
    path = tmp_path / "a.gpkg"
    assert export_polygons(layer, path, "GPKG", UTM, ACCEPTED) == 1
    assert [row["status"] for row in read(path)] == ["accepted"]
    layer.selectByExpression('"rank" >= 2')
    assert export_polygons(layer, path, "GPKG", UTM, SELECTED) == 2
    assert [row["rank"] for row in read(path)] == [2, 3]


@pytest.mark.parametrize("which", [ALL, SELECTED])
def test_polygons_come_by_rank(layer, tmp_path, which):
    rank = layer.fields().indexOf("rank")
    layer.dataProvider().changeAttributeValues({1: {rank: 3}, 3: {rank: 1}})
    layer.selectAll()
    export_polygons(layer, tmp_path / "a.csv", "CSV", UTM, which)
    assert [(row["rank"], row["label"]) for row in read(tmp_path / "a.csv")] == [
        ("1", "дом"),
        ("2", "船"),
        ("3", "Größe £"),
    ]


def test_nothing_to_export_leaves_the_old_file(layer, tmp_path):
    path = tmp_path / "a.gpkg"
    path.write_text("precious")
    with pytest.raises(PluginError) as caught:
        export_polygons(layer, path, "GPKG", UTM, SELECTED)
    assert caught.value.code == "bad_parameter"
    assert path.read_text() == "precious"


def test_an_older_shapefile_goes_with_its_companions(layer, tmp_path):
    path = tmp_path / "a.shp"
    for suffix in (".shp", ".dbf", ".qix"):
        path.with_suffix(suffix).write_text("old")
    export_polygons(layer, path, "ESRI Shapefile", UTM, ALL)
    assert len(read(path)) == 3
    assert not path.with_suffix(".qix").exists()


def test_the_log_of_an_older_geopackage_goes_with_it(layer, tmp_path):
    path = tmp_path / "a.gpkg"
    export_polygons(layer, path, "GPKG", UTM)
    # A program that ended while it had the file open; its last changes are in the log.
    crash = "import os, sqlite3, sys\nfile = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
    crash += "file.execute('PRAGMA journal_mode=WAL')\nfile.execute('CREATE TABLE old (a)')\nos._exit(0)"
    subprocess.run([sys.executable, "-c", crash, str(path)], check=True)
    assert path.with_name("a.gpkg-wal").exists()
    export_polygons(layer, path, "GPKG", UTM)
    # As QGIS opens a file to edit it.
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA journal_mode=WAL")
        assert file.execute("SELECT count(*) FROM sqlite_master WHERE name = 'old'").fetchone() == (0,)


def test_a_folder_that_is_missing_is_named(layer, tmp_path):
    with pytest.raises(PluginError) as caught:
        export_polygons(layer, tmp_path / "nope" / "a.shp", "ESRI Shapefile", UTM)
    assert caught.value.code == "not_writable"
    assert str(tmp_path / "nope") in caught.value.message
    assert caught.value.hint


def test_a_folder_that_cannot_be_written_is_named(layer, tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(drafts.tempfile, "mkdtemp", refuse)
    with pytest.raises(PluginError) as caught:
        export_polygons(layer, tmp_path / "a.shp", "ESRI Shapefile", UTM)
    assert caught.value.code == "not_writable"
    assert "Permission denied" in caught.value.message


def test_a_locked_file_stays_as_it_was(layer, tmp_path, monkeypatch):
    path = tmp_path / "a.gpkg"
    path.write_text("precious")

    def locked(*_args):
        raise PermissionError(13, "in use")

    monkeypatch.setattr(os, "replace", locked)
    with pytest.raises(PluginError) as caught:
        export_polygons(layer, path, "GPKG", UTM)
    assert caught.value.code == "not_writable"
    assert str(path) in caught.value.message
    assert path.read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".anomaly")] == []


def test_csv_has_coordinates_in_the_files_crs_and_on_the_globe_and_opens_in_spreadsheets(layer, tmp_path):
    path = tmp_path / "a.csv"
    assert export_polygons(layer, path, "CSV", UTM, ALL) == 3
    text = path.read_bytes()
    assert text.startswith("\ufeff".encode())
    lines = text.decode("utf-8-sig").splitlines()
    assert lines[0].endswith(",x,y,longitude,latitude")
    assert len(lines) == 4
    row = read(path)[0]
    assert row["label"] == "Größe £"
    assert (float(row["x"]), float(row["y"])) == pytest.approx((400044.0, 5799936.0))
    assert (float(row["longitude"]), float(row["latitude"])) == pytest.approx((13.5328, 52.3406), abs=1e-4)


@pytest.mark.parametrize("wkt", [LOCAL, MOON], ids=["local", "moon"])
def test_a_crs_that_does_not_lead_to_the_globe_gives_no_longitudes(layer, tmp_path, wkt):
    crs = QgsCoordinateReferenceSystem.fromWkt(wkt)
    assert crs.isValid()
    layer.setCrs(crs)
    path = tmp_path / "a.csv"
    assert export_polygons(layer, path, "CSV", crs) == 3
    row = read(path)[0]
    assert (float(row["x"]), float(row["y"])) == pytest.approx((400044.0, 5799936.0))
    assert "longitude" not in row
    assert export_polygons(layer, tmp_path / "own.geojson", "GeoJSON", crs) == 3
    assert read(tmp_path / "own.geojson")[0]["geometry"].Centroid().GetX() == pytest.approx(400044.0)
    for driver, name in (("GeoJSON", "a.geojson"), ("KML", "a.kml")):
        with pytest.raises(PluginError) as caught:
            export_polygons(layer, tmp_path / name, driver, WGS84)
        assert caught.value.code == "bad_parameter"
        assert "cannot be brought to EPSG:4326" in caught.value.message
        assert not (tmp_path / name).exists()


def test_fields_that_somebody_added_get_short_names_that_differ(layer, tmp_path):
    provider = layer.dataProvider()
    provider.addAttributes([QgsField(f"remarks_of_{who}", QVariant.String) for who in ("a", "b")])
    layer.updateFields()
    path = tmp_path / "a.shp"
    export_polygons(layer, path, "ESRI Shapefile", UTM)
    assert {"remarks_of", "remarks_o2"} <= set(read(path)[0])


def test_where_labels_were_moved_to_is_no_attribute(layer, tmp_path):
    project = QgsProject.instance()
    project.addMapLayer(layer)
    project.write(str(tmp_path / "p.qgz"))
    layer.setAuxiliaryLayer(project.auxiliaryStorage().createAuxiliaryLayer(layer.fields().field("id"), layer))
    place = QgsPropertyDefinition("PositionX", QgsPropertyDefinition.DataTypeNumeric, "x", "x", "labeling")
    assert layer.auxiliaryLayer().addAuxiliaryField(place)
    assert layer.fields().names()[-1] == "auxiliary_storage_labeling_positionx"
    export_polygons(layer, tmp_path / "out.gpkg", "GPKG", layer.crs())
    names = QgsVectorLayer(str(tmp_path / "out.gpkg")).fields().names()
    assert names == [name for name in layer.fields().names() if not name.startswith("auxiliary")]


def test_a_shapefile_takes_what_fits_of_long_texts_and_names(layer, tmp_path):
    layer.dataProvider().addAttributes([QgsField(f"Überprüfung{n}", QVariant.String) for n in (1, 2)])
    layer.updateFields()
    note = layer.fields().indexOf("note")
    texts = {1: {note: "x" * 300}, 2: {note: "船" * 100}, 3: {note: "x" * 254}}
    layer.dataProvider().changeAttributeValues(texts)
    shapefile = prepare_export(layer, tmp_path / "a.shp", "ESRI Shapefile", UTM)
    assert shapefile.write() == 3
    rows = read(tmp_path / "a.shp")
    assert [row["note"] for row in rows] == ["x" * 254, "船" * 84, "x" * 254]
    assert shapefile.texts_too_long() == 2
    assert {"Überprüf", "Überprü2"} <= set(rows[0])
    assert prepare_export(layer, tmp_path / "a.gpkg", "GPKG", UTM).texts_too_long() == 0


@pytest.mark.parametrize("file_format", FORMATS, ids=lambda f: f.driver)
def test_objects_and_photographs_that_somebody_added_are_no_reason_to_write_nothing(layer, tmp_path, file_format):
    added = [QgsField("tags", QVariant.Map, "JSON", subType=QVariant.String), QgsField("photo", QVariant.ByteArray)]
    assert layer.dataProvider().addAttributes(added)
    layer.updateFields()
    tags, photo = (layer.fields().indexOf(name) for name in ("tags", "photo"))
    values = {1: {tags: {"kind": "船", "seen": [1, 2]}, photo: QByteArray(b"abc")}, 2: {tags: {"a": "x" * 300}}}
    assert layer.dataProvider().changeAttributeValues(values)
    path = tmp_path / f"a{file_format.suffix}"
    export = prepare_export(layer, path, file_format.driver, WGS84)
    assert export.write() == 3
    told = read(path)[0]["tags"]
    assert (json.loads(told) if isinstance(told, str) else told) == {"kind": "船", "seen": [1, 2]}
    is_shapefile = file_format.driver == "ESRI Shapefile"
    assert ("photo" in read(path)[0]) != is_shapefile
    assert export.texts_too_long() == is_shapefile


@pytest.mark.parametrize("file_format", FORMATS, ids=lambda f: f.driver)
def test_a_row_without_an_outline_is_exported_without_a_place(layer, tmp_path, file_format):
    feature = QgsFeature(layer.fields())
    feature["rank"] = 4
    assert layer.dataProvider().addFeature(feature)
    path = tmp_path / f"a{file_format.suffix}"
    assert export_polygons(layer, path, file_format.driver, WGS84) == 4
    row = read(path)[3]
    assert int(row["rank"]) == 4
    assert row["geometry"] is None or row["geometry"].IsEmpty()
    assert not row.get("x")


def test_a_cancel_leaves_the_old_file_and_nothing_else(layer, tmp_path):
    path = tmp_path / "a.gpkg"
    path.write_text("precious")

    def stop(share):
        if share > 0.5:
            raise PluginError("cancelled", "stop")

    with pytest.raises(PluginError):
        prepare_export(layer, path, "GPKG", UTM).write(stop)
    assert path.read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".anomaly")] == []


@pytest.mark.parametrize("file_format", FORMATS, ids=lambda f: f.driver)
def test_a_file_that_was_cut_short_is_never_published(layer, tmp_path, monkeypatch, file_format):
    """As on a full disk, of which some formats tell nobody."""
    path = tmp_path / f"a{file_format.suffix}"
    path.write_text("precious")
    monkeypatch.setattr(ogr.Layer, "GetFeatureCount", lambda *_: 2)
    with pytest.raises(PluginError) as caught:
        export_polygons(layer, path, file_format.driver, UTM)
    assert caught.value.code == "not_writable"
    assert "in full" in caught.value.message
    assert path.read_text() == "precious"


@pytest.mark.parametrize("by_link", [False, True])
def test_the_file_of_a_layer_in_the_project_is_in_the_way(layer, tmp_path, by_link):
    source = path = tmp_path / "run" / "szene_rx_anomalies.gpkg"
    if by_link:
        path = tmp_path / "other.gpkg"
        path.symlink_to(source)
    drafts.check_target(path)
    QgsProject.instance().addMapLayer(layer)
    with pytest.raises(PluginError) as caught:
        drafts.check_target(path)
    assert caught.value.code == "not_writable"
    assert str(path) in caught.value.message
    assert "“Anomalies”" in caught.value.message
    assert caught.value.hint
    drafts.check_target(source.with_name("szene_rx_anomalies_2.gpkg"))


def test_a_companion_of_a_shapefile_that_is_a_layer_is_in_the_way(layer, tmp_path):
    path = tmp_path / "a.shp"
    export_polygons(layer, path, "ESRI Shapefile", UTM)
    drafts.check_target(path)
    QgsProject.instance().addMapLayer(QgsVectorLayer(str(path.with_suffix(".dbf")), "Table", "ogr"))
    with pytest.raises(PluginError) as caught:
        drafts.check_target(path)
    assert "“Table”" in caught.value.message


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not list open files")
@pytest.mark.parametrize("reason", ["cancelled", "not_writable"])
@pytest.mark.parametrize("file_format", FORMATS, ids=lambda f: f.driver)
def test_a_draft_is_closed_before_it_is_deleted(layer, tmp_path, monkeypatch, file_format, reason):
    """An open file cannot be deleted on Windows."""
    remove, deleted, left_open = drafts.shutil.rmtree, [], []

    def look_and_remove(folder, **kwargs):
        deleted.extend(folder.iterdir())
        opened = [entry.resolve() for entry in Path("/proc/self/fd").iterdir()]
        left_open.extend(path for path in opened if folder in path.parents)
        remove(folder, **kwargs)

    def stop(share):
        if share > 0.5 and reason == "cancelled":
            raise PluginError("cancelled", "stop")

    monkeypatch.setattr(drafts.shutil, "rmtree", look_and_remove)
    if reason == "not_writable":
        monkeypatch.setattr(QgsVectorFileWriter, "errorMessage", lambda _self: "disk full")
        failed = QgsVectorFileWriter.WriterError.ErrFeatureWriteFailed
        outcomes = [QgsVectorFileWriter.WriterError.NoError, failed]
        monkeypatch.setattr(QgsVectorFileWriter, "hasError", lambda _self: outcomes.pop(0))
    with pytest.raises(PluginError) as caught:
        prepare_export(layer, tmp_path / f"a{file_format.suffix}", file_format.driver, UTM).write(stop)
    assert caught.value.code == reason
    assert deleted
    assert left_open == []
