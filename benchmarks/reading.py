"""How long it takes to read a report as typed rows: ours against DuckDB's own ``read_csv`` with declared types.

Both give the same columns of the same types; DuckDB's own casts round and take what is no number (``1.5`` is a 2,
``1_000`` a thousand), ours refuse, and look for null bytes besides.  Both run in the same engine with the same limits,
in turn: into a table on disk, and into sums over all columns, which is reading and hardly anything else.  CPU is told
beside wall time, since that is what a machine with other work to do can still measure.  Goal: at most 1.15 of DuckDB's
own time.  Run it by `make bench`.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from dailymotion_reports.tables.engine import connection
from dailymotion_reports.tables.read import SQL_TYPES, quoted
from dailymotion_reports.tables.schema import Column, TableSchema
from dailymotion_reports.tables.table import Table

ASKED = 1.15
TEXTS = ("video_id", "video_title", "visitor_country", "visitor_device_type")
SCHEMA = TableSchema(
    (
        Column("day", "date"),
        *(Column(name, "text") for name in TEXTS),
        Column("views", "integer", rule="add"),
        Column("time_watched_seconds", "integer", rule="add"),
        Column("estimated_earnings_eur", "decimal", rule="add"),
    )
)
MADE = """SELECT DATE '2023-01-01' + CAST(n * 180 // {rows} AS INTEGER) AS day,
    'x' || lower(to_base(CAST(hash(n % 200000) % 100000000000 AS BIGINT), 36)) AS video_id,
    CASE WHEN n % 200 = 0 THEN 'He said "no", then left ' || n % 200000
         WHEN n % 17 = 0 THEN 'Paris, Texas ' || n % 200000
         WHEN n % 5000 = 1 THEN 'on two' || chr(10) || 'lines ' || n % 200000
         ELSE 'A title that is about as long as titles ' || n % 200000 END AS video_title,
    ['FR', 'US', 'NA', 'DE', 'GB', 'JP', 'BR', 'IN'][CAST(1 + hash(n) % 8 AS INTEGER)] AS visitor_country,
    ['desktop', 'mobile', 'tv', 'tablet'][CAST(1 + hash(n + 1) % 4 AS INTEGER)] AS visitor_device_type,
    hash(n + 2) % 100000 AS views, hash(n + 3) % 10000000 AS time_watched_seconds,
    printf('%d.%06d', CAST(hash(n + 4) % 1000 AS BIGINT), CAST(hash(n + 5) % 1000000 AS BIGINT))
        AS estimated_earnings_eur
FROM range({rows}) AS numbers(n)"""
"""Rows of a report: commas, quotes and line breaks in some titles, money with six digits."""

Relation = Callable[[], tuple[str, list[str]]]
Way = Callable[[duckdb.DuckDBPyConnection, str, list[str]], object]


def make_file(path: Path, rows: int) -> None:
    """A report of that many rows, with its header."""
    with connection() as opened:
        opened.execute(f"COPY ({MADE.format(rows=rows)}) TO '{path}' (HEADER)")


def own_of(path: Path) -> Relation:
    """DuckDB's own reading of the same file into the same types; an empty text is empty there too."""
    types = ", ".join(f"'{column.name}': '{SQL_TYPES[column.type]}'" for column in SCHEMA.columns)
    texts = ", ".join(f"'{name}'" for name in TEXTS)
    options = f"auto_detect = false, header = true, columns = {{{types}}}, force_not_null = [{texts}]"
    return lambda: (f"SELECT * FROM read_csv(?, {options})", [str(path)])


def into_table(opened: duckdb.DuckDBPyConnection, sql: str, paths: list[str]) -> object:
    """Read into a table on disk, since a report may be larger than memory."""
    return opened.execute(f"CREATE TABLE room.answer AS {sql}", paths)


def into_sums(opened: duckdb.DuckDBPyConnection, sql: str, paths: list[str]) -> object:
    """Read every column and keep a sum of each, or its length."""
    asked = (f"sum({quoted(c.name)})" if c.is_metric else f"sum(length({quoted(c.name)}))" for c in SCHEMA.columns[1:])
    return opened.execute(f"SELECT min(day), max(day), {', '.join(asked)} FROM ({sql})", paths).fetchall()


def timed(way: Way, relation: Relation, folder: Path) -> tuple[float, float]:
    """Seconds and CPU seconds of one reading, in a connection of its own; the building of the SQL is part of it."""
    room = folder / "room.duckdb"
    with connection() as opened:
        opened.execute(f"ATTACH '{room}' AS room")
        begun, cpu = time.perf_counter(), time.process_time()
        sql, paths = relation()
        way(opened, sql, paths)
        taken = time.perf_counter() - begun, time.process_time() - cpu
    room.unlink()
    return taken


def checked(own: Relation, ours: Relation) -> None:
    """Both give the same sums, or there is nothing to compare."""
    with connection() as opened:
        if into_sums(opened, *own()) != into_sums(opened, *ours()):
            raise SystemExit("The two readings differ.")


def show(name: str, own: list[tuple[float, float]], ours: list[tuple[float, float]]) -> None:
    """Medians with their spread, and the ratio of each round in the median."""
    for number, kind in enumerate(("wall", "CPU")):
        columns = [[one[number] for one in times] for times in (own, ours)]
        for who, each in zip(("duckdb", "ours"), columns, strict=True):
            print(f"{name:6} {kind:4} {who:7} {statistics.median(each):7.2f} s  ({min(each):.2f} to {max(each):.2f})")
        ratio = statistics.median(mine / theirs for theirs, mine in zip(*columns, strict=True))
        verdict = "kept" if ratio <= ASKED else "MISSED"
        print(f"{name:6} {kind:4} ours / duckdb {ratio:.2f}   asked: at most {ASKED}: {verdict}\n")


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dmr-bench-") as name:
        folder, path = Path(name), Path(name) / "report_1.csv"
        make_file(path, given.rows)
        own, ours = own_of(path), Table(SCHEMA, (path,)).relation
        checked(own, ours)
        size = path.stat().st_size / 1e6
        print(f"{given.rows:,} rows, {size:.0f} MB, {given.rounds} interleaved rounds, medians (least to most)\n")
        for way_name, way in (("table", into_table), ("sums", into_sums)):
            times = [(timed(way, own, folder), timed(way, ours, folder)) for _ in range(given.rounds)]
            show(way_name, [one for one, _ in times], [other for _, other in times])


if __name__ == "__main__":
    main()
