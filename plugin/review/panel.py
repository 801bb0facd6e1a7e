"""The page "Review": one polygon after the other, decided by the keyboard, each decision written at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from qgis.core import Qgis, QgsGeometry, QgsProject, QgsVectorLayer
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QModelIndex, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QHideEvent, QShowEvent
from qgis.PyQt.QtWidgets import QAbstractItemView, QVBoxLayout, QWidget

from .. import settings
from ..link import EngineLink
from ..messages import Messages
from ..runs import Run
from ..shared_file import catch_up, update_copies
from ..storage import is_geopackage
from ..styles import status_labels
from ..timers import once
from .actions import ReviewActions
from .background import Background
from .decisions import Decisions
from .edits import area_unit
from .follow import MapFollower
from .history import History
from .look_switch import LookSwitch
from .looks import ACCEPTED, REJECTED, UNREVIEWED, UNSURE
from .model import ReviewModel
from .panel_form import PanelForm
from .rows import Row, progress, read_rows, row_filter
from .scenes import SceneFile, find_scene
from .store import DecisionStore
from .stores import Stores
from .texts import Texts
from .thumbnails import Thumbnails
from .why_view import WhyView

_FILTER_AFTER_MS = 250
# How often it is looked whether another QGIS has written to the file.
_OTHERS_MS = 2000


class ReviewPanel(QWidget):
    """Steps through the polygons of a run.

    Args:
        iface: QGIS.
        link: asks the engine for a scene's wavelengths.
        messages: message bar and log.
        history: what can be undone; shared with the other pages.
    """

    export_requested = pyqtSignal(object)
    """The layer whose accepted polygons are wanted in a file."""

    def __init__(self, iface: QgisInterface, link: EngineLink, messages: Messages, history: History) -> None:
        super().__init__()
        self.setObjectName("AnomalyLensReviewPage")
        self._canvas = iface.mapCanvas()
        self._messages = messages
        self._history = history
        self._run: Run | None = None
        # Whether the dock is in front, and whether the page is the one that people see there.
        self._in_front, self._seen = True, False
        self._scene = SceneFile()
        self._current: int | None = None
        self._connections: list[tuple[Any, Any]] = []
        self._stores = Stores(messages, self)
        self._background = Background(self)
        self._thumbnails = Thumbnails(self._background, self._geometry, self)
        self.model = ReviewModel(self._thumbnails.picture, self)
        self.actions_ = ReviewActions(self, self._canvas)
        self.why = WhyView(self._background, link)
        self.form = PanelForm(self.model, self.actions_, self.why)
        self.actions_.take_keys_of(self.form.list)
        self._looks = LookSwitch(self.form, messages, self)
        self._decisions = Decisions(self.model, self._looks, self._stores, history, messages, self)
        self._texts = Texts(self.form, self._row, self._looks, self._decisions, self)
        self.setFocusProxy(self.form.list)
        self._follower = MapFollower(self._canvas)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.form)
        # Several edits of one command, and several keys of one word, are one reason to read again.
        self._reload_soon = once(self, 0, self.reload)
        self._filter_soon = once(self, _FILTER_AFTER_MS, self._filter)
        self._others = QTimer(self)
        self._others.setInterval(_OTHERS_MS)
        self._others.timeout.connect(self._see_others)
        self._connect()
        self._show_settings()
        self.set_run(None)

    def _connect(self) -> None:
        do, form = self.actions_, self.form
        for action, status in (
            (do.accept, ACCEPTED),
            (do.reject, REJECTED),
            (do.unsure, UNSURE),
            (do.reset, UNREVIEWED),
        ):
            action.triggered.connect(partial(self._decide_by_action, status))
        do.previous.triggered.connect(lambda: self.step(-1))
        do.next.triggered.connect(lambda: self.step(1))
        do.next_unreviewed.triggered.connect(self.next_unreviewed)
        do.label.triggered.connect(form.label.setFocus)
        do.note.triggered.connect(form.note.setFocus)
        do.undo.triggered.connect(self._undo)
        do.redo.triggered.connect(self._redo)
        self._history.canUndoChanged.connect(self._show_history)
        self._history.canRedoChanged.connect(self._show_history)
        form.list.selectionModel().currentRowChanged.connect(self._row_chosen)
        form.filter.textChanged.connect(lambda _text: self._filter_soon.start())
        form.status.currentIndexChanged.connect(lambda _row: self._filter())
        # The list has set itself back by then.
        self.model.modelReset.connect(self._choose_again)
        self._looks.changed.connect(self._look_changed)
        self._stores.changed.connect(self._show_notice)
        self._decisions.changed.connect(self._show_decision)
        self._decisions.wait.connect(self._show_notice)
        form.export_button.clicked.connect(self._export)
        form.notice.linkActivated.connect(self._notice_pressed)
        form.advance.toggled.connect(settings.REVIEW_ADVANCE.set)
        form.follow.toggled.connect(settings.REVIEW_FOLLOW.set)
        for zoom_out, action in form.contexts.items():
            action.triggered.connect(partial(self._context_chosen, zoom_out))
        self._thumbnails.ready.connect(self.model.show_thumbnail)
        self._thumbnails.failed.connect(self._scene_failed)
        # What is drawn over the map stays where it is when the map gets another CRS.
        self._canvas.destinationCrsChanged.connect(self._frame_again)
        QgsProject.instance().layersAdded.connect(self._layers_added)
        QgsProject.instance().layersWillBeRemoved.connect(self._layers_go)

    def release(self) -> None:
        """Let go of the map, the project and the background thread; before the page is deleted."""
        self.set_run(None)
        self._canvas.destinationCrsChanged.disconnect(self._frame_again)
        QgsProject.instance().layersAdded.disconnect(self._layers_added)
        QgsProject.instance().layersWillBeRemoved.disconnect(self._layers_go)
        self._stores.release()
        self._background.close()
        self._follower.remove()
        self.actions_.release()

    def showEvent(self, event: QShowEvent) -> None:
        """The page may be seen now."""
        super().showEvent(event)
        self._update_seen()

    def hideEvent(self, event: QHideEvent) -> None:
        """The page is not seen any more."""
        super().hideEvent(event)
        self._update_seen()

    def set_in_front(self, in_front: bool) -> None:
        """Be told whether the dock is in front; what lies behind another dock's tab is visible for Qt all the same.

        Args:
            in_front: what ``QDockWidget.visibilityChanged`` says.
        """
        self._in_front = in_front
        self._update_seen()

    def _update_seen(self) -> None:
        """While the page is seen, its keys work in the map, too, and the chosen polygon is framed there."""
        seen = self._in_front and self.isVisible()
        if seen == self._seen:
            return
        self._seen = seen
        if seen:
            self._see_others()
            self._others.start()
            self._show_current(follow=False)
        else:
            self._others.stop()
            self._texts.keep()
            self._follower.clear()
        self._show_enabled()

    def _show_enabled(self) -> None:
        self.actions_.set_enabled(self._run is not None and self._seen)
        self._show_history()

    def _show_settings(self) -> None:
        self.form.advance.setChecked(settings.REVIEW_ADVANCE.get())
        self.form.follow.setChecked(settings.REVIEW_FOLLOW.get())
        self._show_context()

    def _context_chosen(self, zoom_out: float, _checked: bool = True) -> None:
        settings.REVIEW_CONTEXT.set(zoom_out)
        self._show_context()
        if self._current is not None:
            self._follow(self._geometry(self._current))

    def _show_context(self) -> None:
        chosen = settings.REVIEW_CONTEXT.get()
        for zoom_out, action in self.form.contexts.items():
            action.setChecked(zoom_out == chosen)

    # --- the run

    def set_run(self, run: Run | None) -> None:
        """Review another run.

        Args:
            run: the run; None: nothing.
        """
        self._texts.keep()
        for signal, slot in self._connections:
            _disconnect(signal, slot)
        self._connections = []
        self._background.drop_all()
        self._history.clear()
        self._run, self._current = run, None
        self._decisions.set_layer(None if run is None else run.anomalies)
        self._scene = SceneFile() if run is None else find_scene(run, QgsProject.instance())
        self._thumbnails.set_scene(self._scene)
        self.why.set_run(run, self._scene)
        self.setEnabled(run is not None)
        self._show_enabled()
        if run is not None:
            catch_up(run.anomalies)
            self.model.area_unit = "m²" if area_unit(run.anomalies) == "m2" else "px"
            self._watch(run.anomalies)
            self._looks.set_layer(run.anomalies)
            self.reload()
        else:
            self._looks.set_layer(None)
            self._show_rows([])

    def _watch(self, layer: QgsVectorLayer) -> None:
        def reload(*_what: object) -> None:
            self._reload_soon.start()

        for signal, slot in (
            (layer.attributeValueChanged, self._value_changed),
            (layer.geometryChanged, self._geometry_changed),
            (layer.featureAdded, reload),
            (layer.featuresDeleted, reload),
            (layer.afterRollBack, reload),
            (layer.afterCommitChanges, reload),
            (layer.dataSourceChanged, reload),
            (layer.dataChanged, reload),
            (layer.updatedFields, reload),
            (layer.editingStarted, self._editing_started),
            (layer.editingStopped, self._editing_stopped),
            (layer.selectionChanged, self._selected_on_map),
        ):
            signal.connect(slot)
            self._connections.append((signal, slot))

    def _store(self) -> DecisionStore:
        return self._stores.of(self._run.anomalies)

    def _layers_added(self) -> None:
        # The scene may be among them.
        if self._run is not None and self._scene.problem:
            self._scene = find_scene(self._run, QgsProject.instance())
            self._thumbnails.set_scene(self._scene)
            self.why.set_run(self._run, self._scene)
            self.form.list.viewport().update()
            self._show_notice()
            self._show_current()

    def _layers_go(self, layer_ids: list[str]) -> None:
        if self._run is not None and self._run.anomalies.id() in layer_ids:
            self.set_run(None)
        self._stores.let_go(layer_ids)

    def reload(self) -> None:
        """Read the layer again: its polygons, its fields or its file have changed."""
        if self._run is None:
            return
        self._texts.keep()
        self._looks.check()
        rows = read_rows(self._run.anomalies, self._looks.look, self._looks.compared)
        there = {row.fid for row in rows}
        waiting = self._store().pending
        if self._run.anomalies.isEditable():
            # Somebody here has deleted them. What was removed elsewhere is told when it is tried again.
            for fid in set(waiting) - there:
                del waiting[fid]
        for row in rows:
            for name, value in waiting.get(row.fid, {}).items():
                self._decisions.show(row, name, value)
        # Other polygons may mean another threshold.
        self.why.read_threshold(self._run)
        decided = None if self._current is None else self.model.take_decisions(rows)
        if decided is None:
            self._forget_reshaped(rows)
            self._show_rows(rows)
        else:
            self._show_decisions(decided)
        self._show_notice()

    def _see_others(self) -> None:
        """Show what another QGIS has written to the file; what is being typed here is written first."""
        if self._run is None or self._texts.being_typed():
            return
        if catch_up(self._run.anomalies):
            update_copies(self._run.anomalies)
            if self._run.anomalies.isEditable():
                # Any other layer has told that it was read again.
                self._reload_soon.start()

    def _forget_reshaped(self, rows: list[Row]) -> None:
        """Have pictures made anew of polygons that another QGIS has given another outline."""
        for row in rows:
            known = self.model.row(row.fid)
            if known is not None and known.area != row.area:
                self._thumbnails.forget(row.fid)

    def _show_rows(self, rows: list[Row]) -> None:
        self._texts.offer_labels(rows)
        self.model.set_rows(rows)
        self._show_progress()

    def _show_decisions(self, decided: list[Row]) -> None:
        self._texts.offer_labels(self.model.rows)
        for row in decided:
            self._show_changed(row)
        self._texts.show()
        self._show_progress()

    def _choose_again(self) -> None:
        """Choose the same polygon in a list that was built anew; where it is not there any more, the first one.

        The map stays where it is if the polygon is still there: somebody may be drawing on it.
        """
        shown = self.model.shown()
        if self._position() >= 0:
            self._place(self._current)
            self._show_current(follow=False)
        else:
            self._current = None
            self.choose(shown[0].fid if shown else None)

    def _look_changed(self) -> None:
        # What another reviewer did is not this one's to undo.
        self._history.clear()
        self.reload()

    # --- choosing

    def choose(self, fid: int | None) -> None:
        """Show a polygon in the list, on the map and in the explanation.

        Args:
            fid: of the feature; None, or one that the list does not show: nothing is chosen.
        """
        if fid != self._current:
            self._texts.keep()
        self._place(fid)
        self._show_current()

    def _place(self, fid: int | None) -> None:
        place = -1 if fid is None else self.model.position(fid)
        # Known first: the list tells of the row that it is given.
        self._current = None if place < 0 else fid
        index = self.model.index(place, 0) if place >= 0 else QModelIndex()
        self.form.list.setCurrentIndex(index)
        if place >= 0:
            self.form.list.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)

    def _row_chosen(self, index: QModelIndex, _old: QModelIndex) -> None:
        if index.isValid() and self.model.shown()[index.row()].fid != self._current:
            self.choose(self.model.shown()[index.row()].fid)

    def _show_current(self, follow: bool = True) -> None:
        row = self._row()
        self._texts.show()
        geometry = QgsGeometry() if row is None else self._geometry(row.fid)
        self.why.show_polygon(row, geometry)
        if follow or self._seen:
            self._follow(geometry, go=follow)

    def _follow(self, geometry: QgsGeometry, go: bool = True) -> None:
        if self._run is None:
            self._follower.clear()
            return
        zoom_out = settings.REVIEW_CONTEXT.get() if go and self.form.follow.isChecked() else 0.0
        self._follower.show(self._run.anomalies, self._run.heatmap, geometry, zoom_out)

    def _frame_again(self) -> None:
        if self._seen and self._current is not None:
            self._follow(self._geometry(self._current), go=False)

    def _row(self) -> Row | None:
        return None if self._current is None else self.model.row(self._current)

    def _position(self) -> int:
        """Where in the list the chosen polygon stands; -1 where the list does not show it, or none is chosen."""
        return -1 if self._current is None else self.model.position(self._current)

    def _geometry(self, fid: int) -> QgsGeometry:
        return QgsGeometry() if self._run is None else self._run.anomalies.getGeometry(fid)

    def step(self, by: int) -> None:
        """Go forward or back in the list.

        Args:
            by: how many rows; backwards where negative.
        """
        shown = self.model.shown()
        place = self._position()
        if shown:
            self.choose(shown[min(max(place + by, 0), len(shown) - 1)].fid)

    def next_unreviewed(self) -> None:
        """Go to the next polygon without a decision; from the end of the list on at its beginning."""
        target = self._unreviewed_after()
        if target is not None:
            self.choose(target)

    def _unreviewed_after(self) -> int | None:
        shown = self.model.shown()
        place = self._position()
        for row in (*shown[place + 1 :], *shown[: max(place, 0)]):
            if row.status == UNREVIEWED:
                return row.fid
        return None

    def _selected_on_map(self) -> None:
        selected = self._run.anomalies.selectedFeatureIds()
        if len(selected) == 1 and self.model.position(selected[0]) >= 0:
            self.choose(selected[0])

    # --- deciding

    def _decide_by_action(self, status: str, _checked: bool = False) -> None:
        self.decide(status)

    def decide(self, status: str) -> None:
        """Give the chosen polygon a status, and go on to the next one where that is wanted.

        Args:
            status: a value of the field ``status``.
        """
        self._texts.keep()
        row = self._row()
        if row is None:
            return
        place, count = self.model.position(row.fid), len(self.model.shown())
        target = self._after(row, place) if self.form.advance.isChecked() and status != UNREVIEWED else row.fid
        self._decisions.take(status_labels()[status], row, {self._looks.look.status: status})
        if self.model.position(target) >= 0:
            self.choose(target)
        elif len(self.model.shown()) < count and self.model.shown():
            # It left the filtered list: the one that took its place is next.
            self.choose(self.model.shown()[min(place, len(self.model.shown()) - 1)].fid)
        elif not self.model.shown():
            self.choose(None)

    def _after(self, row: Row, place: int) -> int:
        """Where to go on: the next unreviewed polygon; where all are reviewed, and this was one of them, the next."""
        target = self._unreviewed_after()
        if target is None and row.status != UNREVIEWED and place + 1 < len(self.model.shown()):
            target = self.model.shown()[place + 1].fid
        return row.fid if target is None else target

    def _undo(self) -> None:
        self._texts.keep()
        self._travel(self._history.undo)

    def _redo(self) -> None:
        self._travel(self._history.redo)

    def _travel(self, go: Callable[[], None]) -> None:
        """Undo or redo, and show what that was about; where it has left the list, what took its place."""
        place = self._position()
        go()
        fid, shown = self._decisions.last, self.model.shown()
        if fid is not None and self.model.position(fid) >= 0:
            self.choose(fid)
        elif self._current is not None and self._position() < 0:
            self.choose(shown[min(max(place, 0), len(shown) - 1)].fid if shown else None)

    def _show_history(self) -> None:
        self.actions_.undo.setEnabled(self._seen and self._history.canUndo())
        self.actions_.redo.setEnabled(self._seen and self._history.canRedo())

    # --- what others change

    def _value_changed(self, fid: int, index: int, value: object) -> None:
        row = self.model.row(fid)
        name = self._run.anomalies.fields().at(index).name()
        if row is None:
            return
        if name in ("rank", "score_max", "area"):
            self._reload_soon.start()
            return
        before = (row.status, row.label, row.note, row.second)
        self._decisions.show(row, name, value)
        if before != (row.status, row.label, row.note, row.second):
            self._show_decision(row)
            if fid == self._current:
                self._texts.show()

    def _show_decision(self, row: Row) -> None:
        self._show_changed(row)
        self._show_progress()

    def _show_changed(self, row: Row) -> None:
        # The view moves on by itself where a row leaves; where to is ours to say.
        selection = self.form.list.selectionModel()
        selection.blockSignals(True)
        self.model.changed(row)
        if row.fid == self._current and self.model.position(row.fid) < 0:
            # It is decided on until another one is chosen: no other may look as if it were.
            self.form.list.setCurrentIndex(QModelIndex())
        selection.blockSignals(False)

    def _geometry_changed(self, fid: int, _geometry: QgsGeometry) -> None:
        self._thumbnails.forget(fid)
        self.model.show_thumbnail(fid)
        if fid == self._current:
            self.why.show_polygon(self._row(), self._geometry(fid))

    def _editing_started(self) -> None:
        # Who was told to, because the file takes no decisions, may save the edits at once.
        self._store().retry()
        self._show_notice()

    def _editing_stopped(self) -> None:
        self._reload_soon.start()
        self._store().retry()

    # --- what is shown

    def _filter(self) -> None:
        self._texts.keep()
        self.model.set_filter(row_filter(self.form.filter.text(), self.form.status.currentData() or ""))

    def _show_progress(self) -> None:
        done = progress(self.model.rows)
        self.form.progress.setMaximum(max(1, done.all))
        self.form.progress.setValue(done.reviewed)
        text = self.tr("{reviewed} of {all}, {accepted} accepted")
        text = text.format(reviewed=done.reviewed, all=done.all, accepted=done.accepted)
        # Read out, and shown beside the bar.
        self.form.progress.setFormat(text)
        self.form.progress_text.setText(text)
        self._looks.show_agreement(self.model.rows)

    def _show_notice(self) -> None:
        parts = []
        if self._run is not None:
            waiting = len(self._store().pending)
            if waiting:
                told = self.tr('Decisions that wait to be written: {count}. <a href="retry">Try again</a>')
                parts.append(told.format(count=waiting))
                layer = self._run.anomalies
                if not layer.isValid() or is_geopackage(layer):  # of nothing else a copy can be made
                    parts[-1] += " " + self.tr('<a href="copy">Go on in a copy…</a>')
            elif self._run.anomalies.isEditable():
                parts.append(self.tr("The layer is being edited: decisions are saved with its edits."))
        if self._scene.problem:
            parts.append(escape(self._scene.problem, quote=False))
        self.form.show_notice("<br>".join(parts))

    def _notice_pressed(self, address: str) -> None:
        if self.form.notice.hasFocus():
            # It may go now, and the next field would take the keys that decide.
            self.form.list.setFocus()
        if address == "copy":
            self._stores.go_on_in_a_copy(self._run.anomalies)
        else:
            self._stores.retry(self._run.anomalies)
        self._show_notice()

    def _scene_failed(self, reason: str) -> None:
        if self._scene.problem:
            return
        name = Path(self._scene.path).name
        self._scene = SceneFile(
            problem=self.tr("{name} cannot be read, so its pixels are not shown.").format(name=name)
        )
        self._messages.log(f"{self._scene.problem} {reason}", Qgis.MessageLevel.Warning)
        self._show_notice()

    def _export(self) -> None:
        self._texts.keep()
        self._stores.retry(self._run.anomalies)
        self.export_requested.emit(self._run.anomalies)


def _disconnect(signal: Any, slot: Any) -> None:  # noqa: ANN401 - Qt's bound signals have no public type
    try:
        signal.disconnect(slot)
    except (RuntimeError, TypeError):
        # The layer is gone, and its signals with it.
        return
