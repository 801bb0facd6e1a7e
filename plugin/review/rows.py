"""The polygons of a run as rows of a list: read once, filtered by what people type."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from qgis.core import QgsFeatureRequest, QgsVectorLayer

from ..numbers import groups_by_comma
from ..results import OBJECT_SCORE
from .looks import ACCEPTED, SECOND, UNREVIEWED, Look, has_second_look, number_of, status_of, text_of

DIFFERENT = "different"
"""The choice of polygons on which two looks differ."""

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
# The second as the list shows large areas.
_DECIMAL, _THOUSANDS = r"\d+(?:[.,]\d+)?", r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?"
_CONDITION = re.compile(rf"(rank|score|area)(<=|>=|<|>|=)({_DECIMAL}|{_THOUSANDS})", re.IGNORECASE)


@dataclass
class Row:
    """One polygon.

    Attributes:
        fid: of the feature.
        rank: 1 is the highest score; None where it has none yet.
        score: the highest inside, 0 to 1.
        area: in m² or pixels.
        status: of the look that is shown.
        label: of that look.
        note: of that look.
        second: the second look's status where the two are compared, else "unreviewed".
        object_score: how sure a detector of objects is of it, 0 to 1; None of all others.
    """

    fid: int
    rank: float | None
    score: float | None
    area: float | None
    status: str
    label: str
    note: str
    second: str = UNREVIEWED
    object_score: float | None = None

    @property
    def ranked_by(self) -> float | None:
        """The score that the rank follows."""
        return self.score if self.object_score is None else self.object_score

    def differs(self) -> bool:
        """Whether two reviewers decided otherwise."""
        return UNREVIEWED not in (self.status, self.second) and self.status != self.second

    def is_as(self, other: Row) -> bool:
        """Whether the polygon is the same, however it was decided on."""
        mine, theirs = ((row.fid, row.rank, row.score, row.object_score, row.area) for row in (self, other))
        return mine == theirs


def read_rows(layer: QgsVectorLayer, look: Look, compared: bool) -> list[Row]:
    """Read all polygons, unsaved edits included, without their outlines.

    Args:
        layer: anomalies.
        look: whose decisions.
        compared: whether the second look's are wanted too.
    """
    fields = layer.fields()
    names = ["rank", "score_max", OBJECT_SCORE, "area", look.status, look.label, look.note]
    if compared and has_second_look(layer):
        names.append(SECOND.status)
    indexes = [fields.indexOf(name) for name in names]
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    request.setSubsetOfAttributes([index for index in indexes if index >= 0])
    rows = []
    for feature in layer.getFeatures(request):
        values = feature.attributes()
        rank, score, object_score, area, *rest = (values[index] if index >= 0 else None for index in indexes)
        status, label, note = rest[:3]
        second = rest[3] if len(rest) > 3 else None
        rows.append(
            Row(
                feature.id(),
                number_of(rank),
                number_of(score),
                number_of(area),
                status_of(status),
                text_of(label),
                text_of(note),
                status_of(second),
                number_of(object_score),
            )
        )
    return rows


def row_filter(text: str, status: str) -> Callable[[Row], bool]:
    """What a list shows.

    Args:
        text: words that the label or the note contains, and conditions such as "rank<50", "score>=0.8", "area>100";
            a bare number is a rank. All must hold.
        status: one of the field's values, :data:`DIFFERENT`, or empty for all.

    Returns:
        Tells whether a row is shown.
    """
    tests: list[Callable[[Row], bool]] = []
    if status == DIFFERENT:
        tests.append(Row.differs)
    elif status:
        tests.append(lambda row: row.status == status)
    for word in re.sub(r"\s*(<=|>=|<|>|=)\s*", r"\1", text).split():
        tests.append(_word_test(word))
    return lambda row: all(test(row) for test in tests)


def _word_test(word: str) -> Callable[[Row], bool]:
    if word.isdecimal():
        rank = int(word)
        return lambda row: row.rank == rank
    match = _CONDITION.fullmatch(word)
    if match is None:
        low = word.lower()
        return lambda row: low in row.label.lower() or low in row.note.lower()
    name, compare, limit = match[1].lower(), _COMPARISONS[match[2]], _number(match[3])
    name = "ranked_by" if name == "score" else name

    def test(row: Row) -> bool:
        value = getattr(row, name)
        return value is not None and compare(value, limit)

    return test


def _number(text: str) -> float:
    is_decimal = re.fullmatch(_DECIMAL, text) is not None
    if re.fullmatch(_THOUSANDS, text) and (groups_by_comma() or not is_decimal):
        return float(text.replace(",", ""))
    return float(text.replace(",", "."))


@dataclass(frozen=True)
class Progress:
    """How far a review is.

    Attributes:
        all: how many polygons there are.
        reviewed: how many have a decision.
        accepted: how many of them were accepted.
    """

    all: int
    reviewed: int
    accepted: int


def progress(rows: Iterable[Row]) -> Progress:
    """Count the decisions.

    Args:
        rows: of a run.
    """
    statuses = [row.status for row in rows]
    return Progress(len(statuses), len(statuses) - statuses.count(UNREVIEWED), statuses.count(ACCEPTED))
