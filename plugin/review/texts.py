"""The label and the note of the chosen polygon: what is typed is written before anything else is done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from qgis.PyQt.QtCore import QObject, QStringListModel, Qt
from qgis.PyQt.QtWidgets import QCompleter, QLineEdit

from .decisions import Decisions
from .look_switch import LookSwitch
from .panel_form import PanelForm
from .rows import Row


class Texts(QObject):
    """The two fields for words.

    Args:
        form: has them.
        chosen: gives the row of the chosen polygon; None where none is chosen.
        looks: of whom the words are.
        decisions: takes them.
        parent: the owner.
    """

    def __init__(
        self,
        form: PanelForm,
        chosen: Callable[[], Row | None],
        looks: LookSwitch,
        decisions: Decisions,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._form = form
        self._chosen = chosen
        self._looks = looks
        self._decisions = decisions
        self._labels = QStringListModel(self)
        completer = QCompleter(self._labels, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        form.label.setCompleter(completer)
        for field in (form.label, form.note):
            field.left.connect(form.list.setFocus)
            field.editingFinished.connect(self.keep)
        looks.about_to_change.connect(self.keep)

    def show(self) -> None:
        """Show what the chosen polygon has."""
        row, form = self._chosen(), self._form
        for field, text in ((form.label, row.label if row else ""), (form.note, row.note if row else "")):
            field.show_text(text)
            field.setEnabled(row is not None)

    def offer_labels(self, rows: list[Row]) -> None:
        """Offer the labels that polygons have already.

        Args:
            rows: all polygons.
        """
        self._labels.setStringList(sorted({row.label for row in rows if row.label}))

    def keep(self) -> None:
        """Write the label and the note where they were changed."""
        row = self._chosen()
        for field, name, text, what in self._typed():
            field.show_text(text)
            self._decisions.take(what, row, {name: text})

    def being_typed(self) -> bool:
        """Whether a field says something that is not written yet."""
        return any(self._typed())

    def _typed(self) -> Iterator[tuple[QLineEdit, str, str, str]]:
        """The fields that say something new, the layer's fields for it, what they say, and what that is for people."""
        row = self._chosen()
        if row is None:
            return
        for field, name, old, what in (
            (self._form.label, self._looks.look.label, row.label, self.tr("Label")),
            (self._form.note, self._looks.look.note, row.note, self.tr("Note")),
        ):
            text = field.text().strip()
            if text != old:
                yield field, name, text, what
