"""Numbers on the command line that have a least value."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def at_least(least: int) -> Callable[[str], int]:
    """What argparse makes a whole number with, ``type=at_least(1)``; it says which are allowed."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            msg = f"“{text}” is not a whole number, {least} or more"
            raise argparse.ArgumentTypeError(msg)
        return value

    return number
