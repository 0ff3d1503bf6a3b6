"""Days of time zones in the independent answer, counted by hand: one view each hour."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from dailymotion_reports.errors import InvalidQuery, NotBuilt
from dailymotion_reports.sandbox.truth import truth_csv
from dailymotion_reports.sandbox.truth_days import hours_of
from dailymotion_reports.sandbox.world import World

FIRST, LAST = date(2018, 1, 1), date(2026, 1, 14)
TODAY = LAST + timedelta(days=1)
SUMMER, WINTER = date(2023, 3, 24), date(2023, 10, 27)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(today=TODAY, scale="tiny") as made:
        yield made


@pytest.fixture(scope="module")
def hourly() -> Iterator[World]:
    """A world in which somebody looks once each hour: about the turns of clocks, of a quarter and of a year."""
    with World(today=TODAY, scale="tiny") as made:
        for first in (SUMMER, WINTER, date(2023, 3, 10), date(2023, 11, 3), date(2023, 6, 29), date(2022, 12, 30)):
            made.ensure(first, first + timedelta(days=4))
        cursor = made.cursor()
        numbered = "SELECT rowid AS id, row_number() OVER (PARTITION BY day ORDER BY n) - 1 AS no FROM events"
        cursor.execute(f"UPDATE events SET n = no FROM ({numbered}) AS numbered WHERE events.rowid = id")
        cursor.execute("DELETE FROM events WHERE n > 23")
        cursor.execute("UPDATE events SET hour = n, views = 1, is_content = true")
        yield made


def ask(
    world: World,
    dimensions: str,
    start: str,
    end: str = "",
    *,
    metrics: str = "VIEWS",
    timezone: str = "UTC",
) -> list[list[str]]:
    """The rows without their header."""
    window = date.fromisoformat(start), date.fromisoformat(end or start)
    text = truth_csv(world, metrics.split(), dimensions.split(), *window, timezone=timezone)
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


@pytest.mark.parametrize(
    ("timezone", "day", "hours", "first", "last"),
    [
        ("Europe/Rome", "2023-03-25", 24, "2023-03-24 23", "2023-03-25 22"),
        ("Europe/Rome", "2023-03-26", 23, "2023-03-25 23", "2023-03-26 21"),
        ("Europe/Rome", "2023-03-27", 24, "2023-03-26 22", "2023-03-27 21"),
        ("Europe/Rome", "2023-10-29", 25, "2023-10-28 22", "2023-10-29 22"),
        ("America/New_York", "2023-03-12", 23, "2023-03-12 05", "2023-03-13 03"),
        ("America/New_York", "2023-11-05", 25, "2023-11-05 04", "2023-11-06 04"),
        ("Pacific/Kiritimati", "2023-07-01", 24, "2023-06-30 10", "2023-07-01 09"),
        ("Etc/GMT+12", "2023-07-01", 24, "2023-07-01 12", "2023-07-02 11"),
        ("UTC", "2023-07-01", 24, "2023-07-01 00", "2023-07-01 23"),
    ],
)
def test_a_day_of_a_zone_has_the_hours_between_its_midnights(
    hourly: World, timezone: str, day: str, hours: int, first: str, last: str
) -> None:
    found = hours_of(timezone, date.fromisoformat(day), date.fromisoformat(day), (FIRST, LAST))
    moments = [f"{there} {hour:02d}" for there, hour in found]
    assert (len(found), moments[0], moments[-1]) == (hours, first, last)
    assert {str(local) for local in found.values()} == {day}
    assert ask(hourly, "DAY", day, timezone=timezone) == [[day, str(hours)]]


def test_the_days_about_the_turn_of_the_clocks_are_counted_apart(hourly: World) -> None:
    assert ask(hourly, "DAY", "2023-03-25", "2023-03-27", timezone="Europe/Rome") == [
        ["2023-03-25", "24"],
        ["2023-03-26", "23"],
        ["2023-03-27", "24"],
    ]
    assert ask(hourly, "DAY", "2023-10-28", "2023-10-30", timezone="Europe/Rome") == [
        ["2023-10-28", "24"],
        ["2023-10-29", "25"],
        ["2023-10-30", "24"],
    ]


def test_hours_are_in_utc_whatever_the_zone(hourly: World) -> None:
    begin = datetime(2023, 10, 28, 22)  # noqa: DTZ001  (as it is written)
    assert ask(hourly, "DAY HOUR", "2023-10-29", timezone="Europe/Rome") == [
        ["2023-10-29", str(begin + timedelta(hours=number)), "1"] for number in range(25)
    ]


def test_a_month_and_a_quarter_begin_at_the_zone_s_midnight(hourly: World) -> None:
    assert ask(hourly, "MONTH QUARTER", "2023-06-30", "2023-07-01", timezone="Europe/Rome") == [
        ["2023-06", "2023-04-01", "24"],
        ["2023-07", "2023-07-01", "24"],
    ]
    hours = ask(hourly, "MONTH HOUR", "2023-06-30", "2023-07-01", timezone="Europe/Rome")
    assert next(hour for month, hour, _ in hours if month == "2023-07") == "2023-06-30 22:00:00"


def test_weeks_begin_on_mondays_and_years_in_january(hourly: World) -> None:
    assert ask(hourly, "WEEK YEAR", "2022-12-31", "2023-01-02") == [
        ["2022-12-26", "2022-01-01", "24"],
        ["2022-12-26", "2023-01-01", "24"],
        ["2023-01-02", "2023-01-01", "24"],
    ]


def test_periods_keep_the_order_in_which_they_are_asked(hourly: World) -> None:
    text = truth_csv(hourly, ["VIEWS"], ["YEAR", "DAY", "WEEK"], date(2023, 7, 1), date(2023, 7, 1))
    assert text == "year,day,week,views\n2023-01-01,2023-07-01,2023-06-26,24\n"


def test_uploads_are_known_by_the_hour(world: World) -> None:
    hours = ask(world, "HOUR", "2022-12-31", "2024-01-01", metrics="UPLOADS")
    before = [int(count) for hour, count in hours if "2022-12-31 23" <= hour < "2023-12-31 23"]
    assert ask(world, "YEAR", "2023-01-01", "2023-12-31", metrics="UPLOADS", timezone="Europe/Rome") == [
        ["2023-01-01", str(sum(before))]
    ]


@pytest.mark.parametrize("metric", ["STORAGE_USED_BYTES", "STORAGE_LIFETIME_USED_MEDIA_COUNT"])
def test_what_is_known_by_days_only_is_refused_by_name_in_another_zone(world: World, metric: str) -> None:
    with pytest.raises(NotBuilt, match=metric) as refusal:
        ask(world, "DAY", "2023-07-01", metrics=f"VIEWS {metric}", timezone="Europe/Rome")
    assert refusal.value.status == 501
    assert ask(world, "DAY", "2023-07-01", metrics=metric)


def test_a_level_of_a_week_is_that_of_its_last_day(world: World) -> None:
    (sunday,) = ask(world, "", "2023-07-02", metrics="STORAGE_USED_BYTES")
    (tuesday,) = ask(world, "", "2023-07-04", metrics="STORAGE_USED_BYTES")
    assert ask(world, "WEEK", "2023-06-28", "2023-07-04", metrics="STORAGE_USED_BYTES") == [
        ["2023-06-26", *sunday],
        ["2023-07-03", *tuesday],
    ]


def test_a_zone_that_there_is_not_is_refused_with_the_nearest(world: World) -> None:
    with pytest.raises(InvalidQuery, match=r"no time zone 'Europe/Romme'.* Did you mean Europe/Rome\?"):
        ask(world, "DAY", "2023-07-01", timezone="Europe/Romme")


@pytest.mark.parametrize(
    ("timezone", "day"),
    [
        ("Asia/Kolkata", "2023-07-01"),
        ("Asia/Kathmandu", "2023-07-01"),
        ("America/St_Johns", "2023-01-01"),
        ("Australia/Lord_Howe", "2023-07-01"),
        ("Asia/Pyongyang", "2018-02-01"),
    ],
)
def test_a_zone_whose_days_begin_within_an_hour_is_refused(world: World, timezone: str, day: str) -> None:
    with pytest.raises(InvalidQuery, match=f"{timezone} begin within an hour"):
        ask(world, "DAY", day, timezone=timezone)


def test_a_zone_is_refused_for_the_days_in_question_only() -> None:
    """Korea's north went over from half an hour to a whole one in May 2018."""
    day = date(2018, 6, 1)
    assert len(hours_of("Asia/Pyongyang", day, day, (FIRST, LAST))) == 24


@pytest.mark.parametrize(
    ("timezone", "day", "hours"),
    [
        ("Europe/Rome", LAST, 24),
        ("Europe/Rome", TODAY, 1),
        ("America/New_York", LAST, 19),
        ("America/New_York", FIRST - timedelta(days=1), 5),
        ("Europe/Rome", FIRST, 23),
        ("Europe/Rome", date.min, 0),
        ("America/New_York", date.max, 0),
    ],
)
def test_the_world_ends_with_its_last_hour_in_utc(timezone: str, day: date, hours: int) -> None:
    assert len(hours_of(timezone, day, day, (FIRST, LAST))) == hours


def test_any_two_days_are_a_window(hourly: World) -> None:
    assert len(hours_of("Europe/Rome", date.min, date.max, (FIRST, LAST))) == ((LAST - FIRST).days + 1) * 24
