"""Makes sets of simulated scenes, to choose between weights without a look at labelled ones.

They are drawn as those that networks are trained on, from other seeds: a set for each modality, and one of ships at
sea. ``evaluate`` reads them. What is better on them was mostly so on real scenes, too; docs/experiments.md tells when.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning

from .arguments import at_least
from .evaluate import make_folder
from .simulation import ANOMALY, IGNORED, SimulatedScene, SpatialSimulator, SpectralSimulator, read_bank
from .simulation.sea import SeaConfig, SeaSimulator
from .simulation.spatial import SpatialConfig
from .simulation.spectral import SpectralConfig
from .tables import save_csv

NAME, SHIPS = "simulated", "simulated_ships"
"""Of the sets within the folders of their modalities."""

_APART = 1
"""Ends the seed of a scene: those that training draws have none, and none is as 0."""

_FOREIGN, _OPEN = 255, 127
"""Values of a mask; the latter, its nodata, is left open."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of training imagery")
    parser.add_argument("--out", type=Path, default=Path("out/simulated"), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--scenes", type=at_least(1), default=30, help="of each set; default: %(default)s")
    parser.add_argument(
        "--side",
        type=at_least(64),
        default=256,
        help="of a scene, in pixels; cubes have half of it; default: %(default)s",
    )
    parser.add_argument("--seed", type=at_least(0), default=0, help="of all chance; default: %(default)s")


def run(arguments: argparse.Namespace) -> int:
    """Make the sets."""
    bank = read_bank(arguments.data)
    side = arguments.side
    spatial = SpatialSimulator(bank, SpatialConfig(size=side))
    spectral = SpectralSimulator(bank, SpectralConfig(size=side // 2))
    sea = SeaSimulator(bank, SeaConfig(size=side))

    def chances(place: int) -> Iterator[np.random.Generator]:
        return (np.random.default_rng([arguments.seed, place, number, _APART]) for number in range(arguments.scenes))

    sets = {f"{kind}/{NAME}": (spatial.sample(rng, kind) for rng in chances(i)) for i, kind in enumerate(spatial.kinds)}
    sets[f"hyperspectral/{NAME}"] = (spectral.sample(rng) for rng in chances(len(spatial.kinds)))
    sets[f"sar/{SHIPS}"] = (sea.sample(rng) for rng in chances(len(spatial.kinds) + 1))
    for name, scenes in sets.items():
        write_set(arguments.out / name, scenes)
    print(f"{arguments.scenes} scenes each in {arguments.out}: {', '.join(sets)}")
    return 0


def write_set(folder: Path, scenes: Iterator[SimulatedScene]) -> None:
    """Write one set: images, masks and a manifest. Pixels at edges, which are neither, are left open.

    Args:
        folder: of the set.
        scenes: are drawn one after the other.
    """
    rows: list[dict[str, object]] = []
    make_folder(folder / "images")
    make_folder(folder / "masks")
    for number, scene in enumerate(scenes):
        files = {key: f"{key}s/{number:03d}.tif" for key in ("image", "mask")}
        _write(folder / files["image"], scene.image, wavelengths=scene.wavelengths)
        mask = np.select([scene.label == ANOMALY, scene.label == IGNORED], [_FOREIGN, _OPEN]).astype(np.uint8)
        _write(folder / files["mask"], mask[None], nodata=_OPEN)
        rows.append({"id": f"{number:03d}", **files, "boxes": ""})
    save_csv(folder / "manifest.csv", rows)


def _write(
    path: Path,
    pixels: NDArray[np.float32] | NDArray[np.uint8],
    nodata: int | None = None,
    wavelengths: NDArray[np.float32] | None = None,
) -> None:
    bands, height, width = pixels.shape
    shape = {"count": bands, "height": height, "width": width, "dtype": pixels.dtype.name}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", driver="GTiff", compress="deflate", nodata=nodata, **shape) as file:
            file.write(pixels)
            for band, wavelength in enumerate([] if wavelengths is None else wavelengths, 1):
                file.update_tags(band, wavelength=f"{wavelength:.1f}", wavelength_units="Nanometers")
