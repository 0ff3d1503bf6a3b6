"""One table of an open DuckDB, and formulas for its ratios."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import duckdb

from dailymotion_reports.destinations.base import Table
from dailymotion_reports.destinations.filling import Filling
from dailymotion_reports.destinations.ratios import ratios
from dailymotion_reports.destinations.window_table import WindowTable
from dailymotion_reports.tables.read import SQL_TYPES, quoted
from dailymotion_reports.tables.schema import Column


class DuckDBTable(WindowTable):
    """A table in ``connection``."""

    types = MappingProxyType({**{kind: sql.replace(" ", "") for kind, sql in SQL_TYPES.items()}, "boolean": "BOOLEAN"})
    narrower = MappingProxyType(
        {
            "BIGINT": frozenset({"INTEGER", "SMALLINT"}),
            types["decimal"]: frozenset({"BIGINT", "INTEGER", "DECIMAL(18,6)", "DECIMAL(38,6)"}),
        }
    )
    indexed = False
    """It reads the few columns of receipts that are asked for: an index would cost each load more."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str, name: str) -> None:
        super().__init__(table, name)
        self._connection = connection

    @property
    def identity(self) -> str:
        """See `WindowTable`: DuckDB finds a table whatever its case."""
        return self.table.lower()

    def ask(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """See `WindowTable`."""
        done = self._connection.execute(sql, list(values))
        return done.fetchall() if done.description else []

    def columns(self, table: str) -> Mapping[str, str]:
        """See `WindowTable`.  A statement that fails would end the transaction, so that the catalogue is asked."""
        found = self.ask(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = current_database() "
            "AND schema_name = current_schema() AND lower(table_name) = lower(?) ORDER BY column_index",
            [table],
        )
        return {str(name): str(kind) for name, kind in found}

    def fill(self, table: Table, filling: Filling) -> int:
        """See `WindowTable`."""
        self._connection.execute(f"SET memory_limit = '{table.memory}'")
        table.checked_in(self._connection)
        counted = self._connection.execute(
            f"INSERT INTO {quoted(self.table)} BY NAME {filling.sql}",
            list(filling.values),
        ).fetchone()
        return int(counted[0]) if counted else 0

    def added(self, columns: Iterable[Column]) -> None:
        """See `WindowTable`: the ratios that have a documented formula become macros of the database."""
        for ratio in ratios():
            self.ask(ratio.made())
