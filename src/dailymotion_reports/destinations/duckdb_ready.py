"""A DuckDB file made ready to be asked: what it holds and what the names in it mean stand beside its tables.

Everything is temporary: the file is open for reading only and stays what it is.  A name that the file has itself is
the file's.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from dailymotion_reports.destinations.duckdb import check_kind
from dailymotion_reports.destinations.our_columns import OUR_TABLES
from dailymotion_reports.destinations.ratios import ratios
from dailymotion_reports.errors import DestinationRefused, DestinationUnavailable, LoadError, UsageError
from dailymotion_reports.query.catalog import Catalog, load_catalog
from dailymotion_reports.tables.engine import first_line
from dailymotion_reports.tables.statement import OF_STRANGERS

Names = set[str]

METRICS = ("name", "column_name", "meaning", "unit", "type", "rule", "currency", "formula", "metric_group", "note")
DIMENSIONS = ("name", "column_name", "meaning", "kind", "type", "format", "fans_out", "note")
"""Columns of the two tables of the catalogue."""


@contextmanager
def reading(path: Path | None, folder: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file at ``path`` open for reading, or nothing but the catalogue; what does not fit goes to ``folder``.

    Raises UsageError where there is no file, DestinationUnavailable where another program writes to it,
    DestinationRefused where it is no DuckDB database.
    """
    opened = _opened(path, folder)
    try:
        yield opened
    finally:
        opened.close()


def _opened(path: Path | None, folder: str) -> duckdb.DuckDBPyConnection:
    config = OF_STRANGERS | {"temp_directory": folder}
    if path is None:
        return duckdb.connect(config=config)
    name = f"duckdb:{path}"
    if not path.exists():
        raise UsageError(f"There is no file {path}.", next="dmr report --help")
    check_kind(path, name)
    try:
        return duckdb.connect(str(path), read_only=True, config=config)
    except duckdb.Error as error:
        raise _not_opened(first_line(error), name) from None


def _not_opened(text: str, name: str) -> LoadError:
    if "Could not set lock" in text or "different configuration" in text:
        hint = "Close the program that has the file open, then ask again."
        return DestinationUnavailable(f"{name} is in use by another program: {text}", destination=name, hint=hint)
    return DestinationRefused(
        f"{name} cannot be opened: {text}", destination=name, hint="Name another file: --in FILE."
    )


def make_ready(opened: duckdb.DuckDBPyConnection) -> None:
    """Put what is ours, the catalogue and the ratios beside the tables of the file."""
    tables = _names(opened, "SELECT table_name FROM information_schema.tables")
    macros = _names(opened, "SELECT function_name FROM duckdb_functions() WHERE NOT internal")
    for table in OUR_TABLES.keys() & tables:
        if table[1:] not in tables:
            opened.execute(f"CREATE TEMP VIEW {table[1:]} AS SELECT * FROM {table}")  # noqa: S608
    for ratio in ratios():
        if ratio.name not in macros:
            opened.execute(ratio.made("TEMP MACRO"))
    for name, columns, rows in _catalogue(load_catalog()):
        if name not in tables:
            _fill(opened, name, columns, rows)


def _names(opened: duckdb.DuckDBPyConnection, sql: str) -> Names:
    return {str(row[0]).lower() for row in opened.execute(sql).fetchall()}


def _catalogue(catalog: Catalog) -> Iterator[tuple[str, Sequence[str], list[tuple[Any, ...]]]]:
    """The catalogue as tables: their names, columns and rows."""
    metrics = [
        (one.name, one.name.lower(), one.meaning, one.unit, one.type, one.rule, one.currency, one.formula, one.group,
         one.note)
        for one in catalog.metrics.values()
    ]  # fmt: skip
    dimensions = [
        (one.name, one.name.lower(), one.meaning, one.kind, one.type, one.format, one.fans_out, one.note)
        for one in catalog.dimensions.values()
    ]
    yield "catalog_metrics", METRICS, metrics
    yield "catalog_dimensions", DIMENSIONS, dimensions


def _fill(opened: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    declared = ", ".join(f"{one} {'BOOLEAN' if one == 'fans_out' else 'VARCHAR'}" for one in columns)
    opened.execute(f"CREATE TEMP TABLE {name} ({declared})")
    marks = f"({', '.join('?' * len(columns))})"
    values = [value for row in rows for value in row]
    opened.execute(f"INSERT INTO {name} VALUES {', '.join([marks] * len(rows))}", values)  # noqa: S608
