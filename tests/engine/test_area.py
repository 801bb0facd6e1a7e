"""Areas of interest."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from affine import Affine
from anomaly_lens.engine import open_scene
from anomaly_lens.engine.area import as_told, read_area
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.region import Region


def covered(scene, area):
    """Which pixels of the scene an area selects."""
    part = Region(scene, read_area(scene, area))
    selected = np.zeros((scene.height, scene.width), dtype=bool)
    for strip in part.strips():
        rows = slice(part.row + strip.row, part.row + strip.row + strip.rows)
        selected[rows, part.column : part.column + part.width] = strip.valid
        assert not strip.pixels[:, ~strip.valid].any()
    return selected


def test_an_extent_selects_the_pixels_whose_centres_it_holds(make_raster, noise):
    with open_scene(make_raster(noise())) as scene:
        # From 4 m into column 2 (centre at 5 m) to 6 m into column 5.
        selected = covered(scene, {"bbox": [500_024, 5_599_900, 500_056, 5_599_980]})
    expected = np.zeros((60, 80), dtype=bool)
    expected[2:10, 2:6] = True
    np.testing.assert_array_equal(selected, expected)


def spiked(x=500_200, y=5_599_800):
    """Ten by ten pixels, with a spike of no area to the right."""
    right, spike, lower = x + 100, x + 400, y - 100
    return shapely.Polygon([(x, y), (right, y), (spike, y - 45), (right, y), (right, lower), (x, lower)])


def test_lines_that_mending_and_cutting_leave_select_nothing(make_raster, noise, tmp_path):
    tiles = [shapely.box(500_200, 5_599_700, 500_300, 5_599_800), shapely.box(499_800, 5_599_300, 500_000, 5_599_800)]
    path = tmp_path / "spiked.geojson"
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    feature = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(spiked())}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    areas = (
        {"path": str(path)},
        {"geojson": shapely.geometry.mapping(spiked())},
        {"geojson": shapely.geometry.mapping(shapely.MultiPolygon(tiles))},  # one touches the scene from outside
    )
    with open_scene(make_raster(noise())) as scene:
        for area in areas:
            part = Region(scene, read_area(scene, area))
            assert (part.column, part.row % 10, part.width, part.height) == (20, 0, 10, 10)
            assert covered(scene, area).sum() == 100


def test_an_extent_in_another_crs(make_raster, noise):
    to_degrees = pyproj.Transformer.from_crs(32633, 4326, always_xy=True)
    box = to_degrees.transform_bounds(500_200, 5_599_600, 500_400, 5_599_800)
    with open_scene(make_raster(noise())) as scene:
        selected = covered(scene, {"bbox": list(box), "crs": "EPSG:4326"})
    rows, columns = np.nonzero(selected)
    assert abs(rows.min() - 20) <= 1
    assert abs(rows.max() - 39) <= 1
    assert abs(columns.min() - 20) <= 1
    assert abs(columns.max() - 39) <= 1


def test_a_polygon_from_a_file_and_as_geojson(make_raster, noise, tmp_path):
    triangle = shapely.Polygon([(500_000, 5_600_000), (500_400, 5_600_000), (500_000, 5_599_600)])
    file = tmp_path / "area.geojson"
    file.write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}},
                "features": [{"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(triangle)}],
            }
        )
    )
    rows, columns = np.mgrid[:60, :80]
    expected = rows + columns < 39.5
    with open_scene(make_raster(noise())) as scene:
        for area in ({"path": str(file)}, {"geojson": shapely.geometry.mapping(triangle)}):
            selected = covered(scene, area)
            # Centres exactly on the hypotenuse may fall to either side.
            assert (selected != expected).sum() <= 40
            assert selected.sum() == pytest.approx(800, abs=40)


@pytest.mark.parametrize("driver", ["ESRI Shapefile", "GPKG"])
@pytest.mark.parametrize("folder", ["Fields!", "!fields\nand more"])
@pytest.mark.skipif(sys.platform == "win32", reason="paths with a drive are read as they are; no name has a line break")
def test_a_file_in_a_folder_whose_name_means_something_to_pyogrio(
    make_raster, noise, tmp_path, monkeypatch, driver, folder
):
    def refuse(*_):
        raise OSError

    place = tmp_path / folder
    place.mkdir()
    name = {"ESRI Shapefile": "area.shp", "GPKG": "area.gpkg"}[driver]
    box = np.array([shapely.to_wkb(shapely.box(500_000, 5_599_800, 500_100, 5_600_000))], dtype=object)
    pyogrio.raw.write(tmp_path / name, box, [], [], geometry_type="Polygon", crs="EPSG:32633", driver=driver)
    for part in tmp_path.glob("area.*"):
        part.rename(place / part.name)
    with open_scene(make_raster(noise())) as scene:
        assert covered(scene, {"path": str(place / name)}).sum() == 200
        monkeypatch.setattr(Path, "symlink_to", refuse)
        assert covered(scene, {"path": str(place / name)}).sum() == 200


def test_polygons_of_a_collection_count_and_an_eight_has_both_lobes(make_raster, noise, tmp_path):
    one = shapely.box(500_000, 5_599_800, 500_100, 5_600_000)
    other = shapely.box(500_300, 5_599_900, 500_400, 5_600_000)
    collection = shapely.GeometryCollection([other, shapely.Point(500_200, 5_599_950)])
    path = str(tmp_path / "area.gpkg")
    wkb = np.array([shapely.to_wkb(shape) for shape in (one, collection, None)], dtype=object)
    pyogrio.raw.write(path, wkb, [], [], geometry_type="Unknown", crs="EPSG:32633")
    eight = [(500_000, 5_599_800), (500_200, 5_600_000), (500_200, 5_599_800), (500_000, 5_600_000)]
    with open_scene(make_raster(noise())) as scene:
        assert covered(scene, {"path": path}).sum() == 300
        assert covered(scene, {"geojson": shapely.geometry.mapping(shapely.Polygon(eight))}).sum() == 200


def test_which_of_several_layers_is_taken_is_told(make_raster, noise, tmp_path, recwarn):
    path = str(tmp_path / "area.gpkg")
    for number, (layer, kind) in enumerate((("fields", "Polygon"), ("lakes", "Polygon"), ("styles", None))):
        box = shapely.to_wkb(shapely.box(500_000 + 200 * number, 5_599_900, 500_100 + 200 * number, 5_600_000))
        shapes = np.array([box], dtype=object) if kind else None
        data = ([], []) if kind else ([np.array([1])], ["id"])
        options = {"layer": layer, "crs": "EPSG:32633" if kind else None, "append": number > 0, "driver": "GPKG"}
        pyogrio.raw.write(path, shapes, *data, geometry_type=kind, **options)
    with open_scene(make_raster(noise())) as scene:
        assert np.nonzero(covered(scene, {"path": path}))[1].max() == 9
        assert scene.warnings == [f"{path} has 2 layers: the polygons are those of the first, “fields”."]
    assert not [warning for warning in recwarn if "layer" in str(warning.message)]


def test_what_is_told_of_an_area_lets_nobody_else_read_it():
    assert as_told({"path": "/vsicurl/https://store/a.json?v=1&sig=aB"}) == {
        "path": "/vsicurl/https://store/a.json?v=1"
    }
    for area in (None, {"bbox": [0, 0, 1, 1], "crs": "EPSG:4326"}):
        assert as_told(area) == area


def test_a_file_in_a_crs_that_nobody_knows_is_told(make_raster, noise, tmp_path):
    path = tmp_path / "area.shp"
    pyogrio.raw.write(path, shapely.to_wkb(np.array([shapely.box(0, 0, 9, 9)])), [], [], geometry_type="Polygon")
    path.with_suffix(".prj").write_text(
        'GEOGCS["site",DATUM["site",SPHEROID["s",6378137,298]],PRIMEM["G",0],UNIT["degree",0.0174532925199433],'
        'AUTHORITY["EPSG","104999"]]'
    )
    with open_scene(make_raster(noise())) as scene, pytest.raises(EngineError, match="EPSG:104999") as caught:
        read_area(scene, {"path": str(path)})
    assert caught.value.code == "bad_area"


@pytest.mark.parametrize("name", ["area.shp", "grün.geojson"])
def test_a_file_with_names_that_are_not_in_utf_8_is_told(make_raster, noise, tmp_path, name):
    path = tmp_path / name
    pyogrio.raw.write(path, shapely.to_wkb(np.array([shapely.box(0, 0, 9, 9)])), [], [], geometry_type="Polygon")
    if path.suffix == ".shp":
        wkt = pyproj.CRS(31468).to_wkt("WKT1_ESRI").replace("DHDN_3_Degree_Gauss_Zone_4", "Gauß-Krüger")
        path.with_suffix(".prj").write_bytes(wkt.encode("latin-1"))
    else:
        path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    with open_scene(make_raster(noise())) as scene, pytest.raises(EngineError, match="not in UTF-8") as caught:
        read_area(scene, {"path": str(path)})
    assert caught.value.code == "bad_area"


def test_a_file_of_shapes_that_nobody_knows_is_told(make_raster, noise, tmp_path):
    path = tmp_path / "area.csv"
    path.write_text('WKT\n"TRIANGLE((0 0,1 0,1 1,0 0))"\n')
    with open_scene(make_raster(noise())) as scene, pytest.raises(EngineError, match="not a vector file") as caught:
        read_area(scene, {"path": str(path)})
    assert caught.value.code == "bad_area"


@pytest.mark.parametrize(
    ("area", "code"),
    [
        ({"bbox": [0, 0, 10, 10]}, "area_outside"),
        ({"bbox": [500_001, 5_599_991, 500_002, 5_599_992]}, "area_outside"),
        ({"bbox": [1, 2, 3]}, "bad_area"),
        ({"bbox": [np.nan, 5_599_900, 500_100, 5_600_000]}, "bad_area"),
        ({"geojson": {"type": "Polygon", "coordinates": [[[0, 0], [1, np.inf], [1, 1], [0, 0]]]}}, "bad_area"),
        ({"bbox": [500_000, 5_599_000, 500_000, 5_600_000]}, "bad_area"),
        ({"bbox": [500_000, 5_599_900, 500_100, 5_600_000], "crs": "nonsense"}, "bad_area"),
        ({"path": "/absent/area.gpkg"}, "bad_area"),
        ({}, "bad_area"),
    ],
)
def test_an_area_that_cannot_be_used_is_told(make_raster, noise, area, code):
    with open_scene(make_raster(noise())) as scene, pytest.raises(EngineError) as caught:
        Region(scene, read_area(scene, area))
    assert caught.value.code == code
    assert caught.value.hint


def test_an_area_that_has_no_relation_to_the_scene_is_told(make_raster, noise):
    path = make_raster(noise(), crs='LOCAL_CS["site grid",UNIT["metre",1]]')
    with open_scene(path) as scene, pytest.raises(EngineError, match="site grid") as caught:
        read_area(scene, {"bbox": [10, 45, 20, 60], "crs": "EPSG:4326"})
    assert caught.value.code == "bad_area"
    assert caught.value.hint


def test_a_file_with_corners_at_infinity_is_told(make_raster, noise, tmp_path):
    polygon = shapely.Polygon([(500_000, 5_599_900), (500_100, np.inf), (500_100, 5_599_900)])
    path = str(tmp_path / "area.gpkg")
    wkb = np.array([shapely.to_wkb(polygon)], dtype=object)
    pyogrio.raw.write(path, wkb, [], [], geometry_type="Polygon", crs="EPSG:32633")
    with open_scene(make_raster(noise())) as scene, pytest.raises(EngineError, match="infinity") as caught:
        read_area(scene, {"path": path})
    assert caught.value.code == "bad_area"


MERCATOR_WORLD = 20_037_508
DEGREE = MERCATOR_WORLD / 180


@pytest.mark.parametrize(
    ("crs", "x", "y", "pixel"),
    [
        ("EPSG:32632", 500_000, 5_000_000, 10),
        ("EPSG:32632", 300_000, 6_650_000, 10),
        ("EPSG:32760", 500_000, 5_000_000, 10),
        ("EPSG:32660", 600_000, 6_000_000, 500),  # near the date line
        ("EPSG:2154", 650_000, 6_860_000, 10),
        ("EPSG:3035", 4_321_000, 3_210_000, 10),
    ],
)
@pytest.mark.parametrize(
    "area",
    [
        {"bbox": [-180, -90, 180, 90], "crs": "EPSG:4326"},
        {"bbox": [-180, -85, 180, 85], "crs": "EPSG:4326"},
        {"bbox": [-200, -200, 200, 100], "crs": "EPSG:4807"},  # grads
        {"bbox": [-MERCATOR_WORLD, -MERCATOR_WORLD, MERCATOR_WORLD, MERCATOR_WORLD], "crs": "EPSG:3857"},
    ],
)
def test_the_whole_world_holds_the_scene(make_raster, noise, crs, x, y, pixel, area):
    with open_scene(make_raster(noise(), crs=crs, transform=Affine(pixel, 0, x, 0, -pixel, y))) as scene:
        selected = covered(scene, area)
    assert selected.all()


@pytest.mark.parametrize(
    "area",
    [
        {"bbox": [-180, -90, 180, 90], "crs": "EPSG:4326"},
        {"bbox": [-200, -100, 200, 100], "crs": "EPSG:4807"},
        {"bbox": [170, 40, 200, 70], "crs": "EPSG:4326"},
        {"bbox": [-190, 40, -160, 70], "crs": "EPSG:4326"},
        {"bbox": [19_000_000, 5_000_000, 21_000_000, 9_000_000], "crs": "EPSG:3857"},
    ],
)
def test_a_scene_over_the_date_line_lies_in_what_reaches_over_it(make_raster, noise, area):
    path = make_raster(noise(), crs="EPSG:32660", transform=Affine(5000, 0, 600_000, 0, -5000, 6_000_000))
    with open_scene(path) as scene:
        assert covered(scene, area).all()


FIJI = {"type": "MultiPolygon", "coordinates": []}
"""From 179 to 182 degrees, cut at the date line as GeoJSON wants it."""
for west, east in ((179, 180), (-180, -178)):
    FIJI["coordinates"].append([[[west, -19], [east, -19], [east, -18], [west, -18], [west, -19]]])


@pytest.mark.parametrize("west", [178, -182, -180, 0])
@pytest.mark.parametrize(
    "area",
    [
        {"geojson": FIJI, "crs": "EPSG:4326"},
        {"geojson": FIJI, "crs": "EPSG:4269"},
        {"geojson": FIJI},
        {"bbox": [179, -19, 182, -18]},
        {"bbox": [-181, -19, -178, -18]},
        {"bbox": [179, -19, -178, -18], "crs": "EPSG:4326"},
        {"bbox": [179, -19, -178, -18]},
        {"bbox": [179 * 20 / 18, -19 * 20 / 18, 182 * 20 / 18, -18 * 20 / 18], "crs": "EPSG:4807"},  # from Paris
        {"bbox": [179 * DEGREE, -2_154_936, 182 * DEGREE, -2_037_549], "crs": "EPSG:3857"},
    ],
)
def test_an_area_over_the_date_line_is_found_however_longitudes_count(make_raster, noise, west, area):
    rows, columns = 60, 80 if abs(west) in {178, 182} else 3600
    values = np.broadcast_to(noise(1, rows, 80)[:, :, :1], (1, rows, columns))
    with open_scene(make_raster(values, crs="EPSG:4326", transform=Affine(0.1, 0, west, 0, -0.1, -15))) as scene:
        selected = covered(scene, area)
        x, _ = scene.to_map(np.arange(columns) + 0.5, np.zeros(columns))
    shift = 2.337 if area.get("crs") == "EPSG:4807" else 0.0
    inside = (x - shift - 179) % 360 < 3
    expected = np.zeros((rows, columns), dtype=bool)
    expected[30:40] = inside
    assert (selected != expected).sum() <= 2 * (10 + 30)  # an edge that lies on centres, at most
    assert selected.sum() > 200


def test_an_extent_over_the_date_line_in_a_projected_scene(make_raster, noise):
    path = make_raster(noise(), crs="EPSG:32760", transform=Affine(5000, 0, 600_000, 0, -5000, 8_000_000))
    with open_scene(path) as scene:
        counted_on = covered(scene, {"bbox": [179, -19, 181, -18], "crs": "EPSG:4326"})
        as_geojson = covered(scene, {"bbox": [179, -19, -179, -18], "crs": "EPSG:4326"})
        swapped = covered(scene, {"bbox": [181, -18, 179, -19], "crs": "EPSG:4326"})
    assert 0 < counted_on.sum() < 1000
    np.testing.assert_array_equal(as_geojson, counted_on)
    np.testing.assert_array_equal(swapped, counted_on)


def test_a_projected_area_over_the_date_line_in_a_geographic_scene(make_raster, noise):
    path = make_raster(noise(), crs="EPSG:4326", transform=Affine(0.1, 0, 176, 0, -0.1, -15))
    to_degrees = pyproj.Transformer.from_crs(32760, 4326, always_xy=True)
    west, south, east, north = 700_000, 7_900_000, 1_000_000, 8_000_000
    left, bottom = to_degrees.transform(west, south)
    right, top = to_degrees.transform(east, north)
    with open_scene(path) as scene:
        selected = covered(scene, {"bbox": [west, south, east, north], "crs": "EPSG:32760"})
    rows, columns = np.nonzero(selected)
    assert columns.min() == pytest.approx((left - 176) * 10, abs=1.5)
    assert columns.max() == pytest.approx((right + 360 - 176) * 10, abs=1.5)
    assert rows.min() == pytest.approx((-15 - top) * 10, abs=1.5)
    assert rows.max() == pytest.approx((-15 - bottom) * 10, abs=1.5)


@pytest.mark.parametrize("south", [0, 70])
def test_a_scene_at_the_pole_lies_in_what_goes_around_it(make_raster, noise, south):
    path = make_raster(noise(), crs="EPSG:3413", transform=Affine(10_000, 0, -400_000, 0, -10_000, 300_000))
    with open_scene(path) as scene:
        assert covered(scene, {"bbox": [-180, south, 180, 90], "crs": "EPSG:4326"}).all()


AROUND_A_POLE = shapely.box(-2e6, -2e6, 2e6, 2e6)


@pytest.mark.parametrize("pole", ["EPSG:3413", "EPSG:3031"])
@pytest.mark.parametrize(("west", "columns"), [(-180, 360), (0, 360), (-60, 90), (178, 30)])
@pytest.mark.parametrize(
    "ground",
    [
        AROUND_A_POLE,
        shapely.box(-3e6, -5e5, 1e6, 2e6),
        AROUND_A_POLE - shapely.box(-5e5, -5e5, 5e5, 5e5),  # the pole itself left out
        AROUND_A_POLE - shapely.box(-2e5, 5e5, 2e5, 1.5e6) - shapely.box(5e5, -1e6, 1e6, 1e6),
        AROUND_A_POLE - shapely.box(-1e6, 1e4, 1e6, 1.9e6),  # an edge that passes close to it
        shapely.box(1e5, 1e5, 2e6, 2e6),
    ],
)
def test_an_area_around_a_pole_covers_what_it_holds(make_raster, pole, west, columns, ground):
    """What it covers in longitude and latitude had been all but that."""
    path = make_raster(np.zeros((1, 180, columns)), crs="EPSG:4326", transform=Affine(1, 0, west, 0, -1, 90))
    longitudes, latitudes = np.meshgrid(west + 0.5 + np.arange(columns), 89.5 - np.arange(180))
    places = pyproj.Transformer.from_crs(4326, pole, always_xy=True).transform(longitudes, latitudes)
    inside = shapely.contains_xy(ground, *(np.where(np.isfinite(p), p, 1e30) for p in places))
    with open_scene(path) as scene:
        if inside.any():
            found = covered(scene, {"geojson": shapely.geometry.mapping(ground), "crs": pole})
            assert (found != inside).sum() <= 2


@pytest.mark.parametrize("area", [[-60, -30, 100, 80], [-170, -80, 170, 80]])
def test_an_area_of_which_much_has_no_place_in_the_crs_of_the_scene(make_raster, noise, area):
    for crs, x, y in (("EPSG:32632", 500_000, 5_000_000), ("EPSG:3035", 4_321_000, 3_210_000)):
        with open_scene(make_raster(noise(), crs=crs, transform=Affine(10, 0, x, 0, -10, y))) as scene:
            assert covered(scene, {"bbox": area, "crs": "EPSG:4326"}).all()


@pytest.mark.parametrize("size", [0.2, 1, 3, 10, 30])
def test_what_lies_far_from_the_scene_does_not_move_the_edges_in_it(make_raster, noise, monkeypatch, size):
    random = np.random.default_rng(0)
    ground = Affine(800, 300, 300_000, 300, -800, 5_600_000)
    with open_scene(make_raster(noise(), transform=ground)) as scene:
        for _ in range(10):
            column, row = random.uniform(0, 80), random.uniform(0, 60)
            angles = np.sort(random.uniform(0, 2 * np.pi, 12))
            lengths = 80 * size * random.uniform(0.2, 1, 12)
            x, y = scene.to_map(column + lengths * np.cos(angles), row + lengths * np.sin(angles))
            degrees = pyproj.Transformer.from_crs(32633, 4326, always_xy=True).transform(x, y)
            polygon = shapely.make_valid(shapely.Polygon(np.column_stack(degrees)), method="structure")
            area = {"geojson": shapely.geometry.mapping(polygon), "crs": "EPSG:4326"}
            selected = covered(scene, area)
            with monkeypatch.context() as patch:
                patch.setattr("anomaly_lens.engine.area._around", lambda scene, area, step, transformer: area)
                np.testing.assert_array_equal(selected, covered(scene, area))
