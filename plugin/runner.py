"""Starts and stops runs, and makes sure that none outlives its project or the plugin."""

from __future__ import annotations

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QObject, pyqtSignal

from .engine import Engine
from .task import DetectTask, Job, Outcome, Progress
from .timers import once

_GIVE_UP_MS = 950


class Runner(QObject):
    """At most one run at a time.

    Args:
        engine: the engine that works.
        parent: the owner.
        of_project: whether a run ends when its project is closed.

    Attributes:
        cancelled: whether somebody wanted the end of the run that ended last, here or in QGIS's list of tasks.
    """

    progressed = pyqtSignal(object)
    """A :class:`~.task.Progress`."""
    item_began = pyqtSignal(object)
    """A :class:`~.task.Job`."""
    item_ended = pyqtSignal(object)
    """An :class:`~.task.Outcome` whose result belongs into the project that is open."""
    ended = pyqtSignal(list)
    """The run is over; the outcomes of the layers that were begun."""

    def __init__(self, engine: Engine, parent: QObject, *, of_project: bool = True) -> None:
        super().__init__(parent)
        self._engine = engine
        self._of_project = of_project
        self.cancelled = False
        self._task: DetectTask | None = None
        self._outcomes: list[Outcome] = []
        # A task that does not end in time (a server that never answers) must not keep the user waiting.
        self._give_up = once(self, _GIVE_UP_MS, self._let_go)
        if of_project:
            QgsProject.instance().cleared.connect(self._project_cleared)

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._task is not None

    def start(self, jobs: list[Job]) -> None:
        """Start a run; there must be none.

        Args:
            jobs: one a layer.
        """
        task = DetectTask(self._engine, jobs)
        task.progressed.connect(self._on_progress)
        task.item_began.connect(self._on_item_began)
        task.item_ended.connect(self._on_item_ended)
        task.ended.connect(self._on_ended)
        self._task, self._outcomes = task, []
        QgsApplication.taskManager().addTask(task)

    def add(self, jobs: list[Job]) -> None:
        """Let the run under way do more jobs, after those that wait."""
        if self._task is not None:
            self._task.add(jobs)

    def skip(self, job: Job) -> None:
        """Leave out a job of the run under way; its outcome is ``cancelled``."""
        if self._task is not None:
            self._task.skip(job)

    def cancel(self) -> None:
        """Ask for the end of the run; ``ended`` comes within a second."""
        if self._task is not None:
            self._give_up.start()
            # One that has not begun yet ends at once.
            self._task.cancel()

    def shutdown(self, wait_s: float) -> None:
        """End the run without another word, for unloading.

        Args:
            wait_s: how long the run may take to stop.
        """
        if self._of_project:
            QgsProject.instance().cleared.disconnect(self._project_cleared)
        task, self._task = self._task, None
        self._give_up.stop()
        if task is not None:
            task.cancel()
            task.over.wait(wait_s)

    def _project_cleared(self) -> None:
        # What it would find belongs to a project that is gone; layers in the next one would only surprise.
        if self._task is not None:
            self._task.cancel()
            self._let_go()

    def _on_progress(self, progress: Progress) -> None:
        if self._task is not None and self.sender() is self._task:
            self.progressed.emit(progress)

    def _on_item_began(self, job: Job) -> None:
        if self._task is not None and self.sender() is self._task:
            self.item_began.emit(job)

    def _on_item_ended(self, outcome: Outcome) -> None:
        if self._task is not None and self.sender() is self._task:
            self._outcomes.append(outcome)
            self.item_ended.emit(outcome)

    def _on_ended(self) -> None:
        if self._task is not None and self.sender() is self._task:
            self._let_go()

    def _let_go(self) -> None:
        self._give_up.stop()
        if self._task is not None:
            self.cancelled = self._task.isCanceled()
            self._task = None
            self.ended.emit(self._outcomes)
