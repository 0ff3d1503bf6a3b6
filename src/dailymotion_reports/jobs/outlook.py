"""``Outlook``: an account at the beginning of a worker's turn, read at one look; and how long there is nothing to do.

Silent.
"""

from collections.abc import Collection
from dataclasses import dataclass

from dailymotion_reports.jobs import health, lifecycle
from dailymotion_reports.jobs.job import LEASE, Account, Job
from dailymotion_reports.jobs.slots import Slots
from dailymotion_reports.jobs.states import Planned, Ready, Waiting
from dailymotion_reports.jobs.steps import Finished, Pause

SOON, LATER = 1.0, 10.0
"""Seconds, at least and at most, until it is looked again what others have done with a job that they have in hand."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a turn knows: ``jobs`` as `Book.to_do` gives them, ``taken`` the ids of those that somebody has in hand."""

    now: float
    account: Account
    slots: Slots
    jobs: tuple[Job, ...]
    taken: frozenset[str]
    ids: Collection[str] | None = None

    @property
    def down(self) -> float:
        """Before when the service is not to be spoken to."""
        return health.down_until(self.account, self.now)

    @property
    def planned(self) -> tuple[Job, ...]:
        """The next to be asked for."""
        return tuple(job for job in self.jobs if isinstance(job.state, Planned))

    @property
    def waiting(self) -> tuple[Job, ...]:
        """Those whose reports run and that nobody has in hand."""
        return tuple(job for job in self.jobs if isinstance(job.state, Waiting) and job.id not in self.taken)

    @property
    def ready(self) -> tuple[Job, ...]:
        """Those that are finished and that nobody has in hand."""
        return tuple(job for job in self.jobs if isinstance(job.state, Ready) and job.id not in self.taken)

    def command(self, job: Job) -> lifecycle.Command:
        """What comes next for a job."""
        return lifecycle.decide(job, self.now, self.slots)

    def is_due(self, job: Job) -> bool:
        """Whether something is to be done for a job now."""
        return not isinstance(self.command(job), lifecycle.Rest)

    def nothing(self) -> Pause | Finished:
        """How long there is nothing to do, and why; `Finished` where nothing is left of what is worked for."""
        if not any(self._is_ours(job) for job in self.jobs):
            return Finished()
        until = min(self._due(job) for job in self.jobs)
        return Pause(max(until, self.now), self._why(), unusual=self.down > self.now)

    def _is_ours(self, job: Job) -> bool:
        return self.ids is None or job.id in self.ids

    def _due(self, job: Job) -> float:
        """When something is to be done for a job, and can be: what is finished, and is not overdue for want of links,
        needs no call."""
        at = self._wanted(job)
        needs_call = not isinstance(job.state, Ready) or at <= self.now
        return max(at, self.down) if needs_call else at

    def _wanted(self, job: Job) -> float:
        """When something is to be done for a job.  The longer others have had it in hand, the longer they will."""
        if job.id in self.taken:
            held = self.now - (job.lease_until - LEASE)
            return self.now + min(max(held / 2, SOON), LATER)
        command = self.command(job)
        return command.until if isinstance(command, lifecycle.Rest) else self.now

    def _why(self) -> str:
        """Why there is nothing to do, for a person."""
        slots = self.slots
        running = any(self._is_ours(job) and not isinstance(job.state, Planned | Ready) for job in self.jobs)
        if self.down > self.now:
            return f"the service does not answer: {self.account.trouble}"
        if self.planned and not running and self.now < slots.blocked_until:
            return f"waiting for a slot that others have taken: {self.account.words}"
        if self.planned and not running and not slots.free:
            perhaps = f", {slots.perhaps} of them perhaps" if slots.perhaps else ""
            return f"waiting for a slot: {len(slots.taken)} of {slots.limit} are taken{perhaps}"
        return "waiting for the service" if running else "waiting"
