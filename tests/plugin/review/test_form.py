"""The page of the review: whether all of it can be read and reached."""

from __future__ import annotations

import pytest
from anomaly_lens.plugin.review.model import AREA, LABEL, RANK, SCORE, STATUS
from qgis.PyQt.QtCore import QCoreApplication, QRegularExpression, Qt
from qgis.PyQt.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QStyleOptionViewItem,
    QTabBar,
    QToolButton,
    QWidget,
)


@pytest.mark.parametrize("width", [350, 900])
def test_headings_and_statuses_of_the_list_are_read_whole_or_left_out(large_font, window, width):
    window.window().resize(width + 600, window.window().height())
    window.window().resizeDocks([window], [width], Qt.Orientation.Horizontal)
    QCoreApplication.processEvents()
    headings_and_statuses_are_whole(window.tabs.widget(0).form, words=width == 900)


@pytest.mark.parametrize("width", [350, 500])
def test_labels_have_room_in_a_narrow_dock(panel, window, width):
    window.window().resize(width + 600, window.window().height())
    window.window().resizeDocks([window], [width], Qt.Orientation.Horizontal)
    QCoreApplication.processEvents()
    headings_and_statuses_are_whole(panel.form, words=width == 500)


def headings_and_statuses_are_whole(form, words):
    table = form.list
    header = table.horizontalHeader()
    assert table.viewport().width() == header.length()
    for column in (RANK, SCORE, AREA, STATUS, LABEL):
        title = table.model().headerData(column, Qt.Orientation.Horizontal)
        assert header.sectionSize(column) > header.fontMetrics().horizontalAdvance(title)
    option = QStyleOptionViewItem()
    table.itemDelegateForColumn(STATUS).initStyleOption(option, table.model().index(1, STATUS))
    assert option.text == ("Unreviewed" if words else "")
    if words:
        assert table.columnWidth(STATUS) > table.fontMetrics().horizontalAdvance("Unreviewed") + 16


def test_what_keys_do_is_read_whole_whatever_the_font(large_font, window):
    window.window().resizeDocks([window], [350], Qt.Orientation.Horizontal)
    QCoreApplication.processEvents()
    buttons = window.widget().findChildren(QToolButton, QRegularExpression("review_(?!export|options).*_button"))
    assert len(buttons) == 8
    assert [button.text() for button in buttons if button.width() < button.sizeHint().width()] == []


def test_screen_readers_name_every_field(window, without_spoken_name):
    assert without_spoken_name(window.widget()) == []


def test_every_control_has_a_tooltip_and_a_name_and_fits(window):
    kinds = (QComboBox, QAbstractSpinBox, QToolButton, QLineEdit)
    ours = [
        widget
        for widget in window.widget().findChildren(QWidget)
        if isinstance(widget, kinds) and not isinstance(widget.parent(), (QComboBox, QLineEdit))
    ]
    # Qt's own: the arrows of the tabs.
    ours = [widget for widget in ours if not isinstance(widget.parent(), QTabBar)]
    assert [widget for widget in ours if not widget.objectName()] == []
    assert [widget.objectName() for widget in ours if not widget.toolTip()] == []
    content = window.widget().widget()
    assert content.minimumSizeHint().height() <= 660, "QGIS's own frame and tabs take the rest of 700"
    assert window.minimumSizeHint().height() < 300, "QGIS's window must not outgrow a low screen"


def test_the_dock_is_narrow_in_the_font_that_qgis_begins_with(usual_font, window):
    assert window.widget().widget().minimumSizeHint().width() <= 360
