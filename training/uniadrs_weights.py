"""From a training run of UniADRS to weights that the engine loads, and the model card beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..engine.models.uniadrs import STEMS, UniADRS, load_network
from ..engine.weights import save_weights
from .resuming import reading_run
from .simulation import Source
from .uniadrs_settings import Settings
from .weights import BEGUN, KEPT, accounts, draw_halfway, measured, sources_of, tensors_of, training_of

USE_OF_LABELS = (
    "No weight was trained on validation labels, and nothing is tuned per scene. What counts beside the network on "
    "hyperspectral scenes was chosen by implanted targets in real cubes that no weight was trained on, but validation "
    "results were seen meanwhile: after one, targets were implanted on even ground too; after another, plain RX "
    "was added. The spatial weights were kept, and the half-resolution pass of visible and low-light scenes is there, "
    "because they measured better than others. Local RX, the half-resolution pass of radar and the root scale of low "
    "light were chosen by simulated and implanted targets, then measured once; the last measured worse and was kept. "
    "Local RX was tried again because it measures well by itself. The spectral weights and the equal weight of network "
    "and classical detectors were chosen by implanted and simulated targets, then measured once. Spatial weights that "
    "were trained on, and better on simulated scenes, measured worse on hit_uav and airbus_aircraft and were not "
    "shipped; after that, what photographs show by themselves came into training, and photographs held back chose the "
    "weights and RX's weight in thermal scenes. They were measured once: hit_uav, sirst, radar and the dark rose, "
    "airbus_aircraft fell from .897 to .883, and the choice was kept. A further stage, better by these photographs, "
    "was measured too (airbus_aircraft .876) and then taken back, since a test found it raise false alarms. "
    "Weights trained anew from those before these stages, with less doubt, replaced them: chosen by the same "
    "photographs and by false alarms on smooth ground, then measured once (hit_uav .958 to .968, airbus_aircraft "
    ".883 to .879, darkened .911 to .880). After that look RX's weight in visible and low-light scenes was "
    "chosen, by the same photographs at four sizes, and measured once: .889 and .884. A quarter of the "
    "resolution of these scenes and RX's half weight in visible ones were chosen by such photographs, too, and "
    "measured once: .909 and .904. An eighth in place of the quarter was chosen likewise, together with weights that "
    "were better by the photographs; these measured worse (.899, .895) and were not shipped, the eighth with the "
    "weights of before measured .909 and .903. Then aircraft in the training imagery were outlined; weights that know "
    "them were chosen by others, held back, and measured once (.916, .936); so were those that paste them elsewhere, "
    "too, chosen for fewer false alarms on smooth ground as well (.919, .933), and those that were shown drawn "
    "aircraft (.921, .932). Averaging the network's odds over 3x3 pixels of cubes was chosen by implanted targets and "
    "measured once (.9636 to .9645); averaging the classical ones, too, was chosen likewise, measured worse (.9618) "
    "and is not done. Averaging over those of them whose spectra are alike was chosen by implanted targets, two more "
    "seeds of them confirmed it, and it was measured once (.9653). The deviation of bands in RX's place was chosen by "
    "photographs held back and by simulated scenes, and measured once (.922, .932). Then the spatial weights were "
    "trained on with damped whitening. Their mean with those before was chosen by both, damped, and measured (.905, "
    ".942), and so were the weights before, damped (.902, .933). After these looks, which told against damping by day, "
    "the mean without it was measured (.918, .942) and ships: simulated scenes of all kinds are better by it, "
    "photographs held back by day are not. Its mean with a further such stage took its place, chosen by simulated "
    "scenes and by photographs held back, by day, in the dark and in one band, and measured once (.921, .946; hit_uav "
    ".974). That the overview of a small scene counts less was chosen by both, too; it changes one labelled photograph."
)
"""How far labelled scenes had a say, for the card."""

DEPARTURES = (
    "Inputs: beside the bands, fourteen classical deviation maps of the whole scene and of four dual windows; the "
    "score is a correction of their learned weighted sum, so that the network never knows less than RX.",
    "Each stem has a network of its own (the paper: one behind both), so that one is trained without the other.",
    "Hyperspectral maps are whitened by the covariance of the usual nine tenths of the pixels, the stem is given the "
    "eight leading components beside the bands, and the score tells how rare a pixel is by the network and, weighing "
    "the same, by RX, local RX, RX without outliers or its ring, whichever finds it rarest. The network's odds are "
    "averaged over 3x3 pixels, those counting most whose spectra are alike.",
    "How far a pixel's bands deviate from the scene's mean, each in units of its own spread, is added to the network's "
    "logit: half the logarithm in thermal and visible scenes, a quarter in low-light ones.",
    "Visible, radar and low-light scenes are scored at their own and at half resolution, visible and low-light ones at "
    "an eighth of it, too, and the logits averaged.",
    "Low-light scenes are brought to a root scale first, on which photons scatter alike in shadow and light.",
    "Bands are standardised by the scene's median and spread and drawn in by asinh (the paper: divided by their "
    "maximum), so that neither outliers nor nodata set the scale.",
    "Batch normalisation, folded into the convolutions in use (the authors' code: instance normalisation), so that "
    "scores do not depend on where tiles lie.",
    "Context down to 1/16 with dilation 2 (the paper: 1/8), in plain 3x3 convolutions instead of PiCANet attention; "
    "fewer channels: about 0.7 million parameters a stem (the authors': 49.6 million).",
    "The deviation of the learned features over the whole scene (a Mahalanobis distance in a small projection of F) is "
    "a further input of the head.",
    "Of L_p, the thresholds are fixed and the multipliers kept within limits (the paper optimises both), rates are "
    "means without |A|, the sum is divided by the largest false alarm rate, and an object weighs as the root of its "
    "area.",
    "A pairwise ranking loss on the hardest background pixels is added to L_p + w L_f.",
    "Simulated anomalies begin at 1 to 2 pixels and reach 100; many small objects alike are normal. Aircraft are drawn "
    "part by part.",
    "Objects that photographs show by themselves are anomalies where they are known and few, and are left open where "
    "they are many; of other photographs, what the network finds most foreign does not count as background.",
)


def export_weights(
    run: Path, data: Path, folder: Path, report: Path | None = None, mean_with: Path | None = None
) -> None:
    """Write the averaged weights of a run and their card.

    A stem that the run did not train keeps the weights, and what the card says of them, that lie in ``folder``.

    Args:
        run: folder of the run.
        data: folder of what it was trained on, where the run does not tell.
        folder: where to.
        report: ``report.json`` that ``evaluate`` saved, whose measures go into the card.
        mean_with: folder of the weights that the run began with: of each stem that it trained, the mean of both is
            written.

    Raises:
        EngineError: ``bad_parameter`` for a file that is no such report, and where the run did not begin with
            ``mean_with``; ``bad_weights`` where a stem has no weights in either place.
    """
    metrics = [] if report is None else measured(report)
    tensors: dict[str, Tensor] = {}
    shapes, training, parameters = {}, {}, 0
    sources: set[Source] = set()
    before: list[tuple[str, Mapping[str, Any]]] = []
    trained: dict[str, bool] = {}
    for stem in STEMS:
        checkpoint = run / stem / "checkpoint.pt"
        if checkpoint.is_file():
            with reading_run(checkpoint.parent):  # of a stem that was not trained now, nobody has read it yet
                state = torch.load(checkpoint, map_location="cpu", weights_only=True)
                settings = Settings(**state["settings"])
                network = UniADRS(stem, settings.network())
                network.load_state_dict(state["average"])
                if mean_with is not None:
                    draw_halfway(network, state, load_network(mean_with, stem)[0], mean_with)
                sources |= {*sources_of(state, data)}
                training[stem] = training_of(state, settings, mean=mean_with is not None)
                before.append((BEGUN, state.get("inherited", {})))
                trained[stem] = state["begun_with"] is not None
        else:
            network, card = load_network(folder, stem)
            training[stem] = card["training"][stem]
            before.append((KEPT, card))
        shapes[stem] = network.config.to_dict()
        parameters += sum(parameter.numel() for parameter in network.parameters())
        tensors |= {f"{stem}.{name}": value for name, value in tensors_of(network).items()}
    card = {
        "name": "uniadrs",
        "title": "UniADRS, cross-modality anomaly detector",
        "paper": "J. Li, X. Wang, H. Zhao, Y. Zhong: Learning a Cross-Modality Anomaly Detector for Remote Sensing "
        "Imagery. IEEE Transactions on Image Processing, 2024.",
        "licence": "GPL-2.0-or-later",
        "architecture": shapes,
        "parameters": parameters,
        "departures_from_the_paper": list(DEPARTURES),
        "command": _command(trained, mean=mean_with is not None),
        "training": training,
        **accounts(sources, USE_OF_LABELS, before),
        "metrics": metrics,
    }
    save_weights(folder, "uniadrs.safetensors", tensors, card)


def _command(trained: Mapping[str, bool], *, mean: bool) -> str:
    """What trains and exports these stems, for the card; which weights they began with, it tells beside.

    Args:
        trained: for each stem that the run trained, whether it began with others' weights.
        mean: whether the mean with these is exported.
    """
    words = ["python -m anomaly_lens.training train uniadrs --data DIR"]
    words += [f"--stem {' '.join(trained)}"] if len(trained) < len(STEMS) else []
    words += ["--init STAGE"] if any(trained.values()) else []
    return " ".join([*words, "--out RUN", *(["--mean"] if mean else []), "--export WEIGHTS"])
