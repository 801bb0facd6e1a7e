"""Memory: how what is free in this process gets back to the system, and that there is not enough of it."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .errors import EngineError

_GPU_SHORT = ("CUDA error: out of memory", "_STATUS_ALLOC_FAILED")
# What oneDNN says where it finds no room for the code of a layer; of one that it cannot do, it says more.
_NO_PRIMITIVE = "could not create a primitive"


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


def is_gpu_short(error: Exception) -> bool:
    """Whether a GPU's memory has run out.

    Torch, which need not be loaded, has an error of its own for what it allocates. Where other programs have taken all,
    CUDA and its libraries find no room for themselves, and that is a plain RuntimeError.
    """
    return type(error).__name__ == "OutOfMemoryError" or any(told in str(error) for told in _GPU_SHORT)


def _is_lack(error: Exception) -> bool:
    """Whether memory has run out; torch tells so in a plain RuntimeError for the CPU."""
    told = str(error)
    on_cpu = "DefaultCPUAllocator" in told or told.strip() == _NO_PRIMITIVE
    return isinstance(error, MemoryError) or on_cpu or is_gpu_short(error)
