"""Reading the settings of a run: what a file and ``--set NAME=VALUE`` give, checked against a dataclass."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar, get_type_hints

from ..engine.errors import EngineError

T = TypeVar("T")

_KINDS = {int: "a whole number", float: "a number, such as 0.5", bool: "true or false", str: "a word"}


def settings_of(cls: type[T], values: Mapping[str, Any], changes: Sequence[str] = ()) -> T:
    """Settings of a dataclass.

    Args:
        cls: whose fields the settings are.
        values: by name.
        changes: each ``name=value``, the value in JSON or a word; they come after ``values``.

    Raises:
        EngineError: ``bad_parameter`` for a setting that does not exist or is of another kind.
    """
    values = {**values, **dict(map(read_change, changes))}
    known = {field.name for field in fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - known)
    if unknown:
        msg = f"There is no setting “{unknown[0]}”."
        raise EngineError("bad_parameter", msg, f"Settings are: {', '.join(sorted(known))}.")
    kinds = get_type_hints(cls)
    for name, value in values.items():
        kind = kinds[name]
        if kind is float and type(value) is int:
            continue
        if kind in _KINDS and type(value) is not kind:
            msg = f"The setting “{name}” cannot be “{value}”."
            raise EngineError("bad_parameter", msg, f"Give it {_KINDS[kind]}.")
    return cls(**values)


def check_limits(seed: int, steps: int, batch: int, reuse: int, decay_from: float) -> None:
    """Refuse what no run can be trained with.

    Args:
        seed: of all chance.
        steps: how many.
        batch: scenes a step.
        reuse: how often a scene is used.
        decay_from: share of the steps after which the learning rate falls.

    Raises:
        EngineError: ``bad_parameter``.
    """
    for name, value in {"steps": steps, "batch": batch, "reuse": reuse}.items():
        if value < 1:
            msg = f"The setting “{name}” cannot be “{value}”."
            raise EngineError("bad_parameter", msg, "Give it a whole number, 1 or more.")
    if seed < 0:
        raise EngineError("bad_parameter", f"The setting “seed” cannot be “{seed}”.", "Give it 0 or more.")
    if not -math.inf < decay_from < 1:
        msg = f"The setting “decay_from” cannot be “{decay_from}”."
        raise EngineError("bad_parameter", msg, "Give it a share of the steps below 1, such as 0.4.")


def check_ranges(
    settings: object, *, above: Sequence[str] = (), least: Sequence[str] = (), shares: Sequence[str] = ()
) -> None:
    """Refuse numbers that mean nothing.

    Args:
        settings: a dataclass.
        above: settings above 0.
        least: settings of 0 or more.
        shares: settings from 0 to 1.

    Raises:
        EngineError: ``bad_parameter``; NaN is none of these.
    """
    for names, most, hint in (
        (above, math.inf, "a number above 0"),
        (least, math.inf, "0 or more"),
        (shares, 1.0, "a share from 0 to 1"),
    ):
        for name in names:
            value = getattr(settings, name)
            if not 0 <= value <= most or value == math.inf or (names is above and not value):
                msg = f"The setting “{name}” cannot be “{value}”."
                raise EngineError("bad_parameter", msg, f"Give it {hint}.")


def read_change(change: str) -> tuple[str, Any]:
    """Name and value of ``name=value``: JSON where it is, a word otherwise."""
    name, _, text = change.partition("=")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text
