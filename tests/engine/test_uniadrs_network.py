"""The network: exact folding, exact interpolation, maps and tiles."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from anomaly_lens.engine.models import inputs
from anomaly_lens.engine.models.deviation import (
    HALO,
    MAPS,
    WINDOWS,
    arsinh,
    band_deviation,
    deviation_maps,
    ranked_deviations,
    rarity,
    scene_statistics,
    standardise,
)
from anomaly_lens.engine.models.in_rows import UniADRSInRows
from anomaly_lens.engine.models.uniadrs import (
    STEM_BANDS,
    STEMS,
    FeatureStatistics,
    UniADRS,
    UniADRSConfig,
    feature_deviation,
    feature_statistics,
    interpolation_matrix,
)
from anomaly_lens.engine.tiles import ramp, reflect, spans, tiles
from torch.nn import functional

SMALL = UniADRSConfig((8, 8, 12, 12, 16), 12, 6)


@pytest.fixture(params=STEMS)
def network(request) -> UniADRS:
    """A small network in which no weight or statistic is at its neutral beginning."""
    torch.manual_seed(3)
    network = UniADRS(request.param, SMALL).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.2)
                module.running_var.uniform_(0.5, 2)
    return network


@pytest.mark.parametrize("bands", [1, 2, 3, 7, 46, 270, 431])
def test_folded_bands_equal_explicit_interpolation(network, bands):
    image, maps = torch.randn(1, bands, 32, 48), torch.randn(1, len(MAPS), 32, 48)
    projection = interpolation_matrix(bands)
    explicit = functional.interpolate(
        image.permute(0, 2, 3, 1).reshape(-1, 1, bands), STEM_BANDS, mode="linear", align_corners=True
    )
    explicit = explicit.reshape(1, 32, 48, STEM_BANDS).permute(0, 3, 1, 2)
    with torch.no_grad():
        folded = network(image, maps, projection).logit
        unfolded = network(explicit, maps, torch.eye(STEM_BANDS)).logit
    assert torch.allclose(folded, unfolded, atol=1e-5 * unfolded.abs().max().item())


def test_wavelengths_drive_the_interpolation():
    waves = [400.0, 500.0, 1400.0]
    matrix = interpolation_matrix(3, waves)
    spectrum = torch.tensor([1.0, 2.0, 5.0])
    target = np.linspace(400, 1400, STEM_BANDS)
    assert np.allclose(matrix @ spectrum, np.interp(target, waves, spectrum), atol=1e-5)
    assert torch.allclose(matrix.sum(1), torch.ones(STEM_BANDS))


@pytest.mark.parametrize("waves", [[400.0, 400.0], [500.0, 400.0], [400.0]])
def test_wavelengths_that_do_not_ascend_are_refused(waves):
    with pytest.raises(ValueError, match="wavelengths"):
        interpolation_matrix(2, waves)


def test_the_folded_network_scores_alike(network):
    image, maps = torch.randn(2, 5, 32, 32), torch.randn(2, len(MAPS), 32, 32)
    projection = interpolation_matrix(5)
    statistics = FeatureStatistics(torch.randn(1, 6), torch.eye(6)[None] * 1.3)
    with torch.no_grad():
        plain = network(image, maps, projection, statistics)
        folded = network.folded(projection)(image, maps, projection, statistics)
    assert torch.allclose(plain.logit, folded.logit, atol=1e-4)
    assert torch.allclose(plain.features, folded.features, atol=1e-4)


@pytest.mark.parametrize(("stem", "bands"), [("spatial", 3), ("spectral", 20)])
@pytest.mark.parametrize(("height", "batch"), [(48, 2), (64, 1), (208, 1)])
def test_some_rows_at_a_time_score_as_all_at_once(stem, bands, height, batch):
    torch.manual_seed(4)
    network = UniADRS(stem, UniADRSConfig((8, 8, 12, 16, 16), 8, 6, components=2)).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    image, maps = torch.randn(batch, bands, height, 48), torch.randn(batch, len(MAPS) + 2, height, 48)
    projection = interpolation_matrix(bands)
    statistics = FeatureStatistics(torch.randn(1, 6), torch.randn(1, 6, 6).tril())
    in_rows = UniADRSInRows(network.folded(projection))
    shown = torch.cat([maps, image], 1)
    with torch.no_grad():
        plain = network(image, maps, projection, statistics)
        features = in_rows.backbone(shown)
        found = in_rows(shown, statistics), in_rows.finish(features, maps, statistics)
    assert torch.allclose(features, plain.features, atol=1e-4 * float(plain.features.abs().max()))
    for logit in found:
        assert torch.allclose(logit, plain.logit, atol=1e-4 * float(plain.logit.abs().max()))


@pytest.mark.parametrize("spans", [((-16, 176), (-48, 80)), ((32, 96), (16, 48)), ((-80, 16), (0, 64))])
def test_a_mirrored_part_scores_as_one_that_was_mirrored_before(network, spans):
    in_rows = UniADRSInRows(network.folded(interpolation_matrix(3)))
    shown = torch.randn(1, len(MAPS) + 3, 150, 64)
    statistics = FeatureStatistics(torch.zeros(1, 6), torch.eye(6)[None])
    with torch.no_grad():
        assert torch.equal(in_rows(shown, statistics, spans), in_rows(reflect(shown, *spans), statistics))


def test_in_bfloat16_some_rows_at_a_time_stay_close(network):
    shown = torch.randn(1, len(MAPS) + 3, 160, 64)
    maps, image = shown.split([len(MAPS), 3], 1)
    projection = interpolation_matrix(3)
    statistics = FeatureStatistics(torch.zeros(1, 6), torch.eye(6)[None])
    with torch.no_grad():
        exact = network(image, maps, projection, statistics).logit
        rough = UniADRSInRows(network.folded(projection, torch.bfloat16))(shown, statistics)
    assert rough.dtype == torch.float32
    assert (exact - rough).abs().mean() < 0.05 * exact.std()


def test_the_folded_network_in_bfloat16_stays_close(network):
    image, maps = torch.randn(1, 3, 64, 64), torch.randn(1, len(MAPS), 64, 64)
    projection = interpolation_matrix(3)
    with torch.no_grad():
        exact = network.folded(projection)(image, maps, projection).logit
        rough = network.folded(projection, torch.bfloat16)(image, maps, projection).logit
    assert rough.dtype == torch.float32
    assert (exact - rough).abs().mean() < 0.05 * exact.std()


def test_the_deviation_of_a_part_is_that_of_the_whole_there():
    image = torch.randn(3, 60, 70) * 7 + 100
    image[:, 20:24, 30:33] += 60
    statistics = scene_statistics(image.flatten(1).T)
    shown = inputs.NetworkInputs(image, None, statistics, 0, (slice(4, 50), slice(10, 70)))
    found = shown.deviation(slice(2, 40), slice(0, 60))
    assert torch.allclose(found, band_deviation(image, statistics)[6:44, 10:70], atol=1e-5)


def test_a_fresh_network_scores_by_the_classical_maps():
    network = UniADRS("spatial", SMALL).eval()
    maps = torch.zeros(1, len(MAPS), 16, 16)
    maps[0, MAPS.index("rx_rank"), 4, 5] = 3.0
    with torch.no_grad():
        logit = network(torch.randn(1, 3, 16, 16), maps, interpolation_matrix(3)).logit
    assert logit.flatten().argmax() == 4 * 16 + 5


def test_feature_deviation_is_the_mahalanobis_distance():
    features = torch.randn(1, 4, 30, 30) * torch.tensor([1.0, 5.0, 0.2, 2.0])[None, :, None, None]
    deviation = feature_deviation(features, feature_statistics(features))[0, 0]
    flat = features[0].flatten(1).double()
    covariance = torch.cov(flat, correction=0)
    covariance += 0.01 * covariance.diagonal().mean() * torch.eye(4)
    centred = flat - flat.mean(1, keepdim=True)
    expected = torch.log1p((centred * torch.linalg.solve(covariance, centred)).sum(0) / 4)
    assert torch.allclose(deviation.flatten().double(), expected, atol=1e-4)


def statistics_of(image: torch.Tensor):
    return scene_statistics(image.flatten(1).T)


def test_rx_map_is_the_mahalanobis_distance():
    torch.manual_seed(0)
    mixed = torch.randn(6, 6) @ torch.randn(6, 40 * 50)
    image = (mixed * 30 + 500).reshape(6, 40, 50)
    maps = deviation_maps(image, statistics_of(image))
    flat = image.flatten(1).double()
    centred = flat - flat.mean(1, keepdim=True)
    rx = (centred * torch.linalg.solve(torch.cov(flat), centred)).sum(0)
    assert torch.allclose(maps[0].flatten().double(), torch.log1p(rx / 6), atol=1e-3)


def test_damping_keeps_what_bands_hardly_differ_by_from_weighing_as_much_as_brightness():
    chance = torch.Generator().manual_seed(0)
    brightness = torch.randn(5000, 1, generator=chance)
    pixels = brightness * torch.tensor([1.0, 3.0, 10.0]) + 0.05 * torch.randn(5000, 3, generator=chance)
    likeness = []
    for damping in (0.0, 0.1):
        rx = ranked_deviations(pixels.T, scene_statistics(pixels, damping=damping))[0][0]
        assert rx.mean() == pytest.approx(3, abs=0.01)
        likeness.append(torch.corrcoef(torch.stack([rx, brightness[:, 0] ** 2]))[0, 1])
    assert likeness[0] < 0.7
    assert likeness[1] > 0.99


def test_damped_whitening_has_the_distance_that_linear_algebra_gives():
    chance = torch.Generator().manual_seed(1)
    pixels = torch.randn(4000, 4, generator=chance) @ torch.randn(4, 4, generator=chance) + 20
    rx = ranked_deviations(pixels.T, scene_statistics(pixels, damping=0.3))[0][0]
    centred = (pixels - pixels.mean(0)).double()
    covariance = torch.cov(centred.T)
    damped = covariance + 0.3 * covariance.diagonal().diag()
    expected = (centred * torch.linalg.solve(damped, centred.T).T).sum(1)
    expected *= 4 / torch.linalg.solve(damped, covariance).trace()
    torch.testing.assert_close(rx.double(), expected, rtol=1e-4, atol=1e-4)


def test_damping_leaves_one_band_and_constant_ones_as_they_are():
    pixels = torch.randn(3000, 1, generator=torch.Generator().manual_seed(2)) * 7 + 100
    plain, damped = (scene_statistics(pixels, damping=damping) for damping in (0.0, 0.1))
    torch.testing.assert_close(plain.whitening, damped.whitening)
    still = scene_statistics(torch.full((50, 3), 4.0), damping=0.1)
    assert torch.isfinite(still.whitening).all()


def test_band_deviation_is_the_mean_square_of_the_bands_in_their_own_units():
    torch.manual_seed(0)
    bands = torch.randn(3, 40 * 50) * torch.tensor([[1.0], [300.0], [0.02]]) + torch.tensor([[5.0], [2000.0], [0.0]])
    flat = torch.cat([bands, torch.full((1, 40 * 50), 7.0)])  # the last does not vary, and does not count
    image = flat.reshape(4, 40, 50)
    expected = torch.log1p(((bands - bands.mean(1, keepdim=True)) / bands.std(1, keepdim=True)).square().mean(0))
    assert torch.allclose(band_deviation(image, statistics_of(image)).flatten(), expected, atol=1e-4)


def test_band_deviation_of_one_band_is_rx():
    torch.manual_seed(0)
    image = torch.randn(1, 40, 50) * 30 + 500
    statistics = statistics_of(image)
    assert torch.allclose(band_deviation(image, statistics), deviation_maps(image, statistics)[0], atol=1e-5)


def test_band_deviation_of_a_scene_of_one_value_is_zero():
    image = torch.full((3, 40, 50), 7.0)
    assert (band_deviation(image, statistics_of(image)) == 0).all()


def test_what_is_bright_deviates_more_than_what_has_a_little_more_colour():
    """RX has it the other way round: bands that are nearly alike differ by next to nothing anywhere else."""
    torch.manual_seed(0)
    grey = torch.randn(40, 50) * 30 + 100
    image = torch.stack([grey + torch.randn(40, 50) for _ in range(3)])
    image[:, 5, 5] = 220
    image[:, 20, 20] = torch.tensor([108.0, 100.0, 92.0])
    statistics = statistics_of(image)
    bright, coloured = (band_deviation(image, statistics)[place] for place in ((5, 5), (20, 20)))
    assert bright > coloured + 1
    rx = deviation_maps(image, statistics)[0]
    assert rx[5, 5] < rx[20, 20]


def test_ring_map_is_the_distance_to_the_mean_of_the_ring():
    torch.manual_seed(0)
    image = torch.randn(2, 40, 40)
    statistics = statistics_of(image)
    maps = deviation_maps(image, statistics)
    whitened = (statistics.whitening @ (image.flatten(1) - statistics.mean[:, None])).reshape(2, 40, 40)
    inner, outer = WINDOWS[0]
    row, column = 20, 2
    top, left = row - outer // 2, max(0, column - outer // 2)
    block = whitened[:, top : top + outer, left : column + outer // 2 + 1]
    hole = whitened[:, row - inner // 2 : row + inner // 2 + 1, column - inner // 2 : column + inner // 2 + 1]
    count = block[0].numel() - hole[0].numel()
    mean = (block.sum((1, 2)) - hole.sum((1, 2))) / count
    expected = torch.log1p((whitened[:, row, column] - mean).square().sum() / 2)
    assert maps[MAPS.index(f"ring_{outer}"), row, column].item() == pytest.approx(expected.item(), rel=1e-4)


def test_invalid_pixels_are_left_out_of_the_windows():
    torch.manual_seed(0)
    image = torch.randn(3, 60, 60)
    statistics = statistics_of(image)
    valid = torch.ones(60, 60, dtype=torch.bool)
    valid[20:30, 20:30] = False
    spoiled = image.clone()
    spoiled[:, ~valid] = 1e6
    maps = deviation_maps(spoiled, statistics, valid)
    other = image.clone()
    other[:, ~valid] = -1e6
    assert torch.equal(maps[:, valid], deviation_maps(other, statistics, valid)[:, valid])


def test_maps_of_a_part_with_its_halo_equal_those_of_the_whole():
    torch.manual_seed(0)
    image = torch.randn(3, 200, 160)
    statistics = statistics_of(image)
    whole = deviation_maps(image, statistics)
    part = deviation_maps(image[:, 100 - HALO : 110 + HALO], statistics)
    assert torch.allclose(part[:, HALO : HALO + 10], whole[:, 100:110], atol=1e-5)
    valid = torch.rand(200, 160) > 0.3
    for mask in (None, valid):
        whole = deviation_maps(image, statistics, mask, 2)
        for wanted in (
            (slice(60, 70), slice(20, 155)),
            (slice(0, 200), slice(0, 3)),
            (slice(190, 200), slice(150, 160)),
        ):
            part = deviation_maps(image, statistics, mask, 2, wanted)
            assert torch.allclose(part, whole[(slice(None), *wanted)], atol=1e-5)


@pytest.mark.parametrize("shape", [(300, 200), (7,)])
def test_rarity_is_the_share_that_exceeds_a_value(shape):
    values = 5 * torch.rand(shape, generator=torch.Generator().manual_seed(1))
    table = torch.linspace(0, 2, 257).square()
    given = values.clone()
    found = rarity(values, table, 1e9)
    assert torch.equal(values, given)  # all within is computed in place
    # The largest of 257 quantiles leave a share of 1/257 at least; beyond the last but one, the value itself counts.
    share = (1 - (values.double() / 4).sqrt()).clamp(min=1 / 257)
    expected = (-share.log10()).clamp(max=2.4) + (values.double() / table[-2].double() - 1).clamp(min=0).log1p()
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=2e-2)
    assert not rarity(values, torch.full((257,), 2.0)).any()  # where all deviate alike, nobody does


def test_a_rare_pixel_stands_out_in_every_ranked_map():
    torch.manual_seed(0)
    image = 100 + torch.randn(5, 64, 64)
    image[:, 30, 30] = torch.tensor([140.0, 60.0, 150.0, 40.0, 160.0])
    maps = deviation_maps(image, statistics_of(image))
    for name in ("rx", "rx_rank", "leading_rx", "cosine_rank", "euclid_rank", "manhattan_rank", "ring_21"):
        assert maps[MAPS.index(name)].argmax() == 30 * 64 + 30, name


def test_one_band_and_constant_bands_have_finite_maps():
    torch.manual_seed(0)
    single = torch.randn(1, 32, 32)
    constant = torch.cat([single, torch.zeros(1, 32, 32), single])
    for image in (single, constant):
        statistics = statistics_of(image)
        assert torch.isfinite(deviation_maps(image, statistics)).all()
        assert torch.isfinite(standardise(image, statistics)).all()


def test_the_fast_inverse_of_sinh_is_that_of_torch():
    sizes = torch.cat([torch.zeros(1), torch.logspace(-30, 17, 200)])
    values = torch.cat([sizes, -sizes])
    torch.testing.assert_close(arsinh(values), torch.asinh(values.double()).float(), rtol=3e-7, atol=0)
    assert torch.isfinite(arsinh(torch.tensor([3e38, -torch.inf, torch.inf]))).all()


def test_standardising_forgets_gain_and_offset():
    torch.manual_seed(0)
    image = torch.rand(3, 32, 32)
    first = standardise(image, statistics_of(image))
    second = standardise(image * 700 + 90, statistics_of(image * 700 + 90))
    assert torch.allclose(first, second, atol=1e-3)


@pytest.mark.parametrize("length", [1, 15, 16, 100, 320, 321, 500, 777, 2048])
@pytest.mark.parametrize("first", [0, 5, 112])
def test_tiles_cover_every_pixel_and_lie_on_the_grid(length, first):
    found = spans(length, 320, 64, 16, first)
    covered = np.zeros(length, bool)
    for start, end in found:
        assert (start + first) % 16 == 0
        assert (end - start) % 16 == 0
        covered[max(0, start) : end] = True
    assert covered.all()
    assert all(nxt[0] <= own[1] - 64 for own, nxt in zip(found, found[1:]))
    assert max(end - start for start, end in found) <= 320


def test_tiles_that_do_not_fit_their_overlap_are_refused():
    with pytest.raises(ValueError, match="grid"):
        spans(1000, 100, 60, 16)


def test_blending_weights_of_neighbours_sum_to_one():
    first, second = (0, 320), (256, 576)
    falling, rising = ramp(first, None, 256), ramp(second, 320, None)
    assert torch.allclose(falling[256:] + rising[:64], torch.ones(64), atol=1e-6)
    assert rising[:24].max() == 0
    assert (rising.diff() >= 0).all()


def test_blended_copies_of_an_image_are_the_image():
    image = torch.rand(150, 400)
    rows, columns = spans(150, 96, 32, 16), spans(400, 96, 32, 16)
    total, weight = torch.zeros_like(image), torch.zeros_like(image)
    for i, j, weights in tiles(rows, columns):
        (top, bottom), (left, right) = rows[i], columns[j]
        tile = reflect(image, rows[i], columns[j])
        high, wide = min(bottom, 150) - top, min(right, 400) - left
        total[top:bottom, left:right] += (tile * weights)[:high, :wide]
        weight[top:bottom, left:right] += weights[:high, :wide]
    assert (weight > 0).all()
    assert torch.allclose(total / weight, image, atol=1e-5)


@pytest.mark.parametrize("rows", [(0, 9), (2, 5), (-3, 5), (4, 14), (-8, 17), (-20, 30), (12, 15), (-6, -2)])
@pytest.mark.parametrize("columns", [(0, 7), (3, 4), (-2, 7), (5, 9), (-30, 21)])
def test_a_mirrored_part_is_that_of_an_endless_mirrored_image(rows, columns):
    image = torch.arange(126.0).reshape(2, 9, 7)

    def mirrored(start, end, n):
        at = np.arange(start, end) % (2 * n - 2)
        return torch.from_numpy(np.minimum(at, 2 * n - 2 - at))

    expected = image[:, mirrored(*rows, 9)][:, :, mirrored(*columns, 7)]
    assert torch.equal(reflect(image, rows, columns), expected)


@pytest.mark.parametrize("holes", [False, True])
def test_inputs_made_row_by_row_are_those_of_the_whole(monkeypatch, holes):
    chance = torch.Generator().manual_seed(0)
    image = torch.randn(2, 260, 150, generator=chance)
    statistics = statistics_of(image)
    valid = torch.rand(260, 150, generator=chance) > 0.2 if holes else None
    maps = deviation_maps(image, statistics, valid, 1)
    whole = torch.cat([maps, standardise(image, statistics)])
    if holes:
        whole = torch.where(valid, whole, 0.0)
    seen = slice(60, 250), slice(5, 90)
    monkeypatch.setattr(inputs, "_ROWS_AT_ONCE", 64)
    shown = inputs.NetworkInputs(image, valid, statistics, 1, seen)
    assert shown.mask.shape == (190, 85)
    made = []
    original = inputs.NetworkInputs._fill

    def fill(self, out, *rows):
        made.append(rows)
        original(self, out, *rows)

    monkeypatch.setattr(inputs.NetworkInputs, "_fill", fill)
    for rows in ((0, 100), (0, 100), (70, 180), (175, 190)):
        expected = whole[:, 60 + rows[0] : 60 + rows[1], seen[1]]
        torch.testing.assert_close(shown.rows(*rows), expected, rtol=0, atol=1e-5)
    # Each row once, and an even number of parts for what is new, made side by side.
    assert sorted(made) == [(0, 50), (50, 100), (100, 140), (140, 180), (180, 185), (185, 190)]


def test_reflection_mirrors_without_repeating_the_border():
    image = torch.arange(4.0)[None]
    assert reflect(image, (0, 1), (-2, 7))[0].tolist() == [2, 1, 0, 1, 2, 3, 2, 1, 0]
    assert reflect(image[:, :1], (0, 1), (-1, 3))[0].tolist() == [0, 0, 0, 0]
