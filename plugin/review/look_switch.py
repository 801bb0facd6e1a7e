"""Who looks: the first reviewer, a second one who does not see the first decisions, or whoever compares both."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QInputDialog

from .. import settings
from ..errors import PluginError
from ..messages import Messages
from ..numbers import number_text
from ..styles import LOOK_PROPERTY, SECOND_LOOK, show_status
from .looks import FIRST, SECOND, Look, agreement, begin_second_look, has_second_look
from .panel_form import COMPARED, FIRST_LOOK, PanelForm
from .rows import Row

REVIEWER_PROPERTY = "anomaly_lens/reviewer"
"""Custom property of an anomaly layer: who has begun its second look, whoever begins one of another run."""


class LookSwitch(QObject):
    """Switches between looks, and says how far two of them agree.

    Args:
        form: the review's content.
        messages: message bar and log.
        parent: the owner.

    Attributes:
        look: the fields that decisions are written to.
        compared: whether both looks' decisions are shown.
    """

    about_to_change = pyqtSignal()
    """What was typed is still of who looked so far."""
    changed = pyqtSignal()
    """Somebody else looks now."""

    def __init__(self, form: PanelForm, messages: Messages, parent: QObject) -> None:
        super().__init__(parent)
        self._form = form
        self._messages = messages
        self._layer: QgsVectorLayer | None = None
        self.look: Look = FIRST
        self.compared = False
        form.look.activated.connect(lambda _row: self._switch(form.look.currentData()))
        form.begin_second.triggered.connect(lambda _checked: self._ask_who())

    def set_layer(self, layer: QgsVectorLayer | None) -> None:
        """Look at another run's polygons, as whoever did so last.

        Args:
            layer: anomalies; None: nothing.
        """
        self._layer = layer
        if layer is None:
            self._form.look_row.hide()
        else:
            self._show(layer.customProperty(LOOK_PROPERTY, FIRST_LOOK))

    def check(self) -> None:
        """Go back to the first look where the second one's fields were deleted; offer one that was begun elsewhere."""
        there = has_second_look(self._layer)
        if not there and (self.compared or self.look is SECOND):
            self._switch(FIRST_LOOK)
        elif there == self._form.begin_second.isEnabled():
            self._show(FIRST_LOOK)

    def begin_second(self, reviewer: str) -> None:
        """Let somebody decide again, without seeing the first decisions.

        Args:
            reviewer: is kept with each decision.
        """
        try:
            begin_second_look(self._layer)
        except PluginError as error:
            self._messages.show_error(error)
            return
        settings.REVIEWER.set(reviewer)
        self._layer.setCustomProperty(REVIEWER_PROPERTY, reviewer)
        self._switch(SECOND_LOOK)

    def reviewer(self) -> str:
        """Whose second look it is."""
        # Of one that was begun in another project, or by version 0.1.0, nobody else is known.
        return str(self._layer.customProperty(REVIEWER_PROPERTY, settings.REVIEWER.get()))

    def show_agreement(self, rows: Sequence[Row]) -> None:
        """Say how far both looks agree, where they are compared.

        Args:
            rows: all polygons.
        """
        self._form.agreement.setVisible(self.compared)
        if not self.compared:
            return
        found = agreement((row.status, row.second) for row in rows)
        if not found.both:
            self._form.agreement.setText(self.tr("No polygon has both decisions yet."))
            return
        text = self.tr("{agree} of {both} decided alike ({percent:.0f} %), Cohen's kappa {kappa}.")
        kappa = "–" if found.kappa is None else number_text(found.kappa, 2)
        percent = 100 * found.agree / found.both
        self._form.agreement.setText(text.format(agree=found.agree, both=found.both, percent=percent, kappa=kappa))

    def _ask_who(self) -> None:
        known = settings.REVIEWER.get() or QgsProject.instance().metadata().author()
        name, agreed = QInputDialog.getText(
            self._form,
            self.tr("Begin a second look"),
            self.tr("Who looks? The first decisions are hidden until both are compared."),
            text=known,
        )
        if agreed:
            self.begin_second(name.strip())

    def _switch(self, name: str) -> None:
        self.about_to_change.emit()
        self._show(name)
        self.changed.emit()

    def _show(self, name: str) -> None:
        there = has_second_look(self._layer)
        name = name if there else FIRST_LOOK
        self.look = SECOND if name == SECOND_LOOK else FIRST
        self.compared = name == COMPARED
        self._form.look_row.setVisible(there)
        self._form.look.setCurrentIndex(self._form.look.findData(name))
        self._form.begin_second.setEnabled(not there)
        self._form.show_compared(self.compared)
        if self._layer.customProperty(LOOK_PROPERTY, FIRST_LOOK) != name:
            self._layer.setCustomProperty(LOOK_PROPERTY, name)
        show_status(self._layer, self.look.status)
