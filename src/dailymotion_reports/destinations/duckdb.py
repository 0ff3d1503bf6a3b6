"""A DuckDB file.

The window of a question is replaced whole, in one transaction, with its receipt in the same transaction.  The
file is opened late and closed early, because one writer locks everybody else out.  A new file is made under
another name, synced and linked to its own: a kill during the first creation leaves nothing that cannot be opened,
and of two that make it at once neither loses a row.  Who finds it in use waits for it a while.  What a power cut can
tear of it is kept beside it while a load lasts (`duckdb_undo`).
"""

import glob
import os
import random
import secrets
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from datetime import UTC
from pathlib import Path
from typing import TypeVar

import duckdb

from dailymotion_reports.destinations.base import Address, Capabilities, Load, LoadReceipt, Told
from dailymotion_reports.destinations.database_file import Place
from dailymotion_reports.destinations.duckdb_table import DuckDBTable
from dailymotion_reports.destinations.duckdb_undo import cut_back, put_back, sweep, undoable, what_may_tear
from dailymotion_reports.destinations.durable import sync_folder
from dailymotion_reports.destinations.replacement import Replaced
from dailymotion_reports.destinations.window_table import WindowTable
from dailymotion_reports.errors import (
    DestinationRefused,
    DestinationUnavailable,
    LoadError,
)
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.tables.engine import LOADING, first_line

T = TypeVar("T")

STORAGE_VERSION = "v1.4.0"
"""The oldest format that every supported DuckDB opens; 2.0's own is closed to all 1.x."""

_PAUSES = (0.05, 0.5)
"""The least and the most seconds between two tries."""

_RANDOM = 4
"""Random bytes in the name of a file that is being made."""


def open_destination(address: Address) -> "DuckDB":
    """The destination for ``duckdb:PATH?table=NAME&wait=SECONDS``; UsageError as for `Place.of`."""
    return DuckDB(Place.of(address))


class _InUse(Exception):
    """The file is in use by others, who may be done soon; ``error`` says so to people."""

    def __init__(self, error: DestinationUnavailable) -> None:
        self.error = error


class _Invalidated(Exception):
    """DuckDB has given the database up that it has open, after an error of its own."""

    def __init__(self, error: DestinationUnavailable) -> None:
        self.error = error


class DuckDB:
    """One table of one DuckDB file."""

    capabilities = Capabilities(transactional=True)

    def __init__(
        self,
        place: Place,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._place, self.path, self.table, self._name = place, place.path, place.table, place.name
        self._clock, self._sleep, self._chance = clock, sleep, chance
        self.address = place.address

    def check(self) -> None:
        """See `Destination`.  A folder that is not there is not made."""
        if self._place.is_there():
            self._patiently(lambda: self._open(self.path).close())
        else:
            self._place.check_folder()

    def load(self, load: Load) -> LoadReceipt:
        """See `Destination`."""
        try:
            self._patiently(self._create)
            self._sweep()
            done = self._patiently(lambda: self._loaded(load))
            sync_folder(self.path.parent)  # DuckDB syncs the file, and leaves its name to the system.
        except OSError as error:
            raise self._place.unwritable(error.strerror or "the system refuses") from None
        moment, print_ = load.now.astimezone(UTC), load.request.fingerprint
        return LoadReceipt(self._name, self.table, done.rows, print_, moment, done.kept, done.changes)

    def told(self, request: ReportRequest, accounts: Collection[str]) -> Mapping[str, tuple[Told, ...]]:
        """See `Destination`."""
        if not self._place.is_there():
            return dict.fromkeys(accounts, ())
        return self._patiently(lambda: self._told(request, accounts))

    def _told(self, request: ReportRequest, accounts: Collection[str]) -> Mapping[str, tuple[Told, ...]]:
        return self._looked(lambda table: table.told(request, accounts))

    def at_tables(self, work: Callable[[WindowTable], T], *, writes: bool) -> T | None:
        """See `Dimensional`."""
        if not self._place.is_there():
            return None
        try:
            return self._patiently(lambda: self._changed(work) if writes else self._looked(work))
        except OSError as error:
            raise self._place.unwritable(error.strerror or "the system refuses") from None

    def _looked(self, work: Callable[[WindowTable], T]) -> T:
        with closing(self._open(self.path, read_only=True)) as connection:
            try:
                return work(DuckDBTable(connection, self.table, self._name))
            except duckdb.Error as error:
                raise self._not_opened(first_line(error)) from None

    def _changed(self, work: Callable[[WindowTable], T]) -> T:
        """Where it fails, closing the connection rolls it back."""
        with self._written() as connection:
            try:
                return DuckDBTable(connection, self.table, self._name).in_transaction(work)
            except (duckdb.TransactionException, duckdb.FatalException) as error:
                raise _InUse(self._used(f"another load was at work: {first_line(error)}")) from None
            except duckdb.Error as error:
                message = f"{self._name} does not take the rows: {first_line(error)}"
                raise DestinationRefused(message, destination=self._name) from None

    def _patiently(self, work: Callable[[], T]) -> T:
        """Try until the file is not in use any more, or for as long as is waited."""
        ends, pause = self._clock() + self._place.wait, _PAUSES[0]
        while True:
            try:
                return work()
            except _InUse as busy:
                if self._clock() >= ends:
                    raise busy.error from None
            self._sleep(pause * (0.5 + self._chance()))
            pause = min(pause * 2, _PAUSES[1])

    def _loaded(self, load: Load) -> Replaced:
        """Load; a database that DuckDB has given up, whose file is as it was, is opened once more."""
        try:
            return self._loaded_once(load)
        except _Invalidated:
            pass
        try:
            return self._loaded_once(load)
        except _Invalidated as given_up:
            raise given_up.error from None

    def _loaded_once(self, load: Load) -> Replaced:
        with self._written() as connection:
            return self._replaced(connection, load)

    @contextmanager
    def _written(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The file open to be written, so that what is torn of it can be put back."""
        with ExitStack() as stack:
            kept = stack.enter_context(self._undoable())
            connection = stack.enter_context(closing(self._open(self.path)))
            sweep(self.path, kept)
            self._sweep_spilled()
            yield connection

    def _undoable(self) -> AbstractContextManager[Path]:
        """Keeps what a load may tear, see `undoable`."""
        opened = self._open(self.path, read_only=True)
        try:
            return undoable(self.path, *what_may_tear(opened), _InUse)
        except duckdb.Error as error:
            raise self._not_opened(first_line(error)) from None
        finally:
            opened.close()

    def _replaced(self, connection: duckdb.DuckDBPyConnection, load: Load) -> Replaced:
        """Carry the load out.  Where it fails, closing the connection rolls it back."""
        table = DuckDBTable(connection, self.table, self._name)
        try:
            return table.replace(load)
        except duckdb.TransactionException as error:
            raise _InUse(self._used(f"another load was at work: {first_line(error)}")) from None
        except duckdb.FatalException as error:
            raise _Invalidated(self._used(first_line(error))) from None
        except duckdb.Error as error:
            if "write-write conflict" in str(error):
                raise _InUse(self._used(f"another load was at work: {first_line(error)}")) from None
            found = load.table.diagnosed()
            raise found or DestinationRefused(
                f"{self._name} does not take the rows: {first_line(error)}", destination=self._name
            ) from None

    def _create(self) -> None:
        """Make the file where it is not there; whoever else makes it at the same time wins or loses harmlessly."""
        if self._place.is_there():
            return
        self._place.check_folder()
        part = self.path.with_name(f".{self.path.name}.{secrets.token_hex(_RANDOM)}.part")
        try:
            self._open(part).close()
            part.chmod(0o600)
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            os.link(part, self.path)
        except (FileNotFoundError, FileExistsError):
            if not self.path.exists():
                raise
        finally:
            part.unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove what a process has left that was killed while it made the file, which is there now.

        One that is about to lose to whoever made it may lose its own beginning too.
        """
        strays = f".{glob.escape(self.path.name)}.{'[0-9a-f]' * 2 * _RANDOM}.part"
        with suppress(OSError):
            for stray in (*self.path.parent.glob(strays), *self.path.parent.glob(f"{strays}.wal")):
                stray.unlink(missing_ok=True)

    def _sweep_spilled(self) -> None:
        """Remove what DuckDB has spilled for a process that was killed.  Nobody else has the file open now."""
        shutil.rmtree(self.path.with_name(f"{self.path.name}.tmp"), ignore_errors=True)

    def _open(self, path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
        check_kind(path, self._name)
        config = LOADING | {"storage_compatibility_version": STORAGE_VERSION}
        try:
            return duckdb.connect(str(path), read_only=read_only, config=config)
        except duckdb.Error as error:
            text = first_line(error)
            if "checksum" in text and (put_back(path) or cut_back(path, text)):
                return self._open(path, read_only=read_only)
            if "Could not set lock" in text or "different configuration" in text or "already attached" in text:
                raise _InUse(self._used(text)) from None
            raise self._not_opened(text) from None

    def _used(self, text: str) -> DestinationUnavailable:
        return DestinationUnavailable(
            f"{self._name} is in use by another program: {text}",
            destination=self._name,
            hint="Close the program that has the file open, then load again.",
        )

    def _not_opened(self, text: str) -> LoadError:
        return DestinationRefused(
            f"{self._name} cannot be opened: {text}",
            destination=self._name,
            hint="Nothing was changed. Choose another path, or move the file away.",
        )


def check_kind(path: Path, name: str) -> None:
    """Raise DestinationRefused for a file of another kind.

    DuckDB opens a CSV or Parquet file too, as a database that is gone when it is closed.
    """
    if path.is_file() and not _is_database(path):
        raise DestinationRefused(
            f"{name} is a file of another kind.",
            destination=name,
            hint="Nothing was changed. Name a DuckDB file, or a path where there is none yet.",
        )


def _is_database(path: Path) -> bool:
    """Whether a file is empty or begins as DuckDB's do.  Source: https://duckdb.org/docs/internals/storage"""
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except OSError:
        return True  # opening it says what is wrong
    return not start or start[8:] == b"DUCK"
