"""Makes labelled scenes to choose by: ground of one folder of images with irregular pieces of others planted in it.

Each folder of images becomes a set like those that ``evaluate`` and ``ablate-asd`` read, so that ASD can be tried by
the analyst's protocol without looking at the labels of real sets. What is planted comes from the other folders; a part
of it has its colour drawn towards that of the scene. Nothing that is made here is meant to be kept in the repository.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from rasterio.windows import Window
from scipy import ndimage

from ..engine.errors import EngineError
from ..engine.scene import open_scene
from .arguments import at_least
from .evaluate import make_folder
from .simulation.imagery import is_listed
from .tables import save_csv

DEFAULT_OUT = Path("out") / "planted"

SHARES = (0.02, 0.35)
"""The least and the greatest share of a scene that is foreign: as landslides, clearings and diseased stands have it."""

MATCHED = (0.3, 0.8)
"""How far the colour of every other foreign piece is drawn towards the scene's."""

_BLENDED = 4
"""Pixels around a foreign piece in which there is something of it."""


def grounds(data: Path) -> dict[str, list[Path]]:
    """The images of each folder in a folder that holds two or more, by the folders' names.

    Raises:
        EngineError: ``bad_parameter`` where there are not two such folders: nothing would be foreign to the other.
    """
    found = {
        folder.name: sorted(path for path in folder.iterdir() if is_listed(path))
        for folder in (sorted(data.iterdir()) if data.is_dir() else [])
        if folder.is_dir()
    }
    found = {name: images for name, images in found.items() if len(images) > 1}
    if len(found) < 2:
        raise EngineError(
            "bad_parameter",
            f"{data} holds {len(found)} folders of images.",
            "Give a folder with two or more folders of two or more images each, like ../shared/data/train/visible.",
        )
    return found


def blob(chance: np.random.Generator, side: int, share: float) -> NDArray[np.bool_]:
    """Irregular pieces that cover a share of a square, (side, side): the highest places of smooth noise."""
    coarse, fine = (
        ndimage.gaussian_filter(chance.normal(size=(side, side)), width, mode="reflect")
        for width in (chance.uniform(0.04, 0.12) * side, 4.0)
    )
    noise = coarse / coarse.std() + 0.3 * fine / fine.std()
    return np.asarray(noise > np.quantile(noise, 1 - share))


def planted(
    chance: np.random.Generator, own: NDArray[np.float32], foreign: NDArray[np.float32], mask: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """A scene with foreign ground where the mask says, blended over about two pixels.

    Args:
        chance: decides whether, and how far, the foreign colour is drawn towards the scene's.
        own: (C, side, side), 0 to 255.
        foreign: of the same shape.
        mask: (side, side).
    """
    if chance.random() < 0.5:
        drawn = chance.uniform(*MATCHED) * (own.mean((1, 2)) - foreign[:, mask].mean(1))
        foreign = foreign + drawn[:, None, None].astype(np.float32)
    weight = ndimage.gaussian_filter(mask.astype(np.float32), 1.0)
    return (own * (1 - weight) + foreign * weight).round().clip(0, 255).astype(np.uint8)


def plant(name: str, folders: dict[str, list[Path]], out: Path, *, count: int, side: int, seed: int) -> None:
    """Write one set: images, masks and a manifest. What is no data in either image is transparent.

    Args:
        name: the folder that the ground is taken from.
        folders: from :func:`grounds`.
        out: the set's folder.
        count: of scenes; images are used again, in other places, where there are fewer.
        side: of a scene, in pixels.
        seed: of all chance; the same gives the same set.
    """
    chance = np.random.default_rng([seed, *name.encode()])
    own = folders[name]
    chosen = [own[index * len(own) // count] for index in range(count)]
    others = [images for other, images in folders.items() if other != name]
    rows = []
    for folder in (out / "images", out / "masks"):
        make_folder(folder)
    for number, path in enumerate(chosen):
        images = others[chance.integers(len(others))]
        mask = blob(chance, side, float(np.exp(chance.uniform(*np.log(SHARES)))))
        own_pixels, own_valid = _cut(chance, path, side)
        foreign_pixels, foreign_valid = _cut(chance, images[chance.integers(len(images))], side)
        scene = planted(chance, own_pixels, foreign_pixels, mask)
        valid = own_valid & (foreign_valid | ~ndimage.binary_dilation(mask, iterations=_BLENDED))
        if not valid.all():
            scene = np.concatenate([scene, np.where(valid, 255, 0).astype(np.uint8)[None]])
        files = {key: f"{key}s/{number:03d}.png" for key in ("image", "mask")}
        _write(out / files["image"], scene)
        _write(out / files["mask"], np.where(mask, 255, 0).astype(np.uint8)[None])
        rows.append({"id": f"{number:03d}", **files, "boxes": ""})
    save_csv(out / "manifest.csv", rows)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with folders of images")
    parser.add_argument("--grounds", default="", metavar="A,B", help="folders to take ground from; default: all")
    parser.add_argument("--count", type=int, default=12, help="scenes of a set; default: %(default)s")
    parser.add_argument("--side", type=int, default=320, help="of a scene, in pixels; default: %(default)s")
    parser.add_argument("--seed", type=at_least(0), default=0, help="of all chance; default: %(default)s")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, metavar="DIR", help="default: %(default)s")


def run(args: argparse.Namespace) -> int:
    """Make the sets."""
    folders = grounds(args.data)
    wanted: Sequence[str] = [name for name in args.grounds.split(",") if name] or list(folders)
    unknown = [name for name in wanted if name not in folders]
    if unknown:
        raise EngineError("bad_parameter", f"There is no ground “{unknown[0]}”.", f"There are: {', '.join(folders)}.")
    if args.count < 2 or not 64 <= args.side <= 4096:
        raise EngineError(
            "bad_parameter",
            f"{args.count} scenes of {args.side} pixels cannot be made.",
            "Give --count 2 or more (one half teaches, the other is scored) and --side 64 to 4096.",
        )
    for name in wanted:
        # The folder's name tells evaluate the modality.
        plant(name, folders, args.out / "visible" / name, count=args.count, side=args.side, seed=args.seed)
    print(f"{len(wanted)} sets of {args.count} scenes in {args.out}")
    return 0


def _cut(chance: np.random.Generator, path: Path, side: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """A square of an image, (3, side, side), mirrored where the image is smaller, and what of it is data."""
    with open_scene(path) as scene:
        if scene.count < 3:
            raise EngineError("bad_parameter", f"{path} has no three bands.", "Leave its folder out.")
        if scene.dtype != "uint8":
            raise EngineError(
                "bad_parameter",
                f"{path} holds {scene.dtype} values, not the bytes that scenes are planted of.",
                "Convert its folder's images to 8 bits, or leave its folder out.",
            )
        height, width = min(side, scene.height), min(side, scene.width)
        top, left = (int(chance.integers(0, n + 1)) for n in (scene.height - height, scene.width - width))
        pixels, valid = scene.read(Window(left, top, width, height))
    padding = ((0, 0), (0, side - height), (0, side - width))
    pixels = np.pad(pixels[:3].astype(np.float32), padding, mode="symmetric")
    return pixels, np.pad(valid, padding[1:], mode="symmetric")


def _write(path: Path, pixels: NDArray[np.uint8]) -> None:
    bands, height, width = pixels.shape
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", driver="PNG", width=width, height=height, count=bands, dtype="uint8") as file:
            file.write(pixels)
