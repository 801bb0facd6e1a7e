"""Plain tables: aligned for reading, and as Markdown and CSV; and CSV that others wrote."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..engine.errors import EngineError
from ..engine.weights import json_text

NOTHING = "–"
"""Stands where a measure is not defined."""


def number(value: float | None, decimals: int = 4) -> str:
    """A number with fixed decimals; a dash where there is none."""
    return NOTHING if value is None or math.isnan(value) else f"{value:.{decimals}f}"


def aligned(headings: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """A table for the terminal: columns padded to one width.

    Args:
        headings: one per column.
        rows: cells, as many as headings in each.
        left: how many of the first columns are aligned to the left; the others are numbers.

    Returns:
        Lines, without a line break at the end.
    """
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.ljust(width) if index < left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join(padded).rstrip()

    return "\n".join([line(headings), line(["-" * width for width in widths]), *map(line, rows)])


def markdown(headings: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """The same as a Markdown table."""
    rule = ["---" if index < left else "--:" for index in range(len(headings))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (headings, rule, *rows))


def read_csv(path: Path, needed: Sequence[str] = ()) -> list[dict[str, str]]:
    """The lines of a CSV file by its headings, with or without a byte order mark; what a line lacks is empty.

    Args:
        path: of the file.
        needed: columns that it has to have, unless it is empty.

    Raises:
        EngineError: ``bad_parameter`` where it is missing or no CSV, or has not these columns.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            lacking = [name for name in needed if name not in (reader.fieldnames or needed)]
            rows = [{k: v or "" for k, v in row.items() if k} for row in reader]
    except FileNotFoundError as error:
        raise EngineError("bad_parameter", f"{path} does not exist.", "Restore the file.") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EngineError("bad_parameter", f"{path} cannot be read ({error}).", "Save it as UTF-8 CSV.") from error
    if lacking:
        raise EngineError(
            "bad_parameter",
            f"Line 1 of {path} names no column “{lacking[0]}”.",
            f"Save it as CSV whose first line is {','.join(needed)}, in any order, other columns among them.",
        )
    return rows


def save_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write dictionaries with the keys of the first as columns; what is not defined is left empty."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: "" if _undefined(value) else value for key, value in row.items()} for row in rows)


def show_table(
    path: Path,
    headings: Sequence[str],
    cells: Sequence[Sequence[str]],
    left: int = 1,
    rows: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    """Print a table, and save it as Markdown and CSV.

    Args:
        path: of the files, without suffix.
        headings: one per column.
        cells: rows of the table.
        left: as of :func:`aligned`.
        rows: of the CSV, where it holds more or other than the cells.
    """
    save_csv(path.with_suffix(".csv"), rows or [dict(zip(headings, line, strict=True)) for line in cells])
    path.with_suffix(".md").write_text(markdown(headings, cells, left) + "\n", encoding="utf-8")
    print(aligned(headings, cells, left))


def save_json(path: Path, content: Any) -> None:  # noqa: ANN401 - anything that JSON can hold
    """Write JSON; what is not defined becomes null."""
    path.write_text(json_text(content), encoding="utf-8")


def _undefined(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
