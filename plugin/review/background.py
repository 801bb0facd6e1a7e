"""One thread that reads pixels while the window goes on: the latest wish first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from qgis.PyQt.QtCore import QObject, pyqtSignal

# QGIS, or its user, does not wait longer for pixels that nobody will see.
_LAST_JOB_S = 2.0

Job = Callable[[], Any]
Take = Callable[[Any], None]


class Background(QObject):
    """Does jobs one by one in a thread of its own and hands their results over in the main thread.

    A list that is scrolled asks for more pictures than anyone sees: what was asked for last is done first, and what
    waits behind ``most`` others is dropped.

    Args:
        parent: the owner.
        most: how many jobs may wait.
    """

    _done = pyqtSignal(object, object)

    def __init__(self, parent: QObject, most: int = 64) -> None:
        super().__init__(parent)
        self._most = most
        self._waiting: OrderedDict[Hashable, tuple[Job, Take]] = OrderedDict()
        self._wish = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        # From the other thread the signal is queued: the slot runs in the main thread.
        self._done.connect(self._hand_over)

    def ask(self, key: Hashable, job: Job, take: Take) -> None:
        """Have a job done soon, in place of one of the same key that still waits.

        Args:
            key: names the job.
            job: runs in the other thread and touches nothing that the main thread uses.
            take: is called in the main thread with its result, or with the exception that it ended with; never for a
                job that was dropped.
        """
        with self._wish:
            self._waiting[key] = (job, take)
            self._waiting.move_to_end(key)
            while len(self._waiting) > self._most:
                self._waiting.popitem(last=False)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="AnomalyLensPixels", daemon=True)
                self._thread.start()
            self._wish.notify()

    def waits(self, key: Hashable) -> bool:
        """Whether a job waits for its turn."""
        with self._wish:
            return key in self._waiting

    def drop_all(self) -> None:
        """Forget what waits."""
        with self._wish:
            self._waiting.clear()

    def close(self) -> None:
        """End the thread after the job that it does, which a disk far away may keep it at."""
        with self._wish:
            self._closed = True
            self._waiting.clear()
            self._wish.notify()
        if self._thread is not None:
            self._thread.join(_LAST_JOB_S)

    def _work(self) -> None:
        while True:
            with self._wish:
                while not self._waiting and not self._closed:
                    self._wish.wait()
                if self._closed:
                    return
                _key, (job, take) = self._waiting.popitem(last=True)
            try:
                result = job()
            except Exception as error:  # noqa: BLE001 - a picture that fails must not end the thread; it is told
                result = error
            if self._closed:
                return
            try:
                self._done.emit(take, result)
            except RuntimeError:
                # The dock was deleted meanwhile.
                return

    def _hand_over(self, take: Take, result: Any) -> None:  # noqa: ANN401 - whatever a job returns
        # What was under way when the thread was closed may be about widgets that are gone.
        if not self._closed:
            take(result)
