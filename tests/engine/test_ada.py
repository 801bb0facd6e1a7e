"""The networks of Mask DINO^Ada and Mask2Former^Ada, their parts, and the adaptation on a third model."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from anomaly_lens.engine.models.ada.adaptation import Adaptation, rank_embeddings, select_queries
from anomaly_lens.engine.models.ada.channels import channels, learn_background
from anomaly_lens.engine.models.ada.deformable import deformable_attention
from anomaly_lens.engine.models.ada.heads import Target
from anomaly_lens.engine.models.ada.inputs import REACH, SceneInputs
from anomaly_lens.engine.models.ada.instances import instances
from anomaly_lens.engine.models.ada.mask2former import _outside
from anomaly_lens.engine.models.ada.mask_dino import denoising_mask, noised_boxes
from anomaly_lens.engine.models.ada.network import PAPER, AdaConfig, AdaNetwork
from anomaly_lens.engine.models.ada.pixel_decoder import PixelDecoder
from anomaly_lens.engine.models.uniadrs import interpolation_matrix, load_network
from anomaly_lens.engine.weights import WEIGHTS_FOLDER
from torch import Tensor, nn


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# Deformable attention


def one_sample(image: Tensor, x: float, y: float) -> Tensor:
    """Bilinear sample of (D, H, W) at x, y in [0, 1], zeros outside, pixel by pixel."""
    width, height = image.shape[2], image.shape[1]
    column, row = x * width - 0.5, y * height - 0.5
    total = torch.zeros(len(image), dtype=image.dtype)
    for r in (math.floor(row), math.floor(row) + 1):
        for c in (math.floor(column), math.floor(column) + 1):
            if 0 <= r < height and 0 <= c < width:
                total = total + image[:, r, c] * (1 - abs(row - r)) * (1 - abs(column - c))
    return total


def naive_attention(values: Tensor, shapes: list[tuple[int, int]], locations: Tensor, weights: Tensor) -> Tensor:
    batch, _, heads, width = values.shape
    queries, levels, points = locations.shape[1], len(shapes), locations.shape[4]
    out = torch.zeros(batch, queries, heads, width, dtype=values.dtype)
    for b in range(batch):
        for q in range(queries):
            for h in range(heads):
                start = 0
                for level in range(levels):
                    rows, columns = shapes[level]
                    image = values[b, start : start + rows * columns, h].T.reshape(width, rows, columns)
                    start += rows * columns
                    for p in range(points):
                        x, y = locations[b, q, h, level, p].tolist()
                        out[b, q, h] += weights[b, q, h, level, p] * one_sample(image, x, y)
    return out.flatten(2)


def attention_case(dtype: torch.dtype) -> tuple[Tensor, list[tuple[int, int]], Tensor, Tensor]:
    shapes = [(5, 7), (3, 2)]
    generator = seeded(3)
    values = torch.randn(2, 41, 2, 3, generator=generator, dtype=dtype)
    locations = torch.rand(2, 4, 2, 2, 3, 2, generator=generator, dtype=dtype) * 1.4 - 0.2  # some beyond the maps
    weights = torch.rand(2, 4, 2, 2, 3, generator=generator, dtype=dtype)
    return values, shapes, locations, weights


def test_deformable_attention_is_the_naive_one() -> None:
    case = attention_case(torch.float32)
    torch.testing.assert_close(deformable_attention(*case), naive_attention(*case), rtol=1e-5, atol=1e-5)


def test_gradients_of_deformable_attention() -> None:
    values, shapes, locations, weights = attention_case(torch.float64)
    inputs = [x.requires_grad_() for x in (values, locations, weights)]
    assert torch.autograd.gradcheck(lambda v, p, w: deformable_attention(v, shapes, p, w), inputs, atol=1e-6)


# Adaptation


def test_rank_embeddings_are_those_of_the_paper() -> None:
    scores = torch.tensor([[[0.3, 0.1], [0.9, 0.5]]])
    embedded = rank_embeddings(scores, 4, ranks=None)
    ranks = torch.tensor([[[2.0, 1.0], [4.0, 3.0]]])
    expected = [ranks.sin(), ranks.cos(), (ranks / 10_000).sin(), (ranks / 10_000).cos()]
    torch.testing.assert_close(embedded, torch.stack(expected, 1))


def test_equal_scores_have_equal_ranks() -> None:
    scores = torch.tensor([[[1.0, 2.0, 2.0, 3.0]]])
    first = rank_embeddings(scores, 8, ranks=None)
    assert torch.equal(first[..., 1], first[..., 2])
    torch.testing.assert_close(first[0, 0, 0, 1], torch.tensor(2.5).sin())


def test_ranks_in_percent_do_not_depend_on_the_size_of_the_map() -> None:
    small = torch.arange(900.0).reshape(1, 30, 30)
    large = small.repeat_interleave(4, 1)
    torch.testing.assert_close(rank_embeddings(small, 8), rank_embeddings(large, 8)[:, :, ::4], rtol=0.05, atol=0.05)


def test_queries_come_from_the_peaks_of_the_top_decile() -> None:
    scores = torch.zeros(1, 20, 20)
    peaks = [(3, 4, 0.9), (10, 15, 0.8), (17, 2, 0.7)]
    for row, column, value in peaks:
        scores[0, row - 1 : row + 2, column - 1 : column + 2] = value / 2
        scores[0, row, column] = value
    scores = scores + torch.linspace(0, 1e-3, 400).reshape(1, 20, 20)
    embeddings = torch.randn(1, 6, 20, 20, generator=seeded())
    queries = select_queries(embeddings, scores, 3)
    places = [(round(float(y) * 20 - 0.5), round(float(x) * 20 - 0.5)) for x, y in queries.points[0]]
    assert places == [(row, column) for row, column, _ in peaks]
    for k, (row, column) in enumerate(places):
        assert torch.equal(queries.content[0, k], embeddings[0, :, row, column])
    bound = scores.quantile(0.9)
    many = select_queries(embeddings, scores, 60, seeded())
    rows, columns = (many.points[0, :, 1] * 20).long(), (many.points[0, :, 0] * 20).long()
    assert (scores[0, rows, columns] >= bound).all()


def test_queries_without_generator_are_the_same_each_time() -> None:
    scores, embeddings = torch.rand(2, 16, 16, generator=seeded()), torch.randn(2, 4, 16, 16, generator=seeded())
    first, second = (select_queries(embeddings, scores, 9) for _ in range(2))
    assert torch.equal(first.content, second.content)


def chosen_one_by_one(scores: Tensor, count: int, generator: torch.Generator | None) -> list[list[tuple[int, int]]]:
    """Row and column of the queries of each image, by the words of :func:`select_queries`."""
    found = []
    for image in scores:
        height, width = image.shape
        bound = image.flatten().quantile(0.9)
        places = [(r, c) for r in range(height) for c in range(width)]

        def peak(r: int, c: int, image: Tensor = image) -> bool:
            return bool(image[r, c] >= image[max(0, r - 1) : r + 2, max(0, c - 1) : c + 2].max())

        inside = [p for p in places if image[p] >= bound]
        ordered = sorted(inside, key=lambda p: (not peak(*p), -float(image[p])))
        picked = [ordered[k % len(ordered)] for k in range(count)]
        if generator is not None:
            drawn = torch.randint(len(ordered), (count - count // 2,), generator=generator).tolist()
            picked = picked[: count // 2] + [ordered[k] for k in drawn]
        found.append(picked)
    return found


@pytest.mark.parametrize("random", [False, True])
def test_queries_of_a_batch_are_those_of_each_image(random: bool) -> None:
    """Also where there are fewer candidates than queries, equal scores, and scores that are all the same."""
    scores = torch.stack(
        [
            torch.rand(9, 13, generator=seeded()),
            (torch.rand(9, 13, generator=seeded(1)) * 6).round(),
            torch.zeros(9, 13),
        ]
    )
    embeddings = torch.randn(3, 4, 9, 13, generator=seeded(2))
    found = select_queries(embeddings, scores, 31, seeded(5) if random else None)
    expected = chosen_one_by_one(scores, 31, seeded(5) if random else None)
    for k, places in enumerate(expected):
        rows, columns = (torch.tensor(x) for x in zip(*places, strict=True))
        assert torch.equal(found.content[k], embeddings[k][:, rows, columns].T)
        points = torch.stack([(columns + 0.5) / 13, (rows + 0.5) / 9], -1)
        assert torch.equal(found.points[k], points)


def test_an_empty_mask_hides_nothing_and_others_hide_what_is_outside() -> None:
    masks = torch.randn(2, 3, 8, 8, generator=seeded())
    masks[1, 2] = -1.0
    outside = _outside(masks, (8, 8))
    expected = masks.flatten(2) < 0
    expected[1, 2] = False
    assert torch.equal(outside, expected)
    assert expected.any()


class ToyQueryModel(nn.Module):
    """A model of another make: one linear layer decides on queries that dot-product pixel embeddings."""

    def __init__(self) -> None:
        super().__init__()
        self.fine, self.pixels = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 8, 1)
        self.coarse = nn.ModuleList([nn.Conv2d(6, 8, k, k) for k in (4, 8)])
        self.static = nn.Parameter(torch.randn(4, 8))
        self.adaptation = Adaptation(6, 8, 8)
        self.decide = nn.Linear(8, 8)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the anomaly map, and masks."""
        fine = self.fine(image)
        logit, embeddings, queries = self.adaptation(fine, [c(fine) for c in self.coarse], self.pixels(fine), 4)
        assert queries is not None
        content = self.decide(queries.content + self.static)
        return logit, torch.einsum("bkc,bchw->bkhw", content, embeddings)


def test_the_adaptation_fits_any_query_based_model() -> None:
    model = ToyQueryModel()
    logit, masks = model(torch.randn(2, 3, 32, 32, generator=seeded()))
    assert logit.shape == (2, 1, 32, 32)
    assert masks.shape == (2, 4, 32, 32)
    (logit.mean() + masks.square().mean()).backward()
    without = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum()]
    assert without == []


# Channels


def background_of(image: Tensor) -> object:
    return learn_background(image.flatten(1).T, seeded())


@pytest.mark.parametrize("bands", [4, 5, 40])
def test_three_channels_from_many_bands_show_what_deviates(bands: int) -> None:
    image = 100 + torch.randn(bands, 40, 40, generator=seeded(bands))
    image[:, 20, 10] += torch.where(torch.arange(bands) < (bands + 1) // 2, 12.0, -3.0)
    x = channels(image, background_of(image))
    assert x.shape == (3, 40, 40)
    assert torch.isfinite(x).all()
    assert (x.std((1, 2)) > 0.3).all()  # no channel is lost, as the cosine of one band would be
    assert x.flatten(1).argmax(1).tolist() == [20 * 40 + 10] * 3


@pytest.mark.parametrize(("bands", "order"), [(1, [0, 0, 0]), (2, [0, 1, 1]), (3, [0, 1, 2])])
def test_few_bands_are_the_channels_themselves_in_robust_units(bands: int, order: list[int]) -> None:
    image = 100 + torch.randn(bands, 40, 40, generator=seeded(bands)) * torch.arange(1, bands + 1)[:, None, None]
    image[:, 5, 6] = 1e6
    x = channels(image, background_of(image))
    flat = image.flatten(1)
    low, middle, high = flat.quantile(torch.tensor([0.25, 0.5, 0.75]), dim=1)
    spread = torch.maximum(0.7413 * (high - low), 0.2 * flat.double().std(1).float())
    expected = torch.asinh((flat - middle[:, None]) / spread[:, None])[order]
    torch.testing.assert_close(x.flatten(1), expected)


def test_few_bands_can_be_shown_by_their_distances() -> None:
    image = torch.randn(3, 30, 30, generator=seeded(4)) + 9
    plain = learn_background(image.flatten(1).T, seeded(), distances=True)
    assert len(plain.dictionary) == 16
    assert not torch.allclose(channels(image, plain), channels(image, background_of(image)))


def test_inputs_leave_out_what_is_not_valid_and_do_not_depend_on_the_part() -> None:
    image = torch.randn(4, 200, 200, generator=seeded(5))
    inputs = SceneInputs.learn(image.flatten(1).T, seeded())
    valid = torch.ones(200, 200, dtype=torch.bool)
    valid[50:60, 70:90] = False
    torn = torch.where(valid, image, torch.nan)
    shown = inputs.of(torn, valid)
    assert shown.shape == (17, 200, 200)
    assert torch.isfinite(shown).all() and (shown[:, ~valid] == 0).all()
    inner = (slice(None), slice(20 + REACH, 180 - REACH), slice(10 + REACH, 190 - REACH))
    part = inputs.of(torn[:, 20:180, 10:190], valid[20:180, 10:190])
    torch.testing.assert_close(part[:, REACH : 160 - REACH, REACH : 180 - REACH], shown[inner], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("bands", [1, 5])
def test_channels_do_not_depend_on_the_unit(bands: int) -> None:
    image = torch.rand(bands, 30, 30, generator=seeded(1)).double()
    torch.testing.assert_close(
        channels(image, background_of(image)), channels(3000 * image, background_of(3000 * image)), rtol=1e-3, atol=1e-3
    )


def test_the_dictionary_is_drawn_by_its_seed_and_without_anomalies() -> None:
    pixels = torch.randn(2000, 6, generator=seeded(2))
    pixels[:100] += 30
    first, second = (learn_background(pixels, seeded(5)) for _ in range(2))
    assert torch.equal(first.dictionary, second.dictionary)
    assert (first.dictionary.abs() < 10).all()


# Instances


def test_instances_are_distinct_and_the_surest_come_first() -> None:
    masks = torch.full((6, 8, 8), -8.0)
    masks[0, :4, :4] = 2.0
    masks[1, :4, :5] = 8.0  # mostly the first, and surer of its pixels
    masks[2, 6:, 6:] = 8.0
    masks[4, 6:, :2] = 8.0  # too faint a query; the fourth mask is empty
    masks[5, 3:7, :2] = 3.0  # its first row is the second's already
    logits = torch.tensor([1.0, 1.0, 2.0, 3.0, -6.0, 0.5])
    anomaly = torch.full((8, 8), 3.0)
    anomaly[6:, 6:] = 1.0
    found, scores = instances(logits, masks, anomaly)
    assert [mask.nonzero()[0].tolist() for mask in found] == [[0, 0], [6, 6], [4, 0]]
    assert found.flatten(1).sum(1).tolist() == [20, 4, 6]
    assert found.sum(0).max() == 1
    parts = torch.tensor([[1.0, 8.0, 3.0], [2.0, 8.0, 1.0], [0.5, 3.0, 3.0]])
    torch.testing.assert_close(scores, parts.sigmoid().prod(1))
    none, empty = instances(torch.full((3,), -9.0), torch.randn(3, 8, 8), anomaly)
    assert none.shape == (0, 8, 8) and empty.shape == (0,)


# Networks


@pytest.mark.parametrize("head", ["mask_dino", "mask2former"])
@pytest.mark.parametrize(("refine", "select"), [(False, False), (True, False), (False, True), (True, True)])
def test_both_heads_with_and_without_each_adaptation(
    tiny_ada: AdaConfig, head: str, refine: bool, select: bool
) -> None:
    torch.manual_seed(0)
    network = AdaNetwork(replace(tiny_ada, head=head, refine=refine, select=select)).eval()
    image = torch.randn(2, 3, 64, 48, generator=seeded())
    with torch.inference_mode():
        first, second = network(image), network(image)
    assert first.map_logit.shape == (2, 1, 32, 24)
    assert len(first.predictions) == (1 if head == "mask_dino" else tiny_ada.decoder_layers + 1)
    network.head.train()  # as in learning, where each layer says something
    learning = network(image).predictions
    assert len(learning) == tiny_ada.decoder_layers + 1
    torch.testing.assert_close(learning[-1].masks, first.predictions[-1].masks)
    assert first.predictions[-1].masks.shape == (2, 5, 32, 24)
    assert first.denoised == []
    assert torch.equal(first.predictions[-1].masks, second.predictions[-1].masks)
    assert (first.predictions[-1].boxes is not None) == (head == "mask_dino")


@pytest.mark.parametrize("head", ["mask_dino", "mask2former"])
def test_every_parameter_learns(tiny_ada: AdaConfig, head: str) -> None:
    torch.manual_seed(0)
    network = AdaNetwork(replace(tiny_ada, head=head)).train()
    masks = torch.zeros(2, 32, 32)
    masks[0, 2:6, 3:8] = masks[1, 20:30, 10:30] = 1
    targets = [
        Target(masks, torch.tensor([[0.17, 0.12, 0.16, 0.12], [0.6, 0.8, 0.6, 0.3]])),
        Target(masks[:0], torch.zeros(0, 4)),
    ]
    from anomaly_lens.training.losses.instances import MASK2FORMER, MASK_DINO

    criterion = MASK_DINO if head == "mask_dino" else MASK2FORMER
    output = network(torch.randn(2, 3, 64, 64, generator=seeded()), targets, seeded())
    parts = criterion(output.predictions, targets, output.denoised)
    (torch.stack(list(parts.values())).sum() + output.map_logit.square().mean()).backward()
    without = [name for name, p in network.named_parameters() if p.grad is None]
    assert without == []


def test_the_papers_networks_can_be_built_and_are_as_large_as_it_says() -> None:
    with torch.device("meta"):
        counts = {
            h: sum(p.numel() for p in AdaNetwork(replace(PAPER, head=h)).parameters())
            for h in ("mask_dino", "mask2former")
        }
    assert counts["mask_dino"] == pytest.approx(54e6, rel=0.12)
    assert counts["mask2former"] == pytest.approx(46e6, rel=0.12)


SHIPPED = replace(AdaConfig(), queries=7)


@pytest.mark.parametrize("stride", [1, 2])
def test_the_pretrained_trunk_makes_masks_at_full_and_half_resolution(stride: int) -> None:
    torch.manual_seed(0)
    network = AdaNetwork(SHIPPED).eval()
    with torch.inference_mode():
        output = network(torch.randn(2, network.trunk.inputs, 64, 48, generator=seeded()), stride=stride)
    assert output.map_logit.shape == (2, 1, 64 // stride, 48 // stride)
    assert output.predictions[-1].masks.shape == (2, 7, 64 // stride, 48 // stride)


def test_the_pretrained_trunk_has_the_features_of_uniadrs() -> None:
    uniadrs, _ = load_network(WEIGHTS_FOLDER / "uniadrs", "spatial")
    uniadrs.eval()
    network = AdaNetwork(SHIPPED)
    network.trunk.begin_with(uniadrs)
    x = torch.rand(1, network.trunk.inputs, 48, 32, generator=seeded())
    bands, maps = x[:, :3], x[:, 3:]
    with torch.inference_mode():
        expected = uniadrs.backbone(bands, maps, interpolation_matrix(3))
        found = network.trunk.network.backbone(bands, maps, bands)
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


def test_a_mask_knows_where_its_query_is() -> None:
    """Two pixels whose features are equal get different logits of one query, by their places alone."""
    torch.manual_seed(0)
    decoder = PixelDecoder(4, [4, 4, 4], 16, 2, 1, 16)
    even = [torch.ones(1, 4, n, n) for n in (32, 16, 8, 4)]
    embeddings = decoder(even[0], even[1:]).embeddings[0]
    inner = embeddings[:, 8:24, 8:24].flatten(1)
    assert torch.cdist(inner.T, inner.T).add(torch.eye(256) * 9).min() > 1e-3


def test_a_card_gives_the_network_back() -> None:
    assert AdaConfig.from_dict(AdaConfig().to_dict()) == AdaConfig()
    assert AdaConfig.from_dict(PAPER.to_dict()) == PAPER


# Denoising


def test_denoising_queries_see_their_own_group_and_what_is_sought_sees_none() -> None:
    blocked = denoising_mask(4, 2, 7, torch.device("cpu"))
    assert not blocked[0, :2].any() and blocked[0, 2:4].all() and not blocked[0, 4:].any()
    assert blocked[4:, :4].all() and not blocked[4:, 4:].any()


def test_noised_boxes_stay_near_the_true_ones() -> None:
    boxes = torch.tensor([[0.5, 0.5, 0.2, 0.1], [0.3, 0.4, 0.1, 0.1]])
    noised, groups = noised_boxes(
        [Target(torch.zeros(2, 4, 4), boxes), Target(torch.zeros(0, 4, 4), boxes[:0])], seeded()
    )
    assert noised.shape == (2, 2 * groups, 4)
    off = (noised[0].reshape(groups, 2, 4) - boxes).abs()
    assert (off[..., :2] <= 0.2 * boxes[:, 2:] + 1e-6).all()
    assert (off[..., 2:] <= 0.4 * boxes[:, 2:] + 1e-6).all()
    assert off.max() > 0
