"""Matching and the criteria of instance segmentation, on cases worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from anomaly_lens.engine.models.ada.heads import Prediction, Target
from anomaly_lens.training.losses.instances import (
    MASK2FORMER,
    MASK_DINO,
    Criterion,
    corners,
    generalised_iou,
)

SURE = 20.0


def two_objects() -> Target:
    masks = torch.zeros(2, 4, 4)
    masks[0, 0, :2] = masks[1, 2:, 2:] = 1
    return Target(masks, torch.tensor([[0.25, 0.125, 0.5, 0.25], [0.75, 0.75, 0.5, 0.5]]))


def perfect(target: Target, order: list[int], queries: int = 3) -> Prediction:
    """Queries that say the objects in another order; the rest say nothing."""
    logits = torch.full((1, queries), -SURE)
    masks = torch.full((1, queries, 4, 4), -SURE)
    boxes = torch.full((1, queries, 4), 0.5)
    for instance, query in enumerate(order):
        logits[0, query] = SURE
        masks[0, query] = (2 * target.masks[instance] - 1) * SURE
        boxes[0, query] = target.boxes[instance]
    return Prediction(logits, masks, boxes)


@pytest.mark.parametrize("criterion", [MASK_DINO, MASK2FORMER])
def test_each_instance_is_matched_with_the_query_that_found_it(criterion: Criterion) -> None:
    target = two_objects()
    ((rows, columns),) = criterion.match(perfect(target, [2, 0]), [target])
    assert dict(zip(columns.tolist(), rows.tolist(), strict=True)) == {0: 2, 1: 0}


@pytest.mark.parametrize("part", ["score", "mask", "dice", "box", "overlap"])
def test_each_part_alone_matches_an_instance_with_its_query(part: str) -> None:
    target = Target(two_objects().masks[:1], two_objects().boxes[:1])
    alone = Criterion(**{**dict.fromkeys(("score", "mask", "dice", "box", "overlap"), 0.0), part: 1.0})
    prediction = perfect(target, [2])
    prediction.masks[0, 0] = SURE  # what covers all covers the object, too
    ((rows, columns),) = alone.match(prediction, [target])
    assert (rows.tolist(), columns.tolist()) == ([2], [0])


@pytest.mark.parametrize("criterion", [MASK_DINO, MASK2FORMER])
def test_costs_of_matching_by_hand(criterion: Criterion) -> None:
    target, queries = two_objects(), 3
    drawn = torch.Generator().manual_seed(0)
    logits, masks = torch.randn(1, queries, generator=drawn), torch.randn(1, queries, 4, 4, generator=drawn)
    boxes = torch.rand(1, queries, 4, generator=drawn) if criterion.box else None
    costs = criterion._costs(Prediction(logits, masks, boxes), 0, target)
    for query in range(queries):
        p = logits[0, query].sigmoid()
        focal = 0.25 * (1 - p) ** 2 * -p.log() - 0.75 * p**2 * -(1 - p).log()
        for instance in range(2):
            truth, pixels = target.masks[instance], masks[0, query].sigmoid()
            entropy = -(truth * pixels.log() + (1 - truth) * (1 - pixels).log()).mean()
            dice = 1 - (2 * (pixels * truth).sum() + 1) / (pixels.sum() + truth.sum() + 1)
            expected = criterion.score * (focal if criterion.focal else -p) + 5 * entropy + 5 * dice
            if boxes is not None:
                known = target.boxes[instance]
                expected += 5 * (boxes[0, query] - known).abs().sum()
                expected -= 2 * generalised_iou(corners(boxes[0, query]), corners(known))
            assert costs[query, instance].item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_entropy_that_costs_hold_is_that_of_torch() -> None:
    """Computed by less than every pair's pixels: nothing but rounding may differ, for sure and unsure logits alike."""
    queries, instances, side = 20, 7, 24
    drawn = torch.Generator().manual_seed(0)
    masks = torch.randn(1, queries, side, side, generator=drawn) * torch.logspace(-1, 2, queries)[:, None, None]
    truth = (
        torch.rand(instances, side, side, generator=drawn) < torch.linspace(0, 1, instances)[:, None, None]
    ).float()
    alone = Criterion(score=0.0, mask=1.0, dice=0.0, box=0.0, overlap=0.0)
    costs = alone._costs(Prediction(torch.zeros(1, queries), masks), 0, Target(truth, torch.zeros(instances, 4)))
    pairs = (each.double().expand(queries, instances, side, side) for each in (masks[0, :, None], truth[None]))
    expected = torch.nn.functional.binary_cross_entropy_with_logits(*pairs, reduction="none").mean((2, 3))
    torch.testing.assert_close(costs.double(), expected, rtol=1e-5, atol=1e-5)


def test_matching_keeps_its_digits_where_all_else_is_computed_in_half() -> None:
    """Queries of which one is a little better: bfloat16, which holds two to three digits, does not tell them apart."""
    target = two_objects()
    prediction = perfect(target, [2, 0])
    prediction.masks[0, 1] = prediction.masks[0, 2] * 1.001
    prediction.masks[0, 2, 3] = SURE - SURE * 1.999
    prediction.logits[:], prediction.boxes[:] = 0, 0.5
    plain = MASK_DINO.match(prediction, [target])
    with torch.autocast("cpu", torch.bfloat16):
        half = MASK_DINO.match(prediction, [target])
    assert [each.tolist() for each in half[0]] == [each.tolist() for each in plain[0]]


def test_queries_that_are_no_numbers_are_matched_last() -> None:
    """A step that went wrong is left out by the trainer, and must not end the training before that."""
    target = Target(two_objects().masks[:1], two_objects().boxes[:1])
    prediction = perfect(target, [1])
    prediction.masks[0, 0] = prediction.masks[0, 2] = float("nan")
    ((rows, _),) = MASK_DINO.match(prediction, [target])
    assert rows.tolist() == [1]


@pytest.mark.parametrize("criterion", [MASK_DINO, MASK2FORMER])
def test_losses_are_means_over_the_instances_of_all_images(criterion: Criterion) -> None:
    target = two_objects()
    prediction = perfect(target, [2, 0])
    prediction.masks[:] = 0
    parts = criterion([prediction], [target])
    assert parts["mask"].item() == pytest.approx(5 * math.log(2), rel=1e-5)
    dice = [1 - (size + 1) / (8 + size + 1) for size in (2, 4)]
    assert parts["dice"].item() == pytest.approx(5 * sum(dice) / 2, rel=1e-5)
    twice = Prediction(
        *(
            None if each is None else each.repeat(2, *[1] * (each.dim() - 1))
            for each in (prediction.logits, prediction.masks, prediction.boxes)
        )
    )
    for name, value in criterion([twice], [target, target]).items():
        assert value.item() == pytest.approx(parts[name].item(), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("criterion", [MASK_DINO, MASK2FORMER])
def test_a_perfect_prediction_costs_nothing(criterion: Criterion) -> None:
    target = two_objects()
    parts = criterion([perfect(target, [2, 0])], [target])
    assert sum(parts.values()) == pytest.approx(0, abs=1e-4)


def test_focal_loss_by_hand() -> None:
    target = Target(torch.ones(1, 1, 1), torch.tensor([[0.5, 0.5, 1.0, 1.0]]))
    p = 0.3
    logit = math.log(p / (1 - p))
    prediction = Prediction(
        torch.tensor([[logit, -SURE]]), torch.full((1, 2, 1, 1), SURE), target.boxes.expand(2, 4)[None].clone()
    )
    parts = MASK_DINO([prediction], [target])
    assert parts["score"].item() == pytest.approx(4 * 0.25 * (1 - p) ** 2 * -math.log(p), rel=1e-5)


def test_cross_entropy_by_hand_counts_those_that_find_nothing_a_tenth() -> None:
    target = Target(torch.ones(1, 1, 1), torch.tensor([[0.5, 0.5, 1.0, 1.0]]))
    masks = torch.tensor([SURE, -SURE]).reshape(1, 2, 1, 1)
    parts = MASK2FORMER([Prediction(torch.zeros(1, 2), masks)], [target])
    assert parts["score"].item() == pytest.approx(2 * math.log(2), rel=1e-5)
    worse = MASK2FORMER([Prediction(torch.tensor([[0.0, 2.0]]), masks)], [target])
    expected = 2 * (math.log(2) + 0.1 * math.log(1 + math.exp(2.0))) / 1.1
    assert worse["score"].item() == pytest.approx(expected, rel=1e-5)


def test_mask_losses_by_hand() -> None:
    truth = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    target = Target(truth[None], torch.tensor([[0.25, 0.25, 0.5, 0.5]]))
    prediction = Prediction(torch.full((1, 1), SURE), torch.zeros(1, 1, 2, 2))
    parts = MASK2FORMER([prediction], [target])
    assert parts["mask"].item() == pytest.approx(5 * math.log(2), rel=1e-5)
    assert parts["dice"].item() == pytest.approx(5 * (1 - (2 * 0.5 + 1) / (4 * 0.5 + 1 + 1)), rel=1e-5)


def test_box_losses_by_hand() -> None:
    target = Target(torch.ones(1, 1, 1), torch.tensor([[0.25, 0.25, 0.5, 0.5]]))
    prediction = Prediction(
        torch.full((1, 1), SURE), torch.full((1, 1, 1, 1), SURE), torch.tensor([[[0.75, 0.75, 0.5, 0.5]]])
    )
    parts = MASK_DINO([prediction], [target])
    assert parts["box"].item() == pytest.approx(5 * 1.0)
    assert parts["overlap"].item() == pytest.approx(2 * (1 - (0 - 0.5)))  # apart: no overlap, half of the hull empty


def test_generalised_iou_of_nested_and_equal_boxes() -> None:
    outer, inner = corners(torch.tensor([0.5, 0.5, 1.0, 1.0])), corners(torch.tensor([0.5, 0.5, 0.5, 0.5]))
    assert generalised_iou(outer, inner).item() == pytest.approx(0.25)
    assert generalised_iou(inner, inner).item() == pytest.approx(1.0)


def test_an_image_without_instances_teaches_that_there_is_nothing() -> None:
    empty = Target(torch.zeros(0, 4, 4), torch.zeros(0, 4))
    logits = torch.zeros(1, 3, requires_grad=True)
    parts = MASK_DINO([Prediction(logits, torch.zeros(1, 3, 4, 4, requires_grad=True), torch.rand(1, 3, 4))], [empty])
    assert parts["mask"].item() == parts["dice"].item() == 0
    parts["score"].backward()
    assert (logits.grad > 0).all()


def test_denoising_queries_learn_their_own_instance_and_padding_nothing() -> None:
    full, small = two_objects(), Target(two_objects().masks[:1], two_objects().boxes[:1])
    groups = 2
    logits = torch.zeros(2, 2 * groups, requires_grad=True)
    masks = torch.zeros(2, 2 * groups, 4, 4, requires_grad=True)
    denoised = Prediction(logits, masks, torch.full((2, 2 * groups, 4), 0.5))
    quiet = Prediction(torch.full((2, 2), -SURE), torch.zeros(2, 2, 4, 4), torch.rand(2, 2, 4))
    parts = MASK_DINO([quiet], [full, small], [denoised])
    parts["denoising_mask"].backward(retain_graph=True)
    used = masks.grad.abs().sum((2, 3)) > 0
    assert used.tolist() == [[True] * 4, [True, False, True, False]]
    # More groups that say the same cost the same.
    once = Prediction(logits[:, :2], masks[:, :2], denoised.boxes[:, :2])
    for name, value in MASK_DINO([quiet], [full, small], [once]).items():
        assert value.item() == pytest.approx(parts[name].item(), rel=1e-5)
    parts["denoising_score"].backward()
    assert (logits.grad != 0).tolist() == [[True] * 4, [True, False, True, False]]


def test_sampled_points_are_mostly_the_uncertain_ones() -> None:
    masks = torch.full((1, 40, 40), SURE)
    masks[0, :20] = torch.linspace(-1, 1, 40)
    truth = torch.rand(1, 40, 40, generator=torch.Generator().manual_seed(0)).round()
    criterion = Criterion(points=64)
    logit, known = criterion._sampled(masks, truth, torch.Generator().manual_seed(1))
    assert logit.shape == known.shape == (1, 64)
    assert (logit.abs() <= 1).float().mean() > 0.75
    every, _ = Criterion()._sampled(masks, truth, None)
    assert every.shape == (1, 1600)
