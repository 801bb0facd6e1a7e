"""The losses against hand-computed values and gradients."""

from __future__ import annotations

import math

import pytest
import torch
from anomaly_lens.training.losses import PixelLoss, cross_entropy, feature_loss, pairwise_loss, surrogate
from anomaly_lens.training.losses.feature import hypersphere
from anomaly_lens.training.losses.pixel import LARGEST_MULTIPLIER


def logit(score: float) -> float:
    return math.log(score / (1 - score))


@pytest.mark.parametrize(
    ("score", "positive", "threshold", "expected"),
    [
        (0.8, True, 0.7, -math.log(0.8)),
        (0.5, True, 0.7, math.log(0.5) / math.log(0.7)),
        (0.2, False, 0.7, -math.log(0.8)),
        (0.9, False, 0.7, math.log(0.1) / math.log(0.7)),
        # at the threshold itself, an anomaly is found, and so is a false alarm
        (0.5, True, 0.5, -math.log(0.5)),
        (0.5, False, 0.5, 1.0),
    ],
)
def test_surrogate_has_the_four_cases_of_equation_8(score, positive, threshold, expected):
    value = surrogate(torch.tensor([logit(score)], dtype=torch.float64), positive, threshold)
    assert value.item() == pytest.approx(expected, rel=1e-9)


def test_surrogate_gradient_is_that_of_the_logarithm():
    x = torch.tensor([logit(0.8), logit(0.5)], dtype=torch.float64, requires_grad=True)
    surrogate(x, True, 0.7).sum().backward()
    # d(-log sigmoid(x))/dx = sigmoid(x) - 1, the misranked one over -log t
    assert x.grad[0].item() == pytest.approx(0.8 - 1)
    assert x.grad[1].item() == pytest.approx((0.5 - 1) / -math.log(0.7))


def test_pixel_loss_is_the_sum_over_anchors_of_equation_10():
    loss = PixelLoss(thresholds=(0.8, 0.6), rates=(0.1, 0.3))
    scores = torch.tensor([0.7, 0.9, 0.1, 0.65])
    anomaly, background = torch.tensor([3.0, 1.0, 0.0, 0.0]), torch.tensor([0.0, 0.0, 1.0, 4.0])
    value = loss(torch.logit(scores), anomaly, background)
    miss = [
        (3 * math.log(0.7) / math.log(0.8) - math.log(0.9)) / 4,
        (-3 * math.log(0.7) - math.log(0.9)) / 4,
    ]
    alarm = [
        (-math.log(0.9) - 4 * math.log(0.35)) / 5,
        (-math.log(0.9) + 4 * math.log(0.35) / math.log(0.6)) / 5,
    ]
    steps, rates = (0.1, 0.2), (0.1, 0.3)
    # the multipliers begin at the steps
    expected = sum(d * m + d * (a - r) for d, m, a, r in zip(steps, miss, alarm, rates)) / 0.3
    assert value.item() == pytest.approx(expected, rel=1e-5)


def test_multipliers_rise_where_the_false_alarm_rate_is_too_high():
    loss = PixelLoss(thresholds=(0.6,), rates=(0.05,))
    logits = torch.tensor([2.0, 2.0])
    loss(logits, torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])).backward()
    before = loss.multipliers.item()
    torch.optim.SGD(loss.parameters(), lr=0.01).step()
    assert loss.multipliers.item() > before
    torch.optim.SGD(loss.parameters(), lr=100.0).step()
    loss.keep_within_limits()
    assert loss.multipliers.item() == pytest.approx(LARGEST_MULTIPLIER)
    loss.multipliers.data.fill_(-1)
    loss.keep_within_limits()
    assert loss.multipliers.item() == 0


def test_pixel_loss_ignores_pixels_without_weight():
    loss = PixelLoss()
    anomaly, background = torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0])
    first = loss(torch.tensor([0.3, -0.4, 9.0]), anomaly, background)
    second = loss(torch.tensor([0.3, -0.4, -9.0]), anomaly, background)
    assert first.item() == second.item()


def test_pixel_loss_falls_as_the_margin_grows():
    loss = PixelLoss()
    anomaly, background = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    values = [loss(torch.tensor([m, -m]), anomaly, background).item() for m in (-1.0, 0.0, 1.0, 3.0, 5.0)]
    assert values == sorted(values, reverse=True)


def test_losses_of_a_scene_without_anomaly_are_zero():
    scores, none, every = torch.randn(8, requires_grad=True), torch.zeros(8), torch.ones(8)
    for loss in (PixelLoss(), pairwise_loss):
        value = loss(scores, none, every)
        value.backward()
        assert value.item() == 0


@pytest.mark.parametrize("missing", ["anomaly", "background"])
def test_features_of_one_kind_alone_have_no_loss(missing):
    one = torch.ones(8, dtype=torch.bool)
    kinds = {"anomaly": one, "background": one, missing: ~one}
    features = torch.randn(3, 8, requires_grad=True)
    value = feature_loss(features, **kinds)
    value.backward()
    assert value.item() == 0 and not features.grad.any()


def test_thresholds_and_rates_must_match():
    with pytest.raises(ValueError, match="as many"):
        PixelLoss(thresholds=(0.5,), rates=(0.1, 0.2))


def test_hypersphere_is_equations_11_to_13():
    features = torch.tensor([[0.0, 0.0], [2.0, 0.0], [1.0, 3.0]])
    center, loose = hypersphere(features, beta=2.0)
    assert center.tolist() == [1.0, 1.0]
    squared = [2.0, 2.0, 4.0]
    radius = sum(squared) / 3
    assert loose.item() == pytest.approx(radius + 2.0 * (4.0 - radius) / 3)


def test_feature_loss_is_equation_14():
    raw = torch.tensor([[[-1.0, 2.0, 0.5, 0.0]], [[0.3, -0.2, 1.0, -2.0]]])
    anomaly = torch.tensor([[True, True, False, False]])
    value = feature_loss(raw, anomaly, ~anomaly, beta=1.5)
    squashed = torch.sigmoid(raw).reshape(2, 4).T
    center_a, loose_a = hypersphere(squashed[:2], 1.5)
    center_b, loose_b = hypersphere(squashed[2:], 1.5)
    assert value.item() == pytest.approx((-(center_a - center_b).square().sum() + loose_a + loose_b).item())


def test_feature_loss_parts_the_centres():
    raw = torch.randn(4, 6, 6, generator=torch.Generator().manual_seed(1)).requires_grad_()
    anomaly = torch.zeros(6, 6, dtype=torch.bool)
    anomaly[:2] = True
    optimizer = torch.optim.SGD([raw], lr=5.0)

    def distance() -> float:
        x = torch.sigmoid(raw.detach())
        return (x[:, anomaly].mean(1) - x[:, ~anomaly].mean(1)).norm().item()

    before = distance()
    for _ in range(200):
        optimizer.zero_grad()
        feature_loss(raw, anomaly, ~anomaly).backward()
        optimizer.step()
    assert distance() > before + 0.3


def test_cross_entropy_balances_the_classes():
    logits = torch.zeros(100)
    anomaly = torch.zeros(100)
    anomaly[0] = 1
    assert cross_entropy(logits, anomaly, 1 - anomaly).item() == pytest.approx(2 * math.log(2))


def test_pairwise_loss_pushes_the_highest_background_pixel_down():
    logits = torch.tensor([0.0, 3.0, *[-1.0] * 50], requires_grad=True)
    anomaly = torch.zeros(52)
    anomaly[0] = 1
    pairwise_loss(logits, anomaly, 1 - anomaly, torch.Generator().manual_seed(0)).backward()
    assert logits.grad[0] < 0
    assert logits.grad[1] == logits.grad.max() > 0


def test_pairwise_loss_by_hand():
    """A pair in two has one of the highest 2,048 of 16,384 draws from the background, of which a tenth is high."""
    high, low = (math.log1p(math.exp(1 - (2.0 - score))) for score in (6.0, -1.0))
    hard = 0.1 * 16384 / 2048  # of these draws, so many are high
    expected = 0.5 * (hard * high + (1 - hard) * low) + 0.5 * (0.1 * high + 0.9 * low)
    logits, anomaly = torch.tensor([2.0, 6.0, -1.0]), torch.tensor([1.0, 0.0, 0.0])
    background = torch.tensor([0.0, 0.1, 0.9])
    value = pairwise_loss(logits, anomaly, background, torch.Generator().manual_seed(0)).item()
    assert value == pytest.approx(expected, rel=0.05)


def test_pairs_are_drawn_as_pixels_weigh():
    logits = torch.zeros(10, requires_grad=True)
    anomaly, background = torch.zeros(10), torch.zeros(10)
    anomaly[:2], background[2] = torch.tensor([3.0, 1.0]), 1
    pairwise_loss(logits, anomaly, background, torch.Generator().manual_seed(0)).backward()
    assert (logits.grad[0] / logits.grad[1]).item() == pytest.approx(3, rel=0.1)
