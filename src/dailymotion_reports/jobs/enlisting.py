"""Who asks the same shares one report: a job is made for a request unless there is one that will do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dailymotion_reports.jobs import lifecycle
from dailymotion_reports.jobs.health import insisted
from dailymotion_reports.jobs.job import LANES, Job, Lane, Move
from dailymotion_reports.jobs.states import KEPT, Empty, Fetched, Loaded, Parked, Planned, Waiting
from dailymotion_reports.jobs.store import Book, JobStore
from dailymotion_reports.query.report import ReportRequest

REUSE_SECONDS = 600.0
"""For how long after it was asked for an answer stands for the same question: figures settle, and are restated."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Requests of one account, and how they are to be answered."""

    account: str
    profile: str
    requests: Sequence[ReportRequest]
    lane: Lane = "daily"
    fresh: bool = False
    """Whether no report will do that was asked for before."""
    reuse: float = REUSE_SECONDS
    in_order: bool = False
    """Whether they are asked for in their order, and not the longest first."""


def enlist(
    store: JobStore, wish: Wish, now: float, new_id: Callable[[], str], at_hand: Callable[[Job], bool]
) -> tuple[Job, ...]:
    """The job of each request, in order.  ``at_hand`` says whether the rows of one that is done can be had here.

    An open job is shared, a parked one taken up again, and an answer that was asked for lately used once more.
    Of new ones the longest period is asked for first: a long report that begins last leaves a slot idle beside it.
    """
    with store.book(wish.account) as book:
        book.keep_account(insisted(replace(book.account, profile=wish.profile, due=0.0)))
        order = sorted(range(len(wish.requests)), key=lambda n: 0 if wish.in_order else -wish.requests[n].window.days)
        made = {n: _one(book, wish, wish.requests[n], now, new_id, at_hand) for n in order}
        return tuple(made[n] for n in range(len(made)))


def adopt(store: JobStore, job: Job, why: str) -> Job:
    """Write down a job that is done already, as a new one of its account."""
    with store.book(job.account) as book:
        number = book.account.last_number + 1
        book.keep_account(replace(book.account, profile=job.profile, last_number=number))
        adopted = replace(job, number=number)
        book.keep(adopted, Move(job.id, job.changed, job.stage, why))
    return adopted


def take_up(store: JobStore, jobs: Sequence[Job], now: float) -> tuple[Job, ...]:
    """Jobs that a person wants now: parked ones are taken up again, and running ones looked at without delay."""
    done = []
    for job in jobs:
        with store.book(job.account) as book:
            book.keep_account(insisted(replace(book.account, due=0.0)))
            found = book.job(job.id)
            if found is not None:
                done.append(_looked_at_soon(book, _taken_up(book, found, now), now))
    return tuple(done)


def withdraw(store: JobStore, jobs: Sequence[Job], now: float) -> None:
    """Give up those of some jobs that were not asked for yet, and that nobody has in hand."""
    for one in jobs:
        with store.book(one.account) as book:
            job = book.job(one.id)
            if job and isinstance(job.state, Planned) and not (job.owner and job.lease_until > now):
                state, reason = lifecycle.withdrawn(now)
                given_up = replace(job, state=state, changed=now, owner="", lease_until=0.0)
                book.keep(given_up, Move(job.id, now, given_up.stage, reason))


def _one(
    book: Book,
    wish: Wish,
    request: ReportRequest,
    now: float,
    new_id: Callable[[], str],
    at_hand: Callable[[Job], bool],
) -> Job:
    return _shared(book, wish, request, now, at_hand) or _new(book, wish, request, now, _unused(book, new_id))


def _shared(book: Book, wish: Wish, request: ReportRequest, now: float, at_hand: Callable[[Job], bool]) -> Job | None:
    for job in book.same(request.fingerprint):
        if wish.fresh and not isinstance(job.state, Planned):
            continue
        if job.is_open or isinstance(job.state, Parked):
            return _hurried(book, _taken_up(book, job, now), wish)
        if job.stage in KEPT and _will_do(job, wish, now) and at_hand(job):
            return job
    return None


def _will_do(job: Job, wish: Wish, now: float) -> bool:
    assert isinstance(job.state, Fetched | Empty | Loaded), "only what is kept can be used again"
    return 0 <= now - job.state.asked <= wish.reuse


def entry_of(job: Job) -> str:
    """The folder of a job's files below the archive's root; empty where there is none."""
    return job.state.entry if isinstance(job.state, Fetched | Empty | Loaded) else ""


def _taken_up(book: Book, job: Job, now: float) -> Job:
    if not isinstance(job.state, Parked):
        return job
    state, reason = lifecycle.unparked(job, now)
    free = replace(job, state=state, changed=now, again=0, owner="", lease_until=0.0)
    book.keep(free, Move(job.id, now, free.stage, reason))
    return free


def _looked_at_soon(book: Book, job: Job, now: float) -> Job:
    if not isinstance(job.state, Waiting) or job.state.look_at <= now:
        return job
    soon = replace(job, state=replace(job.state, look_at=now))
    book.keep(soon)
    return soon


def _hurried(book: Book, job: Job, wish: Wish) -> Job:
    """A job of the slower lane goes over to the faster one where somebody waits for it there."""
    if LANES.index(wish.lane) >= LANES.index(job.lane):
        return job
    hurried = replace(job, lane=wish.lane)
    book.keep(hurried)
    return hurried


def _unused(book: Book, new_id: Callable[[], str]) -> str:
    """A name that no job has."""
    while book.job(id := new_id()) is not None:
        pass
    return id


def _new(book: Book, wish: Wish, request: ReportRequest, now: float, id: str) -> Job:
    number = book.account.last_number + 1
    book.keep_account(replace(book.account, last_number=number))
    job = Job(id, wish.account, wish.profile, request, Planned(), now, number, wish.lane, changed=now)
    book.keep(job, Move(id, now, job.stage, request.reason or "asked for"))
    return job
