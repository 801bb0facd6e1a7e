"""The overview of a scene: the same however the scene is cut into strips, gone afterwards, refused in words."""

from __future__ import annotations

import tempfile
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from anomaly_lens.engine import region
from anomaly_lens.engine.detectors import overview
from anomaly_lens.engine.detectors.levels import enlarged
from anomaly_lens.engine.detectors.overview import Overview, OverviewRows
from anomaly_lens.engine.detectors.overview_logits import OverviewLogits
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.pipeline import score_scene
from anomaly_lens.engine.scene import open_scene
from rasterio.errors import RasterioIOError


def overview_of(path, rows, monkeypatch):
    """Its bands, NaN where not valid, of strips of so many rows."""
    with open_scene(path) as scene:
        whole = region.Region(scene)
        monkeypatch.setattr(region.Region, "strip_rows", lambda *_: rows)
        with Overview(whole) as made:
            for strip in whole.strips():
                made.add(OverviewRows.of(strip))
            made.finish()
            with open_scene(made.path) as small:
                pixels, valid = small.read(region.Window(0, 0, small.width, small.height))
            assert made.pixels == valid.sum()
        assert not made.path.exists()
    return np.where(valid, pixels, np.nan)


@pytest.mark.parametrize("rows", [3, 1, 50, 1000])
def test_blocks_are_means_of_valid_pixels_however_the_scene_is_cut(make_raster, monkeypatch, rows):
    rng = np.random.default_rng(0)
    values = rng.normal(5, 2, (3, 70, 101)).astype(np.float32)
    values[:, rng.random((70, 101)) < 0.3] = np.nan
    values[:, 8:24, 20:34] = np.nan
    found = overview_of(make_raster(values), rows, monkeypatch)
    padded = np.pad(values, [(0, 0), (0, 2), (0, 3)], constant_values=np.nan)
    blocks = padded.reshape(3, 9, 8, 13, 8)
    counts = np.isfinite(blocks).sum((2, 4))
    expected = np.where(counts > 0, np.nansum(blocks, (2, 4)) / np.maximum(counts, 1), np.nan)
    assert np.isnan(expected).any()
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_logits_of_a_part_of_the_scene_are_those_of_all_of_it():
    mean = np.random.default_rng(0).normal(size=(9, 13)).astype(np.float16)
    whole = enlarged(torch.from_numpy(mean.astype(np.float32)), 8)
    for rows, columns in (((0, 70), (0, 101)), ((16, 32), (24, 61)), ((19, 21), (95, 101)), ((63, 70), (5, 8))):
        part = slice(*rows), slice(*columns)
        torch.testing.assert_close(OverviewLogits(mean, 1.0).at(*part, "cpu"), whole[part])


def test_where_it_cannot_be_written_a_person_is_told(make_raster, monkeypatch, tmp_path):
    path = make_raster(np.random.default_rng(0).integers(0, 255, (3, 40, 40)).astype(np.uint8))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    original = overview.rasterio.open

    class Full:
        def __init__(self, *words, **more):
            self.file = original(*words, **more)

        def write(self, *_, **__):
            raise RasterioIOError("No space left on device")

        def close(self):
            self.file.close()

    monkeypatch.setattr(overview, "rasterio", SimpleNamespace(open=Full))
    with pytest.raises(EngineError, match="overview of the scene cannot be written") as caught:
        score_scene(path, "uniadrs", modality="visible")
    assert caught.value.code == "disk_full"
    assert not list(tmp_path.glob("anomaly_lens_*"))
