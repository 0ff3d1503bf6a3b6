"""``Job``: our durable record of one request; its ``Attempt``s, its ``Move``s; the ``Account`` whose slots it takes.

Values only, and silent.  Times are seconds since 1970, UTC.
"""

from dataclasses import dataclass, field
from typing import Literal

from dailymotion_reports.jobs.states import OPEN, State, name_of
from dailymotion_reports.query.report import ReportRequest

Lane = Literal["daily", "backfill"]
"""``daily`` goes first whenever a slot is free."""

LANES: tuple[Lane, ...] = ("daily", "backfill")

RETENTION = 48 * 3600.0
"""Seconds after which the service deletes a report.
Source: https://developers.dailymotion.com/v0/reference/reports-specifications-and-rate-limiting-graphql"""

LEASE = 180.0
"""Seconds for which a job is taken in hand.  A call takes a minute at most; a download renews its lease."""


@dataclass(frozen=True, slots=True)
class Job:
    """One request of one account, from the wish to the rows.

    ``number`` counts the jobs of an account in the order in which they were wished for.  ``fence`` grows whenever
    somebody takes the job in hand: whoever writes with an older one is refused.  ``owner`` has it in hand until
    ``lease_until``.  ``again`` counts the reports of it that the service has failed, lost or deleted, or that were
    asked for without an answer.
    """

    id: str
    account: str
    profile: str
    request: ReportRequest
    state: State
    wished: float
    number: int = 0
    lane: Lane = "daily"
    fence: int = 0
    owner: str = ""
    lease_until: float = 0.0
    again: int = 0
    changed: float = 0.0

    @property
    def stage(self) -> str:
        """The name of its state."""
        return name_of(self.state)

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done for it, without a person."""
        return self.stage in OPEN


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request for a report as it went out, or may have gone out, and the slot that it holds.

    ``slot_until`` is None once the service has said that the report no longer runs, or that it never did.
    """

    job: str
    number: int
    account: str
    asked: float
    slot_until: float | None
    outcome: str = "perhaps asked"
    """``perhaps asked``, ``running``, ``lost``, or how it ended."""


@dataclass(frozen=True, slots=True)
class Move:
    """A line of a job's history."""

    job: str
    at: float
    state: str
    reason: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of an account's place at the service, shared by all who work for it."""

    id: str
    profile: str = ""
    last_number: int = 0
    blocked_until: float = 0.0
    """Nothing is asked for before, since the service had no slot for us although we had one to spare."""
    blocked_since: float | None = None
    refusals: int = 0
    """Such refusals in a row."""
    words: str = ""
    """The server's words for the last of them."""
    down_until: float = 0.0
    """The service is not spoken to before."""
    down_since: float | None = None
    failures: int = 0
    """Calls in a row that brought no answer."""
    trouble: str = ""
    """What the last of them met."""
    due: float = 0.0
    """When its turn is next."""
    spans: tuple[float, ...] = field(default=())
    """How long the last reports took, in seconds, the newest last."""
    tokens: tuple[str, ...] = field(default=())
    """Digests of the last tokens that were taken, each with that of what was asked, the newest last: a service that
    answers one question with the report of another is not believed."""


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """How far the times of a schedule are served, for all who share a ledger, and who is at it.

    Times are seconds since 1970.  A run is in the hand of one living owner at a time.
    """

    id: str
    owner: str = ""
    """Who has it in hand; empty where nobody has."""
    served: float = 0.0
    """The moment up to which its times are served."""
    tries: int = 0
    """Runs in a row that failed."""
    not_before: float = 0.0
    """When it is tried again after that."""
