"""Sets the engine up for whoever asks, one thing at a time, and tells everybody who shows it."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from .. import settings
from ..engine import Engine
from ..engine_env import clean_environment
from ..errors import PluginError
from .diagnostics import diagnostics
from .gpu import Choice, Gpu, build_in, choose_build, find_gpus
from .make import Plan, check_engine, make_environment, remove_environments
from .network import network_environment
from .places import engine_folder, own_environment
from .pythons import FoundPython, best_base, find_pythons
from .task import SetupTask, Tell, Work

_KEPT_LINES = 400
_LOOK_AGAIN_MS = 2000


@dataclass(frozen=True)
class Survey:
    """What this computer has.

    Attributes:
        pythons: those that answered.
        gpus: NVIDIA cards.
    """

    pythons: tuple[FoundPython, ...]
    gpus: tuple[Gpu, ...]

    def ready(self) -> list[FoundPython]:
        """The Pythons that can run the engine as they are."""
        return [python for python in self.pythons if python.can_run]


class EngineSetup(QObject):
    """At most one thing at a time: looking around, setting up, trying a Python, removing.

    Args:
        engine: is ended before its files are replaced.
        log: is given each line of what is done; called from any thread.
        parent: the owner.
    """

    began = pyqtSignal()
    """Something was begun that a person waits for."""
    progressed = pyqtSignal(float, str)
    """The fraction that is done, and what is being done."""
    surveyed = pyqtSignal(object)
    """A :class:`Survey`."""
    ended = pyqtSignal()
    """It is over, with an engine that may be another now; ``warning`` has something to say."""
    failed = pyqtSignal(object)
    """It is over, with a :class:`PluginError`."""

    def __init__(self, engine: Engine, log: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self.survey: Survey | None = None
        self.warning = ""
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._log = log
        self._engine = engine
        self._task: SetupTask | None = None
        self._looking: SetupTask | None = None
        # For the engine that another QGIS sets up.
        self._waiting = QTimer(self)
        self._waiting.setInterval(_LOOK_AGAIN_MS)
        self._waiting.timeout.connect(self._look_for_engine)

    @property
    def busy(self) -> bool:
        """Whether something is under way that a person waits for."""
        return self._task is not None

    def look(self) -> None:
        """See what there is; ``surveyed`` tells."""
        if self._looking is not None:
            return

        def work(_tell: Tell, stop: threading.Event) -> Survey:
            return Survey(tuple(find_pythons(stop)), tuple(find_gpus(stop)))

        self._looking = SetupTask(self.tr("Anomaly Lens: looking for Pythons"), work)
        self._looking.succeeded.connect(self._looked)
        self._looking.failed.connect(self._looked)
        QgsApplication.taskManager().addTask(self._looking)

    def set_up(self) -> None:
        """Make the engine's environment, or make it anew."""
        index, wheels = _sources()
        try:
            env = network_environment(engine_folder().parent / "authorities.pem", clean_environment(os.environ))
        except OSError as error:
            message = self.tr("{path} cannot be written: {reason}.")
            message = message.format(path=error.filename, reason=error.strerror)
            self.failed.emit(PluginError("not_writable", message, self.tr("Make room or rights there.")))
            return

        def work(tell: Tell, stop: threading.Event) -> dict[str, Any]:
            tell(0.0, self.tr("Looking for a Python"))
            base = best_base(find_pythons(stop))
            choice = choose_build(find_gpus(stop), bool(index), build_in(wheels))
            self._note(f"Making the engine from {base.path}: {choice.reason}")
            plan = Plan(base.path, base.version, choice, index, wheels, env, self._note, base.through)
            return make_environment(plan, tell, stop)

        self._begin(self.tr("Anomaly Lens: setting up the engine"), work, self._made)

    def use(self, python: Path) -> None:
        """Try a Python that is there, and run the engine with it from now on.

        Args:
            python: the program.
        """

        def work(tell: Tell, stop: threading.Event) -> dict[str, Any]:
            tell(0.5, self.tr("Checking: a convolution on the device"))
            return check_engine(python, settings.DEVICE.get(), stop)

        def take(facts: dict[str, Any]) -> None:
            self._made(facts)
            settings.ENGINE_PYTHON.set(str(python))

        self._begin(self.tr("Anomaly Lens: checking a Python"), work, take)

    def remove(self) -> None:
        """Remove what was set up."""

        def work(tell: Tell, _stop: threading.Event) -> None:
            tell(0.5, self.tr("Removing the engine"))
            remove_environments()

        self._begin(self.tr("Anomaly Lens: removing the engine"), work, lambda _nothing: None)

    def cancel(self) -> None:
        """Stop what is under way; ``failed`` comes within a second."""
        if self._task is not None:
            self._task.cancel()

    def shutdown(self, wait_s: float) -> None:
        """Stop everything without another word, for unloading.

        Args:
            wait_s: how long it may take to stop.
        """
        tasks = [task for task in (self._task, self._looking) if task is not None]
        self._task = self._looking = None
        self._waiting.stop()
        for task in tasks:
            task.cancel()
        for task in tasks:
            task.over.wait(wait_s)

    def choice(self) -> Choice | None:
        """The build of PyTorch that would be set up; None while nobody has looked."""
        index, wheels = _sources()
        return None if self.survey is None else choose_build(list(self.survey.gpus), bool(index), build_in(wheels))

    def report(self) -> str:
        """The diagnostics, for the clipboard."""
        return diagnostics(() if self.survey is None else self.survey.gpus, self._lines)

    def _begin(self, title: str, work: Work, take: Callable[[Any], None]) -> None:
        if self._task is not None:
            return
        if self._engine.busy:
            hint = self.tr("Wait for its end, or cancel it, then try again.")
            self.failed.emit(PluginError("setup_busy", self.tr("The engine is at work."), hint))
            return
        self._engine.restart()
        self._waiting.stop()
        self.warning = ""
        task = SetupTask(title, work)
        task.progressed.connect(self.progressed)
        task.succeeded.connect(lambda result: self._ended(task, take, result))
        task.failed.connect(lambda error: self._failed(task, error))
        self._task = task
        self.began.emit()
        QgsApplication.taskManager().addTask(task)

    def _ended(self, task: SetupTask, take: Callable[[Any], None], result: object) -> None:
        if task is self._task:
            self._task = None
            take(result)
            self.ended.emit()

    def _failed(self, task: SetupTask, error: PluginError) -> None:
        if task is self._task:
            self._task = None
            self._note(f"{error} {error.details}")
            if error.code == "setup_busy" and own_environment() is None:
                self._waiting.start()
            self.failed.emit(error)

    def _look_for_engine(self) -> None:
        if own_environment() is not None:
            self._waiting.stop()
            self.ended.emit()

    def _made(self, facts: dict[str, Any]) -> None:
        # One that was chosen by hand would go on being used.
        settings.ENGINE_PYTHON.set("")
        if facts.get("warning"):
            settings.CARD_FAILED.set(settings.CARD_FAILED.get() or settings.DEVICE.get() != "cpu")
            settings.DEVICE.set("cpu")
            self.warning = self.tr("{reason} The engine uses the processor.").format(reason=facts["warning"])
        elif settings.CARD_FAILED.get() and facts.get("device", "cpu") != "cpu":
            settings.CARD_FAILED.set(False)
            settings.DEVICE.set("auto")

    def _looked(self, found: object) -> None:
        if self._looking is not None and isinstance(found, Survey):
            self.survey = found
            self.surveyed.emit(found)
        self._looking = None

    def _note(self, line: str) -> None:
        self._lines.append(line)
        self._log(line)


def _sources() -> tuple[str, Path | None]:
    """The index of PyTorch's builds and the folder of wheels, as set in the options."""
    folder = settings.ENGINE_WHEELS.get().strip()
    # For macOS there is but one build, and no index names it.
    index = "" if sys.platform == "darwin" else settings.ENGINE_INDEX.get().strip()
    return index, Path(folder) if folder else None
