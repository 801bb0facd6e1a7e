"""The losses that UniADRS is trained with."""

from __future__ import annotations

from .feature import feature_loss
from .pixel import PixelLoss, cross_entropy, pairwise_loss, surrogate

__all__ = ["PixelLoss", "cross_entropy", "feature_loss", "pairwise_loss", "surrogate"]
