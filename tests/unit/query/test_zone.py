"""Days of time zones: which hours of UTC they are made of."""

from datetime import date, datetime, time

import pytest

from dailymotion_reports.query.period import Window
from dailymotion_reports.query.recipe import Clocks
from dailymotion_reports.query.zone import clocks, utc_window, zone_problems

MARCH = Window(date(2023, 3, 26), date(2023, 3, 26))
OCTOBER = Window(date(2023, 10, 29), date(2023, 10, 29))


def test_the_utc_days_of_a_local_day_are_those_that_its_hours_lie_in() -> None:
    assert utc_window(MARCH, "Europe/Rome") == Window(date(2023, 3, 25), date(2023, 3, 26))
    assert utc_window(MARCH, "America/New_York") == Window(date(2023, 3, 26), date(2023, 3, 27))
    assert utc_window(MARCH, "Pacific/Auckland") == Window(date(2023, 3, 25), date(2023, 3, 26))


@pytest.mark.row("PF24")
@pytest.mark.parametrize(("day", "hours"), [(MARCH, 23), (OCTOBER, 25)])
def test_PF24_a_day_on_which_clocks_change_has_23_or_25_hours(day: Window, hours: int) -> None:
    within = clocks(utc_window(day, "Europe/Rome"), "Europe/Rome")
    ((change, after),) = within.changes
    assert hours == 24 - (after - within.first)
    assert change == datetime.combine(day.start, time(1))


def test_clocks_that_do_not_change_have_one_step() -> None:
    assert clocks(MARCH, "Asia/Tokyo") == Clocks("Asia/Tokyo", 9)


@pytest.mark.row("PF24")
@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Australia/Adelaide"])
def test_PF24_a_zone_of_half_hours_is_refused_with_one_of_whole_hours(zone: str) -> None:
    (problem,) = zone_problems(zone, MARCH)
    assert "not whole hours ahead of UTC" in problem.text
    assert "Etc/GMT-5" in problem.hint


def test_a_zone_that_there_is_not_says_which_was_probably_meant() -> None:
    (problem,) = zone_problems("Europe/Roma", MARCH)
    assert problem.text == "There is no time zone 'Europe/Roma'. Did you mean Europe/Rome?"
    assert list(zone_problems("../../etc/passwd", MARCH)) != []


@pytest.mark.parametrize("day", [date.min, date.max])
def test_days_that_reach_beyond_the_calendar_in_a_zone_are_a_mistake(day: date) -> None:
    (problem,) = zone_problems("Asia/Tokyo" if day == date.min else "America/New_York", Window(day, day))
    assert problem.text.endswith("reach beyond the calendar.")


def test_a_zone_may_be_whole_in_some_days_and_not_in_others() -> None:
    assert list(zone_problems("Asia/Pyongyang", Window(date(2018, 6, 1), date(2018, 6, 2)))) == []
    assert list(zone_problems("Asia/Pyongyang", Window(date(2018, 2, 1), date(2018, 2, 2)))) != []
