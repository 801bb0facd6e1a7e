"""Measures how far labels would get where ASD has none: a classifier taught with the masks of half of a set's scenes.

ASD learns from normal ground alone. This classifier, gradient boosting over levels and roughness around each pixel, is
told in the same scenes what is anomalous, too, and scores the same other half: what it misses, colour and texture of so
few scenes hardly tell. A network (``--network``) sees shape and surroundings, too.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.ensemble import HistGradientBoostingClassifier

from ..engine.errors import EngineError
from ..engine.metrics import split
from .asd_ceiling_network import network_ceiling
from .asd_protocol import measures, shown_halves
from .datasets import LabelledScene, LabelledSet, find_sets
from .evaluate import make_folder
from .tables import number, show_table

RADII = (1.5, 4.0, 10.0, 24.0)
"""Standard deviations in pixels of the Gaussian windows in which level and roughness are taken."""

_EVERY = 4
"""Pixels between those that are looked at, along rows and columns."""

_LEAVES, _TREES, _RATE = 31, 300, 0.06


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--data", required=True, metavar="DIR", help="folder with labelled sets, at any depth")
    parser.add_argument(
        "--sets", default="", metavar="A,B", help="names of the sets, or the ends of them; default: all with masks"
    )
    parser.add_argument(
        "--network", action="store_true", help="teach a small U-Net instead: a quarter of an hour a set on two cores"
    )
    parser.add_argument("--out", type=Path, default=Path("out/ceiling"), metavar="DIR", help="default: %(default)s")


def run(args: argparse.Namespace) -> int:
    """Teach, measure, print and save."""
    sets, _ = find_sets(args.data, [name for name in args.sets.split(",") if name])
    sets = [labelled for labelled in sets if not labelled.has_boxes and len(labelled.scenes) > 1]
    if not sets:
        raise EngineError(
            "bad_parameter", f"{args.data} has nothing to measure on.", "Choose sets of two scenes or more, with masks."
        )
    for labelled in sets:  # before the first is measured, for minutes
        one_number_of_bands(labelled)
    out = make_folder(args.out)
    headings = ["set, second half", "scenes", "AUC(D,F)", "pooled", "mIoU"]
    cells = []
    for labelled in sets:
        area, pooled, miou = network_ceiling(labelled) if args.network else ceiling(labelled)
        scored = len(shown_halves(labelled)[1])
        cells.append([labelled.name, str(scored), *(number(value, 3) for value in (area, pooled, miou))])
        print("  ".join(cells[-1]), flush=True)
    show_table(out / "ceiling", headings, cells)
    return 0


def ceiling(labelled: LabelledSet) -> tuple[float, float, float]:
    """Mean AUC over the scenes of the second half, AUC over all their pixels, and mIoU of these.

    Args:
        labelled: two scenes or more, with masks; every fourth pixel of every fourth row counts.
    """
    taught, scored = shown_halves(labelled)
    seen = [_pixels(scene) for scene in taught]
    classifier = HistGradientBoostingClassifier(
        max_iter=_TREES,
        learning_rate=_RATE,
        max_leaf_nodes=_LEAVES,
        l2_regularization=1.0,
        class_weight="balanced",
        random_state=0,
    )
    classifier.fit(np.concatenate([features for features, _ in seen]), np.concatenate([mask for _, mask in seen]))
    parts = []
    for features, mask in map(_pixels, scored):
        parts.append(split(classifier.predict_proba(features)[:, 1], mask))
    return measures(parts)


def one_number_of_bands(labelled: LabelledSet) -> None:
    """Refuse a set whose scenes have different numbers of bands.

    Raises:
        EngineError: ``different_bands``.
    """
    counts = set()
    for scene in labelled.scenes:
        with scene.open() as opened:
            counts.add(opened.count)
    if len(counts) > 1:
        raise EngineError(
            "different_bands", f"The scenes of {labelled.name} have different bands.", "Measure one kind at a time."
        )


def _pixels(scene: LabelledScene) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Features (n, F) and labels (n,) of some pixels of a scene."""
    pixels, valid = scene.read()
    mask, told = scene.read_labels(*valid.shape)
    chosen = slice(_EVERY // 2, None, _EVERY), slice(_EVERY // 2, None, _EVERY)
    known = (valid & told)[chosen]
    features = describe(np.where(valid, pixels, 0).astype(np.float32))
    return features[(slice(None), *chosen)][:, known].T, mask[chosen][known]


def describe(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Level and roughness around each pixel, and the level in units of its scene and as shares of the bands.

    Args:
        image: (C, H, W).

    Returns:
        (11 C, H, W).
    """
    levels, roughness = [], []
    for radius in RADII:
        level = ndimage.gaussian_filter(image, (0, radius, radius))
        square = ndimage.gaussian_filter(image**2, (0, radius, radius))
        levels.append(level)
        roughness.append(np.sqrt(np.maximum(square - level**2, 0)))
    middle = np.median(image, (1, 2), keepdims=True)
    spread = np.median(abs(image - middle), (1, 2), keepdims=True) + 1e-6
    units = [(level - middle) / spread for level in levels[1:3]]
    shares = levels[1] / np.maximum(abs(levels[1]).sum(0), 1e-6)
    return np.concatenate([*levels, *roughness, *units, shares])
