"""A report for eyes, as plain text and as HTML for notebooks.  Titles are strangers' text and are shown harmlessly."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from html import escape
from itertools import islice
from typing import Any

from dailymotion_reports.redaction import harmless
from dailymotion_reports.tables.schema import Column
from dailymotion_reports.tables.table import Table

EMPTY = "(empty)"
"""How an empty text is shown, so that it is seen."""

MOST_ROWS = 40
"""Rows that a notebook and a terminal show."""

_IN_TEXT, _LONGEST = 10, 40


def cell(value: object, places: int = 2) -> str:
    """A value as a table shows it: thousands apart, decimals to ``places``, an empty number as nothing."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | float():
            return f"{value:,}"
        case Decimal():
            return f"{value:,.{places}f}"
        case datetime():
            return value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case _:
            return harmless(str(value)) or EMPTY


def texts(rows: Sequence[tuple[Any, ...]], columns: Sequence[Column]) -> list[list[str]]:
    """Every cell as text, the decimals of one column with as many places as its longest needs; money has two."""
    least = [2 if column.currency else 0 for column in columns]
    places = [max((_places(row[n]) for row in rows), default=0) for n in range(len(columns))]
    return [[cell(value, max(least[n], places[n])) for n, value in enumerate(row)] for row in rows]


def _places(value: object) -> int:
    """Digits after the point without the zeros behind the last."""
    return len(f"{value:f}".partition(".")[2].rstrip("0")) if isinstance(value, Decimal) else 0


def as_text(table: Table, title: str) -> str:
    """The first rows in aligned columns, under ``title``."""
    from rich.cells import cell_len, set_cell_size

    shown = list(islice(table.iter_rows(), _IN_TEXT))
    columns = table.schema.columns
    lines = [list(table.schema.names), *texts(shown, columns)]
    lines = [
        [text if cell_len(text) <= _LONGEST else set_cell_size(text, _LONGEST - 1) + "…" for text in x] for x in lines
    ]
    widths = [max(cell_len(line[n]) for line in lines) for n in range(len(columns))]

    def aligned(text: str, n: int) -> str:
        gap = " " * (widths[n] - cell_len(text))
        return gap + text if columns[n].is_metric else text + gap

    body = ["  ".join(aligned(text, n) for n, text in enumerate(line)).rstrip() for line in lines]
    return "\n".join([title, *body, how_many(len(shown), table.count())])


def as_html(table: Table, title: str) -> str:
    """The first rows as a table for notebooks: no script, no style but alignment, nothing fetched."""
    shown = list(islice(table.iter_rows(), MOST_ROWS))
    columns = table.schema.columns
    head = "".join(_html("th", column.name, column) for column in columns)
    body = "\n".join(
        f"<tr>{''.join(_html('td', text, column) for text, column in zip(row, columns, strict=True))}</tr>"
        for row in texts(shown, columns)
    )
    caption = f"{escape(harmless(title))}; {how_many(len(shown), table.count())}"
    return (
        f'<table class="dataframe"><caption>{caption}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    )


def _html(tag: str, text: str, column: Column) -> str:
    side = "right; font-variant-numeric: tabular-nums" if column.is_metric else "left"
    return f'<{tag} dir="auto" style="text-align: {side}">{escape(text)}</{tag}>'


def how_many(shown: int, rows: int) -> str:
    """How many rows are shown of how many."""
    if not rows:
        return "no rows"
    counted = f"{rows:,} row{'' if rows == 1 else 's'}"
    return counted if shown == rows else f"the first {shown:,} of {counted}"


def named(question: Iterable[str]) -> str:
    """Names as a list in words."""
    return ", ".join(question) or "nothing"
