"""How long it takes to replace a report's window in PostgreSQL: ours against DELETE and COPY of the same rows.

The bare way deletes the window's rows and copies a CSV file of the same rows and columns, made ready beforehand, that
nobody types or checks: what the server itself takes.  Ours reads the vendor's file, types and checks every cell, finds
what was restated and writes receipt and history, in one transaction.  Both load into a server that this starts for
itself, in turn, into a table that holds the window already.  CPU is that of this process, not of the server.  Goal: at
most 1.2 of the bare way.  Run it by `make bench`.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from benchmarks.reading import SCHEMA, make_file
from psycopg import conninfo
from tests.postgres import Postgres
from tests.programs import located

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.tables.table import Table

ASKED = 1.2
PIECE = 1 << 20
WINDOW = Window(date(2023, 1, 1), date(2023, 6, 29))
REQUEST = ReportRequest(
    ("VIEWS", "TIME_WATCHED_SECONDS", "ESTIMATED_EARNINGS_EUR"),
    ("DAY", "VIDEO_ID", "VIDEO_TITLE", "VISITOR_COUNTRY", "VISITOR_DEVICE_TYPE"),
    WINDOW,
    {},
    "CONTENT",
)


def ours(url: str, path: Path) -> int:
    """Load the vendor's file; how many rows."""
    load = Load(Table(SCHEMA, (path,), (WINDOW,)), REQUEST, "private", "account", datetime.now(UTC))
    return open_destination(f"{url}?table=ours").load(load).rows


def bare(connection: psycopg.Connection, path: Path) -> int:
    """Delete the window and copy the file that was made ready; how many rows."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM bare WHERE day BETWEEN %s AND %s", (WINDOW.start, WINDOW.end))
        with cursor.copy("COPY bare FROM STDIN (FORMAT csv)") as copy, path.open("rb") as file:
            while piece := file.read(PIECE):
                copy.write(piece)
        return cursor.rowcount


def made_ready(connection: psycopg.Connection, path: Path) -> None:
    """The bare way's table and file: the rows of ours as the server writes them, its own columns included."""
    connection.execute("CREATE TABLE bare AS TABLE ours")
    with connection.cursor().copy("COPY bare TO STDOUT (FORMAT csv)") as copy, path.open("wb") as file:
        for piece in copy:
            file.write(piece)


def checked(connection: psycopg.Connection) -> None:
    """Both tables hold the same rows, or there is nothing to compare."""
    asked = "count(*), sum(views), sum(time_watched_seconds), sum(estimated_earnings_eur), sum(length(video_title))"
    tables = [connection.execute(f"SELECT {asked} FROM {name}".encode()).fetchone() for name in ("bare", "ours")]
    if tables[0] != tables[1]:
        raise SystemExit("The two tables differ.")


def timed(way: Callable[[], int], connection: psycopg.Connection) -> tuple[float, float]:
    """Seconds and CPU seconds of one load; what the server has to tidy up after it, it does before the next."""
    begun, cpu = time.perf_counter(), time.process_time()
    way()
    taken = time.perf_counter() - begun, time.process_time() - cpu
    for statement in ("VACUUM bare", "VACUUM ours", "CHECKPOINT"):
        connection.execute(statement.encode())
    return taken


def show(times: dict[str, list[tuple[float, float]]]) -> None:
    """Medians with their spread, and the ratio of each round in the median."""
    for who, each in times.items():
        wall, cpu = ([one[number] for one in each] for number in (0, 1))
        print(
            f"{who:5} {statistics.median(wall):7.2f} s  ({min(wall):.2f} to {max(wall):.2f})"
            f"   CPU of the client {statistics.median(cpu):5.2f} s"
        )
    ratio = statistics.median(mine[0] / theirs[0] for theirs, mine in zip(times["bare"], times["ours"], strict=True))
    verdict = "kept" if ratio <= ASKED else "MISSED"
    print(f"ours / bare {ratio:.2f}   asked: at most {ASKED}: {verdict}\n")


def compare(postgres: Postgres, folder: Path, rows: int, rounds: int) -> None:
    """Run both ways in turn."""
    path, ready = folder / "report_1.csv", folder / "ready.csv"
    make_file(path, rows)
    url = f"postgres://dmr@127.0.0.1:{postgres.port}/postgres"
    ours(url, path)
    with psycopg.connect(
        conninfo.make_conninfo(**postgres.server("postgres").parameters), autocommit=True
    ) as connection:
        made_ready(connection, ready)
        ways = {"bare": lambda: bare(connection, ready), "ours": lambda: ours(url, path)}
        times = {who: list[tuple[float, float]]() for who in ways}
        print(
            f"{rows:,} rows, {ready.stat().st_size / 1e6:.0f} MB as the server has them, {rounds} interleaved rounds\n"
        )
        for _ in range(rounds):
            for who, way in ways.items():
                times[who].append(timed(way, connection))
        checked(connection)
    show(times)


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    if located("postgres") is None:
        print("Loading into PostgreSQL is not measured: it is not installed.\n")
        return
    with tempfile.TemporaryDirectory(prefix="dmr-bench-") as name:
        postgres = Postgres(Path(name) / "server")
        postgres.folder.mkdir()
        Path(name).chmod(0o755)
        postgres.make()
        postgres.start()
        os.environ["PGPASSWORD"] = postgres.password.reveal()
        try:
            compare(postgres, Path(name), given.rows, given.rounds)
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()
