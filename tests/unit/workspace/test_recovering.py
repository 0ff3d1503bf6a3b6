"""A ledger made anew from the archive."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dailymotion_reports.settings import Settings
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace.ledger import opened_ledger
from dailymotion_reports.workspace.recovering import recovered
from dailymotion_reports.workspace.reloading import report_kept

DAYS: dict[str, Any] = {"start": "2023-07-01", "end": "2023-07-04"}
NOW = datetime(2026, 1, 15, 13, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with three answered questions, one of them loaded."""
    with Twin.made(report_seconds=0) as twin, twin.workspace(tmp_path / "home") as workspace:
        workspace.report(["VIEWS", "UPLOADS"], ["DAY"], **DAYS).load(f"duckdb:{tmp_path}/my.duckdb")
        workspace.report(["VIEWS"], ["VIDEO_ID"], **DAYS)
        workspace.report(["VIEWS"], ["DAY"], start="2010-01-01", end="2010-01-01")
    return twin.settings(tmp_path / "home")


def stages(settings: Settings) -> list[str]:
    with opened_ledger(settings) as store:
        return sorted(job.stage for job in store.jobs())


@pytest.mark.row("W3")
def test_W3_a_ledger_that_is_gone_is_made_anew(settings: Settings) -> None:
    before = stages(settings)
    for file in settings.folders.ledger.parent.glob("jobs.sqlite*"):
        file.unlink()
    done = recovered(settings, NOW)
    assert (done.jobs, done.kept_aside) == (len(before), None)
    assert (len(before), stages(settings).count("loaded")) == (4, 2)
    assert len(stages(settings)) == 4
    assert recovered(settings, NOW).jobs == 0, "what is there is not written down twice"


@pytest.mark.row("W3")
def test_W3_a_question_of_several_reports_is_put_together_by_the_new_jobs(settings: Settings) -> None:
    for file in settings.folders.ledger.parent.glob("jobs.sqlite*"):
        file.unlink()
    assert recovered(settings, NOW).questions == 1
    with opened_ledger(settings) as store:
        ids = [job.id for job in store.jobs(stages=["loaded"])]
    assert report_kept(settings, ids).columns == ("day", "views", "uploads")


@pytest.mark.row("W18")
@pytest.mark.parametrize("damage", [b"", b"no database at all"])
def test_W18_a_damaged_ledger_is_kept_aside_and_made_anew(damage: bytes, settings: Settings) -> None:
    for file in settings.folders.ledger.parent.glob("jobs.sqlite-*"):
        file.unlink()
    whole = settings.folders.ledger.read_bytes()
    broken = whole[:100] + damage + whole[200:4096] if damage else whole[: len(whole) // 2]
    settings.folders.ledger.write_bytes(broken)
    done = recovered(settings, NOW)
    assert done.jobs > 0
    assert done.kept_aside is not None
    assert done.kept_aside.read_bytes() == broken


@pytest.mark.row("W3")
def test_W3_a_ledger_of_an_old_copy_learns_what_it_does_not_know(settings: Settings, tmp_path: Path) -> None:
    with opened_ledger(settings) as store:
        newest = store.jobs()[0]
        assert store.prune(1e12) > 1
    assert recovered(settings, NOW).jobs > 1
    with opened_ledger(settings) as store:
        assert newest.request.fingerprint in {job.request.fingerprint for job in store.jobs()}
