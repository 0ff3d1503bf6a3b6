"""The examination behind ``dmr doctor``: each check looks at one thing and says what mends it."""

import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from dailymotion_reports.client.reach import Reached, reach
from dailymotion_reports.errors import DmrError
from dailymotion_reports.settings import Settings
from dailymotion_reports.settings.check import usable
from dailymotion_reports.settings.layers import misspelt
from dailymotion_reports.wire.profiles import STORAGE_HOSTS
from dailymotion_reports.workspace.access import DEFAULT_SCOPES, profile_of
from dailymotion_reports.workspace.signing import probe

State = Literal["ok", "note", "fault"]

PACKAGES: Final = ("duckdb", "httpx2", "click", "rich", "graphql-core", "starlette", "truststore")
EXTRAS: Final = ("polars", "pyarrow", "pandas", "xlsxwriter", "keyring")
LITTLE_ROOM: Final = 1_000_000_000
"""Bytes of free disk below which it is worth a word: a large report has some hundred megabytes."""

MOST_SKEW: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it stands, in words, and the command or setting that mends it."""

    name: str
    state: State
    detail: str
    next: str = ""
    code: str = ""
    """The code of the error behind a fault; see docs/reference/errors.md."""


def examine(settings: Settings, environ: Mapping[str, str], *, offline: bool = False) -> Iterator[Check]:
    """Look at everything a report needs, one thing after the other.  ``offline`` sends nothing.

    Nothing is raised: what is wrong is a `Check` in the state ``fault``.
    """
    yield _versions()
    yield _extras()
    yield from _settings(settings, environ)
    yield from _folders(settings)
    if not offline:
        yield from _network(settings)
    yield _credentials(settings, environ, offline=offline)


def _versions() -> Check:
    found = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    own = f"dailymotion-reports {_version('dailymotion-reports')}, Python {platform.python_version()}"
    return Check("versions", "ok", f"{own} on {platform.system()}; {found}")


def _extras() -> Check:
    found = [f"{name} {_version(name)}" for name in EXTRAS if _version(name)]
    return Check("extras", "ok", ", ".join(found) or "none installed")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _settings(settings: Settings, environ: Mapping[str, str]) -> Iterator[Check]:
    where = settings.origins.get("profile", "given")
    kind = f"a {settings.key_kind} key" + (f" at the sandbox {settings.url}" if settings.at_sandbox else "")
    yield Check("profile", "ok", f"{settings.profile} ({where}), {kind}")
    for name, origin in settings.origins.items():
        if name != "profile" and origin != "default":
            yield Check("setting", "ok", f"{name} from {origin}")
    for wrong, right in misspelt(environ).items():
        yield Check("setting", "note", f"{wrong} is set and means nothing; did you mean {right}?", f"unset {wrong}")
    if settings.by_password and not settings.at_sandbox:
        yield Check(
            "key",
            "note",
            "the password grant is being withdrawn by Dailymotion: prefer a private key where your plan allows it",
            "docs/howto/get-a-key.md",
        )
    elif not settings.by_password:
        yield Check("scopes", "ok", "asked for " + " ".join(settings.scopes or DEFAULT_SCOPES))


def _folders(settings: Settings) -> Iterator[Check]:
    folders = settings.folders
    for name, folder in (("data", folders.data), ("state", folders.state), ("config", folders.config)):
        if folder is not None:
            yield _folder(name, folder)
    for folder in (folders.tokens, folders.secrets):
        yield from (_exposed(file) for file in sorted(folder.glob("*.json")) if _is_exposed(file))


def _folder(name: str, folder: Path) -> Check:
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        return Check(name, "fault", f"{folder} cannot be written to", "set DMR_HOME", "data.archive_unwritable")
    free = shutil.disk_usage(there).free
    room = f"{folder}, {free / 1e9:,.0f} GB free" if free > LITTLE_ROOM else f"{folder}, {free / 1e6:,.0f} MB free"
    return Check(name, "ok" if free > LITTLE_ROOM else "note", room, "" if free > LITTLE_ROOM else "make room")


def _is_exposed(file: Path) -> bool:
    return os.name == "posix" and bool(file.stat().st_mode & 0o077)


def _exposed(file: Path) -> Check:
    return Check("secrets", "fault", f"{file} can be read by others", f"chmod 600 {file}", "settings.secrets")


def _network(settings: Settings) -> Iterator[Check]:
    if not settings.url and settings.profile == "sandbox":
        return
    profile = profile_of(settings)
    addresses = [profile.token_url, profile.graphql_url]
    addresses += [] if settings.at_sandbox else [f"https://{STORAGE_HOSTS[0]}/"]
    roots = dict.fromkeys("{0.scheme}://{0.netloc}/".format(urlsplit(one)) for one in addresses)
    skews = []
    for root in roots:
        reached, check = _reached(root, settings)
        yield check
        skews.append(_skew(reached))
    yield from _clock(next((skew for skew in skews if skew is not None), None))


def _reached(root: str, settings: Settings) -> tuple[Reached | None, Check]:
    host = urlsplit(root).netloc
    try:
        found = reach(root, settings.ca_file or None)
    except DmrError as error:
        return None, Check("network", "fault", f"{error.message} {error.hint}".strip(), error.next, error.code)
    secured = found.tls or "no TLS, on this machine only"
    trusted = f", {settings.ca_file} trusted besides" if settings.ca_file and found.tls else ""
    return found, Check("network", "ok", f"{host} answers, {secured}{trusted}")


def _skew(reached: Reached | None) -> timedelta | None:
    try:
        return datetime.now(UTC) - parsedate_to_datetime(reached.date) if reached else None
    except (ValueError, TypeError):
        return None


def _clock(skew: timedelta | None) -> Iterator[Check]:
    if skew is None:
        yield Check("clock", "note", "the service did not say what time it is")
        return
    seconds = round(abs(skew).total_seconds())
    if abs(skew) <= MOST_SKEW:
        yield Check("clock", "ok", f"within {max(seconds, 1)} s of the service's")
        return
    side = "ahead of" if skew > timedelta() else "behind"
    yield Check(
        "clock",
        "note",
        f"{timedelta(seconds=seconds)} {side} the service's; figures are right all the same, 'yesterday' may not be",
        "set this machine's clock",
    )


def _credentials(settings: Settings, environ: Mapping[str, str], *, offline: bool) -> Check:
    try:
        usable(settings, environ)
        if not offline:
            probe(settings)
    except DmrError as error:
        return Check("credentials", "fault", error.message, error.next, error.code)
    return Check("credentials", "ok", "complete" if offline else "the service lets us in")
