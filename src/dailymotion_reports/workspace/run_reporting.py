"""Run reports: made of what a run's events and receipts tell, and kept in the state folder.

A report that cannot be made or written is a warning: the run is what it is.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Final, Literal

from dailymotion_reports.errors import DmrError, UsageError
from dailymotion_reports.jobs.states import OPEN
from dailymotion_reports.project.dataset import Dataset
from dailymotion_reports.project.file import Project
from dailymotion_reports.project.remarks import moves
from dailymotion_reports.redaction import one_line, scrub
from dailymotion_reports.settings import Settings
from dailymotion_reports.settings.private import private_folder, write_private
from dailymotion_reports.workspace.events import QUIET, Event
from dailymotion_reports.workspace.ledger import account_in_ledger, new_id
from dailymotion_reports.workspace.run_markdown import markdown
from dailymotion_reports.workspace.run_report import Brought, Kept, Outcome, Problem, RunReport, Standing
from dailymotion_reports.workspace.sharing import Shared
from dailymotion_reports.workspace.standing import slots_in
from dailymotion_reports.workspace.standing_orders import Coverage, Wanted
from dailymotion_reports.workspace.syncing import UNLIMITED, Sync, Synced

KEPT: Final = 50
"""Reports that are kept; older ones go."""

PACKAGES: Final = ("dailymotion-reports", "duckdb", "httpx2")
_MOVED: Final = 5
_COUNTED: Final = {
    "report.accepted": "reports",
    "report.refused": "refused",
    "slot.refused": "slots_refused",
    "http.retry": "calls_repeated",
    "download.retry": "downloads_repeated",
    "auth.signed_in": "sign_ins",
    "auth.renewed": "tokens_renewed",
}


@dataclass
class Heard:
    """A listener that counts, and adds up what belongs to each window.  Safe for several threads."""

    counted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED.values(), 0))
    windows: dict[tuple[object, ...], dict[str, float]] = field(default_factory=dict)
    _keys: dict[str, tuple[tuple[object, ...], float]] = field(default_factory=dict)
    _within: dict[str, str] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, event: Event) -> None:
        """Hear of an event."""
        with self._lock:
            if name := _COUNTED.get(event.name):
                self.counted[name] += 1
            if event.phase == "begin":
                self._within[event.span] = event.parent
                if event.name == "window":
                    self._keys[event.span] = _key(event), event.at
            elif event.phase == "end" and event.span in self._keys:
                key, begun = self._keys[event.span]
                self._of(key)["seconds"] += event.at - begun
            elif event.name in ("download", "report.accepted") and (known := self._window_of(event.parent)):
                self._of(known)["bytes"] += float(event.fields.get("bytes", 0))
                self._of(known)["reports"] += event.name == "report.accepted"

    def _of(self, key: tuple[object, ...]) -> dict[str, float]:
        return self.windows.setdefault(key, {"bytes": 0.0, "reports": 0.0, "seconds": 0.0})

    def _window_of(self, span: str) -> tuple[object, ...] | None:
        while span and span not in self._keys:
            span = self._within.get(span, "")
        return self._keys[span][0] if span else None


def _key(event: Event) -> tuple[object, ...]:
    return tuple(event.fields.get(name) for name in ("dataset", "profile", "start", "end"))


@dataclass(frozen=True)
class Reporting:
    """Makes the report of one run.  Give ``heard`` to the run's events."""

    project: Project
    settings: Settings
    run: Sync
    wanted: Wanted
    heard: Heard
    names: Sequence[str] = ()
    """The datasets that were named; none where all are meant."""

    def report(self, done: Sequence[Synced], *, interrupted: bool = False, warnings: Sequence[str] = ()) -> RunReport:
        """What the run has come to, and how things stand now."""
        began = datetime.fromtimestamp(self.run.began, UTC)
        ended = datetime.fromtimestamp(self.run.clock(), UTC)
        datasets, accounts = self._standing(ended)
        command: Literal["sync", "backfill"] = "backfill" if self.wanted.behind else "sync"
        return RunReport(
            id=f"{began:%Y%m%dT%H%M%SZ}-{new_id()}",
            project=str(self.project.path),
            command=command,
            began=began,
            ended=ended,
            asked=self._asked(),
            versions={name: _version(name) for name in PACKAGES},
            pieces=tuple(map(self._brought, done)),
            datasets=tuple(datasets),
            accounts=tuple(accounts),
            counted=dict(self.heard.counted),
            interrupted=interrupted,
            warnings=tuple(map(self._clean, warnings)),
        )

    def _asked(self) -> dict[str, object]:
        wanted, budget = self.wanted, self.run.budget
        told: dict[str, object] = {"datasets": list(self.names), "profiles": sorted(self.run.datasets)}
        told |= {"since": wanted.since, "until": wanted.until, "scheduled": wanted.scheduled}
        limited = budget != UNLIMITED
        told["max_reports"] = budget.reports if limited and budget.reports != UNLIMITED.reports else None
        told["max_seconds"] = budget.seconds if limited and budget.seconds != UNLIMITED.seconds else None
        return told

    def _brought(self, one: Synced) -> Brought:
        start, end = (one.window.start, one.window.end) if one.window else (None, None)
        found = self.heard.windows.get((one.dataset, one.profile, str(start), str(end)), {})
        made = Brought(
            dataset=one.dataset,
            profile=one.profile,
            outcome=_outcome(one),
            start=start,
            end=end,
            reports=int(found.get("reports", 0)),
            bytes=int(found.get("bytes", 0)),
            seconds=round(found.get("seconds", 0.0), 3),
            remarks=tuple(self._clean(remark.text) for remark in one.remarks),
        )
        if receipt := one.receipt:
            moved = tuple(str(move) for move in moves(receipt.changes)[:_MOVED])
            into = self._clean(receipt.destination)
            return replace(
                made, rows=receipt.rows, into=into, table=receipt.table, restated=receipt.changed, moved=moved
            )
        return replace(made, problem=self._problem(one.error, one.profile)) if one.error else made

    def _problem(self, error: DmrError, profile: str) -> Problem:
        message, hint, after = (self._clean(text, profile) for text in (error.message, error.hint, error.next))
        return Problem(error.code, message, hint, after, error.retry)

    def _standing(self, now: datetime) -> tuple[list[Kept], list[Standing]]:
        """How datasets and accounts stand; what cannot be looked at was told as an error."""
        look = replace(self.run, tell=lambda _: None, events=QUIET)
        known = {(one.name, profile): one for profile, several in self.run.datasets.items() for one in several}
        kept = [_kept(one, known[one.dataset, one.profile], now) for one in look.coverage()]
        with Shared() as shared:
            accounts = list(self._accounts(shared, now.timestamp()))
        return kept, accounts

    def _accounts(self, shared: Shared, now: float) -> Iterator[Standing]:
        for profile in self.run.datasets:
            with suppress(DmrError):
                settings = self.run.resolve(profile)
                store, id = shared.ledger(settings), account_in_ledger(settings)
                account = store.account(id)
                jobs = store.jobs(account=id, stages=(*OPEN, "parked"))
                parked = tuple(job.id for job in jobs if job.stage == "parked")
                if account:
                    slots = slots_in(store, account, now)
                    words = self._clean(slots.words)
                    yield Standing(profile, slots.limit, slots.taken, len(jobs) - len(parked), parked, words)

    def _clean(self, text: str, profile: str = "") -> str:
        """A text without the secrets in use, those of the account that it is about among them."""
        secrets = [*self.settings.secrets]
        if profile:
            with suppress(DmrError):
                secrets += self.run.resolve(profile).secrets
        return scrub(one_line(text, 1000), secrets)


def _kept(found: Coverage, dataset: Dataset, now: datetime) -> Kept:
    loaded = [day for day, state in found.days.items() if state in ("loaded", "provisional", "empty")]
    return Kept(
        dataset=found.dataset,
        profile=found.profile,
        days={str(state): count for state, count in found.counts().items()},
        holes=tuple(map(str, found.holes)),
        missing=sum(window.days for window in found.holes),
        newest=max(loaded, default=None),
        next=dataset.next_time(now) if dataset.schedule else None,
    )


def _outcome(one: Synced) -> Outcome:
    if one.receipt:
        return "loaded"
    return "failed" if one.error else "elsewhere" if one.elsewhere else "left"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def runs_folder(settings: Settings) -> Path:
    """Where run reports are kept."""
    return settings.folders.state / "runs"


def keep_report(report: RunReport, settings: Settings) -> str:
    """Keep a report as JSON and Markdown, and no more than `KEPT`; why it cannot be, if so."""
    folder = runs_folder(settings)
    try:
        private_folder(folder)
        write_private(folder / f"{report.id}.json", report.to_json().encode())
        write_private(folder / f"{report.id}.md", markdown(report).encode())
        for old in sorted(folder.glob("*Z-*.json"))[:-KEPT]:
            old.unlink(missing_ok=True)
            old.with_suffix(".md").unlink(missing_ok=True)
    except OSError as error:
        return f"The run's report cannot be kept in {folder}: {error.strerror or type(error).__name__}."
    return ""


def write_report(report: RunReport, path: Path) -> str:
    """Write a report where somebody wants it: as JSON where the name ends so, else as Markdown; why not, if so.

    Markdown is added to what is there, as ``$GITHUB_STEP_SUMMARY`` wants it; JSON replaces it.
    """
    try:
        if path.suffix == ".json":
            path.write_text(report.to_json(), encoding="utf-8")
        else:
            with path.open("a", encoding="utf-8") as file:
                file.write(markdown(report))
    except OSError as error:
        return f"The run's report cannot be written to {path}: {error.strerror or type(error).__name__}."
    return ""


def check_report_file(named: str) -> Path:
    """The file of ``--report``.  Raises UsageError before anything is asked, where nothing can be written there."""
    path = Path(os.path.expanduser(named))
    if not path.parent.is_dir():
        raise UsageError(f"--report {named}: there is no folder {path.parent}.", next=f"mkdir -p {path.parent}")
    return path


def kept_reports(settings: Settings, most: int = KEPT) -> list[dict[str, object]]:
    """The newest reports that are kept, the newest first, as JSON values; what is damaged is passed over."""
    found = []
    for path in sorted(runs_folder(settings).glob("*Z-*.json"), reverse=True)[:most]:
        with suppress(OSError, ValueError):
            found.append(json.loads(path.read_text(encoding="utf-8")))
    return found
