"""Trains small UniADRS networks without one part each: Tables V and VI of the paper in miniature.

What counts is the difference between rows: networks are half as wide as those that ship, trained for few steps on small
scenes, and all of a kind see the same scenes in the same order. Measured is the network alone, at one resolution,
without the classical evidence that the detector has beside it, on simulated scenes that no step has seen and, where a
folder of labelled sets is given, on every so many of their scenes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..engine.metrics import auc, object_maxima
from ..engine.models.deviation import MAPS, deviation_maps, scene_statistics, standardise
from ..engine.models.uniadrs import MULTIPLE, STEMS, UniADRS, interpolation_matrix
from ..engine.tiles import reflect
from ..engine.whole_file import whole_file
from .arguments import at_least
from .darken import darken
from .datasets import find_sets
from .evaluate import make_folder
from .simulation import ANOMALY, IGNORED, Bank, SpatialSimulator, SpectralSimulator, read_bank
from .simulation.spatial import SpatialConfig
from .simulation.spectral import SpectralConfig
from .tables import aligned, markdown, number, save_csv
from .train_uniadrs import Trainer
from .uniadrs_batches import Batch, collate, turned
from .uniadrs_settings import Settings

MODALITIES = ("hyperspectral", "visible", "sar", "infrared", "low_light")
"""The columns of the paper's tables."""

_TILE = {"spatial": 128, "spectral": 64}
_BATCH = 4
_REUSE = 8
_HELD_OUT = 16
_PAPER: dict[str, object] = {"feature_weight": 0.1, "pair_weight": 0.0}


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
        name: what is trained.
        spectral: name of the network for hyperspectral scenes.
        spatial: name of the network for all others.
    """

    name: str
    spectral: str
    spatial: str


NETWORKS: dict[str, tuple[str, dict[str, object]]] = {
    f"{stem}, {name}": (stem, changes)
    for stem in STEMS
    for name, changes in (
        ("cross-entropy", {**_PAPER, "pixel_loss": "cross_entropy", "feature_weight": 0.0}),
        ("L_p", {**_PAPER, "feature_weight": 0.0}),
        ("L_p + L_f", _PAPER),
        ("L_p + L_f + pairs", dict[str, object]()),
        ("L_p + L_f, no B0", {**_PAPER, "large_objects": False}),
    )
}
"""What is trained, by name: the stem, and what is other than the shipped settings."""

TABLES: dict[str, tuple[Row, ...]] = {
    "losses": tuple(
        Row(name, f"spectral, {name}", f"spatial, {name}")
        for name in ("cross-entropy", "L_p", "L_p + L_f", "L_p + L_f + pairs")
    ),
    "simulation": tuple(
        Row(f"{kinds}{b0}", f"{spectral}, L_p + L_f{b0}", f"{spatial}, L_p + L_f{b0}")
        for kinds, spectral, spatial in (
            ("spectral anomalies", "spectral", "spectral"),
            ("spatial anomalies", "spatial", "spatial"),
            ("both", "spectral", "spatial"),
        )
        for b0 in (", no B0", "")
    ),
}
"""Table V, and Table VI: of one kind of anomalies alone, all modalities go through that kind's stem."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, help="folder of training imagery")
    parser.add_argument("--labelled", metavar="DIR", help="folder with labelled sets to measure on, too")
    parser.add_argument(
        "--every", type=at_least(1), default=4, help="measure on every so many of their scenes [%(default)s]"
    )
    parser.add_argument("--steps", type=at_least(1), default=300, help="of each network [%(default)s]")
    parser.add_argument("--seed", type=at_least(0), default=2024, help="[%(default)s]")
    parser.add_argument("--out", type=Path, default=Path("out/ablation_uniadrs"), metavar="DIR", help="[%(default)s]")


def run(args: argparse.Namespace) -> int:
    """Train, measure, print and save; a network of this imagery that lies in the folder is not trained again."""
    bank = read_bank(args.data)
    labelled = list(_labelled(args.labelled, args.every)) if args.labelled else []
    out = make_folder(args.out)
    networks = train_networks(bank, args.steps, args.seed, out)
    measured = {"simulated": measure(networks, _held_out(bank, args.seed))}
    if labelled:
        measured["measured"] = measure(networks, iter(labelled))
    lines = []
    for table, rows in TABLES.items():
        headings, cells = _table(rows, measured)
        save_csv(out / f"{table}.csv", [dict(zip(headings, line, strict=True)) for line in cells])
        lines += [f"## {table}", "", markdown(headings, cells), ""]
        print(f"\n{table}\n{aligned(headings, cells)}")
    (out / "ablation.md").write_text("\n".join(lines), encoding="utf-8")
    return 0


def simulator_of(stem: str, bank: Bank, large_objects: bool = True) -> SpatialSimulator | SpectralSimulator:
    """What draws the small scenes of a stem, with or without B0."""
    size = _TILE[stem]
    if stem == "spectral":
        spectral = SpectralConfig(size=size)
        return SpectralSimulator(bank, spectral if large_objects else replace(spectral, large_probability=0.0))
    usual = SpatialConfig()
    share = size / usual.size
    spatial = replace(
        usual,
        size=size,
        length={kind: (low, high * share) for kind, (low, high) in usual.length.items()},
        large=(usual.large[0] * share, usual.large[1] * share),
    )
    return SpatialSimulator(bank, spatial if large_objects else replace(spatial, large_probability=0.0))


def settings_of(name: str, steps: int, seed: int) -> Settings:
    """The settings of one of :data:`NETWORKS`: those that ship at half the width, but for what it leaves out."""
    stem, changes = NETWORKS[name]
    shape = {"widths": (16, 16, 32, 48, 64), "features": 16, "embedding": 8, "components": 8 * (stem == "spectral")}
    return Settings(seed=seed, steps=steps, batch=_BATCH, reuse=_REUSE, **shape, **changes)  # type: ignore[arg-type]


def train_networks(bank: Bank, steps: int, seed: int, out: Path) -> dict[str, UniADRS]:
    """All of :data:`NETWORKS`, each trained on the same draws as those of its kind.

    Args:
        bank: the imagery to draw from.
        steps: of each.
        seed: of scenes and networks.
        out: where finished ones are kept, in files that tell what they were trained on.
    """
    found = {}
    imagery = bank.digest()
    drawn: tuple[object, list[Batch]] = (None, [])
    # Networks of one kind follow each other, so that their scenes are drawn once.
    for name in sorted(NETWORKS, key=lambda name: (NETWORKS[name][0], not _with_large(name))):
        stem = NETWORKS[name][0]
        settings = settings_of(name, steps, seed)
        trainer = Trainer(stem, settings, "cpu")
        kept = out / f"{name.replace(' ', '_').replace(',', '')}_{steps}_{seed}_{imagery}.pt"
        began = time.monotonic()
        if kept.is_file():
            trainer.average.load_state_dict(torch.load(kept, weights_only=True))
        else:
            kind = (stem, settings.large_objects)
            if drawn[0] != kind:
                simulator = simulator_of(stem, bank, settings.large_objects)
                drawn = kind, list(_batches(simulator, stem, settings))
            for step in range(steps):
                rng = np.random.default_rng([seed, 1, step])
                trainer.learn(turned(drawn[1][step // _REUSE], int(rng.integers(8))))
            with whole_file(kept) as partial:
                torch.save(trainer.average.state_dict(), partial)
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
        found[name] = trainer.average.eval().requires_grad_(False)
    return found


def _with_large(name: str) -> bool:
    return bool(NETWORKS[name][1].get("large_objects", True))


def _batches(simulator: SpatialSimulator | SpectralSimulator, stem: str, settings: Settings) -> Iterator[Batch]:
    for index in range(-(-settings.steps // settings.reuse)):
        rng = np.random.default_rng([settings.seed, index])
        scenes = [simulator.sample(rng) for _ in range(settings.batch)]
        yield collate(scenes, stem == "spectral", rng, settings.components)


@dataclass
class Labelled:
    """A scene to measure on: its modality, bands (C, H, W), and D and F or boxes; see :mod:`.evaluate`.

    What is no data is neither in ``anomalous`` nor in ``normal``, nor is it ``valid``; where that is None, all is data.
    """

    modality: str
    image: NDArray[np.float32]
    anomalous: NDArray[np.bool_]
    normal: NDArray[np.bool_]
    boxes: NDArray[np.int64] | None = None
    wavelengths: list[float] | None = None
    valid: NDArray[np.bool_] | None = None

    def auc(self, scores: NDArray[np.float32]) -> float:
        """AUC(D,F) of a score map, or object AUC where there are boxes."""
        if self.boxes is not None:
            seen = scores if self.valid is None else np.where(self.valid, scores, np.float32(np.nan))
            return auc(*object_maxima(seen, self.boxes))
        return auc(scores[self.anomalous], scores[self.normal])


def _held_out(bank: Bank, seed: int) -> Iterator[Labelled]:
    """Simulated scenes, with B0, that no step has seen."""
    for stem in STEMS:
        simulator = simulator_of(stem, bank)
        for kind in simulator.kinds:
            for index in range(_HELD_OUT):
                scene = simulator.sample(np.random.default_rng([987_654_321, seed, *kind.encode(), index]), kind)
                waves = None if scene.wavelengths is None else [float(wave) for wave in scene.wavelengths]
                anomalous = scene.label == ANOMALY
                modality = kind if stem == "spatial" else "hyperspectral"
                normal = ~anomalous & (scene.label != IGNORED)
                yield Labelled(modality, scene.image, anomalous, normal, wavelengths=waves)


def _labelled(folder: str, every: int) -> Iterator[Labelled]:
    """Every so many scenes of the labelled sets of the five modalities; visible ones in the dark, too."""
    for labelled in find_sets(folder)[0]:
        if labelled.modality not in MODALITIES or "asd" in labelled.name.split("/"):
            continue
        for scene in labelled.scenes[::every]:
            pixels, valid = scene.read()
            image = np.asarray(pixels, np.float32)
            mask, known = scene.read_labels(*valid.shape)
            ground = (mask & known & valid, ~mask & known & valid, scene.boxes, None, None if valid.all() else valid)
            yield Labelled(labelled.modality, image, *ground)
            if labelled.modality == "visible" and image.max() <= np.iinfo(np.uint8).max:
                dark = darken(image.astype(np.uint8).transpose(1, 2, 0), scene.id).transpose(2, 0, 1)
                yield Labelled("low_light", dark.astype(np.float32), *ground)


def measure(networks: dict[str, UniADRS], scenes: Iterator[Labelled]) -> dict[str, dict[str, list[float]]]:
    """AUC of each network and of RX on each scene, by name and modality."""
    found: dict[str, dict[str, list[float]]] = {}
    for scene in scenes:
        maps, scores = score_alone(networks, scene)
        scores["rx"] = maps[MAPS.index("rx")].numpy()
        for name, values in scores.items():
            found.setdefault(name, {}).setdefault(scene.modality, []).append(scene.auc(values))
    return found


@torch.inference_mode()
def score_alone(networks: dict[str, UniADRS], scene: Labelled) -> tuple[Tensor, dict[str, NDArray[np.float32]]]:
    """A scene's deviation maps, and the logits of networks at its own resolution, (H, W), by name."""
    image = torch.from_numpy(np.ascontiguousarray(scene.image))
    valid = None if scene.valid is None else torch.from_numpy(scene.valid)
    flat = image.flatten(1) if valid is None else image[:, valid]
    varies = flat.std(1) > 0
    image, flat = image[varies], flat[varies]
    exact = flat.double()
    mean = exact.mean(1)
    centred = exact - mean[:, None]
    every = max(1, flat.shape[1] // 50_000) | 1
    statistics = scene_statistics(flat[:, ::every].T.contiguous(), mean, centred @ centred.T / (flat.shape[1] - 1))
    bands = standardise(image, statistics)
    maps = deviation_maps(image, statistics, valid, max(n.config.components for n in networks.values()))
    if valid is not None:
        bands, maps = (x.masked_fill(~valid, 0) for x in (bands, maps))
    rows, columns = image.shape[1:]
    padded = (0, -(-rows // MULTIPLE) * MULTIPLE), (0, -(-columns // MULTIPLE) * MULTIPLE)
    seen = [reflect(x, *padded)[None].contiguous(memory_format=torch.channels_last) for x in (bands, maps)]
    waves = scene.wavelengths if scene.wavelengths and len(scene.wavelengths) == len(image) else None
    projection = interpolation_matrix(len(image), waves)
    scores = {}
    for name, network in networks.items():
        own = seen[1][:, : len(MAPS) + network.config.components]
        with torch.autocast("cpu", torch.bfloat16):
            logit = network(seen[0], own, projection).logit[0, 0].float()
        scores[name] = logit[:rows, :columns].numpy()
    return maps, scores


def _table(
    rows: Sequence[Row], measured: dict[str, dict[str, dict[str, list[float]]]]
) -> tuple[list[str], list[list[str]]]:
    """Headings and cells: for each measurement the five modalities and their mean."""
    headings, cells = [""], [[row.name] for row in (*rows, Row("rx", "rx", "rx"))]
    for title, found in measured.items():
        present = [m for m in MODALITIES if m in found["rx"]]
        headings += [f"{title} {modality}" for modality in present] + [f"{title} mean"]
        for line, row in zip(cells, (*rows, Row("rx", "rx", "rx")), strict=True):
            of = {m: row.spectral if m == "hyperspectral" else row.spatial for m in present}
            values = [float(np.nanmean(found[of[m]][m])) for m in present]
            line += [number(value) for value in (*values, float(np.mean(values)))]
    return headings, cells
