"""``config.toml`` and ``dmr.toml``: what they may hold, and every mistake in them with its line.

``config.toml`` is the user's; ``dmr.toml`` belongs to a project, is looked for from the working folder upwards, and
holds neither secrets nor where an account leads and whom to trust.  Both look alike::

    default = "acme"                  # the profile where neither --profile nor DMR_PROFILE names one

    [profiles.acme]
    kind = "private"                  # public, private or v2
    api_key = "…"
    api_secret_file = "/run/secrets/dailymotion"
    scopes = ["create_reports", "read_reports"]
"""

import difflib
import os
import re
import shlex
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.settings.files import CONFIG_BYTES, beside, read_regular
from dailymotion_reports.settings.lines import Lines

PROJECT_FILE: Final = "dmr.toml"
Kind = Literal["public", "private", "v2"]
"""A kind of key, which has its own way to sign in."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

_TEXT: Final = "a text"
_FLAG: Final = "true or false"
_TEXTS: Final = "a list of texts"
_TABLES: Final = "a table of tables"

GENERAL: Final[Mapping[str, str]] = {
    "default": _TEXT,
    "ca_file": _TEXT,
    "keep_tokens": _FLAG,
    "profiles": _TABLES,
}
"""Keys at the top of a file, and what each holds."""

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
}
"""Keys of a profile, and what each holds."""

_SECRETS: Final = ("api_secret", "password")
_YOURS: Final = {"ca_file": "whom to trust", "url": "where an account leads"}
_PATHS: Final = ("ca_file", "api_secret_file", "password_file")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Value:
    """A value from a file, and where it stands: ``config.toml:12``.  The value never shows in ``repr``."""

    value: Any = field(repr=False)
    origin: str


@dataclass(frozen=True, slots=True)
class Config:
    """What one file holds.  A file that is not there holds nothing."""

    path: Path | None = None
    general: Mapping[str, Value] = field(default_factory=dict)
    profiles: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)


def read_config(path: Path | None, *, secrets_allowed: bool = True) -> Config:
    """The file at ``path``; nothing where there is none.

    Raises InvalidSettings with every mistake and its line: unknown keys with the nearest known one, wrong types,
    secrets in a file where they may not stand or that others can read.  Paths in the file are absolute afterwards.
    """
    if path is None:
        return Config()
    text = _text(path)
    if text is None:
        return Config()
    data = _parsed(text, path)
    lines = Lines(path, text)
    problems = [*_problems(data, lines), *_exposed(data, path, lines, allowed=secrets_allowed)]
    if problems:
        count = f"{len(problems)} things to mend; nothing" if len(problems) > 1 else "Nothing"
        raise InvalidSettings(
            *problems,
            where=str(path),
            hint=f"{count} was sent. docs/howto/accounts.md shows a file.",
            next=f"cat {shlex.quote(str(path))}",
        )
    return _config(data, path, lines)


def project_file(folder: Path) -> Path | None:
    """The nearest ``dmr.toml`` from ``folder`` upwards, or None; one of another user is passed over."""
    found = (one / PROJECT_FILE for one in (folder, *folder.parents))
    return next((path for path in found if _is_ours(path)), None)


def _is_ours(path: Path) -> bool:
    """Whether a file is there that is this user's or root's; what strangers leave in a shared folder is not."""
    try:
        status = path.stat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and (os.name != "posix" or status.st_uid in (os.getuid(), 0))


def profile_name_problem(name: str) -> str:
    """Why ``name`` cannot be that of a profile, in a sentence; empty where it can."""
    if _NAME.fullmatch(name):
        return ""
    return f"{name!r:.80} cannot be the name of a profile: letters, digits, dots and hyphens, at most 64."


def _text(path: Path) -> str | None:
    try:
        return read_regular(path, CONFIG_BYTES)[0].decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise InvalidSettings(f"{path} is not UTF-8.", where=str(path)) from None
    except OSError as error:
        raise InvalidSettings(f"{path} cannot be read: {error.strerror}.", where=str(path)) from None


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidSettings(
            f"{path} is not TOML: {error}.",
            where=str(path),
            hint='Texts stand in quotes: api_key = "…".',
            next=f"cat {shlex.quote(str(path))}",
        ) from None


def _problems(data: Mapping[str, Any], lines: Lines) -> Iterator[str]:
    yield from _table_problems(data, GENERAL, lines, "")
    profiles = data.get("profiles", {})
    if not isinstance(profiles, dict):
        return
    for name, table in profiles.items():
        if problem := profile_name_problem(name):
            yield f"{lines.of('', name)}: {problem}"
        if isinstance(table, dict):
            yield from _table_problems(table, ACCOUNT, lines, name)
            yield from _kind_problems(name, table, lines)
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


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value)


_FITS: Final[Mapping[str, Callable[[object], bool]]] = {
    _TEXT: lambda value: isinstance(value, str),
    _FLAG: lambda value: isinstance(value, bool),
    _TEXTS: _is_texts,
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
    for secret in _SECRETS:
        if secret in table and f"{secret}_file" in table:
            yield f"{lines.of(secret, name)}: {secret} and {secret}_file are both set in [profiles.{name}]."


def _exposed(data: Mapping[str, Any], path: Path, lines: Lines, *, allowed: bool) -> Iterator[str]:
    """What may not stand where it stands: in a project's file, or secrets where others can read."""
    profiles = data.get("profiles", {})
    tables = profiles if isinstance(profiles, dict) else {}
    for name, table in ({"": data} | tables).items():
        for key, what in _YOURS.items():
            if not allowed and isinstance(table, dict) and key in table:
                yield f"{lines.of(key, name)}: {what} is not a project's affair; {key} is yours."
    for name, table in tables.items():
        for key in _SECRETS:
            if not isinstance(table, dict) or key not in table:
                continue
            if not allowed:
                yield f"{lines.of(key, name)}: {key} does not belong into a project's file; use {key}_file."
            elif os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
                remedy = f"chmod 600 {shlex.quote(str(path))}"
                yield f"{lines.of(key, name)}: {key} stands in a file that others can read; {remedy}"


def _config(data: Mapping[str, Any], path: Path, lines: Lines) -> Config:
    def values(table: Mapping[str, Any], name: str = "") -> dict[str, Value]:
        return {
            key: Value(beside(path, value) if key in _PATHS else value, lines.of(key, name))
            for key, value in table.items()
        }

    general = values({key: value for key, value in data.items() if key != "profiles"})
    return Config(path, general, {name: values(table, name) for name, table in data.get("profiles", {}).items()})
