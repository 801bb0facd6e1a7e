"""Simulated scenes: labelled, seeded, within the sizes asked for, and deviating where they say so."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from anomaly_lens.training.__main__ import main
from anomaly_lens.training.preview import contact_sheet
from anomaly_lens.training.simulation import (
    ANOMALY,
    IGNORED,
    LARGE_OBJECT,
    Bank,
    SpatialSimulator,
    SpectralSimulator,
    read_bank,
    sensor,
)
from anomaly_lens.training.simulation.aircraft import draw_aircraft
from anomaly_lens.training.simulation.cubes import _resampled_library as resampled_library
from anomaly_lens.training.simulation.cubes import leading_part
from anomaly_lens.training.simulation.draw import SHAPES, markings, region, shape_mask
from anomaly_lens.training.simulation.imagery import colours
from anomaly_lens.training.simulation.sample import as_if_larger, mark
from anomaly_lens.training.simulation.sea import SeaConfig, SeaSimulator
from anomaly_lens.training.simulation.spatial import SpatialConfig
from anomaly_lens.training.simulation.spectral import SpectralConfig
from PIL import Image
from scipy import ndimage

KINDS = ("visible", "sar", "infrared", "low_light")


@pytest.fixture(scope="module")
def bank() -> Bank:
    """A bank of made imagery: photographs, a SAR image, cut-outs, spectra and a cube."""
    rng = np.random.default_rng(5)
    cutout = np.zeros((12, 20, 4), np.uint8)
    cutout[2:10, 2:18] = (220, 210, 200, 255)
    coarse = rng.uniform(40, 200, (30, 30, 3)).astype(np.uint8)
    photograph = np.asarray(Image.fromarray(coarse).resize((300, 260), Image.Resampling.BICUBIC))
    wavelengths = np.linspace(400, 2400, 120).astype(np.float32)
    spectra = 0.3 + 0.2 * np.sin(wavelengths[None] / rng.uniform(150, 900, (30, 1))).astype(np.float32)
    return Bank(
        visible=[photograph, photograph[::-1].copy()],
        sar=[rng.gamma(2, 20, (260, 260)).clip(0, 255).astype(np.uint8)],
        infrared=[photograph[..., 0].copy()],
        objects={"vehicle": [cutout], "ship": [cutout], "airplane": [cutout], "sar": [cutout]},
        cubes=[rng.uniform(0, 1, (80, 40, 50)).astype(np.float32)],
        spectra=spectra,
        wavelengths=wavelengths,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_spatial_scenes_are_labelled_and_finite(bank, kind):
    simulator = SpatialSimulator(bank)
    for seed in range(6):
        scene = simulator.sample(np.random.default_rng(seed), kind)
        assert scene.kind == kind
        assert scene.image.shape[0] in (1, 3)
        assert scene.image.shape[1:] == scene.label.shape == scene.objects.shape == (224, 224)
        assert scene.image.dtype == np.float32
        assert np.isfinite(scene.image).all()
        assert (scene.label == ANOMALY).any()
        assert ((scene.objects > 0) >= (scene.label == ANOMALY)).all()


def test_sar_and_infrared_have_one_band(bank):
    simulator = SpatialSimulator(bank)
    for kind in ("sar", "infrared"):
        assert simulator.sample(np.random.default_rng(0), kind).image.shape[0] == 1


def test_the_same_seed_draws_the_same_scene(bank):
    for simulator in (SpatialSimulator(bank), SpectralSimulator(bank), SeaSimulator(bank)):
        first, again, other = (simulator.sample(np.random.default_rng(seed)) for seed in (3, 3, 4))
        assert np.array_equal(first.image, again.image)
        assert np.array_equal(first.label, again.label)
        assert first.image.shape != other.image.shape or not np.array_equal(first.image, other.image)


def test_a_bank_whose_cut_outs_are_of_another_class_has_another_digest(bank):
    """Ablations had taken networks for theirs that were trained with the same cut-outs as another class."""
    objects = {("building" if name == "vehicle" else name): found for name, found in bank.objects.items()}
    assert replace(bank).digest() == bank.digest()
    assert replace(bank, objects=objects).digest() != bank.digest()


def test_ships_at_sea_are_labelled_with_their_whole_hull(bank):
    simulator = SeaSimulator(bank, SeaConfig(size=160, length=(20, 60), coast=0.0))
    found = 0
    for seed in range(8):
        scene = simulator.sample(np.random.default_rng(seed))
        assert scene.kind == "sar"
        assert scene.image.shape == (1, 160, 160)
        assert np.isfinite(scene.image).all()
        hulls = np.where(scene.label == ANOMALY, scene.objects, 0)
        water = np.median(scene.image[0][scene.label == 0])
        for number in np.unique(hulls[hulls > 0]):
            found += 1
            hull = hulls == number
            assert hull.sum() >= 20
            # Parts of a hull are as dark as water, the whole is brighter: what its label says is one object.
            assert scene.image[0][hull].mean() > water
    assert found >= 8


def test_ships_keep_off_the_land(bank, monkeypatch):
    simulator = SeaSimulator(bank, SeaConfig(size=160))
    land = np.zeros((160, 160), bool)
    land[:, :60] = True
    monkeypatch.setattr(simulator, "_ground", lambda rng: (np.ones((160, 160), np.float32), land))
    for seed in range(6):
        label = simulator.sample(np.random.default_rng(seed)).label
        assert not (label[:, :59] == ANOMALY).any()


def test_large_normal_objects_can_be_left_out(bank):
    without = SpatialSimulator(bank, SpatialConfig(large_probability=0))
    always = SpatialSimulator(bank, SpatialConfig(large_probability=1))
    assert not any((without.sample(np.random.default_rng(s)).label == LARGE_OBJECT).any() for s in range(6))
    assert all((always.sample(np.random.default_rng(s)).label == LARGE_OBJECT).any() for s in range(6))


def test_large_objects_are_larger_than_anomalies(bank):
    simulator = SpatialSimulator(bank, SpatialConfig(large_probability=1))
    for seed in range(5):
        label = simulator.sample(np.random.default_rng(seed)).label
        assert (label == LARGE_OBJECT).sum() > (label == ANOMALY).sum()


def test_in_a_larger_scene_only_what_is_foreign_counts_for_less(bank):
    simulator = SpatialSimulator(bank)
    shares = []
    for seed in range(12):
        scene = simulator.sample(np.random.default_rng(seed))
        counted = as_if_larger(scene, np.random.default_rng(seed))
        foreign = np.isin(scene.label, (ANOMALY, IGNORED))
        assert counted[~foreign].all()
        shares.append(counted[foreign].mean())
    assert min(shares) < 0.1
    assert max(shares) > 0.3


def test_small_targets_are_simulated(bank):
    config = SpatialConfig(length={kind: (2, 3) for kind in KINDS}, clutter_probability=0)
    simulator = SpatialSimulator(bank, config)
    scene = simulator.sample(np.random.default_rng(1), "infrared")
    areas = np.bincount(scene.objects[scene.label == ANOMALY])[1:]
    assert areas[areas > 0].max() <= 20


def test_anomalies_deviate_from_what_surrounds_them(bank):
    simulator = SpatialSimulator(bank)
    larger = 0
    for seed in range(20):
        scene = simulator.sample(np.random.default_rng(seed), "infrared")
        image = scene.image[0]
        deviation = abs(image - np.median(image)) / (image.std() + 1e-6)
        larger += deviation[scene.label == ANOMALY].mean() > deviation[scene.label == 0].mean()
    assert larger >= 15


def test_spectral_scenes_are_labelled_and_finite(bank):
    simulator = SpectralSimulator(bank)
    kinds = set()
    for seed, kind in enumerate((*simulator.kinds, None, None, None)):
        scene = simulator.sample(np.random.default_rng(seed), kind)
        kinds.add(scene.kind)
        assert scene.image.shape[1:] == (96, 96)
        assert np.isfinite(scene.image).all()
        assert (scene.label == ANOMALY).any()
        if scene.wavelengths is not None:
            assert len(scene.wavelengths) == len(scene.image)
            assert (np.diff(scene.wavelengths) > 0).all()
    assert kinds == {"real cube", "made cube", "cube laid out anew"}


def test_shuffled_spectra_are_permutations(bank):
    simulator = SpectralSimulator(bank, SpectralConfig(shuffle_only=True))
    cube = np.arange(24, dtype=np.float32).reshape(24, 1, 1) * np.ones((1, 4, 4), np.float32)
    spectrum = simulator._foreign(np.random.default_rng(0), cube, None)
    assert sorted(spectrum) == list(range(24))
    assert list(spectrum) != list(range(24))


def test_spectra_of_a_library_stay_at_their_wavelengths():
    wavelengths = np.geomspace(300, 2600, 400).astype(np.float32)
    bank = Bank(spectra=wavelengths[None] / 1000, wavelengths=wavelengths)
    simulator, waves = SpectralSimulator(bank), np.linspace(420, 2300, 70, dtype=np.float32)
    cube = np.random.default_rng(0).uniform(0.2, 0.3, (70, 4, 4)).astype(np.float32)
    targets = np.stack([simulator._foreign(np.random.default_rng(seed), cube, waves) for seed in range(40)])
    assert np.isclose(targets, waves / 1000, rtol=1e-3).all(1).sum() > 5
    for seed in range(4):
        waves, library = resampled_library(np.random.default_rng(seed), bank.spectra, wavelengths, (60, 210))
        np.testing.assert_allclose(library, np.tile(waves / 1000, (40, 1)), rtol=1e-3)


def test_a_square_of_a_real_cube_lies_within_it_wherever_it_is():
    index = np.arange(60 * 120, dtype=np.float32).reshape(60, 120)
    simulator = SpectralSimulator(Bank(cubes=[index * np.ones((20, 1, 1), np.float32)]), SpectralConfig(48))
    corners = set()
    for seed in range(8):
        ground = simulator.grounds.draw(np.random.default_rng(seed), "real cube")
        rows, columns = np.divmod(np.rint(ground.signal + ground.noise)[0], 120)
        assert np.ptp(rows) == np.ptp(columns) == 47
        assert len(np.unique(rows * 120 + columns)) == 48 * 48
        corners.add((rows.min(), columns.min()))
    assert len(corners) == 8


@pytest.mark.parametrize("kind", ["spatial", "spectral"])
def test_nothing_of_the_ground_shows_where_an_object_covers_it(bank, monkeypatch, kind):
    cover = np.pad(np.ones((6, 8), np.float32), 2)
    monkeypatch.setattr(f"anomaly_lens.training.simulation.{kind}.shape_mask", lambda *_: cover.copy())
    rng, label, objects = np.random.default_rng(0), np.zeros((24, 24), np.uint8), np.zeros((24, 24), np.int32)
    image = rng.uniform(0.2, 0.3, (24, 24, 3)).astype(np.float32)
    if kind == "spectral":
        monkeypatch.setattr("anomaly_lens.training.simulation.spectral.ndimage.gaussian_filter", lambda x, _: x)
        cube = image.transpose(2, 0, 1)
        target = np.array([0.5, 1.0, 2.0], np.float32)
        assert SpectralSimulator(bank, SpectralConfig(size=24))._paste(
            rng, cube, label, objects, target, 8, "bar", 1.0, 1
        )
        # Light varies from pixel to pixel, the material does not.
        inside = (cube / target[:, None, None]).transpose(1, 2, 0)[label == ANOMALY]
        assert np.ptp(inside, 1).max() < 1e-5
        return
    simulator = SpatialSimulator(bank, SpatialConfig(size=24))
    style = simulator._style(np.random.default_rng(1), "visible", image)
    style = replace(style, cutouts=[], shape="bar", length=8, soft=0, shadow=0, patches=0, texture=0)
    assert simulator._paste(rng, image, label, objects, style, 0.1, 1)
    assert np.ptp(image[label == ANOMALY], 0).max() < 1e-5


def test_what_is_rare_among_many_alike_is_of_another_brightness_unless_larger(bank, monkeypatch):
    simulator = SpatialSimulator(bank, SpatialConfig(clutter_probability=1, large_probability=0, single_group=1))
    style = simulator._style(np.random.default_rng(1), "infrared", np.zeros((224, 224, 1), np.float32))
    for larger in (1.0, 2.0):
        put: list[tuple[bool, float]] = []
        lengths = iter((10.0, 10.0 * larger))
        monkeypatch.setattr(
            simulator, "_style", lambda *_, n=lengths, **__: replace(style, length=next(n), contrast=0.7)
        )
        monkeypatch.setattr(simulator, "_paste", lambda *a, p=put, number=None, **_: note(p, a, number))
        simulator.sample(np.random.default_rng(0), "infrared")
        assert {contrast for rare, contrast in put if not rare} == {0.7}
        assert {contrast for rare, contrast in put if rare} == ({-1.5} if larger < 1.6 else {0.7})


def note(put: list[tuple[bool, float]], arguments: tuple, number: int | None) -> bool:
    """Note the contrast of what is put, and whether it is anomalous."""
    put.append((number != 0, arguments[4].contrast))
    return True


def pasted(label: np.ndarray, expected: np.ndarray) -> bool:
    """Whether a label is that of one object somewhere, and nothing else."""
    height, width = expected.shape
    for top, left in np.ndindex(label.shape[0] - height + 1, label.shape[1] - width + 1):
        around = np.zeros_like(label)
        around[top : top + height, left : left + width] = expected
        if np.array_equal(label, around):
            return True
    return False


@pytest.mark.parametrize(("kind", "inside"), [("spatial", 0.5), ("spectral", 0.45), ("sea", 0.5)])
def test_what_an_object_covers_is_anomalous_and_its_edge_is_left_open(bank, monkeypatch, kind, inside):
    """By its own peak where it covers no pixel as a whole: thermal points, and materials in mixtures."""
    cover = np.linspace(0, 1, 12, dtype=np.float32)[None] * np.ones((5, 1), np.float32)
    rng, label, objects = np.random.default_rng(0), np.zeros((24, 24), np.uint8), np.zeros((24, 24), np.int32)
    ground = rng.uniform(0.2, 0.3, (24, 24, 1)).astype(np.float32)
    if kind == "sea":
        monkeypatch.setattr("anomaly_lens.training.simulation.sea.shape_mask", lambda *_: cover.copy())
        simulator = SeaSimulator(bank, SeaConfig(size=24))
        assert simulator._ship(rng, ground[..., 0], 0.2, np.zeros((24, 24), bool), label, objects, 12, 7)
    elif kind == "spectral":
        monkeypatch.setattr("anomaly_lens.training.simulation.spectral.shape_mask", lambda *_: cover.copy())
        monkeypatch.setattr("anomaly_lens.training.simulation.spectral.ndimage.gaussian_filter", lambda x, _: x)
        cube = ground.transpose(2, 0, 1).repeat(4, 0)
        simulator = SpectralSimulator(bank, SpectralConfig(size=24))
        # Of a target that covers no pixel by more than a half, its middle is one all the same.
        assert simulator._paste(rng, cube, label, objects, cube[:, 0, 0] + 1, 12, "bar", 0.5, 7)
    else:
        monkeypatch.setattr("anomaly_lens.training.simulation.spatial.shape_mask", lambda *_: 0.4 * cover)
        simulator = SpatialSimulator(bank, SpatialConfig(size=24))
        style = simulator._style(np.random.default_rng(1), "infrared", ground)
        style = replace(style, cutouts=[], shape="bar", length=12, soft=0, shadow=0, patches=0)
        assert simulator._paste(rng, ground, label, objects, style, 0.1, 7)
    expected = np.where(cover >= inside, ANOMALY, np.where(cover > 0.15, IGNORED, 0)).astype(np.uint8)
    assert pasted(label, expected)
    assert np.array_equal(objects, np.where(label == ANOMALY, 7, 0))


def test_a_shadow_is_left_open_and_takes_nothing_from_what_is_labelled(bank, monkeypatch):
    image, label = np.ones((40, 40, 3), np.float32), np.zeros((40, 40), np.uint8)
    label[:, :20] = ANOMALY
    cover = np.ones((9, 9), np.float32)
    SpatialSimulator(bank)._cast_shadow(np.random.default_rng(0), image, label, cover, 15, 15, 0.5)
    dark = image[..., 0] < 1
    assert dark.sum() == 81
    assert (label[:, :20] == ANOMALY).all()
    assert np.array_equal(label == IGNORED, dark & (np.arange(40) >= 20))
    assert (dark & (np.arange(40) >= 20)).any()


def test_large_regions_of_a_cube_are_normal_and_take_nothing_from_what_is_labelled(bank):
    simulator = SpectralSimulator(bank)
    for seed in range(4):
        cube, label = np.ones((20, 96, 96), np.float32), np.zeros((96, 96), np.uint8)
        label[:48] = ANOMALY
        simulator._paste_large(np.random.default_rng(seed), cube, label, None)
        changed = np.abs(cube - 1).max(0) > 0.3 * np.abs(cube - 1).max()
        assert (label[:48] == ANOMALY).all()
        assert (label[48:] == LARGE_OBJECT).any()
        assert (label[48:][changed[48:]] == LARGE_OBJECT).mean() > 0.7


@pytest.mark.parametrize("simulator", [SpatialSimulator, SpectralSimulator])
def test_an_object_is_not_put_on_an_anomaly(bank, simulator):
    image, label, objects = (
        np.zeros((40, 40, 1), np.float32),
        np.full((40, 40), ANOMALY, np.uint8),
        np.zeros((40, 40), np.int32),
    )
    rng = np.random.default_rng(0)
    if simulator is SpatialSimulator:
        made = simulator(bank, SpatialConfig(size=40))
        style = replace(made._style(rng, "infrared", image, longest=8), cutouts=[])
        put = made._paste(rng, image, label, objects, style, 0.1, 0)
    else:
        made = simulator(bank, SpectralConfig(size=40))
        cube = image.transpose(2, 0, 1)
        put = made._paste(rng, cube, label, objects, np.ones(1, np.float32), 5.0, "ellipse", 1.0, 0)
    assert not put and not image.any()


def test_markings_take_nothing_from_what_is_labelled(bank):
    image, label = np.full((64, 64, 3), 0.3, np.float32), np.full((64, 64), ANOMALY, np.uint8)
    label[:, 32:] = 0
    for seed in range(4):
        SpatialSimulator(bank)._paint(np.random.default_rng(seed), image, label, 0.1)
    assert (image[:, :32] == np.float32(0.3)).all() and (label[:, :32] == ANOMALY).all()
    assert (label[:, 32:] == LARGE_OBJECT).any()


def test_what_glares_beside_a_ship_is_left_open(bank, monkeypatch):
    """Is it hull or smear? Specks of light anywhere on the water are neither anomalous nor normal."""
    simulator = SeaSimulator(bank, SeaConfig(size=120, coast=0.0, length=(20, 40)))
    monkeypatch.setattr(simulator, "_sense", lambda rng, image, level: image / level)
    near = 0
    for seed in range(6):
        scene = simulator.sample(np.random.default_rng(seed))
        far = ndimage.distance_transform_edt(scene.label != ANOMALY)
        bright = scene.image[0] > 3
        assert (scene.label[bright & (far < 120 / 12)] != 0).all()
        near += (scene.label == IGNORED)[(far > 4) & (far < 10)].sum()
    assert near > 0


def test_the_edge_of_one_anomaly_takes_nothing_from_another():
    label, objects = np.zeros((1, 4), np.uint8), np.zeros((1, 4), np.int32)
    for number, cover in enumerate(([1, 0.3, 0, 0], [0.3, 0.3, 1, 0.1]), 1):
        mark(label, objects, np.array([cover], np.float32), number, edge=0.15, inside=0.5)
    assert label.tolist() == [[ANOMALY, IGNORED, ANOMALY, 0]]
    assert objects.tolist() == [[1, 0, 2, 0]]


def test_anomalies_are_numbered_one_by_one_and_apart(bank):
    """Each counts by the root of its own area, and is an instance of its own."""
    many = {"clutter_probability": 1.0, "large_probability": 0.0, "alone": 0.1, "length": (3.0, 5.0)}
    spatial = SpatialConfig(**{**many, "length": {"infrared": (3, 5)}})
    for simulator, kind in (
        (SpatialSimulator(bank, spatial), "infrared"),
        (SpectralSimulator(bank, SpectralConfig(**many)), None),
        (SeaSimulator(bank, SeaConfig(size=96, length=(8, 10), alone=0.1, coast=0.0)), None),
    ):
        counts = []
        for seed in range(4):
            rng = np.random.default_rng(seed)
            scene = simulator.sample(rng, kind) if kind else simulator.sample(rng)
            assert np.array_equal(scene.objects > 0, scene.label == ANOMALY), "clutter is no object"
            numbers = np.unique(scene.objects)
            assert numbers.tolist() == list(range(len(numbers)))
            counts.append(len(numbers) - 1)
            areas = np.bincount(scene.objects[scene.objects > 0])[1:]
            assert areas.max() <= 60
        assert max(counts) > 2


def test_edges_are_left_open(bank):
    label = SpatialSimulator(bank).sample(np.random.default_rng(2), "visible").label
    assert (label == IGNORED).any()


def test_markings_are_thin_and_normal_ground():
    rng = np.random.default_rng(3)
    shares = [(markings(rng, 200) > 0.5).mean() for _ in range(30)]
    assert min(shares) < 0.05 < max(shares) < 0.5
    bank = Bank(visible=[np.full((400, 400, 3), 90, np.uint8)])
    drawn = {
        share: SpatialSimulator(bank, SpatialConfig(markings=share, large_probability=0, clutter_probability=0))
        for share in (0.0, 1.0)
    }
    normal = {
        share: [(simulator.sample(np.random.default_rng(n), "visible").label == LARGE_OBJECT).sum() for n in range(12)]
        for share, simulator in drawn.items()
    }
    assert not any(normal[0.0])
    assert all(normal[1.0])
    assert not (drawn[1.0].sample(np.random.default_rng(1), "sar").label == LARGE_OBJECT).any()


def test_drawn_aircraft_are_thin_crosses_of_many_paints():
    drawn = [draw_aircraft(np.random.default_rng(n)) for n in range(40)]
    shares, lights = [], []
    for image in drawn:
        covered = image[..., 3] > 127
        assert covered.any(0).mean() > 0.9 and covered.any(1).mean() > 0.8  # it fills its frame, of which
        shares.append(covered.mean())  # most is the ground between wings and hull
        lights.append(image[covered, :3].mean())
    assert min(shares) > 0.05 and max(shares) < 0.6
    assert min(lights) < 90 and max(lights) > 220
    assert np.array_equal(drawn[7], draw_aircraft(np.random.default_rng(7)))


def test_drawn_aircraft_are_pasted_alone_or_in_groups_but_never_as_clutter(monkeypatch):
    bank = Bank(
        visible=[np.full((400, 400, 3), 90, np.uint8)],
        objects={name: [np.full((8, 8, 4), 255, np.uint8)] for name in ("vehicle", "ship", "airplane", "building")},
    )
    calls = []
    monkeypatch.setattr(
        "anomaly_lens.training.simulation.spatial.draw_aircraft", lambda rng: calls.append(0) or draw_aircraft(rng)
    )
    for n in range(12):
        SpatialSimulator(bank, SpatialConfig(clutter_probability=0)).sample(np.random.default_rng(n), "visible")
    assert not calls  # unless asked for
    simulator = SpatialSimulator(bank, SpatialConfig(aircraft=1.0))
    image = np.zeros((224, 224, 3), np.float32)
    styles = [simulator._style(np.random.default_rng(n), "visible", image) for n in range(60)]
    assert any(style.cutouts for style in styles) and calls
    calls.clear()
    clutter = [simulator._style(np.random.default_rng(n), "visible", image, longest=24) for n in range(60)]
    assert any(style.cutouts for style in clutter) and not calls
    radar = [simulator._style(np.random.default_rng(n), "sar", image[..., :1]) for n in range(60)]
    assert radar and not calls


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_have_about_the_length_asked_for(shape):
    mask = shape_mask(np.random.default_rng(0), shape, 30, 0.5, 0.0)
    assert 0 <= mask.min() <= mask.max() <= 1
    columns = np.flatnonzero((mask > 0.5).any(0))
    assert 15 <= len(columns) <= 34


def test_a_region_covers_about_its_share():
    for seed in range(4):
        share = region(np.random.default_rng(seed), 100, 100, 0.3).mean()
        assert 0.25 < share < 0.35


def test_speckle_keeps_the_mean_intensity():
    rng = np.random.default_rng(0)
    image = np.full((200, 200, 1), 0.5, np.float32)
    speckled = sensor.speckle(rng, image, 4)
    assert (speckled**2).mean() == pytest.approx(0.25, rel=0.02)
    assert speckled.std() > 0.05


def test_darkening_takes_light_and_adds_noise():
    rng = np.random.default_rng(0)
    image = np.full((100, 100, 1), 0.5, np.float32)
    dark = sensor.darken(rng, image)
    assert dark.mean() < 0.5
    assert dark.std() > 0.005


def test_compression_keeps_shape_and_looks():
    ramp = np.linspace(0, 1, 64, dtype=np.float32)
    for bands in (1, 3):
        image = np.repeat(np.tile(ramp, (64, 1))[..., None], bands, 2)
        compressed = sensor.compress(image, 90)
        assert compressed.shape == image.shape
        assert abs(compressed - image).max() < 0.1


def test_contact_sheet_has_a_row_for_each_modality(bank):
    sheet, rates = contact_sheet(bank, 1, 0)
    assert sheet.shape == (5 * 224, 2 * 224, 3)
    assert set(rates) == {*KINDS, "hyperspectral"}


def test_a_folder_of_geotiffs_becomes_a_bank(tmp_path):
    rng = np.random.default_rng(0)
    for name, bands in (("colour", 3), ("thermal", 1), ("cube", 20)):
        profile = {"driver": "GTiff", "width": 64, "height": 48, "count": bands, "dtype": "float32"}
        with rasterio.open(tmp_path / f"{name}.tif", "w", **profile) as target:
            target.write(rng.uniform(0, 500, (bands, 48, 64)).astype(np.float32))
    loaded = Bank.load(tmp_path)
    assert [image.shape for image in loaded.visible] == [(48, 64, 3)]
    assert [image.shape for image in loaded.infrared] == [(48, 64)]
    assert [cube.shape for cube in loaded.cubes] == [(20, 48, 64)]


def write_raster(path: Path, bands: np.ndarray, nodata: float | None = None, **layout: str) -> None:
    """A GeoTIFF, or PNG, of bands (C, H, W)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    driver = "PNG" if path.suffix == ".png" else "GTiff"
    profile = {"width": bands.shape[2], "height": bands.shape[1], "count": len(bands), "dtype": bands.dtype, **layout}
    with rasterio.open(path, "w", driver=driver, nodata=nodata, **profile) as target:
        target.write(bands)


@pytest.mark.parametrize(("dtype", "fill"), [("int16", -9999), ("float32", -3.4e38), ("uint16", 0)])
@pytest.mark.parametrize("layout", [False, True])
def test_what_fills_holes_does_not_stretch_an_image(tmp_path, dtype, fill, layout):
    whole = np.random.default_rng(0).integers(200, 3000, (3, 80, 100)).astype(dtype)
    holed = whole.copy()
    holed[:, :, :30] = fill
    folder = tmp_path / "infrared" if layout else tmp_path
    write_raster(folder / "a.tif", whole[:1, :, 30:])
    write_raster(folder / "b.tif", holed[:1], fill)
    write_raster(folder / "c.tif", np.full_like(holed[:1], fill), fill)
    sound, mended = Bank.load(tmp_path).infrared
    assert np.array_equal(mended[:, 30:], sound)
    assert np.ptp(mended[:, :30]) == 0
    assert 100 < mended[0, 0] < 155, "a hole looks like the middle of the image"
    folder = tmp_path / "visible" if layout else tmp_path
    write_raster(folder / "d.tif", holed, fill)
    (photograph,) = Bank.load(tmp_path).visible
    assert np.array_equal(photograph[:, 30:, 0], sound)


def test_a_picture_of_a_colour_table_is_the_photograph_that_it_shows(tmp_path):
    """The numbers of its colours had become a thermal image."""
    shown = np.random.default_rng(0).choice([[10, 200, 30], [90, 40, 250], [0, 0, 0]], (60, 70)).astype(np.uint8)
    Image.fromarray(shown).quantize(3).save(tmp_path / "colours.png")
    Image.fromarray(shown[..., 0]).quantize(3).save(tmp_path / "grey.png")
    bank = Bank.load(tmp_path)
    assert (len(bank.visible), len(bank.infrared)) == (1, 1)
    bands = [(bank.visible[0][..., band], shown[..., band]) for band in range(3)]
    for found, levels in (*bands, (bank.infrared[0], shown[..., 0])):
        assert np.corrcoef(found.ravel(), levels.ravel())[0, 1] > 0.99


def test_a_band_that_is_black_where_others_are_not_is_no_hole(tmp_path):
    bands = np.random.default_rng(0).integers(200, 3000, (3, 40, 40)).astype(np.uint16)
    bands[2, :20] = 0
    write_raster(tmp_path / "a.tif", bands, 0)
    (photograph,) = Bank.load(tmp_path).visible
    assert not photograph[:20, :, 2].any()


def test_photographs_of_8_bits_are_taken_as_they_are(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (50, 60, 4)).astype(np.uint8)
    image[:10] = 0
    write_raster(tmp_path / "plain" / "a.tif", image.transpose(2, 0, 1), 0)
    Image.fromarray(image).save(tmp_path / "plain" / "b.png")
    (tmp_path / "laid out" / "visible").mkdir(parents=True)
    Image.fromarray(image[..., :3]).save(tmp_path / "laid out" / "visible" / "a.png")
    low, high = np.percentile(image[..., :3].astype(np.float32), (0.5, 99.5), axis=(0, 1), keepdims=True)
    for photograph in Bank.load(tmp_path / "plain").visible:
        assert np.array_equal(photograph, np.clip((image[..., :3] - low) / (high - low) * 255, 0, 255).astype(np.uint8))
    assert np.array_equal(Bank.load(tmp_path / "laid out").visible[0], image[..., :3])


def test_radar_images_of_complex_numbers_keep_their_magnitude(tmp_path):
    rng = np.random.default_rng(0)
    image = (rng.normal(size=(1, 90, 90)) + 1j * rng.normal(size=(1, 90, 90))).astype(np.complex64)
    image[:, 40:50, 40:50] = 5j
    write_raster(tmp_path / "slc.tif", image)
    (shown,) = Bank.load(tmp_path).infrared
    assert shown[40:50, 40:50].min() == 255


@pytest.mark.parametrize("fill", [-9999.0, -3.4e38, np.nan, np.inf])
def test_holes_in_cubes_are_like_their_mean(tmp_path, fill):
    cube = np.random.default_rng(0).uniform(100, 4000, (20, 60, 60)).astype(np.float32)
    cube[:, :, :20] = fill
    write_raster(tmp_path / "cube.tif", cube, -9999.0)
    write_raster(tmp_path / "constant.tif", np.full_like(cube, 7))
    write_raster(tmp_path / "empty.tif", np.full_like(cube, -9999), -9999)
    (read,) = Bank.load(tmp_path).cubes
    assert np.array_equal(read[:, :, 20:], cube[:, :, 20:])
    assert read[:, :, :20] == pytest.approx(np.broadcast_to(cube[:, :, 20:].mean((1, 2))[:, None, None], (20, 60, 20)))
    SpectralSimulator(Bank(cubes=[read])).sample(np.random.default_rng(0), "cube laid out anew")


def test_the_signal_of_a_cube_is_what_its_bands_share():
    rng = np.random.default_rng(0)
    shared = np.tensordot(rng.normal(size=(60, 3)), rng.normal(size=(3, 50, 50)), 1).astype(np.float32)
    cube = 100 + shared + 0.1 * rng.standard_normal((60, 50, 50)).astype(np.float32)
    assert np.abs(leading_part(cube) - 100 - shared).mean() < 0.1


def test_a_cube_with_data_in_a_corner_alone_is_ground_as_it_is():
    """Its few pixels are of too many kinds to tell what each is like."""
    rng = np.random.default_rng(0)
    cube = np.full((20, 60, 60), 5, np.float32)
    cube[:, :10, :15] += rng.normal(0, 1, (20, 10, 15))
    simulator = SpectralSimulator(Bank(cubes=[cube]))
    assert simulator.kinds == ("made cube", "real cube")
    assert np.isfinite(simulator.sample(rng, "real cube").image).all()


@pytest.mark.parametrize("layout", [False, True])
def test_images_that_cannot_be_read_are_named(tmp_path, capsys, layout):
    folder = tmp_path / "visible" if layout else tmp_path
    folder.mkdir(exist_ok=True)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 60, 3)).astype(np.uint8)).save(folder / "a.png")
    sound = (folder / "a.png").read_bytes()
    # GDAL shows what is there of a truncated PNG, Pillow does not.
    for content in (b"none", sound[:4000])[: 1 + layout]:
        (folder / "b.png").write_bytes(content)
        assert main(["preview", "--data", str(tmp_path), "--out", str(tmp_path / "sheet")]) == 2
        error = capsys.readouterr().err
        assert "b.png is not an image that can be read" in error
        assert "remove it" in error


def test_the_sensors_noise_stays_in_a_real_cube():
    """Materials are laid under it: of ground without noise, what is foreign could be told by its own."""
    rng = np.random.default_rng(0)
    cube = (1 + 0.1 * rng.standard_normal((60, 50, 50))).astype(np.float32)
    simulator = SpectralSimulator(Bank(cubes=[cube]), SpectralConfig(48, large_probability=0, clutter_probability=0))
    for seed in range(4):
        scene = simulator.sample(np.random.default_rng(seed), "real cube")
        ground = scene.image[:, scene.label == 0]
        # Half of it, at most, lies in the components that are taken for the signal.
        assert 0.09 < np.median(ground.std(1) / ground.mean(1)) < 0.13


@pytest.mark.parametrize(
    ("name", "layout"),
    [("a.png", {}), ("a.tif", {"photometric": "RGB"}), ("a.tif", {"photometric": "RGB", "interleave": "band"})],
)
def test_colours_of_16_bits_are_stretched(tmp_path, name, layout):
    """Pillow shows the upper byte, of which little is in use, or takes each byte for a value."""
    values = np.random.default_rng(0).integers(100, 4000, (3, 60, 80)).astype(np.uint16)
    write_raster(tmp_path / "visible" / name, values, **layout)
    (photograph,) = Bank.load(tmp_path).visible
    assert np.array_equal(photograph, colours(values.astype(np.float32), np.ones(values.shape, bool)))


def test_compressed_tiffs_are_read_by_who_can(tmp_path):
    """Pillow knows no ZSTD: a GeoTIFF was to be converted to GeoTIFF."""
    values = np.arange(3 * 60 * 80).reshape(3, 60, 80).astype(np.uint8)
    write_raster(tmp_path / "visible" / "a.tif", values, photometric="RGB", compress="ZSTD")
    (photograph,) = Bank.load(tmp_path).visible
    assert np.abs(photograph.transpose(2, 0, 1) - values.astype(float)).max() <= 3


def test_an_archive_that_shows_nothing_is_left_out_and_what_is_no_data_in_one_is_the_mean(tmp_path):
    folder = tmp_path / "hyperspectral"
    folder.mkdir()
    cube = np.random.default_rng(0).uniform(100, 4000, (20, 30, 40)).astype(np.float32)
    cube[3, 4, 5] = np.nan
    np.savez(folder / "all_alike.npz", data=np.full((30, 40, 20), 7, np.int16), scale=1.0, offset=0.0)
    np.savez(folder / "gap.npz", data=cube.transpose(1, 2, 0), scale=1.0, offset=0.0)
    bank = Bank.load(tmp_path)
    assert [Path(name).name for name, *_ in bank.sources] == ["gap.npz"]
    assert bank.cubes[0][3, 4, 5] == pytest.approx(np.nanmean(cube[3]))
    SpectralSimulator(bank, SpectralConfig(size=32)).sample(np.random.default_rng(0), "cube laid out anew")


def test_cubes_of_a_laid_out_folder_are_rasters_or_archives(tmp_path, capsys):
    """A raster was left out without a word, and told in the card as trained on."""
    folder = tmp_path / "hyperspectral"
    cube = np.random.default_rng(0).uniform(100, 4000, (20, 30, 40)).astype(np.float32)
    write_raster(folder / "a.tif", cube)
    np.savez(folder / "b.npz", data=cube.transpose(1, 2, 0), scale=2.0, offset=1.0)
    first, second = Bank.load(tmp_path).cubes
    assert np.array_equal(first, cube)
    assert second == pytest.approx(2 * cube + 1)
    words = ["preview", "--data", str(tmp_path), "--out", str(tmp_path / "sheet.png")]
    np.savez(folder / "c.npz", data=cube)
    assert main(words) == 2
    assert "c.npz is not a cube that can be read ('scale is not" in capsys.readouterr().err
    (folder / "c.npz").write_bytes(b"PK\x03\x04 half of an archive")
    assert main(words) == 2
    assert "c.npz is not a cube that can be read" in capsys.readouterr().err
    (folder / "c.npz").unlink()
    write_raster(folder / "c.tif", cube[:4])
    assert main(words) == 2
    assert "c.tif has 4 bands" in capsys.readouterr().err


def test_a_large_orthophoto_is_no_attack(tmp_path):
    """Pillow refuses images of more than 179 megapixels unless told otherwise."""
    (tmp_path / "visible").mkdir()
    Image.new("L", (18_000, 10_000), 90).save(tmp_path / "visible" / "ortho.png")
    (photograph,) = Bank.load(tmp_path).visible
    assert photograph.shape == (889, 1600, 3)


def test_what_is_not_read_of_a_folder_in_our_layout_is_told(tmp_path, capsys):
    for name in ("visible", "objects", "night/deep", "notes"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("visible/a.png", "night/deep/b.jpg", "c.png"):
        Image.new("L", (300, 300), 90).save(tmp_path / name)
    (tmp_path / "notes" / "d.txt").write_text("none", encoding="utf-8")
    # As macOS lays beside files on drives of others.
    for name in ("visible/._a.png", "notes/._e.tif", "._c.png"):
        (tmp_path / name).write_bytes(b"no image")
    assert len(read_bank(tmp_path).visible) == 1
    told = capsys.readouterr().err
    assert told.count("not read") == 1
    assert told.rstrip().endswith(f"these are not read: {tmp_path.name}, {tmp_path.name}/night")
    # In any other layout, all is read.
    (tmp_path / "visible").rename(tmp_path / "day")
    assert len(read_bank(tmp_path).sources) == 3
    assert not capsys.readouterr().err


def test_the_card_lists_what_was_read_and_nothing_else(tmp_path, capsys, write_rows):
    """What held no data, and cubes of formats that are not read, were listed as trained on."""
    cube = np.random.default_rng(0).integers(1, 3000, (14, 20, 20)).astype(np.uint16)
    for name in ("visible", "hyperspectral"):
        (tmp_path / name).mkdir()
    write_raster(tmp_path / "visible" / "a.tif", cube[:3])
    write_raster(tmp_path / "visible" / "b.tif", 0 * cube[:3], nodata=0)
    write_raster(tmp_path / "hyperspectral" / "c.tif", cube)
    write_raster(tmp_path / "hyperspectral" / "d.tif", 0 * cube, nodata=0)
    np.savez(tmp_path / "hyperspectral" / "e.npz", data=cube.transpose(1, 2, 0), scale=1, offset=0)
    (tmp_path / "hyperspectral" / "e.npz").rename(tmp_path / "hyperspectral" / "E.NPZ")
    (tmp_path / "hyperspectral" / "f.img").write_bytes(cube.tobytes())
    write_rows(
        tmp_path / "hyperspectral" / "manifest.csv", [{"file": name} for name in ("c.tif", "d.tif", "E.NPZ", "f.img")]
    )
    bank = read_bank(tmp_path)
    assert [path for path, *_ in bank.sources] == ["visible/a.tif", "hyperspectral/c.tif", "hyperspectral/E.NPZ"]
    assert (len(bank.visible), len(bank.cubes)) == (1, 2)
    assert capsys.readouterr().err.rstrip().endswith(f"these are not read: {tmp_path.name}/hyperspectral/f.img")


def test_a_manifest_may_name_photographs_elsewhere(tmp_path, write_rows):
    """A whole path was a traceback."""
    Image.new("L", (300, 300), 90).save(tmp_path / "a.png")
    write_rows(tmp_path / "train" / "visible" / "manifest.csv", [{"file": str(tmp_path / "a.png")}])
    assert len(Bank.load(tmp_path / "train").visible) == 1


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no image"):
        Bank.load(tmp_path)
    with pytest.raises(FileNotFoundError, match="no folder"):
        Bank.load(tmp_path / "absent")


def test_the_projects_training_data_leaves_unclear_licences_out():
    folder = Path(os.environ.get("ANOMALY_LENS_DATA", "")) / "train"
    if "ANOMALY_LENS_DATA" not in os.environ or not folder.is_dir():
        pytest.skip("ANOMALY_LENS_DATA does not name the folder of real imagery")
    loaded = Bank.load(folder, fraction=0.02)
    assert loaded.visible
    assert loaded.cubes
    assert loaded.spectra is not None
    assert "unclear" not in {licence for _, licence, _ in loaded.sources}


def test_scatterers_make_radar_objects_uneven_and_smear_them_beyond_their_label() -> None:
    """The same scenes with and without: other brightness inside objects, more of it beside them, no other labels."""
    bank = Bank(sar=[np.full((200, 200), 20, np.uint8)])
    plain, uneven = (
        SpatialSimulator(bank, SpatialConfig(size=160, clutter_probability=0, large_probability=0, scatterers=share))
        for share in (0.0, 1.0)
    )
    spreads = []
    for simulator in (plain, uneven):
        found = []
        for seed in range(12):
            scene = simulator.sample(np.random.default_rng(seed), "sar")
            sizes = np.bincount(scene.objects[scene.label == ANOMALY])
            for number in np.flatnonzero(sizes[1:] > 60) + 1:
                inside = scene.image[0][(scene.objects == number) & (scene.label == ANOMALY)]
                found.append(inside.std() / max(inside.mean(), 1e-6))
        spreads.append(np.mean(found))
    assert spreads[1] > 1.15 * spreads[0]


def test_side_lobes_lie_on_rows_or_columns_of_their_object() -> None:
    image = np.zeros((40, 50, 1), np.float32)
    excess = np.ones((4, 6, 1), np.float32)
    window = (slice(10, 14), slice(20, 26))
    sensor.side_lobes(np.random.default_rng(0), image, excess, window, 0.5)
    rows, columns = np.nonzero(image[..., 0] > 0)
    crosses = set(rows) <= set(range(10, 14)) or set(columns) <= set(range(20, 26))
    assert crosses and image[10:14, 20:26].min() > 0
    assert len(rows) > 4 * 6  # beyond the object, too
