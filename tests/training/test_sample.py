"""The sample scene: made again pixel for pixel, consistent with its truth, and of use."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from anomaly_lens.engine.instances import InstanceGrower
from anomaly_lens.engine.metrics import auc, mask_components
from anomaly_lens.engine.pipeline import score_scene
from anomaly_lens.engine.scene import open_scene
from anomaly_lens.training import harbour_sensors
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.evaluate import instance_pixels
from rasterio.features import rasterize
from rasterio.warp import transform_geom

SHIPPED = Path(__file__).parents[2] / "resources" / "sample"


def read(path):
    with rasterio.open(path) as dataset:
        return dataset.read()


SENSORS = {"sar": "sar", "thermal": "infrared", "night": "low_light", "spectra": "hyperspectral"}
"""The other sensors' scenes, and the modality that each is to be taken for."""


@pytest.fixture(scope="module")
def truth():
    return read(SHIPPED / "harbour_truth.png")[0] > 0


def test_the_shipped_files_are_what_the_command_makes(tmp_path, capsys):
    assert main(["sample", "--out", str(tmp_path)]) == 0
    assert "burn scar" in capsys.readouterr().out
    sensors = [f"harbour_{name}.tif" for name in SENSORS]
    for name in ("harbour.tif", "harbour_truth.png", *sensors):
        np.testing.assert_array_equal(read(tmp_path / name), read(SHIPPED / name))
    for name in ("harbour_truth.geojson", "manifest.csv"):
        assert (tmp_path / name).read_text() == (SHIPPED / name).read_text()


def test_another_seed_gives_another_scene(tmp_path):
    assert main(["sample", "--out", str(tmp_path), "--seed", "1"]) == 0
    assert (read(tmp_path / "harbour.tif") != read(SHIPPED / "harbour.tif")).mean() > 0.5


def test_the_scene_is_small_and_says_what_it_is():
    assert (SHIPPED / "harbour.tif").stat().st_size < 800_000
    with open_scene(SHIPPED / "harbour.tif") as scene:
        assert (scene.width, scene.height, scene.count, scene.dtype) == (640, 480, 4, "uint8")
        assert scene.crs.to_epsg() == 32630
        assert (scene.transform.a, scene.transform.e) == (2, -2)
        assert scene.wavelengths == [665, 560, 490, 842]
        assert scene.info()["suggestion"]["modality"] == "visible"


@pytest.mark.parametrize(("name", "modality"), SENSORS.items())
def test_each_sensor_sees_the_harbour_and_is_taken_for_what_it_is(name, modality):
    with open_scene(SHIPPED / f"harbour_{name}.tif") as scene:
        assert scene.info()["suggestion"]["modality"] == modality
        assert scene.crs.to_epsg() == 32630
        if modality == "hyperspectral":
            assert scene.wavelengths[0] == 450
            assert len(scene.wavelengths) == scene.count == 46
        else:
            assert (scene.width, scene.height, scene.count) == (640, 480, 1)


@pytest.mark.parametrize(("name", "modality"), SENSORS.items())
def test_things_that_do_not_belong_stand_out_on_each_sensor(name, modality, truth):
    detector = "rx" if modality == "hyperspectral" else "local_rx"
    scores = score_scene(SHIPPED / f"harbour_{name}.tif", detector, modality=modality, device="cpu")
    inside = truth[harbour_sensors.SPECTROMETER] if modality == "hyperspectral" else truth
    assert auc(scores[inside], scores[~inside]) > 0.7


def test_outlines_and_mask_agree(truth):
    collection = json.loads((SHIPPED / "harbour_truth.geojson").read_text())
    with rasterio.open(SHIPPED / "harbour.tif") as dataset:
        crs, transform = dataset.crs, dataset.transform
    drawn = np.zeros(truth.shape, dtype=bool)
    for feature in collection["features"]:
        geometry = transform_geom("EPSG:4326", crs, feature["geometry"])
        outline = rasterize([(geometry, 1)], out_shape=truth.shape, transform=transform)
        assert outline.sum() == feature["properties"]["pixels"]
        drawn |= outline > 0
    np.testing.assert_array_equal(drawn, truth)
    assert len(collection["features"]) == len(mask_components(truth)) == 9


def test_rx_finds_them_with_few_false_alarms(truth):
    scores = score_scene(SHIPPED / "harbour.tif", "rx", device="cpu")
    grower = InstanceGrower(float(np.quantile(scores, 0.995)), min_pixels=6)
    grower.add_strip(0, scores)
    found = [instance_pixels(instance, truth.shape[1]) for instance in grower.finish()]
    everything = np.concatenate(found)
    assert all(np.isin(pixels, everything).any() for pixels in mask_components(truth))
    right = sum(truth.ravel()[pixels].any() for pixels in found)
    assert right >= 0.8 * len(found)


def test_a_folder_that_cannot_be_written_is_named(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["sample", "--out", str(tmp_path / "file" / "x")]) == 2
    assert "file/x cannot be made" in capsys.readouterr().err
