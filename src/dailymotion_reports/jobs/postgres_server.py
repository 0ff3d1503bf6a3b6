"""A PostgreSQL server that holds a ledger: how it is connected to, and its errors as ours.

What libpq knows is left to it: TLS, passwords in ``PGPASSWORD`` or ``.pgpass``, sockets.  No password gets into an
error: what libpq says of an address is never passed on, and what it says of a connection is searched for it first.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from dailymotion_reports.errors import LedgerUnavailable, LedgerUnusable, MissingExtra
from dailymotion_reports.redaction import Secret, one_line, scrub

try:
    import psycopg as psycopg
    from psycopg.rows import DictRow, dict_row
except ImportError:
    raise MissingExtra("postgres", "A ledger in PostgreSQL") from None

Connection = psycopg.Connection[DictRow]

_LINE: Final[Mapping[str, str]] = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "application_name": "dailymotion-reports",
    "client_encoding": "utf8",
}
"""How our end of the line finds out that the other one is gone, where the address does not say otherwise."""

_SESSION: Final[Mapping[str, str]] = {
    "statement_timeout": "60s",
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
"""Nothing waits for ever; whoever freezes in the middle of a transaction or falls off the net holds nobody up."""

_PASSING: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.ReadOnlySqlTransaction,
)
"""What may be different the next time; the last but one is how somebody hears of it who froze in a transaction."""

_RIGHTS: Final = (
    "Nothing was changed. The role needs the right to create the schema dailymotion_reports in the database, "
    "or to use that schema and to write to its tables."
)


@dataclass(frozen=True, slots=True)
class Server:
    """Where a ledger is: ``parameters`` by libpq's names, all but the password."""

    parameters: Mapping[str, str]
    password: Secret = field(default_factory=lambda: Secret(""))

    @property
    def place(self) -> str:
        """What to call it: host, port and database, as far as they are said."""
        said = self.parameters
        port = f":{said['port']}" if said.get("port") else ""
        return f"{said.get('host') or 'PostgreSQL'}{port}/{said.get('dbname', '')}"

    def connect(self) -> Connection:
        """A new connection on which nothing waits for ever.  Raises psycopg's errors."""
        password = {"password": self.password.reveal()} if self.password else {}
        given: dict[str, Any] = {**_LINE, **self.parameters, **password}
        connection = psycopg.Connection.connect("", autocommit=True, row_factory=dict_row, **given)
        # What a transaction reads has to be read after it has the account's lock, whatever the server's default.
        connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        for name, value in _SESSION.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        return connection

    @contextmanager
    def translated(self) -> Iterator[None]:
        """A block in which psycopg's errors are ours, without a secret."""
        try:
            yield
        except _PASSING as error:
            raise LedgerUnavailable(f"The ledger {self.place} cannot be used: {self._reason(error)}.") from None
        except psycopg.errors.InsufficientPrivilege as error:
            message = f"The ledger {self.place} cannot be used: {self._reason(error)}."
            raise LedgerUnusable(message, hint=_RIGHTS) from None
        except (psycopg.Error, ValueError) as error:
            raise LedgerUnusable(f"The ledger {self.place} cannot be read: {self._reason(error)}.") from None

    def _reason(self, error: Exception) -> str:
        primary = error.diag.message_primary if isinstance(error, psycopg.Error) else None
        text = primary or next(iter(str(error).splitlines()), "") or type(error).__name__
        return one_line(scrub(text, (self.password,)), 200).rstrip(".")
