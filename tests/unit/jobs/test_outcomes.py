"""What outcomes make of jobs; who comes too late with one has changed nothing."""

from dataclasses import replace
from typing import TypeVar

import pytest
from tests.unit.jobs.made import NOW, A, Clock, job, ready, waiting
from tests.unit.jobs.remote import ACCOUNT, Remote, carried, requests, stages, turned, wished, worked, worker_of

from dailymotion_reports.errors import (
    DamagedFile,
    DmrError,
    FencedOut,
    LinkExpired,
    PerhapsAccepted,
    QueryRefused,
    TimedOut,
    TokenMissing,
    TooManyReports,
    UnreadableAnswer,
)
from dailymotion_reports.jobs.job import LEASE
from dailymotion_reports.jobs.memory_store import MemoryStore
from dailymotion_reports.jobs.outcomes import Outcomes
from dailymotion_reports.jobs.slots import LONGEST_LIFE
from dailymotion_reports.jobs.states import Parked, Planned, Ready, Waiting
from dailymotion_reports.jobs.steps import FetchJob, Pause, ProbeService, ReadJobs, SubmitJob
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.jobs.worker import NO_BATCHES_AFTER, Worker
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.reporting import ReportAccepted, ReportState

S = TypeVar("S", SubmitJob, ReadJobs, FetchJob)

RUNS = ReportState(Secret("t"), "IN_PROGRESS")
DONE = ReportState(Secret("t"), "FINISHED", links=(A,), total=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore("a")


def kept(store: JobStore) -> tuple[object, ...]:
    """Everything that a ledger holds."""
    jobs = store.jobs()
    return (list(jobs), [list(store.history(one.id)) for one in jobs], store.attempts(ACCOUNT), store.accounts())


def begun(worker: Worker, kind: type[S]) -> S:
    step = worker.next()
    assert isinstance(step, kind)
    return step


def running(store: JobStore, *ids: str) -> None:
    """Jobs whose reports run."""
    with store.book(ACCOUNT) as book:
        for n, id in enumerate(ids, 1):
            book.keep(job(waiting(token=Secret(f"token-{id}")), id=id, number=n))


class TestWhoComesTooLate:
    """A worker is frozen in the middle of a step; its lease runs out, and another one takes the job in hand."""

    def test_with_a_look_has_changed_nothing(self, store: MemoryStore, clock: Clock) -> None:
        running(store, "j1")
        late, other = worker_of(store, clock), worker_of(store.sharing("b"), clock)
        step = begun(late, ReadJobs)
        clock.now += LEASE
        begun(other, ReadJobs)
        before = kept(store)
        with pytest.raises(FencedOut, match="j1"):
            late.looked(step, (DONE,))
        assert kept(store) == before

    def test_with_a_fetch_has_changed_nothing(self, store: MemoryStore, clock: Clock) -> None:
        late, other = worker_of(store, clock), worker_of(store.sharing("b"), clock)
        with store.book(ACCOUNT) as book:
            book.keep(job(ready()))
        late.links["j1"] = NOW, (A,)
        step = begun(late, FetchJob)
        clock.now += LEASE
        other.links["j1"] = clock.now, (A,)
        begun(other, FetchJob)
        before = kept(store)
        for act in (lambda: late.fetched(step, ("e", 1)), lambda: late.beat(step), lambda: late.dropped(step)):
            with pytest.raises(FencedOut):
                act()
        assert kept(store) == before

    @pytest.mark.parametrize(
        ("answer", "holds"),
        [
            (ReportAccepted(Secret("late")), True),
            (TokenMissing("none"), True),
            (PerhapsAccepted("perhaps"), True),
            (TooManyReports("full"), False),
        ],
    )
    def test_with_a_request_has_changed_no_job_and_what_may_run_holds_its_slot_from_now_on(
        self, store: MemoryStore, clock: Clock, answer: ReportAccepted | DmrError, holds: bool
    ) -> None:
        wished(store, *requests(1))
        late, other = worker_of(store, clock), worker_of(store.sharing("b"), clock)
        step = begun(late, SubmitJob)
        clock.now += LEASE
        begun(other, SubmitJob)
        before, until = kept(store)[:2], store.attempts(ACCOUNT)[0].slot_until
        clock.now += 3000
        with pytest.raises(FencedOut):
            late.asked(step, answer)
        assert kept(store)[:2] == before
        assert [one.outcome for one in store.attempts(ACCOUNT)] == ["lost", "perhaps asked"]
        assert store.attempts(ACCOUNT)[0].slot_until == (clock.now + LONGEST_LIFE if holds else until)

    def test_a_beat_in_time_keeps_the_job_in_hand(self, store: MemoryStore, clock: Clock) -> None:
        worker, other = worker_of(store, clock), worker_of(store.sharing("b"), clock)
        with store.book(ACCOUNT) as book:
            book.keep(job(ready()))
        worker.links["j1"] = NOW, (A,)
        step = begun(worker, FetchJob)
        assert isinstance(step, FetchJob)
        for _ in range(5):
            clock.now += LEASE - 1
            worker.beat(step)
            assert isinstance(other.next(), Pause)
        assert worker.fetched(step, ("e", 1)).stage == "fetched"


@pytest.mark.row("R2")
class TestADeadOwner:
    def test_R2_its_jobs_are_taken_up_at_once(self, store: MemoryStore, clock: Clock) -> None:
        running(store, "j1")
        dead = store.sharing("dead")
        begun(worker_of(dead, clock), ReadJobs)
        assert isinstance(worker_of(store, clock).next(), Pause), "it lives, and its lease is good"
        dead.close()
        step = begun(worker_of(store, clock), ReadJobs)
        assert isinstance(step, ReadJobs)
        assert [one.id for one in step.jobs] == ["j1"]

    @pytest.mark.row("C2")
    @pytest.mark.row("PF3")
    def test_C2_its_request_holds_its_slot_and_is_made_anew_in_the_other_one(
        self, store: MemoryStore, clock: Clock
    ) -> None:
        remote, dead = Remote(clock, seconds=LONGEST_LIFE - 60), store.sharing("dead")
        wished(store, *requests(2))
        step = begun(worker_of(dead, clock), SubmitJob)
        assert isinstance(step, SubmitJob)
        remote.submit(step.job)
        dead.close()
        worked(remote, worker_of(store, clock), until=NOW + 60)
        assert [one.outcome for one in store.attempts(ACCOUNT)] == ["lost", "running"]
        worked(remote, worker_of(store, clock))
        assert (stages(store), len(remote.reports), remote.peak) == (["fetched"] * 2, 3, 2)
        assert remote.refusals == 0

    def test_one_that_lives_and_is_frozen_is_waited_for_as_long_as_its_lease(
        self, store: MemoryStore, clock: Clock
    ) -> None:
        wished(store, *requests(1))
        begun(worker_of(store.sharing("frozen"), clock), SubmitJob)
        mine = worker_of(store, clock)
        clock.now += LEASE - 1
        assert isinstance(mine.next(), Pause)
        clock.now += 1
        assert isinstance(mine.next(), SubmitJob)


def test_a_request_that_was_interrupted_was_perhaps_received(store: MemoryStore, clock: Clock) -> None:
    wished(store, *requests(1))
    worker = worker_of(store, clock)
    worker.dropped(begun(worker, SubmitJob))
    found = store.job("j1")
    assert found is not None
    assert (found.stage, found.again, found.owner) == ("planned", 1, "")
    assert [(one.outcome, one.slot_until) for one in store.attempts(ACCOUNT)] == [("lost", NOW + LONGEST_LIFE)]


def test_a_look_that_was_interrupted_frees_its_jobs(store: MemoryStore, clock: Clock) -> None:
    running(store, "j1", "j2")
    worker = worker_of(store, clock)
    worker.dropped(begun(worker, ReadJobs))
    assert [(one.owner, one.stage) for one in store.jobs()] == [("", "waiting")] * 2
    assert isinstance(worker_of(store.sharing("b"), clock).next(), ReadJobs)


@pytest.mark.parametrize("error", [QueryRefused("too complex"), UnreadableAnswer("junk")], ids=lambda one: one.code)
class TestABatchThatIsRefused:
    def test_is_read_one_by_one_at_once(self, store: MemoryStore, clock: Clock, error: DmrError) -> None:
        running(store, "j1", "j2", "j3")
        worker = worker_of(store, clock)
        worker.looked(begun(worker, ReadJobs), error)
        read = []
        for _ in range(3):
            step = begun(worker, ReadJobs)
            assert isinstance(step, ReadJobs)
            read.append([one.id for one in step.jobs])
            worker.looked(step, (RUNS,))
        assert (read, clock.now) == ([["j1"], ["j2"], ["j3"]], NOW)
        assert isinstance(worker.next(), Pause)

    def test_spoils_no_job_but_the_one_that_is_refused_alone(
        self, store: MemoryStore, clock: Clock, error: DmrError
    ) -> None:
        running(store, "j1", "j2")
        worker = worker_of(store, clock)
        worker.looked(begun(worker, ReadJobs), error)
        worker.looked(begun(worker, ReadJobs), error)
        worker.looked(begun(worker, ReadJobs), (DONE,))
        states = {one.id: one.state for one in store.jobs()}
        assert isinstance(states["j1"], Waiting)
        assert states["j1"].doubts == 1
        assert isinstance(states["j2"], Ready)

    def test_again_and_again_is_not_tried_any_more(self, store: MemoryStore, clock: Clock, error: DmrError) -> None:
        running(store, "j1", "j2")
        worker, batches = worker_of(store, clock), 0
        for _ in range(40):
            step = worker.next()
            if isinstance(step, Pause):
                clock.now = step.until
                continue
            assert isinstance(step, ReadJobs)
            batches += len(step.jobs) > 1
            worker.looked(step, error if len(step.jobs) > 1 else (RUNS,))
        assert batches == NO_BATCHES_AFTER


@pytest.mark.row("C9")
def test_C9_a_token_that_another_job_has_is_not_believed_and_mixes_nothing(store: MemoryStore, clock: Clock) -> None:
    wished(store, *requests(2))
    worker = worker_of(store, clock)
    worker.asked(begun(worker, SubmitJob), ReportAccepted(Secret("same")))
    worker.asked(begun(worker, SubmitJob), ReportAccepted(Secret("same")))
    assert stages(store) == ["waiting", "planned"]
    assert [one.outcome for one in store.attempts(ACCOUNT)] == ["running", "lost"]
    assert "another report" in worker.errors["j2"].message


@pytest.mark.row("P6")
def test_P6_a_finished_report_that_runs_again_takes_its_slot_again(store: MemoryStore, clock: Clock) -> None:
    remote, worker = Remote(clock), worker_of(store, clock)
    wished(store, *requests(1))
    turned(worker, remote)
    clock.now += 60
    worker.looked(begun(worker, ReadJobs), (DONE,))
    assert store.attempts(ACCOUNT) == []
    worker.links.clear()
    worker.looked(begun(worker, ReadJobs), (RUNS,))
    assert (stages(store), [one.outcome for one in store.attempts(ACCOUNT)]) == (["waiting"], ["running"])


def test_a_look_without_an_answer_does_not_make_a_finished_report_run_again(store: MemoryStore, clock: Clock) -> None:
    with store.book(ACCOUNT) as book:
        book.keep(job(ready()))
    worker = worker_of(store, clock)
    (after,) = worker.looked(begun(worker, ReadJobs), TimedOut())
    assert isinstance(after.state, Ready)
    assert after.state.not_before > NOW


@pytest.mark.row("PF11")
def test_PF11_links_that_have_run_out_are_read_anew_from_the_same_report(store: MemoryStore, clock: Clock) -> None:
    remote, worker = Remote(clock), worker_of(store, clock)
    wished(store, *requests(1))
    turned(worker, remote)
    clock.now += 60
    turned(worker, remote)
    worker.fetched(begun(worker, FetchJob), LinkExpired())
    assert stages(store) == ["waiting"]
    worked(remote, worker)
    assert (stages(store), len(remote.reports), remote.fetched) == (["fetched"], 1, ["j1"])


def test_the_error_that_a_job_met_is_kept_as_it_was(store: MemoryStore, clock: Clock) -> None:
    with store.book(ACCOUNT) as book:
        book.keep(job(ready()))
    worker, error = worker_of(store, clock), DamagedFile("It is broken.", hint="Look.")
    worker.links["j1"] = NOW, (A,)
    parked = worker.fetched(begun(worker, FetchJob), error)
    assert isinstance(parked.state, Parked)
    assert (parked.state.message, parked.state.hint) == ("It is broken.", "Look.")
    assert worker.errors["j1"] is error


def test_how_long_reports_took_is_remembered(store: MemoryStore, clock: Clock) -> None:
    remote, worker = Remote(clock, seconds=100), worker_of(store, clock)
    wished(store, *requests(6))
    worked(remote, worker)
    (account,) = store.accounts()
    assert len(account.spans) == 6
    assert all(80 <= span <= 120 for span in account.spans)


def test_a_report_ended_between_the_last_two_looks(store: MemoryStore, clock: Clock) -> None:
    running(store, "j1")
    worker = worker_of(store, clock)
    with store.book(ACCOUNT) as book:
        (job,) = book.running()
        assert isinstance(job.state, Waiting)
        since = job.state.since
        book.keep(replace(job, changed=since + 40.0, state=replace(job.state, look_at=since)))
    clock.now = since + 60.0
    worker.looked(begun(worker, ReadJobs), [DONE])
    (account,) = store.accounts()
    assert account.spans == (50.0,)


def test_every_step_that_is_settled_leaves_no_job_in_hand(store: MemoryStore, clock: Clock) -> None:
    remote, worker = Remote(clock, lost={2}), worker_of(store, clock)
    wished(store, *requests(3))
    worked(remote, worker)
    assert worker.in_hand == set()
    assert [(one.owner, one.lease_until) for one in store.jobs()] == [("", 0.0)] * 3


def test_a_job_that_somebody_else_removed_is_fenced(store: MemoryStore, clock: Clock) -> None:
    running(store, "j1")
    worker = worker_of(store, clock)
    step = begun(worker, ReadJobs)
    with store.book(ACCOUNT) as book:
        book.keep(replace(job(Planned()), fence=99))
    with pytest.raises(FencedOut):
        carried(worker, Remote(clock), step)
    assert worker.in_hand == set()


def test_a_lost_request_is_counted_and_a_refused_one_is_not(store: MemoryStore, clock: Clock) -> None:
    wished(store, *requests(1))
    worker: Outcomes = worker_of(store, clock)
    assert isinstance(worker, Worker)
    counts: list[int] = []
    for error in (TimedOut(), PerhapsAccepted()):
        clock.now += 3600
        if counts:
            assert worker.next() == ProbeService()
            worker.probed(None)
        counts.append(worker.asked(begun(worker, SubmitJob), error).again)
    assert counts == [0, 1]
