"""Which days are asked for: what was never told, and what was told too early, and nothing else."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dailymotion_reports.destinations.base import Told
from dailymotion_reports.project.due import DayTold, Low, days_told, due, final_on, is_due, low, windows
from dailymotion_reports.query.period import Window

FIRST = date(2026, 1, 1)
JANUARY = Window(FIRST, date(2026, 1, 31))
VIEWS = frozenset({"VIEWS"})


def day(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


def told(first: int, last: int, asked: int, rows: dict[int, int] | None = None, metrics: Iterable[str] = VIEWS) -> Told:
    counted = None if rows is None else {day(number): count for number, count in rows.items()}
    moment = datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(days=asked - 1)
    return Told(Window(day(first), day(last)), moment, frozenset(metrics), counted)


def test_what_was_never_told_is_due() -> None:
    assert due(JANUARY, {}, 3, day(32)) == tuple(JANUARY.dates())


def test_a_day_is_due_once_a_day_until_its_figures_no_longer_change() -> None:
    known = {day(10): DayTold(day(11), 5)}
    assert not is_due(day(10), known, 3, day(11))
    assert is_due(day(10), known, 3, day(12))


def test_a_day_that_was_told_when_its_figures_no_longer_change_is_never_due_again() -> None:
    known = {day(10): DayTold(day(13), 5)}
    assert not any(is_due(day(10), known, 3, day(today)) for today in range(13, 400))


def test_a_day_whose_last_answer_was_early_is_due_however_late_somebody_asks() -> None:
    known = {day(10): DayTold(day(12), 5)}
    assert is_due(day(10), known, 3, day(200))


def test_the_newest_answer_tells_and_one_that_lacks_a_metric_does_not() -> None:
    answers = [told(1, 4, 5, {1: 7}), told(3, 4, 6, {3: 9}), told(1, 4, 7, {}, metrics=["UPLOADS"])]
    assert days_told(answers, VIEWS) == {
        day(1): DayTold(day(5), 7),
        day(2): DayTold(day(5), 0),
        day(3): DayTold(day(6), 9),
        day(4): DayTold(day(6), 0),
    }


def test_an_answer_whose_rows_nobody_counted_is_no_empty_one() -> None:
    assert days_told([told(1, 1, 5)], VIEWS)[day(1)].rows is None


def test_windows_are_as_few_as_can_be_and_the_newest_comes_first() -> None:
    assert windows([day(n) for n in (1, 2, 3, 4, 5, 9, 10)], 3) == (
        Window(day(9), day(10)),
        Window(day(3), day(5)),
        Window(day(1), day(2)),
    )


@given(st.sets(st.integers(1, 400)), st.integers(1, 180))
def test_windows_hold_each_day_once_and_no_other(numbers: set[int], longest: int) -> None:
    days = sorted(map(day, numbers))
    made = windows(days, longest)
    assert sorted(one for window in made for one in window.dates()) == days
    assert all(window.days <= longest for window in made)
    assert list(made) == sorted(made, key=lambda one: one.start, reverse=True)
    runs = sum(1 for one in days if one - timedelta(days=1) not in days)
    assert len(made) <= runs + len(days) // longest


def test_moving_the_start_back_makes_the_missing_front_due_and_nothing_else() -> None:
    known = days_told([told(11, 20, 40, {})], VIEWS)
    assert due(Window(day(1), day(20)), known, 3, day(40)) == tuple(day(n) for n in range(1, 11))


def known(*views: int, asked: int | None = None) -> dict[date, DayTold]:
    """Days with so many views each, told the day after."""
    return {
        day(number): DayTold(day(asked or number + 1), min(count, 1), {"views": Decimal(count)} if count else {})
        for number, count in enumerate(views, 1)
    }


def test_a_day_below_half_of_what_is_usual_is_low() -> None:
    assert low(day(8), known(100, 90, 110, 100, 95, 105, 100, 49)) == (Low("views", Decimal(49), Decimal(100)),)
    assert not low(day(8), known(100, 90, 110, 100, 95, 105, 100, 50))


def test_against_fewer_than_three_days_nothing_is_low_but_an_empty_day() -> None:
    assert not low(day(3), known(100, 100, 1))
    assert low(day(3), known(100, 100, 0)) == (Low("rows", Decimal(0), Decimal(0)),)


def test_days_before_without_rows_are_not_what_is_usual() -> None:
    assert low(day(6), known(100, 100, 100, 0, 0, 10)) == (Low("views", Decimal(10), Decimal(100)),)


def test_a_low_day_is_due_until_it_was_asked_for_three_days_later_however_soon_others_are_final() -> None:
    days = known(100, 100, 100, 100, 10)
    assert [number for number in range(1, 6) if is_due(day(number), days, 1, day(40))] == [5]
    assert not is_due(day(5), days | {day(5): replace(days[day(5)], asked=day(8))}, 1, day(40))
    assert is_due(day(5), days | {day(5): replace(days[day(5)], asked=day(7))}, 1, day(40))


def test_days_just_behind_a_low_one_are_doubted_with_it() -> None:
    days = known(100, 100, 100, 100, 10, 100, 100, 100)
    assert [number for number in range(1, 9) if final_on(day(number), days, 1) > day(number + 1)] == [5, 6, 7]


def test_where_figures_settle_late_a_low_day_is_as_any_other() -> None:
    assert final_on(day(5), known(100, 100, 100, 100, 10), 8) == day(13)
