"""Where a setting comes from: the environment before ``dmr.toml`` before the user's configuration.

A key brings its own secret: where the environment or a nearer file names another key than a file, what the file says
beside its key belongs to that one and is left out.  So is a password beside another user name.
"""

import difflib
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings.config import Config, Value
from dailymotion_reports.settings.files import SECRET_BYTES, mending, read_regular

VARIABLES: Final[Mapping[str, str]] = {
    "api_key": "DMR_API_KEY",
    "api_secret": "DMR_API_SECRET",
    "username": "DMR_USERNAME",
    "password": "DMR_PASSWORD",
    "scopes": "DMR_SCOPES",
    "url": "DMR_URL",
    "kind": "DMR_KIND",
    "ca_file": "DMR_CA_FILE",
    "keep_tokens": "DMR_KEEP_TOKENS",
    "ledger": "DMR_LEDGER",
    "database": "DMR_DATABASE",
    "metrics_file": "DMR_METRICS_FILE",
}
"""Settings and the variables that hold them."""

OTHER_VARIABLES: Final = (
    "DMR_PROFILE",
    "DMR_HOME",
    "DMR_API_SECRET_FILE",
    "DMR_PASSWORD_FILE",
    "DMR_LEDGER_FILE",
    "DMR_LOG",
    "DMR_LOG_LEVEL",
    "DMR_LOG_FILE",
)
_GENERAL: Final = ("ca_file", "keep_tokens", "ledger", "database", "metrics_file")
_BESIDE: Final[Mapping[str, str]] = {"api_secret": "api_key", "username": "api_key", "password": "username"}
_YES, _NO = ("1", "yes", "true", "on"), ("0", "no", "false", "off")


@dataclass(frozen=True, slots=True)
class Layers:
    """Everything that may say something about one profile, the nearest first."""

    environ: Mapping[str, str]
    files: Sequence[Config]
    profile: str

    def plain(self, key: str) -> Value | None:
        """The value of a setting that is no secret, or None."""
        if found := self.environ.get(VARIABLES[key]):
            return Value(found, VARIABLES[key])
        return next(self._from_files(key), None)

    def flag(self, key: str, default: bool) -> Value:
        """A setting that is yes or no.  Raises InvalidSettings where a variable says neither."""
        found = self.plain(key) or Value(default, "default")
        if isinstance(found.value, bool):
            return found
        word = str(found.value).strip().lower()
        if word not in (*_YES, *_NO):
            raise InvalidSettings(
                f"{found.origin} must be yes or no.", where=found.origin, next=f"unset {found.origin}"
            )
        return Value(word in _YES, found.origin)

    def secret(self, key: str) -> Value | None:
        """The value of a secret (a ``Secret``), from a variable, the file that its twin names, or a file.

        Raises InvalidSettings where both twins are set or the file cannot be read.
        """
        variable = VARIABLES[key]
        given, path = self.environ.get(variable), self.environ.get(f"{variable}_FILE")
        if given and path:
            raise InvalidSettings(
                f"{variable} and {variable}_FILE are both set.",
                where=variable,
                hint="Unset one of them.",
                next=f"unset {variable}",
            )
        if path:
            return secret_file(Path(os.path.expanduser(path)), f"{variable}_FILE")
        if given:
            return Value(Secret(given), variable)
        for table in (*self._tables(key), *self._general(key)):
            if written := table.get(key):
                return Value(Secret(written.value), written.origin)
            if named := table.get(f"{key}_file"):
                return secret_file(Path(named.value), named.origin)
        return None

    def from_tables(self, key: str) -> Iterator[Value]:
        """What the tables of this profile say of ``key``, the nearest first."""
        yield from (table[key] for table in self._tables(key) if key in table)

    def _from_files(self, key: str) -> Iterator[Value]:
        yield from self.from_tables(key)
        yield from (table[key] for table in self._general(key) if key in table)

    def _general(self, key: str) -> Iterator[Mapping[str, Value]]:
        """What stands above all profiles, where ``key`` may stand there."""
        if key in _GENERAL:
            yield from (config.general for config in self.files)

    def _tables(self, key: str) -> Iterator[Mapping[str, Value]]:
        """The tables of this profile that may speak for ``key``: those whose own key or user is the one in use."""
        for config in self.files:
            table = config.profiles.get(self.profile, {})
            if self._same(table, _BESIDE.get(key)):
                yield table

    def _same(self, table: Mapping[str, Value], beside: str | None) -> bool:
        while beside:
            used = self.plain(beside)
            if used and beside in table and table[beside].value != used.value:
                return False
            beside = _BESIDE.get(beside)
        return True


def secret_file(path: Path, where: str) -> Value:
    """The secret in a file (a ``Secret``); a line end after it is left off, and the origin says so.

    Raises InvalidSettings where it cannot be read, is no text, no regular file, or larger than any secret.
    """
    try:
        text = read_regular(path, SECRET_BYTES)[0].decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InvalidSettings(
            f"The file {path} that {where} names cannot be read: {reason}.",
            where=where,
            next=mending(path, error) if isinstance(error, OSError) else shlex.join(["file", str(path)]),
        ) from None
    secret = text.rstrip("\r\n")
    left_off = ", its line end left off" if secret != text else ""
    return Value(Secret(secret), f"{where} ({path}{left_off})")


def misspelt(environ: Mapping[str, Any]) -> dict[str, str]:
    """Variables that begin with ``DMR_`` and are none of ours but near to one: each with the one it may mean."""
    known = (*VARIABLES.values(), *OTHER_VARIABLES)
    strange = [name for name in environ if name.startswith("DMR_") and name not in known]
    near = {name: difflib.get_close_matches(name, known, 1, 0.8) for name in strange}
    return {name: found[0] for name, found in near.items() if found}
