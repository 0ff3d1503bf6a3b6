"""``config.toml`` and ``dmr.toml``: what they may hold, and every mistake in them with its line.

``config.toml`` is the user's; ``dmr.toml`` belongs to a project, is looked for from the working folder upwards, and
holds neither secrets nor where an account leads and whom to trust.  Both look alike::

    default = "acme"                  # the profile where neither --profile nor DMR_PROFILE names one
    ledger = "postgresql://dmr@db.example.com/reports"
    database = "reports.duckdb"       # what dmr sql asks; beside this file
    metrics_file = "dmr.prom"         # figures of each sync, for Prometheus; beside this file

    [profiles.acme]
    kind = "private"                  # public, private or v2
    api_key = "…"
    api_secret_file = "/run/secrets/dailymotion"
    scopes = ["create_reports", "read_reports"]
"""

import os
import shlex
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.settings import shape
from dailymotion_reports.settings.files import CONFIG_BYTES, beside, mending, read_regular
from dailymotion_reports.settings.lines import Lines

PROJECT_FILE: Final = "dmr.toml"
_PATHS: Final = ("ca_file", "api_secret_file", "password_file", "ledger_file", "database", "metrics_file")
_SYNTAX: Final = {
    "Invalid value": 'Texts stand in quotes: api_key = "…".',
    "twice": "Each table stands once; put what belongs together under one head.",
    "Cannot overwrite": "Each key stands once.",
    "Expected ']'": "The head of a table stands in brackets: [profiles.acme].",
    "Expected '='": 'A line is a key, an equals sign and a value: api_key = "…".',
    "Unterminated string": "A text ends with the quote with which it begins.",
    "Illegal character": "A text ends with the quote with which it begins, on its own line.",
}
"""Signs in the words of tomllib's errors, and what may mend them."""


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
    misplaced = list((shape.of_projects if secrets_allowed else shape.misplaced)(data, lines))
    exposed = list(shape.exposed(data, path, lines)) if secrets_allowed else []
    problems = [*shape.mistakes(data, lines), *misplaced]
    if problems and secrets_allowed:
        problems += shape.unknown_default(data, lines)
    if problems or exposed:
        raise _mistakes(path, [*problems, *exposed], "cat" if problems else "chmod 600")
    return _config(data, path, lines)


def _mistakes(path: Path, problems: list[str], remedy: str) -> InvalidSettings:
    count = f"{len(problems)} things to mend; nothing" if len(problems) > 1 else "Nothing"
    return InvalidSettings(
        *problems,
        where=str(path),
        hint=f"{count} was sent. docs/howto/accounts.md shows a file.",
        next=f"{remedy} {shlex.quote(str(path))}",
    )


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


def _text(path: Path) -> str | None:
    try:
        data = read_regular(path, CONFIG_BYTES)[0]
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InvalidSettings(
            f"{path} is not UTF-8 (line {line}).",
            where=str(path),
            hint="Save it as UTF-8.",
            next=f"cat {shlex.quote(str(path))}",
        ) from None
    except OSError as error:
        raise InvalidSettings(
            f"{path} cannot be read: {error.strerror}.", where=str(path), next=mending(path, error)
        ) from None


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidSettings(
            f"{path} is not TOML: {error}.",
            where=str(path),
            hint=_syntax_hint(str(error)),
            next=f"cat {shlex.quote(str(path))}",
        ) from None


def _syntax_hint(words: str) -> str:
    """What may mend a mistake that the parser calls so."""
    return next((hint for sign, hint in _SYNTAX.items() if sign in words), "")


def _config(data: Mapping[str, Any], path: Path, lines: Lines) -> Config:
    def values(table: Mapping[str, Any], name: str = "") -> dict[str, Value]:
        return {
            key: Value(beside(path, value) if key in _PATHS else value, lines.of(key, name))
            for key, value in table.items()
        }

    general = values({key: value for key, value in data.items() if key not in ("profiles", *shape.PROJECTS)})
    return Config(path, general, {name: values(table, name) for name, table in data.get("profiles", {}).items()})
