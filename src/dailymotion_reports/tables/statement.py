"""One statement of somebody's SQL on a locked connection, and its answer: a table that outlives the connection.

What keeps a statement from doing harm is the engine's own lock (`lock`), not our reading of its text: the database is
open for reading only, no file but the one that takes the answer can be reached, no extension loaded, no setting
changed.  That only one statement is taken, and one that reads, is for good messages.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

import duckdb

from dailymotion_reports.errors import DataError, InvalidSql
from dailymotion_reports.redaction import one_line
from dailymotion_reports.tables.cells import csv_cell
from dailymotion_reports.tables.engine import LIMITS, first_line
from dailymotion_reports.tables.export import text_literal
from dailymotion_reports.tables.read import literal_path, quoted
from dailymotion_reports.tables.schema import Column, ColumnType, TableSchema
from dailymotion_reports.tables.table import Table

T = TypeVar("T")

OF_STRANGERS = LIMITS | {
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
}
"""Settings of a connection that runs somebody's SQL: it sees neither kept secrets nor this program's variables."""

_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.MULTI)
"""What reads.  DESCRIBE, SHOW and SUMMARIZE count as SELECT; PIVOT alone makes several statements of one."""

_WAIT = 0.05

_TYPES: dict[str, tuple[ColumnType, str]] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), ("integer", "BIGINT")),
    **dict.fromkeys(("utinyint", "usmallint", "uinteger"), ("integer", "BIGINT")),
    **dict.fromkeys(("ubigint", "hugeint"), ("integer", "DECIMAL(38, 0)")),
    **dict.fromkeys(("float", "double"), ("float", "DOUBLE")),
    **dict.fromkeys(("timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns"), ("timestamp", "TIMESTAMP")),
    "timestamp with time zone": ("timestamp", "TIMESTAMP"),
    "date": ("date", "DATE"),
    "boolean": ("boolean", "BOOLEAN"),
}
"""What becomes of DuckDB's types; a decimal stays what it is, and whatever else there is becomes text."""


@dataclass(frozen=True)
class SqlTable(Table):
    """The answer of a statement, kept in one Parquet file."""

    def relation(self) -> tuple[str, list[str]]:
        """See `Table`."""
        return "SELECT * FROM read_parquet(?)", [literal_path(path) for path in self.files]

    def iter_rows(self) -> Iterator[tuple[Any, ...]]:
        """See `Table`; besides, ``bool`` and ``float``.  Whole numbers are ``int`` however large."""
        whole = [n for n, column in enumerate(self.schema.columns) if column.type == "integer"]
        for row in super().iter_rows():
            cells = list(row)
            for n in whole:
                cells[n] = None if cells[n] is None else int(cells[n])
            yield tuple(cells)

    def diagnosed(self) -> DataError | None:
        """See `Table`: what we wrote ourselves has no faults to look for."""
        return None

    def write_csv(self, out: IO[bytes]) -> None:
        """The columns as CSV, UTF-8; decimals with six digits after the point at least, where their type has six."""
        out.write((",".join(map(csv_cell, self.schema.names)) + "\n").encode())
        for row in self.iter_rows():
            out.write((",".join(map(csv_cell, row)) + "\n").encode())


def lock(opened: duckdb.DuckDBPyConnection, answer: Path, *, other_files: bool) -> None:
    """From now on no setting can be changed, and nothing but ``answer`` be reached unless ``other_files`` may be."""
    opened.execute("SET TimeZone = 'UTC'")
    if not other_files:
        opened.execute(f"SET allowed_paths = [{text_literal(str(answer))}]")
        opened.execute("SET enable_external_access = false")
    opened.execute("SET lock_configuration = true")


def interruptible(opened: duckdb.DuckDBPyConnection, work: Callable[[], T]) -> T:
    """Do work on a connection in another thread, so that this one hears of Ctrl-C, which ends it."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        try:
            return done.result()
        finally:
            while not done.done():
                opened.interrupt()
                wait([done], _WAIT)


def answered(opened: duckdb.DuckDBPyConnection, text: str, answer: Path) -> SqlTable:
    """Run the one statement of ``text``, and keep its rows in the file ``answer``.

    Raises InvalidSql for what is not one statement that reads, or that DuckDB does not carry out; DataError where
    memory or disk do not suffice.
    """
    try:
        rows = opened.sql(_statement(opened, text))
        columns, cells = _columns(rows)
        rows.project(", ".join(cells)).write_parquet(str(answer), compression="zstd")
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        hint = "Ask for less at a time; set TMPDIR to a folder with more room for what does not fit into memory."
        raise DataError(f"The statement needs too much: {first_line(error)}", hint=hint) from None
    except duckdb.Error as error:
        raise _invalid(error) from None
    return SqlTable(TableSchema(tuple(columns)), (answer,))


def _statement(opened: duckdb.DuckDBPyConnection, text: str) -> str:
    """The one statement in a text, without the semicolon behind it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidSql("The statement is no text in UTF-8.") from None
    found = opened.extract_statements(text)
    if len(found) != 1:
        raise InvalidSql(f"There are {len(found)} statements." if found else "There is no statement.", hint=_ONE)
    if not _reads(found[0]):
        raise InvalidSql("The statement does not read.", hint=_ONE)
    return _without_end(found[0].query)


_ONE = "One statement is taken, and one that reads: SELECT, FROM, WITH, PIVOT, DESCRIBE, SHOW or SUMMARIZE."


def _reads(statement: duckdb.Statement) -> bool:
    try:
        return statement.type in _READING
    except ValueError:  # DuckDB has kinds that it has no name for in Python, such as UPDATE EXTENSIONS.
        return False


def _without_end(query: str) -> str:
    """A statement as far as its semicolon, which may be followed by comments."""
    written = query.encode()
    for place, kind in reversed(duckdb.tokenize(query)):
        if kind == duckdb.token_type.comment:
            continue
        if written[place : place + 1] != b";":
            break
        written = written[:place]
    return written.decode()


def _columns(rows: duckdb.DuckDBPyRelation) -> tuple[list[Column], list[str]]:
    """The columns of an answer, and SQL for their cells in types that every output knows."""
    columns, cells = list[Column](), list[str]()
    for n, (name, kind) in enumerate(zip(_told_apart(rows.columns), rows.types, strict=True), 1):
        ours, cast_to = _type(kind)
        columns.append(Column(name, ours, rule="none" if ours in ("integer", "decimal", "float") else None))
        cells.append(f"CAST(#{n} AS {cast_to}) AS {quoted(name)}")
    return columns, cells


def _type(kind: Any) -> tuple[ColumnType, str]:
    if kind.id != "decimal":
        return _TYPES.get(kind.id, ("text", "VARCHAR"))
    return "decimal" if dict(kind.children)["scale"] else "integer", str(kind)


def _told_apart(names: list[str]) -> Iterator[str]:
    """Names of which no two are alike whatever their case; a later one has a number behind it, as in DuckDB."""
    taken = set[str]()
    for name in names:
        n, told = 0, name
        while told.lower() in taken:
            n += 1
            told = f"{name}_{n}"
        taken.add(told.lower())
        yield told


def _invalid(error: duckdb.Error) -> InvalidSql:
    """What DuckDB says of a statement, without its drawing of the place."""
    told, _, place = str(error).partition("\n\nLINE ")
    listed = "SHOW TABLES" if isinstance(error, duckdb.CatalogException) else ""
    listed = "SHOW ALL TABLES" if isinstance(error, duckdb.BinderException) else listed  # with their columns
    line = one_line(place.partition("\n")[0]).strip()
    return InvalidSql(
        one_line(" ".join(told.split("\n"))),
        hint=_REACH if isinstance(error, duckdb.PermissionException) else f"In line {line}" if line else "",
        next=f'dmr sql "{listed}"' if listed else "",
    )


_REACH = "Nothing but the database is reached; with --unlocked a statement may read your other files."
