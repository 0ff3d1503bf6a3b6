"""Quotients of whole numbers, exact at any size, whatever floating point numbers make of them."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.tables.sharing import engine

from dailymotion_reports.tables.quotient import Quotient, layered

MOST = 10**18
PAIRS = st.tuples(st.integers(-MOST, MOST), st.integers(-1, MOST))


def quotients(pairs: list[tuple[int, int]], times: int = 1) -> list[Decimal | None]:
    """The quotient of each pair, in order."""
    rows = ", ".join(f"({n}, {above}, {below})" for n, (above, below) in enumerate(pairs))
    one = Quotient("x", "CAST(a AS DECIMAL(27, 0))", "CAST(b AS DECIMAL(27, 0))", times)
    sql = layered(f"SELECT * FROM (VALUES {rows}) AS given(n, a, b)", [one])
    with engine().cursor() as opened:
        found = opened.execute(f"SELECT CAST({one.value} AS DECIMAL(38, 10)) FROM ({sql}) ORDER BY n").fetchall()
    return [value for (value,) in found]


def exact(above: int, below: int, times: int = 1) -> Decimal | None:
    """Rounded half to even at six decimals, by Python's own fractions."""
    return Decimal(round(Fraction(above * times, below) * 10**6)).scaleb(-6) if below > 0 else None


@pytest.mark.row("PF15")
@given(st.lists(PAIRS, min_size=1, max_size=40), st.sampled_from((1, 100, 1000)))
def test_PF15_a_quotient_is_exact_at_any_size(pairs: list[tuple[int, int]], times: int) -> None:
    assert quotients(pairs, times) == [exact(above, below, times) for above, below in pairs]


@given(st.lists(st.tuples(st.integers(-(10**15), 10**15), st.integers(1, 10**6)), min_size=1, max_size=40))
def test_a_half_goes_to_the_even_neighbour_on_both_sides_of_nothing(pairs: list[tuple[int, int]]) -> None:
    halves = [((2 * whole + 1) * below, 2 * 10**6 * below) for whole, below in pairs]
    assert quotients(halves) == [exact(above, below) for above, below in halves]


@pytest.mark.parametrize("below", [0, -1])
def test_nothing_is_divided_by_nothing(below: int) -> None:
    assert quotients([(7, below)]) == [None]
