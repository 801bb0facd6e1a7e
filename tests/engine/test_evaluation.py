"""Scores against labels: polygons and rasters, on the same grid and on others."""

from __future__ import annotations

import math

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from affine import Affine
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.evaluation import evaluate
from anomaly_lens.engine.metrics import auc, mean_iou
from rasterio.warp import Resampling, reproject

OBJECTS = np.zeros((60, 80), dtype=np.uint8)
OBJECTS[10:14, 20:26] = 7
OBJECTS[40:45, 60:63] = 7
LEFT, TOP, PIXEL = 500_000, 5_600_000, 10


@pytest.fixture
def scores():
    """Noise that is higher on the objects."""
    noise = np.random.default_rng(3).random(OBJECTS.shape)
    return (0.5 * noise + 0.3 * (OBJECTS > 0)).astype(np.float32)


@pytest.fixture
def scene(make_raster, scores):
    return make_raster(scores, "scores.tif")


def box(rows, columns):
    return shapely.box(
        LEFT + columns[0] * PIXEL, TOP - rows[1] * PIXEL, LEFT + columns[1] * PIXEL, TOP - rows[0] * PIXEL
    )


def test_a_label_raster_on_the_same_grid(scene, scores, make_raster):
    found = evaluate(scene, {"raster": make_raster(OBJECTS, "labels.tif")})
    positives, negatives = scores[OBJECTS > 0], scores[OBJECTS == 0]
    assert found.measures["auc_df"] == auc(positives, negatives)
    assert found.measures["miou"] == mean_iou(positives, negatives)
    assert (found.objects, found.anomaly_pixels, found.background_pixels) == (2, 39, 60 * 80 - 39)
    assert found.threshold in positives
    # Noise alone reaches 0.5, so that whole objects stand out from windows of their size.
    assert found.measures["object_auc"] > found.measures["auc_df"]


def test_labels_whose_crs_has_no_relation_to_that_of_the_scores_are_told(scene, make_raster):
    labels = make_raster(OBJECTS, "labels.tif", crs='LOCAL_CS["site grid",UNIT["metre",1]]')
    with pytest.raises(EngineError, match=r"how the CRSs of .*labels.tif and .*scores.tif lie") as caught:
        evaluate(scene, {"raster": labels})
    assert caught.value.code == "bad_labels"
    assert caught.value.hint


def test_polygons_in_another_crs_measure_the_same(scene, make_raster, tmp_path):
    polygons = [box((10, 14), (20, 26)), box((40, 45), (60, 63))]
    path = tmp_path / "labels.gpkg"
    pyogrio.raw.write(
        path, np.array([g.wkb for g in polygons]), field_data=[], fields=[], geometry_type="Polygon", crs="EPSG:32633"
    )
    expected = evaluate(scene, {"raster": make_raster(OBJECTS, "labels.tif")})
    assert evaluate(scene, {"path": str(path)}) == expected


def test_labels_on_a_finer_grid_of_another_crs_find_their_pixels(scene, make_raster):
    transform, crs = Affine(0.00002, 0, 15 - 0.0005, 0, -0.00001, 50.554), "EPSG:4326"
    fine = np.full((1200, 800), 255, dtype=np.uint8)
    reproject(
        OBJECTS,
        fine,
        src_transform=Affine(PIXEL, 0, LEFT, 0, -PIXEL, TOP),
        src_crs="EPSG:32633",
        dst_transform=transform,
        dst_crs=crs,
        dst_nodata=255,
        resampling=Resampling.nearest,
    )
    found = evaluate(scene, {"raster": make_raster(fine, "fine.tif", transform=transform, crs=crs, nodata=255)})
    assert (found.objects, found.anomaly_pixels) == (2, 39)


def test_scores_and_labels_lie_where_somebody_knows_that_they_do(scene, make_raster):
    polygon = {"geojson": box((10, 14), (20, 26)).__geo_interface__, "crs": "EPSG:32633"}
    expected = evaluate(scene, polygon)
    with rasterio.open(scene) as dataset:
        other = make_raster(dataset.read(), "other.tif", crs="EPSG:32632")
    labels = make_raster(OBJECTS, "labels.tif", crs="EPSG:32632")
    with pytest.raises(EngineError):
        evaluate(other, polygon)
    assert evaluate(other, polygon, "EPSG:32633") == expected
    assert evaluate(scene, {"raster": labels, "crs": "EPSG:32633"}).anomaly_pixels == 39


@pytest.mark.parametrize(("nodata", "background"), [(0, 60 * 80 - 39), (255, 60 * 80 - 39 - 100)])
def test_nodata_of_a_mask_is_background_only_where_it_is_zero(scene, make_raster, nodata, background):
    labels = OBJECTS.copy()
    labels[:10, :10] = nodata
    found = evaluate(scene, {"raster": make_raster(labels, "labels.tif", nodata=nodata)})
    assert (found.anomaly_pixels, found.background_pixels) == (39, background)


def test_pixels_without_a_score_do_not_count(make_raster, scores):
    scores[:20] = np.nan
    found = evaluate(make_raster(scores, "holes.tif"), {"raster": make_raster(OBJECTS, "labels.tif")})
    assert (found.objects, found.anomaly_pixels, found.background_pixels) == (1, 15, 40 * 80 - 15)


def test_one_value_of_several_can_be_the_anomalies(scene, make_raster):
    labels = OBJECTS.copy()
    labels[40:45, 60:63] = 3
    path = make_raster(labels, "labels.tif")
    assert evaluate(scene, {"raster": path, "value": 3}).anomaly_pixels == 15
    assert evaluate(scene, {"raster": path}).anomaly_pixels == 39


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 200, 0), (0, 90, 200)])
def test_labels_of_one_colour_are_read_in_whatever_bands_it_shows(scene, make_raster, colour):
    """The first band alone had counted: there was no green anomaly."""
    painted = (OBJECTS > 0) * np.array(colour, np.uint8)[:, None, None]
    path = make_raster(painted.astype(np.uint8), "labels.tif")
    assert evaluate(scene, {"raster": path}).anomaly_pixels == 39
    assert evaluate(scene, {"raster": path, "value": colour[2] or 200}).anomaly_pixels == 39


def test_labels_of_several_colours_are_refused(scene, make_raster):
    painted = np.stack([OBJECTS] * 3)
    painted[0, :40] = 0
    with pytest.raises(EngineError, match=r"3 bands of .*labels.tif say different things"):
        evaluate(scene, {"raster": make_raster(painted, "labels.tif")})


def test_pictures_without_georeference_fit_by_their_size(make_raster, scores):
    plain = make_raster(scores, "plain.tif", georeference=False)
    found = evaluate(plain, {"raster": make_raster(OBJECTS, "mask.png", driver="PNG")})
    assert found.anomaly_pixels == 39
    with pytest.raises(EngineError) as caught:
        evaluate(plain, {"raster": make_raster(OBJECTS[:, 1:], "small.png", driver="PNG")})
    assert caught.value.code == "bad_labels"


def test_scores_that_are_all_the_same_have_no_measure_that_json_cannot_hold(make_raster):
    same = make_raster(np.full(OBJECTS.shape, 0.5, np.float32), "same.tif")
    found = evaluate(same, {"raster": make_raster(OBJECTS, "labels.tif")})
    assert found.measures["auc_df"] == 0.5
    assert all(value is None or math.isfinite(value) for value in found.measures.values())


@pytest.mark.parametrize("value", [None, 9])
def test_labels_without_an_anomaly_are_refused(scene, make_raster, value):
    labels = make_raster(np.zeros_like(OBJECTS) if value is None else OBJECTS, "labels.tif")
    with pytest.raises(EngineError) as caught:
        evaluate(scene, {"raster": labels, "value": value})
    assert caught.value.code == "bad_labels"


def test_labels_that_lie_elsewhere_are_refused(scene, make_raster):
    far = make_raster(OBJECTS, "far.tif", transform=Affine(10, 0, 700_000, 0, -10, 5_600_000))
    with pytest.raises(EngineError) as caught:
        evaluate(scene, {"raster": far})
    assert caught.value.code == "bad_labels"
