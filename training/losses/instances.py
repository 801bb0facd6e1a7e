"""The losses of instance segmentation: matching, and the original criteria of Mask DINO and Mask2Former.

Both match predictions one to one with the true instances (Hungarian) and sum classification, mask and dice losses over
all decoder layers; Mask DINO adds boxes, denoising, and focal in the place of cross-entropy. Costs and weights are
those of the published configurations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn import functional

from ...engine.models.ada.heads import Prediction, Target

FOCAL_ALPHA, FOCAL_GAMMA = 0.25, 2.0


@dataclass(frozen=True)
class Criterion:
    """Weights of the parts, in matching and in the loss alike.

    Attributes:
        score: of the classification.
        mask: of the pixel-wise cross-entropy.
        dice: of the dice loss.
        box: of the L1 distance of boxes; 0 without boxes.
        overlap: of 1 - GIoU.
        focal: focal loss of the scores, as in Mask DINO; else cross-entropy in which those that find nothing weigh a
            tenth, as in Mask2Former.
        points: pixels that masks are compared at, three quarters of them where the prediction is least certain; None:
            all, which for small images costs less than choosing.
    """

    score: float = 4.0
    mask: float = 5.0
    dice: float = 5.0
    box: float = 5.0
    overlap: float = 2.0
    focal: bool = True
    points: int | None = None

    def __call__(
        self,
        predictions: Sequence[Prediction],
        targets: Sequence[Target],
        denoised: Sequence[Prediction] = (),
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """The weighted parts, summed over layers.

        Args:
            predictions: of each layer.
            targets: of each image.
            denoised: of Mask DINO's denoising queries.
            generator: of the sampled points.
        """
        count = max(1.0, float(sum(len(target.boxes) for target in targets)))
        total: dict[str, Tensor] = {}
        for prediction in predictions:
            _add(total, self._layer(prediction, targets, self.match(prediction, targets), count, generator))
        if denoised:
            most = max(len(target.boxes) for target in targets)
            groups = denoised[0].logits.shape[1] // most
            known = [_every_group(len(target.boxes), most, groups) for target in targets]
            for prediction in denoised:
                parts = self._layer(prediction, targets, known, count * groups, generator, padded=most)
                _add(total, {f"denoising_{name}": value for name, value in parts.items()})
        return total

    def match(self, prediction: Prediction, targets: Sequence[Target]) -> list[tuple[Tensor, Tensor]]:
        """For each image, which query belongs to which instance: the cheapest one-to-one pairing."""
        pairs = []
        with torch.no_grad(), torch.autocast(prediction.masks.device.type, enabled=False):
            for index, target in enumerate(targets):
                cost = self._costs(prediction, index, target).nan_to_num(1e6).cpu().numpy()
                rows, columns = linear_sum_assignment(cost)
                pairs.append((torch.as_tensor(rows), torch.as_tensor(columns)))
        return pairs

    def _costs(self, prediction: Prediction, index: int, target: Target) -> Tensor:
        """(K, N)."""
        logit = prediction.logits[index]
        if self.focal:
            p = logit.sigmoid()
            positive = FOCAL_ALPHA * (1 - p) ** FOCAL_GAMMA * functional.softplus(-logit)
            negative = (1 - FOCAL_ALPHA) * p**FOCAL_GAMMA * functional.softplus(logit)
            score = positive - negative
        else:
            score = -logit.sigmoid()
        masks = prediction.masks[index].flatten(1).float()
        truth = target.masks.flatten(1).float()
        # The entropy of a logit m against a truth t is softplus(m) - m t; the first part is the same for all truths.
        # Their difference is small, where both sums are large: in float32, and not in half of its digits.
        entropy = (functional.softplus(masks).sum(1)[:, None] - masks @ truth.T) / masks.shape[1]
        p = masks.sigmoid()
        dice = 1 - (2 * p @ truth.T + 1) / (p.sum(1)[:, None] + truth.sum(1)[None] + 1)
        cost = self.score * score[:, None] + self.mask * entropy + self.dice * dice
        if prediction.boxes is not None:
            boxes = prediction.boxes[index]
            cost = cost + self.box * torch.cdist(boxes, target.boxes, p=1.0)
            cost = cost + self.overlap * -generalised_iou(corners(boxes)[:, None], corners(target.boxes)[None])
        return cost

    def _layer(
        self,
        prediction: Prediction,
        targets: Sequence[Target],
        pairs: Sequence[tuple[Tensor, Tensor]],
        count: float,
        generator: torch.Generator | None,
        padded: int = 0,
    ) -> dict[str, Tensor]:
        images = torch.cat([torch.full_like(rows, image) for image, (rows, _) in enumerate(pairs)])
        rows = torch.cat([rows for rows, _ in pairs])
        wanted = torch.zeros_like(prediction.logits)
        wanted[images, rows] = 1.0
        real = torch.ones_like(wanted)
        if padded:
            # Padding of the denoising queries stands for nothing, and is not to learn that it does.
            own = torch.tensor([len(target.boxes) for target in targets], device=wanted.device)
            real = (torch.arange(wanted.shape[1], device=wanted.device)[None] % padded < own[:, None]).float()
        parts = {"score": self.score * self._score_loss(prediction.logits, wanted, real, count)}
        if len(rows) == 0:
            zero = prediction.masks.sum() * 0.0
            return parts | {"mask": zero, "dice": zero}
        masks = prediction.masks[images, rows]
        truth = torch.cat([target.masks[columns] for target, (_, columns) in zip(targets, pairs, strict=True)])
        logit, truth = self._sampled(masks, truth, generator)
        entropy = functional.binary_cross_entropy_with_logits(logit, truth, reduction="none").mean(1).sum()
        p = logit.sigmoid()
        dice = 1 - (2 * (p * truth).sum(1) + 1) / (p.sum(1) + truth.sum(1) + 1)
        parts["mask"] = self.mask * entropy / count
        parts["dice"] = self.dice * dice.sum() / count
        if prediction.boxes is not None:
            boxes = prediction.boxes[images, rows]
            known = torch.cat([target.boxes[columns] for target, (_, columns) in zip(targets, pairs, strict=True)])
            parts["box"] = self.box * (boxes - known).abs().sum() / count
            parts["overlap"] = self.overlap * (1 - generalised_iou(corners(boxes), corners(known))).sum() / count
        return parts

    def _score_loss(self, logit: Tensor, wanted: Tensor, real: Tensor, count: float) -> Tensor:
        entropy = functional.binary_cross_entropy_with_logits(logit, wanted, reduction="none")
        if self.focal:
            p = logit.sigmoid()
            missing = p * (1 - wanted) + (1 - p) * wanted
            share = FOCAL_ALPHA * wanted + (1 - FOCAL_ALPHA) * (1 - wanted)
            return (share * missing**FOCAL_GAMMA * entropy * real).sum() / count
        weight = (wanted + 0.1 * (1 - wanted)) * real
        return (weight * entropy).sum() / weight.sum()

    def _sampled(self, masks: Tensor, truth: Tensor, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Logits and truth at the chosen pixels, both (M, P)."""
        logit, truth = masks.flatten(1), truth.flatten(1)
        if self.points is None or self.points >= logit.shape[1]:
            return logit, truth
        draws = torch.rand((len(logit), 3 * self.points), generator=generator)
        some = (draws * logit.shape[1]).long().to(logit.device)
        uncertain = logit.detach().gather(1, some).abs().argsort(1)[:, : int(0.75 * self.points)]
        rest = (torch.rand((len(logit), self.points - uncertain.shape[1]), generator=generator) * logit.shape[1]).long()
        chosen = torch.cat([some.gather(1, uncertain), rest.to(logit.device)], 1)
        return logit.gather(1, chosen), truth.gather(1, chosen)


MASK_DINO = Criterion()
MASK2FORMER = Criterion(score=2.0, box=0.0, overlap=0.0, focal=False)


def corners(boxes: Tensor) -> Tensor:
    """Centre and size to xmin, ymin, xmax, ymax; (…, 4)."""
    centre, size = boxes[..., :2], boxes[..., 2:]
    return torch.cat([centre - size / 2, centre + size / 2], -1)


def generalised_iou(a: Tensor, b: Tensor) -> Tensor:
    """GIoU of boxes as corners, broadcast over all dimensions but the last."""
    area_a = (a[..., 2:] - a[..., :2]).clamp(min=0).prod(-1)
    area_b = (b[..., 2:] - b[..., :2]).clamp(min=0).prod(-1)
    inner = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0).prod(-1)
    outer = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).clamp(min=0).prod(-1)
    union = (area_a + area_b - inner).clamp(min=1e-12)
    return inner / union - (outer - union) / outer.clamp(min=1e-12)


def _every_group(own: int, most: int, groups: int) -> tuple[Tensor, Tensor]:
    """Denoising queries know their instance: the n-th of each group is the n-th of the image."""
    columns = torch.arange(own).repeat(groups)
    rows = columns + torch.as_tensor(np.repeat(np.arange(groups) * most, own))
    return rows, columns


def _add(total: dict[str, Tensor], parts: dict[str, Tensor]) -> None:
    for name, value in parts.items():
        total[name] = total[name] + value if name in total else value
