"""Channel preprocessing (Eq. 7-8): three channels from any number of bands, which keep what deviates.

With four bands and more, each channel is the distance of a pixel to the nearest pixel of a background dictionary: the
cosine distance of the spectra, and the Euclidean and the Manhattan distance of their whitened leading components. With
fewer bands the plain rule degenerates: for one band the cosine is always 0 and the other two are equal, for three the
cosine sees hue alone. There the channels are the bands themselves in robust units of the scene, repeated to three:
nothing has to be condensed, and how far a pixel deviates stands in the scene's deviation maps, which the pretrained
backbone is shown as well.

Departures from the paper: it measures all distances on the bands as they are, where a bright field outweighs any rare
material; whitening makes them deviations from what is usual in the scene. Its dictionary has 3 pixels drawn from the
whole scene; here 16 are drawn from the nine tenths that deviate least, so that no anomaly gets in. Each channel is
centred by its median over the scene, scaled, and compressed by an inverse hyperbolic sine, so that scenes of any unit
look alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..deviation import arsinh

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
        whitening: maps a centred pixel to its k leading components with unit variance, (k, C).
        dictionary: background pixels b_1 … b_j, (j, C); none where the bands themselves are the channels.
        median: of each channel over the scene, (3,).
        scale: of each channel, (3,).
    """

    mean: Tensor
    whitening: Tensor
    dictionary: Tensor
    median: Tensor
    scale: Tensor


def learn_background(pixels: Tensor, generator: torch.Generator, *, distances: bool | None = None) -> Background:
    """Draw the dictionary of a scene and take the scales of its channels.

    Args:
        pixels: valid pixels, evenly spread over the whole scene, (N, C); C bands that are not constant.
        generator: seeded; the dictionary belongs to the scene, not to a tile.
        distances: whether the channels are distances; None: by the number of bands.
    """
    exact = pixels.double()
    mean = exact.mean(0)
    if not (pixels.shape[1] >= FEWEST_FOR_METRICS if distances is None else distances):
        none = torch.zeros(0, pixels.shape[1], device=pixels.device)
        background = Background(mean.float(), none, none, torch.zeros(3), torch.ones(3))
        quartiles = _quartiles(_raw(pixels.float(), background))
        background.median = quartiles[1]
        # A band that is one value nearly everywhere has no quartile range: a part of its deviation keeps it finite.
        spread = _repeated(exact.std(0).float()[None])[:, 0]
        background.scale = torch.maximum(0.7413 * (quartiles[2] - quartiles[0]), 0.2 * spread).clamp(min=1e-12)
        return background
    centred = exact - mean
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(centred))
    values, vectors = values.flip(0)[:_COMPONENTS], vectors.flip(1)[:, :_COMPONENTS]
    # Components below a millionth of the first are rounding, not signal.
    whitening = vectors.T / values.clamp(min=1e-6 * float(values[0])).sqrt()[:, None]
    deviation = (centred @ whitening.T).square().sum(1)
    clean = (deviation <= deviation.quantile(_CLEAN)).nonzero()[:, 0]
    drawn = clean[torch.randperm(len(clean), generator=generator)[:DICTIONARY].to(clean.device)]
    dictionary = exact[drawn].float()
    background = Background(mean.float(), whitening.float(), dictionary, torch.zeros(3), torch.ones(3))
    quartiles = _quartiles(_raw(pixels.float(), background))
    background.median = quartiles[1]
    background.scale = (quartiles[2] - quartiles[1]).clamp(min=1e-9)
    return background


def channels(image: Tensor, background: Background) -> Tensor:
    """X' of Eq. 8.

    Args:
        image: (C, H, W).
        background: of its scene.

    Returns:
        (3, H, W), finite, mostly between -4 and 4.
    """
    raw = _raw(image.float().flatten(1).T, background)
    return arsinh((raw - background.median[:, None]) / background.scale[:, None]).unflatten(1, image.shape[1:])


def _quartiles(raw: Tensor) -> Tensor:
    """Of each of three channels (3, N), (3 quartiles, 3 channels)."""
    return raw.quantile(torch.tensor([0.25, 0.5, 0.75], device=raw.device), dim=1)


def _raw(pixels: Tensor, background: Background) -> Tensor:
    """Bands, or three distances, of each pixel (N, C), (3, N)."""
    dictionary = background.dictionary
    if not len(dictionary):
        return _repeated(pixels)
    white, known = ((x - background.mean) @ background.whitening.T for x in (pixels, dictionary))
    cosine = 1 - functional.normalize(pixels, dim=1) @ functional.normalize(dictionary, dim=1).T
    euclidean = torch.cdist(white, known).min(1).values
    manhattan = torch.cdist(white, known, p=1.0).min(1).values
    return torch.stack([cosine.min(1).values.clamp(min=0), euclidean, manhattan])


def _repeated(pixels: Tensor) -> Tensor:
    """One to three bands (N, C) as three, (3, N)."""
    order = [0, 0, 0] if pixels.shape[1] == 1 else [0, 1, pixels.shape[1] - 1]
    return pixels.T[order]
