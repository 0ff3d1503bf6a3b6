"""Cells that are shared out: the SQL, on rows that are made by hand and at random.

``DMR_TEST_FUZZ`` says how many are tried, ``DMR_TEST_FUZZ_SEED`` repeats a run.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, note, seed
from hypothesis import strategies as st
from tests.faults.budget import SEED, SETTINGS
from tests.shares import shared_out
from tests.unit.tables.test_rollup import answer, hour, planned

from dailymotion_reports.query.plan import Plan

JULY = date(2023, 7, 1)
Rows = Sequence[Mapping[str, Any]]


def by_hour(**more: Any) -> Plan:
    return planned("views,estimated-earnings-eur", "day,hour", **{"allocate_by": "views"} | more)


def views(*counts: int | None, day: int = 1) -> list[dict[str, Any]]:
    """Rows of the hours of a day of July, from midnight on."""
    return [{"day": date(2023, 7, day), "hour": hour(day, n), "views": count} for n, count in enumerate(counts)]


def money(*amounts: str | None) -> list[dict[str, Any]]:
    """Rows of days of July, from the first on."""
    made = (Decimal(one) if one else None for one in amounts)
    return [{"day": JULY + timedelta(n), "estimated_earnings_eur": one} for n, one in enumerate(made)]


def cells(made: Plan, fine: Rows, coarse: Rows) -> list[str | None]:
    """The last column of an answer."""
    return [None if row[-1] is None else f"{row[-1].normalize():f}" for row in answer(made, fine, coarse)]


def test_a_cell_is_shared_out_in_proportion() -> None:
    assert answer(by_hour(), views(1, 3), money("1.00")) == [
        (JULY, hour(1, 0), 1, Decimal("0.25")),
        (JULY, hour(1, 1), 3, Decimal("0.75")),
    ]


def test_what_is_left_over_goes_to_the_largest_remainders() -> None:
    assert cells(by_hour(), views(1, 2, 4), money("0.000010")) == ["0.000001", "0.000003", "0.000006"]
    assert cells(by_hour(), views(9, 6, 5), money("0.000001")) == ["0.000001", "0", "0"]


def test_where_remainders_are_alike_the_first_keys_have_it() -> None:
    assert cells(by_hour(), views(1, 1, 1), money("0.000002")) == ["0.000001", "0.000001", "0"]
    assert cells(by_hour(), list(reversed(views(1, 1, 1))), money("0.000002")) == ["0.000001", "0.000001", "0"]


def test_a_correction_below_nothing_is_shared_out_as_what_it_takes_back() -> None:
    assert cells(by_hour(), views(1, 2), money("-0.000010")) == ["-0.000003", "-0.000007"]


def test_money_goes_out_in_millionths_and_what_is_finer_in_the_finest_that_is_kept() -> None:
    assert cells(by_hour(), views(1, 1, 1), money("1")) == ["0.333334", "0.333333", "0.333333"]
    assert cells(by_hour(), views(1, 1, 1), money("1.0000001")) == ["0.3333333667", "0.3333333667", "0.3333333666"]


def test_counts_go_out_whole() -> None:
    made = planned("views,uploads", "day,hour", allocate_by="views")
    rows = answer(made, views(1, 1, 1), [{"day": JULY, "uploads": 4}])
    assert [row[-1] for row in rows] == [2, 1, 1]


def test_a_row_without_weight_takes_nothing_and_none_is_taken_below_nothing() -> None:
    assert cells(by_hour(), views(0, 5, None, -3), money("0.000007")) == ["0", "0.000007", "0", "0"]


@pytest.mark.parametrize("fine", [[], views(0, 0), views(-1), views(None)])
def test_a_cell_that_nothing_takes_of_stands_in_a_row_of_its_own(fine: Rows) -> None:
    rows = answer(by_hour(), fine, money("0.50"))
    assert rows[-1] == (JULY, None, None, Decimal("0.50"))
    assert [row[-1] for row in rows[:-1]] == [0] * len(fine)


def test_nothing_and_what_is_empty_needs_no_row_of_its_own() -> None:
    assert answer(by_hour(), [], money("0", None)) == []


def test_an_empty_cell_stays_empty_and_one_that_is_not_there_is_nothing() -> None:
    assert cells(by_hour(), [*views(1, 2), *views(3, day=2)], money(None)) == [None, None, "0"]


def test_a_row_of_its_own_has_the_dimensions_of_the_answer_that_its_report_has() -> None:
    made = planned("estimated-earnings-eur", "hour,week,video-id", allocate_by="views")
    rows = answer(made, [], [{"day": date(2023, 7, 6), "video_id": "v", "estimated_earnings_eur": Decimal(1)}])
    assert rows == [(None, date(2023, 7, 3), "v", Decimal(1))]


def test_what_is_shared_out_by_is_dropped_where_it_was_not_asked_for() -> None:
    made = planned("estimated-earnings-eur", "hour", allocate_by="views")
    assert answer(made, views(1, 3), money("4")) == [(hour(1, 0), Decimal(1)), (hour(1, 1), Decimal(3))]


def test_each_product_is_shared_out_by_itself() -> None:
    made = planned("estimated-earnings-eur", "hour", allocate_by="views", product=["content", "embed"])
    rows = answer(made, views(1), money("4"), views(5, 5), money("8"))
    assert [(row[0], row[-1]) for row in rows] == [("CONTENT", 4), ("EMBED", 4), ("EMBED", 4)]


def test_rows_of_several_windows_and_channels_are_one_before_they_are_shared_out() -> None:
    made = planned("views", "visibility", allocate_by="uploads")
    fine = [{"visibility": one, "uploads": 1} for one in ("PRIVATE", "PUBLIC", "PRIVATE")]
    assert answer(made, fine, [{"views": 2}, {"views": 1}]) == [("PRIVATE", 2), ("PUBLIC", 1)]


def local(*days: str, **more: Any) -> Plan:
    start, end = (f"2023-07-{one}" for one in (days * 2)[:2])
    names = {"allocate_by": "views", "timezone": "Asia/Tokyo", "start": start, "end": end}
    return planned("estimated-earnings-eur", **{"dimensions": "day"} | names | more)


def test_days_of_a_zone_are_made_of_the_shares_of_utc_hours() -> None:
    fine = [{"hour": hour(day, at), "views": 1} for day in (1, 2) for at in range(24)]
    rows = answer(local("02"), fine, money("24", "48"))
    assert rows == [(date(2023, 7, 2), Decimal(9 * 1 + 15 * 2))]


def test_a_utc_day_without_weights_is_no_day_of_a_zone_and_of_the_question_that_has_its_noon() -> None:
    first, second = (answer(local(day), [], money("1", "2", "4")) for day in ("01", "02"))
    assert (first, second) == ([(None, Decimal(1))], [(None, Decimal(2))])
    assert answer(local("02", dimensions=""), [], money("1", "2", "4")) == [(Decimal(2),)]


@pytest.mark.parametrize("cell", ["99999999999999999", "-12345678901234567.123456", "0.0000000001"])
def test_large_amounts_lose_no_digit(cell: str) -> None:
    rows = answer(by_hour(), views(7, 10**9, 123_456_789, 1), money(cell))
    assert sum(row[-1] for row in rows) == Decimal(cell)
    wanted, _ = shared_out({1: Decimal(cell)}, dict(enumerate((7, 10**9, 123_456_789, 1))), lambda _: 1, int)
    assert [row[-1] for row in rows] == list(wanted.values())


def test_what_is_too_large_is_an_error_and_no_other_number() -> None:
    with pytest.raises(duckdb.Error):
        answer(by_hour(), views(10**18, 10**18), money("9999999999999999.0000000001"))


days = st.integers(1, 3)
counts = st.none() | st.integers(-3, 12) | st.integers(0, 10**9)
amounts = st.builds(
    lambda units, decimals: Decimal(units).scaleb(-decimals), st.integers(-(10**12), 10**12), st.integers(0, 10)
)
fine_rows = st.dictionaries(st.tuples(days, st.integers(0, 23)), counts, max_size=12)
coarse_rows = st.dictionaries(days, st.just(Decimal(0)) | amounts)


@seed(SEED)
@SETTINGS
@given(fine_rows, coarse_rows)
def test_every_total_is_kept_to_the_last_unit_whatever_weights_and_cells(
    fine: dict[tuple[int, int], int | None], coarse: dict[int, Decimal]
) -> None:
    note(f"again: DMR_TEST_FUZZ_SEED={SEED}")
    rows = answer(
        by_hour(),
        [{"day": date(2023, 7, day), "hour": hour(day, at), "views": count} for (day, at), count in fine.items()],
        [{"day": date(2023, 7, day), "estimated_earnings_eur": cell} for day, cell in coarse.items()],
    )
    totals = defaultdict[int, Decimal](Decimal)
    for day, _, _, cell in rows:
        totals[day.day] += cell
    assert {day: cell for day, cell in totals.items() if cell} == {day: cell for day, cell in coarse.items() if cell}
    weights = {key: count or 0 for key, count in fine.items()}
    parts, left = shared_out(coarse, weights, lambda key: key[0], lambda key: key)
    wanted = [(date(2023, 7, day), hour(day, at), count, parts.get((day, at), 0)) for (day, at), count in fine.items()]
    alone = [(date(2023, 7, day), None, None, cell) for day, cell in left.items()]
    assert rows == [*sorted(wanted, key=lambda row: row[1]), *sorted(alone, key=lambda row: row[0])]


def test_an_hour_is_shared_out_of_its_own_day_only() -> None:
    fine = [{"hour": datetime(2023, 7, day, at), "views": 1} for day, at in ((1, 23), (2, 0))]  # noqa: DTZ001
    made = planned("estimated-earnings-eur", "hour", allocate_by="views")
    assert [row[-1] for row in answer(made, fine, money("1", "2"))] == [1, 2]
