"""The part of a scene that a run looks at, and its strips."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import shapely
from anomaly_lens.engine import open_scene, region
from anomaly_lens.engine.area import read_area
from anomaly_lens.engine.region import Region


@pytest.mark.parametrize("halo", [0, 3, 25])
@pytest.mark.parametrize("options", [{}, {"tiled": True, "blockxsize": 16, "blockysize": 16}])
def test_strips_cover_the_region_once_with_their_halo(make_raster, noise, monkeypatch, halo, options):
    values = noise(3, 100, 40)
    monkeypatch.setattr(region, "STRIP_BYTES", 40 * 3 * 8 * 20)
    with open_scene(make_raster(values, **options)) as scene:
        strips = list(Region(scene).strips(halo))
    assert len(strips) > 1
    assert [s.row for s in strips] == np.cumsum([0, *[s.rows for s in strips]])[:-1].tolist()
    np.testing.assert_array_equal(np.concatenate([s.pixels[:, s.core] for s in strips], axis=1), values)
    for strip in strips:
        first, last = max(0, strip.row - halo), min(100, strip.row + strip.rows + halo)
        np.testing.assert_array_equal(strip.pixels, values[:, first:last])
        if options and strip is not strips[-1] and strip.rows > 16:
            assert (strip.row + strip.rows) % 16 == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"compress": "deflate", "blockysize": 100}, 5),
        ({"compress": "deflate", "tiled": True, "blockxsize": 16, "blockysize": 96}, 4),
        ({"compress": "deflate", "tiled": True, "blockxsize": 16, "blockysize": 48}, 0),
        ({"tiled": True, "blockxsize": 16, "blockysize": 96}, 0),
    ],
)
def test_blocks_that_every_strip_unpacks_anew_are_told(make_raster, noise, monkeypatch, options, told):
    monkeypatch.setattr(region, "STRIP_BYTES", 40 * 3 * 8 * 20)
    monkeypatch.setattr(region, "_CACHE_BYTES", 40 * 3 * 4 * 50)
    with open_scene(make_raster(noise(3, 100, 40), **options)) as scene:
        Region(scene, shapely.box(0, 0, 40, 60))
        assert not scene.warnings
        Region(scene)
        assert len(scene.warnings) == bool(told)
        assert all(f"unpacked about {told} times" in warning for warning in scene.warnings)


@pytest.mark.parametrize("kind", ["JXL", "NONE"])
def test_any_kind_of_compression_counts(make_raster, noise, tmp_path, kind):
    make_raster(noise(1, 60, 80))
    path = tmp_path / "own.vrt"
    path.write_text(
        '<VRTDataset rasterXSize="80" rasterYSize="60"><Metadata domain="IMAGE_STRUCTURE">'
        f'<MDI key="COMPRESSION">{kind}</MDI></Metadata><VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
        '<SourceFilename relativeToVRT="1">scene.tif</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>'
    )
    with open_scene(path) as scene:
        assert scene.is_compressed == (kind != "NONE")


def test_an_area_of_many_corners_is_rasterized_in_bands(make_raster, noise, monkeypatch):
    angle = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    reach = 40 + 5 * np.sin(97 * angle)
    outer, hole = (np.column_stack([f * reach * np.cos(angle) + 50, f * reach * np.sin(angle) + 60]) for f in (1, 0.3))
    area = shapely.Polygon(outer, [hole])
    corners = []
    burn = region.rasterize

    def counted(shapes, **options):
        corners.append(shapely.get_num_coordinates(shapes[0][0]))
        return burn(shapes, **options)

    monkeypatch.setattr(region, "STRIP_BYTES", 100 * 8 * 23)
    with open_scene(make_raster(noise(1, 130, 100))) as scene:
        expected = np.concatenate([strip.valid[strip.core] for strip in Region(scene, area).strips(3)])
        monkeypatch.setattr(region, "_CORNERS", 500)
        monkeypatch.setattr(region, "rasterize", counted)
        found = np.concatenate([strip.valid[strip.core] for strip in Region(scene, area).strips(3)])
    assert 0 < expected.mean() < 0.9
    np.testing.assert_array_equal(found, expected)
    assert 0 < max(corners) <= 500


@pytest.mark.parametrize("limit", [0, 2**30])
def test_later_passes_see_the_same_strips(make_raster, noise, monkeypatch, limit):
    values = noise(3, 100, 40)
    values[:, 30:40] = np.nan
    monkeypatch.setattr(region, "STRIP_BYTES", 40 * 3 * 8 * 20)
    monkeypatch.setattr(region, "KEEP_BYTES", limit)
    with open_scene(make_raster(values)) as scene:
        part = Region(scene)
        for halo in (5, 0, 30, 0):
            fresh = Region(scene)
            for now, before in zip(part.strips(halo), fresh.strips(halo), strict=True):
                assert (now.row, now.rows, now.top) == (before.row, before.rows, before.top)
                np.testing.assert_array_equal(now.pixels, before.pixels)
                np.testing.assert_array_equal(now.valid, before.valid)
        assert (part._kept is None) == (limit == 0)  # or whole scenes would be in memory


def test_a_consumer_that_stops_stops_the_reader(make_raster, noise, monkeypatch):
    monkeypatch.setattr(region, "STRIP_BYTES", 40 * 3 * 8)
    with open_scene(make_raster(noise(3, 200, 40))) as scene:
        strips = Region(scene).strips()
        next(strips)
        assert "anomaly-lens-reader" in [thread.name for thread in threading.enumerate()]
        strips.close()
    assert "anomaly-lens-reader" not in [thread.name for thread in threading.enumerate()]


def test_wide_strips_are_read_as_far_as_they_are_looked_at(make_raster, noise, monkeypatch):
    values = noise(3, 100, 80)
    values[:, 30:40, 5:20] = np.nan
    path = make_raster(values, tiled=True, blockxsize=16, blockysize=16)
    monkeypatch.setattr(region, "STRIP_BYTES", 80 * 3 * 8 * 20)
    corners = [(500_020, 5_599_990), (500_780, 5_599_960), (500_700, 5_599_030), (500_090, 5_599_100)]
    area = {"geojson": shapely.geometry.mapping(shapely.Polygon(corners))}
    with open_scene(path) as scene:
        ahead = list(Region(scene, read_area(scene, area)).strips(7))
        monkeypatch.setattr(region, "_WIDE_BYTES", 0)
        part = Region(scene, read_area(scene, area))
        windows = []
        original = type(scene).read
        monkeypatch.setattr(
            type(scene), "read", lambda self, window: windows.append(window.width) or original(self, window)
        )
        strips = list(part.strips(7))
        assert windows == []
        assert [(s.row, s.top, s.rows, s.columns) for s in strips] == [(s.row, s.top, s.rows, s.columns) for s in ahead]
        for strip, other in zip(strips, ahead, strict=True):
            some = strip.part(10, 40)
            assert (some.row, some.top, some.rows, some.columns) == (strip.row, strip.top, strip.rows, 30)
            np.testing.assert_array_equal(some.pixels, other.pixels[:, :, 10:40])
            np.testing.assert_array_equal(some.valid, other.valid[:, 10:40])
        assert set(windows) == {30}
        # Who asks for all of it gets that, too, once.
        np.testing.assert_array_equal(strips[1].pixels, ahead[1].pixels)
        np.testing.assert_array_equal(strips[1].valid, ahead[1].valid)
        np.testing.assert_array_equal(strips[1].part(10, 40).pixels, ahead[1].part(10, 40).pixels)
        assert windows.count(30) == len(strips)
        assert len(windows) == len(strips) + 1


def test_strips_with_a_wide_halo_are_no_lower_for_being_wider(make_raster, noise, monkeypatch):
    monkeypatch.setattr(region, "STRIP_BYTES", 32 * 3 * 8 * 60)
    monkeypatch.setattr(region, "SCORE_BYTES", 320 * 4 * 36)
    monkeypatch.setattr(region, "_WIDE_HALO", 10)
    monkeypatch.setattr(region, "_WIDE_COLUMNS", 32)

    def heights(width: int, halo: int, **options: object) -> list[int]:
        with open_scene(make_raster(noise(3, 200, width), **options)) as scene:
            return [rows for _, rows in Region(scene).spans(halo)]

    blocks = {"tiled": True, "blockxsize": 16, "blockysize": 16}
    assert heights(64, 10, **blocks) == heights(192, 10, **blocks) == [48, 48, 48, 48, 8]
    # Unless their scores alone would take too much.
    assert max(heights(320, 10, **blocks)) == 32
    # Who looks at whole strips, with a small halo, gets lower ones; so does who reads a file in full rows.
    assert max(heights(320, 4, **blocks)) < 20
    assert max(heights(320, 10, blockysize=1)) == 20


def test_a_file_in_full_rows_is_read_ahead(make_raster, noise, monkeypatch):
    monkeypatch.setattr(region, "_WIDE_BYTES", 0)
    with open_scene(make_raster(noise(3, 60, 80), blockysize=1)) as scene:
        assert not any(isinstance(strip, region.UnreadStrip) for strip in Region(scene).strips(7))


def test_visit_finds_in_chosen_strips_what_it_finds_in_all(make_raster, noise, monkeypatch):
    monkeypatch.setattr(region, "STRIP_BYTES", 80 * 3 * 8 * 10)
    read: list[int] = []

    def look(strip):
        read.append(strip.row)
        return float(strip.pixels.sum())

    with open_scene(make_raster(noise(3, 60, 80), blockysize=1)) as scene:
        whole = Region(scene)
        shares: list[float] = []
        everything = list(whole.visit(look, shares.append, halo=2))
        assert shares[-1] == 1.0
        assert read == [row for row, _ in whole.spans(halo=2)] == list(range(0, 60, 10))
        read.clear()
        assert list(whole.visit(look, shares.append, halo=2, only={0, 30})) == [everything[0], everything[3]]
        assert read == [0, 30]
        # What was looked at in part is not taken for all of it by the passes after it, nor the other way round.
        assert [strip.row for strip in whole.strips(only={10})] == [10]
        assert [strip.row for strip in whole.strips()] == list(range(0, 60, 10))
        assert [strip.row for strip in whole.strips(only={10, 50})] == [10, 50]
