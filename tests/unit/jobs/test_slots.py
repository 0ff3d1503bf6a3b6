"""Slots: what takes one, until when, and that no wrong clock takes one for longer than a report lives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.jobs.made import NOW

from dailymotion_reports.jobs.job import Account, Attempt
from dailymotion_reports.jobs.slots import (
    FIRST_BLOCK,
    LONGEST_BLOCK,
    LONGEST_LIFE,
    STRANGERS_SEEN,
    Slots,
    block,
    holds,
    slots_of,
)

ACCOUNT = Account("account")


def attempt(until: float | None, outcome: str = "running") -> Attempt:
    return Attempt("j1", 1, "account", NOW, until, outcome)


@pytest.mark.parametrize(
    ("until", "held"), [(None, False), (NOW - 1, False), (NOW, False), (NOW + 1, True), (NOW + LONGEST_LIFE, True)]
)
def test_an_attempt_holds_a_slot_until_its_time_or_until_it_is_freed(until: float | None, held: bool) -> None:
    assert holds(attempt(until), NOW) is held


def test_slots_are_free_as_many_as_are_not_taken_and_never_fewer_than_none() -> None:
    assert [Slots(2, (NOW,) * taken).free for taken in range(4)] == [2, 1, 0, 0]


def test_the_next_slot_is_free_when_the_first_of_those_taken_is() -> None:
    assert Slots(2).next_free(NOW) == NOW
    assert Slots(2, (NOW + 5,)).next_free(NOW) == NOW
    assert Slots(2, (NOW + 9, NOW + 5)).next_free(NOW) == NOW + 5
    assert Slots(2, (NOW + 9, NOW + 5), blocked_until=NOW + 7).next_free(NOW) == NOW + 7
    assert Slots(2, (NOW + 9, NOW - 5)).next_free(NOW) == NOW


def test_what_was_lost_or_is_on_its_way_may_never_have_been_made() -> None:
    outcomes = ("perhaps asked", "lost", "running")
    made = slots_of(ACCOUNT, [attempt(NOW + 5, outcome) for outcome in outcomes], 4, NOW)
    assert (len(made.taken), made.perhaps, made.free) == (3, 2, 1)


def test_strangers_are_believed_to_be_there_for_as_long_as_a_report_lives() -> None:
    blocked = Account("account", blocked_since=NOW)
    assert slots_of(blocked, (), 2, NOW + STRANGERS_SEEN - 1).strangers
    assert not slots_of(blocked, (), 2, NOW + STRANGERS_SEEN).strangers
    assert not slots_of(ACCOUNT, (), 2, NOW).strangers


@pytest.mark.row("R9")
@given(st.floats(0, 4e9), st.floats(0, 4e9), st.floats(0, 4e9))
def test_R9_whatever_clock_wrote_it_no_slot_is_taken_for_longer_than_a_report_lives(
    now: float, until: float, blocked: float
) -> None:
    made = slots_of(Account("account", blocked_until=blocked), [attempt(until)] * 2, 2, now)
    assert all(now <= one <= now + LONGEST_LIFE for one in made.taken)
    assert made.blocked_until <= now + LONGEST_BLOCK + 1
    assert now <= made.next_free(now) <= now + LONGEST_LIFE


@given(st.integers(1, 200), st.floats(0, 1, exclude_max=True))
def test_gaps_between_refusals_grow_to_a_bound_and_are_spread(refusals: int, chance: float) -> None:
    gap = block(refusals, chance)
    assert FIRST_BLOCK * 0.75 <= gap <= LONGEST_BLOCK
    assert block(refusals + 1, chance) >= gap
    assert block(refusals, 0.0) <= gap


def test_the_first_gaps_are_short() -> None:
    assert [round(block(n, 0.0)) for n in (1, 2, 3)] == [15, 24, 38]


def test_a_slot_that_others_have_for_weeks_is_asked_for_every_few_minutes_for_ever() -> None:
    assert block(100_000, 0.0) == block(20, 0.0) == 225.0
