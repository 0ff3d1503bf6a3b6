"""The one place that runs a relation: DuckDB, held to a share of this machine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import duckdb

from dailymotion_reports.errors import DataError
from dailymotion_reports.redaction import one_line
from dailymotion_reports.tables.scratch import scratch

MEMORY_LIMIT, LOADING_LIMIT = "1GiB", "320MiB"
"""Of connections that put rows together, and of those that only write what they read."""

Settings = dict[str, str | bool | int | float | list[str]]
"""Of a connection, as DuckDB names them."""

LIMITS: Settings = {
    "memory_limit": MEMORY_LIMIT,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
"""Settings of every connection: a share of the memory, and nothing fetched or loaded by itself."""

LOADING = LIMITS | {"memory_limit": LOADING_LIMIT, "preserve_insertion_order": False}
"""Settings of a connection that fills a table, whose rows have no order: each core writes what it has read, and none
holds rows back until those before them are written."""


def loading(memory: str) -> Settings:
    """`LOADING` with another share of the memory."""
    return LOADING | {"memory_limit": memory}


def open_connection(folder: str = "", settings: Settings = LIMITS) -> duckdb.DuckDBPyConnection:
    """A connection in memory; it spills into ``folder``, or nowhere.  Whoever opens it closes it."""
    return duckdb.connect(config=settings | {"temp_directory": folder})


@contextmanager
def connection(settings: Settings = LIMITS) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory for as long as the block lasts; what it spills is removed with it."""
    with scratch() as folder:
        opened = open_connection(folder, settings)
        try:
            yield opened
        finally:
            opened.close()


def write_at_once(opened: duckdb.DuckDBPyConnection) -> None:
    """Have whoever writes a file wait for it himself.

    DuckDB 2 has threads that write, and asks without a pause whether they are done: where a file is a pipe that is read
    slowly, that takes a core.  1.5 has none.
    """
    with suppress(duckdb.CatalogException):
        opened.execute("SET async_threads = 0")


@contextmanager
def readable_errors(explain: Callable[[Exception], DataError]) -> Iterator[None]:
    """Turn what DuckDB says of a file into our errors, as ``explain`` words them."""
    try:
        yield
    except duckdb.Error as error:
        raise explain(error) from None


def first_line(error: BaseException) -> str:
    """The first line of a library's message, fit for ours; its later lines are advice for its own users."""
    return one_line(str(error).partition("\n")[0])
