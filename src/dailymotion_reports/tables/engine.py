"""The one place that runs a relation: DuckDB, held to a share of this machine."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dailymotion_reports.errors import DataError, UnreadableRow
from dailymotion_reports.redaction import one_line

MEMORY_LIMIT = "1GiB"

_LINE = re.compile(r"CSV Error on Line: (\d+)")
_FILE = re.compile(r"^\s*file = (.+)$", re.MULTILINE)


@contextmanager
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory that installs and loads nothing; what it spills is removed with it."""
    with tempfile.TemporaryDirectory(prefix="dmr-") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": folder,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        opened = duckdb.connect(config=settings)
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn what DuckDB says of a file into our errors, naming file and line where it does."""
    try:
        yield
    except duckdb.Error as error:
        raise _translated(str(error)) from None


def _translated(text: str) -> DataError:
    line, file = _LINE.search(text), _FILE.search(text)
    if line is None:
        return UnreadableRow(f"The file cannot be read: {one_line(text.splitlines()[0])}")
    reason = next((one for one in text.splitlines() if one.startswith(("Error when", "Expected"))), "it is malformed")
    name = Path(file.group(1)).name if file else "the file"
    message = f"Line {line.group(1)} of {name} cannot be read: {one_line(reason)}"
    return UnreadableRow(message, file=name, line=int(line.group(1)))
