"""Trains a network on simulated anomalies.

The run's folder (``--out``) holds the settings, a log that can be plotted, and a checkpoint written at least every five
minutes; the same command continues from it. ``--export`` writes the weights and their model card at the end.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ..engine.models.uniadrs import STEMS

MODELS = ("uniadrs",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("model", choices=MODELS, help="which network")
    parser.add_argument("--data", type=Path, required=True, help="folder of training imagery")
    parser.add_argument("--config", type=Path, help="JSON file of settings; the shipped ones when absent")
    parser.add_argument("--out", type=Path, default=Path("out/train/uniadrs"), help="folder of the run [%(default)s]")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="[%(default)s]")
    parser.add_argument("--export", type=Path, help="folder to write weights and model card to at the end")
    parser.add_argument("--report", type=Path, help="report.json of evaluate, whose measures go into the model card")
    parser.add_argument("--init", type=Path, help="folder of weights to begin with")
    parser.add_argument("--stem", choices=STEMS, nargs="+", default=list(STEMS), help="which of its networks [both]")


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from . import train_uniadrs
    from .uniadrs_settings import read_settings

    settings = read_settings(arguments.config, arguments.set)
    train_uniadrs.train(
        arguments.data,
        arguments.out,
        {stem: settings[stem] for stem in arguments.stem},
        device=arguments.device,
        init=arguments.init,
    )
    if arguments.export is not None:
        from .weights import export_weights

        export_weights(arguments.out, arguments.data, arguments.export, arguments.report)
    return 0
