"""Teaches ASD one normal class of a folder of images: those that ship, and masked data sets as in the paper.

A data set is a folder with ``classes.json``: {"CLASS": {"title": …, "scenes": {"image": …}}}, where each image names
what of it is normal: "all", boxes [left, top, right, bottom] in pixels, or the name of a mask, an image above half
of its range on normal ground. Where the folder has none, the project's own outlines of its training imagery are used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from rasterio.features import shapes

from ..engine.errors import EngineError
from ..engine.models.taught import SHIPPED
from ..engine.scene import Scene, open_scene
from ..engine.teaching.learner import LOSSES, Schedule
from ..engine.teaching.teach import LONGEST_SECONDS, TeachResult, check_place, placed, saving, teach, work_folder
from .asd_general import set_against
from .datasets import read_mask
from .settings import check_ranges, settings_of

OUTLINES = Path(__file__).parent / "configs" / "asd_classes.json"
"""What of the training imagery is of which class, outlined by eye for this project."""


def normal_classes(data: Path) -> dict[str, dict[str, Any]]:
    """The classes of a data set: titles and scenes by name.

    Raises:
        EngineError: ``bad_parameter``.
    """
    path = data / "classes.json"
    path = path if path.is_file() else OUTLINES
    try:
        classes: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        for entry in classes.values():
            entry["scenes"].items()
        return classes
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EngineError("bad_parameter", f"{path} does not list classes ({error}).", "See docs/asd.md.") from error


def class_ground(data: Path, classes: dict[str, dict[str, Any]], name: str) -> list[tuple[Path, dict[str, Any]]]:
    """The images of a class, and what of each is normal, as the engine takes areas.

    Args:
        data: folder of the images.
        classes: from :func:`normal_classes`.
        name: of the class.

    Raises:
        EngineError: ``bad_parameter`` for a class or image that is not there.
    """
    if name not in classes:
        raise EngineError("bad_parameter", f"There is no class “{name}”.", f"Classes are: {', '.join(classes)}.")
    scenes = {data / image: what for image, what in classes[name]["scenes"].items()}
    missing = [image for image in scenes if not image.is_file()]
    if missing:
        raise EngineError("bad_parameter", f"{missing[0]} does not exist.", "Check --data.")
    return [(image, _normal(image, data, what)) for image, what in scenes.items()]


def read_schedule(changes: Sequence[str]) -> Schedule:
    """How a class is taught: as documented, with changes ``name=value``.

    Raises:
        EngineError: ``bad_parameter``.
    """
    schedule = settings_of(Schedule, {}, changes)
    check_ranges(schedule, above=("steps", "learning_rate", "length"), least=LOSSES)
    if not any(getattr(schedule, loss) for loss in LOSSES):
        raise EngineError("bad_parameter", "No loss has a weight.", f"Give one of {', '.join(LOSSES)} above 0.")
    return schedule


def train(
    data: Path,
    name: str,
    out: Path | None,
    *,
    changes: Sequence[str] = (),
    half: bool = False,
    device: str = "auto",
) -> TeachResult:
    """Teach one class, and set it against all classes together; see :mod:`.asd_general`.

    Args:
        data: folder of the images.
        name: of the class.
        out: the model's folder; where shipped models lie when None.
        changes: of the schedule, ``name=value``.
        half: whether from every other image alone, so that it can be measured on the rest.
        device: "auto", "cpu" or "cuda".

    Raises:
        EngineError: ``bad_parameter`` for a class or image that is not there, and what teaching raises.
    """
    classes = normal_classes(data)
    every = 2 if half else 1
    ground = class_ground(data, classes, name)[::every]
    # Before teaching: an image that is missing must not leave half a model behind.
    grounds = [ground if other == name else class_ground(data, classes, other)[::every] for other in classes]
    _check_bands(image for outlined in grounds for image, _ in outlined)
    schedule = read_schedule(changes)
    place = out or SHIPPED / name
    check_place(place)
    # Until it is set against all classes, it lies where nobody takes it for a whole model, however this ends.
    with work_folder(place) as work:
        result = teach(
            [image for image, _ in ground],
            [area for _, area in ground],
            work / "model",
            name=classes[name].get("title", name),
            sources=[image.relative_to(data).as_posix() for image, _ in ground],
            schedule=schedule,
            # What a shipped model is for: whatever is not of its class, a whole scene of it included.
            adapt=False,
            budget_s=LONGEST_SECONDS,
            device=device,
        )
        if len(classes) > 1:
            set_against(work / "model", ground, grounds)
        with saving(place):
            place = placed(work / "model", place)
    return replace(result, model=str(place))


def _check_bands(images: Iterable[Path]) -> None:
    """Before teaching: a class is set against all, which must have the bands that it has."""
    counts: dict[int, Path] = {}
    for image in images:
        with open_scene(image) as scene:
            counts.setdefault(scene.count, image)
    if len(counts) > 1:
        (count, image), (other_count, other), *_ = counts.items()
        raise EngineError(
            "different_bands",
            f"{image} has {count} bands, {other} has {other_count}.",
            "Give all classes images with the same bands: each is set against the others.",
        )


def _normal(image: Path, data: Path, what: str | list[Any]) -> dict[str, Any]:
    """Normal ground of an image as the engine takes it, in the image's own coordinates."""
    with open_scene(image) as scene:
        if what == "all":
            area = shapely.box(0, 0, scene.width, scene.height)
        elif isinstance(what, str):
            area = _masked(scene, data / what)
        else:
            area = _boxed(image, what)
        placed = shapely.transform(area, scene.to_map, interleaved=False)
    return {"geojson": json.loads(shapely.to_geojson(placed))}


def _boxed(image: Path, boxes: list[Any]) -> shapely.Geometry:
    try:
        return shapely.union_all([shapely.box(*map(float, box)) for box in boxes])
    except (TypeError, ValueError) as error:
        raise EngineError(
            "bad_parameter",
            f"What is normal of {image} cannot be “{boxes}”.",
            "Give “all”, a list of boxes [left, top, right, bottom], or the name of a mask; see docs/asd.md.",
        ) from error


def _masked(scene: Scene, path: Path) -> shapely.Geometry:
    normal, _ = read_mask(path, scene.height, scene.width)
    return shapely.union_all([shapely.geometry.shape(s) for s, _ in shapes(normal.astype(np.uint8), mask=normal)])
