"""Labelled scenes in folders with a ``manifest.csv``.

Such a folder is a *set*. Its manifest has a line per scene with at least ``id``, ``image`` and one of ``mask`` and
``boxes``; ``data_var`` names the cube in a ``.mat`` file. Paths are relative to the folder. Masks are images that are
above half of their range on anomalies; ``boxes.csv`` has lines ``id,class,xmin,ymin,xmax,ymax`` in pixels, the maxima
exclusive.

The labels are for measuring only. A set's modality is told by its folders, from the innermost outwards: the first
whose name is a modality, or one of the names in :data:`MODALITY_OF_FOLDER`, decides; where none is, the engine's own
suggestion holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from ..engine.errors import EngineError
from ..engine.evaluation import agreed
from ..engine.profiles import PROFILES
from ..engine.scene import Scene, open_scene
from .colour_table import coloured
from .mat import open_mat
from .tables import read_csv

MODALITY_OF_FOLDER = {
    **{name: name for name in PROFILES},
    "lowlight": "low_light",
    "thermal": "infrared",
    "asd": "visible",  # landslides, colour and false colour
}

_WHITES = (255, 65535)
"""White of a mask of 8 bits, and of 16."""

_GREY = 128
"""The largest level of a mask of 8 bits is this at least, unless there are but two."""

_BAD_MANIFEST = "Mend the line, or remove it from the manifest."


@dataclass(frozen=True)
class LabelledScene:
    """A scene and what is known to be anomalous in it.

    Attributes:
        id: its name in the manifest.
        image: the raster, or a ``.mat`` file.
        mask: an image of the anomalous pixels, or None.
        boxes: shape (n, 4): left, top, right, bottom, the latter two exclusive; None when the label is not boxes.
        variable: the cube's name in a ``.mat`` file, or None.
    """

    id: str
    image: Path
    mask: Path | None = None
    boxes: NDArray[np.int64] | None = field(default=None, compare=False)
    variable: str | None = None

    def open(self) -> AbstractContextManager[Scene]:
        """The scene, to be used in a ``with`` statement; its ``path`` is what the engine opens."""
        if self.image.suffix.lower() == ".mat":
            return open_mat(self.image, self.variable)
        return open_scene(self.image)

    def read(self) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """All pixels, (bands, height, width), and which are valid, (height, width)."""
        with self.open() as scene:
            return scene.read(Window(0, 0, scene.width, scene.height))

    def within(self, height: int, width: int) -> LabelledScene:
        """The same with boxes that end at the scene's edges; those beyond are left out.

        Args:
            height: rows of the scene.
            width: columns of the scene.
        """
        if self.boxes is None:
            return self
        boxes = np.minimum(self.boxes, [width, height, width, height])
        return replace(self, boxes=boxes[(boxes[:, 2:] > boxes[:, :2]).all(axis=1)])

    def read_mask(self, height: int, width: int) -> NDArray[np.bool_]:
        """Which pixels are anomalous, as :meth:`read_labels` says."""
        return self.read_labels(height, width)[0]

    def read_labels(self, height: int, width: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which pixels are anomalous, inside a box where the label is boxes; and of which the label says anything.

        A mask's nodata is neither anomaly nor background, unless that is 0: many programs write its zeros as nodata.

        Args:
            height: rows of the scene.
            width: columns of the scene.

        Returns:
            Both of shape (height, width).

        Raises:
            EngineError: ``scene_not_found``, ``scene_unreadable`` or ``bad_parameter``.
        """
        if self.boxes is not None:
            known = np.ones((height, width), dtype=bool)
            filled = np.zeros((height, width), dtype=bool)
            for left, top, right, bottom in self.boxes:
                filled[top:bottom, left:right] = True
            return filled, known
        return read_mask(Path(str(self.mask)), height, width)


def read_mask(path: Path, height: int, width: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which pixels an image calls anomalous or normal: what is above half of its range; and of which it says anything.

    Args:
        path: of the image; one of several bands is a grey one, or one of a single colour on black.
        height: rows of its scene.
        width: columns of its scene.

    Returns:
        Both of shape (height, width).

    Raises:
        EngineError: ``scene_not_found``, ``scene_unreadable``, or ``bad_parameter`` for an image that is no mask, or
            none of this scene.
    """
    with open_scene(str(path)) as mask:
        if (mask.height, mask.width) != (height, width):
            raise EngineError(
                "bad_parameter",
                f"The mask {path} is {mask.width}x{mask.height} pixels, its scene {width}x{height}.",
                "Give the scene and its mask the same size.",
            )
        values, valid = mask.read(Window(0, 0, width, height))
        table = mask.colour_table()
        # What is transparent in a drawing of the anomalies is background.
        known = valid if mask.nodata not in (None, 0) or mask.dtype.startswith("float") else np.ones_like(valid)
    values = values if table is None else _as_drawn(values[0], table)
    found = agreed([above_half(band, path) for band in values])
    if found is None:
        raise EngineError(
            "bad_parameter",
            f"{path} holds several colours, and is no mask.",
            "Make a mask of two values of it, 0 and 255: what is 255 counts.",
        )
    return found, known


def _as_drawn(numbers: NDArray[Any], table: Mapping[int, tuple[int, ...]]) -> NDArray[Any]:
    """What a mask shows whose pixels are numbers of a colour table: its levels, as white may have the lower number.

    Where it is neither grey nor on black, its colours do not tell what is anomalous, and the numbers hold.
    """
    levels = coloured(numbers.astype(int), table)
    told = len(levels) == 1 or (levels == 0).all(axis=0).any()
    return levels if told and levels.any() else numbers[None]


def above_half(values: NDArray[np.floating], path: Path) -> NDArray[np.bool_]:
    """Which pixels of a mask are above half of its range.

    Args:
        values: of the mask.
        path: where they are from.

    Raises:
        EngineError: ``bad_parameter`` where they are numbers of objects or classes: half of these would be left out.
    """
    smallest, largest = values.min(), values.max()
    between = np.unique(values[(values > smallest) & (values < largest)])
    # Levels between the two, at edges or of JPEG, come with a largest that is close to white, and are not all there.
    grey = _GREY <= largest <= _WHITES[0] or largest == _WHITES[1]
    every = len(between) + 1 == largest and largest not in _WHITES
    # As data sets have it whose 255 is what nobody labelled: it would be what counts, and the anomalies background.
    ignored = between.tolist() == [1] and largest in _WHITES
    if len(between) and (between % 1 == 0).all() and (every or ignored or not grey):
        raise EngineError(
            "bad_parameter",
            f"{path} holds numbers up to {largest:g}, of objects or classes, and is no mask.",
            "Make a mask of two values of it, 0 and 255: what is 255 counts. What is neither can be its nodata.",
        )
    return np.asarray(values > max(largest, 1) / 2)


@dataclass(frozen=True)
class LabelledSet:
    """The labelled scenes of one folder.

    Attributes:
        name: the folder, relative to where the search began.
        folder: the folder.
        modality: the name of a profile, or None where the folders do not say.
        scenes: what it holds.
    """

    name: str
    folder: Path
    modality: str | None
    scenes: tuple[LabelledScene, ...]

    @property
    def has_boxes(self) -> bool:
        """Whether the label is loose boxes, so that pixel measures are bounded from above."""
        return any(scene.boxes is not None for scene in self.scenes)


@dataclass(frozen=True)
class Skipped:
    """A folder with a manifest that cannot be measured on.

    Attributes:
        name: the folder, relative to where the search began.
        reason: why, in a few words.
    """

    name: str
    reason: str


def find_sets(folder: str | Path, names: Sequence[str] = ()) -> tuple[list[LabelledSet], list[Skipped]]:
    """All sets in a folder, at any depth.

    Args:
        folder: where to search.
        names: the sets wanted, by the whole or the last parts of their names; all when empty.

    Returns:
        The sets by name, and the folders left out because their manifest has no masks and no boxes.

    Raises:
        EngineError: ``bad_parameter`` where the folder, a wanted set, or a file that a manifest names is missing, or
            where boxes have other ids than the manifest, or one that two scenes have.
    """
    root = Path(folder)
    if not root.is_dir():
        raise EngineError("bad_parameter", f"{root} is not a folder.", "Give the folder that holds the labelled sets.")
    sets: list[LabelledSet] = []
    skipped: list[Skipped] = []
    known: list[str] = []
    for manifest in sorted(root.rglob("manifest.csv")):
        name = manifest.parent.relative_to(root).as_posix()
        name = manifest.parent.resolve().name if name == "." else name
        known.append(name)
        if names and not any(_is_named(name, wanted) for wanted in names):
            continue
        rows = read_csv(manifest)
        if not rows or not {"mask", "boxes"} & rows[0].keys():
            skipped.append(Skipped(name, "its manifest has neither masks nor boxes"))
            continue
        sets.append(LabelledSet(name, manifest.parent, modality_of(manifest.parent), tuple(_scenes(manifest, rows))))
    missing = [wanted for wanted in names if not any(_is_named(name, wanted) for name in known)]
    if missing or not known:
        problem = f"no set called “{missing[0]}”" if missing else "no manifest.csv"
        hint = f"The sets are: {', '.join(known)}." if known else "Give the folder that holds the labelled sets."
        raise EngineError("bad_parameter", f"{root} has {problem}.", hint)
    return sets, skipped


def check_labels(sets: Sequence[LabelledSet]) -> None:
    """Read every label before anything is scored, for hours perhaps: the last may be of another size than its scene.

    Raises:
        EngineError: what :meth:`LabelledScene.open` and :meth:`LabelledScene.read_mask` raise.
    """
    for scene in (scene for labelled in sets for scene in labelled.scenes):
        with scene.open() as opened:
            scene.read_mask(opened.height, opened.width)


def modality_of(folder: Path) -> str | None:
    """The modality that a set's folders tell, or None; see the module's rule."""
    parts = reversed(folder.resolve().parts)
    return next((MODALITY_OF_FOLDER[part.lower()] for part in parts if part.lower() in MODALITY_OF_FOLDER), None)


def _is_named(name: str, wanted: str) -> bool:
    return f"/{name}".endswith(f"/{wanted.strip('/')}")


def _id(row: Mapping[str, str]) -> str:
    """The name of a scene: that of its image where the manifest gives it none."""
    return row.get("id") or Path(row.get("image", "")).stem


def _check_ids(manifest: Path, rows: list[dict[str, str]]) -> None:
    """Boxes of an id that is that of two scenes would count for both."""
    seen: set[tuple[str, str]] = set()
    for line, row in enumerate(rows, 2):
        whose = row.get("boxes", ""), _id(row)
        if row.get("boxes") and whose in seen:
            raise EngineError(
                "bad_parameter",
                f"Line {line} of {manifest} is another scene called “{_id(row)}”: boxes could be of either.",
                "Give each line an id of its own, here and in the boxes.",
            )
        seen.add(whose)


def _scenes(manifest: Path, rows: list[dict[str, str]]) -> Iterator[LabelledScene]:
    _check_ids(manifest, rows)
    folder = manifest.parent
    read: dict[str, dict[str, list[list[int]]]] = {}
    ids: set[str] = set()
    without: dict[str, str] = {}
    for line, row in enumerate(rows, 2):
        name = _id(row)
        ids.add(name)
        boxes = None
        if row.get("boxes"):
            if row["boxes"] not in read:
                read[row["boxes"]] = _read_boxes(folder / row["boxes"])
            found = read[row["boxes"]].get(name, [])
            boxes = np.array(found, dtype=np.int64).reshape(-1, 4)
            if not found:
                without.setdefault(row["boxes"], name)
        elif not row.get("mask"):
            raise EngineError("bad_parameter", f"Line {line} of {manifest} names no mask and no boxes.", _BAD_MANIFEST)
        scene = LabelledScene(
            id=name,
            image=folder / row.get("image", ""),
            mask=folder / row["mask"] if row.get("mask") else None,
            boxes=boxes,
            variable=row.get("data_var") or None,
        )
        for file in filter(None, (scene.image, scene.mask)):
            if not file.is_file():
                raise EngineError(
                    "bad_parameter", f"{file}, named in line {line} of {manifest}, does not exist.", _BAD_MANIFEST
                )
        yield scene
    # A scene may have no box, and boxes may be left of a scene that was removed; both at once is one id written twice.
    for table, name in without.items():
        unknown = sorted(read[table].keys() - ids)
        if unknown:
            raise EngineError(
                "bad_parameter",
                f"{folder / table} has boxes of “{unknown[0]}”, which the manifest lacks, but none of “{name}”.",
                f"Write the same id in both files (001 is not 1), or remove the boxes of “{unknown[0]}”.",
            )


def _read_boxes(path: Path) -> dict[str, list[list[int]]]:
    boxes: dict[str, list[list[int]]] = {}
    sides = ("xmin", "ymin", "xmax", "ymax")
    for line, row in enumerate(read_csv(path, ("id", *sides)), 2):
        try:
            box = [round(float(row[side])) for side in sides]
            left, top, right, bottom = (max(0, side) for side in box)
            if right <= left or bottom <= top:
                msg = "the box is empty"
                raise ValueError(msg)
            boxes.setdefault(row["id"], []).append([left, top, right, bottom])
        except (ValueError, OverflowError) as error:
            raise EngineError(
                "bad_parameter", f"Line {line} of {path} is no box ({error}).", "It needs id, xmin, ymin, xmax, ymax."
            ) from error
    return boxes
