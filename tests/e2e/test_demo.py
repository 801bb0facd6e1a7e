"""``make demo`` as a visitor calls it, but into a folder of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import launch
import pytest


def run_demo(out, **words):
    """Run the demo on a virtual display, as ``make demo`` does once everything is installed."""
    env = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    env.update(OUT=str(out), DETECTOR="rx", MODALITY="", **words)
    command = [sys.executable, launch.HERE / "launch.py", "demo"]
    return subprocess.run(command, env=env, cwd=out, stdin=subprocess.DEVNULL, capture_output=True, text=True)


@pytest.fixture(scope="module")
def demo(tmp_path_factory, plugin_zip):
    """The finished process, and the folder."""
    out = tmp_path_factory.mktemp("demo")
    return run_demo(out, SCENE=""), out


def test_it_prints_what_it_found_and_where_it_lies(demo):
    done, out = demo
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "anomalies found in “harbour”" in done.stdout
    assert "(EPSG:32630)" in done.stdout
    ranks = [line.split()[0] for line in lines if line.startswith("    ") and line.split()[0].isdigit()]
    assert ranks[:5] == ["1", "2", "3", "4", "5"]
    for line in lines:
        if line.startswith("  demo/"):
            assert (out / line.strip()).exists()


def test_everything_is_kept(demo):
    done, out = demo
    names = {path.name for path in (out / "demo").iterdir()}
    assert names >= {
        "demo.qgz",
        "window.png",
        "dock.png",
        "harbour_rx_heatmap.tif",
        "harbour_rx_anomalies.gpkg",
        "harbour_anomalies.shp",
    }, done.stderr
    assert all((out / "demo" / name).stat().st_size > 0 for name in names)


def test_the_project_finds_its_layers_wherever_the_folder_goes(demo):
    _, out = demo
    with zipfile.ZipFile(out / "demo" / "demo.qgz") as archive:
        project = next(archive.read(name).decode() for name in archive.namelist() if name.endswith(".qgs"))
    assert 'source="./harbour_rx_heatmap.tif"' in project
    assert 'source="./harbour_rx_anomalies.gpkg|layername=anomalies"' in project


def test_the_profile_is_thrown_away(demo):
    _, out = demo
    assert [path.name for path in out.iterdir()] == ["demo"]


def test_a_scene_that_is_not_there_is_named(tmp_path):
    done = run_demo(tmp_path, SCENE="nowhere.tif")
    assert done.returncode == 1
    assert (
        done.stderr == f"error: There is no scene {tmp_path / 'nowhere.tif'}: SCENE wants the path of a raster file.\n"
    )
