"""One Delta table, read and written by deltalake: its columns, what was told in it, and the commit of a load."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain, count, takewhile
from pathlib import Path

from arro3.core import RecordBatchReader
from deltalake import CommitProperties, DeltaTable, Field, QueryBuilder, Schema, Transaction, write_deltalake
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.schema import PrimitiveType
from duckdb import DuckDBPyRelation

from dailymotion_reports.destinations import delta_marks as marks
from dailymotion_reports.destinations.base import Load, Told
from dailymotion_reports.destinations.delta_parts import MOST, commit_in_parts, tells_changes
from dailymotion_reports.destinations.delta_scope import Scope
from dailymotion_reports.destinations.delta_store import Store
from dailymotion_reports.destinations.receipts import in_order
from dailymotion_reports.destinations.replacement import Replaced
from dailymotion_reports.destinations.slice_table import Record, SliceTable, Structure
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.tables.engine import connection
from dailymotion_reports.tables.read import quoted

DELTA = {"VARCHAR": "string", "DATE": "date", "TIMESTAMP": "timestamp_ntz", "BIGINT": "long", "BOOLEAN": "boolean"}
"""Types of DuckDB as Delta names them; decimals are named alike."""

_DUCKDB = {delta: duckdb for duckdb, delta in DELTA.items()} | {
    "byte": "TINYINT",
    "short": "SMALLINT",
    "integer": "INTEGER",
    "float": "FLOAT",
    "double": "DOUBLE",
    "binary": "BLOB",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}
"""Types of Delta as DuckDB names them; tables of ours that others have altered may have any."""

KEPT = {"delta.logRetentionDuration": "interval 3650 days", "delta.checkpointInterval": "10"}
"""Of tables that we make the log is kept for long, since receipts and restated figures stand in it, and it is summed up
often, since marks are looked up from the last sum on."""

LOAD, RESTATED = "dmr.load", "dmr.restated"
"""Names of the receipt and of what was restated in a commit's information."""

_OURS = "dmr.kind"
"""In a column's metadata: that a load has made it, and what it is."""

_RULE = "dmr.rule"
"""In the metadata of a metric's column: how its cells become one."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Overtaken(Exception):
    """Another load has made the table in the meantime."""


class Table:
    """The table at ``store`` as it was when it was opened; there may be none yet."""

    def __init__(self, store: Store) -> None:
        self._store, self._options = store, dict(store.options)
        self._delta: DeltaTable | None = None
        try:
            self._delta = DeltaTable(store.url, storage_options=self._options)
        except TableNotFoundError:
            self._delta = None

    @property
    def is_there(self) -> bool:
        """Whether there is a table."""
        return self._delta is not None

    def structure(self) -> Structure:
        """The columns; those that no load has made are of another hand."""
        fields = self._delta.schema().fields if self._delta else []
        types = {field.name: _duckdb(field) for field in fields}
        about: Iterator[Record] = (
            {"table_name": self._store.table, "column_name": field.name} for field in fields if _OURS in field.metadata
        )
        return Structure(types, tuple(about))

    def bring(self, rows: SliceTable, load: Load) -> None:
        """Bring what is compared of the rows that may be replaced, and when each day was told last."""
        sums = [one.name for one in load.table.schema.columns if one.rule == "add"]
        wanted = ["day", "hour", *sums, "question", "account", "window_start", "window_end", "asked_at"]
        types, scope = self.structure().types, Scope.of(load)
        chosen = ", ".join(quoted(name) for name in wanted if name in types)
        if not self._delta or self._mark(scope.whose) is None:
            return
        query = QueryBuilder().register("present", self._delta)
        where = scope.condition([scope.window])
        rows.bring(query.execute(f"SELECT {chosen} FROM present WHERE {where}"))  # noqa: S608
        rows.tell_by_rows(scope.day)
        rows.tell(self._told(scope))

    def told(self, request: ReportRequest, accounts: Collection[str]) -> Mapping[str, tuple[Told, ...]]:
        """See `Destination`: a day is told by its rows, or by the mark that there are none."""
        found: dict[str, list[Told]] = {account: [] for account in accounts}
        every = [Scope.about(request, account, request.columns, _EPOCH) for account in accounts]
        scopes = [scope for scope in every if self._mark(scope.whose) is not None]
        if self._delta and scopes:
            for account, told in (*self._filled(self._delta, scopes), *self._empty_days(self._delta, scopes)):
                found[account].append(told)
        return {account: in_order(told) for account, told in found.items()}

    def _empty_days(self, delta: DeltaTable, scopes: Sequence[Scope]) -> Iterator[tuple[str, Told]]:
        """The days of accounts that were told without rows."""
        metrics = _metrics(delta)
        for scope in scopes:
            for days, asked in self._empty(scope).items():
                if _touch(days, scope):
                    yield scope.account, Told(days, asked, metrics, {}, {})

    def _filled(self, delta: DeltaTable, scopes: Sequence[Scope]) -> Iterator[tuple[str, Told]]:
        """The days of accounts that have rows: when they were told, how many there are, and their sums."""
        scope, *others = scopes
        metrics = _metrics(delta)
        added = [field.name for field in delta.schema().fields if field.metadata.get(_RULE) == "add"]
        first, last = (scope.day, scope.day) if scope.day else ("window_start", "window_end")
        sums = "".join(f", sum({quoted(name)}) AS {quoted(f'sum of {name}')}" for name in added)
        query = QueryBuilder().register("present", delta)
        found = query.execute(
            f"SELECT account, {first} AS first, {last} AS last, max(asked_at) AS asked, "  # noqa: S608
            f"count(*) AS rows{sums} FROM present "
            f"WHERE {scope.condition([scope.window], [one.account for one in others])} "
            f"GROUP BY account, {first}, {last}"
        )
        with connection() as opened:
            for account, start, end, asked, rows, *values in opened.from_arrow(found).fetchall():
                if start:
                    told = {name: Decimal(sum) for name, sum in zip(added, values, strict=True) if sum is not None}
                    moment = asked.replace(tzinfo=UTC)
                    yield account, Told(Window(start, end), moment, metrics, {start: rows}, {start: told})

    def _told(self, scope: Scope) -> Iterator[Record]:
        """The loads that have told days of a window without rows."""
        same: Record = {"table_name": self._store.table, "question": scope.question, "account": scope.account}
        for window, asked in self._empty(scope).items():
            days: Record = {"window_start": str(window.start), "window_end": str(window.end)}
            yield {**same, **days, "asked_at": str(asked.replace(tzinfo=None))}

    def _empty(self, scope: Scope) -> Mapping[Window, datetime]:
        """What the marks say of a window."""
        if scope.column:
            told = [self._month(scope, month) for month in marks.months([scope.window])]
            return {Window(day, day): asked for one in told for day, asked in marks.read(*one).items()}
        number = self._mark(f"{scope.whose}/{scope.window}")
        return {scope.window: _EPOCH + number * _MICROSECOND} if number else {}

    def _month(self, scope: Scope, month: date) -> tuple[date, list[int]]:
        """A month, and the numbers of its marks."""
        found = (self._mark(marks.name(scope.whose, month, place)) for place in count())
        return month, list(takewhile(lambda number: number is not None, found))  # type: ignore[arg-type]

    def _marked(self, scope: Scope, windows: Sequence[Window], filled: set[date]) -> Iterator[Transaction]:
        """The marks of a load that has filled some days of ``windows``, and the others not."""
        yield Transaction(scope.whose, (scope.asked - _EPOCH) // _MICROSECOND)
        if not scope.column:
            yield Transaction(f"{scope.whose}/{scope.window}", (scope.asked - _EPOCH) // _MICROSECOND)
            return
        ours = {day for window in windows for day in window.dates()}
        for month in marks.months(windows):
            _, before = self._month(scope, month)
            told = {day: asked for day, asked in marks.read(month, before).items() if day not in ours}
            told |= {day: scope.asked for day in ours - filled if day.replace(day=1) == month}
            for place, number in enumerate(marks.written(month, told, len(before))):
                yield Transaction(marks.name(scope.whose, month, place), number)

    def _mark(self, application: str) -> int | None:
        return self._delta.transaction_version(application) if self._delta else None

    def prepare(self, structure: Structure) -> None:
        """Make the table, or the columns that it lacks; empty ones change nothing for anybody.  Two commits at most."""
        about = {str(one["column_name"]): one for one in structure.about}
        present = self.structure().types
        fields = [
            Field(name, PrimitiveType(_delta(kind)), metadata=_metadata(about.get(name)))
            for name, kind in structure.types.items()
            if name not in present
        ]
        if self._delta is None:
            self._delta = self._made(fields)
        elif fields:
            self._delta.alter.add_columns(fields)

    def _made(self, fields: list[Field]) -> DeltaTable:
        by = ["day"] if any(field.name == "day" for field in fields) else None
        url, options = self._store.url, self._options
        try:
            return DeltaTable.create(url, Schema(fields), partition_by=by, configuration=KEPT, storage_options=options)
        except DeltaError as error:
            if DeltaTable.is_deltatable(url, options):
                raise Overtaken(str(error)) from None
            raise

    def commit(self, rows: SliceTable, load: Load, done: Replaced) -> None:
        """Put the rows in place of those of the windows that are replaced, with receipt and marks: one commit."""
        assert self._delta is not None
        scope = Scope.of(load)
        filled = rows.days(scope.day) if scope.day else set()
        left = list(self._marked(scope, done.windows, filled)) if done.windows else []
        told = {LOAD: _json(rows.receipt(load)), RESTATED: _json(rows.restated())}
        properties = CommitProperties(custom_metadata=told, app_transactions=left)
        if not done.windows:
            self._delta.create_write_transaction([], "append", self._delta.schema(), commit_properties=properties)
            return
        if self._store.is_beside and not tells_changes(self._delta):
            whole = rows.parts(list(self.structure().types), scope.day, done.windows, MOST)
            commit_in_parts(self._delta, Path(self._store.url), whole, scope.condition(done.windows), properties)
            return
        write_deltalake(
            self._delta,
            _streamed(rows.streams(list(self.structure().types), scope.day, done.windows)),
            mode="overwrite",
            predicate=scope.condition(done.windows),
            commit_properties=properties,
        )


def _streamed(parts: Iterator[DuckDBPyRelation]) -> RecordBatchReader:
    """Relations of the same columns, one after the other, as one stream."""
    begun = RecordBatchReader.from_stream(next(parts))
    batches = chain(begun, chain.from_iterable(map(RecordBatchReader.from_stream, parts)))
    return RecordBatchReader.from_batches(begun.schema, batches)


def _metrics(delta: DeltaTable) -> frozenset[str]:
    """The metrics that loads of ours have brought."""
    return frozenset(field.name.upper() for field in delta.schema().fields if field.metadata.get(_OURS) == "metric")


def _touch(days: Window, scope: Scope) -> bool:
    return days.start <= scope.window.end and days.end >= scope.window.start


def _duckdb(field: Field) -> str:
    """A column's type as DuckDB names it; what that is not stays in Delta's own words, and fits nothing."""
    kind = field.type.type if isinstance(field.type, PrimitiveType) else str(field.type)
    return _DUCKDB.get(kind, kind.upper())


def _delta(kind: str) -> str:
    return DELTA.get(kind, kind.lower())


def _metadata(about: Record | None) -> dict[str, str]:
    """What a column is, where readers of Delta look for it."""
    if about is None:
        return {}
    told = {"comment": about["about"], _OURS: about["kind"], _RULE: about["rule"], "dmr.unit": about["unit"]}
    return {name: str(value) for name, value in told.items() if value}


def _json(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
