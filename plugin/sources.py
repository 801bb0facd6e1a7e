"""What a run reads: the file of a layer, or an export of a layer that is none."""

from __future__ import annotations

import math
import re
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsProviderRegistry,
    QgsRasterBlockFeedback,
    QgsRasterDataProvider,
    QgsRasterFileWriter,
    QgsRasterInterface,
    QgsRasterLayer,
    QgsRasterPipe,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QCoreApplication, QThread

from .errors import PluginError
from .gdal_failures import failures_told
from .numbers import number_text

translate = QCoreApplication.translate

MAX_EXPORT_MEGAPIXELS = 100
"""A larger export of a web layer would be a mass download, and of any layer a mistake in the resolution."""

# Part of a pixel.
_HAIR = 1e-6

# Systems take 255 bytes, Windows not many more letters for a whole path; names of results go on behind it.
_MOST_BYTES = 120

# Of Windows, which opens them whatever folder they are looked for in, and whatever comes behind a dot.
_DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)\d", re.IGNORECASE)

# QGIS takes those of databases out of an address by itself, those of web layers not; others as in the engine's paths.
_BEFORE = r"(?:(?<=[?&])(?!amp;)|(?<=&amp;))"
_TELLTALE = "(?:sig|token|credential|key|password|secret|authorization|cookie|userpwd)"
_SECRETS = re.compile(
    r"(?<![^&?])(?:password|http-header:authorization)=[^&]*&?"
    rf'|{_BEFORE}[^=&<">]*{_TELLTALE}[^=&<">]*=[^&<"]*(?:&(?:amp;)?)?'
    # The same in a URL that is itself a part of the address, as those of tiles are.
    rf'|(?:(?<=\?)|(?<=%3F)|(?<=%26))(?:(?!%3D|%26)[^=&<">])*{_TELLTALE}(?:(?!%3D|%26)[^=&<">])*%3D'
    r'(?:(?!%26)[^&<"])*(?:%26)?'
    r"|(?<=://)[^/?\s]*@|(?<=%3A%2F%2F)(?:(?!%2F|%3F)[^/?&\s])*(?:@|%40)",
    re.IGNORECASE,
)
# What comes with a signature of AWS, Google or Azure: until when it holds, for whom and for what.
_SIGNED_FOR = re.compile(
    rf"{_BEFORE}(?:x-(?:amz|goog)-[\w-]+|googleaccessid|expires|policy|s[eiprstv]|sip|spr|srt|sk(?:oid|tid|[tesv]))"
    r'=[^&<"]*(?:&(?:amp;)?)?',
    re.IGNORECASE,
)


@dataclass
class Source:
    """A layer as a run needs it, snapshot in the main thread.

    Attributes:
        name: the layer's name.
        crs: the layer's CRS, invalid where it has none.
        origin: what provenance names as the source.
        path: the file that the engine opens; None where the layer must be exported first.
        nodata: the layer's “additional no data value”, as what the engine opens holds it, or None.
        assigned_crs: the layer's CRS as WKT where what the engine opens says nothing or another, or None.
        export: how to do that; None where there is a file.
    """

    name: str
    crs: QgsCoordinateReferenceSystem
    origin: str
    path: str | None = None
    nodata: float | None = None
    assigned_crs: str | None = None
    export: LayerExport | None = None


@dataclass
class LayerExport:
    """The export of a layer that is no file, done in a task's thread from a copy of its provider.

    Attributes:
        layer_name: for messages.
        provider: a copy of the layer's provider that belongs to no thread until the export adopts it.
        extent: the layer's extent, in its CRS.
        crs: the layer's CRS.
        transforms: the project's choices of datum transformations.
        resolution: of a pixel, in units of the CRS.
    """

    layer_name: str
    provider: QgsRasterDataProvider
    extent: QgsRectangle
    crs: QgsCoordinateReferenceSystem
    transforms: QgsCoordinateTransformContext
    resolution: float
    feedback: QgsRasterBlockFeedback = field(default_factory=QgsRasterBlockFeedback)

    def size(self, area: QgsRectangle | None) -> tuple[QgsRectangle, int, int]:
        """The extent that is exported, and its columns and rows.

        Args:
            area: what is wanted of the layer, in its CRS; all of it where None.

        Raises:
            PluginError: ``layer_not_exported`` where nothing is left of the layer or the export would be too large.
        """
        extent = QgsRectangle(self.extent) if area is None else area.intersect(self.extent)
        if extent.isEmpty():
            raise PluginError(
                "layer_not_exported",
                translate("LayerExport", "The extent does not touch the layer “{name}”.").format(name=self.layer_name),
                translate("LayerExport", "Choose an extent on the layer."),
            )
        columns = self._pixels(extent.width(), self.extent.xMaximum() - extent.xMinimum())
        rows = self._pixels(extent.height(), extent.yMaximum() - self.extent.yMinimum())
        megapixels = columns * rows / 1e6
        if megapixels > MAX_EXPORT_MEGAPIXELS:
            message = translate(
                "LayerExport",
                "The layer “{name}” would be exported with {size} megapixels; {limit} are the limit.",
            )
            raise PluginError(
                "layer_not_exported",
                message.format(name=self.layer_name, size=number_text(megapixels), limit=MAX_EXPORT_MEGAPIXELS),
                translate("LayerExport", "Choose a smaller extent or a coarser resolution."),
            )
        # Whole pixels: the extent grows to the right and downwards by less than one.
        right = extent.xMinimum() + columns * self.resolution
        bottom = extent.yMaximum() - rows * self.resolution
        return QgsRectangle(extent.xMinimum(), bottom, right, extent.yMaximum()), columns, rows

    def _pixels(self, length: float, room: float) -> int:
        """How many pixels cover a length, all of them with their centres on the layer.

        Beside it QGIS writes 0, whether or not that means no data, and takes a value for no data that the layer may
        hold. By rounding alone there would often be one too many.

        Args:
            length: of what is wanted.
            room: from where that begins to the end of the layer.
        """
        count = max(1, math.ceil(length / self.resolution))
        return max(1, count - 1) if (count - 0.5 + _HAIR) * self.resolution > room else count

    def write(self, path: Path, area: QgsRectangle | None, progress: Callable[[float], None]) -> None:
        """Write the layer to a GeoTIFF; to be called once.

        Args:
            path: the file to write.
            area: as for :meth:`size`.
            progress: called with the fraction that is done.

        Raises:
            PluginError: ``layer_not_exported``, or ``cancelled`` where ``feedback`` was cancelled.
        """
        extent, columns, rows = self.size(area)
        self.provider.moveToThread(QThread.currentThread())
        self.feedback.progressChanged.connect(lambda percent: progress(percent / 100))
        pipe = QgsRasterPipe()
        pipe.set(self.provider)
        writer = QgsRasterFileWriter(str(path))
        writer.setOutputFormat("GTiff")
        # QGIS 3.44 gave it another name.
        set_options = getattr(writer, "setCreationOptions", None) or writer.setCreateOptions
        set_options(["TILED=YES", "COMPRESS=DEFLATE", "BIGTIFF=IF_SAFER"])
        with failures_told() as failures:
            error = writer.writeRaster(pipe, columns, rows, extent, self.crs, self.transforms, self.feedback)
        if self.feedback.isCanceled():
            raise PluginError("cancelled", translate("LayerExport", "The run was cancelled."))
        # QGIS does not look whether pixels arrive in the file.
        lost = [failure for failure in failures if str(path) in failure or failure.startswith(f"{path.name}:")]
        if lost:
            message = translate("LayerExport", "The layer “{name}” could not be exported.").format(name=self.layer_name)
            hint = translate("LayerExport", "Make room on the disk of the temporary folder, {folder}.")
            hint = hint.format(folder=tempfile.gettempdir())
            raise PluginError("layer_not_exported", message, hint, "\n".join(lost))
        if error != QgsRasterFileWriter.NoError or self.feedback.errors():
            reasons = "\n".join(self.feedback.errors())
            raise PluginError(
                "layer_not_exported",
                translate("LayerExport", "The layer “{name}” could not be exported.").format(name=self.layer_name),
                translate("LayerExport", "Check that it draws on the map and that its server can be reached."),
                f"{error}\n{reasons}",
            )


def scene_path(layer: QgsRasterLayer) -> str | None:
    """The path by which the engine can open a layer, or None where it must be exported first.

    Args:
        layer: a raster layer of any provider.
    """
    if layer.providerType() != "gdal":
        return None
    parts = QgsProviderRegistry.instance().decodeUri("gdal", layer.source())
    # Open options, logins and files in this process's memory exist for QGIS alone; XML in a path's place names no file.
    if parts.get("openOptions") or parts.get("authcfg") or layer.source().lstrip().startswith(("/vsimem/", "<")):
        return None
    if not parts.get("path"):
        return None
    if parts.get("layerName") and not parts.get("vsiPrefix"):
        # A subdataset such as GPKG:file:table keeps its own notation.
        return layer.source()
    # A suffix without a prefix is what lies in a folder that is called like an archive.
    return "".join(str(parts.get(part) or "") for part in ("vsiPrefix", "path", "vsiSuffix"))


def file_stamp(path: str) -> tuple[int, int] | None:
    """What differs after a file was replaced under its name; None of what is no file.

    Args:
        path: what GDAL opens.
    """
    try:
        facts = Path(path).stat()
    except (OSError, ValueError):
        return None
    return (facts.st_mtime_ns, facts.st_size) if stat.S_ISREG(facts.st_mode) else None


def additional_nodata(layer: QgsRasterLayer) -> float | None:
    """The value that the layer's properties name as no data besides the file's own, or None.

    QGIS offers one for all bands, among what it calls transparency. It compares after a band's scale and offset; an
    export is written that way, but of a file the engine reads the raw numbers, so it is told the raw one. There is none
    where it differs from band to band.

    Args:
        layer: a raster layer of any provider.
    """
    provider = layer.dataProvider()
    ranges = provider.userNoDataValues(1)
    values = {span.min() for span in ranges if span.min() == span.max()}
    if len(values) == 1 and scene_path(layer) is not None:
        (value,) = values
        bands = range(1, provider.bandCount() + 1)
        values = {_raw(value, provider.bandScale(band), provider.bandOffset(band)) for band in bands}
    return values.pop() if len(values) == 1 else None


def _raw(value: float, scale: float, offset: float) -> float | None:
    """A value that QGIS shows as the number in the file, or None where there is no such number."""
    if (scale, offset) == (1, 0):
        return value
    # Not 0: QGIS takes such a scale for none.
    raw = (value - offset) / scale
    if not math.isfinite(raw):
        return None
    # Its float32 leaves a whole number a little beside itself. Whether the file holds whole numbers cannot be asked:
    # QGIS calls scaled ones float, those of the source, too.
    resolution = 1e-6 * (abs(value) + abs(offset)) / abs(scale)
    return float(round(raw)) if abs(raw - round(raw)) <= resolution else raw


def assigned_crs(layer: QgsRasterLayer) -> str | None:
    """The CRS that somebody has given a layer, as WKT; None where it is its file's own, or the layer is exported.

    Files often say nothing of theirs, or something wrong; QGIS shows the layer where its properties say that it lies.

    Args:
        layer: a raster layer of any provider.
    """
    if scene_path(layer) is None or not layer.crs().isValid() or layer.crs() == layer.dataProvider().crs():
        return None
    return layer.crs().toWkt(QgsCoordinateReferenceSystem.WKT_PREFERRED)


def address(layer: QgsRasterLayer) -> str:
    """Where a layer comes from, for people: results that name it are passed on, so it holds no password.

    Args:
        layer: a raster layer of any provider.
    """
    return without_secrets(layer.publicSource())


def without_secrets(origin: str) -> str:
    """Where a scene comes from as results name it: of a URL, without signatures and passwords.

    Args:
        origin: the address of a layer, or what GDAL opens.
    """
    if "://" not in unquote(origin):
        return origin
    kept = _SECRETS.sub("", origin)
    return (_SIGNED_FOR.sub("", kept) if kept != origin else kept).rstrip("?&")


def is_web_layer(layer: QgsRasterLayer) -> bool:
    """Whether the layer has no resolution of its own."""
    provider = layer.dataProvider()
    return provider is None or not provider.capabilities() & QgsRasterInterface.Capability.Size


def is_picture(layer: QgsRasterLayer) -> bool:
    """Whether the layer delivers colours rather than values."""
    return layer.dataProvider().dataType(1) in (Qgis.DataType.ARGB32, Qgis.DataType.ARGB32_Premultiplied)


def export_resolution(layer: QgsRasterLayer, canvas_resolution: float) -> float:
    """The resolution to propose for an export, in units of the layer's CRS.

    Args:
        layer: the layer.
        canvas_resolution: of a canvas pixel, in units of the layer's CRS.
    """
    return canvas_resolution if is_web_layer(layer) else layer.rasterUnitsPerPixelX()


def snapshot(layer: QgsRasterLayer, resolution: float, transforms: QgsCoordinateTransformContext) -> Source:
    """What a task needs of a layer; nothing of the layer itself is touched later.

    Args:
        layer: the layer to search.
        resolution: of its export, should one be necessary, in units of its CRS.
        transforms: the project's choices of datum transformations.
    """
    path = scene_path(layer)
    source = Source(layer.name(), layer.crs(), address(layer), path, additional_nodata(layer), assigned_crs(layer))
    if source.path is None:
        provider = layer.dataProvider().clone()
        provider.moveToThread(None)
        source.export = LayerExport(layer.name(), provider, layer.extent(), layer.crs(), transforms, resolution)
    return source


def file_stem(name: str, *, nameless: str = "layer", spaces: bool = False) -> str:
    """A name as that of a file or folder that every system accepts; what is too long is cut off.

    Args:
        name: of a layer, say.
        nameless: what comes of a name of which nothing is left.
        spaces: whether it may have some.
    """
    refused = r"[^\w. -]+" if spaces else r"[^\w.-]+"
    accepted = re.sub(refused, "_", name).encode()[:_MOST_BYTES].decode(errors="ignore").strip("._ ")
    if _DEVICES.fullmatch(accepted.partition(".")[0].rstrip()):
        return f"_{accepted}"
    return accepted or nameless
