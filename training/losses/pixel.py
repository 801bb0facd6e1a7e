"""The large-margin pixel loss L_p of UniADRS (Eq. 8-10), and plainer losses to compare it with."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

THRESHOLDS = (0.9, 0.85, 0.8, 0.75, 0.7, 0.6)
RATES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3)

LARGEST_MULTIPLIER = 0.1

_PAIRS = 4096


def surrogate(logit: Tensor, positive: bool, threshold: Tensor | float) -> Tensor:
    """The large-margin surrogate of the zero-one loss, Eq. 8.

    With the score S = sigmoid(logit): -log S for an anomaly at or above the threshold t, log S / log t for one below;
    -log(1 - S) for background below t, log(1 - S) / log t at or above. Even the rightly ranked cost something, the less
    the larger their margin.

    Args:
        logit: any shape.
        positive: whether these pixels are anomalies.
        threshold: t, strictly between 0 and 1.

    Returns:
        Losses, of the logits' shape.
    """
    threshold = torch.as_tensor(threshold, dtype=logit.dtype, device=logit.device)
    score = torch.sigmoid(logit.detach())
    right = score >= threshold if positive else score < threshold
    cost = functional.softplus(-logit if positive else logit)
    return torch.where(right, cost, cost / -torch.log(threshold))


class _Ascend(torch.autograd.Function):
    """The identity, with its gradient's sign turned: what a minimiser does to it is a maximisation."""

    @staticmethod
    def forward(_: torch.autograd.function.FunctionCtx, x: Tensor) -> Tensor:  # type: ignore[override]
        return x.clone()

    @staticmethod
    def backward(_: torch.autograd.function.FunctionCtx, gradient: Tensor) -> Tensor:  # type: ignore[override]
        return -gradient


class PixelLoss(nn.Module):
    r"""L_p of Eq. 10: AUC as a sum over anchors, each with a threshold, a false alarm rate and a multiplier.

    .. math:: L_p = \sum_i \Delta_i (1 - \overline{TPR}(S, t_i)) + \lambda_i (\overline{FPR}(S, t_i) - \eta_i)

    (Eq. 9 gives the rates with the surrogate of Eq. 8 in the zero-one loss's place.) Minimised over the network,
    maximised over the multipliers. Three things the paper leaves open are settled so: rates are means, so the
    constraint is :math:`\overline{FPR} \le \eta_i`, without the factor \|A\|; the thresholds stay where the authors'
    code has them, for the gradient that Eq. 8 gives them only ever lowers them; multipliers are kept within
    [0, 0.1], twice their share of the anomalies' weight: without a limit the surrogate of FPR, which no network
    brings below eta, lets them grow until only background counts. What :meth:`forward` gives is the sum over
    :math:`\eta_k`, so that anchors weigh one together.

    Args:
        thresholds: t_1 … t_k.
        rates: eta_1 … eta_k, ascending.
    """

    thresholds: Tensor
    rates: Tensor
    steps: Tensor

    def __init__(self, thresholds: tuple[float, ...] = THRESHOLDS, rates: tuple[float, ...] = RATES) -> None:
        super().__init__()
        if len(thresholds) != len(rates):
            msg = "there are as many thresholds as false alarm rates"
            raise ValueError(msg)
        self.register_buffer("thresholds", torch.tensor(thresholds))
        self.register_buffer("rates", torch.tensor(rates))
        self.register_buffer("steps", torch.tensor(rates).diff(prepend=torch.zeros(1)))
        # Begins balanced: each anchor weighs misses and false alarms alike.
        self.multipliers = nn.Parameter(self.steps.clone())

    @torch.no_grad()
    def keep_within_limits(self) -> None:
        """Bring the multipliers back into their range; to be called after each step of the optimiser."""
        self.multipliers.clamp_(0, LARGEST_MULTIPLIER)

    def forward(self, logit: Tensor, anomaly: Tensor, background: Tensor) -> Tensor:
        """The loss of a batch.

        Args:
            logit: (N,) or any shape.
            anomaly: weight of each pixel as an anomaly, same shape; 0: it is none.
            background: weight as background, likewise; a pixel with neither weight is ignored.
        """
        positive, negative = anomaly > 0, background > 0
        if not positive.any() or not negative.any():
            return logit.sum() * 0
        multipliers = _Ascend.apply(self.multipliers)
        total = logit.new_zeros(())
        for step, threshold, rate, multiplier in zip(self.steps, self.thresholds, self.rates, multipliers, strict=True):
            miss = _mean(surrogate(logit[positive], True, threshold), anomaly[positive])
            alarm = _mean(surrogate(logit[negative], False, threshold), background[negative])
            total = total + step * miss + multiplier * (alarm - rate)
        return total / self.steps.sum()


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum() / weights.sum()


def cross_entropy(logit: Tensor, anomaly: Tensor, background: Tensor) -> Tensor:
    """Class-balanced cross-entropy, pixel weights as in :class:`PixelLoss`: the proxy loss of the paper's Table V."""
    miss = (functional.softplus(-logit) * anomaly).sum() / anomaly.sum().clamp(min=1e-6)
    alarm = (functional.softplus(logit) * background).sum() / background.sum().clamp(min=1e-6)
    return miss + alarm


def pairwise_loss(
    logit: Tensor, anomaly: Tensor, background: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """softplus(1 - (S(a) - S(b))) on random pairs, half of them with the background's highest scores.

    Args:
        logit: (N,).
        anomaly: weights as in :class:`PixelLoss`; pairs are drawn in proportion to them.
        background: likewise.
        generator: of the draws.
    """
    if not (anomaly > 0).any() or not (background > 0).any():
        return logit.sum() * 0
    first = torch.multinomial(anomaly, _PAIRS, replacement=True, generator=generator)
    easy = torch.multinomial(background, 4 * _PAIRS, replacement=True, generator=generator)
    hard = easy[logit.detach()[easy].topk(_PAIRS // 2).indices]
    second = torch.cat([easy[: _PAIRS - len(hard)], hard])
    return functional.softplus(1 - (logit[first] - logit[second])).mean()
