"""A DuckDB file.

The window of a question is replaced whole, in one transaction, with its receipt in the same transaction.  The
file is opened late and closed early, because one writer locks everybody else out.  A new file is made under
another name, synced and linked to its own: a kill during the first creation leaves nothing that cannot be opened,
and of two that make it at once neither loses a row.
"""

import glob
import os
import secrets
from contextlib import closing, suppress
from datetime import UTC
from pathlib import Path

import duckdb

from dailymotion_reports.destinations.base import Address, Capabilities, Load, LoadReceipt
from dailymotion_reports.destinations.duckdb_table import DuckDBTable
from dailymotion_reports.destinations.replacement import Replaced
from dailymotion_reports.errors import (
    DestinationRefused,
    DestinationUnavailable,
    LoadError,
    UsageError,
)
from dailymotion_reports.tables.engine import LIMITS, first_line

DEFAULT_TABLE = "report"
STORAGE_VERSION = "v1.4.0"
"""The oldest format that every supported DuckDB opens; 2.0's own is closed to all 1.x."""

_OWN = "_dmr_"

_RANDOM = 4
"""Random bytes in the name of a file that is being made."""

_LONGEST_NAME = 220
"""Bytes of a file name that leave room for the names beside it."""


def open_destination(address: Address) -> "DuckDB":
    """The destination for ``duckdb:PATH?table=NAME``.

    Raises UsageError for any other option, for what is no file (``:memory:``), for a name that no file can have or
    that is not UTF-8, which is all that DuckDB takes, and for a table name of ours.
    """
    unknown = sorted(set(address.options) - {"table"})
    if unknown:
        raise UsageError(f"duckdb: has no option {', '.join(unknown)}.", hint="It has table=NAME.")
    table = address.options.get("table", DEFAULT_TABLE)
    if not table or table.lower().startswith(_OWN):
        raise UsageError(f"{table!r} is no name for a table of yours.", hint=f"Names that begin with {_OWN} are ours.")
    if ":" in Path(address.path).parts[0]:
        raise UsageError(f"{address.path!r} is no file.", hint="Name a path, such as duckdb:reports.duckdb.")
    try:
        f"{address.path}{table}".encode()
    except UnicodeEncodeError:
        raise UsageError(f"{address.path!r} is no name in UTF-8, and DuckDB takes no other.") from None
    return DuckDB(Path(os.path.expanduser(address.path)), table)


class DuckDB:
    """One table of one DuckDB file."""

    capabilities = Capabilities(transactional=True)

    def __init__(self, path: Path, table: str) -> None:
        self.path, self.table = _whole(path), table
        self._name = f"duckdb:{path}"

    def check(self) -> None:
        """See `Destination`.  A folder that is not there is not made."""
        if _is_there(self.path):
            self._open(self.path).close()
        else:
            self._check_folder()

    def _check_folder(self) -> None:
        folder = self.path.parent
        if not folder.exists():
            raise UsageError(f"There is no folder {folder} to make {self.path.name} in.")
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            raise self._unwritable("its folder is not one that can be written to")

    def load(self, load: Load) -> LoadReceipt:
        """See `Destination`."""
        try:
            self._create()
            self._sweep()
            with closing(self._open(self.path)) as connection:
                done = self._replaced(connection, load)
        except OSError as error:
            raise self._unwritable(error.strerror or "the system refuses") from None
        moment, print_ = load.now.astimezone(UTC), load.request.fingerprint
        return LoadReceipt(self._name, self.table, done.rows, print_, moment, done.kept, done.changed)

    def _replaced(self, connection: duckdb.DuckDBPyConnection, load: Load) -> Replaced:
        """Carry the load out.  Where it fails, closing the connection rolls it back."""
        table = DuckDBTable(connection, self.table, self._name)
        try:
            return table.replace(load)
        except duckdb.Error as error:
            found = load.table.diagnosed()
            raise found or DestinationRefused(
                f"{self._name} does not take the rows: {first_line(error)}", destination=self._name
            ) from None

    def _create(self) -> None:
        """Make the file where it is not there; whoever else makes it at the same time wins or loses harmlessly."""
        if _is_there(self.path):
            return
        self._check_folder()
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

    def _open(self, path: Path) -> duckdb.DuckDBPyConnection:
        if path.is_file() and not _is_database(path):
            # DuckDB opens a CSV or Parquet file too, as a database that is gone when it is closed.
            raise DestinationRefused(
                f"{self._name} is a file of another kind.",
                destination=self._name,
                hint="Nothing was changed. Name a DuckDB file, or a path where there is none yet.",
            )
        try:
            return duckdb.connect(str(path), config=LIMITS | {"storage_compatibility_version": STORAGE_VERSION})
        except duckdb.Error as error:
            raise self._not_opened(error) from None

    def _not_opened(self, error: duckdb.Error) -> LoadError:
        text = first_line(error)
        if "Could not set lock" in text or "different configuration" in text or "already attached" in text:
            return DestinationUnavailable(
                f"{self._name} is in use by another program: {text}",
                destination=self._name,
                hint="Close the program that has the file open, then load again.",
            )
        return DestinationRefused(
            f"{self._name} cannot be opened: {text}",
            destination=self._name,
            hint="Nothing was changed. Choose another path, or move the file away.",
        )

    def _unwritable(self, reason: str) -> DestinationUnavailable:
        return DestinationUnavailable(
            f"{self._name} cannot be written: {reason}.", destination=self._name, hint="Choose another path."
        )


def _whole(path: Path) -> Path:
    """Where a file really is, links followed.  Raises UsageError where the folder that it is to be in is gone."""
    try:
        return Path(os.path.realpath(path))
    except FileNotFoundError:
        raise UsageError(
            f"{str(path)!r} lies in the folder that this runs in, and that folder is gone.",
            hint="Change to a folder that is there, or name a path that begins with /.",
        ) from None


def _is_there(path: Path) -> bool:
    """Whether there is a file.  Raises UsageError for a name that none can have, or none beside which one is made."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        if len(os.fsencode(path.name)) > _LONGEST_NAME:
            raise UsageError(f"duckdb:{path} cannot be made: File name too long.") from None
        return False
    except OSError as error:
        raise UsageError(f"duckdb:{path} cannot be opened: {error.strerror}.") from None
    return True


def _is_database(path: Path) -> bool:
    """Whether a file is empty or begins as DuckDB's do.  Source: https://duckdb.org/docs/internals/storage"""
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except OSError:
        return True  # opening it says what is wrong
    return not start or start[8:] == b"DUCK"
