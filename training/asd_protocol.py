"""Measuring ASD as an analyst would use it: normal ground outlined on half of a set's scenes, the other half scored.

The scenes of a set are sorted by their id. The first, third, fifth … are taught from: what their masks leave out is
their normal ground, the one use that is made of a label here. The second, fourth, sixth … are scored, and measured.
Every other detector of the same command is measured on that second half, too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.features import shapes
from rasterio.windows import Window

from ..engine.errors import EngineError
from ..engine.metrics import auc, mean_iou
from ..engine.models.taught import file_name
from ..engine.pipeline import score_scene
from ..engine.scene import Scene
from ..engine.teaching.learner import Schedule
from ..engine.teaching.teach import LONGEST_SECONDS, teach
from ..engine.work import file_states
from .datasets import LabelledScene, LabelledSet, Skipped

MODEL_FOLDER = "models"


def halves(labelled: LabelledSet) -> tuple[list[LabelledScene], list[LabelledScene]]:
    """The scenes to teach from, and those to score."""
    ordered = sorted(labelled.scenes, key=lambda scene: scene.id)
    return ordered[::2], ordered[1::2]


def teachable(labelled: LabelledSet) -> bool:
    """Whether a set can teach and be scored: it has masks, two scenes or more, and no MATLAB files."""
    matlab = any(scene.image.suffix.lower() == ".mat" for scene in labelled.scenes)
    return not (labelled.has_boxes or matlab) and len(labelled.scenes) > 1


def shown_halves(labelled: LabelledSet) -> tuple[list[LabelledScene], list[LabelledScene]]:
    """The halves without scenes of which no pixel is both data and labelled.

    Raises:
        EngineError: ``bad_parameter`` where that leaves nothing of one of them.
    """
    taught, scored = ([scene for scene in half if _shows_something(scene)] for half in halves(labelled))
    if not taught or not scored:
        half = "is scored" if taught else "teaches"
        raise EngineError(
            "bad_parameter",
            f"{labelled.name} has no pixel that is data and labelled in the half that {half}.",
            "Choose other sets with --sets.",
        )
    return taught, scored


def _shows_something(scene: LabelledScene) -> bool:
    _, valid = scene.read()
    return bool((valid & scene.read_labels(*valid.shape)[1]).any())


def normal_ground(scene: LabelledScene) -> dict[str, Any]:
    """The polygons of what a scene's mask leaves out, in its own coordinates; none where nothing of that is data."""
    with scene.open() as opened:
        mask, known = scene.read_labels(opened.height, opened.width)
        _, valid = opened.read(Window(0, 0, opened.width, opened.height))
        normal = known & ~mask
        if not (normal & valid).any():
            normal[:] = False
        pieces = shapes(normal.astype(np.uint8), mask=normal, transform=opened.transform)
        return {"geojson": {"type": "MultiPolygon", "coordinates": [piece["coordinates"] for piece, _ in pieces]}}


def measures(scenes: Sequence[tuple[NDArray[np.floating], NDArray[np.floating]]]) -> tuple[float, float, float]:
    """Mean AUC over scenes, AUC over all their pixels, and mIoU of these.

    Args:
        scenes: scores of the anomalous and of the normal pixels of each.
    """
    anomalous, normal = (np.concatenate(part) for part in zip(*scenes, strict=True))
    areas = [auc(positives, negatives) for positives, negatives in scenes]
    return float(np.nanmean(areas)), auc(anomalous, normal), mean_iou(anomalous, normal)


def teach_half(
    labelled: LabelledSet, out: Path, *, schedule: Schedule | None = None, seed: int = 0, device: str = "auto"
) -> Path:
    """Teach a model on the first half of a set.

    Args:
        labelled: with masks.
        out: the model's folder, which must not be there yet.
        schedule: how to learn; as documented when None. Its steps are all taken, however long that lasts.
        seed: of all chance.
        device: "auto", "cpu" or "cuda".

    Raises:
        EngineError: ``bad_parameter`` where no scene of the half has normal ground, and what teaching raises.
    """
    taught = [(scene.image, normal_ground(scene)) for scene in halves(labelled)[0]]
    # A scene may be anomalous as a whole (a flood, the middle of a landslide), or nodata.
    taught = [(image, ground) for image, ground in taught if ground["geojson"]["coordinates"]]
    if not taught:
        raise EngineError(
            "bad_parameter",
            f"The masks of {labelled.name} leave no normal ground in the half that teaches.",
            "Choose other sets with --sets.",
        )
    result = teach(
        [image for image, _ in taught],
        [ground for _, ground in taught],
        out,
        name=labelled.name,
        schedule=schedule,
        budget_s=LONGEST_SECONDS,
        seed=seed,
        device=device,
    )
    return Path(result.model)


def model_place(folder: Path, name: str, files: Iterable[Path], *facts: object) -> Path:
    """Where a model lies that is taught once: no model of the same name that was taught otherwise is there.

    Args:
        folder: of models.
        name: tells it from other models for people.
        files: that it is taught by, as they are now.
        facts: what else it is taught by, as plain JSON types.
    """
    states = file_states(str(path.resolve()) for path in files)
    return folder / file_name(f"{name}_{hashlib.sha256(json.dumps([states, *facts]).encode()).hexdigest()[:12]}")


def half_model(
    labelled: LabelledSet,
    folder: Path,
    name: str,
    *,
    schedule: Schedule | None = None,
    seed: int = 0,
    device: str = "auto",
) -> Path:
    """The model of the first half of a set, which is taught where it is not there yet.

    Args:
        labelled: with masks.
        folder: holds the model, see :func:`model_place`.
        name: tells it from other models of the set.
        schedule: as of :func:`teach_half`.
        seed: as of :func:`teach_half`.
        device: as of :func:`teach_half`; does not count for whether the model is there.
    """
    files = [path for scene in halves(labelled)[0] for path in (scene.image, scene.mask) if path is not None]
    place = model_place(folder, name, files, asdict(schedule or Schedule()), seed)
    if place.exists():
        print(f"{labelled.name} was taught already: {place}", flush=True)
    else:
        print(f"teaching {labelled.name} …", flush=True)
        teach_half(labelled, place, schedule=schedule, seed=seed, device=device)
    return place


class TaughtScorer:
    """Scores scenes, for :func:`~anomaly_lens.training.evaluate.evaluate`: those of a set by the set's own model.

    Args:
        sets: with masks, or all kinds where a model is given.
        model: what to score by; each set's own when None.
        folder: where the sets' models are made.
        device: "auto", "cpu" or "cuda".

    Attributes:
        sets: what is left to be scored of each set.
        skipped: sets that nothing can be taught from.
    """

    def __init__(self, sets: Sequence[LabelledSet], model: str | None, folder: Path, device: str) -> None:
        self.sets = list(sets)
        self.skipped: list[Skipped] = []
        self._model = model
        self._models: dict[str, str] = {}
        if model is not None:
            return
        self.sets = []
        for labelled in sets:
            if not teachable(labelled):
                self.skipped.append(Skipped(labelled.name, "asd is taught from rasters with masks, two at least"))
                continue
            place = half_model(labelled, folder / MODEL_FOLDER, labelled.name, device=device)
            scored = halves(labelled)[1]
            self.sets.append(replace(labelled, scenes=tuple(scored)))
            self._models |= {str(scene.image): str(place) for scene in scored}

    def __call__(self, scene: Scene, detector: str, modality: str, device: str) -> NDArray[np.float32]:
        """Raw scores of a scene."""
        if detector != "asd":
            return score_scene(scene, detector, modality=modality, device=device)
        model = self._model or self._models.get(scene.path)
        if model is None:
            raise EngineError("no_model", f"No model was taught for {scene.path}.", "Give one with --model.")
        return score_scene(scene, detector, model=model, modality=modality, device=device)
