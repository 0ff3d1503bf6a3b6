"""The part of a lake's table that a load is about, in a DuckDB file of its own for as long as the load lasts.

Files have no transaction in which rows could be compared and replaced.  So that is done here, by the very code that
does it in a database, and what comes of it is then published by the lake in one step.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

import duckdb

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.duckdb_table import DuckDBTable
from dailymotion_reports.destinations.our_columns import CHANGES, COLUMNS, OUR_TABLES, RECEIPTS
from dailymotion_reports.destinations.replacement import Replaced
from dailymotion_reports.errors import DestinationRefused, DestinationUnavailable
from dailymotion_reports.query.period import Window
from dailymotion_reports.tables.engine import LOADING, first_line
from dailymotion_reports.tables.export import digits
from dailymotion_reports.tables.read import quoted
from dailymotion_reports.tables.scratch import scratch

STEP = 20_480
"""Rows that are handed on at a time."""

Record = Mapping[str, str | int | None]
"""A row of one of our own tables as plain JSON values: days and times as ISO 8601, decimals as text."""


@dataclass(frozen=True, slots=True)
class Structure:
    """A table's columns: their types as DuckDB writes them, and what they are (rows of `COLUMNS`)."""

    types: Mapping[str, str] = field(default_factory=dict)
    about: tuple[Record, ...] = ()


class SliceTable(DuckDBTable):
    """The rows of one question and account, and what our own tables say of them."""

    @property
    def identity(self) -> str:
        """See `WindowTable`: a folder's name has a case."""
        return self.table

    def restore(self, structure: Structure, told: Iterable[Record] = ()) -> None:
        """Make the table as it is in the lake, without rows, and write down which loads have told something of it."""
        self._prepare_ours()
        if structure.types:
            made = ", ".join(f"{quoted(name)} {kind}" for name, kind in structure.types.items())
            self.ask(f"CREATE TABLE {quoted(self.table)} ({made})")
        self._insert(COLUMNS, structure.about)
        self._insert(RECEIPTS, told)

    def structure(self) -> Structure:
        """The columns as they are now."""
        return Structure(self.columns(self.table), tuple(self._records(COLUMNS)))

    def receipt(self, load: Load) -> Record:
        """What `replace` has written down of the load."""
        *_, last = self._records(RECEIPTS)
        assert last["fingerprint"] == load.request.fingerprint
        return last

    def restated(self) -> Sequence[Record]:
        """The figures that `replace` found to be restated."""
        return tuple(self._records(CHANGES))

    def carried_out(self, load: Load) -> Replaced:
        """As `WindowTable.replace`, with what DuckDB raises in our words."""
        try:
            return self.replace(load)
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise load.table.diagnosed() or self.unavailable(error) from None
        except duckdb.Error as error:
            told = f"{self._name} does not take the rows: {first_line(error)}"
            raise load.table.diagnosed() or DestinationRefused(told, destination=self._name) from None

    def bring(self, rows: object) -> None:
        """Append an Arrow stream of some of the columns."""
        self._connection.register("_dmr_brought", rows)
        try:
            self.ask(f"INSERT INTO {quoted(self.table)} BY NAME SELECT * FROM _dmr_brought")  # noqa: S608
        finally:
            self._connection.unregister("_dmr_brought")

    def tell(self, told: Iterable[Record]) -> None:
        """Write down loads as `restore` does."""
        self._insert(RECEIPTS, told)

    def tell_by_rows(self, day: str) -> None:
        """Write down what the rows themselves say of the loads that told them: by days, where they have them."""
        first, last = (day, day) if day else ("window_start", "window_end")
        self.ask(
            f"INSERT INTO {RECEIPTS} BY NAME SELECT ? AS table_name, question, account, {first} AS window_start, "  # noqa: S608
            f"{last} AS window_end, max(asked_at) AS asked_at FROM {quoted(self.table)} "
            f"WHERE {first} IS NOT NULL GROUP BY ALL",
            [self.identity],
        )

    def days(self, day: str) -> set[date]:
        """The days that there are rows of."""
        return {row[0] for row in self.ask(f"SELECT DISTINCT {day} FROM {quoted(self.table)}")}  # noqa: S608

    def streams(self, columns: Sequence[str], day: str, windows: Sequence[Window]) -> Iterator[duckdb.DuckDBPyRelation]:
        """The rows of some windows, `STEP` at a time; rows without a day are among them.

        Each part is read as an Arrow stream before the next is asked for; there is one at least.  As one stream they
        would come in batches of a million.
        """
        where, days = self._within(day, windows)
        chosen = f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(self.table)}"  # noqa: S608
        for first, last in [*self._stretches("true", [], STEP)] or [(0, 0)]:
            part = f"{chosen} WHERE {where} AND rowid BETWEEN ? AND ?"
            yield self._connection.sql(part, params=[*days, first, last])

    def parts(
        self, columns: Sequence[str], day: str, windows: Sequence[Window], most: int
    ) -> Iterator[duckdb.DuckDBPyRelation]:
        """The rows of some windows, at most so many at a time; days are kept together that fit, in their order.

        Each part is read before the next is asked for.
        """
        where, values = self._within(day, windows)
        chosen = f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(self.table)}"  # noqa: S608
        for days, among in self._groups(day, where, values, most):
            for first, last in self._stretches(f"{where} AND {among}", [*values, *days], most):
                part = f"{chosen} WHERE {where} AND {among} AND rowid BETWEEN ? AND ?"
                yield self._connection.sql(part, params=[*values, *days, first, last])

    def _groups(
        self, day: str, where: str, values: Sequence[object], most: int
    ) -> Iterator[tuple[Sequence[date], str]]:
        """Conditions for days that follow each other and have no more rows together, or one that has more by itself."""
        if not day:
            yield (), "true"
            return
        counted = self.ask(
            f"SELECT {day} AS one, count(*) FROM {quoted(self.table)} WHERE {where} GROUP BY one ORDER BY one",  # noqa: S608
            values,
        )
        if any(one is None for one, _ in counted):
            yield (), f"{day} IS NULL"
        told = [(one, rows) for one, rows in counted if one is not None]
        for first, last in _together(told, most):
            yield (first, last), f"{day} BETWEEN ? AND ?"

    def _stretches(self, where: str, values: Sequence[object], width: int) -> Iterator[tuple[int, int]]:
        """Numbers of rows, from and to, that are so far apart at most and cover what meets a condition.

        All at once, where that is no more rows than ``width``.
        """
        ((first, last, rows),) = self.ask(
            f"SELECT min(rowid), max(rowid), count(*) FROM {quoted(self.table)} WHERE {where}",  # noqa: S608
            values,
        )
        if not rows:
            return
        step = last - first + 1 if rows <= width else width
        yield from ((one, min(one + step - 1, last)) for one in range(first, last + 1, step))

    @staticmethod
    def _within(day: str, windows: Sequence[Window]) -> tuple[str, list[date]]:
        """A condition for the rows of windows, and its values; rows without a day are among them."""
        if not day:
            return "true", []
        among = " OR ".join([f"{day} IS NULL", *(f"{day} BETWEEN ? AND ?" for _ in windows)])
        return f"({among})", [one for window in windows for one in (window.start, window.end)]

    def unavailable(self, error: duckdb.Error) -> DestinationUnavailable:
        """The error for what could not be written."""
        return DestinationUnavailable(f"{self._name} cannot be written: {first_line(error)}", destination=self._name)

    def _insert(self, table: str, records: Iterable[Record]) -> None:
        rows = [[record.get(name) for name in OUR_TABLES[table]] for record in records]
        marks = ", ".join(f"({', '.join('?' * len(row))})" for row in rows)
        if rows:
            self.ask(f"INSERT INTO {table} VALUES {marks}", [cell for row in rows for cell in row])  # noqa: S608

    def _records(self, table: str) -> Iterator[Record]:
        names = tuple(OUR_TABLES[table])
        for row in self.ask(f"SELECT {', '.join(names)} FROM {table} ORDER BY rowid"):  # noqa: S608
            yield {name: _plain(value) for name, value in zip(names, row, strict=True)}


class FixedSlice(SliceTable):
    """A slice of a table whose columns keep their types."""

    narrower = MappingProxyType(dict[str, frozenset[str]]())


@contextmanager
def opened_slice(table: str, name: str, kind: type[SliceTable] = SliceTable) -> Iterator[SliceTable]:
    """An empty slice of ``table``; ``name`` is the destination's.  What it spills goes with it."""
    with scratch() as folder:
        config = LOADING | {"temp_directory": f"{folder}/spilled"}
        with closing(duckdb.connect(f"{folder}/slice.duckdb", config=config)) as opened:
            yield kind(opened, table, name)


def _together(days: Sequence[tuple[date, int]], most: int) -> Iterator[tuple[date, date]]:
    """First and last of days, each with its rows, that have at most so many together."""
    first, last, rows = None, date.min, 0
    for day, more in days:
        if first is not None and rows + more > most:
            yield first, last
            first, rows = None, 0
        first, last, rows = first or day, day, rows + more
    if first is not None:
        yield first, last


def as_line(record: Record) -> bytes:
    """A record as a line of JSON."""
    return as_text(record) + b"\n"


def as_text(value: Record | str) -> bytes:
    """A record, or a cell of one, as JSON that a line has."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: object) -> str | int | None:
    match value:
        case None | str() | int():
            return value
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case Decimal():
            return digits(value)
        case _:
            raise TypeError(value)
