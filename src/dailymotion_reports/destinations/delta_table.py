"""One Delta table, read and written by deltalake: its columns, what was told in it, and the commit of a load."""

import json
from collections.abc import Iterator

from deltalake import CommitProperties, DeltaTable, Field, QueryBuilder, Schema, Transaction, write_deltalake
from deltalake.exceptions import TableNotFoundError
from deltalake.schema import PrimitiveType

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.delta_scope import Scope, number_of
from dailymotion_reports.destinations.delta_store import Store
from dailymotion_reports.destinations.replacement import Replaced
from dailymotion_reports.destinations.slice_table import Record, SliceTable, Structure
from dailymotion_reports.tables.read import quoted

DELTA = {"VARCHAR": "string", "DATE": "date", "TIMESTAMP": "timestamp_ntz", "BIGINT": "long", "BOOLEAN": "boolean"}
"""Types of DuckDB as Delta names them; decimals are named alike."""

_DUCKDB = {delta: duckdb for duckdb, delta in DELTA.items()} | {"integer": "INTEGER", "short": "SMALLINT"}

KEPT = {"delta.logRetentionDuration": "interval 3650 days"}
"""For how long the log is kept of tables that we make: receipts and restated figures stand in it."""

LOAD, RESTATED = "dmr.load", "dmr.restated"
"""Names of the receipt and of what was restated in a commit's information."""

_OURS = "dmr.kind"
"""In a column's metadata: that a load has made it, and what it is."""


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

    def told(self, load: Load) -> Iterator[Record]:
        """When each day of a load's window was told last, as loads of those days."""
        scope = Scope.of(load)
        for mark, days in scope.marks([load.request.window]).items():
            number = self._delta.transaction_version(mark) if self._delta else None
            if number is not None:
                yield scope.told(self._store.table, days, number)

    def bring(self, rows: SliceTable, load: Load) -> None:
        """Bring what is compared of the rows that may be replaced."""
        sums = [one.name for one in load.table.schema.columns if one.rule == "add"]
        wanted = ["day", "hour", *sums, "question", "account", "window_start", "window_end"]
        types = self.structure().types
        chosen = ", ".join(quoted(name) for name in wanted if name in types)
        if self._delta and not {"question", "account", "window_start"} - types.keys():
            where = Scope.of(load).condition([load.request.window])
            query = QueryBuilder().register("present", self._delta)
            rows.bring(query.execute(f"SELECT {chosen} FROM present WHERE {where}"))  # noqa: S608

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
            by = ["day"] if "day" in structure.types else None
            self._delta = DeltaTable.create(
                self._store.url,
                Schema(fields),
                partition_by=by,
                configuration=KEPT,
                storage_options=self._options,
            )
        elif fields:
            self._delta.alter.add_columns(fields)

    def commit(self, rows: SliceTable, load: Load, done: Replaced) -> None:
        """Put the rows in place of those of the windows that are replaced, with receipt and marks: one commit."""
        assert self._delta is not None
        scope, number = Scope.of(load), number_of(load.asked_at)
        marks = [Transaction(mark, number) for mark in scope.marks(done.windows)] if done.windows else []
        told = {LOAD: _json(rows.receipt(load)), RESTATED: _json(rows.restated())}
        properties = CommitProperties(custom_metadata=told, app_transactions=marks)
        if not done.windows:
            self._delta.create_write_transaction([], "append", self._delta.schema(), commit_properties=properties)
            return
        write_deltalake(
            self._delta,
            rows.stream(list(self.structure().types), scope.day, done.windows),
            mode="overwrite",
            predicate=scope.condition(done.windows),
            commit_properties=properties,
        )


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
    told = {"comment": about["about"], _OURS: about["kind"], "dmr.rule": about["rule"], "dmr.unit": about["unit"]}
    return {name: str(value) for name, value in told.items() if value}


def _json(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
