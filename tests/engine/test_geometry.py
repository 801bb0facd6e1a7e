"""Areas and lengths on the ellipsoid."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine
from anomaly_lens.engine import open_scene
from anomaly_lens.engine.geometry import PixelMeasure
from shapely.geometry import MultiPolygon


def test_metres_of_a_projected_scene(make_raster, noise):
    with open_scene(make_raster(noise())) as scene:
        measure = PixelMeasure(scene)
        # On the central meridian UTM shrinks lengths by 0.9996.
        assert measure.unit == "m2"
        assert measure.pixel_area_m2 == pytest.approx(100 / 0.9996**2, rel=1e-4)
        ring = shapely.box(2, 3, 12, 8) - shapely.box(4, 4, 6, 6)
        assert measure.area(ring) == pytest.approx(46 * 100 / 0.9996**2, rel=1e-4)
        np.testing.assert_allclose(measure.size(ring), [100 / 0.9996, 50 / 0.9996], rtol=1e-4)


def test_metres_of_a_scene_in_degrees(make_raster, noise):
    transform = Affine(0.001, 0, 20, 0, -0.001, 60)
    with open_scene(make_raster(noise(), transform=transform, crs="EPSG:4326")) as scene:
        measure = PixelMeasure(scene)
        width, height = measure.size(shapely.box(0, 0, 10, 10))
        geod = pyproj.Geod(ellps="WGS84")
        assert width == pytest.approx(geod.inv(20, 59.995, 20.01, 59.995)[2], rel=1e-9)
        assert height == pytest.approx(geod.inv(20.005, 60, 20.005, 59.99)[2], rel=1e-9)
        assert measure.area(shapely.box(0, 0, 10, 10)) == pytest.approx(width * height, rel=1e-4)


def test_long_straight_edges_are_those_of_the_map(make_raster):
    zone = 2 * np.pi * 6_371_007.2**2  # times the difference of sines: the area between two parallels
    world = make_raster(np.zeros((1, 180, 360)), transform=Affine(1, 0, -180, 0, -1, 90), crs="EPSG:4326")
    with open_scene(world) as scene:
        measure = PixelMeasure(scene)
        for left, top, right, bottom in ((0, 89, 180, 90), (20, 44, 220, 45), (100, 20, 160, 30), (5, 20, 7, 170)):
            sines = np.sin(np.radians([90 - top, 90 - bottom]))
            expected = zone * (sines[0] - sines[1]) * (right - left) / 360
            assert measure.area(shapely.box(left, top, right, bottom)) == pytest.approx(expected, rel=7e-3)


@pytest.mark.parametrize(("west", "same"), [(355, -5), (-365, -5), (715 - 10, -15)])
def test_longitudes_may_count_on_beyond_a_turn(make_raster, west, same):
    """From 355 to 365 degrees, areas had been in pixels."""
    found = []
    for left in (west, same):
        transform = Affine(0.1, 0, left, 0, -0.1, 10)
        with open_scene(make_raster(np.zeros((1, 100, 100)), transform=transform, crs="EPSG:4326")) as scene:
            measure = PixelMeasure(scene)
            found.append(
                (measure.unit, measure.area(shapely.box(3, 4, 70, 60)), *measure.size(shapely.box(3, 4, 70, 60)))
            )
    assert found[0][0] == "m2"
    assert found[0][1:] == pytest.approx(found[1][1:], rel=1e-9)


def test_a_grid_with_a_row_at_each_pole_is_measured_on_the_ground(make_raster):
    """Half of these rows lies beyond: areas had been in pixels."""
    transform = Affine(2, 0, -1, 0, -2, 91)
    with open_scene(make_raster(np.zeros((1, 91, 180)), transform=transform, crs="EPSG:4326")) as scene:
        measure = PixelMeasure(scene)
        assert measure.unit == "m2"
        cap = np.pi * 6_371_000**2 * np.radians(3) ** 2  # all within three degrees of a pole
        for top in (0, 89):
            assert measure.area(shapely.box(0, top, 180, top + 2)) == pytest.approx(cap, rel=1e-2)


def test_what_goes_around_the_earth_is_as_wide_as_that(make_raster):
    """The way from its one end to the other is none."""
    world = make_raster(np.zeros((1, 180, 360)), transform=Affine(1, 0, -180, 0, -1, 90), crs="EPSG:4326")
    with open_scene(world) as scene:
        width, height = PixelMeasure(scene).size(shapely.box(0, 80, 360, 100))
    assert width == pytest.approx(40_075_017, rel=1e-4)
    assert height == pytest.approx(2_212_000, rel=1e-3)


def test_no_pixel_is_larger_than_the_largest(make_raster):
    path = make_raster(np.zeros((1, 100, 40)), transform=Affine(1, 0, 0, 0, -1, 20), crs="EPSG:4326")
    with open_scene(path) as scene:
        measure = PixelMeasure(scene)
        areas = measure.areas([shapely.box(3, row, 4, row + 1) for row in range(100)])
        assert areas.max() <= measure.largest_pixel_area <= 1.02 * areas.max()


def test_the_largest_pixel_is_not_sought_in_the_gaps_of_a_projection(make_raster):
    """Between the Americas and Africa, this one has ground that is nowhere."""
    transform = Affine(100_000, 0, -8_500_000, 0, -20_000, 5_000_000)
    path = make_raster(np.zeros((1, 130, 130)), transform=transform, crs="+proj=igh +datum=WGS84")
    with open_scene(path) as scene:
        measure = PixelMeasure(scene)
        assert measure.unit == "m2"
        assert measure.largest_pixel_area == pytest.approx(2e9, rel=0.05)


@pytest.mark.parametrize(
    ("crs", "x", "y", "pixel", "metres"),
    [
        ("EPSG:27572", 600_000, 2_425_000, 10, 10),  # Lambert on NTF (Paris)
        ("EPSG:4807", 0, 54.5, 0.001, 100.1),  # NTF (Paris) itself; a thousandth of a grad
    ],
)
def test_metres_where_the_ellipsoid_is_counted_in_grads(make_raster, noise, crs, x, y, pixel, metres):
    transform = Affine(pixel, 0, x, 0, -pixel, y)
    with open_scene(make_raster(noise(), transform=transform, crs=crs)) as scene:
        measure = PixelMeasure(scene)
        width, height = measure.size(shapely.box(0, 0, 10, 10))
        assert measure.unit == "m2"
        assert height == pytest.approx(10 * metres, rel=2e-3)
        assert measure.area(shapely.box(0, 0, 10, 10)) == pytest.approx(width * height, rel=1e-4)


@pytest.mark.parametrize(
    "options",
    [
        {"georeference": False, "driver": "PNG"},
        {"crs": None},
        {"crs": "EPSG:4326"},  # metres in a CRS of degrees
    ],
)
def test_areas_are_in_pixels_where_the_ground_is_unknown(make_raster, options):
    with open_scene(make_raster(np.zeros((1, 9, 9), np.uint8), "a.img", **options)) as scene:
        measure = PixelMeasure(scene)
        assert measure.unit == "px"
        assert measure.pixel_area_m2 is None
        assert measure.area(shapely.box(0, 0, 2, 3)) == 6
        assert measure.size(shapely.box(0, 0, 2, 3)) == (2, 3)
        told = "The coordinates of a do not fit its CRS, WGS 84: areas are in pixels."
        assert measure.warning == (told if options.get("crs") == "EPSG:4326" else None)


def test_outer_rings_are_counter_clockwise_on_any_scene(make_raster, noise):
    polygon = MultiPolygon([shapely.box(1, 1, 4, 4) - shapely.box(2, 2, 3, 3)])
    for e in (-10, 10):
        with open_scene(make_raster(noise(), transform=Affine(10, 0, 500_000, 0, e, 5_600_000))) as scene:
            moved = PixelMeasure(scene).to_map(polygon)
        assert moved.geoms[0].exterior.is_ccw
        assert not moved.geoms[0].interiors[0].is_ccw
        assert moved.area == pytest.approx(800)
