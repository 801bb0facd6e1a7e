"""Small rasters for the engine's tests, made on the spot."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

NORTH_UP = Affine(10, 0, 500_000, 0, -10, 5_600_000)
"""10 m pixels in UTM 33N."""


@pytest.fixture
def closed():
    """A folder that is closed to the user, who is not root meanwhile; those around pytest's own are closed, too."""
    if sys.platform == "win32":
        pytest.skip("folders are closed otherwise there")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield folder
    os.seteuid(user)
    folder.rmdir()


@pytest.fixture
def make_raster(tmp_path):
    """Write an array (bands, rows, columns) as a raster; keywords go to rasterio."""

    def make(array, name="scene.tif", **options):
        array = np.asarray(array)
        if array.ndim == 2:
            array = array[None]
        options.setdefault("driver", "GTiff")
        if "gcps" not in options and options["driver"] != "PNG" and options.get("georeference", True):
            options.setdefault("transform", NORTH_UP)
            options.setdefault("crs", "EPSG:32633")
        options.pop("georeference", None)
        mask = options.pop("mask", None)
        band_tags = options.pop("band_tags", {})
        descriptions = options.pop("descriptions", ())
        path = Path(tmp_path) / name
        with rasterio.open(
            path, "w", width=array.shape[2], height=array.shape[1], count=len(array), dtype=array.dtype, **options
        ) as dataset:
            dataset.write(array)
            if mask is not None:
                dataset.write_mask(mask)
            for band, tags in band_tags.items():
                dataset.update_tags(band, **tags)
            for band, text in enumerate(descriptions, 1):
                dataset.set_band_description(band, text)
        return str(path)

    return make


@pytest.fixture
def noise():
    """Correlated noise, shape (bands, rows, columns), float32, the same for the same arguments."""

    def make(bands=3, rows=60, columns=80, seed=0):
        rng = np.random.default_rng(seed)
        mixing = rng.normal(size=(bands, bands)) + 2 * np.eye(bands)
        return (100 + np.einsum("ab,bij->aij", mixing, rng.normal(size=(bands, rows, columns)))).astype(np.float32)

    return make


@pytest.fixture(scope="session")
def shared_data():
    """The folder of real imagery; skips where it is absent."""
    folder = Path(os.environ.get("ANOMALY_LENS_DATA", "absent"))
    if not folder.is_dir():
        pytest.skip("real imagery is absent: set ANOMALY_LENS_DATA")
    return folder
