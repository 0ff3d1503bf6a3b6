"""What is worth a remark: days that are sharply low, figures that moved far, rows that do not add up."""

from datetime import date
from decimal import Decimal

from dailymotion_reports.destinations.base import Change
from dailymotion_reports.project.due import DayTold, Low
from dailymotion_reports.project.remarks import Move, lows, moves, restated, unreconciled

DAY, NEXT = date(2026, 1, 1), date(2026, 1, 2)


def views(rows: int, count: str) -> DayTold:
    return DayTold(NEXT, rows, {"views": Decimal(count)})


def change(before: int | None, after: int | None, day: date = DAY) -> Change:
    numbers = (None if one is None else Decimal(one) for one in (before, after))
    return Change(day, "views", *numbers)


def test_the_figure_that_moved_farthest_comes_first_and_one_out_of_nothing_before_all() -> None:
    found = moves([change(100, 110), change(100, 40), change(None, 3), change(5, None)])
    assert [str(one) for one in found] == [
        "views of 2026-01-01 0 -> 3",
        "views of 2026-01-01 5 -> 0 (-100.0%)",
        "views of 2026-01-01 100 -> 40 (-60.0%)",
        "views of 2026-01-01 100 -> 110 (+10.0%)",
    ]


def test_figures_are_texts_with_every_digit_in_json() -> None:
    told = Move(DAY, "estimated_earnings_eur", Decimal("0.100001"), Decimal("1E+3")).as_dict()
    assert told == {"day": "2026-01-01", "column": "estimated_earnings_eur", "before": "0.100001", "after": "1000"}


def test_a_figure_is_remarked_that_moved_by_more_than_the_share_and_none_at_it() -> None:
    (remark,) = restated([change(100, 121), change(1000, 1200), change(7, 7)], 0.2)
    assert remark.kind == "restated"
    assert remark.text == "1 figure moved by more than 20%: views of 2026-01-01 100 -> 121 (+21.0%)."


def test_without_a_share_nothing_is_remarked() -> None:
    assert not list(restated([change(100, 1)], None))


def test_of_many_figures_three_are_named() -> None:
    (remark,) = restated([change(10 + number, 100) for number in range(9)], 0.0)
    assert remark.text.startswith("9 figures moved by more than 0%: ")
    assert remark.text.endswith(" and 6 more.")


def test_rows_that_add_up_to_the_totals_are_not_remarked() -> None:
    assert not list(unreconciled({DAY: views(3, "10")}, {DAY: {"views": Decimal(10)}}, 0.0))


def test_rows_that_lack_one_view_are_remarked_unless_the_share_allows_it() -> None:
    told, totals = {DAY: views(3, "99")}, {DAY: {"views": Decimal(100)}, NEXT: {"views": Decimal(0)}}
    (remark,) = unreconciled(told, totals, 0.0)
    assert remark.text == "The rows do not add up to the totals: 1 figure, views of 2026-01-01 100 -> 99 (-1.0%)."
    assert not list(unreconciled(told, totals, 0.01))


def test_a_day_without_rows_does_not_add_up_to_a_total() -> None:
    (remark,) = unreconciled({}, {DAY: {"views": Decimal(4)}}, 0.0)
    assert "views of 2026-01-01 4 -> 0 (-100.0%)" in remark.text


def test_money_may_differ_by_what_rounding_each_row_makes_of_it_and_whole_numbers_may_not() -> None:
    told, more = {DAY: views(4, "1.000002")}, {DAY: views(4, "1.000003")}
    assert not list(unreconciled(told, {DAY: {"views": Decimal(1)}}, 0.0))
    assert list(unreconciled(more, {DAY: {"views": Decimal(1)}}, 0.0))
    assert list(unreconciled({DAY: views(10**7, "101")}, {DAY: {"views": Decimal(100)}}, 0.0))


def test_a_low_day_is_remarked_with_what_is_usual_and_an_empty_one_among_empty_ones_is_not() -> None:
    found = {DAY: (Low("views", Decimal(3), Decimal(1000)),), NEXT: (Low("rows", Decimal(0), Decimal(0)),)}
    (remark,) = lows(found)
    assert remark.text == "Sharply low, and asked for again: views of 2026-01-01 3, usually 1,000."
    assert not list(lows({NEXT: found[NEXT]}))
