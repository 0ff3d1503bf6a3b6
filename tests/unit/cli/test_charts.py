"""Charts in one line: in proportion, and never failing on nothing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dailymotion_reports.cli.charts import bar, gathered, sparkline


@pytest.mark.parametrize(
    ("value", "drawn"),
    [(8, "████"), (4, "██"), (1, "▌"), (0, ""), (None, ""), (-1, ""), (Decimal("2.5"), "█▎")],
)
def test_a_bar_is_in_proportion(value: int | Decimal | None, drawn: str) -> None:
    assert bar(value, 8, 4) == drawn


def test_a_bar_of_nothing_is_nothing() -> None:
    assert bar(0, 0, 10) == bar(None, 0, 10) == bar(-5, -1, 10) == ""


@given(st.integers(0, 2**63), st.integers(1, 2**63), st.integers(0, 200))
def test_a_bar_is_never_wider_than_its_room(value: int, largest: int, width: int) -> None:
    for ascii_only in (False, True):
        drawn = bar(min(value, largest), largest, width, ascii_only=ascii_only)
        assert len(drawn) <= width
        assert not ascii_only or drawn.isascii()


def test_a_sparkline_goes_from_the_smallest_to_the_largest() -> None:
    assert sparkline([0, 7, None, 3]) == "▁█ ▄"
    assert sparkline([0, 7, None, 3], ascii_only=True) == "_# ~"
    assert sparkline([5, 5]) == "▄▄"
    assert sparkline([]) == sparkline([None]) == ""


@given(st.lists(st.none() | st.decimals(-(10**20), 10**20, places=10), max_size=50))
def test_a_sparkline_has_one_mark_a_value(values: list[Decimal | None]) -> None:
    assert len(sparkline(values)) in (len(values), 0)


@given(st.lists(st.none() | st.integers(0, 10**9), min_size=1, max_size=300), st.integers(1, 80))
def test_gathered_values_fit_and_lie_between_those_they_stand_for(values: list[int | None], most: int) -> None:
    found = gathered(values, most)
    known = [value for value in values if value is not None]
    assert len(found) <= most
    assert all(min(known) <= value <= max(known) for value in found if value is not None)
    assert any(value is not None for value in found) == bool(known)
