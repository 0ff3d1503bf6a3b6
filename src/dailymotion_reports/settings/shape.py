"""What a configuration may hold, and everything that is wrong with one, in sentences that name the line."""

import difflib
import os
import re
import shlex
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.settings.ledger_url import holds_password, ledger_url
from dailymotion_reports.settings.lines import Lines
from dailymotion_reports.settings.running import sandbox_url

Kind = Literal["public", "private", "v2"]
"""A kind of key, which has its own way to sign in."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

_TEXT: Final = "a text"
_FLAG: Final = "true or false"
_TEXTS: Final = "a list of texts"
_TABLE: Final = "a table"
_TABLES: Final = "a table of tables"

GENERAL: Final[Mapping[str, str]] = {
    "default": _TEXT,
    "ca_file": _TEXT,
    "keep_tokens": _FLAG,
    "ledger": _TEXT,
    "ledger_file": _TEXT,
    "database": _TEXT,
    "metrics_file": _TEXT,
    "profiles": _TABLES,
    "defaults": _TABLE,
    "datasets": _TABLES,
    "notify": _TABLES,
}
"""Keys at the top of a file, and what each holds."""

PROJECTS: Final = ("defaults", "datasets", "notify")
"""Those of them that a project's file alone has; what is in them is the affair of `project`."""

ACCOUNT: Final[Mapping[str, str]] = {
    "kind": _TEXT,
    "api_key": _TEXT,
    "api_secret": _TEXT,
    "api_secret_file": _TEXT,
    "username": _TEXT,
    "password": _TEXT,
    "password_file": _TEXT,
    "scopes": _TEXTS,
    "url": _TEXT,
    "ca_file": _TEXT,
    "keyring": _FLAG,
    "keep_tokens": _FLAG,
    "ledger": _TEXT,
    "ledger_file": _TEXT,
}
"""Keys of a profile, and what each holds."""

_SECRETS: Final = ("api_secret", "password")
_CALLED: Final = {"ledger": "the password in ledger"}
_ADDRESSES: Final[Mapping[str, Callable[[str, str], object]]] = {"url": sandbox_url, "ledger": ledger_url}
_YOURS: Final = {
    "ca_file": "whom to trust",
    "url": "where an account leads",
    "ledger": "where jobs are written down",
    "ledger_file": "where jobs are written down",
}
PROFILE_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
"""How the name of a profile is written, as a pattern."""

_NAME = re.compile(PROFILE_NAME, re.ASCII)


def of_a_project(known: Mapping[str, str]) -> Mapping[str, str]:
    """Those keys of `GENERAL` or `ACCOUNT` that a project's file may hold, and what each holds."""
    return {key: kind for key, kind in known.items() if key not in (*_YOURS, *_SECRETS)}


def profile_name_problem(name: str) -> str:
    """Why ``name`` cannot be that of a profile, in a sentence; empty where it can."""
    if _NAME.fullmatch(name):
        return ""
    return f"{name!r:.80} cannot be the name of a profile: letters, digits, dots and hyphens, at most 64."


def mistakes(data: Mapping[str, Any], lines: Lines) -> Iterator[str]:
    """What is wrong with the keys and values of a file, a sentence each."""
    yield from _table_problems(data, GENERAL, lines, "")
    yield from _twin_problems(data, lines, "")
    profiles = data.get("profiles", {})
    if not isinstance(profiles, dict):
        return
    for name, table in profiles.items():
        if problem := profile_name_problem(name):
            yield f"{lines.of('', name)}: {problem}"
        if isinstance(table, dict):
            yield from _table_problems(table, ACCOUNT, lines, name)
            yield from _kind_problems(name, table, lines)
            yield from _twin_problems(table, lines, name)
        else:
            yield f"{lines.name}: profiles.{name} must be a table, [profiles.{name}]."


def _table_problems(table: Mapping[str, Any], known: Mapping[str, str], lines: Lines, name: str) -> Iterator[str]:
    place = f" in [profiles.{name}]" if name else ""
    for key, value in table.items():
        if key not in known:
            meant = difflib.get_close_matches(key, known, 1, 0.5)
            guess = f"Did you mean {meant[0]}?" if meant else f"There is {', '.join(known)}."
            yield f"{lines.of(key, name)}: there is no setting {key!r:.60}{place}. {guess}"
        elif not _FITS[known[key]](value):
            yield f"{lines.of(key, name)}: {key}{place} must be {known[key]}."
        elif isinstance(value, str) and not value.strip():
            yield f"{lines.of(key, name)}: {key}{place} is empty."
        elif key in _ADDRESSES:
            yield from _address_problems(key, value, f"{lines.of(key, name)}: {key}{place}")


def _address_problems(key: str, address: str, where: str) -> Iterator[str]:
    try:
        _ADDRESSES[key](address, where)
    except InvalidSettings as error:
        yield error.message


def unknown_default(data: Mapping[str, Any], lines: Lines) -> Iterator[str]:
    """A default that names no account; one that is alone wrong may be an account of a project's file."""
    default, profiles = data.get("default"), data.get("profiles", {})
    known = [*(profiles if isinstance(profiles, dict) else ()), *KINDS, "sandbox"]
    if isinstance(default, str) and default.strip() and default not in known:
        meant = difflib.get_close_matches(default, known, 1, 0.6)
        guess = f"Did you mean {meant[0]}?" if meant else f"There is {', '.join(known)}."
        yield f"{lines.of('default')}: there is no profile {default!r:.60}. {guess}"


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value)


_FITS: Final[Mapping[str, Callable[[object], bool]]] = {
    _TEXT: lambda value: isinstance(value, str),
    _FLAG: lambda value: isinstance(value, bool),
    _TEXTS: _is_texts,
    _TABLE: lambda value: isinstance(value, dict),
    _TABLES: lambda value: isinstance(value, dict),
}
"""Whether a value is what a key holds."""


def _kind_problems(name: str, table: Mapping[str, Any], lines: Lines) -> Iterator[str]:
    kind = table.get("kind")
    if isinstance(kind, str) and kind and kind not in KINDS:
        meant = difflib.get_close_matches(kind, KINDS, 1, 0.4)
        guess = f" Did you mean {meant[0]}?" if meant else f" There is {', '.join(KINDS)}."
        yield f"{lines.of('kind', name)}: there is no kind of key {kind!r:.60}.{guess}"
    if name in KINDS and isinstance(kind, str) and kind in KINDS and kind != name:
        yield f"{lines.of('kind', name)}: the profile {name} is of kind {name}; give the account another name."


def _twin_problems(table: Mapping[str, Any], lines: Lines, name: str) -> Iterator[str]:
    place = f" in [profiles.{name}]" if name else ""
    for secret in (*_SECRETS, "ledger"):
        if secret in table and f"{secret}_file" in table:
            yield f"{lines.of(secret, name)}: {secret} and {secret}_file are both set{place}."


def misplaced(data: Mapping[str, Any], lines: Lines) -> Iterator[str]:
    """What may not stand in a project's file."""
    for name, table in ({"": data} | _tables(data)).items():
        for key, what in _YOURS.items():
            if isinstance(table, dict) and key in table:
                yield f"{lines.of(key, name)}: {what} is not a project's affair; {key} is yours."
    for name, key in _with_secrets(data):
        if key not in _YOURS:
            yield f"{lines.of(key, name)}: {key} does not belong into a project's file; use {key}_file."


def of_projects(data: Mapping[str, Any], lines: Lines) -> Iterator[str]:
    """What may stand in a project's file only."""
    for key in PROJECTS:
        if key in data:
            yield f"{lines.of(key)}: {key} belongs into a project's dmr.toml."


def exposed(data: Mapping[str, Any], path: Path, lines: Lines) -> Iterator[str]:
    """Secrets in a file that others can read."""
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        remedy = f"chmod 600 {shlex.quote(str(path))}"
        for name, key in _with_secrets(data):
            yield f"{lines.of(key, name)}: {_CALLED.get(key, key)} stands in a file that others can read; {remedy}"


def _with_secrets(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The tables that hold secrets, and the keys of those; a ledger's address is one where it holds a password."""
    for name, table in ({"": data} | _tables(data)).items():
        if isinstance(table, dict):
            yield from ((name, key) for key in _SECRETS if name and key in table)
            ledger = table.get("ledger")
            if isinstance(ledger, str) and holds_password(ledger):
                yield name, "ledger"


def _tables(data: Mapping[str, Any]) -> dict[str, Any]:
    profiles = data.get("profiles", {})
    return dict(profiles) if isinstance(profiles, dict) else {}
