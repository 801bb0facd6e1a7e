"""Measures the models of normal classes: one class of ground is normal, the others are anomalous.

Of a set with class labels of whole images, an image's score is the median over its pixels, and AUC says how often an
image of another class scores above one of the model's own. Of a folder that models are taught from, each class is
taught from every other image, and blocks of the rest of them are told from such blocks of all other classes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rasterio.windows import Window

from ..engine.errors import EngineError
from ..engine.metrics import auc
from ..engine.models.asd import MARGIN
from ..engine.models.taught import SHIPPED, Scaling, TaughtModel, load_model, shipped_models
from ..engine.region import Region
from ..engine.scene import open_scene
from ..engine.teaching.learner import EVERY
from ..engine.tiles import reflect
from ..engine.whole_file import whole_file
from .asd_classes import class_ground, normal_classes, read_schedule, train
from .asd_general import outlined_ground
from .asd_protocol import model_place
from .evaluate import make_folder
from .tables import NOTHING, number, read_csv, save_json, show_table

DEFAULT_OUT = Path("out") / "asd_classes"

MOST_OF_AN_IMAGE = 24
"""Blocks that are scored of an image."""

OWN = 0.5
"""Share of a block that must be of its class for the block to count."""


@dataclass(frozen=True)
class Counterpart:
    """What a class of ours is among the labels of a set of images.

    Attributes:
        label: the same kind of ground.
        unclear: labels that are neither the same nor foreign, as their images hold much of the class.
    """

    label: str
    unclear: tuple[str, ...] = ()


COUNTERPARTS = {
    "forest": Counterpart("forest"),
    "grass": Counterpart("grass"),
    # Ponds were taught with the fields; car parks and works are a part of towns.
    "agriculture": Counterpart("field", ("riverlake",)),
    "water": Counterpart("riverlake"),
    "urban": Counterpart("resident", ("parking", "industry")),
}
"""Set down before anything was measured, for the labels of RSSCN7; "bare" has none there."""


def image_score(model: TaughtModel, path: Path) -> float:
    """The median over an image of its distances from normal ground, every fourth row and column; 0 and above.

    It is NaN where no pixel is valid.

    Raises:
        EngineError: ``different_bands``, and what reading raises.
    """
    with open_scene(path) as scene:
        if scene.count != model.network.config.bands:
            raise EngineError(
                "different_bands",
                f"The model “{model.name}” was taught on {model.network.config.bands} bands; {path} has {scene.count}.",
                "Measure it on images with the bands that it was taught on.",
            )
        pixels, valid = scene.read(Window(0, 0, scene.width, scene.height))
        scaling = model.scaling or Scaling.of_region(Region(scene), "cpu", lambda _: None)
        rows, columns = (-(-length // EVERY) * EVERY for length in (scene.height, scene.width))
    reach = (-MARGIN, rows + MARGIN), (-MARGIN, columns + MARGIN)
    image, known = (reflect(torch.from_numpy(array), *reach) for array in (pixels.astype(np.float32), valid))
    with torch.inference_mode():
        distance = model.distance(_laid_out(scaling(image, known)[None]), EVERY)[0]
    seen = known[MARGIN : MARGIN + rows : EVERY, MARGIN : MARGIN + columns : EVERY]
    return float(distance[seen].median())


def block_scores(model: TaughtModel, ground: Iterable[tuple[Path, dict[str, Any]]]) -> NDArray[np.float64]:
    """The median distance of each block of outlined ground, (n,), over the pixels of the outlines.

    Args:
        model: with a scaling of its own; else ``bad_model`` is raised.
        ground: images and areas; blocks that lie in an area with less than half are left out.
    """
    scores = []
    for path, area in ground:
        blocks = outlined_ground(model, [(path, area)], most=MOST_OF_AN_IMAGE)
        own = [n for n, normal in enumerate(blocks.normal) if normal.float().mean() >= OWN]
        for index in own:
            image, normal = blocks.images[index], blocks.normal[index, ::EVERY, ::EVERY]
            with torch.inference_mode():
                scores.append(float(model.distance(_laid_out(image[None]), EVERY)[0][normal].median()))
    return np.array(scores)


def measure_labels(models: Path, data: Path) -> list[dict[str, Any]]:
    """AUC of each model with a counterpart among the labels of a set of images.

    Args:
        models: folder of the models.
        data: a set whose ``manifest.csv`` has ``image`` and ``label``.

    Returns:
        A row per model: "class", "auc" (all foreign images), and one "LABEL" for each label, None where it does not
        count.

    Raises:
        EngineError: ``bad_parameter`` where the set has no labels, or none of them is known.
    """
    images = _labelled_images(data)
    labels = sorted({label for _, label in images})
    rows = []
    for name in [name for name in _models(models) if name in COUNTERPARTS and COUNTERPARTS[name].label in labels]:
        model, own = load_model(models / name), COUNTERPARTS[name]
        scores: dict[str, list[float]] = {label: [] for label in labels if label not in own.unclear}
        for path, label in images:
            if label in scores:
                score = image_score(model, path)
                if np.isnan(score):  # it would rank above all others
                    print(f"skipped {path}: it has no valid pixel", flush=True)
                else:
                    scores[label].append(score)
        rows.append(_row(name, scores.pop(own.label), scores, labels))
    if not rows:
        raise EngineError(
            "bad_parameter",
            f"No model in {models} has a counterpart among the labels {', '.join(labels)}.",
            f"Classes with counterparts are: {', '.join(COUNTERPARTS)}.",
        )
    return rows


def measure_held_out(data: Path, out: Path, changes: list[str], device: str) -> list[dict[str, Any]]:
    """AUC of blocks of other classes against blocks of images of the own class that were not taught.

    Args:
        data: a folder that models are taught from.
        out: where models taught from every other image are made; those that were taught likewise from the same files
            are used again.
        changes: of the schedule, ``name=value``.
        device: "auto", "cpu" or "cuda", for teaching.

    Returns:
        Rows like those of :func:`measure_labels`.
    """
    classes = normal_classes(data)
    ground = {name: class_ground(data, classes, name) for name in classes}
    taught = {name: outlined[::2] for name, outlined in ground.items()}
    images = [image for outlined in taught.values() for image, _ in outlined]
    areas = {name: [area for _, area in outlined] for name, outlined in taught.items()}
    schedule = asdict(read_schedule(changes))
    rows = []
    for name in [name for name in classes if len(ground[name]) > 1]:
        place = model_place(out, name, images, areas, schedule)
        if not place.exists():
            train(data, name, place, changes=changes, half=True, device=device)
        model = load_model(place)
        scores = {other: list(block_scores(model, ground[other][1::2])) for other in ground}
        rows.append(_row(name, scores.pop(name), scores, list(classes)))
        print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    return rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="labelled images, or taught imagery")
    parser.add_argument("--models", type=Path, default=SHIPPED, metavar="DIR", help="default: the shipped ones")
    parser.add_argument(
        "--held-out", action="store_true", help="teach each class from every other image of --data, measure on the rest"
    )
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change of the schedule")
    parser.add_argument("--cards", action="store_true", help="write what was measured into the cards of --models")
    parser.add_argument("--device", default="auto", help="for teaching: auto, cpu or cuda; default: auto")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, metavar="DIR", help="default: %(default)s")


def run(args: argparse.Namespace) -> int:
    """Measure, print, save, and write into cards."""
    out = make_folder(args.out)
    if args.held_out:
        what, rows = "held_out", measure_held_out(args.data, out / "models", args.set, args.device)
    else:
        what, rows = "labels", measure_labels(args.models, args.data)
    if not rows:
        raise EngineError(
            "bad_parameter", f"No class of {args.data} has two images.", "Give classes of two images or more."
        )
    headings = list(rows[0])
    cells = [[str(row["class"]), *(number(row[key], 3) for key in headings[1:])] for row in rows]
    show_table(out / what, headings, cells, rows=rows)
    if args.cards:
        for row in rows:
            _note(args.models / row["class"] / "card.json", what, args.data.resolve().name, row)
    return 0


def _row(name: str, own: list[float], others: dict[str, list[float]], labels: list[str]) -> dict[str, Any]:
    foreign = np.concatenate([np.empty(0), *others.values()])
    row: dict[str, Any] = {"class": name, "auc": auc(foreign, np.asarray(own))}
    return row | {
        label: auc(np.asarray(others[label]), np.asarray(own)) if label in others else None for label in labels
    }


def _labelled_images(data: Path) -> list[tuple[Path, str]]:
    try:
        return [(data / row["image"], row["label"]) for row in read_csv(data / "manifest.csv")]
    except (EngineError, KeyError) as error:
        raise EngineError(
            "bad_parameter",
            f"{data} is no set of images with class labels ({error}).",
            "Give a folder whose manifest.csv has the columns image and label.",
        ) from error


def _models(folder: Path) -> list[str]:
    return shipped_models() if folder == SHIPPED else sorted(card.parent.name for card in folder.glob("*/card.json"))


def _note(card: Path, what: str, data: str, row: dict[str, Any]) -> None:
    """Write a row into a card, beside what is there."""
    if not card.is_file() or np.isnan(row["auc"]):
        return
    content = json.loads(card.read_text(encoding="utf-8"))
    by = {
        key: round(value, 4) for key, value in row.items() if key not in ("class", "auc") and number(value) != NOTHING
    }
    content.setdefault("measured", {})[what] = {"data": data, "auc": round(row["auc"], 4), "against": by}
    with whole_file(card) as partial:
        save_json(partial, content)


def _laid_out(image: torch.Tensor) -> torch.Tensor:
    return image.contiguous(memory_format=torch.channels_last)
