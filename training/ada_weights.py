"""From a training run of an instance network to weights that the engine loads, and the model card beside them."""

from __future__ import annotations

from pathlib import Path

import torch

from ..engine.models.ada.network import AdaNetwork, load_ada
from ..engine.weights import save_weights
from .ada_settings import AdaSettings
from .weights import BEGUN, accounts, draw_halfway, measured, sources_of, tensors_of, training_of

TITLES = {"mask_dino": "Mask DINO^Ada", "mask2former": "Mask2Former^Ada"}

USE_OF_LABELS = (
    "No weight was trained on labels of real scenes, and nothing is tuned per scene. Validation results were looked at "
    "some ten times while these weights were trained, and what was seen had a say in the simulation: radar ships came "
    "out in parts, so simulated ones became clusters of scatterers, crowded scenes a share of all, and instances at "
    "least four pixels of a mask long. Ships at sea were simulated after looking at pictures of radar chips without "
    "their masks. Ranking by the anomaly map was decided on simulated scenes. The ninth stage was chosen by simulated "
    "ships and measured; then the mean of it and the stage before was chosen, by simulated ships, thermal scenes and "
    "cubes, and measured once; then likewise the mean of that and a tenth, which learned by the statistics of larger "
    "scenes."
)
"""How far labelled scenes had a say, for the card."""

DEPARTURES = (
    "A compact network: the backbone is that of UniADRS, with whose weights it begins, in the place of ResNet-50; one "
    "layer of the pixel decoder and three of the head with 96 channels, about 1.5 million parameters instead of 54.",
    "Masks have the full resolution for infrared and hyperspectral scenes, half for others, instead of a quarter.",
    "Beside the three channels of Eq. 8 the backbone is shown the scene's 14 deviation maps. The channels: whitened "
    "distances, a clean dictionary of 16 pixels; the bands in robust units for one to three bands (see "
    "engine/models/ada/channels.py).",
    "Pixel embeddings, and the queries that make masks, hold their positions as waves of 4 to 256 pixels: two targets "
    "that look alike are told apart by where they are.",
    "Ranks of the rank embeddings are in percent, so that they do not depend on the size of a tile; ties share a rank.",
    "Queries are local maxima of the anomaly map within its top decile, then its other pixels by score; in training "
    "half of them are random, as in the paper. The anchors of Mask DINO's queries are where their pixels are.",
    "Masks are compared at all pixels instead of 12,544 points.",
)


def export_weights(
    run: Path, data: Path, folder: Path, report: Path | None = None, mean_with: Path | None = None
) -> None:
    """Write the averaged weights of a run, in half precision, and their card.

    Args:
        run: folder of the run.
        data: folder of what it was trained on, where the run does not tell.
        folder: where to.
        report: ``report.json`` that ``evaluate`` saved, whose measures go into the card.
        mean_with: folder of the weights, of the same network, that the run began with: the mean of both is written,
            which keeps more of what was known before (Wortsman et al., Model soups, 2022).

    Raises:
        EngineError: ``bad_parameter`` for a file that is no such report, and where the run did not begin with
            ``mean_with``.
    """
    state = torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)
    settings = AdaSettings(**state["settings"])
    network = AdaNetwork(settings.network(state["head"]))
    network.load_state_dict(state["average"])
    if mean_with is not None:
        draw_halfway(network, state, load_ada(mean_with)[0], mean_with)
    tensors = {name: value.to(torch.float16) for name, value in tensors_of(network).items()}
    sources = sources_of(state, data)
    name = f"{state['head']}_ada"
    begun = ""
    if state["begun_with"] is not None:
        before = state["begun_with"]["name"]
        # A stage of the same network: which, says "begun_with" in the card.
        begun = " --init STAGE" if before == name else f" --init resources/weights/{before}"
        begun += " --mean" if mean_with is not None else ""
    card = {
        "name": name,
        "title": f"{TITLES[state['head']]}, anomalies as instances",
        "paper": "J. Li, Y. Zhong, H. Zhao, Z. Gao, X. Wang: Segmenting Remote Sensing Anomalies at Instance Level via "
        "Anomaly Map-Guided Adaptation. IEEE Transactions on Geoscience and Remote Sensing, 2024.",
        "licence": "GPL-2.0-or-later",
        "architecture": network.config.to_dict(),
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "departures_from_the_paper": list(DEPARTURES),
        "command": f"python -m anomaly_lens.training train {name} --data DIR{begun} --export WEIGHTS",
        "training": training_of(state, settings, mean=mean_with is not None),
        **accounts(sources, USE_OF_LABELS, [(BEGUN, state.get("inherited", {}))]),
        "metrics": [] if report is None else measured(report, ("mask_ap", "mask_ap25", "mask_ap50")),
    }
    save_weights(folder, f"{name}.safetensors", tensors, card)
