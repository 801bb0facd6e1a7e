"""A real QGIS with the built zip: what an analyst gets, where it lies, and what is left when things go wrong."""

from __future__ import annotations

import json
from pathlib import Path

import launch
import numpy as np
import pytest
from osgeo import gdal, ogr

FIELDS = {
    "id",
    "score_max",
    "score_mean",
    "area",
    "width",
    "height",
    "rank",
    "status",
    "label",
    "note",
    "detector",
    "modality",
    "run_id",
}
NODATA = -9999.0


def write_raster(path, pixels, nodata=None):
    """Write (bands, rows, columns) with pixels of a metre in UTM zone 33 N."""
    bands, rows, columns = pixels.shape
    kind = gdal.GDT_Byte if pixels.dtype == np.uint8 else gdal.GDT_Float32
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), columns, rows, bands, kind, ["TILED=YES"])
    dataset.SetGeoTransform((400_000, 1, 0, 5_800_000, 0, -1))
    reference = gdal.osr.SpatialReference()
    reference.ImportFromEPSG(32633)
    dataset.SetProjection(reference.ExportToWkt())
    for number, band in enumerate(pixels, start=1):
        dataset.GetRasterBand(number).WriteArray(band)
        if nodata is not None:
            dataset.GetRasterBand(number).SetNoDataValue(nodata)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A folder whose name has everything that breaks careless programs."""
    return tmp_path_factory.mktemp("tour with späces")


@pytest.fixture(scope="module")
def played(out, plugin_zip):
    """The tour, played once."""
    scenes = out / "scenes"
    scenes.mkdir()
    write_raster(scenes / "empty.tif", np.full((2, 40, 50), NODATA, np.float32), NODATA)
    noise = np.random.default_rng(7).integers(0, 256, (3, 4000, 4000), np.uint8)
    write_raster(scenes / "large.tif", noise)
    return launch.play(
        "tour",
        out / "qgis",
        plugin_zip,
        seconds=120,
        TOUR_OUT=str(out),
        TOUR_SCENE=str(launch.sample_scene()),
        TOUR_NODATA=str(scenes / "empty.tif"),
        TOUR_LARGE=str(scenes / "large.tif"),
    )


@pytest.fixture(scope="module")
def main(played):
    """The facts of the main job."""
    return played.facts["detect"]


def test_the_dock_shows_and_names_its_device(played):
    assert played.facts["dock"]["visible"]
    assert played.facts["detect"]["badge"].startswith(("CPU", "NVIDIA", "CUDA", "GPU"))


def test_results_are_two_layers_in_a_group_on_top(main):
    assert main["group_layers"] == ["Anomalies", "Heat map"]
    assert main["top_group"] == main["group"]
    assert main["group"].startswith("harbour · RX")


def test_the_user_is_told_how_many_were_found(main):
    count = len(main["anomalies"]["rows"])
    assert count > 0
    assert main["said"] == f"{count} anomalies found in “harbour”."
    assert any(main["said"] in text for text in main["messages"])


def test_the_first_anomaly_is_on_the_screen_and_its_layer_is_active(main):
    assert main["anomalies"]["first_is_shown"]
    assert main["active"]


def test_the_heat_map_lies_on_the_scene_pixel_for_pixel(main):
    assert main["heatmap"]["size"] == main["scene"]["size"]
    assert main["heatmap"]["extent"] == main["scene"]["extent"]
    assert main["heatmap"]["crs"] == main["scene"]["crs"] == "EPSG:32630"
    scene, heat = (gdal.Open(main[name]["path"]) for name in ("scene", "heatmap"))
    assert heat.GetGeoTransform() == scene.GetGeoTransform()


def test_the_heat_map_is_transparent_where_nothing_is(main):
    heat = main["look"]
    assert heat["renderer"] == "singlebandpseudocolor"
    assert 0 <= heat["range"][0] < 0.3 < 0.5 < heat["range"][1] <= 1
    lowest, highest = heat["alpha"]
    assert lowest == 0
    assert highest > 200


def test_the_heat_maps_legend_says_what_scores_mean(main):
    assert any("top 1" in label for label in main["look"]["legend"])
    assert len(main["look"]["legend"]) >= 5


def test_polygons_are_outlined_by_status_and_labelled_by_rank(main):
    polygons = main["anomalies"]
    assert (polygons["renderer"], polygons["classes"]) == ("categorizedSymbol", "status")
    assert polygons["legend"] == ["Unreviewed", "Accepted", "Unsure", "Rejected"]
    assert polygons["labels"].endswith('"rank"')


def test_polygons_have_all_attributes(main):
    polygons = main["anomalies"]
    rows = polygons["rows"]
    assert set(polygons["fields"]) - {"fid"} == FIELDS
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    scores = [row["score_max"] for row in rows]
    assert scores == sorted(scores, reverse=True)
    for row in rows:
        assert 0 < row["score_mean"] <= row["score_max"] <= 1
        assert row["area"] >= 4 * 0.99, "at least a pixel of 2 m by 2 m"
        assert (row["status"], row["detector"], row["modality"]) == ("unreviewed", "rx", "visible")
    assert len({row["run_id"] for row in rows}) == 1


def test_polygons_are_valid_inside_the_scene_and_where_the_heat_map_is_high(main):
    polygons = main["anomalies"]
    assert polygons["valid"]
    assert not polygons["outside"]
    assert polygons["crs"] == "EPSG:32630"
    threshold = provenance(main)["parameters"]["score_threshold"]
    assert min(polygons["inner_scores"]) >= threshold
    heat = gdal.Open(main["heatmap"]["path"]).ReadAsArray()
    assert 0 < np.mean(heat >= threshold) < 0.01, "half a percent was asked for"


def provenance(main):
    """What the heat map says about how it was made."""
    return json.loads(gdal.Open(main["heatmap"]["path"]).GetMetadataItem("ANOMALY_LENS_PROVENANCE"))


def test_the_highest_score_of_each_polygon_is_the_heat_maps(main):
    heat = gdal.Open(main["heatmap"]["path"])
    scores = heat.ReadAsArray()
    source = ogr.Open(main["anomalies"]["path"])
    memory = gdal.GetDriverByName("MEM").Create("", heat.RasterXSize, heat.RasterYSize, 1, gdal.GDT_Int32)
    memory.SetGeoTransform(heat.GetGeoTransform())
    memory.SetProjection(heat.GetProjection())
    gdal.RasterizeLayer(memory, [1], source.GetLayer(0), options=["ATTRIBUTE=rank"])
    burnt = memory.ReadAsArray()
    for row in main["anomalies"]["rows"]:
        assert scores[burnt == row["rank"]].max() == pytest.approx(row["score_max"], abs=1e-6)


def test_both_layers_carry_metadata_and_provenance(main):
    for described in main["titles"]:
        assert "harbour" in described["title"]
        assert "top 1" in described["abstract"]
        history = " ".join(described["history"])
        assert "rx" in history
        assert "harbour.tif" in history
    assert provenance(main)["detector"] == "rx"


@pytest.fixture
def shapefile(main, out):
    """The exported shapefile's layer, with its source, which must outlive it."""
    source = ogr.Open(str(out / "detect" / "found.shp"))
    yield source.GetLayer(0)
    del source


def test_the_shapefile_is_whole_and_says_its_encoding(main, out):
    folder = out / "detect"
    assert {f"found{suffix}" for suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg")} <= set(main["files"])
    assert (folder / "found.cpg").read_text().strip().upper() in {"UTF-8", "UTF8", "65001"}


def test_the_shapefiles_fields_fit_and_none_is_lost(shapefile):
    definition = shapefile.GetLayerDefn()
    names = [definition.GetFieldDefn(i).GetName() for i in range(definition.GetFieldCount())]
    assert set(names) == FIELDS
    assert all(len(name) <= 10 for name in names)


def test_the_shapefile_holds_what_the_layer_holds(main, shapefile):
    assert shapefile.GetSpatialRef().GetAuthorityCode(None) == "32630"
    xmin, ymin, xmax, ymax = main["scene"]["extent"]
    rows = main["anomalies"]["rows"]
    assert shapefile.GetFeatureCount() == len(rows)
    for shape, row in zip(shapefile, rows):
        assert shape["rank"] == row["rank"]
        assert shape["score_max"] == pytest.approx(row["score_max"], abs=1e-6)
        assert shape["status"] == "unreviewed"
        left, right, bottom, top = shape.GetGeometryRef().GetEnvelope()
        assert xmin <= left < right <= xmax
        assert ymin <= bottom < top <= ymax
        assert shape.GetGeometryRef().IsValid()


def test_geojson_is_in_wgs84(out, main):
    source = ogr.Open(str(out / "detect" / "found.geojson"))
    shapes = source.GetLayer(0)
    assert shapes.GetSpatialRef().GetAuthorityCode(None) == "4326"
    assert shapes.GetFeatureCount() == len(main["anomalies"]["rows"])
    west, east, south, north = shapes.GetExtent()
    assert -180 <= west < east <= 180
    assert -90 <= south < north <= 90


def test_a_scene_without_valid_pixels_is_refused_by_name_and_leaves_nothing(played):
    nodata = played.facts["nodata"]
    assert any("empty.tif" in text for text in nodata["messages"])
    assert not nodata["new_layers"]
    assert not nodata["files"]


def test_a_cancelled_run_leaves_nothing(played):
    cancel = played.facts["cancel"]
    assert cancel["during"], "it was under way"
    assert cancel["said"] == "Cancelled."
    assert not cancel["new_layers"]
    assert not cancel["files"]


def test_qgis_closes_in_the_middle_of_a_run_and_leaves_nothing(played, out):
    assert played.facts["quit"]["during"], "it was under way"
    assert played.exit_code == 0
    assert not list((out / "quit").rglob("*"))
    assert not engines_of(out / "qgis")


def engines_of(profiles):
    """The command lines of engines that were started from a profile and still run."""
    running = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            # It ended while we looked.
            continue
        if any(bytes(profiles) in word for word in words) and b"worker" in words:
            running.append(b" ".join(words))
    return running


def test_qgis_reports_no_python_error(played):
    assert "Traceback" not in played.log
