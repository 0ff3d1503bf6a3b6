"""One table of an open SQLite file.

SQLite has no decimals: a column of the declared type DECIMAL would keep 0.1 as a binary fraction.  Money and ratios are
therefore text with every digit, in columns of the type ``DECIMAL_TEXT``, whose name makes SQLite keep text
(https://www.sqlite.org/datatype3.html, 3.1).  For exact sums a view beside the table, ``NAME_exact``, has each metric
that may be added up as a whole number of ten-billionths as well, ``COLUMN_e10``.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from types import MappingProxyType
from typing import Any

from dailymotion_reports.destinations.base import Table
from dailymotion_reports.destinations.filling import Filling
from dailymotion_reports.destinations.window_table import WindowTable
from dailymotion_reports.tables.engine import connection, loading, readable_errors
from dailymotion_reports.tables.export import digits
from dailymotion_reports.tables.read import quoted
from dailymotion_reports.tables.schema import DECIMALS, Column

_BATCH = 2048
_EXACT = Context(prec=60)
_SUM = "dmr_exact_sum"
_LONGEST = 18
"""Digits that a whole number of 64 bits holds, whatever they are."""

OURS = "/* made by dmr */"
"""A mark by which a view of ours is known."""


class SQLiteTable(WindowTable):
    """A table in ``connection``, which begins no transactions by itself.  Days and moments are ISO 8601 text."""

    types = MappingProxyType(
        {
            "text": "TEXT",
            "month": "TEXT",
            "date": "DATE",
            "timestamp": "TIMESTAMP",
            "integer": "INTEGER",
            "decimal": "DECIMAL_TEXT",
            "boolean": "BOOLEAN",
        }
    )
    narrower = MappingProxyType(
        {
            "BIGINT": frozenset({"INTEGER"}),
            "INT": frozenset({"INTEGER"}),
            "VARCHAR": frozenset({"TEXT"}),
            "TEXT": frozenset({"DECIMAL_TEXT"}),
        }
    )
    """All of them hold what the others do; nothing is ever widened, since SQLite cannot."""
    comments = False

    def __init__(self, connection: sqlite3.Connection, table: str, name: str) -> None:
        super().__init__(table, name)
        self._connection = connection
        connection.create_aggregate(_SUM, 1, ExactSum)  # type: ignore[arg-type]

    @property
    def identity(self) -> str:
        """See `WindowTable`: SQLite finds a table whatever the case of its ASCII letters."""
        return "".join(c.lower() if c.isascii() else c for c in self.table)

    def ask(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """See `WindowTable`."""
        return self._connection.execute(sql, tuple(map(kept, values))).fetchall()

    def begin(self) -> None:
        """See `WindowTable`: it waits here for other writers, and later for none."""
        self.ask("BEGIN IMMEDIATE")

    def columns(self, table: str) -> Mapping[str, str]:
        """See `WindowTable`."""
        return {str(name): str(kind).upper() for name, kind in self.ask(_COLUMNS, [table])}

    def day_of(self, column: str) -> str:
        """See `WindowTable`: a cast to DATE would make a year of it."""
        return f"substr({quoted(column)}, 1, 10)"

    def summed(self, column: Column) -> str:
        """See `WindowTable`."""
        return f"{_SUM if column.type == 'decimal' else 'sum'}({quoted(column.name)})"

    def fill(self, table: Table, filling: Filling) -> int:
        """See `WindowTable`.  Rows pass from DuckDB a batch at a time."""
        names, marks = ", ".join(map(quoted, filling.names)), ", ".join("?" * len(filling.names))
        sql = f"INSERT INTO {quoted(self.table)} ({names}) VALUES ({marks})"  # noqa: S608
        with readable_errors(table.explained), connection(loading(table.memory)) as opened:
            table.checked_in(opened)
            rows = opened.execute(filling.sql, list(filling.values))
            return self._connection.executemany(sql, _batches(rows)).rowcount

    def added(self, columns: Iterable[Column]) -> None:
        """See `WindowTable`: the view of whole numbers is made anew, unless its name is taken."""
        view = f"{self.table}_exact"
        there = self.ask("SELECT sql FROM sqlite_master WHERE lower(name) = lower(?)", [view])
        if there and OURS not in str(there[0][0]):
            return
        self.ask(f"DROP VIEW IF EXISTS {quoted(view)}")
        sums = [f"{_whole(column.name)} AS {quoted(column.name + '_e10')}" for column in columns if _adds_up(column)]
        if sums:
            listed = ", ".join(["*", *sums])
            self.ask(f"CREATE VIEW {quoted(view)} AS {OURS} SELECT {listed} FROM {quoted(self.table)}")  # noqa: S608


_COLUMNS = "SELECT name, type FROM pragma_table_info(?)"


class ExactSum:
    """The sum of decimals as text; an aggregate for SQLite."""

    def __init__(self) -> None:
        self._sum: Decimal | None = None

    def step(self, value: str | int | None) -> None:
        """Add a number."""
        if value is not None:
            self._sum = _EXACT.add(self._sum or Decimal(0), Decimal(value))

    def finalize(self) -> str | None:
        """The sum; None of nothing."""
        return None if self._sum is None else digits(self._sum)


def kept(value: object) -> Any:
    """A value as SQLite keeps it."""
    match value:
        case Decimal():
            return digits(value)
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ") if value.tzinfo else value.isoformat(" ")
        case date():
            return value.isoformat()
        case bool():
            return int(value)
        case _:
            return value


def _batches(rows: Any) -> Iterator[tuple[Any, ...]]:
    while batch := rows.fetchmany(_BATCH):
        for row in batch:
            yield tuple(map(kept, row))


def _adds_up(column: Column) -> bool:
    return column.type == "decimal" and column.rule == "add"


def _whole(name: str) -> str:
    """SQL for a decimal as a whole number of ten-billionths; one that does not fit is an error."""
    text, point = quoted(name), f"instr({quoted(name)}, '.')"
    zeros = "0" * DECIMALS
    behind = f"CASE WHEN {point} = 0 THEN '{zeros}' ELSE substr('{zeros}', length({text}) - {point} + 1) END"
    whole = f"replace({text}, '.', '') || {behind}"
    too_long = f"length(ltrim(replace({whole}, '-', ''), '0')) > {_LONGEST}"
    return f"CASE WHEN {too_long} THEN abs(-9223372036854775807 - 1) ELSE CAST({whole} AS INTEGER) END"
