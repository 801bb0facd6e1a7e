"""The bench's parts: its scenes, its arithmetic, its table. Nothing here depends on how fast the machine is."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
import rasterio
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.metrics import auc
from anomaly_lens.training import bench, bench_classical, bench_runs, bench_tools
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.bench_data import make_cube, write_cube, write_raster

TINY = bench_tools.Sizes(
    cube=64,
    bands=20,
    small=((40, 50, 3),),
    block=10,
    rasters=(512, 1024),
    deep=(512, 512),
    wide=((300, 320), (600, 160)),
    strip=None,
    repeats=1,
    aims=False,
)


@pytest.fixture
def rows(tmp_path):
    """All rows of a bench by its name, of tiny scenes, with the larger figures by what they measure."""
    return lambda name: list(bench.BENCHES[name](TINY, tmp_path))


def test_cubes_come_back_as_written_and_hold_their_anomalies(tmp_path):
    cube, foreign = make_cube(60, 50, 12)
    write_cube(tmp_path / "cube.img", cube)
    with rasterio.open(tmp_path / "cube.img") as dataset:
        np.testing.assert_array_equal(dataset.read(), np.moveaxis(cube, 2, 0))
    assert 0.001 < foreign.mean() < 0.01
    assert (make_cube(60, 50, 12)[0] == cube).all()


def test_rasters_have_texture_everywhere_and_are_written_in_pieces(tmp_path):
    write_raster(tmp_path / "rgb.tif", 1024)
    with rasterio.open(tmp_path / "rgb.tif") as dataset:
        assert (dataset.width, dataset.height, dataset.count) == (1024, 1024, 3)
        assert dataset.block_shapes[0] == (256, 256)
        pixels = dataset.read()
    for row in range(0, 1024, 128):
        assert pixels[:, row : row + 128].std(axis=(1, 2)).min() > 5
    assert abs(np.diff(pixels.astype(int), axis=1)[:, 511].mean()) < 5  # no seam where two pieces meet


def test_a_raster_may_be_wider_than_high(tmp_path):
    write_raster(tmp_path / "rgb.tif", 700, height=600)
    with rasterio.open(tmp_path / "rgb.tif") as dataset:
        assert (dataset.width, dataset.height) == (700, 600)
        assert dataset.read()[:, 590:].std(axis=(1, 2)).min() > 5


def test_global_rows_agree_with_spectral_python(rows):
    found = rows("global")
    assert len(found) == 4
    for row in found:
        assert row.figures["largest_relative_difference"] < 1e-5
        areas = row.figures["auc"]
        assert areas["ours_file"] == areas["ours_memory"] == pytest.approx(areas["theirs_file"], abs=1e-6)
        assert row.ratio > 0


def test_local_rows_agree_with_others_where_the_definition_is_the_same(rows, monkeypatch):
    projected, exact, orfeo = rows("local")
    assert exact.figures["largest_relative_difference"] < 1e-5
    assert projected.figures["pixels"] == 100
    if orfeo.ratio is not None:
        assert orfeo.figures["largest_relative_difference"] < 1e-5
    monkeypatch.setattr(bench_classical.shutil, "which", lambda _: None)
    assert "not installed" in rows("local")[2].remark


def test_crd_rows_agree_with_a_loop_over_pixels(rows):
    (row,) = rows("crd")
    assert row.figures["largest_relative_difference"] < 1e-2  # the loop's own digits: what remains is a millionth


def test_raster_rows_hold_time_and_memory(rows):
    *single, growth, slopes = rows("rasters")
    assert [row.figures["megapixels"] for row in single] == [0.262144, 1.048576]
    # More than an empty Python, less than the machine: the peak is the child's own and in bytes.
    assert all(1e8 < row.figures["peak_bytes"] < 4e9 for row in single)
    assert len(growth.figures["peak_bytes"]) == 2
    assert len(slopes.figures["slopes"]) == 1


def test_wide_rows_hold_the_memory_of_each_width(rows):
    (row,) = rows("wide")
    assert "300x320 / 600x160" in row.what
    assert all(1e8 < peak < 4e9 for peak in row.figures["peak_bytes"])
    assert all(0.1 < seconds < 1e3 for seconds in row.figures["cpu_seconds"])


def test_a_strip_is_laid_beside_the_largest_square(tmp_path, monkeypatch):
    runs = iter([{"seconds": 8.0, "cpu_seconds": 7.0}, {"seconds": 9.0, "cpu_seconds": 7.5}])
    asked = []
    monkeypatch.setattr(bench_runs, "_growing", lambda *_, **__: iter([]))
    monkeypatch.setattr(bench_runs, "_detect", lambda *shape: asked.append(shape[1:3]) or [next(runs)])
    (row,) = bench_runs.bench_deep(replace(TINY, deep=(512, 1024), strip=(4096, 256), aims=True), tmp_path)
    assert asked == [(1024, 1024), (4096, 256)]
    assert row.ratio == pytest.approx(8 / 9)
    assert not row.met
    assert not list(bench_runs.bench_deep(TINY, tmp_path))


def test_worker_rows_answer(rows):
    found = rows("worker")
    assert len(found) == 7
    assert all(row.ours for row in found)


def test_network_rows_compare_the_same_scores(rows):
    busy, precision, *others = rows("network")
    assert 0 < busy.figures["network"] + busy.figures["maps"] <= busy.figures["seconds"]
    assert len(precision.figures["auc"]) == 2
    assert len(others) == 4
    # Ours has the smallest seams of all; others show the same scores but for theirs.
    for row in others:
        ours, theirs = map(float, row.remark.split(" logits")[0].split("image ")[1].split(" in")[0].split(" / "))
        assert ours < theirs < 1


def test_the_block_is_where_the_anomalies_are():
    foreign = np.zeros((40, 40), dtype=bool)
    foreign[0:9, 0:9] = True  # too near to the border
    foreign[20:23, 25:27] = True
    row, column = bench_classical._busiest(foreign, 4, 10)
    assert foreign[row : row + 4, column : column + 4].sum() == 6


def test_a_race_runs_in_turns_and_keeps_the_last_results():
    calls = []
    seconds, results = bench_tools.race(
        {"a": lambda: calls.append("a") or len(calls), "b": lambda: calls.append("b")}, 2
    )
    assert calls == ["a", "b"] * 3
    assert [len(seconds[name]) for name in "ab"] == [2, 2]
    assert results == {"a": 5, "b": None}


def test_figures_in_words():
    assert bench_tools.spread([2.0, 1.0, 4.0]) == "2.00 s [1.00–4.00]"
    assert bench_tools.spread([0.5]) == "0.500 s"
    assert bench_tools.duration(7200) == "2.0 h"
    assert bench_tools.agreement(0.0) == "are the same in float32"
    assert bench_tools.difference(np.array([1.0, 2.2]), np.array([1.0, 2.0])) == pytest.approx(0.1)


def test_a_command_that_fails_is_named():
    with pytest.raises(EngineError, match="boom"):
        bench_tools.child([sys.executable, "-c", "raise SystemExit('boom')"])


def test_the_command_prints_and_saves(tmp_path, capsys, monkeypatch):
    row = bench_tools.Row("a thing", "1 s", "0.5 s", 0.5, "the same", aim="3x", met=False)
    monkeypatch.setattr(bench, "BENCHES", {"thing": lambda *_: iter([row])})
    assert main(["bench", "--quick", "--only", "thing", "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "0.50x" in printed
    assert "aims missed: a thing" in printed
    saved = json.loads((tmp_path / "out" / "bench.json").read_text())
    assert saved["rows"][0]["ratio"] == 0.5
    assert "| a thing | 1 s | 0.5 s | 0.50x | 3x MISSED |" in (tmp_path / "out" / "bench.md").read_text()
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_dir()] == []


def test_implanted_anomalies_can_be_found():
    from spectral import rx

    cube, foreign = make_cube(80, 80, 30)
    scores = rx(cube.astype(float))
    assert auc(scores[foreign], scores[~foreign]) > 0.9


def test_instance_networks_are_timed_beside_uniadrs_on_scenes_of_both_resolutions(rows):
    *scenes, attention = rows("instances")
    assert len(scenes) == 4
    for row in scenes:
        assert row.figures["megapixels"] == 512**2 / 1e6
        assert row.ratio == pytest.approx(row.figures["uniadrs_seconds"] / min(row.figures["seconds"]))
    assert 0 < attention.figures["share"] < 1
