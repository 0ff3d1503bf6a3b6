"""Summer time, leap days and year's ends, by row: days are UTC days, and each is asked for once."""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.faults.twins import asked, figures

from dailymotion_reports.query.question import Question
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import Workspace

pytestmark = [pytest.mark.thorough, pytest.mark.row("R10")]
PERIODS = {
    "a leap day": ("2024-02-27", "2024-03-02"),
    "no leap day": ("2023-02-27", "2023-03-02"),
    "a year's end": ("2023-12-30", "2024-01-02"),
    "summer time begins in Rome": ("2023-03-25", "2023-03-27"),
    "summer time ends in Rome": ("2023-10-28", "2023-10-30"),
    "summer time begins in New York": ("2023-03-11", "2023-03-13"),
    "summer time ends in New York": ("2023-11-04", "2023-11-06"),
    "a leap year, in several reports": ("2023-12-31", "2025-01-01"),
}
ZONES = ["UTC", "Europe/Rome", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"]


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The machine stands somewhere."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield str(request.param)
    monkeypatch.undo()
    time.tzset()


def days(workspace: Workspace, start: str, end: str) -> list[date]:
    """The days that are asked for, in the order of the reports."""
    plan = workspace.plan(Question("VIEWS", "DAY", start, end))
    return [one.window.start + timedelta(n) for one in plan.requests for n in range(one.window.days)]


@pytest.mark.parametrize(("start", "end"), PERIODS.values(), ids=PERIODS)
def test_R10_each_day_is_asked_for_once_and_has_its_true_rows(start: str, end: str, tmp_path: Path) -> None:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    wanted = [first + timedelta(n) for n in range((last - first).days + 1)]
    with asked(tmp_path) as (twin, workspace):
        assert days(workspace, start, end) == wanted
        report = workspace.report("VIEWS", "DAY", start=start, end=end)
        twin.check(report)
        assert [row["day"] for row in sorted(report.rows(), key=lambda row: str(row["day"]))] == wanted
        assert figures(twin) == (-(-len(wanted) // 180), min(2, -(-len(wanted) // 180)), 0)


def test_R10_yesterday_is_the_utc_day_wherever_the_machine_stands(zone: str, tmp_path: Path) -> None:
    with Twin.made(today="2024-03-01") as twin, twin.workspace(tmp_path) as workspace:
        found = []
        for hours in (0, 11.5, 1, 23.5, 1):
            twin.clock.advance(hours=hours)
            (request,) = workspace.plan(Question("VIEWS", "DAY", period="yesterday")).requests
            found.append(str(request.window.start))
        assert found == ["2024-02-29", "2024-02-29", "2024-03-01", "2024-03-02", "2024-03-02"], zone
        report = workspace.report("VIEWS", "DAY", period="yesterday")
        twin.check(report)
        assert [str(row["day"]) for row in report.rows()] == ["2024-03-02"]


def test_R10_one_who_asks_for_yesterday_each_day_over_a_year_asks_for_each_day_once(tmp_path: Path) -> None:
    with Twin.made(today="2024-01-01") as twin, twin.workspace(tmp_path) as workspace:
        found = []
        for _ in range(367):
            (request,) = workspace.plan(Question("VIEWS", "DAY", period="yesterday")).requests
            found.append(request.window.start)
            twin.clock.advance(days=1)
    assert found == [date(2023, 12, 31) + timedelta(n) for n in range(367)]
