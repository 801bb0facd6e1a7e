"""Threads that read ahead and write behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from anomaly_lens.engine.streaming import Writer, prefetch


class Source:
    """Numbers from 0, and how many were asked for."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.made = 0
        self.closed = False
        self.changed = threading.Condition()

    def __iter__(self) -> Iterator[int]:
        try:
            for number in range(self._count):
                with self.changed:
                    self.made = number + 1
                    self.changed.notify_all()
                yield number
        finally:
            self.closed = True

    def await_made(self, made: int) -> None:
        """Wait until so many were asked for."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.made >= made, timeout=10)


@pytest.mark.parametrize("ahead", [1, 2, 5])
def test_as_many_items_are_made_ahead_as_are_asked_for_and_no_more(ahead):
    source = Source(20)
    for number in prefetch(iter(source), ahead):
        source.await_made(min(20, number + 1 + ahead))
        assert source.made <= number + 1 + ahead
    assert number == 19
    assert list(prefetch(iter(Source(4)), ahead)) == [0, 1, 2, 3]
    assert list(prefetch(iter(()), ahead)) == []


def test_what_an_iterator_raises_comes_in_its_turn():
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the file ends here")

    found = []
    with pytest.raises(OSError, match="the file ends here"):
        found.extend(prefetch(items()))
    found = prefetch(items())
    assert (next(found), next(found)) == (1, 2)
    with pytest.raises(OSError, match="the file ends here"):
        next(found)


def test_who_stops_early_stops_the_thread_and_closes_the_iterator():
    source = Source(1000)
    before = threading.active_count()
    found = prefetch(iter(source))
    assert next(found) == 0
    found.close()
    assert threading.active_count() == before
    assert source.closed
    assert source.made <= 3


def test_a_writer_keeps_the_order_and_tells_what_went_wrong():
    written: list[int] = []

    def write(number: int) -> None:
        if number == 3:
            raise OSError("the disk is full")
        written.append(number)

    with Writer(write) as writer:
        for number in range(3):
            writer(number)
    assert written == [0, 1, 2]
    with pytest.raises(OSError, match="the disk is full"), Writer(write) as writer:
        for number in range(10):
            writer(number)
    assert written == [0, 1, 2, 0, 1, 2]
    with pytest.raises(KeyError), Writer(write):  # what the block raises goes before
        raise KeyError
