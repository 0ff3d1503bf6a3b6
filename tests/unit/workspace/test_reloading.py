"""Destinations filled again from the archive, without anybody being asked."""

from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any

import duckdb
import pytest

from dailymotion_reports.errors import ArchiveDamaged, ArchiveUnwritable, UsageError
from dailymotion_reports.files.loads import loads_in
from dailymotion_reports.settings import Settings
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import Workspace
from dailymotion_reports.workspace.reloading import load_kept, rebuilt

DAYS: dict[str, Any] = {"start": "2023-07-01", "end": "2023-07-04"}


@pytest.fixture
def twin() -> Iterator[Twin]:
    with Twin.made(report_seconds=0) as made:
        yield made


@pytest.fixture
def workspace(twin: Twin, tmp_path: Path) -> Iterator[Workspace]:
    with twin.workspace(tmp_path / "home") as made:
        yield made


@pytest.fixture
def settings(twin: Twin, tmp_path: Path) -> Settings:
    return twin.settings(tmp_path / "home")


def table(path: Path, name: str = "report") -> list[tuple[Any, ...]]:
    """Every row but for when it was loaded."""
    with duckdb.connect(str(path), read_only=True) as opened:
        return opened.execute(f'SELECT * EXCLUDE (loaded_at) FROM "{name}" ORDER BY ALL').fetchall()


def heard(_: object) -> None:
    """Nobody listens."""


def archive_of(settings: Settings) -> Path:
    return settings.folders.data / "archive"


@pytest.mark.row("W4")
def test_W4_a_warehouse_that_was_deleted_is_as_it_was_without_a_call(
    twin: Twin, workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "my.duckdb"
    workspace.report(["VIEWS", "UPLOADS"], ["DAY"], **DAYS).load(f"duckdb:{path}")
    workspace.report(["VIEWS"], ["DAY"], timezone="Europe/Rome", **DAYS).load(f"duckdb:{path}?table=local")
    workspace.report(["VIEWS"], ["VIDEO_ID"], **DAYS).load(f"duckdb:{path}?table=videos")
    before = {name: table(path, name) for name in ("report", "local", "videos")}
    asked = twin.stats["reports_created"], twin.stats["status_reads"], twin.stats["token_requests"]
    path.unlink()
    done = rebuilt(settings, f"duckdb:{path}", heard)
    assert [one.error for one in done] == [None] * 3
    assert {name: table(path, name) for name in before} == before
    assert (twin.stats["reports_created"], twin.stats["status_reads"], twin.stats["token_requests"]) == asked


@pytest.mark.row("W4")
def test_W4_one_table_of_several_is_filled_alone(workspace: Workspace, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "my.duckdb"
    for name in ("a", "b"):
        workspace.report(["VIEWS"], ["DAY"], **DAYS).load(f"duckdb:{path}?table={name}")
    path.unlink()
    assert [one.receipt.table for one in rebuilt(settings, f"duckdb:{path}?table=b", heard) if one.receipt] == ["b"]


@pytest.mark.row("W3")
def test_W3_without_a_ledger_it_is_filled_all_the_same(
    workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "my.duckdb"
    workspace.report(["VIEWS", "UPLOADS"], ["DAY"], **DAYS).load(f"duckdb:{path}")
    before = table(path)
    path.unlink()
    workspace.close()
    for file in settings.folders.ledger.parent.glob("jobs.sqlite*"):
        file.unlink()
    rebuilt(settings, f"duckdb:{path}", heard)
    assert table(path) == before


def test_W15_loads_are_done_again_in_the_order_in_which_they_were_asked_for(
    twin: Twin, workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    """The newest answer wins however the loads were done."""
    path = tmp_path / "my.duckdb"
    older = workspace.report(["VIEWS"], ["DAY"], **DAYS)
    twin.clock.advance(seconds=3600)
    newer = workspace.report(["VIEWS"], ["DAY"], start="2023-07-03", end="2023-07-05", fresh=True)
    newer.load(f"duckdb:{path}")
    assert older.load(f"duckdb:{path}").kept == 2
    before = table(path)
    path.unlink()
    rebuilt(settings, f"duckdb:{path}", heard)
    assert table(path) == before


def test_what_the_archive_no_longer_holds_is_told_and_keeps_no_other(
    workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "my.duckdb"
    workspace.report(["VIEWS"], ["DAY"], **DAYS).load(f"duckdb:{path}")
    gone = workspace.report(["VIEWS"], ["DAY"], start="2023-08-01", end="2023-08-02")
    gone.load(f"duckdb:{path}")
    gone.files[0].unlink()
    path.unlink()
    done = rebuilt(settings, f"duckdb:{path}", heard)
    assert sorted(type(one.error).__name__ for one in done) == ["ArchiveUnwritable", "NoneType"]
    assert len(table(path)) == 4
    assert ArchiveUnwritable in {type(one.error) for one in done}


def test_an_answer_of_which_a_byte_has_changed_since_is_not_loaded_and_keeps_no_other(
    workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "my.duckdb"
    workspace.report(["VIEWS"], ["DAY"], **DAYS).load(f"duckdb:{path}")
    rotten = workspace.report(["VIEWS"], ["DAY"], start="2023-08-01", end="2023-08-02")
    rotten.load(f"duckdb:{path}")
    file = rotten.files[0]
    digits = [at for at, byte in enumerate(file.read_bytes()) if chr(byte).isdigit()]
    data = bytearray(file.read_bytes())
    data[digits[-1]] ^= 1  # another digit
    file.write_bytes(data)
    path.unlink()
    done = rebuilt(settings, f"duckdb:{path}", heard)
    assert [type(one.error) for one in done] == [NoneType, ArchiveDamaged]
    assert len(table(path)) == 4


def test_a_report_that_was_fetched_again_stands_for_the_one_that_is_gone(
    workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "my.duckdb"
    report = workspace.report(["VIEWS"], ["DAY"], **DAYS)
    report.load(f"duckdb:{path}")
    report.folder.rename(report.folder.with_name(f"20991231T235959Z-{report.manifest.report[:8]}"))
    before = table(path)
    path.unlink()
    assert [one.error for one in rebuilt(settings, f"duckdb:{path}", heard)] == [None]
    assert table(path) == before


def test_a_place_that_nothing_was_loaded_into_is_refused_with_those_there_are(
    workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    workspace.report(["VIEWS"], ["DAY"], **DAYS).load(f"duckdb:{tmp_path}/my.duckdb")
    with pytest.raises(UsageError, match="Nothing was loaded") as caught:
        rebuilt(settings, f"duckdb:{tmp_path}/other.duckdb", heard)
    assert "my.duckdb" in caught.value.hint


def test_jobs_are_loaded_from_the_archive_as_the_question_was(
    twin: Twin, workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    submitted = workspace.submit(["VIEWS", "UPLOADS"], ["DAY"], **DAYS)
    with pytest.raises(UsageError, match="are not here"):
        load_kept(settings, submitted.ids, f"duckdb:{tmp_path}/my.duckdb", 0.0)
    workspace.answer(submitted.ids)
    report, receipt = load_kept(settings, submitted.ids, f"duckdb:{tmp_path}/my.duckdb", twin.clock.seconds())
    assert receipt.rows == len(report.rows()) == 4
    assert [job.stage for job in workspace.jobs(submitted.ids)] == ["loaded", "loaded"]


def test_the_same_load_twice_leaves_one_note(workspace: Workspace, settings: Settings, tmp_path: Path) -> None:
    for _ in range(2):
        workspace.report(["VIEWS"], ["DAY"], **DAYS).load(f"duckdb:{tmp_path}/my.duckdb")
    (record,) = loads_in(archive_of(settings))
    assert "VIEWS" in record.question
    (file,) = (archive_of(settings) / "loads").iterdir()
    assert file.stat().st_mode & 0o077 == 0
