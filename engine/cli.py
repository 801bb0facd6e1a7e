"""The engine's command line."""

from __future__ import annotations

import argparse
import errno
import io
import re
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from .check import cannot_load, check_packages
from .errors import EngineError
from .shown import NoRoom, print_json, show
from .teaching import command

if TYPE_CHECKING:
    from distributed import Client

    from .pipeline import DetectResult
    from .scaleout.remote import Outcome


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: those of the process when None.

    Returns:
        The exit status: 0, 2 for an error that the user can mend, 130 when interrupted, 141 when nobody reads what it
        says any more.
    """
    return show(lambda: _main(arguments))


def _main(arguments: Sequence[str] | None) -> int:
    args = _parser().parse_args([_spelled_out(a) for a in (sys.argv[1:] if arguments is None else arguments)])
    if args.command == "worker":
        from .worker import run_worker

        return run_worker()
    # A file or console that lacks a letter of a scene's name shows its number instead of ending the command.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        if args.command != "check":
            check_packages()
        return int(args.run(args))
    except (EngineError, ImportError) as raised:
        error = raised if isinstance(raised, EngineError) else cannot_load(raised)
        if error.code == "cancelled":
            kept = "finished scenes stay" if _of_many(args) else "nothing was written"
            print(f"Cancelled; {kept}.", file=sys.stderr)
            return 130
        print(f"error: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"       {error.hint}", file=sys.stderr)
        return 2
    except OSError as error:  # files have errors of their own: this one is of what is printed
        if error.errno == errno.ENOSPC:
            raise NoRoom from error
        raise
    except KeyboardInterrupt:  # before a run listens, or the second one
        print("Interrupted.", file=sys.stderr)
        return 130


def _spelled_out(argument: str) -> str:
    """A negative number that has an exponent or ends in its point, without: argparse takes it for an option."""
    if re.fullmatch(r"-(\d+\.|(\d+\.?\d*|\.\d+)e[+-]?\d+)", argument, re.IGNORECASE) is None:
        return argument
    return f"{Decimal(repr(float(argument))):f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m anomaly_lens.engine", description="Finds anomalies in rasters.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    detect = commands.add_parser("detect", help="score a scene; writes a heat map and polygons")
    detect.add_argument("scene", metavar="SCENE", nargs="*", help="a raster that GDAL reads; several: see --scenes")
    detect.add_argument("--scenes", metavar="FILE", help="text file with one scene a line; finished ones are left out")
    detect.add_argument(
        "--dask", metavar="ADDRESS", help="spread the work: tcp://host:8786, or local[:N] for N processes here"
    )
    detect.add_argument("--detector", default="rx", help="see the command detectors; default: rx")
    detect.add_argument("--model", metavar="MODEL", help="for asd: folder of a taught model, or a shipped one's name")
    detect.add_argument(
        "--modality", help="hyperspectral, visible, sar, infrared or low_light; default: what the file suggests"
    )
    detect.add_argument("--out", required=True, metavar="DIR", help="folder for the results")
    area = detect.add_mutually_exclusive_group()
    area.add_argument("--aoi", metavar="FILE", help="vector file with the polygons of the area of interest")
    area.add_argument(
        "--bbox", nargs=4, type=float, metavar=("XMIN", "YMIN", "XMAX", "YMAX"), help="extent, in the CRS of --bbox-crs"
    )
    detect.add_argument("--bbox-crs", metavar="CRS", help="CRS of --bbox, such as EPSG:4326; default: the scene's")
    threshold = detect.add_mutually_exclusive_group()
    threshold.add_argument(
        "--threshold-percent",
        type=float,
        metavar="P",
        help="the P percent most anomalous pixels; default: the modality's; of asd a score of 0.5",
    )
    threshold.add_argument(
        "--threshold-score", type=float, metavar="S", help="pixels with a score of at least S (0 to 1)"
    )
    detect.add_argument(
        "--min-area",
        type=float,
        metavar="A",
        help="smallest anomaly, in m² (pixels without CRS); default: the modality's",
    )
    detect.add_argument(
        "--outline", default="pixels", help="how polygons are drawn: pixels, smooth or box; default: pixels"
    )
    detect.add_argument(
        "--peak-share",
        type=float,
        metavar="S",
        help="an anomaly holds what reaches this share (0 to 1) of its own highest raw score; 0: all that reach the "
        "threshold; default: 0.5 for uniadrs, but 0 in hyperspectral scenes and for all other detectors",
    )
    detect.add_argument("--bands", type=int, nargs="+", metavar="B", help="1-based bands to use; default: all")
    detect.add_argument(
        "--nodata",
        type=float,
        metavar="V",
        help="a value that means no data, where the file does not say so",
    )
    detect.add_argument("--device", default="auto", help="auto, cpu or cuda; default: auto")
    detect.add_argument("--name", help="stem of the output files")
    detect.add_argument("--json", action="store_true", help="print the result as JSON")
    detect.set_defaults(run=_detect)

    polygonize = commands.add_parser("polygonize", help="make polygons of a heat map, without detecting again")
    polygonize.add_argument("heatmap", metavar="HEATMAP", help="a heat map that detect has written")
    polygonize.add_argument("--out", required=True, metavar="GPKG", help="the *.gpkg to write; must not exist")
    threshold = polygonize.add_mutually_exclusive_group()
    threshold.add_argument("--threshold", type=float, metavar="S", help="pixels with a score of at least S (0 to 1)")
    threshold.add_argument("--percent", type=float, metavar="P", help="the P percent of pixels with the highest scores")
    polygonize.add_argument(
        "--peak-share",
        type=float,
        metavar="S",
        help="share (0 to 1) of an anomaly's own highest raw score that its pixels reach; default: the run's",
    )
    polygonize.add_argument(
        "--min-area", type=float, metavar="A", help="smallest anomaly, in m² (pixels without CRS); default: the run's"
    )
    polygonize.add_argument(
        "--merge", type=float, default=0.0, metavar="D", help="join anomalies at most D apart, in m (pixels)"
    )
    polygonize.add_argument(
        "--fill-holes", type=float, default=0.0, metavar="A", help="fill holes of at most A, in m² (pixels)"
    )
    polygonize.add_argument(
        "--smooth",
        type=int,
        metavar="N",
        help="rounds of smoothing the outlines, 0 to 20; default: as the run drew them",
    )
    polygonize.add_argument("--json", action="store_true", help="print the result as JSON")
    polygonize.set_defaults(run=_polygonize)

    teach = commands.add_parser("teach", help="teach asd what is normal, from polygons of normal ground")
    command.add_arguments(teach)
    teach.set_defaults(run=command.run)

    info = commands.add_parser("info", help="what a raster holds, as JSON")
    info.add_argument("scene", metavar="SCENE")
    info.set_defaults(run=_info)

    commands.add_parser("devices", help="the devices to compute on").set_defaults(run=_devices)
    check = commands.add_parser("check", help="whether this Python can run the engine: a convolution on a device")
    check.add_argument("--device", default="auto", help="auto, cpu or cuda; default: auto")
    check.add_argument("--json", action="store_true", help="print what was found, or the error, as JSON")
    check.set_defaults(run=_check)
    commands.add_parser("detectors", help="the detectors, and the modalities they are made for").set_defaults(
        run=_detectors
    )
    commands.add_parser("worker", help="speak JSON lines on stdin and stdout; for the plugin")
    return parser


def _of_many(args: argparse.Namespace) -> bool:
    """Whether a command is about the scenes of an archive."""
    return args.command == "detect" and (len(args.scene) > 1 or args.scenes is not None)


def _detect(args: argparse.Namespace) -> int:
    from tqdm import tqdm

    from .heatmap import is_heat_map
    from .pipeline import detect
    from .progress import Progress
    from .scaleout import archive

    scenes = [*args.scene, *(archive.read_list(args.scenes) if args.scenes else [])]
    if _of_many(args):
        # A folder that holds results, too, has more to match a pattern with every run.
        named, scenes = len(scenes), [scene for scene in scenes if not is_heat_map(scene)]
        if len(scenes) < named:
            print(f"note: {named - len(scenes)} heat maps of earlier runs were left out", file=sys.stderr)
    if not scenes:
        raise EngineError("bad_parameter", "No scene is given.", "Name a raster, or a list of rasters with --scenes.")
    if args.bbox_crs and not args.bbox:
        raise EngineError(
            "bad_parameter", "There is a --bbox-crs, but no --bbox.", "A file of polygons says its CRS by itself."
        )
    area = None
    if args.aoi:
        area = {"path": args.aoi}
    elif args.bbox:
        area = {"bbox": args.bbox, "crs": args.bbox_crs}
    cancel = threading.Event()
    # The first Ctrl-C lets the run clean up after itself; the second is Python's own.
    before = signal.getsignal(signal.SIGINT)

    def stop(*_: object) -> None:
        cancel.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, stop)
    form = "{desc} {percentage:3.0f}% |{bar}| {elapsed}<{remaining}"
    parameters: dict[str, Any] = {
        "detector": args.detector,
        "model": args.model,
        "modality": args.modality,
        "device": args.device,
        "threshold_percent": args.threshold_percent,
        "threshold_score": args.threshold_score,
        "min_area": args.min_area,
        "outline": args.outline,
        "peak_share": args.peak_share,
        "area": area,
        "bands": args.bands,
        "nodata": args.nodata,
        "name": args.name,
    }
    with (
        _cluster(args) as client,
        tqdm(total=1.0, bar_format=form, disable=None if not args.json else True) as bar,
    ):

        def show(progress: Progress) -> None:
            bar.set_description_str(progress.message, refresh=False)
            bar.update(progress.fraction - bar.n)

        if _of_many(args):
            outcomes = archive.detect_scenes(
                scenes, args.out, client=client, progress=show, cancel=cancel, **parameters
            )
            tell = partial(_tell_archive, outcomes)
        else:
            if client is not None:
                from .scaleout.strips import ScatteredRegion

                parameters["make_region"] = partial(ScatteredRegion, client)
            tell = partial(_tell, detect(scenes[0], args.out, progress=show, cancel=cancel, **parameters))
    return tell(args.json)


def _tell(result: DetectResult, as_json: bool) -> int:
    """Print what a run has found."""
    if as_json:
        print_json(result.to_dict())
        return 0
    for warning in result.warnings:
        print(f"note: {warning}", file=sys.stderr)
    things = "anomaly" if result.count == 1 else "anomalies"
    print(
        f"{result.count} {things} above score {result.score_threshold:.3f} "
        f"({result.detector}, {result.modality}, {result.device}; "
        f"{result.megapixels:.2f} megapixels in {result.seconds:.1f} s)"
    )
    print(result.heatmap)
    print(result.instances)
    return 0


def _polygonize(args: argparse.Namespace) -> int:
    from .polygonize import polygonize
    from .score_map import Shaping

    shaping = Shaping(
        threshold_score=args.threshold,
        threshold_percent=args.percent,
        peak_share=args.peak_share,
        min_area=args.min_area,
        merge=args.merge,
        fill_holes=args.fill_holes,
        smooth=args.smooth,
    )
    result = polygonize(args.heatmap, shaping, args.out)
    if args.json:
        print_json(result)
        return 0
    for warning in result["warnings"]:
        print(f"note: {warning}", file=sys.stderr)
    things = "anomaly" if result["count"] == 1 else "anomalies"
    print(f"{result['count']} {things} above score {result['score_threshold']:.3f}")
    print(result["instances"])
    return 0


def _cluster(args: argparse.Namespace) -> AbstractContextManager[Client | None]:
    """The workers that the command line names, or None."""
    if args.dask is None:
        return nullcontext()
    from .scaleout.cluster import connect

    return connect(args.dask, args.device)


def _tell_archive(outcomes: list[Outcome], as_json: bool) -> int:
    """Print what became of the scenes of an archive; 2 where some could not be done."""
    failed = [o for o in outcomes if o.error is not None]
    if as_json:
        print_json([o.to_dict() for o in outcomes])
        return 2 if failed else 0
    for o in outcomes:
        if o.result is not None:
            for warning in o.result["warnings"]:
                print(f"note: {o.scene}: {warning}", file=sys.stderr)
            when = " (before)" if o.before else ""
            print(f"{o.scene}: {o.result['count']} anomalies, {o.result['heatmap']}{when}")
    for o in failed:
        print(f"error: {o.scene}: {o.error}", file=sys.stderr)
    before = sum(o.before for o in outcomes)
    done = len(outcomes) - before - len(failed)
    print(f"{done} scenes done, {before} were done before, {len(failed)} failed")
    return 2 if failed else 0


def _info(args: argparse.Namespace) -> int:
    from .fill import leave_out_fill
    from .scene import open_scene

    with open_scene(args.scene) as scene:
        leave_out_fill(scene)
        print_json(scene.info())
    return 0


def _devices(_: argparse.Namespace) -> int:
    from .device import devices

    for device in devices():
        print(f"{device['name']:6}{device['label']}")
    return 0


def _check(args: argparse.Namespace) -> int:
    from .check import check

    try:
        found = check(args.device)
    except EngineError as error:
        if not args.json:
            raise
        print_json({"error": error.to_dict()}, indent=None)
        return 2
    if args.json:
        print_json(found, indent=None)
        return 0
    packages = ", ".join(f"{name} {version}" for name, version in found["packages"].items())
    print(f"The engine works on {found['label']} with Python {found['python']}: {packages}")
    return 0


def _detectors(_: argparse.Namespace) -> int:
    from .detectors import catalog

    for detector in catalog():
        print(f"{detector['name']:18}{detector['label']}: {detector['description']}")
        print(f"{'':18}for {', '.join(detector['modalities'])}")
    return 0
