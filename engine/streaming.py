"""Threads that keep reading and writing out of the way of computing."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

# So many items, or calls, may wait before who makes them has to.
_DEPTH = 2

_END = object()


def prefetch(items: Iterator[T]) -> Iterator[T]:
    """Run an iterator in a thread of its own, a few items ahead of the consumer.

    An exception in the iterator is raised in the consumer, in its turn. A consumer that stops early stops the thread
    after the item it is at.

    Args:
        items: the iterator; only the new thread touches it.

    Yields:
        The items, in order.
    """
    waiting: queue.Queue[Any] = queue.Queue(maxsize=_DEPTH)
    stop = threading.Event()

    def put(item: object) -> bool:
        while not stop.is_set():
            try:
                waiting.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def produce() -> None:
        try:
            for item in items:
                if not put((item, None)):
                    return
        except BaseException as error:  # noqa: BLE001 - raised again in the consumer's thread
            put((_END, error))
        else:
            put((_END, None))

    thread = threading.Thread(target=produce, name="anomaly-lens-reader", daemon=True)
    thread.start()
    try:
        while True:
            item, error = waiting.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        stop.set()
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
