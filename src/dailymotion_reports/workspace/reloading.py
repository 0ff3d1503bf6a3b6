"""Destinations filled from the archive: rows of jobs, or everything that was ever loaded there.  Nothing is sent."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from dailymotion_reports.destinations.base import Address, LoadReceipt
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.errors import ArchiveUnwritable, DmrError, InvalidQuery, UsageError
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.loads import LoadRecord, loads_in
from dailymotion_reports.jobs.states import KEPT
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.plan import Plan, asked
from dailymotion_reports.query.question_file import read_question
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.answer import answer_of, kept_entry, report_of
from dailymotion_reports.workspace.fetching import Fetched
from dailymotion_reports.workspace.keeping import open_archive
from dailymotion_reports.workspace.ledger import note_loaded, opened_ledger
from dailymotion_reports.workspace.outgrowing import fitted, plan_asked
from dailymotion_reports.workspace.report import Report


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What became of one load that was done again: its receipt, or why it could not be."""

    record: LoadRecord
    receipt: LoadReceipt | None
    error: DmrError | None = None


def report_kept(settings: Settings, ids: Collection[str]) -> Report:
    """The rows of jobs whose files are in the archive, as one report; nobody is asked for anything.

    Raises UsageError for a job that is not there or has no files yet, ArchiveUnwritable where they are gone,
    ArchiveDamaged where they are others.
    """
    archive = open_archive(settings)
    with opened_ledger(settings) as store:
        jobs = []
        for id in ids:
            job = store.job(id)
            if job is None:
                raise UsageError(f"There is no job {id!r:.40}.", next="dmr status")
            if job.stage not in KEPT:
                raise UsageError(
                    f"The files of job {job.id} are not here: it is {job.stage}.", next=f"dmr fetch {job.id}"
                )
            jobs.append(job)
        return report_of(archive, jobs, plan_asked(store, jobs))


def load_kept(settings: Settings, ids: Collection[str], into: str, now: float) -> tuple[Report, LoadReceipt]:
    """Load the rows of jobs whose files are in the archive.  Raises what `report_kept` and `Report.load` raise."""
    report = report_kept(settings, ids)
    receipt = report.load(into)
    with opened_ledger(settings) as store:
        note_loaded(store, [job for id in ids if (job := store.job(id))], receipt.destination, now)
    return report, receipt


def rebuilt(settings: Settings, into: str, tell: Callable[[Reloaded], object]) -> tuple[Reloaded, ...]:
    """Do every load again that was done into ``into``, the first that was asked for first.

    Where ``into`` names no table, it is all tables of that place.  ``tell`` hears of each.  What cannot be done is told
    and does not keep the others.  Raises UsageError where nothing was ever loaded there.
    """
    archive = open_archive(settings)
    records = _records(archive, into)
    if not records:
        raise UsageError(f"Nothing was loaded into {into} yet, as far as the archive knows.", hint=_known(archive))
    done = []
    for record in records:
        done.append(_again(archive, record))
        tell(done[-1])
    return tuple(done)


def _records(archive: Archive, into: str) -> list[LoadRecord]:
    whole, wanted = "table" not in Address.parse(into).options, open_destination(into).address
    if not whole:
        return [record for record in loads_in(archive.root) if record.address == wanted]
    return [record for record in loads_in(archive.root) if _place(record.address) == _place(wanted)]


def _place(address: str) -> tuple[str, str, frozenset[tuple[str, str]]]:
    """An address without its table."""
    parts = Address.parse(address)
    return parts.scheme, parts.path, frozenset(one for one in parts.options.items() if one[0] != "table")


def _known(archive: Archive) -> str:
    known = sorted({record.address for record in loads_in(archive.root)})
    return f"It knows of {', '.join(known)}." if known else ""


def _again(archive: Archive, record: LoadRecord) -> Reloaded:
    try:
        return Reloaded(record, _report_again(archive, record).load(record.address))
    except DmrError as error:
        return Reloaded(record, None, error)


def _report_again(archive: Archive, record: LoadRecord) -> Report:
    parts = list(_parts(archive, record))
    known = {part.manifest.request.fingerprint: part for part in parts}
    made = _plan(record, known)
    return answer_of(archive, made, [known[request.fingerprint] for request in made.requests])


def _plan(record: LoadRecord, known: Collection[str]) -> Plan:
    """The plan as it was: reports that were asked for in parts are so again."""
    try:
        whole = asked(read_question(record.question, "the archive"), load_catalog())
    except InvalidQuery as error:
        raise ArchiveUnwritable(f"What was asked cannot be read any more: {error.message}") from None
    for made in (whole, fitted(whole, lambda request: request.fingerprint not in known)):
        if all(request.fingerprint in known for request in made.requests):
            return made
    raise ArchiveUnwritable("What was asked would be put together from other reports today.", next="dmr report")


def _parts(archive: Archive, record: LoadRecord) -> Iterator[Fetched]:
    for entry in record.entries:
        again = (Fetched(manifest, folder) for folder, manifest in archive.fetched_again(entry))
        found = kept_entry(archive, entry) or next(again, None)
        if found is None:
            raise ArchiveUnwritable(f"The archive no longer holds {archive.root / entry}.", hint="Ask for it anew.")
        yield found
