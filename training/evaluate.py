"""Measures detectors on labelled scenes and prints a table per set.

Each scene of each set is scored whole by the engine and compared with its label. Measures with a definition of their
own are documented in anomaly_lens.engine.metrics and average_precision; docs/measuring.md explains how to read them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from tqdm import tqdm

from ..engine.detectors import catalog, create_detector
from ..engine.detectors.base import Detector, InstanceDetector
from ..engine.errors import EngineError
from ..engine.instances import Instance, InstanceGrower
from ..engine.metrics import PixelMeasures, auc, mask_components, mean_iou, object_maxima, pixel_measures, split
from ..engine.pieces import Piece, PieceCollector
from ..engine.pipeline import examine_scene
from ..engine.profiles import get_profile, suggest
from ..engine.scene import Scene
from ..engine.scores import Calibration, RawHistogram
from ..engine.slopes import grower_of
from .average_precision import (
    MAX_DETECTIONS,
    Matches,
    average_precision,
    box_ious,
    mask_ious,
    match,
)
from .datasets import LabelledScene, LabelledSet, Skipped, check_labels, find_sets
from .machine import describe, machine_facts
from .tables import aligned, markdown, number, save_csv, save_json

DEFAULT_OUT = Path("out") / "evaluate"

_NOTHING_TO_SEE = ("no_valid_pixels", "constant_bands")
"""Errors of scenes that show nothing, whatever the detector."""

Scorer = Callable[[Scene, str, str, str], NDArray[np.float32]]
"""Raw scores of a scene, given also the names of detector, modality and device."""


@dataclass(frozen=True)
class Column:
    """A column of the tables: which measure, what it is called, how many decimals it gets."""

    key: str
    heading: str
    decimals: int = 4


PIXEL_COLUMNS = (
    Column("auc_df", "AUC(D,F)"),
    Column("auc_df_pooled", "pooled"),
    Column("auc_dt", "AUC(D,τ)"),
    Column("auc_ft", "AUC(F,τ)"),
    Column("auc_td", "TD"),
    Column("auc_bs", "BS"),
    Column("auc_tdbs", "TDBS"),
    Column("auc_od", "OD"),
    Column("auc_odp", "ODP"),
    Column("auc_snpr", "SNPR", 2),
    Column("miou", "mIoU"),
    Column("seconds_per_megapixel", "s/MP", 3),
)
OBJECT_COLUMNS = (
    Column("object_auc", "object AUC"),
    Column("object_auc_pooled", "pooled"),
    Column("mask_ap", "mask AP"),
    Column("mask_ap25", "AP25"),
    Column("mask_ap50", "AP50"),
    Column("box_ap", "box AP"),
    Column("box_ap25", "AP25"),
    Column("box_ap50", "AP50"),
)
_NOTES = (
    "AUC(D,F), AUC(D,τ), AUC(F,τ), what is made of them, and object AUC are means over scenes; mIoU, AP and the pooled",
    "columns take all pixels or objects of a set together, by the heat map's scores. Only AUC(F,τ) and s/MP are better",
    "when smaller. (boxes): the label is loose boxes, whose pixel AUC has a ceiling near .7; read the object AUC.",
)


@dataclass
class SetMeter:
    """Collects what a set's measures need, scene by scene.

    Attributes:
        labelled: the set.
        detector: name of the detector.
        percent: the share of pixels that become instances, in percent; the detector's or the profile's own threshold
            when None.
        scenes: a row per scene: names, size, time and all measures that a single scene has.
    """

    labelled: LabelledSet
    detector: str
    percent: float | None = None
    scenes: list[dict[str, Any]] = field(default_factory=list)
    _positives: list[NDArray[Any]] = field(default_factory=list)
    _negatives: list[NDArray[Any]] = field(default_factory=list)
    _inside: list[NDArray[Any]] = field(default_factory=list)
    _outside: list[NDArray[Any]] = field(default_factory=list)
    _mask_matches: list[Matches] = field(default_factory=list)
    _box_matches: list[Matches] = field(default_factory=list)

    def add(
        self,
        scene: LabelledScene,
        raw: NDArray[np.float32],
        kind: Detector,
        seconds: float,
        pieces: list[Piece] | None = None,
    ) -> None:
        """Measure one scene.

        Args:
            scene: with its labels.
            raw: scores before calibration, shape (rows, columns), NaN where not valid.
            kind: the detector that is measured, made for the modality that the scene was scored as.
            seconds: how long scoring took.
            pieces: the instances that the detector found by itself; None: connected pixels above the threshold.
        """
        rows, columns = raw.shape
        scene = scene.within(rows, columns)
        mask, known = scene.read_labels(rows, columns)
        raw = np.where(known, raw, np.float32(np.nan))
        valid = np.isfinite(raw)
        mask &= valid
        if scene.boxes is not None:
            # An object of which no pixel is valid can be neither found nor missed.
            shown = [bool(valid[top:bottom, left:right].any()) for left, top, right, bottom in scene.boxes]
            scene = replace(scene, boxes=scene.boxes[np.array(shown, dtype=bool)])
        histogram = RawHistogram()
        histogram.add(raw[valid])
        calibration = Calibration(histogram, kind.calibrated)
        scores = calibration(raw)
        positives, negatives = split(scores, mask)
        self._positives.append(positives)
        self._negatives.append(negatives)
        object_auc = float("nan")
        if scene.boxes is not None:
            inside, outside = object_maxima(scores, scene.boxes)
            self._inside.append(inside)
            self._outside.append(outside)
            object_auc = auc(inside, outside)
        if valid.any():
            usual = kind.usual_threshold() if self.percent is None else {"threshold_percent": self.percent}
            threshold = calibration.threshold(**usual)
            limits = {"min_pixels": kind.profile.min_pixels, "max_instances": MAX_DETECTIONS}
            grower: InstanceGrower | PieceCollector
            if pieces is None:
                # The engine's own instances; more than COCO counts need not be drawn.
                core = kind.profile.min_pixels
                grower = grower_of(threshold, kind.usual_peak_share(), core=core, **limits)
            else:
                # All that were found, however faint: average precision ranks them by itself.
                grower = PieceCollector(pieces, 0.0, **limits)
            grower.add_strip(0, scores)
            self._match(scene, mask, grower.finish())
        self.scenes.append(
            {
                "set": self.labelled.name,
                "scene": scene.id,
                "detector": self.detector,
                "modality": kind.profile.name,
                "megapixels": raw.size / 1e6,
                "seconds": seconds,
                "anomaly_pixels": int(mask.sum()),
                **pixel_measures(raw, mask).to_dict(),
                "object_auc": object_auc,
            }
        )

    def _match(self, scene: LabelledScene, mask: NDArray[np.bool_], found: list[Instance]) -> None:
        confidences = [i.score_max if i.instance_score is None else i.instance_score for i in found]
        boxes = np.array([instance.polygon.bounds for instance in found]).reshape(-1, 4)
        if scene.boxes is not None:
            self._box_matches.append(match(confidences, box_ious(boxes, scene.boxes)))
            return
        objects = mask_components(mask)
        truth = np.array([_bounds(pixels, mask.shape[1]) for pixels in objects]).reshape(-1, 4)
        self._box_matches.append(match(confidences, box_ious(boxes, truth)))
        pixels = [instance_pixels(instance, mask.shape[1]) for instance in found]
        self._mask_matches.append(match(confidences, mask_ious(pixels, objects)))

    def summary(self) -> dict[str, Any]:
        """The set's row: names, counts, and all measures by the keys of the columns."""
        pixels = tuple(np.concatenate([np.empty(0), *v]) for v in (self._positives, self._negatives))
        objects = tuple(np.concatenate([np.empty(0), *v]) for v in (self._inside, self._outside))
        mask, box = average_precision(self._mask_matches), average_precision(self._box_matches)
        row: dict[str, Any] = {
            "set": self.labelled.name,
            "label": "boxes" if self.labelled.has_boxes else "pixels",
            "detector": self.detector,
            "modality": ", ".join(sorted({scene["modality"] for scene in self.scenes})),
            "scenes": len(self.scenes),
            "objects": sum(m.objects for m in self._box_matches),
        }
        for key in (*PixelMeasures.KEYS, "object_auc"):
            row[key] = _mean(scene[key] for scene in self.scenes)
        row |= {
            "auc_df_pooled": auc(*pixels),
            "object_auc_pooled": auc(*objects),
            "miou": mean_iou(*pixels),
            **{f"mask_{key}": value for key, value in asdict(mask).items()},
            **{f"box_{key}": value for key, value in asdict(box).items()},
        }
        megapixels = sum(scene["megapixels"] for scene in self.scenes)
        return {**row, "seconds_per_megapixel": sum(scene["seconds"] for scene in self.scenes) / megapixels}


def instance_pixels(instance: Instance, columns: int) -> NDArray[np.intp]:
    """The flat indices of the pixels that an instance covers, ascending, in a scene so many columns wide."""
    left, top, right, bottom = (round(side) for side in instance.polygon.bounds)
    inside = rasterize(
        [(instance.polygon, 1)],
        out_shape=(bottom - top, right - left),
        transform=Affine.translation(left, top),
        dtype=np.uint8,
    )
    rows, cells = np.nonzero(inside)
    return (rows + top) * columns + cells + left


def _bounds(pixels: NDArray[np.intp], columns: int) -> tuple[int, int, int, int]:
    """The box around some pixels: left, top, right, bottom, the latter two exclusive."""
    rows, cells = np.divmod(pixels, columns)
    return int(cells.min()), int(rows.min()), int(cells.max()) + 1, int(rows.max()) + 1


def _mean(values: Iterator[float]) -> float:
    """The mean of what is defined; NaN where nothing is."""
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def evaluate(
    sets: Sequence[LabelledSet],
    detectors: Sequence[str],
    *,
    device: str = "auto",
    percent: float | None = None,
    score: Scorer | None = None,
) -> tuple[list[SetMeter], list[Skipped]]:
    """Measure detectors on sets.

    Args:
        sets: from :func:`~anomaly_lens.training.datasets.find_sets`.
        detectors: registered names.
        device: "auto", "cpu" or "cuda".
        percent: the share of pixels that become instances, in percent; as ``detect`` chooses when None.
        score: what scores a scene for a detector that scores pixels alone; the engine when None.

    Returns:
        A filled meter for each set and detector, and what was left out: sets that a detector is not made for, and
        scenes that show nothing.

    Raises:
        EngineError: where a scene or label cannot be read or scored.
    """
    modalities = {entry["name"]: entry["modalities"] for entry in catalog()}
    unknown = [name for name in detectors if name not in modalities]
    if unknown:
        create_detector(unknown[0], get_profile("visible"))  # raises the engine's own error
    meters, skipped = [], []
    total = len(detectors) * sum(len(labelled.scenes) for labelled in sets)
    with tqdm(total=total, unit="scene", disable=None, leave=False) as bar:
        for labelled in sets:
            for detector in detectors:
                if labelled.modality is not None and labelled.modality not in modalities[detector]:
                    skipped.append(Skipped(labelled.name, f"{detector} is not made for {labelled.modality}"))
                    bar.update(len(labelled.scenes))
                    continue
                bar.set_description(f"{labelled.name} · {detector}")
                meter = SetMeter(labelled, detector, percent)
                for scene in labelled.scenes:
                    try:
                        with scene.open() as opened:
                            kind = create_detector(detector, get_profile(labelled.modality or suggest(opened)[0]))
                            look = partial(_look, score, kind, opened, device)
                            if not meter.scenes:  # what is set up once must not count as speed
                                look()
                            began = time.perf_counter()
                            raw, pieces = look()
                            seconds = time.perf_counter() - began
                        meter.add(scene, raw, kind, seconds, pieces)
                    except EngineError as error:
                        # A tile of nothing but nodata must not cost what was measured for hours before it.
                        if error.code not in _NOTHING_TO_SEE:
                            raise
                        skipped.append(Skipped(f"{labelled.name}/{scene.id}", f"{detector}: {error.message}"))
                    bar.update()
                if meter.scenes:
                    meters.append(meter)
    return meters, skipped


def _look(
    score: Scorer | None, kind: Detector, scene: Scene, device: str
) -> tuple[NDArray[np.float32], list[Piece] | None]:
    name, modality = kind.name, kind.profile.name
    if score is None or isinstance(kind, InstanceDetector):
        return examine_scene(scene, name, modality=modality, device=device)
    return score(scene, name, modality, device), None


def tables(rows: Sequence[dict[str, Any]]) -> list[tuple[str, list[str], list[list[str]]]]:
    """The summaries as two tables, of pixels and of objects: title, headings and cells of each."""

    def name(row: dict[str, Any]) -> str:
        return f"{row['set']} (boxes)" if row["label"] == "boxes" else str(row["set"])

    made = []
    for title, count, columns in (("Pixels", "scenes", PIXEL_COLUMNS), ("Objects", "objects", OBJECT_COLUMNS)):
        headings = ["set", "detector", count, *(column.heading for column in columns)]
        cells = [
            [name(row), row["detector"], str(row[count]), *(number(row[c.key], c.decimals) for c in columns)]
            for row in rows
        ]
        made.append((title, headings, cells))
    return made


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--data", required=True, metavar="DIR", help="folder with labelled sets, at any depth")
    parser.add_argument("--detector", nargs="+", default=["rx"], metavar="NAME", help="one or several; default: rx")
    parser.add_argument(
        "--sets", default="", metavar="A,B", help="names of the sets, or the ends of them; default: all"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda; default: auto")
    parser.add_argument("--out", default=str(DEFAULT_OUT), metavar="DIR", help=f"default: {DEFAULT_OUT}")
    parser.add_argument(
        "--instances-percent",
        type=float,
        metavar="P",
        help="the P percent most anomalous pixels become instances for AP; default: as detect chooses",
    )
    parser.add_argument(
        "--model",
        help="for asd: a taught model to score all scenes by; by default one is taught on each set's first half, and "
        "all detectors are measured on the second",
    )


def run(args: argparse.Namespace) -> int:
    """Measure, save and print."""
    percent = args.instances_percent
    if percent is not None and not 0 < percent <= 100:
        raise EngineError(
            "bad_parameter", f"--instances-percent cannot be {percent:g}.", "Give a number above 0, up to 100."
        )
    if args.model is not None and "asd" not in args.detector:
        raise EngineError("bad_parameter", "Only asd scores by a model.", "Leave --model out, or add --detector asd.")
    sets, unlabelled = find_sets(args.data, [name for name in args.sets.split(",") if name])
    check_labels(sets)
    out = make_folder(Path(args.out))
    score = None
    if "asd" in args.detector:
        from .asd_protocol import TaughtScorer

        score = TaughtScorer(sets, args.model, out, args.device)
        sets, unlabelled = score.sets, [*unlabelled, *score.skipped]
    meters, unsuitable = evaluate(sets, args.detector, device=args.device, percent=percent, score=score)
    for left_out in (*unlabelled, *unsuitable):
        print(f"skipped {left_out.name}: {left_out.reason}")
    if not meters:
        raise EngineError("bad_parameter", f"{args.data} has nothing to measure on.", "Choose other sets or detectors.")
    rows = [meter.summary() for meter in meters]
    facts = machine_facts()
    command = {
        "detectors": args.detector,
        "model": args.model,
        "device": args.device,
        "instances_percent": percent,
        "data": str(args.data),
        "sets": args.sets,
    }
    report = [describe(facts), ""]
    page = [f"# Measured: {', '.join(args.detector)}", "", *(f"    {line}" for line in describe(facts).splitlines())]
    for title, headings, cells in tables(rows):
        report += [title, aligned(headings, cells, left=2), ""]
        page += ["", f"## {title}", "", markdown(headings, cells, left=2)]
    save_csv(out / "sets.csv", rows)
    scenes = [scene for meter in meters for scene in meter.scenes]
    save_csv(out / "scenes.csv", scenes)
    (out / "report.md").write_text("\n".join([*page, "", *_NOTES, ""]), encoding="utf-8")
    save_json(out / "report.json", {"machine": facts, "command": command, "sets": rows, "scenes": scenes})
    print("\n".join([*report, *_NOTES]))
    print(f"\nsaved in {out}: report.md, report.json, sets.csv, scenes.csv")
    return 0


def make_folder(path: Path) -> Path:
    """Make the folder for the results.

    Raises:
        EngineError: ``not_writable``.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(
            "not_writable", f"{path} cannot be made ({error.strerror}).", "Choose another folder with --out."
        ) from error
    return path
