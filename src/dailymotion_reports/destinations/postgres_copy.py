"""Rows from DuckDB to a COPY of PostgreSQL, as CSV through a pipe: both work at once, and no row is touched here.

In the CSV of both an empty text stands in quotes, and what is nothing does not.
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
from dailymotion_reports.tables.engine import connection, loading, readable_errors
from dailymotion_reports.tables.export import text_literal
from dailymotion_reports.tables.read import quoted
from dailymotion_reports.tables.scratch import scratch
from dailymotion_reports.tables.table import Table

_PIECE = 1 << 20


def copied(table: Table, filling: Filling, cursor: Cursor[Any], statement: str) -> None:
    """Run the filling, and give its rows to a COPY.  Raises what `Table` raises for rows that are none."""
    with readable_errors(table.explained), connection(loading(table.memory)) as opened:
        table.checked_in(opened)
        with cursor.copy(statement.encode()) as copy, rows_as_csv(opened, filling, _texts(table)) as pieces:
            for piece in pieces:
                copy.write(piece)


def _texts(table: Table) -> list[str]:
    asked = {column.name: column.type for column in table.schema.columns}
    ours = {name: kind for name, (kind, _) in OURS.items()}
    return [name for name, kind in {**ours, **asked}.items() if kind in ("text", "month")]


@contextmanager
def rows_as_csv(opened: duckdb.DuckDBPyConnection, filling: Filling, texts: Sequence[str]) -> Iterator[Iterator[bytes]]:
    """The rows as CSV without header, in pieces; what DuckDB raises comes when the last one has been taken.

    The columns ``texts`` are in quotes whatever they hold, which is quicker than to look whether they have to be.
    """
    with scratch() as folder:
        pipe = Path(folder) / "rows.csv"
        os.mkfifo(pipe, 0o600)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(reader, True)
        with suppress(OSError, AttributeError):  # where a pipe may hold more than it does, the two wait less
            fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, _PIECE)
        options = f"FORMAT csv, HEADER false, NULLSTR '', FORCE_QUOTE ({', '.join(map(quoted, texts))})"
        writing = _Writing(opened, filling, pipe, options)
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

    def __init__(self, opened: duckdb.DuckDBPyConnection, filling: Filling, pipe: Path, options: str) -> None:
        super().__init__(name="rows as CSV", daemon=True)
        self._opened, self._values = opened, list(filling.values)
        self._sql = f"COPY ({filling.sql}) TO {text_literal(str(pipe))} ({options}, USE_TMP_FILE false)"
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
