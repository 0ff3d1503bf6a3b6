"""Days and windows: both ends included, UTC, never a clock."""

import contextlib
import inspect
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query import period
from dailymotion_reports.query.period import PERIOD_WORDS, Period, Window, parse_day

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


TODAY = date(2024, 3, 1)


def window(text: str, today: date | None = TODAY) -> str:
    return str(Period(text).window(today))


def refused(text: str, name: str = "period", today: date | None = TODAY) -> str:
    with pytest.raises(InvalidQuery) as caught:
        Period(text).window(today, name)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2023-07-04", "2023-07-04..2023-07-04"),
        ("2024-02", "2024-02-01..2024-02-29"),
        ("2023-12", "2023-12-01..2023-12-31"),
        ("2023-Q3", "2023-07-01..2023-09-30"),
        ("2023-q4", "2023-10-01..2023-12-31"),
        ("2023-W27", "2023-07-03..2023-07-09"),
        ("2020-W53", "2020-12-28..2021-01-03"),
        ("2024-w01", "2024-01-01..2024-01-07"),
        ("2023", "2023-01-01..2023-12-31"),
        ("9999-12", "9999-12-01..9999-12-31"),
        ("2023-07..2023-08", "2023-07-01..2023-08-31"),
        ("2023-07-04..2023-Q3", "2023-07-04..2023-09-30"),
        (" 2023-07 .. 2023-08 ", "2023-07-01..2023-08-31"),
    ],
)
def test_days_that_are_written_out_need_no_today(text: str, days: str) -> None:
    assert window(text, None) == days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("today", "2024-03-01..2024-03-01"),
        ("yesterday", "2024-02-29..2024-02-29"),
        ("last-1-day", "2024-02-29..2024-02-29"),
        ("last-28-days", "2024-02-02..2024-02-29"),
        ("Last 7 Days", "2024-02-23..2024-02-29"),
        ("LAST_7_DAYS", "2024-02-23..2024-02-29"),
        ("last-week", "2024-02-19..2024-02-25"),
        ("last-month", "2024-02-01..2024-02-29"),
        ("last-quarter", "2023-10-01..2023-12-31"),
        ("last-year", "2023-01-01..2023-12-31"),
        ("this-week", "2024-02-26..2024-03-01"),
        ("this-month", "2024-03-01..2024-03-01"),
        ("this-quarter", "2024-01-01..2024-03-01"),
        ("this-year", "2024-01-01..2024-03-01"),
        ("2024-02-20..yesterday", "2024-02-20..2024-02-29"),
        ("last-month..today", "2024-02-01..2024-03-01"),
    ],
)
def test_words_count_from_today(text: str, days: str) -> None:
    assert window(text) == days


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2023-13", "A year has months 01 to 12."),
        ("2023-00", "A year has months 01 to 12."),
        ("2023-Q5", "A year has quarters Q1 to Q4."),
        ("2023-W53", "2023 has weeks W01 to W52."),
        ("2020-W54", "2020 has weeks W01 to W53."),
        ("2023-02-29", "The calendar has no such day."),
        ("0000", "The calendar begins with the year 0001."),
        ("0000-W01", "The calendar begins with the year 0001."),
        ("9999-W52", "It lies beyond the calendar."),
        ("last-0-days", "One day is the least."),
        ("last-999999999-days", "It lies beyond the calendar."),
        ("2023-07..", "Both A and B of A..B are needed."),
        ("..", "Both A and B of A..B are needed."),
        ("lst-week", "Did you mean last-week?"),
        ("yesterdya", "Did you mean yesterday?"),
    ],
)
def test_C6_what_is_no_period_is_refused_with_the_reason(text: str, why: str) -> None:
    assert refused(text) == f"The period {text!r} is not one that is known. {why}"


@pytest.mark.parametrize("text", ["", "x", "2023-7", "20230701", "2023-07-0١", "07/2023", "last--days", "1..2..3"])
def test_C6_nonsense_is_refused_and_never_guessed_at(text: str) -> None:
    assert "is not one that is known." in refused(text)


def test_C6_a_message_repeats_no_more_than_the_beginning_of_nonsense() -> None:
    assert len(refused("y" * 100_000)) < 200


def test_C6_the_name_of_the_day_that_is_wrong_is_told() -> None:
    assert refused("x", "first day") == "The first day 'x' is not a day."


def test_C6_a_word_without_a_today_is_refused_and_says_what_is_missing() -> None:
    assert refused("yesterday", today=None) == (
        "The period 'yesterday' counts from today, and which day that is was not said."
    )


def test_C6_a_period_whose_end_lies_before_its_start_is_refused() -> None:
    assert refused("2023-08..2023-07").startswith("The period ends (2023-07-31) before it starts (2023-08-01)")


@given(DAYS, st.integers(1, 4000))
def test_the_last_days_are_as_many_as_asked_and_end_yesterday(today: date, days: int) -> None:
    found = Period(f"last-{days}-days").window(today)
    assert (found.days, found.end) == (days, today - timedelta(1))


@given(DAYS, st.sampled_from(["week", "month", "quarter", "year"]))
def test_what_is_past_and_what_is_begun_meet_without_gap_and_hold_today(today: date, unit: str) -> None:
    last, this = Period(f"last-{unit}").window(today), Period(f"this-{unit}").window(today)
    assert last.end + timedelta(1) == this.start
    assert this.end == today
    assert Period(f"last-{unit}").window(last.start) == Period(f"last-{unit}").window(last.end)


@given(DAYS)
def test_every_day_lies_in_the_month_quarter_week_and_year_it_is_in(day: date) -> None:
    year, week, _ = day.isocalendar()
    for text in (f"{day:%Y-%m}", f"{day.year}-Q{(day.month + 2) // 3}", f"{year}-W{week:02}", f"{day:%Y}", str(day)):
        found = Period(text).window()
        assert found.start <= day <= found.end


@given(st.integers(2005, 2099))
def test_the_parts_of_a_year_cover_it_exactly(year: int) -> None:
    whole = Period(f"{year}").window().days
    assert sum(Period(f"{year}-{month:02}").window().days for month in range(1, 13)) == whole
    assert sum(Period(f"{year}-Q{quarter}").window().days for quarter in range(1, 5)) == whole


@given(DAYS)
def test_every_word_that_is_offered_is_known(today: date) -> None:
    for word in PERIOD_WORDS:
        assert Period(word).window(today).days >= 1
        assert str(Period(word)) == word


@given(st.text(max_size=30))
def test_any_text_is_a_period_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidQuery):
        assert Period(text).window(TODAY).days >= 1


def days(start: str, end: str) -> Window:
    return Window(date.fromisoformat(start), date.fromisoformat(end))


def test_halves_are_the_whole_and_about_as_long_as_each_other() -> None:
    for count in range(2, 40):
        whole = days("2023-01-20", str(date(2023, 1, 19) + timedelta(count)))
        first, second = whole.halves()
        assert (first.start, second.end) == (whole.start, whole.end)
        assert second.start - first.end == timedelta(1)
        assert abs(first.days - second.days) <= 1
    assert days("2023-01-20", "2023-01-20").halves() == ()


def test_halves_of_months_begin_with_a_month() -> None:
    assert days("2023-01-20", "2023-12-31").halves(months=True)[1].start == date(2023, 7, 1)
    assert days("2022-12-20", "2023-01-02").halves(months=True)[1].start == date(2023, 1, 1)
    assert days("2023-02-02", "2023-02-28").halves(months=True) == ()


def test_a_window_lies_in_one_that_has_all_its_days() -> None:
    whole = days("2023-01-20", "2023-02-20")
    assert whole in whole
    assert days("2023-01-21", "2023-01-25") in whole
    assert days("2023-01-19", "2023-01-25") not in whole


def test_the_dates_of_a_window_are_its_days_in_order() -> None:
    assert list(Window(date(2024, 2, 28), date(2024, 3, 1)).dates()) == [
        date(2024, 2, 28),
        date(2024, 2, 29),
        date(2024, 3, 1),
    ]
