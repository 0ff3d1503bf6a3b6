"""A report's life as small values, and the one place that says what comes next.

::

    Planned → Waiting → Ready → (fetched)
                │  ↑       │
                │  └───────┘ links expired: ask for new ones
                ├→ Empty      finished without rows, seen twice
                ├→ Failed     the service could not make it
                ├→ Gone       expired, deleted, or unknown to the service
                └→ Overdue    longer than a report may take; the service goes on

Status is an open vocabulary: a word that is not known is never success and never loops for ever.  A doubtful
answer (null, a link missing) is looked at again a bounded number of times, and one without links once.  Silent:
``now`` is an argument, in seconds of any clock that does not go back.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from dailymotion_reports.errors import (
    DmrError,
    QueryRefused,
    ReportFailed,
    ReportGone,
    ReportOverdue,
    UnreadableAnswer,
)
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret, one_line
from dailymotion_reports.wire.reporting import ReportAccepted, ReportState

LONGEST_LIFE = 130 * 60.0
"""Seconds after which a report is overdue: the documented two hours, and ten minutes of grace.
Source: https://developers.dailymotion.com/v0/reference/reports-specifications-and-rate-limiting-graphql"""

MAX_DOUBTS = 3
"""Doubtful answers in a row after which the doubt is believed, if they came over as long as `DOUBT_SECONDS`."""

DOUBT_SECONDS = 30.0

EMPTY_SECONDS = 5.0
"""How far apart two looks are that together make an empty report."""

MAX_RENEWALS = 3
"""How often expired links are asked for anew."""

_FIRST_GAP, _GROWTH, _LONGEST_GAP = 0.5, 1.3, 60.0


@dataclass(frozen=True, slots=True)
class Planned:
    """Nothing was sent yet.  Next: Waiting."""

    request: ReportRequest


@dataclass(frozen=True, slots=True)
class Waiting:
    """The service makes the report.  Next: Ready, Empty, Failed, Gone, Overdue."""

    request: ReportRequest
    accepted: ReportAccepted
    since: float
    look_at: float
    gap: float = _FIRST_GAP
    doubts: int = 0
    """Doubtful answers in a row."""
    doubted_at: float | None = None
    """When the first of them came."""
    empty_at: float | None = None
    """When the service first said that it is finished, without links."""
    renewals: int = 0
    """How often expired links were asked for anew."""
    word: str | None = None
    """The last that was heard of the report."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Finished; the links are good for a while.  Next: fetched, or Waiting where the links expired."""

    waiting: Waiting
    links: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class Empty:
    """Finished without rows.  An end."""

    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Failed:
    """The service could not make the report.  An end."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The service no longer has the report.  An end."""

    reason: str


@dataclass(frozen=True, slots=True)
class Overdue:
    """The report takes longer than a report may.  An end for us, not for the service."""

    waited: float


@dataclass(frozen=True, slots=True)
class Unclear:
    """The service's answers about the report stay refusals or contradictions.  An end."""

    error: DmrError


Job = Planned | Waiting | Ready | Empty | Failed | Gone | Overdue | Unclear


@dataclass(frozen=True, slots=True)
class Submit:
    """Ask for the report now."""

    request: ReportRequest


@dataclass(frozen=True, slots=True)
class Read:
    """Look at the report, not before ``at``."""

    waiting: Waiting
    at: float


@dataclass(frozen=True, slots=True)
class Fetch:
    """Download these links now; none for a report without rows."""

    waiting: Waiting
    links: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class GiveUp:
    """There is nothing more to do; ``error`` says why."""

    error: DmrError


Command = Submit | Read | Fetch | GiveUp


def decide(job: Job) -> Command:
    """What comes next for ``job``."""
    match job:
        case Planned(request):
            return Submit(request)
        case Waiting():
            return Read(job, job.look_at)
        case Ready(waiting, links):
            return Fetch(waiting, links)
        case Empty(waiting):
            return Fetch(waiting, ())
        case Failed():
            return GiveUp(ReportFailed())
        case Gone(reason):
            return GiveUp(ReportGone(reason))
        case Overdue(waited):
            return GiveUp(ReportOverdue(f"The report was not finished after {waited / 60:.0f} minutes."))
        case Unclear(error):
            return GiveUp(error)
        case _:
            assert_never(job)


def submitted(request: ReportRequest, accepted: ReportAccepted, now: float) -> Waiting:
    """The service has taken the request."""
    return Waiting(request, accepted, since=now, look_at=now + _FIRST_GAP)


def looked(waiting: Waiting, state: ReportState, now: float) -> Job:
    """What a look at the report makes of it."""
    waiting = replace(waiting, word=state.status)
    match state.status:
        case "FINISHED":
            return _finished(waiting, state, now)
        case "FAILED":
            return Failed()
        case "EXPIRED":
            return Gone("The service has deleted the report: its status is EXPIRED.")
        case None:
            why = "has no status" if state.found else "is not known to the service"
            return _doubted(waiting, now) or Gone(f"The report {why}.")
        case _:
            return _later(_trusted(waiting), now)


def look_failed(waiting: Waiting, error: DmrError, now: float) -> Job:
    """The look brought no state.  One bad look says nothing about the report.

    No answer at all is waited out; an answer that cannot be read, or is a refusal, is doubted first.
    """
    if error.retry == "later":
        return _later(replace(waiting, word="no answer, trying again"), now)
    if isinstance(error, UnreadableAnswer | QueryRefused):
        return _doubted(waiting, now) or Unclear(error)
    return Unclear(error)


def links_expired(ready: Ready, now: float) -> Job:
    """The storage refused the links; new ones are asked for, a bounded number of times."""
    waiting = ready.waiting
    if waiting.renewals >= MAX_RENEWALS:
        return Gone("The storage refuses every link of the report.")
    return replace(waiting, look_at=now, renewals=waiting.renewals + 1)


def progress_word(waiting: Waiting) -> str:
    """The service's last word on the report, fit for one line."""
    return one_line(waiting.word or "asked", 40).lower().replace("_", " ")


def _finished(waiting: Waiting, state: ReportState, now: float) -> Job:
    links = _distinct(state.links)
    if state.holes or (state.total is not None and state.total != len(links)):
        count = state.total or len(state.links) + state.holes
        reason = f"The service names {count} files and links to {len(links)} of them."
        return _doubted(waiting, now) or Unclear(UnreadableAnswer(reason))
    return Ready(_trusted(waiting), links) if links else _without_links(waiting, now)


def _distinct(links: tuple[Secret, ...]) -> tuple[Secret, ...]:
    """One link for each file: what is signed differs from look to look, the path does not."""
    first: dict[str, Secret] = {}
    for link in links:
        first.setdefault(link.reveal().partition("?")[0], link)
    return tuple(first.values())


def _without_links(waiting: Waiting, now: float) -> Job:
    """One empty answer may be a report whose links are not there yet; two, some time apart, are an empty report."""
    if waiting.renewals:
        return _doubted(waiting, now) or Gone("The report had files, and the service no longer links to them.")
    if waiting.empty_at is None:
        return replace(waiting, empty_at=now, look_at=now + EMPTY_SECONDS)
    return Empty(waiting) if now - waiting.empty_at >= EMPTY_SECONDS else _later(waiting, now)


def _trusted(waiting: Waiting) -> Waiting:
    """A clear answer came: earlier doubts no longer count."""
    return replace(waiting, doubts=0, doubted_at=None, empty_at=None)


def _doubted(waiting: Waiting, now: float) -> Job | None:
    """Another look, or None where there were enough over long enough."""
    since = now if waiting.doubted_at is None else waiting.doubted_at
    if waiting.doubts + 1 >= MAX_DOUBTS and now - since >= DOUBT_SECONDS:
        return None
    return _later(replace(waiting, doubts=waiting.doubts + 1, doubted_at=since), now)


def _later(waiting: Waiting, now: float) -> Job:
    waited = now - waiting.since
    if waited > LONGEST_LIFE:
        return Overdue(waited)
    gap = min(waiting.gap * _GROWTH, _LONGEST_GAP)
    return replace(waiting, look_at=now + waiting.gap, gap=gap)
