"""Memory that is free inside this process, and how it gets back to the system."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Let the system have the memory that was freed but kept for the next request; on Linux with GNU's C library.

    Kept memory is fast to have again where the next requests are for the same sizes. Where they are not, it lies in
    holes that nothing fits in, and the process grows.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
