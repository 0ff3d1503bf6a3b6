"""Tables for eyes.  A number is never cut; text gives way.  Titles are strangers' text and are shown harmlessly."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from unicodedata import category

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dailymotion_reports.workspace import Column, Report

EMPTY = "(empty)"

_GAP = 2
"""Columns between two columns: one of padding, one of the box."""
_NARROWEST = 8
_HEADER = 12
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def harmless(text: str) -> str:
    """``text`` with control characters, line ends and direction marks shown as escapes."""
    return "".join(_shown(c) for c in text)


def _shown(c: str) -> str:
    if c not in _BIDI and category(c) not in ("Cc", "Cs", "Zl", "Zp"):
        return c
    return _NAMED.get(c) or (f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}")


def cell(value: object, places: int = 2) -> str:
    """A value as a table shows it: thousands apart, decimals to ``places``, an empty number as nothing."""
    match value:
        case None:
            return ""
        case int():
            return f"{value:,}"
        case Decimal():
            return f"{value:,.{places}f}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case _:
            return harmless(str(value)) or EMPTY


def print_rows(console: Console, report: Report, rows: Iterable[tuple[Any, ...]]) -> None:
    """Rows of a report as a table no wider than the console, unless its numbers alone are wider."""
    columns = report.table.schema.columns
    texts = _texts(list(rows), len(columns))
    headers = [_folded(column.name, _HEADER) if column.is_metric else column.name for column in columns]
    table = Table(
        box=box.SIMPLE_HEAD, header_style="bold", padding=(0, _GAP - 1, 0, 0), pad_edge=False, show_edge=False
    )
    widths = _widths(console.width, columns, headers, texts)
    console.width = max(console.width, sum(widths) + _GAP * len(widths))
    for column, header, width in zip(columns, headers, widths, strict=True):
        side: Any = "right" if column.is_metric else "left"
        table.add_column(Text(header), justify=side, width=width, no_wrap=True, overflow="ellipsis")
    for row in texts:
        table.add_row(*(Text(text, style="dim" if text == EMPTY else "") for text in row))
    console.print(table, crop=False)


def _texts(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[str]]:
    """Every cell as text, decimals of one column with as many places as its longest needs."""
    places = [max((_places(row[n]) for row in rows), default=2) for n in range(count)]
    return [[cell(value, places[n]) for n, value in enumerate(row)] for row in rows]


def _places(value: object) -> int:
    if not isinstance(value, Decimal):
        return 2
    exponent = value.normalize().as_tuple().exponent
    return max(2, -exponent) if isinstance(exponent, int) else 2


def _folded(name: str, width: int) -> str:
    """A long column name over several lines, broken at its underscores."""
    lines = [""]
    for part in name.replace("_", "_\n").split("\n"):
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _widths(width: int, columns: Sequence[Column], headers: Sequence[str], texts: Sequence[Sequence[str]]) -> list[int]:
    """The width of each column: what it needs, where text gives way to what must not be cut."""
    needed = [
        max(cell_len(line) for line in (*headers[n].split("\n"), *(row[n] for row in texts)))
        for n in range(len(columns))
    ]
    yielding = [n for n, column in enumerate(columns) if column.type == "text" and needed[n] > _NARROWEST]
    while yielding and sum(needed) + _GAP * len(needed) > width:
        widest = max(yielding, key=lambda n: needed[n])
        if needed[widest] <= _NARROWEST:
            break
        needed[widest] -= 1
    return needed
