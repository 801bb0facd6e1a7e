"""Memory: how what is free in this process gets back to the system, and that there is not enough of it."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .errors import EngineError


def give_back() -> None:
    """Let the system have the memory that was freed but kept for the next request; on Linux with GNU's C library.

    Kept memory is fast to have again where the next requests are for the same sizes. Where they are not, it lies in
    holes that nothing fits in, and the process grows.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def told_if_short(message: str, hint: str) -> Iterator[None]:
    """Turn a lack of memory in the block, a GPU's or the processor's, into something a person can act on.

    Raises:
        EngineError: ``out_of_memory``, with this message and hint.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _is_lack(error):
            raise
        raise EngineError("out_of_memory", message, hint) from error


def _is_lack(error: Exception) -> bool:
    """Whether memory has run out; torch, which need not be loaded, tells so in a plain RuntimeError for the CPU."""
    lack = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return lack or "DefaultCPUAllocator" in str(error)
