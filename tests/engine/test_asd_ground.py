"""Normal ground as it is read: which pixels, how their bands are scaled, and what previews show of it."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
import shapely
import torch
from anomaly_lens.engine.models.asd import ASD, MARGIN, ASDConfig
from anomaly_lens.engine.models.density import GaussianDensity
from anomaly_lens.engine.models.mixture import MixtureDensity
from anomaly_lens.engine.models.surroundings import length, scene_density, surroundings
from anomaly_lens.engine.models.taught import CLIP, Scaling, TaughtModel
from anomaly_lens.engine.region import Region
from anomaly_lens.engine.scene import open_scene
from anomaly_lens.engine.teaching import ground as module
from anomaly_lens.engine.teaching.checkpoints import authors_scaling
from anomaly_lens.engine.teaching.ground import BLOCK, _shares, normal_polygons, read_ground
from anomaly_lens.engine.teaching.preview import SIDE, Preview
from anomaly_lens.engine.tiles import reflect
from rasterio.windows import Window
from shapely import affinity
from shapely.geometry import mapping

pytestmark = pytest.mark.usefixtures("one_thread")

CORNERS = ((35.3, 21.7), (70.2, 24.1), (64.9, 59.6))
"""Of a polygon of normal ground: column and row."""


def polygon(corners):
    """An area of interest by its corners in pixels."""
    ring = [[500_000 + 10 * x, 5_600_000 - 10 * y] for x, y in (*corners, corners[0])]
    return {"geojson": {"type": "Polygon", "coordinates": [ring]}, "crs": "EPSG:32633"}


def read(paths, area, **options):
    """Normal ground of scenes, and the scenes, open."""
    scenes = [open_scene(path) for path in paths]
    polygons = normal_polygons(scenes, [area] * len(scenes))
    options = {"adapt": True, **options}
    chance = np.random.default_rng(0)
    return read_ground(scenes, polygons, chance, step=lambda _share: None, **options), scenes


@pytest.fixture
def two_scenes(make_raster):
    """Two scenes of noise, the second three times as bright, each with a hole."""
    paths = []
    for number in range(2):
        image = np.random.default_rng(number).normal(90, 8, (3, 84, 90))
        image[:, 40:44, 50:60] = 0
        paths.append(make_raster((image * (1 + 2 * number)).astype(np.float32), f"{number}.tif", nodata=0))
    return paths


def test_blocks_hold_the_pixels_around_polygons_each_scaled_as_its_scene(two_scenes):
    ground, scenes = read(two_scenes, polygon(CORNERS))
    assert (ground.origin, ground.adapted, ground.scaling) == ([0, 1], True, None)
    columns, rows = np.meshgrid(np.arange(90) + 0.5, np.arange(84) + 0.5)
    inside = shapely.contains_xy(shapely.Polygon(CORNERS), columns, rows)
    top, left = 20, 34  # even, so that the coarsest scale pairs the pixels that it pairs in the scene
    for number, scene in enumerate(scenes):
        pixels, valid = (torch.from_numpy(part) for part in scene.read(Window(0, 0, 90, 84)))
        scaling = Scaling.of_region(Region(scene), "cpu", lambda _share: None)
        reach = (top - MARGIN, top + BLOCK + MARGIN), (left - MARGIN, left + BLOCK + MARGIN)
        expected = scaling(reflect(pixels, *reach), reflect(valid, *reach))
        torch.testing.assert_close(ground.images[number], expected)
        normal = (inside & valid.numpy())[top:, left:]
        found = ground.normal[number].numpy()
        np.testing.assert_array_equal(found[: 84 - top, : 90 - left], normal)
        assert found.sum() == normal.sum()
        usual = scene_density(Region(scene), scaling, "cpu", lambda _share: None)
        torch.testing.assert_close(ground.densities[number].mean, usual.mean)
    assert ground.pixels == int(ground.normal.sum())


def test_of_thousands_of_polygons_only_those_in_a_block_are_drawn(make_raster, monkeypatch):
    """As fields in a layer of parcels; and one that is large, with a hole in each block."""
    drawn, draw = [], module.rasterize

    def rasterize(shapes, **options):
        drawn.append(sum(shapely.get_num_coordinates(shape) for shape, _ in shapes))
        return draw(shapes, **options)

    monkeypatch.setattr(module, "rasterize", rasterize)
    places = [(x, y) for x in range(0, 380, 10) for y in range(0, 380, 10)]
    fields = shapely.union_all([shapely.box(x + 1, y + 2, x + 8, y + 7) for x, y in places])
    rest = shapely.box(0, 0, 380, 380) - fields
    path = make_raster(np.random.default_rng(0).normal(90, 8, (1, 380, 380)).astype(np.float32))
    for ground_, pixels in ((fields, 38**2 * 35), (rest, 38**2 * 65)):
        area = {"geojson": mapping(affinity.affine_transform(ground_, [10, 0, 0, -10, 500_000, 5_600_000]))}
        ground, _scenes = read([path], area, adapt=False)
        assert ground.pixels == pixels
        assert len(drawn) == 16
        assert max(drawn) < shapely.get_num_coordinates(ground_) / 8
        drawn.clear()


def test_bands_are_scaled_by_all_normal_ground_where_scenes_have_one_light(two_scenes):
    ground, scenes = read(two_scenes, polygon(CORNERS), adapt=False)
    adapted, _ = read(two_scenes, polygon(CORNERS))
    values = []
    for number, scene in enumerate(scenes):
        pixels, _valid = scene.read(Window(0, 0, 90, 84))
        normal = adapted.normal[number].numpy()[:64, :56]
        values.append(pixels[:, 20:, 34:][:, normal])
    values = torch.from_numpy(np.concatenate(values, 1))
    torch.testing.assert_close(ground.scaling.center, values.mean(1))
    torch.testing.assert_close(ground.scaling.spread, values.std(1))
    assert ground.densities == []


def test_a_band_that_never_changes_on_normal_ground_tells_where_it_does_elsewhere(make_raster):
    image = np.random.default_rng(0).normal(90, 8, (2, 84, 90))
    image[1] = 50
    large = polygon(((5, 21), (70, 24), (64, 80)))
    ground, _scenes = read([make_raster(image.astype(np.float32))], large, adapt=False)
    assert ground.scaling.spread[1] == pytest.approx(0.05)


def test_another_scaling_is_one_for_all_scenes(two_scenes):
    scaling = Scaling(torch.zeros(3), torch.ones(3))
    ground, _scenes = read(two_scenes, polygon(CORNERS), scale=lambda _scene, _pixels: scaling)
    assert (ground.scaling, ground.densities) == (scaling, [])


def test_a_scene_with_many_blocks_does_not_drown_others():
    shares = _shares([600, 5, 100], 50)
    assert shares[1] == 5
    assert shares[0] == shares[2] > 15
    assert sum(shares) <= 50
    assert _shares([3, 2], 50) == [3, 2]


def test_scaled_bands_have_bounds_and_one_that_is_constant_does_not_count(make_raster):
    image = np.random.default_rng(0).normal(90, 8, (2, 40, 40)).astype(np.float32)
    image[0, 7, 9] = 1e6
    image[1] = 50
    image[:, 20, 30] = -1
    with open_scene(make_raster(image, nodata=-1)) as scene:
        pixels, valid = (torch.from_numpy(part) for part in scene.read(Window(0, 0, 40, 40)))
        scaled = Scaling.of_region(Region(scene), "cpu", lambda _share: None)(pixels, valid)
    assert scaled[0, 7, 9] == CLIP
    assert scaled[0, 20, 30] == 0, "no data is as the mean"
    assert scaled[0, 20, 31] != 0
    assert not scaled[1].any()


def test_authors_scale_by_the_largest_value_of_a_type(make_raster):
    pixels = torch.full((1, 2, 8, 8), 300.0)
    for dtype, largest in (("uint8", 255.0), ("uint16", 65_535.0), ("float32", 300.0)):
        with open_scene(make_raster(np.ones((2, 8, 8), dtype), f"{dtype}.tif")) as scene:
            assert authors_scaling(scene, pixels).spread.tolist() == [largest] * 2


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_preview_shows_the_scores_of_the_piece_around_the_ground(make_raster, tmp_path):
    image = np.random.default_rng(0).normal(0, 1, (3, 402, 560)).astype(np.float32)
    image[:, 250:290, 450:500] += 4
    image[:, 300:310, 300:330] = 99
    torch.manual_seed(0)
    values = surroundings(torch.randn(4, 3, 96, 96), 2).movedim(1, -1).reshape(-1, length(3))
    bands = MixtureDensity.fit(values, torch.Generator().manual_seed(0))
    usual = GaussianDensity.fit(values)
    plain = GaussianDensity(torch.zeros(4), torch.eye(4))
    scaling = Scaling(torch.zeros(3), torch.ones(3))
    units = torch.tensor([1e9, 1.0, 1.0])
    taught = TaughtModel(ASD(ASDConfig(3, 4)).eval(), None, plain, 5.0, {"name": "m"}, bands, units)
    with open_scene(make_raster(image, nodata=99)) as scene:
        preview = Preview(scene, shapely.box(420, 100, 500, 300), scaling, usual, tmp_path)
        pixels, valid = (torch.from_numpy(part) for part in scene.read(Window(0, 0, 560, 402)))
    preview.draw(taught)
    whole = TaughtModel(taught.network, scaling, plain, 5.0, {"name": "m"}, bands, units, usual)
    scores = whole.score(whole.maps(pixels, valid, (0, 402), (0, 560)), valid)
    left, top = 560 - SIDE, 8
    assert preview.latest["extent"] == [501_760, 5_600_000 - 10 * (top + SIDE), 505_600, 5_600_000 - 10 * top]
    with rasterio.open(preview.latest["path"]) as picture:
        found = picture.read(1)
    expected = np.where(valid, 255 * scores, 0)[top : top + SIDE, left:]
    away = slice(48, -48)  # from where the piece is mirrored, and the scene goes on
    np.testing.assert_allclose(found[away, away], expected[away, away], atol=1)
    assert not found[300 - top : 310 - top, 300 - left : 330 - left].any()
