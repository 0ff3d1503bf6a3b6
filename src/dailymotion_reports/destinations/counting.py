"""Totals of rows that are on their way into a database, found out beside it by the engine that reads them.

A server takes rows more slowly than they are read: it need not look at all of them once more to tell what it has taken.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import duckdb

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.filling import filling
from dailymotion_reports.query.period import Window
from dailymotion_reports.tables.engine import LOADING, connection
from dailymotion_reports.tables.table import Table

Row = Sequence[Any]
Counted = Callable[[], Sequence[Row] | None]
"""Waits for the totals; None where they could not be found out, and the table has to be asked."""

LEAST_BYTES: Final = 8 * 1024 * 1024
"""Of files below which a thread and an engine cost more than they save."""


def is_worth_counting(load: Load) -> bool:
    """Whether the rows are those of files that are here, and many: others would be put together, or fetched, twice."""
    with suppress(OSError):
        return load.arriving is None and type(load.table) is Table and load.table.size >= LEAST_BYTES
    return False


@contextmanager
def counting(load: Load, windows: Sequence[Window], columns: Sequence[str]) -> Iterator[Counted]:
    """A block beside which the rows of ``windows`` are counted: ``columns`` is SQL, the first for what to group by.

    What is wrong with the rows is not told here, but by whoever fills them in.
    """
    thread = _Counting(load, windows, columns)
    with suppress(RuntimeError):  # of a system that lets no more threads begin
        thread.start()
    try:
        yield thread.counted
    finally:
        thread.end()


class _Counting(threading.Thread):
    """Counts, with an engine of its own."""

    def __init__(self, load: Load, windows: Sequence[Window], columns: Sequence[str]) -> None:
        super().__init__(name="totals of a load", daemon=True)
        self._load, self._windows, self._columns = load, windows, columns
        self._opened: duckdb.DuckDBPyConnection | None = None
        self._unwanted = False
        self._rows: Sequence[Row] | None = None

    def run(self) -> None:
        """Count, unless something stands in the way."""
        with suppress(Exception):
            rows = filling(self._load, self._load.table, self._windows)
            sql = f"SELECT {', '.join(self._columns)} FROM ({rows.sql}) GROUP BY {self._columns[0]}"  # noqa: S608
            with connection(LOADING) as opened:
                self._opened = opened
                if not self._unwanted:
                    self._rows = opened.execute(sql, list(rows.values)).fetchall()

    def counted(self) -> Sequence[Row] | None:
        """See `Counted`."""
        self._waited()
        return self._rows

    def end(self) -> None:
        """Let go, whether or not it has finished."""
        self._unwanted = True
        if self._opened and self.is_alive():
            with suppress(duckdb.Error):
                self._opened.interrupt()
        self._waited()

    def _waited(self) -> None:
        if self.ident:
            self.join()
