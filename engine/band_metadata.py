"""What a file's metadata says of its bands: their centre wavelengths, and which are bad."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import rasterio

_UNITS_TO_NM = {
    "nm": 1.0,
    "nanometer": 1.0,
    "nanometers": 1.0,
    "nanometre": 1.0,
    "nanometres": 1.0,
    "um": 1e3,
    "µm": 1e3,
    "μm": 1e3,
    "micrometer": 1e3,
    "micrometers": 1e3,
    "micrometre": 1e3,
    "micrometres": 1e3,
    "micron": 1e3,
    "microns": 1e3,
    "angstrom": 0.1,
    "angstroms": 0.1,
}
_WAVELENGTH_IN_NAME = re.compile(
    r"(\d+(?:[.,]\d+)*)\s*(" + "|".join(sorted(_UNITS_TO_NM, key=len, reverse=True)) + r")\b", re.I
)

_THOUSANDS = re.compile(r"[1-9]\d?,\d{3}(\.\d+)?")
"""A number whose comma parts thousands, where that makes sense: of nanometres. Other commas are decimal ones."""

_NOUGHT = re.compile(r"0+(\.0*)?")
"""How programs mark a bad band: 0, 0.0, 0.000000."""


def band_names(dataset: rasterio.DatasetReader) -> list[str]:
    """What a file calls its bands, "" where it says nothing; of none where one name has letters that are not UTF-8."""
    try:
        return [name or "" for name in dataset.descriptions]
    except UnicodeDecodeError:  # those of old programs; rasterio gives all names at once
        return [""] * dataset.count


def centre_wavelengths(dataset: rasterio.DatasetReader, bands: Sequence[int]) -> list[float] | None:
    """Centre wavelengths in nanometres, from GDAL's metadata, an ENVI header or the bands' names.

    Args:
        dataset: the file.
        bands: the 1-based numbers of those that are wanted.

    Returns:
        One for each band; None where any is unknown.
    """
    envi = _envi_list(dataset, "wavelength")
    envi_units = str(dataset.tags(ns="ENVI").get("wavelength_units", dataset.tags().get("wavelength_units", "")))
    names = band_names(dataset)
    found: list[float] = []
    for band in bands:
        tags = dataset.tags(band)
        centre = dataset.tags(band, ns="IMAGERY").get("CENTRAL_WAVELENGTH_UM")
        if centre is not None:
            value = _to_nm(centre, "um")
        elif "wavelength" in tags:
            value = _to_nm(tags["wavelength"], tags.get("wavelength_units", envi_units))
        elif len(envi) == dataset.count:
            value = _to_nm(envi[band - 1], envi_units)
        else:
            match = _WAVELENGTH_IN_NAME.search(names[band - 1])
            value = _to_nm(match[1], match[2]) if match else None
        if value is None:
            return None
        found.append(value)
    return found


def bad_bands(dataset: rasterio.DatasetReader) -> set[int]:
    """The 1-based numbers of the bands that the file marks as bad, in GDAL's metadata or an ENVI header."""
    good = _envi_list(dataset, "bbl")

    def mark(band: int) -> str:
        return str(dataset.tags(band).get("bbl") or (good[band - 1] if len(good) == dataset.count else "1"))

    return {band for band in range(1, dataset.count + 1) if _NOUGHT.fullmatch(mark(band).strip())}


def _envi_list(dataset: rasterio.DatasetReader, key: str) -> list[str]:
    """A ``{a, b, c}`` list of an ENVI header, or an empty list."""
    text = dataset.tags(ns="ENVI").get(key, "")
    return [part.strip() for part in text.strip("{} \n").split(",")] if text else []


def _to_nm(value: str, unit: str) -> float | None:
    """A wavelength in nanometres; without a unit, values below 100 are taken for micrometres. None in other units."""
    unit = unit.strip().lower()
    parted = _THOUSANDS.fullmatch(value.strip()) and _UNITS_TO_NM.get(unit) == 1.0
    try:
        number = float(value.replace(",", "" if parted else "."))
    except ValueError:
        return None
    if not 0 < number < math.inf:
        return None
    if unit in {"", "unknown"}:
        return number * (1e3 if number < 100 else 1.0)
    factor = _UNITS_TO_NM.get(unit)
    return None if factor is None else number * factor
