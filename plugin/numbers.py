"""Numbers as people read them: with the decimal point of QGIS's language, which fields for numbers have, too."""

from __future__ import annotations

from decimal import Decimal

from qgis.PyQt.QtCore import QLocale

_LEAST_WRITTEN_OUT, _MOST_WRITTEN_OUT = 1e-7, 1e12
_NO_BREAK_SPACE = "\u00a0"


def groups_by_comma() -> bool:
    """Whether thousands are set apart by a comma: where the user's language has none for a decimal point."""
    return QLocale().decimalPoint() != ","


def number_text(value: float, decimals: int = 0) -> str:
    """A number for people, thousands set apart.

    Args:
        value: in any unit.
        decimals: how many are shown.
    """
    return _localised(f"{value:,.{decimals}f}")


def digits_text(value: float, digits: int = 6) -> str:
    """A number for people by its leading digits, without zeros behind them.

    Args:
        value: in any unit.
        digits: how many are shown.
    """
    text = f"{value:.{digits}g}"
    if "e" in text and _LEAST_WRITTEN_OUT <= abs(value) < _MOST_WRITTEN_OUT:
        # An area of 6e+06 m² is not what people read.
        text = f"{Decimal(text):,f}"
    return _localised(text)


def measure_text(value: float) -> str:
    """An area or a length for people; those of small things, as drones see them, by the digits that they have.

    Args:
        value: in any unit.
    """
    return number_text(value, 1) if value >= 1 or value == 0 else digits_text(value, 2)


def _localised(text: str) -> str:
    # Thousands by a point, as some write them, would look like decimals to the others.
    return text if groups_by_comma() else text.replace(",", _NO_BREAK_SPACE).replace(".", ",")
