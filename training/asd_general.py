"""Sets a class of ground against ground in general: the taught classes together, each with an equal share.

A density of varied ground alone calls the simplest image the most normal one, whatever it shows. Models of classes are
made where ground of other classes is at hand, so that they can tell how much likelier a pixel is on their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..engine.errors import EngineError
from ..engine.models.surroundings import surroundings
from ..engine.models.taught import Scaling, TaughtModel, load_model, save_model
from ..engine.scene import Scene, open_scene
from ..engine.teaching.ground import Ground, normal_polygons, read_ground
from ..engine.teaching.learner import EVERY, Learner, Schedule

Outlined = Sequence[tuple[Path, dict[str, Any]]]
"""Images, and an area of each."""

BLOCKS = 40
"""That are read of each class for ground in general."""

PIXELS = 4000
"""That are taken of each class."""

_SEED = 0


def outlined_ground(model: TaughtModel, outlined: Outlined, *, most: int) -> Ground:
    """Blocks of outlined ground, standardised as a model's own.

    Args:
        model: with a scaling of its own.
        outlined: images and areas.
        most: blocks to read.

    Raises:
        EngineError: ``bad_model`` where the model scales each scene by itself, and what reading raises.
    """
    scaling = model.scaling
    if scaling is None:
        raise EngineError(
            "bad_model",
            f"“{model.name}” scales each scene by itself, so that a foreign scene looks normal.",
            "Take models that were taught with --absolute, or by train asd.",
        )

    def known(_: Scene, __: torch.Tensor) -> Scaling:
        return scaling

    with ExitStack() as opened:
        scenes = [opened.enter_context(open_scene(path)) for path, _ in outlined]
        polygons = normal_polygons(scenes, [area for _, area in outlined])
        return read_ground(scenes, polygons, np.random.default_rng(_SEED), False, lambda _: None, known, most)


def set_against(folder: Path, own: Outlined, classes: Sequence[Outlined]) -> None:
    """Write a model anew, which from now on measures the bands by a likelihood ratio; descriptors stay as they are.

    Args:
        folder: of the model.
        own: what it was taught from.
        classes: all that is ground in general, its own included.

    Raises:
        EngineError: as :func:`outlined_ground`.
    """
    model = load_model(folder)
    chance = np.random.default_rng(_SEED)
    values = []
    for outlined in classes:
        ground = outlined_ground(model, outlined, most=BLOCKS)
        around = [surroundings(image[None], EVERY)[0] for image in ground.images]
        seen = ground.normal[:, ::EVERY, ::EVERY]
        found = torch.cat([block[:, mask].T for block, mask in zip(around, seen, strict=True)])
        # With replacement where a class is small: its share shall be that of the others.
        values.append(found[torch.from_numpy(chance.integers(0, len(found), PIXELS))])
    schedule = Schedule(**model.card["training"]["schedule"])
    ground = outlined_ground(model, own, most=600)
    made = Learner(model.network, ground, schedule, _SEED, torch.cat(values)).model()
    made.card = {**model.card, "general_ground": {"classes": len(classes), "pixels": PIXELS * len(classes)}}
    save_model(folder, made)
