"""Memory that is given back to the system."""

from __future__ import annotations

import ctypes
import sys
import time
import weakref
from pathlib import Path

import pytest
from anomaly_lens.engine import detect, memory, region
from anomaly_lens.engine.detectors.rx import GlobalRX
from anomaly_lens.engine.errors import EngineError


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="GNU's C library is on Linux")
def test_what_was_freed_goes_back() -> None:
    library = ctypes.CDLL(None)
    if not hasattr(library, "malloc_trim"):
        pytest.skip("another C library")
    library.malloc.restype = ctypes.c_void_p
    # Blocks that are kept when freed, and one behind them that is not: the end of the heap stays where it is.
    size, count = 64 * 1024, 3000
    blocks = [library.malloc(size) for _ in range(count)]
    for block in blocks:
        ctypes.memset(block, 1, size)
    for block in blocks[:-1]:
        library.free(ctypes.c_void_p(block))
    before = resident()
    memory.give_back()
    assert before - resident() > size * count / 2
    library.free(ctypes.c_void_p(blocks[-1]))


def test_where_the_library_has_no_such_thing_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: object())
    memory.give_back()


def test_a_strip_is_gone_when_the_next_one_is_scored(make_raster, noise, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(region, "STRIP_BYTES", 80 * 3 * 8 * 20)
    score, before, kept = GlobalRX.score, [], []

    def scored(self, strip):
        deadline = time.monotonic() + 5
        while any(ref() is not None for ref in before) and time.monotonic() < deadline:
            time.sleep(0.01)  # the last one may still be on its way to the file
        kept.append(sum(ref() is not None for ref in before))
        found = score(self, strip)
        before.append(weakref.ref(found))
        return found

    monkeypatch.setattr(GlobalRX, "score", scored)
    detect(make_raster(noise(3, 60, 80)), tmp_path / "out")
    assert len(kept) > 2
    assert not any(kept)


@pytest.mark.parametrize(
    ("said", "lack"),
    [("could not create a primitive", True), ("could not create a primitive descriptor for a convolution", False)],
)
def test_a_layer_that_finds_no_room_for_its_code_is_a_lack_of_memory(said, lack):
    expected = pytest.raises(EngineError if lack else RuntimeError, match="Too little" if lack else said)
    with expected, memory.told_if_short("Too little.", "Choose a smaller area."):
        raise RuntimeError(said)
