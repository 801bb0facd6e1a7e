"""A text that is no wider than its place."""

from __future__ import annotations

import re

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QLabel

_LONGEST = 24
# Tags and entities of HTML, which stay as they are, or as much of a word as stays together. None ends with an f: with
# the next letter fonts make one sign of it, as in “fl”, and Qt breaks no line within a sign.
_PIECE = re.compile(rf"<[^>\s][^>]*>|&#?\w+;|[^\s<&]{{{_LONGEST - 1}}}[^\s<&f](?=[^\s<&])")
_BREAK = "\u200b"
_LINK = "<a href="
_BY_MOUSE = Qt.TextInteractionFlag.LinksAccessibleByMouse
_BY_KEYBOARD = Qt.TextInteractionFlag.LinksAccessibleByKeyboard


class WrappedLabel(QLabel):
    """A text over several lines that breaks long words, too: names of scenes and paths have no spaces.

    Qt would have the dock as wide as the longest word.

    Args:
        text: to begin with.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show a text, plain or HTML."""
        self._text = text
        super().setText(_PIECE.sub(_with_break, text))
        has_links = _LINK in text
        self.setTextInteractionFlags(_BY_MOUSE | _BY_KEYBOARD if has_links else _BY_MOUSE)
        # Tab comes to the links, then Enter; a click leaves the keyboard where it is.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if has_links else Qt.FocusPolicy.NoFocus)

    def text(self) -> str:
        """The text as it was set."""
        return self._text

    def clear(self) -> None:
        """Show nothing."""
        self.setText("")


def _with_break(piece: re.Match[str]) -> str:
    return piece[0] if piece[0][0] in "<&" else piece[0] + _BREAK
