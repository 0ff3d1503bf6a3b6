"""The examination behind ``dmr doctor``: each check looks at one thing and says what mends it."""

import os
import platform
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from time import time
from typing import Final
from urllib.parse import urlsplit

from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.client.proxies import proxies_used
from dailymotion_reports.client.reach import Reached, reach
from dailymotion_reports.errors import DmrError, UsageError
from dailymotion_reports.jobs.sql_store import VERSION
from dailymotion_reports.jobs.states import OPEN
from dailymotion_reports.query.forecast import DEFAULT_SCOPES
from dailymotion_reports.settings import Settings
from dailymotion_reports.settings.check import usable
from dailymotion_reports.settings.layers import misspelt
from dailymotion_reports.settings.private import is_open
from dailymotion_reports.wire.profiles import STORAGE_HOSTS
from dailymotion_reports.workspace.access import naming, profile_of
from dailymotion_reports.workspace.check import Check as Check
from dailymotion_reports.workspace.check import fault
from dailymotion_reports.workspace.doctor_project import LITTLE_ROOM, examine_project, scopes_checked
from dailymotion_reports.workspace.ledger import account_in_ledger, opened_ledger
from dailymotion_reports.workspace.signing import probe, signed_in
from dailymotion_reports.workspace.standing import slots_in

PACKAGES: Final = ("duckdb", "httpx2", "click", "rich", "graphql-core", "starlette", "truststore")
MOST_SKEW: Final = timedelta(minutes=2)


def examine(
    settings: Settings, environ: Mapping[str, str], *, offline: bool = False, wrong: Sequence[UsageError] = ()
) -> Iterator[Check]:
    """Look at everything a report needs, one thing after the other.  ``offline`` sends nothing.

    ``wrong`` is what hides a part of the settings (see `settings.examined`): the rest is looked at all the same.
    Nothing is raised: what is wrong is a `Check` in the state ``fault``.
    """
    yield _versions()
    yield _extras()
    yield from map(_mistake, wrong)
    yield from _settings(settings, environ, sure=not wrong)
    yield from _folders(settings)
    yield _ledger(settings)
    yield from _slots(settings)
    way_out = _way_out(settings)
    yield way_out
    silent = offline or way_out.state == "fault"
    if not silent:
        yield from _network(settings)
    if wrong:
        yield Check("credentials", "note", "not looked at: the settings have to be mended first")
    else:
        yield from _credentials(settings, environ, offline=silent)
    yield from examine_project(settings, datetime.now(UTC))


def _mistake(error: UsageError) -> Check:
    return fault("settings", error)


def _way_out(settings: Settings) -> Check:
    """Whom we trust and which proxies there are, as far as that can be seen without sending anything."""
    try:
        Httpx2Transport(settings.ca_file or None).close()
    except DmrError as error:
        return fault("way out", error)
    trusted = f", and those in {settings.ca_file}" if settings.ca_file else ""
    proxies = ", ".join(sorted(f"{scheme} by a proxy" for scheme in proxies_used())) or "no proxy"
    return Check("way out", "ok", f"certificates that this system trusts{trusted}; {proxies}")


def _versions() -> Check:
    found = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    own = f"dailymotion-reports {_version('dailymotion-reports')}, Python {platform.python_version()}"
    return Check("versions", "ok", f"{own} on {platform.system()}; {found}")


def _ledger(settings: Settings) -> Check:
    """Whether jobs can be written down, and how many are not finished."""
    if settings.shared_ledger is None and not settings.folders.ledger.exists():
        return Check("ledger", "ok", f"{settings.ledger_shown} is made with the first job")
    try:
        with opened_ledger(settings) as store:
            unfinished, warnings = len(store.jobs(stages=(*OPEN, "parked"))), " ".join(store.warnings)
    except DmrError as error:
        return fault("ledger", error)
    jobs = f"{unfinished} job{'' if unfinished == 1 else 's'} not finished"
    detail = f"{settings.ledger_shown}, version {VERSION}: {jobs}. {warnings}".strip()
    return Check("ledger", "note" if warnings else "ok", detail, "dmr status" if unfinished else "")


def _slots(settings: Settings) -> Iterator[Check]:
    """Who has the account's slots, as far as the ledger knows: we, or strangers.  What is wrong with it was told."""
    if settings.shared_ledger is None and not settings.folders.ledger.exists():
        return
    with suppress(DmrError), opened_ledger(settings) as store:
        account = store.account(account_in_ledger(settings))
        if account is None:
            return
        found = slots_in(store, account, time())
        parked = len(store.jobs(account=account.id, stages=["parked"]))
        perhaps = f", {found.perhaps} of them perhaps" if found.perhaps else ""
        words = [f"{found.taken} of {found.limit} taken by us{perhaps}", *filter(None, [found.words])]
        words += [f"{parked} job{'' if parked == 1 else 's'} need a person"] if parked else []
        yield Check("slots", "note" if found.words or parked else "ok", ". ".join(words), "dmr status --accounts")


def _extras() -> Check:
    found = [f"{name} {_version(name)}" for name in extra_packages() if _version(name)]
    return Check("extras", "ok", ", ".join(found) or "none installed")


def extra_packages() -> Sequence[str]:
    """The packages that extras bring, by what was installed; none where that does not say so."""
    try:
        wanted = requires("dailymotion-reports") or ()
    except PackageNotFoundError:
        return ()
    named = (re.match(r"[\w.-]+", one) for one in wanted if "extra ==" in one)
    return [*dict.fromkeys(found[0] for found in named if found)]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _settings(settings: Settings, environ: Mapping[str, str], *, sure: bool) -> Iterator[Check]:
    where = settings.origins.get("profile", "given")
    kind = f", a {settings.key_kind} key" + (f" at the sandbox {settings.url}" if settings.at_sandbox else "")
    yield Check("profile", "ok", f"{settings.profile} ({where}){kind if sure else ''}")
    for name, origin in settings.origins.items():
        if name != "profile" and origin != "default":
            yield Check("setting", "ok", f"{name} from {origin}")
    for wrong, right in misspelt(environ).items():
        yield Check("setting", "note", f"{wrong} is set and means nothing; did you mean {right}?", f"unset {wrong}")
    if not sure:
        return
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
        if _is_exposed(folder):
            yield _exposed(folder, "entered", 700)
        yield from (_exposed(file, "read", 600) for file in sorted(folder.glob("*.json")) if _is_exposed(file))


def _folder(name: str, folder: Path) -> Check:
    there = next(one for one in (folder, *folder.parents) if os.path.exists(one))
    if not os.access(there, os.W_OK | os.X_OK):
        mending = shlex.join(["ls", "-ld", str(there)])
        return Check(name, "fault", f"{folder} cannot be written to", mending, "data.archive_unwritable")
    free = shutil.disk_usage(there).free
    room = f"{folder}, {free / 1e9:,.0f} GB free" if free > LITTLE_ROOM else f"{folder}, {free / 1e6:,.0f} MB free"
    return Check(name, "ok" if free > LITTLE_ROOM else "note", room, "" if free > LITTLE_ROOM else "make room")


def _is_exposed(path: Path) -> bool:
    try:
        return is_open(path)
    except OSError:  # it is not there, or not to be seen
        return False


def _exposed(path: Path, how: str, mode: int) -> Check:
    mending = f"chmod {mode} {shlex.quote(str(path))}"
    return Check("secrets", "fault", f"{path} can be {how} by others", mending, "settings.secrets")


def _network(settings: Settings) -> Iterator[Check]:
    if not settings.url and settings.profile == "sandbox":
        return
    profile = profile_of(settings)
    addresses = [profile.token_url, profile.graphql_url]
    addresses += [] if settings.at_sandbox else [f"https://{STORAGE_HOSTS[0]}/"]
    roots = dict.fromkeys(map(_root, addresses))
    skews = []
    for root in roots:
        reached, check = _reached(root, settings)
        yield check
        skews.append(_skew(reached))
    yield from _clock(next((skew for skew in skews if skew is not None), None))


def _root(address: str) -> str:
    return "{0.scheme}://{0.netloc}/".format(urlsplit(address))


def _reached(root: str, settings: Settings) -> tuple[Reached | None, Check]:
    host = urlsplit(root).netloc
    try:
        with naming(settings):
            found = reach(root, settings.ca_file or None)
    except DmrError as error:
        return None, fault("network", error, f"curl -sSI {root}")
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


def _credentials(settings: Settings, environ: Mapping[str, str], *, offline: bool) -> Iterator[Check]:
    """Whether the service lets us in, and what the token may do."""
    try:
        usable(settings, environ)
        granted = () if offline else probe(settings)
    except DmrError as error:
        bare = Check("credentials", "fault", error.message, "", error.code)
        yield replace(bare, next=fault("", error, f"curl -sSI {_root(profile_of(settings).token_url)}").next)
        return
    yield Check("credentials", "ok", "complete" if offline else "the service lets us in")
    if not offline:
        yield scopes_checked(granted, settings)
    yield from _token(settings)


def _token(settings: Settings) -> Iterator[Check]:
    """The token that is kept, if one is."""
    try:
        kept = signed_in(settings)
    except DmrError as error:
        yield fault("token", error)
        return
    if kept:
        renewed = "renewed by itself" if kept.renewable or not settings.by_password else "then signed in again"
        yield Check("token", "ok", f"good until {kept.until:%Y-%m-%d %H:%M} UTC, {renewed}")
