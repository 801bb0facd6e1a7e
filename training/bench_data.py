"""Scenes for the bench: a hyperspectral cube with implanted anomalies, and rasters of any size written in pieces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window
from scipy import ndimage

ROWS_AT_ONCE = 512


def make_cube(rows: int, columns: int, bands: int) -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    """A scene of six materials that mix smoothly, with noise and single foreign pixels.

    Args:
        rows: height.
        columns: width.
        bands: number of bands.

    Returns:
        The cube of shape (rows, columns, bands), and where the foreign pixels are: about one in two hundred, of which
        a foreign spectrum makes up 10 to 40 percent.
    """
    rng = np.random.default_rng(0)
    smooth = ndimage.gaussian_filter1d(rng.standard_normal((7, bands)).cumsum(axis=1), bands / 60, axis=1)
    spectra = 3000 + 900 * smooth / np.abs(smooth).max()
    fields = np.stack([ndimage.gaussian_filter(rng.standard_normal((rows, columns)), 6) for _ in range(6)], axis=2)
    weights = np.exp(4 * fields / fields.std())
    weights /= weights.sum(axis=2, keepdims=True)
    cube = weights @ spectra[:6]
    foreign = rng.random((rows, columns)) < 0.005
    share = rng.uniform(0.1, 0.4, (int(foreign.sum()), 1))
    cube[foreign] += share * (spectra[6] - cube[foreign])
    cube *= 1 + 0.03 * ndimage.gaussian_filter(rng.standard_normal((rows, columns)), 3)[:, :, None]
    cube += rng.normal(0, 12, cube.shape)
    return np.clip(np.rint(cube), 0, 65535).astype(np.uint16), foreign


def write_cube(path: Path, cube: NDArray[np.uint16]) -> None:
    """Write a cube of shape (rows, columns, bands) as ENVI, band by band, the usual form of such data."""
    rows, columns, bands = cube.shape
    with rasterio.open(
        path, "w", driver="ENVI", width=columns, height=rows, count=bands, dtype=cube.dtype, interleave="bsq"
    ) as dataset:
        dataset.write(np.moveaxis(cube, 2, 0))


def write_raster(path: Path, side: int, seed: int = 0, height: int | None = None) -> None:
    """Write an RGB picture of 8 bits, tiled, with texture at all scales and some bright spots.

    It is made and written a few hundred rows at a time, so any size fits into memory.

    Args:
        path: the GeoTIFF.
        side: width in pixels.
        seed: of everything.
        height: in pixels; None: as the width.
    """
    height = height or side
    rng = np.random.default_rng(seed)
    coarse = rng.standard_normal((3, 12, 12))
    fine = [
        ndimage.gaussian_filter(rng.standard_normal((1024, 1024)), sigma, mode="wrap") for sigma in (1.0, 4.0, 16.0)
    ]
    fine = [texture / texture.std() for texture in fine]
    tone = np.array([[92.0], [104.0], [84.0]])
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=side,
        height=height,
        count=3,
        dtype="uint8",
        crs="EPSG:32631",
        transform=Affine(0.5, 0, 400_000, 0, -0.5, 5_000_000),
        tiled=True,
        blockxsize=256,
        blockysize=256,
        photometric="RGB",
    ) as dataset:
        for row in range(0, height, ROWS_AT_ONCE):
            rows = min(ROWS_AT_ONCE, height - row)
            y = (row + np.arange(rows)) % 1024
            x = np.arange(side) % 1024
            texture = sum(gain * t[np.ix_(y, x)] for gain, t in zip((4.0, 6.0, 9.0), fine))
            at = np.meshgrid(
                np.linspace(11 * row / height, 11 * (row + rows) / height, 9), np.linspace(0, 11, 33), indexing="ij"
            )
            pixels = np.empty((3, rows, side), dtype=np.uint8)
            spots = rng.random((rows, side), dtype=np.float32) > 0.9998
            spots = ndimage.binary_dilation(spots, iterations=2)
            for band in range(3):
                trend = ndimage.map_coordinates(coarse[band], at, order=3, mode="nearest")
                trend = ndimage.zoom(trend, (rows / 9, side / 33), order=1)[:rows, :side]
                values = tone[band] + 22 * trend + texture * (1 + 0.1 * band)
                values += rng.standard_normal(values.shape, dtype=np.float32) * 3
                values[spots] += (90, 20, 60)[band]
                pixels[band] = np.clip(values, 0, 255)
            dataset.write(pixels, window=Window(0, row, side, rows))
