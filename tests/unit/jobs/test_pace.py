"""When reports are looked at: rarely enough to spare the service, often enough that no slot idles for long."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dailymotion_reports.jobs import pace

SECONDS = st.floats(0, 1e6)
SPANS = st.lists(SECONDS, max_size=pace.REMEMBERED)

QUARTERS = (840.0, 900.0, 960.0) * 5
"""What reports take that are much alike."""


def test_a_report_that_never_ends_is_looked_at_less_and_less_often() -> None:
    assert pace.gap([pace.OVERDUE], QUARTERS) <= pace.LONGEST
    assert pace.gap([pace.OVERDUE + 1], QUARTERS) == pytest.approx(390, rel=0.01)
    assert pace.gap([47 * 3600.0], QUARTERS) == pace.LONGEST_OVERDUE
    assert pace.gap([47 * 3600.0, 900.0], QUARTERS) < pace.LONGEST, "one call asks for both, and the other may end"


@given(st.lists(SECONDS, max_size=20), SPANS)
def test_a_gap_is_within_its_bounds_whatever_was_seen(ages: list[float], spans: list[float]) -> None:
    assert pace.SHORTEST <= pace.gap(ages, spans) <= pace.longest(min(ages, default=0.0))


@given(SECONDS, SECONDS, st.floats(-1, 14), st.floats(0.25, 5))
def test_an_end_is_likelier_the_longer_one_waits(age: float, after: float, middle: float, spread: float) -> None:
    found = pace.ended_by(age, after, middle, spread)
    assert 0 <= found <= pace.ended_by(age, after + 10, middle, spread) + 1e-9 <= 1 + 2e-9


@given(SECONDS, SPANS, st.floats(0.05, 0.9))
def test_what_remains_is_never_negative_and_grows_with_how_sure_one_wants_to_be(
    age: float, spans: list[float], share: float
) -> None:
    assert 0 <= pace.remaining(age, spans, share) <= pace.remaining(age, spans, min(share + 0.09, 0.99)) + 1e-6


def test_nothing_known_means_that_what_is_young_may_be_quick() -> None:
    assert pace.gap([0.0], ()) == pace.SHORTEST
    assert pace.gap([10.0], ()) == pytest.approx(pace.SHORTEST + 4.0)


def test_a_report_is_left_alone_while_none_like_it_has_ever_been_finished() -> None:
    assert pace.gap([10.0], QUARTERS) == pace.LONGEST
    assert pace.gap([900.0], QUARTERS) < 0.6 * pace.LONGEST


def test_two_reports_are_looked_at_more_often_than_one_by_one_call_for_both() -> None:
    one, both = pace.gap([900.0], QUARTERS), pace.gap([900.0, 900.0], QUARTERS)
    assert both == pytest.approx(one / math.sqrt(2), rel=0.05)


@pytest.mark.parametrize("age", [0.05, 300.0, 700.0, 900.0])
def test_a_gap_idles_a_slot_for_as_long_as_its_call_is_worth(age: float) -> None:
    spans = [20.0 + n for n in range(10)] if age < 1 else QUARTERS
    middle, spread = pace.fitted(spans)
    found = pace.gap([age], spans)
    if found < pace.LONGEST:
        points = [pace.ended_by(age, found * (n + 0.5) / 1000, middle, spread) for n in range(1000)]
        assert sum(points) * found / 1000 == pytest.approx(pace.PRICE, rel=0.05)
    else:
        assert age < 700


@pytest.mark.parametrize("true", [0.7, 2.2, 8.0, 30.0, 100.0, 660.0])
def test_reports_that_are_alike_are_not_looked_at_later_each_time(true: float) -> None:
    """What is learned is what was seen: looks after some gap, and the end somewhere between the last two."""
    spans: list[float] = []
    for _ in range(80):
        age = last = 0.05
        looks = 0
        while age < true:
            last, looks = age, looks + 1
            age += pace.gap([age], spans)
        assert looks < 40
        spans = [*spans, (last + age) / 2][-pace.REMEMBERED :]
    assert age - true < 3.5 + true / 6
    assert pace.fitted(spans)[0] == pytest.approx(math.log(true), abs=0.75)


def test_what_was_believed_at_first_is_forgotten() -> None:
    middle, spread = pace.fitted((900.0,) * pace.REMEMBERED)
    assert math.exp(middle) == pytest.approx(900.0, rel=0.02)
    assert spread < 0.3
    assert pace.fitted(()) == (math.log(60.0), 1.8)


def test_the_rest_of_a_report_is_guessed_by_those_like_it() -> None:
    assert pace.remaining(0.0, QUARTERS) == pytest.approx(800, rel=0.2)
    assert pace.remaining(0.0, QUARTERS, 0.9) > pace.remaining(0.0, QUARTERS, 0.5)
    assert pace.remaining(1200.0, QUARTERS) > 0
