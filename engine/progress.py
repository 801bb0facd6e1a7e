"""How a long computation tells how far it is, and learns that it should stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from .errors import Cancelled

Step = Callable[[float], None]
"""Tells how much of something is done, 0 to 1; raises when the user cancelled."""


@dataclass(frozen=True)
class Progress:
    """A moment of a run.

    Attributes:
        stage: short name of the step, one of those that :class:`Reporter` has messages for.
        message: the step in words.
        fraction: how much of the whole run is done, 0 to 1.
        elapsed: seconds since the run began.
        remaining: estimated seconds to go, or None while that is a guess.
    """

    stage: str
    message: str
    fraction: float
    elapsed: float
    remaining: float | None


def time_left(elapsed: float, done: float, left: float) -> float | None:
    """Seconds to go at the pace so far; None where that is a guess.

    Args:
        elapsed: seconds since the work began.
        done: how much was done since then, in any unit.
        left: how much is left.
    """
    # Below two percent or half a second the extrapolation only jumps about.
    return elapsed * left / done if done > 0.02 and elapsed > 0.5 else None


class Reporter:
    """Turns finished strips into progress, and a cancel into an exception.

    The stages of a run share one bar: each gets a part in proportion to its weight.

    Args:
        weights: the stages in order, each with its share of the work.
        listener: called with each new :class:`Progress`, in the computing thread.
        cancel: an event that another thread sets to stop the run.
    """

    _MESSAGES = {  # noqa: RUF012 - read only
        "statistics": "Learning what is normal",
        "score": "Scoring",
        "write": "Writing heat map and polygons",
        "read": "Reading normal ground",
        "teach": "Learning what is normal",
        "save": "Saving the model",
    }

    def __init__(
        self,
        weights: dict[str, float],
        listener: Callable[[Progress], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        total = sum(weights.values())
        self._start: dict[str, float] = {}
        self._share = {stage: weight / total for stage, weight in weights.items()}
        done = 0.0
        for stage, share in self._share.items():
            self._start[stage] = done
            done += share
        self._listener = listener
        self._cancel = cancel
        self._began = time.monotonic()
        self._resumed = self._before = 0.0

    def resume(self, stage: str, fraction: float) -> None:
        """Tell that an interrupted run goes on, which had done ``fraction`` (0 to 1) of ``stage``."""
        self._resumed = self._start[stage]
        self._before = self._share[stage] * fraction

    def check(self) -> None:
        """Raise if the user cancelled.

        Raises:
            Cancelled: if so.
        """
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled

    def report(self, stage: str, fraction: float) -> None:
        """Tell that ``fraction`` (0 to 1) of ``stage`` is done.

        Raises:
            Cancelled: if the user cancelled.
        """
        self.check()
        if self._listener is None:
            return
        overall = self._start[stage] + self._share[stage] * fraction
        message = self._MESSAGES[stage]
        if self._start[stage] < self._resumed:  # the bar begins with what was done before
            overall += self._before
        if self._start[stage] <= self._resumed and self._before:
            message = f"Continuing an interrupted run from {self._before:.0%}"
        overall = min(1.0, overall)
        elapsed = time.monotonic() - self._began
        remaining = time_left(elapsed, overall - self._before, 1 - overall)
        self._listener(Progress(stage, message, overall, elapsed, remaining))
