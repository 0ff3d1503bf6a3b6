"""One engine for all examples of a property: it takes longer to open than most questions take."""

from functools import cache

import duckdb


@cache
def engine() -> duckdb.DuckDBPyConnection:
    """In memory.  Each example has a cursor of its own, whose temporary tables are its own too."""
    return duckdb.connect()
