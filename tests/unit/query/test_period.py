"""Days and windows: both ends included, UTC, never a clock."""

import inspect
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query import period
from dailymotion_reports.query.period import Window, parse_day

DAYS = st.dates(date(2005, 1, 1), date(2100, 1, 1))


def test_one_day_has_the_same_start_and_end() -> None:
    assert Window(date(2023, 7, 1), date(2023, 7, 1)).days == 1


def test_both_ends_are_counted() -> None:
    assert Window(date(2023, 7, 1), date(2023, 7, 4)).days == 4
    assert Window(date(2024, 2, 28), date(2024, 3, 1)).days == 3, "a leap year"


def test_C6_a_period_that_ends_before_it_starts_is_refused_with_both_days() -> None:
    with pytest.raises(InvalidQuery) as caught:
        Window(date(2023, 7, 4), date(2023, 7, 3))
    assert caught.value.problems == ("The period ends (2023-07-03) before it starts (2023-07-04).",)
    assert "same start and end" in caught.value.hint


@given(DAYS, st.integers(0, 400), st.integers(1, 400))
def test_a_cut_window_starts_where_it_did_and_is_as_long_as_it_may_be(start: date, more: int, days: int) -> None:
    window = Window(start, start + timedelta(more))
    cut = window.cut_to(days)
    assert cut.start == start
    assert cut.days == min(days, window.days)


def test_windows_are_values() -> None:
    first, second = Window(date(2023, 7, 1), date(2023, 7, 2)), Window(date(2023, 7, 2), date(2023, 7, 2))
    assert first == Window(date(2023, 7, 1), date(2023, 7, 2))
    assert len({first, second, Window(date(2023, 7, 2), date(2023, 7, 2))}) == 2
    assert sorted([second, first]) == [first, second]
    assert str(first) == "2023-07-01..2023-07-02"


@pytest.mark.parametrize("given", ["2023-07-01", date(2023, 7, 1), datetime.fromisoformat("2023-07-01T23:59")])
def test_a_day_is_a_date_or_written_with_hyphens(given: str | date) -> None:
    day = parse_day(given)
    assert day == date(2023, 7, 1)
    assert type(day) is date


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "2023-7-1",
        "20230701",
        "2023-07-32",
        "2023-02-29",
        "01/07/2023",
        " 2023-07-01",
        "2023-07-01T00",
        "2023-07-0١",
        "0000-01-01",
    ],
)
def test_C6_what_is_no_day_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_day(text, "first day")
    assert caught.value.problems == (f"The first day {text!r} is not a day.",)
    assert "YYYY-MM-DD" in caught.value.hint


def test_C6_the_day_of_a_numbered_week_is_not_a_day() -> None:
    with pytest.raises(InvalidQuery, match="not a day"):
        parse_day("2023-W27-1")


def test_no_clock_is_asked() -> None:
    assert ".today(" not in inspect.getsource(period)
    assert ".now(" not in inspect.getsource(period)
