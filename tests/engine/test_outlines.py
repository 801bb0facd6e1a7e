"""Labels and outlines of sparse pixels, beside those that other libraries give."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
import shapely
from anomaly_lens.engine.instances import InstanceGrower
from anomaly_lens.engine.outlines import Runs, label, mended, smoothed, trace
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def runs_of(mask):
    return Runs.of(np.flatnonzero(mask), mask.shape[1])


def polygons_of(mask, **options):
    runs = runs_of(mask)
    return trace(runs, label(runs, **options)).polygons()


@pytest.mark.parametrize("density", [0.1, 0.3, 0.5, 0.6, 0.8])
@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (23, 37), (60, 50)])
def test_polygons_are_those_that_gdal_makes_to_the_vertex(density, shape):
    mask = np.random.default_rng(3).random(shape) < density
    grower = InstanceGrower(0.5)
    grower.add_strip(0, mask.astype(np.float32))
    expected = np.array([i.polygon for i in grower.finish()], dtype=object)
    polygons = polygons_of(mask)
    assert shapely.is_valid(polygons).all()
    assert sorted(shapely.to_wkt(shapely.normalize(polygons))) == sorted(shapely.to_wkt(shapely.normalize(expected)))


def test_holes_that_touch_at_a_corner_stay_two_holes():
    mask = np.ones((6, 6), dtype=bool)
    mask[2, 2] = mask[3, 3] = False
    (polygon,) = polygons_of(mask)
    assert polygon.is_valid
    assert len(polygon.geoms[0].interiors) == 2


def test_a_ring_that_closes_at_a_corner_has_a_hole():
    mask = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0]], dtype=bool)
    (polygon,) = polygons_of(mask)
    assert polygon.is_valid
    assert polygon.area == 7


def test_a_long_ring_that_touches_itself_is_cut_in_one_walk():
    """Looking through all of the way at each corner took minutes for the outline of noise over a few megapixels."""
    comb = np.zeros((5, 16_000), dtype=bool)
    comb[0], comb[1, ::2] = True, True
    comb[1:4, :3] = [[1, 1, 1], [1, 0, 1], [1, 1, 0]]
    began = time.process_time()
    (polygon,) = polygons_of(comb)
    assert time.process_time() - began < 3
    assert polygon.is_valid
    assert len(polygon.geoms[0].interiors) == 1
    assert polygon.area == comb.sum()


@pytest.mark.parametrize("gap", [0.0, 1.0, 1.3, 2.0, 3.7, 6.1])
def test_merging_joins_what_lies_within_the_distance(gap):
    mask = np.random.default_rng(1).random((60, 70)) < 0.04
    pixel = (1.0, 1.3)
    single = shapely.transform(polygons_of(mask), lambda xy: xy * pixel)
    near = shapely.STRtree(single).query(single, predicate="dwithin", distance=gap + 1e-9)
    graph = coo_array((np.ones(near.shape[1]), near), shape=(len(single), len(single)))
    expected, group = connected_components(graph, directed=False)
    merged = polygons_of(mask, gap=gap, pixel=pixel)
    assert len(merged) == expected
    areas = np.bincount(group, weights=shapely.area(single))
    np.testing.assert_allclose(sorted(shapely.area(merged) * 1.3), sorted(areas))


def components(mask, gap, pixel, corners):
    """The component of each run, found by comparing every run with every other."""
    runs = runs_of(mask)
    rows = abs(runs.row[:, None] - runs.row)
    columns = np.maximum(runs.start[:, None] - runs.end, (runs.start[:, None] - runs.end).T)
    reach = np.maximum(0.0, gap**2 - (pixel[1] * np.maximum(rows - 1, 0)) ** 2) ** 0.5
    between = np.floor(reach / pixel[0] + 1e-9) + (1 if corners else 0)
    near = (rows <= gap // pixel[1] + 1) & (columns < between)
    return connected_components(coo_array(near), directed=False)[1]


@pytest.mark.parametrize("density", [0.01, 0.05, 0.3, 0.7])
@pytest.mark.parametrize("corners", [True, False])
def test_labels_are_those_of_all_pairs_of_runs(density, corners):
    rng = np.random.default_rng(5)
    for _ in range(60):
        mask = rng.random(rng.integers(1, 40, 2)) < density
        gap = float(rng.choice([0.0, 1.0, 2.0, 3.7, 6.1, 25.0, 60.0]))
        pixel = tuple(rng.choice([0.4, 1.0, 1.3, 3.0], 2).tolist())
        found = label(runs_of(mask), gap, pixel, corners=corners)
        np.testing.assert_array_equal(found, components(mask, gap, pixel, corners))


@pytest.mark.parametrize("gap", [40.0, 400.0, 1e9, 1e200, float("inf")])
def test_a_large_gap_needs_no_more_memory_than_a_small_one(gap):
    pixels = np.sort(np.random.default_rng(0).choice(1000 * 1000, 5000, replace=False))
    runs = Runs.of(pixels, 1000)
    tracemalloc.start()
    assert label(runs, gap).max() == 0
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 400 * len(runs)


@pytest.mark.parametrize("rounds", [1, 3, 20])
def test_smoothing_keeps_the_area_and_rounds_corners_off(rounds):
    mask = np.zeros((30, 30), dtype=bool)
    mask[5:25, 8:20] = True
    mask[10:15, 12:16] = False
    mask[2, 2] = True
    runs = runs_of(mask)
    rings = trace(runs, label(runs))
    smooth = smoothed(rings, rounds)
    np.testing.assert_allclose(smooth.areas(), rings.areas())
    before, after = rings.polygons(), smooth.polygons()
    assert shapely.is_valid(after).all()
    np.testing.assert_allclose(shapely.area(after), shapely.area(before))
    assert shapely.length(after)[1] < shapely.length(before)[1]  # a single pixel stays a square


def test_smoothed_outlines_that_cross_themselves_are_mended():
    runs = runs_of(np.array([[0, 1, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]], dtype=bool))
    before, after = (rings.polygons() for rings in (trace(runs, label(runs)), smoothed(trace(runs, label(runs)), 20)))
    assert not shapely.is_valid(after).any()
    (polygon,) = mended(after, before)
    assert polygon.is_valid and polygon.geom_type == "MultiPolygon"
    assert polygon.area == pytest.approx(before[0].area, rel=0.05)
    nothing = np.array([shapely.MultiPolygon([shapely.Polygon([(0, 0), (1, 1), (2, 2)])])], dtype=object)
    assert mended(nothing, before)[0].equals(before[0])


def test_one_round_makes_a_stair_a_slope():
    mask = np.tri(20, dtype=bool)
    runs = runs_of(mask)
    (polygon,) = smoothed(trace(runs, label(runs)), 1).polygons()
    slope = shapely.LineString([(2, 1), (18, 17)])
    assert slope.hausdorff_distance(shapely.intersection(polygon.boundary, slope.buffer(1))) < 1.5
    assert polygon.length < 20 + 20 + 20 * 2**0.5 + 2


def test_no_pixels_make_no_polygons():
    assert len(polygons_of(np.zeros((5, 5), dtype=bool))) == 0
