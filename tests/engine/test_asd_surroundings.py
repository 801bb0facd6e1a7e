"""Level and roughness around pixels: beside plain formulas, on scenes in strips, and in the distance of a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from anomaly_lens.engine import region
from anomaly_lens.engine.errors import EngineError
from anomaly_lens.engine.models import surroundings as module
from anomaly_lens.engine.models.asd import ASD, MARGIN, ASDConfig
from anomaly_lens.engine.models.density import GaussianDensity
from anomaly_lens.engine.models.guided import guided_mean
from anomaly_lens.engine.models.mixture import MixtureDensity
from anomaly_lens.engine.models.surroundings import MOST_BANDS, SIDES, length, scene_density, surroundings
from anomaly_lens.engine.models.taught import Scaling, TaughtModel, load_model, save_model
from anomaly_lens.engine.scene import open_scene
from anomaly_lens.engine.teaching.ground import BLOCK, Ground
from anomaly_lens.engine.teaching.learner import EVERY, Learner, Schedule
from anomaly_lens.engine.tiles import reflect

pytestmark = pytest.mark.usefixtures("one_thread")


def test_levels_and_roughness_are_those_of_the_squares_around_a_pixel():
    image = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 2, 20 + 2 * MARGIN, 24 + 2 * MARGIN))).float()
    found = surroundings(image)
    assert found.shape == (1, length(2), 20, 24)
    row, column = 7, 11
    for number, side in enumerate(SIDES):
        top, left = row + MARGIN - side // 2, column + MARGIN - side // 2
        square = image[0, :, top : top + side, left : left + side].double().flatten(1)
        torch.testing.assert_close(found[0, 2 * number : 2 * number + 2, row, column].double(), square.mean(1))
        rough = found[0, 6 + 2 * number : 8 + 2 * number, row, column].double()
        torch.testing.assert_close(rough, (square.std(1, correction=0) + 0.05).log(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("bands", [1, 3, MOST_BANDS + 1])
def test_every_fourth_is_every_fourth_of_all_and_many_bands_have_levels_alone(bands):
    image = torch.randn(2, bands, 24 + 2 * MARGIN, 16 + 2 * MARGIN)
    found = surroundings(image)
    torch.testing.assert_close(surroundings(image, 4), found[:, :, ::4, ::4])
    assert found.shape[1] == length(bands) == (bands if bands > MOST_BANDS else 6 * bands)


def test_a_scene_is_described_alike_in_strips(make_raster, monkeypatch):
    pixels = np.random.default_rng(0).normal(100, 20, (3, 74, 60)).astype(np.float32)
    pixels[:, :, 40:] += 60
    path = make_raster(pixels)
    scaling = Scaling(torch.full((3,), 110.0), torch.full((3,), 30.0))
    shares = []
    with open_scene(path) as scene:
        whole = scene_density(region.Region(scene), scaling, "cpu", lambda share: None)
        monkeypatch.setattr(region, "STRIP_BYTES", 60 * 3 * 8 * 35)  # odd strips, the last of four rows
        parts = scene_density(region.Region(scene), scaling, "cpu", shares.append)
    assert len(shares) == 3
    torch.testing.assert_close(parts.mean, whole.mean)
    torch.testing.assert_close(parts.whitening, whole.whitening)
    reach = (-MARGIN, 74 + MARGIN), (-MARGIN, 60 + MARGIN)
    image = scaling(reflect(torch.from_numpy(pixels), *reach), torch.ones(106, 92, dtype=torch.bool))
    values = surroundings(image[None], 4)[0].flatten(1).T
    torch.testing.assert_close(whole.mean, values.mean(0), rtol=1e-3, atol=1e-4)
    assert float(whole.distance(values.T[None, :, None]).square().mean()) == pytest.approx(length(3), rel=0.05)


@pytest.fixture
def model():
    """A model of standard normal bands, with the distances of bands and scene alone: descriptors count for nothing."""
    torch.manual_seed(0)
    network = ASD(ASDConfig(3, 4)).eval()
    values = surroundings(torch.randn(4, 3, 96, 96), 2).movedim(1, -1).reshape(-1, length(3))
    bands = MixtureDensity.fit(values, torch.Generator().manual_seed(0))
    scaling = Scaling(torch.zeros(3), torch.ones(3))
    units = torch.tensor([1e9, 1.0, 1.0])
    return TaughtModel(
        network, scaling, GaussianDensity(torch.zeros(4), torch.eye(4)), 5.0, {"name": "m"}, bands, units
    )


def test_the_scene_adds_what_is_unusual_in_it(model):
    image = torch.randn(1, 3, 64 + 2 * MARGIN, 64 + 2 * MARGIN)
    model.network.requires_grad_(False)
    alone = model.distance(image)
    usual = GaussianDensity.fit(surroundings(image)[0].flatten(1).T)
    both = replace(model, scene=usual).distance(image)
    torch.testing.assert_close(both, alone + usual.distance(surroundings(image)))
    assert 3 < float((both - alone).mean()) < 6  # the root of 18 numbers' squares
    units = torch.tensor([1e9, 1.0, 4.0])
    torch.testing.assert_close(replace(model, scene=usual, units=units).distance(image), alone + (both - alone) / 4)


def test_where_ground_in_general_is_known_normal_ground_is_set_against_it(model):
    image = torch.randn(1, 3, 48 + 2 * MARGIN, 48 + 2 * MARGIN)
    model.network.requires_grad_(False)
    around = surroundings(image)
    general = MixtureDensity.fit(2 * around[0].flatten(1).T + 1, torch.Generator().manual_seed(0))
    found = replace(model, general=general, units=torch.tensor([1e9, 2.0, 1.0])).distance(image)
    torch.testing.assert_close(found, model.bands.contrast(general, around) / 2)
    assert float((found - model.distance(image)).abs().mean()) > 0.1
    values = around[0].flatten(1).T
    least = model.bands.contrast(model.bands.against(general, values), values.T[None, :, None])
    assert float((least == 0).float().mean()) == pytest.approx(0.05, abs=0.005)


def test_the_typical_distance_from_what_is_usual_in_the_scene_counts_half():
    chance = torch.Generator().manual_seed(0)
    images = torch.randn(4, 3, BLOCK + 2 * MARGIN, BLOCK + 2 * MARGIN, generator=chance)
    normal = torch.ones(4, BLOCK, BLOCK, dtype=torch.bool)
    scaling = Scaling(torch.zeros(3), torch.ones(3))
    around = torch.cat([surroundings(image[None], EVERY)[0].flatten(1).T for image in images])
    usual = GaussianDensity.fit(around)
    ground = Ground(images, normal, [scaling], True, int(normal.sum()), [0] * 4, [usual])
    torch.manual_seed(0)
    model = Learner(ASD(ASDConfig(3, 4)), ground, Schedule(), 0).model()
    distances = usual.distance(around.T[None, :, None]).flatten()
    assert float((distances / model.units[2]).median()) == pytest.approx(0.5, rel=1e-3)
    bands = model.bands.distance(around.T[None, :, None]).flatten() / model.units[1]
    assert float(bands.median()) == pytest.approx(1.0, rel=1e-3)


def test_scores_are_of_distances_averaged_by_what_the_image_shows(model):
    pixels, valid = torch.randn(3, 160, 160), torch.ones(160, 160, dtype=torch.bool)
    whole = model.maps(pixels, valid, (0, 160), (0, 160))
    assert whole.shape == (4, 160, 160)
    distance = guided_mean(whole[0], whole[1:], torch.ones(160, 160))
    scores = model.score(whole, valid)
    torch.testing.assert_close(scores, distance / (distance + 5))
    # A block tells the same, as far as all that has a part in its scores belongs to it.
    block = model.score(model.maps(pixels, valid, (0, 120), (20, 160)), valid[:120, 20:])
    span = model.span
    torch.testing.assert_close(block[: 120 - span, span:], scores[: 120 - span, 20 + span :], rtol=1e-4, atol=1e-5)
    assert not torch.allclose(block[120 - span + 4 :, span:], scores[120 - span + 4 : 120, 20 + span :], atol=1e-4)


def test_guides_are_the_axes_that_normal_ground_varies_along(model):
    image = torch.randn(1, 3, 64 + 2 * MARGIN, 64 + 2 * MARGIN)
    guide = model.guide(image)[0].flatten(1)
    covariance = torch.cov(guide)
    # The model was taught on noise of equal bands: means of 3x3 pixels of it have a third of its deviation.
    torch.testing.assert_close(covariance, torch.eye(3) * covariance[0, 0], rtol=0.2, atol=0.1)
    assert 0.4 < float(covariance[0, 0]) < 1.2


def test_a_model_that_an_earlier_version_taught_is_refused(model, tmp_path):
    save_model(tmp_path / "new", model)
    loaded = load_model(tmp_path / "new")
    assert loaded.units.tolist() == model.units.tolist()
    assert loaded.scaling.spread.tolist() == [1, 1, 1]
    save_model(tmp_path / "adapting", replace(model, scaling=None))
    assert load_model(tmp_path / "adapting").scaling is None
    old = MixtureDensity.fit(torch.randn(500, 3), torch.Generator().manual_seed(0))
    save_model(tmp_path / "old", replace(model, bands=old))
    with pytest.raises(EngineError, match="earlier version"):
        load_model(tmp_path / "old")


def test_blocks_without_pixels_to_learn_from_do_no_harm():
    """Only one block of a polygon's border holds pixels of every fourth row and column; a batch may miss it."""
    images = torch.randn(6, 3, BLOCK + 2 * MARGIN, BLOCK + 2 * MARGIN)
    normal = torch.zeros(6, BLOCK, BLOCK, dtype=torch.bool)
    normal[0] = True
    normal[1:, 1:4, 1:4] = True  # between the rows that are looked at; some of them when turned
    normal[5, :2, :50] = True  # not when turned
    scaling = Scaling(torch.zeros(3), torch.ones(3))
    learner = Learner(
        ASD(ASDConfig(3, 4)), Ground(images, normal, [scaling], False, int(normal.sum()), [0] * 6, []), Schedule(), 0
    )
    for _ in range(12):
        assert np.isfinite(learner.learn(0.5).total)
    assert np.isfinite(learner.model().reference)
    assert module.EVERY == 4


def test_whichever_block_is_held_out_most_ground_is_learned_from():
    """Of two blocks, one holds a strip, the other a stray piece of which one pixel is looked at."""
    chance = torch.Generator().manual_seed(0)
    images = torch.randn(2, 3, BLOCK + 2 * MARGIN, BLOCK + 2 * MARGIN, generator=chance)
    normal = torch.zeros(2, BLOCK, BLOCK, dtype=torch.bool)
    normal[0, :12] = True
    normal[1, :2, :2] = True
    scaling = Scaling(torch.zeros(3), torch.ones(3))
    ground = Ground(images, normal, [scaling], False, int(normal.sum()), [0] * 2, [])
    for seed in range(6):
        learner = Learner(ASD(ASDConfig(3, 4)), ground, Schedule(), seed)
        assert learner._taught.tolist() == [0]
        assert 0 <= learner.judge() <= 1
