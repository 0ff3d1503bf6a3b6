"""A report to typed Parquet: ours against the guide's way of downloading, followed by pandas.

The guide holds a file in memory, writes it, and pandas reads it with the types it guesses; ours downloads with digests,
checks and fsync, reads with declared types, and writes one Parquet file, while the bytes come.  Both are whole
processes, imports included.  Goals: over a link that nothing holds back at least 2.5 times as fast, at a tenth of the
memory; on one of 100 MB/s at most 1.1 of the download alone.  How long a load into DuckDB takes there stands beside it.
Run it by `make bench`; ``--megabytes 2000`` is the size that the goals are about, and
``--files 1`` the shape on which they were set: eight smaller files cost the guide less memory.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from benchmarks.loading import DAYS, FIRST
from benchmarks.overlapping import Job, cut
from benchmarks.paced import served

from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.tables.engine import connection

FASTER, SMALLER, BESIDE = 2.5, 10.0, 1.1
ROW_BYTES = 101
METRICS = ("VIEWS", "TIME_WATCHED_SECONDS", "VIEW_THROUGH_RATE", "ESTIMATED_EARNINGS_USD")
DIMENSIONS = ("DAY", "VIDEO_ID", "VIDEO_TITLE", "VISITOR_COUNTRY", "VISITOR_DEVICE_TYPE")
MADE = """SELECT DATE '{first}' + CAST(n * {days} // {rows} AS INTEGER) AS day, printf('x%06d', n % 200000) AS video_id,
    ['Tous les buts du week-end, en ', 'Ein Abend in der Küche, Folge ', '今夜のニュース第', 'He said "no", part '][
        CAST(1 + n % 4 AS INTEGER)] || CAST(n % 200000 AS VARCHAR) || ' (extended)' AS video_title,
    ['FR', 'US', 'NA', 'DE'][CAST(1 + hash(n) % 4 AS INTEGER)] AS visitor_country,
    ['Desktop', 'Mobile', 'TV'][CAST(1 + hash(n + 1) % 3 AS INTEGER)] AS visitor_device_type,
    hash(n + 2) % 100000 AS views, hash(n + 3) % 10000000 AS time_watched_seconds,
    printf('0.%06d', CAST(hash(n + 6) % 1000000 AS BIGINT)) AS view_through_rate,
    printf('%d.%06d', CAST(hash(n + 4) % 1000 AS BIGINT), CAST(hash(n + 5) % 1000000 AS BIGINT))
        AS estimated_earnings_usd
FROM range({rows}) AS numbers(n)"""
"""Columns and width of a row are those of the report on which performance was measured first."""
LINK = 100e6
OWN = (sys.executable, "-m", "benchmarks.guide")
GUIDE = """import sys
import pandas
import requests
folder, *urls = sys.argv[1:]
for number, url in enumerate(urls):
    answer = requests.get(url)
    with open(f"{folder}/{number}.csv", "wb") as file:
        file.write(answer.content)
for number, _ in enumerate(urls):
    pandas.read_csv(f"{folder}/{number}.csv").to_parquet(f"{folder}/{number}.parquet")
"""


def asked_for() -> ReportRequest:
    """The question of the report."""
    return ReportRequest(METRICS, DIMENSIONS, Window(FIRST, FIRST + timedelta(DAYS - 1)), {}, "CONTENT")


def make(folder: Path, rows: int, files: int) -> None:
    """A report with that many rows, evenly over its days, in so many files."""
    whole = folder / "report.csv"
    with connection() as opened:
        opened.execute(f"COPY ({MADE.format(first=FIRST, days=DAYS, rows=rows)}) TO '{whole}' (HEADER)")
    cut(whole, files)
    whole.unlink()


def ours(folder: str, how: str, *urls: str) -> None:
    """Download alone, or with a Parquet file or a load into DuckDB beside it."""
    from dailymotion_reports.query.catalog import load_catalog
    from dailymotion_reports.tables.schema import TableSchema
    from dailymotion_reports.tables.table import Table

    asked = asked_for()
    base, names = urls[0].rpartition("/")[0] + "/", tuple(url.rpartition("/")[2] for url in urls)
    job, schema = Job(Path(folder), base, asked, names), TableSchema.of(asked, load_catalog())
    table = Table(schema, ())
    match how:
        case "parquet":
            job.export(table)
        case "duckdb":
            job.both(table)
        case _:
            job.download()


def taken(command: list[str]) -> tuple[float, float]:
    """Seconds and megabytes of memory of a whole process."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command[:4]
    return time.perf_counter() - begun, used.ru_maxrss / 1024


def tried(work: Callable[[str], list[str]]) -> tuple[float, float]:
    """One try in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="dmr-bench-") as folder:
        return taken(work(folder))


def median(what: str, tries: list[tuple[float, float]]) -> tuple[float, float]:
    """The medians of seconds and memory, printed."""
    seconds, memory = (statistics.median(column) for column in zip(*tries, strict=True))
    print(f"{what:22} {seconds:7.2f} s  {memory:7.0f} MB")
    return seconds, memory


def compared(source: Path, names: list[str], rounds: int) -> None:
    """Interleaved rounds over both links; prints medians and ratios."""
    with served(source) as url:
        urls = [url + name for name in names]
        tries: dict[str, list[tuple[float, float]]] = {"guide and pandas": [], "ours, to Parquet": []}
        for _ in range(rounds):
            tries["guide and pandas"].append(tried(lambda folder: [sys.executable, "-c", GUIDE, folder, *urls]))
            tries["ours, to Parquet"].append(tried(partial(_ours, "parquet", urls)))
    (guide, much), (mine, little) = (median(what, found) for what, found in tries.items())
    print(f"guide / ours  {guide / mine:.2f}   asked: at least {FASTER}: {_kept(guide / mine >= FASTER)}")
    print(f"its memory / ours  {much / little:.1f}   asked: {SMALLER:.0f}: {_kept(much / little >= SMALLER)}\n")
    ways: dict[str, list[tuple[float, float]]] = {"alone": [], "parquet": [], "duckdb": []}
    with served(source, LINK) as url:
        urls = [url + name for name in names]
        for _ in range(rounds):
            for how, found in ways.items():
                found.append(tried(partial(_ours, how, urls)))
    alone, both, load = (median(f"100 MB/s, {how}", found)[0] for how, found in ways.items())
    print(f"to Parquet / alone  {both / alone:.2f}   asked: at most {BESIDE}: {_kept(both / alone <= BESIDE)}")
    print(f"into DuckDB / alone  {load / alone:.2f}")


def _ours(how: str, urls: list[str], folder: str) -> list[str]:
    return [*OWN, "--ours", folder, how, *urls]


def _kept(is_kept: bool) -> str:
    return "kept" if is_kept else "MISSED"


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ours", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        folder, rows, files = given.make
        return make(Path(folder), int(rows), int(files))
    if given.ours:
        return ours(*given.ours)
    with tempfile.TemporaryDirectory(prefix="dmr-bench-") as name:
        rows = given.megabytes * 1_000_000 // ROW_BYTES
        # What the parent of a process once needed counts as that process's own, so that another one makes the report.
        subprocess.run([*OWN, "--make", name, str(rows), str(given.files)], check=True)
        names = sorted(path.name for path in Path(name).glob("*.part.csv"))
        print(f"{rows:,} rows in {given.files} files, {given.rounds} interleaved rounds, medians\n")
        compared(Path(name), names, given.rounds)
    return None


if __name__ == "__main__":
    main()
