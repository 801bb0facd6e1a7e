"""What the review looks like: the list, the buttons and the fields, without what they do."""

from __future__ import annotations

from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent, QShowEvent
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QAction,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QProgressBar,
    QSizePolicy,
    QSplitter,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..numbers import number_text
from ..styles import SECOND_LOOK, status_labels
from ..wrapped import WrappedLabel
from .actions import ReviewActions
from .list_view import PictureDelegate, RowList, SignDelegate, SortHeader
from .marks import status_icon
from .model import AREA, LABEL, RANK, SCORE, SECOND, STATUS, ReviewModel
from .rows import DIFFERENT
from .thumbnails import SIDE
from .why_view import WhyView

_PADDING = 10
_BAR_HEIGHT = 5
_LEAST_LIST_HEIGHT = 120

CONTEXTS = (4.0, 8.0, 20.0)
"""How many times a polygon's size the map shows: near, medium, wide."""

FIRST_LOOK, COMPARED = "first", "compared"
"""Two of the three ways to look at a run that two people review; the third is :data:`.SECOND_LOOK`."""


class PanelForm(QWidget):
    """The review's content.

    Args:
        model: the list.
        actions: what the buttons do.
        why: the explanation under the list.
    """

    def __init__(self, model: ReviewModel, actions: ReviewActions, why: WhyView) -> None:
        super().__init__()
        self._status_width = 0
        outer = QVBoxLayout(self)
        outer.setContentsMargins(6, 6, 6, 6)
        outer.setSpacing(4)
        outer.addLayout(self._build_top(actions))
        self.notice = _wrapped("review_notice", self.tr("What needs attention"))
        outer.addWidget(self.notice)
        outer.addWidget(self._build_look_row())
        outer.addLayout(self._build_filters())
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(_buttons(actions.accept, actions.reject, actions.unsure))
        column.addLayout(_buttons(actions.previous, actions.next, actions.next_unreviewed, actions.undo, actions.redo))
        column.addLayout(self._build_texts(actions))
        column.addWidget(why, 1)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self._build_list(model))
        splitter.addWidget(below)
        splitter.setStretchFactor(0, 2)
        splitter.setStretchFactor(1, 1)
        outer.addWidget(splitter, 1)

    def _build_top(self, actions: ReviewActions) -> QHBoxLayout:
        # Beside its bar: some themes write dark on dark there.
        self.progress_text = QLabel()
        self.progress_text.setObjectName("review_progress_label")
        self.progress_text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.progress = QProgressBar()
        self.progress.setObjectName("review_progress")
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(_BAR_HEIGHT)
        for widget in (self.progress_text, self.progress):
            widget.setToolTip(self.tr("How many polygons have a decision"))
        self.export_button = QToolButton()
        self.export_button.setObjectName("review_export_button")
        self.export_button.setText(self.tr("Export…"))
        self.export_button.setToolTip(self.tr("Write the accepted anomalies to a file"))
        self.options = QToolButton()
        self.options.setObjectName("review_options_button")
        self.options.setText("⋯")
        self.options.setToolTip(self.tr("How the review steps on, what the map shows, and a second look"))
        self.options.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.options.setMenu(self._build_menu(actions))
        so_far = QVBoxLayout()
        so_far.setSpacing(2)
        so_far.addWidget(self.progress_text)
        so_far.addWidget(self.progress)
        row = QHBoxLayout()
        row.addLayout(so_far, 1)
        row.addWidget(self.export_button)
        row.addWidget(self.options)
        return row

    def _build_menu(self, actions: ReviewActions) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self.advance = _check(menu, self.tr("Go on after each decision"), self.tr("To the next unreviewed polygon"))
        self.follow = _check(menu, self.tr("The map follows"), self.tr("The map goes to the chosen polygon"))
        near = menu.addMenu(self.tr("What the map shows"))
        self.contexts = {
            zoom_out: _check(near, text)
            for zoom_out, text in zip(
                CONTEXTS,
                (self.tr("The polygon and little else"), self.tr("Its surroundings"), self.tr("A wide area")),
            )
        }
        menu.addSeparator()
        menu.addAction(actions.reset)
        self.begin_second = menu.addAction(self.tr("Begin a second look…"))
        self.begin_second.setToolTip(
            self.tr("Somebody decides again without seeing the first decisions; then the two are compared")
        )
        return menu

    def _build_look_row(self) -> QWidget:
        self.look_row = QWidget()
        self.look = QComboBox()
        self.look.setObjectName("review_look_combo")
        self.look.setAccessibleName(self.tr("Look"))
        self.look.setToolTip(self.tr("Whose decisions are shown and made"))
        self.look.addItem(self.tr("First look"), FIRST_LOOK)
        self.look.addItem(self.tr("Second look, blind"), SECOND_LOOK)
        self.look.addItem(self.tr("Both compared"), COMPARED)
        self.agreement = _wrapped("review_agreement", self.tr("How far the two reviewers agree"))
        row = QVBoxLayout(self.look_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.look)
        row.addWidget(self.agreement)
        self.look_row.hide()
        return self.look_row

    def _build_filters(self) -> QHBoxLayout:
        self.filter = QLineEdit()
        self.filter.setObjectName("review_filter_edit")
        self.filter.setAccessibleName(self.tr("Filter"))
        example = self.tr("score>{score} area>100 word")
        self.filter.setPlaceholderText(example.format(score=number_text(0.8, 1)))
        self.filter.setToolTip(
            self.tr(
                "Show some polygons only: conditions on rank, score and area, and words of the label or note. "
                "A number alone is a rank"
            )
        )
        self.filter.setClearButtonEnabled(True)
        self.status = QComboBox()
        self.status.setObjectName("review_status_combo")
        self.status.setAccessibleName(self.tr("Status"))
        self.status.setToolTip(self.tr("Show polygons of this status only"))
        self.status.addItem(self.tr("All"), "")
        for status, text in status_labels().items():
            self.status.addItem(status_icon(status), text, status)
        row = QHBoxLayout()
        row.addWidget(self.filter, 1)
        row.addWidget(self.status)
        return row

    def _build_list(self, model: ReviewModel) -> QTableView:
        self.list = RowList()
        self.list.setItemDelegateForColumn(RANK, PictureDelegate(self.list))
        self._signs = SignDelegate(self.list)
        for column in (STATUS, SECOND):
            self.list.setItemDelegateForColumn(column, self._signs)
        self.list.setHorizontalHeader(SortHeader(self.list))
        self.list.setObjectName("review_list")
        self.list.setAccessibleName(self.tr("Polygons"))
        self.list.setModel(model)
        self.list.why_empty = lambda: (
            self.tr("No polygon meets the filter.")
            if model.rows
            else self.tr("There are no polygons. A lower score on the page Threshold may find some.")
        )
        self.list.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setIconSize(QSize(SIDE, SIDE))
        self.list.setShowGrid(False)
        self.list.setAlternatingRowColors(True)
        self.list.setWordWrap(False)
        self.list.setTabKeyNavigation(False)
        self.list.setMinimumHeight(_LEAST_LIST_HEIGHT)
        rows = self.list.verticalHeader()
        rows.hide()
        # Rows of one height need not be measured, however many there are.
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(SIDE + 4)
        columns = self.list.horizontalHeader()
        columns.setStretchLastSection(True)
        columns.setTextElideMode(Qt.TextElideMode.ElideRight)
        columns.setHighlightSections(False)
        columns.setMinimumSectionSize(32)
        self.list.setColumnHidden(SECOND, True)
        self.list.setSortingEnabled(True)
        self.list.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        columns.setSortIndicatorShown(False)
        self.list.resized.connect(self._share_room)
        return self.list

    def showEvent(self, event: QShowEvent) -> None:
        """The first time, fit the list's columns to QGIS's font, which comes with its window's style."""
        super().showEvent(event)
        if not self._status_width:
            self._set_widths()

    def _set_widths(self) -> None:
        columns = self.list.horizontalHeader()
        advance = self.list.fontMetrics().horizontalAdvance
        self._status_width = max(map(advance, status_labels().values())) + SIDE // 2 + _PADDING
        for column, text in ((RANK, "000"), (SCORE, "0.000"), (AREA, "000,000")):
            title = columns.sectionSizeHint(column)
            if column == AREA and not columns.model().area_unit:
                # It comes with a run.
                title += columns.fontMetrics().horizontalAdvance("m²")
            picture = SIDE if column == RANK else 0
            self.list.setColumnWidth(column, max(picture + advance(text) + _PADDING, title))
        for last in (SECOND, LABEL):
            # It would not become narrower than it was when it was made, and reach out of the list.
            self.list.setColumnWidth(last, columns.minimumSectionSize())
        self._share_room()

    def _share_room(self) -> None:
        """Give statuses what the other columns leave, and labels, in the last one, the rest."""
        if not self._status_width:
            return
        columns = self.list.horizontalHeader()
        compared = not self.list.isColumnHidden(SECOND)
        others = (RANK, SCORE) if compared else (RANK, SCORE, AREA)
        room = self.list.viewport().width() - sum(map(self.list.columnWidth, others))
        last = self._status_width if compared else columns.sectionSizeHint(LABEL)
        # Signs tell statuses apart without words; labels can be read nowhere else.
        self._signs.words = room >= self._status_width + last
        width = self._status_width if self._signs.words else columns.sectionSizeHint(STATUS)
        self.list.setColumnWidth(STATUS, width)

    def _build_texts(self, actions: ReviewActions) -> QHBoxLayout:
        row = QHBoxLayout()
        self.label = _TextField("review_label_edit", actions.label)
        self.note = _TextField("review_note_edit", actions.note)
        row.addWidget(self.label, 2)
        row.addWidget(self.note, 3)
        return row

    def show_compared(self, compared: bool) -> None:
        """Show both looks' decisions or one's.

        Args:
            compared: whether both; the list can be filtered by where they differ then.
        """
        self.list.setColumnHidden(SECOND, not compared)
        # In their room.
        for column in (AREA, LABEL):
            self.list.setColumnHidden(column, compared)
        self._share_room()
        place = self.status.findData(DIFFERENT)
        if compared and place < 0:
            self.status.addItem(self.tr("Looks differ"), DIFFERENT)
        elif not compared and place >= 0:
            self.status.removeItem(place)

    def show_notice(self, text: str) -> None:
        """Show what needs attention; nothing hides it.

        Args:
            text: as HTML; may have links, whose addresses ``notice.linkActivated`` tells.
        """
        self.notice.setTextFormat(Qt.TextFormat.RichText)
        self.notice.setText(text)
        self.notice.setVisible(bool(text))


class _TextField(QLineEdit):
    """A text that Enter keeps and Escape takes back."""

    left = pyqtSignal()
    """The keyboard has nothing more to do here."""

    def __init__(self, name: str, action: QAction) -> None:
        super().__init__()
        self.setObjectName(name)
        self._kept = ""
        self._action = action
        action.changed.connect(self._name)
        self._name()

    def show_text(self, text: str) -> None:
        """Show what is kept."""
        self._kept = text
        self.setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.setText(self._kept)
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _name(self) -> None:
        name = self._action.iconText()
        self.setPlaceholderText(name)
        self.setAccessibleName(name)
        self.setToolTip(self.tr("{title}. Enter keeps it, Escape takes it back").format(title=name))


def _buttons(*actions: QAction) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(4)
    for action in actions:
        button = QToolButton()
        button.setObjectName(f"review_{action.objectName()}_button")
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        # Read whole whatever the font: what they say is the key.
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        # The keyboard stays with the list.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row.addWidget(button)
    return row


def _check(menu: QMenu, text: str, tip: str = "") -> QAction:
    action = menu.addAction(text)
    action.setCheckable(True)
    action.setToolTip(tip)
    return action


def _wrapped(name: str, tip: str) -> WrappedLabel:
    label = WrappedLabel()
    label.setObjectName(name)
    label.setToolTip(tip)
    label.hide()
    return label
