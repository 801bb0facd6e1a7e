"""A small heat map that shows, while a network is taught, what it makes of a piece of the first scene."""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import torch
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from ..models.density import GaussianDensity
from ..models.taught import Scaling, TaughtModel
from ..scene import Scene

SIDE = 384
"""Longest side of the piece, in pixels."""


class Preview:
    """Heat maps of the piece of a scene around its normal ground.

    Each is an 8-bit grey PNG beside the model to be: 0 is nothing unusual, 255 the most. Its name never changes twice
    in a row, so that whoever reads the latest is not overtaken by the next.

    Args:
        scene: the first of those that are taught from.
        polygon: its normal ground, in pixel coordinates.
        scaling: of the scene's bands.
        density: of what is around pixels in the whole scene, or None; see :class:`~..models.taught.TaughtModel`.
        folder: where the pictures go.

    Attributes:
        latest: where the latest picture is and where it lies, or None; see :class:`~.teach.TeachProgress`.
    """

    def __init__(
        self, scene: Scene, polygon: BaseGeometry, scaling: Scaling, density: GaussianDensity | None, folder: Path
    ) -> None:
        center = polygon.centroid
        width, height = min(SIDE, scene.width), min(SIDE, scene.height)
        left = int(np.clip(center.x - width / 2, 0, scene.width - width)) // 2 * 2
        top = int(np.clip(center.y - height / 2, 0, scene.height - height)) // 2 * 2
        pixels, valid = scene.read(Window(left, top, width, height))
        self._pixels, self._valid = torch.from_numpy(pixels), torch.from_numpy(valid)
        self._scaling = scaling
        self._density = density
        self._folder = folder
        corners = np.array([left, left + width, left, left + width]), np.array([top, top, top + height, top + height])
        x, y = scene.to_map(*(c.astype(np.float64) for c in corners))
        self._place = {
            "extent": [float(x.min()), float(y.min()), float(x.max()), float(y.max())],
            "crs": None if scene.crs is None else scene.crs.to_string(),
            "width": width,
            "height": height,
        }
        self._number = 0
        self.latest: dict[str, Any] | None = None

    def draw(self, model: TaughtModel) -> None:
        """Write the next picture: what a model makes of the piece."""
        height, width = self._valid.shape
        model = replace(model, scaling=self._scaling, scene=self._density).to(str(model.device))
        pixels, valid = self._pixels.to(model.device), self._valid.to(model.device)
        # The coarsest scale sees pairs of pixels: what is odd is mirrored by one.
        maps = model.maps(pixels, valid, (0, height + height % 2), (0, width + width % 2))[:, :height, :width]
        score = model.score(maps, valid).cpu()
        score = torch.where(self._valid, score, 0.0)
        self._number += 1
        path = self._folder / f"preview_{self._number % 2}.png"
        # Where the disk is full, the picture of before stays: to learn needs no other.
        with warnings.catch_warnings(), suppress(RasterioError):
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path, "w", driver="PNG", width=width, height=height, count=1, dtype="uint8") as png:
                png.write((score * 255).round().to(torch.uint8).numpy(), 1)
            self.latest = {"path": str(path), "number": self._number, **self._place}
