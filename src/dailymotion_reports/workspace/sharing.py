"""What the accounts of one run share: the ledger they write into, and the way out.

Hundreds of accounts with a ledger and connections of their own each would need thousands of open files, more
connections than a PostgreSQL server has, and hundreds of writers for one SQLite file.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import BoundedSemaphore, Lock
from types import TracebackType
from typing import Final, Self

from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.client.sync import Client
from dailymotion_reports.client.transport import Transport
from dailymotion_reports.errors import DmrError
from dailymotion_reports.jobs.job import LEASE
from dailymotion_reports.jobs.steps import FetchJob
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.settings import Settings
from dailymotion_reports.settings.check import worlds
from dailymotion_reports.workspace.access import credentials_of, profile_of, token_store_of
from dailymotion_reports.workspace.events import SILENT, Events, events_of
from dailymotion_reports.workspace.keeping import open_archive
from dailymotion_reports.workspace.ledger import account_in_ledger, open_ledger
from dailymotion_reports.workspace.progress import Listener, Progress
from dailymotion_reports.workspace.sync import Workspace

CONNECTIONS: Final = 4
"""Connections to one shared ledger: a server far away answers each after a while, and they wait for it side by side."""


DOWNLOADS: Final = 32
"""Downloads at a time, over all accounts; each has a few files open, and no account has more than two."""

_BEAT: Final = LEASE / 4
"""Seconds after which whoever waits for a download says that he is still there."""


class _OneOfMany(Workspace):
    """A workspace that leaves ledger and connections open, and waits for room before it downloads."""

    room: BoundedSemaphore

    def _fetched(self, step: FetchJob, tell: Listener) -> tuple[str, int]:
        while not self.room.acquire(timeout=_BEAT):
            tell(Progress("waiting"))
        try:
            return super()._fetched(step, tell)
        finally:
            self.room.release()

    def close(self) -> None:
        """Give up what nobody has ended."""
        self._desk.leave()


class Shared:
    """Opens ledgers and ways out when they are first needed, and closes them at the end of a ``with`` block.

    Safe for several threads.
    """

    def __init__(self, events: Events = SILENT) -> None:
        self._events = events
        self._lock, self._open = Lock(), ExitStack()
        self._ledgers: dict[tuple[str, int], JobStore | DmrError] = {}
        self._ways: dict[str, Transport] = {}
        self._at_work: set[tuple[str, str]] = set()
        self._room = BoundedSemaphore(DOWNLOADS)

    @contextmanager
    def workspace(self, settings: Settings) -> Iterator[Workspace]:
        """A workspace of an account, until the block ends.  Raises as `Workspace.open`, and LedgerError."""
        worlds(settings)
        archive = open_archive(settings)
        credentials, way_out = credentials_of(settings), self._way_out(settings.ca_file)
        events = events_of(settings, self._events)
        store = token_store_of(settings)
        client = Client(profile_of(settings), credentials, way_out, store=store, tell=events.tell)
        whose = settings.ledger_shown, account_in_ledger(settings)
        with (
            self._ledger_of(settings, whose) as ledger,
            _OneOfMany(client, archive, settings, store=ledger, events=events) as workspace,
        ):
            workspace.room = self._room
            yield workspace

    def ledger(self, settings: Settings) -> JobStore:
        """The ledger of an account, to be looked at; it is not the caller's to close.

        Raises LedgerError; one that could not be opened is not tried again, since all would wait for that in a row.
        """
        lane = int(account_in_ledger(settings), 16) % CONNECTIONS if settings.shared_ledger else 0
        with self._lock:
            key = settings.ledger_shown, lane
            found = self._ledgers[key] = self._ledgers.get(key) or self._opened(settings)
        if isinstance(found, DmrError):
            raise found
        return found

    def _opened(self, settings: Settings) -> JobStore | DmrError:
        try:
            store = open_ledger(settings)
        except DmrError as error:
            return error
        self._open.callback(store.close)
        return store

    @contextmanager
    def _ledger_of(self, settings: Settings, whose: tuple[str, str]) -> Iterator[JobStore]:
        """The ledger to work with.  Who works for an account that somebody here works for already has one of its own:
        what is in hand is told apart by the ledger's owner."""
        with self._lock:
            first = whose not in self._at_work
            self._at_work.add(whose)
        ledger = self.ledger(settings) if first else open_ledger(settings)
        try:
            yield ledger
        finally:
            if first:
                with self._lock:
                    self._at_work.discard(whose)
            else:
                ledger.close()

    def _way_out(self, ca_file: str) -> Transport:
        with self._lock:
            if (found := self._ways.get(ca_file)) is None:
                found = self._ways[ca_file] = Httpx2Transport(ca_file or None)
                self._open.callback(found.close)
            return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
