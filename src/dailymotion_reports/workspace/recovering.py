"""A ledger that is lost or damaged, made anew from what the archive holds.  Nothing is sent.

What was being asked for when it was lost cannot be known: the archive holds no tokens.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dailymotion_reports.errors import LedgerUnavailable, LedgerUnusable
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.loads import LoadRecord, loads_in
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.jobs.enlisting import adopt, entry_of
from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.states import KEPT, Empty, Fetched, Loaded
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.answer import entry_in
from dailymotion_reports.workspace.keeping import open_archive
from dailymotion_reports.workspace.ledger import new_id, opened_ledger

WHY = "found in the archive"


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was written down anew: jobs, and questions that several of them answer; where a damaged ledger is kept."""

    jobs: int
    questions: int
    kept_aside: Path | None = None


def recovered(settings: Settings, now: datetime, name: Callable[[], str] = new_id) -> Recovered:
    """Write every entry of the archive down as a job that is done, unless the ledger has it.

    A ledger file that is damaged is kept aside first.  Raises LedgerError where that cannot be mended.
    """
    aside = _kept_aside(settings, now)
    archive = open_archive(settings)
    loads = list(loads_in(archive.root))
    with opened_ledger(settings) as store:
        known = {entry_of(job): job for job in store.jobs(stages=KEPT)}
        missing = [one for one in _entries(archive) if one[0] not in known]
        made = {entry: adopt(store, _job(entry, manifest, loads, name()), WHY) for entry, manifest in missing}
        questions = sum(_questioned(store, record, known | made, now) for record in loads)
    return Recovered(len(made), questions, aside)


def _kept_aside(settings: Settings, now: datetime) -> Path | None:
    """Move a damaged ledger file to another name; None where there is none."""
    path = settings.folders.ledger
    if settings.shared_ledger or not path.exists():
        return None
    try:
        with opened_ledger(settings) as store:
            store.jobs()
    except LedgerUnusable:
        return _moved(path, path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%S}"))
    return None


def _moved(path: Path, aside: Path) -> Path:
    try:
        for beside in ("-wal", "-shm"):
            old = path.with_name(path.name + beside)
            if old.exists():
                old.rename(aside.with_name(aside.name + beside))
        return path.rename(aside)
    except OSError as error:
        raise LedgerUnavailable(f"The ledger {path} cannot be moved away: {error.strerror}.") from None


def _entries(archive: Archive) -> Iterator[tuple[str, Manifest]]:
    """Entries and their manifests, the first that was asked for first."""
    found = [(entry_in(archive, folder), manifest) for folder, manifest in archive.entries()]
    yield from sorted(found, key=lambda one: (_asked(one[1]), one[0]))


def _job(entry: str, manifest: Manifest, loads: Iterable[LoadRecord], id: str) -> Job:
    asked, fetched = _asked(manifest), manifest.fetched.timestamp()
    into = next((record.address for record in loads if entry in record.entries), "")
    state = (
        Loaded(entry, fetched, asked, into) if into else (Fetched if manifest.files else Empty)(entry, fetched, asked)
    )
    return Job(id, manifest.account, manifest.profile, manifest.request, state, asked, changed=fetched)


def _asked(manifest: Manifest) -> float:
    return (manifest.created or manifest.fetched).timestamp()


def _questioned(store: JobStore, record: LoadRecord, jobs: dict[str, Job], now: datetime) -> bool:
    """Write down which jobs answer a question together, where all of them are there."""
    ids = [jobs[entry].id for entry in record.entries if entry in jobs]
    if len(ids) < len(record.entries) or store.question(ids):
        return False
    with store.book(jobs[record.entries[0]].account) as book:
        book.keep_question(ids, record.question, now.timestamp())
    return True
