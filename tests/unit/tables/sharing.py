"""One engine for all examples of a property: it takes longer to open than most questions take."""

import atexit
from functools import cache

import duckdb


@cache
def engine() -> duckdb.DuckDBPyConnection:
    """In memory.  Each example has a cursor of its own, whose temporary tables are its own too."""
    opened = duckdb.connect()
    atexit.register(_closed)
    return opened


def _closed() -> None:
    """DuckDB complains of what is still there when Python ends."""
    engine().close()
    engine.cache_clear()
