"""Growing instances strip by strip."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from anomaly_lens.engine.components import Components
from anomaly_lens.engine.instances import InstanceGrower
from anomaly_lens.engine.outlines import Runs, label
from rasterio.features import rasterize
from scipy import ndimage


def grow(scores, rows=1000, **options):
    grower = InstanceGrower(0.5, **options)
    for row in range(0, len(scores), rows):
        grower.add_strip(row, scores[row : row + rows])
    return grower, grower.finish()


@pytest.mark.parametrize("rows", [1, 2, 7, 1000])
@pytest.mark.parametrize("density", [0.1, 0.4, 0.6])
def test_strips_give_the_components_of_the_whole_map(rows, density):
    rng = np.random.default_rng(5)
    scores = np.where(rng.random((45, 60)) < density, rng.uniform(0.5, 1, (45, 60)), 0).astype(np.float32)
    scores[10:12, 20:30] = np.nan
    labels, count = ndimage.label(scores >= 0.5, structure=np.ones((3, 3)))
    _, instances = grow(scores, rows)
    assert len(instances) == count
    drawn = rasterize([(i.polygon, n) for n, i in enumerate(instances, 1)], out_shape=scores.shape, dtype="int32")
    np.testing.assert_array_equal(drawn > 0, labels > 0)
    for number, instance in enumerate(instances, 1):
        label = np.unique(labels[drawn == number])
        assert len(label) == 1
        values = scores[labels == label[0]].astype(float)
        assert instance.pixels == len(values)
        assert instance.score_max == pytest.approx(values.max())
        assert instance.score_mean == pytest.approx(values.mean())
        assert instance.polygon.area == len(values)
        assert instance.polygon.is_valid
    peaks = [i.score_max for i in instances]
    assert peaks == sorted(peaks, reverse=True)


@pytest.mark.parametrize("rows", [3, 1000])
def test_holes_are_kept_and_edges_lie_on_pixel_edges(rows):
    scores = np.zeros((12, 12), dtype=np.float32)
    scores[2:10, 3:9] = 0.8
    scores[4:6, 5:7] = 0
    _, (instance,) = grow(scores, rows)
    (part,) = instance.polygon.geoms
    assert part.equals(shapely.box(3, 2, 9, 10) - shapely.box(5, 4, 7, 6))
    coordinates = shapely.get_coordinates(part)
    np.testing.assert_array_equal(coordinates, coordinates.round())
    assert len(coordinates) == 10  # no vertex is left where strips met


def test_holes_that_touch_at_a_corner_make_a_valid_polygon():
    scores = np.full((6, 6), 0.9, dtype=np.float32)
    scores[2, 2] = scores[3, 3] = 0
    _, (instance,) = grow(scores)
    assert instance.polygon.is_valid
    assert instance.polygon.area == 34


def test_small_components_are_dropped_also_across_strips():
    scores = np.zeros((10, 20), dtype=np.float32)
    scores[1, 1] = 0.9
    scores[4:6, 4:6] = 0.9  # four pixels, two in each strip
    scores[4:6, 10] = 0.9
    _, instances = grow(scores, rows=5, min_pixels=4)
    assert [i.pixels for i in instances] == [4]


def test_only_the_highest_are_kept_and_the_rest_counted():
    scores = np.zeros((40, 40), dtype=np.float32)
    scores[::4, ::4] = np.linspace(0.5, 0.99, 100).reshape(10, 10)
    grower, instances = grow(scores, rows=4, max_instances=7)
    assert len(instances) == 7
    assert grower.omitted == 93
    assert instances[-1].score_max == pytest.approx(scores[scores > 0][-7])


@pytest.mark.parametrize("rows", [1000, 64, 7])
def test_what_ties_in_all_else_is_ranked_from_top_to_bottom(rows):
    scores = np.zeros((128, 40), dtype=np.float32)
    scores[60:68, 5] = scores[62, 20:28] = scores[61:65, 10:12] = scores[63, 30:38] = (
        1  # the first to end is not the first
    )
    assert [i.polygon.bounds[1] for i in grow(scores, rows=rows)[1]] == [60, 61, 62, 63]
    assert [i.polygon.bounds[1] for i in grow(scores, rows=rows, max_instances=2)[1]] == [60, 61]
    pixels = np.flatnonzero(scores)
    runs = Runs.of(pixels, 40)
    _, ranked = Components.ranked(runs, label(runs), scores.ravel()[pixels], 1, 10)
    assert [runs.row[ranked == rank].min() for rank in range(4)] == [60, 61, 62, 63]


def test_nothing_above_the_threshold_gives_nothing():
    assert grow(np.full((9, 9), np.nan, dtype=np.float32))[1] == []
