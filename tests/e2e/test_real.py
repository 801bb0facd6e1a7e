"""Real scenes in a real QGIS: rotated, geographic, on ground control points, complex, and without any georeference."""

from __future__ import annotations

import json
import os
from pathlib import Path

import launch
import pytest
from osgeo import gdal

SCENES = {
    "m_4709963_se_14_1_20200831.tif": "naip",
    "umbra_mount_yasur.tif": "umbra_sar",
    "landsat_peru_2020.tif": "landsat",
    "S1A_IW_GRDH_20180716_vv_overview.tif": "sentinel1",
    "spacenet6_sar_hh.tif": "spacenet",
}
PICTURE = "picture.png"
# QGIS shows these resampled to a north-up grid: at the edge of a polygon its neighbour's score may be met.
RESAMPLED = {"umbra_mount_yasur", "S1A_IW_GRDH_20180716_vv_overview"}


@pytest.fixture(scope="module")
def facts(tmp_path_factory, plugin_zip):
    """The facts of each scene, by its file's name."""
    data = os.environ.get("ANOMALY_LENS_DATA")
    if not data:
        pytest.skip("ANOMALY_LENS_DATA does not say where real imagery lies")
    out = tmp_path_factory.mktemp("real")
    paths = [Path(data) / "scenes" / folder / name for name, folder in SCENES.items()]
    # Colours only, and nothing beside them that says where they are.
    gdal.SetConfigOption("GDAL_PAM_ENABLED", "NO")
    gdal.Translate(str(out / PICTURE), str(paths[0]), format="PNG", bandList=[1, 2, 3])
    gdal.SetConfigOption("GDAL_PAM_ENABLED", None)
    return launch.play(
        "real",
        out / "qgis",
        plugin_zip,
        seconds=90,
        REAL_OUT=str(out),
        REAL_SCENES=os.pathsep.join(map(str, [*paths, out / PICTURE])),
    ).facts


@pytest.fixture(params=[*SCENES, PICTURE])
def fact(request, facts):
    """The facts of one scene."""
    return facts[request.param]


def test_the_heat_map_lies_on_the_scene(fact):
    assert fact["heatmap"]["size"] == fact["scene"]["size"]
    assert fact["heatmap"]["crs"] == fact["scene"]["crs"]
    xmin, ymin, xmax, ymax = fact["scene"]["extent"]
    hair = 1e-6 * max(xmax - xmin, ymax - ymin)
    assert fact["heatmap"]["extent"] == pytest.approx(fact["scene"]["extent"], abs=hair)


def test_polygons_lie_where_the_heat_map_is_high(fact):
    polygons = fact["anomalies"]
    assert polygons["rows"]
    assert polygons["valid"]
    assert not polygons["outside"]
    provenance = json.loads(gdal.Open(fact["heatmap"]["path"]).GetMetadataItem("ANOMALY_LENS_PROVENANCE"))
    threshold = provenance["parameters"]["score_threshold"]
    hits = [score >= threshold - 1e-6 for score in polygons["inner_scores"]]
    resampled = Path(fact["scene"]["path"]).stem in RESAMPLED
    assert sum(hits) >= (0.9 if resampled else 1) * len(hits)


def test_the_first_anomaly_is_on_the_screen(fact):
    assert fact["anomalies"]["first_is_shown"]


def test_scenes_without_a_crs_are_measured_in_pixels(facts):
    rows = facts[PICTURE]["anomalies"]["rows"]
    assert facts[PICTURE]["anomalies"]["crs"] == ""
    assert all(row["area"] == int(row["area"]) >= 1 for row in rows)
