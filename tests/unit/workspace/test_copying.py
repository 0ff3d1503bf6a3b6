"""Two homes on one ledger: a report that one has fetched is copied by the other, and none is made for that."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dailymotion_reports.client.aio import AsyncClient
from dailymotion_reports.client.sync import Client
from dailymotion_reports.errors import ReportGone
from dailymotion_reports.jobs.sqlite_store import SqliteStore
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import AsyncWorkspace, Workspace
from dailymotion_reports.workspace.access import credentials_of, profile_of
from dailymotion_reports.workspace.keeping import open_archive

QUESTION: dict[str, Any] = {
    "metrics": "views",
    "dimensions": ["day", "video_title"],
    "start": "2023-07-01",
    "end": "2023-07-03",
}
HOURS = 3600.0


@pytest.fixture
def sandbox() -> Iterator[Twin]:
    with Twin.made(rows_per_file=50) as twin:
        yield twin


@contextmanager
def home(sandbox: Twin, folder: Path, name: str) -> Iterator[Workspace]:
    """A workspace with a home of its own, on the ledger that all of ``folder`` share."""
    settings, now, sleep = sandbox.settings(folder / name), sandbox.clock.seconds, sandbox.clock.sleep
    client = Client(profile_of(settings), credentials_of(settings), sandbox.transport, clock=now, sleep=sleep)
    store = SqliteStore(folder / "state" / "jobs.sqlite", name)
    pace: dict[str, Any] = {"clock": now, "sleep": sleep, "today": sandbox.clock.today, "fetchers": 0}
    with Workspace(client, open_archive(settings), settings, store=store, **pace) as workspace:
        yield workspace


def csv_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("report_*.csv"))


def test_the_same_question_in_another_home_is_read_and_downloaded_once_more(sandbox: Twin, tmp_path: Path) -> None:
    with home(sandbox, tmp_path, "a") as a, home(sandbox, tmp_path, "b") as b:
        first, second = a.report(**QUESTION), b.report(**QUESTION)
        sandbox.check(first)
        sandbox.check(second)
        assert (len(a.jobs()), sandbox.stats["reports_created"]) == (1, 1)
    copied = [path.read_bytes() for path in csv_files(tmp_path / "b")]
    assert len(copied) > 1
    assert copied == [path.read_bytes() for path in csv_files(tmp_path / "a")]


def test_a_copy_is_made_once_and_the_job_stays_as_it_was(sandbox: Twin, tmp_path: Path) -> None:
    with home(sandbox, tmp_path, "a") as a, home(sandbox, tmp_path, "b") as b:
        a.report(**QUESTION)
        (job,) = a.jobs()
        a.note_loaded([job.id], "duckdb:x")
        (job,) = a.jobs()
        b.report(**QUESTION)
        reads = sandbox.stats["status_reads"]
        b.report(**QUESTION)
        a.report(**QUESTION)
        assert sandbox.stats["status_reads"] == reads
        assert list(b.jobs()) == [job]
        assert job.stage == "loaded"


def test_a_job_is_fetched_by_its_id_in_whichever_home(sandbox: Twin, tmp_path: Path) -> None:
    with home(sandbox, tmp_path, "a") as a, home(sandbox, tmp_path, "b") as b:
        a.report(**QUESTION)
        sandbox.check(b.fetch([job.id for job in a.jobs()]))
        assert sandbox.stats["reports_created"] == 1


def test_an_empty_report_is_copied_too(sandbox: Twin, tmp_path: Path) -> None:
    question = QUESTION | {"start": "1999-01-01", "end": "1999-01-02"}
    with home(sandbox, tmp_path, "a") as a, home(sandbox, tmp_path, "b") as b:
        assert list(a.report(**question).rows()) == []
        assert list(b.report(**question).rows()) == []
        assert [job.stage for job in b.jobs()] == ["empty"]
        assert sandbox.stats["reports_created"] == 1


def test_files_that_were_taken_away_are_downloaded_again(sandbox: Twin, tmp_path: Path) -> None:
    with home(sandbox, tmp_path, "a") as a:
        a.report(**QUESTION)
        csv_files(tmp_path / "a")[0].unlink()
        sandbox.check(a.report(**QUESTION))
        assert sandbox.stats["reports_created"] == 1


def test_once_the_service_has_deleted_it_a_job_says_where_its_files_are(sandbox: Twin, tmp_path: Path) -> None:
    with home(sandbox, tmp_path, "a") as a, home(sandbox, tmp_path, "b") as b:
        a.report(**QUESTION)
        (job,) = a.jobs()
        sandbox.clock.sleep(48 * HOURS)
        with pytest.raises(ReportGone, match=f"{job.id} are not in this archive"):
            b.fetch([job.id])
        sandbox.check(a.fetch([job.id]))
        sandbox.check(b.report(**QUESTION))
        assert sandbox.stats["reports_created"] == 2


def test_a_report_that_vanished_early_is_told_and_asked_anew_where_that_is_wanted(
    sandbox: Twin, tmp_path: Path
) -> None:
    with home(sandbox, tmp_path, "a") as a, home(sandbox, tmp_path, "b") as b:
        a.report(**QUESTION)
        sandbox.arm("P2-expired")
        with pytest.raises(ReportGone):
            b.report(**QUESTION)
        sandbox.check(b.report(**QUESTION, fresh=True))
        assert sandbox.stats["reports_created"] == 2


def test_coroutines_copy_as_well(sandbox: Twin, tmp_path: Path) -> None:
    async def copied() -> None:
        settings, now, sleep = sandbox.settings(tmp_path / "b"), sandbox.clock.seconds, sandbox.clock.async_sleep
        way = profile_of(settings), credentials_of(settings), sandbox.async_transport
        client = AsyncClient(*way, clock=now, sleep=sleep)
        store = SqliteStore(tmp_path / "state" / "jobs.sqlite", "b")
        pace: dict[str, Any] = {"clock": now, "sleep": sleep, "today": sandbox.clock.today}
        async with AsyncWorkspace(client, open_archive(settings), settings, store=store, **pace) as b:
            sandbox.check(await b.report(**QUESTION))

    with home(sandbox, tmp_path, "a") as a:
        a.report(**QUESTION)
        asyncio.run(copied())
    assert sandbox.stats["reports_created"] == 1
    assert csv_files(tmp_path / "b")
