"""A real QGIS: the threshold moved with the mouse, the swipe, and what is handed on in the end."""

from __future__ import annotations

import launch
import pytest
from osgeo import ogr


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The folder of the journey."""
    return tmp_path_factory.mktemp("adjusting")


@pytest.fixture(scope="module")
def played(out, plugin_zip):
    """The journey, played once."""
    return launch.play(
        "adjusting",
        out / "qgis",
        plugin_zip,
        seconds=300,
        ADJUST_OUT=str(out),
        ADJUST_SCENE=str(launch.sample_scene()),
    )


def test_the_threshold_changes_the_polygons_both_ways(played):
    facts = played.facts
    assert facts["higher"] < facts["detected"] < facts["lower"]
    assert "Let go to change them" in facts["while drawn"]


def test_the_accepted_polygon_stays(played):
    assert played.facts["decided stays"]
    assert played.facts["decided stays at the top"]
    assert played.facts["higher"] >= 1


def test_the_dock_is_as_narrow_and_low_as_promised(played):
    assert played.facts["width"] == 360
    assert played.facts["page height"] <= 640


def test_accepted_polygons_are_exported_in_every_format(played, out):
    for name in ("found.kml", "found.gpkg", "found.csv"):
        dataset = ogr.Open(str(out / name))
        assert dataset.GetLayer(0).GetFeatureCount() == 1, name
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF-")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("<img") == 2, "the map and the accepted anomaly"


def test_qgis_reports_no_python_error(played):
    assert played.exit_code == 0
    assert "Traceback" not in played.log
