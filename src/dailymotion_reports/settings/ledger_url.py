"""The address of a shared ledger: ``postgresql://user@host:port/database``, taken apart.

It may hold a password, so that nothing here repeats what was written: a slip in an address may be half a password.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.redaction import MASK, Secret

SCHEMES: Final = ("postgresql", "postgres")

PARAMETERS: Final = (
    "application_name",
    "channel_binding",
    "connect_timeout",
    "gssencmode",
    "host",
    "hostaddr",
    "passfile",
    "port",
    "sslcert",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "target_session_attrs",
)
"""What may stand behind the question mark, by libpq's names and with its meaning.
Source: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS"""

_LOOKS: Final = "It looks like postgresql://user@host:5432/database."
_ENCODED: Final = "Of a password @ : / ? # and % are written as %40 %3A %2F %3F %23 and %25."


@dataclass(frozen=True, slots=True)
class LedgerUrl:
    """Where a shared ledger is."""

    parameters: Mapping[str, str]
    """All but the password, by libpq's names."""
    password: Secret
    shown: str
    """The address with its password masked."""


def ledger_url(text: str, where: str) -> LedgerUrl:
    """An address, taken apart.  Raises InvalidSettings, which says what is wrong and repeats nothing of it."""
    try:
        text.encode()
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise _wrong(f"{where} is not the address of a ledger.", where, _LOOKS, _ENCODED) from None
    if parts.scheme not in SCHEMES:
        raise _wrong(
            f"{where} is the address of no ledger that is known.", where, _LOOKS, "Without it jobs are in a file."
        )
    database = unquote(parts.path.removeprefix("/"))
    if parts.fragment or "@" in parts.path or "/" in parts.path[1:]:
        raise _wrong(f"{where} is not the address of a ledger.", where, _LOOKS, _ENCODED)
    said = {
        "user": unquote(parts.username or ""),
        "host": unquote(host or ""),
        "port": str(port or ""),
        "dbname": database,
        **_options(parts.query, where),
    }
    password = Secret(unquote(parts.password or ""))
    return LedgerUrl({key: value for key, value in said.items() if value}, password, _shown(parts))


def holds_password(text: str) -> bool:
    """Whether an address holds a password; one that is none may."""
    try:
        return bool(urlsplit(text).password)
    except ValueError:
        return True


def _options(query: str, where: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    if strange := [key for key in options if key not in PARAMETERS]:
        known = f"Known are {', '.join(PARAMETERS)}."
        raise _wrong(f"{where} holds {len(strange)} parameters that are not known.", where, known, _ENCODED)
    return options


def _shown(parts: SplitResult) -> str:
    whose, at, place = parts.netloc.rpartition("@")
    user, colon, _ = whose.partition(":")
    return urlunsplit(parts._replace(netloc=f"{user}{f':{MASK}' if colon else ''}{at}{place}"))


def _wrong(problem: str, where: str, *hints: str) -> InvalidSettings:
    remedy = f"unset {where}" if where.startswith("DMR_") and where.isidentifier() else "dmr doctor"
    return InvalidSettings(problem, where=where, hint=" ".join(hints), next=remedy)
