"""A SQLite file.

The window of a question is replaced whole, in one transaction, with its receipt in the same transaction.  What has been
acknowledged is on the disk: a new file keeps SQLite's rollback journal and syncs its folder too, one that keeps a
write-ahead log goes on doing so.  Readers see what was there before or what is there after, never half.

A file is made empty, which is a SQLite database already: a kill leaves nothing that cannot be opened.
"""

import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC
from pathlib import Path
from typing import TypeVar

from dailymotion_reports.destinations.base import Address, Capabilities, Load, LoadReceipt, Told
from dailymotion_reports.destinations.database_file import Place
from dailymotion_reports.destinations.replacement import Replaced
from dailymotion_reports.destinations.sqlite_table import SQLiteTable
from dailymotion_reports.destinations.window_table import WindowTable
from dailymotion_reports.errors import DestinationRefused, DestinationUnavailable, LoadError, UsageError
from dailymotion_reports.query.report import ReportRequest

T = TypeVar("T")

_MAGIC = b"SQLite format 3\0"
"""How a file begins.  Source: https://www.sqlite.org/fileformat.html"""

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_SYSTEM = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
)
_PRIMARY = 0xFF
"""The part of an error code that names its kind."""


def open_destination(address: Address) -> "SQLite":
    """The destination for ``sqlite:PATH?table=NAME&wait=SECONDS``; UsageError as for `Place.of`."""
    place = Place.of(address)
    if place.table.lower().startswith("sqlite_"):
        raise UsageError(f"{place.table!r} is no name for a table.", hint="Names that begin with sqlite_ are SQLite's.")
    return SQLite(place)


class SQLite:
    """One table of one SQLite file."""

    capabilities = Capabilities(transactional=True)

    def __init__(self, place: Place) -> None:
        self._place = place
        self.address = place.address

    def check(self) -> None:
        """See `Destination`.  A folder that is not there is not made."""
        if not self._place.is_there():
            self._place.check_folder()
            return
        with self._told(), closing(self._opened()) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
            if not os.access(self._place.path, os.W_OK):
                raise self._place.unwritable("the file is not one that can be written to")

    def load(self, load: Load) -> LoadReceipt:
        """See `Destination`."""
        try:
            self._create()
            done = self._replaced(load)
        except OSError as error:
            raise self._place.unwritable(error.strerror or "the system refuses") from None
        moment, print_ = load.now.astimezone(UTC), load.request.fingerprint
        return LoadReceipt(self._place.name, self._place.table, done.rows, print_, moment, done.kept, done.changes)

    def told(self, request: ReportRequest, accounts: Collection[str]) -> Mapping[str, tuple[Told, ...]]:
        """See `Destination`."""
        if not self._place.is_there():
            return dict.fromkeys(accounts, ())
        with self._told(), closing(self._opened()) as connection:
            return SQLiteTable(connection, self._place.table, self._place.name).told(request, accounts)

    def at_tables(self, work: Callable[[WindowTable], T], *, writes: bool) -> T | None:
        """See `Dimensional`."""
        if not self._place.is_there():
            return None
        with self._told(), closing(self._opened()) as connection:
            connection.execute("PRAGMA synchronous = EXTRA")
            table = SQLiteTable(connection, self._place.table, self._place.name)
            return table.in_transaction(work) if writes else work(table)

    def _replaced(self, load: Load) -> Replaced:
        """Carry the load out.  Where it fails, closing the connection rolls it back."""
        with self._told(), closing(self._opened()) as connection:
            connection.execute("PRAGMA synchronous = EXTRA")
            return SQLiteTable(connection, self._place.table, self._place.name).replace(load)

    def _create(self) -> None:
        """Make the file where it is not there, for its owner alone; the journal beside it has the same rights."""
        if self._place.is_there():
            return
        self._place.check_folder()
        with suppress(FileExistsError):
            os.close(os.open(self._place.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    def _opened(self) -> sqlite3.Connection:
        path = self._place.path
        if not _is_database(path):
            raise DestinationRefused(
                f"{self._place.name} is a file of another kind.",
                destination=self._place.name,
                hint="Nothing was changed. Name a SQLite file, or a path where there is none yet.",
            )
        return sqlite3.connect(path, timeout=self._place.wait, isolation_level=None)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite says into our errors."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._meant(error) from None

    def _meant(self, error: sqlite3.Error) -> LoadError:
        name, code = self._place.name, getattr(error, "sqlite_errorcode", 0) & _PRIMARY
        if code in _BUSY:
            hint = "Close the program that has the file open, then load again; ?wait=60 waits longer."
            return DestinationUnavailable(f"{name} is in use by another program: {error}.", destination=name, hint=hint)
        if code in _SYSTEM:
            return self._place.unwritable(str(error))
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            hint = "Nothing was changed. Choose another path, or move the file away."
            return DestinationRefused(f"{name} cannot be opened: {error}.", destination=name, hint=hint)
        return DestinationRefused(f"{name} does not take the rows: {error}.", destination=name)


def _is_database(path: Path) -> bool:
    """Whether a file is empty or begins as SQLite's do; what is no file is left for SQLite to say so."""
    if not path.is_file():
        return True
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) in (b"", _MAGIC)
