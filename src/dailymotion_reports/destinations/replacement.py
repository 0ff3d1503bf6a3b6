"""One load into one table, within its transaction: which days are its own, what goes, what comes, what is told."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

from dailymotion_reports.destinations.base import Load, Table
from dailymotion_reports.destinations.filling import Filling, day_column, filling, naive, passed_over
from dailymotion_reports.destinations.our_columns import CHANGES, RECEIPTS
from dailymotion_reports.destinations.receipts import as_day
from dailymotion_reports.destinations.restating import Answer, Change, Totals, changes, still_newest, told_before
from dailymotion_reports.errors import UnreadableRow
from dailymotion_reports.query.period import Window
from dailymotion_reports.tables.export import digits
from dailymotion_reports.tables.read import quoted
from dailymotion_reports.tables.schema import Column

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a load has done: rows that the window has now, days that a newer answer keeps, figures restated.

    ``windows`` are the days that it has replaced; none where a newer answer keeps all of them.
    """

    rows: int
    kept: int = 0
    changes: tuple[Change, ...] = ()
    windows: tuple[Window, ...] = ()


class Filled(Protocol):
    """A table that is asked and filled."""

    table: str

    @property
    def identity(self) -> str:
        """The table's name as our own tables hold it."""

    def ask(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a statement; its rows, if it has any."""

    def counting(
        self, load: Load, windows: Sequence[Window], columns: Sequence[str]
    ) -> AbstractContextManager[Callable[[], Sequence[Row] | None]]:
        """A block beside which the rows of a load are counted, where that is worth it; see `counting`."""

    def day_of(self, column: str) -> str:
        """SQL for the day of a column of moments."""

    def summed(self, column: Column) -> str:
        """SQL for the exact sum of a column."""

    def fill(self, table: Table, filling: Filling) -> int:
        """Append rows; how many they were."""


class Replacement:
    """One load into one table, within its transaction."""

    def __init__(self, table: Filled, load: Load) -> None:
        self._table, self._load = table, load
        self._name = quoted(table.table)
        self._day = day_column(load.table.schema)
        self._kept_day = day_column(load.table.schema, table.day_of)
        self._added = [one for one in load.table.schema.columns if one.rule == "add"]

    def carried_out(self) -> Replaced:
        """Do it all; what is wrong is raised, and then the transaction must not be committed."""
        told = self._told()
        asked = naive(self._load.asked_at)
        older, newer = ([one for one in told if (one.asked > asked) is is_newer] for is_newer in (False, True))
        windows = self._still_ours([one.window for one in newer])
        if not windows:
            self._record(0, kept=self._load.request.window.days)
            return Replaced(0, kept=self._load.request.window.days)
        with self._table.counting(self._load, windows, self._totalled(self._day)) as counted:
            before = self._before(older, windows)
            self._delete(windows)
            rows = sum(self._table.fill(table, filling(self._load, table, windows)) for table in self._load.tables())
            self._load.check_count(rows + self._passed_over(windows))
            after = self._checked(self._read(counted() or ()), rows)
        days = [one.window for one in older if self._day or one.window in windows]
        restated = tuple(changes(before, after, ["rows", *(one.name for one in self._added)], days))
        self._keep_history(restated)
        kept = self._load.request.window.days - sum(window.days for window in windows)
        self._record(rows, kept=kept, after=after)
        return Replaced(rows, kept, restated, windows)

    def _passed_over(self, windows: Sequence[Window]) -> int:
        """How many rows lie in days that a newer answer keeps."""
        if windows == (self._load.request.window,):
            return 0
        return sum(passed_over(table, windows) for table in self._load.tables())

    def _told(self) -> list[Answer]:
        """What earlier loads of the question told of days of this one's window."""
        window = self._load.request.window
        moments = "coalesce(asked_at, loaded_at), coalesce(loaded_at, asked_at)"
        rows = self._table.ask(
            f"SELECT window_start, window_end, {moments}, row_count, day_rows, day_sums FROM {RECEIPTS} "  # noqa: S608
            "WHERE table_name = ? AND question IN (?, ?) AND account = ? AND window_start <= ? AND window_end >= ?",
            [self._table.identity, *self._whose(), window.end, window.start],
        )
        return [
            Answer(
                Window(as_day(row[0]), as_day(row[1])), _moment(row[2]), _moment(row[3]), partial(self._kept, *row[4:])
            )
            for row in rows
        ]

    def _kept(self, count: int, day_rows: str | None, day_sums: str | None) -> Totals | None:
        """The totals that a receipt keeps; None where it does not keep those of each row."""
        if day_rows is None or day_sums is None:
            return None
        rows, sums = json.loads(day_rows), json.loads(day_sums)
        if sum(rows.values()) != count:  # some have no day
            return None
        names = [column.name for column in self._added]
        return {
            as_day(day): (Decimal(number), *(_number(sums.get(day, {}).get(name)) for name in names))
            for day, number in rows.items()
        }

    def _before(self, older: Sequence[Answer], windows: Sequence[Window]) -> Totals:
        """The totals of what is replaced, as it was told; where receipts do not keep them, as the table has it."""
        told = told_before(older, windows) if self._day else None
        return self._totals(*self._rows(windows)) if told is None else told

    def _still_ours(self, newer: Sequence[Window]) -> tuple[Window, ...]:
        window = self._load.request.window
        if self._day:
            return still_newest(window, newer)
        return () if window in newer else (window,)

    def _whose(self) -> list[object]:
        """The values by which rows of the same question and account are found; earlier versions named it otherwise."""
        return [self._load.request.shape, self._load.request.question, self._load.account]

    def _rows(self, windows: Sequence[Window]) -> tuple[str, list[object]]:
        """A condition for the rows of the question in some windows, and its values."""
        whole = self._load.request.window
        whose, same = "question IN (?, ?) AND account = ?", "window_start = ? AND window_end = ?"
        if not self._day:
            return f"{whose} AND {same}", [*self._whose(), whole.start, whole.end]
        near, ends = self._near(windows)
        among = " OR ".join(f"{self._kept_day} BETWEEN ? AND ?" for _ in windows)
        days = [day for window in windows for day in (window.start, window.end)]
        where = f"{whose} AND {near} AND (({same} AND {self._kept_day} IS NULL) OR {among})"
        return where, [*self._whose(), *ends, whole.start, whole.end, *days]

    def _near(self, windows: Sequence[Window]) -> tuple[str, list[object]]:
        """A condition that all rows of windows meet, by which a database passes over the most of a large table.

        It is of one column as it stands: DuckDB knows the least and the largest value of each part of one.
        """
        name = quoted("day" if "day" in self._load.table.schema.names else "hour")
        first, last = min(window.start for window in windows), max(window.end for window in windows)
        return f"({name} IS NULL OR ({name} >= ? AND {name} < ?))", [first, last + timedelta(days=1)]

    def _totalled(self, day: str) -> list[str]:
        """SQL for a row of totals: the day that it is of, how many rows there are, and the sums."""
        return [day or "CAST(NULL AS DATE)", "count(*)", *(self._table.summed(one) for one in self._added)]

    def _totals(self, where: str, values: Sequence[object]) -> Totals:
        columns = self._totalled(self._kept_day)
        sql = f"SELECT {', '.join(columns)} FROM {self._name} WHERE {where} GROUP BY {columns[0]}"  # noqa: S608
        return self._read(self._table.ask(sql, values))

    def _read(self, rows: Iterable[Row]) -> Totals:
        return {as_day(row[0]) if row[0] else None: tuple(map(_number, row[1:])) for row in rows}

    def _loaded(self) -> Totals:
        """The totals of the rows that this load has brought; they are told by when it was decided."""
        load, window = self._load, self._load.request.window
        return self._totals(
            "question = ? AND account = ? AND window_start = ? AND window_end = ? AND loaded_at = ?",
            [load.request.shape, load.account, window.start, window.end, naive(load.now)],
        )

    def _checked(self, counted: Totals, rows: int) -> Totals:
        """The totals of what was loaded; the table is asked where those that were ``counted`` are not of as many rows.

        Raises UnreadableRow for a day outside the window, which the next load of its own window would double.
        """
        window = self._load.request.window
        totals = counted if sum(one[0] or 0 for one in counted.values()) == rows > 0 else self._loaded()
        outside = [day for day in totals if day is not None and not window.start <= day <= window.end]
        if outside:
            raise UnreadableRow(f"The report holds {min(outside)}, a day outside the asked period {window}.")
        return totals

    def _delete(self, windows: Sequence[Window]) -> None:
        where, values = self._rows(windows)
        self._table.ask(f"DELETE FROM {self._name} WHERE {where}", values)  # noqa: S608

    def _record(self, rows: int, *, kept: int, after: Totals | None = None) -> None:
        load, request = self._load, self._load.request
        values = {
            "table_name": self._table.identity,
            "question": request.shape,
            "fingerprint": request.fingerprint,
            "window_start": request.window.start,
            "window_end": request.window.end,
            "account": load.account,
            "row_count": rows,
            "loaded_at": naive(load.now),
            "asked_at": naive(load.asked_at),
            "kept_days": kept,
            "request": json.dumps(request.as_dict(), ensure_ascii=False),
            "day_rows": self._day_rows(after or {}) if self._day else None,
            "day_sums": self._day_sums(after or {}) if self._day else None,
        }
        self._insert(RECEIPTS, values)

    def _day_rows(self, after: Totals) -> str:
        """How many rows each day has of which there are some, as JSON."""
        return json.dumps({str(day): int(row[0] or 0) for day, row in after.items() if day}, separators=(",", ":"))

    def _day_sums(self, after: Totals) -> str:
        """The sums of each day, as JSON: texts, since they are exact."""
        names = [column.name for column in self._added]
        sums = {
            str(day): {name: digits(sum) for name, sum in zip(names, row[1:], strict=True) if sum is not None}
            for day, row in after.items()
            if day
        }
        return json.dumps(sums, separators=(",", ":"))

    def _keep_history(self, restated: Sequence[Change]) -> None:
        load = self._load
        for one in restated:
            values = {
                "table_name": self._table.identity,
                "question": load.request.shape,
                "account": load.account,
                "day": one.day,
                "column_name": one.column,
                "before": one.before,
                "after": one.after,
                "window_start": load.request.window.start,
                "window_end": load.request.window.end,
                "asked_at": naive(load.asked_at),
                "loaded_at": naive(load.now),
            }
            self._insert(CHANGES, values)

    def _insert(self, table: str, values: Mapping[str, object]) -> None:
        marks = ", ".join("?" * len(values))
        self._table.ask(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))  # noqa: S608


def _moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value.replace(tzinfo=None)


def _number(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value)).normalize() + 0
