"""The main job: from a scene to a heat map and polygons. Command line, worker and notebooks all call this."""

from __future__ import annotations

import errno
import math
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from shapely import affinity  # as a whole: the worker's threads would meet a part of it half imported
from shapely.geometry.base import BaseGeometry

from .area import as_told, read_area
from .detectors import check_name, create_detector
from .detectors.base import Detector, InstanceDetector
from .device import choose_device
from .errors import EngineError
from .fill import leave_out_fill
from .geometry import LARGEST, PixelMeasure
from .heatmap import HeatMapWriter
from .instances import MAX_INSTANCES, Instance, InstanceGrower
from .memory import give_back, told_if_short
from .models.scales import DARK
from .outlines import OUTLINES
from .parameters import check_ranges, check_threshold
from .pieces import Piece, PieceCollector, join
from .polygons import NOT_WRITTEN, write_polygons
from .profiles import get_profile, suggest
from .progress import Progress, Reporter
from .provenance import provenance
from .region import Region
from .scene import Scene, open_scene
from .scores import Calibration, RawHistogram
from .slopes import MOST_PIXELS, foot, grower_of
from .statistics import no_valid_pixels
from .streaming import Writer
from .work import RawScores, publish, run_key, work_folder


@dataclass
class DetectResult:
    """What a run found, and where it lies.

    Attributes:
        run_id: unique name of the run.
        heatmap: path of the GeoTIFF.
        instances: path of the GeoPackage.
        count: how many polygons it holds.
        omitted: how many more there would be beyond the limit.
        score_threshold: the heat-map score from which on a pixel belongs to an anomaly.
        device: the device that was used, at the end where a GPU was too small.
        detector: its name.
        modality: its name.
        area_unit: "m2" or "px".
        seconds: how long the run took.
        megapixels: how many million pixels the region has.
        warnings: what a person should know, in sentences.
        first: map coordinates of a point in the first polygon, or None.
        histogram: 256 counts of the scores from 0 to 1.
    """

    run_id: str
    heatmap: str
    instances: str
    count: int
    omitted: int
    score_threshold: float
    device: str
    detector: str
    modality: str
    area_unit: str
    seconds: float
    megapixels: float
    warnings: list[str]
    first: list[float] | None
    histogram: list[int]

    def to_dict(self) -> dict[str, Any]:
        """The result as plain JSON types."""
        return asdict(self)


def detect(
    scene: str | Path,
    out: str | Path,
    *,
    detector: str = "rx",
    model: str | None = None,
    modality: str | None = None,
    device: str = "auto",
    threshold_percent: float | None = None,
    threshold_score: float | None = None,
    min_area: float | None = None,
    outline: str = "pixels",
    peak_share: float | None = None,
    area: dict[str, Any] | None = None,
    bands: Sequence[int] | None = None,
    nodata: float | None = None,
    crs: str | None = None,
    name: str | None = None,
    source: str | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    make_region: Callable[[Scene, BaseGeometry | None], Region] = Region,
    note: Callable[[DetectResult], None] | None = None,
) -> DetectResult:
    """Find anomalies in a scene and write a heat map and polygons.

    A run whose process was killed goes on from its last whole strip when it is started again with the same scene, area,
    detector and output folder.

    Args:
        scene: path of a raster.
        out: folder for the results; made if it is not there. Existing files are never overwritten.
        detector: name of a registered detector.
        model: for a detector that takes one, the folder of a taught model or the name of a shipped one.
        modality: name of a profile; what the file suggests when None.
        device: "auto", "cpu" or "cuda".
        threshold_percent: the share of valid pixels, in percent, that becomes anomalies.
        threshold_score: the heat-map score from which on pixels become anomalies, instead of a share. Where neither is
            given, the detector's own score, or else the profile's share.
        min_area: the smallest anomaly kept, in m² (in pixels where the scene has no CRS); the profile's when None.
        outline: how polygons are drawn: "pixels" along pixel edges, "smooth", or "box" around each anomaly.
        peak_share: an anomaly holds the pixels that reach this share of its own highest raw score, see :mod:`.slopes`
            (0: all that reach the threshold); the detector's own when None. Instance networks draw their own outlines.
        area: the area of interest, see :func:`~anomaly_lens.engine.area.read_area`.
        bands: 1-based band numbers; all data bands when None.
        nodata: a value that means no data though the file does not say so, see :attr:`.Scene.also_nodata`.
        crs: that of the scene where its file says nothing or another, see :func:`.open_scene`.
        name: stem of the output files; from scene and detector when None.
        source: what provenance names as the source when ``scene`` is a temporary export.
        progress: called in this thread as the run goes on.
        cancel: set it in another thread to stop the run.
        make_region: makes what is passed over from the scene and the area; :mod:`.scaleout` gives another.
        note: called with the result as soon as it is published. A run that is killed before this returns finds what it
            has published when it is started again.

    Returns:
        What was found.

    Raises:
        EngineError: with the code, message and hint to show; nothing new is left behind in ``out``.
    """
    began = time.monotonic()
    check_parameters(detector, modality, threshold_percent, threshold_score, min_area, outline, peak_share)
    with open_scene(scene, bands, nodata, crs) as opened:
        finder, wanted = _finder(opened, detector, model, modality, device, area)
        profile = finder.profile
        region = make_region(opened, wanted)
        reporter = Reporter({"statistics": finder.prepare_share, "score": 1.0, "write": 0.5}, progress, cancel)
        reporter.check()
        # Subdatasets and URLs have names that no file may have.
        stem = re.sub(r"[^\w\-. ]+", "_", name or f"{opened.name}_{detector}").lstrip(".")
        key = run_key(region, finder, model)
        # Raw scores, heat map and overviews together take at most about 4 + 4 + 4/3 bytes a pixel.
        room = region.width * region.height * 10 + 2**20
        with work_folder(Path(out), key, room) as work, _clear_errors(opened.path, Path(out)):
            run_id = work.name[-12:]
            raw = RawScores(work, region.width)
            histogram, pieces = _score(region, finder, raw, reporter)
            calibration = Calibration(histogram, finder.calibrated)
            given = {"threshold_percent": threshold_percent, "threshold_score": threshold_score}
            chosen = {name: value for name, value in given.items() if value is not None} or finder.usual_threshold()
            threshold = calibration.threshold(**chosen)
            measure = PixelMeasure(opened)
            smallest = profile.min_pixels if min_area is None else min_area / measure.largest_pixel_area
            fewest = math.floor(smallest + 1e-9)
            share = finder.usual_peak_share() if peak_share is None else peak_share
            share, lowest = _peak_limits(calibration, threshold, share, finder)
            found = _collector(finder, pieces, threshold, share, lowest, fewest)
            origin = provenance(
                run_id=run_id,
                scene=opened,
                source=source,
                detector=finder,
                device=finder.device,
                parameters={
                    **chosen,
                    "min_area": min_area,
                    "min_pixels": profile.min_pixels if min_area is None else None,
                    "outline": outline,
                    "peak_share": share,
                    "peak_lowest": lowest,
                    "area": as_told(area),
                    "score_threshold": threshold,
                },
                reference=calibration.reference,
            )
            heatmap = work / "heatmap.tif"
            with HeatMapWriter(heatmap, region) as writer:
                _map(region, raw, calibration, writer, found, reporter)
                writer.finish(origin)
            instances = [_moved(i, region) for i in found.finish()]
            areas = measure.areas([i.polygon for i in instances]).tolist()
            if min_area is not None:
                kept = [k for k, a in enumerate(areas) if a >= min_area * (1 - 1e-9)]
                instances, areas = [instances[k] for k in kept], [areas[k] for k in kept]
            reporter.report("write", 0.98)
            polygons = work / "anomalies.gpkg"
            write_polygons(
                polygons,
                opened,
                instances,
                measure,
                areas=areas,
                outline=outline,
                detector=detector,
                modality=profile.name,
                run_id=run_id,
                provenance=origin,
            )
            reporter.report("write", 1.0)
            heatmap, polygons = publish(Path(out), stem, heatmap, polygons)
            warnings = [*opened.warnings, *finder.warnings, *([measure.warning] if measure.warning else [])]
            if found.omitted:
                warnings.append(
                    f"{found.omitted} more anomalies were left out: only the {MAX_INSTANCES} with the highest scores "
                    "are kept. Raise the threshold or the minimum area."
                )
            first = None
            if instances:
                point = measure.to_map(instances[0].polygon).representative_point()
                first = [point.x, point.y]
            result = DetectResult(
                run_id=run_id,
                heatmap=str(heatmap),
                instances=str(polygons),
                count=len(instances),
                omitted=found.omitted,
                score_threshold=threshold,
                device=finder.device,
                detector=detector,
                modality=profile.name,
                area_unit=measure.unit,
                seconds=round(time.monotonic() - began, 3),
                megapixels=region.width * region.height / 1e6,
                warnings=warnings,
                first=first,
                histogram=writer.histogram.tolist(),
            )
            if note is not None:
                note(result)
        return result


def score_scene(
    scene: str | Path | Scene,
    detector: str = "rx",
    *,
    model: str | None = None,
    modality: str | None = None,
    device: str = "auto",
    area: dict[str, Any] | None = None,
) -> NDArray[np.float32]:
    """Raw scores of a scene in memory, for measuring and for notebooks.

    Args:
        scene: a path or an opened scene.
        detector: name of a registered detector.
        model: for a detector that takes one, the folder of a taught model or the name of a shipped one.
        modality: name of a profile; what the file suggests when None.
        device: "auto", "cpu" or "cuda".
        area: the area of interest, see :func:`~anomaly_lens.engine.area.read_area`.

    Returns:
        Scores before calibration, shape (height, width) of the region; NaN where a pixel is not valid.

    Raises:
        EngineError: where the scene cannot be scored.
    """
    return examine_scene(scene, detector, model=model, modality=modality, device=device, area=area)[0]


def examine_scene(
    scene: str | Path | Scene,
    detector: str,
    *,
    model: str | None = None,
    modality: str | None = None,
    device: str = "auto",
    area: dict[str, Any] | None = None,
) -> tuple[NDArray[np.float32], list[Piece] | None]:
    """Raw scores of a scene as of :func:`score_scene`, and the instances that the detector tells apart by itself.

    Returns:
        Scores, and joined instances; None for a detector that scores pixels alone.
    """
    opened = scene if isinstance(scene, Scene) else open_scene(scene)
    try:
        finder, wanted = _finder(opened, detector, model, modality, device, area)
        region = Region(opened, wanted)
        finder.prepare(region, lambda _: None)
        looked = list(region.visit(finder.look, lambda _: None, finder.halo))
        scores = np.concatenate([part for part, _ in looked])
        if not isinstance(finder, InstanceDetector):
            return scores, None
        return scores, join([piece for _, found in looked for piece in found])
    finally:
        if opened is not scene:
            opened.close()


def _finder(
    scene: Scene, detector: str, model: str | None, modality: str | None, device: str, area: dict[str, Any] | None
) -> tuple[Detector, BaseGeometry | None]:
    """The detector as it looks at a scene, and where; fill that the scene does not declare is left out from here on."""
    profile = get_profile(modality or suggest(scene)[0])
    wanted = read_area(scene, area)
    leave_out_fill(scene, profile.name in DARK, wanted)
    finder = create_detector(detector, profile, choose_device(device))
    if model is not None:
        finder.use_model(model)
    return finder, wanted


def _score(region: Region, detector: Detector, raw: RawScores, reporter: Reporter) -> tuple[RawHistogram, list[Piece]]:
    """First pass: raw scores, their histogram, and what a detector found of instances.

    Raises:
        EngineError: what the detector raises, and ``no_valid_pixels`` for one that prepares without a look at them.
    """
    # Pieces of instances are kept nowhere: their detectors begin anew.
    resumable = not isinstance(detector, InstanceDetector)
    if resumable:
        reporter.resume("score", raw.rows / region.height)
    reporter.report("statistics", 0.0)
    detector.prepare(region, lambda share: reporter.report("statistics", share))
    spans = region.spans(detector.halo)
    histogram = RawHistogram()
    pieces: list[Piece] = []
    with raw.open(spans if resumable else ()) as file:
        missing = [row for row, _ in spans if row >= raw.rows]
        for _, scores in raw.read():
            histogram.add(scores)

        def save(scores: NDArray[np.float32]) -> None:
            histogram.add(scores)
            file.write(np.ascontiguousarray(scores).data)

        with Writer(save) as writer:
            detector.told = lambda rows: reporter.report("score", rows / region.height)
            for scores, found in region.visit(
                detector.look,
                lambda share: reporter.report("score", share),
                detector.halo,
                None if len(missing) == len(spans) else missing,
            ):
                writer(scores)
                pieces += found
                del scores  # or a strip would be in memory while the next one is scored
    if not histogram.total:
        raise no_valid_pixels(region.scene)
    return histogram, pieces


def _peak_limits(calibration: Calibration, threshold: float, share: float, detector: Detector) -> tuple[float, float]:
    """How outlines are counted from peaks: the share that pixels reach, 0 for none, and the lowest score that counts.

    Where too many pixels reach the threshold, there is no share; the detector's warnings say so.

    Args:
        calibration: of the scores.
        threshold: the lowest score of an anomaly.
        share: that is wanted, see :func:`.slopes.on_peaks`.
        detector: that has made the scores.
    """
    if not share or calibration.reaching(foot(threshold, share)) <= MOST_PIXELS:
        return share, 0.0
    lowest = calibration.lowest(MOST_PIXELS)
    if lowest <= threshold:
        return share, lowest
    detector.warnings.append(
        "So many pixels reach the threshold that outlines lie where it cuts, slopes included. Raise the threshold for "
        "closer ones."
    )
    return 0.0, lowest


def _collector(
    detector: Detector, pieces: list[Piece], threshold: float, share: float, lowest: float, fewest: int
) -> InstanceGrower | PieceCollector:
    """What finds the anomalies of a heat map: its connected pixels, or the instances that the detector has told apart.

    Args:
        detector: that has scored the map.
        pieces: of instances.
        threshold: the lowest score of an anomaly.
        share: of its peak, see :func:`.slopes.on_peaks`.
        lowest: see :func:`.slopes.foot`.
        fewest: pixels of an anomaly.
    """
    if isinstance(detector, InstanceDetector):
        return PieceCollector(join(pieces), threshold, min_pixels=fewest)
    core = min(fewest, detector.profile.min_pixels)
    limits = {"min_pixels": fewest, "max_instances": MAX_INSTANCES}
    return grower_of(threshold, share, core=core, lowest=lowest, **limits)


def _map(
    region: Region,
    raw: RawScores,
    calibration: Calibration,
    heatmap: HeatMapWriter,
    found: InstanceGrower | PieceCollector,
    reporter: Reporter,
) -> None:
    """Second pass: raw scores to the heat map, and instances."""
    give_back()  # what scoring took, in pieces of other sizes
    with Writer(heatmap.write) as writer:
        for row, scores in raw.read():
            scores = calibration(scores)
            writer(row, scores)
            found.add_strip(row, scores)
            reporter.report("write", 0.9 * (row + len(scores)) / region.height)


def _moved(instance: Instance, region: Region) -> Instance:
    """An instance in the scene's pixel coordinates rather than the region's."""
    if region.column or region.row:
        instance.polygon = affinity.translate(instance.polygon, region.column, region.row)
    return instance


def check_parameters(
    detector: str = "rx",
    modality: str | None = None,
    threshold_percent: float | None = None,
    threshold_score: float | None = None,
    min_area: float | None = None,
    outline: str = "pixels",
    peak_share: float | None = None,
) -> None:
    """See whether parameters of :func:`detect` can be, whatever the scene.

    Raises:
        EngineError: ``unknown_detector``, ``unknown_modality``, ``bad_parameter``.
    """
    check_name(detector)
    if modality is not None:
        get_profile(modality)
    if outline not in OUTLINES:
        message = f"There is no outline called “{outline}”."
        raise EngineError("bad_parameter", message, f"Choose one of: {', '.join(OUTLINES)}.")
    check_threshold(threshold_percent, threshold_score)
    check_ranges((("minimum area", min_area, 0, LARGEST), ("share of the peak", peak_share, 0, 1)))


@contextmanager
def _clear_errors(scene: str, out: Path) -> Iterator[None]:
    """Turn what libraries raise in mid-run into something a person can act on."""
    try:
        with told_if_short(
            f"There is not enough memory to score {scene}.", "Close other programs, or choose a smaller area."
        ):
            yield
    except (OSError, RasterioError, *NOT_WRITTEN) as error:
        full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
        if full or (out.exists() and shutil.disk_usage(out).free < 2**20):
            raise EngineError(
                "disk_full",
                f"There is no room left in {out}.",
                "Make room, or choose an output folder on another disk.",
            ) from error
        raise EngineError(
            "not_writable", f"The results cannot be written in {out} ({error}).", "Choose another output folder."
        ) from error
