"""The command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import rasterio
from anomaly_lens.engine import cli
from anomaly_lens.engine.detectors import catalog, create_detector
from anomaly_lens.engine.profiles import get_profile

ENGINE = [sys.executable, "-m", "anomaly_lens.engine"]


def run(*arguments, **options):
    return subprocess.run([*ENGINE, *map(str, arguments)], capture_output=True, text=True, check=False, **options)


def test_detect_writes_what_it_says(make_raster, noise, tmp_path):
    values = noise()
    values[:, 5:8, 5:8] += 90
    done = run(
        "detect", make_raster(values), "--detector", "rx", "--modality", "hyperspectral", "--out", tmp_path / "out"
    )
    assert done.returncode == 0, done.stderr
    summary, heatmap, polygons = done.stdout.splitlines()
    assert "rx, hyperspectral" in summary
    assert done.stderr == ""  # no bar where nobody looks
    with rasterio.open(heatmap) as dataset:
        assert np.nanmax(dataset.read(1)[5:8, 5:8]) > 0.8
    assert polygons.endswith("_anomalies.gpkg")


def test_output_that_lacks_a_letter_of_a_scene(make_raster, noise, tmp_path):
    scene = make_raster(noise(), "Łódź.tif")
    western = {"encoding": "cp1252", "env": {**os.environ, "PYTHONIOENCODING": "cp1252"}}
    done = run("detect", scene, "--out", tmp_path / "out", **western)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].endswith("\\u0141ód\\u017a_rx_heatmap.tif")
    done = run("detect", scene, "--out", tmp_path / "out", "--json", **western)
    assert json.loads(done.stdout)["heatmap"] == str(tmp_path / "out" / "Łódź_rx_heatmap_2.tif")
    assert json.loads(run("info", scene, **western).stdout)["path"] == scene


def _read(master):
    try:
        return os.read(master, 4096)
    except BlockingIOError:
        return b""


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are a thing of Unix")
def test_a_terminal_gets_a_progress_bar(make_raster, noise, tmp_path):
    master, slave = os.openpty()
    subprocess.run([*ENGINE, "detect", make_raster(noise()), "--out", str(tmp_path / "out")], stderr=slave, check=True)
    os.set_blocking(master, False)
    shown = b"".join(iter(lambda: _read(master), b"")).decode()
    os.close(slave)
    os.close(master)
    assert "Writing heat map and polygons" in shown
    assert "100%" in shown


def test_detect_with_every_option(make_raster, noise, tmp_path):
    done = run(
        *("detect", make_raster(noise(4)), "--out", tmp_path / "out", "--json", "--device", "cpu", "--name", "mine"),
        *("--bbox", 500_000, 5_599_500, 500_300, 5_600_000, "--bbox-crs", "EPSG:32633", "--bands", 1, 3),
        *("--threshold-score", 0.4, "--min-area", 150, "--detector", "local_rx", "--modality", "infrared"),
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["megapixels"] == pytest.approx(0.0015)
    assert result["score_threshold"] == 0.4
    assert result["heatmap"].endswith("mine_heatmap.tif")


def test_negative_numbers_are_numbers_with_an_exponent_too(make_raster, noise, tmp_path):
    values = noise(1)
    values[:, :5] = -1e30
    path = make_raster(values)
    extent = ("--bbox", "-1e6", "-1.5e+2", "1e6", "1e7")
    done = run("detect", path, "--out", tmp_path / "out", "--json", "--nodata", "-1E30", *extent)
    assert done.returncode == 0, done.stderr
    with rasterio.open(json.loads(done.stdout)["heatmap"]) as written, rasterio.open(path) as raster:
        assert written.shape == raster.shape
        assert np.isnan(written.read(1)).sum() == 5 * raster.width
    done = run("detect", path, "--out", tmp_path / "out", "--bbox", "-5.", "0", "-.4e1", "1")
    assert "covers no pixel" in done.stderr


def test_heat_maps_beside_the_scenes_of_an_archive_are_no_scenes(make_raster, noise, tmp_path, capsys):
    scenes = [make_raster(noise(3, 30, 40), f"{name}.tif") for name in ("a", "b_heatmap")]
    folder = str(Path(scenes[0]).parent)
    assert cli.main(["detect", *scenes, "--out", folder]) == 0
    capsys.readouterr()
    everything = sorted(map(str, Path(folder).glob("*.tif")))
    assert len(everything) == 4
    assert cli.main(["detect", *everything, "--out", folder]) == 0
    told = capsys.readouterr()
    assert told.err.startswith("note: 2 heat maps of earlier runs were left out")
    assert "2 were done before" in told.out
    assert sorted(map(str, Path(folder).glob("*.tif"))) == everything


def test_an_area_file_is_understood(make_raster, noise, tmp_path):
    area = tmp_path / "area.csv"
    area.write_text(
        'WKT\n"POLYGON ((500000 5600000, 500300 5600000, 500300 5599700, 500000 5599700, 500000 5600000))"\n'
    )
    done = run("detect", make_raster(noise()), "--out", tmp_path / "out", "--aoi", area, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["megapixels"] == pytest.approx(0.0009)


def test_a_crs_without_its_extent_is_refused(tmp_path, capsys):
    words = ["detect", "a.tif", "--aoi", "fields.shp", "--bbox-crs", "EPSG:4326", "--out", str(tmp_path)]
    assert cli.main(words) == 2
    assert "--bbox-crs" in capsys.readouterr().err


def test_errors_are_one_line_and_a_hint(tmp_path):
    done = run("detect", tmp_path / "absent.tif", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "absent.tif does not exist." in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_package_that_cannot_be_loaded_is_told(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "anomaly_lens.engine.scene", None)
    assert cli.main(["info", "scene.tif"]) == 2
    said = capsys.readouterr().err
    assert "cannot load a package" in said
    assert "Traceback" not in said


def test_polygonize_with_every_option(make_raster, noise, tmp_path):
    values = noise()
    values[:, 5:8, 5:8] += 90
    found = json.loads(run("detect", make_raster(values), "--out", tmp_path / "out", "--json").stdout)
    done = run("polygonize", found["heatmap"], "--out", tmp_path / "a.gpkg")
    assert done.returncode == 0, done.stderr
    summary, path = done.stdout.splitlines()
    assert summary.startswith(f"{found['count']} anomal")
    assert path == str(tmp_path / "a.gpkg")
    done = run(
        *("polygonize", found["heatmap"], "--out", tmp_path / "b.gpkg", "--percent", 0.5, "--min-area", 200),
        *("--merge", 30, "--fill-holes", 500, "--smooth", 2, "--json"),
    )
    assert json.loads(done.stdout)["score_threshold"] > found["score_threshold"]
    done = run("polygonize", found["heatmap"], "--out", tmp_path / "a.gpkg", "--threshold", 0.4)
    assert done.returncode == 2
    assert "exists already" in done.stderr


def test_info_devices_and_detectors(make_raster, noise):
    info = json.loads(run("info", make_raster(noise())).stdout)
    assert info["crs"] == "EPSG:32633"
    assert info["pixel_area_m2"] == pytest.approx(100, rel=0.01)
    assert run("devices").stdout.startswith(("cpu", "cuda"))
    assert "local_rx" in run("detectors").stdout


def test_the_help_tells_where_outlines_end_if_nobody_says(capsys):
    with pytest.raises(SystemExit):
        cli.main(["detect", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "default: 0.5 for uniadrs, but 0 in hyperspectral scenes and for all other detectors" in text
    for detector in catalog():
        for modality in detector["modalities"]:
            share = create_detector(detector["name"], get_profile(modality), "cpu").usual_peak_share()
            assert share == (0.5 if detector["name"] == "uniadrs" and modality != "hyperspectral" else 0)


@pytest.mark.skipif(sys.platform == "win32", reason="there, a pipe ends otherwise")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [["engine", "detectors"], ["engine", "--help"], ["training", "--help"]])
def test_a_reader_who_has_gone_ends_a_command_without_a_word(words, unbuffered):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", f"anomaly_lens.{words[0]}", words[1]],
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            check=False,
        )
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, "")


@pytest.mark.skipif(sys.platform != "linux", reason="a disk that is always full")
def test_output_that_finds_no_room_is_told_in_a_sentence():
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        ended = subprocess.run(
            [sys.executable, "-m", "anomaly_lens.engine", "devices"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (ended.returncode, ended.stderr) == (
        2,
        b"error: A disk has no room left, most likely the one for what is printed.\n",
    )


def test_an_interrupt_that_nobody_listens_to_has_no_traceback(monkeypatch, capsys):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_devices", interrupted)
    assert cli.main(["devices"]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="a console interrupt cannot be sent to a single process on Windows")
def test_an_interrupt_cleans_up(make_raster, tmp_path):
    scene = make_raster(np.random.default_rng(0).normal(size=(12, 900, 900)).astype(np.float32))
    out = tmp_path / "out"
    process = subprocess.Popen(
        [*ENGINE, "detect", scene, "--out", str(out), "--detector", "local_rx"], stderr=subprocess.PIPE, text=True
    )
    while not out.exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Cancelled" in errors
    assert not out.exists()
