"""A value as a cell of a CSV file."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

DECIMALS_WRITTEN = 6
"""Decimals that money and ratios have at least in a CSV file, as in the service's own."""


def csv_cell(value: Any) -> str:
    """A value as the service's files have it, quoted where it must be."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Decimal():
            return _decimal(value)
        case datetime() | date():
            return str(value)
        case _:
            return quoted_cell(str(value))


def quoted_cell(cell: str) -> str:
    """A text, quoted where it must be; the csv module of Python 3.11 and 3.12 forgets a lone return."""
    return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in ',"\r\n') else cell


def _decimal(value: Decimal) -> str:
    """At least six decimals, where the number's type has as many."""
    whole, point, digits = f"{value:f}".partition(".")
    return f"{whole}{point}{digits.rstrip('0'):0<{min(DECIMALS_WRITTEN, len(digits))}}"
