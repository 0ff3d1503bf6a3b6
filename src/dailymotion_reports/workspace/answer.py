"""Jobs whose files are here, as one report."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from dailymotion_reports.errors import ArchiveUnwritable, SecretsUnusable, UsageError
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.manifest import Manifest, token_digest
from dailymotion_reports.jobs.enlisting import entry_of
from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.states import Empty, Loaded
from dailymotion_reports.jobs.states import Fetched as Done
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.question import CHANNEL_FILTER
from dailymotion_reports.query.question_file import written
from dailymotion_reports.query.report import ReportQuery, ReportRequest
from dailymotion_reports.tables.combined import combined
from dailymotion_reports.tables.remarks import remarks
from dailymotion_reports.tables.schema import TableSchema
from dailymotion_reports.tables.table import Table
from dailymotion_reports.workspace.fetching import Fetched
from dailymotion_reports.workspace.report import Report
from dailymotion_reports.workspace.sources import Source


def kept_entry(archive: Archive, entry: str) -> Fetched | None:
    """An entry of the archive, if it is whole: its manifest can be read and every file has the size that it says."""
    folder = archive.root / entry
    try:
        manifest = Manifest.from_json((folder / "manifest.json").read_text(encoding="utf-8"))
        if all((folder / file.name).stat().st_size == file.size for file in manifest.files):
            return Fetched(manifest, folder)
    except (OSError, ValueError):
        pass
    return None


def kept_files(archive: Archive, job: Job) -> Fetched | None:
    """The files of a job that is done, if this archive holds them: where the job says, or as a copy of its own."""
    if found := kept_entry(archive, entry_of(job)):
        return found
    report = job.state.report if isinstance(job.state, Done | Empty | Loaded) else None
    if report is None:
        return None
    try:
        copies = archive.find(job.request.fingerprint, token_digest(report.waiting.token))
        return next((Fetched(manifest, folder) for folder, manifest in copies), None)
    except OSError:  # of a machine that opens nothing more
        return None


def entry_in(archive: Archive, folder: Path) -> str:
    """An entry's folder below the archive's root, as the ledger names it."""
    return folder.relative_to(archive.root).as_posix()


def report_of(
    archive: Archive, jobs: Sequence[Job], plan: Plan | None = None, unkept: SecretsUnusable | None = None
) -> Report:
    """The report that jobs bring together, in the order of their windows.

    ``plan`` says in which order columns were asked for, and what is doubtful.  Raises ArchiveUnwritable where the
    archive no longer holds what a job has fetched, and as `answer_of`.
    """
    own = plan or _plan_of(jobs)
    by_request = {job.request.fingerprint: job for job in jobs}
    parts = [_part(archive, by_request[request.fingerprint]) for request in own.requests]
    return answer_of(archive, own, parts, unkept)


def answer_of(archive: Archive, own: Plan, parts: Sequence[Fetched], unkept: SecretsUnusable | None = None) -> Report:
    """The report that entries of the archive make together: one for each of the plan's requests, in their order.

    Raises ArchiveDamaged where a file is not the one that came.
    """
    for part in parts:
        archive.check(part.folder, part.manifest)
    tables = [_table(part, request) for part, request in zip(parts, own.requests, strict=True)]
    manifest = replace(parts[0].manifest, request=own.answered)
    warnings = (*own.warnings, *_unkept(unkept), *_doubts(parts, tables), *_silent_channels(parts))
    whole = combined(own, tables, load_catalog())
    source = Source(archive.root, written(replace(own.query, period="")), _entries(archive, parts))
    return Report(whole, manifest, parts[0].folder, warnings, tuple(part.manifest for part in parts), source)


def _entries(archive: Archive, parts: Sequence[Fetched]) -> tuple[str, ...]:
    return tuple(entry_in(archive, part.folder) for part in parts)


def _table(part: Fetched, request: ReportRequest) -> Table:
    """The rows of one report of the service, held to the days that it was asked for."""
    schema = TableSchema.of(request, load_catalog())
    return Table(schema, part.files, (request.window,) * len(part.files), part.manifest.rows)


def _plan_of(jobs: Sequence[Job]) -> Plan:
    """Jobs of one question without its plan: the same columns, in the order of their windows.

    Raises UsageError where they answer questions of several kinds.
    """
    requests = tuple(job.request for job in sorted(jobs, key=lambda job: job.request.window))
    first = requests[0]
    if any(request.columns != first.columns for request in requests):
        raise UsageError(
            "These jobs have other columns, one than the other: their rows make no one table as they stand.",
            hint="Ask the question again that they belong to: it shares their reports and puts them together.",
        )
    window = Window(first.window.start, max(request.window.end for request in requests))
    return Plan(ReportQuery(first.metrics, first.dimensions, window, first.filters, first.product), requests)


def _part(archive: Archive, job: Job) -> Fetched:
    found = kept_files(archive, job)
    if found is None:
        raise ArchiveUnwritable(
            f"The archive no longer holds the files of job {job.id}.",
            hint=f"They were in {archive.root / entry_of(job)}. Ask anew.",
            next=f"dmr status {job.id}",
        )
    return found


def _doubts(parts: Iterable[Fetched], tables: Sequence[Table]) -> Iterable[str]:
    """What could not be checked, and what is odd, each told once."""
    unchecked = (doubt for part in parts for doubt in part.doubts())
    return dict.fromkeys((*unchecked, *remarks(tables)))


def _silent_channels(parts: Iterable[Fetched]) -> Iterator[str]:
    """Channels of which there is no row in any part: the service answers so about one that does not exist, too."""
    rows: dict[str, list[int | None]] = {}
    for part in parts:
        if channel := part.manifest.request.filters.get(CHANNEL_FILTER):
            rows.setdefault(channel, []).append(part.manifest.rows)
    for channel, counted in rows.items():
        if not any(number is None or number for number in counted):
            yield f"There is no row of the channel {channel}: so the service answers, too, of one that is none."


def _unkept(unkept: SecretsUnusable | None) -> Iterable[str]:
    """Tokens that are lost are said."""
    if unkept:
        yield f"The account's new tokens could not be kept, so that it has to be signed in anew: {unkept.message}"
