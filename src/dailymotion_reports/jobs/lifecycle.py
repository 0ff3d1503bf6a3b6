"""What comes next for a job, and what an answer makes of it: pure functions of values.  Silent.

`decide` says what is to be done.  The other functions say what a job's state becomes once it was done, each with the
reason that its history will hold.  Status is an open vocabulary: a word that is not known is never success and never
loops for ever.  A doubtful answer (null, a link missing) is looked at again a bounded number of times, and one without
links once.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from dailymotion_reports.errors import (
    ApiError,
    ConnectFailed,
    DamagedFile,
    DmrError,
    LinkExpired,
    NotAllowed,
    NotAuthenticated,
    PerhapsAccepted,
    QueryRefused,
    RateLimited,
    ReportWithdrawn,
    TokenMissing,
    TooManyReports,
    TransportError,
    UnreadableAnswer,
    UsageError,
)
from dailymotion_reports.jobs import lifetime, pace
from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.slots import LONGEST_LIFE, Slots, due_at
from dailymotion_reports.jobs.states import (
    Empty,
    Failed,
    Fetched,
    Gone,
    Loaded,
    Parked,
    Planned,
    Ready,
    State,
    Submitting,
    Waiting,
)
from dailymotion_reports.redaction import Secret, one_line
from dailymotion_reports.wire.reporting import ReportAccepted, ReportState

MAX_DOUBTS = 3
"""Doubtful answers in a row after which the doubt is believed, if they came over as long as `DOUBT_SECONDS`."""

DOUBT_SECONDS = 30.0

EMPTY_SECONDS = 5.0
"""How far apart two looks are that together make an empty report."""

MAX_RENEWALS = 3
"""How often expired links are asked for anew."""

MAX_AGAIN = 3
"""How often a report is asked for anew that the service failed, lost or deleted, before a person is asked."""

AGAIN_AFTER = (5.0, 30.0, 120.0)
"""Seconds until a report is asked for anew, the first time, the second, the third."""

MAX_REFUSALS = 8
"""Refusals that nobody can classify, while slots are in use, after which they are believed."""

REFUSED_GAP, LONGEST_REFUSED_GAP = 30.0, 1200.0

FETCH_GAP, LONGEST_FETCH_GAP = 5.0, 300.0


@dataclass(frozen=True, slots=True)
class Submit:
    """Ask for the report now."""


@dataclass(frozen=True, slots=True)
class Recover:
    """Whoever was about to ask for it is gone: whether it was asked for, nobody knows."""


@dataclass(frozen=True, slots=True)
class Read:
    """Look at the report now."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Download its files now."""


@dataclass(frozen=True, slots=True)
class Replan:
    """Put it back among what is to be asked for."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is to be done before ``until``."""

    until: float


@dataclass(frozen=True, slots=True)
class Leave:
    """Nothing is left to be done; ``by_person`` where a person could take it up."""

    by_person: bool = False


Command = Submit | Recover | Read | Fetch | Replan | Rest | Leave

Change = tuple[State, str]
"""What a job's state becomes, and why."""


def decide(job: Job, now: float, slots: Slots) -> Command:
    """What comes next for a job that nobody has in hand."""
    match job.state:
        case Planned(not_before):
            at = max(due_at(not_before, now, LONGEST_REFUSED_GAP), slots.next_free(now))
            return Submit() if slots.free and at <= now else Rest(at)
        case Submitting():
            return Recover()
        case Waiting(look_at=look_at) as waiting:
            at = due_at(look_at, now, 1.2 * pace.longest(lifetime.age_of(waiting, now)))
            return Read() if at <= now else Rest(at)
        case Ready(not_before=not_before):
            at = due_at(not_before, now, LONGEST_FETCH_GAP)
            return Fetch() if at <= now else Rest(at)
        case Gone() | Failed(again=True):
            return Replan()
        case Fetched() | Empty() | Loaded() | Failed():
            return Leave()
        case Parked():
            return Leave(by_person=True)
        case _:
            assert_never(job.state)


def submitting(planned: Planned, attempt: int, now: float) -> Change:
    """The intent, to be on disk before the mutation is sent."""
    state = Submitting(now, attempt, planned.refused_since, planned.refusals)
    return state, f"attempt {attempt} is about to be sent"


def withdrawn(now: float) -> Change:
    """Nobody wants a job any more that was not asked for yet."""
    error = ReportWithdrawn("It was withdrawn before it was asked for.")
    return Failed(now, error.code, error.message, error.hint), "withdrawn: nobody wants it any more"


def is_withdrawn(job: Job) -> bool:
    """Whether nobody wanted it any more."""
    return isinstance(job.state, Failed) and job.state.code == ReportWithdrawn.code


def accepted(state: Submitting, answer: ReportAccepted, now: float) -> Change:
    """The service has taken the request."""
    waiting = Waiting(answer.token, answer.created, state.since, state.attempt, look_at=now + 0.5, word="asked")
    return waiting, "the service accepted the request"


def ask_failed(job: Job, error: DmrError, now: float, *, slots_in_use: bool) -> Change:
    """What becomes of a job whose request met ``error``; ``slots_in_use`` where a slot may be what was wanting."""
    state = job.state
    assert isinstance(state, Submitting), "only a request that was sent can fail"
    match error:
        case PerhapsAccepted() | TokenMissing():
            return asked_in_vain(job, error, now)
        case TooManyReports():
            return Planned(), f"no slot is free at the service: {_told(error)}"
        case QueryRefused() if slots_in_use and not _spent(state, now):
            return _refused_again(state, error, now)
        case NotAllowed() | NotAuthenticated() | UnreadableAnswer() | UsageError():
            # What is wrong with the sign-in, or with this machine, is not wrong with the question.
            return _parked(Planned(), error, now)
        case TransportError() | RateLimited() | ApiError() if error.retry == "later":
            return Planned(), f"nothing was sent: {_told(error)}"
        case ConnectFailed():
            return _parked(Planned(), error, now)
        case _:
            return Failed(now, error.code, error.message, error.hint), f"refused: {_told(error)}"


def asked_in_vain(job: Job, error: DmrError, now: float) -> Change:
    """Whether a report runs is not known: its slot stays taken, and the job is asked for anew in another one."""
    if job.again >= MAX_AGAIN:
        return _parked(Planned(), error, now)
    return Planned(_after(job.again, now)), f"perhaps asked, and no token came: {_told(error)}"


def recovered(job: Job, now: float) -> Change:
    """Whoever was about to ask is gone.  The slot stays taken until its time is over."""
    if job.again >= MAX_AGAIN:
        message = "Whoever asked for the report ended before the answer came, again and again."
        return Parked(now, "report.failed", message, Planned()), message
    return Planned(), "perhaps asked: whoever was about to ask ended before an answer came"


def looked(job: Job, state: ReportState, now: float) -> Change:
    """What a look at the report makes of it."""
    waiting = _waiting(job)
    waiting = replace(
        waiting,
        looks=waiting.looks + 1,
        created=state.created or waiting.created,
        word=one_line(state.status or "", 40),
    )
    match state.status:
        case "FINISHED":
            return _finished(waiting, state, now)
        case "FAILED":
            return _failed(job, now)
        case "EXPIRED":
            return Gone(now, "The service has deleted the report: its status is EXPIRED."), "expired"
        case None:
            why = "has no status" if state.found else "is not known to the service"
            return _doubted(waiting, now) or (Gone(now, f"The report {why}."), f"the report {why}")
        case word:
            return _trusted(waiting), f"still {one_line(word, 40).lower().replace('_', ' ')}"


def look_failed(job: Job, error: DmrError, now: float) -> Change:
    """The look brought no state.  One bad look says nothing about the report.

    No answer at all is waited out; an answer that cannot be read, or is a refusal, is doubted first.
    """
    waiting = _waiting(job)
    if isinstance(error, UnreadableAnswer | QueryRefused):
        return _doubted(waiting, now) or _no_longer_there(job, error, now) or _parked(waiting, error, now)
    return waiting, f"no answer: {_told(error)}"


def _no_longer_there(job: Job, error: DmrError, now: float) -> Change | None:
    """A report that is old enough to have been deleted, and that the service has no good word for."""
    at = lifetime.vanishes_at(job)
    if at is None or now < at:
        return None
    return Gone(now, f"The service has deleted the report: {_told(error)}"), "deleted after 48 hours"


def fetch_failed(job: Job, error: DmrError, now: float) -> Change:
    """What becomes of a finished report whose files did not come."""
    ready = job.state
    assert isinstance(ready, Ready), "only a finished report is fetched"
    if isinstance(error, LinkExpired):
        return _links_expired(ready, now)
    if (error.retry == "later" and not isinstance(error, DamagedFile)) or error.code == "data.archive_unwritable":
        pause = min(FETCH_GAP * 2.0**ready.failures, LONGEST_FETCH_GAP)
        return replace(ready, failures=ready.failures + 1, not_before=now + pause), f"not fetched: {_told(error)}"
    return _parked(ready, error, now)


def fetched(job: Job, entry: str, files: int, now: float) -> Change:
    """Every file is in the archive."""
    ready = job.state
    assert isinstance(ready, Ready), "only a finished report is fetched"
    kind = Fetched if files else Empty
    return kind(entry, now, ready.waiting.since, ready), f"{files} file{'' if files == 1 else 's'} in the archive"


def loaded(job: Job, into: str, now: float) -> Change:
    """Its rows are in a destination."""
    state = job.state
    assert isinstance(state, Fetched | Empty | Loaded), "only what is in the archive is loaded"
    return Loaded(state.entry, now, state.asked, into, state.report), f"loaded into {into}"


def replanned(job: Job, now: float) -> Change:
    """Back among what is to be asked for, or parked where it was asked for often enough."""
    state = job.state
    assert isinstance(state, Gone | Failed), "only what failed or is gone is planned anew"
    if isinstance(state, Gone) and job.again >= MAX_AGAIN:
        message = f"{state.message} It was asked for {job.again + 1} times."
        return Parked(now, "report.gone", message, Planned()), "asked for often enough"
    return Planned(_after(job.again, now)), f"to be asked for anew ({job.again + 1} of {MAX_AGAIN})"


def unparked(job: Job, now: float) -> Change:
    """A person has taken it up again."""
    parked = job.state
    assert isinstance(parked, Parked), "only what is parked is taken up"
    match parked.before:
        case Waiting() as waiting:
            return replace(waiting, look_at=now, doubts=0, doubted_at=None), "taken up again"
        case Ready() as ready:
            return replace(ready, not_before=now, failures=0), "taken up again"
        case _:
            return Planned(), "taken up again"


def _waiting(job: Job) -> Waiting:
    assert isinstance(job.state, Waiting), "only a report that runs is looked at"
    return job.state


def _finished(waiting: Waiting, state: ReportState, now: float) -> Change:
    links = distinct(state.links)
    if state.holes or (state.total is not None and state.total != len(links)):
        count = state.total or len(state.links) + state.holes
        reason = f"The service names {count} files and links to {len(links)} of them."
        return _doubted(waiting, now) or _parked(waiting, UnreadableAnswer(reason), now)
    if not links:
        return _without_links(waiting, now)
    return Ready(_trusted(waiting), now, len(links)), f"finished: {len(links)} file{'' if len(links) == 1 else 's'}"


def distinct(links: tuple[Secret, ...]) -> tuple[Secret, ...]:
    """One link for each file: what is signed differs from look to look, the path does not."""
    first: dict[str, Secret] = {}
    for link in links:
        first.setdefault(link.reveal().partition("?")[0], link)
    return tuple(first.values())


def _without_links(waiting: Waiting, now: float) -> Change:
    """One empty answer may be a report whose links are not there yet; two, some time apart, are an empty report."""
    if waiting.renewals:
        gone = Gone(now, "The report had files, and the service no longer links to them.")
        return _doubted(waiting, now) or (gone, "its links are gone")
    if waiting.empty_at is None or waiting.empty_at > now:
        return replace(waiting, empty_at=now, look_at=now + EMPTY_SECONDS), "finished without links; looked at again"
    if now - waiting.empty_at >= EMPTY_SECONDS:
        return Ready(waiting, now, 0), "finished without rows, seen twice"
    return waiting, "finished without links"


def _failed(job: Job, now: float) -> Change:
    message = "The service could not make the report, and gives no reason."
    again = job.again < MAX_AGAIN
    told = message if again else f"{message} It was asked for {job.again + 1} times."
    hint = "Ask for a shorter period or fewer dimensions."
    return Failed(now, "report.failed", told, hint, again), "failed at the service"


def _links_expired(ready: Ready, now: float) -> Change:
    """The storage refused the links; new ones are asked for, a bounded number of times."""
    waiting = ready.waiting
    if waiting.renewals >= MAX_RENEWALS:
        message = "The storage refuses every link of the report."
        return Gone(now, message), message
    return replace(
        waiting, look_at=now, renewals=waiting.renewals + 1
    ), "its links have expired; new ones are asked for"


def _refused_again(state: Submitting, error: DmrError, now: float) -> Change:
    pause = min(REFUSED_GAP * 2.0**state.refusals, LONGEST_REFUSED_GAP)
    since = now if state.refused_since is None else state.refused_since
    return Planned(now + pause, since, state.refusals + 1), f"refused, perhaps for want of a slot: {_told(error)}"


def _spent(state: Submitting, now: float) -> bool:
    """Whether a refusal that nobody can classify was waited out often or long enough."""
    since = now if state.refused_since is None else state.refused_since
    return state.refusals >= MAX_REFUSALS or now - since > LONGEST_LIFE


def _parked(before: Planned | Waiting | Ready, error: DmrError, now: float) -> Change:
    return Parked(now, error.code, error.message, before, error.hint), f"parked: {_told(error)}"


def _trusted(waiting: Waiting) -> Waiting:
    """A clear answer came: earlier doubts no longer count."""
    return replace(waiting, doubts=0, doubted_at=None, empty_at=None)


def _doubted(waiting: Waiting, now: float) -> Change | None:
    """Another look, or None where there were enough over long enough."""
    since = now if waiting.doubted_at is None else min(waiting.doubted_at, now)
    if waiting.doubts + 1 >= MAX_DOUBTS and now - since >= DOUBT_SECONDS:
        return None
    doubts = waiting.doubts + 1
    return replace(waiting, doubts=doubts, doubted_at=since), f"a doubtful answer ({doubts}); looked at again"


def _after(again: int, now: float) -> float:
    return now + AGAIN_AFTER[min(again, len(AGAIN_AFTER) - 1)]


def _told(error: DmrError) -> str:
    return one_line(error.message, 200)


def put_off(waiting: Waiting, now: float, gap: float) -> Waiting:
    """A report that runs still, to be looked at again after ``gap`` seconds, or sooner where there is a doubt."""
    if waiting.empty_at is not None:
        gap = max(waiting.empty_at + EMPTY_SECONDS - now, 0.5)
    if waiting.doubts:
        gap = min(gap, DOUBT_SECONDS / 2)
    return replace(waiting, look_at=now + gap)
