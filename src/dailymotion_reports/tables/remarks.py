"""What is worth knowing of files that are read all the same: said as a warning, never mended.

Columns that nobody asked for stay in the files and out of the rows.  Rows that say the same key twice are kept exactly
as they came: which of them is right, nobody here can know.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from dailymotion_reports.errors import DataError
from dailymotion_reports.tables.engine import connection
from dailymotion_reports.tables.read import header_of, quoted
from dailymotion_reports.tables.table import Table

MOST_BYTES = 8 * 1024 * 1024
"""Size of all files up to which repeated rows are looked for; beyond, that would cost as much as reading."""


def remarks(tables: Sequence[Table]) -> Iterator[str]:
    """What there is to say of the files of some reports; of one that cannot be read, reading itself tells."""
    try:
        for table in tables:
            yield from _columns_more(table)
        if sum(path.stat().st_size for table in tables for path in table.files) <= MOST_BYTES:
            with connection() as opened:
                for table in tables:
                    yield from _keys_repeated(opened, table)
    except (DataError, OSError, duckdb.Error):
        return


def _columns_more(table: Table) -> Iterator[str]:
    """A line for each set of columns that were not asked for."""
    found: dict[tuple[str, ...], Path] = {}
    for path in table.files:
        found.setdefault(header_of(path, table.schema).extra, path)
    for names, path in found.items():
        if names:
            told = ", ".join(map(repr, names))
            yield f"{path.name} has columns that were not asked for: {told}. They are kept in the file only."


def _keys_repeated(opened: duckdb.DuckDBPyConnection, table: Table) -> Iterator[str]:
    """Whether rows have all their dimensions in common with another row of the same report."""
    names = [column.name for column in table.schema.columns if not column.is_metric]
    key = ", ".join(map(quoted, names)) or "1"
    sql, paths = table.relation()
    found = opened.execute(
        f"SELECT count(*) FROM (SELECT {key} FROM ({sql}) GROUP BY ALL HAVING count(*) > 1)",  # noqa: S608
        paths,
    ).fetchall()
    if count := found[0][0]:
        files = ", ".join(path.name for path in table.files)
        what = f"combinations of {', '.join(names)}" if names else "row of a total"
        yield f"Told more than once in {files}: {count:,} {what}. Every row is kept as it came."
