"""A DuckDB file.

The window of a question is replaced whole, in one transaction, with its receipt in the same transaction.  The
file is opened late and closed early, because one writer locks everybody else out.  A new file is made under
another name, synced and renamed: a kill during the first creation leaves nothing that cannot be opened.
"""

import os
from contextlib import closing
from pathlib import Path
from typing import Final

import duckdb

from dailymotion_reports.destinations.base import Address, Capabilities, Load, LoadReceipt
from dailymotion_reports.errors import (
    DestinationRefused,
    DestinationUnavailable,
    LoadError,
    UsageError,
)
from dailymotion_reports.redaction import one_line
from dailymotion_reports.tables.engine import MEMORY_LIMIT, readable_errors
from dailymotion_reports.tables.read import SQL_TYPES, quoted, typed_relation
from dailymotion_reports.tables.schema import TableSchema

DEFAULT_TABLE = "report"
STORAGE_VERSION = "v1.4.0"
"""The oldest format that every supported DuckDB opens; 2.0's own is closed to all 1.x."""

RECEIPTS = "_dmr_loads"

_EXTRA: Final = {
    "product": "VARCHAR",
    "profile": "VARCHAR",
    "window_start": "DATE",
    "window_end": "DATE",
    "loaded_at": "TIMESTAMP",
    "question": "VARCHAR",
}
"""Columns that we add to the asked ones; ``loaded_at`` is UTC, ``question`` the fingerprint without days."""

_RECEIPT_TABLE = f"""CREATE TABLE IF NOT EXISTS {RECEIPTS} (
    table_name VARCHAR NOT NULL, question VARCHAR NOT NULL, fingerprint VARCHAR NOT NULL,
    window_start DATE NOT NULL, window_end DATE NOT NULL, profile VARCHAR NOT NULL,
    row_count BIGINT NOT NULL, loaded_at TIMESTAMP NOT NULL)"""


def open_destination(address: Address) -> "DuckDB":
    """The destination for ``duckdb:PATH?table=NAME``.  Raises UsageError for any other option."""
    unknown = sorted(set(address.options) - {"table"})
    if unknown:
        raise UsageError(f"duckdb: has no option {', '.join(unknown)}.", hint="It has table=NAME.")
    return DuckDB(Path(address.path), address.options.get("table") or DEFAULT_TABLE)


class DuckDB:
    """One table of one DuckDB file."""

    capabilities = Capabilities(transactional=True)

    def __init__(self, path: Path, table: str) -> None:
        self.path, self.table = path, table

    def load(self, load: Load) -> LoadReceipt:
        """See `Destination`."""
        if self.table.startswith("_dmr_"):
            raise DestinationRefused(f"The table name {self.table} is kept for our own.", destination=self._name)
        try:
            if not self.path.exists():
                self._create()
            with readable_errors(), closing(self._open(self.path)) as connection:
                return self._replace(connection, load)
        except OSError as error:
            raise DestinationUnavailable(
                f"{self._name} cannot be written: {error.strerror}.", destination=self._name
            ) from None

    @property
    def _name(self) -> str:
        return f"duckdb:{self.path}"

    def _create(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        part.unlink(missing_ok=True)
        try:
            with closing(self._open(part)) as connection:
                connection.execute(_RECEIPT_TABLE)
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.chmod(0o600)
            part.rename(self.path)
        finally:
            part.unlink(missing_ok=True)

    def _open(self, path: Path) -> duckdb.DuckDBPyConnection:
        try:
            return duckdb.connect(
                str(path),
                config={
                    "memory_limit": MEMORY_LIMIT,
                    "storage_compatibility_version": STORAGE_VERSION,
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                },
            )
        except duckdb.IOException as error:
            raise self._unavailable(str(error)) from None
        except duckdb.Error as error:
            raise DestinationRefused(
                f"{self._name} is not a DuckDB file that can be opened: {one_line(str(error), 160)}",
                destination=self._name,
                hint="Nothing was changed. Choose another path, or move the file away.",
            ) from None

    def _unavailable(self, text: str) -> LoadError:
        if "lock" in text.lower():
            return DestinationUnavailable(
                f"{self._name} is in use by another program: {one_line(text, 160)}",
                destination=self._name,
                hint="Close the program that has the file open, then load again.",
            )
        return DestinationRefused(
            f"{self._name} cannot be opened: {one_line(text, 160)}",
            destination=self._name,
            hint="Nothing was changed. Choose another path, or move the file away.",
        )

    def _replace(self, connection: duckdb.DuckDBPyConnection, load: Load) -> LoadReceipt:
        connection.execute("BEGIN TRANSACTION")
        connection.execute(_RECEIPT_TABLE)
        self._prepare_table(connection, load.table.schema)
        self._delete_window(connection, load)
        rows = self._insert(connection, load)
        receipt = LoadReceipt(self._name, self.table, rows, load.request.fingerprint, load.now)
        self._record(connection, load, receipt)
        connection.execute("COMMIT")
        return receipt

    def _prepare_table(self, connection: duckdb.DuckDBPyConnection, schema: TableSchema) -> None:
        wanted = {column.name: SQL_TYPES[column.type] for column in schema.columns} | _EXTRA
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in wanted.items())
        connection.execute(f"CREATE TABLE IF NOT EXISTS {quoted(self.table)} ({columns})")
        found = connection.execute(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND NOT internal", [self.table]
        ).fetchall()
        present = {str(name) for (name,) in found}
        if present != set(wanted):
            raise DestinationRefused(
                f"The table {self.table} of {self._name} has other columns: it {_difference(present, set(wanted))}.",
                destination=self._name,
                hint=f"Give this question a table of its own: duckdb:{self.path}?table=NAME.",
            )

    def _delete_window(self, connection: duckdb.DuckDBPyConnection, load: Load) -> None:
        """Rows of the same question go: those of the window's days, or without days those of the same window."""
        names, window = load.table.schema.names, load.request.window
        # The table's name is quoted; every value is bound.
        own = f"DELETE FROM {quoted(self.table)} WHERE question = ? AND profile = ? AND "  # noqa: S608
        days = [load.request.question, load.profile, window.start, window.end]
        if "day" in names or "hour" in names:
            column = "day" if "day" in names else "CAST(hour AS DATE)"
            connection.execute(f"{own} {column} BETWEEN ? AND ?", days)
        else:
            connection.execute(f"{own} window_start = ? AND window_end = ?", days)

    def _insert(self, connection: duckdb.DuckDBPyConnection, load: Load) -> int:
        sql, paths = typed_relation(load.table.files, load.table.schema)
        asked = ", ".join(quoted(name) for name in load.table.schema.names)
        added = ", ".join(f"CAST(? AS {kind}) AS {quoted(name)}" for name, kind in _EXTRA.items())
        statement = f"INSERT INTO {quoted(self.table)} BY NAME SELECT {asked}, {added} FROM ({sql}) AS answer"  # noqa: S608
        request, window = load.request, load.request.window
        loaded_at = load.now.replace(tzinfo=None)
        extra = [request.product, load.profile, window.start, window.end, loaded_at, request.question]
        counted = connection.execute(statement, [*extra, *paths]).fetchone()
        return int(counted[0]) if counted else 0

    def _record(self, connection: duckdb.DuckDBPyConnection, load: Load, receipt: LoadReceipt) -> None:
        request, window = load.request, load.request.window
        connection.execute(
            f"INSERT INTO {RECEIPTS} VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            [
                self.table,
                request.question,
                request.fingerprint,
                window.start,
                window.end,
                load.profile,
                receipt.rows,
                load.now.replace(tzinfo=None),
            ],
        )


def _difference(present: set[str], wanted: set[str]) -> str:
    lacks, more = sorted(wanted - present), sorted(present - wanted)
    parts = [f"lacks {', '.join(lacks)}" if lacks else "", f"holds {', '.join(more)}" if more else ""]
    return " and ".join(part for part in parts if part)
