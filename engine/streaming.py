"""Threads that keep reading and writing out of the way of computing."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

_DEPTH = 2
"""So many items, or calls, may wait before who makes them has to."""

_END = object()


def prefetch(items: Iterator[T], ahead: int = _DEPTH) -> Iterator[T]:
    """Run an iterator in a thread of its own, a few items ahead of the consumer.

    An exception in the iterator is raised in the consumer, in its turn. A consumer that stops early stops the thread
    after the item it is at.

    Args:
        items: the iterator; only the new thread touches it.
        ahead: how many items are in memory at most beside the one that the consumer is at.

    Yields:
        The items, in order.
    """
    made: queue.Queue[Any] = queue.Queue()
    room = threading.Semaphore(ahead)
    stop = threading.Event()

    def produce() -> None:
        error: BaseException | None = None
        try:
            while room.acquire() and not stop.is_set():
                made.put((next(items), None))
        except StopIteration:
            pass
        except BaseException as raised:  # noqa: BLE001 - raised again in the consumer's thread
            error = raised
        made.put((_END, error))

    thread = threading.Thread(target=produce, name="anomaly-lens-reader", daemon=True)
    thread.start()
    try:
        while True:
            item, error = made.get()
            if error is not None:
                raise error
            if item is _END:
                return
            room.release()
            yield item
            del item
    finally:
        stop.set()
        room.release()
        thread.join()
        close = getattr(items, "close", None)
        if close is not None:
            close()


class Writer:
    """Calls a function in a thread of its own, in order; use it in a ``with`` statement.

    Leaving the block waits for what is under way. An exception in the thread is raised in the caller at its next call
    or on leaving the block.

    Args:
        write: the function to call.
    """

    def __init__(self, write: Callable[..., None]) -> None:
        self._write = write
        self._waiting: queue.Queue[Any] = queue.Queue(maxsize=_DEPTH)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="anomaly-lens-writer", daemon=True)

    def _run(self) -> None:
        while True:
            arguments = self._waiting.get()
            if arguments is _END:
                return
            if self._error is None:
                try:
                    self._write(*arguments)
                except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                    self._error = error
            del arguments  # or it would be in memory until the next call

    def __call__(self, *arguments: object) -> None:
        """Have the function called with these arguments, when its turn comes."""
        if self._error is not None:
            raise self._error
        self._waiting.put(arguments)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._waiting.put(_END)
        self._thread.join()
        if self._error is not None and kind is None:
            raise self._error
