"""The command line of measuring and training: ``python -m anomaly_lens.training <command>``."""

from __future__ import annotations

import argparse
import errno
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from ..engine.errors import EngineError
from ..engine.shown import show

# Spinning threads are slow where others need the processor too; see engine/__main__.py.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# A command's module has add_arguments(parser) and run(args) -> exit status; its docstring's first line is its help.
COMMANDS = {
    "evaluate": "evaluate",
    "train": "train",
    "preview": "preview",
    "darken": "darken",
    "bench": "bench",
    "sample": "sample",
    "natural": "natural_set",
    "simulate": "simulated_set",
    "plant": "asd_planted",
    "asd-classes": "asd_class_measure",
    "asd-ceiling": "asd_ceiling",
    "ablate-asd": "asd_ablation",
    "ablate-uniadrs": "uniadrs_ablation",
    "ablate-ada": "ada_ablation",
    "export-onnx": "export_onnx",
}


# What no command can help: a disk that is full or read-only, a folder of somebody else's, a file in a folder's place, a
# name that no file can have.
_DISK = ("ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "ENOTDIR", "EISDIR", "ENAMETOOLONG")
_OF_THE_DISK = {getattr(errno, name) for name in _DISK if hasattr(errno, name)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the words after the program's name; those of the command line when None.

    Returns:
        The exit status: 0 when all went well, 2 for an error that the user can mend, 130 when interrupted, 141 when
        nobody reads what it says any more.
    """
    return show(lambda: _main(arguments))


def _main(arguments: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="python -m anomaly_lens.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="{" + ",".join(COMMANDS) + "}")
    # Only the module that is asked for is imported: some pull in torch, which takes a second.
    asked = [name for name in words[:1] if name in COMMANDS] or list(COMMANDS)
    modules = {name: import_module(f".{COMMANDS[name]}", __package__) for name in asked}
    for name, module in modules.items():
        summary = (module.__doc__ or "").strip().splitlines()[0]
        command = commands.add_parser(
            name,
            help=summary,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
    options = parser.parse_args(words)
    # A console that lacks a letter (τ in a heading, a name in a path) shows another instead of ending the command.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return int(modules[options.command].run(options))
    except EngineError as error:
        print(f"error: {error.message}", file=sys.stderr)
        if error.hint:
            print(error.hint, file=sys.stderr)
        return 2
    except OSError as error:
        if error.errno not in _OF_THE_DISK:
            raise
        where = "A file" if error.filename is None else str(error.filename)
        print(f"error: {where} cannot be written or read ({error.strerror}).", file=sys.stderr)
        print("Make room, or choose another folder.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
