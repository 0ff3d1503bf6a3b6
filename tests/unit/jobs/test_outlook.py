"""How often a worker looks: at the service, and at what others have in hand."""

from dataclasses import replace

import pytest
from tests.unit.jobs.made import HOUR, NOW, A, Clock, job, ready
from tests.unit.jobs.remote import ACCOUNT, requests, wished, worker_of
from tests.unit.made import request_for

from dailymotion_reports.jobs import health, pace
from dailymotion_reports.jobs.enlisting import Wish, enlist
from dailymotion_reports.jobs.job import LEASE, RETENTION
from dailymotion_reports.jobs.memory_store import MemoryStore
from dailymotion_reports.jobs.states import Waiting
from dailymotion_reports.jobs.steps import FetchJob, Pause, ProbeService, ReadJobs, SubmitJob
from dailymotion_reports.jobs.worker import Worker
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.reporting import ReportAccepted, ReportState


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore("a")


def begun(worker: Worker, token: str = "t") -> Waiting:
    """The state of a report that the service has taken now."""
    step = worker.next()
    assert isinstance(step, SubmitJob)
    state = worker.asked(step, ReportAccepted(Secret(token), None)).state
    assert isinstance(state, Waiting)
    return state


def test_a_service_that_is_down_is_probed_by_one_of_those_who_work_for_it(store: MemoryStore, clock: Clock) -> None:
    wished(store, *requests(1))
    with store.book(ACCOUNT) as book:
        book.keep_account(replace(book.account, failures=7, down_until=NOW - 1))
    assert isinstance(worker_of(store, clock).next(), ProbeService)
    turn = worker_of(store.sharing("b"), clock).next()
    assert isinstance(turn, Pause)
    assert turn.until == NOW + health.PROBE


def test_what_others_have_in_hand_is_looked_at_less_and_less_often(store: MemoryStore, clock: Clock) -> None:
    wished(store, *requests(1))
    assert isinstance(worker_of(store, clock).next(), SubmitJob)
    other, gaps = worker_of(store.sharing("b"), clock), list[float]()
    while isinstance(turn := other.next(), Pause) and clock.now < NOW + LEASE:
        gaps.append(turn.until - clock.now)
        clock.now = turn.until
    assert gaps[:3] == [1.0, 1.0, 1.0]
    assert max(gaps) == gaps[-1] == 10.0
    assert len(gaps) < 30
    assert sum(gaps) <= LEASE + 10, "whoever does not come back is not waited for any longer"


def test_the_first_look_is_spaced_like_the_others_once_something_is_known(store: MemoryStore, clock: Clock) -> None:
    wished(store, *requests(1))
    with store.book(ACCOUNT) as book:
        book.keep_account(replace(book.account, spans=(900.0,) * 20))
    assert begun(worker_of(store, clock)).look_at == NOW + pace.LONGEST


def test_a_first_report_of_all_is_looked_at_at_once(store: MemoryStore, clock: Clock) -> None:
    wished(store, *requests(1))
    worker = worker_of(store, clock)
    begun(worker)
    clock.now += pace.SHORTEST
    assert isinstance(worker.next(), ReadJobs)


def test_a_report_that_never_ends_costs_few_looks_in_the_two_days_until_it_is_deleted(
    store: MemoryStore, clock: Clock
) -> None:
    wished(store, *requests(1))
    worker, looks = worker_of(store, clock), 0
    begun(worker)
    while clock.now < NOW + RETENTION:
        match worker.next():
            case ReadJobs() as read:
                worker.looked(read, [ReportState(Secret("t"), "IN_PROGRESS")])
                looks += clock.now > NOW + pace.OVERDUE
            case Pause(until):
                clock.now = until
    assert looks < 200


def test_no_look_is_put_off_for_longer_than_a_clock_that_is_right_would_put_it_off(
    store: MemoryStore, clock: Clock
) -> None:
    """Late reports by the score need several calls a round; a pause that looks like a wrong clock's would be cut."""
    wished(store, *requests(40))
    worker = worker_of(store, clock, limit=40)
    for n in range(40):
        begun(worker, f"t{n}")
    clock.now += 2 * HOUR
    while isinstance(turn := worker.next(), ReadJobs):
        worker.looked(turn, [ReportState(token, "IN_PROGRESS") for token in turn.tokens])
    assert isinstance(turn, Pause)
    assert clock.now + pace.SHORTEST <= turn.until <= clock.now + 1.2 * pace.LONGEST


def test_the_longest_of_what_is_wished_for_together_is_asked_for_first(store: MemoryStore, clock: Clock) -> None:
    periods = (("2026-07-01", "2026-07-02"), ("2026-07-01", "2026-07-09"), ("2026-07-05", "2026-07-06"))
    made = wished(store, *(request_for(["VIEWS"], ["DAY"], start=start, end=end) for start, end in periods))
    step = worker_of(store, clock).next()
    assert isinstance(step, SubmitJob)
    assert step.job.request.window.days == 9
    assert [job.id for job in made] == ["j2", "j1", "j3"], "each answers for the request in its place"


def test_what_is_wished_for_in_an_order_is_asked_for_in_that_order(store: MemoryStore, clock: Clock) -> None:
    short, long = (request_for(["VIEWS"], ["DAY"], end=end) for end in ("2023-07-02", "2023-07-09"))
    names = iter(("j1", "j2"))
    wish = Wish(ACCOUNT, "public", (short, long), in_order=True)
    made = enlist(store, wish, NOW, names.__next__, lambda _job: True)
    assert [job.number for job in made] == [1, 2]


def test_finished_reports_whose_links_are_not_known_wait_for_a_service_that_is_down(
    store: MemoryStore, clock: Clock
) -> None:
    with store.book(ACCOUNT) as book:
        book.keep(job(ready()))
        book.keep_account(replace(book.account, failures=7, down_until=NOW + 50))
    turn = worker_of(store, clock).next()
    assert isinstance(turn, Pause)
    assert turn.until == NOW + 50


def test_finished_reports_whose_links_are_known_wait_for_no_service(store: MemoryStore, clock: Clock) -> None:
    with store.book(ACCOUNT) as book:
        book.keep(job(ready(not_before=NOW + 5)))
        book.keep_account(replace(book.account, failures=7, down_until=NOW + 50))
    worker = worker_of(store, clock)
    worker.links["j1"] = NOW, (A,)
    turn = worker.next()
    assert isinstance(turn, Pause)
    assert turn.until == NOW + 5
    clock.now += 5
    assert isinstance(worker.next(), FetchJob)


def test_one_at_a_time_finds_out_whether_strangers_have_left_a_slot(store: MemoryStore, clock: Clock) -> None:
    wished(store, *requests(2))
    with store.book(ACCOUNT) as book:
        book.keep_account(replace(book.account, refusals=3, blocked_since=NOW - 900, blocked_until=NOW - 1))
    assert isinstance(worker_of(store, clock).next(), SubmitJob)
    turn = worker_of(store.sharing("b"), clock).next()
    assert isinstance(turn, Pause)
    assert "a slot that others have taken" in turn.why or turn.until <= NOW + health.PROBE
