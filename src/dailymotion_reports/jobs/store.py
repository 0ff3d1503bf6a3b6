"""What every job store owes: ``JobStore``, and the ``Book`` of one account that it opens for a moment.

All that changes an account's jobs happens inside its book: one transaction, and no two at a time for one account,
over all processes and hosts that share the store.  A book that is left by an error has changed nothing.
"""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from dailymotion_reports.jobs.job import Account as Account
from dailymotion_reports.jobs.job import Attempt as Attempt
from dailymotion_reports.jobs.job import Job as Job
from dailymotion_reports.jobs.job import Move as Move
from dailymotion_reports.jobs.job import ScheduledRun as ScheduledRun
from dailymotion_reports.jobs.states import Empty as Empty
from dailymotion_reports.jobs.states import Fetched as Fetched
from dailymotion_reports.jobs.states import Planned as Planned
from dailymotion_reports.jobs.states import Ready as Ready
from dailymotion_reports.jobs.states import Submitting as Submitting
from dailymotion_reports.jobs.states import Waiting as Waiting


class Book(Protocol):
    """The jobs of one account, while nobody else changes them."""

    @property
    def account(self) -> Account:
        """What is known of the account; a new one where nothing is."""

    def keep_account(self, account: Account) -> None:
        """Write it down."""

    def job(self, id: str) -> Job | None:
        """The job of that id, as it is now."""

    def keep(self, job: Job, *moves: Move) -> None:
        """Write a job down, new or changed, with the moves that led to it."""

    def keep_attempt(self, attempt: Attempt) -> None:
        """Write an attempt down, new or changed."""

    def keep_question(self, jobs: Collection[str], text: str, now: float) -> None:
        """Write down the question that jobs together were asked for, so that whoever collects them can answer it."""

    def attempts(self, now: float) -> Sequence[Attempt]:
        """The attempts that hold a slot at ``now``."""

    def attempts_of(self, job: str) -> Sequence[Attempt]:
        """All attempts of a job, the first first."""

    def running(self) -> Sequence[Job]:
        """The jobs that are submitting or waiting, in the order of their numbers."""

    def to_do(self, ids: Collection[str] | None, now: float, planned: int = 1, ready: int = 50) -> Sequence[Job]:
        """What a turn is about, of all jobs or of ``ids``, at one look.

        First all that run, whoever wants them (see `running`); then so many of the finished ones that are not fetched
        yet, those first that will be deleted first; then so many of the next to be asked for: those due first, by
        lane, then by number.
        """

    def same(self, fingerprint: str) -> Sequence[Job]:
        """The jobs that ask the same, the newest first."""


class JobStore(Protocol):
    """Where jobs are kept.  Safe to share between threads."""

    owner: str
    """The name under which this store takes jobs in hand, unlike that of any other, alive as long as it is open."""

    warnings: Sequence[str]
    """What is doubtful about where it keeps them, a sentence each."""

    def book(self, account: str) -> AbstractContextManager[Book]:
        """The book of an account, until the block ends."""

    def alive(self, owner: str) -> bool:
        """Whether an owner may still be at work.  A process that has ended is known to have ended; a number that the
        system has given to another process since is no reason to think otherwise."""

    def job(self, id: str) -> Job | None:
        """The job of that id, or of the only one that begins so."""

    def jobs(
        self,
        *,
        account: str | None = None,
        ids: Collection[str] | None = None,
        stages: Collection[str] | None = None,
        since: float | None = None,
        limit: int | None = None,
    ) -> Sequence[Job]:
        """Jobs, the newest first; with ``since`` those that changed then or later.

        All that there ever were are read for one that asks for neither of the others.
        """

    def question(self, jobs: Collection[str]) -> str | None:
        """The question that these jobs were asked for together, as it was kept; of several the newest."""

    def history(self, job: str) -> Sequence[Move]:
        """The moves of a job, the first first."""

    def account(self, id: str) -> Account | None:
        """What is known of an account, where it has jobs."""

    def accounts(self) -> Sequence[Account]:
        """The accounts that have jobs."""

    def attempts(self, account: str) -> Sequence[Attempt]:
        """The attempts of an account that hold a slot, or did until their time was over."""

    def busy(self, now: float, limit: int = 1) -> Sequence[str]:
        """Accounts with open jobs, those first whose turn it is; none that another transaction holds."""

    def take_run(self, id: str) -> ScheduledRun | None:
        """Take a scheduled run in hand: how far it is served; None where an owner that is alive has it, this one too.

        It is the caller's until `leave_run`, or until this store is closed or its process ends.
        """

    def leave_run(self, run: ScheduledRun) -> None:
        """Write down how far it is served, and let others take it; nothing where another has taken it meanwhile."""

    def prune(self, before: float) -> int:
        """Forget jobs that came to their end before, with their history; how many.

        It may be many transactions, and what they have forgotten stays so where a later one fails.
        """

    def close(self) -> None:
        """Give connections back; what the owner had in hand is free."""
