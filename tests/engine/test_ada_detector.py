"""Instances over scenes of any size, by networks that were never trained: where things lie does not depend on that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
import torch
from anomaly_lens.engine import detect
from anomaly_lens.engine.detectors import ada, create_detector, detector_names
from anomaly_lens.engine.models.ada.network import AdaConfig, AdaNetwork
from anomaly_lens.engine.profiles import get_profile
from anomaly_lens.engine.region import Region
from anomaly_lens.engine.scene import open_scene
from anomaly_lens.engine.weights import save_weights
from rasterio.transform import from_origin


@pytest.fixture
def weights(tiny_ada: AdaConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Untrained weights of both detectors, in the place of those that ship."""
    folder = tmp_path / "weights"
    for head in ada_heads():
        torch.manual_seed(3)
        config = replace(tiny_ada, head=head, decoder_layers=1, queries=20)
        network = AdaNetwork(config)
        torch.nn.init.constant_(network.head.score.bias, 2.0)  # sure of everything: many instances
        torch.nn.init.constant_(network.adaptation.map.head.bias, 2.0)
        tensors = {name: value.half() for name, value in network.state_dict().items() if value.is_floating_point()}
        save_weights(folder / f"{head}_ada", "tiny.safetensors", tensors, {"architecture": config.to_dict()})
    monkeypatch.setattr(ada, "WEIGHTS_FOLDER", folder)
    return folder


def ada_heads() -> tuple[str, ...]:
    return "mask_dino", "mask2former"


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """Larger than a tile in both directions, with nodata in a corner."""
    rng = np.random.default_rng(0)
    image = rng.normal(100, 5, (1, 300, 420)).astype(np.float32)
    image[:, 40:60, 100:260] += 80
    image[:, 200:206, 300:306] += 80
    image[:, :50, :50] = -9999
    path = tmp_path / "scene.tif"
    profile = {"driver": "GTiff", "width": 420, "height": 300, "count": 1, "dtype": "float32", "nodata": -9999}
    with rasterio.open(path, "w", crs="EPSG:32633", transform=from_origin(5e5, 5e6, 2, 2), **profile) as file:
        file.write(image)
    return path


def test_without_weights_they_are_not_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ada, "WEIGHTS_FOLDER", tmp_path)
    assert not {"mask_dino_ada", "mask2former_ada"} & set(detector_names())


@pytest.mark.usefixtures("weights")
def test_the_background_is_learned_from_all_over_a_scene(make_raster, monkeypatch: pytest.MonkeyPatch) -> None:
    """81 pixels from one to the next of the sample, 15 times 81 to a row: 15 columns had been looked at."""
    seen: list[torch.Tensor] = []

    def learn(pixels: torch.Tensor, *_: object) -> None:
        seen.append(pixels)

    monkeypatch.setattr(ada.SceneInputs, "learn", learn)
    values = np.broadcast_to(np.arange(1215, dtype=np.float32), (1, 1100, 1215))
    with open_scene(make_raster(values)) as scene:
        create_detector("mask_dino_ada", get_profile("visible")).prepare(Region(scene), lambda _: None)
    assert len(np.unique(seen[0].numpy())) == 1215
    assert len(seen[0]) > 0.9 * ada._SAMPLE_PIXELS


@pytest.mark.parametrize("detector", ["mask_dino_ada", "mask2former_ada"])
@pytest.mark.parametrize("modality", ["sar", "infrared"])
def test_a_scene_gets_a_heat_map_and_instances_the_same_each_time(
    detector: str, modality: str, weights: Path, scene: Path, tmp_path: Path
) -> None:
    runs = [
        detect(scene, tmp_path / str(n), detector=detector, modality=modality, device="cpu", threshold_score=0.0)
        for n in range(2)
    ]
    assert runs[0].count > 0
    with rasterio.open(runs[0].heatmap) as file:
        scores = file.read(1)
    assert np.isnan(scores[:50, :50]).all()
    assert np.isfinite(scores).sum() == 300 * 420 - 2500
    meta, _, geometry, fields = pyogrio.raw.read(runs[0].instances)
    _, _, again, _ = pyogrio.raw.read(runs[1].instances)
    assert (geometry == again).all()
    corner = shapely.box(5e5, 5e6 - 100, 5e5 + 100, 5e6)
    assert shapely.union_all(shapely.from_wkb(geometry)).intersection(corner).area == 0
    values = dict(zip(meta["fields"], fields, strict=True))
    assert ((values["instance_score"] > 0) & (values["instance_score"] <= 1)).all()
    assert (np.diff(values["instance_score"]) <= 0).all()
    assert np.nanmax(scores) >= values["score_max"].max()


def test_a_threshold_that_nothing_reaches_leaves_an_empty_layer(weights: Path, scene: Path, tmp_path: Path) -> None:
    result = detect(scene, tmp_path / "out", detector="mask_dino_ada", device="cpu", threshold_score=1.0)
    assert result.count == 0
    assert pyogrio.read_info(result.instances)["features"] == 0
