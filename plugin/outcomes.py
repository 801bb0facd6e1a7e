"""How a run ended, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.PyQt.QtCore import QCoreApplication

from .task import Outcome

translate = QCoreApplication.translate


class Ending:
    """The outcomes of a run, sorted and told.

    Args:
        outcomes: of the layers that were begun, in order.

    Attributes:
        done: those with a result.
        failed: those that ended with an error other than a cancel.
        cancelled: whether the user stopped the run.
        several: whether the run had more than one layer.
    """

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.done = [o for o in outcomes if o.result is not None]
        self.failed = [o for o in outcomes if o.error is not None and o.error.code != "cancelled"]
        self.cancelled = len(self.done) + len(self.failed) < len(outcomes) or not outcomes
        self.several = len(outcomes) > 1

    @property
    def complete(self) -> bool:
        """Whether every layer brought a result."""
        return bool(self.done) and not self.failed and not self.cancelled

    def summary(self) -> str:
        """One sentence on the whole run."""
        if self.cancelled:
            return translate("Ending", "Cancelled.")
        if not self.several:
            return found(self.done[0]) if self.done else translate("Ending", "Failed.")
        text = translate("Ending", "{done} of {all} layers done, {failed} failed.")
        return text.format(done=len(self.done), all=len(self.done) + len(self.failed), failed=len(self.failed))

    def findings(self) -> str:
        """What was found in each layer, after a summary where there are several."""
        sentences = [found(outcome) for outcome in self.done]
        return " ".join([self.summary(), *sentences] if self.several else sentences)

    def remarks(self) -> str:
        """What the engine wants known, a line each."""
        return "\n".join(str(remark) for o in self.done for remark in (o.result or {}).get("warnings") or [])


def found(outcome: Outcome) -> str:
    """What was found in one layer that has a result."""
    result = outcome.result or {}
    name, count, omitted = outcome.job.source.name, int(result["count"]), int(result.get("omitted") or 0)
    if count == 0:
        return translate("Ending", "No anomaly found in “{name}”.").format(name=name)
    if count == 1:
        return translate("Ending", "1 anomaly found in “{name}”.").format(name=name)
    text = translate("Ending", "{count} anomalies found in “{name}”.").format(count=count, name=name)
    if omitted:
        text += " " + translate("Ending", "Weaker ones that were left out: {count}.").format(count=omitted)
    return text
