"""A table as one file that others read: csv, json, jsonl, parquet, xlsx.

Columns are those of the table, in its order.  No number passes through binary floating point on its way, but in a
spreadsheet (see `export_xlsx`), whose numbers are nothing else.  Nothing here is durable or atomic: whoever calls
writes beside the final name and renames.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from errno import EIO
from math import isfinite
from pathlib import Path
from typing import IO, Any, Literal

import duckdb

from dailymotion_reports.redaction import harmless_json
from dailymotion_reports.tables.engine import connection, first_line, loading
from dailymotion_reports.tables.schema import Column
from dailymotion_reports.tables.scratch import scratch
from dailymotion_reports.tables.table import Table

Format = Literal["csv", "json", "jsonl", "parquet", "xlsx"]
"""The formats that there are, each also the suffix of its files."""

About = Mapping[str, str]
"""What a file answers: names and texts, put into the formats that have a place for them.  Never a secret."""

SMALL = 64_000_000
"""Bytes below which the rows of a table keep their order in Parquet.  In a larger one they would be held back until
those before them are written, which takes twice the time and the memory."""

_encoded = json.JSONEncoder(ensure_ascii=False).encode


def write_file(table: Table, format: Format, path: Path, about: About) -> None:
    """Write ``table`` to ``path``, over whatever is there.

    Raises OSError where it cannot be written, DestinationRefused where the format cannot hold it, DataError where the
    rows cannot be read, MissingExtra.
    """
    if format in _TO_PATH:
        _TO_PATH[format](table, path, about)
        return
    with path.open("wb") as out:
        _TO_STREAM[format](table, out)


def write_stream(table: Table, format: Format, out: IO[bytes], about: About) -> None:
    """Write ``table`` to an open stream; errors as for `write_file`."""
    if format in _TO_STREAM:
        _TO_STREAM[format](table, out)
        return
    with scratch() as folder:
        path = Path(folder) / f"rows.{format}"
        _TO_PATH[format](table, path, about)
        with path.open("rb") as file:
            shutil.copyfileobj(file, out)


def json_value(value: object) -> str | int | float | None:
    """A value of a row as JSON: money and ratios as text with every digit, days and hours (UTC) as ISO 8601."""
    match value:
        case None | str() | int():
            return value
        case float() if isfinite(value):
            return value
        case Decimal():
            return digits(value)
        case datetime():
            return f"{value.isoformat()}Z"
        case date():
            return value.isoformat()
        case _:
            return str(value)


def digits(value: Decimal) -> str:
    """Every digit of a decimal and no zero behind the last: 0.1000000000 is ``0.1``, 1E+3 is ``1000``."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def json_text(value: object) -> str:
    """Plain JSON values as text on one line, with what a terminal would obey escaped."""
    return harmless_json(_encoded(value))


def _objects(table: Table) -> Iterator[bytes]:
    names = table.schema.names
    for row in table.iter_rows():
        yield json_text(dict(zip(names, map(json_value, row), strict=True))).encode()


def _write_csv(table: Table, out: IO[bytes]) -> None:
    table.write_csv(out)


def _write_json(table: Table, out: IO[bytes]) -> None:
    """One array, an object a line; a reader that takes lines can still follow it."""
    before = b"[\n"
    for one in _objects(table):
        out.write(before + one)
        before = b",\n"
    out.write(b"\n]\n" if before == b",\n" else b"[]\n")


def _write_jsonl(table: Table, out: IO[bytes]) -> None:
    for one in _objects(table):
        out.write(one + b"\n")


def _write_parquet(table: Table, path: Path, about: About) -> None:
    """Parquet by DuckDB, which syncs nothing; text, DATE, TIMESTAMP (UTC, naive), BIGINT, DECIMAL(38, 10); zstd.

    The rows of small files stay in their order, those of large ones come as the cores have read them.
    """
    sql, paths = table.relation()
    told = json.dumps({"about": dict(about), "columns": {c.name: _facts(c) for c in table.schema.columns}})
    metadata = f"KV_METADATA {{dailymotion_reports: {text_literal(told)}}}"
    options = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, USE_TMP_FILE false, {metadata}"
    try:
        with connection(loading(table.memory) | {"preserve_insertion_order": table.size < SMALL}) as opened:
            table.checked_in(opened)
            copied = opened.execute(f"COPY ({sql}) TO {text_literal(str(path))} ({options})", paths).fetchall()
    except duckdb.IOException as error:
        raise table.diagnosed() or OSError(EIO, first_line(error)) from None
    except duckdb.Error as error:
        raise table.explained(error) from None
    table.check_count(copied[0][0])


def _facts(column: Column) -> dict[str, str]:
    """What a column's type does not say."""
    facts = {"unit": column.unit, "currency": column.currency, "aggregation": column.rule}
    return {name: fact for name, fact in facts.items() if fact}


def text_literal(text: str) -> str:
    """``text`` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _write_xlsx(table: Table, path: Path, about: About) -> None:
    from dailymotion_reports.tables.export_xlsx import write_xlsx

    write_xlsx(table, path, about)


_TO_STREAM: dict[str, Callable[[Table, IO[bytes]], None]] = {
    "csv": _write_csv,
    "json": _write_json,
    "jsonl": _write_jsonl,
}
_TO_PATH: dict[str, Callable[[Table, Path, About], Any]] = {"parquet": _write_parquet, "xlsx": _write_xlsx}
