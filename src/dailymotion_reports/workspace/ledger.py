"""Where the jobs of these settings are written down, and whose they are."""

import hashlib
import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from dailymotion_reports.jobs import enlisting, lifecycle
from dailymotion_reports.jobs.job import Job, Move
from dailymotion_reports.jobs.sqlite_store import SqliteStore
from dailymotion_reports.jobs.states import KEPT
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.access import account_of

_LETTERS, _DIGITS, _PAIRS = "abcdefghjkmnpqrstvwxyz", "23456789", 4
"""Of job ids: no letter that is taken for a digit, and none that makes words."""


def open_ledger(settings: Settings) -> JobStore:
    """The ledger that the settings name: a shared one, or the file of this machine.

    Raises LedgerError where it cannot be used, MissingExtra where a shared one needs what is not installed.
    """
    owner = secrets.token_hex(8)
    if shared := settings.shared_ledger:
        from dailymotion_reports.jobs.postgres_server import Server
        from dailymotion_reports.jobs.postgres_store import PostgresStore

        return PostgresStore(Server(shared.parameters, shared.password), owner)
    return SqliteStore(settings.folders.ledger, owner)


@contextmanager
def opened_ledger(settings: Settings) -> Iterator[JobStore]:
    """The ledger that the settings name, closed at the end of the block."""
    store = open_ledger(settings)
    try:
        yield store
    finally:
        store.close()


def prune(settings: Settings, days: float, now: float) -> int:
    """Forget jobs that came to their end more than ``days`` ago, with their history; the archive keeps its files."""
    with opened_ledger(settings) as store:
        return store.prune(now - days * 86400)


def withdraw(settings: Settings, jobs: Sequence[Job], now: float) -> None:
    """Give up those of some jobs that were not asked for yet."""
    with opened_ledger(settings) as store:
        enlisting.withdraw(store, jobs, now)


def note_loaded(store: JobStore, jobs: Collection[Job], into: str, now: float) -> None:
    """Write down that the rows of jobs are in a destination; of those that are not done nothing."""
    for one in jobs:
        with store.book(one.account) as book:
            job = book.job(one.id)
            if job is not None and job.stage in KEPT:
                state, reason = lifecycle.loaded(job, into, now)
                book.keep(replace(job, state=state, changed=now), Move(job.id, now, "loaded", reason, store.owner))


def account_in_ledger(settings: Settings) -> str:
    """Whose slots a job takes: the account, and of sandboxes the one at that address with that key.

    A sandbox that is started anew is another world, which knows no report of the one before it.
    """
    if not settings.at_sandbox:
        return account_of(settings)
    world = f"sandbox\0{settings.url}\0{settings.api_key}\0{settings.username}"
    return hashlib.sha256(world.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def new_id() -> str:
    """A name for a job, short enough to be typed, such as ``k7m2x9q4``; whoever uses it sees to it that it is new."""
    return "".join(secrets.choice(_LETTERS) + secrets.choice(_DIGITS) for _ in range(_PAIRS))
