"""Pixels of a polygon: the right ones, whatever the raster's grid, and what they say."""

from __future__ import annotations

import json
import threading
import time

import numpy as np
import pytest
from anomaly_lens.plugin.review import plots
from anomaly_lens.plugin.review.background import Background
from anomaly_lens.plugin.review.looks import agreement
from anomaly_lens.plugin.review.pictures import picture, stretched
from anomaly_lens.plugin.review.pixels import Raster, RasterError, inside
from anomaly_lens.plugin.review.plots import GREY, Line, Mark, Picture, Plot, _powers, _ticks
from anomaly_lens.plugin.review.why import explain, sample_scene, score_histogram, score_inside
from osgeo import gdal, osr
from qgis.core import QgsGeometry, QgsRectangle
from qgis.PyQt.QtCore import QCoreApplication, QObject, QPointF, QRectF
from qgis.PyQt.QtGui import QFontMetricsF, QPainter

WAITS_S = 30.0

NORTH_UP = (400000.0, 2.0, 0.0, 5800000.0, 0.0, -2.0)
SOUTH_UP = (400000.0, 2.0, 0.0, 5799920.0, 0.0, 2.0)


def test_nobody_waits_for_a_disk_that_does_not_answer(qgis_app):
    answers, asked, taken = threading.Event(), threading.Event(), []

    def read():
        asked.set()
        return answers.wait(WAITS_S)

    owner = QObject()
    background = Background(owner)
    background.ask("picture", read, taken.append)
    assert asked.wait(WAITS_S)
    before = time.monotonic()
    background.close()
    assert time.monotonic() - before < WAITS_S / 2
    answers.set()
    background._thread.join(WAITS_S)
    QCoreApplication.processEvents()
    assert taken == []


def write(path, pixels, frame=NORTH_UP, nodata=None, kind=gdal.GDT_Float32):
    """Write (bands, rows, columns) in UTM zone 33 N."""
    bands, rows, columns = pixels.shape
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), columns, rows, bands, kind)
    if frame is not None:
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(32633)
        dataset.SetProjection(reference.ExportToWkt())
        dataset.SetGeoTransform(frame)
    for number, band in enumerate(pixels, start=1):
        dataset.GetRasterBand(number).WriteArray(band)
        if nodata is not None:
            dataset.GetRasterBand(number).SetNoDataValue(nodata)
    del dataset
    return str(path)


def scene(rows=40, columns=50, bands=2):
    """Noise around 10 and 20, with a block of 100 and 200 at columns 10 to 13 and rows 20 to 22."""
    pixels = np.random.default_rng(1).normal(0, 1, (bands, rows, columns)).astype(np.float32)
    pixels += np.arange(1, bands + 1)[:, None, None] * 10
    pixels[:, 20:23, 10:14] = np.arange(1, bands + 1)[:, None, None] * 100
    return pixels


def box(column, row, columns, rows, frame=NORTH_UP):
    """A polygon on the edges of pixels."""
    x0, dx, _, y0, _, dy = frame
    xs, ys = sorted((x0 + dx * column, x0 + dx * (column + columns))), sorted((y0 + dy * row, y0 + dy * (row + rows)))
    return QgsGeometry.fromRect(QgsRectangle(xs[0], ys[0], xs[1], ys[1]))


@pytest.mark.parametrize("frame", [NORTH_UP, SOUTH_UP, None], ids=["north up", "south up", "pixels"])
def test_a_polygon_has_exactly_its_pixels(tmp_path, frame):
    raster = Raster(write(tmp_path / "a.tif", scene(), frame))
    polygon = box(10, 20, 4, 3, frame or (0, 1, 0, 0, 0, -1))
    found = explain(raster, sample_scene(raster), polygon, (), 60)
    assert found.polygon == pytest.approx([100, 200])
    assert found.around == pytest.approx([10, 20], abs=0.5)
    assert found.scene.mean == pytest.approx([10, 20], abs=3)


def test_a_rotated_raster_is_seen_as_qgis_shows_it(tmp_path):
    frame = (400000.0, 1.9, 0.6, 5800000.0, 0.6, -1.9)
    raster = Raster(write(tmp_path / "a.tif", scene(), frame))
    corners = [(11, 21), (13, 21), (13, 22), (11, 22)]
    points = [(frame[0] + c * frame[1] + r * frame[2], frame[3] + c * frame[4] + r * frame[5]) for c, r in corners]
    wkt = ", ".join(f"{x} {y}" for x, y in [*points, points[0]])
    found = explain(raster, sample_scene(raster), QgsGeometry.fromWkt(f"POLYGON(({wkt}))"), (), 60)
    assert found.polygon == pytest.approx([100, 200])


def test_pixels_without_data_count_nowhere(tmp_path):
    pixels = scene()
    pixels[:, 19:24, 5:12] = -9999
    pixels[1, :, 40:] = np.nan
    raster = Raster(write(tmp_path / "a.tif", pixels, nodata=-9999))
    found = explain(raster, sample_scene(raster), box(10, 20, 4, 3), (), 60)
    assert found.polygon == pytest.approx([100, 200])
    assert found.around == pytest.approx([10, 20], abs=0.5)
    assert found.scene.low[0] > 5


def test_a_band_without_any_data_does_not_hide_the_others(tmp_path):
    pixels = scene()
    pixels[1] = -9999
    raster = Raster(write(tmp_path / "a.tif", pixels, nodata=-9999))
    sample = sample_scene(raster)
    assert sample.mean[0] == pytest.approx(10, abs=3)
    assert np.isnan(sample.mean[1])


@pytest.mark.parametrize(
    ("kind", "value", "together"),
    [
        (gdal.GDT_Float32, -9999, False),
        (gdal.GDT_Float32, 0, True),
        (gdal.GDT_Float32, 255, False),
        (gdal.GDT_Float32, 0.1, False),
        (gdal.GDT_Float64, 0.1, False),
        (gdal.GDT_Byte, 7, False),
        (gdal.GDT_Byte, 0, True),
        (gdal.GDT_Byte, 255, True),
        (gdal.GDT_UInt16, 65535, True),
        (gdal.GDT_Int16, 32767, True),
        (gdal.GDT_Int16, -32768, False),
        (gdal.GDT_Int32, 2**31 - 1, True),
        (gdal.GDT_Int32, 2**31 - 2, False),
        (gdal.GDT_CFloat32, 0, True),
    ],
)
def test_what_a_run_left_out_besides_is_left_out_too(tmp_path, kind, value, together):
    pixels = np.full((2, 40, 50), 100, np.float64)
    pixels[:, 5, 5] = value
    pixels[1, 5, 6] = value
    # What float32 cannot tell from it.
    pixels[:, 5, 7] = value - 8 if value > 2**24 else 100
    path = write(tmp_path / "a.tif", pixels, kind=kind)
    raster = Raster(path, value)
    window = raster.window(box(5, 5, 4, 1).boundingBox(), 64)
    for bands in ([1, 2], [1], [2]):
        expected = [[True, not together, False, False]]
        assert np.isnan(raster.read(window, bands)).tolist() == [expected] * len(bands)
    assert np.isfinite(Raster(path).read(window, [1, 2])).all()


def test_bands_that_were_not_searched_leave_nothing_out(tmp_path):
    pixels = scene(bands=3)
    pixels[:2, 5, 5] = 0
    pixels[2] = -9999
    path = write(tmp_path / "a.tif", pixels)
    window = Raster(path).window(box(5, 5, 2, 1).boundingBox(), 64)
    assert np.isnan(Raster(path, 0, (1, 2)).read(window, [1, 3])).tolist() == [[[True, False]]] * 2
    assert not np.isnan(Raster(path, -9999, (1, 2)).read(window, [1, 3])).any()
    # The scene of a run that lies elsewhere now may be another.
    assert np.isnan(Raster(path, -9999, (7,)).read(window, [1])).all()


@pytest.mark.parametrize("frame", [NORTH_UP, (400000.0, 1.9, 0.6, 5800000.0, 0.6, -1.9)], ids=["north up", "rotated"])
def test_fill_that_a_run_left_out_does_not_weigh(tmp_path, frame):
    pixels = scene()
    pixels[:, :15] = -9999
    raster = Raster(write(tmp_path / "a.tif", pixels, frame), -9999)
    corners = [(11, 21), (13, 21), (13, 22), (11, 22)]
    points = [(frame[0] + c * frame[1] + r * frame[2], frame[3] + c * frame[4] + r * frame[5]) for c, r in corners]
    wkt = ", ".join(f"{x} {y}" for x, y in [*points, points[0]])
    found = explain(raster, sample_scene(raster), QgsGeometry.fromWkt(f"POLYGON(({wkt}))"), (), 60)
    assert found.polygon == pytest.approx([100, 200])
    assert found.scene.low.min() > -1


def test_complex_values_are_seen_as_amplitudes(tmp_path):
    pixels = (scene(bands=1) * np.exp(1j)).astype(np.complex64)
    raster = Raster(write(tmp_path / "a.tif", pixels, kind=gdal.GDT_CFloat32))
    found = explain(raster, sample_scene(raster), box(10, 20, 4, 3), (), 60)
    assert found.polygon == pytest.approx([100])


def test_a_hole_is_not_inside(tmp_path):
    raster = Raster(write(tmp_path / "a.tif", scene()))
    ring = box(8, 18, 8, 7).difference(box(10, 20, 4, 3))
    window = raster.window(ring.boundingBox(), 64)
    mask = inside(raster.outline(ring, window), window)
    assert mask.sum() == 8 * 7 - 4 * 3
    assert not mask[2:5, 2:6].any()


def test_a_large_polygon_is_read_coarser(tmp_path):
    raster = Raster(write(tmp_path / "a.tif", scene(400, 500)))
    window = raster.window(box(0, 0, 500, 400).boundingBox(), 128)
    assert (window.width, window.height) == (128, 102)
    assert raster.read(window, [1]).shape == (1, 102, 128)


def test_outside_the_scene_there_is_nothing(tmp_path):
    raster = Raster(write(tmp_path / "a.tif", scene()))
    assert explain(raster, sample_scene(raster), box(900, 900, 4, 4), (), 60) is None
    assert picture(raster, box(900, 900, 4, 4), [1], 40) is None


@pytest.mark.parametrize("exceptions", [True, False])
def test_a_file_that_is_no_raster_is_told_either_way(tmp_path, exceptions):
    (tmp_path / "a.tif").write_text("nothing")
    change = gdal.UseExceptions if exceptions else gdal.DontUseExceptions
    change()
    try:
        with pytest.raises(RasterError):
            Raster(str(tmp_path / "a.tif"))
    finally:
        gdal.UseExceptions()


def test_pictures_use_the_full_contrast():
    values = np.linspace(1000, 1010, 64, dtype=np.float32).reshape(1, 8, 8)
    grey = stretched(values, together=True)
    assert grey.shape == (8, 8, 3)
    assert grey.min() == 0
    assert grey.max() == 255
    assert not stretched(np.full((3, 4, 4), np.nan, np.float32), together=False).any()


def test_a_picture_is_filled_but_beyond_the_edge_of_the_scene(tmp_path):
    values = np.arange(3 * 60 * 60, dtype=np.float32).reshape(3, 60, 60)
    raster = Raster(write(tmp_path / "a.tif", values))
    # Off the grid: one column of pixels more than rows.
    whole = picture(raster, box(30, 30, 4, 4.5), [1, 2, 3], 100)
    assert max(whole.pixelColor(x, 99).lightness() for x in range(100)) > 0
    assert max(whole.pixelColor(99, y).lightness() for y in range(100)) > 0
    at_the_edge = picture(raster, box(55, 30, 4, 4), [1, 2, 3], 100)
    assert max(at_the_edge.pixelColor(99, y).lightness() for y in range(100)) == 0


def test_scores_inside_a_polygon(tmp_path):
    scores = np.full((1, 40, 50), 0.1, np.float32)
    scores[0, 20, 10], scores[0, 20, 11] = 0.9, np.nan
    heatmap = Raster(write(tmp_path / "a.tif", scores, nodata=np.nan))
    highest, mean = score_inside(heatmap, box(10, 20, 4, 1))
    assert highest == pytest.approx(0.9)
    assert mean == pytest.approx((0.9 + 0.1 + 0.1) / 3)
    assert score_inside(heatmap, box(11, 20, 1, 1)) is None
    assert score_histogram(heatmap) is None


def test_the_histogram_is_that_of_the_heat_map(tmp_path):
    path = write(tmp_path / "a.tif", np.zeros((1, 4, 4), np.float32))
    dataset = gdal.Open(path, gdal.GA_Update)
    dataset.GetRasterBand(1).SetMetadataItem("SCORE_HISTOGRAM", json.dumps([1, 2, 3]))
    del dataset
    assert score_histogram(Raster(path)).tolist() == [1, 2, 3]


def test_ticks_are_round_numbers():
    assert _ticks(0, 1, 4) == [0, 0.5, 1.0]
    assert _ticks(412, 905, 5) == [500, 600, 700, 800, 900]
    assert _ticks(-0.02, 0.021, 4) == [-0.02, 0, 0.02]
    assert _powers(0, 6.2) == [0, 2, 4, 6]


def test_a_plot_paints_its_lines_and_its_marks(qgis_app):
    plot = Plot()
    plot.resize(240, 160)
    x = np.array([0.0, 1.0])
    line = Line("flat", x, np.array([5.0, 5.0]), GREY)
    plot.show_picture(Picture("x", "y", lines=(line,), marks=(Mark("here", 0.5, GREY),)))
    image = plot.grab().toImage()
    grey = [(i, j) for i in range(image.width()) for j in range(40, 110) if image.pixelColor(i, j) == GREY]
    columns = {i for i, _ in grey}
    assert len(columns) > 120, "from one end to the other"
    assert max(sum(1 for i, _ in grey if i == column) for column in columns) > 40, "the mark is upright"
    plot.show_text("Nothing to see")
    assert plot.grab().toImage() != image


@pytest.fixture
def written(monkeypatch):
    """The boxes of the texts that plots write, with the texts."""
    boxes = []

    class Painter(QPainter):
        def drawText(self, place, text, *option):
            if isinstance(place, QPointF):
                place = QRectF(place.x(), place.y(), QFontMetricsF(self.font()).horizontalAdvance(text), 1)
            boxes.append((place, text))
            super().drawText(place, text, *option) if option else None

    monkeypatch.setattr(plots, "QPainter", Painter)
    return boxes


@pytest.mark.parametrize("points", [8, 16])
def test_texts_of_a_plot_do_not_run_into_each_other_nor_out_of_it(qgis_app, written, points):
    x = np.arange(1.0, 11.0)
    names = ("scene", "around", "anomaly", "a fourth name")
    plot = Plot()
    font = plot.font()
    font.setPointSizeF(points)
    plot.setFont(font)
    plot.resize(300, 100)
    plot.show()
    bands = tuple(f"B{number:02} reflect" for number in range(1, 11))
    lines = tuple(Line(name, x, 22 * x, GREY) for name in names)
    plot.show_picture(Picture("Band", "Mean value", lines=lines, x_range=(0.5, 10.5), x_names=bands))
    plot.resize(300, plot.minimumSizeHint().height())
    plot.grab()
    places = {text: place for place, text in written}
    assert set(names) <= set(places)
    assert all(places[name].right() <= 300 for name in names)
    below = [place for text, place in places.items() if text in bands]
    assert len(below) > 1
    assert all(left.right() <= right.left() for left, right in zip(below, below[1:]))
    beside = [place for text, place in places.items() if text.isdigit()]
    assert len(beside) > 1, "one number is no scale"
    assert all(upper.top() < lower.top() - lower.height() / 2 for lower, upper in zip(beside, beside[1:]))


def test_names_of_bands_have_the_room_there_is_and_say_where_they_are_cut(qgis_app, written):
    long = "Brightness temperature"
    plot = Plot()
    plot.resize(300, 100)
    for names in ((long,), (long,) * 9):
        x = np.arange(1.0, len(names) + 1)
        lines = (Line("scene", x, x, GREY),)
        picture = Picture("Band", "Mean value", lines=lines, x_range=(0.5, len(names) + 0.5), x_names=names)
        written.clear()
        plot.show_picture(picture)
        plot.grab()
        below = [text for _place, text in written if text.startswith("Bri")]
        assert below[0] == long if len(names) == 1 else below[0].endswith("…")


def test_kappa_is_that_of_the_textbook():
    pairs = (
        [("accepted", "accepted")] * 20
        + [("accepted", "rejected")] * 5
        + [("rejected", "accepted")] * 10
        + [("rejected", "rejected")] * 15
        + [("unreviewed", "accepted")] * 7
    )
    found = agreement(pairs)
    assert (found.both, found.agree) == (50, 35)
    assert found.kappa == pytest.approx(0.4)
    assert agreement([("accepted", "accepted")]).kappa is None
    assert agreement([]).both == 0
