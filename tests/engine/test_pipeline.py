"""The main job from a file to a heat map and polygons."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pyogrio
import pyproj
import pytest
import rasterio
import shapely
import torch
from affine import Affine
from anomaly_lens.engine import detect, pipeline, score_scene, work
from anomaly_lens.engine.detectors.rx import GlobalRX
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.heatmap import PROVENANCE_KEY, HeatMapWriter
from anomaly_lens.engine.polygonize import polygonize
from anomaly_lens.engine.region import Region
from anomaly_lens.engine.scene import open_scene
from anomaly_lens.engine.score_map import Shaping
from rasterio.control import GroundControlPoint
from rasterio.windows import Window

FIELDS = [
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
]


def polygons_of(result):
    meta, _, geometry, columns = pyogrio.raw.read(result.instances)
    return meta, shapely.from_wkb(geometry), dict(zip(meta["fields"].tolist(), columns))


def spotted(noise, rows=60, columns=80):
    """Noise with one bright spot of 3 rows and 4 columns at (20, 50)."""
    values = noise(3, rows, columns)
    values[0, 20:23, 50:54] += 90
    return values


PLACES = {
    "north-up": {"transform": Affine(10, 0, 500_000, 0, -10, 5_600_000), "crs": "EPSG:32633"},
    "south-up": {"transform": Affine(10, 0, 500_000, 0, 10, 5_600_000), "crs": "EPSG:32633"},
    "rotated": {
        "transform": Affine.translation(500_000, 5_600_000) * Affine.rotation(35) * Affine.scale(4, -3),
        "crs": "EPSG:32633",
    },
    "geographic": {"transform": Affine(1e-4, 0, 13, 0, -1e-4, 52), "crs": "EPSG:4326"},
    "nowhere": {"georeference": False},
    "control points": {
        "gcps": [GroundControlPoint(r, c, 13 + c * 1e-4, 52 - r * 1e-4) for r in (0, 30, 60) for c in (0, 40, 80)],
        "crs": "EPSG:4326",
    },
}


@pytest.mark.parametrize("place", PLACES)
def test_results_line_up_with_the_scene_to_the_pixel(make_raster, noise, tmp_path, place):
    scene = make_raster(spotted(noise), **PLACES[place])
    result = detect(scene, tmp_path / "out", threshold_percent=0.25, min_area=None)
    with rasterio.open(scene) as before, rasterio.open(result.heatmap) as after:
        assert (after.height, after.width) == (before.height, before.width)
        assert after.crs == before.crs
        if place == "control points":
            assert [(g.row, g.col, g.x, g.y) for g in after.gcps[0]] == [
                (g.row, g.col, g.x, g.y) for g in before.gcps[0]
            ]
            transform = Affine(1e-4, 0, 13, 0, -1e-4, 52)
        elif place == "nowhere":
            transform = after.transform
            assert transform == Affine(1, 0, 0, 0, -1, 0)
        else:
            transform = before.transform
            assert after.transform == transform
        scores = after.read(1)
    hot = scores >= result.score_threshold
    assert hot[20:23, 50:54].all()
    assert hot.sum() == 12
    meta, (polygon,), _ = polygons_of(result)
    corners = [transform * corner for corner in ((50, 20), (54, 20), (54, 23), (50, 23))]
    assert polygon.symmetric_difference(shapely.Polygon(corners)).area < 1e-6 * polygon.area
    if place == "nowhere":
        assert result.area_unit == "px"
        assert meta["crs"] is None
        with closing(sqlite3.connect(result.instances)) as file:
            query = "SELECT definition FROM gpkg_spatial_ref_sys NATURAL JOIN gpkg_geometry_columns"
            assert file.execute(query).fetchall() == [("undefined",)], "or older GDAL takes it for one"
    else:
        assert pyproj.CRS.from_user_input(meta["crs"]) == pyproj.CRS.from_user_input(PLACES[place]["crs"])
        assert result.area_unit == "m2"
    assert shapely.Point(result.first).within(polygon)


def test_a_window_of_a_scene_that_points_place_lines_up_too(make_raster, noise, tmp_path):
    scene = make_raster(spotted(noise), **PLACES["control points"])
    area = {"bbox": [13 + 30e-4, 52 - 40e-4, 13 + 70e-4, 52 - 10e-4]}
    result = detect(scene, tmp_path / "out", area=area, threshold_percent=1, modality="hyperspectral")
    with open_scene(result.heatmap) as heatmap:
        assert (heatmap.height, heatmap.width) == (30, 40)
        x, y = heatmap.to_map(np.array([20.0]), np.array([10.0]))
        np.testing.assert_allclose([x[0], y[0]], [13 + 50e-4, 52 - 20e-4], atol=1e-6)
        hot = heatmap.read(Window(20, 10, 4, 3))[0]
        assert (hot >= result.score_threshold).all()
    _, polygons, _ = polygons_of(result)
    spot = shapely.box(13 + 50e-4, 52 - 23e-4, 13 + 54e-4, 52 - 20e-4)
    assert polygons[0].symmetric_difference(spot).area < 1e-6 * spot.area


def test_a_window_of_a_scene_lines_up_too(make_raster, noise, tmp_path):
    scene = make_raster(spotted(noise))
    area = {"bbox": [500_300, 5_599_600, 500_700, 5_599_900]}
    result = detect(scene, tmp_path / "out", area=area, threshold_percent=1, modality="hyperspectral")
    with rasterio.open(result.heatmap) as heatmap:
        assert heatmap.transform == Affine(10, 0, 500_300, 0, -10, 5_599_900)
        assert heatmap.shape == (30, 40)
        np.testing.assert_array_equal(heatmap.read(1)[10:13, 20:24] >= result.score_threshold, True)
    _, polygons, _ = polygons_of(result)
    assert polygons[0].equals(shapely.box(500_500, 5_599_770, 500_540, 5_599_800))
    assert result.megapixels == pytest.approx(0.0012)


def test_heat_map_and_polygons_hold_what_they_promise(make_raster, noise, tmp_path):
    values = spotted(noise, 300, 400)
    values[:, :5] = -9999
    values[1, 100:110, 100:110] += 60
    scene = make_raster(values, nodata=-9999)
    result = detect(scene, tmp_path / "out", modality="visible", threshold_percent=0.2)
    raw = score_scene(scene, modality="visible")
    with rasterio.open(result.heatmap) as heatmap:
        assert heatmap.dtypes == ("float32",)
        assert heatmap.profile["tiled"]
        assert heatmap.compression.value == "DEFLATE"
        assert heatmap.overviews(1) == [2]
        assert np.isnan(heatmap.nodata)
        scores = heatmap.read(1)
        tags, band_tags = heatmap.tags(), heatmap.tags(1)
    assert np.isnan(scores[:5]).all()
    valid = ~np.isnan(scores)
    assert valid[5:].all()
    r99 = json.loads(tags[PROVENANCE_KEY])["raw_score_of_one_half"]
    assert r99 == pytest.approx(np.nanquantile(raw, 0.99), rel=0.005)
    np.testing.assert_allclose(scores[valid], (raw / (raw + r99))[valid], rtol=1e-5)
    assert float(band_tags["STATISTICS_MEAN"]) == pytest.approx(scores[valid].mean(), rel=1e-5)
    assert float(band_tags["STATISTICS_MAXIMUM"]) == pytest.approx(scores[valid].max())
    assert float(band_tags["STATISTICS_STDDEV"]) == pytest.approx(scores[valid].std(), rel=1e-4)
    histogram = json.loads(band_tags["SCORE_HISTOGRAM"])
    np.testing.assert_array_equal(histogram, np.histogram(scores[valid], 256, (0, 1))[0])
    assert histogram == result.histogram

    _, polygons, fields = polygons_of(result)
    assert list(fields) == FIELDS
    assert result.count == len(polygons) >= 2
    assert fields["rank"].tolist() == fields["id"].tolist() == list(range(1, result.count + 1))
    assert (np.diff(fields["score_max"]) <= 0).all()
    assert set(fields["status"]) == {"unreviewed"}
    assert set(fields["run_id"]) == {result.run_id}
    assert set(fields["detector"]) == {"rx"}
    spot = next(i for i, p in enumerate(polygons) if p.contains(shapely.Point(500_520, 5_599_785)))
    assert fields["score_max"][spot] == pytest.approx(scores[20:23, 50:54].max())
    assert fields["area"][spot] == pytest.approx(1200 / 0.9996**2, rel=1e-3)
    assert fields["width"][spot] == pytest.approx(40 / 0.9996, rel=1e-3)
    assert fields["height"][spot] == pytest.approx(30 / 0.9996, rel=1e-3)
    assert fields["area"].min() >= 6 * 99  # the profile's smallest anomaly has six pixels

    origin = json.loads(tags[PROVENANCE_KEY])
    assert origin["source"]["path"] == scene
    assert origin["detector"] == "rx"
    assert origin["parameters"]["threshold_percent"] == 0.2
    assert origin["packages"]["torch"]
    assert origin["run_id"] == result.run_id
    assert json.loads(pyogrio.read_info(result.instances)["layer_metadata"][PROVENANCE_KEY]) == origin


def test_strips_of_any_height_give_the_same_files(make_raster, noise, tmp_path, monkeypatch):
    values = spotted(noise, 700, 90)
    values[2, 240:270, 10:40] += 50  # crosses a border of the second pass
    scene = make_raster(values)
    whole = detect(scene, tmp_path / "a", threshold_percent=2)
    monkeypatch.setattr("anomaly_lens.engine.region.STRIP_BYTES", 90 * 3 * 8 * 31)
    monkeypatch.setattr(work, "_READ_VALUES", 1)
    strips = detect(scene, tmp_path / "b", threshold_percent=2)
    with rasterio.open(whole.heatmap) as a, rasterio.open(strips.heatmap) as b:
        np.testing.assert_allclose(a.read(), b.read(), rtol=1e-6)
    for a, b in zip(polygons_of(whole)[1], polygons_of(strips)[1]):
        assert a.equals(b)


def test_minimum_area_is_in_square_metres(make_raster, noise, tmp_path):
    scene = make_raster(spotted(noise))
    for min_area, count in ((1195, 1), (1210, 0)):
        result = detect(scene, tmp_path / "out", threshold_percent=0.25, min_area=min_area)
        assert result.count == count


def test_a_scene_without_anomalies_gives_an_empty_valid_layer(make_raster, noise, tmp_path):
    result = detect(make_raster(noise()), tmp_path / "out", threshold_score=1.0)
    meta, polygons, fields = polygons_of(result)
    assert result.count == 0
    assert result.first is None
    assert len(polygons) == 0
    assert list(fields) == FIELDS
    assert meta["geometry_type"] == "MultiPolygon"


def test_existing_results_are_never_overwritten(make_raster, noise, tmp_path):
    scene = make_raster(noise())
    first = detect(scene, tmp_path / "out")
    content = Path(first.heatmap).read_bytes()
    second = detect(scene, tmp_path / "out")
    assert second.heatmap != first.heatmap
    assert Path(first.heatmap).read_bytes() == content
    assert len(list((tmp_path / "out").iterdir())) == 4


def test_what_is_left_beside_deleted_results_does_not_become_part_of_new_ones(make_raster, noise, tmp_path):
    scene = make_raster(spotted(noise))
    first = detect(scene, tmp_path / "out")
    # A review in QGIS: what it has written lies in the journal as long as the layer is there.
    with closing(sqlite3.connect(first.instances)) as review:
        review.execute("PRAGMA journal_mode = WAL")
        review.execute("PRAGMA wal_autocheckpoint = 0")
        review.execute("CREATE TABLE decisions (text)")
        review.commit()
        Path(first.instances).unlink()
        Path(first.heatmap).unlink()
        second = detect(scene, tmp_path / "out")
        with pytest.raises(EngineError, match="wal exists already"):
            polygonize(second.heatmap, Shaping(), first.instances)
        with closing(sqlite3.connect(second.instances)) as found:
            tables = [name for (name,) in found.execute("SELECT name FROM sqlite_master")]
    assert "anomalies" in tables and "decisions" not in tables
    Path(f"{second.heatmap}.aux.xml").write_text("<PAMDataset/>")
    Path(second.heatmap).unlink()
    Path(second.instances).unlink()
    assert detect(scene, tmp_path / "out").heatmap not in {first.heatmap, second.heatmap}


def test_names_that_no_file_may_have_are_mended(make_raster, noise, tmp_path):
    result = detect(make_raster(noise()), tmp_path / "out", name='../NETCDF:"a b.nc":Größe')
    assert Path(result.heatmap).name == "_NETCDF_a b.nc_Größe_heatmap.tif"
    assert Path(result.heatmap).parent == tmp_path / "out"


def test_cancelling_leaves_nothing(make_raster, noise, tmp_path):
    scene = make_raster(noise(3, 300, 300))
    for stop_at in ("statistics", "score", "write"):
        cancel = threading.Event()

        def listen(progress, cancel=cancel, stop_at=stop_at):
            if progress.stage == stop_at:
                cancel.set()

        with pytest.raises(EngineError) as caught:
            detect(scene, tmp_path / "out", progress=listen, cancel=cancel)
        assert caught.value.code == "cancelled"
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["a" * 245, "é" * 120])
def test_a_scene_with_the_longest_name_keeps_its_results(make_raster, noise, tmp_path, name):
    result = detect(make_raster(noise(), f"{name}.tif"), tmp_path / "out")
    assert Path(result.heatmap).exists() and Path(result.instances).exists()
    assert Path(result.heatmap).name.startswith(name[:100])


@pytest.mark.parametrize("name", ["Results!", "!results", "old.zip!", "two\nlines"])
@pytest.mark.skipif(sys.platform == "win32", reason="paths with a drive are read as they are; no name has a line break")
def test_polygons_are_written_in_a_folder_whose_name_means_something_to_pyogrio(make_raster, noise, tmp_path, name):
    result = detect(make_raster(noise()), tmp_path / name)
    assert Path(result.instances).parent == tmp_path / name
    with closing(sqlite3.connect(result.instances)) as file:
        assert file.execute("SELECT count(*) FROM anomalies").fetchone() == (result.count,)


def test_a_folder_that_cannot_be_is_told(make_raster, noise, tmp_path):
    with pytest.raises(EngineError) as caught:
        detect(make_raster(noise()), tmp_path / ("a" * 300))
    assert caught.value.code == "not_writable"


def test_a_projection_that_proj_does_not_know_leaves_areas_in_pixels(make_raster, noise, tmp_path):
    make_raster(noise(1), "plain.tif", georeference=False)
    crs = (
        'PROJCS["own",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Of_Our_Own"],UNIT["metre",1]]'
    )
    path = tmp_path / "own.vrt"
    path.write_text(
        f'<VRTDataset rasterXSize="80" rasterYSize="60"><SRS>{escape(crs)}</SRS>'
        "<GeoTransform>400000, 10, 0, 5000000, 0, -10</GeoTransform>"
        '<VRTRasterBand dataType="Float32" band="1"><SimpleSource><SourceFilename relativeToVRT="1">plain.tif'
        "</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    result = detect(path, tmp_path / "out", area={"bbox": [400_100, 4_999_500, 400_500, 4_999_900]})
    assert result.area_unit == "px"
    assert "The projection of own is not known here: areas are in pixels." in result.warnings


def test_points_without_a_crs_place_the_heat_map(make_raster, noise, tmp_path):
    make_raster(noise(1), "plain.tif", georeference=False)
    points = "".join(
        f'<GCP Id="{n}" Pixel="{x}" Line="{y}" X="{500 + 2 * x}" Y="{900 - 2 * y}"/>'
        for n, (x, y) in enumerate(((0, 0), (80, 0), (0, 60), (80, 60)))
    )
    path = tmp_path / "points.vrt"
    path.write_text(
        f'<VRTDataset rasterXSize="80" rasterYSize="60"><GCPList Projection="">{points}</GCPList>'
        '<VRTRasterBand dataType="Float32" band="1"><SimpleSource><SourceFilename relativeToVRT="1">plain.tif'
        "</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    with rasterio.open(detect(path, tmp_path / "out").heatmap) as heatmap:
        placed, crs = heatmap.gcps
    assert (len(placed), bool(crs)) == (4, False)


def test_a_crs_that_geotiff_has_no_words_for_stays(make_raster, noise, tmp_path):
    rotated = "+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=40 +lon_0=10 +R=6371229"
    path = make_raster(noise(), crs=rotated, transform=Affine(0.1, 0, -5, 0, -0.1, 5))
    result = detect(path, tmp_path / "out")
    with rasterio.open(path) as scene, rasterio.open(result.heatmap) as heatmap:
        assert scene.crs
        assert heatmap.crs == scene.crs


def test_runs_that_end_together_do_not_take_each_others_names(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    ends = threading.Barrier(8)
    taken = []

    def end(number):
        files = [tmp_path / f"{number}.tif", tmp_path / f"{number}.gpkg"]
        for file in files:
            file.write_text(str(number))
        ends.wait()
        taken.append((number, *work.publish(out, "scene", *files)))

    threads = [threading.Thread(target=end, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({heatmap for _, heatmap, _ in taken}) == len({polygons for _, _, polygons in taken}) == 8
    for number, heatmap, polygons in taken:
        assert heatmap.read_text() == polygons.read_text() == str(number)


def test_nothing_is_left_where_the_polygons_cannot_be_moved(make_raster, noise, tmp_path, monkeypatch):
    move = Path.replace

    def refuse(self, target):
        if self.suffix == ".gpkg":
            raise PermissionError(13, "in use")
        return move(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(EngineError) as caught:
        detect(make_raster(noise()), tmp_path / "out")
    assert caught.value.code == "not_writable"
    assert not (tmp_path / "out").exists()


def test_anomalies_beyond_the_limit_are_told(make_raster, noise, tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "MAX_INSTANCES", 3)
    result = detect(make_raster(noise()), tmp_path / "out", threshold_percent=1, min_area=0)
    assert (result.count, result.omitted > 0) == (3, True)
    assert result.warnings[-1].startswith(f"{result.omitted} more anomalies were left out: only the 3 with")


def test_progress_rises_from_start_to_end(make_raster, noise, tmp_path, monkeypatch):
    monkeypatch.setattr("anomaly_lens.engine.region.STRIP_BYTES", 300 * 3 * 8 * 20)
    seen = []
    detect(make_raster(noise(3, 300, 300)), tmp_path / "out", progress=seen.append)
    fractions = [p.fraction for p in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert len(fractions) > 20
    assert [s for s in ("statistics", "score", "write") if any(p.stage == s for p in seen)] == [
        "statistics",
        "score",
        "write",
    ]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"detector": "magic"}, "unknown_detector"),
        ({"modality": "sonar"}, "unknown_modality"),
        ({"device": "cuda:7"}, "unknown_device"),
        ({"threshold_percent": 120}, "bad_parameter"),
        ({"threshold_score": -1}, "bad_parameter"),
        ({"threshold_score": 0.5, "threshold_percent": 1}, "bad_parameter"),
        ({"outline": "round"}, "bad_parameter"),
        ({"min_area": -3}, "bad_parameter"),
        ({"min_area": float("nan")}, "bad_parameter"),
        ({"min_area": float("inf")}, "bad_parameter"),
        ({"bands": [9]}, "bad_bands"),
        ({"area": {"bbox": [0, 0, 1, 1]}}, "area_outside"),
    ],
)
def test_wrong_parameters_are_told_and_leave_nothing(make_raster, noise, tmp_path, options, code):
    with pytest.raises(EngineError) as caught:
        detect(make_raster(noise()), tmp_path / "out", **options)
    assert caught.value.code == code
    assert caught.value.message.endswith(".")
    assert caught.value.hint.endswith(".")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (np.full((3, 30, 30), -9999.0, dtype=np.float32), "no_valid_pixels"),
        (np.full((3, 30, 30), 4.0, dtype=np.float32), "constant_bands"),
        (np.random.default_rng(0).normal(size=(50, 6, 6)), "too_few_pixels"),
    ],
)
def test_scenes_that_cannot_be_scored_leave_nothing(make_raster, tmp_path, values, code):
    with pytest.raises(EngineError) as caught:
        detect(make_raster(values, nodata=-9999), tmp_path / "new" / "out")
    assert caught.value.code == code
    assert not (tmp_path / "new").exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    with pytest.raises(EngineError):
        detect(make_raster(values, nodata=-9999), mine)
    assert list(mine.iterdir()) == []  # a folder that was there stays


def test_a_file_that_ends_in_mid_run_leaves_nothing(make_raster, noise, tmp_path):
    path = Path(make_raster(noise(3, 600, 400), tiled=True, compress="deflate"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(EngineError) as caught:
        detect(path, tmp_path / "out")
    assert caught.value.code in {"scene_truncated", "scene_unreadable"}
    assert str(path) in caught.value.message
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_told(make_raster, noise, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError) as caught:
        detect(make_raster(noise()), tmp_path / "file" / "out")
    assert caught.value.code == "not_writable"


def test_values_that_are_no_measurements_are_left_out_and_told(make_raster, noise, tmp_path):
    values = spotted(noise)
    values[:, 5:9, 10] = -2e38
    result = detect(make_raster(values), tmp_path / "out", threshold_percent=0.25)
    assert result.count == 1
    assert ["beyond ±1e36" in warning for warning in result.warnings] == [True]
    with rasterio.open(result.heatmap) as heatmap:
        np.testing.assert_array_equal(np.isnan(heatmap.read(1)), values[0] == np.float32(-2e38))


def test_a_dark_scene_is_not_one_anomaly_as_a_whole(make_raster, tmp_path):
    values = np.zeros((1, 100, 100), dtype=np.float32)
    values[0, 20:23, 50:53], values[0, 60:63, 10:12] = 40, 20
    result = detect(make_raster(values), tmp_path / "out", modality="low_light", threshold_percent=0.5)
    _, polygons, _ = polygons_of(result)
    assert [p.area / 100 for p in polygons] == [9, 6]


@pytest.mark.parametrize(("shape", "code"), [((2**46,), "out_of_memory"), ((-1,), None)])
def test_torch_without_memory_for_the_cpu_is_told(make_raster, noise, tmp_path, monkeypatch, shape, code):
    monkeypatch.setattr(GlobalRX, "score", lambda *_: torch.empty(*shape))
    with pytest.raises(EngineError if code else RuntimeError) as caught:
        detect(make_raster(noise()), tmp_path / "out")
    assert getattr(caught.value, "code", None) == code
    assert not (tmp_path / "out").exists()


def test_a_disk_without_room_is_told_before_the_work(make_raster, noise, tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 900_000})
    monkeypatch.setattr(work.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(EngineError, match=r"out has 0\.9 MB free; the run may need 1\.1 MB") as caught:
        detect(make_raster(noise()), tmp_path / "out")
    assert caught.value.code == "disk_full"
    assert not (tmp_path / "out").exists()


def test_a_disk_that_fills_up_in_mid_run_is_told(make_raster, noise, tmp_path):
    """The kernel refuses to write more than 200 kB to a file, as a full disk would."""
    scene = make_raster(noise(3, 400, 400))
    code = (
        "import resource, signal, sys\n"
        "import anomaly_lens.engine.pipeline\n"
        "from anomaly_lens.engine import detect\n"
        "from anomaly_lens.engine.errors import EngineError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "try:\n    detect(sys.argv[1], sys.argv[2])\n"
        "except EngineError as error:\n    print(error.code)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, scene, str(tmp_path / "out")], capture_output=True, text=True, check=False
    )
    assert run.stdout.strip() == "disk_full", run.stderr
    assert not (tmp_path / "out").exists()
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 200_000


@pytest.fixture
def refuse_beyond():
    """From its call to the end of the test, the kernel refuses to write further into a file, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("short", [1, 50_000, 150_000])
def test_a_disk_that_fills_up_during_the_overviews_is_told(make_raster, noise, tmp_path, refuse_beyond, short):
    scene = make_raster(noise(3, 700, 700))
    whole = Path(detect(scene, tmp_path / "whole").heatmap).stat().st_size
    assert whole - short > 700 * 700 * 4  # so that there is room for the raw scores
    refuse_beyond(whole - short)
    with pytest.raises(EngineError) as caught:
        detect(scene, tmp_path / "out")
    assert caught.value.code == "disk_full"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("free", "code"), [(1000, "disk_full"), (2**30, "not_writable")])
def test_polygons_that_cannot_be_written_are_told(make_raster, noise, tmp_path, refuse_beyond, monkeypatch, free, code):
    # So many polygons that they, not scores or heat map, are too large.
    scene = make_raster(noise(1, 250, 250))
    write = pipeline.write_polygons

    def refuse(*arguments, **options):
        refuse_beyond(300_000)
        monkeypatch.setattr(work.shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))
        write(*arguments, **options)

    monkeypatch.setattr(pipeline, "write_polygons", refuse)
    with pytest.raises(EngineError) as caught:
        detect(scene, tmp_path / "out", threshold_percent=10, min_area=0)
    assert caught.value.code == code
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("share", [0.01, 0.5, 0.72, 0.74, 0.75, 0.77, 0.9, 0.97])
def test_a_heat_map_is_whole_or_refused(make_raster, noise, tmp_path, refuse_beyond, share):
    scores = np.random.default_rng(0).random((700, 700), dtype=np.float32)
    scores[300:600, :600] = np.nan  # tiles without scores are tiles, too

    def write(name):
        with open_scene(scene) as opened, HeatMapWriter(tmp_path / name, Region(opened)) as writer:
            writer.write(0, scores)
            writer.finish({})
        return (tmp_path / name).stat().st_size

    scene = make_raster(noise(1, 700, 700))
    refuse_beyond(int(write("whole.tif") * share))
    with pytest.raises(OSError, match="No space left"):
        write("part.tif")


def test_real_scenes_run_whole(shared_data, tmp_path):
    scenes = sorted((shared_data / "scenes").glob("*/*.tif"))
    counts = {}
    for scene in scenes:
        result = detect(scene, tmp_path / scene.stem)
        with rasterio.open(scene) as before, rasterio.open(result.heatmap) as after:
            assert after.shape == before.shape
            assert after.crs == before.crs
            if before.transform != Affine.identity():
                assert after.transform == before.transform
        _, polygons, fields = polygons_of(result)
        assert all(p.is_valid for p in polygons)
        assert len(fields["id"]) == result.count
        counts[scene.stem] = result.count
    assert len(counts) == len(scenes) > 20
    assert counts["rapideye_sfbay_ships_20170308"] == 4  # the four ships at anchor
    assert sum(count > 0 for count in counts.values()) > 0.8 * len(counts)  # single-look speckle holds no objects
