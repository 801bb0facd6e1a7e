"""Files of training imagery as arrays: photographs, rasters, cubes and spectral libraries."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import rasterio
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioIOError

from ...engine.errors import EngineError
from ...engine.valid_pixels import HUGE
from ..colour_table import coloured

IMAGES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}
"""Suffixes of files with images."""

LONG_SIDE = 1600
"""Pixels of the longer side, to which larger images are reduced."""

# Orthophotos have more pixels than what Pillow takes for an attack, and the folder is the user's own.
Image.MAX_IMAGE_PIXELS = None


def is_listed(path: Path, suffixes: Collection[str] = IMAGES) -> bool:
    """Whether a file of a folder is taken, by its name: hidden ones, which macOS lays beside images, are not."""
    return path.suffix.lower() in suffixes and not path.name.startswith(".")


def read_image(path: Path, mode: str) -> tuple[int, NDArray[np.uint8]] | None:
    """How wide an image is, and its pixels, reduced where it is large; None where it holds no data.

    Args:
        path: of its file.
        mode: of Pillow's: "RGB", "RGBA" or "L".

    Raises:
        EngineError: ``bad_parameter`` where it cannot be read.
    """
    with _named(path):
        image = _open(path, mode)
        if image is None:
            return None
        with image:
            return image.width, _pixels(image, mode)


def read_raster(path: Path) -> tuple[NDArray[np.float32], NDArray[np.bool_], int]:
    """A raster, reduced where it is large.

    Returns:
        Its bands, (C, H, W), magnitudes of complex ones; which values are data, the same; and how wide its file is.

    Raises:
        EngineError: ``bad_parameter`` where it cannot be read.
    """
    with _named(path):
        return _read(path, LONG_SIDE)


def read_cube(path: Path) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The array "data" (H, W, C) of an archive of numpy's, bands first, scale and offset applied; what is data.

    Raises:
        EngineError: ``bad_parameter`` where it cannot be read.
    """
    with _archive(path) as archive:
        cube = np.ascontiguousarray(_scaled(archive).transpose(2, 0, 1))
        return cube, np.isfinite(cube)


def read_spectra(path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Reflectances, (N, B), and wavelengths in nm, (B,), of a spectral library, in the sunlit range.

    Raises:
        EngineError: ``bad_parameter`` where it cannot be read.
    """
    with _archive(path) as archive:
        spectra = _scaled(archive)
        waves = archive["wavelength_nm"].astype(np.float32)
        sunlit = (waves >= 380) & (waves <= 2500)
        usable = np.isfinite(spectra[:, sunlit]).all(1)
        return spectra[usable][:, sunlit], waves[sunlit]


def _scaled(archive: np.lib.npyio.NpzFile) -> NDArray[np.float32]:
    """The array "data" with the archive's scale and offset applied."""
    scaled: NDArray[np.float32] = archive["data"].astype(np.float32) * np.float32(archive["scale"])
    return scaled + np.float32(archive["offset"])


def stretched(band: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Grey levels of a band from the 0.5th to the 99.5th percentile of its data; what is none has their median."""
    if not valid.any():
        return np.zeros(band.shape, np.uint8)
    low, middle, high = np.percentile(band[valid], (0.5, 50, 99.5))
    band = band.copy()
    band[~valid] = middle
    return np.clip((band - low) / max(high - low, 1e-9) * 255, 0, 255).astype(np.uint8)


def colours(bands: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The first three bands as a photograph, (H, W, 3)."""
    return np.stack([stretched(band, own) for band, own in zip(bands[:3], valid)], -1)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Says which image could not be read."""
    try:
        yield
    except (OSError, SyntaxError) as error:  # the latter is Pillow's word for damaged PNGs
        raise EngineError(
            "bad_parameter",
            f"{path} is not an image that can be read ({str(error).rstrip('.')}).",
            "Convert it to GeoTIFF or PNG, or remove it.",
        ) from error


@contextmanager
def _archive(path: Path) -> Iterator[np.lib.npyio.NpzFile]:
    """The arrays of a file; says which it was that could not be read."""
    try:
        with np.load(path) as archive:
            yield archive
    except (OSError, EOFError, BadZipFile, KeyError, ValueError, TypeError, AttributeError) as error:
        raise EngineError(
            "bad_parameter",
            f"{path} is not a cube that can be read ({error}).",
            "Save it with “data” (rows, columns, bands), “scale” and “offset”, as a GeoTIFF, or remove it.",
        ) from error


def _read(path: Path, longest: int | None) -> tuple[NDArray[np.float32], NDArray[np.bool_], int]:
    """A raster's bands, (C, H, W), magnitudes of complex ones; which values are data, the same; its file's width.

    Args:
        path: of its file.
        longest: pixels of the longer side to which larger ones are reduced; None: none are.
    """
    with rasterio.open(path) as source:
        width = source.width
        shrink = max(1.0, max(source.width, source.height) / longest) if longest else 1.0
        shape = (source.count, int(source.height / shrink), int(source.width / shrink))
        values = source.read(out_shape=shape)
        if source.colorinterp[0] == ColorInterp.palette:
            values = coloured(values[0], source.colormap(1))
        valid = np.ones(values.shape, bool)
        # Imagery of 8 bits is taken as it is: what fills its holes is within its range and stretches nothing.
        if values.dtype != np.uint8:
            valid &= source.read_masks(out_shape=shape) > 0
            if source.nodata in (0, 65535):
                # Data takes these values, too: a band alone that is black or saturated is no hole.
                valid[:] = source.dataset_mask(out_shape=shape[1:]) > 0
    if np.iscomplexobj(values):
        values = np.abs(values)
    valid &= (values > -HUGE) & (values < HUGE)  # NaN is neither
    return np.where(valid, values, 0).astype(np.float32), valid, width


def _open(path: Path, mode: str) -> Image.Image | None:
    """An image of 8 bits a band; None where it holds no data. Those of more are stretched to that, but for cut-outs."""
    try:
        image = Image.open(path)
    except UnidentifiedImageError:  # among others, some with colours of 16 bits
        pass
    else:
        # Of others Pillow shows the upper 8 bits, which of 12 are next to nothing, or the bytes as they come.
        if image.mode[0] not in "IF" and (mode == "RGBA" or not _is_deep(path)) and _is_decoded(image):
            return image
        image.close()
    bands, valid, _ = _read(path, None)
    if not valid.any():
        return None
    return Image.fromarray(stretched(bands[0], valid[0]) if len(bands) < 3 else colours(bands, valid))


def _is_deep(path: Path) -> bool:
    """Whether an image has more than 8 bits a band."""
    try:
        with rasterio.open(path) as source:
            return any(np.dtype(kind).itemsize > 1 for kind in source.dtypes)
    except RasterioIOError:
        return False


def _is_decoded(image: Image.Image) -> bool:
    """Whether Pillow can read the pixels; GDAL knows more ways to compress those of TIFF."""
    try:
        if image.format == "TIFF":
            image.load()
    except OSError:
        return False
    return True


def _pixels(image: Image.Image, mode: str) -> NDArray[np.uint8]:
    image = image.convert(mode)
    if max(image.size) > LONG_SIDE:
        image.thumbnail((LONG_SIDE, LONG_SIDE))
    return np.asarray(image, np.uint8).copy()
