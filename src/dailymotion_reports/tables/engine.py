"""The one place that runs a relation: DuckDB, held to a share of this machine."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

from dailymotion_reports.errors import DataError
from dailymotion_reports.redaction import one_line

MEMORY_LIMIT = "1GiB"

LIMITS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": MEMORY_LIMIT,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
"""Settings of every connection: a share of the memory, and nothing fetched or loaded by itself."""


def open_connection(folder: str = "") -> duckdb.DuckDBPyConnection:
    """A connection in memory; it spills into ``folder``, or nowhere.  Whoever opens it closes it."""
    return duckdb.connect(config=LIMITS | {"temp_directory": folder})


@contextmanager
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory for as long as the block lasts; what it spills is removed with it."""
    with scratch() as folder:
        opened = open_connection(folder)
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def scratch() -> Iterator[str]:
    """A folder for what does not stay.  Raises DataError where the system has no place for it.

    `tempfile.TemporaryDirectory` recurses without end where nothing can be opened any more when it is removed.
    """
    try:
        folder = tempfile.mkdtemp(prefix="dmr-")
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "Set TMPDIR to a folder that can be written to. The archive keeps the files as they came."
        raise DataError(f"No folder can be made for what does not fit into memory: {reason}.", hint=hint) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
