"""The real imagery that simulation starts from: backgrounds, object cut-outs, cubes and spectra."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...engine.errors import EngineError
from .natural import Cutout, mark_objects
from .outlines import Outlines, cut_out, mark_outlined

_IMAGES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}
# The cubes show ground that public evaluation scenes show too; the chips have a vehicle in their middle, no background.
_LEFT_OUT = ("muufl_gulfport", "pavia_university", "mstar_chips")
_LONG_SIDE = 1600
_ORIGIN = re.compile(r"(?:\w+/)*(\w+)(?: copy)?\.png(?: ann \d+|.* at \((\d+),(\d+)\))")
_REDUCED = re.compile(r"reduced x([\d.]+)")
_TIMES_REDUCED = re.compile(r"reduced (\d+)x")


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
        sources: what was used: (file, licence class, source), for the model card.
    """

    visible: list[NDArray[np.uint8]] = field(default_factory=list)
    sar: list[NDArray[np.uint8]] = field(default_factory=list)
    infrared: list[NDArray[np.uint8]] = field(default_factory=list)
    objects: dict[str, list[NDArray[np.uint8]]] = field(default_factory=dict)
    cubes: list[NDArray[np.float32]] = field(default_factory=list)
    spectra: NDArray[np.float32] | None = None
    wavelengths: NDArray[np.float32] | None = None
    sources: list[tuple[str, str, str]] = field(default_factory=list)
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
            EngineError: what :meth:`.Outlines.of` raises.
        """
        if not folder.is_dir():
            msg = f"There is no folder {folder}."
            raise FileNotFoundError(msg)
        bank = cls(_outlines=Outlines.of(folder))
        if any((folder / name).is_dir() for name in ("visible", "sar", "infrared", "hyperspectral")):
            bank._load_layout(folder, fraction)
        else:
            bank._load_rasters(folder)
        if not (bank.visible or bank.sar or bank.infrared or bank.cubes):
            msg = f"{folder} holds no image to train on: put GeoTIFFs, PNGs or JPEGs there."
            raise FileNotFoundError(msg)
        return bank

    def _load_layout(self, folder: Path, fraction: float) -> None:
        for path in self._listed(folder / "visible", fraction):
            with Image.open(path) as image:
                width = image.width
                self.visible.append(_pixels(image, "RGB"))
            self._add_origin(folder, path, width)
        for path in self._listed(folder / "sar", fraction):
            self.sar.append(_read_image(path, "L"))
        for path in self._listed(folder / "infrared", fraction):
            self.infrared.append(_read_image(path, "L"))
        for path in self._listed(folder / "objects", fraction):
            kind = _object_class(path)
            self.objects.setdefault(kind, []).append(_read_image(path, "RGBA"))
            self._cutouts.append((path, kind, self.objects[kind][-1]))
        for path in self._listed(folder / "hyperspectral", 1.0):
            if path.suffix != ".npz":
                continue
            if path.name.startswith("ecostress"):
                with np.load(path) as archive:
                    self.spectra, self.wavelengths = _spectra(archive)
            else:
                with np.load(path) as archive:
                    self.cubes.append(_cube(archive))

    def with_known_objects(self, hold: int = 4) -> Bank:
        """The same, the cut-outs found again in the photographs that their manifest says they are from, and outlines.

        What is outlined in photographs that stay is among the cut-outs, too.

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
            if path in self._outlines.held:
                named.add(number)
            if polygons := self._outlines.of_photograph(path):
                known = marks.setdefault(number, np.zeros(self.visible[number].shape[:2], np.int32))
                mark_outlined(known, polygons, origin.scale)
        telling = [number for number, known in sorted(marks.items()) if (known > 0).any()]
        held = (named or set(telling[hold // 2 :: hold])) if hold else set()
        left = [number for number in range(len(self.visible)) if number not in held]
        outlined = []
        for number in left:
            origin = self._photographs[number]
            outlined += cut_out(self.visible[number], self._outlines.of_photograph(str(origin.path)), origin.scale)
        return replace(
            self,
            visible=[self.visible[number] for number in left],
            known={new: marks[old] for new, old in enumerate(left) if old in marks and marks[old].any()},
            held=[(self.visible[number], marks[number]) for number in sorted(held)],
            objects={**self.objects, "outlined": outlined} if outlined else self.objects,
            _photographs=[self._photographs[number] for number in left],
        )

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
        import rasterio

        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() not in _IMAGES:
                continue
            with rasterio.open(path) as source:
                width = source.width
                shrink = max(1.0, max(source.width, source.height) / _LONG_SIDE)
                shape = (source.count, int(source.height / shrink), int(source.width / shrink))
                bands = source.read(out_shape=shape).astype(np.float32)
            if np.iscomplexobj(bands):
                bands = np.abs(bands)
            bands = np.nan_to_num(bands)
            if len(bands) > 12:
                self.cubes.append(bands)
            else:
                low, high = np.percentile(bands, (0.5, 99.5), axis=(1, 2), keepdims=True)
                stretched = np.clip((bands - low) / np.maximum(high - low, 1e-9) * 255, 0, 255).astype(np.uint8)
                if len(stretched) < 3:
                    self.infrared.append(stretched[0])
                else:
                    self.visible.append(np.ascontiguousarray(stretched[:3].transpose(1, 2, 0)))
                    self._add_origin(folder, path, width)
            self.sources.append((str(path.relative_to(folder)), "the user's own", ""))

    def _add_origin(self, folder: Path, path: Path, width: int) -> None:
        """Note where the last photograph is from, and how wide it is there."""
        relative = PurePosixPath(path.relative_to(folder).as_posix())
        scale = self.visible[-1].shape[1] / width
        reduced = _TIMES_REDUCED.search(self._origins.get(path, ""))
        self._photographs.append(_Photograph(relative, scale, scale / int(reduced[1]) if reduced else scale))

    def _listed(self, folder: Path, fraction: float) -> list[Path]:
        """Files of a manifest, without those of unclear licence or unfit to be ground."""
        manifest = folder / "manifest.csv"
        if not manifest.is_file():
            paths = (
                sorted(p for p in folder.rglob("*") if p.suffix.lower() in _IMAGES | {".npz"})
                if folder.is_dir()
                else []
            )
            self.sources.extend((f"{folder.name}/{p.relative_to(folder)}", "not stated", "") for p in paths)
            return paths
        with manifest.open(newline="", encoding="utf-8") as stream:
            rows = [
                row
                for row in csv.DictReader(stream)
                if row["licence_class"] != "unclear" and not any(name in row["file"] for name in _LEFT_OUT)
            ]
        rows = rows[:: max(1, round(1 / fraction))]
        self._origins |= {folder / row["file"]: row.get("provenance") or "" for row in rows}
        self.sources.extend((f"{folder.name}/{r['file']}", r["licence_class"], r["source_repository"]) for r in rows)
        return [folder / row["file"] for row in rows]


def read_bank(folder: Path) -> Bank:
    """The bank of a folder that somebody named on the command line.

    Raises:
        EngineError: ``bad_parameter``: there is nothing to train on.
    """
    try:
        return Bank.load(folder)
    except FileNotFoundError as error:
        raise EngineError("bad_parameter", str(error), "Choose another --data folder.") from error


def _read_image(path: Path, mode: str) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return _pixels(image, mode)


def _pixels(image: Image.Image, mode: str) -> NDArray[np.uint8]:
    if image.mode in ("I", "I;16", "F"):
        values = np.asarray(image, np.float32)
        low, high = np.percentile(values, (0.5, 99.5))
        image = Image.fromarray(np.clip((values - low) / max(high - low, 1e-9) * 255, 0, 255).astype(np.uint8))
    image = image.convert(mode)
    if max(image.size) > _LONG_SIDE:
        image.thumbnail((_LONG_SIDE, _LONG_SIDE))
    return np.asarray(image, np.uint8).copy()


def _object_class(path: Path) -> str:
    text = str(path)
    if "mstar" in text:
        return "sar"
    for name, words in (("airplane", ("airplane",)), ("ship", ("ship", "watercraft")), ("building", ("building",))):
        if any(word in path.name or word in path.parent.name for word in words):
            return name
    return "vehicle"


def _cube(archive: np.lib.npyio.NpzFile) -> NDArray[np.float32]:
    """The array "data" (H, W, C) of an archive, bands first, with its scale and offset applied."""
    cube = archive["data"].astype(np.float32) * np.float32(archive["scale"]) + np.float32(archive["offset"])
    return np.ascontiguousarray(np.nan_to_num(cube).transpose(2, 0, 1))


def _spectra(archive: np.lib.npyio.NpzFile) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Reflectances and wavelengths of a spectral library, in the sunlit range."""
    spectra = archive["data"].astype(np.float32) * np.float32(archive["scale"]) + np.float32(archive["offset"])
    waves = archive["wavelength_nm"].astype(np.float32)
    sunlit = (waves >= 380) & (waves <= 2500)
    usable = np.isfinite(spectra[:, sunlit]).all(1)
    return spectra[usable][:, sunlit], waves[sunlit]
