"""The page "Threshold": other polygons of the same heat map, seen while the slider moves, kept when it is let go."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any

from osgeo import gdal
from qgis.core import Qgis, QgsProject
from qgis.gui import QgisInterface
from qgis.PyQt.QtGui import QShowEvent
from qgis.PyQt.QtWidgets import QVBoxLayout, QWidget

from ..errors import PluginError
from ..link import EngineLink
from ..messages import Messages
from ..numbers import number_text
from ..results import OBJECT_SCORE
from ..review.history import History
from ..runs import Run
from ..shared_file import catch_up, file_state, is_read_only, last_read, whole
from ..storage import layer_file
from ..timers import once
from .polygons import (
    Keys,
    Outline,
    Shaping,
    Stored,
    Survey,
    read_stored,
    rewrite,
    survey,
)
from .preview import Preview
from .replacing import Replacing
from .threshold_form import ThresholdForm

_TYPING_MS = 350
_BINS = 256
# The share of pixels that the engine keeps in memory: below, moves take longer.
_SHOWN_SHARE = 0.1
# So few polygons are looked through again in no time, whatever the clock of their file says.
_FEW = 500


class ThresholdPanel(QWidget):
    """Has the polygons follow the fields of its form.

    Args:
        iface: QGIS.
        link: asks the engine.
        messages: message bar and log.
        history: what can be undone.
    """

    def __init__(self, iface: QgisInterface, link: EngineLink, messages: Messages, history: History) -> None:
        super().__init__()
        self.setObjectName("threshold_panel")
        self._iface = iface
        self._link = link
        self._messages = messages
        self._history = history
        self._run: Run | None = None
        self._keys: Keys | None = None
        # What the file says of its polygons, and what the file was like then.
        self._stored, self._stored_state = Stored(), ""
        # The layer's polygons when they were last looked through, and their file then; None: they were counted on.
        self._seen: Survey | None = None
        self._seen_state: tuple | None = None
        # What was asked last, with whose pixels left out, and the answer: letting go asks what the last move has asked.
        self._answer: tuple[Shaping, list[bytes], dict[str, Any]] | None = None
        # What the run itself, or the toolbox, has made, by key; asked for once.
        self._own: set[str] | None = None
        self._busy = False
        self._next: tuple[Shaping, bool] | None = None
        # Whether a change waits for edits to be saved or discarded.
        self._put_off = False
        self.preview = Preview(iface.mapCanvas(), self)
        # The file is written in the turn after: the outlines are seen before.
        self._write_soon = once(self, 0, self._write)
        self._typing = once(self, _TYPING_MS, lambda: self._ask(apply=True))
        self.form = ThresholdForm(history)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.form)
        self.form.moved.connect(lambda: self._ask(apply=False))
        self.form.released.connect(lambda: self._ask(apply=True))
        self.form.typed.connect(self._typed)
        self.form.reset.clicked.connect(self._reset)
        self.set_run(None)

    def showEvent(self, event: QShowEvent) -> None:
        """What was in the way when nobody looked may be gone, and more may have been decided."""
        super().showEvent(event)
        self.try_again()
        if self._own is not None and not self._busy and not self._problem():
            self._show_count(self._survey())

    # --- the run

    def set_run(self, run: Run | None) -> None:
        """Show another run, or none.

        Args:
            run: whose polygons are changed.
        """
        self._typing.stop()
        self._write_soon.stop()
        self._busy = False
        self.preview.clear()
        if self._run is not None and not _gone(self._run.anomalies):
            self._run.anomalies.editingStopped.disconnect(self._may_write)
            self._run.anomalies.readOnlyChanged.disconnect(self._may_write)
        self._run, self._next, self._own, self._seen, self._answer = run, None, None, None, None
        self._put_off = False
        if run is not None and not _gone(run.anomalies):
            run.anomalies.editingStopped.connect(self._may_write)
            run.anomalies.readOnlyChanged.connect(self._may_write)
        problem = self._problem()
        self.form.enable(False)
        if problem:
            self.form.status.setText(problem)
            return
        self._keys = Keys(run.heatmap)
        self._stored = read_stored(run.anomalies)
        counts = _read_histogram(run.heatmap.source())
        self.form.slider.set_histogram(counts, _lowest(counts), run.threshold)
        self.form.set_own(run.threshold, float(run.parameters.get("peak_share") or 0))
        self.form.show_units("m2" if run.anomalies.crs().isValid() else "px")
        self.form.show_shaping(self._stored.shaping)
        self.form.status.setText(self.tr("Reading the heat map…"))
        # The run's own polygons, to know what people have changed since; and the engine has the scores in memory then.
        self._send(Shaping(score=run.threshold), [], self._take_own)

    def try_again(self) -> None:
        """Begin anew with a run that could not be shown: its polygons were being edited, or the engine failed."""
        if self._run is not None and self._own is None and not self._busy:
            self.set_run(self._run)

    def _may_write(self) -> None:
        """The layer is not edited, or not read-only, any more: what was chosen meanwhile comes true."""
        self.try_again()
        if self._own is not None and self._put_off:
            self._ask(apply=True)
        elif self._own is not None:
            self._show_count(self._survey())

    def _problem(self) -> str:
        """Why nothing can be changed, or nothing."""
        run = self._run
        if run is None:
            return self.tr("Choose a run to change its threshold.")
        if _gone(run.anomalies):
            return self.tr("The polygons of this run are not in the project any more.")
        if run.heatmap is None or _gone(run.heatmap):
            return self.tr("The heat map of this run is not in the project: load it, or run the detection again.")
        if is_read_only(run.anomalies):
            return self.tr(
                "The polygons are read-only in this project: untick that in Project > Properties > Data Sources, "
                "then the threshold can change."
            )
        if run.anomalies.isEditable():
            return self.tr("The polygons are being edited: save or discard the edits, then the threshold can change.")
        return ""

    def _take_own(self, result: dict[str, Any]) -> None:
        shaping = self._stored.shaping
        self.form.show_units(result["area_unit"])
        self.form.set_own_min_area(float(result["min_area"]))
        self.form.show_shaping(shaping)
        counts = _read_histogram(self._run.heatmap.source())
        slider = self.form.slider
        slider.set_histogram(counts, min(float(result["score_lowest"]), slider.value()), self._run.threshold)
        if self._stored.made is None and shaping not in (Shaping(), Shaping(score=self._run.threshold)):
            # The toolbox has made other polygons of the run's scores.
            self._send(shaping, [], self._take_made)
        else:
            self._take_made(result)

    def _take_made(self, result: dict[str, Any]) -> None:
        self._own = {self._keys.of(bytes.fromhex(outline)) for outline in result["outlines"]}
        self.form.enable(True)
        self._show_count(self._survey())

    # --- asking the engine, one question at a time

    def _typed(self) -> None:
        self._ask(apply=False)
        self._typing.start()

    def _reset(self) -> None:
        self._typing.stop()
        self.form.show_shaping(Shaping())
        self._ask(apply=True)

    def _ask(self, *, apply: bool) -> None:
        problem = self._problem()
        self._put_off = bool(problem) and (apply or self._put_off)
        if self._stop_at(problem):
            return
        # A move that was not asked for yet is out of date; a change that was is not forgotten for a mere look.
        self._next = (self.form.shaping(), apply)
        if not self._busy:
            self._ask_next()

    def _ask_next(self) -> None:
        if self._busy or self._next is None or self._run is None:
            return
        (shaping, apply), self._next = self._next, None
        seen = self._seen or self._survey()
        taken = list(seen.kept.values())
        if self._answer is not None and self._answer[:2] == (shaping, taken):
            self._take(shaping, apply, taken, self._answer[2])
            return
        self._send(shaping, taken, lambda result: self._take(shaping, apply, taken, result))
        # While the engine works: looking at all polygons when the line is let go would take time then.
        self._look()

    def _send(self, shaping: Shaping, taken: list[bytes], on_result: Any) -> None:  # noqa: ANN401 - a function
        self._busy = True
        run = self._run

        def take(result: dict[str, Any]) -> None:
            self._busy = False
            if run is self._run:
                on_result(result)
            self._ask_next()

        def fail(error: PluginError) -> None:
            self._busy = False
            if run is self._run:
                self._typing.stop()
                self._stop_at(str(error))
                self._messages.show_error(error)

        hexadecimal = [wkb.hex() for wkb in taken]
        params = {"heatmap": str(layer_file(run.heatmap)), "taken": hexadecimal, **shaping.params()}
        self._link.ask("polygonize", params, take, fail)

    def _survey(self) -> Survey:
        catch_up(self._run.anomalies)
        known, self._stored_state = self._stored_state, last_read(self._run.anomalies)
        if known != self._stored_state:
            # Another QGIS may have moved the threshold; the review may have seen it first.
            self._stored = read_stored(self._run.anomalies)
        made = self._own or set() if self._stored.made is None else self._stored.made
        # Before it is read: what is written meanwhile makes a difference then.
        self._seen_state = file_state(self._run.anomalies)
        self._seen = survey(self._run.anomalies, self._keys, made)
        return self._seen

    def _look(self) -> Survey:
        """The polygons as they are now; read again where they may have changed since they were read."""
        seen = self._seen
        if seen is None or len(seen.free) < _FEW or self._seen_state != file_state(self._run.anomalies):
            return self._survey()
        return seen

    def _take(self, shaping: Shaping, apply: bool, taken: list[bytes], result: dict[str, Any]) -> None:
        if self._stop_at(self._problem()):
            return
        if self._answer is None or self._answer[2] is not result or not self.preview.is_shown:
            self._preview(result, self._seen or self._survey())
        self._answer = (shaping, taken, result)
        if apply:
            self._busy = True
            self._write_soon.start()

    def _write(self) -> None:
        """Let the layer have the polygons of the last answer."""
        self._busy = False
        shaping, taken, result = self._answer
        if self._stop_at(self._problem()):
            return
        seen = self._look()
        if list(seen.kept.values()) != taken:
            # Somebody has decided in the meantime.
            self._next = self._next or (shaping, True)
        elif self._next is None or not self._next[1]:
            self.preview.clear_when_drawn()
            self._replace(shaping, seen, result)
        self._ask_next()

    def _stop_at(self, problem: str) -> bool:
        if problem:
            self._next = None
            self.preview.clear()
            self.form.status.setText(problem)
        return bool(problem)

    # --- showing and changing

    def _preview(self, result: dict[str, Any], seen: Survey) -> None:
        self.preview.show(result["outlines"], self._run.anomalies)
        text = (
            self.tr(
                "Polygons: {count}, before: {before}. Let go to change them. Objects and yours, which are kept: {kept}."
            )
            if self._has_objects()
            else self.tr("Polygons: {count}, before: {before}. Let go to change them. Yours, which are kept: {kept}.")
        )
        self.form.status.setText(text.format(count=result["count"], before=len(seen.free), kept=len(seen.kept)))

    def _replace(self, shaping: Shaping, seen: Survey, result: dict[str, Any]) -> None:
        layer = self._run.anomalies
        places = {self._keys.of(bytes.fromhex(wkb)): place for place, wkb in enumerate(result["outlines"])}
        gone = [fid for key, fid in seen.free.items() if key not in places]
        removed = [seen.rows[fid] for fid in gone]
        numbers = whole(layer).uniqueValues(layer.fields().indexOf("id"))
        number = 1 + max((value for value in numbers if isinstance(value, int)), default=0)
        come = [place for key, place in places.items() if key not in seen.free]
        added = [self._outline(result, place, number + count) for count, place in enumerate(come)]
        after = Stored(replace(shaping, score=result["score_threshold"]), set(places))
        for warning in result["warnings"]:
            self._messages.show(str(warning), Qgis.MessageLevel.Info)
        if added or removed or after.shaping != self._stored.shaping:
            text = self.tr("threshold {score}").format(score=number_text(after.shaping.score, 3))
            exchange = partial(self.exchange, self._run)
            self._history.push(Replacing(text, exchange, self._history, removed, added, self._stored, after))
        else:
            # The map has no reason to be drawn again.
            self.preview.clear()
            self._show_count(seen)

    def _outline(self, result: dict[str, Any], place: int, number: int) -> Outline:
        run = self._run
        values = {name: result[name][place] for name in ("score_max", "score_mean", "area", "width", "height")}
        values |= {"id": number, "status": "unreviewed", "label": "", "note": "", "run_id": run.run_id}
        values |= {"detector": run.provenance.get("detector"), "modality": run.provenance.get("modality")}
        return Outline(bytes.fromhex(result["outlines"][place]), values)

    def exchange(
        self, run: Run, remove: list[int], add: list[Outline], stored: Stored, *, just_seen: bool = False
    ) -> bool:
        """Take polygons of a run away and put others there; what a person decided on in the meantime stays.

        Args:
            run: its layers.
            remove: their numbers; those that were decided on or changed since stay.
            add: gets its numbers where it has none.
            stored: what the file says from now on.
            just_seen: whether the polygons were looked through in this very moment.

        Returns:
            Whether that was possible; if not, the user was told.
        """
        problem = "" if self._run is not None and self._run.run_id == run.run_id else self.tr("Another run is open.")
        if self._stop_at(problem or self._problem()):
            return False
        seen = (self._seen if just_seen else None) or self._survey()
        free = set(seen.free.values())
        gone = set(remove) & free
        try:
            numbers = rewrite(run.anomalies, sorted(gone), add, stored, seen.count)
        except PluginError as error:
            # Whatever it was, they are looked at again.
            self._seen = None
            self._stop_at(str(error))
            self._messages.show_error(error)
            self.form.show_shaping(self._stored.shaping)
            return False
        for outline, number in zip(add, numbers):
            outline.fid = number
        self._stored = stored
        self.form.show_shaping(stored.shaping)
        free = {key: fid for key, fid in seen.free.items() if fid not in gone}
        free |= {self._keys.of(outline.wkb): outline.fid for outline in add}
        left = Survey(seen.kept, free, seen.count - len(gone) + len(add))
        self._show_count(left)
        # Counted on until the next change; but what was put back may be somebody's by now.
        self._seen, self._seen_state = (left if just_seen else None), None
        return True

    def _show_count(self, seen: Survey) -> None:
        kept, free = len(seen.kept), len(seen.free)
        text = (
            self.tr("Polygons: {count}. The threshold's: {free}. Outlined by the detector, or yours, and kept: {kept}.")
            if self._has_objects()
            else self.tr(
                "Polygons: {count}. The threshold's: {free}. Decided on, drawn or changed by you, and kept: {kept}."
            )
        )
        self.form.status.setText(text.format(count=kept + free, kept=kept, free=free))

    def _has_objects(self) -> bool:
        """Whether the detector has told objects apart, whose outlines are of no threshold."""
        return self._run.anomalies.fields().indexOf(OBJECT_SCORE) >= 0


def _gone(layer: Any) -> bool:  # noqa: ANN401 - a layer that may be deleted underneath Python
    """Whether a layer was taken out of the project."""
    try:
        return QgsProject.instance().mapLayer(layer.id()) is None
    except RuntimeError:
        return True


def _read_histogram(heatmap: str) -> list[int]:
    """Counts of scores that the engine wrote into the heat map; those of GDAL where it did not."""
    try:
        # A band does not outlive its dataset.
        dataset = gdal.Open(heatmap)
        band = dataset.GetRasterBand(1)
        return [int(count) for count in json.loads(band.GetMetadataItem("SCORE_HISTOGRAM") or "")]
    except ValueError:
        return [int(count) for count in band.GetHistogram(0.0, 1.0 + 1e-9, _BINS, False, True) or [0] * _BINS]
    except (AttributeError, RuntimeError):
        # It cannot be opened; the engine will say so, and why.
        return [0] * _BINS


def _lowest(counts: list[int]) -> float:
    """The score from which on a tenth of the pixels lies."""
    total, above = sum(counts), 0
    for place in range(len(counts) - 1, -1, -1):
        above += counts[place]
        if above > _SHOWN_SHARE * total:
            return (place + 1) / len(counts)
    return 0.0
