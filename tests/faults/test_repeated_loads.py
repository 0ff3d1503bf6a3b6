"""Pitfalls of loading that others have fallen into: rows that stay provisional, and rows that are doubled."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from tests.faults.twins import asked
from tests.postgres import Database

from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import Report

pytestmark = pytest.mark.thorough

ASKED: dict[str, Any] = {
    "metrics": ["VIEWS", "ESTIMATED_EARNINGS_USD"],
    "dimensions": ["DAY", "MEDIA_TYPE"],
    "unverified": True,
}
KILLED = """import os, signal, sys
from importlib import import_module
from dailymotion_reports.cli.main import main
module, kind, method, when, *arguments = sys.argv[1:]
owner = getattr(import_module("dailymotion_reports.destinations." + module), kind)
whole = getattr(owner, method)
def killing(*given, **named):
    done = whole(*given, **named) if when == "after" else None
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, method, killing)
sys.exit(main(arguments))
"""
"""The command, killed when it comes to a step of a load, or when it has done it."""

STEPS = {
    "duckdb": ("duckdb_table", "DuckDBTable"),
    "sqlite": ("sqlite_table", "SQLiteTable"),
    "postgres": ("postgres_table", "PostgresTable"),
    "parquet": ("parquet_folder", "TableFolder"),
    "delta": ("delta_table", "Table"),
}
"""For each destination the class whose ``commit`` publishes a load."""


@pytest.mark.row("PF18")
def test_PF18_figures_that_are_restated_day_after_day_end_at_the_last_and_each_change_is_kept(tmp_path: Path) -> None:
    path, start = tmp_path / "my.duckdb", date(2023, 7, 1)
    days: dict[str, Any] = {"start": start, "end": start + timedelta(days=2)}
    told: list[dict[date, int]] = []
    with Twin.made(today=start + timedelta(days=3), report_seconds=0, restating=True) as twin:
        for _ in range(6):
            with twin.workspace(tmp_path / "home") as workspace:
                report = workspace.report(**ASKED, **days, fresh=True)
                twin.check(report)
                report.load(f"duckdb:{path}")
                told.append(views_of(report))
            twin.clock.sleep(86400.0)
    restated = [dict(pairs) for pairs in told]
    assert restated[-1] != restated[0], "nothing was restated"
    with duckdb.connect(str(path), read_only=True) as opened:
        views = dict(opened.execute("SELECT day, sum(views) FROM report GROUP BY day").fetchall())
        history = opened.execute(
            "SELECT day, before, after FROM _dmr_changes WHERE column_name = 'views' ORDER BY asked_at, day"
        ).fetchall()
    assert views == restated[-1]
    expected = [
        (day, before.get(day, 0), after.get(day, 0))
        for before, after in pairwise(restated)
        for day in sorted(before.keys() | after.keys())
        if before.get(day, 0) != after.get(day, 0)
    ]
    assert [(day, int(before or 0), int(after or 0)) for day, before, after in history] == expected != []


def views_of(report: Report) -> dict[date, int]:
    totals: dict[date, int] = {}
    for row in report.rows():
        totals[row["day"]] = totals.get(row["day"], 0) + (row["views"] or 0)
    return totals


@pytest.fixture(params=list(STEPS))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    """A destination: its kind, its address, and the variables that it needs."""
    paths = {"duckdb": "my.duckdb", "sqlite": "my.sqlite", "parquet": "lake", "delta": "lake"}
    if request.param != "postgres":
        yield request.param, f"{request.param}:{tmp_path}/{paths[request.param]}", {}
        return
    database: Database = request.getfixturevalue("database")
    yield request.param, database.place, {"PGPASSWORD": database.postgres.password.reveal()}


@pytest.mark.row("PF19")
@pytest.mark.parametrize("when", ["before", "after"])
def test_PF19_a_load_that_is_killed_and_three_more_leave_each_row_once(
    when: str, place: tuple[str, str, dict[str, str]], tmp_path: Path
) -> None:
    kind, into, variables = place
    with asked(tmp_path / "home", report_seconds=0) as (_, workspace):
        submitted = workspace.submit(**ASKED, start="2023-07-01", end="2023-07-31")
        report = workspace.answer(submitted.ids)
    home = {**os.environ, **variables, "DMR_HOME": str(tmp_path / "home")}
    arguments = ["load", *submitted.ids, "--into", into]
    killed = [sys.executable, "-c", KILLED, *STEPS[kind], "commit", when, *arguments]
    struck = subprocess.run(killed, env=home, capture_output=True, text=True)
    assert struck.returncode == -signal.SIGKILL, struck.stderr
    for _ in range(3):
        again = [sys.executable, "-m", "dailymotion_reports", *arguments]
        done = subprocess.run(again, env=home, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert sorted(loaded(kind, into, variables), key=str) == sorted(map(plain, report.iter_rows()), key=str)


def loaded(kind: str, into: str, variables: dict[str, str]) -> list[tuple[str, ...]]:
    """The rows of the table, read by others than us."""
    query, path = "SELECT day, media_type, views, estimated_earnings_usd FROM ", into.partition(":")[2]
    match kind:
        case "duckdb":
            with duckdb.connect(path, read_only=True) as opened:
                rows = opened.execute(f"{query} report").fetchall()
        case "sqlite":
            with closing(sqlite3.connect(path)) as reader:
                rows = reader.execute(f"{query} report").fetchall()
        case "postgres":
            with psycopg.connect(into.partition("?")[0].replace("postgres:", "postgresql:"),
                                 password=variables["PGPASSWORD"]) as server:  # fmt: skip
                rows = server.execute(f"{query} report").fetchall()
        case "parquet":
            files = f"read_parquet('{path}/report/*/*.parquet', hive_partitioning = true)"
            rows = duckdb.execute(f"{query} {files}").fetchall()
        case _:
            import deltalake

            present = deltalake.DeltaTable(f"{path}/report").to_pyarrow_table()
            assert present.num_rows
            rows = duckdb.execute(f"{query} present").fetchall()
    return [plain(row) for row in rows]


def plain(row: tuple[Any, ...]) -> tuple[str, ...]:
    """A row as text that is the same from every database: decimals without needless zeros, days as ISO 8601."""
    told = []
    for cell in row:
        text = str(cell.date()) if isinstance(cell, datetime) else str(cell)
        told.append(text.rstrip("0").rstrip(".") if "." in text else text)
    return tuple(told)
