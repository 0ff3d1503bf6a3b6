"""One table of PostgreSQL, within a transaction of its own.

Whoever loads holds a lock on the table's name until the transaction ends, so that loads come one after the other while
readers read.  Names are found in the table's schema only: the path of the session does not count.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC
from itertools import count
from types import MappingProxyType
from typing import Any, Final, Self, TypeVar

from dailymotion_reports.destinations.base import Load, Table, Told
from dailymotion_reports.destinations.counting import Counted, counting, is_worth_counting
from dailymotion_reports.destinations.filling import Filling
from dailymotion_reports.destinations.our_columns import CHANGES, OUR_TABLES, RECEIPTS
from dailymotion_reports.destinations.postgres_address import Place
from dailymotion_reports.destinations.postgres_copy import copied
from dailymotion_reports.destinations.postgres_server import Connection
from dailymotion_reports.destinations.replacement import Replaced
from dailymotion_reports.destinations.restating import Change
from dailymotion_reports.destinations.window_table import WindowTable
from dailymotion_reports.errors import DestinationRefused
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.tables.read import quoted

T = TypeVar("T")

SETTINGS: Final[Mapping[str, str]] = {
    "timezone": "UTC",
    "jit": "off",
    "standard_conforming_strings": "on",
    "idle_in_transaction_session_timeout": "10min",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
"""Of the transaction: whoever freezes in the middle of it or falls off the net holds the others up for no longer."""

_MARK: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\?""")


class PostgresTable(WindowTable):
    """The table that ``place`` names, in ``connection``."""

    types = MappingProxyType(
        {
            "text": "text",
            "month": "text",
            "date": "date",
            "timestamp": "timestamp without time zone",
            "integer": "bigint",
            "decimal": "numeric(38,10)",
            "boolean": "boolean",
        }
    )
    narrower = MappingProxyType(
        {
            "bigint": frozenset({"integer", "smallint"}),
            "numeric(38,10)": frozenset({"bigint", "integer", "smallint", "numeric(18,6)", "numeric(38,6)"}),
            "numeric": frozenset({"bigint", "numeric(38,10)"}),
            "character varying": frozenset({"text"}),
        }
    )

    def __init__(self, connection: Connection, place: Place) -> None:
        super().__init__(place.table, place.name)
        self._connection, self._place = connection, place

    def ask(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """See `WindowTable`."""
        done = self._connection.execute(numbered(sql).encode(), values)
        return done.fetchall() if done.description else []

    def columns(self, table: str) -> Mapping[str, str]:
        """See `WindowTable`.  The catalogue is asked: the information schema hides columns of others' tables."""
        found = self.ask(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            "JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace "
            "WHERE nspname = ? AND relname = ? AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            [self._place.schema, table],
        )
        return {str(name): str(kind) for name, kind in found}

    def told(self, request: ReportRequest, accounts: Collection[str]) -> Mapping[str, tuple[Told, ...]]:
        """See `Destination`."""
        return self.looked(lambda _: super(PostgresTable, self).told(request, accounts))

    def looked(self, work: Callable[[Self], T]) -> T:
        """What comes of ``work``, which only reads, where names are found in the table's schema."""
        with self._connection.transaction():
            self.ask(f"SET LOCAL search_path = {quoted(self._place.schema)}, pg_temp")
            return work(self)

    def begin(self) -> None:
        """See `WindowTable`.  What the transaction reads it reads after it has the lock."""
        self.ask("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        place, wait = self._place, f"{self._place.wait * 1000 or 1}ms"
        own = {"lock_timeout": wait, "search_path": f"{quoted(place.schema)}, pg_temp"}
        for name, value in {**SETTINGS, **own}.items():
            self.ask("SELECT set_config(?, ?, true)", [name, value])
        if self.ask("SELECT current_schema()") != [(place.schema,)]:
            raise DestinationRefused(
                f"{place.name} has no schema {place.schema} that this role may use.",
                destination=place.name,
                hint="Create it (CREATE SCHEMA), be granted its use, or name another: schema=NAME in the address.",
            )
        self._lock(f"table {place.table}")

    def counting(
        self, load: Load, windows: Sequence[Window], columns: Sequence[str]
    ) -> AbstractContextManager[Counted]:
        """See `WindowTable`."""
        if is_worth_counting(load):
            return counting(load, windows, columns)
        return super().counting(load, windows, columns)

    def fill(self, table: Table, filling: Filling) -> int:
        """See `WindowTable`."""
        names = ", ".join(map(quoted, filling.names))
        cursor = self._connection.cursor()
        copied(table, filling, cursor, f"COPY {quoted(self.table)} ({names}) FROM STDIN (FORMAT csv)")
        return cursor.rowcount

    def done_before(self, load: Load) -> Replaced | None:
        """What the load has done, if the end of its transaction was not heard of; it has ended once we have its lock.

        A load is known by its receipt, which tells to the microsecond when it was decided.
        """
        self.begin()
        try:
            return self._told(load) if self.columns(RECEIPTS) else None
        finally:
            self.ask("ROLLBACK")

    def _told(self, load: Load) -> Replaced | None:
        request, moment = load.request, load.now.astimezone(UTC).replace(tzinfo=None)
        which = "table_name = ? AND question = ? AND account = ? AND loaded_at = ?"
        values = [self.identity, request.shape, load.account, moment]
        receipts = self.ask(
            f"SELECT row_count, kept_days FROM {RECEIPTS} WHERE {which} AND fingerprint = ?",  # noqa: S608
            [*values, request.fingerprint],
        )
        if not receipts:
            return None
        restated = self.ask(
            f"SELECT day, column_name, before, after FROM {CHANGES} WHERE {which} "  # noqa: S608
            "AND window_start = ? AND window_end = ?",
            [*values, request.window.start, request.window.end],
        )
        rows, kept = receipts[-1]
        return Replaced(rows, kept, tuple(Change(*row) for row in restated))

    def _prepare_ours(self) -> None:
        """Our own tables are made once; others may make them at the same time, whatever they load into."""
        if all(columns.keys() <= self.columns(name).keys() for name, columns in OUR_TABLES.items()):
            return
        self._lock("our own tables")
        super()._prepare_ours()

    def _lock(self, what: str) -> None:
        """Wait until nobody else has a lock of that name; it is given back when the transaction ends."""
        key = f"dailymotion_reports: {what} in {self._place.schema}"
        self.ask("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", [key])


def numbered(sql: str) -> str:
    """A statement whose ``?`` are PostgreSQL's own marks; those within names and texts are none."""
    numbers = count(1)
    return _MARK.sub(lambda found: f"${next(numbers)}" if found[0] == "?" else found[0], sql)
