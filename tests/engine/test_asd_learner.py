"""What a network is taught with, step by step, and what is measured of it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from anomaly_lens.engine.models.asd import ASD, MARGIN, ASDConfig
from anomaly_lens.engine.models.density import GaussianDensity
from anomaly_lens.engine.models.guided import REACH, guided_mean
from anomaly_lens.engine.models.mixture import MixtureDensity
from anomaly_lens.engine.models.surroundings import surroundings
from anomaly_lens.engine.models.taught import Scaling
from anomaly_lens.engine.teaching import learner as module
from anomaly_lens.engine.teaching.augment import NOISE, transformed
from anomaly_lens.engine.teaching.ground import BLOCK, Ground
from anomaly_lens.engine.teaching.learner import EVERY, PAPER, Learner, Schedule

pytestmark = pytest.mark.usefixtures("one_thread")


def make_ground(images, normal, densities=(), origin=None):
    """Ground of scenes with a scaling each."""
    scaling = Scaling(torch.zeros(images.shape[1]), torch.ones(images.shape[1]))
    return Ground(images, normal, [scaling], True, int(normal.sum()), origin or [0] * len(images), list(densities))


def make_learner(ground, schedule=None, seed=0):
    schedule = schedule or Schedule()
    torch.manual_seed(0)
    config = ASDConfig(ground.images.shape[1], schedule.length, joined=schedule.joined)
    return Learner(ASD(config), ground, schedule, seed)


@pytest.fixture
def noise_ground():
    """Four blocks of noise, all normal."""
    chance = torch.Generator().manual_seed(0)
    images = torch.randn(4, 3, BLOCK + 2 * MARGIN, BLOCK + 2 * MARGIN, generator=chance)
    return make_ground(images, torch.ones(4, BLOCK, BLOCK, dtype=torch.bool))


def test_what_is_normal_turns_with_its_block():
    """The image shows the mask: wherever it is turned to, both must say the same."""
    normal = torch.zeros(1, BLOCK, BLOCK, dtype=torch.bool)
    normal[0, 5:40, 9:80] = True
    images = torch.zeros(1, 3, BLOCK + 2 * MARGIN, BLOCK + 2 * MARGIN)
    images[0, :, MARGIN:-MARGIN, MARGIN:-MARGIN] = normal.float()
    learner = make_learner(make_ground(images, normal))
    seen = set()
    for _ in range(6):
        turned, mask = learner._batch()
        inner = turned[:, 0, MARGIN:-MARGIN:EVERY, MARGIN:-MARGIN:EVERY]
        assert torch.equal(inner > 0, mask)
        seen |= {tuple(one.nonzero().float().mean(0).tolist()) for one in mask}
    assert len(seen) == 4, "to all sides"


def test_at_the_beginning_features_alone_are_learned_and_steps_grow_small(noise_ground):
    learner = make_learner(noise_ground)
    rates = []
    for done in (0.0, 0.5, 1.0):
        losses = learner.learn(done)
        assert math.isnan(losses.separate) == (done == 0)
        assert math.isfinite(losses.rich)
        rates.append(learner._optimizer.param_groups[0]["lr"] / Schedule().learning_rate)
    assert rates == pytest.approx([1, 0.505, 0.01])


def test_descriptors_of_normal_ground_come_to_lie_near_the_origin_and_those_of_altered_ground_elsewhere(noise_ground):
    learner = make_learner(noise_ground, Schedule(rich=0, learning_rate=0.02))
    for _ in range(6):
        learner.learn(0.3)
    lengths = []
    for images in (noise_ground.images, transformed(noise_ground.images, torch.Generator().manual_seed(1))):
        with torch.inference_mode():
            described, _ = learner.network(images, EVERY)
        lengths.append(float(described.norm(dim=1).median()))
    assert lengths[0] < 0.7 * lengths[1]


def test_the_sphere_follows_the_descriptors(noise_ground, monkeypatch):
    monkeypatch.setattr(module, "CENTER_EVERY", 2)
    learner = make_learner(noise_ground, replace(PAPER, steps=4))
    centers = []
    for done in (0.05, 0.5, 0.5, 0.5):
        learner.learn(done)
        centers.append(learner._center.clone())
    assert not centers[0].any(), "it has no say yet"
    assert centers[1].any()
    assert torch.equal(centers[1], centers[2])
    assert not torch.equal(centers[2], centers[3])
    assert learner._radius != module.FIRST_RADIUS


def test_separation_is_the_share_of_ground_that_lies_nearer_than_what_is_altered(noise_ground, monkeypatch):
    learner = make_learner(noise_ground)
    monkeypatch.setattr(module, "transformed", lambda images, _chance: images + 8)
    assert learner.judge() == pytest.approx(1, abs=1e-3)
    monkeypatch.setattr(module, "transformed", lambda images, _chance: images)
    assert learner.judge() == pytest.approx(0.5, abs=1e-3)
    assert learner.separation == pytest.approx(0.5, abs=1e-3)


def test_judged_blocks_are_not_learned_from(noise_ground):
    learner = make_learner(noise_ground)
    assert len(learner._judged) == 1
    assert sorted([*learner._judged.tolist(), *learner._taught.tolist()]) == [0, 1, 2, 3]


def test_each_scene_is_set_against_what_is_usual_in_itself(noise_ground):
    """Two blocks of a scene of noise, two of one whose bands vary three times as much."""
    images = noise_ground.images * torch.tensor([1.0, 1, 3, 3])[:, None, None, None]
    around = [surroundings(image[None], EVERY)[0].flatten(1).T for image in images]
    usual = [GaussianDensity.fit(torch.cat(around[:2])), GaussianDensity.fit(torch.cat(around[2:]))]
    ground = make_ground(images, noise_ground.normal, usual, [0, 0, 1, 1])
    model = make_learner(ground).model()
    apart = [usual[n].distance(values.T[None, :, None]).flatten() for n, values in zip((0, 0, 1, 1), around)]
    assert float(torch.cat(apart).median() / model.units[2]) == pytest.approx(0.5, rel=1e-3)
    bands = [model.bands.distance(values.T[None, :, None]).flatten() for values in around]
    assert float(torch.cat(bands).median() / model.units[1]) == pytest.approx(1, rel=0.05)
    with torch.inference_mode():
        described = [model.density.distance(model.network.features(image[None], EVERY)).flatten() for image in images]
    assert float(torch.cat(described).median() / model.units[0]) == pytest.approx(0.5, rel=1e-3)
    averaged = []
    for image, scene in zip(images, (0, 0, 1, 1)):
        with torch.inference_mode():
            distance = replace(model, scene=usual[scene]).distance(image[None], EVERY)[0]
            guide = model.guide(image[None], EVERY)[0]
        averaged.append(guided_mean(distance, guide, torch.ones_like(distance), REACH // EVERY))
    share = torch.cat(averaged).flatten()
    assert float((share > model.reference).float().mean()) == pytest.approx(0.01, abs=0.001)


def test_the_reference_is_of_blocks_that_hold_ground(noise_ground, monkeypatch):
    """Of many blocks some are looked at; those between slivers may be all that is learned from."""
    monkeypatch.setattr(module, "_MOST_BLOCKS", 2)
    normal = noise_ground.normal.clone()
    normal[[0, 1, 3]] = False
    normal[[0, 1, 3], 1:4, 1:4] = True
    learner = make_learner(make_ground(noise_ground.images, normal))
    assert 0 < learner.model().reference < float("inf")


def test_the_density_is_that_of_all_normal_ground(noise_ground):
    normal = noise_ground.normal.clone()
    normal[:, :, 40:] = False
    learner = make_learner(make_ground(noise_ground.images, normal))
    described = learner.describe(torch.arange(4))
    assert len(described) == 4 * 24 * 10
    torch.testing.assert_close(learner.model().density.mean, described.mean(0), rtol=1e-4, atol=1e-5)


def test_altered_ground_has_other_bands_and_noise():
    image = torch.tensor([-1.0, 0.0, 1.0])[None, :, None, None].expand(1, 3, 64, 64)
    orders, noises = set(), []
    for seed in range(20):
        other = transformed(image, torch.Generator().manual_seed(seed))[0]
        orders.add(tuple(other.mean((1, 2)).argsort().tolist()))
        noises.append(float(other.std((1, 2)).mean()))
    assert len(orders) > 3
    assert NOISE[0] * 0.9 < min(noises) and max(noises) < NOISE[1] * 1.1
    assert max(noises) > 2 * min(noises)


def test_one_band_is_always_brighter_or_darker():
    means = [float(transformed(torch.zeros(1, 1, 64, 64), torch.Generator().manual_seed(n)).mean()) for n in range(20)]
    assert min(map(abs, means)) > 0.4
    assert min(means) < 0 < max(means)


def test_a_mixture_tells_how_unlikely_values_are():
    chance = torch.Generator().manual_seed(0)
    common = torch.randn(9000, 2, generator=chance)
    rare = torch.randn(1000, 2, generator=chance) + torch.tensor([30.0, 0.0])
    mixture = MixtureDensity.fit(torch.cat([common, rare]), torch.Generator().manual_seed(0), 2)
    places = torch.tensor([[0.0, 0.0], [0.0, 3.0], [30.0, 0.0], [30.0, 3.0]])
    squared = mixture.distance(places.T[None, :, None])[0, 0].square()
    # -log p: half a squared distance of Mahalanobis; one component has a ninth of the other's weight.
    expected = [0, 4.5, np.log(9), 4.5 + np.log(9)]
    np.testing.assert_allclose(squared, expected, atol=0.35)
