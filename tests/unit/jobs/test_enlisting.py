"""Who asks the same shares one report, within an age; and what was parked is taken up by whoever asks again."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.jobs.made import NOW, REQUEST, job, ready, submitting, waiting
from tests.unit.made import request_for

from dailymotion_reports.jobs.enlisting import REUSE_SECONDS, Wish, enlist, entry_of, take_up, withdraw
from dailymotion_reports.jobs.job import Account, Job
from dailymotion_reports.jobs.lifecycle import is_withdrawn
from dailymotion_reports.jobs.memory_store import MemoryStore
from dailymotion_reports.jobs.states import (
    Empty,
    Failed,
    Fetched,
    Gone,
    Loaded,
    Parked,
    Planned,
    State,
)

ACCOUNT = "account"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore("a")


def wished(
    store: MemoryStore, *, now: float = NOW, kept: Callable[[Job], bool] = lambda _: True, **wish: Any
) -> tuple[Job, ...]:
    """The jobs of a wish, by default for one question."""
    names = (f"new{n}" for n in itertools.count(len(store.jobs())))
    known: dict[str, Any] = {"account": ACCOUNT, "profile": "public", "requests": (REQUEST,)} | wish
    return enlist(store, Wish(**known), now, names.__next__, kept)


def there(store: MemoryStore, state: State, **changed: Any) -> Job:
    """A job for the same question that is there already."""
    one = job(state, **changed)
    with store.book(one.account) as book:
        book.keep_account(Account(one.account, last_number=1))
        book.keep(one)
    return one


def test_jobs_of_new_questions_are_numbered_in_order_and_say_why(store: MemoryStore) -> None:
    two = (REQUEST, request_for(["VIEWS"], ["DAY"], start="2023-08-01", end="2023-08-04", reason="part 2 of 2"))
    jobs = wished(store, requests=two)
    assert [(one.number, one.stage, one.lane, one.wished) for one in jobs] == [
        (1, "planned", "daily", NOW),
        (2, "planned", "daily", NOW),
    ]
    assert [store.history(one.id)[0].reason for one in jobs] == ["asked for", "part 2 of 2"]
    assert [one.last_number for one in store.accounts()] == [2]


def test_the_same_question_twice_in_one_wish_is_one_job(store: MemoryStore) -> None:
    first, second = wished(store, requests=(REQUEST, REQUEST))
    assert first == second
    assert len(store.jobs()) == 1


OPEN: list[State] = [Planned(), submitting(), waiting(), ready(), Gone(NOW, "gone")]


@pytest.mark.row("C8")
@pytest.mark.parametrize("state", OPEN)
def test_C8_an_open_job_is_shared_however_old_it_is(store: MemoryStore, state: State) -> None:
    shared = there(store, state)
    assert wished(store, now=NOW + 40 * 3600) == (shared,)


KEPT: list[State] = [Fetched("e", NOW, NOW), Empty("e", NOW, NOW), Loaded("e", NOW, NOW, "duckdb:///x")]


@pytest.mark.parametrize("state", KEPT)
class TestAnAnswerThatIsHere:
    def test_is_used_again_within_its_age_and_not_afterwards(self, store: MemoryStore, state: State) -> None:
        shared = there(store, state)
        assert wished(store, now=NOW + REUSE_SECONDS) == (shared,)
        (later,) = wished(store, now=NOW + REUSE_SECONDS + 1)
        assert later.stage == "planned"

    def test_counts_from_when_it_was_asked_for(self, store: MemoryStore, state: State) -> None:
        shared = there(store, replace(state, asked=NOW - 500, at=NOW - 5))  # type: ignore[arg-type]
        assert wished(store, now=NOW + 99) == (shared,)
        assert wished(store, now=NOW + 101) != (shared,)

    def test_is_not_used_where_its_age_may_be_none(self, store: MemoryStore, state: State) -> None:
        there(store, state)
        assert wished(store, now=NOW + 1, reuse=0.0)[0].stage == "planned"

    def test_is_not_used_where_its_files_are_gone(self, store: MemoryStore, state: State) -> None:
        there(store, state)
        (new,) = wished(store, kept=lambda one: entry_of(one) != "e")
        assert new.stage == "planned"

    def test_is_not_used_where_a_fresh_one_is_wanted(self, store: MemoryStore, state: State) -> None:
        there(store, state)
        assert wished(store, fresh=True)[0].stage == "planned"

    def test_from_a_clock_that_was_ahead_is_not_used(self, store: MemoryStore, state: State) -> None:
        there(store, state)
        assert wished(store, now=NOW - 1)[0].stage == "planned"


def test_fresh_shares_only_what_was_not_asked_for_yet(store: MemoryStore) -> None:
    running = there(store, waiting())
    (new,) = wished(store, fresh=True)
    assert (new.id != running.id, new.stage) == (True, "planned")
    assert wished(store, fresh=True) == (new,)


def test_what_has_failed_is_asked_for_anew(store: MemoryStore) -> None:
    there(store, Failed(NOW, "api.query_refused", "no"))
    assert wished(store)[0].stage == "planned"


PARKED: list[tuple[Any, State]] = [
    (Planned(NOW + 900), Planned()),
    (waiting(look_at=NOW + 50), waiting(look_at=NOW)),
    (ready(failures=4), ready(not_before=NOW)),
]


@pytest.mark.parametrize(("before", "after"), PARKED)
def test_what_was_parked_is_taken_up_where_it_stopped(store: MemoryStore, before: Any, after: State) -> None:
    parked = there(store, Parked(NOW, "api.not_allowed", "no", before), again=3, owner="dead", lease_until=NOW + 9)
    (taken,) = wished(store)
    assert (taken.id, taken.state, taken.again, taken.owner) == (parked.id, after, 0, "")
    assert store.history(parked.id)[-1].reason == "taken up again"


def test_taking_up_by_name_leaves_others_as_they_are(store: MemoryStore) -> None:
    parked = there(store, Parked(NOW, "api.not_allowed", "no", Planned()))
    running = there(store, waiting(), id="j2", number=2)
    done = take_up(store, (parked, running), NOW)
    assert [one.stage for one in done] == ["planned", "waiting"]
    assert store.job("j2") == running


def test_a_backfill_that_somebody_waits_for_is_promoted_and_a_daily_one_never_put_back(store: MemoryStore) -> None:
    (slow,) = wished(store, lane="backfill")
    (fast,) = wished(store)
    assert (slow.id, slow.lane, fast.lane) == (fast.id, "backfill", "daily")
    assert [one.lane for one in wished(store, lane="backfill")] == ["daily"]
    assert [one.lane for one in store.jobs()] == ["daily"]


def test_another_account_shares_nothing(store: MemoryStore) -> None:
    mine = there(store, waiting())
    (other,) = wished(store, account="other")
    assert (other.id != mine.id, other.account, other.number) == (True, "other", 1)


def test_whoever_asks_wants_it_to_be_tried_now(store: MemoryStore) -> None:
    with store.book(ACCOUNT) as book:
        book.keep_account(Account(ACCOUNT, down_until=NOW + 3600, failures=3, due=NOW + 99, spans=(5.0,)))
    wished(store)
    (account,) = store.accounts()
    assert (account.down_until, account.due, account.profile, account.spans) == (0.0, 0.0, "public", (5.0,))


def test_what_was_not_asked_for_yet_is_given_up_and_asked_anew_by_whoever_wants_it(store: MemoryStore) -> None:
    one = there(store, Planned(), owner="gone", lease_until=NOW - 1)
    withdraw(store, [one], NOW)
    (given_up,) = store.jobs()
    assert is_withdrawn(given_up)
    assert (given_up.is_open, given_up.owner, store.history(one.id)[-1].state) == (False, "", "failed")
    (again,) = wished(store)
    assert (again.id, again.stage) == ("new1", "planned")


@pytest.mark.parametrize("state", [submitting(), waiting(), ready(), Gone(NOW, "gone"), Fetched("entry", NOW, NOW)])
def test_what_was_asked_for_is_not_given_up(store: MemoryStore, state: State) -> None:
    one = there(store, state)
    withdraw(store, [one], NOW)
    assert [*store.jobs()] == [one]


def test_what_somebody_has_in_hand_is_not_given_up(store: MemoryStore) -> None:
    one = there(store, Planned(), owner="b", lease_until=NOW + 60)
    withdraw(store, [one], NOW)
    assert [*store.jobs()] == [one]
