"""Sessions alone: which refresh tokens go on, and what ends them."""

import pytest

from dailymotion_reports.sandbox.sessions import Sessions


def made(**switches: bool) -> Sessions:
    numbers = iter(range(1000))
    return Sessions(lambda: str(next(numbers)), **switches)


def test_a_refresh_token_is_replaced_by_another_of_its_session() -> None:
    sessions = made()
    session = sessions.begin()
    first = sessions.refresh_token(session)
    second = sessions.renew(first)
    assert (sessions.of(first), sessions.of(second)) == (None, session)
    assert second.startswith("sandbox-")


def test_a_refresh_token_stays_where_they_do_not_rotate() -> None:
    sessions = made(rotate=False, reuse_revokes=True)
    token = sessions.refresh_token(sessions.begin())
    assert sessions.renew(token) == token
    assert not sessions.reused(token)


@pytest.mark.parametrize(("switch", "ends"), [(True, True), (False, False)])
def test_a_spent_token_ends_its_session_once_and_no_other(switch: bool, ends: bool) -> None:
    sessions = made(reuse_revokes=switch)
    mine, other = sessions.begin(), sessions.begin()
    spent, kept = sessions.refresh_token(mine), sessions.refresh_token(other)
    following = sessions.renew(spent)
    assert sessions.reused(spent) is ends
    assert sessions.lasts(mine) is not ends
    assert (sessions.of(following) is None) is ends
    assert sessions.of(kept) == other
    assert not sessions.reused(spent)


def test_a_token_that_nobody_gave_out_ends_nothing() -> None:
    sessions = made(reuse_revokes=True)
    session = sessions.begin()
    assert not sessions.reused("sandbox-nobody")
    assert sessions.lasts(session)
