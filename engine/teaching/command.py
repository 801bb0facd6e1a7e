"""The command ``teach``."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from ..shown import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("scenes", nargs="+", metavar="SCENE", help="rasters with the same bands")
    parser.add_argument(
        "--normal",
        nargs="+",
        required=True,
        metavar="POLYGONS",
        help="vector file with polygons of normal ground: one for all scenes, or one for each",
    )
    parser.add_argument("--out", required=True, metavar="MODEL", help="folder to make for the model")
    parser.add_argument("--name", help="what people will call it; default: the folder's name")
    parser.add_argument("--bands", type=int, nargs="+", metavar="B", help="1-based bands to use; default: all")
    parser.add_argument(
        "--nodata",
        type=float,
        metavar="V",
        help="a value that means no data, where the files do not say so",
    )
    parser.add_argument(
        "--absolute",
        action="store_true",
        help="scale all scenes as the taught ground, not each by its own mean and deviation: for scenes that may be "
        "foreign as a whole, of one sensor under one light",
    )
    parser.add_argument("--seconds", type=float, metavar="S", help="time for learning; default: 150")
    parser.add_argument("--seed", type=int, default=0, help="of all chance; default: 0")
    parser.add_argument("--checkpoints", metavar="DIR", help="the authors' published files, to use instead of learning")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda; default: auto")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Teach; the first Ctrl-C keeps the best so far, the second ends it all."""
    from tqdm import tqdm

    from .teach import BUDGET_SECONDS, TeachProgress, teach

    stop, cancel = threading.Event(), threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def interrupt(*_: object) -> None:
        if stop.is_set():
            cancel.set()
            signal.signal(signal.SIGINT, before)
        stop.set()

    signal.signal(signal.SIGINT, interrupt)
    form = "{desc} {percentage:3.0f}% |{bar}| {elapsed}<{remaining}{postfix}"
    with tqdm(total=1.0, bar_format=form, disable=None if not args.json else True) as bar:

        def show(progress: TeachProgress) -> None:
            bar.set_description_str(progress.message, refresh=False)
            if progress.loss is not None:
                bar.set_postfix(loss=f"{progress.loss['total']:.3f}", refresh=False)
            bar.update(progress.fraction - bar.n)

        result = teach(
            args.scenes,
            [{"path": path} for path in args.normal],
            args.out,
            name=args.name,
            bands=args.bands,
            nodata=[args.nodata] * len(args.scenes),
            adapt=not args.absolute,
            seed=args.seed,
            budget_s=args.seconds if args.seconds is not None else BUDGET_SECONDS,
            checkpoints=args.checkpoints,
            device=args.device,
            progress=show,
            cancel=cancel,
            stop=stop,
        )
    if args.json:
        print_json(result.to_dict())
        return 0
    for warning in result.warnings:
        print(f"note: {warning}", file=sys.stderr)
    training = result.card["training"]
    print(
        f"“{result.card['name']}” was taught on {result.card['normal_pixels']} pixels in {result.seconds:.0f} s "
        f"({training.get('steps_done', 0)} steps); it tells ground that it had not seen from altered ground "
        f"{training['separation']:.0%} of the time"
    )
    print(result.model)
    return 0
