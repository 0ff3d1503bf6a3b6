"""Troubles of a load, by row: what was acknowledged is there, what was before is intact, nothing is doubled."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.faults.twins import asked

from dailymotion_reports.destinations.duckdb_table import DuckDBTable
from dailymotion_reports.errors import ArchiveUnwritable, DestinationUnavailable, LoadError
from dailymotion_reports.files.loads import LoadRecord
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import Report, Workspace

DAYS: dict[str, Any] = {"start": "2023-07-01", "end": "2023-07-31"}
LIMITED = """import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from dailymotion_reports.cli.main import main
sys.exit(main(sys.argv[2:]))
"""
"""The command on a machine where no file grows beyond so many bytes: its disk is full, but for small files."""

KILLED = """import os, signal, sys
from dailymotion_reports.cli.main import main
from dailymotion_reports.workspace import overlapping
from dailymotion_reports.workspace.arrivals import Arrival
overlapping.SPEED = 1.0
def killing(arrival, at, most):
    if at or arrival.path.name != "report_1.csv":
        os.kill(os.getpid(), signal.SIGKILL)
    return read(arrival, at, most)
read, Arrival.read = Arrival.read, killing
sys.exit(main(sys.argv[1:]))
"""
"""The command that loads while files are on their way, and is killed when the first of them was read."""


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[tuple[Twin, Workspace]]:
    with asked(tmp_path / "home", report_seconds=0) as (twin, workspace):
        yield twin, workspace


def rows(path: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as opened:
        return opened.execute("SELECT * EXCLUDE (loaded_at) FROM report ORDER BY ALL").fetchall()


def sum_of(report: Report) -> int:
    return sum(row["views"] or 0 for row in report.rows())


def views_in(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as opened:
        return int(opened.execute("SELECT sum(views) FROM report").fetchall()[0][0])


@pytest.mark.row("W1")
def test_W1_a_load_that_is_killed_while_files_are_on_their_way_is_done_again_and_loses_nothing(tmp_path: Path) -> None:
    path, days = tmp_path / "my.duckdb", ("--from", "2023-07-01", "--to", "2023-07-03")
    asked_for = ["report", "views", "--by", "day,video-id", *days, "--into", f"duckdb:{path}"]
    with Twin.made(report_seconds=0, rows_per_file=400) as twin, twin.served() as found:
        home = {**os.environ, **found, "DMR_HOME": str(tmp_path / "home")}
        killed = subprocess.run([sys.executable, "-c", KILLED, *asked_for], env=home, capture_output=True)
        assert killed.returncode == -signal.SIGKILL
        assert path.exists(), "the load had not begun"
        done = subprocess.run([sys.executable, "-m", "dailymotion_reports", *asked_for], env=home, capture_output=True)
        assert done.returncode == 0, done.stderr
        with twin.workspace(tmp_path / "other") as workspace:
            report = workspace.report(["VIEWS"], ["DAY", "VIDEO_ID"], start=days[1], end=days[3])
            twin.check(report)
    with duckdb.connect(str(path), read_only=True) as opened:
        loaded = opened.execute("SELECT day, video_id, views FROM report ORDER BY ALL").fetchall()
    assert loaded == sorted(report.iter_rows())
    assert len(report.files) > 2


@pytest.mark.row("W2")
def test_W2_a_load_that_was_done_and_could_not_be_noted_is_done_again_and_doubles_nothing(
    at_work: tuple[Twin, Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, workspace = at_work
    report = workspace.report(["VIEWS"], ["DAY", "VIDEO_ID"], **DAYS)

    def full(self: LoadRecord, root: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LoadRecord, "keep", full)
    with pytest.raises(ArchiveUnwritable, match="The rows are loaded"):
        report.load(f"duckdb:{tmp_path}/my.duckdb")
    before = rows(tmp_path / "my.duckdb")
    assert len(before) == len(report.rows())
    monkeypatch.undo()
    report.load(f"duckdb:{tmp_path}/my.duckdb")
    assert rows(tmp_path / "my.duckdb") == before


@pytest.mark.thorough
@pytest.mark.row("W5")
@pytest.mark.parametrize("more", [0, 65536])
def test_W5_on_a_disk_that_is_full_what_was_there_stays_and_with_room_it_goes_on(
    more: int, at_work: tuple[Twin, Workspace], tmp_path: Path
) -> None:
    _, workspace = at_work
    path = tmp_path / "my.duckdb"
    workspace.report(["VIEWS"], ["DAY", "VIDEO_ID"], start="2023-06-01", end="2023-06-02").load(f"duckdb:{path}")
    before = rows(path)
    submitted = workspace.submit(["VIEWS"], ["DAY", "VIDEO_ID"], **DAYS)
    report = workspace.answer(submitted.ids)
    home = {**os.environ, "DMR_HOME": str(tmp_path / "home")}
    arguments = ["load", *submitted.ids, "--into", f"duckdb:{path}", "--json"]
    limited = [sys.executable, "-c", LIMITED, str(path.stat().st_size + more), *arguments]
    done = subprocess.run(limited, env=home, capture_output=True, text=True)
    if done.returncode == 0:
        assert more, "it was not full"
    else:
        assert done.returncode in (7, -signal.SIGABRT), done.stderr
        assert "Traceback" not in done.stderr
        assert rows(path) == before
        again = subprocess.run([sys.executable, "-m", "dailymotion_reports", *arguments], env=home, capture_output=True)
        assert again.returncode == 0, again.stdout
    assert views_in(path) == sum_of(report) + sum(row[2] for row in before)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


@pytest.mark.row("W10")
def test_W10_a_database_that_was_invalidated_is_opened_once_more_and_has_every_row_once(
    at_work: tuple[Twin, Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, workspace = at_work
    report = workspace.report(["VIEWS"], ["DAY"], **DAYS)
    whole, struck = DuckDBTable.commit, list[int]()

    def invalidated(self: DuckDBTable) -> None:
        if not struck:
            struck.append(1)
            raise duckdb.FatalException("FATAL Error: database has been invalidated because of a previous fatal error")
        whole(self)

    monkeypatch.setattr(DuckDBTable, "commit", invalidated)
    report.load(f"duckdb:{tmp_path}/my.duckdb?wait=0")
    assert struck
    assert views_in(tmp_path / "my.duckdb") == sum_of(report)


@pytest.mark.row("W10")
def test_W10_a_database_that_is_invalidated_each_time_is_an_error_and_what_was_there_stays(
    at_work: tuple[Twin, Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, workspace = at_work
    path = tmp_path / "my.duckdb"
    workspace.report(["VIEWS"], ["DAY"], start="2023-06-01", end="2023-06-02").load(f"duckdb:{path}")
    before = rows(path)

    def invalidated(self: DuckDBTable) -> None:
        raise duckdb.FatalException("FATAL Error: database has been invalidated because of a previous fatal error")

    monkeypatch.setattr(DuckDBTable, "commit", invalidated)
    with pytest.raises(LoadError) as caught:
        workspace.report(["VIEWS"], ["DAY"], **DAYS).load(f"duckdb:{path}?wait=0")
    assert isinstance(caught.value, DestinationUnavailable)
    assert rows(path) == before


@pytest.mark.thorough
@pytest.mark.row("W19")
def test_W19_a_recovery_that_is_killed_again_and_again_ends_as_one_that_was_not(
    at_work: tuple[Twin, Workspace], tmp_path: Path
) -> None:
    _, workspace = at_work
    path = tmp_path / "my.duckdb"
    for first in range(1, 5):
        report = workspace.report(["VIEWS"], ["DAY", "VIDEO_ID"], start=f"2023-07-0{first}", end=f"2023-07-0{first}")
        report.load(f"duckdb:{path}")
    before = rows(path)
    workspace.close()
    path.unlink()
    for file in (tmp_path / "home" / "state").glob("jobs.sqlite*"):
        file.unlink()
    home = {**os.environ, "DMR_HOME": str(tmp_path / "home")}
    killed = 0
    for command in (["jobs", "recover"], ["load", "--rebuild", "--into", f"duckdb:{path}"]):
        for line in (1, 2):
            killed += _killed_at([sys.executable, "-m", "dailymotion_reports", *command], line, home)
        done = subprocess.run(
            [sys.executable, "-m", "dailymotion_reports", *command, "--json"], env=home, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout
        assert json.loads(done.stdout)["ok"]
    assert killed, "no kill struck a living process"
    assert rows(path) == before


def _killed_at(command: list[str], line: int, environment: dict[str, str]) -> int:
    """Kill a command once it has said so many lines on stderr, or opened its ledger; 1 where it was alive then."""
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        for _ in range(line):
            if not process.stderr.readline():
                break
        alive = process.poll() is None
        process.send_signal(signal.SIGKILL)
        return int(alive and process.wait() == -signal.SIGKILL)
