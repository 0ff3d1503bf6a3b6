"""Questions to a sandbox in process, on a clock that only those who wait move."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dailymotion_reports.errors import DmrError
from dailymotion_reports.jobs.job import Attempt
from dailymotion_reports.jobs.sqlite_store import SqliteStore
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import Workspace

QUESTION: Mapping[str, Any] = {
    "metrics": "VIEWS",
    "dimensions": ("DAY", "MEDIA_TYPE", "VISITOR_DEVICE_TYPE"),
    "start": "2023-07-01",
    "end": "2023-07-04",
}


def question(day: int) -> Mapping[str, Any]:
    """A question about one day of July 2023: each is another one."""
    return {**QUESTION, "start": f"2023-07-{day:02d}", "end": f"2023-07-{day:02d}"}


@contextmanager
def asked(home: Path, **switches: Any) -> Iterator[tuple[Twin, Workspace]]:
    """A sandbox, and a workspace that asks it; every fault that is armed must have fired at the end."""
    with Twin.made(**switches) as twin, twin.workspace(home) as workspace:
        yield twin, workspace
        assert twin.unfired == ()


def answered(twin: Twin, workspace: Workspace, day: int = 0) -> None:
    """The question has its true rows."""
    report = workspace.report(**(question(day) if day else QUESTION))
    twin.check(report)
    assert report.rows()


def all_here(twin: Twin, workspace: Workspace, *ids: str) -> None:
    """The jobs bring their true rows, each its own."""
    for id in ids:
        report = workspace.answer([id])
        twin.check(report)
        assert report.rows()


def figures(twin: Twin) -> tuple[int, int, int]:
    """Reports that were made, how many ran at once at most, and requests that were refused."""
    stats = twin.stats
    return stats["reports_created"], stats["peak_running"], stats["refusals"]


@contextmanager
def ledger(twin: Twin, home: Path) -> Iterator[JobStore]:
    """The ledger of a home."""
    store = SqliteStore(twin.settings(home).folders.ledger, "reader")
    try:
        yield store
    finally:
        store.close()


def attempts(twin: Twin, home: Path, id: str) -> list[Attempt]:
    """What became of each request for a job's report, the first first."""
    with ledger(twin, home) as store, store.book("any") as book:
        return list(book.attempts_of(id))


def code_of(error: DmrError | None) -> str:
    """The error's code, or nothing."""
    return error.code if error else ""
