"""Loads that go on while files are still on their way: the same rows, or nothing of them."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dailymotion_reports.destinations.duckdb_table import DuckDBTable
from dailymotion_reports.destinations.sqlite_table import SQLiteTable
from dailymotion_reports.destinations.window_table import WindowTable
from dailymotion_reports.errors import DestinationRefused, UsageError
from dailymotion_reports.query.question import Question
from dailymotion_reports.tables.table import Table
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import AsyncWorkspace, Progress, Report, Workspace, overlapping
from dailymotion_reports.workspace.overlapping import is_time

ASKED: dict[str, Any] = {"start": "2023-07-01", "end": "2023-07-03"}
LONG = 30.0
"""Seconds after which a test takes it that something never comes."""


@pytest.fixture
def twin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Twin]:
    """Reports of a few files, and loads that are taken to be slow, so that they begin with the first one."""
    monkeypatch.setattr(overlapping, "SPEED", 1.0)
    with Twin.made(today="2023-09-01", report_seconds=0, rows_per_file=400) as made:
        yield made


@pytest.fixture
def workspace(twin: Twin, tmp_path: Path) -> Iterator[Workspace]:
    with twin.workspace(tmp_path / "home") as opened:
        yield opened


class Filled:
    """Which tables were filled into a destination, and a bell at the first."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: type[WindowTable] = DuckDBTable) -> None:
        self.tables: list[Table] = []
        self.threads: list[str] = []
        self.bell = threading.Event()
        fill = kind.fill

        def filled(table: Any, rows: Table, filling: Any) -> int:
            done = fill(table, rows, filling)
            self.tables.append(rows)
            self.threads.append(threading.current_thread().name)
            self.bell.set()
            return done

        monkeypatch.setattr(kind, "fill", filled)

    @property
    def files(self) -> list[int]:
        """How many files each had."""
        return [len(table.files) for table in self.tables]

    def overlapped(self, report: Report) -> bool:
        """Whether each file was filled in once, by a load that went on beside the download."""
        return set(self.threads) == {"dmr-load"} and sum(self.files) == len(report.files)


def rows(path: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as opened:
        return opened.execute("SELECT day, video_id, views FROM report ORDER BY ALL").fetchall()


def asked(workspace: Workspace, into: str, listener: Any = lambda _: None, **more: Any) -> Report:
    return workspace.submit(["VIEWS"], ["DAY", "VIDEO_ID"], **ASKED, **more).wait(listener, into)


def test_files_are_loaded_while_others_are_on_their_way(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = Filled(monkeypatch)

    def listener(progress: Progress) -> None:
        if progress.whole and progress.file == progress.files:
            assert filled.bell.wait(LONG), "no file was loaded before the last one was here"

    report = asked(workspace, f"duckdb:{tmp_path}/a.duckdb", listener)
    assert report.load(f"duckdb:{tmp_path}/a.duckdb").rows == len(report.rows())
    assert filled.overlapped(report)
    assert len(report.files) >= 3


def test_the_rows_are_those_of_a_load_that_waits(workspace: Workspace, tmp_path: Path) -> None:
    report = asked(workspace, f"duckdb:{tmp_path}/a.duckdb")
    first = report.load(f"duckdb:{tmp_path}/a.duckdb")
    other = report.load(f"duckdb:{tmp_path}/b.duckdb")
    assert rows(tmp_path / "a.duckdb") == rows(tmp_path / "b.duckdb") != []
    assert (first.rows, first.fingerprint, first.kept) == (other.rows, other.fingerprint, other.kept)


def test_loaded_again_it_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    into = f"duckdb:{tmp_path}/a.duckdb"
    report = asked(workspace, into)
    report.load(into)
    before = rows(tmp_path / "a.duckdb")
    again = report.load(into)
    assert (again.rows, again.changed, rows(tmp_path / "a.duckdb")) == (len(before), 0, before)


def test_nothing_of_it_can_be_seen_before_it_is_ended(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into, filled = f"sqlite:{tmp_path}/a.sqlite", Filled(monkeypatch, SQLiteTable)
    report = asked(workspace, into)
    assert filled.bell.wait(LONG)
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as reader:
        assert reader.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        loaded = report.load(into).rows
        assert reader.execute("SELECT count(*) FROM report").fetchone() == (loaded,) != (0,)


def test_what_nobody_ends_is_undone_with_the_workspace(
    twin: Twin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = Filled(monkeypatch)
    with twin.workspace(tmp_path / "home") as workspace:
        report = asked(workspace, f"duckdb:{tmp_path}/a.duckdb")
        assert filled.bell.wait(LONG)
    with duckdb.connect(str(tmp_path / "a.duckdb"), read_only=True) as opened:
        assert opened.execute("SHOW TABLES").fetchall() == []
    assert not list((report.folder.parents[2] / "staging").glob("*-load"))


def test_a_load_that_waits_too_long_is_undone_and_done_anew(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlapping, "PATIENCE", 0.0)
    filled, into = Filled(monkeypatch), f"duckdb:{tmp_path}/a.duckdb"

    def listener(progress: Progress) -> None:
        if progress.whole and progress.file == 3:
            for thread in threading.enumerate():
                if thread.name == "dmr-load":
                    thread.join(LONG)

    report = asked(workspace, into, listener)
    assert report.load(into).rows == len(report.rows())
    assert filled.files[-1] == len(report.files)
    assert sum(filled.files[:-1]) < len(report.files)
    assert "dmr-load" in filled.threads


def test_a_table_of_others_is_refused_as_ever(workspace: Workspace, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as opened:
        opened.execute("CREATE TABLE report (views VARCHAR)")
    into = f"duckdb:{tmp_path}/a.duckdb"
    report = asked(workspace, into)
    with pytest.raises(DestinationRefused, match="other columns"):
        report.load(into)


def test_an_address_that_is_none_is_refused_before_anything_is_waited_for(workspace: Workspace) -> None:
    question = Question(["VIEWS"], ["DAY", "VIDEO_ID"], ASKED["start"], ASKED["end"])
    submitted = workspace.submit_plan(workspace.plan(question))
    with pytest.raises(UsageError):
        submitted.wait(into="nowhere:a")
    assert submitted.jobs[0].stage == "planned"


def test_rows_that_are_first_put_together_are_loaded_as_ever(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled, into = Filled(monkeypatch), f"duckdb:{tmp_path}/a.duckdb"
    report = asked(workspace, into, timezone="Europe/Rome")
    assert (report.ahead, report.load(into).rows) == (None, len(report.rows()))
    assert len(filled.tables) == 1


def test_another_destination_than_was_named_is_loaded_as_ever(workspace: Workspace, tmp_path: Path) -> None:
    report = asked(workspace, f"duckdb:{tmp_path}/a.duckdb")
    report.load(f"duckdb:{tmp_path}/b.duckdb")
    report.load(f"duckdb:{tmp_path}/a.duckdb")
    assert rows(tmp_path / "a.duckdb") == rows(tmp_path / "b.duckdb") != []


@pytest.mark.parametrize("scheme", ["parquet", "delta"])
def test_lakes_take_files_as_they_come_too(
    workspace: Workspace, tmp_path: Path, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled, into = Filled(monkeypatch), f"{scheme}:{tmp_path}/lake"
    report = asked(workspace, into)
    assert report.load(into).rows == len(report.rows())
    assert filled.overlapped(report)


async def awaited(workspace: AsyncWorkspace, into: str) -> Report:
    submitted = await workspace.submit(["VIEWS"], ["DAY", "VIDEO_ID"], **ASKED)
    return await submitted.wait(into=into)


def test_coroutines_load_beside_the_download_too(twin: Twin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled, into = Filled(monkeypatch), f"duckdb:{tmp_path}/a.duckdb"
    report = asyncio.run(awaited(twin.async_workspace(tmp_path / "home"), into))
    loaded = report.load(into)
    assert loaded.rows == len(report.rows()) == len(rows(tmp_path / "a.duckdb"))
    assert filled.overlapped(report)


@pytest.mark.parametrize(
    ("size", "whole", "files", "took", "begins"),
    [
        (1e6, 1, 8, 0.01, True),  # the download is quicker than the load
        (1e6, 1, 8, 60.0, False),  # a slow one, and the load would wait for most of its time
        (7e6, 7, 8, 420.0, False),
        (7e8, 7, 8, 280.0, True),  # 40 seconds are left of both
        (1e9, 1, 1, 50.0, False),  # one file: there is nothing to overlap
        (8e6, 8, 8, 99.0, True),
    ],
)
def test_it_begins_no_earlier_than_it_has_to(size: float, whole: int, files: int, took: float, begins: bool) -> None:
    assert is_time(int(size), whole, files, took) is begins
