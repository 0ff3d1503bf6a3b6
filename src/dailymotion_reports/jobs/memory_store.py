"""Jobs in memory: the twin of the other stores, for tests, and for whoever wants nothing kept."""

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from heapq import nsmallest

from dailymotion_reports.jobs.job import LANES, Account, Attempt, Job, Move, ScheduledRun
from dailymotion_reports.jobs.lifetime import vanishes_at
from dailymotion_reports.jobs.records import NEVER, digest_of, due_at
from dailymotion_reports.jobs.slots import holds
from dailymotion_reports.jobs.states import OPEN, Planned, Ready, State, Submitting, Waiting


@dataclass
class _Shelf:
    """Everything that is kept."""

    accounts: dict[str, Account] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    attempts: dict[tuple[str, int], Attempt] = field(default_factory=dict)
    moves: dict[str, tuple[Move, ...]] = field(default_factory=dict)
    questions: dict[str, tuple[float, str]] = field(default_factory=dict)

    def copy(self) -> "_Shelf":
        return _Shelf(dict(self.accounts), dict(self.jobs), dict(self.attempts), dict(self.moves), dict(self.questions))


@dataclass
class _Held:
    """A ledger, and those who work with it."""

    shelf: _Shelf
    lock: threading.RLock
    owners: set[str]
    runs: dict[str, ScheduledRun] = field(default_factory=dict)


FAR_AHEAD = 7200.0
"""Seconds ahead to which no turn is ever put off: the clock has gone back since."""


class MemoryBook:
    """See `Book`."""

    def __init__(self, shelf: _Shelf, account: str) -> None:
        self._shelf, self._id = shelf, account

    @property
    def account(self) -> Account:
        """See `Book`."""
        return self._shelf.accounts.get(self._id, Account(self._id))

    def keep_account(self, account: Account) -> None:
        """See `Book`."""
        self._shelf.accounts[account.id] = account

    def keep_question(self, jobs: Collection[str], text: str, now: float) -> None:
        """See `Book`."""
        self._shelf.questions[digest_of(jobs)] = now, text

    def job(self, id: str) -> Job | None:
        """See `Book`."""
        return self._shelf.jobs.get(id)

    def keep(self, job: Job, *moves: Move) -> None:
        """See `Book`."""
        self._shelf.jobs[job.id] = job
        self._shelf.moves[job.id] = (*self._shelf.moves.get(job.id, ()), *moves)

    def keep_attempt(self, attempt: Attempt) -> None:
        """See `Book`."""
        self._shelf.attempts[attempt.job, attempt.number] = attempt

    def attempts(self, now: float) -> Sequence[Attempt]:
        """See `Book`."""
        mine = (one for one in self._shelf.attempts.values() if one.account == self._id)
        return sorted((one for one in mine if holds(one, now)), key=lambda one: (one.asked, one.job))

    def attempts_of(self, job: str) -> Sequence[Attempt]:
        """See `Book`."""
        return sorted((one for one in self._shelf.attempts.values() if one.job == job), key=lambda one: one.number)

    def running(self) -> Sequence[Job]:
        """See `Book`."""
        return sorted(self._mine(Submitting, Waiting), key=lambda job: job.number)

    def to_do(self, ids: Collection[str] | None, now: float, planned: int = 1, ready: int = 50) -> Sequence[Job]:
        """See `Book`."""

        def turn(job: Job) -> tuple[float, int, int]:
            due = due_at(job.state)
            return due if due > now else 0.0, LANES.index(job.lane), job.number

        finished = (job for job in self._mine(Ready) if ids is None or job.id in ids)
        wished = (job for job in self._mine(Planned) if ids is None or job.id in ids)
        return [
            *self.running(),
            *sorted(finished, key=lambda job: (vanishes_at(job) or NEVER, job.number))[:ready],
            *nsmallest(planned, wished, key=turn),
        ]

    def same(self, fingerprint: str) -> Sequence[Job]:
        """See `Book`."""
        mine = (job for job in self._shelf.jobs.values() if job.account == self._id)
        found = (job for job in mine if job.request.fingerprint == fingerprint)
        return sorted(found, key=lambda job: -job.number)[:10]

    def _mine(self, *kinds: type[State]) -> Iterator[Job]:
        return (job for job in self._shelf.jobs.values() if isinstance(job.state, kinds) and job.account == self._id)


class MemoryStore:
    """See `JobStore`."""

    def __init__(self, owner: str = "memory") -> None:
        self.owner = owner
        self.warnings: Sequence[str] = ()
        self._held = _Held(_Shelf(), threading.RLock(), {owner})

    def sharing(self, owner: str) -> "MemoryStore":
        """A store on the same ledger, under another name."""
        other = MemoryStore(owner)
        other._held = self._held
        self._held.owners.add(owner)
        return other

    @contextmanager
    def book(self, account: str) -> Iterator[MemoryBook]:
        """See `JobStore`."""
        with self._held.lock:
            shelf = self._held.shelf.copy()
            yield MemoryBook(shelf, account)
            self._held.shelf = shelf

    def alive(self, owner: str) -> bool:
        """See `JobStore`."""
        return owner in self._held.owners

    def job(self, id: str) -> Job | None:
        """See `JobStore`."""
        found = [job for name, job in self._held.shelf.jobs.items() if name.startswith(id)]
        return self._held.shelf.jobs.get(id) or (found[0] if len(found) == 1 else None)

    def jobs(
        self,
        *,
        account: str | None = None,
        ids: Collection[str] | None = None,
        stages: Collection[str] | None = None,
        since: float | None = None,
        limit: int | None = None,
    ) -> Sequence[Job]:
        """See `JobStore`."""
        found = [
            job
            for job in self._held.shelf.jobs.values()
            if account in (None, job.account)
            and (ids is None or job.id in ids)
            and (stages is None or job.stage in stages)
            and (since is None or job.changed >= since)
        ]
        return sorted(found, key=lambda job: (-job.wished, job.account, -job.number))[:limit]

    def question(self, jobs: Collection[str]) -> str | None:
        """See `JobStore`."""
        return self._held.shelf.questions.get(digest_of(jobs), (0.0, None))[1]

    def history(self, job: str) -> Sequence[Move]:
        """See `JobStore`."""
        return self._held.shelf.moves.get(job, ())

    def account(self, id: str) -> Account | None:
        """See `JobStore`."""
        return self._held.shelf.accounts.get(id)

    def accounts(self) -> Sequence[Account]:
        """See `JobStore`."""
        return sorted(self._held.shelf.accounts.values(), key=lambda account: account.id)

    def attempts(self, account: str) -> Sequence[Attempt]:
        """See `JobStore`."""
        mine = (one for one in self._held.shelf.attempts.values() if one.account == account)
        return sorted((one for one in mine if one.slot_until is not None), key=lambda one: (one.asked, one.job))

    def busy(self, now: float, limit: int = 1) -> Sequence[str]:
        """See `JobStore`."""
        open_ones = {job.account for job in self._held.shelf.jobs.values() if job.stage in OPEN}
        mine = (one for one in self._held.shelf.accounts.values() if one.id in open_ones)
        due = [one for one in mine if one.due <= now or one.due > now + FAR_AHEAD]
        return [one.id for one in sorted(due, key=lambda one: (one.due, one.id))][:limit]

    def take_run(self, id: str) -> ScheduledRun | None:
        """See `JobStore`."""
        with self._held.lock:
            run = self._held.runs.get(id, ScheduledRun(id))
            if run.owner in self._held.owners:
                return None
            taken = self._held.runs[id] = replace(run, owner=self.owner)
            return taken

    def leave_run(self, run: ScheduledRun) -> None:
        """See `JobStore`."""
        with self._held.lock:
            if self._held.runs[run.id].owner == self.owner:
                self._held.runs[run.id] = replace(run, owner="")

    def prune(self, before: float) -> int:
        """See `JobStore`."""
        with self._held.lock:
            held = {one.job for one in self._held.shelf.attempts.values() if (one.slot_until or 0.0) >= before}
            ended = [
                job.id
                for job in self._held.shelf.jobs.values()
                if not job.is_open and job.changed < before and job.id not in held
            ]
            for id in ended:
                del self._held.shelf.jobs[id]
                self._held.shelf.moves.pop(id, None)
            self._held.shelf.attempts = {
                key: one for key, one in self._held.shelf.attempts.items() if one.job not in ended
            }
            kept = {key: one for key, one in self._held.shelf.questions.items() if one[0] >= before}
            self._held.shelf.questions = kept
        return len(ended)

    def close(self) -> None:
        """See `JobStore`."""
        self._held.owners.discard(self.owner)
