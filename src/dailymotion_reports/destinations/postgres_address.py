"""The address of a table in PostgreSQL: ``postgres://user@host:5432/database?schema=public&table=report``.

Behind the question mark stand libpq's parameters too, such as ``sslmode`` or ``service``.  A password has no place in
it, since a command line is seen by others; nothing here repeats what might be one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from dailymotion_reports.destinations.base import Address
from dailymotion_reports.errors import MissingExtra, UsageError

try:
    from psycopg.pq import Conninfo
except ImportError:
    raise MissingExtra("postgres", "Loading into PostgreSQL") from None

SCHEMA, TABLE, WAIT = "public", "report", 60
"""What is meant where an address says nothing: schema, table, and seconds for which others are waited for."""

LONGEST_NAME: Final = 63
"""Bytes of a name, beyond which the server cuts it off.
Source: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS"""

_OURS: Final = ("schema", "table", "wait")
_FIXED: Final = ("client_encoding", "replication")
_PLACE: Final = re.compile(
    r"//(?:(?P<user>[^/]*)@)?(?P<host>\[[^\]/@]*\]|[^/:@\[\]]*)(?::(?P<port>\d{1,5}))?(?:/(?P<dbname>[^/@]*))?"
)
_LOOKS: Final = "It looks like postgres://user@host:5432/database?schema=public&table=report."
_HIDDEN: Final = (
    "Leave it out, and set PGPASSWORD or write it to ~/.pgpass: others of this machine see what a command was given."
)


@dataclass(frozen=True, slots=True)
class Place:
    """A table of a server."""

    parameters: Mapping[str, str]
    """How the server is connected to, by libpq's names."""
    name: str
    """The address without the table, for messages; the same for every spelling of its options."""
    schema: str = SCHEMA
    table: str = TABLE
    wait: int = WAIT
    """Seconds for which whoever has locked the table is waited for."""

    @property
    def address(self) -> str:
        """The address of the table."""
        return f"{self.name}{'&' if '?' in self.name else '?'}{urlencode({'table': self.table}, quote_via=quote)}"


def place_of(address: Address) -> Place:
    """What an address means.  Raises UsageError, which repeats nothing that may be a password."""
    options = dict(address.options)
    _check_text(address)
    _check_options(options)
    parameters = {**_authority(address.path), **{key: one for key, one in options.items() if key not in _OURS}}
    schema, table = options.get("schema", SCHEMA), options.get("table", TABLE)
    for name in (schema, table):
        _check_name(name)
    if table.lower().startswith(("_dmr_", "pg_")):
        raise UsageError(f"{table!r} is no name for a table of yours.", hint="Names with _dmr_ are ours, pg_ theirs.")
    rest = {key: one for key, one in sorted(options.items()) if key not in _OURS}
    rest |= {"schema": schema} if schema != SCHEMA else {}
    query = f"?{urlencode(rest, quote_via=quote)}" if rest else ""
    name = f"postgres:{quote(address.path, safe='/:@[],')}{query}"
    return Place({key: one for key, one in parameters.items() if one}, name, schema, table, _seconds(options))


def _authority(path: str) -> dict[str, str]:
    """User, host, port and database; a path that does not begin with ``//`` is a database of libpq's own server."""
    if not path.startswith("//"):
        return {"dbname": path}
    found = _PLACE.fullmatch(path)
    if ":" in path.rpartition("@")[0]:
        raise UsageError("The address of a table holds no password.", hint=_HIDDEN)
    if not found:
        raise UsageError("This is not the address of a PostgreSQL server.", hint=_LOOKS)
    return {key: (one or "").strip("[]") if key == "host" else one or "" for key, one in found.groupdict().items()}


def _check_options(options: Mapping[str, str]) -> None:
    known = {one.keyword.decode(): one.dispchar.decode() for one in Conninfo.get_defaults()}
    if any(known.get(key) == "*" for key in options):
        raise UsageError("The address of a table holds no password.", hint=_HIDDEN)
    plain = {key for key, kind in known.items() if not kind} - set(_FIXED)
    strange = sorted(key for key in options if key not in (*_OURS, *plain))
    if strange:
        told = ", ".join(key if re.fullmatch("[a-z_]{1,30}", key) else "of that name" for key in strange)
        raise UsageError(
            f"postgres: has no option {told}.", hint="It has schema=NAME, table=NAME, wait=SECONDS and libpq's."
        )


def _check_text(address: Address) -> None:
    try:
        "".join((address.path, *address.options, *address.options.values())).encode()
    except UnicodeEncodeError:
        raise UsageError("This address of a table is not UTF-8, and PostgreSQL takes nothing else.") from None


def _check_name(name: str) -> None:
    size = len(name.encode())
    if not 0 < size <= LONGEST_NAME:
        raise UsageError(f"{name!r} is no name in PostgreSQL: it has {size} bytes.", hint="It may have 1 to 63.")


def _seconds(options: Mapping[str, str]) -> int:
    text = options.get("wait", str(WAIT))
    if not text.isdecimal() or len(text) > 6:
        raise UsageError(f"{text!r} is no number of seconds to wait.", hint="For example: wait=300.")
    return int(text)
