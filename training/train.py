"""Trains a network on simulated anomalies.

The run's folder (``--out``) holds the settings, a log that can be plotted, and a checkpoint written at least every five
minutes; the same command continues from it, and so does one that names no settings: then they are those of the run.
``--export`` writes the weights and their model card at the end.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path

from filelock import FileLock, Timeout

from ..engine.errors import EngineError
from ..engine.models.uniadrs import STEMS, load_network
from ..engine.weights import load_weights

ADA = {"mask_dino_ada": "mask_dino", "mask2former_ada": "mask2former"}
"""Networks that find instances, and the head that each has."""

MODELS = ("uniadrs", *ADA, "asd")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("model", choices=MODELS, help="which network")
    parser.add_argument("--data", type=Path, required=True, help="folder of training imagery")
    parser.add_argument(
        "--config",
        type=Path,
        help="JSON file of settings; those of the run to continue or the shipped ones when absent",
    )
    parser.add_argument(
        "--out", type=Path, help="folder of the run [out/train/MODEL]; of asd: the model's, [the shipped ones']"
    )
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="[%(default)s]")
    parser.add_argument("--export", type=Path, help="folder to write weights and model card to at the end")
    parser.add_argument("--report", type=Path, help="report.json of evaluate, whose measures go into the model card")
    parser.add_argument("--init", type=Path, help="folder of weights to begin with")
    parser.add_argument("--mean", action="store_true", help="export the mean of the run's weights and --init's")
    parser.add_argument(
        "--stem", choices=STEMS, nargs="+", help="of uniadrs: which network [those of the run to continue, or both]"
    )
    parser.add_argument("--normal-class", metavar="NAME", help="of asd: what is normal; see docs/asd.md")


_NOT_OF = {
    "uniadrs": ("normal_class",),
    **dict.fromkeys(ADA, ("stem", "normal_class")),
    "asd": ("config", "export", "report", "init", "stem", "mean"),
}
"""Options that say nothing of a model."""


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    for name in _NOT_OF[arguments.model]:
        if getattr(arguments, name) not in (None, False):
            option = f"--{name.replace('_', '-')}"
            raise EngineError("bad_parameter", f"{arguments.model} has no {option}.", f"Leave {option} out.")
    if arguments.init is not None:
        # Before hours of training, and whatever the engine advises where its own weights are damaged.
        load_weights(arguments.init, remedy="Give --init a folder that --export wrote, or leave it out.")
    if arguments.mean:
        _check_mean(arguments)
    if arguments.report is not None:
        from .weights import measured

        measured(arguments.report)  # before hours of training
        if arguments.export is None:
            raise EngineError(
                "bad_parameter",
                "--report is for the card that --export writes.",
                "Give --export, too, or leave it out.",
            )
    if arguments.export is not None:
        _check_place(arguments.export, arguments.model)
    if arguments.model == "asd":
        return _train_asd(arguments)
    arguments.out = arguments.out or Path("out/train") / arguments.model
    return _train_ada(arguments) if arguments.model in ADA else _train_uniadrs(arguments)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Keep other processes from training in a folder: two would write each other's checkpoints over."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        held: AbstractContextManager[object] = FileLock(out / ".lock").acquire(timeout=0)
    except Timeout as error:
        raise EngineError(
            "already_running", f"Another process trains in {out}.", "Wait for it or stop it, or give another --out."
        ) from error
    except OSError as error:
        if not any(out.rglob("checkpoint.pt")):
            raise EngineError(
                "not_writable", f"{out} cannot be written ({error.strerror}).", "Choose another folder."
            ) from error
        # Nobody can train there, but a finished run can be exported elsewhere.
        held = nullcontext()
    with held:
        yield


def _check_mean(arguments: argparse.Namespace) -> None:
    """Before hours of training: is there anything to take the mean with?"""
    if arguments.init is None or arguments.export is None:
        raise EngineError(
            "bad_parameter",
            "--mean is of the run's weights and those that it begins with.",
            "Give --init and --export, too, or leave it out.",
        )
    name = load_weights(arguments.init)[1].get("name")
    if name != arguments.model:
        raise EngineError(
            "bad_parameter",
            f"{arguments.init} holds weights of {name}, which have no mean with those of {arguments.model}.",
            "Leave --mean out.",
        )
    if arguments.init.resolve() == arguments.export.resolve():
        raise EngineError(
            "bad_parameter",
            f"The mean would take the place of the weights in {arguments.init}, without which nobody could export it "
            "again.",
            "Export to another folder.",
        )


def _check_place(folder: Path, model: str) -> None:
    """Before hours of training: weights of another model that lie where these are exported to would lose their card."""
    try:
        name = json.loads((folder / "card.json").read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if name != model:
        raise EngineError(
            "bad_parameter",
            f"{folder} holds weights of {name}, whose card would be lost.",
            "Choose another folder for --export.",
        )


def _check_export(arguments: argparse.Namespace, stems: list[str]) -> None:
    """Before hours of training: can a stem that is not trained now be exported, or kept where it is exported to?"""
    from .resuming import check_exported

    for stem in STEMS:
        if stem in stems:
            continue
        check_exported(arguments.out / stem, arguments.init if arguments.mean else None)
        if not (arguments.out / stem / "checkpoint.pt").is_file():
            try:
                load_network(arguments.export, stem)
            except EngineError as error:
                raise EngineError(
                    "bad_parameter",
                    f"{arguments.export} has no weights of the {stem} network, which the run does not train.",
                    "Export to a folder that has them, such as a copy of resources/weights/uniadrs, or train both.",
                ) from error


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Say what to do where weights cannot be written."""
    try:
        yield
    except OSError as error:
        raise EngineError(
            "not_writable",
            f"No weights can be written in {folder} ({error.strerror or error}).",
            "Make room or choose another folder, and start the command again: it only exports.",
        ) from error


def _train_uniadrs(arguments: argparse.Namespace) -> int:
    from . import train_uniadrs
    from .resuming import begun_settings
    from .uniadrs_settings import Settings, read_settings

    runs = {stem: begun_settings(Settings, arguments.out / stem) for stem in STEMS}
    begun = {stem: own for stem, own in runs.items() if own is not None}
    settings = read_settings(arguments.config, arguments.set, begun)
    stems = arguments.stem or list(begun) or list(STEMS)
    if arguments.export is not None:
        _check_export(arguments, stems)
    if not arguments.stem and len(stems) < len(STEMS):
        print(f"{arguments.out} is a run of the {stems[0]} network alone; --stem trains the other", file=sys.stderr)
    with _alone(arguments.out):
        train_uniadrs.train(
            arguments.data,
            arguments.out,
            {stem: settings[stem] for stem in stems},
            device=arguments.device,
            init=arguments.init,
        )
        if arguments.export is not None:
            from .uniadrs_weights import export_weights

            with _writing(arguments.export):
                mean_with = arguments.init if arguments.mean else None
                export_weights(arguments.out, arguments.data, arguments.export, arguments.report, mean_with)
    return 0


def _train_asd(arguments: argparse.Namespace) -> int:
    from .asd_classes import train

    if arguments.normal_class is None:
        raise EngineError("bad_parameter", "ASD is taught one normal class.", "Name it with --normal-class.")
    result = train(
        arguments.data, arguments.normal_class, arguments.out, changes=arguments.set, device=arguments.device
    )
    print(f"{result.model}: taught on {result.card['normal_pixels']} pixels in {result.seconds:.0f} s")
    return 0


def _train_ada(arguments: argparse.Namespace) -> int:
    from . import train_ada
    from .ada_settings import AdaSettings, read_ada_settings
    from .resuming import begun_settings
    from .settings import settings_of

    begun = begun_settings(AdaSettings, arguments.out)
    if arguments.config is None and begun is not None:
        settings = settings_of(AdaSettings, asdict(begun), arguments.set)
    else:
        config = arguments.config or Path(__file__).parent / "configs" / f"{arguments.model}.json"
        settings = read_ada_settings(config, arguments.set)
    with _alone(arguments.out):
        train_ada.train(
            ADA[arguments.model],
            arguments.data,
            arguments.out,
            settings,
            device=arguments.device,
            init=arguments.init,
        )
        if arguments.export is not None:
            from .ada_weights import export_weights

            mean_with = arguments.init if arguments.mean else None
            with _writing(arguments.export):
                export_weights(arguments.out, arguments.data, arguments.export, arguments.report, mean_with)
    return 0
