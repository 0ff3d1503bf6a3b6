"""How days stand: what the table tells goes before what the ledger tells."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.states import Failed, Parked, Planned
from dailymotion_reports.jobs.states import State as Stage
from dailymotion_reports.project.coverage import Coverage, states
from dailymotion_reports.project.due import DayTold
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest

FIRST = date(2026, 1, 1)
WEEK = Window(FIRST, FIRST + timedelta(days=6))
JOB = Job("a2", "account", "private", ReportRequest(("VIEWS",), ("DAY",), WEEK, {}, "CONTENT"), Planned(), 0.0)


def ledger(*jobs: Job) -> Callable[[], Sequence[Job]]:
    """The jobs of an account, the newest first."""
    return lambda: jobs


def unread() -> Sequence[Job]:
    raise AssertionError("the ledger was asked")


def day(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


def test_each_day_stands_as_its_last_answer_has_it() -> None:
    known = {day(1): DayTold(day(5), 3), day(2): DayTold(day(5), 0), day(3): DayTold(day(5), 9)}
    found = states(Window(day(1), day(4)), known, ledger(), 3)
    assert list(found.values()) == ["loaded", "empty", "provisional", "never"]


def test_an_empty_day_is_provisional_until_it_was_empty_when_figures_no_longer_change() -> None:
    assert states(Window(day(1), day(1)), {day(1): DayTold(day(2), 0)}, unread, 3) == {day(1): "provisional"}


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (Planned(), "asked"),
        (Failed(0.0, "report.failed", "It failed."), "failed"),
        (Parked(0.0, "api.not_authenticated", "Refused.", Planned()), "parked"),
    ],
)
def test_a_day_that_no_table_knows_stands_as_its_newest_job(state: Stage, told: str) -> None:
    jobs = ledger(replace(JOB, state=state), replace(JOB, id="b3", state=Failed(0.0, "report.failed", "It failed.")))
    assert set(states(WEEK, {}, jobs, 3).values()) == {told}


def test_an_account_s_jobs_are_not_read_where_the_table_knows_each_day() -> None:
    known = {one: DayTold(day(20), 3) for one in WEEK.dates()}
    assert set(states(WEEK, known, unread, 3).values()) == {"loaded"}


def test_holes_are_told_as_windows() -> None:
    days = dict.fromkeys((day(1), day(2)), "never") | {day(3): "loaded", day(4): "failed", day(5): "provisional"}
    one = Coverage("views", "private", days)  # type: ignore[arg-type]
    assert one.holes == (Window(day(1), day(2)), Window(day(4), day(4)))
    assert one.counts() == {"loaded": 1, "provisional": 1, "failed": 1, "never": 2}
