"""Jobs in a SQLite file: the embedded ledger, for every process of one machine.

WAL with ``synchronous=FULL``: what was acknowledged survives a power cut (with NORMAL the last commits of a WAL may be
lost).  Every change begins with ``BEGIN IMMEDIATE``: a transaction that reads first and writes later fails at once,
whatever the timeout, where somebody wrote in between.  Source: https://www.sqlite.org/isolation.html
"""

import errno
import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from dailymotion_reports.errors import LedgerTooNew, LedgerUnavailable, LedgerUnusable
from dailymotion_reports.jobs.mounts import network_disk
from dailymotion_reports.jobs.owner import Owners
from dailymotion_reports.jobs.sql_store import VERSION, Row, SqlStore, queries, schema

PATIENCE = 30.0
"""Seconds that a transaction waits for others."""

_MARKS = {
    "among": "IN (SELECT value FROM json_each(:ids))",
    "among_states": "IN (SELECT value FROM json_each(:states))",
    "unless_held": "",
}


class SqliteStore(SqlStore):
    """See `JobStore`.  One connection, shared by the threads of the process one after the other.

    Raises LedgerUnavailable where the file cannot be opened or is held for too long, LedgerUnusable where it is no
    ledger or is damaged (the file is left as it is), LedgerTooNew where a newer version has written it.
    """

    def __init__(self, path: Path, owner: str, *, mounts: Path = Path("/proc/self/mounts")) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection = _opened(path)
        try:
            self._prepare()
            self._owners = _owners(path, owner)
        except BaseException:
            self._connection.close()
            raise
        self.owner = owner
        disk = network_disk(path, mounts)
        self.warnings: Sequence[str] = (
            [f"The ledger {path} lies on a network disk ({disk}), where SQLite's locks cannot be relied on."]
            if disk
            else []
        )

    def alive(self, owner: str) -> bool:
        """See `JobStore`."""
        return self._owners.alive(owner)

    def _changed(self, name: str, **values: Any) -> int:
        with self._lock, self._translated(), self._begun():
            return self._connection.execute(_statement(name), values).rowcount

    def close(self) -> None:
        """See `JobStore`."""
        with self._lock:
            self._owners.close()
            self._connection.close()

    @contextmanager
    def _transaction(self, account: str) -> Iterator[Any]:
        with self._lock, self._translated(), self._begun():
            self._check_version()
            yield self._ask

    @contextmanager
    def _look(self) -> Iterator[Any]:
        with self._lock, self._translated():
            yield self._ask

    def _ask(self, name: str, **values: Any) -> Sequence[Row]:
        lists = {one: json.dumps(value) for one, value in values.items() if isinstance(value, list)}
        return [dict(row) for row in self._connection.execute(_statement(name), values | lists)]

    @contextmanager
    def _begun(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _prepare(self) -> None:
        with self._translated():
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute("PRAGMA foreign_keys=ON")
            if self._version() != VERSION:
                self._migrate()

    def _migrate(self) -> None:
        with self._begun():
            self._check_version()
            for statement in schema(self._version()):
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {VERSION:d}")

    def _check_version(self) -> None:
        """A newer program may have brought the ledger up to its version while this one was at work."""
        version = self._version()
        if version > VERSION:
            raise LedgerTooNew(f"The ledger {self.path} is of version {version}, and this is for {VERSION} at most.")

    def _version(self) -> int:
        version: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        return version

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise LedgerUnavailable(f"The ledger {self.path} cannot be used: {error}.") from None
        except (sqlite3.DatabaseError, ValueError) as error:
            raise LedgerUnusable(f"The ledger {self.path} cannot be read: {error}.") from None


@cache
def _statement(name: str) -> str:
    """A question of ``queries.sql`` in SQLite's words."""
    text = queries()[name]
    for mark, words in _MARKS.items():
        text = text.replace(f"{{{mark}}}", words)
    return text


def _owners(path: Path, owner: str) -> Owners:
    """Who is at work with the ledger, ``owner`` from now on."""
    try:
        return Owners(path.with_name(f"{path.stem}.owners"), owner)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LedgerUnavailable(f"The ledger {path} cannot be used: its owner's lock: {reason}.") from None


def _make(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone, and have the disk keep their names.

    SQLite syncs the folder of its file, and none above that: a power cut could take the ledger whole.
    """
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.name != "nt":
        above = os.open(folder.parent, os.O_RDONLY)
        try:
            os.fsync(above)
        finally:
            os.close(above)


def _create(path: Path) -> None:
    """Make a file that only its owner can read, unless it is there.

    One that is there is not opened: closing it would take from this process the locks that other connections of its
    have, and another process would then remove what they write.  Source: https://www.sqlite.org/howtocorrupt.html
    """
    if path.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)) from None


def _opened(path: Path) -> sqlite3.Connection:
    """A connection to a file that only its owner can read."""
    try:
        _make(path.parent)
        _create(path)
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LedgerUnavailable(f"The ledger {path} cannot be opened: {reason}.") from None
    connection.row_factory = sqlite3.Row
    return connection
