"""Makes sets of real objects that nobody pasted, from photographs held back in training, to choose weights by.

What a network scores on simulated scenes says little about real ones: it can learn to tell what was pasted. Photographs
that show known objects (cut-outs found again where they were taken from, and outlined ones) are kept from training, and
become sets that ``evaluate`` reads: visible, the same at night, and the same as a thermal camera might show them. They
belong to the training imagery: no labelled validation scene is looked at.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from ..engine.errors import EngineError
from .arguments import at_least
from .darken import darken
from .evaluate import make_folder
from .simulation import read_bank
from .simulation.grounds import grey
from .tables import save_csv

NAME = "held_objects"
"""Of the set within the folder of each modality."""

MODALITIES = ("visible", "low_light", "infrared")

_TRIES = 60
"""Places that are tried for each scene."""

_LEAST_SIDE = 32
"""Pixels of a photograph that a scene shows, at least, along each side."""

_SMALLEST = 0.1
"""Of what an object was, that it is shown as."""

_MARGIN = 2
"""Pixels between an object and its box: boxes are drawn loosely."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of training imagery")
    parser.add_argument("--out", type=Path, default=Path("out/natural"), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--scenes", type=at_least(1), default=8, help="out of each photograph; default: %(default)s")
    parser.add_argument("--side", type=at_least(1), default=448, help="of a scene, in pixels; default: %(default)s")
    parser.add_argument("--most", type=at_least(1), default=8, help="objects of a scene; default: %(default)s")
    parser.add_argument(
        "--enlarge",
        type=float,
        default=1,
        metavar="N",
        help="show objects N times as large, or smaller with N below 1; default: %(default)s",
    )
    parser.add_argument("--seed", type=at_least(0), default=0, help="of all chance; default: %(default)s")


def run(arguments: argparse.Namespace) -> int:
    """Make the sets."""
    times, most = arguments.enlarge, max(1, arguments.side // _LEAST_SIDE)
    if not _SMALLEST <= times <= most:
        raise EngineError(
            "bad_parameter",
            f"A scene of {arguments.side} pixels cannot be enlarged {times:g} times.",
            f"Give {_SMALLEST} to {most}.",
        )
    bank = read_bank(arguments.data).with_known_objects()
    rng = np.random.default_rng(arguments.seed)
    scenes = [
        enlarged(*scene, times)
        for photograph, known in bank.held
        for scene in parts(rng, photograph, known, arguments.scenes, int(arguments.side / times), arguments.most)
    ]
    if not scenes:
        raise EngineError(
            "bad_parameter",
            f"No photograph of {arguments.data} is known to show few objects.",
            "Its objects need a manifest that says which photographs they were cut out of; try another --side.",
        )
    for modality in MODALITIES:
        write_set(arguments.out / modality / NAME, modality, scenes)
    count = sum(len(boxes) for _, boxes in scenes)
    print(f"{len(scenes)} scenes of {count} objects in {arguments.out}, as {', '.join(MODALITIES)}")
    return 0


def parts(
    rng: np.random.Generator,
    photograph: NDArray[np.uint8],
    known: NDArray[np.int32],
    count: int,
    side: int,
    most: int,
) -> list[tuple[NDArray[np.uint8], NDArray[np.int_]]]:
    """Squares of a photograph that show few known objects, and nothing of one that they cut off.

    Args:
        rng: of their places.
        photograph: (H, W, 3).
        known: (H, W), as of :func:`~anomaly_lens.training.simulation.natural.mark_objects`.
        count: of squares, at most.
        side: of one.
        most: objects in one.

    Returns:
        Squares (side, side, 3), with boxes (n, 4): left, top, right, bottom.
    """
    found: list[tuple[NDArray[np.uint8], NDArray[np.int_]]] = []
    places = ndimage.find_objects(np.maximum(known, 0))
    height, width = known.shape
    if min(height, width) < side:
        return found
    for _ in range(_TRIES):
        top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
        boxes = [
            (place[1].start - left, place[0].start - top, place[1].stop - left, place[0].stop - top)
            for place in places
            if place is not None
        ]
        seen = [b for b in boxes if b[2] > 0 and b[3] > 0 and b[0] < side and b[1] < side]
        whole = [b for b in seen if min(b) >= _MARGIN and max(b) <= side - _MARGIN]
        if 1 <= len(seen) <= most and len(whole) == len(seen):
            grown = np.array(whole) + np.array([-_MARGIN, -_MARGIN, _MARGIN, _MARGIN])
            found.append((photograph[top : top + side, left : left + side], grown))
            if len(found) == count:
                break
    return found


def enlarged(
    image: NDArray[np.uint8], boxes: NDArray[np.int_], times: float
) -> tuple[NDArray[np.uint8], NDArray[np.int_]]:
    """A scene (H, W, 3) and its boxes (n, 4), so many times as large: how well larger or smaller objects are found."""
    if times == 1:
        return image, boxes
    # As boxes grow, or one at the edge would end beyond it.
    size = math.ceil(image.shape[1] * times), math.ceil(image.shape[0] * times)
    by = Image.Resampling.BICUBIC if times > 1 else Image.Resampling.BOX
    grown = np.hstack([np.floor(boxes[:, :2] * times), np.ceil(boxes[:, 2:] * times)]).astype(int)
    return np.asarray(Image.fromarray(image).resize(size, by)), grown


def write_set(folder: Path, modality: str, scenes: list[tuple[NDArray[np.uint8], NDArray[np.int_]]]) -> None:
    """Write one set: images as the modality shows them, boxes and a manifest."""
    make_folder(folder / "images")
    rows: list[dict[str, object]] = []
    boxes: list[dict[str, object]] = []
    for number, (image, objects) in enumerate(scenes):
        name = f"{number:03d}"
        Image.fromarray(as_seen(image, modality, name)).save(folder / "images" / f"{name}.png")
        rows.append({"id": name, "image": f"images/{name}.png", "mask": "", "boxes": "boxes.csv"})
        edges = ("xmin", "ymin", "xmax", "ymax")
        boxes += [{"id": name, "class": "object"} | dict(zip(edges, box, strict=True)) for box in objects.tolist()]
    save_csv(folder / "manifest.csv", rows)
    save_csv(folder / "boxes.csv", boxes)


def as_seen(image: NDArray[np.uint8], modality: str, name: str) -> NDArray[np.uint8]:
    """A photograph (H, W, 3) as a modality shows it, chance seeded by the scene's name; thermal ones are (H, W)."""
    if modality == "visible":
        return image
    if modality == "low_light":
        return darken(image, name)
    rng = np.random.default_rng([3, *name.encode()])
    heat = grey(rng, image.astype(np.float32) / 255)[..., 0]
    heat = ndimage.gaussian_filter(heat, rng.uniform(0.5, 1.2))
    heat = 0.1 + 0.7 * heat + 0.01 * rng.standard_normal(heat.shape, np.float32)
    return np.asarray(np.clip(np.round(heat * 255), 0, 255), np.uint8)
