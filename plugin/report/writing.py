"""Writing a report: pictures of the polygons, then one file that is whole or not there."""

from __future__ import annotations

import base64
from pathlib import Path

from qgis.core import QgsMapRendererParallelJob, QgsMapSettings
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QMarginsF, QSize, QUrl
from qgis.PyQt.QtGui import QImage, QPageLayout, QPageSize, QPdfWriter, QTextDocument

from ..drafts import draft_folder, publish
from ..errors import PluginError
from ..export import Step
from ..review.pictures import bands_to_show, picture
from ..review.pixels import RasterError
from ..runs import Run
from .contents import Contents
from .page import CARD_SIDE, MAP_WIDTH, accepted, html

translate = QCoreApplication.translate

HTML, PDF = "HTML report", "PDF report"

_SHARPER = 2
_JPEG_QUALITY = 88
_PDF_DPI = 300
_PICTURES_SHARE = 0.8
_MAP_GROWS = 1.02
# Height by width: it leaves room on the sheet for how it was found.
_MAP_FLATTEST, _MAP_TALLEST = 0.4, 0.8


def map_job(canvas: QgsMapCanvas, run: Run) -> QgsMapRendererParallelJob:
    """What draws the map of a report: the layers that the map shows, over the whole run.

    Args:
        canvas: the map.
        run: whose extent is shown.
    """
    layer = run.anomalies if run.heatmap is None else run.heatmap
    settings = QgsMapSettings(canvas.mapSettings())
    settings.setRotation(0.0)
    extent = settings.layerExtentToOutputExtent(layer, layer.extent())
    if extent.isEmpty():
        extent = settings.visibleExtent()
    extent.scale(_MAP_GROWS)
    width = MAP_WIDTH * _SHARPER
    # Nothing at all has no width.
    ratio = min(_MAP_TALLEST, max(_MAP_FLATTEST, extent.height() / (extent.width() or 1.0)))
    settings.setDevicePixelRatio(1.0)
    settings.setOutputSize(QSize(width, round(width * ratio)))
    settings.setOutputDpi(96.0 * _SHARPER)
    settings.setExtent(extent)
    return QgsMapRendererParallelJob(settings)


def write_report(contents: Contents, target: Path, form: str, step: Step) -> int:
    """Write a report; may be called in any thread.

    Args:
        contents: what it says.
        target: the file; an existing one is replaced.
        form: :data:`HTML` or :data:`PDF`.
        step: is told what is done, 0 to 1; raises to stop.

    Returns:
        How many polygons it lists.

    Raises:
        PluginError: ``not_writable``, or what ``step`` raises; an existing file is untouched then.
    """
    pictures = _pictures(contents, step)
    with draft_folder(target) as folder:
        draft = folder / target.name
        write = _write_html if form == HTML else _write_pdf
        write(contents, pictures, draft)
        step(1.0)
        publish(folder, target)
    return len(contents.entries)


def _pictures(contents: Contents, step: Step) -> dict[str, QImage]:
    """The map, and a picture of each accepted polygon where its pixels can be read."""
    found = {}
    if contents.map_picture is not None and not contents.map_picture.isNull():
        found["map"] = contents.map_picture
    numbers = accepted(contents)
    try:
        raster = contents.scene.open() if contents.scene.path else None
    except RasterError:
        raster = None
    if raster is None:
        return found
    shown = bands_to_show(raster.count, contents.scene.bands)
    for place, number in enumerate(numbers):
        step(_PICTURES_SHARE * place / len(numbers))
        geometry = contents.entries[number].geometry
        try:
            image = None if geometry.isEmpty() else picture(raster, geometry, shown, CARD_SIDE * _SHARPER)
        except RasterError:
            # A card without a picture; the others have theirs.
            image = None
        if image is not None:
            found[f"card{number}"] = image
    return found


def _write_html(contents: Contents, pictures: dict[str, QImage], draft: Path) -> None:
    def source(name: str) -> str:
        return "data:image/jpeg;base64," + base64.b64encode(_jpeg(pictures[name])).decode()

    text = html(contents, source, _numbers(pictures), for_screen=True)
    try:
        draft.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _not_written(draft, str(error.strerror)) from error


def _write_pdf(contents: Contents, pictures: dict[str, QImage], draft: Path) -> None:
    writer = QPdfWriter(str(draft))
    writer.setResolution(_PDF_DPI)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
    writer.setTitle(contents.title)
    writer.setCreator("Anomaly Lens")
    document = QTextDocument()
    for name, image in pictures.items():
        document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), image)
    document.setHtml(html(contents, lambda name: name, _numbers(pictures), for_screen=False))
    # It sets margins of two centimetres and numbers the pages.
    document.print(writer)
    del writer
    if not draft.exists() or not draft.read_bytes().rstrip().endswith(b"%%EOF"):
        raise _not_written(draft, translate("Report", "it was cut short"))


def _numbers(pictures: dict[str, QImage]) -> set[int]:
    return {int(name[4:]) for name in pictures if name.startswith("card")}


def _jpeg(image: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPG", _JPEG_QUALITY)
    return bytes(data)


def _not_written(draft: Path, reason: str) -> PluginError:
    message = translate("Report", "{name} could not be written ({reason}).").format(name=draft.name, reason=reason)
    hint = translate("Report", "Check that the disk is not full, or choose another folder.")
    return PluginError("not_writable", message, hint)
