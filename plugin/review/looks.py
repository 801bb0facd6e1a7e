"""Looks: the first reviewer's decisions and, in fields of their own, a second reviewer's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from osgeo import ogr
from qgis.core import NULL, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication

from ..anomalies_table import changed_table, check
from ..errors import PluginError
from ..shared_file import catch_up, is_read_only, update_copies

translate = QCoreApplication.translate

UNREVIEWED, ACCEPTED, REJECTED, UNSURE = "unreviewed", "accepted", "rejected", "unsure"


@dataclass(frozen=True)
class Look:
    """The fields that hold one reviewer's decisions.

    Attributes:
        status: the decision.
        label: what it is.
        note: a remark.
        reviewer: who decided; empty where that is not kept.
        time: when, as ISO 8601; empty where that is not kept.
    """

    status: str = "status"
    label: str = "label"
    note: str = "note"
    reviewer: str = ""
    time: str = ""


FIRST = Look()
SECOND = Look("status_2", "label_2", "note_2", "reviewer_2", "time_2")


def has_second_look(layer: QgsVectorLayer) -> bool:
    """Whether a second look was begun."""
    return layer.fields().indexOf(SECOND.status) >= 0


def begin_second_look(layer: QgsVectorLayer) -> None:
    """Add the fields of a second look; those that are there stay.

    Args:
        layer: anomalies, not being edited.

    Raises:
        PluginError: ``not_writable`` where the layer is being edited or read-only, or its file takes no fields.
    """
    if layer.isEditable():
        message = translate("Looks", "“{name}” is being edited.").format(name=layer.name())
        raise PluginError("not_writable", message, translate("Looks", "Save or discard its edits first."))
    if is_read_only(layer):
        message = translate("Looks", "“{name}” is read-only in this project.").format(name=layer.name())
        hint = translate("Looks", "Untick Read-only in Project > Properties > Data Sources first.")
        raise PluginError("not_writable", message, hint)
    names = (SECOND.status, SECOND.label, SECOND.note, SECOND.reviewer, SECOND.time)
    missing = [name for name in names if layer.fields().indexOf(name) < 0]
    try:
        if missing:
            with changed_table(layer) as file:
                for name in missing:
                    check(file.table.CreateField(ogr.FieldDefn(name, ogr.OFTString)))
    except RuntimeError as error:
        message = translate("Looks", "The second look's fields cannot be added to “{name}”.").format(name=layer.name())
        hint = translate("Looks", "Check that the file can be written and that no other program has it open.")
        raise PluginError("not_writable", message, hint, str(error)) from error
    catch_up(layer, written=True)
    layer.updateFields()
    update_copies(layer)


def status_of(value: object) -> str:
    """A status as it is stored, or "unreviewed" where there is none."""
    return value if isinstance(value, str) and value else UNREVIEWED


def text_of(value: object) -> str:
    """A text as it is stored; empty where there is none."""
    return value if isinstance(value, str) else ""


def number_of(value: object) -> float | None:
    """A number as it is stored; None where there is none."""
    return None if value == NULL or not isinstance(value, (int, float)) else value


@dataclass(frozen=True)
class Agreement:
    """How two looks compare, over the polygons that both have decided.

    Attributes:
        both: how many those are.
        agree: how many of them got the same status twice.
        kappa: Cohen's kappa, 1 for full agreement and 0 for that of chance; None where chance alone agrees fully.
    """

    both: int
    agree: int
    kappa: float | None


def agreement(statuses: Iterable[tuple[str, str]]) -> Agreement:
    """Compare two looks.

    Args:
        statuses: the first and the second status of each polygon.
    """
    pairs = Counter(pair for pair in statuses if UNREVIEWED not in pair)
    both = sum(pairs.values())
    if not both:
        return Agreement(0, 0, None)
    agree = sum(count for (first, second), count in pairs.items() if first == second)
    firsts, seconds = Counter(), Counter()
    for (first, second), count in pairs.items():
        firsts[first] += count
        seconds[second] += count
    chance = sum(firsts[status] * seconds[status] for status in firsts) / both**2
    return Agreement(both, agree, None if chance == 1 else (agree / both - chance) / (1 - chance))
