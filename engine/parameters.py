"""Of what kind parameters are, and in which range: who errs is told which one, before anything begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .errors import EngineError


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _list_of(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    def is_list(value: object) -> bool:
        return isinstance(value, list) and all(part is None or fits(part) for part in value)

    return is_list


def _is_threshold(value: object) -> bool:
    return isinstance(value, dict) and all(part is None or _is_number(part) for part in value.values())


def _is_hex(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(bytes.fromhex(value))
    except ValueError:
        return False


_KINDS: dict[str, Callable[[object], bool]] = {
    "scene": _is_text,
    "out": _is_text,
    "detector": _is_text,
    "model": _is_text,
    "modality": _is_text,
    "device": _is_text,
    "outline": _is_text,
    "name": _is_text,
    "source": _is_text,
    "crs": _is_text,
    "heatmap": _is_text,
    "scores": _is_text,
    "folder": _is_text,
    "checkpoints": _is_text,
    "min_area": _is_number,
    "peak_share": _is_number,
    "merge": _is_number,
    "fill_holes": _is_number,
    "budget_s": _is_number,
    "smooth": _is_whole,
    "seed": _is_whole,
    "bands": _list_of(_is_whole),
    "scenes": _list_of(_is_text),
    "sources": _list_of(_is_text),
    "taken": _list_of(_is_hex),
    "area": _is_object,
    "labels": _is_object,
    "threshold": _is_threshold,
    "adapt": lambda value: isinstance(value, bool),
    "normal": lambda value: isinstance(value, dict) or _list_of(_is_object)(value),
    "nodata": _is_number,
}
# Of several scenes, each has its own.
_OF_TEACH: dict[str, Callable[[object], bool]] = {"nodata": _list_of(_is_number), "crs": _list_of(_is_text)}


def check_parameters(method: str, params: dict[str, Any]) -> None:
    """See that a request's parameters are of the right kind; null stands for one that is absent.

    Args:
        method: of the request.
        params: its parameters; unknown ones are left alone.

    Raises:
        EngineError: ``bad_request``, which names the parameter.
    """
    kinds = {**_KINDS, **_OF_TEACH} if method == "teach" else _KINDS
    for name, value in params.items():
        if value is not None and name in kinds and not kinds[name](value):
            raise EngineError(
                "bad_request",
                f"The parameter “{name}” of a {method} request is of the wrong kind: {str(value)[:80]}.",
                "Update the plugin.",
            )


def check_ranges(numbers: Iterable[tuple[str, object, float, float]]) -> None:
    """See that numbers lie in their ranges.

    Args:
        numbers: for each, its name for people, its value, None where it is not given, and the least and the most.

    Raises:
        EngineError: ``bad_parameter``, which names the first that does not.
    """
    for name, value, low, high in numbers:
        if value is not None and not (isinstance(value, (int, float)) and low <= value <= high):
            raise EngineError(
                "bad_parameter", f"The {name} cannot be {value}.", f"Give a number from {low} to {high:g}."
            )


def check_threshold(percent: float | None, score: float | None) -> None:
    """See that a threshold is given in one way at most.

    Args:
        percent: a share of the valid pixels.
        score: the lowest score of an anomaly.

    Raises:
        EngineError: ``bad_parameter``.
    """
    check_ranges((("threshold in percent", percent, 0, 100), ("threshold score", score, 0, 1)))
    if percent is not None and score is not None:
        raise EngineError("bad_parameter", "The threshold is given twice.", "Give a percentage or a score, not both.")
