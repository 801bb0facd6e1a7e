"""The queue: its scenes, how each stands, and the run that works through them."""

from __future__ import annotations

import enum
import os
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QCoreApplication, QObject, pyqtSignal

from ..engine import Engine
from ..errors import PluginError
from ..outcomes import found
from ..runner import Runner
from ..sources import (
    Source,
    additional_nodata,
    address,
    assigned_crs,
    export_resolution,
    is_web_layer,
    scene_path,
    snapshot,
)
from ..task import Job, Outcome, Progress

translate = QCoreApplication.translate


class State(enum.Enum):
    """How a scene stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(eq=False)
class Item:
    """A scene of the queue.

    Attributes:
        name: what people call it.
        path: where it lies; what a layer that is no file says of itself.
        source: makes what a run reads of it; may raise :class:`PluginError`.
        state: how it stands.
        fraction: of it that is done, 0 to 1, while it runs.
        seconds: how long it took, failed ones too.
        message: what was found or went wrong.
        result: the engine's ``detect`` result, once there is one.
    """

    name: str
    path: str
    source: Callable[[], Source]
    state: State = State.WAITING
    fraction: float = 0.0
    seconds: float | None = None
    message: str = ""
    result: dict[str, Any] | None = None


def file_item(path: Path) -> Item:
    """A raster file as a scene of the queue; what the project's layers of it say of no data and of its CRS counts."""

    def source() -> Source:
        layers = _layers_of(path)
        nodata = next((value for value in map(additional_nodata, layers) if value is not None), None)
        crs = next(filter(None, map(assigned_crs, layers)), None)
        return Source(path.stem, QgsCoordinateReferenceSystem(), str(path), str(path), nodata, crs)

    return Item(path.stem, str(path), source)


def _layers_of(path: Path) -> list[QgsRasterLayer]:
    """The project's layers of a file."""
    # Lists of files may name them by way of "..".
    wanted = Path(os.path.normpath(path))
    found = []
    for layer in QgsProject.instance().mapLayers().values():
        # To ask for the name first spares long batches most of the work.
        if not isinstance(layer, QgsRasterLayer) or not layer.isValid() or path.name not in layer.source():
            continue
        there = scene_path(layer)
        if there is not None and Path(os.path.normpath(there)) == wanted:
            found.append(layer)
    return found


def layer_item(layer: QgsRasterLayer) -> Item:
    """A layer as a scene of the queue; it may go from the project where there is a file behind it."""
    layer_id, name = layer.id(), layer.name()

    def source() -> Source:
        there = QgsProject.instance().mapLayer(layer_id)
        if there is None:
            message = translate("Batch", "The layer “{name}” is no longer in the project.").format(name=name)
            raise PluginError("layer_not_exported", message, translate("Batch", "Add it to the project and the batch."))
        if is_web_layer(there):
            message = translate("Batch", "The layer “{name}” has no pixels of its own.").format(name=name)
            hint = translate("Batch", "Search a part of it from the Anomaly Lens panel.")
            raise PluginError("layer_not_exported", message, hint)
        return snapshot(there, export_resolution(there, 0.0), QgsProject.instance().transformContext())

    if scene_path(layer) is not None:
        of_file = snapshot(layer, 1.0, QgsProject.instance().transformContext())

        def file() -> Source:
            there = QgsProject.instance().mapLayer(layer_id)
            if there is None:
                return of_file
            return replace(of_file, nodata=additional_nodata(there), assigned_crs=assigned_crs(there))

        return Item(name, address(layer), file)
    return Item(name, address(layer), source)


class BatchQueue(QObject):
    """Scenes in order, and at most one run through those that wait.

    Args:
        engine: the engine that works.
        parent: the owner.

    Attributes:
        items: the scenes.
    """

    reset = pyqtSignal()
    """Scenes came or went."""
    changed = pyqtSignal(int)
    """The scene in this row stands differently."""
    found = pyqtSignal(object)
    """An :class:`Item` that has a result now."""
    ended = pyqtSignal()
    """The run is over."""

    def __init__(self, engine: Engine, parent: QObject) -> None:
        super().__init__(parent)
        self.items: list[Item] = []
        # A queue of files has nothing to do with the project that happens to be open.
        self._runner = Runner(engine, self, of_project=False)
        self._params: dict[str, Any] = {}
        self._jobs: dict[Job, Item] = {}
        self._current: Item | None = None
        self._began = 0.0
        self._runner.item_began.connect(self._on_began)
        self._runner.progressed.connect(self._on_progress)
        self._runner.item_ended.connect(self._on_item_ended)
        self._runner.ended.connect(self._on_ended)

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._runner.running

    def count(self, *states: State) -> int:
        """How many scenes stand in one of these ways."""
        return sum(item.state in states for item in self.items)

    def add(self, items: Iterable[Item]) -> int:
        """Add scenes that are not there yet; where a run is under way, it takes them as well.

        Returns:
            How many were added.
        """
        known = {item.path for item in self.items}
        # A list of files may name one twice.
        new = list({item.path: item for item in items if item.path not in known}.values())
        self.items.extend(new)
        self.reset.emit()
        self._submit(new)
        return len(new)

    def remove(self, items: Iterable[Item]) -> None:
        """Take scenes out of the queue, except the one that is being searched; their results stay."""
        gone = [item for item in items if item.state is not State.RUNNING]
        self.skip(gone)
        self.items = [item for item in self.items if item not in gone]
        self.reset.emit()

    def start(self, params: dict[str, Any]) -> None:
        """Search all that wait; there must be no run.

        Args:
            params: of the ``detect`` requests, other than the scene.
        """
        self._params = params
        jobs = self._make_jobs(self.items)
        if jobs:
            self._runner.start(jobs)
        else:
            self.ended.emit()

    def cancel(self) -> None:
        """Stop the run; the scene under way waits again."""
        self._runner.cancel()

    def skip(self, items: Iterable[Item]) -> None:
        """Leave out scenes that wait or are being searched."""
        for item in items:
            if item.state not in (State.WAITING, State.RUNNING):
                continue
            self._set(item, State.SKIPPED, translate("Batch", "Skipped."))
            for job in [job for job, owner in self._jobs.items() if owner is item]:
                self._runner.skip(job)

    def retry(self, items: Iterable[Item]) -> None:
        """Let scenes that failed or were skipped wait again."""
        again = [item for item in items if item.state in (State.FAILED, State.SKIPPED)]
        for item in again:
            item.seconds = None
            self._set(item, State.WAITING)
        self._submit(again)

    def shutdown(self, wait_s: float) -> None:
        """End the run without another word, for unloading."""
        self._runner.shutdown(wait_s)

    def _submit(self, items: Iterable[Item]) -> None:
        if self.running:
            self._runner.add(self._make_jobs(items))

    def _make_jobs(self, items: Iterable[Item]) -> list[Job]:
        jobs = []
        for item in items:
            if item.state is not State.WAITING:
                continue
            try:
                job = Job(item.source(), self._params)
            except PluginError as error:
                self._set(item, State.FAILED, str(error))
                continue
            self._jobs[job] = item
            jobs.append(job)
        return jobs

    def _set(self, item: Item, state: State, message: str = "") -> None:
        item.state, item.message, item.fraction = state, message, 0.0
        if item in self.items:
            self.changed.emit(self.items.index(item))

    def _on_began(self, job: Job) -> None:
        self._current, self._began = self._jobs[job], time.monotonic()
        if self._current.state is State.WAITING:
            self._set(self._current, State.RUNNING, translate("Batch", "Starting the engine"))

    def _on_progress(self, progress: Progress) -> None:
        item = self._current
        if item is not None and item.state is State.RUNNING:
            item.fraction = progress.item
            # Which of how many it is stands elsewhere.
            item.message = re.sub(r"^\d+/\d+ · ", "", progress.text)
            self.changed.emit(self.items.index(item))

    def _on_item_ended(self, outcome: Outcome) -> None:
        item = self._jobs.pop(outcome.job)
        if item.state is not State.RUNNING:
            # Skipped; it may wait again already.
            return
        item.seconds = time.monotonic() - self._began
        if outcome.result is not None:
            item.result = outcome.result
            remarks = [str(remark) for remark in outcome.result.get("warnings") or []]
            self._set(item, State.DONE, " ".join([found(outcome), *remarks]))
            self.found.emit(item)
        elif outcome.error.code == "cancelled":
            item.seconds = None
            self._set(item, State.WAITING)
        else:
            # As the table names the scene: the engine's words may hold the signature of its URL.
            words = str(outcome.error).replace(outcome.job.source.path or item.path, item.path)
            self._set(item, State.FAILED, words)

    def _on_ended(self, _outcomes: list[Outcome]) -> None:
        self._jobs.clear()
        self._current = None
        for item in self.items:
            if item.state is State.RUNNING:
                # The task did not end in time, and was let go.
                self._set(item, State.WAITING)
        if self.count(State.WAITING) and not self._runner.cancelled:
            # Added in the moment when the run was over.
            self.start(self._params)
        else:
            self.ended.emit()
