"""The real imagery that simulation starts from: backgrounds, object cut-outs, cubes and spectra."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.errors import EngineError
from ..tables import read_csv
from .imagery import IMAGES, colours, is_listed, read_cube, read_image, read_raster, read_spectra, stretched
from .natural import Cutout, mark_objects
from .outlines import Outlines, cut_out, mark_outlined

# The cubes show ground that public evaluation scenes show too; the chips have a vehicle in their middle, no background.
_LEFT_OUT = ("muufl_gulfport", "pavia_university", "mstar_chips")
_FEWEST_BANDS = 13
"""Of a hyperspectral cube; what has fewer is a photograph."""

_ORIGIN = re.compile(r"(?:[^/]+/)*([^/]+?)(?: copy)?\.png(?: ann \d+|.* at \((\d+),(\d+)\))")
_REDUCED = re.compile(r"reduced x([\d.]+)")
_TIMES_REDUCED = re.compile(r"reduced (\d+)x")


KINDS = ("visible", "sar", "infrared", "objects", "hyperspectral")
"""Subfolders that imagery is taken from, where a folder has any but that of objects."""

_LISTED = IMAGES | {".npz"}
"""Suffixes of what is taken from a folder without a manifest, and read as cubes."""

Source = tuple[str, str, str]
"""A file, its licence class, and the repository that it is from, or nothing."""


@dataclass(frozen=True)
class _Photograph:
    """Where one of :attr:`Bank.visible` is from.

    Attributes:
        path: of its file, below the folder.
        scale: its own pixels a pixel of the file.
        size: its own pixels a pixel of what cut-outs were taken from, of which the file may be a smaller copy.
    """

    path: PurePosixPath
    scale: float
    size: float


@dataclass
class Bank:
    """Imagery by kind, in memory.

    Attributes:
        visible: (H, W, 3) uint8 photographs.
        known: what photographs are known to show, by their number, (H, W) int32: n > 0 the n-th object of a kind that
            is foreign where there are few, -1 something that is better left open, 0 nothing known. Empty without
            :meth:`with_known_objects`.
        held: photographs with known objects that are not among ``visible``, and these: to measure on.
        sar: (H, W) uint8 amplitude images.
        infrared: (H, W) uint8 thermal images.
        objects: (h, w, 4) uint8 cut-outs with alpha, by class: "vehicle", "ship", "airplane", "building", "sar", and
            "outlined" with :meth:`with_known_objects`.
        cubes: (C, H, W) float32.
        spectra: (N, B) float32 reflectances, or None.
        wavelengths: (B,) float32 nm, or None.
        sources: what was used, for the model card.
    """

    visible: list[NDArray[np.uint8]] = field(default_factory=list)
    sar: list[NDArray[np.uint8]] = field(default_factory=list)
    infrared: list[NDArray[np.uint8]] = field(default_factory=list)
    objects: dict[str, list[NDArray[np.uint8]]] = field(default_factory=dict)
    cubes: list[NDArray[np.float32]] = field(default_factory=list)
    spectra: NDArray[np.float32] | None = None
    wavelengths: NDArray[np.float32] | None = None
    sources: list[Source] = field(default_factory=list)
    known: dict[int, NDArray[np.int32]] = field(default_factory=dict)
    held: list[tuple[NDArray[np.uint8], NDArray[np.int32]]] = field(default_factory=list)
    _photographs: list[_Photograph] = field(default_factory=list)
    _outlines: Outlines = field(default_factory=Outlines)
    _cutouts: list[tuple[Path, str, NDArray[np.uint8]]] = field(default_factory=list)
    _origins: dict[Path, str] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, fraction: float = 1.0) -> Bank:
        """Read a folder of training imagery.

        Two layouts are understood: one with the subfolders ``visible``, ``sar``, ``infrared``, ``objects`` and
        ``hyperspectral`` (each may be absent; items that a ``manifest.csv`` calls of unclear licence are left out),
        or any folder of GeoTIFFs and photographs, which become backgrounds: one band "infrared", more "visible", more
        than twelve cubes.

        Args:
            folder: where it lies.
            fraction: keep only this share of each kind, for quick trials.

        Raises:
            FileNotFoundError: there is no such folder, or no image in it.
            EngineError: what :meth:`.Outlines.of` raises, or ``bad_parameter``: an image cannot be read, or a manifest
                names no file.
        """
        if not folder.is_dir():
            msg = f"There is no folder {folder}."
            raise FileNotFoundError(msg)
        bank = cls(_outlines=Outlines.of(folder))
        if _is_laid_out(folder):
            bank._load_layout(folder, fraction)
        else:
            bank._load_rasters(folder)
        if not (bank.visible or bank.sar or bank.infrared or bank.cubes):
            msg = f"{folder} holds no image to train on: put GeoTIFFs, PNGs or JPEGs there."
            raise FileNotFoundError(msg)
        return bank

    def digest(self) -> str:
        """A short hash of all pixels and spectra, and of which class cut-outs are of.

        What was trained on others is not taken for what these would give.
        """
        content = hashlib.sha256()
        single = [array for array in (self.spectra, self.wavelengths) if array is not None]
        kinds: list[Sequence[NDArray[Any]]] = [self.visible, self.sar, self.infrared, self.cubes, single]
        named = dict(enumerate(kinds)) | self.objects
        for name, kind in named.items():
            content.update(f"{name}|".encode())
            for array in kind:
                content.update(f"{array.shape}".encode() + array.tobytes())
        return content.hexdigest()[:12]

    def _load_layout(self, folder: Path, fraction: float) -> None:
        for path, width, pixels in self._images(folder / "visible", fraction, "RGB"):
            self.visible.append(pixels)
            self._add_origin(folder, path, width)
        self.sar += [pixels for _, _, pixels in self._images(folder / "sar", fraction, "L")]
        self.infrared += [pixels for _, _, pixels in self._images(folder / "infrared", fraction, "L")]
        for path, _, pixels in self._images(folder / "objects", fraction, "RGBA"):
            kind = _object_class(path)
            self.objects.setdefault(kind, []).append(pixels)
            self._cutouts.append((path, kind, pixels))
        for path, source in self._listed(folder / "hyperspectral", 1.0):
            if path.suffix.lower() in _LISTED and self._add_spectra(path):
                self.sources.append(source)

    def _add_spectra(self, path: Path) -> bool:
        """Take a cube or a spectral library; False: it holds nothing."""
        if path.suffix.lower() in IMAGES:
            bands, valid, _ = read_raster(path)
            if len(bands) < _FEWEST_BANDS:
                raise EngineError(
                    "bad_parameter",
                    f"{path} has {len(bands)} bands; a hyperspectral cube has more than {_FEWEST_BANDS - 1}.",
                    "Move it to the folder “visible” or “infrared”.",
                )
            return self._add_cube(bands, valid)
        if path.name.startswith("ecostress"):
            self.spectra, self.wavelengths = read_spectra(path)
            return True
        return self._add_cube(*read_cube(path))

    def _images(self, folder: Path, fraction: float, mode: str) -> Iterator[tuple[Path, int, NDArray[np.uint8]]]:
        """The listed files, how wide they are, and their pixels in a mode of Pillow's, where any holds data."""
        for path, source in self._listed(folder, fraction):
            found = read_image(path, mode)
            if found is not None:
                self.sources.append(source)
                yield path, *found

    def with_known_objects(self, hold: int = 4) -> Bank:
        """The same, the cut-outs found again in the photographs that their manifest says they are from, and outlines.

        What is outlined in photographs that stay is among the cut-outs, too. What was cut out of those held back is
        not: pasted elsewhere, the objects that are to measure would have been seen.

        It takes three to five minutes of one core. This bank stays as it is: what is drawn from it does not depend on
        who asked.

        Args:
            hold: every so many of the photographs that show some go from ``visible`` to ``held``, unless the outlines
                name those that do; 0: none.
        """
        marks = {number: mark_objects(self.visible[number], taken) for number, taken in sorted(self._taken().items())}
        named = set()
        for number, origin in enumerate(self._photographs):
            path = str(origin.path)
            polygons = self._outlines.of_photograph(path)
            if path in self._outlines.held:
                named.add(number)
            if path in self._outlines.held or polygons:
                known = marks.setdefault(number, np.zeros(self.visible[number].shape[:2], np.int32))
                mark_outlined(known, polygons, origin.scale)
        telling = [number for number, known in sorted(marks.items()) if (known > 0).any()]
        held = (named or self._every(hold, telling)) if hold else set()
        left = [number for number in range(len(self.visible)) if number not in held]
        objects = self._objects_without({self._photographs[number].path.stem for number in held})
        outlined = []
        for number in left:
            origin = self._photographs[number]
            outlined += cut_out(self.visible[number], self._outlines.of_photograph(str(origin.path)), origin.scale)
        return replace(
            self,
            visible=[self.visible[number] for number in left],
            known={new: marks[old] for new, old in enumerate(left) if old in marks and marks[old].any()},
            held=[(self.visible[number], marks[number]) for number in sorted(held)],
            objects={**objects, "outlined": outlined} if outlined else objects,
            _photographs=[self._photographs[number] for number in left],
        )

    def _every(self, hold: int, telling: Sequence[int]) -> set[int]:
        """Every so many of these photographs, with their copies, which another folder may hold under the same name."""
        names = {number: self._photographs[number].path.stem for number in telling}
        chosen = list(dict.fromkeys(names.values()))[hold // 2 :: hold]
        return {number for number, name in names.items() if name in chosen}

    def _objects_without(self, photographs: set[str]) -> dict[str, list[NDArray[np.uint8]]]:
        """The cut-outs that were not taken from some photographs, whose names without suffix are given."""
        if not photographs:
            return self.objects
        found: dict[str, list[NDArray[np.uint8]]] = {}
        for path, kind, image in self._cutouts:
            origin = _ORIGIN.match(self._origins.get(path, ""))
            if origin is None or origin[1] not in photographs:
                found.setdefault(kind, []).append(image)
        return found

    def _taken(self) -> dict[int, list[Cutout]]:
        """The cut-outs that were taken from each photograph."""
        photographs: dict[str, list[int]] = {}
        for number, origin in enumerate(self._photographs):
            photographs.setdefault(origin.path.stem, []).append(number)
        taken: dict[int, list[Cutout]] = {}
        for path, kind, image in self._cutouts:
            told = self._origins.get(path, "")
            name = _ORIGIN.match(told)
            if name is None:
                continue
            reduced = _REDUCED.search(told)
            for number in photographs.get(name[1], []):
                size = self._photographs[number].size
                beside = (float(reduced[1]) if reduced else 1.0) / size
                place = None if name[2] is None else (int(name[3]) * size, int(name[2]) * size)
                taken.setdefault(number, []).append(Cutout(image, beside, kind != "building", place))
        return taken

    def _load_rasters(self, folder: Path) -> None:
        for path in sorted(folder.rglob("*")):
            if not is_listed(path):
                continue
            bands, valid, width = read_raster(path)
            if not valid.any():
                continue
            if len(bands) >= _FEWEST_BANDS:
                if not self._add_cube(bands, valid):
                    continue
            elif len(bands) < 3:
                self.infrared.append(stretched(bands[0], valid[0]))
            else:
                self.visible.append(colours(bands, valid))
                self._add_origin(folder, path, width)
            self.sources.append((path.relative_to(folder).as_posix(), "the user's own", ""))

    def _add_cube(self, bands: NDArray[np.float32], valid: NDArray[np.bool_]) -> bool:
        """Take a cube, the mean of its bands where they hold no data; False: it is all alike and shows nothing."""
        for band, own in zip(bands, valid):
            band[~own] = band[own].mean() if own.any() else 0
        if (bands == bands[:, :1, :1]).all():
            return False
        self.cubes.append(bands)
        return True

    def _add_origin(self, folder: Path, path: Path, width: int) -> None:
        """Note where the last photograph is from, and how wide it is there."""
        # A manifest may name a file elsewhere, by its whole path.
        inside = path.relative_to(folder) if folder in path.parents else path
        relative = PurePosixPath(inside.as_posix())
        scale = self.visible[-1].shape[1] / width
        reduced = _TIMES_REDUCED.search(self._origins.get(path, ""))
        self._photographs.append(_Photograph(relative, scale, scale / int(reduced[1]) if reduced else scale))

    def _listed(self, folder: Path, fraction: float) -> list[tuple[Path, Source]]:
        """Files of a manifest, without those of unclear licence or unfit to be ground; what a card says of each."""
        manifest = folder / "manifest.csv"
        if not manifest.is_file():
            paths = sorted(p for p in folder.rglob("*") if is_listed(p, _LISTED)) if folder.is_dir() else []
            return [(path, _source(folder, {"file": path.relative_to(folder).as_posix()})) for path in paths]
        rows = _fit_rows(manifest)[:: max(1, round(1 / fraction))]
        self._origins |= {folder / row["file"]: row.get("provenance") or "" for row in rows}
        return [(folder / row["file"], _source(folder, row)) for row in rows]


def read_bank(folder: Path) -> Bank:
    """The bank of a folder that somebody named on the command line, who is told what of it is not read.

    Raises:
        EngineError: ``bad_parameter``: there is nothing to train on.
    """
    try:
        bank = Bank.load(folder)
    except FileNotFoundError as error:
        raise EngineError("bad_parameter", str(error), "Choose another --data folder.") from error
    unread = _unread(folder) if _is_laid_out(folder) else []
    if unread:
        where = ", ".join(folder.name if name == "." else f"{folder.name}/{name}" for name in unread)
        print(f"images are taken from {', '.join(KINDS)}; these are not read: {where}", file=sys.stderr)
    return bank


def _is_laid_out(folder: Path) -> bool:
    """Whether a folder has the project's own layout."""
    return any((folder / name).is_dir() for name in KINDS if name != "objects")


def _unread(folder: Path) -> list[str]:
    """Subfolders with images that are none of :data:`KINDS`, "." for images beside them, and cubes in other formats."""
    found = set()
    for path in folder.iterdir():
        if path.name not in KINDS and path.is_dir() and any(is_listed(p) for p in path.rglob("*")):
            found.add(path.name)
        elif is_listed(path) and path.is_file():
            found.add(".")
    manifest = folder / "hyperspectral" / "manifest.csv"
    listed = [row["file"] for row in _fit_rows(manifest)] if manifest.is_file() else []
    found |= {f"hyperspectral/{name}" for name in listed if Path(name).suffix.lower() not in _LISTED}
    return sorted(found)


def _fit_rows(manifest: Path) -> list[dict[str, str]]:
    """The rows of a manifest without those of unclear licence or unfit to be ground."""
    rows = read_csv(manifest)
    if not all(row.get("file") for row in rows):
        raise EngineError(
            "bad_parameter",
            f"{manifest} does not name a file in every row.",
            "Give it a column “file” with paths from its folder, or remove it.",
        )
    return [
        row
        for row in rows
        if row.get("licence_class") != "unclear" and not any(name in row["file"] for name in _LEFT_OUT)
    ]


def _source(folder: Path, row: Mapping[str, str]) -> Source:
    """What a card says of a file, by its row in a manifest."""
    licence, repository = row.get("licence_class") or "not stated", row.get("source_repository") or ""
    return f"{folder.name}/{row['file']}", licence, repository


def _object_class(path: Path) -> str:
    text = str(path)
    if "mstar" in text:
        return "sar"
    for name, words in (("airplane", ("airplane",)), ("ship", ("ship", "watercraft")), ("building", ("building",))):
        if any(word in path.name or word in path.parent.name for word in words):
            return name
    return "vehicle"
