"""One table of an open DuckDB: its columns, what a load replaces in it, and the receipt."""

from datetime import UTC
from typing import Final

import duckdb

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.errors import DestinationRefused, UnreadableRow
from dailymotion_reports.tables.read import SQL_TYPES, quoted
from dailymotion_reports.tables.schema import TableSchema

RECEIPTS = "_dmr_loads"

EXTRA: Final = {
    "product": "VARCHAR",
    "filters": "VARCHAR",
    "profile": "VARCHAR",
    "account": "VARCHAR",
    "window_start": "DATE",
    "window_end": "DATE",
    "loaded_at": "TIMESTAMP",
    "question": "VARCHAR",
}
"""Columns that we add to the asked ones: ``filters`` as ``name=value``, ``account`` a digest of whose figures they
are, ``loaded_at`` in UTC, ``question`` the fingerprint of what was asked, without its days."""

_RECEIPT_TABLE = f"""CREATE TABLE IF NOT EXISTS {RECEIPTS} (
    table_name VARCHAR NOT NULL, question VARCHAR NOT NULL, fingerprint VARCHAR NOT NULL,
    window_start DATE NOT NULL, window_end DATE NOT NULL, account VARCHAR NOT NULL,
    row_count BIGINT NOT NULL, loaded_at TIMESTAMP NOT NULL)"""


class DuckDBTable:
    """A table in ``connection``.  ``name`` is the destination's, for messages.  Names are quoted, values bound."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str, name: str) -> None:
        self._connection, self._table, self._name = connection, table, name

    def replace(self, load: Load) -> int:
        """Replace the window of the load's question; returns how many rows there are now.

        Raises DestinationRefused for a table of other columns, UnreadableRow for a day outside the window, and
        whatever DuckDB raises; in each case nothing is committed.
        """
        self._connection.execute("BEGIN TRANSACTION")
        self._connection.execute(_RECEIPT_TABLE)
        self._prepare(load.table.schema)
        self._delete(load)
        rows = self._insert(load)
        self._check_days(load)
        self._record(load, rows)
        self._connection.execute("COMMIT")
        return rows

    def _prepare(self, schema: TableSchema) -> None:
        wanted = {column.name: SQL_TYPES[column.type] for column in schema.columns} | EXTRA
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in wanted.items())
        self._connection.execute(f"CREATE TABLE IF NOT EXISTS {quoted(self._table)} ({columns})")
        difference = _difference(self._columns(), {name: kind.replace(" ", "") for name, kind in wanted.items()})
        if difference:
            raise DestinationRefused(
                f"The table {self._table} of {self._name} has other columns: it {difference}.",
                destination=self._name,
                hint=f"Give this question a table of its own: {self._name}?table=NAME.",
            )

    def _columns(self) -> dict[str, str]:
        """Names and types of the table, as DuckDB itself finds it by its name."""
        described = self._connection.execute(f"DESCRIBE {quoted(self._table)}").fetchall()
        return {str(row[0]): str(row[1]).replace(" ", "") for row in described}

    def _delete(self, load: Load) -> None:
        """Rows of the same question and account go: those of the same window, and those of the window's days."""
        dated = _day_column(load.table.schema)
        in_window = f" OR {dated} BETWEEN $start AND $end" if dated else ""
        self._connection.execute(
            f"DELETE FROM {quoted(self._table)} WHERE question = $question AND account = $account "  # noqa: S608
            f"AND ((window_start = $start AND window_end = $end){in_window})",
            self._whose(load),
        )

    @staticmethod
    def _whose(load: Load) -> dict[str, object]:
        """The values by which rows of the same question, account and window are found."""
        window = load.request.window
        return {
            "question": load.request.question,
            "account": load.account,
            "start": window.start,
            "end": window.end,
        }

    def _insert(self, load: Load) -> int:
        sql, paths = load.table.relation()
        asked = ", ".join(quoted(name) for name in load.table.schema.names)
        added = ", ".join(f"CAST(? AS {kind}) AS {quoted(name)}" for name, kind in EXTRA.items())
        request, window = load.request, load.request.window
        counted = self._connection.execute(
            f"INSERT INTO {quoted(self._table)} BY NAME "  # noqa: S608
            f"SELECT {asked}, {added} FROM ({sql}) AS answer",
            [
                request.product,
                ", ".join(f"{name}={value}" for name, value in sorted(request.filters.items())),
                load.profile,
                load.account,
                window.start,
                window.end,
                _utc(load),
                request.question,
                *paths,
            ],
        ).fetchone()
        return int(counted[0]) if counted else 0

    def _check_days(self, load: Load) -> None:
        """A day outside the window would be doubled by the next load of its own window."""
        dated, window = _day_column(load.table.schema), load.request.window
        if not dated:
            return
        outside = self._connection.execute(
            f"SELECT min({dated}) FROM {quoted(self._table)} "  # noqa: S608
            "WHERE question = $question AND account = $account AND window_start = $start AND window_end = $end "
            f"AND {dated} NOT BETWEEN $start AND $end",
            self._whose(load),
        ).fetchone()
        if outside and outside[0]:
            raise UnreadableRow(f"The report holds {outside[0]}, a day outside the asked period {window}.")

    def _record(self, load: Load, rows: int) -> None:
        request, window = load.request, load.request.window
        self._connection.execute(
            f"INSERT INTO {RECEIPTS} VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            [
                self._table,
                request.question,
                request.fingerprint,
                window.start,
                window.end,
                load.account,
                rows,
                _utc(load),
            ],
        )


def _utc(load: Load) -> object:
    return load.now.astimezone(UTC).replace(tzinfo=None)


def _day_column(schema: TableSchema) -> str:
    """SQL for the day of a row, or nothing where the question has none."""
    if "day" in schema.names:
        return "day"
    return "CAST(hour AS DATE)" if "hour" in schema.names else ""


def _difference(present: dict[str, str], wanted: dict[str, str]) -> str:
    """What tells the columns apart, in words; nothing where they are the same, whatever their case."""
    found = {name.lower(): kind for name, kind in present.items()}
    lacks, more = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
    other = sorted(name for name in wanted.keys() & found.keys() if wanted[name] != found[name])
    parts = (
        f"lacks {', '.join(lacks)}" if lacks else "",
        f"holds {', '.join(more)}" if more else "",
        f"has another type for {', '.join(other)}" if other else "",
    )
    return " and ".join(part for part in parts if part)
