"""Objects that somebody outlined in photographs: too large to be found again, or of kinds that no cut-out shows.

A file lists photographs with polygons in their pixels, ``{"photographs": {"visible/a.jpg": [[[x, y], …], …]}}``, and
likewise, as ``"held"``, those that are kept from training, to measure on; their lists may be empty.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from ...engine.errors import EngineError

FILE = "outlines.json"
"""Name of the file in the folder of imagery."""

OWN = Path(__file__).parent.parent / "configs" / FILE
"""What holds where the folder has none: aircraft in orthophotos of an airport and an airfield."""

Polygons = list[NDArray[np.float64]]
"""Each (n, 2): x and y of its corners in pixels, from the photograph's upper left corner."""


@dataclass
class Outlines:
    """Polygons by photograph, as paths from the folder of imagery.

    Attributes:
        photographs: those to train on.
        held: those to measure on.
    """

    photographs: dict[str, Polygons] = field(default_factory=dict)
    held: dict[str, Polygons] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Outlines:
        """Those of a folder of imagery.

        Raises:
            EngineError: ``bad_parameter``: its file does not list outlines, or those of a photograph that is not there.
        """
        path = folder / FILE if (folder / FILE).is_file() else OWN
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            parts = [
                {name: [_polygon(corners) for corners in polygons] for name, polygons in content.get(part, {}).items()}
                for part in ("photographs", "held")
            ]
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise EngineError(
                "bad_parameter", f"{path} does not list outlines: {error}.", "See docs/retraining.md, or remove it."
            ) from error
        # The project's own are of its own imagery: any other folder has none of these files.
        absent = [] if path == OWN else [name for part in parts for name in part if not (folder / name).is_file()]
        if absent:
            raise EngineError(
                "bad_parameter",
                f"{path} lists {absent[0]}, which does not exist.",
                "Give paths from the folder of the file, such as visible/a.jpg.",
            )
        return cls(*parts)

    def of_photograph(self, path: str) -> Polygons:
        """What is outlined in a photograph, to train or to measure on."""
        return self.photographs.get(path) or self.held.get(path) or []


def own_photographs() -> set[str]:
    """The project's own photographs with outlines, as paths from the folder of imagery: by them it is known."""
    content = json.loads(OWN.read_text(encoding="utf-8"))
    return {*content["photographs"], *content["held"]}


def _polygon(corners: object) -> NDArray[np.float64]:
    polygon = np.asarray(corners, np.float64)
    if polygon.ndim != 2 or polygon.shape[1] != 2 or len(polygon) < 3:
        msg = "a polygon is three or more pairs of x and y"
        raise ValueError(msg)
    return polygon


def mark_outlined(marks: NDArray[np.int32], polygons: Polygons, scale: float) -> None:
    """Add outlined objects to what is known of a photograph; what was found where they lie gives way, but no outline.

    Args:
        marks: (H, W), as of :func:`~.natural.mark_objects`.
        polygons: in pixels of the photograph's file.
        scale: pixels of ``marks`` a pixel of the file.
    """
    last = int(marks.max(initial=0))
    for number, polygon in enumerate(polygons, last + 1):
        inside = _inside(polygon * scale, marks.shape)
        found = np.unique(marks[inside])
        marks[np.isin(marks, found[(found > 0) & (found <= last)])] = 0
        marks[inside] = number


def cut_out(photograph: NDArray[np.uint8], polygons: Polygons, scale: float) -> list[NDArray[np.uint8]]:
    """The outlined objects of a photograph, to be pasted elsewhere: each (h, w, 4) with alpha.

    Args:
        photograph: (H, W, 3).
        polygons: in pixels of the photograph's file.
        scale: pixels of ``photograph`` a pixel of the file.
    """
    found = []
    for polygon in polygons:
        inside = _inside(polygon * scale, photograph.shape[:2])
        if inside.any():
            ((rows, columns),) = ndimage.find_objects(inside.astype(np.uint8))
            alpha = inside[rows, columns, None].astype(np.uint8) * np.uint8(255)
            found.append(np.concatenate([photograph[rows, columns], alpha], 2))
    return found


def _inside(polygon: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    drawn = Image.new("1", (shape[1], shape[0]))
    ImageDraw.Draw(drawn).polygon([tuple(corner) for corner in polygon], fill=1)
    return np.asarray(drawn)
