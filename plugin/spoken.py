"""Names by which screen readers announce fields: of labels, Qt takes but those that stand beside their buddy."""

from __future__ import annotations

import re

from qgis.PyQt.QtWidgets import QAbstractItemView, QAbstractSpinBox, QComboBox, QLabel, QLineEdit, QWidget

_FIELDS = (QComboBox, QAbstractSpinBox, QLineEdit, QAbstractItemView)
# Letters of shortcuts: “&Layer”, or “(&L)” behind a text of other letters.
_SHORTCUT = re.compile(r"\s*\(&\w\)|&")


def name_fields(form: QWidget) -> None:
    """Give each field that lies deeper in its row than the row's label the label's text for a name.

    Args:
        form: holds labels and fields; names that fields have already stay.
    """
    # The innermost label comes first: one inside a row knows its field better than the row's.
    for label in sorted(form.findChildren(QLabel), key=lambda label: -_depth(label)):
        buddy = label.buddy()
        if buddy is None:
            continue
        name = _SHORTCUT.sub("", label.text())
        for field in [buddy, *buddy.findChildren(QWidget)]:
            if isinstance(field, _FIELDS) and not field.accessibleName():
                field.setAccessibleName(name)


def _depth(widget: QWidget) -> int:
    parent = widget.parentWidget()
    return 0 if parent is None else 1 + _depth(parent)
