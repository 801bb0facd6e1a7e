"""ASD: what deviates from ground that a person has taught to be normal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import EngineError
from ..models.asd import MARGIN
from ..models.guided import GUIDES
from ..models.surroundings import scene_density
from ..models.taught import Scaling, TaughtModel, load_model, shipped_models
from ..side_by_side import MOST, side_by_side
from .base import Detector, Step, register

if TYPE_CHECKING:
    from ..region import Region, Strip

TILE = 128
"""Side of what the network describes at once, in pixels: small enough for its features to stay in the cache."""

WIDE = 512
"""Columns whose distances are averaged at once: a thousand rows of them and their guides take some 30 MB."""


@register
class ASDDetector(Detector):
    """Descriptors of patches at three scales, and how far they lie from those of normal ground.

    The score is d / (d + d99), where d is the Mahalanobis distance of Eq. 14 and d99 the distance that one percent of
    the taught ground exceeds: 0.5 means "as deviating as the most deviating percent of normal ground", in every scene.
    """

    name = "asd"
    label = "ASD (taught what is normal)"
    description = (
        "Finds what deviates from ground that you have outlined as normal, whatever its size: landslides on a slope, "
        "clearings, diseased stands. Needs a taught model."
    )
    order = 20
    calibrated = True
    # What is not normal may be a third of the scene, or nothing at all.
    threshold_score = 0.5
    takes_model = True
    prepare_share = 0.3

    def use_model(self, model: str) -> None:
        """Load a taught model: its folder, or the name of a shipped one."""
        self._model: TaughtModel | None = load_model(model)
        self.weights_sha256 = str(self._model.card["sha256"])
        self.parameters = {"model": self._model.name, "taught": self._model.card.get("date")}

    def prepare(self, region: Region, step: Step) -> None:
        """See that the model fits the scene; where it adapts to scenes, learn how the bands are scaled here.

        Raises:
            EngineError: ``no_model``, ``different_bands``, and what the statistics raise.
        """
        model = getattr(self, "_model", None)
        if model is None:
            raise EngineError(
                "no_model",
                "ASD needs a model that was taught what is normal.",
                f"Teach one, or choose one that is shipped: {', '.join(shipped_models()) or 'none'}.",
            )
        bands = model.network.config.bands
        if region.scene.count != bands:
            raise EngineError(
                "different_bands",
                f"The model “{model.name}” was taught on {bands} bands; {region.scene.name} has {region.scene.count}.",
                "Teach a model on this layer, or choose the bands of the model in the toolbox or on the command line.",
            )
        names = model.card.get("band_names")
        if names and names != region.scene.band_names:
            self.warnings.append(
                f"The model “{model.name}” was taught on the bands {', '.join(names)}; {region.scene.name} has "
                f"{', '.join(region.scene.band_names)}. Scores mean something only where they are the same."
            )
        model = model.to(self.device)
        if model.scaling is None:
            scaling = Scaling.of_region(region, self.device, lambda share: step(share / 2))
            model = replace(model, scaling=scaling)
            if model.bands is not None:
                scene = scene_density(region, scaling, self.device, lambda share: step((1 + share) / 2))
                model = replace(model, scene=scene.to(self.device))
        self._model = model
        # A tile begins on an even row, and so does its margin.
        self.halo = MARGIN + model.span + 2
        step(1.0)

    def score(self, strip: Strip) -> NDArray[np.float32]:
        """Calibrated distances, tile by tile; every pixel's is what its patches alone would give."""
        model = self._model
        assert model is not None  # noqa: S101 - prepare has seen to it  # nosec B101
        pixels = torch.as_tensor(strip.pixels, device=self.device)
        valid = torch.as_tensor(strip.valid, device=self.device)
        at_once = 1 if pixels.is_cuda else MOST
        first = strip.row - strip.top
        begin = max(strip.row - model.span, first + first % 2) // 2 * 2
        end = min(strip.row + strip.rows + model.span, first + len(valid))
        maps = torch.zeros(1 + GUIDES if model.span else 1, end - begin, strip.columns, device=self.device)
        for row in range(begin, end, TILE):
            bottom = min(row + TILE, end)

            def fill(column: int, row: int = row, bottom: int = bottom) -> None:
                right = min(column + TILE, strip.columns)
                if not strip.valid[row - first : bottom - first, column:right].any():
                    return
                rows = (row - first, row - first + _even(bottom - row))
                found = model.maps(pixels, valid, rows, (column, column + _even(right - column)))
                maps[:, row - begin : bottom - begin, column:right] = found[:, : bottom - row, : right - column]

            side_by_side(fill, range(0, strip.columns, TILE), at_once)
            self.tick((bottom - begin) / (end - begin))
        scores = np.zeros((strip.rows, strip.columns), np.float32)
        seen = valid[begin - first : end - first]
        own = slice(strip.row - begin, strip.row - begin + strip.rows)

        def average(column: int) -> None:
            left, right = max(0, column - model.span), min(column + WIDE, strip.columns)
            reach = slice(left, min(right + model.span, strip.columns))
            score = model.score(maps[:, :, reach], seen[:, reach])[own, column - left : right - left]
            scores[:, column:right] = score.cpu()

        side_by_side(average, range(0, strip.columns, WIDE), at_once)
        return scores


def _even(length: int) -> int:
    return length + length % 2
