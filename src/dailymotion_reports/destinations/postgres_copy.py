"""Rows from DuckDB to a COPY of PostgreSQL, as CSV through a pipe: both work at once, and no row is touched here.

In CSV an empty text stands in quotes, and what is nothing does not.  Cells are made by SQL and written as they are,
which takes half the time that a writer of CSV needs to look at each.  What is ours is alike in every row: one cell.
"""

import fcntl
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
from psycopg import Cursor

from dailymotion_reports.destinations.filling import Filling
from dailymotion_reports.destinations.our_columns import OURS
from dailymotion_reports.tables.engine import connection, loading, readable_errors, write_at_once
from dailymotion_reports.tables.export import text_literal
from dailymotion_reports.tables.read import quoted
from dailymotion_reports.tables.scratch import scratch
from dailymotion_reports.tables.table import Table

_PIECE = 1 << 20

_BY_ROW = "provisional"
"""The one of our columns that is not alike in every row."""

_AS_THEY_ARE = "FORMAT csv, HEADER false, NULLSTR '', QUOTE '', ESCAPE '', USE_TMP_FILE false"
"""How cells are written that are CSV already."""


def copied(table: Table, filling: Filling, cursor: Cursor[Any], statement: str) -> None:
    """Run the filling, and give its rows to a COPY.  Raises what `Table` raises for rows that are none."""
    with readable_errors(table.explained), connection(loading(table.memory)) as opened:
        table.checked_in(opened)
        write_at_once(opened)
        with (
            cursor.copy(statement.encode()) as copy,
            rows_as_csv(opened, _cells(table, filling), filling.values) as pieces,
        ):
            for piece in pieces:
                copy.write(piece)


def _cells(table: Table, filling: Filling) -> str:
    """SQL for the rows of a filling with cells as they stand in CSV."""
    asked = {column.name: column.type for column in table.schema.columns}
    kinds = {name: kind for name, (kind, _) in OURS.items()} | asked
    cells = {name: _cell(name, kinds[name]) for name in filling.names}
    alike = " || ',' || ".join(cell for name, cell in cells.items() if name not in asked and name != _BY_ROW)
    return f"SELECT {', '.join([*(cells[name] for name in asked), alike, cells[_BY_ROW]])} FROM ({filling.sql})"  # noqa: S608


def _cell(name: str, kind: str) -> str:
    """SQL for a value as it stands in CSV: texts in quotes whatever they hold."""
    value = f"CAST({quoted(name)} AS VARCHAR)"
    return f"""'"' || replace({value}, '"', '""') || '"'""" if kind in ("text", "month") else value


@contextmanager
def rows_as_csv(
    opened: duckdb.DuckDBPyConnection, cells: str, values: Sequence[object] = ()
) -> Iterator[Iterator[bytes]]:
    """Lines of CSV without header, in pieces; ``cells`` is SQL for their cells, which are written as they are.

    What DuckDB raises comes when the last piece has been taken.
    """
    with scratch() as folder:
        pipe = Path(folder) / "rows.csv"
        os.mkfifo(pipe, 0o600)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(reader, True)
        with suppress(OSError, AttributeError):  # where a pipe may hold more than it does, the two wait less
            fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, _PIECE)
        writing = _Writing(opened, cells, values, pipe)
        writing.start()
        try:
            yield _pieces(reader, writing)
        finally:
            os.close(reader)  # whoever still writes is told so
            if writing.is_alive():
                opened.interrupt()
            writing.join()


def _pieces(reader: int, writing: "_Writing") -> Iterator[bytes]:
    while piece := os.read(reader, _PIECE):
        yield piece
    writing.join()
    if writing.error:
        raise writing.error


class _Writing(threading.Thread):
    """DuckDB writes into the pipe, which is open for writing for as long as it does."""

    def __init__(self, opened: duckdb.DuckDBPyConnection, cells: str, values: Sequence[object], pipe: Path) -> None:
        super().__init__(name="rows as CSV", daemon=True)
        self._opened, self._values = opened, list(values)
        self._sql = f"COPY ({cells}) TO {text_literal(str(pipe))} ({_AS_THEY_ARE})"
        self._end = os.open(pipe, os.O_WRONLY)
        self.error: BaseException | None = None

    def run(self) -> None:
        """Write, and close our end of the pipe: the reader sees the end of the rows."""
        try:
            self._opened.execute(self._sql, self._values)
        except BaseException as error:  # noqa: BLE001  (it is raised where the rows are read)
            self.error = error
        finally:
            with suppress(OSError):
                os.close(self._end)
