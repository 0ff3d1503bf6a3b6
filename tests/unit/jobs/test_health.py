"""What calls tell of a service: it is spoken to less and less while it is in trouble, and one answer mends all."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.jobs.made import HOUR, NOW

from dailymotion_reports.errors import (
    BrokenOff,
    ConnectFailed,
    DmrError,
    MissingScope,
    NotAllowed,
    NotAuthenticated,
    PerhapsAccepted,
    QueryRefused,
    RateLimited,
    SecretsUnusable,
    ServerFault,
    TimedOut,
    TooManyReports,
)
from dailymotion_reports.jobs.health import (
    LONGEST_DOWN,
    PAUSES,
    PROBE,
    SIGN_IN_AGAIN,
    after_asking,
    after_looking,
    down_until,
    insisted,
)
from dailymotion_reports.jobs.job import Account
from dailymotion_reports.jobs.slots import LONGEST_BLOCK

ACCOUNT = Account("account", profile="public", last_number=7)
NO_ANSWER: list[DmrError] = [TimedOut(), BrokenOff(), ConnectFailed(), ServerFault("502")]


@pytest.mark.parametrize("error", NO_ANSWER, ids=lambda error: error.code)
def test_pauses_grow_while_no_answer_comes_up_to_one_call_a_minute(error: DmrError) -> None:
    account, pauses = ACCOUNT, []
    for _ in range(9):
        account = after_looking(account, error, NOW, 0.5)
        pauses.append(account.down_until - NOW)
    assert pauses == [pause + 0.5 for pause in (*PAUSES, *[PROBE] * 5)]
    assert PROBE > 60
    assert (account.failures, account.down_since, account.trouble) == (9, NOW, error.message)


def test_one_answer_makes_up_for_all() -> None:
    down = after_looking(after_looking(ACCOUNT, TimedOut(), NOW, 0.0), TimedOut(), NOW, 0.0)
    assert after_looking(down, None, NOW + 9, 0.0) == ACCOUNT
    assert after_asking(down, None, NOW + 9, 0.0) == ACCOUNT


def test_a_refusal_is_an_answer() -> None:
    down = after_looking(ACCOUNT, TimedOut(), NOW, 0.0)
    assert after_looking(down, QueryRefused("no"), NOW, 0.0) == ACCOUNT


@pytest.mark.row("C3")
@pytest.mark.row("C4")
def test_C4_want_of_a_slot_is_waited_out_with_growing_gaps_and_the_servers_words_kept() -> None:
    account, gaps = ACCOUNT, []
    for _ in range(12):
        account = after_asking(account, TooManyReports("Zwei\nlaufen schon."), NOW, 0.0)
        gaps.append(account.blocked_until - NOW)
    assert gaps == sorted(gaps)
    assert (gaps[0], gaps[-1] <= LONGEST_BLOCK) == (15.0, True)
    assert (account.refusals, account.blocked_since, account.words) == (12, NOW, "Zwei laufen schon.")
    assert account.down_until == 0.0
    assert after_asking(account, None, NOW, 0.0) == ACCOUNT


@pytest.mark.row("C3")
def test_C3_who_is_told_to_slow_down_when_he_asks_may_look_meanwhile() -> None:
    account = after_asking(ACCOUNT, RateLimited("slowly", retry_after=120.0), NOW, 0.5)
    assert (account.blocked_until, account.down_until, account.failures) == (NOW + 120, 0.0, 0)


@pytest.mark.parametrize(("asked", "pause"), [(None, 2.5), (1.0, 2.5), (90.0, 90.0)])
def test_who_is_told_to_slow_down_when_he_looks_waits_as_long_as_he_is_told(asked: float | None, pause: float) -> None:
    account = after_looking(ACCOUNT, RateLimited("slowly", retry_after=asked), NOW, 0.5)
    assert account.down_until == NOW + pause


@pytest.mark.row("P10")
def test_P10_a_request_that_was_perhaps_accepted_is_no_answer() -> None:
    account = after_asking(ACCOUNT, PerhapsAccepted("cut"), NOW, 0.5)
    assert (account.failures, account.down_until) == (1, NOW + 2.5)


NO_WAY_IN: list[DmrError] = [NotAuthenticated(), NotAllowed(), SecretsUnusable("the kept tokens cannot be read")]


@pytest.mark.parametrize("error", NO_WAY_IN, ids=lambda error: error.code)
def test_a_sign_in_that_cannot_be_is_not_tried_again_for_an_hour_unless_a_person_wants_it(error: DmrError) -> None:
    for account in (after_looking(ACCOUNT, error, NOW, 0.5), after_asking(ACCOUNT, error, NOW, 0.5)):
        assert account.down_until == NOW + SIGN_IN_AGAIN
        assert down_until(insisted(account), NOW) == 0.0


def test_a_scope_that_one_question_lacks_is_no_trouble_of_the_account() -> None:
    down = replace(ACCOUNT, failures=2, down_since=NOW, down_until=NOW + 5.0)
    for account in (ACCOUNT, down):
        assert after_asking(account, MissingScope("access_revenue"), NOW, 0.5) == account


@pytest.mark.row("R9")
@given(st.floats(0, 4e9), st.floats(0, 4e9))
def test_R9_whatever_clock_wrote_it_nobody_is_silent_for_longer_than_an_hour(now: float, until: float) -> None:
    assert down_until(replace(ACCOUNT, down_until=until), now) <= now + LONGEST_DOWN + 1


@pytest.mark.row("P10")
def test_P10_six_hours_of_trouble_cost_less_than_a_call_a_minute() -> None:
    account, now, calls = ACCOUNT, NOW, 0
    while now < NOW + 6 * HOUR:
        account = after_looking(account, ServerFault("503"), now, 0.0)
        now, calls = account.down_until, calls + 1
    assert 300 < calls <= 360
