"""How long it takes to load a report into a DuckDB file: ours against DuckDB's own insert of the same typed rows.

Ours checks every cell, replaces the window that is there, sums what was restated, writes the receipt, all in one
transaction; DuckDB's own reads the file with declared types and appends.  Goal: at most 1.5 of its time, both into a
file that holds the window already.  The second figure is what it costs to replace 30 days in a table of many more: it
should be that of the 30 days, and not of the table; it is told as a ratio of the same in a table of those days alone.
Run it by `make bench`; ``--table`` are the rows of the large table, 100,000,000 where it is to be proved.
"""

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.tables.engine import connection
from dailymotion_reports.tables.read import SQL_TYPES
from dailymotion_reports.tables.schema import TableSchema
from dailymotion_reports.tables.table import Table

ASKED = 1.5
DAYS = 30
FIRST = date(2023, 1, 1)
METRICS = ("VIEWS", "TIME_WATCHED_SECONDS", "ESTIMATED_EARNINGS_EUR")
DIMENSIONS = ("DAY", "VIDEO_ID", "VISITOR_COUNTRY")
MADE = """SELECT DATE '{first}' + CAST(n * {days} // {rows} AS INTEGER) AS day, 'x' || n % 200000 AS video_id,
    ['FR', 'US', 'NA', 'DE'][CAST(1 + hash(n) % 4 AS INTEGER)] AS visitor_country,
    hash(n + 2) % 100000 AS views, hash(n + 3) % 10000000 AS time_watched_seconds,
    printf('%d.%06d', CAST(hash(n + 4) % 1000 AS BIGINT), CAST(hash(n + 5) % 1000000 AS BIGINT))
        AS estimated_earnings_eur
FROM range({rows}) AS numbers(n)"""


def request(first: date, days: int) -> ReportRequest:
    """The question of the file, for some days."""
    return ReportRequest(METRICS, DIMENSIONS, Window(first, first + timedelta(days - 1)), {}, "CONTENT")


def made(folder: Path, name: str, asked: ReportRequest, rows: int) -> Table:
    """A report with that many rows, evenly over its days."""
    path = folder / f"{name}.csv"
    sql = MADE.format(first=asked.window.start, days=asked.window.days, rows=rows)
    with connection() as opened:
        opened.execute(f"COPY ({sql}) TO '{path}' (HEADER)")
    return Table(TableSchema.of(asked, load_catalog()), (path,), (asked.window,))


def ours(path: Path, asked: ReportRequest, table: Table) -> None:
    """Replace the window."""
    load = Load(table, asked, "private", "an account", datetime.now(UTC))
    open_destination(f"duckdb:{path}").load(load)


def bare(path: Path, table: Table) -> None:
    """DuckDB's own reading, appended to a table of its own."""
    types = ", ".join(f"'{column.name}': '{SQL_TYPES[column.type]}'" for column in table.schema.columns)
    columns = types.replace("': '", " ").replace("'", "").replace(": ", " ")
    with duckdb.connect(str(path), config={"memory_limit": "1GiB"}) as opened:
        opened.execute(f"CREATE TABLE IF NOT EXISTS bare ({columns})")
        opened.execute(
            f"INSERT INTO bare SELECT * FROM read_csv(?, auto_detect = false, header = true, columns = {{{types}}})",
            [str(table.files[0])],
        )


def timed(work: Callable[[], None]) -> float:
    """Seconds of one try."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def ratio(name: str, own: list[float], others: list[float], asked: float | None = None) -> None:
    """Medians with their spread, and the ratio of each round in the median."""
    for who, taken in (("ours", own), ("other", others)):
        print(f"{name:22} {who:6} {statistics.median(taken):7.2f} s  ({min(taken):.2f} to {max(taken):.2f})")
    found = statistics.median(mine / theirs for mine, theirs in zip(own, others, strict=True))
    verdict = "" if asked is None else f"   asked: at most {asked}: {'kept' if found <= asked else 'MISSED'}"
    print(f"{name:22} ratio  {found:.2f}{verdict}\n")


def against_bare(folder: Path, rows: int, rounds: int) -> None:
    """A window that is replaced, against an insert and nothing else."""
    asked = request(FIRST, DAYS)
    table = made(folder, "small", asked, rows)
    ours(folder / "ours.duckdb", asked, table)
    own, other = [], []
    for _ in range(rounds):
        own.append(timed(lambda: ours(folder / "ours.duckdb", asked, table)))
        other.append(timed(lambda: bare(folder / "bare.duckdb", table)))
        (folder / "bare.duckdb").unlink()
    ratio("replaced / inserted", own, other, ASKED)


def in_a_large_table(folder: Path, rows: int, large: int, rounds: int) -> None:
    """The same 30 days, in a table of many days and in one of these alone."""
    days = DAYS * max(1, large // rows)
    whole = request(FIRST, days)
    ours(folder / "large.duckdb", whole, made(folder, "large", whole, large))
    (folder / "large.csv").unlink()
    late = request(FIRST + timedelta(days - DAYS), DAYS)
    table = made(folder, "late", late, rows)
    ours(folder / "small.duckdb", late, table)
    own, other = [], []
    for _ in range(rounds):
        own.append(timed(lambda: ours(folder / "large.duckdb", late, table)))
        other.append(timed(lambda: ours(folder / "small.duckdb", late, table)))
    print(f"{large:,} rows of {days:,} days, of which {DAYS} are replaced ({rows:,} rows):")
    ratio("in large / in small", own, other)


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--table", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dmr-bench-") as name:
        print(f"{given.rows:,} rows, {given.rounds} interleaved rounds, medians (least to most)\n")
        against_bare(Path(name), given.rows, given.rounds)
        in_a_large_table(Path(name), given.rows, given.table, given.rounds)
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
