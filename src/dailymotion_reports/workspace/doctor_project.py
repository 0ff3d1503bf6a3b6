"""What ``dmr doctor`` says of a project: its file, its destinations, how its datasets stand, its last run.

Nothing is sent, and nothing is made: a destination that is not there yet is looked for and no more.
"""

import shlex
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from dailymotion_reports.destinations.base import Address
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.errors import DmrError
from dailymotion_reports.project.file import Project, read_project
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.forecast import ASKING, scopes_of, spoken
from dailymotion_reports.query.period import Window
from dailymotion_reports.settings import Settings, config_files, configured_accounts
from dailymotion_reports.settings.config import project_file
from dailymotion_reports.workspace.check import Check, fault
from dailymotion_reports.workspace.editing import SCHEMA_FILE, schema_text
from dailymotion_reports.workspace.events import QUIET
from dailymotion_reports.workspace.projects import Dataset, of_accounts
from dailymotion_reports.workspace.run_reporting import kept_reports
from dailymotion_reports.workspace.standing_orders import Coverage
from dailymotion_reports.workspace.syncing import Sync, Synced, by_profile

MOST: Final = 12
"""Datasets that are told one by one; of more it is said how many there are."""

LITTLE_ROOM: Final = 1_000_000_000
"""Bytes of free disk below which it is worth a word: a large report has some hundred megabytes."""

LONG_AGO: Final = timedelta(days=2)
"""Without a run for so long figures are missing that may be had."""

_FILES: Final = ("duckdb", "sqlite")
_SOON: Final = 1
"""Seconds for which a database that others have in use is waited for."""


def read_here(folder: Path | None = None) -> Project | None:
    """The project of the nearest ``dmr.toml``, or None.  Raises InvalidSettings for one with mistakes."""
    path = project_file(folder or Path.cwd())
    return read_project(path, load_catalog()) if path else None


def examine_project(settings: Settings, now: datetime, folder: Path | None = None) -> Iterator[Check]:
    """Look at the project that the folder belongs to, one thing after the other.  Nothing is raised."""
    try:
        project = read_here(folder)
    except DmrError as error:
        yield fault("project", error)
        return
    if project is None:
        yield Check("project", "ok", "no dmr.toml here, nor in a folder above")
        return
    count = len(project.datasets)
    state = f"{project.path}: {_counted(count, 'dataset')}, {_counted(len(project.notifiers), 'notifier')}"
    yield Check("project", "ok" if count else "note", state, "" if count else "dmr init")
    yield from _schema(project.path)
    yield from _destinations(project.datasets.values())
    try:
        chosen = of_accounts(project, project.named(()), configured_accounts(config_files(settings.folders)))
    except DmrError as error:
        yield fault("accounts", error)
        return
    yield from _datasets(by_profile(chosen, settings.profile), now)
    yield from _last_run(settings, project, now)


def scopes_wanted(settings: Settings, folder: Path | None = None) -> dict[str, str]:
    """The scopes that reports of this account need, each with the dataset that needs it; empty for what all need."""
    wanted = {ASKING: ""}
    with suppress(DmrError, OSError):
        project = read_here(folder)
        for one in project.datasets.values() if project else ():
            if not one.profiles or settings.profile in one.profiles:
                plan = one.plan(Window(one.start, one.start), load_catalog())
                names = {name for request in plan.requests for name in request.metrics}
                wanted |= dict.fromkeys(sorted(scopes_of(names, load_catalog()) - wanted.keys()), one.name)
    return wanted


def _schema(path: Path) -> Iterator[Check]:
    """The schema for editors, where one is beside the file that another version wrote."""
    beside = path.with_name(SCHEMA_FILE)
    with suppress(OSError, UnicodeDecodeError):
        if beside.read_text(encoding="utf-8") != schema_text():
            mending = f"dmr config schema > {shlex.quote(str(beside))}"
            yield Check("schema", "note", f"{beside} is of another version, so that editors may complain", mending)


def _destinations(datasets: Iterable[Dataset]) -> Iterator[Check]:
    """Each place once, whatever tables there are in it."""
    places: dict[str, list[str]] = {}
    for one in datasets:
        places.setdefault(one.into.partition("?")[0], []).append(one.into)
    for place, addresses in places.items():
        yield _destination(place, addresses[0])


def _destination(place: str, into: str) -> Check:
    scheme = place.partition(":")[0]
    patience = f"&wait={_SOON}" if scheme in _FILES and "wait=" not in into else ""
    try:
        destination = open_destination(into + patience)
        destination.check()
    except DmrError as error:
        return fault("destination", error, _mending(place))
    shown = destination.address.partition("?")[0]
    path = Path(_path(place)) if "://" not in place else None
    if path is None:
        return Check("destination", "ok", f"{shown} lets us in, with the rights that loads need")
    there = next(one for one in (path, *path.parents) if one.exists())
    free = shutil.disk_usage(there).free
    kind = f"{scheme}{_version(path) if scheme == 'duckdb' else ''}"
    told = f"can be written, {kind}" if path.exists() else "is made with the first load"
    room = f"{free / 1e9:,.0f} GB free" if free > LITTLE_ROOM else f"{free / 1e6:,.0f} MB free"
    little = free <= LITTLE_ROOM
    return Check("destination", "note" if little else "ok", f"{shown} {told}, {room}", "make room" if little else "")


def _mending(place: str) -> str:
    """The command that makes the folder of a file which is to be made, or shows what is in the way."""
    path = Path(_path(place) or ".")
    if path.parent.exists() or "://" in place:
        return shlex.join(["ls", "-ld", str(path)])
    return shlex.join(["mkdir", "-p", str(path.parent)])


def _version(path: Path) -> str:
    """The version of a DuckDB file's format.  Source: https://duckdb.org/docs/internals/storage"""
    with suppress(OSError), path.open("rb") as file:
        head = file.read(20)
        if head[8:12] == b"DUCK":
            return f" storage version {int.from_bytes(head[12:20], 'little')}"
    return ""


def _path(place: str) -> str:
    with suppress(DmrError):
        return Address.parse(place).path
    return unquote(place.partition(":")[2])


def _datasets(by_account: dict[str, list[Dataset]], now: datetime) -> Iterator[Check]:
    """How the days of each dataset stand, what is missing one by one."""
    wrong: list[Synced] = []
    look = Sync(by_account, Settings.resolver(), wrong.append, now.timestamp, events=QUIET)
    found = list(look.coverage())
    holes = [one for one in found if one.holes]
    whole = [one for one in found if not one.holes]
    yield from map(_missing, holes[:MOST])
    if len(holes) > MOST:
        yield Check("datasets", "note", f"{len(holes) - MOST:,} more have days missing", "dmr coverage")
    if len(whole) <= MOST:
        yield from map(_whole, whole)
    else:
        yield Check("datasets", "ok", f"{_counted(len(whole), 'dataset')} of accounts have all their days")
    for one in {(one.dataset, one.error.code): one for one in wrong if one.error}.values():
        assert one.error is not None, "what could not be looked at has an error"
        yield fault("dataset", one.error, "dmr coverage")


def _whole(one: Coverage) -> Check:
    loaded = [day for day, state in one.days.items() if state != "asked"]
    newest = f", newest {max(loaded)}" if loaded else ""
    return Check("dataset", "ok", f"{one.dataset} of {one.profile}: all {_counted(len(one.days), 'day')}{newest}")


def _missing(one: Coverage) -> Check:
    missing = sum(window.days for window in one.holes)
    shown = ", ".join(map(str, one.holes[:2])) + (" …" if len(one.holes) > 2 else "")
    parked = "parked" in one.days.values()
    detail = f"{one.dataset} of {one.profile}: {missing:,} of {_counted(len(one.days), 'day')} missing, {shown}"
    return Check(
        "dataset", "note", detail, "dmr status" if parked else f"dmr sync --dataset {shlex.quote(one.dataset)}"
    )


def _last_run(settings: Settings, project: Project, now: datetime) -> Iterator[Check]:
    reports = [one for one in kept_reports(settings) if one.get("project") == str(project.path)]
    if not reports:
        yield Check("last run", "note", "no run of this project is known on this machine", "dmr sync")
        return
    yield _run_told(reports[0], now)


def _run_told(report: dict[str, Any], now: datetime) -> Check:
    ended = datetime.fromisoformat(str(report["ended"])).astimezone(UTC)
    failed = [one for one in report["pieces"] if one["outcome"] == "failed"]
    totals = report["totals"]
    words = f"dmr {report['command']} {spoken((now - ended).total_seconds())} ago: {totals['loaded']:,} loaded"
    if failed:
        first = failed[0]["problem"]
        return Check("last run", "note", f"{words}, {len(failed):,} failed, first: {first['message']}", first["next"])
    if report["interrupted"]:
        return Check("last run", "note", f"{words}, then interrupted", f"dmr {report['command']}")
    late = now - ended > LONG_AGO
    return Check("last run", "note" if late else "ok", words, "dmr sync" if late else "")


def _counted(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def scopes_checked(granted: Sequence[str] | None, settings: Settings, folder: Path | None = None) -> Check:
    """What the token really carries, and what of that is wanted and missing."""
    if settings.by_password:
        return Check("scopes", "ok", "a public key has none: it may do what its user may")
    if granted is None:
        return Check("scopes", "note", "the service does not say what the token may do; a refusal will", "")
    wanted = scopes_wanted(settings, folder)
    missing = {scope: whose for scope, whose in wanted.items() if scope not in granted}
    carries = f"the token carries {' '.join(sorted(granted)) or 'none'}"
    if missing:
        told = "; ".join(f"{scope}, which {whose or 'every report'} needs" for scope, whose in missing.items())
        hint = "Have the key's owner allow it, then sign in again."
        mending = f"dmr auth login --profile {shlex.quote(settings.profile)}"
        return Check("scopes", "fault", f"{carries}, not {told}. {hint}", mending, "api.missing_scope")
    lacking = [f"no {about}" for scope, about in _ABOUT.items() if scope not in granted]
    return Check("scopes", "note" if lacking else "ok", ", ".join([carries, *lacking]))


_ABOUT: Final = {"access_revenue": "figures of revenue", "access_ads": "figures of ads"}
"""What may not be asked without a scope.  Source: https://developers.dailymotion.com/guides/api-scopes/"""
