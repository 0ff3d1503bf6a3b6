"""Jobs in PostgreSQL: the ledger that many hosts share.

One connection a process holds everything: the transactions, and for as long as it lasts a lock on the owner's name.
The server gives that lock back when the connection ends, however it ends, so that neither host names nor process
numbers are trusted.  A connection that was lost is made anew before the next transaction, never within one, and the
owner's name is locked again before anything is written.  What others took in hand meanwhile their fences protect.

Locks belong to sessions: a pooler in between has to pool sessions, not transactions.
Source: https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from typing import Any, Final

from dailymotion_reports.errors import LedgerTooNew
from dailymotion_reports.jobs.postgres_server import Connection, Server, psycopg
from dailymotion_reports.jobs.sql_store import VERSION, Row, SqlStore, queries, schema

SCHEMA: Final = "dailymotion_reports"
"""Where the tables are, in whichever database."""

_MARKS: Final = {
    "among": "= ANY(CAST(:ids AS text[]))",
    "among_states": "= ANY(CAST(:states AS text[]))",
    "unless_held": "FOR UPDATE SKIP LOCKED",
}


class PostgresStore(SqlStore):
    """See `JobStore`.  One connection, shared by the threads of the process one after the other.

    Raises LedgerUnavailable where the server cannot be reached, cuts the connection, or somebody holds an account for
    too long: what was not committed has not happened, and the next call connects anew.  Raises LedgerUnusable where
    the role may not do what is needed or the tables are none of ours, LedgerTooNew where a newer version made them.
    """

    def __init__(self, server: Server, owner: str) -> None:
        self._server, self.owner = server, owner
        self.warnings: Sequence[str] = ()
        self._lock = threading.RLock()
        self._in_book: Connection | None = None
        with server.translated():
            self._connection = self._connected()

    def alive(self, owner: str) -> bool:
        """See `JobStore`.  Within a book, an owner that is not alive does not come back before the book is closed."""
        if owner == self.owner:
            return True
        with self._lock, self._server.translated():
            connection = self._in_book or self._usable()
            found = connection.execute(
                "SELECT pg_try_advisory_xact_lock_shared(%s) AS free", (lock_number("owner", owner),)
            )
            return found.fetchall() == [{"free": False}]

    def _changed(self, name: str, **values: Any) -> int:
        with self._lock, self._server.translated():
            return self._usable().execute(statement(name), values).rowcount

    def close(self) -> None:
        """See `JobStore`."""
        with self._lock, suppress(psycopg.Error):
            try:
                self._connection.execute("SELECT pg_advisory_unlock_all()")
            finally:
                self._connection.close()

    @contextmanager
    def _transaction(self, account: str) -> Iterator[Any]:
        with self._lock, self._server.translated():
            connection = self._usable()
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (lock_number("account", account),))
                connection.execute("SELECT id FROM accounts WHERE id = %s FOR UPDATE", (account,))
                self._in_book = connection
                try:
                    yield partial(_ask, connection)
                finally:
                    self._in_book = None

    @contextmanager
    def _look(self) -> Iterator[Any]:
        with self._lock, self._server.translated():
            yield partial(_ask, self._in_book or self._usable())

    def _usable(self) -> Connection:
        """The connection, or a new one where it was cut while nothing was under way."""
        try:
            self._connection.execute("SELECT 1")
        except (psycopg.OperationalError, psycopg.InterfaceError):
            self._connection.close()
            self._connection = self._connected()
        return self._connection

    def _connected(self) -> Connection:
        """A new connection to tables of our version, on which the owner's name is locked."""
        connection = self._server.connect()
        try:
            connection.execute("SELECT set_config('search_path', %s, false)", (SCHEMA,))
            self._prepare(connection)
            connection.execute("SELECT pg_advisory_lock(%s)", (lock_number("owner", self.owner),))
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: Connection) -> None:
        if _version(connection) == VERSION:
            return
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (lock_number("schema", SCHEMA),))
            version = _version(connection)
            if version > VERSION:
                message = f"The ledger {self._server.place} is of version {version}, and this is for {VERSION} at most."
                raise LedgerTooNew(message)
            if not version:
                _begin(connection)
            for one in schema(version):
                connection.execute(one.replace(" TEXT", ' TEXT COLLATE "C"').encode())
            connection.execute("UPDATE ledger SET version = %s", (VERSION,))


def lock_number(kind: str, name: str) -> int:
    """The number by which the server knows a lock of ours: 64 bits, for an owner, an account or the schema."""
    digest = hashlib.sha256(f"{SCHEMA}\0{kind}\0{name}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


@cache
def statement(name: str) -> bytes:
    """A question of ``queries.sql`` in psycopg's words."""
    text = queries()[name].replace("%", "%%")
    for mark, words in _MARKS.items():
        text = text.replace(f"{{{mark}}}", words)
    return re.sub(r"(?<!:):(\w+)", r"%(\1)s", text).encode()


def _ask(connection: Connection, name: str, **values: Any) -> Sequence[Row]:
    found = connection.execute(statement(name), values)
    return found.fetchall() if found.description else []


def _version(connection: Connection) -> int:
    """Of the tables that are there; 0 where there are none.

    The catalogue is asked as a table: functions such as to_regclass remember what was not there a moment ago.
    """
    question = "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = %s AND tablename = 'ledger'"
    if not connection.execute(question, (SCHEMA,)).fetchall():
        return 0
    versions = connection.execute("SELECT version FROM ledger").fetchall()
    return int(versions[0]["version"]) if versions else 0


def _begin(connection: Connection) -> None:
    """A schema of our own for the tables.  Texts are ordered by their bytes, as SQLite does."""
    if not connection.execute("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s", (SCHEMA,)).fetchall():
        connection.execute(f"CREATE SCHEMA {SCHEMA}".encode())
    connection.execute("CREATE TABLE ledger (version INTEGER NOT NULL)")
    connection.execute("INSERT INTO ledger (version) VALUES (0)")
