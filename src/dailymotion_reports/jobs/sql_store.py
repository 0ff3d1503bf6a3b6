"""What SQLite and PostgreSQL share: jobs and runs in tables, by the questions of ``queries.sql``."""

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from dailymotion_reports.errors import LedgerUnavailable
from dailymotion_reports.jobs.job import Account, Attempt, Job, Move, ScheduledRun
from dailymotion_reports.jobs.records import (
    NEVER,
    account_of,
    account_row,
    attempt_of,
    columns,
    digest_of,
    job_of,
    job_row,
    move_of,
)
from dailymotion_reports.jobs.states import KINDS

PRUNED = 2000
"""Jobs that are forgotten in one transaction."""

VERSION = 4
"""Of the ledger's schema."""

Row = Mapping[str, Any]


class Asks(Protocol):
    """Runs a question by its name."""

    def __call__(self, name: str, **values: Any) -> Sequence[Row]:
        """The rows."""


@cache
def queries() -> Mapping[str, str]:
    """The questions by name."""
    text = _shipped("queries.sql")
    parts = (part.partition("\n") for part in text.split("-- name: ")[1:])
    return {name.strip(): body.strip() for name, _, body in parts}


@cache
def schema(since: int = 0) -> Sequence[str]:
    """The statements that make the tables, or what a version lacks."""
    versions = re.split(r"^-- version (\d+)$", _shipped("schema.sql"), flags=re.MULTILINE)[1:]
    texts = [text for version, text in zip(versions[::2], versions[1::2], strict=True) if int(version) > since]
    return [statement.strip() for text in texts for statement in text.split(";\n") if statement.strip()]


def _shipped(name: str) -> str:
    """A file that comes with this package.  Raises LedgerUnavailable: a process may have no file left to open."""
    try:
        return files("dailymotion_reports.jobs").joinpath(name).read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise LedgerUnavailable(f"The ledger cannot be used: {name} cannot be read: {reason}.") from None


class SqlBook:
    """The book of one account, within a transaction."""

    def __init__(self, ask: Asks, account: str) -> None:
        self._ask, self._id = ask, account

    @property
    def account(self) -> Account:
        """See `Book`."""
        rows = self._ask("account", account=self._id)
        return account_of(rows[0]["detail"]) if rows else Account(self._id)

    def keep_account(self, account: Account) -> None:
        """See `Book`."""
        self._ask("keep_account", **account_row(account))

    def job(self, id: str) -> Job | None:
        """See `Book`."""
        rows = self._ask("job", id=id)
        return job_of(rows[0]) if rows else None

    def keep(self, job: Job, *moves: Move) -> None:
        """See `Book`."""
        self._ask("keep_job", **job_row(job))
        for move in moves:
            self._ask("keep_move", **columns(move))

    def keep_attempt(self, attempt: Attempt) -> None:
        """See `Book`."""
        self._ask("keep_attempt", **columns(attempt))

    def keep_question(self, jobs: Collection[str], text: str, now: float) -> None:
        """See `Book`."""
        self._ask("keep_question", jobs=digest_of(jobs), account=self._id, asked=now, text=text)

    def attempts(self, now: float) -> Sequence[Attempt]:
        """See `Book`."""
        return [attempt_of(row) for row in self._ask("attempts_that_hold", account=self._id, now=now)]

    def attempts_of(self, job: str) -> Sequence[Attempt]:
        """See `Book`."""
        return [attempt_of(row) for row in self._ask("attempts_of", job=job)]

    def running(self) -> Sequence[Job]:
        """See `Book`."""
        return [job_of(row) for row in self._ask("running", account=self._id)]

    def to_do(self, ids: Collection[str] | None, now: float, planned: int = 1, ready: int = 50) -> Sequence[Job]:
        """See `Book`."""
        most = {"most_planned": planned, "most_ready": ready}
        return [job_of(row) for row in self._ask("to_do", account=self._id, now=now, **most, **among(ids))]

    def same(self, fingerprint: str) -> Sequence[Job]:
        """See `Book`."""
        return [job_of(row) for row in self._ask("same", account=self._id, fingerprint=fingerprint)]


class SqlStore(ABC):
    """A job store in a database.  What differs is how a transaction is made, and who is alive."""

    owner: str

    @abstractmethod
    def alive(self, owner: str) -> bool:
        """See `JobStore`."""

    @abstractmethod
    def _transaction(self, account: str) -> AbstractContextManager[Any]:
        """A block in which nobody else changes ``account``; gives what asks."""

    @abstractmethod
    def _look(self) -> AbstractContextManager[Any]:
        """A block in which things are only read; gives what asks."""

    @abstractmethod
    def _changed(self, name: str, **values: Any) -> int:
        """Run a statement in a transaction of its own; how many rows it was about."""

    @contextmanager
    def book(self, account: str) -> Iterator[SqlBook]:
        """See `JobStore`."""
        with self._transaction(account) as ask:
            yield SqlBook(ask, account)

    def job(self, id: str) -> Job | None:
        """See `JobStore`."""
        if not _may_be_id(id):
            return None
        with self._look() as ask:
            rows = ask("job", id=id) or ask("jobs_that_begin", id=id, beyond=id + _LAST)
        return job_of(rows[0]) if len(rows) == 1 else None

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
        named = None if ids is None else [id for id in ids if _may_be_id(id)]
        which = _question(account is not None, ids is not None, stages is not None, since is not None)
        among_states = sorted(KINDS if stages is None else stages)
        changed = {"since": -NEVER if since is None else since, "most": limit or _EVERY}
        with self._look() as ask:
            rows = ask(which, account=account or "", states=among_states, **among(named), **changed)
        return [job_of(row) for row in rows]

    def question(self, jobs: Collection[str]) -> str | None:
        """See `JobStore`."""
        with self._look() as ask:
            rows = ask("question", jobs=digest_of(jobs))
        return str(rows[0]["text"]) if rows else None

    def history(self, job: str) -> Sequence[Move]:
        """See `JobStore`."""
        with self._look() as ask:
            return [move_of(row) for row in ask("history", job=job)]

    def account(self, id: str) -> Account | None:
        """See `JobStore`."""
        with self._look() as ask:
            rows = ask("account", account=id)
        return account_of(rows[0]["detail"]) if rows else None

    def accounts(self) -> Sequence[Account]:
        """See `JobStore`."""
        with self._look() as ask:
            return [account_of(row["detail"]) for row in ask("accounts")]

    def attempts(self, account: str) -> Sequence[Attempt]:
        """See `JobStore`."""
        with self._look() as ask:
            return [attempt_of(row) for row in ask("attempts_with_slots", account=account)]

    def busy(self, now: float, limit: int = 1) -> Sequence[str]:
        """See `JobStore`."""
        with self._look() as ask:
            return [row["id"] for row in ask("busy", now=now, most=limit)]

    def take_run(self, id: str) -> ScheduledRun | None:
        """See `JobStore`."""
        with self._transaction(_run_book(id)) as ask:
            run = next((ScheduledRun(**row) for row in ask("run", id=id)), ScheduledRun(id))
            if run.owner and self.alive(run.owner):
                return None
            taken = replace(run, owner=self.owner)
            ask("keep_run", **columns(taken))
            return taken

    def leave_run(self, run: ScheduledRun) -> None:
        """See `JobStore`."""
        with self._transaction(_run_book(run.id)) as ask:
            if any(row["owner"] == self.owner for row in ask("run", id=run.id)):
                ask("keep_run", **columns(replace(run, owner="")))

    def prune(self, before: float) -> int:
        """See `JobStore`."""
        self._changed("prune_questions", before=before)
        gone = 0
        while some := self._changed("prune", before=before, most=PRUNED):
            gone += some
        return gone


def _may_be_id(text: str) -> bool:
    """Whether a text can be an id, as people type it: neither database takes every one."""
    return text.isascii() and text.isprintable()


def _question(of_account: bool, named: bool, in_states: bool, recent: bool) -> str:
    """The question for some jobs: each has an index of its own.

    One for all of them would look at every job that there ever was.
    """
    if named:
        return "jobs_named"
    if of_account:
        return "jobs_of_account_in_states" if in_states else "jobs_of_account"
    return "jobs_in_states" if in_states or recent else "jobs"


_EVERY = 2**31 - 1

_LAST = chr(0x10FFFF)
"""Stands behind every text that begins with the one before it."""


def _run_book(id: str) -> str:
    """What is locked while a run changes hands: no account is called so."""
    return f"run {id}"


def among(ids: Collection[str] | None) -> dict[str, Any]:
    """The parameters that name some jobs, or every one."""
    return {"ids": sorted(ids or ()), "every": int(ids is None)}
