"""Opening a raster: its bands, nodata, georeference, and reading windows of it."""

from __future__ import annotations

import math
import os
import re
import stat
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioError, RasterioIOError
from rasterio.windows import Window

from .band_metadata import bad_bands, band_names, centre_wavelengths
from .errors import EngineError
from .georeference import Georeference
from .paths import is_plain, on_disk, stem
from .profiles import suggest
from .valid_pixels import ValidPixels

warnings.filterwarnings("ignore", category=NotGeoreferencedWarning)

# By default GDAL caches 5 % of all memory; strips are read once, so a little is enough. Megabytes; read at first use.
CACHE_MEGABYTES = 64
os.environ.setdefault("GDAL_CACHEMAX", str(CACHE_MEGABYTES))
# A strip of a file of bare numbers (ENVI) is read at once, not line by line through that cache: up to 15 times faster.
# Before 3.6.4, as in the Python of a system, GDAL mixed up the bands of files that are interleaved by line then.
if tuple(map(int, re.findall(r"\d+", rasterio.__gdal_version__)[:3])) >= (3, 6, 4):
    os.environ.setdefault("GDAL_ONE_BIG_READ", "YES")
# A worker lives for hours: what a server sent for one run is no answer in the next, when the file may be another.
os.environ.setdefault(
    "CPL_VSIL_CURL_NON_CACHED", "/vsicurl:/vsis3:/vsigs:/vsiaz:/vsiadls:/vsioss:/vsiswift:/vsiwebhdfs"
)

MAX_BANDS = 500
"""More bands than this are taken for a mistake (a time series, a stack of tiles)."""


class Scene:
    """A raster as the detectors see it: data bands only, valid pixels told from the others.

    Use :func:`open_scene`. Coordinates with a fraction count pixel corners: (0, 0) is the upper left corner of the
    first pixel, (width, height) the lower right corner of the last.

    Attributes:
        path: what was opened.
        name: the file's stem, for people and for output names.
        width: columns.
        height: rows.
        bands: the 1-based numbers of the bands in use; alpha bands and bands marked bad are left out.
        dtype: the data type of the first band in use.
        is_complex: whether values are complex; their magnitude is used.
        crs: the coordinate reference system, or None: what the file says, unless who opened it knows better.
        georeferenced: whether the file says where it lies, by an affine transform or by ground control points.
        transform: pixel corner (column, row) to map coordinates; meaningless where ``gcps`` are used.
        gcps: ground control points, where they are all there is; else empty.
        nodata: the nodata value of the first band in use, or None.
        wavelengths: centre wavelengths in nanometres of the bands in use, or None where any is unknown.
        band_names: the bands' descriptions, "Band n" where there is none.
        tags: the file's own metadata items.
        warnings: what a person should know about how the file was read, in sentences.
    """

    def __init__(
        self, path: str, bands: Sequence[int] | None = None, nodata: float | None = None, crs: str | None = None
    ) -> None:
        if nodata is not None and not math.isfinite(nodata):
            raise EngineError(
                "bad_parameter", f"The value {nodata} cannot be named as no data.", "Give a number; NaN is never data."
            )
        self.path = path
        self.name = stem(path)
        self.warnings: list[str] = []
        self._dataset = _open(path)
        dataset = self._dataset
        self.width: int = dataset.width
        self.height: int = dataset.height
        self.bands = self._select_bands(bands)
        if self.colour_table() is not None:
            self.warnings.append(
                f"{self.name} holds numbers of a colour table, not colours: scores compare the numbers as they are. If "
                "it is a picture, convert it to RGB first (gdal_translate -expand rgb)."
            )
        pages = dataset.subdatasets if dataset.driver == "GTiff" else []
        if len(pages) > 1:
            self.warnings.append(
                f"{self.name} holds {len(pages)} images, and only the first was looked at. The others have names of "
                f"their own, such as {pages[1]}."
            )
        self._types: list[str] = [dataset.dtypes[band - 1] for band in self.bands]
        self.dtype = self._types[0]
        types = set(self._types)
        self._types_differ = len(types) > 1
        self.is_complex = any("complex" in each for each in types)
        self._validity = ValidPixels(dataset, self.bands, nodata)
        self.nodata: float | None = self._validity.nodata[0]
        self.tags: dict[str, str] = {k: str(v) for k, v in dataset.tags().items()}
        names = band_names(dataset)
        self.band_names = [names[b - 1] or f"Band {b}" for b in self.bands]
        self.wavelengths = centre_wavelengths(dataset, self.bands)
        self._named_crs = crs
        self._place = Georeference(dataset, self.name, crs)
        self.crs, self.georeferenced = self._place.crs, self._place.known
        self.transform, self.gcps = self._place.transform, self._place.gcps
        self.warnings += self._place.warnings
        exact_in_float32 = {"uint8", "int8", "uint16", "int16", "float32", "complex64", "complex_int16"}
        self.working_dtype = np.dtype(np.float32 if types <= exact_in_float32 else np.float64)

    @property
    def count(self) -> int:
        """How many bands are in use."""
        return len(self.bands)

    @property
    def also_nodata(self) -> float | None:
        """A value that means no data though the file does not say so, or None.

        0, and the largest of an integer type, count where all bands hold it, any other in any band. Whoever finds out
        later than at the opening sets it.
        """
        return self._validity.also_nodata

    @also_nodata.setter
    def also_nodata(self, value: float | None) -> None:
        self._validity.also_nodata = value

    @property
    def declares_nodata(self) -> bool:
        """Whether anybody has said which pixels are no data: the file, or who opened it."""
        return self._validity.declared

    @property
    def limits(self) -> set[float]:
        """Values that saturated data takes, too: 0, and the largest of an integer type."""
        return self._validity.limits

    def scaled(self, value: float) -> float:
        """A value of the first band in use by its scale and offset, as QGIS shows it."""
        band = self.bands[0] - 1
        return float(value * self._dataset.scales[band] + self._dataset.offsets[band])

    @property
    def block_width(self) -> int:
        """Columns of the blocks that the file is stored in."""
        return int(self._dataset.block_shapes[0][1])

    @property
    def block_height(self) -> int:
        """Rows of a block as the file stores them."""
        return int(self._dataset.block_shapes[0][0])

    @property
    def is_compressed(self) -> bool:
        """Whether blocks have to be unpacked to be read."""
        return bool(self._dataset.tags(ns="IMAGE_STRUCTURE").get("COMPRESSION", "NONE") != "NONE")

    @property
    def stored_bytes(self) -> int:
        """How many a pixel has in the file, with all of its bands in use."""
        # Numpy has no integers that are complex.
        return sum(np.dtype(kind.replace("complex_int16", "int32")).itemsize for kind in self._types)

    @property
    def files(self) -> list[str]:
        """The files that it is read from: its own, and those that a virtual raster names, and one in it."""
        return list(_files(self._dataset, {}))

    def _select_bands(self, bands: Sequence[int] | None) -> list[int]:
        dataset = self._dataset
        if bands is not None:
            wrong = [b for b in bands if not 1 <= b <= dataset.count]
            if wrong or not bands:
                raise EngineError(
                    "bad_bands",
                    f"{self.path} has bands 1 to {dataset.count}, not {', '.join(map(str, wrong)) or 'an empty list'}.",
                    "Choose bands that the file has.",
                )
            return list(bands)
        alpha = {i for i, c in enumerate(dataset.colorinterp, 1) if c == ColorInterp.alpha}
        data = [b for b in range(1, dataset.count + 1) if b not in alpha]
        marked_bad = bad_bands(dataset) & set(data)
        if marked_bad and len(marked_bad) < len(data):
            self.warnings.append(f"{len(marked_bad)} bands that {self.name} marks as bad were left out.")
            data = [b for b in data if b not in marked_bad]
        if not data:
            raise EngineError("bad_bands", f"{self.path} holds nothing but an alpha band.", "Choose another raster.")
        if len(data) > MAX_BANDS:
            raise EngineError(
                "bad_bands",
                f"{self.path} has {len(data)} bands; at most {MAX_BANDS} can be used.",
                "Choose the bands to use.",
            )
        return data

    def to_map(
        self, columns: NDArray[np.float64], rows: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Map coordinates of pixel-corner coordinates.

        Args:
            columns: shape (n,), 0 is the left edge of the scene.
            rows: shape (n,), 0 is its upper edge.

        Returns:
            x and y in ``crs`` units, each of shape (n,).
        """
        return self._place.to_map(columns, rows)

    def to_pixel(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The inverse of :meth:`to_map`: columns and rows, with fractions, each of shape (n,)."""
        return self._place.to_pixel(x, y)

    def colour_table(self) -> dict[int, tuple[int, int, int, int]] | None:
        """Red, green, blue and alpha of the numbers that a paletted picture holds; None where pixels are values."""
        paletted = (band for band in self.bands if self._dataset.colorinterp[band - 1] == ColorInterp.palette)
        band = next(paletted, None)
        try:
            return None if band is None else dict(self._dataset.colormap(band))
        except ValueError:  # a band may be called a palette's and have none
            return None

    def read(self, window: Window) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Read a window of the bands in use.

        Args:
            window: columns and rows, inside the scene.

        Returns:
            Pixels of shape (bands, rows, columns) in ``working_dtype`` (magnitudes for complex data), zero where
            invalid; and which pixels are valid, shape (rows, columns): those that are data in the file and, in all
            bands, finite and less than ``HUGE`` from zero.

        Raises:
            EngineError: ``scene_truncated`` where the file ends too early or is damaged.
        """
        try:
            # GDAL widens the values as it reads them: one pass and one copy less.
            as_read = None if self.is_complex else self.working_dtype
            if self._types_differ:  # as the bands of a virtual raster may, which are not read together
                values = np.stack([self._dataset.read(b, window=window, out_dtype=as_read) for b in self.bands])
            else:
                values = self._dataset.read(self.bands, window=window, out_dtype=as_read)
            mask = self._validity.read_mask(window)
        except RasterioError as error:
            lost = next((file for file in self.files if is_plain(file) and not os.path.lexists(file)), None)
            if lost is not None:
                raise EngineError(
                    "scene_truncated",
                    f"{self.path} cannot be read to its end: {lost}, which it is made of, does not exist.",
                    "Put the file back, or make the virtual raster anew without it.",
                ) from error
            raise EngineError(
                "scene_truncated",
                f"{self.path} cannot be read to its end: it is truncated or damaged.",
                "Copy or download the file again, or check it with “gdalinfo -checksum”.",
            ) from error
        valid = self._validity.has_data(values)
        if mask is not None:
            valid &= mask
        pixels = np.abs(values) if self.is_complex else values
        pixels = pixels.astype(self.working_dtype, copy=False)
        if self._validity.leave_out_huge(pixels, valid):
            self.tell(
                f"{self.name} holds values beyond ±1e36, which are no measurements but fill values: these pixels were "
                "left out. If more than a few are concerned, declare the file's nodata value."
            )
        if not valid.all():
            pixels[:, ~valid] = 0
        return pixels, valid

    def tell(self, *warnings: str) -> None:
        """Add to ``warnings`` what is not among them: each pass over a scene finds the same anew."""
        self.warnings += [warning for warning in warnings if warning not in self.warnings]

    def reopen(self) -> Scene:
        """The same scene with a file handle of its own, for another thread; what it warns of, both tell."""
        scene = Scene(self.path, self.bands, self.also_nodata, self._named_crs)
        scene.warnings = self.warnings
        return scene

    def close(self) -> None:
        """Let go of the file."""
        self._dataset.close()

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def info(self) -> dict[str, Any]:
        """What a person wants to know of the file, as plain JSON types."""
        from .geometry import PixelMeasure

        modality, reason = suggest(self)
        return {
            "path": self.path,
            "width": self.width,
            "height": self.height,
            "bands": self.bands,
            "band_names": self.band_names,
            "dtype": self.dtype,
            "complex": self.is_complex,
            "crs": None if self.crs is None else self.crs.to_string(),
            "georeferenced": self.georeferenced,
            "transform": [round(v, 12) for v in self.transform[:6]],
            "nodata": self.nodata if self.nodata is not None and math.isfinite(self.nodata) else None,
            "also_nodata": self.also_nodata,
            "has_mask": self._validity.has_mask,
            "wavelengths": self.wavelengths,
            "pixel_area_m2": PixelMeasure(self).pixel_area_m2,
            "warnings": self.warnings,
            "suggestion": {"modality": modality, "reason": reason},
        }


def open_scene(
    path: str | Path, bands: Sequence[int] | None = None, nodata: float | None = None, crs: str | None = None
) -> Scene:
    """Open a raster that GDAL reads.

    Args:
        path: a file, or a GDAL path such as ``/vsizip/…`` or a subdataset.
        bands: 1-based numbers of the bands to use; all data bands when None.
        nodata: a value that means no data though the file does not say so, see :attr:`Scene.also_nodata`; finite.
        crs: what its coordinates are in where the file says nothing or another, as WKT or such as EPSG:4326; of no
            account where the file does not say where it lies.

    Returns:
        The scene; close it, or use it in a ``with`` statement.

    Raises:
        EngineError: ``scene_not_found``, ``scene_unreadable``, ``bad_bands`` or ``bad_parameter``.
    """
    return Scene(str(path), bands, nodata, crs)


def _open(path: str) -> rasterio.DatasetReader:
    try:
        found, folder = True, stat.S_ISDIR(Path(path).stat().st_mode)
    except PermissionError:  # in a closed folder: GDAL says so
        found, folder = True, False
    except (OSError, ValueError):  # there is none, or no file can have such a name
        found = folder = False
    if is_plain(path) and not found:
        raise EngineError("scene_not_found", f"{path} does not exist.", "Check the path, or load the layer again.")
    try:
        dataset = rasterio.open(path)
    except (RasterioIOError, UnicodeEncodeError) as error:
        if folder:  # some are rasters: of Zarr, SAFE, ArcInfo
            message = f"{path} is a folder, not a raster."
            raise EngineError("scene_unreadable", message, "Choose a raster file.") from error
        raise EngineError(
            "scene_unreadable",
            f"{path} is not a raster that can be read ({str(error).rstrip('.')}).",
            "Check that it opens in QGIS; convert it to GeoTIFF if the format is unusual.",
        ) from error
    except UnicodeDecodeError as error:  # rasterio opens none of which it cannot tell the CRS
        raise EngineError(
            "scene_unreadable",
            f"{path} cannot be read: the name of its CRS has letters that are not in UTF-8.",
            "Save it from QGIS with a CRS of its list, or assign one with gdal_edit.py -a_srs.",
        ) from error
    if dataset.count == 0:
        names = dataset.subdatasets
        dataset.close()
        hint = f"Choose one of its parts, such as {names[0]}" if names else "Choose a raster with bands."
        raise EngineError("scene_unreadable", f"{path} has no band of its own.", hint)
    return dataset


def _files(dataset: rasterio.DatasetReader, found: dict[str, None]) -> dict[str, None]:
    """The files of a raster, added to those found before; of a virtual one in another, GDAL does not name the files."""
    try:
        names = list(dataset.files)
    except UnicodeDecodeError:  # names of files that are not in UTF-8; rasterio gives all at once
        names = [dataset.name]
    new = [name for name in names if name not in found]
    found.update(dict.fromkeys(new))
    for name in new:
        # What a server sends has no date: it is not asked for.
        if name != dataset.name and name.lower().endswith(".vrt") and on_disk(name) is not None:
            with suppress(RasterioError, UnicodeError), rasterio.open(name) as inner:
                _files(inner, found)
    return found
