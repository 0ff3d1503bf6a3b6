"""Whose turn it is: slots, lanes, batches and patience, by workers on one ledger in virtual time."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.unit.jobs.made import HOUR, NOW, Clock, job, ready, waiting
from tests.unit.jobs.remote import ACCOUNT, Remote, requests, stages, turned, wished, worked, worker_of

from dailymotion_reports.errors import SecretsUnusable
from dailymotion_reports.jobs.job import RETENTION
from dailymotion_reports.jobs.lifecycle import MAX_AGAIN
from dailymotion_reports.jobs.memory_store import MemoryStore
from dailymotion_reports.jobs.slots import LONGEST_LIFE
from dailymotion_reports.jobs.states import Parked
from dailymotion_reports.jobs.steps import FetchJob, Finished, Pause, ProbeService, ReadJobs, SubmitJob
from dailymotion_reports.wire.reporting import MAX_ALIASES


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore("a")


def test_without_jobs_there_is_nothing_to_do(store: MemoryStore, clock: Clock) -> None:
    assert worker_of(store, clock).next() == Finished()


def test_a_job_is_asked_for_looked_at_fetched_and_done(store: MemoryStore, clock: Clock) -> None:
    remote, worker = Remote(clock), worker_of(store, clock)
    wished(store, *requests(1))
    kinds = [type(turned(worker, remote)) for _ in range(2)]
    assert kinds == [SubmitJob, Pause]
    worked(remote, worker)
    assert [move.state for move in store.history("j1")] == ["planned", "submitting", "waiting", "ready", "fetched"]
    assert (remote.fetched, len(remote.reports)) == (["j1"], 1)


def test_slots_are_never_over_the_limit_with_two_owners(store: MemoryStore, clock: Clock) -> None:
    remote = Remote(clock)
    wished(store, *requests(9))
    worked(remote, worker_of(store, clock), worker_of(store.sharing("b"), clock))
    assert stages(store) == ["fetched"] * 9
    assert (len(remote.reports), remote.peak, remote.refusals) == (9, 2, 0)
    assert sorted(remote.fetched) == [f"j{n}" for n in range(1, 10)]


def test_two_owners_share_the_work(store: MemoryStore, clock: Clock) -> None:
    remote = Remote(clock)
    wished(store, *requests(9))
    worked(remote, worker_of(store, clock), worker_of(store.sharing("b"), clock))
    owners = {move.owner for n in range(1, 10) for move in store.history(f"j{n}") if move.state == "submitting"}
    assert owners == {"a", "b"}


def test_another_account_has_slots_of_its_own(store: MemoryStore, clock: Clock) -> None:
    wished(store, *requests(3))
    first, other = worker_of(store, clock), replace(worker_of(store, clock), account="other")
    assert isinstance(first.next(), SubmitJob)
    assert isinstance(first.next(), SubmitJob)
    assert isinstance(first.next(), Pause)
    assert other.next() == Finished()


def test_daily_goes_before_backfill_whenever_a_slot_is_free(store: MemoryStore, clock: Clock) -> None:
    remote, worker = Remote(clock), worker_of(store, clock)
    wished(store, *requests(8)[:5], lane="backfill", prefix="b")
    worked(remote, worker, until=NOW + 10)
    wished(store, *requests(8)[5:], now=NOW + 10, prefix="d")
    worked(remote, worker)
    lanes = {job.request.fingerprint: job.id[0] for job in store.jobs()}
    assert [lanes[made.fingerprint] for made in remote.reports] == list("bbdddbbb")


def test_backfill_never_starves_daily_however_much_there_is(store: MemoryStore, clock: Clock) -> None:
    """A daily job that comes every hour waits for a running report at most, never for the queue behind it."""
    remote, worker = Remote(clock, seconds=600), worker_of(store, clock)
    questions = requests(40)
    wished(store, *questions[:30], lane="backfill", prefix="b")
    waits = []
    for n in range(10):
        (daily,) = wished(store, questions[30 + n], now=clock.now, prefix="d")
        begun = clock.now
        worked(remote, worker, until=clock.now + HOUR)
        waits.append(store.history(daily.id)[1].at - begun)
    assert max(waits) <= 600 + 60
    assert remote.peak == 2


@pytest.mark.row("R15")
def test_R15_what_is_wrong_with_the_way_in_stops_one_job_and_spoils_none_of_those_behind_it(
    store: MemoryStore, clock: Clock
) -> None:
    worker = worker_of(store, clock)
    wished(store, *requests(3))
    step = worker.next()
    assert isinstance(step, SubmitJob)
    worker.asked(step, SecretsUnusable("the kept tokens cannot be read: too many open files"))
    assert stages(store) == ["parked", "planned", "planned"]
    assert isinstance(worker.next(), Pause)
    assert list(store.attempts(ACCOUNT)) == []


def test_a_job_that_waits_for_its_own_pause_does_not_hold_up_the_next(store: MemoryStore, clock: Clock) -> None:
    remote, worker = Remote(clock, lost={1}), worker_of(store, clock)
    wished(store, *requests(2))
    turns = [turned(worker, remote) for _ in range(2)]
    assert isinstance(turns[1], Pause), "a service that brought no answer is left in peace for a moment"
    clock.now = turns[1].until
    turns += [turned(worker, remote) for _ in range(2)]
    assert [type(turn) for turn in turns[2:]] == [ProbeService, SubmitJob]
    assert [turn.job.id for turn in turns if isinstance(turn, SubmitJob)] == ["j1", "j2"]


@pytest.mark.row("PF4")
def test_PF4_a_lost_request_holds_its_slot_and_is_made_anew_in_the_other_one(store: MemoryStore, clock: Clock) -> None:
    remote, worker = Remote(clock, seconds=LONGEST_LIFE - 60, lost={1}), worker_of(store, clock)
    wished(store, *requests(1))
    worked(remote, worker, until=NOW + 60)
    assert stages(store) == ["waiting"]
    assert [one.outcome for one in store.attempts(ACCOUNT)] == ["lost", "running"]
    worked(remote, worker)
    assert (stages(store), len(remote.reports), remote.peak, remote.refusals) == (["fetched"], 2, 2, 0)


@pytest.mark.row("PF4")
def test_PF4_while_ghosts_may_have_both_slots_nothing_is_asked(store: MemoryStore, clock: Clock) -> None:
    remote, worker = Remote(clock, seconds=7200, lost={1, 2}), worker_of(store, clock)
    wished(store, *requests(2))
    worked(remote, worker, until=NOW + LONGEST_LIFE - 1)
    assert len(remote.reports) == 2
    pause = worker.next()
    assert isinstance(pause, Pause)
    assert pause.why == "waiting for a slot: 2 of 2 are taken, 2 of them perhaps"
    worked(remote, worker)
    assert (stages(store), len(remote.reports), remote.peak, remote.refusals) == (["fetched"] * 2, 4, 2, 0)


def test_a_request_that_is_lost_again_and_again_is_parked_after_so_many(store: MemoryStore, clock: Clock) -> None:
    remote, worker = Remote(clock, lost=set(range(1, 99))), worker_of(store, clock)
    wished(store, *requests(1))
    worked(remote, worker)
    found = store.job("j1")
    assert found is not None
    assert isinstance(found.state, Parked)
    assert (found.state.code, len(remote.reports)) == ("transport.perhaps_accepted", MAX_AGAIN + 1)
    assert clock.now - NOW > LONGEST_LIFE, "the third had to wait for a slot"


@pytest.mark.row("PF2")
def test_PF2_a_wait_of_ours_that_ends_frees_no_slot(store: MemoryStore, clock: Clock) -> None:
    """Whoever waits comes and goes, each for a minute: the reports run on, and nothing is asked for anew."""
    remote = Remote(clock, seconds=130 * 60 - 120)
    wished(store, *requests(4))
    for n in range(400):
        worked(remote, worker_of(store.sharing(f"short-{n}"), clock), until=clock.now + 60)
    assert stages(store) == ["fetched"] * 4
    assert (len(remote.reports), remote.peak, remote.refusals) == (4, 2, 0)


def test_reports_that_run_are_read_together_and_no_more_than_fit(store: MemoryStore, clock: Clock) -> None:
    many = [waiting(token=f"t{n}") for n in range(MAX_ALIASES + 5)]
    with store.book(ACCOUNT) as book:
        for n, state in enumerate(many, 1):
            book.keep(job(state, id=f"j{n}", number=n))
    step = worker_of(store, clock).next()
    assert isinstance(step, ReadJobs)
    assert [one.id for one in step.jobs] == [f"j{n}" for n in range(1, MAX_ALIASES + 1)]


def test_finished_reports_are_fetched_in_the_order_in_which_they_vanish(store: MemoryStore, clock: Clock) -> None:
    def made(hours: int) -> datetime:
        return datetime.fromtimestamp(NOW - hours * HOUR, UTC)

    worker = worker_of(store, clock)
    with store.book(ACCOUNT) as book:
        for n, hours in enumerate((1, 47, 20), 1):
            book.keep(job(ready(waiting=waiting(created=made(hours))), id=f"j{n}", number=n))
            worker.links[f"j{n}"] = NOW, (waiting().token,)
    steps = [worker.next() for _ in range(3)]
    assert [step.job.id for step in steps if isinstance(step, FetchJob)] == ["j2", "j3", "j1"]


def test_links_that_are_not_known_or_old_are_read_first(store: MemoryStore, clock: Clock) -> None:
    worker = worker_of(store, clock)
    with store.book(ACCOUNT) as book:
        book.keep(job(ready()))
    worker.links["j1"] = NOW - HOUR, (waiting().token,)
    step = worker.next()
    assert isinstance(step, ReadJobs)
    assert [one.id for one in step.jobs] == ["j1"]


@pytest.mark.row("P4")
def test_P4_late_reports_are_looked_at_still_and_others_have_their_slots(store: MemoryStore, clock: Clock) -> None:
    remote, worker = Remote(clock, seconds=3 * HOUR, slots=4), worker_of(store, clock)
    wished(store, *requests(4))
    worked(remote, worker, until=NOW + LONGEST_LIFE + 5)
    assert stages(store) == ["waiting"] * 4, "a slot is free after the longest life"
    worked(remote, worker)
    assert (stages(store), len(remote.reports)) == (["fetched"] * 4, 4)


@pytest.mark.row("P10")
def test_P10_a_service_that_is_down_for_six_hours_is_called_once_a_minute_at_most(
    store: MemoryStore, clock: Clock
) -> None:
    remote, worker = Remote(clock), worker_of(store, clock)
    wished(store, *requests(5))
    worked(remote, worker, until=NOW + 20)
    before, remote.down_until = len(remote.calls), clock.now + 6 * HOUR
    worked(remote, worker, until=remote.down_until)
    assert 300 < len(remote.calls) - before <= 360
    worked(remote, worker)
    assert (stages(store), len(remote.reports), remote.peak) == (["fetched"] * 5, 5, 2)


def test_while_the_service_is_down_the_pause_says_so(store: MemoryStore, clock: Clock) -> None:
    remote, worker = Remote(clock, down_until=NOW + HOUR), worker_of(store, clock)
    wished(store, *requests(1))
    turned(worker, remote)
    pause = worker.next()
    assert isinstance(pause, Pause)
    assert (pause.unusual, pause.why) == (True, "the service does not answer: The service is in trouble.")


@pytest.mark.thorough
@pytest.mark.row("P9")
def test_P9_more_reports_than_one_look_can_hold_have_their_turns_and_cost_few_calls(
    store: MemoryStore, clock: Clock
) -> None:
    """As of a service that is stuck: late reports hold no slot, so that there may be any number of them."""
    remote, worker = Remote(clock, seconds=3 * HOUR, slots=40), worker_of(store, clock, limit=40)
    wished(store, *requests(40))
    worked(remote, worker)
    assert (stages(store), len(remote.reports)) == (["fetched"] * 40, 40)
    assert max(remote.batches) == MAX_ALIASES
    assert len(remote.calls) / (clock.now - NOW) <= 0.5


@pytest.mark.row("P9")
def test_P9_a_thousand_jobs_that_wait_cost_calls_by_account_and_not_by_job(store: MemoryStore, clock: Clock) -> None:
    remote, worker = Remote(clock), worker_of(store, clock)
    with store.book(ACCOUNT) as book:
        for n, request in enumerate(requests(1000), 1):
            book.keep(job(request=request, id=f"j{n}", number=n))
    worked(remote, worker, until=NOW + HOUR / 2)
    assert len(remote.calls) <= 0.5 * HOUR / 2
    assert len(remote.reports) >= 0.8 * HOUR / 2 / 60 * 2, "slots stood idle"
    assert (remote.peak, remote.refusals) == (2, 0)


@pytest.mark.row("P11")
def test_P11_what_was_deleted_while_everybody_slept_is_asked_for_anew(store: MemoryStore, clock: Clock) -> None:
    remote, worker = Remote(clock), worker_of(store, clock)
    wished(store, *requests(2))
    worked(remote, worker, until=NOW + 5)
    clock.now += RETENTION + 24 * HOUR
    worked(remote, worker)
    assert (stages(store), len(remote.reports), remote.peak) == (["fetched"] * 2, 4, 2)
    assert [job.again for job in store.jobs()] == [1, 1]


def test_whoever_works_for_some_jobs_leaves_others_alone_and_is_done_when_they_are(
    store: MemoryStore, clock: Clock
) -> None:
    remote, worker = Remote(clock), worker_of(store, clock, ids={"j2"})
    wished(store, *requests(3))
    worked(remote, worker)
    assert (stages(store), remote.fetched) == (["planned", "fetched", "planned"], ["j2"])


def test_a_ledger_says_when_its_account_is_next_due(store: MemoryStore, clock: Clock) -> None:
    remote, worker = Remote(clock), worker_of(store, clock)
    wished(store, *requests(1))
    assert store.busy(clock.now) == [ACCOUNT]
    turned(worker, remote)
    pause = worker.next()
    assert isinstance(pause, Pause)
    assert (store.busy(clock.now), store.busy(pause.until)) == ([], [ACCOUNT])
