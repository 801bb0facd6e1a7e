"""The toolbox in a QGIS without a window: ``qgis_process`` with the built zip in a fresh profile."""

from __future__ import annotations

import json
import shutil
import subprocess

import launch
import pytest
from osgeo import gdal, ogr

PATIENCE_S = 240


@pytest.fixture(scope="module")
def process(tmp_path_factory, plugin_zip):
    """Runs ``qgis_process`` with some words; returns what it told as JSON, or its last words."""
    # Debian's wrapper of that name adds options that only QGIS itself understands.
    program = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
    if program is None:
        pytest.skip("there is no qgis_process")
    profiles = tmp_path_factory.mktemp("toolbox with späces")
    launch.install(profiles, plugin_zip)
    env = launch.environment(QGIS_CUSTOM_CONFIG_PATH=str(profiles), QT_QPA_PLATFORM="offscreen")

    def run(*words):
        command = [program, "--json", *map(str, words)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert "Traceback" not in done.stderr
        return json.loads(done.stdout) if done.returncode == 0 else done.stdout + done.stderr

    return run


def test_the_provider_and_its_algorithms_are_listed(process):
    provider = process("list")["providers"]["anomaly_lens"]
    assert set(provider["algorithms"]) >= {
        "anomaly_lens:detect",
        "anomaly_lens:heatmaptopolygons",
        "anomaly_lens:evaluate",
    }
    described = process("help", "anomaly_lens:detect")
    assert set(described["parameters"]) >= {"INPUT", "MODALITY", "DETECTOR", "HEATMAP", "ANOMALIES"}


def test_detect_and_measure_without_a_window(process, root, tmp_path):
    sample = root / "resources" / "sample"
    heatmap, found = tmp_path / "heat.tif", tmp_path / "found.gpkg"
    words = (f"INPUT={sample / 'harbour.tif'}", "DETECTOR=1", f"HEATMAP={heatmap}", f"ANOMALIES={found}")
    told = process("run", "anomaly_lens:detect", "--", *words)
    assert told["results"]["COUNT"] == ogr.Open(str(found)).GetLayer(0).GetFeatureCount() > 0
    assert gdal.Open(str(heatmap)).RasterXSize == gdal.Open(str(sample / "harbour.tif")).RasterXSize
    told = process(
        "run", "anomaly_lens:evaluate", "--", f"INPUT={heatmap}", f"LABEL_POLYGONS={sample / 'harbour_truth.geojson'}"
    )
    assert told["results"]["AUC_DF"] > 0.9
    assert sorted(path.name for path in tmp_path.iterdir()) == ["found.gpkg", "heat.tif"]


def test_what_is_wrong_is_told_in_words(process, root, tmp_path):
    scene = root / "resources" / "sample" / "harbour.tif"
    words = (f"INPUT={scene}", "EXTENT=0,1,0,1", f"HEATMAP={tmp_path / 'h.tif'}", f"ANOMALIES={tmp_path / 'a.gpkg'}")
    told = process("run", "anomaly_lens:detect", "--", *words)
    assert "covers no pixel of harbour" in told
    assert not list(tmp_path.iterdir())
