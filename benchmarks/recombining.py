"""How long it takes to put rows of several reports together: ours against SQL written by hand for one question.

The question: views, watch time, its mean a view, and earnings, by video and subdomain, over two windows, which makes
four files.  Both read them with declared types, in the same engine with the same limits (1 GiB), in turn; the one by
hand takes what DuckDB's own casts take.  CPU is told beside wall time, since that is what a machine with other work to
do can still measure.  Goal: at most 1.3 of its time.  Run it by `make bench`; `--rows` are those of all files together,
50,000,000 where it is to be proved that memory is bounded.
"""

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.plan import Plan, plan
from dailymotion_reports.query.report import ReportQuery
from dailymotion_reports.tables.combined import combined
from dailymotion_reports.tables.engine import connection
from dailymotion_reports.tables.schema import TableSchema
from dailymotion_reports.tables.table import Table

ASKED = 1.3
METRICS = "views,time-watched-seconds,average-watch-time-sec,estimated-earnings-eur"
DIMENSIONS = "video-id,visitor-subdomain"
MADE = """SELECT 'x' || n % {keys} AS video_id, 'www.site-' || hash(n) % 50 || '.example' AS visitor_subdomain,
    {metrics} FROM range({rows}) AS numbers(n)"""
AUDIENCE = "hash(n + 1) % 1000 AS views, hash(n + 2) % 100000 AS time_watched_seconds"
REVENUE = (
    "printf('%d.%06d', CAST(hash(n + 3) % 9 AS BIGINT), CAST(hash(n + 4) % 1000000 AS BIGINT))"
    " AS estimated_earnings_eur"
)
BY_HAND = """WITH audience AS (
    SELECT video_id, visitor_subdomain, sum(views) AS views, sum(time_watched_seconds) AS seconds
    FROM read_csv({audience}, auto_detect = false, header = true, columns = {{'video_id': 'VARCHAR',
        'visitor_subdomain': 'VARCHAR', 'views': 'BIGINT', 'time_watched_seconds': 'BIGINT'}}) GROUP BY ALL),
revenue AS (
    SELECT video_id, visitor_subdomain, sum(estimated_earnings_eur) AS earned
    FROM read_csv({revenue}, auto_detect = false, header = true, columns = {{'video_id': 'VARCHAR',
        'visitor_subdomain': 'VARCHAR', 'estimated_earnings_eur': 'DECIMAL(38, 10)'}}) GROUP BY ALL)
SELECT video_id, visitor_subdomain, coalesce(views, 0) AS views, coalesce(seconds, 0) AS seconds,
    round(seconds / views, 6) AS mean, coalesce(earned, 0) AS earned
FROM audience FULL JOIN revenue USING (video_id, visitor_subdomain) ORDER BY ALL"""


def made(folder: Path, rows: int) -> tuple[Plan, list[Table]]:
    """The plan, and a file for each of its reports with a share of the rows."""
    planned = plan(ReportQuery.of(METRICS, DIMENSIONS, start="2023-01-01", end="2023-12-26"), load_catalog())
    tables = []
    for n, request in enumerate(planned.requests):
        path, metrics = folder / f"report_{n}.csv", AUDIENCE if "VIEWS" in request.metrics else REVENUE
        share = rows // len(planned.requests)
        with connection() as opened:
            sql = MADE.format(rows=share, keys=max(1, share // 100), metrics=metrics)
            opened.execute(f"COPY ({sql}) TO '{path}' (HEADER)")
        schema = TableSchema.of(request, load_catalog())
        tables.append(Table(schema, (path,), (request.window,)))
    return planned, tables


def by_hand(planned: Plan, tables: list[Table]) -> tuple[str, list[str]]:
    """The SQL that somebody would write for this one question."""
    files: dict[str, list[str]] = {"VIEWS": [], "ESTIMATED_EARNINGS_EUR": []}
    for request, table in zip(planned.requests, tables, strict=True):
        files["VIEWS" if "VIEWS" in request.metrics else "ESTIMATED_EARNINGS_EUR"].append(str(table.files[0]))
    audience, revenue = (str(paths) for paths in files.values())
    return BY_HAND.format(audience=audience, revenue=revenue), []


def timed(relation: tuple[str, list[str]], folder: Path) -> tuple[float, float, int]:
    """Seconds and CPU seconds that writing the answer to a table takes, and how many rows it has."""
    sql, paths = relation
    with connection() as opened:
        opened.execute(f"ATTACH '{folder / 'room.duckdb'}' AS room")
        begun, cpu = time.perf_counter(), time.process_time()
        opened.execute(f"CREATE TABLE room.answer AS {sql}", paths)
        taken = time.perf_counter() - begun, time.process_time() - cpu
        rows = opened.sql("SELECT count(*) FROM room.answer").fetchall()[0][0]
    (folder / "room.duckdb").unlink()
    return *taken, int(rows)


def show(times: dict[str, list[tuple[float, float]]]) -> None:
    """Medians with their spread, and the ratio of each round in the median."""
    for number, kind in enumerate(("wall", "CPU")):
        columns = {way: [one[number] for one in taken] for way, taken in times.items()}
        for way, each in columns.items():
            print(f"{way:8} {kind:4} {statistics.median(each):7.2f} s  ({min(each):.2f} to {max(each):.2f})")
        ratio = statistics.median(mine / theirs for theirs, mine in zip(*columns.values(), strict=True))
        print(
            f"ours / by hand, {kind} {ratio:.2f}   asked: at most {ASKED}: {'kept' if ratio <= ASKED else 'MISSED'}\n"
        )


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=8_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dmr-bench-") as name:
        planned, tables = made(Path(name), given.rows)
        ways = {
            "by hand": by_hand(planned, tables),
            "ours": combined(planned, tables, load_catalog()).relation(),
        }
        times: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        for _ in range(given.rounds):
            for way, relation in ways.items():
                seconds, cpu, rows = timed(relation, Path(name))
                times[way].append((seconds, cpu))
        print(
            f"{given.rows:,} rows in {len(tables)} files become {rows:,}; {given.rounds} interleaved rounds, medians\n"
        )
        show(times)
        print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
