"""Makes the sample scenes: an invented harbour with nine anomalies, and where they are.

Writes harbour.tif (four bands, 2 m pixels), harbour_truth.geojson (the anomalies as polygons), harbour_truth.png (the
same as a mask) and manifest.csv, so that ``evaluate --data`` works on the folder; and the harbour as radar, a thermal
camera, a night camera and a spectrometer see it. The same seed gives the same pixels.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.features import shapes
from rasterio.warp import transform_geom

from ..engine.errors import EngineError
from . import harbour_sensors
from .arguments import at_least
from .evaluate import make_folder
from .harbour import BANDS, SEED, Anomaly, compose_harbour, paint_harbour
from .tables import save_csv

CRS = "EPSG:32630"
PIXEL_METRES = 2.0
# In the Bay of Biscay, where no such coast is.
TRANSFORM = Affine(PIXEL_METRES, 0, 500_000, 0, -PIXEL_METRES, 5_000_000)

DEFAULT_OUT = Path(__file__).parent.parent / "resources" / "sample"


def write_scene(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write the picture, shape (4, rows, columns), as a GeoTIFF that shows in true colour."""
    with _create(path, pixels, TRANSFORM, alpha="NO") as dataset:
        dataset.write(pixels)
        dataset.descriptions = BANDS
        dataset.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.undefined)


def _create(path: Path, pixels: NDArray[Any], transform: Affine, **options: str) -> rasterio.io.DatasetWriter:
    """A small GeoTIFF for pixels of shape (bands, rows, columns)."""
    return rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=pixels.shape[2],
        height=pixels.shape[1],
        count=len(pixels),
        dtype=pixels.dtype,
        crs=CRS,
        transform=transform,
        compress="DEFLATE",
        predictor=2,
        zlevel=9,
        interleave="band",
        photometric="MINISBLACK",
        **options,
    )


def write_sensors(folder: Path, seed: int) -> None:
    """Write the harbour as other sensors see it."""
    ground = harbour_sensors.Ground.of(*compose_harbour(seed))
    rows, columns = harbour_sensors.SPECTROMETER
    inner = TRANSFORM * Affine.translation(columns.start, rows.start)
    for name, pixels, transform, names in (
        ("sar", harbour_sensors.radar(ground), TRANSFORM, ["VV amplitude"]),
        ("thermal", harbour_sensors.thermal(ground), TRANSFORM, ["Brightness temperature (K x 100)"]),
        ("night", harbour_sensors.night(ground), TRANSFORM, ["Night camera"]),
        ("spectra", harbour_sensors.hyperspectral(ground), inner, None),
    ):
        with _create(folder / f"harbour_{name}.tif", pixels, transform) as dataset:
            dataset.write(pixels)
            if names is not None:
                dataset.descriptions = names
                continue
            for band, wavelength in enumerate(harbour_sensors.WAVELENGTHS, 1):
                dataset.set_band_description(band, f"{wavelength:.0f} nm")
                dataset.update_tags(band, wavelength=f"{wavelength:.1f}", wavelength_units="nm")


def truth_features(anomalies: Sequence[Anomaly]) -> dict[str, Any]:
    """The anomalies as GeoJSON, in degrees as that format wants."""
    features = []
    for number, anomaly in enumerate(anomalies, 1):
        parts = [
            transform_geom(CRS, "EPSG:4326", geometry, precision=9)["coordinates"]
            for geometry, _ in shapes(anomaly.mask.astype(np.uint8), mask=anomaly.mask, transform=TRANSFORM)
        ]
        count = int(anomaly.mask.sum())
        properties = {"id": number, "kind": anomaly.kind, "pixels": count, "area_m2": count * PIXEL_METRES**2}
        geometry = {"type": "MultiPolygon", "coordinates": parts}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def write_sample(folder: Path, seed: int = SEED) -> list[Anomaly]:
    """Write all files of the sample into a folder.

    Args:
        folder: where; files of the same names are replaced.
        seed: of the scene.

    Returns:
        What is anomalous in it.
    """
    pixels, anomalies = paint_harbour(seed)
    write_scene(folder / "harbour.tif", pixels)
    (folder / "harbour_truth.geojson").write_text(json.dumps(truth_features(anomalies)) + "\n", encoding="utf-8")
    mask = np.any([anomaly.mask for anomaly in anomalies], axis=0).astype(np.uint8) * 255
    with rasterio.open(
        folder / "harbour_truth.png",
        "w",
        driver="PNG",
        width=mask.shape[1],
        height=mask.shape[0],
        count=1,
        dtype="uint8",
    ) as dataset:
        dataset.write(mask, 1)
    save_csv(
        folder / "manifest.csv",
        [{"id": "harbour", "image": "harbour.tif", "mask": "harbour_truth.png", "note": "made by training/sample.py"}],
    )
    write_sensors(folder, seed)
    return anomalies


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--out", default=str(DEFAULT_OUT), metavar="DIR", help="default: the shipped sample's folder")
    parser.add_argument("--seed", type=at_least(0), default=SEED, help=f"default: {SEED}, the shipped sample's")


def run(args: argparse.Namespace) -> int:
    """Make the sample and say what is in it."""
    folder = make_folder(Path(args.out))
    try:
        anomalies = write_sample(folder, args.seed)
    except (OSError, RasterioError) as error:
        raise EngineError(
            "not_writable", f"The sample cannot be written in {folder} ({error}).", "Choose another folder with --out."
        ) from error
    print(folder / "harbour.tif")
    for number, anomaly in enumerate(anomalies, 1):
        print(f"{number:3}  {anomaly.kind}, {int(anomaly.mask.sum())} pixels")
    return 0
