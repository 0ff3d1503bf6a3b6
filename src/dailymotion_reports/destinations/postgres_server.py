"""How a PostgreSQL server is connected to, and what its errors mean: mend it, or try again.

What libpq knows is left to it: TLS, and passwords in ``PGPASSWORD``, ``PGPASSFILE``, ``~/.pgpass`` or a service file.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from dailymotion_reports.destinations.postgres_address import Place
from dailymotion_reports.errors import DestinationRefused, DestinationUnavailable, LoadError, MissingExtra
from dailymotion_reports.redaction import one_line, scrub

try:
    import psycopg
    from psycopg import errors
except ImportError:
    raise MissingExtra("postgres", "Loading into PostgreSQL") from None

# What psycopg remarks on a line that was cut goes to whoever has asked for a log, and to nobody's terminal.
logging.getLogger("psycopg").addHandler(logging.NullHandler())

Connection = psycopg.Connection[tuple[Any, ...]]

_LINE: Final[Mapping[str, str]] = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "fallback_application_name": "dailymotion-reports",
}
"""How our end of the line finds out that the other one is gone, where the address does not say otherwise."""

PASSING: Final = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.TooManyConnections,
    errors.IdleInTransactionSessionTimeout,
)
"""What may be different a moment later: of two that stand in each other's way the other one is through by then."""

_MENDED: Final[Mapping[str, str]] = {
    "password|fe_sendauth": "It comes from PGPASSWORD, PGPASSFILE or ~/.pgpass, and has no place in the address.",
    "authentication": "See which user the address names, and how the server lets that one in.",
    'role "" (does|is) not': "Name another user in the address, or create it: createuser --pwprompt NAME.",
    'database "" does not exist|denied for database': "Name another in the address, or create it: createdb NAME.",
    r"pg_hba\.conf": "Its administrator lets users in by that file; sslmode=require in the address may do, too.",
    "certificate": "Name the authority that signs for the server: sslrootcert=FILE in the address.",
    "not support SSL|SSL error": "The parameter sslmode in the address says whether the line is encrypted.",
    "of service|service file": "Services stand in ~/.pg_service.conf, or in the file that PGSERVICEFILE names.",
    "connection option|invalid": "Behind the question mark stand schema, table, wait and libpq's parameters.",
}
"""Words by which libpq and the server refuse somebody for good, names left out, and what mends it: no code comes with
them.  All others may pass, such as those of a server that is starting up or full."""

RIGHTS: Final = (
    "Nothing was changed. The role may create tables in the schema (GRANT CREATE ON SCHEMA), or select, insert and "
    "delete where the tables are there; schema=NAME in the address is another one."
)


class Interrupted(Exception):
    """The connection was lost, or others were in the way; ``error`` says so to people.

    What had been sent may have been done: the destination's receipt tells.
    """

    def __init__(self, error: LoadError) -> None:
        self.error = error


def connect(place: Place) -> Connection:
    """A new connection.  Raises DestinationRefused for what a person has to mend, Interrupted for what may pass."""
    given: dict[str, Any] = {**_LINE, **place.parameters, "client_encoding": "utf8"}
    try:
        return psycopg.Connection.connect(
            "", autocommit=True, prepare_threshold=None, cursor_factory=psycopg.RawCursor, **given
        )
    except (psycopg.Error, ValueError) as error:
        text = _reason(error)
        message = f"{place.name} cannot be connected to: {text}."
        words = re.sub('"[^"]*"', '""', text)
        for told, hint in _MENDED.items():
            if re.search(told, words):
                raise DestinationRefused(message, destination=place.name, hint=hint) from None
        hint = "See that the server runs and is reached from here, then load again."
        raise Interrupted(DestinationUnavailable(message, destination=place.name, hint=hint)) from None


@contextmanager
def translated(place: Place, connection: Connection) -> Iterator[None]:
    """A block in which psycopg's errors are ours."""
    try:
        yield
    except psycopg.Error as error:
        raise _meant(error, place, connection) from None


def _meant(error: psycopg.Error, place: Place, connection: Connection) -> Exception:
    """An error of a statement, as ours."""
    text, name = _reason(error), place.name
    if connection.broken or isinstance(error, PASSING):
        hint = "What is loaded twice replaces itself: load again."
        return Interrupted(DestinationUnavailable(f"{name} was interrupted: {text}.", destination=name, hint=hint))
    if isinstance(error, errors.LockNotAvailable):
        hint = f"Others have it locked for more than {place.wait} seconds; wait=SECONDS in the address waits longer."
        return DestinationUnavailable(f"{name} is in use by others: {text}.", destination=name, hint=hint)
    if isinstance(error, errors.InsufficientPrivilege):
        return DestinationRefused(f"{name} does not take the rows: {text}.", destination=name, hint=RIGHTS)
    if isinstance(error, psycopg.OperationalError):
        return DestinationUnavailable(f"{name} cannot take the rows: {text}.", destination=name, hint=_KEPT)
    return DestinationRefused(f"{name} does not take the rows: {text}.", destination=name, hint=_KEPT)


_KEPT: Final = "What the table held before is there unchanged."


def _reason(error: Exception) -> str:
    primary = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    text = (primary or str(error) or type(error).__name__).rpartition("FATAL:")[2]
    return one_line(scrub(text), 200).rstrip(".")
