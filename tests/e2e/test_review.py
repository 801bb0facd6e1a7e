"""A review in a real QGIS: counted in clicks and keys, edited by hand, and cut short by a crash."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import launch
import pytest
from osgeo import ogr


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The folder of the results."""
    return tmp_path_factory.mktemp("review with späces")


@pytest.fixture(scope="module")
def played(out, plugin_zip):
    """The journey, played once."""
    return launch.play(
        "review",
        out / "qgis",
        plugin_zip,
        seconds=180,
        REVIEW_OUT=str(out / "results"),
        REVIEW_SCENE=str(launch.sample_scene()),
    )


@pytest.fixture
def task(played):
    """The facts of the measured task."""
    return played.facts["task"]


@pytest.fixture
def edits(played):
    """The facts of the editing."""
    return played.facts["edits"]


def test_from_a_layer_to_a_shapefile_in_five_clicks_and_a_key_a_polygon(task):
    assert task["count"] > 5
    assert task["clicks"] <= 5
    assert task["keys"] == task["count"]


def test_the_shapefile_has_the_accepted_ones(task, out):
    accepted = sum(1 for number in range(task["count"]) if number % 3 != 1)
    assert task["progress"] == f"{task['count']} of {task['count']}, {accepted} accepted"
    assert task["chosen"] == f"Accepted ({accepted})"
    (shape,) = (out / "results").glob("*.shp")
    source = ogr.Open(str(shape))
    assert {feature["status"] for feature in source.GetLayer(0)} == {"accepted"}
    assert source.GetLayer(0).GetFeatureCount() == accepted


def test_the_dock_fits_and_makes_the_window_no_larger(played, task):
    assert played.facts["size"] == [360, 700]
    assert task["window"] == [1400, 900]


def test_keys_are_in_qgiss_own_dialog_and_can_be_changed(played):
    keys = played.facts["keys"]
    assert len(keys["listed"]) == 11
    assert "(7)" in keys["told"]
    assert (keys["first"], keys["after_undo"]) == ("unsure", "accepted")


def test_a_drawn_polygon_says_so_and_has_measures(edits):
    (drawn,) = [row for row in edits["after_split"] if row["detector"] == "hand"]
    assert drawn["status"] == "accepted"
    assert drawn["id"] > max(row["id"] for row in edits["before"])
    assert drawn["run_id"] == edits["before"][0]["run_id"]
    assert drawn["modality"] == "visible"
    assert drawn["area"] == pytest.approx(edits["drawn_area"], rel=0.2), "hands are not exact"
    assert drawn["area"] == pytest.approx(drawn["plane"], rel=0.005), "on the ellipsoid"
    assert drawn["width"] == pytest.approx(20, rel=0.2)
    assert 0 < drawn["score_mean"] <= drawn["score_max"] < 1


def test_edits_are_said_while_they_last(edits):
    assert "being edited" in edits["notice"]


def test_halves_of_a_split_polygon_have_numbers_and_measures_of_their_own(edits):
    rows = edits["after_split"]
    assert len(rows) > len(edits["before"]) + 1
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(row["valid"] for row in rows)
    for row in rows:
        assert row["area"] == pytest.approx(row["plane"], rel=0.005)
    scores = [row["score_max"] for row in rows]
    assert scores == sorted(scores, reverse=True)


def test_a_merged_polygon_has_the_measures_of_both(edits):
    rows = edits["after_merge"]
    assert len(rows) == len(edits["after_split"]) - 1
    assert any(row["area"] == pytest.approx(edits["merged_area"], rel=1e-6) for row in rows)


def test_a_deleted_polygon_is_gone_and_the_others_stay(edits):
    before, after = edits["after_merge"], edits["after_delete"]
    assert after == before[:-1]


def test_a_second_look_begins_blind_and_is_compared(played):
    looks = played.facts["looks"]
    assert looks["blind"].startswith("0 of")
    assert "decided alike" in looks["agreement"]
    assert {"status_2", "reviewer_2", "time_2"} <= set(looks["fields"])


def test_decisions_survive_a_crash(played):
    crash = played.facts["crash"]
    assert played.exit_code != 0
    with sqlite3.connect(Path(crash["path"])) as file:
        (row,) = file.execute("SELECT status, label FROM anomalies WHERE rank = ?", [crash["rank"]])
    assert row == ("unsure", "the last one")
