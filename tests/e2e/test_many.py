"""A real QGIS: many scenes in a batch, the toolbox, and ground that an analyst teaches as normal."""

from __future__ import annotations

import csv

import launch
import numpy as np
import pytest
from test_tour import write_raster

SIZE = 200
PLANTED = (slice(60, 74), slice(120, 136))


def striped(seed, planted=None):
    """Noisy stripes, (3, rows, columns), with a patch that is not like them."""
    rng = np.random.default_rng(seed)
    stripes = 90 + 25 * np.sin(np.arange(SIZE) / 3)
    pixels = np.stack([stripes[None] + 6 * rng.normal(size=(SIZE, SIZE)) + 10 * band for band in range(3)])
    if planted is not None:
        shape = pixels[:, planted[0], planted[1]].shape
        pixels[:, planted[0], planted[1]] = np.array([60, 140, 40])[:, None, None] + 6 * rng.normal(size=shape)
    return pixels.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("many with späces")


@pytest.fixture(scope="module")
def played(out, plugin_zip):
    folder = out / "scenes"
    folder.mkdir()
    for number in (1, 2, 3):
        write_raster(folder / f"scene {number}.tif", striped(number, PLANTED))
    whole = (folder / "scene 3.tif").read_bytes()
    (folder / "scene 3.tif").write_bytes(whole[: len(whole) // 2])
    write_raster(out / "normal.tif", striped(11))
    write_raster(out / "second.tif", striped(12, PLANTED))
    return launch.play(
        "many",
        out / "qgis",
        plugin_zip,
        seconds=400,
        MANY_OUT=str(out),
        MANY_FOLDER=str(folder),
        MANY_FIRST=str(launch.sample_scene()),
        MANY_NORMAL=str(out / "normal.tif"),
        MANY_SECOND=str(out / "second.tif"),
        ANOMALY_LENS_HOME=str(out / "home"),
    )


def test_a_batch_goes_on_behind_a_closed_window_and_past_a_broken_scene(played, out):
    batch = played.facts["batch"]
    assert batch["hidden"]
    assert [row[0] for row in batch["rows"]] == ["scene 1", "scene 2", "scene 3"]
    assert [row[2] for row in batch["rows"]] == ["Done", "Done", "Failed"]
    assert batch["said"].startswith("2 of 3 scenes done, 1 failed")
    with (out / "batch.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert "truncated" in rows[2]["message"]
    assert sorted(batch["files"]) == sorted(
        f"scene {number}_rx_{kind}" for number in (1, 2) for kind in ("anomalies.gpkg", "heatmap.tif")
    )


def test_results_of_a_batch_come_in_one_group_when_asked_for(played):
    batch = played.facts["batch"]
    assert batch["added"] == 4
    assert [name.split(" · ")[0] for name in batch["runs"]] == ["scene 1", "scene 2"]


def test_a_run_is_repeated_with_its_settings(played):
    repeat = played.facts["repeat"]
    assert repeat["origin"].startswith("harbour · RX")
    assert repeat["description"].startswith("RX (global) · top")
    assert repeat["modality"] == "visible"


def test_the_toolbox_has_the_algorithms(played):
    assert set(played.facts["toolbox"]["algorithms"]) == {
        "Detect anomalies",
        "Evaluate against labels",
        "Heat map to polygons",
        "Teach normal (ASD)",
    }


def test_the_toolbox_opens_each_algorithm_as_a_batch(played):
    columns = played.facts["toolbox"]["batch columns"]
    assert set(columns) == {"detect", "evaluate", "heatmaptopolygons", "teachnormal"}
    assert min(columns.values()) >= 3


def test_what_was_taught_from_a_drawn_polygon_finds_the_planted_patch(played, out):
    teach = played.facts["teach"]
    assert "“Stripes” was taught" in teach["said"]
    left, bottom, right, top = teach["best"]
    rows, columns = PLANTED
    x, y = 400_000 + (columns.start + columns.stop) / 2, 5_800_000 - (rows.start + rows.stop) / 2
    assert left < x < right
    assert bottom < y < top
    assert [path.name for path in (out / "home" / "models").iterdir()] == ["Stripes"]


def test_the_window_that_teaches_fits_a_small_screen(played):
    width, height = played.facts["teach"]["size"]
    assert width <= 420
    assert height <= 720


def test_qgis_reports_no_python_error(played):
    assert "Traceback" not in played.log
