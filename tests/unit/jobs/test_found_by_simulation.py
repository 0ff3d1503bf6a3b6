"""What the simulation has found in the job engine, each as small as it can be told."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from dailymotion_reports.errors import RateLimited, ServerFault
from dailymotion_reports.jobs import health, lifecycle
from dailymotion_reports.jobs.enlisting import Wish, enlist
from dailymotion_reports.jobs.job import Account, Attempt, Job
from dailymotion_reports.jobs.memory_store import MemoryStore
from dailymotion_reports.jobs.slots import LONGEST_LIFE, slots_of
from dailymotion_reports.jobs.states import Planned, Ready, State, Waiting
from dailymotion_reports.jobs.steps import FetchJob, Pause, ReadJobs, SubmitJob
from dailymotion_reports.jobs.worker import Worker
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.reporting import ReportAccepted, ReportState

NOW = 1_700_000_000.0
HOUR = 3600.0
REQUEST = ReportRequest(("VIEWS",), ("DAY",), Window(date(2023, 7, 1), date(2023, 7, 4)), {}, "CONTENT")
TOKEN = Secret("t0")


@dataclass
class Bench:
    """A worker with a ledger of one job, and a clock in the test's hand."""

    now: float = NOW

    def __post_init__(self) -> None:
        self.store = MemoryStore("me")
        self.worker = self.another("me")
        enlist(self.store, Wish("account", "public", [REQUEST]), self.now, lambda: "job1", lambda entry: True)

    def another(self, owner: str) -> Worker:
        store = self.store if owner == "me" else self.store.sharing(owner)
        return Worker(store, "account", lambda: self.now, lambda: 0.5)

    @property
    def job(self) -> Job:
        found = self.store.job("job1")
        assert found is not None
        return found

    def put(self, state: State) -> None:
        with self.store.book("account") as book:
            book.keep(replace(self.job, state=state, owner="", lease_until=0.0))

    def asked(self) -> None:
        step = self.worker.next()
        assert isinstance(step, SubmitJob)
        self.worker.asked(step, ReportAccepted(TOKEN, None))

    def looked(self, answer: ReportState) -> None:
        step = self.worker.next()
        assert isinstance(step, ReadJobs), step
        self.worker.looked(step, [answer])


def finished(*links: str) -> ReportState:
    return ReportState(TOKEN, "FINISHED", None, tuple(map(Secret, links)), 0, len(links))


def waiting(**more: float) -> Waiting:
    return Waiting(TOKEN, None, NOW, 1, **{"look_at": NOW, **more})  # type: ignore[arg-type]


def test_a_report_without_rows_is_fetched_and_not_looked_at_for_ever() -> None:
    bench = Bench()
    bench.asked()
    for _ in range(2):
        bench.now += 10
        bench.looked(finished())
    assert isinstance(bench.worker.next(), FetchJob)


@pytest.mark.parametrize("back", [HOUR, 48 * HOUR])
@pytest.mark.parametrize(
    ("state", "command"),
    [
        (Planned(not_before=NOW + 1200), lifecycle.Submit),
        (waiting(look_at=NOW + 60), lifecycle.Read),
        (Ready(waiting(), NOW, 1, not_before=NOW + 300), lifecycle.Fetch),
    ],
)
def test_what_was_put_off_by_a_clock_that_has_gone_back_is_due(back: float, state: State, command: type) -> None:
    job = replace(Bench().job, state=state)
    assert isinstance(lifecycle.decide(job, NOW - back, slots_of(Account("account"), (), 2, NOW - back)), command)


def test_a_service_that_was_down_by_a_clock_that_has_gone_back_is_spoken_to() -> None:
    account = health.after_looking(Account("account"), ServerFault("down"), NOW, 0.5)
    assert health.down_until(account, NOW) > NOW
    assert health.down_until(account, NOW - 48 * HOUR) == NOW - 48 * HOUR


def test_a_service_that_asks_for_a_year_is_left_alone_for_an_hour() -> None:
    account = health.after_looking(Account("account"), RateLimited("slow", retry_after=3.2e7), NOW, 0.5)
    assert health.down_until(account, NOW + 1) == pytest.approx(NOW + HOUR)
    assert health.down_until(account, NOW + HOUR + 1) <= NOW + HOUR + 1


def test_a_slot_is_held_no_longer_than_a_report_lives_once_the_clock_has_gone_back() -> None:
    bench = Bench()
    with bench.store.book("account") as book:
        book.keep_attempt(Attempt("job1", 1, "account", NOW, NOW + LONGEST_LIFE, "lost"))
    bench.now = NOW - 48 * HOUR
    bench.worker.next()
    with bench.store.book("account") as book:
        (held, *_) = book.attempts_of("job1")
    assert held.slot_until == bench.now + LONGEST_LIFE


def test_a_report_from_the_future_is_not_looked_at_twice_a_second() -> None:
    bench = Bench()
    bench.asked()
    bench.now -= HOUR
    bench.looked(ReportState(TOKEN, "IN_PROGRESS", None))
    pause = bench.worker.next()
    assert isinstance(pause, Pause)
    assert pause.until - bench.now > 5


def test_doubts_that_a_wrong_clock_has_dated_come_to_an_end() -> None:
    job = replace(Bench().job, state=waiting(doubts=2, doubted_at=NOW + HOUR))
    state, _ = lifecycle.looked(job, ReportState(TOKEN, None, None), NOW)
    for later in (NOW + 15, NOW + 31):
        assert isinstance(state, Waiting)
        state, _ = lifecycle.looked(replace(job, state=state), ReportState(TOKEN, None, None), later)
    assert not isinstance(state, Waiting)


def test_new_links_of_a_finished_report_teach_nothing_about_how_long_reports_take() -> None:
    bench = Bench()
    bench.asked()
    bench.now += 60
    bench.looked(finished("https://storage/1"))
    bench.now += 10_000
    bench.worker.links.clear()
    bench.looked(finished("https://storage/1"))
    with bench.store.book("account") as book:
        assert book.account.spans == (30.0,)


def test_a_machine_that_was_asleep_teaches_nothing_either() -> None:
    bench = Bench()
    bench.asked()
    bench.now += 40 * HOUR
    bench.looked(finished("https://storage/1"))
    with bench.store.book("account") as book:
        assert book.account.spans == ()


OTHER = replace(REQUEST, window=Window(date(2023, 7, 5), date(2023, 7, 8)))


@pytest.mark.parametrize(("asked", "taken"), [(REQUEST, True), (OTHER, False)], ids=["the same", "another"])
def test_a_token_that_was_taken_before_is_good_for_the_same_question_only(asked: ReportRequest, taken: bool) -> None:
    bench = Bench()
    bench.asked()
    bench.now += 60
    bench.looked(finished("https://storage/1"))
    fetch = bench.worker.next()
    assert isinstance(fetch, FetchJob)
    bench.worker.fetched(fetch, ("entry", 1))
    wish = Wish("account", "public", [asked], fresh=True)
    enlist(bench.store, wish, bench.now, lambda: "job2", lambda entry: True)
    step = bench.worker.next()
    assert isinstance(step, SubmitJob)
    assert isinstance(bench.worker.asked(step, ReportAccepted(TOKEN, None)).state, Waiting) is taken
