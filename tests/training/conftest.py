"""Small labelled sets written on the fly, and the shared imagery where it is."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
import rasterio
import scipy.io


def _write_image(path, pixels, nodata=None):
    """Write an image of shape (bands, rows, columns) and make its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    bands, rows, columns = pixels.shape
    driver = "GTiff" if path.suffix == ".tif" else "PNG"
    with rasterio.open(
        path, "w", driver=driver, width=columns, height=rows, count=bands, dtype=pixels.dtype, nodata=nodata
    ) as dataset:
        dataset.write(pixels)


def _write_rows(path, rows):
    """Write dictionaries as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="session")
def write_image():
    """The function that writes an image."""
    return _write_image


@pytest.fixture(scope="session")
def write_rows():
    """The function that writes a CSV file."""
    return _write_rows


@pytest.fixture
def labelled(tmp_path, write_image, write_rows):
    """A folder with sar/ships (masks), infrared/cars (boxes), hyperspectral/cubes (.mat) and a set without labels."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "labelled"

    ships = folder / "sar" / "ships"
    mask = np.zeros((1, 40, 50), dtype=np.uint8)
    mask[0, 10:14, 20:25] = 255
    for name in ("one", "two"):
        image = rng.integers(0, 60, (1, 40, 50), dtype=np.uint8)
        image[mask > 0] = 250
        write_image(ships / "images" / f"{name}.png", image)
        write_image(ships / "masks" / f"{name}.png", mask)
    write_rows(
        ships / "manifest.csv",
        [
            {"id": n, "image": f"images/{n}.png", "mask": f"masks/{n}.png", "boxes": "", "data_var": ""}
            for n in ("one", "two")
        ],
    )

    cars = folder / "infrared" / "cars"
    image = rng.integers(0, 60, (1, 40, 50), dtype=np.uint8)
    image[0, 21, 31] = 255
    write_image(cars / "images" / "day.png", image)
    write_rows(
        cars / "manifest.csv",
        [{"id": "day", "image": "images/day.png", "mask": "", "boxes": "boxes.csv", "data_var": ""}],
    )
    write_rows(cars / "boxes.csv", [{"id": "day", "class": "Car", "xmin": 30, "ymin": 20, "xmax": 34, "ymax": 24}])

    cubes = folder / "hyperspectral" / "cubes"
    cube = rng.normal(100, 5, (20, 24, 6)).astype(np.float32)
    cube[3:5, 4:7] += 60
    truth = np.zeros((1, 20, 24), dtype=np.uint8)
    truth[0, 3:5, 4:7] = 255
    (cubes / "images").mkdir(parents=True)
    scipy.io.savemat(cubes / "images" / "city.mat", {"data": cube, "map": truth[0]})
    write_image(cubes / "masks" / "city.png", truth)
    write_rows(
        cubes / "manifest.csv",
        [{"id": "city", "image": "images/city.mat", "mask": "masks/city.png", "boxes": "", "data_var": "data"}],
    )

    write_rows(folder / "classes" / "kinds" / "manifest.csv", [{"id": "a", "image": "a.png", "label": "grass"}])
    return folder


@pytest.fixture(scope="session")
def validation():
    """The shared labelled scenes."""
    folder = Path(os.environ.get("ANOMALY_LENS_DATA", "")) / "validation"
    if not os.environ.get("ANOMALY_LENS_DATA") or not folder.is_dir():
        pytest.skip("ANOMALY_LENS_DATA names no folder with labelled scenes")
    return folder
