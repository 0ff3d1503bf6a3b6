"""How jobs stand, in words and figures fit for people and programs; nothing is sent to find out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from dailymotion_reports.errors import UsageError
from dailymotion_reports.jobs import health, pace
from dailymotion_reports.jobs.enlisting import entry_of
from dailymotion_reports.jobs.job import Account, Job
from dailymotion_reports.jobs.lifecycle import is_withdrawn
from dailymotion_reports.jobs.lifetime import is_late, vanishes_at
from dailymotion_reports.jobs.slots import LONGEST_LIFE, Slots, slots_of
from dailymotion_reports.jobs.states import OPEN, Failed, Gone, Loaded, Parked, Planned, Ready, Submitting, Waiting
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.forecast import ENOUGH, spoken
from dailymotion_reports.redaction import one_line
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.ledger import opened_ledger

LIKELY = 0.9
"""The share of reports that are finished by the later of two guesses."""


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a job's history."""

    at: datetime
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How a job stands.  Moments are UTC, ``eta`` and ``eta_likely`` seconds from now."""

    id: str
    state: str
    question: str
    profile: str
    lane: str
    wished: datetime
    changed: datetime
    what_next: str
    """What comes next, in a sentence."""
    command: str
    """The command that helps it on; empty where none is needed."""
    eta: float | None = None
    """When it is finished, as likely as not."""
    eta_likely: float | None = None
    """When it is finished in nine cases of ten."""
    eta_basis: str = ""
    deadline: datetime | None = None
    """When the service deletes the report."""
    again: int = 0
    """How often it was asked for anew."""
    error: str = ""
    """The code of the error that it ended with."""
    entry: str = ""
    """Its folder below the archive's root."""
    history: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class SlotStatus:
    """The slots of an account, as far as they are known here."""

    profile: str
    limit: int
    taken: int
    perhaps: int
    """How many of those taken are for reports that may never have been made."""
    words: str
    """What stands in the way, in a sentence: others, or a service that does not answer; empty where nothing does."""


_OfProfile = TypeVar("_OfProfile", JobStatus, SlotStatus)


def job_statuses(store: JobStore, now: float, ids: Collection[str] = (), *, every: bool = False) -> list[JobStatus]:
    """Jobs as they stand: those named, with their history, or all that are open or ended within a day, the newest
    first; with ``every`` all of them.  Raises UsageError for one that is not there.
    """
    jobs = [_found(store, id) for id in ids] if ids else store.jobs() if every else _shown(store, now)
    accounts = {one.id: one for one in store.accounts()}
    return [_status(store, job, accounts[job.account], now, with_history=bool(ids)) for job in jobs]


def _shown(store: JobStore, now: float) -> list[Job]:
    """The jobs that are open or ended within a day, the newest first."""
    found = (*store.jobs(stages=(*OPEN, "parked")), *store.jobs(since=now - _RECENT))
    jobs = {job.id: job for job in found}.values()
    return sorted(jobs, key=lambda job: (-job.wished, job.account, -job.number))


_RECENT = 24 * 3600.0


def slot_statuses(store: JobStore, now: float) -> list[SlotStatus]:
    """The slots of every account that has open jobs."""
    busy = {job.account for job in store.jobs(stages=OPEN)}
    return [slots_in(store, account, now) for account in store.accounts() if account.id in busy]


def standing(
    settings: Settings, now: float, ids: Collection[str] = (), *, every: bool = False, profile: str | None = None
) -> tuple[list[JobStatus], list[SlotStatus], list[str]]:
    """Jobs and slots as the ledger of these settings has them, and what is doubtful about it.  Nothing is sent.

    With ``profile`` they are those of this account alone.
    """
    with opened_ledger(settings) as store:
        jobs, slots = job_statuses(store, now, ids, every=every), slot_statuses(store, now)
        warnings = list(store.warnings)
    return _of_profile(jobs, profile), _of_profile(slots, profile), warnings


def _of_profile(found: list[_OfProfile], profile: str | None) -> list[_OfProfile]:
    return [one for one in found if profile in (None, one.profile)]


def question_of(job: Job) -> str:
    """What a job asks, on one line."""
    request = job.request
    filters = "".join(f", {name}={value}" for name, value in request.filters.items())
    by = f" by {','.join(request.dimensions)}" if request.dimensions else ""
    return one_line(f"{','.join(request.metrics)}{by}, {request.window}, {request.product}{filters}", 300)


def _found(store: JobStore, id: str) -> Job:
    job = store.job(id)
    if job is None:
        raise UsageError(f"There is no job {id!r:.40}.", next="dmr status")
    return job


def slots_told(store: JobStore, account: Account, now: float) -> str:
    """The slots of an account in a sentence."""
    slots = slots_in(store, account, now)
    perhaps = f", {slots.perhaps} of them perhaps" if slots.perhaps else ""
    return f"{slots.taken} of {slots.limit} slots taken{perhaps}" + (f". {slots.words}" if slots.words else "")


def slots_in(store: JobStore, account: Account, now: float) -> SlotStatus:
    """The slots of an account, as a ledger knows them."""
    slots = _slots_of(store, account, now)
    words = ""
    if account.down_since is not None:
        words = f"The service has not answered for {spoken(now - account.down_since)}: {account.trouble}"
    elif account.blocked_since is not None and not slots.taken:
        words = f"Others hold the slots, as far as the service says: {account.words}"
    elif account.blocked_since is not None:
        words = f"The service has no slot for us: {account.words}"
    return SlotStatus(account.profile, slots.limit, len(slots.taken), slots.perhaps, words)


def _slots_of(store: JobStore, account: Account, now: float) -> Slots:
    return slots_of(account, store.attempts(account.id), load_catalog().limits.max_concurrent_reports, now)


def _status(store: JobStore, job: Job, account: Account, now: float, *, with_history: bool) -> JobStatus:
    deadline = vanishes_at(job)
    what_next, command = _next(store, job, account, now)
    eta, likely, basis = _eta(job, account, now)
    moves = store.history(job.id) if with_history else ()
    return JobStatus(
        id=job.id,
        state=_state(job, now),
        question=question_of(job),
        profile=job.profile,
        lane=job.lane,
        wished=_moment(job.wished),
        changed=_moment(job.changed),
        what_next=what_next,
        command=command,
        eta=eta,
        eta_likely=likely,
        eta_basis=basis,
        deadline=None if deadline is None else _moment(deadline),
        again=job.again,
        error=job.state.code if isinstance(job.state, Failed | Parked) else "",
        entry=entry_of(job),
        history=tuple(Event(_moment(move.at), move.state, move.reason) for move in moves),
    )


def _state(job: Job, now: float) -> str:
    """The stage, in which what nobody waits for any more, or for longer than it should take, has a name of its own."""
    if is_withdrawn(job):
        return "withdrawn"
    return "late" if is_late(job, now) else job.stage


def _next(store: JobStore, job: Job, account: Account, now: float) -> tuple[str, str]:
    resume, fetch = f"dmr resume {job.id}", f"dmr fetch {job.id}"
    match job.state:
        case Planned(not_before=at):
            return _next_of_planned(store, account, at, now), resume
        case Submitting():
            alive = bool(job.owner) and store.alive(job.owner)
            return ("It is being asked for." if alive else "Perhaps asked: whoever asked has ended."), resume
        case Waiting():
            return "The service makes it.", resume
        case Ready():
            return "Finished: to be fetched.", fetch
        case Gone(message=message):
            return f"{message} It is asked for anew.", resume
        case Failed(message=message) | Parked(message=message):
            by_person = isinstance(job.state, Parked)
            return one_line(message, 200), resume if by_person else ""
        case Loaded(into=into):
            return f"Loaded into {into}.", ""
        case _:
            return "Its rows are here.", fetch


def _next_of_planned(store: JobStore, account: Account, at: float, now: float) -> str:
    down = health.down_until(account, now)
    slots = _slots_of(store, account, now)
    if down > now:
        return f"The service does not answer; it is tried again in {spoken(down - now)}."
    if account.blocked_until > now:
        return f"Others hold the slots; it is asked for again in {spoken(account.blocked_until - now)}."
    if not slots.free:
        return f"It waits for a slot; one is free in {spoken(slots.next_free(now) - now)} at the latest."
    return f"It is asked for in {spoken(at - now)}." if at > now else "It is asked for next."


def _eta(job: Job, account: Account, now: float) -> tuple[float | None, float | None, str]:
    if not isinstance(job.state, Waiting):
        return None, None, ""
    age, count = max(0.0, now - job.state.since), len(account.spans)
    if count < ENOUGH:
        return None, max(0.0, LONGEST_LIFE - age), "the two hours that the documents give and ten minutes"
    guesses = (pace.remaining(age, account.spans, share) for share in (0.5, LIKELY))
    median, likely = (min(one, max(0.0, LONGEST_LIFE - age)) for one in guesses)
    return median, likely, f"the last {count} reports of this account"


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).replace(microsecond=0)
