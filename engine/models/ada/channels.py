"""Channel preprocessing (Eq. 7-8): three channels from any number of bands, which keep what deviates.

With four bands and more, each channel is the distance of a pixel to the nearest pixel of a background dictionary: the
cosine distance of the spectra, and the Euclidean and the Manhattan distance of their whitened leading components. With
fewer bands the plain rule degenerates: for one band the cosine is always 0 and the other two are equal, for three the
cosine sees hue alone. There the channels are the standardised intensity, the Euclidean distance of the standardised
bands to the dictionary, and the Mahalanobis distance to the scene.

Departures from the paper: it measures all distances on the bands as they are, where a bright field outweighs any rare
material; whitening makes them deviations from what is usual in the scene. Its dictionary has 3 pixels drawn from the
whole scene; here 16 are drawn from the nine tenths that deviate least, so that no anomaly gets in. Each distance is
centred and scaled by its quartiles over the scene and compressed by an inverse hyperbolic sine, so that scenes of any
unit look alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

DICTIONARY = 16
"""Pixels of a background dictionary."""

FEWEST_FOR_METRICS = 4
"""With fewer bands, the rule for few bands holds."""

_COMPONENTS = 32
_CLEAN = 0.9


@dataclass
class Background:
    """What the channels of a scene are measured against.

    Attributes:
        mean: of each band, (C,).
        spread: of each band, (C,).
        whitening: maps a centred pixel to its k leading components with unit variance, (k, C).
        dictionary: background pixels b_1 … b_j, (j, C).
        median: of each distance over the scene, (3,).
        scale: of each distance, from the median to the three quarters' quantile, (3,).
    """

    mean: Tensor
    spread: Tensor
    whitening: Tensor
    dictionary: Tensor
    median: Tensor
    scale: Tensor


def learn_background(pixels: Tensor, generator: torch.Generator) -> Background:
    """Draw the dictionary of a scene and take the scales of its channels.

    Args:
        pixels: valid pixels, evenly spread over the whole scene, (N, C); C bands that are not constant.
        generator: seeded; the dictionary belongs to the scene, not to a tile.
    """
    exact = pixels.double()
    mean = exact.mean(0)
    centred = exact - mean
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(centred))
    values, vectors = values.flip(0)[:_COMPONENTS], vectors.flip(1)[:, :_COMPONENTS]
    # Components below a millionth of the first are rounding, not signal.
    whitening = vectors.T / values.clamp(min=1e-6 * float(values[0])).sqrt()[:, None]
    deviation = (centred @ whitening.T).square().sum(1)
    clean = (deviation <= deviation.quantile(_CLEAN)).nonzero()[:, 0]
    drawn = clean[torch.randperm(len(clean), generator=generator)[:DICTIONARY].to(clean.device)]
    background = Background(
        mean.float(),
        exact.std(0).clamp(min=1e-12).float(),
        whitening.float(),
        exact[drawn].float(),
        torch.zeros(3, device=pixels.device),
        torch.ones(3, device=pixels.device),
    )
    quartiles = _distances(pixels.float(), background).quantile(torch.tensor([0.5, 0.75], device=pixels.device), dim=1)
    background.median = quartiles[0]
    background.scale = (quartiles[1] - quartiles[0]).clamp(min=1e-9)
    return background


def channels(image: Tensor, background: Background) -> Tensor:
    """X' of Eq. 8.

    Args:
        image: (C, H, W).
        background: of its scene.

    Returns:
        (3, H, W), finite, mostly between -4 and 4.
    """
    flat = image.float().flatten(1).T
    compressed = torch.asinh((_distances(flat, background) - background.median[:, None]) / background.scale[:, None])
    if len(image) < FEWEST_FOR_METRICS:
        intensity = ((flat - background.mean) / background.spread).mean(1)
        compressed = torch.cat([2 * torch.asinh(intensity)[None], compressed[1:]])
    return compressed.unflatten(1, image.shape[1:])


def _distances(pixels: Tensor, background: Background) -> Tensor:
    """Three distances of each pixel (N, C), (3, N); for few bands the first is not used."""
    white = (pixels - background.mean) @ background.whitening.T
    if pixels.shape[1] < FEWEST_FOR_METRICS:
        standard, known = ((x - background.mean) / background.spread for x in (pixels, background.dictionary))
        euclidean = torch.cdist(standard, known).min(1).values
        return torch.stack([euclidean, euclidean, white.square().sum(1).sqrt()])
    dictionary = (background.dictionary - background.mean) @ background.whitening.T
    cosine = 1 - functional.normalize(pixels, dim=1) @ functional.normalize(background.dictionary, dim=1).T
    euclidean = torch.cdist(white, dictionary).min(1).values
    manhattan = torch.cdist(white, dictionary, p=1.0).min(1).values
    return torch.stack([cosine.min(1).values.clamp(min=0), euclidean, manhattan])
