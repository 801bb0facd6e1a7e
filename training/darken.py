"""Makes night scenes of labelled photographs, by a fixed rule, to measure low-light detection on.

The rule: v in 0..255 is (v / 255) ** 2.2 of full light; full light is 12 photons a pixel; photons are counted
(Poisson), read with a noise of 1.5 photons (normal), amplified so that 12 photons are 128, and stored in bytes. Seeded
by the scene's id, so that everyone measures on the same pixels.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rasterio.windows import Window

from ..engine.errors import EngineError
from ..engine.scene import open_scene
from .tables import read_csv

# Orthophotos have more pixels than what Pillow takes for an attack.
Image.MAX_IMAGE_PIXELS = None

PHOTONS = 12.0
READ_NOISE = 1.5
GAMMA = 2.2
FULL = 128.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, help="folder of a labelled set, with manifest.csv")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for the dark copy; name one of its parts low_light"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    manifest = arguments.data / "manifest.csv"
    if not manifest.is_file():
        raise EngineError("bad_parameter", f"There is no {manifest}.", "Give the folder of one labelled set.")
    rows = read_csv(manifest)
    if not rows or "image" not in rows[0]:
        raise EngineError("bad_parameter", f"{manifest} names no image.", "It needs a line per scene: id, image.")
    if arguments.out.resolve() == arguments.data.resolve():
        raise EngineError("bad_parameter", f"{arguments.out} holds the photographs.", "Give another --out.")
    names = [row.get("id") or Path(row["image"]).stem for row in rows]
    if len(set(names)) < len(names):
        raise EngineError(
            "bad_parameter", f"{manifest} has images of one name and no id to tell them apart.", "Give each line an id."
        )
    labels = [row[kind] for row in rows for kind in ("mask", "boxes") if row.get(kind)]
    missing = [label for label in labels if not (arguments.data / label).is_file()]
    if missing:
        raise EngineError("bad_parameter", f"There is no {arguments.data / missing[0]}.", f"Check {manifest}.")
    places = {f"images/{name}.png".casefold() for name in names}
    for name, row in zip(names, rows, strict=True):
        colours, alpha = _photograph(arguments.data / row["image"])
        dark = np.concatenate([darken(colours, name), alpha], -1)
        row["image"] = f"images/{name}.png"
        target = arguments.out / row["image"]
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(dark[..., 0] if dark.shape[2] == 1 else dark).save(target)
        for kind in ("mask", "boxes"):
            if label := row.get(kind):
                row[kind] = _place_of_copy(label, labels, places)
                (arguments.out / row[kind]).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(arguments.data / label, arguments.out / row[kind])
    with (arguments.out / "manifest.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} scenes in {arguments.out}")
    return 0


def _place_of_copy(label: str, labels: list[str], images: set[str]) -> str:
    """Where a label lies in the copy of its set: where it did, unless an image does, or the original, outside."""
    path = Path(label)
    if path.is_absolute() or ".." in path.parts or path.as_posix().casefold() in images:
        return f"labels/{labels.index(label):04d}_{path.name}"
    return label


def _photograph(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The pixels of an image of bytes, (H, W, bands), and where it is no data, (H, W, 1), (H, W, 0) where nowhere."""
    try:
        with Image.open(path) as opened:
            # What is to be printed has inks, not light; three of them are no colours, and the black one is no alpha.
            image = opened.convert("RGB") if opened.mode in ("CMYK", "YCbCr") else opened
            pixels = np.asarray(image)
            indexed = image.mode == "P"
            bands = len(image.getbands()) - image.mode.endswith("A")
    except OSError as error:
        raise EngineError(
            "bad_parameter", f"{path} cannot be read as a photograph ({error}).", "Convert it to PNG or JPEG."
        ) from error
    with open_scene(path) as scene:
        dtype = scene.dtype  # of colours of 16 bits Pillow shows the upper half
        _, valid = scene.read(Window(0, 0, scene.width, scene.height))
    if dtype != "uint8" or pixels.dtype != np.uint8 or indexed:
        raise EngineError(
            "bad_parameter",
            f"{path} holds no levels of 0 to 255, which a night camera's are made of.",
            "Convert it to an image of 8 bits, without a palette.",
        )
    # What is transparent, or called no data, is none, and no light falls on it.
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    colours, alpha = pixels[..., :bands], pixels[..., bands:]
    if not alpha.size and not valid.all():
        alpha = np.where(valid, 255, 0).astype(np.uint8)[..., None]
    return colours, alpha


def darken(image: NDArray[np.uint8], name: str) -> NDArray[np.uint8]:
    """A photograph as a night camera would have it.

    Args:
        image: of any shape, bytes.
        name: the scene's id, which seeds the noise.
    """
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    light = (image / 255.0) ** GAMMA * PHOTONS
    read = rng.poisson(light) + rng.normal(0, READ_NOISE, image.shape)
    return np.clip(np.round(read * FULL / PHOTONS), 0, 255).astype(np.uint8)
