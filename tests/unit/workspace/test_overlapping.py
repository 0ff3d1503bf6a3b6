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
from tests.unit.workspace.losing import lossy

from dailymotion_reports.client import bulk
from dailymotion_reports.destinations.duckdb_table import DuckDBTable
from dailymotion_reports.destinations.sqlite_table import SQLiteTable
from dailymotion_reports.destinations.window_table import WindowTable
from dailymotion_reports.errors import DestinationRefused, UsageError
from dailymotion_reports.query.question import Question
from dailymotion_reports.tables import read
from dailymotion_reports.tables.arriving import ArrivingTable
from dailymotion_reports.tables.export import write_file
from dailymotion_reports.tables.table import Table
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import AsyncWorkspace, Progress, Report, Workspace, ahead, fetching, overlapping
from dailymotion_reports.workspace.arrivals import Arrival
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
    """Which tables were filled into a destination, on which threads, and a bell at the first bytes given out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: type[WindowTable] = DuckDBTable) -> None:
        self.tables: list[Table] = []
        self.threads: list[str] = []
        self.bell = threading.Event()
        fill, read = kind.fill, Arrival.read

        def filled(table: Any, rows: Table, filling: Any) -> int:
            self.tables.append(rows)
            self.threads.append(threading.current_thread().name)
            return fill(table, rows, filling)

        def given(arrival: Arrival, at: int, most: int) -> bytes:
            data = read(arrival, at, most)
            self.bell.set()
            return data

        monkeypatch.setattr(kind, "fill", filled)
        monkeypatch.setattr(Arrival, "read", given)

    @property
    def overlapped(self) -> bool:
        """Whether the rows were filled in once, while they came."""
        return self.threads == ["dmr-ahead"]

    @property
    def anew(self) -> bool:
        """Whether a load while they came was given up, and another one has followed."""
        return self.threads == ["dmr-ahead", "MainThread"]


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
    assert filled.overlapped
    assert len(report.files) >= 3


def test_the_rows_are_those_of_a_load_that_waits(workspace: Workspace, tmp_path: Path) -> None:
    report = asked(workspace, f"duckdb:{tmp_path}/a.duckdb")
    first = report.load(f"duckdb:{tmp_path}/a.duckdb")
    other = report.load(f"duckdb:{tmp_path}/b.duckdb")
    assert rows(tmp_path / "a.duckdb") == rows(tmp_path / "b.duckdb") != []
    assert (first.rows, first.fingerprint, first.kept) == (other.rows, other.fingerprint, other.kept)


def test_rows_that_are_lost_while_they_come_are_missed_and_loaded_anew(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lossy(monkeypatch, ArrivingTable)
    filled, into = Filled(monkeypatch), f"duckdb:{tmp_path}/a.duckdb"
    report = asked(workspace, into)
    assert report.load(into).rows == len(rows(tmp_path / "a.duckdb")) == len(report.rows())
    assert filled.anew


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
    assert filled.overlapped
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
                if thread.name == "dmr-ahead":
                    thread.join(LONG)

    report = asked(workspace, into, listener)
    assert report.load(into).rows == len(report.rows()) == len(rows(tmp_path / "a.duckdb"))
    assert filled.anew


def test_a_file_is_read_while_it_comes(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlapping, "BEGINNING", 1000)
    for name in ("LONGEST_LINE", "_BUFFER"):
        monkeypatch.setattr(read, name, 1000)
    monkeypatch.setattr(bulk, "PIECE", 1000)
    filled, into = Filled(monkeypatch), f"duckdb:{tmp_path}/a.duckdb"

    def listener(progress: Progress) -> None:
        if progress.whole and progress.file == 1:
            assert filled.bell.wait(LONG), "no byte was given out before the first file was whole"

    report = asked(workspace, into, listener)
    assert report.load(into).rows == len(report.rows())
    assert rows(tmp_path / "a.duckdb") == sorted(report.iter_rows())
    assert filled.overlapped


@pytest.mark.parametrize(
    "fault", ["D1-cut", "D2-cut-chunked", "D9-bad-bytes", "D18-second-file-fails", "X4-zero-bytes"]
)
def test_whatever_a_download_meets_the_rows_are_those_that_are_kept(
    fault: str, twin: Twin, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlapping, "BEGINNING", 1000)
    monkeypatch.setattr(fetching, "pause_before_download", lambda *_: 0.0)
    filled, into = Filled(monkeypatch), f"duckdb:{tmp_path}/a.duckdb"
    twin.arm(fault, times=1)
    report = asked(workspace, into)
    assert twin.fired(fault) == 1
    assert report.load(into).rows == len(report.rows())
    assert rows(tmp_path / "a.duckdb") == sorted(report.iter_rows())
    twin.check(report)
    assert filled.threads[0] == "dmr-ahead"


def parquet(path: Path) -> list[tuple[Any, ...]]:
    return asked_of(f"SELECT day, video_id, views FROM '{path}' ORDER BY ALL")


def asked_of(sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as opened:
        return opened.execute(sql).fetchall()


def exported(workspace: Workspace, path: Path) -> Report:
    return workspace.submit(["VIEWS"], ["DAY", "VIDEO_ID"], **ASKED).wait(into=path)


def test_a_parquet_file_is_written_while_rows_come(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "SMALL", 0)
    path, threads = tmp_path / "a.parquet", list[str]()

    def written(*arguments: Any) -> None:
        threads.append(threading.current_thread().name)
        write_file(*arguments)

    monkeypatch.setattr(ahead, "write_file", written)
    report = exported(workspace, path)
    assert not path.exists()
    report.write(path)
    assert parquet(path) == sorted(report.iter_rows()) != []
    report.write(tmp_path / "b.parquet")
    assert [metadata(tmp_path / name) for name in ("a.parquet", "b.parquet")] == [metadata(path)] * 2
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.parquet", "b.parquet", "home"]
    assert threads == ["dmr-ahead"]


def metadata(path: Path) -> list[tuple[Any, ...]]:
    return asked_of(f"SELECT key, value FROM parquet_kv_metadata('{path}')")


def test_a_file_that_tells_of_warnings_is_written_when_they_are_known(
    twin: Twin, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "SMALL", 0)
    twin.arm("D10-no-hash", times=9)
    report = exported(workspace, tmp_path / "a.parquet")
    report.write(tmp_path / "a.parquet")
    assert "not verified by hash" in str(metadata(tmp_path / "a.parquet"))
    assert parquet(tmp_path / "a.parquet") == sorted(report.iter_rows()) != []
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.parquet", "home"]


def test_the_rows_of_a_small_file_keep_their_order(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    report = exported(workspace, path)
    report.write(path)
    assert asked_of(f"SELECT * FROM '{path}'") == list(report.iter_rows())


def test_a_parquet_file_that_nobody_ends_is_removed(
    twin: Twin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "SMALL", 0)
    with twin.workspace(tmp_path / "home") as workspace:
        exported(workspace, tmp_path / "a.parquet")
        assert list(tmp_path.glob(".a.parquet.*.ahead"))
    assert [one.name for one in tmp_path.iterdir()] == ["home"]


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
    assert filled.overlapped


async def awaited(workspace: AsyncWorkspace, into: str) -> Report:
    submitted = await workspace.submit(["VIEWS"], ["DAY", "VIDEO_ID"], **ASKED)
    return await submitted.wait(into=into)


def test_coroutines_load_beside_the_download_too(twin: Twin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled, into = Filled(monkeypatch), f"duckdb:{tmp_path}/a.duckdb"
    report = asyncio.run(awaited(twin.async_workspace(tmp_path / "home"), into))
    loaded = report.load(into)
    assert loaded.rows == len(report.rows()) == len(rows(tmp_path / "a.duckdb"))
    assert filled.overlapped


@pytest.mark.parametrize(
    ("here", "expected", "took", "begins"),
    [
        (1e6, 8e6, 0.01, True),  # the download is quicker than the load
        (1e6, 8e6, 60.0, False),  # a slow one, and the load would wait for most of its time
        (7e6, 8e6, 420.0, False),
        (7e8, 8e8, 280.0, True),  # 40 seconds are left of both
        (8e6, 8e6, 99.0, True),
    ],
)
def test_it_begins_no_earlier_than_it_has_to(here: float, expected: float, took: float, begins: bool) -> None:
    assert is_time(int(here), int(expected), took) is begins
