"""When a schedule's time has come, on the clocks of a time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dailymotion_reports.project.schedule import last_time, problem

ROME, HERE = ZoneInfo("Europe/Rome"), ZoneInfo("UTC")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-03-10 06:29:59", "2026-03-09 06:30"),
        ("2026-03-10 06:30:00", "2026-03-10 06:30"),
        ("2026-03-10 06:30:00.5", "2026-03-10 06:30"),
        ("2026-03-10 23:00", "2026-03-10 06:30"),
    ],
)
def test_a_time_has_come_from_its_very_second_on(now: str, last: str) -> None:
    assert last_time("30 6 * * *", at(now), HERE) == at(last)


def test_the_clocks_are_those_of_the_time_zone() -> None:
    assert last_time("30 6 * * *", at("2026-01-10 12:00"), ROME) == at("2026-01-10 05:30")
    assert last_time("30 6 * * *", at("2026-07-10 12:00"), ROME) == at("2026-07-10 04:30")


def test_a_time_that_a_spring_night_leaves_out_comes_all_the_same() -> None:
    assert last_time("30 2 * * *", at("2026-03-29 12:00"), ROME) == at("2026-03-29 01:00")


def test_an_hour_that_an_autumn_night_has_twice_comes_once() -> None:
    first = last_time("30 2 * * *", at("2026-10-25 00:45"), ROME)
    assert last_time("30 2 * * *", at("2026-10-25 12:00"), ROME) == first == at("2026-10-25 00:30")


@pytest.mark.parametrize("text", ["30 6 * * *", "*/15 * * * *", "0 7 1 * *", "0 7 * * 1-5", "0 6 L * *"])
def test_what_cron_knows_is_a_schedule(text: str) -> None:
    assert not problem(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("daily", "five fields"),
        ("0 30 6 * * *", "five fields"),
        ("61 6 * * *", "bad minute"),
        ("0 25 * * *", "bad hour"),
        ("0 6 31 2 *", "bad day-of-month"),
        ("0 6 * * MOON", "bad day-of-week"),
        ("", "five fields"),
    ],
)
def test_what_never_comes_is_none_and_it_says_why(text: str, why: str) -> None:
    assert why in problem(text)
