"""What commands print for scripts."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

NOBODY_READS = 141
"""The exit status of what ends since its reader has gone, as the shell gives it to programs that the signal ends."""


class NoRoom(Exception):  # noqa: N818 - as the disk's own name of it
    """The disk is full that what is printed goes to."""


def show(command: Callable[[], int]) -> int:
    """The exit status of a command, which is over when nobody reads any more what it prints (``| head``).

    Where what it prints finds no room, the status is 2.
    """
    try:
        try:
            return command()
        finally:
            _flush()
    except (BrokenPipeError, NoRoom) as error:
        gone = isinstance(error, BrokenPipeError)
        if not gone:
            with suppress(OSError):  # it may be on the same disk
                print(
                    "error: A disk has no room left, most likely the one for what is printed.",
                    file=sys.stderr,
                    flush=True,
                )
        # Python writes what is left when it ends, and would tell that it cannot.
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device
            for stream in (sys.stdout, sys.stderr):
                with suppress(AttributeError, OSError, ValueError):  # a stream that is no file
                    os.dup2(nowhere.fileno(), stream.fileno())
        return NOBODY_READS if gone else 2


def print_json(value: Any, indent: int | None = 2) -> None:  # noqa: ANN401 - plain JSON types
    """Print a value as JSON, with letters as they are where the output can take them."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=indent)
    print(text)


def _flush() -> None:
    """Write what was printed, so that a reader who has gone, or a full disk, is noticed."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise NoRoom from error
